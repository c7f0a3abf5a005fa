"""The waterfall: how the parts of a gap lead from one value to another."""

from __future__ import annotations

from math import isclose, isnan
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.display import canvas, theme
from difass_analysis.display.canvas import Heading, Sheet, Words
from difass_analysis.display.digits import Digits, digits_for_sum
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
from difass_analysis.display.rows import say_missing, value_axis
from difass_analysis.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

_KINDS = ("start", "part", "end")
_FROM_ZERO = 0.25  # zero is kept in view if the parts fill so much of the way from it
_HEIGHT = 11.0


def waterfall(
    frame: pd.DataFrame,
    *,
    title: str,
    unit: str,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the way from a start through its parts to an end, from top to bottom.

    Answers: what is the gap made of, and which parts work against it?

    Parameters
    ----------
    frame : pandas.DataFrame
        ``label``, ``value`` and ``kind``: ``start`` (a level; the first row), ``part`` (a
        change, with its sign) or ``end`` (a level); optionally ``lower`` and ``upper`` of the
        parts, ``note``, and ``level``, the level of these intervals.
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
        When a column is missing, or ``kind`` is none of the three.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> frame = pd.DataFrame({"label": ["Rest", "Mix", "Rates", "Region"],
    ...                       "kind": ["start", "part", "part", "end"],
    ...                       "value": [1.0, 0.5, -0.2, 1.3]})
    >>> ax = waterfall(frame, title="Leverage", unit="EUR per EUR")
    >>> [text.get_text() for text in ax.texts][:4]
    ['1.000', '+0.500', '\u22120.200', '1.300']
    >>> close(ax)
    """
    rows = prepared(frame, text=("label", "kind"))
    _check_kinds(rows)
    steps = _steps(rows)
    parts = rows.loc[rows["kind"] == "part", "value"].tolist()
    digits = digits_for_sum(rows["value"].tolist(), parts, unit=unit)
    low, high, zero = _range(steps)
    words = Words(
        title=titled(title, unit),
        reading=_reading(frame, steps, zero=zero),
        notes=(*_closing_notes(steps, digits), *digits.notes(changes=True), *caveats),
        source=source,
        simulated=simulated,
    )
    if rows.empty:
        return canvas.empty(words, message="No parts: there is nothing to draw.", ax=ax)
    page = canvas.sheet([str(name) for name in rows["label"]], words=worded(words, rows), ax=ax)
    taken = canvas.columns(page, _columns(steps, digits, name=interval_name(frame)))
    value_axis(page, (low, high), unit=unit, taken=taken)
    _limit(page.ax, low, high, zero=zero)
    _draw(page, steps, zero=zero)
    return page.ax


def _check_kinds(rows: pd.DataFrame) -> None:
    wrong = sorted(set(rows["kind"]) - set(_KINDS))
    if wrong:
        raise SchemaError(
            f"Column kind of this picture holds {', '.join(map(repr, wrong[:3]))}.",
            todo=f"Offered: {', '.join(_KINDS)}.",
        )


def _steps(rows: pd.DataFrame) -> pd.DataFrame:
    """Add to each row where its bar begins and ends: a part where the last row ended."""
    at = 0.0
    begins, ends = [], []
    for kind, value in zip(rows["kind"], rows["value"], strict=True):
        begins.append(at if kind == "part" else 0.0)
        if not isnan(value):
            at = at + value if kind == "part" else value
        ends.append(at)
    return rows.assign(begin=begins, end=ends)


def _range(steps: pd.DataFrame) -> tuple[float, float, bool]:
    """Return the lowest and highest place on the axis, and whether zero is in view."""
    parts = steps["kind"] == "part"
    places = [*steps["end"], *steps.loc[parts, "begin"]]
    for end in ("lower", "upper"):
        places += list((steps["begin"] + steps[end])[parts].dropna())
    low, high = min(places, default=0.0), max(places, default=1.0)
    zero = low <= 0 <= high or high - low >= _FROM_ZERO * max(abs(low), abs(high))
    zero = zero or not bool(parts.any())
    return (min(low, 0.0), max(high, 0.0), True) if zero else (low, high, False)


def _limit(ax: Axes, low: float, high: float, *, zero: bool) -> None:
    if zero or low == high:
        return
    pad = (high - low) * 0.12
    ax.set_xlim(low - pad, high + pad)


def _reading(frame: pd.DataFrame, steps: pd.DataFrame, *, zero: bool) -> str:
    parts = steps[steps["kind"] == "part"]
    level = "dark bars" if zero else "diamonds"
    return joined(
        [
            f"{level}: the values compared",
            "plain bar: adds to it" if (parts["value"] > 0).any() else "",
            "hatched bar: takes from it" if (parts["value"] < 0).any() else "",
            f"thin line: {interval_name(frame)} of the part" if _has_range(parts) else "",
            "" if zero else "the axis does not start at zero",
        ]
    )


def _has_range(parts: pd.DataFrame) -> bool:
    return bool((parts["lower"].notna() & parts["upper"].notna()).any())


def _closing_notes(steps: pd.DataFrame, digits: Digits) -> list[str]:
    """Say where the parts do not lead to the end that is given."""
    parts = steps[steps["kind"] == "part"]
    if parts["value"].isna().any():
        return ["A part is not known: the bars do not lead all the way to the end."]
    ends = steps.index[(steps["kind"] == "end") & steps["value"].notna()]
    notes = []
    for place in ends:
        reached = steps["end"].get(place - 1, default=float("nan"))
        value = steps.loc[place, "value"]
        scale = float(steps["value"].abs().max())
        if place and not isclose(reached, value, rel_tol=1e-9, abs_tol=1e-9 * scale):
            texts = digits.value(reached), digits.value(value)
            notes.append(f"The parts lead to {texts[0]}, not to the {texts[1]} that is given.")
    return notes


def _columns(steps: pd.DataFrame, digits: Digits, *, name: str) -> list[Heading]:
    rows = steps.to_dict("records")
    columns = [Heading(title="value", cells=tuple(_cell(row, digits) for row in rows), strong=True)]
    if not _has_range(steps[steps["kind"] == "part"]):
        return columns
    ranges = tuple(
        span_cell(row, digits, change=True) if row["kind"] == "part" else "" for row in rows
    )
    return [*columns, Heading(title=name, cells=ranges)]


def _cell(row: dict[Any, Any], digits: Digits) -> str:
    if row["kind"] == "part" and not isnan(row["value"]):
        return digits.change(row["value"])
    return value_cell(row, digits)


def _draw(page: Sheet, steps: pd.DataFrame, *, zero: bool) -> None:
    rows = steps.to_dict("records")
    for place, (y, row) in enumerate(zip(page.centres, rows, strict=True)):
        if row["kind"] == "part":
            _draw_part(page.ax, y, row)
        else:
            _draw_level(page.ax, y, row, zero=zero)
        if place + 1 < len(rows) and not isnan(row["value"]):
            below = page.centres[place + 1]
            ends = [row["end"], row["end"]]
            page.ax.plot(ends, [y, below], color=theme.MUTED, linewidth=0.8, zorder=1.5)
    low, high = page.ax.get_xlim()
    if low <= 0 <= high:
        page.ax.axvline(0, color=theme.MUTED, linewidth=0.8, zorder=1)


def _draw_level(ax: Axes, y: float, row: dict[Any, Any], *, zero: bool) -> None:
    if isnan(row["value"]):
        say_missing(ax, y, text=missing_word(row["note"]))
    elif zero:
        ax.barh(y, row["value"], height=_HEIGHT, color=theme.MUTED, linewidth=0, zorder=2)
    else:
        ax.plot([row["value"]], [y], "D", color=theme.MUTED, markersize=7, zorder=3)


def _draw_part(ax: Axes, y: float, row: dict[Any, Any]) -> None:
    if isnan(row["value"]):
        say_missing(ax, y, x=row["begin"], text=missing_word(row["note"]))
        return
    rises = row["value"] >= 0
    ax.barh(
        y,
        row["value"],
        left=row["begin"],
        height=_HEIGHT,
        facecolor=theme.VALUE if rises else theme.BOUNDS,
        edgecolor=theme.VALUE if rises else theme.PAPER,
        hatch="" if rises else "////",
        linewidth=0.8 if rises else 0,
        zorder=2,
    )
    ends = [row["begin"] + row["lower"], row["begin"] + row["upper"]]
    if not any(map(isnan, ends)):
        ax.plot(ends, [y, y], "|-", color=theme.INK, linewidth=1.0, markersize=5, zorder=3)
