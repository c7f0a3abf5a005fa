"""From a text cell to a value: strict grammars, written as Narwhals expressions.

A cell that does not follow its grammar becomes missing; whoever calls reports it. Nothing is
guessed: a misread mark must show as an unreadable cell, not as a number a thousand times too big.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import narwhals as nw

from difass_analysis.schema import Kind
from difass_analysis.sources.profile import BLANKS, ValueFormat, fold

_EDGES = f"^[{BLANKS}]+|[{BLANKS}]+$"

# Group references in the notation of RE2, which DuckDB uses.
_FIRST_GROUP = r"\1"

_ENGLISH_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)

# A time of day may follow a date; canonical dates are days.
_TIME = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?"
_DIRECTIVES = {
    "%d": r"(?P<d>\d{1,2})",
    "%m": r"(?P<m>\d{1,2})",
    "%Y": r"(?P<Y>\d{4})",
    "%y": r"(?P<y>\d{2})",
    "%b": r"(?P<b>\w+)",
}
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
    gone = text == ""
    if missing:
        words = sorted({fold(word) for word in missing})
        gone = gone | folded(text).is_in(words)
    return nw.when(~gone).then(text)


def folded(text: nw.Expr) -> nw.Expr:
    """Return text with one blank for several and in lower case, for comparisons."""
    return with_single_blanks(text).str.to_lowercase()


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
        digits = nw.when(text.str.contains(r"^\d{4}$")).then(text)
        return digits.cast(nw.Int64)
    if kind in ("money", "share", "count", "number"):
        return as_number(text, values)
    return text


def number_pattern(values: ValueFormat) -> str:
    """Return the grammar of a number as a regular expression.

    Examples
    --------
    >>> pattern = number_pattern(ValueFormat(decimal=",", thousands="."))
    >>> [bool(re.search(pattern, cell)) for cell in ("1.234,50", "1234,5", "12.34", "1,234.50")]
    [True, True, False, False]
    """
    # Longer runs of digits are no amounts, and would overflow on the way to a number.
    whole = r"\d{1,18}"
    if values.thousands:
        whole = rf"(?:\d{{1,18}}|\d{{1,3}}(?:{_mark(values.thousands)}\d{{3}}){{1,5}})"
    unit = "|".join(re.escape(unit) for unit in values.units)
    before, after = (rf"(?:(?:{unit})[{BLANKS}]?)?", rf"(?:[{BLANKS}]?(?:{unit}))?")
    number = rf"{whole}(?:{_mark(values.decimal)}\d{{1,30}})?"
    return rf"^[+-]?{before}{number}{after}$" if unit else rf"^[+-]?{number}$"


def _mark(mark: str) -> str:
    return f"[{BLANKS}]" if mark.isspace() else re.escape(mark)


def as_number(text: nw.Expr, values: ValueFormat) -> nw.Expr:
    """Return numbers written in the stated marks; missing where the grammar is broken."""
    digits = nw.when(text.str.contains(number_pattern(values))).then(text)
    for unit in values.units:
        digits = digits.str.replace_all(unit, "", literal=True)
    removed = BLANKS if values.units else ""
    if values.thousands and not values.thousands.isspace():
        removed += re.escape(values.thousands)
    elif values.thousands:
        removed = BLANKS
    if removed:
        digits = digits.str.replace_all(f"[{removed}]", "")
    if values.decimal != ".":
        digits = digits.str.replace_all(values.decimal, ".", literal=True)
    return digits.cast(nw.Float64)


def as_flag(text: nw.Expr, values: ValueFormat) -> nw.Expr:
    """Return true or false by the stated words; missing for any other."""
    word = folded(text)
    yes = word.is_in([fold(item) for item in values.true_words])
    no = word.is_in([fold(item) for item in values.false_words])
    return nw.when(yes | no).then(yes)


def date_format_problem(pattern: str) -> str:
    """Say what is wrong with a date format; empty if nothing is.

    Examples
    --------
    >>> date_format_problem("%d.%m.%Y")
    ''
    >>> date_format_problem("%d.%M.%Y")
    'holds %M; %d %m %Y %y %b are offered'
    """
    used = re.findall(r"%.?", pattern)
    for directive in used:
        if directive not in _DIRECTIVES:
            return f"holds {directive}; {' '.join(_DIRECTIVES)} are offered"
    groups = [sum(used.count(item) for item in part) for part in (("%d",), ("%m", "%b"))]
    years = used.count("%Y") + used.count("%y")
    return "" if [*groups, years] == [1, 1, 1] else "needs one day, one month and one year"


def date_pattern(pattern: str) -> str:
    """Return a date format as a regular expression; several blanks stand for one."""
    pieces = re.split(r"(%.|\s+)", pattern)
    text = "".join(
        _DIRECTIVES.get(piece, rf"[{BLANKS}]*" if piece.isspace() else re.escape(piece))
        for piece in pieces
    )
    return f"^{text}{_TIME}$"


def _date_rewrites(pattern: str) -> Iterator[tuple[str, str]]:
    """Yield regular expressions and what turns their matches into year-month-day."""
    expression = date_pattern(pattern)
    order = re.findall(r"\(\?P<(\w)>", expression)
    group = {name: rf"\{order.index(name) + 1}" for name in order}
    month = group.get("m") or group["b"]
    plain = re.sub(r"\?P<\w>", "", expression)
    if "Y" in group:
        yield plain, f"{group['Y']}-{month}-{group['d']}"
        return
    # Two digits from 69 on are of the 1900s, as in POSIX.
    for century, digits in (("20", r"([0-5]\d|6[0-8])"), ("19", r"(69|[7-9]\d)")):
        years = re.sub(r"\?P<\w>", "", expression.replace(_DIRECTIVES["%y"], digits))
        yield years, f"{century}{group['y']}-{month}-{group['d']}"


def as_date(text: nw.Expr, values: ValueFormat) -> nw.Expr:
    """Return dates in the stated formats; missing for another format or no day of a calendar."""
    found: list[nw.Expr] = []
    for pattern in values.dates:
        source = _with_month_numbers(text, values) if "%b" in pattern else text
        for expression, rewritten in _date_rewrites(pattern):
            day = source.str.replace_all(expression, rewritten)
            # A cell that is already year-month-day must not pass under another format.
            good = source.str.contains(expression) & day.str.contains(_CALENDAR)
            found.append(nw.when(good).then(day).str.to_date("%Y-%m-%d"))
    return nw.coalesce(*found) if len(found) > 1 else found[0]


def _with_month_numbers(text: nw.Expr, values: ValueFormat) -> nw.Expr:
    names = {name: index for index, name in enumerate(_ENGLISH_MONTHS, start=1)}
    names |= {name[:3]: index for name, index in names.items()} | {"sept": 9}
    names |= {fold(name): number for name, number in values.months.items()}
    result = text.str.to_lowercase()
    for name, number in sorted(names.items(), key=lambda item: -len(item[0])):
        result = result.str.replace_all(rf"\b{re.escape(name)}\b", str(number))
    return result
