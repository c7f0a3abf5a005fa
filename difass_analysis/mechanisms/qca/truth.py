"""The truth table: which configurations were observed, and what outcome they go with.

Sources: Ragin (2008), chapter 7; Schneider and Wagemann (2012), chapters 4 and 7.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.errors import InputError, UsageError, one_of
from difass_analysis.mechanisms.qca.cubes import Fields
from difass_analysis.mechanisms.qca.fit import sufficiency
from difass_analysis.mechanisms.qca.model import Sets, TruthTable, frames_given
from difass_analysis.mechanisms.qca.terms import has_values, literal_membership
from difass_analysis.result import Provenance

#: Sums of memberships are compared with a cut-off up to this, or 0.8 would miss 0.8.
_ROUNDING = 1e-9
#: Cases that a caveat names.
_SHOWN = 5


def truth_table(
    frame: pd.DataFrame,
    *,
    outcome: str,
    conditions: Sequence[str],
    consistency: float = 0.8,
    pri: float | None = None,
    frequency: int = 1,
    provenance: Provenance | None = None,
) -> TruthTable:
    """Answer which configurations of conditions are sufficient for an outcome.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a case, named by the index: memberships between 0 and 1 (crisp or fuzzy), or
        whole numbers 0, 1, 2 ... in conditions with several values.
    outcome : str
        Column of the outcome; ``~Y`` for its negation, which needs an analysis of its own.
    conditions : sequence of str
        Columns of the conditions; the first one counts most in the number of a row.
    consistency : float
        Lowest consistency of a row that counts as positive.
    pri : float, optional
        Lowest PRI of such a row.
    frequency : int
        Fewest cases of a row; rows with fewer are remainders.
    provenance : Provenance, optional
        Where the cases are from.

    Returns
    -------
    TruthTable
        Observed configurations only. A case belongs to the one configuration in which its
        membership is above 0.5; with a membership of exactly 0.5 it belongs to none, and the
        table says so.

    Raises
    ------
    UsageError
        When a column is not there or named twice, or a cut-off is out of range.
    InputError
        When a membership is missing, is not a number, or lies outside 0 to 1.

    Examples
    --------
    >>> cases = pd.DataFrame({"A": [1, 1, 0, 0], "B": [1, 0, 1, 0], "Y": [1, 1, 1, 0]})
    >>> table = truth_table(cases, outcome="Y", conditions=["A", "B"])
    >>> table.frame[["A", "B", "output", "n"]].values.tolist()
    [[0, 0, 0, 1], [0, 1, 1, 1], [1, 0, 1, 1], [1, 1, 1, 1]]
    """
    sets = sets_of(frame, outcome=outcome, conditions=conditions)
    return table_of(
        sets,
        consistency=consistency,
        pri=pri,
        frequency=frequency,
        provenance=provenance or frames_given(),
    )


def table_of(
    sets: Sets,
    *,
    consistency: float,
    pri: float | None,
    frequency: int,
    provenance: Provenance,
) -> TruthTable:
    """Return the truth table of memberships that have been checked.

    Raises
    ------
    UsageError
        When a cut-off is out of range.
    """
    _check_cuts(consistency, pri, frequency)
    memberships = _corner_cases(sets)
    rows = [
        _row(sets, configuration, members, consistency=consistency, pri=pri, frequency=frequency)
        for configuration, members in sorted(memberships.items())
    ]
    conditions = list(sets.conditions)
    columns = ["row", *conditions, "output", "n", "consistency", "pri", "contradictory", "cases"]
    table = pd.DataFrame(rows, columns=columns).astype({"output": "Int64"})
    return TruthTable(
        frame=table,
        provenance=provenance,
        caveats=_caveats(sets, table, frequency),
        sets=sets,
        consistency=consistency,
        pri=pri,
        frequency=frequency,
    )


def sets_of(frame: pd.DataFrame, *, outcome: str, conditions: Sequence[str]) -> Sets:
    """Check the columns of an analysis and return their memberships.

    Raises
    ------
    UsageError
        When a column is not there or named twice.
    InputError
        When a membership is missing, is not a number, or lies outside 0 to 1.
    """
    names = [str(name) for name in conditions]
    plain = outcome.removeprefix("~").strip()
    if not names:
        raise UsageError("No condition is given.", todo="Name at least one column.")
    if len(set(names)) < len(names) or plain in names:
        raise UsageError(
            "A column is named twice among conditions and outcome.", todo="Name each once."
        )
    for name in (*names, plain):
        if name not in frame.columns:
            raise one_of("column", name, [str(column) for column in frame.columns])
    if not len(frame):
        raise InputError("There are no cases.", todo="Give one row a case.")
    values = {name: _memberships(frame, name, several=True) for name in names}
    result = _memberships(frame, plain, several=False)
    levels = [_levels(column) for column in values.values()]
    return Sets(
        names=tuple(str(name) for name in frame.index),
        conditions=values,
        outcome=1.0 - result if outcome.startswith("~") else result,
        outcome_name=f"~{plain}" if outcome.startswith("~") else plain,
        fields=Fields.of(levels),
    )


def _memberships(frame: pd.DataFrame, name: str, *, several: bool) -> NDArray[np.float64]:
    values = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = np.isnan(values)
    if not (several and has_values(values)):
        wrong |= (values < 0) | (values > 1)
    else:
        wrong |= values < 0
    if wrong.any():
        cases = ", ".join(
            f"{frame.index[at]} ({frame[name].iloc[at]})" for at in np.flatnonzero(wrong)[:3]
        )
        raise InputError(
            f"'{name}' holds no membership between 0 and 1 in {int(wrong.sum())} cases: {cases}.",
            todo="Calibrate the column first (mechanisms.qca.calibrate), or leave the cases out.",
        )
    return values


def _levels(values: NDArray[np.float64]) -> int:
    return int(values.max()) + 1 if has_values(values) else 2


def _check_cuts(consistency: float, pri: float | None, frequency: int) -> None:
    for name, value in (("consistency", consistency), ("pri", pri)):
        if value is not None and not 0 < value <= 1:
            raise UsageError(f"{name} = {value} is no cut-off.", todo="Give a number from 0 to 1.")
    if frequency < 1:
        raise UsageError(f"frequency = {frequency} is no number of cases.", todo="Give 1 or more.")


def _corner_cases(sets: Sets) -> dict[tuple[int, ...], list[int]]:
    """Cases by the one configuration in which each has a membership above 0.5."""
    columns = []
    for values, count in zip(sets.conditions.values(), sets.fields.levels, strict=True):
        several = count > 2 or has_values(values)
        columns.append(values if several else np.where(values == 0.5, -1, values > 0.5))
    corners: dict[tuple[int, ...], list[int]] = {}
    for case, configuration in enumerate(zip(*columns, strict=True)):
        if min(configuration) >= 0:
            corners.setdefault(tuple(int(value) for value in configuration), []).append(case)
    return corners


def row_membership(sets: Sets, configuration: Sequence[int]) -> NDArray[np.float64]:
    """Return how far every case belongs to a configuration of all conditions."""
    parts = [
        literal_membership(sets.conditions, (name, value), several=count > 2)
        for name, value, count in zip(
            sets.conditions, configuration, sets.fields.levels, strict=True
        )
    ]
    least: NDArray[np.float64] = np.min(parts, axis=0)
    return least


def _row(
    sets: Sets,
    configuration: tuple[int, ...],
    members: Sequence[int],
    *,
    consistency: float,
    pri: float | None,
    frequency: int,
) -> list[object]:
    fit = sufficiency(row_membership(sets, configuration), sets.outcome)
    positive = fit.consistency >= consistency - _ROUNDING
    if pri is not None:
        positive = positive and fit.pri >= pri - _ROUNDING
    output: int | None = int(positive) if len(members) >= frequency else None
    outcomes = sets.outcome[list(members)] > 0.5
    return [
        sets.number(configuration),
        *configuration,
        output,
        len(members),
        fit.consistency,
        fit.pri,
        bool(outcomes.any() and not outcomes.all()),
        ", ".join(sets.names[case] for case in members),
    ]


def nearest_configuration(sets: Sets, case: int) -> tuple[int, ...]:
    """Return the configuration to which a case belongs most; at 0.5 as if it were out."""
    return tuple(
        int(values[case]) if count > 2 else int(values[case] > 0.5)
        for values, count in zip(sets.conditions.values(), sets.fields.levels, strict=True)
    )


def _caveats(sets: Sets, table: pd.DataFrame, frequency: int) -> tuple[str, ...]:
    lost = _at_half(sets)
    rare = table["output"].isna()
    clash = int(table["contradictory"].sum())
    possible = int(np.prod([float(count) for count in sets.fields.levels]))
    unclear = [sets.names[at] for at in np.flatnonzero(sets.outcome == 0.5)]
    sentences = (
        (
            len(lost),
            f"{len(lost)} cases have a membership of exactly 0.5 and belong to no row: "
            f"{_named(lost)}. Move an anchor, or decide by knowledge of the case.",
        ),
        (
            len(unclear),
            f"{len(unclear)} cases are neither in nor out of the outcome (membership 0.5): "
            f"{_named(unclear)}.",
        ),
        (
            int(rare.sum()),
            f"{int(rare.sum())} rows have fewer than {frequency} cases and count as remainders.",
        ),
        (clash, f"{clash} rows are contradictory: they hold cases with and without the outcome."),
        (1, f"{len(table)} of {possible} possible configurations were observed."),
        (
            2 ** len(sets.conditions) > len(sets.names),
            f"{len(sets.conditions)} conditions for {len(sets.names)} cases: there are more "
            "configurations than cases, and solutions can fit by chance.",
        ),
    )
    return tuple(text for count, text in sentences if count)


def _at_half(sets: Sets) -> list[str]:
    """Name each case that is at the crossover of a condition, with the condition."""
    several = [count > 2 for count in sets.fields.levels]
    halves = {
        case: name
        for (name, values), many in zip(sets.conditions.items(), several, strict=True)
        if not many
        for case in np.flatnonzero(values == 0.5)
    }
    return [f"{sets.names[case]} ({halves[case]})" for case in sorted(halves)]


def _named(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
