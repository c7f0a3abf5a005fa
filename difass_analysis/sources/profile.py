"""What a profile is: how a file of some origin becomes canonical tables, without any code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from difass_analysis.programme import Blank

#: Blanks of all kinds, also those that ``\\s`` leaves out in the engines' regular expressions.
BLANKS = "\\s\u00a0\u2007\u202f\u3000\ufeff"

FormatName = Literal["auto", "csv", "xlsx", "parquet"]
Others = Literal["missing", "keep"]


@dataclass(frozen=True, kw_only=True)
class FileFormat:
    """How the file is laid out.

    Attributes
    ----------
    format : {"auto", "csv", "xlsx", "parquet"}
        ``auto`` goes by the ending of the file's name; ``csv`` is any delimited text.
    encoding : str
        Encoding of delimited text; UTF-8 may begin with a byte order mark.
    delimiter : str
        One character, or ``auto``: the one of comma, semicolon, tab and bar that splits the
        header line into the most fields.
    quote : str
        Quoting character; empty where quotes are ordinary characters.
    header_row : int
        Line (of a sheet: row) on which the headings stand, from 1.
    skip_foot : int
        Number of records at the end that are no rows, such as a line of totals.
    sheet : str
        Name of the sheet; the first one without it.
    """

    format: FormatName = "auto"
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    header_row: int = 1
    skip_foot: int = 0
    sheet: str = ""


@dataclass(frozen=True, kw_only=True)
class ValueFormat:
    """How numbers, dates, flags and gaps are written.

    Attributes
    ----------
    decimal : str
        Decimal mark.
    thousands : str
        Mark between groups of exactly three digits; empty where there is none.
    dates : tuple of str
        Date formats, tried in this order, of ``%d %m %Y %y %b`` and the marks between them.
    missing : tuple of str
        Words that mean "not known", compared without regard to case.
    true_words, false_words : tuple of str
        Words of flags, compared without regard to case.
    units : tuple of str
        Signs that may stand before or after a number and do not change it, such as a euro sign.
    months : mapping of str to int
        Names of months for ``%b`` besides the English ones.
    blank : {"unknown", "zero"}
        How a blank cell of a column among the parts of a total is read.
    """

    decimal: str = "."
    thousands: str = ""
    dates: tuple[str, ...] = ("%Y-%m-%d",)
    missing: tuple[str, ...] = ()
    true_words: tuple[str, ...] = ("true", "yes", "1")
    false_words: tuple[str, ...] = ("false", "no", "0")
    units: tuple[str, ...] = ()
    months: Mapping[str, int] = field(default_factory=dict)
    blank: Blank = "unknown"


Origin = Literal["from", "sum", "difference", "join", "constant", "line"]


@dataclass(frozen=True, kw_only=True)
class ColumnRule:
    """Where one canonical column comes from.

    Attributes
    ----------
    target : str
        The canonical column.
    origin : {"from", "sum", "difference", "join", "constant", "line"}
        One cell; several cells added; the first less the second; several cells joined as text;
        the same value in every row; a prefix and the number of the line.
    headings : tuple of str
        Headings of the cells, as in the file.
    value : object
        The constant, or the prefix of a line number.
    map : mapping of str to str
        Value by spelling; an empty value means missing. Blanks and case do not matter.
    other : {"missing", "keep"}
        What happens to a cell that the map does not list.
    extract : str
        Regular expression with one group: the part of the cell that counts.
    replace : mapping of str to str
        Literal replacements inside the cell, before everything else.
    fold_blanks : bool
        Whether several blanks inside the cell are read as one.
    scale : float
        Factor of a number, for example 0.01 for percent.
    separator : str
        What stands between joined cells.
    optional : bool
        Whether the file may lack the headings.
    values : ValueFormat
        How the cells are written.
    """

    target: str
    origin: Origin
    values: ValueFormat
    headings: tuple[str, ...] = ()
    value: Any = None
    map: Mapping[str, str] = field(default_factory=dict)
    other: Others = "missing"
    extract: str = ""
    replace: Mapping[str, str] = field(default_factory=dict)
    fold_blanks: bool = False
    scale: float = 1.0
    separator: str = " "
    optional: bool = False


@dataclass(frozen=True, kw_only=True)
class TableMapping:
    """How a file fills one canonical table.

    Attributes
    ----------
    table : str
        The canonical table.
    rules : tuple of ColumnRule
        One for each column; none in a profile whose headings are canonical.
    parts : tuple of tuple of str
        Money columns that add up to the total. Each entry lists alternatives, the first of
        which that is there counts.
    optional_parts : tuple of str
        Parts that may be absent.
    total : str
        The column that the parts add up to.
    distinct : bool
        Whether rows that are equal in all columns of the table are one row of it.
    """

    table: str
    rules: tuple[ColumnRule, ...] = ()
    parts: tuple[tuple[str, ...], ...] = ()
    optional_parts: tuple[str, ...] = ()
    total: str = ""
    distinct: bool = False


@dataclass(frozen=True, kw_only=True)
class Profile:
    """How files of one origin become canonical tables.

    Attributes
    ----------
    id : str
        Key: the name of its file.
    title : str
        What it reads.
    origin : str
        Who publishes such files.
    canonical : bool
        Whether headings are the names of canonical columns; others are then kept as text.
    programme : mapping
        Settings of a programme made of one such file: name, currency, budget and the like.
    file, values : FileFormat, ValueFormat
        How the file and its cells are written.
    tables : tuple of TableMapping
        What is filled.
    """

    id: str
    title: str = ""
    origin: str = ""
    canonical: bool = False
    programme: Mapping[str, Any] = field(default_factory=dict)
    file: FileFormat = field(default_factory=FileFormat)
    values: ValueFormat = field(default_factory=ValueFormat)
    tables: tuple[TableMapping, ...] = ()

    @property
    def published(self) -> bool:
        """Whether the data are public by law."""
        return bool(self.programme.get("published", False))

    @property
    def required_headings(self) -> tuple[str, ...]:
        """Headings that a file of this origin must have, in the order of the profile."""
        names = [
            heading
            for mapping in self.tables
            for rule in mapping.rules
            if not rule.optional
            for heading in rule.headings
        ]
        return tuple(dict.fromkeys(names))


def fold(text: str) -> str:
    """Make spellings comparable: no surrounding blanks, one blank inside, one case.

    Lower case and not case folding, because engines offer only that: a sharp s stays one letter.

    Examples
    --------
    >>> fold("  Sud   EST ")
    'sud est'
    """
    return re.sub(f"[{BLANKS}]+", " ", text).strip(" ").lower()
