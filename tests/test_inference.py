"""Errors and intervals of ratios and totals: equal to R, to definitions, and to published ones."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

import difass_analysis as da
from difass_analysis import inference
from difass_analysis.inference import Moments
from tests.tables import assert_shows, frame_of

REFERENCE = Path(__file__).parent / "reference" / "ratio_of_sums.csv"
TO_R = 1e-6  # the numbers are printed with seven to twelve digits
EXACT = 1e-9


def golden(name: str) -> float:
    with REFERENCE.open(encoding="utf-8", newline="") as handle:
        return next(float(row["value"]) for row in csv.DictReader(handle) if row["name"] == name)


def operations(frame: pd.DataFrame) -> da.Programme:
    ids = [f"op{number}" for number in range(len(frame))]
    return da.Programme.from_frames(operations=frame.assign(operation_id=ids))


def one(programme: da.Programme, indicator: str, level: float = 0.95) -> pd.Series:
    frame = da.measure(programme, indicators=[indicator], level=level).frame
    assert len(frame) == 1
    return frame.iloc[0]


@pytest.fixture(scope="module")
def schools(shared: Path) -> pd.DataFrame:
    raw = pd.read_csv(shared / "data" / "methods" / "apiclus1.csv")
    assert (len(raw), raw["dnum"].nunique(), raw["pw"].nunique()) == (183, 15, 1)
    return pd.DataFrame(
        {
            "beneficiary_id": raw["dnum"].astype("str"),
            "own_amount": (raw["api.stu"] * raw["pw"]).astype(float),
            "public_amount": (raw["enroll"] * raw["pw"]).astype(float),
        }
    )


# Equal to R ----------------------------------------------------------------------------------


def test_city_populations(shared: Path) -> None:
    city = pd.read_csv(shared / "data" / "methods" / "city.csv")
    amounts = pd.DataFrame({"own_amount": city["x"], "public_amount": city["u"]}).astype(float)
    row = one(operations(amounts), "own_contribution_per_public")
    assert row["value"] == golden("city_ratio")
    assert (row["numerator"], row["denominator"], row["n"]) == (973, 640, 10)


def test_clustered_error_is_that_of_svyratio(schools: pd.DataFrame) -> None:
    row = one(operations(schools), "own_contribution_per_public")
    assert row["value"] == pytest.approx(golden("apiclus1_ratio"), rel=1e-11)
    assert row["se"] == pytest.approx(golden("apiclus1_error"), rel=TO_R)
    assert row["n"] == 15
    assert "linearised by beneficiaries" in row["method"]


def test_clusters_must_not_be_ignored(schools: pd.DataFrame) -> None:
    alone = schools.drop(columns="beneficiary_id")
    row = one(operations(alone), "own_contribution_per_public")
    assert row["se"] == pytest.approx(golden("apiclus1_error_ignoring_clusters"), rel=TO_R)
    assert row["n"] == 183
    assert golden("apiclus1_error") > 2 * row["se"]


def clusters_of(schools: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    sums = schools.groupby("beneficiary_id")[["own_amount", "public_amount"]].sum()
    return sums["own_amount"].to_numpy(), sums["public_amount"].to_numpy()


def test_inference_alone_gives_the_same(schools: pd.DataFrame) -> None:
    y, x = clusters_of(schools)
    moments = Moments.of(y, x)
    assert inference.ratio(moments)[0] == pytest.approx(golden("apiclus1_ratio"), rel=1e-11)
    error = inference.linearised_error(moments)[0]
    assert error == pytest.approx(golden("apiclus1_error"), rel=TO_R)


def test_jackknife_is_centred_on_the_estimate(schools: pd.DataFrame) -> None:
    y, x = clusters_of(schools)
    error = inference.jackknife_error(y, x, np.zeros(len(y), dtype=np.int64), 1)[0]
    assert error == pytest.approx(golden("apiclus1_jackknife_estimate"), abs=5e-8)
    replicates = (y.sum() - y) / (x.sum() - x)
    around_mean = np.sqrt(14 / 15 * ((replicates - replicates.mean()) ** 2).sum())
    assert around_mean == pytest.approx(golden("apiclus1_jackknife_mean"), rel=TO_R)
    assert error > around_mean * 1.0001


def test_few_clusters_report_the_jackknife(schools: pd.DataFrame) -> None:
    few = schools[schools["beneficiary_id"].isin(sorted(schools["beneficiary_id"].unique())[:9])]
    y, x = clusters_of(few)
    replicates = (y.sum() - y) / (x.sum() - x)
    by_hand = np.sqrt(8 / 9 * ((replicates - y.sum() / x.sum()) ** 2).sum())
    row = one(operations(few), "own_contribution_per_public")
    assert row["n"] == 9
    assert row["se"] == pytest.approx(by_hand, rel=EXACT)
    assert "jackknife over 9 beneficiaries" in row["method"]


def test_ten_clusters_are_enough_for_the_linearised_error(schools: pd.DataFrame) -> None:
    ten = schools[schools["beneficiary_id"].isin(sorted(schools["beneficiary_id"].unique())[:10])]
    y, x = clusters_of(ten)
    residuals = y - y.sum() / x.sum() * x
    row = one(operations(ten), "own_contribution_per_public")
    assert row["se"] == pytest.approx(np.sqrt(10 / 9 * residuals @ residuals) / x.sum(), rel=EXACT)
    assert "linearised" in row["method"]


# By hand -------------------------------------------------------------------------------------


def test_worked_error_of_three_clusters() -> None:
    """R = 15 / 6 = 2.5; e = -0.5, -1, 1.5; sum of squares 3.5; G/(G-1) = 1.5; / 6."""
    programme = da.Programme.from_frames(
        operations=frame_of(
            """
            | operation_id | beneficiary_id | own_amount | public_amount |
            | ------------ | -------------- | ---------- | ------------- |
            | o1           | a              | 2          | 1             |
            | o2           | b              | 1          | 1             |
            | o3           | b              | 3          | 1             |
            | o4           | c              | 9          | 3             |
            """
        )
    )
    moments = Moments.of(np.array([2.0, 4.0, 9.0]), np.array([1.0, 2.0, 3.0]))
    assert inference.linearised_error(moments)[0] == pytest.approx(
        np.sqrt(1.5 * 3.5) / 6, rel=1e-14
    )
    # Leaving one out: 13/5, 11/4, 6/3, each less 2.5; two thirds of the squares.
    squares = (13 / 5 - 2.5) ** 2 + (11 / 4 - 2.5) ** 2 + (6 / 3 - 2.5) ** 2
    row = one(programme, "own_contribution_per_public")
    assert row["se"] == pytest.approx(np.sqrt(2 / 3 * squares), rel=1e-12)
    assert_shows(
        row.to_frame().T,
        """
        | value | se     | n | numerator | denominator |
        | ----- | ------ | - | --------- | ----------- |
        | 2.5   | 0.4637 | 3 | 15        | 6           |
        """,
    )


def test_level_moves_the_bounds_and_nothing_else(schools: pd.DataFrame) -> None:
    programme = operations(schools)
    wide, narrow = (one(programme, "own_contribution_per_public", level) for level in (0.99, 0.5))
    assert wide["se"] == narrow["se"] and wide["value"] == narrow["value"]
    assert wide["lower"] < narrow["lower"] < narrow["value"] < narrow["upper"] < wide["upper"]


# Student's t interval and Fieller's ----------------------------------------------------------


def test_stable_denominator_has_the_t_interval(schools: pd.DataFrame) -> None:
    equal = schools.assign(public_amount=1000.0, beneficiary_id=[str(i) for i in range(183)])
    row = one(operations(equal), "own_contribution_per_public")
    half = stats.t.ppf(0.975, 182) * row["se"]
    assert row["lower"] == pytest.approx(row["value"] - half, rel=EXACT)
    assert row["upper"] == pytest.approx(row["value"] + half, rel=EXACT)
    assert "t interval" in row["method"]


amounts = st.floats(min_value=1.0, max_value=1e6)
pairs = st.lists(st.tuples(amounts, amounts), min_size=3, max_size=30)


@given(pairs, st.sampled_from([0.8, 0.95]))
def test_fieller_bounds_satisfy_the_defining_quadratic(
    values: list[tuple[float, float]], level: float
) -> None:
    y, x = np.array(values).T
    groups = len(y)
    t = stats.t.ppf(0.5 + level / 2, groups - 1)
    var_x = groups * np.var(x, ddof=1)
    bounds = [b[0] for b in inference.fieller_interval(Moments.of(y, x), level=level)]
    if x.sum() ** 2 <= t**2 * var_x * (1 - 1e-9):
        assert np.isnan(bounds).all()
        return
    assume(x.sum() ** 2 > t**2 * var_x * (1 + 1e-6))
    for bound in bounds:
        # The bound is a ratio r at which the total of y - r x lies exactly t errors from zero.
        residual = y - bound * x
        distance = residual.sum() ** 2 - t**2 * groups * np.var(residual, ddof=1)
        size = y.sum() ** 2 + bound**2 * x.sum() ** 2
        assert abs(distance) < 1e-7 * size
    assert bounds[0] <= y.sum() / x.sum() * (1 + 1e-9)
    assert bounds[1] >= y.sum() / x.sum() * (1 - 1e-9)


def test_unstable_denominator_has_the_fieller_interval(shared: Path) -> None:
    city = pd.read_csv(shared / "data" / "methods" / "city.csv")
    moments = Moments.of(city["x"].to_numpy(float), city["u"].to_numpy(float))
    variation = inference.denominator_variation(moments)[0]
    assert variation == pytest.approx(
        np.sqrt(10 * np.var(city["u"], ddof=1)) / city["u"].sum(), rel=1e-12
    )
    assert variation > 0.1
    frame = pd.DataFrame({"own_amount": city["x"], "public_amount": city["u"]}).astype(float)
    row = one(operations(frame), "own_contribution_per_public")
    lower, upper = (b[0] for b in inference.fieller_interval(moments, level=0.95))
    assert (row["lower"], row["upper"]) == pytest.approx((lower, upper), rel=EXACT)
    assert "Fieller interval" in row["method"]
    # Not symmetric: longer on the side of small denominators, as the bootstrap's [1.250, 2.104].
    assert row["upper"] - row["value"] > 1.2 * (row["value"] - row["lower"])


def test_denominator_near_zero_has_no_interval() -> None:
    frame = frame_of(
        """
        | own_amount | public_amount |
        | ---------- | ------------- |
        | 5          | 1             |
        | 2          | 100           |
        | 3          | 1             |
        """
    )
    row = one(operations(frame), "own_contribution_per_public")
    assert row["value"] == pytest.approx(10 / 102, rel=1e-12)
    assert np.isnan(row["lower"]) and np.isnan(row["upper"])
    assert "the denominator is too uncertain to bound the ratio" in row["note"]
    assert "Fieller's set is unbounded" in row["note"]


def test_interval_of_what_cannot_be_negative_stops_at_zero() -> None:
    own = [0.0] * 19 + [100.0]
    frame = pd.DataFrame({"own_amount": own, "public_amount": [50.0] * 20})
    row = one(operations(frame), "own_contribution_per_public")
    assert row["lower"] == 0.0
    assert row["method"].endswith("cut at 0")
    assert row["upper"] > row["value"]


# Totals and counts ---------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 7, 100, 40_000])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_interval_of_a_count_is_garwoods(count: int, level: float) -> None:
    n = np.array([float(count)])
    se, lower, upper = inference.total_interval(n, n, np.ones(1), level=level)
    tail = (1 - level) / 2
    assert se[0] == pytest.approx(np.sqrt(count), rel=1e-14)
    assert lower[0] == pytest.approx(stats.chi2.ppf(tail, 2 * count) / 2, rel=EXACT)
    assert upper[0] == pytest.approx(stats.chi2.ppf(1 - tail, 2 * count + 2) / 2, rel=EXACT)


def test_a_count_of_none_has_an_upper_bound() -> None:
    se, lower, upper = inference.total_interval(np.zeros(1), np.zeros(1), np.ones(1), level=0.95)
    assert (se[0], lower[0]) == (0, 0)
    assert upper[0] == pytest.approx(stats.chi2.ppf(0.975, 2) / 2, rel=EXACT)


def test_interval_of_a_sum_is_fay_and_feuers() -> None:
    """Weights 3, 1 and 2: total 6, squares 14, largest 3."""
    parts = (np.array([6.0]), np.array([14.0]), np.array([3.0]))
    se, lower, upper = (part[0] for part in inference.total_interval(*parts, level=0.95))
    assert se == pytest.approx(np.sqrt(14), rel=1e-14)
    assert lower == pytest.approx(14 / 12 * stats.chi2.ppf(0.025, 2 * 36 / 14), rel=EXACT)
    wide = 14 + 9
    assert upper == pytest.approx(wide / (2 * 9) * stats.chi2.ppf(0.975, 2 * 81 / wide), rel=EXACT)


def test_a_negative_total_has_no_error() -> None:
    parts = inference.total_interval(np.array([-1.0]), np.ones(1), np.ones(1), level=0.95)
    assert np.isnan([part[0] for part in parts]).all()


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=40))
def test_bounds_of_a_total_hold_it(cents: list[int]) -> None:
    values = np.array(cents, float)
    parts = [np.array([s]) for s in (values.sum(), values @ values, values.max())]
    _, lower, upper = inference.total_interval(*parts, level=0.95)
    assert 0 <= lower[0] < values.sum() < upper[0]


# Precision -----------------------------------------------------------------------------------


def test_error_keeps_its_digits_where_all_ratios_are_nearly_equal() -> None:
    """The residuals are a millionth of the amounts: sums of squares alone would lose them."""
    rng = np.random.default_rng(5)
    public = rng.integers(10**8, 10**11, 500) / 100
    own = (public * 0.5 + rng.integers(-5, 6, 500) / 100).round(2)
    assert inference.lost_precision(Moments.of(own, public)).all()
    residual = own - own.sum() / public.sum() * public
    expected = np.sqrt(500 / 499 * residual @ residual) / public.sum()
    frame = pd.DataFrame({"own_amount": own, "public_amount": public})
    row = one(operations(frame), "own_contribution_per_public")
    assert row["se"] == pytest.approx(expected, rel=1e-6)


def test_ratio_that_is_the_same_everywhere_has_no_error() -> None:
    frame = pd.DataFrame({"own_amount": [1.5, 3.0, 4.5] * 5, "public_amount": [1.0, 2.0, 3.0] * 5})
    row = one(operations(frame), "own_contribution_per_public")
    assert row["value"] == 1.5
    assert row["se"] == pytest.approx(0, abs=1e-12)


def test_quantiles_are_those_of_students_t() -> None:
    found = inference.t_quantile(0.9, np.array([1.0, 2.0, 11.0, 5000.0]))
    assert np.isnan(found[0])
    assert found[1:] == pytest.approx(stats.t.ppf(0.95, [1, 10, 4999]), rel=1e-10)
