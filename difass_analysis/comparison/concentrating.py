"""How concentrated support is: who holds the money, who comes back, and who is reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import narwhals as nw
import pandas as pd

from difass_analysis.comparison.concentration_rows import concentration_rows
from difass_analysis.comparison.holdings import (
    GROUP,
    group_sums,
    holdings,
    lorenz_points,
    ranked,
)
from difass_analysis.comparison.model import caveats_of
from difass_analysis.comparison.reach import (
    participations_of,
    smes_of_the_top,
    times_supported,
)
from difass_analysis.display.lorenz import lorenz
from difass_analysis.engine import Lazy
from difass_analysis.errors import IndicatorError, UsageError, one_of
from difass_analysis.measurement import ClusterCells, cluster_cells
from difass_analysis.measurement.measuring import PROCESS
from difass_analysis.measurement.units import unit_names
from difass_analysis.programme import Programme
from difass_analysis.result import Result, group_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ALL = "all together"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Concentration(Result):
    """Concentration and reach by group, and for all groups together.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row for each group and measure: ``row`` (``group``, or ``all`` for all groups
        together), the group columns, ``measure``, ``value``, ``numerator``, ``denominator``,
        ``n`` (beneficiaries), ``unit``, ``method``, ``note``.
    lorenz : pandas.DataFrame
        Points of the Lorenz curves: ``row``, the group columns, ``label``,
        ``population_share``, ``money_share``; at most 101 a curve.
    by : tuple of str
        Names of the group columns.
    of : str
        Id of the total that is held.
    heading : str
        What is held.
    population : str
        Who holds it.
    """

    lorenz: pd.DataFrame = field(default_factory=pd.DataFrame)
    by: tuple[str, ...] = ()
    of: str = "public"
    heading: str = ""
    population: str = "beneficiaries"

    def plot(self, *, groups: Sequence[str] | None = None, ax: Axes | None = None) -> Axes:
        """Draw the Lorenz curves, and return the Axes.

        Parameters
        ----------
        groups : sequence of str, optional
            Labels of the curves; all of them without it.
        ax : matplotlib.axes.Axes, optional
            Axes to draw on; a new figure is made without it.

        Raises
        ------
        UsageError
            When there is no curve of one of the labels.
        """
        held = list(dict.fromkeys(self.lorenz["label"]))
        for name in groups or ():
            if name not in held:
                raise one_of("curve", name, held)
        shown = self.lorenz[self.lorenz["label"].isin(held if groups is None else list(groups))]
        return lorenz(
            shown[["label", "population_share", "money_share"]],
            title=f"Concentration: {self.heading[:1].lower()}{self.heading[1:]}",
            population=self.population,
            caveats=self.caveats,
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )


def concentration(
    programme: Programme,
    *,
    by: str | Sequence[str] = (),
    of: str = "public",
    where: Mapping[str, Sequence[str]] | None = None,
    active: str = "active_smes",
) -> Concentration:
    """Measure how concentrated money is on beneficiaries, and how far support reaches.

    Do a few hold most of the money? Do the same SMEs come back? Out of how many?

    Parameters
    ----------
    programme : Programme
        The data.
    by : str or sequence of str
        Columns to group by; only the whole programme without them. With groups a beneficiary of
        several groups counts in each, also in the row for all together, whose inequality is
        then the sum of its parts.
    of : str
        Id of a total of money, for example ``"public"`` or ``"private"``.
    where : mapping of str to sequence of str, optional
        Columns and the values that count.
    active : str
        Name of the number of active SMEs in the table ``conditions``.

    Returns
    -------
    Concentration
        Measures: ``top_tenth_money`` and ``top_tenth_smes`` (share held by the tenth of the
        beneficiaries with most money; the one at the border counts in part), ``gini``,
        ``theil``, ``smes_once``, ``smes_twice``, ``smes_three_or_more`` (share of the SMEs by
        number of operations; the count is the numerator), ``smes_per_1000_active``; in the rows
        for all together also ``theil_between``, ``theil_within``, ``gini_between``,
        ``gini_within`` and ``gini_overlap``, which add up. Without money, without
        beneficiaries or SMEs, or without a number of active SMEs at the level of the region, a
        measure is missing with a note.

    Raises
    ------
    UsageError
        When the total or a column is unknown.
    IndicatorError
        When it is no total, or not known beneficiary by beneficiary.

    Notes
    -----
    Equations and sources: module ``comparison.inequality``. Inequality is that of those who got
    money, not of all who might have; a beneficiary whose recorded amount is zero counts.

    Examples
    --------
    >>> frame = pd.DataFrame({"operation_id": list("abcd"), "beneficiary_id": list("wxyz"),
    ...     "public_amount": [1.0, 2.0, 3.0, 4.0]})
    >>> found = concentration(Programme.from_frames(operations=frame)).frame
    >>> dict(zip(found["measure"], found["value"].round(5), strict=True))["theil"]
    0.10644
    """
    groups = (by,) if isinstance(by, str) else tuple(dict.fromkeys(by))
    cells = _money(programme, of, groups, where)
    held = holdings(cells.rows, by=groups, engine=programme.engine)
    pairs = _pairs(programme, cells, held, groups, where)
    frames, curves = [], []
    for labels in dict.fromkeys((groups, ())):
        rows = programme.engine.materialise(ranked(held, _keys(labels)))
        sums = group_sums(rows, labels, engine=programme.engine)
        frames.append(_with_smes(sums, pairs, rows, labels, programme))
        curves.append(lorenz_points(rows, labels, engine=programme.engine))
    frame = concentration_rows(
        frames,
        programme,
        by=groups,
        active=active,
        missing=pairs if isinstance(pairs, str) else "",
        independent=unit_names(cells.cluster_name),
    )
    return Concentration(
        frame=frame,
        lorenz=_curves(curves, groups),
        provenance=programme.provenance,
        caveats=_caveats(programme, cells, held, groups, where),
        by=groups,
        of=of,
        heading=cells.indicator.label,
        population=unit_names(cells.cluster_name)[1],
    )


def _keys(labels: Sequence[str]) -> list[str]:
    return [f"_key_{place}" for place in range(len(labels))]


def _money(
    programme: Programme,
    of: str,
    groups: tuple[str, ...],
    where: Mapping[str, Sequence[str]] | None,
) -> ClusterCells:
    cells = cluster_cells(programme, of, by=groups, where=where)
    if cells.indicator.is_ratio:
        raise IndicatorError(
            f"'{of}' is a ratio: nobody holds a share of it.",
            todo="Take a total of money, for example public or private.",
        )
    if cells.cluster_name == "call_id":
        raise IndicatorError(
            f"'{of}' is known call by call only, not by beneficiary.",
            todo="Add the table of operations with their beneficiaries.",
        )
    if not cells.cells["used"].sum():
        raise UsageError(f"'{of}' is known in no row.", todo="Leave out some of the conditions.")
    return cells


def _pairs(
    programme: Programme,
    cells: ClusterCells,
    held: Lazy,
    groups: tuple[str, ...],
    where: Mapping[str, Sequence[str]] | None,
) -> Lazy | str:
    """Each SME in each operation of a beneficiary, or why these are not known."""
    if "participations" not in programme.tables:
        return "there is no table 'participations'"
    name = cells.cluster_name
    # Where the key has gaps, clusters bear the name of the column that they are told apart by.
    marked = held.filter(nw.col("_beneficiary").str.starts_with(f"={name}:")).head(1)
    prefix = f"{name}:" if len(programme.engine.collect(marked)) else ""
    return participations_of(programme, by=groups, beneficiary=name, prefix=prefix, where=where)


def _with_smes(
    sums: pd.DataFrame,
    pairs: Lazy | str,
    rows: Lazy,
    labels: Sequence[str],
    programme: Programme,
) -> pd.DataFrame:
    """Add to the sums of each group how many SMEs it reaches, how often, and through whom."""
    columns = ["smes", "once", "twice", "more", "top_smes"]
    if isinstance(pairs, str):
        return sums.assign(**dict.fromkeys(columns, float("nan")))
    keys = _keys(labels)
    found = sums
    for counts in (
        times_supported(pairs, keys, engine=programme.engine),
        smes_of_the_top(pairs, rows, keys, engine=programme.engine),
    ):
        found = found.merge(counts, on=keys or [GROUP], how="left")
    return found.fillna(dict.fromkeys(columns, 0.0))


def _curves(curves: Sequence[pd.DataFrame], groups: tuple[str, ...]) -> pd.DataFrame:
    """Put the curves of the groups and of all together into one frame, with their labels."""
    frames = []
    for points in curves:
        labels = [name for name in groups if name in points]
        label = group_names(points, labels) if labels else [ALL] * len(points)
        frames.append(points.assign(row="group" if labels else "all", label=label))
    whole = pd.concat(frames, ignore_index=True)
    return whole[["row", *groups, "label", "population_share", "money_share"]]


def _caveats(
    programme: Programme,
    cells: ClusterCells,
    held: Lazy,
    groups: tuple[str, ...],
    where: Mapping[str, Sequence[str]] | None,
) -> tuple[str, ...]:
    caveats = [one for one in caveats_of(programme, where) if one != PROCESS]
    caveats.append(
        "Inequality is among those who got money; it says nothing of those who got none."
    )
    one, many = unit_names(cells.cluster_name)
    if not cells.cluster_name.startswith("beneficiary"):
        caveats.append(f"Beneficiaries are not known: {many} stand for them.")
    if groups:
        several = held.group_by("_beneficiary").agg(_n=nw.len()).filter(nw.col("_n") > 1)
        count = int(programme.engine.collect(several.select(_n=nw.len()))["_n"].iloc[0])
        if count:
            name = one if count == 1 else many
            caveats.append(f"{count:,} {name} in several groups count in each of them.")
    negative = cells.rows.filter(nw.col("y") < 0).select(_n=nw.len())
    below = int(programme.engine.collect(negative)["_n"].iloc[0])
    if below:
        caveats.append(f"{below:,} {many} whose total is below zero are left out.")
    left, used = int(cells.cells["left"].sum()), int(cells.cells["used"].sum())
    if left:
        caveats.append(f"{left:,} of {left + used:,} rows left out: the amount is not known.")
    return tuple(caveats)
