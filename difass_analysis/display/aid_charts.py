"""Aid used against a ceiling: one bar an undertaking, and what is left of it."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.display import canvas, theme
from difass_analysis.display.canvas import Heading, Words
from difass_analysis.display.digits import Digits, digits_for
from difass_analysis.display.frames import joined, prepared, titled, value_cell, worded
from difass_analysis.display.rows import value_axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

_MOST = 40  # undertakings in one picture
_HALF = 5.0  # points of half a bar


def headroom(
    frame: pd.DataFrame,
    *,
    title: str,
    unit: str,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw aid used against the ceiling, the fullest first.

    Answers: who has used how much, who may receive how much more, and who is above?

    Parameters
    ----------
    frame : pandas.DataFrame
        ``label``, ``used``, ``ceiling``, ``headroom`` (missing where it is not known); optionally
        ``note``.
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
    >>> frame = pd.DataFrame({"label": ["A"], "used": [2e5], "ceiling": [3e5], "headroom": [1e5]})
    >>> ax = headroom(frame, title="De minimis aid", unit="EUR")
    >>> [text.get_text() for text in ax.texts]
    ['200,000', 'used', '100,000', 'headroom']
    >>> close(ax)
    """
    rows = prepared(frame, numeric=("used", "ceiling", "headroom"), optional=())
    fullness = (rows["used"] / rows["ceiling"]).fillna(0)
    shown = rows.assign(_full=fullness).sort_values("_full", ascending=False, kind="stable")
    shown = shown.head(_MOST).drop(columns="_full").reset_index(drop=True)
    digits = digits_for([*shown["used"], *shown["headroom"]], unit=unit)
    words = Words(
        title=titled(title, unit),
        reading=_reading(shown),
        notes=(*_left_out(len(rows)), *digits.notes(), *caveats),
        source=source,
        simulated=simulated,
    )
    if shown.empty:
        return canvas.empty(words, message="No undertaking has received aid.", ax=ax)
    page = canvas.sheet([str(name) for name in shown["label"]], words=worded(words, shown), ax=ax)
    taken = canvas.columns(page, _columns(shown, digits))
    top = float(max(shown["used"].max(), shown["ceiling"].max()))
    value_axis(page, (0.0, top), unit=unit, taken=taken)
    for y, row in zip(page.centres, shown.to_dict("records"), strict=True):
        _draw_row(page.ax, y, row)
    return page.ax


def _reading(rows: pd.DataFrame) -> str:
    above = bool((rows["used"] > rows["ceiling"]).any())
    return joined(
        [
            "bar: aid in the window",
            "upright line: ceiling",
            "hatched: above the ceiling" if above else "",
        ]
    )


def _left_out(count: int) -> tuple[str, ...]:
    more = count - _MOST
    return (f"The {_MOST} fullest of {count:,} are shown.",) if more > 0 else ()


def _columns(rows: pd.DataFrame, digits: Digits) -> list[Heading]:
    records = rows.to_dict("records")
    left = [
        "above" if row["used"] > row["ceiling"] else value_cell(row, digits, name="headroom")
        for row in records
    ]
    used = [value_cell(row, digits, name="used") for row in records]
    return [
        Heading(title="used", cells=tuple(used)),
        Heading(title="headroom", cells=tuple(left), strong=True),
    ]


def _draw_row(ax: Axes, y: float, row: dict[Any, Any]) -> None:
    used, ceiling = row["used"], row["ceiling"]
    if not isnan(used):
        inside = min(used, ceiling)
        ax.barh(y, inside, height=2 * _HALF, color=theme.VALUE, zorder=2)
        if used > ceiling:
            ax.barh(
                y,
                used - ceiling,
                left=ceiling,
                height=2 * _HALF,
                color=theme.ALERT,
                hatch="////",
                edgecolor=theme.PAPER,
                linewidth=0,
                zorder=2,
            )
    ends = [y - _HALF - 2, y + _HALF + 2]
    ax.plot([ceiling, ceiling], ends, color=theme.INK, linewidth=1.6, zorder=3)
