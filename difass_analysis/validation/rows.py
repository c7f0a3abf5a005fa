"""Run the row rules of a table: one query counts, a second one fetches what is broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from difass_analysis.engine import Engine, Lazy
from difass_analysis.programme import FILE_COLUMN, LINE_COLUMN
from difass_analysis.schema import Table
from difass_analysis.validation.model import (
    LISTED,
    REJECTED_COLUMNS,
    Checked,
    Finding,
    RowRule,
)


def run_row_rules(table: Table, lazy: Lazy, rules: Sequence[RowRule], *, engine: Engine) -> Checked:
    """Apply row rules to a table and return what they found.

    Parameters
    ----------
    table : Table
        The canonical table.
    lazy : lazy frame
        Its rows, with the columns that the rules look up.
    rules : sequence of RowRule
        The rules.
    engine : Engine
        What computes.
    """
    if not rules:
        return Checked()
    flagged = lazy.with_columns(
        *(rule.broken.fill_null(False).alias(f"_b{i}") for i, rule in enumerate(rules)),
        *(rule.unknown.fill_null(True).alias(f"_u{i}") for i, rule in enumerate(rules)),
    )
    flags = [f"_{kind}{i}" for i in range(len(rules)) for kind in "bu"]
    counts = engine.collect(
        flagged.select(*(nw.col(flag).cast(nw.Int64).sum() for flag in flags), _rows=nw.len())
    ).iloc[0]
    rows = int(counts["_rows"])
    broken = {i: int(counts[f"_b{i}"]) if rows else 0 for i in range(len(rules))}
    unknown = {i: int(counts[f"_u{i}"]) if rows else 0 for i in range(len(rules))}
    summary = [
        (rule.id, table.name, rule.severity, rows - unknown[i], broken[i], unknown[i])
        for i, rule in enumerate(rules)
    ]
    found = [
        _fetch(table, flagged, i, rule, engine=engine) for i, rule in enumerate(rules) if broken[i]
    ]
    return Checked(
        findings=[row for rows in found for row in rows],
        rules=_merged(summary),
        rejected=_rejected(table, flagged, rules, broken, engine),
    )


def _merged(
    summary: Sequence[tuple[str, str, str, int, int, int]],
) -> list[tuple[object, ...]]:
    """One line for a rule that looks at several columns of a table."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    for rule, table, severity, *counts in summary:
        held = sums.setdefault((rule, table, severity), [0, 0, 0])
        sums[(rule, table, severity)] = [a + b for a, b in zip(held, counts, strict=True)]
    return [(*names, *counts) for names, counts in sums.items()]


def _fetch(
    table: Table, flagged: Lazy, index: int, rule: RowRule, *, engine: Engine
) -> list[Finding]:
    names = flagged.collect_schema().names()
    keys = [name for name in table.key if name in names]
    wanted = dict.fromkeys([FILE_COLUMN, LINE_COLUMN, *keys, *rule.shown])
    columns = [name for name in wanted if name in names]
    lazy = flagged.filter(nw.col(f"_b{index}")).select(*columns)
    frame = engine.collect(lazy.head(LISTED))
    if LINE_COLUMN in frame:
        frame = frame.sort_values(
            [c for c in (FILE_COLUMN, LINE_COLUMN) if c in frame], kind="stable"
        )
    records: list[dict[Any, Any]] = frame.astype("object").to_dict("records")
    return [
        Finding(
            severity=rule.severity,
            rule=rule.id,
            table=table.name,
            file=row.get(FILE_COLUMN, ""),
            line=row.get(LINE_COLUMN),
            column=rule.column,
            key=_key_of(row, keys),
            value="" if pd.isna(row[rule.column]) else str(row[rule.column]),
            message=rule.message(row),
            todo=rule.todo,
        )
        for row in records
    ]


def _key_of(row: Mapping[Any, Any], keys: Sequence[str]) -> str:
    """Key of a row for a reader; a part that is missing is left blank."""
    return " / ".join("" if pd.isna(row[name]) else str(row[name]) for name in keys)


def _rejected(
    table: Table, flagged: Lazy, rules: Sequence[RowRule], broken: dict[int, int], engine: Engine
) -> pd.DataFrame | None:
    frames = [
        engine.collect(
            flagged.filter(nw.col(f"_b{i}")).select(
                nw.col(FILE_COLUMN).alias("file"), nw.col(LINE_COLUMN).alias("line")
            )
        ).assign(table=table.name, reason=f"{rule.id}: {rule.column}")
        for i, rule in enumerate(rules)
        if broken[i] and rule.severity == "error"
    ]
    return pd.concat(frames, ignore_index=True)[list(REJECTED_COLUMNS)] if frames else None


def duplicate_keys(table: Table, lazy: Lazy, *, rows: int, engine: Engine) -> Checked:
    """Find rows whose key stands on an earlier row already; the first one is kept."""
    names = lazy.collect_schema().names()
    keys = [name for name in table.key if name in names]
    if not keys or LINE_COLUMN not in names or set(table.key) - set(names):
        return Checked()
    repeated = lazy.group_by(*keys).agg(_n=nw.len()).filter(nw.col("_n") > 1)
    if engine.collect(repeated.head(1)).empty:
        return Checked(rules=[("duplicate_key", table.name, "error", rows, 0, 0)])
    known = lazy
    for name in keys:
        known = known.filter(~nw.col(name).is_null())
    joined = known.join(repeated.select(*keys), on=keys, how="inner")
    found = engine.collect(joined.select(*keys, FILE_COLUMN, LINE_COLUMN))
    found = found.sort_values([FILE_COLUMN, LINE_COLUMN], kind="stable")
    later = found[found.duplicated(keys)]
    first = found.drop_duplicates(keys)
    later = later.merge(first, on=keys, how="left", suffixes=("", "_first"))
    records = later.head(LISTED).astype("object").to_dict("records")
    findings = [
        Finding(
            severity="error",
            rule="duplicate_key",
            table=table.name,
            file=row[FILE_COLUMN],
            line=row[LINE_COLUMN],
            column=keys[0],
            key=_key_of(row, keys),
            value=_key_of(row, keys),
            message=(
                f"The key {' + '.join(keys)} = {_key_of(row, keys)} "
                f"stands on line {row[f'{LINE_COLUMN}_first']} already."
            ),
            todo="Keep one of the two rows; the first one has been used.",
        )
        for row in records
    ]
    rejected = pd.DataFrame(
        {
            "table": table.name,
            "file": later[FILE_COLUMN].to_numpy(),
            "line": later[LINE_COLUMN].to_numpy(),
            "reason": "duplicate_key: " + keys[0],
        }
    )
    summary = ("duplicate_key", table.name, "error", rows, len(later), 0)
    return Checked(findings=findings, rules=[summary], rejected=rejected)


def broken_reference(
    table: Table, column: str, target: str, lazies: Mapping[str, Lazy], *, engine: Engine
) -> Checked:
    """Find rows that refer to a row which does not exist; they are kept."""
    lazy, other = lazies[table.name], lazies[target]
    if column not in other.collect_schema().names():
        return Checked()
    targets = other.select(column).filter(~nw.col(column).is_null()).unique()
    loose = lazy.filter(~nw.col(column).is_null()).join(targets, on=column, how="anti")
    names = lazy.collect_schema().names()
    keys = [name for name in table.key if name in names]
    shown = dict.fromkeys([*keys, column, FILE_COLUMN, LINE_COLUMN])
    frame = engine.collect(loose.select(*(name for name in shown if name in names)))
    found = [
        Finding(
            severity="warning",
            rule="unknown_reference",
            table=table.name,
            file=row.get(FILE_COLUMN, ""),
            line=row.get(LINE_COLUMN),
            column=column,
            key=_key_of(row, keys),
            value=str(row[column]),
            message=f"{column} = {row[column]} is not in the table '{target}'.",
            todo=f"Add the row to {target}, or correct the key; what {target} knows is missing "
            "for this row.",
        )
        for row in frame.head(LISTED).astype("object").to_dict("records")
    ]
    counts = engine.collect(lazy.select(nw.col(column).count().alias("_n"), _rows=nw.len())).iloc[0]
    present, missing = int(counts["_n"]), int(counts["_rows"]) - int(counts["_n"])
    summary = ("unknown_reference", table.name, "warning", present, len(frame), missing)
    return Checked(findings=found, rules=[summary])
