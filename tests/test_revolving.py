"""Revolving funds: closed forms, projection, break-even, measures of a fund, and estimates."""

from dataclasses import replace
from math import isnan, nan

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import difass_analysis as da
from benchmarks.fund_study import Fund, coverage, simulated_fund
from difass_analysis.errors import InputError, UsageError
from difass_analysis.finance import (
    FundAssumptions,
    break_even,
    cycles_until,
    fund_parameters,
    inflation_of_cycle,
    lending_limit,
    project_fund,
    retention,
    revolving,
    total_lent,
)
from difass_analysis.programme import Programme
from difass_analysis.programme.settings import Settings
from tests.tables import frame_of

PLAIN = FundAssumptions(
    capital=100,
    currency="EUR",
    loss=0.06,
    net_cost=0.03,
    yield_kept=0.04,
    inflation=0.02,
    cycle_years=2,
)
UNSURE = FundAssumptions(
    capital=1_000_000,
    currency="EUR",
    loss=(0.02, 0.05, 0.12),
    net_cost=(0.02, 0.03, 0.05),
    yield_kept=0.06,
    inflation=(0.01, 0.02, 0.04),
    cycle_years=2.5,
    loss_variation=0.5,
    union_share=0.5,
    cofinance=0.6,
)


# --- closed forms --------------------------------------------------------------------


def test_worked_numbers():
    q = retention(loss=0.06, net_cost=0.03, yield_kept=0.04)
    assert round(q, 12) == 0.95
    assert round(total_lent(1, retention=0.95, cycles=4), 4) == 3.7099
    assert round(lending_limit(1, retention=0.95), 10) == 20


@given(
    capital=st.floats(0, 1e9),
    q=st.floats(0, 0.999),
    cycles=st.integers(1, 60),
)
def test_total_lent_is_the_geometric_sum_below_its_limit(capital, q, cycles):
    lent = total_lent(capital, retention=q, cycles=cycles)
    assert lent == pytest.approx(capital * (1 - q**cycles) / (1 - q), rel=1e-9)
    assert lent <= lending_limit(capital, retention=q) * (1 + 1e-9)


def test_a_fund_that_loses_nothing_has_no_limit():
    assert total_lent(5, retention=1, cycles=3) == 15
    assert isnan(lending_limit(1, retention=1)) and isnan(lending_limit(1, retention=1.1))
    assert isnan(cycles_until(0.5, retention=1.0))


def test_half_is_left_after_the_stated_cycles():
    cycles = cycles_until(0.5, retention=0.95)
    assert 0.95**cycles == pytest.approx(0.5)


@pytest.mark.parametrize(
    "call",
    [
        lambda: retention(loss=6, net_cost=0, yield_kept=0),
        lambda: retention(loss=0.1, net_cost=-0.1, yield_kept=0),
        lambda: retention(loss=nan, net_cost=0, yield_kept=0),
        lambda: total_lent(1, retention=0.9, cycles=0),
        lambda: total_lent(-1, retention=0.9, cycles=2),
        lambda: inflation_of_cycle(0.02, cycle_years=0),
        lambda: cycles_until(1.5, retention=0.9),
    ],
)
def test_what_cannot_be_is_refused(call):
    with pytest.raises(UsageError):
        call()


# --- projection ----------------------------------------------------------------------


def at(projection, quantity, cycle):
    rows = projection.frame
    return rows[(rows["quantity"] == quantity) & (rows["cycle"] == cycle)].iloc[0]


def test_projection_without_uncertainty_is_the_closed_form():
    found = project_fund(PLAIN, cycles=4, runs=200)
    lent = at(found, "lent", 4)
    assert lent["central"] == pytest.approx(370.99, abs=0.005)
    assert lent[["p5", "p50", "p95"]].tolist() == pytest.approx([lent["central"]] * 3)
    assert at(found, "capital", 4)["central"] == pytest.approx(100 * 0.95**4)
    real = at(found, "real_capital", 4)
    assert real["central"] == pytest.approx(100 * 0.95**4 / 1.02**8)
    assert real["year"] == 8


def test_the_same_seed_gives_the_same_fan_and_another_one_does_not():
    first, again = (project_fund(UNSURE, cycles=5, runs=500, seed=3).frame for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(project_fund(UNSURE, cycles=5, runs=500, seed=4).frame)


def test_percentiles_rise_and_open_with_time():
    found = project_fund(UNSURE, cycles=6, runs=2_000)
    spread = found.frame[["p5", "p25", "p50", "p75", "p95"]].to_numpy()
    assert (np.diff(spread, axis=1) >= 0).all()
    capital = found.frame[found.frame["quantity"] == "capital"]
    assert (np.diff(capital["p95"] - capital["p5"]) > 0).all()


def test_median_of_the_runs_is_that_of_the_triangle():
    wide = FundAssumptions(
        capital=1.0, currency="EUR", loss=(0.0, 0.1, 0.5), net_cost=0.0, yield_kept=0.0,
        inflation=0.0, cycle_years=1,
    )  # fmt: skip
    found = project_fund(wide, cycles=1, runs=200_000, seed=1)
    # The median of a triangle of 0, 0.1, 0.5 is 0.5 - sqrt(0.5 * 0.4 / 2).
    assert at(found, "capital", 1)["p50"] == pytest.approx(1 - (0.5 - 0.1**0.5), abs=0.002)


def test_loss_varies_between_cycles_around_a_level_that_is_known():
    known = FundAssumptions(**(vars(PLAIN) | {"loss_variation": 0.5, "inflation": 0.0}))
    found = project_fund(known, cycles=1, runs=200_000, seed=1)
    row = at(found, "capital", 1)
    # Gamma with mean 0.06 and shape 4: quantiles 0.05 and 0.95 of a standard gamma of shape 4.
    expected = [101 - 100 * 0.06 / 4 * quantile for quantile in (7.753657, 1.366318)]
    assert row[["p5", "p95"]].tolist() == pytest.approx(expected, abs=0.1)


def test_leverage_of_the_first_round_stands_apart_from_revolving():
    figures = project_fund(UNSURE, cycles=8, runs=500).figures.set_index("figure")["value"]
    assert figures["first_round_leverage"] == pytest.approx((1 + 0.6) / 0.5)
    assert figures["retention"] == pytest.approx(0.98)
    expected = total_lent(1, retention=0.98, cycles=8)
    assert figures["revolving_factor"] == pytest.approx(expected)
    assert any("not multiplied" in text for text in project_fund(PLAIN, cycles=2).caveats)


def test_every_assumption_is_in_the_table():
    table = project_fund(UNSURE, cycles=2, runs=100).assumptions
    names = set(FundAssumptions.__dataclass_fields__) - {"currency"}
    assert set(table["assumption"]) == names
    assert (table["source"] == "no source given").all()


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"capital": 0}, UsageError),
        ({"currency": ""}, InputError),
        ({"loss": (0.1, 0.05, 0.2)}, UsageError),
        ({"loss": 6}, UsageError),
        ({"union_share": 0}, UsageError),
        ({"cycle_years": 0}, UsageError),
        ({"loss_variation": -1}, UsageError),
    ],
)
def test_assumptions_that_cannot_be_are_refused(changed, error):
    with pytest.raises(error):
        project_fund(FundAssumptions(**(vars(PLAIN) | changed)), cycles=2)


def test_fan_says_that_it_is_a_projection():
    axes = project_fund(UNSURE, cycles=4, runs=200).plot(quantity="lent")
    texts = [text.get_text() for text in axes.figure.texts]
    assert texts[0].startswith("Projection:")
    with pytest.raises(UsageError, match="capital"):
        project_fund(UNSURE, cycles=4, runs=200).plot(quantity="capitol")


# --- break-even ----------------------------------------------------------------------


@settings(max_examples=15)
@given(
    loss=st.floats(0, 0.2),
    cost=st.floats(0, 0.1),
    kept=st.floats(0, 0.4),
    inflation=st.floats(-0.01, 0.05),
    years=st.floats(0.5, 5),
)
def test_at_break_even_the_projection_keeps_its_real_value(loss, cost, kept, inflation, years):
    given_ = FundAssumptions(
        capital=100, currency="EUR", loss=loss, net_cost=cost, yield_kept=kept,
        inflation=inflation, cycle_years=years,
    )  # fmt: skip
    found = break_even(given_).frame
    known = found[found["note"] == ""]
    assert known["check"].to_numpy() == pytest.approx(1, abs=1e-9)
    assert (found["note"] != "").eq(found["break_even"].isna()).all()


def test_break_even_by_hand():
    found = break_even(PLAIN).frame.set_index("assumption")
    growth = 1.02**2 - 1
    assert found.loc["yield_kept", "break_even"] == pytest.approx(0.09 + growth)
    assert isnan(found.loc["loss", "break_even"])
    assert "would have to be" in found.loc["loss", "note"]


# --- measures of a fund --------------------------------------------------------------

FUND = """
| fund_id | year | paid_in_amount | eu_paid_in_amount | disbursed_amount | reused_amount | repaid_amount | cofinance_amount | financial_revenue_amount | financial_expense_amount | operating_expense_amount | provision_amount | legacy_amount |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
| F | 2015 | 600 | 300 | 500 | 0   | 0   | 250 | 10 | 0 | 20 | 10 |     |
| F | 2016 | 1000 | 500 | 400 | 0   | 100 | 200 | 30 | 0 | 20 | 20 |     |
| F | 2017 | 1000 | 500 | 500 | 400 | 420 | 50  | 40 | 0 | 20 | 20 | 970 |
"""  # noqa: E501


def programme(text, **changed):
    frame = frame_of(text).assign(**changed)
    return Programme.from_frames(funds=frame)


def measured(source):
    return revolving(source).frame.set_index("measure")


def test_measures_of_a_fund_by_hand():
    found = measured(programme(FUND))
    assert found.loc["revolving_factor", "value"] == pytest.approx(1400 / 1000)
    assert found.loc["recycled_share", "value"] == pytest.approx(400 / 1000)
    # 80 earned, 60 spent, 50 provided for: 30 lost of 1,400 lent.
    assert found.loc["retention", "value"] == pytest.approx(1 - 30 / 1400)
    assert found.loc["capital_kept", "value"] == pytest.approx(970)
    assert found.loc["legacy", "value"] == pytest.approx(970)
    # First round: 1,000 of the fund and 1,000/1,400 of the 500 lent beside it, by 500 of the Union.
    assert found.loc["first_round_leverage", "value"] == pytest.approx((1000 + 500 / 1.4) / 500)
    kinds = found["kind"].to_dict()
    assert [name for name, kind in kinds.items() if kind == "first round"] == [
        "first_round_leverage"
    ]


def test_without_reused_money_there_are_bounds_and_they_hold_the_truth():
    whole = frame_of(FUND)
    found = measured(Programme.from_frames(funds=whole.drop(columns="reused_amount")))
    row = found.loc["recycled_share"]
    assert isnan(row["value"]) and row["method"] == "bounds"
    assert (row["lower"], row["upper"]) == pytest.approx((0.4, 0.52))
    assert isnan(found.loc["first_round_leverage", "value"])
    assert "reused" in found.loc["first_round_leverage", "note"]


def test_an_amount_that_is_missing_is_named_and_never_zero():
    found = measured(programme(FUND, provision_amount=[10, None, 20]))
    assert isnan(found.loc["retention", "value"])
    assert found.loc["retention", "note"] == "Not known in every year: provision."


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"year": [2015, 2016, 2016]}, "twice"),
        ({"year": [2015, 2016, 2018]}, "no row for 2017"),
        ({"paid_in_amount": [600, 1000, 900]}, "falls in 2017"),
        ({"fund_id": ["F", None, "F"]}, "fund_id"),
    ],
)
def test_years_that_cannot_be_are_refused(changed, words):
    with pytest.raises(InputError, match=words):
        revolving(programme(FUND, **changed))


def test_an_unknown_fund_and_an_unknown_currency_are_refused():
    with pytest.raises(UsageError, match="There is F"):
        revolving(programme(FUND), fund="G")
    settings = Settings(id="x", name="x", currency="")
    with pytest.raises(InputError, match="currency"):
        revolving(Programme.from_frames(settings=settings, funds=frame_of(FUND)))


# --- estimates -----------------------------------------------------------------------

LOANS = """
| loan_id | borrower_id | snapshot_date | maturity_date | principal_amount | outstanding_amount | written_off_amount | overdue_days |
|---|---|---|---|---|---|---|---|
| a | x | 2019-12-31 | 2020-06-30 | 100 | 60  | 0  | 0   |
| a | x | 2020-12-31 | 2020-06-30 | 100 | 0   | 0  | 0   |
| b | y | 2020-12-31 | 2020-06-30 | 300 | 0   | 30 | 0   |
| c | z | 2020-12-31 | 2025-06-30 | 500 | 500 | 0  | 400 |
| d | z | 2019-12-31 | 2020-03-31 | 100 | 0   | 0  | 0   |
| e | w | 2019-12-31 | 2020-03-31 | 100 | 70  | 0  | 10  |
| f | v | 2020-12-31 | 2020-06-30 | 200 | 90  | 0  | 120 |
"""  # noqa: E501


def test_estimates_from_a_small_tape_by_hand():
    found = fund_parameters(Programme.from_frames(loans=frame_of(LOANS))).frame
    rows = found.set_index("parameter")
    # c is not due yet; e left the tape with money outstanding: a, b, d and f remain.
    assert rows.loc["default_rate", ["numerator", "denominator"]].tolist() == [2, 4]
    assert "1 loans left out" in rows.loc["default_rate", "note"]
    assert rows.loc["loss_share", "value"] == pytest.approx(30 / 700)
    assert isnan(rows.loc["relending_share", "value"])
    assert rows.loc["relending_share", "note"].startswith("Not known")


def test_interval_of_the_loss_share_is_that_of_its_logarithm():
    tape, _ = simulated_fund(Fund(loans=400), seed=2)
    rows = fund_parameters(Programme.from_frames(loans=tape)).frame.set_index("parameter")
    row = rows.loc["loss_share"]
    assert row["upper"] / row["value"] == pytest.approx(row["value"] / row["lower"])
    assert np.log(row["upper"] / row["value"]) == pytest.approx(
        1.966 * row["se"] / row["value"], rel=1e-3
    )


def test_without_any_loss_there_is_no_interval_and_a_reason():
    tape, _ = simulated_fund(Fund(loans=50), seed=2)
    rows = fund_parameters(Programme.from_frames(loans=tape.assign(written_off_amount=0.0))).frame
    row = rows.set_index("parameter").loc["loss_share"]
    assert row["value"] == 0 and isnan(row["upper"]) and "nothing was lost" in row["note"]
    rate = rows.set_index("parameter").loc["default_rate"]
    assert rate["value"] == rate["lower"] == 0 and rate["upper"] > 0.05


def test_a_loan_twice_on_its_last_date_is_refused():
    twice = pd.concat([frame_of(LOANS)] * 2)
    with pytest.raises(InputError, match="two rows"):
        fund_parameters(Programme.from_frames(loans=twice))


def test_loans_in_two_currencies_are_refused():
    loans = frame_of(LOANS).assign(currency=["EUR"] * 6 + ["HUF"])
    with pytest.raises(InputError, match="EUR, HUF"):
        fund_parameters(Programme.from_frames(loans=loans))


def test_parts_larger_than_their_whole_are_found():
    wrong = frame_of(FUND).assign(reused_amount=[0, 450, 400], eu_paid_in_amount=[300, 500, 1200])
    found = da.check(Programme.from_frames(funds=wrong)).frame
    assert set(found["rule"]) >= {"relent_above_disbursed", "union_above_paid_in"}
    clean = da.check(Programme.from_frames(funds=frame_of(FUND))).frame
    assert not {"relent_above_disbursed", "union_above_paid_in"} & set(clean["rule"])


def test_without_tables_or_with_a_wrong_level():
    with pytest.raises(InputError, match="neither"):
        fund_parameters(Programme.from_frames(operations=pd.DataFrame({"operation_id": ["a"]})))
    with pytest.raises(UsageError):
        fund_parameters(Programme.from_frames(loans=frame_of(LOANS)), level=95)


def test_intervals_of_simulated_funds_cover_the_truth():
    """Thirty funds: three standard errors around 95 % are 12 points; the study has 1,000."""
    table = coverage(Fund(loans=600), runs=30, seed=11)
    assert (table["coverage"] >= 0.95 - 3 * (0.95 * 0.05 / 30) ** 0.5).all(), table
    assert table["mean"].to_numpy() == pytest.approx(table["truth"].to_numpy(), rel=0.05)
    assert (table["width"] < 0.2).all()


def test_a_wrong_truth_is_not_covered():
    table = coverage(Fund(loans=600, default=0.2), runs=5, seed=11)
    truth = Fund(loans=600, default=0.05).truth
    assert (abs(table["mean"] - table["parameter"].map(truth)) > 0.02)[:2].all()


def test_simulated_fund_is_repeatable_and_balances():
    tape, years = simulated_fund(Fund(loans=100), seed=5)
    pd.testing.assert_frame_equal(tape, simulated_fund(Fund(loans=100), seed=5)[0])
    back = tape["principal_amount"].sum() - tape["written_off_amount"].sum()
    assert years["repaid_amount"].sum() == pytest.approx(back)


def fund_of_years(reused, repaid, paid_in=100.0):
    return Programme.from_frames(
        funds=pd.DataFrame(
            {
                "fund_id": "F",
                "year": range(2015, 2015 + len(reused)),
                "paid_in_amount": paid_in,
                "disbursed_amount": 100.0,
                "reused_amount": reused,
                "repaid_amount": repaid,
            }
        )
    )


def test_a_share_lent_again_is_cut_at_one_and_the_method_says_so():
    programme = fund_of_years([20.0, 40.0, 20.0, 38.0, 21.0], [30.0, 42.0, 22.0, 40.0, 24.0])
    row = fund_parameters(programme).frame.set_index("parameter").loc["relending_share"]
    assert row["value"] == pytest.approx(139 / 158)
    assert row["upper"] == 1.0
    assert row["method"].endswith("cut at 1")


def test_more_lent_again_than_paid_back_is_no_share():
    row = fund_parameters(fund_of_years([30.0, 30.0], [20.0, 20.0])).frame.iloc[-1]
    assert isnan(row["value"]) and isnan(row["upper"])
    assert "no share" in row["note"]


def test_an_unknown_capital_of_the_last_year_is_said():
    programme = fund_of_years([0.0, 10.0], [0.0, 20.0], paid_in=[100.0, None])
    rows = revolving(programme).frame.set_index("measure")
    assert isnan(rows.loc["recycled_share", "value"])
    assert rows.loc["recycled_share", "note"].startswith("Not known: the capital paid in")


def test_more_lent_than_can_have_come_back_gives_no_bounds():
    funds = pd.DataFrame(
        {
            "fund_id": "F",
            "year": [2015, 2016],
            "paid_in_amount": 100.0,
            "disbursed_amount": [100.0, 200.0],
            "repaid_amount": [0.0, 50.0],
        }
    )
    row = revolving(Programme.from_frames(funds=funds)).frame.set_index("measure")
    shown = row.loc["recycled_share"]
    # 200 were lent beyond the capital, 50 came back: that is no 2.0 to 2.0.
    assert isnan(shown["lower"]) and isnan(shown["upper"])
    assert "than was paid back" in shown["note"]


FRACTIONS = """
| fund_id | year | paid_in_amount | disbursed_amount | repaid_amount |
|---------|------|----------------|------------------|---------------|
| F       | 2015 | 100            | 100.0            | 0             |
| F       | 2016 | 100            | 50.3             | 50.3          |
"""


def test_rounding_of_sums_is_no_wrong_amount():
    rows = revolving(Programme.from_frames(funds=frame_of(FRACTIONS))).frame.set_index("measure")
    # 150.3 - 100 is a little more than 50.3 in binary.
    assert rows.loc["recycled_share", ["lower", "upper"]].tolist() == pytest.approx([0.503, 0.503])
    assert rows.loc["recycled_share", "lower"] <= rows.loc["recycled_share", "upper"]
    funds = frame_of(FRACTIONS).assign(reused_amount=[0.1, 0.2], cofinance_amount=0.0)
    funds = funds.assign(disbursed_amount=[0.3, 0.0], eu_paid_in_amount=50.0)
    rows = revolving(Programme.from_frames(funds=funds)).frame.set_index("measure")
    assert rows.loc["recycled_share", "note"] == ""
    assert rows.loc["first_round_leverage", "value"] == pytest.approx(0)


def test_without_known_capital_the_share_lent_again_has_a_reason():
    text = FRACTIONS.replace("| F       | 2016 | 100 ", "| F       | 2016 |     ")
    rows = revolving(Programme.from_frames(funds=frame_of(text))).frame.set_index("measure")
    assert rows.loc["recycled_share", "note"].startswith("Not known: the capital paid in")


def test_more_lent_again_than_lent_is_no_first_round():
    years = fund_of_years([0.0, 150.0], [0.0, 50.0])
    funds = years.table("funds").assign(
        disbursed_amount=[100.0, 20.0], eu_paid_in_amount=50.0, cofinance_amount=0.0
    )
    rows = revolving(Programme.from_frames(funds=funds)).frame.set_index("measure")
    assert isnan(rows.loc["first_round_leverage", "value"])
    assert "wrong" in rows.loc["first_round_leverage", "note"]


def test_where_prices_fall_any_yield_keeps_the_real_value():
    rows = break_even(replace(PLAIN, loss=0.0, net_cost=0.0, inflation=-0.02)).frame
    assert rows.set_index("assumption").loc["yield_kept", "note"].startswith("Any yield_kept")
    rows = break_even(replace(PLAIN, yield_kept=1.5)).frame
    assert rows.set_index("assumption").loc["loss", "note"].startswith("Any loss")


def test_whole_numbers_of_numpy_are_numbers():
    found = project_fund(replace(PLAIN, loss=np.int64(0)), cycles=1).figures
    assert found.set_index("figure").loc["retention", "value"] == pytest.approx(1.01)
    with pytest.raises(UsageError, match="neither a number"):
        project_fund(replace(PLAIN, loss=None), cycles=1)
