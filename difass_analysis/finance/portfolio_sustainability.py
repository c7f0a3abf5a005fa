"""Sustainability of a fund: revenue over cost, stated and with each adjustment shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import Literal, get_args

import pandas as pd

from difass_analysis.errors import InputError, one_of
from difass_analysis.finance.portfolio_model import Sustainability
from difass_analysis.finance.portfolio_rows import tape_of
from difass_analysis.finance.portfolio_sums import fund_figures, period_of
from difass_analysis.programme import Programme

Line = Literal["revenue", "financial expense", "provision", "operating expense"]

_COLUMNS: dict[Line, str] = {
    "revenue": "financial_revenue_amount",
    "financial expense": "financial_expense_amount",
    "provision": "provision_amount",
    "operating expense": "operating_expense_amount",
}
GRANTS = "Grants must not stand in revenue: a subsidy would look like self-sufficiency."
NONE_GIVEN = (
    "No adjustment is given: FSS equals OSS, which says nothing of subsidy, inflation or "
    "provisioning."
)


@dataclass(frozen=True, kw_only=True)
class Adjustment:
    """One adjustment of revenue or cost, in the currency and for the year.

    Attributes
    ----------
    name : str
        What it is for: subsidy of the cost of funds, subsidy in kind, inflation on equity,
        provisioning.
    amount : float
        What is added to the line; below zero what is taken off.
    line : str
        ``revenue``, ``financial expense``, ``provision`` or ``operating expense``.
    """

    name: str
    amount: float
    line: Line


def sustainability(
    programme: Programme,
    *,
    date: dt.date | str | None = None,
    adjustments: Sequence[Adjustment] = (),
) -> Sustainability:
    """Say whether what a fund earns pays for what it costs, as stated and after adjustments.

    Parameters
    ----------
    programme : Programme
        With a loan tape and ``funds``; all funds are taken together.
    date : datetime.date or str, optional
        A date of the tape in December; its year is that of the figures.
    adjustments : sequence of Adjustment
        Each is a line of the table. Nothing is adjusted that is not given.

    Returns
    -------
    Sustainability
        ``oss`` is revenue over financial expense, provision and operating expense as stated;
        ``fss`` the same of the adjusted figures. Missing where a figure is not known, or where
        cost is zero.

    Raises
    ------
    InputError
        When the funds' figures of the year cannot be had.
    UsageError
        When an adjustment names no line.

    Notes
    -----
    Source: CGAP/SEEP (2003), Definitions of Selected Financial Terms, Ratios and Adjustments for
    Microfinance, 3rd ed.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["a"], "snapshot_date": [dt.date(2017, 12, 31)],
    ...                       "outstanding_amount": [100.0], "overdue_days": [0]})
    >>> funds = pd.DataFrame({
    ...     "fund_id": ["f"], "year": [2017], "financial_revenue_amount": [180.0],
    ...     "financial_expense_amount": [30.0], "provision_amount": [20.0],
    ...     "operating_expense_amount": [150.0]})
    >>> soft = Adjustment(name="subsidy of the cost of funds", amount=50, line="financial expense")
    >>> found = sustainability(Programme.from_frames(loans=loans, funds=funds), adjustments=[soft])
    >>> found.frame.set_index("line").loc[["oss", "fss"], ["stated", "adjusted"]].values.tolist()
    [[0.9, nan], [nan, 0.72]]
    """
    for one in adjustments:
        if one.line not in get_args(Line):
            raise one_of("line", one.line, list(get_args(Line)))
    tape = tape_of(programme, date=date)
    figures, why = fund_figures(tape, period_of(tape.dates))
    if why:
        raise InputError(why, todo="Give the table 'funds', and a date in December of its year.")
    stated = {line: float(figures[column].iloc[0]) for line, column in _COLUMNS.items()}
    added = {line: sum(one.amount for one in adjustments if one.line == line) for line in _COLUMNS}
    adjusted = {line: stated[line] + added[line] for line in _COLUMNS}
    rows: list[dict[str, object]] = [
        {
            "line": line,
            "side": "revenue" if line == "revenue" else "cost",
            "stated": stated[line],
            "adjustment": added[line],
            "adjusted": adjusted[line],
            "unit": programme.currency,
            "note": "; ".join(f"{o.name}: {o.amount:+,.0f}" for o in adjustments if o.line == line),
        }
        for line in _COLUMNS
    ]
    rows += [_ratio("oss", "stated", stated), _ratio("fss", "adjusted", adjusted)]
    frame = pd.DataFrame(rows)
    numeric = dict.fromkeys(["stated", "adjustment", "adjusted"], "float64")
    return Sustainability(
        frame=frame.astype(numeric),
        provenance=programme.provenance,
        caveats=(
            *(text for text in tape.caveats if "days" not in text and "PAR" not in text),
            GRANTS,
            *([] if adjustments else [NONE_GIVEN]),
        ),
        date=tape.date,
        currency=programme.currency,
        adjustments=pd.DataFrame(
            [vars(one) for one in adjustments], columns=["name", "amount", "line"]
        ),
    )


def _ratio(name: str, column: str, figures: dict[Line, float]) -> dict[str, object]:
    cost = sum(amount for line, amount in figures.items() if line != "revenue")
    row: dict[str, object] = {"line": name, "side": "ratio", "unit": "share", "note": ""}
    if isnan(cost + figures["revenue"]):
        return row | {column: float("nan"), "note": "A figure that it needs is not known."}
    if not cost > 0:
        return row | {column: float("nan"), "note": "Undefined: there is no cost."}
    return row | {column: figures["revenue"] / cost}
