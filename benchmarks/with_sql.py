"""The figures with SQL written by hand for DuckDB, and the last step in numpy."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

from benchmarks.finish import counts, ratios, tidy

# What each beneficiary adds to a cell, and each SME. Money is summed exactly, in cents.
BENEFICIARIES = """
CREATE OR REPLACE TEMP TABLE clusters AS
SELECT {by},
       sum(round(private_amount * 100)::BIGINT) AS y,
       sum(round(public_amount * 100)::BIGINT) AS x
FROM operations
GROUP BY {by}, beneficiary_id
"""
SMES = """
CREATE OR REPLACE TEMP TABLE clusters AS
SELECT {by}, sum(round(p.public_amount * 100)::BIGINT) AS y, 100 AS x
FROM participations AS p LEFT JOIN operations USING (operation_id)
GROUP BY {by}, sme_id
"""
CELLS = """
CREATE OR REPLACE TEMP TABLE cells AS
SELECT {by}, count(*) AS n, sum(y) AS y, sum(x) AS x,
       sum(y::DOUBLE * y) AS yy, sum(x::DOUBLE * x) AS xx, sum(x::DOUBLE * y) AS xy
FROM clusters
GROUP BY {by}
"""
# Delete-one-cluster jackknife where there are few clusters.
FIGURES = """
WITH small AS (
    SELECT {by}, n, y AS sum_y, x AS sum_x FROM cells WHERE n < 10
), errors AS (
    SELECT {by}, sqrt((any_value(n) - 1) / any_value(n) * sum(
        pow((sum_y - y) / nullif(sum_x - x, 0) - sum_y / sum_x, 2))) AS jackknife
    FROM clusters JOIN small USING ({by})
    GROUP BY {by}
)
SELECT {by}, n, y / 100 AS y, x / 100 AS x, yy / 1e4 AS yy, xx / 1e4 AS xx, xy / 1e4 AS xy,
       CASE WHEN n > 1 THEN jackknife END AS jackknife
FROM cells LEFT JOIN errors USING ({by})
"""


def figures(folder: Path, levels: list[list[str]], memory: str) -> pd.DataFrame:
    database = duckdb.connect()
    database.execute("SET memory_limit = ?", [memory])
    database.execute("SET enable_progress_bar = false")
    for name in ("operations", "participations"):
        path = folder / f"{name}.parquet"
        database.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{path}')")
    parts = []
    for by in levels:
        leverage, cost = _moments(database, BENEFICIARIES, by), _moments(database, SMES, by)
        done = {
            "private_per_public": ratios(leverage),
            "public_cost_per_sme": ratios(cost),
            "smes_reached": counts(cost),
            "beneficiaries": counts(leverage),
        }
        parts.append(tidy(done, by))
    return pd.concat(parts, ignore_index=True)


def _moments(database: duckdb.DuckDBPyConnection, clusters: str, by: list[str]) -> pd.DataFrame:
    names = ", ".join(by)
    database.execute(clusters.format(by=names))
    database.execute(CELLS.format(by=names))
    return database.sql(FIGURES.format(by=names)).to_arrow_table().to_pandas()
