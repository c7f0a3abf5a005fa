"""One pass over a table: values by cell and cluster, then moments by cell.

Stage one groups by (cell, cluster), stage two by cell. A distinct count is a number of stage-one
rows, so it needs no second look at the data. Amounts are added as whole millionths, so that no
sum depends on the order of rows or on the number of threads.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import narwhals as nw
import pandas as pd

from difass_analysis.engine import Engine, Lazy
from difass_analysis.indicators import Term
from difass_analysis.inference import FEW_CLUSTERS
from difass_analysis.measurement.plan import Plan
from difass_analysis.programme.canonical import PARTS
from difass_analysis.programme.lookup import Lookup, Place, alias
from difass_analysis.schema import TABLES

#: Money and other numbers are added as whole millionths of their unit.
SCALE = 1_000_000

_CLUSTER = "_cluster"
_CELL = "_cell"


@dataclass(frozen=True, eq=False, kw_only=True)
class Pass:
    """Plans that share base table, groups and clusters, and their stage-one rows.

    ``cells`` has one row a cell: the group columns, and for plan number ``i`` the columns
    ``n_i`` (clusters), ``y_i``, ``x_i``, ``yy_i``, ``xx_i``, ``xy_i``, ``top_i`` and ``topx_i``
    (largest cluster), ``used_i``, ``left_i`` (rows left out), ``zy_i``, ``zx_i`` (sums when a
    blank counts as zero).
    """

    plans: tuple[Plan, ...]
    groups: tuple[str, ...]
    cells: pd.DataFrame
    stage_one: Lazy
    engine: Engine

    def few_clusters(self, number: int) -> pd.DataFrame:
        """Clusters of the cells that have too few of them for the linearised error."""
        present = nw.col(f"u_{number}") > 0
        keys = list(self.groups) or [_CELL]
        counted = self.stage_one.filter(present).with_columns(_n=nw.len().over(*keys))
        few = counted.filter(nw.col("_n") < FEW_CLUSTERS)
        y, x = _real(f"y_{number}"), _real(f"x_{number}")
        return self.engine.collect(few.select(*self.groups, y.alias("y"), x.alias("x")))

    def squared_residuals(self, number: int) -> pd.DataFrame:
        """Sum of squared residuals y - R x by cell, formed cluster by cluster."""
        keys = list(self.groups) or [_CELL]
        y, x = _real(f"y_{number}"), _real(f"x_{number}")
        rows = self.stage_one.filter(nw.col(f"u_{number}") > 0)
        rows = rows.select(*keys, y.alias("y"), x.alias("x"))
        rows = rows.with_columns(
            r=nw.col("y").sum().over(*keys) / nw.col("x").sum().over(*keys),
        ).with_columns(e=(nw.col("y") - nw.col("r") * nw.col("x")))
        rows = rows.with_columns(ee=nw.col("e") * nw.col("e"))
        return self.engine.collect(rows.group_by(*keys).agg(nw.col("ee").sum()))


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
    rows = lookup.rows(plans[0].base, _places(plans, lookup))
    cells = [nw.col(alias(place)).alias(name) for name, place in plans[0].groups.items()]
    cluster = _cluster_of(plans[0].cluster)
    rows = rows.with_columns(*cells, cluster.alias(_CLUSTER), nw.lit(1).alias(_CELL))
    keys = [*(groups or (_CELL,)), _CLUSTER]
    for number, plan in enumerate(plans):
        rows = _row_values(rows, number, plan, lookup, keys[:-1])
    stage_one = rows.group_by(*keys).agg(
        *(expression for number, plan in enumerate(plans) for expression in _summed(number, plan))
    )
    stage_one = engine.materialise(stage_one)
    cells_frame = engine.collect(_by_cell(stage_one, plans, keys[:-1]))
    scaled = cells_frame.assign(
        **{
            column: cells_frame[column] / SCALE
            for number in range(len(plans))
            for column in (f"y_{number}", f"x_{number}", f"zy_{number}", f"zx_{number}")
        }
    )
    return Pass(plans=plans, groups=groups, cells=scaled, stage_one=stage_one, engine=engine)


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
    counted = nw.lit(True)
    for term in sides.values():
        for name, allowed in term.filter.items():
            place = _found(lookup, plan.base, term, name)
            counted = counted & nw.col(alias(place)).cast(nw.String).is_in(list(allowed))
    rows = rows.with_columns(counted.alias(f"c_{number}"))
    rows = _with_holders(rows, number, plan, lookup)
    known = nw.col(f"c_{number}")
    for term in sides.values():
        for place in term.columns:
            known = known & ~nw.col(alias(place)).is_null()
    rows = rows.with_columns(known.fill_null(False).cast(nw.Int64).alias(f"u_{number}"))
    weights = [
        _weight(number, term, plan, cells) for term in sides.values() if _is_spread(term, plan)
    ]
    if weights:
        rows = rows.with_columns(*weights[:1])
    used = nw.col(f"u_{number}") == 1
    values = {}
    for side, term in sides.items():
        values[f"{side}_{number}"] = nw.when(used).then(_value(number, term, plan))
        zero = nw.when(nw.col(f"c_{number}")).then(_zero_value(number, term, plan, lookup))
        values[f"z{side}_{number}"] = zero
    return rows.with_columns(**values)


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


def _weight(number: int, term: Term, plan: Plan, cells: list[str]) -> nw.Expr:
    """Share of a unit that one of its rows stands for: one over its rows in the cell."""
    rows_of_unit = nw.col(f"u_{number}").sum().over(*cells, alias(term.columns[0]))
    return (nw.lit(1.0) / rows_of_unit.cast(nw.Float64)).alias(f"w_{number}")


def _value(number: int, term: Term, plan: Plan) -> nw.Expr:
    """What one row adds, in millionths."""
    if term.kind == "distinct":
        return nw.col(f"w_{number}") * float(SCALE) if _is_spread(term, plan) else nw.lit(SCALE)
    return _millionths(number, term, [nw.col(alias(place)) for place in term.columns])


def _zero_value(number: int, term: Term, plan: Plan, lookup: Lookup) -> nw.Expr:
    """What one row adds when a blank counts as zero: the other reading of missing amounts."""
    if term.kind == "distinct":
        known = ~nw.col(alias(term.columns[0])).is_null()
        return nw.when(known).then(_value(number, term, plan)).otherwise(0)
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
            once = term.table != plan.base
            unit = term.kind == "distinct" and (term.columns[0],) == plan.cluster
            result.append((column.max() if once or unit else column.sum()).alias(name))
    return result


def _real(name: str) -> nw.Expr:
    return nw.col(name).cast(nw.Float64) / float(SCALE)


def _by_cell(stage_one: Lazy, plans: tuple[Plan, ...], cells: list[str]) -> Lazy:
    """Stage two: moments by cell, from what the clusters add."""
    columns: dict[str, nw.Expr] = {}
    sums: list[nw.Expr] = []
    for number, plan in enumerate(plans):
        y = _real(f"y_{number}").fill_null(0.0)
        has_x = plan.denominator is not None
        x = _real(f"x_{number}").fill_null(0.0) if has_x else nw.lit(0.0)
        columns |= {
            f"n_{number}": (nw.col(f"u_{number}") > 0).cast(nw.Int64),
            f"yy_{number}": y * y,
            f"xx_{number}": x * x,
            f"xy_{number}": x * y,
            f"top_{number}": y,
            f"topx_{number}": x,
        }
        if not has_x:
            columns |= {f"x_{number}": nw.lit(0), f"zx_{number}": nw.lit(0)}
        summed = ("n", "y", "x", "yy", "xx", "xy", "zy", "zx")
        sums += [nw.col(f"{name}_{number}").sum() for name in summed]
        sums += [
            nw.col(f"top_{number}").max(),
            nw.col(f"topx_{number}").max(),
            nw.col(f"u_{number}").sum().alias(f"used_{number}"),
            nw.col(f"l_{number}").sum().alias(f"left_{number}"),
        ]
    return stage_one.with_columns(**columns).group_by(*cells).agg(*sums)
