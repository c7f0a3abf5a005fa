"""Time and memory of reading a large CSV file: `python -m benchmarks.reading --gigabytes 5`.

The package and DuckDB read the same file to parquet in turn, each in a fresh process. DuckDB is
told the format and takes every cell as text. No time counts before both have found the same rows.
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

import pandas as pd

from benchmarks.large import HEADER
from benchmarks.pages import renewed
from benchmarks.peer import peak_megabytes

HERE = Path(__file__).resolve().parent
TITLE = "## Reading a large file"
PEERS = {
    "package": "`difass_analysis.sources.read`",
    "duckdb": "DuckDB, `COPY (FROM read_csv(...)) TO` parquet",
    "scan": "DuckDB, every cell read and none kept",
}
MOST, MEGABYTES = 1.3, 1500
PACKAGES = ("duckdb", "pyarrow", "numpy", "narwhals")
COLUMNS = HEADER.strip().split(",")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the file is made and kept")
    parser.add_argument("--page", type=Path, help="page whose section is renewed")
    parser.add_argument("--peer", choices=list(PEERS), help="one reading, in this process")
    parser.add_argument("--file", type=Path)
    given = parser.parse_args()
    if given.peer:
        print(json.dumps(_spent(given.peer, given.file)))
        return
    folder = given.folder or Path(tempfile.gettempdir()) / "difass-benchmarks"
    text = _measured(given.gigabytes, given.rounds, folder)
    if given.page:
        given.page.write_text(renewed(given.page.read_text(encoding="utf-8"), text), "utf-8")
    print(text)


# --- the peers -----------------------------------------------------------------------


def _spent(peer: str, path: Path) -> dict[str, object]:
    """One reading: seconds, processor seconds, peak memory, and what was found."""
    from difass_analysis.engine import make_engine
    from difass_analysis.sources import Profile, read

    engine = make_engine()
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "rows.parquet"
        wall, processor = time.perf_counter(), time.process_time()
        if peer == "package":
            raw = read(path, Profile(id="large"), engine=engine)
        else:
            _by_duckdb(peer, path, out)
        spent: dict[str, object] = {
            "seconds": time.perf_counter() - wall,
            "processor": time.process_time() - processor,
            "megabytes": peak_megabytes(),
        }
        if peer == "package":
            spent["found"] = _found_by_package(raw, engine)
            spent["lost"] = len(raw.lost)
        elif peer == "duckdb":
            spent["found"] = _found(f"read_parquet('{out}')")
    return spent


def _by_duckdb(peer: str, path: Path, out: Path) -> None:
    import duckdb

    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in COLUMNS)
    source = (
        f"read_csv('{path}', auto_detect = false, header = true, delim = ',', quote = '\"', "
        f"escape = '\"', columns = {{{columns}}})"
    )
    database = duckdb.connect()
    database.execute("SET enable_progress_bar = false")
    if peer == "duckdb":
        database.execute(f"COPY (FROM {source}) TO '{out}'")
    else:
        database.execute(f"SELECT {_sums()} FROM {source}").fetchall()


def _sums() -> str:
    return ", ".join(["count(*)", *(f"sum(coalesce(length({name}), 0))" for name in COLUMNS)])


def _found(source: str) -> list[int]:
    """Rows, and characters of each column."""
    import duckdb

    (counts,) = duckdb.sql(f"SELECT {_sums()} FROM {source}").fetchall()
    return [int(count) for count in counts]


def _found_by_package(raw: object, engine: object) -> list[int]:
    import narwhals as nw

    sums = [nw.col(name).str.len_chars().sum().alias(name) for name in COLUMNS]
    one = engine.collect(raw.lazy.select(nw.len().alias("rows"), *sums))
    return [int(count) for count in one.iloc[0]]


# --- the page ------------------------------------------------------------------------


def _measured(gigabytes: float, rounds: int, folder: Path) -> str:
    path = Path(_process("large", gigabytes, folder).strip())
    load = os.getloadavg()[0]
    rows = []
    for number in range(rounds + 1):
        for peer in PEERS:
            print(f"{peer}, round {number} of {rounds}", file=sys.stderr, flush=True)
            rows.append(
                {"round": number, "peer": peer, **json.loads(_process("reading", *_of(peer, path)))}
            )
    _agree(rows)
    # Round 0 fetches the file into the system's memory and counts for agreement only.
    runs = pd.DataFrame([row for row in rows if row["round"]])
    return _section(runs, size=path.stat().st_size, count=rows[0]["found"][0], load=load)


def _of(peer: str, path: Path) -> tuple[object, ...]:
    return "--peer", peer, "--file", path


def _process(module: str, *arguments: object) -> str:
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)]
    return subprocess.run(
        command, cwd=HERE.parent, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def _agree(rows: list[dict[str, object]]) -> None:
    found = {tuple(row["found"]) for row in rows if "found" in row}
    if len(found) != 1 or any(row.get("lost") for row in rows):
        raise SystemExit(f"The peers have not read the same rows: {found}")


def _section(runs: pd.DataFrame, *, size: int, count: int, load: float) -> str:
    wide = runs.pivot(index="round", columns="peer", values="seconds")
    ratio, scan = wide["package"] / wide["duckdb"], wide["package"] / wide["scan"]
    memory = runs.loc[runs["peer"] == "package", "megabytes"].max()
    rounds = len(wide)
    lines = [
        TITLE,
        "",
        f"Written by `python -m benchmarks.reading --gigabytes {size / 1e9:.3g}`. A seeded CSV "
        f"file of simulated operations: {size / 1e9:.2f} GB, {count:,} rows, {len(COLUMNS)} "
        "columns, a third of the titles in quotes, some with quotes or line breaks in them. The "
        "package reads it as any partner's file: cells as text with the line on which each record "
        "starts, records that do not fit accounted for, the checksum, a temporary parquet file. "
        "DuckDB is told the format and writes the cells as text to a parquet file, without lines "
        f"and checksum. Each runs in a fresh process, in turn, {rounds} rounds after one that does "
        "not count; both found the same number of rows and of characters in every column.",
        "",
        f"**The package takes {_range(ratio)} times the seconds of DuckDB's `COPY` (target: at "
        f"most {MOST}), {_met(ratio.median() <= MOST)}; its peak memory is {memory:,.0f} MB "
        f"(target: under {MEGABYTES:,}), {_met(memory < MEGABYTES)}.** Against DuckDB reading "
        f"every cell and keeping none the ratio is {_range(scan)}. Ratios are medians of the "
        "ratios within a round, with their range.",
        "",
        "| peer | median seconds (range) | MB per second | median processor seconds "
        "| peak memory, MB |",
        "|---|---|---|---|---|",
    ]
    for peer, name in PEERS.items():
        mine = runs[runs["peer"] == peer]
        speed = size / 1e6 / mine["seconds"].median()
        lines.append(
            f"| {name} | {_range(mine['seconds'], 1)} | {speed:,.0f} "
            f"| {mine['processor'].median():.1f} | {mine['megabytes'].max():,.0f} |"
        )
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    lines += [
        "",
        f"{platform.system()}, {platform.machine()}, {os.cpu_count()} processors; Python "
        f"{platform.python_version()}, {versions}. No memory limit was set for any of them. Load "
        f"before {load:.1f}, after {os.getloadavg()[0]:.1f}: others were using the processors, so "
        "trust the ratios more than the seconds.",
        "",
    ]
    return "\n".join(lines)


def _met(reached: bool) -> str:
    return "met" if reached else "missed"


def _range(values: pd.Series, digits: int = 2) -> str:
    return f"{values.median():.{digits}f} ({values.min():.{digits}f} to {values.max():.{digits}f})"


if __name__ == "__main__":
    main()
