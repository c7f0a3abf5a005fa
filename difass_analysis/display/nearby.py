"""Names beside their points, where nothing else is; the others are left for the margin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from difass_analysis.display import theme
from difass_analysis.display.canvas import LINE
from difass_analysis.display.sidenotes import Sidenote
from difass_analysis.display.typeset import width_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Box = tuple[float, float, float, float]

_SIZE = theme.SMALL_SIZE
_APART = 7.0  # points from the middle of a point to its name
_POINT = 4.0  # half the width of a point
#: Where a name may stand: to the right, the left, above and below, then between these.
_SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
_ALIGN = {1: "left", 0: "center", -1: "right"}
_RISE = {1: "bottom", 0: "center", -1: "top"}


def write_nearby(
    ax: Axes, notes: Sequence[Sidenote], *, width: float, height: float
) -> list[Sidenote]:
    """Write names beside their points and return those for which there is no free place.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The drawing, whose limits must have been set.
    notes : sequence of Sidenote
        Names of all points, the most important ones first.
    width, height : float
        Least width and height of the drawing, in points.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().add_subplot()
    >>> notes = [Sidenote(x=0.5, y=0.5, text="one"), Sidenote(x=0.9, y=0.5, text="x" * 60)]
    >>> [len(note.text) for note in write_nearby(ax, notes, width=200, height=200)]
    [60]
    """
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    spots = [
        ((note.x - left) / (right - left) * width, (note.y - low) / (high - low) * height)
        for note in notes
    ]
    taken = [(x - _POINT, y - _POINT, x + _POINT, y + _POINT) for x, y in spots]
    unplaced = []
    for note, (x, y) in zip(notes, spots, strict=True):
        side = _free(note.text, (x, y), taken, (width, height))
        if side is None:
            unplaced.append(note)
            continue
        taken.append(_box(note.text, (x, y), side))
        _write(ax, note, side)
    return unplaced


def _free(
    text: str, spot: tuple[float, float], taken: Sequence[Box], size: tuple[float, float]
) -> tuple[int, int] | None:
    for side in _SIDES:
        left, low, right, high = box = _box(text, spot, side)
        inside = left >= 0 and low >= 0 and right <= size[0] and high <= size[1]
        if inside and not any(_overlap(box, other) for other in taken):
            return side
    return None


def _box(text: str, spot: tuple[float, float], side: tuple[int, int]) -> Box:
    wide, high = width_of(text, size=_SIZE), _SIZE * LINE
    x = spot[0] + side[0] * (_APART if side[1] == 0 else _POINT) - wide * (1 - side[0]) / 2
    y = spot[1] + side[1] * (_APART if side[0] == 0 else _POINT) - high * (1 - side[1]) / 2
    return x, y, x + wide, y + high


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _write(ax: Axes, note: Sidenote, side: tuple[int, int]) -> None:
    ax.annotate(
        note.text,
        (note.x, note.y),
        xytext=(
            side[0] * (_APART if side[1] == 0 else _POINT),
            side[1] * (_APART if side[0] == 0 else _POINT),
        ),
        textcoords="offset points",
        ha=_ALIGN[side[0]],
        va=_RISE[side[1]],
        size=_SIZE,
        color=theme.INK,
        parse_math=False,
    )
