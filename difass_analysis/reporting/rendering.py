"""The page as HTML: a template, a style sheet, a script, and everything escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from difass_analysis.reporting.content import Alarm, Cell, Chapter
from difass_analysis.reporting.language import ENGLISH, Words
from difass_analysis.reporting.practice_content import content_hash, template_text

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_LONG_WORD = 28  # letters without a blank that a column of a table may have to break
_TAG = re.compile(r"<\w[^>]*>")
_STYLE = re.compile(r' style="([^"]*)"')
_RULE_END = re.compile(r"[{}<>\\@]")
_COMMENT = re.compile(r"<!--.*?-->\s*", re.DOTALL)


def page_bytes(
    chapters: Sequence[Chapter], *, version: str, level: float, words: Words = ENGLISH
) -> bytes:
    """Return the page that holds the chapters, as UTF-8.

    The page allows its own style sheet and its own script by their hashes, and nothing else: no
    other script, no style in an attribute, no request. The script sorts and filters tables and
    opens folded parts; all of the page can be read without it.

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

    Examples
    --------
    >>> page = page_bytes([], version="1", level=0.95).decode()
    >>> page.count("<script"), "unsafe" in page
    (1, False)
    """
    first = next((one for one in chapters if one.key_figures), None)
    text = (
        _environment()
        .get_template("page.html.j2")
        .render(
            chapters=chapters,
            first=first,
            alarms=_first_alarms(first),
            simulated=[one for one in chapters if one.simulated],
            level=words.numerals(f"{level * 100:.10g} %"),
            words=words,
            version=version,
            css=template_text("page.css"),
            script=template_text("page.js"),
            content_hash=content_hash,
            drawings=Drawings(),
            has_long_word=has_long_word,
        )
    )
    return text.encode("utf-8", "replace")


class Drawings:
    """The drawings of a page, whose styles become classes of its style sheet.

    A policy that allows one style sheet by its hash refuses styles in attributes. Equal styles
    become one class, which also makes the page smaller.
    """

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def classed(self, svg: str) -> Markup:
        """Return a drawing of this package with classes in place of its styles.

        Only tags are changed: a text that looks like a style stays a text.

        Examples
        --------
        >>> drawings = Drawings()
        >>> drawings.classed('<path style="fill: none"/><text> style="fill: red"</text>')
        Markup('<path class="d0"/><text> style="fill: red"</text>')
        >>> drawings.css
        '.d0{fill: none}'
        """
        from markupsafe import Markup

        bare = _COMMENT.sub("", svg)
        return Markup(_TAG.sub(lambda tag: _STYLE.sub(self._class, tag[0]), bare))

    @property
    def css(self) -> str:
        """The rules of all classes so far."""
        return "".join(f".{name}{{{style}}}" for style, name in self._names.items())

    def _class(self, found: re.Match[str]) -> str:
        style = html.unescape(found[1]).strip()
        if _RULE_END.search(style):
            return found[0]  # not a style that this package writes; the policy will refuse it
        name = self._names.setdefault(style, f"d{len(self._names)}")
        return f' class="{name}"'


def has_long_word(cell: Cell) -> bool:
    """Whether a cell holds a word that may have to be broken for its table to fit.

    Examples
    --------
    >>> has_long_word(Cell(text="a" * 40)), has_long_word(Cell(text="a b " * 40))
    (True, False)
    """
    return any(len(word) > _LONG_WORD for word in f"{cell.text} {cell.small}".split())


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("difass_analysis.reporting", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _first_alarms(first: Chapter | None) -> tuple[Alarm, ...]:
    return first.alarms if first else ()
