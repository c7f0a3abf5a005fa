"""The dumbbell: every group at two times, and the way between them."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.display import canvas, theme
from difass_analysis.display.canvas import Heading, Words
from difass_analysis.display.digits import Digits, digits_for
from difass_analysis.display.frames import (
    interval_name,
    joined,
    missing_word,
    prepared,
    titled,
    value_cell,
    worded,
)
from difass_analysis.display.marks import beyond, draw_interval, pairs, span_of, zero_line
from difass_analysis.display.rows import say_missing, value_axis
from difass_analysis.display.typeset import width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

_TIMES = ("before", "after")
_OTHER_MISSING = "?"
_ARROW = " \u2192 "
_HEADING = 120.0  # points for the heading of the figures
_APART = 4.0  # points between the two intervals of a row


def dumbbell(
    frame: pd.DataFrame,
    *,
    title: str,
    unit: str,
    periods: tuple[str, str] = _TIMES,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw each group at two times, joined by a line, in the order given.

    Answers: which groups rose, which fell, and by how much of what they were?

    Parameters
    ----------
    frame : pandas.DataFrame
        ``label``, ``before`` and ``after``; optionally ``before_lower``, ``before_upper``,
        ``after_lower``, ``after_upper``, ``note``, and ``level``, the level of the intervals.
    title, unit : str
        What is shown, and its unit.
    periods : tuple of str
        Names of the two times.
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
    >>> frame = pd.DataFrame({"label": ["A"], "before": [1.0], "after": [1.5]})
    >>> ax = dumbbell(frame, title="Leverage", unit="EUR per EUR", periods=("2017", "2018"))
    >>> [text.get_text() for text in ax.texts]
    ['1.00 \u2192 1.50', '2017 \u2192 2018']
    >>> close(ax)
    """
    ends = [f"{time}_{end}" for time in _TIMES for end in ("lower", "upper")]
    rows = prepared(frame, numeric=_TIMES, optional=ends)
    held = [pair for time in _TIMES for pair in _pairs(rows, time)]
    span = span_of([*rows["before"], *rows["after"]], held)
    digits = digits_for([value for name in _TIMES for value in rows[name]], unit=unit)
    words = Words(
        title=titled(title, unit),
        reading=_reading(frame, rows, periods=periods, arrows=beyond(held, span)),
        notes=(*digits.notes(), *caveats),
        source=source,
        simulated=simulated,
    )
    if rows.empty:
        return canvas.empty(words, message="No groups: there is nothing to draw.", ax=ax)
    page = canvas.sheet([str(name) for name in rows["label"]], words=worded(words, rows), ax=ax)
    taken = canvas.columns(page, _columns(rows, digits, periods=periods))
    value_axis(page, span, unit=unit, taken=taken)
    zero_line(page.ax)
    for y, row in zip(page.centres, rows.to_dict("records"), strict=True):
        _draw_row(page.ax, y, row)
    return page.ax


def _pairs(rows: pd.DataFrame, time: str) -> list[tuple[float, float]]:
    return pairs(rows, f"{time}_lower", f"{time}_upper")


def _reading(
    frame: pd.DataFrame, rows: pd.DataFrame, *, periods: tuple[str, str], arrows: str
) -> str:
    interval = any(not isnan(end) for time in _TIMES for pair in _pairs(rows, time) for end in pair)
    return joined(
        [
            f"open circle: {periods[0]}",
            f"filled circle: {periods[1]}",
            "?: the other one is missing" if _one_missing(rows) else "",
            f"thin lines: {interval_name(frame)} ({periods[0]} above, {periods[1]} below)"
            if interval
            else "",
            arrows,
        ]
    )


def _one_missing(rows: pd.DataFrame) -> bool:
    return bool((rows["before"].isna() != rows["after"].isna()).any())


def _columns(rows: pd.DataFrame, digits: Digits, *, periods: tuple[str, str]) -> list[Heading]:
    title = _ARROW.join(periods)
    if width_of(title, size=theme.SMALL_SIZE) > _HEADING:
        title = _ARROW.join(_TIMES)
    cells = tuple(_cell(row, digits) for row in rows.to_dict("records"))
    return [Heading(title=title, cells=cells, strong=True)]


def _cell(row: dict[Any, Any], digits: Digits) -> str:
    if isnan(row["before"]) and isnan(row["after"]):
        return missing_word(row["note"])
    return _ARROW.join(value_cell(row, digits, name=time) for time in _TIMES)


def _draw_row(ax: Axes, y: float, row: dict[Any, Any]) -> None:
    before, after = row["before"], row["after"]
    for time, shift in zip(_TIMES, (-_APART, _APART), strict=True):
        draw_interval(ax, y + shift, (row[f"{time}_lower"], row[f"{time}_upper"]), width=0.8)
    if not isnan(before + after):
        ax.plot([before, after], [y, y], color=theme.PALETTE[6], linewidth=3.2, zorder=2.1)
    for value, fill in ((before, theme.PAPER), (after, theme.VALUE)):
        ax.plot(
            [value],
            [y],
            "o",
            markerfacecolor=fill,
            markeredgecolor=theme.VALUE,
            markeredgewidth=1.5,
            markersize=7,
            clip_on=False,
            zorder=3,
        )
    _say_missing(ax, y, row)


def _say_missing(ax: Axes, y: float, row: dict[Any, Any]) -> None:
    """Name what is missing; a question mark stands beside the one value that is there."""
    held = [row[time] for time in _TIMES if not isnan(row[time])]
    if not held:
        say_missing(ax, y, text=missing_word(row["note"]))
    elif len(held) == 1:
        say_missing(ax, y, x=held[0], text=_OTHER_MISSING)
