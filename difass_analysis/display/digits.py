"""How the figures of one picture are written: alike, and shorter where they are very long."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor, isnan, log10
from statistics import median

from difass_analysis.display import numbers

_LONG = 1e9  # from here on, figures in full would leave no room to draw
_MARKS = ((1e12, "T"), (1e9, "bn"), (1e6, "M"))
_MARKS_NOTE = "M = million, bn = thousand million, T = million million."
_POINTS_NOTE = "pp = percentage points."
_TINY = 1e-4  # numbers smaller than this are written with an exponent


@dataclass(frozen=True, kw_only=True)
class Digits:
    """Write the figures of one picture alike.

    Attributes
    ----------
    unit : str
        Unit of the figures; of a ``share``, 100 times the value is written.
    decimals : int
        Decimals of all figures.
    adding : bool
        Whether the figures add up; if not, more decimals are written where nothing but zeros
        would be left.
    short : bool
        Whether millions and more are written with a mark.

    Examples
    --------
    >>> plain, short = Digits(unit="EUR", decimals=2), Digits(unit="EUR", short=True)
    >>> plain.value(1.2345), plain.value(0.0042), short.value(1_250_000), short.value(7500)
    ('1.23', '0.0042', '1.25 M', '7,500')
    """

    unit: str = ""
    decimals: int = 0
    adding: bool = False
    short: bool = False

    def value(self, value: float) -> str:
        """Write one value; a missing one is ``not known``."""
        if not numbers.is_known(value):
            return numbers.NOT_KNOWN
        sign = " %" if self.unit == numbers.SHARE else ""
        return self._number(value) + sign

    def rough(self, value: float) -> str:
        """Write a value with two digits, for where there is little room.

        Examples
        --------
        >>> Digits(unit="EUR").rough(1_234_567), Digits(unit="share").rough(0.4567)
        ('1.2 M', '46 %')
        """
        if self.unit == numbers.SHARE:
            return f"{numbers.fixed_text(value * 100, decimals=0)} %"
        scale, mark = next(((s, f" {m}") for s, m in _MARKS if abs(value) >= s), (1.0, ""))
        return f"{float(f'{value / scale:.2g}'):,.10g}{mark}".replace("-", "\u2212")

    def change(self, value: float) -> str:
        """Write a change with its sign; that of a share in percentage points.

        Examples
        --------
        >>> Digits(unit="share", decimals=1).change(0.025), Digits(decimals=2).change(-0.2)
        ('+2.5 pp', '\u22120.20')
        """
        sign = " pp" if self.unit == numbers.SHARE else ""
        return ("+" if value > 0 else "") + self._number(value) + sign

    def span(self, lower: float, upper: float, *, change: bool = False) -> str:
        """Write an interval, or that of a change."""
        sign = (" pp" if change else " %") if self.unit == numbers.SHARE else ""
        if isnan(lower) and isnan(upper):
            return numbers.NOT_KNOWN
        if isnan(upper):
            return f"at least {self._number(lower)}{sign}"
        if isnan(lower):
            return f"at most {self._number(upper)}{sign}"
        return f"{self._number(lower)} to {self._number(upper)}{sign}"

    def notes(self, *, changes: bool = False) -> tuple[str, ...]:
        """Say what the marks mean."""
        marks = (_MARKS_NOTE,) if self.short else ()
        return (*marks, _POINTS_NOTE) if changes and self.unit == numbers.SHARE else marks

    def _number(self, value: float) -> str:
        shown = value * 100 if self.unit == numbers.SHARE else value
        size = abs(shown)
        if self.short and size >= _MARKS[-1][0]:
            scale, mark = next(pair for pair in _MARKS if size >= pair[0])
            number = f"{shown / scale:.1e}" if size / scale >= 1e4 else f"{shown / scale:,.4g}"
            return f"{number} {mark}".replace("-", "\u2212")
        text = numbers.fixed_text(shown, decimals=self.decimals)
        if size and not self.adding and not text.strip("\u22120.,"):
            return _small_text(shown)
        return text


def _small_text(value: float) -> str:
    if abs(value) < _TINY:
        return f"{value:.2g}".replace("-", "\u2212")
    return numbers.fixed_text(value, decimals=1 - floor(log10(abs(value))))


def digits_for(values: Iterable[float], *, unit: str) -> Digits:
    """Return how to write these values: with the decimals that the middle one deserves.

    Examples
    --------
    >>> digits_for([1.0, 2e9], unit="EUR").value(2e9), digits_for([20.0], unit="EUR").value(20)
    ('2 bn', '20')
    >>> ratios = digits_for([0.001, 1.5, 2.25], unit="EUR per EUR")
    >>> ratios.value(0.08), ratios.value(1.5)
    ('0.08', '1.50')
    """
    sizes = [abs(value) for value in values if not isnan(value)]
    short = max(sizes, default=0.0) >= _LONG and unit != numbers.SHARE
    if unit == numbers.SHARE:
        return Digits(unit=unit, decimals=1)
    if all(size == int(size) for size in sizes) and not numbers.is_ratio(unit):
        return Digits(unit=unit, short=short)
    typical = median([size for size in sizes if size] or [0.0])
    return Digits(unit=unit, short=short, decimals=min(5, numbers.decimals_of(typical, unit)))


def digits_for_sum(values: Iterable[float], parts: Iterable[float], *, unit: str) -> Digits:
    """Return how to write values and the parts between them, so that the sum can be followed.

    Examples
    --------
    >>> digits = digits_for_sum([1.0, 1.3], [0.5, -0.2], unit="EUR per EUR")
    >>> digits.value(1.0), digits.change(0.5), digits.change(-0.2), digits.value(1.3)
    ('1.000', '+0.500', '\u22120.200', '1.300')
    """
    base = digits_for([*values, *parts], unit=unit)
    factor = 100 if unit == numbers.SHARE else 1
    largest = max((abs(part) * factor for part in parts if part and not isnan(part)), default=0.0)
    if not largest or base.short:
        return base
    decimals = max(0, min(8, 2 - floor(log10(largest))))
    return Digits(unit=unit, decimals=max(decimals, min(base.decimals, 1)), adding=True)
