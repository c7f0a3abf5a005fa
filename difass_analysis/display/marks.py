"""The marks that the comparison pictures share: intervals, diamonds, lines of reference."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isnan
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from difass_analysis.display import theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_REACH = 1.5  # intervals may make the axis so many times longer than the values do
_BEYOND = "arrow: the interval goes on beyond the axis"


def draw_interval(
    ax: Axes, y: float, ends: tuple[float, float], *, width: float = 1.6, dashed: bool = False
) -> None:
    """Draw an interval at a height; an arrow where it is open or goes beyond the axis.

    The limits of the axis must have been set.
    """
    if all(map(isnan, ends)):
        return
    low, high = ax.get_xlim()
    lower, upper = ends
    goes_left, goes_right = not lower >= low, not upper <= high
    left, right = low if goes_left else lower, high if goes_right else upper
    style = (0, (4, 2)) if dashed else "-"
    ax.plot([left, right], [y, y], color=theme.VALUE, linewidth=width, linestyle=style)
    for x, arrow, mark in ((left, goes_left, "<"), (right, goes_right, ">")):
        shape = mark if arrow else "|"
        ax.plot([x], [y], shape, color=theme.VALUE, markersize=5.5, clip_on=False)


def beyond(rows: Iterable[tuple[float, float]], span: tuple[float, float] | None) -> str:
    """Say what the arrows mean, if there are any."""
    if span is None:
        return ""
    low, high = span
    known = [(a, b) for a, b in rows if not (isnan(a) and isnan(b))]
    arrows = any(not a >= low or not b <= high for a, b in known)
    return _BEYOND if arrows else ""


def span_of(
    values: Sequence[float], intervals: Sequence[tuple[float, float]]
) -> tuple[float, float] | None:
    """Return the range that the axis must hold: all values, and intervals unless far too long.

    Examples
    --------
    >>> span_of([1.0, 2.0], [(0.5, 1.5), (1.5, 2.5)])
    (0.5, 2.5)
    >>> span_of([1.0, 2.0, 3.0], [(0.5, 1.5), (1.5, 2.5), (-900.0, 900.0)])
    (-2.0, 6.0)
    """
    dots = [value for value in values if not isnan(value)]
    ends = [end for pair in intervals for end in pair if not isnan(end)]
    if not dots:
        return (min(ends), max(ends)) if ends else None
    widths = [upper - lower for lower, upper in intervals if not isnan(upper - lower)]
    typical = 2 * float(np.median(widths)) if widths else 0.0
    reach = _REACH * max(max(dots) - min(dots), typical) if widths else np.inf
    low, high = min(dots) - reach, max(dots) + reach
    return (max(min([*dots, *ends]), low), min(max([*dots, *ends]), high))


def pairs(
    frame: pd.DataFrame, lower: str = "lower", upper: str = "upper"
) -> list[tuple[float, float]]:
    """Return the intervals of the rows.

    Examples
    --------
    >>> pairs(pd.DataFrame({"lower": [1.0], "upper": [2.0]}))
    [(1.0, 2.0)]
    """
    return [(float(a), float(b)) for a, b in zip(frame[lower], frame[upper], strict=True)]


def zero_line(ax: Axes) -> None:
    """Draw a line at zero where values lie on both sides of it."""
    low, high = ax.get_xlim()
    if low < 0 < high:
        ax.axvline(0, color=theme.MUTED, linewidth=0.8, zorder=0.9)
