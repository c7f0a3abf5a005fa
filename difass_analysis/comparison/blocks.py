"""One gap: its parts, and the clusters that stand behind each side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from difass_analysis.comparison.cross_moments import CATEGORY, CELL, UNIT, CrossMoments
from difass_analysis.comparison.factors import Margins, Parts, Sums, gap_parts
from difass_analysis.comparison.gap_errors import (
    Slopes,
    Variances,
    jackknifed,
    linearised,
    log_ratio_slope,
    ratio_slope,
    residual_form,
    stacked,
)
from difass_analysis.comparison.model import JACKKNIFE_BELOW
from difass_analysis.inference import Array

#: Variance below this share of the squares it is the sum of is rounding, not variation.
LOST_VARIANCE = 1e-14
#: An error below this share of the ratios themselves is rounding: nothing varies.
LOST_ERROR = 1e-12


@dataclass(frozen=True, eq=False, kw_only=True)
class Block:
    """Two sides to compare: a unit here, and another one there; without one, all the others."""

    here: int
    there: int | None = None

    def sides(self, units: int) -> tuple[list[int], list[int]]:
        """Numbers of the units on either side, out of so many."""
        if self.there is not None:
            return [self.here], [self.there]
        return [self.here], [unit for unit in range(units) if unit != self.here]


@dataclass(frozen=True, eq=False, kw_only=True)
class Gap:
    """A gap taken apart, with errors.

    Attributes
    ----------
    values, errors, degrees : array
        Value, standard error and degrees of freedom of every part, in the order of
        :func:`~difass_analysis.comparison.gap_errors.stacked`; the error is NaN where there is
        none.
    ratio_error : float
        Standard error of the logarithm of the value here over the value there.
    parts : Parts
        The parts by category.
    here, there : Sums
        Sums of the two sides by category.
    counts : array of int
        Clusters by category, of shape (3, categories): here, there, on either side.
    clusters : tuple of int
        Clusters here, there, on either side.
    """

    values: Array
    errors: Array
    degrees: Array
    ratio_error: float
    parts: Parts
    here: Sums
    there: Sums
    counts: NDArray[np.int64]
    clusters: tuple[int, int, int]

    @property
    def few(self) -> tuple[bool, bool]:
        """Whether the jackknife was used for the clusters here, and for those there."""
        return _few(self.clusters)


def _few(clusters: tuple[int, int, int]) -> tuple[bool, bool]:
    """Whether there are few clusters here, and there; one alone cannot be left out."""
    return 1 < clusters[0] < JACKKNIFE_BELOW, 1 < clusters[1] < JACKKNIFE_BELOW


def side_sums(moments: CrossMoments, units: Sequence[int]) -> Sums:
    """Add up a side by category."""
    own = moments.cells[moments.cells[UNIT].isin(units)]
    y, x = (
        np.bincount(
            own[CATEGORY], weights=own[name].to_numpy(float), minlength=len(moments.categories)
        ).astype(float)
        for name in ("y", "x")
    )
    return Sums(y=y, x=x)


def is_defined(moments: CrossMoments, block: Block) -> bool:
    """Whether both sides have a denominator."""
    sides = block.sides(len(moments.units))
    return all(side_sums(moments, units).x.sum() > 0 for units in sides)


def gap_of(moments: CrossMoments, block: Block, margins: Margins, *, clusters: int) -> Gap:
    """Take one gap apart, with errors by linearisation over clusters.

    Parameters
    ----------
    moments : CrossMoments
        Sums and second moments.
    block : Block
        The two sides; both have a denominator.
    margins : Margins
        Which categories agree on which columns.
    clusters : int
        Number of clusters of the whole comparison.
    """
    sides = block.sides(len(moments.units))
    here, there = (side_sums(moments, units) for units in sides)
    parts = gap_parts(here, there, margins)
    values = np.array([side.y.sum() / side.x.sum() for side in (here, there)])
    slopes = _slopes(parts, here, there, moments.rates)
    totals = _cluster_counts(moments, block)
    found = linearised(moments, sides, slopes, clusters=clusters)
    few = _few(totals)
    if any(few):
        found = jackknifed(
            found, moments, sides, slopes, few=few, margins=margins, clusters=clusters
        )
    counts = category_counts(moments, block)
    errors = _errors(found, float(np.abs(values).max()))
    errors[:-3] = np.where(min(totals[:2]) < 2, np.nan, errors[:-3])
    errors[-3:] = np.where(np.array([*totals[:2], min(totals[:2])]) < 2, np.nan, errors[-3:])
    alone = parts.both & (counts[:2].min(axis=0) < 2)
    errors[: parts.effects[:-3].size].reshape(-1, alone.size)[:, alone] = np.nan
    return Gap(
        values=stacked(parts.effects, *values),
        errors=errors[:-1],
        degrees=_degrees(found, totals)[:-1],
        ratio_error=float(errors[-1]),
        parts=parts,
        here=here,
        there=there,
        counts=counts,
        clusters=totals,
    )


def _slopes(parts: Parts, here: Sums, there: Sums, rates: Array) -> Slopes:
    """Derivatives of all parts by the sums of each side; the log ratio stands last."""
    none = np.zeros(2 * len(rates))
    by_here = stacked(parts.here, ratio_slope(here), none)
    by_there = stacked(parts.there, none, ratio_slope(there))
    by_here = np.vstack([by_here, log_ratio_slope(here)])
    by_there = np.vstack([by_there, -log_ratio_slope(there)])
    return residual_form(by_here, rates), residual_form(by_there, rates)


def _errors(found: Variances, size: float) -> Array:
    """Square roots, with what is only rounding set to missing."""
    total = found.here + found.there + found.common
    total = np.where(total < LOST_VARIANCE * found.squares, 0.0, total)
    errors = np.sqrt(np.maximum(total, 0.0))
    scale = np.full(len(errors), size)
    scale[-1] = 1.0
    return np.where(errors <= LOST_ERROR * scale, np.nan, errors)


def _degrees(found: Variances, totals: tuple[int, int, int]) -> Array:
    """Degrees of freedom of each part, from the clusters of both sides (Satterthwaite 1946)."""
    own, other = np.maximum(found.here, 0.0), np.maximum(found.there, 0.0)
    spread = own**2 / max(totals[0] - 1, 1) + other**2 / max(totals[1] - 1, 1)
    smallest = np.full(len(own), max(min(totals[:2]) - 1.0, 1.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        degrees = (own + other) ** 2 / spread
    return np.where(spread > 0, np.minimum(degrees, max(totals[2] - 1, 1)), smallest)


def _cluster_counts(moments: CrossMoments, block: Block) -> tuple[int, int, int]:
    """Clusters here, there, and on either side."""
    n, alone = moments.units["n"].to_numpy(int), moments.units["alone"].to_numpy(int)
    own = int(n[block.here])
    if block.there is None:
        return own, moments.clusters - int(alone[block.here]), moments.clusters
    common = round(float(moments.shared_units[block.here, block.there]))
    return own, int(n[block.there]), own + int(n[block.there]) - common


def category_counts(moments: CrossMoments, block: Block) -> NDArray[np.int64]:
    """Clusters by category here, there, and on either side."""
    size = len(moments.categories)
    cells = {
        unit: moments.cells[moments.cells[UNIT] == unit].set_index(CATEGORY)
        for unit in (block.here, block.there)
        if unit is not None
    }

    def column(unit: int, name: str) -> NDArray[np.int64]:
        return cells[unit][name].reindex(range(size), fill_value=0).to_numpy(np.int64)

    own = column(block.here, "n")
    if block.there is None:
        parts = moments.cells.groupby(CATEGORY)["part"].sum().reindex(range(size), fill_value=0.0)
        either = parts.round().to_numpy(np.int64)
        return np.array([own, either - column(block.here, "alone"), either])
    other, either = column(block.there, "n"), own + column(block.there, "n")
    for category in np.flatnonzero((own > 0) & (other > 0)):
        pair = (cells[unit][CELL].loc[category] for unit in (block.here, block.there))
        either[category] -= round(float(moments.shared_cells[tuple(pair)]))
    return np.array([own, other, either])
