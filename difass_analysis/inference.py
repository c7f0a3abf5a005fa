"""Shared statistics: errors and intervals of ratios of sums and of totals.

All functions take arrays with one entry for each cell of a table (or one entry for each
cluster) and return arrays; what is undefined comes back as NaN, and the caller says why.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]

#: Below this number of clusters the linearised error is too small; the jackknife is reported.
FEW_CLUSTERS = 10
#: Above this coefficient of variation of the denominator the symmetric interval misleads.
UNSTABLE_DENOMINATOR = 0.1


@dataclass(frozen=True, kw_only=True, eq=False)
class Moments:
    """Sums over independent clusters, one entry for each cell of a table.

    ``y`` is the numerator and ``x`` the denominator of a cluster (for a total, only ``y``).
    """

    clusters: Array
    y: Array
    x: Array
    yy: Array
    xx: Array
    xy: Array

    @classmethod
    def of(cls, y: Array, x: Array) -> Moments:
        """Return the moments of one cell from the clusters' own values.

        Examples
        --------
        >>> moments = Moments.of(np.array([1.0, 3.0]), np.array([2.0, 2.0]))
        >>> float(moments.y[0] / moments.x[0])
        1.0
        """
        y, x = np.asarray(y, float), np.asarray(x, float)
        sums = [float(len(y)), y.sum(), x.sum(), y @ y, x @ x, x @ y]
        clusters, sy, sx, syy, sxx, sxy = (np.array([value]) for value in sums)
        return cls(clusters=clusters, y=sy, x=sx, yy=syy, xx=sxx, xy=sxy)


def ratio(moments: Moments) -> Array:
    """Ratio of sums by cell; NaN where the denominator is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = moments.y / moments.x
    return np.where(moments.x == 0, np.nan, value)


def linearised_error(moments: Moments) -> Array:
    """Standard error of a ratio of sums from residuals e = y - R x totalled by cluster.

    ``sqrt(G / (G - 1) * sum(e^2)) / sum(x)``, with replacement and without a finite-population
    correction; NaN with fewer than two clusters or a zero denominator.

    Source: Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, section 5.6;
    equal to R ``survey::svyratio``.

    Examples
    --------
    >>> moments = Moments.of(np.array([2.0, 4.0, 9.0]), np.array([1.0, 2.0, 3.0]))
    >>> float(linearised_error(moments)[0].round(6))
    0.381881
    """
    value = ratio(moments)
    squares = moments.yy - 2 * value * moments.xy + value**2 * moments.xx
    return np.sqrt(_scaled(moments, np.maximum(squares, 0.0))) / moments.x


def lost_precision(moments: Moments) -> NDArray[np.bool_]:
    """Cells whose squared residuals vanish against the squares that they are the difference of.

    There the one-pass formula has lost its digits and the residuals must be formed one by one.
    """
    value = ratio(moments)
    size = moments.yy + value**2 * moments.xx
    squares = moments.yy - 2 * value * moments.xy + value**2 * moments.xx
    return np.asarray((moments.clusters > 1) & (np.abs(squares) < 1e-6 * size))


def residual_error(moments: Moments, squares: Array) -> Array:
    """Linearised error from squared residuals that were summed one by one."""
    return np.sqrt(_scaled(moments, squares)) / moments.x


def _scaled(moments: Moments, squares: Array) -> Array:
    few = moments.clusters < 2
    groups = np.where(few, np.nan, moments.clusters)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(few | (moments.x == 0), np.nan, groups / (groups - 1) * squares))


def jackknife_error(y: Array, x: Array, cell: NDArray[np.int64], cells: int) -> Array:
    """Delete-one-cluster jackknife error of a ratio of sums, centred on the estimate, by cell.

    Parameters
    ----------
    y, x : array
        Numerator and denominator of each cluster.
    cell : array of int
        The cell (0 to ``cells`` - 1) of each cluster.
    cells : int
        Number of cells.

    Returns
    -------
    array
        One error for each cell; NaN with one cluster, or where leaving one out empties the
        denominator.

    Notes
    -----
    Source: Wolter (2007), Introduction to Variance Estimation, 2nd ed., section 4.2.

    Examples
    --------
    >>> y, x = np.array([2.0, 4.0, 9.0]), np.array([1.0, 2.0, 3.0])
    >>> float(jackknife_error(y, x, np.zeros(3, dtype=np.int64), 1)[0].round(6))
    0.463681
    """
    groups = np.bincount(cell, minlength=cells).astype(float)
    sum_y = np.bincount(cell, weights=y, minlength=cells)
    sum_x = np.bincount(cell, weights=x, minlength=cells)
    left_y, left_x = sum_y[cell] - y, sum_x[cell] - x
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = sum_y / sum_x
        replicate = left_y / np.where(left_x == 0, np.nan, left_x)
        squares = np.bincount(cell, weights=(replicate - estimate[cell]) ** 2, minlength=cells)
        return np.asarray(np.where(groups < 2, np.nan, np.sqrt((groups - 1) / groups * squares)))


def t_quantile(level: float, clusters: Array) -> Array:
    """Two-sided quantile of Student's t with clusters - 1 degrees of freedom.

    Examples
    --------
    >>> float(t_quantile(0.95, np.array([11.0]))[0].round(4))
    2.2281
    """
    degrees = np.where(clusters < 2, np.nan, clusters - 1)
    return np.asarray(special.stdtrit(degrees, 0.5 + level / 2))


def denominator_variation(moments: Moments) -> Array:
    """Coefficient of variation of the denominator's total."""
    centred = np.maximum(moments.xx - moments.x**2 / np.maximum(moments.clusters, 1), 0.0)
    return np.sqrt(_scaled(moments, centred)) / moments.x


def fieller_interval(moments: Moments, *, level: float) -> tuple[Array, Array]:
    """Fieller's interval of a ratio of sums, by cell.

    NaN where the denominator does not differ from zero at this level: the set of ratios that
    the data allow is then unbounded.

    Source: Fieller (1954), Journal of the Royal Statistical Society B 16(2), 175-185.

    Examples
    --------
    >>> moments = Moments.of(np.array([2.0, 4.0, 9.0, 4.0]), np.array([1.0, 2.0, 3.0, 2.0]))
    >>> [float(bound[0].round(3)) for bound in fieller_interval(moments, level=0.95)]
    [-0.002, 3.109]
    """
    groups = np.maximum(moments.clusters, 1)
    var_y = _scaled(moments, moments.yy - moments.y**2 / groups)
    var_x = _scaled(moments, moments.xx - moments.x**2 / groups)
    cov = _scaled(moments, moments.xy - moments.x * moments.y / groups)
    square_t = t_quantile(level, moments.clusters) ** 2
    a = moments.x**2 - square_t * var_x
    b = moments.x * moments.y - square_t * cov
    c = moments.y**2 - square_t * var_y
    with np.errstate(invalid="ignore", divide="ignore"):
        root = np.sqrt(np.maximum(b**2 - a * c, 0.0))
        bounded = a > 0
        lower = np.where(bounded, (b - root) / a, np.nan)
        upper = np.where(bounded, (b + root) / a, np.nan)
    return lower, upper


def total_interval(total: Array, squares: Array, largest: Array, *, level: float) -> list[Array]:
    """Error and interval of a total whose units arrive at random (compound Poisson), by cell.

    For a count (all units 1) this is Garwood's exact interval.

    Parameters
    ----------
    total, squares, largest : array
        Sum of the units' values, sum of their squares, and the largest one; none negative.
    level : float
        Level of the interval.

    Returns
    -------
    list of three arrays
        Standard error, lower and upper bound; NaN where the total is negative. A total of zero
        has an upper bound of ``-log(tail)`` times the largest unit.

    Notes
    -----
    Source: Fay and Feuer (1997), Statistics in Medicine 16(7), 791-801 (gamma interval);
    Garwood (1936), Biometrika 28, 437-442.

    Examples
    --------
    >>> one = np.array([10.0]), np.array([10.0]), np.array([1.0])
    >>> [float(part[0].round(3)) for part in total_interval(*one, level=0.95)]
    [3.162, 4.795, 18.39]
    """
    tail = (1 - level) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        positive = total > 0
        scale = np.where(positive, squares / total, np.nan)
        lower = scale * special.gammaincinv(np.where(positive, total / scale, np.nan), tail)
        wide_total, wide_squares = total + largest, squares + largest**2
        wide_scale = np.where(positive, wide_squares / wide_total, np.nan)
        shape = np.where(positive, wide_total / wide_scale, np.nan)
        upper = wide_scale * special.gammaincinv(shape, 1 - tail)
    none = (total == 0) & (largest > 0)
    lower = np.where(none, 0.0, lower)
    upper = np.where(none, -np.log(tail) * largest, upper)
    return [np.where(positive | none, np.sqrt(squares), np.nan), lower, upper]


def holm(p: Array) -> Array:
    """P values adjusted for several tests so that no true hypothesis is likely rejected at all.

    Parameters
    ----------
    p : array of shape (tests,)
        P values; a missing one is no test and stays missing.

    Notes
    -----
    Source: Holm (1979), Scandinavian Journal of Statistics 6(2), 65-70. Valid whatever the
    dependence between the tests.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03, np.nan])).tolist()
    [0.03, 0.06, 0.06, nan]
    """
    result, order = _ordered_tests(p)
    steps = np.arange(len(order), 0, -1) * result[order]
    result[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return result


def benjamini_hochberg(p: Array) -> Array:
    """P values adjusted so that the expected share of false discoveries is bounded.

    Parameters
    ----------
    p : array of shape (tests,)
        P values; a missing one is no test and stays missing.

    Notes
    -----
    Source: Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57(1),
    289-300. Valid for independent and for positively dependent tests.

    Examples
    --------
    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03, np.nan])).tolist()
    [0.03, 0.04, 0.04, nan]
    """
    result, order = _ordered_tests(p)
    steps = len(order) / np.arange(1, len(order) + 1) * result[order]
    result[order] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1.0)
    return result


def _ordered_tests(p: Array) -> tuple[Array, NDArray[np.int64]]:
    values = np.array(p, dtype=float)
    known = np.flatnonzero(~np.isnan(values))
    return values, known[np.argsort(values[known], kind="stable")]


def t_test(estimate: Array, se: Array, degrees: Array) -> Array:
    """Two-sided p value of no difference, by Student's t; NaN without an error above zero.

    Examples
    --------
    >>> float(t_test(np.array([2.2281]), np.array([1.0]), np.array([10.0]))[0].round(4))
    0.05
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(se > 0, np.abs(estimate) / se, np.nan)
    return np.asarray(2 * special.stdtr(degrees, -statistic))
