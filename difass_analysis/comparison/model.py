"""What the comparisons share: cells that can be compared, influence by cluster, covariance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.engine import Lazy
from difass_analysis.errors import IndicatorError, UsageError
from difass_analysis.indicators.grammar import conditions_of
from difass_analysis.inference import Array
from difass_analysis.measurement import CLUSTER, ClusterCells, cluster_cells
from difass_analysis.measurement.fitting import unmet_sentences
from difass_analysis.measurement.measuring import (
    ENOUGH_CLUSTERS,
    PROCESS,
    condition_sentence,
    is_money_ratio,
    set_aside_rows,
)
from difass_analysis.programme import Programme
from difass_analysis.result import SIMULATED

#: Below this number of clusters the error is from the jackknife. With skewed amounts and ten
#: clusters the linearised 95 % interval covers about 81 times in 100, the jackknife's 91 times; at
#: fifty 91 and 93.
JACKKNIFE_BELOW = 50
#: Times in 100 that nominal 95 % intervals of a gap or its parts, and sets of ranks of equal
#: groups, hold in the worst of the simulations with fewer than ``ENOUGH_CLUSTERS`` in a group.
#: Found by benchmarks/coverage.py: docs/validity.md.
SIMULATED_GAPS = 86
SIMULATED_SETS = 60
#: Below this part of the estimates an error is rounding: the ratio does not vary.
ROUNDING = 1e-12


def compared_cells(
    programme: Programme,
    indicator: str,
    *,
    by: str | Sequence[str],
    where: Mapping[str, Sequence[str]] | None = None,
) -> ClusterCells:
    """Measure an indicator by group and cluster, or say why its groups cannot be compared.

    Raises
    ------
    UsageError
        When no column to group by is given, or the indicator or a column is unknown.
    IndicatorError
        When the indicator is not a ratio of sums, or cannot be computed cluster by cluster.
    """
    groups = (by,) if isinstance(by, str) else tuple(by)
    if not groups:
        raise UsageError("Nothing to compare by.", todo='Give a column, for example by="region".')
    cells = cluster_cells(programme, indicator, by=groups, where=where)
    if not cells.indicator.is_ratio:
        raise IndicatorError(
            f"'{indicator}' is a total: a larger region has more of it, whatever it does.",
            todo="Compare a ratio of sums, for example private_per_public.",
        )
    return cells


def check_level(level: float) -> None:
    """Raise ``UsageError`` for a level that is not between 0 and 1."""
    if not 0 < level < 1:
        raise UsageError(f"level = {level} is not between 0 and 1.", todo="Give for example 0.95.")


def is_known(frame: pd.DataFrame, by: Sequence[str]) -> NDArray[np.bool_]:
    """Rows whose group is known: a code, or the name that stands for it.

    Examples
    --------
    >>> frame = pd.DataFrame({"region": ["RO11", None], "region_name": [None, None]})
    >>> is_known(frame, ["region", "region_name"]).tolist()
    [True, False]
    """
    known = np.ones(len(frame), dtype=bool)
    for name in by:
        pair = [other for other in by if other in (name, f"{name}_name") or name == f"{other}_name"]
        known &= frame[pair].notna().any(axis="columns").to_numpy()
    return known


def group_keys(frame: pd.DataFrame, by: Sequence[str], *, suffix: str = "") -> list[str]:
    """One text for each row's group, with missing codes told apart from all text."""
    columns = [frame[f"{name}{suffix}"].tolist() for name in by]
    return [
        "\x1f".join("\0" if pd.isna(value) else str(value) for value in row)
        for row in zip(*columns, strict=True)
    ]


def positions(frame: pd.DataFrame, cells: ClusterCells, *, suffix: str = "") -> NDArray[np.int64]:
    """Number of the cell that each row of a collected frame belongs to."""
    number = {key: i for i, key in enumerate(group_keys(cells.cells, cells.by))}
    keys = group_keys(frame, cells.by, suffix=suffix)
    return np.array([number[key] for key in keys], dtype=np.int64)


def with_group_sums(cells: ClusterCells) -> Lazy:
    """Rows by group and cluster with the sums of the whole group, ``yg`` and ``xg``."""
    keys = list(cells.by)
    return cells.rows.with_columns(
        yg=nw.col("y").sum().over(*keys), xg=nw.col("x").sum().over(*keys)
    ).filter(nw.col("xg") != 0)


def own_influence() -> nw.Expr:
    """Influence of a cluster on its group's ratio: (y - R x) / X."""
    return (nw.col("y") - nw.col("yg") / nw.col("xg") * nw.col("x")) / nw.col("xg")


def cluster_count(cells: ClusterCells) -> int:
    """Number of independent clusters in all groups together."""
    found = cells.engine.collect(cells.rows.select(CLUSTER).unique().select(_n=nw.len()))
    return int(found["_n"].iloc[0])


def group_covariance(cells: ClusterCells) -> tuple[pd.DataFrame, Array]:
    """Ratios by group and their covariances: how sure are the values, and how bound together?

    Parameters
    ----------
    cells : ClusterCells
        A ratio of sums by group and by cluster.

    Returns
    -------
    estimates : pandas.DataFrame
        One row a group, in the order of ``cells.cells``: the group columns, ``value`` (NaN
        where the denominator is zero), ``se``, ``n`` (clusters).
    covariance : array of shape (groups, groups)
        Covariances of the values. A cluster that stands in several groups binds them
        together; groups without a common cluster have covariance 0. NaN in the row and column
        of a group without a value or with fewer than two clusters.

    Notes
    -----
    ``G / (G - 1) * sum over clusters of e_g e_h``, with ``e_g = (y - R_g x) / X_g`` and ``G``
    clusters in all groups together (Särndal, Swensson and Wretman 1992, section 5.6; equal to
    R ``survey::svyby`` with ``covmat = TRUE``). A group with fewer than fifty clusters has its
    delete-one jackknife variance, and its covariances grow in the same proportion.

    Examples
    --------
    >>> frame = pd.DataFrame({"operation_id": list("abcd"), "region": ["N", "N", "S", "S"],
    ...     "public_amount": [1.0, 1.0, 2.0, 2.0], "private_amount": [1.0, 3.0, 4.0, 8.0]})
    >>> programme = Programme.from_frames(operations=frame)
    >>> estimates, covariance = group_covariance(
    ...     cluster_cells(programme, "private_per_public", by=["region"]))
    >>> estimates["value"].tolist()
    [2.0, 3.0]
    >>> covariance.round(3).tolist()
    [[1.5, 0.0], [0.0, 1.5]]
    """
    n = cells.cells["n"].to_numpy(float)
    value = ratios(cells)
    total = cluster_count(cells)
    scale = max(total, 1) / max(total - 1, 1)
    products, jackknife = _products(cells)
    linear = np.diag(products) * scale
    variance = np.where(n < JACKKNIFE_BELOW, jackknife / scale, linear)
    with np.errstate(divide="ignore", invalid="ignore"):
        grown = np.where(linear > 0, np.sqrt(variance / linear), 1.0)
    grown[np.isnan(value) | (n < 2) | np.isnan(variance)] = np.nan
    covariance = products * scale * np.outer(grown, grown)
    estimates = cells.cells[list(cells.by)].assign(
        value=value, se=np.sqrt(np.diag(covariance)), n=n.astype(np.int64)
    )
    return estimates, covariance


def _products(cells: ClusterCells) -> tuple[Array, Array]:
    """Sums over clusters of the products of their influences on two groups; jackknife squares."""
    size = len(cells.cells)
    left = nw.col("xg") - nw.col("x")
    rows = with_group_sums(cells).with_columns(e=own_influence(), parts=nw.len().over(CLUSTER))
    rows = rows.with_columns(
        ee=nw.col("e") * nw.col("e"),
        j=nw.when(left != 0).then(nw.col("e") * nw.col("xg") / left).otherwise(float("nan")),
    ).with_columns(jj=nw.col("j") * nw.col("j"))
    own = cells.engine.collect(rows.group_by(*cells.by).agg(nw.col("ee", "jj").sum()))
    products, jackknife = np.zeros((size, size)), np.zeros(size)
    place = positions(own, cells)
    products[place, place], jackknife[place] = own["ee"], own["jj"]
    # Only clusters of several groups bind groups together; a join never matches a missing key.
    key = nw.col(CLUSTER).cast(nw.String).fill_null("").alias("_key")
    bound = rows.filter(nw.col("parts") > 1).select(key, "e", *cells.by)
    again = bound.select("_key", *(nw.col(name).alias(f"{name}_2") for name in ("e", *cells.by)))
    pairs = bound.join(again, on="_key", how="inner")
    pairs = pairs.with_columns(ee=nw.col("e") * nw.col("e_2"))
    names = [*cells.by, *(f"{name}_2" for name in cells.by)]
    found = cells.engine.collect(pairs.group_by(*names).agg(nw.col("ee").sum()))
    one, other = positions(found, cells), positions(found, cells, suffix="_2")
    apart = one != other
    products[one[apart], other[apart]] = found["ee"].to_numpy(float)[apart]
    return (products + products.T) / 2, jackknife


def stated_only(programme: Programme, cells: ClusterCells) -> str:
    """Why totals of calls allow no error; empty where rows were observed one by one.

    Counts of units that may stand in several calls are only known within bounds, and totals
    that were derived from others do not vary by themselves.
    """
    indicator = cells.indicator
    if cells.cluster_name != "call_id" or "call_id" in indicator.cluster:
        return ""
    terms = [t for t in (*indicator.numerator, *indicator.denominator) if t.table == "calls"]
    if any(term.bounded for term in terms):
        return "a unit may stand in several calls"
    if "facts" not in programme.tables:
        return ""
    facts = programme.table("facts")
    columns = {place[1] for term in terms for place in term.columns}
    carried = (facts["table"] == "calls") & (facts["kind"] != "stated")
    found = set(facts.loc[carried, "column"]) & columns
    return "the figures of single calls were not observed" if found else ""


def caveats_of(
    programme: Programme,
    where: Mapping[str, Sequence[str]] | None,
    cells: ClusterCells | None = None,
) -> list[str]:
    """Sentences that belong under every comparison of a programme."""
    caveats = [SIMULATED] if programme.simulated else []
    caveats += programme.caveats
    caveats += set_aside_rows(programme)
    caveats += condition_sentence(conditions_of(where))
    if cells is None:
        return [*caveats, PROCESS]
    caveats += unmet_sentences(programme, conditions_of(where), [cells.indicator.id])
    own = [*filter(None, [cells.indicator.caveat]), *cells.notes]
    return [*caveats, *own, PROCESS, *_few_clusters(cells)]


def _few_clusters(cells: ClusterCells) -> list[str]:
    """Say how often comparisons hold where groups rest on few clusters."""
    n = cells.cells["n"].to_numpy()
    n = n[n > 1]
    few = int((n < ENOUGH_CLUSTERS).sum())
    if not few or not is_money_ratio(cells.indicator):
        return []
    return [
        f"Fewer than {ENOUGH_CLUSTERS:,} clusters in {few:,} of {len(n):,} "
        f"{'group' if len(n) == 1 else 'groups'}: in simulations with skewed money and so few "
        f"clusters nominal 95 % intervals of a gap covered {SIMULATED_GAPS} %, and sets of ranks "
        f"of equal groups {SIMULATED_SETS} %, in the worst "
        "case."
    ]


def ratios(cells: ClusterCells) -> Array:
    """Ratio of sums of each cell; NaN where no row counts or the denominator is zero."""
    used = cells.cells["used"].to_numpy() > 0
    y, x = (cells.cells[name].to_numpy(float) for name in ("y", "x"))
    return np.where(used & (x != 0), y, np.nan) / np.where(x != 0, x, np.nan)


def say_undefined(cells: ClusterCells, value: Array, notes: Notes) -> None:
    """Say of each cell without a value why it has none, and how many rows are left out."""
    used, left = (cells.cells[name].to_numpy() > 0 for name in ("used", "left"))
    notes.say(~used & left, "Not known: in no row are both sides known.")
    notes.say(~used & ~left, "Not defined: no row counts here.")
    notes.say(used & np.isnan(value), "Not defined: the denominator is zero.")
    out, kept = (cells.cells[name].to_numpy(int) for name in ("left", "used"))
    sentences = [
        f"{one:,} of {one + other:,} rows left out: a side is not known."
        for one, other in zip(out, kept, strict=True)
    ]
    notes.say(used & left, sentences)


class Notes:
    """Sentences for each row of a table, collected while it is made."""

    def __init__(self, rows: int) -> None:
        self._rows: list[list[str]] = [[] for _ in range(rows)]

    def say(self, where: NDArray[np.bool_], sentence: str | Sequence[str]) -> None:
        """Add a sentence to the rows that meet a condition."""
        for index in np.flatnonzero(where):
            text = sentence if isinstance(sentence, str) else sentence[int(index)]
            self._rows[index].append(text)

    def texts(self) -> list[str]:
        """One text a row; empty where there is nothing to say."""
        return [" ".join(sentences) for sentences in self._rows]
