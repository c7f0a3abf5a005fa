"""Findings about memberships, before they are analysed: missing, out of range, at the crossover."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from difass_analysis.errors import one_of
from difass_analysis.mechanisms.qca.model import frames_given
from difass_analysis.mechanisms.qca.terms import has_values
from difass_analysis.result import Findings, Provenance

_COLUMNS = [
    "severity",
    "rule",
    "table",
    "file",
    "line",
    "column",
    "key",
    "value",
    "message",
    "todo",
]


@dataclass(frozen=True)
class _Rule:
    name: str
    severity: str
    message: str
    todo: str


_MISSING = _Rule(
    "membership_missing",
    "error",
    "The case has no membership.",
    "Find the value, or leave the case out and say so.",
)
_OUTSIDE = _Rule(
    "membership_outside",
    "error",
    "A membership lies between 0 and 1; this is a value that was not calibrated.",
    "Calibrate the column: mechanisms.qca.calibrate.",
)
_HALF = _Rule(
    "membership_half",
    "warning",
    "At exactly 0.5 the case is neither in nor out, and belongs to no row of the truth table.",
    "Move the crossover by what is known of the case; never by chance.",
)
_RULES = (_MISSING, _OUTSIDE, _HALF)


def check_memberships(
    frame: pd.DataFrame,
    *,
    outcome: str,
    conditions: Sequence[str],
    provenance: Provenance | None = None,
) -> Findings:
    """Answer which memberships cannot be analysed, or place a case nowhere.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a case, named by the index.
    outcome : str
        Column of the outcome; ``~Y`` is checked as ``Y``.
    conditions : sequence of str
        Columns of the conditions. Whole numbers with one above 1 are a condition with several
        values, for which 0.5 is no crossover.
    provenance : Provenance, optional
        Where the cases are from.

    Returns
    -------
    Findings
        Missing and outside 0 to 1 are errors, at which :func:`truth_table` stops; exactly 0.5 is a
        warning.

    Raises
    ------
    UsageError
        When a column is not there.

    Examples
    --------
    >>> cases = pd.DataFrame({"A": [0.5, 0.7], "Y": [1.4, 0.2]}, index=["x", "y"])
    >>> found = check_memberships(cases, outcome="Y", conditions=["A"]).frame
    >>> found[["severity", "rule", "column", "key"]].values.tolist()
    [['warning', 'membership_half', 'A', 'x'], ['error', 'membership_outside', 'Y', 'x']]
    """
    names = [*conditions, outcome.removeprefix("~").strip()]
    for name in names:
        if name not in frame.columns:
            raise one_of("column", name, [str(column) for column in frame.columns])
    rows = [row for name in names for row in _of_column(frame, name, several=name != names[-1])]
    found = pd.DataFrame(rows, columns=_COLUMNS)
    checked = len(frame) * len(names)
    counts = found["rule"].value_counts()
    rules = [
        [rule.name, "memberships", rule.severity, checked, int(counts.get(rule.name, 0)), 0]
        for rule in _RULES
    ]
    return Findings(
        frame=found,
        provenance=provenance or frames_given(),
        rules=pd.DataFrame(
            rules,
            columns=["rule", "table", "severity", "checked", "broken", "unknown"],
        ),
    )


def _of_column(frame: pd.DataFrame, name: str, *, several: bool) -> Iterator[list[object]]:
    values = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    many = several and has_values(values)
    for at, value in enumerate(values):
        rule = _broken(float(value), many=many, blank=bool(pd.isna(frame[name].iloc[at])))
        if rule is not None:
            told = [rule.severity, rule.name, "memberships", "", None, name]
            yield [*told, str(frame.index[at]), str(frame[name].iloc[at]), rule.message, rule.todo]


def _broken(value: float, *, many: bool, blank: bool) -> _Rule | None:
    if np.isnan(value):
        return _MISSING if blank else _OUTSIDE
    if value < 0 or (value > 1 and not many):
        return _OUTSIDE
    return _HALF if value == 0.5 and not many else None
