"""One question asked three ways across few regions: numbers, ranks and sets beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from difass_analysis.display import condition_scatter
from difass_analysis.errors import InputError, UsageError, one_of
from difass_analysis.mechanisms.conditions import FrameworkConditions
from difass_analysis.mechanisms.qca import Solution
from difass_analysis.mechanisms.three_ways_numbers import number_answer
from difass_analysis.mechanisms.three_ways_ranks import rank_answer
from difass_analysis.mechanisms.three_ways_sets import Anchors, set_answer
from difass_analysis.mechanisms.three_ways_words import summary_of, verdict_of
from difass_analysis.programme import Programme
from difass_analysis.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ThreeWays(Result):
    """What numbers, ranks and sets say of the same question.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a condition: ``condition``, ``n`` (regions), ``correlation``, ``p_value``,
        ``p_holm``, ``lowest`` and ``highest`` (with one region left out), ``hangs_on`` (regions
        without which the correlation turns or is less than half), ``sets`` (its part in the
        parsimonious models, or "not asked"), ``borne_out`` (by both ranks and sets), ``sentence``.
    numbers : pandas.DataFrame
        One row a region: its value, the difference from the rest with bounds and p value, and how
        much of it is ``composition``, ``rate`` and ``other``.
    ranks : pandas.DataFrame
        One row a condition and region left out: ``value`` and ``p_value`` without it.
    sets : pandas.DataFrame
        One row a term of each conservative and parsimonious model; or one row with the reason
        why there is none.
    values : pandas.DataFrame
        One row a region: the outcome and the conditions that were used.
    verdict : tuple of str
        What can be said, in plain sentences, and what cannot.
    solutions : mapping of str to Solution
        The set-theoretic solutions by kind, for a closer look; empty where there is none.
    outcome, unit : str
        What is explained, and its unit.
    notes : tuple of str
        The caveats of the values that are drawn.
    """

    numbers: pd.DataFrame = field(default_factory=pd.DataFrame)
    ranks: pd.DataFrame = field(default_factory=pd.DataFrame)
    sets: pd.DataFrame = field(default_factory=pd.DataFrame)
    values: pd.DataFrame = field(default_factory=pd.DataFrame)
    verdict: tuple[str, ...] = ()
    solutions: Mapping[str, Solution] = field(default_factory=dict)
    outcome: str = ""
    unit: str = ""
    notes: tuple[str, ...] = ()

    def plot(self, *, condition: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw the outcome against one condition, region by region, and return the Axes.

        Parameters
        ----------
        condition : str, optional
            Which condition; may be left out where there is one.
        ax : matplotlib.axes.Axes, optional
            Axes to draw on; a new figure is made without it.

        Raises
        ------
        UsageError
            When there are several conditions and none is named, or not the named one.
        """
        held = list(self.frame["condition"])
        if condition is None and len(held) > 1:
            raise UsageError(
                f"There are {len(held)} conditions: {', '.join(held[:6])}.",
                todo="Name one: plot(condition=...).",
            )
        name = held[0] if condition is None else condition
        if name not in held:
            raise one_of("condition", name, held)
        rows = self.values.rename(columns={name: "x", self.outcome: "y"}).reset_index()
        sentence = self.frame.set_index("condition").at[name, "sentence"]
        return condition_scatter.scatter(
            rows[["region", "x", "y"]],
            condition=name,
            outcome=self.outcome,
            unit=self.unit,
            caveats=(str(sentence), *self.notes),
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )


def three_ways(
    programme: Programme,
    indicator: str,
    *,
    conditions: FrameworkConditions,
    by: str = "region",
    over: Sequence[str] = ("mechanism",),
    where: Mapping[str, Sequence[str]] | None = None,
    anchors: Anchors | None = None,
    seed: int = 1,
) -> ThreeWays:
    """Answer what goes with a high value of an indicator across regions, asked three ways.

    Numbers: which regions differ from the rest by more than chance, and does the mix or do the
    rates within categories make the difference? Ranks: does the indicator rise with a framework
    condition (Spearman's rho with exact p values), and does that hang on one region? Sets: which
    combinations of conditions go with a high value (conservative and parsimonious solutions)?

    Parameters
    ----------
    programme : Programme
        The data.
    indicator : str
        Id of a ratio of sums.
    conditions : FrameworkConditions
        From :func:`framework_conditions`: few indicators, of the same regions.
    by : str
        Column with the codes of the regions.
    over : sequence of str
        Columns of the categories over which differences are taken apart; empty for none.
    where : mapping of str to sequence of str, optional
        Columns and the values that count.
    anchors : mapping of str to mapping, optional
        For the sets: ``{"quality": {"crossover": 0.0}, "private_per_public": {"crossover": 1.5}}``,
        with ``exclusion`` and ``inclusion`` for fuzzy sets. Without them no sets are made, as
        anchors come from knowledge and not from the data.
    seed : int
        Of drawn permutations, above nine regions.

    Returns
    -------
    ThreeWays
        Regions without a value or a condition are left out of ranks and sets, and named. Sets
        are not asked, with the reason, of fewer than four regions, of more conditions than these
        regions carry (2^k <= N + 1), or without anchors.

    Raises
    ------
    InputError
        When no region has both the indicator and the conditions.
    UsageError
        When a column or an anchor is not one that there is.
    IndicatorError
        When the indicator is not a ratio of sums.

    Examples
    --------
    >>> frame = pd.DataFrame({"operation_id": list("abcdefgh"), "region": list("NSEWNSEW"),
    ...     "public_amount": 1.0, "private_amount": [1.0, 2, 3, 4, 1, 2, 3, 5]})
    >>> rows = pd.DataFrame({"region": list("NSEW"), "level": "NUTS 2", "indicator": "quality",
    ...                      "year": 2021, "value": [1.0, 2, 3, 4]})
    >>> programme = Programme.from_frames(operations=frame, conditions=rows)
    >>> from difass_analysis.mechanisms import framework_conditions
    >>> found = three_ways(programme, "private_per_public", over=[],
    ...                    conditions=framework_conditions(programme))
    >>> print(found.frame["sentence"].item())  # doctest: +ELLIPSIS
    quality: with 4 regions no order can be told from chance...
    """
    numbers, said = number_answer(
        programme, indicator, by=by, over=tuple(over), where=where, level=0.95
    )
    names = list(conditions.indicators)
    values, dropped = _values(numbers, conditions, indicator)
    correlations, left_out = rank_answer(
        values, outcome=indicator, conditions=names, measure="spearman", seed=seed
    )
    answer = set_answer(
        values,
        outcome=indicator,
        conditions=names,
        anchors=anchors,
        provenance=programme.provenance,
    )
    frame = summary_of(correlations, answer.roles, values, indicator)
    unit = str(numbers["unit"].iloc[0])
    return ThreeWays(
        frame=frame,
        provenance=programme.provenance,
        caveats=tuple(dict.fromkeys((*dropped, *said, *answer.caveats, *conditions.caveats))),
        numbers=numbers,
        ranks=left_out,
        sets=answer.frame,
        values=values,
        verdict=verdict_of(frame, numbers, answer, indicator),
        solutions=answer.solutions,
        outcome=indicator,
        unit=unit,
        notes=(*dropped, *conditions.caveats),
    )


def _values(
    numbers: pd.DataFrame, conditions: FrameworkConditions, indicator: str
) -> tuple[pd.DataFrame, list[str]]:
    """Outcome and conditions by region, and who is left out."""
    if indicator in conditions.indicators:
        raise UsageError(
            f"'{indicator}' is the outcome and a condition at once.", todo="Rename the condition."
        )
    wide = conditions.frame.pivot(index="region", columns="indicator", values="value")
    wide = wide.reindex(columns=list(conditions.indicators))
    both = numbers.set_index("region")[["value"]].rename(columns={"value": indicator})
    both = both.join(wide, how="left")
    both.columns.name = None
    known = both.dropna()
    if known.empty:
        raise InputError(
            "No region has both a value of the indicator and of all conditions.",
            todo="Check that both use the same codes of regions.",
        )
    left = [str(name) for name in both.index.difference(known.index)]
    said = (
        [f"Left out of ranks and sets, as a value is missing: {', '.join(left)}."] if left else []
    )
    assigned = conditions.frame[conditions.frame["assigned"].astype(bool)]
    marked = sorted(set(assigned["region"]) & set(known.index))
    if marked:
        said.append(f"Conditions of {', '.join(marked)} are partly those of a larger unit.")
    return known.rename_axis("region"), said
