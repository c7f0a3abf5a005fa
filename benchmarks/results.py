"""The page of results: medians, ratios with their range over rounds, memory, versions."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

import pandas as pd

NAMES = {"package": "`difass_analysis.measure`", "sql": "DuckDB SQL", "pandas": "plain pandas"}
PACKAGES = ("duckdb", "narwhals", "pandas", "numpy", "pyarrow", "scipy")
#: Most times the seconds of SQL, and least times faster than pandas.
MOST_OF_SQL, LEAST_OF_PANDAS = 1.3, 3.0
#: Smaller tables have no target.
SMALLEST_TARGET = 1_000_000

INTRODUCTION = """# Time and memory

Written by `python -m benchmarks.run` (`make bench`). Seeded operations and participations of SMEs \
in 300 regions, 5 mechanisms and 14 years, read from the same parquet files. Figures: private per \
public money (errors by beneficiary), public cost per SME (errors by SME), SMEs reached and \
beneficiaries, each with its error and interval, by region x mechanism x year and by region. The \
peers are plain pandas and SQL written by hand for DuckDB. Both sum money exactly, use the \
jackknife under 10 clusters and Fieller's interval where the denominator is unstable. Each runs in \
a fresh process, in turn; the clock starts after the imports and stops when the figures are there \
as a pandas frame. No time counts before all three have found the same figures.
"""


SIDE = {
    "imported": "`import difass_analysis` with its function `measure`",
    "small": "one `measure` of 20 rows: 4 indicators by region",
    "checked": "`check` of {size} participations and their operations",
    "checked_by_sql": "the heavier ones of its rules in SQL written by hand",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Size:
    """Runs of one number of participations; `apart` is the largest relative difference."""

    size: int
    runs: pd.DataFrame
    apart: dict[str, float]
    cells: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Side:
    """Seconds of what else a user waits for by name, and the participations checked."""

    size: int
    spent: pd.DataFrame


def page(sizes: Sequence[Size], side: Side, *, memory: str, load: Sequence[float]) -> str:
    """Return the page as Markdown."""
    parts = [INTRODUCTION, _verdict(sizes), *map(_section, sizes), _beside(side)]
    return "\n".join([*parts, _circumstances(memory, load)])


def _ratios(size: Size, of: str, to: str, column: str = "seconds") -> pd.Series:
    wide = size.runs.pivot(index="round", columns="peer", values=column)
    return wide[of] / wide[to]


def _verdict(sizes: Sequence[Size]) -> str:
    lines = [
        "| participations | times the SQL's seconds (target: at most "
        f"{MOST_OF_SQL}) | times the SQL's processor seconds | times faster than pandas "
        f"(target: at least {LEAST_OF_PANDAS:.0f}) |",
        "|---|---|---|---|",
    ]
    for size in sizes:
        slower, faster = _ratios(size, "package", "sql"), _ratios(size, "pandas", "package")
        lines.append(
            f"| {size.size:,} | {_range(slower)}{_met(size, slower <= MOST_OF_SQL)} "
            f"| {_range(_ratios(size, 'package', 'sql', 'processor'))} "
            f"| {_range(faster)}{_met(size, faster >= LEAST_OF_PANDAS)} |"
        )
    note = "Ratios are medians of the ratios within a round, with their range over the rounds."
    return "\n".join([*lines, "", note, ""])


def _met(size: Size, reached: pd.Series) -> str:
    if size.size < SMALLEST_TARGET:
        return ""
    if reached.all():
        return ", met"
    return f", met in {reached.sum()} of {len(reached)} rounds" if reached.any() else ", **missed**"


def _range(values: pd.Series) -> str:
    return f"{values.median():.2f} ({values.min():.2f} to {values.max():.2f})"


def _section(size: Size) -> str:
    rounds = size.runs["round"].nunique()
    lines = [
        f"## {size.size:,} participations",
        "",
        f"{rounds} rounds, {size.cells:,} rows of figures. Largest relative difference between the "
        f"package and its peers: value {size.apart['value']:.0e}, error {size.apart['se']:.0e}, "
        f"bounds {max(size.apart['lower'], size.apart['upper']):.0e}; n is the same.",
        "",
        "| peer | median seconds (range) | median processor seconds | whole process, seconds "
        "| peak memory, MB |",
        "|---|---|---|---|---|",
    ]
    for peer, name in NAMES.items():
        runs = size.runs[size.runs["peer"] == peer]
        lines.append(
            f"| {name} | {_range(runs['seconds'])} | {runs['processor'].median():.2f} "
            f"| {runs['process'].median():.2f} | {runs['megabytes'].max():,.0f} |"
        )
    bound = _ratios(size, "pandas", "sql")
    lines += [
        "",
        f"The SQL itself is {_range(bound)} times faster than pandas.",
        "",
    ]
    return "\n".join(lines)


def _beside(side: Side) -> str:
    lines = ["## Beside that", "", "| | seconds | processor seconds |", "|---|---|---|"]
    for name, title in SIDE.items():
        seconds, processor = side.spent.loc[name, ["seconds", "processor"]]
        title = title.format(size=f"{side.size:,}")
        lines.append(f"| {title} | {seconds:.3f} | {processor:.3f} |")
    return "\n".join([*lines, ""])


def _circumstances(memory: str, load: Sequence[float]) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    before, after = load
    noise = (
        " Others were using the processors: trust the ratios and the processor seconds more than "
        "the seconds. Under such load DuckDB, which wants all processors, loses more than pandas, "
        "which wants one."
    )
    return f"""## Circumstances

{platform.system()}, {platform.machine()}, {cores} processors; Python {platform.python_version()}, \
{versions}. DuckDB had a memory limit of {memory} and its default number of threads in both peers. \
Load before {before:.1f}, after {after:.1f}.{noise if before > 0.5 else ""}
"""
