"""The page as HTML: a template, a style sheet, and everything escaped."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from difass_analysis.reporting.content import Alarm, Chapter
from difass_analysis.reporting.language import ENGLISH, Words

_TEMPLATES = "templates"


def page_bytes(
    chapters: Sequence[Chapter], *, version: str, level: float, words: Words = ENGLISH
) -> bytes:
    """Return the page that holds the chapters, as UTF-8.

    Parameters
    ----------
    chapters : sequence of Chapter
        One for each programme, in the order of the page.
    version : str
        Version of this package.
    level : float
        Level of the intervals.
    words : Words
        The language of the page.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("difass_analysis.reporting", _TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    first = next((one for one in chapters if one.key_figures), None)
    text = environment.get_template("page.html.j2").render(
        chapters=chapters,
        first=first,
        alarms=_first_alarms(first),
        simulated=[one for one in chapters if one.simulated],
        level=words.numerals(f"{level * 100:.10g} %"),
        words=words,
        version=version,
        css=_css(),
    )
    return text.encode("utf-8", "replace")


def _first_alarms(first: Chapter | None) -> tuple[Alarm, ...]:
    return first.alarms if first else ()


def _css() -> str:
    return (files("difass_analysis.reporting") / _TEMPLATES / "page.css").read_text("utf-8")
