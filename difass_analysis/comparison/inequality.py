"""Inequality of money over beneficiaries, from sums by group that the engine has formed.

With ``n`` beneficiaries whose money is ``y_(1) <= ... <= y_(n)``, total ``Y`` and mean ``m``::

    Gini  G = 2 sum(i y_(i)) / (n Y) - (n + 1) / n
    Theil T = sum(y / Y * log(y / m))          (a beneficiary without money adds 0)

Over groups g with population shares ``p`` and money shares ``s``::

    T = sum(s log(s / p)) + sum(s T_g)                          between + within
    G = G_between + sum(p s G_g) + overlap                       Gini of the means, within, rest

The overlap is above zero where a beneficiary of a poorer group has more than one of a richer group.

Sources: Theil (1967), Economics and Information Theory, chapter 4; Shorrocks (1980), Econometrica
48(3), 613-625; Bhattacharya and Mahalanobis (1967), Journal of the American Statistical Association
62(317), 143-161; Lambert and Aronson (1993), Economic Journal 103(420), 1221-1227.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from difass_analysis.inference import Array


@dataclass(frozen=True, eq=False, kw_only=True)
class Sums:
    """Sums over the beneficiaries of each group, arrays of shape (groups,).

    ``n`` beneficiaries, ``y`` their money, ``ranked`` the sum of rank times money (rank 1 is
    the smallest), ``logs`` the sum of money times its logarithm.
    """

    n: Array
    y: Array
    ranked: Array
    logs: Array

    @classmethod
    def of(cls, money: Array) -> Sums:
        """Sums of one group from the money of each of its beneficiaries.

        Examples
        --------
        >>> sums = Sums.of(np.array([4.0, 1.0, 3.0, 2.0]))
        >>> float(gini(sums)[0]), float(theil(sums)[0].round(5))
        (0.25, 0.10644)
        """
        y = np.sort(np.asarray(money, float))
        ranks = np.arange(1, len(y) + 1)
        logs = np.log(np.where(y > 0, y, 1.0))
        parts = (float(len(y)), y.sum(), ranks @ y, y @ logs)
        n, total, ranked, weighted = (np.array([part]) for part in parts)
        return cls(n=n, y=total, ranked=ranked, logs=weighted)


def gini(sums: Sums) -> Array:
    """Gini coefficient by group, of the population (no correction of n - 1); NaN without money."""
    y = np.where(sums.y > 0, sums.y, np.nan)
    return np.asarray(2 * sums.ranked / (sums.n * y) - (sums.n + 1) / sums.n)


def theil(sums: Sums) -> Array:
    """Theil's T by group; NaN without money."""
    y = np.where(sums.y > 0, sums.y, np.nan)
    return np.asarray(sums.logs / y - np.log(y / sums.n))


def theil_parts(sums: Sums) -> tuple[float, float]:
    """Theil's T between groups, and within them.

    Examples
    --------
    >>> groups = Sums(n=np.array([2.0, 2.0]), y=np.array([3.0, 7.0]),
    ...               ranked=np.array([5.0, 11.0]),
    ...               logs=np.array([2 * np.log(2), 3 * np.log(3) + 4 * np.log(4)]))
    >>> [round(part, 5) for part in theil_parts(groups)]
    [0.08228, 0.02416]
    """
    held = sums.y > 0
    share, population = _shares(sums)
    between = float((share[held] * np.log(share[held] / population[held])).sum())
    return between, float((share[held] * theil(sums)[held]).sum())


def gini_parts(sums: Sums) -> tuple[float, float]:
    """Gini of the groups' means, and the weighted sum of the Ginis within groups.

    Examples
    --------
    >>> groups = Sums(n=np.array([2.0, 2.0]), y=np.array([3.0, 7.0]),
    ...               ranked=np.array([5.0, 11.0]), logs=np.zeros(2))
    >>> [round(part, 5) for part in gini_parts(groups)]
    [0.2, 0.05]
    """
    share, population = _shares(sums)
    order = np.argsort(sums.y / sums.n, kind="stable")
    below = np.cumsum(population[order]) - population[order] / 2
    between = 2 * float((share[order] * below).sum()) - 1
    held = sums.y > 0
    within = float((share[held] * population[held] * gini(sums)[held]).sum())
    return between, within


def _shares(sums: Sums) -> tuple[Array, Array]:
    return sums.y / sums.y.sum(), sums.n / sums.n.sum()
