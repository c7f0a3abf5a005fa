"""Discounting and incremental cost-effectiveness: worked numbers, peers, coverage."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difass_analysis.errors import SchemaError, UsageError
from difass_analysis.finance.discounting import (
    discount_factors,
    discount_schedules,
    present_value,
)
from difass_analysis.finance.increments import Units, incremental


@pytest.mark.parametrize(
    ("schedule", "year", "factor"),
    [
        ("green_book", 10, 0.7089188),
        ("green_book", 30, 0.3562784),
        ("green_book", 31, 0.3459014),
        ("green_book", 40, 0.2651046),
        ("eu_2014_cohesion", 10, 0.6139133),
        ("eu_2021", 10, 0.7440939),
    ],
)
def test_worked_discount_factors(schedule, year, factor):
    assert round(discount_factors(year, schedule=schedule)[-1], 7) == factor


def test_factors_are_chained_where_the_rate_changes():
    factors = discount_factors(80, schedule="green_book")
    assert factors[31] == factors[30] / 1.03
    assert factors[76] == pytest.approx(factors[75] / 1.025, rel=1e-12)
    assert factors[31] != pytest.approx(1.03**-31)


@given(
    amounts=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40),
    rate=st.floats(0, 0.2),
)
@settings(deadline=None)
def test_present_values_are_those_of_numpy_financial(amounts, rate):
    peer = pytest.importorskip("numpy_financial")
    found = present_value(amounts, price_basis="current", rate=rate)
    assert found.total == pytest.approx(peer.npv(rate, amounts), rel=1e-9, abs=1e-6)


def test_real_rates_want_constant_prices():
    with pytest.raises(UsageError, match="the rates of 'eu_2021' are real"):
        present_value([1, 2], price_basis="current", schedule="eu_2021")
    found = present_value([1, 2], price_basis="constant:2020", schedule="eu_2021")
    assert any("was not read at its source" in text for text in found.caveats)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"years": 10}, "not both"),
        ({"years": 10, "schedule": "eu_2021", "rate": 0.03}, "not both"),
        ({"years": 10, "schedule": "eu_1999"}, "no schedule 'eu_1999'"),
        ({"years": 31, "schedule": "eu_2021"}, "ends with year 30"),
        ({"years": -1, "rate": 0.03}, "below 0"),
        ({"years": 1, "rate": -1}, "no factor"),
        ({"years": 1, "rate": float("nan")}, "no factor"),
    ],
)
def test_impossible_discounting_is_refused(arguments, message):
    years = arguments.pop("years")
    with pytest.raises(UsageError, match=message):
        discount_factors(years, **arguments)


def test_an_unknown_amount_is_not_discounted():
    with pytest.raises(UsageError, match="not known"):
        present_value([1, float("nan")], price_basis="current", rate=0.03)


def test_every_schedule_has_a_source_and_a_status_and_no_gap():
    table = discount_schedules()
    assert table[["source", "status", "what"]].notna().all(axis=None)
    for _, rows in table.groupby("schedule"):
        assert rows["from_year"].iloc[0] == 0
        later = rows["from_year"].to_numpy()[1:]
        assert (later == rows["to_year"].to_numpy()[:-1] + 1).all()


def units(seed, *, n=60, cost=3000.0, effect=1.0):
    """Rows of two schemes whose true differences are known."""
    rng = np.random.default_rng(seed)
    parts = []
    for name, more in (("old", 0.0), ("new", 1.0)):
        gain = rng.normal(1.0 + more * effect, 1.0, n)
        spent = 5000 + more * cost + 800 * gain + rng.normal(0, 1500, n)
        parts.append(pd.DataFrame({"scheme": name, "cost_amount": spent, "effect": gain}))
    return pd.concat(parts, ignore_index=True)


def test_a_worked_increment():
    rows = pd.DataFrame(
        {
            "scheme": ["a", "a", "a", "b", "b", "b"],
            "cost_amount": [1, 2, 3, 6, 7, 8],
            "effect": [0, 1, 2, 4, 5, 6],
        }
    )
    row = incremental(rows, against="a").frame.iloc[0]
    # Means 2 and 7, 1 and 5; variances of the means 1/3 each, and so is the covariance.
    assert (row["cost_difference"], row["effect_difference"], row["value"]) == (5.0, 4.0, 1.25)
    assert row["cost_se"] == pytest.approx(np.sqrt(2 / 3))
    assert row["covariance"] == pytest.approx(2 / 3)


def test_fieller_covers_the_true_ratio():
    # True increments: cost 3,000 + 800 for each unit of effect, effect 1.
    hits = 0
    for seed in range(300):
        row = incremental(units(seed), against="old").frame.iloc[0]
        hits += row["lower"] <= 3800 <= row["upper"]
    assert 0.92 <= hits / 300 <= 0.98


def test_acceptability_is_the_share_of_draws_that_pay():
    found = incremental(units(1), against="old")
    row = found.frame.iloc[0]
    matrix = [
        [row["cost_se"] ** 2, row["covariance"]],
        [row["covariance"], row["effect_se"] ** 2],
    ]
    centre = [row["cost_difference"], row["effect_difference"]]
    draws = np.random.default_rng(7).multivariate_normal(centre, matrix, 200_000)
    for worth in (2000.0, 4000.0, 8000.0):
        share = (worth * draws[:, 1] > draws[:, 0]).mean()
        shown = found.acceptability([worth])["probability"].iloc[0]
        assert shown == pytest.approx(share, abs=0.005)


@pytest.mark.parametrize(
    ("cost", "effect", "note"),
    [
        (-5000.0, 3.0, "cheaper and more effective"),
        (5000.0, -3.0, "dearer and less effective"),
        (3000.0, 0.0, "the difference in effect may be zero"),
    ],
)
def test_what_is_no_price_is_not_printed_as_one(cost, effect, note):
    row = incremental(units(5, cost=cost, effect=effect), against="old").frame.iloc[0]
    assert note in row["note"]
    assert np.isnan(row["lower"])


def test_as_dear_and_less_effective_has_no_price():
    rows = pd.DataFrame(
        {
            "scheme": ["old"] * 3 + ["new"] * 3,
            "cost_amount": [1, 2, 3] * 2,
            "effect": [4, 5, 6, 0, 1, 2],
        }
    )
    row = incremental(rows, against="old").frame.iloc[0]
    assert np.isnan(row["value"]) and np.isnan(row["lower"])
    assert "as dear and less effective" in row["note"]


def test_rows_of_one_cluster_are_not_independent():
    rows = units(2)
    often = pd.concat([rows.assign(firm=range(len(rows)))] * 5, ignore_index=True)
    alone = incremental(rows, against="old").frame.iloc[0]
    clustered = incremental(often, against="old", cluster="firm").frame.iloc[0]
    naive = incremental(often, against="old").frame.iloc[0]
    assert clustered["cost_se"] == pytest.approx(alone["cost_se"])
    assert naive["cost_se"] < 0.5 * alone["cost_se"]


def test_rows_without_a_value_are_left_out_and_counted():
    rows = units(2)
    rows.loc[:4, "effect"] = np.nan
    found = incremental(rows, against="old", units=Units(cost="EUR", effect="jobs"))
    assert "5 rows without cost or effect are left out." in found.caveats


def test_bad_rows_are_refused():
    with pytest.raises(SchemaError, match="no column 'effect'"):
        incremental(units(1).drop(columns="effect"), against="old")
    with pytest.raises(SchemaError, match="no number"):
        incremental(units(1).assign(effect="much"), against="old")
    with pytest.raises(UsageError, match="belongs to the scheme 'older'"):
        incremental(units(1), against="older")


def test_one_unit_is_named_as_the_reason_for_no_interval():
    rows = pd.DataFrame({"scheme": ["a", "b"], "cost_amount": [1, 3], "effect": [1, 2]})
    row = incremental(rows, against="a").frame.iloc[0]
    assert row["value"] == 2
    assert "one unit in a scheme" in row["note"] and "may be zero" not in row["note"]
