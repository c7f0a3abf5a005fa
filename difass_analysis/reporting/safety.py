"""What a page may show of a programme: protected figures, and findings without the rows' values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import narwhals as nw
import pandas as pd

from difass_analysis.disclosure import Switch, protect
from difass_analysis.reporting.figures import Figures
from difass_analysis.result import Findings, IndicatorTable
from difass_analysis.schema import table_of

if TYPE_CHECKING:
    from difass_analysis.engine import Lazy
    from difass_analysis.programme import Programme

WITHHELD = "withheld: confidential"
#: Tables whose rows are of single operations or enterprises, or sums of them.
ROWS = (
    "calls",
    "operations",
    "funding",
    "enterprises",
    "ownership",
    "participations",
    "applications",
    "surveys",
    "outcomes",
    "loans",
    "repayments",
    "instalments",
    "aid_awards",
)


def safe_figures(figures: Figures, programme: Programme, *, disclosure: Switch) -> Figures:
    """Return the figures of a page as they may leave, all its tables protected together.

    Parameters
    ----------
    figures : Figures
        Overall and by group.
    programme : Programme
        What they were measured from.
    disclosure : {"on", "off"}
        ``"off"`` withholds nothing and says so.
    """
    found = [
        cast(IndicatorTable, table)
        for table in protect(
            list(figures.tables), programme=programme, disclosure=disclosure
        ).tables
    ]
    return figures.holding(found)


def presentable(programme: Programme, *, disclosure: Switch) -> Programme:
    """Return the programme as it may be shown: without values of single rows in the findings.

    Where amounts are measured from operations, the totals that calls state of the same
    operations are left out too: they would tell sums that are withheld; so are values of single
    rows among the recorded facts. Data that are public or
    simulated stay as they are.

    Parameters
    ----------
    programme : Programme
        The programme.
    disclosure : {"on", "off"}
        ``"off"`` changes nothing.
    """
    if disclosure == "off" or programme.published or programme.simulated:
        return programme
    return replace(
        programme,
        findings=_without_values(programme.findings),
        tables=_without_totals(programme.tables),
    )


def _without_values(findings: Findings) -> Findings:
    hidden = {
        name: pd.Series(WITHHELD, index=findings.frame.index, dtype="object")
        for name in ("key", "value", "message")
        if name in findings.frame
    }
    rejects = findings.rejects
    if "raw" in rejects:
        raw = pd.Series(WITHHELD, index=rejects.index, dtype="object")
        rejects = rejects.assign(raw=raw)
    return replace(findings, frame=findings.frame.assign(**hidden), rejects=rejects)


def _without_totals(tables: Mapping[str, Lazy]) -> Mapping[str, Lazy]:
    if not {"operations", "participations"} & set(tables):
        return tables
    tables = _without_facts(tables)
    if "calls" not in tables:
        return tables
    figures = {column.name for column in table_of("calls").columns if column.numeric}
    calls = tables["calls"]
    kept = [
        name
        for name in calls.collect_schema().names()
        if name not in figures or name in ("year", "budget_amount")
    ]
    return {**tables, "calls": calls.select(*kept)}


def _without_facts(tables: Mapping[str, Lazy]) -> Mapping[str, Lazy]:
    if "facts" not in tables:
        return tables
    facts = tables["facts"]
    held = facts.collect_schema().names()
    if "table" not in held:
        return tables
    of_rows = nw.col("table").is_in(list(ROWS)).fill_null(False)
    hidden = [
        nw.when(of_rows).then(nw.lit(WITHHELD)).otherwise(nw.col(name).cast(nw.String)).alias(name)
        for name in ("key", "value", "note")
        if name in held
    ]
    return {**tables, "facts": facts.with_columns(*hidden)}
