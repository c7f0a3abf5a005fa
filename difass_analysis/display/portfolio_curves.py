"""Curves of a loan portfolio: vintages by months on book, and survival without default."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from difass_analysis.display import canvas, numbers, theme
from difass_analysis.display.canvas import Sheet, Words
from difass_analysis.display.fields import dress, height_of, name_axes, number_axis
from difass_analysis.display.frames import interval_name, joined, prepared
from difass_analysis.display.rows import row_notes
from difass_analysis.display.sidenotes import NAMES_SHARE, Sidenote, write_beside

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TALL = 230.0  # points, of the drawing
_NAMED = 6  # curves that can be told apart
_STYLES = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)), "-", (0, (5, 2)))
_MARKERS = ("o", "s", "^", "D", "v", "P")
_MONTHS = "months since disbursement"


def vintage_curves(
    frame: pd.DataFrame,
    *,
    title: str,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw a share by months since disbursement, one curve for each quarter.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a point: ``label`` of the curve, ``month``, ``value`` as a fraction; ``note`` may
        be left out. Of more than six curves those ending highest and lowest are named.
    title : str
        What is shown.
    caveats, source, simulated, ax
        As in the other charts.

    Raises
    ------
    SchemaError
        When a column is missing, or holds something that is no number.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> frame = pd.DataFrame({"label": "2017-Q1", "month": [0, 1, 2], "value": [0, 0.01, 0.03]})
    >>> ax = vintage_curves(frame, title="Written off")
    >>> [text.get_text() for text in ax.texts]
    ['share', '2017-Q1']
    >>> close(ax)
    """
    rows = prepared(frame, numeric=("month", "value"), optional=())
    curves = _curves(rows)
    named = _named(curves)
    reading = joined(
        [
            "one curve a quarter, as far as all its loans have come",
            f"named: highest and lowest of {len(curves)}" if len(curves) > len(named) else "",
        ]
    )
    words = _words(rows, title, reading, caveats, source, simulated)
    if not curves:
        return canvas.empty(words, message="No curve has a value that is known.", ax=ax)
    page, height = _page(words, rows, ax)
    for name, points in curves.items():
        if name not in named:
            page.ax.plot(points["month"], points["value"], color=theme.PALETTE[6], linewidth=0.6)
    for place, name in enumerate(named):
        points = curves[name]
        page.ax.plot(
            points["month"],
            points["value"],
            color=_color(place),
            linewidth=1.6,
            linestyle=_STYLES[place],
        )
    _name(page, curves, named, height=height)
    return page.ax


def survival_curves(
    frame: pd.DataFrame,
    *,
    title: str,
    level: float = 0.95,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw survival curves as steps, with the interval of each as a pale band.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a step: ``label`` of the curve, ``month``, ``value``, ``lower``, ``upper``.
    title : str
        What is shown.
    level : float
        Level of the intervals.
    caveats, source, simulated, ax
        As in the other charts.

    Raises
    ------
    SchemaError
        When a column is missing, or holds something that is no number.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> frame = pd.DataFrame({"label": "all", "month": [0, 5], "value": [1.0, 0.9],
    ...                       "lower": [None, 0.8], "upper": [None, 0.95]})
    >>> ax = survival_curves(frame, title="No default")
    >>> [text.get_text() for text in ax.texts]
    ['share', 'all']
    >>> close(ax)
    """
    rows = prepared(frame, numeric=("month", "value"))
    curves = _curves(rows)
    named = _named(curves)
    band = interval_name(pd.DataFrame({"level": [level]}))
    words = _words(rows, title, f"Step: share; pale band: {band}.", caveats, source, simulated)
    if not curves:
        return canvas.empty(words, message="No curve has a value that is known.", ax=ax)
    page, height = _page(words, rows, ax)
    for place, name in enumerate(named):
        points = curves[name]
        color, style = _color(place), _STYLES[place]
        page.ax.step(
            points["month"], points["value"], where="post", color=color, linestyle=style, lw=1.5
        )
        known = points.dropna(subset=["lower", "upper"])
        page.ax.fill_between(
            known["month"], known["lower"], known["upper"], step="post", color=color, alpha=0.15,
            linewidth=0,
        )  # fmt: skip
    lowest = pd.concat([pd.to_numeric(rows["lower"]), rows["value"]]).min()
    # Where nobody has fallen and no interval is known there is nothing to look at closely.
    page.ax.set_ylim(lowest - (1 - lowest) * 0.1 if 0.5 <= lowest < 1 else 0, 1)
    _name(page, curves, named, height=height)
    return page.ax


def _words(
    rows: pd.DataFrame,
    title: str,
    reading: str,
    caveats: Sequence[str],
    source: str,
    simulated: bool,
) -> Words:
    once = rows.drop_duplicates(["label", "note"])
    notes = row_notes(once, [str(name) for name in once["label"]], told=caveats)
    return Words(
        title=title,
        reading=reading,
        notes=(*notes, *caveats),
        source=source,
        simulated=simulated,
    )


def _curves(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    known = rows.dropna(subset=["month", "value"]).sort_values("month", kind="stable")
    return {
        str(name): points
        for name in dict.fromkeys(rows["label"])
        if len(points := known[known["label"] == name])
    }


def _named(curves: dict[str, pd.DataFrame]) -> list[str]:
    """All curves, or of many those that end highest and lowest."""
    if len(curves) <= _NAMED:
        return list(curves)
    ordered = sorted(curves, key=lambda name: float(curves[name]["value"].iloc[-1]))
    return [*reversed(ordered[-3:]), *reversed(ordered[:3])]


def _page(words: Words, rows: pd.DataFrame, ax: Axes | None) -> tuple[Sheet, float]:
    from matplotlib.ticker import MaxNLocator

    height = height_of(ax, new=_TALL)
    width = canvas.room(ax) * (1 - NAMES_SHARE)
    page = canvas.field(height, words=words, ax=ax)
    dress(page.ax)
    page.ax.set_xlim(0, max(1.0, float(rows["month"].max())))
    page.ax.set_ylim(0, max(0.001, float(rows["value"].max()) * 1.08))
    number_axis(page.ax.xaxis, unit="", room=width)
    number_axis(page.ax.yaxis, unit=numbers.SHARE, room=height)
    page.ax.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    name_axes(page.ax, x=_MONTHS, y="share")
    return page, height


def _color(place: int) -> str:
    return theme.PALETTE[place] if place < len(theme.PALETTE) - 1 else theme.INK


def _name(
    page: Sheet, curves: dict[str, pd.DataFrame], named: Sequence[str], *, height: float
) -> None:
    notes = []
    for place, name in enumerate(named):
        last = curves[name].iloc[-1]
        x, y = float(last["month"]), float(last["value"])
        page.ax.plot(
            [x], [y], _MARKERS[place], color=_color(place), markersize=5, zorder=3, clip_on=False
        )
        notes.append(Sidenote(x=x, y=y, text=name))
    write_beside(page.ax, notes, width=page.width * NAMES_SHARE, height=height)
