"""Gross grant equivalents: worked numbers, numpy-financial, rates, the simple rule."""

import datetime as dt
from decimal import Decimal

import numpy as np
import numpy_financial as npf
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from difass_analysis.errors import UsageError
from difass_analysis.finance import (
    LoanTerms,
    base_rate,
    guarantee_equivalent,
    legal_parameters,
    loan_equivalent,
    loan_schedule,
    margin_table,
    premium_table,
    proportional_equivalent,
    reference_rate,
    safe_harbour_premium,
)

DAY = dt.date(2024, 5, 1)


# --- the Commission's note on soft loans, and the domain's own worked loan ------------


def test_commission_note_yearly_figures_and_total():
    terms = LoanTerms(principal_amount=500_000, interest_share=0.06, years=10)
    found = loan_equivalent(terms, reference=0.08, discount=0.08)
    yearly = found.frame["present_amount"].round().astype(int).tolist()
    assert yearly == [9259, 7716, 6351, 5145, 4083, 3151, 2334, 1621, 1000, 463]
    assert sum(yearly) == 41_123
    assert round(found.equivalent_amount, 2) == 41_123.98


def test_grace_of_two_years_then_eight_parts():
    terms = LoanTerms(principal_amount=500_000, interest_share=0.06, years=10, grace_years=2)
    found = loan_equivalent(terms, reference=0.08, discount=0.08)
    assert round(found.equivalent_amount, 2) == 48_018.49
    assert found.frame["principal_amount"].tolist() == [0, 0, *[62_500] * 8]


def test_small_loan_at_a_reference_rate_from_base_and_margin():
    rate = reference_rate(0.035, base_date=DAY, rating="weak", collateral="normal")
    assert (round(rate.reference, 10), round(rate.discount, 10)) == (0.075, 0.045)
    terms = LoanTerms(principal_amount=25_000, interest_share=0.02, years=5)
    found = loan_equivalent(terms, reference=rate.reference, discount=rate.discount)
    assert round(found.equivalent_amount, 2) == 3_727.92
    simple = proportional_equivalent(25_000, years=5, regulation="2023/2831")
    assert simple.equivalent_amount == 5_000


def test_no_aid_where_the_loan_is_dearer_than_the_reference():
    terms = LoanTerms(principal_amount=1_000, interest_share=0.09, years=3)
    found = loan_equivalent(terms, reference=0.05, discount=0.04)
    assert found.equivalent_amount == 0
    assert found.frame["present_amount"].sum() < 0
    assert any("no better" in caveat for caveat in found.caveats)


# --- schedules ------------------------------------------------------------------------


@pytest.mark.parametrize("per_year", [1, 2, 4, 12])
@pytest.mark.parametrize("grace", [0, 1, 2])
def test_annuity_is_that_of_numpy_financial(per_year, grace):
    terms = LoanTerms(
        principal_amount=120_000,
        interest_share=0.047,
        years=7,
        payments_per_year=per_year,
        grace_years=grace,
        repayment="annuity",
    )
    schedule = loan_schedule(terms).iloc[grace * per_year :]
    count, rate = (7 - grace) * per_year, 0.047 / per_year
    number = np.arange(1, count + 1)
    np.testing.assert_allclose(
        schedule["principal_amount"], -npf.ppmt(rate, number, count, 120_000), rtol=1e-9
    )
    np.testing.assert_allclose(
        schedule["interest_amount"], -npf.ipmt(rate, number, count, 120_000), rtol=1e-9
    )
    payment = schedule["principal_amount"] + schedule["interest_amount"]
    np.testing.assert_allclose(payment, -npf.pmt(rate, count, 120_000), rtol=1e-9)


def test_net_present_value_of_what_is_paid_back_at_the_loan_rate_is_the_loan():
    for kind in ("linear", "annuity", "bullet"):
        terms = LoanTerms(
            principal_amount=90_000, interest_share=0.06, years=5, grace_years=1, repayment=kind
        )
        schedule = loan_schedule(terms)
        flows = [0.0, *(schedule["principal_amount"] + schedule["interest_amount"])]
        assert npf.npv(0.06, flows) == pytest.approx(90_000, rel=1e-12)


def test_annuity_without_interest_is_linear():
    common = {"principal_amount": 900.0, "interest_share": 0.0, "years": 3}
    annuity = loan_schedule(LoanTerms(**common, repayment="annuity"))
    assert annuity["principal_amount"].tolist() == [300, 300, 300]


@given(
    st.floats(1, 1e8),
    st.floats(0, 0.3),
    st.integers(1, 15),
    st.sampled_from([1, 2, 4, 12]),
    st.sampled_from(["linear", "annuity", "bullet"]),
)
def test_principal_is_paid_back_whole(amount, rate, years, per_year, kind):
    terms = LoanTerms(
        principal_amount=amount,
        interest_share=rate,
        years=years,
        payments_per_year=per_year,
        repayment=kind,
    )
    schedule = loan_schedule(terms)
    assert schedule["principal_amount"].sum() == pytest.approx(amount, rel=1e-9)
    assert schedule["outstanding_amount"].min() > 0


def test_a_bullet_holds_more_aid_than_equal_parts_and_grace_more_than_none():
    common = {"principal_amount": 1e5, "interest_share": 0.01, "years": 6}
    amounts = [
        loan_equivalent(terms, reference=0.06, discount=0.04).equivalent_amount
        for terms in (
            LoanTerms(**common),
            LoanTerms(**common, grace_years=2),
            LoanTerms(**common, repayment="bullet"),
        )
    ]
    assert amounts == sorted(amounts)
    assert len(set(amounts)) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"principal_amount": 0},
        {"principal_amount": float("nan")},
        {"interest_share": 2},
        {"years": 0},
        {"grace_years": 5},
        {"grace_years": -1},
        {"years": 2.4},
        {"years": float("nan")},
        {"grace_years": float("inf")},
        {"repayment": "balloon"},
        {"payments_per_year": 0},
    ],
)
def test_terms_that_make_no_loan_are_refused(change):
    terms = LoanTerms(**{"principal_amount": 100, "interest_share": 0.02, "years": 5} | change)
    with pytest.raises(UsageError):
        loan_schedule(terms)


# --- guarantees -----------------------------------------------------------------------


def test_guarantee_by_hand():
    terms = LoanTerms(principal_amount=100_000, interest_share=0.05, years=2)
    found = guarantee_equivalent(
        terms, guaranteed_share=0.8, premium_share=0.008, safe_harbour_share=0.038, discount=0.045
    )
    by_hand = 80_000 * 0.03 / 1.045 + 40_000 * 0.03 / 1.045**2
    assert found.equivalent_amount == pytest.approx(by_hand, rel=1e-12)


def test_guarantee_above_80_percent_says_so():
    terms = LoanTerms(principal_amount=100_000, interest_share=0.05, years=2)
    found = guarantee_equivalent(
        terms, guaranteed_share=0.9, premium_share=0, safe_harbour_share=0.038, discount=0.045
    )
    assert any("80 %" in caveat for caveat in found.caveats)


def test_premiums_say_what_is_unverified():
    assert safe_harbour_premium("BB", date=DAY) == (
        0.02,
        "The safe-harbour premium for BB is unverified.",
    )
    assert premium_table()["premium_share"].min() == 0.004
    assert premium_table()["premium_share"].max() == 0.063
    with pytest.raises(UsageError):
        safe_harbour_premium("CCC", date=DAY)
    with pytest.raises(UsageError):
        safe_harbour_premium("BB", date=dt.date(2005, 1, 1))


# --- rates ----------------------------------------------------------------------------


def test_margins_in_basis_points():
    wide = margin_table().pivot(index="rating", columns="collateral", values="margin_share")
    points = (wide * 10_000).round().astype(int)[["high", "normal", "low"]]
    assert points.loc["strong"].tolist() == [60, 75, 100]
    assert points.loc["good"].tolist() == [75, 100, 220]
    assert points.loc["satisfactory"].tolist() == [100, 220, 400]
    assert points.loc["weak"].tolist() == [220, 400, 650]
    assert points.loc["bad"].tolist() == [400, 650, 1000]


def test_without_credit_history_at_least_400_points():
    found = reference_rate(
        0.02, base_date=DAY, rating="strong", collateral="high", no_credit_history=True
    )
    assert found.margin == 0.04
    assert any("unverified" in note for note in found.notes)


def test_base_rate_from_a_table_of_the_user():
    table = pd.DataFrame(
        {
            "country_code": ["IT", "IT", "HU"],
            "valid_from": ["2023-01-01", "2024-01-01", "2024-01-01"],
            "valid_to": ["2023-12-31", None, None],
            "base_share": [0.03, 0.041, 0.09],
        }
    )
    assert base_rate(table, country="IT", date=dt.date(2023, 12, 31)) == 0.03
    assert base_rate(table, country="IT", date=dt.date(2024, 1, 1)) == 0.041
    with pytest.raises(UsageError, match="0 base rates of PL"):
        base_rate(table, country="PL", date=DAY)
    with pytest.raises(UsageError, match="2 base rates"):
        base_rate(pd.concat([table, table]), country="IT", date=DAY)


@pytest.mark.parametrize("base", [3.5, float("nan"), -1])
def test_a_base_rate_in_percent_is_refused(base):
    with pytest.raises(UsageError):
        reference_rate(base, base_date=DAY, rating="weak", collateral="normal")


# --- the proportional rule --------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "years", "regulation", "equivalent"),
    [
        (1_000_000, 1, "1407/2013", 40_000),
        (1_000_000, 5, "1407/2013", 200_000),
        (500_000, 10, "1407/2013", 200_000),
        (25_000, 5, "2023/2831", 5_000),
        (50_000, 5, "2023/2831", 10_000),
        (25_000, 3, "2023/2831", 3_000),
        (750_000, 10, "2023/2831", 300_000),
    ],
)
def test_simple_rule_for_loans(amount, years, regulation, equivalent):
    found = proportional_equivalent(amount, years=years, regulation=regulation)
    assert found.equivalent_amount == equivalent
    assert found.reason == ""


@given(st.integers(1, 500_000), st.integers(1, 5))
def test_both_legs_are_one_formula(amount, years):
    for regulation, whole in (("1407/2013", 5_000_000), ("2023/2831", 7_500_000)):
        found = proportional_equivalent(amount, years=years, regulation=regulation)
        exact = found.ceiling_amount * amount * years / Decimal(whole)
        assert found.equivalent_amount == exact


def test_limits_are_maxima_and_not_exchangeable():
    found = proportional_equivalent(1_000_001, years=1, regulation="1407/2013")
    assert found.equivalent_amount is None
    assert "above the largest" in found.reason
    assert (
        proportional_equivalent(600_000, years=6, regulation="1407/2013").equivalent_amount is None
    )
    assert (
        proportional_equivalent(10_000, years=11, regulation="1407/2013").equivalent_amount is None
    )


def test_guarantees_collateral_and_road_freight():
    rule = {"years": 5, "regulation": "2023/2831"}
    assert proportional_equivalent(2_250_000, **rule, instrument="guarantee").reason == ""
    more = proportional_equivalent(1_000, **rule, instrument="guarantee", secured_share=0.9)
    assert more.equivalent_amount is None
    less = proportional_equivalent(1_000, **rule, secured_share=0.4)
    assert less.equivalent_amount is None
    assert proportional_equivalent(1_000, **rule, secured_share=0.5).reason == ""
    with pytest.raises(UsageError, match="no share"):
        proportional_equivalent(1_000, **rule, secured_share=float("nan"))
    freight = proportional_equivalent(500_000, years=5, regulation="1407/2013", road_freight=True)
    assert freight.equivalent_amount == 100_000


def test_the_simple_rule_says_what_is_unverified():
    assert "loan limit" in proportional_equivalent(1, years=1, regulation="2023/2831").note
    with pytest.raises(UsageError):
        proportional_equivalent(1, years=1, regulation="1998/2006")


# --- legal parameters are data ------------------------------------------------------------


def test_every_parameter_has_article_validity_source_and_status():
    held = legal_parameters()
    for column in ("value", "unit", "article", "valid_from", "source", "status"):
        assert (held[column] != "").all(), column
    assert set(held["status"]) == {"read at the source", "unverified"}
    assert not held.duplicated(["regulation", "name"]).any()
    begin, end = pd.to_datetime(held["valid_from"]), pd.to_datetime(held["valid_to"])
    assert not (end < begin).any()


def test_what_the_domain_marks_as_knowledge_is_unverified():
    held = legal_parameters().set_index(["regulation", "name"])["status"]
    for key in [
        ("1407/2013", "ceiling"),
        ("1407/2013", "transition_until"),
        ("2023/2831", "loan_limit_5"),
        ("2023/2831", "guarantee_limit_10"),
        ("2008/C 14/02", "margin_without_history"),
        ("2003/361/EC", "periods_for_change"),
    ]:
        assert held[key] == "unverified", key
    assert held[("2023/2831", "ceiling")] == "read at the source"
