"""The network of transfers: partners on a ring, arrows from exporter to importer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import pandas as pd

from difass_analysis.display import canvas, theme
from difass_analysis.display.canvas import LINE, Words
from difass_analysis.display.fields import height_of
from difass_analysis.display.typeset import shorten
from difass_analysis.errors import SchemaError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEIGHT = 250.0  # points of a small ring
_STEP = 25.0  # points between two partners of one side, enough for a name of two lines
_DOT = 4.5  # radius of a partner
_GAP = 5.0  # points between a partner and its name
_NAMES = 0.27  # of the width, for the names on each side
_SMALLEST = 5.0


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a partner stands, in points from the upper left corner, and on which side."""

    x: float
    y: float
    right: bool


def ring(names: Sequence[str], *, width: float, height: float) -> dict[str, Place]:
    """Place partners on an ellipse so that each has a line of its own for its name.

    The first half stands on the right from top to bottom, the second on the left from bottom to
    top. Heights are equally spaced on each side: no two names can overlap, and as the ring is
    convex no straight arrow touches a third partner.

    Examples
    --------
    >>> places = ring(["a", "b", "c"], width=400, height=200)
    >>> [(place.y, place.right) for place in places.values()]
    [(50.0, True), (150.0, True), (100.0, False)]
    """
    half = (len(names) + 1) // 2
    reach = width * (0.5 - _NAMES)
    places = {}
    for place, name in enumerate(names):
        right = place < half
        count = half if right else len(names) - half
        rank = place if right else len(names) - 1 - place
        y = (rank + 0.5) / count * height
        offset = 2 * y / height - 1
        x = reach * sqrt(1 - offset**2)
        places[name] = Place(x=width / 2 + (x if right else -x), y=y, right=right)
    return places


def transfer_network(
    frame: pd.DataFrame,
    *,
    partners: Sequence[str],
    title: str,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw an arrow for each exporter and importer, thicker where more practices go that way.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a transfer: ``exporter`` and ``importer``.
    partners : sequence of str
        All partners, in the order in which they stand on the ring, from the top clockwise.
    title : str
        What is shown.
    caveats, source : sequence of str, str
        Sentences and the source line under the picture.
    simulated : bool
        Whether the data are simulated; the picture then says so.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; a new figure is made without it.

    Raises
    ------
    SchemaError
        When a column is missing, or a transfer names somebody who is no partner.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> rows = pd.DataFrame({"exporter": ["Kent"], "importer": ["Crete"]})
    >>> ax = transfer_network(rows, partners=["Crete", "Kent"], title="Transfers")
    >>> [text.get_text() for text in ax.texts], len(ax.patches)
    (['Crete', 'Kent'], 1)
    >>> close(ax)
    """
    _refuse(frame, partners)
    pairs = zip(frame["exporter"].map(str), frame["importer"].map(str), strict=True)
    counts = dict(Counter(pairs))
    words = Words(
        title=title,
        reading=_reading(counts),
        notes=tuple(caveats),
        source=source,
        simulated=simulated,
    )
    if not counts:
        return canvas.empty(words, message="No transfer: there is nothing to draw.", ax=ax)
    width = canvas.room(ax)
    wanted = max(_HEIGHT, _STEP * (len(partners) + 1) // 2)
    height = height_of(ax, new=wanted)
    page = canvas.field(wanted, words=words, ax=ax)
    page.ax.set_axis_off()
    page.ax.set_xlim(0, width)
    page.ax.set_ylim(height, 0)
    places = ring(list(partners), width=width, height=height)
    _arrows(page.ax, places, counts)
    _dots(page.ax, places, exporters={exporter for exporter, _ in counts})
    _names(page.ax, places, width=width, step=2 * height / (len(partners) + 1))
    return page.ax


def _refuse(frame: pd.DataFrame, partners: Sequence[str]) -> None:
    absent = [name for name in ("exporter", "importer") if name not in frame]
    if absent:
        raise SchemaError(
            f"The rows of this picture have no column {', '.join(absent)}.",
            todo=f"They have: {', '.join(map(str, frame.columns)) or '(none)'}.",
        )
    strange = sorted({*frame["exporter"], *frame["importer"]} - set(partners))
    if strange:
        raise SchemaError(
            f"{', '.join(map(str, strange[:3]))} is none of the partners.",
            todo="Name all exporters and importers in partners.",
        )


def _reading(counts: Mapping[tuple[str, str], int]) -> str:
    parts = ["arrow: from exporter to importer", "filled: passes on practices"]
    if max(counts.values(), default=1) > 1:
        parts.append(f"the thicker, the more practices (at most {max(counts.values())})")
    return "; ".join(parts)


def _arrows(ax: Axes, places: Mapping[str, Place], counts: Mapping[tuple[str, str], int]) -> None:
    from matplotlib.patches import FancyArrowPatch

    most = max(counts.values())
    for (exporter, importer), count in counts.items():
        start, end = places[exporter], places[importer]
        both = (importer, exporter) in counts
        wide = 1.0 + min(0.8, 3.0 / max(1, most - 1)) * (count - 1)
        ax.add_patch(
            FancyArrowPatch(
                (start.x, start.y),
                (end.x, end.y),
                arrowstyle="-|>",
                connectionstyle=f"arc3,rad={0.1 if both else 0.0}",
                color=theme.VALUE,
                alpha=0.75,
                linewidth=wide,
                shrinkA=_DOT,
                shrinkB=_DOT + 1,
                mutation_scale=8 + 2 * wide,
                zorder=2,
            )
        )


def _dots(ax: Axes, places: Mapping[str, Place], *, exporters: set[str]) -> None:
    for name, place in places.items():
        ax.plot(
            [place.x],
            [place.y],
            "o",
            markersize=2 * _DOT,
            markerfacecolor=theme.VALUE if name in exporters else theme.PAPER,
            markeredgecolor=theme.VALUE,
            clip_on=False,
            zorder=3,
        )


def _names(ax: Axes, places: Mapping[str, Place], *, width: float, step: float) -> None:
    """Write the names outside the ring, in two lines where these fit between neighbours."""
    lines = 2 if step >= 2 * theme.TEXT_SIZE * LINE else 1
    size = max(_SMALLEST, min(theme.TEXT_SIZE, step / lines / LINE))
    for name, place in places.items():
        free = (width - place.x if place.right else place.x) - _DOT - _GAP
        side = 1 if place.right else -1
        ax.text(
            place.x + side * (_DOT + _GAP),
            place.y,
            "\n".join(shorten(name, width=free, size=size, lines=lines)),
            ha="left" if place.right else "right",
            va="center",
            size=size,
            color=theme.INK,
            linespacing=1.1,
            parse_math=False,
            zorder=4,
        )
