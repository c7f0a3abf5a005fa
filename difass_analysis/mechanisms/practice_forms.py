"""The form that partners fill in for a good practice: as TOML and as a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO
from textwrap import wrap
from typing import Any, Literal

from difass_analysis import evidence
from difass_analysis.errors import one_of
from difass_analysis.schema.cooperation import EVIDENCE_STEPS
from difass_analysis.schema.good_practice import practice_fields

FormFormat = Literal["toml", "xlsx"]

#: Sheet of the workbook that holds the answers, and the row of its headings.
SHEET = "Practice"
HEADINGS = (
    "field",
    "Field",
    "Your text",
    "Mandatory",
    "At most",
    "Characters",
    "What belongs there",
)

_VERSIONS = ("2006", "2010", "2013", "2016", "2021", "2024")
_LONG = 100
# A fixed date: the same form is the same bytes.
_CREATED = datetime(1980, 1, 1)
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
_UNVERIFIED = "not checked at the source"


def practice_form(format: FormFormat = "toml") -> bytes:
    """Return an empty form for the record of a good practice.

    Partners fill it in, and :func:`read_practice` reads it back. Limits of length stand beside
    the fields; where they were not read at their source the form says so, and a longer text is
    accepted and reported, not cut.

    Parameters
    ----------
    format : {"toml", "xlsx"}
        A text file, or a workbook with drop-down lists and a count of characters.

    Returns
    -------
    bytes
        The file. The same form is the same bytes.

    Raises
    ------
    UsageError
        When the format is another one.

    Examples
    --------
    >>> print(practice_form("toml").decode().splitlines()[0])
    # Good practice: form to be filled in.
    """
    if format == "toml":
        return "\n".join(_toml_lines()).encode("utf-8")
    if format == "xlsx":
        return _workbook()
    raise one_of("format of the form", format, ["toml", "xlsx"])


def _toml_lines() -> Iterator[str]:
    yield "# Good practice: form to be filled in."
    yield "# Write between the quotes, and leave empty what is not known."
    yield "# A text between three quotes may have several lines. Dates: year-month-day."
    yield "# The six steps of evidence:"
    for row in evidence.steps().to_dict("records"):
        yield f"#   {row['roman']:<3} {row['name']}: {row['needs']}"
    yield ""
    yield "[practice]"
    for field in practice_fields().to_dict("records"):
        yield ""
        yield from (f"# {line}" for line in wrap(_describe(field), 94))
        quotes = '"""' if field["kind"] == "text" and _is_long(field) else '"'
        yield f"{field['field']} = {quotes}{quotes}"
    yield ""


def _is_long(field: dict[Any, Any]) -> bool:
    return (field["limit"] is not None and _limit(field) > _LONG) or field["field"] == (
        "evidence_step_reason"
    )


def _limit(field: dict[Any, Any]) -> int:
    limit = field["limit"]
    return int(limit) if isinstance(limit, int) else 0


def _describe(field: dict[Any, Any]) -> str:
    parts = [f"{field['label']}: {field['help']}" if field["help"] else str(field["label"])]
    if field["kind"] == "step":
        parts.append(f"one of {', '.join(EVIDENCE_STEPS)}, or empty")
    if field["mandatory"]:
        parts.append("mandatory")
    if _limit(field):
        unsure = "" if field["status"] != "unverified" else f", {_UNVERIFIED}"
        parts.append(f"at most {_limit(field)} characters{unsure}")
    return "; ".join(parts) + "."


def _workbook() -> bytes:
    import xlsxwriter

    stream = BytesIO()
    with xlsxwriter.Workbook(stream, _OPTIONS) as book:
        book.set_properties({"created": _CREATED, "title": "Good practice: form"})
        _answer_sheet(book)
        _step_sheet(book)
    return stream.getvalue()


def _answer_sheet(book: Any) -> None:
    sheet = book.add_worksheet(SHEET)
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    answer = book.add_format(
        {"text_wrap": True, "valign": "top", "border": 1, "bg_color": "#f6f8fa", "locked": False}
    )
    day = book.add_format(
        {"num_format": "yyyy-mm-dd", "valign": "top", "align": "left", "border": 1,
         "bg_color": "#f6f8fa", "locked": False}
    )  # fmt: skip
    too_long = book.add_format({"bg_color": "#f8d7c4", "bold": True})
    for column, (heading, width) in enumerate(
        zip(HEADINGS, (0, 26, 72, 11, 9, 11, 52), strict=True)
    ):
        sheet.write_string(0, column, heading, bold)
        sheet.set_column(column, column, width, None, {"hidden": column == 0})
    for row, field in enumerate(practice_fields().to_dict("records"), start=1):
        sheet.write_string(row, 0, field["field"])
        sheet.write_string(row, 1, field["label"], wrapped)
        sheet.write_blank(row, 2, None, day if field["kind"] == "date" else answer)
        sheet.write_string(row, 3, "yes" if field["mandatory"] else "", wrapped)
        sheet.write_string(row, 6, _describe(field), wrapped)
        if _limit(field):
            sheet.write_number(row, 4, _limit(field), wrapped)
            sheet.write_formula(row, 5, f"=LEN(C{row + 1})", wrapped, 0)
            rule = {"type": "cell", "criteria": ">", "value": f"$E${row + 1}", "format": too_long}
            sheet.conditional_format(row, 5, row, 5, rule)
        sheet.set_row(row, 75 if _is_long(field) else 32)
        _validate(sheet, row, field)
    sheet.freeze_panes(1, 2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_paper(9)


def _validate(sheet: Any, row: int, field: dict[Any, Any]) -> None:
    """Offer lists where there are any, and warn of long texts and of what is no date."""
    offered = {"step": EVIDENCE_STEPS, "version": _VERSIONS}.get(field["kind"])
    if offered:
        sheet.data_validation(row, 2, row, 2, {"validate": "list", "source": list(offered)})
    elif field["kind"] == "date":
        sheet.data_validation(
            row,
            2,
            row,
            2,
            {
                "validate": "date",
                "criteria": "between",
                "minimum": date(1950, 1, 1),
                "maximum": date(2100, 1, 1),
                "error_message": "A day is needed, such as 2017-03-01.",
            },
        )
    elif _limit(field):
        sheet.data_validation(
            row,
            2,
            row,
            2,
            {
                "validate": "length",
                "criteria": "<=",
                "value": _limit(field),
                "error_type": "warning",
                "error_title": "Longer than the form allows",
                "error_message": f"At most {_limit(field)} characters. It can stay, and is noted.",
            },
        )


def _step_sheet(book: Any) -> None:
    sheet = book.add_worksheet("Steps of evidence")
    bold = book.add_format({"bold": True, "bottom": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    names = ("roman", "name", "needs", "gives", "kind", "source")
    for column, (name, width) in enumerate(zip(names, (7, 34, 52, 34, 12, 60), strict=True)):
        sheet.write_string(0, column, name.replace("roman", "step"), bold)
        sheet.set_column(column, column, width)
        for row, value in enumerate(evidence.steps()[name], start=1):
            sheet.write_string(row, column, str(value), wrapped)
    sheet.freeze_panes(1, 0)
