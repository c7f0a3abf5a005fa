"""Do two things rise together across few regions? Rank correlation with exact p values.

Spearman (1904); Kendall (1938), tau-b for ties. P values are from all permutations, so that they
hold for six regions as for sixty; the leave-one-out range shows whether one region makes the story.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from itertools import permutations
from math import factorial
from typing import Final, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.errors import SchemaError, UsageError
from difass_analysis.result import Provenance, Result

Measure: TypeAlias = Literal["spearman", "kendall"]
Array: TypeAlias = NDArray[np.float64]

_LEAST: Final = 4
_EXACT: Final = 9
_DRAWS: Final = 99_999
_SLICE: Final = 50_000
_TIE: Final = 1e-12  # values that differ only by rounding are the same
_CORRELATION = "A correlation across regions is no effect: what differs with both may make it."


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class RankCorrelation(Result):
    """How two columns go together across units, and what hangs on one of them.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row: ``measure``, ``value``, ``p_value``, ``method`` (exact or drawn permutations),
        ``n``, ``lowest``, ``highest`` (of the correlations with one unit left out),
        ``lowest_without``, ``highest_without`` (that unit), ``note``.
    left_out : pandas.DataFrame
        ``unit``, ``value`` and ``p_value`` without that unit.
    """

    left_out: pd.DataFrame


def rank_correlation(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    unit: str = "region",
    measure: Measure = "spearman",
    seed: int = 1,
) -> RankCorrelation:
    """Answer: do two quantities rise together across units, and does that hang on one unit?

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a unit: its name and two numbers. Rows with a missing number are left out.
    x, y, unit : str
        Names of the columns.
    measure : {"spearman", "kendall"}
        Spearman's rho (of mid-ranks) or Kendall's tau-b.
    seed : int
        Of the drawn permutations, which are used above nine units.

    Returns
    -------
    RankCorrelation
        Value and two-sided p value are missing, with a note, below four units or where a column
        does not vary.

    Raises
    ------
    SchemaError
        When a column is missing, or a unit stands twice.
    UsageError
        When the measure is unknown.

    Examples
    --------
    >>> table = pd.DataFrame({"region": list("abcde"), "staff": [1, 2, 3, 4, 5],
    ...                       "reach": [10, 20, 15, 40, 50]})
    >>> found = rank_correlation(table, x="staff", y="reach")
    >>> found.frame[["value", "p_value", "method"]].round(4).values.tolist()
    [[0.9, 0.0833, 'all 120 permutations']]
    """
    if measure not in get_args(Measure):
        raise UsageError(f"There is no measure '{measure}'.", todo="Use spearman or kendall.")
    known = _known(frame, x=x, y=y, unit=unit)
    a, b = (known[name].to_numpy(dtype=float) for name in (x, y))
    value, p_value, method, note = _tested(a, b, measure=measure, seed=seed)
    left_out = _without_each(a, b, known[unit], measure=measure, seed=seed)
    row = {
        "measure": measure,
        "value": value,
        "p_value": p_value,
        "method": method,
        "n": len(known),
        **_extremes(left_out),
        "note": note,
    }
    dropped = len(frame) - len(known)
    said = (f"{dropped} units without both numbers are left out.",) if dropped else ()
    return RankCorrelation(
        frame=pd.DataFrame([row]),
        left_out=left_out,
        provenance=Provenance(
            programme="units",
            name="rows given by the caller",
            version=version("difass_analysis"),
        ),
        caveats=(_CORRELATION, *said),
    )


def _known(frame: pd.DataFrame, *, x: str, y: str, unit: str) -> pd.DataFrame:
    absent = [name for name in (unit, x, y) if name not in frame.columns]
    if absent:
        raise SchemaError(
            f"The rows have no column '{absent[0]}'.",
            todo=f"Columns: {', '.join(map(str, frame.columns))}.",
        )
    known = frame.dropna(subset=[unit, x, y])
    twice = known.loc[known[unit].duplicated(), unit]
    if len(twice):
        raise SchemaError(
            f"'{twice.iloc[0]}' stands in several rows.", todo="Give one row for each unit."
        )
    return known


def _tested(a: Array, b: Array, *, measure: Measure, seed: int) -> tuple[float, float, str, str]:
    """Value, p value, how it was found, and why there is none."""
    nan = float("nan")
    if len(a) < _LEAST:
        return nan, nan, "", f"fewer than {_LEAST} units"
    if len(set(a)) < 2 or len(set(b)) < 2:
        return nan, nan, "", "one of the two does not vary"
    one, other = (np.asarray(pd.Series(given).rank(), dtype=np.float64) for given in (a, b))
    if measure == "kendall":
        one, other = _signs(one), _signs(other)
    scale = _scale(one, other, measure=measure)
    observed = float(_products(one, other, np.arange(len(a))[None], measure=measure)[0] / scale)
    if len(a) <= _EXACT:
        orders = np.array(list(permutations(range(len(a)))))
        count = factorial(len(a))
        as_far = _as_far(one, other, orders, observed, scale, measure=measure)
        return observed, as_far / count, f"all {count:,} permutations", ""
    as_far = _drawn(one, other, observed, scale, measure=measure, seed=seed)
    # The order observed is one of those possible (Phipson and Smyth 2010).
    return observed, (as_far + 1) / (_DRAWS + 1), f"{_DRAWS:,} drawn permutations", ""


def _signs(ranks: Array) -> Array:
    return np.asarray(np.sign(ranks[:, None] - ranks[None, :]), dtype=np.float64)


def _scale(one: Array, other: Array, *, measure: Measure) -> float:
    if measure == "spearman":
        one, other = one - one.mean(), other - other.mean()
    return float(np.sqrt((one**2).sum() * (other**2).sum()))


def _products(one: Array, other: Array, orders: NDArray[np.int64], *, measure: Measure) -> Array:
    """Numerator of the correlation for each order of the second column."""
    if measure == "spearman":
        return np.asarray((other - other.mean())[orders] @ (one - one.mean()))
    shuffled = other[orders[:, :, None], orders[:, None, :]]
    return np.asarray(np.einsum("ij,pij->p", one, shuffled))


def _as_far(
    one: Array,
    other: Array,
    orders: NDArray[np.int64],
    observed: float,
    scale: float,
    *,
    measure: Measure,
) -> int:
    """How many orders give a correlation at least as far from zero."""
    found = 0
    for first in range(0, len(orders), _SLICE):
        values = _products(one, other, orders[first : first + _SLICE], measure=measure) / scale
        found += int((np.abs(values) >= abs(observed) - _TIE).sum())
    return found


def _drawn(
    one: Array, other: Array, observed: float, scale: float, *, measure: Measure, seed: int
) -> int:
    rng = np.random.default_rng(seed)
    size, found, left = len(one), 0, _DRAWS
    step = max(1, min(_SLICE, 20_000_000 // size**2))
    while left:
        count = min(step, left)
        orders = rng.permuted(np.tile(np.arange(size), (count, 1)), axis=1)
        found += _as_far(one, other, orders, observed, scale, measure=measure)
        left -= count
    return found


def _without_each(
    a: Array, b: Array, units: pd.Series, *, measure: Measure, seed: int
) -> pd.DataFrame:
    rows = []
    for place, name in enumerate(units):
        kept = np.arange(len(a)) != place
        value, p_value, _, _ = _tested(a[kept], b[kept], measure=measure, seed=seed)
        rows.append({"unit": name, "value": value, "p_value": p_value})
    return pd.DataFrame(rows, columns=["unit", "value", "p_value"])


def _extremes(left_out: pd.DataFrame) -> dict[str, object]:
    known = left_out.dropna(subset=["value"])
    if known.empty:
        nan = float("nan")
        return {"lowest": nan, "highest": nan, "lowest_without": "", "highest_without": ""}
    low = known.iloc[int(known["value"].to_numpy().argmin())]
    high = known.iloc[int(known["value"].to_numpy().argmax())]
    return {
        "lowest": float(low["value"]),
        "highest": float(high["value"]),
        "lowest_without": str(low["unit"]),
        "highest_without": str(high["unit"]),
    }
