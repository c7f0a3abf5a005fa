"""The same analysis with something changed: an anchor, a cut-off, the cases, the conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.errors import UsageError, one_of
from difass_analysis.mechanisms.qca.calibration import Calibration, recalibrated
from difass_analysis.mechanisms.qca.cubes import Fields
from difass_analysis.mechanisms.qca.minimising import minimize
from difass_analysis.mechanisms.qca.model import Expectations, Sets, Solution, TruthTable
from difass_analysis.mechanisms.qca.terms import parse
from difass_analysis.mechanisms.qca.truth import table_of

ANCHORS, CONSISTENCY, PRI, FREQUENCY = "anchors", "consistency", "pri", "frequency"
CASES, CONDITIONS = "cases", "conditions"
#: Kinds whose variants have the same cases and conditions: they can be laid on the first solution.
COMPARABLE = (ANCHORS, CONSISTENCY, PRI, FREQUENCY)


@dataclass(frozen=True, eq=False, kw_only=True)
class Variant:
    """One change and what it leads to; without a solution where it cannot be made."""

    kind: str
    name: str
    solution: Solution | None
    reason: str = ""


def again(
    solution: Solution,
    sets: Sets,
    *,
    consistency: float | None = None,
    pri: float | None = None,
    frequency: int | None = None,
) -> Solution:
    """Make the analysis of a solution again, with other memberships or cut-offs."""
    table, request = solution.table, solution.request
    changed = table_of(
        sets,
        consistency=table.consistency if consistency is None else consistency,
        pri=table.pri if pri is None else pri,
        frequency=table.frequency if frequency is None else frequency,
        provenance=table.provenance,
    )
    negated = None
    if request.negated is not None:
        other = request.negated
        negated = table_of(
            replace(sets, outcome=1.0 - sets.outcome, outcome_name=other.outcome),
            consistency=other.consistency,
            pri=other.pri,
            frequency=other.frequency,
            provenance=table.provenance,
        )
    names = list(sets.conditions)
    return minimize(
        changed,
        solution=solution.kind,
        expectations=_held_expectations(request.expectations, names),
        necessary=_held(request.necessary, names, table) if request.necessary else None,
        impossible=_held(request.impossible, names, table) if request.impossible else None,
        negated=negated,
        cap=request.cap,
    )


def _held_expectations(
    expectations: Expectations | None, names: Sequence[str]
) -> Expectations | None:
    """Leave out the expectations of conditions that are not in the analysis."""
    if expectations is None:
        return None
    if isinstance(expectations, Mapping):
        return {name: value for name, value in expectations.items() if name in names}
    texts = expectations.split(",") if isinstance(expectations, str) else expectations
    return [text.strip() for text in texts if _name(text) in names]


def _name(literal: str) -> str:
    return literal.strip().removeprefix("~").partition("{")[0].strip()


def _held(expressions: Sequence[str], names: Sequence[str], table: TruthTable) -> list[str]:
    """Leave out the expressions that name a condition which is not in the analysis."""
    return [
        text
        for text in expressions
        if all(name in names for term in parse(text, table.conditions) for name, _ in term)
    ]


def of_cut_offs(
    solution: Solution,
    *,
    consistency: Sequence[float],
    pri: Sequence[float],
    frequency: Sequence[int],
) -> Iterator[Variant]:
    """Yield the variants with other cut-offs, one changed at a time."""
    sets = solution.table.sets
    for cut in consistency:
        found = again(solution, sets, consistency=cut)
        yield Variant(kind=CONSISTENCY, name=f"consistency {cut:g}", solution=found)
    for cut in pri:
        yield Variant(kind=PRI, name=f"PRI {cut:g}", solution=again(solution, sets, pri=cut))
    for count in frequency:
        found = again(solution, sets, frequency=count)
        yield Variant(kind=FREQUENCY, name=f"frequency {count}", solution=found)


def of_anchors(
    solution: Solution, calibrations: Mapping[str, Calibration], *, shift: float
) -> Iterator[Variant]:
    """Yield the variants with one anchor moved up or down."""
    sets = solution.table.sets
    plain = sets.outcome_name.removeprefix("~")
    for name, calibration in calibrations.items():
        if name not in (*sets.conditions, plain):
            raise one_of("condition", name, [*sets.conditions, plain])
        step = shift * _width(calibration)
        for anchor, value in calibration.anchors.items():
            for sign in (-1, 1):
                moved = {**calibration.anchors, anchor: value + sign * step}
                title = f"{name}: {anchor} {value + sign * step:.6g}"
                try:
                    other = recalibrated(calibration, moved)
                except UsageError as problem:
                    yield Variant(kind=ANCHORS, name=title, solution=None, reason=str(problem))
                    continue
                changed = _with_values(sets, name, _aligned(other, sets.names, name))
                yield Variant(kind=ANCHORS, name=title, solution=again(solution, changed))


def _width(calibration: Calibration) -> float:
    """Distance of the outer anchors, or where there is one anchor, the spread of the values."""
    held = list(calibration.anchors.values())
    spread = max(held) - min(held)
    return spread if spread else float(calibration.frame["value"].std())


def _aligned(calibration: Calibration, names: Sequence[str], what: str) -> NDArray[np.float64]:
    """Return the memberships in the order of the cases."""
    held = calibration.membership
    by_name = pd.Series(held.to_numpy(dtype=np.float64), index=[str(name) for name in held.index])
    if not by_name.index.is_unique or not set(names) <= set(by_name.index):
        raise UsageError(
            f"The calibration of '{what}' has other cases than the truth table.",
            todo="Calibrate a column of the frame whose index names the cases.",
        )
    values = by_name.loc[list(names)].to_numpy(dtype=np.float64)
    if np.isnan(values).any():
        raise UsageError(
            f"The calibration of '{what}' leaves cases of the truth table without a membership.",
            todo="Leave those cases out of the analysis.",
        )
    return values


def _with_values(sets: Sets, name: str, values: NDArray[np.float64]) -> Sets:
    if name in sets.conditions:
        at = list(sets.conditions).index(name)
        levels = list(sets.fields.levels)
        if levels[at] > 2:
            levels[at] = max(levels[at], int(values.max()) + 1)
        fields = Fields.of(levels)
        return replace(sets, conditions={**sets.conditions, name: values}, fields=fields)
    negated = sets.outcome_name.startswith("~")
    return replace(sets, outcome=1.0 - values if negated else values)


def of_cases(solution: Solution) -> Iterator[Variant]:
    """Yield the variants without one of the cases."""
    sets = solution.table.sets
    for at, name in enumerate(sets.names):
        rest = replace(
            sets,
            names=(*sets.names[:at], *sets.names[at + 1 :]),
            conditions={key: np.delete(values, at) for key, values in sets.conditions.items()},
            outcome=np.delete(sets.outcome, at),
        )
        if rest.names:
            yield Variant(kind=CASES, name=f"without {name}", solution=again(solution, rest))


def of_conditions(solution: Solution, further: Sets | None) -> Iterator[Variant]:
    """Yield the variants without one of the conditions, and with one more."""
    sets = solution.table.sets
    levels = dict(zip(sets.conditions, sets.fields.levels, strict=True))
    for name in sets.conditions if len(levels) > 1 else ():
        rest = {key: values for key, values in sets.conditions.items() if key != name}
        fields = Fields.of([levels[key] for key in rest])
        changed = replace(sets, conditions=rest, fields=fields)
        yield Variant(kind=CONDITIONS, name=f"without {name}", solution=again(solution, changed))
    for place, (name, values) in enumerate(further.conditions.items() if further else ()):
        more = {**sets.conditions, name: values}
        count = further.fields.levels[place] if further else 2
        changed = replace(sets, conditions=more, fields=Fields.of([*levels.values(), count]))
        yield Variant(kind=CONDITIONS, name=f"with {name}", solution=again(solution, changed))
