"""Apply all rules to a programme: what is wrong, and which rows cannot be used."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import pandas as pd

from difass_analysis.engine import Lazy
from difass_analysis.programme import FILE_COLUMN, LINE_COLUMN, Programme
from difass_analysis.programme.lookup import Lookup, alias
from difass_analysis.result import Findings
from difass_analysis.schema import TABLES, Table
from difass_analysis.validation.cooperation import cooperation_rules
from difass_analysis.validation.model import (
    RULE_COLUMNS,
    Checked,
    Reading,
    RowRule,
    finding,
    findings_frame,
    rows_of,
)
from difass_analysis.validation.readings import reading_rules, rejected_raw
from difass_analysis.validation.rowrules import (
    default_parts,
    money_rules,
    order_rules,
    parts_rule,
    schema_rules,
)
from difass_analysis.validation.rows import broken_reference, duplicate_keys, run_row_rules
from difass_analysis.validation.totals import total_rules

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
    found = _concat([check.findings for check in checks], findings_frame([]))
    found = pd.concat([found, _recorded(programme, found)], ignore_index=True)
    found = _placed(programme, found)
    rules = _concat([check.rules for check in checks], pd.DataFrame(columns=list(RULE_COLUMNS)))
    rejected = _concat([check.rejected for check in checks], Checked().rejected)
    rejects = rejected_raw(rejected, readings)
    return Findings(
        frame=_sorted(found),
        provenance=programme.provenance,
        rules=rules.reset_index(drop=True),
        files=_accounts(readings, rejects),
        rejects=rejects,
    )


def _concat(frames: Sequence[pd.DataFrame], empty: pd.DataFrame) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else empty


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
    lazies = dict(programme.tables)
    checks = [
        run_row_rules(table, lazy, rules, engine=engine),
        duplicate_keys(table, programme.tables[table.name], engine=engine),
    ]
    checks += [
        broken_reference(table, column.name, column.references, lazies, engine=engine)
        for column in table.columns
        if column.references in programme.tables and column.name in names
    ]
    return checks


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
            rules.append(
                RowRule(**{**vars(rule), "broken": rule.broken & here, "unknown": rule.unknown})
            )
    return rules


def _recorded(programme: Programme, found: pd.DataFrame) -> pd.DataFrame:
    """Recorded notes that no rule finds, and notes whose rule did not find them."""
    if "notes" not in programme.tables:
        return findings_frame([])
    notes = programme.table("notes").reindex(columns=list(TABLES["notes"].names)).fillna("")
    rows = []
    for note in rows_of(notes):
        if note.found_by and (found["rule"] == note.found_by).any():
            continue
        lost = f" (expected from the rule {note.found_by})" if note.found_by else ""
        rows.append(
            finding(
                severity=note.severity if note.severity != "error" else "warning",
                rule="recorded_note",
                table=note.table,
                key=note.key,
                value=note.note_id,
                message=f"{note.text}{lost}",
                todo=note.treatment,
            )
        )
    return findings_frame(rows)


def _placed(programme: Programme, found: pd.DataFrame) -> pd.DataFrame:
    """Give file and line to findings on totals and records, by the key of the row they name."""
    open_ = (found["file"] == "") & found["line"].isna()
    placed = found.copy()
    for name in set(found.loc[open_, "table"]) & set(programme.tables):
        lazy, key = programme.tables[name], TABLES[name].key
        names = lazy.collect_schema().names()
        if len(key) != 1 or {key[0], FILE_COLUMN, LINE_COLUMN} - set(names):
            continue
        mine = found.index[open_ & (found["table"] == name)]
        wanted = sorted({key_.split(", ")[0] for key_ in found.loc[mine, "key"]})
        rows = lazy.filter(nw.col(key[0]).is_in(wanted)).select(key[0], FILE_COLUMN, LINE_COLUMN)
        lines = programme.engine.collect(rows).drop_duplicates(key[0]).set_index(key[0])
        for index in mine:
            first = str(found.at[index, "key"]).split(", ")[0]
            if first in lines.index:
                placed.loc[index, "file"] = str(lines.at[first, FILE_COLUMN])
                placed.loc[index, "line"] = int(str(lines.at[first, LINE_COLUMN]))
    return placed


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
