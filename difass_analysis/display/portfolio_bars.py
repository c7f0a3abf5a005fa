"""Bars of a loan portfolio: risk beside write-offs, balance by days late, revenue and cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from difass_analysis.display import canvas, charts, numbers, theme
from difass_analysis.display.canvas import Heading, Words
from difass_analysis.display.frames import joined, prepared, titled
from difass_analysis.display.rows import row_notes, value_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEIGHT = 10.0  # points of a bar


def risk_bars(
    frame: pd.DataFrame,
    *,
    title: str,
    level: float = 0.95,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw shares at risk and written off, one row each, with intervals or bounds.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``label``, ``value``, ``lower``, ``upper``, ``unit``, ``method``, ``note``.
    title, level, caveats, source, simulated, ax
        As in :func:`difass_analysis.display.charts.intervals`.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> row = {"label": "PAR30", "value": 0.05, "lower": None, "upper": None, "unit": "share",
    ...        "method": "ratio", "note": ""}
    >>> ax = risk_bars(pd.DataFrame([row]), title="Risk")
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['PAR30']
    >>> close(ax)
    """
    return charts.intervals(
        frame,
        by=["label"],
        title=title,
        caveats=caveats,
        source=source,
        simulated=simulated,
        level=level,
        ax=ax,
    )


def ageing_bars(
    frame: pd.DataFrame,
    *,
    title: str,
    currency: str = "",
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the balance of each band of days past due, its restructured part hatched.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a band: ``label``, ``outstanding_amount``, ``restructured_amount``, ``share``;
        ``note`` may be left out.
    title, currency : str
        What is shown, and in which unit.
    caveats, source, simulated, ax
        As in the other charts.

    Raises
    ------
    SchemaError
        When a column is missing, or holds something that is no number.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> frame = pd.DataFrame({"label": ["current", "1-30"], "outstanding_amount": [90.0, 10.0],
    ...                       "restructured_amount": [0.0, 5.0], "share": [0.9, 0.1]})
    >>> ax = ageing_bars(frame, title="Balance", currency="EUR")
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['current', '1-30']
    >>> close(ax)
    """
    names = ("outstanding_amount", "restructured_amount", "share")
    rows = prepared(frame, numeric=names, optional=())
    labels = list(rows["label"])
    part = (rows["restructured_amount"] > 0).any()
    words = Words(
        title=titled(title, currency),
        reading=joined(["length: outstanding balance", "hatched: restructured" if part else ""]),
        notes=(*row_notes(rows, labels, told=caveats), *caveats),
        source=source,
        simulated=simulated,
    )
    if rows.empty:
        return canvas.empty(words, message="No figures: there is nothing to draw.", ax=ax)
    page = canvas.sheet(labels, words=words, ax=ax)
    amounts = tuple(numbers.value_text(v, unit=currency) for v in rows["outstanding_amount"])
    shares = tuple(numbers.value_text(v, unit=numbers.SHARE) for v in rows["share"])
    headings = [
        Heading(title="balance", cells=amounts, strong=True),
        Heading(title="share", cells=shares),
    ]
    taken = canvas.columns(page, headings)
    centres = list(page.centres)
    page.ax.barh(centres, rows["outstanding_amount"], height=_HEIGHT, color=theme.VALUE)
    page.ax.barh(
        centres,
        rows["restructured_amount"],
        height=_HEIGHT,
        facecolor=theme.PAPER,
        edgecolor=theme.VALUE,
        hatch="////",
        linewidth=0.8,
    )
    value_axis(page, (0.0, float(rows["outstanding_amount"].max())), unit=currency, taken=taken)
    return page.ax


def coverage_bars(
    frame: pd.DataFrame,
    *,
    title: str,
    currency: str = "",
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw revenue and each cost: a bar as stated, a diamond after adjustments.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a line: ``line``, ``stated``, ``adjusted``; ``note`` may be left out.
    title, currency : str
        What is shown, and in which unit.
    caveats, source, simulated, ax
        As in the other charts.

    Raises
    ------
    SchemaError
        When a column is missing, or holds something that is no number.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> frame = pd.DataFrame({"line": ["revenue"], "stated": [180.0], "adjusted": [175.0]})
    >>> ax = coverage_bars(frame, title="Revenue and cost", currency="EUR")
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['revenue']
    >>> close(ax)
    """
    rows = prepared(frame, text=("line",), numeric=("stated", "adjusted"), optional=())
    labels = list(rows["line"])
    words = Words(
        title=titled(title, currency),
        reading="Bar: as stated; diamond: adjusted.",
        notes=(*row_notes(rows, labels, told=caveats), *caveats),
        source=source,
        simulated=simulated,
    )
    if rows.empty:
        return canvas.empty(words, message="No figures: there is nothing to draw.", ax=ax)
    page = canvas.sheet(labels, words=words, ax=ax)
    cells = {
        name: tuple(numbers.value_text(v, unit=currency) for v in rows[name])
        for name in ("stated", "adjusted")
    }
    headings = [Heading(title=name, cells=cells[name], strong=name == "stated") for name in cells]
    taken = canvas.columns(page, headings)
    page.ax.barh(page.centres, rows["stated"], height=_HEIGHT, color=theme.VALUE)
    page.ax.plot(
        rows["adjusted"], page.centres, "D", color=theme.BOUNDS, markersize=6,
        markeredgecolor=theme.INK, markeredgewidth=0.5, linestyle="none", clip_on=False,
    )  # fmt: skip
    known = rows[["stated", "adjusted"]].max().dropna()
    span = (0.0, float(known.max())) if len(known) else None
    value_axis(page, span, unit=currency, taken=taken)
    return page.ax
