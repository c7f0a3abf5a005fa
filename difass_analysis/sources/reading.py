"""Read a file as text cells that know their file and line."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import narwhals as nw
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from difass_analysis.engine import Engine, Lazy
from difass_analysis.errors import InputError
from difass_analysis.programme import FILE_COLUMN, LINE_COLUMN
from difass_analysis.sources.delimited import Record, read_header, records, written
from difass_analysis.sources.encoding import marked
from difass_analysis.sources.profile import FileFormat, FormatName, Profile
from difass_analysis.sources.workbook import error_cells, sheet_records

_ENDINGS: dict[str, FormatName] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xls": "xlsx",
    ".ods": "xlsx",
    ".parquet": "parquet",
}
_OWN = (FILE_COLUMN, LINE_COLUMN)
_BATCH = 50_000
# Above this many rows the text goes to a temporary parquet file, so that memory stays bounded.
_ROWS_IN_MEMORY = 200_000
_LOST_COLUMNS = ("file", "line", "reason", "raw")


@dataclass(frozen=True, eq=False, kw_only=True)
class RawTable:
    """A file as it was read, before any cell is interpreted.

    Attributes
    ----------
    name : str
        Name of the file.
    lazy : lazy frame
        Text columns named by their headings, ``_file`` and ``_line``. Columns of a parquet file
        keep their types.
    headings : tuple of str
        The headings, made unique.
    lost : pandas.DataFrame
        Records with a wrong number of fields: ``file``, ``line``, ``reason``, ``raw``.
    rows_read : int
        Rows in ``lazy`` plus records lost.
    notes : tuple of str
        What was done to the headings, footers left out, cells with errors.
    sha256 : str
        Checksum of the file.
    size_bytes : int
        Size of the file.
    """

    name: str
    lazy: Lazy
    headings: tuple[str, ...]
    lost: pd.DataFrame
    rows_read: int
    notes: tuple[str, ...]
    sha256: str
    size_bytes: int


def read(path: Path, profile: Profile, *, engine: Engine) -> RawTable:
    """Read a file as text cells.

    Parameters
    ----------
    path : pathlib.Path
        A delimited text file, a workbook or a parquet file.
    profile : Profile
        How the file is laid out.
    engine : Engine
        Where the rows go.

    Returns
    -------
    RawTable
        Its ``_line`` is the physical line on which a record starts, the header included, or the
        row of the sheet; in a parquet file the number of the row, from 1.

    Raises
    ------
    InputError
        When there is no such file, or it is empty, of another format, in another encoding,
        holds NUL bytes, or has no row below its header.
    """
    kind = format_of(path, profile.file)
    sha256, size = _checked_bytes(path, kind, profile.file)
    if kind == "parquet":
        return _parquet(path, engine=engine, sha256=sha256, size=size)
    stream = _records(path, kind, profile)
    header = next(stream, None)
    if header is None or header.reason:
        raise InputError(
            f"{path.name} has no header on line {profile.file.header_row}.",
            todo="Look whether the file is complete, and at header_row in the profile.",
        )
    headings, notes = unique_headings(header.cells)
    collected = _Collected(path.name, headings, engine)
    foot = _fill(collected, stream, profile.file.skip_foot)
    if not collected.count and not collected.lost:
        raise InputError(
            f"{path.name} has a header and no rows.",
            todo="Ask for the file again, or leave it out.",
        )
    return RawTable(
        name=path.name,
        lazy=collected.finish().with_columns(nw.lit(path.name).alias(FILE_COLUMN)),
        headings=headings,
        lost=pd.DataFrame(collected.lost, columns=_LOST_COLUMNS),
        rows_read=collected.count + len(collected.lost),
        notes=(*notes, *foot, *_workbook_notes(path, kind)),
        sha256=sha256,
        size_bytes=size,
    )


def format_of(path: Path, layout: FileFormat) -> FormatName:
    """Return the format of a file, stated or by the ending of its name.

    Raises
    ------
    InputError
        When there is no such file, or nothing says what it is.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder, not a file.", todo="Name a file in it.")
    if not path.exists():
        raise InputError(
            f"There is no file or folder {path}.", todo="Correct the name or the folder."
        )
    kind = layout.format if layout.format != "auto" else _ENDINGS.get(path.suffix.lower(), "auto")
    if kind == "auto":
        raise InputError(
            f"The ending of {path.name} says nothing of its format.",
            todo="State format = csv, xlsx or parquet in the profile.",
        )
    return kind


def _checked_bytes(path: Path, kind: FormatName, layout: FileFormat) -> tuple[str, int]:
    """Return checksum and size, or refuse a file that is empty or of another format."""
    digest, size, nul = hashlib.sha256(), 0, -1
    wide = layout.encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32", "utf16"))
    try:
        with path.open("rb") as handle:
            head = handle.read(8)
            handle.seek(0)
            while chunk := handle.read(1 << 20):
                if nul < 0 and kind == "csv" and not wide and b"\0" in chunk:
                    nul = size + chunk.index(b"\0")
                digest.update(chunk)
                size += len(chunk)
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}.") from error
    _refuse_other_format(path, kind, head)
    if nul >= 0:
        mark = marked(head)
        raise InputError(
            f"{path.name} holds a NUL byte at position {nul}: it is no plain text.",
            todo=f'It looks like {mark}: state encoding = "{mark}" in the profile.'
            if mark
            else "It may be a workbook, UTF-16, or damaged: save it as CSV in UTF-8.",
        )
    return digest.hexdigest(), size


def _refuse_other_format(path: Path, kind: FormatName, head: bytes) -> None:
    if not head:
        raise InputError(f"{path.name} is empty.", todo="Ask for the file again.")
    # A byte order mark and text before it are fine; the first bytes of these formats never vary.
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    found = {
        b"pk\x03\x04": "a workbook or an archive",
        b"\xd0\xcf\x11\xe0": "a workbook of an old format",
        b"par1": "a parquet file",
        b"\x1f\x8b": "compressed",
        b"%pdf": "a PDF document",
    }
    what = next((name for mark, name in found.items() if start.startswith(mark)), "")
    if re.match(rb"<[!?a-z]", start):
        what = "a page of HTML or XML"
    wanted = {"xlsx": ("workbook",), "parquet": ("parquet",)}.get(kind, ())
    if (what and not any(word in what for word in wanted)) or (
        kind == "parquet" and "parquet" not in what
    ):
        raise InputError(
            f"{path.name} is {what or 'no parquet file'}, and {kind} was expected.",
            todo="Save it as CSV or .xlsx, or state its true format in the profile.",
        )


def _records(path: Path, kind: FormatName, profile: Profile) -> Iterator[Record]:
    return sheet_records(path, profile) if kind == "xlsx" else records(path, profile.file)


def headings_of(path: Path, profile: Profile) -> tuple[str, ...]:
    """Return the headings of a file, read in the layout of a profile, without reading its rows."""
    kind = format_of(path, profile.file)
    if kind == "parquet":
        return unique_headings(_parquet_header(path).schema.names)[0]
    if kind == "xlsx":
        record = next(sheet_records(path, profile), None)
        return unique_headings(record.cells)[0] if record else ()
    return unique_headings(read_header(path, profile.file).cells)[0]


def unique_headings(cells: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return headings trimmed and made unique without regard to case, and notes on the changes.

    Examples
    --------
    >>> unique_headings([" Region ", "", "region", ""])
    (('Region', 'column 2', 'region (2)'), ("column 2 has no heading: it is named 'column 2'",
    "the heading 'region' stands twice: the later one is named 'region (2)'"))
    """
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    taken = {FILE_COLUMN, LINE_COLUMN}
    result: list[str] = []
    notes: list[str] = []
    for index, name in enumerate(names, start=1):
        heading, copy = name or f"column {index}", 2
        if not name:
            notes.append(f"column {index} has no heading: it is named '{heading}'")
        while heading.casefold() in taken:
            heading, copy = f"{name or 'column'} ({copy})", copy + 1
        if name and heading != name:
            notes.append(f"the heading '{name}' stands twice: the later one is named '{heading}'")
        taken.add(heading.casefold())
        result.append(heading)
    return tuple(result), tuple(notes)


class _Collected:
    """Records on their way into the engine: in memory while few, else in a parquet file."""

    def __init__(self, name: str, headings: tuple[str, ...], engine: Engine) -> None:
        self.name = name
        self._engine = engine
        self.headings = headings
        self.lost: list[tuple[str, int, str, str]] = []
        self.count = 0
        self._rows: list[list[str]] = []
        self._lines: list[int] = []
        self._batches: list[pa.RecordBatch] = []
        self._folder: Path | None = None
        self._writer: pq.ParquetWriter | None = None
        self._schema = pa.schema(
            [*((heading, pa.string()) for heading in headings), (LINE_COLUMN, pa.int64())]
        )

    def add(self, record: Record) -> None:
        """Take a record, or put it among the lost ones if its fields do not fit the headings."""
        cells, width = record.cells, len(self.headings)
        if len(cells) > width and not any(cells[width:]):
            cells = cells[:width]
        if len(cells) == width:
            self._rows.append(cells)
            self._lines.append(record.line)
            self.count += 1
            if len(self._rows) == _BATCH:
                self._flush()
            return
        reason = record.reason or f"{len(cells)} fields instead of {width}"
        raw = record.raw.rstrip("\r\n") or written(cells)
        self.lost.append((self.name, record.line, reason, raw))

    def _flush(self) -> None:
        columns = [pa.array(column, pa.string()) for column in zip(*self._rows, strict=True)]
        lines = pa.array(self._lines, pa.int64())
        batch = pa.record_batch([*columns, lines], schema=self._schema)
        self._rows, self._lines = [], []
        self._batches.append(batch)
        if self.count >= _ROWS_IN_MEMORY:
            self._write()

    def _write(self) -> None:
        if self._writer is None:
            self._folder = Path(tempfile.mkdtemp(prefix="difass-"))
            weakref.finalize(self._engine, shutil.rmtree, self._folder, ignore_errors=True)
            self._writer = pq.ParquetWriter(self._folder / "rows.parquet", self._schema)
        for batch in self._batches:
            self._writer.write_batch(batch)
        self._batches = []

    def finish(self) -> Lazy:
        """Hand the rows over to the engine; the temporary file goes when the engine goes."""
        if self._rows:
            self._flush()
        if self._writer is None or self._folder is None:
            return self._engine.arrow(pa.Table.from_batches(self._batches, schema=self._schema))
        self._write()
        self._writer.close()
        return self._engine.parquet(self._folder / "rows.parquet")


def _fill(collected: _Collected, stream: Iterator[Record], skip_foot: int) -> tuple[str, ...]:
    """Take all records but the last ones, and say which those were."""
    if not skip_foot:
        for record in stream:
            collected.add(record)
        return ()
    waiting = deque(islice(stream, skip_foot))
    for record in stream:
        waiting.append(record)
        collected.add(waiting.popleft())
    lines = ", ".join(str(record.line) for record in waiting)
    return (f"the profile leaves out the last records as a footer: line {lines}",) if lines else ()


def _workbook_notes(path: Path, kind: FormatName) -> tuple[str, ...]:
    count = error_cells(path) if kind == "xlsx" else 0
    return (f"{count} cells hold an error such as #N/A: they are read as blanks",) if count else ()


def _parquet(path: Path, *, engine: Engine, sha256: str, size: int) -> RawTable:
    rows = int(_parquet_header(path).num_rows)
    if not rows:
        raise InputError(f"{path.name} has columns and no rows.", todo="Leave it out.")
    given = engine.parquet(path)
    names = [name for name in given.collect_schema().names() if name not in _OWN]
    headings, notes = unique_headings(names)
    columns = [nw.col(name).alias(new) for name, new in zip(names, headings, strict=True)]
    # `file_row_number` is a column that the scan offers without being asked for it.
    line = (nw.col("file_row_number") + 1).cast(nw.Int64).alias(LINE_COLUMN)
    return RawTable(
        name=path.name,
        lazy=given.select(*columns, line).with_columns(nw.lit(path.name).alias(FILE_COLUMN)),
        headings=headings,
        lost=pd.DataFrame([], columns=_LOST_COLUMNS),
        rows_read=rows,
        notes=notes,
        sha256=sha256,
        size_bytes=size,
    )


def _parquet_header(path: Path) -> Any:
    """Return the metadata of a parquet file."""
    try:
        metadata = pq.read_metadata(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(
            f"{path.name} cannot be read as parquet: {error}.", todo="Write it again."
        ) from error
    return metadata


def raw_text(raw: RawTable, lines: Sequence[int], *, engine: Engine) -> pd.DataFrame:
    """Return the cells of some lines, written again as comma-separated text.

    Parameters
    ----------
    raw : RawTable
        The file.
    lines : sequence of int
        Values of ``_line``.
    engine : Engine
        What computes.

    Returns
    -------
    pandas.DataFrame
        ``line`` and ``raw``, in the order of the lines.
    """
    wanted = engine.frame(pd.DataFrame({LINE_COLUMN: pd.Series(sorted(set(lines)), dtype="int64")}))
    found = engine.collect(raw.lazy.join(wanted, on=LINE_COLUMN, how="semi")).sort_values(
        LINE_COLUMN
    )
    cells = found[list(raw.headings)].astype(object).where(found[list(raw.headings)].notna(), "")
    text = [written([str(cell) for cell in row]) for row in cells.itertuples(index=False)]
    return pd.DataFrame({"line": found[LINE_COLUMN].to_numpy(), "raw": text})
