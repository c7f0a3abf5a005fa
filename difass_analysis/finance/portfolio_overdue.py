"""Days past due from a schedule and payments: the oldest instalment is settled first."""

from __future__ import annotations

import datetime as dt

import narwhals as nw

from difass_analysis.engine import Lazy
from difass_analysis.programme import Programme
from difass_analysis.programme.canonical import MILLIONTHS

RULE = (
    "Days past due are derived: payments settle the oldest instalment first, and a loan is late "
    "since the day on which its oldest instalment not wholly paid was due."
)
#: Half a cent: what rounding may leave of an instalment that is paid.
_TOLERANCE = 5_000
_NONE = 10**9  # a day that never comes
_ORIGIN = dt.date(1900, 1, 1)


def can_derive(programme: Programme) -> bool:
    """Whether schedule and payments are given, with amounts and days.

    Examples
    --------
    >>> import pandas as pd
    >>> can_derive(Programme.from_frames(loans=pd.DataFrame({"loan_id": ["a"]})))
    False
    """
    return _has(programme, "instalments", "loan_id", "due_date", "principal_amount") and _has(
        programme, "repayments", "loan_id", "payment_date", "principal_amount"
    )


def derived_days(programme: Programme, rows: Lazy) -> Lazy:
    """Add to rows of ``loan_id`` and ``snapshot_date`` the days past due at that date.

    Parameters
    ----------
    programme : Programme
        With the tables ``instalments`` and ``repayments``.
    rows : lazy frame
        ``loan_id`` and ``snapshot_date``, each pair once.

    Returns
    -------
    lazy frame
        The two columns and ``_derived``: days, 0 where nothing is late, missing for a loan
        without a schedule, or of which an instalment has no day or amount. Principal and interest
        are taken together where both tables have interest, else principal alone. A payment on the
        day counts.
    """
    both = all(_has(programme, name, "interest_amount") for name in ("instalments", "repayments"))
    paid = _paid(programme, rows, interest=both)
    due = programme.tables["instalments"].select(
        "loan_id", _day=_number_of("due_date"), _amount=_amount(interest=both)
    )
    due = due.with_columns(
        _level=nw.col("_amount").cum_sum().over("loan_id", order_by="_day").cast(nw.Int64),
        _kind=nw.lit(1),
        snapshot_date=nw.lit(None).cast(nw.Date),
    )
    asked = paid.with_columns(
        _level=(nw.col("_paid") + _TOLERANCE).cast(nw.Int64),
        _kind=nw.lit(2),
        _day=nw.lit(_NONE).cast(nw.Int64),
    )
    columns = ["loan_id", "snapshot_date", "_day", "_level", "_kind"]
    stacked = nw.concat([due.select(columns), asked.select(columns)])
    oldest = nw.col("_day").cum_min(reverse=True).over("loan_id", order_by=["_level", "_kind"])
    found = stacked.with_columns(_oldest=oldest).filter(nw.col("_kind") == 2)
    late = _number_of("snapshot_date") - nw.col("_oldest")
    found = found.select(
        "loan_id", "snapshot_date", _derived=nw.when(late > 0).then(late).otherwise(0)
    )
    scheduled = due.select("loan_id").unique()
    return found.join(scheduled, on="loan_id", how="semi").join(
        _incomplete(programme), on="loan_id", how="anti"
    )


def _incomplete(programme: Programme) -> Lazy:
    """Loans of which an instalment has no day or no amount: when they are late is not known."""
    blank = nw.col("principal_amount").is_null()
    if _has(programme, "instalments", "interest_amount"):
        # In a time of grace interest alone is due.
        blank = blank & nw.col("interest_amount").is_null()
    rows = programme.tables["instalments"].filter(blank | nw.col("due_date").is_null())
    return rows.select("loan_id").unique()


def _paid(programme: Programme, rows: Lazy, *, interest: bool) -> Lazy:
    """Paid on each loan up to each date, in millionths."""
    payments = programme.tables["repayments"].select(
        "loan_id",
        snapshot_date=nw.col("payment_date"),
        _amount=_amount(interest=interest),
        _kind=nw.lit(0),
    )
    dates = rows.select("loan_id", "snapshot_date").with_columns(
        _amount=nw.lit(0).cast(nw.Int64), _kind=nw.lit(1)
    )
    columns = ["loan_id", "snapshot_date", "_amount", "_kind"]
    stacked = nw.concat([payments.select(columns), dates.select(columns)])
    running = nw.col("_amount").cum_sum().over("loan_id", order_by=["snapshot_date", "_kind"])
    return stacked.with_columns(_paid=running).filter(nw.col("_kind") == 1)


def _amount(*, interest: bool) -> nw.Expr:
    money = nw.col("principal_amount").fill_null(0.0)
    if interest:
        money = money + nw.col("interest_amount").fill_null(0.0)
    return (money * MILLIONTHS).round(0).cast(nw.Int64)


def _number_of(date: str) -> nw.Expr:
    return (nw.col(date) - nw.lit(_ORIGIN)).cast(nw.Int64)


def _has(programme: Programme, table: str, *columns: str) -> bool:
    lazy = programme.tables.get(table)
    return lazy is not None and set(columns) <= set(lazy.collect_schema().names())
