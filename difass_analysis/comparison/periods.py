"""Periods of years: two of them, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from difass_analysis.errors import UsageError

Period = int | Sequence[int]


def span_of(period: Period) -> range:
    """Return the years of a period: a year, a first and last year, or a range of years.

    Raises
    ------
    UsageError
        When it is none of these.

    Examples
    --------
    >>> span_of((2014, 2016))
    range(2014, 2017)
    >>> span_of(2018)
    range(2018, 2019)
    """
    if isinstance(period, range) and len(period) and period.step == 1:
        return period
    years = [period] if isinstance(period, int) else list(period)
    if len(years) in (1, 2) and all(isinstance(year, int) for year in years):
        first, last = years[0], years[-1]
        if 1900 <= first <= last <= 2100:
            return range(first, last + 1)
    raise UsageError(
        f"{period!r} is not a period of years.",
        todo="Give a year, or the first and the last year, for example (2014, 2016).",
    )


def two_periods(periods: tuple[Period, Period]) -> tuple[range, range]:
    """Return the years before and after.

    Raises
    ------
    UsageError
        When there are not two periods, or the first does not end before the second begins.
    """
    if len(periods) != 2:
        raise UsageError(
            "A change is between two periods.",
            todo="Give for example periods=((2014, 2016), (2017, 2020)).",
        )
    before, after = map(span_of, periods)
    if before[-1] >= after[0]:
        raise UsageError(
            f"The period {named(before)} does not end before {named(after)} begins.",
            todo="Give the earlier period first; the two may not overlap.",
        )
    return before, after


def named(years: range) -> str:
    """Name of a period.

    Examples
    --------
    >>> named(range(2014, 2017))
    '2014-2016'
    """
    return str(years[0]) if len(years) == 1 else f"{years[0]}-{years[-1]}"
