"""Clusters: names that are one, guarded against chains that join what does not belong together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Pair = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Clusters:
    """The cluster of each name, and the pairs that were alike but did not fit their clusters."""

    of: tuple[int, ...]
    refused: frozenset[Pair]


def clusters(
    size: int,
    edges: Sequence[tuple[float, Pair]],
    *,
    excluded: Callable[[int, int], bool],
    fits: Callable[[int, int], bool],
) -> Clusters:
    """Join names along pairs that are alike, as long as every two of a cluster fit.

    A name that is alike to two others that exclude each other is joined with the more alike one,
    and with none where it is equally alike to both: which it belongs to is not known.

    Parameters
    ----------
    size : int
        Number of names; they are numbered in an order that does not depend on that of the rows.
    edges : sequence of (float, (int, int))
        Score and pair of names that are alike.
    excluded : callable
        Whether two names cannot be one.
    fits : callable
        Whether two names may be in one cluster.

    Examples
    --------
    >>> never = {(0, 2), (2, 0)}
    >>> found = clusters(
    ...     3,
    ...     [(1.0, (0, 1)), (0.95, (1, 2))],
    ...     excluded=lambda one, other: (one, other) in never,
    ...     fits=lambda one, other: (one, other) not in never,
    ... )
    >>> found.of, sorted(found.refused)
    ((0, 0, 2), [(1, 2)])
    """
    undecided = _undecided(edges, excluded)
    owner = list(range(size))
    members = {position: [position] for position in range(size)}
    refused = set(undecided)
    for _, (one, other) in sorted(edges, key=lambda edge: (-edge[0], edge[1])):
        a, b = owner[one], owner[other]
        if a == b or (one, other) in undecided:
            continue
        if not all(fits(x, y) for x in members[a] for y in members[b]):
            refused.add((one, other))
            continue
        low, high = min(a, b), max(a, b)
        for position in members.pop(high):
            owner[position] = low
            members[low].append(position)
    apart = {pair for pair in refused if owner[pair[0]] != owner[pair[1]]}
    return Clusters(of=tuple(owner), refused=frozenset(apart))


def _undecided(
    edges: Sequence[tuple[float, Pair]], excluded: Callable[[int, int], bool]
) -> frozenset[Pair]:
    """Pairs of a name that is equally alike to two others which exclude each other."""
    near: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for score, (one, other) in edges:
        near[one].append((score, other))
        near[other].append((score, one))
    found: set[Pair] = set()
    for name, others in near.items():
        for index, (score, one) in enumerate(others):
            for same_score, other in others[index + 1 :]:
                if score == same_score and excluded(one, other):
                    found |= {_ordered(name, one), _ordered(name, other)}
    return frozenset(found)


def _ordered(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)
