"""Read large delimited text in pieces, side by side, with the same outcome as record by record.

Regular pieces (:mod:`difass_analysis.sources.pieces`) go to Arrow's CSV reader, all others to the
reader that goes record by record; what Arrow finds is checked against the lines of the piece.
"""

from __future__ import annotations

import codecs
import hashlib
import os
import shutil
import tempfile
import weakref
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import BinaryIO

import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq

from difass_analysis.engine import Engine, Lazy
from difass_analysis.errors import InputError
from difass_analysis.programme import LINE_COLUMN
from difass_analysis.sources import pieces
from difass_analysis.sources.delimited import (
    LONGEST_RECORD,
    Record,
    parsed,
    sniffed,
    tolerant,
)
from difass_analysis.sources.encoding import decoding_error, marked
from difass_analysis.sources.parts import Lost, Part, Shape, fitted, part_of
from difass_analysis.sources.pieces import Lines, Window, regular_piece
from difass_analysis.sources.profile import FileFormat

#: Bytes from which a file is read in pieces; below it a second or two are not worth the machinery.
LARGE = 1 << 25
#: Records that may fail to fit the header: beyond it the profile does not fit the file.
MOST_LOST = 1_000_000
# Bytes read record by record before a regular piece is tried again: at first, and at most.
_STEP, _LONGEST_STEP = 1 << 16, 1 << 22
# Rows of one group in the parquet file, and pieces on their way.
_GROUP = 122_880
_WAITING = 12
# What of a layout is known here. A file whose layout says more is read record by record.
_KNOWN = ("format", "encoding", "delimiter", "quote", "header_row", "skip_foot", "sheet")


@dataclass(frozen=True, eq=False, kw_only=True)
class Streamed:
    """A large file as it was read.

    Attributes
    ----------
    header : Record
        The record of the headings.
    columns : tuple of str
        Names of the columns in ``lazy``, in the order of the headings; trailing headings without
        text have none.
    lazy : lazy frame
        These columns as text, and ``_line``.
    lost : list of tuple
        Records that are no rows: file, line, reason, raw text.
    rows_read : int
        Rows in ``lazy`` plus records lost.
    notes : tuple of str
        Footers left out, and how much was read record by record.
    sha256 : str
        Checksum of the very bytes that were read.
    size_bytes : int
        Their number.
    """

    header: Record
    columns: tuple[str, ...]
    lazy: Lazy
    lost: list[Lost]
    rows_read: int
    notes: tuple[str, ...]
    sha256: str
    size_bytes: int


def stream(path: Path, layout: FileFormat, *, engine: Engine) -> Streamed | None:
    r"""Read a large delimited text file in pieces.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    layout : FileFormat
        Encoding, delimiter, quote, header row and footer.
    engine : Engine
        Where the rows go; they lie in a temporary parquet file that goes with the engine.

    Returns
    -------
    Streamed or None
        The same rows, lines and lost records as :func:`difass_analysis.sources.delimited.records`
        gives. None where the file is small, its layout is none that can be read in pieces, or
        its header is no record: then it is to be read record by record.

    Raises
    ------
    InputError
        When the file is not in the stated encoding, holds NUL bytes or a record beyond
        ``LONGEST_RECORD``, changes while it is read, or has more than ``MOST_LOST`` records that
        do not fit its header.

    Examples
    --------
    >>> import tempfile
    >>> from difass_analysis.engine import make_engine
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "small.csv"
    ...     _ = path.write_text("call_id,year\\nc1,2017\\n")
    ...     print(stream(path, FileFormat(), engine=make_engine()))
    None
    """
    before = path.stat()
    if before.st_size < LARGE or not _readable(layout):
        return None
    digest, encoding = hashlib.sha256(), tolerant(layout.encoding)
    with _open(path) as handle:
        window = Window(path, handle, encoding=encoding, digest=digest)
        try:
            opened = _opened(window, layout)
            if opened is None:
                return None
            header, shape = opened
            found = _Found(path.name, engine, shape)
            slow = _read(window, shape, found, most=before.st_size)
        except UnicodeError as error:
            _refuse_nul(window, layout)
            raise decoding_error(path, encoding) from error
    unchanged(path, before)
    lazy, foot = found.finish(layout.skip_foot)
    return Streamed(
        header=header,
        columns=shape.columns,
        lazy=lazy,
        lost=found.lost,
        rows_read=found.count + len(found.lost),
        notes=(*foot, *_slow_note(slow, window.size)),
        sha256=digest.hexdigest(),
        size_bytes=window.size,
    )


def unchanged(path: Path, before: os.stat_result) -> None:
    """Refuse a file that was changed since its state was taken.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    before : os.stat_result
        ``path.stat()`` before it was read.

    Raises
    ------
    InputError
        When size, time of change or the file itself is another one.

    Examples
    --------
    >>> here = Path(__file__)
    >>> unchanged(here, here.stat())
    """
    try:
        now = path.stat()
    except OSError as error:
        raise _changed(path, f"it can no longer be read: {error.strerror}") from error
    if now.st_size != before.st_size:
        raise _changed(path, f"{before.st_size:,} bytes before, {now.st_size:,} after")
    if (now.st_mtime_ns, now.st_ino) != (before.st_mtime_ns, before.st_ino):
        raise _changed(path, "it was written anew")


def _changed(path: Path, how: str) -> InputError:
    return InputError(
        f"{path.name} changed while it was read ({how}).",
        todo="Wait until it is complete, then start again.",
    )


def nul_error(name: str, position: int, start: bytes) -> InputError:
    """Build the error for text that holds a NUL byte; ``start`` is how the file begins."""
    mark = marked(start)
    return InputError(
        f"{name} holds a NUL byte at position {position}: it is no plain text.",
        todo=f'It looks like {mark}: state encoding = "{mark}" in the profile.'
        if mark
        else "It may be a workbook, UTF-16, or damaged: save it as CSV in UTF-8.",
    )


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}.") from error


def _refuse_nul(window: Window, layout: FileFormat) -> None:
    wide = codecs.lookup(layout.encoding).name.startswith(("utf-16", "utf-32"))
    if window.nul >= 0 and not wide:
        raise nul_error(Path(window.name).name, window.nul, window.start)


def _readable(layout: FileFormat) -> bool:
    """Whether the layout is one whose pieces can be proven to be regular."""
    plain = FileFormat()
    for entry in fields(layout):
        if entry.name not in _KNOWN and getattr(layout, entry.name) != getattr(plain, entry.name):
            return False
    marks = (layout.delimiter if layout.delimiter != "auto" else ",") + layout.quote
    told_apart = len(set(marks)) == len(marks) and not set(marks) & set("\r\n\0")
    return told_apart and marks.isascii() and codecs.lookup(layout.encoding).name != "utf-7"


def _opened(window: Window, layout: FileFormat) -> tuple[Record, Shape] | None:
    """Read the header, and leave the window on the line behind it."""
    plain = layout
    if layout.delimiter == "auto":
        lines = Lines(window)
        for _ in range(layout.header_row - 1):
            lines.readline(LONGEST_RECORD)
        mark = sniffed(lines.readline(LONGEST_RECORD), quote=layout.quote)
        plain = replace(layout, delimiter=mark)
    lines = Lines(window)
    header = next(parsed(lines, plain), None)
    if header is None or header.reason:
        return None
    width = len(header.cells)
    while width and not header.cells[width - 1].strip():
        width -= 1
    if not width or (layout.quote and layout.quote == plain.delimiter):
        return None
    window.drop(lines.offsets[-1], len(lines.offsets) - 1)
    columns = tuple(f"column_{number}" for number in range(1, width + 1))
    return header, Shape(
        name=Path(window.name).name, layout=replace(plain, header_row=1), columns=columns
    )


def _read(window: Window, shape: Shape, found: _Found, *, most: int) -> int:
    """Cut the text and hand its pieces on in their order; return bytes read record by record."""
    delimiter, quote = shape.layout.delimiter, shape.layout.quote
    slow, step = 0, _STEP
    workers = max(1, min(4, os.cpu_count() or 1))
    with ThreadPoolExecutor(workers) as pool, ThreadPoolExecutor(1) as single:
        waiting: deque[Future[None]] = deque()
        while True:
            while len(window.data) < pieces.PIECE and window.more():
                pass
            _refuse_nul(window, shape.layout)
            if window.size > most:
                raise _changed(Path(shape.name), f"more than the {most:,} bytes it had")
            if not window.data:
                break
            piece = regular_piece(window, delimiter=delimiter, quote=quote)
            if piece is None and len(window.data) < 2 * pieces.PIECE and window.more():
                piece = regular_piece(window, delimiter=delimiter, quote=quote)
            if piece is not None:
                part, step = pool.submit(part_of, piece, shape), _STEP
            else:
                size, records = _one_by_one(window, shape.layout, step)
                part = pool.submit(fitted, records, shape)
                slow, step = slow + size, min(2 * step, _LONGEST_STEP)
            waiting.append(single.submit(found.add, part))
            while len(waiting) > _WAITING:
                waiting.popleft().result()
        for future in waiting:
            future.result()
    return slow


def _one_by_one(window: Window, layout: FileFormat, step: int) -> tuple[int, list[Record]]:
    """Take records from the beginning of a window until so many bytes are used."""
    lines, taken = Lines(window), list[Record]()
    for record in parsed(lines, layout, line=window.line):
        used = record.line - window.line
        if lines.offsets[used] >= step:
            break
        taken.append(record)
    else:
        used = len(lines.offsets) - 1
    size = lines.offsets[used]
    window.drop(size, used)
    return size, taken


class _Found:
    """Rows on their way into a temporary parquet file, and records lost."""

    def __init__(self, name: str, engine: Engine, shape: Shape) -> None:
        self._name = name
        self._engine = engine
        self._schema = shape.schema
        self._tables: list[pa.Table] = []
        self._pending = 0
        self._path: Path | None = None
        self._writer: pq.ParquetWriter | None = None
        self.lost: list[Lost] = []
        self.count = 0

    def add(self, part: Future[Part]) -> None:
        """Take a piece, once it is read."""
        done = part.result()
        self.lost += done.lost
        if len(self.lost) > MOST_LOST:
            raise InputError(
                f"{self._name} has more than {MOST_LOST:,} records that do not fit its header; the "
                f"first one is on line {self.lost[0][1]}: {self.lost[0][2]}.",
                todo="Look at delimiter, quote and header_row in the profile.",
            )
        if len(done.rows):
            self._tables.append(done.rows)
            self._pending += len(done.rows)
        if self._pending >= _GROUP:
            self._write()

    def _write(self) -> None:
        if self._writer is None or self._path is None:
            folder = Path(tempfile.mkdtemp(prefix="difass-"))
            weakref.finalize(self._engine, shutil.rmtree, folder, ignore_errors=True)
            self._path = folder / "rows.parquet"
            # Plain text is written faster than dictionaries are made, and read once or twice.
            self._writer = pq.ParquetWriter(
                self._path, self._schema, use_dictionary=False, write_statistics=[LINE_COLUMN]
            )
        try:
            self._writer.write_table(pa.concat_tables(self._tables), row_group_size=self._pending)
        except OSError as error:
            raise InputError(
                f"The rows of {self._name} cannot be kept in {self._path.parent}: {error}.",
                todo="Make room there, or let TMPDIR name a folder that has more.",
            ) from error
        self.count += self._pending
        self._tables, self._pending = [], 0

    def finish(self, skip_foot: int) -> tuple[Lazy, tuple[str, ...]]:
        """Hand the rows over to the engine, without the last records where they are a footer."""
        if self._tables:
            self._write()
        if self._writer is None or self._path is None:
            lazy = self._engine.arrow(self._schema.empty_table())
        else:
            self._writer.close()
            lazy = self._engine.parquet(self._path)
        lines = self._last_lines(skip_foot) if skip_foot else []
        if not lines:
            return lazy, ()
        self.count -= len(set(lines) - {one[1] for one in self.lost[-skip_foot:]})
        self.lost = [one for one in self.lost if one[1] < lines[0]]
        return lazy.filter(nw.col(LINE_COLUMN) < lines[0]), (footer_note(lines),)

    def _last_lines(self, count: int) -> list[int]:
        """Return the lines on which the last records start, lost ones included."""
        lines = [one[1] for one in self.lost[-count:]]
        if self._path is not None:
            file, need = pq.ParquetFile(self._path), count
            for group in reversed(range(file.num_row_groups)):
                there = file.read_row_group(group, columns=[LINE_COLUMN]).column(0)
                lines += there[-need:].to_pylist() if need < len(there) else there.to_pylist()
                need -= len(there)
                if need <= 0:
                    break
        return sorted(lines)[-count:]


def footer_note(lines: Sequence[int]) -> str:
    """Say which records a profile leaves out at the end.

    Examples
    --------
    >>> footer_note([8, 9])
    'the profile leaves out the last records as a footer: line 8, 9'
    """
    return f"the profile leaves out the last records as a footer: line {', '.join(map(str, lines))}"


def _slow_note(slow: int, size: int) -> tuple[str, ...]:
    if not slow:
        return ()
    return (
        f"{slow:,} of {size:,} bytes were read record by record, which is slower and finds the "
        "same: quotes or line ends are irregular there",
    )
