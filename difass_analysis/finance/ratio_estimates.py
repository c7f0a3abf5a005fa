"""Ratios of sums over independent clusters, with error and interval, from the clusters' values."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis import inference
from difass_analysis.inference import FEW_CLUSTERS, UNSTABLE_DENOMINATOR, Array, Moments

Cells = NDArray[np.int64]


def ratio_estimates(
    y: Array,
    x: Array,
    cell: Cells,
    *,
    cells: int,
    level: float,
    units: str,
    few: int = FEW_CLUSTERS,
) -> pd.DataFrame:
    """Estimate a ratio of sums in each cell, from one value a cluster on either side.

    Parameters
    ----------
    y, x : array of shape (clusters,)
        Numerator and denominator of each cluster, none missing.
    cell : array of int, shape (clusters,)
        Cell of each cluster, from 0 to ``cells`` - 1.
    cells : int
        Number of cells.
    level : float
        Level of the intervals, between 0 and 1.
    units : str
        What the clusters are called, several of them.
    few : int
        Below so many clusters the error is the jackknife's.

    Returns
    -------
    pandas.DataFrame
        One row a cell: ``value``, ``lower``, ``upper``, ``se``, ``n``, ``numerator``,
        ``denominator``, ``method``, ``note``. A ratio without a denominator above zero is
        missing, and so is the error of a single cluster; the note says so.

    Notes
    -----
    Linearised or jackknife error and t interval; Fieller's interval where the denominator's
    coefficient of variation is above 0.1. Equations and sources: module ``inference``.

    Examples
    --------
    >>> y, x = np.array([2.0, 4.0, 9.0]), np.array([1.0, 2.0, 3.0])
    >>> cell = np.zeros(3, dtype=np.int64)
    >>> rows = ratio_estimates(y, x, cell, cells=1, level=0.95, units="loans")
    >>> float(rows["value"].iloc[0]), rows["method"].iloc[0]
    (2.5, 'ratio of sums; jackknife over 3 loans, Fieller interval')
    """
    moments = _moments(y, x, cell, cells)
    value = inference.ratio(moments)
    several = ~np.isnan(value) & (moments.clusters >= 2)
    by_jackknife = several & (moments.clusters < few)
    se = np.where(several, _linearised(y, x, cell, moments), np.nan)
    if by_jackknife.any():
        se = np.where(by_jackknife, inference.jackknife_error(y, x, cell, cells), se)
    half = inference.t_quantile(level, moments.clusters) * se
    lower, upper = value - half, value + half
    unstable = several & (inference.denominator_variation(moments) > UNSTABLE_DENOMINATOR)
    low, high = inference.fieller_interval(moments, level=level)
    lower, upper = np.where(unstable, low, lower), np.where(unstable, high, upper)
    cut = several & (value >= 0) & (lower < 0)
    rows = {
        "value": value,
        "lower": np.where(cut, 0.0, lower),
        "upper": upper,
        "se": se,
        "n": moments.clusters.astype(np.int64),
        "numerator": np.where(moments.clusters > 0, moments.y, np.nan),
        "denominator": np.where(moments.clusters > 0, moments.x, np.nan),
    }
    frame = pd.DataFrame(rows)
    frame["method"] = [
        _method(int(n), bool(s), bool(j), bool(u), bool(c), units)
        for n, s, j, u, c in zip(frame["n"], several, by_jackknife, unstable, cut, strict=True)
    ]
    frame["note"] = [
        _note(int(n), float(v), float(b), units)
        for n, v, b in zip(frame["n"], value, frame["upper"], strict=True)
    ]
    return frame


def _moments(y: Array, x: Array, cell: Cells, cells: int) -> Moments:
    def added(values: Array) -> Array:
        return np.bincount(cell, weights=values, minlength=cells).astype(float)

    count = np.bincount(cell, minlength=cells).astype(float)
    return Moments(
        clusters=count, y=added(y), x=added(x), yy=added(y * y), xx=added(x * x), xy=added(x * y)
    )


def _linearised(y: Array, x: Array, cell: Cells, moments: Moments) -> Array:
    """Form the residuals one by one, so that no digit is lost."""
    value = inference.ratio(moments)
    squares = np.bincount(cell, weights=(y - value[cell] * x) ** 2, minlength=len(value))
    return inference.residual_error(moments, squares.astype(float))


def _method(
    clusters: int, several: bool, by_jackknife: bool, unstable: bool, cut: bool, units: str
) -> str:
    if not several:
        return "ratio of sums"
    error = f"jackknife over {clusters}" if by_jackknife else "linearised by"
    interval = "Fieller interval" if unstable else "t interval"
    return f"ratio of sums; {error} {units}, {interval}{' cut at 0' if cut else ''}"


def _note(clusters: int, value: float, upper: float, units: str) -> str:
    if clusters == 0:
        return "Not known: in no row are both sides known."
    if np.isnan(value):
        return "Not defined: the denominator is zero."
    if clusters == 1:
        return f"No interval: one of the {units} only."
    return "No interval: it hangs on too few." if np.isnan(upper) else ""
