"""Minimisation: the shortest explanations of the positive rows, all of them.

Sources: Ragin, *The Comparative Method* (1987), chapters 6-7; Ragin (2008), chapters 8-9;
Schneider and Wagemann (2012), chapters 6 and 8. Models are those with the fewest terms, as in
R QCA (Dusa, *QCA with R*, 2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.errors import UsageError, one_of
from difass_analysis.mechanisms.qca.counterfactuals import (
    contradictory_assumptions,
    easy_primes,
    easy_terms,
    excluded_cubes,
    expected_values,
    unobserved_part,
)
from difass_analysis.mechanisms.qca.covers import Covers, smallest_covers
from difass_analysis.mechanisms.qca.cubes import (
    Cube,
    primes_against,
    primes_within,
    rows_of,
    size,
)
from difass_analysis.mechanisms.qca.fit import sufficiency
from difass_analysis.mechanisms.qca.model import (
    Expectations,
    Model,
    Request,
    Solution,
    SolutionKind,
    TruthTable,
)
from difass_analysis.mechanisms.qca.terms import literal_membership, written

#: Most models that are listed, and most unobserved configurations that are listed for them.
MODELS = 1000
ASSUMPTIONS = 5000
#: Name of the row of the frame that is the whole model.
WHOLE = "(model)"


@dataclass(frozen=True)
class _Found:
    """Models as cubes, whether more exist, and for pairs which models lie between which."""

    models: tuple[tuple[Cube, ...], ...]
    capped: bool
    pairs: dict[tuple[int, int], tuple[tuple[Cube, ...], ...]]


def minimize(
    table: TruthTable,
    *,
    solution: SolutionKind = "conservative",
    expectations: Expectations | None = None,
    necessary: Sequence[str] | str | None = None,
    impossible: Sequence[str] | str | None = None,
    negated: TruthTable | None = None,
    cap: int = MODELS,
) -> Solution:
    """Answer which combinations of conditions explain the outcome, with every model.

    Parameters
    ----------
    table : TruthTable
        From :func:`truth_table`.
    solution : {"conservative", "parsimonious", "intermediate", "enhanced"}
        ``conservative``: nothing is assumed of what nobody observed. ``parsimonious``: whatever
        makes the solution shorter. ``intermediate``: only what agrees with the expectations,
        literal by literal, between each pair of a conservative and a parsimonious model.
        ``enhanced``: parsimonious, or intermediate where expectations are given, without
        assumptions that contradict a necessary condition, cannot be, or are made for the
        negated outcome as well.
    expectations : mapping, sequence or str, optional
        ``{"A": "present", "B": "absent"}`` or ``"A, ~B"``; needed by ``intermediate``.
    necessary, impossible : str or sequence of str, optional
        For ``enhanced``: expressions that are necessary for the outcome, or that no case can have.
    negated : TruthTable, optional
        For ``enhanced``: the truth table of the negated outcome.
    cap : int
        Most models that are listed; ``.capped`` says whether there are more.

    Returns
    -------
    Solution
        Without a model, and with the reason, where there is no positive row.

    Raises
    ------
    UsageError
        When the solution is unknown, expectations are missing or cannot be used, or ``cap`` is
        below 1.

    Examples
    --------
    >>> import pandas as pd
    >>> from difass_analysis.mechanisms.qca import truth_table
    >>> cases = pd.DataFrame({"A": [1, 1, 0, 0], "B": [1, 0, 1, 0], "Y": [1, 1, 1, 0]})
    >>> minimize(truth_table(cases, outcome="Y", conditions=["A", "B"])).models
    (('A', 'B'),)
    """
    request = Request(
        expectations=expectations,
        necessary=_several(necessary),
        impossible=_several(impossible),
        negated=negated,
        cap=cap,
    )
    _check(solution, request)
    found = _found(table, solution, request)
    return _solution(table, solution, found, request)


def _several(expressions: Sequence[str] | str | None) -> tuple[str, ...]:
    return (expressions,) if isinstance(expressions, str) else tuple(expressions or ())


def _found(table: TruthTable, solution: SolutionKind, request: Request) -> _Found:
    positives, negatives, cap = table.rows(1), table.rows(0), request.cap
    fields = table.sets.fields
    observed = [(fields.full, row) for row in negatives]
    barred: list[Cube] = []
    if solution == "enhanced":
        barred = _barred(table, request)
    if solution == "conservative":
        return _plain(smallest_covers(primes_within(positives, fields), positives, cap=cap))
    primes = primes_against(positives, [*observed, *barred], fields)
    outer = smallest_covers(primes, positives, cap=cap)
    if request.expectations is not None and solution != "parsimonious":
        return _between(table, outer, request.expectations, cap)
    return _plain(outer)


def _check(solution: str, request: Request) -> None:
    if solution not in get_args(SolutionKind):
        raise one_of("solution", solution, list(get_args(SolutionKind)))
    if solution == "intermediate" and request.expectations is None:
        raise UsageError(
            "An intermediate solution needs expectations.",
            todo='Say for each condition how it should matter: expectations="A, ~B".',
        )
    if solution != "enhanced" and (request.necessary or request.impossible or request.negated):
        raise UsageError(
            f"A {solution} solution does not use necessary, impossible or negated.",
            todo='Leave them out, or ask for solution="enhanced".',
        )
    if request.cap < 1:
        raise UsageError(f"cap = {request.cap} lists no model.", todo="Give 1 or more.")


def _plain(covers: Covers) -> _Found:
    return _Found(covers.models, covers.capped, {})


def _barred(table: TruthTable, request: Request) -> list[Cube]:
    """Cubes that an enhanced solution must not assume to be positive."""
    fields, positives = table.sets.fields, table.rows(1)
    negated, cap = request.negated, request.cap
    cubes = excluded_cubes(request.necessary, request.impossible, table.conditions, fields)
    if negated is not None:
        if negated.conditions != table.conditions or negated.sets.fields != fields:
            raise UsageError(
                "The table of the negated outcome has other conditions.",
                todo="Make both from the same conditions, in the same order.",
            )
        mine = minimize(table, solution="parsimonious", cap=cap).cubes
        other = minimize(negated, solution="parsimonious", cap=cap).cubes
        cubes += contradictory_assumptions(mine, other)
    return unobserved_part(cubes, positives, fields)


def _between(table: TruthTable, outer: Covers, expectations: Expectations, cap: int) -> _Found:
    """Intermediate models of every pair of a conservative and a parsimonious model."""
    fields, positives = table.sets.fields, table.rows(1)
    expected = expected_values(expectations, table.conditions, fields)
    inner = smallest_covers(primes_within(positives, fields), positives, cap=cap)
    models: dict[tuple[Cube, ...], None] = {}
    pairs: dict[tuple[int, int], tuple[tuple[Cube, ...], ...]] = {}
    capped = inner.capped or outer.capped
    seen: dict[frozenset[Cube], Covers] = {}
    for i, conservative in enumerate(_in_order(table, inner.models), start=1):
        for j, parsimonious in enumerate(_in_order(table, outer.models), start=1):
            terms = frozenset(easy_terms(conservative, parsimonious, expected, fields))
            if terms not in seen:
                primes = easy_primes(positives, sorted(terms), fields)
                seen[terms] = smallest_covers(primes, positives, cap=cap)
            found = seen[terms]
            capped |= found.capped
            ordered = tuple(_ordered(model) for model in found.models)
            pairs[i, j] = ordered
            models.update(dict.fromkeys(ordered))
    listed = tuple(islice(models, cap))
    return _Found(listed, capped or len(models) > cap, pairs)


def _ordered(model: Sequence[Cube]) -> tuple[Cube, ...]:
    """Terms with few conditions first, then by which conditions they have."""
    return tuple(sorted(model, key=lambda cube: (cube[0].bit_count(), cube[0], -cube[1])))


def _in_order(table: TruthTable, models: Sequence[Sequence[Cube]]) -> tuple[tuple[Cube, ...], ...]:
    """Models as they are listed and numbered: by the names of their terms."""
    ordered = {_ordered(model) for model in models}
    return tuple(sorted(ordered, key=lambda model: _names(table, model)))


def _solution(table: TruthTable, kind: SolutionKind, found: _Found, request: Request) -> Solution:
    models = _in_order(table, found.models)
    named = tuple(_names(table, model) for model in models)
    assumed, unlisted = _assumptions(table, models)
    return Solution(
        frame=_frame(table, models, named),
        provenance=table.provenance,
        caveats=(*table.caveats, *_caveats(table, named, found.capped, request.cap, unlisted)),
        models=named,
        capped=found.capped,
        kind=kind,
        outcome=table.outcome,
        table=table,
        assumptions=assumed,
        pairs={
            pair: tuple(_names(table, model) for model in held)
            for pair, held in found.pairs.items()
        },
        cubes=models,
        request=request,
    )


def _names(table: TruthTable, model: Sequence[Cube]) -> Model:
    return tuple(written(cube, table.conditions, table.sets.fields) for cube in model)


def cube_membership(table: TruthTable, cube: Cube) -> NDArray[np.float64]:
    """Return how far every case belongs to a cube: the least of its literals."""
    sets = table.sets
    parts = [
        literal_membership(sets.conditions, (name, (cube[1] & field) >> shift), several=count > 2)
        for name, field, shift, count in zip(
            sets.conditions,
            sets.fields.masks,
            sets.fields.shifts,
            sets.fields.levels,
            strict=True,
        )
        if cube[0] & field
    ]
    if not parts:
        return np.ones(len(sets.names))
    least: NDArray[np.float64] = np.min(parts, axis=0)
    return least


def _frame(
    table: TruthTable, models: Sequence[Sequence[Cube]], named: Sequence[Model]
) -> pd.DataFrame:
    rows: list[list[object]] = []
    outcome = table.sets.outcome
    for number, (model, names) in enumerate(zip(models, named, strict=True), start=1):
        parts = np.array([cube_membership(table, cube) for cube in model])
        whole = parts.max(axis=0)
        total = sufficiency(whole, outcome)
        for at, name in enumerate(names):
            fit = sufficiency(parts[at], outcome)
            rest = np.delete(parts, at, axis=0)
            others = sufficiency(rest.max(axis=0), outcome).coverage if len(rest) else 0.0
            own = [fit.consistency, fit.pri, fit.coverage, total.coverage - others]
            rows.append([number, name, *own, _cases(table, parts[at])])
        joint = [total.consistency, total.pri, total.coverage, float("nan")]
        rows.append([number, WHOLE, *joint, _cases(table, whole)])
    columns = ["model", "term", "consistency", "pri", "raw_coverage", "unique_coverage", "cases"]
    return pd.DataFrame(rows, columns=columns)


def _cases(table: TruthTable, memberships: NDArray[np.float64]) -> str:
    """Name the cases that belong to a term more than not."""
    return ", ".join(table.sets.names[case] for case in np.flatnonzero(memberships > 0.5))


def _assumptions(table: TruthTable, models: Sequence[Sequence[Cube]]) -> tuple[pd.DataFrame, bool]:
    """List unobserved configurations that each model takes for positive, up to a bound."""
    fields, names = table.sets.fields, list(table.conditions)
    positives = table.rows(1)
    rows: list[list[int]] = []
    for number, model in enumerate(models, start=1):
        if sum(size(cube, fields) for cube in model) > ASSUMPTIONS:
            return pd.DataFrame(columns=["model", *names]), True
        held = {row for cube in model for row in rows_of(cube, fields)}
        assumed = sorted(fields.unpack(row) for row in held.difference(positives))
        rows += [[number, *values] for values in assumed]
        if len(rows) > ASSUMPTIONS:
            return pd.DataFrame(columns=["model", *names]), True
    return pd.DataFrame(rows, columns=["model", *names]), False


def _caveats(
    table: TruthTable, named: Sequence[Model], capped: bool, cap: int, unlisted: bool
) -> tuple[str, ...]:
    sentences = []
    if not named:
        sentences.append(
            f"No row reaches the cut-offs for {table.outcome}: there is nothing to explain."
        )
    if len(named) > 1:
        more = f"more than {cap}, of which {cap} are listed" if capped else str(len(named))
        sentences.append(
            f"The data allow {more} models; they fit equally well, and none may be chosen by taste."
        )
    if unlisted:
        sentences.append(
            f"The models assume more than {ASSUMPTIONS} configurations that nobody observed; "
            "they are not listed."
        )
    return tuple(sentences)
