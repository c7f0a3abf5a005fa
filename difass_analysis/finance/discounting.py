"""Present values: money of later years made comparable with money of today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.errors import UsageError
from difass_analysis.finance.assumed import assumptions_provenance
from difass_analysis.result import Result

_UNVERIFIED = (
    "The schedule '{name}' ({source}) was not read at its source: check it before it is relied on."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class PresentValue(Result):
    """Flows by year with their factors, and their sum at the beginning.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``year`` (0 is the first), ``amount``, ``rate_share`` (of that year), ``factor``,
        ``present_amount``.
    total : float
        Sum of the present amounts.
    """

    total: float


def discount_schedules() -> pd.DataFrame:
    """Return the schedules of discount rates that are shipped, with source and check status.

    Examples
    --------
    >>> shown = discount_schedules()
    >>> shown.loc[shown["schedule"] == "green_book", "rate_share"].tolist()
    [0.035, 0.03, 0.025]
    """
    return _schedules().copy()


@cache
def _schedules() -> pd.DataFrame:
    with (files(__package__) / "data" / "discount_schedules.csv").open(encoding="utf-8") as text:
        return pd.read_csv(text)


def discount_factors(
    years: int, *, schedule: str | None = None, rate: float | None = None
) -> NDArray[np.float64]:
    """Answer: what is one euro of year t worth in year 0?

    ``DF(t) = 1 / prod(1 + r_s, s = 1..t)``: factors are chained, so that a rate that falls after
    30 years does not begin anew.

    Parameters
    ----------
    years : int
        The last year; the result has ``years + 1`` factors, the first of them 1.
    schedule : str, optional
        A schedule of :func:`discount_schedules`.
    rate : float, optional
        One rate for all years instead, as a fraction.

    Raises
    ------
    UsageError
        When neither or both are given, the schedule is unknown or too short, or the rate is -1 or
        less, or no number.

    Examples
    --------
    >>> discount_factors(31, schedule="green_book")[[10, 30, 31]].round(7).tolist()
    [0.7089188, 0.3562784, 0.3459014]
    """
    rates = _rates(years, schedule=schedule, rate=rate)
    return np.asarray(1 / np.cumprod(1 + rates))


def _rates(years: int, *, schedule: str | None, rate: float | None) -> NDArray[np.float64]:
    """Rate of each year; 0 in the first, from which on is discounted."""
    if years < 0:
        raise UsageError(f"years = {years} is below 0.", todo="Give the number of the last year.")
    if (schedule is None) == (rate is None):
        raise UsageError("Give a schedule or a rate, and not both.", todo='Say schedule="eu_2021".')
    if rate is not None:
        if not (rate > -1 and np.isfinite(rate)):
            raise UsageError(f"A discount rate of {rate} has no factor.", todo="3 % is 0.03.")
        return np.concatenate(([0.0], np.full(years, rate)))
    rows = _schedule(str(schedule))
    last = int(rows["to_year"].max())
    if years > last:
        raise UsageError(
            f"The schedule '{schedule}' ends with year {last}; {years} years are asked for.",
            todo="Shorten the period, or give a rate.",
        )
    found = np.zeros(years + 1)
    bounds = rows[["from_year", "to_year"]].to_numpy(dtype=int)
    for (first, end), share in zip(bounds, rows["rate_share"].to_numpy(dtype=float), strict=True):
        found[first : end + 1] = share
    found[0] = 0.0
    return found


def _schedule(name: str) -> pd.DataFrame:
    rows = _schedules()
    found = rows[rows["schedule"] == name]
    if found.empty:
        raise UsageError(
            f"There is no schedule '{name}'.", todo=f"Use {', '.join(rows['schedule'].unique())}."
        )
    return found


def present_value(
    amounts: Sequence[float],
    *,
    price_basis: str,
    schedule: str | None = None,
    rate: float | None = None,
) -> PresentValue:
    """Answer: what is a row of yearly amounts worth at its beginning?

    Parameters
    ----------
    amounts : sequence of float
        One amount a year, the first undiscounted; costs positive or negative as the caller likes.
    price_basis : str
        ``"constant:<year>"``, or ``"current"`` with a nominal rate of the caller's own.
    schedule, rate : str, float
        As in :func:`discount_factors`.

    Raises
    ------
    UsageError
        When amounts in current prices would be discounted with a schedule of real rates, an amount
        is not known, or the schedule is unknown.

    Examples
    --------
    >>> found = present_value([100, 100], price_basis="constant:2020", rate=0.05)
    >>> round(found.total, 4)
    195.2381
    """
    values = np.asarray(amounts, dtype=float)
    if not len(values) or not np.isfinite(values).all():
        raise UsageError(
            "An amount is not known, or there is none: the present value is not either.",
            todo="Give one number for each year.",
        )
    if schedule is not None and not price_basis.startswith("constant:"):
        raise UsageError(
            f"The amounts are in prices '{price_basis}', the rates of '{schedule}' are real.",
            todo="Bring the amounts to constant prices first, or give a nominal rate.",
        )
    factors = discount_factors(len(values) - 1, schedule=schedule, rate=rate)
    frame = pd.DataFrame(
        {
            "year": range(len(values)),
            "amount": values,
            "rate_share": _rates(len(values) - 1, schedule=schedule, rate=rate),
            "factor": factors,
            "present_amount": values * factors,
        }
    )
    return PresentValue(
        frame=frame,
        total=float(frame["present_amount"].sum()),
        provenance=assumptions_provenance(),
        caveats=_caveats(schedule, price_basis),
    )


def _caveats(schedule: str | None, price_basis: str) -> tuple[str, ...]:
    said = [f"Prices: {price_basis.replace(':', ' ')}."]
    if schedule is not None:
        rows = _schedule(schedule)
        if (rows["status"] == "unverified").any():
            said.append(_UNVERIFIED.format(name=schedule, source=rows["source"].iloc[0]))
    return tuple(said)
