"""Rates that law has fixed: currencies that joined the euro, and currencies cut by zeros."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import pandas as pd


@cache
def _read(name: str) -> pd.DataFrame:
    with (files(__package__) / name).open(encoding="utf-8") as file:
        return pd.read_csv(file, parse_dates=["date"])


def fixed_rates() -> pd.DataFrame:
    """Return the conversion rates of the currencies that joined the euro.

    Returns
    -------
    pandas.DataFrame
        One row a currency: ``currency``, ``rate`` (units for one euro, six significant
        figures), ``date`` (first day of the euro), ``country``, ``source`` (the regulation).

    Notes
    -----
    Council Regulation (EC) No 1103/97, Article 4: the rates are neither rounded nor truncated,
    an inverse derived from them is not used, and amounts of one national unit become amounts of
    another by way of the euro.

    Examples
    --------
    >>> fixed_rates().set_index("currency")["rate"].loc[["DEM", "HRK"]].tolist()
    [1.95583, 7.5345]
    """
    return _read("fixed_rates.csv").copy()


def redenominations() -> pd.DataFrame:
    """Return currencies that were replaced by themselves with fewer zeros.

    Returns
    -------
    pandas.DataFrame
        ``old``, ``new``, ``units`` (of the old for one of the new), ``date``, ``source``.

    Examples
    --------
    >>> redenominations().set_index("new")["units"].loc["RON"]
    np.int64(10000)
    """
    return _read("redenominations.csv").copy()


@cache
def fixed_rate(currency: str) -> tuple[float, pd.Timestamp, str] | None:
    """Rate, first day of the euro and regulation of a currency that joined; None for others.

    Examples
    --------
    >>> fixed_rate("SKK")[0], fixed_rate("SEK")
    (30.126, None)
    """
    held = _read("fixed_rates.csv")
    found = held[held["currency"] == currency]
    if found.empty:
        return None
    row = found.iloc[0]
    return float(row["rate"]), pd.Timestamp(row["date"]), str(row["source"])
