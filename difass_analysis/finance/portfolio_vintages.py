"""Vintages: how the loans of one quarter fared, by months since disbursement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import narwhals as nw
import numpy as np
import pandas as pd

from difass_analysis.engine import Lazy
from difass_analysis.finance.portfolio_lives import (
    dayless_said,
    default_unknown,
    ever_said,
    lives,
    month_number,
    months_between,
    quarter_name,
    quarter_number,
    refuse_days,
    refuse_undated,
    written_off_steps,
)
from difass_analysis.finance.portfolio_model import Vintages
from difass_analysis.finance.portfolio_rows import DEFAULT_DAYS, Tape, tape_of
from difass_analysis.programme import Programme
from difass_analysis.programme.canonical import MILLIONTHS

_EARLY = "Disbursed before the tape begins: what happened earlier is not seen."


def vintages(
    programme: Programme,
    *,
    date: dt.date | str | None = None,
    by: Sequence[str] = (),
    default_days: int = DEFAULT_DAYS,
) -> Vintages:
    """Follow the loans of each quarter: what share was written off, or in default, by what age?

    Parameters
    ----------
    programme : Programme
        With a loan tape that has ``disbursement_date`` and ``principal_amount``.
    date : datetime.date or str, optional
        Last date that counts; the last one of the tape without it.
    by : sequence of str
        Columns of the tape to group by; a loan belongs to one value of each.
    default_days : int
        A loan is in default once it is more days late than this with a balance, or anything is
        written off; one that recovers stays in default, other than in ``fund_parameters``, which
        looks at the last row of each loan.

    Returns
    -------
    Vintages
        Shares are of the money disbursed in the quarter, and never fall. A row is given only for
        ages that all loans of the quarter have reached, so that no curve mixes ages.
        ``default_amount`` is the amount lent in loans that were ever in default.

    Raises
    ------
    InputError
        When the tape has no dates, of its own or of disbursement; and as
        :func:`difass_analysis.finance.portfolio`.

    Notes
    -----
    Source: Siddiqi (2017), Intelligent Credit Scoring, 2nd ed., chapter 5 (vintage analysis).

    Examples
    --------
    >>> loans = pd.DataFrame({
    ...     "loan_id": ["a", "b"] * 2,
    ...     "snapshot_date": [dt.date(2017, 1, 31)] * 2 + [dt.date(2017, 2, 28)] * 2,
    ...     "disbursement_date": [dt.date(2017, 1, 5)] * 4, "principal_amount": [100.0, 300.0] * 2,
    ...     "outstanding_amount": [90.0, 300.0, 0.0, 200.0],
    ...     "written_off_amount": [0.0, 0.0, 90.0, 0.0], "overdue_days": [0, 0, 0, 0]})
    >>> found = vintages(Programme.from_frames(loans=loans)).frame
    >>> found[["quarter", "month", "written_off_share"]].values.tolist()
    [['2017-Q1', 0, 0.0], ['2017-Q1', 1, 0.225]]
    """
    refuse_days(default_days)
    tape = tape_of(programme, date=date, by=by)
    refuse_undated(tape)
    loans = lives(tape, default_days=default_days)
    cohorts, left_out = _cohorts(tape, loans)
    frame = _grid(tape, cohorts)
    why = default_unknown(tape, default_days)
    written = written_off_steps(tape, loans) if "written_off_amount" in tape.columns else None
    frame = _with_sum(tape, frame, written, "written_off")
    frame = _with_sum(tape, frame, _defaults(tape, loans) if not why else None, "default")
    return Vintages(
        frame=_finished(tape, frame, written is not None, why),
        provenance=programme.provenance,
        caveats=(
            *tape.caveats,
            *([] if why else [ever_said(default_days), *dayless_said(tape)]),
            *left_out,
        ),
        by=tape.by,
        date=tape.date,
        currency=programme.currency,
        default_days=default_days,
    )


def _cohorts(tape: Tape, loans: Lazy) -> tuple[pd.DataFrame, list[str]]:
    start = nw.col("_start")
    sums = (
        loans.with_columns(_quarter=quarter_number(start))
        .group_by(*tape.by, "_quarter")
        .agg(
            loans=nw.len(),
            disbursed_amount=nw.col("_money").sum(),
            _no_money=nw.col("_money").is_null().cast(nw.Int64).sum(),
            _youngest=month_number(start).max(),
            _oldest=month_number(start).min(),
        )
    )
    frame = tape.collect(sums)
    undated = frame["_quarter"].isna()
    lost = int(frame.loc[undated, "loans"].sum())
    said = []
    if lost:
        said.append(f"{lost:,} loans have no date of disbursement: they are in no quarter.")
    frame = frame[~undated].reset_index(drop=True)
    frame["disbursed_amount"] = frame["disbursed_amount"].astype("float64") / MILLIONTHS
    frame.loc[frame["_no_money"] > 0, "disbursed_amount"] = np.nan
    whole = ["_quarter", "_youngest", "_oldest"]
    frame[whole] = frame[whole].astype("int64")
    return frame.sort_values([*tape.by, "_quarter"], kind="stable"), said


def _grid(tape: Tape, cohorts: pd.DataFrame) -> pd.DataFrame:
    """One row for each cohort and month that its youngest loan has reached."""
    first, last = (_month_of(day) for day in (tape.dates[0], tape.dates[-1]))
    reached = (last - cohorts["_youngest"] + 1).clip(lower=0)
    rows = cohorts.loc[cohorts.index.repeat(reached)].reset_index(drop=True)
    rows["month"] = rows.groupby([*tape.by, "_quarter"], dropna=False).cumcount()
    rows["note"] = np.where(rows["_oldest"] < first, _EARLY, "")
    return rows


def _month_of(day: dt.date) -> int:
    return day.year * 12 + day.month - 1


def _defaults(tape: Tape, loans: Lazy) -> pd.DataFrame:
    start, fell = nw.col("_start"), nw.col("_default")
    rows = loans.filter(~fell.is_null() & ~start.is_null()).with_columns(
        _quarter=quarter_number(start), _month=months_between(start, fell)
    )
    sums = rows.group_by(*tape.by, "_quarter", "_month").agg(amount=nw.col("_money").sum())
    frame = tape.collect(sums)
    frame["amount"] = frame["amount"].astype("float64") / MILLIONTHS
    return frame


def _with_sum(
    tape: Tape, grid: pd.DataFrame, steps: pd.DataFrame | None, name: str
) -> pd.DataFrame:
    """Add what has happened up to each month, and its share of the money disbursed."""
    keys = [*tape.by, "_quarter"]
    if steps is None:
        return grid.assign(**{f"{name}_amount": np.nan, f"{name}_share": np.nan})
    # What happened before the day of disbursement, by a wrong date, still happened.
    dated = steps.assign(month=steps["_month"].clip(lower=0).astype("int64"))
    added = dated.groupby([*keys, "month"], dropna=False, as_index=False)[["amount"]].sum()
    joined = grid.merge(added, on=[*keys, "month"], how="left")
    total = (
        joined["amount"].fillna(0.0).groupby([joined[key] for key in keys], dropna=False).cumsum()
    )
    base = joined["disbursed_amount"]
    joined[f"{name}_amount"] = total
    joined[f"{name}_share"] = total / base.where(base > 0)
    return joined.drop(columns="amount")


def _finished(tape: Tape, frame: pd.DataFrame, written: bool, why: str) -> pd.DataFrame:
    said = [] if written else ["Write-offs are not known."]
    said += [f"Default is not known: {why}"] if why else []
    money = frame["disbursed_amount"].map(lambda amount: "" if amount > 0 else _NO_MONEY)
    note = [
        " ".join(filter(None, (own, *said, no_money)))
        for own, no_money in zip(frame["note"], money, strict=True)
    ]
    frame = frame.assign(quarter=[quarter_name(number) for number in frame["_quarter"]], note=note)
    columns = ["quarter", "month", "loans", "disbursed_amount", "written_off_amount"]
    columns += ["written_off_share", "default_amount", "default_share", "note"]
    return frame[[*tape.by, *columns]].reset_index(drop=True)


_NO_MONEY = "The amount lent is not known for all loans of the quarter."
