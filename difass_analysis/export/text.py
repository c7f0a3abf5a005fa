"""Results as text files: CSV, JSON, Markdown, LaTeX and HTML."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from html import escape
from typing import Any

import pandas as pd

from difass_analysis.display import numbers
from difass_analysis.export.privacy import harmless
from difass_analysis.export.records import call_data, versions
from difass_analysis.result import SIMULATED, IndicatorTable, Result, as_dict

_TEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{letter: f"\\{letter}" for letter in "&%$#_{}"},
}
_CSS = (
    "body{font-family:system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}"
    ".mark{color:#b03a00;font-weight:bold}"
)


def marked(result: Result) -> pd.DataFrame:
    """Return the frame, with a column ``simulated`` where the data are simulated."""
    return result.frame.assign(simulated=True) if result.provenance.simulated else result.frame


def steady(value: Any) -> float:
    """Return a number to thirteen significant digits.

    Beyond them floats depend on the order in which threads add, and files would differ.

    Examples
    --------
    >>> steady(0.1 + 0.2), steady(99_999_999_999.99)
    (0.3, 99999999999.99)
    """
    return float(f"{float(value):.13g}")


def csv_bytes(result: Result) -> bytes:
    """Write the rows as CSV in UTF-8: ten significant digits, missing cells empty.

    A CSV file is read by programs, for which an empty cell is the missing value; the column
    ``note`` says why it is missing.
    """
    frame = marked(result)
    lines = _Lines()
    writer = csv.writer(lines)
    writer.writerow([harmless(str(name)) for name in frame.columns])
    columns = [
        [_csv_cell(value) for value in frame.iloc[:, place]] for place in range(frame.shape[1])
    ]
    writer.writerows(zip(*columns, strict=True))
    return "".join(lines.held).encode("utf-8", "replace")


class _Lines:
    """Gather lines that end in a line feed.

    The writer itself must believe in CR LF: only then does it quote a cell that holds a CR.
    """

    def __init__(self) -> None:
        self.held: list[str] = []

    def write(self, line: str) -> None:
        self.held.append(line.removesuffix("\r\n") + "\n")


def _csv_cell(value: object) -> str:
    text = numbers.exact_text(value)
    return text if numbers.is_number(value) else harmless(text)


def json_bytes(result: Result) -> bytes:
    """Write rows, caveats, provenance and definitions as JSON; missing values are null."""
    text = json.dumps(plain_data(result), ensure_ascii=False, indent=2, allow_nan=False)
    return (text + "\n").encode("utf-8", "replace")


def plain_data(result: Result) -> dict[str, Any]:
    """Return a result as plain data, together with the definitions of its indicators."""
    content = as_dict(result)
    content["provenance"]["call"] = call_data(result.provenance.call)
    content["provenance"]["versions"] = versions()
    if result.provenance.simulated:
        others = [text for text in content["caveats"] if text != SIMULATED]
        content["caveats"] = [SIMULATED, *others]
    if isinstance(result, IndicatorTable):
        content["definitions"] = numbers.records(_shown_definitions(result))
        content["not_computable"] = numbers.records(result.not_computable)
    return content


def _shown_definitions(result: IndicatorTable) -> pd.DataFrame:
    held = result.definitions
    if held.empty:
        return held
    return held[held["indicator"].isin(result.frame["indicator"])]


def words_under(result: Result) -> list[str]:
    """Gather the sentences under a table: simulation mark, definitions, caveats, source."""
    mark = [SIMULATED] if result.provenance.simulated and SIMULATED not in result.caveats else []
    return [*mark, *_definition_lines(result), *result.caveats, result.provenance.sentence()]


def _definition_lines(result: Result) -> list[str]:
    if not isinstance(result, IndicatorTable):
        return []
    rows = _shown_definitions(result).to_dict("records")
    return [
        f"{row['label']} [{row['indicator']}]: {row['definition']} {row['source']}" for row in rows
    ]


def _cells(result: Result) -> tuple[list[str], list[bool], list[list[str]]]:
    """Return headings, which columns are numbers, and the rows as text."""
    frame = marked(result)
    names = [str(name) for name in frame.columns]
    right = [pd.api.types.is_numeric_dtype(kind) for kind in frame.dtypes]
    columns = [
        [
            " ".join(numbers.exact_text(value).split()) or _missing(name, absent)
            for value, absent in zip(
                frame.iloc[:, place], numbers.absent_texts(frame, place), strict=True
            )
        ]
        for place, name in enumerate(names)
    ]
    return names, right, [list(row) for row in zip(*columns, strict=True)]


def _missing(column: str, absent: str) -> str:
    return "" if column in ("note", "todo") else absent


def md_bytes(result: Result) -> bytes:
    """Write the rows as a Markdown table, with caveats and source underneath."""
    names, right, rows = _cells(result)
    rule = ["---:" if number else "---" for number in right]
    lines = [_md_line(map(_md_cell, names)), _md_line(rule)]
    lines += [_md_line(map(_md_cell, row)) for row in rows]
    lines += ["", *(f"- {_md_cell(text)}" for text in words_under(result)), ""]
    return "\n".join(lines).encode("utf-8", "replace")


def _md_line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _md_cell(text: str) -> str:
    for letter in "\\`*_[]<>|":
        text = text.replace(letter, f"\\{letter}")
    return text


def tex_bytes(result: Result) -> bytes:
    """Write the rows as a LaTeX ``longtable`` (package booktabs), caveats and source underneath."""
    names, right, rows = _cells(result)
    head = _tex_line(names)
    lines = [
        "% needs \\usepackage{booktabs,longtable} and UTF-8",
        f"\\begin{{longtable}}{{{''.join('r' if number else 'l' for number in right)}}}",
        "\\toprule",
        head,
        "\\midrule",
        "\\endhead",
        *(_tex_line(row) for row in rows),
        "\\bottomrule",
        "\\end{longtable}",
        *(f"\\noindent\\footnotesize {_tex_cell(text)}\\par" for text in words_under(result)),
        "",
    ]
    return "\n".join(lines).encode("utf-8", "replace")


def _tex_line(cells: list[str]) -> str:
    return " & ".join(map(_tex_cell, cells)) + r" \\"


def _tex_cell(text: str) -> str:
    return "".join(_TEX.get(letter, letter) for letter in text)


def html_bytes(result: Result) -> bytes:
    """Write the formatted table as a page of its own that asks for nothing from elsewhere."""
    name = escape(result.provenance.name)
    mark = f'<p class="mark">{escape(SIMULATED)}</p>\n' if result.provenance.simulated else ""
    lines = "".join(f"<li>{escape(line)}</li>\n" for line in _definition_lines(result))
    definitions = f"<h2>Definitions</h2>\n<ul>\n{lines}</ul>\n" if lines else ""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{name}</title>\n<style>{_CSS}</style>\n</head>\n<body>\n<main>\n<h1>{name}</h1>\n"
        f"{mark}{result.to_table().as_raw_html()}\n{definitions}</main>\n</body>\n</html>\n"
    )
    return page.encode("utf-8", "replace")
