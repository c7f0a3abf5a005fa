"""Do intervals of a fund's parameters hold what they say? `python -m benchmarks.fund_study`.

A revolving fund is simulated whose default rate, loss share and re-lending share are known. Its
loan tape and its years are given to `fund_parameters`, and it is counted how often the 95 %
intervals contain the truth. All data of this study are simulated.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from difass_analysis.engine import make_engine
from difass_analysis.finance import fund_parameters
from difass_analysis.programme import Programme
from difass_analysis.programme.settings import Settings

SEED = 20_261
RUNS = 1_000
LEAST, MOST = 0.935, 0.965
#: Funds that share one engine; it is then made anew, so that memory stays bounded.
_BATCH = 50


@dataclass(frozen=True, kw_only=True)
class Fund:
    """A fund as it truly is.

    ``default`` is the chance of a loan to fail, ``lost`` the mean part of its principal that is
    then lost, ``relending`` the mean part of what is paid back that is lent again.
    """

    default: float = 0.08
    lost: float = 0.6
    relending: float = 0.85
    loans: int = 1_500
    years: int = 20
    term: int = 3
    spread: float = 0.8  # of the logarithms of principals
    second_loans: float = 0.15

    @property
    def truth(self) -> dict[str, float]:
        """True value of each parameter."""
        return {
            "default_rate": self.default,
            "loss_share": self.default * self.lost,
            "relending_share": self.relending,
        }


def simulated_fund(fund: Fund, *, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw one loan tape and the years of its fund; the same seed gives the same ones."""
    rng = np.random.default_rng(seed)
    size, first = fund.loans, 2001
    principal = np.round(rng.lognormal(10.0, fund.spread, size), 2)
    year = first + rng.integers(0, fund.years, size)
    fails = rng.random(size) < fund.default
    lost = np.where(fails, np.round(principal * rng.beta(3.0, 2.0, size), 2), 0.0)
    second = rng.random(size) < fund.second_loans
    borrower = np.where(second, rng.integers(0, size, size), np.arange(size))
    tape = pd.DataFrame(
        {
            "loan_id": [f"L{number}" for number in range(size)],
            "snapshot_date": pd.Timestamp(first + fund.years + fund.term, 12, 31),
            "fund_id": "F",
            "borrower_id": [f"B{number}" for number in borrower],
            "disbursement_date": pd.to_datetime({"year": year, "month": 6, "day": 30}),
            "maturity_date": pd.to_datetime({"year": year + fund.term, "month": 6, "day": 30}),
            "principal_amount": principal,
            "outstanding_amount": 0.0,
            "written_off_amount": lost,
        }
    )
    back = pd.Series(principal - lost).groupby(year + fund.term).sum()
    spread = rng.beta(fund.relending * 30, (1 - fund.relending) * 30, len(back))
    years = pd.DataFrame(
        {
            "fund_id": "F",
            "year": np.arange(first, first + fund.years + fund.term + 1),
        }
    )
    years["repaid_amount"] = years["year"].map(back).fillna(0.0)
    again = years["year"].map(pd.Series(spread, index=back.index)).fillna(0.0)
    years["reused_amount"] = (years["repaid_amount"] * again).round(2)
    return tape, years


def intervals(fund: Fund, *, runs: int, seed: int) -> Iterator[pd.DataFrame]:
    """Estimate the parameters of so many simulated funds."""
    settings = Settings(id="study", name="simulated fund", currency="EUR", simulated=True)
    engine = make_engine()
    for run in range(runs):
        if run % _BATCH == 0:
            engine = make_engine()
        tape, years = simulated_fund(fund, seed=seed + run)
        programme = Programme.from_frames(settings=settings, engine=engine, loans=tape, funds=years)
        yield fund_parameters(programme).frame.assign(run=run)


def coverage(fund: Fund, *, runs: int, seed: int = SEED) -> pd.DataFrame:
    """Count how often the intervals contain the truth.

    Returns one row a parameter: `parameter`, `truth`, `mean`, `coverage`, `error` (Monte Carlo),
    `below` and `above` (intervals that miss the truth on either side), `width`.
    """
    found = pd.concat(intervals(fund, runs=runs, seed=seed), ignore_index=True)
    truth = found["parameter"].map(fund.truth)
    found = found.assign(
        truth=truth,
        below=found["upper"] < truth,
        above=found["lower"] > truth,
        width=found["upper"] - found["lower"],
    )
    found["coverage"] = ~(found["below"] | found["above"])
    means = found.groupby("parameter", sort=False)[
        ["truth", "value", "coverage", "below", "above", "width"]
    ].mean()
    means["error"] = np.sqrt(means["coverage"] * (1 - means["coverage"]) / runs)
    return means.rename(columns={"value": "mean"}).reset_index()


def main() -> None:
    """Print the table of coverage, and say whether it is within bounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    table = coverage(Fund(), runs=options.runs, seed=options.seed)
    print(f"SIMULATED. {options.runs:,} funds, seed {options.seed}.")
    print(table.round(4).to_string(index=False))
    within = table["coverage"].between(LEAST, MOST)
    print(f"Within {LEAST:.1%} to {MOST:.1%}: {int(within.sum())} of {len(within)} parameters.")


if __name__ == "__main__":
    main()
