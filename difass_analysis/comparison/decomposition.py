"""Why a region differs: the mix of what it funds, or the rates within the same categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from difass_analysis.comparison.blocks import Block
from difass_analysis.comparison.cross_moments import CrossMoments, cross_moments
from difass_analysis.comparison.factors import margins_of
from difass_analysis.comparison.gap_rows import VALUE_COLUMNS, block_rows
from difass_analysis.comparison.gap_steps import waterfall_steps
from difass_analysis.comparison.model import (
    SIMULATED_GAPS,
    caveats_of,
    check_level,
    cluster_count,
    compared_cells,
    is_known,
)
from difass_analysis.comparison.spread_units import SPREAD, spread_rows
from difass_analysis.display.waterfalls import waterfall
from difass_analysis.errors import UsageError, one_of
from difass_analysis.indicators import Indicator
from difass_analysis.measurement import ClusterCells
from difass_analysis.measurement.measuring import ENOUGH_CLUSTERS, is_money_ratio
from difass_analysis.measurement.units import unit_names
from difass_analysis.programme import Programme
from difass_analysis.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ARITHMETIC = (
    "A decomposition is arithmetic: it says where a gap is, not what causes it. Composition is "
    "read over all categories together, as their shares add up to one."
)
FEW = (
    f"Fewer than {ENOUGH_CLUSTERS:,} clusters behind some rows: in simulations with skewed money "
    f"and so few clusters nominal 95 % intervals of a gap and its parts covered {SIMULATED_GAPS} % "
    "in the worst case."
)
MAX_COLUMNS = 4


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Decomposition(Result):
    """Gaps taken apart into composition and rates: one block of rows a group.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``indicator``, the group columns, ``against``, ``row`` (``category``, or ``all`` for
        sums over categories), the category columns, ``effect``, ``factor`` (the column whose
        composition it is), ``value`` with ``lower``, ``upper`` and ``se``, ``share`` and
        ``share_against`` (of the denominator), ``rate`` and ``rate_against``, ``n`` (clusters
        on either side), ``unit``, ``method``, ``note``. Effects are ``composition``, ``rate``,
        ``only_here``, ``only_there``, ``no_denominator``, ``total`` (of one category) and
        ``gap``.
    by, over : tuple of str
        Names of the group columns and of the category columns.
    against : str
        ``rest``, or the group that all others are compared with.
    level : float
        Level of the intervals.
    unit : str
        Unit of the indicator.
    heading : str
        What is measured.
    """

    by: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    against: str = "rest"
    level: float = 0.95
    unit: str = ""
    heading: str = ""

    def groups(self) -> list[str]:
        """Names of the groups, in the order of the frame."""
        return list(dict.fromkeys(_names(self.frame, self.by)))

    def plot(self, *, group: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw the way from the other side's value to one group's, and return the Axes.

        Composition is one bar a column; rates are one bar a category, the largest apart.

        Parameters
        ----------
        group : str, optional
            Which group; may be left out when there is only one.
        ax : matplotlib.axes.Axes, optional
            Axes to draw on; a new figure is made without it.

        Raises
        ------
        UsageError
            When there are several groups and none is named, or there is no such group.
        """
        held = self.groups()
        if group is None and len(held) != 1:
            raise UsageError(
                f"The table holds {len(held)} groups.", todo='Name one: plot(group="...").'
            )
        if group is not None and group not in held:
            raise one_of("group", group, held)
        name = held[0] if group is None else group
        rows = self.frame[[text == name for text in _names(self.frame, self.by)]]
        steps = waterfall_steps(rows, over=self.over, here=name, there=self.against)
        return waterfall(
            steps.assign(level=self.level),
            title=f"{self.heading}: {name} and {self.against}",
            unit=self.unit,
            caveats=self.caveats,
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )


def decompose(
    programme: Programme,
    indicator: str,
    *,
    by: str | Sequence[str],
    over: str | Sequence[str],
    against: str = "rest",
    group: str | None = None,
    where: Mapping[str, Sequence[str]] | None = None,
    level: float = 0.95,
) -> Decomposition:
    """Take the gap between groups apart: is it the mix, or the rates within categories?

    Parameters
    ----------
    programme : Programme
        The data.
    indicator : str
        Id of a ratio of sums, R = sum(y) / sum(x).
    by : str or sequence of str
        Column, or columns, whose values are compared, for example ``"region"``.
    over : str or sequence of str
        One to four columns that make the categories, for example ``["mechanism", "fund"]``.
    against : str
        ``"rest"`` (all other groups together, including rows whose group is not known), or a
        value of a group column that names one group.
    group : str, optional
        The one group to look at; all of them, one after the other, without it.
    where : mapping of str to sequence of str, optional
        Columns and the values that count.
    level : float
        Level of the intervals, between 0 and 1.

    Returns
    -------
    Decomposition
        For each group: the rows of each category (``composition`` by column, ``rate``, or where
        a category has a denominator on one side only ``only_here`` or ``only_there``, and their
        ``total``), then the sums over categories and the ``gap``, all in the indicator's unit.
        The parts of the categories add up to the gap. A numerator whose denominator is not
        above zero is a row ``no_denominator``. Where a side has no denominator at all, the gap
        is missing, with a note.

    Raises
    ------
    UsageError
        When a column, a group or the level is not one that can be had, there is no other group,
        or there are too many categories.
    IndicatorError
        When the indicator is not a ratio of sums or cannot be computed cluster by cluster.

    Notes
    -----
    With shares of the denominator ``s_k = x_k / x`` and rates ``r_k = y_k / x_k`` here (1) and
    there (0)::

        composition_k = (s1_k - s0_k) * (r1_k + r0_k) / 2
        rate_k        = (s1_k + s0_k) / 2 * (r1_k - r0_k)

    Over several columns the categories are their combinations, each share is a product of one
    factor a column, and effects are averages over the orders in which factors change; the order
    of the columns does not matter. Equations: module ``comparison.factors``. Composition of a
    single category depends on the level of the rates; only its sum over categories, or the
    ``total`` of the category, has a meaning of its own.

    Errors are by the delta method: ``G / (G - 1)`` times the sum of squared influences of all
    clusters on a part, a cluster on both sides having one influence. Where fewer than 50
    clusters stand on a side, their part is the delete-one jackknife: ``(G - 1) / G`` times the
    squared changes. A part of a category that rests on one cluster on a side has no error of
    its own; in the sum of its kind, linearisation takes it as certain. Intervals use Student's
    t with Satterthwaite's degrees of freedom.

    Sources: Kitagawa (1955), Journal of the American Statistical Association 50(272),
    1168-1194; Das Gupta (1993), Standardization and Decomposition of Rates, US Bureau of the
    Census, Current Population Reports P23-186; Satterthwaite (1946), Biometrics Bulletin 2(6),
    110-114.

    Examples
    --------
    >>> frame = pd.DataFrame({"operation_id": list("abcd"), "region": ["N", "N", "S", "S"],
    ...     "mechanism": ["fair", "loan", "fair", "loan"],
    ...     "public_amount": [60.0, 40.0, 20.0, 80.0], "private_amount": [30.0, 40.0, 8.0, 48.0]})
    >>> found = decompose(Programme.from_frames(operations=frame), "private_per_public",
    ...                   by="region", over="mechanism", group="N")
    >>> sums = found.frame[found.frame["row"] == "all"]
    >>> dict(zip(sums["effect"], sums["value"].round(3), strict=True))
    {'composition': -0.14, 'rate': 0.28, 'gap': 0.14}
    """
    check_level(level)
    groups, columns = _as_columns(by), _as_columns(over)
    _check_columns(groups, columns)
    cells = compared_cells(programme, indicator, by=[*groups, *columns], where=where)
    rows, is_spread = spread_rows(cells, programme, within=groups, where=where)
    moments = cross_moments(rows, unit=groups, over=columns, engine=programme.engine)
    blocks = _blocks(moments, groups, against=against, group=group)
    frame = _frame(cells, moments, blocks, groups=groups, columns=columns, level=level)
    caveats = [*caveats_of(programme, where), ARITHMETIC, *([SPREAD] if is_spread else [])]
    caveats += _caveats(frame, cells, moments, groups, against)
    arguments: dict[str, object] = {"indicator": indicator, "by": groups, "over": columns}
    arguments |= {"against": against, "group": group, "where": where, "level": level}
    return Decomposition(
        frame=frame.assign(against=against)[
            ["indicator", *groups, "against", "row", *columns, *VALUE_COLUMNS]
        ],
        provenance=programme.provenance.made_by("decompose", arguments),
        caveats=tuple(caveats),
        by=groups,
        over=columns,
        against=against,
        level=level,
        unit=cells.unit,
        heading=cells.indicator.label,
    )


def rests_on_few(frame: pd.DataFrame, indicator: Indicator) -> bool:
    """Whether an interval of a ratio of money rests on too few clusters to hold its level."""
    with_error = frame.loc[frame["se"].notna(), "n"]
    return is_money_ratio(indicator) and bool((with_error < ENOUGH_CLUSTERS).any())


def _as_columns(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(dict.fromkeys(names))


def _check_columns(groups: tuple[str, ...], over: tuple[str, ...]) -> None:
    if not groups:
        raise UsageError("Nothing to compare by.", todo='Give a column, for example by="region".')
    if not 1 <= len(over) <= MAX_COLUMNS:
        raise UsageError(
            f"A gap is taken apart over one to {MAX_COLUMNS} columns, not {len(over)}.",
            todo='Give for example over="mechanism".',
        )
    both = sorted(set(groups) & set(over))
    if both:
        raise UsageError(
            f"'{both[0]}' cannot be compared and be the categories at once.",
            todo="Take another column for over.",
        )


def _names(frame: pd.DataFrame, by: Sequence[str]) -> list[str]:
    columns = [frame[name].tolist() for name in by]
    return [", ".join(map(str, row)) for row in zip(*columns, strict=True)]


def _blocks(
    moments: CrossMoments, by: tuple[str, ...], *, against: str, group: str | None
) -> list[Block]:
    """Pairs of sides; a group that is not known stands in the rest, but for nothing itself."""
    known = [int(unit) for unit in is_known(moments.units, by).nonzero()[0]]
    if len(moments.units) < 2:
        raise UsageError(
            f"There are no two different values of {' and '.join(by)}: nothing to compare with.",
            todo="Compare by another column, or leave out some of the conditions.",
        )
    bench = None if against == "rest" else _named(moments, by, known, against)
    here = known if group is None else [_named(moments, by, known, group)]
    if group is not None and here == [bench]:
        raise UsageError(f"'{group}' cannot be compared with itself.")
    return [Block(here=unit, there=bench) for unit in here if unit != bench]


def _named(moments: CrossMoments, by: tuple[str, ...], known: list[int], name: str) -> int:
    labels = {unit: [str(moments.units[column][unit]) for column in by] for unit in known}
    found = [unit for unit in known if name in (*labels[unit], ", ".join(labels[unit]))]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            f"'{name}' names {len(found)} groups of {', '.join(by)}.",
            todo="Write the values of all columns, separated by a comma and a space.",
        )
    raise one_of("group", name, [value for row in labels.values() for value in row])


def _frame(
    cells: ClusterCells,
    moments: CrossMoments,
    blocks: Sequence[Block],
    *,
    groups: tuple[str, ...],
    columns: tuple[str, ...],
    level: float,
) -> pd.DataFrame:
    margins, clusters = margins_of(moments.categories), cluster_count(cells)
    independent = unit_names(cells.cluster_name)
    frames = []
    for block in blocks:
        rows = block_rows(
            moments,
            block,
            margins,
            clusters=clusters,
            level=level,
            unit=cells.unit,
            independent=independent,
        )
        labels = {name: moments.units[name][block.here] for name in groups}
        frames.append(rows.assign(indicator=cells.indicator.id, **labels))
    return pd.concat(frames, ignore_index=True)


def _caveats(
    frame: pd.DataFrame,
    cells: ClusterCells,
    moments: CrossMoments,
    groups: tuple[str, ...],
    against: str,
) -> list[str]:
    caveats = [FEW] if rests_on_few(frame, cells.indicator) else []
    unknown = ~is_known(moments.units, groups)
    if unknown.any():
        place = "count with the rest" if against == "rest" else "are left out"
        caveats.append(f"Rows whose {' and '.join(groups)} is not known {place}.")
    left, used = int(cells.cells["left"].sum()), int(cells.cells["used"].sum())
    if left:
        caveats.append(
            f"{left:,} of {left + used:,} rows left out: numerator or denominator not known."
        )
    return caveats
