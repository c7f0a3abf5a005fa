"""Gaps as rows of a tidy table: one block of rows for each pair of sides."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.comparison.blocks import Block, Gap, gap_of, is_defined, side_sums
from difass_analysis.comparison.cross_moments import CrossMoments
from difass_analysis.comparison.factors import Margins
from difass_analysis.inference import FEW_CLUSTERS, Array, t_quantile

#: What notes call the two sides of a gap.
SIDES = ("here", "on the other side")
#: A part below this share of the values that are compared is rounding, and shown as zero.
ROUNDING = 1e-14
#: Parts beside the composition by each column.
OTHER_PARTS = ("rate", "only_here", "only_there", "no_denominator")
VALUE_COLUMNS = (
    "effect",
    "factor",
    "value",
    "lower",
    "upper",
    "se",
    "share",
    "share_against",
    "rate",
    "rate_against",
    "n",
    "unit",
    "method",
    "note",
)
_ONE_SIDED = {
    "only_here": "Found on this side only: neither composition nor rate.",
    "only_there": "Found on the other side only: neither composition nor rate.",
    "no_denominator": "A numerator whose denominator is not above zero.",
}


def gap_rows(
    gap: Gap,
    categories: pd.DataFrame,
    *,
    level: float,
    unit: str,
    independent: tuple[str, str],
    sides: tuple[str, str] = SIDES,
) -> pd.DataFrame:
    """Return the rows of one gap: parts by category, category sums, sums of parts, the gap.

    Parameters
    ----------
    gap : Gap
        The gap taken apart.
    categories : pandas.DataFrame
        Label columns of the categories.
    level : float
        Level of the intervals.
    unit : str
        Unit of the indicator.
    independent : tuple of str
        Name of the independent unit, one and several.
    sides : tuple of str
        What notes call the two sides.

    Returns
    -------
    pandas.DataFrame
        ``row`` (category or all), the label columns, and ``VALUE_COLUMNS``.
    """
    over = list(categories.columns)
    frame = _listed(gap, over)
    frame["row"] = np.where(frame["_category"] < 0, "all", "category")
    whole = {name: "Int64" for name in over if pd.api.types.is_integer_dtype(categories[name])}
    labels = categories.astype(whole).reindex(frame["_category"]).reset_index(drop=True)
    frame = pd.concat([frame, labels], axis="columns")
    frame = _with_sides(_with_errors(frame, gap, level), gap)
    frame = frame.assign(unit=unit, method=_method(gap, len(over), independent))
    frame["note"] = _notes(frame, gap, independent, sides)
    return frame[["row", *over, *VALUE_COLUMNS]]


def _listed(gap: Gap, over: list[str]) -> pd.DataFrame:
    """Say which rows there are, and where each stands among the stacked parts."""
    parts = [("composition", name) for name in over] + [(name, "") for name in OTHER_PARTS]
    size = len(gap.parts.both)
    rows = [
        (int(category), *part, place * size + int(category))
        for place, part in enumerate(parts)
        for category in np.flatnonzero(_applies(gap, place, len(over)))
    ]
    used = (gap.here.x != 0) | (gap.there.x != 0) | _has_numerator(gap)
    at = len(parts) * size
    rows += [(int(k), "total", "", at + int(k)) for k in np.flatnonzero(used)]
    rows.sort(key=lambda row: row[0])
    always = {*parts[: len(over)], ("rate", "")}
    held = always | {(effect, factor) for _, effect, factor, _ in rows}
    at += size
    rows += [(-1, *part, at + place) for place, part in enumerate(parts) if part in held]
    rows.append((-1, "gap", "", at + len(parts)))
    return pd.DataFrame(rows, columns=["_category", "effect", "factor", "_at"])


def _has_numerator(gap: Gap) -> NDArray[np.bool_]:
    return np.asarray((gap.here.y != 0) | (gap.there.y != 0))


def _applies(gap: Gap, place: int, columns: int) -> NDArray[np.bool_]:
    """Categories that have a row for a part, by the part's place."""
    lone = ~gap.parts.both
    if place <= columns:
        return gap.parts.both
    if place == columns + 3:
        bare = [(side.x <= 0) & (side.y != 0) for side in (gap.here, gap.there)]
        return np.asarray(lone & (bare[0] | bare[1]))
    side = gap.here if place == columns + 1 else gap.there
    return np.asarray(lone & (side.x > 0))


def _with_errors(frame: pd.DataFrame, gap: Gap, level: float) -> pd.DataFrame:
    at = frame["_at"].to_numpy(int)
    value, se = gap.values[at], gap.errors[at]
    value = np.where(np.abs(value) < ROUNDING * np.abs(gap.values[-2:]).max(), 0.0, value)
    half = t_quantile(level, gap.degrees[at] + 1) * se
    return frame.assign(value=value, lower=value - half, upper=value + half, se=se)


def _with_sides(frame: pd.DataFrame, gap: Gap) -> pd.DataFrame:
    """Add shares and rates of both sides; in the row of the gap, the two values."""
    category = frame["_category"].to_numpy(int)
    is_gap = (frame["effect"] == "gap").to_numpy()
    columns: dict[str, Array] = {}
    for end, side in (("", gap.here), ("_against", gap.there)):
        rate = np.divide(side.y, side.x, out=np.full(len(side.x), np.nan), where=side.x > 0)
        whole = side.y.sum() / side.x.sum()
        columns[f"share{end}"] = np.where(category < 0, np.nan, (side.x / side.x.sum())[category])
        columns[f"rate{end}"] = np.where(category < 0, np.nan, rate[category])
        columns[f"rate{end}"][is_gap] = whole
    n = np.where(category < 0, gap.clusters[2], gap.counts[2][category])
    return frame.assign(**columns, n=n)


def _method(gap: Gap, columns: int, independent: tuple[str, str]) -> str:
    form = ("difference", "Kitagawa")[columns] if columns < 2 else f"Das Gupta, {columns} columns"
    how = ("linearised", "jackknife and linearised", "jackknife")[sum(gap.few)]
    return f"{form}; {how} by {independent[1]}, t interval"


def _notes(
    frame: pd.DataFrame, gap: Gap, independent: tuple[str, str], sides: tuple[str, str]
) -> list[str]:
    notes = [[_ONE_SIDED[effect]] if effect in _ONE_SIDED else [] for effect in frame["effect"]]
    smallest = gap.counts[:2].min(axis=0)
    lacking = frame["se"].isna().to_numpy()
    for place, row in enumerate(frame.itertuples()):
        if row.effect == "composition" and len(gap.parts.both) == 1:
            notes[place].append("Zero: there is one category only.")
        elif lacking[place]:
            compared = row.row == "category" and row.effect not in (*_ONE_SIDED, "total")
            alone = bool(compared and smallest[frame["_category"].iloc[place]] < 2)
            notes[place].append(_why_no_error(gap, alone, independent[0]))
        if row.effect == "gap":
            notes[place] += small_sides(gap, independent, sides)
    return [" ".join(sentences) for sentences in notes]


def small_sides(gap: Gap, independent: tuple[str, str], sides: tuple[str, str]) -> list[str]:
    """Say where few clusters stand on a side."""
    pairs = zip(sides, gap.clusters[:2], strict=True)
    return [f"Only {n} {independent[n > 1]} {side}." for side, n in pairs if n < FEW_CLUSTERS]


def _why_no_error(gap: Gap, alone: bool, one: str) -> str:
    if not _has_numerator(gap).any():
        return "No interval: the numerator is zero on both sides."
    if min(gap.clusters[:2]) < 2 or alone:
        return f"No interval: a side rests on one {one} only."
    if any(gap.few):
        return f"No interval: it hangs on one {one} alone, or does not vary."
    return "No interval: it does not vary."


def block_rows(
    moments: CrossMoments,
    block: Block,
    margins: Margins,
    *,
    clusters: int,
    level: float,
    unit: str,
    independent: tuple[str, str],
) -> pd.DataFrame:
    """Return the rows of one pair of sides, or one row that says why there is no gap."""
    if is_defined(moments, block):
        gap = gap_of(moments, block, margins, clusters=clusters)
        return gap_rows(gap, moments.categories, level=level, unit=unit, independent=independent)
    sums = [side_sums(moments, units) for units in block.sides(len(moments.units))]
    rates = [side.y.sum() / side.x.sum() if side.x.sum() > 0 else np.nan for side in sums]
    where = " and ".join(name for name, rate in zip(SIDES, rates, strict=True) if np.isnan(rate))
    row: dict[str, Any] = dict.fromkeys(
        ("row", *moments.categories.columns, *VALUE_COLUMNS), np.nan
    )
    row |= {
        "row": "all",
        "effect": "gap",
        "factor": "",
        "rate": rates[0],
        "rate_against": rates[1],
        "n": 0,
        "unit": unit,
        "method": "difference of ratios of sums",
        "note": f"Not defined: the denominator is zero {where}.",
    }
    return pd.DataFrame([row])
