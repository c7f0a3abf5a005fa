"""Frames as grids: indicators with their parts and notes, and any other rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd

from difass_analysis.display import numbers
from difass_analysis.display.rows import group_labels
from difass_analysis.display.tables import denominator_text
from difass_analysis.reporting.content import Cell, Column, Footnotes, Grid, Group, Link, one_group
from difass_analysis.reporting.language import Words, term
from difass_analysis.result import IndicatorTable

MOST_ROWS = 60
_MOST_FOOTNOTES = 15  # with more than that, each note stands in its own row
_INTERVAL = 2  # place of the interval among the cells of a figure
Row = Mapping[Any, Any]


def text_cell(
    value: object, *, words: Words, marks: tuple[int, ...] = (), note: object = ""
) -> Cell:
    """Write any value as a cell, a missing one as not known or withheld; days sort as days.

    Examples
    --------
    >>> first, second = (text_cell(date(2016, 4, day), words=Words()) for day in (1, 2))
    >>> first.text, first.raw < second.raw
    ('1 April 2016', True)
    """
    if not numbers.is_known(value):
        return Cell(text=words(numbers.absent_text(note)), missing=True)
    if isinstance(value, date):
        return Cell(text=words.day(value), marks=marks, raw=float(value.toordinal()))
    if isinstance(value, bool):
        return Cell(text=words("yes") if value else words("no"), marks=marks)
    if numbers.is_number(value):
        return Cell(text=words.value(value), marks=marks, raw=raw_of(value))
    return Cell(text=str(value), marks=marks)


def raw_of(value: object) -> float | None:
    """Return the number by which a cell is sorted, with ten digits; None where it has none."""
    if not numbers.is_known(value) or not numbers.is_number(value):
        return None
    return float(numbers.exact_text(value))


def plain_grid(
    rows: Sequence[Row],
    columns: Mapping[str, Column],
    *,
    id: str,
    caption: str,
    words: Words,
    cell: Callable[[str, Row], Cell] | None = None,
    files: tuple[Link, ...] = (),
) -> Grid:
    """Return rows as a grid of the given columns; only the first rows of a long table.

    Parameters
    ----------
    rows : sequence of mappings
        The rows.
    columns : mapping of str to Column
        Key in the row, and heading.
    id, caption : str
        Name of the grid on the page, and its caption.
    words : Words
        The language of the page.
    cell : callable, optional
        Makes the cell of a column and a row.
    files : tuple of Link
        The files that hold the whole table.
    """
    make = cell or (lambda name, row: text_cell(row.get(name), words=words))
    shown = [[make(name, row) for name in columns] for row in rows[:MOST_ROWS]]
    more = len(rows) - len(shown)
    remark = words("{count} more rows stand in the files named here.", count=words.value(more))
    return Grid(
        id=id,
        caption=caption,
        columns=tuple(columns.values()),
        groups=one_group(shown),
        remarks=(remark,) if more > 0 else (),
        files=files,
    )


def indicator_grid(
    table: IndicatorTable,
    *,
    id: str,
    caption: str,
    home: str,
    words: Words,
    files: tuple[Link, ...] = (),
) -> Grid:
    """Return an indicator table as a grid: value, interval, numerator, denominator, notes.

    Parameters
    ----------
    table : IndicatorTable
        Indicators, overall or by groups.
    id, caption : str
        Name of the grid on the page, and its caption.
    home : str
        Start of the names of the definitions on the page.
    words : Words
        The language of the page.
    files : tuple of Link
        The files that hold the whole table.
    """
    notes = Footnotes()
    labels = definition_rows(table)
    ranged = bool(table.frame[["lower", "upper"]].map(numbers.is_known).any(axis=None))
    noted = table.frame["note"].nunique() > _MOST_FOOTNOTES
    groups = []
    for name in dict.fromkeys(table.frame["indicator"]):
        rows = table.frame[table.frame["indicator"] == name]
        about = labels.get(str(name), {})
        sides = {} if table.by else about  # with groups the heading says it once for all rows
        heads = headings(rows, by=table.by, words=words)
        cells = [
            _indicator_cells(
                row, head=head, about=sides, notes=None if noted else notes, words=words
            )
            for row, head in zip(rows.to_dict("records"), heads, strict=True)
        ]
        groups.append(
            _headed(
                cells, about=about, link=(str(name), f"#{home}-{name}"), by=table.by, words=words
            )
        )
    if not ranged:
        groups = [_without(group, place=_INTERVAL) for group in groups]
    return Grid(
        id=id,
        caption=caption,
        columns=_indicator_columns(table, ranged=ranged, noted=noted, words=words),
        groups=tuple(_merged(groups, by=table.by)),
        footnotes=tuple(notes.texts),
        remarks=() if ranged else (words("No interval or bounds are known for these figures."),),
        files=files,
    )


def definition_rows(table: IndicatorTable) -> dict[str, Row]:
    """Return the definition of each indicator by its id."""
    return {str(row["indicator"]): row for row in table.definitions.to_dict("records")}


def headings(frame: pd.DataFrame, *, by: Sequence[str], words: Words) -> list[str]:
    """Name the group of each row; "Overall" where there are no groups."""
    return group_labels(frame, by=by) if by else [words("Overall")] * len(frame)


GROUP_NAMES = {
    "year": term("year"),
    "region": term("region"),
    "region_name": term("region"),
    "mechanism": term("kind of support"),
}


def by_text(by: Sequence[str], words: Words) -> str:
    """Name the columns that make the groups, joined by "and"."""
    named = [words(GROUP_NAMES.get(name, name.replace("_", " "))) for name in by]
    return words(" and ").join(named)


def _indicator_columns(
    table: IndicatorTable, *, ranged: bool, noted: bool, words: Words
) -> tuple[Column, ...]:
    groups = by_text(table.by, words)
    first = groups[:1].upper() + groups[1:] if table.by else words("Indicator")
    interval = (Column(label=words("Interval or bounds"), number=True),) if ranged else ()
    note = (Column(label=words("Note"), wide=True),) if noted else ()
    return (
        Column(label=first, wide=not table.by),
        Column(label=words("Value"), number=True),
        *interval,
        Column(label=words("Numerator"), number=True),
        Column(label=words("Denominator"), number=True),
        Column(label="n", number=True),
        *note,
    )


def _indicator_cells(
    row: Row, *, head: str, about: Row, notes: Footnotes | None, words: Words
) -> tuple[Cell, ...]:
    """Return the cells of one figure; without footnotes the note is the last cell."""
    unit = str(row["unit"]) if numbers.is_known(row["unit"]) else ""
    note = words.said(str(row["note"])) if numbers.is_known(row["note"]) else ""
    value = Cell(
        text=words.value(row["value"], unit=unit, note=row["note"]),
        raw=raw_of(row["value"]),
        marks=notes.mark(note) if notes is not None else (),
        missing=not numbers.is_known(row["value"]),
    )
    interval = words.span(
        row["lower"], row["upper"], unit=unit, method=str(row["method"]), note=row["note"]
    )
    return (
        Cell(text=head),
        value,
        Cell(
            text=interval,
            missing=not (numbers.is_known(row["lower"]) or numbers.is_known(row["upper"])),
            raw=raw_of(row["lower"]),
        ),
        _part(row["numerator"], about.get("numerator"), words=words, note=row["note"]),
        _part(
            row["denominator"],
            about.get("denominator"),
            words=words,
            unit=unit,
            note=row["note"],
        ),
        text_cell(row["n"], words=words, note=row["note"]),
        *(() if notes is not None else (Cell(text="", small=note),)),
    )


def _without(group: Group, *, place: int) -> Group:
    rows = tuple(row[:place] + row[place + 1 :] for row in group.rows)
    return replace(group, rows=rows)


def _part(
    value: object, label: object, *, words: Words, unit: str = "x", note: object = ""
) -> Cell:
    """Write one side of a ratio; the denominator of a total is none."""
    known = numbers.is_known(value)
    absent = denominator_text(value, unit=unit, absent=numbers.absent_text(note))
    return Cell(
        text=words.value(value) if known else words.said(absent),
        small=_label(label),
        missing=not known,
        raw=raw_of(value),
    )


def _label(label: object) -> str:
    return str(label) if numbers.is_known(label) else ""


def formula_text(about: Row) -> str:
    """Write how an indicator is computed from its two sides, or what a total counts.

    Examples
    --------
    >>> formula_text({"numerator": "public money", "denominator": "SMEs"})
    'public money ÷ SMEs'
    """
    sides = [_label(about.get(side)) for side in ("numerator", "denominator")]
    return " ÷ ".join(side for side in sides if side)


def _headed(
    rows: Sequence[tuple[Cell, ...]],
    *,
    about: Row,
    link: tuple[str, str],
    by: Sequence[str],
    words: Words,
) -> Group:
    """Give the rows of one indicator its name, linked to its definition."""
    unit = words.unit(about.get("unit"))
    head = Cell(text=str(about.get("label", link[0])), small=unit, href=link[1])
    if by:
        small = "; ".join(dict.fromkeys(part for part in (unit, formula_text(about)) if part))
        return Group(title=replace(head, small=small), rows=tuple(rows))
    return Group(rows=tuple((head, *row[1:]) for row in rows))


def _merged(groups: Sequence[Group], *, by: Sequence[str]) -> Sequence[Group]:
    if by or not groups:
        return groups
    return [Group(rows=tuple(row for group in groups for row in group.rows))]


def known_rows(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of a frame as mappings."""
    return [dict(row) for row in frame.to_dict("records")]
