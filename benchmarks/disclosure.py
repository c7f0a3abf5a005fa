"""How long protection takes: 300 regions by 40 mechanisms. `python -m benchmarks.disclosure`."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from difass_analysis.disclosure import protect
from difass_analysis.measurement import measure
from difass_analysis.programme import Programme

SIZES = (30_000, 120_000, 600_000)


def main() -> None:
    """Print the time of each size."""
    for operations in SIZES:
        print(large(operations), flush=True)


def large(operations: int) -> str:
    """Time the protection of tables of 300 regions by 40 mechanisms with all their margins."""
    random = np.random.default_rng(1)
    public = np.round(random.lognormal(10, 1.2, operations), 2)
    frame = pd.DataFrame(
        {
            "operation_id": np.arange(operations).astype(str),
            "region": np.char.add("R", random.integers(0, 300, operations).astype(str)),
            "mechanism": np.char.add("M", random.integers(0, 40, operations).astype(str)),
            "beneficiary_id": random.integers(0, max(operations // 4, 1), operations).astype(str),
            "public_amount": public,
            "private_amount": np.round(public * random.lognormal(0, 0.8, operations), 2),
        }
    )
    programme = Programme.from_frames(operations=frame)
    wanted = ["public", "private", "private_per_public", "public_share", "operations"]
    groups = ([], ["region"], ["mechanism"], ["region", "mechanism"])
    tables = [measure(programme, indicators=wanted, by=by) for by in groups]
    start = time.perf_counter()
    found = protect(tables, programme=programme)
    seconds = time.perf_counter() - start
    shown = sum(len(table.frame) for table in tables)
    counts = ", ".join(f"{row.cells:,} {row.reason}" for row in found.counts.itertuples())
    return f"{operations:,} operations: {seconds:.0f} s for {shown:,} figures ({counts})"


if __name__ == "__main__":
    main()
