"""What a profile is: how a file of some origin becomes canonical tables, without any code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from difass_analysis.programme import Blank

#: Blanks of all kinds, also those that ``\\s`` leaves out in the engines' regular expressions.
BLANKS = "\\s\u00a0\u2002-\u200b\u202f\u3000\ufeff"

FormatName = Literal["auto", "csv", "xlsx", "parquet", "html", "json", "xml"]
Others = Literal["missing", "keep"]
Marks = Literal["stated", "each", "each_or_stated"]
Day = Literal["", "first", "last"]

#: The minus sign of mathematics, which is not the hyphen of a keyboard.
MINUS = "\u2212"
#: Further ways in which a profile can say that minus one is written.
NEGATIVES = ("1-", "(1)", f"{MINUS}1", "- 1")


@dataclass(frozen=True, kw_only=True)
class FileFormat:
    """How the file is laid out.

    Attributes
    ----------
    format : {"auto", "csv", "xlsx", "parquet", "html", "json", "xml"}
        ``auto`` goes by the bytes of the file; ``csv`` is any delimited text, ``xlsx`` any
        workbook. Each may lie in an archive of the kind zip or gzip.
    encoding : str
        Encoding of delimited text; UTF-8 may begin with a byte order mark.
    delimiter : str
        One character, or ``auto``: the one of comma, semicolon, tab and bar that splits the
        header line into the most fields.
    quote : str
        Quoting character; empty where quotes are ordinary characters.
    header_row : int
        Line (of a sheet or a table of HTML: row) on which the headings stand, from 1.
    header_rows : int
        Number of rows, from there on, that make up the headings; their parts are joined by a
        blank.
    skip_foot : int
        Number of records at the end that are no rows, such as a line of totals.
    total_words : tuple of str
        Words such as ``Total``. Records at the end whose first cell with text begins with one of
        them are no rows.
    sheet : str
        Name of the sheet; the first one without it.
    member : str
        Name of the file in an archive, which is needed where it holds several.
    rows : str
        Where the records are: keys joined by dots in JSON (``data.items``), a path of elements
        in XML (``list/row``, or ``//row`` at any depth). Without it the largest list.
    table_number : int
        Number of the table on a page of HTML, from 1; 0 for the largest.
    anchors : mapping of str to str
        Regular expression by heading, which must match a whole field of that column. Where a
        record has too many fields, and one split alone fits them all, the surplus belongs to the
        columns that have no such expression; with none of them such records are set aside.
    """

    format: FormatName = "auto"
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    header_row: int = 1
    header_rows: int = 1
    skip_foot: int = 0
    total_words: tuple[str, ...] = ()
    sheet: str = ""
    member: str = ""
    rows: str = ""
    table_number: int = 0
    anchors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ValueFormat:
    """How numbers, dates, flags and gaps are written.

    Attributes
    ----------
    decimal : str
        Decimal mark.
    thousands : str
        Mark between groups of exactly three digits; empty where there is none.
    marks : {"stated", "each", "each_or_stated"}
        Whether all cells have the stated marks, or each cell is read by its own: then a cell that
        can be read in two ways, such as ``1.234``, is unreadable, or is read as stated.
    decimals : int
        Most digits after the decimal mark; a cell with more is unreadable.
    negative : tuple of str
        Further ways to write minus one: ``1-``, ``(1)``, ``\u22121`` (the sign of mathematics),
        ``- 1``.
    percent : bool
        Whether a number with a percent sign is divided by a hundred, and one without is not.
    dates : tuple of str
        Date formats, tried in this order, of ``%d %m %Y %y %b %B`` and the marks between them;
        or ``excel``, for the number of days in the 1900 system.
    day : {"", "first", "last"}
        The day of a date that names a month or a year alone; such dates are refused without it.
    missing : tuple of str
        Words that mean "not known", compared without regard to case.
    true_words, false_words : tuple of str
        Words of flags, compared without regard to case.
    units : tuple of str
        Signs that may stand before or after a number and do not change it, such as a euro sign.
    months : mapping of str to int
        Names of months besides those of the official languages of the Union.
    blank : {"unknown", "zero"}
        How a blank cell of a column among the parts of a total is read.
    """

    decimal: str = "."
    thousands: str = ""
    marks: Marks = "stated"
    decimals: int = 30
    negative: tuple[str, ...] = ()
    percent: bool = False
    dates: tuple[str, ...] = ("%Y-%m-%d",)
    day: Day = ""
    missing: tuple[str, ...] = ()
    true_words: tuple[str, ...] = ("true", "yes", "1")
    false_words: tuple[str, ...] = ("false", "no", "0")
    units: tuple[str, ...] = ()
    months: Mapping[str, int] = field(default_factory=dict)
    blank: Blank = "unknown"


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where labels of regions are looked up.

    Attributes
    ----------
    level : int
        Level of the NUTS, 0 to 3.
    country : str
        Code of the country; empty for all of them.
    """

    level: int
    country: str = ""


Origin = Literal["from", "first", "sum", "difference", "join", "constant", "line"]


@dataclass(frozen=True, kw_only=True)
class ColumnRule:
    """Where one canonical column comes from.

    Attributes
    ----------
    target : str
        The canonical column.
    origin : {"from", "first", "sum", "difference", "join", "constant", "line"}
        One cell; the first of several cells that is given; several cells added; the first less
        the second; several cells joined as text; the same value in every row; a prefix and the
        number of the line.
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
    detect_scale : bool
        Whether the rates of the column tell, together, if they are shares or percentages.
    separator : str
        What stands between joined cells.
    optional : bool
        Whether the file may lack the headings.
    places : Places, optional
        Whose codes the cells become, where they hold labels of regions.
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
    detect_scale: bool = False
    separator: str = " "
    optional: bool = False
    places: Places | None = None


@dataclass(frozen=True, kw_only=True)
class Packing:
    """Cells that hold several values, each of which is a row of the table.

    Attributes
    ----------
    by : str
        What stands between the values.
    headings : tuple of str
        Headings of the packed cells. The first one says how many rows there are; the others
        belong to it piece by piece, where they hold as many.
    """

    by: str
    headings: tuple[str, ...]


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
    split : Packing, optional
        Cells that hold several rows of this table.
    currency : str
        Heading of the currency in which a row's amounts are stated.
    one_of : tuple of tuple of str
        Columns of which a row must have at least one.
    required : tuple of str
        Columns without which a line of the file is no row of the table, besides its key.
    """

    table: str
    rules: tuple[ColumnRule, ...] = ()
    parts: tuple[tuple[str, ...], ...] = ()
    optional_parts: tuple[str, ...] = ()
    total: str = ""
    distinct: bool = False
    split: Packing | None = None
    currency: str = ""
    one_of: tuple[tuple[str, ...], ...] = ()
    required: tuple[str, ...] = ()


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
    # A Greek sigma has two small forms, and Python and engines choose between them differently.
    return re.sub(f"[{BLANKS}]+", " ", text).strip(" ").lower().replace("\u03c2", "\u03c3")
