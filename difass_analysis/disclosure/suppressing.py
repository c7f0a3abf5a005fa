"""Which cells go: the unsafe ones, and as few others as keep them from being computed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from difass_analysis.disclosure.attack import Flags, moves, open_cells, parts_of
from difass_analysis.disclosure.cover import Surroundings, cover
from difass_analysis.disclosure.rules import Array, Rules, unsafe
from difass_analysis.disclosure.system import Indices, System
from difass_analysis.errors import DifassError

_PASSES = 50
#: Cells that go with the unsafe ones are tried whether they may stay after all: as many as keep
#: their number times that of all cells below this.
_EFFORT = 500_000
_FEWEST, _WIDENING = 8, 4
#: Up to this number of cells the choice is made with several prices, and the best one kept.
_SMALL = 400


class Choice:
    """Cells that go, the rows that go with them, and what nobody is told any more.

    ``relations`` are the sums (total, parts) that hold between cells, ``below`` the parts of each
    total.
    """

    def __init__(self, system: System, rules: Rules) -> None:
        self.system, self.rules = system, rules
        self.chosen: Flags = system.unsafe & system.told
        self._row_of = np.repeat(np.arange(len(system.rows)), [len(row) for row in system.rows])
        self._cell_of = np.concatenate(system.rows) if system.rows else np.array([], dtype=np.int64)
        self.relations = system.relations()
        self.below: dict[int, list[Indices]] = {}
        for total, parts in self.relations:
            self.below.setdefault(total, []).append(parts)
        #: Cells that are known to have an upper and a lower bound that is far enough.
        self.proven: Flags = np.zeros((2, system.size), dtype=bool)

    def lost_rows(self) -> Flags:
        """Published rows that go: those that tell a chosen cell."""
        lost = np.zeros(len(self.system.rows), dtype=bool)
        lost[self._row_of[self.chosen[self._cell_of]]] = True
        return lost

    def _telling(self) -> Array:
        """Number of rows that still tell each cell."""
        kept = ~self.lost_rows()[self._row_of]
        return np.bincount(self._cell_of[kept], minlength=self.system.size).astype(float)

    def hidden(self) -> Flags:
        """Cells that no row tells, because they go or because no row is left that tells them."""
        return self.chosen | (self._telling() == 0)

    def price(self) -> Array:
        """What would be lost with each cell: the rows that still tell it, and its weight."""
        return self.system.weight * np.maximum(self._telling(), 0.01)

    def take(self, cells: Iterable[int]) -> None:
        """Let cells go."""
        wanted = np.array(sorted(cells), dtype=np.int64)
        self.chosen[wanted[self.system.told[wanted]]] = True


def suppress(system: System, *, rules: Rules) -> Choice:
    """Choose the cells that go, and prove that no unsafe one can be bounded too narrowly.

    Unsafe cells go first. Then, until nothing changes: what is hidden along one margin must be
    safe as a whole, since its sum can be computed (one contributor could otherwise subtract the
    own part); counts of different units keep bounds that are wide enough; and for every unsafe
    cell that the attacker still bounds too narrowly, the cells with the lowest loss are added
    that open the bound (a linear programme). At last cells that went in vain come back.

    Cells are added one at a time, so what goes depends on what a cell costs. Of small tables the
    choice is made with several prices, and the one that loses the fewest rows is kept.

    Raises
    ------
    DifassError
        When no end is reached: then nothing may leave.
    """
    if not system.size or system.size > _SMALL or not system.unsafe.any():
        return _suppressed(system, rules=rules)
    prices = (system.weight, np.ones_like(system.weight), system.weight**2)
    found, failed = [], None
    for price in prices:
        try:
            found.append(_suppressed(replace(system, weight=price), rules=rules))
        except DifassError as error:
            failed = error
    if not found and failed:
        raise failed
    return min(found, key=lambda one: int(one.lost_rows().sum()))


def _suppressed(system: System, *, rules: Rules) -> Choice:
    """Choose with the prices that the system states."""
    choice = Choice(system, rules)
    surroundings = Surroundings(system)
    for _ in range(_PASSES):
        before = int(choice.chosen.sum())
        _hide_along_margins(choice)
        _widen_counts(choice)
        _open_bounds(choice, surroundings)
        if int(choice.chosen.sum()) == before:
            _bring_back(choice)
            return choice
    raise DifassError(
        "Disclosure control found no safe set of cells.",
        todo="Publish fewer tables together, or coarser groups.",
    )


def sensitive(system: System) -> Indices:
    """Cells that need protection: unsafe ones, and those that follow from published ones."""
    return np.flatnonzero(system.unsafe)


def _hidden_sums(choice: Choice, hidden: Flags) -> list[tuple[int, Indices, Indices]]:
    """Sums of hidden cells that are told: total, its hidden parts, and its parts that are told.

    Where a hidden part has parts of its own that are told, they are subtracted too.
    """
    found = []
    for total, parts in choice.relations:
        if hidden[total] or not hidden[parts].any():
            continue
        inside, outside = parts[hidden[parts]], parts[~hidden[parts]]
        found.append((total, inside, outside))
        deeper, told = _unfolded(choice, hidden, inside)
        if told:
            more = np.array(told, dtype=np.int64)
            found.append((total, deeper, np.concatenate([outside, more])))
    return found


def _unfolded(choice: Choice, hidden: Flags, cells: Indices) -> tuple[Indices, list[int]]:
    """Put in the place of hidden cells their hidden parts, where other parts of them are told."""
    inside: list[int] = []
    told: list[int] = []
    todo = [int(cell) for cell in cells]
    while todo:
        cell = todo.pop()
        open_ = [parts for parts in choice.below.get(cell, ()) if not hidden[parts].all()]
        if not open_:
            inside.append(cell)
            continue
        todo += [int(part) for part in open_[0][hidden[open_[0]]]]
        told += [int(part) for part in open_[0][~hidden[open_[0]]]]
    return np.array(sorted(set(inside)), dtype=np.int64), told


def _hide_along_margins(choice: Choice) -> None:
    """Let cells go until what is hidden along each margin is safe as one cell."""
    while True:
        hidden = choice.hidden()
        price = choice.price()
        added = False
        for total, inside, outside in _hidden_sums(choice, hidden):
            if choice.chosen[total] or _sum_is_safe(choice, total, inside, outside):
                continue
            candidates = outside[choice.system.value[outside] > 0]
            candidates = candidates[~choice.chosen[candidates]]
            if not len(candidates):
                choice.take([total])
            else:
                choice.take([_best(choice, inside, candidates, price)])
            added = True
        if not added:
            return


def _best(choice: Choice, inside: Indices, candidates: Indices, price: Array) -> int:
    """The cheapest cell that makes the sum safe; the cheapest of all where none does."""
    order = candidates[np.argsort(price[candidates], kind="stable")]
    serving = (int(one) for one in order[:30] if _is_safe_together(choice, [*inside, int(one)]))
    return next(serving, int(order[0]))


def _sum_is_safe(choice: Choice, total: int, inside: Indices, outside: Indices) -> bool:
    """Whether what can be computed of hidden cells is safe: a told total less its told parts."""
    # With nothing to subtract it is the total itself, whose contributors are known exactly.
    if not len(outside):
        return not choice.system.unsafe[total]
    return _is_safe_together(choice, inside)


def _is_safe_together(choice: Choice, cells: Iterable[int]) -> bool:
    """Whether the sum of cells is safe, with contributors that stand in several taken together.

    Of each cell the two largest contributors are known. Any other may hold up to the second
    largest amount of it, and the worst case is taken.
    """
    system = choice.system
    cells = list(cells)
    if not cells or not system.is_money[cells].all():
        return len(cells) != 1 or not system.unsafe[cells[0]]
    held: dict[str, float] = {}
    kept: dict[str, float] = {}  # what a named one cannot hold besides, being named there
    spares, fewest = [], 0.0
    for cell in cells:
        n, tops = system.tops[cell]
        rest = max(float(system.value[cell]) - sum(amount for _, amount in tops), 0.0)
        spare = min(tops[1][1], rest) if n > len(tops) == 2 else 0.0
        spares.append(spare)
        fewest = max(fewest, n)
        for who, amount in tops:
            held[who] = held.get(who, 0.0) + amount
            kept[who] = kept.get(who, 0.0) + spare
    most = sum(spares)
    reach = [held[who] + most - kept[who] for who in held] + [most, most]
    first, second = sorted(reach, reverse=True)[:2]
    total = float(system.value[cells].sum())
    second = max(min(second, total - first), 0.0)
    n = max(fewest, float(len(held)))
    return not unsafe(total, n, first, second, rules=choice.rules)


def _widen_counts(choice: Choice) -> None:
    """Let cells go until hidden numbers of different units have bounds that are wide enough."""
    system = choice.system
    for total, parts in system.unions:
        while True:
            hidden = choice.hidden()
            known, secret = parts[~hidden[parts]], parts[hidden[parts]]
            narrow = _narrow_counts(system, hidden, total, known, secret)
            if not narrow:
                break
            left = known[system.value[known] > 0]
            if not hidden[total] and not len(left):
                choice.take([total])
            elif len(left):
                choice.take([int(left[np.argmin(choice.price()[left])])])
            else:
                break


def _narrow_counts(
    system: System, hidden: Flags, total: int, known: Indices, secret: Indices
) -> bool:
    """Whether ``largest part <= total <= sum of parts`` bounds an unsafe number too narrowly."""
    value, need, width = system.value, system.need, system.width
    if hidden[total]:
        if width[total] == 0 or len(secret):
            return False
        low, high = value[known].max(initial=0.0), value[known].sum()
        return bool(high < value[total] + need[total] or high - low < width[total])
    for cell in secret[width[secret] > 0]:
        low = value[total] - value[known].sum() if len(secret) == 1 else 0.0
        if value[total] < value[cell] + need[cell] or value[total] - max(low, 0.0) < width[cell]:
            return True
    return False


def _open_bounds(choice: Choice, surroundings: Surroundings) -> None:
    """Let the cheapest cells go until no unsafe cell has bounds that are too narrow."""
    system = choice.system
    cells = sensitive(system)
    cells = cells[system.need[cells] > 0]
    todo = open_cells(system, choice.hidden(), cells, proven=choice.proven)
    while todo:
        before = int(choice.chosen.sum())
        for target in sorted(todo, key=lambda one: -float(system.need[one[0]])):
            _open(choice, surroundings, target)
        left = {cell for cell, _ in todo}
        todo = open_cells(system, choice.hidden(), left, proven=choice.proven)
        if todo and int(choice.chosen.sum()) == before:
            raise DifassError(
                "Disclosure control cannot protect a cell of these tables.",
                todo="Publish fewer tables together, or coarser groups.",
            )


def _open(choice: Choice, surroundings: Surroundings, target: tuple[int, float]) -> None:
    """Let the cells go that open one bound; none where those that went for others do."""
    system, hidden, price = choice.system, choice.hidden(), choice.price()
    most = _FEWEST
    while True:
        near = surroundings.near(target[0], np.where(hidden, 0.0, price), most=most)
        cells = cover(system, hidden, target, near, price)
        if cells is not None:
            choice.take(cells)
            # Nearby cells were enough, so they are enough to prove it too.
            if moves(system, choice.hidden(), target, near):
                choice.proven[0 if target[1] > 0 else 1, target[0]] = True
            return
        if len(near) == system.size:
            raise DifassError(
                "Disclosure control cannot protect a cell of these tables.",
                todo="Publish fewer tables together, or coarser groups.",
            )
        most = most * _WIDENING if most < 10_000 else system.size


def _bring_back(choice: Choice) -> None:
    """Bring back cells that went without need, those with the highest loss first."""
    system = choice.system
    others = np.flatnonzero(choice.chosen & ~system.unsafe)
    telling = np.bincount(
        np.concatenate(system.rows) if system.rows else np.array([], dtype=np.int64),
        minlength=system.size,
    )
    order = others[np.argsort(-(system.weight * telling)[others], kind="stable")]
    for cell in order[: _EFFORT // max(system.size, 1)]:
        before, proven = choice.hidden(), choice.proven
        choice.chosen[cell] = False
        shown = np.flatnonzero(before & ~choice.hidden())
        choice.proven = proven.copy()
        for part in parts_of(system, before, near=shown) if len(shown) else ():
            choice.proven[:, part.cells] = False
        if not is_safe(choice):
            choice.chosen[cell], choice.proven = True, proven


def is_safe(choice: Choice) -> bool:
    """Whether every unsafe cell is hidden and has bounds that are wide enough.

    What ``choice.proven`` holds is not proven again.
    """
    system, hidden = choice.system, choice.hidden()
    cells = sensitive(system)
    if not hidden[cells].all():
        return False
    sums = _hidden_sums(choice, hidden)
    if not all(_sum_is_safe(choice, *one) for one in sums):
        return False
    for total, parts in system.unions:
        known, secret = parts[~hidden[parts]], parts[hidden[parts]]
        if _narrow_counts(system, hidden, total, known, secret):
            return False
    cells = cells[system.need[cells] > 0]
    return not open_cells(system, hidden, cells, proven=choice.proven)
