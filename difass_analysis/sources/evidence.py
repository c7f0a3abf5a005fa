"""What the cells of a column are and how they are written, decided on evidence that is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pandas as pd

from difass_analysis.errors import UsageError
from difass_analysis.sources.evidence_amounts import as_amounts
from difass_analysis.sources.evidence_column import (
    MOST,
    Column,
    Evidence,
    Kind,
    column_of,
    without_weak_words,
)
from difass_analysis.sources.evidence_dates import date_formats
from difass_analysis.sources.evidence_kinds import as_code, as_dates, as_flags, as_years
from difass_analysis.sources.evidence_looks import looks_like
from difass_analysis.sources.evidence_numbers import counted, shown
from difass_analysis.sources.profile import ValueFormat

__all__ = ["Evidence", "Kind", "evidence_of", "evidence_of_table", "looks_like"]


def evidence_of(
    values: Sequence[object] | pd.Series[str],
    *,
    heading: str = "",
    decimal: Literal["", ".", ","] = "",
    order: Literal["", "dmy", "mdy", "ymd"] = "",
) -> Evidence:
    """What is a column, and how are its cells written?

    Parameters
    ----------
    values : sequence of str, or pandas.Series
        The cells as text.
    heading : str
        The heading; it may name units, a currency, or a kind.
    decimal : {"", ".", ","}
        The decimal mark of the other columns of the file, used only where this column is silent.
    order : {"", "dmy", "mdy", "ymd"}
        The order of day, month and year in the other columns, used in the same way.

    Returns
    -------
    Evidence
        Nothing is guessed: a cell that can be read in two ways, such as ``1.234``, is read as the
        rest of the column or stays unreadable, and the doubt is told.

    Examples
    --------
    >>> found = evidence_of(["1.238.920", "107.097", "n.a."], heading="Subsidie in Euro")
    >>> found.kind, found.values.thousands, found.values.missing, found.currency, found.sure
    ('money', '.', ('n.a.',), 'EUR', True)
    >>> print(evidence_of(["1.234", "5.678"], heading="Grant").doubts[0])
    2 cells such as '1.234', '5.678' can be thousands or decimals, and nothing else in the column \
decides: left unread
    """
    return _evidence(values, heading, decimal, order)


def _evidence(
    values: Sequence[object] | pd.Series[str], heading: str, decimal: str, order: str
) -> Evidence:
    column = column_of(values, heading)
    if not column.rows:
        words = tuple(column.missing)
        return Evidence(
            kind="empty",
            values=ValueFormat(missing=words),
            why=("no cell has a value",),
            counts=column.counts(0, {}),
        )
    column = without_weak_words(column)
    serials = "date" in column.named and not column.named & {"money", "share"}
    dates = date_formats(column.rows, serials=serials, order=order)
    return (
        as_flags(column)
        or as_years(column, dates)
        or as_dates(column, dates)
        or as_code(column)
        or as_amounts(column, decimal)
        or _as_text(column)
    )


def _as_text(column: Column) -> Evidence:
    """Take what is neither number nor date for codes, where all are short with digits, or text."""
    looks = looks_like(list(column.rows))
    code = looks["identifier"] > 0 or looks["nuts_code"] >= MOST
    values = list(column.rows)
    return Evidence(
        kind="code" if code else "text",
        values=ValueFormat(missing=column.words),
        why=(f"{counted(column.total)} of text, {len(values)} different, such as {shown(values)}",),
        counts=column.counts(0, {}),
    )


def evidence_of_table(frame: pd.DataFrame) -> dict[str, Evidence]:
    """What is each column of a table, the columns that are clear deciding for those that are not?

    Parameters
    ----------
    frame : pandas.DataFrame
        Cells as text; the headings are its columns.

    Returns
    -------
    dict of str to Evidence
        By heading. A column that can be read in two ways is read by the decimal mark, or the order
        of day and month, that all other columns of the file prove; where they differ, or prove
        nothing, it stays open. What was decided so is told in ``why``.

    Raises
    ------
    UsageError
        When two columns have the same heading.

    Examples
    --------
    >>> frame = pd.DataFrame({"Total": ["1.234,50", "99,10"], "Grant": ["1.234", "567"]})
    >>> evidence_of_table(frame)["Grant"].values.thousands
    '.'
    """
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise UsageError(f"Two columns have the heading '{twice}'.", todo="Rename one of them.")
    found = {str(name): evidence_of(frame[name], heading=str(name)) for name in frame}
    decimals = {item.settled for item in found.values() if item.settled in (".", ",")}
    mixed = any(item.values.marks == "each" and not item.open for item in found.values())
    orders = {item.settled for item in found.values() if item.settled in ("dmy", "mdy", "ymd")}
    decimal = decimals.pop() if len(decimals) == 1 and not mixed else ""
    order = orders.pop() if len(orders) == 1 else ""
    for name, item in found.items():
        unmarked = item.kind in ("number", "money", "share") and not item.settled
        hint = decimal if item.open or (unmarked and item.values.marks == "stated") else ""
        if hint or (item.open and order):
            found[name] = _evidence(frame[name], name, hint, order)
    return found
