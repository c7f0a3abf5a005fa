"""The theory of change as a picture: results in boxes, and numbered links between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from typing import TYPE_CHECKING

import pandas as pd

from difass_analysis.display import canvas, theme
from difass_analysis.display.canvas import Words
from difass_analysis.display.fields import height_of
from difass_analysis.display.theory_layout import Layout, Node, lay_out
from difass_analysis.display.typeset import break_lines, shorten
from difass_analysis.errors import SchemaError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NEEDED = ("from_result", "to_result", "status", "evidence")
_SIZES = (8.5, 7.5, 6.5, 5.5)
_PAD = 7.0  # points inside a box
_RADIUS = 7.0
_APART = 2 * _RADIUS + 3.0
_PLACES = (0.5, 0.36, 0.64, 0.24, 0.76)

# How a link is drawn by what is held of it: colour, line, and words.
_STYLES: Mapping[str, tuple[str, str, float]] = {
    "supported": (theme.VALUE, "-", 2.0),
    "partly supported": (theme.VALUE, "-.", 1.4),
    "open": (theme.MUTED, "--", 1.1),
    "not supported": (theme.ALERT, ":", 1.6),
}
_WORDS = {
    "supported": "solid line: supported",
    "partly supported": "dash-dot: partly supported",
    "open": "dashed: open",
    "not supported": "dotted: not supported",
}


def draw_theory(
    frame: pd.DataFrame,
    *,
    title: str,
    notes: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw results as boxes from top to bottom, with an arrow for each link.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a link: ``from_result``, ``to_result``, ``status`` (supported, partly supported,
        not supported, or anything else for open) and ``evidence`` (whether any is given). Links
        are numbered in the order of the rows.
    title : str
        What is shown.
    notes, source : sequence of str, str
        Sentences under the picture, such as the assumption of each link, and the source line.
    simulated : bool
        Whether the data are simulated; the picture then says so.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; a new figure is made without it.

    Raises
    ------
    SchemaError
        When a column is missing, or links lead back to where they began.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> frame = pd.DataFrame({"from_result": ["A fair is paid for"], "to_result": ["Firms go"],
    ...                       "status": ["open"], "evidence": [False]})
    >>> ax = draw_theory(frame, title="Theory of change")
    >>> [text.get_text() for text in ax.texts]
    ['A fair is paid for', 'Firms go', '1']
    >>> close(ax)
    """
    absent = [name for name in _NEEDED if name not in frame]
    if absent:
        raise SchemaError(
            f"The rows of this picture have no column {', '.join(absent)}.",
            todo=f"They have: {', '.join(map(str, frame.columns)) or '(none)'}.",
        )
    known = frame.dropna(subset=["from_result", "to_result"]).reset_index(drop=True)
    words = Words(
        title=title,
        reading=_reading(known),
        notes=tuple(notes),
        source=source,
        simulated=simulated,
    )
    if known.empty:
        return canvas.empty(words, message="No links: there is nothing to draw.", ax=ax)
    links = list(zip(known["from_result"].map(str), known["to_result"].map(str), strict=True))
    width = canvas.room(ax)
    plan, size = _fitting(links, width, ax)
    page = canvas.field(plan.height, words=words, ax=ax)
    page.ax.set_axis_off()
    page.ax.set_xlim(-2, width + 2)
    page.ax.set_ylim(plan.height + 2, -2)
    for node in plan.nodes.values():
        _box(page.ax, node, size=size)
    _arrows(page.ax, plan, known, size=size)
    return page.ax


def _reading(frame: pd.DataFrame) -> str:
    states = [_state(status) for status in frame["status"]]
    parts = [text for state, text in _WORDS.items() if state in states]
    if frame["evidence"].astype(bool).any():
        parts.append("filled number: evidence is given")
    if not frame["evidence"].astype(bool).all():
        parts.append("hollow number: no evidence")
    return "; ".join(parts)


def _state(status: object) -> str:
    return str(status) if status in _STYLES else "open"


@dataclass(frozen=True, kw_only=True)
class _Type:
    size: float
    lines: int | None

    def set(self, text: str, width: float) -> list[str]:
        if self.lines is None:
            return break_lines(text, width=width - 2 * _PAD, size=self.size)
        return shorten(text, width=width - 2 * _PAD, size=self.size, lines=self.lines)


def _fitting(
    links: Sequence[tuple[str, str]], width: float, ax: Axes | None
) -> tuple[Layout, float]:
    """Lay out in the largest type that fits the given Axes; a new sheet grows as needed."""
    if ax is None:
        return lay_out(links, width=width, wrap=_Type(size=_SIZES[0], lines=None).set,
                       line=_SIZES[0] * canvas.LINE, pad=_PAD), _SIZES[0]  # fmt: skip
    room = height_of(ax, new=0.0)
    kinds = [_Type(size=size, lines=None) for size in _SIZES]
    kinds += [_Type(size=_SIZES[-1], lines=count) for count in (4, 3, 2)]
    for kind in kinds:
        plan = lay_out(
            links, width=width, wrap=kind.set, line=kind.size * canvas.LINE, pad=_PAD, room=room
        )
        if plan.height <= room:
            break
    return plan, kind.size


def _box(ax: Axes, node: Node, *, size: float) -> None:
    from matplotlib.patches import FancyBboxPatch

    ax.add_patch(
        FancyBboxPatch(
            (node.x - node.width / 2, node.top),
            node.width,
            node.height,
            boxstyle="round,pad=0,rounding_size=4",
            facecolor="#eef3f7",
            edgecolor=theme.MUTED,
            linewidth=0.8,
            zorder=3,
        )
    )
    ax.text(
        node.x,
        node.top + node.height / 2,
        "\n".join(node.lines),
        size=size,
        color=theme.INK,
        ha="center",
        va="center",
        linespacing=1.2,
        parse_math=False,
        zorder=4,
    )


def _arrows(ax: Axes, plan: Layout, frame: pd.DataFrame, *, size: float) -> None:
    from matplotlib.patches import FancyArrowPatch

    placed: list[tuple[float, float]] = []
    rows = zip(plan.paths, frame["status"], frame["evidence"], strict=True)
    for number, (path, status, evidence) in enumerate(rows, start=1):
        color, line, width = _STYLES[_state(status)]
        xs, ys = [x for x, _ in path], [y for _, y in path]
        ax.plot(xs[:-1], ys[:-1], line, color=color, linewidth=width, zorder=2)
        ax.add_patch(
            FancyArrowPatch(
                path[-2],
                path[-1],
                arrowstyle="-|>",
                color=color,
                linestyle=line,
                linewidth=width,
                shrinkA=0,
                shrinkB=0,
                mutation_scale=9,
                zorder=2,
            )
        )
        at = _free_place(path, placed)
        placed.append(at)
        ax.text(
            *at,
            str(number),
            size=min(size, theme.SMALL_SIZE),
            weight="bold",
            color=theme.PAPER if evidence else color,
            ha="center",
            va="center",
            zorder=6,
            bbox={
                "boxstyle": "circle,pad=0.25",
                "facecolor": color if evidence else theme.PAPER,
                "edgecolor": color,
                "linewidth": 0.9,
            },
            parse_math=False,
        )


def _free_place(
    path: Sequence[tuple[float, float]], placed: Sequence[tuple[float, float]]
) -> tuple[float, float]:
    """Choose a place on the last part of a path that is far enough from other numbers."""
    (x0, y0), (x1, y1) = path[-2], path[-1]
    options = [(x0 + (x1 - x0) * t, y0 + (y1 - y0) * t) for t in _PLACES]
    for x, y in options:
        if all(hypot(x - a, y - b) >= _APART for a, b in placed):
            return x, y
    return max(options, key=lambda p: min(hypot(p[0] - a, p[1] - b) for a, b in placed))
