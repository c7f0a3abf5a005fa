"""The axes of drawings that have no rows: a quiet frame, numbers as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from difass_analysis.display import numbers, theme
from difass_analysis.display.canvas import POINTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

_TICK = 50.0  # points that the number of a tick needs


def dress(ax: Axes) -> None:
    """Give the Axes the look of the family: two thin axes and a grid behind the drawing."""
    for side in ("right", "top"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(theme.MUTED)
    ax.tick_params(
        which="both",
        length=3,
        labelsize=theme.SMALL_SIZE,
        color=theme.MUTED,
        labelcolor=theme.MUTED,
    )
    ax.grid(visible=True, color=theme.GRID, linewidth=0.6)
    ax.set_axisbelow(True)


def number_axis(axis: Axis, *, unit: str, room: float, log: bool = False) -> None:
    """Number an axis with round values, no more than find room (in points)."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

    count = max(2, min(6, int(room / _TICK)))
    if log:
        axis.set_major_locator(LogLocator(base=10, subs=(1.0, 2.0, 5.0), numticks=count * 3))
        axis.set_minor_locator(NullLocator())
    else:
        axis.set_major_locator(MaxNLocator(nbins=count, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda x, _: numbers.axis_text(x, unit=unit)))


def name_axes(ax: Axes, *, x: str, y: str) -> None:
    """Name what is drawn to the right, and above the axis what is drawn upwards."""
    ax.set_xlabel(x, size=theme.SMALL_SIZE, color=theme.MUTED, labelpad=2, parse_math=False)
    ax.annotate(
        y,
        (0, 1),
        xycoords="axes fraction",
        xytext=(0, 7),
        textcoords="offset points",
        ha="left",
        va="bottom",
        size=theme.SMALL_SIZE,
        color=theme.MUTED,
        parse_math=False,
        annotation_clip=False,
    )


def height_of(ax: Axes | None, *, new: float) -> float:
    """Return the height in points of the given Axes, or that of new ones."""
    figure = ax.get_figure(root=True) if ax is not None else None
    if ax is None or figure is None:
        return new
    return float(ax.get_window_extent().height / figure.dpi * POINTS)
