"""Rows of a change: before, after, difference and ratio, and the parts of the difference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from difass_analysis.comparison.blocks import Block, Gap, gap_of, is_defined, side_sums
from difass_analysis.comparison.cross_moments import CrossMoments
from difass_analysis.comparison.factors import Margins
from difass_analysis.comparison.gap_rows import gap_rows, small_sides
from difass_analysis.inference import Array, t_quantile

CHANGE_COLUMNS = (
    "measure",
    "period",
    "value",
    "lower",
    "upper",
    "se",
    "n",
    "unit",
    "method",
    "note",
)
MEASURES = ("before", "after", "difference", "ratio")


def absent_rows(period: str, unit: str) -> pd.DataFrame:
    """Rows of a group that has no row in one of the periods."""
    return measure_rows(
        np.full((4, 4), np.nan),
        n=np.zeros(4, dtype=int),
        unit=unit,
        method="",
        notes=[f"Not defined: no row counts in {period}."] * 4,
    )


def ratio_rows(
    moments: CrossMoments,
    block: Block,
    margins: Margins,
    *,
    level: float,
    unit: str,
    independent: tuple[str, str],
    periods: tuple[str, str],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of a ratio of sums: four measures, and the parts by category."""
    if not is_defined(moments, block):
        return _undefined(moments, block, unit), pd.DataFrame()
    gap = gap_of(moments, block, margins, clusters=moments.clusters)
    sides = (f"in {periods[1]}", f"in {periods[0]}")
    parts = gap_rows(
        gap, moments.categories, level=level, unit=unit, independent=independent, sides=sides
    )
    whole = parts[parts["effect"] == "gap"].iloc[0]
    table = np.full((4, 4), np.nan)
    table[0] = _level_row(gap, -1, gap.clusters[1], level, moments.clusters)
    table[1] = _level_row(gap, -2, gap.clusters[0], level, moments.clusters)
    table[2] = [whole[name] for name in ("value", "lower", "upper", "se")]
    table[3] = _ratio(gap, level)
    notes = [_why(gap.errors[-1]), _why(gap.errors[-2]), str(whole["note"])]
    positive = min(gap.values[-2:]) > 0
    notes.append("" if positive else "Not defined: a numerator is not above zero.")
    notes[3] = " ".join(filter(None, (notes[3], *small_sides(gap, independent, sides))))
    counts = np.array([gap.clusters[i] for i in (1, 0, 2, 2)])
    method = "ratio of sums; " + str(whole["method"]).partition("; ")[2]
    return measure_rows(table, n=counts, unit=unit, method=method, notes=notes), parts


def _level_row(gap: Gap, at: int, n: int, level: float, clusters: int) -> Array:
    """Value, bounds and error of one period, with the period's own number of clusters."""
    value, scale = gap.values[at], n / max(n - 1, 1) * (clusters - 1) / max(clusters, 1)
    is_few = gap.few[at + 2]
    error = gap.errors[at] * np.sqrt(1 / scale if is_few else scale)
    half = t_quantile(level, np.array([float(n)]))[0] * error
    low = np.maximum(value - half, 0.0) if value >= 0 else value - half
    return np.array([value, low, value + half, error])


def _why(error: float) -> str:
    return "No interval: too few clusters, or it does not vary." if np.isnan(error) else ""


def _ratio(gap: Gap, level: float) -> Array:
    """Ratio of after to before, with the interval of its logarithm."""
    after, before = gap.values[-2:]
    if min(after, before) <= 0:
        return np.full(4, np.nan)
    half = t_quantile(level, gap.degrees[-3:-2] + 1)[0] * gap.ratio_error
    value = after / before
    return np.array([value, value * np.exp(-half), value * np.exp(half), value * gap.ratio_error])


def _undefined(moments: CrossMoments, block: Block, unit: str) -> pd.DataFrame:
    sides = [side_sums(moments, units) for units in block.sides(len(moments.units))]
    rates = [s.y.sum() / s.x.sum() if s.x.sum() > 0 else np.nan for s in reversed(sides)]
    table = np.full((4, 4), np.nan)
    table[:2, 0] = rates
    zero = "Not defined: the denominator is zero"
    notes = ["" if not np.isnan(rate) else f"{zero}." for rate in rates]
    notes += [f"{zero} in a period."] * 2
    n = [int(moments.units["n"][unit]) for unit in (block.there, block.here) if unit is not None]
    counts = np.array([*n, 0, 0])
    return measure_rows(table, n=counts, unit=unit, method="ratio of sums", notes=notes)


def measure_rows(table: Array, *, n: Any, unit: str, method: str, notes: list[str]) -> pd.DataFrame:
    """Put value, bounds and error of the four measures, (4, 4), into rows."""
    frame = pd.DataFrame(table, columns=["value", "lower", "upper", "se"])
    units = [unit, unit, unit, "x"]
    return frame.assign(measure=MEASURES, n=n, unit=units, method=method, note=notes)
