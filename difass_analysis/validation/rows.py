"""Run the row rules of a table: one query counts, a second one fetches what is broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import or_
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
    rows, broken, unknown = _counted(lazy, rules, engine=engine)
    summary = [
        (rule.id, table.name, rule.severity, rows - unknown[rule.needs], count, unknown[rule.needs])
        for rule, count in zip(rules, broken, strict=True)
    ]
    hit = [rule for rule, count in zip(rules, broken, strict=True) if count]
    found = [_fetch(table, lazy, rule, engine=engine) for rule in hit]
    return Checked(
        findings=[row for rows in found for row in rows],
        rules=_merged(summary),
        rejected=_rejected(table, lazy, hit, engine=engine),
    )


def _counted(
    lazy: Lazy, rules: Sequence[RowRule], *, engine: Engine
) -> tuple[int, list[int], dict[tuple[str, ...], int]]:
    """Count rows, rows that break each rule, and rows that lack what some rules need.

    All is one query without steps between: on small tables the steps would take the time.
    """
    needs = list(dict.fromkeys(rule.needs for rule in rules))
    counts = engine.collect(
        lazy.select(
            nw.len().alias("_rows"),
            *(rule.broken.cast(nw.Int64).sum().alias(f"_b{i}") for i, rule in enumerate(rules)),
            *(_lacking(names).alias(f"_u{i}") for i, names in enumerate(needs) if names),
        )
    ).iloc[0]
    broken = [int(counts[f"_b{i}"]) for i in range(len(rules))]
    unknown = {names: int(counts[f"_u{i}"]) if names else 0 for i, names in enumerate(needs)}
    return int(counts["_rows"]), broken, unknown


def _lacking(names: Sequence[str]) -> nw.Expr:
    """Count the rows in which one of several columns is missing."""
    missing = reduce(or_, (nw.col(name).is_null() for name in names))
    return missing.cast(nw.Int64).sum()


def _merged(
    summary: Sequence[tuple[str, str, str, int, int, int]],
) -> list[tuple[object, ...]]:
    """One line for a rule that looks at several columns of a table."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    for rule, table, severity, *counts in summary:
        held = sums.setdefault((rule, table, severity), [0, 0, 0])
        sums[(rule, table, severity)] = [a + b for a, b in zip(held, counts, strict=True)]
    return [(*names, *counts) for names, counts in sums.items()]


def _fetch(table: Table, rows: Lazy, rule: RowRule, *, engine: Engine) -> list[Finding]:
    names = rows.collect_schema().names()
    keys = [name for name in table.key if name in names]
    wanted = dict.fromkeys([FILE_COLUMN, LINE_COLUMN, *keys, *rule.shown])
    columns = [name for name in wanted if name in names]
    lazy = rows.filter(rule.broken).select(*columns)
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
    table: Table, rows: Lazy, rules: Sequence[RowRule], *, engine: Engine
) -> pd.DataFrame | None:
    """List the rows that break an error rule."""
    places = (nw.col(FILE_COLUMN).alias("file"), nw.col(LINE_COLUMN).alias("line"))
    frames = [
        engine.collect(rows.filter(rule.broken).select(*places)).assign(
            table=table.name, reason=f"{rule.id}: {rule.column}"
        )
        for rule in rules
        if rule.severity == "error"
    ]
    return pd.concat(frames, ignore_index=True)[list(REJECTED_COLUMNS)] if frames else None


def duplicate_keys(table: Table, lazy: Lazy, *, engine: Engine) -> Checked:
    """Find rows whose key stands on an earlier row already; the first one is kept.

    In a column that only tells rows apart where it is stated, a blank is a value like another.
    """
    names = lazy.collect_schema().names()
    if not table.key or LINE_COLUMN not in names or set(table.key) - set(names):
        return Checked()
    apart = [name for name in table.apart if name in names]
    keys = [*table.key, *apart]
    if apart:
        lazy = lazy.with_columns(*(nw.col(name).cast(nw.String).fill_null("") for name in apart))
    groups = lazy.group_by(*keys).agg(_n=nw.len())
    counts = engine.collect(groups.select(nw.len().alias("keys"), nw.col("_n").sum())).iloc[0]
    rows = int(counts["_n"])
    if rows == int(counts["keys"]):
        return Checked(rules=[("duplicate_key", table.name, "error", rows, 0, 0)])
    repeated = groups.filter(nw.col("_n") > 1)
    later = _later_rows(lazy, repeated, keys, engine=engine)
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


def partly_told_apart(table: Table, lazy: Lazy, *, engine: Engine) -> list[Checked]:
    """Find rows without what tells others of their key apart: they may be the same money twice."""
    names = lazy.collect_schema().names()
    wanted = {*table.key, FILE_COLUMN, LINE_COLUMN}
    return [
        _blank_beside_stated(table, column, lazy, engine=engine)
        for column in table.apart
        if column in names and not wanted - set(names)
    ]


def _blank_beside_stated(table: Table, column: str, lazy: Lazy, *, engine: Engine) -> Checked:
    keys = list(table.key)
    stated = lazy.filter(~nw.col(column).is_null()).select(*keys).unique()
    blank = lazy.filter(nw.col(column).is_null())
    doubtful = blank.join(stated, on=keys, how="inner").select(*keys, FILE_COLUMN, LINE_COLUMN)
    rows = int(engine.collect(lazy.select(n=nw.len()))["n"].iloc[0])
    found = engine.collect(doubtful).sort_values([FILE_COLUMN, LINE_COLUMN], kind="stable")
    findings = [
        Finding(
            severity="warning",
            rule="partly_told_apart",
            table=table.name,
            file=row[FILE_COLUMN],
            line=row[LINE_COLUMN],
            column=column,
            key=_key_of(row, keys),
            message=f"{column} is blank here and stated on another row of the key "
            f"{_key_of(row, keys)}: both rows count.",
            todo=f"Fill {column}, or delete the row if it is the same money.",
        )
        for row in found.head(LISTED).astype("object").to_dict("records")
    ]
    summary = ("partly_told_apart", table.name, "warning", rows, len(found), 0)
    return Checked(findings=findings, rules=[summary])


def _later_rows(lazy: Lazy, repeated: Lazy, keys: Sequence[str], *, engine: Engine) -> pd.DataFrame:
    """Rows whose key stands on an earlier row, each with the first one's file and line."""
    known = lazy
    for name in keys:
        known = known.filter(~nw.col(name).is_null())
    joined = known.join(repeated.select(*keys), on=list(keys), how="inner")
    found = engine.collect(joined.select(*keys, FILE_COLUMN, LINE_COLUMN))
    found = found.sort_values([FILE_COLUMN, LINE_COLUMN], kind="stable")
    later = found[found.duplicated(keys)]
    first = found.drop_duplicates(keys)
    return later.merge(first, on=list(keys), how="left", suffixes=("", "_first"))


def broken_references(table: Table, lazies: Mapping[str, Lazy], *, engine: Engine) -> list[Checked]:
    """Find rows that refer to rows which do not exist, by column; they are kept."""
    lazy = lazies[table.name]
    names = lazy.collect_schema().names()
    columns = [
        column
        for column in table.columns
        if column.references in lazies
        and column.name in names
        and column.name in lazies[column.references].collect_schema().names()
    ]
    if not columns:
        return []
    given = (nw.col(column.name).count() for column in columns)
    counts = engine.collect(lazy.select(nw.len().alias("_rows"), *given)).iloc[0]
    return [
        _broken_reference(
            table,
            column.name,
            column.references,
            lazies,
            present=int(counts[column.name]),
            missing=int(counts["_rows"]) - int(counts[column.name]),
            engine=engine,
        )
        for column in columns
    ]


def _broken_reference(
    table: Table,
    column: str,
    target: str,
    lazies: Mapping[str, Lazy],
    *,
    present: int,
    missing: int,
    engine: Engine,
) -> Checked:
    lazy = lazies[table.name]
    # What is missing matches nothing, so neither side needs more than its column.
    loose = lazy.filter(~nw.col(column).is_null()).join(
        lazies[target].select(column), on=column, how="anti"
    )
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
    summary = ("unknown_reference", table.name, "warning", present, len(frame), missing)
    return Checked(findings=found, rules=[summary])
