"""The life of each loan: its start, its first default, and how long it was watched."""

from __future__ import annotations

import narwhals as nw
import pandas as pd

from difass_analysis.engine import Lazy
from difass_analysis.errors import InputError, UsageError
from difass_analysis.finance.portfolio_rows import DAYLESS, DEFAULT_DAYS, ENDLESS, Tape
from difass_analysis.programme.canonical import MILLIONTHS


def refuse_undated(tape: Tape) -> None:
    """Raise where the tape cannot say how old a loan is.

    Raises
    ------
    InputError
        When dates of the tape or of disbursement are missing altogether.
    """
    if tape.date is None or "disbursement_date" not in tape.columns:
        what = "snapshot_date" if tape.date is None else "disbursement_date"
        raise InputError(
            f"The loan tape has no {what}: months on book are not known.",
            todo="Add the column, or look at the portfolio and its ageing only.",
        )


def refuse_days(days: int) -> None:
    """Raise where a line of default is no number of days."""
    if days < 0:
        raise UsageError(
            f"default_days = {days} is below zero.", todo=f"Give for example {DEFAULT_DAYS}."
        )


def default_unknown(tape: Tape, days: int) -> str:
    """Say why default cannot be told from this tape; empty where it can."""
    if tape.given == "nothing":
        return "Days past due are not known."
    inside = [band for band in tape.bands if band[0] <= days < band[1]]
    if inside:
        first, last = inside[0]
        name = f"{first}+" if last >= ENDLESS else f"{first}-{last}"
        return f"The band {name} lies on both sides of {days} days."
    return ""


def ever_said(days: int) -> str:
    """Say what default means where a loan is followed through its life.

    Examples
    --------
    >>> ever_said(90)[:39]
    'Default is a balance that was ever over'
    """
    return (
        f"Default is a balance that was ever over {days} days late, or anything written off: a "
        "loan that recovered still counts."
    )


def dayless_said(tape: Tape) -> list[str]:
    """Say on how many rows default cannot be told, because it is not known how late they are."""
    held = tape.held if tape.whole else tape.held.head(len(tape.dates))
    count = int(held["_dayless"].sum())
    if count:
        # What is written off is in default however late it is. Asked only where days are blank.
        lost = tape.lost().filter(DAYLESS & (nw.col("_written_off") > 0))
        count -= int(tape.collect(lost.select(n=nw.len()))["n"].iloc[0])
    if not count:
        return []
    return [
        f"On {count:,} rows of loans with a balance it is not known how late they are: they count "
        "as not in default at that date, and shares in default may be too low."
    ]


def lives(tape: Tape, *, default_days: int, watched: bool = False) -> Lazy:
    """One row a loan, kept in the engine.

    Returns
    -------
    lazy frame
        ``loan_id``, the group columns, ``_start`` (disbursement), ``_money`` (principal in
        millionths), ``_default`` (first date in default; missing without one), and where
        ``watched`` the ``_first`` date in the tape and the ``_last`` one on which something may
        have been outstanding: a loan that is repaid and stays in the tape cannot fall any more.
        Columns that change are taken at their largest.
    """
    date = nw.col("snapshot_date")
    open_ = nw.col("_outstanding").is_null() | (nw.col("_outstanding") > 0)
    ends = {"_first": date.min(), "_last": nw.when(open_).then(date).max()}
    loans = (
        tape.until()
        .group_by("loan_id")
        .agg(
            *(nw.col(name).max() for name in tape.by),
            _start=nw.col("disbursement_date").min(),
            _money=nw.col("_principal").max(),
            **(ends if watched else {}),
        )
    )
    # Few loans fall: finding them apart costs less than carrying their marks through all rows.
    fallen = tape.in_default(default_days).group_by("loan_id").agg(_default=date.min())
    return tape.programme.engine.materialise(loans.join(fallen, on="loan_id", how="left"))


def months_between(first: nw.Expr, last: nw.Expr) -> nw.Expr:
    """Months from one date to another, by calendar month.

    Examples
    --------
    >>> months_between(nw.col("a"), nw.col("b")).__class__.__name__
    'Expr'
    """
    return month_number(last) - month_number(first)


def month_number(date: nw.Expr) -> nw.Expr:
    """Months since the year 0."""
    return date.dt.year().cast(nw.Int64) * 12 + date.dt.month().cast(nw.Int64) - 1


def written_off_steps(tape: Tape, loans: Lazy) -> pd.DataFrame:
    """Money written off by group, start month and month on book in which it first stood there."""
    rows = tape.lost().filter(nw.col("_written_off") > 0)
    steps = rows.group_by("loan_id", "_written_off").agg(_date=nw.col("snapshot_date").min())
    # A total cannot fall: where it does, the largest so far stands, as in the portfolio.
    order = ["_date", "_written_off"]
    steps = steps.with_columns(
        _most=nw.col("_written_off").cum_max().over("loan_id", order_by=order)
    )
    before = nw.col("_most").shift(1).over("loan_id", order_by=order)
    steps = steps.with_columns(_step=nw.col("_most") - before.fill_null(0))
    joined = steps.join(loans.select("loan_id", "_start", *tape.by), on="loan_id", how="inner")
    dated = joined.filter(~nw.col("_start").is_null()).with_columns(
        _quarter=quarter_number(nw.col("_start")),
        _month=months_between(nw.col("_start"), nw.col("_date")),
    )
    sums = dated.group_by(*tape.by, "_quarter", "_month").agg(amount=nw.col("_step").sum())
    frame = tape.collect(sums)
    frame["amount"] = frame["amount"].astype("float64") / MILLIONTHS
    return frame


def quarter_number(date: nw.Expr) -> nw.Expr:
    """Quarters since the year 0."""
    return month_number(date) // 3


def quarter_name(number: int) -> str:
    """Name a quarter by its number.

    Examples
    --------
    >>> quarter_name(2017 * 4 + 2)
    '2017-Q3'
    """
    year, quarter = divmod(int(number), 4)
    return f"{year}-Q{quarter + 1}"
