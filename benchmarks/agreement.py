"""Whether the peers found the same figures: no time counts before they did."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

#: Largest relative difference between two peers. Bounds of an interval can hang on the
#: difference of two nearly equal numbers (Fieller), so they may differ by more.
TOLERANCES = {"value": 1e-9, "se": 1e-9, "n": 0.0, "lower": 1e-6, "upper": 1e-6}


def differences(tables: dict[str, pd.DataFrame], groups: list[str]) -> dict[str, float]:
    """Largest relative difference of each figure between the package and the other peers.

    Ends the programme when the peers disagree on rows, on what is undefined, or on a figure.
    """
    keys = ["indicator", *groups]
    ordered = {
        peer: table.sort_values(keys, na_position="last").reset_index(drop=True)
        for peer, table in tables.items()
    }
    ours = ordered.pop("package")
    apart = dict.fromkeys(TOLERANCES, 0.0)
    for peer, theirs in ordered.items():
        if len(ours) != len(theirs) or not _same(ours[keys], theirs[keys]):
            sys.exit(f"The package and {peer} have different rows.")
        for name in TOLERANCES:
            apart[name] = max(apart[name], _difference(ours[name], theirs[name]))
            if not apart[name] <= TOLERANCES[name]:
                sys.exit(f"The package and {peer} differ in {name} by {apart[name]:.1e}.")
    return apart


def _same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    return all(
        ((one[name] == other[name]) | (one[name].isna() & other[name].isna())).all() for name in one
    )


def _difference(one: pd.Series, other: pd.Series) -> float:
    first, second = one.to_numpy(float), other.to_numpy(float)
    if (np.isnan(first) != np.isnan(second)).any():
        return float("inf")
    size = np.where(second == 0, 1.0, np.abs(second))
    return float(np.nanmax(np.abs(first - second) / size))
