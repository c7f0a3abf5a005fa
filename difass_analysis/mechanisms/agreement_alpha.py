"""Do raters agree? Krippendorff's alpha for ratings of several partners, with missing ones.

Krippendorff, K. (2019), Content Analysis, fourth edition, chapter 12; Krippendorff (2011),
Computing Krippendorff's alpha-reliability.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import Final, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.errors import SchemaError, UsageError
from difass_analysis.result import Provenance, Result

Scale: TypeAlias = Literal["nominal", "ordinal", "interval"]
Array: TypeAlias = NDArray[np.float64]

_NEEDED: Final = ("unit", "rater", "rating")
_RULE_OF_THUMB = (
    "Krippendorff asks for 0.8, and for 0.667 where tentative conclusions are acceptable; below "
    "that the ratings do not say the same thing."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Agreement(Result):
    """How far raters agree beyond chance.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row: ``scale``, ``value`` (alpha; 1 is full agreement, 0 what chance gives, below 0
        systematic disagreement), ``lower``, ``upper``, ``n`` (units that at least two rated),
        ``raters``, ``ratings`` (pairable ones), ``observed`` and ``expected`` (disagreement),
        ``note``.
    """


def agreement(
    ratings: pd.DataFrame,
    *,
    scale: Scale = "ordinal",
    level: float = 0.95,
    draws: int = 2_000,
    seed: int = 1,
) -> Agreement:
    """Answer: do several raters of the same things agree, beyond chance?

    ``alpha = 1 - observed / expected disagreement``, over all pairs of ratings of the same unit;
    units that one alone rated tell nothing. The interval draws units with replacement (percentile
    bootstrap), since ratings of one unit belong together.

    Parameters
    ----------
    ratings : pandas.DataFrame
        ``unit``, ``rater`` and ``rating`` (a number for ordinal and interval); missing ratings are
        left out.
    scale : {"nominal", "ordinal", "interval"}
        What differences between ratings mean. -2 to +2 is ordinal.
    level : float
        Level of the interval.
    draws, seed : int
        Number of bootstrap draws and their seed.

    Returns
    -------
    Agreement
        Alpha is missing, with a note, where no unit has two ratings or all ratings are the same:
        without variation agreement cannot be told from a habit.

    Raises
    ------
    SchemaError
        When a column is missing, a rating is no number, or one rater rated a unit twice.
    UsageError
        When the scale is unknown or the level is not between 0 and 1.

    Examples
    --------
    >>> rows = [("a", "x", 1), ("a", "y", 1), ("b", "x", 2), ("b", "y", 2), ("c", "x", 1),
    ...         ("c", "y", 2)]
    >>> table = pd.DataFrame(rows, columns=["unit", "rater", "rating"])
    >>> round(float(agreement(table, scale="nominal").frame["value"].iloc[0]), 4)
    0.4444
    """
    if scale not in get_args(Scale):
        raise UsageError(f"There is no scale '{scale}'.", todo=f"Use {', '.join(get_args(Scale))}.")
    if not 0 < level < 1:
        raise UsageError(f"level = {level} is not between 0 and 1.", todo="Give for example 0.95.")
    known = _known(ratings, scale=scale)
    values, counts = _value_counts(known)
    row: dict[str, object] = {
        "scale": scale,
        "value": float("nan"),
        "lower": float("nan"),
        "upper": float("nan"),
        "n": len(counts),
        "raters": int(known["rater"].nunique()),
        "ratings": int(counts.sum()),
        "observed": float("nan"),
        "expected": float("nan"),
        "note": _why_undefined(counts),
    }
    if not row["note"]:
        row |= _estimates(values, counts, scale=scale, level=level, draws=draws, seed=seed)
    return Agreement(
        frame=pd.DataFrame([row]),
        provenance=Provenance(
            programme="ratings",
            name="ratings given by the caller",
            version=version("difass_analysis"),
        ),
        caveats=(_RULE_OF_THUMB,),
    )


def _known(ratings: pd.DataFrame, *, scale: Scale) -> pd.DataFrame:
    absent = [name for name in _NEEDED if name not in ratings.columns]
    if absent:
        raise SchemaError(
            f"The ratings have no column '{absent[0]}'.", todo=f"Needed: {', '.join(_NEEDED)}."
        )
    known = ratings.dropna(subset=list(_NEEDED))
    twice = known[known.duplicated(["unit", "rater"])]
    if len(twice):
        first = twice.iloc[0]
        raise SchemaError(
            f"{first['rater']} rated '{first['unit']}' twice.", todo="Keep one of the ratings."
        )
    if scale != "nominal":
        numbers = pd.to_numeric(known["rating"], errors="coerce")
        if numbers.isna().any():
            bad = known.loc[numbers.isna(), "rating"].iloc[0]
            raise SchemaError(
                f"The rating '{bad}' is no number.", todo='Give numbers, or scale="nominal".'
            )
        known = known.assign(rating=numbers)
    return known


def _value_counts(known: pd.DataFrame) -> tuple[Array, Array]:
    """Values in order, and how often each was given, one row a unit that at least two rated."""
    table = pd.crosstab(known["unit"], known["rating"])
    counts = table.to_numpy(dtype=float)
    counts = counts[counts.sum(axis=1) >= 2]
    kept = counts.sum(axis=0) > 0
    codes = np.arange(len(kept), dtype=float)
    is_number = pd.api.types.is_numeric_dtype(known["rating"])
    values = table.columns.to_numpy(dtype=float) if is_number else codes
    return values[kept], counts[:, kept]


def _why_undefined(counts: Array) -> str:
    if not len(counts):
        return "no unit has ratings of two raters"
    if counts.shape[1] < 2:
        return "all ratings are the same: without variation alpha is undefined"
    return ""


def _estimates(
    values: Array, counts: Array, *, scale: Scale, level: float, draws: int, seed: int
) -> dict[str, object]:
    observed, expected = _disagreement(values, counts[None], scale=scale)
    rng = np.random.default_rng(seed)
    drawn: list[Array] = []
    # Slices of draws, so that many units and draws do not fill the memory.
    step = max(1, int(2_000_000 / counts.size))
    for first in range(0, draws, step):
        chosen = rng.integers(0, len(counts), (min(step, draws - first), len(counts)))
        seen, chance = _disagreement(values, counts[chosen], scale=scale)
        with np.errstate(divide="ignore", invalid="ignore"):
            drawn.append(1 - seen / chance)
    alphas = np.concatenate(drawn) if drawn else np.array([])
    alphas = alphas[np.isfinite(alphas)]
    found: dict[str, object] = {
        "value": float(1 - observed[0] / expected[0]),
        "observed": float(observed[0]),
        "expected": float(expected[0]),
    }
    if len(counts) < 2 or not len(alphas):
        return found | {"note": "one unit: no interval"}
    lower, upper = np.quantile(alphas, [0.5 - level / 2, 0.5 + level / 2])
    return found | {"lower": float(lower), "upper": float(upper)}


def _disagreement(values: Array, counts: Array, *, scale: Scale) -> tuple[Array, Array]:
    """Observed and expected disagreement for each draw of units (draws x units x values)."""
    rated = counts.sum(axis=2)
    weights = 1 / (rated - 1)
    total = rated.sum(axis=1)
    pairs = np.einsum("dui,duj,du->dij", counts, counts, weights)
    own = np.einsum("dui,du->di", counts, weights)
    index = np.arange(counts.shape[2])
    pairs[:, index, index] -= own
    margin = counts.sum(axis=1)
    distance = _distances(values, margin, scale=scale)
    observed = (pairs * distance).sum(axis=(1, 2)) / total
    products = margin[:, :, None] * margin[:, None, :]
    expected = (products * distance).sum(axis=(1, 2)) / (total * (total - 1))
    return observed, expected


def _distances(values: Array, margin: Array, *, scale: Scale) -> Array:
    """Squared differences between two values: (draws x values x values)."""
    if scale == "nominal":
        return np.broadcast_to(1.0 - np.eye(len(values)), (len(margin), *(2 * [len(values)])))
    if scale == "interval":
        return np.broadcast_to(
            (values[:, None] - values[None, :]) ** 2, (len(margin), *(2 * [len(values)]))
        )
    # Ordinal: ratings that lie between two values, counting half of the two themselves.
    upto = margin.cumsum(axis=1) - margin / 2
    return np.asarray((upto[:, :, None] - upto[:, None, :]) ** 2)
