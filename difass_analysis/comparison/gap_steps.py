"""A gap as the steps of a waterfall: from one side's value through the parts to the other's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

#: Categories whose rates have a bar of their own; the smaller ones share one.
_NAMED = 8
_NAMES = {"rate": "Rate: ", "amount": ""}
_SUMS = {
    "difference": "Difference",
    "only_here": "Categories here only",
    "only_there": "Categories there only",
    "no_denominator": "Without denominator",
}


def waterfall_steps(
    rows: pd.DataFrame, *, over: Sequence[str], here: str, there: str
) -> pd.DataFrame:
    """Return the steps from the value there, through composition and rates, to the value here.

    Parameters
    ----------
    rows : pandas.DataFrame
        The rows of one gap, as in the frame of a decomposition.
    over : sequence of str
        The category columns.
    here, there : str
        Names of the two sides.

    Returns
    -------
    pandas.DataFrame
        ``label``, ``value``, ``kind`` (start, part, end), ``lower``, ``upper``, ``note``.
    """
    sums = rows[rows["row"] == "all"]
    gap = sums[sums["effect"] == "gap"].iloc[0]
    steps = [_level(there, gap["rate_against"], "start", gap["note"])]
    for part in sums[sums["effect"] == "composition"].to_dict("records"):
        steps.append(_part(f"Composition: {part['factor']}", part))
    rates = rows[(rows["row"] == "category") & rows["effect"].isin(_NAMES)]
    largest = rates["value"].abs().nlargest(_NAMED).index
    named = rates.index.isin(largest) if len(rates) > _NAMED + 1 else [True] * len(rates)
    for part in rates[named].to_dict("records"):
        label = ", ".join(
            "(not known)" if pd.isna(part[name]) else str(part[name]) for name in over
        )
        steps.append(_part(_NAMES[part["effect"]] + label, part))
    small = rates[[not one for one in named]]
    if len(small):
        steps.append(_level(f"{len(small)} more categories", small["value"].sum(), "part", ""))
    for part in sums[sums["effect"].isin(_SUMS)].to_dict("records"):
        steps.append(_part(_SUMS[part["effect"]], part))
    steps.append(_level(here, gap["rate"], "end", gap["note"]))
    return pd.DataFrame(steps)


def _part(label: str, row: Mapping[Any, Any]) -> dict[str, Any]:
    kept = {name: row[name] for name in ("value", "lower", "upper", "note")}
    return {"label": label, "kind": "part", **kept}


def _level(label: str, value: float, kind: str, note: str) -> dict[str, Any]:
    none = float("nan")
    return {
        "label": label,
        "kind": kind,
        "value": value,
        "lower": none,
        "upper": none,
        "note": note,
    }
