"""The section on the quality of the data: what rules found, what was set aside, what adds up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from difass_analysis.display import numbers
from difass_analysis.reporting.content import Block, Column, Grid, Link, Paragraphs
from difass_analysis.reporting.grids import known_rows, plain_grid
from difass_analysis.reporting.language import Words, term
from difass_analysis.reporting.matters import rule_text
from difass_analysis.reporting.sections import Section, section_files
from difass_analysis.result import Result

if TYPE_CHECKING:
    from difass_analysis.programme import Programme
    from difass_analysis.result import Findings

# Parts of the names of rules that hold a total against its parts, or against a limit.
_TOTALS = frozenset(
    ("total", "totals", "budget", "sum", "parts", "rate", "uptake", "counts", "counted")
)
_CHECKED = term("Rules that hold totals against their parts and against their limits")


def quality_section(
    programme: Programme, *, home: str, out: Path, level: float, words: Words
) -> Section | None:
    """Return how far the data can be trusted, counted by rule; None where no rule was applied.

    Parameters
    ----------
    programme : Programme
        The programme, as it may be shown.
    home : str
        Its name in files and on the page.
    out : Path
        Folder of the report; the counts by rule are written to ``tables/<home>_rules``.
    level : float
        Level of the intervals; not used here.
    words : Words
        The language of the page.
    """
    findings = programme.findings
    if findings.rules.empty:
        return None
    rules = Result(frame=findings.rules, provenance=programme.provenance)
    files = section_files(rules, home=home, name="rules", out=out)
    broken = findings.rules[findings.rules["broken"] > 0]
    grids: list[Grid | None] = [
        _rules(broken, words("Findings by rule"), f"{home}-rules", words, files=files),
        _rules(_totals(findings.rules), words(_CHECKED), f"{home}-totals", words),
        _set_aside(findings, f"{home}-rejects", words),
    ]
    return Section(
        id="quality",
        title=words("Quality of the data"),
        lead=_lead(findings, words),
        blocks=(_counts(findings, words), *(grid for grid in grids if grid is not None)),
    )


def _totals(rules: pd.DataFrame) -> pd.DataFrame:
    """Return the rules about totals that could be applied, whether or not they found anything."""
    named = rules["rule"].map(lambda rule: bool(_TOTALS & set(str(rule).split("_"))))
    return rules[named & (rules["checked"] > 0)]


def _lead(findings: Findings, words: Words) -> str:
    read, kept, rejected = (_sum(findings.files, name) for name in ("read", "kept", "rejected"))
    if not read:
        return words("The data were given as tables, not read from files.")
    return words(
        "Of {read} rows read {kept} were kept and {rejected} set aside.",
        read=words.value(read),
        kept=words.value(kept),
        rejected=words.value(rejected),
    )


def _sum(frame: pd.DataFrame, name: str) -> int:
    return int(frame[name].sum()) if name in frame else 0


def _counts(findings: Findings, words: Words) -> Block:
    rules = findings.rules
    kinds = (("error", words("errors")), ("warning", words("warnings")), ("note", words("notes")))
    parts = [f"{label} {words.value(findings.count(kind))}" for kind, label in kinds]
    return Paragraphs(
        texts=(
            words("Findings: {counts}.", counts=", ".join(parts)),
            words(
                "Checks made (a rule on one table): {count}; with findings: {broken}; not "
                "applicable, since a value that they need is missing in every row: {blind}.",
                count=words.value(len(rules)),
                broken=words.value(int((rules["broken"] > 0).sum())),
                blind=words.value(int(((rules["checked"] == 0) & (rules["unknown"] > 0)).sum())),
            ),
        )
    )


def _rules(
    frame: pd.DataFrame, caption: str, id: str, words: Words, *, files: tuple[Link, ...] = ()
) -> Grid | None:
    if frame.empty:
        return None
    columns = {
        "rule": Column(label=words("Rule"), wide=True),
        "table": Column(label=words("Table")),
        "severity": Column(label=words("Severity")),
        "checked": Column(label=words("Checked"), number=True),
        "broken": Column(label=words("Broken"), number=True),
        "unknown": Column(label=words("Not checkable"), number=True),
    }
    rows = [
        {**row, "rule": rule_text(str(row["rule"])), "severity": words(str(row["severity"]))}
        for row in known_rows(frame)
    ]
    return plain_grid(rows, columns, id=id, caption=caption, words=words, files=files)


def _set_aside(findings: Findings, id: str, words: Words) -> Grid | None:
    """Count the rows set aside, by file and reason."""
    rejects = findings.rejects
    if rejects.empty:
        return None
    counts = rejects.groupby(["file", "table", "reason"], dropna=False, sort=True).size()
    rows = known_rows(counts.rename("rows").reset_index())
    shown = [
        {**row, "reason": str(row["reason"]) if numbers.is_known(row["reason"]) else ""}
        for row in rows
    ]
    columns = {
        "file": Column(label=words("File")),
        "table": Column(label=words("Table")),
        "reason": Column(label=words("Reason"), wide=True),
        "rows": Column(label=words("Rows"), number=True),
    }
    return plain_grid(shown, columns, id=id, caption=words("Rows set aside"), words=words)
