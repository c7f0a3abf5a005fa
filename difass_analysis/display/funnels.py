"""The funnel plot: values against size, with the limits that chance alone would keep to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from difass_analysis.display import canvas, numbers, theme
from difass_analysis.display.canvas import Sheet, Words
from difass_analysis.display.digits import Digits, digits_for
from difass_analysis.display.fields import dress, height_of, name_axes, number_axis
from difass_analysis.display.frames import joined, listed, missing_word, prepared, titled, worded
from difass_analysis.display.sidenotes import NAMES_SHARE, Sidenote, capacity, write_beside

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEIGHT = 290.0  # points
_LOG = 30.0  # sizes that differ so many times are drawn on a log scale
_CURVES = ("lower95", "upper95", "lower998", "upper998")


@dataclass(frozen=True, eq=False, kw_only=True)
class Limits:
    """The limits of a funnel plot, computed elsewhere.

    Attributes
    ----------
    overall : float
        The value that the groups are compared with.
    curves : pandas.DataFrame
        ``size`` and, for each, ``lower95``, ``upper95``, ``lower998``, ``upper998``.
    size_name : str
        What the size is, for example ``operations``.
    """

    overall: float
    curves: pd.DataFrame
    size_name: str = "size"


def funnel(
    frame: pd.DataFrame,
    *,
    limits: Limits,
    title: str,
    unit: str,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw each group as a point by its size, with 95 and 99.8 % limits around the overall value.

    Answers: which groups differ from the overall value by more than groups of their size would
    by chance? Points outside the limits are named.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``label``, ``value`` and ``size`` (or precision: what the limits are drawn against);
        optionally ``note``.
    limits : Limits
        The overall value and the curves.
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
    >>> curves = pd.DataFrame({"size": [1, 50], "lower95": [0.0, 0.8], "upper95": [2.0, 1.2],
    ...                        "lower998": [-0.5, 0.7], "upper998": [2.5, 1.3]})
    >>> frame = pd.DataFrame({"label": ["A", "B"], "value": [1.9, 1.0], "size": [40, 10]})
    >>> ax = funnel(frame, limits=Limits(overall=1.0, curves=curves, size_name="operations"),
    ...             title="Leverage", unit="EUR per EUR")
    >>> [text.get_text() for text in ax.texts]
    ['EUR per EUR', 'A: 1.90']
    >>> close(ax)
    """
    rows = prepared(frame, numeric=("value", "size"), optional=())
    curves = prepared(limits.curves, text=(), numeric=("size", *_CURVES), optional=())
    curves = curves.dropna(subset=["size"]).sort_values("size", kind="stable")
    drawn = rows.dropna(subset=["value", "size"])
    points = drawn.assign(beyond=_beyond(drawn, curves))
    digits = digits_for(points["value"], unit=unit)
    height = height_of(ax, new=_HEIGHT)
    named = _most_beyond(points, overall=limits.overall, most=capacity(height))
    log = _is_log(points)
    words = Words(
        title=titled(title, unit),
        reading=_reading(points, curves, overall=limits.overall),
        notes=(*_unnamed_notes(points, named), *_undrawn_notes(rows), *digits.notes(), *caveats),
        source=source,
        simulated=simulated,
    )
    if points.empty:
        return canvas.empty(worded(words, rows), message="No group with a value and a size.", ax=ax)
    page = canvas.field(_HEIGHT, words=worded(words, rows), ax=ax)
    _set_limits(page.ax, points, curves, overall=limits.overall, log=log)
    _draw_curves(page.ax, curves, overall=limits.overall)
    _draw_points(page.ax, points)
    _dress(page, limits, unit=unit, log=log)
    _name_points(page, named, digits, height=height)
    return page.ax


def _beyond(points: pd.DataFrame, curves: pd.DataFrame) -> list[int]:
    """Return for each point how many of the two limits it lies beyond: 0, 1 or 2."""
    if curves.empty:
        return [0] * len(points)
    counts = np.zeros(len(points), dtype=int)
    for level in ("95", "998"):
        known = curves.dropna(subset=[f"lower{level}", f"upper{level}"])
        if known.empty:
            continue
        lower = np.interp(points["size"], known["size"], known[f"lower{level}"])
        upper = np.interp(points["size"], known["size"], known[f"upper{level}"])
        counts += ((points["value"] < lower) | (points["value"] > upper)).to_numpy().astype(int)
    return [int(count) for count in counts]


def _most_beyond(points: pd.DataFrame, *, overall: float, most: int) -> pd.DataFrame:
    """Choose the points to be named: those beyond the limits, the farthest first."""
    outside = points[points["beyond"] > 0]
    far = (outside["value"] - overall).abs()
    ordered = outside.assign(far=far).sort_values(["beyond", "far"], ascending=False, kind="stable")
    return ordered.head(most)


def _is_log(points: pd.DataFrame) -> bool:
    sizes = points["size"]
    return bool(len(sizes) and sizes.min() > 0 and sizes.max() / sizes.min() >= _LOG)


def _reading(points: pd.DataFrame, curves: pd.DataFrame, *, overall: float) -> str:
    if points.empty:
        return ""
    marks = {0: "open circle: within", 1: "diamond: beyond 95 %", 2: "square: beyond 99.8 %"}
    held = set(points["beyond"])
    return joined(
        [
            *(text for count, text in marks.items() if count in held and not curves.empty),
            "dashed and solid curves: 95 and 99.8 % limits" if not curves.empty else "",
            "" if isnan(overall) else "dotted line: overall",
        ]
    )


def _unnamed_notes(points: pd.DataFrame, named: pd.DataFrame) -> list[str]:
    outside = points[points["beyond"] > 0]
    rest = [str(name) for name in outside.loc[~outside.index.isin(named.index), "label"]]
    return [f"Beyond the limits as well: {listed(rest)}."] if rest else []


def _undrawn_notes(rows: pd.DataFrame) -> list[str]:
    missing = rows[rows[["value", "size"]].isna().any(axis=1)]
    names = [f"{row['label']} ({missing_word(row['note'])})" for row in missing.to_dict("records")]
    return [f"Not drawn: {listed(names)}."] if names else []


def _set_limits(
    ax: Axes, points: pd.DataFrame, curves: pd.DataFrame, *, overall: float, log: bool
) -> None:
    """Hold all points; of the curves, what is near them."""
    middle = curves[(curves["size"] >= points["size"].median())]
    ends = [*points["value"], *middle["lower998"].dropna(), *middle["upper998"].dropna()]
    ends += [] if isnan(overall) else [overall]
    low, high = min(ends), max(ends)
    pad = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
    ax.set_ylim(low - pad, high + pad)
    first, last = float(points["size"].min()), float(points["size"].max())
    if log:
        ax.set_xscale("log")
        ax.set_xlim(first / 1.25, last * 1.25)
    else:
        ax.set_xlim(min(0.0, first), last * 1.06 if last > 0 else first + 1)


def _draw_curves(ax: Axes, curves: pd.DataFrame, *, overall: float) -> None:
    if not isnan(overall):
        ax.axhline(overall, color=theme.INK, linewidth=0.9, linestyle=":")
    for name in _CURVES:
        ax.plot(
            curves["size"],
            curves[name],
            color=theme.MUTED,
            linewidth=1.0,
            linestyle=(0, (5, 3)) if name.endswith("95") else "-",
        )


def _draw_points(ax: Axes, points: pd.DataFrame) -> None:
    looks = {0: ("o", theme.PAPER, 5.0), 1: ("D", theme.BOUNDS, 5.0), 2: ("s", theme.INK, 5.5)}
    for count, (marker, fill, size) in looks.items():
        held = points[points["beyond"] == count]
        if held.empty:
            continue  # the layout would take an empty line for one in the corner of the figure
        ax.plot(
            held["size"],
            held["value"],
            marker,
            markerfacecolor=fill,
            markeredgecolor=theme.VALUE if count == 0 else theme.INK,
            markeredgewidth=1.0,
            markersize=size,
            clip_on=False,
            zorder=3,
        )


def _dress(page: Sheet, limits: Limits, *, unit: str, log: bool) -> None:
    dress(page.ax)
    room = page.width * (1 - NAMES_SHARE)
    number_axis(page.ax.yaxis, unit=unit, room=_HEIGHT)
    number_axis(page.ax.xaxis, unit="", room=room, log=log)
    scale = ", log scale" if log else ""
    name_axes(page.ax, x=f"{limits.size_name}{scale}", y=numbers.unit_text(unit))


def _name_points(page: Sheet, named: pd.DataFrame, digits: Digits, *, height: float) -> None:
    notes = [
        Sidenote(
            x=row["size"], y=row["value"], text=f"{row['label']}: {digits.value(row['value'])}"
        )
        for row in named.to_dict("records")
    ]
    write_beside(page.ax, notes, width=page.width * NAMES_SHARE, height=height)
