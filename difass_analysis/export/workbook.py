"""Results as an Excel workbook: the table, its definitions, and where it comes from."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any

import pandas as pd

from difass_analysis.display import numbers
from difass_analysis.errors import UsageError
from difass_analysis.export.privacy import harmless
from difass_analysis.export.records import call_text, versions
from difass_analysis.export.text import marked, steady
from difass_analysis.result import SIMULATED, Findings, IndicatorTable, Result

_MOST_ROWS = 1_048_575
_MOST_LETTERS = 32_767
_WIDEST = 60
# A fixed date: the same result is the same bytes, and no clock gets into a file of figures.
_CREATED = datetime(1980, 1, 1)
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def xlsx_bytes(result: Result) -> bytes:
    """Write a workbook with the sheets ``table``, ``definitions`` and ``provenance``.

    Raises
    ------
    UsageError
        When the table has more rows than a worksheet holds.
    """
    import xlsxwriter

    if len(result.frame) > _MOST_ROWS:
        raise UsageError(
            f"A worksheet holds {_MOST_ROWS:,} rows; the table has {len(result.frame):,}.",
            todo="Write .csv or .parquet.",
        )
    stream = BytesIO()
    with xlsxwriter.Workbook(stream, _OPTIONS) as book:
        book.set_properties({"created": _CREATED, "title": result.provenance.name})
        _sheet(book, "table", marked(result))
        _sheet(book, "definitions", _definitions(result))
        _sheet(book, "provenance", _provenance(result))
    return stream.getvalue()


def _sheet(book: Any, name: str, frame: pd.DataFrame) -> None:
    """Write a frame with a frozen, bold header and columns as wide as their content."""
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = {code: book.add_format({"num_format": code, "valign": "top"}) for code in _CODES}
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    grey = book.add_format({"italic": True, "font_color": "#5b6875", "valign": "top"})
    units = list(frame["unit"]) if "unit" in frame else [""] * len(frame)
    for place, title in enumerate(frame.columns):
        cells = list(frame.iloc[:, place])
        absent = numbers.absent_texts(frame, place)
        sheet.write_string(0, place, harmless(str(title)), bold)
        sheet.set_column(place, place, _width(str(title), cells))
        for row, (value, unit) in enumerate(zip(cells, units, strict=True), start=1):
            if numbers.is_number(value) and numbers.is_known(value):
                code = _code(value, str(title), unit)
                sheet.write_number(row, place, steady(value), formats[code])
            elif numbers.is_known(value):
                sheet.write_string(row, place, _text(value), wrap)
            elif str(title) not in ("note", "todo"):
                sheet.write_string(row, place, absent[row - 1], grey)
    sheet.freeze_panes(1, 0)
    if len(frame):
        sheet.autofilter(0, 0, len(frame), frame.shape[1] - 1)


_CODES = ("0", "#,##0", "#,##0.00", "0.0 %", "0.00000")


def _code(value: Any, title: str, unit: object) -> str:
    """Choose how a number is shown; the cell holds all its digits."""
    if unit == numbers.SHARE and title in ("value", "lower", "upper", "se"):
        return "0.0 %"
    if title.endswith("_share"):
        return "0.0 %"
    if float(value) == int(value):
        year = title == "year" or (title.endswith("year") and 1000 <= value < 10000)
        return "0" if year else "#,##0"
    return "#,##0.00" if abs(value) >= 0.1 else "0.00000"


def _text(value: object) -> str:
    return harmless(numbers.exact_text(value))[:_MOST_LETTERS]


def _width(title: str, cells: list[Any]) -> int:
    longest = max((len(numbers.exact_text(value)) for value in cells[:1000]), default=0)
    return max(8, min(_WIDEST, max(longest, len(title)) + 2))


def _definitions(result: Result) -> pd.DataFrame:
    if isinstance(result, IndicatorTable) and not result.definitions.empty:
        return result.definitions
    if isinstance(result, Findings) and not result.rules.empty:
        return result.rules
    columns = [str(name) for name in result.frame.columns]
    return pd.DataFrame({"column": columns})


def _provenance(result: Result) -> pd.DataFrame:
    origin = result.provenance
    pairs = [
        ("programme", origin.name),
        ("id", origin.programme),
        ("simulated", SIMULATED if origin.simulated else "no"),
        ("currency", origin.currency),
        ("price basis", origin.price_basis),
        ("made by", call_text(origin.call)),
        *((f"version: {name}", number) for name, number in versions().items()),
        *((f"setting: {key}", value) for key, value in origin.settings.items()),
        *(("caveat", caveat) for caveat in result.caveats),
    ]
    for record in origin.files:
        counts = f"{record.rows_kept} kept, {record.rows_rejected} rejected"
        text = f"{record.name} as {record.table}: {record.rows_read} rows read, {counts}"
        pairs.append(("file", f"{text}; profile {record.profile}; sha256 {record.sha256}"))
    return pd.DataFrame([pair for pair in pairs if pair[1]], columns=["what", "is"])
