"""The transition matrix: where the balance of each band goes, as a map of shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from difass_analysis.display import canvas, numbers, theme
from difass_analysis.display.canvas import Words
from difass_analysis.display.frames import prepared, titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DARK = 0.8  # share from which the figure in a cell is white
_LINES = 9


def transition_matrix(
    frame: pd.DataFrame,
    *,
    title: str,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw shares by where they come from (rows) and where they go (columns).

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a cell: ``from_band``, ``to_band``, ``share`` of the row. Bands that occur as
        rows stand first among the columns, in the same order.
    title : str
        What is shown.
    caveats, source, simulated, ax
        As in the other charts.

    Raises
    ------
    SchemaError
        When a column is missing, or holds something that is no number.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> frame = pd.DataFrame({"from_band": ["current"] * 2, "to_band": ["current", "1-30"],
    ...                       "share": [0.9, 0.1]})
    >>> ax = transition_matrix(frame, title="Roll rates")
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['current']
    >>> close(ax)
    """
    rows = prepared(frame, text=("from_band", "to_band"), numeric=("share",), optional=())
    origins = list(dict.fromkeys(rows["from_band"]))
    goals = [*origins, *(name for name in dict.fromkeys(rows["to_band"]) if name not in origins)]
    words = Words(
        title=titled(title, numbers.SHARE),
        reading="Each row adds up to 100 %: from the band on the left to the band above.",
        notes=tuple(caveats),
        source=source,
        simulated=simulated,
    )
    if rows.empty:
        return canvas.empty(words, message="Nothing was followed from one date to the next.", ax=ax)
    page = canvas.sheet(origins, words=words, ax=ax)
    _cells(page.ax, rows, origins, goals, page.centres)
    page.ax.set_xlim(0, len(goals))
    page.ax.set_xticks([place + 0.5 for place in range(len(goals))], labels=_wrapped(goals))
    page.ax.tick_params(
        axis="x", top=True, labeltop=True, bottom=False, labelbottom=False, length=0
    )
    page.ax.grid(visible=False)
    page.ax.spines["bottom"].set_visible(False)
    return page.ax


def _wrapped(names: Sequence[str]) -> list[str]:
    return [
        name if len(name) <= _LINES else name.replace(" ", "\n", 1).replace("the ", "", 1)
        for name in names
    ]


def _cells(
    ax: Axes,
    rows: pd.DataFrame,
    origins: Sequence[str],
    goals: Sequence[str],
    centres: Sequence[float],
) -> None:
    from matplotlib.patches import Rectangle

    step = centres[1] - centres[0] if len(centres) > 1 else 2 * centres[0]
    for row in rows.to_dict("records"):
        share = float(row["share"])
        left, middle = goals.index(row["to_band"]), centres[origins.index(row["from_band"])]
        if not numbers.is_known(share):
            continue
        ax.add_patch(
            Rectangle(
                (left, middle - step / 2),
                1,
                step,
                facecolor=theme.VALUE,
                alpha=min(1.0, 0.06 + 0.94 * share),
                edgecolor=theme.PAPER,
                linewidth=1.0,
            )
        )
        ax.text(
            left + 0.5,
            middle,
            _percent(share),
            ha="center",
            va="center_baseline",
            size=theme.TEXT_SIZE,
            color=theme.PAPER if share > _DARK else theme.INK,
        )


def _percent(share: float) -> str:
    if 0 < share < 0.001:
        return "<0.1"
    return f"{share * 100:.1f}"
