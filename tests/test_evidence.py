"""Evidence: the scales, what tables could support, and which claims the data carry."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from difass_analysis import evidence, load, simulate
from difass_analysis.errors import UsageError
from difass_analysis.evidence.scale import read_data
from difass_analysis.programme import Programme
from tests.tables import frame_of

RAW = Path(__file__).resolve().parents[1] / "data" / "raw"

OUTCOMES = """
    | sme_id | year | turnover_amount |
    | a      | 2015 | 1.0             |
    | a      | 2016 | 1.0             |
    | a      | 2018 | 1.0             |
    | a      | 2019 | 1.0             |
    | b      | 2015 | 1.0             |
    """


def firms(**tables: str) -> Programme:
    given = {
        "outcomes": OUTCOMES,
        "participations": "| operation_id | sme_id |\n| o1 | a |",
        "operations": "| operation_id | year |\n| o1 | 2017 |",
        "enterprises": "| sme_id | nace |\n| a | C10 |\n| b | C10 |",
    }
    return Programme.from_frames(
        **{name: frame_of(text) for name, text in (given | tables).items()}
    )


def of(programme: Programme, kind: str) -> evidence.Claim:
    return next(claim for claim in evidence.claims(programme) if claim.kind == kind)


# --- scales --------------------------------------------------------------------------


def test_the_steps_are_those_of_storey():
    held = evidence.steps()
    assert held["roman"].tolist() == ["I", "II", "III", "IV", "V", "VI"]
    assert held["kind"].tolist() == ["monitoring"] * 3 + ["evaluation"] * 3
    assert held["gives"].iloc[0] == "coverage"
    assert set(held["status"]) == {"unverified"}


def test_the_crosswalk_is_the_published_one():
    pairs = evidence.crosswalk()[["step", "level"]].values.tolist()
    assert pairs == [[1, 0], [2, 0], [3, 0], [4, 1], [5, 2], [5, 3], [6, 4], [6, 5]]
    assert set(evidence.crosswalk()["level"]) == set(evidence.levels()["level"])


def test_a_returned_scale_is_a_copy():
    held = evidence.steps()
    held["name"] = "changed"
    assert evidence.step(1).name == "Take-up of schemes"
    assert read_data("steps.csv")["name"].iloc[0] == "Take-up of schemes"


@pytest.mark.parametrize("number", [3, "3", "III", " iii "])
def test_a_step_is_found_by_either_number(number):
    assert evidence.step(number).roman == "III"


@pytest.mark.parametrize("wrong", [0, 7, "IX", "", "I-III"])
def test_an_unknown_step_is_refused(wrong):
    with pytest.raises(UsageError, match="The steps are 1 to 6"):
        evidence.step(wrong)


@pytest.mark.parametrize("wrong", [-1, 6])
def test_an_unknown_level_is_refused(wrong):
    with pytest.raises(UsageError, match="The levels are 0 to 5"):
        evidence.level(wrong)


# --- names of tables -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tables", "roman", "missing"),
    [
        (["projects"], None, ("calls or operations or participations or outputs",)),
        (["calls"], "I", ("surveys",)),
        (["outputs", "surveys"], "III", ("outcomes", "participations", "population")),
        (["outcomes", "participations", "population"], "IV", ("enterprises",)),
        (["outcomes", "participations", "enterprises"], "V", ("applications",)),
        (["outcomes", "participations", "enterprises", "applications"], "VI", ()),
    ],
)
def test_the_highest_step_that_names_of_tables_allow(tables, roman, missing):
    found = evidence.supported(tables)
    assert (found.step.roman if found.step else None) == roman
    assert found.missing == missing
    assert all(name in found.sentence() for name in missing)


def test_a_name_that_is_no_table_is_refused():
    with pytest.raises(UsageError, match="surveys"):
        evidence.supported(["survey"])


# --- what the data carry ----------------------------------------------------------------


def test_the_simulated_programme_supports_all_six():
    frame = evidence.claims_frame(evidence.claims(simulate(seed=1)))
    assert frame["supported"].all()
    assert frame["maryland_level"].tolist() == [0, 0, 0, 1, 3, 4]


@pytest.mark.parametrize(
    ("name", "reached"),
    [
        ("difass", True),
        ("emilia_romagna_clusters", True),
        ("sie", False),
        ("mini_europe", False),
        ("atm_for_smes", False),
    ],
)
def test_the_example_programmes_support_counts_at_most(name, reached):
    programme = load(RAW / name)
    assert evidence.supported(programme.tables).step.roman == "I"
    held = [claim.kind for claim in evidence.claims(programme) if claim.supported]
    assert held == (["reach"] if reached else [])


def test_statements_of_an_owner_are_step_three_at_best():
    claim = of(load(RAW / "emilia_romagna_clusters"), "self_reported")
    assert not claim.supported
    assert "Step III at best" in claim.why


def test_a_survey_supports_what_it_asks():
    answers = frame_of("| sme_id | question | answer |\n| a | satisfaction | 4 |")
    programme = Programme.from_frames(surveys=answers.astype({"answer": "str"}))
    assert evidence.supported(programme.tables).step.roman == "III"  # by the name alone
    assert of(programme, "opinion").supported
    assert not of(programme, "self_reported").supported


def test_a_question_that_nobody_answered_supports_nothing():
    answers = pd.DataFrame({"sme_id": ["a"], "question": ["satisfaction"], "answer": [None]})
    assert not of(Programme.from_frames(surveys=answers.astype("str")), "opinion").supported


def test_two_years_on_each_side_make_a_comparison_of_changes():
    assert of(firms(), "matched").level.level == 3


@pytest.mark.parametrize("year", [2016, 2018])
def test_fewer_years_on_a_side_compare_levels_only(year):
    programme = firms(operations=f"| operation_id | year |\n| o1 | {year} |")
    assert of(programme, "matched").level.level == 2


def test_without_other_firms_nothing_is_matched():
    programme = firms(participations="| operation_id | sme_id |\n| o1 | a |\n| o1 | b |")
    claim = of(programme, "matched")
    assert not claim.supported
    assert claim.why == "No other firm has outcomes."


@pytest.mark.parametrize(
    ("applications", "supported", "level"),
    [
        ("| call_id | applicant_id | awarded |\n| c | b | false |", True, 3),
        (
            "| call_id | applicant_id | score | cutoff | awarded |\n| c | b | 1 | 2 | false |",
            True,
            4,
        ),
        ("| call_id | applicant_id | awarded |\n| c | b | true |", False, 0),
        ("| call_id | applicant_id | awarded |\n| c | unknown | false |", False, 0),
    ],
)
def test_selection_needs_refused_applicants_with_outcomes(applications, supported, level):
    claim = of(firms(applications=applications), "selection")
    assert (claim.supported, claim.level.level) == (supported, level)


def test_typical_firms_need_a_measure_in_common():
    cells = "| region | nace | size_class | year | {} |\n| X | C10 | micro | 2015 | 1.0 |"
    assert of(firms(population=cells.format("turnover_amount")), "typical_firms").supported
    apart = of(firms(population=cells.format("employment_fte")), "typical_firms")
    assert not apart.supported
    assert "no measure in common" in apart.why
