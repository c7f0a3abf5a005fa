"""Tables of revolving funds, loans and aid awards."""

from __future__ import annotations

from difass_analysis.schema.model import col, table

LOANS = table(
    "loans",
    "one loan at a date",
    col("loan_id", "key of the loan"),
    col("snapshot_date", "date at which the row holds"),
    col("fund_id", "revolving fund that lends"),
    col("borrower_id", "the borrower"),
    col("region", "NUTS code"),
    col("disbursement_date", "date of disbursement"),
    col("maturity_date", "date of the last instalment"),
    col("principal_amount", "amount lent"),
    col("outstanding_amount", "principal outstanding at the date"),
    col("interest_share", "yearly interest rate"),
    col("overdue_days", "days past due"),
    col("restructured", "whether terms were changed for distress", kind="flag"),
    col("written_off_amount", "principal written off up to the date"),
    col("status", "state as given"),
    key=("loan_id", "snapshot_date"),
)

REPAYMENTS = table(
    "repayments",
    "one payment on a loan",
    col("loan_id", "the loan", references="loans"),
    col("payment_date", "date of the payment"),
    col("principal_amount", "principal paid"),
    col("interest_amount", "interest and fees paid"),
)

FUNDS = table(
    "funds",
    "one revolving fund in one year",
    col("fund_id", "key of the fund"),
    col("year", "the year"),
    col("name", "name of the fund"),
    col("paid_in_amount", "capital paid in so far"),
    col("disbursed_amount", "disbursed to final recipients in the year"),
    col("repaid_amount", "principal paid back in the year"),
    col("financial_revenue_amount", "interest and fees received"),
    col("financial_expense_amount", "cost of funds"),
    col("operating_expense_amount", "personnel and administration"),
    col("provision_amount", "loan-loss provision of the year"),
    col("allowance_amount", "loan-loss allowance at year end"),
    col("staff_count", "staff"),
    key=("fund_id", "year"),
)

AID_AWARDS = table(
    "aid_awards",
    "one award of State aid or de minimis aid",
    col("award_id", "key of the award"),
    col("sme_id", "the enterprise", references="enterprises"),
    col("undertaking_id", "the single undertaking"),
    col("granting_date", "date on which the legal right arose"),
    col("aid_amount", "aid as gross grant equivalent"),
    col("legal_basis", "regulation and article as stated"),
    key=("award_id",),
)

MONEY_SIDE = (LOANS, REPAYMENTS, FUNDS, AID_AWARDS)
