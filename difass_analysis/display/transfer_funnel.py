"""The uptake of practices as a funnel: what share of the agreed transfers reached each stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from difass_analysis.display import canvas, theme
from difass_analysis.display.canvas import Heading, Words
from difass_analysis.display.frames import prepared

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEIGHT = 11.0
_UNDEFINED = "not known"


def transfer_funnel(
    frame: pd.DataFrame,
    *,
    title: str,
    interval: str = "",
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw one bar for each stage, as a share of the agreed transfers, with its interval.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``label`` (the stage, with the group before it where there are groups), ``share``,
        ``lower``, ``upper`` (fractions), ``reached`` and ``agreed``.
    title : str
        What is shown.
    interval : str
        Which interval the lines are.
    caveats, source : sequence of str, str
        Sentences and the source line under the picture.
    simulated : bool
        Whether the data are simulated; the picture then says so.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; a new figure is made without it.

    Raises
    ------
    SchemaError
        When a column is missing.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> rows = pd.DataFrame({"label": ["agreed", "piloted"], "share": [1.0, 0.5],
    ...                      "lower": [0.4, 0.07], "upper": [1.0, 0.93],
    ...                      "reached": [4, 2], "agreed": [4, 4]})
    >>> ax = transfer_funnel(rows, title="Uptake")
    >>> [text.get_text() for text in ax.texts]
    ['4 of 4', '2 of 4', 'transfers', '100 %', '50 %', 'share']
    >>> close(ax)
    """
    rows = prepared(
        frame, numeric=("share", "reached", "agreed"), optional=("lower", "upper")
    ).to_dict("records")
    words = Words(
        title=title,
        reading=f"bar: share of agreed transfers; line: {interval}" if interval else "",
        notes=tuple(caveats),
        source=source,
        simulated=simulated,
    )
    if not rows:
        return canvas.empty(words, message="No transfer: there is nothing to draw.", ax=ax)
    page = canvas.sheet([str(row["label"]) for row in rows], words=words, ax=ax)
    counts = tuple(f"{row['reached']:.0f} of {row['agreed']:.0f}" for row in rows)
    shares = tuple(
        _UNDEFINED if pd.isna(row["share"]) else f"{100 * row['share']:.0f} %" for row in rows
    )
    canvas.columns(
        page,
        [
            Heading(title="transfers", cells=counts),
            Heading(title="share", cells=shares, strong=True),
        ],
    )
    for y, row in zip(page.centres, rows, strict=True):
        if pd.isna(row["share"]):
            continue
        page.ax.barh(y, row["share"], height=_HEIGHT, color=theme.VALUE, alpha=0.55, linewidth=0)
        if pd.notna(row["lower"]) and pd.notna(row["upper"]):
            page.ax.plot(
                [row["lower"], row["upper"]], [y, y], "-|", color=theme.INK, linewidth=1.1,
                markersize=5,
            )  # fmt: skip
    page.ax.set_xlim(0, 1.02)
    page.ax.set_xticks([0, 0.5, 1], labels=["0 %", "50 %", "100 %"])
    page.ax.set_xlabel(
        "share of agreed transfers", size=theme.SMALL_SIZE, color=theme.MUTED, parse_math=False
    )
    return page.ax
