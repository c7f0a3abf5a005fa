"""From sums over clusters to value, error and interval, for the two peers of the package.

Written apart from the package, so that agreement means something.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

LEVEL = 0.95
FEW, UNSTABLE = 10, 0.1
FIGURES = ["value", "lower", "upper", "se", "n"]


def ratios(cells: pd.DataFrame) -> pd.DataFrame:
    """Figures of a ratio of sums, from n, y, x, yy, xx, xy and the jackknife's error by cell."""
    n, y, x = cells["n"].to_numpy(float), cells["y"].to_numpy(float), cells["x"].to_numpy(float)
    yy, xx, xy = (cells[name].to_numpy(float) for name in ("yy", "xx", "xy"))
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(n > 1, n / (n - 1), np.nan)
        value = y / x
        linear = np.sqrt(scale * np.maximum(yy - 2 * value * xy + value**2 * xx, 0)) / x
        error = np.where(n < FEW, cells["jackknife"].to_numpy(float), linear)
        quantile = special.stdtrit(np.where(n > 1, n - 1, np.nan), 0.5 + LEVEL / 2)
        lower, upper = value - quantile * error, value + quantile * error
        unstable = np.sqrt(scale * np.maximum(xx - x**2 / n, 0)) / x > UNSTABLE
        a = x**2 - quantile**2 * scale * (xx - x**2 / n)
        b = x * y - quantile**2 * scale * (xy - x * y / n)
        c = y**2 - quantile**2 * scale * (yy - y**2 / n)
        root = np.sqrt(np.maximum(b**2 - a * c, 0))
        lower = np.where(unstable, np.where(a > 0, (b - root) / a, np.nan), lower)
        upper = np.where(unstable, np.where(a > 0, (b + root) / a, np.nan), upper)
    lower = np.where((value >= 0) & (lower < 0), 0.0, lower)
    return cells.assign(value=value, lower=lower, upper=upper, se=error, n=n)


def counts(cells: pd.DataFrame) -> pd.DataFrame:
    """Figures of a distinct count n by cell, with Garwood's interval."""
    n, tail = cells["n"].to_numpy(float), (1 - LEVEL) / 2
    lower, upper = special.gammaincinv(n, tail), special.gammaincinv(n + 1, 1 - tail)
    return cells.assign(value=n, lower=lower, upper=upper, se=np.sqrt(n), n=n)


def tidy(parts: dict[str, pd.DataFrame], by: list[str]) -> pd.DataFrame:
    """All figures of one level below each other."""
    frames = [frame[[*by, *FIGURES]].assign(indicator=name) for name, frame in parts.items()]
    return pd.concat(frames, ignore_index=True)
