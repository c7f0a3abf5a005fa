"""Results of a set-theoretic analysis: truth table and solution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.mechanisms.qca.cubes import Cube, Fields
from difass_analysis.result import Provenance, Result

SolutionKind = Literal["conservative", "parsimonious", "intermediate", "enhanced"]
Model = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Sets:
    """Memberships of all cases, checked: what every measure is computed from.

    Attributes
    ----------
    names : tuple of str
        Names of the cases.
    conditions : mapping of str to array
        Memberships, or values of conditions that have several.
    outcome : array of float
        Memberships in the outcome; of the negated one where that is analysed.
    outcome_name : str
        The outcome as it is written.
    fields : Fields
        How many values each condition has.
    """

    names: tuple[str, ...]
    conditions: Mapping[str, NDArray[np.float64]]
    outcome: NDArray[np.float64]
    outcome_name: str
    fields: Fields


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class TruthTable(Result):
    """What outcome each observed configuration of conditions goes with.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row an observed configuration: ``row`` (number, from 1, the first condition counting
        most), the conditions, ``output`` (1, 0, or missing for a remainder with too few cases),
        ``n``, ``consistency``, ``pri``, ``contradictory`` (cases with and without the outcome),
        ``cases``.
    sets : Sets
        The memberships it was made from.
    consistency, pri, frequency : float, float or None, int
        The cut-offs.
    """

    sets: Sets
    consistency: float
    pri: float | None
    frequency: int

    @property
    def conditions(self) -> tuple[str, ...]:
        """Names of the conditions, in the given order."""
        return tuple(self.sets.conditions)

    @property
    def outcome(self) -> str:
        """The outcome as it is written."""
        return self.sets.outcome_name

    def rows(self, output: int) -> list[int]:
        """Return the configurations with that output, packed."""
        chosen = self.frame[self.frame["output"] == output]
        return [
            self.sets.fields.pack([int(value) for value in values])
            for values in chosen[list(self.conditions)].itertuples(index=False)
        ]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Solution(Result):
    """All models that explain the positive rows of a truth table.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a term and one, with ``term`` "(model)", for the whole: ``model`` (from 1),
        ``term``, ``consistency``, ``pri``, ``raw_coverage``, ``unique_coverage``, ``cases``.
    models : tuple of tuple of str
        Every model, each a tuple of terms; empty with a caveat where nothing is to be explained.
    capped : bool
        Whether there are more models than are listed.
    kind : str
        Which solution.
    outcome : str
        The outcome as it is written.
    assumptions : pandas.DataFrame
        Configurations that nobody observed and that a model takes for positive: ``model``, the
        conditions.
    pairs : mapping of (int, int) to tuple of models
        For an intermediate solution: its models by number of the conservative and of the
        parsimonious model between which they lie.
    cubes : tuple of tuple of cubes
        The models as cubes, in the order of ``models``.
    table : TruthTable
        The truth table that was minimised.
    """

    models: tuple[Model, ...]
    capped: bool
    kind: SolutionKind
    outcome: str
    table: TruthTable
    assumptions: pd.DataFrame = field(default_factory=pd.DataFrame)
    pairs: Mapping[tuple[int, int], tuple[Model, ...]] = field(default_factory=dict)
    cubes: tuple[tuple[Cube, ...], ...] = ()


def frames_given(name: str = "cases given by the caller") -> Provenance:
    """Return the provenance of an analysis of a frame."""
    return Provenance(programme="cases", name=name, version=version("difass_analysis"))
