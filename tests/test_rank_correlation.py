"""Rank correlation of few units: exact p values, ties, and what hangs on one unit."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difass_analysis.errors import SchemaError, UsageError
from difass_analysis.mechanisms import rank_correlation


def table(a, b):
    return pd.DataFrame({"region": [f"r{i}" for i in range(len(a))], "a": a, "b": b})


def found(a, b, **more):
    return rank_correlation(table(a, b), x="a", y="b", **more).frame.iloc[0]


# P values of Spearman's rho for n = 5: 2/120 at 1, 10/120 at 0.9, 16/120 at 0.8.
@pytest.mark.parametrize(
    ("b", "rho", "p"),
    [
        ([1, 2, 3, 4, 5], 1.0, 2 / 120),
        ([5, 4, 3, 2, 1], -1.0, 2 / 120),
        ([1, 2, 3, 5, 4], 0.9, 10 / 120),
        ([2, 1, 3, 5, 4], 0.8, 16 / 120),
    ],
)
def test_exact_p_values_of_five_units(b, rho, p):
    row = found([1, 2, 3, 4, 5], b)
    assert row["value"] == pytest.approx(rho)
    assert row["p_value"] == pytest.approx(p)


values = st.lists(st.integers(0, 5), min_size=4, max_size=6)


@given(a=values, data=st.data(), measure=st.sampled_from(["spearman", "kendall"]))
@settings(deadline=None, max_examples=40)
def test_it_equals_scipy_on_every_permutation(a, data, measure):
    from scipy.stats import kendalltau, spearmanr

    b = data.draw(st.lists(st.integers(0, 5), min_size=len(a), max_size=len(a)))
    row = found(a, b, measure=measure)
    if len(set(a)) < 2 or len(set(b)) < 2:
        assert np.isnan(row["value"])
        assert row["note"] == "one of the two does not vary"
        return
    peer = spearmanr if measure == "spearman" else kendalltau
    observed = peer(a, b).statistic
    assert row["value"] == pytest.approx(observed, abs=1e-12)
    if len(a) <= 5:
        orders = [abs(peer(a, order).statistic) for order in permutations(b)]
        as_far = np.mean([one >= abs(observed) - 1e-9 for one in orders])
        assert row["p_value"] == pytest.approx(as_far, abs=1e-12)


def test_many_units_are_drawn_and_say_so():
    rng = np.random.default_rng(2)
    a = rng.normal(size=25)
    b = 0.5 * a + rng.normal(size=25)
    from scipy.stats import spearmanr

    row = found(a, b)
    assert row["method"] == "99,999 drawn permutations"
    # None of the drawn orders of 26 units comes near: the one observed counts, and p is not 0.
    ordered = found(range(26), range(26))
    assert (ordered["value"], ordered["p_value"]) == (1.0, 1 / 100_000)
    assert row["p_value"] == pytest.approx(spearmanr(a, b).pvalue, abs=0.01)
    assert found(a, b)["p_value"] == row["p_value"]


def test_a_story_that_hangs_on_one_region():
    # Five regions without any pattern, and one far out on both.
    result = rank_correlation(table([1, 2, 3, 4, 5, 99], [3, 1, 5, 2, 4, 99]), x="a", y="b")
    row = result.frame.iloc[0]
    assert row["lowest_without"] == "r5"
    assert row["lowest"] == pytest.approx(0.3)
    assert row["value"] == pytest.approx(0.6)
    assert len(result.left_out) == 6


@pytest.mark.parametrize(
    ("a", "b", "note"),
    [([1, 2, 3], [1, 2, 3], "fewer than 4 units"), ([1] * 5, [1, 2, 3, 4, 5], "does not vary")],
)
def test_what_is_undefined_is_said(a, b, note):
    row = found(a, b)
    assert np.isnan(row["value"]) and np.isnan(row["p_value"])
    assert note in row["note"]


def test_missing_numbers_are_left_out_and_counted():
    result = rank_correlation(table([1, 2, 3, 4, None], [1, 2, 3, 4, 5]), x="a", y="b")
    assert "1 units without both numbers are left out." in result.caveats
    assert result.frame["n"].iloc[0] == 4


def test_bad_rows_are_refused():
    frame = table([1, 2, 3, 4], [1, 2, 3, 4])
    with pytest.raises(SchemaError, match="stands in several rows"):
        rank_correlation(pd.concat([frame, frame]), x="a", y="b")
    with pytest.raises(SchemaError, match="no column 'c'"):
        rank_correlation(frame, x="a", y="c")
    with pytest.raises(UsageError, match="no measure"):
        rank_correlation(frame, x="a", y="b", measure="pearson")
