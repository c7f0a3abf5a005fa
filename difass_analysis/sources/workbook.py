"""Read one sheet of a workbook as text in the marks of the profile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from difass_analysis.errors import InputError
from difass_analysis.sources.cells import SERIAL, SERIAL_EPOCH
from difass_analysis.sources.delimited import Record
from difass_analysis.sources.header import joined_header
from difass_analysis.sources.profile import Profile, ValueFormat, fold
from difass_analysis.sources.workbook_size import require_readable

_PLAIN = ValueFormat()
# Rows from the top in which merged cells are read as headings of all the columns they cover.
_MERGED_ROWS = 60


def sheet_records(path: Path, profile: Profile) -> Iterator[Record]:
    """Yield the rows of a sheet from its header on, as text; empty rows are none.

    Raises
    ------
    InputError
        When the file is no workbook, or has no sheet of the stated name.
    """
    layout = profile.file
    sheet = loaded_sheet(opened_workbook(path), path, layout.sheet)
    ranges = (sheet.merged_cell_ranges or []) if layout.header_rows > 1 else []
    head: dict[int, list[str]] = {}
    written: list[ValueFormat] = []
    for index, row in enumerate(sheet.iter_rows()):
        if index + 1 < layout.header_row or not any(value not in (None, "") for value in row):
            continue
        if len(head) < layout.header_rows:
            head[index] = [_heading(value) for value in row]
            yield Record(index + 1, _stretched(head, index, ranges))
            continue
        if not written:
            written = formats_of(joined_header(list(head.values())), profile)
        cells = [as_text(value, values) for value, values in zip(row, written, strict=True)]
        if any(cells):
            yield Record(index + 1, cells)


def opened_workbook(path: Path) -> Any:
    """Open a workbook of any kind.

    Raises
    ------
    InputError
        When it is no workbook, encrypted, or larger than can be read.
    """
    require_readable(path)
    try:
        return CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError, ValueError) as error:
        locked = "password" in str(error).lower() or "encrypt" in str(error).lower()
        raise InputError(
            f"{path.name} is a workbook locked by a password."
            if locked
            else f"{path.name} cannot be read as a workbook: {error}.",
            todo="Open it in a spreadsheet program and save it as .xlsx or .csv.",
        ) from error


def _heading(value: Any) -> str:
    """Render a heading: a year is a number in its cell, and 2014.0 is no heading."""
    return as_text(value, _PLAIN)


def _stretched(head: Mapping[int, Sequence[str]], row: int, ranges: Sequence[Any]) -> list[str]:
    """Return a row of the header with the text of merged cells in each cell that they cover."""
    cells = list(head[row])
    for (top, left), (bottom, right) in ranges:
        if top <= row <= bottom and top in head:
            for column in range(left, min(right + 1, len(cells))):
                cells[column] = cells[column] or head[top][left]
    return cells


def loaded_sheet(book: Any, path: Path, name: str) -> Any:
    """Return a sheet of a workbook, the first one without a name.

    Raises
    ------
    InputError
        When there is no such sheet, or it cannot be read.
    """
    names = book.sheet_names
    if not names:
        raise InputError(f"{path.name} has no sheet.", todo="Ask for the file again.")
    if name and name not in names:
        near = get_close_matches(name, names, n=3, cutoff=0.5) or names[:6]
        raise InputError(
            f"{path.name} has no sheet '{name}'.",
            todo=f"Its sheets are {', '.join(near)}: name one in the profile.",
        )
    try:
        return book.get_sheet_by_name(name or names[0])
    except (CalamineError, OSError, ValueError) as error:
        raise InputError(
            f"{path.name}: the sheet '{name or names[0]}' cannot be read: {error}.",
            todo="Open it in a spreadsheet program and save it as .xlsx or .csv.",
        ) from error


def sheet_grids(book: Any, path: Path) -> dict[str, list[Record]]:
    """Return the rows with text of all sheets of a workbook, as plain text, by their names.

    Parameters
    ----------
    book : CalamineWorkbook
        The workbook, opened.
    path : pathlib.Path
        Its file, for messages.
    """
    grids: dict[str, list[Record]] = {}
    for name in book.sheet_names:
        try:
            sheet = loaded_sheet(book, path, name)
        except InputError:
            continue  # a chart has a sheet of its own, and no cells
        ranges = sheet.merged_cell_ranges or []
        top: dict[int, list[str]] = {}
        grids[name] = []
        for index, row in enumerate(sheet.iter_rows()):
            cells = [as_text(value, _PLAIN) for value in row]
            if any(cells):
                if len(top) < _MERGED_ROWS:
                    top[index] = cells
                    cells = _stretched(top, index, ranges)
                grids[name].append(Record(index + 1, cells))
    return grids


def formats_of(headings: Sequence[str], profile: Profile) -> list[ValueFormat]:
    """Return how the profile reads the cells under each heading."""
    rules = [rule for mapping in profile.tables for rule in mapping.rules]
    known = {fold(name): rule.values for rule in rules for name in rule.headings}
    return [known.get(fold(heading), profile.values) for heading in headings]


def as_text(value: Any, values: ValueFormat) -> str:
    """Render a cell in the profile's own marks, so that the text rules read it back unchanged.

    A true number 1234.5 becomes "1234,5" under a decimal comma; read by its default rendering it
    would be refused, or worse, taken for 12345.

    Examples
    --------
    >>> as_text(7.0, ValueFormat()), as_text(1234.5, ValueFormat(decimal=","))
    ('7', '1234,5')
    """
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        words = values.true_words if value else values.false_words
        return words[0] if words else str(value)
    if isinstance(value, (int, float)):
        return _number(value, values).replace(".", values.decimal)
    if isinstance(value, datetime):
        day = _day(value, values)
        whole = value.time() == time() or values.dates[0] == SERIAL
        return day if whole else f"{day} {value:%H:%M:%S}"
    if isinstance(value, date):
        return _day(value, values)
    return str(value)


def _number(value: float, values: ValueFormat) -> str:
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    text = format(Decimal(repr(value)), "f")
    # A true number is never one that can be read in two ways; with a fourth decimal it shows.
    return f"{text}0" if values.marks != "stated" and len(text.partition(".")[2]) == 3 else text


def _day(value: date, values: ValueFormat) -> str:
    if values.dates[0] == SERIAL:
        day = value.date() if isinstance(value, datetime) else value
        return str((day - SERIAL_EPOCH).days)
    return value.strftime(values.dates[0])


def error_cells(path: Path) -> int:
    """Count the cells of a workbook that hold an error such as #N/A: they are read as blanks."""
    return require_readable(path)
