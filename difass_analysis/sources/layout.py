"""Find out how an unknown file is laid out, and say by which evidence."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from difass_analysis.errors import InputError
from difass_analysis.sources.archives import Content, content_of
from difass_analysis.sources.charsets import likely_encoding
from difass_analysis.sources.containers import WORDS, Container
from difass_analysis.sources.delimited import Record
from difass_analysis.sources.dialect import dialect_of
from difass_analysis.sources.documents import html_tables, page_encoding, xml_lists
from difass_analysis.sources.encoding import marked, without_mark
from difass_analysis.sources.header import unique_headings
from difass_analysis.sources.header_search import Foot, Header, find_foot, find_header
from difass_analysis.sources.json_rows import is_lines, loaded, record_lists
from difass_analysis.sources.parquet_rows import parquet_sample
from difass_analysis.sources.profile import FileFormat, FormatName, Profile
from difass_analysis.sources.reading import content_records
from difass_analysis.sources.text_sample import TextSample, text_sample
from difass_analysis.sources.workbook import opened_workbook, sheet_grids

#: Rows of the sample: the first ones, and as many spread evenly over the rest.
FIRST, SPREAD = 1000, 1000
# Bytes of delimited text in an archive that are looked at.
_UNPACKED = 1 << 28
# Letters of delimited text that tell delimiter and quote.
_DIALECT = 1 << 20
# Rows from the top that tell where the header is, and rows at the end that tell what a foot is.
_TOP, _END = 400, 400


@dataclass(frozen=True, eq=False, kw_only=True)
class Layout:
    """How a file is laid out, as far as it says so itself.

    Attributes
    ----------
    file : FileFormat
        The entries ``[file]`` of a profile that reads it.
    container : Container
        What the file is, by its bytes; that of the file inside where it is an archive.
    headings : tuple of str
        Its headings, as reading it gives them.
    sample : pandas.DataFrame
        Text of up to about 2,000 rows, one column a heading: the first rows, and others spread
        evenly over the file.
    rows_estimate : int
        Number of rows; counted where the whole file was looked at.
    notes : tuple of str
        Every decision, with its evidence.
    doubts : tuple of str
        What is not clear, and has to be looked at.
    """

    file: FileFormat
    container: Container
    headings: tuple[str, ...]
    sample: pd.DataFrame
    rows_estimate: int
    notes: tuple[str, ...]
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class _Seen:
    """What of a file was looked at: rows from the top of it, with or without its header."""

    file: FileFormat
    top: Sequence[Record]
    width: int = 0
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    # Set where the text was looked at in parts only.
    text: TextSample | None = None


def sniff(path: Path) -> Layout:
    r"""How is this file laid out?

    Parameters
    ----------
    path : pathlib.Path
        A file of any kind that can be read.

    Returns
    -------
    Layout
        Reading the file by ``Profile(file=layout.file)`` gives the headings of the layout.

    Raises
    ------
    InputError
        When there is no such file, it holds no list, or an archive holds several.

    Examples
    --------
    >>> import tempfile
    >>> text = "List of grants\n\nFirm;Grant\nA;1,5\nB;2,5\nTotal;4,0\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "grants.txt"
    ...     _ = file.write_text(text)
    ...     layout = sniff(file)
    >>> layout.headings, layout.file.delimiter, layout.file.header_row, layout.rows_estimate
    (('Firm', 'Grant'), ';', 3, 2)
    """
    with tempfile.TemporaryDirectory(prefix="difass-") as folder:
        content = content_of(path, FileFormat(), folder=Path(folder), most=_UNPACKED)
        first = f"The file is {WORDS[content.container]}, by its bytes."
        notes = (first, *(f"{note[:1].upper()}{note[1:]}." for note in content.notes))
        try:
            return _layout(content, notes)
        except InputError as error:
            if not content.member:
                raise
            raise InputError(f"{path.name}: {error.message}", todo=error.todo) from error


def _layout(content: Content, notes: tuple[str, ...]) -> Layout:
    if content.format == "parquet":
        headings, sample, count = parquet_sample(content.path, FIRST + SPREAD)
        note = f"It has {len(headings)} columns and {count:,} rows."
        return Layout(
            file=FileFormat(format="parquet"),
            container=content.container,
            headings=headings,
            sample=sample,
            rows_estimate=count,
            notes=(*notes, note),
        )
    seen = _LOOKS[content.format](content)
    named = content.format in ("json", "xml")
    header = _named(seen.top) if named else find_header(seen.top[:_TOP], width=seen.width)
    if not any(cell.strip() for cell in header.cells):
        raise InputError(f"{content.path.name} has no rows with text.", todo="Leave it out.")
    file = seen.file
    if not named:
        line = seen.top[header.index].line
        file = replace(file, header_row=line, header_rows=header.rows)
    headings, changes = unique_headings(header.cells)
    trailing = len(header.cells) - len(headings)
    rows = _Rows(len(headings))
    if seen.text is None:
        foot = _whole(content, file, header, rows)
    else:
        foot = _parts(seen.text, file, header, rows)
    file = replace(file, skip_foot=foot.skip, total_words=foot.words)
    return Layout(
        file=file,
        container=content.container,
        headings=headings,
        sample=rows.frame(headings),
        rows_estimate=rows.count if seen.text is None else rows.estimate(seen.text),
        notes=(
            *notes,
            *seen.notes,
            *header.notes,
            *((f"{trailing} empty columns to the right are dropped.",) if trailing else ()),
            *(f"{change[:1].upper()}{change[1:]}." for change in changes),
            *foot.notes,
            *(_parts_note(seen.text) if seen.text else ()),
        ),
        doubts=(*seen.doubts, *header.doubts, *foot.doubts, *rows.doubts()),
    )


def _parts_note(text: TextSample) -> tuple[str, ...]:
    """Say that the number of rows is an estimate."""
    return (
        f"Of {text.size:,} bytes {text.looked_at:,} were looked at, at the beginning, at the end "
        "and between: the number of rows is an estimate, and records elsewhere may be irregular.",
    )


def _named(top: Sequence[Record]) -> Header:
    """Return the header of records that name their own fields."""
    cells = tuple(top[0].cells) if top else ()
    return Header(index=0, rows=1, cells=cells, notes=(f"The records have {len(cells)} fields.",))


class _Rows:
    """Rows for the sample: the first ones, and every so many-th of the rest."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._first: list[list[str]] = []
        self._spread: list[list[str]] = []
        self._step = 1
        self.count = 0
        self.misfits = 0

    def add(self, record: Record, *, inside: bool = False) -> None:
        """Take a record if it fits the headings; inside a text it may be none at all."""
        self.count += 1
        cells = record.cells[: self._width]
        if len(cells) != self._width or any(record.cells[self._width :]):
            self.misfits += not inside
        elif len(self._first) < FIRST:
            self._first.append(cells)
        elif self.count % self._step == 0:
            self._spread.append(cells)
            if len(self._spread) > 2 * SPREAD:
                self._spread = self._spread[1::2]
                self._step *= 2

    def frame(self, headings: Sequence[str]) -> pd.DataFrame:
        """Return the rows as a table of text."""
        every = math.ceil(len(self._spread) / SPREAD) or 1
        rows = [*self._first, *self._spread[::every]]
        return pd.DataFrame(rows, columns=list(headings), dtype=object).astype("str")

    def estimate(self, text: TextSample) -> int:
        """Return the number of rows of a text of which parts were looked at."""
        return round(self.count * text.size / max(text.looked_at, 1))

    def doubts(self) -> tuple[str, ...]:
        """Say how many records do not fit the headings."""
        if not self.count:
            return ("The file has headings and no rows.",)
        if not self.misfits:
            return ()
        return (
            f"{self.misfits:,} of {self.count:,} records looked at do not have {self._width} "
            "fields like the header: reading sets them aside, with their text.",
        )


def _whole(content: Content, file: FileFormat, header: Header, rows: _Rows) -> Foot:
    """Take all rows of a file, and find what stands below them."""
    stream = content_records(content, Profile(id="sniffed", file=file))
    for _ in range(header.rows):
        next(stream, None)
    last: list[Record] = []
    for record in stream:
        last.append(record)
        if len(last) > 2 * _END:
            for one in last[:_END]:
                rows.add(one)
            del last[:_END]
    foot = find_foot(last, width=len(header.cells))
    for record in last[: len(last) - foot.skip - len(foot.words)]:
        rows.add(record)
    return foot


def _parts(text: TextSample, file: FileFormat, header: Header, rows: _Rows) -> Foot:
    """Take the rows of the parts of a large text that were looked at."""
    first, *others = text.parts(file)
    head = first[header.index + header.rows :]
    for record in head:
        rows.add(record)
    foot = Foot()
    for number, part in enumerate(others, start=1):
        # The first record of a part may have begun before it, and the last end behind it.
        inside = part[1:-1]
        if number == len(others) and text.ended:
            inside = part[1:]
            foot = find_foot([*head[:_TOP], *inside], width=len(header.cells))
            inside = inside[: len(inside) - foot.skip - len(foot.words)]
        for record in inside:
            rows.add(record, inside=True)
    return foot


def _text(content: Content) -> _Seen:
    """Look at delimited text: encoding, then delimiter and quote."""
    sample = text_sample(content.path, whole=content.path.stat().st_size < _UNPACKED)
    guess = likely_encoding(sample.beginning, whole=sample.complete)
    start = sample.decoded(guess.encoding)
    cut = len(start) > _DIALECT
    dialect = dialect_of(start[:_DIALECT], whole=sample.complete and not cut)
    file = FileFormat(
        format="csv", encoding=guess.encoding, delimiter=dialect.delimiter, quote=dialect.quote
    )
    top = [record for record in dialect.records[:_TOP] if not record.reason]
    if not top and start.strip():
        raise InputError(
            f"{content.path.name} begins with a line that is no record: it is longer than cells "
            "may be, or its quotes are not closed.",
            todo="Look whether its lines end as they should; ask for the file again.",
        )
    part = None if sample.complete else replace(sample, encoding=guess.encoding)
    return _Seen(
        file=file,
        top=top,
        width=dialect.width,
        notes=(guess.why, dialect.why),
        doubts=tuple(filter(None, (guess.doubt, *dialect.doubts))),
        text=part,
    )


def _workbook(content: Content) -> _Seen:
    """Look at the sheets of a workbook, and take the one with most cells that look like rows."""
    book = opened_workbook(content.path)
    grids = {name: rows for name, rows in sheet_grids(book, content.path).items() if rows}
    if not grids:
        raise InputError(f"{content.path.name} has no sheet with text.", todo="Leave it out.")
    best = max(grids, key=lambda name: _filled(grids[name]))
    others = [name for name in grids if name != best]
    note = f"The sheet '{best}' is read: {len(grids[best]):,} rows with text."
    if others:
        listed = ", ".join(f"'{name}' ({len(grids[name]):,} rows)" for name in others[:8])
        note += f" Other sheets with text: {listed}."
    sheet = best if others or best != book.sheet_names[0] else ""
    near = [name for name in others if _filled(grids[name]) > 0.5 * _filled(grids[best])]
    doubt = (
        f"Other sheets are nearly as large: {', '.join(near)}. Each needs a source of its own, "
        "with sheet in its profile."
    )
    return _Seen(
        file=FileFormat(format="xlsx", sheet=sheet),
        top=grids[best][:_TOP],
        notes=(note,),
        doubts=(doubt,) if near else (),
    )


def _filled(rows: Sequence[Record]) -> int:
    """Count the cells with text in rows that have several: those of a list, not of a letter."""
    counts = (sum(1 for cell in row.cells if cell.strip()) for row in rows)
    return sum(count for count in counts if count > 1)


def _page(content: Content) -> _Seen:
    """Look at the tables of a page, and take the one with most cells."""
    with content.path.open("rb") as handle:
        start = handle.read(1 << 16)
    named = page_encoding(start)
    guess = likely_encoding(content.path.read_bytes()) if not named else None
    encoding = guess.encoding if guess else "utf-8"
    file = FileFormat(format="html", encoding=encoding)
    tables = html_tables(content.path, file)
    table = max(tables, key=lambda one: one.filled)
    rows = [Record(number, row) for number, row in enumerate(table.grid, start=1) if any(row)]
    note = f"Table {table.number} of {len(tables)} with text is read: it has most cells."
    said = f"The page says that it is {named}." if named else ""
    return _Seen(
        file=replace(file, table_number=table.number if len(tables) > 1 else 0),
        top=rows[:_TOP],
        notes=tuple(filter(None, (said, guess.why if guess else "", note))),
        doubts=tuple(filter(None, (guess.doubt if guess else "",))),
    )


def _json(content: Content) -> _Seen:
    """Look for the list of records in JSON."""
    with content.path.open("rb") as handle:
        data = handle.read(1 << 22)
    known = marked(data) or without_mark(data[: 1 << 16])
    size = content.path.stat().st_size
    guess = likely_encoding(data, whole=size <= len(data))
    file = FileFormat(format="json", encoding="utf-8" if known else guess.encoding)
    notes, doubts, rows = [guess.why], list(filter(None, (guess.doubt,))), ""
    if is_lines(content.path, file):
        notes.append("Each line is a record of its own.")
    else:
        lists = record_lists(loaded(content.path, file))
        if lists:
            best, *others = lists
            rows = best.path
            at = f"The list of records at '{rows}'" if rows else "The whole text"
            notes.append(f"{at} is read: {best.size:,} records.")
            if others:
                shown = ", ".join(f"'{one.path}' ({one.size:,})" for one in others[:6])
                notes.append(f"Other lists of records: {shown}.")
    file = replace(file, rows=rows)
    return _Seen(file=file, top=_top(content, file), notes=tuple(notes), doubts=tuple(doubts))


def _xml(content: Content) -> _Seen:
    """Look for the element that is a row in XML."""
    (best, count), *others = xml_lists(content.path)
    note = f"The elements '{best}' are read as rows: {count:,} were seen."
    if others:
        note += f" Other repeated elements: {', '.join(name for name, _ in others[:6])}."
    file = FileFormat(format="xml", rows=best)
    return _Seen(file=file, top=_top(content, file), notes=(note,))


def _top(content: Content, file: FileFormat) -> list[Record]:
    stream = content_records(content, Profile(id="sniffed", file=file))
    return [record for record, _ in zip(stream, range(_TOP), strict=False)]


_LOOKS: Mapping[FormatName, Callable[[Content], _Seen]] = {
    "csv": _text,
    "xlsx": _workbook,
    "html": _page,
    "json": _json,
    "xml": _xml,
}
