"""How well one set is part of another: consistency, coverage, PRI, relevance of necessity.

Sources: Ragin, *Redesigning Social Inquiry* (2008), chapter 3; Schneider and Wagemann,
*Set-Theoretic Methods for the Social Sciences* (2012), pages 129-139, 147 and 236 (relevance
of necessity), 242 (PRI).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Memberships = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Sufficiency:
    """Fit of "X is sufficient for Y"; a figure is missing where its denominator is zero."""

    consistency: float
    coverage: float
    pri: float


@dataclass(frozen=True, kw_only=True)
class Necessity:
    """Fit of "X is necessary for Y"; a figure is missing where its denominator is zero."""

    consistency: float
    coverage: float
    relevance: float


def sufficiency(condition: ArrayLike, outcome: ArrayLike) -> Sufficiency:
    """Answer how far membership in a condition is matched by membership in the outcome.

    Parameters
    ----------
    condition, outcome : array_like of float
        Memberships between 0 and 1, one a case.

    Returns
    -------
    Sufficiency
        ``consistency`` = sum min(X, Y) / sum X, ``coverage`` = sum min(X, Y) / sum Y, and ``pri``,
        the proportional reduction in inconsistency, which leaves out what is as well a part of
        the negated outcome.

    Examples
    --------
    >>> fit = sufficiency([0.9, 0.8, 0.6, 0.3, 0.1, 0.7], [0.8, 0.9, 0.7, 0.4, 0.3, 0.2])
    >>> round(fit.consistency, 6), round(fit.coverage, 6), round(fit.pri, 6)
    (0.823529, 0.848485, 0.727273)
    """
    x, y = _pair(condition, outcome)
    both = np.minimum(x, y)
    neither = np.minimum(both, 1 - y).sum()
    return Sufficiency(
        consistency=_share(both.sum(), x.sum()),
        coverage=_share(both.sum(), y.sum()),
        pri=_share(both.sum() - neither, x.sum() - neither),
    )


def necessity_fit(condition: ArrayLike, outcome: ArrayLike) -> Necessity:
    """Answer how far the outcome needs the condition, and whether that says anything.

    Parameters
    ----------
    condition, outcome : array_like of float
        Memberships between 0 and 1, one a case.

    Returns
    -------
    Necessity
        ``consistency`` = sum min(X, Y) / sum Y, ``coverage`` = sum min(X, Y) / sum X, and
        ``relevance`` (RoN) = sum(1 - X) / sum(1 - min(X, Y)), which is low for a condition that
        nearly all cases have.

    Examples
    --------
    >>> fit = necessity_fit([0.9, 0.8, 0.6, 0.3, 0.1, 0.7], [0.8, 0.9, 0.7, 0.4, 0.3, 0.2])
    >>> round(fit.relevance, 6)
    0.8125
    """
    x, y = _pair(condition, outcome)
    both = np.minimum(x, y)
    return Necessity(
        consistency=_share(both.sum(), y.sum()),
        coverage=_share(both.sum(), x.sum()),
        relevance=_share((1 - x).sum(), (1 - both).sum()),
    )


def _pair(condition: ArrayLike, outcome: ArrayLike) -> tuple[Memberships, Memberships]:
    x = np.asarray(condition, dtype=np.float64)
    y = np.asarray(outcome, dtype=np.float64)
    return x, y


def _share(part: float, whole: float) -> float:
    # Memberships are rounded figures: what is left of a sum at 1e-12 is rounding, not a set.
    return float(part / whole) if whole > 1e-12 else float("nan")
