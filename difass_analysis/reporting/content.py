"""What a page consists of, before it is set: cells, grids, records, pictures and chapters.

Everything here is plain text. The template escapes it; nothing of it is ever read as HTML, but
for the drawing of a picture, which this package makes itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link to a file beside the page or to a place on it."""

    text: str
    href: str


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell: its text, a smaller line under it, and the numbers of its footnotes.

    ``raw`` is the number behind the text, by which a script may sort.
    """

    text: str
    small: str = ""
    marks: tuple[int, ...] = ()
    href: str = ""
    missing: bool = False
    raw: float | None = None


@dataclass(frozen=True, kw_only=True)
class Column:
    """The heading of a column, and whether its cells are numbers."""

    label: str
    number: bool = False
    wide: bool = False


@dataclass(frozen=True, kw_only=True)
class Group:
    """Rows that belong together, under a heading of their own where there is one."""

    rows: tuple[tuple[Cell, ...], ...]
    title: Cell | None = None


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table: caption, columns, groups of rows, footnotes and the files that hold it."""

    id: str
    caption: str
    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    footnotes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    files: tuple[Link, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Record:
    """One thing described by pairs of a label and a cell."""

    id: str
    caption: str
    pairs: tuple[tuple[str, Cell], ...]
    footnotes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    files: tuple[Link, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A chart: its drawing as SVG, wide and for phones, what it shows in words, and its files."""

    id: str
    title: str
    words: str
    svg: str
    narrow_svg: str
    files: tuple[Link, ...]


@dataclass(frozen=True, kw_only=True)
class Paragraphs:
    """Plain text: paragraphs, or the items of a list, under a heading where there is one."""

    texts: tuple[str, ...]
    heading: str = ""
    listed: bool = False


Block = Grid | Record | Picture | Paragraphs


@dataclass(frozen=True, kw_only=True)
class Section:
    """One part of a programme's chapter.

    Attributes
    ----------
    id : str
        Name of the section, of letters and digits, such as ``mechanisms``; the same for all
        programmes. The page puts the home of the programme before it.
    title : str
        Heading and entry of the contents, in the language of the page.
    lead : str
        What the section answers, in one or two sentences.
    blocks : tuple of Grid, Record, Picture or Paragraphs
        What stands in it, in this order. The id of a block begins with the home of the programme.
    folded : bool
        Whether the blocks stand closed until the reader opens them; printed they are open.
    children : tuple of Section
        Sections inside it, such as one for each region.
    """

    id: str
    title: str
    lead: str = ""
    blocks: tuple[Block, ...] = ()
    folded: bool = False
    children: tuple[Section, ...] = ()


@dataclass(frozen=True, kw_only=True)
class KeyFigure:
    """One figure in large type, with the sentence that says how it comes about."""

    label: str
    value: str
    unit: str
    interval: str
    sentence: str
    details: tuple[str, ...]
    definition: Link
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """A finding that must not be overlooked."""

    title: str
    message: str
    todo: str
    place: str


@dataclass(frozen=True, kw_only=True)
class Definition:
    """How an indicator is defined, computed and where the definition is from."""

    id: str
    label: str
    name: str
    formula: str
    unit: str
    text: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """Everything that the page says about one programme."""

    id: str
    name: str
    description: str
    simulated: bool
    frame: tuple[tuple[str, str], ...]
    verdict: str
    source: str
    known: tuple[Grid | Record, ...] = ()
    key_figures: tuple[KeyFigure, ...] = ()
    summary: tuple[str, ...] = ()
    indicators: tuple[Grid, ...] = ()
    pictures: tuple[Picture, ...] = ()
    sections: tuple[Section, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    findings: Grid | None = None
    notes: Grid | None = None
    not_computable: Grid | None = None
    claims: Grid | None = None
    cannot_show: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    definitions: tuple[Definition, ...] = ()
    assumptions: Grid | None = None
    files: Grid | None = None
    settings: Record | None = None
    origins: tuple[str, ...] = ()


@dataclass
class Footnotes:
    """Footnotes in the order in which they are first needed; equal ones are said once."""

    texts: list[str] = field(default_factory=list)

    def mark(self, *texts: str) -> tuple[int, ...]:
        """Return the numbers of these footnotes, adding those that are new.

        Examples
        --------
        >>> notes = Footnotes()
        >>> notes.mark("one call"), notes.mark("derived", "one call"), notes.mark("")
        ((1,), (2, 1), ())
        """
        return tuple(self._number(text) for text in texts if text)

    def _number(self, text: str) -> int:
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text) + 1


def one_group(rows: Sequence[Sequence[Cell]]) -> tuple[Group, ...]:
    """Return rows as the single, untitled group of a grid."""
    return (Group(rows=tuple(tuple(row) for row in rows)),)
