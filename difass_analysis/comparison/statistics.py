"""Shared statistics of the comparisons: the wild cluster bootstrap, for few clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from difass_analysis.inference import Array

#: Up to this number of clusters all sign changes are gone through instead of drawn.
ENUMERATED = 12


@dataclass(frozen=True, kw_only=True)
class WildTest:
    """P value of a wild cluster bootstrap, and the smallest one that it can give."""

    statistic: float
    p: float
    smallest: float
    draws: int


def wild_cluster_test(
    xx: Array, xy: Array, contrast: Array, *, draws: int = 9_999, seed: int = 1
) -> WildTest:
    """Test a linear combination of coefficients with few clusters: wild cluster bootstrap.

    Parameters
    ----------
    xx, xy : array of shape (clusters, k, k) and (clusters, k)
        Cross products of the regressors, and of regressors and outcome, by cluster.
    contrast : array of shape (k,)
        The combination of coefficients that is zero under the hypothesis.
    draws : int
        Draws where there are more than 12 clusters; with fewer all sign changes are used.
    seed : int
        Seed of the draws.

    Returns
    -------
    WildTest
        Share of sign changes whose statistic is at least (>=) that of the data; ``smallest`` is
        2 / 2^clusters or 1 / (draws + 1), whichever is larger: with 5 clusters 0.0625. NaN with
        one cluster or where the statistic has no error.

    Notes
    -----
    Rademacher weights, the hypothesis imposed, studentised with the CR1 error.
    Source: Cameron, Gelbach and Miller (2008), Review of Economics and Statistics 90(3), 414-427.

    Examples
    --------
    Five clusters whose means are all above zero: only two of the 32 sign changes are as extreme.

    >>> y = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    >>> wild_cluster_test(np.ones((5, 1, 1)), y[:, None], np.ones(1)).p
    0.0625
    """
    count = len(xx)
    inverse = np.linalg.pinv(xx.sum(axis=0), hermitian=True)
    direction = inverse @ contrast
    estimate = direction @ xy.sum(axis=0)
    spread = contrast @ direction
    smallest = smallest_wild_p(count, draws=draws)
    if count < 2 or spread <= 0:
        return WildTest(statistic=np.nan, p=np.nan, smallest=smallest, draws=0)
    restricted = inverse @ xy.sum(axis=0) - direction * estimate / spread
    scores = xy - xx @ restricted
    push = scores @ direction
    shift = (xx @ direction) @ inverse @ scores.T
    signs = _signs(count, draws, seed)
    statistics = _studentised(signs, push, shift)
    own = float(_studentised(np.ones((1, count)), push, shift)[0])
    if not np.isfinite(own):
        return WildTest(statistic=np.nan, p=np.nan, smallest=smallest, draws=0)
    extreme = int((np.abs(statistics) >= abs(own) * (1 - 1e-9)).sum())
    drawn = count > ENUMERATED
    p = (extreme + drawn) / (len(signs) + drawn)
    return WildTest(statistic=own, p=p, smallest=smallest, draws=len(signs))


def smallest_wild_p(clusters: int, *, draws: int = 9_999) -> float:
    """Smallest p value that a wild cluster bootstrap with so many clusters can give.

    Examples
    --------
    >>> smallest_wild_p(5)
    0.0625
    """
    return max(2.0 ** (1 - clusters), 0.0 if clusters <= ENUMERATED else 1 / (draws + 1))


def _signs(count: int, draws: int, seed: int) -> Array:
    """Rows of signs: all of them with few clusters, else random ones."""
    if count > ENUMERATED:
        coins = np.random.default_rng(seed).integers(0, 2, size=(draws, count))
    else:
        coins = np.arange(2**count)[:, None] >> np.arange(count) & 1
    return np.where(coins == 1, -1.0, 1.0)


def _studentised(signs: Array, push: Array, shift: Array) -> Array:
    """Statistic of each row of signs: the estimate by its CR1 error."""
    moved = signs * push
    count = len(push)
    residual = moved - signs @ shift.T
    squares = count / (count - 1) * (residual**2).sum(axis=1)
    total = moved.sum(axis=1)
    result = np.asarray(np.copysign(np.inf, total), dtype=np.float64)
    result[total == 0] = 0.0
    usable = squares > 1e-24 * (push @ push)
    result[usable] = total[usable] / np.sqrt(squares[usable])
    return result
