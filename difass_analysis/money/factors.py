"""By what an amount is divided and multiplied, and why it sometimes cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from difass_analysis.money.reference_rates import (
    EURO,
    Basis,
    BeforeJoining,
    PeriodRate,
    period_rate,
)
from difass_analysis.money.series import YearlySeries


@dataclass(frozen=True, kw_only=True)
class Factor:
    """``new = old / down * up``; NaN with the reason in ``why``.

    ``said`` are remarks that go with every figure made with the factor, ``sources`` say where
    it is from.
    """

    down: float
    up: float
    why: str = ""
    said: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class Rule(Protocol):
    """How amounts of a currency, country and period are changed."""

    @property
    def by_country(self) -> bool:
        """Whether the factor depends on the country."""
        ...

    def factor(self, currency: str, country: str, period: int) -> Factor:
        """Factor for amounts of this currency, country and period."""
        ...


_NAN = float("nan")


@dataclass(frozen=True, eq=False, kw_only=True)
class Exchange:
    """Deflate in the national currency where asked to, then convert by way of the euro."""

    to: str
    basis: Basis = "year"
    before_joining: BeforeJoining = "reference"
    deflators: YearlySeries | None = None
    price_year: int | None = None

    @property
    def by_country(self) -> bool:
        """Whether the factor depends on the country."""
        return self.deflators is not None and self.deflators.by == "country"

    def factor(self, currency: str, country: str, period: int) -> Factor:
        """Factor for amounts of this currency, country and period."""
        at = period if self.price_year is None else self.price_year
        sides = [self._rate(code, at) for code in (currency, self.to)]
        if currency == self.to:
            sides = [period_rate(EURO, at, basis=self.basis)] * 2
        why = [side.why for side in sides if side.why]
        ratio = 1.0
        if self.deflators is not None:
            key = country if self.by_country else currency
            base, own = (self.deflators.value(key, year) for year in (at, period))
            ratio = base / own
            absent = [
                str(year)
                for year, value in dict.fromkeys([(period, own), (at, base)])
                if np.isnan(value)
            ]
            if absent:
                why.append(f"no deflator of {key or '(no country)'} for {' and '.join(absent)}")
        if why:
            return Factor(down=_NAN, up=_NAN, why="; ".join(dict.fromkeys(why)))
        return Factor(
            down=sides[0].rate,
            up=sides[1].rate * ratio,
            said=tuple(text for one in sides for text in _said(one)),
            sources=tuple(
                text
                for code, one in zip((currency, self.to), sides, strict=True)
                for text in self._sources(code, one)
            ),
        )

    def _sources(self, currency: str, one: PeriodRate) -> list[str]:
        if one.days:
            return [f"{'yearly' if self.basis == 'year' else 'monthly'} averages of {one.source}"]
        law = currency != EURO and one.source != period_rate(EURO, 0, basis="year").source
        return [f"fixed rate of {currency}, {one.source}"] if law else []

    def _rate(self, currency: str, period: int) -> PeriodRate:
        return period_rate(currency, period, basis=self.basis, before_joining=self.before_joining)


def _said(one: PeriodRate) -> list[str]:
    return [f"{one.note[:1].upper()}{one.note[1:]}."] if one.note and not one.complete else []


@dataclass(frozen=True, eq=False, kw_only=True)
class Parity:
    """Divide by the purchasing power parity of the country or currency and year."""

    parities: YearlySeries

    @property
    def by_country(self) -> bool:
        """Whether the factor depends on the country."""
        return self.parities.by == "country"

    def factor(self, currency: str, country: str, period: int) -> Factor:
        """Factor for amounts of this currency, country and period."""
        key = country if self.by_country else currency
        parity = self.parities.value(key, period)
        why = f"no parity of {key or '(no country)'} for {period}" if np.isnan(parity) else ""
        return Factor(down=parity, up=1.0 if not why else _NAN, why=why)
