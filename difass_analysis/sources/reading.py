"""Read a file as text cells that know their file and line."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import narwhals as nw
import pandas as pd

from difass_analysis.engine import Engine, Lazy
from difass_analysis.errors import InputError
from difass_analysis.programme import FILE_COLUMN, LINE_COLUMN
from difass_analysis.sources import streaming
from difass_analysis.sources.archives import Content, content_of
from difass_analysis.sources.collecting import Collected, fill, kept_folder
from difass_analysis.sources.delimited import Record, records, written
from difass_analysis.sources.documents import html_records, xml_records
from difass_analysis.sources.header import joined_header, unique_headings
from difass_analysis.sources.json_rows import json_records
from difass_analysis.sources.parquet_rows import parquet_header
from difass_analysis.sources.profile import FileFormat, Profile
from difass_analysis.sources.streaming import nul_error, unchanged
from difass_analysis.sources.surplus import Anchors
from difass_analysis.sources.workbook import error_cells, sheet_records

_OWN = (FILE_COLUMN, LINE_COLUMN)
# Bytes of delimited text in an archive that are enough to see its headings.
_BEGINNING = 1 << 24
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
    repaired : pandas.DataFrame
        Rows of ``lazy`` that had too many fields and fit the headings in one way only, in the
        columns of ``lost``.
    """

    name: str
    lazy: Lazy
    headings: tuple[str, ...]
    lost: pd.DataFrame
    rows_read: int
    notes: tuple[str, ...]
    sha256: str
    size_bytes: int
    repaired: pd.DataFrame = field(default_factory=lambda: pd.DataFrame([], columns=_LOST_COLUMNS))


def read(path: Path, profile: Profile, *, engine: Engine) -> RawTable:
    """Read a file as text cells.

    Parameters
    ----------
    path : pathlib.Path
        Delimited text, a workbook, a parquet file, tables of HTML, JSON or XML; or an archive
        (zip, gzip) with one of these.
    profile : Profile
        How the file is laid out.
    engine : Engine
        Where the rows go.

    Returns
    -------
    RawTable
        Its ``_line`` is the physical line on which a record starts, the header included, or the
        row of the sheet or of the table of HTML; in parquet, JSON and XML the number of the
        record, from 1; in JSON lines the line.

    Raises
    ------
    InputError
        When there is no such file, or it is empty, of another format, in another encoding,
        holds NUL bytes, changes while it is read, or has no row below its header; and when an
        archive or workbook is too large when unpacked.
    """
    with tempfile.TemporaryDirectory(prefix="difass-") as folder:
        content = content_of(path, profile.file, folder=Path(folder))
        if content.path == path:
            return _read(content, profile, engine=engine)
        before = path.stat()
        if content.format == "parquet":  # its rows are read later, when the folder is gone
            target = kept_folder(engine) / content.path.name
            shutil.move(content.path, target)
            content = replace(content, path=target)
        raw = _read(content, profile, engine=engine)
        sha256, size = _checked_bytes(path, content, profile.file)
        unchanged(path, before)
    lost, repaired = raw.lost.assign(file=path.name), raw.repaired.assign(file=path.name)
    lazy = raw.lazy.with_columns(nw.lit(path.name).alias(FILE_COLUMN))
    notes = (*content.notes, *raw.notes)
    raw = replace(raw, name=path.name, lazy=lazy, lost=lost, repaired=repaired, notes=notes)
    return replace(raw, sha256=sha256, size_bytes=size)


def _read(content: Content, profile: Profile, *, engine: Engine) -> RawTable:
    """Read a file that lies in no archive, or no longer."""
    path = content.path
    if content.format == "csv" and (large := _streamed(path, profile.file, engine=engine)):
        return large
    before = path.stat()
    sha256, size = _checked_bytes(path, content, profile.file)
    if content.format == "parquet":
        return _parquet(path, engine=engine, sha256=sha256, size=size)
    stream = content_records(content, profile)
    headings, notes = unique_headings(_header(path, stream, content, profile.file))
    anchors = _anchors(profile.file, headings)
    collected = Collected(path.name, headings, engine, anchors=anchors)
    foot = fill(collected, stream, profile.file)
    unchanged(path, before)
    _refuse_no_rows(path, collected.count + len(collected.lost))
    return RawTable(
        name=path.name,
        lazy=collected.finish().with_columns(nw.lit(path.name).alias(FILE_COLUMN)),
        headings=headings,
        lost=pd.DataFrame(collected.lost, columns=_LOST_COLUMNS),
        repaired=pd.DataFrame(collected.repaired, columns=_LOST_COLUMNS),
        rows_read=collected.count + len(collected.lost),
        notes=(*notes, *foot, *_workbook_notes(content)),
        sha256=sha256,
        size_bytes=size,
    )


def _streamed(path: Path, layout: FileFormat, *, engine: Engine) -> RawTable | None:
    """Read a large delimited file in pieces; None where it is to be read record by record."""
    if path.stat().st_size < streaming.LARGE or not os.access(path, os.R_OK):
        return None
    found = streaming.stream(path, layout, engine=engine)
    if found is None:
        return None
    _refuse_no_rows(path, found.rows_read)
    headings, notes = unique_headings(found.header.cells)
    columns = [nw.col(name).alias(new) for name, new in zip(found.columns, headings, strict=True)]
    return RawTable(
        name=path.name,
        lazy=found.lazy.select(*columns, LINE_COLUMN, nw.lit(path.name).alias(FILE_COLUMN)),
        headings=headings,
        lost=pd.DataFrame(found.lost, columns=_LOST_COLUMNS),
        rows_read=found.rows_read,
        notes=(*notes, *found.notes),
        sha256=found.sha256,
        size_bytes=found.size_bytes,
    )


def _refuse_no_rows(path: Path, count: int) -> None:
    if not count:
        raise InputError(
            f"{path.name} has a header and no rows.",
            todo="Ask for the file again, or leave it out.",
        )


def _checked_bytes(path: Path, content: Content, layout: FileFormat) -> tuple[str, int]:
    """Return checksum and size, or refuse text that holds NUL bytes."""
    digest, size, nul = hashlib.sha256(), 0, -1
    wide = layout.encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32", "utf16"))
    text = path == content.path and content.format == "csv" and not wide
    try:
        with path.open("rb") as handle:
            head = handle.read(8)
            handle.seek(0)
            while chunk := handle.read(1 << 20):
                if nul < 0 and text and b"\0" in chunk:
                    nul = size + chunk.index(b"\0")
                digest.update(chunk)
                size += len(chunk)
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}.") from error
    if nul >= 0:
        raise nul_error(path.name, nul, head)
    return digest.hexdigest(), size


def content_records(content: Content, profile: Profile) -> Iterator[Record]:
    """Yield the header and the records of a file of any format but parquet.

    Parameters
    ----------
    content : Content
        The file, unpacked.
    profile : Profile
        How it is laid out.
    """
    path = content.path
    if content.format == "xlsx":
        return sheet_records(path, profile)
    if content.format == "html":
        return html_records(path, profile.file)
    if content.format == "json":
        return json_records(path, profile)
    if content.format == "xml":
        return xml_records(path, profile.file)
    return records(path, profile.file)


def _header(
    path: Path, stream: Iterator[Record], content: Content, layout: FileFormat
) -> list[str]:
    """Take the header off the records: as many rows of text as the profile says, joined."""
    # Records of JSON and XML name their own fields.
    count = 1 if content.format in ("json", "xml") else layout.header_rows
    rows = list(islice(stream, count))
    if len(rows) < count or any(row.reason for row in rows):
        raise InputError(
            f"{path.name} has no header on line {layout.header_row}.",
            todo="Look whether the file is complete, and at header_row in the profile.",
        )
    return joined_header([row.cells for row in rows]) if count > 1 else rows[0].cells


def headings_of(path: Path, profile: Profile, *, folder: Path | None = None) -> tuple[str, ...]:
    """Return the headings of a file in the layout of a profile; of delimited text only the header
    is read.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    profile : Profile
        How it is laid out.
    folder : pathlib.Path, optional
        Where an archive is unpacked to, so that it need not be unpacked again.
    """
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="difass-") as own:
            return headings_of(path, profile, folder=Path(own))
    content = content_of(path, profile.file, folder=folder, most=_BEGINNING)
    if content.format == "parquet":
        return unique_headings(parquet_header(content.path).schema.names)[0]
    stream = content_records(content, profile)
    return unique_headings(_header(content.path, stream, content, profile.file))[0]


def _anchors(layout: FileFormat, headings: Sequence[str]) -> Anchors | None:
    return Anchors(headings, layout.anchors, layout.delimiter) if layout.anchors else None


def _workbook_notes(content: Content) -> tuple[str, ...]:
    count = error_cells(content.path) if content.format == "xlsx" else 0
    return (f"{count} cells hold an error such as #N/A: they are read as blanks",) if count else ()


def _parquet(path: Path, *, engine: Engine, sha256: str, size: int) -> RawTable:
    rows = int(parquet_header(path).num_rows)
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
