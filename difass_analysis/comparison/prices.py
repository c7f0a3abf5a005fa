"""Constant prices: money of each year brought to the prices of one year before it is added."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd

from difass_analysis.engine import Engine, Lazy
from difass_analysis.errors import UsageError
from difass_analysis.indicators import Indicator, Term
from difass_analysis.schema import TABLES


@dataclass(frozen=True, eq=False, kw_only=True)
class Prices:
    """What turns money of a year into money of the base year.

    Attributes
    ----------
    factors : pandas.DataFrame
        ``year`` and ``_factor``, index of the base year over index of the year.
    base : int
        The base year.
    source : str
        Where the index is from.
    """

    factors: pd.DataFrame
    base: int
    source: str

    def sentence(self) -> str:
        """Say in which prices the figures are."""
        source = f" ({self.source})" if self.source else ""
        index = f"index {self.base} / index of the year"
        return f"Money in prices of {self.base}: nominal x {index}{source}."


def prices_of(deflators: pd.DataFrame, *, years: Iterable[int], price_basis: str) -> Prices:
    """Check a table of deflators and return the factors of these years, base the last one.

    ``real = nominal * D[base] / D[year]``, in the programme's own currency.

    Parameters
    ----------
    deflators : pandas.DataFrame
        ``year``, ``index`` (above zero) and ``source``, one row a year.
    years : iterable of int
        Years that are needed.
    price_basis : str
        Price basis of the programme; ``constant:<year>`` is refused.

    Raises
    ------
    UsageError
        When a column or a year is missing, a year is given twice, an index is not above zero,
        or the programme's amounts are in constant prices already.

    Examples
    --------
    >>> table = pd.DataFrame({"year": [2017, 2018], "index": [100.0, 102.0], "source": "NSI"})
    >>> prices_of(table, years=[2017, 2018], price_basis="current").factors["_factor"].tolist()
    [1.02, 1.0]
    """
    if price_basis.startswith("constant"):
        raise UsageError(
            f"The programme's amounts are in constant prices already ({price_basis}).",
            todo="Leave the deflators out.",
        )
    absent = [name for name in ("year", "index", "source") if name not in deflators.columns]
    if absent:
        raise UsageError(
            f"The deflators have no column {', '.join(absent)}.",
            todo="Give one row a year with year, index and source.",
        )
    wanted = sorted(set(years))
    held = deflators[deflators["year"].isin(wanted)]
    _check_index(held, wanted)
    index = held.set_index("year")["index"].astype(float)[wanted]
    base = wanted[-1]
    return Prices(
        factors=pd.DataFrame({"year": wanted, "_factor": (index[base] / index).to_numpy()}),
        base=base,
        source=", ".join(dict.fromkeys(held["source"].dropna().astype(str))),
    )


def _check_index(held: pd.DataFrame, wanted: Sequence[int]) -> None:
    missing = [str(year) for year in wanted if year not in set(held["year"])]
    twice = held["year"][held["year"].duplicated()].astype(str).tolist()
    index = pd.to_numeric(held["index"], errors="coerce").to_numpy(float)
    bad = held["year"][~(np.isfinite(index) & (index > 0))].astype(str).tolist()
    for found, message in (
        (missing, "The deflators have no row for"),
        (twice, "The deflators have two rows for"),
        (bad, "The deflator is not a number above zero in"),
    ):
        if found:
            raise UsageError(
                f"{message} {', '.join(found[:3])}{' ...' if len(found) > 3 else ''}.",
                todo="Give exactly one index for each year of both periods.",
            )


def is_money(terms: tuple[Term, ...]) -> bool:
    """Whether what is added up is money, however it is computed."""
    return any(
        term.kind != "distinct"
        and any(TABLES[table].column(name).kind == "money" for table, name in term.columns)
        for term in terms
    )


def in_prices(rows: Lazy, prices: Prices, indicator: Indicator, *, engine: Engine) -> Lazy:
    """Multiply the money of each year by its factor; what is not money stays."""
    joined = rows.join(engine.frame(prices.factors), on="year", how="inner")
    sides = {"y": indicator.numerator, "x": indicator.denominator}
    money = {
        side: nw.col(side) * nw.col("_factor") for side, terms in sides.items() if is_money(terms)
    }
    return joined.with_columns(**money) if money else joined
