"""What an indicator is: terms that are summed or counted, and their ratio or total."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

TermKind = Literal["sum", "distinct"]
Direction = Literal["higher", "lower", "none"]


@dataclass(frozen=True, kw_only=True)
class Term:
    """Something that can be added up or counted in one table.

    Attributes
    ----------
    kind : {"sum", "distinct"}
        Add the columns' values, or count the different values of one column.
    table : str
        Table whose rows are gone through.
    columns : tuple of (table, column)
        The columns added in each row; a column of a table that a row refers to is looked up.
    product : bool
        Multiply the columns in each row instead of adding them.
    shared_by : tuple of str
        The value belongs to these columns together and is split evenly over their rows
        (the staff of a scheme in a year, over its calls).
    filter : mapping of column to allowed values
        Rows that count.
    bounded : bool
        A sum of counts in which one unit may stand several times: the number of different
        units lies between the largest count and the sum.
    note : str
        Sentence that goes with every figure made from it.
    """

    kind: TermKind
    table: str
    columns: tuple[tuple[str, str], ...]
    product: bool = False
    shared_by: tuple[str, ...] = ()
    filter: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    bounded: bool = False
    note: str = ""

    def describe(self) -> str:
        """Write the term as a formula of column names."""
        if self.kind == "distinct":
            table, column = self.columns[0]
            text = f"number of different {table}.{column}"
        else:
            names = (f"{table}.{column}" for table, column in self.columns)
            text = f"sum of {(' x ' if self.product else ' + ').join(names)}"
        conditions = [f"{name} in {', '.join(allowed)}" for name, allowed in self.filter.items()]
        return text + (f" where {' and '.join(conditions)}" if conditions else "")


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """A total, or a ratio of two totals, with its definition and source.

    ``numerator`` and ``denominator`` list the ways in which each may be computed, best first;
    an empty denominator makes the indicator a total. ``system`` is the indicator system whose
    code the id is: a programme that reports under another one is not forced into it.
    """

    id: str
    label: str
    definition: str
    unit: str
    direction: Direction
    source: str
    numerator: tuple[Term, ...]
    denominator: tuple[Term, ...] = ()
    numerator_label: str = ""
    denominator_label: str = ""
    cluster: tuple[str, ...] = ()
    system: str = ""
    caveat: str = ""

    @property
    def is_ratio(self) -> bool:
        """Whether the indicator has a denominator."""
        return bool(self.denominator)
