"""What is known of a programme besides figures: its register, table by table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.display import numbers
from difass_analysis.reporting.content import Cell, Column, Footnotes, Grid, Link, Record
from difass_analysis.reporting.entries import REGISTER, Entry
from difass_analysis.reporting.grids import known_rows, plain_grid, raw_of, text_cell
from difass_analysis.reporting.language import Words
from difass_analysis.schema import table_of

if TYPE_CHECKING:
    from difass_analysis.programme import Programme

Marks = Mapping[tuple[str, str, str], str]
Row = Mapping[Any, Any]


_MARKED = ("money", "share", "count", "number", "date")
_QUIET = ("note", "stage", "unit", "indicator_system")
_LONG = ("statement", "role", "note", "mode", "practice_title")
_MOST_RECORDS = 3
_UNLABELLED = ("unlabelled_amount",)  # the source does not say its currency


def register(
    programme: Programme, *, home: str, files: Mapping[str, tuple[Link, ...]], words: Words
) -> tuple[Grid | Record, ...]:
    """Return the register of a programme: one grid or record for each table that it has.

    Parameters
    ----------
    programme : Programme
        The programme.
    home : str
        Start of the names on the page.
    files : mapping of str to tuple of Link
        The files that hold each table, by name of the table.
    words : Words
        The language of the page.
    """
    about = _About(
        home=home, currency=programme.currency, marks=_kinds(programme, words), words=words
    )
    parts: list[Grid | Record] = []
    for entry in REGISTER:
        if entry.table not in programme.tables:
            continue
        frame = _with_titles(programme, programme.table(entry.table))
        if frame.empty:
            continue
        make = _records if entry.single and len(frame) <= _MOST_RECORDS else _grid
        parts += make(entry, frame, about=about, files=files.get(entry.table, ()))
    return tuple(parts)


def _kinds(programme: Programme, words: Words) -> dict[tuple[str, str, str], str]:
    """Return, for values that are not stated in the source, what they are and why."""
    if "facts" not in programme.tables:
        return {}
    facts = known_rows(programme.table("facts"))
    return {
        (str(row["table"]), str(row["key"]), str(row["column"])): _kind_text(row, words)
        for row in facts
        if row.get("kind") in ("derived", "approximate", "assumed")
    }


def _kind_text(row: Mapping[Any, Any], words: Words) -> str:
    kind, note = words(str(row["kind"])), row.get("note")
    if not numbers.is_known(note):
        return words("{kind}, not stated in the source.", kind=kind.capitalize())
    text = str(note) if kind in str(note) else f"{kind}: {note}"
    return f"{text[:1].upper()}{text[1:]}."


def _with_titles(programme: Programme, frame: pd.DataFrame) -> pd.DataFrame:
    """Put the title of the practice beside its key in rows of transfers."""
    if not {"transfer_id", "practice_id"} <= set(frame) or "practices" not in programme.tables:
        return frame
    practices = programme.table("practices")
    if "title" not in practices:
        return frame
    titles = practices.set_index("practice_id")["title"]
    return frame.assign(practice_title=frame["practice_id"].map(titles))


def _grid(
    entry: Entry, frame: pd.DataFrame, *, about: _About, files: tuple[Link, ...]
) -> list[Grid | Record]:
    kept, empty = _split(entry, frame)
    notes = Footnotes()
    columns = {name: about.column(entry.table, name, entry.headings[name]) for name in kept}
    words = about.words
    grid = plain_grid(
        known_rows(frame),
        columns,
        id=f"{about.home}-{entry.table}",
        caption=words(entry.caption),
        words=words,
        cell=lambda name, row: about.cell(entry.table, name, row, notes),
        files=files,
    )
    remarks = tuple(text for text in (*grid.remarks, _not_stated(empty, words)) if text)
    return [replace(grid, footnotes=tuple(notes.texts), remarks=remarks)]


def _records(
    entry: Entry, frame: pd.DataFrame, *, about: _About, files: tuple[Link, ...]
) -> list[Grid | Record]:
    records: list[Grid | Record] = []
    single = about.words(entry.single)
    for number, row in enumerate(known_rows(frame), start=1):
        kept, empty = _split(entry, frame.iloc[[number - 1]])
        notes = Footnotes()
        pairs = tuple(
            (
                about.words(entry.headings[name]),
                about.cell(entry.table, name, row, notes, alone=True),
            )
            for name in kept
        )
        records.append(
            Record(
                id=f"{about.home}-{entry.table}-{number}",
                caption=single if len(frame) == 1 else f"{single} {number}",
                pairs=pairs,
                footnotes=tuple(notes.texts),
                remarks=tuple(text for text in [_not_stated(empty, about.words)] if text),
                files=files,
            )
        )
    return records


def _split(entry: Entry, frame: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Part the columns of an entry into those that hold something and those that do not."""
    held = [
        name for name in entry.headings if name in frame and frame[name].map(numbers.is_known).any()
    ]
    missing = [
        label
        for name, label in entry.headings.items()
        if name not in held and name not in _QUIET and name != "practice_title"
    ]
    return held, missing


def _not_stated(labels: list[str], words: Words) -> str:
    spoken = [words(label) for label in labels]
    lower = [label[0].lower() + label[1:] if label[1:2].islower() else label for label in spoken]
    return words("Not stated in the source: {labels}.", labels="; ".join(lower)) if labels else ""


@dataclass(frozen=True, kw_only=True)
class _About:
    """What cells of the register need to know of their programme."""

    home: str
    currency: str
    marks: Marks
    words: Words

    def column(self, table: str, name: str, label: str) -> Column:
        kind = _kind(table, name)
        unit = f" ({self.currency})" if kind == "money" and self.currency else ""
        number = kind in ("money", "share", "count", "number")
        return Column(label=self.words(label) + unit, number=number, wide=name in _LONG)

    def cell(
        self, table: str, name: str, row: Row, notes: Footnotes, *, alone: bool = False
    ) -> Cell:
        """Write one cell, with a footnote where the source does not state its value."""
        value = row.get(name)
        if not numbers.is_known(value):
            return Cell(text="") if name in _QUIET else text_cell(value, words=self.words)
        kind = _kind(table, name)
        key = ", ".join(str(row.get(part)) for part in table_of(table).key)
        mark = notes.mark(self.marks.get((table, key, name), "")) if kind in _MARKED else ()
        if kind == "year":
            return Cell(text=numbers.exact_text(value), marks=mark)
        if kind == "share":
            return Cell(
                text=self.words.value(value, unit=numbers.SHARE), marks=mark, raw=raw_of(value)
            )
        if kind == "money":
            unit = f" {self.currency}" if alone and name not in _UNLABELLED else ""
            return Cell(
                text=self.words.numerals(_stated(value)) + unit, marks=mark, raw=raw_of(value)
            )
        return text_cell(value, words=self.words, marks=mark)


def _stated(value: object) -> str:
    """Write a stated amount with its cents, where it has any."""
    number = float(str(value))
    return f"{number:,.0f}" if number == int(number) else f"{number:,.2f}"


def _kind(table: str, name: str) -> str:
    known = {column.name: column.kind for column in table_of(table).columns}
    return known.get(name, "text")
