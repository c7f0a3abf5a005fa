"""How a map of shapes is drawn: the regions, their names where they fit, and a legend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from difass_analysis.display import canvas, theme
from difass_analysis.display.canvas import LINE, Sheet, Words
from difass_analysis.display.classes import EMPTY, Classes, Fill, legend_fills
from difass_analysis.display.digits import Digits
from difass_analysis.display.fields import height_of
from difass_analysis.display.frames import missing_word
from difass_analysis.display.shapes import Shape, box, label_spot, outline, seen, stretch
from difass_analysis.display.typeset import width_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

View = tuple[float, float, float, float]

_AROUND = 60.0  # points that a field keeps for axes, which a map has not
_BESIDE = 42.0  # points of the legend beside its words
_LEGEND_LINE = 13.5  # points
_TALLEST = 430.0  # points
_EDGE = 0.04  # of the map, around the regions


def draw_shapes(
    rows: pd.DataFrame,
    shapes: dict[str, Shape],
    classes: Classes,
    digits: Digits,
    *,
    words: Words,
    ax: Axes | None,
) -> Axes:
    """Draw the shapes, the names that find room on them, and the legend on the right."""
    codes = set(rows["region"])
    drawn = [shapes[code] for code in rows["region"]]
    view = _view(drawn)
    around = _around(shapes, codes, view)
    fills = legend_fills(rows, classes, empty=bool(around))
    width, height = view[1] - view[0], (view[3] - view[2]) * stretch(view, drawn)
    scale = min(
        (canvas.room(ax) - _legend_width(fills)) / width, height_of(ax, new=_TALLEST) / height
    )
    tall = max(height * scale, len(fills) * _LEGEND_LINE)
    page = canvas.field(tall - _AROUND, words=words, ax=ax)
    _dress_map(page, view, stretch(view, drawn))
    for shape in around:
        _draw_shape(page.ax, shape, EMPTY)
    for row in rows.to_dict("records"):
        fill = classes.fill(row["value"], missing=missing_word(row["note"]))
        _draw_shape(page.ax, shapes[row["region"]], fill)
    upwards = scale * stretch(view, drawn)
    _name_shapes(page.ax, rows, shapes, classes, digits, scale=(scale, upwards))
    _legend_beside(page.ax, fills)
    return page.ax


def _around(shapes: dict[str, Shape], codes: set[str], view: View) -> list[Shape]:
    """Return the regions of the same level that have no row and are in view."""
    lengths = {len(code) for code in codes}
    others = [shape for code, shape in shapes.items() if code not in codes]
    return [shape for shape in others if len(shape.code) in lengths and seen(shape, view)]


def _legend_width(fills: Sequence[Fill]) -> float:
    return max(width_of(fill.label, size=theme.SMALL_SIZE) for fill in fills) + _BESIDE


def _view(drawn: Sequence[Shape]) -> View:
    """Return the frame of the map: the regions, and a little around them."""
    west, east, south, north = box(drawn)
    side = _EDGE * max(east - west, north - south)
    return west - side, east + side, south - side, north + side


def _dress_map(page: Sheet, view: View, ratio: float) -> None:
    page.ax.set_axis_off()
    page.ax.set_xlim(view[0], view[1])
    page.ax.set_ylim(view[2], view[3])
    page.ax.set_aspect(ratio, adjustable="box", anchor="NW")


def _draw_shape(ax: Axes, shape: Shape, fill: Fill) -> None:
    from matplotlib.patches import PathPatch

    ax.add_patch(
        PathPatch(
            outline(shape),
            facecolor=fill.color,
            edgecolor=theme.INK if fill is not EMPTY else fill.edge,
            hatch=fill.hatch or None,
            linewidth=0.5,
            zorder=1 if fill is EMPTY else 2,
        )
    )


def _name_shapes(
    ax: Axes,
    rows: pd.DataFrame,
    shapes: dict[str, Shape],
    classes: Classes,
    digits: Digits,
    *,
    scale: tuple[float, float],
) -> None:
    """Write code and value, or the code alone, on the regions where there is room for it."""
    for row in rows.to_dict("records"):
        word = missing_word(row["note"])
        value = word if pd.isna(row["value"]) else digits.value(row["value"])
        for lines in ((row["region"], value), (row["region"],)):
            width = max(width_of(text, size=theme.SMALL_SIZE) for text in lines) + 3
            height = len(lines) * theme.SMALL_SIZE * LINE
            spot = label_spot(
                shapes[row["region"]], width=width / scale[0], height=height / scale[1]
            )
            if spot:
                fill = classes.fill(row["value"], missing=word)
                _write(ax, "\n".join(lines), *spot, fill)
                break


def _write(ax: Axes, text: str, x: float, y: float, fill: Fill) -> None:
    paper = {"facecolor": theme.PAPER, "edgecolor": "none", "pad": 1.0}
    ax.text(
        x,
        y,
        text,
        ha="center",
        va="center",
        size=theme.SMALL_SIZE,
        color=fill.ink,
        bbox=paper if fill.hatch else None,
        clip_on=True,
        zorder=3,
        parse_math=False,
    )


def _legend_beside(ax: Axes, fills: Sequence[Fill]) -> None:
    from matplotlib.patches import Patch

    patches = [
        Patch(
            facecolor=fill.color,
            edgecolor=fill.edge,
            hatch=fill.hatch or None,
            linewidth=0.6,
            label=fill.label,
        )
        for fill in fills
    ]
    ax.legend(
        handles=patches,
        loc="upper left",
        bbox_to_anchor=(1.0, 1.0),
        frameon=False,
        fontsize=theme.SMALL_SIZE,
        labelcolor=theme.INK,
        borderpad=0.0,
        borderaxespad=1.0,
        handlelength=2.0,
    )
