"""Records on their way from a reader into the engine, without what stands below the rows."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from difass_analysis.engine import Engine, Lazy
from difass_analysis.programme import LINE_COLUMN
from difass_analysis.sources.delimited import Record, written
from difass_analysis.sources.profile import FileFormat, fold
from difass_analysis.sources.streaming import footer_note
from difass_analysis.sources.surplus import Anchors

_BATCH = 50_000
# Above this many rows the text goes to a temporary parquet file, so that memory stays bounded.
_ROWS_IN_MEMORY = 200_000
# Most rows of totals that one file may end with: more are rows whose names begin so.
_MOST_TOTALS = 20


def kept_folder(engine: Engine) -> Path:
    """Make a temporary folder that goes when the engine goes.

    Parameters
    ----------
    engine : Engine
        What reads the files in it.
    """
    folder = Path(tempfile.mkdtemp(prefix="difass-"))
    weakref.finalize(engine, shutil.rmtree, folder, ignore_errors=True)
    return folder


class Collected:
    """Records on their way into the engine: in memory while few, else in a parquet file."""

    def __init__(
        self,
        name: str,
        headings: tuple[str, ...],
        engine: Engine,
        *,
        anchors: Anchors | None = None,
    ) -> None:
        self.name = name
        self._anchors = anchors
        self.repaired: list[tuple[str, int, str, str]] = []
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
        if len(cells) > width and self._anchors:
            cells = self._put_together(record, self._anchors)
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

    def _put_together(self, record: Record, anchors: Anchors) -> list[str]:
        """Return the cells of a record with too many fields where one way alone fits them."""
        cells = anchors.put_together(record.cells)
        if cells is None:
            return record.cells
        reason = f"{len(record.cells)} fields instead of {len(cells)}: one way alone fits them"
        raw = record.raw.rstrip("\r\n") or written(record.cells)
        self.repaired.append((self.name, record.line, reason, raw))
        return cells

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
            self._folder = kept_folder(self._engine)
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


def fill(collected: Collected, stream: Iterator[Record], layout: FileFormat) -> tuple[str, ...]:
    """Take all records but those below the rows, and say which those were.

    Parameters
    ----------
    collected : Collected
        What takes them.
    stream : iterator of Record
        The records behind the header.
    layout : FileFormat
        ``skip_foot`` and ``total_words`` of it count.
    """
    notes: list[str] = []
    records = _without_foot(stream, layout.skip_foot, notes) if layout.skip_foot else stream
    if layout.total_words:
        records = _without_totals(records, layout.total_words, notes)
    for record in records:
        collected.add(record)
    return tuple(notes)


def _without_foot(stream: Iterator[Record], count: int, notes: list[str]) -> Iterator[Record]:
    waiting = deque(islice(stream, count))
    for record in stream:
        waiting.append(record)
        yield waiting.popleft()
    if waiting:
        notes.append(footer_note([record.line for record in waiting]))


def _without_totals(
    stream: Iterator[Record], words: Sequence[str], notes: list[str]
) -> Iterator[Record]:
    waiting: list[Record] = []
    for record in stream:
        if is_total(record.cells, words) and len(waiting) < _MOST_TOTALS:
            waiting.append(record)
            continue
        yield from waiting
        waiting = []
        yield record
    if waiting:
        lines = ", ".join(str(record.line) for record in waiting)
        notes.append(f"the last records are totals and left out: line {lines}")


def is_total(cells: Sequence[str], words: Sequence[str]) -> bool:
    """Whether the first cell with text begins with one of the words.

    Examples
    --------
    >>> is_total(["", "TOTAL:", "12"], ["total"]), is_total(["Totally new", "12"], ["total"])
    (True, False)
    """
    first = fold(next((cell for cell in cells if cell.strip()), ""))
    begun = (first[len(word) :] for word in map(fold, words) if first.startswith(word))
    return any(not rest[:1].isalpha() for rest in begun)
