"""Loan tapes with blanks, falls and gaps: what is not known is said, and never counted as good."""

from __future__ import annotations

from math import isnan

import pytest

import difass_analysis as da
from difass_analysis.errors import InputError
from difass_analysis.finance import (
    ageing,
    fund_parameters,
    loan_survival,
    portfolio,
    roll_rates,
    vintages,
)
from tests.tables import frame_of

EUR = da.Settings(id="fund", name="a fund", currency="EUR")


def programme_of(text, **tables):
    more = {name: frame_of(table) for name, table in tables.items()}
    return da.Programme.from_frames(loans=frame_of(text), settings=EUR, **more)


def row_of(found, measure, **groups):
    frame = found.frame
    for name, value in groups.items():
        frame = frame[frame[name] == value]
    return frame.set_index("measure").loc[measure]


def said(found, words):
    return any(words in sentence for sentence in found.caveats)


# --- restructured: true, false, and blank ---------------------------------------------

MARKS = """
loan_id | snapshot_date | outstanding_amount | overdue_days | restructured | fund_id
a | 2017-12-31 | 100 | 0  | false | F
b | 2017-12-31 | 100 | 0  |       | F
c | 2017-12-31 | 100 | 50 |       | F
d | 2017-12-31 | 100 | 0  | true  | G
e | 2017-12-31 | 0   | 0  |       | G
"""


def test_blank_marks_of_restructuring_are_counted_and_bounded():
    found = portfolio(programme_of(MARKS))
    row = row_of(found, "par_30")
    # c is late and d is restructured; b could be restructured too.
    assert row["value"] == 0.5
    assert "Of 25.0% of the balance it is not marked" in row["note"]
    assert "at most 75.0% is at risk" in row["note"]
    assert "50.0% of the balance it is not marked" in row_of(found, "par_90")["note"]
    assert "not marked" not in row_of(found, "par_30_unrestructured")["note"]
    assert said(found, "2 loans with 50.0% of the balance are not marked as restructured or not")


def test_blank_marks_are_said_by_group_and_in_the_ageing():
    found = portfolio(programme_of(MARKS), by=["fund_id"])
    assert "at most 66.7% is at risk" in row_of(found, "par_30", fund_id="F")["note"]
    assert "not marked" not in row_of(found, "par_30", fund_id="G")["note"]
    assert said(ageing(programme_of(MARKS)), "2 loans with 50.0% of the balance are not marked")


def test_marks_that_are_all_given_are_not_mentioned():
    found = portfolio(programme_of(MARKS.replace("|       |", "| false |")))
    assert not said(found, "not marked")
    assert "not marked" not in row_of(found, "par_30")["note"]


def test_blank_marks_beside_unknown_days_are_in_neither_bound_and_said():
    found = portfolio(programme_of(MARKS.replace("100 | 50 |", "100 |    |")))
    row = row_of(found, "par_30")
    assert (row["lower"], row["upper"]) == (0.25, 0.5)  # c: days not known; b: not marked
    assert "at most 75.0% is at risk" in row["note"]


# --- write-offs that fall, or are blank -----------------------------------------------

FALLS = """
loan_id | snapshot_date | disbursement_date | principal_amount | outstanding_amount | overdue_days | written_off_amount
a | 2017-01-31 | 2017-01-10 | 200 | 80 | 0 | 100
a | 2017-02-28 | 2017-01-10 | 200 | 60 | 0 | 50
a | 2017-03-31 | 2017-01-10 | 200 | 40 | 0 | 110
"""  # noqa: E501


def test_a_total_written_off_that_falls_counts_by_its_largest_so_far():
    programme = programme_of(FALLS)
    assert vintages(programme).frame["written_off_amount"].tolist() == [100, 100, 110]
    moved = roll_rates(programme).frame
    assert moved["written_off_amount"].tolist() == [10]  # 100, 100, 110
    assert row_of(portfolio(programme), "written_off_amount")["value"] == 10


def test_a_write_off_that_falls_while_nothing_is_outstanding_is_not_counted_twice():
    text = FALLS.replace("| 80 |", "| 0 |")  # the fall begins on a row without a balance
    moved = roll_rates(programme_of(text)).frame
    assert moved["written_off_amount"].tolist() == [10]


def test_blank_write_offs_are_counted_in_a_caveat():
    found = portfolio(programme_of(FALLS.replace("| 110", "| |")))
    assert said(found, "1 loans have a blank written_off_amount")
    # What stood there before the blank is counted, so the caveat must not say that nothing is.
    assert row_of(found, "recovery_share")["denominator"] == 100
    assert said(found, "what stood there at earlier dates counts, else nothing")


# --- roll rates -----------------------------------------------------------------------

MOVES = """
loan_id | snapshot_date | outstanding_amount | overdue_days | written_off_amount
a | 2017-01-31 | 100 | 0 | 0
b | 2017-01-31 | 300 | 0 | 0
c | 2017-01-31 | 50  | 0 | 50
d | 2017-01-31 | 40  | 0 | 0
a | 2017-02-28 | 90  | 0 | 0
b | 2017-02-28 |     | 0 | 0
c | 2017-02-28 | 0   | 0 | 50
d | 2017-02-28 | 0   | 0 | 40
"""


def test_a_blank_balance_is_no_repayment():
    found = roll_rates(programme_of(MOVES))
    moved = found.frame.set_index("to_band")["balance_amount"].to_dict()
    # b is not followed; of c a part was written off before, and the rest is paid.
    assert moved == {"current": 100, "repaid": 50, "written off": 40}
    assert said(found, "1 steps of loans that have no balance given at the next date")


def test_a_blank_balance_with_a_new_write_off_has_not_left_the_tape():
    text = MOVES.replace("b | 2017-02-28 |     | 0 | 0", "b | 2017-02-28 |     | 0 | 60")
    found = roll_rates(programme_of(text))
    assert set(found.frame["to_band"]) == {"current", "repaid", "written off"}
    assert said(found, "1 steps of loans that have no balance given at the next date")
    assert not said(found, "leave the tape")


@pytest.mark.parametrize("of", [ageing, roll_rates, portfolio, vintages])
def test_a_negative_balance_is_refused_by_all(of):
    text = FALLS.replace("| 40 |", "| -40 |")
    with pytest.raises(InputError, match="below zero"):
        of(programme_of(text))
    if of is not roll_rates:  # up to a date before it, all is well
        assert of(programme_of(text), date="2017-01-31").date is not None


BANDS = """
loan_id | snapshot_date | outstanding_amount | overdue_band
a | 2017-01-31 | 50 | |
a | 2017-02-28 | 40 | |
"""


def test_bands_that_are_all_blank_are_one_band_that_is_not_known():
    programme = programme_of(BANDS)
    assert ageing(programme).frame[["band", "outstanding_amount"]].values.tolist() == [
        ["not known", 40]
    ]
    assert roll_rates(programme).frame["to_band"].tolist() == ["not known"]


# --- default --------------------------------------------------------------------------

LATE = """
loan_id | snapshot_date | disbursement_date | principal_amount | outstanding_amount | overdue_days
a | 2017-01-31 | 2017-01-10 | 100 | 80 | |
a | 2017-02-28 | 2017-01-10 | 100 |    | 120
b | 2017-01-31 | 2017-01-10 | 300 | 0  | 120
b | 2017-02-28 | 2017-01-10 | 300 | 0  | |
"""


def test_default_with_blank_days_and_blank_balances():
    found = vintages(programme_of(LATE))
    # a is 120 days late with a balance that is not known; b owes nothing.
    assert found.frame["default_amount"].tolist() == [0, 100]
    for one in (found, loan_survival(programme_of(LATE))):
        assert said(one, "On 1 rows of loans with a balance it is not known how late they are")


def test_blank_days_beside_a_write_off_are_not_said_to_hide_a_default():
    text = LATE.replace("overdue_days", "overdue_days | written_off_amount")
    text = text.replace("80 | |", "80 | | 20").replace("| 120", "| 120 | 20")
    text = text.replace("0  | |", "0  | | 0").replace("0  | 120 | 20", "0  | 120 | 0")
    found = vintages(programme_of(text))
    assert found.frame["default_amount"].tolist() == [100, 100]  # a, written off from the start
    assert not said(found, "it is not known how late they are")


def test_a_curve_without_any_interval_is_drawn():
    one = "\n".join(LATE.strip().splitlines()[:3]).replace("|    | 120", "| 80 | 0")
    found = loan_survival(programme_of(one.replace("80 | |", "80 | 0")))
    assert found.frame["value"].eq(1).all() and found.frame["lower"].isna().all()
    assert found.plot().get_ylim() == (0, 1)


FUND = """
fund_id | year | reused_amount | repaid_amount
F | 2016 | 40 | 50
F | 2017 | 45 | 60
"""


def test_what_holds_of_loans_is_not_said_without_loans():
    found = fund_parameters(da.Programme.from_frames(funds=frame_of(FUND), settings=EUR))
    assert found.frame["value"].notna().sum() == 1
    assert not said(found, "loan")


ENDED = """
loan_id | snapshot_date | maturity_date | principal_amount | outstanding_amount | overdue_days | written_off_amount
a | 2016-12-31 | 2017-06-30 | 100 | 60 | 120 | 0
a | 2017-12-31 | 2017-06-30 | 100 | 0  | 0   | 0
b | 2017-12-31 | 2017-06-30 | 100 | 30 | 90  | 0
c | 2017-12-31 | 2017-06-30 | 100 | 0  | 120 | 0
d | 2017-12-31 | 2017-06-30 | 100 | 50 | 120 | 0
"""  # noqa: E501


def test_default_is_over_ninety_days_with_a_balance_on_the_last_row():
    found = fund_parameters(programme_of(ENDED))
    rate = found.frame.set_index("parameter").loc["default_rate"]
    # a recovered, b is not over 90 days, c owes nothing: d alone.
    assert (rate["numerator"], rate["denominator"]) == (1, 4)
    assert said(found, "Default is a balance over 90 days late on the last row of a loan")
    dated = frame_of(ENDED).assign(disbursement_date=frame_of(ENDED)["snapshot_date"].min())
    ever = vintages(da.Programme.from_frames(loans=dated, settings=EUR))
    assert ever.frame["default_amount"].iloc[-1] == 200  # a was late once, and d
    assert said(ever, "Default is a balance that was ever over 90 days late")


def rates_of(text):
    return fund_parameters(programme_of(text)).frame.set_index("parameter")


def test_a_tape_without_write_offs_is_judged_by_days_alone():
    text = "\n".join(line.rpartition("|")[0] for line in ENDED.strip().splitlines())
    rate = rates_of(text).loc["default_rate"]
    assert (rate["numerator"], rate["denominator"]) == (1, 4)
    assert "judged by days past due alone" in rate["note"]


def test_blank_write_offs_of_sound_loans_do_not_leave_the_failed_ones_alone():
    text = ENDED.replace("| 0\n", "| |\n").replace("50 | 120 | |", "50 | 120 | 40")
    rows = rates_of(text)
    assert rows.loc["default_rate", "value"] == 0.25
    assert rows.loc["loss_share", "value"] == 40 / 400
    assert "On 3 loans written_off_amount is blank" in rows.loc["loss_share", "note"]


def test_blank_days_give_the_range_of_what_they_may_be():
    rate = rates_of(ENDED.replace("30 | 90 ", "30 |    ")).loc["default_rate"]
    assert isnan(rate["value"])
    assert (rate["lower"], rate["upper"]) == (0.25, 0.5)
    assert "Of 1 of 4 loans it is not known how late they are" in rate["note"]


def test_a_write_off_that_the_last_row_no_longer_states_still_counts():
    text = ENDED.replace("60 | 120 | 0", "60 | 120 | 40")
    rows = rates_of(text)
    assert rows.loc["default_rate", "numerator"] == 2
    assert rows.loc["loss_share", "numerator"] == 40


# --- averages and groups --------------------------------------------------------------

YEAR = """
loan_id | borrower_id | fund_id | snapshot_date | outstanding_amount | overdue_days | written_off_amount
a | x | F | 2016-12-31 | 0   | 0 | 0
a | x | F | 2017-12-31 | 100 | 0 | 0
"""  # noqa: E501
FUNDS = """
fund_id | year | operating_expense_amount
F | 2017 | 30
"""


def test_dates_on_which_nobody_borrows_count_in_the_average():
    found = portfolio(programme_of(YEAR, funds=FUNDS))
    row = row_of(found, "cost_per_borrower")
    assert (row["denominator"], row["value"]) == (0.5, 60)  # none, then one


def test_the_group_of_a_write_off_is_that_of_all_rows_of_the_loan():
    text = YEAR.replace("| 2016-12-31 | 0   |", "| 2016-12-31 | 100 |").replace(
        "| F | 2017-12-31 | 100 | 0 | 0", "| A | 2017-12-31 | 60 | 0 | 40"
    )
    found = portfolio(programme_of(text), by=["fund_id"])
    assert row_of(found, "written_off_amount", fund_id="F")["value"] == 40
    assert row_of(found, "written_off_amount", fund_id="A")["value"] == 0


def test_loans_of_no_named_fund_make_no_ratio_with_what_the_funds_state():
    text = YEAR + "b | y |   | 2017-12-31 | 900 | 0 | 0\n"
    row = row_of(portfolio(programme_of(text, funds=FUNDS)), "operating_expense_ratio")
    assert isnan(row["value"])
    assert "name no fund" in row["note"]
