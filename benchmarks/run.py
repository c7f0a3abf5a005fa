"""Run the benchmark: `python -m benchmarks.run`, or `make bench`.

For each size the three peers run in turn, each in a fresh process; a first round that does not
count makes sure that they find the same figures.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from benchmarks.agreement import differences
from benchmarks.pages import from_heading
from benchmarks.peer import LEVELS, PEERS
from benchmarks.reading import TITLE
from benchmarks.results import SIDE, Side, Size, page

HERE = Path(__file__).resolve().parent
FULL = {1_000_000: 5, 10_000_000: 3}
QUICK = {100_000: 2, 1_000_000: 2}
SIDE_ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1e5 and 1e6, two rounds, no page")
    parser.add_argument("--size", type=int, action="append", help="participations; may be repeated")
    parser.add_argument("--rounds", type=int, help="rounds of every size")
    parser.add_argument("--memory", default="4GB", help="DuckDB's memory limit, for both peers")
    parser.add_argument("--out", type=Path, help="page to write; benchmarks/RESULTS.md in full")
    given = parser.parse_args()
    rounds = QUICK if given.quick else FULL
    if given.size:
        rounds = {size: rounds.get(size, 3) for size in given.size}
    rounds = {size: given.rounds or count for size, count in rounds.items()}
    cache = Path(tempfile.gettempdir()) / "difass-benchmarks"
    load = [os.getloadavg()[0]]
    sizes = [_measured(size, count, cache, given.memory) for size, count in rounds.items()]
    side = _beside(_files(min(rounds, key=lambda size: abs(size - 1_000_000)), cache))
    load.append(os.getloadavg()[0])
    text = page(sizes, side, memory=given.memory, load=load)
    out = given.out or (None if given.quick or given.size else HERE / "RESULTS.md")
    if out:
        # The sections of other benchmarks follow those of this one.
        kept = from_heading(out.read_text(encoding="utf-8"), TITLE) if out.exists() else ""
        out.write_text(f"{text.rstrip()}\n\n{kept}" if kept else text, encoding="utf-8")
    print(text)


def _process(module: str, *arguments: object) -> str:
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)]
    return subprocess.run(
        command, cwd=HERE.parent, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def _files(size: int, cache: Path) -> Path:
    """Folder of the files, made in a process of its own so that this one stays small."""
    return Path(_process("data", size, cache).strip())


def _measured(size: int, rounds: int, cache: Path, memory: str) -> Size:
    folder = _files(size, cache)
    with tempfile.TemporaryDirectory() as scratch:
        outs = {peer: Path(scratch) / f"{peer}.parquet" for peer in PEERS}
        for peer, out in outs.items():
            _say(f"{size:,}: {peer}, for agreement")
            _process("peer", peer, folder, "--memory", memory, "--out", out)
        tables = {peer: pd.read_parquet(out) for peer, out in outs.items()}
    apart = differences(tables, LEVELS[0])
    rows = []
    for number in range(rounds):
        for peer in PEERS:
            _say(f"{size:,}: {peer}, round {number + 1} of {rounds}")
            start = time.perf_counter()
            spent = json.loads(_process("peer", peer, folder, "--memory", memory))
            spent["process"] = time.perf_counter() - start
            rows.append({"round": number, "peer": peer, **spent})
    return Size(size=size, runs=pd.DataFrame(rows), apart=apart, cells=len(tables["package"]))


def _beside(folder: Path) -> Side:
    size = int(folder.name.split("-")[0])
    rows = {}
    for name in SIDE:
        _say(f"{size:,}: {name}")
        runs = [json.loads(_process("side", name, folder)) for _ in range(SIDE_ROUNDS)]
        rows[name] = pd.DataFrame(runs).median()
    return Side(size=size, spent=pd.DataFrame(rows).T)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
