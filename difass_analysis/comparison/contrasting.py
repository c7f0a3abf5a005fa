"""Each group against the rest, the overall value, or a named group: difference and ratio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from difass_analysis import inference
from difass_analysis.comparison.influence import (
    Counts,
    Parts,
    Reference,
    Scale,
    logarithm,
    reference_of,
    squared_influences,
)
from difass_analysis.comparison.model import (
    JACKKNIFE_BELOW,
    ROUNDING,
    Notes,
    caveats_of,
    check_level,
    compared_cells,
    is_known,
    ratios,
    say_undefined,
    stated_only,
)
from difass_analysis.inference import FEW_CLUSTERS, Array
from difass_analysis.measurement import ClusterCells
from difass_analysis.measurement.units import unit_names
from difass_analysis.programme import Programme
from difass_analysis.result import Comparison

Bools = NDArray[np.bool_]

FAMILIES = (
    "Adjusted p values: all differences of the table are one family of tests, all ratios are "
    "another. Holm's bounds the chance of any false finding; Benjamini and Hochberg's bounds "
    "the share of false findings among those made."
)
FEW = (
    f"With fewer than {FEW_CLUSTERS} clusters in a group and amounts of very different size, "
    "intervals cover less often than they say; that of the ratio is the better one."
)


def contrasts(
    programme: Programme,
    indicator: str,
    *,
    by: str | Sequence[str],
    against: str = "rest",
    where: Mapping[str, Sequence[str]] | None = None,
    level: float = 0.95,
) -> Comparison:
    """Compare each group with the rest, the overall value or a named group.

    Which regions do better or worse, by how much, and is it more than chance?

    Parameters
    ----------
    programme : Programme
        The data.
    indicator : str
        Id of a ratio of sums.
    by : str or sequence of str
        Column, or columns, whose values are compared.
    against : str
        ``"rest"`` (all other groups together, including rows whose group is not known),
        ``"overall"`` (all groups together), or a value of a group column that names one group.
    where : mapping of str to sequence of str, optional
        Columns and the values that count.
    level : float
        Level of the intervals.

    Returns
    -------
    Comparison
        One row a group: ``indicator``, the group columns, ``value`` and ``reference`` (ratios
        of sums), ``difference`` (value minus reference, in ``unit``) with ``_se``, ``_lower``,
        ``_upper``, ``_p``, ``_p_holm``, ``_p_bh``; ``ratio`` (value over reference; bounds and
        test on the log scale) with the same but no error; ``n`` (clusters in the group),
        ``numerator``, ``denominator``, ``unit``, ``method`` (with the degrees of freedom) and
        ``note``. What is undefined is missing, and ``note`` says why: a zero denominator, one
        cluster, no other group, a numerator of zero (for the ratio), a group that is not known.

    Raises
    ------
    UsageError
        When a column, the level or the group to compare with is not one that can be had.
    IndicatorError
        When the indicator is not a ratio of sums or cannot be computed cluster by cluster.

    Notes
    -----
    A cluster has one influence value on a contrast, over all groups that it stands in:
    ``z = (y_g - R_g x_g) / X_g - (y_r - R_r x_r) / X_r``. The squared error is
    ``G / (G - 1) * sum z^2`` over all ``G`` clusters, so that clusters in several groups, and
    an overall value that contains the group, give their covariance. Where fewer than fifty
    clusters stand in the group (or outside it), the part of these clusters is the delete-one
    jackknife, ``(G - 1) / G`` times the squared changes of the contrast.

    Interval and test use Student's t. Its degrees of freedom are Satterthwaite's, from the
    part inside the group (its clusters minus 1) and the part outside, and never more than
    ``G - 1``: a group of five is not made safe by a thousand clusters elsewhere.

    Sources: Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, sections 5.6
    and 5.8; Satterthwaite (1946), Biometrics Bulletin 2(6), 110-114.

    Examples
    --------
    >>> frame = pd.DataFrame({"operation_id": list("abcd"), "region": ["N", "N", "S", "S"],
    ...     "public_amount": [1.0, 1.0, 2.0, 2.0], "private_amount": [1.0, 3.0, 4.0, 8.0]})
    >>> found = contrasts(Programme.from_frames(operations=frame), "private_per_public",
    ...                   by="region", against="overall").frame
    >>> found[["region", "value", "reference", "difference"]].round(3).values.tolist()
    [['N', 2.0, 2.667, -0.667], ['S', 3.0, 2.667, 0.333]]
    """
    check_level(level)
    cells = compared_cells(programme, indicator, by=by, where=where)
    reference = reference_of(cells, against)
    counts, parts = squared_influences(cells, reference)
    stated = stated_only(programme, cells)
    frame = _table(cells, reference, counts, parts, level, stated)
    few = (frame["n"] < FEW_CLUSTERS) & frame["difference_se"].notna()
    label = cells.indicator.label
    compared = against if against in ("rest", "overall") else f"'{against}'"
    return Comparison(
        frame=frame,
        provenance=programme.provenance,
        caveats=(
            *caveats_of(programme, where, cells),
            FAMILIES,
            *([FEW] if few.any() else []),
        ),
        by=cells.by,
        level=level,
        indicator=indicator,
        against=against,
        unit=cells.unit,
        heading=f"{label}: difference from {'the ' if compared == against else ''}{compared}",
    )


def _table(
    cells: ClusterCells,
    reference: Reference,
    counts: Counts,
    parts: dict[Scale, Parts],
    level: float,
    stated: str,
) -> pd.DataFrame:
    """Published rows, with what is undefined set to missing and the reason in ``note``."""
    notes = Notes(len(cells.cells))
    used = cells.cells["used"].to_numpy() > 0
    y, x = (np.where(used, cells.cells[name].to_numpy(float), np.nan) for name in ("y", "x"))
    value = ratios(cells)
    compared = _compared(cells, reference, counts, value, notes)
    against = np.where(compared, reference.value, np.nan)
    if stated:
        notes.say(compared, f"No interval: {stated}.")
    errors = compared & (stated == "")
    several = _several(cells, reference, counts, errors, notes)
    tested = {
        "difference": _tested(value - against, parts["difference"], counts, several, level),
        "ratio": _tested(
            logarithm(value) - logarithm(against), parts["ratio"], counts, several, level
        ),
    }
    size = np.abs(value) + np.abs(against)
    _refuse_rounding(tested, parts["difference"], size, several, notes, cells.cluster_name)
    zero = compared & ((value <= 0) | (against <= 0))
    notes.say(zero, "No ratio: a numerator is not above zero.")
    frame = pd.DataFrame({"indicator": cells.indicator.id}, index=cells.cells.index)
    frame = frame.assign(**{name: cells.cells[name] for name in cells.by})
    frame = frame.assign(value=value, reference=against)
    frame = frame.assign(difference=tested["difference"].estimate)
    frame = frame.assign(difference_se=tested["difference"].se)
    frame = frame.assign(**tested["difference"].columns("difference"))
    with np.errstate(over="ignore"):
        frame = frame.assign(ratio=np.exp(tested["ratio"].estimate))
        frame = frame.assign(**tested["ratio"].columns("ratio", log=True))
    return frame.assign(
        n=cells.cells["n"].astype("int64"),
        numerator=y,
        denominator=x,
        unit=cells.unit,
        method=_methods(counts, tested, compared, cells.cluster_name),
        note=notes.texts(),
    )


def _compared(
    cells: ClusterCells, reference: Reference, counts: Counts, value: Array, notes: Notes
) -> Bools:
    """Which groups are compared; says of the others why not."""
    say_undefined(cells, value, notes)
    open_ = ~np.isnan(value)
    is_bench = np.arange(len(value)) == reference.bench
    known = is_known(cells.cells, cells.by)
    alone = counts.reference == 0 if reference.name == "rest" else np.full(len(value), False)
    if reference.name == "overall":
        alone = np.full(len(value), (cells.cells["used"] > 0).sum() < 2)
    name = _reference_name(reference)
    for reason, sentence in (
        (is_bench, "The group that the others are compared with."),
        (~known, f"Not compared: {' or '.join(cells.by)} is not known."),
        (alone, "Not compared: there is no other group."),
        (np.isnan(reference.value), f"Not compared: the denominator of {name} is zero."),
    ):
        notes.say(open_ & reason, sentence)
        open_ = open_ & ~reason
    return open_


def _reference_name(reference: Reference) -> str:
    return f"'{reference.name}'" if reference.bench >= 0 else f"the {reference.name}"


def _several(
    cells: ClusterCells, reference: Reference, counts: Counts, compared: Bools, notes: Notes
) -> Bools:
    """Which contrasts can have an error; says of the others why not."""
    one, many = unit_names(cells.cluster_name)
    single, lonely = counts.inside < 2, counts.reference < 2
    notes.say(compared & single, f"No interval: one {one} only.")
    lone = f"No interval: one {one} only in {_reference_name(reference)}."
    notes.say(compared & ~single & lonely, lone)
    several = compared & ~single & ~lonely
    few = several & (counts.inside < FEW_CLUSTERS)
    notes.say(few, [f"Only {n:.0f} {many}." for n in counts.inside])
    few = several & (counts.reference < FEW_CLUSTERS)
    name = _reference_name(reference)
    notes.say(few, [f"Only {n:.0f} {many} in {name}." for n in counts.reference])
    return several


@dataclass(eq=False, kw_only=True)
class _Tested:
    """A contrast with its error, interval and test, one entry a group."""

    estimate: Array
    se: Array
    half: Array
    degrees: Array
    p: Array

    def columns(self, name: str, *, log: bool = False) -> dict[str, Array]:
        """Bounds, p value and adjusted p values under their published names."""
        lower, upper = self.estimate - self.half, self.estimate + self.half
        with np.errstate(over="ignore"):
            return {
                f"{name}_lower": np.exp(lower) if log else lower,
                f"{name}_upper": np.exp(upper) if log else upper,
                f"{name}_p": self.p,
                f"{name}_p_holm": inference.holm(self.p),
                f"{name}_p_bh": inference.benjamini_hochberg(self.p),
            }

    def blank(self, where: Bools) -> None:
        """Set error, interval and test to missing."""
        for values in (self.se, self.half, self.degrees, self.p):
            values[where] = np.nan


def _tested(estimate: Array, parts: Parts, counts: Counts, several: Bools, level: float) -> _Tested:
    variance = parts.inside + parts.outside
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = parts.inside**2 / np.maximum(counts.inside - 1, 1)
        spread = spread + parts.outside**2 / np.maximum(counts.outside - 1, 1)
        degrees = np.minimum(variance**2 / spread, counts.total - 1)
        se = np.where(several & ~np.isnan(estimate), np.sqrt(variance), np.nan)
    half = special.stdtrit(degrees, 0.5 + level / 2) * se
    p = inference.t_test(estimate, se, degrees)
    return _Tested(estimate=estimate, se=se, half=half, degrees=degrees, p=p)


def _refuse_rounding(
    tested: dict[str, _Tested],
    parts: Parts,
    size: Array,
    several: Bools,
    notes: Notes,
    cluster_name: str,
) -> None:
    """Take errors away that are missing or mere rounding, and say so."""
    one, _ = unit_names(cluster_name)
    variance = parts.inside + parts.outside
    hangs = several & np.isnan(variance)
    notes.say(hangs, f"No interval: it hangs on one {one} alone.")
    flat = several & (variance <= (ROUNDING * size) ** 2)
    notes.say(flat, f"No interval: the ratios do not vary from {one} to {one}.")
    for one_scale in tested.values():
        one_scale.blank(hangs | flat)


def _methods(
    counts: Counts, tested: dict[str, _Tested], compared: Bools, cluster_name: str
) -> list[str]:
    _, many = unit_names(cluster_name)
    few = counts.inside < JACKKNIFE_BELOW
    apart = (counts.outside < JACKKNIFE_BELOW) & (counts.outside > 0)
    methods = []
    for number in range(len(compared)):
        text = "ratio of sums"
        if not np.isnan(tested["difference"].se[number]):
            only = few[number] and (apart[number] or counts.outside[number] == 0)
            how = "jackknife" if only else "jackknife and linearised"
            text += f"; {how if few[number] or apart[number] else 'linearised'} by {many}"
            degrees = [float(part.degrees[number]) for part in tested.values()]
            shown = [f"{value:.1f}" for value in degrees if not np.isnan(value)]
            text += f", t with {' and '.join(dict.fromkeys(shown))} degrees of freedom"
        methods.append(text)
    return methods
