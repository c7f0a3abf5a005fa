"""The regions of a programme: one folded section each, with the key figures of that region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from difass_analysis.display import numbers
from difass_analysis.export import safe_name
from difass_analysis.reporting.content import Cell, Column, Footnotes, Grid, Link, one_group
from difass_analysis.reporting.figures import KEY_FIGURES, Figures
from difass_analysis.reporting.grids import definition_rows, headings, raw_of, text_cell
from difass_analysis.reporting.language import Words
from difass_analysis.reporting.sections import Section, section_files
from difass_analysis.result import IndicatorTable

MOST_REGIONS = 60
Row = Mapping[Any, Any]


def regions_section(figures: Figures, *, home: str, out: Path, words: Words) -> Section | None:
    """Return the key figures of each region; None where a programme has no regions.

    The regions stand in the order of their names. No place among the regions is given: a rank
    without its uncertainty says more than the data do, see
    :func:`difass_analysis.comparison.rank`.

    Parameters
    ----------
    figures : Figures
        The protected figures of the programme.
    home : str
        Its name in files and on the page.
    out : Path
        Folder of the report; the figures are written to ``tables/<home>_regions``.
    words : Words
        The language of the page.
    """
    table = figures.regional
    if table is None:
        return None
    files = section_files(table, home=home, name="regions", out=out)
    frame = table.frame.assign(_region=headings(table.frame, by=table.by, words=words))
    about = definition_rows(table)
    sections = tuple(
        _region(rows, str(name), number, about, home=home, words=words)
        for number, (name, rows) in enumerate(frame.groupby("_region", sort=False), start=1)
    )
    return Section(
        id="regions",
        title=words("Regions"),
        lead=_lead(table, len(sections), words),
        blocks=(_index(sections, home, words, files),),
        children=sections[:MOST_REGIONS],
    )


def _lead(table: IndicatorTable, count: int, words: Words) -> str:
    text = words(
        "{count} regions, each with its key figures. Intervals have a level of {level}; small "
        "regions have wide ones.",
        count=words.value(count),
        level=words.numerals(f"{table.level * 100:.10g} %"),
    )
    if count <= MOST_REGIONS:
        return text
    more = words(
        "Only the first {count} have a section; all stand in the files.",
        count=words.value(MOST_REGIONS),
    )
    return f"{text} {more}"


def _index(sections: Sequence[Section], home: str, words: Words, files: tuple[Link, ...]) -> Grid:
    """List all regions, each with the first of its key figures and a link where it has a part."""
    firsts = [_first_row(section) for section in sections]
    label = firsts[0][0].text if firsts else words("Value")
    rows = [
        (
            Cell(text=section.title, href=f"#{home}-{section.id}" if n < MOST_REGIONS else ""),
            *first[1:],
        )
        for n, (section, first) in enumerate(zip(sections, firsts, strict=True))
    ]
    return Grid(
        id=f"{home}-region-list",
        caption=words("Regions of the programme"),
        columns=(
            Column(label=words("Region")),
            Column(label=label, number=True),
            Column(label=words("Interval or bounds"), number=True),
            Column(label="n", number=True),
        ),
        groups=one_group(rows),
        files=files,
    )


def _first_row(section: Section) -> tuple[Cell, ...]:
    """Return the cells of the first key figure, without the marks of its footnotes."""
    grid = section.blocks[0]
    if not isinstance(grid, Grid) or not grid.groups[0].rows:
        return (Cell(text=""),) * 4
    return tuple(replace(cell, marks=()) for cell in grid.groups[0].rows[0])


def _region(
    rows: pd.DataFrame, name: str, number: int, about: Mapping[str, Row], *, home: str, words: Words
) -> Section:
    """Return the section of one region; its number keeps names alike apart."""
    id = f"region-{number}-{safe_name(name)}"
    by_indicator = {str(row["indicator"]): row for row in rows.to_dict("records")}
    chosen = [key for key in KEY_FIGURES if key in by_indicator]
    notes = Footnotes()
    cells = [
        _cells(by_indicator[key], about.get(key, {}), f"#{home}-{key}", notes, words)
        for key in chosen
    ]
    grid = Grid(
        id=f"{home}-{id}-figures",
        caption=words("Key figures of {region}", region=name),
        columns=(
            Column(label=words("Indicator"), wide=True),
            Column(label=words("Value"), number=True),
            Column(label=words("Interval or bounds"), number=True),
            Column(label="n", number=True),
        ),
        groups=one_group(cells),
        footnotes=tuple(notes.texts),
    )
    return Section(id=id, title=name, blocks=(grid,), folded=True)


def _cells(row: Row, about: Row, link: str, notes: Footnotes, words: Words) -> tuple[Cell, ...]:
    unit = str(row["unit"])
    note = words.said(str(row["note"])) if numbers.is_known(row["note"]) else ""
    span = words.span(
        row["lower"], row["upper"], unit=unit, method=str(row["method"]), note=row["note"]
    )
    ranged = numbers.is_known(row["lower"]) or numbers.is_known(row["upper"])
    return (
        Cell(text=str(about.get("label", row["indicator"])), small=words.unit(unit), href=link),
        Cell(
            text=words.value(row["value"], unit=unit, note=row["note"]),
            marks=notes.mark(note),
            missing=not numbers.is_known(row["value"]),
            raw=raw_of(row["value"]),
        ),
        Cell(text=span, missing=not ranged, raw=raw_of(row["lower"])),
        text_cell(row["n"], words=words, note=row["note"]),
    )
