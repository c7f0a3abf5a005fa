"""The tornado: how far each uncertain value moves a result, the others held at their centre."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.display import canvas, theme
from difass_analysis.display.canvas import Heading, Words
from difass_analysis.display.digits import Digits, digits_for
from difass_analysis.display.frames import titled
from difass_analysis.display.rows import value_axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

_HEIGHT = 11.0
_READING = "plain end: value at its low end; hatched end: at its high end; line: central values"


def tornado(
    frame: pd.DataFrame,
    *,
    title: str,
    unit: str,
    centre: float,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw one bar for each uncertain value, the one that matters most on top.

    Answers: what must be known better before the result can be trusted?

    Parameters
    ----------
    frame : pandas.DataFrame
        ``factor``, ``at_low`` and ``at_high``: the result with that value at its low and high end.
    title, unit : str
        What is shown, and its unit.
    centre : float
        The result at central values.
    caveats, source : sequence of str, str
        Sentences and the source line under the picture.
    simulated : bool
        Whether the data are simulated; the picture then says so.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; a new figure is made without it.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> frame = pd.DataFrame({"factor": ["deadweight"], "at_low": [110.0], "at_high": [70.0]})
    >>> ax = tornado(frame, title="Net jobs", unit="jobs", centre=89.1)
    >>> close(ax)
    """
    words = Words(
        title=titled(title, unit),
        reading=_READING if len(frame) else "",
        notes=tuple(caveats),
        source=source,
        simulated=simulated,
    )
    if frame.empty:
        return canvas.empty(words, message="No value has a range: nothing moves.", ax=ax)
    page = canvas.sheet([str(name) for name in frame["factor"]], words=words, ax=ax)
    ends = [*frame["at_low"], *frame["at_high"], centre]
    digits = digits_for(ends, unit=unit)
    taken = canvas.columns(page, _columns(frame, digits))
    value_axis(page, _span(ends), unit=unit, taken=taken)
    for y, row in zip(page.centres, frame.to_dict("records"), strict=True):
        _draw_row(page.ax, y, row, centre=centre)
    page.ax.axvline(centre, color=theme.INK, linewidth=1.0, zorder=3)
    return page.ax


def _span(ends: Sequence[float]) -> tuple[float, float]:
    low, high = min(ends), max(ends)
    pad = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    return low - pad, high + pad


def _columns(frame: pd.DataFrame, digits: Digits) -> list[Heading]:
    return [
        Heading(title=title, cells=tuple(digits.value(one) for one in frame[name]))
        for title, name in (("at low", "at_low"), ("at high", "at_high"))
    ]


def _draw_row(ax: Axes, y: float, row: dict[Any, Any], *, centre: float) -> None:
    for name, hatch in (("at_low", ""), ("at_high", "////")):
        ax.barh(
            y,
            row[name] - centre,
            left=centre,
            height=_HEIGHT,
            facecolor=theme.BOUNDS if hatch else theme.VALUE,
            edgecolor=theme.PAPER if hatch else theme.VALUE,
            hatch=hatch,
            linewidth=0,
            zorder=2,
        )
