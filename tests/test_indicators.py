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
PUBLISHED = [
    "value",
    "lower",
    "upper",
    "se",
    "n",
    "numerator",
    "denominator",
    "unit",
    "method",
    "note",
]
SIZES = (1, 20, 100_000)
GROUPINGS = ((), ("region",), ("region", "year", "mechanism"))
AMOUNTS = (
    *("eu", "national_public", "private", "own", "paid"),
    *("total_cost", "eligible_cost", "ineligible_cost"),
)

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
            "call_id": gapped(
                rng, np.array([f"c{i}" for i in rng.integers(0, 6, size)]), 0.03 * gaps
            ),
            "region": gapped(rng, rng.choice(["ITH5", "ITC4", "FR10", "DE21"], size), 0.05 * gaps),
            "mechanism": gapped(rng, rng.choice(["loan", "advice", "fair"], size), 0.05 * gaps),
            "support_form": rng.choice(["grant", "financial_instrument", "non_financial"], size),
            "beneficiary_id": gapped(
                rng, np.array([f"b{i}" for i in rng.integers(0, many, size)]), 0.1 * gaps
            ),
            "beneficiary_name": gapped(
                rng, np.array([f"Firm {i}" for i in rng.integers(0, many, size)]), 0.3 * gaps
            ),
            **{f"{name}_amount": money(rng, size, 0.1 * gaps) for name in AMOUNTS},
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


Plains = dict[str, Callable[[], Plain]]


def plain_indicators(frames: Frames) -> Plains:
    ops = coded(known_operations(frames), "unit", "operation_id", "beneficiary_id")
    par = coded(known_participations(frames), "operation_id", "sme_id")
    smes = {"y": "sme_id"}

    def per_beneficiary(y: pd.Series) -> Plain:
        return Plain(rows=ops, unit="unit", y=y, distinct={"x": "beneficiary_id"})

    def per_operation(y: pd.Series) -> Plain:
        return Plain(rows=ops, unit="unit", y=y, distinct={"x": "operation_id"})

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
        "eu_cost_per_sme": lambda: Plain(
            rows=par, unit="operation_id", y=par["eu_amount"], distinct={"x": "sme_id"}, once=("y",)
        ),
        "public_cost_per_operation": lambda: per_operation(ops["public"]),
        "total_cost_per_operation": lambda: per_operation(ops["total_cost_amount"]),
        "eu_cost_per_operation": lambda: per_operation(ops["eu_amount"]),
        "eu_cost_per_beneficiary": lambda: per_beneficiary(ops["eu_amount"]),
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
        roots = np.roots(
            [a, -2 * (y.sum() * x.sum() - t**2 * cov[0, 1]), y.sum() ** 2 - t**2 * cov[0, 0]]
        )
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
        left_out = (
            len(index) - len(mine)
            if plain.counts is None
            else int(plain.counts.loc[index].sum() - len(mine))
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
def worlds(request: pytest.FixtureRequest) -> tuple[Plains, da.Programme]:
    """What pandas makes of a world, prepared once for all groups, and the programme."""
    frames = world(request.param)
    return plain_indicators(frames), da.Programme.from_frames(**frames)


@pytest.mark.parametrize("by", GROUPINGS, ids=lambda by: " x ".join(by) or "overall")
def test_every_shipped_indicator_equals_plain_pandas(
    worlds: tuple[Plains, da.Programme], by: tuple[str, ...]
) -> None:
    plain, programme = worlds
    table = da.measure(programme, by=by)
    apart = {"smes_per_staff"}  # has its own test
    on_projects = {"influence_ratio"} if by else set()
    assert set(plain) | apart == set(da.catalogue())
    refused = set(table.not_computable["indicator"])
    assert refused - apart == on_projects
    computed = {make: expected(make(), by) for make in {plain[n] for n in set(plain) - on_projects}}
    for name in set(plain) - on_projects:
        rows = table.frame[table.frame["indicator"] == name]
        assert_same_figures(rows, computed[plain[name]], by)


def only(programme: da.Programme, *names: str, **options: object) -> pd.DataFrame:
    return da.measure(programme, indicators=list(names), **options).frame  # type: ignore[arg-type]


def test_amounts_that_are_not_rounded_to_cents() -> None:
    frames = world(20, seed=3)
    rng = np.random.default_rng(4)
    for table in ("operations", "participations"):
        columns = [name for name in frames[table] if name.endswith("_amount")]
        factors = rng.random((len(frames[table]), len(columns)))
        frames[table][columns] = frames[table][columns] * factors
    table = da.measure(da.Programme.from_frames(**frames), by=["region"]).frame
    for name, make in plain_indicators(frames).items():
        if name != "influence_ratio":
            wanted = expected(make(), ["region"])
            assert_same_figures(table[table["indicator"] == name], wanted, ["region"])


def test_group_of_the_enterprise_divides_what_belongs_to_the_enterprise_only() -> None:
    frames = world(300, seed=6)
    table = da.measure(da.Programme.from_frames(**frames), by=["size_class"])
    plain = plain_indicators(frames)
    for name in ("RCO01", "RCO02", "CO05", "public_cost_per_sme", "smes_per_operation"):
        wanted = expected(plain[name](), ["size_class"])
        rows = table.frame[table.frame["indicator"] == name]
        assert wanted["size_class"].isna().sum() == 1  # enterprises of unknown size are kept
        assert_same_figures(rows, wanted, ["size_class"])
    reasons = table.not_computable.set_index("indicator")["reason"]
    par = known_participations(frames)
    of_smes = expected(Plain(rows=par, unit="sme_id", y=par["sme_public"]), ["size_class"])
    found = table.frame[table.frame["indicator"] == "public"]
    assert_same_figures(found, of_smes, ["size_class"])
    for name in ("private_per_public", "private", "total_cost_per_sme", "cap_utilisation"):
        assert "size_class" in reasons[name], name
    assert (
        "amounts of operations cannot be divided by 'size_class'" in reasons["total_cost_per_sme"]
    )


def test_cost_per_sme_from_the_amounts_of_operations() -> None:
    frames = world(500, seed=7)
    par = coded(known_participations(frames), "operation_id", "sme_id")
    frames["participations"] = frames["participations"].drop(columns="public_amount")
    plain = Plain(
        rows=par, unit="operation_id", y=par["public"], distinct={"x": "sme_id"}, once=("y",)
    )
    programme = da.Programme.from_frames(**frames)
    for by in GROUPINGS:
        found = only(programme, "public_cost_per_sme", by=by)
        assert_same_figures(found, expected(plain, by), by)


def test_several_smes_in_an_operation_and_one_sme_in_several_operations() -> None:
    programme = da.Programme.from_frames(
        operations=frame_of(
            """
            | operation_id | region | beneficiary_id | public_amount |
            | ------------ | ------ | -------------- | ------------- |
            | o1           | ITH5   | chamber        | 100           |
            | o2           | ITH5   | chamber        | 50            |
            | o3           | ITC4   | club           | 60            |
            | o4           |        | club           | 70            |
            | o5           | ITC4   | club           | 900           |
            """
        ),
        participations=frame_of(
            """
            | operation_id | sme_id |
            | ------------ | ------ |
            | o1           | A      |
            | o1           | B      |
            | o2           | A      |
            | o3           | A      |
            | o3           | C      |
            | o4           | D      |
            """
        ),
    )
    names = ("smes_reached", "public_cost_per_sme", "smes_per_operation", "beneficiaries")
    assert_shows(
        only(programme, *names),
        """
        | indicator           | value  | n | numerator | denominator |
        | ------------------- | ------ | - | --------- | ----------- |
        | smes_reached        | 4      | 4 | 4         |             |
        | public_cost_per_sme | 70     | 4 | 280       | 4           |
        | smes_per_operation  | 1      | 4 | 4         | 4           |
        | beneficiaries       | 2      | 2 | 2         |             |
        """,
    )
    assert_shows(
        only(programme, *names, by=["region"]),
        """
        | indicator           | region | value | numerator | denominator |
        | ------------------- | ------ | ----- | --------- | ----------- |
        | smes_reached        | ITC4   | 2     | 2         |             |
        | smes_reached        | ITH5   | 2     | 2         |             |
        | smes_reached        |        | 1     | 1         |             |
        | public_cost_per_sme | ITC4   | 30    | 60        | 2           |
        | public_cost_per_sme | ITH5   | 75    | 150       | 2           |
        | public_cost_per_sme |        | 70    | 70        | 1           |
        | smes_per_operation  | ITC4   | 2     | 2         | 1           |
        | smes_per_operation  | ITH5   | 1     | 2         | 2           |
        | smes_per_operation  |        | 1     | 1         | 1           |
        | beneficiaries       | ITC4   | 1     | 1         |             |
        | beneficiaries       | ITH5   | 1     | 1         |             |
        | beneficiaries       |        | 1     | 1         |             |
        """,
    )


def test_staff_of_a_year_are_counted_once_however_many_smes_took_part() -> None:
    frames = world(1000, seed=8, gaps=0)
    found = only(da.Programme.from_frames(**frames), "smes_per_staff").iloc[0]
    smes = frames["participations"]["sme_id"].nunique()
    staff = frames["calls"].merge(frames["schemes"]).drop_duplicates(["scheme_id", "year"])
    assert found["numerator"] == smes
    assert found["denominator"] == staff["staff_count"].sum() == 2 * 3 + 3 * 7
    assert found["value"] == pytest.approx(smes / 27, rel=1e-12)


@pytest.mark.parametrize("size", SIZES)
def test_totals_of_calls(size: int) -> None:
    """Where only calls are known, their totals are divided; without facts they cluster by call."""
    rng = np.random.default_rng(size)
    calls = pd.DataFrame(
        {
            "call_id": [f"c{i}" for i in range(size)],
            "scheme_id": rng.choice(["s0", "s1"], size),
            "year": rng.choice([2016, 2017, 2018], size),
            "operations_count": rng.integers(1, 40, size).astype(float),
            "smes_count": rng.integers(1, 400, size).astype(float),
            "public_amount": money(rng, size, 0.1 if size > 1 else 0),
            "private_amount": money(rng, size, 0.1 if size > 1 else 0),
        }
    )
    schemes = world(1)["schemes"]
    programme = da.Programme.from_frames(calls=calls, schemes=schemes)
    rows = calls.merge(schemes, on="scheme_id")
    most = rows["operations_count"] * rows["max_grant_amount"]
    plain = {
        "private_per_public": (rows["private_amount"], rows["public_amount"]),
        "total_per_public": (rows["public_amount"] + rows["private_amount"], rows["public_amount"]),
        "public_cost_per_operation": (rows["public_amount"], rows["operations_count"]),
        "cap_utilisation": (rows["public_amount"], most),
    }
    for by in ((), ("year",)):
        table = da.measure(programme, by=by).frame
        for name, (y, x) in plain.items():
            wanted = expected(Plain(rows=rows, unit="call_id", y=y, x=x), by)
            assert_same_figures(table[table["indicator"] == name], wanted, by)
        cells = rows.groupby(list(by)) if by else [((), rows)]
        reached = table[table["indicator"] == "smes_reached"].reset_index(drop=True)
        for row, (_, cell) in zip(reached.itertuples(), cells, strict=True):
            low, high = cell["smes_count"].max(), cell["smes_count"].sum()
            known_exactly = len(cell) == 1
            assert row.numerator == high
            assert np.isnan(row.value) != known_exactly
            if not known_exactly:
                assert (row.lower, row.upper) == (low, high)


# Missing values -----------------------------------------------------------------------------------


def test_rows_left_out_are_counted_and_the_other_reading_is_printed() -> None:
    programme = da.Programme.from_frames(
        operations=frame_of(
            """
            | operation_id | eu_amount | national_public_amount | private_amount |
            | ------------ | --------- | ---------------------- | -------------- |
            | o1           | 100       | 20                     | 60             |
            | o2           | 200       |                        | 30             |
            | o3           | 300       | 50                     |                |
            | o4           |           |                        |                |
            """
        )
    )
    # Known on both sides: o1. With blanks as zero: (60 + 30) / (120 + 200 + 350).
    row = only(programme, "private_per_public").iloc[0]
    assert (row["value"], row["numerator"], row["denominator"]) == (0.5, 60, 120)
    assert "3 of 4 rows left out: private money or public money granted not known" in row["note"]
    assert f"with blanks as zero {90 / 670:.6g}." in row["note"]
    total = only(programme, "public").iloc[0]
    assert (total["value"], total["n"]) == (470, 2)
    assert "2 of 4 rows not in the sum: public money granted not known." in total["note"]


def test_amounts_that_belong_to_a_filter() -> None:
    programme = da.Programme.from_frames(
        operations=frame_of(
            """
            | operation_id | support_form         | private_amount |
            | ------------ | -------------------- | -------------- |
            | o1           | grant                | 10             |
            | o2           | grant                | 20             |
            | o3           | financial_instrument | 400            |
            | o4           |                      | 1000           |
            """
        ),
        participations=frame_of(
            """
            | operation_id | sme_id | new_enterprise |
            | ------------ | ------ | -------------- |
            | o1           | A      | true           |
            | o2           | A      | true           |
            | o3           | A      | true           |
            | o3           | B      | false          |
            | o4           | C      |                |
            """
        ),
    )
    assert_shows(
        only(programme, "CO01", "CO02", "CO03", "CO04", "CO05", "CO06", "CO07", "RCR02"),
        """
        | indicator | value | numerator |
        | --------- | ----- | --------- |
        | CO01      | 3     | 3         |
        | CO02      | 1     | 1         |
        | CO03      | 2     | 2         |
        | CO04      |       |           |
        | CO05      | 1     | 1         |
        | CO06      | 30    | 30        |
        | CO07      | 400   | 400       |
        | RCR02     | 1430  | 1430      |
        """,
    )
    # One enterprise with a grant and a loan counts in both: they may exceed their whole.
    assert_shows(
        only(programme, "CO01", "CO02", "CO07", where={"support_form": ["grant"]}),
        """
        | indicator | value | note                                                         |
        | --------- | ----- | ------------------------------------------------------------ |
        | CO01      | 1     | 1 of 3 rows not counted: SMEs or support_form not known.     |
        | CO02      | 1     | 1 of 3 rows not counted: sme_id or support_form not known.   |
        | CO07      | 0     | No interval: the total is not above zero.                       |
        """,
    )
    for truth in (True, [True], ["true"]):
        assert only(programme, "CO01", where={"new_enterprise": truth})["value"].tolist() == [1]


# Identities ---------------------------------------------------------------------------------------

CENTS = st.one_of(st.none(), st.integers(0, 10**9).map(lambda cents: cents / 100))
ROW = st.tuples(
    st.sampled_from(["ITH5", "ITC4", None]),
    st.sampled_from(["b1", "b2", "b3", "b4", None]),
    CENTS,
    CENTS,
)
TABLES = st.lists(ROW, min_size=2, max_size=25)
FEW = settings(max_examples=10)


def operations_of(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["region", "beneficiary_id", "public", "private"])
    amounts = {f"{name}_amount": frame[name].astype(float) for name in ("public", "private")}
    ids = [f"o{i}" for i in range(len(frame))]
    return frame[["region", "beneficiary_id"]].assign(operation_id=ids, **amounts)


def all_by_region(frame: pd.DataFrame) -> pd.DataFrame:
    names = ["private_per_public", "public", "private", "operations", "beneficiaries"]
    return da.measure(
        da.Programme.from_frames(operations=frame), by=["region"], indicators=names
    ).frame


@FEW
@given(TABLES, st.randoms(use_true_random=False))
def test_order_of_rows_changes_nothing(rows: list[tuple[object, ...]], random: object) -> None:
    order = list(range(len(rows)))
    random.shuffle(order)  # type: ignore[attr-defined]
    frame = operations_of(rows)
    one, other = all_by_region(frame), all_by_region(frame.iloc[order])
    exact = ["indicator", "region", "value", "n", "numerator", "denominator", "method", "note"]
    pd.testing.assert_frame_equal(one[exact], other[exact], check_exact=True)
    # Squares of amounts are added as floats: their last digits may depend on the order.
    pd.testing.assert_frame_equal(one, other, rtol=1e-12)


@FEW
@given(TABLES)
def test_doubling_all_money(rows: list[tuple[object, ...]]) -> None:
    frame = operations_of(rows)
    double = frame.assign(
        public_amount=frame["public_amount"] * 2, private_amount=frame["private_amount"] * 2
    )
    names = ["private_per_public", "public_cost_per_operation", "public", "operations"]
    one, two = (only(da.Programme.from_frames(operations=f), *names) for f in (frame, double))
    for name, factor in zip(names, (1, 2, 2, 1), strict=True):
        wanted = one.loc[one["indicator"] == name, ["value", "se", "lower", "upper"]] * factor
        found = two.loc[two["indicator"] == name, ["value", "se", "lower", "upper"]]
        np.testing.assert_allclose(found.to_numpy(float), wanted.to_numpy(float), rtol=1e-12)


@FEW
@given(TABLES)
def test_three_readings_of_one_ratio(rows: list[tuple[object, ...]]) -> None:
    programme = da.Programme.from_frames(operations=operations_of(rows))
    names = ("private_per_public", "total_per_public", "public_share")
    found = only(programme, *names, by=["region"])
    private, total, share = (
        found.loc[found["indicator"] == name, "value"].to_numpy(float) for name in names
    )
    np.testing.assert_allclose(total, 1 + private, rtol=1e-14)
    with np.errstate(divide="ignore"):
        inverse = 1 / total
    np.testing.assert_allclose(share[~np.isnan(total)], inverse[~np.isnan(total)], rtol=1e-14)


@FEW
@given(TABLES)
def test_groups_add_up_to_the_whole(rows: list[tuple[object, ...]]) -> None:
    frame = operations_of(rows)
    programme = da.Programme.from_frames(operations=frame)
    whole = only(programme, "public", "beneficiaries")
    parts = only(programme, "public", "beneficiaries", by=["region"])
    if "public" in set(whole["indicator"]):
        public = parts.loc[parts["indicator"] == "public", "value"]
        cents = frame["public_amount"].mul(100).round().sum() / 100
        assert public.sum() == pytest.approx(cents, rel=1e-12)
        assert whole.loc[whole["indicator"] == "public", "value"].tolist() == [cents]
    if "beneficiaries" in set(whole["indicator"]):
        counts = parts.loc[parts["indicator"] == "beneficiaries", "value"]
        overall = whole.loc[whole["indicator"] == "beneficiaries", "value"].iloc[0]
        assert overall == frame["beneficiary_id"].nunique()
        assert counts.max() <= overall <= counts.sum()


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_one_table_in_two_files_is_the_same_table(
    tmp_path_factory: pytest.TempPathFactory, ending: str
) -> None:
    frame = world(40, seed=9)["operations"].drop(columns=["call_id"])
    found = []
    for parts in ([frame], [frame.iloc[:13], frame.iloc[13:]]):
        folder = tmp_path_factory.mktemp("programme")
        for number, part in enumerate(parts):
            path = folder / f"part{number}.{ending}"
            part.to_csv(path, index=False) if ending == "csv" else part.to_parquet(path)
        (folder / "programme.toml").write_text(
            'id = "split"\nname = "Split"\ncurrency = "EUR"\n'
            f'[[sources]]\nfile = "part*.{ending}"\ntable = "operations"\n',
            encoding="utf-8",
        )
        programme = da.load(folder)
        assert programme.findings.files["read"].sum() == 40
        found.append(da.measure(programme, by=["region"]).frame)
    pd.testing.assert_frame_equal(found[0], found[1], rtol=1e-12)
    exact = ["indicator", "region", "value", "n", "numerator", "denominator"]
    pd.testing.assert_frame_equal(found[0][exact], found[1][exact], check_exact=True)


# Catalogue ----------------------------------------------------------------------------------------


def test_every_indicator_says_what_it_is_and_who_says_so() -> None:
    for name, one in da.catalogue().items():
        assert name == one.id
        assert len(one.definition.split()) >= 4, name
        assert len(one.source) > 10, name
        assert one.unit and one.label and one.numerator_label, name
        assert bool(one.denominator) == bool(one.denominator_label), name


def test_definitions_travel_with_the_table() -> None:
    table = da.measure(
        da.Programme.from_frames(operations=operations_of([("ITH5", "b", 1.0, 2.0)]))
    )
    shown = table.definitions.set_index("indicator").loc["private_per_public"]
    assert shown["unit"] == "EUR per EUR"
    assert (shown["numerator"], shown["denominator"]) == ("private money", "public money granted")
    assert "ratio of sums" in shown["definition"]


@pytest.mark.parametrize(
    ("system", "computed", "refused"),
    [
        ("CPR_2014", {"CO01"}, {"RCO01"}),
        ("CPR_2021", {"RCO01"}, {"CO01"}),
        ("IE_2014", set(), {"CO01", "RCO01"}),
        ("", {"CO01", "RCO01"}, set()),
    ],
)
def test_codes_of_another_indicator_system_are_not_computed(
    system: str, computed: set[str], refused: set[str]
) -> None:
    given = Settings(id="p", name="P", currency="EUR", indicator_system=system)
    par = pd.DataFrame({"operation_id": ["o1"], "sme_id": ["A"]})
    programme = da.Programme.from_frames(settings=given, participations=par)
    table = da.measure(programme, indicators=["CO01", "RCO01"])
    assert set(table.frame["indicator"]) == computed
    assert set(table.not_computable["indicator"]) == refused
    for reason in table.not_computable["reason"]:
        assert f"the programme reports under {system}" in reason
