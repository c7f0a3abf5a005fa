"""Which mechanism claims, and which links of a theory of change, have evidence and which none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.display import practice_charts
from difass_analysis.errors import InputError
from difass_analysis.mechanisms.completeness import is_filled
from difass_analysis.programme import Programme
from difass_analysis.result import Result
from difass_analysis.schema import TABLES
from difass_analysis.schema.cooperation import TEST_TYPES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = (
    "kind",
    "id",
    "practice_id",
    "statement",
    "evidence_for",
    "evidence_against",
    "rivals",
    "tests",
    "passed",
    "failed",
    "strength",
    "evidence_step",
    "status",
    "gap",
)
_OPINION = (
    "Evidence that is written down is counted, not weighed; opinions of stakeholders on the "
    "contribution are not central to a claim (Mayne 2012)."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Coverage(Result):
    """What evidence claims and links have: one row each.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``kind`` (claim or link), ``id``, ``practice_id``, ``statement``; ``evidence_for``,
        ``evidence_against`` and ``rivals``: whether anything is written down; ``tests``,
        ``passed``, ``failed``: process-tracing tests by kind, separated by semicolons;
        ``strength``, ``evidence_step`` and ``status`` as recorded; ``gap``: what is missing,
        empty where nothing is.
    """

    @property
    def without_evidence(self) -> pd.DataFrame:
        """Claims and links with evidence neither for nor against."""
        bare = ~(self.frame["evidence_for"] | self.frame["evidence_against"])
        return self.frame[bare].reset_index(drop=True)

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw what is written down for each claim and link, and return the Axes."""
        return practice_charts.coverage(
            self.frame,
            title="Which claims and links have evidence",
            caveats=self.caveats,
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )


def coverage(programme: Programme) -> Coverage:
    """Tell which mechanism claims and links of a theory have evidence, and which have none.

    A claim is a configuration of context, resource, reasoning and outcome: a mechanism is the
    resource that is offered together with the response of the actor, and not an activity such
    as a workshop. Gaps are named in this order: no evidence at all; evidence on one side only;
    no rival explanation considered; no test, for claims.

    Parameters
    ----------
    programme : Programme
        With a table ``mechanism_claims`` or ``theory_links``; ``claim_tests`` are used where
        they are.

    Returns
    -------
    Coverage
        One row a claim, then one row a link, in the order of the tables.

    Raises
    ------
    InputError
        When the programme has neither claims nor links.

    References
    ----------
    Pawson and Tilley (1997), *Realistic Evaluation*; Mayne (2001, 2012) on contribution
    analysis; Van Evera (1997) on the four process-tracing tests.

    Examples
    --------
    >>> claim = pd.DataFrame({"claim_id": ["c"], "outcome": ["exports begin"],
    ...                       "evidence_for": ["12 of 20 firms, survey 2018"]})
    >>> coverage(Programme.from_frames(mechanism_claims=claim)).frame["gap"].item()
    'nothing written down against it; no rival explanation; no test'
    """
    names = [name for name in ("mechanism_claims", "theory_links") if name in programme.tables]
    if not names:
        raise InputError(
            f"Programme '{programme.id}' has neither mechanism claims nor a theory of change.",
            todo="Add a table mechanism_claims or theory_links.",
        )
    rows: list[dict[str, Any]] = []
    if "mechanism_claims" in names:
        tests = full_table(programme, "claim_tests")
        claims = full_table(programme, "mechanism_claims").to_dict("records")
        rows += [_claim(row, tests[tests["claim_id"] == row["claim_id"]]) for row in claims]
    if "theory_links" in names:
        rows += [_link(row) for row in full_table(programme, "theory_links").to_dict("records")]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    flags = ["evidence_for", "evidence_against", "rivals"]
    texts = [name for name in _COLUMNS if name not in flags]
    return Coverage(
        frame=frame.astype(dict.fromkeys(texts, "str") | dict.fromkeys(flags, "bool")),
        provenance=programme.provenance,
        caveats=(*programme.caveats, _OPINION),
    )


def full_table(programme: Programme, name: str) -> pd.DataFrame:
    """Return a table with every column of the schema; without rows where there is none."""
    columns = list(TABLES[name].names)
    if name not in programme.tables:
        return pd.DataFrame(columns=columns)
    return programme.table(name).reindex(columns=columns)


def statement_of(row: Mapping[Any, Any]) -> str:
    """Put a claim into one line: context, resource, reasoning and outcome, as far as stated.

    Examples
    --------
    >>> statement_of({"context": "No bank lends", "resource": "a loan", "outcome": "it invests"})
    'No bank lends: a loan → (not stated) → it invests'
    """
    parts = [
        str(row[name]) if is_filled(row.get(name)) else "(not stated)"
        for name in ("context", "resource", "reasoning", "outcome")
    ]
    return f"{parts[0]}: {' → '.join(parts[1:])}"


def _shared(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "practice_id": row["practice_id"],
        "evidence_for": is_filled(row["evidence_for"]),
        "evidence_against": is_filled(row["evidence_against"]),
        "rivals": is_filled(row["rival_explanations"]),
        "status": row["status"] if is_filled(row["status"]) else "open",
    }


def _claim(row: Mapping[Any, Any], tests: pd.DataFrame) -> dict[str, Any]:
    done = {
        result: _listed(tests.loc[tests["result"] == result, "test_type"])
        for result in ("passed", "failed")
    }
    shared = _shared(row)
    return {
        "kind": "claim",
        "id": row["claim_id"],
        "statement": statement_of(row),
        **shared,
        "tests": _listed(tests["test_type"]),
        **done,
        "strength": row["strength"],
        "evidence_step": row["evidence_step"],
        "gap": _gap(shared, tested=len(tests) > 0),
    }


def _link(row: Mapping[Any, Any]) -> dict[str, Any]:
    shared = _shared(row)
    ends = [row[name] if is_filled(row[name]) else "(not stated)" for name in _ENDS]
    return {
        "kind": "link",
        "id": row["link_id"],
        "statement": f"{ends[0]} → {ends[1]}",
        **shared,
        "gap": _gap(shared, tested=True),
    }


_ENDS = ("from_result", "to_result")


def _listed(types: pd.Series) -> str:
    held = [kind for kind in TEST_TYPES for _ in range(int((types == kind).sum()))]
    return "; ".join(held)


def _gap(shared: Mapping[str, Any], *, tested: bool) -> str:
    sides = shared["evidence_for"], shared["evidence_against"]
    parts = []
    if not any(sides):
        parts.append("no evidence")
    elif not all(sides):
        parts.append(f"nothing written down {'against' if sides[0] else 'for'} it")
    if not shared["rivals"]:
        parts.append("no rival explanation")
    if not tested:
        parts.append("no test")
    return "; ".join(parts)
