"""How far is the context of an importer from that of the exporter? Every term of it is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.display import condition_profiles
from difass_analysis.errors import UsageError, one_of
from difass_analysis.mechanisms.conditions import FrameworkConditions
from difass_analysis.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

_SUM: Final = 1e-6
_NO_FORECAST: Final = (
    "A small distance says that contexts are alike on these indicators. It is no forecast that a "
    "practice will work there."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ContextDistance(Result):
    """Distances of contexts from an exporter, the nearest first.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a region: ``exporter``, ``region``, ``distance`` (weighted, in standard deviations
        of the reference set), ``rank`` (1 the nearest; missing without a distance),
        ``weight_known_share`` (share of the weight on indicators that both have), ``known``,
        ``missing`` (indicators without a term, by name), ``assigned`` (terms that rest on the
        value of a larger unit), ``note``.
    terms : pandas.DataFrame
        One row a region and indicator: ``region``, ``indicator``, ``value_exporter``, ``value``,
        ``scale``, ``difference`` ((value - value_exporter) / scale), ``weight``, ``weight_used``
        (of those known, summing to 1), ``term`` (weight_used * difference^2; the terms of a region
        add up to its squared distance), ``assigned``, ``note``.
    exporter : str
        Where the practice comes from.
    weights : mapping of str to float
        Weight of each indicator; they sum to 1.
    least_known : float
        Share of weight below which there is no distance.
    """

    terms: pd.DataFrame = field(default_factory=pd.DataFrame)
    exporter: str = ""
    weights: Mapping[str, float] = field(default_factory=dict)
    least_known: float = 0.5

    def nearest(self, count: int = 3) -> pd.DataFrame:
        """Return the rows of the nearest regions; ties at the end are all kept."""
        return self.frame[self.frame["rank"].le(count).fillna(False)].reset_index(drop=True)

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw every term and the distance, one row a region, and return the Axes."""
        return condition_profiles.terms(
            self.terms,
            distances=self.frame,
            exporter=self.exporter,
            caveats=self.caveats,
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )


def context_distance(
    conditions: FrameworkConditions,
    *,
    exporter: str,
    importers: Sequence[str] = (),
    weights: Mapping[str, float] | None = None,
    least_known: float = 0.5,
) -> ContextDistance:
    """Answer which contexts are most like that of the exporter, and on what they differ.

    ``d = sqrt(sum_k w_k * ((x_ik - x_jk) / s_k)^2)`` over framework indicators, with weights that
    sum to 1 and ``s_k`` the standard deviation over the whole reference set. Where a value is
    missing the sum is over the indicators that both regions have, with their weights brought to
    1, and the share of the weight that is known stands beside it.

    Parameters
    ----------
    conditions : FrameworkConditions
        From :func:`framework_conditions`.
    exporter : str
        Code of the region that the practice comes from.
    importers : sequence of str
        Candidates; all other regions without it.
    weights : mapping of str to float, optional
        Weight of each indicator, 0 or more, together 1; equal weights without it.
    least_known : float
        Least share of the weight that must be known, between 0 and 1.

    Returns
    -------
    ContextDistance
        The distance is missing, with a note, where less weight is known than ``least_known``.
        Regions at the same distance share a rank.

    Raises
    ------
    UsageError
        When a region or an indicator is not in the conditions, an indicator has no weight, or
        the weights are negative or do not sum to 1.

    Examples
    --------
    >>> from difass_analysis.mechanisms import framework_conditions
    >>> from difass_analysis.programme import Programme
    >>> rows = pd.DataFrame({"region": ["ITH5", "FRI1", "ES13"], "indicator": "quality",
    ...                      "year": 2021, "value": [1.0, 2.0, 4.0]})
    >>> found = framework_conditions(Programme.from_frames(conditions=rows))
    >>> near = context_distance(found, exporter="ITH5")
    >>> near.frame[["region", "distance"]].round(4).values.tolist()
    [['FRI1', 0.8018], ['ES13', 2.4054]]
    """
    chosen = _importers(conditions, exporter, importers)
    weighed = _weights(conditions.indicators, weights)
    if not 0 <= least_known <= 1:
        raise UsageError(
            f"least_known = {least_known} is no share.", todo="Give a number between 0 and 1."
        )
    terms = _terms(conditions, exporter, chosen, weighed)
    rows = [
        _row(exporter, region, terms[terms["region"] == region], least_known) for region in chosen
    ]
    frame = pd.DataFrame(rows)
    ranks = frame["distance"].round(12).rank(method="min").astype("Int64")
    frame.insert(3, "rank", ranks)
    frame = frame.sort_values(["rank", "region"], kind="stable").reset_index(drop=True)
    return ContextDistance(
        frame=frame,
        provenance=conditions.provenance,
        caveats=(*conditions.caveats, *_caveats(frame, weights, least_known)),
        terms=terms,
        exporter=exporter,
        weights=weighed,
        least_known=least_known,
    )


def weighted_distances(squares: Array, weights: Array, *, least_known: float) -> Array:
    """Distances over the terms that are known.

    Parameters
    ----------
    squares : numpy.ndarray, shape (regions, indicators)
        Squared differences in standard deviations; not a number where there is none.
    weights : numpy.ndarray, shape (draws, indicators)
        Weights of each draw, summing to 1.
    least_known : float
        Share of the weight below which a distance is missing.

    Returns
    -------
    numpy.ndarray, shape (draws, regions)
        Distances in standard deviations.

    Examples
    --------
    >>> squares = np.array([[4.0, np.nan]])
    >>> weighted_distances(squares, np.array([[0.5, 0.5], [0.2, 0.8]]), least_known=0.5).tolist()
    [[2.0], [nan]]
    """
    known = np.isfinite(squares)
    weight = weights @ known.T.astype(float)
    total = weights @ np.where(known, squares, 0.0).T
    enough = (weight >= least_known - _SUM) & (weight > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(enough, np.sqrt(total / weight), np.nan)


def _importers(
    conditions: FrameworkConditions, exporter: str, importers: Sequence[str]
) -> list[str]:
    held = list(conditions.regions)
    for code in (exporter, *importers):
        if code not in held:
            raise one_of("region with conditions", code, held)
    chosen = list(dict.fromkeys(importers)) or [code for code in held if code != exporter]
    if exporter in chosen or not chosen:
        raise UsageError(
            f"There is no region to compare {exporter} with, or it is compared with itself.",
            todo="Name other regions as importers.",
        )
    return chosen


def _weights(indicators: Sequence[str], weights: Mapping[str, float] | None) -> dict[str, float]:
    if weights is None:
        return dict.fromkeys(indicators, 1.0 / len(indicators))
    for name in weights:
        if name not in indicators:
            raise one_of("indicator to weigh", name, list(indicators))
    absent = [name for name in indicators if name not in weights]
    if absent:
        raise UsageError(
            f"'{absent[0]}' has no weight.", todo="Give each indicator a weight; 0 leaves it out."
        )
    numbers = np.array([weights[name] for name in indicators], dtype=float)
    if not np.isfinite(numbers).all() or (numbers < 0).any():
        raise UsageError("A weight is below 0 or no number.", todo="Give weights of 0 or more.")
    if abs(numbers.sum() - 1) > _SUM:
        raise UsageError(
            f"The weights sum to {numbers.sum():g}, not to 1.",
            todo="Divide each of them by their sum.",
        )
    return {name: float(weights[name]) for name in indicators}


def _terms(
    conditions: FrameworkConditions,
    exporter: str,
    importers: Sequence[str],
    weights: Mapping[str, float],
) -> pd.DataFrame:
    frame = conditions.frame
    scales = conditions.scales.set_index("indicator").to_dict("index")
    own = frame[frame["region"] == exporter].set_index("indicator").to_dict("index")
    rows: list[dict[str, Any]] = []
    for region in importers:
        other = frame[frame["region"] == region].set_index("indicator").to_dict("index")
        for name, weight in weights.items():
            here, there = own[name], other[name]
            scale = float(scales[name]["deviation"])
            mine, theirs = float(here["value"]), float(there["value"])
            rows.append(
                {
                    "region": region,
                    "indicator": name,
                    "value_exporter": mine,
                    "value": theirs,
                    "scale": scale,
                    "difference": (theirs - mine) / scale,
                    "weight": weight,
                    "assigned": bool(here["assigned"]) or bool(there["assigned"]),
                    "note": _note(here, there, scales[name]["note"]),
                }
            )
    terms = pd.DataFrame(rows)
    used = terms["weight"].where(terms["difference"].notna(), 0.0)
    total = used.groupby(terms["region"]).transform("sum")
    share = (used / total.where(total > 0)).where(terms["difference"].notna())
    terms.insert(7, "weight_used", share)
    terms.insert(8, "term", share * terms["difference"] ** 2)
    return terms


def _note(own: Mapping[Any, Any], other: Mapping[Any, Any], scale_note: object) -> str:
    if scale_note:
        return str(scale_note)
    said = [("exporter", own), ("region", other)]
    parts = [f"{who}: {row['note']}" for who, row in said if row["note"]]
    if own["assigned"] and other["assigned"] and own["value_region"] == other["value_region"]:
        parts.append("both have the same value from above, so that the term is 0 by construction")
    return "; ".join(parts)


def _row(exporter: str, region: str, terms: pd.DataFrame, least_known: float) -> dict[str, Any]:
    squares = terms["difference"].to_numpy(dtype=float)[None] ** 2
    weights = terms["weight"].to_numpy(dtype=float)[None]
    distance = float(weighted_distances(squares, weights, least_known=least_known)[0, 0])
    known = terms["difference"].notna()
    share = float(terms.loc[known, "weight"].sum())
    note = ""
    if np.isnan(distance):
        note = f"only {share:.0%} of the weight is known".replace("%", " %")
    return {
        "exporter": exporter,
        "region": region,
        "distance": distance,
        "weight_known_share": share,
        "known": int(known.sum()),
        "missing": ", ".join(terms.loc[~known, "indicator"]),
        "assigned": int((terms["assigned"] & known).sum()),
        "note": note,
    }


def _caveats(
    frame: pd.DataFrame, weights: Mapping[str, float] | None, least_known: float
) -> list[str]:
    said = [_NO_FORECAST]
    if weights is None:
        said.append("All indicators have the same weight: nobody has said which matters more.")
    without = int(frame["distance"].isna().sum())
    if without:
        limit = f"{least_known:.0%}".replace("%", " %")
        said.append(
            f"{without} regions have no distance: less than {limit} of the weight is known."
        )
    partly = int((frame["weight_known_share"] < 1 - _SUM).sum()) - without
    if partly > 0:
        said.append(
            f"{partly} distances are over fewer indicators than others, and compare less well."
        )
    return said
