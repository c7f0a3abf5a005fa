"""Rules for good practices, mechanism claims, their tests, and theories of change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from difass_analysis.programme import Programme
from difass_analysis.schema import TABLES
from difass_analysis.schema.good_practice import practice_fields
from difass_analysis.validation.model import Checked
from difass_analysis.validation.totals import result

_NAMES = ("practices", "mechanism_claims", "claim_tests", "theory_links")


def practice_rules(programme: Programme) -> list[Checked]:
    """Apply all rules on practices, claims, tests and links that the tables allow.

    That a key is repeated, and that a step, a test or a state is none of those offered, is found
    by the rules that follow from the schema.
    """
    frames = {
        name: programme.table(name).reindex(columns=list(TABLES[name].names))
        for name in _NAMES
        if name in programme.tables
    }
    checks: list[Checked] = []
    if "practices" in frames:
        practices = frames["practices"]
        checks += [_missing_fields(practices), _too_long(practices), _step_alone(practices)]
    if "mechanism_claims" in frames:
        checks += [_strength_alone(frames["mechanism_claims"])]
        checks += [_supported_alone(frames["mechanism_claims"], "mechanism_claims", "claim_id")]
    if "theory_links" in frames:
        checks += [_supported_alone(frames["theory_links"], "theory_links", "link_id")]
        checks += [_circular(frames["theory_links"])]
    if "claim_tests" in frames:
        checks += [_result_alone(frames["claim_tests"])]
        if "mechanism_claims" in frames:
            checks += _tests_against_claims(frames["claim_tests"], frames["mechanism_claims"])
    return checks


def _known(value: object) -> bool:
    return bool(pd.notna(value)) and bool(str(value).strip())  # type: ignore[call-overload]


def _found(key: object, column: str, value: object, message: str, todo: str) -> dict[str, str]:
    return {
        "key": str(key) if _known(key) else "",
        "column": column,
        "value": str(value) if _known(value) else "",
        "message": message,
        "todo": todo,
    }


def _rows(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    return frame.to_dict("records")


def _missing_fields(practices: pd.DataFrame) -> Checked:
    fields = practice_fields()
    mandatory = list(fields.loc[fields["mandatory"], "field"])
    found = []
    for row in _rows(practices):
        missing = [name for name in mandatory if not _known(row[name])]
        if missing:
            found.append(
                _found(
                    row["practice_id"],
                    missing[0],
                    "",
                    f"Mandatory fields that are empty, {len(missing)} of {len(mandatory)}: "
                    f"{', '.join(missing)}.",
                    "Ask whoever runs the practice; leave empty what is not known.",
                )
            )
    return result("practice_incomplete", "practices", "note", found, checked=len(practices))


def _too_long(practices: pd.DataFrame) -> Checked:
    fields = practice_fields().dropna(subset=["limit"])
    found = [
        _found(
            row["practice_id"],
            field["field"],
            str(row[field["field"]])[:60],
            f"{field['label']} has {len(str(row[field['field']]))} characters, more than the "
            f"{field['limit']} of the form"
            f"{' (limit unverified)' if field['status'] == 'unverified' else ''}.",
            "Shorten it before it is submitted; nothing is cut here.",
        )
        for row in _rows(practices)
        for field in fields.to_dict("records")
        if _known(row[field["field"]]) and len(str(row[field["field"]])) > field["limit"]
    ]
    return result("practice_text_too_long", "practices", "note", found, checked=len(practices))


def _step_alone(practices: pd.DataFrame) -> Checked:
    found = [
        _found(
            row["practice_id"],
            "evidence_step",
            row["evidence_step"],
            f"Step {row['evidence_step']} is declared, but {what}.",
            "State the evidence and what in it supports the step, or declare no step.",
        )
        for row in _rows(practices)
        if _known(row["evidence_step"])
        for what in _lack(row)
    ]
    return result("evidence_step_unfounded", "practices", "warning", found, checked=len(practices))


def _lack(row: Mapping[Any, Any]) -> list[str]:
    if not _known(row["evidence_of_success"]):
        return ["no evidence of success is stated"]
    return [] if _known(row["evidence_step_reason"]) else ["no reason is given"]


def _strength_alone(claims: pd.DataFrame) -> Checked:
    found = [
        _found(
            row["claim_id"],
            "strength",
            row["strength"],
            f"The strength of the evidence is '{row['strength']}', but no evidence is given.",
            "Write down the evidence for or against, or leave the strength empty.",
        )
        for row in _rows(claims)
        if _known(row["strength"])
        and row["strength"] != "none"
        and not (_known(row["evidence_for"]) or _known(row["evidence_against"]))
    ]
    return result(
        "claim_without_evidence", "mechanism_claims", "warning", found, checked=len(claims)
    )


def _supported_alone(frame: pd.DataFrame, table: str, key: str) -> Checked:
    found = [
        _found(
            row[key],
            "status",
            row["status"],
            f"It is held to be {row['status']}, but no evidence for it is given.",
            "Write down the evidence, or set the status to 'open'.",
        )
        for row in _rows(frame)
        if row["status"] in ("supported", "partly supported") and not _known(row["evidence_for"])
    ]
    return result("supported_without_evidence", table, "warning", found, checked=len(frame))


def _result_alone(tests: pd.DataFrame) -> Checked:
    found = [
        _found(
            row["test_id"],
            "result",
            row["result"],
            f"The test is '{row['result']}', but it is not said what was found.",
            "Write down the evidence, or set the result to 'open'.",
        )
        for row in _rows(tests)
        if row["result"] in ("passed", "failed") and not _known(row["evidence"])
    ]
    return result("test_without_evidence", "claim_tests", "warning", found, checked=len(tests))


# What a test's result rules out: kind of test, result, states that contradict it, and why.
_CONTRADICTIONS = (
    ("hoop", "failed", ("supported", "partly supported"), "what is necessary for it is not there"),
    (
        "doubly decisive",
        "failed",
        ("supported", "partly supported"),
        "what is necessary for it is not there",
    ),
    ("smoking gun", "passed", ("not supported",), "what is sufficient for it was found"),
    ("doubly decisive", "passed", ("not supported",), "what is sufficient for it was found"),
)


def _tests_against_claims(tests: pd.DataFrame, claims: pd.DataFrame) -> list[Checked]:
    states = dict(zip(claims["claim_id"], claims["status"], strict=True))
    against = [
        _found(
            row["claim_id"],
            "status",
            states[row["claim_id"]],
            f"The claim is '{states[row['claim_id']]}', but the {kind} test {row['test_id']} was "
            f"{outcome}: {why}.",
            "Change the status of the claim, or look again at the test.",
        )
        for row in _rows(tests)
        for kind, outcome, states_against, why in _CONTRADICTIONS
        if (row["test_type"], row["result"]) == (kind, outcome)
        and states.get(row["claim_id"]) in states_against
    ]
    size = len(tests)
    return [
        result("claim_against_test", "mechanism_claims", "warning", against, checked=size),
        _unlike_tests(tests),
    ]


def _unlike_tests(tests: pd.DataFrame) -> Checked:
    """Find claims that a test proves and another one rules out."""
    found = []
    for claim, rows in tests.groupby("claim_id", sort=True):
        pairs = set(zip(rows["test_type"], rows["result"], strict=True))
        proves = pairs & {("smoking gun", "passed"), ("doubly decisive", "passed")}
        rules_out = pairs & {("hoop", "failed"), ("doubly decisive", "failed")}
        if proves and rules_out:
            named = " and ".join(" ".join(pair) for pair in sorted(proves | rules_out))
            found.append(
                _found(
                    claim,
                    "result",
                    "",
                    f"The tests contradict each other: {named}.",
                    "One of the tests is not of its kind, or was misread.",
                )
            )
    size = int(tests["claim_id"].nunique())
    return result("tests_contradict", "claim_tests", "warning", found, checked=size)


def _circular(links: pd.DataFrame) -> Checked:
    """Find results of a theory that lead to themselves."""
    found = []
    for practice, rows in links.groupby("practice_id", dropna=False, sort=True):
        pairs = rows.dropna(subset=["from_result", "to_result"])
        leads: dict[str, set[str]] = {}
        for start, end in zip(pairs["from_result"], pairs["to_result"], strict=True):
            leads.setdefault(start, set()).add(end)
        for start in sorted(leads):
            if _reaches(leads, start):
                named = f"of {practice} " if _known(practice) else ""
                found.append(
                    _found(
                        rows.loc[rows["from_result"] == start, "link_id"].iloc[0],
                        "to_result",
                        start,
                        f"The theory {named}leads from '{start}' back to itself.",
                        "Give the later state a name of its own.",
                    )
                )
                break
    return result("theory_circular", "theory_links", "warning", found, checked=len(links))


def _reaches(leads: Mapping[str, set[str]], start: str) -> bool:
    seen: set[str] = set()
    open_ = list(leads.get(start, ()))
    while open_:
        place = open_.pop()
        if place == start:
            return True
        if place not in seen:
            seen.add(place)
            open_ += leads.get(place, ())
    return False
