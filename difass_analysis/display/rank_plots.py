"""The rank plot: the ranks that each group may have, never a rank alone."""

from __future__ import annotations

from math import ceil, isnan
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.display import canvas, theme
from difass_analysis.display.canvas import Heading, Sheet, Words
from difass_analysis.display.frames import interval_name, joined, missing_word, prepared, worded
from difass_analysis.display.rows import say_missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

_TICK = 26.0  # points that the number of a rank needs


def ranks(
    frame: pd.DataFrame,
    *,
    title: str,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the confidence set of each group's rank, with rank 1 on the left.

    Answers: which places may this group have among all groups, given the uncertainty of them all?

    Parameters
    ----------
    frame : pandas.DataFrame
        ``label``, ``rank``, ``lower`` and ``upper`` (the set that holds for all groups at once);
        optionally ``marginal_lower`` and ``marginal_upper`` (the set for this group alone),
        ``note``, and ``level``, the level of the sets. A rank without a set is not drawn.
    title : str
        By what the groups are ranked, and whether rank 1 is the highest or the lowest.
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
    >>> frame = pd.DataFrame({"label": ["A", "B"], "rank": [1, 2], "lower": [1, 1],
    ...                       "upper": [2, 2]})
    >>> ax = ranks(frame, title="Rank by leverage, 1 = highest")
    >>> [text.get_text() for text in ax.texts][:2]
    ['1st to 2nd of 2', '1st to 2nd of 2']
    >>> close(ax)
    """
    rows = prepared(
        frame,
        numeric=("rank", "lower", "upper"),
        optional=("marginal_lower", "marginal_upper"),
    )
    known = rows[_has_set(rows)]
    highest = [float(rows[name].max()) for name in ("rank", "upper", "marginal_upper")]
    count = int(max([len(known), *(rank for rank in highest if not isnan(rank))]))
    words = Words(
        title=title,
        reading=_reading(known, name=interval_name(frame, what="set")),
        notes=tuple(caveats),
        source=source,
        simulated=simulated,
    )
    if rows.empty:
        return canvas.empty(words, message="No groups: there is nothing to rank.", ax=ax)
    page = canvas.sheet([str(name) for name in rows["label"]], words=worded(words, rows), ax=ax)
    taken = canvas.columns(page, _columns(rows, count, name=interval_name(frame, what="set")))
    _rank_axis(page, count, taken=taken)
    for y, row in zip(page.centres, rows.to_dict("records"), strict=True):
        _draw_row(page.ax, y, row)
    return page.ax


def _has_set(rows: pd.DataFrame) -> pd.Series:
    return rows["lower"].notna() & rows["upper"].notna()


def _reading(known: pd.DataFrame, *, name: str) -> str:
    if known.empty:
        return ""
    marginal = known["marginal_lower"].notna().any()
    return joined(
        [
            "dot: rank of the estimate" if known["rank"].notna().any() else "",
            f"thin line: {name} that holds for all groups at once",
            f"thick bar: {name} for this group alone" if marginal else "",
        ]
    )


def _columns(rows: pd.DataFrame, count: int, *, name: str) -> list[Heading]:
    records = rows.to_dict("records")
    sets = tuple(_set_text(row, count) for row in records)
    places = tuple(
        "" if isnan(row["lower"] + row["upper"] + row["rank"]) else ordinal(row["rank"])
        for row in records
    )
    columns = [Heading(title=name, cells=sets, strong=True)]
    return [*columns, Heading(title="rank", cells=places)] if any(places) else columns


def _set_text(row: dict[Any, Any], count: int) -> str:
    lower, upper = row["lower"], row["upper"]
    if isnan(lower) or isnan(upper):
        return missing_word(row["note"])
    first, last = ordinal(lower), ordinal(upper)
    return f"{first} of {count}" if first == last else f"{first} to {last} of {count}"


def ordinal(rank: float) -> str:
    """Write a rank as a place; ranks that groups share may lie between two places.

    Examples
    --------
    >>> [ordinal(rank) for rank in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111, 2.5)]
    ['1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '102nd', '111th', '2.5']
    """
    if rank != int(rank):
        return f"{rank:.10g}"
    place = int(rank)
    teen = 10 <= place % 100 <= 20
    return f"{place}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(place % 10, 'th')}"


def _rank_axis(page: Sheet, count: int, *, taken: float) -> None:
    ax = page.ax
    if not count:
        ax.set_xticks([])
        return
    ax.set_xlim(0.5, count + 0.5)
    room = max(1, int((page.width - page.indent - taken) / _TICK))
    step = next(
        step for step in (1, 2, 5, 10, 20, 50, 100, ceil(count / 2), count) if count <= step * room
    )
    ticks = [1, *range(step if step > 1 else 2, count + 1, step)]
    if len(ticks) > 1 and step > 1 and count - ticks[-1] >= step / 2:
        ticks.append(count)
    ax.set_xticks(ticks, labels=[str(tick) for tick in ticks])


def _draw_row(ax: Axes, y: float, row: dict[Any, Any]) -> None:
    lower, upper = row["lower"], row["upper"]
    if isnan(lower) or isnan(upper):
        say_missing(ax, y, text=missing_word(row["note"]))
        return
    ax.plot([lower, upper], [y, y], color=theme.VALUE, linewidth=1.3)
    ax.plot([lower, upper], [y, y], "|", color=theme.VALUE, markersize=6)
    inner = row["marginal_lower"], row["marginal_upper"]
    if not any(map(isnan, inner)):
        pad = 0.12  # a set of one rank is still seen
        ax.barh(
            y,
            inner[1] - inner[0] + 2 * pad,
            left=inner[0] - pad,
            height=6,
            facecolor=theme.PALETTE[3],
            edgecolor=theme.VALUE,
            linewidth=0.8,
            zorder=2.1,
        )
    if not isnan(row["rank"]):
        ax.plot([row["rank"]], [y], "o", color=theme.INK, markersize=5.5, zorder=3)
