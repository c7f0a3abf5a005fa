"""What a picture is drawn from: its rows checked, its numbers as numbers, its words in place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isnan
from typing import Any

import pandas as pd

from difass_analysis.display import numbers
from difass_analysis.display.canvas import Words
from difass_analysis.display.digits import Digits
from difass_analysis.display.rows import row_notes
from difass_analysis.display.tables import group_text
from difass_analysis.errors import SchemaError

SUPPRESSED = "suppressed"
NO_DATA = "no data"
_SHOWN = 3


def prepared(
    frame: pd.DataFrame,
    *,
    text: Sequence[str] = ("label",),
    numeric: Sequence[str] = ("value",),
    optional: Sequence[str] = ("lower", "upper"),
) -> pd.DataFrame:
    """Return the columns that a picture needs, with missing and infinite numbers as NaN.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows as given; ``note`` may be left out.
    text, numeric : sequence of str
        Columns that must be there.
    optional : sequence of str
        Columns of numbers that may be left out.

    Raises
    ------
    SchemaError
        When a column is missing, or holds something that is no number.

    Examples
    --------
    >>> prepared(pd.DataFrame({"label": ["North", None], "value": [1, None]}), optional=())
           label  value note
    0      North    1.0
    1  not known    NaN
    """
    absent = [name for name in (*text, *numeric) if name not in frame]
    if absent:
        raise SchemaError(
            f"The rows of this picture have no column {', '.join(absent)}.",
            todo=f"They have: {', '.join(map(str, frame.columns)) or '(none)'}.",
        )
    columns: dict[str, list[object]] = {
        name: [group_text(cell) for cell in frame[name]] for name in text
    }
    for name in (*numeric, *optional):
        cells = frame[name] if name in frame else [None] * len(frame)
        columns[name] = list(_numbers(cells, name))
    notes = frame["note"] if "note" in frame else [None] * len(frame)
    columns["note"] = [str(note) if numbers.is_known(note) else "" for note in notes]
    kinds = {name: "float64" if name in {*numeric, *optional} else "object" for name in columns}
    return pd.DataFrame(columns).astype(kinds)


def _numbers(cells: Iterable[object], name: str) -> list[float]:
    held = list(cells)
    wrong = [cell for cell in held if numbers.is_known(cell) and not numbers.is_number(cell)]
    if wrong:
        raise SchemaError(
            f"Column {name} of this picture holds {', '.join(map(repr, wrong[:_SHOWN]))}.",
            todo="Give numbers, and leave cells empty that are not known.",
        )
    return [float(cell) if numbers.is_known(cell) else float("nan") for cell in held]  # type: ignore[arg-type]


def missing_word(note: str) -> str:
    """Return the word for a value that cannot be shown: suppressed, withheld, or not known.

    Examples
    --------
    >>> missing_word("Suppressed: fewer than 3 enterprises."), missing_word("")
    ('suppressed', 'not known')
    >>> missing_word("withheld: confidential (dominated)")
    'withheld'
    """
    return SUPPRESSED if SUPPRESSED in note.lower() else numbers.absent_text(note)


def value_cell(row: Mapping[Any, Any], digits: Digits, *, name: str = "value") -> str:
    """Write the value of a row, or why there is none."""
    return missing_word(row["note"]) if isnan(row[name]) else digits.value(row[name])


def span_cell(row: Mapping[Any, Any], digits: Digits, *, change: bool = False) -> str:
    """Write the interval of a row, or why there is none."""
    if isnan(row["lower"]) and isnan(row["upper"]):
        return missing_word(row["note"])
    return digits.span(row["lower"], row["upper"], change=change)


def interval_name(frame: pd.DataFrame, *, what: str = "interval") -> str:
    """Name the interval by its level, where all rows of the frame say the same one.

    Examples
    --------
    >>> interval_name(pd.DataFrame({"level": [0.95]})), interval_name(pd.DataFrame())
    ('95 % interval', 'interval')
    """
    held = {cell for cell in frame["level"] if numbers.is_known(cell)} if "level" in frame else ()
    return f"{float(*held) * 100:.10g} % {what}" if len(held) == 1 else what


def titled(title: str, unit: str) -> str:
    """Write a title with its unit.

    Examples
    --------
    >>> titled("Public share", "share"), titled("Rank", "")
    ('Public share (%)', 'Rank')
    """
    return f"{title} ({numbers.unit_text(unit)})" if unit else title


def worded(words: Words, rows: pd.DataFrame, *, label: str = "label") -> Words:
    """Put the notes of the rows before the other notes."""
    notes = row_notes(rows, [str(name) for name in rows[label]], told=words.notes)
    return Words(
        title=words.title,
        reading=words.reading,
        notes=(*notes, *words.notes),
        source=words.source,
        simulated=words.simulated,
    )


def listed(names: Sequence[str], *, most: int = 5) -> str:
    """List names, the first few of many.

    Examples
    --------
    >>> listed(["A", "B", "C"], most=2)
    'A; B and 1 more'
    """
    more = len(names) - most
    return "; ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def joined(parts: Sequence[str]) -> str:
    """Join what the marks of a picture mean to its reading line.

    Examples
    --------
    >>> joined(["dot: value", "", "line: interval"])
    'Dot: value; line: interval.'
    """
    text = "; ".join(part for part in parts if part)
    return text[:1].upper() + text[1:] + "." if text else ""
