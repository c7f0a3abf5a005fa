"""Reference and discount rates: base rate plus margin, and premiums of guarantees."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from difass_analysis.errors import UsageError, one_of
from difass_analysis.finance.aid_parameters import (
    READ,
    margin_table,
    parameter,
    premium_table,
)

Rating = Literal["strong", "good", "satisfactory", "weak", "bad"]
Collateral = Literal["high", "normal", "low"]


@dataclass(frozen=True, kw_only=True)
class ReferenceRate:
    """A reference rate and what it is made of; all rates are shares a year.

    Attributes
    ----------
    base, base_date : float, date
        The base rate, and the date at which it held.
    margin : float
        The margin for rating and collateral.
    reference, discount : float
        ``base + margin``, and the rate for discounting, ``base`` plus 100 basis points.
    notes : tuple of str
        What is unverified, and what was raised to a minimum.
    """

    base: float
    base_date: dt.date
    margin: float
    reference: float
    discount: float
    notes: tuple[str, ...] = ()


def reference_rate(
    base: float,
    *,
    base_date: dt.date,
    rating: Rating,
    collateral: Collateral,
    no_credit_history: bool = False,
) -> ReferenceRate:
    """Reference rate of a loan: base rate plus a margin for rating and collateral.

    Parameters
    ----------
    base : float
        Base rate of the Member State as a share a year: 0.035 for 3.5 %.
    base_date : datetime.date
        The date at which that base rate holds.
    rating : str
        ``strong`` (AAA to A), ``good`` (BBB), ``satisfactory`` (BB), ``weak`` (B) or ``bad``.
    collateral : str
        ``high``, ``normal`` or ``low``: loss given default of at most 30 %, between, or of at
        least 60 %.
    no_credit_history : bool
        Start-ups and special-purpose firms: the margin is at least 400 basis points.

    Raises
    ------
    UsageError
        When the base rate is no share a year, the date is before the Communication, or a label
        is not offered.

    Notes
    -----
    Communication 2008/C 14/02; the package holds no base rates, which change several times a
    year: they are given with their date, or come from a table by :func:`base_rate`.

    Examples
    --------
    >>> found = reference_rate(
    ...     0.035, base_date=dt.date(2024, 5, 1), rating="weak", collateral="normal")
    >>> round(found.reference, 6), round(found.discount, 6)
    (0.075, 0.045)
    """
    if not -0.05 <= base < 0.5:
        raise UsageError(
            f"A base rate of {base} is no share a year.", todo="Write 0.035 for 3.5 %."
        )
    discount = parameter("2008/C 14/02", name="discount_margin")
    if base_date < discount.valid_from:
        raise UsageError(
            f"The margins hold from {discount.valid_from}, and the base rate is of {base_date}.",
            todo="Use the rules of that time.",
        )
    margin, notes = _margin(rating, collateral)
    if no_credit_history:
        least = parameter("2008/C 14/02", name="margin_without_history")
        margin = max(margin, float(least.number))
        notes = (*notes, "Without credit history the margin is at least 400 bp (unverified).")
    return ReferenceRate(
        base=base,
        base_date=base_date,
        margin=margin,
        reference=base + margin,
        discount=base + float(discount.number),
        notes=notes,
    )


def _margin(rating: str, collateral: str) -> tuple[float, tuple[str, ...]]:
    held = margin_table()
    for what, value in (("rating", rating), ("collateral", collateral)):
        if value not in set(held[what]):
            raise one_of(what, value, list(dict.fromkeys(held[what])))
    row = held[(held["rating"] == rating) & (held["collateral"] == collateral)].iloc[0]
    notes = []
    if row["status"] != READ:
        notes.append("The margin is unverified.")
    if row["labels_status"] != READ:
        notes.append(
            f"What {rating} rating ({row['credit_quality']}) and {collateral} collateral (loss "
            f"given default {row['loss_given_default']}) mean is unverified."
        )
    return float(row["margin_share"]), tuple(notes)


def base_rate(table: pd.DataFrame, *, country: str, date: dt.date) -> float:
    """Base rate of a Member State at a date, from a table that the caller gives.

    Parameters
    ----------
    table : pandas.DataFrame
        ``country_code``, ``valid_from``, ``valid_to`` (missing: still valid), ``base_share``.
    country : str
        Code of the Member State.
    date : datetime.date
        The date of granting.

    Raises
    ------
    UsageError
        When a column is missing, no row or more than one holds at the date.

    Examples
    --------
    >>> table = pd.DataFrame({"country_code": ["IT"], "valid_from": [dt.date(2024, 1, 1)],
    ...                       "valid_to": [None], "base_share": [0.0411]})
    >>> base_rate(table, country="IT", date=dt.date(2024, 3, 1))
    0.0411
    """
    absent = {"country_code", "valid_from", "valid_to", "base_share"} - set(table.columns)
    if absent:
        raise UsageError(
            f"The table of base rates has no column {', '.join(sorted(absent))}.",
            todo="Give country_code, valid_from, valid_to and base_share.",
        )
    day = pd.Timestamp(date)
    begin, end = pd.to_datetime(table["valid_from"]), pd.to_datetime(table["valid_to"])
    held = table[(table["country_code"] == country) & (begin <= day) & ~(end < day)]
    if len(held) != 1:
        raise UsageError(
            f"{len(held)} base rates of {country} hold on {date}.",
            todo="Give the table exactly one row for each country and day.",
        )
    return float(held["base_share"].iloc[0])


def safe_harbour_premium(rating: str, *, date: dt.date) -> tuple[float, str]:
    """Yearly premium at which a guarantee to an SME holds no aid, and what is unverified of it.

    Parameters
    ----------
    rating : str
        ``AAA``, ``AA``, ``A``, ``BBB``, ``BB``, ``B``, ``B-``, or ``none`` without a rating.
    date : datetime.date
        Date of granting.

    Raises
    ------
    UsageError
        When there is no premium for the rating (CCC and below have none) or the date.

    Examples
    --------
    >>> safe_harbour_premium("none", date=dt.date(2024, 3, 1))
    (0.038, '')
    """
    held = premium_table()
    if rating not in set(held["rating"]):
        raise one_of("safe-harbour premium for the rating", rating, held["rating"].tolist())
    row = held[held["rating"] == rating].iloc[0]
    if date < dt.date.fromisoformat(row["valid_from"]):
        raise UsageError(
            f"The premiums hold from {row['valid_from']}, not on {date}.",
            todo="Give the premium of that time yourself.",
        )
    note = "" if row["status"] == READ else f"The safe-harbour premium for {rating} is unverified."
    return float(row["premium_share"]), note
