"""One amount with its currency, prices and year, and the rule by which it was converted."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from difass_analysis.errors import UsageError
from difass_analysis.money.factors import Exchange
from difass_analysis.money.reference_rates import (
    EURO,
    Basis,
    BeforeJoining,
    check_before_joining,
    check_currency,
    period_text,
)
from difass_analysis.money.series import YearlySeries, read_series


@dataclass(frozen=True, kw_only=True)
class Amount:
    """An amount of money that cannot be added to an unlike one.

    Attributes
    ----------
    value : float
        The amount; NaN where it is not defined, with the reason in ``rule``.
    currency : str
        ISO code.
    price_basis : str
        ``current`` or ``constant:<year>``.
    year : int, optional
        Year of the amount; years of amounts in constant prices may differ.
    rule : str
        How the value came about.

    Examples
    --------
    >>> Amount(value=1.0, currency="EUR", year=2017) + Amount(value=2.0, currency="EUR", year=2017)
    Amount(value=3.0, currency='EUR', price_basis='current', year=2017, rule='')
    """

    value: float
    currency: str
    price_basis: str = "current"
    year: int | None = None
    rule: str = field(default="", compare=False)

    def __add__(self, other: Amount) -> Amount:
        """Add an amount of the same currency and prices, and of the same year at current prices.

        Raises
        ------
        UsageError
            When the amounts are unlike.
        """
        if not isinstance(other, Amount):
            return NotImplemented
        current = self.price_basis == "current"
        like = (self.currency, self.price_basis) == (other.currency, other.price_basis)
        if not like or (current and self.year != other.year):
            raise UsageError(
                f"{_label(self)} and {_label(other)} do not add up.",
                todo="Convert them to one currency and the prices of one year first.",
            )
        return Amount(
            value=self.value + other.value,
            currency=self.currency,
            price_basis=self.price_basis,
            year=self.year if self.year == other.year else None,
        )


def _label(one: Amount) -> str:
    return f"{one.currency} ({one.price_basis}, {one.year or 'no year'})"


def amount(
    value: float,
    *,
    currency: str,
    year: int,
    month: int | None = None,
    to: str = EURO,
    deflators: pd.DataFrame | str | Path | None = None,
    price_year: int | None = None,
    before_joining: BeforeJoining = "reference",
) -> Amount:
    """What is one amount in another currency, or in the prices of another year, and why?

    Parameters
    ----------
    value : float
        The amount in ``currency``.
    currency, to : str
        ISO codes.
    year, month : int
        Date of the amount; with a month the average rate of the month is used.
    deflators, price_year, before_joining
        As in :func:`difass_analysis.money.convert`; deflators by country must be of one country.

    Returns
    -------
    Amount
        Not rounded; ``rule`` holds the computation. NaN with the reason where there is no rate.

    Raises
    ------
    UsageError
        When an argument is not one that can be had.
    InputError
        When the deflators cannot be used, or the extra ``money`` is needed and not installed.

    Examples
    --------
    >>> amount(1000, currency="DEM", year=2001).rule
    '1,000.00 DEM of 2001 / 1.95583 = 511.29 EUR (fixed rate of DEM, Council Regulation ...)'
    >>> index = pd.DataFrame({"currency": "DEM", "year": [2000, 2001], "index": [100.0, 102.0],
    ...                       "base": 2000, "source": "statistical office"})
    >>> round(amount(1000, currency="DEM", year=2001, deflators=index, price_year=2000).value, 2)
    501.27
    """
    check_before_joining(before_joining)
    currency, to = check_currency(currency), check_currency(to)
    series = None if deflators is None else read_series(deflators)
    _refuse_unclear(series, price_year, month)
    basis: Basis = "year" if month is None else "month"
    period = year if month is None else year * 100 + month
    rule = Exchange(
        to=to,
        basis=basis,
        before_joining=before_joining,
        deflators=series,
        price_year=price_year,
    )
    country = series.keys[0] if series is not None and series.by == "country" else ""
    factor = rule.factor(currency, country, period)
    new = Amount(
        value=value / factor.down * factor.up,
        currency=to,
        price_basis="current" if price_year is None else f"constant:{price_year}",
        year=year,
    )
    told = f"{value:,.2f} {currency} of {period_text(period, basis)}"
    if factor.why:
        return Amount(**{**vars(new), "rule": f"{told}: not defined, {factor.why}"})
    steps = [told]
    up = factor.up
    if series is not None and price_year is not None:
        key = country or currency
        base, own = series.value(key, price_year), series.value(key, year)
        steps.append(f"x {base:g} / {own:g}")
        up = factor.up / (base / own)
    steps += [f"/ {factor.down:.6g}"] if factor.down != 1.0 else []
    steps += [f"x {up:.6g}"] if abs(up - 1.0) > 1e-12 else []
    source = f" ({'; '.join(dict.fromkeys(factor.sources))})" if factor.sources else ""
    said = "".join(f" {text}" for text in factor.said)
    text = f"{' '.join(steps)} = {new.value:,.2f} {to}{source}{said}"
    return Amount(**{**vars(new), "rule": text})


def _refuse_unclear(series: YearlySeries | None, price_year: int | None, month: int | None) -> None:
    if (series is None) != (price_year is None):
        raise UsageError(
            "Deflators and the year of the prices belong together.",
            todo="Give both deflators and price_year, or neither.",
        )
    if month is not None and (series is not None or not 1 <= month <= 12):
        raise UsageError(
            "A month is a number from 1 to 12, and deflated amounts take the rate of a year.",
            todo="Leave out the month.",
        )
    if series is not None and series.by == "country" and len(series.keys) > 1:
        raise UsageError(
            f"The deflators are of {', '.join(series.keys[:3])}: it is not clear which to use.",
            todo="Keep the rows of one country.",
        )
