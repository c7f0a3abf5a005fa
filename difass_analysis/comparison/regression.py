"""Least squares on categories with errors by cluster, from moments formed in the engine."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.engine import Engine, Lazy
from difass_analysis.inference import Array

# A direction is known to the data when no more than this is lost by projecting it on them.
_ESTIMABLE = 1e-8
_PAIRS = 50_000  # pairs of design cells worked on at a time

CLUSTER_COLUMN = "_cluster"
OUTCOME = "_outcome"


@dataclass(frozen=True, eq=False, kw_only=True)
class CategoryFit:
    """Least squares of an outcome on categories.

    Attributes
    ----------
    names : tuple of str
        The categorical columns; every value of the first has a coefficient, of the others every
        value but the first in order.
    columns : tuple of (str, str)
        Column and value of each of the k coefficients.
    design : pandas.DataFrame
        One row for each combination of values: the columns, ``n`` (rows), ``s`` (sum of the
        outcome, centred), ``cell`` (its number).
    matrix : array of shape (combinations, k)
        Regressors of each combination.
    centre : float
        Mean outcome, which was taken off.
    coefficients, covariance : arrays of shape (k,) and (k, k)
        Coefficients of the centred outcome and their cluster-robust (CR1) covariance.
    inverse : array of shape (k, k)
        Pseudo-inverse of the regressors' cross products.
    rows, rank, clusters : int
        Rows, independent regressors, clusters.
    by_cluster : lazy frame
        ``_cluster``, ``cell``, ``n``, ``s``: the same moments by cluster.
    """

    names: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    design: pd.DataFrame
    matrix: Array
    centre: float
    coefficients: Array
    covariance: Array
    inverse: Array
    rows: int
    rank: int
    clusters: int
    by_cluster: Lazy

    def estimable(self, directions: Array) -> NDArray[np.bool_]:
        """Which combinations of coefficients, one a row, the data can tell."""
        cross = self.matrix.T @ (self.design["n"].to_numpy(float)[:, None] * self.matrix)
        lost = directions - directions @ self.inverse @ cross
        return np.asarray(np.abs(lost).max(axis=1, initial=0.0) < _ESTIMABLE)

    def cluster_moments(self, engine: Engine) -> tuple[Array, Array]:
        """Cross products by cluster, of shapes (clusters, k, k) and (clusters, k)."""
        found = engine.collect(self.by_cluster)
        number, _ = pd.factorize(found[CLUSTER_COLUMN], use_na_sentinel=False)
        k = len(self.columns)
        xx, xy = np.zeros((self.clusters, k, k)), np.zeros((self.clusters, k))
        cells = found["cell"].to_numpy(np.int64)
        for row, cell, n, s in zip(number, cells, found["n"], found["s"], strict=True):
            x = self.matrix[cell]
            xx[row] += n * np.outer(x, x)
            xy[row] += s * x
        return xx, xy


def fit_categories(rows: Lazy, names: tuple[str, ...], *, engine: Engine) -> CategoryFit:
    """Fit an outcome on categorical columns by least squares.

    Parameters
    ----------
    rows : lazy frame
        The categorical columns as text without gaps, ``_outcome`` and ``_cluster``; not empty.
    names : tuple of str
        The categorical columns.
    engine : Engine
        What computes.

    Notes
    -----
    The outcome is centred, then rows, sums and cross products are formed by combination of
    values, and by combination and cluster. Errors are sandwich errors with the factor
    ``G / (G - 1) * (N - 1) / (N - rank)``: Liang and Zeger (1986), Biometrika 73(1), 13-22;
    Cameron and Miller (2015), Journal of Human Resources 50(2), 317-372 (CR1).
    """
    centre = float(engine.collect(rows.select(nw.col(OUTCOME).mean()))[OUTCOME].iloc[0])
    centred = rows.with_columns(s=nw.col(OUTCOME) - centre, n=nw.lit(1))
    sums = (nw.col("n").sum(), nw.col("s").sum())
    small = engine.materialise(centred.group_by(CLUSTER_COLUMN, *names).agg(*sums))
    design = engine.collect(small.group_by(*names).agg(*sums))
    design = design.sort_values(list(names), kind="stable").reset_index(drop=True)
    design["cell"] = np.arange(len(design))
    columns, matrix = _regressors(design, names)
    n, s = design["n"].to_numpy(float), design["s"].to_numpy(float)
    cross = matrix.T @ (n[:, None] * matrix)
    inverse: Array = np.linalg.pinv(cross, hermitian=True).astype(float)
    coefficients = inverse @ (matrix.T @ s)
    numbered = design[[*names, "cell"]].assign(fitted=matrix @ coefficients)
    by_cluster = small.join(engine.frame(numbered), on=list(names), how="inner")
    clusters = int(engine.collect(small.select(CLUSTER_COLUMN).unique().select(g=nw.len()))["g"][0])
    meat = _meat(by_cluster, matrix, engine)
    rank, total = int(np.linalg.matrix_rank(cross, hermitian=True)), int(n.sum())
    factor = clusters / max(clusters - 1, 1) * (total - 1) / max(total - rank, 1)
    return CategoryFit(
        names=names,
        columns=columns,
        design=design,
        matrix=matrix,
        centre=centre,
        coefficients=coefficients,
        covariance=factor * inverse @ meat @ inverse,
        inverse=inverse,
        rows=total,
        rank=rank,
        clusters=clusters,
        by_cluster=by_cluster.select(CLUSTER_COLUMN, "cell", "n", "s"),
    )


def _regressors(
    design: pd.DataFrame, names: tuple[str, ...]
) -> tuple[tuple[tuple[str, str], ...], Array]:
    """Indicators of all values of the first column, and of all but one of the others."""
    columns: list[tuple[str, str]] = []
    parts = []
    for position, name in enumerate(names):
        values = sorted(design[name].unique())[min(position, 1) :]
        columns += [(name, str(value)) for value in values]
        parts.append(design[name].to_numpy()[:, None] == np.array(values, dtype=object))
    return tuple(columns), np.hstack(parts).astype(float)


def _meat(by_cluster: Lazy, matrix: Array, engine: Engine) -> Array:
    """Sum over clusters of the outer products of their scores."""
    residual = nw.col("s") - nw.col("n") * nw.col("fitted")
    # A join never matches a missing key: rows without a cluster are one cluster.
    key = nw.col(CLUSTER_COLUMN).cast(nw.String).fill_null("").alias("_key")
    left = by_cluster.select(key, "cell", residual.alias("e"))
    right = left.select("_key", nw.col("cell").alias("cell_2"), nw.col("e").alias("e_2"))
    pairs = left.join(right, on="_key", how="inner").with_columns(w=nw.col("e") * nw.col("e_2"))
    found = engine.collect(pairs.group_by("cell", "cell_2").agg(nw.col("w").sum()))
    one, other = (found[name].to_numpy(np.int64) for name in ("cell", "cell_2"))
    weight = found["w"].to_numpy(float)[:, None]
    meat = np.zeros((matrix.shape[1], matrix.shape[1]))
    for start in range(0, len(found), _PAIRS):
        part = slice(start, start + _PAIRS)
        meat += matrix[one[part]].T @ (weight[part] * matrix[other[part]])
    return (meat + meat.T) / 2
