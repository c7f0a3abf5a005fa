"""Heterogeneity and pooling: by hand, equal to R metafor and statsmodels, and at the edges."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

import difass_analysis as da
from difass_analysis.comparison import heterogeneity, partial_pooling
from difass_analysis.errors import UsageError
from tests.tables import assert_shows, frame_of

REFERENCE = Path(__file__).parent / "reference" / "heterogeneity.csv"


def rows_of_reference() -> list[dict[str, str]]:
    with REFERENCE.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.mark.parametrize(
    "row", rows_of_reference(), ids=lambda row: f"{row['method']}-{row['name']}"
)
def test_equals_metafor(row: dict[str, str], shared: Path) -> None:
    effects = pd.read_csv(shared / "data" / "methods" / "bcg_log_risk_ratios.csv")
    found = heterogeneity(
        effects["yi"],
        np.sqrt(effects["vi"]),
        method=row["method"],  # type: ignore[arg-type]
        knapp_hartung=row["knapp_hartung"] == "true",
    )
    name, _, number = row["name"].partition("_")
    value = found.units["shrunken"][int(number)] if name == "shrunken" else None
    digits = len(row["value"].partition(".")[2])
    assert round(getattr(found, row["name"]) if value is None else value, digits) == float(
        row["value"]
    )


@pytest.mark.parametrize(("method", "theirs"), [("PM", "iterated"), ("DL", "chi2")])
def test_equals_statsmodels(method: str, theirs: str) -> None:
    generator = np.random.default_rng(2)
    y, v = generator.normal(0, 1, 12), generator.uniform(0.05, 0.6, 12)
    options = {"method_re": theirs, "use_t": False}
    if theirs == "iterated":
        options |= {"atol": 1e-9}  # its iteration ends at 0 when asked for more
    wanted = combine_effects(y, v, **options)
    found = heterogeneity(y, np.sqrt(v), method=method)  # type: ignore[arg-type]
    assert found.tau2 == pytest.approx(wanted.tau2, rel=1e-6)
    assert found.mean == pytest.approx(wanted.mean_effect_re, rel=1e-6)
    assert found.q == pytest.approx(wanted.q)


def test_by_hand() -> None:
    """1, 2 and 6 with error 1 each have mean 3 and squares 4 + 1 + 9 = 14 = Q; two are expected.

    With equal errors Q falls as 14 / (1 + tau2), so that tau2 = 14 / 2 - 1 = 6 by all methods;
    I2 = 6 / 7, the mean has variance 7 / 3, and a value keeps 6 / 7 of its distance from it.
    """
    for method in ("PM", "REML", "DL"):
        found = heterogeneity([1, 2, 6], [1, 1, 1], method=method)  # type: ignore[arg-type]
        assert (found.q, found.df) == (14, 2)
        assert found.tau2 == pytest.approx(6)
        assert found.i2_share == pytest.approx(6 / 7)
        assert found.se == pytest.approx(np.sqrt(7 / 3))
        assert found.p == pytest.approx(stats.chi2.sf(14, 2))
        assert found.tau2_lower == pytest.approx(14 / stats.chi2.ppf(0.975, 2) - 1)
        assert found.tau2_upper == pytest.approx(14 / stats.chi2.ppf(0.025, 2) - 1)
        reach = stats.norm.ppf(0.975) * np.sqrt(6 + 7 / 3)
        assert found.prediction_upper == pytest.approx(3 + reach)
        error = np.sqrt(6 / 7 + 1 / 49 * 7 / 3)
        assert found.units["shrunken_se"].tolist() == pytest.approx([error] * 3)
        assert_shows(
            found.units,
            """
            | value | se  | weight_share | shrunken |
            | ----- | --- | ------------ | -------- |
            | 1.0   | 1.0 | 0.333        | 1.286    |
            | 2.0   | 1.0 | 0.333        | 2.143    |
            | 6.0   | 1.0 | 0.333        | 5.571    |
            """,
        )


def test_no_difference_beyond_chance_pools_completely() -> None:
    found = heterogeneity([1.0, 1.1, 0.9], [1.0, 1.0, 1.0], knapp_hartung=True)
    assert (found.tau2, found.tau2_lower, found.i2_share) == (0, 0, 0)
    assert found.units["shrunken"].tolist() == pytest.approx([1.0] * 3)
    assert found.se == pytest.approx(np.sqrt(1 / 3))  # not smaller than chance allows


@pytest.mark.parametrize(("values", "k"), [([2.0], 1), ([], 0), ([2.0, np.nan], 1)])
def test_one_unit_says_nothing_about_differences(values: list[float], k: int) -> None:
    found = heterogeneity(values, [1.0] * len(values))
    assert found.k == k
    assert np.isnan([found.q, found.p, found.tau2, found.i2_share, found.prediction_lower]).all()
    assert "differences need two units" in found.note
    assert len(found.units) == len(values)


def test_two_units_are_said_to_be_few() -> None:
    assert heterogeneity([1.0, 3.0], [1.0, 1.0]).note.startswith("Only 2 units")


@pytest.mark.parametrize(
    ("values", "errors", "options"),
    [
        ([1.0], [0.0], {}),
        ([1.0, 2.0], [1.0], {}),
        ([1.0], [np.inf], {}),
        ([1.0], [1.0], {"method": "EB"}),
        ([1.0], [1.0], {"level": 0}),
    ],
)
def test_wrong_input_is_refused(values, errors, options) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError):
        heterogeneity(values, errors, **options)


@given(
    data=st.lists(st.tuples(st.floats(-100, 100), st.floats(0.05, 20)), min_size=2, max_size=12),
    method=st.sampled_from(["PM", "REML", "DL"]),
    factor=st.sampled_from([1e-6, 3.0, 1e6]),
)
def test_units_of_measurement_do_not_matter(
    data: list[tuple[float, float]], method: str, factor: float
) -> None:
    y, se = (np.array(part) for part in zip(*data, strict=True))
    one = heterogeneity(y, se, method=method)  # type: ignore[arg-type]
    other = heterogeneity(-factor * y[::-1], factor * se[::-1], method=method)  # type: ignore[arg-type]
    small = float((se**2).min())
    assert one.tau2 >= 0 and one.tau2_lower <= one.tau2_upper
    assert other.tau2 / factor**2 == pytest.approx(one.tau2, rel=1e-5, abs=1e-6 * small)
    assert other.mean / factor == pytest.approx(-one.mean, rel=1e-5, abs=1e-4)
    between = (one.units["shrunken"] - one.mean) * (one.units["value"] - one.mean)
    assert (between >= -1e-9).all()
    assert ((one.units["shrunken"] - one.mean).abs() <= (y - one.mean).__abs__() + 1e-9).all()


# On a programme -------------------------------------------------------------------------------

REGIONS = """
| operation_id | region | public_amount | private_amount |
| ------------ | ------ | ------------- | -------------- |
| a            | N      | 1.0           | 1.0            |
| b            | N      | 1.0           | 2.0            |
| c            | N      | 1.0           | 3.0            |
| d            | S      | 1.0           | 2.0            |
| e            | S      | 1.0           | 3.0            |
| f            | S      | 1.0           | 4.0            |
| g            | W      | 1.0           | 5.0            |
| h            |        | 1.0           | 5.0            |
"""


def regions(frame: pd.DataFrame | None = None) -> da.Programme:
    return da.Programme.from_frames(operations=frame_of(REGIONS) if frame is None else frame)


def test_regions_are_pooled_as_logarithms() -> None:
    """Leaving one of three out moves N by 0.5, 0 and -0.5; 7/8 of that for 8 operations."""
    found = partial_pooling(regions(), "private_per_public", by="region")
    pooled = found.heterogeneity
    error = np.sqrt(7 / 8 * 0.5)
    assert found.logarithms and pooled.k == 2
    assert pooled.units["se"].iloc[:2].tolist() == pytest.approx([error / 2, error / 3])
    wanted = heterogeneity(np.log([2, 3]), [error / 2, error / 3], knapp_hartung=True)
    assert found.frame["pooled"].iloc[:2].tolist() == pytest.approx(
        np.exp(wanted.units["shrunken"]).tolist()
    )
    assert found.overall is not None
    assert found.overall.value == pytest.approx(np.exp(wanted.mean))
    assert found.frame["note"].iloc[2] == "Not pooled: one operation only."
    assert found.frame["note"].iloc[3] == "Not pooled: region is not known."
    assert any("Only 2 units" in caveat for caveat in found.caveats)
    assert len(found.plot().get_yticklabels()) >= 5


def test_large_differences_are_left_and_chance_is_taken_away() -> None:
    found = partial_pooling(da.simulate(seed=1), "private_per_public", by="region")
    small, large = found.frame.set_index("region").loc[["ITF2", "FRI"]].to_dict("records")
    assert abs(np.log(small["pooled"] / small["value"])) > 0.05
    assert abs(np.log(large["pooled"] / large["value"])) < 0.01
    assert found.heterogeneity.i2_share > 0.5
    assert any(caveat.startswith("Differences between 7 groups") for caveat in found.caveats)


def test_no_private_money_anywhere() -> None:
    frame = frame_of(REGIONS).assign(private_amount=0.0)
    found = partial_pooling(regions(frame), "private_per_public", by="region")
    assert found.frame["pooled"].isna().all()
    assert found.frame["note"].iloc[0].startswith("Not pooled: the ratios do not vary")
    assert found.overall is None


def test_a_region_at_zero_is_pooled_as_it_is() -> None:
    frame = frame_of(REGIONS)
    frame.loc[:2, "private_amount"] = [-1.0, 0.0, 1.0]
    found = partial_pooling(regions(frame), "private_per_public", by="region")
    assert not found.logarithms
    with pytest.raises(UsageError, match="no logarithm"):
        partial_pooling(regions(frame), "private_per_public", by="region", scale="log")
    with pytest.raises(UsageError, match="There is no scale"):
        partial_pooling(regions(), "private_per_public", by="region", scale="logit")  # type: ignore[arg-type]
