"""Bring tables into canonical form: kinds of columns, and columns that follow from others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw

from difass_analysis.engine import Lazy
from difass_analysis.errors import SchemaError
from difass_analysis.schema import Column, Kind, table_of

_TYPES: dict[Kind, Any] = {
    "text": nw.String,
    "id": nw.String,
    "money": nw.Float64,
    "share": nw.Float64,
    "count": nw.Float64,
    "number": nw.Float64,
    "year": nw.Int64,
    "date": nw.Date,
    "flag": nw.Boolean,
}

#: Source types of ``funding`` that are public money of the member state, and private money.
NATIONAL_PUBLIC = ("national_public", "regional_public", "promotional_bank")
PRIVATE = ("private_intermediary", "private_final_recipient")


#: Sums are formed of whole millionths of a unit: exact whatever the order of rows or threads.
MILLIONTHS = 1_000_000.0

#: Columns that stand for a sum of others where they are not given themselves.
PARTS: dict[tuple[str, str], tuple[str, ...]] = {
    ("operations", "public_amount"): ("eu_amount", "national_public_amount"),
}


def conform(lazy: Lazy, table: str) -> Lazy:
    """Give the known columns of a table their canonical kinds; unknown columns stay as they are.

    Raises
    ------
    SchemaError
        When a column that must hold numbers, dates or flags holds text.
    """
    declared = {column.name: column for column in table_of(table).columns}
    given = lazy.collect_schema()
    casts = [
        _cast(declared[name], dtype, table)
        for name, dtype in given.items()
        if name in declared and not isinstance(dtype, _TYPES[declared[name].kind])
    ]
    return lazy.with_columns(*casts) if casts else lazy


def _cast(column: Column, dtype: nw.dtypes.DType, table: str) -> nw.Expr:
    wanted = _TYPES[column.kind]
    if isinstance(dtype, nw.String):
        if column.kind == "date":
            return nw.col(column.name).cast(wanted)
        raise SchemaError(
            f"Table '{table}': column '{column.name}' is text, but {column.kind} is needed.",
            todo="Convert it first, or load the file with a profile that states its marks.",
        )
    if wanted is nw.String and dtype.is_float():
        # A key column with gaps arrives from pandas as float: 7.0 is the key "7".
        return nw.col(column.name).cast(nw.Int64).cast(wanted)
    return nw.col(column.name).cast(wanted)


def derive(tables: Mapping[str, Lazy]) -> dict[str, Lazy]:
    """Add to ``operations`` and ``participations`` the columns that follow from others.

    ``public_amount`` is the Union's plus the national public amount where it is not given;
    ``eligible_cost_amount`` is total less ineligible cost; ``year`` is the call's, else that of
    the start. Where ``funding`` has rows for an operation, they stand before its own totals; a
    private guarantee is no private money, as it pays for nothing.
    """
    result = dict(tables)
    if "operations" in result:
        result["operations"] = _operations(result)
    if {"participations", "operations", "enterprises"} <= set(result):
        result["participations"] = _with_age(result)
    return result


def _with_age(tables: Mapping[str, Lazy]) -> Lazy:
    """Say of each participation whether the enterprise is new in the sense of CO05 and RCO05."""
    lazy = tables["participations"]
    has_founded = "founded_date" in tables["enterprises"].collect_schema().names()
    has_start = "start_date" in tables["operations"].collect_schema().names()
    if "new_enterprise" in lazy.collect_schema().names() or not (has_founded and has_start):
        return lazy
    founded = tables["enterprises"].select("sme_id", "founded_date")
    started = tables["operations"].select("operation_id", _start=nw.col("start_date"))
    joined = lazy.join(founded, on="sme_id", how="left").join(
        started, on="operation_id", how="left"
    )
    young = nw.col("founded_date").dt.offset_by("3y") > nw.col("_start")
    return joined.with_columns(new_enterprise=young).drop("founded_date", "_start")


def _operations(tables: Mapping[str, Lazy]) -> Lazy:
    lazy = tables["operations"]
    if "funding" in tables:
        lazy = _with_funding(lazy, tables["funding"])
    lazy = _filled(lazy, "public_amount", _sum_of(lazy, "eu_amount", "national_public_amount"))
    lazy = _filled(
        lazy,
        "eligible_cost_amount",
        _difference_of(lazy, "total_cost_amount", "ineligible_cost_amount"),
    )
    return _with_year(lazy, tables.get("calls"))


def _sum_of(lazy: Lazy, first: str, second: str) -> nw.Expr | None:
    names = lazy.collect_schema().names()
    return nw.col(first) + nw.col(second) if {first, second} <= set(names) else None


def _difference_of(lazy: Lazy, first: str, second: str) -> nw.Expr | None:
    names = lazy.collect_schema().names()
    return nw.col(first) - nw.col(second) if {first, second} <= set(names) else None


def _filled(lazy: Lazy, name: str, value: nw.Expr | None) -> Lazy:
    if value is None:
        return lazy
    if name in lazy.collect_schema().names():
        return lazy.with_columns(nw.coalesce(nw.col(name), value).alias(name))
    return lazy.with_columns(value.alias(name))


def _with_year(lazy: Lazy, calls: Lazy | None) -> Lazy:
    names = lazy.collect_schema().names()
    if calls is not None and "call_id" in names and "year" in calls.collect_schema().names():
        years = calls.select("call_id", nw.col("year").alias("_call_year"))
        lazy = _filled(lazy.join(years, on="call_id", how="left"), "year", nw.col("_call_year"))
        lazy = lazy.drop("_call_year")
    if "start_date" in names:
        lazy = _filled(lazy, "year", nw.col("start_date").dt.year().cast(nw.Int64))
    return lazy


def _with_funding(lazy: Lazy, funding: Lazy) -> Lazy:
    """Put the sums of an operation's funding rows before the totals that it states itself."""
    source, amount = nw.col("source_type"), nw.col("committed_amount")
    private = source.is_in(PRIVATE)
    if "instrument" in funding.collect_schema().names():
        # It backs loans of others; a public one is public money set aside.
        private = private & ~(nw.col("instrument") == "guarantee").fill_null(False)
    groups = {
        "eu_amount": source == "eu",
        "national_public_amount": source.is_in(NATIONAL_PUBLIC),
        "private_amount": private,
    }
    # Added as whole millionths, so that no sum depends on the order of rows.
    whole = (amount * MILLIONTHS).round(0).cast(nw.Int64)
    marked = funding.with_columns(
        **{f"_{name}": nw.when(mask).then(whole).otherwise(0) for name, mask in groups.items()},
        _missing=amount.is_null(),
    )
    sums = marked.group_by("operation_id").agg(
        *(nw.col(f"_{name}").sum() for name in groups), nw.col("_missing").max()
    )
    sums = sums.with_columns(
        **{f"_{name}": nw.col(f"_{name}").cast(nw.Float64) / MILLIONTHS for name in groups}
    )
    lazy = lazy.join(sums, on="operation_id", how="left")
    known = ~nw.col("_missing")
    own = set(lazy.collect_schema().names())
    for name in groups:
        summed = nw.when(known).then(nw.col(f"_{name}"))
        value = nw.coalesce(summed, nw.col(name)) if name in own else summed
        lazy = lazy.with_columns(value.alias(name))
    if "public_amount" in own:
        both = nw.when(known).then(nw.col("_eu_amount") + nw.col("_national_public_amount"))
        lazy = lazy.with_columns(public_amount=nw.coalesce(both, nw.col("public_amount")))
    return lazy.drop(*(f"_{name}" for name in groups), "_missing")
