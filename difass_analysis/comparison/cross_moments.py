"""Cells of a comparison, and how their clusters vary together.

A part of a gap is a function of the sums of its cells. Its error therefore needs the sums, and the
cross products of cells that share a cluster; both are formed in the engine, and no list of
clusters is ever collected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd
from scipy import sparse

from difass_analysis.engine import Engine, Lazy
from difass_analysis.errors import UsageError
from difass_analysis.inference import Array
from difass_analysis.measurement import CLUSTER

UNIT, CATEGORY, CELL = "_unit", "_category", "_cell"
MAX_CATEGORIES = 1_000
_PRODUCTS = ("ee", "ex", "xe", "xx", "n")


@dataclass(frozen=True, eq=False, kw_only=True)
class CrossMoments:
    """Sums by unit and category, and second moments over the clusters that they share.

    A unit is what stands on a side of a comparison: a region, or a region in a period.

    Attributes
    ----------
    units : pandas.DataFrame
        One row a unit: its label columns, ``n`` (clusters), ``alone`` (clusters in no other).
    categories : pandas.DataFrame
        One row a category: its label columns.
    cells : pandas.DataFrame
        One row a cell: ``_unit``, ``_category``, ``y``, ``x``, ``n`` (clusters), ``alone``
        (clusters that stand in this category in no other unit), ``part`` (whose sum over units
        is the number of clusters in the category).
    rates : array
        Ratio by category over all units; second moments are of ``y - rate x`` and ``x``.
    second : sparse array
        Second moments, (2 cells, 2 cells): first the residuals of all cells, then ``x``.
    shared_units, shared_cells : sparse array
        Number of clusters that two units, or two cells, have in common.
    clusters : int
        Number of clusters.
    rows : lazy frame
        ``_cluster``, ``_unit``, ``_category``, ``_cell``, ``y``, ``x``.
    engine : Engine
        What computes.
    """

    units: pd.DataFrame
    categories: pd.DataFrame
    cells: pd.DataFrame
    rates: Array
    second: sparse.csr_array
    shared_units: sparse.csr_array
    shared_cells: sparse.csr_array
    clusters: int
    rows: Lazy
    engine: Engine

    def members(self, units: Sequence[int]) -> pd.DataFrame:
        """Rows of all clusters that stand in one of these units, wherever they stand."""
        wanted = self.rows.filter(nw.col(UNIT).is_in(list(units))).select(CLUSTER).unique()
        return self.engine.collect(self.rows.join(wanted, on=CLUSTER, how="inner"))


def cross_moments(
    rows: Lazy, *, unit: Sequence[str], over: Sequence[str], engine: Engine
) -> CrossMoments:
    """Form the sums of all cells and the second moments of the clusters they share.

    Parameters
    ----------
    rows : lazy frame
        One row for each unit, category and cluster: label columns, ``_cluster``, ``y``, ``x``.
    unit, over : sequence of str
        Label columns of units, and of categories.
    engine : Engine
        What computes.

    Raises
    ------
    UsageError
        When there are more categories than a decomposition can show.
    """
    keys = {name: f"_key_{place}" for place, name in enumerate((*unit, *over))}
    keyed = rows.with_columns(**{key: text_key(name) for name, key in keys.items()})
    y, x = nw.col("y").sum(), nw.col("x").sum()
    cells = engine.collect(keyed.group_by(*keys, *keys.values()).agg(y, x))
    cells, units = _numbered(cells, [keys[name] for name in unit], list(unit), UNIT)
    cells, categories = _numbered(cells, [keys[name] for name in over], list(over), CATEGORY)
    if len(categories) > MAX_CATEGORIES:
        raise UsageError(
            f"{', '.join(over)} make {len(categories):,} categories; more than "
            f"{MAX_CATEGORIES:,} are not shown.",
            todo="Decompose over fewer or coarser columns.",
        )
    cells = cells.sort_values([UNIT, CATEGORY], ignore_index=True)
    cells[CELL] = np.arange(len(cells))
    rates = _pooled_rates(cells, len(categories))
    coded = _coded(keyed, cells, list(keys.values()), rates, engine)
    cells = cells[[UNIT, CATEGORY, CELL, "y", "x"]].merge(_counts(coded, engine), on=CELL)
    units, shared_units, clusters = _unit_counts(coded, units, engine)
    second, shared_cells = _second_moments(coded, len(cells), engine)
    return CrossMoments(
        units=units,
        categories=categories,
        cells=cells.sort_values(CELL, ignore_index=True),
        rates=rates,
        second=second,
        shared_units=shared_units,
        shared_cells=shared_cells,
        clusters=clusters,
        rows=coded,
        engine=engine,
    )


def text_key(name: str) -> nw.Expr:
    """A column as text in which a missing value is a value too, so that it can be joined on."""
    return nw.concat_str(nw.lit("="), nw.col(name).cast(nw.String)).fill_null("")


def _numbered(
    cells: pd.DataFrame, keys: list[str], labels: list[str], number: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Number the different labels in their order, a missing label last."""
    if not keys:
        return cells.assign(**{number: 0}), pd.DataFrame(index=range(1))
    found = cells[[*labels, *keys]].drop_duplicates(subset=keys)
    found = found.sort_values(labels, kind="stable", na_position="last", ignore_index=True)
    found[number] = np.arange(len(found))
    return cells.merge(found[[*keys, number]], on=keys), found[labels]


def _pooled_rates(cells: pd.DataFrame, categories: int) -> Array:
    y, x = (
        np.bincount(cells[CATEGORY], weights=cells[name], minlength=categories) for name in "yx"
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(x > 0, y / np.where(x > 0, x, 1.0), 0.0)


def _coded(keyed: Lazy, cells: pd.DataFrame, keys: list[str], rates: Array, engine: Engine) -> Lazy:
    """Rows with numbers in place of labels, kept inside the engine."""
    codes = cells[[*keys, UNIT, CATEGORY, CELL]].assign(_rate=rates[cells[CATEGORY]])
    if keys:
        joined = keyed.join(engine.frame(codes), on=keys, how="inner")
    else:
        numbers = {name: nw.lit(0) for name in (UNIT, CATEGORY, CELL)}
        joined = keyed.with_columns(**numbers, _rate=nw.lit(float(rates[0])))
    joined = joined.with_columns(_name=text_key(CLUSTER))
    joined = joined.with_columns(e=nw.col("y") - nw.col("_rate") * nw.col("x"))
    plain = joined.select(nw.col("_name").alias(CLUSTER), UNIT, CATEGORY, CELL, "y", "x", "e")
    return engine.materialise(plain)


def _counts(rows: Lazy, engine: Engine) -> pd.DataFrame:
    """Clusters by cell, and how many of them stand in its category in no other unit."""
    marked = rows.with_columns(_units=nw.len().over(CLUSTER, CATEGORY))
    marked = marked.with_columns(
        n=nw.lit(1),
        alone=(nw.col("_units") == 1).cast(nw.Int64),
        part=1.0 / nw.col("_units").cast(nw.Float64),
    )
    sums = [nw.col(name).sum() for name in ("n", "alone", "part")]
    return engine.collect(marked.group_by(CELL).agg(*sums)).astype({"n": int, "alone": int})


def _unit_counts(
    rows: Lazy, units: pd.DataFrame, engine: Engine
) -> tuple[pd.DataFrame, sparse.csr_array, int]:
    present = rows.select(CLUSTER, UNIT).unique()
    present = present.with_columns(_units=nw.len().over(CLUSTER))
    present = present.with_columns(
        n=nw.lit(1),
        alone=(nw.col("_units") == 1).cast(nw.Int64),
        part=1.0 / nw.col("_units").cast(nw.Float64),
    )
    present = engine.materialise(present)
    sums = [nw.col(name).sum() for name in ("n", "alone", "part")]
    counts = engine.collect(present.group_by(UNIT).agg(*sums)).set_index(UNIT).sort_index()
    several = present.filter(nw.col("_units") > 1).select(CLUSTER, UNIT)
    pairs = several.join(several, on=CLUSTER, how="inner", suffix="_2")
    pairs = pairs.filter(nw.col(UNIT) != nw.col(f"{UNIT}_2"))
    shared = engine.collect(pairs.group_by(UNIT, f"{UNIT}_2").agg(n=nw.len()))
    size = len(units)
    found = sparse.csr_array(
        (shared["n"].astype(float), (shared[UNIT], shared[f"{UNIT}_2"])), shape=(size, size)
    )
    counted = units.assign(n=counts["n"].astype(int), alone=counts["alone"].astype(int))
    return counted, found, round(float(counts["part"].sum()))


def _second_moments(
    rows: Lazy, size: int, engine: Engine
) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Cross products of residuals and denominators, over clusters, of every two cells."""
    own, crossed = _own_products(rows, engine), _crossed_products(rows, engine)
    turned = {"ex": "xe", "xe": "ex", CELL: f"{CELL}_2", f"{CELL}_2": CELL}
    both = pd.concat([own, crossed, crossed.rename(columns=turned)], ignore_index=True)
    at = both[CELL].to_numpy(int), both[f"{CELL}_2"].to_numpy(int)
    part = {
        name: sparse.coo_array((both[name].to_numpy(float), at), shape=(size, size))
        for name in _PRODUCTS
    }
    second = sparse.block_array([[part["ee"], part["ex"]], [part["xe"], part["xx"]]])
    return second.tocsr(), part["n"].tocsr()


def _own_products(rows: Lazy, engine: Engine) -> pd.DataFrame:
    """Products of a cell with itself."""
    own = rows.with_columns(
        ee=nw.col("e") * nw.col("e"), ex=nw.col("e") * nw.col("x"), xx=nw.col("x") * nw.col("x")
    )
    sums = [nw.col(name).sum() for name in ("ee", "ex", "xx")]
    found = engine.collect(own.group_by(CELL).agg(*sums))
    return found.assign(xe=found["ex"], n=0, **{f"{CELL}_2": found[CELL]})


def _crossed_products(rows: Lazy, engine: Engine) -> pd.DataFrame:
    """Products of two cells that share a cluster, each pair of cells once."""
    several = rows.with_columns(_cells=nw.len().over(CLUSTER)).filter(nw.col("_cells") > 1)
    several = several.select(CLUSTER, CELL, "e", "x")
    pairs = several.join(several, on=CLUSTER, how="inner", suffix="_2")
    pairs = pairs.filter(nw.col(CELL) < nw.col(f"{CELL}_2")).with_columns(
        ee=nw.col("e") * nw.col("e_2"),
        ex=nw.col("e") * nw.col("x_2"),
        xe=nw.col("x") * nw.col("e_2"),
        xx=nw.col("x") * nw.col("x_2"),
        n=nw.lit(1),
    )
    sums = [nw.col(name).sum() for name in _PRODUCTS]
    return engine.collect(pairs.group_by(CELL, f"{CELL}_2").agg(*sums))
