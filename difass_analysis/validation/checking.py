"""Apply all rules to a programme: what is wrong, and which rows cannot be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import narwhals as nw
import pandas as pd

from difass_analysis.engine import Lazy
from difass_analysis.programme import FILE_COLUMN, LINE_COLUMN, Programme
from difass_analysis.programme.lookup import Lookup, alias
from difass_analysis.result import Findings
from difass_analysis.schema import TABLES, Table
from difass_analysis.validation.aid import aid_rules
from difass_analysis.validation.conditions import condition_rules, rating_rules
from difass_analysis.validation.cooperation import cooperation_rules
from difass_analysis.validation.funds import fund_rules
from difass_analysis.validation.loans import balance_rules, loan_rules
from difass_analysis.validation.model import (
    REJECTED_COLUMNS,
    RULE_COLUMNS,
    Checked,
    Finding,
    Reading,
    RowRule,
    findings_frame,
    rows_of,
)
from difass_analysis.validation.practices import practice_rules
from difass_analysis.validation.readings import reading_rules, rejected_raw
from difass_analysis.validation.rowrules import (
    default_parts,
    money_rules,
    one_of_rule,
    order_rules,
    parts_rule,
    required_rule,
    schema_rules,
)
from difass_analysis.validation.rows import (
    broken_references,
    duplicate_keys,
    partly_told_apart,
    run_row_rules,
)
from difass_analysis.validation.totals import total_rules
from difass_analysis.validation.transfers import transfer_rules

_SEVERITY_ORDER = {"error": 0, "warning": 1, "note": 2}


def find_problems(programme: Programme, *, readings: Sequence[Reading] = ()) -> Findings:
    """Apply all rules that the programme's tables allow.

    Parameters
    ----------
    programme : Programme
        The data, before unusable rows are set aside.
    readings : sequence of Reading
        How its files were read; empty for frames.

    Returns
    -------
    Findings
        Findings by row, counts by rule, rows read, kept and rejected by file, and the rejects.
        For every file and table, rows read = rows kept + rows rejected.
    """
    checks = [reading_rules(reading) for reading in readings]
    for name in programme.tables:
        checks += _table_checks(programme, TABLES[name], readings)
    checks += total_rules(programme)
    checks += cooperation_rules(programme)
    checks += loan_rules(programme)
    checks += aid_rules(programme)
    checks += practice_rules(programme)
    checks += condition_rules(programme)
    checks += transfer_rules(programme)
    rows = [row for check in checks for row in check.findings]
    rows += _recorded(programme, {row.rule for row in rows})
    found = _placed(programme, findings_frame(rows))
    lines = [line for check in checks for line in check.rules]
    rules = pd.DataFrame(lines, columns=list(RULE_COLUMNS))
    set_aside = [check.rejected for check in checks if check.rejected is not None]
    rejected = (
        pd.concat(set_aside, ignore_index=True)
        if set_aside
        else pd.DataFrame(columns=list(REJECTED_COLUMNS))
    )
    rejects = rejected_raw(rejected, readings)
    return Findings(
        frame=_sorted(found),
        provenance=programme.provenance,
        rules=rules,
        files=_accounts(readings, rejects),
        rejects=rejects,
    )


def _sorted(found: pd.DataFrame) -> pd.DataFrame:
    rank = found["severity"].map(_SEVERITY_ORDER)
    return found.assign(_r=rank).sort_values("_r", kind="stable").drop(columns="_r")


def _table_checks(programme: Programme, table: Table, readings: Sequence[Reading]) -> list[Checked]:
    lazy, engine = programme.tables[table.name], programme.engine
    names = lazy.collect_schema().names()
    rules = [*schema_rules(table, names), *order_rules(names)]
    if table.name == "operations":
        lazy = _with_scheme(programme)
        rules += money_rules(lazy.collect_schema().names())
        rules += _parts_rules(readings, names)
    rules += balance_rules(names) if table.name == "loans" else []
    rules += fund_rules(names) if table.name == "funds" else []
    rules += rating_rules(names) if table.name == "ratings" else []
    rules += _one_of_rules(table.name, readings, names)
    rules += _required_rules(table, readings, names)
    base = programme.tables[table.name]
    return [
        run_row_rules(table, lazy, rules, engine=engine),
        duplicate_keys(table, base, engine=engine),
        *partly_told_apart(table, base, engine=engine),
        *broken_references(table, programme.tables, engine=engine),
    ]


def _with_scheme(programme: Programme) -> Lazy:
    """Operations with the rules of their scheme beside them, where those are known."""
    lookup = Lookup(programme)
    lazy = programme.tables["operations"]
    if lookup.path("operations", "schemes") is None:
        return lazy
    wanted = [
        ("schemes", name)
        for name in ("max_grant_amount", "max_aid_share")
        if name in lookup.columns("schemes")
    ]
    if not wanted:
        return lazy
    beside = lookup.rows("operations", [("operations", "operation_id"), *wanted])
    names = {alias(("operations", "operation_id")): "operation_id"}
    names |= {alias(place): place[1] for place in wanted}
    beside = beside.rename(names).unique(subset=["operation_id"], keep="any")
    return lazy.join(beside, on="operation_id", how="left")


def _parts_rules(readings: Sequence[Reading], names: Sequence[str]) -> list[RowRule]:
    """Parts against total, as each file's profile says which columns are the parts."""
    mine = [reading for reading in readings if reading.table == "operations"]
    stated: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for reading in mine:
        if reading.total:
            stated.setdefault((reading.parts, reading.total), []).append(reading.file)
    if not stated:
        return parts_rule(default_parts(names), "total_cost_amount", names)
    rules = []
    for (parts, total), files in stated.items():
        for rule in parts_rule(parts, total, names):
            here = nw.col(FILE_COLUMN).is_in(files)
            rules.append(replace(rule, broken=rule.broken & here))
    return rules


def _one_of_rules(table: str, readings: Sequence[Reading], names: Sequence[str]) -> list[RowRule]:
    """Columns of which one is required, as each file's profile says."""
    return [
        replace(rule, broken=rule.broken & (nw.col(FILE_COLUMN) == reading.file))
        for reading in readings
        if reading.table == table
        for columns in reading.one_of
        for rule in one_of_rule(columns, names)
    ]


def _required_rules(
    table: Table, readings: Sequence[Reading], names: Sequence[str]
) -> list[RowRule]:
    """Columns without which a line is no row, as each file's profile says."""
    always = {column.name for column in table.columns if column.required} | set(table.key)
    return [
        replace(rule, broken=rule.broken & (nw.col(FILE_COLUMN) == reading.file))
        for reading in readings
        if reading.table == table.name
        for name in reading.required
        if name in names and name not in always
        for rule in [required_rule(table.column(name))]
    ]


def _recorded(programme: Programme, rules: set[str]) -> list[Finding]:
    """Recorded notes that no rule finds, and notes whose rule did not find them."""
    if "notes" not in programme.tables:
        return []
    notes = programme.table("notes").reindex(columns=list(TABLES["notes"].names))
    notes = notes.astype("object").fillna("")
    rows = []
    for note in rows_of(notes):
        if note.found_by and note.found_by in rules:
            continue
        lost = f" (expected from the rule {note.found_by})" if note.found_by else ""
        rows.append(
            Finding(
                severity=note.severity if note.severity != "error" else "warning",
                rule="recorded_note",
                table=note.table,
                key=note.key,
                value=note.note_id,
                message=f"{note.text}{lost}",
                todo=note.treatment,
            )
        )
    return rows


def _placed(programme: Programme, found: pd.DataFrame) -> pd.DataFrame:
    """Give file and line to findings on totals and records, by the key of the row they name."""
    open_ = (found["file"] == "") & found["line"].isna()
    placed = found.copy()
    for name in sorted(set(found.loc[open_, "table"]) & set(programme.tables)):
        places = _places(programme, name, found.loc[open_ & (found["table"] == name), "key"])
        for index in found.index[open_ & (found["table"] == name)]:
            first = str(found.at[index, "key"]).split(", ")[0]
            file, line = places.get(first, places.get("", ("", None)))
            placed.loc[index, "file"] = file
            placed.loc[index, "line"] = pd.NA if line is None else line
    return placed


def _places(programme: Programme, name: str, keys: pd.Series) -> dict[str, tuple[str, int | None]]:
    """File and line of rows by key; under the empty key the table's only file."""
    lazy, key = programme.tables[name], TABLES[name].key
    names = lazy.collect_schema().names()
    if {FILE_COLUMN, LINE_COLUMN} - set(names):
        return {}
    files = programme.engine.collect(lazy.select(FILE_COLUMN).unique())[FILE_COLUMN].tolist()
    places: dict[str, tuple[str, int | None]] = {"": (files[0], None)} if len(files) == 1 else {}
    if len(key) == 1 and key[0] in names:
        wanted = sorted({str(value).split(", ")[0] for value in keys})
        rows = lazy.filter(nw.col(key[0]).is_in(wanted)).select(key[0], FILE_COLUMN, LINE_COLUMN)
        for row in rows_of(programme.engine.collect(rows)):
            places.setdefault(str(row[0]), (str(row[1]), int(row[2])))
    return places


def _accounts(readings: Sequence[Reading], rejects: pd.DataFrame) -> pd.DataFrame:
    columns = ["file", "table", "profile", "read", "kept", "rejected"]
    rows = []
    for reading in readings:
        mine = (rejects["file"] == reading.file) & (rejects["table"] == reading.table)
        rejected = int(rejects.loc[mine, "line"].nunique())
        kept = reading.rows_read - rejected
        rows.append(
            (reading.file, reading.table, reading.profile, reading.rows_read, kept, rejected)
        )
    return pd.DataFrame(rows, columns=columns)


def usable(programme: Programme, findings: Findings) -> dict[str, Lazy]:
    """Return the programme's tables without the rows that the findings set aside."""
    tables = dict(programme.tables)
    for table, group in findings.rejects.groupby("table"):
        name = str(table)
        if name not in tables or LINE_COLUMN not in tables[name].collect_schema().names():
            continue
        keys = group[["file", "line"]].drop_duplicates().astype({"line": "int64"})
        keys.columns = pd.Index([FILE_COLUMN, LINE_COLUMN])
        rejected = programme.engine.frame(keys)
        tables[name] = tables[name].join(rejected, on=[FILE_COLUMN, LINE_COLUMN], how="anti")
    return tables
