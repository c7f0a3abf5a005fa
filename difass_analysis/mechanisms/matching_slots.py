"""The assignment of needs to practices under quotas, exactly, and which of its parts are tied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# Costs lie between 0 and 1; two matchings that differ by less are equally good.
_SAME = 1e-7


@dataclass(frozen=True, kw_only=True)
class Slots:
    """How many practices each need, importer and exporter can take at most; None for no limit."""

    wanted: Mapping[str, int]
    imports: Mapping[str, int | None]
    exports: Mapping[str, int | None]


def solve_slots(pairs: pd.DataFrame, slots: Slots) -> tuple[list[int], list[int]]:
    """Choose pairs so that most needs are met and, among those choices, the cost is least.

    Without quotas above one this is the assignment problem of
    ``scipy.optimize.linear_sum_assignment``. Repeating a row for each place of a quota, as that
    function would need, lets one importer get the same practice twice; so the quotas are
    constraints. They form a flow network (need, importer and practice, exporter), where the
    linear programme has whole numbers at its corners.

    Parameters
    ----------
    pairs : pandas.DataFrame
        ``need_id``, ``importer``, ``practice_id``, ``exporter``, ``cost``, ``possible``.
    slots : Slots
        The quotas.

    Returns
    -------
    tuple of list of int
        Labels of the chosen pairs, and of those among them that an equally good choice can do
        without.

    Examples
    --------
    >>> pairs = pd.DataFrame({"need_id": ["a", "a"], "importer": ["A", "A"],
    ...                       "practice_id": ["p", "q"], "exporter": ["P", "Q"],
    ...                       "cost": [0.2, 0.2], "possible": [True, True]})
    >>> chosen, tied = solve_slots(pairs, Slots(wanted={"a": 1}, imports={"A": None},
    ...                                         exports={"P": None, "Q": None}))
    >>> len(chosen), chosen == tied
    (1, True)
    """
    rows = pairs[pairs["possible"]]
    if rows.empty:
        return [], []
    matrix, limits = _limits(rows, slots)
    # One more need met always outweighs all costs together.
    gain = float(min(len(rows), sum(slots.wanted.values())) + 1)
    values = rows["cost"].to_numpy(dtype="float64") - gain
    best = _solve(values, matrix, limits, free=np.ones(len(rows)))
    least = float(values @ best)
    tied = []
    taken = [int(place) for place in np.flatnonzero(best)]
    for place in taken:
        free = np.ones(len(rows))
        free[place] = 0.0
        if float(values @ _solve(values, matrix, limits, free=free)) <= least + _SAME:
            tied.append(int(rows.index[place]))
    return [int(rows.index[place]) for place in taken], tied


def _limits(rows: pd.DataFrame, slots: Slots) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return one line for each quota: which pairs count towards it, and how many may."""
    lines: list[NDArray[np.float64]] = []
    limits: list[float] = []

    def add(keys: Sequence[object], limit: int | None, key: object) -> None:
        # A limit that cannot be passed is none: most practices are possible once an importer.
        if limit is not None and keys.count(key) > limit:
            lines.append(np.array([float(mine == key) for mine in keys]))
            limits.append(float(limit))

    needs, importers = list(rows["need_id"]), list(rows["importer"])
    exporters = list(rows["exporter"])
    both = list(zip(rows["importer"], rows["practice_id"], strict=True))
    for need in dict.fromkeys(needs):
        add(needs, slots.wanted[need], need)
    for name in dict.fromkeys(importers):
        add(importers, slots.imports[name], name)
    for name in dict.fromkeys(exporters):
        add(exporters, slots.exports[name], name)
    for pair in dict.fromkeys(both):
        add(both, 1, pair)
    return np.array(lines).reshape(len(lines), len(rows)), np.array(limits)


def _solve(
    values: NDArray[np.float64],
    matrix: NDArray[np.float64],
    limits: NDArray[np.float64],
    *,
    free: NDArray[np.float64],
) -> NDArray[np.float64]:
    from scipy.optimize import linprog

    bounds = np.column_stack([np.zeros(len(free)), free])
    # The simplex method ends at a corner, and choosing nothing keeps every quota.
    found = linprog(values, A_ub=matrix, b_ub=limits, bounds=bounds, method="highs-ds")
    return np.round(np.asarray(found.x, dtype="float64"))
