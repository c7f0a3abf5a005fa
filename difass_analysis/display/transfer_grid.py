"""The matrix of transfers as a grid: exporters in rows, importers in columns."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING

import pandas as pd

from difass_analysis.display import canvas, theme
from difass_analysis.display.canvas import Heading, Sheet, Words
from difass_analysis.display.typeset import width_of
from difass_analysis.errors import SchemaError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROW = 20.0  # points of a row with a name of one line
_HEADING = 84.0  # points that a heading may be long
_HALF = 9.0  # half the height of a cell in points
_CELL = 11.0  # points that a cell needs to be wide
_DEPTH = 0.65  # of the colour, for the largest count
_COLUMNS = 8  # a grid of fewer columns is not stretched over the sheet
_INCHES = 7.0


def transfer_grid(
    matrix: pd.DataFrame,
    *,
    title: str,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the number of transfers from each exporter (row) to each importer (column).

    Partners that pass on nothing have no row, those that take up nothing no column.

    Parameters
    ----------
    matrix : pandas.DataFrame
        Square, counts; exporters as index and importers as columns, in the same order.
    title : str
        What is shown.
    caveats, source : sequence of str, str
        Sentences and the source line under the picture.
    simulated : bool
        Whether the data are simulated; the picture then says so.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; a new figure is made without it, wider where importers are many.

    Raises
    ------
    SchemaError
        When rows and columns are not the same partners.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> names = ["Crete", "Kent"]
    >>> ax = transfer_grid(pd.DataFrame([[0, 0], [2, 0]], index=names, columns=names), title="M")
    >>> [text.get_text() for text in ax.texts]
    ['Crete', '2', '2', 'exports', '2', '2']
    >>> close(ax)
    """
    if list(matrix.index) != list(matrix.columns):
        raise SchemaError(
            "The rows and columns of the matrix are not the same partners.",
            todo="Give a square table with partners in one order.",
        )
    exporters = [name for name in matrix.index if matrix.loc[name].sum() > 0]
    importers = [name for name in matrix.columns if matrix[name].sum() > 0]
    diagonal = bool(set(exporters) & set(importers))
    reading = "rows: exporters; columns: importers; the more practices, the deeper the blue"
    words = Words(
        title=title,
        reading=f"{reading}; x: the partner itself" if diagonal else reading,
        notes=tuple(caveats),
        source=source,
        simulated=simulated,
    )
    if not exporters:
        return canvas.empty(words, message="No transfer: there is nothing to draw.", ax=ax)
    # Only many importers need a wider sheet than the one that is asked for.
    needed = _INCHES * len(importers) * _CELL / 300
    if ax is not None or canvas.room() >= needed * canvas.POINTS:
        return _drawn(matrix, exporters, importers, words=words, ax=ax)
    with canvas.sheet_width(needed):
        return _drawn(matrix, exporters, importers, words=words, ax=None)


def _drawn(
    matrix: pd.DataFrame,
    exporters: Sequence[str],
    importers: Sequence[str],
    *,
    words: Words,
    ax: Axes | None,
) -> Axes:
    page, first = _laid_out(exporters, importers, words=words, ax=ax)
    counts = matrix.loc[list(exporters), list(importers)].to_numpy(dtype="int64")
    most = int(counts.max())
    for y, row, line in zip(page.centres[first:], exporters, counts, strict=False):
        for x, column in enumerate(importers):
            _cell(page.ax, x, y, int(line[x]), most=most, itself=row == column)
    for x, total in enumerate(counts.sum(axis=0)):
        _write(page.ax, x, page.centres[-1], str(int(total)), strong=True)
    sums = [str(int(total)) for total in counts.sum(axis=1)]
    whole = str(int(counts.sum()))
    cells = (*[""] * (first - 1), "exports", *sums, whole)
    canvas.columns(page, [Heading(title="", cells=cells, strong=True)])
    for text in [text for text in page.ax.texts if not text.get_text()]:
        text.remove()
    return page.ax


def _laid_out(
    exporters: Sequence[str], importers: Sequence[str], *, words: Words, ax: Axes | None
) -> tuple[Sheet, int]:
    """Lay out a row for each exporter and one for sums, under headings that stand upright."""
    longest = max(width_of(name, size=theme.SMALL_SIZE) for name in importers)
    above = ceil((min(longest, _HEADING) + 6) / _ROW)
    page = canvas.sheet([*[""] * above, *exporters, "imports"], words=words, ax=ax)
    page.ax.set_xlim(-0.5, max(len(importers), _COLUMNS) - 0.5)
    page.ax.set_xticks([])
    page.ax.grid(visible=False)
    page.ax.spines["bottom"].set_visible(False)
    base = page.centres[above - 1] + _ROW / 2 - 3
    for x, name in enumerate(importers):
        page.ax.text(
            x,
            base,
            _short(name),
            rotation=90,
            ha="center",
            va="bottom",
            size=theme.SMALL_SIZE,
            color=theme.MUTED,
            parse_math=False,
        )
    return page, above


def _short(text: str) -> str:
    """Leave out the middle of a name that is too long: names often differ at the end."""
    kept, short = len(text), text
    while kept > 2 and width_of(short, size=theme.SMALL_SIZE) > _HEADING:
        kept -= 1
        short = f"{text[: (kept + 1) // 2].rstrip()}\u2026{text[-(kept // 2) :].lstrip()}"
    return short


def _cell(ax: Axes, x: float, y: float, count: int, *, most: int, itself: bool) -> None:
    from matplotlib.patches import Rectangle

    depth = _DEPTH * count / most
    ax.add_patch(
        Rectangle(
            (x - 0.46, y - _HALF),
            0.92,
            2 * _HALF,
            facecolor=theme.VALUE if count else theme.GRID,
            alpha=depth if count else 0.35,
            linewidth=0,
        )
    )
    if count or itself:
        _write(ax, x, y, str(count) if count else "x")


def _write(ax: Axes, x: float, y: float, text: str, *, strong: bool = False) -> None:
    ax.text(
        x,
        y,
        text,
        ha="center",
        va="center_baseline",
        size=theme.SMALL_SIZE,
        color=theme.INK,
        weight="bold" if strong else "normal",
        parse_math=False,
    )
