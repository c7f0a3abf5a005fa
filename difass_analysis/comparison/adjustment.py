"""Adjusted comparison: what regions would show if all had the same mix of operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis import inference
from difass_analysis.comparison.model import Notes, caveats_of, check_level
from difass_analysis.comparison.outcomes import Explained, explained_operations
from difass_analysis.comparison.regression import CLUSTER_COLUMN, CategoryFit, fit_categories
from difass_analysis.comparison.statistics import ENUMERATED, smallest_wild_p, wild_cluster_test
from difass_analysis.display.forests import Pooled
from difass_analysis.engine import Engine
from difass_analysis.inference import FEW_CLUSTERS, Array
from difass_analysis.measurement.units import unit_names
from difass_analysis.programme import Programme
from difass_analysis.result import Comparison

#: Below this number of clusters p values are from the wild cluster bootstrap.
BOOTSTRAP_BELOW = 30

GEOMETRIC = (
    "Values are geometric means of the operations' own ratios, each operation counting the same; "
    "they are not ratios of sums."
)


def adjusted(
    programme: Programme,
    outcome: str,
    *,
    by: str = "region",
    controls: Sequence[str] = ("mechanism", "year"),
    cluster: str | None = None,
    where: Mapping[str, Sequence[str]] | None = None,
    level: float = 0.95,
    seed: int = 1,
) -> Comparison:
    """Compare groups at the same mix of other categories, by regression over operations.

    Would the regions still differ if they funded the same mechanisms in the same years?

    Parameters
    ----------
    programme : Programme
        The data, with a table of operations.
    outcome : str
        Id of a ratio of two amounts known for each operation; its logarithm is explained.
    by : str
        Column whose values are compared.
    controls : sequence of str
        Categorical columns that are held equal; a missing value is a category of its own.
    cluster : str, optional
        Column of the independent unit, for example ``call_id``; the beneficiary without it.
    where : mapping of str to sequence of str, optional
        Columns and the values that count.
    level : float
        Level of the intervals.
    seed : int
        Seed of the wild cluster bootstrap, used with 13 to 29 clusters.

    Returns
    -------
    Comparison
        One row a group: ``indicator``, the group column (as text), ``value`` (average adjusted
        prediction, as a geometric mean in ``unit``), ``lower``, ``upper``, ``log_se``,
        ``unadjusted`` (geometric mean), ``ratio`` (``value`` over that of all groups, weighted
        by operations) with ``_lower``, ``_upper``, ``_p``, ``_p_holm``, ``_p_bh``,
        ``operations``, ``n`` (clusters), ``unit``, ``method``, ``note``. ``overall`` is the
        geometric mean of the operations of all groups that are compared.

    Raises
    ------
    UsageError
        When a column or the level is not one that can be had.
    IndicatorError
        When the outcome is not a ratio of two amounts of an operation, or no operation has
        both above zero.

    Notes
    -----
    ``log(y / x)`` of each operation with both above zero is regressed on indicators of the group
    and of each control. The prediction of a group is averaged over the controls of all
    operations; errors are cluster-robust (CR1; see :func:`fit_categories`), carried over by the
    delta method, with Student's t of the group's clusters minus 1 degrees of freedom. With fewer
    than 30 clusters the p value is from the wild cluster bootstrap
    (:func:`~difass_analysis.comparison.statistics.wild_cluster_test`). A group that shares no
    value of the controls with the largest, directly or through others, cannot be compared: its
    row says so, and the averages are over the others.

    Examples
    --------
    >>> frame = pd.DataFrame({"operation_id": list("abcdefgh"), "region": list("NNNNSSSS"),
    ...     "mechanism": list("ggllggll"), "public_amount": [1.0] * 8,
    ...     "private_amount": [1.0, 2.0, 2.0, 4.0, 2.0, 4.0, 4.0, 8.0]})
    >>> found = adjusted(Programme.from_frames(operations=frame), "private_per_public",
    ...                  controls=["mechanism"])
    >>> found.frame[["region", "value", "ratio"]].round(3).values.tolist()
    [['N', 2.0, 0.707], ['S', 4.0, 1.414]]
    """
    check_level(level)
    given = explained_operations(
        programme, outcome, by=by, controls=controls, cluster=cluster, where=where
    )
    fit = fit_categories(given.rows, given.names, engine=programme.engine)
    notes = Notes(len(_groups(fit)))
    frame = _table(fit, given, notes, engine=programme.engine, level=level, seed=seed)
    held = f" at the same {', '.join(controls)}" if controls else ""
    tested = bool(frame["ratio_p"].notna().any())
    own = [GEOMETRIC, given.left_out, _bootstrap_sentence(fit) if tested else ""]
    return Comparison(
        frame=frame,
        provenance=programme.provenance,
        caveats=(*caveats_of(programme, where), *filter(None, own)),
        by=(by,),
        level=level,
        indicator=outcome,
        unit=given.unit,
        heading=f"{given.label}: operations{held}",
        quantity="value",
        overall=Pooled(_overall(frame), label="All operations"),
    )


def _overall(frame: pd.DataFrame) -> float:
    """Geometric mean over the operations of the groups that are compared."""
    told = frame["value"].notna()
    logarithms = np.log(frame.loc[told, "unadjusted"])
    return float(np.exp(np.average(logarithms, weights=frame.loc[told, "operations"])))


def _groups(fit: CategoryFit) -> list[str]:
    """Values that are compared, in order."""
    return [value for name, value in fit.columns if name == fit.names[0]]


def _bootstrap_sentence(fit: CategoryFit) -> str:
    if fit.clusters >= BOOTSTRAP_BELOW:
        return ""
    draws = fit.clusters > ENUMERATED
    smallest = smallest_wild_p(fit.clusters)
    how = "9,999 random sign changes" if draws else f"all {2**fit.clusters:,} sign changes"
    return (
        f"Only {fit.clusters} clusters: p values are from the wild cluster bootstrap ({how}); the "
        f"smallest that it can give is {smallest:.4g}. Intervals are from Student's t, and rough."
    )


def _table(
    fit: CategoryFit, given: Explained, notes: Notes, *, engine: Engine, level: float, seed: int
) -> pd.DataFrame:
    """Published rows of the adjusted comparison."""
    groups = _groups(fit)
    group = fit.design[given.names[0]]
    operations = fit.design["n"].groupby(group).sum().reindex(groups).to_numpy(float)
    sums = fit.design["s"].groupby(group).sum().reindex(groups).to_numpy(float)
    n = _clusters_by_group(fit, groups, engine)
    told = _comparable(fit, operations)
    predictions, contrasts = _directions(fit, np.where(told, operations, 0.0))
    several = _several(n, told, given, notes)
    degrees = np.where(several, np.maximum(n - 1, 1), np.nan)
    value, se = _combination(fit, predictions)
    gap, gap_se = _combination(fit, contrasts)
    p = inference.t_test(gap, gap_se, degrees)
    if fit.clusters < BOOTSTRAP_BELOW:
        p = _bootstrap(fit, contrasts, several, engine=engine, seed=seed)
    quantile = inference.t_quantile(level, degrees + 1)
    half, gap_half = quantile * se, quantile * gap_se
    level_of = np.where(told, fit.centre + value, np.nan)
    frame = pd.DataFrame({"indicator": given.outcome, given.names[0]: groups})
    frame = frame.assign(
        value=np.exp(level_of),
        lower=np.exp(level_of - half),
        upper=np.exp(level_of + half),
        log_se=np.where(several, se, np.nan),
        unadjusted=np.exp(fit.centre + sums / operations),
        ratio=np.where(told, np.exp(gap), np.nan),
        ratio_lower=np.exp(np.where(told, gap - gap_half, np.nan)),
        ratio_upper=np.exp(np.where(told, gap + gap_half, np.nan)),
        ratio_p=p,
        ratio_p_holm=inference.holm(p),
        ratio_p_bh=inference.benjamini_hochberg(p),
        operations=operations.astype(np.int64),
        n=n.astype(np.int64),
    )
    return frame.assign(unit=given.unit, method=_methods(fit, given, several), note=notes.texts())


def _clusters_by_group(fit: CategoryFit, groups: list[str], engine: Engine) -> Array:
    cells = engine.frame(fit.design[["cell", fit.names[0]]].rename(columns={fit.names[0]: "_g"}))
    rows = fit.by_cluster.join(cells, on="cell", how="inner")
    found = engine.collect(rows.select("_g", CLUSTER_COLUMN).unique().group_by("_g").agg(nw.len()))
    counts = pd.Series(found["len"].to_numpy(float), index=found["_g"])
    return counts.reindex(groups).to_numpy(float)


def _comparable(fit: CategoryFit, operations: Array) -> NDArray[np.bool_]:
    """Groups whose difference from the largest group the data can tell."""
    gaps = np.zeros((len(operations), len(fit.columns)))
    gaps[:, : len(operations)] = np.eye(len(operations))
    gaps[:, int(np.argmax(operations))] -= 1.0
    return fit.estimable(gaps)


def _directions(fit: CategoryFit, operations: Array) -> tuple[Array, Array]:
    """Combinations of coefficients: prediction of each group, and its gap to their mean.

    Averages are over the operations of the groups that can be compared; others have weight 0.
    """
    count = len(operations)
    among = fit.matrix[:, :count] @ (operations > 0)
    n = fit.design["n"].to_numpy(float) * among
    predictions = np.tile(n @ fit.matrix / n.sum(), (count, 1))
    predictions[:, :count] = np.eye(count)
    contrasts = np.zeros_like(predictions)
    contrasts[:, :count] = np.eye(count) - operations / operations.sum()
    return predictions, contrasts


def _combination(fit: CategoryFit, directions: Array) -> tuple[Array, Array]:
    """Estimate and error of each combination of coefficients."""
    variances = np.einsum("ij,jk,ik->i", directions, fit.covariance, directions)
    return directions @ fit.coefficients, np.sqrt(np.maximum(variances, 0.0))


def _several(
    n: Array, told: NDArray[np.bool_], given: Explained, notes: Notes
) -> NDArray[np.bool_]:
    """Which groups can have an error; says of the others why not."""
    one, many = unit_names(given.cluster_name)
    if len(n) < 2:
        notes.say(np.ones(len(n), dtype=bool), "Not compared: there is no other group.")
        return np.zeros(len(n), dtype=bool)
    shares = " or ".join(given.names[1:])
    notes.say(~told, f"Not adjusted: it shares no {shares} with the other groups.")
    notes.say(told & (n < 2), f"No interval: one {one} only.")
    several = told & (n >= 2)
    notes.say(several & (n < FEW_CLUSTERS), [f"Only {count:.0f} {many}." for count in n])
    return several


def _bootstrap(
    fit: CategoryFit,
    contrasts: Array,
    several: NDArray[np.bool_],
    *,
    engine: Engine,
    seed: int,
) -> Array:
    xx, xy = fit.cluster_moments(engine)
    p = np.full(len(contrasts), np.nan)
    for row in np.flatnonzero(several):
        p[row] = wild_cluster_test(xx, xy, contrasts[row], seed=seed).p
    return p


def _methods(fit: CategoryFit, given: Explained, several: NDArray[np.bool_]) -> list[str]:
    _, many = unit_names(given.cluster_name)
    how = "wild cluster bootstrap" if fit.clusters < BOOTSTRAP_BELOW else "t test"
    held = f", held equal: {', '.join(given.names[1:])}" if given.names[1:] else ""
    text = f"regression of the log ratio{held}"
    error = f"; CR1 errors over {fit.clusters:,} {many}, {how}"
    return [text + (error if known else "") for known in several]
