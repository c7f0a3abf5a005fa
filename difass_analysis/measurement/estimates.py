"""From moments to published rows: value, error, interval, and the sentences that go with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis import inference
from difass_analysis.indicators import Term
from difass_analysis.inference import FEW_CLUSTERS, UNSTABLE_DENOMINATOR, Array, Moments
from difass_analysis.measurement.moments import Pass
from difass_analysis.measurement.plan import Plan
from difass_analysis.measurement.units import unit_names

ROW_COLUMNS = ("value", "lower", "upper", "se", "n", "numerator", "denominator", "method", "note")


@dataclass(eq=False, kw_only=True)
class _Rows:
    """Working columns of one indicator, one entry a cell."""

    cells: pd.DataFrame
    value: Array
    lower: Array
    upper: Array
    se: Array
    method: list[str]
    note: list[list[str]]

    @classmethod
    def empty(cls, cells: pd.DataFrame, method: str) -> _Rows:
        size = len(cells)
        value, lower, upper, se = (np.full(size, np.nan) for _ in range(4))
        return cls(
            cells=cells,
            value=value,
            lower=lower,
            upper=upper,
            se=se,
            method=[method] * size,
            note=[[] for _ in range(size)],
        )

    def say(self, where: NDArray[np.bool_], sentence: str | Sequence[str]) -> None:
        for index in np.flatnonzero(where):
            text = sentence if isinstance(sentence, str) else sentence[int(index)]
            self.note[index].append(text)


def estimate(done: Pass, number: int, *, level: float, stated_only: str = "") -> pd.DataFrame:
    """Return the published rows of one plan of a pass.

    Parameters
    ----------
    done : Pass
        The pass that measured it.
    number : int
        Which plan of the pass.
    level : float
        Level of the intervals.
    stated_only : str
        Why no error can be computed although there are several clusters; empty otherwise.

    Returns
    -------
    pandas.DataFrame
        The group columns and ``ROW_COLUMNS``, one row a cell.
    """
    plan = done.plans[number]
    names = ("n", "y", "x", "yy", "xx", "xy", "top", "topx", "used", "left", "zy", "zx")
    cells = done.cells.rename(columns={f"{name}_{number}": name for name in names})
    cells = cells[[*done.groups, *names]].reset_index(drop=True)
    if plan.denominator is not None:
        rows = _ratio_rows(done, number, cells, level, stated_only)
    else:
        rows = _total_rows(plan, cells, level, stated_only)
    _say_left_out(rows, plan)
    for term in plan.terms:
        if term.note:
            rows.say(np.ones(len(cells), dtype=bool), term.note)
    known = cells["used"] > 0
    denominator = cells["x"].where(known) if plan.denominator is not None else np.nan
    if plan.denominator is None:
        known |= cells["left"] == 0  # nothing to count is a total of zero
    numerator = cells["y"].where(known)
    published = cells[list(done.groups)].assign(
        value=rows.value,
        lower=rows.lower,
        upper=rows.upper,
        se=rows.se,
        n=cells["n"].astype("int64"),
        numerator=_whole(numerator, plan.numerator.kind == "distinct"),
        denominator=_whole(
            pd.Series(denominator, index=cells.index),
            plan.denominator is not None and plan.denominator.kind == "distinct",
        ),
        method=rows.method,
        note=[" ".join(sentences) for sentences in rows.note],
    )
    return published


def _whole(values: pd.Series, is_count: bool) -> pd.Series:
    """A distinct count that was spread over rows is a whole number again."""
    return values.round(0) if is_count else values


def _moments(cells: pd.DataFrame) -> Moments:
    parts = {name: cells[name].to_numpy(float) for name in ("y", "x", "yy", "xx", "xy")}
    return Moments(clusters=cells["n"].to_numpy(float), **parts)


def _ratio_rows(
    done: Pass, number: int, cells: pd.DataFrame, level: float, stated_only: str
) -> _Rows:
    plan = done.plans[number]
    rows = _Rows.empty(cells, "ratio of sums")
    exact = cells.assign(
        y=_whole(cells["y"], plan.numerator.kind == "distinct"),
        x=_whole(cells["x"], plan.terms[1].kind == "distinct"),
    )
    moments = _moments(exact)
    rows.value = inference.ratio(moments)
    used, left = cells["used"].to_numpy() > 0, cells["left"].to_numpy() > 0
    rows.value = np.where(used, rows.value, np.nan)
    rows.say(~used & left, "Not known: in no row are both sides known.")
    rows.say(~used & ~left, "Not defined: no row counts here.")
    rows.say(used & (moments.x == 0), "Not defined: the denominator is zero.")
    if any(term.bounded for term in plan.terms):
        _bounded_ratio(rows, plan, moments)
        return rows
    defined = ~np.isnan(rows.value)
    if stated_only:
        rows.say(defined, stated_only)
        return rows
    rows.say(defined & (moments.clusters < 2), f"No interval: one {_unit(plan)} only.")
    _ratio_errors(rows, done, number, moments, level)
    return rows


def _ratio_errors(rows: _Rows, done: Pass, number: int, moments: Moments, level: float) -> None:
    plan = done.plans[number]
    several = ~np.isnan(rows.value) & (moments.clusters >= 2)
    rows.se = np.where(several, inference.linearised_error(moments), np.nan)
    few = several & (moments.clusters < FEW_CLUSTERS)
    weak = several & ~few & inference.lost_precision(moments)
    if weak.any():
        squares = _aligned(done, number, rows.cells)
        rows.se = np.where(weak, inference.residual_error(moments, squares), rows.se)
    if few.any():
        rows.se = np.where(few, _jackknife(done, number, rows.cells), rows.se)
        rows.say(few & np.isnan(rows.se), f"No interval: it hangs on one {_unit(plan)} alone.")
    half = inference.t_quantile(level, moments.clusters) * rows.se
    rows.lower, rows.upper = rows.value - half, rows.value + half
    variation = inference.denominator_variation(moments)
    unstable = several & ~np.isnan(rows.se) & (variation > UNSTABLE_DENOMINATOR)
    low, high = inference.fieller_interval(moments, level=level)
    rows.lower = np.where(unstable, low, rows.lower)
    rows.upper = np.where(unstable, high, rows.upper)
    rows.say(
        unstable & np.isnan(low),
        "No interval: with these clusters the denominator is too uncertain to bound the ratio "
        "(Fieller's set is unbounded).",
    )
    cut = several & (rows.value >= 0) & (rows.lower < 0)
    rows.lower = np.where(cut, 0.0, rows.lower)
    unit = _units(plan)
    for index in np.flatnonzero(several):
        error = f"jackknife over {int(moments.clusters[index])}" if few[index] else "linearised by"
        interval = "Fieller interval" if unstable[index] else "t interval"
        end = " cut at 0" if cut[index] else ""
        rows.method[index] = f"ratio of sums; {error} {unit}, {interval}{end}"


def _bounded_ratio(rows: _Rows, plan: Plan, moments: Moments) -> None:
    """A unit may stand in several calls: one side lies between its largest count and its sum."""
    defined = ~np.isnan(rows.value)
    several = defined & (moments.clusters > 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        if plan.terms[1].bounded:
            other = moments.y / rows.cells["topx"].to_numpy(float)
        else:
            other = rows.cells["top"].to_numpy(float) / moments.x
    rows.lower = np.where(several, np.minimum(rows.value, other), np.nan)
    rows.upper = np.where(several, np.maximum(rows.value, other), np.nan)
    for index in np.flatnonzero(defined):
        rows.method[index] = "bounds; value counts per call" if several[index] else "stated totals"
    rows.say(defined & ~several, "No interval: totals of one call.")


def _total_rows(plan: Plan, cells: pd.DataFrame, level: float, stated_only: str) -> _Rows:
    rows = _Rows.empty(cells, "total")
    used, left = cells["used"].to_numpy() > 0, cells["left"].to_numpy() > 0
    total = cells["y"].to_numpy(float)
    rows.value = np.where(used | ~left, total, np.nan)
    rows.say(~used & left, "Not known: in every row that may count here a value is missing.")
    if plan.numerator.bounded:
        several = used & (cells["n"].to_numpy() > 1)
        rows.lower = np.where(several, cells["top"], np.nan)
        rows.upper = np.where(several, total, np.nan)
        rows.value = np.where(several, np.nan, rows.value)
        for index in np.flatnonzero(used):
            rows.method[index] = "bounds" if several[index] else "stated totals"
        rows.say(several, "Not known exactly: between the largest count and the sum of counts.")
        return rows
    if stated_only or plan.base == "calls":
        rows.say(used, stated_only)
        rows.method = ["stated totals"] * len(cells)
        return rows
    largest = cells["top"].to_numpy(float)
    if plan.numerator.kind == "distinct":
        largest = np.maximum(largest, 1.0)
    squares = cells["yy"].to_numpy(float)
    rows.se, rows.lower, rows.upper = inference.total_interval(
        np.where(np.isnan(rows.value), np.nan, total), squares, largest, level=level
    )
    rows.method = [f"total; {_units(plan)} arrive at random, gamma interval"] * len(cells)
    bare = ~np.isnan(rows.value) & np.isnan(rows.se)
    rows.say(bare, "No interval: the total is not above zero.")
    return rows


def _say_left_out(rows: _Rows, plan: Plan) -> None:
    left, used = rows.cells["left"].to_numpy(int), rows.cells["used"].to_numpy(int)
    some = (left > 0) & (used > 0)
    if not some.any():
        return
    missing = " or ".join(dict.fromkeys(name for term in plan.terms for name in _needs(plan, term)))
    other = rows.cells["zy"].to_numpy(float)
    if plan.denominator is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            other = other / rows.cells["zx"].to_numpy(float)
    sentences = [
        f"{out:,} of {out + kept:,} rows left out: {missing} not known; "
        f"with blanks as zero {reading:.6g}."
        for out, kept, reading in zip(left, used, other, strict=True)
    ]
    if plan.denominator is None:
        verb = "not counted" if plan.numerator.kind == "distinct" else "not in the sum"
        sentences = [
            f"{out:,} of {out + kept:,} rows {verb}: {missing} not known."
            for out, kept in zip(left, used, strict=True)
        ]
    rows.say(some, sentences)


def _needs(plan: Plan, term: Term) -> list[str]:
    """Name what a row must have to count for a term: its quantity, and columns of conditions."""
    own = plan.indicator
    label = own.numerator_label if term is plan.numerator else own.denominator_label
    spelt_out = label.startswith(("sum of ", "number of different "))
    named = [name for _, name in term.columns] if spelt_out or not label else [label]
    return [*named, *term.filter]


def _key(frame: pd.DataFrame, groups: Sequence[str]) -> pd.Series:
    """One text key for each row's cell, with missing groups told apart from all text."""
    if not groups:
        return pd.Series("", index=frame.index, dtype="object")
    keys: NDArray[np.object_] | None = None
    for name in groups:
        codes, values = pd.factorize(frame[name], use_na_sentinel=False)
        texts = ["\0" if pd.isna(value) else str(value) for value in values]
        column = np.array(texts, dtype="object")[codes]
        keys = column if keys is None else keys + "\x1f" + column
    return pd.Series(keys, index=frame.index, dtype="object")


def _aligned(done: Pass, number: int, cells: pd.DataFrame) -> Array:
    """Squared residuals in the order of the cells."""
    found = done.squared_residuals(number)
    by_key = pd.Series(found["ee"].to_numpy(float), index=_key(found, done.groups))
    return by_key.reindex(_key(cells, done.groups)).to_numpy(float)


def _jackknife(done: Pass, number: int, cells: pd.DataFrame) -> Array:
    clusters = done.few_clusters(number)
    position = pd.Series(np.arange(len(cells)), index=_key(cells, done.groups))
    cell = position.reindex(_key(clusters, done.groups)).to_numpy(np.int64)
    y, x = clusters["y"].to_numpy(float), clusters["x"].to_numpy(float)
    return inference.jackknife_error(y, x, cell, len(cells))


def _unit(plan: Plan) -> str:
    return unit_names(plan.cluster[0][1])[0]


def _units(plan: Plan) -> str:
    return unit_names(plan.cluster[0][1])[1]
