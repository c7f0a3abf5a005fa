"""Contrasts and covariances: by hand, against plain numpy, and what must not change."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

import difass_analysis as da
from difass_analysis import inference
from difass_analysis.comparison import contrasts, group_covariance, partial_pooling, ranks
from difass_analysis.errors import IndicatorError, UsageError
from difass_analysis.measurement import cluster_cells
from tests.tables import assert_shows, frame_of

COLUMNS = [
    "indicator",
    "region",
    "value",
    "reference",
    "difference",
    "difference_se",
    "difference_lower",
    "difference_upper",
    "difference_p",
    "difference_p_holm",
    "difference_p_bh",
    "ratio",
    "ratio_lower",
    "ratio_upper",
    "ratio_p",
    "ratio_p_holm",
    "ratio_p_bh",
    "n",
    "numerator",
    "denominator",
    "unit",
    "method",
    "note",
]
FIGURES = COLUMNS[2:17]

Values = NDArray[np.float64]


def programme(frame: pd.DataFrame) -> da.Programme:
    given = frame.assign(operation_id=[f"o{i}" for i in range(len(frame))])
    return da.Programme.from_frames(operations=given)


def compared(frame: pd.DataFrame, against: str = "rest", by: str = "region") -> pd.DataFrame:
    return contrasts(programme(frame), "private_per_public", by=by, against=against).frame


def overlapping(size: int, seed: int, regions: int = 4) -> pd.DataFrame:
    """Operations of beneficiaries that may stand in several regions, some regions small."""
    rng = np.random.default_rng(seed)
    weight = np.arange(1, regions + 1, dtype=float) ** 2
    public = np.exp(rng.normal(10, 1, size)).round(2)
    return pd.DataFrame(
        {
            "region": rng.choice([f"R{i}" for i in range(regions)], size, p=weight / weight.sum()),
            "beneficiary_id": [f"b{i}" for i in rng.integers(0, max(2, size // 2), size)],
            "public_amount": public,
            "private_amount": (public * np.exp(rng.normal(0, 0.5, size))).round(2),
        }
    )


# The same in plain numpy ---------------------------------------------------------------------


def by_cluster(frame: pd.DataFrame) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Regions, and amounts of shape (clusters, regions)."""
    y = frame.pivot_table("private_amount", "beneficiary_id", "region", "sum", fill_value=0.0)
    x = frame.pivot_table("public_amount", "beneficiary_id", "region", "sum", fill_value=0.0)
    return list(y.columns), y.to_numpy(float), x.to_numpy(float)


def expected(frame: pd.DataFrame, against: str) -> pd.DataFrame:
    """Contrasts from loops over regions and clusters."""
    regions, ys, xs = by_cluster(frame)
    rows = []
    for g, region in enumerate(regions):
        y, x = ys[:, g], xs[:, g]
        chosen = {
            "overall": np.ones(len(regions), dtype=bool),
            "rest": np.arange(len(regions)) != g,
        }.get(against, np.array([name == against for name in regions]))
        u, v = ys[:, chosen].sum(axis=1), xs[:, chosen].sum(axis=1)
        own = {"region": region, "value": y.sum() / x.sum()}
        rows.append(own if region == against else {**own, **one_contrast(y, x, u, v)})
    return pd.DataFrame(rows)


def one_contrast(y: Values, x: Values, u: Values, v: Values) -> dict[str, float]:
    total, inside = len(y), x > 0
    outside = ~inside & (v > 0)
    own, other = y.sum() / x.sum(), u.sum() / v.sum()
    a, b = (y - own * x) / x.sum(), (u - other * v) / v.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        left, right = (y.sum() - y) / (x.sum() - x), (u.sum() - u) / (v.sum() - v)
        changes = {
            "difference": (a - b, left - right - own + other),
            "ratio": (a / own - b / other, np.log(left / right) - np.log(own / other)),
        }
    result = {"reference": other}
    for name, (linear, jackknife) in changes.items():
        parts = []
        for part in (inside, outside):
            if 0 < part.sum() < 50:
                parts.append((total - 1) / total * np.sum(jackknife[part] ** 2))
            else:
                parts.append(total / (total - 1) * np.sum(linear[part] ** 2))
        weights = [max(part.sum() - 1, 1) for part in (inside, outside)]
        degrees = sum(parts) ** 2 / sum(p**2 / w for p, w in zip(parts, weights, strict=True))
        degrees, se = min(degrees, total - 1), np.sqrt(sum(parts))
        if inside.sum() < 2:
            se = np.nan
        gap = own - other if name == "difference" else np.log(own / other)
        half = stats.t.ppf(0.975, degrees) * se
        back = np.exp if name == "ratio" else np.asarray
        result |= {
            name: float(back(gap)),
            f"{name}_lower": float(back(gap - half)),
            f"{name}_upper": float(back(gap + half)),
            f"{name}_p": 2 * stats.t.sf(abs(gap) / se, degrees),
        }
    return result


@pytest.mark.parametrize("against", ["rest", "overall", "R2"])
@pytest.mark.parametrize("size", [12, 40, 600])
def test_contrasts_equal_loops_over_clusters(against: str, size: int) -> None:
    frame = overlapping(size, seed=size)
    found, wanted = compared(frame, against), expected(frame, against)
    assert list(found["region"]) == list(wanted["region"])
    for name in wanted.columns[1:]:
        np.testing.assert_allclose(found[name], wanted[name], rtol=1e-9, err_msg=name)


def test_two_regions_mirror_each_other() -> None:
    frame = overlapping(300, seed=5, regions=2)
    frame.loc[:4, "region"] = "R0"
    found = compared(frame.assign(beneficiary_id=range(len(frame))))
    assert found["difference"].iloc[0] == pytest.approx(-found["difference"].iloc[1], rel=1e-12)
    for name in ("difference_se", "difference_p", "ratio_p"):
        assert found[name].iloc[0] == pytest.approx(found[name].iloc[1], rel=1e-9)


@pytest.mark.parametrize("size", [30, 400])
def test_covariance_equals_plain_numpy(size: int) -> None:
    frame = overlapping(size, seed=3)
    cells = cluster_cells(programme(frame), "private_per_public", by=["region"])
    estimates, covariance = group_covariance(cells)
    regions, ys, xs = by_cluster(frame)
    total = len(ys)
    value = ys.sum(axis=0) / xs.sum(axis=0)
    e = (ys - value * xs) / xs.sum(axis=0)
    wanted = total / (total - 1) * e.T @ e
    jackknife = (total - 1) / total * np.sum((e * xs.sum(axis=0) / (xs.sum(axis=0) - xs)) ** 2, 0)
    few = (xs > 0).sum(axis=0) < 50
    grown = np.where(few, np.sqrt(jackknife / np.diag(wanted)), 1.0)
    assert list(estimates["region"]) == regions
    assert np.abs(covariance[~np.eye(len(regions), dtype=bool)]).max() > 0
    np.testing.assert_allclose(estimates["value"], value, rtol=1e-12)
    np.testing.assert_allclose(covariance, wanted * np.outer(grown, grown), rtol=1e-9)


# By hand --------------------------------------------------------------------------------------

BY_HAND = """
| region | beneficiary_id | public_amount | private_amount |
| ------ | -------------- | ------------- | -------------- |
| N      | a              | 1.0           | 1.0            |
| N      | b              | 1.0           | 3.0            |
| S      | c              | 2.0           | 4.0            |
| S      | d              | 2.0           | 8.0            |
"""


def test_difference_by_hand() -> None:
    """Leaving a or b out moves N from 2 to 3 or 1; leaving c or d out moves S from 3 to 4 or 2.

    The squared error is 3/4 of the four squared moves, 3; the parts of N and S are equal, with
    one degree of freedom each, so that there are two: t = 4.3027.
    """
    found = compared(frame_of(BY_HAND))
    assert list(found.columns) == COLUMNS
    assert_shows(
        found,
        """
        | region | value | reference | difference | difference_se | difference_upper | ratio  |
        | ------ | ----- | --------- | ---------- | ------------- | ---------------- | ------ |
        | N      | 2.0   | 3.0       | -1.0       | 1.732051      | 6.452413         | 0.6667 |
        | S      | 3.0   | 2.0       | 1.0        | 1.732051      | 8.452413         | 1.5000 |
        """,
    )
    p = 2 * stats.t.sf(1 / np.sqrt(3), 2)
    assert found["difference_p"].tolist() == pytest.approx([p, p])
    assert found["difference_p_holm"].tolist() == pytest.approx([min(2 * p, 1)] * 2)
    assert found["difference_p_bh"].tolist() == pytest.approx([p, p])
    assert found["note"].tolist() == ["Only 2 beneficiaries. Only 2 beneficiaries in the rest."] * 2


def test_one_beneficiary_in_both_regions_is_one_cluster() -> None:
    """All money of a and b is in both regions at the same ratio: the regions cannot differ."""
    frame = frame_of(BY_HAND).assign(beneficiary_id=["a", "b", "a", "b"])
    frame["private_amount"] = [1.0, 3.0, 2.0, 6.0]
    found = compared(frame, "S")
    assert found["difference"].iloc[0] == 0
    assert np.isnan(found["difference_se"].iloc[0])
    assert "do not vary" in found["note"].iloc[0]
    apart = compared(frame.assign(beneficiary_id=list("abcd")), "S")
    assert apart["difference_se"].iloc[0] > 0.5


def test_adjusted_p_values_equal_published_definitions() -> None:
    p = np.array([0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, np.nan])
    known = p[:-1]
    assert inference.benjamini_hochberg(p)[:-1] == pytest.approx(
        stats.false_discovery_control(known)
    )
    assert inference.holm(p)[:3] == pytest.approx([0.008, 0.056, 0.234])
    assert np.isnan(inference.holm(p)[-1])
    assert inference.holm(np.array([0.9, 0.9])).tolist() == [1.0, 1.0]


# What must not change -------------------------------------------------------------------------


@settings(max_examples=5)
@given(seed=st.integers(0, 10_000), against=st.sampled_from(["rest", "overall"]))
def test_renaming_and_doubling_change_nothing(seed: int, against: str) -> None:
    frame = overlapping(60, seed)
    before = compared(frame, against).set_index("region")[FIGURES]
    names = {"R0": "R3", "R1": "R2", "R2": "R0", "R3": "R1"}
    renamed = frame.assign(region=frame["region"].map(names)).sample(frac=1, random_state=seed)
    renamed["private_amount"] *= 2
    renamed["public_amount"] *= 2
    after = compared(renamed, against).set_index("region")[FIGURES]
    order = [names[name] for name in before.index]
    np.testing.assert_allclose(after.loc[order], before, rtol=1e-7, atol=1e-12)


@settings(max_examples=5)
@given(seed=st.integers(0, 10_000))
def test_merging_identical_regions_leaves_value_and_overall(seed: int) -> None:
    frame = overlapping(60, seed).assign(beneficiary_id=range(60))
    twin = frame[frame["region"] == "R1"].assign(region="R1b")
    twin["beneficiary_id"] += 1000
    frame = pd.concat([frame, twin], ignore_index=True)
    apart = compared(frame, "overall").set_index("region")
    together = compared(frame.replace({"region": {"R1b": "R1"}}), "overall").set_index("region")
    assert together["reference"].iloc[0] == pytest.approx(apart["reference"].iloc[0], rel=1e-12)
    assert together.loc["R1", "value"] == pytest.approx(apart.loc["R1b", "value"], rel=1e-12)
    assert together.loc["R3", "difference_se"] == pytest.approx(
        apart.loc["R3", "difference_se"], rel=1e-9
    )


# Edges ----------------------------------------------------------------------------------------


def only_row(frame: pd.DataFrame, region: str) -> pd.Series:
    return frame[frame["region"] == region].iloc[0]


@pytest.mark.parametrize("against", ["rest", "overall"])
def test_one_region_has_nothing_to_compare_with(against: str) -> None:
    found = compared(frame_of(BY_HAND).assign(region="N"), against)
    assert found["value"].tolist() == [8 / 3]
    assert found[FIGURES[1:]].isna().all(axis=None)
    assert found["note"].tolist() == ["Not compared: there is no other group."]


def test_a_region_with_one_operation_has_a_difference_but_no_error() -> None:
    found = compared(frame_of(BY_HAND).assign(region=["N", "S", "S", "S"]))
    row = only_row(found, "N")
    assert row["difference"] == pytest.approx(1 - 3)
    assert np.isnan(row["difference_p"]) and np.isnan(row["ratio_lower"])
    assert row["note"] == "No interval: one beneficiary only."
    assert only_row(found, "S")["note"] == "No interval: one beneficiary only in the rest."


def test_no_private_money_anywhere() -> None:
    found = compared(frame_of(BY_HAND).assign(private_amount=0.0))
    assert found["difference"].tolist() == [0, 0]
    assert found[["difference_se", "difference_p", "ratio", "ratio_p"]].isna().all(axis=None)
    assert found["note"].str.contains("do not vary").all()
    assert found["note"].str.contains("No ratio: a numerator is not above zero.").all()


def test_no_private_money_in_one_region() -> None:
    frame = frame_of(BY_HAND)
    frame.loc[frame["region"] == "N", "private_amount"] = 0.0
    row = only_row(compared(frame), "N")
    assert row["difference"] == -3 and row["difference_se"] > 0
    assert np.isnan(row["ratio"]) and np.isnan(row["ratio_p"])


def test_no_public_money_in_one_region() -> None:
    frame = frame_of(BY_HAND)
    frame.loc[frame["region"] == "N", "public_amount"] = 0.0
    found = compared(frame)
    assert only_row(found, "N")["note"] == "Not defined: the denominator is zero."
    assert only_row(found, "S")["note"] == "Not compared: the denominator of the rest is zero."
    assert found["difference"].isna().all()


def test_missing_region_is_in_the_rest_but_not_compared() -> None:
    frame = pd.concat([frame_of(BY_HAND), frame_of(BY_HAND).assign(region=None)])
    frame["beneficiary_id"] = range(8)
    found = compared(frame)
    unknown = found[found["region"].isna()].iloc[0]
    assert unknown["value"] == pytest.approx(16 / 6)
    assert np.isnan(unknown["difference"])
    assert unknown["note"] == "Not compared: region is not known."
    assert only_row(found, "N")["reference"] == pytest.approx((12 + 16) / (4 + 6))


def test_amounts_not_known_in_a_region() -> None:
    frame = frame_of(BY_HAND)
    frame.loc[frame["region"] == "N", "private_amount"] = None
    row = only_row(compared(frame), "N")
    assert np.isnan(row["value"]) and row["note"].startswith("Not known")


def test_rows_left_out_are_counted() -> None:
    frame = frame_of(BY_HAND)
    frame.loc[0, "private_amount"] = None
    note = only_row(compared(frame), "N")["note"]
    assert note == "1 of 2 rows left out: a side is not known. No interval: one beneficiary only."


def test_totals_of_calls_have_a_difference_but_no_error() -> None:
    """Units may stand in several calls, and derived totals do not vary by themselves."""
    calls = frame_of(
        """
        | call_id | year | smes_count | public_amount | additional_investment_amount |
        | ------- | ---- | ---------- | ------------- | ---------------------------- |
        | a       | 2017 | 10         | 100           | 200                          |
        | b       | 2017 | 20         | 100           | 100                          |
        | c       | 2018 | 10         | 100           | 100                          |
        | d       | 2018 | 10         | 100           | 300                          |
        """
    )
    facts = frame_of(
        """
        | table | key | column                       | kind    | source |
        | ----- | --- | ---------------------------- | ------- | ------ |
        | calls | a   | additional_investment_amount | derived | x      |
        """
    )
    plain, derived = (
        da.Programme.from_frames(calls=calls, **more) for more in ({}, {"facts": facts})
    )
    cost = contrasts(plain, "public_cost_per_sme", by="year").frame
    assert cost["difference_se"].isna().all() and cost["difference"].notna().all()
    assert cost["note"].tolist() == ["No interval: a unit may stand in several calls."] * 2
    assert contrasts(plain, "private_per_public", by="year").frame["difference_se"].notna().all()
    none = contrasts(derived, "private_per_public", by="year").frame
    assert none["note"].str.endswith("the figures of single calls were not observed.").all()
    assert ranks(plain, "public_cost_per_sme", by="year").frame["rank"].isna().all()
    assert partial_pooling(derived, "private_per_public", by="year").frame["pooled"].isna().all()


def test_by_year_and_by_two_columns() -> None:
    frame = overlapping(80, seed=2).assign(year=[2019, 2020] * 40)
    assert compared(frame, by="year", against="2019")["difference"].notna().tolist() == [
        False,
        True,
    ]
    both = contrasts(programme(frame), "private_per_public", by=["region", "year"])
    assert len(both.frame) == 8 and both.labels()[0] == "R0, 2019"


@pytest.mark.parametrize(
    ("indicator", "options", "error", "words"),
    [
        ("public", {}, IndicatorError, "is a total"),
        ("private_per_public", {"against": "Nord"}, UsageError, "There is no group 'Nord'"),
        ("private_per_public", {"by": ()}, UsageError, "Nothing to compare by"),
        ("private_per_public", {"by": "regon"}, UsageError, "Did you mean 'region'"),
        ("private_per_public", {"level": 95}, UsageError, "not between 0 and 1"),
        ("paid_per_committed", {}, UsageError, "There is no indicator"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    indicator: str, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    given = {"by": "region", **options}
    with pytest.raises(error, match=words):
        contrasts(programme(frame_of(BY_HAND)), indicator, **given)


def test_result_says_what_it_is_and_draws_itself() -> None:
    found = contrasts(da.simulate(seed=1, operations=200), "private_per_public", by="region")
    assert found.heading.endswith("difference from the rest")
    assert any("Simulated data" in caveat for caveat in found.caveats)
    assert any("one family of tests" in caveat for caveat in found.caveats)
    assert "degrees of freedom" in found.frame["method"].iloc[0]
    assert len(found.plot().get_yticklabels()) == len(found.frame)
    assert "<table" in found._repr_html_()
    assert repr(found).startswith("<Comparison: ")


def test_conditions_that_no_row_meets() -> None:
    programme = da.simulate(seed=1, operations=60)
    given = {"by": "region", "where": {"fund": ["none"]}}
    for compare in (contrasts, ranks, partial_pooling):
        found = compare(programme, "private_per_public", **given)  # type: ignore[operator]
        assert found.frame["value"].isna().all()
        assert found.frame["note"].eq("Not defined: no row counts here.").all()
        found.plot()


def test_a_benchmark_that_is_not_defined() -> None:
    frame = frame_of(BY_HAND)
    frame.loc[frame["region"] == "N", "public_amount"] = 0.0
    row = only_row(compared(frame, "N"), "S")
    assert row["note"] == "Not compared: the denominator of 'N' is zero."
    assert np.isnan(row["difference"])
