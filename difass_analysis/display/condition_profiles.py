"""Framework conditions as pictures: profiles of regions, terms of a distance, ranks by weights."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from difass_analysis.display import canvas, theme
from difass_analysis.display.canvas import Heading, Words
from difass_analysis.display.condition_columns import LEAST, column_names
from difass_analysis.display.frames import joined

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Most regions of one profile: as many as there are shapes and colours to tell apart.
MOST = 7
_SHAPES = ("o", "s", "^", "D", "v", "P", "X")


def profile(
    frame: pd.DataFrame,
    *,
    regions: Sequence[str],
    reference: str,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw standardised conditions, one row an indicator and one shape a region.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``region``, ``indicator``, ``year``, ``z``, ``assigned``.
    regions : sequence of str
        The regions, at most seven, in the order of the legend.
    reference : str
        What the values are standardised over.
    caveats, source : sequence of str, str
        Sentences and the source line under the picture.
    simulated : bool
        Whether the data are simulated; the picture then says so.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; a new figure is made without it.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> frame = pd.DataFrame({"region": ["A", "B"], "indicator": "quality", "year": 2021,
    ...                       "z": [-1.0, 1.0], "assigned": False})
    >>> ax = profile(frame, regions=["A", "B"], reference="all 2 units")
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['', 'quality (2021)']
    >>> close(ax)
    """
    assigned = frame["assigned"].astype(bool)
    words = Words(
        title="Framework conditions, standardised",
        reading=joined(
            [
                f"0: mean of {reference}",
                "hollow: value of the country or a larger region" if assigned.any() else "",
            ]
        ),
        notes=tuple(caveats),
        source=source,
        simulated=simulated,
    )
    known = frame.dropna(subset=["z"])
    if known.empty:
        return canvas.empty(words, message="No value can be standardised.", ax=ax)
    names = frame.drop_duplicates("indicator")[["indicator", "year"]].to_dict("records")
    page = canvas.sheet(
        ["", *(f"{row['indicator']} ({row['year']})" for row in names)], words=words, ax=ax
    )
    heights = {row["indicator"]: y for row, y in zip(names, page.centres[1:], strict=True)}
    for place, region in enumerate(regions):
        # A little above and below the line, so that regions alike do not hide each other.
        shift = (place - (len(regions) - 1) / 2) * 1.6
        _shapes(page.ax, known[known["region"] == region], heights, place, shift)
    page.ax.axvline(0, color=theme.MUTED, linewidth=0.8)
    reach = max(1.5, float(known["z"].abs().max()) * 1.12)
    page.ax.set_xlim(-reach, reach)
    _legend(page.ax, regions, page.indent)
    _name_x(page.ax, "standard deviations from the mean")
    return page.ax


def _shapes(
    ax: Axes, rows: pd.DataFrame, heights: dict[Any, float], place: int, shift: float
) -> None:
    color, shape = theme.PALETTE[place], _SHAPES[place]
    for row in rows.to_dict("records"):
        ax.plot(
            [row["z"]],
            [heights[row["indicator"]] + shift],
            shape,
            markersize=6.5,
            markerfacecolor=theme.PAPER if row["assigned"] else color,
            markeredgecolor=color,
            clip_on=False,
            zorder=3,
        )


def _legend(ax: Axes, regions: Sequence[str], indent: float) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [], [], marker=_SHAPES[i], color=theme.PALETTE[i], linestyle="", markersize=6, label=one
        )
        for i, one in enumerate(regions)
    ]
    ax.legend(
        handles=handles,
        loc="upper center",
        ncols=min(len(regions), 4 if max(map(len, regions)) > 8 else MOST),
        frameon=False,
        fontsize=theme.SMALL_SIZE,
        labelcolor=theme.INK,
        handletextpad=0.1,
        columnspacing=1.0,
        borderaxespad=0.0,
    )


def _name_x(ax: Axes, text: str) -> None:
    ax.set_xlabel(text, size=theme.SMALL_SIZE, color=theme.MUTED, labelpad=2, parse_math=False)


def terms(
    frame: pd.DataFrame,
    *,
    distances: pd.DataFrame,
    exporter: str,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw how far each region is from the exporter on each indicator, and the distance beside it.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a term: ``region``, ``indicator``, ``difference`` (in standard deviations, region
        less exporter), ``weight``, ``assigned``.
    distances : pandas.DataFrame
        ``region``, ``distance``, ``weight_known_share``, from the nearest to the farthest.
    exporter : str
        Where the practice comes from.
    caveats, source : sequence of str, str
        Sentences and the source line under the picture.
    simulated : bool
        Whether the data are simulated; the picture then says so.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; a new figure is made without it.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> frame = pd.DataFrame({"region": ["B"], "indicator": "quality", "difference": [1.5],
    ...                       "weight": [1.0], "assigned": False})
    >>> found = pd.DataFrame({"region": ["B"], "distance": [1.5], "weight_known_share": [1.0]})
    >>> ax = terms(frame, distances=found, exporter="A")
    >>> [text.get_text() for text in ax.texts]
    ['+1.5', '1.50', 'distance', '100 %', 'weight known']
    >>> close(ax)
    """
    headings, legend = _term_headings(frame, ax)
    words = Words(
        title=f"Distance of contexts from {exporter}",
        reading=joined(
            [
                "in a cell: standard deviations above (+) or below (−) the exporter",
                "shaded by size",
                "*: value of a larger unit" if frame["assigned"].astype(bool).any() else "",
                "?: not known",
            ]
        ),
        notes=(*legend, *caveats),
        source=source,
        simulated=simulated,
    )
    if distances.empty:
        return canvas.empty(words, message="There is no other region.", ax=ax)
    order = list(distances["region"])
    page = canvas.sheet(order, words=words, ax=ax)
    names = list(dict.fromkeys(frame["indicator"]))
    heights = dict(zip(order, page.centres, strict=True))
    for row in frame.to_dict("records"):
        _term(page.ax, names.index(row["indicator"]), heights[row["region"]], row)
    figures = ["not known" if isnan(one) else f"{one:.2f}" for one in distances["distance"]]
    shares = [f"{one:.0%}".replace("%", " %") for one in distances["weight_known_share"]]
    taken = canvas.columns(
        page,
        [
            Heading(title="distance", cells=tuple(figures), strong=True),
            Heading(title="weight known", cells=tuple(shares)),
        ],
    )
    # On Axes of the caller's the figures stand beside them, and notes close below.
    room = page.width - page.indent - taken if ax is None else page.width
    _name_columns(page.ax, headings, column=room / len(names), lines=3 if ax is None else 2)
    return page.ax


def _term_headings(frame: pd.DataFrame, ax: Axes | None) -> tuple[list[str], list[str]]:
    """Headings with weights; numbers and a note where the caller's Axes are too narrow for them."""
    weights = frame.drop_duplicates("indicator").set_index("indicator")["weight"]
    headings = [f"{name} (weight {weight:.2g})" for name, weight in weights.items()]
    if ax is None or canvas.room(ax) / max(len(headings), 1) >= LEAST:
        return headings, []
    numbers = [str(place) for place in range(1, len(headings) + 1)]
    pairs = zip(numbers, headings, strict=True)
    return numbers, ["; ".join(f"{number} {name}" for number, name in pairs)]


def _term(ax: Axes, x: int, y: float, row: dict[Any, Any]) -> None:
    from matplotlib.patches import Rectangle

    size = float(row["difference"])
    text = "?"
    if not isnan(size):
        depth = min(abs(size) / 3.0, 1.0) * 0.6
        ax.add_patch(
            Rectangle(
                (x - 0.47, y - 8.5), 0.94, 17, facecolor=theme.BOUNDS, alpha=depth, linewidth=0
            )
        )
        sign = "0.0" if abs(size) < 0.05 else f"{size:+.1f}".replace("-", "−")
        text = sign + ("*" if row["assigned"] else "")
    ax.text(x, y, text, ha="center", va="center_baseline", size=theme.SMALL_SIZE, color=theme.INK)


def _name_columns(ax: Axes, names: Sequence[str], *, column: float, lines: int) -> None:
    """Name the columns of a grid under it."""
    written = column_names(names, column=column, lines=lines)
    ax.set_xlim(-0.5, len(names) - 0.5)
    ax.set_xticks(range(len(names)), labels=written.texts, parse_math=False)
    for label in ax.get_xticklabels():
        label.set_rotation(90 if written.upright else 0)
        label.set_color(theme.INK)
    ax.tick_params(axis="x", length=0, top=False, labeltop=False)
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)


def rank_ranges(
    frame: pd.DataFrame,
    *,
    exporter: str,
    top: int,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the ranks that regions take when the weights are drawn at random.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``region``, ``rank``, ``rank_lower``, ``rank_upper``, ``rank_best``, ``rank_worst``,
        ``top_share``.
    exporter : str
        Where the practice comes from.
    top : int
        Up to which rank a region counts as near.
    caveats, source : sequence of str, str
        Sentences and the source line under the picture.
    simulated : bool
        Whether the data are simulated; the picture then says so.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; a new figure is made without it.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> frame = pd.DataFrame({"region": ["B"], "rank": [1], "rank_lower": [1], "rank_upper": [2],
    ...                       "rank_best": [1], "rank_worst": [3], "top_share": [0.9]})
    >>> ax = rank_ranges(frame, exporter="A", top=3)
    >>> [text.get_text() for text in ax.texts]
    ['90 %', 'in the top 3']
    >>> close(ax)
    """
    words = Words(
        title=f"Nearest contexts to {exporter}: does the order hang on the weights?",
        reading="Dot: rank by the stated weights; thick: 95 % of the draws; thin: all draws.",
        notes=tuple(caveats),
        source=source,
        simulated=simulated,
    )
    known = frame.dropna(subset=["rank_best"])
    if known.empty:
        return canvas.empty(words, message="No region has a distance.", ax=ax)
    page = canvas.sheet(list(known["region"]), words=words, ax=ax)
    for y, row in zip(page.centres, known.to_dict("records"), strict=True):
        best, worst = row["rank_best"], row["rank_worst"]
        page.ax.plot([best, worst], [y, y], color=theme.BOUNDS, linewidth=1.2)
        page.ax.plot([row["rank_lower"], row["rank_upper"]], [y, y], color=theme.BOUNDS, lw=4.5)
        page.ax.plot([row["rank"]], [y], "o", color=theme.VALUE, markersize=6, zorder=3)
    shares = tuple(f"{one:.0%}".replace("%", " %") for one in known["top_share"])
    canvas.columns(page, [Heading(title=f"in the top {top}", cells=shares, strong=True)])
    last = int(np.nanmax(known["rank_worst"]))
    page.ax.set_xlim(0.5, last + 0.5)
    step = max(1, -(-last // 12))
    page.ax.set_xticks(range(1, last + 1, step))
    _name_x(page.ax, "rank (1 = nearest)")
    return page.ax
