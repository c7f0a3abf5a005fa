"""Names beside a drawing: one under the other, each joined to its point by a thin line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from difass_analysis.display import theme
from difass_analysis.display.canvas import LINE, POINTS
from difass_analysis.display.typeset import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = theme.SMALL_SIZE
_LINES = 2
_SPACE = 4.0  # points between two names
_RIGHT = 16.0  # points from the drawing to the names
NAMES_SHARE = 0.27  # of the width of the sheet, for the names


@dataclass(frozen=True, kw_only=True)
class Sidenote:
    """A name for the point at ``x`` and ``y`` in the units of the drawing."""

    x: float
    y: float
    text: str


def capacity(height: float) -> int:
    """Return how many names of two lines find room beside a drawing so many points high.

    Examples
    --------
    >>> capacity(300.0)
    12
    """
    return int((height + _SPACE) / (_LINES * _SIZE * LINE + _SPACE))


def places(wanted: Sequence[float], heights: Sequence[float], *, room: float) -> list[float]:
    """Move centres apart, downwards from the top, until nothing overlaps.

    Parameters
    ----------
    wanted, heights : sequence of float
        Where each box would like its centre, in ascending order, and how high it is.
    room : float
        Height that there is; boxes that need more than that start at the top all the same.

    Examples
    --------
    >>> places([10.0, 11.0, 90.0], [10.0, 10.0, 10.0], room=100.0)
    [10.0, 20.0, 90.0]
    >>> places([95.0, 99.0], [10.0, 10.0], room=100.0)
    [85.0, 95.0]
    """
    tops: list[float] = []
    for centre, height in zip(wanted, heights, strict=True):
        free = tops[-1] + heights[len(tops) - 1] if tops else 0.0
        tops.append(max(centre - height / 2, free))
    lowest = room
    for place in range(len(tops) - 1, -1, -1):
        tops[place] = min(tops[place], lowest - heights[place])
        lowest = tops[place]
    shift = max(0.0, -tops[0]) if tops else 0.0
    return [top + shift + height / 2 for top, height in zip(tops, heights, strict=True)]


def write_beside(ax: Axes, notes: Sequence[Sidenote], *, width: float, height: float) -> None:
    """Write the names to the right of the drawing, whose limits must have been set.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The drawing.
    notes : sequence of Sidenote
        Points to be named.
    width, height : float
        Width of a name and height of the drawing, in points.
    """
    low, high = ax.get_ylim()
    ordered = sorted(notes, key=lambda note: -note.y)
    texts = [
        "\n".join(shorten(note.text, width=width, size=_SIZE, lines=_LINES)) for note in ordered
    ]
    heights = [(text.count("\n") + 1) * _SIZE * LINE + _SPACE for text in texts]
    wanted = [(high - note.y) / (high - low) * height for note in ordered]
    centres = places(wanted, heights, room=height)
    for note, text, centre in zip(ordered, texts, centres, strict=True):
        _write(ax, note, text, down=centre / height)


def _write(ax: Axes, note: Sidenote, text: str, *, down: float) -> None:
    from matplotlib.transforms import ScaledTranslation

    figure = ax.get_figure(root=True)
    shift = ScaledTranslation(_RIGHT / POINTS, 0, figure.dpi_scale_trans)  # type: ignore[union-attr]
    ax.annotate(
        text,
        (note.x, note.y),
        xytext=(1, 1 - down),
        textcoords=ax.transAxes + shift,
        ha="left",
        va="center",
        size=_SIZE,
        color=theme.INK,
        parse_math=False,
        annotation_clip=False,
        arrowprops={
            "arrowstyle": "-",
            "color": theme.MUTED,
            "linewidth": 0.5,
            "relpos": (0, 0.5),
            "shrinkA": 1,
            "shrinkB": 4,
        },
    )
