"""An outcome against a framework condition, one point a region, each with its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from difass_analysis.display import canvas, theme
from difass_analysis.display.canvas import Words
from difass_analysis.display.fields import dress, height_of, name_axes, number_axis
from difass_analysis.display.nearby import write_nearby
from difass_analysis.display.numbers import unit_text
from difass_analysis.display.sidenotes import NAMES_SHARE, Sidenote, capacity, write_beside

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEIGHT = 230.0  # points
_MARGINS = 50.0
_MOST = 40


def scatter(
    frame: pd.DataFrame,
    *,
    condition: str,
    outcome: str,
    unit: str,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw regions by a condition (to the right) and an outcome (upwards).

    Parameters
    ----------
    frame : pandas.DataFrame
        ``region``, ``x`` (the condition) and ``y`` (the outcome).
    condition, outcome : str
        What is drawn to the right, and upwards.
    unit : str
        Unit of the outcome.
    caveats, source : sequence of str, str
        Sentences and the source line under the picture.
    simulated : bool
        Whether the data are simulated; the picture then says so.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; a new figure is made without it.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> frame = pd.DataFrame({"region": ["A", "B"], "x": [1.0, 2.0], "y": [1.0, 3.0]})
    >>> ax = scatter(frame, condition="quality", outcome="ratio", unit="x")
    >>> ax.get_xlabel()
    'quality'
    >>> close(ax)
    """
    words = Words(
        title=f"{outcome} by {condition}",
        reading="one point a region",
        notes=tuple(caveats),
        source=source,
        simulated=simulated,
    )
    rows = frame.dropna(subset=["x", "y"])
    if rows.empty:
        return canvas.empty(words, message="No region has both values.", ax=ax)
    height = height_of(ax, new=_HEIGHT)
    page = canvas.field(_HEIGHT, words=words, ax=ax)
    page.ax.plot(rows["x"], rows["y"], "o", color=theme.VALUE, markersize=6, zorder=3)
    page.ax.margins(0.08)
    dress(page.ax)
    number_axis(page.ax.xaxis, unit="", room=page.width * (1 - NAMES_SHARE))
    number_axis(page.ax.yaxis, unit=unit, room=height)
    written = unit_text(unit)
    name_axes(page.ax, x=condition, y=f"{outcome}, {written}" if written else outcome)
    notes = [
        Sidenote(x=row["x"], y=row["y"], text=str(row["region"])) for row in rows.to_dict("records")
    ]
    share = page.width * NAMES_SHARE
    rest = write_nearby(page.ax, notes[:_MOST], width=page.width - share - _MARGINS, height=height)
    write_beside(page.ax, rest[: capacity(height)], width=share, height=height)
    return page.ax
