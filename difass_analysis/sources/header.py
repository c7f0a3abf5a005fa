"""The headings of a file: several rows made one, blanks folded, each name once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest

from difass_analysis.programme import FILE_COLUMN, LINE_COLUMN
from difass_analysis.sources.profile import BLANKS


def folded(text: str) -> str:
    r"""Return a heading with one blank for any blanks and line breaks inside, and none around it.

    Examples
    --------
    >>> folded(" Total\n eligible  cost ")
    'Total eligible cost'
    """
    return re.sub(f"[{BLANKS}]+", " ", text).strip(" ")


def joined_header(rows: Sequence[Sequence[str]]) -> list[str]:
    """Join the rows of a header column by column.

    Parameters
    ----------
    rows : sequence of sequence of str
        Rows from top to bottom; they may have different numbers of cells.

    Returns
    -------
    list of str
        One heading a column. A part that is the same as the one above it stands once, as where a
        cell stretches over two rows.

    Examples
    --------
    >>> joined_header([["Code", "Budget", "Budget"], ["Code", "total", "EU", "note"]])
    ['Code', 'Budget total', 'Budget EU', 'note']
    """
    headings = []
    for column in zip_longest(*rows, fillvalue=""):
        parts = [folded(part) for part in column if folded(part)]
        distinct = [part for index, part in enumerate(parts) if part not in parts[:index]]
        headings.append(" ".join(distinct))
    return headings


def unique_headings(cells: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return headings folded and made unique without regard to case, and notes on the changes.

    Examples
    --------
    >>> unique_headings([" Region ", "", "region", ""])
    (('Region', 'column 2', 'region (2)'), ("column 2 has no heading: it is named 'column 2'",
    "the heading 'region' stands twice: the later one is named 'region (2)'"))
    """
    names = [folded(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    taken = {FILE_COLUMN, LINE_COLUMN}
    result: list[str] = []
    notes: list[str] = []
    for index, name in enumerate(names, start=1):
        heading, copy = name or f"column {index}", 2
        if not name:
            notes.append(f"column {index} has no heading: it is named '{heading}'")
        while heading.casefold() in taken:
            heading, copy = f"{name or 'column'} ({copy})", copy + 1
        if name and heading != name:
            notes.append(f"the heading '{name}' stands twice: the later one is named '{heading}'")
        taken.add(heading.casefold())
        result.append(heading)
    return tuple(result), tuple(notes)
