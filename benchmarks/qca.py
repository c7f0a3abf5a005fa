"""Time of a set-theoretic analysis, beside other packages: `python -m benchmarks.qca`.

From a frame of crisp memberships to both solutions, conservative and parsimonious. The peers run in
a Python of their own (`--peers`), because they must not be among the package's dependencies; each
analysis is a fresh process and is stopped after 90 seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.pages import renewed

CONDITIONS = (8, 10, 12, 14, 16)
CASES = (40, 58, 76)
SEED = 20240917
PATIENCE = 90.0
PEERS = ("setqca", "pyqca")
PAGE = Path(__file__).with_name("RESULTS.md")


def table(conditions: int, cases: int) -> pd.DataFrame:
    """Return seeded crisp cases in distinct configurations, half of them with the outcome.

    The outcome follows a rule of three terms, turned round in one case of ten.
    """
    draws = np.random.default_rng([SEED, conditions, cases])
    rows = draws.choice(2**conditions, size=cases, replace=False)
    held = (rows[:, None] >> np.arange(conditions)) & 1
    names = [chr(ord("A") + place) for place in range(conditions)]
    rule = (held[:, 0] & held[:, 1]) | (held[:, 2] & (1 - held[:, 3])) | (held[:, 4] & held[:, 5])
    turned = draws.random(cases) < 0.1
    return pd.DataFrame(held, columns=names).assign(Y=np.where(turned, 1 - rule, rule))


def with_package(frame: pd.DataFrame) -> tuple[float, list[list[list[str]]], bool]:
    """Seconds, both lists of models, and whether one was cut off."""
    from difass_analysis.mechanisms import qca

    names = [name for name in frame if name != "Y"]
    start = time.perf_counter()
    rows = qca.truth_table(frame, outcome="Y", conditions=names)
    found = [qca.minimize(rows, solution=kind) for kind in ("conservative", "parsimonious")]
    seconds = time.perf_counter() - start
    models = [[sorted(model) for model in one.models] for one in found]
    return seconds, models, any(one.capped for one in found)


def with_setqca(frame: pd.DataFrame) -> tuple[float, list[list[list[str]]], bool]:
    from setqca import FSQCA

    names = [name for name in frame if name != "Y"]
    cases = frame.assign(case=[str(at) for at in range(len(frame))])
    start = time.perf_counter()
    fitted = FSQCA(consistency=0.8, pri=0.0, frequency=1).fit(
        cases, outcome="Y", conditions=names, case_id="case"
    )
    seconds = time.perf_counter() - start
    models = [
        [sorted(one.expression(tuple(names)).replace(" ", "").split("+")) for one in held]
        for held in (fitted.conservative, fitted.parsimonious)
    ]
    return seconds, models, any(len(one) >= 256 for one in models)


def with_pyqca(frame: pd.DataFrame) -> tuple[float, list[list[list[str]]], bool]:
    from qca import CSQCA

    names = [name for name in frame if name != "Y"]
    start = time.perf_counter()
    CSQCA(data=frame, outcome="Y", conditions=names).fit(consistency_cutoff=0.8)
    # It keeps one model of each kind and no list, so that there is nothing to compare.
    return time.perf_counter() - start, [], False


WAYS = {"package": with_package, "setqca": with_setqca, "pyqca": with_pyqca}


def one(way: str, path: Path) -> None:
    """Run one analysis in this process and print what it took."""
    seconds, models, cut = WAYS[way](pd.read_csv(path))
    print(json.dumps({"seconds": seconds, "models": models, "cut": cut, "version": _of(way)}))


def _of(way: str) -> str:
    name = "difass_analysis" if way == "package" else way
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def spent(way: str, python: str, path: Path) -> dict[str, object]:
    """Run one analysis in a fresh process, stopped after the patience is over."""
    # -P: one peer's module has the name of this file, whose folder must not come first.
    command = [python, "-P", str(Path(__file__).resolve()), "--one", way, "--table", str(path)]
    if way == "package":
        command = [python, "-m", "benchmarks.qca", "--one", way, "--table", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    except subprocess.TimeoutExpired:
        return {"stopped": True}
    except subprocess.CalledProcessError as error:
        return {"failed": error.stderr.strip().splitlines()[-1][:120]}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def runs(peers_python: str) -> list[dict[str, object]]:
    """Run everything in turn; a way that was stopped skips the other tables of that size."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for conditions in CONDITIONS:
            stopped: set[str] = set()
            for cases in CASES:
                path = Path(folder) / f"{conditions}_{cases}.csv"
                table(conditions, cases).to_csv(path, index=False)
                for way in ("package", *PEERS):
                    row = {"conditions": conditions, "cases": cases, "way": way}
                    if way in stopped:
                        found.append({**row, "skipped": True})
                        continue
                    python = sys.executable if way == "package" else peers_python
                    outcome = spent(way, python, path)
                    if outcome.get("stopped"):
                        stopped.add(way)
                    found.append({**row, **outcome})
                    shown = {name: outcome[name] for name in outcome if name != "models"}
                    print(row, shown, file=sys.stderr, flush=True)
    return found


def section(found: list[dict[str, object]]) -> str:
    """Return the section of the page of results."""
    versions = {str(row["way"]): str(row["version"]) for row in found if "version" in row}
    head = (
        "## Set-theoretic analysis\n\nWritten by `python -m benchmarks.qca`. Seeded "
        f"crisp cases ({', '.join(map(str, CASES))}) in distinct configurations; from a frame to "
        "the conservative and the parsimonious solution. Each analysis runs in a fresh process; "
        f"the clock starts after the imports. A peer is stopped after {PATIENCE:.0f} s, and then "
        "the other tables of that size are left out. R QCA could not be had on this machine, so "
        "that nothing is said of it here.\n"
    )
    lines = [
        "| conditions | cases | the package, s | models (conservative / parsimonious) "
        "| setqca, s | pyqca, s | models, beside setqca's |",
        "|---|---|---|---|---|---|---|",
    ]
    for conditions in CONDITIONS:
        for cases in CASES:
            cells = {
                str(row["way"]): row
                for row in found
                if row["conditions"] == conditions and row["cases"] == cases
            }
            lines.append(_line(conditions, cases, cells))
    note = (
        "`package x 3` reads: the package took a third of the peer's seconds. pyqca keeps one "
        "model of each kind. The package lists all with the fewest terms, as R QCA does (up to "
        "1,000), setqca those among them with the fewest conditions (up to 256)."
    )
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    known = [
        float(str(row["seconds"])) for row in found if row["way"] == "package" and "seconds" in row
    ]
    middle = f"Median of the package over all tables: {statistics.median(known):.3f} s."
    where = (
        f"{platform.system()}, {platform.machine()}, {os.cpu_count()} processors, load {load:.1f}; "
        f"Python {platform.python_version()}, numpy {version('numpy')}, "
        f"scipy {version('scipy')}; setqca {versions.get('setqca', 'not finished')}, "
        f"pyqca {versions.get('pyqca', 'not finished')}."
    )
    return "\n".join([head, *lines, "", note, "", middle, "", where, ""])


def _line(conditions: int, cases: int, cells: dict[str, dict[str, object]]) -> str:
    mine = cells["package"]
    models = [len(one) for one in mine.get("models", [])]  # type: ignore[attr-defined]
    cut = " (more exist)" if mine.get("cut") else ""
    told = [str(conditions), str(cases), _seconds(mine), " / ".join(map(str, models)) + cut]
    told += [_beside(mine, cells[peer]) for peer in PEERS]
    return f"| {' | '.join([*told, _agreement(mine, cells['setqca'])])} |"


def _seconds(row: dict[str, object]) -> str:
    if row.get("stopped"):
        return f"stopped at {PATIENCE:.0f}"
    if row.get("skipped"):
        return "not run"
    return f"{row['seconds']:.3f}" if "seconds" in row else f"failed: {row.get('failed')}"


def _beside(mine: dict[str, object], peer: dict[str, object]) -> str:
    text = _seconds(peer)
    if "seconds" in mine and ("seconds" in peer or peer.get("stopped")):
        ratio = float(str(peer.get("seconds", PATIENCE))) / float(str(mine["seconds"]))
        text += f" (package x {'over ' if peer.get('stopped') else ''}{ratio:,.1f})"
    return text


def _agreement(mine: dict[str, object], peer: dict[str, object]) -> str:
    if "models" not in mine or "models" not in peer:
        return ""
    if mine.get("cut") or peer.get("cut"):
        return "lists are cut off"
    sets = [
        [{frozenset(model) for model in kind} for kind in row["models"]]  # type: ignore[attr-defined]
        for row in (mine, peer)
    ]
    if sets[0] == sets[1]:
        return "the same"
    inside = all(theirs <= mine for mine, theirs in zip(*sets, strict=True))
    return f"all {sum(map(len, sets[1]))} of setqca's among them" if inside else "others"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default=sys.executable, help="Python that has the peers")
    parser.add_argument("--one", choices=list(WAYS))
    parser.add_argument("--table", type=Path)
    given = parser.parse_args()
    if given.one:
        one(given.one, given.table)
        return
    text = section(runs(given.peers))
    page = renewed(PAGE.read_text(encoding="utf-8"), text)
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
