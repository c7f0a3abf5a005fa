"""The real value of a revolving fund: how much loss or cost it can bear and keep its real value."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from difass_analysis.finance.cycles import inflation_of_cycle
from difass_analysis.finance.projection import (
    FundAssumptions,
    project_fund,
    projection_provenance,
)
from difass_analysis.result import Result

_SHARES = ("loss", "net_cost", "yield_kept")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class BreakEven(Result):
    """At which loss, cost or yield a fund keeps its real value, the others as assumed.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a share: ``assumption``, ``assumed``, ``break_even``, ``margin`` (how much worse
        it may get; below 0 the fund shrinks), ``check`` (real value after ten cycles at the
        break-even value over that at the start, by projection: 1), ``unit``, ``note``.
    """


def break_even(assumptions: FundAssumptions) -> BreakEven:
    """Find the loss, cost and yield at which a fund just keeps its real value.

    A fund keeps its real value where ``q = 1 + g`` with g the rise of prices over a cycle, hence
    ``loss = yield - cost - g``, ``cost = yield - loss - g`` and ``yield = loss + cost + g``.

    Parameters
    ----------
    assumptions : FundAssumptions
        The others are held at their central values.

    Returns
    -------
    BreakEven
        A break-even value that cannot be (a share below 0, a loss above 1) is missing, with a
        note: no loss or cost keeps the real value, or any yield or any loss does.

    Raises
    ------
    UsageError
        When an assumption is out of range.

    Examples
    --------
    >>> given = FundAssumptions(capital=100, currency="EUR", loss=0.06, net_cost=0.03,
    ...                         yield_kept=0.12, inflation=0.02, cycle_years=1)
    >>> break_even(given).frame[["assumption", "break_even", "margin"]].round(4).values.tolist()
    [['loss', 0.07, 0.01], ['net_cost', 0.04, 0.01], ['yield_kept', 0.11, 0.01]]
    """
    assumptions.check()
    central = {name: one.central for name, one in assumptions.ranges().items()}
    growth = inflation_of_cycle(central["inflation"], cycle_years=assumptions.cycle_years)
    loss, cost, kept = (central[name] for name in _SHARES)
    found = {
        "loss": kept - cost - growth,
        "net_cost": kept - loss - growth,
        "yield_kept": loss + cost + growth,
    }
    rows = [_row(name, value, central, assumptions) for name, value in found.items()]
    return BreakEven(
        frame=pd.DataFrame(rows),
        provenance=projection_provenance(assumptions.currency, runs=0, seed=0),
        caveats=(
            "One share at a time, the others at their central values; prices rise by "
            f"{growth:.4g} over a cycle.",
        ),
    )


def _row(
    name: str, value: float, central: dict[str, float], given: FundAssumptions
) -> dict[str, object]:
    row: dict[str, object] = {"assumption": name, "assumed": central[name]}
    unit = "share of what is lent in a cycle"
    if value < -1e-12 or (name == "loss" and value > 1):
        missing = {"break_even": float("nan"), "margin": float("nan"), "check": float("nan")}
        # Below 0 a loss or a cost cannot be had, but a yield need not be; nor need a loss of all.
        any_does = name == "yield_kept" if value < 0 else name == "loss"
        note = f"{'Any' if any_does else 'No'} {name} keeps the real value: it would have to be "
        note += f"{value:.4g} to break even." if any_does else f"{value:.4g}."
        return row | missing | {"unit": unit, "note": note}
    value = max(value, 0.0)
    margin = central[name] - value if name == "yield_kept" else value - central[name]
    at = {**central, name: value}
    checked = FundAssumptions(
        capital=given.capital, currency=given.currency, cycle_years=given.cycle_years, **at
    )
    paths = project_fund(checked, cycles=10, runs=100).frame
    real = paths[(paths["quantity"] == "real_capital") & (paths["cycle"] == 10)]["central"]
    check = float(real.iloc[0]) / given.capital
    return row | {"break_even": value, "margin": margin, "check": check, "unit": unit, "note": ""}
