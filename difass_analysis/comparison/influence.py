"""Influence of clusters on a contrast: what each group's reference is, and how sure both are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import narwhals as nw
import numpy as np
import pandas as pd

from difass_analysis.comparison.model import JACKKNIFE_BELOW, is_known, positions
from difass_analysis.engine import Lazy
from difass_analysis.errors import UsageError, one_of
from difass_analysis.inference import Array
from difass_analysis.measurement import CLUSTER, ClusterCells

Scale = Literal["difference", "ratio"]

_NAN = float("nan")
# Linearised and jackknife influence on each scale.
_INFLUENCES: dict[Scale, tuple[str, str]] = {"difference": ("zd", "jd"), "ratio": ("zl", "jl")}


@dataclass(frozen=True, eq=False, kw_only=True)
class Reference:
    """What each group is compared with, one entry a group.

    ``base_y`` and ``base_x`` are the sums that do not change from group to group; the rest of a
    group is what the group leaves of them.
    """

    name: str
    bench: int
    y: Array
    x: Array
    base_y: float
    base_x: float

    @property
    def value(self) -> Array:
        """Ratio of each group's reference; NaN where its denominator is zero."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.x == 0, np.nan, self.y / self.x)

    @property
    def base_value(self) -> float:
        """Ratio of the base sums; 0 where their denominator is zero."""
        return self.base_y / self.base_x if self.base_x else 0.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Parts:
    """Squared influences on a contrast, one entry a group.

    ``inside`` is from the clusters of the group, ``outside`` from those of the reference alone.
    """

    inside: Array
    outside: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class Counts:
    """Clusters, one entry a group: in it, in the reference alone, in the reference; all."""

    inside: Array
    outside: Array
    reference: Array
    total: int


def reference_of(cells: ClusterCells, against: str) -> Reference:
    """Sums that each group is compared with."""
    used = cells.cells["used"].to_numpy() > 0
    y, x = (np.where(used, cells.cells[name].to_numpy(float), 0.0) for name in ("y", "x"))
    base_y, base_x, bench = y.sum(), x.sum(), -1
    if against not in ("rest", "overall"):
        bench = _named_group(cells, against)
        base_y, base_x = y[bench], x[bench]
    ones = np.ones(len(y))
    rest = against == "rest"
    return Reference(
        name=against,
        bench=bench,
        y=base_y - y if rest else base_y * ones,
        x=base_x - x if rest else base_x * ones,
        base_y=float(base_y),
        base_x=float(base_x),
    )


def _named_group(cells: ClusterCells, against: str) -> int:
    columns = [cells.cells[name].astype("str") for name in cells.by]
    found = np.flatnonzero(np.any([column.to_numpy() == against for column in columns], axis=0))
    if len(found) == 1:
        return int(found[0])
    if len(found) > 1:
        raise UsageError(
            f"'{against}' names {len(found)} groups of {', '.join(cells.by)}.",
            todo="Compare by one column, or restrict the others with where.",
        )
    known = [value for name in cells.by for value in cells.cells[name].dropna().astype("str")]
    error = one_of("group", against, list(dict.fromkeys(known)))
    raise UsageError(error.message, todo=f'{error.todo} Or compare with "rest" or "overall".')


def _in_group(cells: ClusterCells, number: int) -> nw.Expr:
    """Condition that a row belongs to one group."""
    condition = nw.lit(True)
    for name in cells.by:
        value = cells.cells[name].iloc[number]
        column = nw.col(name)
        same = column.is_null() if pd.isna(value) else column.cast(nw.String) == str(value)
        condition = condition & same
    return condition.fill_null(False)


def _with_reference(cells: ClusterCells, reference: Reference) -> Lazy:
    """Rows with the sums of their group and what their cluster adds to the reference.

    ``u`` and ``v``: to the reference of this group, whose sums are ``us`` and ``vs``. ``eb`` and
    ``xb``: to the base sums, the numerator as a residual from the base's ratio. ``both``:
    whether the cluster stands in the group and in its reference.
    """
    keys = list(cells.by)
    flag = _in_group(cells, reference.bench) if reference.bench >= 0 else nw.lit(True)
    rows = cells.rows.with_columns(flag=flag).with_columns(
        yf=nw.when(nw.col("flag")).then(nw.col("y")).otherwise(0.0),
        xf=nw.when(nw.col("flag")).then(nw.col("x")).otherwise(0.0),
        one=nw.col("flag").cast(nw.Int64),
    )
    rows = rows.with_columns(
        yg=nw.col("y").sum().over(*keys),
        xg=nw.col("x").sum().over(*keys),
        yb=nw.col("yf").sum().over(CLUSTER),
        xb=nw.col("xf").sum().over(CLUSTER),
        parts=nw.col("one").sum().over(CLUSTER),
    )
    rows = rows.with_columns(eb=nw.col("yb") - reference.base_value * nw.col("xb"))
    if reference.name != "rest":
        return rows.with_columns(
            u=nw.col("yb"),
            v=nw.col("xb"),
            us=nw.lit(reference.base_y),
            vs=nw.lit(reference.base_x),
            both=(nw.col("parts") > 0).cast(nw.Int64),
        )
    return rows.with_columns(
        u=nw.col("yb") - nw.col("y"),
        v=nw.col("xb") - nw.col("x"),
        us=reference.base_y - nw.col("yg"),
        vs=reference.base_x - nw.col("xg"),
        both=(nw.col("parts") > 1).cast(nw.Int64),
    )


def squared_influences(
    cells: ClusterCells, reference: Reference
) -> tuple[Counts, dict[Scale, Parts]]:
    """Squared influences on difference and log ratio, by group, inside and outside of it.

    Scaled to be parts of the squared error: linearised, or the delete-one jackknife where fewer
    than ``JACKKNIFE_BELOW`` clusters stand in the group (or outside of it).
    """
    rows = cells.engine.materialise(_with_reference(cells, reference))
    base = _base(cells, rows)
    inside = _inside(cells, rows)
    n = cells.cells["n"].to_numpy(float)
    outside = base["held"] - (n if reference.name == "rest" else inside["both"])
    counts = Counts(
        inside=n, outside=outside, reference=outside + inside["both"], total=int(base["every"])
    )
    apart = _outside(reference, base, inside)
    grown = max(counts.total, 1) / max(counts.total - 1, 1)
    few = n < JACKKNIFE_BELOW
    parts: dict[Scale, Parts] = {
        scale: Parts(
            inside=np.where(few, inside[jackknife] / grown, inside[linear] * grown),
            outside=np.where(outside > 0, apart[scale] * grown, 0.0),
        )
        for scale, (linear, jackknife) in _INFLUENCES.items()
    }
    alone = (outside > 0) & (outside < JACKKNIFE_BELOW) & (reference.x != 0)
    for number in np.flatnonzero(alone & is_known(cells.cells, cells.by)):
        change = _outside_changes(cells, rows, reference, int(number))
        for scale, values in change.items():
            parts[scale].outside[number] = np.sum(values**2) / grown
    return counts, parts


def _base(cells: ClusterCells, rows: Lazy) -> dict[str, float]:
    """Sums over all clusters: squares of the base, clusters in the base, clusters."""
    clusters = rows.group_by(CLUSTER).agg(*(nw.col(n).max() for n in ("eb", "xb", "parts")))
    clusters = clusters.with_columns(
        **_squares(), held=(nw.col("parts") > 0).cast(nw.Int64), every=nw.lit(1)
    )
    names = ("ee", "ex", "xx", "held", "every")
    whole = cells.engine.collect(clusters.select(*(nw.col(name).sum() for name in names)))
    return {name: float(whole[name].fillna(0).iloc[0]) for name in names}


def _squares() -> dict[str, nw.Expr]:
    """Squares and product of what a cluster adds to the base."""
    residual, denominator = nw.col("eb"), nw.col("xb")
    return {
        "ee": residual * residual,
        "ex": residual * denominator,
        "xx": denominator * denominator,
    }


def _outside(
    reference: Reference, base: dict[str, float], inside: dict[str, Array]
) -> dict[Scale, Array]:
    """Linearised squares of the clusters that stand in the reference alone.

    All clusters of the base but those of the group, as residuals from the reference's ratio:
    the base's residuals are shifted to it.
    """
    ee, ex, xx = (base[name] - inside[name] for name in ("ee", "ex", "xx"))
    shift = reference.value - reference.base_value
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = np.maximum(ee - 2 * shift * ex + shift**2 * xx, 0.0) / reference.x**2
        return {"difference": squares, "ratio": squares / reference.value**2}


def _inside(cells: ClusterCells, rows: Lazy) -> dict[str, Array]:
    """Sums over the clusters of each group: squared influences, and their squares in the base.

    ``zd`` and ``zl`` are linearised influences on difference and log ratio; ``jd`` and ``jl``
    the changes when the cluster is left out, ``-e / (X - x)`` for each of the two ratios.
    """
    usable = (nw.col("xg") != 0) & (nw.col("vs") != 0)
    above = usable & (nw.col("yg") > 0) & (nw.col("us") > 0)
    rows = rows.filter(usable).with_columns(
        **_squares(),
        e=nw.col("y") - nw.col("yg") / nw.col("xg") * nw.col("x"),
        f=nw.col("u") - nw.col("us") / nw.col("vs") * nw.col("v"),
        r=nw.when(above).then(nw.col("yg") / nw.col("xg")).otherwise(_NAN),
        s=nw.when(above).then(nw.col("us") / nw.col("vs")).otherwise(_NAN),
        own_left=_not_zero(nw.col("xg") - nw.col("x")),
        other_left=_not_zero(nw.col("vs") - nw.col("v")),
    )
    own, other = nw.col("e") / nw.col("own_left"), nw.col("f") / nw.col("other_left")
    a, b = nw.col("e") / nw.col("xg"), nw.col("f") / nw.col("vs")
    rows = rows.with_columns(
        zd=a - b,
        zl=a / nw.col("r") - b / nw.col("s"),
        jd=own - other,
        jl=_logarithm_of(1.0 - own / nw.col("r")) - _logarithm_of(1.0 - other / nw.col("s")),
    )
    influences = ("zd", "zl", "jd", "jl")
    rows = rows.with_columns(*((nw.col(n) * nw.col(n)).alias(n) for n in influences))
    sums = (*influences, "ee", "ex", "xx", "both")
    found = cells.engine.collect(
        rows.group_by(*cells.by).agg(*(nw.col(name).sum() for name in sums))
    )
    result = {name: np.zeros(len(cells.cells)) for name in sums}
    place = positions(found, cells)
    for name, values in result.items():
        values[place] = found[name].to_numpy(float)
    return result


def _not_zero(value: nw.Expr) -> nw.Expr:
    return nw.when(value != 0).then(value).otherwise(_NAN)


def _logarithm_of(value: nw.Expr) -> nw.Expr:
    """NaN where the value is not above zero, whose logarithm the engine refuses."""
    above = nw.when(value > 0)
    return above.then(nw.when(value > 0).then(value).otherwise(1.0).log()).otherwise(_NAN)


def _outside_changes(
    cells: ClusterCells, rows: Lazy, reference: Reference, number: int
) -> dict[Scale, Array]:
    """Changes when one of the few clusters that stand in the reference alone is left out."""
    marked = rows.with_columns(own=_in_group(cells, number).cast(nw.Int64))
    alone = marked.group_by(CLUSTER).agg(*(nw.col(n).max() for n in ("own", "yb", "xb", "parts")))
    alone = alone.filter((nw.col("own") == 0) & (nw.col("parts") > 0))
    found = cells.engine.collect(alone.select("yb", "xb"))
    y, x = found["yb"].to_numpy(float), found["xb"].to_numpy(float)
    value, left = reference.value[number], reference.x[number] - x
    with np.errstate(divide="ignore", invalid="ignore"):
        change = (y - value * x) / np.where(left == 0, np.nan, left)
        return {"difference": change, "ratio": logarithm(1 - change / value)}


def logarithm(values: Array) -> Array:
    """Natural logarithm; NaN for what is not above zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(values > 0, np.log(values), np.nan)
