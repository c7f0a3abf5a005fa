"""The fan of a fund: how wide a projection opens over the years."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from difass_analysis.display import canvas, theme
from difass_analysis.display.canvas import Words
from difass_analysis.display.fields import dress, height_of, name_axes, number_axis
from difass_analysis.display.frames import prepared, titled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

_HEIGHT = 230.0  # points
_BANDS = (("p5", "p95", 0.18), ("p25", "p75", 0.42))
_SPREAD = ("p5", "p25", "p50", "p75", "p95")


def fund_fan(
    frame: pd.DataFrame,
    *,
    title: str,
    unit: str,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw percentiles of a projection over the years, as a fan around its middle.

    Answers: how far may the fund be off the central path, and by when?

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a time: ``year``, ``central``, ``p5``, ``p25``, ``p50``, ``p75``, ``p95``.
    title, unit : str
        What is shown, and its unit.
    caveats, source : sequence of str, str
        Sentences and the source line under the picture.
    simulated : bool
        Whether the data are simulated; the picture then says so.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; a new figure is made without it.

    Raises
    ------
    SchemaError
        When a column is missing, or holds something that is no number.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> frame = pd.DataFrame({"year": [0, 1], "central": [1, 0.9], "p5": [1, 0.7],
    ...                       "p25": [1, 0.8], "p50": [1, 0.9], "p75": [1, 0.95], "p95": [1, 1]})
    >>> ax = fund_fan(frame, title="Projection: capital", unit="EUR")
    >>> ax.get_xlabel()
    'years from the start'
    >>> close(ax)
    """
    rows = prepared(frame, text=(), numeric=("year", "central", *_SPREAD), optional=())
    words = Words(
        title=titled(title, unit),
        reading="Line: middle of the runs; dark band: half of them; light band: nine in ten; "
        "dashed: all assumptions at their central values.",
        notes=tuple(caveats),
        source=source,
        simulated=simulated,
    )
    if len(rows) < 2:
        return canvas.empty(words, message="Fewer than two times: there is no fan.", ax=ax)
    height = height_of(ax, new=_HEIGHT)
    page = canvas.field(height, words=words, ax=ax)
    years = rows["year"].to_numpy(float)
    for low, high, opacity in _BANDS:
        page.ax.fill_between(
            years, rows[low], rows[high], color=theme.VALUE, alpha=opacity, linewidth=0
        )
    page.ax.plot(years, rows["p50"], color=theme.VALUE, linewidth=1.8)
    page.ax.plot(years, rows["central"], color=theme.INK, linewidth=1.1, linestyle=(0, (5, 2)))
    dress(page.ax)
    page.ax.set_xlim(float(years.min()), float(years.max()))
    page.ax.set_ylim(0, float(rows[["p95", "central"]].to_numpy().max()) * 1.06 or 1.0)
    number_axis(page.ax.xaxis, unit="years", room=page.width)
    number_axis(page.ax.yaxis, unit=unit, room=height)
    name_axes(page.ax, x="years from the start", y=unit)
    return page.ax
