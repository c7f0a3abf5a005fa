"""Tables and charts as files: whole or not at all, and without what must not leave.

The one public function for tables chooses the kind of file by the ending of its name. Personal
columns are left out, simulated data are marked as such, text can never act as a formula, and a
file is either written completely or not touched.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from difass_analysis.disclosure import Switch
from difass_analysis.display.pictures import figure_bytes
from difass_analysis.export.files import atomic_write, is_collecting, refuse_unwritable, safe_name
from difass_analysis.export.folders import whole_folder
from difass_analysis.export.kinds import (
    PICTURES,
    refuse_unknown_ending,
    safe_result,
    table_writer,
    unknown_suffix,
)
from difass_analysis.export.records import write_file_record
from difass_analysis.export.working import write_findings, write_programme
from difass_analysis.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def write_table(
    result: Result, path: Path | str, *, table: str = "", disclosure: Switch = "on"
) -> Path:
    """Write a result as a file of the kind that its ending names, and return the path.

    Beside it, ``<name>.provenance.json`` records what made it from which inputs, so that
    ``difass verify`` can make the figures anew; a folder written in one call has one record.

    Parameters
    ----------
    result : Result
        Any result of this package.
    path : path or str
        ``.csv``, ``.xlsx``, ``.docx``, ``.html``, ``.tex``, ``.md``, ``.parquet`` or ``.json``;
        folders on the way are made.
    table : str, optional
        Name of the canonical table where the rows are those of one; its personal columns are
        then left out by their meaning and not only by their name.
    disclosure : {"on", "off"}
        ``"off"`` writes figures of data that are not public without disclosure control, and
        says so in the file.

    Raises
    ------
    UsageError
        When the ending is none of these, the table is too long for that kind, or figures of
        data that are not public have not been through disclosure control.
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
    write = table_writer(path)
    safe = safe_result(result, table=table, disclosure=disclosure)
    content = write(safe)
    atomic_write(path, content)
    if not is_collecting():
        write_file_record(safe, path, content, table=table)
    return path


def write_chart(ax: Axes, path: Path | str, *, result: Result | None = None) -> Path:
    """Write the figure of these Axes as ``.svg``, ``.png`` or ``.pdf``, and return the path.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Any Axes of the figure.
    path : path or str
        Where to; folders on the way are made.
    result : Result, optional
        What is drawn. With it a record stands beside the chart, which ``difass verify`` reads.

    Raises
    ------
    UsageError
        When the ending is none of these, or figures of data that are not public have not been
        through disclosure control.
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
    kind = PICTURES.get(path.suffix.lower())
    if kind is None:
        raise unknown_suffix(path, list(PICTURES))
    safe = safe_result(result) if result is not None else None
    content = figure_bytes(ax, format=kind)
    atomic_write(path, content)
    if safe is not None and not is_collecting():
        write_file_record(safe, path, content, figures=True)
    return path


__all__ = [
    "atomic_write",
    "refuse_unknown_ending",
    "refuse_unwritable",
    "safe_name",
    "whole_folder",
    "write_chart",
    "write_findings",
    "write_programme",
    "write_table",
]
