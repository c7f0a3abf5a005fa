"""A value that is not known exactly: low, central and high, with its source and evidence step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from numbers import Real
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from difass_analysis.errors import UsageError

NO_SOURCE: Final = "no source given"


@dataclass(frozen=True, kw_only=True)
class Range:
    """A value with the lowest and the highest that it could reasonably have.

    Attributes
    ----------
    low, central, high : float
        In this order; all equal for a value that is taken as known.
    source : str
        Where the value is from: a survey, a study, a judgement.
    step : str
        Storey's step of the evidence behind it, ``"I"`` to ``"VI"``; empty when not stated.

    Examples
    --------
    >>> Range(low=0.3, central=0.4, high=0.6, source="survey of 2019", step="III").central
    0.4
    """

    low: float
    central: float
    high: float
    source: str = ""
    step: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no range."""
        values = (self.low, self.central, self.high)
        if not all(map(isfinite, values)):
            raise UsageError(
                f"A range holds a value that is no number: {', '.join(map(str, values))}.",
                todo="Leave the value out where it is not known.",
            )
        if not self.low <= self.central <= self.high:
            raise UsageError(
                f"A range must rise: low {self.low}, central {self.central}, high {self.high}.",
                todo="Give low, central and high in this order.",
            )

    @property
    def known(self) -> bool:
        """Whether low and high are the same."""
        return self.low == self.high

    def draws(self, rng: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Draw from the triangular distribution over the range."""
        if self.known:
            return np.full(count, self.central)
        return rng.triangular(self.low, self.central, self.high, count)


Given: TypeAlias = Range | float | Sequence[float]


def as_range(value: Given, *, name: str) -> Range:
    """Return a number, or low, central and high, as a range.

    Raises
    ------
    UsageError
        When it is neither a number, nor three numbers that rise.

    Examples
    --------
    >>> as_range((0.3, 0.4, 0.6), name="deadweight")
    Range(low=0.3, central=0.4, high=0.6, source='', step='')
    """
    if isinstance(value, Range):
        return value
    numbers: list[object] = []
    if isinstance(value, Real):  # numpy's whole numbers too, which are no int
        numbers = [value] * 3
    elif isinstance(value, Iterable):
        numbers = list(value)
    if len(numbers) != 3 or not all(isinstance(one, Real) for one in numbers):
        raise UsageError(
            f"{name} = {value!r} is neither a number nor low, central and high.",
            todo=f"Give for example {name}=0.4 or {name}=(0.3, 0.4, 0.6).",
        )
    low, central, high = (float(one) for one in numbers)  # type: ignore[arg-type]
    return Range(low=low, central=central, high=high)


def shares_and_multipliers(
    given: Mapping[str, Given | None], *, shares: Sequence[str], multipliers: Sequence[str]
) -> dict[str, Range]:
    """Return the values that are given as ranges, each within what it can be.

    Raises
    ------
    UsageError
        When a name is unknown, a share leaves 0 to 1, or a multiplier is below 0.

    Examples
    --------
    >>> found = shares_and_multipliers({"leakage": 0.1, "displacement": None},
    ...                                shares=["leakage", "displacement"], multipliers=[])
    >>> list(found)
    ['leakage']
    """
    known = (*shares, *multipliers)
    unknown = [name for name in given if name not in known]
    if unknown:
        raise UsageError(f"There is no factor '{unknown[0]}'.", todo=f"Use {', '.join(known)}.")
    ranges = {n: as_range(v, name=n) for n, v in given.items() if v is not None}
    for name, one in ranges.items():
        if one.low < 0 or (name in shares and one.high > 1):
            limits = "between 0 and 1" if name in shares else "0 or more"
            raise UsageError(
                f"{name} is {one.low} to {one.high}; it must be {limits}.",
                todo="Percent are given as fractions: 25 % is 0.25.",
            )
    return ranges
