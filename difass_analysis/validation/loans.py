"""Rules for loans: balances against their loan, payments against dates, one currency a fund."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from difass_analysis.programme import Programme
from difass_analysis.validation.model import Checked, RowRule, number, rows_of
from difass_analysis.validation.rowrules import TOLERANCE
from difass_analysis.validation.totals import result

#: States in which nothing is outstanding any more, as they are often written.
CLOSED = ("repaid", "written off", "closed", "paid off", "fully paid", "charged off")


def balance_rules(given: Sequence[str]) -> list[RowRule]:
    """A balance within the amount lent, and none where the loan is closed."""
    held, rules = set(given), []
    balance = nw.col("outstanding_amount")
    if {"outstanding_amount", "principal_amount"} <= held:
        rules.append(
            RowRule(
                id="outstanding_above_disbursed",
                severity="warning",
                column="outstanding_amount",
                shown=("outstanding_amount", "principal_amount"),
                broken=balance > nw.col("principal_amount") + TOLERANCE,
                needs=("outstanding_amount", "principal_amount"),
                message=lambda row: (
                    f"{number(row['outstanding_amount'])} is outstanding of a loan of "
                    f"{number(row['principal_amount'])}."
                ),
                todo="Check whether interest was added to the loan, or an amount is wrong.",
            )
        )
    if {"outstanding_amount", "status"} <= held:
        rules.append(
            RowRule(
                id="closed_with_balance",
                severity="warning",
                column="outstanding_amount",
                shown=("outstanding_amount", "status"),
                broken=nw.col("status").str.to_lowercase().is_in(list(CLOSED)) & (balance > 0),
                needs=("outstanding_amount", "status"),
                message=lambda row: (
                    f"The loan is '{row['status']}', but {number(row['outstanding_amount'])} is "
                    "outstanding."
                ),
                todo="Correct the state or the balance; the balance counts as it stands.",
            )
        )
    return rules


def loan_rules(programme: Programme) -> list[Checked]:
    """Apply the rules on loans that look at more than one row."""
    if "loans" not in programme.tables:
        return []
    names = programme.tables["loans"].collect_schema().names()
    checks = []
    if {"currency", "fund_id"} <= set(names):
        checks.append(_currencies(programme))
    if "repayments" in programme.tables and "disbursement_date" in names:
        checks.append(_early_payments(programme))
    return checks


def _currencies(programme: Programme) -> Checked:
    pairs = programme.tables["loans"].select("fund_id", "currency").unique()
    frame = programme.engine.collect(pairs).dropna(subset=["fund_id"])
    frame = frame.assign(currency=frame["currency"].fillna(programme.currency))
    found = []
    for fund, rows in frame.groupby("fund_id"):
        held = sorted({str(name) for name in rows["currency"]})
        if len(held) > 1:
            found.append(
                {
                    "key": str(fund),
                    "column": "currency",
                    "value": ", ".join(held),
                    "message": f"Fund {fund} has loans in {', '.join(held)}.",
                    "todo": "Convert them to one currency; the fund is not added up as it is.",
                }
            )
    funds = int(frame["fund_id"].nunique())
    return result("currencies_in_fund", "loans", "error", found, checked=funds)


def _early_payments(programme: Programme) -> Checked:
    paid = programme.tables["repayments"]
    if "payment_date" not in paid.collect_schema().names():
        return result("payment_before_disbursement", "repayments", "warning", [], checked=0)
    starts = (
        programme.tables["loans"].group_by("loan_id").agg(_start=nw.col("disbursement_date").min())
    )
    joined = paid.join(starts, on="loan_id", how="left")
    early = nw.col("payment_date") < nw.col("_start")
    known = ~nw.col("payment_date").is_null() & ~nw.col("_start").is_null()
    counts = programme.engine.collect(
        joined.select(
            rows=nw.len(),
            known=known.cast(nw.Int64).sum(),
        )
    ).iloc[0]
    rows, checked = int(counts["rows"]), int(counts["known"]) if counts["rows"] else 0
    broken = joined.filter(early).select("loan_id", "payment_date", "_start")
    frame = programme.engine.collect(broken).sort_values(["loan_id", "payment_date"])
    found = [
        {
            "key": str(row.loan_id),
            "column": "payment_date",
            "value": f"{row.payment_date:%Y-%m-%d}",
            "message": f"A payment of {row.payment_date:%Y-%m-%d} is earlier than the "
            f"disbursement of {row.start:%Y-%m-%d}.",
            "todo": "Check both dates, and whether the payment belongs to another loan.",
        }
        for row in rows_of(frame.rename(columns={"_start": "start"}))
    ]
    return result(
        "payment_before_disbursement",
        "repayments",
        "warning",
        found,
        checked=checked,
        unknown=rows - checked,
    )
