"""What is wrong, uncertain or missing: findings, notes, limits, definitions and sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.display import numbers
from difass_analysis.display.tables import by_severity
from difass_analysis.export.privacy import shareable
from difass_analysis.reporting.content import Alarm, Cell, Column, Definition, Grid, Link
from difass_analysis.reporting.grids import formula_text, known_rows, plain_grid, text_cell
from difass_analysis.result import Findings, IndicatorTable, Provenance

if TYPE_CHECKING:
    from difass_analysis.programme import Programme

MONITORING = (
    "These are counts of monitoring, step I of Storey's six steps (take-up of a scheme); on the "
    "Maryland scale of scientific methods they are not scored. They show no effect."
)
_INFEASIBLE = "infeasible"
_RECORDED = "recorded_note"
_ALARMS = 6

# What only a certain table could show, and how to say that it cannot be shown.
_NEEDS = (
    ("outcomes", "exports, employment, turnover and survival of firms (no table of outcomes)"),
    ("population", "how supported firms compare with typical ones (no population of firms)"),
    ("applications", "what would have happened without support (no comparison group)"),
    ("surveys", "what recipients think of the support (no survey)"),
)


def alarms(findings: Findings) -> tuple[Alarm, ...]:
    """Return the findings that must not be overlooked: what is infeasible, then errors."""
    grave, _ = _parted(shareable(findings.frame))
    return tuple(_alarm(row) for row in known_rows(grave))


def _parted(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part findings into the few gravest and all others, each in the order of severity."""
    if frame.empty:
        return frame, frame
    ordered = by_severity(frame)
    infeasible = ordered["rule"].astype("str").str.contains(_INFEASIBLE)
    errors = (ordered["severity"] == "error") & ~infeasible
    grave = pd.concat([ordered[infeasible], ordered[errors]]).head(_ALARMS)
    return grave, ordered.drop(index=grave.index)


def _alarm(row: Mapping[Any, Any]) -> Alarm:
    return Alarm(
        title=rule_text(str(row["rule"])),
        message=_text(row["message"]),
        todo=_text(row["todo"]),
        place=_place(row),
    )


def rule_text(rule: str) -> str:
    """Write the name of a rule as words.

    Examples
    --------
    >>> rule_text("call_totals_infeasible")
    'Call totals infeasible'
    """
    words = rule.replace("_", " ")
    return words[:1].upper() + words[1:]


def _text(value: object) -> str:
    return str(value) if numbers.is_known(value) else ""


def _place(row: Mapping[Any, Any]) -> str:
    where = [_text(row.get(name)) for name in ("table", "column", "key")]
    line = row.get("line")
    if numbers.is_known(line):
        where.append(f"{_text(row.get('file'))} line {numbers.exact_text(line)}".strip())
    return ", ".join(part for part in where if part)


def findings_grid(findings: Findings, *, id: str, files: tuple[Link, ...]) -> Grid | None:
    """Return the findings that are neither alarms nor notes, which stand in their own place."""
    _, rest = _parted(shareable(findings.frame))
    if rest.empty:
        return None
    rest = rest[rest["rule"] != _RECORDED]
    columns = {
        "severity": Column(label="Severity"),
        "message": Column(label="What was found", wide=True),
        "place": Column(label="Where"),
        "todo": Column(label="What to do", wide=True),
    }
    rows = [{**row, "place": _place(row)} for row in known_rows(rest)]
    if not rows:
        return None
    caption = "Other findings of the rules"
    return plain_grid(rows, columns, id=id, caption=caption, cell=_quiet_cell, files=files)


def _quiet_cell(name: str, row: Mapping[Any, Any]) -> Cell:
    """Write a cell in which a blank is nothing missing but nothing to say."""
    value = row.get(name)
    return text_cell(value) if numbers.is_known(value) else Cell(text="")


def notes_grid(programme: Programme, *, id: str, files: tuple[Link, ...]) -> Grid | None:
    """Return the recorded inconsistencies, with what is done about each."""
    if "notes" not in programme.tables:
        return None
    rows = known_rows(programme.table("notes"))
    columns = {
        "severity": Column(label="Severity"),
        "text": Column(label="What is inconsistent", wide=True),
        "treatment": Column(label="What is done about it", wide=True),
        "source": Column(label="Source"),
    }
    caption = "Notes recorded when the sources were read"
    return plain_grid(rows, columns, id=id, caption=caption, cell=_quiet_cell, files=files)


def not_computable_grid(table: IndicatorTable, *, id: str) -> Grid | None:
    """Return what cannot be computed, gathered by reason."""
    frame = table.not_computable
    if frame.empty:
        return None
    labels = dict(zip(table.definitions["indicator"], table.definitions["label"], strict=True))
    reasons: dict[str, list[str]] = {}
    for row in known_rows(frame):
        name = str(row["indicator"])
        reasons.setdefault(str(row["reason"]), []).append(str(labels.get(name, name)))
    rows = [{"reason": _sentence(why), "indicators": "; ".join(w)} for why, w in reasons.items()]
    columns = {
        "reason": Column(label="Reason"),
        "indicators": Column(label="Indicators", wide=True),
    }
    return plain_grid(rows, columns, id=id, caption="What cannot be computed, and why")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def cannot_show(programme: Programme) -> tuple[str, ...]:
    """Return what the data of a programme cannot show, since the tables for it are missing."""
    return tuple(words for table, words in _NEEDS if table not in programme.tables)


def definitions_of(table: IndicatorTable, *, home: str) -> tuple[Definition, ...]:
    """Return the definition of every indicator of the table."""
    shown = set(table.frame["indicator"])
    rows = [row for row in known_rows(table.definitions) if row["indicator"] in shown]
    return tuple(
        Definition(
            id=f"{home}-{row['indicator']}",
            label=str(row["label"]),
            name=str(row["indicator"]),
            formula=formula_text(row),
            unit=numbers.unit_text(row["unit"]),
            text=_text(row["definition"]),
            source=_text(row["source"]),
        )
        for row in rows
    )


def assumptions_grid(programme: Programme, *, id: str) -> Grid | None:
    """Return values that were assumed, apart from those that were stated."""
    facts = _facts(programme)
    if facts.empty:
        return None
    rows = known_rows(facts[facts["kind"] == "assumed"])
    if not rows:
        return None
    columns = {
        "column": Column(label="What"),
        "value": Column(label="Assumed value"),
        "note": Column(label="Why"),
        "source": Column(label="Source"),
    }
    named = [{**row, "column": str(row["column"]).replace("_", " ")} for row in rows]
    return plain_grid(named, columns, id=id, caption="Assumptions, apart from facts")


def _facts(programme: Programme) -> pd.DataFrame:
    return programme.table("facts") if "facts" in programme.tables else pd.DataFrame()


def origins(programme: Programme) -> tuple[str, ...]:
    """Say how many recorded values are stated, derived, approximate or assumed."""
    facts = _facts(programme)
    if facts.empty:
        return ()
    counts = facts["kind"].value_counts()
    parts = [f"{counts[kind]:,} {kind}" for kind in counts.index]
    sources = sorted({str(text) for text in facts["source"] if numbers.is_known(text)})
    text = f"Of {len(facts):,} recorded values {', '.join(parts)}."
    return (text, f"Source documents: {', '.join(sources)}.") if sources else (text,)


def files_grid(provenance: Provenance, *, id: str) -> Grid | None:
    """Return the files that were read: hash, profile, and rows read, kept and rejected."""
    if not provenance.files:
        return None
    columns = {
        "name": Column(label="File"),
        "table": Column(label="Table"),
        "profile": Column(label="Profile"),
        "rows_read": Column(label="Rows read", number=True),
        "rows_kept": Column(label="Kept", number=True),
        "rows_rejected": Column(label="Rejected", number=True),
        "sha256": Column(label="SHA-256, first 12 digits"),
    }
    rows = [{**vars(record), "sha256": record.sha256[:12]} for record in provenance.files]
    return plain_grid(rows, columns, id=id, caption="Files read")
