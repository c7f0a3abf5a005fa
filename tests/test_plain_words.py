"""What a person reads: withheld is not unknown, and a wrong ending is refused at once."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from openpyxl import load_workbook

import difass_analysis as da
from difass_analysis.cli.app import main
from difass_analysis.disclosure import protect_one
from difass_analysis.display import numbers
from difass_analysis.export import write_table
from difass_analysis.export.shortening import page_of
from difass_analysis.reporting.verifying import lines_of, verify
from difass_analysis.result import IndicatorTable
from tests.confidential import programme

NAMES = ["private_per_public", "operations"]


@pytest.fixture(scope="module")
def table() -> IndicatorTable:
    own = programme()
    found = protect_one(da.measure(own, by=["region"], indicators=NAMES), programme=own)
    assert isinstance(found, IndicatorTable)
    assert found.frame["note"].str.startswith("withheld").sum() == 3
    return found


@pytest.mark.parametrize("ending", [".md", ".tex", ".html"])
def test_a_withheld_cell_reads_withheld_in_files_for_people(ending, table, tmp_path):
    text = write_table(table, tmp_path / f"t{ending}").read_text()
    # Two ratios with eight cells (.html: five), and a total without its denominator.
    cells = re.findall(r"(?<![\w:])withheld(?![\w:])", text)
    assert len(cells) >= 14
    assert "not known" not in text
    assert "withheld: confidential (dominated)" in text


def test_a_withheld_cell_reads_withheld_in_a_workbook(table, tmp_path):
    sheet = load_workbook(write_table(table, tmp_path / "t.xlsx"))["table"]
    heads = [cell.value for cell in sheet[1]]
    rows = [dict(zip(heads, [cell.value for cell in row], strict=True)) for row in sheet]
    south = next(row for row in rows if row["region"] == "S")
    assert [south[name] for name in ("value", "lower", "se", "n", "denominator")] == [
        "withheld"
    ] * 5
    total = next(row for row in rows if row["indicator"] == "operations" and row["region"] == "N")
    assert total["denominator"] == "none"


def test_a_withheld_cell_reads_withheld_in_a_document_and_in_python(table):
    cells = page_of(table).cells
    south = cells[cells["region"] == "S"].iloc[0]
    assert set(south[["value", "interval", "numerator", "denominator", "n"]]) == {"withheld"}
    assert "withheld" in numbers.plain_text(table.frame)
    assert "not known" not in numbers.plain_text(table.frame[table.frame["value"].isna()])


def test_what_is_not_known_is_not_called_withheld():
    own = programme(published=True)
    found = da.measure(own, by=["region"], indicators=NAMES)
    frame = found.frame.assign(value=float("nan"), note="Not defined: the denominator is zero.")
    assert "withheld" not in numbers.plain_text(frame)
    assert "not known" in numbers.plain_text(frame)


def test_a_page_says_withheld_in_both_languages(tmp_path):
    own = programme()
    english = da.report(own, tmp_path / "en").read_text()
    italian = da.report(own, tmp_path / "it", language="it").read_text()
    # The cell of a table holds nothing but the word.
    assert len(re.findall(r">\s*withheld\s*<", english)) > 20
    assert len(re.findall(r">\s*riservato\s*<", italian)) > 20
    assert "withheld" not in re.sub(r"(?s)<svg.*?</svg>", "", italian)
    # Errors alone are withheld too, and the card says so.
    assert "The interval is withheld." in english and "L'intervallo è omesso." in unescape(italian)


def test_a_card_says_without_raw_names_why_there_is_no_interval():
    note = da.measure(da.load(), indicators=["private_per_public"]).frame["note"].iloc[0]
    assert note.startswith("No interval: the figures of single calls for private money and public")
    assert "_amount" not in note and "No error" not in note


@pytest.mark.parametrize("name", ["a.foo", "a"])
@pytest.mark.parametrize("command", ["indicators", "compare", "identity", "loans", "aid"])
def test_a_wrong_ending_is_refused_before_anything_is_read(command, name, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([command, "no-such-folder", "--out", name])
    assert stopped.value.code == 2
    said = capsys.readouterr()
    assert f"{name} cannot be written" in said.err and "no-such-folder" not in said.err
    assert said.out == ""


def test_verify_says_what_it_compared(tmp_path: Path):
    path = write_table(da.measure(da.load(), indicators=NAMES, by=["year"]), tmp_path / "t.csv")
    lines = list(lines_of(verify(path)))
    # Two ratios: year, value, n, numerator, denominator; two totals: the same without denominator.
    assert lines[:2] == ["same", "  Compared: t.csv, 18 cells with a figure."]
    assert lines[2].startswith("  Inputs: ") and "schemes.csv" in lines[2]
    assert lines[3].startswith("  Versions: as recorded (difass_analysis ")
