"""Reading: every record keeps its line, nothing is lost silently, and refusals are plain."""

import csv
import datetime as dt
import gc
import hashlib

import pandas as pd
import pytest
import xlsxwriter

from difass_analysis.engine import DuckDBEngine
from difass_analysis.errors import InputError
from difass_analysis.sources import collecting, detect, load_profile, raw_text, read
from difass_analysis.sources.profile import FileFormat, Profile, ValueFormat


@pytest.fixture(scope="module")
def engine():
    return DuckDBEngine()


@pytest.fixture
def file(tmp_path):
    """Write text or bytes to a file and return its path."""

    def write(content, name="list.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


def of(*, values=None, **layout):
    return Profile(id="mine", file=FileFormat(**layout), values=values or ValueFormat())


def rows(raw, engine):
    frame = engine.collect(raw.lazy).sort_values("_line")
    return frame[["_line", *raw.headings]].to_numpy().tolist()


# --- delimited text ------------------------------------------------------------------


def test_cells_are_text_and_know_their_line(file, engine):
    path = file("a,b\n1.50,x\n\n007,\n")
    raw = read(path, of(), engine=engine)
    assert rows(raw, engine) == [[2, "1.50", "x"], [4, "007", ""]]
    assert engine.collect(raw.lazy)["_file"].unique().tolist() == ["list.csv"]
    assert raw.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (raw.rows_read, raw.size_bytes, raw.headings) == (2, 17, ("a", "b"))


def test_a_line_is_the_physical_line_on_which_the_record_starts(file, engine):
    raw = read(file('a,b\r\n"one\r\ntwo",x\r\n"",y\r\n'), of(), engine=engine)
    assert rows(raw, engine) == [[2, "one\r\ntwo", "x"], [4, "", "y"]]


def test_a_multi_line_header_is_counted(file, engine):
    raw = read(file('"a\nunit",b\n1,2\n'), of(), engine=engine)
    assert (raw.headings, rows(raw, engine)) == (("a unit", "b"), [[3, "1", "2"]])


def test_wrong_numbers_of_fields_are_lost_with_text_and_reason(file, engine):
    raw = read(file("a,b\n1,2\n1\n1,2,3\n4,5,,\n"), of(), engine=engine)
    assert rows(raw, engine) == [[2, "1", "2"], [5, "4", "5"]]
    assert raw.lost.to_numpy().tolist() == [
        ["list.csv", 3, "1 fields instead of 2", "1"],
        ["list.csv", 4, "3 fields instead of 2", "1,2,3"],
    ]
    assert raw.rows_read == 4


def test_rows_without_any_text_are_no_rows(file, engine):
    raw = read(file("a,b\n,\n1,2\n,\n"), of(), engine=engine)
    assert (raw.rows_read, rows(raw, engine)) == (1, [[3, "1", "2"]])


def test_an_open_quote_costs_its_own_line_only(file, engine):
    raw = read(file('a,b\n1,"open\n2,x\n3,y\n'), of(), engine=engine)
    assert rows(raw, engine) == [[3, "2", "x"], [4, "3", "y"]]
    (lost,) = raw.lost.to_numpy().tolist()
    assert lost[1:] == [2, "a quote on this line is not closed where it should be", '1,"open']


def test_two_open_quotes_do_not_swallow_the_rows_between_them(file, engine):
    raw = read(file('a,b\n1,"open\n2,x\n3,"again\n4,y\n'), of(), engine=engine)
    assert rows(raw, engine) == [[3, "2", "x"], [5, "4", "y"]]
    assert raw.lost["line"].tolist() == [2, 4]
    assert raw.rows_read == 4


def test_text_after_a_closing_quote_is_not_guessed_at(file, engine):
    raw = read(file('a,b\n"x"y,1\n2,3\n'), of(), engine=engine)
    assert raw.lost[["line", "reason", "raw"]].to_numpy().tolist() == [
        [2, "text follows a closing quote", '"x"y,1']
    ]
    assert raw.rows_read == 2


def test_a_cell_that_is_too_long_is_lost_alone(file, engine):
    raw = read(file(f"a,b\n{'x' * (csv.field_size_limit() + 1)},1\n2,3\n"), of(), engine=engine)
    assert raw.lost["reason"].tolist() == ["a cell is longer than 131072 characters"]
    assert rows(raw, engine) == [[3, "2", "3"]]


def test_quotes_may_be_ordinary_characters(file, engine):
    raw = read(file('a;b\n1;"x\n2;y"\n'), of(delimiter=";", quote=""), engine=engine)
    assert rows(raw, engine) == [[2, "1", '"x'], [3, "2", 'y"']]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_can_be_found_in_the_header(file, engine, mark):
    raw = read(file(f"a{mark}b{mark}c\n1{mark}2{mark}3\n"), of(delimiter="auto"), engine=engine)
    assert raw.headings == ("a", "b", "c")
    assert rows(raw, engine) == [[2, "1", "2", "3"]]


def test_lines_above_the_header_and_a_footer_are_left_out(file, engine):
    text = "A list\n\na,b\n1,2\n3,4\nTotal,6\n"
    raw = read(file(text), of(header_row=3, skip_foot=1), engine=engine)
    assert rows(raw, engine) == [[4, "1", "2"], [5, "3", "4"]]
    assert raw.notes == ("the profile leaves out the last records as a footer: line 6",)
    assert raw.rows_read == 2


def test_headings_are_trimmed_and_made_unique(file, engine):
    raw = read(file(" a ,A,,_line,a,\n1,2,3,4,5,\n"), of(), engine=engine)
    assert raw.headings == ("a", "A (2)", "column 3", "_line (2)", "a (3)")
    assert len(raw.notes) == 4
    assert rows(raw, engine) == [[2, "1", "2", "3", "4", "5"]]


@pytest.mark.parametrize(
    ("encoding", "text"), [("cp1252", "Straße"), ("cp1250", "łódź"), ("utf-16", "é")]
)
def test_the_stated_encoding_is_used(file, engine, encoding, text):
    raw = read(file(f"a,b\n{text},1\n".encode(encoding)), of(encoding=encoding), engine=engine)
    assert rows(raw, engine) == [[2, text, "1"]]


def test_utf_8_may_begin_with_a_byte_order_mark(file, engine):
    raw = read(file(b"\xef\xbb\xbf" + "a,b\né,1\n".encode()), of(), engine=engine)
    assert (raw.headings, rows(raw, engine)) == (("a", "b"), [[2, "é", "1"]])


def test_many_rows_go_through_a_file_and_come_out_the_same(file, engine, monkeypatch):
    monkeypatch.setattr(collecting, "_BATCH", 7)
    monkeypatch.setattr(collecting, "_ROWS_IN_MEMORY", 20)
    text = "a,b\n" + "".join(f"{number},x{number}\n" for number in range(50))
    raw = read(file(text), of(), engine=engine)
    assert rows(raw, engine) == [[n + 2, str(n), f"x{n}"] for n in range(50)]


def test_raw_text_is_written_again_as_comma_separated_text(file, engine):
    raw = read(file('a;b\n"x;y";1,5\nz;"""q"\n'), of(delimiter=";"), engine=engine)
    assert raw_text(raw, [3, 2, 99], engine=engine).to_numpy().tolist() == [
        [2, 'x;y,"1,5"'],
        [3, 'z,"""q"'],
    ]


# --- refusals ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "list.csv is empty."),
        (b"a,b\n", "has a header and no rows"),
        (b"\n\n\n", "has no header on line 1"),
        (b"a,b\n1,\0\n", "holds a NUL byte at position 6"),
        ("a,b\né,1\n".encode("utf-16"), 'It looks like utf-16: state encoding = "utf-16"'),
        (
            "a,b\n1,x\nStraße,1\n".encode("cp1252"),
            "is not utf-8: byte 12 on line 3 does not decode. "
            'It looks like cp1252 or cp1250: state encoding = "cp1252"',
        ),
        ("a,b\nźdźbło,1\n".encode("cp1250"), "It looks like cp1250:"),
        ("a,b\nΕλλάδα χώρα,1\n".encode("cp1253"), "It looks like cp1253"),
        (b"PK\x03\x04rest", "is a workbook or an archive that cannot be read"),
        (b"<!DOCTYPE html><table>", "list.csv is a page of HTML without a table"),
        (b"\x1f\x8b\x08\0", "list.csv cannot be unpacked"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_plain_words(file, engine, content, words):
    with pytest.raises(InputError) as caught:
        read(file(content), of(), engine=engine)
    assert words in str(caught.value)


def test_an_error_of_encoding_is_found_beyond_the_first_chunk(file, engine):
    lines = b"a,b\n" + b"1,2\n" * 400_000
    with pytest.raises(InputError, match="byte 1600004 on line 400002 does not"):
        read(file(lines + b"\xe9,1\n"), of(), engine=engine)


def test_what_is_not_there_or_not_a_file_is_refused(tmp_path, engine, file):
    with pytest.raises(InputError, match="There is no file"):
        read(tmp_path / "no.csv", of(), engine=engine)
    with pytest.raises(InputError, match="is a folder, not a file"):
        read(tmp_path, of(), engine=engine)


def test_the_bytes_and_not_the_name_say_what_a_file_is(file, engine):
    assert read(file("a\n1\n", name="list.dat"), of(), engine=engine).rows_read == 1
    assert read(file("a\n1\n", name="x.parquet"), of(), engine=engine).rows_read == 1


def test_a_header_beyond_the_end_is_refused(file, engine):
    with pytest.raises(InputError, match="has no header on line 9"):
        read(file("a,b\n1,2\n"), of(header_row=9), engine=engine)


# --- workbooks -----------------------------------------------------------------------


@pytest.fixture
def workbook(tmp_path):
    path = tmp_path / "list.xlsx"
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("Notes").write(0, 0, "see the next sheet")
    sheet = book.add_worksheet("Data")
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet.write_row(1, 0, ["Name ", "Amount", "Day", "Flag"])
    sheet.write_row(2, 0, ["x", 1234.5])
    sheet.write_datetime(2, 2, dt.datetime(2015, 1, 2), day)
    sheet.write_boolean(2, 3, True)
    sheet.write_row(4, 0, ["7", 7])
    sheet.write_datetime(4, 2, dt.datetime(2015, 1, 2, 13, 5), day)
    sheet.write_formula(4, 3, "=NA()", None, "#N/A")
    book.close()
    return path


def test_a_sheet_is_read_as_text_in_the_marks_of_the_profile(workbook, engine):
    values = ValueFormat(decimal=",", thousands=".", dates=("%d.%m.%Y",), true_words=("ja",))
    raw = read(workbook, of(sheet="Data", header_row=2, values=values), engine=engine)
    assert raw.headings == ("Name", "Amount", "Day", "Flag")
    assert rows(raw, engine) == [
        [3, "x", "1234,5", "02.01.2015", "ja"],
        [5, "7", "7", "02.01.2015 13:05:00", ""],
    ]
    assert raw.notes == ("1 cells hold an error such as #N/A: they are read as blanks",)


def test_the_first_sheet_is_read_unless_one_is_named(workbook, engine):
    with pytest.raises(InputError, match="has a header and no rows"):
        read(workbook, of(), engine=engine)
    with pytest.raises(InputError, match=r"no sheet 'Dat'. Its sheets are Data: name one"):
        read(workbook, of(sheet="Dat"), engine=engine)


def test_a_page_is_no_workbook_where_one_is_stated(file, engine):
    with pytest.raises(InputError, match="is a page of HTML, and xlsx was expected"):
        read(file("<html><table>", name="list.xls"), of(format="xlsx"), engine=engine)
    with pytest.raises(InputError, match="is a workbook or an archive that cannot be read"):
        read(file(b"PK\x03\x04rest", name="list.xlsx"), of(), engine=engine)


# --- parquet -------------------------------------------------------------------------


def test_parquet_is_scanned_with_its_types_and_row_numbers(tmp_path, engine):
    path = tmp_path / "calls.parquet"
    pd.DataFrame({" call_id": ["a", "b"], "year": [2017, 2018]}).to_parquet(path)
    raw = read(path, of(), engine=engine)
    assert rows(raw, engine) == [[1, "a", 2017], [2, "b", 2018]]
    assert raw.rows_read == 2
    assert raw_text(raw, [2], engine=engine)["raw"].tolist() == ["b,2018"]


def test_a_broken_or_empty_parquet_file_is_refused(file, tmp_path, engine):
    with pytest.raises(InputError, match="is text, and parquet was expected"):
        read(file("a,b", name="x.parquet"), of(format="parquet"), engine=engine)
    with pytest.raises(InputError, match="cannot be read as parquet"):
        read(file(b"PAR1 and no more", name="y.parquet"), of(), engine=engine)
    pd.DataFrame({"a": []}).to_parquet(tmp_path / "z.parquet")
    with pytest.raises(InputError, match="has columns and no rows"):
        read(tmp_path / "z.parquet", of(), engine=engine)


# --- detection -----------------------------------------------------------------------


def test_a_file_with_canonical_columns_is_recognised(file):
    profile = detect(file("Call_ID;year;budget_amount\nc;2017;1\n"))
    assert profile is load_profile("canonical")


def test_an_unknown_file_is_not_recognised(file, tmp_path):
    assert detect(file("a,b\n1,2\n")) is None
    assert detect(file(b"PAR1 and no more", name="x.parquet")) is None
    with pytest.raises(InputError, match="There is no file"):
        detect(tmp_path / "no.csv")


def test_headings_are_compared_without_case_and_blanks(file):
    headings = load_profile("ro_regional_op_2007_2013").required_headings
    text = ",".join(f" {heading.upper()}  " for heading in headings) + "\n"
    assert detect(file(text)).id == "ro_regional_op_2007_2013"


def test_the_temporary_file_goes_with_its_engine(file, tmp_path, monkeypatch):
    monkeypatch.setattr(collecting, "_BATCH", 1)
    monkeypatch.setattr(collecting, "_ROWS_IN_MEMORY", 1)
    own = DuckDBEngine()
    monkeypatch.setattr(collecting.tempfile, "tempdir", str(tmp_path))
    raw = read(file("a\n1\n2\n"), of(), engine=own)
    assert len(list(tmp_path.glob("difass-*"))) == 1
    del raw, own
    gc.collect()
    assert not list(tmp_path.glob("difass-*"))
