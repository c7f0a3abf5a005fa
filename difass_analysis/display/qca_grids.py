"""Grids of a set-theoretic analysis: the truth table as a map, a solution as a chart of circles.

The chart of circles follows Fiss, "Building better causal theories" (2011), table 2: full circles
are conditions that are present, crossed ones are absent, large ones are core conditions.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isnan
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.display import canvas, theme
from difass_analysis.display.canvas import Sheet, Words
from difass_analysis.display.frames import joined
from difass_analysis.display.typeset import width_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROW = 20.0  # points of a row with a name of one line
_HEADING = 74.0  # points that a heading may be long
_COLUMN = 23.0  # points that a term needs to be wide
_HALF = 9.0  # half the height of a cell in points
_FIT = ("consistency", "pri")
_TERM_FIT = {
    "consistency": "consistency",
    "pri": "PRI",
    "raw_coverage": "raw coverage",
    "unique_coverage": "unique coverage",
}
_WHOLE = "(model)"


def truth_map(
    frame: pd.DataFrame,
    *,
    conditions: Sequence[str],
    outcome: str,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw a truth table: dark where a condition is present, shaded by consistency and PRI.

    Answers: which configurations were observed, in which cases, and how clearly do they go with
    the outcome? Rows with the outcome come first, then those without it, then remainders.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a configuration: the conditions, ``row``, ``output``, ``n``, ``consistency``,
        ``pri``, ``contradictory``, ``cases``.
    conditions : sequence of str
        Names of the columns of the conditions.
    outcome : str
        Name of the outcome.
    caveats, source : sequence of str, str
        Sentences and the source line under the picture.
    simulated : bool
        Whether the data are simulated; the picture then says so.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; a new figure is made without it.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> frame = pd.DataFrame({"row": [2], "A": [1], "output": [1], "n": [3], "consistency": [0.9],
    ...                       "pri": [0.8], "contradictory": [False], "cases": ["x, y, z"]})
    >>> ax = truth_map(frame, conditions=["A"], outcome="Y")
    >>> [text.get_text() for text in ax.texts]
    ['A', 'consistency', 'PRI', 'output', '1', '0.90', '0.80', '1']
    >>> close(ax)
    """
    rank = frame["output"].map({1: 0, 0: 1}).fillna(2)
    order = pd.DataFrame({"rank": rank, "fit": -frame["consistency"]}).sort_values(["rank", "fit"])
    rows = frame.loc[order.index].to_dict("records")
    words = Words(
        title=f"Truth table for {outcome}",
        reading=joined(
            [
                "dark: the condition is present",
                "blue: the higher, the deeper",
                "!: cases with and without the outcome",
                "-: too few cases" if frame["output"].isna().any() else "",
            ]
        ),
        notes=tuple(caveats),
        source=source,
        simulated=simulated,
    )
    if not rows:
        return canvas.empty(words, message="No configuration was observed.", ax=ax)
    headings = [*conditions, "consistency", "PRI", "output"]
    page, first = _grid([_row_name(row) for row in rows], headings, words=words, ax=ax)
    for y, row in zip(page.centres[first:], rows, strict=True):
        for x, name in enumerate(conditions):
            _state(page.ax, x, y, int(row[name]))
        for x, name in enumerate(_FIT, start=len(conditions)):
            _shade(page.ax, x, y, float(row[name]))
        mark = "-" if pd.isna(row["output"]) else str(int(row["output"]))
        text = f"{mark} !" if row["contradictory"] else mark
        _write(page.ax, len(conditions) + 2, y, text, strong=mark == "1")
    return page.ax


def solution_chart(
    frame: pd.DataFrame,
    *,
    fit: pd.DataFrame,
    conditions: Sequence[str],
    title: str,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw a model: one row a condition, one column a term, and the fit of each term below.

    Answers: which conditions come together in each way to the outcome, and how much of the
    outcome does each way account for?

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a literal: ``term``, ``condition``, ``value``, ``several`` (whether the condition
        has more than two values); optionally ``core``.
    fit : pandas.DataFrame
        One row a term, and "(model)" for the whole: ``term``, ``consistency``, ``pri``,
        ``raw_coverage``, ``unique_coverage``.
    conditions : sequence of str
        Names of all conditions, from top to bottom.
    title : str
        What is shown.
    caveats, source : sequence of str, str
        Sentences and the source line under the picture.
    simulated : bool
        Whether the data are simulated; the picture then says so.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; a new figure is made without it.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> literals = pd.DataFrame({"term": ["A"], "condition": ["A"], "value": [1],
    ...                          "several": [False]})
    >>> fit = pd.DataFrame({"term": ["A", "(model)"], "consistency": [0.9, 0.9],
    ...     "pri": [0.8, 0.8], "raw_coverage": [0.7, 0.7], "unique_coverage": [0.7, None]})
    >>> ax = solution_chart(literals, fit=fit, conditions=["A", "B"], title="Solution for Y")
    >>> [text.get_text() for text in ax.texts]
    ['A', '0.90', '0.80', '0.70', '0.70']
    >>> close(ax)
    """
    terms = [str(term) for term in fit["term"] if term != _WHOLE]
    drawn = terms[: max(1, int(canvas.room(ax) * (1 - canvas.LABEL_SHARE) / _COLUMN))]
    literals = frame[frame["term"].isin(drawn)].to_dict("records")
    words = Words(
        title=title,
        reading=_circles(frame),
        notes=(*_whole_notes(fit), *_unshown(terms, drawn), *caveats),
        source=source,
        simulated=simulated,
    )
    if not terms:
        return canvas.empty(words, message="There is no model.", ax=ax)
    labels = [*conditions, *_TERM_FIT.values()]
    page, first = _grid(labels, _term_headings(drawn), words=words, ax=ax)
    heights = dict(zip(labels, page.centres[first:], strict=True))
    for row in literals:
        _circle(page.ax, drawn.index(row["term"]), heights[row["condition"]], row)
    figures = fit.set_index("term")
    for name, label in _TERM_FIT.items():
        for x, term in enumerate(drawn):
            _write(page.ax, x, heights[label], _number(figures[name].to_dict()[term]))
    edge = (heights[conditions[-1]] + heights["consistency"]) / 2
    page.ax.axhline(edge, color=theme.MUTED, linewidth=0.6)
    return page.ax


def _grid(
    labels: Sequence[str], headings: Sequence[str], *, words: Words, ax: Axes | None
) -> tuple[Sheet, int]:
    """Lay out rows under headings that stand upright; return where the rows begin."""
    longest = max(width_of(text, size=theme.SMALL_SIZE) for text in headings)
    above = ceil((min(longest, _HEADING) + 6) / _ROW)
    page = canvas.sheet([*[""] * above, *labels], words=words, ax=ax)
    page.ax.set_xlim(-0.5, max(len(headings), 8) - 0.5)
    page.ax.set_xticks([])
    page.ax.grid(visible=False)
    page.ax.spines["bottom"].set_visible(False)
    base = page.centres[above - 1] + _ROW / 2 - 3
    for x, text in enumerate(headings):
        page.ax.text(
            x,
            base,
            _short(text),
            rotation=90,
            ha="center",
            va="bottom",
            size=theme.SMALL_SIZE,
            color=theme.MUTED,
            parse_math=False,
        )
    return page, above


def _short(text: str) -> str:
    """Leave out the middle of a heading that is too long: names often differ at the end."""
    kept, short = len(text), text
    while kept > 2 and width_of(short, size=theme.SMALL_SIZE) > _HEADING:
        kept -= 1
        short = f"{text[: (kept + 1) // 2].rstrip()}\u2026{text[-(kept // 2) :].lstrip()}"
    return short


def _term_headings(terms: Sequence[str]) -> list[str]:
    """Write the terms above their columns, or their numbers where one of them is too long."""
    if all(width_of(term, size=theme.SMALL_SIZE) <= _HEADING for term in terms):
        return list(terms)
    return [str(place) for place in range(1, len(terms) + 1)]


def _row_name(row: dict[Any, Any]) -> str:
    return f"{row['row']}: {row['cases']} (n = {row['n']})"


def _state(ax: Axes, x: float, y: float, value: int) -> None:
    _cell(ax, x, y, color=theme.INK if value else theme.GRID)
    if value:
        _write(ax, x, y, str(value), color=theme.PAPER)


def _shade(ax: Axes, x: float, y: float, value: float) -> None:
    if isnan(value):
        _write(ax, x, y, "-")
        return
    depth = min(max(value, 0.0), 1.0) * 0.65
    _cell(ax, x, y, color=theme.VALUE, alpha=depth)
    _write(ax, x, y, _number(value))


def _cell(ax: Axes, x: float, y: float, *, color: str, alpha: float = 1.0) -> None:
    from matplotlib.patches import Rectangle

    ax.add_patch(
        Rectangle((x - 0.46, y - _HALF), 0.92, 2 * _HALF, facecolor=color, alpha=alpha, linewidth=0)
    )


def _write(
    ax: Axes, x: float, y: float, text: str, *, color: str = theme.INK, strong: bool = False
) -> None:
    ax.text(
        x,
        y,
        text,
        ha="center",
        va="center_baseline",
        size=theme.SMALL_SIZE,
        color=color,
        weight="bold" if strong else "normal",
        parse_math=False,
    )


def _number(value: float) -> str:
    return "-" if isnan(value) else f"{value:.2f}"


def _circle(ax: Axes, x: float, y: float, row: dict[Any, Any]) -> None:
    size = 6.5 if row.get("core") is False else 11.0
    if row["several"]:
        _write(ax, x, y, f"{{{row['value']}}}", strong=True)
        return
    present = bool(row["value"])
    fill = theme.INK if present else theme.PAPER
    ax.plot([x], [y], "o", markersize=size, markerfacecolor=fill, markeredgecolor=theme.INK)
    if not present:
        ax.plot([x], [y], "x", markersize=size * 0.6, color=theme.INK, markeredgewidth=1.2)


def _circles(frame: pd.DataFrame) -> str:
    values = set(frame.loc[~frame["several"].astype(bool), "value"]) if len(frame) else set()
    core = "core" in frame and frame["core"].notna().any()
    return joined(
        [
            "full circle: present" if 1 in values else "",
            "crossed circle: absent" if 0 in values else "",
            "large: core (in the parsimonious solution too), small: contributing" if core else "",
            "no mark: it does not matter",
        ]
    )


def _whole_notes(fit: pd.DataFrame) -> list[str]:
    whole = fit[fit["term"] == _WHOLE]
    if whole.empty:
        return []
    row = whole.iloc[0]
    return [
        f"The whole model: consistency {_number(row['consistency'])}, PRI {_number(row['pri'])}, "
        f"coverage {_number(row['raw_coverage'])}."
    ]


def _unshown(terms: Sequence[str], drawn: Sequence[str]) -> list[str]:
    left = len(terms) - len(drawn)
    return [f"{left} more terms have no room here; the table has them."] if left else []
