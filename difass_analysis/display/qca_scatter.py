"""Pictures of memberships: a set against the outcome, and a calibration with its anchors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from difass_analysis.display import canvas, theme
from difass_analysis.display.canvas import Words
from difass_analysis.display.fields import dress, height_of, name_axes, number_axis
from difass_analysis.display.frames import joined, listed, prepared
from difass_analysis.display.nearby import write_nearby
from difass_analysis.display.sidenotes import NAMES_SHARE, Sidenote, capacity, write_beside

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEIGHT = 300.0  # points
_MARGINS = 50.0  # points for the numbers and the space beside the drawing
_MOST = 40  # places that are named
_TOGETHER = 40  # characters of the names of cases at one place

#: How the cases of each type look, in the order in which they are named.
_LOOKS = {
    "deviant in consistency (kind)": ("s", theme.PALETTE[4]),
    "deviant in coverage": ("^", theme.PALETTE[1]),
    "deviant in consistency (degree)": ("D", theme.PALETTE[3]),
    "typical": ("o", theme.VALUE),
    "other term": ("v", theme.PAPER),
    "at the crossover": ("P", theme.PALETTE[5]),
    "individually irrelevant": ("o", theme.PAPER),
}
_SIGNS = {
    "s": "square",
    "^": "triangle",
    "D": "diamond",
    "o": "circle",
    "v": "open triangle",
    "P": "plus",
}


def membership_scatter(
    frame: pd.DataFrame,
    *,
    term: str,
    outcome: str,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the cases by their membership in a set and in the outcome (XY plot).

    Answers: which cases bear out that the set is sufficient (above the diagonal, at the upper
    right), which contradict it, and which does it not explain?

    Parameters
    ----------
    frame : pandas.DataFrame
        ``label`` (case), ``membership``, ``outcome``, ``type``.
    term, outcome : str
        Names of the set and of the outcome.
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
    >>> frame = pd.DataFrame({"label": ["x", "y"], "membership": [0.7, 0.9],
    ...     "outcome": [0.9, 0.2], "type": ["typical", "deviant in consistency (kind)"]})
    >>> ax = membership_scatter(frame, term="A*B", outcome="Y")
    >>> [text.get_text() for text in ax.texts]
    ['membership in Y', 'y', 'x']
    >>> close(ax)
    """
    rows = prepared(frame, text=("label", "type"), numeric=("membership", "outcome"), optional=())
    rows = rows.dropna(subset=["membership", "outcome"])
    height = height_of(ax, new=_HEIGHT)
    places = _places(rows)
    named = places.head(_MOST)
    words = Words(
        title=f"Cases by membership in {term} and in {outcome}",
        reading=_reading(rows),
        notes=(*_unnamed(places, named), *caveats),
        source=source,
        simulated=simulated,
    )
    if rows.empty:
        return canvas.empty(words, message="No case has both memberships.", ax=ax)
    page = canvas.field(_HEIGHT, words=words, ax=ax)
    _unit_square(page.ax)
    for kind, (marker, fill) in _LOOKS.items():
        held = rows[rows["type"] == kind]
        if len(held):
            _points(page.ax, held["membership"], held["outcome"], marker, fill)
    dress(page.ax)
    number_axis(page.ax.xaxis, unit="", room=page.width * (1 - NAMES_SHARE))
    number_axis(page.ax.yaxis, unit="", room=height)
    name_axes(page.ax, x=f"membership in {term}", y=f"membership in {outcome}")
    notes = [
        Sidenote(x=row["membership"], y=row["outcome"], text=row["label"])
        for row in named.to_dict("records")
    ]
    share = page.width * NAMES_SHARE
    rest = write_nearby(page.ax, notes, width=page.width - share - _MARGINS, height=height)
    write_beside(page.ax, rest[: capacity(height)], width=share, height=height)
    return page.ax


def calibration_curve(
    frame: pd.DataFrame,
    *,
    curve: pd.DataFrame,
    anchors: Mapping[str, float],
    name: str,
    caveats: Sequence[str] = (),
    source: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw how values became memberships: the cases on the curve, and the anchors.

    Answers: which values does the calibration tell apart, and which cases lie near the crossover?

    Parameters
    ----------
    frame : pandas.DataFrame
        ``label`` (case), ``value``, ``membership``; optionally ``code``, drawn as a cross.
    curve : pandas.DataFrame
        ``value`` and ``membership`` along the curve.
    anchors : mapping of str to float
        Values of the anchors by name.
    name : str
        What was calibrated.
    caveats, source : sequence of str, str
        Sentences and the source line under the picture.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; a new figure is made without it.

    Raises
    ------
    SchemaError
        When a column is missing, or holds something that is no number.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> frame = pd.DataFrame({"label": ["x"], "value": [3.0], "membership": [1.0]})
    >>> curve = pd.DataFrame({"value": [1.0, 2.0, 2.0, 3.0], "membership": [0.0, 0.0, 1.0, 1.0]})
    >>> ax = calibration_curve(frame, curve=curve, anchors={"crossover": 2}, name="size")
    >>> [text.get_text() for text in ax.texts]
    ['membership', 'crossover: 2']
    >>> close(ax)
    """
    rows = prepared(frame, numeric=("value", "membership"), optional=("code",))
    rows = rows.dropna(subset=["value", "membership"])
    coded = rows.dropna(subset=["code"])
    words = Words(
        title=f"Calibration of {name}",
        reading=joined(
            [
                "circle: a case",
                "cross: the code it was given" if len(coded) else "",
                "dashed lines: anchors" if anchors else "",
            ]
        ),
        notes=tuple(caveats),
        source=source,
    )
    if rows.empty:
        return canvas.empty(words, message="No case has a value.", ax=ax)
    page = canvas.field(_HEIGHT, words=words, ax=ax)
    height = height_of(ax, new=_HEIGHT)
    page.ax.plot(curve["value"], curve["membership"], color=theme.MUTED, linewidth=1.2)
    _points(page.ax, rows["value"], rows["membership"], "o", theme.PALETTE[3])
    page.ax.plot(coded["value"], coded["code"], "x", color=theme.ALERT, markersize=5)
    _anchors(page.ax, anchors)
    dress(page.ax)
    number_axis(page.ax.xaxis, unit="", room=page.width * (1 - NAMES_SHARE))
    number_axis(page.ax.yaxis, unit="", room=height)
    name_axes(page.ax, x=name, y="membership")
    top = 1.0 if not len(rows) else max(1.0, float(rows["membership"].max()))
    page.ax.set_ylim(-0.05 * top, 1.05 * top)
    notes = [
        Sidenote(x=value, y=_at(curve, value), text=f"{anchor}: {value:.6g}")
        for anchor, value in anchors.items()
    ]
    write_beside(page.ax, notes, width=page.width * NAMES_SHARE, height=height)
    return page.ax


def _unit_square(ax: Axes) -> None:
    ax.set_xlim(-0.03, 1.03)
    ax.set_ylim(-0.03, 1.03)
    ax.plot([0, 1], [0, 1], color=theme.MUTED, linewidth=0.9)
    ax.axhline(0.5, color=theme.MUTED, linewidth=0.9, linestyle=":")
    ax.axvline(0.5, color=theme.MUTED, linewidth=0.9, linestyle=":")


def _points(ax: Axes, x: pd.Series, y: pd.Series, marker: str, fill: str) -> None:
    ax.plot(
        x,
        y,
        marker,
        markerfacecolor=fill,
        markeredgecolor=theme.INK,
        markeredgewidth=0.9,
        markersize=6,
        clip_on=False,
        zorder=3,
    )


def _places(rows: pd.DataFrame) -> pd.DataFrame:
    """Name the cases at one place together; the places of deviant cases come first."""
    order = list(_LOOKS)
    ranks = [order.index(kind) if kind in order else len(order) for kind in rows["type"]]
    spots = rows.assign(x=rows["membership"].round(2), y=rows["outcome"].round(2), rank=ranks)
    grouped = spots.groupby(["x", "y"], sort=False)
    found = grouped.agg(
        label=("label", lambda names: _together([str(name) for name in names])),
        rank=("rank", "min"),
        membership=("membership", "first"),
        outcome=("outcome", "first"),
    )
    return found.sort_values(["rank", "outcome"], kind="stable").reset_index(drop=True)


def _together(names: Sequence[str]) -> str:
    kept = list(names)
    while len(kept) > 1 and len(", ".join(kept)) > _TOGETHER:
        kept.pop()
    more = len(names) - len(kept)
    return ", ".join(kept) + (f" and {more} more" if more else "")


def _unnamed(places: pd.DataFrame, named: pd.DataFrame) -> list[str]:
    rest = [str(label) for label in places["label"].iloc[len(named) :]]
    return [f"Drawn, but not named for want of room: {listed(rest)}."] if rest else []


def _reading(rows: pd.DataFrame) -> str:
    held = set(rows["type"])
    looks = [
        f"{'open ' if fill == theme.PAPER and marker == 'o' else ''}{_SIGNS[marker]}: {kind}"
        for kind, (marker, fill) in _LOOKS.items()
        if kind in held
    ]
    return joined([*looks, "above the diagonal the outcome exceeds the set"])


def _anchors(ax: Axes, anchors: Mapping[str, float]) -> None:
    for value in anchors.values():
        ax.axvline(value, color=theme.ALERT, linewidth=0.9, linestyle=(0, (5, 3)), zorder=1)


def _at(curve: pd.DataFrame, value: float) -> float:
    """Return the height of the curve at a value, where the name's line ends."""
    nearest = (curve["value"] - value).abs().to_numpy().argmin()
    return float(curve["membership"].iloc[nearest])
