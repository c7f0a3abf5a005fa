"""Where a canonical column comes from: one entry of ``[tables.<table>.columns]``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any, cast, get_args

from difass_analysis.errors import ProfileError
from difass_analysis.schema import Column
from difass_analysis.sources.places import places_of
from difass_analysis.sources.profile import (
    ColumnRule,
    Origin,
    Others,
    ValueFormat,
    fold,
)
from difass_analysis.sources.profile_entries import (
    as_table,
    of_type,
    refuse_unknown,
    strings_under,
    texts,
)
from difass_analysis.sources.profile_formats import value_format

_ORIGINS: tuple[Origin, ...] = get_args(Origin)
# Options that say how a cell is written and may differ from column to column.
_WRITTEN = tuple(entry.name for entry in fields(ValueFormat) if entry.name != "blank")
_TEXT_OPTIONS = ("map", "other", "extract", "replace", "fold_blanks", "nuts", "country")
_OPTIONS = (*_ORIGINS, *_TEXT_OPTIONS, "scale", "separator", "optional", *_WRITTEN)


def column_rule(column: Column, spec: Any, values: ValueFormat, where: str) -> ColumnRule:
    """Return where a column comes from, from what the profile says of it."""
    given: dict[str, Any] = {"from": spec} if isinstance(spec, str) else as_table(spec, where)
    refuse_unknown(given, _OPTIONS, "option", where)
    origins = [origin for origin in _ORIGINS if origin in given]
    if len(origins) != 1:
        raise ProfileError(
            f"{where} names {len(origins)} origins.", todo=f"Give one of {', '.join(_ORIGINS)}."
        )
    origin = origins[0]
    _fitting(column, given, origin, where)
    written = {key: given[key] for key in _WRITTEN if key in given}
    return ColumnRule(
        target=column.name,
        origin=origin,
        headings=_headings(given[origin], origin, where),
        value=_value(given[origin], origin, column, where),
        values=value_format(written, values, where) if written else values,
        map=_map(given, where),
        other=_others(given.get("other", "missing"), where),
        extract=_pattern(given.get("extract", ""), where),
        replace=strings_under(given, "replace", where),
        fold_blanks=of_type(given.get("fold_blanks", False), bool, "fold_blanks", where),
        scale=_scale(given.get("scale", 1.0), column, origin, where),
        detect_scale=given.get("scale") == "detect",
        separator=of_type(given.get("separator", " "), str, "separator", where),
        optional=of_type(given.get("optional", False), bool, "optional", where),
        places=places_of(given, column, where),
    )


def _fitting(column: Column, given: Mapping[str, Any], origin: Origin, where: str) -> None:
    """Refuse options that would have no effect where they stand."""
    allowed = {
        "from": {*_TEXT_OPTIONS, "scale", "optional", *_WRITTEN},
        "first": {*_TEXT_OPTIONS, "scale", "optional", *_WRITTEN},
        "sum": {"scale", "optional", *_WRITTEN},
        "difference": {"scale", "optional", *_WRITTEN},
        "join": {"separator", "optional", "missing"},
        "constant": set(),
        "line": set(),
    }[origin]
    idle = [key for key in given if key != origin and key not in allowed]
    if idle:
        raise ProfileError(f"{where}: '{idle[0]}' has no effect beside '{origin}'.")
    if (origin in ("sum", "difference") or "scale" in given) and not column.numeric:
        raise ProfileError(f"{where} is {column.kind}: it can be neither added nor scaled.")
    if origin in ("join", "line") and column.kind not in ("text", "id"):
        raise ProfileError(f"{where} is {column.kind}: '{origin}' makes text.")
    if "other" in given and "map" not in given:
        raise ProfileError(f"{where}: 'other' has no effect without 'map'.")


def _headings(value: Any, origin: Origin, where: str) -> tuple[str, ...]:
    if origin in ("constant", "line"):
        return ()
    if origin == "from":
        return (of_type(value, str, origin, where),)
    headings = texts(value, origin, where)
    if len(headings) < 2 or (origin == "difference" and len(headings) != 2):
        count = "two" if origin == "difference" else "at least two"
        raise ProfileError(f"{where}: '{origin}' needs {count} headings.")
    return headings


def _value(value: Any, origin: Origin, column: Column, where: str) -> Any:
    if origin == "line":
        return of_type(value, str, "line", where)
    if origin != "constant":
        return None
    wanted = {"date": date, "flag": bool}.get(column.kind, str)
    if column.numeric:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ProfileError(f"{where}: constant = {value!r} must be a number.")
        return int(value) if column.kind == "year" else float(value)
    if not isinstance(value, wanted):
        raise ProfileError(f"{where}: constant = {value!r} must be {column.kind}.")
    return value


def _map(given: Mapping[str, Any], where: str) -> dict[str, str]:
    content = strings_under(given, "map", where)
    read_as: dict[str, str] = {}
    for name, value in content.items():
        if read_as.setdefault(fold(name), value) != value:
            raise ProfileError(
                f"{where}: the map reads '{name}' as '{read_as[fold(name)]}' and as '{value}'.",
                todo="Blanks and case do not tell spellings apart: keep one of them.",
            )
    return content


def _others(value: Any, where: str) -> Others:
    if value not in get_args(Others):
        raise ProfileError(f"{where}: other = {value!r} must be missing or keep.")
    return cast(Others, value)


def _scale(value: Any, column: Column, origin: Origin, where: str) -> float:
    if value == "detect":
        if column.kind != "share" or origin != "from":
            raise ProfileError(f"{where}: only a share from one heading has a scale to detect.")
        return 1.0
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        raise ProfileError(f"{where}: scale = {value!r} must be a number above 0, or 'detect'.")
    return float(value)


def _pattern(value: Any, where: str) -> str:
    text: str = of_type(value, str, "extract", where)
    if not text:
        return text
    try:
        groups = re.compile(text).groups
    except re.error as error:
        raise ProfileError(f"{where}: extract is no regular expression: {error}.") from error
    if groups != 1:
        raise ProfileError(
            f"{where}: extract has {groups} groups.",
            todo="Put the part that counts into one pair of brackets, others into (?:...).",
        )
    if re.search(r"\(\?<?[=!]|\\[1-9]", text):
        raise ProfileError(f"{where}: extract looks around or back, which no engine can do.")
    return text
