"""Every section of a report on data that are not public: what it writes went through control."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from difass_analysis.disclosure import refuse_unprotected
from difass_analysis.errors import UsageError
from difass_analysis.export import kinds
from difass_analysis.finance import leverage, portfolio
from difass_analysis.programme import Programme, Settings
from difass_analysis.reporting import outputs, report, sections
from difass_analysis.reporting.safety import ROWS
from difass_analysis.result import Findings, Result
from tests import test_report_mechanisms as records
from tests.confidential import OPERATIONS

LOANS = pd.DataFrame(
    {
        "loan_id": list("abc"),
        "observation_date": pd.Timestamp("2024-12-31"),
        "operation_id": ["o01", "o02", "o03"],
        "disbursed_amount": [7013.0, 5017.0, 3019.0],
        "disbursement_date": pd.Timestamp("2023-03-31"),
        "outstanding_amount": [6011.0, 4013.0, 2017.0],
        "days_past_due": [0, 40, 200],
    }
)
AWARDS = pd.DataFrame(
    {
        "award_id": ["w"],
        "undertaking_id": ["e"],
        "granting_date": pd.Timestamp("2018-05-05"),
        "aid_amount": [8017.0],
        "legal_basis": ["Regulation (EU) No 1407/2013"],
    }
)
FUNDS = pd.DataFrame(
    {"fund_id": ["f"], "year": [2018], "capital_in_amount": [9011.0], "disbursed_amount": [6029.0]}
)
FUNDING = pd.DataFrame(
    {
        "operation_id": ["o05", "o05"],
        "source_type": ["eu", "private_intermediary"],
        "committed_amount": [4507.0, 3701.0],
        "reimbursable": [True, True],
    }
)
SURVEYS = pd.DataFrame(
    {"sme_id": ["e"], "question": ["would_have_done_anyway"], "answer": ["a secret answer"]}
)
TABLES = {
    "operations": OPERATIONS,
    "loans": LOANS,
    "aid_awards": AWARDS,
    "funds": FUNDS,
    "funding": FUNDING,
    "surveys": SURVEYS,
    "practices": records.PRACTICES,
    "mechanism_claims": records.CLAIMS,
    "theory_links": records.LINKS,
    "barriers": records.BARRIERS,
}
#: Tables made of records of the programme itself and of counts by rule: no figure on a beneficiary.
OF_RECORDS = {
    *("barrier_gaps", "claim_coverage", "practice_records", "rules", "checklist", "regions"),
    *("findings", "rejects"),
}
#: Figures that nobody may read: of one loan, one award, one fund, one operation, one beneficiary.
SECRETS = ("7013", "5017", "6011", "4013", "8017", "4507", "3701", "a secret answer")


def programme(*, published: bool = False) -> Programme:
    settings = Settings(id="own", name="Own", currency="EUR", published=published)
    return Programme.from_frames(settings=settings, **TABLES)


def spied(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Result]]:
    """Note every result that a report writes as a table or draws, with the name of the file."""
    seen: list[tuple[str, Result]] = []
    write, draw = outputs.write_table, sections.drawn

    def write_table(result: Result, path: Path, **options: str) -> object:
        seen.append((path.stem, result))
        return write(result, path, **options)

    def drawn(plot: Callable[[], object], out: Path, *, id: str, **options: str) -> object:
        owner = getattr(plot.func if isinstance(plot, partial) else plot, "__self__", None)
        assert isinstance(owner, Result), f"nobody can say what {id} is drawn from"
        seen.append((id, owner))
        return draw(plot, out, id=id, **options)

    monkeypatch.setattr(outputs, "write_table", write_table)
    monkeypatch.setattr(sections, "drawn", drawn)
    return seen


def test_all_that_a_report_writes_was_protected_or_is_of_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = spied(monkeypatch)
    own = programme()
    page = report(own, tmp_path)
    names = {name.removeprefix("own_") for name, _ in seen}
    assert {"indicators", "barrier_gaps", "claim_coverage", "practice_records"} <= names
    for name, result in seen:
        short = name.removeprefix("own_")
        if result.provenance.disclosure == "protected":
            continue
        drawn_of_records = type(result).__module__.startswith("difass_analysis.mechanisms.")
        stated = short in own.tables and short not in ROWS
        assert short in OF_RECORDS or drawn_of_records or stated, name
        assert drawn_of_records or type(result) in (Result, Findings), name
    texts = [
        path.read_text("utf-8")
        for path in [page, *tmp_path.rglob("*.csv"), *tmp_path.rglob("*.svg")]
    ]
    for secret in SECRETS:
        assert not any(secret in text.replace(",", "") for text in texts), secret


def test_the_same_sections_tell_figures_of_public_data(tmp_path: Path) -> None:
    """Or the test above would find nothing because there is nothing."""
    page = report(programme(published=True), tmp_path)
    texts = [page.read_text("utf-8"), *(p.read_text("utf-8") for p in tmp_path.rglob("*.csv"))]
    told = [secret for secret in SECRETS if any(secret in text.replace(",", "") for text in texts)]
    assert len(told) >= 4


def test_a_file_of_a_section_is_refused_without_protection(tmp_path: Path) -> None:
    own = programme()
    for found in (portfolio(own), leverage(own)):
        with pytest.raises(UsageError, match="cannot be protected"):
            sections.section_files(found, home="own", name="x", out=tmp_path)
        with pytest.raises(UsageError, match="cannot be protected"):
            refuse_unprotected(found)
        with pytest.raises(UsageError):
            kinds.safe_result(found)
    assert not list(tmp_path.rglob("*.csv"))
