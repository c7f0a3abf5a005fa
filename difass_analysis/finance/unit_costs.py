"""What a unit costs: per net output, and what running a scheme takes of its money."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import narwhals as nw
import numpy as np
import pandas as pd

from difass_analysis.errors import UsageError, one_of
from difass_analysis.finance.net_effects import PERCENTILES, Additionality
from difass_analysis.finance.ranges import NO_SOURCE, Given, Range, as_range
from difass_analysis.measurement import measure
from difass_analysis.programme import Programme
from difass_analysis.result import SIMULATED, Result

_PUBLIC: Final = "public"
_SERVED: Final = {"smes": "smes_reached", "operations": "operations"}
_COST_RANGE = (
    "The range is the 5th to the 95th percentile of cost and net output drawn together; it shows "
    "what the assumptions allow."
)
_SCHEME: Final = "scheme_id"
_UNDATED: Final = "Left out: what names no year or no scheme, as no staff can be set against it."
_NO_STAFF: Final = "not known: a scheme does not state its staff"
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
        ``"scheme_id"`` beside the year: staff are stated by scheme, and known by no other group.

    Returns
    -------
    UnitCost
        For each year: share of public money, cost per SME and per operation, SMEs and operations
        per member of staff. Where SMEs are known as bounds only, a cost per SME is missing; where
        a scheme does not state its staff, so is every figure of it and of all schemes together.

    Raises
    ------
    UsageError
        When no scheme states its staff, groups are others than schemes, or the overhead is
        negative.

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
    stated = _staff(programme)
    groups = list(dict.fromkeys(["year", *by]))
    others = [name for name in groups if name not in ("year", _SCHEME)]
    if others:
        raise UsageError(
            f"Staff are not known by {', '.join(others)}: a scheme states them as a whole.",
            todo=f"Group by {_SCHEME}, or by nothing.",
        )
    table = measure(programme, by=groups, indicators=[_PUBLIC, *_SERVED.values()])
    wide = table.frame.pivot_table(
        index=groups, columns="indicator", values="value", aggfunc="first", sort=True
    )
    wide = wide.reindex(columns=[_PUBLIC, *_SERVED.values()])
    rows: list[dict[str, object]] = []
    for key, values in wide.iterrows():
        names = dict(zip(groups, key if isinstance(key, tuple) else (key,), strict=True))
        figures = dict(zip(wide.columns, values, strict=True))
        # One unknown part makes the sum unknown: the money is that of all schemes.
        staff = stated.get(names[_SCHEME], np.nan) if _SCHEME in names else stated.sum(skipna=False)
        rows += _administration_rows(
            names, figures, float(staff), cost, overhead, programme.currency
        )
    return UnitCost(
        frame=pd.DataFrame(rows),
        provenance=programme.provenance,
        caveats=(
            _assumed(cost, overhead, programme.currency),
            _ALL_YEAR,
            *([_UNDATED] if table.frame[groups].isna().any(axis=None) else []),
            *table.caveats,
        ),
    )


def _staff(programme: Programme) -> pd.Series:
    """Staff of each scheme, missing where it does not state them."""
    wanted = [_SCHEME, "staff_count"]
    held = (
        programme.table("schemes").reindex(columns=wanted)
        if "schemes" in programme.tables
        else pd.DataFrame(columns=wanted)
    )
    if held["staff_count"].dropna().empty:
        raise UsageError(
            f"{programme.name} states no staff.", todo="Add schemes.staff_count in full-time units."
        )
    staff = held["staff_count"].astype("float64")
    return staff.groupby(held[_SCHEME], dropna=False).agg(lambda parts: parts.sum(skipna=False))


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
    def divided(
        measure_name: str, top: tuple[float, float, float], below: float, unit: str
    ) -> dict[str, object]:
        known = below > 0 and not np.isnan(top[1])
        low, value, high = ((one / below if known else float("nan")) for one in top)
        why = _NO_STAFF if np.isnan(staff) else "a side is not known, or the denominator is zero"
        return {
            "measure": measure_name,
            **names,
            "value": value,
            "lower": low if top[0] < top[2] else float("nan"),
            "upper": high if top[0] < top[2] else float("nan"),
            "numerator": top[1],
            "denominator": below,
            "unit": unit,
            "note": "" if known else why,
        }

    factor = staff * (1 + overhead)
    spent = (cost.low * factor, cost.central * factor, cost.high * factor)
    rows = [divided("share of public money", spent, figures[_PUBLIC], "share")]
    for what, indicator in _SERVED.items():
        one = "SME" if what == "smes" else "operation"
        count = figures[indicator]
        rows.append(divided(f"cost of running per {one}", spent, count, f"{currency} per {one}"))
        per = (count, count, count)
        rows.append(divided(f"{one}s per member of staff", per, staff, f"{one}s per staff"))
    return rows


_PERSPECTIVES: Final = ("public", "total", "eu")
_EXPORTERS: Final = (
    "New exporters are supported firms that export in the later year, less those that did in the "
    "earlier one; a firm that no longer exists does not export. Without a comparison with other "
    "firms that is a gross change, and no effect."
)


def cost_per_new_exporter(
    programme: Programme,
    *,
    before: int,
    after: int,
    perspective: str = "public",
    deadweight: Given | None = None,
) -> UnitCost:
    """Answer: what did one more exporting firm among those supported cost?

    ``cost / (exporters after - exporters before)`` among supported firms; net of deadweight
    ``cost / ((exporters after - exporters before) (1 - deadweight))``.

    Parameters
    ----------
    programme : Programme
        With ``outcomes`` (``exports_amount``), ``participations`` and the cost of operations.
    before, after : int
        The year before support, and the year after it.
    perspective : str
        Whose cost: ``public``, ``total`` or ``eu``.
    deadweight : Range, float or three floats, optional
        Share of the new exporters that would have come about anyway; none is put in.

    Returns
    -------
    UnitCost
        Two rows: gross, and net of deadweight. Where exports of some supported firms are not
        known, each of them may be one more or one less: there is no value, and ``lower`` and
        ``upper`` are the bounds (no upper one where there may be no new exporter at all). Missing
        with the reason without outcomes, without new exporters or without the cost; the cost of
        an SME is never put in its place. Where the cost of some operations is blank, there is a
        lower bound only.

    Raises
    ------
    UsageError
        When the years do not rise, the perspective is not offered, or deadweight is no share.

    Examples
    --------
    >>> outcomes = pd.DataFrame({"sme_id": ["a", "b"] * 2, "year": [2017, 2017, 2019, 2019],
    ...                          "exports_amount": [0.0, 5.0, 3.0, 6.0]})
    >>> programme = Programme.from_frames(outcomes=outcomes,
    ...     operations=pd.DataFrame({"operation_id": ["o"], "public_amount": [900.0]}),
    ...     participations=pd.DataFrame({"operation_id": ["o", "o"], "sme_id": ["a", "b"]}))
    >>> found = cost_per_new_exporter(programme, before=2017, after=2019, deadweight=0.4)
    >>> found.frame["value"].round(2).tolist()
    [900.0, 1500.0]
    """
    if perspective not in _PERSPECTIVES:
        raise one_of("perspective", perspective, list(_PERSPECTIVES))
    if before >= after:
        raise UsageError(f"{before} is not before {after}.", todo="Give the earlier year first.")
    anyway = None if deadweight is None else as_range(deadweight, name="deadweight")
    if anyway is not None and not 0 <= anyway.low <= anyway.high <= 1:
        raise UsageError("deadweight must be a share between 0 and 1.", todo="Write 0.4 for 40 %.")
    cost, said, left = _cost_of(programme, perspective)
    new, unknown, why = _new_exporters(programme, before=before, after=after)
    why = why or ("not known: the cost of the operations" if np.isnan(cost) else "")
    unit = f"{programme.currency} per new exporter".strip()
    none = Range(low=0.0, central=0.0, high=0.0)
    rows = [
        _exporter_row("gross", cost, new, unknown, anyway=none, why=why),
        _exporter_row("net of deadweight", cost, new, unknown, anyway=anyway, why=why),
    ]
    rows = [_at_least(row, left) for row in rows]
    own = [f"Deadweight: {anyway.source or NO_SOURCE}."] if anyway is not None else []
    simulated = [SIMULATED] if programme.simulated else []
    caveats = (_EXPORTERS, *own, *said, *programme.caveats, *simulated)
    return UnitCost(
        frame=pd.DataFrame([{**row, "unit": unit} for row in rows]),
        provenance=programme.provenance,
        caveats=tuple(dict.fromkeys(caveats)),
    )


def _cost_of(programme: Programme, perspective: str) -> tuple[float, tuple[str, ...], str]:
    """Cost of the operations, what goes with it, and what is left out of it."""
    table = measure(programme, indicators=[f"{perspective}_cost_per_operation"])
    if table.frame.empty:
        return float("nan"), table.caveats, ""
    note = str(table.frame["note"].iloc[0])
    left = (
        note[found.start() :]
        if (found := re.search(r"[\d,]+ of [\d,]+ rows left out", note))
        else ""
    )
    return float(table.frame["numerator"].iloc[0]), table.caveats, left


def _at_least(row: dict[str, object], left: str) -> dict[str, object]:
    """Turn a price into its lower bound where not all of the cost is known."""
    value, lower = (float(str(row[name])) for name in ("value", "lower"))
    lower = value if np.isnan(lower) else lower
    if not left or np.isnan(lower):
        return row
    note = "; ".join(
        filter(None, (str(row["note"]), f"at least: the cost is not all known. {left}"))
    )
    nan = float("nan")
    return row | {"value": nan, "lower": lower, "upper": nan, "note": note}


def _new_exporters(programme: Programme, *, before: int, after: int) -> tuple[float, int, str]:
    """New exporters among supported firms, firms whose exports are not known, or why neither."""
    tables = programme.tables
    for name, column in (
        ("outcomes", "exports_amount"),
        ("outcomes", "sme_id"),
        ("outcomes", "year"),
        ("participations", "sme_id"),
    ):
        if name not in tables or column not in tables[name].collect_schema().names():
            return float("nan"), 0, f"not known: there is no {name}.{column}"
    firms = tables["participations"].filter(~nw.col("sme_id").is_null()).select("sme_id").unique()
    supported = int(programme.engine.collect(firms.select(n=nw.len()))["n"].iloc[0])
    rows = tables["outcomes"].filter(nw.col("year").is_in([before, after]))
    gone = nw.lit(False)
    if "alive" in rows.collect_schema().names():
        gone = (~nw.col("alive")).fill_null(False)
    exports = nw.when(gone).then(0.0).otherwise(nw.col("exports_amount").cast(nw.Float64))
    held = programme.engine.collect(
        rows.join(firms, on="sme_id", how="semi").select("sme_id", "year", _exports=exports)
    ).dropna(subset=["_exports"])
    wide = held.pivot_table(index="sme_id", columns="year", values="_exports", aggfunc="max")
    known = wide.reindex(columns=[before, after]).dropna()
    if known.empty:
        return float("nan"), supported, f"not known: no firm's exports in {before} and {after}"
    new = float((known[after] > 0).sum() - (known[before] > 0).sum())
    return new, supported - len(known), ""


def _exporter_row(
    kind: str, cost: float, new: float, unknown: int, *, anyway: Range | None, why: str
) -> dict[str, object]:
    nan = float("nan")
    row: dict[str, object] = {
        "measure": f"cost per new exporter, {kind}",
        **dict.fromkeys(("value", "lower", "upper"), nan),
        "numerator": cost,
        "denominator": nan,
        "note": why,
    }
    if why:
        return row
    if anyway is None:
        return row | {"note": "not known: no value for deadweight given"}

    def price(count: float, share: float) -> float:
        return cost / (count * (1 - share)) if count > 0 and share < 1 else nan

    row["denominator"] = nan if unknown else new * (1 - anyway.central)
    if unknown or not anyway.known:
        row |= {
            "lower": price(new + unknown, anyway.low),
            "upper": price(new - unknown, anyway.high),
        }
    if unknown and new + unknown > 0:
        return row | {"note": f"bounds: exports of {unknown:,} supported firms are not known"}
    row["value"] = price(new, anyway.central)
    note = "" if anyway.central < 1 else "undefined: all would have come about anyway"
    return row | {"note": note if new > 0 else "undefined: there is no new exporter"}
