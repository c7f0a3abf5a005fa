"""Numbers as people read them, by unit; and as programs read them, with ten digits.

A value that is not known is written ``not known``, and one that confidentiality keeps back
``withheld``: never as 0 and never as a blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from math import isfinite
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

NOT_KNOWN = "not known"
WITHHELD = "withheld"
NONE = "none"
DIGITS = 10
SHARE = "share"

_TEXT_ROWS = 60


def is_known(value: object) -> bool:
    """Whether a cell holds a value; infinity counts as not known.

    Examples
    --------
    >>> is_known(0), is_known(float("nan")), is_known(None), is_known("")
    (True, False, False, False)
    """
    if value is None or (isinstance(value, str) and not value):
        return False
    if isinstance(value, (list, tuple, set, dict)):
        return True
    if pd.isna(value):  # type: ignore[call-overload]
        return False
    return not is_number(value) or isfinite(_float(value))


def is_number(value: object) -> bool:
    """Whether a cell is a number (a truth value is not)."""
    return isinstance(value, (Real, Decimal)) and not isinstance(value, bool)


def _is_flag(value: object) -> bool:
    return isinstance(value, (bool, np.bool_))


def _float(value: object) -> float:
    return float(value)  # type: ignore[arg-type]


def absent_text(note: object, *, error: bool = False) -> str:
    """Say what stands in a cell without a value: that it is withheld, or not known.

    Parameters
    ----------
    note : str or missing
        What the row says of itself; disclosure control begins it with ``withheld``.
    error : bool
        Whether the cell is an error or an interval, which may be withheld alone.

    Examples
    --------
    >>> absent_text("withheld: confidential (dominated)"), absent_text("No row counts here.")
    ('withheld', 'not known')
    >>> absent_text("The error is withheld: it would tell too much.", error=True)
    'withheld'
    """
    text = str(note) if is_known(note) else ""
    if text.startswith(WITHHELD) or (error and "The error is withheld" in text):
        return WITHHELD
    return NOT_KNOWN


def absent_texts(frame: pd.DataFrame, place: int) -> list[str]:
    """Say for each row of a frame what stands in the column at a place where it has no value.

    Only figures and places are withheld: the name of a group that is missing is not known. A
    total has no denominator.

    Examples
    --------
    >>> rows = pd.DataFrame({"region": [None], "value": [float("nan")],
    ...                      "note": ["withheld: confidential (dominated)"]})
    >>> absent_texts(rows, 0), absent_texts(rows, 1)
    (['not known'], ['withheld'])
    """
    name = str(frame.columns[place])
    figures = name == "set" or pd.api.types.is_numeric_dtype(frame.dtypes.iloc[place])
    if "note" not in frame or not figures:
        return [NOT_KNOWN] * len(frame)
    if name == "denominator" and "unit" in frame:
        pairs = zip(frame["unit"], frame["note"], strict=True)
        return [absent_text(note) if is_ratio(unit) else NONE for unit, note in pairs]
    error = name.endswith(("lower", "upper", "se"))
    return [absent_text(note, error=error) for note in frame["note"]]


def value_text(value: object, *, unit: str = "", absent: str = NOT_KNOWN) -> str:
    """Write one value as people read it.

    Parameters
    ----------
    value : number or missing
        The value; shares as fractions.
    unit : str
        Its unit. ``share`` is shown in percent; plain money and counts without decimals;
        anything "per" something with as many decimals as its size deserves.
    absent : str
        What stands where there is no value; see :func:`absent_text`.

    Examples
    --------
    >>> value_text(4 / 3, unit="EUR per EUR"), value_text(8823.529, unit="EUR per SME")
    ('1.33', '8,824')
    >>> value_text(0.428571, unit="share"), value_text(370, unit="SMEs")
    ('42.9 %', '370')
    >>> value_text(float("nan"), unit="EUR")
    'not known'
    """
    if not is_known(value):
        return absent
    number = _float(value)
    if unit == SHARE:
        return f"{fixed_text(number * 100, decimals=1)} %"
    return fixed_text(number, decimals=decimals_of(number, unit))


def decimals_of(number: float, unit: str) -> int:
    """Return how many decimals a number of this size and unit is written with."""
    size = abs(number)
    if size >= 1000:
        return 0
    if number == int(number) and " per " not in unit and unit != "x":
        return 0
    if size >= 100:
        return 0 if number == int(number) else 1
    if size == 0 or size >= 0.1:
        return 2
    return 3 if size >= 0.01 else 5


def fixed_text(number: float, *, decimals: int) -> str:
    """Write a number with so many decimals and its thousands apart."""
    # Half is rounded up, as people do it: 10.625 is 10.63, which binary rounding would miss.
    exact = Decimal(f"{number:.15g}")
    text = f"{exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP):,f}"
    zero = not text.strip("-0.,")
    return (text.lstrip("-") if zero else text).replace("-", "\u2212")


def range_text(
    lower: object, upper: object, *, unit: str = "", method: str = "", absent: str = NOT_KNOWN
) -> str:
    """Write an interval, or hard bounds where the method starts with ``bounds``.

    Examples
    --------
    >>> range_text(200, 370, unit="SMEs", method="bounds")
    '200 to 370 (bounds)'
    >>> range_text(0.41, 0.452, unit="share")
    '41.0 to 45.2 %'
    >>> range_text(200, None, unit="SMEs", method="bounds")
    'at least 200 (bounds)'
    """
    low, high = is_known(lower), is_known(upper)
    mark = " (bounds)" if is_bounds(method) else ""
    if not low and not high:
        return absent
    if not high:
        return f"at least {value_text(lower, unit=unit)}{mark}"
    if not low:
        return f"at most {value_text(upper, unit=unit)}{mark}"
    ends = _float(lower), _float(upper)
    if unit == SHARE:
        first, last = (fixed_text(end * 100, decimals=1) for end in ends)
        return f"{first} to {last} %{mark}"
    decimals = min(decimals_of(end, unit) for end in ends)
    first, last = (fixed_text(end, decimals=decimals) for end in ends)
    return f"{first} to {last}{mark}"


def is_bounds(method: object) -> bool:
    """Whether lower and upper are hard bounds rather than a confidence interval."""
    return isinstance(method, str) and method.lower().startswith("bounds")


def axis_text(value: float, *, unit: str = "") -> str:
    """Write a value for the axis of a chart, where millions may be shortened.

    Examples
    --------
    >>> axis_text(1_500_000, unit="EUR"), axis_text(250_000, unit="EUR")
    ('1.5 M', '250,000')
    >>> axis_text(0.5, unit="share")
    '50 %'
    """
    for size, mark in ((1e12, "T"), (1e9, "bn"), (1e6, "M")):
        if abs(value) >= size:
            return f"{value / size:,.10g} {mark}".replace("-", "\u2212")
    if unit == SHARE:
        return f"{value * 100:,.10g} %".replace("-", "\u2212")
    return f"{value:,.10g}".replace("-", "\u2212")


def unit_text(unit: object) -> str:
    """Write a unit as it stands in a heading; a share is shown in percent.

    Examples
    --------
    >>> unit_text("share"), unit_text("EUR per SME")
    ('%', 'EUR per SME')
    """
    if not is_known(unit):
        return ""
    return "%" if unit == SHARE else str(unit)


def is_ratio(unit: object) -> bool:
    """Whether a unit is that of a ratio; anything else is a total, which has no denominator.

    Examples
    --------
    >>> is_ratio("EUR per SME"), is_ratio("share"), is_ratio("SMEs")
    (True, True, False)
    """
    return unit in (SHARE, "x") or " per " in str(unit)


def exact_text(value: object) -> str:
    """Write a cell for a file: numbers with at most ten significant digits, no grouping.

    Examples
    --------
    >>> exact_text(4 / 3), exact_text(1_500_000.0), exact_text(None), exact_text(True)
    ('1.333333333', '1500000', '', 'true')
    """
    if not is_known(value):
        return ""
    if _is_flag(value):
        return str(bool(value)).lower()
    if isinstance(value, (datetime, pd.Timestamp)):
        plain = value.isoformat()
        return plain.removesuffix("T00:00:00")
    if is_number(value):
        number = value if isinstance(value, int) else _float(value)
        if number == int(number):
            return str(int(number))
        return format(Decimal(f"{number:.{DIGITS}g}"), "f")
    return str(value)


def plain_text(frame: pd.DataFrame) -> str:
    """Write a frame as a plain text table; numbers to the right, ten digits at most.

    Examples
    --------
    >>> print(plain_text(pd.DataFrame({"year": [2017, 2018], "value": [4 / 3, None]})))
    year        value
    2017  1.333333333
    2018    not known
    """
    if frame.empty:
        return "(no rows)"
    shown = frame.head(_TEXT_ROWS)
    columns = [_text_column(shown, place) for place in range(shown.shape[1])]
    lines = ["  ".join(cells).rstrip() for cells in zip(*columns, strict=True)]
    more = len(frame) - len(shown)
    return "\n".join([*lines, f"... and {more:,} more rows"] if more else lines)


def _text_column(frame: pd.DataFrame, place: int) -> list[str]:
    absent = absent_texts(frame, place)
    pairs = zip(frame.iloc[:, place], absent, strict=True)
    cells = [exact_text(value) or other for value, other in pairs]
    cells = [str(frame.columns[place]), *(" ".join(cell.split()) for cell in cells)]
    width = max(map(len, cells))
    right = pd.api.types.is_numeric_dtype(frame.dtypes.iloc[place])
    return [cell.rjust(width) if right else cell.ljust(width) for cell in cells]


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as plain data for JSON: missing and infinite values become None.

    Examples
    --------
    >>> records(pd.DataFrame({"year": [2018], "value": [float("nan")]}))
    [{'year': 2018, 'value': None}]
    """
    names = [str(name) for name in frame.columns]
    columns: Sequence[list[Any]] = [
        [_plain(value) for value in frame.iloc[:, place]] for place in range(len(names))
    ]
    return [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]


def _plain(value: object) -> Any:
    if isinstance(value, str):
        return value
    if not is_known(value):
        return None
    if _is_flag(value):
        return bool(value)
    if isinstance(value, (date, datetime, pd.Timestamp)):
        return exact_text(value)
    if is_number(value):
        number = value if isinstance(value, int) else _float(value)
        return int(number) if number == int(number) else float(f"{number:.{DIGITS}g}")
    if isinstance(value, (list, tuple, set)):
        return [_plain(item) for item in value]
    return str(value)
