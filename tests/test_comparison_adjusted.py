"""Adjusted comparison: equal to statsmodels, by hand, and with few clusters."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from numpy.typing import NDArray
from scipy import stats

import difass_analysis as da
from difass_analysis.comparison import adjusted
from difass_analysis.comparison.statistics import wild_cluster_test
from difass_analysis.errors import IndicatorError, UsageError
from tests.tables import assert_shows, frame_of

Values = NDArray[np.float64]


def operations(size: int, seed: int, clusters: int) -> pd.DataFrame:
    """Operations with unlike mixes of mechanisms, some without private money or a region."""
    rng = np.random.default_rng(seed)
    region = rng.choice(["A", "B", "C"], size, p=[0.5, 0.3, 0.2])
    tilt = pd.Series(region).map({"A": 0.8, "B": 0.4, "C": 0.3}).to_numpy(float)
    beneficiary = rng.integers(0, clusters, size)
    mechanism = np.where(rng.random(size) < tilt, "loan", "grant")
    public = np.exp(rng.normal(10, 1, size)).round(2)
    effect = np.where(mechanism == "loan", 0.8, 0.0) + np.where(region == "B", 0.3, 0.0)
    noise = rng.normal(0, 0.4, size) + rng.normal(0, 0.3, clusters)[beneficiary]
    frame = pd.DataFrame(
        {
            "operation_id": [f"o{i}" for i in range(size)],
            "region": region,
            "mechanism": mechanism,
            "year": rng.integers(2015, 2019, size),
            "beneficiary_id": [f"b{i}" for i in beneficiary],
            "call_id": [f"c{i}" for i in rng.integers(0, 40, size)],
            "public_amount": public,
            "private_amount": (public * np.exp(effect + noise)).round(2),
        }
    )
    frame.loc[:3, "private_amount"] = 0.0
    frame.loc[4:6, "private_amount"] = None
    frame.loc[7:8, "region"] = None
    frame.loc[9, "mechanism"] = None
    return frame


def compared(frame: pd.DataFrame, **options: Any) -> pd.DataFrame:
    programme = da.Programme.from_frames(operations=frame)
    return adjusted(programme, "private_per_public", **options).frame.set_index("region")


def with_statsmodels(frame: pd.DataFrame, cluster: str) -> pd.DataFrame:
    """Predictions averaged over the operations, errors by the delta method."""
    used = frame[(frame["private_amount"] > 0) & frame["region"].notna()].copy()
    used["mechanism"] = used["mechanism"].fillna("(not known)")
    used["z"] = np.log(used["private_amount"] / used["public_amount"])
    groups = pd.factorize(used[cluster])[0]
    fit = smf.ols("z ~ region + mechanism + C(year)", used).fit(
        cov_type="cluster", cov_kwds={"groups": groups}
    )
    design = pd.DataFrame(fit.model.exog, columns=fit.model.exog_names)
    names = [name for name in design if name.startswith("region")]
    shares = used["region"].value_counts(normalize=True).sort_index()
    averages = {}
    for region in shares.index:
        at = design.assign(**dict.fromkeys(names, 0.0))
        if f"region[T.{region}]" in names:
            at[f"region[T.{region}]"] = 1.0
        averages[region] = at.mean().to_numpy(float)
    mean = sum(shares[region] * averages[region] for region in shares.index)
    rows = []
    covariance = np.asarray(fit.cov_params())
    for region, direction in averages.items():
        gap = direction - mean
        n = used.loc[used["region"] == region, cluster].nunique()
        errors = [np.sqrt(d @ covariance @ d) for d in (direction, gap)]
        rows.append(
            {
                "value": np.exp(direction @ fit.params),
                "log_se": errors[0],
                "ratio": np.exp(gap @ fit.params),
                "ratio_p": 2 * stats.t.sf(abs(gap @ fit.params) / errors[1], n - 1),
                "ratio_upper": np.exp(gap @ fit.params + stats.t.ppf(0.975, n - 1) * errors[1]),
                "operations": (used["region"] == region).sum(),
                "n": n,
            }
        )
    return pd.DataFrame(rows, index=list(averages))


@pytest.mark.parametrize("cluster", [None, "call_id"])
def test_equals_statsmodels(cluster: str | None) -> None:
    frame = operations(400, seed=1, clusters=150)
    found = compared(frame, cluster=cluster)
    wanted = with_statsmodels(frame, cluster or "beneficiary_id")
    assert list(found.index) == list(wanted.index)
    for name in wanted:
        np.testing.assert_allclose(found[name], wanted[name], rtol=1e-8, err_msg=str(name))


def test_left_out_operations_are_counted() -> None:
    frame = operations(400, seed=1, clusters=150)
    found = adjusted(da.Programme.from_frames(operations=frame), "private_per_public")
    assert (
        "9 of 400 operations are left out: in 7 an amount is not known or not above zero, "
        "in 2 more region is not known." in found.caveats
    )
    assert found.frame["operations"].sum() == 391
    assert any("geometric means" in caveat for caveat in found.caveats)
    assert found.heading.endswith("operations at the same mechanism, year")
    assert len(found.plot().get_yticklabels()) == 4


def test_mix_is_taken_out_by_hand() -> None:
    """Loans bring four times as much as grants in both regions; N only has more loans.

    Half of the operations are loans: at that mix both regions have 1 x 4^(1/2) = 2.
    """
    frame = frame_of(
        """
        | operation_id | region | mechanism | public_amount | private_amount |
        | ------------ | ------ | --------- | ------------- | -------------- |
        | a            | N      | grant     | 1             | 1              |
        | b            | N      | loan      | 1             | 4              |
        | c            | N      | loan      | 1             | 4              |
        | d            | N      | loan      | 1             | 4              |
        | e            | S      | grant     | 1             | 1              |
        | f            | S      | grant     | 1             | 1              |
        | g            | S      | grant     | 1             | 1              |
        | h            | S      | loan      | 1             | 4              |
        """
    )
    assert_shows(
        compared(frame, controls=["mechanism"]).reset_index(),
        """
        | region | value | unadjusted | ratio | operations |
        | ------ | ----- | ---------- | ----- | ---------- |
        | N      | 2.000 | 2.828      | 1.000 | 4          |
        | S      | 2.000 | 1.414      | 1.000 | 4          |
        """,
    )
    plain = compared(frame, controls=[])
    assert plain["value"].tolist() == pytest.approx(plain["unadjusted"].tolist())


def test_a_region_with_a_mix_of_its_own_is_not_adjusted() -> None:
    frame = operations(200, seed=2, clusters=80)
    alone = frame.assign(region="Z", mechanism="voucher", beneficiary_id="z").iloc[20:30]
    alone["year"] = 2030
    alone["operation_id"] = alone["operation_id"] + "z"
    found = compared(pd.concat([frame, alone]))
    assert np.isnan(found.loc["Z", ["value", "ratio", "log_se"]].astype(float)).all()
    assert found.loc["Z", "note"].startswith("Not adjusted: it shares no mechanism or year")
    wanted = compared(frame)
    figures = ["value", "ratio", "unadjusted"]
    np.testing.assert_allclose(
        found.loc[wanted.index, figures].astype(float), wanted[figures].astype(float), rtol=1e-9
    )


def test_regions_renamed_and_money_doubled() -> None:
    frame = operations(300, seed=3, clusters=100)
    before = compared(frame)
    names = {"A": "C", "B": "A", "C": "B"}
    turned = frame.assign(region=frame["region"].map(names))
    turned[["public_amount", "private_amount"]] *= 2
    after = compared(turned)
    for name in ("value", "lower", "upper", "ratio", "ratio_p"):
        np.testing.assert_allclose(
            after.loc[[names[region] for region in before.index], name], before[name], rtol=1e-8
        )


# Edges ----------------------------------------------------------------------------------------


def test_one_region_and_a_region_with_one_beneficiary() -> None:
    frame = operations(60, seed=4, clusters=30)
    alone = compared(frame.assign(region="A"))
    assert alone["note"].tolist() == ["Not compared: there is no other group."]
    assert alone["ratio_p"].isna().all()
    frame.loc[10, ["region", "mechanism", "year"]] = ["Z", "loan", 2016]
    one = compared(frame).loc["Z"]
    assert one["note"] == "No interval: one beneficiary only."
    assert np.isnan(one["lower"]) and np.isnan(one["ratio_p"]) and one["value"] > 0


@pytest.mark.parametrize(
    ("indicator", "change", "error", "words"),
    [
        ("private_per_public", {"private_amount": 0.0}, IndicatorError, "has no logarithm"),
        ("private_per_public", {"region": None}, IndicatorError, "are region known"),
        ("public", {}, IndicatorError, "not a ratio of two amounts"),
        ("public_cost_per_sme", {}, IndicatorError, "not a ratio of two amounts"),
    ],
)
def test_what_cannot_be_explained_is_refused(
    indicator: str, change: dict[str, Any], error: type[Exception], words: str
) -> None:
    frame = operations(40, seed=1, clusters=20).assign(**change)
    with pytest.raises(error, match=words):
        adjusted(da.Programme.from_frames(operations=frame), indicator)


def test_unknown_control_is_refused() -> None:
    frame = operations(40, seed=1, clusters=20)
    with pytest.raises(UsageError, match="Did you mean 'mechanism'"):
        compared(frame, controls=["mechanisms"])


# Few clusters ---------------------------------------------------------------------------------


def test_wild_bootstrap_by_hand() -> None:
    """Five clusters of one value; the mean is tested against zero.

    With all values above zero only the two sign changes that keep them alike are as extreme:
    p = 2/32, the smallest there is. With -1, 2, 3, 4, 5: t = 13 / sqrt(5/4 * 21.2) = 2.5254, and
    turning the sign of the first one as well (or of all but the first) gives more: p = 4/32.
    """
    least = wild_cluster_test(*cross_products([1, 2, 3, 4, 5]), np.ones(1))
    assert (least.p, least.smallest, least.draws) == (0.0625, 0.0625, 32)
    more = wild_cluster_test(*cross_products([-1, 2, 3, 4, 5]), np.ones(1))
    assert more.statistic == pytest.approx(13 / np.sqrt(5 / 4 * 21.2))
    assert more.p == 0.125


def cross_products(values: list[float]) -> tuple[Values, Values]:
    y = np.array(values, dtype=float)
    return np.ones((len(y), 1, 1)), y[:, None]


def test_wild_bootstrap_equals_refitting_by_least_squares() -> None:
    """All 64 sign changes, each fitted again with statsmodels."""
    rng = np.random.default_rng(6)
    cluster = np.repeat(np.arange(6), [3, 5, 4, 6, 7, 5])
    x = np.column_stack([np.ones(30), rng.random(30), rng.random(30) + cluster / 6])
    y = x @ [1.0, 0.5, 0.2] + rng.normal(0, 0.3, 30) + rng.normal(0, 0.2, 6)[cluster]
    kept = np.delete(x, 2, axis=1)
    restricted = kept @ np.linalg.lstsq(kept, y, rcond=None)[0]

    def statistic(outcome: Values) -> float:
        fit = sm.OLS(outcome, x).fit(cov_type="cluster", cov_kwds={"groups": cluster})
        return float(fit.params[2] / fit.bse[2])

    own = abs(statistic(y))
    signs = np.array(list(product([-1.0, 1.0], repeat=6)))
    drawn = [abs(statistic(restricted + row[cluster] * (y - restricted))) for row in signs]
    wanted = np.mean(np.array(drawn) >= own * (1 - 1e-9))
    parts = [cluster == g for g in range(6)]
    xx = np.array([x[part].T @ x[part] for part in parts])
    xy = np.array([x[part].T @ y[part] for part in parts])
    assert wild_cluster_test(xx, xy, np.array([0.0, 0.0, 1.0])).p == wanted


def test_wild_bootstrap_with_many_clusters_draws() -> None:
    rng = np.random.default_rng(1)
    xx, xy = cross_products(list(rng.normal(0.1, 1, 20)))
    found = wild_cluster_test(xx, xy, np.ones(1))
    assert (found.draws, found.smallest) == (9_999, 1e-4)
    assert found.p == pytest.approx(stats.ttest_1samp(xy[:, 0], 0).pvalue, abs=0.03)
    assert found.p == wild_cluster_test(xx, xy, np.ones(1)).p
    assert np.isnan(wild_cluster_test(xx[:1], xy[:1], np.ones(1)).p)


def test_five_calls_print_the_smallest_p_value() -> None:
    frame = operations(120, seed=5, clusters=60)
    frame["call_id"] = [f"c{i % 5}" for i in range(len(frame))]
    programme = da.Programme.from_frames(operations=frame)
    found = adjusted(programme, "private_per_public", cluster="call_id")
    assert any("the smallest that it can give is 0.0625" in caveat for caveat in found.caveats)
    assert (found.frame["ratio_p"] >= 0.0625).all()
    assert (found.frame["ratio_p"] * 32 % 1 == 0).all()
    assert found.frame["method"].str.endswith("5 calls, wild cluster bootstrap").all()
