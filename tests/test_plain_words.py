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
from difass_analysis.errors import IndicatorError, InputError, UsageError
from difass_analysis.export import refuse_unwritable, write_table
from difass_analysis.export.shortening import page_of
from difass_analysis.reporting.verifying import lines_of, verify
from difass_analysis.result import IndicatorTable
from tests.confidential import OPERATIONS, programme

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


OWN = """id = "own"
name = "Own"
currency = "EUR"
[[sources]]
file = "operations.csv"
table = "operations"
"""
CLUSTERS = "data/raw/emilia_romagna_clusters"


def refused(arguments: list[str], capsys) -> tuple[str, str]:
    """Words of a command that ends with exit code 2 and prints no result, in two parts."""
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    said = capsys.readouterr()
    assert stopped.value.code == 2
    assert said.out.strip() == ""
    message, _, todo = said.err.partition("Next:")
    return message.removeprefix("Error:").strip(), todo.strip()


@pytest.mark.parametrize("command", ["indicators", "compare"])
@pytest.mark.parametrize("path", [[CLUSTERS], []])
def test_a_condition_that_no_row_fits_is_refused_with_the_values_there_are(command, path, capsys):
    by = ["--by", "region"] if command == "compare" else []
    found = refused([command, *path, *by, "--where", "year=1999"], capsys)
    assert found == ("No row has year = 1999.", "year holds 2017, 2018.")


def test_conditions_that_fit_alone_but_not_together_are_refused(tmp_path, capsys):
    (tmp_path / "programme.toml").write_text(OWN)
    frame = "operation_id,year,region,public_amount\na,2017,N,1\nb,2018,S,2\n"
    (tmp_path / "operations.csv").write_text(frame)
    told = ["--where", "year=2017", "--where", "region=S"]
    message, todo = refused(["indicators", str(tmp_path), *told], capsys)
    assert message == "No row has year = 2017 and region = S together."
    assert "leave one out" in todo


def test_a_value_that_no_row_has_beside_one_that_fits_is_a_caveat(capsys):
    main_in = [CLUSTERS, "--indicator", "public", "--where", "year=2017,1999"]
    with pytest.raises(SystemExit) as stopped:
        main(["indicators", *main_in])
    assert stopped.value.code == 0
    said = capsys.readouterr().out
    assert "1,500,000" in said and "* No row has year = 1999." in said


def test_the_values_there_are_stay_out_of_files():
    own = programme()
    found = da.measure(own, indicators=["public"], where={"beneficiary_id": ["zz", "a"]})
    assert "No row has beneficiary_id = zz." in found.caveats
    assert not any("holds" in caveat for caveat in found.caveats)


def test_one_group_alone_is_no_comparison_and_says_so():
    found = da.compare(da.load(), "private_per_public", by="region")
    assert found.caveats[0] == (
        "Nothing is compared: only one group of region has a value (ITH5). Compare by year."
    )
    found = da.compare(da.load(), "private_per_public", by="region", where={"year": ["2017"]})
    assert found.caveats[0].endswith("(ITH5). Leave a condition out.")
    found = da.compare(da.load(), "private_per_public", by="year")
    assert not any("Nothing is compared" in caveat for caveat in found.caveats)


def test_columns_are_offered_by_which_rows_can_be_told_apart(capsys):
    message, todo = refused(["compare", CLUSTERS, "--by", "nope"], capsys)
    assert (message, todo) == ("There is no column 'nope'.", "Offered: year.")
    own = da.simulate(seed=1, operations=60)
    with pytest.raises(UsageError, match="'nope'") as raised:
        da.measure(own, by=["nope"])
    # Amounts, free text and a column with one value alone are not among them.
    assert "mechanism" in raised.value.todo and "region" in raised.value.todo
    assert not re.search(
        r"_amount|title|summary|_date|beneficiary_name|nuts_version", raised.value.todo
    )


def test_a_way_of_reading_blanks_that_is_not_offered(capsys):
    message, todo = refused(["check", CLUSTERS, "--blank", "foo"], capsys)
    assert message == "--blank foo is not offered."
    assert todo == "Write unknown or zero: a blank amount is not known, or it is 0."


@pytest.mark.parametrize("published", [False, True])
def test_counts_of_bodies_warn_where_the_data_are_not_public(published, tmp_path, capsys):
    OPERATIONS.assign(beneficiary_name=OPERATIONS["beneficiary_id"]).to_csv(
        tmp_path / "operations.csv", index=False
    )
    public = OWN.replace("\n", f"\npublished = {str(published).lower()}\n", 1)
    (tmp_path / "programme.toml").write_text(public)
    with pytest.raises(SystemExit) as stopped:
        main(["identity", str(tmp_path), "--by", "region"])
    assert stopped.value.code == 0
    assert ("Not through disclosure control" in capsys.readouterr().out) is not published


@pytest.mark.parametrize("command", ["check", "report", "data", "practices", "simulate"])
def test_a_folder_that_is_a_file_is_refused_before_anything_is_read(command, tmp_path, capsys):
    (tmp_path / "file").write_text("kept")
    out = tmp_path / "file" / "more"
    path = [] if command == "simulate" else ["no-such-folder"]
    message, _ = refused([command, *path, "--out", str(out)], capsys)
    assert message.endswith("a part of the path is a file, not a folder.")
    assert (tmp_path / "file").read_text() == "kept"


@pytest.mark.parametrize("command", ["indicators", "compare", "identity", "loans", "aid"])
def test_a_file_that_is_a_folder_is_refused_before_anything_is_read(command, tmp_path, capsys):
    (tmp_path / "t.csv").mkdir()
    message, _ = refused([command, "no-such-folder", "--out", str(tmp_path / "t.csv")], capsys)
    assert message.endswith("a folder has that name.")


def test_a_folder_that_may_not_be_written_to_is_refused_and_nothing_made(tmp_path, monkeypatch):
    monkeypatch.setattr("difass_analysis.export.files.os.access", lambda *_: False)
    with pytest.raises(InputError, match=r"writing there is not allowed"):
        refuse_unwritable(tmp_path / "new" / "folder", folder=True)
    assert list(tmp_path.iterdir()) == []


def test_one_spelling_under_two_headings_is_no_variant_and_blanks_are_seen(tmp_path):
    (tmp_path / "list.csv").write_text("id,eu,own,place\na,FESR,,N\nb,,FESR,N \nc,,FESR,Nord\n")
    profile = tmp_path / "p.toml"
    profile.write_text(
        '[tables.operations.columns]\noperation_id = "id"\n'
        '[tables.operations.columns.fund]\nfirst = ["eu", "own"]\nmap = { "FESR" = "ERDF" }\n'
        '[tables.operations.columns.region]\nfrom = "place"\nmap = { "N" = "N", "Nord" = "N" }\n'
    )
    frame = da.load(tmp_path / "list.csv", profile=str(profile)).findings.frame
    united = frame[frame["rule"] == "spellings_united"]
    assert list(united["column"]) == ["region"]
    assert "'N[blank]' (1)" in united["message"].iloc[0]
    assert "'N' (1)" in united["message"].iloc[0]


def test_a_card_of_a_stated_total_says_why_it_has_no_interval(tmp_path):
    english = da.report(da.load(), tmp_path / "en").read_text()
    italian = da.report(da.load(), tmp_path / "it", language="it").read_text()
    assert "No interval: a total as it was stated, not an estimate." in english
    assert "Nessun intervallo: un totale così come dichiarato" in unescape(italian)
    assert "No interval is known." not in english


def test_verify_says_what_it_compared(tmp_path: Path):
    path = write_table(da.measure(da.load(), indicators=NAMES, by=["year"]), tmp_path / "t.csv")
    lines = list(lines_of(verify(path)))
    # Two ratios: year, value, n, numerator, denominator; two totals: the same without denominator.
    assert lines[:2] == ["same", "  Compared: t.csv, 18 cells with a figure."]
    assert lines[2].startswith("  Inputs: ") and "schemes.csv" in lines[2]
    assert lines[3].startswith("  Versions: as recorded (difass_analysis ")


def test_a_chart_says_withheld_and_not_that_a_value_is_not_known(tmp_path):
    da.report(programme(), tmp_path)
    for path in (tmp_path / "charts").glob("*.svg"):
        drawing = path.read_text()
        assert ">withheld<" in drawing and ">not known<" not in drawing


def test_the_charts_of_an_italian_page_speak_italian(tmp_path):
    page = unescape(da.report(programme(), tmp_path / "own", language="it").read_text())
    drawings = " ".join(re.findall(r"(?s)<svg.*?</svg>", page))
    assert ">riservato<" in drawings and ">valore<" in drawings
    assert "2017: omesso: riservato (" in drawings
    assert not re.search(r"withheld|not known|dominated|to protect|Source:|Disclosure", drawings)
    page = unescape(da.report(da.load(), tmp_path / "er", language="it").read_text())
    assert "Fondi pubblici e fondi privati (EUR)" in page
    assert ">42,9%<" in page and ">3.500.000<" in page and ">42.9 %<" not in page
    # Outside the page charts stay English.
    table = da.measure(da.load(), by=["year"], indicators=["private_per_public"])
    assert "value" in [text.get_text() for text in table.plot().texts]


def test_a_column_out_of_reach_is_answered_with_those_within_reach():
    own = da.simulate(seed=1, operations=60)
    with pytest.raises(IndicatorError) as raised:
        da.compare(own, "private_per_public", by="group")
    assert "Groups that there are: region, year, mechanism" in raised.value.todo
    assert "size_class" not in raised.value.todo


def test_a_file_that_a_profile_of_the_package_reads_needs_no_draft(shared, tmp_path, capsys):
    path = shared / "data/methods/loans_10k.csv"
    if not path.is_file():
        pytest.skip("no loan tape among the reference data")
    message, todo = refused(["profile", str(path)], capsys)
    assert message.startswith("No draft is needed: the profile 'lending_club_2018'")
    assert todo == f"difass check {path}"


def test_units_in_a_method_are_italian_on_an_italian_page(tmp_path):
    page = unescape(da.report(programme(published=True), tmp_path, language="it").read_text())
    assert "beneficiari arrivano casualmente" in page and "beneficiaries arriv" not in page
