"""What each case says about a solution, and which cases are worth a closer look.

Sources: Schneider and Rohlfing, "Combining QCA and process tracing in set-theoretic multi-method
research" (2013), for the types; the scores are those of the R package SetMethods (Oana and
Schneider, 2018; read in its source: ``cases.suf.typ``, ``cases.suf.dcn``, ``cases.suf.dcv``), but
that for deviant cases in degree, which is this package's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.display import qca_scatter
from difass_analysis.errors import one_of
from difass_analysis.mechanisms.qca.minimising import WHOLE, cube_membership
from difass_analysis.mechanisms.qca.model import Sets, Solution
from difass_analysis.mechanisms.qca.truth import nearest_configuration, row_membership
from difass_analysis.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TYPICAL = "typical"
KIND = "deviant in consistency (kind)"
DEGREE = "deviant in consistency (degree)"
COVERAGE = "deviant in coverage"
IRRELEVANT = "individually irrelevant"
OTHER = "other term"
HALF = "at the crossover"
#: Names are those of the field; the order is that in which the cases are listed.
TYPES = (KIND, COVERAGE, DEGREE, TYPICAL, OTHER, IRRELEVANT, HALF)
#: Memberships of negated sets carry rounding.
_ROUNDING = 1e-9
_COLUMNS = [
    "term",
    "case",
    "membership",
    "outcome",
    "type",
    "score",
    "only_here",
    "configuration",
    "first_choice",
]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CaseTypes(Result):
    """The type of every case, for each term of one model and for the whole of it.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row for each term (and "(model)") and case: ``term``, ``case``, ``membership``,
        ``outcome``, ``type``, ``score`` (the lower, the better the case shows its type; missing
        where the type has none), ``only_here`` (in this term and in no other one),
        ``configuration`` (number of the truth table's row to which the case belongs most),
        ``first_choice`` (best of its term and type; for deviant in coverage best of its
        configuration).
    model : int
        Number of the model.
    outcome : str
        The outcome as it is written.
    """

    model: int
    outcome: str

    def plot(self, *, term: str = WHOLE, ax: Axes | None = None) -> Axes:
        """Draw the cases by their membership in a term and in the outcome; return the Axes.

        Parameters
        ----------
        term : str
            One of the terms; the whole model by default.
        ax : matplotlib.axes.Axes, optional
            Axes to draw on; a new figure is made without it.

        Raises
        ------
        UsageError
            When the model has no such term.
        """
        held = list(dict.fromkeys(self.frame["term"]))
        if term not in held:
            raise one_of("term", term, held)
        rows = self.frame[self.frame["term"] == term].rename(columns={"case": "label"})
        return qca_scatter.membership_scatter(
            rows,
            term="the model" if term == WHOLE else term,
            outcome=self.outcome,
            caveats=self.caveats,
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )


def case_types(solution: Solution, *, model: int = 1) -> CaseTypes:
    """Answer which cases bear a solution out, which contradict it, and which to study in depth.

    With X the membership in the term or model and Y that in the outcome:

    - typical: X > 0.5, Y > 0.5, X <= Y; score 2 (Y - X) + (1 - X)
    - deviant in consistency (degree): X > 0.5, Y > 0.5, X > Y; score 1 - (X - Y)
    - deviant in consistency (kind): X > 0.5, Y < 0.5; score 1 - (X - Y) + (1 - X)
    - deviant in coverage: in no term, Y > 0.5; score 1 - membership in its configuration
    - individually irrelevant: in no term, Y < 0.5
    - other term: not in this term, but in another one of the model
    - at the crossover: X or Y is exactly 0.5, so that the case has no type

    Parameters
    ----------
    solution : Solution
        From :func:`minimize`.
    model : int
        Number of the model, from 1.

    Returns
    -------
    CaseTypes
        What to do with them is in the caveats.

    Raises
    ------
    UsageError
        When there is no such model.

    Examples
    --------
    >>> from difass_analysis.mechanisms.qca import minimize, truth_table
    >>> cases = pd.DataFrame({"A": [0.9, 0.8, 0.2, 0.1], "Y": [0.95, 0.3, 0.9, 0.2]},
    ...                      index=["w", "x", "y", "z"])
    >>> table = truth_table(cases, outcome="Y", conditions=["A"], consistency=0.7)
    >>> found = case_types(minimize(table)).frame
    >>> found[found["term"] == "(model)"][["case", "type"]].values.tolist()
    [['x', 'deviant in consistency (kind)'], ['y', 'deviant in coverage'], \
['w', 'typical'], ['z', 'individually irrelevant']]
    """
    solution.check_model(model)
    sets = solution.table.sets
    parts = np.array([cube_membership(solution.table, cube) for cube in solution.cubes[model - 1]])
    whole = parts.max(axis=0)
    homes = [nearest_configuration(sets, case) for case in range(len(sets.names))]
    frames = []
    for at, term in enumerate((*solution.models[model - 1], WHOLE)):
        own = parts[at] if at < len(parts) else whole
        others = np.delete(parts, at, axis=0) if at < len(parts) else parts[:0]
        elsewhere = np.array((others > 0.5).any(axis=0), dtype=np.bool_)
        frames.append(_rows(sets, term, own, elsewhere, homes))
    return CaseTypes(
        frame=pd.concat(frames, ignore_index=True)[_COLUMNS],
        provenance=solution.provenance,
        caveats=(*solution.caveats, *_advice(whole, sets.outcome, solution.outcome)),
        model=model,
        outcome=solution.outcome,
    )


def _rows(
    sets: Sets,
    term: str,
    own: NDArray[np.float64],
    elsewhere: NDArray[np.bool_],
    homes: Sequence[tuple[int, ...]],
) -> pd.DataFrame:
    home = np.array(
        [row_membership(sets, values)[case] for case, values in enumerate(homes)], dtype=np.float64
    )
    types = _types(own, sets.outcome, elsewhere)
    frame = pd.DataFrame(
        {
            "term": term,
            "case": list(sets.names),
            "membership": own,
            "outcome": sets.outcome,
            "type": types,
            "score": _scores(types, own, sets.outcome, home),
            "only_here": (own > 0.5) & ~elsewhere,
            "configuration": [sets.number(values) for values in homes],
        }
    )
    group = [frame["type"], frame["configuration"].where(frame["type"] == COVERAGE, 0)]
    best = frame.groupby(group)["score"].transform("min")
    frame["first_choice"] = frame["score"].notna() & (frame["score"] <= best + 1e-12)
    rank = frame["type"].map({name: place for place, name in enumerate(TYPES)})
    return frame.assign(rank=rank).sort_values(["rank", "score"], kind="stable")


def _types(
    x: NDArray[np.float64], y: NDArray[np.float64], elsewhere: NDArray[np.bool_]
) -> list[str]:
    rules = [
        ((x == 0.5) | (y == 0.5), HALF),
        ((x > 0.5) & (y < 0.5), KIND),
        ((x > 0.5) & (x > y + _ROUNDING), DEGREE),
        (x > 0.5, TYPICAL),
        (elsewhere, OTHER),
        (y > 0.5, COVERAGE),
    ]
    chosen = np.select([rule for rule, _ in rules], [name for _, name in rules], IRRELEVANT)
    return [str(name) for name in chosen]


def _scores(
    types: Sequence[str],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    home: NDArray[np.float64],
) -> list[float]:
    scores = {
        TYPICAL: 2 * (y - x) + (1 - x),
        DEGREE: 1 - (x - y),
        KIND: 1 - (x - y) + (1 - x),
        COVERAGE: 1 - home,
    }
    return [
        float(scores[name][at]) if name in scores else float("nan") for at, name in enumerate(types)
    ]


def _advice(x: NDArray[np.float64], y: NDArray[np.float64], outcome: str) -> tuple[str, ...]:
    kind = int(((x > 0.5) & (y < 0.5)).sum())
    missed = int(((x < 0.5) & (y > 0.5)).sum())
    sentences = (
        (
            kind,
            f"{kind} cases are in the model but not in {outcome}: compare each with a typical case "
            "of the same term; a condition may be missing from the term.",
        ),
        (
            missed,
            f"{missed} cases are in {outcome} but in no term: compare each with an irrelevant case "
            "of the same configuration; a whole way to the outcome may be missing.",
        ),
    )
    return tuple(text for count, text in sentences if count)
