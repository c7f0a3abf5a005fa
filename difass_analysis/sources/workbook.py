"""Read one sheet of a workbook as text in the marks of the profile."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from difass_analysis.errors import InputError
from difass_analysis.sources.delimited import Record
from difass_analysis.sources.profile import Profile, ValueFormat, fold


def sheet_records(path: Path, profile: Profile) -> Iterator[Record]:
    """Yield the rows of a sheet from its header on, as text; empty rows are none.

    Raises
    ------
    InputError
        When the file is no workbook, or has no sheet of the stated name.
    """
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheet = _sheet(book, path, profile.file.sheet)
        rows = sheet.to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        raise InputError(
            f"{path.name} cannot be read as a workbook: {error}.",
            todo="Open it in a spreadsheet program and save it as .xlsx or .csv.",
        ) from error
    written: list[ValueFormat] = []
    for number, row in enumerate(rows, start=1):
        if number < profile.file.header_row:
            continue
        if not written:
            written = formats_of([str(value) for value in row], profile)
        cells = [as_text(value, values) for value, values in zip(row, written, strict=True)]
        if any(cells):
            yield Record(number, cells)


def _sheet(book: CalamineWorkbook, path: Path, name: str) -> Any:
    names = book.sheet_names
    if not names:
        raise InputError(f"{path.name} has no sheet.", todo="Ask for the file again.")
    if not name:
        return book.get_sheet_by_index(0)
    if name not in names:
        near = get_close_matches(name, names, n=3, cutoff=0.5) or names[:6]
        raise InputError(
            f"{path.name} has no sheet '{name}'.",
            todo=f"Its sheets are {', '.join(near)}: name one in the profile.",
        )
    return book.get_sheet_by_name(name)


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
        return _number(value).replace(".", values.decimal)
    if isinstance(value, datetime):
        day = _day(value, values)
        return day if value.time() == time() else f"{day} {value:%H:%M:%S}"
    if isinstance(value, date):
        return _day(value, values)
    return str(value)


def _number(value: float) -> str:
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    return format(Decimal(repr(value)), "f")


def _day(value: date, values: ValueFormat) -> str:
    return value.strftime(values.dates[0])


def error_cells(path: Path) -> int:
    """Count the cells of a workbook that hold an error such as #N/A: they are read as blanks."""
    if not zipfile.is_zipfile(path):
        return 0
    with zipfile.ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        return sum(len(re.findall(rb'<c [^>]*t="e"', archive.read(name))) for name in sheets)
