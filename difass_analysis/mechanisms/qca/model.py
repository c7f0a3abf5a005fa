"""Results of a set-theoretic analysis: truth table and solution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.display import qca_grids
from difass_analysis.errors import UsageError
from difass_analysis.mechanisms.qca.cubes import Cube, Fields, within
from difass_analysis.result import Provenance, Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SolutionKind = Literal["conservative", "parsimonious", "intermediate", "enhanced"]
Expectations = Mapping[str, str | int | None] | Sequence[str] | str
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

    def number(self, configuration: Sequence[int]) -> int:
        """Return the number of a row, from 1, the first condition counting most."""
        number = 0
        for value, count in zip(configuration, self.fields.levels, strict=True):
            number = number * count + value
        return number + 1


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

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the table as a map: conditions, fit and output of every row; return the Axes."""
        return qca_grids.truth_map(
            self.frame,
            conditions=self.conditions,
            outcome=self.outcome,
            caveats=self.caveats,
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )

    def rows(self, output: int) -> list[int]:
        """Return the configurations with that output, packed."""
        chosen = self.frame[self.frame["output"] == output]
        return [
            self.sets.fields.pack([int(value) for value in values])
            for values in chosen[list(self.conditions)].itertuples(index=False)
        ]


@dataclass(frozen=True, eq=False, kw_only=True)
class Request:
    """What a solution was asked for beyond its kind, so that it can be asked for again."""

    expectations: Expectations | None = None
    necessary: tuple[str, ...] = ()
    impossible: tuple[str, ...] = ()
    negated: TruthTable | None = None
    cap: int = 1000


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
    request : Request
        What it was asked for.
    """

    models: tuple[Model, ...]
    capped: bool
    kind: SolutionKind
    outcome: str
    table: TruthTable
    assumptions: pd.DataFrame = field(default_factory=pd.DataFrame)
    pairs: Mapping[tuple[int, int], tuple[Model, ...]] = field(default_factory=dict)
    cubes: tuple[tuple[Cube, ...], ...] = ()
    request: Request = field(default_factory=Request)

    def plot(
        self, *, model: int = 1, parsimonious: Solution | None = None, ax: Axes | None = None
    ) -> Axes:
        """Draw one model as a chart of circles, one column a term, and return the Axes.

        Parameters
        ----------
        model : int
            Number of the model, from 1.
        parsimonious : Solution, optional
            The parsimonious solution of the same table: a condition that one of its terms around
            a term has as well is drawn large, as core.
        ax : matplotlib.axes.Axes, optional
            Axes to draw on; a new figure is made without it.

        Raises
        ------
        UsageError
            When there is no such model.
        """
        self.check_model(model)
        rows = [
            [term, name, value, count > 2, _is_core(mask, cube, parsimonious)]
            for term, cube in zip(self.models[model - 1], self.cubes[model - 1], strict=True)
            for name, count, value, mask in self._literals(cube)
        ]
        return qca_grids.solution_chart(
            pd.DataFrame(rows, columns=["term", "condition", "value", "several", "core"]),
            fit=self.frame[self.frame["model"] == model],
            conditions=self.table.conditions,
            title=f"{self.kind.capitalize()} solution for {self.outcome}{self._number(model)}",
            caveats=self.caveats,
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )

    def check_model(self, model: int) -> None:
        """Refuse the number of a model that there is not."""
        if not 1 <= model <= len(self.models):
            raise UsageError(
                f"There is no model {model}; the solution has {len(self.models)}.",
                todo="Give a number from 1 on; see .models.",
            )

    def _number(self, model: int) -> str:
        return f", model {model} of {len(self.models)}" if len(self.models) > 1 else ""

    def _literals(self, cube: Cube) -> list[tuple[str, int, int, int]]:
        """Name, number of values, value and mask of each condition that a term fixes."""
        fields = self.table.sets.fields
        return [
            (name, count, (cube[1] & mask) >> shift, mask)
            for name, mask, shift, count in zip(
                self.table.conditions, fields.masks, fields.shifts, fields.levels, strict=True
            )
            if cube[0] & mask
        ]


def _is_core(mask: int, cube: Cube, parsimonious: Solution | None) -> bool | None:
    """Whether a parsimonious term around the cube fixes the same condition."""
    if parsimonious is None:
        return None
    return any(
        outer[0] & mask != 0 and within(cube, outer)
        for model in parsimonious.cubes
        for outer in model
    )


def frames_given(name: str = "cases given by the caller") -> Provenance:
    """Return the provenance of an analysis of a frame."""
    return Provenance(programme="cases", name=name, version=version("difass_analysis"))
