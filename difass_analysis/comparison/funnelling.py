"""Funnel: which groups differ by more than groups of their size would by chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np
import pandas as pd
from scipy import special

from difass_analysis.comparison.model import caveats_of, compared_cells, ratios
from difass_analysis.display import funnels
from difass_analysis.errors import IndicatorError
from difass_analysis.measurement import CLUSTER, ClusterCells
from difass_analysis.programme import Programme
from difass_analysis.result import Result, group_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Levels of the two pairs of limits: a warning, and an alarm.
LEVELS = (("95", 0.95), ("998", 0.998))
_POINTS = 60
MODEL = (
    "The limits show how far a group of that size would scatter if all groups had the overall "
    "value and amounts varied alike everywhere; a group outside them deserves a look, no verdict."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Funnel(Result):
    """Groups by size, with the limits within which chance alone would keep them.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a group: the group columns, ``value``, ``size`` (denominator), ``lower95``,
        ``upper95``, ``lower998``, ``upper998``, ``n``, ``unit``, ``note``.
    limits : Limits
        Overall value and the curves of the limits by size.
    by : tuple of str
        Names of the group columns.
    unit, heading : str
        Unit of the value, and the title of the picture.
    """

    limits: funnels.Limits
    by: tuple[str, ...] = ()
    unit: str = ""
    heading: str = ""

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw groups by size within their limits, and return the Axes."""
        labels = group_names(self.frame, self.by)
        return funnels.funnel(
            self.frame[["value", "size", "note"]].assign(label=labels),
            limits=self.limits,
            title=self.heading,
            unit=self.unit,
            caveats=self.caveats,
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )


def funnel(
    programme: Programme,
    indicator: str,
    *,
    by: str | Sequence[str],
    where: Mapping[str, Sequence[str]] | None = None,
) -> Funnel:
    """Compare groups with the overall value, allowing small groups to scatter more.

    Parameters
    ----------
    programme : Programme
        The data.
    indicator : str
        Id of a ratio of sums.
    by : str or sequence of str
        Column, or columns, whose values are compared.
    where : mapping of str to sequence of str, optional
        Columns and the values that count.

    Returns
    -------
    Funnel
        Values, sizes and limits. A group with a zero denominator has no value.

    Raises
    ------
    UsageError
        When a column is not one that can be had.
    IndicatorError
        When the indicator is no ratio of sums, or there are too few clusters for limits.

    Notes
    -----
    With overall ratio R and residuals ``e = y - R x`` by cluster, the scatter of one unit of
    denominator is ``phi = G / (G - 1) * sum(e^2) / sum(x)``; a group of size x then lies within
    ``R +- z * sqrt(phi / x)`` for the normal quantiles z of 95 and 99.8 %.

    Source: Spiegelhalter (2005), Statistics in Medicine 24(8), 1185-1202.

    Examples
    --------
    >>> frame = pd.DataFrame({"operation_id": list("abcd"), "region": ["N", "N", "S", "S"],
    ...     "public_amount": [1.0, 1.0, 2.0, 2.0], "private_amount": [1.0, 3.0, 4.0, 8.0]})
    >>> found = funnel(Programme.from_frames(operations=frame), "private_per_public", by="region")
    >>> found.frame[["region", "value", "size"]].values.tolist()
    [['N', 2.0, 2.0], ['S', 3.0, 4.0]]
    """
    cells = compared_cells(programme, indicator, by=by, where=where)
    overall, scatter = _overall(cells)
    sizes = cells.cells["x"].to_numpy(float)
    value = ratios(cells)
    frame = cells.cells[[*cells.by, "n"]].assign(value=value, size=sizes, unit=cells.unit)
    frame["note"] = np.where(np.isnan(value), "Not defined: no denominator.", "")
    known = sizes[sizes > 0]
    grid = np.geomspace(known.min() * 0.8, known.max() * 1.1, _POINTS)
    return Funnel(
        frame=frame.join(_limits(sizes, overall, scatter).drop(columns="size")),
        provenance=programme.provenance,
        caveats=(*caveats_of(programme, where, cells), MODEL),
        limits=funnels.Limits(
            overall=overall,
            curves=_limits(grid, overall, scatter),
            size_name=cells.indicator.denominator_label or "denominator",
        ),
        by=cells.by,
        unit=cells.unit,
        heading=f"{cells.indicator.label} by {', '.join(cells.by)}",
    )


def _overall(cells: ClusterCells) -> tuple[float, float]:
    """Overall ratio, and the scatter of one unit of its denominator."""
    whole = cells.rows.group_by(CLUSTER).agg(nw.col("y").sum(), nw.col("x").sum())
    products = {"yy": ("y", "y"), "xx": ("x", "x"), "xy": ("x", "y")}
    squared = whole.with_columns(
        **{name: nw.col(one) * nw.col(other) for name, (one, other) in products.items()}
    )
    sums = [nw.col(name).sum() for name in ("y", "x", *products)]
    row = cells.engine.collect(squared.select(*sums, _n=nw.len())).iloc[0]
    clusters, total = float(row["_n"]), float(row["x"])
    if clusters < 2 or not total:
        raise IndicatorError(
            f"A funnel needs two independent units; there are {clusters:.0f}.",
            todo="Look at the values themselves with difass indicators.",
        )
    ratio = float(row["y"]) / total
    residuals = float(row["yy"] - 2 * ratio * row["xy"] + ratio**2 * row["xx"])
    return ratio, clusters / (clusters - 1) * max(residuals, 0.0) / total


def _limits(sizes: np.ndarray, overall: float, scatter: float) -> pd.DataFrame:
    positive = np.where(sizes > 0, sizes, np.nan)
    curves = {"size": sizes}
    for name, level in LEVELS:
        half = special.ndtri(0.5 + level / 2) * np.sqrt(scatter / positive)
        # Neither side of a ratio of money or counts is negative.
        curves[f"lower{name}"] = np.maximum(overall - half, 0.0)
        curves[f"upper{name}"] = overall + half
    return pd.DataFrame(curves)
