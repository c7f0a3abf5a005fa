"""All smallest sets of prime implicants that cover every positive row: exact, by branch and bound.

Source: McCluskey (1956) for the chart of prime implicants. The models are those with the fewest
terms, all of them, as in R QCA (Dusa, *QCA with R*, 2019, chapter 8).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from difass_analysis.mechanisms.qca.cubes import Cube, holds

_ROUNDING = 1e-7


@dataclass(frozen=True)
class Covers:
    """The smallest covers, each a tuple of cubes, and whether there are more than are listed."""

    models: tuple[tuple[Cube, ...], ...]
    capped: bool


def smallest_covers(primes: Sequence[Cube], positives: Sequence[int], *, cap: int) -> Covers:
    """Return every set of as few primes as possible that holds all positive rows.

    Parameters
    ----------
    primes : sequence of cubes
        The prime implicants.
    positives : sequence of int
        The rows to cover.
    cap : int
        Most models that are listed.

    Returns
    -------
    Covers
        No model where some positive row lies in no prime, or there is no row.

    Examples
    --------
    >>> smallest_covers([(1, 1), (2, 2), (3, 3)], [3], cap=10).models
    (((1, 1),), ((2, 2),), ((3, 3),))
    """
    alike: dict[int, list[Cube]] = {}
    for prime in primes:
        covered = sum(1 << i for i, row in enumerate(positives) if holds(prime, row))
        if covered:
            alike.setdefault(covered, []).append(prime)
    wanted = (1 << len(positives)) - 1
    if not positives or _union(alike) != wanted:
        return Covers((), capped=False)
    # Primes that cover the same rows can stand for each other: searched for once, told apart after.
    models = (
        model
        for chosen in _smallest_sets(list(alike), len(positives))
        for model in product(*(alike[covered] for covered in chosen))
    )
    listed = tuple(islice(models, cap + 1))
    return Covers(listed[:cap], capped=len(listed) > cap)


def _union(sets: Sequence[int] | dict[int, list[Cube]]) -> int:
    total = 0
    for one in sets:
        total |= one
    return total


def _smallest_sets(sets: Sequence[int], rows: int) -> Iterator[tuple[int, ...]]:
    """Yield all covers of the smallest size, each once."""
    wanted = (1 << rows) - 1
    ordered = sorted(sets, key=lambda s: (-s.bit_count(), s))
    yield from _covers(wanted, ordered, _least_size(sets, rows))


def _least_size(sets: Sequence[int], rows: int) -> int:
    """Return the smallest number of sets that cover all rows: an integer programme.

    Only sets that lie in no other one are needed for it, and they are few.
    """
    outer = [s for s in sets if not any(s != o and s & o == s for o in sets)]
    found = milp(
        np.ones(len(outer)),
        constraints=LinearConstraint(_incidence(outer, range(rows)), lb=1),
        integrality=np.ones(len(outer)),
        bounds=Bounds(0, 1),
    )
    return round(found.fun)


def _covers(open_rows: int, sets: Sequence[int], left: int) -> Iterator[tuple[int, ...]]:
    """Yield all covers of the open rows by ``left`` of the sets, each once.

    ``left`` is the fewest that can cover them, so that none is left when no row is open.
    """
    if not open_rows:
        yield ()
        return
    usable = _usable(open_rows, sets, left)
    if not usable:
        return
    row = min(_bits(open_rows), key=lambda r: (sum(s >> r & 1 for s in usable), r))
    others = [s for s in usable if not s >> row & 1]
    here = [s for s in usable if s >> row & 1]
    for at, one in enumerate(here):
        # What was tried at this row is not tried again below: every cover comes up once.
        for rest in _covers(open_rows & ~one, here[at + 1 :] + others, left - 1):
            yield (one, *rest)


def _usable(open_rows: int, sets: Sequence[int], left: int) -> list[int]:
    """Return the sets that a cover of the open rows by ``left`` sets can have.

    The linear relaxation bounds the number of sets from below, and a set whose reduced cost is
    more than the room between that bound and ``left`` is in no such cover.
    """
    rows = list(_bits(open_rows))
    touching = [s for s in sets if s & open_rows]
    if left == 1:
        return [s for s in touching if s & open_rows == open_rows]
    # Sets that are alike on the open rows have one column of the programme.
    shapes = list({s & open_rows for s in touching})
    union = 0
    for shape in shapes:
        union |= shape
    if union != open_rows or max(s.bit_count() for s in shapes) * left < len(rows):
        return []
    incidence = _incidence(shapes, rows)
    relaxed = linprog(
        np.ones(len(shapes)), A_ub=-incidence, b_ub=-np.ones(len(rows)), method="highs-ds"
    )
    room = left - relaxed.fun
    if room < -_ROUNDING:
        return []
    cost = 1 + incidence.T @ relaxed.ineqlin.marginals
    kept = {
        shape for shape, reduced in zip(shapes, cost, strict=True) if reduced <= room + _ROUNDING
    }
    return [s for s in touching if s & open_rows in kept]


def _incidence(sets: Sequence[int], rows: Sequence[int]) -> NDArray[np.float64]:
    """Return which rows (of the matrix) each set (a column) holds."""
    return np.array([[s >> row & 1 for s in sets] for row in rows], dtype=np.float64)


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
