"""Read a list of records out of JSON, however deep it lies, and JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from difass_analysis.errors import InputError
from difass_analysis.sources.delimited import Record
from difass_analysis.sources.encoding import decoding_error, marked, without_mark
from difass_analysis.sources.profile import FileFormat, Profile, ValueFormat
from difass_analysis.sources.workbook import as_text, formats_of

#: Most bytes of one JSON text, which is read as a whole; JSON lines have no such bound.
MOST_BYTES = 256 * 1024**2
#: What stands between several values of one field, and between its own parts in a heading.
JOIN, DOT = "; ", "."
#: Most columns of a flattened record: beyond it keys are data and not headings.
MOST_COLUMNS = 2000

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class RecordList:
    """A list of records inside a JSON text.

    Attributes
    ----------
    path : str
        Keys that lead to it, joined by dots; empty for the whole text.
    size : int
        Number of its records.
    columns : int
        Number of keys of its first records together.
    """

    path: str
    size: int
    columns: int


def json_records(path: Path, profile: Profile) -> Iterator[Record]:
    """Yield a header made of the keys, then the records of a JSON file, from 1.

    Parameters
    ----------
    path : pathlib.Path
        A JSON text, or one JSON record a line.
    profile : Profile
        ``rows`` of its file is the path to the list; the longest list of records without it.

    Yields
    ------
    Record
        Nested keys are joined by dots; several values of one key by ``"; "``. Keys that a record
        lacks are empty cells.

    Raises
    ------
    InputError
        When the text is no JSON, too large, or holds no list of records at that place.
    """
    if is_lines(path, profile.file):
        source = [flat(row) for _, row in _numbered(path, profile.file)]
        numbers = [number for number, _ in _numbered(path, profile.file)]
    else:
        found = _at(path, loaded(path, profile.file), profile.file.rows)
        source = [flat(row) for row in found]
        numbers = list(range(1, len(source) + 1))
    headings = headings_of_rows(source, path)
    formats = formats_of(headings, profile)
    yield Record(0, headings)
    for number, row in zip(numbers, source, strict=True):
        cells = [
            _cell(row.get(heading), values)
            for heading, values in zip(headings, formats, strict=True)
        ]
        if any(cells):
            yield Record(number, cells)


def headings_of_rows(rows: Sequence[Row], path: Path) -> list[str]:
    """Return all keys of some rows, in the order in which they first appear.

    Raises
    ------
    InputError
        When they are more than ``MOST_COLUMNS``.
    """
    headings: dict[str, None] = {}
    for row in rows:
        headings.update(dict.fromkeys(row))
        if len(headings) > MOST_COLUMNS:
            raise InputError(
                f"The records of {path.name} have more than {MOST_COLUMNS} different fields.",
                todo="Its keys seem to be data: name the list of records as rows in the profile.",
            )
    return list(headings)


def is_lines(path: Path, layout: FileFormat) -> bool:
    """Whether a file holds one JSON record a line."""
    with path.open("rb") as handle:
        encoding = _encoding(handle.read(4096), layout)
    try:
        with path.open(encoding=encoding) as text:
            lines = [line for line in (text.readline(1 << 20) for _ in range(10)) if line.strip()]
        return len(lines) > 1 and all(isinstance(_parsed(line), dict) for line in lines[:2])
    except (ValueError, RecursionError):
        return False


def _encoding(start: bytes, layout: FileFormat) -> str:
    mark = marked(start) or without_mark(start)
    encoding = mark or layout.encoding
    return "utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding


def _numbered(path: Path, layout: FileFormat) -> Iterator[tuple[int, Row]]:
    """Yield the records of JSON lines with their lines."""
    with path.open("rb") as handle:
        encoding = _encoding(handle.read(4096), layout)
    try:
        with path.open(encoding=encoding) as text:
            for number, line in enumerate(text, start=1):
                if line.strip():
                    yield number, _record(path, number, line)
    except UnicodeError as error:
        raise decoding_error(path, encoding) from error


def _record(path: Path, number: int, line: str) -> Row:
    try:
        record = _parsed(line)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{path.name} cannot be read as JSON lines: line {number}: {error}.",
            todo="Ask for the file again, or correct that line.",
        ) from error
    if not isinstance(record, dict):
        raise InputError(f"{path.name}: line {number} is no JSON record.", todo="Correct it.")
    return record


def loaded(path: Path, layout: FileFormat) -> Any:
    """Return a JSON text as Python objects; a list of records for JSON lines.

    Raises
    ------
    InputError
        When it is no JSON, in another encoding, or larger than ``MOST_BYTES``.
    """
    if is_lines(path, layout):
        return [row for _, row in _numbered(path, layout)]
    if path.stat().st_size > MOST_BYTES:
        raise InputError(
            f"{path.name} is a JSON text of more than {MOST_BYTES // 1024**2} MB.",
            todo="Ask for it as CSV, or as JSON with one record a line.",
        )
    data = path.read_bytes()
    encoding = _encoding(data[:4096], layout)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise decoding_error(path, encoding) from error
    try:
        return _parsed(text.removeprefix("\ufeff"))
    except RecursionError as error:
        raise InputError(f"{path.name} is nested too deeply.", todo="Ask for CSV.") from error
    except ValueError as error:
        raise InputError(
            f"{path.name} cannot be read as JSON: {error}.",
            todo="It may be incomplete: ask for the file again.",
        ) from error


def _parsed(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_pairs, parse_constant=lambda _: None)


def _pairs(pairs: list[tuple[str, Any]]) -> Row:
    """Make a record of keys and values; a key that stands twice keeps both."""
    row = dict(pairs)
    if len(row) == len(pairs):
        return row
    row = {}
    for key, value in pairs:
        name, copy = key, 2
        while name in row:
            name, copy = f"{key} ({copy})", copy + 1
        row[name] = value
    return row


def record_lists(value: Any) -> list[RecordList]:
    """Return the lists of records that a JSON value holds, the one with the most cells first.

    Lists inside the records of a list belong to these records.

    Examples
    --------
    >>> record_lists({"page": 1, "data": {"items": [{"a": 1, "b": 2}, {"a": 3}]}})
    [RecordList(path='data.items', size=2, columns=2)]
    """
    found = list(_lists(value, ()))
    return sorted(found, key=lambda one: one.size * one.columns, reverse=True)


def _lists(value: Any, at: tuple[str, ...]) -> Iterator[RecordList]:
    rows = _as_rows(value)
    if rows:
        width = len({key for row in rows[:100] for key in row})
        yield RecordList(path=DOT.join(at), size=len(rows), columns=width)
    elif isinstance(value, dict):
        for key, inside in value.items():
            yield from _lists(inside, (*at, key))
    elif isinstance(value, list):
        for index, inside in enumerate(value[:100]):
            yield from _lists(inside, (*at, str(index)))


def _as_rows(value: Any) -> list[Row]:
    """Return a list of records as such; a list of lists takes its keys from its first list."""
    if not isinstance(value, list) or not value:
        return []
    if all(isinstance(item, dict) for item in value):
        return value
    head = value[0]
    if (
        len(value) > 1
        and all(isinstance(item, list) for item in value)
        and all(isinstance(name, str) for name in head)
        and all(len(item) == len(head) for item in value)
    ):
        return [_pairs(list(zip(head, item, strict=True))) for item in value[1:]]
    return []


def _at(path: Path, value: Any, rows: str) -> list[Row]:
    """Return the records at a path, or those of the largest list."""
    lists = record_lists(value)
    if not rows:
        if not lists:
            raise InputError(
                f"{path.name} is JSON and holds no list of records.",
                todo="Ask for a list of records such as [{...}, {...}], or for CSV.",
            )
        rows = lists[0].path
    found = _as_rows(_follow(value, rows))
    if not found:
        shown = ", ".join(f"'{one.path}'" for one in lists[:6] if one.path) or "none below the top"
        raise InputError(
            f"{path.name} holds no list of records at '{rows}'.",
            todo=f"Lists of records: {shown}. Name one as rows in the profile, or leave it out.",
        )
    return found


def _follow(value: Any, rows: str) -> Any:
    """Go down a path of keys; a key may itself hold dots."""
    if not rows:
        return value
    if isinstance(value, list):
        index, _, rest = rows.partition(DOT)
        good = index.isdecimal() and int(index) < len(value)
        return _follow(value[int(index)], rest) if good else None
    if isinstance(value, dict):
        for key, inside in value.items():
            if rows == key:
                return inside
            if rows.startswith(key + DOT):
                found = _follow(inside, rows[len(key) + 1 :])
                if found is not None:
                    return found
    return None


def flat(record: Mapping[str, Any]) -> Row:
    """Return a record with one level of keys.

    Examples
    --------
    >>> flat({"id": 7, "place": {"city": "Bern", "tags": ["a", "b"]}, "firms": [{"n": "x"}, {}]})
    {'id': 7, 'place.city': 'Bern', 'place.tags': ('a', 'b'), 'firms.n': ('x', None)}
    """
    result: Row = {}
    for key, value in record.items():
        if isinstance(value, dict):
            parts = {f"{key}{DOT}{name}": inside for name, inside in flat(value).items()}
        else:
            parts = _joined(key, value) if isinstance(value, list) else {key: value}
        for name, inside in parts.items():
            heading = name
            while heading in result:  # "a.b" beside a: {b: ...}
                heading = f"{heading} (2)"
            result[heading] = inside
    return result


def _joined(key: str, values: Sequence[Any]) -> Row:
    """Join the values of a list; those of records by key, with gaps kept so that they match."""
    if not values:
        return {key: None}
    if all(isinstance(value, dict) for value in values):
        rows = [flat(value) for value in values]
        names = dict.fromkeys(name for row in rows for name in row)
        return {f"{key}{DOT}{name}": _together([row.get(name) for row in rows]) for name in names}
    return {key: _together(values)}


def _together(values: Sequence[Any]) -> Any:
    """Keep several values apart until it is known how they are written."""
    return values[0] if len(values) == 1 else tuple(values)


def _cell(value: Any, values: ValueFormat) -> str:
    if isinstance(value, tuple):
        return JOIN.join(_cell(part, values) for part in value)
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return as_text(value, values)
