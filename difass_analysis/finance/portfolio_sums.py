"""Sums of the loan tape: balances at a date, flows of a period, and what the funds state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import narwhals as nw
import numpy as np
import pandas as pd

from difass_analysis.engine import Lazy
from difass_analysis.errors import InputError
from difass_analysis.finance.portfolio_rows import Tape, date_sums
from difass_analysis.programme import Programme
from difass_analysis.programme.canonical import MILLIONTHS

#: Days late above which a balance is at risk.
THRESHOLDS = (1, 30, 90, 180)
YEAR_DAYS = 365
_FULL_YEAR = (362, 370)

#: Columns of ``funds`` that the ratios use.
FUND_COLUMNS = (
    "financial_revenue_amount",
    "financial_expense_amount",
    "operating_expense_amount",
    "provision_amount",
    "allowance_amount",
    "staff_count",
)


@dataclass(frozen=True, kw_only=True)
class Period:
    """The time over which flows are taken: after ``opening``, up to ``closing``.

    ``why`` says why there is none. ``factor`` makes a year of it.
    """

    opening: dt.date | None = None
    closing: dt.date | None = None
    why: str = ""

    @property
    def days(self) -> int:
        """Days from opening to closing."""
        if self.opening is None or self.closing is None:
            return 0
        return (self.closing - self.opening).days

    @property
    def is_year(self) -> bool:
        """Whether it is a year but for a few days."""
        return _FULL_YEAR[0] <= self.days <= _FULL_YEAR[1]

    @property
    def factor(self) -> float:
        """What flows of the period are multiplied by to be those of a year."""
        return 1.0 if self.is_year else YEAR_DAYS / self.days if self.days else float("nan")

    def note(self) -> str:
        """Say what was annualised."""
        return "" if self.is_year or self.why else f"Annualised from {self.days} days."


def period_of(dates: tuple[dt.date, ...]) -> Period:
    """Return the twelve months up to the last date, or what there is of them.

    Examples
    --------
    >>> period_of((dt.date(2016, 12, 31), dt.date(2017, 12, 31))).is_year
    True
    >>> period_of((dt.date(2017, 12, 31),)).why
    'One date: there is no period, and no average over it.'
    """
    if not dates:
        return Period(why="The tape has no dates: there is no period.")
    if len(dates) == 1:
        return Period(closing=dates[0], why="One date: there is no period, and no average over it.")
    latest = dates[-1] - dt.timedelta(days=_FULL_YEAR[0])
    earlier = [day for day in dates if day <= latest]
    return Period(opening=earlier[-1] if earlier else dates[0], closing=dates[-1])


def _aggregated(lazy: Lazy, by: tuple[str, ...], sums: Mapping[str, nw.Expr]) -> Lazy:
    """Aggregate by groups, or all rows to one."""
    return lazy.group_by(*by).agg(**sums) if by else lazy.select(**sums)


def balances(tape: Tape) -> pd.DataFrame:
    """Balances of each group at the closing date, in the currency, and sums of squares.

    Returns
    -------
    pandas.DataFrame
        The group columns, ``rows``, ``loans``, ``unknown`` (rows without a balance), ``nameless``
        (loans with a balance and no borrower, where the tape names any),
        ``outstanding``, ``squares``; for each threshold x and each variant (``all`` with
        restructured loans, ``late`` without): ``<variant>_<x>`` surely at risk,
        ``..._maybe``, ``..._squares``. Where the tape marks restructured loans, ``unmarked``
        (loans with a balance whose mark is blank), ``unmarked_amount`` and for each threshold
        ``unmarked_<x>`` (the part that is not at risk already, and would be if restructured);
        where it has write-offs, ``blank_loss`` (rows without that amount).
    """
    out = nw.col("_outstanding")
    money = out.cast(nw.Float64) / MILLIONTHS
    sums: dict[str, nw.Expr] = {
        "rows": nw.len(),
        "loans": (out > 0).cast(nw.Int64).sum(),
        "unknown": out.is_null().cast(nw.Int64).sum(),
        "outstanding": out.sum(),
        "squares": (money * money).sum(),
    }
    if "borrower_id" in tape.columns:
        nameless = (out > 0) & nw.col("borrower_id").is_null()
        sums["nameless"] = nameless.fill_null(False).cast(nw.Int64).sum()
    if "restructured" in tape.columns:
        sums |= unmarked_sums()
    if "written_off_amount" in tape.columns:
        sums["blank_loss"] = nw.col("_written_off").is_null().cast(nw.Int64).sum()
    for x in THRESHOLDS:
        late, possible = nw.col("_from") > x, nw.col("_to") > x
        for variant, sure in (("all", late | nw.col("_restructured")), ("late", late)):
            sums[f"{variant}_{x}"] = _where(sure, out).sum()
            sums[f"{variant}_{x}_maybe"] = _where(possible & ~sure, out).sum()
            sums[f"{variant}_{x}_squares"] = nw.when(sure).then(money * money).otherwise(0.0).sum()
    frame = tape.collect(_aggregated(tape.closing(), tape.by, sums))
    counts = {"rows", "loans", "unknown", "nameless", "unmarked", "blank_loss"}
    for name in sums:
        if name not in counts and "squares" not in name:
            frame[name] = frame[name].astype("float64") / MILLIONTHS
    return frame


def unmarked_sums() -> dict[str, nw.Expr]:
    """Loans with a balance of which the mark of restructuring is blank, and their balance."""
    out, blank = nw.col("_outstanding"), nw.col("_unmarked")
    sums = {
        "unmarked": (blank & (out > 0)).fill_null(False).cast(nw.Int64).sum(),
        "unmarked_amount": _where(blank, out).sum(),
    }
    for x in THRESHOLDS:
        sums[f"unmarked_{x}"] = _where(blank & (nw.col("_to") <= x), out).sum()
    return sums


def unmarked_said(loans: int, amount: float, total: float) -> str:
    """Say what is not marked at all, though the tape has a column for it."""
    return (
        f"{loans:,} loans with {amount / total:.1%} of the balance are not marked as restructured "
        "or not: they count as not restructured, and PAR may be too low by them."
    )


def _where(mask: nw.Expr, value: nw.Expr) -> nw.Expr:
    return nw.when(mask).then(value).otherwise(0)


def history(tape: Tape) -> pd.DataFrame:
    """Balance, loans and PAR30 of each date and group."""
    if tape.by:
        keys = ["snapshot_date", *tape.by]
        frame = tape.collect(tape.until().group_by(*keys).agg(**date_sums()))
    else:
        frame = tape.held.copy()
        if tape.dates:
            frame = frame.head(len(tape.dates))
    for name in ("outstanding_amount", "_late", "_possible"):
        frame[name] = frame[name].astype("float64") / MILLIONTHS
    total = frame["outstanding_amount"]
    known = (total > 0) & (frame["_late"] == frame["_possible"])
    frame["par_30"] = (frame["_late"] / total.where(total > 0)).where(known)
    frame["loans"] = frame["loans"].fillna(0).astype("int64")
    return frame.drop(columns=["_late", "_possible", "_lowest", "_dayless"])


def refuse_repeated(tape: Tape) -> None:
    """Raise where a loan stands twice at the closing date: its balance would count twice.

    Raises
    ------
    InputError
        Naming up to three of them.
    """
    unique = _UNIQUE.setdefault(tape.programme, set())
    if tape.programme.checked or tape.date in unique:
        return
    counts = tape.closing().group_by("loan_id").agg(_n=nw.len()).filter(nw.col("_n") > 1)
    found = tape.programme.engine.collect(counts.sort("loan_id").head(3))
    if len(found):
        raise InputError(
            f"Loans stand more than once at one date: {', '.join(map(str, found['loan_id']))}.",
            todo="Keep one row a loan a date; the check lists all of them.",
        )
    unique.add(tape.date)


# Dates at which each loan was found to stand once, so that one page looks once.
_UNIQUE: WeakKeyDictionary[Programme, set[dt.date | None]] = WeakKeyDictionary()


def averages(tape: Tape, held: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Average balance of each group over the dates of the period, a group's absence being zero."""
    if period.opening is None or period.closing is None:
        return pd.DataFrame(columns=[*tape.by, "average"])
    inside = held[held["snapshot_date"].map(_day).between(period.opening, period.closing)]
    dates = inside["snapshot_date"].nunique()
    if not tape.by:
        return pd.DataFrame({"average": [inside["outstanding_amount"].sum() / dates]})
    sums = inside.groupby(list(tape.by), dropna=False)["outstanding_amount"].sum() / dates
    return sums.rename("average").reset_index()


def borrowers(tape: Tape, period: Period) -> pd.DataFrame:
    """Borrowers with a balance at the closing date, and on average over the period."""
    if "borrower_id" not in tape.columns:
        return pd.DataFrame(columns=[*tape.by, "borrowers", "average_borrowers"])
    rows = tape.until()
    if period.opening is not None:
        rows = rows.filter(nw.col("snapshot_date") >= period.opening)
    active = rows.filter(nw.col("_outstanding") > 0)
    keys = ["snapshot_date", *tape.by]
    pairs = active.group_by(*keys, "borrower_id").agg(_n=nw.len())
    counts = tape.collect(
        pairs.group_by(*keys).agg(borrowers=(~nw.col("borrower_id").is_null()).cast(nw.Int64).sum())
    )
    closing = counts["snapshot_date"].map(_day) == tape.date if tape.date else slice(None)
    now = counts.loc[closing, [*tape.by, "borrowers"]]
    if period.why:
        return now.assign(average_borrowers=np.nan)
    # Nobody has a balance on some dates: they count in the average all the same.
    dates = sum(period.opening <= day for day in tape.dates) if period.opening else 0
    if not tape.by:
        return now.assign(average_borrowers=counts["borrowers"].sum() / dates)
    mean = counts.groupby(list(tape.by), dropna=False)["borrowers"].sum() / dates
    average = mean.rename("average_borrowers").reset_index()
    return average.merge(now, on=list(tape.by), how="left")


def write_offs(tape: Tape, period: Period) -> pd.DataFrame:
    """Written off and collected afterwards: up to the closing date, and before the period.

    Both columns of the tape are totals up to a date, and a loan that left the tape keeps its last
    one.
    """
    amounts = ("written_off", "recovered")
    earlier = nw.lit(False)
    if period.opening is not None:
        earlier = nw.col("snapshot_date") <= period.opening
    loans = (
        tape.lost()
        .group_by("loan_id")
        .agg(
            **{name: nw.col(f"_{name}").max() for name in amounts},
            **{f"{name}_before": _where(earlier, nw.col(f"_{name}")).max() for name in amounts},
        )
    )
    if tape.by:
        # A loan belongs to one group by all of its rows, as in vintages; few loans are lost.
        rows = tape.until().join(loans.select("loan_id"), on="loan_id", how="semi")
        groups = rows.group_by("loan_id").agg(*(nw.col(name).max() for name in tape.by))
        loans = loans.join(groups, on="loan_id", how="inner")
    names = [*amounts, *(f"{name}_before" for name in amounts)]
    sums: dict[str, Any] = {name: nw.col(name).fill_null(0).sum() for name in names}
    frame = tape.collect(_aggregated(loans, tape.by, {"loans": nw.len(), **sums}))
    frame[names] = frame[names].fillna(0).astype("float64") / MILLIONTHS
    return frame


def disbursements(tape: Tape, period: Period) -> pd.DataFrame:
    """Loans disbursed within the period."""
    if "disbursement_date" not in tape.columns or period.opening is None:
        return pd.DataFrame(columns=[*tape.by, "disbursed"])
    day = nw.col("disbursement_date")
    rows = tape.until().filter((day > period.opening) & (day <= period.closing))
    loans = rows.group_by("loan_id").agg(*(nw.col(name).max() for name in tape.by))
    return tape.collect(_aggregated(loans, tape.by, {"disbursed": nw.len()}))


def fund_figures(tape: Tape, period: Period) -> tuple[pd.DataFrame, str]:
    """What the funds state for the year, by fund or together; or why it cannot be used."""
    empty = pd.DataFrame(columns=[*tape.by, *FUND_COLUMNS])
    if "funds" not in tape.programme.tables:
        return empty, "There is no table 'funds' with revenue and cost."
    if tape.by not in {(), ("fund_id",)}:
        return empty, f"Revenue and cost are not known by {', '.join(tape.by)}."
    if tape.date is None:
        return empty, "The tape has no dates: the year of the funds' figures is not known."
    if tape.date.month != 12:
        return empty, f"The funds state whole years, and the tape is read at {tape.date}."
    funds = tape.programme.table("funds")
    funds = funds[funds["year"] == tape.date.year].reindex(
        columns=list(dict.fromkeys(["fund_id", *FUND_COLUMNS]))
    )
    if funds.empty:
        return empty, f"The funds state nothing for {tape.date.year}."
    if tape.by:
        return funds, ""
    # One unknown part makes the sum unknown.
    whole = funds[list(FUND_COLUMNS)].sum(skipna=False)
    return whole.to_frame().T.astype("float64"), ""


def unlike_funds(tape: Tape) -> str:
    """Say why what all funds state is not of the loans of the tape; empty where it may be."""
    if tape.by or tape.date is None or not {"fund_id", "snapshot_date"} <= tape.columns:
        return ""
    loans = tape.programme.tables["loans"]
    held = loans.filter((nw.col("snapshot_date") == tape.date) & (nw.col("outstanding_amount") > 0))
    found = tape.programme.engine.collect(held.select("fund_id").unique())
    lending = set(found["fund_id"].dropna())
    if lending and found["fund_id"].isna().any():
        return "Loans with a balance name no fund: what the funds state may not be theirs."
    funds = tape.programme.table("funds")
    stated = set(funds.loc[funds["year"] == tape.date.year, "fund_id"].dropna())
    for names, what in (
        (lending - stated, "state nothing for {year} of {names}, which has loans in the tape"),
        (stated - lending, "state figures for {year} of {names}, which has no balance in the tape"),
    ):
        if names and lending:
            shown = ", ".join(sorted(map(str, names))[:3])
            said = what.format(year=tape.date.year, names=shown)
            return f"The funds {said}: group by fund_id."
    return ""


def _day(value: Any) -> dt.date:
    return pd.Timestamp(value).date()
