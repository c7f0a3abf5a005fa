"""What the cells of a column look like: one share for each kind of thing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import pandas as pd

from difass_analysis.sources.evidence_dates import date_formats
from difass_analysis.sources.evidence_numbers import number_cell
from difass_analysis.sources.profile import BLANKS, fold
from difass_analysis.sources.words import FUNDS, MISSING_ANYWHERE, YES_NO

_ANY = (
    "AT|BE|BG|CY|CZ|DE|DK|EE|EL|GR|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|UK|GB|"
    "NO|IS|LI|CH|TR|RS|ME|MK|AL|XK|BA|UA|MD"
)
# A code without a digit is one of the few first-level regions that have a letter.
_NUTS = re.compile(
    rf"^(?:(?:{_ANY})(?=[0-9A-Z]*\d)[0-9A-Z]{{1,3}}|DE[A-G]|FR[B-MY]|IT[CF-I]|UK[C-N])"
    r"(?:\s*[-–:]\s*\S.*)?$",
    re.DOTALL,
)
_COUNTRY = re.compile(rf"^(?:{_ANY}|EU|D|A|F|I|B|NL|P|E|S|L|H)$")
_CCI = re.compile(rf"^(?:2000|2007|2014|2021)(?:{_ANY}|CB|TC|EU|XX)\d{{0,2}}[A-Z0-9]{{4,10}}$")
_POSTCODE = re.compile(
    r"^(?:(?:[A-Z]{1,2}[- ])?\d{4,5}|\d{2}-\d{3}|\d{3} \d{2}|\d{4}-\d{3}|\d{4} ?[A-Z]{2}|"
    r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|LV-\d{4}|LT-\d{5}|[A-Z]\d[\dW] ?[A-Z\d]{4})$"
)
_URL = re.compile(r"^(?:https?://\S+|www\.\S+\.\S+|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,4}/?\S*)$")
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[a-zA-Z]{2,}$")
_IDENTIFIER = re.compile(r"^(?=.*\d)[\w./ +:-]{1,40}$")
_LETTERS = re.compile(r"[^\W\d_]+")
_YEAR = re.compile(r"^(?:19[5-9]\d|20[0-6]\d)$")
_EDGE = re.compile(f"^[{BLANKS}]+|[{BLANKS}]+$")
_FLAGS = frozenset(word for pair in YES_NO for word in pair)
_LONG = 80


def cells_of(values: Sequence[object] | pd.Series[str]) -> list[str]:
    """Return the cells of a column as trimmed text; empty for what is missing."""
    return [_EDGE.sub("", value) if isinstance(value, str) else "" for value in values]


def rows_by_text(cells: Iterable[str]) -> dict[str, int]:
    """Count rows by cell, blanks and words for gaps left out, in the order of the first of each."""
    rows: dict[str, int] = {}
    for text in cells:
        if text:
            rows[text] = rows.get(text, 0) + 1
    return {text: count for text, count in rows.items() if fold(text) not in MISSING_ANYWHERE}


def is_year(text: str) -> bool:
    """Whether a cell is a year of our time: four digits, 1950 to 2069."""
    return bool(_YEAR.match(text))


def _money(text: str) -> bool:
    cell = number_cell(text)
    if cell is None or cell.percent:
        return False
    return bool(cell.units) or cell.decimals == 2 or cell.form not in ("plain", "decimal")


def _within(text: str, low: float, high: float) -> bool:
    cell = number_cell(text)
    if cell is None or cell.convention == "either" or cell.negative:
        return False
    return low <= cell.magnitude <= high


def _fund(text: str) -> bool:
    words = [word.upper() for word in _LETTERS.findall(text)]
    return len(text) <= 25 and any(word in FUNDS for word in words[:2])


_TESTS: Mapping[str, Callable[[str], bool]] = {
    "year": is_year,
    "number": lambda text: number_cell(text) is not None,
    "integer": lambda text: text.isdecimal(),
    "share_0_1": lambda text: _within(text, 0, 1) and "%" not in text,
    "share_0_100": lambda text: _within(text, 0, 100) and "%" not in text,
    "percent": lambda text: text.endswith("%") and number_cell(text) is not None,
    "money": _money,
    "nuts_code": lambda text: bool(_NUTS.match(text)),
    "postcode": lambda text: bool(_POSTCODE.match(text.upper())),
    "country_code": lambda text: bool(_COUNTRY.match(text)),
    "cci_code": lambda text: bool(_CCI.match(text)),
    "fund_acronym": _fund,
    "url": lambda text: bool(_URL.match(text)),
    "email": lambda text: bool(_EMAIL.match(text)),
    "flag": lambda text: fold(text) in _FLAGS,
    "long_text": lambda text: len(text) >= _LONG,
}


def looks_like(values: Sequence[object] | pd.Series[str]) -> dict[str, float]:
    """What do the cells of a column look like?

    Parameters
    ----------
    values : sequence of str, or pandas.Series
        The cells of one column as text.

    Returns
    -------
    dict of str to float
        For each kind of thing the share of the cells with text that look like it, 0 to 1: ``date``,
        ``year``, ``number``, ``integer``, ``share_0_1``, ``share_0_100``, ``percent``, ``money``,
        ``nuts_code``, ``postcode``, ``country_code``, ``cci_code``, ``fund_acronym``, ``url``,
        ``email``, ``flag``, ``identifier``, ``long_text``; and of all cells the share ``filled``.
        A cell may look like several things. ``identifier`` is the share of different cells where
        all are short codes with a digit, else 0. Words for gaps count as blanks. A column without
        text looks like nothing: all shares are 0.

    Examples
    --------
    >>> looks = looks_like(["ITH5", "ITC1", ""])
    >>> looks["nuts_code"], looks["number"], round(looks["filled"], 2)
    (1.0, 0.0, 0.67)
    """
    cells = cells_of(values)
    rows = rows_by_text(cells)
    total = sum(rows.values())
    looks = dict.fromkeys(("date", *_TESTS, "identifier"), 0.0)
    looks["filled"] = total / len(cells) if cells else 0.0
    if not total:
        return looks
    dates = date_formats(rows)
    looks["date"] = min(1.0, (dates.read + (0 if dates.day else dates.bare_months)) / total)
    for name, test in _TESTS.items():
        looks[name] = sum(count for text, count in rows.items() if test(text)) / total
    if all(_IDENTIFIER.match(text) for text in rows):
        looks["identifier"] = len(rows) / total
    return looks
