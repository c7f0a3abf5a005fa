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
    col("region_name", "name of the region"),
    col("purpose", "what the loan is for"),
    col("group_id", "group of borrowers that answers for the loan together"),
    col("currency", "currency of the amounts where it is not the programme's"),
    col("disbursement_date", "date of disbursement"),
    col("maturity_date", "date of the last instalment"),
    col("principal_amount", "amount lent"),
    col("outstanding_amount", "principal outstanding at the date"),
    col("interest_share", "yearly interest rate"),
    col("overdue_days", "days past due"),
    col("overdue_band", "days past due as a band: current, 1-30, 31-120, 181+"),
    col("restructured", "whether terms were changed for distress", kind="flag"),
    col("written_off_amount", "principal written off up to the date"),
    col("recovered_amount", "collected after the write-off, up to the date"),
    col("status", "state: active, repaid, written off"),
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

INSTALMENTS = table(
    "instalments",
    "one instalment that a loan's schedule asks for",
    col("loan_id", "the loan", references="loans"),
    col("due_date", "day on which it is due"),
    col("principal_amount", "principal due"),
    col("interest_amount", "interest and fees due"),
    key=("loan_id", "due_date"),
)

FUNDS = table(
    "funds",
    "one revolving fund in one year",
    col("fund_id", "key of the fund"),
    col("year", "the year"),
    col("name", "name of the fund"),
    col("paid_in_amount", "capital paid in so far"),
    col("eu_paid_in_amount", "contribution of the Union in the capital paid in so far"),
    col("disbursed_amount", "disbursed to final recipients in the year"),
    col("reused_amount", "disbursed in the year from money that had been paid back"),
    col("repaid_amount", "principal paid back in the year"),
    col(
        "cofinance_amount", "lent beside the fund in the same loans in the year, by banks or others"
    ),
    col("financial_revenue_amount", "interest and fees received"),
    col("financial_expense_amount", "cost of funds"),
    col("operating_expense_amount", "personnel and administration"),
    col("provision_amount", "loan-loss provision of the year"),
    col("allowance_amount", "loan-loss allowance at year end"),
    col("legacy_amount", "capital left at closure, in the year of closure only"),
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
    col("currency", "currency of the amount, where it is not the programme's"),
    col("legal_basis", "regulation and article as stated"),
    col("country_code", "Member State that grants the aid"),
    col("operation_id", "operation that is aided", references="operations"),
    col("eligible_cost_amount", "eligible cost that the aid goes to"),
    key=("award_id",),
)

MONEY_SIDE = (LOANS, REPAYMENTS, INSTALMENTS, FUNDS, AID_AWARDS)
