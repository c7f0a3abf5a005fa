"""Ranks with confidence sets: which places may a group have, given how sure the values are?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
from difass_analysis.comparison.places import rank_sets
from difass_analysis.display import rank_plots
from difass_analysis.inference import FEW_CLUSTERS, Array
from difass_analysis.measurement import ClusterCells
from difass_analysis.measurement.units import unit_names
from difass_analysis.programme import Programme
from difass_analysis.result import Comparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Bools = NDArray[np.bool_]

SETS = (
    "A set holds the true rank of each group; rank 1 is the {best} value. The sets of the table "
    "hold all together at the stated level; the marginal ones each for itself."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Ranking(Comparison):
    """Groups in the order of their values, each rank with its confidence sets."""

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the confidence set of each group's rank, and return the Axes."""
        names = {"rank_lower": "lower", "rank_upper": "upper"}
        names |= {name: name for name in ("rank", "marginal_lower", "marginal_upper", "note")}
        shown = self.frame[list(names)].rename(columns=names)
        return rank_plots.ranks(
            shown.assign(label=self.labels(), level=self.level),
            title=self.heading,
            caveats=self.caveats,
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )


def ranks(
    programme: Programme,
    indicator: str,
    *,
    by: str | Sequence[str],
    where: Mapping[str, Sequence[str]] | None = None,
    level: float = 0.95,
    higher_is_better: bool | None = None,
    draws: int = 20_000,
    seed: int = 1,
) -> Ranking:
    """Rank the groups of a programme, each rank with the places that the data allow.

    Is the first really ahead of the second, and which regions cannot be told apart?

    Parameters
    ----------
    programme : Programme
        The data.
    indicator : str
        Id of a ratio of sums.
    by : str or sequence of str
        Column, or columns, whose values are ranked.
    where : mapping of str to sequence of str, optional
        Columns and the values that count.
    level : float
        Level of the sets.
    higher_is_better : bool, optional
        Whether rank 1 is the highest value; without it the indicator's direction, and the
        highest where it has none.
    draws : int
        Draws from the approximate distribution of the values.
    seed : int
        Seed of the draws.

    Returns
    -------
    Ranking
        One row a group, best first: ``indicator``, the group columns, ``value``, ``se``,
        ``rank``, ``rank_lower``, ``rank_upper`` and ``set`` (all groups at once),
        ``marginal_lower``, ``marginal_upper`` (each group alone), ``n`` (clusters),
        ``numerator``, ``denominator``, ``unit``, ``method``, ``note``. A group without an error
        has no rank: a zero denominator, one cluster, a group that is not known.

    Raises
    ------
    UsageError
        When a column, the level or the number of draws is not one that can be had.
    IndicatorError
        When the indicator is not a ratio of sums or cannot be computed cluster by cluster.

    Notes
    -----
    See :func:`~difass_analysis.comparison.places.rank_sets` and
    :func:`~difass_analysis.comparison.model.group_covariance`. Values
    are compared as logarithms where all are above zero. A group's error has its clusters minus
    1 degrees of freedom.

    Examples
    --------
    >>> frame = pd.DataFrame({"operation_id": list("abcdef"), "region": list("NNNSSS"),
    ...     "public_amount": [1.0] * 6, "private_amount": [1.0, 1.1, 0.9, 4.0, 4.2, 4.1]})
    >>> found = ranks(Programme.from_frames(operations=frame), "private_per_public", by="region")
    >>> found.frame[["region", "rank", "set"]].values.tolist()
    [['S', 1, '1st of 2'], ['N', 2, '2nd of 2']]
    """
    check_level(level)
    cells = compared_cells(programme, indicator, by=by, where=where)
    direction = cells.indicator.direction
    upwards = direction != "lower" if higher_is_better is None else higher_is_better
    stated = stated_only(programme, cells)
    frame = _ranked(cells, stated, level=level, upwards=upwards, draws=draws, seed=seed)
    best = "highest" if upwards else "lowest"
    unsure = direction == "none" and higher_is_better is None
    whether = "The indicator has no better direction: the order is only that of size."
    return Ranking(
        frame=frame,
        provenance=programme.provenance,
        caveats=(
            *caveats_of(programme, where, cells),
            SETS.format(best=best),
            *([whether] if unsure else []),
        ),
        by=cells.by,
        level=level,
        indicator=indicator,
        unit=cells.unit,
        heading=f"{cells.indicator.label}: ranks, 1 = {best}",
        quantity="rank",
    )


def _ranked(
    cells: ClusterCells, stated: str, *, level: float, upwards: bool, draws: int, seed: int
) -> pd.DataFrame:
    estimates, covariance = group_covariance(cells)
    value, se = (estimates[name].to_numpy(float) for name in ("value", "se"))
    n = estimates["n"].to_numpy(float)
    notes = Notes(len(n))
    say_undefined(cells, value, notes)
    usable = _rankable(cells, value, se, notes)
    if stated:
        notes.say(usable, f"Not ranked: {stated}.")
        usable = np.zeros(len(n), dtype=bool)
    logarithms = bool(usable.any() and (value[usable] > 0).all())
    scale = np.where(logarithms & usable, value, 1.0)
    chosen = np.where(usable, np.log(np.where(usable, value, 1.0)) if logarithms else value, np.nan)
    sets = {
        together: rank_sets(
            chosen,
            covariance / np.outer(scale, scale),
            level=level,
            higher_is_better=upwards,
            simultaneous=together,
            degrees=np.maximum(n - 1, 1),
            draws=draws,
            seed=seed,
        )
        for together in (True, False)
    }
    how = "compared as logarithms" if logarithms else "compared as they are"
    frame = cells.cells[list(cells.by)].assign(
        value=value,
        se=se,
        rank=sets[True]["rank"],
        rank_lower=sets[True]["lower"],
        rank_upper=sets[True]["upper"],
        set=sets[True]["set"],
        marginal_lower=sets[False]["lower"],
        marginal_upper=sets[False]["upper"],
        n=estimates["n"],
        numerator=cells.cells["y"],
        denominator=cells.cells["x"],
        unit=cells.unit,
        method=np.where(usable, f"ratio of sums; step-down sets of ranks, {how}", "ratio of sums"),
        note=notes.texts(),
    )
    frame.insert(0, "indicator", cells.indicator.id)
    return frame.sort_values("rank", kind="stable", na_position="last").reset_index(drop=True)


def _rankable(cells: ClusterCells, value: Array, se: Array, notes: Notes) -> Bools:
    """Which groups can be ranked; says of the others why not."""
    one, many = unit_names(cells.cluster_name)
    n = cells.cells["n"].to_numpy(float)
    defined, known = ~np.isnan(value), is_known(cells.cells, cells.by)
    notes.say(defined & ~known, f"Not ranked: {' or '.join(cells.by)} is not known.")
    notes.say(defined & known & (n < 2), f"Not ranked: one {one} only.")
    hangs = defined & known & (n >= 2) & np.isnan(se)
    notes.say(hangs, f"Not ranked: it hangs on one {one} alone.")
    usable = defined & known & ~np.isnan(se)
    notes.say(usable & (n < FEW_CLUSTERS), [f"Only {count:.0f} {many}." for count in n])
    flat = usable & (se <= ROUNDING * np.abs(value))
    notes.say(flat, f"The ratios do not vary from {one} to {one}: taken as sure.")
    return usable
