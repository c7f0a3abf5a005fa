"""What the charts share: the names of their rows and the axis under them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from difass_analysis.display import numbers, theme
from difass_analysis.display.canvas import Sheet
from difass_analysis.display.tables import group_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OVERALL = "Overall"
_TICK = 42.0  # points that the label of a tick needs


def group_labels(frame: pd.DataFrame, *, by: Sequence[str]) -> list[str]:
    """Name the group of each row, joining several group columns.

    Examples
    --------
    >>> group_labels(pd.DataFrame({"year": [2017], "region": ["ITH5"]}), by=["region", "year"])
    ['ITH5, 2017']
    >>> group_labels(pd.DataFrame({"value": [1.0]}), by=[])
    ['Overall']
    """
    rows = frame.to_dict("records")
    return [", ".join(group_text(row[name]) for name in by) or OVERALL for row in rows]


def say_missing(ax: Axes, y: float, *, x: float = 0.0, text: str = numbers.NOT_KNOWN) -> None:
    """Write into the drawing, right of ``x``, that something is not known."""
    ax.annotate(
        text,
        (x, y),
        xycoords=("data" if x else "axes fraction", "data"),
        xytext=(5, 0),
        textcoords="offset points",
        va="center_baseline",
        color=theme.MUTED,
        style="italic",
        size=theme.SMALL_SIZE,
        parse_math=False,
    )


def value_axis(page: Sheet, span: tuple[float, float] | None, *, unit: str, taken: float) -> None:
    """Set limits that hold all rows; zero is kept in view unless that would hide differences."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax = page.ax
    if span is None:
        ax.set_xticks([])
        return
    low, high = span
    if low == high:
        low, high = min(low, 0.0), max(high, 0.0) or 1.0
    elif low >= 0 and high - low >= 0.1 * high:
        low = 0.0
    pad = (high - low) * 0.05
    ax.set_xlim(low if low == 0 else low - pad, high if high == 0 else high + pad)
    labels = int((page.width - page.indent - taken) / _TICK)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=max(1, min(5, labels)), steps=[1, 2, 2.5, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: numbers.axis_text(x, unit=unit)))
