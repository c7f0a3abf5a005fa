"""Random programmes, and an attacker who knows nothing of how the package protects them.

`python -m benchmarks.disclosure_study --programmes 500` measures and protects random programmes,
attacks what was published, and counts how often a bound is narrower than it may be.

The attacker has the tables that left the package, cell by cell, and works on the finest groups
of all of them together: every published numerator and denominator is an equation, nothing is
negative, and bounds of what is missing follow by linear programming. What must not be bounded
too narrowly is computed here from the rows, with pandas alone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from difass_analysis.disclosure import Protected, Rules, protect
from difass_analysis.measurement import measure
from difass_analysis.programme import Programme

#: What each side of an indicator adds up.
SIDES = {
    "public": ("public",),
    "private": ("private",),
    "private_per_public": ("private", "public, private known"),
    "total_per_public": ("both", "public, private known"),
    "public_share": ("public, private known", "both"),
    "operations": ("operations",),
    "public_cost_per_operation": ("public", "operations"),
    "beneficiaries": ("heads",),
    "public_cost_per_beneficiary": ("public", "heads"),
}
#: What quantities are made of.
PARTS = {
    "public": ("public, private known", "public, private unknown"),
    "public, private known": ("public, private known",),
    "public, private unknown": ("public, private unknown",),
    "private": ("private",),
    "both": ("public, private known", "private"),
    "operations": ("operations",),
}
_EVERY = 25
UNITS = ("public, private known", "public, private unknown", "private", "operations")
_TABLES = (
    ((), ("region",), ("mechanism",), ("region", "mechanism")),
    (("region",), ("region", "mechanism")),
    ((), ("region",)),
    (("region", "mechanism"), ("region", "year")),
    ((), ("region",), ("mechanism",)),
    ((), ("mechanism",), ("mechanism", "region"), ("year",)),
)


@dataclass(frozen=True, eq=False)
class Case:
    """A random programme, the tables that are asked for, and the rules."""

    frame: pd.DataFrame
    groups: tuple[tuple[str, ...], ...]
    indicators: tuple[str, ...]
    rules: Rules


def draw(seed: int) -> Case:
    """Draw rows whose amounts are skewed, whose groups are uneven, and which have gaps."""
    random = np.random.default_rng(seed)
    size = int(random.integers(15, 140))
    regions, mechanisms = int(random.integers(2, 8)), int(random.integers(2, 6))
    people = int(random.integers(6, max(7, size)))
    frame = pd.DataFrame(
        {
            "operation_id": [f"o{number}" for number in range(size)],
            "region": _uneven(random, "R", regions, size),
            "mechanism": _uneven(random, "M", mechanisms, size),
            "year": random.integers(2014, 2017, size),
            "beneficiary_id": [f"b{number}" for number in random.integers(0, people, size)],
            "public_amount": np.round(random.lognormal(9, random.uniform(0.3, 1.6), size), 2),
        }
    )
    private = np.round(frame["public_amount"] * random.lognormal(0, 0.8, size), 2)
    gaps = random.random(size) < random.choice([0.0, 0.0, 0.1])
    frame["private_amount"] = private.mask(gaps)
    names = list(SIDES)
    chosen = random.random(len(names)) < random.uniform(0.15, 0.6)
    chosen[int(random.integers(len(names)))] = True
    rules = Rules(minimum=int(random.choice([3, 3, 5])), p=float(random.choice([5, 10, 25])))
    return Case(
        frame=frame,
        groups=_TABLES[int(random.integers(len(_TABLES)))],
        indicators=tuple(name for name, held in zip(names, chosen, strict=True) if held),
        rules=rules,
    )


def _uneven(random: np.random.Generator, letter: str, count: int, size: int) -> list[str]:
    weights = random.dirichlet(np.full(count, 1.0))
    return [f"{letter}{number}" for number in random.choice(count, size, p=weights)]


def published(case: Case) -> Protected:
    """Let the package measure and protect the tables of a case."""
    programme = Programme.from_frames(operations=case.frame)
    tables = [
        measure(programme, indicators=list(case.indicators), by=list(by)) for by in case.groups
    ]
    return protect(tables, programme=programme, rules=case.rules)


def amounts(frame: pd.DataFrame) -> pd.DataFrame:
    """Each row's part in every quantity."""
    known = frame["private_amount"].notna()
    public = frame["public_amount"]
    columns = {
        "public, private known": public.where(known, 0.0),
        "public, private unknown": public.where(~known, 0.0),
        "private": frame["private_amount"].fillna(0.0),
        "operations": 1.0,
    }
    rows = frame[["region", "mechanism", "year", "beneficiary_id"]].assign(**columns)
    for name in ("public", "both"):
        rows[name] = sum(rows[part] for part in PARTS[name])
    return rows


@dataclass(frozen=True)
class Secret:
    """A cell that must not be bounded too narrowly: up to ``low`` and from ``high`` at least."""

    quantity: str
    cell: tuple[tuple[str, object], ...]
    true: float
    low: float
    high: float


def cells_of(frame: pd.DataFrame, by: tuple[str, ...]) -> Iterator[tuple[tuple, pd.DataFrame]]:
    """The groups of a table with their rows."""
    if not by:
        yield (), frame
        return
    for key, rows in frame.groupby(list(by)):
        yield tuple(zip(by, key, strict=True)), rows


def secrets(case: Case) -> list[Secret]:
    """All cells of the tables that the rules call unsafe, straight from the rows."""
    rows = amounts(case.frame)
    found = []
    for by in case.groups:
        for cell, own in cells_of(rows, by):
            for quantity in [*PARTS, "heads"]:
                secret = _secret(quantity, cell, own, case.rules)
                if secret is not None:
                    found.append(secret)
    return found


def _secret(quantity: str, cell: tuple, own: pd.DataFrame, rules: Rules) -> Secret | None:
    people = own["beneficiary_id"].nunique()
    if quantity == "heads":
        few = 0 < people < rules.minimum
        high = max(rules.minimum, people + 1)
        return Secret(quantity, cell, people, people, high) if few else None
    parts = own.groupby("beneficiary_id")[quantity].sum().sort_values(ascending=False)
    parts = parts[parts > 0]
    total = float(parts.sum())
    few = 0 < len(parts) < rules.minimum
    if quantity == "operations":
        high = max(rules.minimum, total + 1)
        return Secret(quantity, cell, total, total - 1, high) if few else None
    first, second = ([*parts.tolist(), 0.0, 0.0])[:2]
    rest = total - first - second
    if not few and rest >= rules.p / 100 * first - 1e-6:
        return None
    need = max(rules.p / 100 * first - rest, rules.p / 100 * first if few else 0.0)
    return Secret(quantity, cell, total, max(total - need, 0.0), total + need)


class Attacker:
    """Knows the published tables; bounds what is missing over the finest groups of all."""

    def __init__(self, case: Case, found: Protected) -> None:
        columns = sorted({name for by in case.groups for name in by})
        levels = [sorted(case.frame[name].unique().tolist()) for name in columns]
        grid = pd.MultiIndex.from_product(levels, names=columns) if columns else None
        self.grid = grid.to_frame(index=False) if grid is not None else pd.DataFrame(index=[0])
        self._empty(case)
        self.told: list[tuple[str, tuple, float]] = []
        for by, table in zip(case.groups, found.tables, strict=True):
            for row in table.frame.to_dict("records"):
                cell = tuple((name, row[name]) for name in by)
                for quantity, end in zip(
                    SIDES[row["indicator"]], ("numerator", "denominator"), strict=False
                ):
                    if not pd.isna(row[end]):
                        self.told.append((quantity, cell, float(row[end])))
                if pd.isna(row["value"]) and not (pd.isna(row["n"]) and pd.isna(row["se"])):
                    assert "Not" in row["note"], row
        sums = [(q, c, v) for q, c, v in self.told if q != "heads"]
        self.scale = max([abs(v) for q, _, v in sums if q != "operations"], default=1.0) / 100
        self.equations = np.array([self._over(q, c) for q, c, _ in sums])
        self.values = np.array([v / self._unit(q) for q, _, v in sums])

    def _empty(self, case: Case) -> None:
        """A table that leaves shows which of its groups have no rows."""
        self.open = np.ones(len(self.grid), dtype=bool)
        for by in case.groups:
            if by:
                held = set(map(tuple, case.frame[list(by)].to_numpy().tolist()))
                mine = map(tuple, self.grid[list(by)].to_numpy().tolist())
                self.open &= np.array([key in held for key in mine])

    def _unit(self, quantity: str) -> float:
        return 1.0 if quantity == "operations" else self.scale

    def _over(self, quantity: str, cell: tuple) -> np.ndarray:
        inside = np.ones(len(self.grid), dtype=bool)
        for name, value in cell:
            inside &= (self.grid[name] == value).to_numpy()
        return np.concatenate([inside.astype(float) * (unit in PARTS[quantity]) for unit in UNITS])

    def bounds(self, quantity: str, cell: tuple) -> tuple[float, float]:
        """Smallest and largest value that fits all that is published."""
        goal = self._over(quantity, cell)
        limits = [(0.0, None if held else 0.0) for held in np.tile(self.open, len(UNITS))]
        ends = []
        for sign in (1.0, -1.0):
            found = linprog(
                sign * goal,
                A_eq=self.equations if len(self.values) else None,
                b_eq=self.values if len(self.values) else None,
                bounds=limits,
                method="highs",
            )
            if found.status == 3:
                ends.append(np.inf)
            else:
                assert found.status == 0, found.message
                ends.append(sign * found.fun * self._unit(quantity))
        return ends[0], ends[1]

    def heads(self, cell: tuple) -> tuple[float, float]:
        """Bounds of a number of different units: largest part <= total <= sum of parts."""
        known = {c: v for q, c, v in self.told if q == "heads"}
        low, high = 0.0, np.inf
        for other, value in known.items():
            if other == cell:
                return value, value
            if set(other) < set(cell):
                high = min(high, value)
                beside = [name for name, _ in cell if name not in dict(other)]
                low = max(low, self._left(cell, other, value, known, beside))
            elif set(cell) < set(other):
                low = max(low, value)
        return low, min(high, self._sum_of_parts(cell, known))

    def _left(self, cell: tuple, upper: tuple, value: float, known: dict, names: list) -> float:
        """What the total needs of this cell, when all others beside it are known."""
        others = [c for c in self._beside(upper, names) if set(c) != set(cell)]
        values = [next((v for k, v in known.items() if set(k) == set(c)), None) for c in others]
        return -np.inf if None in values else value - sum(values)

    def _beside(self, upper: tuple, names: list) -> list[tuple]:
        inside = self.open.copy()
        for name, value in upper:
            inside &= (self.grid[name] == value).to_numpy()
        keys = self.grid.loc[inside, names].drop_duplicates().to_dict("records")
        return [(*upper, *key.items()) for key in keys]

    def _sum_of_parts(self, cell: tuple, known: dict) -> float:
        ends = [np.inf]
        for names in {tuple(n for n, _ in c if n not in dict(cell)) for c in known}:
            parts = self._beside(cell, list(names)) if names else []
            values = [next((v for k, v in known.items() if set(k) == set(p)), None) for p in parts]
            if parts and None not in values:
                ends.append(sum(values))
        return min(ends)


def loopholes(case: Case, found: Protected) -> list[str]:
    """Every unsafe cell that the attacker bounds more narrowly than it must be."""
    attacker = Attacker(case, found)
    shown = {side for name in case.indicators for side in SIDES[name]}
    result = []
    for secret in secrets(case):
        if not _concerns(secret.quantity, shown):
            continue
        heads = secret.quantity == "heads"
        low, high = (
            attacker.heads(secret.cell) if heads else attacker.bounds(secret.quantity, secret.cell)
        )
        slack = 1e-5 * max(secret.high - secret.true, 1.0)
        if low > secret.low + slack or high < secret.high - slack:
            result.append(f"{secret}: [{low}, {high}]")
    return result


def _concerns(quantity: str, shown: set[str]) -> bool:
    """Whether the tables are about a quantity, or about two whose difference it is."""
    if quantity == "public, private unknown":
        return {"public", "public, private known"} <= shown
    if quantity in ("private", "public, private known") and "both" in shown:
        return bool(shown & {"private", "public, private known"})
    return quantity in shown


def insider_loopholes(case: Case, found: Protected) -> list[str]:
    """Margins along which one contributor could subtract the own part from what is hidden.

    Where a total is published, what is hidden below it is published as one sum.
    """
    told = {(q, frozenset(c)) for q, c, _ in Attacker(case, found).told}
    shown = {side for name in case.indicators for side in SIDES[name]} & set(PARTS)
    rows = amounts(case.frame)
    result = []
    for coarse, fine in ((a, b) for a in case.groups for b in case.groups if set(a) < set(b)):
        for cell, own in cells_of(rows, coarse):
            for quantity in shown - {"operations"}:
                if (quantity, frozenset(cell)) not in told:
                    continue
                hidden = [
                    part
                    for key, part in cells_of(own, fine)
                    if (quantity, frozenset(key)) not in told and part[quantity].sum() > 0
                ]
                if hidden and not sum_is_safe(pd.concat(hidden), quantity, case.rules):
                    result.append(f"{quantity} below {cell}")
    return result


def sum_is_safe(rows: pd.DataFrame, quantity: str, rules: Rules) -> bool:
    """Whether the sum of these rows may be known, straight from the rows."""
    return _secret(quantity, (), rows, rules) is None


def main(arguments: Sequence[str] | None = None) -> int:
    """Attack the tables of so many programmes; the exit code says whether all held."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--programmes", type=int, default=500)
    parser.add_argument("--first", type=int, default=0, help="seed of the first programme")
    options = parser.parse_args(arguments)
    broken = figures = withheld = 0
    for seed in range(options.first, options.first + options.programmes):
        case = draw(seed)
        found = published(case)
        figures += sum(len(table.frame) for table in found.tables)
        withheld += int(found.counts["cells"].sum())
        for loophole in (*loopholes(case, found), *insider_loopholes(case, found)):
            broken += 1
            print(f"programme {seed}: {loophole}", flush=True)
        if (seed - options.first) % _EVERY == _EVERY - 1:
            print(f"... programme {seed}: {broken:,} so far", file=sys.stderr, flush=True)
    print(
        f"{options.programmes:,} programmes, {figures:,} figures, {withheld:,} withheld; "
        f"{broken:,} cells bounded too narrowly."
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
