"""Which rows and groups a command is asked for, and whether there are any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from difass_analysis.errors import UsageError
from difass_analysis.measurement import grouping_with_names, refuse_no_rows, unmet
from difass_analysis.programme import Programme
from difass_analysis.result import IndicatorTable


def names_of(text: str) -> list[str]:
    """Return the names in a text, which commas divide."""
    return [name.strip() for name in text.split(",") if name.strip()]


def where_of(given: Sequence[str]) -> dict[str, list[str]]:
    """Return conditions COLUMN=VALUE[,VALUE] as columns and the values that count."""
    conditions: dict[str, list[str]] = {}
    for text in given:
        name, mark, values = text.partition("=")
        if not mark or not name.strip() or not names_of(values):
            raise UsageError(
                f"--where '{text}' is not a condition.",
                todo="Write for example --where priority=4.",
            )
        conditions.setdefault(name.strip(), []).extend(names_of(values))
    return conditions


def groups_of(
    programme: Programme,
    names: list[str],
    programmes: Sequence[Programme],
    conditions: Mapping[str, list[str]],
) -> list[str] | None:
    """Group columns of one programme; of several, those that lack a column are passed over."""
    if len(programmes) > 1 and not {*names, *conditions} <= columns_of(programme):
        return None
    return grouping_with_names(programme, names)


def columns_of(programme: Programme) -> set[str]:
    """Return the names of the columns of all tables."""
    return {name for lazy in programme.tables.values() for name in lazy.collect_schema().names()}


def refuse_unmet(
    programmes: Sequence[Programme],
    conditions: Mapping[str, list[str]],
    indicators: list[str] | None,
) -> None:
    """Refuse conditions that no row of any programme fits; a caveat tells of the others."""
    having = [one for one in programmes if set(conditions) <= columns_of(one)]
    if not conditions or not having:
        return
    found = [unmet(programme, conditions, indicators=indicators) for programme in having]
    if all(one is not None and one.nothing for one in found):
        refuse_no_rows(found[0])


def refuse_nothing(
    tables: Sequence[tuple[Programme, IndicatorTable]],
    programmes: Sequence[Programme],
    asked: Sequence[str],
) -> None:
    """Refuse groups and conditions that no programme has the columns for."""
    if not tables:
        lacking = "the column" if len(asked) == 1 else "all of the columns"
        raise UsageError(
            f"None of the {len(programmes)} programmes has {lacking} {', '.join(asked)}.",
            todo="Choose other columns, or name one programme: it says what it offers.",
        )
