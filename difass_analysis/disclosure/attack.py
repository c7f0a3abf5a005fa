"""The attacker: bounds of suppressed cells from all that is published, by linear programmes.

The attacker knows every published cell, how cells add up, and that nothing is negative. What
the attacker cannot exclude is another table: ``value + d`` with ``d = 0`` in published cells,
``sums @ d = 0`` and ``value + d >= 0``. One such ``d`` proves that the bounds are at least so
wide; the widest ``d`` is the bound.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from difass_analysis.disclosure.rules import Array
from difass_analysis.disclosure.system import Indices, System

#: How much of a needed distance must be reached; the rest is tolerance of the solver.
NEARLY = 1 - 1e-5
_FAR = 1e4
_ROUNDS = 12
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Part:
    """Hidden cells that hang together: their numbers, and the relations among them."""

    cells: Indices
    sums: sparse.csr_array


def parts_of(system: System, hidden: Flags, *, near: Iterable[int] | None = None) -> list[Part]:
    """Split the hidden cells into parts that share no relation.

    Parameters
    ----------
    system : System
        Cells and relations.
    hidden : array of bool
        Cells that the attacker does not know.
    near : iterable of int, optional
        Only the parts that these cells belong to.
    """
    from scipy.sparse.csgraph import connected_components

    cells = np.flatnonzero(hidden)
    own = sparse.csr_array(system.sums[:, cells])
    own = sparse.csr_array(own[np.diff(own.indptr) > 0])
    together = abs(own).T @ abs(own) + sparse.eye_array(len(cells))
    _, label = connected_components(together, directed=False)
    wanted = set(label if near is None else label[np.isin(cells, list(near))])
    parts = []
    for number in sorted(wanted):
        mine = np.flatnonzero(label == number)
        rows = sparse.csr_array(own[:, mine])
        parts.append(Part(cells[mine], sparse.csr_array(rows[np.diff(rows.indptr) > 0])))
    return parts


def solve(
    objective: Array, sums: sparse.csr_array, lower: Array, upper: Array
) -> tuple[Array | None, bool]:
    """Minimise a linear objective over changes that keep all sums.

    Returns the solution (None where there is none) and whether the objective is unbounded.
    """
    from scipy.optimize import linprog

    found = linprog(
        objective,
        A_eq=sums if sums.shape[0] else None,
        b_eq=np.zeros(sums.shape[0]) if sums.shape[0] else None,
        bounds=np.column_stack([lower, upper]),
        method="highs",
    )
    return (found.x if found.status == 0 else None), found.status == 3


def bounds_of(system: System, hidden: Flags, cell: int) -> tuple[float, float]:
    """Bounds that the attacker finds for one cell; infinite where there is none.

    Examples
    --------
    >>> import inspect
    >>> list(inspect.signature(bounds_of).parameters)
    ['system', 'hidden', 'cell']
    """
    if not hidden[cell]:
        return float(system.value[cell]), float(system.value[cell])
    part = parts_of(system, hidden, near=[cell])[0]
    at = int(np.flatnonzero(part.cells == cell)[0])
    scale = max(float(system.value[part.cells].max()), 1.0)
    lower = -system.value[part.cells] / scale
    ends = []
    for sign in (1.0, -1.0):
        objective = np.zeros(len(part.cells))
        objective[at] = sign
        found, unbounded = solve(objective, part.sums, lower, np.full(len(lower), np.inf))
        far = -sign * np.inf if unbounded or found is None else found[at] * scale
        ends.append(float(system.value[cell] + far))
    return max(ends[0], 0.0), ends[1]


def open_cells(system: System, hidden: Flags, cells: Iterable[int]) -> list[tuple[int, float]]:
    """Of hidden cells, those whose bounds are too narrow, with the direction: +1 or -1.

    Many cells are proven at once: a random objective pushes half of them up and half of them
    down as far as they need, and each table found so is a witness for all that moved enough.
    Cells that no such table served are looked at one by one.
    """
    wanted = set(cells)
    found: list[tuple[int, float]] = []
    if not wanted:
        return found
    for part in parts_of(system, hidden, near=wanted):
        if not part.sums.shape[0]:
            continue  # nothing bounds it but that it is not negative
        mine = np.flatnonzero(np.isin(part.cells, list(wanted)))
        need = np.zeros((2, len(part.cells)))
        need[0, mine] = system.need[part.cells[mine]]
        need[1, mine] = system.below[part.cells[mine]]
        found += _open_in(part, system.value[part.cells], need)
    return found


def _open_in(part: Part, value: Array, need: Array) -> list[tuple[int, float]]:
    todo = need > 1e-9
    random = np.random.default_rng(1)
    decades = np.where(todo, np.floor(np.log10(np.maximum(need, 1e-9))), np.nan)
    for decade in np.unique(decades[todo]):
        scale = 10.0**decade
        last = -1
        for _ in range(_ROUNDS):
            now = todo & (decades == decade)
            if not now.any() or int(now.sum()) == last:
                break
            last = int(now.sum())
            todo &= ~_moved(part, value / scale, need / scale, now, random)
    result = []
    for direction, at in zip(*np.nonzero(todo), strict=True):
        if not _can_move(part, value, int(at), need[direction, at], up=direction == 0):
            result.append((int(part.cells[at]), 1.0 if direction == 0 else -1.0))
    return result


def _moved(part: Part, value: Array, need: Array, now: Flags, random: np.random.Generator) -> Flags:
    """Push cells in random directions; say which moved as far as they need."""
    both = now[0] & now[1]
    up = now[0] & (~both | (random.random(len(value)) < 0.5))
    down = now[1] & ~up
    objective = np.zeros(len(value))
    objective[up] = -1 / np.maximum(need[0, up], 1e-9)
    objective[down] = 1 / np.maximum(need[1, down], 1e-9)
    lower = -np.minimum(value, _FAR)
    upper = np.full(len(value), _FAR)
    upper[up] = np.maximum(need[0, up], 1e-9)
    lower[down] = np.maximum(lower[down], -need[1, down])
    found, _ = solve(objective, part.sums, lower, upper)
    if found is None:
        return np.zeros_like(now)
    return np.stack([found >= need[0] * NEARLY, -found >= need[1] * NEARLY]) & now


def _can_move(part: Part, value: Array, at: int, need: float, *, up: bool) -> bool:
    """Whether one cell can move as far as it needs."""
    scaled = value / need
    objective = np.zeros(len(value))
    objective[at] = -1.0 if up else 1.0
    lower, upper = -np.minimum(scaled, _FAR), np.full(len(value), _FAR)
    if up:
        upper[at] = 1.0
    else:
        lower[at] = max(lower[at], -1.0)
    found, _ = solve(objective, part.sums, lower, upper)
    return found is not None and abs(found[at]) >= NEARLY
