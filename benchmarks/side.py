"""What else a user waits for: one import, one small call, the rules. Each in a fresh process."""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

RULES = """
SELECT count(*) FILTER (operation_id IS NULL), count(*) FILTER (public_amount < 0),
       count(*) FILTER (private_amount < 0), count(*) FILTER (public_amount > 21474836),
       count(*) FILTER (private_amount > 21474836), count(*) FILTER (year < 1950)
FROM operations;
SELECT count(*) FILTER (operation_id IS NULL OR sme_id IS NULL),
       count(*) FILTER (public_amount < 0), count(*) FILTER (public_amount > 21474836)
FROM participations;
SELECT count(*) FROM participations ANTI JOIN operations USING (operation_id);
SELECT count(*) FROM (
    SELECT operation_id FROM operations JOIN participations AS p USING (operation_id)
    GROUP BY operation_id, operations.public_amount
    HAVING abs(sum(p.public_amount) - operations.public_amount) > 1
)
"""


def imported(folder: Path) -> float:
    """Seconds that `import difass_analysis` and its function `measure` take."""
    del folder
    start = time.perf_counter()
    import difass_analysis

    _ = difass_analysis.measure
    return time.perf_counter() - start


def small(folder: Path) -> float:
    """Seconds of one `measure` of twenty rows, median of 15 after a first one."""
    import pandas as pd

    import difass_analysis as da
    from benchmarks.with_package import INDICATORS

    del folder
    operations = pd.DataFrame(
        {
            "operation_id": [f"o{i}" for i in range(20)],
            "beneficiary_id": [f"b{i % 13}" for i in range(20)],
            "region": [f"r{i % 3}" for i in range(20)],
            "public_amount": [1000.5 + i for i in range(20)],
            "private_amount": [700.25 * i for i in range(20)],
        }
    )
    participations = operations[["operation_id", "public_amount"]].assign(
        sme_id=[f"s{i % 17}" for i in range(20)]
    )
    programme = da.Programme.from_frames(operations=operations, participations=participations)
    times = []
    for _ in range(16):
        start = time.perf_counter()
        da.measure(programme, indicators=INDICATORS, by=["region"])
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def checked(folder: Path) -> float:
    """Seconds of `check`: all rules that the two tables allow."""
    import difass_analysis as da

    tables = {name: folder / f"{name}.parquet" for name in ("operations", "participations")}
    check = da.check
    start = time.perf_counter()
    check(da.Programme.from_frames(**tables))
    return time.perf_counter() - start


def checked_by_sql(folder: Path) -> float:
    """Seconds of the heavier ones of those rules, in SQL written by hand."""
    import duckdb

    database = duckdb.connect()
    start = time.perf_counter()
    for name in ("operations", "participations"):
        path = folder / f"{name}.parquet"
        database.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{path}')")
    for query in RULES.split(";"):
        database.execute(query).fetchall()
    return time.perf_counter() - start


MEASURES = {one.__name__: one for one in (imported, small, checked, checked_by_sql)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("measure", choices=list(MEASURES))
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    print(json.dumps({"seconds": MEASURES[given.measure](given.folder)}))
