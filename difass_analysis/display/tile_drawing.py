"""How a tile map is drawn: the legend of the classes, and under it the tiles."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.display import canvas, theme
from difass_analysis.display.canvas import LINE, Words
from difass_analysis.display.classes import EMPTY, Classes, Fill, legend_fills
from difass_analysis.display.digits import Digits
from difass_analysis.display.frames import missing_word
from difass_analysis.display.tiles import Layout
from difass_analysis.display.typeset import shorten, width_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SMALL = 6.5  # size of the names on tiles
_AROUND = 60.0  # points that a field keeps for axes, which a map has not
_SWATCH = (16.0, 9.0)  # points
_LEGEND_LINE = 15.0
_INSIDE = 4.0  # points between the edges of a tile and its text
_BORDER = 0.6  # points around all, for the edges of the outer tiles


def draw_tiles(
    rows: pd.DataFrame,
    grid: Layout,
    classes: Classes,
    digits: Digits,
    *,
    words: Words,
    ax: Axes | None,
) -> Axes:
    """Draw the legend and under it the tiles, all in points from the upper left."""
    width = canvas.room(ax)
    fills = legend_fills(rows, classes, empty=bool(grid.empty))
    spots, top = _legend_spots(fills, width=width)
    page = canvas.field(top + grid.bottom - _AROUND, words=words, ax=ax)
    page.ax.set_axis_off()
    page.ax.set_xlim(-_BORDER, width + _BORDER)
    page.ax.set_ylim(top + grid.bottom + _BORDER, -_BORDER)
    _draw_legend(page.ax, fills, spots)
    for x, y, text in grid.headings:
        _write(page.ax, text, x, top + y + 7, size=theme.SMALL_SIZE, bold=True, align="left")
    for code, (x, y) in grid.empty.items():
        _draw_tile(page.ax, EMPTY, x, top + y, grid)
        _write(page.ax, code, x + grid.width / 2, top + y + grid.height / 2, color=theme.MUTED)
    for row in rows.to_dict("records"):
        x, y = grid.tiles[row["region"]]
        fill = classes.fill(row["value"], missing=missing_word(row["note"]))
        _draw_tile(page.ax, fill, x, top + y, grid)
        lines = _tile_lines(row, digits, grid)
        middle = top + y + grid.height / 2
        _write_lines(page.ax, lines, fill, x=x + grid.width / 2, middle=middle)
    return page.ax


def _legend_spots(
    fills: Sequence[Fill], *, width: float
) -> tuple[list[tuple[float, float]], float]:
    """Return where the entries of the legend stand, line after line, and where they end."""
    spots: list[tuple[float, float]] = []
    x, y = 0.0, 0.0
    for fill in fills:
        needed = _SWATCH[0] + 4 + width_of(fill.label, size=theme.SMALL_SIZE)
        if x and x + needed > width:
            x, y = 0.0, y + _LEGEND_LINE
        spots.append((x, y))
        x += needed + 14
    return spots, y + _LEGEND_LINE + 8


def _draw_legend(ax: Axes, fills: Sequence[Fill], spots: Sequence[tuple[float, float]]) -> None:
    for fill, (x, y) in zip(fills, spots, strict=True):
        _rectangle(ax, fill, x, y, *_SWATCH)
        _write(
            ax,
            fill.label,
            x + _SWATCH[0] + 4,
            y + _SWATCH[1] / 2,
            size=theme.SMALL_SIZE,
            align="left",
        )


def _rectangle(ax: Axes, fill: Fill, x: float, y: float, width: float, height: float) -> None:
    from matplotlib.patches import Rectangle

    ax.add_patch(
        Rectangle(
            (x, y),
            width,
            height,
            facecolor=fill.color,
            edgecolor=fill.edge,
            hatch=fill.hatch or None,
            linewidth=0.6,
        )
    )


def _draw_tile(ax: Axes, fill: Fill, x: float, y: float, grid: Layout) -> None:
    _rectangle(ax, fill, x, y, grid.width, grid.height)


def _write(
    ax: Axes,
    text: str,
    x: float,
    y: float,
    *,
    size: float = theme.SMALL_SIZE,
    color: str = theme.INK,
    bold: bool = False,
    align: str = "center",
    paper: bool = False,
) -> None:
    box_style = {"facecolor": theme.PAPER, "edgecolor": "none", "pad": 1.0} if paper else None
    ax.text(
        x,
        y,
        text,
        size=size,
        color=color,
        weight="bold" if bold else "normal",
        ha=align,
        va="center_baseline",
        bbox=box_style,
        parse_math=False,
    )


def _tile_lines(row: dict[Any, Any], digits: Digits, grid: Layout) -> list[tuple[str, float, bool]]:
    """Return the lines on a tile: code, name (on tiles of regions) and value; size and weight."""
    code, room = str(row["region"]), grid.width - _INSIDE
    named = grid.headings and row["label"].strip().upper() != code
    names = shorten(row["label"], width=room, size=_SMALL, lines=2) if named else []
    value = _fitting_value(row, digits, room=room)
    return [
        (code, theme.SMALL_SIZE, True),
        *((name, _SMALL, False) for name in names),
        (value, theme.SMALL_SIZE, False),
    ]


def _write_lines(
    ax: Axes, lines: Sequence[tuple[str, float, bool]], fill: Fill, *, x: float, middle: float
) -> None:
    y = middle - sum(size * LINE for _, size, _ in lines) / 2
    for text, size, bold in lines:
        at = y + size * LINE / 2
        if text:
            _write(ax, text, x, at, size=size, color=fill.ink, bold=bold, paper=bool(fill.hatch))
        y += size * LINE


def _fitting_value(row: dict[Any, Any], digits: Digits, *, room: float) -> str:
    """Return the value as text, shorter where the tile is narrow."""
    if isnan(row["value"]):
        texts = [missing_word(row["note"])]
    else:
        short = Digits(unit=digits.unit, short=True)
        texts = [digits.value(row["value"]), short.value(row["value"]), short.rough(row["value"])]
    fitting = [text for text in texts if width_of(text, size=theme.SMALL_SIZE) <= room]
    return fitting[0] if fitting else ""
