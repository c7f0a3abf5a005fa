"""In which marks the numbers of a column are written: what each cell shows, and what follows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from difass_analysis.sources.profile import BLANKS, NEGATIVES, Marks, ValueFormat
from difass_analysis.sources.words import CURRENCIES

# Up to this share of the other convention, cells that can be either are read as the rest.
_FEW = 0.02

_SIGNS = sorted(CURRENCIES, key=len, reverse=True)
_SIGN = "|".join(re.escape(sign) for sign in _SIGNS)
_UNIT_BEFORE = re.compile(rf"^(?:{_SIGN})(?![^\W\d_])", re.IGNORECASE)
_UNIT_AFTER = re.compile(rf"(?<![^\W\d_])(?:{_SIGN}|%)$", re.IGNORECASE)
_BLANK = re.compile(f"[{BLANKS}]+")
_EDGE = re.compile(f"^[{BLANKS}]+|[{BLANKS}]+$")

_DIGITS = r"\d{1,18}"
_LED = r"[1-9]\d{0,2}"
_SPACED = rf"\d{{1,3}}(?:[{BLANKS}]\d{{3}}){{1,5}}"
_QUOTED = r"\d{1,3}(?:['’]\d{3}){1,5}"


def _convention(decimal: str, thousands: str) -> dict[str, str]:
    """Return what shows that one of two marks is the decimal one, and the other the thousands."""
    grouped = rf"\d{{1,3}}(?:{thousands}\d{{3}}){{1,5}}"
    return {
        "grouped_decimal": rf"{grouped}{decimal}\d{{1,30}}",
        "groups": rf"\d{{1,3}}(?:{thousands}\d{{3}}){{2,5}}",
        "spaced_decimal": rf"{_SPACED}{decimal}\d{{1,30}}",
        "quoted_decimal": rf"{_QUOTED}{decimal}\d{{1,30}}",
        "decimal": rf"{_DIGITS}{decimal}\d{{1,30}}",
    }


# Tried in this order: a cell that can be read in both ways must be found first.
_PATTERNS = {
    ("", "plain"): _DIGITS,
    ("", "spaced"): _SPACED,
    ("", "quoted"): _QUOTED,
    ("either", "point"): rf"{_LED}\.\d{{3}}",
    ("either", "comma"): rf"{_LED},\d{{3}}",
    **{(".", name): pattern for name, pattern in _convention(r"\.", ",").items()},
    **{(",", name): pattern for name, pattern in _convention(",", r"\.").items()},
}
_COMPILED = {key: re.compile(f"^{pattern}$") for key, pattern in _PATTERNS.items()}


@dataclass(frozen=True, kw_only=True)
class NumberCell:
    """What one cell shows.

    Attributes
    ----------
    convention : {"", ".", ",", "either"}
        The decimal mark that the cell proves; empty where it proves none.
    form : str
        How it is grouped: ``plain``, ``groups``, ``spaced_decimal`` and the like; for a cell that
        can be either, the mark it has.
    core : str
        The digits and marks, without sign and units.
    units : tuple of str
        Signs beside the number, as written.
    negative : str
        Form of the minus, as in :class:`~difass_analysis.sources.ValueFormat`; empty without one.
    """

    convention: str
    form: str
    core: str
    units: tuple[str, ...] = ()
    negative: str = ""

    @property
    def percent(self) -> bool:
        """Whether the cell has a percent sign."""
        return "%" in self.units

    @property
    def magnitude(self) -> float:
        """The number without its sign; a mark before three digits is taken for a thousands mark.

        Good for magnitudes only: the reading of a cell that can be either is not decided here.
        """
        decimal = {"either": "", "": ""}.get(self.convention, self.convention)
        kept = re.sub(rf"[^\d{re.escape(decimal)}]", "", self.core) if decimal else self.core
        return float(re.sub(r"\D", ".", kept) if decimal else re.sub(r"\D", "", kept))

    @property
    def decimals(self) -> int:
        """Number of digits after the decimal mark that the cell proves."""
        return len(self.core.rpartition(self.convention)[2]) if self.form.endswith("decimal") else 0

    @property
    def whole_digits(self) -> int:
        """Number of digits before the decimal mark; a cell that can be either counts as grouped."""
        whole = self.core.rpartition(self.convention)[0] if self.decimals else self.core
        return sum(letter.isdigit() for letter in whole)


@lru_cache(maxsize=100_000)
def number_cell(text: str) -> NumberCell | None:
    """Return what a cell shows if it is a number in any marks, else None.

    Examples
    --------
    >>> [number_cell(cell).convention for cell in ("1.234,50", "3,000.00", "1.234", "12")]
    [',', '.', 'either', '']
    >>> number_cell("€ 1'000"), number_cell("12 Main Street")
    (NumberCell(convention='', form='quoted', core="1'000", units=('€',), negative=''), None)
    """
    if not any(letter.isdigit() for letter in text) or len(text) > 60:
        return None
    core, units, negative = _without_signs(_EDGE.sub("", text))
    for (convention, form), pattern in _COMPILED.items():
        if pattern.match(core):
            return NumberCell(
                convention=convention, form=form, core=core, units=units, negative=negative
            )
    return None


def _without_signs(text: str) -> tuple[str, tuple[str, ...], str]:
    """Take the minus and the units off a number."""
    negative, units = "", []
    if text.startswith("(") and text.endswith(")"):
        negative, text = "(1)", text[1:-1]
    elif text.endswith("-"):
        negative, text = "1-", text[:-1]
    elif text.startswith("−"):
        negative, text = NEGATIVES[2], text[1:]
    elif text.startswith("-"):
        negative = "- 1" if _BLANK.match(text[1:]) else "-1"
        text = text[1:]
    elif text.startswith("+"):
        text = text[1:]
    text = _EDGE.sub("", text)
    for finder in (_UNIT_BEFORE, _UNIT_AFTER):
        found = finder.search(text)
        if found:
            units.append(found.group())
            text = _EDGE.sub("", finder.sub("", text))
    return text, tuple(units), negative


@dataclass(frozen=True, kw_only=True)
class NumberMarks:
    """The marks that follow from the cells of a column.

    Attributes
    ----------
    values : ValueFormat
        Decimal and thousands marks, units, forms of the minus, and how cells choose.
    settled : {"", ".", ","}
        The decimal mark that the cells prove, all of them alike; empty where they do not.
    open : bool
        Whether cells can be read in both ways and nothing decides.
    minority : tuple of str
        Cells that follow the other convention, as written.
    counts : mapping of str to int
        Cells of each convention: ``point``, ``comma``, ``either``, ``no mark``.
    why, doubts : tuple of str
        What was seen, and what is not sure.
    """

    values: ValueFormat
    settled: str = ""
    open: bool = False
    minority: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    why: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Tally:
    """Cells by what they prove, each with the number of its rows."""

    cells: Mapping[str, NumberCell]
    rows: Mapping[str, int]

    def those(self, convention: str, *forms: str) -> list[str]:
        return [
            text
            for text, cell in self.cells.items()
            if cell.convention == convention and (not forms or cell.form in forms)
        ]

    def count(self, convention: str, *forms: str) -> int:
        return sum(self.rows[text] for text in self.those(convention, *forms))

    def total(self, texts: Sequence[str]) -> int:
        return sum(self.rows[text] for text in texts)

    def any_form(self, *forms: str) -> bool:
        return any(cell.form in forms for cell in self.cells.values())

    def grouped_by(self, decimal: str) -> bool:
        """Whether cells are grouped by the mark that is not the decimal one."""
        return bool(self.count(decimal, "grouped_decimal", "groups"))

    def fine_decimals(self, decimal: str) -> bool:
        """Whether a cell is sure to have more than two digits after the mark."""
        return any(self.cells[text].decimals > 2 for text in self.those(decimal))

    def ungrouped(self) -> bool:
        """Whether a number of a thousand or more stands without groups."""
        return any(
            cell.whole_digits > 3 and cell.form in ("plain", "decimal")
            for cell in self.cells.values()
        )


_NAMES = {".": "point", ",": "comma"}
_OTHER = {".": ",", ",": "."}


def shown(texts: Sequence[str], *, most: int = 3) -> str:
    """Return a few cells in quotes, for a sentence."""
    # Without room for whole summaries: the beginning is enough to find the cell.
    clipped = [text.strip() for text in list(texts)[:most]]
    clipped = [text if len(text) <= 60 else f"{text[:57]}..." for text in clipped]
    some = ", ".join(f"'{text}'" for text in clipped)
    return some + (", ..." if len(texts) > most else "")


def counted(rows: int) -> str:
    """Return a number of cells for a sentence.

    Examples
    --------
    >>> counted(1), counted(1200)
    ('1 cell', '1,200 cells')
    """
    return "1 cell" if rows == 1 else f"{rows:,} cells"


def number_marks(
    cells: Mapping[str, NumberCell], rows: Mapping[str, int], *, decimal: str = ""
) -> NumberMarks:
    """Decide in which marks the numbers of a column are written.

    Parameters
    ----------
    cells : mapping of str to NumberCell
        What the cells show, by their text.
    rows : mapping of str to int
        Number of rows by text.
    decimal : {"", ".", ","}
        The decimal mark of the other columns of the file, used only where nothing in this column
        decides.

    Returns
    -------
    NumberMarks
        A cell such as ``1.234`` is read as the rest of the column is written only where that
        leaves no doubt; otherwise the format leaves it unreadable, so that it is reported.
    """
    tally = _Tally(cells, rows)
    counts = {
        "point": tally.count("."),
        "comma": tally.count(","),
        "either": tally.count("either"),
        "no mark": tally.count(""),
    }
    if counts["point"] and counts["comma"]:
        found = _mixed(tally, counts)
    elif counts["point"] or counts["comma"]:
        found = _settled(tally, "." if counts["point"] else ",")
    elif counts["either"]:
        found = _undecided(tally, decimal)
    else:
        found = _unmarked(tally, decimal)
    return _with_signs(found, tally, counts)


def _with_signs(found: NumberMarks, tally: _Tally, counts: Mapping[str, int]) -> NumberMarks:
    units = dict.fromkeys(unit for cell in tally.cells.values() for unit in cell.units)
    negative = dict.fromkeys(cell.negative for cell in tally.cells.values())
    further = tuple(form for form in negative if form not in ("", "-1"))
    return replace(
        found,
        values=replace(found.values, units=tuple(units), negative=further),
        counts={name: count for name, count in counts.items() if count},
        why=(*found.why, f"minus is written as in {', '.join(further)}") if further else found.why,
    )


def _thousands(tally: _Tally, decimal: str, grouped: Sequence[str]) -> tuple[str, ...]:
    """Return the thousands marks that the cells show; ``grouped`` are to be read as grouped."""
    marks = (
        (_OTHER[decimal], bool(grouped) or tally.grouped_by(decimal)),
        (" ", tally.any_form("spaced", "spaced_decimal")),
        ("'", tally.any_form("quoted", "quoted_decimal")),
    )
    return tuple(mark for mark, there in marks if there)


def _settled(tally: _Tally, decimal: str) -> NumberMarks:
    """Read all cells by the one decimal mark that the column proves."""
    other = _OTHER[decimal]
    grouped = tally.those("either", _NAMES[other])
    finer = tally.those("either", _NAMES[decimal])
    doubts = []
    if grouped and not tally.grouped_by(decimal) and tally.ungrouped():
        doubts.append(
            f"{counted(tally.total(grouped))} such as {shown(grouped)} would be thousands, but "
            "other numbers of a thousand and more have no mark: left unread"
        )
        grouped = []
    fine = tally.fine_decimals(decimal)
    if finer and not fine:
        doubts.append(
            f"{counted(tally.total(finer))} such as {shown(finer)} with three digits after the "
            f"decimal {_NAMES[decimal]}, and no other cell has more than two: left unread"
        )
    thousands = _thousands(tally, decimal, grouped)
    marks: Marks = "each_or_stated" if len(thousands) > 1 else "stated"
    proof = tally.those(decimal)
    return NumberMarks(
        values=ValueFormat(
            decimal=decimal,
            thousands=thousands[0] if thousands else "",
            marks=marks,
            decimals=2 if finer and not fine else ValueFormat().decimals,
        ),
        settled=decimal,
        why=(f"decimal {_NAMES[decimal]}: {counted(tally.total(proof))} such as {shown(proof)}",),
        doubts=tuple(doubts),
    )


def _mixed(tally: _Tally, counts: Mapping[str, int]) -> NumberMarks:
    """Read each cell by its own marks where a column has both conventions."""
    decimal = "." if counts["point"] >= counts["comma"] else ","
    minority, proof = tally.those(_OTHER[decimal]), tally.those(decimal)
    why = (
        f"both conventions: {counted(tally.total(proof))} such as {shown(proof)}, "
        f"{tally.total(minority)} such as {shown(minority)}; each cell is read by its own marks",
    )
    either = tally.those("either")
    few = tally.total(minority) <= _FEW * (counts["point"] + counts["comma"])
    if not either:
        return NumberMarks(values=ValueFormat(marks="each"), minority=tuple(minority), why=why)
    if few:
        majority = _settled(tally, decimal)
        doubt = (
            f"{counted(tally.total(either))} such as {shown(either)} can be read in both "
            "conventions: read as most"
        )
        return NumberMarks(
            values=replace(majority.values, marks="each_or_stated"),
            minority=tuple(minority),
            why=why,
            doubts=(doubt, *majority.doubts),
        )
    doubt = (
        f"{counted(tally.total(either))} such as {shown(either)} can be read in both conventions: "
        "left unread"
    )
    return NumberMarks(
        values=ValueFormat(marks="each"), minority=tuple(minority), why=why, doubts=(doubt,)
    )


def _undecided(tally: _Tally, decimal: str) -> NumberMarks:
    """Read cells such as 1.234, in a column without any that decides."""
    either = tally.those("either")
    point, comma = tally.those("either", "point"), tally.those("either", "comma")
    amount = f"{counted(tally.total(either))} such as {shown(either)} can be thousands or decimals"
    if not decimal or (point and comma):
        doubt = f"{amount}, and nothing else in the column decides: left unread"
        return NumberMarks(values=ValueFormat(marks="each"), open=True, doubts=(doubt,))
    found = _settled(tally, decimal)
    taken = f"{amount}; the other columns have a decimal {_NAMES[decimal]}, and so has this one"
    if (comma if decimal == "," else point) and not tally.fine_decimals(decimal):
        doubt = (
            f"with the decimal {_NAMES[decimal]} of the other columns, cells such as "
            f"{shown(either)} are below a thousand and have three digits after the mark"
        )
        values = replace(found.values, decimals=ValueFormat().decimals)
        return NumberMarks(values=values, open=True, why=(taken,), doubts=(doubt,))
    return replace(found, settled="", why=(taken,))


def _unmarked(tally: _Tally, decimal: str) -> NumberMarks:
    """Read cells without a mark that could be a decimal one."""
    thousands = _thousands(tally, ".", ())
    return NumberMarks(
        values=ValueFormat(
            decimal=decimal or ".",
            thousands=thousands[0] if thousands else "",
            marks="each_or_stated" if len(thousands) > 1 else "stated",
        ),
        why=(f"{counted(sum(tally.rows[text] for text in tally.cells))} without a decimal mark",),
    )
