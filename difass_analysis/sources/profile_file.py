"""Read a profile from its TOML file, and refuse what cannot be done."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from typing import Any, cast, get_args

from difass_analysis.errors import DifassError, ProfileError, one_of
from difass_analysis.programme.settings import blank_of, settings_of
from difass_analysis.schema import Column, Table, table_of
from difass_analysis.sources.cells import date_format_problem
from difass_analysis.sources.profile import (
    ColumnRule,
    FileFormat,
    FormatName,
    Origin,
    Others,
    Profile,
    TableMapping,
    ValueFormat,
    fold,
)

_ORIGINS: tuple[Origin, ...] = get_args(Origin)
_TOP = ("title", "origin", "canonical", "programme", "file", "values", "tables")
_TABLE = ("parts", "optional_parts", "total", "distinct", "columns")
# Options that say how a cell is written and may differ from column to column.
_WRITTEN = ("decimal", "thousands", "dates", "missing", "true_words", "false_words", "units")
_TEXT_OPTIONS = ("map", "other", "extract", "replace", "fold_blanks")
_OPTIONS = (*_ORIGINS, *_TEXT_OPTIONS, "scale", "separator", "optional", *_WRITTEN)


def profile_of(content: Mapping[str, Any], *, name: str, where: str) -> Profile:
    """Check the content of a profile and return it as :class:`Profile`.

    Parameters
    ----------
    content : mapping
        The TOML content.
    name : str
        Key of the profile.
    where : str
        Name of the file, for messages.

    Raises
    ------
    ProfileError
        When an entry, table, column or option is unknown, or a value is of the wrong kind.
    """
    _known(content, _TOP, "entry", where)
    values = _values(_dict(content, "values", where), ValueFormat(), f"{where}, [values]")
    tables = tuple(
        _table(key, _entry(entry, f"{where}, [tables.{key}]"), values, where)
        for key, entry in _dict(content, "tables", where).items()
    )
    canonical = _of(content.get("canonical", False), bool, "canonical", where)
    if not tables and not canonical:
        raise ProfileError(
            f"{where} fills no table.", todo="Add [tables.operations.columns] with the columns."
        )
    profile = Profile(
        id=name,
        title=_of(content.get("title", ""), str, "title", where),
        origin=_of(content.get("origin", ""), str, "origin", where),
        canonical=canonical,
        programme=_dict(content, "programme", where),
        file=_file(_dict(content, "file", where), f"{where}, [file]"),
        values=values,
        tables=tables,
    )
    _one_format([rule for mapping in tables for rule in mapping.rules], where)
    settings_of({"id": name, "name": name, **profile.programme}, where=f"{where}, [programme]")
    return profile


def _known(content: Mapping[str, Any], known: Sequence[str], what: str, where: str) -> None:
    for key in content:
        if key not in known:
            error = one_of(what, key, sorted(known))
            raise ProfileError(f"{where}: {error.message}", todo=error.todo)


def _of(value: Any, wanted: type, key: str, where: str) -> Any:
    good = isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))
    if not good:
        kinds = {str: "text in quotes", bool: "true or false", int: "a whole number"}
        raise ProfileError(f"{where}: {key} = {value!r} must be {kinds.get(wanted, 'a number')}.")
    return value


def _entry(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ProfileError(f"{where} must be a table, not {value!r}.", todo="See docs/profiles.md.")
    return value


def _dict(content: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    return _entry(content.get(key, {}), f"{where}, [{key}]")


def _texts(value: Any, key: str, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ProfileError(f'{where}: {key} = {value!r} must be a list such as ["a", "b"].')
    return tuple(value)


def _character(value: Any, key: str, where: str, *, allowed: str) -> str:
    text: str = _of(value, str, key, where)
    if len(text) > 1:
        raise ProfileError(f"{where}: {key} = {text!r} must be {allowed}.")
    return text


def _file(content: Mapping[str, Any], where: str) -> FileFormat:
    names = [entry.name for entry in fields(FileFormat)]
    _known(content, names, "entry", where)
    for key, value in content.items():
        _of(value, int if key in ("header_row", "skip_foot") else str, key, where)
    result = FileFormat(**content)
    if result.format not in get_args(FormatName):
        error = one_of("format", result.format, list(get_args(FormatName)))
        raise ProfileError(f"{where}: {error.message}", todo=error.todo)
    try:
        codecs.lookup(result.encoding)
    except LookupError as error:
        raise ProfileError(
            f"{where}: there is no encoding '{result.encoding}'.",
            todo="Write for example utf-8, cp1250 or cp1252.",
        ) from error
    if result.delimiter != "auto" and len(result.delimiter) != 1:
        raise ProfileError(f"{where}: delimiter must be one character, or auto.")
    _character(result.quote, "quote", where, allowed="one character, or empty")
    if result.header_row < 1 or result.skip_foot < 0:
        raise ProfileError(f"{where}: header_row counts from 1, skip_foot from 0.")
    return result


def _values(content: Mapping[str, Any], base: ValueFormat, where: str) -> ValueFormat:
    _known(content, [entry.name for entry in fields(ValueFormat)], "entry", where)
    checked: dict[str, Any] = {}
    for key, value in content.items():
        if key == "blank":
            checked[key] = blank_of(_of(value, str, key, where), where=where)
        elif key == "months":
            months = _entry(value, f"{where}, months")
            checked[key] = {
                name: _of(number, int, f"months.{name}", where) for name, number in months.items()
            }
        elif key in ("decimal", "thousands"):
            checked[key] = _character(value, key, where, allowed="one character")
        else:
            checked[key] = _texts(value, key, where)
    result = replace(base, **checked)
    _marks(result, where)
    for pattern in result.dates:
        problem = date_format_problem(pattern)
        if problem:
            raise ProfileError(f"{where}: date format '{pattern}' {problem}.")
    return result


def _marks(values: ValueFormat, where: str) -> None:
    if not values.decimal:
        raise ProfileError(f"{where}: decimal must be one character.")
    if values.decimal == values.thousands:
        raise ProfileError(f"{where}: decimal and thousands are both '{values.decimal}'.")
    if any(mark.isalnum() or mark in "+-" for mark in values.decimal + values.thousands):
        raise ProfileError(f"{where}: a letter, digit or sign cannot be a mark in numbers.")


def _table(name: str, content: Mapping[str, Any], values: ValueFormat, where: str) -> TableMapping:
    try:
        table = table_of(name)
    except DifassError as error:
        raise ProfileError(f"{where}: {error.message}", todo=error.todo) from error
    at = f"{where}, [tables.{name}]"
    _known(content, _TABLE, "entry", at)
    parts = tuple(
        (item,) if isinstance(item, str) else _texts(item, "parts", at)
        for item in _list(content, "parts", at)
    )
    optional_parts = _texts(content.get("optional_parts", []), "optional_parts", at)
    total = _of(content.get("total", ""), str, "total", at)
    for column in (*(column for item in parts for column in item), *optional_parts, total):
        if column and _column(table, column, at).kind != "money":
            raise ProfileError(f"{at}: '{column}' is no money column and cannot be a part.")
    if bool(parts) != bool(total):
        raise ProfileError(f"{at}: parts and total belong together.", todo="State both or none.")
    columns = _dict(content, "columns", at)
    rules = tuple(
        _rule(_column(table, target, at), spec, values, f"{at}, column {target}")
        for target, spec in columns.items()
    )
    _mapped_parts(parts, optional_parts, total, rules, at)
    return TableMapping(
        table=name,
        rules=rules,
        parts=parts,
        optional_parts=optional_parts,
        total=total,
        distinct=_of(content.get("distinct", False), bool, "distinct", at),
    )


def _mapped_parts(
    parts: Sequence[Sequence[str]],
    optional_parts: Sequence[str],
    total: str,
    rules: Sequence[ColumnRule],
    where: str,
) -> None:
    """Refuse parts that no rule fills; a canonical profile has no rules to check."""
    targets = {rule.target for rule in rules}
    named = [*(name for names in parts for name in names), *optional_parts, total]
    unmapped = [name for name in named if rules and name and name not in targets]
    if unmapped:
        raise ProfileError(
            f"{where}: '{unmapped[0]}' is a part or the total, and no column of the profile.",
            todo="Map it under columns, or leave it out.",
        )


def _one_format(rules: Sequence[ColumnRule], where: str) -> None:
    """Refuse two ways of writing one heading: one cell has one, and one of them would be wrong."""
    formats: dict[str, ValueFormat] = {}
    for rule in rules:
        for heading in rule.headings:
            first = formats.setdefault(fold(heading), rule.values)
            same = ("decimal", "thousands", "dates")
            if any(getattr(first, name) != getattr(rule.values, name) for name in same):
                raise ProfileError(
                    f"{where}: heading '{heading}' is read with two different marks or dates.",
                    todo="Give all columns that use it the same options.",
                )


def _list(content: Mapping[str, Any], key: str, where: str) -> list[Any]:
    value = content.get(key, [])
    if not isinstance(value, list):
        raise ProfileError(f"{where}: {key} must be a list.")
    return value


def _column(table: Table, name: str, where: str) -> Column:
    try:
        return table.column(name)
    except DifassError as error:
        raise ProfileError(f"{where}: {error.message}", todo=error.todo) from error


def _rule(column: Column, spec: Any, values: ValueFormat, where: str) -> ColumnRule:
    given: dict[str, Any] = {"from": spec} if isinstance(spec, str) else _entry(spec, where)
    _known(given, _OPTIONS, "option", where)
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
        values=_values(written, values, where) if written else values,
        map=_map(given, where),
        other=_others(given.get("other", "missing"), where),
        extract=_pattern(given.get("extract", ""), where),
        replace=_strings(given, "replace", where),
        fold_blanks=_of(given.get("fold_blanks", False), bool, "fold_blanks", where),
        scale=_scale(given.get("scale", 1.0), where),
        separator=_of(given.get("separator", " "), str, "separator", where),
        optional=_of(given.get("optional", False), bool, "optional", where),
    )


def _fitting(column: Column, given: Mapping[str, Any], origin: Origin, where: str) -> None:
    """Refuse options that would have no effect where they stand."""
    allowed = {
        "from": {*_TEXT_OPTIONS, "scale", "optional", *_WRITTEN},
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
        return (_of(value, str, origin, where),)
    headings = _texts(value, origin, where)
    if len(headings) < 2 or (origin == "difference" and len(headings) != 2):
        count = "two" if origin == "difference" else "at least two"
        raise ProfileError(f"{where}: '{origin}' needs {count} headings.")
    return headings


def _value(value: Any, origin: Origin, column: Column, where: str) -> Any:
    if origin == "line":
        return _of(value, str, "line", where)
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


def _strings(given: Mapping[str, Any], key: str, where: str) -> dict[str, str]:
    content = _entry(given.get(key, {}), f"{where}, {key}")
    for name, value in content.items():
        _of(value, str, f"{key}.{name}", where)
    return content


def _map(given: Mapping[str, Any], where: str) -> dict[str, str]:
    content = _strings(given, "map", where)
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


def _scale(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        raise ProfileError(f"{where}: scale = {value!r} must be a number above 0.")
    return float(value)


def _pattern(value: Any, where: str) -> str:
    text: str = _of(value, str, "extract", where)
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
