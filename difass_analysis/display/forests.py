"""The forest plot: every group with its interval, against the overall value."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from difass_analysis.display import canvas, theme
from difass_analysis.display.canvas import Heading, Sheet, Words
from difass_analysis.display.digits import Digits, digits_for
from difass_analysis.display.frames import (
    interval_name,
    joined,
    missing_word,
    prepared,
    span_cell,
    titled,
    value_cell,
    worded,
)
from difass_analysis.display.marks import beyond, draw_interval, pairs, span_of, zero_line
from difass_analysis.display.rows import OVERALL, say_missing, value_axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

_UNKNOWN = float("nan")
_PREDICTION = "Prediction interval"
_DIAMOND = 5.0  # points, half its height
_ABOVE = 10.0  # points from the middle of the overall row to the line above it


class Pooled(NamedTuple):
    """The overall value of a forest plot, and where a further group would lie.

    Attributes
    ----------
    value, lower, upper : float
        The overall value and its interval; an interval that is not known is NaN.
    prediction : tuple of float
        Lower and upper end of the prediction interval, if there is one.
    label : str
        What the overall value is called.
    """

    value: float
    lower: float = _UNKNOWN
    upper: float = _UNKNOWN
    prediction: tuple[float, float] = (_UNKNOWN, _UNKNOWN)
    label: str = OVERALL


def forest(
    frame: pd.DataFrame,
    *,
    title: str,
    unit: str,
    overall: Pooled | None = None,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw each group with its interval, in the order given, and the overall value below them.

    Answers: which groups differ from the overall value by more than their uncertainty, and how
    far would a further group be expected to lie from it?

    Parameters
    ----------
    frame : pandas.DataFrame
        ``label`` and ``value``; optionally ``lower`` and ``upper`` (one alone is an open
        interval), ``note``, and ``level``, the level of the intervals.
    title, unit : str
        What is shown, and its unit.
    overall : Pooled, optional
        The overall value: a diamond as wide as its interval, and a line through all rows.
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
    >>> frame = pd.DataFrame({"label": ["A"], "value": [1.5], "lower": [1.1], "upper": [1.9]})
    >>> ax = forest(frame, title="Leverage", unit="EUR per EUR", overall=Pooled(1.3, 1.2, 1.4))
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['A', 'Overall']
    >>> close(ax)
    """
    rows = prepared(frame)
    drawn = _with_overall(rows, overall)
    span = span_of(list(drawn["value"]), pairs(drawn))
    digits = digits_for([*drawn["value"], *drawn["lower"], *drawn["upper"]], unit=unit)
    interval = interval_name(frame)
    words = Words(
        title=titled(title, unit),
        reading=_reading(rows, overall, interval=interval, arrows=beyond(pairs(drawn), span)),
        notes=(*digits.notes(), *caveats),
        source=source,
        simulated=simulated,
    )
    if rows.empty:
        return canvas.empty(words, message="No groups: there is nothing to draw.", ax=ax)
    page = canvas.sheet([str(name) for name in drawn["label"]], words=worded(words, rows), ax=ax)
    taken = canvas.columns(page, _columns(drawn, digits, interval=interval))
    value_axis(page, span, unit=unit, taken=taken)
    _draw(page, rows, overall)
    return page.ax


def _with_overall(rows: pd.DataFrame, overall: Pooled | None) -> pd.DataFrame:
    """Add the rows of the overall value and of the prediction interval below the groups."""
    if overall is None:
        return rows
    low, high = overall.prediction
    last = [
        {
            "label": overall.label,
            "value": overall.value,
            "lower": overall.lower,
            "upper": overall.upper,
        },
        {"label": _PREDICTION, "value": _UNKNOWN, "lower": low, "upper": high},
    ]
    kept = last if _predicts(overall) else last[:1]
    added = pd.DataFrame(kept).assign(note="")
    return added if rows.empty else pd.concat([rows, added], ignore_index=True)


def _predicts(overall: Pooled | None) -> bool:
    return overall is not None and not any(map(isnan, overall.prediction))


def _reading(rows: pd.DataFrame, overall: Pooled | None, *, interval: str, arrows: str) -> str:
    known = bool((rows["lower"].notna() | rows["upper"].notna()).any())
    parts = ["dot: value" if rows["value"].notna().any() else ""]
    parts.append(f"line: {interval}" if known else "")
    if overall is not None and not isnan(overall.value):
        parts.append(f"diamond and dotted line: {overall.label.lower()}")
    if _predicts(overall):
        parts.append("dashed line: where a further group would be expected")
    return joined([*parts, arrows])


def _columns(drawn: pd.DataFrame, digits: Digits, *, interval: str) -> list[Heading]:
    rows = drawn.to_dict("records")
    values = tuple("" if row["label"] == _PREDICTION else value_cell(row, digits) for row in rows)
    columns = [Heading(title="value", cells=values, strong=True)]
    if drawn[["lower", "upper"]].notna().any(axis=None):
        ranges = tuple(span_cell(row, digits) for row in rows)
        columns.append(Heading(title=interval, cells=ranges))
    return columns


def _draw(page: Sheet, rows: pd.DataFrame, overall: Pooled | None) -> None:
    ax = page.ax
    zero_line(ax)
    for y, row in zip(page.centres[: len(rows)], rows.to_dict("records"), strict=True):
        draw_interval(ax, y, (row["lower"], row["upper"]))
        if not isnan(row["value"]):
            ax.plot([row["value"]], [y], "o", color=theme.VALUE, markersize=6.5, clip_on=False)
        elif isnan(row["lower"]) and isnan(row["upper"]):
            say_missing(ax, y, text=missing_word(row["note"]))
    if overall is not None:
        _draw_overall(page, overall, place=len(rows))


def _draw_overall(page: Sheet, overall: Pooled, *, place: int) -> None:
    ax, y = page.ax, page.centres[place]
    ax.axhline(y - _ABOVE, color=theme.MUTED, linewidth=0.6)
    if isnan(overall.value):
        say_missing(ax, y)
    else:
        ax.axvline(overall.value, color=theme.INK, linewidth=0.9, linestyle=":", zorder=1)
        _diamond(ax, y, overall)
    if _predicts(overall):
        draw_interval(ax, page.centres[place + 1], overall.prediction, width=2.4, dashed=True)


def _diamond(ax: Axes, y: float, overall: Pooled) -> None:
    if isnan(overall.lower) or isnan(overall.upper):
        ax.plot([overall.value], [y], "D", color=theme.INK, markersize=6.5, clip_on=False)
        return
    ax.fill(
        [overall.lower, overall.value, overall.upper, overall.value],
        [y, y - _DIAMOND, y, y + _DIAMOND],
        facecolor=theme.INK,
        edgecolor=theme.INK,
        linewidth=0.8,
    )
