"""One euro three ways: the instruments side by side, one panel for each measure."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.display import canvas, theme
from difass_analysis.display.canvas import Sheet, Words
from difass_analysis.display.digits import digits_for
from difass_analysis.display.frames import missing_word, prepared
from difass_analysis.display.marks import draw_interval, pairs
from difass_analysis.display.numbers import unit_text
from difass_analysis.display.rows import row_notes, say_missing, value_axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW = 34.0  # points
_TOP = 22.0  # points for the name of a panel and its unit
_SIZE = theme.SMALL_SIZE
_MARKERS = ("o", "s", "D", "^", "v", "P", "X")


def three_ways(
    frame: pd.DataFrame,
    *,
    title: str,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    figure: Figure | None = None,
) -> Axes:
    """Draw each instrument by several measures, one panel a measure, each on its own scale.

    Answers: which instrument reaches more, and which costs less?

    Parameters
    ----------
    frame : pandas.DataFrame
        ``instrument``, ``measure``, ``unit``, ``value``, ``p5``, ``p95``; optionally ``note``.
    title : str
        What is shown.
    caveats, source : sequence of str, str
        Sentences and the source line under the picture.
    simulated : bool
        Whether the data are simulated; the picture then says so.
    figure : matplotlib.figure.Figure, optional
        Figure to fill, as one Axes cannot hold several panels; a new one is made without it.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes of the first panel; its figure holds the others.

    Raises
    ------
    SchemaError
        When a column is missing, or holds something that is no number.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> frame = pd.DataFrame({"instrument": ["grant", "loan"], "measure": "smes_reached",
    ...                       "unit": "SMEs", "value": [45, 74], "p5": [40, 60], "p95": [50, 90]})
    >>> ax = three_ways(frame, title="One euro two ways")
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['Grant', 'Loan']
    >>> close(ax)
    """
    texts = ("instrument", "measure", "unit")
    rows = prepared(frame, text=texts, numeric=("value", "p5", "p95"), optional=())
    labels = [f"{name}".capitalize() for name in rows["instrument"]]
    words = Words(
        title=title,
        reading="Mark: all assumptions at their central values; line: nine in ten of the runs; "
        "each panel has its own scale.",
        notes=(*row_notes(rows, labels, told=caveats), *caveats),
        source=source,
        simulated=simulated,
    )
    measures, names = list(dict.fromkeys(rows["measure"])), list(dict.fromkeys(rows["instrument"]))
    if rows.empty:
        return canvas.empty(words, message="Nothing to compare.", ax=None)
    height = _ROW * len(names) + _TOP
    if figure is None:
        figure = canvas.blank(height, words=words)
    axes = figure.subplots(1, len(measures), squeeze=False, gridspec_kw={"wspace": 0.06})[0]
    width = canvas.room() / (len(measures) + 0.7)
    for place, measure in enumerate(measures):
        held = rows[rows["measure"] == measure].set_index("instrument")
        page = Sheet(
            ax=axes[place],
            centres=tuple(_ROW * (row + 0.62) for row in range(len(names))),
            width=width,
            indent=0.0,
        )
        _panel(page, held, names, first=place == 0, measure=measure)
    return axes[0]


def _panel(
    page: Sheet, held: pd.DataFrame, names: Sequence[str], *, first: bool, measure: str
) -> None:
    ax, unit = page.ax, str(held["unit"].iloc[0])
    ends = [*held["p95"].dropna(), *held["value"].dropna()]
    ax.set_ylim(_ROW * (len(names) + 0.2), 0)
    starts = [*held["p5"].dropna(), *held["value"].dropna(), 0.0]
    value_axis(page, (min(starts), max(ends)) if ends else None, unit=unit, taken=0.0)
    digits = digits_for(list(held["value"]), unit=unit)
    name = measure.replace("_", " ").capitalize().replace("Smes", "SMEs")
    ax.set_title(
        f"{name} ({unit_text(unit)})" if unit.lower() not in name.lower() else name,
        loc="left",
        size=_SIZE,
        weight="bold",
        color=theme.INK,
        pad=6,
        parse_math=False,
    )
    labels = [name.capitalize() for name in names] if first else [""] * len(names)
    ax.set_yticks(page.centres, labels=labels, parse_math=False)
    ax.tick_params(axis="y", length=0, labelsize=theme.TEXT_SIZE, labelcolor=theme.INK)
    ax.tick_params(axis="x", length=3, labelsize=_SIZE, color=theme.MUTED, labelcolor=theme.MUTED)
    for side in ("left", "right", "top"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(theme.MUTED)
    ax.grid(visible=True, axis="x", color=theme.GRID, linewidth=0.6)
    ax.set_axisbelow(True)
    intervals = dict(zip(held.index, pairs(held, "p5", "p95"), strict=True))
    for place, (y, instrument) in enumerate(zip(page.centres, names, strict=True)):
        row: dict[Any, Any] = held.loc[instrument].to_dict()
        if isnan(row["value"]):
            say_missing(ax, y, text=missing_word(row["note"]))
            continue
        draw_interval(ax, y, intervals[instrument], width=1.4)
        ax.plot([row["value"]], [y], _MARKERS[place], color=theme.VALUE, markersize=6, zorder=3)
        _write_value(ax, float(row["value"]), y, text=digits.value(row["value"]))


def _write_value(ax: Axes, value: float, y: float, *, text: str) -> None:
    """Write the figure above its mark, drawn in from the edges of the panel."""
    low, high = ax.get_xlim()
    place = (value - low) / (high - low)
    side = "left" if place < 0.25 else "right" if place > 0.75 else "center"
    ax.annotate(
        text,
        (value, y),
        xytext=(0, 6),
        textcoords="offset points",
        ha=side,
        va="bottom",
        size=_SIZE,
        color=theme.INK,
        parse_math=False,
        annotation_clip=False,
    )
