"""Do sets find a mechanism that is known? `python -m benchmarks.mechanism_study`.

Programmes are simulated in which it is known what works where: fairs and funds everywhere, online
tools nowhere, workshops where institutions are good, matchmaking where markets are near. The
growth of turnover beyond that of firms never supported is calibrated by region and kind of support,
and it is counted for how many seeds the parsimonious solution is that truth, term by term. The
anchors are those of `notebooks/04_mechanisms.py`. All data of this study are simulated.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.coverage import markdown
from benchmarks.pages import put_between
from difass_analysis.mechanisms import framework_conditions, qca
from difass_analysis.simulation import SimulatedProgramme, simulate

SEEDS = tuple(range(1, 21))
REGIONS, OPERATIONS, FIRMS = 16, 4_000, 30_000
FEWEST = 30  # firms of a cell
KINDS = {
    "FAIRS": "trade missions/fairs",
    "FUNDS": "investment funds",
    "WORKSHOPS": "workshops",
    "MATCHING": "B2B matchmaking",
}
CONTEXTS = {"INSTITUTIONS": "institutional_quality", "MARKET": "market_access"}
GROWTH = "GROWTH"
ANCHORS = {
    "INSTITUTIONS": {"exclusion": -0.5, "crossover": 0.0, "inclusion": 0.5},
    "MARKET": {"exclusion": 85.0, "crossover": 100.0, "inclusion": 115.0},
    GROWTH: {"exclusion": 0.02, "crossover": 0.045, "inclusion": 0.07},
}
PAGE = Path(__file__).resolve().parents[1] / "docs" / "validity.md"
START, END = "<!-- written by benchmarks.mechanism_study -->", "<!-- end of mechanisms -->"


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the sets of one seed say: cells, models, and the truth as a model."""

    seed: int
    cells: int
    models: tuple[frozenset[str], ...]
    truth: frozenset[str]

    @property
    def right(self) -> bool:
        """Whether there is one model, and it is the truth."""
        return self.models == (self.truth,)

    @property
    def missing(self) -> list[str]:
        """Terms of the truth that are not in every model."""
        return sorted(t for t in self.truth if not all(t in model for model in self.models))

    @property
    def false(self) -> list[str]:
        """Terms of some model that are not in the truth."""
        return sorted({term for model in self.models for term in model} - self.truth)


def true_model(contexts: pd.DataFrame) -> frozenset[str]:
    """Return the truth about what works where, as the terms of a model.

    Parameters
    ----------
    contexts : pandas.DataFrame
        ``truth.contexts`` of a simulated programme.
    """
    names = {kind: name for name, kind in KINDS.items()}
    beside = {indicator: name for name, indicator in CONTEXTS.items()}
    terms = []
    for row in contexts[contexts["works"] != "nowhere"].to_dict("records"):
        name = names[row["mechanism"]]
        terms.append(name if row["works"] == "everywhere" else f"{name}*{beside[row['indicator']]}")
    return frozenset(terms)


def growth_cells(programme: SimulatedProgramme) -> pd.DataFrame:
    """Growth of turnover beyond that of firms never supported, by region and kind of support.

    Returns
    -------
    pandas.DataFrame
        ``region``, ``mechanism``, ``mean`` (log points), ``size`` (firms), of cells with
        ``FEWEST`` firms or more, and the framework conditions of the region.
    """
    firms = programme.table("outcomes")
    firms = firms[firms["alive"] & (firms["turnover_amount"] > 0)]
    firms = firms.assign(turnover=np.log(firms["turnover_amount"]))
    rows = programme.table("operations")[["operation_id", "year", "mechanism", "region"]]
    support = programme.table("participations")[["operation_id", "sme_id"]].merge(rows)
    first = support.sort_values(["year", "operation_id"]).drop_duplicates("sme_id")
    never = firms[~firms["sme_id"].isin(first["sme_id"])].groupby("year")["turnover"].mean()
    panel = firms[["sme_id", "year", "turnover"]].merge(
        first[["sme_id", "year", "mechanism", "region"]], on="sme_id", suffixes=("", "_of_support")
    )
    panel["beyond"] = panel["turnover"] - panel["year"].map(never)
    panel["after"] = panel["year"] >= panel["year_of_support"]
    means = panel.groupby(["sme_id", "mechanism", "region", "after"])["beyond"].mean().unstack()
    change = (means[True] - means[False]).dropna()
    cells = change.groupby(["region", "mechanism"]).agg(["mean", "size"]).reset_index()
    context = framework_conditions(programme).frame
    wide = context.pivot(index="region", columns="indicator", values="value")
    return cells[cells["size"] >= FEWEST].merge(wide, on="region")


def memberships(cells: pd.DataFrame) -> pd.DataFrame:
    """Calibrate the cells: kinds of support, contexts and growth, one row a cell."""
    columns: dict[str, object] = {
        name: (cells["mechanism"] == kind).astype(float) for name, kind in KINDS.items()
    }
    for name, column in {**CONTEXTS, GROWTH: "mean"}.items():
        columns[name] = qca.calibrate(cells[column], **ANCHORS[name]).membership
    return pd.DataFrame(columns).set_index(cells["region"] + " " + cells["mechanism"])


def found_by_sets(
    seed: int, *, operations: int = OPERATIONS, firms: int = FIRMS, regions: int = REGIONS
) -> Found:
    """Simulate one programme and return what its parsimonious solution says."""
    made = simulate(seed=seed, regions=regions, operations=operations, panel_firms=firms)
    cases = memberships(growth_cells(made))
    names = [*KINDS, *CONTEXTS]
    table = qca.truth_table(cases, outcome=GROWTH, conditions=names, consistency=0.8, pri=0.5)
    solution = qca.minimize(table, solution="parsimonious")
    return Found(
        seed=seed,
        cells=len(cases),
        models=tuple(frozenset(model) for model in solution.models),
        truth=true_model(made.truth.contexts),
    )


def section(found: Sequence[Found]) -> str:
    """Return what the page says of these seeds."""
    right = sum(one.right for one in found)
    seeds = [one.seed for one in found]
    rows = [
        [
            str(one.seed),
            str(one.cells),
            " or ".join(f"`{' + '.join(sorted(model))}`" for model in one.models) or "none",
            ", ".join(f"`{term}`" for term in one.missing),
            ", ".join(f"`{term}`" for term in one.false),
        ]
        for one in found
        if not one.right
    ]
    head = ["seed", "cells", "parsimonious models", "of the truth, lacking", "not in the truth"]
    truth = " + ".join(sorted(found[0].truth))
    text = (
        f"The truth is `{truth}`. With seeds {min(seeds)} to {max(seeds)} the parsimonious "
        f"solution is exactly that in **{right} of {len(found)}** programmes "
        f"({REGIONS} regions, {OPERATIONS:,} operations, {FIRMS:,} firms; cells of region and kind "
        f"of support with {FEWEST} firms or more)."
    )
    return f"{text}\n\nThe others:\n\n{markdown(head, rows)}" if rows else text


def write(text: str, path: Path = PAGE) -> None:
    """Put a text between the markers of a page."""
    put_between(text, path, start=START, end=END)


def _each(seeds: Sequence[int]) -> Iterator[Found]:
    for seed in seeds:
        found = found_by_sets(seed)
        print(f"seed {seed}: {'the truth' if found.right else sorted(map(sorted, found.models))}")
        yield found


def main() -> None:
    """Count over the seeds, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--print", action="store_true", help="print only")
    given = parser.parse_args()
    text = section(list(_each(SEEDS)))
    if not given.print:
        write(text)
    print(text)


if __name__ == "__main__":
    main()
