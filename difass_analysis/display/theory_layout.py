"""Where the boxes of a theory of change stand, and which way their links go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from difass_analysis.errors import SchemaError

_GAP = 16.0  # points between boxes side by side
_LANE = 10.0  # points for a link that passes a row
_BETWEEN = 46.0  # points between two rows
_LEAST_BETWEEN = 26.0
_WIDEST = 210.0
_SWEEPS = 8

Place = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Node:
    """One box: its centre, upper edge, width and height in points, and its lines of text."""

    x: float
    top: float
    width: float
    height: float
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Boxes by name, the path of each link as a line of places, and the height of it all."""

    nodes: Mapping[str, Node]
    paths: tuple[tuple[Place, ...], ...]
    height: float


def lay_out(
    links: Sequence[tuple[str, str]],
    *,
    width: float,
    wrap: Callable[[str, float], list[str]],
    line: float,
    pad: float,
    room: float | None = None,
) -> Layout:
    """Place boxes in rows, each below all that lead to it, and route links around boxes.

    Parameters
    ----------
    links : sequence of tuple of str
        From which result to which; names that are alike are one box.
    width : float
        Width in points.
    wrap : callable
        Breaks a text into lines for a box so many points wide.
    line, pad : float
        Height of a line and the room inside a box, in points.
    room : float, optional
        Height that there is; rows stand closer together where it is short.

    Raises
    ------
    SchemaError
        When the links lead back to where they began.

    Examples
    --------
    >>> plan = lay_out([("a", "b"), ("a", "c")], width=300, wrap=lambda t, w: [t], line=11, pad=7)
    >>> plan.nodes["b"].top == plan.nodes["c"].top > plan.nodes["a"].top
    True
    """
    ranks = _ranks(links)
    chains = [_chain(start, end, ranks, number) for number, (start, end) in enumerate(links)]
    rows = _ordered(ranks, chains)
    boxes = [_widths(row, ranks, width) for row in rows]
    lines = {name: tuple(wrap(name, boxes[rank][name][1])) for name, rank in ranks.items()}
    heights = [
        max(len(lines[name]) for name in row if name in ranks) * line + 2 * pad for row in rows
    ]
    between = _BETWEEN
    if room is not None and len(rows) > 1:
        spare = (room - sum(heights)) / (len(rows) - 1)
        between = min(_BETWEEN, max(_LEAST_BETWEEN, spare))
    tops = [sum(heights[:rank]) + between * rank for rank in range(len(rows))]
    nodes = {
        name: Node(
            x=boxes[rank][name][0],
            top=tops[rank] + (heights[rank] - len(lines[name]) * line - 2 * pad) / 2,
            width=boxes[rank][name][1],
            height=len(lines[name]) * line + 2 * pad,
            lines=lines[name],
        )
        for name, rank in ranks.items()
    }
    centres = {name: x for row in boxes for name, (x, _) in row.items()}
    bands = [(top, top + height) for top, height in zip(tops, heights, strict=True)]
    paths = tuple(_path(chain, nodes, centres, bands, ranks, chains) for chain in chains)
    return Layout(nodes=nodes, paths=paths, height=tops[-1] + heights[-1])


def _ranks(links: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Row of each box: the longest way to it."""
    ranks = {name: 0 for link in links for name in link}
    for _ in range(len(ranks) + 1):
        changed = False
        for start, end in links:
            if ranks[end] < ranks[start] + 1:
                ranks[end] = ranks[start] + 1
                changed = True
        if not changed:
            return ranks
    raise SchemaError(
        "The links lead back to where they began.",
        todo="Give the later state a name of its own; check() names the place.",
    )


def _chain(start: str, end: str, ranks: Mapping[str, int], number: int) -> tuple[str, ...]:
    """Return a link as a chain of places, one a row; those between boxes have names of no box."""
    passes = [f"\0{number}.{rank}" for rank in range(ranks[start] + 1, ranks[end])]
    return (start, *passes, end)


def _ordered(ranks: Mapping[str, int], chains: Sequence[tuple[str, ...]]) -> list[list[str]]:
    """Order each row so that links cross little: by the mean place of what they lead to."""
    places = {name: ranks[chain[0]] + step for chain in chains for step, name in enumerate(chain)}
    rows: list[list[str]] = [[] for _ in range(max(places.values()) + 1)]
    for name, rank in places.items():
        rows[rank].append(name)
    pairs = [pair for chain in chains for pair in pairwise(chain)]
    above = {name: [a for a, b in pairs if b == name] for name in places}
    below = {name: [b for a, b in pairs if a == name] for name in places}
    best, least = [list(row) for row in rows], _crossings(rows, pairs)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        order = range(1, len(rows)) if down else range(len(rows) - 2, -1, -1)
        for rank in order:
            _sort_row(rows, rank, above if down else below, -1 if down else 1)
        count = _crossings(rows, pairs)
        if count < least:
            best, least = [list(row) for row in rows], count
    return best


def _sort_row(rows: list[list[str]], rank: int, others: Mapping[str, list[str]], step: int) -> None:
    beside = rows[rank + step]
    at = {name: (place + 0.5) / len(beside) for place, name in enumerate(beside)}
    own = {name: (place + 0.5) / len(rows[rank]) for place, name in enumerate(rows[rank])}
    means = {
        name: sum(at[other] for other in others[name]) / len(others[name])
        if others[name]
        else own[name]
        for name in rows[rank]
    }
    rows[rank].sort(key=lambda name: means[name])


def _crossings(rows: Sequence[Sequence[str]], pairs: Sequence[tuple[str, str]]) -> int:
    at = {name: (rank, place) for rank, row in enumerate(rows) for place, name in enumerate(row)}
    count = 0
    for first, (a, b) in enumerate(pairs):
        for c, d in pairs[first + 1 :]:
            if at[a][0] == at[c][0]:
                count += (at[a][1] - at[c][1]) * (at[b][1] - at[d][1]) < 0
    return count


def _widths(
    row: Sequence[str], ranks: Mapping[str, int], width: float
) -> dict[str, tuple[float, float]]:
    """Centre and width of each place of a row; passing links take a narrow lane."""
    count = sum(name in ranks for name in row)
    lanes = len(row) - count
    free = width - _GAP * (len(row) - 1) - _LANE * lanes
    box = min(_WIDEST, free / count)
    taken = box * count + _LANE * lanes + _GAP * (len(row) - 1)
    stretch = (width - taken) / (len(row) + 1)
    places, x = {}, stretch
    for name in row:
        own = box if name in ranks else _LANE
        places[name] = (x + own / 2, own)
        x += own + _GAP + stretch
    return places


def _path(
    chain: Sequence[str],
    nodes: Mapping[str, Node],
    centres: Mapping[str, float],
    bands: Sequence[tuple[float, float]],
    ranks: Mapping[str, int],
    chains: Sequence[tuple[str, ...]],
) -> tuple[Place, ...]:
    first, last = nodes[chain[0]], nodes[chain[-1]]
    leaving = [other for other in chains if other[0] == chain[0]]
    coming = [other for other in chains if other[-1] == chain[-1]]
    begin = _port(first, chain, leaving, centres, step=1)
    end = _port(last, chain, coming, centres, step=-2)
    points = [(begin, first.top + first.height)]
    for step, name in enumerate(chain[1:-1], start=ranks[chain[0]] + 1):
        points += [(centres[name], bands[step][0] - 4), (centres[name], bands[step][1] + 4)]
    return (*points, (end, last.top))


def _port(
    node: Node,
    chain: Sequence[str],
    chains: Sequence[Sequence[str]],
    centres: Mapping[str, float],
    *,
    step: int,
) -> float:
    """Place on the edge of a box where a link leaves or arrives, in the order of the links."""
    order = sorted(range(len(chains)), key=lambda place: (centres[chains[place][step]], place))
    mine = next(place for place, other in enumerate(chains) if other is chain)
    share = (order.index(mine) + 1) / (len(chains) + 1)
    return node.x + node.width * 0.8 * (share - 0.5)
