"""How large a workbook is when it is open, counted before it is opened.

A workbook is an archive of XML. One cell in the last corner of a sheet makes readers reserve room
for all cells before it, and a few bytes can say that a row is repeated a million times.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import IO

import lxml.etree

from difass_analysis.errors import InputError
from difass_analysis.sources.archives import require_bounded

#: Most cells of the used area of one sheet, blank ones included: about a gigabyte of memory.
MOST_CELLS = 40_000_000
_CHUNK = 1 << 20
_OVERLAP = 4096
_FILLED = re.compile(rb"<(?:\w+:)?c(\s[^<>]*[^/<>])?>")
_TAG = re.compile(rb"<(?:\w+:)?((?:row|c)(?:\s[^<>]*)?)>")
_ROW = re.compile(rb"\br=[\"']([0-9]{1,7})[\"']")
_AT = re.compile(rb"\br=[\"']([A-Za-z]{1,3})([0-9]{1,7})[\"']")
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


def require_readable(path: Path) -> int:
    """Refuse a workbook that is too large to be opened, and count its cells with errors.

    Parameters
    ----------
    path : pathlib.Path
        A workbook. Those of the old kind (``.xls``) cannot grow when they are opened.

    Returns
    -------
    int
        Cells that hold an error such as #N/A; 0 where that cannot be told.

    Raises
    ------
    InputError
        When it unpacks to far more than it should, is damaged, or has a sheet whose used area is
        larger than ``MOST_CELLS``.
    """
    state = path.stat()
    return _checked(path, state.st_mtime_ns, state.st_size)


# The state of the file is part of the key, so that one that changed is counted anew.
@lru_cache(maxsize=32)
def _checked(path: Path, changed: int, size: int) -> int:
    if not zipfile.is_zipfile(path):
        return 0
    try:
        with zipfile.ZipFile(path) as archive:
            require_bounded(path, archive.infolist())
            names = archive.namelist()
            if "content.xml" in names:
                with archive.open("content.xml") as handle:
                    _require_areas(path, handle)
                return 0
            errors = 0
            for name in names:
                if re.match(r"xl/worksheets/[^/]+\.xml$", name):
                    errors += _sheet(path, archive, name)
                elif name.endswith(".xml"):  # a size that is stated falsely shows here
                    with archive.open(name) as handle:
                        while handle.read(_CHUNK):
                            pass
            return errors
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise InputError(
            f"{path.name} cannot be read as a workbook: {error}.",
            todo="It may be damaged or incomplete: ask for the file again.",
        ) from error


def _sheet(path: Path, archive: zipfile.ZipFile, name: str) -> int:
    """Count the errors of one sheet, or refuse its used area."""
    with archive.open(name) as handle:
        area = _stated_area(handle)
    if area is None:
        with archive.open(name) as handle:
            area = _counted_area(handle)
    rows, columns, errors = area
    _require_area(path, rows, columns)
    return errors


def _stated_area(handle: IO[bytes]) -> tuple[int, int, int] | None:
    """Return last row, last column and errors of the cells; None if one does not say where it is.

    Cells with a format and nothing in them do not count: they are most of a padded sheet.
    """
    rows = columns = errors = 0
    for attributes in _matches(handle, _FILLED):
        at = _AT.search(attributes)
        if at is None:
            return None
        rows, columns = max(rows, int(at[2])), max(columns, _number(at[1]))
        errors += b't="e"' in attributes
    return rows, columns, errors


def _counted_area(handle: IO[bytes]) -> tuple[int, int, int]:
    """Return the same where cells stand one after the other without a place of their own."""
    rows = columns = errors = row = column = 0
    for tag in _matches(handle, _TAG):
        at = _AT.search(tag)
        if tag.startswith(b"row"):
            stated = _ROW.search(tag)
            row, column = max(row + 1, int(stated[1]) if stated else 0), 0
            continue
        column = _number(at[1]) if at else column + 1
        if not tag.endswith(b"/"):
            rows, columns = max(rows, row, int(at[2]) if at else 0), max(columns, column)
            errors += b't="e"' in tag
    return rows, columns, errors


def _matches(handle: IO[bytes], form: re.Pattern[bytes]) -> Iterator[bytes]:
    """Yield what is in the brackets of a form, wherever it stands."""
    kept = b""
    while chunk := handle.read(_CHUNK):
        text = kept + chunk
        end = 0
        for match in form.finditer(text):
            yield match[1] or b""
            end = match.end()
        # A tag may go on in the next chunk; what is longer than the overlap is no such tag.
        kept = text[max(end, text.rfind(b"<"), len(text) - _OVERLAP) :]


def _number(letters: bytes) -> int:
    """Return the number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return number


def _require_area(path: Path, rows: int, columns: int) -> None:
    if rows * columns > MOST_CELLS:
        raise InputError(
            f"{path.name} has a sheet whose cells reach to row {rows:,} and column {columns:,}: "
            f"more than {MOST_CELLS:,} cells, blank ones included.",
            todo="Delete what stands far outside the list, or save the sheet as CSV.",
        )


def _require_areas(path: Path, handle: IO[bytes]) -> None:
    """Refuse the used areas of the sheets of an OpenDocument workbook."""
    row = column = rows = columns = repeated = 0
    events = lxml.etree.iterparse(
        handle, events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=False
    )
    try:
        for event, element in events:
            if event == "start" and element.tag == f"{_TABLE}table":
                row = rows = columns = 0
            elif event == "start" and element.tag == f"{_TABLE}table-row":
                repeated, column = _times(element, "rows"), 0
                row += repeated
            elif event == "end" and element.tag.endswith("table-cell"):
                column += _times(element, "columns")
                if len(element) or element.get(f"{_OFFICE}value-type"):
                    rows, columns = max(rows, row), max(columns, column)
                    _require_area(path, rows, columns)
            elif event == "end" and element.tag == f"{_TABLE}table-row":
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
    except (lxml.etree.LxmlError, OSError) as error:
        raise InputError(
            f"{path.name} cannot be read as a workbook: {error}.",
            todo="Open it in a spreadsheet program and save it as .xlsx or .csv.",
        ) from error


def _times(element: lxml.etree._Element, what: str) -> int:
    value = str(element.get(f"{_TABLE}number-{what}-repeated", "1"))
    return int(value) if value.isdecimal() and len(value) < 10 else 1
