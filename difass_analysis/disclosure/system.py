"""The cells of all tables of one report, and how they add up: what an attacker can compute with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from difass_analysis.disclosure.rules import Array, Rules, protection, too_few, unsafe
from difass_analysis.measurement.contributions import COUNT, HEADS, MONEY, Contributions

#: Relative difference up to which sums count as equal: they are added in whole millionths.
SAME = 1e-9

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class System:
    """All cells that are published or follow from published ones, and the relations among them.

    Attributes
    ----------
    value : array of shape (cells,)
        True values, not negative.
    reason : list of str
        Why a cell is unsafe by itself; empty where it is safe.
    need : array of shape (cells,)
        How far an attacker's upper bound must lie above the value; 0 for safe cells.
    below : array of shape (cells,)
        How far the lower bound must lie below it; never more than the value.
    width : array of shape (cells,)
        How far apart the two bounds of a count must lie at least.
    is_money : array of bool, shape (cells,)
        Amounts; the others are counts.
    place : array of int, shape (cells,)
        Table and group of a cell: all quantities of one group have one place.
    rows : tuple of arrays
        For each published row (of all tables) the cells that it tells.
    told : array of bool, shape (cells,)
        Cells that some row tells.
    sums : sparse array of shape (relations, cells)
        Relations ``total - parts = 0`` that hold between the cells.
    margins : tuple of (place, places)
        Places that add up to another place.
    unions : tuple of (total, parts)
        Numbers of different units: largest part <= total <= sum of parts.
    weight : array of shape (cells,)
        What is lost with a cell beyond the rows that tell it: coarse tables weigh more.
    tops : list of tuple
        ``(n, ((who, amount), ...))``: contributors of each cell and the two largest.
    squares : array of shape (cells,)
        Sum of squares over contributors.
    """

    value: Array
    reason: list[str]
    need: Array
    below: Array
    width: Array
    is_money: NDArray[np.bool_]
    place: Indices
    rows: tuple[Indices, ...]
    told: NDArray[np.bool_]
    sums: sparse.csr_array
    margins: tuple[tuple[int, tuple[int, ...]], ...]
    unions: tuple[tuple[int, Indices], ...]
    weight: Array
    tops: list[tuple[float, tuple[tuple[str, float], ...]]]
    squares: Array

    @cached_property
    def unsafe(self) -> NDArray[np.bool_]:
        """Cells that are unsafe by themselves."""
        return np.array([bool(reason) for reason in self.reason], dtype=bool)

    @property
    def size(self) -> int:
        """Number of cells."""
        return len(self.value)

    def relations(self) -> list[tuple[int, Indices]]:
        """All sums as pairs of the total and its parts."""
        found = []
        for row in range(self.sums.shape[0]):
            span = slice(self.sums.indptr[row], self.sums.indptr[row + 1])
            cells, signs = self.sums.indices[span], self.sums.data[span]
            found.append((int(cells[signs > 0][0]), cells[signs < 0].astype(np.int64)))
        return found


@dataclass(eq=False)
class _Draft:
    rules: Rules
    value: list[float] = field(default_factory=list)
    reason: list[str] = field(default_factory=list)
    need: list[float] = field(default_factory=list)
    below: list[float] = field(default_factory=list)
    width: list[float] = field(default_factory=list)
    weight: list[float] = field(default_factory=list)
    tops: list[tuple[float, tuple[tuple[str, float], ...]]] = field(default_factory=list)
    squares: list[float] = field(default_factory=list)
    is_money: list[bool] = field(default_factory=list)
    place: list[int] = field(default_factory=list)
    places: dict[tuple[tuple[str, ...], str], int] = field(default_factory=dict)
    index: dict[tuple[str, tuple[str, ...], str], int] = field(default_factory=dict)
    sums: dict[tuple[int, tuple[int, ...]], None] = field(default_factory=dict)
    margins: set[tuple[int, tuple[int, ...]]] = field(default_factory=set)
    unions: list[tuple[int, Indices]] = field(default_factory=list)


def keys_of(frame: pd.DataFrame, by: Sequence[str]) -> list[str]:
    r"""One text for each row's cell, with missing codes told apart from all text.

    Examples
    --------
    >>> keys_of(pd.DataFrame({"region": ["N", None]}), ["region"])
    ['N', '\x00']
    """
    if not by:
        return [""] * len(frame)
    columns = [[_text(value) for value in frame[name].tolist()] for name in by]
    return ["\x1f".join(parts) for parts in zip(*columns, strict=True)]


def _text(value: object) -> str:
    """Write a code alike wherever it stands: a year beside gaps may come as 2017.0."""
    if pd.isna(value):  # type: ignore[call-overload]
        return "\0"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def build_system(
    nodes: Sequence[Contributions],
    published: Sequence[Sequence[tuple[str, tuple[str, ...], str]]],
    *,
    rules: Rules,
) -> System:
    """Put the cells of all tables into one system.

    Parameters
    ----------
    nodes : sequence of Contributions
        Contributions by the groups of each table, and of the margins that tables share. Groups
        are sorted by name.
    published : sequence of sequences of (indicator side, groups, key)
        For each published row the cells that it tells, the side as ``indicator:side``.
    rules : Rules
        What makes a cell unsafe.
    """
    draft = _Draft(rules=rules)
    nodes = sorted(nodes, key=lambda node: len(node.by))
    same = _same_quantities(nodes)
    depth = max((len(node.by) for node in nodes), default=0)
    for node in nodes:
        _add_cells(draft, node, same, coarse=len(node.by) < depth)
    for node in nodes:
        _relate_parts(draft, node, same)
        for finer in _next_finer(node, nodes):
            _relate_margins(draft, node, finer, same)
    sides = {
        (f"{indicator}:{side}", node.by): same[name]
        for node in nodes
        for (indicator, side), name in node.sides.items()
    }
    rows = tuple(_cells_of_row(row, sides, draft.index) for row in published)
    told = np.zeros(len(draft.value), dtype=bool)
    for row in rows:
        told[row] = True
    columns = {
        name: np.array(getattr(draft, name), dtype=float)
        for name in ("value", "need", "below", "width", "weight", "squares")
    }
    return System(
        **columns,
        reason=draft.reason,
        is_money=np.array(draft.is_money, dtype=bool),
        place=np.array(draft.place, dtype=np.int64),
        rows=rows,
        told=told,
        sums=_matrix(draft.sums, len(draft.value)),
        margins=tuple(sorted(draft.margins)),
        unions=tuple(draft.unions),
        tops=draft.tops,
    )


def _cells_of_row(
    row: Sequence[tuple[str, tuple[str, ...], str]],
    sides: dict[tuple[str, tuple[str, ...]], str],
    index: dict[tuple[str, tuple[str, ...], str], int],
) -> Indices:
    found = [
        index[sides[side, by], by, key]
        for side, by, key in row
        if (side, by) in sides and (sides[side, by], by, key) in index
    ]
    return np.unique(np.array(found, dtype=np.int64))


def _same_quantities(nodes: Sequence[Contributions]) -> dict[str, str]:
    """One name for all quantities that are the same one, or have the same value in every cell."""
    values: dict[str, dict[tuple[tuple[str, ...], str], float]] = {}
    kinds: dict[str, str] = {}
    for node in nodes:
        kinds |= node.kinds
        for name, key, total in zip(
            node.cells["quantity"],
            keys_of(node.cells, node.by),
            node.cells["total"].astype(float),
            strict=True,
        ):
            values.setdefault(name, {})[node.by, key] = total
    same: dict[str, str] = {}
    for name in values:
        twin = next((other for other in same if _equal(kinds, values, name, other)), name)
        same[name] = same.get(twin, name)
    _unite_sides(nodes, values, same)
    return same


def _equal(
    kinds: dict[str, str],
    values: dict[str, dict[tuple[tuple[str, ...], str], float]],
    one: str,
    other: str,
) -> bool:
    mine, theirs = values[one], values[other]
    if kinds[one] != kinds[other] or mine.keys() != theirs.keys():
        return False
    left = np.array(list(mine.values()))
    right = np.array([theirs[cell] for cell in mine])
    return bool(np.all(np.abs(left - right) <= SAME * np.abs(left) + 1e-5))


def _unite_sides(
    nodes: Sequence[Contributions],
    values: dict[str, dict[tuple[tuple[str, ...], str], float]],
    same: dict[str, str],
) -> None:
    """A side that is computed in another way by other groups is still the same quantity.

    Not where both ways are found in one table with unlike values: those are two quantities.
    """
    first: dict[tuple[str, str], str] = {}
    for node in nodes:
        for side, name in node.sides.items():
            if name not in same:
                continue
            old, new = same[first.setdefault(side, name)], same[name]
            if old != new and not values[old].keys() & values[new].keys():
                same |= {each: old for each, target in same.items() if target == new}


def _add_cells(draft: _Draft, node: Contributions, same: dict[str, str], *, coarse: bool) -> None:
    for key, cell in zip(keys_of(node.cells, node.by), node.cells.to_dict("records"), strict=True):
        name, kind = same[cell["quantity"]], node.kinds[cell["quantity"]]
        total, n, largest, second = (
            float(cell[part]) for part in ("total", "n", "largest", "second")
        )
        reason, need, below, width = _safety(kind, total, n, largest, second, draft.rules)
        at = draft.index.setdefault((name, node.by, key), len(draft.value))
        whos = ((cell["largest_by"], largest), (cell["second_by"], second))
        tops = tuple((str(who), part) for who, part in whos if part > 0)
        if at == len(draft.value):
            draft.value.append(total)
            draft.is_money.append(kind == MONEY)
            draft.weight.append((3.0 if coarse else 1.0) + 0.01 * np.log10(1 + max(total, 0.0)))
            draft.place.append(draft.places.setdefault((node.by, key), len(draft.places)))
            draft.squares.append(float(cell["squares"]))
            draft.reason.append(reason)
            draft.need.append(need)
            draft.below.append(below)
            draft.width.append(width)
            draft.tops.append((n, tops))
            continue
        # The same amount seen over other contributors: the stricter view counts.
        if need > draft.need[at] or (reason and not draft.reason[at]):
            draft.reason[at], draft.tops[at] = reason or draft.reason[at], (n, tops)
            draft.need[at], draft.below[at] = need, below
            draft.squares[at] = float(cell["squares"])


def _safety(
    kind: str, total: float, n: float, largest: float, second: float, rules: Rules
) -> tuple[str, float, float, float]:
    """Reason, distances of the bounds above and below, and width of the bounds."""
    if kind == MONEY:
        reason = unsafe(total, n, largest, second, rules=rules)
        need = protection(total, n, largest, second, rules=rules) if reason else 0.0
        return reason, need, min(need, max(total, 0.0)), 0.0
    if not too_few(n, minimum=rules.minimum):
        return "", 0.0, 0.0, 0.0
    need = max(1.0, rules.minimum - total)
    below = min(1.0, total) if kind == COUNT else 0.0
    return "too few contributors", need, below, float(rules.minimum) if kind == HEADS else 0.0


def _next_finer(node: Contributions, nodes: Sequence[Contributions]) -> list[Contributions]:
    finer = [other for other in nodes if set(node.by) < set(other.by)]
    return [one for one in finer if not any(set(other.by) < set(one.by) for other in finer)]


def _relate_margins(
    draft: _Draft, coarse: Contributions, fine: Contributions, same: dict[str, str]
) -> None:
    frame = fine.cells[["quantity", *fine.by]].assign(
        own=keys_of(fine.cells, fine.by), upper=keys_of(fine.cells, coarse.by)
    )
    kinds = coarse.kinds | fine.kinds
    for name, rows in frame.groupby("quantity", sort=False):
        quantity = same[str(name)]
        for upper, children in rows.groupby("upper", sort=False):
            total = draft.index.get((quantity, coarse.by, str(upper)))
            if total is None:
                continue
            parts = [draft.index[quantity, fine.by, key] for key in children["own"]]
            if kinds[str(name)] == HEADS:
                draft.unions.append((total, np.array(parts, dtype=np.int64)))
            elif _adds_up(draft, total, parts):
                draft.sums.setdefault((total, tuple(sorted(parts))))
                places = tuple(sorted(draft.place[part] for part in parts))
                draft.margins.add((draft.place[total], places))


def _relate_parts(draft: _Draft, node: Contributions, same: dict[str, str]) -> None:
    keys = list(dict.fromkeys(keys_of(node.cells, node.by)))
    for triple in node.parts:
        names = [same[name] for name in triple]
        for key in keys:
            found = [draft.index.get((name, node.by, key)) for name in names]
            whole, *parts = found
            known = [part for part in parts if part is not None and part != whole]
            if whole is not None and len(known) == 2 and _adds_up(draft, whole, known):
                draft.sums.setdefault((whole, tuple(sorted(known))))


def _adds_up(draft: _Draft, total: int, parts: Sequence[int]) -> bool:
    found = sum(draft.value[part] for part in parts)
    return abs(draft.value[total] - found) <= SAME * abs(found) + 1e-4


def _matrix(sums: dict[tuple[int, tuple[int, ...]], None], size: int) -> sparse.csr_array:
    rows: list[int] = []
    columns: list[int] = []
    signs: list[float] = []
    for number, (total, parts) in enumerate(sums):
        rows += [number] * (len(parts) + 1)
        columns += [total, *parts]
        signs += [1.0] + [-1.0] * len(parts)
    return sparse.csr_array((signs, (rows, columns)), shape=(len(sums), size))


def shared_margins(tables: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Groups of all tables and of the margins that any two of them have in common.

    With three or more overlapping tables of several columns, also the finest cells: bounds then
    follow from the cells inside that all tables add up.

    Examples
    --------
    >>> shared_margins([("region",), ("year",)])
    [(), ('region',), ('year',)]
    """
    held = {tuple(sorted(by)) for by in tables}
    widest = [by for by in held if not any(set(by) < set(other) for other in held)]
    if sum(len(by) > 1 for by in widest) > 2:
        held.add(tuple(sorted({name for by in widest for name in by})))
    while True:
        common = {tuple(sorted(set(a) & set(b))) for a, b in combinations(held, 2)}
        if common <= held:
            return sorted(held, key=lambda by: (len(by), by))
        held |= common
