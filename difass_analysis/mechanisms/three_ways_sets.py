"""The set-theoretic way of the three: calibrated regions and models, or why there are none.

How many conditions few regions can carry is a rule of thumb of this package: k conditions make 2^k
configurations, and there should be about a region for each (eight regions carry three).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import pandas as pd

from difass_analysis.errors import UsageError, one_of
from difass_analysis.mechanisms.qca import Solution, calibrate, minimize, truth_table
from difass_analysis.mechanisms.qca.terms import parse
from difass_analysis.result import Provenance

Anchors = Mapping[str, Mapping[str, float]]

FEWEST: Final = 4
_KINDS: Final = ("conservative", "parsimonious")
_ANCHORS: Final = ("exclusion", "crossover", "inclusion")
COLUMNS: Final = (
    "solution",
    "model",
    "term",
    "consistency",
    "pri",
    "raw_coverage",
    "unique_coverage",
    "cases",
    "note",
)


@dataclass(frozen=True, eq=False, kw_only=True)
class SetAnswer:
    """What the set-theoretic way says.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a term of a conservative or parsimonious model; one row with a note where there is
        no analysis.
    solutions : mapping of str to Solution
        The solutions by kind; empty without an analysis.
    why_not : str
        Why there is no analysis, or no model; empty where there is one.
    asked : bool
        Whether there was an analysis; it may still have found no model.
    roles : mapping of str to str
        Condition to its part in the parsimonious models: ``present`` or ``absent`` (in every
        model, and only so), ``in some models``, ``both ways``, ``in no model``.
    caveats : tuple of str
        The anchors, and what the truth table says of itself.
    """

    frame: pd.DataFrame
    solutions: Mapping[str, Solution] = field(default_factory=dict)
    why_not: str = ""
    asked: bool = False
    roles: Mapping[str, str] = field(default_factory=dict)
    caveats: tuple[str, ...] = ()


def most_conditions(cases: int) -> int:
    """How many conditions so many cases can carry by the rule of thumb: 2^k <= N + 1.

    Examples
    --------
    >>> [most_conditions(n) for n in (4, 7, 8, 14, 15)]
    [2, 3, 3, 3, 4]
    """
    return (cases + 1).bit_length() - 1


def set_answer(
    values: pd.DataFrame,
    *,
    outcome: str,
    conditions: Sequence[str],
    anchors: Anchors | None,
    provenance: Provenance,
) -> SetAnswer:
    """Answer which combinations of conditions go with a high outcome, where that can be asked.

    Parameters
    ----------
    values : pandas.DataFrame
        One row a region, named by the index: the outcome and the conditions, all known.
    outcome : str
        Column of the outcome.
    conditions : sequence of str
        Columns of the conditions.
    anchors : mapping of str to mapping of str to float, optional
        Anchors of the outcome and of each condition, as ``calibrate`` takes them.
    provenance : Provenance
        Where the values are from.

    Raises
    ------
    UsageError
        When anchors are given for an unknown column, or by an unknown name.
    """
    _check_anchors(anchors, [outcome, *conditions])
    why_not = _why_not(values, outcome, conditions, anchors)
    if why_not or anchors is None:
        return _without(why_not)
    cases = pd.DataFrame(index=values.index)
    for name in (outcome, *conditions):
        given = anchors[name]
        found = calibrate(
            values[name],
            exclusion=given.get("exclusion"),
            crossover=given["crossover"],
            inclusion=given.get("inclusion"),
        )
        cases[name] = found.membership.to_numpy()
    table = truth_table(
        cases,
        outcome=outcome,
        conditions=list(conditions),
        consistency=0.8,
        pri=0.5,
        provenance=provenance,
    )
    solutions = {
        "conservative": minimize(table, solution="conservative"),
        "parsimonious": minimize(table, solution="parsimonious"),
    }
    if not solutions["parsimonious"].models:
        why_not = f"no combination of {', '.join(conditions)} reaches the cut-offs for {outcome}"
        roles = dict.fromkeys(conditions, "in no model")
        said = _caveats(anchors, table.caveats)
        return replace(_without(why_not), asked=True, roles=roles, caveats=said)
    frame = pd.concat(
        [one.frame.assign(solution=kind, note="") for kind, one in solutions.items()],
        ignore_index=True,
    )
    return SetAnswer(
        frame=frame[list(COLUMNS)],
        solutions=solutions,
        asked=True,
        caveats=_caveats(anchors, table.caveats),
        roles=_roles(solutions["parsimonious"], conditions),
    )


def _caveats(anchors: Anchors, said: Sequence[str]) -> tuple[str, ...]:
    """Say where each set begins, as its anchors are decisions."""
    parts = []
    for name, given in anchors.items():
        shown = [f"{anchor} {given[anchor]:g}" for anchor in _ANCHORS if anchor in given]
        parts.append(f"{name} ({', '.join(shown)})")
    cuts = "rows of the truth table count from consistency 0.8 and PRI 0.5 on"
    return (f"Sets by anchors that the caller gave: {', '.join(parts)}; {cuts}.", *said)


def _check_anchors(anchors: Anchors | None, names: Sequence[str]) -> None:
    for name, given in (anchors or {}).items():
        if name not in names:
            raise one_of("condition or outcome with anchors", name, list(names))
        for anchor in given:
            if anchor not in _ANCHORS:
                raise one_of("anchor", anchor, list(_ANCHORS))
        if "crossover" not in given:
            raise UsageError(
                f"'{name}' has no crossover.", todo="Say from which value on a region belongs."
            )


def _why_not(
    values: pd.DataFrame, outcome: str, conditions: Sequence[str], anchors: Anchors | None
) -> str:
    count, most = len(values), most_conditions(len(values))
    if count < FEWEST:
        return f"{count} regions are too few: at least {FEWEST} are needed"
    if len(conditions) > most:
        return (
            f"{len(conditions)} conditions make {2 ** len(conditions)} configurations, too many "
            f"for {count} regions, which carry {most} at most: some combination always fits"
        )
    absent = [name for name in (outcome, *conditions) if name not in (anchors or {})]
    if absent:
        return (
            f"no anchors are given for {', '.join(absent)}: where a set begins is for whoever "
            "knows the regions to say"
        )
    return ""


def _without(why_not: str) -> SetAnswer:
    row = dict.fromkeys(COLUMNS) | {"note": why_not}
    return SetAnswer(frame=pd.DataFrame([row], columns=list(COLUMNS)), why_not=why_not)


def _roles(solution: Solution, conditions: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in conditions:
        ways = [
            {value for held, value in _literals(model, conditions) if held == name}
            for model in solution.models
        ]
        every = set.union(*ways)
        if not every:
            found[name] = "in no model"
        elif len(every) > 1:
            found[name] = "both ways"
        elif not all(ways):
            found[name] = "in some models"
        else:
            found[name] = "present" if every == {1} else "absent"
    return found


def _literals(model: Sequence[str], conditions: Sequence[str]) -> list[tuple[str, int]]:
    """Conditions of a model with the value each must have; "1" fixes none."""
    return [pair for term in model if term != "1" for pair in parse(term, conditions)[0]]
