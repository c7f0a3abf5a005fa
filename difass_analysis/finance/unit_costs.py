"""What a unit costs: per net output, and what running a scheme takes of its money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from difass_analysis.errors import UsageError
from difass_analysis.finance.net_effects import PERCENTILES, Additionality
from difass_analysis.finance.ranges import NO_SOURCE, Given, Range, as_range
from difass_analysis.measurement import measure
from difass_analysis.programme import Programme
from difass_analysis.result import Result

_PUBLIC: Final = "public"
_SERVED: Final = {"smes": "smes_reached", "operations": "operations"}
_COST_RANGE = (
    "The range is the 5th to the 95th percentile of cost and net output drawn together; it shows "
    "what the assumptions allow."
)
_ALL_YEAR = (
    "Staff are taken to work for the scheme the whole year, each year, as the table schemes states "
    "them."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class UnitCost(Result):
    """A cost divided by what it is for.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``measure``, group columns, ``value``, ``lower``, ``upper``, ``numerator``,
        ``denominator``, ``unit``, ``note``.
    """


def cost_per_net(cost: Given, net: Additionality, *, currency: str = "", seed: int = 1) -> UnitCost:
    """Answer: what does one unit of net output cost?

    ``cost / net output``; the cost is drawn like the factors of the net output, with a seed of its
    own.

    Parameters
    ----------
    cost : Range, float or three floats
        What the support cost, in one currency and price basis; say whose cost (public, all, EU).
    net : Additionality
        The net output.
    currency : str
        Currency of the cost.
    seed : int
        Seed of the draws of the cost.

    Returns
    -------
    UnitCost
        One row. The value is missing where a factor of the net output is, or where the net output
        is not above zero; where a part of the draws has none, the note says what part and there is
        no upper end.

    Raises
    ------
    UsageError
        When the cost is negative.

    Examples
    --------
    >>> from difass_analysis.finance.net_effects import additionality
    >>> factors = {"deadweight": 0.4, "leakage": 0.10, "displacement": 0.25, "substitution": 0,
    ...            "multiplier": 1.1}
    >>> found = cost_per_net(1_500_000, additionality(200, factors=factors, unit="job"))
    >>> round(float(found.frame["value"].iloc[0]), 2)
    16835.02
    """
    amount = as_range(cost, name="cost")
    if amount.low < 0:
        raise UsageError(f"The cost is {amount.low}.", todo="Give what was spent, 0 or more.")
    unit = f"{currency} per {net.unit or 'unit'}".strip()
    row = {
        "measure": "cost per net output",
        "value": float("nan"),
        "lower": float("nan"),
        "upper": float("nan"),
        "numerator": amount.central,
        "denominator": float(net.frame["value"].iloc[-1]),
        "unit": unit,
        "note": f"not known: no value for {', '.join(net.missing)} given" if net.missing else "",
    }
    if not net.missing:
        row |= _ratio(amount, net, seed=seed)
    return UnitCost(
        frame=pd.DataFrame([row]),
        provenance=net.provenance,
        caveats=(*net.caveats, _COST_RANGE, f"Cost: {amount.source or NO_SOURCE}."),
    )


def _ratio(cost: Range, net: Additionality, *, seed: int) -> dict[str, object]:
    central = float(net.frame["value"].iloc[-1])
    costs = cost.draws(np.random.default_rng([seed, 2]), len(net.draws))
    none = net.draws <= 0
    # A draw without net output costs more than any price: it stands beyond the upper end.
    drawn = np.where(none, np.inf, costs / np.where(none, 1.0, net.draws))
    low, high = np.percentile(drawn, [PERCENTILES[0], PERCENTILES[-1]], method="inverted_cdf")
    note = f"{none.mean():.0%} of the draws have no net output at all" if none.any() else ""
    if central <= 0:
        return {"note": "; ".join(filter(None, ["no net output at central values", note]))}
    return {
        "value": cost.central / central,
        "lower": float(low),
        "upper": float(high) if np.isfinite(high) else float("nan"),
        "note": note,
    }


def administration(
    programme: Programme, *, cost_per_fte: Given, overhead: float = 0.0, by: Sequence[str] = ()
) -> UnitCost:
    """Answer: what share of the public money does running the scheme take, and per SME?

    ``staff x cost per full-time equivalent x (1 + overhead) / public money``. The cost of a
    member of staff is an assumption of the caller; none is put in.

    Parameters
    ----------
    programme : Programme
        With ``schemes.staff_count`` and public amounts by year.
    cost_per_fte : Range, float or three floats
        Yearly cost of one full-time equivalent, in the programme's currency.
    overhead : float
        Share added for overheads.
    by : sequence of str
        Further groups beside the year.

    Returns
    -------
    UnitCost
        For each year: share of public money, cost per SME and per operation, SMEs and operations
        per member of staff. Where SMEs are known as bounds only, a cost per SME is missing.

    Raises
    ------
    UsageError
        When no scheme states its staff, or the overhead is negative.

    Examples
    --------
    >>> from difass_analysis.loading import load
    >>> found = administration(load(), cost_per_fte=60_000)
    >>> shown = found.frame[found.frame["measure"] == "share of public money"]
    >>> shown[["year", "value"]].values.tolist()
    [[2017.0, 0.12], [2018.0, 0.12]]
    """
    cost = as_range(cost_per_fte, name="cost_per_fte")
    if cost.low < 0 or overhead < 0:
        raise UsageError("A cost or an overhead is below 0.", todo="Give 0 or more.")
    staff = _staff(programme)
    groups = list(dict.fromkeys(["year", *by]))
    table = measure(programme, by=groups, indicators=[_PUBLIC, *_SERVED.values()])
    wide = table.frame.pivot_table(
        index=groups, columns="indicator", values="value", aggfunc="first", sort=True
    )
    wide = wide.reindex(columns=[_PUBLIC, *_SERVED.values()])
    rows: list[dict[str, object]] = []
    for key, values in wide.iterrows():
        names = dict(zip(groups, key if isinstance(key, tuple) else (key,), strict=True))
        figures = dict(zip(wide.columns, values, strict=True))
        rows += _administration_rows(names, figures, staff, cost, overhead, programme.currency)
    return UnitCost(
        frame=pd.DataFrame(rows),
        provenance=programme.provenance,
        caveats=(_assumed(cost, overhead, programme.currency), _ALL_YEAR, *table.caveats),
    )


def _staff(programme: Programme) -> float:
    known = (
        programme.table("schemes").get("staff_count", pd.Series(dtype=float)).dropna()
        if "schemes" in programme.tables
        else pd.Series(dtype=float)
    )
    if known.empty:
        raise UsageError(
            f"{programme.name} states no staff.", todo="Add schemes.staff_count in full-time units."
        )
    return float(known.sum())


def _assumed(cost: Range, overhead: float, currency: str) -> str:
    said = f"Assumed: {cost.central:,.0f} {currency} a year for each full-time equivalent"
    extra = f" and {overhead:.0%} overhead" if overhead else ""
    return f"{said}{extra} ({cost.source or NO_SOURCE})."


def _administration_rows(
    names: dict[str, Any],
    figures: dict[str, float],
    staff: float,
    cost: Range,
    overhead: float,
    currency: str,
) -> list[dict[str, object]]:
    def divided(measure_name: str, top: Range, below: float, unit: str) -> dict[str, object]:
        known = below > 0
        low, value, high = (
            (one / below if known else float("nan")) for one in (top.low, top.central, top.high)
        )
        return {
            "measure": measure_name,
            **names,
            "value": value,
            "lower": low if not top.known else float("nan"),
            "upper": high if not top.known else float("nan"),
            "numerator": top.central,
            "denominator": below,
            "unit": unit,
            "note": "" if known else "the denominator is not known or zero",
        }

    factor = staff * (1 + overhead)
    spent = Range(low=cost.low * factor, central=cost.central * factor, high=cost.high * factor)
    people = Range(low=staff, central=staff, high=staff)
    rows = [divided("share of public money", spent, figures[_PUBLIC], "share")]
    for what, indicator in _SERVED.items():
        one = "SME" if what == "smes" else "operation"
        count = figures[indicator]
        rows.append(divided(f"cost of running per {one}", spent, count, f"{currency} per {one}"))
        per = divided(f"{one}s per member of staff", people, 1.0, f"{one}s")
        per |= {"value": count / staff if staff else float("nan"), "numerator": count}
        rows.append(per | {"denominator": staff, "unit": f"{one}s per staff"})
    return rows
