"""Small multiples: one small panel for each mechanism (or year, or sector), on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isnan
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.display import canvas, theme
from difass_analysis.display.canvas import LINE, Sheet, Words
from difass_analysis.display.digits import Digits, digits_for
from difass_analysis.display.frames import (
    NO_DATA,
    interval_name,
    joined,
    missing_word,
    prepared,
    titled,
)
from difass_analysis.display.marks import beyond, draw_interval, pairs, span_of, zero_line
from difass_analysis.display.rows import row_notes, say_missing, value_axis
from difass_analysis.display.typeset import break_lines, shorten, width_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_SIZE = theme.SMALL_SIZE
_LABEL_SHARE = 0.24  # of the width of the sheet, for the names of the rows
_LABEL_LINES = 2
_TITLE_LINES = 2
_ROW_GAP = 6.0  # points between two rows
_PANEL_WIDTH = 92.0  # points that the drawing of a panel needs
_PANEL_GAP = 16.0  # points between two panels
_AROUND = 48.0  # points for the title of a panel and the numbers under it
_MOST_COLUMNS = 4


@dataclass(frozen=True, kw_only=True)
class _Grid:
    """Where everything stands: names of panels and rows, heights and widths in points."""

    panels: tuple[str, ...]
    names: tuple[str, ...]
    labels: tuple[str, ...]
    centres: tuple[float, ...]
    bottom: float
    indent: float
    cell: float
    drawing: float
    columns: int

    @property
    def lines(self) -> int:
        return ceil(len(self.panels) / self.columns)


def small_multiples(
    frame: pd.DataFrame,
    *,
    title: str,
    unit: str,
    panels: Sequence[str] = (),
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    figure: Figure | SubFigure | None = None,
) -> Axes:
    """Draw one small panel for each mechanism, with the same rows and the same scale in all.

    Answers: is a difference between groups the same within every mechanism?

    Parameters
    ----------
    frame : pandas.DataFrame
        ``panel`` (for example the mechanism), ``label`` (for example the region) and ``value``;
        optionally ``lower``, ``upper``, ``note``, and ``level``, the level of the intervals. A
        group without a row in a panel is shown there as having no data.
    title, unit : str
        What is shown, and its unit.
    panels : sequence of str
        All panels that are to be there, in their order; one without rows says so. Without it,
        those of the frame in the order in which they come.
    caveats, source : sequence of str, str
        Sentences and the source line under the picture.
    simulated : bool
        Whether the data are simulated; the picture then says so.
    figure : matplotlib.figure.Figure or SubFigure, optional
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
    >>> frame = pd.DataFrame({"panel": ["Grants", "Loans"], "label": ["A", "A"],
    ...                       "value": [1.0, 2.0]})
    >>> ax = small_multiples(frame, title="Leverage", unit="x",
    ...                      panels=["Grants", "Loans", "Equity"])
    >>> [panel.get_title(loc="left") for panel in ax.figure.axes]
    ['Grants', 'Loans', 'Equity: no data']
    >>> close(ax)
    """
    rows = prepared(frame, text=("panel", "label"))
    span = span_of(list(rows["value"]), pairs(rows))
    digits = digits_for([*rows["value"], *rows["lower"], *rows["upper"]], unit=unit)
    words = Words(
        title=titled(title, unit),
        reading=_reading(frame, rows, arrows=beyond(pairs(rows), span)),
        notes=(*_notes(rows, said=caveats), *digits.notes(), *caveats),
        source=source,
        simulated=simulated,
    )
    if rows.empty:
        return _nothing(words, figure)
    width = canvas.room() if figure is None else _width(figure)
    names = dict.fromkeys([*map(str, panels), *rows["panel"]])
    grid = _grid(rows, tuple(names), digits, width=width)
    axes = _axes(grid, words, figure)
    for place, panel in enumerate(grid.panels):
        held = rows[rows["panel"] == panel]
        _draw_panel(axes[place], held, grid, digits, span=span, place=place)
    return axes[0]


def _reading(frame: pd.DataFrame, rows: pd.DataFrame, *, arrows: str) -> str:
    if rows.empty:
        return ""
    known = bool((rows["lower"].notna() | rows["upper"].notna()).any())
    return joined(
        [
            "dot: value" if rows["value"].notna().any() else "",
            f"line: {interval_name(frame)}" if known else "",
            "the same scale in all panels",
            arrows,
        ]
    )


def _notes(rows: pd.DataFrame, *, said: Sequence[str]) -> list[str]:
    """Gather the notes; a row that has the same one in all its panels is named without them."""
    counts = rows["label"].value_counts()
    held: dict[tuple[str, str], list[str]] = {}
    for row in rows.to_dict("records"):
        held.setdefault((row["label"], row["note"]), []).append(row["panel"])
    names = [
        label if len(panels) == counts[label] else f"{label} ({', '.join(panels)})"
        for (label, _), panels in held.items()
    ]
    return row_notes(pd.DataFrame({"note": [note for _, note in held]}), names, told=said)


def _nothing(words: Words, figure: Figure | SubFigure | None) -> Axes:
    message = "No groups: there is nothing to draw."
    return canvas.empty(words, message=message, ax=figure.add_subplot() if figure else None)


def _width(figure: Figure | SubFigure) -> float:
    return float(figure.bbox.width / figure.dpi * canvas.POINTS)


def _grid(rows: pd.DataFrame, panels: tuple[str, ...], digits: Digits, *, width: float) -> _Grid:
    names = tuple(dict.fromkeys(str(name) for name in rows["label"]))
    limit = _LABEL_SHARE * width
    texts = [shorten(name, width=limit, size=_SIZE, lines=_LABEL_LINES) for name in names]
    heights = [len(lines) * _SIZE * LINE + _ROW_GAP for lines in texts]
    centres = tuple(sum(heights[:place]) + heights[place] / 2 for place in range(len(heights)))
    indent = max(width_of(line, size=_SIZE) for lines in texts for line in lines) + 8
    cells = [digits.value(value) for value in rows["value"] if not isnan(value)]
    cell = max((width_of(text, size=_SIZE) for text in cells), default=0.0) + 6
    room = width - indent
    columns = int(room / (_PANEL_WIDTH + cell + _PANEL_GAP))
    columns = max(1, min(len(panels), columns, _MOST_COLUMNS))
    columns = ceil(len(panels) / ceil(len(panels) / columns))  # no line shorter than it must be
    return _Grid(
        panels=panels,
        names=names,
        labels=tuple("\n".join(lines) for lines in texts),
        centres=centres,
        bottom=sum(heights),
        indent=indent,
        cell=cell,
        drawing=room / columns - cell - _PANEL_GAP,
        columns=columns,
    )


def _axes(grid: _Grid, words: Words, figure: Figure | SubFigure | None) -> list[Axes]:
    """Return one Axes for each panel, on a new figure or on the one that is given."""
    if figure is None:
        figure = canvas.blank(grid.lines * (grid.bottom + _AROUND) - _AROUND / 2, words=words)
    else:
        _write_around(figure, words)
    gaps = {"wspace": 0.02, "hspace": 0.02}
    axes = figure.subplots(grid.lines, grid.columns, squeeze=False, gridspec_kw=gaps)
    held = list(axes.flat)
    for spare in held[len(grid.panels) :]:
        spare.remove()
    return held[: len(grid.panels)]


def _write_around(figure: Figure | SubFigure, words: Words) -> None:
    """Write title and notes on a figure of the caller's."""
    mark = [canvas.SIMULATED] if words.simulated else []
    width = _width(figure)
    notes = [text for text in (words.reading, *words.notes, words.source) if text]
    figure.suptitle(
        _wrapped([*mark, words.title], width=width, size=theme.TEXT_SIZE, bold=True),
        x=0.01,
        ha="left",
        size=theme.TEXT_SIZE,
        weight="bold",
        color=theme.ALERT if words.simulated else theme.INK,
        parse_math=False,
    )
    figure.supxlabel(
        _wrapped(notes, width=width, size=_SIZE),
        x=0.01,
        ha="left",
        size=_SIZE,
        color=theme.MUTED,
        parse_math=False,
    )


def _wrapped(texts: Sequence[str], *, width: float, size: float, bold: bool = False) -> str:
    room = width * 0.98
    lines = [line for text in texts for line in break_lines(text, width=room, size=size, bold=bold)]
    return "\n".join(lines)


def _draw_panel(
    ax: Axes,
    held: pd.DataFrame,
    grid: _Grid,
    digits: Digits,
    *,
    span: tuple[float, float] | None,
    place: int,
) -> None:
    _dress_panel(ax, grid, place=place, empty=held.empty)
    page = Sheet(ax=ax, centres=grid.centres, width=grid.drawing, indent=0.0)
    value_axis(page, span, unit=digits.unit, taken=0.0)
    zero_line(ax)
    first = held.drop_duplicates("label").set_index("label").to_dict("index")
    for y, name in zip(grid.centres, grid.names, strict=True):
        if name in first:
            _draw_row(ax, y, first[name], digits, offset=grid.cell)
        elif not held.empty:
            say_missing(ax, y, text=NO_DATA)


def _dress_panel(ax: Axes, grid: _Grid, *, place: int, empty: bool) -> None:
    panel = f"{grid.panels[place]}: {NO_DATA}" if empty else grid.panels[place]
    width = grid.drawing + grid.cell
    title = shorten(panel, width=width, size=_SIZE, lines=_TITLE_LINES)
    ax.set_title(
        "\n".join(title),
        loc="left",
        size=_SIZE,
        weight="bold",
        color=theme.MUTED if empty else theme.INK,
        pad=5,
        parse_math=False,
    )
    ax.set_ylim(grid.bottom, 0)
    labels = grid.labels if place % grid.columns == 0 else [""] * len(grid.labels)
    ax.set_yticks(grid.centres, labels=labels, parse_math=False)
    ax.tick_params(axis="y", length=0, pad=grid.indent, labelsize=_SIZE, labelcolor=theme.INK)
    for label in ax.get_yticklabels():
        label.set_horizontalalignment("left")
    ax.tick_params(axis="x", length=3, labelsize=_SIZE, color=theme.MUTED, labelcolor=theme.MUTED)
    for side in ("left", "right", "top"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(theme.MUTED)
    ax.grid(visible=True, axis="x", color=theme.GRID, linewidth=0.6)
    ax.set_axisbelow(True)


def _draw_row(ax: Axes, y: float, row: dict[Any, Any], digits: Digits, *, offset: float) -> None:
    draw_interval(ax, y, (row["lower"], row["upper"]), width=1.2)
    if isnan(row["value"]):
        say_missing(ax, y, text=missing_word(row["note"]))
        return
    ax.plot([row["value"]], [y], "o", color=theme.VALUE, markersize=5, clip_on=False)
    ax.annotate(
        digits.value(row["value"]),
        (1, y),
        xycoords=("axes fraction", "data"),
        xytext=(offset, 0),
        textcoords="offset points",
        ha="right",
        va="center_baseline",
        size=_SIZE,
        color=theme.INK,
        annotation_clip=False,
    )
