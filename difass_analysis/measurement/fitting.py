"""Whether any row fits the conditions that were given, and which values would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import narwhals as nw

from difass_analysis.errors import UsageError
from difass_analysis.indicators import Indicator, catalogue, choose, conditions_of
from difass_analysis.programme import Programme
from difass_analysis.programme.lookup import Lookup, alias, comparable
from difass_analysis.schema import TABLES

_SHOWN = 12


@dataclass(frozen=True, kw_only=True)
class Unmet:
    """What no row fits: one sentence for each condition, and what can be done.

    ``nothing`` says that no row at all is left.
    """

    sentences: tuple[str, ...]
    todo: str
    nothing: bool


def bases_of(indicators: Sequence[Indicator], lookup: Lookup) -> list[str]:
    """Tables at hand whose rows the indicators count or add up."""
    terms = [term for one in indicators for term in (*one.numerator, *one.denominator)]
    held = dict.fromkeys(term.table for term in terms)
    return [name for name in held if name in lookup.programme.tables]


def offered(programme: Programme, indicator: str) -> list[str]:
    """Columns by which the rows behind an indicator can be told apart.

    Examples
    --------
    >>> import pandas as pd
    >>> own = Programme.from_frames(operations=pd.DataFrame({"operation_id": ["a", "b"],
    ...     "year": [2017, 2018], "region": ["N", "N"], "public_amount": [1.0, 2.0]}))
    >>> offered(own, "public")
    ['year']
    """
    held = catalogue(programme.settings.indicators, where=programme.id)
    lookup = Lookup(programme)
    return comparable(lookup, bases_of(choose(held, [indicator]), lookup))


def unmet(
    programme: Programme,
    where: Mapping[str, Sequence[str]] | None,
    *,
    indicators: Sequence[str] | None = None,
) -> Unmet | None:
    """Which of the conditions does no row fit, and which values are there instead?

    Parameters
    ----------
    programme : Programme
        The data.
    where : mapping of str to sequence of str or None
        Columns and the values that count.
    indicators : sequence of str, optional
        Ids of the indicators whose rows are looked at; those of all without it.

    Returns
    -------
    Unmet or None
        None where each value stands in some row and some row fits all conditions together.

    Raises
    ------
    IndicatorError
        When an indicator is unknown.

    Examples
    --------
    >>> import pandas as pd
    >>> own = Programme.from_frames(operations=pd.DataFrame(
    ...     {"operation_id": ["a", "b"], "year": [2017, 2018], "region": ["N", "S"]}))
    >>> found = unmet(own, {"year": ["1999"]})
    >>> found.sentences, found.todo
    (('No row has year = 1999.',), 'year holds 2017, 2018.')
    >>> unmet(own, {"year": ["2017"], "region": ["S"]}).sentences
    ('No row has year = 2017 and region = S together.',)
    """
    conditions = conditions_of(where)
    if not conditions:
        return None
    held = catalogue(programme.settings.indicators, where=programme.id)
    lookup = Lookup(programme)
    bases = [
        base
        for base in bases_of(choose(held, indicators), lookup)
        if all(lookup.find(base, name) for name in conditions)
    ]
    if not bases:
        return None  # no indicator can be restricted like this; its reason says so
    absent = {}
    for name, wanted in conditions.items():
        there = _values(lookup, bases, name, among=wanted)
        absent[name] = [value for value in wanted if value not in there]
    sentences = [_sentence({name: lost}) for name, lost in absent.items() if lost]
    nothing = any(len(absent[name]) == len(wanted) for name, wanted in conditions.items())
    if sentences:
        hints = [_hint(name, _values(lookup, bases, name)) for name, lost in absent.items() if lost]
        return Unmet(sentences=tuple(sentences), todo=" ".join(hints), nothing=nothing)
    if _any_row(lookup, bases, conditions):
        return None
    return Unmet(
        sentences=(_sentence(conditions, " together"),),
        todo="Each of them fits some row alone: leave one out.",
        nothing=True,
    )


def unmet_sentences(
    programme: Programme,
    where: Mapping[str, Sequence[str]],
    indicators: Sequence[str] | None = None,
) -> list[str]:
    """Say which conditions no row fits; nothing where all are met.

    The values that the data hold are not among the sentences, since caveats go into files.
    """
    found = unmet(programme, where, indicators=indicators)
    return [] if found is None else list(found.sentences)


def refuse_no_rows(found: Unmet | None) -> None:
    """Raise ``UsageError`` where no row at all fits the conditions."""
    if found is not None and found.nothing:
        raise UsageError(" ".join(found.sentences), todo=found.todo)


def _sentence(conditions: Mapping[str, Sequence[str]], end: str = "") -> str:
    parts = [f"{name} = {' or '.join(values)}" for name, values in conditions.items()]
    return f"No row has {' and '.join(parts)}{end}."


def _values(
    lookup: Lookup, bases: Sequence[str], name: str, *, among: Sequence[str] | None = None
) -> set[str]:
    """Different values of a column in the rows of these tables, as conditions are written."""
    found: set[str] = set()
    for base in bases:
        place = lookup.find(base, name)
        if place is not None:
            column = nw.col(alias(place)).cast(nw.String).alias("value")
            rows = lookup.rows(base, [place]).select(column)
            value = nw.col("value")
            asked = ~value.is_null() if among is None else value.is_in(list(among))
            frame = lookup.programme.engine.collect(rows.filter(asked).unique())
            found |= set(frame["value"])
    return found


def _any_row(lookup: Lookup, bases: Sequence[str], conditions: Mapping[str, Sequence[str]]) -> bool:
    for base in bases:
        places = {name: lookup.find(base, name) for name in conditions}
        known = {name: place for name, place in places.items() if place is not None}
        rows = lookup.rows(base, known.values())
        for name, wanted in conditions.items():
            rows = rows.filter(nw.col(alias(known[name])).cast(nw.String).is_in(list(wanted)))
        if len(lookup.programme.engine.collect(rows.head(1))):
            return True
    return False


def _hint(name: str, values: set[str]) -> str:
    if not values:
        return f"{name} is empty in all rows."
    columns = [table.column(name) for table in TABLES.values() if name in table.names]
    if any(column.personal for column in columns):
        return f"Write a value that stands in {name}."
    more = f" and {len(values) - _SHOWN:,} more" if len(values) > _SHOWN else ""
    return f"{name} holds {', '.join(sorted(values)[:_SHOWN])}{more}."
