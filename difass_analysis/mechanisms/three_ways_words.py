"""What three ways of asking say together, in plain sentences, and never more than the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from difass_analysis.mechanisms.three_ways_ranks import NO_REGION, smallest_p
from difass_analysis.mechanisms.three_ways_sets import SetAnswer

_LEVEL: Final = 0.05
_NOTHING: Final = 1e-12
_NO_CAUSE: Final = (
    "None of the three ways shows a cause: regions differ in more than is looked at here, and what "
    "goes with a condition may come from another one."
)


def summary_of(
    correlations: pd.DataFrame, roles: Mapping[str, str], values: pd.DataFrame, outcome: str
) -> pd.DataFrame:
    """Put ranks and sets side by side, one row a condition, with a sentence for each."""
    rows = []
    for row in correlations.to_dict("records"):
        name = str(row["condition"])
        role = roles.get(name, "not asked")
        least = smallest_p(values, condition=name, outcome=outcome)
        rows.append(
            {
                "condition": name,
                "n": row["n"],
                "correlation": row["value"],
                "p_value": row["p_value"],
                "p_holm": row["p_holm"],
                "lowest": row["lowest"],
                "highest": row["highest"],
                "hangs_on": row["hangs_on"],
                "sets": role,
                "borne_out": borne_out(row, role),
                "sentence": _sentence(row, role, outcome, least),
            }
        )
    return pd.DataFrame(rows)


def borne_out(row: Mapping[Any, Any], role: str) -> bool:
    """Whether ranks and sets say the same of a condition, and no single region makes it.

    Examples
    --------
    >>> row = {"value": 0.9, "p_holm": 0.01, "hangs_on": "no region"}
    >>> borne_out(row, "present"), borne_out(row, "absent"), borne_out(row, "not asked")
    (True, False, False)
    """
    if pd.isna(row["p_holm"]) or row["p_holm"] > _LEVEL or row["hangs_on"] != NO_REGION:
        return False
    return role == ("present" if row["value"] > 0 else "absent")


def _sentence(row: Mapping[Any, Any], role: str, outcome: str, least: float) -> str:
    name = row["condition"]
    sets = {
        "present": "sets: part of every parsimonious model",
        "absent": "sets: its absence is part of every parsimonious model",
        "in some models": "sets: part of some parsimonious models and not of others",
        "both ways": "sets: part of the models now by its presence and now by its absence",
        "in no model": "sets: part of no parsimonious model",
    }.get(role, "sets: not asked")
    if pd.isna(row["value"]):
        return f"{name}: ranks tell nothing ({row['note']}); {sets}."
    if least > _LEVEL:
        return (
            f"{name}: with {row['n']} regions no order can be told from chance (the clearest one "
            f"has p = {least:.2f}); {sets}."
        )
    way = "rises with it" if row["value"] > 0 else "falls as it rises"
    figures = f"rho {row['value']:.2f}, exact p {_p(row['p_value'])}, Holm {_p(row['p_holm'])}"
    if row["p_holm"] > _LEVEL:
        return f"{name}: ranks show no order that can be told from chance ({figures}); {sets}."
    hangs = (
        f"that hangs on {row['hangs_on']}"
        if row["hangs_on"] != NO_REGION
        else f"without any one region rho is {row['lowest']:.2f} to {row['highest']:.2f}"
    )
    return f"{name}: {outcome} {way} ({figures}); {hangs}; {sets}."


def _p(value: float) -> str:
    return "below 0.001" if value < 0.001 else f"{value:.3f}"


def verdict_of(
    frame: pd.DataFrame, numbers: pd.DataFrame, answer: SetAnswer, outcome: str
) -> tuple[str, ...]:
    """Say what the three ways say, one after the other, and what they say together."""
    said = [*_of_numbers(numbers, outcome), *frame["sentence"]]
    if not answer.asked:
        said.append(f"Sets were not asked: {answer.why_not}.")
    elif answer.why_not:
        said.append(f"Sets: {answer.why_not}.")
    else:
        models = answer.solutions["parsimonious"].models
        said.append(f"Sets, parsimonious: {' or '.join(' + '.join(model) for model in models)}.")
    firm = frame[frame["borne_out"].astype(bool)]
    if len(firm):
        named = ", ".join(firm["condition"])
        said.append(f"Ranks and sets agree, and no single region makes it: {named}.")
    elif not answer.asked:
        said.append("No condition is borne out by two ways, as sets were not asked.")
    else:
        said.append("No condition is borne out by both ranks and sets without hanging on a region.")
    return (*said, _NO_CAUSE)


def _of_numbers(numbers: pd.DataFrame, outcome: str) -> list[str]:
    known = numbers.dropna(subset=["difference_p_holm"])
    if known.empty:
        return [f"Numbers: no region's {outcome} can be compared with the rest."]
    apart = known[known["difference_p_holm"] <= _LEVEL]
    said = [
        f"Numbers: {len(apart)} of {len(known)} regions differ from the rest by more than chance "
        f"(Holm){': ' + ', '.join(map(str, apart['region'])) if len(apart) else ''}."
    ]
    parts = apart.dropna(subset=["composition", "rate"])
    # With one category there is no mix that could make a difference.
    if (parts["composition"].abs() > _NOTHING).any():
        rate = int((parts["rate"].abs() > parts["composition"].abs()).sum())
        said.append(
            f"In {rate} of these {len(parts)} the rates within categories make more of the "
            "difference than the mix of categories."
        )
    return said
