"""From a text cell to a value: strict grammars, written as Narwhals expressions.

A cell that does not follow its grammar becomes missing; whoever calls reports it. Nothing is
guessed: a misread mark must show as an unreadable cell, not as a number a thousand times too big.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import narwhals as nw

from difass_analysis.schema import Kind
from difass_analysis.sources.months import month_numbers, plain_month
from difass_analysis.sources.profile import BLANKS, MINUS, NEGATIVES, Day, ValueFormat, fold

_EDGES = f"^[{BLANKS}]+|[{BLANKS}]+$"

# Group references in the notation of RE2, which DuckDB uses.
_FIRST_GROUP = r"\1"

# Longer runs of digits are no amounts, and would overflow on the way to a number.
_DIGITS = r"\d{1,18}"
_EITHER = r"[1-9]\d{0,2}[.,]\d{3}"
# What no cell matches.
_NONE = r"^$."
_NEGATIVE = dict(
    zip(
        NEGATIVES,
        (rf"{{}}[{BLANKS}]?-", r"\({}\)", f"{MINUS}{{}}", rf"[+-][{BLANKS}]+{{}}"),
        strict=True,
    )
)

# A time of day may follow a date; canonical dates are days.
_TIME = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?"
# A month may be abbreviated with a dot or without.
_MONTH = rf"(?P<b>[^\d.{BLANKS}]\D*?)\.?"
_DIRECTIVES = {
    "%d": r"(?P<d>\d{1,2})",
    "%m": r"(?P<m>\d{1,2})",
    "%Y": r"(?P<Y>\d{4})",
    "%y": r"(?P<y>\d{2})",
    "%b": _MONTH,
    "%B": _MONTH,
}
#: The format of serial day numbers, as spreadsheets keep dates.
SERIAL = "excel"
# Five digits: 1927 to 2173. Fewer could be a year, and were it read as 1905 nobody would see it.
_SERIAL = r"^([1-9]\d{4})(?:[.,]\d{1,15})?$"
#: Day 60 of the 1900 system is the 29th of February 1900, which never was: days count from here.
SERIAL_EPOCH = date(1899, 12, 30)
# Calendar days from 1000 to 2999, as year-month-day with one or two digits.
_LEAP_YEAR = (
    r"(?:[12]\d(?:0[48]|[2468][048]|[13579][26])|(?:1[26]|2[048])00)"  # 1000 is no leap year
)
_CALENDAR = (
    r"^(?:[12]\d{3}-(?:"
    r"(?:0?[13578]|1[02])-(?:0?[1-9]|[12]\d|3[01])|"
    r"(?:0?[469]|11)-(?:0?[1-9]|[12]\d|30)|"
    r"0?2-(?:0?[1-9]|1\d|2[0-8]))|" + _LEAP_YEAR + r"-0?2-29)$"
)


def trimmed(cell: nw.Expr, *, missing: Sequence[str] = ()) -> nw.Expr:
    """Return the text of a cell without surrounding blanks; missing where nothing is left."""
    text = cell.str.replace_all(_EDGES, "")
    if missing:
        # Nothing is left of a text exactly where nothing is left of it folded.
        gone = folded(text).is_in(sorted({"", *(fold(word) for word in missing)}))
    else:
        gone = text == ""
    return nw.when(~gone).then(text)


def folded(text: nw.Expr) -> nw.Expr:
    """Return text with one blank for several and in lower case, for comparisons."""
    lower = with_single_blanks(text).str.to_lowercase()
    return lower.str.replace_all("\u03c2", "\u03c3", literal=True)


def with_single_blanks(text: nw.Expr) -> nw.Expr:
    """Return text with one ordinary blank for each run of blanks."""
    return text.str.replace_all(f"[{BLANKS}]+", " ")


def extracted(text: nw.Expr, pattern: str) -> nw.Expr:
    """Return the one group of a regular expression; missing where it does not match."""
    part = text.str.replace_all(f"(?s)^.*?(?:{pattern}).*$", _FIRST_GROUP)
    return nw.when(text.str.contains(pattern) & (part != "")).then(part)


def parsed(text: nw.Expr, kind: Kind, values: ValueFormat) -> nw.Expr:
    """Return the value of a trimmed cell by the kind of its column; missing if unreadable."""
    if kind == "date":
        return as_date(text, values)
    if kind == "flag":
        return as_flag(text, values)
    if kind == "year":
        return as_year(text, values)
    if kind in ("money", "share", "count", "number"):
        return as_number(text, values)
    return text


def number_pattern(values: ValueFormat) -> str:
    """Return the grammar of a number in the stated marks as a regular expression.

    Examples
    --------
    >>> pattern = number_pattern(ValueFormat(decimal=",", thousands="."))
    >>> [bool(re.search(pattern, cell)) for cell in ("1.234,50", "1234,5", "12.34", "1,234.50")]
    [True, True, False, False]
    """
    whole = _whole(values.thousands) if values.thousands else _DIGITS
    return _signed(_with_decimals(whole, values.decimal, values.decimals), values)


def own_mark_patterns(values: ValueFormat) -> tuple[str, str, str]:
    """Return the grammars of cells that are read by their own marks.

    The first is of a decimal point, the second of a decimal comma; a cell that the third matches
    can be read in both ways.

    Examples
    --------
    >>> point, comma, either = own_mark_patterns(ValueFormat())
    >>> [[bool(re.search(p, cell)) for p in (point, comma, either)] for cell in ("1,5", "1.234")]
    [[False, True, False], [True, True, True]]
    """
    point = _with_decimals(_whole(", '"), ".", values.decimals)
    comma = _with_decimals(_whole(". '"), ",", values.decimals)
    # Where no more than two digits follow a decimal mark, three can only be a group of thousands.
    either = _signed(_EITHER, values) if values.decimals > 2 else _NONE
    return _signed(point, values), _signed(comma, values), either


def reads_number(cell: str, values: ValueFormat) -> bool:
    """Whether a trimmed cell is a number under a format: the grammar without an engine.

    Examples
    --------
    >>> reads_number("1.234", ValueFormat()), reads_number("1.234", ValueFormat(marks="each"))
    (True, False)
    """
    stated = bool(re.search(number_pattern(values), cell))
    if values.marks == "stated":
        return stated
    point, comma, either = (bool(re.search(one, cell)) for one in own_mark_patterns(values))
    own = (point or comma) and not either
    return own or (values.marks == "each_or_stated" and stated)


def _whole(marks: str) -> str:
    """Return the grammar of a whole number, in groups of three by one of several marks or none."""
    # A group that begins with 0 is none: 0,125 is no number of thousands.
    groups = [rf"[1-9]\d{{0,2}}(?:{_mark(mark)}\d{{3}}){{1,5}}" for mark in marks]
    return "(?:" + "|".join([_DIGITS, *groups]) + ")"


def _with_decimals(whole: str, decimal: str, most: int) -> str:
    return rf"{whole}(?:{_mark(decimal)}\d{{1,{most}}})?"


def _signed(number: str, values: ValueFormat) -> str:
    """Add the sign and the units that a number may have."""
    units = [*values.units, "%"] if values.percent else values.units
    if units:
        unit = "|".join(re.escape(unit) for unit in units)
        number = rf"(?:(?:{unit})[{BLANKS}]?)?{number}(?:[{BLANKS}]?(?:{unit}))?"
    if not values.negative:
        return rf"^[+-]?{number}$"
    further = [_NEGATIVE[form].format(number) for form in values.negative]
    return rf"^(?:[+-]?{number}|{'|'.join(further)})$"


def _mark(mark: str) -> str:
    if mark == "'":
        return "['\u2019]"
    return f"[{BLANKS}]" if mark.isspace() else re.escape(mark)


def as_number(text: nw.Expr, values: ValueFormat) -> nw.Expr:
    """Return numbers in their marks; missing where the grammar is broken."""
    if values.marks == "stated":
        return _number(text, values, values.thousands, values.decimal, number_pattern(values))
    point, comma, either = own_mark_patterns(values)
    clear = nw.when(~text.str.contains(either)).then(text)
    found = [
        _number(clear, values, ", '", ".", point),
        _number(clear, values, ". '", ",", comma),
    ]
    if values.marks == "each_or_stated":
        stated = number_pattern(values)
        found.append(_number(text, values, values.thousands, values.decimal, stated))
    return nw.coalesce(*found)


def _number(
    text: nw.Expr, values: ValueFormat, thousands: str, decimal: str, pattern: str
) -> nw.Expr:
    """Return the numbers that follow one grammar."""
    digits = nw.when(text.str.contains(pattern)).then(text)
    for unit in values.units:
        digits = digits.str.replace_all(unit, "", literal=True)
    removed = BLANKS if values.units or values.percent or values.negative else ""
    for mark in thousands:
        removed += BLANKS if mark.isspace() else _mark(mark).strip("[]")
    if values.percent:
        removed += "%"
    if values.negative:
        removed += rf"()+\-{MINUS}"
    if removed:
        digits = digits.str.replace_all(f"[{removed}]", "")
    if decimal != ".":
        digits = digits.str.replace_all(decimal, ".", literal=True)
    number: nw.Expr = digits.cast(nw.Float64)
    if values.negative:
        below = text.str.contains(rf"^[(\-{MINUS}]|-$")
        number = nw.when(below).then(-number).otherwise(number)
    if values.percent:
        number = nw.when(text.str.contains("%")).then(number / 100).otherwise(number)
    return number


def as_flag(text: nw.Expr, values: ValueFormat) -> nw.Expr:
    """Return true or false by the stated words; missing for any other."""
    word = folded(text)
    yes = word.is_in([fold(item) for item in values.true_words])
    no = word.is_in([fold(item) for item in values.false_words])
    return nw.when(yes | no).then(yes)


def date_format_problem(pattern: str, *, day: Day = "") -> str:
    """Say what is wrong with a date format; empty if nothing is.

    Examples
    --------
    >>> date_format_problem("%d.%m.%Y"), date_format_problem("%b %Y", day="first")
    ('', '')
    >>> date_format_problem("%d.%M.%Y")
    'holds %M; %d %m %Y %y %b %B are offered'
    """
    if pattern in (SERIAL, "%Y"):
        return ""
    used = re.findall(r"%.?", pattern)
    for directive in used:
        if directive not in _DIRECTIVES:
            return f"holds {directive}; {' '.join(_DIRECTIVES)} are offered"
    parts = (("%d",), ("%m", "%b", "%B"), ("%Y", "%y"))
    days, months, years = (sum(used.count(item) for item in part) for part in parts)
    if day and (days, months, years) == (0, 1, 1):
        return ""
    whole = (days, months, years) == (1, 1, 1)
    return "" if whole else "needs one day, one month and one year"


def date_pattern(pattern: str) -> str:
    """Return a date format as a regular expression; several blanks stand for one."""
    pieces = [piece for piece in re.split(r"(%.|\s+)", pattern) if piece]
    text = ""
    for before, piece, after in zip(["", *pieces], pieces, [*pieces[1:], ""], strict=False):
        if piece.isspace():
            text += rf"[{BLANKS}]*"
        elif piece not in _DIRECTIVES:
            text += re.escape(piece)
        elif before in _DIRECTIVES or after in _DIRECTIVES:
            # Without a mark between them, only the number of digits tells the parts apart.
            text += _DIRECTIVES[piece].replace("1,2", "2")
        else:
            text += _DIRECTIVES[piece]
    return f"^{text}{_TIME}$"


@dataclass(frozen=True)
class _Rewrite:
    """A regular expression for a date, and what its groups make: year-month-day in three parts."""

    expression: str
    year: str
    month: str
    day: str
    named: bool


def _date_rewrites(pattern: str) -> Iterator[_Rewrite]:
    """Yield regular expressions and what turns their matches into year-month-day."""
    expression = date_pattern(pattern)
    order = re.findall(r"\(\?P<(\w)>", expression)
    group = {name: rf"\{order.index(name) + 1}" for name in order}
    named = "b" in group
    month, day = group["b"] if named else group.get("m", "1"), group.get("d", "1")
    plain = re.sub(r"\?P<\w>", "", expression)
    if "Y" in group:
        yield _Rewrite(plain, group["Y"], month, day, named)
        return
    # Two digits from 69 on are of the 1900s, as in POSIX.
    for century, digits in (("20", r"([0-5]\d|6[0-8])"), ("19", r"(69|[7-9]\d)")):
        years = re.sub(r"\?P<\w>", "", expression.replace(_DIRECTIVES["%y"], digits))
        yield _Rewrite(years, f"{century}{group['y']}", month, day, named)


def as_date(text: nw.Expr, values: ValueFormat) -> nw.Expr:
    """Return dates in the stated formats; missing for another format or no day of a calendar."""
    found: list[nw.Expr] = []
    for pattern in values.dates:
        if pattern == SERIAL:
            found.append(_from_serial(text))
        elif "%d" in pattern or values.day:
            found += [_day(text, pattern, how, values) for how in _date_rewrites(pattern)]
    if not found:  # years are no days
        return nw.when(text == "").then(text).str.to_date("%Y-%m-%d")
    return nw.coalesce(*found) if len(found) > 1 else found[0]


def _day(text: nw.Expr, pattern: str, how: _Rewrite, values: ValueFormat) -> nw.Expr:
    """Return the days that follow one format."""
    if how.named:
        text = nw.when(text.str.contains(how.expression)).then(text)
        day = _with_month_number(text, how, values)
    else:
        day = text.str.replace_all(how.expression, f"{how.year}-{how.month}-{how.day}")
    # A cell that is already year-month-day must not pass under another format.
    good = text.str.contains(how.expression) & day.str.contains(_CALENDAR)
    result = nw.when(good).then(day).str.to_date("%Y-%m-%d")
    if "%d" not in pattern and values.day == "last":
        months = any(name in pattern for name in ("%m", "%b", "%B"))
        result = result.dt.offset_by("1mo" if months else "1y").dt.offset_by("-1d").cast(nw.Date)
    return result


def _with_month_number(text: nw.Expr, how: _Rewrite, values: ValueFormat) -> nw.Expr:
    """Return year-month-day of dates with a month by name; missing where no month is named so."""
    numbers = dict(month_numbers())
    numbers |= {plain_month(name): number for name, number in values.months.items()}
    # Engines do not know that a sigma has another form at the end of a word.
    numbers |= {f"{name[:-1]}\u03c2": at for name, at in numbers.items() if name[-1] == "\u03c3"}
    name = text.str.replace_all(how.expression, how.month).str.to_lowercase()
    number = name.replace_strict(
        list(numbers),
        [str(number) for number in numbers.values()],
        default=None,
        return_dtype=nw.String,
    )
    year, day = (text.str.replace_all(how.expression, part) for part in (how.year, how.day))
    return nw.concat_str(year, number, day, separator="-")


def _from_serial(text: nw.Expr) -> nw.Expr:
    """Return the days of serial day numbers; a fraction is a time of day and left out."""
    number = nw.when(text.str.contains(_SERIAL)).then(text).str.slice(0, 5).cast(nw.Int32)
    return nw.lit(SERIAL_EPOCH) + number


def as_year(text: nw.Expr, values: ValueFormat) -> nw.Expr:
    """Return years of four digits; with ``%Y`` among the formats also the years of dates."""
    year = nw.when(text.str.contains(r"^\d{4}$")).then(text).cast(nw.Int64)
    others = tuple(pattern for pattern in values.dates if pattern != "%Y")
    if len(others) in (0, len(values.dates)):
        return year
    days = as_date(text, replace(values, dates=others, day=values.day or "first"))
    return nw.coalesce(year, days.dt.year().cast(nw.Int64))
