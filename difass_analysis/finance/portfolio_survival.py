"""Survival: how long loans go without falling into default (Kaplan and Meier)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any, cast

import narwhals as nw
import numpy as np
import pandas as pd

from difass_analysis.errors import InputError, UsageError
from difass_analysis.finance.portfolio_lives import (
    dayless_said,
    default_unknown,
    ever_said,
    lives,
    months_between,
    refuse_days,
    refuse_undated,
)
from difass_analysis.finance.portfolio_model import Survival
from difass_analysis.finance.portfolio_rows import DEFAULT_DAYS, Tape, tape_of
from difass_analysis.programme import Programme

REPAID_EARLY = (
    "Loans that end or leave the tape without default count as watched no longer: repayment and "
    "default are taken as independent."
)


def loan_survival(
    programme: Programme,
    *,
    date: dt.date | str | None = None,
    by: Sequence[str] = (),
    default_days: int = DEFAULT_DAYS,
    level: float = 0.95,
) -> Survival:
    """Say what share of loans has gone without default up to each month on book.

    Parameters
    ----------
    programme : Programme
        With a loan tape that has ``disbursement_date``.
    date : datetime.date or str, optional
        Last date that counts; the last one of the tape without it.
    by : sequence of str
        Columns of the tape to group by; a loan belongs to one value of each.
    default_days : int
        A loan is in default once it is more days late than this with a balance, or anything is
        written off; one that recovers stays in default, other than in ``fund_parameters``, which
        looks at the last row of each loan.
    level : float
        Level of the intervals, with loans as independent units.

    Returns
    -------
    Survival
        One row for month 0 and for each month with a default. Loans that the tape shows only
        from a later age on enter the count at that age; those in default at first sight are left
        out. Missing where nobody is at risk.

    Raises
    ------
    InputError
        When days past due or dates are not known well enough to tell default.

    Notes
    -----
    Source: Kaplan and Meier (1958), JASA 53, 457-481, with delayed entry; Greenwood's error and
    intervals on the log-log scale (Kalbfleisch and Prentice 2002, section 1.4). The tests compare
    with ``statsmodels.duration.SurvfuncRight``.

    Examples
    --------
    >>> loans = pd.DataFrame({
    ...     "loan_id": ["a", "b"] * 2,
    ...     "snapshot_date": [dt.date(2017, 1, 31)] * 2 + [dt.date(2017, 6, 30)] * 2,
    ...     "disbursement_date": [dt.date(2017, 1, 5)] * 4,
    ...     "outstanding_amount": [100.0] * 4, "overdue_days": [0, 0, 120, 0]})
    >>> found = loan_survival(Programme.from_frames(loans=loans)).frame
    >>> found[["month", "at_risk", "events", "value"]].values.tolist()
    [[0.0, 2.0, 0.0, 1.0], [5.0, 2.0, 1.0, 0.5]]
    """
    refuse_days(default_days)
    if not 0 < level < 1:
        raise UsageError(f"level = {level} is not between 0 and 1.", todo="Give for example 0.95.")
    tape = tape_of(programme, date=date, by=by)
    refuse_undated(tape)
    why = default_unknown(tape, default_days)
    if why:
        raise InputError(
            f"Default (over {default_days} days late) is not known. {why}",
            todo="Give another number of days, or the days past due.",
        )
    spells, said = _spells(tape, default_days)
    groups = list(tape.by)
    parts = spells.groupby(groups, dropna=False) if groups else [((), spells)]
    frames = []
    for key, rows in parts:
        labels: dict[str, Any] = dict(zip(groups, cast(tuple[Any, ...], key), strict=True))
        frames.append(_curve(rows, level=level).assign(**labels))
    columns = ["month", "at_risk", "events", "value", "lower", "upper", "se", "note"]
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
    return Survival(
        frame=frame[[*groups, *columns]],
        provenance=programme.provenance,
        caveats=(
            *tape.caveats,
            ever_said(default_days),
            *dayless_said(tape),
            *said,
            REPAID_EARLY,
        ),
        by=tape.by,
        date=tape.date,
        currency=programme.currency,
        default_days=default_days,
        level=level,
    )


def _spells(tape: Tape, default_days: int) -> tuple[pd.DataFrame, list[str]]:
    """Loans by age at entry, age at default or end, and whether they fell into default."""
    start, fell = nw.col("_start"), nw.col("_default")
    rows = lives(tape, default_days=default_days, watched=True).with_columns(
        entry=months_between(start, nw.col("_first")),
        end=months_between(start, nw.coalesce(fell, nw.col("_last"), nw.col("_first"))),
        event=(~fell.is_null()).cast(nw.Int64),
    )
    frame = tape.collect(rows.group_by(*tape.by, "entry", "end", "event").agg(loans=nw.len()))
    undated = frame["entry"].isna()
    # A loan first seen in its first month has been watched from the beginning.
    entry = frame["entry"].where(frame["entry"] > 1, 0)
    seen = (frame["event"] == 1) & (frame["end"] <= entry) & (entry > 0)
    said = []
    for mask, what in (
        (undated, "have no date of disbursement and are left out"),
        (seen & ~undated, "were in default when the tape first shows them and are left out"),
    ):
        count = int(frame.loc[mask, "loans"].sum())
        said += [f"{count:,} loans {what}."] if count else []
    keep = ~undated & ~seen.fillna(False).astype("bool")
    kept = frame[keep].assign(entry=entry[keep])
    end = kept["end"].where(kept["event"] == 0, kept["end"].clip(lower=1))
    return kept.assign(end=end).astype({"entry": "int64", "end": "int64"}), said


def _curve(rows: pd.DataFrame, *, level: float) -> pd.DataFrame:
    """Kaplan and Meier's curve from counts of loans by entry, end and event."""
    entry, end, loans = (rows[name].to_numpy() for name in ("entry", "end", "loans"))
    fell = rows["event"].to_numpy() == 1
    months = np.unique(end[fell])
    events = np.array([loans[fell & (end == month)].sum() for month in months], dtype=float)
    watched = [loans[(entry < month) & (end >= month)].sum() for month in months]
    risk = np.array(watched, dtype=float)
    value = np.cumprod(1 - events / risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        se = value * np.sqrt(np.cumsum(events / (risk * (risk - events))))
        shift = NormalDist().inv_cdf(0.5 + level / 2) * se / (value * np.log(value))
        lower, upper = value ** np.exp(-shift), value ** np.exp(shift)
    defined = (value > 0) & (value < 1)
    first = {"month": 0, "at_risk": loans[entry == 0].sum(), "events": 0, "value": 1.0}
    frame = pd.DataFrame(
        {
            "month": months,
            "at_risk": risk,
            "events": events,
            "value": value,
            "lower": np.where(defined, lower, np.nan),
            "upper": np.where(defined, upper, np.nan),
            "se": np.where(defined, se, np.nan),
            "note": np.where(defined, "", "No loan is left: no interval."),
        }
    )
    start = pd.DataFrame([{**first, "lower": np.nan, "upper": np.nan, "se": np.nan, "note": ""}])
    whole = ["month", "at_risk", "events"]
    return pd.concat([start, frame], ignore_index=True).astype(dict.fromkeys(whole, "int64"))
