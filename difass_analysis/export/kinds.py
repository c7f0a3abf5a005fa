"""Which kinds of file a table can be, and what is left out of all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from difass_analysis.disclosure import Switch, refuse_unprotected
from difass_analysis.display.pictures import PictureFormat
from difass_analysis.errors import UsageError
from difass_analysis.export.binary import parquet_bytes
from difass_analysis.export.privacy import shareable
from difass_analysis.export.text import csv_bytes, html_bytes, json_bytes, md_bytes, tex_bytes
from difass_analysis.export.word import docx_bytes
from difass_analysis.export.workbook import xlsx_bytes
from difass_analysis.result import Result

Writer = Callable[[Result], bytes]

TABLE_WRITERS: dict[str, Writer] = {
    ".csv": csv_bytes,
    ".xlsx": xlsx_bytes,
    ".docx": docx_bytes,
    ".html": html_bytes,
    ".tex": tex_bytes,
    ".md": md_bytes,
    ".parquet": parquet_bytes,
    ".json": json_bytes,
}
PICTURES: dict[str, PictureFormat] = {".svg": "svg", ".png": "png", ".pdf": "pdf"}


def table_writer(path: Path) -> Writer:
    """Return what writes a table as the kind of file that the ending of a path names.

    Raises
    ------
    UsageError
        When the ending is none that is offered.
    """
    write = TABLE_WRITERS.get(path.suffix.lower())
    if write is None:
        raise unknown_suffix(path, list(TABLE_WRITERS))
    return write


def safe_result(result: Result, *, table: str = "", disclosure: Switch = "on") -> Result:
    """Return a result as it may leave: protected, and without personal columns.

    Raises
    ------
    UsageError
        When figures of data that are not public were not protected.
    """
    result = refuse_unprotected(result, disclosure=disclosure)
    confidential = result.provenance.disclosure in ("required", "protected", "off")
    kept = shareable(result.frame, table=table, confidential=confidential)
    return replace(result, frame=kept)


def refuse_unknown_ending(path: Path, *, pictures: bool = False) -> None:
    """Refuse a file whose ending names no kind that is offered, before anything is computed.

    Parameters
    ----------
    path : path
        The file that is to be written.
    pictures : bool
        Whether it may be a chart as well.

    Raises
    ------
    UsageError
        When the ending is none that is offered.

    Examples
    --------
    >>> refuse_unknown_ending(Path("ratios.csv"))
    >>> refuse_unknown_ending(Path("ratios.png"), pictures=True)
    """
    offered = [*TABLE_WRITERS, *(PICTURES if pictures else ())]
    if path.suffix.lower() not in offered:
        raise unknown_suffix(path, offered)


def unknown_suffix(path: Path, offered: list[str]) -> UsageError:
    """Build the error for a kind of file that is not offered."""
    ending = f"the ending '{path.suffix}' is not known" if path.suffix else "it has no ending"
    return UsageError(
        f"{path.name} cannot be written: {ending}.",
        todo=f"Offered: {', '.join(offered)}.",
    )
