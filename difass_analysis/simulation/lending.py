"""A simulated loan fund: loan tape, years of the fund, aid in the loans, answers of borrowers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from difass_analysis.engine import Engine
from difass_analysis.errors import UsageError
from difass_analysis.programme import Programme, Settings
from difass_analysis.programme.model import SIMULATED_COLUMN
from difass_analysis.simulation.draws import Days, Flags, Floats, Ints, keys, labels, stream

FUND_ID = "simulated-fund"
_FIRST_YEAR = 2014
_TERMS = (24, 36, 48, 60)  # months
_STEP = 30  # days that one missed instalment adds
_LOST_AFTER = 270  # days late at which a loan is written off
_STAYS_LATE = 0.7  # chance that a late loan misses the next instalment too
_RECOVERED = 0.01  # share of a loss collected in a month, up to fifteen of them
_RECOVERY_MONTHS = 15
_SURVEY = {
    "would_have_done_anyway": (("no", "partly", "yes"), (0.45, 0.35, 0.20)),
    "anyway_timing": (("same", "later", "never"), (0.25, 0.45, 0.30)),
    "anyway_scale": (("same", "smaller", "none"), (0.30, 0.40, 0.30)),
    "anyway_quality": (("same", "lower", "none"), (0.45, 0.25, 0.30)),
}


@dataclass(frozen=True, kw_only=True)
class _Loans:
    """What was agreed for each loan: one entry a loan."""

    borrower: Ints
    start: Ints
    term: Ints
    principal: Floats
    interest: Floats
    restructured: Flags


def simulate_fund(
    *,
    seed: int = 1,
    loans: int = 600,
    years: int = 6,
    missed: float = 0.03,
    engine: Engine | None = None,
) -> Programme:
    """Simulate a revolving loan fund for SMEs, month by month.

    All names, amounts and answers are invented; every row is marked as simulated. Loans are
    disbursed evenly over the time and paid back in equal parts. A loan misses an instalment with
    the chance ``missed``, once late with 0.7, and is written off 270 days late; after that one
    per cent of the loss is collected each month.

    Parameters
    ----------
    seed : int
        Seed, 0 or more. The same arguments give the same tables.
    loans : int
        Number of loans, 20 or more. Every fourth borrower has two or more.
    years : int
        Whole years from 2014 on, 3 to 20.
    missed : float
        Chance of a loan that is not late to miss the instalment of a month, between 0 and 1.
    engine : Engine, optional
        What computes; DuckDB in this process without it.

    Returns
    -------
    Programme
        With ``loans`` (one row a loan a month), ``funds`` (the years, whose disbursements and
        repayments are the sums of the tape), ``enterprises``, ``aid_awards`` (the gross grant
        equivalent of each loan, drawn between 4 and 12 % of it; a few without a legal basis) and
        ``surveys`` (answers of about half of the borrowers).

    Raises
    ------
    UsageError
        When an argument is outside its range.

    Examples
    --------
    >>> fund = simulate_fund(seed=1, loans=40, years=3)
    >>> fund.simulated, sorted(fund.tables)
    (True, ['aid_awards', 'enterprises', 'funds', 'loans', 'surveys'])
    >>> fund.table("loans")["loan_id"].nunique()
    40
    """
    _check(seed, loans=loans, years=years, missed=missed)
    agreed = _agreed(stream(seed, "loans"), loans=loans, months=12 * years)
    tape, flows = _tape(stream(seed, "payments"), agreed, months=12 * years, missed=missed)
    borrowers = int(agreed.borrower.max()) + 1
    tables = {
        "loans": tape,
        "funds": _funds(flows, agreed, years=years),
        "enterprises": _enterprises(stream(seed, "enterprises"), count=borrowers),
        "aid_awards": _aid(stream(seed, "aid"), agreed),
        "surveys": _surveys(stream(seed, "surveys"), agreed),
    }
    settings = Settings(
        id=FUND_ID,
        name="Simulated loan fund",
        description=f"Simulated data: a loan fund that does not exist. Seed {seed}.",
        currency="EUR",
        price_basis="current",
        simulated=True,
    )
    marked = {name: frame.assign(**{SIMULATED_COLUMN: True}) for name, frame in tables.items()}
    return Programme.from_frames(settings=settings, engine=engine, **marked)


def _check(seed: int, *, loans: int, years: int, missed: float) -> None:
    rules = {
        f"seed = {seed} must be 0 or more.": seed >= 0,
        f"loans = {loans} must be 20 or more.": loans >= 20,
        f"years = {years} must be 3 to 20.": 3 <= years <= 20,
        f"missed = {missed} must be between 0 and 1.": 0 <= missed <= 1,
    }
    for message, holds in rules.items():
        if not holds:
            raise UsageError(message)


def _agreed(rng: np.random.Generator, *, loans: int, months: int) -> _Loans:
    borrower = np.where(rng.random(loans) < 0.25, rng.integers(0, loans, loans), np.arange(loans))
    return _Loans(
        borrower=np.unique(borrower, return_inverse=True)[1].astype(np.int64),
        start=np.sort(rng.integers(0, months, loans)),
        term=rng.choice(_TERMS, loans).astype(np.int64),
        principal=rng.lognormal(10.0, 0.6, loans).round(-2),
        interest=rng.uniform(0.01, 0.04, loans).round(4),
        restructured=rng.random(loans) < 0.02,
    )


def _tape(
    rng: np.random.Generator, agreed: _Loans, *, months: int, missed: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of the tape, and what flowed in each month."""
    count = len(agreed.start)
    days, balance = np.zeros(count), agreed.principal.copy()
    lost, recovered = np.zeros(count), np.zeros(count)
    since = np.zeros(count, dtype=np.int64)  # months since the write-off
    open_ = np.ones(count, dtype=bool)
    ends = pd.date_range(f"{_FIRST_YEAR}-01-31", periods=months, freq="ME").date
    pieces, flows = [], []
    for month in range(months):
        age = month - agreed.start
        moving, before = open_ & (age > 0), balance.copy()
        misses = moving & (rng.random(count) < np.where(days > 0, _STAYS_LATE, missed))
        days = np.where(misses, days + _STEP, 0.0)
        due = (agreed.principal * np.maximum(1 - age / agreed.term, 0)).round(2)
        balance = np.where(moving & ~misses, np.minimum(balance, due), balance)
        gone = moving & (days >= _LOST_AFTER)
        lost, balance = np.where(gone, balance, lost), np.where(gone, 0.0, balance)
        collects = (lost > 0) & ~gone & (since < _RECOVERY_MONTHS)
        recovered = np.where(collects, (recovered + lost * _RECOVERED).round(2), recovered)
        since += (lost > 0) & ~gone
        shown = np.flatnonzero((age >= 0) & (open_ | collects))
        pieces.append(
            _rows(agreed, shown, ends[month], balance=balance, days=days)
            .assign(written_off_amount=lost[shown], recovered_amount=recovered[shown])
            .assign(status=_status(balance[shown], lost[shown]))
        )
        lent = agreed.principal[age == 0].sum()
        back = (before - balance)[moving & ~gone].sum()
        late = balance[(age >= 0) & (days > 90)].sum()
        held = (age >= 0) & (balance > 0)
        earned = (before * agreed.interest / 12)[held & ~misses].sum()
        flows.append((month // 12, lent, back, lost[gone].sum(), earned, late))
        open_ &= ~((age >= 0) & (balance == 0))
    names = ["year", "lent", "back", "lost", "earned", "late"]
    return pd.concat(pieces, ignore_index=True), pd.DataFrame(flows, columns=names)


def _rows(
    agreed: _Loans, shown: Ints, day: object, *, balance: Floats, days: Floats
) -> pd.DataFrame:
    loan_ids, sme_ids = keys("loan-", len(agreed.start)), keys("sme-", len(agreed.start))
    begins = np.datetime64(f"{_FIRST_YEAR}-01", "M") + agreed.start[shown]
    ends = begins + agreed.term[shown]
    return pd.DataFrame(
        {
            "loan_id": loan_ids.take(shown).to_numpy(),
            "snapshot_date": day,
            "fund_id": FUND_ID,
            "borrower_id": sme_ids.take(agreed.borrower[shown]).to_numpy(),
            "disbursement_date": _days(begins),
            "maturity_date": _days(ends),
            "principal_amount": agreed.principal[shown],
            "outstanding_amount": balance[shown],
            "interest_share": agreed.interest[shown],
            "overdue_days": np.where(balance[shown] > 0, days[shown], 0.0),
            "restructured": agreed.restructured[shown],
        }
    )


def _days(months: Days) -> npt.NDArray[np.object_]:
    """First day of each month."""
    return months.astype("datetime64[D]").astype("object")


def _status(balance: Floats, lost: Floats) -> pd.Series[str]:
    closed = np.where(lost > 0, 2, 1)
    return labels(["active", "repaid", "written off"], np.where(balance > 0, 0, closed))


def _funds(flows: pd.DataFrame, agreed: _Loans, *, years: int) -> pd.DataFrame:
    """The years of the fund: flows of the tape, and costs that follow from them."""
    sums = flows.groupby("year")[["lent", "back", "lost", "earned"]].sum()
    late = flows.groupby("year")["late"].last()
    # Paid in over the first three years; what is lent beyond it comes from money paid back.
    capital = float(sums["lent"].iloc[:3].sum() * 0.8)
    paid_in = np.round(capital * np.minimum(np.arange(1, years + 1) / 3, 1), 2)
    so_far = sums["lent"].cumsum().to_numpy()
    reused = np.diff(np.maximum(so_far - paid_in, 0), prepend=0.0).clip(min=0)
    allowance = (0.5 * late).round(2).to_numpy()
    provision = sums["lost"].to_numpy() + np.diff(allowance, prepend=0.0)
    return pd.DataFrame(
        {
            "fund_id": FUND_ID,
            "year": _FIRST_YEAR + np.arange(years),
            "name": "Simulated loan fund",
            "paid_in_amount": paid_in,
            "eu_paid_in_amount": (paid_in * 0.5).round(2),
            "disbursed_amount": sums["lent"].round(2).to_numpy(),
            "reused_amount": np.minimum(reused, sums["back"].to_numpy()).round(2),
            "repaid_amount": sums["back"].round(2).to_numpy(),
            "cofinance_amount": (sums["lent"] * 0.4).round(2).to_numpy(),
            "financial_revenue_amount": sums["earned"].round(2).to_numpy(),
            "financial_expense_amount": 0.0,
            "operating_expense_amount": (sums["lent"] * 0.02).round(2).to_numpy(),
            "provision_amount": provision.clip(min=0).round(2),
            "allowance_amount": allowance,
            "staff_count": float(max(2, len(agreed.start) // 150)),
        }
    )


def _enterprises(rng: np.random.Generator, *, count: int) -> pd.DataFrame:
    staff = np.maximum(1, rng.lognormal(2.0, 0.9, count).round())
    turnover = (staff * rng.lognormal(11.3, 0.4, count)).round(-3)
    return pd.DataFrame(
        {
            "sme_id": keys("sme-", count),
            "headcount": staff,
            "turnover_amount": turnover,
            "balance_amount": (turnover * 0.8).round(-3),
        }
    )


def _aid(rng: np.random.Generator, agreed: _Loans) -> pd.DataFrame:
    count = len(agreed.start)
    months = np.datetime64(f"{_FIRST_YEAR}-01", "M") + agreed.start
    stated = rng.random(count) >= 0.03
    # Some borrowers had a large grant of another scheme besides, so that a few are near a ceiling.
    share = np.where(rng.random(count) < 0.04, 12.0, rng.uniform(0.04, 0.12, count))
    return pd.DataFrame(
        {
            "award_id": keys("award-", count),
            "sme_id": keys("sme-", count).take(agreed.borrower).to_numpy(),
            "granting_date": _days(months),
            "aid_amount": np.minimum(agreed.principal * share, 199_000.0).round(2),
            "legal_basis": pd.Series("Regulation (EU) No 1407/2013", index=range(count)).where(
                stated
            ),
            "country_code": "IT",
        }
    )


def _surveys(rng: np.random.Generator, agreed: _Loans) -> pd.DataFrame:
    first = np.unique(agreed.borrower, return_index=True)[1]
    asked = first[rng.random(len(first)) < 0.5]
    answers = {
        question: labels(list(offered), rng.choice(len(offered), len(asked), p=chances))
        for question, (offered, chances) in _SURVEY.items()
    }
    loan_ids, sme_ids = (keys(prefix, len(agreed.start)) for prefix in ("loan-", "sme-"))
    table = pd.DataFrame(
        {
            "sme_id": sme_ids.take(agreed.borrower[asked]).to_numpy(),
            "operation_id": loan_ids.take(asked).to_numpy(),
            **answers,
        }
    )
    return table.melt(["sme_id", "operation_id"], var_name="question", value_name="answer")
