"""SMEs reached: how often each, through which beneficiaries, and out of how many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import narwhals as nw
import pandas as pd

from difass_analysis.comparison.cross_moments import text_key
from difass_analysis.comparison.holdings import GROUP
from difass_analysis.engine import Engine, Lazy
from difass_analysis.indicators import conditions_of
from difass_analysis.programme import Programme
from difass_analysis.programme.lookup import Lookup, alias, group_places
from difass_analysis.reference import level_name


@dataclass(frozen=True, eq=False, kw_only=True)
class Active:
    """Number of active SMEs of a region, or why it is not known."""

    value: float
    note: str


def participations_of(
    programme: Programme,
    *,
    by: Sequence[str],
    beneficiary: str,
    prefix: str,
    where: Mapping[str, Sequence[str]] | None,
) -> Lazy | str:
    """Each SME in each operation, with group and beneficiary; or why these are not known.

    Returns
    -------
    lazy frame or str
        ``_key_0`` ..., ``_sme``, ``_operation``, ``_beneficiary``, each row once.
    """
    lookup = Lookup(programme)
    for name in ("sme_id", "operation_id"):
        if not lookup.known(("participations", name)):
            return f"participations.{name} is not given"
    conditions = conditions_of(where)
    found = group_places(lookup, "participations", (*by, beneficiary, *conditions))
    if isinstance(found, str):
        return found
    own = [("participations", "sme_id"), ("participations", "operation_id")]
    rows = lookup.rows("participations", list(dict.fromkeys([*own, *found.values()])))
    for name, allowed in conditions.items():
        rows = rows.filter(nw.col(alias(found[name])).cast(nw.String).is_in(list(allowed)))
    keys = {f"_key_{place}": text_key(alias(found[name])) for place, name in enumerate(by)}
    named = nw.concat_str(
        nw.lit(f"={prefix}"), nw.col(alias(found[beneficiary])).cast(nw.String)
    ).fill_null("")
    rows = rows.filter(~nw.col(alias(own[0])).is_null()).with_columns(
        **keys,
        _sme=nw.col(alias(own[0])),
        _operation=text_key(alias(own[1])),
        _beneficiary=named,
    )
    return programme.engine.materialise(
        rows.select(*keys, "_sme", "_operation", "_beneficiary").unique()
    )


def times_supported(pairs: Lazy, keys: Sequence[str], *, engine: Engine) -> pd.DataFrame:
    """Number of SMEs in one, two, and three or more operations, by group.

    Returns
    -------
    pandas.DataFrame
        The key columns, ``smes``, ``once``, ``twice``, ``more``.
    """
    over = [*keys, "_sme"]
    times = (
        pairs.group_by(*over)
        .agg(_times=nw.len())
        .with_columns(
            **{GROUP: nw.lit(1)},
            smes=nw.lit(1),
            once=(nw.col("_times") == 1).cast(nw.Int64),
            twice=(nw.col("_times") == 2).cast(nw.Int64),
            more=(nw.col("_times") > 2).cast(nw.Int64),
        )
    )
    sums = [nw.col(name).sum() for name in ("smes", "once", "twice", "more")]
    return engine.collect(times.group_by(*(keys or [GROUP])).agg(*sums))


def smes_of_the_top(
    pairs: Lazy, ranked: Lazy, keys: Sequence[str], *, engine: Engine
) -> pd.DataFrame:
    """Number of SMEs that the top tenth of the beneficiaries reach, by group.

    An SME that is reached by several beneficiaries is split evenly among them.

    Returns
    -------
    pandas.DataFrame
        The key columns and ``top_smes``.
    """
    held = [name for name in pairs.collect_schema().names() if name.startswith("_key_")]
    reached = pairs.select(*held, "_beneficiary", "_sme").unique()
    part = 1.0 / nw.len().over(*keys, "_sme").cast(nw.Float64)
    weights = reached.with_columns(_part=part)
    weights = weights.group_by(*held, "_beneficiary").agg(nw.col("_part").sum())
    joined = ranked.select(*held, GROUP, "_beneficiary", "top").join(
        weights, on=[*held, "_beneficiary"], how="inner"
    )
    joined = joined.with_columns(top_smes=nw.col("top") * nw.col("_part"))
    return engine.collect(joined.group_by(*(keys or [GROUP])).agg(nw.col("top_smes").sum()))


def active_smes(conditions: pd.DataFrame, *, indicator: str, region: str, nuts: str) -> Active:
    """Look up the number of active SMEs of exactly this region, in the latest year given.

    Parameters
    ----------
    conditions : pandas.DataFrame
        The programme's table of framework conditions.
    indicator : str
        Name of the number of active SMEs there.
    region : str
        Code of the region.
    nuts : str
        NUTS version of the region's code, empty where it is not stated.

    Notes
    -----
    A value of a country or of a larger region is never given to a region.
    """
    rows = conditions[(conditions["indicator"] == indicator) & conditions["value"].notna()]
    own = rows[rows["region"] == region]
    if own.empty:
        wider = [
            str(code) for code in rows["region"].dropna().unique() if region.startswith(str(code))
        ]
        known = f" It is known for {', '.join(wider)}, which is a larger area." if wider else ""
        return Active(value=float("nan"), note=f"No '{indicator}' for {region}.{known}")
    last = own.sort_values("year", kind="stable").iloc[-1] if "year" in own else own.iloc[-1]
    stated, wanted = last.get("level"), level_name(region)
    if wanted and isinstance(stated, str) and stated.casefold() != wanted.casefold():
        note = f"'{indicator}' of {region} is stated at level {stated}, not {wanted}."
        return Active(value=float("nan"), note=note)
    version = last.get("nuts_version")
    if nuts and isinstance(version, str) and version and version != nuts:
        note = f"'{indicator}' of {region} is of NUTS {version}, the operations of NUTS {nuts}."
        return Active(value=float("nan"), note=note)
    if not last["value"] > 0:
        return Active(value=float("nan"), note=f"'{indicator}' of {region} is not above zero.")
    year = f" of {int(last['year'])}" if pd.notna(last.get("year")) else ""
    return Active(
        value=float(last["value"]), note=f"Active SMEs{year}; SMEs of all years, each once."
    )
