"""What a rule is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import narwhals as nw
import pandas as pd

Severity = Literal["error", "warning", "note"]

FINDING_COLUMNS = (
    "severity",
    "rule",
    "table",
    "file",
    "line",
    "column",
    "key",
    "value",
    "message",
    "todo",
)
RULE_COLUMNS = ("rule", "table", "severity", "checked", "broken", "unknown")

#: At most this many findings of one rule are listed; all of them are counted.
LISTED = 100_000


@dataclass(frozen=True, kw_only=True)
class RowRule:
    """A rule that looks at one row.

    Attributes
    ----------
    id, severity : str
        Name of the rule; an ``error`` sets the row aside, a ``warning`` keeps it.
    column : str
        The column that the finding points to.
    shown : tuple of str
        Columns whose values the message uses.
    broken : narwhals.Expr
        Whether the row breaks the rule.
    needs : tuple of str
        Columns without whose values the rule says nothing of a row; none where it looks at blanks.
    message : callable
        Makes the sentence from the row's values.
    todo : str
        The next step.
    """

    id: str
    severity: Severity
    column: str
    shown: tuple[str, ...]
    broken: nw.Expr
    needs: tuple[str, ...]
    message: Callable[[Mapping[str, Any]], str]
    todo: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One finding: where, what, and what to do. What is not known is empty."""

    severity: str
    rule: str
    table: str
    message: str
    todo: str
    file: str = ""
    line: int | None = None
    column: str = ""
    key: str = ""
    value: str = ""


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What some rules found: findings, how often each rule was broken, and rows to set aside.

    Attributes
    ----------
    findings : sequence of Finding
        What was found, in the order of rows.
    rules : sequence of tuple
        Values in the order of ``RULE_COLUMNS``.
    rejected : pandas.DataFrame, optional
        ``table``, ``file``, ``line``, ``reason`` of rows that cannot be used.
    """

    findings: Sequence[Finding] = ()
    rules: Sequence[tuple[object, ...]] = ()
    rejected: pd.DataFrame | None = None


REJECTED_COLUMNS = ("table", "file", "line", "reason")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How one file became one table: what the rules must know of it, and what was lost.

    Attributes
    ----------
    file, table, profile : str
        The file, the table that it fills, the profile that read it.
    rows_read : int
        Records in the file; those with a wrong number of fields are in ``lost``.
    lost : pandas.DataFrame
        ``line``, ``reason``, ``raw`` of records that are no rows.
    problems : pandas.DataFrame
        ``line``, ``column``, ``heading``, ``value``, ``kind``, ``message`` of unreadable cells.
    variants : pandas.DataFrame
        ``column``, ``written``, ``read_as``, ``rows`` of spellings that were mapped.
    remarks : tuple of str
        What else the reader noticed about the file.
    parts, total : tuple of str, str
        Columns that must add up to the total; empty where nothing is said.
    raw_text : callable
        Returns ``line`` and ``raw`` for given lines.
    one_of : tuple of tuple of str
        Columns of which a row must have at least one.
    required : tuple of str
        Columns that a row must have.
    warnings : tuple of str
        What the profile expects of the file and did not find, and what it found besides.
    repaired : pandas.DataFrame, optional
        ``line``, ``reason``, ``raw`` of records that were put together again.
    """

    file: str
    table: str
    profile: str
    rows_read: int
    lost: pd.DataFrame
    problems: pd.DataFrame
    variants: pd.DataFrame
    remarks: tuple[str, ...]
    parts: tuple[str, ...]
    total: str
    raw_text: Callable[[list[int]], pd.DataFrame]
    one_of: tuple[tuple[str, ...], ...] = ()
    required: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    repaired: pd.DataFrame | None = None


def number(value: Any) -> str:
    """Write a number for a sentence: thousands marked, cents only where there are any.

    Examples
    --------
    >>> number(1280000.0), number(0.5), number(None)
    ('1,280,000', '0.50', 'unknown')
    """
    if value is None or pd.isna(value):
        return "unknown"
    amount = float(value)
    return f"{amount:,.0f}" if f"{amount:.2f}".endswith(".00") else f"{amount:,.2f}"


def rows_of(frame: pd.DataFrame) -> Iterator[Any]:
    """Go through the rows of a frame as named tuples."""
    return iter(frame.itertuples(index=False))


def findings_frame(rows: Sequence[Finding]) -> pd.DataFrame:
    """Put findings together as a frame with the published columns and kinds."""
    frame = pd.DataFrame([vars(row) for row in rows], columns=list(FINDING_COLUMNS))
    texts = {name: "str" for name in FINDING_COLUMNS if name != "line"}
    return frame.astype(texts | {"line": "Int64"})
