"""Rows of concentration: shares of the top tenth, inequality and its parts, reach."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from difass_analysis.comparison.inequality import Sums, gini, gini_parts, theil, theil_parts
from difass_analysis.comparison.reach import Active, active_smes
from difass_analysis.inference import Array
from difass_analysis.programme import Programme

COLUMNS = ("measure", "value", "numerator", "denominator", "n", "unit", "method", "note")
_TENTH = 10


def concentration_rows(
    frames: Sequence[pd.DataFrame],
    programme: Programme,
    *,
    by: tuple[str, ...],
    active: str,
    missing: str,
    independent: tuple[str, str],
) -> pd.DataFrame:
    """Return one row for each group and measure.

    Parameters
    ----------
    frames : sequence of pandas.DataFrame
        Sums by group (where there are groups), then of all together.
    programme : Programme
        The data, for the framework conditions.
    by : tuple of str
        Names of the group columns.
    active : str
        Name of the number of active SMEs among the conditions.
    missing : str
        Why SMEs are not known; empty where they are.
    independent : tuple of str
        What a beneficiary is called, one and several.
    """
    *grouped, whole = frames
    groups = grouped[0] if grouped else whole.iloc[:0]
    number = [_active(programme, groups.iloc[place], by, active) for place in range(len(groups))]
    rows = [
        {"row": "group", **{name: groups[name].iloc[place] for name in by}, **measure}
        for place in range(len(groups))
        for measure in _measures(groups, place, number[place], missing, independent)
    ]
    rows += [
        {"row": "all", **measure}
        for measure in _measures(whole, 0, _together(number, by), missing, independent)
    ]
    if grouped:
        rows += [{"row": "all", **measure} for measure in _parts(groups, whole)]
    frame = pd.DataFrame(rows)
    return frame.reindex(columns=["row", *by, *COLUMNS])


def _sums(frame: pd.DataFrame) -> Sums:
    n, y, ranked, logs = (frame[name].to_numpy(float) for name in ("n", "y", "ranked", "logs"))
    return Sums(n=n, y=y, ranked=ranked, logs=logs)


def _measure(
    measure: str,
    value: float,
    *,
    unit: str,
    n: float,
    method: str,
    note: str = "",
    of: tuple[float, float] = (np.nan, np.nan),
) -> dict[str, object]:
    return {
        "measure": measure,
        "value": value,
        "numerator": of[0],
        "denominator": of[1],
        "n": int(n),
        "unit": unit,
        "method": method,
        "note": note,
    }


def _measures(
    frame: pd.DataFrame,
    place: int,
    active: Active,
    missing: str,
    independent: tuple[str, str],
) -> list[dict[str, object]]:
    """All measures of one group."""
    row = frame.iloc[place]
    n, money = float(row["n"]), float(row["y"])
    sums = _sums(frame.iloc[[place]])
    note = _about(n, money, independent)
    few = f"{note} A tenth is less than one {independent[0]}." if 0 < n < _TENTH else note
    result = [
        _share("top_tenth_money", row["top"], money, n=n, note=few.strip()),
        _smes("top_tenth_smes", row["top_smes"], row, missing, few.strip()),
        _measure("gini", _first(gini(sums)), unit="index", n=n, method="Gini", note=note),
        _measure("theil", _first(theil(sums)), unit="index", n=n, method="Theil T", note=note),
    ]
    for name, column in (("once", "once"), ("twice", "twice"), ("three_or_more", "more")):
        result.append(_smes(f"smes_{name}", row[column], row, missing, ""))
    value = 1000 * float(row["smes"]) / active.value
    why = f"SMEs are not known: {missing}." if missing else active.note
    result.append(
        _measure(
            "smes_per_1000_active",
            value,
            unit="SMEs per 1,000 active SMEs",
            n=n,
            method="SMEs reached / active SMEs x 1,000",
            note=why,
            of=(float(row["smes"]), active.value),
        )
    )
    return result


def _about(n: float, money: float, independent: tuple[str, str]) -> str:
    if not money > 0:
        return "Not defined: there is no money."
    return f"One {independent[0]} only." if n == 1 else ""


def _first(values: Array) -> float:
    # A lone beneficiary, or equal ones: what is left is rounding.
    value = float(values[0])
    return 0.0 if abs(value) < 1e-12 else value


def _share(measure: str, part: float, whole: float, *, n: float, note: str) -> dict[str, object]:
    value = part / whole if whole > 0 else np.nan
    method = "top tenth by money, the one at the border in part"
    return _measure(
        measure, value, unit="share", n=n, method=method, note=note, of=(float(part), whole)
    )


def _smes(measure: str, part: float, row: pd.Series, missing: str, note: str) -> dict[str, object]:
    smes = float(row["smes"])
    if missing:
        note = f"SMEs are not known: {missing}."
    elif not smes > 0:
        note = "Not defined: no SME takes part."
    value = float(part) / smes if smes > 0 else np.nan
    top = measure.startswith("top")
    if top and not row["y"] > 0:
        value = np.nan
    method = "SMEs of the top tenth by money" if top else "SMEs by number of operations"
    return _measure(
        measure, value, unit="share", n=row["n"], method=method, note=note, of=(float(part), smes)
    )


def _parts(groups: pd.DataFrame, whole: pd.DataFrame) -> list[dict[str, object]]:
    """Inequality between and within groups; the parts add up to that of all together."""
    n, total = float(whole["n"].iloc[0]), float(whole["y"].iloc[0])
    names = ("theil_between", "theil_within", "gini_between", "gini_within", "gini_overlap")
    values, note = [np.nan] * len(names), "Not defined: there is no money."
    if total > 0:
        sums = _sums(groups)
        between, within = gini_parts(sums)
        overlap = _first(gini(_sums(whole)) - between - within)
        values, note = [*theil_parts(sums), between, within, overlap], ""
    return [
        _measure(name, value, unit="index", n=n, method="between, within and the rest", note=note)
        for name, value in zip(names, values, strict=True)
    ]


def _active(programme: Programme, row: pd.Series, by: tuple[str, ...], active: str) -> Active:
    """Number of active SMEs of one group, or why it is not known."""
    if "conditions" not in programme.tables:
        return Active(value=np.nan, note="There is no table 'conditions'.")
    if not set(by) <= {"region", "region_name"} or "region" not in by:
        return Active(value=np.nan, note="Active SMEs are known by region only.")
    if pd.isna(row["region"]):
        return Active(value=np.nan, note="The region is not known.")
    return active_smes(
        programme.table("conditions"),
        indicator=active,
        region=str(row["region"]),
        nuts=programme.nuts_version,
    )


def _together(number: Sequence[Active], by: tuple[str, ...]) -> Active:
    """Active SMEs of all regions together, where every one is known."""
    values = [one.value for one in number]
    if not values:
        return Active(value=np.nan, note='Active SMEs are known by region only: give by="region".')
    if np.isnan(values).any():
        return Active(value=np.nan, note="Active SMEs are not known for every group.")
    return Active(value=float(sum(values)), note=number[0].note)
