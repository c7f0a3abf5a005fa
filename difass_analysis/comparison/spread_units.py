"""Units that stand in several categories: spread, so that categories add up to their region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw

from difass_analysis.comparison.cross_moments import text_key
from difass_analysis.engine import Lazy
from difass_analysis.measurement import CLUSTER, ClusterCells, cluster_cells
from difass_analysis.programme import Programme

SPREAD = (
    "What is counted once in a region but stands in several categories is split evenly among "
    "the clusters' categories, so that the categories add up to the region."
)


def spread_rows(
    cells: ClusterCells,
    programme: Programme,
    *,
    within: Sequence[str],
    where: Mapping[str, Sequence[str]] | None,
) -> tuple[Lazy, bool]:
    """Rows by category that add up to what is measured without categories.

    A distinct count counts a unit in every category that it stands in. Each cluster's ``y`` and
    ``x`` are scaled to what the cluster has within its region, so that the sums by category
    add up to the region's own figures; sums of amounts stay as they are.

    Parameters
    ----------
    cells : ClusterCells
        An indicator by region, category and cluster.
    programme : Programme
        The data.
    within : sequence of str
        The group columns without the categories.
    where : mapping of str to sequence of str, optional
        Columns and the values that count.

    Returns
    -------
    tuple of lazy frame and bool
        The rows, and whether anything had to be spread.
    """
    terms = (*cells.indicator.numerator, *cells.indicator.denominator)
    if len(within) == len(cells.by) or all(term.kind != "distinct" for term in terms):
        return cells.rows, False
    whole = cluster_cells(programme, cells.indicator.id, by=within, where=where)
    if whole.cluster_name != cells.cluster_name:
        return cells.rows, False
    keys = {f"_key_{place}": text_key(name) for place, name in enumerate((*within, CLUSTER))}
    known = whole.rows.with_columns(**keys)
    known = known.select(*keys, nw.col("y").alias("_y"), nw.col("x").alias("_x"))
    rows = cells.rows.with_columns(**keys)
    rows = rows.with_columns(
        _sum_y=nw.col("y").sum().over(*keys), _sum_x=nw.col("x").sum().over(*keys)
    ).join(known, on=list(keys), how="left")
    scaled = {
        side: nw.when(nw.col(f"_sum_{side}") != 0)
        .then(nw.col(side) * nw.col(f"_{side}") / nw.col(f"_sum_{side}"))
        .otherwise(nw.col(side))
        for side in ("y", "x")
    }
    spread = rows.with_columns(**scaled).select(*cells.by, CLUSTER, "y", "x")
    return spread, _differs(cells, whole)


def _differs(cells: ClusterCells, whole: ClusterCells) -> bool:
    pairs = [(cells.cells[side].sum(), whole.cells[side].sum()) for side in ("y", "x")]
    return any(abs(one - other) > 1e-9 * max(abs(one), abs(other)) for one, other in pairs)
