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
from difass_analysis.result import IndicatorTable

MOST_ROWS = 60
_MOST_FOOTNOTES = 15  # with more than that, each note stands in its own row
_INTERVAL = 2  # place of the interval among the cells of a figure
Row = Mapping[Any, Any]


def text_cell(value: object, *, marks: tuple[int, ...] = ()) -> Cell:
    """Write any value as a cell; a missing one is named as not known."""
    if not numbers.is_known(value):
        return Cell(text=numbers.NOT_KNOWN, missing=True)
    if isinstance(value, date):
        return Cell(text=day_text(value), marks=marks)
    if isinstance(value, bool):
        return Cell(text="yes" if value else "no", marks=marks)
    if numbers.is_number(value):
        return Cell(text=numbers.value_text(value), marks=marks)
    return Cell(text=str(value), marks=marks)


def day_text(value: date) -> str:
    """Write a day as people read it.

    Examples
    --------
    >>> day_text(date(2016, 4, 1))
    '1 April 2016'
    """
    return f"{value.day} {value:%B %Y}"


def plain_grid(
    rows: Sequence[Row],
    columns: Mapping[str, Column],
    *,
    id: str,
    caption: str,
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
    cell : callable, optional
        Makes the cell of a column and a row.
    files : tuple of Link
        The files that hold the whole table.
    """
    make = cell or (lambda name, row: text_cell(row.get(name)))
    shown = [[make(name, row) for name in columns] for row in rows[:MOST_ROWS]]
    more = len(rows) - len(shown)
    remark = f"{more:,} more rows stand in the files named here." if more > 0 else ""
    return Grid(
        id=id,
        caption=caption,
        columns=tuple(columns.values()),
        groups=one_group(shown),
        remarks=(remark,) if remark else (),
        files=files,
    )


def indicator_grid(
    table: IndicatorTable, *, id: str, caption: str, home: str, files: tuple[Link, ...] = ()
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
        heads = group_labels(rows, by=table.by)
        cells = [
            _indicator_cells(row, head=head, about=sides, notes=None if noted else notes)
            for row, head in zip(rows.to_dict("records"), heads, strict=True)
        ]
        groups.append(_headed(cells, about=about, name=str(name), home=home, by=table.by))
    if not ranged:
        groups = [_without(group, place=_INTERVAL) for group in groups]
    return Grid(
        id=id,
        caption=caption,
        columns=_indicator_columns(table, ranged=ranged, noted=noted),
        groups=tuple(_merged(groups, by=table.by)),
        footnotes=tuple(notes.texts),
        remarks=() if ranged else ("No interval or bounds are known for these figures.",),
        files=files,
    )


def definition_rows(table: IndicatorTable) -> dict[str, Row]:
    """Return the definition of each indicator by its id."""
    return {str(row["indicator"]): row for row in table.definitions.to_dict("records")}


def _indicator_columns(table: IndicatorTable, *, ranged: bool, noted: bool) -> tuple[Column, ...]:
    first = ", ".join(table.by).replace("_", " ").capitalize() if table.by else "Indicator"
    interval = (Column(label="Interval or bounds", number=True),) if ranged else ()
    note = (Column(label="Note", wide=True),) if noted else ()
    return (
        Column(label=first, wide=not table.by),
        Column(label="Value", number=True),
        *interval,
        Column(label="Numerator", number=True),
        Column(label="Denominator", number=True),
        Column(label="n", number=True),
        *note,
    )


def _indicator_cells(
    row: Row, *, head: str, about: Row, notes: Footnotes | None
) -> tuple[Cell, ...]:
    """Return the cells of one figure; without footnotes the note is the last cell."""
    unit = str(row["unit"]) if numbers.is_known(row["unit"]) else ""
    note = str(row["note"]) if numbers.is_known(row["note"]) else ""
    value = Cell(
        text=numbers.value_text(row["value"], unit=unit),
        marks=notes.mark(note) if notes is not None else (),
        missing=not numbers.is_known(row["value"]),
    )
    interval = numbers.range_text(row["lower"], row["upper"], unit=unit, method=str(row["method"]))
    return (
        Cell(text=head),
        value,
        Cell(text=interval, missing=interval == numbers.NOT_KNOWN),
        _part(numbers.value_text(row["numerator"]), about.get("numerator")),
        _part(denominator_text(row["denominator"], unit=unit), about.get("denominator")),
        text_cell(row["n"]),
        *(() if notes is not None else (Cell(text="", small=note),)),
    )


def _without(group: Group, *, place: int) -> Group:
    rows = tuple(row[:place] + row[place + 1 :] for row in group.rows)
    return replace(group, rows=rows)


def _part(text: str, label: object) -> Cell:
    return Cell(text=text, small=_label(label), missing=text in (numbers.NOT_KNOWN, "none"))


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
    rows: Sequence[tuple[Cell, ...]], *, about: Row, name: str, home: str, by: Sequence[str]
) -> Group:
    """Give the rows of one indicator its name, linked to its definition."""
    unit = numbers.unit_text(about.get("unit"))
    head = Cell(text=str(about.get("label", name)), small=unit, href=f"#{home}-{name}")
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
