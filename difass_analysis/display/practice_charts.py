"""Good practices as a picture: how much of the record is filled in, and the step beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from difass_analysis.display import canvas, theme
from difass_analysis.display.canvas import Heading, Words
from difass_analysis.errors import SchemaError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEIGHT = 9.0
_NEEDED = ("practice_id", "title", "filled", "mandatory", "evidence_step")


def completeness(
    frame: pd.DataFrame,
    *,
    title: str,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the mandatory fields that are filled in, one bar a practice, with the evidence step.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``practice_id``, ``title``, ``filled``, ``mandatory``, ``evidence_step``.
    title : str
        What is shown.
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
    >>> frame = pd.DataFrame({"practice_id": ["a"], "title": ["A tool"], "filled": [2],
    ...                       "mandatory": [11], "evidence_step": ["I"]})
    >>> ax = completeness(frame, title="Records")
    >>> [text.get_text() for text in ax.texts]
    ['2 of 11', 'filled', 'I', 'step']
    >>> close(ax)
    """
    absent = [name for name in _NEEDED if name not in frame]
    if absent:
        raise SchemaError(
            f"The rows of this picture have no column {', '.join(absent)}.",
            todo=f"They have: {', '.join(map(str, frame.columns)) or '(none)'}.",
        )
    words = Words(
        title=title,
        reading="bar: mandatory fields that are filled in; step: as an expert declared it",
        notes=tuple(caveats),
        source=source,
        simulated=simulated,
    )
    if frame.empty:
        return canvas.empty(words, message="No practice: there is nothing to draw.", ax=ax)
    rows = frame.to_dict("records")
    labels = [str(row["practice_id"] if pd.isna(row["title"]) else row["title"]) for row in rows]
    page = canvas.sheet(labels, words=words, ax=ax)
    filled = tuple(f"{row['filled']} of {row['mandatory']}" for row in rows)
    steps = tuple(
        "none" if pd.isna(row["evidence_step"]) else str(row["evidence_step"]) for row in rows
    )
    canvas.columns(
        page,
        [Heading(title="filled", cells=filled, strong=True), Heading(title="step", cells=steps)],
    )
    for y, row in zip(page.centres, rows, strict=True):
        page.ax.barh(y, row["mandatory"], height=_HEIGHT, color=theme.GRID, linewidth=0, zorder=2)
        page.ax.barh(y, row["filled"], height=_HEIGHT, color=theme.VALUE, linewidth=0, zorder=3)
    most = max(int(row["mandatory"]) for row in rows)
    page.ax.set_xlim(0, most)
    page.ax.set_xticks([0, most])
    page.ax.set_xlabel("fields", size=theme.SMALL_SIZE, color=theme.MUTED, parse_math=False)
    return page.ax


_MARKS = (
    ("evidence_for", "for"),
    ("evidence_against", "against"),
    ("rivals", "rivals"),
    ("tests", "tests"),
)


def coverage(
    frame: pd.DataFrame,
    *,
    title: str,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw for each claim and link what is written down, and what is not.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``id``, ``kind``, ``statement``, ``evidence_for``, ``evidence_against``, ``rivals``
        (flags), ``tests`` (text) and ``status``.
    title : str
        What is shown.
    caveats, source : sequence of str, str
        Sentences and the source line under the picture.
    simulated : bool
        Whether the data are simulated; the picture then says so.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; a new figure is made without it.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> frame = pd.DataFrame({"id": ["c1"], "kind": ["claim"], "statement": ["a → b"],
    ...                       "evidence_for": [True], "evidence_against": [False],
    ...                       "rivals": [False], "tests": ["hoop"], "status": ["open"]})
    >>> ax = coverage(frame, title="Evidence")
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['c1: a → b']
    >>> close(ax)
    """
    words = Words(
        title=title,
        reading="evidence for, evidence against, rival explanations, tests; filled: written down; "
        "hollow: nothing written down; no mark: not asked of links",
        notes=tuple(caveats),
        source=source,
        simulated=simulated,
    )
    if frame.empty:
        return canvas.empty(words, message="No claims: there is nothing to draw.", ax=ax)
    rows = frame.to_dict("records")
    page = canvas.sheet([f"{row['id']}: {row['statement']}" for row in rows], words=words, ax=ax)
    states = tuple(str(row["status"]) for row in rows)
    canvas.columns(page, [Heading(title="status", cells=states)])
    for place, (name, _) in enumerate(_MARKS):
        for y, row in zip(page.centres, rows, strict=True):
            if name == "tests" and row["kind"] == "link":
                continue
            there = bool(row[name]) and not pd.isna(row[name])
            page.ax.plot(
                [place],
                [y],
                "o",
                markersize=8,
                markerfacecolor=theme.VALUE if there else theme.PAPER,
                markeredgecolor=theme.VALUE if there else theme.ALERT,
                zorder=3,
            )
    page.ax.set_xlim(-0.6, len(_MARKS) - 0.4)
    labels = [label for _, label in _MARKS]
    page.ax.set_xticks(range(len(_MARKS)), labels=labels, parse_math=False)
    return page.ax
