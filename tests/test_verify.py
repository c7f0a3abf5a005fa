"""Figures that left, made anew from their record: the same, other inputs, or other figures."""

import json
import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from difass_analysis.cli.app import main
from difass_analysis.comparison import compare, contrasts
from difass_analysis.disclosure import protect_one
from difass_analysis.display.pictures import close
from difass_analysis.errors import InputError, UsageError
from difass_analysis.export import write_chart, write_table
from difass_analysis.export.folders import remove_stale
from difass_analysis.export.records import checksum
from difass_analysis.loading import load
from difass_analysis.measurement import measure
from difass_analysis.programme import Programme
from difass_analysis.reporting import report
from difass_analysis.reporting.verifying import verify

ENDINGS = [".csv", ".xlsx", ".docx", ".html", ".tex", ".md", ".parquet", ".json"]
OPERATIONS = """operation_id,region,beneficiary_id,public_amount,private_amount
a,N,s1,10,11
b,N,s2,20,28
c,N,s3,20,23
d,N,s4,30,31
e,S,s5,10,25
f,S,s6,20,47
g,S,s7,30,71
h,S,s8,20,42
"""
SETTINGS = """id = "two_regions"
name = "Two regions"
currency = "EUR"
published = {published}
[[sources]]
file = "operations.csv"
table = "operations"
"""


PROFILE = """title = "A list of two"
[programme]
name = "Two"
currency = "EUR"
published = true
[file]
delimiter = ";"
[tables.operations.columns]
operation_id = "code"
public_amount = "money"
"""


@pytest.fixture
def data(tmp_path):
    """A folder with a programme of eight operations in two regions."""
    return programme_in(tmp_path / "data")


def programme_in(folder, *, published="true"):
    folder.mkdir()
    (folder / "operations.csv").write_text(OPERATIONS)
    (folder / "programme.toml").write_text(SETTINGS.format(published=published))
    return folder


def by_region(data):
    return measure(load(data), indicators=["private_per_public", "public"], by=["region"])


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_untouched_file_is_the_same(ending, data, tmp_path):
    path = write_table(by_region(data), tmp_path / f"out/t{ending}")
    found = verify(path)
    assert (found.status, found.sentences) == ("same", ())
    assert found.same


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_changed_input_is_named(ending, data, tmp_path):
    path = write_table(by_region(data), tmp_path / f"t{ending}")
    (data / "operations.csv").write_text(OPERATIONS.replace("h,S,s8,20,42", "h,S,s8,20,43"))
    found = verify(path)
    assert found.status == "inputs changed"
    assert found.sentences == ("operations.csv has changed.",)
    (data / "operations.csv").unlink()
    found = verify(path)
    assert found.status == "inputs changed"
    assert "there is no such file" in found.sentences[0]


def test_changed_settings_are_inputs_too(data, tmp_path):
    path = write_table(by_region(data), tmp_path / "t.csv")
    with (data / "programme.toml").open("a") as stream:
        stream.write("# a word more\n")
    assert verify(path).sentences == ("programme.toml has changed.",)


def test_a_cell_changed_by_hand_is_shown_with_both_values(data, tmp_path):
    path = write_table(by_region(data), tmp_path / "t.csv")
    assert "1.1625" in path.read_text()  # 93 / 80 in the north
    path.write_text(path.read_text().replace("1.1625", "1.2625"))
    found = verify(path)
    assert found.status == "figures differ"
    assert found.differences.values.tolist() == [["t.csv", "row 2, 'value'", "1.2625", "1.1625"]]


def test_a_cell_of_a_workbook_is_found_and_saving_alone_changes_no_figure(data, tmp_path):
    path = write_table(by_region(data), tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(path)
    book.save(path)
    found = verify(path)
    assert found.same
    assert "changed after it was written" in found.sentences[0]
    book["table"]["C2"] = 9.5
    book.save(path)
    found = verify(path)
    assert found.differences.values.tolist() == [
        ["t.xlsx", "sheet table, row 2, 'value'", "9.5", "1.1625"]
    ]


def test_numbers_are_compared_to_the_tenth_digit(data, tmp_path):
    path = write_table(by_region(data), tmp_path / "t.csv")
    text = path.read_text()
    path.write_text(text.replace("1.1625", "1.16250000001"))
    assert verify(path).same
    path.write_text(text.replace("1.1625", "1.16250001"))
    assert not verify(path).same


def test_conditions_and_level_are_repeated(data, tmp_path):
    table = measure(
        load(data), indicators=["private_per_public"], where={"region": ["S"]}, level=0.9
    )
    path = write_table(table, tmp_path / "t.csv")
    assert verify(path).same
    record = tmp_path / "t.csv.provenance.json"
    record.write_text(record.read_text().replace("0.9", "0.8"))
    assert set(verify(path).differences["place"]) == {"row 2, 'lower'", "row 2, 'upper'"}


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
def test_a_chart_is_verified_by_the_figures_that_it_shows(ending, data, tmp_path):
    found = compare(load(data), "private_per_public", by="region")
    ax = found.plot()
    path = write_chart(ax, tmp_path / f"c.{ending}", result=found)
    close(ax)
    assert verify(path).same
    path.write_bytes(path.read_bytes() + b"<!-- -->")
    assert verify(path).sentences == (f"c.{ending} was changed after it was written.",)
    assert not verify(path).same


def test_disclosure_control_is_repeated_as_it_was(tmp_path):
    folder = programme_in(tmp_path / "data", published="false")
    programme = load(folder)
    table = by_region(folder)
    for disclosure in ("on", "off"):
        safe = protect_one(table, programme=programme, disclosure=disclosure)
        path = write_table(safe, tmp_path / f"{disclosure}.md")
        assert verify(path).same
    assert (tmp_path / "on.md").read_bytes() != (tmp_path / "off.md").read_bytes()


# --- places --------------------------------------------------------------------------


def test_file_and_data_moved_together_verify_and_apart_ask(data, tmp_path):
    write_table(by_region(data), tmp_path / "out/t.csv")
    moved = tmp_path / "archive"
    moved.mkdir()
    for name in ("out", "data"):
        (tmp_path / name).rename(moved / name)
    assert verify(moved / "out/t.csv").same
    (moved / "data").rename(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="--data PATH"):
        verify(moved / "out/t.csv")
    assert verify(moved / "out/t.csv", data=tmp_path / "elsewhere").same
    with pytest.raises(UsageError, match="There is nothing at"):
        verify(moved / "out/t.csv", data=tmp_path / "nowhere")


def test_a_record_names_no_place_of_this_machine_and_no_person(tmp_path, monkeypatch):
    home = tmp_path / "home" / "a_person"
    home.mkdir(parents=True)
    monkeypatch.setattr(Path, "home", classmethod(lambda _: home))
    data = programme_in(home / "lists")
    near = write_table(by_region(data), home / "out/t.csv")
    far = write_table(by_region(data), tmp_path / "t.csv")
    for path in (near, far):
        record = path.with_name("t.csv.provenance.json").read_text()
        assert "a_person" not in record
        assert str(tmp_path) not in record
    assert verify(near).same
    with pytest.raises(UsageError, match="--data"):
        verify(far)
    assert verify(far, data=data).same


def test_the_packaged_example_is_found_wherever_it_is_installed(tmp_path):
    table = measure(load(), indicators=["private_per_public"], by=["year"])
    path = write_table(table, tmp_path / "t.csv")
    record = json.loads((tmp_path / "t.csv.provenance.json").read_text())
    assert record["programmes"][0]["data"] == {"example": "emilia_romagna_clusters"}
    assert verify(path).same


def test_a_single_file_with_a_profile_of_its_own(tmp_path):
    (tmp_path / "list.csv").write_text("code;money\na;5\nb;7\n")
    profile = tmp_path / "own.toml"
    profile.write_text(PROFILE)
    table = measure(load(tmp_path / "list.csv", profile="own.toml"), indicators=["public"])
    path = write_table(table, tmp_path / "t.csv")
    assert verify(path).same
    profile.write_text(PROFILE.replace('"money"', '"code"'))
    assert "own.toml has changed." in verify(path).sentences


# --- what cannot be verified ---------------------------------------------------------


def test_without_files_or_a_call_nothing_can_be_repeated(data, tmp_path):
    frame = pd.DataFrame({"operation_id": ["a", "b"], "public_amount": [1.0, 2.0]})
    table = measure(Programme.from_frames(operations=frame), indicators=["public"])
    path = write_table(table, tmp_path / "frames.csv", disclosure="off")
    with pytest.raises(UsageError, match="frames in memory"):
        verify(path)
    other = contrasts(load(data), "private_per_public", by="region")
    with pytest.raises(UsageError, match="names no call"):
        verify(write_table(other, tmp_path / "other.csv"))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": "another"}', '{"format": "difass_analysis provenance 1"}']
)
def test_a_damaged_record_is_a_sentence(text, data, tmp_path):
    path = write_table(by_region(data), tmp_path / "t.csv")
    path.with_name("t.csv.provenance.json").write_text(text)
    with pytest.raises(InputError):
        verify(path)


def test_a_record_cannot_name_another_function_or_argument(data, tmp_path):
    path = write_table(by_region(data), tmp_path / "t.csv")
    record = path.with_name("t.csv.provenance.json")
    text = record.read_text()
    record.write_text(text.replace('"function": "measure"', '"function": "eval"'))
    with pytest.raises(UsageError, match="names no call"):
        verify(path)
    record.write_text(text.replace('"level":', '"lvl":'))
    with pytest.raises(InputError, match="damaged"):
        verify(path)


@pytest.mark.parametrize("ending", [".xlsx", ".docx", ".parquet", ".json"])
def test_half_a_file_is_damaged(ending, data, tmp_path):
    path = write_table(by_region(data), tmp_path / f"t{ending}")
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(InputError, match="damaged"):
        verify(path)


# --- reports -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A report with its data, written once; tests copy it."""
    top = tmp_path_factory.mktemp("report")
    report(load(programme_in(top / "data")), top / "report")
    return top


@pytest.fixture
def copied(written, tmp_path):
    shutil.copytree(written, tmp_path / "copy")
    return tmp_path / "copy"


def test_a_report_and_each_of_its_files_verify(copied):
    out = copied / "report"
    assert verify(out).status == "same"
    table = next((out / "tables").glob("*by_region*.csv"))
    table.write_text(table.read_text().replace("1.1625", "1.3"))
    found = verify(out)
    assert found.status == "figures differ"
    assert {"1.3"} == set(found.differences["recorded"])
    assert f"tables/{table.name} was changed after it was written." in found.sentences
    assert verify(out / "index.html").same
    assert not verify(table).same


def test_words_changed_in_a_page_are_found(copied):
    page = copied / "report/index.html"
    page.write_text(page.read_text().replace("Two regions", "Three regions"))
    found = verify(page)
    assert found.status == "figures differ"
    assert "Three regions" in set(found.differences["recorded"])


def test_a_missing_file_and_changed_inputs_of_a_report_are_named(copied):
    (copied / "report/findings.csv").unlink()
    assert "findings.csv is missing." in verify(copied / "report").sentences
    (copied / "data/operations.csv").write_text(OPERATIONS.replace("42", "41"))
    assert verify(copied / "report").sentences == ("operations.csv has changed.",)


def test_a_second_run_has_the_same_names_and_bytes_and_leaves_no_stale_file(copied):
    out = copied / "report"
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    record = json.loads((out / "provenance.json").read_text())
    (out / "tables/old.csv").write_text("stale")
    (out / "tables/mine.csv").write_text("mine")
    (out / "tables/edited.csv").write_text("edited since")
    record["files"] |= {"tables/old.csv": checksum(b"stale"), "tables/edited.csv": checksum(b"x")}
    (out / "provenance.json").write_text(json.dumps(record))
    report(load(copied / "data"), out)
    kept = {path.name: path.read_text() for path in out.rglob("*.csv")}
    assert "old.csv" not in kept
    assert (kept.pop("mine.csv"), kept.pop("edited.csv")) == ("mine", "edited since")
    assert {path: path.read_bytes() for path in before} == before


def test_nothing_outside_the_folder_is_removed(tmp_path):
    (tmp_path / "out").mkdir()
    outside = tmp_path / "outside.csv"
    outside.write_bytes(b"x")
    (tmp_path / "out/link").symlink_to(tmp_path)
    names = ["../outside.csv", str(outside), "link/outside.csv", "..\\outside.csv", ""]
    assert remove_stale(tmp_path / "out", dict.fromkeys(names, checksum(b"x"))) == []
    assert outside.exists()


# --- command line --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (None, 0, "same   Compared: t.csv, "),
        (None, 0, "Inputs: 2 files, all checksums as recorded: operations.csv, programme.toml."),
        (None, 0, "Versions: as recorded (difass_analysis "),
        (("t.csv", "1.1625", "1.2"), 1, "'1.2' in the file, '1.1625' recomputed"),
        (("data/operations.csv", "42", "41"), 1, "operations.csv has changed"),
        (("t.csv.provenance.json", "{", ""), 2, "cannot be read"),
    ],
)
def test_difass_verify_ends_with_a_code_for_each_verdict(change, code, words, tmp_path, capsys):
    write_table(by_region(programme_in(tmp_path / "data")), tmp_path / "t.csv")
    if change:
        name, old, new = change
        path = tmp_path / name
        path.write_text(path.read_text().replace(old, new))
    with pytest.raises(SystemExit) as stopped:
        main(["verify", str(tmp_path / "t.csv")])
    assert stopped.value.code == code
    printed = capsys.readouterr()
    assert words in (printed.out + printed.err).replace("\n", " ")
