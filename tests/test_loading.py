"""Loading: what arrives, and what is refused with the place and the next step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import difass_analysis as da
from difass_analysis.errors import (
    DifassError,
    IndicatorError,
    InputError,
    ProfileError,
    SchemaError,
    UsageError,
)
from tests.tables import assert_shows

GOOD = "operation_id,public_amount,private_amount\na,10,5\nb,30,15\n"
SETTINGS = """
id = "mine"
name = "Mine"
currency = "EUR"
[[sources]]
file = "operations.csv"
table = "operations"
"""
PROFILE = """
[tables.operations.columns]
operation_id = "key"
public_amount = "granted"
"""


def programme_in(folder: Path, *, settings: str = SETTINGS, operations: str = GOOD) -> Path:
    (folder / "programme.toml").write_text(settings, encoding="utf-8")
    (folder / "operations.csv").write_text(operations, encoding="utf-8")
    return folder


def file_in(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


# What arrives -------------------------------------------------------------------------------------


def test_a_folder_is_a_programme(tmp_path: Path) -> None:
    programme = da.load(programme_in(tmp_path))
    assert (programme.id, programme.name, programme.currency) == ("mine", "Mine", "EUR")
    assert programme.checked
    record = programme.provenance.files[0]
    assert (record.name, record.table, record.profile) == (
        "operations.csv",
        "operations",
        "canonical",
    )
    assert (record.rows_read, record.rows_kept, record.rows_rejected) == (2, 2, 0)
    assert len(record.sha256) == 64
    assert record.size_bytes == len(GOOD)
    assert da.measure(programme, indicators=["private_per_public"]).frame["value"].tolist() == [0.5]


def test_a_single_file_needs_no_settings(tmp_path: Path) -> None:
    path = file_in(tmp_path, "operations.csv", GOOD)
    programme = da.load(path)
    assert programme.id == "operations"
    assert programme.currency == ""
    assert da.measure(programme, indicators=["public"]).frame["unit"].tolist() == ["currency units"]


def test_without_a_path_it_is_the_example() -> None:
    assert da.load().id == "emilia_romagna_clusters"
    assert da.example_path().is_dir()


def test_all_programmes_of_a_folder_come_with_figures_first(tmp_path: Path) -> None:
    for name, table in (("b", "barriers"), ("z", "operations"), ("a", "barriers")):
        folder = tmp_path / name
        folder.mkdir()
        settings = SETTINGS.replace("mine", name).replace("operations", table)
        key = "barrier_id" if table == "barriers" else "operation_id"
        file_in(folder, "programme.toml", settings)
        file_in(folder, f"{table}.csv", f"{key}\nx\n")
    assert [programme.id for programme in da.load_all(tmp_path)] == ["z", "a", "b"]
    assert [programme.id for programme in da.load_all(tmp_path / "a")] == ["a"]


def test_files_of_one_table_are_put_together_and_may_lack_columns(tmp_path: Path) -> None:
    settings = SETTINGS.replace('"operations.csv"', '"*.csv"')
    folder = programme_in(tmp_path, settings=settings)
    file_in(folder, "more.csv", "operation_id,public_amount,fund\nc,60,ERDF\n")
    programme = da.load(folder)
    assert_shows(
        programme.table("operations").sort_values("operation_id"),
        """
        | operation_id | fund | public_amount | private_amount |
        | ------------ | ---- | ------------- | -------------- |
        | a            |      | 10            | 5              |
        | b            |      | 30            | 15             |
        | c            | ERDF | 60            |                |
        """,
    )
    assert {record.name for record in programme.provenance.files} == {"operations.csv", "more.csv"}


def test_the_key_of_a_row_must_be_unique_over_all_files(tmp_path: Path) -> None:
    settings = SETTINGS.replace('"operations.csv"', '"*.csv"')
    folder = programme_in(tmp_path, settings=settings)
    file_in(folder, "zmore.csv", "operation_id,public_amount\nb,60\nc,70\n")
    programme = da.load(folder)
    assert programme.table("operations")["public_amount"].sum() == 10 + 30 + 70
    assert_shows(
        programme.findings.rejects,
        """
        | file      | line | table      | reason                      | raw  |
        | --------- | ---- | ---------- | --------------------------- | ---- |
        | zmore.csv | 2    | operations | duplicate_key: operation_id | b,60 |
        """,
    )


def test_the_same_amounts_in_csv_xlsx_and_parquet(tmp_path: Path) -> None:
    frame = pd.DataFrame({"operation_id": ["a", "b"], "public_amount": [10.5, 1234567.89]})
    frame.to_csv(tmp_path / "operations.csv", index=False)
    frame.to_excel(tmp_path / "operations.xlsx", index=False)
    frame.to_parquet(tmp_path / "operations.parquet")
    for ending in ("csv", "xlsx", "parquet"):
        table = da.load(tmp_path / f"operations.{ending}").table("operations")
        assert table["public_amount"].tolist() == [10.5, 1234567.89], ending


def test_blanks_may_be_read_as_zero(tmp_path: Path) -> None:
    text = (
        "operation_id,eu_amount,national_public_amount,private_amount,total_cost_amount\n"
        "a,10,,5,15\n"
    )
    path = file_in(tmp_path, "operations.csv", text)
    assert da.load(path).table("operations")["public_amount"].isna().all()
    zero = da.load(path, blank="zero")
    assert zero.table("operations")["public_amount"].tolist() == [10]
    assert zero.provenance.settings["blank"] == "zero"


def test_columns_of_ones_own_are_kept_and_may_be_grouped_by(tmp_path: Path) -> None:
    path = file_in(tmp_path, "operations.csv", "operation_id,Sector,public_amount\na,wood,5\n")
    programme = da.load(path)
    assert da.measure(programme, indicators=["public"], by=["Sector"]).frame["Sector"][0] == "wood"


# What is refused ----------------------------------------------------------------------------------


def no_such_path(folder: Path) -> Path:
    return folder / "nothing.csv"


def folder_without_settings(folder: Path) -> Path:
    return folder


def folder_of_programmes(folder: Path) -> Path:
    inside = folder / "north"
    inside.mkdir()
    programme_in(inside)
    return folder


def empty_file(folder: Path) -> Path:
    return file_in(folder, "operations.csv", "")


def header_only(folder: Path) -> Path:
    return file_in(folder, "operations.csv", "operation_id,public_amount\n")


def no_key_column(folder: Path) -> Path:
    return programme_in(folder, operations="name,public_amount\na,5\n")


def unknown_headings(folder: Path) -> Path:
    return file_in(folder, "list.csv", "foo,bar\n1,2\n")


def other_encoding(folder: Path) -> Path:
    text = "operation_id,title,public_amount\na,Größe,5\n"
    return file_in(folder, "operations.csv", text.encode("cp1252"))


def nul_bytes(folder: Path) -> Path:
    return file_in(folder, "operations.csv", "operation_id,title\na,b\n".encode("utf-16"))


def html_named_csv(folder: Path) -> Path:
    return file_in(folder, "operations.csv", "<html><table></table></html>")


def broken_workbook(folder: Path) -> Path:
    return file_in(folder, "operations.xlsx", b"PK\x03\x04 and nothing else")


def unknown_ending(folder: Path) -> Path:
    return programme_in(folder, settings=SETTINGS.replace("operations.csv", "programme.toml"))


def missing_source(folder: Path) -> Path:
    return programme_in(folder, settings=SETTINGS.replace("operations.csv", "calls.csv"))


def leaving_source(folder: Path) -> Path:
    inside = folder / "inside"
    inside.mkdir()
    file_in(folder, "operations.csv", GOOD)
    return programme_in(inside, settings=SETTINGS.replace("operations", "../operations", 1))


def absolute_source(folder: Path) -> Path:
    path = file_in(folder, "elsewhere.csv", GOOD)
    return programme_in(folder, settings=SETTINGS.replace("operations.csv", path.as_posix()))


def linked_source(folder: Path) -> Path:
    inside = folder / "inside"
    inside.mkdir()
    outside = file_in(folder, "outside.csv", GOOD)
    (inside / "operations.csv").symlink_to(outside)
    (inside / "programme.toml").write_text(SETTINGS, encoding="utf-8")
    return inside


def unknown_profile(folder: Path) -> Path:
    return programme_in(folder, settings=SETTINGS + 'profile = "canonicl"\n')


def unknown_profile_file(folder: Path) -> Path:
    return programme_in(folder, settings=SETTINGS + 'profile = "mine.toml"\n')


def heading_that_is_not_there(folder: Path) -> Path:
    file_in(folder, "mine.toml", PROFILE)
    settings = SETTINGS + 'profile = "mine"\n'
    return programme_in(folder, settings=settings, operations="Key,grant\na,5\n")


def profile_of_other_tables(folder: Path) -> Path:
    file_in(folder, "mine.toml", PROFILE)
    settings = SETTINGS.replace('table = "operations"', 'table = "calls"\nprofile = "mine"')
    return programme_in(folder, settings=settings, operations="key,granted\na,5\n")


def unknown_table(folder: Path) -> Path:
    changed = SETTINGS.replace('table = "operations"', 'table = "operation"')
    return programme_in(folder, settings=changed)


def no_toml(folder: Path) -> Path:
    return programme_in(folder, settings="id = mine\n")


def no_id(folder: Path) -> Path:
    return programme_in(folder, settings=SETTINGS.replace('id = "mine"', ""))


def unknown_entry(folder: Path) -> Path:
    return programme_in(folder, settings='curency = "EUR"\n' + SETTINGS)


def no_sources(folder: Path) -> Path:
    return programme_in(folder, settings=SETTINGS.partition("[[sources]]")[0])


def settings_of_a_profile(folder: Path) -> Path:
    return programme_in(folder, settings="[programme]" + SETTINGS)


def wrong_kind(folder: Path) -> Path:
    return programme_in(folder, settings="published = 1\n" + SETTINGS)


def unknown_system(folder: Path) -> Path:
    return programme_in(folder, settings='indicator_system = "CPR2014"\n' + SETTINGS)


def budget_without_a_rate(folder: Path) -> Path:
    budget = '[[budget]]\namount = 5\ncurrency = "RON"\n'
    return programme_in(folder, settings=SETTINGS + budget)


REFUSED: list[tuple[Callable[[Path], Path], type[DifassError], str, str]] = [
    (no_such_path, InputError, "nothing.csv", "Correct the name"),
    (folder_without_settings, InputError, "has no programme.toml", "Write a programme.toml"),
    (folder_of_programmes, InputError, "has no programme.toml", "its programmes: north"),
    (empty_file, InputError, "operations.csv is empty", "Ask for the file again"),
    (header_only, InputError, "operations.csv has a header and no rows", "Ask for the file again"),
    (no_key_column, InputError, "no column 'operation_id', which is the key", "name, public_amo"),
    (unknown_headings, ProfileError, "No shipped profile fits list.csv", "Write a profile"),
    (other_encoding, InputError, "not utf-8: byte 37 on line 2", 'encoding = "cp1252"'),
    (nul_bytes, InputError, "operations.csv holds a NUL byte", 'encoding = "utf-16"'),
    (html_named_csv, InputError, "is a page of HTML without a table", "Ask for the list"),
    (broken_workbook, InputError, "operations.xlsx is a workbook or an archive", "damaged"),
    (unknown_ending, InputError, "ending of programme.toml", "State format"),
    (missing_source, InputError, "names 'calls.csv', but there is no such file", "Add the file"),
    (leaving_source, ProfileError, "'../operations.csv' leaves the programme's", "Put the file"),
    (absolute_source, ProfileError, "leaves the programme's folder", "Put the file"),
    (linked_source, InputError, "operations.csv is a link that leads out", "Put the file itself"),
    (unknown_profile, ProfileError, "There is no profile 'canonicl'", "canonical"),
    (unknown_profile_file, ProfileError, "There is no profile file", "put the file there"),
    (heading_that_is_not_there, InputError, "operations.csv has no heading 'granted'", "'grant'"),
    (profile_of_other_tables, InputError, "'mine' does not fill table 'calls'", "fills operations"),
    (unknown_table, ProfileError, "There is no table 'operation'", "Did you mean 'operations'"),
    (no_toml, ProfileError, "programme.toml is not valid TOML", "Correct that place"),
    (no_id, ProfileError, "programme.toml states no id", "Add a line such as id"),
    (unknown_entry, ProfileError, "There is no entry 'curency'", "Did you mean 'currency'"),
    (wrong_kind, ProfileError, "published = 1 must be true or false", "Write published = true"),
    (no_sources, ProfileError, "lists no file to read; in the folder: operations.csv", "[[source"),
    (settings_of_a_profile, ProfileError, "stand under [programme]", "Take out the line"),
    (unknown_system, DifassError, "no indicator system 'CPR2014'", "Did you mean 'CPR_2014'"),
    (budget_without_a_rate, ProfileError, "budget is in RON, the programme in EUR", "State rate ="),
]


@pytest.mark.parametrize(
    ("make", "kind", "message", "todo"), REFUSED, ids=[row[0].__name__ for row in REFUSED]
)
def test_refused(
    tmp_path: Path,
    make: Callable[[Path], Path],
    kind: type[DifassError],
    message: str,
    todo: str,
) -> None:
    path = make(tmp_path)
    with pytest.raises(DifassError) as caught:
        da.load(path)
    assert isinstance(caught.value, kind)
    assert message in caught.value.message
    assert todo in caught.value.todo
    assert bool(caught.value.todo) == bool(todo)


def test_a_file_with_too_many_unreadable_cells_is_refused(tmp_path: Path) -> None:
    rows = "".join(f'o{i},"1,5"\n' for i in range(100_001))
    path = file_in(tmp_path, "operations.csv", "operation_id,public_amount\n" + rows)
    with pytest.raises(InputError, match="100,001 cells cannot be read") as caught:
        da.load(path)
    assert "The profile does not fit this file" in caught.value.todo


def test_load_all_refuses_a_folder_without_programmes(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no programme"):
        da.load_all(tmp_path)


# What is set aside --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ("c,twelve,5", "unreadable"),
        ('c,"1.234,50",5', "unreadable"),
        ("c,12", "wrong_number_of_fields"),
        ("c,12,5,6", "wrong_number_of_fields"),
        ("c,-12,5", "below_range"),
        ("a,12,5", "duplicate_key"),
        (",12,5", "required"),
        ("c,9e99,5", "unreadable"),
        ("c,99999999999999,5", "above_range"),
        ("c,nan,5", "unreadable"),
        ("c,inf,5", "unreadable"),
        ('c,"12,5', "wrong_number_of_fields"),
    ],
)
def test_a_row_that_cannot_be_used_is_set_aside_and_the_rest_is_loaded(
    tmp_path: Path, bad: str, rule: str
) -> None:
    programme = da.load(file_in(tmp_path, "operations.csv", GOOD + bad + "\n"))
    assert programme.table("operations")["operation_id"].tolist() == ["a", "b"]
    assert da.measure(programme, indicators=["public"]).frame["value"].tolist() == [40]
    found = programme.findings
    assert found.frame.loc[found.frame["severity"] == "error", "rule"].tolist() == [rule]
    assert found.frame["line"].tolist() == [4]
    assert (found.frame["todo"] != "").all()
    assert found.rejects["line"].tolist() == [4]
    assert found.files[["read", "kept", "rejected"]].to_numpy().tolist() == [[3, 2, 1]]


def test_a_negative_amount_names_what_to_do(tmp_path: Path) -> None:
    programme = da.load(file_in(tmp_path, "operations.csv", GOOD + "c,-12,5\n"))
    row = programme.findings.frame.iloc[0]
    assert row["message"] == "public_amount is -12; the amount cannot be below 0."
    assert row["todo"] == "Correct it, or enter a repayment in a table of its own."
    assert (row["file"], row["key"], row["value"]) == ("operations.csv", "c", "-12.0")


# Frames -------------------------------------------------------------------------------------------


def test_frames_of_the_wrong_kind_are_refused() -> None:
    with pytest.raises(SchemaError, match="column 'public_amount' is text, but money is needed"):
        da.Programme.from_frames(
            operations=pd.DataFrame({"operation_id": ["a"], "public_amount": ["1,5"]})
        )
    with pytest.raises(UsageError, match="no table 'operation'"):
        da.Programme.from_frames(operation=pd.DataFrame({"operation_id": ["a"]}))


def test_errors_are_all_of_one_family() -> None:
    for kind in (InputError, ProfileError, SchemaError, UsageError, IndicatorError):
        assert issubclass(kind, DifassError)
    assert str(UsageError("What.", todo="Do that.")) == "What. Do that."
    assert str(UsageError("What.")) == "What."
