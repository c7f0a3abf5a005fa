"""What a column and a table are: the vocabulary in which the schema is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from difass_analysis.errors import one_of

Kind = Literal["text", "id", "money", "share", "count", "number", "date", "year", "flag"]

# A column's name ends in its kind; what ends in none of these is text unless it says otherwise.
_ENDINGS: dict[str, Kind] = {
    "_amount": "money",
    "_share": "share",
    "_count": "count",
    "_days": "number",
    "_fte": "number",
    "_date": "date",
    "_id": "id",
}

#: Kinds whose values are numbers.
NUMERIC: frozenset[Kind] = frozenset({"money", "share", "count", "number", "year"})

# Above nine trillion units of currency an exact sum in millionths no longer fits 64 bits,
# and no support to one operation is that large: it is a misread mark or a wrong unit.
MONEY_LIMIT = 9.0e12

_RANGES: dict[Kind, tuple[float | None, float | None]] = {
    "money": (0.0, MONEY_LIMIT),
    "share": (0.0, 1.0),
    "count": (0.0, None),
    "year": (1900.0, 2100.0),
}


def _kind_of(name: str) -> Kind:
    if name == "year":
        return "year"
    return next((kind for ending, kind in _ENDINGS.items() if name.endswith(ending)), "text")


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a canonical table: its kind, meaning, unit and rules."""

    name: str
    meaning: str
    kind: Kind
    required: bool = False
    references: str = ""
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    personal: bool = False

    @property
    def numeric(self) -> bool:
        """Whether values of this column are numbers."""
        return self.kind in NUMERIC


@dataclass(frozen=True, kw_only=True)
class Table:
    """One canonical table: what a row is, its columns and its key.

    ``apart`` names columns that tell rows of one key apart where they are stated; without them,
    or with the same blank in both, the key alone decides.
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in their published order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return the column of that name, or raise ``UsageError`` with the nearest names."""
        for column in self.columns:
            if column.name == name:
                return column
        raise one_of(f"column of table '{self.name}'", name, list(self.names))


def col(
    name: str,
    meaning: str,
    *,
    kind: Kind | None = None,
    required: bool = False,
    references: str = "",
    values: tuple[str, ...] = (),
    personal: bool = False,
) -> Column:
    """Declare a column; its kind and range come from the ending of its name.

    Examples
    --------
    >>> col("public_amount", "public money granted").kind
    'money'
    >>> col("max_aid_share", "highest share of eligible cost that is paid").maximum
    1.0
    """
    kind = kind or _kind_of(name)
    minimum, maximum = _RANGES.get(kind, (None, None))
    return Column(
        name=name,
        meaning=meaning,
        kind=kind,
        required=required,
        references=references,
        values=values,
        minimum=minimum,
        maximum=maximum,
        personal=personal,
    )


def table(
    name: str,
    row: str,
    *columns: Column,
    key: tuple[str, ...] = (),
    apart: tuple[str, ...] = (),
) -> Table:
    """Declare a table; the columns of its key are required, those of ``apart`` are not."""
    missing = [part for part in (*key, *apart) if part not in {column.name for column in columns}]
    if missing:
        raise ValueError(f"key of table '{name}' names no column: {missing}")
    return Table(name=name, row=row, columns=columns, key=key, apart=apart)
