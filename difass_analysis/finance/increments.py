"""Incremental cost-effectiveness: what a scheme costs more than another for what it gains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from difass_analysis.display import cost_planes
from difass_analysis.errors import SchemaError, UsageError
from difass_analysis.finance.assumed import assumptions_provenance
from difass_analysis.result import Provenance, Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FEW: Final = 30
_NORMAL = (
    "Differences of means are taken as normal, their errors by independent unit; the interval of "
    "the ratio is Fieller's. Where the difference in effect may be zero there is no such interval: "
    "read the acceptability curve."
)
_COMPARED = (
    "The schemes' units are compared as they are: that they differ in what they are, and not only "
    "in their support, is not taken into account."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CostEffectiveness(Result):
    """Schemes against one of them: differences in cost and effect, and their ratio.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a scheme but for the one compared with: ``scheme``, ``cost_difference``,
        ``cost_se``, ``effect_difference``, ``effect_se``, ``covariance``, ``value`` (incremental
        cost for one more unit of effect), ``lower``, ``upper``, ``n`` (units), ``method``,
        ``note``.
    against : str
        The scheme compared with.
    level : float
        Level of the intervals.
    """

    against: str
    cost_unit: str
    effect_unit: str
    level: float = 0.95

    def acceptability(self, worth: Sequence[float]) -> pd.DataFrame:
        """Return how likely each scheme pays, by what a unit of effect is worth.

        The probability that ``worth * effect difference > cost difference`` (van Hout, Al, Gordon
        and Rutten 1994, Health Economics 3: 309-319).

        Parameters
        ----------
        worth : sequence of float
            Amounts that a unit of effect may be worth.

        Returns
        -------
        pandas.DataFrame
            ``scheme``, ``worth``, ``probability``; missing where there is no error.
        """
        at = np.asarray(worth, dtype=float)
        parts = [
            pd.DataFrame({"scheme": row["scheme"], "worth": at, "probability": _pays(row, at)})
            for row in self.frame.to_dict("records")
        ]
        columns = ["scheme", "worth", "probability"]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the cost-effectiveness plane, and return the Axes."""
        return cost_planes.cost_plane(
            self.frame.assign(level=self.level),
            title=f"Cost and effect against {self.against}",
            cost_unit=self.cost_unit,
            effect_unit=self.effect_unit,
            caveats=self.caveats,
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )

    def plot_acceptability(self, worth: Sequence[float], *, ax: Axes | None = None) -> Axes:
        """Draw how likely each scheme pays, by what a unit of effect is worth."""
        return cost_planes.acceptability_curve(
            self.acceptability(worth),
            title=f"How likely a scheme pays more than {self.against}",
            cost_unit=self.cost_unit,
            effect_unit=self.effect_unit,
            caveats=self.caveats,
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )


@dataclass(frozen=True, kw_only=True)
class Units:
    """What costs and effects are counted in, and where the rows come from."""

    cost: str = ""
    effect: str = ""
    provenance: Provenance | None = None


def incremental(
    rows: pd.DataFrame,
    *,
    against: str,
    scheme: str = "scheme",
    cost: str = "cost_amount",
    effect: str = "effect",
    cluster: str | None = None,
    units: Units | None = None,
    level: float = 0.95,
) -> CostEffectiveness:
    """Answer: what does one more unit of effect cost, going from one scheme to another?

    ``ICER = (C1 - C0) / (E1 - E0)`` with means per supported unit. It is undefined where both
    schemes have the same effect, and not a price where one scheme is cheaper and better.

    Parameters
    ----------
    rows : pandas.DataFrame
        One row a supported unit: its scheme, cost and effect.
    against : str
        The scheme to compare with.
    scheme, cost, effect : str
        Names of the columns; all costs in one currency and price basis.
    cluster : str, optional
        Column of the independent unit, where rows are not independent.
    units : Units, optional
        Unit of the cost and the effect, for titles, and the provenance of the rows.
    level : float
        Level of the intervals.

    Raises
    ------
    SchemaError
        When a column is missing, or holds what is no number.
    UsageError
        When the scheme to compare with does not occur, or the level is not between 0 and 1.

    Examples
    --------
    >>> rows = pd.DataFrame({"scheme": ["a"] * 3 + ["b"] * 3, "cost_amount": [1, 2, 3, 6, 7, 8],
    ...                      "effect": [0, 1, 2, 4, 5, 6]})
    >>> incremental(rows, against="a").frame[["scheme", "value"]].values.tolist()
    [['b', 1.25]]
    """
    if not 0 < level < 1:
        raise UsageError(f"level = {level} is not between 0 and 1.", todo="Give for example 0.95.")
    names = [scheme, cost, effect, *([cluster] if cluster else [])]
    known = _known(rows, names, numbers=[cost, effect])
    if against not in set(known[scheme]):
        raise UsageError(
            f"No row with known cost and effect belongs to the scheme '{against}'.",
            todo=f"Schemes: {', '.join(sorted(map(str, known[scheme].unique())))}.",
        )
    means = {
        str(name): _means(part, cost=cost, effect=effect, cluster=cluster)
        for name, part in known.groupby(scheme, sort=True)
    }
    found = [
        _row(name, one, means[against], level=level)
        for name, one in means.items()
        if name != against
    ]
    units = units or Units()
    return CostEffectiveness(
        frame=pd.DataFrame(found, columns=list(_COLUMNS)),
        against=against,
        cost_unit=units.cost,
        effect_unit=units.effect,
        level=level,
        provenance=units.provenance or assumptions_provenance("rows given by the caller"),
        caveats=(_NORMAL, _COMPARED, *_left_out(len(rows) - len(known))),
    )


_COLUMNS = (
    "scheme",
    "cost_difference",
    "cost_se",
    "effect_difference",
    "effect_se",
    "covariance",
    "value",
    "lower",
    "upper",
    "n",
    "method",
    "note",
)


@dataclass(frozen=True, kw_only=True)
class _Means:
    """Mean cost and effect of a scheme, their covariance matrix and the number of units."""

    values: NDArray[np.float64]
    covariance: NDArray[np.float64]
    units: int


def _known(rows: pd.DataFrame, names: Sequence[str], *, numbers: Sequence[str]) -> pd.DataFrame:
    absent = [name for name in names if name not in rows.columns]
    if absent:
        raise SchemaError(
            f"The rows have no column '{absent[0]}'.",
            todo=f"Columns: {', '.join(map(str, rows.columns))}.",
        )
    known = rows.dropna(subset=list(names)).copy()
    for name in numbers:
        known[name] = pd.to_numeric(known[name], errors="coerce")
        if known[name].isna().any():
            raise SchemaError(
                f"The column '{name}' holds something that is no number.",
                todo="Give plain numbers.",
            )
    known[names[0]] = known[names[0]].astype("str")
    return known


def _left_out(count: int) -> tuple[str, ...]:
    return (f"{count:,} rows without cost or effect are left out.",) if count else ()


def _means(part: pd.DataFrame, *, cost: str, effect: str, cluster: str | None) -> _Means:
    values = part[[cost, effect]].to_numpy(dtype=float)
    mean = values.mean(axis=0)
    residuals = pd.DataFrame(values - mean)
    if cluster:
        residuals = residuals.groupby(part[cluster].to_numpy()).sum()
    e = residuals.to_numpy()
    units = len(e)
    if units < 2:
        return _Means(values=mean, covariance=np.full((2, 2), np.nan), units=units)
    covariance = units / (units - 1) * (e.T @ e) / len(values) ** 2
    return _Means(values=mean, covariance=covariance, units=units)


def _row(name: str, one: _Means, base: _Means, *, level: float) -> dict[str, object]:
    cost, effect = one.values - base.values
    covariance = one.covariance + base.covariance
    value = cost / effect if effect != 0 else float("nan")
    lower, upper = _fieller(cost, effect, covariance, level=level)
    note = _note(cost, effect, lower, units=min(one.units, base.units))
    return {
        "scheme": name,
        "cost_difference": cost,
        "cost_se": float(np.sqrt(covariance[0, 0])),
        "effect_difference": effect,
        "effect_se": float(np.sqrt(covariance[1, 1])),
        "covariance": float(covariance[0, 1]),
        "value": value if not (cost < 0 < effect or effect < 0 <= cost) else float("nan"),
        "lower": lower,
        "upper": upper,
        "n": one.units + base.units,
        "method": "Fieller" if not np.isnan(lower) else "",
        "note": note,
    }


def _fieller(
    cost: float, effect: float, covariance: NDArray[np.float64], *, level: float
) -> tuple[float, float]:
    """Interval of the ratio; missing where the effect may be zero or the ratio is no price."""
    z = float(ndtri(0.5 + level / 2))
    a = effect**2 - z**2 * covariance[1, 1]
    b = cost * effect - z**2 * covariance[0, 1]
    c = cost**2 - z**2 * covariance[0, 0]
    inside = b**2 - a * c
    if not (a > 0 and inside >= 0) or cost < 0 < effect or effect < 0 <= cost:
        return float("nan"), float("nan")
    root = np.sqrt(inside)
    return float((b - root) / a), float((b + root) / a)


def _note(cost: float, effect: float, lower: float, *, units: int) -> str:
    said = []
    if cost < 0 < effect:
        said.append("cheaper and more effective: no price to state")
    elif effect < 0 <= cost:
        dear = "dearer" if cost > 0 else "as dear"
        said.append(f"{dear} and less effective: no price to state")
    elif effect == 0:
        said.append("the same effect: the ratio is undefined")
    elif effect < 0 and cost < 0:
        said.append("cheaper and less effective: what is saved for each unit of effect given up")
    if np.isnan(lower) and not said and units < 2:
        said.append("no interval: one unit in a scheme")
    elif np.isnan(lower) and not said:
        said.append("no interval: the difference in effect may be zero")
    if units < _FEW:
        said.append(f"fewer than {_FEW} units in a scheme: the normal approximation is rough")
    return "; ".join(said)


def _pays(row: Mapping[Any, Any], worth: NDArray[np.float64]) -> NDArray[np.float64]:
    gain = worth * row["effect_difference"] - row["cost_difference"]
    variance = (
        worth**2 * row["effect_se"] ** 2 + row["cost_se"] ** 2 - 2 * worth * row["covariance"]
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(ndtr(gain / np.sqrt(np.maximum(variance, 0.0))))
