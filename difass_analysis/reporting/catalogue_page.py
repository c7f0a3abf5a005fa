"""The catalogue of good practices: one page to search and filter, which works offline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from difass_analysis.errors import UsageError
from difass_analysis.export import atomic_write
from difass_analysis.programme import Programme
from difass_analysis.reporting.fact_sheets import practice_environment
from difass_analysis.reporting.practice_content import (
    NOT_STATED,
    PracticeContent,
    content_hash,
    practice_contents,
    template_text,
)
from difass_analysis.result import SIMULATED

_FILTERS = ("mechanism", "theme", "region", "evidence")


def practice_catalogue(programmes: Programme | Sequence[Programme]) -> bytes:
    """Return a page with all practices of some programmes, to be filtered and searched.

    Filters are kind of support, theme, region and declared step of evidence; words are looked
    for in the whole record. The page needs no network, can be used from the keyboard, and shows
    everything where scripts are off. Only its own style sheet and script can run.

    Parameters
    ----------
    programmes : Programme or sequence of Programme
        Those without practices add none.

    Returns
    -------
    bytes
        The page as UTF-8. The same programmes give the same bytes.

    Raises
    ------
    UsageError
        When none of the programmes has a practice.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"practice_id": ["a"], "title": ["A tool"], "theme": ["finance"]})
    >>> page = practice_catalogue(Programme.from_frames(practices=frame)).decode()
    >>> "1 of 1 practices" in page, "<option>finance</option>" in page
    (True, True)
    """
    given = [programmes] if isinstance(programmes, Programme) else list(programmes)
    held = [one for one in given if "practices" in one.tables]
    contents = [content for programme in held for content in practice_contents(programme)]
    if not contents:
        raise UsageError(
            "There is no practice to put into the catalogue.",
            todo="Give a programme with a table practices, such as read_practices fills.",
        )
    css, script = template_text("practice.css"), template_text("catalogue.js")
    text = (
        practice_environment()
        .get_template("catalogue.html.j2")
        .render(
            contents=contents,
            choices=[(name, _values(contents, name)) for name in _FILTERS],
            caveats=list(dict.fromkeys(text for content in contents for text in content.caveats)),
            simulated=[one.name for one in held if one.simulated],
            simulated_text=SIMULATED,
            css=css,
            script=script,
            style_hash=content_hash(css),
            script_hash=content_hash(script),
        )
    )
    return text.encode("utf-8", "replace")


def write_catalogue(programmes: Programme | Sequence[Programme], path: Path | str) -> Path:
    """Write the catalogue of good practices as one HTML file, and return its path.

    Parameters
    ----------
    programmes : Programme or sequence of Programme
        Whose practices.
    path : path or str
        Where to; folders on the way are made.

    Raises
    ------
    UsageError
        When none of the programmes has a practice.
    InputError
        When the file cannot be written.

    Examples
    --------
    >>> import pandas as pd
    >>> from tempfile import TemporaryDirectory
    >>> frame = pd.DataFrame({"practice_id": ["a"], "title": ["A tool"]})
    >>> with TemporaryDirectory() as folder:
    ...     path = f"{folder}/catalogue.html"
    ...     write_catalogue(Programme.from_frames(practices=frame), path).name
    'catalogue.html'
    """
    return atomic_write(path, practice_catalogue(programmes))


def _values(contents: Sequence[PracticeContent], name: str) -> list[str]:
    """Values of one filter in alphabetical order; what is not stated comes last."""
    values = {content.filters[name] for content in contents}
    return sorted(values, key=lambda value: (value == NOT_STATED, value.casefold()))
