"""The sheet that a chart stands on: title above, rows in the middle, notes and source below.

A chart of this package is a list of rows, like a table: the name of the group on the left, the
drawing in the middle, the figures on the right. The sheet grows with its rows, so that one group
or a hundred are equally easy to read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from difass_analysis.display import theme
from difass_analysis.display.speech import figured, said
from difass_analysis.display.typeset import break_lines, shorten, width_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POINTS = 72.0
LABEL_SHARE = 0.3  # of the width of the sheet, for the names of the rows
LABEL_LINES = 3
LINE = 1.32  # height of a line, in ems
SIMULATED = "SIMULATED DATA"

# Inches; nearly the text width of an A4 page.
_WIDTH: ContextVar[float] = ContextVar("width", default=7.0)
_MARGIN = 8.0  # points around the sheet
_AXIS = 34.0  # points for the axis under the rows
_AXIS_NAME = 12.0  # points for the name of that axis, where it has one
_GAP = 9.0  # points between two rows
_HEADINGS = 20.0  # points for the headings of the columns on the right
_DRAWING = 84.0  # points that the drawing needs at least
_TALL = 30  # rows from which the axis is labelled above as well


@contextmanager
def sheet_width(inches: float) -> Iterator[None]:
    """Draw on sheets of another width inside this context, for example for a phone.

    Parameters
    ----------
    inches : float
        Width of new figures; Axes that are given keep theirs.

    Examples
    --------
    >>> with sheet_width(4.4):
    ...     page = sheet(["2017"], words=Words(title="Ratio"))
    >>> float(page.ax.figure.get_figwidth())
    4.4
    >>> from difass_analysis.display.pictures import close
    >>> close(page.ax)
    """
    token = _WIDTH.set(inches)
    try:
        yield
    finally:
        _WIDTH.reset(token)


def _points() -> float:
    return _WIDTH.get() * POINTS


@dataclass(frozen=True, kw_only=True)
class Words:
    """The words around a chart: title, how to read it, notes, source and the simulation mark."""

    title: str
    reading: str = ""
    notes: tuple[str, ...] = ()
    source: str = ""
    simulated: bool = False


@dataclass(frozen=True, kw_only=True)
class Heading:
    """One column of figures to the right of the rows."""

    title: str
    cells: tuple[str, ...]
    strong: bool = False


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Axes with one place for each row.

    ``centres`` are the heights of the rows, downwards from the top; ``width`` is that of the whole
    sheet and ``indent`` that of the column of names on its left; all in points.
    """

    ax: Axes
    centres: tuple[float, ...]
    width: float
    indent: float


def sheet(labels: Sequence[str], *, words: Words, ax: Axes | None = None) -> Sheet:
    """Lay out one row for each label, on the given Axes or on a new figure of the right height.

    Parameters
    ----------
    labels : sequence of str
        Names of the groups, from top to bottom; long ones are wrapped.
    words : Words
        Title, notes and source.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; a new figure is made without it.
    """
    size = theme.TEXT_SIZE
    texts = [
        "\n".join(shorten(label, width=LABEL_SHARE * _points(), size=size, lines=LABEL_LINES))
        for label in labels
    ]
    heights = [(text.count("\n") + 1) * size * LINE + _GAP for text in texts or ["empty"]]
    axes = _new_axes(sum(heights), words) if ax is None else _given_axes(ax, words)
    centres = tuple(sum(heights[:place]) + heights[place] / 2 for place in range(len(texts)))
    widths = [width_of(line, size=size) for text in texts for line in text.split("\n")]
    indent = max(widths, default=0.0) + 10
    _dress_rows(axes, texts, centres, indent=indent)
    _dress_axis(axes, bottom=sum(heights), tall=len(texts) > _TALL)
    return Sheet(ax=axes, centres=centres, width=room(ax), indent=indent)


def field(height: float, *, words: Words, ax: Axes | None = None) -> Sheet:
    """Lay out one drawing without rows, so many points high, with room for names of both axes."""
    below = _AXIS + _AXIS_NAME
    width = room(ax)
    if ax is None:
        ax = _new_axes(height + _AXIS_NAME, words)
    else:
        _given_axes(ax, words, below=below)
    return Sheet(ax=ax, centres=(), width=width, indent=0.0)


def room(ax: Axes | None = None) -> float:
    """Return the width in points that there is to draw on the given Axes, or on a new sheet."""
    return _points() - 2 * _MARGIN if ax is None else _width(ax)


def _new_axes(rows: float, words: Words) -> Axes:
    return blank(rows, words=words).add_subplot()


def blank(height: float, *, words: Words) -> Figure:
    """Return a new figure with the words on it, and so many points between them for Axes."""
    from matplotlib import pyplot as plt
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    header, footer = _header(words), _footer(words)
    above = _height(header) + _MARGIN + _HEADINGS
    below = _height(footer) + _MARGIN
    total = above + height + _AXIS + below
    side = _MARGIN / _points()
    figure = plt.figure(figsize=(_WIDTH.get(), total / POINTS))
    rect = (side, below / total, 1 - 2 * side, 1 - (above - _HEADINGS + below) / total)
    figure.set_layout_engine(ConstrainedLayoutEngine(rect=rect, w_pad=0.0, h_pad=0.02))
    _write(figure, header, top=total - _MARGIN, height=total)
    _write(figure, footer, top=below - _MARGIN / 2, height=total)
    _fill(figure)
    return figure


@dataclass(frozen=True, kw_only=True)
class _Line:
    text: str
    size: float
    color: str
    weight: str = "normal"


def _header(words: Words) -> list[_Line]:
    lines = []
    if words.simulated:
        lines.append(
            _Line(text=said(SIMULATED), size=theme.TEXT_SIZE, color=theme.ALERT, weight="bold")
        )
    lines += _lines(words.title, size=theme.TITLE_SIZE, color=theme.INK, weight="bold")
    return lines + _lines(said(words.reading), size=theme.TEXT_SIZE, color=theme.MUTED)


def _footer(words: Words) -> list[_Line]:
    texts = [said(text) for text in (*words.notes, words.source) if text]
    return [
        line
        for text in texts
        for line in _lines(text, size=theme.SMALL_SIZE, color=theme.MUTED, weight="normal")
    ]


def _lines(text: str, *, size: float, color: str, weight: str = "normal") -> list[_Line]:
    if not text:
        return []
    bold = weight == "bold"
    return [
        _Line(text=line, size=size, color=color, weight=weight)
        for line in break_lines(text, width=_points() - 2 * _MARGIN, size=size, bold=bold)
    ]


def _height(lines: Sequence[_Line]) -> float:
    return sum(line.size * LINE for line in lines)


def _fill(figure: Figure) -> None:
    """Make the whole sheet part of the picture, so that a notebook's crop keeps every word."""
    from matplotlib.patches import Rectangle

    edge = Rectangle((0, 0), 1, 1, transform=figure.transFigure, facecolor="none", linewidth=0)
    figure.add_artist(edge)


def _write(figure: Figure, lines: Sequence[_Line], *, top: float, height: float) -> None:
    """Write lines of text from a height (in points above the lower edge) downwards."""
    left = _MARGIN / _points()
    for line in lines:
        figure.text(
            left,
            top / height,
            line.text,
            size=line.size,
            color=line.color,
            weight=line.weight,
            va="top",
            ha="left",
            parse_math=False,
        ).set_in_layout(False)
        top -= line.size * LINE


def _width(ax: Axes) -> float:
    figure = ax.get_figure(root=True)
    return ax.get_window_extent().width / (figure.dpi if figure else POINTS) * POINTS


def _given_axes(ax: Axes, words: Words, *, below: float = _AXIS) -> Axes:
    """Put the words on Axes that belong to a figure of the caller's."""
    width = _width(ax)
    mark = f"{SIMULATED}\n" if words.simulated else ""
    title = "\n".join(break_lines(words.title, width=width, size=theme.TEXT_SIZE, bold=True))
    ax.set_title(
        mark + title,
        loc="left",
        size=theme.TEXT_SIZE,
        weight="bold",
        color=theme.ALERT if words.simulated else theme.INK,
        pad=_HEADINGS,
        parse_math=False,
    )
    size = theme.SMALL_SIZE
    notes = [text for text in (words.reading, *words.notes, words.source) if text]
    lines = [line for text in notes for line in break_lines(text, width=width, size=size)]
    ax.annotate(
        "\n".join(lines),
        (0, 0),
        xycoords="axes fraction",
        xytext=(0, -below * 0.8),
        textcoords="offset points",
        va="top",
        size=size,
        color=theme.MUTED,
        parse_math=False,
        annotation_clip=False,
    )
    return ax


def _dress_rows(ax: Axes, texts: Sequence[str], centres: Sequence[float], *, indent: float) -> None:
    ax.set_yticks(centres, labels=texts, parse_math=False)
    ax.tick_params(axis="y", length=0, pad=indent, labelsize=theme.TEXT_SIZE, labelcolor=theme.INK)
    for label in ax.get_yticklabels():
        label.set_horizontalalignment("left")  # the names start on one line, as in a table


def _dress_axis(ax: Axes, *, bottom: float, tall: bool) -> None:
    ax.set_ylim(bottom, 0)
    ax.tick_params(
        axis="x",
        length=3,
        labelsize=theme.SMALL_SIZE,
        color=theme.MUTED,
        labelcolor=theme.MUTED,
        top=tall,
        labeltop=tall,
    )
    for side in ("left", "right", "top"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(theme.MUTED)
    ax.grid(visible=True, axis="x", color=theme.GRID, linewidth=0.6)
    ax.set_axisbelow(True)


def columns(page: Sheet, headings: Sequence[Heading]) -> float:
    """Write columns of figures to the right of the rows, and return the width they take.

    The first column is always written; those after it only where enough room is left to draw.
    """
    offset = 14.0
    for place, heading in enumerate(map(_spoken, headings)):
        widths = [
            width_of(cell, size=theme.TEXT_SIZE, bold=heading.strong) for cell in heading.cells
        ]
        needed = offset + max([width_of(heading.title, size=theme.SMALL_SIZE), *widths])
        if place and page.width - page.indent - needed < _DRAWING:
            break
        offset = needed
        for centre, cell in zip(page.centres, heading.cells, strict=True):
            _cell(page.ax, cell, y=centre, offset=offset, strong=heading.strong)
        _cell(page.ax, heading.title, y=None, offset=offset, strong=False)
        offset += 12.0
    return offset


def _spoken(heading: Heading) -> Heading:
    cells = tuple(map(figured, heading.cells))
    return Heading(title=figured(heading.title), cells=cells, strong=heading.strong)


def legend(page: Sheet, labels: Sequence[str], *, taken: float) -> None:
    """Name the parts of stacked bars, above the rows, from the left edge of the sheet.

    ``taken`` is the width of the columns on the right, whose headings stand beside the legend.
    """
    from matplotlib.patches import Patch
    from matplotlib.transforms import ScaledTranslation

    figure = page.ax.get_figure(root=True)
    patches = [
        Patch(
            facecolor=theme.PALETTE[place],
            hatch=theme.HATCHES[place],
            edgecolor=theme.PAPER,
            linewidth=0,
            label=label[:1].upper() + label[1:],
        )
        for place, label in enumerate(labels)
    ]
    page.ax.tick_params(axis="x", top=False, labeltop=False)  # the legend stands there
    shift = ScaledTranslation(-page.indent / POINTS, 0, figure.dpi_scale_trans)  # type: ignore[union-attr]
    page.ax.legend(
        handles=patches,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        bbox_transform=page.ax.transAxes + shift,
        ncols=_legend_columns(labels, room=page.width - taken),
        frameon=False,
        fontsize=theme.SMALL_SIZE,
        labelcolor=theme.INK,
        borderpad=0.2,
        borderaxespad=0.3,
        handlelength=1.6,
        columnspacing=1.4,
    )


def _legend_columns(labels: Sequence[str], *, room: float) -> int:
    widest = max(width_of(label, size=theme.SMALL_SIZE) for label in labels) + 34
    fitting = max(1, min(len(labels), int(room / widest)))
    return 2 if len(labels) == 4 and fitting == 3 else fitting


def _cell(ax: Axes, text: str, *, y: float | None, offset: float, strong: bool) -> None:
    """Write one cell, right-aligned, so many points to the right of the Axes."""
    ax.annotate(
        text,
        (1, 1 if y is None else y),
        xycoords=("axes fraction", "axes fraction" if y is None else "data"),
        xytext=(offset, 6 if y is None else 0),
        textcoords="offset points",
        ha="right",
        va="bottom" if y is None else "center_baseline",
        size=theme.SMALL_SIZE if y is None else theme.TEXT_SIZE,
        color=theme.INK if strong else theme.MUTED,
        weight="bold" if strong else "normal",
        parse_math=False,
        annotation_clip=False,
    )


def empty(words: Words, *, message: str, ax: Axes | None = None) -> Axes:
    """Return Axes that say in words that there is nothing to draw."""
    page = sheet([""], words=words, ax=ax)
    page.ax.set_xticks([])
    page.ax.grid(visible=False)
    page.ax.spines["bottom"].set_visible(False)
    page.ax.text(
        0,
        0.5,
        said(message),
        transform=page.ax.transAxes,
        va="center",
        color=theme.INK,
        parse_math=False,
    )
    return page.ax
