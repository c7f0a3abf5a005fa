"""Do intervals hold what they say? `python -m benchmarks.coverage`, or `make study`.

Programmes are drawn whose true values are known, measured by the package, and it is counted how
often the intervals, the sets of ranks and the parts of gaps contain the truth. The full study
writes its tables into docs/validity.md between two markers; `--quick` prints them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.coverage_study import (
    BETTER_HERE,
    COST,
    FEWER_REGIONS,
    FULL,
    HOLDINGS,
    LEVEL,
    LEVERAGE,
    MANY_REGIONS,
    MORE_OPERATIONS,
    OPERATIONS_EACH,
    OTHERS,
    QUICK,
    RANGE,
    REGIONS,
    SEED,
    SHARED,
    SIDE_WORLDS,
    WORLDS,
    Study,
    run,
    true_parts,
)
from benchmarks.pages import put_between

PAGE = Path(__file__).resolve().parents[1] / "docs" / "validity.md"
START, END = "<!-- written by benchmarks.coverage -->", "<!-- end of written part -->"
GOOD_ENOUGH = 0.92
LABELS = {
    "naive": "mean of ratios, z",
    "linearised": "linearised t",
    "shipped": "**shipped**",
    "log": "log t",
    "log jackknife": "log t, jackknife",
}
PACKAGES = ("difass_analysis", "duckdb", "numpy", "pandas", "scipy")


def shares(table: pd.DataFrame, column: str = "coverage") -> list[str]:
    """Percentages with their Monte Carlo error; an asterisk where below the limit."""
    return [
        f"{100 * share:.1f} ± {100 * error:.1f}{'*' if share < GOOD_ENOUGH else ''}"
        for share, error in zip(table[column], table["error"], strict=True)
    ]


def markdown(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table of Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _sized(table: pd.DataFrame) -> list[tuple[int, int]]:
    pairs = table[["operations", "clusters"]].drop_duplicates().sort_values("operations")
    return [(int(one), int(other)) for one, other in pairs.to_numpy()]


def interval_table(table: pd.DataFrame, world: str, indicator: str) -> str:
    """Coverage by method, and for the shipped interval how often there is none."""
    own = table[(table["world"] == world) & (table["indicator"] == indicator)]
    methods = [name for name in LABELS if indicator == LEVERAGE or name != "log jackknife"]
    rows = []
    for operations, clusters in _sized(own):
        size = own[own["operations"] == operations].set_index("method").loc[methods]
        shipped = size.loc["shipped"]
        ends = [f"{100 * shipped[name]:.1f}" for name in ("below", "above", "none")]
        rows.append([f"{operations:,}", f"{clusters:,}", *shares(size), *ends])
    heads = ["operations", "clusters", *(LABELS[name] for name in methods)]
    return markdown([*heads, "shipped too low", "too high", "no interval"], rows)


def width_table(table: pd.DataFrame, world: str, indicator: str) -> str:
    """Mean and median width by method, in parts of the truth."""
    own = table[(table["world"] == world) & (table["indicator"] == indicator)]
    methods = [name for name in LABELS if indicator == LEVERAGE or name != "log jackknife"]
    rows = []
    for operations, clusters in _sized(own):
        size = own[own["operations"] == operations].set_index("method").loc[methods]
        pairs = zip(size["mean_width"], size["median_width"], strict=True)
        cells = [f"{_short(mean)} ({_short(median)})" for mean, median in pairs]
        rows.append([f"{operations:,}", f"{clusters:,}", *cells])
    return markdown(["operations", "clusters", *(LABELS[name] for name in methods)], rows)


def _short(value: float) -> str:
    return f"{value:.2f}" if value < 100 else "over 100"


def programme_table(table: pd.DataFrame, indicator: str) -> str:
    """Coverage of the shipped interval by number of regions."""
    own = table[table["indicator"] == indicator]
    sizes = [operations for operations, _ in _sized(own)]
    rows = []
    for (world, regions), part in own.groupby(["world", "regions"], sort=False):
        rows.append([world, regions, *shares(part.set_index("operations").loc[sizes])])
    return markdown(["money", "regions", *(f"{size:,} operations" for size in sizes)], rows)


def rank_table(table: pd.DataFrame, *, equal: bool, together: bool, column: str = "all") -> str:
    """How often sets hold, by number of regions and operations; or how many places they have."""
    own = table[(table["equal"] == equal) & (table["together"] == together)]
    sizes = list(dict.fromkeys(own["operations"]))
    rows = []
    for (world, regions), part in own.groupby(["world", "regions"], sort=False):
        part = part.set_index("operations").loc[sizes]
        if column == "width":
            cells = [f"{width:.1f}" for width in part["width"]]
        elif column == "each":
            cells = [f"{100 * share:.1f}" for share in part["each"]]
        else:
            cells = shares(part, "all")
        rows.append([world, regions, *cells])
    return markdown(["money", "regions", *(f"{size:,} operations" for size in sizes)], rows)


def gap_table(table: pd.DataFrame) -> str:
    """Coverage of the parts of a gap, and their mean and median width."""
    rows = []
    for (world, operations), part in table.groupby(["world", "operations"], sort=False):
        part = part.set_index("effect").loc[["composition", "rate", "gap"]]
        widths = [
            f"{_short(mean)} ({_short(median)})"
            for mean, median in zip(part["mean_width"], part["median_width"], strict=True)
        ]
        clusters = int(part["clusters"].iloc[0])
        rows.append([world, f"{operations:,}", f"{clusters:,}", *shares(part), *widths])
    names = ["composition", "rates", "gap"]
    return markdown(
        ["money", "operations", "clusters", *names, *(f"width, {name}" for name in names)], rows
    )


def lowest(table: pd.DataFrame) -> pd.Series:
    """Lowest coverage of the shipped intervals by number of clusters, in percent."""
    shipped = table[table["method"] == "shipped"]
    return (100 * shipped.groupby("clusters")["coverage"].min()).round().astype(int)


def enough(table: pd.DataFrame) -> int:
    """Fewest clusters from which on all shipped intervals cover well in the two main worlds."""
    main = [world.name for world in WORLDS]
    shipped = table[(table["method"] == "shipped") & table["world"].isin(main)]
    worst = shipped.groupby("clusters")["coverage"].min()
    short = worst.index[worst < GOOD_ENOUGH]
    above = worst.index[worst.index > short.max()] if len(short) else worst.index
    return int(above.min()) if len(above) else int(worst.index.max()) + 1


def compared(study: Study, clusters: int) -> tuple[int, int]:
    """Lowest coverage, in percent, of sets of equal regions and of parts of gaps."""
    equal = study.ranks[study.ranks["equal"] & (study.ranks["clusters"] < clusters)]
    gaps = study.gaps[study.gaps["clusters"] < clusters]
    return round(100 * equal["all"].min()), round(100 * gaps["coverage"].min())


def page(study: Study) -> str:
    """Everything that was found, as Markdown."""
    parts = [_design(study), _found(study), _leverage(study), _cost(study), _sides(study)]
    return "\n\n".join([*parts, _programmes(study), _ranks(study), _gaps(study), _versions()])


def _design(study: Study) -> str:
    sizes = study.sizes
    rows = [
        [
            world.name,
            world.sigma,
            world.noise,
            world.slope,
            "all tables" if world in WORLDS else "leverage only",
        ]
        for world in (*WORLDS, *SIDE_WORLDS)
    ]
    heads = ["money", "spread of log grants", "spread of log leverage", "slope", "shown in"]
    holdings = ", ".join(f"{100 * share:.0f} % have {n}" for n, share in HOLDINGS.items())
    return f"""## What is simulated

{markdown(heads, rows)}

Grants are lognormal. Private money is the grant times a lognormal leverage, which grows with the \
grant by the power *slope*: with -0.15, a grant twice as large has 10 % less private money for \
each euro. Beneficiaries have one or several operations ({holdings}; {OPERATIONS_EACH:g} on \
average), and {100 * SHARED:.0f} % of the variance of the logarithms is the beneficiary's own, so \
that its operations are alike. The cluster is the beneficiary, or the SME. The number of \
beneficiaries of a region is fixed; "operations" is how many they have on average. True leverage \
rises from region to region in even steps, the highest {np.exp(RANGE):.1f} times the lowest.

The truth is the ratio of expectations, which is known: the private money expected of a region \
over the public money expected; the public money expected of an SME. A programme of 5, 7 or 12 \
regions is a choice, evenly, out of the {REGIONS} drawn.

Intervals: {sizes.intervals:,} replicates of {REGIONS} regions, each region an interval of its own \
({FEWER_REGIONS} regions with {" and ".join(f"{n:,}" for n in MORE_OPERATIONS)} operations, and in \
the lower two kinds of money). Ranks: {sizes.ranks:,} replicates, {sizes.ranks // 2:,} with \
{MANY_REGIONS} regions. Gaps: {sizes.gaps:,} replicates. Seed {SEED:,}. Nominal level: \
{100 * LEVEL:.0f} %."""


def _found(study: Study) -> str:
    rows = [[f"{size:,}", worst] for size, worst in lowest(study.intervals).items()]
    limit, number = 100 * GOOD_ENOUGH, enough(study.intervals)
    sets, parts = compared(study, number)
    return f"""## From how many clusters on intervals hold

The worst coverage of the shipped intervals of values, in percent, over both indicators and all \
kinds of money that were simulated at that size:

{markdown(["clusters", "worst coverage"], rows)}

In the two main kinds of money these intervals cover {limit:.0f} % or more from **{number:,} \
clusters** on. With fewer clusters `measure` says so in its caveats, with the number of this table \
that belongs to the smallest group.

Comparisons of groups with fewer clusters: sets of ranks of equal regions hold all together in as \
little as **{sets} %** of the replicates, and intervals of a gap and of its parts cover as little \
as **{parts} %**; these are the worst of many cells, each with the error that its table gives. \
Contrasts, ranks and partial pooling say so in their caveats."""


def _leverage(study: Study) -> str:
    return _both("Leverage: private money per unit of public money", study, LEVERAGE)


def _cost(study: Study) -> str:
    return _both("Public cost per SME", study, COST)


def _both(title: str, study: Study, indicator: str) -> str:
    parts = [f"## {title}"]
    for world in WORLDS:
        parts += [
            f"Money {world.name}: coverage in percent.",
            interval_table(study.intervals, world.name, indicator),
            "Width, mean (median), in parts of the truth:",
            width_table(study.intervals, world.name, indicator),
        ]
    return "\n\n".join(parts)


def _sides(study: Study) -> str:
    parts = ["## Leverage where it does not fall with the size of the grant"]
    for world in SIDE_WORLDS:
        parts += [
            f"Slope {world.slope:g} ({FEWER_REGIONS} regions):",
            interval_table(study.intervals, world.name, LEVERAGE),
        ]
    return "\n\n".join(parts)


def _programmes(study: Study) -> str:
    return f"""## By number of regions

The shipped intervals, pooled over the regions of a programme. Regions are measured apart, so the \
number of them makes no difference beyond chance.

Leverage:

{programme_table(study.by_programme, LEVERAGE)}

Public cost per SME:

{programme_table(study.by_programme, COST)}"""


def _ranks(study: Study) -> str:
    table = study.ranks
    return f"""## Sets of ranks, by leverage

Simultaneous sets, regions differ: replicates in which all true ranks are in their sets.

{rank_table(table, equal=False, together=True)}

Simultaneous sets, all regions equal: replicates in which no region is set apart from another.

{rank_table(table, equal=True, together=True)}

Marginal sets, regions differ: share of the sets with the true rank in them. (All of them hold at \
once less often; that is what the simultaneous ones are for.)

{rank_table(table, equal=False, together=False, column="each")}

Places in a simultaneous set, on average, where regions differ:

{rank_table(table, equal=False, together=True, column="width")}"""


def _gaps(study: Study) -> str:
    return f"""## Parts of a gap

A region against {OTHERS} others together, each with as many operations, over three mechanisms of \
different grant, leverage and share; the rates of the region are {BETTER_HERE} times those of the \
others. True parts: {", ".join(f"{name} {value:.3f}" for name, value in true_parts().items())}. \
Operations and clusters are those of the region. Widths are mean (median), in parts of the gap.

{gap_table(study.gaps)}"""


def _versions() -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"""## Circumstances

Python {sys.version_info.major}.{sys.version_info.minor}, {versions}."""


def write(text: str, path: Path) -> None:
    """Put a text between the markers of a page."""
    put_between(text, path, start=START, end=END)


def main() -> None:
    """Run the study, and write the page unless it is a quick one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="200 replicates; prints, no page")
    given = parser.parse_args()
    text = page(run(QUICK if given.quick else FULL))
    if not given.quick:
        write(text, PAGE)
    print(text)


if __name__ == "__main__":
    main()
