"""Rules that say which cells would tell of single contributors, and how much doubt must remain.

Source: A. Hundepool et al., Handbook on Statistical Disclosure Control (2010), chapter 4:
minimum frequency, (n,k) dominance, p % rule, and the protection that each asks for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from difass_analysis.errors import UsageError

Array = NDArray[np.float64]
Reason = Literal["", "too few contributors", "dominated"]


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What makes a cell unsafe. The parameters are the user's; they are never written out.

    Attributes
    ----------
    minimum : int
        Fewest contributors to a cell. Three, so that no two can work out each other.
    p : float
        A cell is unsafe where the second largest contributor could work out the largest to
        within this many per cent. Ten is common in business statistics.
    n, k : int and float, optional
        Dominance: a cell is unsafe where its ``n`` (1 or 2) largest contributors make up more
        than ``k`` per cent. Off unless both are given: the p % rule does the same better.

    Examples
    --------
    >>> Rules().minimum
    3
    """

    minimum: int = 3
    p: float = 10.0
    n: int | None = None
    k: float | None = None

    def __post_init__(self) -> None:
        """Refuse parameters that protect nothing."""
        holds = {
            "minimum must be a whole number of 1 or more": self.minimum == int(self.minimum) >= 1,
            "p must lie between 0 and 100": 0 < self.p < 100,
            "n and k are given together": (self.n is None) == (self.k is None),
            "n must be 1 or 2": self.n in (None, 1, 2),
            "k must lie between 0 and 100": self.k is None or 0 < self.k < 100,
        }
        for sentence, met in holds.items():
            if not met:
                raise UsageError(
                    f"Disclosure control: {sentence}.", todo="Correct [disclosure] or the Rules."
                )


def rules_of(entry: Mapping[str, float]) -> Rules:
    """Read rules from the table ``[disclosure]`` of a programme; what it leaves out is default.

    Raises
    ------
    UsageError
        When an entry is unknown, or a parameter protects nothing.

    Examples
    --------
    >>> rules_of({"minimum": 5}).minimum
    5
    """
    known = [field.name for field in fields(Rules)]
    for name in entry:
        if name not in known:
            raise UsageError(
                f"[disclosure] has no entry '{name}'.", todo=f"It knows {', '.join(known)}."
            )
    return Rules(
        minimum=int(entry.get("minimum", 3)),
        p=float(entry.get("p", 10.0)),
        n=int(entry["n"]) if "n" in entry else None,
        k=float(entry["k"]) if "k" in entry else None,
    )


def too_few(n: float, *, minimum: int) -> bool:
    """Whether a cell has contributors, but fewer than the minimum frequency.

    Examples
    --------
    >>> too_few(2, minimum=3), too_few(3, minimum=3), too_few(0, minimum=3)
    (True, False, False)
    """
    return 0 < n < minimum


def dominates(largest: float, total: float, *, k: float) -> bool:
    """Whether what the n largest put in together is more than k per cent of the cell.

    Examples
    --------
    >>> dominates(50_000, 100_000, k=90)
    False
    """
    return largest > k / 100 * total


def estimable(total: float, largest: float, second: float, *, p: float) -> bool:
    """Whether the second largest could estimate the largest to within p per cent (p % rule).

    Examples
    --------
    >>> estimable(100_000, 50_000, 49_000, p=10)
    True
    """
    return total - largest - second < p / 100 * largest * (1 - 1e-12) - 1e-9


def p_of_k(k: float) -> float:
    """Give the p of the p % rule that is as strict as (2,k) dominance.

    Examples
    --------
    >>> p_of_k(80)
    25.0
    """
    return 100 * (100 - k) / k


def k_of_p(p: float) -> float:
    """Give the k of (2,k) dominance that is as strict as the p % rule.

    Examples
    --------
    >>> round(k_of_p(10), 2)
    90.91
    """
    return 100 * 100 / (100 + p)


def unsafe(total: float, n: float, largest: float, second: float, *, rules: Rules) -> Reason:
    """Say why a cell of money is unsafe; empty where it is safe.

    Parameters
    ----------
    total, largest, second : float
        The cell and its two largest contributors, none of them negative.
    n : float
        Contributors.
    rules : Rules
        The rules.

    Examples
    --------
    >>> unsafe(330, 3, 300, 20, rules=Rules(p=10))
    'dominated'
    """
    if too_few(n, minimum=rules.minimum):
        return "too few contributors"
    together = largest + (second if rules.n == 2 else 0.0)
    if rules.k is not None and total > 0 and dominates(together, total, k=rules.k):
        return "dominated"
    return "dominated" if estimable(total, largest, second, p=rules.p) else ""


def protection(total: float, n: float, largest: float, second: float, *, rules: Rules) -> float:
    """How far an attacker's bounds must lie from the true value of an unsafe cell of money.

    Upper bound at least ``X + (p/100) x1 - (X - x1 - x2)``, and as far below, though not below
    zero. Under (n,k) dominance ``X + (100/k)(x1 + ... + xn) - X``; under minimum frequency
    ``X + (p/100) x1``. Where several rules are broken, the widest holds.

    Examples
    --------
    >>> protection(100_000, 3, 50_000, 49_000, rules=Rules(p=10))
    4000.0
    >>> protection(40, 1, 40, 0, rules=Rules(p=10))
    4.0
    """
    needs = [rules.p / 100 * largest - (total - largest - second)]
    if too_few(n, minimum=rules.minimum):
        needs.append(rules.p / 100 * largest)
    if rules.k is not None and rules.n is not None:
        needs.append(100 / rules.k * (largest + (second if rules.n == 2 else 0.0)) - total)
    return max(0.0, *needs)


def told_by_error(total: float, n: float, largest: float, second: float, squares: float) -> float:
    """How near the sum of squares behind an error brings the second largest to the largest.

    An error tells the sum of squares over contributors. Who knows it, the total and the own
    contribution bounds the largest from above; the bound's distance is returned, in per cent of
    the largest. It is infinite where there is nothing to bound.

    Examples
    --------
    >>> round(told_by_error(60, 3, 30, 20, 1400), 1)
    0.0
    """
    others = n - 1
    if n < 2 or largest <= 0:
        return math.inf if largest <= 0 else 0.0
    rest, left = total - second, max(squares - second * second, 0.0)
    spread = max((others - 1) / others * (left - rest * rest / others), 0.0)
    return max(0.0, 100 * ((rest / others + math.sqrt(spread)) / largest - 1))
