"""Findings that come from the reading of files: unreadable cells, spellings, lost records."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from unicodedata import category

import pandas as pd

from difass_analysis.schema import TABLES
from difass_analysis.validation.model import (
    LISTED,
    REJECTED_COLUMNS,
    Checked,
    Finding,
    Reading,
    rows_of,
)

# An unreadable cell of these kinds would make a figure wrong: the row is set aside. A date or a
# share, which no figure adds up, leaves its cell unknown and the row in use.
_SETS_ASIDE = {"money", "count", "number", "year", "id"}

# Kinds of characters that show nothing: blanks, marks of format, control characters.
_UNSEEN = {"Zs", "Zl", "Zp", "Cf", "Cc"}


def reading_rules(reading: Reading) -> Checked:
    """Turn what the reader noticed about one file and table into findings and rejects."""
    cells = _unreadable(reading)
    rows = [*cells, *_lost(reading), *_variants(reading), *_expected(reading)]
    rows += [*_repaired(reading), *_remarks(reading)]
    rejected = [
        (reading.table, reading.file, row.line, f"{row.rule}: {row.column}".rstrip(": "))
        for row in rows
        if row.severity == "error"
    ]
    counted = reading.rows_read
    counts = pd.Series([row.rule for row in rows], dtype="object").value_counts()
    summary: list[tuple[object, ...]] = [
        (rule, reading.table, severity, counted, int(counts.get(rule, 0)), 0)
        for rule, severity in (("unreadable", "error"), ("wrong_number_of_fields", "error"))
    ]
    return Checked(
        findings=rows,
        rules=summary,
        rejected=pd.DataFrame(rejected, columns=list(REJECTED_COLUMNS)) if rejected else None,
    )


def _unreadable(reading: Reading) -> list[Finding]:
    declared = {column.name: column for column in TABLES[reading.table].columns}
    found = []
    for row in rows_of(reading.problems.head(LISTED)):
        kind = declared[str(row.column)].kind if row.column in declared else "text"
        fatal = kind in _SETS_ASIDE
        found.append(
            Finding(
                severity="error" if fatal else "warning",
                rule="unreadable",
                table=reading.table,
                file=reading.file,
                line=row.line,
                column=row.column,
                value=row.value,
                message=f"'{row.value}' in '{row.heading}' {row.message}.",
                todo="Correct the cell, or state in the profile how numbers and dates are written. "
                + ("The row is set aside." if fatal else "The cell counts as unknown."),
            )
        )
    return found


def _lost(reading: Reading) -> list[Finding]:
    return [
        Finding(
            severity="error",
            rule="wrong_number_of_fields",
            table=reading.table,
            file=reading.file,
            line=row.line,
            value=str(row.raw)[:200],
            message=str(row.reason),
            todo="Check quotes and delimiters on that line.",
        )
        for row in rows_of(reading.lost)
    ]


def _repaired(reading: Reading) -> list[Finding]:
    if reading.repaired is None:
        return []
    return [
        Finding(
            severity="note",
            rule="record_put_together",
            table=reading.table,
            file=reading.file,
            line=row.line,
            value=str(row.raw)[:200],
            message=str(row.reason),
            todo="Look at a few of them; quoted texts in the file would make this needless.",
        )
        for row in rows_of(reading.repaired.head(LISTED))
    ]


def _expected(reading: Reading) -> list[Finding]:
    return [
        Finding(
            severity="warning",
            rule="file_not_as_expected",
            table=reading.table,
            file=reading.file,
            message=warning,
            todo="Look whether the file is complete, and whether its profile fits.",
        )
        for warning in reading.warnings
    ]


def _variants(reading: Reading) -> list[Finding]:
    found = []
    # One spelling may stand under several headings that the column is read from.
    keys = ["column", "read_as", "written"]
    variants = reading.variants.groupby(keys, dropna=False, sort=False, as_index=False)["rows"]
    groups: Any = variants.sum().groupby(["column", "read_as"], dropna=False)
    for (column, read_as), group in groups:
        if len(group) < 2 and not pd.isna(read_as):
            continue
        spellings = ", ".join(f"'{visible(row.written)}' ({row.rows:,})" for row in rows_of(group))
        unknown = pd.isna(read_as)
        found.append(
            Finding(
                severity="warning" if unknown else "note",
                rule="value_not_mapped" if unknown else "spellings_united",
                table=reading.table,
                file=reading.file,
                column=column,
                value="" if unknown else read_as,
                message=(
                    f"Values that the profile does not map: {spellings}."
                    if unknown
                    else f"Several spellings are read as '{read_as}': {spellings}."
                ),
                todo="Add them to the map, or leave them unknown."
                if unknown
                else "Check that they mean the same.",
            )
        )
    return found


def visible(text: str) -> str:
    """Write out what nobody sees: blanks at the ends or doubled, and invisible characters.

    Examples
    --------
    >>> visible("FESR "), visible("FE\u200bSR"), visible("Emilia Romagna")
    ('FESR[blank]', 'FE[U+200B]SR', 'Emilia Romagna')
    """
    shown = "".join(
        f"[U+{ord(letter):04X}]" if letter != " " and category(letter) in _UNSEEN else letter
        for letter in text
    )
    return re.sub(r"^ +| +$| {2,}", lambda found: "[blank]" * len(found[0]), shown)


def _remarks(reading: Reading) -> list[Finding]:
    return [
        Finding(
            severity="note",
            rule="about_the_file",
            table=reading.table,
            file=reading.file,
            message=remark,
            todo=_after(remark),
        )
        for remark in reading.remarks
    ]


def rejected_raw(rejected: pd.DataFrame, readings: Sequence[Reading]) -> pd.DataFrame:
    """List the rows set aside with their raw text; several reasons of one row are joined."""
    columns = ["file", "line", "table", "reason", "raw"]
    if rejected.empty:
        return pd.DataFrame(columns=columns)
    keys = ["file", "line", "table"]
    reasons = rejected.groupby(keys, sort=True)["reason"].agg(
        lambda values: "; ".join(dict.fromkeys(values))
    )
    frame = reasons.reset_index()
    raw = []
    for reading in readings:
        lost = reading.lost[["line", "raw"]]
        mine = frame[(frame["file"] == reading.file) & (frame["table"] == reading.table)]
        lines = [int(line) for line in mine["line"] if line not in set(lost["line"])]
        texts = pd.concat([lost, reading.raw_text(lines)] if lines else [lost])
        raw.append(texts.assign(file=reading.file, table=reading.table))
    if not raw:
        return frame.assign(raw="")[columns]
    merged = frame.merge(pd.concat(raw), on=keys, how="left")
    return merged[columns].fillna({"raw": ""})


def _after(remark: str) -> str:
    if "look damaged" in remark:
        return "Ask for the file anew, or state its encoding in the profile. Nothing is corrected."
    return "Nothing to do if this is as expected."
