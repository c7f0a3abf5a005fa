"""Does the order of the nearest regions hang on the weights? Seeded draws of weights tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.display import condition_profiles
from difass_analysis.errors import InputError, UsageError
from difass_analysis.mechanisms.distance import ContextDistance, weighted_distances
from difass_analysis.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

_TIE: Final = 1e-12
_SLICE: Final = 2_000_000


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class WeightSensitivity(Result):
    """Ranks of regions when the weights are drawn at random.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a region, as ordered by the stated weights: ``region``, ``distance`` and ``rank``
        by the stated weights, ``top_share`` (of the draws in which it is among the nearest),
        ``rank_median``, ``rank_lower`` and ``rank_upper`` (2.5 and 97.5 % of the draws),
        ``rank_best`` and ``rank_worst`` (of all draws), ``undefined_share`` (of the draws without
        a distance), ``note``.
    exporter : str
        Where the practice comes from.
    draws, seed, top : int
        Number of draws, their seed, and up to which rank a region counts as near.
    concentration : float
        How close the draws stay to the stated weights.
    """

    exporter: str = ""
    draws: int = 0
    seed: int = 1
    top: int = 3
    concentration: float = 1.0

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the range of ranks, one row a region, and return the Axes."""
        return condition_profiles.rank_ranges(
            self.frame,
            exporter=self.exporter,
            top=self.top,
            caveats=self.caveats,
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )


def weight_sensitivity(
    distances: ContextDistance,
    *,
    draws: int = 10_000,
    seed: int = 1,
    top: int = 3,
    concentration: float = 1.0,
) -> WeightSensitivity:
    """Answer whether the nearest regions stay the nearest whatever the weights.

    Weights are drawn from a Dirichlet distribution with parameters ``concentration * K * w_k``, K
    being the number of indicators with a weight above 0. With equal weights and a concentration of
    1 every set of weights is equally likely; the larger the concentration, the closer the draws
    stay to the stated weights.

    Parameters
    ----------
    distances : ContextDistance
        From :func:`context_distance`.
    draws, seed : int
        Number of draws, and their seed: the same seed gives the same figures.
    top : int
        Up to which rank a region counts as near.
    concentration : float
        Above 0.

    Returns
    -------
    WeightSensitivity
        A region without any term has no rank.

    Raises
    ------
    UsageError
        When an argument is out of range.
    InputError
        When no region has a term.

    Examples
    --------
    >>> from difass_analysis.mechanisms import context_distance, framework_conditions
    >>> from difass_analysis.programme import Programme
    >>> rows = pd.DataFrame({"region": list("abcabc"), "indicator": ["x"] * 3 + ["y"] * 3,
    ...                      "year": 2021, "value": [0.0, 1.0, 3.0, 0.0, 3.0, 1.0]})
    >>> found = framework_conditions(Programme.from_frames(conditions=rows))
    >>> tried = weight_sensitivity(context_distance(found, exporter="a"), top=1)
    >>> tried.frame["top_share"].round(1).tolist()
    [0.5, 0.5]
    """
    if draws < 1 or top < 1 or not concentration > 0:
        raise UsageError(
            f"draws = {draws}, top = {top}, concentration = {concentration}: one is too small.",
            todo="Give 1 or more draws, 1 or more places, and a concentration above 0.",
        )
    names = [name for name, weight in distances.weights.items() if weight > 0]
    order = list(distances.frame["region"])
    wide = distances.terms.pivot(index="region", columns="indicator", values="difference")
    squares = wide.loc[order, names].to_numpy(dtype=float) ** 2
    if not np.isfinite(squares).any():
        raise InputError(
            "No region has a term: nothing to draw weights for.", todo="Look at .terms for why."
        )
    stated = np.array([distances.weights[name] for name in names])
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(concentration * len(names) * stated, size=draws)
    ranks = _ranks(squares, weights, least_known=distances.least_known)
    return WeightSensitivity(
        frame=_frame(distances, ranks, top),
        provenance=distances.provenance,
        caveats=(*distances.caveats, _said(draws, seed, concentration, len(names))),
        exporter=distances.exporter,
        draws=draws,
        seed=seed,
        top=top,
        concentration=concentration,
    )


def _ranks(squares: Array, weights: Array, *, least_known: float) -> Array:
    """Rank of each region in each draw (draws x regions); those at one distance share a rank."""
    count = len(squares)
    step = max(1, _SLICE // count**2)
    parts = []
    for first in range(0, len(weights), step):
        part = weights[first : first + step]
        found = weighted_distances(squares, part, least_known=least_known)
        nearer = found[:, None, :] < found[:, :, None] - _TIE
        parts.append(np.where(np.isfinite(found), 1.0 + nearer.sum(axis=2), np.nan))
    return np.concatenate(parts)


def _frame(distances: ContextDistance, ranks: Array, top: int) -> pd.DataFrame:
    base = distances.frame[["region", "distance", "rank"]].reset_index(drop=True)
    rows = []
    for place in range(ranks.shape[1]):
        mine = ranks[:, place]
        known = mine[np.isfinite(mine)]
        if not len(known):
            rows.append({"undefined_share": 1.0, "note": "no distance in any draw"})
            continue
        lower, median, upper = np.quantile(known, [0.025, 0.5, 0.975], method="inverted_cdf")
        rows.append(
            {
                # Of all draws: a draw without a distance does not put it among the nearest.
                "top_share": float((known <= top).sum() / len(mine)),
                "rank_median": median,
                "rank_lower": lower,
                "rank_upper": upper,
                "rank_best": known.min(),
                "rank_worst": known.max(),
                "undefined_share": float(1 - len(known) / len(mine)),
                "note": "",
            }
        )
    names = ["top_share", "rank_median", "rank_lower", "rank_upper", "rank_best", "rank_worst"]
    found = pd.DataFrame(rows, columns=[*names, "undefined_share", "note"])
    whole = dict.fromkeys(names[1:], "Int64")
    return pd.concat([base, found.astype(whole)], axis=1)


def _said(draws: int, seed: int, concentration: float, count: int) -> str:
    if count == 1:
        return "One indicator has a weight: there is nothing to draw, and the order is certain."
    error = f"{100 / (2 * draws**0.5):.1g}"
    return (
        f"{draws:,} draws of {count} weights from a Dirichlet distribution (concentration "
        f"{concentration:g}, seed {seed}); a share of draws is out by {error} percentage points at "
        "most (standard error). A share of draws is no probability that a transfer works."
    )
