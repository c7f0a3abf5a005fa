"""Ranks and their sets: by hand, equal to R csranks, and never without a set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import difass_analysis as da
from difass_analysis.comparison import rank_sets, ranks
from difass_analysis.errors import UsageError
from tests.tables import assert_shows, frame_of

DRAWS = 2_000


def test_sets_equal_csranks(shared: Path) -> None:
    """37 units, 50,000 draws: at most one bound in twenty may differ, by one place."""
    reference = pd.read_csv(shared / "data" / "methods" / "rank_sets_reference.csv")
    for name, together in (("simultaneous", True), ("marginal", False)):
        found = rank_sets(
            reference["estimate"], reference["se"], simultaneous=together, draws=50_000
        )
        assert found["rank"].tolist() == reference["rank"].tolist()
        for bound in ("lower", "upper"):
            off = (found[bound].astype(int) - reference[f"{name}_{bound}"]).abs()
            assert off.max() <= 1 and (off > 0).sum() <= len(reference) / 20


def test_by_hand() -> None:
    """Three units 10 errors apart from the rest and 0.1 apart from each other.

    c is worse than a and b by more than any critical value; a and b are a tenth of an error
    apart. With d missing there are three places.
    """
    found = rank_sets([10.1, 10.0, 0.0, np.nan], [1.0, 1.0, 1.0, 1.0])
    assert_shows(
        found,
        """
        | rank | lower | upper | set             |
        | ---- | ----- | ----- | --------------- |
        | 1    | 1     | 2     | 1st to 2nd of 3 |
        | 2    | 1     | 2     | 1st to 2nd of 3 |
        | 3    | 3     | 3     | 3rd of 3        |
        |      |       |       |                 |
        """,
    )
    turned = rank_sets([10.1, 10.0, 0.0, np.nan], [1.0] * 4, higher_is_better=False)
    assert turned["rank"].dropna().tolist() == [3, 2, 1]
    assert turned["set"].iloc[2] == "1st of 3"


def test_two_units_differ_exactly_when_a_two_sided_test_says_so() -> None:
    for gap, apart in ((1.9, False), (2.02, True)):
        found = rank_sets([gap * np.sqrt(2), 0.0], [1.0, 1.0], draws=200_000)
        assert bool(found["upper"].iloc[0] == 1) is apart


def test_covariance_narrows_or_widens() -> None:
    bound = np.array([[1.0, 0.95], [0.95, 1.0]])
    assert rank_sets([1.0, 0.0], bound)["set"].tolist() == ["1st of 2", "2nd of 2"]
    assert rank_sets([1.0, 0.0], np.eye(2))["set"].tolist() == ["1st to 2nd of 2"] * 2


def test_ties_share_the_better_place_and_its_set() -> None:
    found = rank_sets([2.0, 2.0, 9.0], [0.1, 0.1, 0.1])
    assert found["rank"].tolist() == [2, 2, 1]
    assert found["set"].tolist() == ["2nd to 3rd of 3", "2nd to 3rd of 3", "1st of 3"]


def test_units_without_noise_have_the_order_they_have() -> None:
    found = rank_sets([1.0, 2.0, 2.0], np.zeros(3))
    assert found["set"].tolist() == ["3rd of 3", "1st to 2nd of 3", "1st to 2nd of 3"]
    assert rank_sets([5.0], [1.0])["set"].tolist() == ["1st of 1"]
    assert len(rank_sets([], [])) == 0
    assert rank_sets([np.nan], [1.0], simultaneous=False)["rank"].isna().all()


def test_few_observations_need_a_larger_difference() -> None:
    """At two degrees of freedom 3.5 errors are not enough; at many they are."""
    estimates, errors = [3.5 * np.sqrt(2), 0.0, 50.0, 54.0], [1.0, 1.0, 0.1, 0.1]
    sure = rank_sets(estimates, errors)
    unsure = rank_sets(estimates, errors, degrees=[1, 1, np.inf, np.inf])
    assert sure["set"].tolist() == ["3rd of 4", "4th of 4", "2nd of 4", "1st of 4"]
    assert unsure["set"].tolist() == ["3rd to 4th of 4"] * 2 + ["2nd of 4", "1st of 4"]


@settings(max_examples=20)
@given(
    estimates=st.lists(st.integers(-50, 50), min_size=2, max_size=8),
    together=st.booleans(),
    seed=st.integers(0, 99),
)
def test_a_set_holds_its_rank_and_follows_the_unit(
    estimates: list[int], together: bool, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    errors = generator.uniform(0.5, 20, len(estimates))
    options = {"simultaneous": together, "draws": DRAWS}
    found = rank_sets(estimates, errors, **options)  # type: ignore[arg-type]
    assert ((found["lower"] <= found["rank"]) & (found["rank"] <= found["upper"])).all()
    assert found["rank"].min() == 1
    turned = rank_sets(-np.array(estimates), errors, higher_is_better=False, **options)  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(found, turned)


def test_marginal_sets_lie_within_simultaneous_ones() -> None:
    generator = np.random.default_rng(4)
    estimates, errors = generator.normal(size=30), generator.uniform(0.1, 0.8, 30)
    wide = rank_sets(estimates, errors)
    narrow = rank_sets(estimates, errors, simultaneous=False)
    assert (narrow["lower"] >= wide["lower"]).all() and (narrow["upper"] <= wide["upper"]).all()


def test_simultaneous_sets_hold_all_true_ranks_often_enough() -> None:
    generator = np.random.default_rng(1)
    truth, error, held = np.array([0.0, 0.5, 1.0, 1.0, 3.0]), 0.5, 0
    better = (truth[:, None] < truth).sum(axis=1)
    worse = (truth[:, None] > truth).sum(axis=1)
    for _ in range(300):
        found = rank_sets(truth + generator.normal(0, error, 5), np.full(5, error), draws=DRAWS)
        inside = (found["lower"] <= 1 + better) & (found["upper"] >= 5 - worse)
        held += bool(inside.all())
    assert held / 300 > 0.93


@pytest.mark.parametrize(
    ("estimates", "errors", "options"),
    [
        ([1.0, 2.0], [1.0], {}),
        ([1.0, 2.0], [1.0, -1.0], {}),
        ([1.0, 2.0], np.ones((3, 3)), {}),
        ([1.0, 2.0], [1.0, 1.0], {"level": 1.5}),
        ([1.0, 2.0], [1.0, 1.0], {"draws": 0}),
        ([1.0, 2.0], [1.0, 1.0], {"degrees": [1.0]}),
    ],
)
def test_wrong_input_is_refused(estimates, errors, options) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError):
        rank_sets(estimates, errors, **options)


# On a programme -------------------------------------------------------------------------------

THREE = """
| operation_id | region | public_amount | private_amount |
| ------------ | ------ | ------------- | -------------- |
| a            | N      | 1.0           | 1.0            |
| b            | N      | 1.0           | 1.1            |
| c            | N      | 1.0           | 0.9            |
| d            | S      | 1.0           | 9.0            |
| e            | S      | 1.0           | 9.9            |
| f            | S      | 1.0           | 8.1            |
| g            | W      | 1.0           | 5.0            |
| h            |        | 1.0           | 5.0            |
"""


def test_groups_without_an_error_are_not_ranked() -> None:
    found = ranks(
        da.Programme.from_frames(operations=frame_of(THREE)), "private_per_public", by="region"
    )
    assert_shows(
        found.frame,
        """
    | region | value | rank | set      | marginal_upper | n | note                              |
    | ------ | ----- | ---- | -------- | -------------- | - | --------------------------------- |
    | S      | 9.0   | 1    | 1st of 2 | 1              | 3 | Only 3 operations.                |
    | N      | 1.0   | 2    | 2nd of 2 | 2              | 3 | Only 3 operations.                |
    | W      | 5.0   |      |          |                | 1 | Not ranked: one operation only.   |
    |        | 5.0   |      |          |                | 1 | Not ranked: region is not known.  |
        """,
    )
    assert found.heading.endswith("1 = highest")
    assert len(found.plot().get_yticklabels()) == 4


def test_direction_of_the_indicator_decides_what_is_best() -> None:
    programme = da.simulate(seed=1, operations=150)
    cheap = ranks(programme, "public_cost_per_sme", by="region", draws=DRAWS)
    ranked = cheap.frame.dropna(subset=["rank"])
    assert ranked["value"].is_monotonic_increasing
    assert cheap.heading.endswith("1 = lowest")
    neutral = ranks(programme, "public_share", by="region", draws=DRAWS)
    assert any("no better direction" in caveat for caveat in neutral.caveats)
    assert ranked["set"].str.fullmatch(r"\d+\w\w( to \d+\w\w)? of \d+").all()


def test_no_private_money_is_no_order() -> None:
    frame = frame_of(THREE).assign(private_amount=0.0)
    found = ranks(da.Programme.from_frames(operations=frame), "private_per_public", by="region")
    known = found.frame.dropna(subset=["rank"])
    assert known["set"].tolist() == ["1st to 2nd of 2"] * 2
