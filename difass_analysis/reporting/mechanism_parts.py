"""What the sections on practices, transfers and conditions share: files of records, yes and no."""

from __future__ import annotations

from pathlib import Path

from difass_analysis.display import numbers
from difass_analysis.reporting.content import Cell, Link
from difass_analysis.reporting.grids import text_cell
from difass_analysis.reporting.language import Words
from difass_analysis.reporting.sections import section_files
from difass_analysis.result import Result


def record_files(result: Result, *, home: str, name: str, out: Path) -> tuple[Link, ...]:
    """Write a table on records of the programme itself, and return the links to its files.

    Practices, claims, barriers, transfers between partners and framework conditions tell nothing
    of a beneficiary. They leave as the tables do that they are made of, also where the data on
    beneficiaries are not public.

    Parameters
    ----------
    result : Result
        A table without any figure on beneficiaries.
    home, name : str
        Name of the programme and of the table.
    out : Path
        Folder of the report.
    """
    rows = Result(frame=result.frame, provenance=result.provenance, caveats=result.caveats)
    return section_files(rows, home=home, name=name, out=out)


def said_cell(value: object, *, words: Words, empty: str = "") -> Cell:
    """Write a fixed sentence of a lower layer in the language of the page."""
    text = str(value) if numbers.is_known(value) else ""
    return Cell(text=words.said(text) if text else empty)


def passed_cell(value: object, *, words: Words) -> Cell:
    """Write whether a check was passed; missing where it cannot be said."""
    if not numbers.is_known(value):
        return Cell(text=words("cannot be said"), missing=True)
    return text_cell(bool(value), words=words)
