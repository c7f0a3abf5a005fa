"""A seeded tape of simulated loan-months as a parquet file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

SEED = 7
MONTHS = 72
LOANS = 50_000  # loans simulated at a time
STEP = 30  # days that one missed instalment adds
LOST = 270  # days late at which a loan is written off


def tape(rows: int, folder: Path) -> Path:
    """The tape with so many rows; made when it is not there yet."""
    recipe = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    path = folder / f"simulated-loans-{rows}-{recipe}.parquet"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    draw, written, block = np.random.default_rng(SEED), 0, 0
    half = path.with_suffix(".half")
    writer = None
    while written < rows:
        table = pa.Table.from_pandas(_block(draw, block).head(rows - written), preserve_index=False)
        writer = writer or pq.ParquetWriter(half, table.schema, compression="zstd")
        writer.write_table(table)
        written, block = written + len(table), block + 1
    writer.close()
    half.rename(path)
    return path


def _block(draw: np.random.Generator, block: int) -> pd.DataFrame:
    """Rows of some loans, by loan and month; a loan ends repaid or written off."""
    start = draw.integers(0, MONTHS, LOANS)
    term = draw.choice([12, 24, 36, 60], LOANS)
    principal = draw.lognormal(9.5, 0.7, LOANS).round(2)
    restructured = draw.random(LOANS) < 0.02
    days, balance = np.zeros(LOANS), principal.copy()
    lost, open_ = np.zeros(LOANS), np.ones(LOANS, dtype=bool)
    ends = pd.date_range("2012-01-31", periods=MONTHS, freq="ME").date
    begins = pd.date_range("2012-01-01", periods=MONTHS, freq="MS").date
    pieces = []
    for month in range(MONTHS):
        age = month - start
        moving = open_ & (age > 0)
        chance = draw.random(LOANS)
        missed = np.where(days == 0, chance < 0.02, chance < 0.6)
        days = np.where(moving, np.where(missed, days + STEP, 0.0), days)
        paid = moving & ~missed
        due = np.maximum(principal * (1 - age / term), 0).round(2)
        balance = np.where(paid, np.minimum(balance, due), balance)
        gone = moving & (days >= LOST)
        lost, balance = np.where(gone, balance, lost), np.where(gone, 0.0, balance)
        shown = np.flatnonzero(open_ & (age >= 0))
        pieces.append(
            pd.DataFrame(
                {
                    "_loan": shown,
                    "snapshot_date": ends[month],
                    "outstanding_amount": balance[shown],
                    "overdue_days": np.where(balance[shown] > 0, days[shown], 0.0),
                    "written_off_amount": lost[shown],
                }
            )
        )
        open_ = open_ & ~((age >= 0) & (balance == 0))
    frame = pd.concat(pieces, ignore_index=True).sort_values(
        ["_loan", "snapshot_date"], kind="stable"
    )
    loan = frame.pop("_loan").to_numpy()
    keys = np.array([f"L{block:04d}{number:06d}" for number in range(LOANS)])
    borrowers = np.array([f"B{block:04d}{number // 2:06d}" for number in range(LOANS)])
    return frame.assign(
        loan_id=keys[loan],
        borrower_id=borrowers[loan],
        disbursement_date=np.array(begins)[start[loan]],
        principal_amount=principal[loan],
        restructured=restructured[loan],
    )
