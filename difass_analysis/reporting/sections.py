"""Sections: how a topic adds its part to the page of a programme.

A topic gives a function ``(programme, *, home, out, level, words) -> Section | None`` and stands in
:data:`difass_analysis.reporting.topics.TOPICS`. A section that is None does not appear: neither
on the page nor in its contents.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from difass_analysis.export import safe_name
from difass_analysis.reporting.content import Link, Picture, Section
from difass_analysis.reporting.language import Words
from difass_analysis.reporting.outputs import drawn, written

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from difass_analysis.programme import Programme
    from difass_analysis.result import Result


class Topic(Protocol):
    """What a topic gives: its section on a programme, or None where there are no data for it."""

    def __call__(
        self, programme: Programme, *, home: str, out: Path, level: float, words: Words
    ) -> Section | None:
        """Return the section, having written its tables and charts below ``out``.

        Parameters
        ----------
        programme : Programme
            The programme, as it may be shown: without values of single rows in the findings of
            data that are not public.
        home : str
            Its name in files and on the page.
        out : Path
            Folder of the report.
        level : float
            Level of the intervals.
        words : Words
            The language of the page.
        """


def section_files(result: Result, *, home: str, name: str, out: Path) -> tuple[Link, ...]:
    """Write the table of a section as files with stable names, and return the links to them.

    Figures of data that are not public must have been through disclosure control
    (:func:`difass_analysis.disclosure.protect_one`); the export refuses them otherwise.

    Parameters
    ----------
    result : Result
        The table, in English as all files are.
    home, name : str
        Name of the programme and of the table; the files are ``tables/<home>_<name>.csv`` and
        ``.xlsx``.
    out : Path
        Folder of the report.

    Raises
    ------
    UsageError
        When the figures need disclosure control and have not had it.
    """
    return written(result, out, safe_name(f"{home}_{name}"), table="")


def section_picture(
    draw: Callable[[], Axes], *, home: str, name: str, out: Path, title: str, words: str
) -> Picture:
    """Draw a chart, write it as SVG and PNG with a stable name, and return it for the page.

    Parameters
    ----------
    draw : callable
        Draws the chart on a new figure and returns its Axes; it is called twice, for wide pages
        and for phones.
    home, name : str
        Name of the programme and of the chart; the files are ``charts/<home>_<name>.svg`` and
        ``.png``.
    out : Path
        Folder of the report.
    title, words : str
        What the chart shows, for those who do not see it.
    """
    return drawn(draw, out, id=safe_name(f"{home}_{name}"), title=title, words=words)


__all__ = ["Section", "Topic", "section_files", "section_picture"]
