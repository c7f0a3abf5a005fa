"""The hypercube method of secondary suppression, written out as a baseline.

Source: S. Giessing and D. Repsilber, Tools and strategies to protect multiple tables with the
GHQUAR cell suppression engine (2002): each unsafe cell becomes a corner of a hypercube whose
other corners go too. In a table of two columns with its margins that is a rectangle; where a
cell stands in one column only, an edge. Corners must hold enough to hide the unsafe cell, and of
all that do, the one that costs least is taken; margins are spared as long as possible.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
MARGIN_COST = 1e6


def hypercube(value: Array, need: Array) -> Flags:
    """Cells that go: those with a need, and the corners that hide them.

    `value` has one line a group and a last line with the totals, along each axis of length above
    one. An axis of length one is no axis.
    """
    gone = need > 0
    while True:
        before = int(gone.sum())
        for cell in sorted(zip(*np.nonzero(gone), strict=True), key=lambda at: -value[at]):
            if not _has_cube(value, gone, cell, need[cell]):
                for corner in _cheapest(value, gone, cell, need[cell]):
                    gone[corner] = True
        if int(gone.sum()) == before:
            return gone


def _cubes(value: Array, cell: tuple[int, ...]) -> list[list[tuple[int, ...]]]:
    """All hypercubes with this corner whose other corners hold something."""
    axes = [
        [other for other in range(size) if other != at] if size > 1 else [at]
        for at, size in zip(cell, value.shape, strict=True)
    ]
    found = []
    for opposite in product(*axes):
        ends = [sorted({a, b}) for a, b in zip(cell, opposite, strict=True)]
        corners = [corner for corner in product(*ends) if corner != cell]
        if all(value[corner] > 0 for corner in corners):
            found.append(corners)
    return found


def _enough(value: Array, corners: list[tuple[int, ...]], need: float) -> bool:
    return min(value[corner] for corner in corners) >= need


def _has_cube(value: Array, gone: Flags, cell: tuple[int, ...], need: float) -> bool:
    return any(
        all(gone[corner] for corner in corners) and _enough(value, corners, need)
        for corners in _cubes(value, cell)
    )


def _cheapest(
    value: Array, gone: Flags, cell: tuple[int, ...], need: float
) -> list[tuple[int, ...]]:
    cubes = _cubes(value, cell)
    serving = [corners for corners in cubes if _enough(value, corners, need)] or cubes
    if not serving:  # the only cell of its line: all its totals go with it
        totals = [(at, value.shape[axis] - 1) for axis, at in enumerate(cell)]
        return [corner for corner in product(*totals) if corner != cell]
    return min(serving, key=lambda corners: sum(_cost(value, gone, one) for one in corners))


def _cost(value: Array, gone: Flags, corner: tuple[int, ...]) -> float:
    if gone[corner]:
        return 0.0
    margins = sum(at == size - 1 and size > 1 for at, size in zip(corner, value.shape, strict=True))
    return 1.0 + margins * MARGIN_COST + value[corner] / max(float(value.max()), 1.0)
