"""One computation in a process of its own: seconds and memory to standard output, as JSON."""

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
    start = time.perf_counter()
    table = module.figures(given.folder, LEVELS, given.memory)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "megabytes": peak_megabytes(), "rows": len(table)}))
    if given.out:
        names = ["indicator", *LEVELS[0], "value", "lower", "upper", "se", "n"]
        table[names].to_parquet(given.out)


if __name__ == "__main__":
    main()
