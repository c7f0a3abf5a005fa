"""Every shipped indicator equals plain pandas, on 1, 20 and 100,000 simulated operations.

The second computation is written here from the definitions, row by row and cluster by cluster; it
uses nothing of the package.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import difass_analysis as da
from difass_analysis.programme import Settings
from tests.tables import assert_shows, frame_of

FIGURES = ["value", "lower", "upper", "se", "n", "numerator", "denominator"]
PUBLISHED = ["value", "lower", "upper", "se", "n", "numerator", "denominator", "unit", "method", "note"]
SIZES = (1, 20, 100_000)
GROUPINGS = ((), ("region",), ("region", "year", "mechanism"))

Frames = dict[str, pd.DataFrame]


# A world of operations, calls, SMEs ---------------------------------------------------------------


def gapped(rng: np.random.Generator, values: np.ndarray, share: float) -> pd.Series:
    """Leave out a share of the values."""
    return pd.Series(values).astype("object").mask(rng.random(len(values)) < share, None)


def money(rng: np.random.Generator, size: int, share: float = 0.1) -> pd.Series:
    """Amounts in cents, spread over orders of magnitude, some of them missing."""
    cents = np.ceil(np.exp(rng.normal(15, 1.5, size)))
    return pd.Series(cents / 100).mask(rng.random(size) < share)


def world(size: int, seed: int = 1, gaps: float = 1.0) -> Frames:
    """Simulate operations with missing values, repeated beneficiaries and repeated SMEs."""
    rng = np.random.default_rng(seed)
    schemes = pd.DataFrame(
        {"scheme_id": ["s0", "s1"], "max_grant_amount": [5e5, 80_000.0], "staff_count": [3.0, 7.0]}
    )
    calls = pd.DataFrame(
        {
            "call_id": [f"c{i}" for i in range(6)],
            "scheme_id": ["s0", "s0", "s0", "s1", "s1", "s1"],
            "year": [2016, 2017, 2017, 2016, 2017, 2018],
            "operations_count": [10.0] * 6,  # totals of calls must not be used beside rows
            "smes_count": [100.0] * 6,
            "public_amount": [1e9] * 6,
        }
    )
    number = np.arange(size)
    many = max(1, int(size * 0.6))
    operations = pd.DataFrame(
        {
            "operation_id": [f"o{i}" for i in number],
            "call_id": gapped(rng, np.array([f"c{i}" for i in rng.integers(0, 6, size)]), 0.03 * gaps),
            "region": gapped(rng, rng.choice(["ITH5", "ITC4", "FR10", "DE21"], size), 0.05 * gaps),
            "mechanism": gapped(rng, rng.choice(["loan", "advice", "fair"], size), 0.05 * gaps),
            "support_form": rng.choice(["grant", "financial_instrument", "non_financial"], size),
            "beneficiary_id": gapped(
                rng, np.array([f"b{i}" for i in rng.integers(0, many, size)]), 0.1 * gaps
            ),
            "beneficiary_name": gapped(
                rng, np.array([f"Firm {i}" for i in rng.integers(0, many, size)]), 0.3 * gaps
            ),
            **{
                f"{name}_amount": money(rng, size, 0.1 * gaps)
                for name in ("eu", "national_public", "private", "own", "paid", "total_cost")
                + ("eligible_cost", "ineligible_cost")
            },
        }
    )
    pool = max(1, int(size * 0.8))
    counts = np.maximum(rng.integers(-1, 5, size), 1 if size == 1 else 0)
    participations = pd.DataFrame(
        {
            "operation_id": np.repeat(operations["operation_id"], counts),
            "sme_id": [f"e{i}" for i in rng.integers(0, pool, counts.sum())],
        }
    ).drop_duplicates(ignore_index=True)
    rows = len(participations)
    participations = participations.assign(
        public_amount=money(rng, rows, 0.1 * gaps),
        support_form=rng.choice(["grant", "financial_instrument", "non_financial"], rows),
        new_enterprise=pd.array(rng.random(rows) < 0.3, dtype="boolean"),
    )
    enterprises = pd.DataFrame(
        {
            "sme_id": [f"e{i}" for i in range(pool)],
            "size_class": gapped(rng, rng.choice(["micro", "small", "medium"], pool), 0.05 * gaps),
        }
    )
    projects = pd.DataFrame(
        {
            "project_id": [f"p{i}" for i in range(12)],
            "influenced_amount": money(rng, 12, 0.1 * gaps),
            "budget_amount": money(rng, 12, 0.0),
        }
    )
    return {
        "schemes": schemes,
        "calls": calls,
        "operations": operations,
        "participations": participations,
        "enterprises": enterprises,
        "projects": projects,
    }


# The same in plain pandas -------------------------------------------------------------------------


def coded(frame: pd.DataFrame, *names: str) -> pd.DataFrame:
    """Numbers for names, which group faster; a missing name stays missing."""
    codes = {name: pd.Series(pd.factorize(frame[name])[0], frame.index) for name in names}
    return frame.assign(**{name: code.where(code >= 0) for name, code in codes.items()})


def known_operations(frames: Frames) -> pd.DataFrame:
    """Operations with what follows from other columns, and with their call and scheme."""
    ops = frames["operations"].merge(frames["calls"][["call_id", "scheme_id", "year"]], how="left")
    ops = ops.merge(frames["schemes"], how="left", on="scheme_id")
    eligible = ops["total_cost_amount"] - ops["ineligible_cost_amount"]
    names = "name " + ops["beneficiary_name"].astype("object")
    ids = ops["beneficiary_id"].fillna(names).fillna("operation " + ops["operation_id"])
    return ops.assign(
        public=ops["eu_amount"] + ops["national_public_amount"],
        eligible=ops["eligible_cost_amount"].fillna(eligible),
        unit=ids,
    )


def known_participations(frames: Frames) -> pd.DataFrame:
    """Participations with their operation, call, scheme and enterprise."""
    ops = known_operations(frames).drop(columns=["support_form"])
    rows = frames["participations"].rename(columns={"public_amount": "sme_public"})
    rows = rows.merge(ops, how="left", on="operation_id", suffixes=("", "_operation"))
    return rows.merge(frames["enterprises"], how="left", on="sme_id")


@dataclass(frozen=True, kw_only=True)
class Plain:
    """One indicator in plain terms: rows, the two sides of a row, and its independent unit.

    ``once`` names a side (y, x) whose value stands once for all rows of a unit; ``distinct``
    maps a side to the column of which it counts the different values.
    """

    rows: pd.DataFrame
    unit: str
    y: pd.Series | None = None
    x: pd.Series | None = None
    distinct: dict[str, str] | None = None
    once: tuple[str, ...] = ()
    counts: pd.Series | None = None  # rows that the filter lets through

    def sides(self) -> list[str]:
        counted = self.distinct or {}
        given = [("y", self.y), ("x", self.x)]
        return [side for side, values in given if values is not None or side in counted]


def money_per_money(rows: pd.DataFrame, y: pd.Series, x: pd.Series) -> Plain:
    return Plain(rows=rows, unit="unit", y=y, x=x)


def plain_indicators(frames: Frames) -> dict[str, Callable[[], Plain]]:
    ops = coded(known_operations(frames), "unit", "operation_id", "beneficiary_id")
    par = coded(known_participations(frames), "operation_id", "sme_id")
    smes = {"y": "sme_id"}

    def per_beneficiary(y: pd.Series) -> Plain:
        return Plain(rows=ops, unit="unit", y=y, distinct={"x": "beneficiary_id"})

    def total(y: pd.Series, form: str = "") -> Plain:
        counts = ops["support_form"] == form if form else None
        return Plain(rows=ops, unit="unit", y=y, counts=counts)

    def smes_where(counts: pd.Series | None = None) -> Plain:
        return Plain(rows=par, unit="sme_id", distinct=smes, counts=counts)

    def form(name: str) -> Plain:
        return smes_where(par["support_form"] == name)

    new = par["new_enterprise"].fillna(False).astype(bool)
    forms = ("grant", "financial_instrument", "non_financial")
    projects = frames["projects"]
    plain = {
        "private_per_public": lambda: money_per_money(ops, ops["private_amount"], ops["public"]),
        "total_per_public": lambda: money_per_money(
            ops, ops["public"] + ops["private_amount"], ops["public"]
        ),
        "public_share": lambda: money_per_money(
            ops, ops["public"], ops["public"] + ops["private_amount"]
        ),
        "aid_intensity": lambda: money_per_money(ops, ops["public"], ops["eligible"]),
        "own_contribution_per_public": lambda: money_per_money(
            ops, ops["own_amount"], ops["public"]
        ),
        "own_contribution_with_ineligible_per_public": lambda: money_per_money(
            ops, ops["own_amount"] + ops["ineligible_cost_amount"], ops["public"]
        ),
        "public": lambda: total(ops["public"]),
        "private": lambda: total(ops["private_amount"]),
        "public_cost_per_sme": lambda: Plain(
            rows=par, unit="sme_id", y=par["sme_public"], distinct={"x": "sme_id"}
        ),
        "total_cost_per_sme": lambda: Plain(
            rows=par,
            unit="operation_id",
            y=par["total_cost_amount"],
            distinct={"x": "sme_id"},
            once=("y",),
        ),
        "public_cost_per_operation": lambda: Plain(
            rows=ops, unit="unit", y=ops["public"], distinct={"x": "operation_id"}
        ),
        "public_cost_per_beneficiary": lambda: per_beneficiary(ops["public"]),
        "eligible_cost_per_beneficiary": lambda: per_beneficiary(ops["eligible"]),
        "total_cost_per_beneficiary": lambda: per_beneficiary(ops["total_cost_amount"]),
        "smes_per_operation": lambda: Plain(
            rows=par, unit="operation_id", distinct={"y": "sme_id", "x": "operation_id"}
        ),
        "smes_reached": smes_where,
        "operations": lambda: Plain(rows=ops, unit="unit", distinct={"y": "operation_id"}),
        "beneficiaries": lambda: Plain(
            rows=ops, unit="beneficiary_id", distinct={"y": "beneficiary_id"}
        ),
        "absorption": lambda: money_per_money(ops, ops["paid_amount"], ops["public"]),
        "cap_utilisation": lambda: money_per_money(ops, ops["public"], ops["max_grant_amount"]),
        "influence_ratio": lambda: Plain(
            rows=projects,
            unit="project_id",
            y=projects["influenced_amount"],
            x=projects["budget_amount"],
        ),
        "CO01": smes_where,
        "RCO01": smes_where,
        "CO05": lambda: smes_where(new),
        "RCO05": lambda: smes_where(new),
        "CO06": lambda: total(ops["private_amount"], "grant"),
        "CO07": lambda: total(ops["private_amount"], "financial_instrument"),
        "RCR02": lambda: total(ops["private_amount"]),
    }
    for number, name in enumerate(forms, start=2):
        plain[f"CO0{number}"] = plain[f"RCO0{number}"] = lambda name=name: form(name)
    return plain


def used_rows(plain: Plain) -> pd.Series:
    used = pd.Series(True, index=plain.rows.index)
    for side in plain.sides():
        column = (plain.distinct or {}).get(side)
        used &= (plain.rows[column] if column else getattr(plain, side)).notna()
    return used if plain.counts is None else used & plain.counts


def clusters_of(plain: Plain, rows: pd.Index) -> pd.DataFrame:
    """Sides by independent unit, over the rows of one cell."""
    parts = {}
    unit = plain.rows.loc[rows, plain.unit].to_numpy()
    for side in plain.sides():
        column = (plain.distinct or {}).get(side)
        if column:
            # A thing with k rows in the cell stands with 1/k in each of them.
            things = plain.rows.loc[rows, column]
            values = 1 / things.map(things.value_counts())
        else:
            values = getattr(plain, side).loc[rows] * 100
        by_unit = values.groupby(unit)
        parts[side] = by_unit.first() if side in plain.once else by_unit.sum()
        parts[side] = parts[side] / (1 if column else 100)
    return pd.DataFrame(parts)


def plain_ratio(clusters: pd.DataFrame, level: float = 0.95) -> dict[str, float]:
    y, x, n = clusters["y"].to_numpy(), clusters["x"].to_numpy(), len(clusters)
    row = {"numerator": y.sum(), "denominator": x.sum(), "n": n, "value": y.sum() / x.sum()}
    if n < 2:
        return row
    value = row["value"]
    if n >= 10:
        row["se"] = np.sqrt(n * np.var(y - value * x, ddof=1)) / x.sum()
    else:
        without = (y.sum() - y) / (x.sum() - x)
        row["se"] = np.sqrt((n - 1) / n * ((without - value) ** 2).sum())
    t = stats.t.ppf(0.5 + level / 2, n - 1)
    if np.sqrt(n * np.var(x, ddof=1)) / x.sum() > 0.1:
        cov = n * np.cov(y, x)
        a = x.sum() ** 2 - t**2 * cov[1, 1]
        if a <= 0:
            return row
        roots = np.roots([a, -2 * (y.sum() * x.sum() - t**2 * cov[0, 1]), y.sum() ** 2 - t**2 * cov[0, 0]])
        row["lower"], row["upper"] = sorted(roots.real)
    else:
        row["lower"], row["upper"] = value - t * row["se"], value + t * row["se"]
    row["lower"] = max(row["lower"], 0.0)
    return row


def plain_total(clusters: pd.DataFrame, *, is_count: bool, level: float = 0.95) -> dict[str, float]:
    y = clusters["y"].to_numpy()
    total, squares = y.sum(), (y**2).sum()
    largest = max([*y, 1.0] if is_count else y, default=0.0)
    row = {"value": total, "numerator": total, "n": len(y)}
    tail = (1 - level) / 2
    if total > 0:
        wide = (total + largest, squares + largest**2)
        row["se"] = np.sqrt(squares)
        row["lower"] = stats.gamma.ppf(tail, total**2 / squares, scale=squares / total)
        row["upper"] = stats.gamma.ppf(1 - tail, wide[0] ** 2 / wide[1], scale=wide[1] / wide[0])
    elif is_count:
        row |= {"se": 0.0, "lower": 0.0, "upper": -np.log(tail)}
    return row


def expected(plain: Plain, by: Sequence[str]) -> pd.DataFrame:
    """One row a group, missing groups last, with the figures of the plain computation."""
    used = used_rows(plain)
    keys = by[0] if len(by) == 1 else list(by)
    cells = plain.rows.groupby(keys, dropna=False).groups if by else {(): plain.rows.index}
    rows = []
    for key, index in cells.items():
        mine = index[used.loc[index].to_numpy()]
        clusters = clusters_of(plain, mine)
        is_count = "y" in (plain.distinct or {})
        left_out = len(index) - len(mine) if plain.counts is None else int(
            plain.counts.loc[index].sum() - len(mine)
        )
        if "x" in plain.sides():
            figures = plain_ratio(clusters) if len(mine) else {"n": 0}
        else:
            nothing = not len(mine) and left_out
            figures = {"n": 0} if nothing else plain_total(clusters, is_count=is_count)
        names = key if isinstance(key, tuple) else (key,)
        rows.append(dict(zip(by, names, strict=True)) | dict.fromkeys(FIGURES, np.nan) | figures)
    frame = pd.DataFrame(rows)
    return frame.sort_values(list(by), na_position="last", ignore_index=True) if by else frame


def assert_same_figures(table: pd.DataFrame, wanted: pd.DataFrame, by: Sequence[str]) -> None:
    assert len(table) == len(wanted)
    for name in by:
        one, other = (frame[name].astype("object") for frame in (table, wanted))
        assert one.where(one.notna(), None).tolist() == other.where(other.notna(), None).tolist()
    for name in FIGURES:
        np.testing.assert_allclose(
            table[name].to_numpy(float), wanted[name].to_numpy(float), rtol=1e-9, err_msg=name
        )


@pytest.fixture(scope="module", params=SIZES)
def worlds(request: pytest.FixtureRequest) -> tuple[Frames, da.Programme]:
    frames = world(request.param)
    return frames, da.Programme.from_frames(**frames)


@pytest.mark.parametrize("by", GROUPINGS, ids=lambda by: " x ".join(by) or "overall")
def test_every_shipped_indicator_equals_plain_pandas(
    worlds: tuple[Frames, da.Programme], by: tuple[str, ...]
) -> None:
    frames, programme = worlds
    table = da.measure(programme, by=by)
    plain = plain_indicators(frames)
    apart = {"smes_per_staff"}  # has its own test
    on_projects = {"influence_ratio"} if by else set()
    assert set(plain) | apart == set(da.catalogue())
    refused = set(table.not_computable["indicator"])
    assert refused - apart == on_projects
    computed = {make: expected(make(), by) for make in {plain[n] for n in set(plain) - on_projects}}
    for name in set(plain) - on_projects:
        rows = table.frame[table.frame["indicator"] == name]
        assert_same_figures(rows, computed[plain[name]], by)
