"""The way of ranks: one exact rank correlation a condition, and what hangs on one region."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Final

import numpy as np
import pandas as pd

from difass_analysis.inference import holm
from difass_analysis.mechanisms.rank_correlations import Measure, rank_correlation

#: What is said where a correlation hangs on no single region.
NO_REGION: Final = "no region"
#: What is said where there are too few regions to leave one out.
NOT_KNOWN: Final = "not known"
_ALL: Final = 8  # up to so many regions the smallest p value is found from all orders


def rank_answer(
    values: pd.DataFrame, *, outcome: str, conditions: Sequence[str], measure: Measure, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Correlate each condition with the outcome, and again without each region.

    Parameters
    ----------
    values : pandas.DataFrame
        One row a region, named by the index: the outcome and the conditions.
    outcome : str
        Column of the outcome.
    conditions : sequence of str
        Columns of the conditions.
    measure : {"spearman", "kendall"}
        Which correlation.
    seed : int
        Of drawn permutations.

    Returns
    -------
    tuple of pandas.DataFrame
        One row a condition (``condition``, what :func:`rank_correlation` gives, ``p_holm`` over
        the conditions, ``hangs_on``), and one row a condition and region left out. ``hangs_on``
        names the regions without which the correlation turns, is less than half or is gone,
        as nothing varies any more; it is not known where too few are left without each.
    """
    table = values.rename_axis("region").reset_index()
    rows, left_out = [], []
    for name in conditions:
        found = rank_correlation(table, x=name, y=outcome, measure=measure, seed=seed)
        row = {"condition": name, **found.frame.iloc[0].to_dict()}
        row["hangs_on"] = _hangs_on(float(row["value"]), found.left_out)
        rows.append(row)
        left_out.append(found.left_out.assign(condition=name))
    frame = pd.DataFrame(rows)
    frame.insert(4, "p_holm", holm(frame["p_value"].to_numpy(dtype=float)))
    without = pd.concat(left_out, ignore_index=True).rename(columns={"unit": "region"})
    return frame, without[["condition", "region", "value", "p_value"]]


def smallest_p(values: pd.DataFrame, *, condition: str, outcome: str) -> float:
    """Return the smallest two-sided p value that any order of these regions could give.

    With few regions, or many ties, no order is rare: then a large p value says nothing against a
    link. Up to eight regions; above, 0 (it is far below 0.001 unless nearly all are tied).

    Examples
    --------
    >>> table = pd.DataFrame({"a": [1, 2, 3, 4], "y": [1, 2, 3, 4]})
    >>> round(smallest_p(table, condition="a", outcome="y"), 4)
    0.0833
    """
    known = values[[condition, outcome]].dropna()
    if not 2 <= len(known) <= _ALL:
        return 0.0 if len(known) > _ALL else 1.0
    a, b = (known[name].rank().to_numpy(dtype=float) for name in (condition, outcome))
    orders = np.array(list(permutations(range(len(known)))))
    products = np.abs((b - b.mean())[orders] @ (a - a.mean()))
    return float((products >= products.max() - 1e-9).mean())


def _hangs_on(value: float, left_out: pd.DataFrame) -> str:
    if np.isnan(value) or value == 0:
        return NO_REGION
    if left_out["value"].isna().all():
        return NOT_KNOWN
    share = left_out["value"] / value
    return ", ".join(map(str, left_out.loc[~(share >= 0.5), "unit"])) or NO_REGION
