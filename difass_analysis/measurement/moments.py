"""One pass over a table: values by cell and cluster, then moments by cell.

Stage one groups by (cell, cluster), stage two by cell. A distinct count is a number of stage-one
rows, so it needs no second look at the data. Amounts are added as whole millionths, so that no
sum depends on the order of rows or on the number of threads.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.engine import Engine, Lazy
from difass_analysis.indicators import Term
from difass_analysis.inference import FEW_CLUSTERS, Moments, lost_precision
from difass_analysis.measurement.plan import Plan
from difass_analysis.programme.canonical import PARTS
from difass_analysis.programme.lookup import Lookup, Place, alias
from difass_analysis.schema import TABLES

#: Money and other numbers are added as whole millionths of their unit.
SCALE = 1_000_000

_CLUSTER = "_cluster"
_CELL = "_cell"
_MOMENTS = ("n", "y", "x", "yy", "xx", "xy", "top", "topx", "used", "left", "zy", "zx")
_ROWS = "_rows"
_CLUSTERS = "_clusters"


@dataclass(frozen=True, eq=False, kw_only=True)
class Pass:
    """Plans that share base table, groups and clusters, and their stage-one rows.

    Both stages stay in the engine: ``stage_one``, and ``kept_cells`` with the sums by cell.

    ``cells`` has one row a cell: the group columns, and for plan number ``i`` the columns
    ``n_i`` (clusters), ``y_i``, ``x_i``, ``yy_i``, ``xx_i``, ``xy_i``, ``top_i`` and ``topx_i``
    (largest cluster), ``used_i``, ``left_i`` (rows left out), ``zy_i``, ``zx_i`` (sums when a
    blank counts as zero). What no plan asks for is 0.
    """

    plans: tuple[Plan, ...]
    groups: tuple[str, ...]
    cells: pd.DataFrame
    stage_one: Lazy
    kept_cells: Lazy
    engine: Engine

    def few_clusters(self, number: int) -> pd.DataFrame:
        """Clusters of the cells that have too few of them for the linearised error."""
        few = (nw.col(f"n_{number}") > 0) & (nw.col(f"n_{number}") < FEW_CLUSTERS)
        rows = self._clusters_of(few).filter(nw.col(f"u_{number}") > 0)
        y, x = _real(f"y_{number}"), _real(f"x_{number}")
        return self.engine.collect(rows.select(*self.groups, y.alias("y"), x.alias("x")))

    def _clusters_of(self, wanted: nw.Expr) -> Lazy:
        """Stage-one rows of the cells for which something holds."""
        names = list(self.groups) or [_CELL]
        keys = {
            f"_key_{name}": nw.col(name).cast(nw.String).fill_null("\0")
            if name in self.groups and self.cells[name].isna().any()
            else nw.col(name)
            for name in names
        }
        few = self.kept_cells.filter(wanted).select(**keys)
        return self.stage_one.with_columns(**keys).join(few, on=list(keys), how="semi")

    def squared_residuals(self, number: int) -> pd.DataFrame:
        """Sum of squared residuals y - R x by cell, formed cluster by cluster.

        No rows when no cell with a linearised error has lost its digits: then none are needed.
        """
        if not self._lost_precision(number).any():
            return pd.DataFrame(columns=[*self.groups, "ee"])
        keys = list(self.groups) or [_CELL]
        y, x = _real(f"y_{number}"), _real(f"x_{number}")
        rows = self.stage_one.filter(nw.col(f"u_{number}") > 0)
        rows = rows.select(*keys, y.alias("y"), x.alias("x"))
        rows = rows.with_columns(
            r=nw.col("y").sum().over(*keys) / nw.col("x").sum().over(*keys),
        ).with_columns(e=(nw.col("y") - nw.col("r") * nw.col("x")))
        rows = rows.with_columns(ee=nw.col("e") * nw.col("e"))
        return self.engine.collect(rows.group_by(*keys).agg(nw.col("ee").sum()))

    def _lost_precision(self, number: int) -> NDArray[np.bool_]:
        y, x, yy, xx, xy, clusters = (
            self.cells[f"{name}_{number}"].to_numpy(float)
            for name in ("y", "x", "yy", "xx", "xy", "n")
        )
        moments = Moments(clusters=clusters, y=y, x=x, yy=yy, xx=xx, xy=xy)
        return lost_precision(moments) & (clusters >= FEW_CLUSTERS)


def run_passes(plans: Iterable[Plan], *, lookup: Lookup) -> list[Pass]:
    """Run as few passes as the plans allow, each for all plans that share one."""
    shared: dict[tuple[object, ...], list[Plan]] = {}
    for plan in plans:
        key = (plan.base, plan.cluster, plan.once, tuple(plan.groups.items()))
        shared.setdefault(key, []).append(plan)
    return [_run(tuple(group), lookup) for group in shared.values()]


def _run(plans: tuple[Plan, ...], lookup: Lookup) -> Pass:
    engine = lookup.programme.engine
    groups = tuple(plans[0].groups)
    keys = list(groups) or [_CELL]
    rows = lookup.rows(plans[0].base, _places(plans, lookup))
    cells = [nw.col(alias(place)).alias(name) for name, place in plans[0].groups.items()]
    cluster = _cluster_of(plans[0].cluster)
    rows = rows.with_columns(*cells, cluster.alias(_CLUSTER), nw.lit(1).alias(_CELL))
    plain = [_is_plain(plan, lookup) for plan in plans]
    stage_one = _stage_one(rows, plans, plain, keys, lookup)
    kept_cells = engine.materialise(_by_cell(stage_one, plans, plain, keys))
    kept_cells = kept_cells.with_columns(
        *(nw.col(_CLUSTERS).alias(f"n_{number}") for number in range(len(plans)) if plain[number]),
        nw.col(_ROWS),
    )
    return Pass(
        plans=plans,
        groups=groups,
        cells=_completed(engine.collect(kept_cells), plans, plain),
        stage_one=stage_one,
        kept_cells=kept_cells,
        engine=engine,
    )


def _stage_one(
    rows: Lazy, plans: tuple[Plan, ...], plain: list[bool], keys: list[str], lookup: Lookup
) -> Lazy:
    """What each cluster adds to each cell, computed once and kept."""
    summed: list[nw.Expr] = [nw.len().alias(_ROWS)]
    implied: dict[str, nw.Expr] = {_ROWS: nw.col(_ROWS)}
    for number, plan in enumerate(plans):
        if plain[number]:
            values = _plain_values(number, plan)
            rows = rows.with_columns(**values) if values else rows
            summed += [nw.col(name).sum() for name in values]
            implied |= _implied(number, plan)
        else:
            rows = _row_values(rows, number, plan, lookup, keys)
            summed += _summed(number, plan)
    kept = lookup.programme.engine.materialise(rows.group_by(*keys, _CLUSTER).agg(*summed))
    return kept.with_columns(**implied)


def _completed(frame: pd.DataFrame, plans: tuple[Plan, ...], plain: list[bool]) -> pd.DataFrame:
    """Cells with all moments of all plans, money in its own unit again."""
    columns: dict[str, pd.Series] = {}
    for number, plan in enumerate(plans):
        moments = {
            name: frame[f"{name}_{number}"] for name in _MOMENTS if f"{name}_{number}" in frame
        }
        if plain[number]:
            moments |= _implied_moments(frame[_CLUSTERS], frame[_ROWS], moments, plan)
        for side in "yx"[: len(plan.terms)]:
            moments[f"z{side}"] = moments.get(f"z{side}", moments[side]) / SCALE
            moments[side] = moments[side] / SCALE
        none = pd.Series(0.0, index=frame.index)
        columns |= {f"{name}_{number}": moments.get(name, none) for name in _MOMENTS}
    others = [name for name in frame if name not in columns]
    return pd.concat([frame[others], pd.DataFrame(columns)], axis=1)


def _implied_moments(
    clusters: pd.Series, rows: pd.Series, moments: dict[str, pd.Series], plan: Plan
) -> dict[str, pd.Series]:
    """Moments that follow from the number of clusters and rows where every row counts."""
    found = {"n": clusters, "used": rows}
    ones = [
        side for side, term in zip("yx", plan.terms, strict=False) if _counts_clusters(term, plan)
    ]
    for side in ones:
        found |= {side: clusters * SCALE, side * 2: clusters}
        found["top" if side == "y" else "topx"] = clusters.clip(upper=1)
    if ones and plan.denominator is not None:
        other = "x" if ones[0] == "y" else "y"
        found["xy"] = (found | moments)[other] / SCALE
    return found


def _is_plain(plan: Plan, lookup: Lookup) -> bool:
    """Whether every row counts: no condition, nothing missing, nothing looked up or shared."""
    return all(
        term.table == plan.base
        and not term.filter
        and not term.shared_by
        and not _is_spread(term, plan)
        and all(place[0] == plan.base and lookup.complete(place) for place in term.columns)
        for term in plan.terms
    )


def _counts_clusters(term: Term, plan: Plan) -> bool:
    return term.kind == "distinct" and (term.columns[0],) == plan.cluster


def _plain_values(number: int, plan: Plan) -> dict[str, nw.Expr]:
    """What a row adds where every row counts; the number of clusters follows by itself."""
    return {
        f"{side}_{number}": _value(number, side, term, plan)
        for side, term in zip("yx", plan.terms, strict=False)
        if not _counts_clusters(term, plan)
    }


def _implied(number: int, plan: Plan) -> dict[str, nw.Expr]:
    """Columns of stage one that need not be kept where every row counts."""
    ones = {
        f"{side}_{number}": nw.lit(SCALE)
        for side, term in zip("yx", plan.terms, strict=False)
        if _counts_clusters(term, plan)
    }
    return {f"u_{number}": nw.col(_ROWS), **ones}


def _places(plans: tuple[Plan, ...], lookup: Lookup) -> list[Place]:
    """All columns that the plans of one pass need to see."""
    places = [*plans[0].groups.values(), *plans[0].cluster]
    for plan in plans:
        for term in plan.terms:
            places += term.columns
            places += [part for place in term.columns for part in _parts(place, lookup)]
            places += [_found(lookup, plan.base, term, name) for name in term.filter]
            places += [_shared(lookup, term, name) for name in term.shared_by]
    return list(dict.fromkeys(places))


def _parts(place: Place, lookup: Lookup) -> list[Place]:
    """Columns whose sum stands for an incomplete column when a blank counts as zero."""
    if lookup.complete(place):
        return []
    own = lookup.columns(place[0])
    return [(place[0], name) for name in PARTS.get(place, ()) if name in own]


def _found(lookup: Lookup, base: str, term: Term, name: str) -> Place:
    """Place of a filter column: looked for from the base, where it is most specific."""
    place = lookup.find(base, name) or lookup.find(term.table, name)
    if place is None:
        raise KeyError(name)
    return place


def _shared(lookup: Lookup, term: Term, name: str) -> Place:
    """Place of a column that a term's value belongs to, looked for from the term's own table."""
    place = lookup.find(term.table, name)
    if place is None:
        raise KeyError(name)
    return place


def _cluster_of(places: tuple[Place, ...]) -> nw.Expr:
    """Name of the independent unit; where the first column is missing the next one serves."""
    if len(places) == 1:
        return nw.col(alias(places[0]))
    marked = [
        nw.concat_str(nw.lit(f"{place[1]}:"), nw.col(alias(place)).cast(nw.String))
        for place in places
    ]
    return nw.coalesce(*marked)


def _row_values(rows: Lazy, number: int, plan: Plan, lookup: Lookup, cells: list[str]) -> Lazy:
    """Add to each row what it contributes to one plan, and whether it can contribute."""
    sides = dict(zip("yx", plan.terms, strict=False))
    passes = {f"p{side}_{number}": _passes(term, plan, lookup) for side, term in sides.items()}
    rows = rows.with_columns(**passes)
    # A row counts for a ratio when it passes the conditions of one side or the other; one that
    # may pass them, because a condition's column is missing, is a row left out.
    counted = reduce(or_, (nw.col(name).fill_null(True) for name in passes))
    rows = _with_holders(rows.with_columns(counted.alias(f"c_{number}")), number, plan, lookup)
    known = nw.col(f"c_{number}")
    for name, term in zip(passes, sides.values(), strict=True):
        known = known & ~nw.col(name).is_null()
        for place in term.columns:
            known = known & (~nw.col(name) | ~nw.col(alias(place)).is_null())
    rows = rows.with_columns(
        known.fill_null(False).cast(nw.Int64).alias(f"u_{number}"),
        *(nw.col(name).fill_null(False).alias(name) for name in passes),
    )
    rows = _with_weights(rows, number, plan, cells)
    used = nw.col(f"u_{number}") == 1
    values = {}
    for side, term in sides.items():
        own = nw.col(f"p{side}_{number}")
        value = nw.when(own).then(_value(number, side, term, plan)).otherwise(0)
        values[f"{side}_{number}"] = nw.when(used).then(value)
        zero = nw.when(own).then(_zero_value(number, side, term, plan, lookup)).otherwise(0)
        values[f"z{side}_{number}"] = nw.when(nw.col(f"c_{number}")).then(zero)
    return rows.with_columns(**values)


def _passes(term: Term, plan: Plan, lookup: Lookup) -> nw.Expr:
    """Whether a row meets the conditions of one term; missing where a column of them is."""
    passes = nw.lit(True)
    for name, allowed in term.filter.items():
        value = nw.col(alias(_found(lookup, plan.base, term, name))).cast(nw.String)
        # Conditions that exclude each other hold for no row, whatever its value is.
        passes = passes & (value.is_in(list(allowed)) if allowed else nw.lit(False))
    return passes


def _with_holders(rows: Lazy, number: int, plan: Plan, lookup: Lookup) -> Lazy:
    """Count the rows of a term's own table over which a shared value is split."""
    for term in plan.terms:
        if not term.shared_by:
            continue
        keys = [alias(_shared(lookup, term, name)) for name in term.shared_by]
        holders = nw.len().over(*keys)
        if term.table != plan.base:
            # Several base rows stand for one row of the table: together they count as one.
            own = alias((term.table, TABLES[term.table].key[0]))
            rows = rows.with_columns(_part=1.0 / nw.len().over(own).cast(nw.Float64))
            holders = nw.col("_part").sum().over(*keys).round(0)
        rows = rows.with_columns(holders.alias(f"h_{number}"))
    return rows


def _is_spread(term: Term, plan: Plan) -> bool:
    """Whether a distinct count is of units other than the clusters or the rows."""
    if term.kind != "distinct":
        return False
    unit = term.columns[0]
    return (unit,) != plan.cluster and not _is_row_key(unit, plan)


def _is_row_key(unit: Place, plan: Plan) -> bool:
    return unit[0] == plan.base and TABLES[plan.base].key == unit[1:]


def _with_weights(rows: Lazy, number: int, plan: Plan, cells: list[str]) -> Lazy:
    """Add the share of a unit that one of its rows stands for: one over its rows in the cell.

    When blanks count as zero more rows are used, so a unit is spread over more of them.
    """
    weights = []
    for side, term in zip("yx", plan.terms, strict=False):
        if _is_spread(term, plan):
            unit = alias(term.columns[0])
            own = nw.col(f"p{side}_{number}").cast(nw.Int64)
            used = own * nw.col(f"u_{number}")
            for name, present in (("w", used), ("wz", own)):
                shared_over = present.sum().over(*cells, unit)
                weight = nw.lit(1.0) / shared_over.cast(nw.Float64)
                weights.append(weight.alias(f"{name}{side}_{number}"))
    return rows.with_columns(*weights) if weights else rows


def _value(number: int, side: str, term: Term, plan: Plan, *, weight: str = "w") -> nw.Expr:
    """What one row adds, in millionths."""
    if term.kind != "distinct":
        return _millionths(number, term, [nw.col(alias(place)) for place in term.columns])
    if _is_spread(term, plan):
        return nw.col(f"{weight}{side}_{number}") * float(SCALE)
    return nw.lit(SCALE)


def _zero_value(number: int, side: str, term: Term, plan: Plan, lookup: Lookup) -> nw.Expr:
    """What one row adds when a blank counts as zero: the other reading of missing amounts."""
    if term.kind == "distinct":
        known = ~nw.col(alias(term.columns[0])).is_null()
        return nw.when(known).then(_value(number, side, term, plan, weight="wz")).otherwise(0)
    filled = []
    for place in term.columns:
        parts = [nw.col(alias(part)).fill_null(0.0) for part in _parts(place, lookup)]
        instead = sum(parts[1:], parts[0]) if parts else nw.lit(0.0)
        filled.append(nw.coalesce(nw.col(alias(place)).cast(nw.Float64), instead))
    return _millionths(number, term, filled)


def _millionths(number: int, term: Term, parts: list[nw.Expr]) -> nw.Expr:
    total = parts[0].cast(nw.Float64)
    for part in parts[1:]:
        other = part.cast(nw.Float64)
        total = total * other if term.product else total + other
    if term.shared_by:
        total = total / nw.col(f"h_{number}").cast(nw.Float64)
    return (total * float(SCALE)).round(0).cast(nw.Int64)


def _summed(number: int, plan: Plan) -> list[nw.Expr]:
    """Stage one: what a cluster adds to a cell."""
    result = [
        nw.col(f"u_{number}").sum(),
        (nw.col(f"c_{number}").cast(nw.Int64).sum() - nw.col(f"u_{number}").sum()).alias(
            f"l_{number}"
        ),
    ]
    for side, term in zip("yx", plan.terms, strict=False):
        for name in (f"{side}_{number}", f"z{side}_{number}"):
            column = nw.col(name)
            once = term.kind == "sum" and term.table != plan.base
            unit = _counts_clusters(term, plan)
            result.append((column.max() if once or unit else column.sum()).alias(name))
    return result


def _real(name: str) -> nw.Expr:
    return nw.col(name).cast(nw.Float64) / float(SCALE)


def _by_cell(stage_one: Lazy, plans: tuple[Plan, ...], plain: list[bool], cells: list[str]) -> Lazy:
    """Stage two: moments by cell, from what the clusters add."""
    columns: dict[str, nw.Expr] = {}
    sums: list[nw.Expr] = [nw.col(_ROWS).sum(), nw.len().alias(_CLUSTERS)]
    for number, plan in enumerate(plans):
        sides = [
            side
            for side, term in zip("yx", plan.terms, strict=False)
            if not (plain[number] and _counts_clusters(term, plan))
        ]
        added, largest = _products(number, sides, plain=plain[number])
        sums += [nw.col(f"{side}_{number}").sum() for side in sides]
        sums += [nw.col(name).sum() for name in added]
        columns |= added
        if plan.denominator is None or any(term.bounded for term in plan.terms):
            columns |= largest
            sums += [nw.col(name).max() for name in largest]
        if not plain[number]:
            columns[f"n_{number}"] = (nw.col(f"u_{number}") > 0).cast(nw.Int64)
            sums += [
                nw.col(f"n_{number}").sum(),
                nw.col(f"u_{number}").sum().alias(f"used_{number}"),
                nw.col(f"l_{number}").sum().alias(f"left_{number}"),
                *(nw.col(f"z{side}_{number}").sum() for side in sides),
            ]
    rows = stage_one.with_columns(**columns) if columns else stage_one
    return rows.group_by(*cells).agg(*sums)


def _products(
    number: int, sides: list[str], *, plain: bool
) -> tuple[dict[str, nw.Expr], dict[str, nw.Expr]]:
    """Squares and the cross product of what a cluster adds, and what may be the largest."""
    values = {side: _real(f"{side}_{number}") for side in sides}
    if not plain:
        values = {side: value.fill_null(0.0) for side, value in values.items()}
    added = {f"{side}{side}_{number}": value * value for side, value in values.items()}
    if len(sides) > 1:
        added[f"xy_{number}"] = values["x"] * values["y"]
    names = {"y": f"top_{number}", "x": f"topx_{number}"}
    return added, {names[side]: value for side, value in values.items()}
