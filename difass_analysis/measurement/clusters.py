"""One indicator by cell and by cluster: what comparison, ranks and decomposition are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import narwhals as nw
import pandas as pd

from difass_analysis.engine import Engine, Lazy
from difass_analysis.errors import IndicatorError
from difass_analysis.indicators import (
    Indicator,
    catalogue,
    choose,
    conditions_of,
    restrict,
    unit_of,
)
from difass_analysis.measurement.fitting import bases_of
from difass_analysis.measurement.moments import SCALE, run_passes
from difass_analysis.measurement.plan import Choice, Plan, choose_plan
from difass_analysis.programme import Programme
from difass_analysis.programme.lookup import Lookup, comparable, refuse_unknown_groups

#: Column that names the independent unit in :attr:`ClusterCells.rows`.
CLUSTER = "_cluster"


@dataclass(frozen=True, eq=False, kw_only=True)
class ClusterCells:
    """Numerator and denominator of one indicator by cell, and by cell and cluster.

    Attributes
    ----------
    indicator : Indicator
        What is measured; without a denominator ``x`` is 0.
    unit : str
        Its unit, with the programme's currency.
    by : tuple of str
        Names of the group columns.
    cells : pandas.DataFrame
        One row a cell: the group columns, ``y`` and ``x`` (sums), ``n`` (clusters in the cell),
        ``used`` and ``left`` (rows that count, rows left out for a missing value).
    rows : lazy frame
        One row for each cell and cluster: the group columns, ``_cluster``, ``y``, ``x``. A
        cluster may stand in several cells: it is one independent unit all the same.
    cluster_name : str
        Column that names the independent unit, for example ``beneficiary_id``.
    notes : tuple of str
        Sentences that go with every figure made from the chosen quantities.
    engine : Engine
        What computes.
    """

    indicator: Indicator
    unit: str
    by: tuple[str, ...]
    cells: pd.DataFrame
    rows: Lazy
    cluster_name: str
    notes: tuple[str, ...]
    engine: Engine


def _instead(plan: Choice, groups: Sequence[str], lookup: Lookup) -> str:
    """Name the columns that rows can be grouped by, where one was asked for that is none."""
    bases = bases_of([plan.indicator], lookup)[:1]
    if all(lookup.find(base, name) for base in bases for name in groups):
        return ""
    offered = comparable(lookup, bases)
    return f"Groups that there are: {', '.join(offered)}. " if offered else ""


def cluster_cells(
    programme: Programme,
    indicator: str,
    *,
    by: Sequence[str],
    where: Mapping[str, Sequence[str]] | None = None,
) -> ClusterCells:
    """Measure one indicator by cell, keeping the clusters apart.

    Parameters
    ----------
    programme : Programme
        The data.
    indicator : str
        Id of the indicator.
    by : sequence of str
        Columns to group by.
    where : mapping of str to sequence of str, optional
        Columns and the values that count.

    Raises
    ------
    UsageError
        When the indicator or a column is unknown.
    IndicatorError
        When the indicator cannot be computed cluster by cluster; the message says why.
    """
    groups = tuple(dict.fromkeys(by))
    conditions = conditions_of(where)
    held = catalogue(programme.settings.indicators, where=programme.id)
    wanted = restrict(choose(held, [indicator])[0], conditions)
    lookup = Lookup(programme)
    refuse_unknown_groups(lookup, (*groups, *conditions), bases=bases_of([wanted], lookup))
    plan = choose_plan(wanted, lookup=lookup, by=groups)
    if not isinstance(plan, Plan):
        reason = getattr(plan, "reason", "its two sides are known in different tables only")
        raise IndicatorError(
            f"'{indicator}' cannot be compared: {reason}.",
            todo=f"{_instead(plan, groups, lookup)}Compare "
            "another indicator, or add the table or column.",
        )
    done = run_passes([plan], lookup=lookup)[0]
    names = {f"{name}_0": name for name in ("y", "x", "n", "used", "left")}
    cells = done.cells.rename(columns=names)[[*groups, *names.values()]]
    if groups:
        cells = cells.sort_values(list(groups), kind="stable", na_position="last")
    rows = done.stage_one.filter(nw.col("u_0") > 0)
    y = nw.col("y_0").cast(nw.Float64) / float(SCALE)
    x = nw.col("x_0").cast(nw.Float64) / float(SCALE) if wanted.is_ratio else nw.lit(0.0)
    return ClusterCells(
        indicator=wanted,
        unit=unit_of(wanted, programme.currency),
        by=groups,
        cells=cells.reset_index(drop=True),
        rows=rows.select(*groups, CLUSTER, y.alias("y"), x.alias("x")),
        cluster_name=plan.cluster[0][1],
        notes=tuple(dict.fromkeys(term.note for term in plan.terms if term.note)),
        engine=programme.engine,
    )
