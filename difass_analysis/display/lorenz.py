"""The Lorenz curve: how evenly money is spread over those who received it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from difass_analysis.display import canvas, numbers, theme
from difass_analysis.display.canvas import Sheet, Words
from difass_analysis.display.fields import dress, height_of, name_axes, number_axis
from difass_analysis.display.frames import joined, listed, prepared, titled
from difass_analysis.display.rows import row_notes
from difass_analysis.display.sidenotes import NAMES_SHARE, Sidenote, write_beside

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIDE = 280.0  # points, of the square at most
_AROUND = 66.0  # points for the numbers on the left and the lines to the names
_STYLES = (
    "-",
    (0, (5, 2)),
    (0, (1.5, 1.5)),
    (0, (6, 2, 1.5, 2)),
    "-",
    (0, (5, 2)),
    (0, (1.5, 1.5)),
)
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_STYLED = len(_STYLES)  # curves that can be told apart
_EXTREMES = 2  # curves named at either end where there are more


def lorenz(
    frame: pd.DataFrame,
    *,
    title: str,
    population: str = "recipients",
    money: str = "money",
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the share of the money that the smallest recipients hold together, for each group.

    Answers: do a few hold most of the money? The farther a curve hangs under the straight line,
    the less evenly the money is spread.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each point of a curve: ``label`` of the curve, ``population_share`` and
        ``money_share``, both cumulated from the smallest recipient upwards, as fractions;
        optionally ``note``. The points of a curve are joined in ascending order.
    title : str
        What is shown.
    population, money : str
        Names of what the two axes count, for example ``beneficiaries`` and ``EU money``.
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
    >>> frame = pd.DataFrame({"label": "A", "population_share": [0, 0.5, 1],
    ...                       "money_share": [0, 0.1, 1]})
    >>> ax = lorenz(frame, title="Concentration of EU money", population="beneficiaries")
    >>> [text.get_text() for text in ax.texts]
    ['share of money', 'A', 'equal shares']
    >>> close(ax)
    """
    rows = prepared(frame, numeric=("population_share", "money_share"), optional=())
    curves = _curves(rows)
    without = [name for name in dict.fromkeys(rows["label"]) if name not in curves]
    named = _named(curves)
    words = Words(
        title=titled(title, numbers.SHARE),
        reading=_reading(curves, named),
        notes=(*_notes(rows, without, said=caveats), *caveats),
        source=source,
        simulated=simulated,
    )
    if not curves:
        return canvas.empty(words, message="No curve has two points or more.", ax=ax)
    side = min(height_of(ax, new=_SIDE), canvas.room(ax) * (1 - NAMES_SHARE) - _AROUND)
    page = canvas.field(side, words=words, ax=ax)
    _dress(page, side=side, population=population, money=money)
    _draw(page.ax, curves, named)
    _name_curves(page, curves, named, side=side)
    return page.ax


def _curves(rows: pd.DataFrame) -> dict[str, np.ndarray[Any, Any]]:
    """Return the points of each curve that has at least two, in ascending order."""
    known = rows.dropna(subset=["population_share", "money_share"])
    known = known.sort_values(["population_share", "money_share"], kind="stable")
    found = {
        str(name): known.loc[known["label"] == name, ["population_share", "money_share"]].to_numpy()
        for name in dict.fromkeys(rows["label"])
    }
    return {name: points for name, points in found.items() if len(points) > 1}


def _named(curves: dict[str, np.ndarray[Any, Any]]) -> list[str]:
    """Choose the curves to be named: all, or the most and the least even ones of many."""
    if len(curves) <= _STYLED:
        return list(curves)
    ordered = sorted(curves, key=lambda name: float(np.trapezoid(*curves[name].T[::-1])))
    return [*ordered[:_EXTREMES], *ordered[-_EXTREMES:]]


def _reading(curves: dict[str, np.ndarray[Any, Any]], named: Sequence[str]) -> str:
    if not curves:
        return ""
    few = len(curves) > len(named)
    return joined(
        [
            "from the smallest recipient on the left to the largest on the right",
            f"named: the {_EXTREMES} least and the {_EXTREMES} most even of {len(curves)} curves"
            if few
            else "",
        ]
    )


def _notes(rows: pd.DataFrame, without: Sequence[str], *, said: Sequence[str]) -> list[str]:
    once = rows.drop_duplicates(["label", "note"])
    notes = row_notes(once, [str(name) for name in once["label"]], told=said)
    return [*notes, f"No curve, not known: {listed(without)}."] if without else notes


def _dress(page: Sheet, *, side: float, population: str, money: str) -> None:
    ax = page.ax
    dress(ax)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    ax.set_box_aspect(1)
    ax.set_anchor("W")
    for axis in (ax.xaxis, ax.yaxis):
        number_axis(axis, unit=numbers.SHARE, room=side)
    name_axes(ax, x=f"share of {population}", y=f"share of {money}")
    ax.plot([0, 1], [0, 1], color=theme.MUTED, linewidth=0.9)


def _draw(ax: Axes, curves: dict[str, np.ndarray[Any, Any]], named: Sequence[str]) -> None:
    for name, points in curves.items():
        if name not in named:
            ax.plot(*points.T, color=theme.PALETTE[6], linewidth=0.6, zorder=1.8)
    for place, name in enumerate(named):
        ax.plot(*curves[name].T, color=_color(place), linewidth=1.6, linestyle=_STYLES[place])


def _color(place: int) -> str:
    return theme.PALETTE[place] if place < len(theme.PALETTE) - 1 else theme.INK


def _name_curves(
    page: Sheet, curves: dict[str, np.ndarray[Any, Any]], named: Sequence[str], *, side: float
) -> None:
    """Name each curve at a point of its own, farther right the lower the curve."""
    notes = []
    for place, name in enumerate(named):
        x = 0.84 + 0.02 * place
        y = float(np.interp(x, *curves[name].T))
        page.ax.plot([x], [y], _MARKERS[place], color=_color(place), markersize=6, zorder=3)
        notes.append(Sidenote(x=x, y=y, text=name))
    write_beside(page.ax, notes, width=page.width * NAMES_SHARE, height=side)
    page.ax.text(
        0.36,
        0.40,
        "equal shares",
        ha="right",
        size=theme.SMALL_SIZE,
        color=theme.MUTED,
    )
