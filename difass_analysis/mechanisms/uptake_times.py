"""How long transfers take from stage to stage, with those counted that are still under way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isnan, nan
from typing import Any

import numpy as np
import pandas as pd

from difass_analysis.errors import InputError, UsageError
from difass_analysis.mechanisms.uptake import FEW, group_columns, groups_of
from difass_analysis.programme import Programme
from difass_analysis.result import Result
from difass_analysis.schema.cooperation import STAGES
from difass_analysis.validation.transfer_rows import ITSELF, STAGE_DATES, read_transfers

#: The steps that are timed: from stage, to stage.
STEPS = (*pairwise(STAGES), (STAGES[0], STAGES[-1]))

_INDEPENDENT = (
    "Transfers still under way are watched until the day of the data: that a transfer is watched "
    "no longer is taken to say nothing about when it would have gone on."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class StageTimes(Result):
    """Median days between stages: one row for each step, in each group.

    Attributes
    ----------
    frame : pandas.DataFrame
        The group columns; ``from_stage``, ``to_stage``; ``transfers`` (that count), ``done``
        (took the step), ``under_way`` (had not by the day of the data), ``left_out`` (began it,
        but cannot be timed); ``median_days`` with ``lower`` and ``upper``; ``method``, ``note``.
    by : tuple of str
        The group columns.
    as_of : datetime.date
        Day of the data.
    level : float
        Level of the intervals.
    """

    by: tuple[str, ...] = ()
    as_of: dt.date = dt.date.min
    level: float = 0.95


def stage_times(
    programme: Programme,
    *,
    by: Sequence[str] = (),
    as_of: dt.date | None = None,
    level: float = 0.95,
) -> StageTimes:
    """Tell how long half of the transfers take for each step between stages.

    Parameters
    ----------
    programme : Programme
        With a table ``transfers`` that has dates of stages.
    by : sequence of str
        Columns of ``transfers`` to group by; ``exporter`` and ``importer`` are offered too.
    as_of : datetime.date, optional
        Day up to which the data say what happened; without it, the latest date in them. Later
        dates count as not yet come.
    level : float
        Level of the intervals, between 0 and 1.

    Returns
    -------
    StageTimes
        The median is the first day on which the estimated share of those that have not taken the
        step is below half; it is missing where that never is so, and a bound where the interval
        is open. A transfer whose later stage comes first, or that is known
        to have gone on without the date of this step, is left out of it.

    Raises
    ------
    InputError
        When no transfer has a date, or the programme has no table ``transfers``.
    UsageError
        When a column or a level is not offered.

    References
    ----------
    Kaplan and Meier (1958), *JASA* 53, 457-481; the interval of the median is that of Brookmeyer
    and Crowley (1982), *Biometrics* 38, 29-41, on the complementary log-log scale.

    Examples
    --------
    >>> rows = pd.DataFrame({"transfer_id": list("abc"), "from_name": list("xyz"),
    ...     "to_name": list("uvw"), "agreed_date": ["2017-01-01"] * 3,
    ...     "prepared_date": ["2017-01-11", "2017-01-21", None]})
    >>> found = stage_times(Programme.from_frames(transfers=rows), as_of=dt.date(2017, 12, 31))
    >>> found.frame.loc[0, ["transfers", "done", "median_days"]].tolist()
    [3.0, 2.0, 20.0]
    """
    if not 0 < level < 1:
        raise UsageError(f"The level is {level}.", todo="Give a level between 0 and 1, as 0.95.")
    read = read_transfers(programme.table("transfers"))
    rows = read[read["pair"] != ITSELF]
    names = group_columns(rows, by)
    known = [day for name in STAGE_DATES for day in rows[name].dropna()]
    if not known:
        raise InputError(
            f"No transfer of programme '{programme.id}' has a date.",
            todo=f"Fill in {', '.join(STAGE_DATES)} as far as they are known.",
        )
    day = max(known) if as_of is None else pd.Timestamp(as_of)
    lines: list[dict[str, Any]] = [
        {**labels, **_step(mine, start, end, day=day, level=level)}
        for labels, mine in groups_of(rows, names)
        for start, end in STEPS
    ]
    stated = "" if as_of is not None else " (the latest date in them; none was given)"
    return StageTimes(
        frame=pd.DataFrame(lines),
        provenance=programme.provenance,
        caveats=(
            *programme.caveats,
            f"Day of the data: {day:%Y-%m-%d}{stated}.",
            _INDEPENDENT,
        ),
        by=names,
        as_of=day.date(),
        level=level,
    )


def _step(
    rows: pd.DataFrame, start: str, end: str, *, day: pd.Timestamp, level: float
) -> dict[str, Any]:
    begun = rows[f"{start}_date"].where(rows[f"{start}_date"] <= day)
    ended = rows[f"{end}_date"].where(rows[f"{end}_date"] <= day)
    later = [f"{stage}_date" for stage in STAGES[STAGES.index(end) :]]
    passed = (rows[later] <= day).any(axis=1)
    passed |= (rows["reached"] >= end).fillna(False) & ~(rows[later] > day).any(axis=1)
    began = begun.notna()
    lost = began & ((ended.isna() & passed) | (ended < begun))
    used = began & ~lost
    event = ended[used].notna()
    days = (ended[used].fillna(day) - begun[used]).dt.days
    median, lower, upper = _median(days, event, level=level)
    return {
        "from_stage": start,
        "to_stage": end,
        "transfers": int(used.sum()),
        "done": int(event.sum()),
        "under_way": int((~event).sum()),
        "left_out": int(lost.sum()),
        "median_days": median,
        "lower": lower,
        "upper": upper,
        "method": "Kaplan-Meier",
        "note": _note(int(used.sum()), int(event.sum()), int(lost.sum()), median),
    }


def _note(used: int, done: int, lost: int, median: float) -> str:
    parts = []
    if not used:
        parts.append("No transfer has begun this step on a known date.")
    elif isnan(median):
        parts.append(
            "The curve does not fall below half: too few have taken this step."
            if done
            else "None has taken this step yet."
        )
    if 0 < used < FEW:
        parts.append(f"Few transfers ({used}).")
    if lost:
        parts.append(f"{lost} left out: they went on without a usable date of this step.")
    return " ".join(parts)


def _median(days: pd.Series, event: pd.Series, *, level: float) -> tuple[float, float, float]:
    """Median by Kaplan and Meier with its interval; missing where the curve stays above half."""
    if not event.any():
        return nan, nan, nan
    from statsmodels.duration.survfunc import SurvfuncRight

    curve = SurvfuncRight(days.to_numpy(dtype="float64"), event.to_numpy(dtype="int64"))
    with np.errstate(
        divide="ignore", invalid="ignore"
    ):  # the scale has no value where none is left
        lower, upper = curve.quantile_ci(0.5, alpha=1 - level, method="cloglog")
    # Where nobody is left there is no error, so the last day does not close the interval.
    closed = np.isfinite(upper) and not (curve.surv_prob[-1] == 0 and upper == curve.surv_times[-1])
    return float(curve.quantile(0.5)), float(lower), float(upper) if closed else nan
