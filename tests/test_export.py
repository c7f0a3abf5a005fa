"""Files of results: what is in them, what must not be, and what happens when a disk is full."""

import csv
import errno
import json
import os
from io import BytesIO, StringIO
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from difass_analysis.display import charts
from difass_analysis.display.pictures import close
from difass_analysis.errors import InputError, UsageError
from difass_analysis.export import atomic_write, safe_name, write_chart, write_table
from difass_analysis.export.privacy import WITHHELD
from difass_analysis.result import FileRecord, Findings, IndicatorTable, Provenance, Result

ENDINGS = [".csv", ".xlsx", ".docx", ".html", ".tex", ".md", ".parquet", ".json"]
FILE = FileRecord(
    name="calls.csv",
    sha256="ab" * 32,
    size_bytes=10,
    profile="canonical",
    table="calls",
    rows_read=3,
    rows_kept=2,
    rows_rejected=1,
)


def provenance(*, simulated=False):
    return Provenance(
        programme="er",
        name="Emilia-Romagna",
        version="0.1.0",
        files=(FILE,),
        settings={"level": "0.95"},
        simulated=simulated,
        currency="EUR",
    )


def result(frame, *, simulated=False):
    return Result(
        frame=frame, provenance=provenance(simulated=simulated), caveats=("No effect is shown.",)
    )


def indicators(*, simulated=False):
    frame = pd.DataFrame(
        {
            "indicator": ["private_per_public", "smes_reached"],
            "year": [2017, 2018],
            "value": [4 / 3, None],
            "lower": [None, 200.0],
            "upper": [None, 370.0],
            "se": [None, None],
            "n": [1, 2],
            "numerator": [2e6, None],
            "denominator": [1.5e6, None],
            "unit": ["EUR per EUR", "SMEs"],
            "method": ["ratio of sums", "bounds"],
            "note": ["one unit: no interval", "no identifiers"],
        }
    )
    definitions = pd.DataFrame(
        {
            "indicator": ["private_per_public"],
            "label": ["Private money per public euro"],
            "definition": ["Private money divided by public money."],
            "unit": ["EUR per EUR"],
            "direction": ["higher"],
            "numerator": ["private"],
            "denominator": ["public"],
            "source": ["Descriptive ratio."],
        }
    )
    return IndicatorTable(
        frame=frame,
        provenance=provenance(simulated=simulated),
        caveats=("No effect is shown.",),
        by=("year",),
        definitions=definitions,
    )


def table_cells(path):
    return list(csv.reader(StringIO(path.read_bytes().decode(), newline="")))


# --- kinds of file -------------------------------------------------------------------


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_kind_is_written_and_is_the_same_every_time(ending, tmp_path):
    first = write_table(indicators(), tmp_path / f"deep/er/a{ending}")
    second = write_table(indicators(), tmp_path / f"b{ending.upper()}")
    assert first.read_bytes() == second.read_bytes() != b""


def test_an_unknown_ending_names_the_offers(tmp_path):
    with pytest.raises(UsageError, match=r"\.csv, \.xlsx, \.docx, \.html, \.tex, \.md, \.parquet"):
        write_table(indicators(), tmp_path / "a.xls")
    assert not list(tmp_path.iterdir())


def test_csv_has_ten_significant_digits_and_reads_back(tmp_path):
    path = write_table(indicators(), tmp_path / "a.csv")
    back = pd.read_csv(path)
    assert back["value"].tolist()[0] == 1.333333333
    assert back["value"].isna().tolist() == [False, True]
    assert back["note"].tolist() == ["one unit: no interval", "no identifiers"]
    assert list(back.columns) == list(indicators().frame.columns)


def test_xlsx_holds_numbers_definitions_and_provenance(tmp_path):
    book = openpyxl.load_workbook(write_table(indicators(), tmp_path / "a.xlsx"))
    assert book.sheetnames == ["table", "definitions", "provenance"]
    sheet = book["table"]
    assert sheet.freeze_panes == "A2"
    assert sheet["C2"].value == pytest.approx(4 / 3)
    assert sheet["H2"].value == 2_000_000
    assert sheet["H2"].number_format == "#,##0"
    assert sheet["C3"].value == "not known"
    assert sheet["B2"].number_format == "0"
    assert book["definitions"]["C2"].value == "Private money divided by public money."
    told = " ".join(str(cell.value) for row in book["provenance"] for cell in row)
    for word in ("calls.csv", "3 rows read", "2 kept, 1 rejected", "ab" * 32, "No effect is shown"):
        assert word in told


def test_json_has_rows_caveats_provenance_and_definitions(tmp_path):
    content = json.loads(write_table(indicators(), tmp_path / "a.json").read_text())
    assert content["rows"][1]["value"] is None
    assert content["rows"][1]["upper"] == 370
    assert content["caveats"] == ["No effect is shown."]
    assert content["provenance"]["files"][0]["sha256"] == "ab" * 32
    assert content["definitions"][0]["source"] == "Descriptive ratio."


def test_parquet_keeps_types_and_provenance(tmp_path):
    path = write_table(indicators(), tmp_path / "a.parquet")
    back = pd.read_parquet(path)
    assert back["value"].dtype.kind == "f"
    assert back["lower"].tolist()[1] == 200
    assert b"calls.csv" in pq.read_schema(path).metadata[b"provenance"]


@pytest.mark.parametrize("ending", [".md", ".tex", ".html"])
def test_pages_for_people_name_what_is_not_known_and_define_what_they_show(ending, tmp_path):
    text = write_table(indicators(), tmp_path / f"a{ending}").read_text()
    for word in (
        "not known",
        "no identifiers",
        "Private money divided by public money.",
        "Descriptive ratio.",
        "No effect is shown.",
        "calls.csv",
    ):
        assert word in text


def test_markdown_and_latex_escape_what_they_show(tmp_path):
    frame = result(pd.DataFrame({"a_b": ["5 % of | $x_1$ \\ {y} <b>", None]}))
    md = write_table(frame, tmp_path / "a.md").read_text()
    assert r"5 % of \| $x\_1$ \\ {y} \<b\>" in md
    tex = write_table(frame, tmp_path / "a.tex").read_text()
    assert r"a\_b" in tex
    assert r"5 \% of | \$x\_1\$ \textbackslash{} \{y\} <b>" in tex


def test_html_is_a_page_of_its_own_without_requests(tmp_path):
    evil = "<script src=https://example.org/x.js></script>"
    text = write_table(result(pd.DataFrame({evil: [evil]})), tmp_path / "a.html").read_text()
    assert text.startswith("<!DOCTYPE html>")
    assert "<script" not in text
    assert "default-src 'none'" in text


# --- simulated data ------------------------------------------------------------------


@pytest.mark.parametrize("ending", [".csv", ".json", ".html", ".md", ".tex"])
def test_simulated_data_say_so_in_every_file(ending, tmp_path):
    path = write_table(indicators(simulated=True), tmp_path / f"a{ending}")
    assert "simulated" in path.read_text().lower()
    assert "simulated" not in write_table(indicators(), path).read_text().replace(
        '"simulated": false', ""
    )


def test_simulated_data_have_a_column_of_their_own(tmp_path):
    cells = table_cells(write_table(indicators(simulated=True), tmp_path / "a.csv"))
    assert cells[0][-1] == "simulated"
    assert {row[-1] for row in cells[1:]} == {"true"}
    assert pd.read_parquet(write_table(indicators(simulated=True), tmp_path / "a.parquet"))[
        "simulated"
    ].all()
    book = openpyxl.load_workbook(write_table(indicators(simulated=True), tmp_path / "a.xlsx"))
    assert "Simulated" in str(book["provenance"]["B4"].value)


# --- formulas ------------------------------------------------------------------------

ACTING = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"]


@pytest.mark.parametrize("text", ACTING)
def test_text_is_never_a_formula(text, tmp_path):
    frame = result(pd.DataFrame({text: [text], "number": [-1.5]}))
    cells = table_cells(write_table(frame, tmp_path / "a.csv"))
    assert cells == [["'" + text, "number"], ["'" + text, "-1.5"]]
    book = openpyxl.load_workbook(write_table(frame, tmp_path / "a.xlsx"))
    assert book["table"]["A2"].data_type == "s"
    assert book["table"]["A2"].value.startswith("'")
    assert book["table"]["B2"].value == -1.5


@given(st.text(max_size=20))
def test_any_text_survives_csv_but_for_the_apostrophe(text):
    written = BytesIO()
    written.write(_csv(text))
    cells = list(csv.reader(StringIO(written.getvalue().decode(), newline="")))
    acts = text.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    wanted = text.encode("utf-8", "replace").decode()
    assert cells[1][0] == ("'" + wanted if acts else wanted)


def _csv(text):
    from difass_analysis.export.text import csv_bytes

    return csv_bytes(result(pd.DataFrame({"a": pd.Series([text], dtype="object"), "b": [1]})))


# --- personal data -------------------------------------------------------------------


def test_personal_columns_never_leave(tmp_path):
    frame = pd.DataFrame(
        {
            "operation_id": ["o1", "o2"],
            "address": ["Via Uno 1", "Via Due 2"],
            "contact_person": ["A. Person", "B. Person"],
            "beneficiary_name": ["A. Person", "Chamber"],
            "natural_person": [True, False],
            "_file": ["x.csv", "x.csv"],
        }
    )
    for ending in ENDINGS:
        content = write_table(result(frame), tmp_path / f"a{ending}", table="operations")
        assert b"Person" not in content.read_bytes() or ending in (".xlsx", ".docx")
    cells = table_cells(tmp_path / "a.csv")
    assert cells[0] == ["operation_id", "beneficiary_name", "natural_person"]
    assert cells[1:] == [["o1", WITHHELD, "true"], ["o2", "Chamber", "false"]]


def test_names_of_enterprises_stay_also_without_naming_the_table(tmp_path):
    frame = result(pd.DataFrame({"sme_id": ["a"], "name": ["A. Person"]}))
    assert table_cells(write_table(frame, tmp_path / "a.csv"))[0] == ["sme_id"]
    partners = result(pd.DataFrame({"partner_id": ["a"], "name": ["Kent County Council"]}))
    path = write_table(partners, tmp_path / "b.csv", table="partners")
    assert table_cells(path)[1] == ["a", "Kent County Council"]


def test_findings_do_not_quote_personal_values(tmp_path):
    frame = pd.DataFrame(
        {
            "severity": ["error", "error"],
            "table": ["enterprises", "calls"],
            "column": ["name", "year"],
            "value": ["A. Person", "20177"],
            "message": ["name 'A. Person' is doubled", "year 20177"],
        }
    )
    cells = table_cells(
        write_table(Findings(frame=frame, provenance=provenance()), tmp_path / "a.csv")
    )
    assert cells[1][3:] == [WITHHELD, WITHHELD]
    assert cells[2][3:] == ["20177", "year 20177"]


def test_rejected_rows_keep_their_line_and_not_their_personal_content(tmp_path):
    frame = pd.DataFrame(
        {
            "file": ["e.csv", "c.csv"],
            "line": [7, 8],
            "table": ["enterprises", "calls"],
            "reason": ["no key", "no key"],
            "raw": [";A. Person", ";2017"],
        }
    )
    cells = table_cells(write_table(result(frame), tmp_path / "a.csv"))
    assert cells[1][1] == "7"
    assert "Person" not in cells[1][4]
    assert cells[2][4] == ";2017"


# --- whole or not at all -------------------------------------------------------------


def test_an_older_file_stays_when_writing_fails(tmp_path, monkeypatch):
    path = atomic_write(tmp_path / "a.csv", b"old")

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="the disk is full"):
        atomic_write(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.EACCES, "not allowed"),
        (errno.EROFS, "read-only"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_a_folder_that_cannot_be_written_to_is_named_in_plain_words(
    code, words, tmp_path, monkeypatch
):
    def refuse(self, *args, **kwargs):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match=words):
        atomic_write(tmp_path / "a.csv", b"new")


def test_a_file_in_the_way_of_a_folder_is_named(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(InputError, match="a file, not a folder"):
        atomic_write(tmp_path / "out/a.csv", b"")
    (tmp_path / "b.csv").mkdir()
    with pytest.raises(InputError, match=r"b\.csv cannot be written"):
        atomic_write(tmp_path / "b.csv", b"")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["b.csv", "out"]


def test_an_interrupted_write_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        atomic_write(tmp_path / "a.csv", b"new")
    assert not list(tmp_path.iterdir())


# --- names and charts ----------------------------------------------------------------


@given(st.text())
def test_safe_names_hold_only_safe_letters(text):
    name = safe_name(text)
    assert name
    assert len(name) <= 80
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-")
    assert safe_name(text) == name
    assert not name.startswith("-")


def test_names_that_lose_letters_stay_apart():
    assert safe_name("Αθήνα") != safe_name("Πάτρα")
    assert safe_name("x" * 200) != safe_name("x" * 201)
    assert safe_name("") == safe_name("")


@pytest.mark.parametrize(
    ("ending", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")]
)
def test_charts_are_written_by_ending(ending, start, tmp_path):
    ax = charts.intervals(indicators().frame.head(1), by=["year"], title="Ratio")
    path = write_chart(ax, tmp_path / f"charts/a.{ending}")
    close(ax)
    assert path.read_bytes().startswith(start)
    with pytest.raises(UsageError, match="Offered"):
        write_chart(ax, tmp_path / "a.gif")
