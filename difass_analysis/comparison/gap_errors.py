"""Errors of the parts of a gap: derivatives, linearised variances, and the jackknife."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from difass_analysis.comparison.cross_moments import CATEGORY, UNIT, CrossMoments
from difass_analysis.comparison.factors import Margins, Sums, gap_parts
from difass_analysis.inference import Array
from difass_analysis.measurement import CLUSTER

#: Derivatives of all parts by the sums of the side here, and of the side there.
Slopes = tuple[Array, Array]
Sides = tuple[list[int], list[int]]


@dataclass(frozen=True, eq=False, kw_only=True)
class Variances:
    """Variance of each part: from the clusters here, there, and from those on both sides.

    ``squares`` is the sum of the absolute values that the variance is made of.
    """

    here: Array
    there: Array
    common: Array
    squares: Array


def stacked(effects: Array, here: Array | float, there: Array | float) -> Array:
    """Put parts and their sums in one order along the first axis.

    The order is: every part of every category, part by part; the sum of each category; the sum
    of each part; the gap; the value here; the value there.

    Parameters
    ----------
    effects : array of shape (parts, categories, ...)
        Parts by category, or their derivatives.
    here, there : array of shape (...)
        Value of each side, or its derivatives.

    Examples
    --------
    >>> stacked(np.array([[1.0, 2.0], [3.0, 4.0]]), 15.0, 5.0).tolist()
    [1.0, 2.0, 3.0, 4.0, 4.0, 6.0, 3.0, 7.0, 10.0, 15.0, 5.0]
    """
    flat = effects.reshape(-1, *effects.shape[2:])
    last = np.array([np.subtract(here, there), here, there])
    return np.concatenate([flat, effects.sum(axis=0), effects.sum(axis=1), last])


def ratio_slope(side: Sums) -> Array:
    """Derivatives of the ratio of sums by ``y`` and ``x`` of all categories."""
    total = side.x.sum()
    ones = np.ones(len(side.x))
    return np.concatenate([ones, -ones * side.y.sum() / total]) / total


def log_ratio_slope(side: Sums) -> Array:
    """Derivatives of the logarithm of the ratio of sums; NaN where it is not above zero."""
    total = side.y.sum()
    slope = ratio_slope(side)
    return slope * side.x.sum() / total if total > 0 else np.full(len(slope), np.nan)


def residual_form(slopes: Array, rates: Array) -> Array:
    """Turn derivatives by ``y`` and ``x`` into those by ``y - rate x`` and ``x``."""
    size = len(rates)
    by_y, by_x = slopes[:, :size], slopes[:, size:]
    return np.hstack([by_y, by_x + by_y * rates])


def linearised(moments: CrossMoments, sides: Sides, slopes: Slopes, *, clusters: int) -> Variances:
    """Variances from the second moments: G / (G - 1) times the sum of squared influences.

    The influences of all clusters on a part add up to zero, as no part changes when all sums
    grow in proportion; so they are centred as they are.

    Parameters
    ----------
    moments : CrossMoments
        Sums and second moments.
    sides : two lists of int
        Numbers of the units on either side.
    slopes : two arrays of shape (parts, 2 categories)
        Derivatives by the residuals and denominators of either side.
    clusters : int
        Number of clusters G of the whole comparison.
    """
    spread = [_spread(moments, units) for units in sides]
    scale = clusters / max(clusters - 1, 1)
    second = [
        (one.T @ moments.second @ other).toarray()
        for one, other in ((spread[0], spread[0]), (spread[1], spread[1]), (spread[0], spread[1]))
    ]
    pairs = ((0, 0), (1, 1), (0, 1))
    own, other, common = (
        np.sum((slopes[i] @ square) * slopes[j], axis=1)
        for (i, j), square in zip(pairs, second, strict=True)
    )
    squares = sum(
        np.sum((np.abs(slopes[i]) @ np.abs(square)) * np.abs(slopes[j]), axis=1)
        for (i, j), square in zip(pairs, second, strict=True)
    )
    return Variances(
        here=scale * own, there=scale * other, common=2 * scale * common, squares=scale * squares
    )


def _spread(moments: CrossMoments, units: Sequence[int]) -> sparse.csr_array:
    """Which cell adds to which category of a side, for residuals and denominators alike."""
    cells, size = len(moments.cells), len(moments.categories)
    own = np.flatnonzero(moments.cells[UNIT].isin(units))
    category = moments.cells[CATEGORY].to_numpy(int)[own]
    at = np.concatenate([own, own + cells]), np.concatenate([category, category + size])
    return sparse.csr_array((np.ones(len(at[0])), at), shape=(2 * cells, 2 * size))


def jackknifed(
    found: Variances,
    moments: CrossMoments,
    sides: Sides,
    slopes: Slopes,
    *,
    few: tuple[bool, bool],
    margins: Margins,
    clusters: int,
) -> Variances:
    """Replace what the clusters of small sides add to the variance by leaving each one out.

    ``(G - 1) / G * sum (f without i - f)^2`` over the clusters of the small sides, beside the
    squared influences of all others. A part that a replicate leaves undefined has no error.

    Parameters
    ----------
    found : Variances
        Linearised variances.
    moments, sides, slopes, clusters
        As for :func:`linearised`.
    few : tuple of bool
        Whether the clusters here are left out one by one, and those there.
    margins : Margins
        Which categories agree on which columns.

    Notes
    -----
    Source: Wolter (2007), Introduction to Variance Estimation, 2nd ed., section 4.2.
    """
    left_out = [unit for side, is_few in zip(sides, few, strict=True) if is_few for unit in side]
    rows = moments.members(left_out)
    sums = [_by_cluster(rows, units, len(moments.categories)) for units in sides]
    total = [_totals(moments, units) for units in sides]
    base, both = _values(total[0], total[1], margins)
    scale = clusters / max(clusters - 1, 1)
    extra = np.zeros((2, len(found.here)))
    for own, other in zip(*sums, strict=True):
        left, _ = _values(_without(total[0], own), _without(total[1], other), margins, like=both)
        linear = slopes[0] @ _residuals(own, moments) + slopes[1] @ _residuals(other, moments)
        elsewhere = int(not (few[0] and own.any()))
        extra[elsewhere] += (left - base) ** 2 / scale - scale * linear**2
    return replace(found, here=found.here + extra[0], there=found.there + extra[1])


def _by_cluster(rows: pd.DataFrame, units: Sequence[int], categories: int) -> Array:
    """Sums of each cluster on one side: (clusters, 2, categories), first ``y``, then ``x``."""
    codes, names = pd.factorize(rows[CLUSTER], sort=True)
    result = np.zeros((len(names), 2, categories))
    own = rows[UNIT].isin(units).to_numpy()
    category = rows[CATEGORY].to_numpy(int)[own]
    for place, name in enumerate(("y", "x")):
        np.add.at(result[:, place], (codes[own], category), rows[name].to_numpy(float)[own])
    return result


def _totals(moments: CrossMoments, units: Sequence[int]) -> Array:
    own = moments.cells[moments.cells[UNIT].isin(units)]
    return np.array(
        [
            np.bincount(own[CATEGORY], weights=own[name], minlength=len(moments.categories))
            for name in ("y", "x")
        ]
    )


def _residuals(sums: Array, moments: CrossMoments) -> Array:
    return np.concatenate([sums[0] - moments.rates * sums[1], sums[1]])


def _values(
    here: Array, there: Array, margins: Margins, *, like: NDArray[np.bool_] | None = None
) -> tuple[Array, NDArray[np.bool_]]:
    """All parts and the log ratio, and which categories are compared.

    Parts of categories that are not compared ``like`` before are NaN; where a side has no
    denominator, so is everything but the value of the other side.
    """
    size = here.shape[1]
    columns = max(map(len, margins))
    if here[1].sum() <= 0 or there[1].sum() <= 0:
        values = np.full((columns + 4) * (size + 1) + size + 4, np.nan)
        for place, (y, x) in ((-3, here), (-2, there)):
            values[place] = y.sum() / x.sum() if x.sum() > 0 else np.nan
        return values, np.zeros(size, dtype=bool)
    own, other = Sums(y=here[0], x=here[1]), Sums(y=there[0], x=there[1])
    parts = gap_parts(own, other, margins, derive=False)
    ratios = [side.y.sum() / side.x.sum() for side in (own, other)]
    log_ratio = np.log(ratios[0] / ratios[1]) if min(ratios) > 0 else np.nan
    values = np.append(stacked(parts.effects, *ratios), log_ratio)
    if like is not None:
        by_category = values[: (columns + 1) * size].reshape(columns + 1, size)
        by_category[:, like != parts.both] = np.nan
    return values, parts.both


def _without(total: Array, own: Array) -> Array:
    """Sums without one cluster; what is left of its own cells is rounding and counts as none."""
    left = total - own
    return np.where(np.abs(left) < 1e-9 * np.abs(total), 0.0, left)
