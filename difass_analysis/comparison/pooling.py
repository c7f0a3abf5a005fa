"""Partial pooling of a programme's groups: each value drawn to the mean as far as it is unsure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from difass_analysis import inference
from difass_analysis.comparison.model import (
    ROUNDING,
    Notes,
    caveats_of,
    check_level,
    compared_cells,
    group_covariance,
    is_known,
    say_undefined,
    stated_only,
)
from difass_analysis.comparison.random_effects import Heterogeneity, Method, heterogeneity
from difass_analysis.display.forests import Pooled
from difass_analysis.errors import UsageError, one_of
from difass_analysis.inference import FEW_CLUSTERS, Array
from difass_analysis.measurement import ClusterCells
from difass_analysis.measurement.units import unit_names
from difass_analysis.programme import Programme
from difass_analysis.result import Comparison

Scale = Literal["auto", "log", "plain"]

SHARED = "Some clusters stand in several groups; the groups are pooled as if they were independent."
MODEL = (
    "A pooled value assumes that the groups are of one kind, whose true values scatter around "
    "one mean; a group known to be of another kind should be judged by its own value."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Pooling(Comparison):
    """Groups with their own and their pooled values, and how much they differ beyond chance.

    Attributes
    ----------
    heterogeneity : Heterogeneity
        Q, I2, tau2, mean and prediction on the scale on which the values were pooled.
    logarithms : bool
        Whether that scale is the logarithm of the values.
    """

    heterogeneity: Heterogeneity = field(default_factory=lambda: heterogeneity([], []))
    logarithms: bool = False


def partial_pooling(
    programme: Programme,
    indicator: str,
    *,
    by: str | Sequence[str],
    where: Mapping[str, Sequence[str]] | None = None,
    level: float = 0.95,
    method: Method = "PM",
    scale: Scale = "auto",
    knapp_hartung: bool = True,
) -> Pooling:
    """Pool the values of groups as far as chance explains their differences.

    Do regions differ beyond chance, and what is the best guess of a small region's value?

    Parameters
    ----------
    programme : Programme
        The data.
    indicator : str
        Id of a ratio of sums.
    by : str or sequence of str
        Column, or columns, whose values are the groups.
    where : mapping of str to sequence of str, optional
        Columns and the values that count.
    level : float
        Level of the intervals.
    method : {"PM", "REML", "DL"}
        Estimator of the variance between groups, see :func:`heterogeneity`.
    scale : {"auto", "log", "plain"}
        Scale on which values are pooled; ``auto`` takes logarithms where all are above zero.
    knapp_hartung : bool
        Whether the mean's error is Knapp and Hartung's; the better one for few groups.

    Returns
    -------
    Pooling
        One row a group: ``indicator``, the group columns, ``value``, ``lower``, ``upper`` (its
        own), ``pooled``, ``pooled_lower``, ``pooled_upper`` (empirical Bayes), ``weight_share``
        (in the mean), ``n`` (clusters), ``numerator``, ``denominator``, ``unit``, ``method``,
        ``note``. A group without an error is not pooled, and ``note`` says why. ``overall`` is
        the mean of the groups, not the ratio of all sums.

    Raises
    ------
    UsageError
        When a column or an option is not offered, or ``scale="log"`` meets a value that is not
        above zero.
    IndicatorError
        When the indicator is not a ratio of sums or cannot be computed cluster by cluster.

    Notes
    -----
    See :func:`heterogeneity` for model and sources. Errors are those of
    :func:`~difass_analysis.comparison.model.group_covariance`, on the log scale divided by the
    value; a group's own interval uses Student's t with its clusters minus 1.

    Examples
    --------
    >>> frame = pd.DataFrame({"operation_id": list("abcdef"), "region": list("NNNSSS"),
    ...     "public_amount": [1.0] * 6, "private_amount": [1.0, 2.0, 3.0, 2.0, 3.0, 4.0]})
    >>> found = partial_pooling(Programme.from_frames(operations=frame), "private_per_public",
    ...                         by="region", scale="plain")
    >>> found.frame[["region", "value", "pooled"]].round(3).values.tolist()
    [['N', 2.0, 2.417], ['S', 3.0, 2.583]]
    """
    check_level(level)
    cells = compared_cells(programme, indicator, by=by, where=where)
    estimates, covariance = group_covariance(cells)
    notes = Notes(len(estimates))
    usable = _poolable(cells, estimates, notes)
    if stated := stated_only(programme, cells):
        notes.say(usable, f"Not pooled: {stated}.")
        usable = np.zeros(len(estimates), dtype=bool)
    logarithms = _on_log_scale(scale, estimates["value"].to_numpy(float)[usable])
    value, se = _on_scale(estimates, usable, logarithms)
    pooled = heterogeneity(value, se, method=method, level=level, knapp_hartung=knapp_hartung)
    apart = ~np.eye(len(value), dtype=bool)
    shared = bool((np.nan_to_num(covariance[apart]) != 0).any())
    own = [_sentence(pooled, cells.unit, logarithms), pooled.note, MODEL, SHARED if shared else ""]
    return Pooling(
        frame=_frame(cells, estimates, pooled, notes, logarithms=logarithms),
        provenance=programme.provenance,
        caveats=(*caveats_of(programme, where, cells), *filter(None, own)),
        by=cells.by,
        level=level,
        indicator=indicator,
        unit=cells.unit,
        heading=f"{cells.indicator.label} by {', '.join(cells.by)}",
        quantity="value",
        overall=_overall(pooled, logarithms),
        heterogeneity=pooled,
        logarithms=logarithms,
    )


def _poolable(cells: ClusterCells, estimates: pd.DataFrame, notes: Notes) -> NDArray[np.bool_]:
    """Which groups can be pooled; says of the others why not."""
    one, many = unit_names(cells.cluster_name)
    value, se, n = (estimates[name].to_numpy(float) for name in ("value", "se", "n"))
    say_undefined(cells, value, notes)
    known = ~np.isnan(value) & is_known(cells.cells, cells.by)
    unknown = ~np.isnan(value) & ~known
    notes.say(unknown, f"Not pooled: {' or '.join(cells.by)} is not known.")
    notes.say(known & (n < 2), f"Not pooled: one {one} only.")
    hangs = known & (n >= 2) & np.isnan(se)
    notes.say(hangs, f"Not pooled: it hangs on one {one} alone.")
    flat = known & (se <= ROUNDING * np.abs(value))
    notes.say(flat, f"Not pooled: the ratios do not vary from {one} to {one}.")
    usable = known & ~np.isnan(se) & ~flat
    notes.say(usable & (n < FEW_CLUSTERS), [f"Only {count:.0f} {many}." for count in n])
    return usable


def _on_log_scale(scale: Scale, values: Array) -> bool:
    if scale not in get_args(Scale):
        raise one_of("scale", str(scale), list(get_args(Scale)))
    positive = bool((values > 0).all())
    if scale == "log" and not positive:
        raise UsageError(
            "A value that is not above zero has no logarithm.", todo='Pool with scale="plain".'
        )
    return positive and scale != "plain"


def _on_scale(
    estimates: pd.DataFrame, usable: NDArray[np.bool_], logarithms: bool
) -> tuple[Array, Array]:
    """Values and errors of the groups that are pooled, on the scale of pooling."""
    value, se = (np.where(usable, estimates[name], np.nan) for name in ("value", "se"))
    return (np.log(value), se / value) if logarithms else (value, se)


def _back(values: ArrayLike, logarithms: bool) -> Array:
    found = np.asarray(values, dtype=float)
    with np.errstate(over="ignore"):
        return np.exp(found) if logarithms else found


def _overall(pooled: Heterogeneity, logarithms: bool) -> Pooled | None:
    if np.isnan(pooled.mean):
        return None
    inside = (pooled.mean, pooled.lower, pooled.upper)
    ends = (pooled.prediction_lower, pooled.prediction_upper)
    mean, lower, upper, first, last = _back([*inside, *ends], logarithms).tolist()
    return Pooled(mean, lower, upper, prediction=(first, last), label="Mean of the groups")


def _sentence(pooled: Heterogeneity, unit: str, logarithms: bool) -> str:
    """Say how much the groups differ, and where a further one would lie."""
    if np.isnan(pooled.q):
        return ""
    first, last = _back([pooled.prediction_lower, pooled.prediction_upper], logarithms)
    scale = "of the logarithms" if logarithms else "of the values"
    p = "under 0.001" if pooled.p < 0.001 else f"{pooled.p:.3f}"
    return (
        f"Differences between {pooled.k} groups: Q = {pooled.q:.3g} with {pooled.df} degrees of "
        f"freedom (p {p}), I2 = {100 * pooled.i2_share:.0f} %, variance {scale} between groups "
        f"{pooled.tau2:.3g} ({pooled.tau2_lower:.3g} to {pooled.tau2_upper:.3g}; "
        f"{pooled.method}). A further group would lie between {first:.3g} and {last:.3g} {unit}."
    )


def _frame(
    cells: ClusterCells,
    estimates: pd.DataFrame,
    pooled: Heterogeneity,
    notes: Notes,
    *,
    logarithms: bool,
) -> pd.DataFrame:
    units = pooled.units
    half = inference.t_quantile(pooled.level, estimates["n"].to_numpy(float)) * units["se"]
    used = units["shrunken"].notna()
    scale = "on the log scale" if logarithms else "as they are"
    frame = cells.cells[list(cells.by)].assign(
        value=estimates["value"],
        lower=_back(units["value"] - half, logarithms),
        upper=_back(units["value"] + half, logarithms),
        pooled=_back(units["shrunken"], logarithms),
        pooled_lower=_back(units["shrunken_lower"], logarithms),
        pooled_upper=_back(units["shrunken_upper"], logarithms),
        weight_share=units["weight_share"],
        n=estimates["n"],
        numerator=cells.cells["y"],
        denominator=cells.cells["x"],
        unit=cells.unit,
        method=np.where(used, f"ratio of sums; pooled {scale}, {pooled.method}", "ratio of sums"),
        note=notes.texts(),
    )
    frame.insert(0, "indicator", cells.indicator.id)
    return frame
