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


Spent = dict[str, float]


def now() -> tuple[float, float]:
    """Seconds on the clock, and seconds of the processors that this process has had."""
    return time.perf_counter(), time.process_time()


def since(start: tuple[float, float]) -> Spent:
    """Seconds and processor seconds since then."""
    wall, processor = now()
    return {"seconds": wall - start[0], "processor": processor - start[1]}


def imported(folder: Path) -> Spent:
    """What `import difass_analysis` and its function `measure` take."""
    del folder
    start = now()
    import difass_analysis

    _ = difass_analysis.measure
    return since(start)


def small(folder: Path) -> Spent:
    """One `measure` of twenty rows, median of 15 after a first one."""
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
        start = now()
        da.measure(programme, indicators=INDICATORS, by=["region"])
        times.append(since(start))
    return {name: statistics.median(one[name] for one in times[1:]) for name in times[0]}


def checked(folder: Path) -> Spent:
    """`check`: all rules that the two tables allow."""
    import difass_analysis as da

    tables = {name: folder / f"{name}.parquet" for name in ("operations", "participations")}
    check = da.check
    start = now()
    check(da.Programme.from_frames(**tables))
    return since(start)


def checked_by_sql(folder: Path) -> Spent:
    """The heavier ones of those rules, in SQL written by hand."""
    import duckdb

    database = duckdb.connect()
    start = now()
    for name in ("operations", "participations"):
        path = folder / f"{name}.parquet"
        database.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{path}')")
    for query in RULES.split(";"):
        database.execute(query).fetchall()
    return since(start)


MEASURES = {one.__name__: one for one in (imported, small, checked, checked_by_sql)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("measure", choices=list(MEASURES))
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    print(json.dumps(MEASURES[given.measure](given.folder)))
