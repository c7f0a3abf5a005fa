"""The way of numbers: each region against the rest, and whether mix or rates make the gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd

from difass_analysis.comparison import contrasts, decompose
from difass_analysis.errors import DifassError
from difass_analysis.programme import Programme

COLUMNS: Final = (
    "region",
    "value",
    "difference",
    "difference_lower",
    "difference_upper",
    "difference_p_holm",
    "composition",
    "rate",
    "other",
    "n",
    "unit",
    "note",
)


def number_answer(
    programme: Programme,
    indicator: str,
    *,
    by: str,
    over: Sequence[str],
    where: Mapping[str, Sequence[str]] | None,
    level: float,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Compare each region with the rest, and take the difference apart.

    Parameters
    ----------
    programme : Programme
        The data.
    indicator : str
        Id of a ratio of sums.
    by : str
        Column of the regions.
    over : sequence of str
        Columns of the categories; nothing is taken apart without any.
    where : mapping of str to sequence of str, optional
        Columns and the values that count.
    level : float
        Level of the intervals.

    Returns
    -------
    tuple
        One row a region: ``region``, ``value``, ``difference`` from the rest with bounds and
        Holm's p value, ``composition``, ``rate`` and ``other`` (found on one side only, or
        without a denominator), which add up to the difference; ``n`` (clusters), ``unit``,
        ``note``. And the sentences that belong to them.
    """
    found = contrasts(programme, indicator, by=by, where=where, level=level)
    frame = found.frame.rename(columns={by: "region"})
    parts = pd.DataFrame(columns=["composition", "rate", "other"], dtype=float)
    said = list(found.caveats)
    if over:
        try:
            taken = decompose(
                programme, indicator, by=by, over=list(over), where=where, level=level
            )
        except DifassError as trouble:
            # The comparison stands without it, and the reader is told why it is missing.
            said.append(f"Differences are not taken apart: {trouble.message}")
        else:
            parts = _parts(taken.frame, by)
            said += [one for one in taken.caveats if one not in said]
    # Regions that are not known have no conditions.
    frame = frame.dropna(subset=["region"]).join(parts, on="region")
    return frame.reindex(columns=list(COLUMNS)).reset_index(drop=True), tuple(said)


def _parts(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    sums = frame[frame["row"] == "all"]
    kinds = sums["effect"].where(sums["effect"].isin(["composition", "rate", "gap"]), "other")
    wide = sums.assign(kind=kinds).pivot_table(
        index=by, columns="kind", values="value", aggfunc="sum", min_count=1
    )
    wide = wide.reindex(columns=["composition", "rate", "other", "gap"]).astype(float)
    known = wide["gap"].notna()
    return wide.assign(other=wide["other"].where(~known, wide["other"].fillna(0.0))).drop(
        columns="gap"
    )
