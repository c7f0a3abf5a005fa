"""Components of a practice by receiving context: one sign a rating, and stoppers in a frame."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isnan
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.display import canvas, theme
from difass_analysis.display.canvas import Heading, Words
from difass_analysis.display.condition_columns import ColumnNames, column_names, first_fitting
from difass_analysis.display.frames import joined
from difass_analysis.display.typeset import width_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Blue for what helps, orange for what hinders: both are told apart by everybody, and the sign
# says the same.
_HELPS, _HINDERS = theme.PALETTE[0], theme.PALETTE[4]
_HALF = 8.5  # half the height of a cell in points
_ROW = 20.0  # points of a row with a name of one line
_BESIDE = 70.0  # points for the column of the importance


def component_grid(
    frame: pd.DataFrame,
    *,
    title: str,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the rating of each component in each receiving context, with stoppers marked.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a cell: ``component``, ``importer``, ``importance``, ``rating``, ``lowest``,
        ``highest``, ``stopper``.
    title : str
        What is shown.
    caveats, source : sequence of str, str
        Sentences and the source line under the picture.
    simulated : bool
        Whether the data are simulated; the picture then says so.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; a new figure is made without it.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> frame = pd.DataFrame({"component": ["bank"], "importer": ["Molise"], "importance": ["high"],
    ...     "rating": [-2.0], "lowest": [-2.0], "highest": [-2.0], "stopper": ["stopper"]})
    >>> ax = component_grid(frame, title="Transferability of p")
    >>> [text.get_text() for text in ax.texts]
    ['Molise', '−− STOP', 'high', 'importance']
    >>> close(ax)
    """
    stoppers = set(frame["stopper"])
    words = Words(
        title=title,
        reading=joined(
            [
                "++ strong support",
                "+ support",
                "0 neither",
                "− constraint",
                "−− strong constraint",
                "two signs: lowest and highest of the raters, coloured by their median",
                "? not rated" if frame["rating"].isna().any() else "",
                "framed (STOP or !): −− by a rater, of high importance",
                "STOP?: importance not known" if "possible stopper" in stoppers else "",
            ]
        ),
        notes=tuple(caveats),
        source=source,
        simulated=simulated,
    )
    if frame.empty:
        return canvas.empty(words, message="Nothing was rated.", ax=ax)
    components = list(dict.fromkeys(frame["component"]))
    importers = list(dict.fromkeys(frame["importer"]))
    importance = frame.dropna(subset=["importance"]).drop_duplicates("component")
    stated = dict(zip(importance["component"], importance["importance"], strict=True))
    column = _column(components, importers, canvas.room(ax))
    names = column_names(importers, column=column)
    above = ceil((names.height + 6) / _ROW)
    page = canvas.sheet([*[""] * above, *components], words=words, ax=ax)
    heights = dict(zip(components, page.centres[above:], strict=True))
    base = page.centres[above - 1] + _ROW / 2 - 4
    _headings(page.ax, names, base)
    for row in frame.to_dict("records"):
        _cell(page.ax, importers.index(row["importer"]), heights[row["component"]], row, column)
    cells = (*[""] * above, *(stated.get(name, "not known") for name in components))
    canvas.columns(page, [Heading(title="importance", cells=cells)])
    _clear(page.ax, len(importers))
    _drop_blank(page.ax)
    return page.ax


def _column(components: Sequence[str], importers: Sequence[str], room: float) -> float:
    """Width of a column in points, about: what the names and the importance leave."""
    names = max(width_of(name, size=theme.TEXT_SIZE) for name in components)
    left = room - min(names, canvas.LABEL_SHARE * room) - _BESIDE
    return left / max(len(importers), 2)


def _headings(ax: Axes, names: ColumnNames, base: float) -> None:
    for x, name in enumerate(names.texts):
        ax.text(
            x,
            base,
            name,
            rotation=90 if names.upright else 0,
            ha="center",
            va="bottom",
            size=theme.SMALL_SIZE,
            color=theme.INK,
            parse_math=False,
        )


def _clear(ax: Axes, count: int) -> None:
    ax.set_xlim(-0.5, max(count, 2) - 0.5)
    ax.set_xticks([])
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)


def _drop_blank(ax: Axes) -> None:
    """Take away cells of figures without text: rows of the heading have none."""
    for text in list(ax.texts):
        if not text.get_text():
            text.remove()


def _sign(rating: float) -> str:
    whole = round(rating)
    return "0" if whole == 0 else ("+" if whole > 0 else "−") * abs(whole)


def _text(row: dict[Any, Any], room: float) -> str:
    """Signs of a cell, and whether it stops the practice: as much as there is room for."""
    rating, stopper = float(row["rating"]), str(row["stopper"])
    if isnan(rating):
        return "?"
    low, high = float(row["lowest"]), float(row["highest"])
    signs = _sign(rating) if low == high else f"{_sign(low)}…{_sign(high)}"
    mark = {"stopper": "STOP", "possible stopper": "STOP?"}.get(stopper)
    if mark is None:
        return first_fitting([signs, _sign(rating)], width=room)
    return first_fitting([f"{signs} {mark}", mark, "!"], width=room, bold=True)


def _cell(ax: Axes, x: float, y: float, row: dict[Any, Any], column: float) -> None:
    from matplotlib.patches import Rectangle

    rating = float(row["rating"])
    stopped = row["stopper"] in ("stopper", "possible stopper")
    color = _HELPS if rating > 0 else _HINDERS
    depth = 0.0 if isnan(rating) else abs(rating) / 2 * 0.55
    corner, height = (x - 0.47, y - _HALF), 2 * _HALF
    ax.add_patch(Rectangle(corner, 0.94, height, facecolor=color, alpha=depth, linewidth=0))
    edge, width = (theme.ALERT, 1.8) if stopped else (theme.GRID, 0.6)
    ax.add_patch(Rectangle(corner, 0.94, height, fill=False, edgecolor=edge, linewidth=width))
    ax.text(
        x,
        y,
        _text(row, column * 0.94 - 4),
        ha="center",
        va="center_baseline",
        size=theme.SMALL_SIZE,
        color=theme.INK,
        weight="bold" if stopped else "normal",
        parse_math=False,
    )
