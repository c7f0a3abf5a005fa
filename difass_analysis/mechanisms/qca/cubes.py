"""Implicants as bit masks: prime implicants from positive rows against negative ones.

A row of a truth table is an integer with one field of bits for each condition. A cube is a pair
``(mask, value)``: the fields in the mask are fixed, the others are free, and a row lies in the cube
where ``row & mask == value``. Nothing here lists the rows that nobody observed: with sixteen
conditions there are 65,536 of them.

Sources: McCluskey, "Minimization of Boolean functions" (1956); Berge, *Hypergraphs* (1989),
chapter 2 (minimal transversals); Brown, *Boolean Reasoning* (1990), chapter 3 (consensus).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

Cube = tuple[int, int]
#: The cube of all rows: nothing is fixed.
EVERYTHING: Cube = (0, 0)


@dataclass(frozen=True)
class Fields:
    """Where each condition's field of bits lies, and how many values the condition has.

    Examples
    --------
    >>> fields = Fields.of([2, 3])
    >>> row = fields.pack([1, 2])
    >>> row, fields.unpack(row), fields.masks
    (5, (1, 2), (1, 6))
    """

    levels: tuple[int, ...]
    shifts: tuple[int, ...]
    masks: tuple[int, ...]

    @classmethod
    def of(cls, levels: Sequence[int]) -> Fields:
        """Lay out the fields of conditions with these numbers of values."""
        shifts, masks, at = [], [], 0
        for count in levels:
            width = max(1, (count - 1).bit_length())
            shifts.append(at)
            masks.append(((1 << width) - 1) << at)
            at += width
        return cls(tuple(levels), tuple(shifts), tuple(masks))

    @property
    def full(self) -> int:
        """Mask of all fields."""
        return sum(self.masks)

    def pack(self, values: Sequence[int]) -> int:
        """Return a row of values as one integer."""
        return sum(value << shift for value, shift in zip(values, self.shifts, strict=True))

    def unpack(self, row: int) -> tuple[int, ...]:
        """Return the values of a row, in the order of the conditions."""
        return tuple(
            (row & mask) >> shift for mask, shift in zip(self.masks, self.shifts, strict=True)
        )

    def differing(self, one: int, other: int, *, within: int) -> int:
        """Return, one bit a condition, where two rows differ inside a mask."""
        difference = (one ^ other) & within
        return sum(1 << i for i, mask in enumerate(self.masks) if difference & mask)

    def mask_of(self, conditions: int) -> int:
        """Return the mask of a set of conditions that is given one bit a condition."""
        return sum(mask for i, mask in enumerate(self.masks) if conditions >> i & 1)


def holds(cube: Cube, row: int) -> bool:
    """Whether a row lies in a cube."""
    return row & cube[0] == cube[1]


def within(inner: Cube, outer: Cube) -> bool:
    """Whether every row of the inner cube lies in the outer one.

    Examples
    --------
    >>> within((0b11, 0b01), (0b01, 0b01)), within((0b01, 0b01), (0b11, 0b01))
    (True, False)
    """
    return outer[0] & inner[0] == outer[0] and inner[1] & outer[0] == outer[1]


def common(one: Cube, other: Cube) -> Cube | None:
    """Return the cube of the rows in both; None where there is none."""
    shared = one[0] & other[0]
    if (one[1] ^ other[1]) & shared:
        return None
    return one[0] | other[0], one[1] | other[1]


def primes_against(
    positives: Sequence[int], negatives: Sequence[Cube], fields: Fields
) -> list[Cube]:
    """Return the largest cubes that hold a positive row and no row of a negative cube.

    A cube around a positive row avoids a negative one where it fixes a condition in which the two
    differ; so its fixed conditions are a minimal set that meets all those differences.
    """
    found: dict[Cube, None] = {}
    for row in positives:
        differences = [fields.differing(row, value, within=mask) for mask, value in negatives]
        for conditions in minimal_transversals(differences):
            mask = fields.mask_of(conditions)
            found[mask, row & mask] = None
    return list(found)


def minimal_transversals(sets: Iterable[int]) -> list[int]:
    """Return the minimal sets that meet every one of the given sets, all as bit masks.

    An empty set among the given ones cannot be met: then there is none.

    Examples
    --------
    >>> sorted(minimal_transversals([0b011, 0b110]))
    [2, 5]
    """
    found = [0]
    for one in _smallest(sets):
        meeting = [held for held in found if held & one]
        bits = [1 << i for i in range(one.bit_length()) if one >> i & 1]
        grown = {
            held | bit for held in found if not held & one for bit in bits
        }  # two that did not meet can grow into one and the same
        new = [c for c in grown if not any(held & c == held for held in meeting)]
        found = meeting + _smallest(new)
    return found


def _smallest(sets: Iterable[int]) -> list[int]:
    """Leave out every set that contains another one."""
    kept: list[int] = []
    for one in sorted(set(sets), key=lambda s: (s.bit_count(), s)):
        if not any(held & one == held for held in kept):
            kept.append(one)
    return kept


def primes_within(rows: Iterable[int], fields: Fields) -> list[Cube]:
    """Return the largest cubes all of whose rows are among the given ones."""
    level = {(fields.full, row) for row in rows}
    primes: list[Cube] = []
    while level:
        merged: set[Cube] = set()
        larger: set[Cube] = set()
        for field, count in zip(fields.masks, fields.levels, strict=True):
            families: dict[Cube, list[Cube]] = {}
            for mask, value in level:
                if mask & field:
                    families.setdefault((mask & ~field, value & ~field), []).append((mask, value))
            for parent, family in families.items():
                if len(family) == count:
                    merged.update(family)
                    larger.add(parent)
        primes += sorted(level - merged)
        level = larger
    return primes


def primes_of_union(cubes: Iterable[Cube], fields: Fields) -> list[Cube]:
    """Return the largest cubes that lie in the union of the given ones, by consensus."""
    held = largest(cubes)
    while True:
        new = [
            cube
            for field, shift, count in zip(fields.masks, fields.shifts, fields.levels, strict=True)
            for cube in _consensus(held, field, shift, count)
            if not any(within(cube, other) for other in held)
        ]
        if not new:
            return held
        held = largest([*held, *new])


def _consensus(cubes: Sequence[Cube], field: int, shift: int, count: int) -> Iterable[Cube]:
    """Yield what cubes that fix one condition at each of its values have in common elsewhere."""
    by_value = [
        [
            (mask & ~field, value & ~field)
            for mask, value in cubes
            if mask & field and value & field == level << shift
        ]
        for level in range(count)
    ]
    for family in product(*by_value):
        joint: Cube | None = EVERYTHING
        for cube in family:
            joint = common(joint, cube) if joint is not None else None
        if joint is not None:
            yield joint


def largest(cubes: Iterable[Cube]) -> list[Cube]:
    """Leave out every cube that lies in another one."""
    kept: list[Cube] = []
    for cube in sorted(set(cubes), key=lambda c: (c[0].bit_count(), c)):
        if not any(within(cube, held) for held in kept):
            kept.append(cube)
    return kept


def without(cube: Cube, row: int, fields: Fields) -> list[Cube]:
    """Return disjoint cubes that hold all rows of a cube but one.

    Examples
    --------
    >>> without((0, 0), 0b11, Fields.of([2, 2]))
    [(1, 0), (3, 1)]
    """
    if not holds(cube, row):
        return [cube]
    pieces: list[Cube] = []
    mask, value = cube
    for field, shift, count in zip(fields.masks, fields.shifts, fields.levels, strict=True):
        if mask & field:
            continue
        own = (row & field) >> shift
        pieces += [(mask | field, value | level << shift) for level in range(count) if level != own]
        mask, value = mask | field, value | (row & field)
    return pieces


def rows_of(cube: Cube, fields: Fields) -> list[int]:
    """List the rows of a cube; ask for its size first: see :func:`size`."""
    choices = [
        [(cube[1] & field)] if cube[0] & field else [level << shift for level in range(count)]
        for field, shift, count in zip(fields.masks, fields.shifts, fields.levels, strict=True)
    ]
    return [sum(parts) for parts in product(*choices)]


def size(cube: Cube, fields: Fields) -> int:
    """Count the rows of a cube."""
    count = 1
    for field, levels in zip(fields.masks, fields.levels, strict=True):
        count *= 1 if cube[0] & field else levels
    return count
