"""Which date of a row says at which rate its amounts are converted."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw

from difass_analysis.errors import UsageError, one_of
from difass_analysis.money.reference_rates import Basis
from difass_analysis.programme.lookup import Lookup, Place

#: By table, the columns that date its amounts; of those with values the fullest is taken.
DATES: dict[str, tuple[str, ...]] = {
    "operations": ("approval_date", "start_date", "year"),
    "schemes": ("start_date",),
    "projects": ("start_date",),
    "action_plans": ("start_date",),
    "loans": ("snapshot_date", "disbursement_date"),
    "repayments": ("payment_date",),
    "instalments": ("due_date",),
    "aid_awards": ("granting_date",),
    # A firm's day of foundation says nothing about its turnover.
    "enterprises": (),
}

#: Tables whose amounts are parts of another table's, and bear its date.
PARTS_OF: dict[str, str] = {
    "funding": "operations",
    "participations": "operations",
    "partners": "projects",
}

#: A place in the tables, a year said for the whole table, or nothing that dates the amounts.
Dating = Place | int | None


def choose_dates(
    lookup: Lookup,
    tables: Mapping[str, tuple[str, ...]],
    *,
    basis: Basis,
    date_column: str | Mapping[str, str] | None,
    year: int | Mapping[str, int | None] | None,
) -> dict[str, Dating]:
    """Choose for each table the column that dates its amounts, or the year said for it.

    Parameters
    ----------
    lookup : Lookup
        The programme's columns.
    tables : mapping of table to its money columns
        Tables whose amounts are converted.
    basis, date_column, year
        As in :func:`difass_analysis.money.convert`.

    Returns
    -------
    dict of table to (table, column), int or None
        None stands for a table whose amounts the caller wants left out.

    Raises
    ------
    UsageError
        When a named table or column does not exist, is no date, both a date and a year are
        given, or a table has nothing that dates its amounts.
    """
    if basis == "month" and year is not None:
        raise UsageError(
            "A year has no months: year and basis = 'month' do not go together.",
            todo="Leave out the year, or convert at yearly averages.",
        )
    columns = date_column if isinstance(date_column, Mapping) else {}
    years = year if isinstance(year, Mapping) else {}
    for name in (*columns, *years):
        if name not in lookup.programme.tables:
            raise one_of("table with amounts", name, list(tables))
    both = set(columns) & set(years) or (date_column is not None and isinstance(year, int))
    if both:
        raise UsageError(
            "Both a date column and a year are given for the same amounts.",
            todo="Give one of the two.",
        )
    found: dict[str, Dating] = {}
    undated = []
    for name in tables:
        if isinstance(year, int) or name in years:
            found[name] = year if isinstance(year, int) else years[name]
            continue
        named = date_column if isinstance(date_column, str) else columns.get(name)
        place = _place(lookup, name, named, strict=name in columns, basis=basis)
        found[name] = place
        undated += [] if place else [name]
    if undated:
        raise _no_date(undated, basis)
    if isinstance(date_column, str) and not any(_is_named(p, date_column) for p in found.values()):
        offered = [column for table in tables for column in lookup.columns(table)]
        raise one_of("column", date_column, list(dict.fromkeys(offered)))
    return found


def _is_named(dating: Dating, column: str) -> bool:
    return isinstance(dating, tuple) and dating[1] == column


def _no_date(tables: list[str], basis: Basis) -> UsageError:
    what = "date" if basis == "month" else "date or year"
    first = tables[0]
    months = basis == "month"
    ways = "" if months else f", the year of all its amounts (year={{'{first}': 2010}})"
    out = "" if months else f", or that they are left out (year={{'{first}': None}})"
    return UsageError(
        f"Nothing says of which {what} the amounts in {', '.join(tables)} are.",
        todo=f"Name a column (date_column={{'{first}': ...}}){ways}{out}.",
    )


def _place(
    lookup: Lookup, table: str, named: str | None, *, strict: bool, basis: Basis
) -> Place | None:
    if named is not None:
        place = lookup.find(table, named)
        if place is not None:
            _refuse_undatable(lookup, place, basis)
            return place
        if strict:
            raise one_of(f"column of {table}", named, list(lookup.columns(table)))
    if table in PARTS_OF and PARTS_OF[table] in {parent for parent, _ in lookup.parents(table)}:
        return _place(lookup, PARTS_OF[table], None, strict=False, basis=basis)
    offered = [
        (table, name) for name in DATES.get(table, ("year",)) if name in lookup.columns(table)
    ]
    if basis == "month":
        offered = [place for place in offered if place[1] != "year"]
    lookup.count_known(offered)
    # The fullest column, the first of equals: max() keeps the earliest.
    best = max(offered, key=lookup.known, default=None)
    return best if best is not None and lookup.known(best) else None


def _refuse_undatable(lookup: Lookup, place: Place, basis: Basis) -> None:
    kind = lookup.programme.tables[place[0]].collect_schema()[place[1]]
    if is_date(kind) or (kind.is_numeric() and basis == "year"):
        return
    month = " with months" if basis == "month" else " or year"
    raise UsageError(
        f"{place[0]}.{place[1]} is no date{month}.",
        todo="Name a column that a profile reads as a date.",
    )


def is_date(kind: nw.dtypes.DType) -> bool:
    """Whether a column's type holds days."""
    return isinstance(kind, (nw.Date, nw.Datetime))


def period_expr(name: str, kind: nw.dtypes.DType, basis: Basis) -> nw.Expr:
    """Period of a date or year column as a whole number."""
    column = nw.col(name)
    if not is_date(kind):
        return column.cast(nw.Int64)
    years = column.dt.year().cast(nw.Int64)
    return years if basis == "year" else years * 100 + column.dt.month().cast(nw.Int64)
