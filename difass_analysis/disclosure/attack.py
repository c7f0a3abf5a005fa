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
_FAR = 1e5
_NOTHING = 1e-9
_DECADES = 3
_ROUNDS = 12
#: Larger parts are searched block by block, since the time of one programme grows faster.
_BLOCK, _WIDENING, _DRAWS = 1000, 4, 2
#: So many cells of a part are looked at one by one at most, where the part is larger than this.
_SINGLE, _LARGE = 20, 4000
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
    cells = np.flatnonzero(hidden)
    own = sparse.csr_array(system.sums[:, cells])
    label = _together(own)
    wanted = set(label if near is None else label[np.isin(cells, list(near))])
    parts = []
    for number in sorted(wanted):
        mine = np.flatnonzero(label == number)
        parts.append(Part(cells[mine], _touching(own, mine)))
    return parts


def _touching(sums: sparse.csr_array, cells: Indices) -> sparse.csr_array:
    """Return the relations of some cells, with nothing of the others."""
    rows = sparse.csr_array(sums[:, cells])
    return sparse.csr_array(rows[np.diff(rows.indptr) > 0])


def _together(sums: sparse.csr_array) -> Indices:
    """Number the cells so that those that some chain of relations joins have one number."""
    from scipy.sparse.csgraph import connected_components

    relations, cells = sums.shape
    ends = sums.tocoo()
    size = cells + relations
    joined = (np.ones(len(ends.col)), (ends.col, cells + ends.row))
    _, label = connected_components(sparse.csr_array(joined, shape=(size, size)), directed=False)
    return np.asarray(label[:cells], dtype=np.int64)


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


def open_cells(
    system: System, hidden: Flags, cells: Iterable[int], *, proven: Flags | None = None
) -> list[tuple[int, float]]:
    """Of hidden cells, those whose bounds are too narrow, with the direction: +1 or -1.

    Many cells are proven at once: a random objective pushes half of them up and half of them
    down as far as they need, and each table found so is a witness for all that moved enough.
    Where many cells hang together, tables are sought that differ in a block of them only, which
    is as good a witness and much cheaper. Cells that no such table served are looked at one by
    one; where they are many in a large part, they count as open without a look.

    Parameters
    ----------
    system : System
        Cells and relations.
    hidden : array of bool
        Cells that the attacker does not know.
    cells : iterable of int
        Cells to look at.
    proven : array of bool, shape (2, cells), optional
        Cells known to move enough, up and down; what is proven now is added. Hiding more cells
        takes no witness away.
    """
    wanted = np.zeros(system.size, dtype=bool)
    wanted[list(cells)] = True
    need = np.stack([system.need, system.below]) * wanted
    proven = np.zeros(need.shape, dtype=bool) if proven is None else proven
    need[proven | (need <= _NOTHING)] = 0.0
    found: list[tuple[int, float]] = []
    near = np.flatnonzero(need.any(axis=0))
    for part in parts_of(system, hidden, near=near) if len(near) else ():
        own = need[:, part.cells]
        left = _left_open(part, system.value[part.cells], own)
        proven[:, part.cells] |= (own > 0) & ~left
        for direction, at in zip(*np.nonzero(left), strict=True):
            found.append((int(part.cells[at]), 1.0 if direction == 0 else -1.0))
    return found


def moves(system: System, hidden: Flags, target: tuple[int, float], near: Indices) -> bool:
    """Whether one cell can move as far as it needs when only hidden cells nearby change."""
    cell, sign = target
    cells = near[hidden[near]]
    part = Part(cells, _touching(system.sums, cells))
    need = float(system.need[cell] if sign > 0 else system.below[cell])
    at = int(np.flatnonzero(cells == cell)[0])
    return _can_move(part, system.value[cells], at, need, up=sign > 0)


def _left_open(part: Part, value: Array, need: Array) -> Flags:
    """Cells of a part that no witness was found for, upwards and downwards."""
    todo = need > 0
    if not part.sums.shape[0]:
        return np.zeros_like(todo)  # nothing bounds it but that it is not negative
    random = np.random.default_rng(1)
    most = _BLOCK
    while most < len(value) and todo.any():
        lines = _lines(part, most)
        for _ in range(_DRAWS):
            for block in _drawn(lines, most, random):
                own = need[:, block] * todo[:, block]
                inside = Part(part.cells[block], _touching(part.sums, block))
                todo[:, block] &= ~_pushed(inside, value[block], own, random)
        most *= _WIDENING
    if todo.any():
        todo &= ~_pushed(part, value, need * todo, random)
    if len(value) > _LARGE and todo.sum() > _SINGLE:
        return todo
    for direction, at in zip(*np.nonzero(todo), strict=True):
        up = bool(direction == 0)
        todo[direction, at] = not _can_move(part, value, int(at), need[direction, at], up=up)
    return todo


def _lines(part: Part, most: int) -> Indices:
    """Number the cells by the pieces that are left of a part when its longest sums are cut."""
    length = np.diff(part.sums.indptr)
    longest = int(length.max())
    while True:
        longest //= 2
        label = _together(sparse.csr_array(part.sums[length <= longest]))
        if longest < 2 or np.bincount(label).max() <= most:
            return label


def _drawn(lines: Indices, most: int, random: np.random.Generator) -> list[Indices]:
    """Put whole lines together at random into blocks of about so many cells."""
    size = np.bincount(lines)
    order = random.permutation(len(size))
    block = np.empty(len(size), dtype=np.int64)
    block[order] = np.cumsum(size[order]) // (most + 1)
    number = block[lines]
    return [np.flatnonzero(number == one) for one in np.unique(number)]


def _pushed(part: Part, value: Array, need: Array, random: np.random.Generator) -> Flags:
    """Cells that some table found moves as far as they need, those of like size together."""
    todo = need > 0
    done = np.zeros_like(todo)
    band = np.floor(np.log10(np.where(todo, need, 1.0)) / _DECADES) * _DECADES
    for power in np.unique(band[todo]):
        scale, last = 10.0**power, -1
        for _ in range(_ROUNDS):
            now = todo & ~done & (band == power)
            if not now.any() or int(now.sum()) == last:
                break
            last = int(now.sum())
            done |= _moved(part, value / scale, need / scale, now, random)
    return done


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
