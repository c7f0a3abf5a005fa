"""The same inputs give the same bytes: in another process, at another time, with other hashes."""

import os
import subprocess
import sys
from pathlib import Path

EXPORT = """
import sys, time
from pathlib import Path

shift = float(sys.argv[2])
now, local, utc = time.time, time.localtime, time.gmtime
time.time = lambda: now() + shift
time.localtime = lambda seconds=None: local(now() + shift if seconds is None else seconds)
time.gmtime = lambda seconds=None: utc(now() + shift if seconds is None else seconds)

from difass_analysis.comparison import compare
from difass_analysis.display.pictures import close
from difass_analysis.export import write_chart, write_table
from difass_analysis.measurement import measure
from difass_analysis.reporting import report
from difass_analysis.simulation import simulate

out = Path(sys.argv[1])
programme = simulate(seed=3, operations=120)
table = measure(programme, indicators=["private_per_public", "operations"], by=["region"])
for ending in ("csv", "xlsx", "docx", "html", "tex", "md", "parquet", "json"):
    write_table(table, out / f"t.{ending}")
found = compare(programme, "private_per_public", by="region")
ax = found.plot()
for ending in ("svg", "png", "pdf"):
    write_chart(ax, out / f"c.{ending}", result=found)
close(ax)
report(programme, out / "report")
"""
KINDS = {".csv", ".xlsx", ".docx", ".html", ".tex", ".md", ".parquet", ".json"}
KINDS |= {".svg", ".png", ".pdf"}


def exported(folder: Path, *, seed: str, shift: float, zone: str) -> dict[str, bytes]:
    surroundings = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "MPLBACKEND": "Agg"}
    command = [sys.executable, "-W", "error", "-c", EXPORT, str(folder), str(shift)]
    subprocess.run(command, env=surroundings, check=True)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_every_kind_of_file_is_the_same_bytes_in_another_process(tmp_path):
    first = exported(tmp_path / "a", seed="1", shift=0, zone="UTC")
    again = exported(tmp_path / "b", seed="77", shift=40_000_000, zone="Asia/Tokyo")
    assert {Path(name).suffix for name in first} == KINDS
    assert "report/index.html" in first
    assert "report/provenance.json" in first
    assert list(first) == list(again)
    assert [name for name in first if first[name] != again[name]] == []
