"""Gross grant equivalent of soft loans and guarantees, payment by payment."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

import numpy as np
import pandas as pd

from difass_analysis.errors import UsageError, one_of
from difass_analysis.finance.aid_parameters import given_terms
from difass_analysis.result import Result

Repayment = Literal["linear", "annuity", "bullet"]


#: Rates below this are none: the formula of an annuity would divide rounding by rounding.
_NO_RATE = 1e-12


@dataclass(frozen=True, kw_only=True)
class LoanTerms:
    """Terms of a loan.

    Attributes
    ----------
    principal_amount : float
        Amount lent, paid out at once.
    interest_share : float
        Interest that the borrower pays, as a share a year.
    years : float
        Years from payout to the last payment, grace included; a whole number of payments.
    payments_per_year : int
        Payments a year, in arrears.
    grace_years : float
        Years at the beginning in which interest alone is paid.
    repayment : str
        ``linear``: equal parts of principal; ``annuity``: equal payments; ``bullet``: all of it
        at the end.
    """

    principal_amount: float
    interest_share: float
    years: float
    payments_per_year: int = 1
    grace_years: float = 0.0
    repayment: Repayment = "linear"

    @property
    def payments(self) -> int:
        """Number of payments, grace included."""
        return self._whole(self.years, "years")

    @property
    def grace_payments(self) -> int:
        """Number of payments of interest alone."""
        return self._whole(self.grace_years, "grace_years")

    def _whole(self, years: float, name: str) -> int:
        if not np.isfinite(years):
            raise UsageError(f"{name} = {years} is no length.", todo="Give a number of years.")
        count = Fraction(str(years)).limit_denominator(10_000) * self.payments_per_year
        if abs(count - round(count)) > Fraction(1, 1000):
            raise UsageError(
                f"{name} = {years} is no whole number of payments at {self.payments_per_year} a "
                "year.",
                todo="Change the years, or payments_per_year.",
            )
        return round(count)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class GrantEquivalent(Result):
    """What a soft loan or guarantee is worth as a grant, payment by payment.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a payment: ``payment``, ``years`` since payout, ``outstanding_amount`` before the
        payment (of a guarantee: the guaranteed part), ``principal_amount``, ``interest_amount``,
        ``advantage_amount``, ``discount_factor``, ``present_amount``.
    equivalent_amount : float
        Gross grant equivalent: the sum of ``present_amount``, and 0 where that is below 0.
    """

    equivalent_amount: float = float("nan")


def loan_schedule(terms: LoanTerms) -> pd.DataFrame:
    """Schedule of a loan: what is outstanding before each payment, principal and interest.

    Parameters
    ----------
    terms : LoanTerms
        The terms.

    Returns
    -------
    pandas.DataFrame
        ``payment``, ``years``, ``outstanding_amount``, ``principal_amount``, ``interest_amount``.

    Raises
    ------
    UsageError
        When an amount, rate or length makes no loan.

    Examples
    --------
    >>> terms = LoanTerms(principal_amount=300, interest_share=0.1, years=3, grace_years=1)
    >>> loan_schedule(terms)["outstanding_amount"].tolist()
    [300.0, 300.0, 150.0]
    """
    _refuse_terms(terms)
    count, grace, rate = terms.payments, terms.grace_payments, _period_rate(terms)
    parts = count - grace
    paid = np.zeros(count)
    if terms.repayment == "bullet":
        paid[-1] = terms.principal_amount
    elif terms.repayment == "linear" or abs(rate) < _NO_RATE:
        paid[grace:] = terms.principal_amount / parts
    else:
        # The part of principal in an annuity grows by the rate of interest with each payment.
        first = terms.principal_amount * rate / np.expm1(parts * np.log1p(rate))
        paid[grace:] = first * (1 + rate) ** np.arange(parts)
    before = terms.principal_amount - np.concatenate([[0.0], np.cumsum(paid)[:-1]])
    number = np.arange(1, count + 1)
    return pd.DataFrame(
        {
            "payment": number,
            "years": number / terms.payments_per_year,
            "outstanding_amount": before,
            "principal_amount": paid,
            "interest_amount": before * rate,
        }
    )


def _period_rate(terms: LoanTerms) -> float:
    return terms.interest_share / terms.payments_per_year


def _refuse_terms(terms: LoanTerms) -> None:
    if terms.repayment not in get_args(Repayment):
        raise one_of("kind of repayment", terms.repayment, list(get_args(Repayment)))
    if not (np.isfinite(terms.principal_amount) and terms.principal_amount > 0):
        raise UsageError(
            f"A loan of {terms.principal_amount} is none.", todo="Give an amount above 0."
        )
    _refuse_rate("interest_share", terms.interest_share)
    if (
        terms.payments_per_year < 1
        or terms.payments <= terms.grace_payments
        or terms.grace_years < 0
    ):
        raise UsageError(
            f"{terms.years} years with {terms.grace_years} of grace and {terms.payments_per_year} "
            "payments a year leave no payment of principal.",
            todo="Grace counts within years, and must be shorter.",
        )


def _refuse_rate(name: str, value: float) -> None:
    if not (np.isfinite(value) and -0.05 <= value < 1):
        raise UsageError(f"{name} = {value} is no share a year.", todo="Write 0.02 for 2 %.")


def loan_equivalent(terms: LoanTerms, *, reference: float, discount: float) -> GrantEquivalent:
    """Gross grant equivalent of a soft loan: the interest saved, discounted.

    ``sum over payments of outstanding before it * (reference - interest) / payments a year /
    (1 + discount) ** years``.

    Parameters
    ----------
    terms : LoanTerms
        Terms of the loan.
    reference, discount : float
        Reference rate and discount rate as shares a year, for example of
        :func:`reference_rate`.

    Returns
    -------
    GrantEquivalent
        The equivalent is 0 where the loan is no cheaper than the reference rate.

    Raises
    ------
    UsageError
        When terms or rates make no loan.

    Notes
    -----
    European Commission, note on the cash grant equivalent of soft loans (competition archive);
    Communication 2008/C 14/02 for the rates.

    Examples
    --------
    >>> terms = LoanTerms(principal_amount=25_000, interest_share=0.02, years=5)
    >>> round(loan_equivalent(terms, reference=0.075, discount=0.045).equivalent_amount, 2)
    3727.92
    """
    _refuse_rate("reference", reference)
    _refuse_rate("discount", discount)
    schedule = loan_schedule(terms)
    saved = (reference - terms.interest_share) / terms.payments_per_year
    return _equivalent(schedule, saved, discount, name="terms of a loan, given by the caller")


def guarantee_equivalent(
    terms: LoanTerms,
    *,
    guaranteed_share: float,
    premium_share: float,
    safe_harbour_share: float,
    discount: float,
) -> GrantEquivalent:
    """Gross grant equivalent of a guarantee: the premium saved, discounted.

    Parameters
    ----------
    terms : LoanTerms
        Terms of the loan that is guaranteed.
    guaranteed_share : float
        Share of the outstanding loan that is guaranteed.
    premium_share : float
        Premium that the borrower pays, as a share of the guaranteed part a year.
    safe_harbour_share : float
        Premium without aid, for example of :func:`safe_harbour_premium`.
    discount : float
        Discount rate as a share a year.

    Returns
    -------
    GrantEquivalent
        Its caveat says where more than 80 % is guaranteed.

    Raises
    ------
    UsageError
        When a share or rate is none.

    Notes
    -----
    Notice 2008/C 155/02, point 4.2 (not checked at the source): the guaranteed part at the
    beginning of each period times the premium saved.

    Examples
    --------
    >>> terms = LoanTerms(principal_amount=1000, interest_share=0.05, years=1)
    >>> found = guarantee_equivalent(terms, guaranteed_share=0.8, premium_share=0.01,
    ...                              safe_harbour_share=0.038, discount=0.04)
    >>> round(found.equivalent_amount, 4)
    21.5385
    """
    if not 0 < guaranteed_share <= 1:
        raise UsageError(
            f"guaranteed_share = {guaranteed_share} is no share of the loan.",
            todo="Write 0.8 for 80 %.",
        )
    for name, value in (
        ("premium_share", premium_share),
        ("safe_harbour_share", safe_harbour_share),
        ("discount", discount),
    ):
        _refuse_rate(name, value)
    schedule = loan_schedule(terms)
    money = ["outstanding_amount", "principal_amount"]
    schedule[money] *= guaranteed_share
    saved = (safe_harbour_share - premium_share) / terms.payments_per_year
    found = _equivalent(schedule, saved, discount, name="terms of a guarantee, given by the caller")
    if guaranteed_share <= 0.8:
        return found
    more = "More than 80 % of the loan is guaranteed: the safe harbours do not cover that."
    return GrantEquivalent(
        frame=found.frame,
        provenance=found.provenance,
        caveats=(*found.caveats, more),
        equivalent_amount=found.equivalent_amount,
    )


def _equivalent(
    schedule: pd.DataFrame, saved: float, discount: float, *, name: str
) -> GrantEquivalent:
    advantage = schedule["outstanding_amount"] * saved
    factor = (1 + discount) ** -schedule["years"]
    frame = schedule.assign(
        advantage_amount=advantage, discount_factor=factor, present_amount=advantage * factor
    )
    total = float(frame["present_amount"].sum())
    caveats: tuple[str, ...] = (
        "Interest and premiums are compared before tax; fees are not counted.",
    )
    if total <= 0:
        caveats += ("The terms are no better than the reference: the grant equivalent is 0.",)
    return GrantEquivalent(
        frame=frame,
        provenance=given_terms(name),
        caveats=caveats,
        equivalent_amount=max(total, 0.0),
    )
