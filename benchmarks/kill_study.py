"""Kill an export at random moments: are all files whole afterwards?

``python -m benchmarks.kill_study`` kills fifty processes with signal 9 while they write every
kind of file over and over into one folder, and reads all files back after each kill. The moments
are random with a fixed seed.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd
from lxml import etree

from difass_analysis.export import whole_folder, write_chart, write_table
from difass_analysis.export.files import atomic_write
from difass_analysis.export.reading_back import cells_of
from difass_analysis.result import Call, Comparison, Provenance, Result

ROUNDS = 50
LONGEST = 2.0  # seconds from the beginning to the signal
BIG, TIMES = 100_000, 25  # lines of a file of some megabytes, and how often it is written a round
ROWS = {".csv": 1_000, ".json": 500, ".parquet": 1_000, ".md": 500, ".tex": 500}
FEW = {".xlsx": 60, ".docx": 60, ".html": 60}
PICTURES = (".svg", ".png", ".pdf")


@dataclass(frozen=True)
class Found:
    """What one kill left: files that are whole, files that are not, temporary files."""

    whole: int
    broken: tuple[str, ...]
    temporary: int


def figures(number: int, rows: int) -> Comparison:
    """Return a table in which every row says in which round it was written."""
    frame = pd.DataFrame(
        {
            "region": [f"R{row}" for row in range(rows)],
            "round": number,
            "difference": np.linspace(-1, 1, rows),
            "difference_lower": np.linspace(-2, 0, rows),
            "difference_upper": np.linspace(0, 2, rows),
            "note": "",
        }
    )
    origin = Provenance(programme="kill", name=f"round {number}", version="0")
    return Comparison(frame=frame, provenance=origin, by=("region",), heading="Kill", unit="EUR")


def write_for_ever(folder: Path) -> None:
    """Write all kinds of file over and over, each round with other figures."""
    from matplotlib import pyplot as plt

    for number in count(os.getpid() * 1_000):
        call = Call(function="report", arguments={"round": number})
        with whole_folder(folder / "report", call=call, origins=()):
            for ending, rows in ROWS.items():
                write_table(figures(number, rows), folder / f"report/tables/t{ending}")
        for ending, rows in FEW.items():
            write_table(_plain(figures(number, rows)), folder / f"t{ending}")
        ax = figures(number, 3).plot()
        for ending in PICTURES:
            write_chart(ax, folder / f"c{ending}", result=figures(number, 3))
        plt.close("all")
        for time_ in range(TIMES):
            atomic_write(folder / "big.csv", f"{number},{time_:04},{'x' * 30}\n".encode() * BIG)


def nurse(folder: Path) -> None:
    """Start a writing process for each line on the input; say its number, and when it is gone.

    A process that is copied from this one need not import everything again.
    """
    figures(0, 3).plot()
    for _ in sys.stdin:
        process = os.fork()
        if process == 0:
            write_for_ever(folder)
        print(process, flush=True)
        os.waitpid(process, 0)
        print("gone", flush=True)


def _plain(result: Comparison) -> Result:
    return Result(frame=result.frame, provenance=result.provenance)


def broken(path: Path) -> bool:
    """Whether a file is not one of the versions that were written, whole."""
    content, ending = path.read_bytes(), path.suffix
    try:
        if path.name.endswith("provenance.json"):
            return not content.endswith(b"}\n") or not json.loads(content)
        if ending == ".png":
            return not content.endswith(b"IEND\xaeB`\x82")
        if ending == ".pdf":
            return not content.rstrip().endswith(b"%%EOF")
        if ending == ".svg":
            return etree.fromstring(content) is None
        if path.name == "big.csv":
            first = content.split(b"\n", 1)[0] + b"\n"
            return content != first * BIG
        cells = cells_of(content, ending)
        return not cells or not _one_round(cells, ending)
    except Exception as error:  # whatever a parser says, the file is not whole
        print(f"{path.name}: {error}")
        return True


def _one_round(cells: dict[str, list[list[str]]], ending: str) -> bool:
    """Whether a table has all its rows, and all of one round."""
    rows = next(iter(cells.values()))
    wanted = {**ROWS, **FEW}[ending]
    if ending in (".md", ".tex", ".html"):
        text = " ".join(row[0] for row in rows)
        return f"R{wanted - 1}" in text and "round" in text.rsplit(f"R{wanted - 1}", 1)[1]
    return len(rows) == wanted + 1 and len({row[1] for row in rows[1:]}) == 1


def kills(folder: Path, *, rounds: int, seed: int = 1) -> Iterator[Found]:
    """Kill one writing process after the other, and yield what each left in the folder.

    Parameters
    ----------
    folder : path
        Folder that all of them write to, one after the other.
    rounds : int
        How many are killed.
    seed : int
        Seed of the moments.
    """
    moments = np.random.default_rng(seed).uniform(0, LONGEST, size=rounds)
    command = [sys.executable, "-m", "benchmarks.kill_study", "--write", str(folder)]
    pipe = subprocess.PIPE
    root = Path(__file__).resolve().parents[1]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=root) as nursery:
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        for moment in moments:
            nursery.stdin.write("go\n")
            nursery.stdin.flush()
            process = int(nursery.stdout.readline())
            time.sleep(float(moment))
            os.kill(process, signal.SIGKILL)
            nursery.stdout.readline()
            yield left_in(folder)
        nursery.stdin.close()


def left_in(folder: Path) -> Found:
    """Read back all files of a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    final = [path for path in files if not path.name.endswith(".part")]
    bad = tuple(path.name for path in final if broken(path))
    return Found(whole=len(final) - len(bad), broken=bad, temporary=len(files) - len(final))


def cleaned(folder: Path) -> int:
    """Write one file into each folder, and count the temporary files that are still there."""
    for inside in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        atomic_write(inside / "after.txt", b"after")
        (inside / "after.txt").unlink()
    return left_in(folder).temporary


def main() -> None:
    """Run the study, or (with ``--write``) be the process that is killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    if given.write is not None:
        nurse(given.write)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = list(kills(folder, rounds=given.rounds))
        files = sum(one.whole + len(one.broken) for one in found)
        bad = [name for one in found for name in one.broken]
        hit = sum(one.temporary > 0 for one in found)
        print(f"{len(found)} kills, {hit} of them while a file was written.")
        print(f"{files} files read back, not whole: {len(bad)} {bad}")
        print(f"Temporary files left after the next run: {cleaned(folder)}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
