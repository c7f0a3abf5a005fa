"""How far a model and its test set agree: fit-oriented and case-oriented parameters.

Source: Oana and Schneider (2021), as their R package SetMethods computes them; a list of test
solutions is gone through whole here, where that package (``rob.fit``) takes its first and last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.mechanisms.qca.cubes import Cube, common, largest
from difass_analysis.mechanisms.qca.fit import sufficiency
from difass_analysis.mechanisms.qca.minimising import cube_membership
from difass_analysis.mechanisms.qca.model import Solution
from difass_analysis.mechanisms.qca.terms import written

Memberships = NDArray[np.float64]
#: Terms up to which a robust core is written out.
_WRITTEN = 60
_FIGURES = ["rf_cons", "rf_cov", "rf_sc_min", "rf_sc_max", "rcr_typ", "rcr_dev"]


def parameters_of(solution: Solution, tests: Mapping[str, Sequence[Solution]]) -> pd.DataFrame:
    """Return the parameters of each model against each test set that has solutions."""
    rows = [
        [model, name, len(held), *_parameters(solution, model, held)]
        for model in range(1, len(solution.models) + 1)
        for name, held in tests.items()
        if held
    ]
    columns = ["model", "test_set", "solutions", *_FIGURES, "rank", "core", "note"]
    return pd.DataFrame(rows, columns=columns)


def cases_of(solution: Solution, tests: Sequence[Solution]) -> pd.DataFrame:
    """Return which cases a model keeps, may lose or may win under the test solutions."""
    columns = ["model", "case", "initial", "least", "most", "outcome", "type"]
    frames = []
    for model in range(1, len(solution.models) + 1) if tests else ():
        x, least, most = _laid(solution, model, tests)
        y = solution.table.sets.outcome
        frames.append(
            pd.DataFrame(
                {
                    "model": model,
                    "case": list(solution.table.sets.names),
                    "initial": x,
                    "least": least,
                    "most": most,
                    "outcome": y,
                    "type": _kinds(x, least, most, y),
                }
            )
        )
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def model_membership(solution: Solution, model: int) -> Memberships:
    """Return how far every case belongs to a model: the most of its terms."""
    parts = [cube_membership(solution.table, cube) for cube in solution.cubes[model - 1]]
    most: Memberships = np.max(parts, axis=0)
    return most


def _laid(
    solution: Solution, model: int, tests: Sequence[Solution]
) -> tuple[Memberships, Memberships, Memberships]:
    """Membership in the model, in every test model, and in any of them."""
    x = model_membership(solution, model)
    none = np.zeros(len(x))
    held = [
        model_membership(test, number) if test.models else none
        for test in tests
        for number in range(1, max(len(test.models), 1) + 1)
    ]
    return x, np.min(held, axis=0), np.max(held, axis=0)


def _parameters(solution: Solution, model: int, tests: Sequence[Solution]) -> list[object]:
    x, least, most = _laid(solution, model, tests)
    y = solution.table.sets.outcome
    core = np.minimum(x, least)
    initial, robust = sufficiency(x, y), sufficiency(core, y)
    kinds = pd.Series(_kinds(x, least, most, y)).str.partition(" ")[0]
    inside, outside = kinds[y > 0.5], kinds[y < 0.5]
    figures = [
        _ratio(initial.consistency, robust.consistency),
        _ratio(robust.coverage, initial.coverage),
        _ratio(np.minimum(x, least).sum(), np.maximum(x, least).sum()),
        _ratio(np.minimum(x, most).sum(), np.maximum(x, most).sum()),
        _robust_share(inside),
        _robust_share(outside),
    ]
    rank = 1 + int((kinds == "possible").any()) + 2 * int((kinds == "shaky").any())
    return [*figures, rank, _core(solution, model, tests), _note(figures, tests)]


def _robust_share(kinds: pd.Series) -> float:
    counts = [int((kinds == name).sum()) for name in ("robust", "shaky", "possible")]
    return _ratio(counts[0], sum(counts))


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 1e-12 else float("nan")


def _kinds(x: Memberships, least: Memberships, most: Memberships, y: Memberships) -> list[str]:
    rules = [
        (np.minimum(x, least) > 0.5, "robust"),
        (np.minimum(x, 1 - least) > 0.5, "shaky"),
        (np.minimum(1 - x, most) > 0.5, "possible"),
        (np.maximum(x, most) < 0.5, "outside"),
    ]
    places = np.select([rule for rule, _ in rules], [name for _, name in rules], "unclear")
    sides = {
        "robust": ("typical", "deviant"),
        "shaky": ("typical", "deviant"),
        "possible": ("typical", "deviant"),
        "outside": ("deviant in coverage", "irrelevant"),
    }
    return [
        f"{place} {sides[place][0 if inside > 0.5 else 1]}"
        if place in sides and inside != 0.5
        else "unclear (0.5)"
        for place, inside in zip((str(place) for place in places), y, strict=True)
    ]


def _core(solution: Solution, model: int, tests: Sequence[Solution]) -> str:
    """Write the robust core: what the model and every test model have in common."""
    fields = solution.table.sets.fields
    held: list[Cube] = list(solution.cubes[model - 1])
    for test in tests:
        if test.table.sets.fields != fields or not test.cubes:
            return ""
        for other in test.cubes:
            joined = [common(one, two) for one in held for two in other]
            held = largest(cube for cube in joined if cube is not None)
            if not held or len(held) > _WRITTEN:
                return ""
    return " + ".join(written(cube, solution.table.conditions, fields) for cube in held)


def _note(figures: Sequence[float], tests: Sequence[Solution]) -> str:
    missing = [name for name, value in zip(_FIGURES, figures, strict=True) if np.isnan(value)]
    empty = sum(not test.models for test in tests)
    parts = [
        f"{', '.join(missing)}: no case or no membership to divide by." if missing else "",
        f"{empty} of the test solutions are empty, and so is the robust core." if empty else "",
    ]
    return " ".join(part for part in parts if part)
