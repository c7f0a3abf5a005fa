"""Read tables of HTML pages and rows of XML: nothing is fetched, no entity is expanded."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lxml.etree
import lxml.html

from difass_analysis.errors import InputError
from difass_analysis.sources.delimited import Record
from difass_analysis.sources.encoding import decoding_error, marked, without_mark
from difass_analysis.sources.header import folded
from difass_analysis.sources.json_rows import MOST_COLUMNS
from difass_analysis.sources.profile import FileFormat

#: Most bytes of one page of HTML, which is read as a whole; XML is read row by row.
MOST_BYTES = 128 * 1024**2
#: Most columns and rows that one cell of a page may stretch over.
MOST_SPAN = 1000
#: Most cells of one table of a page.
MOST_CELLS = 20_000_000
#: What stands between several values of one element.
JOIN, DOT = "; ", "."
# Elements of one XML file that are looked at to find the one that is a row.
_LOOKED_AT = 2_000_000
# An element of which each holds more than so many of another kind is a page and no row.
_RARE = 50

Grid = list[list[str]]
Cells = dict[str, str]


@dataclass(frozen=True, eq=False, kw_only=True)
class PageTable:
    """A table of a page.

    Attributes
    ----------
    number : int
        Its place among the tables of the page, from 1.
    grid : list of list of str
        Its cells. A cell that stretches over columns or rows stands in each of them above the
        first row in which no cell stretches over columns, and below it once in each row.
    """

    number: int
    grid: Grid

    @property
    def filled(self) -> int:
        """Number of cells with text."""
        return sum(1 for row in self.grid for cell in row if cell)


def html_records(path: Path, layout: FileFormat) -> Iterator[Record]:
    """Yield the rows of a table of a page, from its header on; rows without text are none.

    Parameters
    ----------
    path : pathlib.Path
        A page of HTML, whatever it is named.
    layout : FileFormat
        Table, header row, and encoding where the page itself names none.

    Raises
    ------
    InputError
        When the page is too large, in another encoding, or has no such table.
    """
    tables = html_tables(path, layout)
    if layout.table_number > len(tables):
        raise InputError(
            f"{path.name} has {len(tables)} tables with text, and no table {layout.table_number}.",
            todo="Correct table_number in the profile, or leave it out for the largest.",
        )
    numbered = [table for table in tables if table.number == layout.table_number]
    table = numbered[0] if numbered else max(tables, key=lambda one: one.filled)
    for number, row in enumerate(table.grid, start=1):
        if number >= layout.header_row and any(row):
            yield Record(number, row)


def html_tables(path: Path, layout: FileFormat) -> list[PageTable]:
    """Return the tables of a page that have text, in their order.

    Raises
    ------
    InputError
        When the page is larger than ``MOST_BYTES``, in another encoding, or has no table with
        text or one of more than ``MOST_CELLS`` cells.
    """
    if path.stat().st_size > MOST_BYTES:
        raise InputError(
            f"{path.name} is a page of HTML of more than {MOST_BYTES // 1024**2} MB.",
            todo="Ask for the list as a workbook or CSV.",
        )
    data = path.read_bytes()
    encoding = page_encoding(data[: 1 << 16]) or layout.encoding
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise decoding_error(path, encoding) from error
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
    try:
        page = lxml.html.document_fromstring(text.encode(), parser=parser)
    except (lxml.etree.LxmlError, ValueError) as error:
        raise InputError(
            f"{path.name} cannot be read as a page of HTML: {error}.",
            todo="Open it in a spreadsheet program and save it as .xlsx or .csv.",
        ) from error
    grids = [_grid(path, table) for table in page.iter("table")]
    filled = [grid for grid in grids if any(any(row) for row in grid)]
    if not filled:
        raise InputError(
            f"{path.name} is a page of HTML without a table that has text.",
            todo="Ask for the list as a workbook or CSV.",
        )
    return [PageTable(number=number, grid=grid) for number, grid in enumerate(filled, start=1)]


def page_encoding(start: bytes) -> str:
    """Return the encoding that a page names itself; empty if it names none.

    Examples
    --------
    >>> page_encoding(b'<html><meta charset="windows-1250">')
    'cp1250'
    """
    mark = marked(start) or without_mark(start)
    if mark:
        return "utf-8-sig" if mark == "utf-8" else mark
    named = re.search(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w:.-]+)", start[:8192], re.IGNORECASE)
    try:
        found = codecs.lookup(named[1].decode("ascii", "replace")).name if named else ""
    except LookupError:
        return ""
    # Browsers read pages that name these as what such pages are in truth.
    return {"iso8859-1": "cp1252", "ascii": "cp1252"}.get(found, found)


def _grid(path: Path, table: Any) -> Grid:
    """Return the cells of a table without those of tables inside it, as one rectangle."""
    rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
    grid: Grid = []
    below: dict[int, tuple[int, str]] = {}  # column: rows still covered from above, and the text
    count, heading = 0, True
    for row in rows:
        own = [cell for cell in row if cell.tag in ("td", "th")]
        wide = any(_span(cell, "colspan") > 1 for cell in own)
        heading = heading and (wide or not grid or bool(below))
        cells, below = _row(own, below, repeated=heading)
        count += len(cells)
        if count > MOST_CELLS:
            raise InputError(f"{path.name} has a table of more than {MOST_CELLS:,} cells.")
        grid.append(cells)
    width = max((len(row) for row in grid), default=0)
    if width * len(grid) > MOST_CELLS:
        raise InputError(f"{path.name} has a table of more than {MOST_CELLS:,} cells.")
    return [row + [""] * (width - len(row)) for row in grid]


def _row(
    own: Sequence[Any], below: dict[int, tuple[int, str]], *, repeated: bool
) -> tuple[list[str], dict[int, tuple[int, str]]]:
    """Return the texts of one row, with those that stretch into it, and what it leaves below."""
    cells: list[str] = []
    left: dict[int, tuple[int, str]] = {}

    def covered() -> None:
        while len(cells) in below:
            rest, text = below[len(cells)]
            if rest > 1:
                left[len(cells)] = rest - 1, text
            cells.append(text)

    for cell in own:
        covered()
        text, down = _text(cell), _span(cell, "rowspan")
        for index in range(_span(cell, "colspan")):
            shown = text if repeated or not index else ""
            if down > 1:
                left[len(cells)] = down - 1, shown
            cells.append(shown)
    covered()
    for column in sorted(column for column in below if column >= len(cells)):
        cells += [""] * (column - len(cells))
        covered()
    return cells, left


def _span(cell: Any, name: str) -> int:
    value = str(cell.get(name, "1")).strip()
    return min(max(int(value[:9]), 1), MOST_SPAN) if value.isdecimal() else 1


def _text(cell: Any) -> str:
    """Return the text of a cell without scripts and without the tables inside it."""
    pieces = cell.xpath(
        ".//text()[not(ancestor::script or ancestor::style)][count(ancestor::table) = $depth]",
        depth=sum(1 for _ in cell.iterancestors("table")),
    )
    return folded(" ".join(str(piece) for piece in pieces))


def xml_records(path: Path, layout: FileFormat) -> Iterator[Record]:
    """Yield a header made of the names of elements and attributes, then the rows, from 1.

    Parameters
    ----------
    path : pathlib.Path
        An XML file; it is read twice, row by row.
    layout : FileFormat
        ``rows`` is the path to the rows: ``list/row`` from the top, or ``//row`` at any depth;
        the element that is repeated most beside its own kind without it.

    Yields
    ------
    Record
        Names of nested elements are joined by dots; several elements of one name by ``"; "``.

    Raises
    ------
    InputError
        When it is no XML, declares entities, or holds no such rows.
    """
    wanted = layout.rows or f"{xml_lists(path)[0][0]}"
    headings: dict[str, None] = {}
    for _, row in _xml_rows(path, wanted):
        headings.update(dict.fromkeys(row))
        if len(headings) > MOST_COLUMNS:
            raise InputError(
                f"The rows of {path.name} have more than {MOST_COLUMNS} different fields.",
                todo="Name the element that is a row as rows in the profile.",
            )
    if not headings:
        shown = ", ".join(f"'{name}'" for name, _ in xml_lists(path)[:6])
        raise InputError(
            f"{path.name} holds no rows at '{wanted}'.",
            todo=f"Repeated elements: {shown}. Name one as rows in the profile.",
        )
    yield Record(0, list(headings))
    for number, row in _xml_rows(path, wanted):
        cells = [row.get(heading, "") for heading in headings]
        if any(cells):
            yield Record(number, cells)


def xml_lists(path: Path) -> list[tuple[str, int]]:
    """Return the paths of elements that may be rows, and how many there are, the best one first.

    Rows are many, and they have children or attributes; of two such kinds, one inside the other,
    the outer one is a row, unless it is rare.

    Raises
    ------
    InputError
        When it is no XML, declares entities, or no element in it is repeated.
    """
    counts: Counter[str] = Counter()
    fields: Counter[str] = Counter()
    at: list[str] = []
    for seen, (event, element) in enumerate(_events(path)):
        if event == "start":
            at.append(_local(element.tag))
            key = "/".join(at)
            counts[key] += 1
            fields[key] += len(element.attrib)
            fields["/".join(at[:-1])] += 1
        else:
            at.pop()
            _forget(element)
        if seen > _LOOKED_AT:
            break
    many = [key for key, count in counts.items() if count > 1 and fields[key] > count]
    best = sorted(many, key=lambda key: -fields[key])
    if best:
        outer = [key for key in many if best[0].startswith(f"{key}/")]
        rows = [key for key in outer if counts[key] > counts[best[0]] / _RARE]
        best = list(dict.fromkeys([*rows[:1], *best]))
    else:
        best = [key for key, count in counts.items() if count == 1 and fields[key] > 1][-1:]
    if not best:
        raise InputError(
            f"{path.name} is XML and holds no rows.", todo="Ask for the list as a workbook or CSV."
        )
    return [(key, counts[key]) for key in best]


def _events(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield starts and ends of elements; a document that declares entities is refused."""
    try:
        with path.open("rb") as handle:
            stream = lxml.etree.iterparse(
                handle,
                events=("start", "end"),
                no_network=True,
                resolve_entities=False,
                load_dtd=False,
                huge_tree=False,
                remove_comments=True,
                remove_pis=True,
            )
            for number, (event, element) in enumerate(stream):
                if not number:
                    _refuse(path, element)
                yield event, element
    except (lxml.etree.LxmlError, OSError) as error:
        raise InputError(
            f"{path.name} cannot be read as XML: {error}.",
            todo="It may be incomplete: ask for the file again.",
        ) from error


def _refuse(path: Path, root: Any) -> None:
    if _local(root.tag) == "Workbook" and "office:spreadsheet" in root.tag:
        raise InputError(
            f"{path.name} is a workbook written as XML, as spreadsheet programs did about 2003.",
            todo="Open it in a spreadsheet program and save it as .xlsx or .csv.",
        )
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise InputError(
            f"{path.name} declares entities of its own, which are not expanded: they can hide "
            "other files or fill the memory.",
            todo="Ask for the list without them, or as CSV.",
        )


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _xml_rows(path: Path, wanted: str) -> Iterator[tuple[int, Cells]]:
    """Yield the rows at a path, with their numbers."""
    anywhere = wanted.startswith("//")
    names = [_local(name) for name in wanted.strip("/").split("/")]
    at: list[str] = []
    number, inside = 0, 0
    for event, element in _events(path):
        if event == "start":
            at.append(_local(element.tag))
            here = at[-len(names) :] == names if anywhere else at == names
            inside = inside or (len(at) if here else 0)
            continue
        if inside == len(at):
            number, inside = number + 1, 0
            yield number, _fields(element)
        at.pop()
        if not inside:
            _forget(element)


def _forget(element: Any) -> None:
    """Free an element that has been read, and those before it."""
    element.clear(keep_tail=False)
    while element.getprevious() is not None and element.getparent() is not None:
        del element.getparent()[0]


def _fields(element: Any) -> Cells:
    """Return one row: its attributes, and its elements with their names joined by dots."""
    row: Cells = {_local(name): str(value).strip() for name, value in element.attrib.items()}
    text = folded(element.text or "")
    if text or not (row or len(element)):
        row[_local(element.tag)] = text
    parts: dict[str, list[Cells]] = {}
    for child in element:
        parts.setdefault(_local(child.tag), []).append(_fields(child))
    for name, found in parts.items():
        keys = dict.fromkeys(key for one in found for key in one)
        for key in keys:
            heading = name if key == name else f"{name}{DOT}{key}"
            while heading in row:
                heading = f"{heading} (2)"
            row[heading] = JOIN.join(one.get(key, "") for one in found)
    return row
