"""What several sections share: staying closed, what failed, grids with footnotes, and files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from difass_analysis.disclosure.protecting import OFF
from difass_analysis.display import numbers
from difass_analysis.errors import DifassError
from difass_analysis.reporting.content import (
    Block,
    Cell,
    Column,
    Footnotes,
    Grid,
    Group,
    Link,
    Paragraphs,
    Section,
)
from difass_analysis.reporting.grids import MOST_ROWS, raw_of
from difass_analysis.reporting.language import Words
from difass_analysis.reporting.sections import section_files
from difass_analysis.result import SIMULATED, Result

if TYPE_CHECKING:
    from difass_analysis.programme import Programme


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a section stands: its name in files, the folder and the language."""

    home: str
    out: Path
    words: Words

    def files(self, result: Result, name: str) -> tuple[Link, ...]:
        """Write a table of the section, and return the links to it."""
        if result.provenance.disclosure == "off":
            result = replace(result, caveats=(*result.caveats, OFF))
        return section_files(result, home=self.home, name=name, out=self.out)


def is_closed(programme: Programme) -> bool:
    """Whether figures of single loans, firms or awards must not leave: data that are not public."""
    return programme.provenance.disclosure == "required"


def closed_section(id: str, title: str, words: Words) -> Section:
    """Return the section that says why its figures are left out.

    Sums over few borrowers tell of one of them, and disclosure control knows indicators only: it
    cannot say of balances, bands and vintages which of them are safe together.
    """
    text = words(
        "There are data for this part, and they are not public: disclosure control does not cover "
        "its figures yet, so all of them are left out. Without disclosure control, for own use "
        "only, they are shown."
    )
    return Section(id=id, title=title, blocks=(Paragraphs(texts=(text,)),))


def failed_section(id: str, title: str, error: DifassError, words: Words) -> Section:
    """Return the section that says why nothing could be computed."""
    return Section(id=id, title=title, blocks=(not_computed(error, words),))


def not_computed(error: DifassError, words: Words, *, heading: str = "") -> Paragraphs:
    """Say why one part of a section is missing."""
    reason = " ".join(part for part in (error.message, error.todo) if part)
    text = words("Not computed: {reason}", reason=words.said(reason))
    return Paragraphs(texts=(text,), heading=heading)


def caveats_block(
    caveats: Iterable[str], *, programme: Programme, words: Words
) -> tuple[Block, ...]:
    """Return what limits the figures of a section, without what the page says of all of them."""
    everywhere = {SIMULATED, *programme.caveats}
    said = dict.fromkeys(words.said(text) for text in caveats if text not in everywhere)
    if not said:
        return ()
    return (Paragraphs(texts=tuple(said), heading=words("To bear in mind"), listed=True),)


def figure_cells(row: Mapping[Any, Any], *, words: Words, notes: Footnotes) -> tuple[Cell, Cell]:
    """Write the value of a figure with its note, and its interval or bounds."""
    value, unit = row.get("value"), str(row.get("unit") or "")
    said = words.said(str(row["note"])) if numbers.is_known(row.get("note")) else ""
    found = Cell(
        text=words.value(value, unit=unit, note=row.get("note")),
        marks=notes.mark(said),
        missing=not numbers.is_known(value),
        raw=raw_of(value),
    )
    lower, upper = row.get("lower"), row.get("upper")
    if not (numbers.is_known(lower) or numbers.is_known(upper)):
        return found, Cell(text="")
    method = str(row.get("method") or "")
    return found, Cell(text=words.span(lower, upper, unit=unit, method=method))


def money_cell(value: object, *, unit: str, words: Words) -> Cell:
    """Write one amount, share or count."""
    return Cell(
        text=words.value(value, unit=unit), missing=not numbers.is_known(value), raw=raw_of(value)
    )


def grouped_grid(
    groups: Sequence[tuple[str, Sequence[tuple[Cell, ...]]]],
    columns: Sequence[Column],
    *,
    id: str,
    caption: str,
    notes: Footnotes | None = None,
    files: tuple[Link, ...] = (),
    words: Words,
) -> Grid:
    """Return rows under headings as a grid; only the first rows of a long table.

    Parameters
    ----------
    groups : sequence of (str, sequence of tuples of Cell)
        Heading (empty for none) and rows.
    columns : sequence of Column
        One for each cell of a row.
    id, caption : str
        Name of the grid on the page, and its caption.
    notes : Footnotes, optional
        Footnotes that the cells point to.
    files : tuple of Link
        The files that hold the whole table.
    words : Words
        The language of the page.
    """
    shown, left = [], MOST_ROWS
    for title, rows in groups:
        part = tuple(rows[:left])
        left -= len(part)
        if part:
            shown.append(Group(rows=part, title=Cell(text=title) if title else None))
    more = sum(len(rows) for _, rows in groups) - (MOST_ROWS - left)
    remark = words("{count} more rows stand in the files named here.", count=words.value(more))
    return Grid(
        id=id,
        caption=caption,
        columns=tuple(columns),
        groups=tuple(shown),
        footnotes=tuple(notes.texts) if notes else (),
        remarks=(remark,) if more > 0 else (),
        files=files,
    )
