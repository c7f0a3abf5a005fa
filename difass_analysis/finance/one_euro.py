"""The same public money as grant, loan and guarantee: what each reaches, and what each costs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TypeAlias

import numpy as np
import pandas as pd

from difass_analysis.errors import InputError, UsageError, one_of
from difass_analysis.finance.ranges import Given, Range, as_range
from difass_analysis.inference import Array

Values: TypeAlias = Mapping[str, Array]
INSTRUMENTS = ("grant", "loan", "guarantee")
#: Measures of each instrument: unit and meaning.
MEASURES = {
    "public_cost": ("{currency}", "money set aside less the present value of what is left"),
    "smes_reached": ("SMEs", "SMEs supported, if none is supported twice"),
    "private_money": ("{currency}", "money of SMEs, banks and others beside the public's"),
    "smes_per_million": ("SMEs per million", "SMEs reached for each million of public cost"),
    "private_per_public_cost": ("x", "private money for each unit of public cost"),
}


@cache
def _needed() -> pd.DataFrame:
    with (files(__package__) / "one_euro_assumptions.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file)


def one_euro_assumptions() -> pd.DataFrame:
    """Return what must be assumed to set grant, loan and guarantee side by side.

    Returns
    -------
    pandas.DataFrame
        One row an assumption: ``assumption``, ``instrument``, ``unit``, ``meaning``, ``least``,
        ``most``. There are no values: none holds for every scheme.

    Examples
    --------
    >>> one_euro_assumptions()["instrument"].value_counts().to_dict()
    {'guarantee': 8, 'loan': 6, 'grant': 3, 'all': 1}
    """
    return _needed().copy()


def checked_assumptions(given: Mapping[str, Given]) -> dict[str, Range]:
    """Return all assumptions as ranges.

    Raises
    ------
    InputError
        When one is missing: none has a default.
    UsageError
        When one is unknown or out of range.
    """
    needed = _needed().set_index("assumption")
    for name in given:
        if name not in needed.index:
            raise one_of("assumption", name, list(needed.index))
    missing = [name for name in needed.index if name not in given]
    if missing:
        meanings = "; ".join(f"{name}: {needed.loc[name, 'meaning']}" for name in missing[:3])
        raise InputError(
            f"{len(missing)} assumptions are missing: {', '.join(missing)}.",
            todo=f"None has a default. {meanings}.",
        )
    found = {name: as_range(given[name], name=name) for name in needed.index}
    for name, one in found.items():
        least, most = needed.loc[name, "least"], needed.loc[name, "most"]
        above = least == 0 and needed.loc[name, "unit"] in ("money", "years")
        if one.low < least or one.high > most or ((above or _divides(name)) and one.low <= 0):
            raise UsageError(
                f"{name} is {one.low:g} to {one.high:g} ({needed.loc[name, 'unit']}).",
                todo=f"{needed.loc[name, 'meaning']}. 5 % is written as 0.05.",
            )
    return found


def _divides(name: str) -> bool:
    return name in ("grant_rate", "guarantee_cover", "guarantee_reserve")


def outcomes(values: Values, *, budget: float, years: int) -> dict[tuple[str, str], Array]:
    """Compute every measure of every instrument from values of the assumptions.

    Parameters
    ----------
    values : mapping of str to array of shape (runs,)
        Values of all assumptions.
    budget : float
        Public money set aside at the start, the same for each instrument.
    years : int
        Over how many years.

    Returns
    -------
    dict of (instrument, measure) to array of shape (runs,)
        NaN for the figures by unit of public cost where a fund costs the public nothing.

    Notes
    -----
    Grant: ``SMEs = B (1 - a) / mean``, ``private = B (1 - a) (1 - rate) / rate``, nothing is
    left. Loan: cycles that end within the years, n = floor(years / cycle), at least one;
    ``lent = B (1 - q^n) / (1 - q)`` with q = 1 - loss - cost + yield. Guarantee: a unit of
    money set aside backs ``1 / (reserve cover)`` of loans; q = 1 - (loss / reserve) - (cost /
    reserve) + (fee / reserve), a loss being shared by bank and fund in proportion to the cover.
    What is left, ``B q^n``, is discounted from the year in which the last cycle ends.
    """
    loan = 1 - values["loan_loss"] - values["loan_cost"] + values["loan_yield"]
    reserve = values["guarantee_reserve"]
    # A loss on a loan of a bank falls on the fund by its cover, and the money guaranteed is the
    # cover's part of the loan: by unit of money guaranteed the two cancel.
    burden = values["guarantee_loss"] + values["guarantee_cost"] - values["guarantee_fee"]
    backed = 1 / (reserve * values["guarantee_cover"])
    spent = budget * (1 - values["grant_administration"])
    rate = values["grant_rate"]
    grant = {
        "public_cost": np.full_like(rate, budget),
        "smes_reached": spent / values["grant_mean"],
        "private_money": spent * (1 - rate) / rate,
    }
    lent, loan_cost = _revolved(loan, values["loan_cycle"], values["discount"], budget, years)
    covered, guarantee_cost = _revolved(
        1 - burden / reserve, values["guarantee_cycle"], values["discount"], budget, years
    )
    covered = covered * backed
    found = {
        "grant": grant,
        "loan": {
            "public_cost": loan_cost,
            "smes_reached": lent / values["loan_mean"],
            "private_money": lent * values["loan_private"],
        },
        "guarantee": {
            "public_cost": guarantee_cost,
            "smes_reached": covered / values["guarantee_mean"],
            "private_money": covered * (1 + values["guarantee_private"]),
        },
    }
    return {
        (instrument, name): value
        for instrument, measures in found.items()
        for name, value in _with_unit_figures(measures).items()
    }


def _revolved(
    kept: Array, cycle: Array, discount: Array, budget: float, years: int
) -> tuple[Array, Array]:
    """Return money used in all cycles, and the cost: budget less what is left, discounted."""
    q = np.maximum(kept, 0.0)
    count = np.maximum(np.floor(years / cycle + 1e-9), 1.0)
    same = np.abs(q - 1) < 1e-9
    safe = np.where(same, 0.5, q)
    used = np.where(same, count, (1 - safe**count) / (1 - safe))
    left = q**count / (1 + discount) ** (count * cycle)
    return budget * used, budget * (1 - left)


def _with_unit_figures(measures: dict[str, Array]) -> dict[str, Array]:
    cost = np.where(measures["public_cost"] > 0, measures["public_cost"], np.nan)
    return {
        **measures,
        "smes_per_million": measures["smes_reached"] / cost * 1e6,
        "private_per_public_cost": measures["private_money"] / cost,
    }
