"""Convert the rows of a table in the engine, and count what finds no rate."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import narwhals as nw
import pandas as pd

from difass_analysis.engine import Lazy
from difass_analysis.errors import UsageError
from difass_analysis.money.dates import Dating, period_expr
from difass_analysis.money.factors import Factor, Rule
from difass_analysis.money.reference_rates import Basis
from difass_analysis.programme.lookup import Lookup, Place, alias
from difass_analysis.schema import TABLES

CURRENCY_COLUMN, COUNTRY_COLUMN = "currency", "country_code"

#: The source does not say what this is, nor in which currency.
UNLABELLED = "unlabelled_amount"

_KEYS = ["_currency", "_country", "_period"]
_HELPERS = [*_KEYS, "_down", "_up", "_has"]


@dataclass(frozen=True, kw_only=True)
class TablePlan:
    """The money of one table, and where its currency, country and date stand."""

    table: str
    money: tuple[str, ...]
    dating: Dating
    currency: Place | str
    country: Place | str

    def dated_by(self) -> str:
        """Say by which date the table's amounts are converted."""
        if self.dating is None:
            return f"{self.table} not at all, as asked"
        if isinstance(self.dating, int):
            return f"{self.table} all as of {self.dating}, as stated by the caller"
        table, column = self.dating
        return f"{self.table} by {column if table == self.table else f'{table}.{column}'}"


@dataclass(frozen=True, eq=False, kw_only=True)
class Converted:
    """A table after conversion, and how many of its rows with amounts were left out, and why."""

    plan: TablePlan
    lazy: Lazy
    rows: int
    left_out: dict[str, int]
    examples: tuple[str, ...]
    said: dict[str, int]
    sources: tuple[str, ...]


def money_columns(lookup: Lookup) -> dict[str, tuple[str, ...]]:
    """Columns that hold money, by table, where any amount is known; unknown meanings left out."""
    found: dict[str, tuple[str, ...]] = {}
    for name, lazy in lookup.programme.tables.items():
        given = lazy.collect_schema()
        declared = {column.name: column.kind for column in TABLES[name].columns}
        money = tuple(
            column
            for column, dtype in given.items()
            if column != UNLABELLED
            and dtype.is_numeric()
            and (declared.get(column) == "money" or _is_own_money(column, declared))
        )
        lookup.count_known([(name, column) for column in money])
        if any(lookup.known((name, column)) for column in money):
            found[name] = money
    return found


def _is_own_money(column: str, declared: Mapping[str, str]) -> bool:
    """Whether a column that the schema does not know is named as money."""
    return column not in declared and column.endswith("_amount")


def currency_place(lookup: Lookup, table: str) -> Place | None:
    """Column that gives each row's currency, in the table or one that it refers to.

    Raises
    ------
    UsageError
        When a currency column has another name, so that it is not clear whose it is.
    """
    other = [
        name
        for name in lookup.columns(table)
        if "currency" in name.lower() and name != CURRENCY_COLUMN
    ]
    if other:
        raise UsageError(
            f"Table '{table}' has the column {other[0]}: it is not clear which amounts it is of.",
            todo=f"Name it {CURRENCY_COLUMN} if it holds for all amounts of a row, or drop it.",
        )
    return lookup.find(table, CURRENCY_COLUMN)


def convert_rows(
    plan: TablePlan, *, lookup: Lookup, rule: Rule, basis: Basis, to: str
) -> Converted:
    """Divide and multiply every amount of a table by the factor of its currency and period."""
    engine = lookup.programme.engine
    keyed = _keyed(plan, lookup, basis)
    counted = keyed.group_by(*_KEYS).agg(_rows=nw.col("_has").sum())
    cells = engine.collect(counted)
    cells["_rows"] = cells["_rows"].fillna(0).astype("int64")
    factors = [_factor(row, plan, rule) for row in cells[_KEYS].to_dict("records")]
    left_out: dict[str, int] = {}
    said: dict[str, int] = {}
    for factor, count in zip(factors, cells["_rows"], strict=True):
        if factor.why and count:
            left_out[factor.why] = left_out.get(factor.why, 0) + int(count)
        for text in factor.said if count else ():
            said[text] = said.get(text, 0) + int(count)
    table = cells[_KEYS].assign(_down=[f.down for f in factors], _up=[f.up for f in factors])
    table = table[~table[_KEYS].isna().any(axis=1) & table["_down"].notna()].astype(
        {"_currency": "str", "_country": "str", "_period": "int64", "_down": float, "_up": float}
    )
    joined = keyed.join(engine.frame(table), on=_KEYS, how="left")
    values = [(nw.col(c) / nw.col("_down") * nw.col("_up")).alias(c) for c in plan.money]
    if plan.currency == (plan.table, CURRENCY_COLUMN):
        values.append(nw.lit(to).alias(CURRENCY_COLUMN))
    return Converted(
        plan=plan,
        lazy=engine.materialise(joined.with_columns(*values).drop(*_HELPERS)),
        rows=int(cells["_rows"].sum()),
        left_out=dict(sorted(left_out.items(), key=lambda item: (-item[1], item[0]))),
        examples=_examples(joined, plan, lookup) if left_out else (),
        said=said,
        sources=tuple(dict.fromkeys(text for factor in factors for text in factor.sources)),
    )


def _factor(row: Mapping[Hashable, object], plan: TablePlan, rule: Rule) -> Factor:
    currency, country, period = (row[key] for key in _KEYS)
    if plan.dating is None:
        return _no_factor("left out as asked")
    if _absent(currency) or currency == "":
        return _no_factor("no currency")
    if _absent(period):
        column = plan.dating[1] if isinstance(plan.dating, tuple) else "date"
        return _no_factor(f"no {column}")
    year = int(str(period))
    if not 1900 <= (year if year < 10_000 else year // 100) <= 2100:
        return _no_factor(f"{period} is no year from 1900 to 2100")
    code = "" if _absent(country) else str(country)
    return rule.factor(str(currency), code, year)


def _absent(value: object) -> bool:
    return bool(pd.isna(value))  # type: ignore[call-overload]


def _no_factor(why: str) -> Factor:
    return Factor(down=float("nan"), up=float("nan"), why=why)


def _keyed(plan: TablePlan, lookup: Lookup, basis: Basis) -> Lazy:
    """Rows with their currency, country and period, and whether they hold any amount."""
    lazy = lookup.programme.tables[plan.table]
    lazy = _with(lazy, plan.table, lookup, "_currency", plan.currency)
    lazy = _with(lazy, plan.table, lookup, "_country", plan.country)
    if isinstance(plan.dating, tuple):
        lazy = _with(lazy, plan.table, lookup, "_period", plan.dating)
        kind = lazy.collect_schema()["_period"]
        lazy = lazy.with_columns(period_expr("_period", kind, basis).alias("_period"))
    else:
        lazy = lazy.with_columns(nw.lit(plan.dating or 0).cast(nw.Int64).alias("_period"))
    known = [(~nw.col(name).is_null()).cast(nw.Int64) for name in plan.money]
    return lazy.with_columns(
        *(
            nw.col(name).cast(nw.String).str.strip_chars().str.to_uppercase().alias(name)
            for name in ("_currency", "_country")
        ),
        nw.max_horizontal(*known).alias("_has"),
    )


def _with(lazy: Lazy, table: str, lookup: Lookup, name: str, source: Place | str) -> Lazy:
    """Attach a constant, a column of the table, or one of a table that it refers to."""
    if isinstance(source, str):
        return lazy.with_columns(nw.lit(source).alias(name))
    if source[0] == table:
        return lazy.with_columns(nw.col(source[1]).alias(name))
    steps = lookup.path(table, source[0]) or []
    parent, key = steps[0]
    # Asked for from below as well, because only then a repeated key of the parent is refused.
    lookup.rows(table, [source])
    beside = lookup.rows(parent, [(parent, key), source])
    beside = beside.select(
        nw.col(alias((parent, key))).alias(key), nw.col(alias(source)).alias(name)
    )
    return lazy.join(beside, on=key, how="left")


def _examples(joined: Lazy, plan: TablePlan, lookup: Lookup) -> tuple[str, ...]:
    """Keys of up to three rows whose amounts are left out."""
    keys = [key for key in TABLES[plan.table].key if key in lookup.columns(plan.table)]
    if not keys:
        return ()
    missing = joined.filter(nw.col("_down").is_null() & (nw.col("_has") > 0))
    found = lookup.programme.engine.collect(missing.select(*keys).sort(*keys).head(3))
    return tuple(_joined(row) for row in found.itertuples(index=False))


def _joined(parts: Sequence[object]) -> str:
    return " ".join(str(part) for part in parts)
