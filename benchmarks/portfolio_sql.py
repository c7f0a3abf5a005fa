"""The loan portfolio page in SQL written by hand for DuckDB."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np

BANDS = ("current", "1-30", "31-60", "61-90", "91-180", "181+")
STATES = (*BANDS, "repaid", "written off")
_MONTHS = "(year({0}) * 12 + month({0}))"


def page_by_sql(path: Path, memory: str) -> dict[str, float]:
    """The figures of the page by name."""
    database = duckdb.connect()
    database.execute(f"SET memory_limit = '{memory}'")
    database.execute("SET enable_progress_bar = false")
    money = ", ".join(
        f"round({name}_amount * 1e6)::BIGINT AS {name}"
        for name in ("outstanding", "written_off", "principal")
    )
    database.execute(
        f"CREATE VIEW tape AS SELECT loan_id, borrower_id, snapshot_date AS day, "
        f"disbursement_date AS start, ceil(overdue_days)::INT AS late, restructured, {money} "
        f"FROM read_parquet('{path}')"
    )
    history = _rows(
        database,
        "SELECT day, sum(outstanding), count(*) FILTER (outstanding > 0), "
        "sum(outstanding) FILTER (late > 30 OR restructured), min(outstanding) "
        "FROM tape GROUP BY day ORDER BY day",
    )
    figures = {f"history {row[0]:%Y-%m}": _money(row[1]) for row in history}
    opening, closing = history[-13][0], history[-1][0]
    average = sum(_money(row[1]) for row in history[-13:]) / 13
    figures |= _state(database, closing) | {"average_portfolio": average}
    figures |= _flows(database, opening, closing, average)
    return figures | _vintages(database, history[-1][0]) | _rolls(database, history)


def _rows(database: duckdb.DuckDBPyConnection, query: str, *given: object) -> list[tuple]:
    return database.execute(query, list(given)).fetchall()


def _money(millionths: object) -> float:
    return float(millionths or 0) / 1e6


def _state(database: duckdb.DuckDBPyConnection, closing: object) -> dict[str, float]:
    """Balances, PAR with what its errors need, ageing and borrowers at the closing date."""
    risk = ", ".join(
        f"sum(outstanding) FILTER ({mark}), sum((outstanding / 1e6) ** 2) FILTER ({mark})"
        for x in (1, 30, 90, 180)
        for mark in (f"late > {x} OR restructured", f"late > {x}")
    )
    (row,) = _rows(
        database,
        f"SELECT sum(outstanding), count(*) FILTER (outstanding > 0), "
        f"sum((outstanding / 1e6) ** 2), count(DISTINCT loan_id), {risk} FROM tape WHERE day = ?",
        closing,
    )
    total = _money(row[0])
    figures = {"gross_portfolio": total, "active_loans": float(row[1])}
    names = [f"par_{x}{part}" for x in (1, 30, 90, 180) for part in ("", "_unrestructured")]
    figures |= {name: _money(row[4 + 2 * i]) / total for i, name in enumerate(names)}
    bands = _rows(
        database,
        f"SELECT {_band('late')} AS band, sum(outstanding), count(*) FILTER (outstanding > 0), "
        "sum(outstanding) FILTER (restructured) FROM tape WHERE day = ? GROUP BY band",
        closing,
    )
    return figures | {f"band {BANDS[row[0]]}": _money(row[1]) for row in bands}


def _band(late: str) -> str:
    edges = " ".join(f"WHEN {late} <= {x} THEN {i}" for i, x in enumerate((0, 30, 60, 90, 180)))
    return f"CASE {edges} ELSE 5 END"


def _flows(
    database: duckdb.DuckDBPyConnection, opening: object, closing: object, average: float
) -> dict[str, float]:
    ((written, before),) = _rows(
        database,
        "SELECT sum(w), sum(b) FROM (SELECT max(written_off) AS w, "
        "coalesce(max(written_off) FILTER (day <= ?), 0) AS b FROM tape "
        "WHERE written_off > 0 AND day <= ? GROUP BY loan_id)",
        opening,
        closing,
    )
    _rows(
        database,
        "SELECT count(DISTINCT loan_id) FROM tape WHERE start > ? AND start <= ?",
        opening,
        closing,
    )
    borrowers = _rows(
        database,
        "SELECT day, count(DISTINCT borrower_id) FROM tape WHERE day >= ? AND outstanding > 0 "
        "GROUP BY day ORDER BY day",
        opening,
    )
    flow = _money(written) - _money(before)
    return {
        "written_off_amount": flow,
        "write_off_ratio": flow / average,
        "active_borrowers": float(borrowers[-1][1]),
    }


def _vintages(database: duckdb.DuckDBPyConnection, last: object) -> dict[str, float]:
    start, day = _MONTHS.format("start"), _MONTHS.format("day")
    database.execute(
        "CREATE TEMP TABLE lives AS SELECT loan_id, min(start) AS start, max(principal) AS money, "
        "min(day) FILTER ((late > 90 AND outstanding > 0) OR written_off > 0) AS fell "
        "FROM tape GROUP BY loan_id"
    )
    cohorts = _rows(
        database,
        f"SELECT ({start} - 1) // 3 AS quarter, sum(money), max({start}) FROM lives "
        "GROUP BY quarter ORDER BY quarter",
    )
    fell = _MONTHS.format("fell")
    defaults = _rows(
        database,
        f"SELECT ({start} - 1) // 3 AS quarter, {fell} - {start} AS age, sum(money) FROM lives "
        "WHERE fell IS NOT NULL GROUP BY quarter, age",
    )
    written = _rows(
        database,
        f"WITH steps AS (SELECT loan_id, written_off AS w, min(day) AS day FROM tape "
        "WHERE written_off > 0 GROUP BY loan_id, w), "
        "grown AS (SELECT loan_id, day, w - coalesce(lag(w) OVER "
        "(PARTITION BY loan_id ORDER BY day, w), 0) AS step FROM steps) "
        f"SELECT ({start} - 1) // 3 AS quarter, {day} - {start} AS age, sum(step) "
        "FROM grown JOIN lives USING (loan_id) GROUP BY quarter, age",
    )
    end = last.year * 12 + last.month
    figures = {}
    for name, steps in (("written off", written), ("default", defaults)):
        for quarter, money, youngest in cohorts:
            ages = np.zeros(end - youngest + 1)
            for place, age, amount in steps:
                if place == quarter and age < len(ages):
                    ages[age] += _money(amount)
            label = f"{quarter // 4}-Q{quarter % 4 + 1}"
            for age, share in enumerate(np.cumsum(ages) / _money(money)):
                figures[f"{name} {label} {age}"] = float(share)
    return figures


def _rolls(database: duckdb.DuckDBPyConnection, history: list[tuple]) -> dict[str, float]:
    state = f"CASE WHEN outstanding > 0 THEN {_band('late')} WHEN written_off > 0 THEN 7 ELSE 6 END"
    rows = _rows(
        database,
        f"WITH states AS (SELECT loan_id, day, outstanding, written_off, {state} AS state "
        "FROM tape), steps AS (SELECT *, lead(day) OVER w AS later, lead(state) OVER w AS goal, "
        "lead(outstanding) OVER w AS kept, lead(written_off) OVER w AS lost FROM states "
        "WINDOW w AS (PARTITION BY loan_id ORDER BY day)) "
        "SELECT day, state, later, goal, count(*), sum(outstanding), sum(kept), "
        "sum(lost - written_off) FROM steps WHERE outstanding > 0 GROUP BY day, state, later, goal",
    )
    days = [row[0] for row in history]
    following = dict(pairwise(days))
    sums: dict[tuple[str, str], float] = {}
    totals: dict[str, float] = {}
    for day, origin, later, goal, _, balance, _, _ in rows:
        if day == days[-1] or (later is not None and later != following[day]):
            continue
        key = STATES[origin], "left the tape" if later is None else STATES[goal]
        sums[key] = sums.get(key, 0.0) + _money(balance)
        totals[key[0]] = totals.get(key[0], 0.0) + _money(balance)
    return {f"{one} to {other}": amount / totals[one] for (one, other), amount in sums.items()}
