"""The portfolio page: balance, PAR and write-offs together, cost, yield and staff."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from difass_analysis.display.numbers import is_known
from difass_analysis.errors import UsageError
from difass_analysis.finance.portfolio_model import Portfolio
from difass_analysis.finance.portfolio_rows import Tape, band_name, tape_of
from difass_analysis.finance.portfolio_sums import (
    FUND_COLUMNS,
    THRESHOLDS,
    Period,
    averages,
    balances,
    borrowers,
    disbursements,
    fund_figures,
    history,
    period_of,
    refuse_repeated,
    unlike_funds,
    unmarked_said,
    write_offs,
)
from difass_analysis.inference import Moments, linearised_error, t_quantile
from difass_analysis.programme import Programme

TOGETHER = (
    "PAR and write-offs belong together: a loan that is written off leaves PAR, so that writing "
    "off makes PAR fall."
)
WARNING_LINE = (
    "PAR30 above 10 % is often taken as a warning line; where that figure comes from is unverified."
)
#: Fewer loans at risk than this give no interval.
_ENOUGH = 10
_FEW = f"The balance at risk is that of fewer than {_ENOUGH} loans of equal size: no interval."
#: States of a loan that was written off, as they are often written.
WRITTEN_OFF = ("written off", "charged off")
_MEASURES = ("label", "value", "lower", "upper", "n", "numerator", "denominator", "unit")


def portfolio(
    programme: Programme,
    *,
    date: dt.date | str | None = None,
    by: Sequence[str] = (),
    level: float = 0.95,
) -> Portfolio:
    """Say how a loan portfolio stands: balance, risk and write-offs, cost and yield.

    Parameters
    ----------
    programme : Programme
        With ``loans``; ``funds`` for cost and yield; ``instalments`` and ``repayments`` where the
        tape has no ``overdue_days``.
    date : datetime.date or str, optional
        A date of the tape; its last one without it. Flows are those of the twelve months up to
        it; a shorter tape is annualised, and the note says so.
    by : sequence of str
        Columns of the tape to group by. Cost and yield are known by ``fund_id`` only.
    level : float
        Level of the intervals of PAR, with loans as independent units.

    Returns
    -------
    Portfolio
        ``par_x`` is the whole balance of loans more than x days late or restructured over the
        gross portfolio, ``par_x_unrestructured`` without restructured loans that are not so late.
        A band that straddles x gives ``lower`` and ``upper`` and no value. A loan of which
        ``restructured`` is blank counts as not restructured; note and caveats say of how much,
        and what PAR would be at most. Averages are over the
        dates of the tape in the period, opening and closing included.

    Raises
    ------
    InputError
        When there is no tape, a balance is negative, a loan stands twice at the date, or loans
        are in several currencies.
    UsageError
        When the date, a column or the level cannot be had.

    Notes
    -----
    Source: CGAP/SEEP (2003), Definitions of Selected Financial Terms, Ratios and Adjustments for
    Microfinance, 3rd ed. Intervals: linearised error on the logit scale (Korn and Graubard 1998,
    Survey Methodology 24, 193-201).

    Examples
    --------
    >>> loans = pd.DataFrame({
    ...     "loan_id": ["a", "b"], "snapshot_date": [dt.date(2017, 12, 31)] * 2,
    ...     "outstanding_amount": [900.0, 100.0], "overdue_days": [0, 45]})
    >>> found = portfolio(Programme.from_frames(loans=loans))
    >>> found.value("gross_portfolio"), found.value("par_30"), found.value("par_90")
    (1000.0, 0.1, 0.0)
    """
    if not 0 < level < 1:
        raise UsageError(f"level = {level} is not between 0 and 1.", todo="Give for example 0.95.")
    tape = tape_of(programme, date=date, by=by)
    refuse_repeated(tape)
    period = period_of(tape.dates)
    held = history(tape)
    closing = balances(tape)
    flows, why = _flows(tape, held, period, closing)
    rows = [
        row for one in flows.to_dict("records") for row in _rows_of(tape, one, period, why, level)
    ]
    columns = [*tape.by, "measure", *_MEASURES, "method", "note"]
    frame = pd.DataFrame(rows, columns=columns)
    numeric = ["value", "lower", "upper", "numerator", "denominator"]
    return Portfolio(
        frame=frame.astype(dict.fromkeys(numeric, "float64")),
        provenance=programme.provenance,
        caveats=(
            *tape.caveats,
            *_gaps(closing),
            *_lines(frame),
            *_written_off_by_status(tape),
            TOGETHER,
        ),
        by=tape.by,
        date=tape.date,
        currency=programme.currency,
        history=held,
        level=level,
    )


def _gaps(closing: pd.DataFrame) -> list[str]:
    said = {
        "unknown": "loans have no balance at the date and count as nothing.",
        "nameless": "loans with a balance name no borrower: borrowers are more than are counted.",
        "blank_loss": "loans have a blank written_off_amount at the date: what stood there at "
        "earlier dates counts, else nothing.",
    }
    counts = {name: int(closing[name].sum()) for name in said if name in closing}
    gaps = [f"{count:,} {said[name]}" for name, count in counts.items() if count]
    if "unmarked" in closing and (loans := int(closing["unmarked"].sum())):
        amounts = (float(closing[name].sum()) for name in ("unmarked_amount", "outstanding"))
        gaps.append(unmarked_said(loans, *amounts))
    return gaps


def _written_off_by_status(tape: Tape) -> list[str]:
    """Say how many loans are written off by their state, where the money is not known."""
    if "written_off_amount" in tape.columns or "status" not in tape.columns:
        return []
    rows = tape.programme.tables["loans"]
    if tape.date is not None:
        rows = rows.filter(nw.col("snapshot_date") <= tape.date)
    state = nw.col("status").str.to_lowercase()
    lost = rows.filter(state.is_in(list(WRITTEN_OFF))).select("loan_id").unique()
    count = int(tape.programme.engine.collect(lost.select(n=nw.len()))["n"].iloc[0])
    return [f"{count:,} loans are written off by their state; how much money is not known."]


def _lines(frame: pd.DataFrame) -> list[str]:
    above = frame.loc[frame["measure"] == "par_30", "value"] > 0.1
    return [WARNING_LINE] if above.any() else []


def _flows(
    tape: Tape, held: pd.DataFrame, period: Period, closing: pd.DataFrame
) -> tuple[pd.DataFrame, str]:
    """Put all sums of a group into one row, and say why the funds' figures are missing."""
    funds, why = fund_figures(tape, period)
    why = why or unlike_funds(tape)
    joined, average = closing, averages(tape, held, period)
    if tape.by:
        # A group all of whose loans have left the tape still has its write-offs.
        joined = joined.merge(average[list(tape.by)], on=list(tape.by), how="outer")
        sums = list(closing.columns.difference(list(tape.by)))
        joined[sums] = joined[sums].fillna(0)
        joined = joined.sort_values(list(tape.by), kind="stable", na_position="last")
    parts = (
        average,
        borrowers(tape, period),
        write_offs(tape, period).drop(columns="loans"),
        disbursements(tape, period),
        funds,
    )
    for part in parts:
        if tape.by:
            joined = joined.merge(part, on=list(tape.by), how="left")
        elif len(part):
            joined = pd.concat([joined, part.reset_index(drop=True)], axis=1)
    wanted = ["average", "borrowers", "average_borrowers", "disbursed", *FUND_COLUMNS]
    joined = joined.reindex(columns=list(dict.fromkeys([*joined.columns, *wanted])))
    whole = ["written_off", "recovered", "written_off_before", "recovered_before"]
    return joined.assign(**{name: joined[name].fillna(0.0) for name in whole}), why


def _rows_of(
    tape: Tape, sums: dict[Any, Any], period: Period, why: str, level: float
) -> list[dict[str, Any]]:
    currency = tape.programme.currency or "currency"
    group = {name: sums[name] for name in tape.by}
    stock = {"unit": currency, "method": "sum"}
    rows = [
        {"measure": "gross_portfolio", "label": "Gross portfolio", "value": sums["outstanding"]}
        | stock,
        {"measure": "active_loans", "label": "Loans with a balance", "value": sums["loans"]}
        | {"unit": "loans", "method": "count"},
        _active_borrowers(tape, sums),
    ]
    for x in THRESHOLDS:
        rows += [_at_risk(tape, sums, x, variant, level) for variant in ("all", "late")]
    rows += _written_off(tape, sums, period, currency)
    rows += _with_funds(sums, period, why, currency)
    return [
        {**group, "n": int(sums["loans"]), "method": "ratio", "note": "", **row} for row in rows
    ]


def _active_borrowers(tape: Tape, sums: dict[Any, Any]) -> dict[str, Any]:
    known = "borrower_id" in tape.columns
    return {
        "measure": "active_borrowers",
        "label": "Borrowers with a balance",
        # A group without a row has no loan with a balance, and so no borrower.
        "value": np.nan if not known else sums["borrowers"] if is_known(sums["borrowers"]) else 0,
        "unit": "borrowers",
        "method": "count",
        "note": "" if known else "The tape has no borrower_id.",
    }


def _at_risk(
    tape: Tape, sums: dict[Any, Any], x: int, variant: str, level: float
) -> dict[str, Any]:
    """PAR of one threshold: a value, or the range that the bands leave."""
    with_restructured = variant == "all"
    key = f"{variant}_{x}"
    total, sure, maybe = sums["outstanding"], sums[key], sums[f"{key}_maybe"]
    row: dict[str, Any] = {
        "measure": f"par_{x}" + ("" if with_restructured else "_unrestructured"),
        "label": _par_label(tape, x) + ("" if with_restructured else ", without restructured"),
        "numerator": sure,
        "denominator": total,
        "unit": "share",
    }
    if not total > 0:
        return row | {"value": np.nan, "note": "There is no balance."}
    unmarked = _unmarked(sums, x, sure + maybe) if with_restructured else ""
    if maybe > 0:
        return row | {
            "value": np.nan,
            "lower": sure / total,
            "upper": (sure + maybe) / total,
            "method": "bounds",
            "note": f"Of {maybe / total:.1%} of the balance it is not known whether it is more "
            f"than {_days(x)} late." + (f" {unmarked}" if unmarked else ""),
        }
    bounds = _interval(sums, key, level)
    few = "" if np.isfinite(bounds[0]) else _FEW
    method = "bands as given" if tape.given == "bands" else "ratio"
    return row | {
        "value": sure / total,
        "lower": bounds[0],
        "upper": bounds[1],
        "method": method,
        "note": " ".join(filter(None, (unmarked, few))),
    }


def _unmarked(sums: dict[Any, Any], x: int, sure: float) -> str:
    """Say what PAR could be where it is not marked whether loans were restructured."""
    amount, total = sums.get(f"unmarked_{x}", 0.0), sums["outstanding"]
    if not amount > 0:
        return ""
    return (
        f"Of {amount / total:.1%} of the balance it is not marked whether it was restructured; it "
        f"counts as not: at most {(sure + amount) / total:.1%} is at risk."
    )


def _par_label(tape: Tape, x: int) -> str:
    """Name the threshold; where it is the edge of a band, by the first day beyond it."""
    plain = f"PAR{x} (over {_days(x)})"
    if tape.given != "bands" or any(first <= x < last for first, last in tape.bands):
        return plain
    beyond = [band for band in tape.bands if band[0] > x]
    if not beyond:
        return f"PAR{x} (no band beyond)"
    names = ", ".join(band_name(*band) for band in beyond)
    return f"PAR {beyond[0][0]}+ days (bands {names})"


def _days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count} days"


def _interval(sums: dict[Any, Any], key: str, level: float) -> tuple[float, float]:
    """Interval of a share of money with loans as units, on the logit scale."""
    total, sure, n = sums["outstanding"], sums[key], sums["loans"]
    squares = sums[f"{key}_squares"]
    # How many loans of equal size would carry the balance at risk.
    effective = sure**2 / squares if squares > 0 else 0.0
    if effective < _ENOUGH or sure >= total:
        return np.nan, np.nan
    one = Moments(
        clusters=np.array([float(n)]),
        y=np.array([sure]),
        x=np.array([total]),
        yy=np.array([squares]),
        xx=np.array([sums["squares"]]),
        xy=np.array([squares]),
    )
    p, se = sure / total, float(linearised_error(one)[0])
    half = float(t_quantile(level, np.array([float(n)]))[0]) * se / (p * (1 - p))
    middle = np.log(p / (1 - p))
    low, high = (1 / (1 + np.exp(-(middle + sign * half))) for sign in (-1, 1))
    return float(low), float(high)


def _written_off(
    tape: Tape, sums: dict[Any, Any], period: Period, currency: str
) -> list[dict[str, Any]]:
    known = "written_off_amount" in tape.columns
    why = period.why if known else "The tape has no written_off_amount: write-offs are not known."
    flow = (sums["written_off"] - sums["written_off_before"]) if not why else np.nan
    before = sums["written_off"] if known else np.nan
    return [
        {
            "measure": "written_off_amount",
            "label": "Written off in the period",
            "value": flow,
            "unit": currency,
            "method": "sum",
            "note": why or (f"{period.days} days." if not period.is_year else ""),
        },
        _quotient(
            "write_off_ratio",
            "Write-offs a year",
            flow * period.factor,
            sums["average"],
            unit="share",
            why=why,
            note=period.note(),
            what="average portfolio",
        ),
        _quotient(
            "recovery_share",
            "Collected of all that was written off",
            sums["recovered"] if "recovered_amount" in tape.columns else np.nan,
            before,
            unit="share",
            why="" if known else why,
            missing="The tape has no recovered_amount.",
            what="amount written off",
        ),
        {
            "measure": "average_portfolio",
            "label": "Average portfolio",
            "value": sums["average"] if not period.why else np.nan,
            "unit": currency,
            "method": "mean of the dates",
            "note": period.why,
        },
    ]


def _quotient(
    measure: str,
    label: str,
    top: float,
    bottom: float,
    *,
    unit: str,
    what: str,
    why: str = "",
    note: str = "",
    missing: str = "A figure that it needs is not known.",
) -> dict[str, Any]:
    """One ratio, or the reason why there is none."""
    row: dict[str, Any] = {"measure": measure, "label": label, "unit": unit}
    row |= {"numerator": top, "denominator": bottom}
    if why:
        return row | {"value": np.nan, "note": why}
    if not (is_known(top) and is_known(bottom)):
        return row | {"value": np.nan, "note": missing}
    if not bottom > 0:
        return row | {"value": np.nan, "note": f"Undefined: there is no {what}."}
    return row | {"value": top / bottom, "note": note}


def _with_funds(
    sums: dict[Any, Any], period: Period, why: str, currency: str
) -> list[dict[str, Any]]:
    """Ratios of what the funds state over what the tape holds."""
    yearly = why or period.why
    if not yearly and not period.is_year:
        yearly = f"The funds state whole years, the tape covers {period.days} days."
    revenue, expense = sums["financial_revenue_amount"], sums["operating_expense_amount"]
    cost = sums["financial_expense_amount"] + sums["provision_amount"] + expense
    average, people = sums["average"], sums["average_borrowers"]
    risk = np.nan if sums["all_30_maybe"] > 0 else sums["all_30"]
    table: tuple[tuple[str, str, float, float, str, str, str], ...] = (
        ("risk_coverage", "Allowance over PAR30", sums["allowance_amount"], risk, "share",
         "balance at risk", why),
        ("portfolio_yield", "Portfolio yield", revenue, average, "share", "average portfolio",
         yearly),
        ("operating_expense_ratio", "Operating expense ratio", expense, average, "share",
         "average portfolio", yearly),
        ("cost_per_borrower", "Cost per borrower", expense, people, f"{currency} per borrower",
         "average borrower", yearly),
        ("cost_per_loan", "Cost per loan disbursed", expense, sums["disbursed"],
         f"{currency} per loan", "loan disbursed in the period", yearly),
        ("borrowers_per_staff", "Borrowers per member of staff", sums["borrowers"],
         sums["staff_count"], "borrowers per person", "staff", why),
        ("oss", "Operational self-sufficiency", revenue, cost, "share", "cost", why),
    )  # fmt: skip
    return [
        _quotient(measure, label, top, bottom, unit=unit, what=what, why=reason)
        for measure, label, top, bottom, unit, what, reason in table
    ]
