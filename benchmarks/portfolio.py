"""Time and memory of the loan portfolio page: `python -m benchmarks.portfolio`.

Ten million simulated loan-months: balance and PAR, ageing, vintages and roll rates, by the package
and by SQL written by hand for the same tables, in turn, each in a fresh process. No time counts
before both have found the same figures.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.pages import renewed
from benchmarks.peer import peak_megabytes
from benchmarks.portfolio_sql import page_by_sql
from benchmarks.portfolio_tape import tape
from difass_analysis.engine import make_engine
from difass_analysis.finance import ageing, portfolio, roll_rates, vintages
from difass_analysis.programme import Programme

HERE = Path(__file__).resolve().parent
TITLE = "## Loan portfolio"
PEERS = {"package": "`difass_analysis.finance`", "sql": "DuckDB SQL"}
MOST, MEGABYTES = 1.15, 2000
PACKAGES = ("duckdb", "narwhals", "pandas", "numpy", "pyarrow")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the tape is made and kept")
    parser.add_argument("--page", type=Path, help="page whose section is renewed")
    parser.add_argument("--memory", default="1200MB", help="memory limit of DuckDB in both peers")
    parser.add_argument("--peer", choices=list(PEERS), help="one page, in this process")
    parser.add_argument("--file", type=Path)
    given = parser.parse_args()
    if given.peer:
        print(json.dumps(_spent(given.peer, given.file, given.memory)))
        return
    folder = given.folder or Path(tempfile.gettempdir()) / "difass-benchmarks"
    text = _measured(given.rows, given.rounds, folder, given.memory)
    if given.page:
        given.page.write_text(renewed(given.page.read_text(encoding="utf-8"), text), "utf-8")
    print(text)


# --- the peers -----------------------------------------------------------------------


def _spent(peer: str, path: Path, memory: str) -> dict[str, object]:
    """One page: seconds, processor seconds, peak memory, and the figures."""
    page = _page_by_package if peer == "package" else page_by_sql
    wall, processor = time.perf_counter(), time.process_time()
    figures = page(path, memory)
    return {
        "seconds": time.perf_counter() - wall,
        "processor": time.process_time() - processor,
        "megabytes": peak_megabytes(),
        "figures": figures,
    }


def _page_by_package(path: Path, memory: str) -> dict[str, float]:
    programme = Programme.from_frames(loans=path, engine=make_engine(memory=memory))
    found = portfolio(programme)
    figures = dict(zip(found.frame["measure"], found.frame["value"], strict=True))
    for row in found.history.itertuples():
        figures[f"history {row.snapshot_date:%Y-%m}"] = row.outstanding_amount
    for row in ageing(programme).frame.itertuples():
        figures[f"band {row.band}"] = row.outstanding_amount
    for row in vintages(programme).frame.itertuples():
        figures[f"written off {row.quarter} {row.month}"] = row.written_off_share
        figures[f"default {row.quarter} {row.month}"] = row.default_share
    for row in roll_rates(programme).frame.itertuples():
        figures[f"{row.from_band} to {row.to_band}"] = row.share
    return {name: float(value) for name, value in figures.items() if np.isfinite(value)}


# --- the page ------------------------------------------------------------------------


def _measured(rows: int, rounds: int, folder: Path, memory: str) -> str:
    path, load = tape(rows, folder), os.getloadavg()[0]
    runs = []
    for number in range(rounds + 1):
        for peer in PEERS:
            print(f"{peer}, round {number} of {rounds}", file=sys.stderr, flush=True)
            command = [sys.executable, "-m", "benchmarks.portfolio", "--peer", peer]
            command += ["--file", str(path), "--memory", memory]
            done = subprocess.run(
                command, cwd=HERE.parent, check=True, stdout=subprocess.PIPE, text=True
            )
            runs.append({"round": number, "peer": peer, **json.loads(done.stdout)})
    largest, figures = _agree(runs)
    # Round 0 fetches the file into the system's memory and counts for agreement only.
    kept = pd.DataFrame([run for run in runs if run["round"]])
    return _section(kept, rows=rows, figures=figures, largest=largest, load=load, memory=memory)


def _agree(runs: list[dict[str, object]]) -> tuple[float, int]:
    """Largest relative difference of any figure, and how many figures were compared."""
    package, sql = (next(run["figures"] for run in runs if run["peer"] == peer) for peer in PEERS)
    shared = sorted(set(package) & set(sql))
    if set(sql) - set(package):
        raise SystemExit(f"The package lacks {sorted(set(sql) - set(package))[:5]}.")
    gaps = {
        name: abs(package[name] - sql[name]) / max(abs(sql[name]), 1e-12)
        for name in shared
        if package[name] != sql[name]
    }
    worst = max(gaps, key=gaps.get, default="")
    if worst and gaps[worst] > 1e-9:
        raise SystemExit(f"{worst}: {package[worst]} by the package, {sql[worst]} by SQL.")
    return max(gaps.values(), default=0.0), len(shared)


def _section(
    runs: pd.DataFrame, *, rows: int, figures: int, largest: float, load: float, memory: str
) -> str:
    wide = runs.pivot(index="round", columns="peer", values="seconds")
    work = runs.pivot(index="round", columns="peer", values="processor")
    ratio, effort = wide["package"] / wide["sql"], work["package"] / work["sql"]
    peak = runs.loc[runs["peer"] == "package", "megabytes"].max()
    lines = [
        TITLE,
        "",
        f"Written by `python -m benchmarks.portfolio --rows {rows}`. A seeded tape of {rows:,} "
        "simulated loan-months over six years, read from one parquet file: the portfolio page "
        "(balances, PAR 1/30/90/180 with intervals, write-offs, averages, borrowers, history by "
        "date), ageing, vintages (written off, default) and roll rates. The SQL is written by "
        "hand, a few statements for all of them. Both add money exactly. Each runs in a fresh "
        f"process, in turn, {len(wide)} rounds after one that does not count, with a memory limit "
        f"of {memory} for DuckDB in both; {figures:,} figures were compared, largest relative "
        f"difference {largest:.0e}.",
        "",
        f"**The package takes {_range(ratio)} times the seconds of the SQL (target: at most "
        f"{MOST}), {_met(ratio.median() <= MOST)}, and {_range(effort)} times its processor "
        f"seconds; its peak memory is {peak:,.0f} MB (target: under {MEGABYTES:,}), "
        f"{_met(peak < MEGABYTES)}.** Ratios are medians of the ratios within a round, with their "
        "range.",
        "",
        "| peer | median seconds (range) | median processor seconds | peak memory, MB |",
        "|---|---|---|---|",
    ]
    for peer, name in PEERS.items():
        mine = runs[runs["peer"] == peer]
        lines.append(
            f"| {name} | {_range(mine['seconds'])} | {mine['processor'].median():.1f} "
            f"| {mine['megabytes'].max():,.0f} |"
        )
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    lines += [
        "",
        f"{platform.system()}, {platform.machine()}, {os.cpu_count()} processors; Python "
        f"{platform.python_version()}, {versions}. Load before {load:.1f}, after "
        f"{os.getloadavg()[0]:.1f}; above 2 others were using the processors, and the processor "
        "seconds are to be trusted most.",
        "",
    ]
    return "\n".join(lines)


def _met(reached: bool) -> str:
    return "met" if reached else "missed"


def _range(values: pd.Series) -> str:
    return f"{values.median():.2f} ({values.min():.2f} to {values.max():.2f})"


if __name__ == "__main__":
    main()
