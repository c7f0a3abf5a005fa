"""The coverage study: programmes drawn whose true values are known, and what contains the truth.

Three things are looked at: intervals of figures as `measure` gives them, beside simpler ones; sets
of ranks; and the parts of gaps. See `benchmarks/coverage.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

import difass_analysis as da
from difass_analysis.comparison import rank_sets
from difass_analysis.comparison.blocks import Block
from difass_analysis.comparison.cross_moments import cross_moments
from difass_analysis.comparison.factors import margins_of
from difass_analysis.comparison.gap_rows import block_rows
from difass_analysis.comparison.model import JACKKNIFE_BELOW
from difass_analysis.measurement import cluster_cells

Array = NDArray[np.float64]

SEED = 20_177
LEVEL = 0.95
LEVERAGE, COST = "private_per_public", "public_cost_per_sme"

REGIONS = 25
PROGRAMMES = (5, 7, 12, 25)
OPERATIONS = (5, 10, 20, 50, 100, 500)
# Between and beyond, to find from where on intervals hold; between, intervals only.
BETWEEN = (200,)
MORE_OPERATIONS = (*BETWEEN, 2_000)
FEWER_REGIONS = 5
# Operations of a beneficiary, with their probabilities.
HOLDINGS = {1: 0.85, 2: 0.09, 3: 0.04, 5: 0.02}
OPERATIONS_EACH = sum(count * share for count, share in HOLDINGS.items())
# Share of the variance of logarithms that the operations of one beneficiary have in common.
SHARED = 0.5
# Log of the true leverage of the highest region less that of the lowest.
RANGE = 0.8
GRANT = 100_000.0
# What is drawn and measured at a time.
CHUNK_OPERATIONS = 2_500_000
RANK_DRAWS = 1_000
# From so many regions on half the replicates are ranked: it takes long.
MANY_REGIONS = 25

# Mechanisms: shares of operations in the region and elsewhere, size of grants, leverage.
MIX_HERE, MIX_THERE = np.array([0.5, 0.3, 0.2]), np.array([0.25, 0.35, 0.4])
GRANTS, LEVERAGES = np.array([1.0, 0.6, 1.8]), np.array([1.6, 1.0, 0.5])
BETTER_HERE = 1.2
OTHERS = 6


@dataclass(frozen=True, kw_only=True)
class World:
    """How money is distributed; leverage grows by the power ``slope`` of the grant."""

    name: str
    sigma: float
    noise: float
    slope: float
    regions: int = REGIONS


WORLDS = (
    World(name="skewed", sigma=1.0, noise=0.5, slope=-0.15),
    World(name="very skewed", sigma=1.5, noise=1.0, slope=-0.15),
)
SIDE_WORLDS = (
    World(name="size does not matter", sigma=1.25, noise=0.75, slope=0.0, regions=FEWER_REGIONS),
    World(name="larger is more", sigma=1.25, noise=0.75, slope=0.15, regions=FEWER_REGIONS),
)


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How much is done: replicates of intervals, of rank sets, and of decompositions."""

    intervals: int
    ranks: int
    gaps: int
    operations: tuple[int, ...] = OPERATIONS
    more: tuple[int, ...] = MORE_OPERATIONS
    programmes: tuple[int, ...] = PROGRAMMES


FULL = Sizes(intervals=1_000, ranks=300, gaps=200)
QUICK = Sizes(intervals=200, ranks=100, gaps=40)


# --- draws ---------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, eq=False)
class Draw:
    """Operations of independent regions, each with as many beneficiaries, sorted by them.

    ``beneficiary`` numbers the beneficiaries through all regions; ``y`` is private and ``x``
    public money of each operation; ``shape`` is (replicates, regions, beneficiaries).
    """

    beneficiary: NDArray[np.int64]
    y: Array
    x: Array
    shape: tuple[int, int, int]

    @property
    def cell(self) -> NDArray[np.int64]:
        """Number of each operation's replicate and region."""
        return self.beneficiary // self.shape[2]

    def by_beneficiary(self, values: Array) -> Array:
        """Sums over the operations of each beneficiary."""
        size = int(np.prod(self.shape))
        return np.bincount(self.beneficiary, weights=values, minlength=size).reshape(self.shape)


def clusters_of(operations: int) -> int:
    """Beneficiaries that have so many operations on average."""
    return round(operations / OPERATIONS_EACH)


def true_leverage(regions: int) -> Array:
    """True leverage of each region, in even steps."""
    return np.exp(np.linspace(-RANGE / 2, RANGE / 2, regions))


def true_cost_per_sme() -> float:
    """True public money of a beneficiary."""
    return GRANT * OPERATIONS_EACH


def draw(
    world: World, rng: np.random.Generator, shape: tuple[int, int, int], leverage: Array
) -> Draw:
    """Draw the money of all operations; private over public is ``leverage`` in expectation."""
    size = int(np.prod(shape))
    counts = rng.choice(list(HOLDINGS), p=list(HOLDINGS.values()), size=size)
    beneficiary = np.repeat(np.arange(size), counts)
    grant, other = (_shared_normal(rng, beneficiary, size) for _ in range(2))
    tilt = 1 + world.slope
    x = GRANT * np.exp(world.sigma * grant - world.sigma**2 / 2)
    y = GRANT * np.exp(
        tilt * world.sigma * grant
        + world.noise * other
        - ((tilt * world.sigma) ** 2 + world.noise**2) / 2
    )
    y *= leverage[beneficiary // shape[2] % shape[1]]
    return Draw(beneficiary=beneficiary, y=y, x=x, shape=shape)


def _shared_normal(rng: np.random.Generator, beneficiary: NDArray[np.int64], size: int) -> Array:
    """Standard normal values that operations of one beneficiary have partly in common."""
    common = np.sqrt(SHARED) * rng.standard_normal(size)
    return common[beneficiary] + np.sqrt(1 - SHARED) * rng.standard_normal(len(beneficiary))


def frames_of(drawn: Draw) -> dict[str, pd.DataFrame]:
    """Canonical tables of a draw; replicate and region are columns, one SME an operation."""
    regions = drawn.shape[1]
    shared = {
        "operation_id": np.arange(len(drawn.x)),
        "replicate": drawn.cell // regions,
        "region": drawn.cell % regions + 100,  # three digits, so that text sorts like numbers
        "public_amount": drawn.x,
    }
    operations = {**shared, "beneficiary_id": drawn.beneficiary, "private_amount": drawn.y}
    return {
        "operations": pd.DataFrame(operations),
        "participations": pd.DataFrame({**shared, "sme_id": drawn.beneficiary}),
    }


# --- intervals -----------------------------------------------------------------------

Bounds = tuple[Array, Array]


def linearised_error(y: Array, x: Array) -> Array:
    """Textbook error of a ratio of sums; arrays of shape (..., clusters)."""
    clusters, total = y.shape[-1], x.sum(axis=-1)
    residual = y - (y.sum(axis=-1) / total)[..., None] * x
    return np.sqrt(clusters / (clusters - 1) * (residual**2).sum(axis=-1)) / total


def jackknife_error(y: Array, x: Array) -> Array:
    """Delete-one-cluster jackknife error of a ratio of sums, centred on the estimate."""
    clusters, value = y.shape[-1], y.sum(axis=-1) / x.sum(axis=-1)
    left = (y.sum(axis=-1)[..., None] - y) / (x.sum(axis=-1)[..., None] - x)
    squares = ((left - value[..., None]) ** 2).sum(axis=-1)
    return np.sqrt((clusters - 1) / clusters * squares)


def around(value: Array, error: Array, clusters: int) -> Bounds:
    """Symmetric t interval."""
    half = special.stdtrit(clusters - 1, 0.5 + LEVEL / 2) * error
    return value - half, value + half


def around_log(value: Array, error: Array, clusters: int) -> Bounds:
    """T interval on the log scale."""
    with np.errstate(over="ignore"):
        factor = np.exp(special.stdtrit(clusters - 1, 0.5 + LEVEL / 2) * error / value)
    return value / factor, value * factor


def naive(ratios: Array, drawn: Draw) -> Bounds:
    """Mean of the operations' own ratios, with a z interval as if they were independent."""
    size = drawn.shape[0] * drawn.shape[1]
    n, one, two = (np.bincount(drawn.cell, ratios**power, size) for power in (0, 1, 2))
    mean = one / n
    half = special.ndtri(0.5 + LEVEL / 2) * np.sqrt((two / n - mean**2) / (n - 1))
    return tuple(bound.reshape(drawn.shape[:2]) for bound in (mean - half, mean + half))


def intervals_of(drawn: Draw) -> dict[str, dict[str, Bounds]]:
    """Bounds by indicator and method, arrays of shape (replicates, regions)."""
    clusters, shape = drawn.shape[2], drawn.shape[:2]
    programme = da.Programme.from_frames(**frames_of(drawn))
    table = da.measure(programme, indicators=[LEVERAGE, COST], by=["replicate", "region"]).frame
    public = drawn.by_beneficiary(drawn.x)
    sides = {
        LEVERAGE: (drawn.by_beneficiary(drawn.y), public, drawn.y / drawn.x),
        COST: (public, np.ones_like(public), drawn.x),
    }
    found = {}
    for indicator, (y, x, ratios) in sides.items():
        rows = table[table["indicator"] == indicator]
        value, error, lower, upper = (
            rows[name].to_numpy(float).reshape(shape) for name in ("value", "se", "lower", "upper")
        )
        found[indicator] = {
            "naive": naive(ratios, drawn),
            "linearised": around(value, linearised_error(y, x), clusters),
            "shipped": (lower, upper),
            "log": around_log(value, error, clusters),
            "log jackknife": around_log(value, jackknife_error(y, x), clusters),
        }
    return found


def chunks(
    world: World, operations: int, replicates: int, *, regions: int, stream: int
) -> Iterator[Draw]:
    """Draws of all replicates, some at a time; the same whatever is done with them."""
    at_once = max(CHUNK_OPERATIONS // (regions * operations), 1)
    rng = np.random.default_rng([SEED, stream, operations, *world.name.encode()])
    for start in range(0, replicates, at_once):
        shape = (min(at_once, replicates - start), regions, clusters_of(operations))
        yield draw(world, rng, shape, true_leverage(regions))


def interval_rows(drawn: Draw, world: World, operations: int) -> pd.DataFrame:
    """One row for each indicator, method, replicate and region: is the truth in, how wide."""
    regions = drawn.shape[1]
    truths = {LEVERAGE: true_leverage(regions), COST: np.full(regions, true_cost_per_sme())}
    frames = []
    for indicator, methods in intervals_of(drawn).items():
        truth = np.broadcast_to(truths[indicator], drawn.shape[:2]).ravel()
        for method, bounds in methods.items():
            lower, upper = (bound.ravel() for bound in bounds)
            held = {"below": upper < truth, "above": lower > truth, "none": np.isnan(lower)}
            frame = pd.DataFrame({**held, "width": (upper - lower) / truth})
            region = np.arange(len(truth)) % regions
            frames.append(frame.assign(indicator=indicator, method=method, region=region))
    rows = pd.concat(frames, ignore_index=True)
    return rows.assign(world=world.name, operations=operations, clusters=drawn.shape[2])


KEYS = ["world", "indicator", "operations", "clusters", "method"]


def coverage(rows: pd.DataFrame, keys: Sequence[str] = KEYS) -> pd.DataFrame:
    """Share of intervals with the truth in them, among those that exist, with its error."""
    given = rows.assign(held=~rows["below"] & ~rows["above"])[~rows["none"]]
    groups = given.groupby(list(keys), sort=False)
    table = groups.agg(
        coverage=("held", "mean"),
        below=("below", "mean"),
        above=("above", "mean"),
        mean_width=("width", "mean"),
        median_width=("width", "median"),
        count=("held", "size"),
    )
    table["none"] = rows.groupby(list(keys), sort=False)["none"].mean()
    table["error"] = np.sqrt(table["coverage"] * (1 - table["coverage"]) / table["count"])
    return table.reset_index()


# --- ranks ---------------------------------------------------------------------------


def comparison_variance(y: Array, x: Array) -> Array:
    """Variances that the comparisons use, of shape (regions,), for independent regions."""
    regions, clusters = y.shape
    total = regions * clusters
    left = x.sum(axis=1)[:, None] - x
    residual = y - (y.sum(axis=1) / x.sum(axis=1))[:, None] * x
    if clusters < JACKKNIFE_BELOW:
        return (total - 1) / total * ((residual / left) ** 2).sum(axis=1)
    return total / (total - 1) * ((residual / x.sum(axis=1)[:, None]) ** 2).sum(axis=1)


def sets_of(y: Array, x: Array, *, equal: bool, together: bool, seed: int) -> pd.DataFrame:
    """Rank sets of one programme, as `ranks` makes them; regions made equal when asked for."""
    regions, clusters = y.shape
    value = y.sum(axis=1) / x.sum(axis=1)
    variance = comparison_variance(y, x) / value**2
    return rank_sets(
        np.log(value) - equal * np.log(_chosen_leverage(regions)),
        np.diag(variance),
        simultaneous=together,
        degrees=np.full(regions, clusters - 1.0),
        draws=RANK_DRAWS,
        seed=seed,
    )


def _chosen(regions: int) -> NDArray[np.int64]:
    """Regions of a smaller programme, evenly out of all."""
    return np.linspace(0, REGIONS - 1, regions).round().astype(np.int64)


def _chosen_leverage(regions: int) -> Array:
    return true_leverage(REGIONS)[_chosen(regions)]


def rank_rows(y: Array, x: Array, *, first: int) -> list[dict[str, object]]:
    """Which sets of which replicates hold; arrays of shape (replicates, regions, clusters)."""
    regions = y.shape[1]
    rows = []
    # Sets of each region alone where regions differ; where all are equal the joint ones are harder.
    for equal, together in ((False, True), (False, False), (True, True)):
        true = np.ones(regions) if equal else np.arange(regions, 0, -1.0)
        last = np.full(regions, regions) if equal else true
        for number, (own_y, own_x) in enumerate(zip(y, x, strict=True)):
            sets = sets_of(own_y, own_x, equal=equal, together=together, seed=first + number)
            held = (sets["lower"] <= true) & (sets["upper"] >= last)
            rows.append(
                {
                    "regions": regions,
                    "equal": equal,
                    "together": together,
                    "all": bool(held.all()),
                    "each": float(held.mean()),
                    "width": float((sets["upper"] - sets["lower"] + 1).mean()),
                }
            )
    return rows


# --- decomposition -------------------------------------------------------------------


def true_parts() -> dict[str, float]:
    """True composition and rate effect, by Kitagawa's formula on expected sums."""
    shares = [mix * GRANTS / (mix @ GRANTS) for mix in (MIX_HERE, MIX_THERE)]
    rates = [BETTER_HERE * LEVERAGES, LEVERAGES]
    composition = float((shares[0] - shares[1]) @ (rates[0] + rates[1]) / 2)
    rate = float((shares[0] + shares[1]) @ (rates[0] - rates[1]) / 2)
    return {"composition": composition, "rate": rate, "gap": composition + rate}


def gap_frame(world: World, operations: int, replicates: int) -> pd.DataFrame:
    """Operations of a region and of all others, by mechanism, for all replicates."""
    rng = np.random.default_rng([SEED, 3, operations, *world.name.encode()])
    parts = []
    for side, mix, factor, times in (
        ("here", MIX_HERE, BETTER_HERE, 1),
        ("there", MIX_THERE, 1.0, OTHERS),
    ):
        shape = (replicates, 1, clusters_of(operations) * times)
        drawn = draw(world, rng, shape, np.ones(1))
        mechanism = rng.choice(len(mix), p=mix, size=len(drawn.x))
        parts.append(
            pd.DataFrame(
                {
                    "beneficiary_id": [f"{side}{number}" for number in drawn.beneficiary],
                    "replicate": drawn.cell,
                    "region": side,
                    "mechanism": np.array(["a", "b", "c"])[mechanism],
                    "public_amount": drawn.x * GRANTS[mechanism],
                    "private_amount": drawn.y * (GRANTS * LEVERAGES * factor)[mechanism],
                }
            )
        )
    return pd.concat(parts, ignore_index=True).rename_axis("operation_id").reset_index()


def gap_parts_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Decompose every replicate, as `decompose` does: sums of parts with their intervals."""
    programme = da.Programme.from_frames(operations=frame)
    unit, over = ["replicate", "region"], ["mechanism"]
    cells = cluster_cells(programme, LEVERAGE, by=[*unit, *over])
    moments = cross_moments(cells.rows, unit=unit, over=over, engine=programme.engine)
    margins = margins_of(moments.categories)
    found = []
    for here in moments.units.index[moments.units["region"] == "here"]:
        rows = block_rows(
            moments,
            Block(here=here, there=here + 1),
            margins,
            clusters=int(moments.units["n"][here] + moments.units["n"][here + 1]),
            level=LEVEL,
            unit=cells.unit,
            independent=("beneficiary", "beneficiaries"),
        )
        sums = rows[(rows["row"] == "all") & rows["effect"].isin(["composition", "rate", "gap"])]
        found.append(sums.assign(replicate=moments.units["replicate"][here]))
    return pd.concat(found, ignore_index=True)


def gap_rows(world: World, operations: int, replicates: int) -> pd.DataFrame:
    """One row for each part and replicate: is the truth in, how wide."""
    frame = gap_frame(world, operations, replicates)
    # Some at a time: every gap looks through all rows of its draw.
    blocks = [part for _, part in frame.groupby(frame["replicate"] // 25)]
    parts = pd.concat([gap_parts_of(block) for block in blocks], ignore_index=True)
    truth = parts["effect"].map(true_parts())
    return pd.DataFrame(
        {
            "world": world.name,
            "operations": operations,
            "clusters": clusters_of(operations),
            "effect": parts["effect"],
            "below": parts["upper"] < truth,
            "above": parts["lower"] > truth,
            "none": parts["se"].isna(),
            "width": (parts["upper"] - parts["lower"]) / true_parts()["gap"],
        }
    )


# --- the study -----------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, eq=False)
class Study:
    """All that was found: rows of intervals, of rank sets and of parts of gaps."""

    intervals: pd.DataFrame
    by_programme: pd.DataFrame
    ranks: pd.DataFrame
    gaps: pd.DataFrame
    sizes: Sizes


def run(sizes: Sizes) -> Study:
    """Run the whole study."""
    intervals, by_programme, ranks, gaps = [], [], [], []
    for world in (*WORLDS, *SIDE_WORLDS):
        main = world in WORLDS
        for operations in (*sizes.operations, *(sizes.more if main else ())):
            _say(f"{world.name}, {operations:,} operations: intervals")
            regions = world.regions if operations in sizes.operations else FEWER_REGIONS
            found = _intervals(world, operations, sizes.intervals, regions)
            intervals.append(coverage(found))
            if not main or operations in BETWEEN:
                continue
            if regions == REGIONS:
                by_programme.append(_by_programme(found, sizes.programmes))
            _say(f"{world.name}, {operations:,} operations: ranks and gaps")
            ranks.append(_ranked(world, operations, sizes))
            rows = gap_rows(world, operations, sizes.gaps)
            gaps.append(coverage(rows, ["world", "operations", "clusters", "effect"]))
    tables = [pd.concat(part, ignore_index=True) for part in (intervals, by_programme, ranks, gaps)]
    return Study(
        intervals=tables[0], by_programme=tables[1], ranks=tables[2], gaps=tables[3], sizes=sizes
    )


def _intervals(world: World, operations: int, replicates: int, regions: int) -> pd.DataFrame:
    draws = chunks(world, operations, replicates, regions=regions, stream=1)
    rows = [interval_rows(drawn, world, operations) for drawn in draws]
    return pd.concat(rows, ignore_index=True)


def _by_programme(found: pd.DataFrame, programmes: Sequence[int]) -> pd.DataFrame:
    shipped = found[found["method"] == "shipped"]
    parts = [
        coverage(shipped[shipped["region"].isin(_chosen(regions))]).assign(regions=regions)
        for regions in programmes
    ]
    return pd.concat(parts, ignore_index=True)


def _ranked(world: World, operations: int, sizes: Sizes) -> pd.DataFrame:
    draws = chunks(world, operations, sizes.ranks, regions=REGIONS, stream=2)
    sums = [[drawn.by_beneficiary(values) for values in (drawn.y, drawn.x)] for drawn in draws]
    y, x = (np.concatenate(side) for side in zip(*sums, strict=True))
    rows: list[dict[str, object]] = []
    for regions in sizes.programmes:
        own = _chosen(regions)
        count = len(y) if regions < MANY_REGIONS else -(-len(y) // 2)
        rows += rank_rows(y[:count, own], x[:count, own], first=operations)
    groups = pd.DataFrame(rows).groupby(["regions", "equal", "together"], sort=False)
    table = groups[["all", "each", "width"]].mean().assign(count=groups.size())
    table["error"] = np.sqrt(table["all"] * (1 - table["all"]) / table["count"])
    return table.reset_index().assign(
        world=world.name, operations=operations, clusters=clusters_of(operations)
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
