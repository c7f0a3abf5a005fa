"""One computation in a process of its own: time and memory to standard output, as JSON.

The clock starts after the imports and stops when the figures are there as a pandas frame.
"""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import time
from pathlib import Path

PEERS = {
    "package": "benchmarks.with_package",
    "sql": "benchmarks.with_sql",
    "pandas": "benchmarks.with_pandas",
}
LEVELS = [["region", "mechanism", "year"], ["region"]]


def peak_megabytes() -> float:
    """Most memory this process has held; what a parent held before does not count."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(one for one in status.read_text().splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("peer", choices=list(PEERS))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--memory", default="4GB")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    module = importlib.import_module(PEERS[given.peer])
    wall, processor = time.perf_counter(), time.process_time()
    table = module.figures(given.folder, LEVELS, given.memory)
    spent = {
        "seconds": time.perf_counter() - wall,
        "processor": time.process_time() - processor,
        "megabytes": peak_megabytes(),
    }
    print(json.dumps(spent))
    if given.out:
        names = ["indicator", *LEVELS[0], "value", "lower", "upper", "se", "n"]
        table[names].to_parquet(given.out)


if __name__ == "__main__":
    main()
