"""What only a whole column can tell: the currency of amounts, the scale of rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import narwhals as nw

from difass_analysis.engine import Engine, Lazy
from difass_analysis.sources.cells import folded, parsed, trimmed
from difass_analysis.sources.headings import by_fold
from difass_analysis.sources.profile import ColumnRule, TableMapping, fold
from difass_analysis.sources.stages import FOREIGN


def with_currency(
    lazy: Lazy, mapping: TableMapping, headings: Sequence[str], *, currency: str, engine: Engine
) -> tuple[Lazy, tuple[str, ...]]:
    """Add the currency of each row where it is not the programme's, and say where it is unstated.

    Parameters
    ----------
    lazy : lazy frame
        Rows of the file, as text.
    mapping : TableMapping
        Its ``currency`` is the heading under which rows state it.
    headings : sequence of str
        Headings of the file.
    currency : str
        Currency of the programme.
    engine : Engine
        What computes.

    Returns
    -------
    tuple
        The rows with ``_foreign``, and warnings.
    """
    heading = by_fold(headings).get(fold(mapping.currency), "")
    if not heading:
        none = nw.lit(None).cast(nw.String)
        unstated = f"No column '{mapping.currency}': all amounts are read as {currency}."
        return lazy.with_columns(none.alias(FOREIGN)), (unstated,)
    stated = trimmed(nw.col(heading).cast(nw.String))
    blank = engine.collect(lazy.select(stated.is_null().cast(nw.Int64).sum().alias("n")))["n"]
    count = 0 if blank.isna().any() else int(blank.iloc[0])
    foreign = nw.when(folded(stated) != fold(currency)).then(stated)
    warning = f"{count:,} rows state no currency: their amounts are read as {currency}."
    return lazy.with_columns(foreign.alias(FOREIGN)), (warning,) if count else ()


def with_scales(
    lazy: Lazy, mapping: TableMapping, headings: Sequence[str], *, engine: Engine
) -> tuple[TableMapping, tuple[str, ...]]:
    """Decide for each column of rates whether it holds shares or percentages, and say so.

    A rate with a percent sign is a percentage whatever the others are. Among the rates without
    one, a single value above 1 makes the column percentages. Values above 0 and up to 1 beside
    it fit both readings and are left unknown by what reads them.

    Returns
    -------
    tuple
        The mapping with the scales, and what was decided.
    """
    remarks: list[str] = []
    rules = []
    for rule in mapping.rules:
        if rule.detect_scale:
            rule, remark = _scaled(lazy, rule, headings, engine=engine)
            remarks.append(remark)
        rules.append(rule)
    return replace(mapping, rules=tuple(rules)), tuple(remarks)


def _scaled(
    lazy: Lazy, rule: ColumnRule, headings: Sequence[str], *, engine: Engine
) -> tuple[ColumnRule, str]:
    heading = by_fold(headings)[fold(rule.headings[0])]
    if lazy.collect_schema()[heading].is_numeric():
        rate, signed = nw.col(heading), nw.lit(False)
    else:
        text = trimmed(nw.col(heading).cast(nw.String), missing=rule.values.missing)
        signed = text.str.contains("%", literal=True)
        rate = parsed(text, "share", rule.values)
    rates = lazy.select(rate.alias("rate"), signed.alias("signed"))
    bare = ~nw.col("signed")
    counts = {
        "signed": nw.col("signed"),
        "above": bare & (nw.col("rate") > 1),
        "shares": bare & (nw.col("rate") > 0) & (nw.col("rate") <= 1),
    }
    summed = rates.select(
        **{name: hit.fill_null(False).cast(nw.Int64) for name, hit in counts.items()}
    ).select(*(nw.col(name).sum() for name in counts))
    found = {name: int(value) for name, value in engine.collect(summed).iloc[0].fillna(0).items()}
    percent = found["above"] > 0
    remark = (
        f"Rates in '{heading}': {found['signed']:,} with a percent sign; of the others "
        f"{found['above']:,} are above 1 and {found['shares']:,} between 0 and 1. Those without "
        f"a sign are read as {'percentages' if percent else 'shares'}"
        + (", those between 0 and 1 as unknown." if percent and found["shares"] else ".")
    )
    return replace(rule, scale=0.01 if percent else 1.0), remark
