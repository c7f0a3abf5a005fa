"""Components of a practice by receiving context: one sign a rating, and stoppers in a frame."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.display import canvas, theme
from difass_analysis.display.canvas import Heading, Words
from difass_analysis.display.frames import joined
from difass_analysis.display.typeset import width_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Blue for what helps, orange for what hinders: both are told apart by everybody, and the sign
# says the same.
_HELPS, _HINDERS = theme.PALETTE[0], theme.PALETTE[4]
_HALF = 8.5  # half the height of a cell in points
_ROW = 20.0


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
    words = Words(
        title=title,
        reading=joined(
            [
                "++ strong support",
                "+ support",
                "0 neither",
                "− constraint",
                "−− strong constraint",
                "two signs: lowest and highest of the raters",
                "? not rated",
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
    longest = max(width_of(name, size=theme.SMALL_SIZE) for name in importers)
    above = max(1, round((min(longest, 120.0) * 0.6 + 12) / _ROW))
    page = canvas.sheet([*[""] * above, *components], words=words, ax=ax)
    heights = dict(zip(components, page.centres[above:], strict=True))
    base = page.centres[above - 1] + _ROW / 2 - 4
    _headings(page.ax, importers, base)
    for row in frame.to_dict("records"):
        _cell(page.ax, importers.index(row["importer"]), heights[row["component"]], row)
    cells = (*[""] * above, *(stated.get(name, "not known") for name in components))
    canvas.columns(page, [Heading(title="importance", cells=cells)])
    _clear(page.ax, len(importers))
    _drop_blank(page.ax)
    return page.ax


def _headings(ax: Axes, names: Sequence[str], base: float) -> None:
    turned = len(names) > 2
    for x, name in enumerate(names):
        ax.text(
            x - (0.2 if turned else 0),
            base,
            name,
            rotation=35 if turned else 0,
            rotation_mode="anchor",
            ha="left" if turned else "center",
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


def _cell(ax: Axes, x: float, y: float, row: dict[Any, Any]) -> None:
    from matplotlib.patches import Rectangle

    rating = float(row["rating"])
    text = "?"
    if not isnan(rating):
        low, high = float(row["lowest"]), float(row["highest"])
        text = _sign(rating) if low == high else f"{_sign(low)} … {_sign(high)}"
    stopped = {"stopper": " STOP", "possible stopper": " STOP?"}.get(str(row["stopper"]), "")
    depth = 0.0 if isnan(rating) else abs(rating) / 2 * 0.55
    edge = theme.ALERT if stopped else theme.GRID
    ax.add_patch(
        Rectangle(
            (x - 0.47, y - _HALF),
            0.94,
            2 * _HALF,
            facecolor=_HELPS if rating > 0 else _HINDERS,
            alpha=depth,
            linewidth=0,
        )
    )
    ax.add_patch(
        Rectangle(
            (x - 0.47, y - _HALF),
            0.94,
            2 * _HALF,
            fill=False,
            edgecolor=edge,
            linewidth=1.8 if stopped else 0.6,
        )
    )
    ax.text(
        x,
        y,
        text + stopped,
        ha="center",
        va="center_baseline",
        size=theme.SMALL_SIZE,
        color=theme.INK,
        weight="bold" if stopped else "normal",
        parse_math=False,
    )
