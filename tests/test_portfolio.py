"""Loan portfolio: worked figures, bands, derived days, vintages, roll rates, survival, findings."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import difass_analysis as da
from difass_analysis.display.pictures import close, figure_bytes
from difass_analysis.errors import InputError, UsageError
from difass_analysis.finance import (
    Adjustment,
    ageing,
    loan_survival,
    portfolio,
    roll_rates,
    sustainability,
    vintages,
)
from difass_analysis.finance.portfolio_overdue import RULE
from difass_analysis.validation import find_problems
from tests.tables import assert_shows, frame_of

EUR = da.Settings(id="fund", name="a fund", currency="EUR")


def programme_of(loans, settings=EUR, **tables):
    frame = frame_of(loans) if isinstance(loans, str) else loans
    more = {k: frame_of(v) if isinstance(v, str) else v for k, v in tables.items()}
    return da.Programme.from_frames(loans=frame, settings=settings, **more)


def figures(found):
    return dict(zip(found.frame["measure"], found.frame["value"], strict=True))


def notes(found):
    return dict(zip(found.frame["measure"], found.frame["note"], strict=True))


# --- the worked figures of the field's brief ------------------------------------------

FUNDS = """
fund_id | year | financial_revenue_amount | financial_expense_amount | operating_expense_amount | provision_amount | allowance_amount | staff_count
F | 2017 | 180000 | 30000 | 150000 | 20000 | 45000 | 8
"""  # noqa: E501


@pytest.fixture(scope="module")
def worked():
    """Opening 900,000 with 240 borrowers, closing 1,100,000 with 260; 20,000 written off."""
    opening = pd.DataFrame({"loan_id": [f"L{i}" for i in range(240)], "outstanding_amount": 3750.0})
    closing = pd.DataFrame({"loan_id": [f"L{i}" for i in range(1, 261)]})
    closing["outstanding_amount"] = 0.0
    closing.loc[0, "outstanding_amount"] = 60_000.0  # 45 days late
    closing.loc[1, "outstanding_amount"] = 15_000.0  # restructured and current
    closing.loc[2:, "outstanding_amount"] = 1_025_000.0 / 258
    lost = pd.DataFrame({"loan_id": ["L0"], "outstanding_amount": [0.0]})
    frame = pd.concat(
        [
            opening.assign(snapshot_date=dt.date(2016, 12, 31)),
            closing.assign(snapshot_date=dt.date(2017, 12, 31)),
            lost.assign(snapshot_date=dt.date(2017, 12, 31), written_off_amount=20_000.0),
        ],
        ignore_index=True,
    )
    late = (frame["loan_id"] == "L1") & (frame["snapshot_date"] == dt.date(2017, 12, 31))
    soft = (frame["loan_id"] == "L2") & (frame["snapshot_date"] == dt.date(2017, 12, 31))
    number = frame["loan_id"].str[1:].astype(int)
    frame = frame.assign(
        overdue_days=np.where(late, 45.0, 0.0),
        restructured=soft,
        borrower_id="B" + number.astype(str),
        disbursement_date=np.where(number < 240, dt.date(2016, 5, 1), dt.date(2017, 5, 1)),
        written_off_amount=frame["written_off_amount"].fillna(0.0),
        fund_id="F",
        principal_amount=70_000.0,
    )
    return programme_of(frame, funds=FUNDS)


def test_worked_figures(worked):
    value = figures(portfolio(worked))
    assert value["gross_portfolio"] == pytest.approx(1_100_000)
    assert value["average_portfolio"] == pytest.approx(1_000_000)
    assert round(value["par_30"], 4) == 0.0682
    assert round(value["par_30_unrestructured"], 4) == 0.0545
    assert value["par_90"] == pytest.approx(15_000 / 1_100_000)
    assert value["par_90_unrestructured"] == 0
    assert round(value["write_off_ratio"], 4) == 0.02
    assert round(value["operating_expense_ratio"], 4) == 0.15
    assert round(value["portfolio_yield"], 4) == 0.18
    assert round(value["oss"], 4) == 0.90
    assert round(value["cost_per_borrower"], 4) == 600
    assert round(value["borrowers_per_staff"], 4) == 32.5
    assert value["cost_per_loan"] == pytest.approx(150_000 / 21)  # L240 to L260
    assert value["risk_coverage"] == pytest.approx(45_000 / 75_000)


def test_worked_sustainability_shows_each_adjustment(worked):
    two = [
        Adjustment(name="subsidy of the cost of funds", amount=25_000, line="financial expense"),
        Adjustment(name="inflation on equity", amount=10_000, line="financial expense"),
    ]
    found = sustainability(worked, adjustments=two)
    assert_shows(
        found.frame.head(4),
        """
        line              | side    | stated | adjustment | adjusted
        revenue           | revenue | 180,000 | 0      | 180,000
        financial expense | cost    | 30,000  | 35,000 | 65,000
        provision         | cost    | 20,000  | 0      | 20,000
        operating expense | cost    | 150,000 | 0      | 150,000
        """,
    )
    ratios = found.frame.set_index("line")
    assert round(ratios.loc["oss", "stated"], 4) == 0.90
    assert round(ratios.loc["fss", "adjusted"], 4) == 0.7660
    note = found.frame.loc[1, "note"]
    assert note == "subsidy of the cost of funds: +25,000; inflation on equity: +10,000"
    assert len(found.adjustments) == 2


def test_groups_have_the_same_figures_as_the_whole(worked):
    by_fund = portfolio(worked, by=["fund_id"])
    whole = portfolio(worked)
    assert figures(by_fund) == pytest.approx(figures(whole), nan_ok=True)
    by_other = portfolio(worked, by=["restructured"])
    assert (
        by_other.frame.loc[by_other.frame["measure"] == "oss", "note"].tolist()
        == ["Revenue and cost are not known by restructured."] * 2
    )


def test_interval_of_par_is_that_of_a_ratio_of_sums():
    # 400 loans of equal size, 40 of them late: a share of 0.1 with the binomial's error.
    frame = pd.DataFrame(
        {
            "loan_id": [f"L{i}" for i in range(400)],
            "outstanding_amount": 100.0,
            "overdue_days": np.where(np.arange(400) < 40, 60.0, 0.0),
        }
    )
    row = portfolio(programme_of(frame)).frame.set_index("measure").loc["par_30"]
    se = np.sqrt(0.1 * 0.9 / 399) / 0.09
    from scipy.stats import t

    half = t.ppf(0.975, 399) * se
    wanted = [1 / (1 + np.exp(-(np.log(1 / 9) + s * half))) for s in (-1, 1)]
    assert [row["lower"], row["upper"]] == pytest.approx(wanted)


def test_few_loans_at_risk_give_no_interval(worked):
    row = portfolio(worked).frame.set_index("measure").loc["par_30"]
    assert np.isnan(row["lower"])
    assert row["note"].startswith("The balance at risk is that of fewer than 10 loans")


# --- what is undefined ----------------------------------------------------------------


def test_one_date_has_no_flows():
    found = portfolio(
        programme_of(
            """
            loan_id | snapshot_date | outstanding_amount | overdue_days | written_off_amount
            a       | 2017-12-31    | 100                | 0            | 0
            """
        )
    )
    assert np.isnan(found.value("write_off_ratio"))
    assert notes(found)["write_off_ratio"].startswith("One date")


def test_no_balance_is_undefined_and_not_zero():
    found = portfolio(
        programme_of(
            """
            loan_id | snapshot_date | outstanding_amount | overdue_days
            a       | 2017-12-31    | 0                  | 0
            """
        )
    )
    assert np.isnan(found.value("par_30"))
    assert notes(found)["par_30"] == "There is no balance."


def test_unknown_days_give_a_range():
    found = portfolio(
        programme_of(
            """
            loan_id | snapshot_date | overdue_days | outstanding_amount
            a       | 2017-12-31    | 0            | 600
            b       | 2017-12-31    |              | 300
            c       | 2017-12-31    | 45           | 100
            """
        )
    )
    row = found.frame.set_index("measure").loc["par_30"]
    assert np.isnan(row["value"])
    assert (row["lower"], row["upper"], row["method"]) == (0.1, 0.4, "bounds")


def test_a_shorter_period_is_annualised():
    found = portfolio(
        programme_of(
            """
            loan_id | snapshot_date | outstanding_amount | overdue_days | written_off_amount
            a       | 2017-06-30    | 1000               | 0            | 0
            b       | 2017-06-30    | 50                 | 90           | 0
            a       | 2017-12-31    | 1000               | 0            | 0
            b       | 2017-12-31    | 0                  | 0            | 50
            """
        )
    )
    # 50 in 184 days over the average of 1,050 and 1,000.
    assert found.value("write_off_ratio") == pytest.approx(50 / 1025 * 365 / 184)
    assert notes(found)["write_off_ratio"] == "Annualised from 184 days."


def test_a_written_off_loan_that_left_the_tape_still_counts():
    found = portfolio(
        programme_of(
            """
            loan_id | snapshot_date | outstanding_amount | overdue_days | written_off_amount
            a       | 2016-12-31    | 1000               | 0            | 0
            b       | 2016-12-31    | 0                  | 0            | 70
            c       | 2016-12-31    | 50                 | 0            | 0
            a       | 2017-06-30    | 1000               | 0            | 0
            c       | 2017-06-30    | 0                  | 0            | 50
            a       | 2017-12-31    | 1000               | 0            | 0
            """
        )
    )
    assert found.value("written_off_amount") == 50  # not the 70 of an earlier year


# --- ageing and bands -----------------------------------------------------------------

AGES = """
loan_id | snapshot_date | outstanding_amount | overdue_days | restructured
a       | 2017-12-31    | 500                | 0            | false
b       | 2017-12-31    | 200                | 1            | true
c       | 2017-12-31    | 100                | 30           | false
d       | 2017-12-31    | 80                 | 31           | false
e       | 2017-12-31    | 60                 | 90           | false
f       | 2017-12-31    | 40                 | 180          | false
g       | 2017-12-31    | 20                 | 181          | false
"""


def test_ageing_by_the_edges_of_its_bands():
    found = ageing(programme_of(AGES))
    assert_shows(
        found.frame,
        """
        band    | loans | outstanding_amount | share | restructured_amount
        current | 1     | 500                | 0.500 | 0
        1-30    | 2     | 300                | 0.300 | 200
        31-60   | 1     | 80                 | 0.080 | 0
        61-90   | 1     | 60                 | 0.060 | 0
        91-180  | 1     | 40                 | 0.040 | 0
        181+    | 1     | 20                 | 0.020 | 0
        """,
    )


def test_par_at_the_edges_of_its_thresholds():
    value = figures(portfolio(programme_of(AGES)))
    assert value["par_1_unrestructured"] == pytest.approx(0.3)  # one day late is not over one
    assert value["par_30_unrestructured"] == pytest.approx(0.2)
    assert value["par_90_unrestructured"] == pytest.approx(0.06)
    assert value["par_180_unrestructured"] == pytest.approx(0.02)
    assert value["par_180"] == pytest.approx(0.22)


@settings(max_examples=8)
@given(
    st.lists(
        st.tuples(st.integers(0, 10**7), st.integers(0, 400), st.booleans()),
        min_size=1,
        max_size=20,
    )
)
def test_ageing_adds_up_and_par_falls_with_its_threshold(rows):
    frame = pd.DataFrame(rows, columns=["outstanding_amount", "overdue_days", "restructured"])
    frame["outstanding_amount"] /= 100
    frame["overdue_days"] = frame["overdue_days"].astype(float)
    frame["loan_id"] = [f"L{i}" for i in range(len(frame))]
    programme = programme_of(frame)
    value = figures(portfolio(programme))
    assert ageing(programme).frame["outstanding_amount"].sum() == pytest.approx(
        value["gross_portfolio"]
    )
    if value["gross_portfolio"] > 0:
        risk = [value[f"par_{x}"] for x in (1, 30, 90, 180)]
        assert risk == sorted(risk, reverse=True)
        assert all(value[f"par_{x}"] >= value[f"par_{x}_unrestructured"] for x in (1, 30, 90))
        late = frame.loc[frame["overdue_days"] > 30, "outstanding_amount"].sum()
        wanted = late / frame["outstanding_amount"].sum()
        assert value["par_30_unrestructured"] == pytest.approx(wanted)


def test_bands_as_given_are_labelled_by_their_first_day():
    found = portfolio(
        programme_of(
            """
            loan_id | snapshot_date | outstanding_amount | overdue_band
            a       | 2017-12-31    | 900                | current
            b       | 2017-12-31    | 60                 | 1-30
            c       | 2017-12-31    | 40                 | 31-120
            """
        )
    )
    rows = found.frame.set_index("measure")
    assert rows.loc["par_30", "value"] == 0.04
    assert rows.loc["par_30", "label"] == "PAR 31+ days (bands 31-120)"
    assert (rows.loc["par_90", "lower"], rows.loc["par_90", "upper"]) == (0.0, 0.04)
    assert np.isnan(rows.loc["par_90", "value"])


@pytest.mark.parametrize(
    ("bands", "said"), [("late", "no band of days"), ("1-30", "overlap")], ids=["word", "overlap"]
)
def test_bands_that_cannot_be_used_are_refused(bands, said):
    frame = pd.DataFrame(
        {"loan_id": ["a", "b"], "outstanding_amount": 1.0, "overdue_band": [bands, "15-60"]}
    )
    with pytest.raises(InputError, match=said):
        portfolio(programme_of(frame))


# --- days past due from a schedule and payments ---------------------------------------

SCHEDULE = """
loan_id | due_date   | principal_amount | interest_amount
a       | 2017-01-31 | 100              | 10
a       | 2017-02-28 | 100              | 8
a       | 2017-03-31 | 100              | 5
b       | 2017-01-31 | 300              | 0
"""
PAYMENTS = """
loan_id | payment_date | principal_amount | interest_amount
a       | 2017-01-31   | 100              | 10
a       | 2017-03-15   | 50               | 0
b       | 2017-01-20   | 300              | 0
"""
THREE = """
loan_id | snapshot_date | outstanding_amount
a       | 2017-01-31    | 200
a       | 2017-03-15    | 150
a       | 2017-04-30    | 150
b       | 2017-04-30    | 5
c       | 2017-04-30    | 7
"""


def test_days_past_due_follow_the_oldest_instalment():
    programme = programme_of(THREE, instalments=SCHEDULE, repayments=PAYMENTS)
    found = ageing(programme)
    # a: 50 of 108 is paid of the second instalment, so it is late since 28 February: 61 days.
    # b: all is paid. c has no schedule.
    shown = found.frame[found.frame["outstanding_amount"] > 0]
    assert dict(zip(shown["band"], shown["outstanding_amount"], strict=True)) == {
        "61-90": 150.0,
        "current": 5.0,
        "not known": 7.0,
    }
    assert RULE in found.caveats
    middle = ageing(programme, date="2017-03-15").frame.set_index("band")["outstanding_amount"]
    assert middle["1-30"] == 150  # 15 days since 28 February
    first = ageing(programme, date="2017-01-31").frame.set_index("band")["outstanding_amount"]
    assert first["current"] == 200  # paid on the day


@settings(max_examples=10)
@given(
    due=st.lists(st.integers(0, 5000), min_size=1, max_size=6),
    paid=st.lists(st.tuples(st.integers(0, 200), st.integers(1, 9000)), max_size=5),
    at=st.integers(0, 260),
)
def test_derived_days_equal_a_count_by_hand(due, paid, at):
    start = dt.date(2017, 1, 1)
    day = dt.timedelta(days=1)
    dates = [start + 30 * (k + 1) * day for k in range(len(due))]
    held = sum(amount for when, amount in paid if when <= at)
    late = 0
    for when, amount in zip(dates, due, strict=True):
        if amount > held:
            late = max(0, (start + at * day - when).days)
            break
        held -= amount
    programme = programme_of(
        pd.DataFrame(
            {"loan_id": ["a"], "snapshot_date": [start + at * day], "outstanding_amount": [1.0]}
        ),
        instalments=pd.DataFrame(
            {"loan_id": "a", "due_date": dates, "principal_amount": np.array(due) / 100}
        ),
        repayments=pd.DataFrame(
            {
                "loan_id": ["z", *("a" for _ in paid)],
                "payment_date": [start, *(start + when * day for when, _ in paid)],
                "principal_amount": [1.0, *(amount / 100 for _, amount in paid)],
            }
        ),
    )
    frame = ageing(programme).frame
    band = frame.loc[frame["outstanding_amount"] > 0].iloc[0]
    last = band["to_days"] if np.isfinite(band["to_days"]) else 10**6
    assert band["from_days"] <= late <= last


# --- vintages, roll rates, survival ---------------------------------------------------

TAPE = """
loan_id | snapshot_date | disbursement_date | principal_amount | outstanding_amount | overdue_days | written_off_amount
a | 2017-01-31 | 2017-01-10 | 100 | 100 | 0 | 0
b | 2017-01-31 | 2017-01-20 | 300 | 300 | 0 | 0
a | 2017-02-28 | 2017-01-10 | 100 | 100 | 28 | 0
b | 2017-02-28 | 2017-01-20 | 300 | 280 | 0 | 0
c | 2017-02-28 | 2017-02-05 | 100 | 100 | 0 | 0
a | 2017-03-31 | 2017-01-10 | 100 | 100 | 95 | 0
b | 2017-03-31 | 2017-01-20 | 300 | 260 | 20 | 0
c | 2017-03-31 | 2017-02-05 | 100 | 90 | 0 | 0
a | 2017-04-30 | 2017-01-10 | 100 | 0 | 0 | 100
b | 2017-04-30 | 2017-01-20 | 300 | 0 | 0 | 0
c | 2017-04-30 | 2017-02-05 | 100 | 80 | 0 | 0
"""  # noqa: E501


def test_vintages_stop_where_the_youngest_loan_is():
    found = vintages(programme_of(TAPE))
    assert_shows(
        found.frame,
        """
        quarter | month | loans | disbursed_amount | written_off_share | default_share
        2017-Q1 | 0     | 3     | 500              | 0.00              | 0.00
        2017-Q1 | 1     | 3     | 500              | 0.00              | 0.00
        2017-Q1 | 2     | 3     | 500              | 0.00              | 0.20
        """,
    )
    assert (found.frame["note"] == "").all()


def test_vintages_follow_loans_that_left_the_tape():
    frame = frame_of(TAPE).query("loan_id != 'c'")
    frame = frame[~((frame["loan_id"] == "a") & (frame["overdue_days"] == 95))]
    more = (
        frame[frame["loan_id"] == "b"]
        .tail(1)
        .assign(snapshot_date=dt.date(2017, 6, 30), outstanding_amount=0.0)
    )
    found = vintages(programme_of(pd.concat([frame, more], ignore_index=True))).frame
    assert found["written_off_share"].tolist() == [0, 0, 0, 0.25, 0.25, 0.25]


def test_roll_rates_by_hand():
    found = roll_rates(programme_of(TAPE))
    # From current: 100 (a) to 1-30; 300 and 280 (b) to current and 1-30; 100, 90 (c) to current.
    assert_shows(
        found.frame,
        """
        from_band | to_band | loans | balance_amount | carried_amount | written_off_amount | share
        current | current | 3 | 490 | 450 | 0 | 0.56322
        current | 1-30 | 2 | 380 | 360 | 0 | 0.43678
        1-30 | 91-180 | 1 | 100 | 100 | 0 | 0.27778
        1-30 | repaid | 1 | 260 | 0 | 0 | 0.72222
        91-180 | written off | 1 | 100 | 0 | 100 | 1.00000
        """,
    )
    # l(91-180) = 1; l(1-30) = 100/360; l(current) = (360/870) l(1-30) / (1 - 450/870).
    loss = found.loss.set_index("band")["loss_share"]
    assert loss["91-180"] == pytest.approx(1)
    assert loss["1-30"] == pytest.approx(100 / 360)
    assert loss["current"] == pytest.approx(360 / 870 * 100 / 360 / (1 - 450 / 870))
    held = found.loss.set_index("band").loc["current"]
    assert held["balance_amount"] == 80
    assert held["expected_loss_amount"] == pytest.approx(80 * loss["current"])


def test_rows_of_the_matrix_add_up():
    found = roll_rates(programme_of(TAPE)).frame
    assert found.groupby("from_band")[["share", "loan_share"]].sum().to_numpy() == pytest.approx(1)


def test_loans_that_leave_with_a_balance_are_said():
    frame = frame_of(TAPE)
    gone = (frame["loan_id"] == "b") & (frame["snapshot_date"] >= dt.date(2017, 3, 31))
    found = roll_rates(programme_of(frame[~gone]))
    left = found.frame[found.frame["to_band"] == "left the tape"]
    assert left["balance_amount"].tolist() == [280]
    assert any("leave the tape with a balance" in caveat for caveat in found.caveats)


def test_one_date_has_no_roll_rates():
    with pytest.raises(InputError, match="fewer than two dates"):
        roll_rates(programme_of(AGES))


def tape_of_lives(seed=3, loans=120):
    """Monthly rows of loans that end or fall into default, some first seen when they are older."""
    draw = np.random.default_rng(seed)
    months = pd.date_range("2015-01-31", periods=30, freq="ME").date
    rows = []
    for number in range(loans):
        start, end = int(draw.integers(-5, 20)), int(draw.integers(4, 20))
        falls = int(draw.integers(3, 25))
        origin = pd.Timestamp(2015, 1, 5) + pd.DateOffset(months=start)
        for age in range(min(end, falls) + 1):
            if 0 <= start + age < len(months):
                late = 120.0 if age == falls else 0.0
                rows.append((f"L{number}", months[start + age], origin.date(), 10.0, late))
    names = ["loan_id", "snapshot_date", "disbursement_date", "outstanding_amount", "overdue_days"]
    return pd.DataFrame(rows, columns=names)


@pytest.mark.parametrize("delayed", [False, True])
def test_survival_equals_statsmodels(delayed):
    from statsmodels.duration.survfunc import SurvfuncRight

    tape = tape_of_lives()
    month = tape["snapshot_date"].map(lambda d: d.year * 12 + d.month)
    start = tape["disbursement_date"].map(lambda d: d.year * 12 + d.month)
    tape["age"] = month - start
    if not delayed:
        tape = tape[tape.groupby("loan_id")["age"].transform("min") == 0]
    ages = tape.groupby("loan_id").agg(
        entry=("age", "min"), end=("age", "max"), fell=("overdue_days", "max")
    )
    ages["entry"] = ages["entry"].where(ages["entry"] > 1, 0)
    ages = ages[ages["end"] > ages["entry"]]
    entry = ages["entry"].to_numpy() if delayed else None
    wanted = SurvfuncRight(ages["end"], (ages["fell"] > 90).astype(int), entry=entry)
    found = loan_survival(programme_of(tape)).frame.iloc[1:]
    known = wanted.n_events > 0
    assert found["month"].tolist() == wanted.surv_times[known].tolist()
    assert found["value"].to_numpy() == pytest.approx(wanted.surv_prob[known], rel=1e-9)
    if not delayed:
        held = found["se"].notna()
        assert found.loc[held, "se"].to_numpy() == pytest.approx(
            wanted.surv_prob_se[known][held.to_numpy()], rel=1e-9
        )


# --- what is refused, and what is found -----------------------------------------------


def test_two_currencies_in_one_fund_are_refused_and_found():
    loans = """
    loan_id | snapshot_date | fund_id | currency | outstanding_amount | overdue_days
    a       | 2017-12-31    | F       | EUR      | 100                | 0
    b       | 2017-12-31    | F       | RON      | 100                | 0
    """
    programme = programme_of(loans)
    with pytest.raises(InputError, match=r"Fund F has loans in several currencies \(EUR, RON\)"):
        portfolio(programme)
    found = find_problems(programme).frame
    assert found.loc[found["rule"] == "currencies_in_fund", "severity"].tolist() == ["error"]


def test_another_currency_than_the_programmes_is_refused():
    frame = pd.DataFrame({"loan_id": ["a"], "outstanding_amount": 1.0, "currency": "RON"})
    with pytest.raises(InputError, match="unlike money"):
        portfolio(programme_of(frame))


def test_findings_of_loans():
    programme = programme_of(
        """
        loan_id | snapshot_date | disbursement_date | principal_amount | outstanding_amount | status
        a       | 2017-12-31    | 2017-03-01        | 100              | -5                 | active
        b       | 2017-12-31    | 2017-03-01        | 100              | 40                 | Repaid
        c       | 2017-12-31    | 2017-03-01        | 100              | 140                | active
        d       | 2017-12-31    | 2017-03-01        | 100              | 50                 | active
        d       | 2017-12-31    | 2017-03-01        | 100              | 50                 | active
        """,
        repayments="""
        loan_id | payment_date | principal_amount
        c       | 2017-02-01   | 10
        c       | 2017-04-01   | 10
        """,
    )
    found = find_problems(programme).frame
    named = {rule: sorted(rows["key"]) for rule, rows in found.groupby("rule")}
    assert [key.split(" / ")[0] for key in named["below_range"]] == ["a"]
    assert [key.split(" / ")[0] for key in named["closed_with_balance"]] == ["b"]
    assert [key.split(" / ")[0] for key in named["outstanding_above_disbursed"]] == ["c"]
    assert named["payment_before_disbursement"] == ["c"]
    assert any(key.startswith("d") for rows in named.values() for key in rows)
    with pytest.raises(InputError, match="below zero"):
        portfolio(programme)
    twice = programme.table("loans").query("outstanding_amount > 0")
    with pytest.raises(InputError, match="more than once"):
        portfolio(programme_of(twice))


def test_a_negative_balance_is_never_added():
    frame = pd.DataFrame({"loan_id": ["a", "b"], "outstanding_amount": [10.0, -1.0]})
    with pytest.raises(InputError, match="below zero"):
        portfolio(programme_of(frame))


@pytest.mark.parametrize(
    ("given", "said"),
    [({"date": "2017-11-30"}, "no row at"), ({"date": "soon"}, "not a date")],
)
def test_a_date_that_is_not_there(given, said):
    with pytest.raises(UsageError, match=said):
        portfolio(programme_of(AGES), **given)


def test_an_unknown_group_names_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'loan_id'"):
        portfolio(programme_of(TAPE), by=["loan_d"])


# --- pictures -------------------------------------------------------------------------


def test_every_result_can_be_drawn(worked):
    programme = programme_of(TAPE)
    found = [portfolio(worked), sustainability(worked), ageing(programme), vintages(programme)]
    for one in (*found, roll_rates(programme), loan_survival(programme)):
        ax = one.plot()
        assert figure_bytes(ax).startswith(b"<?xml")
        close(ax)


# --- a real tape ----------------------------------------------------------------------


def test_real_bands_equal_an_independent_count(shared):
    path = shared / "data/methods/loans_10k.csv"
    if not path.is_file():
        pytest.skip("no loan tape among the reference data")
    programme = da.load(path)
    plain = pd.read_csv(path)
    found = portfolio(programme)
    rows = found.frame.set_index("measure")
    late = plain.loc[plain["loan_status"] == "Late (31-120 days)", "balance"].sum()
    assert rows.loc["gross_portfolio", "value"] == pytest.approx(plain["balance"].sum())
    assert rows.loc["active_loans", "value"] == (plain["balance"] > 0).sum()
    assert rows.loc["par_30", "value"] == pytest.approx(late / plain["balance"].sum())
    assert rows.loc["par_30", "label"].startswith("PAR 31+ days")
    assert any(caveat.startswith("7 loans are written off") for caveat in found.caveats)
    bands = ageing(programme).frame.set_index("band")["outstanding_amount"]
    wanted = plain.groupby("loan_status")["balance"].sum()
    assert bands["1-15"] == pytest.approx(wanted["In Grace Period"])
    assert bands["16-30"] == pytest.approx(wanted["Late (16-30 days)"])
    assert bands["current"] == pytest.approx(wanted["Current"])
    by = portfolio(programme, by=["purpose"]).frame
    gross = by[by["measure"] == "gross_portfolio"].set_index("purpose")["value"]
    assert gross.to_dict() == pytest.approx(
        plain.groupby("loan_purpose")["balance"].sum().to_dict()
    )


# --- what must not be left out silently -----------------------------------------------


def test_a_repaid_loan_that_stays_in_the_tape_is_watched_no_longer():
    months = pd.date_range("2017-01-31", periods=12, freq="ME").date
    one = pd.DataFrame({"snapshot_date": months, "disbursement_date": months[0]})
    good = one.assign(loan_id="a", overdue_days=0.0, outstanding_amount=[10.0] * 3 + [0.0] * 9)
    bad = one.assign(loan_id="b", overdue_days=[0.0] * 9 + [95.0] * 3, outstanding_amount=10.0)
    stays = loan_survival(programme_of(pd.concat([good, bad]))).frame
    leaves = loan_survival(programme_of(pd.concat([good[good["outstanding_amount"] > 0], bad])))
    assert stays["at_risk"].tolist() == [2, 1]
    pd.testing.assert_frame_equal(stays, leaves.frame)


TWO_FUNDS = """
loan_id | fund_id | snapshot_date | outstanding_amount | overdue_days | written_off_amount
a       | f1      | 2016-12-31    | 100                | 0            | 0
b       | f2      | 2016-12-31    | 900                | 0            | 0
a       | f1      | 2017-12-31    | 100                | 0            | 0
b       | f2      | 2017-12-31    | 900                | 0            | 0
"""


@pytest.mark.parametrize(
    ("stated", "said"), [(["f1"], "state nothing for 2017 of f2"), (["f1", "f2", "f3"], "of f3")]
)
def test_costs_of_other_funds_than_those_of_the_tape_make_no_ratio(stated, said):
    funds = pd.DataFrame(
        {"fund_id": stated, "year": 2017, "operating_expense_amount": 15.0, "staff_count": 1.0}
    )
    rows = portfolio(programme_of(TWO_FUNDS, funds=funds)).frame.set_index("measure")
    row = rows.loc["operating_expense_ratio"]
    assert np.isnan(row["value"]) and said in row["note"]
    by = portfolio(programme_of(TWO_FUNDS, funds=funds), by=["fund_id"]).frame
    ratio = by[by["measure"] == "operating_expense_ratio"].set_index("fund_id")["value"]
    assert ratio["f1"] == 0.15


def test_write_offs_of_a_group_that_left_the_tape_are_shown():
    tape = programme_of(
        """
        loan_id | fund_id | snapshot_date | outstanding_amount | overdue_days | written_off_amount
        a       | f1      | 2016-12-31    | 100                | 0            | 0
        b       | f2      | 2016-12-31    | 900                | 0            | 0
        b       | f2      | 2017-06-30    | 0                  | 0            | 900
        a       | f1      | 2017-12-31    | 100                | 0            | 0
        """
    )
    frame = portfolio(tape, by=["fund_id"]).frame
    lost = frame[frame["measure"] == "written_off_amount"].set_index("fund_id")["value"]
    assert lost.to_dict() == {"f1": 0.0, "f2": 900.0}
    par = frame[(frame["measure"] == "par_30") & (frame["fund_id"] == "f2")].iloc[0]
    assert np.isnan(par["value"]) and par["note"] == "There is no balance."


def test_loans_without_a_borrower_are_said_and_none_with_a_balance_is_none():
    tape = """
    loan_id | borrower_id | snapshot_date | outstanding_amount | overdue_days
    a       | x           | 2017-12-31    | 100                | 0
    b       |             | 2017-12-31    | 900                | 0
    """
    found = portfolio(programme_of(tape))
    assert found.value("active_borrowers") == 1
    assert any(text.startswith("1 loans with a balance name no borrower") for text in found.caveats)
    ended = portfolio(programme_of(tape.replace("900", "0").replace("100", "0")))
    assert ended.value("active_borrowers") == 0


def test_a_group_that_is_new_at_the_last_date_keeps_its_balance_in_the_loss_table():
    tape = programme_of(
        """
        loan_id | fund_id | snapshot_date | outstanding_amount | overdue_days | written_off_amount
        a       | f1      | 2017-01-31    | 100                | 0            | 0
        a       | f1      | 2017-02-28    | 90                 | 0            | 0
        b       | f2      | 2017-02-28    | 50                 | 0            | 0
        """
    )
    row = roll_rates(tape, by=["fund_id"]).loss.set_index("fund_id").loc["f2"]
    assert row["balance_amount"] == 50
    assert np.isnan(row["expected_loss_amount"])
    assert row["note"].startswith("Undefined")


@pytest.mark.parametrize(("interest", "known"), [(None, False), (5.0, True)])
def test_an_instalment_without_an_amount_leaves_the_days_unknown(interest, known):
    days = [dt.date(2017, 1, 31), dt.date(2017, 2, 28)]
    due = pd.DataFrame({"loan_id": "a", "due_date": days, "principal_amount": [100.0, None]})
    due = due.assign(interest_amount=[5.0, interest])
    paid = pd.DataFrame({"loan_id": ["a"], "payment_date": days[:1], "principal_amount": [100.0]})
    paid = paid.assign(interest_amount=5.0)
    tape = """
    loan_id | snapshot_date | outstanding_amount
    a       | 2017-03-15    | 200
    """
    found = portfolio(programme_of(tape, instalments=due, repayments=paid)).frame
    row = found.set_index("measure").loc["par_1"]
    if known:  # of the second one interest alone was due, and is 15 days late
        assert row["value"] == 1
    else:
        assert np.isnan(row["value"])
        assert row[["lower", "upper"]].tolist() == [0.0, 1.0]
