"""The change of a total between two periods, and which categories it comes from."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd
from scipy import sparse

from difass_analysis.comparison.blocks import Block, category_counts, side_sums
from difass_analysis.comparison.change_rows import measure_rows
from difass_analysis.comparison.cross_moments import CATEGORY, UNIT, CrossMoments
from difass_analysis.comparison.gap_rows import VALUE_COLUMNS
from difass_analysis.inference import Array, t_quantile, total_interval
from difass_analysis.measurement import CLUSTER


def largest_clusters(moments: CrossMoments) -> Array:
    """Largest total of one cluster, by unit."""
    sums = moments.rows.group_by(UNIT, CLUSTER).agg(nw.col("y").sum())
    found = moments.engine.collect(sums.group_by(UNIT).agg(nw.col("y").max()))
    return found.set_index(UNIT)["y"].reindex(range(len(moments.units))).to_numpy(float)


def total_rows(
    moments: CrossMoments,
    block: Block,
    largest: Array,
    *,
    level: float,
    unit: str,
    independent: tuple[str, str],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of a total: the four measures, and the difference by category.

    Units arrive at random, so that a squared error is a sum of squares over clusters; a cluster
    that stands in both periods adds the square of its change.
    """
    after, before = (side_sums(moments, units).y for units in block.sides(len(moments.units)))
    squares = _squares(moments, block)
    here, there = block.here, int(block.there or 0)
    n = moments.units["n"].to_numpy(int)[[there, here]]
    either = int(n.sum() - round(float(moments.shared_units[here, there])))
    t = float(t_quantile(level, np.array([max(either, 2)]))[0])
    sums = [float(part.sum()) for part in squares]
    table = np.array(
        [
            _period(before.sum(), sums[1], largest[there], level),
            _period(after.sum(), sums[0], largest[here], level),
            _difference(after.sum() - before.sum(), sums, t),
            _ratio(after.sum(), before.sum(), sums, t),
        ]
    )
    notes = ["", "", "No interval: no cluster has changed." if np.isnan(table[2, 3]) else ""]
    notes.append("Not defined: a total is not above zero." if np.isnan(table[3, 0]) else "")
    method = f"total; {independent[1]} arrive at random"
    frame = measure_rows(
        table, n=np.array([*n, either, either]), unit=unit, method=method, notes=notes
    )
    parts = _parts(moments, block, after, before, squares, t=t)
    parts = parts.assign(unit=unit, method=method, note="")
    parts.loc[parts["row"] == "all", "n"] = either
    return frame, parts[["row", *moments.categories.columns, *VALUE_COLUMNS]]


def _period(total: float, square: float, largest: float, level: float) -> Array:
    """Value, bounds and error of a total, as those of units that arrive at random."""
    arrays = (np.array([value]) for value in (total, square, largest))
    se, low, high = (float(bound[0]) for bound in total_interval(*arrays, level=level))
    return np.array([total, low, high, se])


def _difference(value: float, sums: list[float], t: float) -> Array:
    error = np.sqrt(max(sums[0] + sums[1] - 2 * sums[2], 0.0))
    error = error if error > 0 else np.nan
    return np.array([value, value - t * error, value + t * error, error])


def _squares(moments: CrossMoments, block: Block) -> tuple[Array, Array, Array]:
    """Sums over clusters of products of categories: after, before, after with before."""
    cells, size = len(moments.cells), len(moments.categories)
    plain = moments.second[:cells, :cells]
    spread = []
    for unit in (block.here, block.there):
        own = np.flatnonzero(moments.cells[UNIT] == unit)
        at = own, moments.cells[CATEGORY].to_numpy(int)[own]
        spread.append(sparse.csr_array((np.ones(len(own)), at), shape=(cells, size)))
    here, there = spread
    products = ((here, here), (there, there), (here, there))
    after, before, both = ((one.T @ plain @ other).toarray() for one, other in products)
    return after, before, both


def _ratio(after: float, before: float, sums: list[float], t: float) -> Array:
    """Ratio of two totals, with the interval of its logarithm."""
    if min(after, before) <= 0:
        return np.full(4, np.nan)
    variance = sums[0] / after**2 + sums[1] / before**2 - 2 * sums[2] / (after * before)
    error, value = np.sqrt(max(variance, 0.0)), after / before
    error = error if error > 0 else np.nan
    return np.array([value, value * np.exp(-t * error), value * np.exp(t * error), value * error])


def _parts(
    moments: CrossMoments,
    block: Block,
    after: Array,
    before: Array,
    squares: tuple[Array, Array, Array],
    *,
    t: float,
) -> pd.DataFrame:
    """One row a category, then the row of the gap."""
    here, there, both = squares
    variance = [
        *(np.diag(here) + np.diag(there) - 2 * np.diag(both)),
        here.sum() + there.sum() - 2 * both.sum(),
    ]
    error = np.sqrt(np.maximum(variance, 0.0))
    error[error == 0] = np.nan
    size = len(after)
    value = np.append(after - before, after.sum() - before.sum())
    whole = np.append(np.full(size, np.nan), 1.0)
    frame = moments.categories.reindex(range(size + 1)).assign(
        row=["category"] * size + ["all"],
        effect=["amount"] * size + ["gap"],
        factor="",
        value=value,
        lower=value - t * error,
        upper=value + t * error,
        se=error,
        share=np.append(_shares(after), np.nan),
        share_against=np.append(_shares(before), np.nan),
        rate=whole * after.sum(),
        rate_against=whole * before.sum(),
    )
    counts = category_counts(moments, block)
    own = np.append((counts[:2] > 0).any(axis=0), True)
    return frame.assign(n=np.append(counts[2], 0))[own]


def _shares(amounts: Array) -> Array:
    total = amounts.sum()
    return amounts / total if total > 0 else np.full(len(amounts), np.nan)
