"""Necessity: what is there wherever the outcome is, and whether that says anything.

Sources: Ragin (2008), chapter 3; Goertz (2006) and Schneider and Wagemann (2012), pages 139-147
and 232-237, on trivial necessary conditions.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from difass_analysis.errors import UsageError
from difass_analysis.mechanisms.qca.fit import necessity_fit
from difass_analysis.mechanisms.qca.model import frames_given
from difass_analysis.mechanisms.qca.terms import membership
from difass_analysis.mechanisms.qca.truth import sets_of
from difass_analysis.result import Provenance, Result

#: Consistency from which a condition is usually called necessary, and relevance (RoN) and coverage
#: below which that is trivial.
NECESSARY = 0.9
TRIVIAL = 0.5


def necessity(
    frame: pd.DataFrame,
    *,
    outcome: str,
    conditions: Sequence[str],
    expressions: Sequence[str] = (),
    consistency: float = NECESSARY,
    provenance: Provenance | None = None,
) -> Result:
    """Answer which conditions the outcome does not occur without.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a case: memberships between 0 and 1.
    outcome : str
        Column of the outcome; ``~Y`` for its negation.
    conditions : sequence of str
        Columns; each is tested, and its negation.
    expressions : sequence of str
        Further ones, such as ``"A + B"``: alternatives that are necessary together.
    consistency : float
        From which on a condition is called necessary.
    provenance : Provenance, optional
        Where the cases are from.

    Returns
    -------
    Result
        One row an expression: ``condition``, ``consistency``, ``relevance`` (RoN), ``coverage``,
        ``necessary``, ``trivial`` (necessary by the numbers, and nearly always there). Figures
        are missing where their denominator is zero.

    Raises
    ------
    UsageError
        When a column is not there, or the cut-off is out of range.
    InputError
        When a membership is missing or lies outside 0 to 1.

    Examples
    --------
    >>> cases = pd.DataFrame({"A": [1, 1, 1, 0], "B": [1, 0, 1, 0], "Y": [1, 1, 0, 0]})
    >>> found = necessity(cases, outcome="Y", conditions=["A", "B"]).frame
    >>> found[["condition", "consistency", "necessary"]].values.tolist()
    [['A', 1.0, True], ['~A', 0.0, False], ['B', 0.5, False], ['~B', 0.5, False]]
    """
    if not 0 < consistency <= 1:
        raise UsageError(
            f"consistency = {consistency} is no cut-off.", todo="Give a number from 0 to 1."
        )
    sets = sets_of(frame, outcome=outcome, conditions=conditions)
    several = [
        name for name, count in zip(sets.conditions, sets.fields.levels, strict=True) if count > 2
    ]
    plain = [name for name in sets.conditions if name not in several]
    tested = [text for name in plain for text in (name, f"~{name}")]
    tested += [
        f"{name}{{{value}}}"
        for name, count in zip(sets.conditions, sets.fields.levels, strict=True)
        if name in several
        for value in range(count)
    ]
    rows = []
    for expression in (*tested, *expressions):
        fit = necessity_fit(membership(frame[list(sets.conditions)], expression), sets.outcome)
        needed = fit.consistency >= consistency - 1e-9
        trivial = needed and (fit.relevance < TRIVIAL or fit.coverage < TRIVIAL)
        rows.append([expression, fit.consistency, fit.relevance, fit.coverage, needed, trivial])
    columns = ["condition", "consistency", "relevance", "coverage", "necessary", "trivial"]
    caveats = (
        "A high consistency alone is no necessity: where relevance or coverage is low, the "
        "condition is there in nearly all cases, with the outcome and without it.",
    )
    return Result(
        frame=pd.DataFrame(rows, columns=columns),
        provenance=provenance or frames_given(),
        caveats=caveats,
    )
