"""In which formats the dates of a column are written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from difass_analysis.sources.evidence_numbers import counted, shown
from difass_analysis.sources.months import (
    disputed_months,
    month_numbers,
    months_by_language,
    plain_month,
)
from difass_analysis.sources.profile import BLANKS, Day

_BLANK = re.compile(f"[{BLANKS}]+")
_TIME = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?"
_B = f"[{BLANKS}]*"
_WORD = r"[^\W\d_](?:[^\d,/_-]*?[^\W\d_])?"
_GAP = f"[{BLANKS}./,-]"
_NUMBERS = re.compile(
    rf"^(\d{{1,4}})({_B}[./-]{_B})(\d{{1,2}})({_B}[./-]{_B})(\d{{1,4}})(\.?){_TIME}$"
)
_DAY_NAME_YEAR = re.compile(
    rf"^(\d{{1,2}})((?:er|º)?{_GAP}*?)({_WORD})({_GAP}*)(\d{{4}}|\d{{2}})(\.?){_TIME}$"
)
_NAME_DAY_YEAR = re.compile(rf"^({_WORD})({_GAP}+)(\d{{1,2}})({_GAP}+)(\d{{4}})(){_TIME}$")
_YEAR_NAME_DAY = re.compile(rf"^(\d{{4}})({_GAP}+)({_WORD})({_GAP}+)(\d{{1,2}})(\.?){_TIME}$")
_RUN = re.compile(r"^(\d{4})(\d{2})(\d{2})$"), re.compile(r"^(\d{2})(\d{2})(\d{4})$")
_SERIAL = re.compile(r"^([1-9]\d{4})(?:[.,]\d+)?$")
_MONTH_YEAR = re.compile(rf"^({_WORD}|\d{{1,2}})({_GAP}+)(\d{{4}}|\d{{2}})$")
_YEAR_MONTH = re.compile(rf"^(\d{{4}})({_GAP}+)({_WORD}|\d{{1,2}})$")
_YEAR = re.compile(r"^(?:19|20)\d{2}$")

#: Serial day numbers that are taken for dates: 1954 to 2064.
SERIALS = (20_000, 60_000)
_EPOCH = date(1899, 12, 30)
_DIRECTIVE = {"d": "%d", "m": "%m", "Y": "%Y", "y": "%y", "b": "%b"}


@dataclass(frozen=True, kw_only=True)
class DateFormats:
    """The formats that follow from the cells of a column.

    Attributes
    ----------
    formats : tuple of str
        The formats, the most frequent first.
    months : mapping of str to int
        Names that mean different months in different languages, as this column uses them.
    day : {"", "first"}
        ``first`` where the dates name no day.
    order : {"", "dmy", "mdy", "ymd"}
        The order of the parts that the cells prove; empty where they do not.
    open : bool
        Whether day and month can be exchanged in all cells of a format, and nothing decides.
    read, bare_months : int
        Rows that are days under the formats; rows that name a month and no day.
    unread : tuple of str
        Cells that are no day under the formats, months without a day among them.
    minority : tuple of str
        Cells that follow another order, as written.
    counts : mapping of str to int
        Rows by format.
    why, doubts : tuple of str
        What was seen, and what is not sure.
    """

    formats: tuple[str, ...] = ()
    months: Mapping[str, int] = field(default_factory=dict)
    day: Day = ""
    order: str = ""
    open: bool = False
    read: int = 0
    bare_months: int = 0
    unread: tuple[str, ...] = ()
    minority: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    why: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Shape:
    """A date without its digits: what stands between the parts, and how long the year is."""

    parts: str
    marks: tuple[str, str, str]

    def format_in(self, order: str) -> str:
        first, second, third = (_DIRECTIVE[letter] for letter in order)
        one, two, end = self.marks
        return f"{first}{one}{second}{two}{third}{end}"


def _mark(text: str) -> str:
    return _BLANK.sub(" ", text)


def _shape_of(text: str) -> tuple[_Shape, tuple[str, str, str]] | None:
    """Return the shape of a date and its three parts as written."""
    found = _NUMBERS.match(text)
    if found:
        first, one, _, two, third, _ = found.groups()
        if len(first) in (1, 2, 4) and len(third) in (1, 2, 4) and one.strip() == two.strip():
            lengths = "4nn" if len(first) == 4 else "nn4" if len(third) == 4 else "nn2"
            return _shape(lengths, found.groups()) if len(third) > 1 or lengths == "4nn" else None
    for parts, pattern in (
        ("dbY", _DAY_NAME_YEAR),
        ("bdY", _NAME_DAY_YEAR),
        ("Ybd", _YEAR_NAME_DAY),
    ):
        found = pattern.match(text)
        if found:
            parts = parts.replace("Y", "y") if parts == "dbY" and len(found[5]) == 2 else parts
            return _shape(parts, found.groups())
    for parts, pattern in zip(("Ymd", "dmY"), _RUN, strict=True):
        found = pattern.match(text)
        if found and _known_day(parts, found.groups(), {}) is not None:
            return _Shape("run", ("", "", "")), (text, "", "")
    return None


def _shape(parts: str, groups: Sequence[str]) -> tuple[_Shape, tuple[str, str, str]]:
    first, one, second, two, third, end = groups
    # Spanish and Portuguese put "de" around the month.
    if second.startswith("de "):
        one, second = one + "de ", second[3:]
    if second.endswith(" de"):
        second, two = second[:-3], " de" + two
    if parts[1] == "b":
        two = two.removeprefix(".")  # a month may be abbreviated in one cell and not in the next
    if parts[0] == "b":
        one = one.removeprefix(".")
    return _Shape(parts, (_mark(one), _mark(two), end)), (first, second, third)


def _orders(shape: _Shape) -> tuple[str, ...]:
    """Return the orders in which a shape can be read, the most usual in Europe first."""
    if shape.parts == "4nn":
        return ("Ymd",)
    if shape.parts == "run":
        return ("Ymd", "dmY")
    if shape.parts in ("nn4", "nn2"):
        year = "Y" if shape.parts == "nn4" else "y"
        orders = [f"dm{year}"]
        if "." not in shape.marks[0]:
            orders += [f"md{year}"] + ([f"{year}md"] if year == "y" else [])
        return tuple(orders)
    return (shape.parts,)


def _known_day(order: str, parts: Sequence[str], months: Mapping[str, int]) -> date | None:
    """Return the day that three parts are in an order; None where there is no such day."""
    if not parts[1] and len(parts[0]) == 8:
        run = parts[0]
        parts = (run[:4], run[4:6], run[6:]) if order == "Ymd" else (run[:2], run[2:4], run[4:])
    by = dict(zip(order, parts, strict=True))
    month = months.get(plain_month(by["b"]), 0) if "b" in by else int(by["m"])
    if "y" in by:
        if len(by["y"]) != 2:
            return None
        year = int(by["y"]) + (2000 if int(by["y"]) <= 68 else 1900)
    else:
        year = int(by["Y"])
    try:
        return date(year, month, int(by["d"])) if 1000 <= year < 3000 else None
    except ValueError:
        return None


def _named_months(
    names: Sequence[str], *, more: Mapping[str, int]
) -> tuple[dict[str, int], dict[str, int], str]:
    """Return months by name, those among them that languages dispute, and what is not sure."""
    known = dict(month_numbers()) | dict(more)
    disputed = [name for name in names if name in disputed_months() and name not in known]
    if not disputed:
        return known, {}, ""
    spoken = [
        months for months in months_by_language().values() if all(name in months for name in names)
    ]
    decided = {
        name: numbers.pop()
        for name in disputed
        if len(numbers := {months[name] for months in spoken}) == 1
    }
    unsure = sorted(set(disputed) - set(decided))
    doubt = f"month '{unsure[0]}' is not the same in all languages: left unread" if unsure else ""
    return known | decided, decided, doubt


def date_formats(rows: Mapping[str, int], *, serials: bool = False, order: str = "") -> DateFormats:
    """Decide in which formats the dates of a column are written.

    Parameters
    ----------
    rows : mapping of str to int
        Number of rows by cell, without blanks and missing words.
    serials : bool
        Whether five digits may be a serial day number; only a heading can say so.
    order : {"", "dmy", "mdy", "ymd"}
        The order in the other columns of the file, used only where this column does not decide.

    Returns
    -------
    DateFormats
        Without formats where no cell is a day.
    """
    shapes: dict[_Shape, dict[str, tuple[str, str, str]]] = {}
    for text in rows:
        found = _shape_of(text)
        if found:
            shapes.setdefault(found[0], {})[text] = found[1]
    names = {
        plain_month(parts["bdy".index("b") if shape.parts[0] == "b" else 1])
        for shape, cells in shapes.items()
        if "b" in shape.parts
        for parts in cells.values()
    }
    months, decided, doubt = _named_months(sorted(names), more={})
    read = _Reading(rows, shapes, months)
    read.settle(order)
    if serials:
        read.add_serials()
    return read.result(decided, doubt)


class _Reading:
    """The formats of one column while they are found."""

    def __init__(
        self,
        rows: Mapping[str, int],
        shapes: Mapping[_Shape, Mapping[str, tuple[str, str, str]]],
        months: Mapping[str, int],
    ) -> None:
        self.rows, self.shapes, self.months = rows, shapes, months
        self.formats: dict[str, int] = {}
        self.minority: list[str] = []
        self.why: list[str] = []
        self.doubts: list[str] = []
        self.proven: set[str] = set()
        self.open = False
        self.taken: set[str] = set()

    def days(self, shape: _Shape, order: str) -> dict[str, date]:
        """Return the cells of a shape that are days in an order."""
        found = {
            text: _known_day(order, parts, self.months)
            for text, parts in self.shapes[shape].items()
        }
        return {text: day for text, day in found.items() if day is not None}

    def total(self, texts: Sequence[str] | Mapping[str, date] | set[str]) -> int:
        return sum(self.rows[text] for text in texts)

    def settle(self, hint: str) -> None:
        """Find the order of each shape, those first that prove one."""
        unproven = []
        for shape in self.shapes:
            days = {order: self.days(shape, order) for order in _orders(shape)}
            days = {order: cells for order, cells in days.items() if cells}
            every = {text for cells in days.values() for text in cells}
            full = [order for order, cells in days.items() if len(cells) == len(every)]
            if len(full) == 1:
                self.take(shape, full[0], days[full[0]])
                if len(_orders(shape)) > 1 or "b" not in shape.parts:
                    self.proven.add(full[0].lower())
                if len(days) > 1:
                    others = set().union(*(set(days[o]) for o in days if o != full[0]))
                    self.why.append(self._proof(full[0], sorted(every - others)))
            elif full:
                unproven.append((shape, days, full))
            elif days:
                self._mixed(shape, days, every)
        for shape, days, full in unproven:
            self._by_the_rest(shape, days, full, hint)

    def take(self, shape: _Shape, order: str, cells: Mapping[str, date]) -> None:
        name = shape.format_in(order)
        self.formats[name] = self.formats.get(name, 0) + self.total(cells)
        self.taken |= set(cells)

    @staticmethod
    def _proof(order: str, cells: Sequence[str]) -> str:
        words = {"d": "the day", "m": "the month", "y": "the year"}[order[0].lower()]
        return f"{words} comes first, as in {shown(cells)}" if cells else f"{words} comes first"

    def _mixed(self, shape: _Shape, days: Mapping[str, dict[str, date]], every: set[str]) -> None:
        order = max(days, key=lambda name: self.total(days[name]))
        other = sorted(every - set(days[order]))
        both = [text for text in days[order] if sum(text in cells for cells in days.values()) > 1]
        self.take(shape, order, days[order])
        self.minority += other
        self.doubts.append(
            f"{counted(self.total(other))} such as {shown(other)} with day and month in another "
            f"order than the rest: left unread, and of the rest {counted(self.total(both))} "
            "can be either"
        )

    def _by_the_rest(
        self,
        shape: _Shape,
        days: Mapping[str, dict[str, date]],
        full: Sequence[str],
        hint: str,
    ) -> None:
        cells = sorted(days[full[0]])
        here = [order for order in full if order.lower() in self.proven]
        there = [order for order in full if order.lower() == hint]
        said = f"{counted(self.total(cells))} such as {shown(cells)} can be read in several orders"
        if len(self.proven) == 1 and here:
            self.why.append(f"{said}; they are read as the rest of the column")
            order = here[0]
        elif not self.proven and there:
            self.why.append(f"{said}; they are read as the other columns of the file")
            order = there[0]
        else:
            order = full[0]
            same = all(
                len({days[name][text] for name in full}) == 1 for text in cells
            )  # 1/1/2015 is the same day in any order
            if not same:
                first = {"d": "day", "m": "month", "Y": "year", "y": "year"}[order[0]]
                self.doubts.append(f"{said}, and nothing decides: the {first} is taken for first")
                self.open = True
        self.take(shape, order, days[order])

    def add_serials(self) -> None:
        """Add serial day numbers, where all that could be one lie in our time."""
        found = {text: int(match[1]) for text in self.rows if (match := _SERIAL.match(text))}
        if found and all(SERIALS[0] <= number < SERIALS[1] for number in found.values()):
            count = self.total(list(found))
            self.formats["excel"] = count
            self.taken |= set(found)
            first, last = min(found.values()), max(found.values())
            self.why.append(
                f"{count} serial day numbers such as {shown(list(found))}: "
                f"{_EPOCH + timedelta(first)} to {_EPOCH + timedelta(last)}"
            )

    def result(self, decided: Mapping[str, int], doubt: str) -> DateFormats:
        formats = dict(self.formats)
        for name in list(formats):
            # Blanks in a format stand for none as well.
            wider = [o for o in formats if o != name and o.replace(" ", "") == name]
            if wider:
                formats[wider[0]] += formats.pop(name)
        ordered = sorted(formats, key=lambda name: -formats[name])
        bare, bare_formats = self._bare_months()
        read = sum(formats.values())
        day: Day = ""
        doubts = [*self.doubts, *([doubt] if doubt else [])]
        if bare and not read:
            ordered, day, read = bare_formats, "first", bare
            doubts.append("the cells name a month and no day: the first day of it is taken")
        elif bare:
            doubts.append(
                f"{counted(bare)} with a month and no day: left unread unless the profile "
                'says day = "first" or "last"'
            )
        counts = "; ".join(f"{name}: {counted(rows)}" for name, rows in formats.items())
        return DateFormats(
            formats=tuple(ordered),
            months=decided,
            day=day,
            order=next(iter(self.proven)) if len(self.proven) == 1 else "",
            open=self.open,
            read=read,
            bare_months=bare,
            unread=() if day else tuple(text for text in self.rows if text not in self.taken),
            minority=tuple(self.minority),
            counts=formats,
            why=(*([counts] if counts else []), *self.why),
            doubts=tuple(doubts),
        )

    def _bare_months(self) -> tuple[int, list[str]]:
        formats: dict[str, int] = {}
        for text, rows in self.rows.items():
            name = _bare_month(text, self.months)
            if name:
                formats[name] = formats.get(name, 0) + rows
        return sum(formats.values()), sorted(formats, key=lambda name: -formats[name])


def _bare_month(text: str, months: Mapping[str, int]) -> str:
    """Return the format of a month without a day; empty if the cell is none."""
    for pattern, at in ((_MONTH_YEAR, 1), (_YEAR_MONTH, 3)):
        found = pattern.match(text)
        if not found:
            continue
        month, year, mark = found[at], found[4 - at], _mark(found[2])
        if month.isdigit():
            if len(year) != 4 or not 1 <= int(month) <= 12:
                continue
            name = "%m"
        elif plain_month(month) in months:
            name, mark = "%b", mark.removeprefix(".")
        else:
            continue
        if len(year) == 4 and not _YEAR.match(year):
            continue
        years = "%Y" if len(year) == 4 else "%y"
        return f"{name}{mark}{years}" if at == 1 else f"{years}{mark}{name}"
    return ""
