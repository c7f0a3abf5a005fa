"""What is wrong, uncertain or missing: findings, notes, limits, definitions and sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.display import numbers
from difass_analysis.display.tables import by_severity
from difass_analysis.export.privacy import shareable
from difass_analysis.reporting.content import Alarm, Cell, Column, Definition, Grid, Link
from difass_analysis.reporting.grids import formula_text, known_rows, plain_grid, text_cell
from difass_analysis.reporting.language import Words, term
from difass_analysis.result import Findings, IndicatorTable

if TYPE_CHECKING:
    from difass_analysis.programme import Programme

MONITORING = term(
    "These are counts of monitoring, step I of Storey's six steps (take-up of a scheme); on the "
    "Maryland scale of scientific methods they are not scored. They show no effect."
)
_INFEASIBLE = "infeasible"
_RECORDED = "recorded_note"
_ALARMS = 6

# What only a certain table could show, and how to say that it cannot be shown.
_NEEDS = (
    (
        "outcomes",
        term("Exports, employment, turnover and survival of firms (no table of outcomes)."),
    ),
    (
        "population",
        term("How supported firms compare with typical ones (no population of firms)."),
    ),
    (
        "applications",
        term("What would have happened without support (no comparison group)."),
    ),
    ("surveys", term("What recipients think of the support (no survey).")),
)


def alarms(findings: Findings, words: Words) -> tuple[Alarm, ...]:
    """Return the findings that must not be overlooked: what is infeasible, then errors."""
    grave, _ = _parted(shareable(findings.frame))
    return tuple(_alarm(row, words) for row in known_rows(grave))


def _parted(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part findings into the few gravest and all others, each in the order of severity."""
    if frame.empty:
        return frame, frame
    ordered = by_severity(frame)
    infeasible = ordered["rule"].astype("str").str.contains(_INFEASIBLE)
    errors = (ordered["severity"] == "error") & ~infeasible
    grave = pd.concat([ordered[infeasible], ordered[errors]]).head(_ALARMS)
    return grave, ordered.drop(index=grave.index)


def _alarm(row: Mapping[Any, Any], words: Words) -> Alarm:
    return Alarm(
        title=rule_text(str(row["rule"])),
        message=words.said(_text(row["message"])),
        todo=_text(row["todo"]),
        place=_place(row, words),
    )


def rule_text(rule: str) -> str:
    """Write the name of a rule as words.

    Examples
    --------
    >>> rule_text("call_totals_infeasible")
    'Call totals infeasible'
    """
    words = rule.replace("_", " ").replace("smes ", "SMEs ")
    return words[:1].upper() + words[1:]


def _text(value: object) -> str:
    return str(value) if numbers.is_known(value) else ""


def _place(row: Mapping[Any, Any], words: Words) -> str:
    where = [words.said(_text(row.get(name))) for name in ("table", "column", "key")]
    line = row.get("line")
    if numbers.is_known(line):
        file = _text(row.get("file"))
        where.append(words("{file} line {line}", file=file, line=numbers.exact_text(line)).strip())
    return ", ".join(part for part in where if part)


def findings_grid(
    findings: Findings, *, id: str, files: tuple[Link, ...], words: Words
) -> Grid | None:
    """Return the findings that are neither alarms nor notes, which stand in their own place."""
    _, rest = _parted(shareable(findings.frame))
    if rest.empty:
        return None
    rest = rest[rest["rule"] != _RECORDED]
    columns = {
        "severity": Column(label=words("Severity")),
        "message": Column(label=words("What was found"), wide=True),
        "place": Column(label=words("Where")),
        "todo": Column(label=words("What to do"), wide=True),
    }
    rows = [
        {
            **row,
            "place": _place(row, words),
            "severity": words(str(row["severity"])),
            "message": words.said(_text(row["message"])),
        }
        for row in known_rows(rest)
    ]
    if not rows:
        return None
    caption = words("Other findings of the rules")
    return plain_grid(
        rows, columns, id=id, caption=caption, words=words, cell=_quiet_cell(words), files=files
    )


def _quiet_cell(words: Words) -> Callable[[str, Mapping[Any, Any]], Cell]:
    """Return what writes a cell in which a blank is nothing missing but nothing to say."""

    def cell(name: str, row: Mapping[Any, Any]) -> Cell:
        value = row.get(name)
        return text_cell(value, words=words) if numbers.is_known(value) else Cell(text="")

    return cell


def notes_grid(
    programme: Programme, *, id: str, files: tuple[Link, ...], words: Words
) -> Grid | None:
    """Return the recorded inconsistencies, with what is done about each."""
    if "notes" not in programme.tables:
        return None
    notes = known_rows(programme.table("notes"))
    rows = [{**row, "severity": words(str(row.get("severity")))} for row in notes]
    columns = {
        "severity": Column(label=words("Severity")),
        "text": Column(label=words("What is inconsistent"), wide=True),
        "treatment": Column(label=words("What is done about it"), wide=True),
        "source": Column(label=words("Source")),
    }
    caption = words("Notes recorded when the sources were read")
    return plain_grid(
        rows, columns, id=id, caption=caption, words=words, cell=_quiet_cell(words), files=files
    )


def not_computable_grid(table: IndicatorTable, *, id: str, words: Words) -> Grid | None:
    """Return what cannot be computed, gathered by reason."""
    frame = table.not_computable
    if frame.empty:
        return None
    labels = dict(zip(table.definitions["indicator"], table.definitions["label"], strict=True))
    reasons: dict[str, list[str]] = {}
    for row in known_rows(frame):
        name = str(row["indicator"])
        reasons.setdefault(str(row["reason"]), []).append(str(labels.get(name, name)))
    rows = [
        {"reason": _sentence(words.said(why)), "indicators": "; ".join(w)}
        for why, w in reasons.items()
    ]
    columns = {
        "reason": Column(label=words("Reason")),
        "indicators": Column(label=words("Indicators"), wide=True),
    }
    caption = words("What cannot be computed, and why")
    return plain_grid(rows, columns, id=id, caption=caption, words=words)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def cannot_show(programme: Programme, words: Words) -> tuple[str, ...]:
    """Return what the data of a programme cannot show, since the tables for it are missing."""
    return tuple(words(text) for table, text in _NEEDS if table not in programme.tables)


def definitions_of(table: IndicatorTable, *, home: str, words: Words) -> tuple[Definition, ...]:
    """Return the definition of every indicator of the table."""
    shown = set(table.frame["indicator"])
    rows = [row for row in known_rows(table.definitions) if row["indicator"] in shown]
    return tuple(
        Definition(
            id=f"{home}-{row['indicator']}",
            label=str(row["label"]),
            name=str(row["indicator"]),
            formula=formula_text(row),
            unit=words.unit(row["unit"]),
            text=_text(row["definition"]),
            source=_text(row["source"]),
        )
        for row in rows
    )


def assumptions_grid(programme: Programme, *, id: str, words: Words) -> Grid | None:
    """Return values that were assumed, apart from those that were stated."""
    facts = facts_of(programme)
    if facts.empty:
        return None
    rows = known_rows(facts[facts["kind"] == "assumed"])
    if not rows:
        return None
    columns = {
        "column": Column(label=words("What")),
        "value": Column(label=words("Assumed value")),
        "note": Column(label=words("Why")),
        "source": Column(label=words("Source")),
    }
    named = [{**row, "column": str(row["column"]).replace("_", " ")} for row in rows]
    caption = words("Assumptions, apart from facts")
    return plain_grid(named, columns, id=id, caption=caption, words=words)


def facts_of(programme: Programme) -> pd.DataFrame:
    """Return the recorded values of a programme with what kind each is; empty without them."""
    return programme.table("facts") if "facts" in programme.tables else pd.DataFrame()


def origins(programme: Programme, words: Words) -> tuple[str, ...]:
    """Say how many recorded values are stated, derived, approximate or assumed."""
    facts = facts_of(programme)
    if facts.empty:
        return ()
    counts = facts["kind"].value_counts()
    parts = [f"{words.value(int(counts[kind]))} {words(str(kind))}" for kind in counts.index]
    sources = sorted({str(text) for text in facts["source"] if numbers.is_known(text)})
    text = words(
        "Of {count} recorded values: {kinds}.",
        count=words.value(len(facts)),
        kinds=", ".join(parts),
    )
    if not sources:
        return (text,)
    return (text, words("Source documents: {names}.", names=", ".join(sources)))
