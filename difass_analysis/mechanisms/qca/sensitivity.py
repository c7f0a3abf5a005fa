"""Robustness: what of a solution stays when a decision of the analyst is changed.

Sources: Skaaning, "Assessing the robustness of crisp-set and fuzzy-set QCA results" (2011), for
what is changed; Oana and Schneider, "A robustness test protocol for applied QCA" (2021), for the
parameters, whose formulas were read in their R package SetMethods (``rob.fit``,
``rob.corefit``, ``rob.case.ratio``); against the article itself they are unverified.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from difass_analysis.errors import UsageError
from difass_analysis.mechanisms.qca.calibration import Calibration
from difass_analysis.mechanisms.qca.minimising import WHOLE
from difass_analysis.mechanisms.qca.model import Sets, Solution
from difass_analysis.mechanisms.qca.robust_fit import cases_of, parameters_of
from difass_analysis.mechanisms.qca.terms import parse
from difass_analysis.mechanisms.qca.truth import sets_of
from difass_analysis.mechanisms.qca.variants import (
    COMPARABLE,
    Variant,
    again,
    of_anchors,
    of_cases,
    of_conditions,
    of_cut_offs,
)
from difass_analysis.result import Result

ALL = "all"
_OUTCOME = "(outcome)"
#: How far the consistency cut-off is moved where no other ones are given.
STEP = 0.05
_COLUMNS = [
    "kind",
    "variant",
    "models",
    "solution",
    "same",
    "kept",
    "lost",
    "new",
    "consistency",
    "coverage",
    "note",
]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Robustness(Result):
    """What a solution becomes under other decisions.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a variant: ``kind`` (anchors, consistency, pri, frequency, cases, conditions),
        ``variant``, ``models`` (how many), ``solution`` (the first model), ``same`` (the same set
        of models), ``kept``, ``lost``, ``new`` (numbers of terms, over all models),
        ``consistency``, ``coverage`` (of the first model, in the variant's own data), ``note``.
    terms : pandas.DataFrame
        One row for each term of the solution and kind, and ``all``: ``term``, ``kind``,
        ``variants`` (in which the term is possible), ``in_some_model``, ``in_every_model``
        (shares of those variants).
    parameters : pandas.DataFrame
        One row for each model and test set: ``model``, ``test_set`` (a kind, or all kinds with the
        same cases and conditions), ``solutions``, ``rf_cons``, ``rf_cov``, ``rf_sc_min``,
        ``rf_sc_max``, ``rcr_typ``, ``rcr_dev``, ``rank``, ``core``, ``note``.
    ranges : pandas.DataFrame
        ``cut_off``, ``given``, ``above``, ``up_to``: the models are the same for every cut-off
        above the one and up to the other.
    cases : pandas.DataFrame
        ``model``, ``case``, ``initial``, ``least``, ``most`` (memberships in the model, in all test
        solutions, in any), ``outcome``, ``type``.
    """

    terms: pd.DataFrame = field(default_factory=pd.DataFrame)
    parameters: pd.DataFrame = field(default_factory=pd.DataFrame)
    ranges: pd.DataFrame = field(default_factory=pd.DataFrame)
    cases: pd.DataFrame = field(default_factory=pd.DataFrame)


def robustness(
    solution: Solution,
    *,
    consistency: Sequence[float] | None = None,
    pri: Sequence[float] = (),
    frequency: Sequence[int] | None = None,
    calibrations: Mapping[str, Calibration] | None = None,
    shift: float = 0.1,
    extra: pd.DataFrame | None = None,
) -> Robustness:
    """Answer which terms of a solution stay when a decision is changed, one at a time.

    Every case is left out in turn, and every condition. With X the membership in a model, T the
    models of the test set, C = min(X, all T) the robust core, and cons and cov consistency and
    coverage of sufficiency:

    - ``rf_cons`` = cons(X) / cons(C), ``rf_cov`` = cov(C) / cov(X)
    - ``rf_sc_min`` = sum min(X, min T) / sum max(X, min T); ``rf_sc_max`` the same with max T
    - robust cases are in X and in every T, shaky ones in X but not in every T, possible ones not
      in X but in some T; ``rcr_typ`` = robust / (robust + shaky + possible) among cases in the
      outcome, ``rcr_dev`` among the others
    - ``rank``: 1 neither shaky nor possible cases, 2 only possible, 3 only shaky, 4 both

    Parameters
    ----------
    solution : Solution
        From :func:`minimize`.
    consistency, pri : sequence of float, optional
        Other cut-offs; for consistency 0.05 more and less if none are given.
    frequency : sequence of int, optional
        Other numbers of cases; one more if none are given.
    calibrations : mapping of str to Calibration, optional
        How conditions, or the outcome, were calibrated: each of their anchors is moved.
    shift : float
        How far: a share of the distance of the outer anchors, or where there is one anchor, of
        the standard deviation of the values.
    extra : pandas.DataFrame, optional
        Further conditions, added one at a time; one row a case, named by the index.

    Returns
    -------
    Robustness
        A parameter is missing, with a note, where its denominator is zero.

    Raises
    ------
    UsageError
        When the solution has no model, a cut-off is out of range, or cases do not match.
    InputError
        When a further condition holds no memberships.

    Examples
    --------
    >>> from difass_analysis.mechanisms.qca import minimize, truth_table
    >>> cases = pd.DataFrame({"A": [1, 1, 0, 0], "B": [1, 0, 1, 0], "Y": [1, 1, 1, 0]})
    >>> found = robustness(minimize(truth_table(cases, outcome="Y", conditions=["A", "B"])))
    >>> found.terms.query("kind == 'cases'")[["term", "variants", "in_some_model"]].values.tolist()
    [['A', 4, 0.5], ['B', 4, 0.5]]
    """
    if not solution.models:
        raise UsageError(
            "The solution has no model, so that nothing can stay.",
            todo="Look at its caveats: no row reaches the cut-offs.",
        )
    if not 0 < shift < 1:
        raise UsageError(f"shift = {shift} is no share.", todo="Give a number between 0 and 1.")
    table = solution.table
    around = [table.consistency - STEP, table.consistency + STEP]
    cuts = [round(cut, 10) for cut in around if 0 < cut <= 1]
    variants = [
        *of_anchors(solution, calibrations or {}, shift=shift),
        *of_cut_offs(
            solution,
            consistency=cuts if consistency is None else consistency,
            pri=pri,
            frequency=[table.frequency + 1] if frequency is None else frequency,
        ),
        *of_cases(solution),
        *of_conditions(solution, _further(extra, table.sets)),
    ]
    frame = pd.DataFrame([_row(solution, one) for one in variants], columns=_COLUMNS)
    tests = {
        kind: [v.solution for v in variants if v.kind == kind and v.solution] for kind in COMPARABLE
    }
    tests[ALL] = [one for kind in COMPARABLE for one in tests[kind]]
    return Robustness(
        frame=frame,
        provenance=solution.provenance,
        caveats=(*solution.caveats, *_caveats(frame, bool(calibrations))),
        terms=_terms(solution, variants),
        parameters=parameters_of(solution, tests),
        ranges=_ranges(solution),
        cases=cases_of(solution, tests[ALL]),
    )


def _further(extra: pd.DataFrame | None, sets: Sets) -> Sets | None:
    if extra is None:
        return None
    names = [str(name) for name in extra.index]
    if len(set(names)) < len(names) or not set(sets.names) <= set(names):
        raise UsageError(
            "The further conditions have other cases than the truth table.",
            todo="Give one row a case, with the same index.",
        )
    clash = [str(name) for name in extra.columns if str(name) in sets.conditions]
    if clash:
        raise UsageError(
            f"{', '.join(clash)} is a condition already.", todo="Leave it out of the further ones."
        )
    held = extra.set_axis(names).loc[list(sets.names)]
    outcome = pd.Series(sets.outcome, index=held.index)
    return sets_of(
        held.assign(**{_OUTCOME: outcome}),
        outcome=_OUTCOME,
        conditions=[str(name) for name in held],
    )


def _term_set(solution: Solution) -> set[str]:
    return {term for model in solution.models for term in model}


def _models(solution: Solution) -> set[frozenset[str]]:
    return {frozenset(model) for model in solution.models}


def _row(solution: Solution, variant: Variant) -> list[object]:
    found, nan = variant.solution, float("nan")
    if found is None:
        return [variant.kind, variant.name, 0, "", False, 0, 0, 0, nan, nan, variant.reason]
    before, after = _term_set(solution), _term_set(found)
    whole = found.frame[found.frame["term"] == WHOLE]
    fit = whole.iloc[0][["consistency", "raw_coverage"]].tolist() if len(whole) else [nan, nan]
    return [
        variant.kind,
        variant.name,
        len(found.models),
        " + ".join(found.models[0]) if found.models else "",
        _models(found) == _models(solution),
        len(before & after),
        len(before - after),
        len(after - before),
        *fit,
        "" if found.models else "No row reaches the cut-offs: there is no solution.",
    ]


def _terms(solution: Solution, variants: Sequence[Variant]) -> pd.DataFrame:
    """Count in which variants each term is found, among those that have its conditions."""
    rows = []
    kinds = list(dict.fromkeys(variant.kind for variant in variants))
    for term in dict.fromkeys(term for model in solution.models for term in model):
        needed = set() if term == "1" else {n for n, _ in parse(term, solution.table.conditions)[0]}
        for kind in (*kinds, ALL):
            held = [
                one.solution.models
                for one in variants
                if one.solution is not None
                and kind in (one.kind, ALL)
                and needed <= set(one.solution.table.conditions)
            ]
            some = [any(term in model for model in models) for models in held]
            every = [bool(models) and all(term in m for m in models) for models in held]
            shares = [float(np.mean(some)), float(np.mean(every))] if held else [float("nan")] * 2
            rows.append([term, kind, len(held), *shares])
    return pd.DataFrame(
        rows, columns=["term", "kind", "variants", "in_some_model", "in_every_model"]
    )


def _ranges(solution: Solution) -> pd.DataFrame:
    """Find how far each cut-off can be moved with the same models: exact, not in steps."""
    table = solution.table
    counted = table.frame[table.frame["n"] >= table.frequency]
    held = sorted(set(counted["consistency"].round(9)))
    # A cut-off works in the same way from above one row's consistency up to the next row's. There
    # is a row at or above it, because there is a model.
    least = table.consistency - 2e-9  # the table's own tolerance and that of rounding
    above = [value for value in held if value < least]
    below = [value for value in held if value >= least]
    low = _reach(solution, above[::-1], cut="consistency")
    # The first row at or above the given cut-off is where the given cut-off works as well.
    high = _reach(solution, below[1:], cut="consistency")
    frequencies = range(table.frequency + 1, int(table.frame["n"].max()) + 2)
    more = _reach(solution, list(frequencies), cut="frequency")
    fewer = _reach(solution, list(range(table.frequency - 1, 0, -1)), cut="frequency")
    rows = [
        [
            "consistency",
            table.consistency,
            above[::-1][low] if low < len(above) else 0.0,
            below[high],
        ],
        ["frequency", table.frequency, table.frequency - 1 - fewer, table.frequency + more],
    ]
    return pd.DataFrame(rows, columns=["cut_off", "given", "above", "up_to"])


def _reach(solution: Solution, cuts: Sequence[float], *, cut: str) -> int:
    """Count how many of the cut-offs in turn leave the models as they are."""
    sets, models = solution.table.sets, _models(solution)
    for done, value in enumerate(cuts):
        if cut == "frequency":
            found = again(solution, sets, frequency=int(value))
        elif value <= 0:
            return done
        else:
            found = again(solution, sets, consistency=value)
        if _models(found) != models:
            return done
    return len(cuts)


def _caveats(frame: pd.DataFrame, calibrated: bool) -> tuple[str, ...]:
    made = frame[frame["note"] == ""]
    changed = made[~made["same"]]
    alone = [str(name) for name in changed.loc[changed["kind"] == "cases", "variant"]]
    empty = int((frame["models"] == 0).sum())
    sentences = (
        (1, f"{int(made['same'].sum())} of {len(frame)} variants give the same models."),
        (len(alone), f"The solution hangs on single cases: {', '.join(alone[:5])}."),
        (empty, f"{empty} variants have no solution, or cannot be made; see their notes."),
        (not calibrated, "No calibration is given, so that no anchor was moved."),
        (
            1,
            "One decision is changed at a time; solutions can change more when several change "
            "together. The formulas of the parameters are unverified against the article.",
        ),
    )
    return tuple(text for there, text in sentences if there)
