"""Where a column stands: tables refer to tables, and a row can be looked up along the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import narwhals as nw

from difass_analysis.engine import Lazy
from difass_analysis.errors import InputError, UsageError, one_of
from difass_analysis.programme.model import FILE_COLUMN, LINE_COLUMN, Programme
from difass_analysis.schema import TABLES

Place = tuple[str, str]

# Keys found to be unique, so that a programme that is measured often is looked at once.
_UNIQUE: WeakKeyDictionary[Programme, set[Place]] = WeakKeyDictionary()

# Kinds of columns whose values name groups, and texts that name single rows or tell of them.
_GROUPING = {"text", "year", "flag"}
_FREE_TEXT = {
    "acronym",
    "beneficiary_name",
    "beneficiary_url",
    "coordinates",
    "name",
    "note",
    "source_note",
    "summary",
    "title",
    "url",
}


def alias(place: Place) -> str:
    """Name that a looked-up column bears while it is measured."""
    return f"{place[0]}__{place[1]}"


@dataclass(frozen=True, eq=False)
class Lookup:
    """Finds columns of a programme, and attaches them to the rows of a table."""

    programme: Programme
    _columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _known: dict[Place, int] = field(default_factory=dict)
    _rows: dict[str, int] = field(default_factory=dict)

    def columns(self, table: str) -> tuple[str, ...]:
        """Names of the columns that a table really has; empty when the table is missing."""
        if table not in self._columns:
            lazy = self.programme.tables.get(table)
            names = lazy.collect_schema().names() if lazy is not None else []
            hidden = (FILE_COLUMN, LINE_COLUMN)
            self._columns[table] = tuple(name for name in names if name not in hidden)
        return self._columns[table]

    def parents(self, table: str) -> list[tuple[str, str]]:
        """Tables that a row of this table refers to, with the key that leads there."""
        return [
            (column.references, column.name)
            for column in TABLES[table].columns
            if column.references
            and column.name in self.columns(table)
            and column.name in self.columns(column.references)
        ]

    def path(self, start: str, goal: str) -> list[tuple[str, str]] | None:
        """Steps (table, key) that lead from rows of one table to rows of another."""
        waiting: list[tuple[str, list[tuple[str, str]]]] = [(start, [])]
        seen = {start}
        while waiting:
            table, steps = waiting.pop(0)
            if table == goal:
                return steps
            for parent, key in self.parents(table):
                if parent not in seen:
                    seen.add(parent)
                    waiting.append((parent, [*steps, (parent, key)]))
        return None

    def find(self, start: str, column: str) -> Place | None:
        """Nearest table, from the given one upwards, that has the column."""
        waiting, seen = [start], {start}
        while waiting:
            table = waiting.pop(0)
            if column in self.columns(table):
                return table, column
            for parent, _ in self.parents(table):
                if parent not in seen:
                    seen.add(parent)
                    waiting.append(parent)
        return None

    def count_known(self, places: Iterable[Place]) -> None:
        """Count the filled cells of columns, all columns of a table in one query."""
        wanted: dict[str, list[str]] = {}
        for table, column in dict.fromkeys(places):
            if column in self.columns(table) and (table, column) not in self._known:
                wanted.setdefault(table, []).append(column)
        for table, names in wanted.items():
            counts = self.programme.tables[table].select(
                *(nw.col(name).count().alias(name) for name in names), _rows=nw.len()
            )
            row = self.programme.engine.collect(counts).iloc[0]
            self._rows[table] = int(row["_rows"])
            self._known.update({(table, name): int(row[name]) for name in names})

    def known(self, place: Place) -> int:
        """Number of filled cells of a column; 0 when it does not exist."""
        self.count_known([place])
        return self._known.get(place, 0)

    def complete(self, place: Place) -> bool:
        """Whether no cell of the column is missing."""
        return self.known(place) == self._rows.get(place[0], -1)

    def rows(self, base: str, places: Iterable[Place]) -> Lazy:
        """Rows of a table with the looked-up columns attached under their alias.

        Raises
        ------
        InputError
            When a table that is looked up has a key twice: rows would be multiplied.
        """
        return self._reach(base, set(places))

    def _reach(self, table: str, places: set[Place]) -> Lazy:
        lazy = self.programme.tables[table]
        own = {place for place in places if place[0] == table}
        by_parent: dict[tuple[str, str], set[Place]] = {}
        for place in places - own:
            steps = self.path(table, place[0])
            if steps is None:
                raise UsageError(f"{place[0]}.{place[1]} cannot be looked up from {table}.")
            by_parent.setdefault(steps[0], set()).add(place)
        keys = [key for _, key in by_parent]
        aliased = [nw.col(column).alias(alias((name, column))) for name, column in sorted(own)]
        lazy = lazy.select(*dict.fromkeys(keys), *aliased)
        for (parent, key), wanted in by_parent.items():
            self._refuse_repeated(parent, key)
            upper = self._reach(parent, wanted | {(parent, key)})
            # A copy, not a new name: the key itself may be one of the columns looked up.
            upper = upper.with_columns(nw.col(alias((parent, key))).alias(key))
            lazy = lazy.join(upper, on=key, how="left")
        kept = [alias(place) for place in sorted(places)]
        return lazy.select(*kept)

    def _refuse_repeated(self, table: str, key: str) -> None:
        unique = _UNIQUE.setdefault(self.programme, set())
        if self.programme.checked or (table, key) in unique:
            return
        counts = self.programme.tables[table].group_by(key).agg(_n=nw.len())
        repeated = counts.filter((nw.col("_n") > 1) & ~nw.col(key).is_null()).head(3)
        found = self.programme.engine.collect(repeated)
        if len(found):
            shown = ", ".join(map(str, found[key]))
            raise InputError(
                f"Table '{table}' has the key {key} more than once: {shown}.",
                todo="Keep one row for each key; da.check lists all of them.",
            )
        unique.add((table, key))


def group_places(lookup: Lookup, base: str, by: Iterable[str]) -> dict[str, Place] | str:
    """Find each group column from the base table, or say which one is out of reach."""
    result: dict[str, Place] = {}
    for name in by:
        place = lookup.find(base, name)
        if place is None:
            return f"the column '{name}' is not known for {base}"
        result[name] = place
    return result


def comparable(lookup: Lookup, bases: Iterable[str]) -> list[str]:
    """List the columns by which rows of these tables can be told apart into groups.

    They hold at least two values, and are neither free text, nor names of single rows, nor
    amounts.
    """
    found: dict[str, None] = {}
    for base in bases:
        places = _grouping_places(lookup, base)
        if places:
            rows = lookup.rows(base, places)
            counts = rows.select(*(nw.col(alias(place)).n_unique() for place in places))
            row = lookup.programme.engine.collect(counts).iloc[0]
            found |= {place[1]: None for place in places if row[alias(place)] > 1}
    return list(found)


def _grouping_places(lookup: Lookup, base: str) -> list[Place]:
    """Columns within reach of a table that are of a kind to group by."""
    return [
        (table, column.name)
        for table in TABLES
        if table in lookup.programme.tables and lookup.path(base, table) is not None
        for column in TABLES[table].columns
        if column.kind in _GROUPING and not column.personal and column.name not in _FREE_TEXT
        if column.name in lookup.columns(table)
    ]


def refuse_unknown_groups(lookup: Lookup, by: Iterable[str], *, bases: Iterable[str] = ()) -> None:
    """Raise ``UsageError`` for a group column that no table of the programme has.

    With ``bases``, the tables whose rows are grouped, only columns are offered by which these
    rows can be told apart.
    """
    bases = list(bases)
    held: Mapping[str, None] = {
        column: None for table in lookup.programme.tables for column in lookup.columns(table)
    }
    for name in by:
        if name not in held:
            near = [place[1] for base in bases for place in _grouping_places(lookup, base)]
            error = one_of("column", name, list(dict.fromkeys(near)))
            if error.todo.startswith("Did you mean"):
                raise error
            raise one_of("column", name, comparable(lookup, bases) or list(held))
