"""Turn one piece of delimited text into rows that know their lines, and records lost.

Regular pieces go to Arrow's CSV reader. It does not say where a record stands, so its records are
counted against the lines of the piece, or located in it; where the two differ, where a cell may be
too long or Arrow refuses, the piece is read record by record.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as text_reader
from numpy.typing import NDArray

from difass_analysis.programme import LINE_COLUMN
from difass_analysis.sources.delimited import Record, parsed, written
from difass_analysis.sources.pieces import Piece, Whole
from difass_analysis.sources.profile import FileFormat

Lost = tuple[str, int, str, str]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What the records of a file have in common."""

    name: str
    layout: FileFormat
    columns: tuple[str, ...]

    @property
    def schema(self) -> pa.Schema:
        """Columns as text, and the line."""
        return pa.schema(
            [*((name, pa.string()) for name in self.columns), (LINE_COLUMN, pa.int64())]
        )


@dataclass(frozen=True, eq=False)
class Part:
    """Rows and lost records of one piece, in the order of the file."""

    rows: pa.Table
    lost: list[Lost]


def part_of(piece: Piece, shape: Shape) -> Part:
    """Read a regular piece with Arrow; record by record where Arrow or a limit says no."""
    start = next(_records(piece.data, shape), None)
    if start is None:
        return Part(shape.schema.empty_table(), [])
    width, misfits = len(shape.columns), list[int]()
    table = _by_arrow(piece.data, shape, max(width, len(start.cells)), misfits)
    if table is None or _too_long(table):
        return fitted(_records(piece.data, shape, line=piece.line), shape)
    total = len(table) + len(misfits)
    places = np.delete(np.arange(total), misfits)
    surplus = ~_without_text(table.columns[width:], len(table))
    if surplus.any():
        misfits += places[surplus].tolist()
        table, places = table.filter(pa.array(~surplus)), places[~surplus]
    if total == piece.lines and not misfits:
        return _rows(table, piece.line + places, shape)
    # Blank lines, cells of several lines, or records that do not fit: each record is located.
    first, begin, behind = piece.starts()
    if len(first) != total:
        return fitted(_records(piece.data, shape, line=piece.line), shape)
    rows = _rows(table, first[places], shape)
    if not misfits:
        return rows
    odd = _located(piece.data, np.array(sorted(misfits)), (first, begin, behind), shape)
    return _together(rows, fitted(odd, shape))


def _located(
    data: bytes, places: Whole, where: tuple[Whole, Whole, Whole], shape: Shape
) -> Iterator[Record]:
    """Read some records of a piece, which are single ones, and give them their lines again."""
    first, begin, behind = (one[places].tolist() for one in where)
    texts = [data[start:end] + b"\n" for start, end in zip(begin, behind, strict=True)]
    heights = [text.count(b"\n") for text in texts]
    lines = dict(zip(accumulate(heights, initial=1), first, strict=False))
    for record in _records(b"".join(texts), shape):
        yield record._replace(line=lines[record.line])


def _by_arrow(data: bytes, shape: Shape, width: int, misfits: list[int]) -> pa.Table | None:
    """Read text with Arrow; put the index of records of another width among the misfits.

    None where Arrow refuses the text, or would leave out a byte order mark at its beginning.
    """
    if data.startswith(codecs.BOM_UTF8):
        return None

    def skip(row: Any) -> str:
        misfits.append(row.number - 1)
        return "skip"

    names = [f"column_{number}" for number in range(1, width + 1)]
    try:
        return text_reader.read_csv(
            pa.BufferReader(data),
            read_options=text_reader.ReadOptions(
                use_threads=False, block_size=len(data) + 1, column_names=names
            ),
            parse_options=text_reader.ParseOptions(
                delimiter=shape.layout.delimiter,
                quote_char=shape.layout.quote or False,
                newlines_in_values=True,
                invalid_row_handler=skip,
            ),
            convert_options=text_reader.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None


def _too_long(table: pa.Table) -> bool:
    """Whether a cell may be longer than the csv module allows; its limit counts characters."""
    longest = [pc.max(pc.binary_length(column)).as_py() or 0 for column in table.columns]
    return max(longest) > csv.field_size_limit()


def _without_text(columns: Sequence[pa.ChunkedArray], count: int) -> NDArray[np.bool_]:
    """Whether all cells of each of so many rows are empty."""
    empty = np.ones(count, dtype=bool)
    for column in columns:
        if not empty.any():
            break
        empty &= pc.equal(pc.binary_length(column), 0).to_numpy()
    return empty


def _rows(table: pa.Table, lines: Whole, shape: Shape) -> Part:
    """Give rows their lines, and leave out those without any text."""
    table = table.select(list(shape.columns))
    blank = _without_text(table.columns, len(table))
    table = table.append_column(LINE_COLUMN, pa.array(lines, pa.int64()))
    return Part(table.filter(pa.array(~blank)) if blank.any() else table, [])


class _Text(io.TextIOWrapper):
    """Text of a piece, which knows the name of its file."""

    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(io.BytesIO(data), encoding="utf-8", newline="")
        self._file = name

    @property
    def name(self) -> str:
        return self._file


def _records(data: bytes, shape: Shape, *, line: int = 1) -> Iterator[Record]:
    return parsed(_Text(data, shape.name), shape.layout, line=line)


def fitted(records: Iterator[Record] | Sequence[Record], shape: Shape) -> Part:
    """Make rows of records that fit the headings, and set the others aside."""
    width = len(shape.columns)
    rows: list[list[str]] = []
    lines: list[int] = []
    lost: list[Lost] = []
    for record in records:
        cells = record.cells
        if len(cells) > width and not any(cells[width:]):
            cells = cells[:width]
        if len(cells) == width:
            rows.append(cells)
            lines.append(record.line)
            continue
        reason = record.reason or f"{len(record.cells)} fields instead of {width}"
        raw = record.raw.rstrip("\r\n") or written(record.cells)
        lost.append((shape.name, record.line, reason, raw))
    if not rows:
        return Part(shape.schema.empty_table(), lost)
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return Part(pa.table([*columns, pa.array(lines, pa.int64())], schema=shape.schema), lost)


def _together(first: Part, second: Part) -> Part:
    """Put regular rows, and what became of the other records of the same piece, together."""
    if not len(second.rows):
        return Part(first.rows, second.lost)
    return Part(pa.concat_tables([first.rows, second.rows]).sort_by(LINE_COLUMN), second.lost)
