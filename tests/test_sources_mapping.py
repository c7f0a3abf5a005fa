"""Mapping: a small table of text goes in, a typed table comes out, and nothing in silence."""

import csv
import datetime as dt

import pandas as pd
import pytest
import xlsxwriter

from difass_analysis.engine import DuckDBEngine
from difass_analysis.errors import InputError, UsageError
from difass_analysis.sources import apply, load_profile, read, trouble
from difass_analysis.sources.profile_file import profile_of


@pytest.fixture(scope="module")
def engine():
    return DuckDBEngine()


@pytest.fixture
def mapped(tmp_path, engine):
    """Write a table, map it by a profile, and return frame and `Mapped` of its first table."""

    def run(headings, rows, columns, *, table="operations", blank=None, values=None, **entries):
        path = tmp_path / "list.csv"
        with path.open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle).writerows([headings, *rows])
        content = {"values": values or {}, "tables": {table: {"columns": columns, **entries}}}
        profile = profile_of(content, name="mine", where="mine.toml")
        (result,) = apply(read(path, profile, engine=engine), profile, engine=engine, blank=blank)
        frame = engine.collect(result.lazy).sort_values("_line", ignore_index=True)
        return frame, result

    return run


def values(series):
    return [None if pd.isna(value) else value for value in series]


def one_column(mapped, cells, spec, *, target="eu_amount", **settings):
    spec = {"from": "x", **spec} if isinstance(spec, dict) else spec
    rows = [[f"r{number}", cell] for number, cell in enumerate(cells)]
    frame, result = mapped(["id", "x"], rows, {"operation_id": "id", target: spec}, values=settings)
    return values(frame[target]), result


# --- numbers -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "cells", "read_as"),
    [
        ({}, ["1", "-2.5", "+3", " 4 ", "0007"], [1, -2.5, 3, 4, 7]),
        ({}, ["1,5", "1.2.3", "1e5", ".5", "5.", "--1", "(3)", "1 000", "١"], [None] * 9),
        ({"decimal": ","}, ["1234,5", "0,125"], [1234.5, 0.125]),
        ({"decimal": ","}, ["1.234", "1.234,5", "408.5"], [None] * 3),
        ({"decimal": ",", "thousands": "."}, ["1.234,5", "12.345.678", "1234,5"], None),
        (
            {"decimal": ",", "thousands": "."},
            ["12.34", "1.2345", "1234.567", "1,234.5"],
            [None] * 4,
        ),
        ({"thousands": ","}, ["3,000.00", "1,250,000.5"], [3000, 1250000.5]),
        ({"thousands": " "}, ["1 234", "1\u00a0234", "1\u202f234 567"], [1234, 1234, 1234567]),
        ({"thousands": "'"}, ["1'234.5"], [1234.5]),
        ({"units": ["€", "EUR"]}, ["€ 5", "5€", "5 EUR", "-€5", "5 $"], [5, 5, 5, -5, None]),
        ({}, ["9" * 18, "9" * 19, "0." + "1" * 31], [1e18, None, None]),
    ],
)
def test_numbers_follow_the_stated_marks_strictly(mapped, marks, cells, read_as):
    read_as = read_as or [1234.5, 12345678, 1234.5]
    found, result = one_column(mapped, cells, {}, **marks)
    assert found == read_as
    assert result.problem_counts.get("eu_amount", 0) == read_as.count(None)


def test_an_unreadable_cell_is_reported_with_line_heading_and_value(mapped):
    _, result = one_column(mapped, ["1", " 1,5 ", "n/a"], {}, missing=["N/A"])
    assert result.problems.to_numpy().tolist() == [
        [3, "eu_amount", "x", "1,5", "money", "is no number as the profile writes numbers"]
    ]


def test_only_so_many_problems_are_listed_but_all_are_counted(mapped, monkeypatch):
    monkeypatch.setattr(trouble, "LIMIT", 3)
    _, result = one_column(mapped, ["x"] * 5, {})
    assert result.problems["line"].tolist() == [2, 3, 4]
    assert result.problem_counts == {"eu_amount": 5}


def test_a_percentage_is_scaled_without_a_rounding_error(mapped):
    found, _ = one_column(mapped, ["57", "80"], {"scale": 0.01}, target="eu_rate_share")
    assert found == [0.57, 0.8]
    found, _ = one_column(mapped, ["1.5"], {"scale": 1000})
    assert found == [1500]


def test_a_year_has_four_digits(mapped):
    found, result = one_column(mapped, ["2017", "17", "2017.0"], {}, target="year")
    assert found == [2017, None, None]
    assert result.problems["message"].tolist() == ["is no year of four digits"] * 2


# --- dates and flags -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("formats", "cells", "read_as"),
    [
        (["%Y-%m-%d"], ["2015-01-02", "2015-1-2", "2015-01-02T10:00:00Z"], [(2015, 1, 2)] * 3),
        (["%d.%m.%Y"], ["29.02.2012", "29.02.2000", "31.12.1931"], None),
        (["%d.%m.%Y"], ["29.02.2013", "29.02.1900", "31.04.2015", "0.1.2015"], [None] * 4),
        (["%d.%m.%Y"], ["2015-01-02", "01/02/2015", "01.02.15", "1.13.2015"], [None] * 4),
        (["%d.%m.%Y"], ["01.01.0215", "01.01.3015"], [None] * 2),
        (["%d/%m/%Y", "%m/%d/%Y"], ["02/01/2015", "01/31/2015"], None),
        (["%Y%m%d"], ["20200901", "2020901"], [(2020, 9, 1), None]),
        (["%d/%m/%y"], ["01/02/68", "01/02/69", "01/02/15"], None),
        (["%d. %b %y"], ["01. Nov 15", "1.September 2015", "31. Sept 15"], None),
    ],
)
def test_dates_follow_the_stated_formats_and_the_calendar(mapped, formats, cells, read_as):
    known = {
        "29.02.2012": [(2012, 2, 29), (2000, 2, 29), (1931, 12, 31)],
        "02/01/2015": [(2015, 1, 2), (2015, 1, 31)],
        "01/02/68": [(2068, 2, 1), (1969, 2, 1), (2015, 2, 1)],
        "01. Nov 15": [(2015, 11, 1), None, None],
    }
    expected = [day and dt.date(*day) for day in read_as or known[cells[0]]]
    found, result = one_column(mapped, cells, {}, target="start_date", dates=formats)
    assert found == expected
    assert result.problem_counts.get("start_date", 0) == expected.count(None)


def test_months_of_another_language_can_be_named(mapped):
    found, _ = one_column(
        mapped,
        ["31. Dez 18", "31. Oct 18"],
        {},
        target="end_date",
        dates=["%d. %b %y"],
        months={"Dez": 12},
    )
    assert found == [dt.date(2018, 12, 31), dt.date(2018, 10, 31)]


def test_flags_are_read_by_the_stated_words(mapped):
    found, result = one_column(
        mapped,
        ["Ja", "NEIN", "", "vielleicht"],
        {},
        target="natural_person",
        true_words=["ja"],
        false_words=["nein"],
    )
    assert found == [True, False, None, None]
    assert result.problems["value"].tolist() == ["vielleicht"]


# --- text ----------------------------------------------------------------------------


def test_text_is_trimmed_and_otherwise_kept(mapped):
    found, _ = one_column(mapped, [" a  b\u00a0", "", "\u00a0", "-"], {}, target="title")
    assert found == ["a  b", None, None, "-"]


def test_blanks_are_folded_and_signs_replaced_where_the_profile_says_so(mapped):
    spec = {"fold_blanks": True, "replace": {"&amp;": "&"}}
    found, _ = one_column(mapped, ["a \u00a0 b &amp; c"], spec, target="title")
    assert found == ["a b & c"]


def test_words_for_missing_are_compared_without_case(mapped):
    found, result = one_column(mapped, ["N.A.", "n.a. ", "5"], {}, missing=["n.a."])
    assert found == [None, None, 5]
    assert result.problems.empty


def test_a_part_of_a_cell_is_extracted(mapped):
    spec = {"extract": r"Axis (\d)"}
    found, result = one_column(mapped, ["The Axis 4 of\nmany", "no axis"], spec, target="priority")
    assert found == ["4", None]
    assert result.problems[["value", "kind"]].to_numpy().tolist() == [["no axis", "extract"]]


def test_a_map_ignores_blanks_and_case_and_lists_every_spelling(mapped):
    spec = {"map": {"Sud": "RO31", "Sud Est": "RO22", "Office": ""}}
    cells = ["Sud", "Sud ", "SUD", "sud  est", "Office", "Elsewhere", ""]
    found, result = one_column(mapped, cells, spec, target="region")
    assert found == ["RO31", "RO31", "RO31", "RO22", None, None, None]
    assert result.problems[["line", "value", "message"]].to_numpy().tolist() == [
        [7, "Elsewhere", "is not in the profile's map"]
    ]
    spelled = {row.written: values([row.read_as])[0] for row in result.variants.itertuples()}
    assert spelled == {
        "Sud": "RO31",
        "Sud ": "RO31",
        "SUD": "RO31",
        "sud  est": "RO22",
        "Office": None,
        "Elsewhere": None,
    }


def test_letters_that_fold_differently_in_engines_still_match(mapped):
    found, _ = one_column(mapped, ["Meißen"], {"map": {"Meißen": "DED2E"}}, target="region")
    assert found == ["DED2E"]


def test_a_map_may_keep_what_it_does_not_list(mapped):
    spec = {"map": {"Messen": "trade fairs"}, "other": "keep"}
    found, result = one_column(mapped, ["Messen", "Beratung"], spec, target="mechanism")
    assert found == ["trade fairs", "Beratung"]
    assert result.variants["written"].tolist() == ["Messen"]
    assert result.problems.empty


# --- several cells, constants, lines -------------------------------------------------


def test_cells_are_added_subtracted_joined_and_set(mapped):
    frame, _ = mapped(
        ["id", "a", "b", "name"],
        [["r", "5", "2", "x"], ["s", "1", "", ""], ["t", "", "", "y"]],
        {
            "operation_id": {"line": "row "},
            "eu_amount": {"sum": ["a", "b"]},
            "own_amount": {"difference": ["a", "b"]},
            "title": {"join": ["id", "name"], "separator": ": "},
            "fund": {"constant": "ERDF"},
            "start_date": {"constant": dt.date(2015, 1, 1)},
            "natural_person": {"constant": False},
            "year": {"constant": 2015},
        },
    )
    assert frame["operation_id"].tolist() == ["row 2", "row 3", "row 4"]
    assert values(frame["eu_amount"]) == [7, None, None]
    assert values(frame["own_amount"]) == [3, None, None]
    assert frame["title"].tolist() == ["r: x", "s", "t: y"]
    assert frame[
        ["fund", "start_date", "natural_person", "year"]
    ].drop_duplicates().to_numpy().tolist() == [["ERDF", dt.date(2015, 1, 1), False, 2015]]


def test_an_optional_heading_may_be_absent(mapped):
    columns = {"operation_id": "id", "title": {"from": "no", "optional": True}}
    frame, _ = mapped(["id"], [["r"]], columns)
    assert "title" not in frame


PARTS = {"parts": ["eu_amount", "own_amount"], "total": "total_cost_amount"}
MONEY = {"operation_id": "id", "eu_amount": "eu", "own_amount": "own", "total_cost_amount": "sum"}


@pytest.mark.parametrize(
    ("stated", "asked", "own"),
    [("unknown", None, None), ("zero", None, 0), ("zero", "unknown", None), ("unknown", "zero", 0)],
)
def test_a_blank_part_is_unknown_or_zero_and_a_blank_total_unknown(mapped, stated, asked, own):
    rows = [["r", "5", "", ""], ["s", "5", "x", "5"]]
    frame, result = mapped(
        ["id", "eu", "own", "sum"], rows, MONEY, blank=asked, values={"blank": stated}, **PARTS
    )
    assert values(frame["own_amount"]) == [own, None]  # what cannot be read is never zero
    assert values(frame["total_cost_amount"]) == [None, 5]
    assert (result.parts, result.total) == (("eu_amount", "own_amount"), "total_cost_amount")
    assert result.problem_counts == {"own_amount": 1}
    assert result.blank == (asked or stated)


def test_rows_that_are_the_same_can_be_one_row(mapped):
    frame, _ = mapped(
        ["no", "name"],
        [["1", "a"], ["2", "b"], ["1", "a"]],
        {"scheme_id": "no", "name": "name"},
        table="schemes",
        distinct=True,
    )
    assert frame[["_line", "scheme_id", "name"]].to_numpy().tolist() == [
        [2, "1", "a"],
        [3, "2", "b"],
    ]


# --- suspects ------------------------------------------------------------------------


def test_amounts_at_a_ceiling_and_lost_letters_are_suspect(mapped):
    frame, result = mapped(
        ["id", "x", "t"],
        [["r", "21474836", "caf\ufffd"], ["s", "21474835", "café"]],
        {"operation_id": "id", "eu_amount": "x", "title": "t"},
    )
    assert frame["title"].tolist() == ["caf\ufffd", "café"]
    assert result.suspects[["line", "column", "kind"]].to_numpy().tolist() == [
        [2, "eu_amount", "clipped"],
        [2, "title", "lost"],
    ]
    assert result.suspect_counts == {"eu_amount": 1, "title": 1}
    assert result.problems.empty


def test_what_a_personal_column_holds_is_not_shown(mapped):
    _, result = mapped(
        ["id", "who"], [["r", "Zo\ufffd"]], {"operation_id": "id", "contact_person": "who"}
    )
    assert result.suspects["value"].tolist() == ["(personal)"]


def test_long_cells_are_shown_by_their_beginning(mapped):
    _, result = one_column(mapped, ["x" * 1000], {})
    assert result.problems["value"].str.len().tolist() == [200]


# --- headings ------------------------------------------------------------------------


def test_headings_match_without_case_and_blanks(mapped):
    frame, _ = mapped(
        [" The  ID", "EU amount "],
        [["r", "1"]],
        {"operation_id": "the id", "eu_amount": "EU Amount"},
    )
    assert frame[["operation_id", "eu_amount"]].to_numpy().tolist() == [["r", 1.0]]


def test_a_missing_heading_is_answered_with_the_nearest_ones(mapped):
    with pytest.raises(InputError) as caught:
        mapped(["id", "EU-amounts", "y"], [["r", "1", "2"]], {"eu_amount": "EU amount"})
    assert str(caught.value) == (
        "list.csv has no heading 'EU amount', which profile 'mine' needs. "
        "Nearest in the file: 'EU-amounts'. "
        "Choose another profile, or name the file's own headings in one of your own."
    )


def test_the_header_of_another_file_is_refused(mapped):
    columns = {"operation_id": "a", "title": "b", "fund": "c", "status": "d"}
    with pytest.raises(InputError, match="no heading 'a', 'b', 'c' and 1 more"):
        mapped(["p", "q"], [["1", "2"]], columns)


def test_one_file_may_fill_several_tables(tmp_path, engine):
    path = tmp_path / "list.csv"
    path.write_text("call,year,id\nc,2017,r\n", encoding="utf-8")
    tables = {
        "calls": {"columns": {"call_id": "call", "year": "year"}},
        "operations": {"columns": {"operation_id": "id", "call_id": "call"}},
    }
    profile = profile_of({"tables": tables}, name="mine", where="mine.toml")
    raw = read(path, profile, engine=engine)
    assert [item.table for item in apply(raw, profile, engine=engine)] == ["calls", "operations"]
    (only,) = apply(raw, profile, engine=engine, table="calls")
    assert only.required == ("call_id",)
    with pytest.raises(
        InputError, match=r"'mine' does not fill table 'loans'\. It fills calls, op"
    ):
        apply(raw, profile, engine=engine, table="loans")
    with pytest.raises(UsageError, match="no table 'loan'"):
        apply(raw, profile, engine=engine, table="loan")


# --- workbooks -----------------------------------------------------------------------


def test_a_true_number_is_read_in_the_marks_of_its_own_column(tmp_path, engine):
    path = tmp_path / "list.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["id", "eu", "own"])
    sheet.write_row(1, 0, [7, 1.234, 1.234])
    sheet.write_row(2, 0, ["8", "1,234", "1,234"])
    book.close()
    columns = {
        "operation_id": "id",
        "eu_amount": "eu",
        "own_amount": {"from": "own", "decimal": ".", "thousands": ","},
    }
    content = {"values": {"decimal": ","}, "tables": {"operations": {"columns": columns}}}
    profile = profile_of(content, name="mine", where="mine.toml")
    (result,) = apply(read(path, profile, engine=engine), profile, engine=engine)
    frame = engine.collect(result.lazy).sort_values("_line")
    assert frame["operation_id"].tolist() == ["7", "8"]
    assert frame["eu_amount"].tolist() == [1.234, 1.234]
    assert frame["own_amount"].tolist() == [1.234, 1234.0]  # the text is grouped, the number not


# --- the canonical profile -----------------------------------------------------------


@pytest.fixture
def canonical(tmp_path, engine):
    def run(text, name="list.csv", table=""):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        profile = load_profile("canonical")
        raw = read(path, profile, engine=engine)
        (result,) = apply(raw, profile, engine=engine, table=table)
        return engine.collect(result.lazy).sort_values("_line", ignore_index=True), result

    return run


def test_canonical_columns_are_typed_and_others_kept_as_text(canonical):
    frame, result = canonical("Call_ID;year;public_amount;Remark\n7;2017;1.5;007\n8;x;;\n")
    assert result.table == "calls"
    assert frame["call_id"].tolist() == ["7", "8"]
    assert values(frame["year"]) == [2017, None]
    assert values(frame["public_amount"]) == [1.5, None]
    assert values(frame["Remark"]) == ["007", None]
    assert result.problems["value"].tolist() == ["x"]


def test_the_table_is_told_by_the_name_of_the_file_first(canonical):
    assert canonical("call_id,year\nc,2017\n")[1].table == "calls"
    assert canonical("loan_id,snapshot_date\na,2017-01-01\n", name="loans.csv")[1].table == "loans"
    with pytest.raises(InputError, match="no column 'operation_id', which is the key of table 'op"):
        canonical("call_id,year\nc,2017\n", name="operations.csv")
    with pytest.raises(InputError, match="do not say which canonical table it fills"):
        canonical("a,b\n1,2\n")


def test_a_table_that_is_asked_for_is_tried(canonical):
    assert canonical("sme_id,name\na,b\n", table="enterprises")[1].table == "enterprises"


@pytest.mark.parametrize(
    ("headings", "parts"),
    [
        (
            "eu_amount,national_public_amount,private_amount,total_cost_amount",
            ("eu_amount", "national_public_amount", "private_amount"),
        ),
        (
            "eu_amount,national_public_amount,own_amount,other_amount,total_cost_amount",
            ("eu_amount", "national_public_amount", "own_amount", "other_amount"),
        ),
        ("eu_amount,national_public_amount,total_cost_amount", ()),
        ("eu_amount,national_public_amount,private_amount", ()),
    ],
)
def test_canonical_parts_are_checked_only_where_all_are_there(canonical, headings, parts):
    row = ",".join("1" for _ in headings.split(","))
    _, result = canonical(f"operation_id,{headings}\na,{row}\n")
    assert result.parts == parts
    assert result.total == ("total_cost_amount" if parts else "")


def test_typed_parquet_columns_are_not_parsed_again(tmp_path, engine):
    frame = pd.DataFrame(
        {
            "operation_id": [1.0, 2.0],
            "eu_amount": [1.5, None],
            "start_date": pd.to_datetime(["2015-01-02", None]),
            "year": ["2015", "x"],
            "extra": [True, False],
        }
    )
    path = tmp_path / "operations.parquet"
    frame.to_parquet(path)
    profile = load_profile("canonical")
    (result,) = apply(read(path, profile, engine=engine), profile, engine=engine)
    found = engine.collect(result.lazy).sort_values("_line")
    assert found["operation_id"].tolist() == ["1", "2"]
    assert values(found["eu_amount"]) == [1.5, None]
    assert values(found["start_date"]) == [dt.date(2015, 1, 2), None]
    assert values(found["year"]) == [2015, None]
    assert found["extra"].tolist() == [True, False]
    assert result.problems[["line", "column", "value"]].to_numpy().tolist() == [[2, "year", "x"]]
