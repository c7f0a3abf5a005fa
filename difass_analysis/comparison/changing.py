"""What has changed between two periods, and whether it is the mix or the rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np
import pandas as pd

from difass_analysis.comparison.blocks import Block
from difass_analysis.comparison.change_rows import (
    CHANGE_COLUMNS,
    absent_rows,
    ratio_rows,
)
from difass_analysis.comparison.change_totals import largest_clusters, total_rows
from difass_analysis.comparison.cross_moments import CrossMoments, cross_moments
from difass_analysis.comparison.decomposition import (
    ARITHMETIC,
    FEW,
    MAX_COLUMNS,
    rests_on_few,
)
from difass_analysis.comparison.factors import Margins, margins_of
from difass_analysis.comparison.gap_rows import VALUE_COLUMNS
from difass_analysis.comparison.gap_steps import waterfall_steps
from difass_analysis.comparison.model import caveats_of, check_level
from difass_analysis.comparison.periods import Period, named, two_periods
from difass_analysis.comparison.prices import Prices, in_prices, is_money, prices_of
from difass_analysis.comparison.spread_units import SPREAD, spread_rows
from difass_analysis.display.waterfalls import waterfall
from difass_analysis.engine import Lazy
from difass_analysis.errors import UsageError, one_of
from difass_analysis.inference import Array
from difass_analysis.measurement import CLUSTER, ClusterCells, cluster_cells
from difass_analysis.measurement.units import unit_names
from difass_analysis.programme import Programme
from difass_analysis.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PERIOD = "_period"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Change(Result):
    """An indicator before and after: difference and ratio, and the parts of the difference.

    Attributes
    ----------
    frame : pandas.DataFrame
        Four rows a group: ``indicator``, the group columns, ``measure`` (``before``, ``after``,
        ``difference``, ``ratio``), ``period``, ``value``, ``lower``, ``upper``, ``se``, ``n``
        (clusters), ``unit``, ``method``, ``note``.
    parts : pandas.DataFrame
        The difference taken apart, in the columns of a :class:`Decomposition`, here being the
        later and against the earlier period; of a total, one row a category. Empty without
        categories.
    by, over : tuple of str
        Names of the group columns and of the category columns.
    periods : tuple of str
        Names of the two periods, before and after.
    level : float
        Level of the intervals.
    unit : str
        Unit of the indicator.
    heading : str
        What is measured.
    """

    parts: pd.DataFrame = field(default_factory=pd.DataFrame)
    by: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    periods: tuple[str, str] = ("before", "after")
    level: float = 0.95
    unit: str = ""
    heading: str = ""

    def plot(self, *, group: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw the way from the earlier to the later value of one group; return the Axes.

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
        rows = self.parts if self.over else self._as_parts()
        names = _names(rows, self.by)
        held = list(dict.fromkeys(names))
        if group is None and len(held) != 1:
            raise UsageError(
                f"The table holds {len(held)} groups.", todo='Name one: plot(group="...").'
            )
        if group is not None and group not in held:
            raise one_of("group", group, held)
        name = held[0] if group is None else group
        before, after = self.periods
        rows = rows[[text == name for text in names]]
        steps = waterfall_steps(rows, over=self.over, here=after, there=before)
        return waterfall(
            steps.assign(level=self.level),
            title=f"{self.heading}{', ' if name else ''}{name}: {before} to {after}",
            unit=self.unit,
            caveats=self.caveats,
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )

    def _as_parts(self) -> pd.DataFrame:
        """The difference alone, as if it were the only part."""
        wide = {
            measure: self.frame[self.frame["measure"] == measure].reset_index(drop=True)
            for measure in ("before", "after", "difference")
        }
        gap = wide["difference"].assign(row="all", effect="gap", factor="")
        gap["rate"], gap["rate_against"] = wide["after"]["value"], wide["before"]["value"]
        return pd.concat([gap, gap.assign(effect="difference")], ignore_index=True)


def change(
    programme: Programme,
    indicator: str,
    *,
    periods: tuple[Period, Period],
    by: str | Sequence[str] = (),
    over: str | Sequence[str] = (),
    where: Mapping[str, Sequence[str]] | None = None,
    level: float = 0.95,
    deflators: pd.DataFrame | None = None,
) -> Change:
    """Compare two periods: what has changed, is it more than chance, is it mix or rates?

    Parameters
    ----------
    programme : Programme
        The data.
    indicator : str
        Id of an indicator: a ratio of sums, or a total.
    periods : tuple of two periods
        The earlier and the later one: each a year, or its first and last year.
    by : str or sequence of str
        Columns to group by; the whole programme without them.
    over : str or sequence of str
        Columns that make the categories of the decomposition; none without them.
    where : mapping of str to sequence of str, optional
        Columns and the values that count; years are given by the periods.
    level : float
        Level of the intervals, between 0 and 1.
    deflators : pandas.DataFrame, optional
        ``year``, ``index``, ``source``: price index of every year of both periods. Money is
        brought to prices of the last year before anything is added.

    Returns
    -------
    Change
        Before, after, difference (in the indicator's unit) and ratio (after over before) of
        each group, and the parts of the difference. What is undefined is missing with a note: a
        period without rows or without a denominator, a ratio whose numerator is zero.

    Raises
    ------
    UsageError
        When the periods overlap or no row falls into one of them, a column or the level cannot
        be had, or deflators are missing, repeated or not above zero.
    IndicatorError
        When the indicator cannot be computed cluster by cluster.

    Notes
    -----
    A cluster that stands in both periods has one influence, so that what lasts cancels. Errors
    of ratios of sums are as in :func:`decompose`; the interval of the ratio is symmetric on the
    log scale. A total has the error of units that arrive at random: the squared error of a
    difference is the sum over clusters of ``(y_after - y_before)^2``.

    Money per money of one and the same year does not depend on prices; over several years
    deflators change the weight of each year.

    Sources: Kitagawa (1955), Journal of the American Statistical Association 50(272),
    1168-1194; constant prices as in Eurostat (2016), Handbook on Prices and Volume Measures in
    National Accounts.

    Examples
    --------
    >>> frame = pd.DataFrame({"operation_id": list("abcd"), "year": [2017, 2017, 2018, 2018],
    ...     "mechanism": ["fair", "loan", "fair", "loan"],
    ...     "public_amount": [20.0, 80.0, 60.0, 40.0], "private_amount": [8.0, 48.0, 30.0, 40.0]})
    >>> found = change(Programme.from_frames(operations=frame), "private_per_public",
    ...                periods=(2017, 2018), over="mechanism")
    >>> dict(zip(found.frame["measure"], found.frame["value"].round(3), strict=True))
    {'before': 0.56, 'after': 0.7, 'difference': 0.14, 'ratio': 1.25}
    """
    check_level(level)
    spans = two_periods(periods)
    groups, columns = _as_columns(by), _as_columns(over)
    _check_columns(groups, columns, where)
    prices = None
    if deflators is not None:
        years = [year for span in spans for year in span]
        prices = prices_of(deflators, years=years, price_basis=programme.price_basis)
    sides = [
        _side(programme, indicator, span, by=(groups, columns), where=where, prices=prices)
        for span in spans
    ]
    marked = [side.rows.with_columns(nw.lit(i).alias(_PERIOD)) for i, side in enumerate(sides)]
    moments = cross_moments(
        nw.concat(marked), unit=(*groups, _PERIOD), over=columns, engine=programme.engine
    )
    names = (named(spans[0]), named(spans[1]))
    frame, parts = _frames(moments, sides[0].cells, groups, names, level=level)
    caveats = _caveats(programme, where, sides, prices, frame, columns)
    return Change(
        frame=frame[["indicator", *groups, *CHANGE_COLUMNS]],
        parts=_tidy_parts(parts, groups, columns, names),
        provenance=programme.provenance,
        caveats=tuple(caveats),
        by=groups,
        over=columns,
        periods=names,
        level=level,
        unit=sides[0].cells.unit,
        heading=sides[0].cells.indicator.label,
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class _Side:
    """One period: what was measured, and its rows by group, category and cluster."""

    cells: ClusterCells
    rows: Lazy
    is_spread: bool


def _side(
    programme: Programme,
    indicator: str,
    span: range,
    *,
    by: tuple[tuple[str, ...], tuple[str, ...]],
    where: Mapping[str, Sequence[str]] | None,
    prices: Prices | None,
) -> _Side:
    groups, columns = by
    conditions = {**(where or {}), "year": [str(year) for year in span]}
    years = () if prices is None else ("year",)
    cells = cluster_cells(programme, indicator, by=(*groups, *columns, *years), where=conditions)
    if not cells.cells["used"].sum():
        _refuse_empty(programme, indicator, span, where)
    rows, is_spread = spread_rows(cells, programme, within=groups, where=conditions)
    if prices is not None:
        rows = in_prices(rows, prices, cells.indicator, engine=programme.engine)
        sums = [nw.col(side).sum() for side in ("y", "x")]
        rows = rows.group_by(*groups, *columns, CLUSTER).agg(*sums)
    rows = programme.engine.materialise(rows.select(*groups, *columns, CLUSTER, "y", "x"))
    return _Side(cells=cells, rows=rows, is_spread=is_spread)


def _refuse_empty(
    programme: Programme, indicator: str, span: range, where: Mapping[str, Sequence[str]] | None
) -> None:
    held = cluster_cells(programme, indicator, by=["year"], where=where).cells
    years = sorted(int(year) for year in held["year"][held["used"] > 0].dropna())
    known = f"The data have {named(range(years[0], years[-1] + 1))}." if years else ""
    raise UsageError(
        f"'{indicator}' is known in no row of {named(span)}.", todo=f"{known} Choose other years."
    )


def _check_columns(
    groups: tuple[str, ...], over: tuple[str, ...], where: Mapping[str, Sequence[str]] | None
) -> None:
    if "year" in (*groups, *over, *(where or {})):
        raise UsageError(
            "'year' cannot be a group, a category or a condition of a change.",
            todo="The periods say which years count.",
        )
    if len(over) > MAX_COLUMNS:
        raise UsageError(
            f"A change is taken apart over at most {MAX_COLUMNS} columns, not {len(over)}."
        )
    both = sorted(set(groups) & set(over))
    if both:
        raise UsageError(
            f"'{both[0]}' cannot be a group and make the categories at once.",
            todo="Take another column for over.",
        )


def _as_columns(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(dict.fromkeys(names))


def _names(frame: pd.DataFrame, by: Sequence[str]) -> list[str]:
    columns = [frame[name].tolist() for name in by]
    labels = [", ".join(map(_label, row)) for row in zip(*columns, strict=True)]
    return labels if by else [""] * len(frame)


def _label(value: object) -> str:
    return "(not known)" if value is None or value != value else str(value)


def _frames(
    moments: CrossMoments,
    cells: ClusterCells,
    groups: tuple[str, ...],
    names: tuple[str, str],
    *,
    level: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of all groups: the four measures, and the parts of the difference."""
    margins, units = margins_of(moments.categories), moments.units.assign(_group=0)
    if groups:
        units["_group"] = units.groupby(list(groups), dropna=False, sort=False).ngroup()
    largest = np.zeros(0) if cells.indicator.is_ratio else largest_clusters(moments)
    frames, parts = [], []
    for _, pair in units.groupby("_group", sort=True):
        number = dict(zip(pair[_PERIOD].astype(int), pair.index.astype(int), strict=True))
        if len(number) < 2:
            missing = names[1 - next(iter(number))]
            rows, shares = absent_rows(missing, cells.unit), pd.DataFrame()
        else:
            block = Block(here=number[1], there=number[0])
            rows, shares = _block_rows(
                moments, block, margins, largest, cells=cells, names=names, level=level
            )
        labels = {name: pair[name].iloc[0] for name in groups}
        frames.append(rows.assign(indicator=cells.indicator.id, **labels))
        parts.append(shares.assign(indicator=cells.indicator.id, **labels))
    frame = pd.concat(frames, ignore_index=True)
    period = {"before": names[0], "after": names[1]}
    frame["period"] = frame["measure"].map(period).fillna(f"{names[0]} to {names[1]}")
    held = [part for part in parts if len(part)]
    return frame, pd.concat(held, ignore_index=True) if held else pd.DataFrame()


def _block_rows(
    moments: CrossMoments,
    block: Block,
    margins: Margins,
    largest: Array,
    *,
    cells: ClusterCells,
    names: tuple[str, str],
    level: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    independent = unit_names(cells.cluster_name)
    if not cells.indicator.is_ratio:
        return total_rows(
            moments, block, largest, level=level, unit=cells.unit, independent=independent
        )
    return ratio_rows(
        moments,
        block,
        margins,
        level=level,
        unit=cells.unit,
        independent=independent,
        periods=names,
    )


def _tidy_parts(
    parts: pd.DataFrame,
    groups: tuple[str, ...],
    over: tuple[str, ...],
    names: tuple[str, str],
) -> pd.DataFrame:
    order = ["indicator", *groups, "period", "against", "row", *over, *VALUE_COLUMNS]
    if parts.empty or not over:
        return pd.DataFrame({name: [] for name in order})
    return parts.assign(period=names[1], against=names[0])[order]


def _caveats(
    programme: Programme,
    where: Mapping[str, Sequence[str]] | None,
    sides: Sequence[_Side],
    prices: Prices | None,
    frame: pd.DataFrame,
    over: tuple[str, ...],
) -> list[str]:
    caveats = caveats_of(programme, where)
    indicator = sides[0].cells.indicator
    if not is_money(indicator.numerator) and not is_money(indicator.denominator):
        pass
    elif prices is not None:
        caveats.append(prices.sentence())
    else:
        basis = programme.price_basis or "prices as given in the data"
        caveats.append(f"Price basis: {basis}; money of different years is not deflated.")
    caveats += [ARITHMETIC] if over else []
    caveats += [SPREAD] if any(side.is_spread for side in sides) else []
    caveats += [FEW] if rests_on_few(frame, indicator) else []
    left, used = (
        int(sum(side.cells.cells[name].sum() for side in sides)) for name in ("left", "used")
    )
    if left:
        caveats.append(
            f"{left:,} of {left + used:,} rows left out: numerator or denominator not known."
        )
    return caveats
