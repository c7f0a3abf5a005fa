"""How comparisons are printed on the command line."""

from __future__ import annotations

from typing import Any

import pandas as pd

from difass_analysis.cli.console import Printer
from difass_analysis.comparison import Decomposition
from difass_analysis.display import numbers
from difass_analysis.display.tables import group_text
from difass_analysis.result import Comparison

_TINY = 0.001


def print_comparison(printer: Printer, found: Comparison) -> None:
    """Print one row a group: value, difference and ratio to the benchmark, rank with its set."""
    rows = found.frame.to_dict("records")
    shown = pd.DataFrame(
        {
            **{name: [group_text(row[name]) for row in rows] for name in found.by},
            "value": [_value(row, "value", found.unit) for row in rows],
            found.against or "benchmark": [_value(row, "reference", found.unit) for row in rows],
            "difference": [_with_range(row, "difference", found.unit) for row in rows],
            "ratio": [_with_range(row, "ratio", "x") for row in rows],
            "p (Holm)": [_p_text(row["difference_p_holm"], row["note"]) for row in rows],
            "rank": [
                row["set"] if numbers.is_known(row["set"]) else numbers.absent_text(row["note"])
                for row in rows
            ],
            "n": [_value(row, "n", "") for row in rows],
            "note": [str(row["note"]) for row in rows],
        }
    )
    right = ["value", found.against, "difference", "ratio", "p (Holm)", "n"]
    printer.table(shown, right=right, title=f"{found.heading} ({found.unit})   {found.indicator}")
    for caveat in found.caveats:
        printer.say(f"* {caveat}")


def print_decomposition(printer: Printer, found: Decomposition) -> None:
    """Print the parts of each gap: composition and rates, adding up to the gap."""
    rows = found.frame.to_dict("records")
    over = [name for name in found.over if name in found.frame]
    shown = pd.DataFrame(
        {
            **{name: [group_text(row[name]) for row in rows] for name in found.by},
            **{
                name: [group_text(row[name]) if numbers.is_known(row[name]) else "" for row in rows]
                for name in over
            },
            "part": [str(row["effect"]) for row in rows],
            "value": [_with_range(row, "value", found.unit) for row in rows],
            "share": [_share(row["share"]) for row in rows],
            "share there": [_share(row["share_against"]) for row in rows],
            "note": [str(row["note"]) for row in rows],
        }
    )
    right = ["value", "share", "share there"]
    printer.table(shown, right=right, title=_gap_title(found))
    for caveat in found.caveats:
        printer.say(f"* {caveat}")


def _gap_title(found: Decomposition) -> str:
    first = found.frame.iloc[0]
    return f"Gap to {first['against']}: mix and performance ({found.unit})   {first['indicator']}"


def _value(row: dict[Any, Any], name: str, unit: str) -> str:
    absent = numbers.absent_text(row["note"])
    return numbers.value_text(row[name], unit=unit, absent=absent)


def _with_range(row: dict[Any, Any], name: str, unit: str) -> str:
    """Write a figure with its interval behind it."""
    value = _value(row, name, unit)
    bounds = ("lower", "upper") if name == "value" else (f"{name}_lower", f"{name}_upper")
    if not numbers.is_known(row[bounds[0]]):
        return value
    return f"{value} ({numbers.range_text(row[bounds[0]], row[bounds[1]], unit=unit)})"


def _share(value: object) -> str:
    return numbers.value_text(value, unit="share") if numbers.is_known(value) else ""


def _p_text(value: object, note: object) -> str:
    if not numbers.is_known(value):
        return numbers.absent_text(note)
    p = float(str(value))
    return f"under {_TINY}" if p < _TINY else f"{p:.3f}"
