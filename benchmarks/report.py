"""Time by stage and size of the report on a large programme: `python -m benchmarks.report`.

A simulated programme of 300 regions, 40 schemes and a million participations is reported on in
this process. Each stage is a function that the report calls; its seconds are those between call
and return, and what no stage names is told as the rest.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pandas as pd

from benchmarks.pages import renewed
from benchmarks.peer import peak_megabytes
from difass_analysis import reporting
from difass_analysis.programme import Programme
from difass_analysis.reporting import chapters, report, topics
from difass_analysis.simulation import simulate

REGIONS, SCHEMES, OPERATIONS, PANEL = 300, 40, 160_000, 2_000
MOST_SECONDS = 120
TITLE = "## Report"
PACKAGES = ("duckdb", "narwhals", "pandas", "matplotlib", "jinja2", "xlsxwriter")
#: What is timed: where the report looks a function up, its name there, and what it does.
STAGES: tuple[tuple[ModuleType, str, str], ...] = (
    (chapters, "measured", "indicators: overall, by year, by region"),
    (chapters, "safe_figures", "disclosure control"),
    (chapters, "write_tables", "tables as CSV and Excel"),
    (chapters, "register", "what is known"),
    (chapters, "summary", "summary, with what the data can carry"),
    (chapters, "write_pictures", "charts"),
    (chapters, "regions_section", "regions"),
    (chapters, "checklist_section", "checklist"),
    (reporting, "write_findings", "findings and rejects"),
    (reporting, "page_bytes", "page"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=OPERATIONS)
    parser.add_argument("--regions", type=int, default=REGIONS)
    parser.add_argument("--page", type=Path, help="page whose section is renewed")
    given = parser.parse_args()
    made = programme(given.operations, given.regions)
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        spent, whole = timed(made, Path(folder))
        page = (Path(folder) / reporting.PAGE).stat().st_size
        files = [path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()]
    text = section(made, spent, whole, sizes=(page, sum(files), len(files)), load=before)
    if given.page:
        given.page.write_text(renewed(given.page.read_text("utf-8"), text), encoding="utf-8")
    print(text)


def programme(operations: int, regions: int) -> Programme:
    """The simulated programme, its calls put together to forty schemes."""
    made = simulate(regions=regions, operations=operations, panel_firms=PANEL)
    tables = {name: made.table(name) for name in made.tables}
    kept = tables["schemes"]["scheme_id"].tolist()[:SCHEMES]
    place = {scheme: kept[n % len(kept)] for n, scheme in enumerate(tables["schemes"]["scheme_id"])}
    for name in ("calls", "operations"):
        tables[name] = tables[name].assign(scheme_id=tables[name]["scheme_id"].map(place))
    # The schemes together had the budget of all, and it is not known which part has what.
    dropped = ["budget_amount", "region", "nuts_version"]
    tables["schemes"] = tables["schemes"].head(len(kept)).drop(columns=dropped)
    return Programme.from_frames(settings=made.settings, **tables)


def timed(made: Programme, out: Path) -> tuple[pd.DataFrame, pd.Series]:
    """Seconds and processor seconds of each stage, and of the whole report."""
    rows: dict[str, list[float]] = {}
    with ExitStack() as stack:
        for module, name, title in STAGES:
            clocked = _clocked(getattr(module, name), title, rows)
            stack.enter_context(patch.object(module, name, clocked))
        own = tuple(
            _clocked(topic, f"section: {topic.__name__.removesuffix('_section')}", rows)
            for topic in topics.TOPICS
        )
        stack.enter_context(patch.object(topics, "TOPICS", own))
        whole: dict[str, list[float]] = {}
        _clocked(report, "whole", whole)(made, out)
    spent = pd.DataFrame(rows, index=["seconds", "processor"]).T
    return spent, pd.Series(whole["whole"], index=["seconds", "processor"])


def _clocked(function: Callable[..., Any], title: str, rows: dict[str, list[float]]) -> Any:
    def run(*args: Any, **options: Any) -> Any:
        start, work = time.perf_counter(), time.process_time()
        try:
            return function(*args, **options)
        finally:
            spent = rows.setdefault(title, [0.0, 0.0])
            spent[0] += time.perf_counter() - start
            spent[1] += time.process_time() - work

    return run


def section(
    made: Programme,
    spent: pd.DataFrame,
    whole: pd.Series,
    *,
    sizes: tuple[int, int, int],
    load: float,
) -> str:
    """Return the section of the page of results."""
    rest = whole - spent.sum()
    counts = {name: len(made.table(name)) for name in ("schemes", "operations", "participations")}
    met = "met" if whole["seconds"] <= MOST_SECONDS else "**missed**"
    regions = made.table("operations")["region"].nunique()
    ordered = spent.sort_values("seconds", ascending=False)
    table = [
        f"| {name} | {seconds:.2f} | {processor:.2f} |"
        for name, seconds, processor in ordered.itertuples()
    ]
    page, total, files = sizes
    busy = (
        " Others were using the processors: trust the processor seconds more than the seconds."
        if load > 2
        else ""
    )
    lines = [
        TITLE,
        "",
        f"Written by `python -m benchmarks.report --page benchmarks/RESULTS.md`. Report on a "
        f"simulated programme of {regions} regions, {counts['schemes']} schemes, "
        f"{counts['operations']:,} operations and {counts['participations']:,} participations, "
        "from its tables in memory to the last file; reading and checking are not in it.",
        "",
        f"**{whole['seconds']:.0f} seconds (target: under {MOST_SECONDS}), {met}; "
        f"{whole['processor']:.0f} processor seconds; peak memory {peak_megabytes():,.0f} MB. The "
        f"page has {page / 1e3:,.0f} kB, the whole folder {total / 1e6:,.1f} MB in {files} "
        "files.**",
        "",
        "| stage | seconds | processor seconds |",
        "|---|---|---|",
        *table,
        f"| the rest | {rest['seconds']:.2f} | {rest['processor']:.2f} |",
        "",
        f"{platform.system()}, {platform.machine()}, {os.cpu_count()} processors; "
        f"Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in PACKAGES)
        + f". Load before {load:.1f}.{busy}",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
