"""The grammar of indicators: how a TOML entry becomes an indicator, or why it cannot.

Shipped and programme-own indicators go through the same functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

from difass_analysis.errors import DifassError, IndicatorError, one_of
from difass_analysis.indicators.model import Direction, Indicator, Term
from difass_analysis.schema import TABLES, table_of

Quantities = Mapping[str, tuple[str, tuple[Term, ...]]]

_TERM_KEYS = {"sum", "distinct", "product", "each", "shared_by", "filter", "bounded", "note"}
_TEXTS = ("id", "label", "unit", "definition", "source")
_INDICATOR_KEYS = {
    *_TEXTS,
    "direction",
    "numerator",
    "denominator",
    "filter",
    "cluster",
    "caveat",
    "system",
}


def parse_term(entry: Any, *, where: str) -> Term:
    """Read one term such as ``{sum = "operations.public_amount"}``.

    Raises
    ------
    IndicatorError
        When the entry is not a term, or names a table or column that does not exist.
    """
    if not isinstance(entry, Mapping):
        raise IndicatorError(
            f"{where}: {entry!r} is not a term.",
            todo='Write for example {sum = "operations.public_amount"}.',
        )
    _known(entry, _TERM_KEYS, where)
    kinds = [kind for kind in ("sum", "distinct", "product") if kind in entry]
    if len(kinds) != 1:
        raise IndicatorError(
            f"{where}: a term needs exactly one of sum, distinct or product.",
            todo='Write for example {distinct = "participations.sme_id"}.',
        )
    kind = kinds[0]
    names = entry[kind] if isinstance(entry[kind], list) else [entry[kind]]
    columns = tuple(_column(name, numeric=kind != "distinct", where=where) for name in names)
    if kind == "distinct" and len(columns) != 1:
        raise IndicatorError(f"{where}: distinct counts the values of one column.")
    return Term(
        kind="distinct" if kind == "distinct" else "sum",
        table=table_of(str(entry.get("each", columns[0][0]))).name,
        columns=columns,
        product=kind == "product",
        shared_by=tuple(entry.get("shared_by", ())),
        filter=parse_filter(entry.get("filter", {}), where=where),
        bounded=bool(entry.get("bounded", False)),
        note=str(entry.get("note", "")),
    )


def parse_filter(entry: Any, *, where: str) -> dict[str, tuple[str, ...]]:
    """Read a filter such as ``{fund = "ERDF"}`` or ``{year = [2017, 2018]}``.

    Raises
    ------
    IndicatorError
        When it is not a table of columns with one value or a list of values.
    """
    if not isinstance(entry, Mapping):
        raise IndicatorError(
            f"{where}: a filter is a table of columns and values.",
            todo='Write for example filter = {fund = "ERDF"}.',
        )
    result = {}
    for name, allowed in entry.items():
        if not any(name in table.names for table in TABLES.values()):
            every = sorted({column for table in TABLES.values() for column in table.names})
            error = one_of("column", str(name), every)
            raise IndicatorError(f"{where}, filter: {error.message}", todo=error.todo)
        values = allowed if isinstance(allowed, list) else [allowed]
        if not values or any(isinstance(value, (dict, list)) for value in values):
            raise IndicatorError(f"{where}: filter {name} needs a value or a list of values.")
        result[str(name)] = tuple(_as_text(value) for value in values)
    return result


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def parse_indicator(entry: Mapping[str, Any], *, quantities: Quantities, where: str) -> Indicator:
    """Read one indicator; numerator and denominator are named quantities or terms.

    Raises
    ------
    IndicatorError
        When an entry is missing, unknown, or cannot be computed.
    """
    name = str(entry.get("id", "")) or "(without id)"
    where = f"{where}, indicator '{name}'"
    _known(entry, _INDICATOR_KEYS, where)
    for key in _TEXTS:
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise IndicatorError(f"{where} has no {key}.", todo=f'Add {key} = "...".')
    if not name.replace("_", "").isalnum() or not name.isascii():
        raise IndicatorError(f"{where}: an id is made of letters, digits and underscores.")
    direction = entry.get("direction", "none")
    if direction not in get_args(Direction):
        raise IndicatorError(
            f"{where}: direction '{direction}' is not offered.",
            todo=f"Write one of {', '.join(get_args(Direction))}.",
        )
    if "numerator" not in entry:
        raise IndicatorError(f"{where} has no numerator.", todo="Add numerator = ... .")
    common = parse_filter(entry.get("filter", {}), where=where)
    top_label, top = _side(entry["numerator"], quantities, common, f"{where}, numerator")
    bottom_label, bottom = "", tuple[Term, ...]()
    if "denominator" in entry:
        bottom_label, bottom = _side(
            entry["denominator"], quantities, common, f"{where}, denominator"
        )
    return Indicator(
        **{key: entry[key] for key in _TEXTS},
        direction=direction,
        numerator=top,
        denominator=bottom,
        numerator_label=top_label,
        denominator_label=bottom_label,
        cluster=tuple(entry.get("cluster", ())),
        system=str(entry.get("system", "")),
        caveat=str(entry.get("caveat", "")),
    )


def _side(
    entry: Any, quantities: Quantities, common: Mapping[str, tuple[str, ...]], where: str
) -> tuple[str, tuple[Term, ...]]:
    if isinstance(entry, str):
        if entry not in quantities:
            error = one_of("quantity", entry, list(quantities))
            raise IndicatorError(f"{where}: {error.message}", todo=error.todo)
        label, terms = quantities[entry]
    else:
        entries = entry if isinstance(entry, list) else [entry]
        terms = tuple(parse_term(one, where=where) for one in entries)
        label = terms[0].describe()
    return label, tuple(_filtered(term, common) for term in terms)


def _filtered(term: Term, common: Mapping[str, tuple[str, ...]]) -> Term:
    """Add conditions to those a term has; on one column, both have to be met."""
    if not common:
        return term
    both = {
        name: tuple(value for value in allowed if value in term.filter.get(name, allowed))
        for name, allowed in common.items()
    }
    return replace(term, filter={**term.filter, **both})


def conditions_of(where: Mapping[str, Any] | None) -> dict[str, tuple[str, ...]]:
    """Return conditions given in Python as a filter: a single value stands for a list of one.

    Examples
    --------
    >>> conditions_of({"year": [2017, 2018], "fund": "ERDF", "new_enterprise": [True]})
    {'year': ('2017', '2018'), 'fund': ('ERDF',), 'new_enterprise': ('true',)}
    """
    return {
        name: tuple(map(_as_text, [values] if isinstance(values, (str, bool, int)) else values))
        for name, values in (where or {}).items()
    }


def restrict(indicator: Indicator, where: Mapping[str, tuple[str, ...]]) -> Indicator:
    """Return the indicator counted only over rows that meet the conditions."""
    return replace(
        indicator,
        numerator=tuple(_filtered(term, where) for term in indicator.numerator),
        denominator=tuple(_filtered(term, where) for term in indicator.denominator),
    )


def _column(name: Any, *, numeric: bool, where: str) -> tuple[str, str]:
    table, _, column = str(name).partition(".")
    if not column:
        raise IndicatorError(
            f"{where}: '{name}' does not say which table.",
            todo="Write table.column, for example operations.public_amount.",
        )
    try:
        declared = table_of(table).column(column)
    except DifassError as error:
        raise IndicatorError(f"{where}: {error.message}", todo=error.todo) from error
    if numeric and not declared.numeric:
        raise IndicatorError(
            f"{where}: {name} is {declared.kind}, which cannot be added up.",
            todo="Count its different values with distinct instead.",
        )
    return table, column


def _known(entry: Mapping[str, Any], keys: set[str], where: str) -> None:
    for key in entry:
        if key not in keys:
            error = one_of("entry", str(key), sorted(keys))
            raise IndicatorError(f"{where}: {error.message}", todo=error.todo)
