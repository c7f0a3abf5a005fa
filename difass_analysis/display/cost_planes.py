"""The cost-effectiveness plane, and how likely a scheme pays by what an effect is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.display import canvas, theme
from difass_analysis.display.canvas import Sheet, Words
from difass_analysis.display.fields import dress, height_of, name_axes, number_axis
from difass_analysis.display.frames import prepared
from difass_analysis.display.sidenotes import Sidenote, write_beside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

_HEIGHT = 230.0  # points
_NAMES = 0.2  # share of the width for the names of the schemes
_DASHES = ("-", "--", ":", "-.")


def cost_plane(
    frame: pd.DataFrame,
    *,
    title: str,
    cost_unit: str,
    effect_unit: str,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw what each scheme costs and gains more than another, with the region of its uncertainty.

    Answers: is it dearer and better, and how sure is that?

    Parameters
    ----------
    frame : pandas.DataFrame
        ``scheme``, ``cost_difference``, ``effect_difference``, ``cost_se``, ``effect_se``,
        ``covariance``; missing errors draw a point alone. Optionally ``level``, that of the joint
        region (an ellipse), 0.95 without.
    title, cost_unit, effect_unit : str
        What is shown, and the units.
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
    >>> frame = pd.DataFrame({"scheme": ["b"], "cost_difference": [5.0], "cost_se": [0.8],
    ...     "effect_difference": [4.0], "effect_se": [0.8], "covariance": [0.6]})
    >>> ax = cost_plane(frame, title="Against a", cost_unit="EUR", effect_unit="jobs")
    >>> ax.get_xlabel()
    'difference in effect (jobs)'
    >>> close(ax)
    """
    numeric = ("cost_difference", "effect_difference", "cost_se", "effect_se", "covariance")
    rows = prepared(frame.assign(label=frame["scheme"]), numeric=numeric, optional=())
    known = rows.dropna(subset=["cost_difference", "effect_difference"])
    level = float(frame["level"].iloc[0]) if "level" in frame and len(frame) else 0.95
    reading = f"dot: estimate; closed line: {level:.0%} region of both; corner: no difference"
    words = Words(
        title=title,
        reading=reading if len(known) else "",
        notes=tuple(caveats),
        source=source,
        simulated=simulated,
    )
    if known.empty:
        return canvas.empty(words, message="No scheme to compare.", ax=ax)
    height = height_of(ax, new=_HEIGHT)
    page = canvas.field(height, words=words, ax=ax)
    for row in known.to_dict("records"):
        _draw_scheme(page.ax, row, level=level)
    page.ax.axhline(0, color=theme.INK, linewidth=0.8, zorder=1.5)
    page.ax.axvline(0, color=theme.INK, linewidth=0.8, zorder=1.5)
    _dress_plane(page, cost_unit=cost_unit, effect_unit=effect_unit)
    notes = [
        Sidenote(x=row["effect_difference"], y=row["cost_difference"], text=str(row["label"]))
        for row in known.to_dict("records")
    ]
    write_beside(page.ax, notes, width=page.width * _NAMES, height=height)
    return page.ax


def _draw_scheme(ax: Axes, row: dict[Any, Any], *, level: float) -> None:
    ax.plot(row["effect_difference"], row["cost_difference"], "o", color=theme.VALUE, zorder=3)
    outline = _ellipse(row, level=level)
    if outline is not None:
        ax.plot(outline[0], outline[1], "-", color=theme.VALUE, linewidth=1.0, zorder=2)


def _ellipse(row: dict[Any, Any], *, level: float) -> NDArray[np.float64] | None:
    """Outline of the joint normal region: its radius is that of chi-squared on two degrees."""
    covariance = np.array(
        [
            [row["effect_se"] ** 2, row["covariance"]],
            [row["covariance"], row["cost_se"] ** 2],
        ]
    )
    if np.isnan(covariance).any():
        return None
    values, vectors = np.linalg.eigh(covariance)
    turn = np.linspace(0, 2 * np.pi, 200)
    radius = np.sqrt(-2 * np.log(1 - level))
    circle = radius * np.sqrt(np.maximum(values, 0.0))[:, None] * [np.cos(turn), np.sin(turn)]
    centre = np.array([[row["effect_difference"]], [row["cost_difference"]]])
    return np.asarray(centre + vectors @ circle)


def _dress_plane(page: Sheet, *, cost_unit: str, effect_unit: str) -> None:
    dress(page.ax)
    number_axis(page.ax.yaxis, unit=cost_unit, room=_HEIGHT)
    number_axis(page.ax.xaxis, unit="", room=page.width * (1 - _NAMES))
    name_axes(
        page.ax,
        x=_named("difference in effect", effect_unit),
        y=_named("difference in cost", cost_unit),
    )


def _named(text: str, unit: str) -> str:
    return f"{text} ({unit})" if unit else text


def acceptability_curve(
    frame: pd.DataFrame,
    *,
    title: str,
    cost_unit: str,
    effect_unit: str,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the probability that a scheme pays, by what one unit of effect is worth.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``scheme``, ``worth`` and ``probability`` (0 to 1).
    title, cost_unit, effect_unit : str
        What is shown, and the units.
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
    >>> frame = pd.DataFrame({"scheme": "b", "worth": [0, 10], "probability": [0.1, 0.9]})
    >>> ax = acceptability_curve(frame, title="b against a", cost_unit="EUR", effect_unit="jobs")
    >>> ax.get_xlabel()
    'worth of one more unit of effect (EUR; counted in jobs)'
    >>> close(ax)
    """
    named = frame.assign(label=frame["scheme"])
    rows = prepared(named, numeric=("worth", "probability"), optional=())
    known = rows.dropna(subset=["worth", "probability"])
    words = Words(title=title, notes=tuple(caveats), source=source, simulated=simulated)
    if known.empty:
        return canvas.empty(words, message="No probability is known.", ax=ax)
    height = height_of(ax, new=_HEIGHT)
    page = canvas.field(height, words=words, ax=ax)
    notes = []
    for place, (name, part) in enumerate(known.groupby("label", sort=False)):
        points = part.sort_values("worth")
        style, color = _DASHES[place % len(_DASHES)], theme.PALETTE[place % len(theme.PALETTE)]
        page.ax.plot(points["worth"], points["probability"], style, color=color, linewidth=1.6)
        # Many curves end at the same height: they are named where they pass even odds.
        even = points.iloc[int((points["probability"] - 0.5).abs().to_numpy().argmin())]
        notes.append(Sidenote(x=even["worth"], y=even["probability"], text=str(name)))
    page.ax.set_ylim(0.0, 1.0)
    dress(page.ax)
    number_axis(page.ax.yaxis, unit="share", room=_HEIGHT)
    number_axis(page.ax.xaxis, unit=cost_unit, room=page.width * (1 - _NAMES))
    units = [cost_unit, f"counted in {effect_unit}" if effect_unit else ""]
    counted = "; ".join(one for one in units if one)
    name_axes(
        page.ax,
        x=_named("worth of one more unit of effect", counted),
        y="probability that it pays",
    )
    write_beside(page.ax, notes, width=page.width * _NAMES, height=height)
    return page.ax
