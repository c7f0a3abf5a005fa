"""The worked numbers of the Emilia-Romagna scheme, each as a small visible table.

Stated: public 1,500,000 and additional investment 2,000,000 a year, a rate of at most 50 %, a cap
of 80,000, 21 projects with 200 SMEs (2017) and 16 with 170 (2018), 3 staff.
"""

from __future__ import annotations

import pandas as pd
import pytest

import difass_analysis as da
from tests.tables import assert_shows, frame_of

SCHEMES = """
| scheme_id | max_aid_share | max_grant_amount | staff_count |
| --------- | ------------- | ---------------- | ----------- |
| promotion | 0.5           | 80,000           | 3           |
"""
CALLS = """
| call_id | scheme_id | year | operations_count | smes_count | public_amount | additional_investment_amount |
| ------- | --------- | ---- | ---------------- | ---------- | ------------- | ---------------------------- |
| c2017   | promotion | 2017 | 21               | 200        | 1,500,000     | 2,000,000                    |
| c2018   | promotion | 2018 | 16               | 170        | 1,500,000     | 2,000,000                    |
"""  # noqa: E501
INFEASIBLE = ["call_totals_infeasible", "scheme_totals_infeasible"]


def written_by_hand(calls: str = CALLS) -> da.Programme:
    return da.Programme.from_frames(schemes=frame_of(SCHEMES), calls=frame_of(calls))


@pytest.fixture(scope="module", params=["packaged example", "frames written by hand"])
def programme(request: pytest.FixtureRequest) -> da.Programme:
    return da.load() if request.param == "packaged example" else written_by_hand()


def measured(programme: da.Programme, *indicators: str, by: tuple[str, ...] = ()) -> pd.DataFrame:
    return da.measure(programme, indicators=list(indicators), by=list(by)).frame


def infeasible(programme: da.Programme) -> pd.DataFrame:
    found = da.check(programme).frame
    return found[found["rule"].isin(INFEASIBLE)].reset_index(drop=True)


# Money ---------------------------------------------------------------------------------------


def test_private_and_public_money(programme: da.Programme) -> None:
    names = ("private_per_public", "total_per_public", "public_share")
    assert_shows(
        measured(programme, *names, by=("year",)),
        """
        | indicator          | year | value   | numerator | denominator |
        | ------------------ | ---- | ------- | --------- | ----------- |
        | private_per_public | 2017 | 1.3333  | 2,000,000 | 1,500,000   |
        | private_per_public | 2018 | 1.3333  | 2,000,000 | 1,500,000   |
        | total_per_public   | 2017 | 2.3333  | 3,500,000 | 1,500,000   |
        | total_per_public   | 2018 | 2.3333  | 3,500,000 | 1,500,000   |
        | public_share       | 2017 | 0.42857 | 1,500,000 | 3,500,000   |
        | public_share       | 2018 | 0.42857 | 1,500,000 | 3,500,000   |
        """,
    )
    assert_shows(
        measured(programme, *names),
        """
        | indicator          | value   | numerator | denominator |
        | ------------------ | ------- | --------- | ----------- |
        | private_per_public | 1.3333  | 4,000,000 | 3,000,000   |
        | total_per_public   | 2.3333  | 7,000,000 | 3,000,000   |
        | public_share       | 0.42857 | 3,000,000 | 7,000,000   |
        """,
    )


def test_what_is_called_private_is_not_surely_private(programme: da.Programme) -> None:
    frame = measured(programme, "private_per_public")
    assert "not all of it is surely private" in frame["note"].iloc[0]
    assert (da.check(programme).frame["rule"] == "private_unsure").sum() == 1


def test_unit_costs(programme: da.Programme) -> None:
    names = ("public_cost_per_operation", "public_cost_per_sme", "total_cost_per_sme")
    assert_shows(
        measured(programme, *names, by=("year",)),
        """
        | indicator                 | year | value     | numerator | denominator |
        | ------------------------- | ---- | --------- | --------- | ----------- |
        | public_cost_per_operation | 2017 | 71,428.57 | 1,500,000 | 21          |
        | public_cost_per_operation | 2018 | 93,750.00 | 1,500,000 | 16          |
        | public_cost_per_sme       | 2017 | 7,500.00  | 1,500,000 | 200         |
        | public_cost_per_sme       | 2018 | 8,823.53  | 1,500,000 | 170         |
        | total_cost_per_sme        | 2017 | 17,500.00 | 3,500,000 | 200         |
        | total_cost_per_sme        | 2018 | 20,588.24 | 3,500,000 | 170         |
        """,
    )
    # Pooled, SMEs may be the same in both calls: 200 to 370 of them.
    assert_shows(
        measured(programme, *names),
        """
        | indicator                 | value     | lower     | upper     | numerator | denominator |
        | ------------------------- | --------- | --------- | --------- | --------- | ----------- |
        | public_cost_per_operation | 81,081.08 |           |           | 3,000,000 | 37          |
        | public_cost_per_sme       | 8,108.11  | 8,108.11  | 15,000.00 | 3,000,000 | 370         |
        | total_cost_per_sme        | 18,918.92 | 18,918.92 | 35,000.00 | 7,000,000 | 370         |
        """,
    )


def test_pooled_is_the_ratio_of_sums_and_never_the_mean_of_ratios(programme: da.Programme) -> None:
    for name, mean in (("smes_per_operation", 10.0744), ("public_cost_per_sme", 8161.76)):
        by_year = measured(programme, name, by=("year",))["value"]
        assert by_year.mean() == pytest.approx(mean, rel=1e-5)
        assert measured(programme, name)["value"].iloc[0] < mean - 0.07


# SMEs and staff ------------------------------------------------------------------------------


def test_smes_per_operation(programme: da.Programme) -> None:
    assert_shows(
        measured(programme, "smes_per_operation", by=("year",)),
        """
        | indicator          | year | value   | numerator | denominator |
        | ------------------ | ---- | ------- | --------- | ----------- |
        | smes_per_operation | 2017 | 9.5238  | 200       | 21          |
        | smes_per_operation | 2018 | 10.6250 | 170       | 16          |
        """,
    )
    assert_shows(
        measured(programme, "smes_per_operation"),
        """
        | indicator          | value   | lower  | upper   | method                        |
        | ------------------ | ------- | ------ | ------- | ----------------------------- |
        | smes_per_operation | 10.0000 | 5.4054 | 10.0000 | bounds; value counts per call |
        """,
    )


def test_smes_reached_is_an_interval_without_a_value(programme: da.Programme) -> None:
    assert_shows(
        measured(programme, "smes_reached", by=("year",)),
        """
        | indicator    | year | value | lower | upper | numerator | method        |
        | ------------ | ---- | ----- | ----- | ----- | --------- | ------------- |
        | smes_reached | 2017 | 200   |       |       | 200       | stated totals |
        | smes_reached | 2018 | 170   |       |       | 170       | stated totals |
        """,
    )
    pooled = measured(programme, "smes_reached")
    assert_shows(
        pooled,
        """
        | indicator    | value | lower | upper | se | numerator | method |
        | ------------ | ----- | ----- | ----- | -- | --------- | ------ |
        | smes_reached |       | 200   | 370   |    | 370       | bounds |
        """,
    )
    assert "between the largest count and the sum of counts" in pooled["note"].iloc[0]


def test_smes_per_staff_counts_the_staff_of_each_year_once(programme: da.Programme) -> None:
    assert_shows(
        measured(programme, "smes_per_staff", by=("year",)),
        """
        | indicator      | year | value | numerator | denominator |
        | -------------- | ---- | ----- | --------- | ----------- |
        | smes_per_staff | 2017 | 66.7  | 200       | 3           |
        | smes_per_staff | 2018 | 56.7  | 170       | 3           |
        """,
    )
    assert_shows(
        measured(programme, "smes_per_staff"),
        """
        | indicator      | value | numerator | denominator |
        | -------------- | ----- | --------- | ----------- |
        | smes_per_staff | 61.67 | 370       | 6           |
        """,
    )


def test_staff_of_a_year_are_shared_by_the_calls_of_that_year() -> None:
    calls = frame_of(
        """
        | call_id | scheme_id | year | smes_count |
        | ------- | --------- | ---- | ---------- |
        | spring  | promotion | 2017 | 120        |
        | autumn  | promotion | 2017 | 80         |
        | c2018   | promotion | 2018 | 170        |
        """
    )
    programme = da.Programme.from_frames(schemes=frame_of(SCHEMES), calls=calls)
    assert_shows(
        measured(programme, "smes_per_staff", by=("year",)),
        """
        | indicator      | year | value | numerator | denominator |
        | -------------- | ---- | ----- | --------- | ----------- |
        | smes_per_staff | 2017 | 66.7  | 200       | 3           |
        | smes_per_staff | 2018 | 56.7  | 170       | 3           |
        """,
    )


# Cap and feasibility -------------------------------------------------------------------------


def test_cap_utilisation(programme: da.Programme) -> None:
    assert_shows(
        measured(programme, "cap_utilisation", by=("year",)),
        """
        | indicator       | year | value  | numerator | denominator |
        | --------------- | ---- | ------ | --------- | ----------- |
        | cap_utilisation | 2017 | 0.8929 | 1,500,000 | 1,680,000   |
        | cap_utilisation | 2018 | 1.1719 | 1,500,000 | 1,280,000   |
        """,
    )
    assert_shows(
        measured(programme, "cap_utilisation"),
        """
        | indicator       | value  | numerator | denominator |
        | --------------- | ------ | --------- | ----------- |
        | cap_utilisation | 1.0135 | 3,000,000 | 2,960,000   |
        """,
    )


def test_two_totals_are_infeasible_and_flagged_as_warnings(programme: da.Programme) -> None:
    found = infeasible(programme)
    assert_shows(
        found,
        """
        | severity | rule                     | table   | column        | value     |
        | -------- | ------------------------ | ------- | ------------- | --------- |
        | warning  | call_totals_infeasible   | calls   | public_amount | 1,500,000 |
        | warning  | scheme_totals_infeasible | schemes | public_amount | 3,000,000 |
        """,
    )
    assert "2018: 16 operations at the cap of 80,000 make at most 1,280,000" in found["message"][0]
    assert "short by 220,000" in found["message"][0]
    assert "37 operations at the cap of 80,000 make at most 2,960,000" in found["message"][1]
    assert "short by 40,000" in found["message"][1]
    # Flagged, never corrected.
    assert programme.table("calls")["public_amount"].tolist() == [1.5e6, 1.5e6]


@pytest.mark.parametrize(
    ("public_2018", "public_2017", "rules"),
    [
        ("1,280,000", "1,680,000", []),
        ("1,280,001", "1,500,000", []),  # within one unit of rounding
        ("1,280,002", "1,500,000", ["call_totals_infeasible"]),
        ("1,280,000", "1,680,002", INFEASIBLE),
        ("", "1,500,000", []),  # unknown is not feasible, and not infeasible either
    ],
)
def test_feasible_totals_give_no_finding(
    public_2018: str, public_2017: str, rules: list[str]
) -> None:
    head, c2017, c2018 = CALLS.strip().splitlines()[0], *CALLS.strip().splitlines()[2:]
    calls = "\n".join(
        (head, c2017.replace("1,500,000", public_2017), c2018.replace("1,500,000", public_2018))
    )
    found = da.check(written_by_hand(calls))
    assert [r for r in found.frame["rule"] if r in INFEASIBLE] == rules
    counted = found.rules.set_index("rule").loc["call_totals_infeasible"]
    assert (counted["checked"], counted["unknown"]) == ((2, 0) if public_2018 else (1, 1))


def test_what_would_hold_if_2018_had_granted_what_is_feasible() -> None:
    head, _, _, c2018 = CALLS.strip().splitlines()
    programme = written_by_hand("\n".join((head, c2018.replace("1,500,000", "1,280,000"))))
    assert_shows(
        measured(programme, "private_per_public", "public_share"),
        """
        | indicator          | value   | numerator | denominator |
        | ------------------ | ------- | --------- | ----------- |
        | private_per_public | 1.5625  | 2,000,000 | 1,280,000   |
        | public_share       | 0.39024 | 1,280,000 | 3,280,000   |
        """,
    )


def test_aid_intensity_and_public_share_are_different_functions(programme: da.Programme) -> None:
    table = da.measure(programme, indicators=["aid_intensity"])
    assert table.frame.empty
    assert table.not_computable["indicator"].tolist() == ["aid_intensity"]
    assert table.not_computable["reason"].iloc[0]
    calls = frame_of(CALLS).assign(eligible_cost_amount=3_000_000)
    known = da.Programme.from_frames(schemes=frame_of(SCHEMES), calls=calls)
    assert_shows(
        measured(known, "aid_intensity", "public_share"),
        """
        | indicator     | value   | numerator | denominator |
        | ------------- | ------- | --------- | ----------- |
        | aid_intensity | 0.50000 | 3,000,000 | 6,000,000   |
        | public_share  | 0.42857 | 3,000,000 | 7,000,000   |
        """,
    )


# Funds influenced ----------------------------------------------------------------------------


def test_funds_influenced_are_no_leverage() -> None:
    projects = frame_of(
        """
        | project_id | influenced_amount | budget_amount |
        | ---------- | ----------------- | ------------- |
        | all        | 1,474,000,000     | 359,000,000   |
        """
    )
    table = da.measure(da.Programme.from_frames(projects=projects))
    assert_shows(
        table.frame,
        """
        | indicator       | value | numerator     | denominator |
        | --------------- | ----- | ------------- | ----------- |
        | influence_ratio | 4.11  | 1,474,000,000 | 359,000,000 |
        """,
    )
    assert "private_per_public" in set(table.not_computable["indicator"])
