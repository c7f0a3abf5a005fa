"""The cheapest cells that must go with an unsafe one, so that it cannot be computed."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from difass_analysis.disclosure.attack import Flags, solve
from difass_analysis.disclosure.rules import Array
from difass_analysis.disclosure.system import Indices, System

#: Cells up to which the whole system is searched at once.
WHOLE = 1500
_FAR = 1e4
_HIDDEN_COST = 1e-4


class Surroundings:
    """Finds the groups near a group: its own row and column, the best others, where they meet."""

    def __init__(self, system: System) -> None:
        self._system = system
        places = int(system.place.max()) + 1 if system.size else 0
        rows, columns = [], []
        for number, (total, parts) in enumerate(system.margins):
            rows += [number] * (len(parts) + 1)
            columns += [total, *parts]
        ones = np.ones(len(rows))
        self._of = sparse.csc_array((ones, (rows, columns)), shape=(len(system.margins), places))
        self._in = sparse.csr_array(self._of)
        self._count = np.diff(self._of.indptr)

    def near(self, cell: int, price: Array, *, most: int) -> Indices:
        """Cells near a cell, at most so many cheapest groups along each margin."""
        if self._system.size <= WHOLE:
            return np.arange(self._system.size)
        best = np.full(self._of.shape[1], np.inf)
        np.minimum.at(best, self._system.place, price)
        start = int(self._system.place[cell])
        chosen = {start}
        for relation in self._relations([start]):
            others = self._in.indices[self._in.indptr[relation] : self._in.indptr[relation + 1]]
            chosen.add(self._system.margins[relation][0])
            chosen |= set(others[np.argsort(best[others], kind="stable")[:most]].tolist())
        relations = self._relations(sorted(chosen))
        touched = self._in[relations]
        inside = np.asarray(touched.sum(axis=0)).ravel() == self._count
        inside[list(chosen)] = True
        return np.flatnonzero(inside[self._system.place])

    def _relations(self, places: list[int]) -> Indices:
        parts = [self._of.indices[self._of.indptr[p] : self._of.indptr[p + 1]] for p in places]
        return np.unique(np.concatenate(parts)) if parts else np.array([], dtype=np.int64)


def cover(
    system: System, hidden: Flags, target: tuple[int, float], near: Indices, price: Array
) -> Indices | None:
    """Cells whose change lets one cell move as far as it needs, at the lowest price.

    Parameters
    ----------
    system : System
        Cells and relations.
    hidden : array of bool
        Cells that are hidden already: they cost next to nothing.
    target : (cell, direction)
        Unsafe cell, and whether it must move up (+1) or down (-1).
    near : array of int
        Cells that may change.
    price : array of float
        What is lost with each cell.

    Returns
    -------
    array of int or None
        Cells that change; None where these cells do not suffice.
    """
    cell, sign = target
    need = float(system.need[cell] if sign > 0 else system.below[cell])
    usable = near[hidden[near] | (system.value[near] > 0)]
    sums = sparse.csr_array(system.sums[:, usable])
    sums = sparse.csr_array(sums[np.diff(sums.indptr) > 0])
    room = np.minimum(system.value[usable] / need, _FAR)
    cost = np.where(hidden[usable], _HIDDEN_COST, price[usable])
    # A small cell gives little room, so several would be needed: it is dearer a unit.
    down = np.where(hidden[usable], cost, cost / np.clip(room, 1e-6, 1.0))
    upper = np.concatenate([np.full(len(usable), _FAR), room])
    lower = np.zeros(2 * len(usable))
    at = int(np.flatnonzero(usable == cell)[0])
    move = at if sign > 0 else at + len(usable)
    lower[move] = upper[move] = 1.0
    still = at + len(usable) if sign > 0 else at
    upper[still] = 0.0
    both = sparse.csr_array(sparse.hstack([sums, -sums]))
    found, _ = solve(np.concatenate([cost, down]), both, lower, upper)
    if found is None:
        return None
    change = np.abs(found[: len(usable)] - found[len(usable) :])
    return usable[change > 1e-7]
