"""Tables and charts as files: whole or not at all, and without what must not leave.

The one public function for tables chooses the kind of file by the ending of its name. Personal
columns are left out, simulated data are marked as such, text can never act as a formula, and a
file is either written completely or not touched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from difass_analysis.display.pictures import figure_bytes
from difass_analysis.errors import UsageError
from difass_analysis.export.binary import parquet_bytes
from difass_analysis.export.files import atomic_write, safe_name
from difass_analysis.export.privacy import shareable
from difass_analysis.export.text import csv_bytes, html_bytes, json_bytes, md_bytes, tex_bytes
from difass_analysis.export.workbook import xlsx_bytes
from difass_analysis.export.working import write_findings, write_programme
from difass_analysis.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TABLE_WRITERS: dict[str, Callable[[Result], bytes]] = {
    ".csv": csv_bytes,
    ".xlsx": xlsx_bytes,
    ".html": html_bytes,
    ".tex": tex_bytes,
    ".md": md_bytes,
    ".parquet": parquet_bytes,
    ".json": json_bytes,
}
_PICTURES = {".svg": "svg", ".png": "png", ".pdf": "pdf"}


def write_table(result: Result, path: Path | str, *, table: str = "") -> Path:
    """Write a result as a file of the kind that its ending names, and return the path.

    Parameters
    ----------
    result : Result
        Any result of this package.
    path : path or str
        ``.csv``, ``.xlsx``, ``.html``, ``.tex``, ``.md``, ``.parquet`` or ``.json``; folders on the
        way are made.
    table : str, optional
        Name of the canonical table where the rows are those of one; its personal columns are
        then left out by their meaning and not only by their name.

    Raises
    ------
    UsageError
        When the ending is none of these, or the table is too long for a worksheet.
    InputError
        When the file cannot be written; nothing is left behind then.

    Examples
    --------
    >>> import pandas as pd
    >>> from tempfile import TemporaryDirectory
    >>> from difass_analysis.result import Provenance
    >>> result = Result(
    ...     frame=pd.DataFrame({"year": [2017], "value": [4 / 3]}),
    ...     provenance=Provenance(programme="er", name="Emilia-Romagna", version="0.1.0"),
    ... )
    >>> with TemporaryDirectory() as folder:
    ...     print(write_table(result, f"{folder}/ratio.csv").read_text())
    year,value
    2017,1.333333333
    <BLANKLINE>
    """
    path = Path(path)
    write = _TABLE_WRITERS.get(path.suffix.lower())
    if write is None:
        raise _unknown_suffix(path, list(_TABLE_WRITERS))
    kept = shareable(result.frame, table=table)
    return atomic_write(path, write(replace(result, frame=kept)))


def write_chart(ax: Axes, path: Path | str) -> Path:
    """Write the figure of these Axes as ``.svg``, ``.png`` or ``.pdf``, and return the path.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Any Axes of the figure.
    path : path or str
        Where to; folders on the way are made.

    Raises
    ------
    UsageError
        When the ending is none of these.
    InputError
        When the file cannot be written; nothing is left behind then.

    Examples
    --------
    >>> write_chart(None, "chart.gif")
    Traceback (most recent call last):
        ...
    difass_analysis.errors.UsageError: ...'.gif'... Offered: .svg, .png, .pdf.
    """
    path = Path(path)
    kind = _PICTURES.get(path.suffix.lower())
    if kind == "svg":
        return atomic_write(path, figure_bytes(ax, format="svg"))
    if kind == "png":
        return atomic_write(path, figure_bytes(ax, format="png"))
    if kind == "pdf":
        return atomic_write(path, figure_bytes(ax, format="pdf"))
    raise _unknown_suffix(path, list(_PICTURES))


def _unknown_suffix(path: Path, offered: list[str]) -> UsageError:
    return UsageError(
        f"{path.name} cannot be written: the ending '{path.suffix}' is not known.",
        todo=f"Offered: {', '.join(offered)}.",
    )


__all__ = [
    "atomic_write",
    "safe_name",
    "write_chart",
    "write_findings",
    "write_programme",
    "write_table",
]
