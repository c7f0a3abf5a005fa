"""What the charts share: the names of their rows and the axis under them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from difass_analysis.display import numbers, theme
from difass_analysis.display.canvas import Sheet
from difass_analysis.display.speech import figure_writer, said
from difass_analysis.display.tables import group_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OVERALL = "Overall"

_NAMED_GROUPS = 5
_MOST_NOTES = 6
_TICK = 42.0  # points that the label of a tick needs


def group_labels(frame: pd.DataFrame, *, by: Sequence[str]) -> list[str]:
    """Name the group of each row, joining several group columns.

    Examples
    --------
    >>> group_labels(pd.DataFrame({"year": [2017], "region": ["ITH5"]}), by=["region", "year"])
    ['ITH5, 2017']
    >>> group_labels(pd.DataFrame({"value": [1.0]}), by=[])
    ['Overall']
    """
    rows = frame.to_dict("records")
    return [", ".join(group_text(row[name]) for name in by) or said(OVERALL) for row in rows]


def row_notes(frame: pd.DataFrame, labels: Sequence[str], *, told: Sequence[str]) -> list[str]:
    """Gather the notes of the rows: shared ones once, and not what the caveats say anyway.

    Examples
    --------
    >>> frame = pd.DataFrame({"note": ["one call only", "", "one call only"]})
    >>> row_notes(frame, ["A", "B", "C"], told=())
    ['A; C: one call only.']
    """
    groups: dict[str, list[str]] = {}
    for label, cell in zip(labels, frame["note"], strict=True):
        note = str(cell) if numbers.is_known(cell) else ""
        for caveat in told:
            note = " ".join(note.replace(caveat, "").split())
        if note:
            groups.setdefault(note, []).append(label)
    sentences = [
        _sentence(note) if len(named) == len(labels) else _sentence(f"{_some(named)}: {note}")
        for note, named in ((said(note), named) for note, named in groups.items())
    ]
    more = len(sentences) - _MOST_NOTES
    rest = [said(f"{more} more notes stand with the figures in the table.")] if more > 0 else []
    return [*sentences[:_MOST_NOTES], *rest]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED_GROUPS
    return "; ".join(names[:_NAMED_GROUPS]) + (f" and {more} more" if more > 0 else "")


def say_missing(ax: Axes, y: float, *, x: float = 0.0, text: str = numbers.NOT_KNOWN) -> None:
    """Write into the drawing, right of ``x``, that something is not known."""
    ax.annotate(
        said(text),
        (x, y),
        xycoords=("data" if x else "axes fraction", "data"),
        xytext=(5, 0),
        textcoords="offset points",
        va="center_baseline",
        color=theme.MUTED,
        style="italic",
        size=theme.SMALL_SIZE,
        bbox={"facecolor": theme.PAPER, "edgecolor": "none", "pad": 1.2},
        parse_math=False,
    )


def value_axis(page: Sheet, span: tuple[float, float] | None, *, unit: str, taken: float) -> None:
    """Set limits that hold all rows; zero is kept in view unless that would hide differences."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax = page.ax
    if span is None:
        ax.set_xticks([])
        return
    low, high = span
    if low == high:
        low, high = min(low, 0.0), max(high, 0.0) or 1.0
    elif low >= 0 and high - low >= 0.1 * high:
        low = 0.0
    pad = (high - low) * 0.05
    ax.set_xlim(low if low == 0 else low - pad, high if high == 0 else high + pad)
    labels = int((page.width - page.indent - taken) / _TICK)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=max(1, min(5, labels)), steps=[1, 2, 2.5, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(_ticks(unit)))


def _ticks(unit: str) -> Callable[[float, int | None], str]:
    """Write the labels of an axis in the language in which the chart is laid out."""
    write = figure_writer()
    return lambda x, _: write(numbers.axis_text(x, unit=unit))
