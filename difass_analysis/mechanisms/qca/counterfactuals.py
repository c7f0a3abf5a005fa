"""What may be assumed of configurations that nobody observed.

Sources: Ragin and Sonnett, "Between complexity and parsimony" (2005), for easy counterfactuals;
Schneider and Wagemann (2012), chapter 8, for untenable and contradictory assumptions (the
enhanced standard analysis).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

from difass_analysis.errors import UsageError, one_of
from difass_analysis.mechanisms.qca.cubes import (
    Cube,
    Fields,
    common,
    holds,
    primes_of_union,
    within,
    without,
)
from difass_analysis.mechanisms.qca.model import Expectations
from difass_analysis.mechanisms.qca.terms import cubes_of, parse


def expected_values(
    expectations: Expectations, conditions: Sequence[str], fields: Fields
) -> dict[int, int]:
    """Return the expected value of each condition, by its place; others have no expectation.

    Parameters
    ----------
    expectations : mapping, sequence or str
        ``{"A": "present", "B": "absent"}`` (or 1, 0, the value of a condition with several, or
        None for no expectation), or literals: ``["A", "~B"]`` or ``"A, ~B"``.
    conditions : sequence of str
        Names of the conditions.
    fields : Fields
        How many values each has.

    Raises
    ------
    UsageError
        When a name is no condition, or a value is not one of its values.

    Examples
    --------
    >>> expected_values("A, ~C", ["A", "B", "C"], Fields.of([2, 2, 2]))
    {0: 1, 2: 0}
    """
    if isinstance(expectations, Mapping):
        given = {name: value for name, value in expectations.items() if value is not None}
    else:
        texts = expectations.split(",") if isinstance(expectations, str) else expectations
        given = {}
        for text in texts:
            ((literal,),) = _single(text, conditions)
            given[literal[0]] = literal[1]
    result: dict[int, int] = {}
    for name, value in given.items():
        if name not in conditions:
            raise one_of("condition", str(name), list(conditions))
        at = list(conditions).index(name)
        words = {"present": 1, "absent": 0}
        level = words.get(value, value) if isinstance(value, str) else value
        if not isinstance(level, int) or not 0 <= level < fields.levels[at]:
            raise UsageError(
                f"The expectation of '{name}' is {value!r}.",
                todo="Write present, absent, or one of its values.",
            )
        result[at] = int(level)
    return result


def _single(text: str, conditions: Sequence[str]) -> tuple[tuple[tuple[str, int], ...], ...]:
    terms = parse(text.strip(), conditions)
    if len(terms) != 1 or len(terms[0]) != 1:
        raise UsageError(
            f"'{text}' is no expectation of one condition.", todo="Write for example A or ~B."
        )
    return terms


def easy_terms(
    conservative: Sequence[Cube],
    parsimonious: Sequence[Cube],
    expected: Mapping[int, int],
    fields: Fields,
) -> list[Cube]:
    """Return what each conservative term becomes when all easy counterfactuals are allowed.

    A literal of a conservative term goes where the parsimonious term around it does without it,
    unless the literal is what theory expects: then dropping it would be a difficult
    counterfactual. Literal by literal, as Ragin and Sonnett (2005) do it by hand.
    """
    terms: dict[Cube, None] = {}
    for inner in conservative:
        for outer in parsimonious:
            if not within(inner, outer):
                continue
            mask = outer[0]
            for at, (field, shift) in enumerate(zip(fields.masks, fields.shifts, strict=True)):
                fixed = inner[0] & field
                if fixed and expected.get(at) == (inner[1] & field) >> shift:
                    mask |= field
            terms[mask, inner[1] & mask] = None
    return list(terms)


def easy_primes(positives: Sequence[int], terms: Sequence[Cube], fields: Fields) -> list[Cube]:
    """Return the prime implicants of the observed positives with the easy counterfactuals."""
    observed = [(fields.full, row) for row in positives]
    return primes_of_union([*terms, *observed], fields)


def excluded_cubes(
    necessary: Sequence[str],
    impossible: Sequence[str],
    conditions: Sequence[str],
    fields: Fields,
) -> list[Cube]:
    """Return what must not be assumed positive: what lacks a necessary condition, or cannot be.

    Parameters
    ----------
    necessary : sequence of str
        Expressions that are necessary for the outcome, such as ``"A"`` or ``"A + ~B"``.
    impossible : sequence of str
        Expressions that no case can have.

    Examples
    --------
    >>> fields = Fields.of([2, 2])
    >>> excluded_cubes(["A"], [], ["A", "B"], fields)
    [(1, 0)]
    """
    lacking = [
        cube
        for expression in necessary
        for cube in _complement(cubes_of(expression, conditions, fields), fields)
    ]
    barred = [
        cube for expression in impossible for cube in cubes_of(expression, conditions, fields)
    ]
    return [*lacking, *barred]


def _complement(terms: Sequence[Cube], fields: Fields) -> list[Cube]:
    """Return cubes that together hold all rows in none of the terms."""
    left: list[Cube] = [(0, 0)]
    for term in terms:
        pieces = [(held, piece) for held in left for piece in _outside(term, fields)]
        joined = [common(held, piece) for held, piece in pieces]
        left = [cube for cube in joined if cube is not None]
    return left


def _outside(term: Cube, fields: Fields) -> list[Cube]:
    """Return the rows outside one term, one cube for each other value of a fixed condition."""
    mask, value = term
    return [
        (field, level << shift)
        for field, shift, count in zip(fields.masks, fields.shifts, fields.levels, strict=True)
        if mask & field
        for level in range(count)
        if level << shift != value & field
    ]


def contradictory_assumptions(
    models: Sequence[Sequence[Cube]], negated: Sequence[Sequence[Cube]]
) -> list[Cube]:
    """Return cubes that are assumed both for the outcome and for its negation."""
    mine = {cube for model in models for cube in model}
    other = {cube for model in negated for cube in model}
    both = [common(one, two) for one, two in product(sorted(mine), sorted(other))]
    return list(dict.fromkeys(cube for cube in both if cube is not None))


def unobserved_part(cubes: Sequence[Cube], positives: Sequence[int], fields: Fields) -> list[Cube]:
    """Return the cubes without the observed positive rows: those are no assumptions."""
    left = list(cubes)
    for row in positives:
        left = [
            piece
            for cube in left
            for piece in (without(cube, row, fields) if holds(cube, row) else [cube])
        ]
    return left
