"""Containers: what a file is, by its bytes; archives, pages, JSON and XML, and hostile ones."""

import gzip
import json
import zipfile

import pandas as pd
import pytest
import xlsxwriter

from difass_analysis.engine import DuckDBEngine
from difass_analysis.errors import InputError, ProfileError
from difass_analysis.sources import archives, documents, json_rows, load_profile, read
from difass_analysis.sources import workbook_size as size
from difass_analysis.sources.containers import container_of
from difass_analysis.sources.detection import detect
from difass_analysis.sources.profile import FileFormat, Profile, ValueFormat
from difass_analysis.sources.profile_file import profile_of

TEXT = b"a,b\n1,2\n3,4\n"


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


@pytest.fixture
def packed(tmp_path):
    """Write a zip archive of named members and return its path."""

    def write(members, name="list.zip"):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        return path

    return write


def of(*, values=None, **layout):
    return Profile(id="mine", file=FileFormat(**layout), values=values or ValueFormat())


def rows(raw, engine):
    frame = engine.collect(raw.lazy).sort_values("_line")
    return frame[["_line", *raw.headings]].to_numpy().tolist()


def refused(path, engine, **layout):
    with pytest.raises(InputError) as caught:
        read(path, of(**layout), engine=engine)
    return str(caught.value)


# --- what a file is ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "container"),
    [
        (b"a;b\n1;2\n", "csv"),
        ("a;b\n".encode("utf-16"), "csv"),
        ("a;b\n".encode("utf-16-le"), "csv"),
        (b'[{"a": 1}]', "json"),
        (b'\xef\xbb\xbf\n{"a": [1]}', "json"),
        (b"[draft] list,b\n", "csv"),
        (b"\n <TABLE><tr><td>a</table>", "html"),
        (b"<?xml version='1.0'?><!DOCTYPE html><html/>", "html"),
        (b"<meta charset=utf-8><style>x</style>", "html"),
        (b"<?xml version='1.0'?><list><div/></list>", "xml"),
        (b"<list><row a='1'/></list>", "xml"),
        (b"PAR1....", "parquet"),
        (gzip.compress(TEXT, mtime=0), "gzip"),
        (b"\xd0\xcf\x11\xe0....", "xls"),
    ],
)
def test_the_bytes_say_what_a_file_is(file, content, container):
    assert container_of(file(content, name="any.xls")) == container


def test_workbooks_are_told_from_archives(file, packed, tmp_path):
    xlsxwriter.Workbook(tmp_path / "book.zip").close()
    assert container_of(tmp_path / "book.zip") == "xlsx"
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    assert container_of(packed({"mimetype": kind, "content.xml": "<a/>"})) == "ods"
    assert container_of(packed({"a.csv": "a\n"})) == "zip"
    with pytest.raises(InputError, match="is a document and no list"):
        container_of(packed({"word/document.xml": "<a/>"}))
    with pytest.raises(InputError, match=r"is a binary workbook\. Save it as \.xlsx"):
        container_of(packed({"xl/workbook.bin": "", "xl/workbook.xml": ""}))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.4", "is a PDF document. Ask for the list as a workbook or CSV"),
        (b"BZh9", "compressed by bzip2"),
        (b"7z\xbc\xaf", "is a 7z archive"),
        (b"", "is empty"),
        (b"PK\x03\x04rest", "a workbook or an archive that cannot be read"),
        (b"\x1f\x8b\x08\0rest", "cannot be unpacked"),
        (b"\xd0\xcf\x11\xe0rest", "cannot be read as a workbook"),
    ],
)
def test_what_holds_no_list_is_refused_with_the_way_out(file, engine, content, words):
    assert words in refused(file(content), engine)


# --- archives ------------------------------------------------------------------------


def test_a_list_in_an_archive_is_read_and_named_by_it(packed, engine):
    path = packed({"data/list.csv": TEXT, "readme.txt": "read me", "__MACOSX/._list.csv": "x"})
    raw = read(path, of(), engine=engine)
    assert rows(raw, engine) == [[2, "1", "2"], [3, "3", "4"]]
    assert (raw.name, raw.size_bytes) == ("list.zip", path.stat().st_size)
    assert engine.collect(raw.lazy)["_file"].unique().tolist() == ["list.zip"]
    assert raw.notes == (
        "the file data/list.csv of the archive is read",
        "other files of the archive are not read: readme.txt",
    )


def test_a_compressed_list_is_read_and_lost_rows_name_the_archive(file, engine):
    raw = read(file(gzip.compress(TEXT + b"5\n"), name="list.csv.gz"), of(), engine=engine)
    assert (raw.rows_read, raw.headings) == (3, ("a", "b"))
    assert raw.lost.to_numpy().tolist() == [["list.csv.gz", 4, "1 fields instead of 2", "5"]]


def test_a_parquet_file_in_an_archive_outlives_the_reading(packed, engine, tmp_path):
    pd.DataFrame({"a": [1, 2]}).to_parquet(tmp_path / "x.parquet")
    path = packed({"x.parquet": (tmp_path / "x.parquet").read_bytes()})
    assert rows(read(path, of(), engine=engine), engine) == [[1, 1], [2, 2]]


def test_of_several_lists_one_has_to_be_named(packed, engine):
    path = packed({"one.csv": TEXT, "sub/two.csv": b"c\n9\n"})
    said = refused(path, engine)
    assert "holds 2 files: one.csv, sub/two.csv." in said
    assert 'member = "one.csv"' in said
    raw = read(path, of(member="sub/two.csv"), engine=engine)
    assert rows(raw, engine) == [[2, "9"]]
    assert "holds no one file 'three.csv'" in refused(path, engine, member="three.csv")


def test_a_member_of_a_plain_file_is_refused(file, engine):
    assert "is text and no archive" in refused(file(TEXT), engine, member="x.csv")


@pytest.mark.parametrize("name", ["../x.csv", "a/../../x.csv", "/etc/x.csv", "C:\\x.csv", "..\\x"])
def test_names_that_lead_out_of_the_folder_are_refused(packed, engine, name):
    assert "leads out of its folder" in refused(packed({name: TEXT}), engine)


def test_archives_in_archives_are_refused(packed, file, engine):
    assert "holds another archive, 'in.zip'" in refused(packed({"in.zip": b"PK"}), engine)
    hidden = packed({"in.csv": gzip.compress(TEXT, mtime=0)}, name="hidden.zip")
    assert "holds another archive, 'in.csv'" in refused(hidden, engine)
    twice = file(gzip.compress(gzip.compress(TEXT), mtime=0), name="x.csv.gz")
    assert "holds another archive" in refused(twice, engine)


def test_an_archive_without_a_list_is_refused(packed, engine):
    assert "holds no list that could be read: a.pdf" in refused(packed({"a.pdf": "x"}), engine)
    assert "it is empty" in refused(packed({}), engine)


def test_an_encrypted_archive_is_refused(packed, engine):
    path = packed({"a.csv": TEXT})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert "is encrypted. Unpack it with its password" in refused(path, engine)


def test_a_damaged_archive_is_refused(packed, file, engine):
    with zipfile.ZipFile(packed({}), "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.csv", TEXT)
    path = packed({}, name="other.zip")
    path.write_bytes((path.parent / "list.zip").read_bytes().replace(b"3,4", b"3,5"))
    assert "Bad CRC-32" in refused(path, engine)
    cut = file(gzip.compress(TEXT * 1000)[:40], name="cut.gz")
    assert "cannot be unpacked" in refused(cut, engine)


@pytest.mark.parametrize("kind", ["zip", "gzip"])
def test_a_bomb_is_refused_before_it_fills_the_disk(packed, file, engine, monkeypatch, kind):
    monkeypatch.setattr(archives, "RATIO_FROM", 1 << 20)
    text = b"a,b\n" + b"0,1\n" * (1 << 20)
    path = (
        packed({"a.csv": text})
        if kind == "zip"
        else file(gzip.compress(text, mtime=0), name="a.gz")
    )
    assert "unpacks to more than 200 times its size" in refused(path, engine)


def test_an_archive_beyond_the_hard_limit_is_refused(packed, engine, monkeypatch):
    monkeypatch.setattr(archives, "MOST_UNPACKED", 10)
    assert "unpacks to more than 0 GB" in refused(packed({"a.csv": TEXT}), engine)


def test_a_list_in_an_archive_is_recognised(packed):
    path = packed({"x.csv": "call_id;year;budget_amount\nc;2017;1\n"})
    assert detect(path) is load_profile("canonical")


# --- workbooks -----------------------------------------------------------------------


def test_a_header_of_two_rows_takes_merged_cells_into_account(tmp_path, engine):
    path = tmp_path / "merged.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.merge_range(0, 0, 1, 0, "Code")
    sheet.merge_range(0, 1, 0, 3, "Budget")
    sheet.write_row(1, 1, ["total", 2014, "EU"])
    sheet.write_row(2, 0, ["x", 3, 1, 2])
    sheet.write_row(3, 0, ["Total", 3, 1, 2])
    book.close()
    raw = read(path, of(header_rows=2, total_words=("total",)), engine=engine)
    assert raw.headings == ("Code", "Budget total", "Budget 2014", "Budget EU")
    assert rows(raw, engine) == [[3, "x", "3", "1", "2"]]
    assert raw.notes == ("the last records are totals and left out: line 4",)


@pytest.fixture
def padded(tmp_path):
    """A workbook with rows that have a format and nothing else, and one cell far away."""

    def write(row, column):
        path = tmp_path / f"padded{row}-{column}.xlsx"
        book = xlsxwriter.Workbook(path)
        sheet = book.add_worksheet()
        colour = book.add_format({"bg_color": "#ffee00"})
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_row(1, 0, ["x", 1])
        for index in range(2, 3000):
            sheet.write_blank(index, 0, None, colour)
        if row:
            sheet.write(row, column, "far")
        book.close()
        return path

    return write


def test_rows_with_a_format_and_nothing_in_them_are_no_rows(padded, engine, monkeypatch):
    monkeypatch.setattr(size, "MOST_CELLS", 4)
    assert rows(read(padded(0, 0), of(), engine=engine), engine) == [[2, "x", "1"]]


def test_a_cell_in_the_last_corner_is_refused_before_room_is_made_for_it(padded, engine):
    said = refused(padded(1_048_575, 16_383), engine)
    assert "cells reach to row 1,048,576 and column 16,384" in said
    assert "save the sheet as CSV" in said


def test_cells_without_a_place_of_their_own_are_counted(tmp_path, padded):
    path, bare = padded(5, 7), tmp_path / "bare.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(bare, "w") as target:
        for info in source.infolist():
            text = source.read(info)
            if info.filename.startswith("xl/worksheets/"):
                for name in (b"A1", b"B1", b"A2", b"B2", b"H6"):
                    text = text.replace(b'<c r="' + name + b'"', b"<c")
            target.writestr(info.filename, text)
    with zipfile.ZipFile(bare) as archive, archive.open("xl/worksheets/sheet1.xml") as sheet:
        assert size._stated_area(sheet) is None
    # A6 says where it is, and the cell behind it does not: it stands in the second column.
    with zipfile.ZipFile(bare) as archive, archive.open("xl/worksheets/sheet1.xml") as sheet:
        assert size._counted_area(sheet) == (6, 2, 0)


ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>'
    '<office:spreadsheet><table:table table:name="S">{}</table:table></office:spreadsheet>'
    "</office:body></office:document-content>"
)


def ods_row(*texts, rows=1, columns=1):
    cells = "".join(
        f'<table:table-cell office:value-type="string" table:number-columns-repeated="{columns}">'
        f"<text:p>{text}</text:p></table:table-cell>"
        for text in texts
    )
    empty = '<table:table-cell table:number-columns-repeated="16384"/>'
    return (
        f'<table:table-row table:number-rows-repeated="{rows}">{cells or empty}</table:table-row>'
    )


@pytest.mark.parametrize(
    ("last", "message"),
    [
        (ods_row(rows=1_048_570), ""),
        (ods_row("z", rows=1_048_570, columns=16_384), "cells reach to row 1,048,572"),
    ],
)
def test_repeated_rows_of_a_workbook_are_bounded(packed, engine, last, message):
    path = packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:'
            'opendocument:xmlns:manifest:1.0"/>',
            "content.xml": ODS.format(ods_row("a", "b") + ods_row("x", "1") + last),
        },
        name="list.ods",
    )
    if message:
        assert message in refused(path, engine)
    else:
        assert rows(read(path, of(), engine=engine), engine) == [[2, "x", "1"]]


# --- pages of HTML -------------------------------------------------------------------

PAGE = """<html><meta charset="windows-1250"><body>
<table><tr><td>menu</td></tr></table>
<table><tr><th rowspan=2>Nazwa</th><th colspan=2>Środki</th></tr>
<tr><th>EU<script>x()</script></th><th>kraj</th></tr>
<tr><td>Łódź <b>Sp.&nbsp;z&nbsp;o.o.</b></td><td>1,5</td></tr>
<tr><td rowspan=2>B &amp; C</td><td>2</td><td><table><tr><td>inner</td></tr></table>3</td></tr>
<tr><td>4</td><td>5</td></tr>
<tr><td colspan=3>&nbsp;</td></tr></table></body></html>"""


def test_the_largest_table_of_a_page_is_read(file, engine):
    path = file(PAGE.encode("cp1250"), name="list.xls")
    raw = read(path, of(header_rows=2), engine=engine)
    assert raw.headings == ("Nazwa", "Środki EU", "Środki kraj")
    assert rows(raw, engine) == [
        [3, "Łódź Sp. z o.o.", "1,5", ""],
        [4, "B & C", "2", "3"],
        [5, "B & C", "4", "5"],
    ]


def test_a_table_can_be_named_by_its_number(file, engine):
    path = file(PAGE.replace("menu", "menu</td></tr><tr><td>x").encode("cp1250"))
    raw = read(path, of(table_number=1), engine=engine)
    assert (raw.headings, rows(raw, engine)) == (("menu",), [[2, "x"]])
    assert "has 3 tables with text, and no table 9" in refused(path, engine, table_number=9)
    assert "is a page of HTML without a table" in refused(file("<html><p>none"), engine)


def test_a_page_in_another_encoding_than_it_says_is_refused(file, engine):
    path = file('<meta charset="utf-8"><table><tr><td>Łódź'.encode("cp1250"))
    assert "is not utf-8" in refused(path, engine)


def test_spans_and_sizes_of_a_page_are_bounded(file, engine, monkeypatch):
    path = file("<table><tr><td colspan=99999999>a<tr><td rowspan=9999999>b<tr><td>c</table>")
    assert len(read(path, of(), engine=engine).headings) == documents.MOST_SPAN
    monkeypatch.setattr(documents, "MOST_CELLS", 100)
    assert "a table of more than 100 cells" in refused(path, engine)
    monkeypatch.setattr(documents, "MOST_BYTES", 10)
    assert "of more than 0 MB" in refused(path, engine)


# --- JSON ----------------------------------------------------------------------------

NESTED = """{"page": 1, "links": [{"r": "self"}], "data": {"items": [
 {"id": 7, "place": {"city": "Bern"}, "ok": true, "cost": 1234.5,
  "partners": [{"n": "x", "v": 1.5}, {"n": "y"}], "tags": ["a", "b"]},
 {"id": 8, "place": null, "cost": null, "tags": [], "extra": "e"}]}}"""


def test_records_are_found_at_any_depth_and_flattened(file, engine):
    values = ValueFormat(decimal=",", true_words=("ja",))
    raw = read(file(NESTED), of(values=values), engine=engine)
    assert rows(raw, engine) == [
        [1, "7", "Bern", "ja", "1234,5", "x; y", "1,5; ", "a; b", "", ""],
        [2, "8", "", "", "", "", "", "", "", "e"],
    ]
    assert raw.headings == (
        *("id", "place.city", "ok", "cost", "partners.n", "partners.v", "tags", "place", "extra"),
    )


def test_the_list_of_records_can_be_named(file, engine):
    raw = read(file(NESTED), of(rows="links"), engine=engine)
    assert rows(raw, engine) == [[1, "self"]]
    said = refused(file(NESTED), engine, rows="data.rows")
    assert "no list of records at 'data.rows'. Lists of records: 'data.items', 'links'." in said


def test_a_list_of_lists_takes_its_headings_from_the_first(file, engine):
    raw = read(file('{"table": [["a", "b"], [1, 2], [3, null]]}'), of(), engine=engine)
    assert (raw.headings, rows(raw, engine)) == (("a", "b"), [[1, "1", "2"], [2, "3", ""]])


def test_json_lines_keep_their_lines(file, engine):
    raw = read(file('{"a": 1}\n\n{"a": 2, "b": "x"}\n'), of(), engine=engine)
    assert rows(raw, engine) == [[1, "1", ""], [3, "2", "x"]]
    broken = file('{"a": 1}\n{"a": 2}\n{"a": \n')
    assert "cannot be read as JSON lines: line 3" in refused(broken, engine)


def test_a_key_that_stands_twice_loses_nothing(file, engine):
    raw = read(file('[{"a": 1, "a": 2, "b.c": 3, "b": {"c": 4}}]'), of(), engine=engine)
    assert raw.headings == ("a", "a (2)", "b.c", "b.c (2)")
    assert rows(raw, engine) == [[1, "1", "2", "3", "4"]]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'[{"a": 1},', "cannot be read as JSON"),
        (b'{"a": {"b": "c"}}', "is JSON and holds no list of records"),
        (b"[" * 100_000 + b"]" * 100_000, "is nested too deeply"),
        ('[{"a": "é"}]'.encode("cp1252"), "is not utf-8"),
    ],
)
def test_json_without_records_is_refused(file, engine, content, words):
    assert words in refused(file(content), engine)


def test_json_is_bounded(file, engine, monkeypatch):
    path = file('[{"a": 1, "b": 2, "c": 3}]')
    monkeypatch.setattr(json_rows, "MOST_COLUMNS", 2)
    assert "more than 2 different fields" in refused(path, engine)
    monkeypatch.setattr(json_rows, "MOST_BYTES", 10)
    assert "JSON text of more than 0 MB. Ask for it as CSV" in refused(path, engine)


def test_the_swedish_list_of_partners_is_read_whole(shared, engine):
    path = shared / "data/interreg/interregbarometern_rawdata.json"
    raw = read(path, of(), engine=engine)
    assert (raw.rows_read, len(raw.lost), len(raw.headings)) == (1196, 0, 20)
    budget = engine.collect(raw.lazy)["partnerbudget"].astype(float)
    given = json.loads(path.read_text(encoding="utf-8"))
    assert budget.sum() == pytest.approx(sum(row["partnerbudget"] or 0 for row in given))


# --- XML -----------------------------------------------------------------------------

XML = """<?xml version="1.0"?><list xmlns="urn:x"><made by="us"/><ops>
<op id="1"><name>A &amp; B</name><firm><n>x</n><c>y</c></firm><firm><n>z</n></firm></op>
<op id="2"><name> B\n C </name></op></ops></list>"""


def test_rows_of_xml_are_found_and_flattened(file, engine):
    raw = read(file(XML), of(), engine=engine)
    assert raw.headings == ("id", "name", "firm.n", "firm.c")
    assert rows(raw, engine) == [[1, "1", "A & B", "x; z", "y; "], [2, "2", "B C", "", ""]]


@pytest.mark.parametrize("where", ["list/ops/op", "//op", "//ops/op"])
def test_the_element_that_is_a_row_can_be_named(file, engine, where):
    assert read(file(XML), of(rows=where), engine=engine).rows_read == 2
    assert read(file(XML), of(rows="//firm"), engine=engine).headings == ("n", "c")
    assert "no rows at '//no'. Repeated elements: 'list/ops/op'" in refused(
        file(XML), engine, rows="//no"
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('<!DOCTYPE l [<!ENTITY a "x">]><l><r><x>&a;</x><y/></r></l>', "declares entities"),
        (
            '<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/hosts">]><l><r><x>&a;</x></r></l>',
            "declares entities",
        ),
        ("<a>" * 3000 + "</a>" * 3000, "cannot be read as XML"),
        ("<a><b>1</b>", "cannot be read as XML"),
        ("<a/>", "is XML and holds no rows"),
        (
            '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
            "is a workbook written as XML",
        ),
    ],
)
def test_hostile_and_empty_xml_is_refused(file, engine, content, words):
    assert words in refused(file(f"<?xml version='1.0'?>{content}"), engine)


# --- what stands below the rows, and the entries of a profile --------------------------


def test_totals_at_the_end_are_left_out_and_said(file, engine):
    text = "name,cost\nTotal Energy,1\nTotally new,2\nTOTAL:,3\nTotal EU,3,x\n"
    raw = read(file(text), of(total_words=("total",)), engine=engine)
    assert rows(raw, engine) == [[2, "Total Energy", "1"], [3, "Totally new", "2"]]
    assert raw.notes == ("the last records are totals and left out: line 4, 5",)


def test_remarks_below_the_totals_are_left_out_first(file, engine):
    text = "name,cost\na,1\nSumme,1\nSource: us\n"
    raw = read(file(text), of(total_words=("summe",), skip_foot=1), engine=engine)
    assert rows(raw, engine) == [[2, "a", "1"]]
    assert len(raw.lost) == 0


def test_a_header_of_several_rows_of_text_is_joined(file, engine):
    text = 'Code,"Cost\n(total)",\n,in EUR,note\nx,1,y\n'
    raw = read(file(text), of(header_rows=2), engine=engine)
    assert raw.headings == ("Code", "Cost (total) in EUR", "note")
    assert rows(raw, engine) == [[4, "x", "1", "y"]]
    assert "has no header on line 1" in refused(file("a,b\n"), engine, header_rows=2)


def test_the_entries_are_read_from_a_profile():
    content = {
        "canonical": True,
        "file": {"header_rows": 2, "total_words": ["Total"], "rows": "a.b", "table_number": 3},
    }
    layout = profile_of(content, name="x", where="x.toml").file
    assert (layout.header_rows, layout.total_words, layout.rows) == (2, ("Total",), "a.b")
    assert layout.table_number == 3
    for entry in ({"header_rows": 0}, {"table_number": -1}, {"total_words": [" "]}):
        with pytest.raises(ProfileError):
            profile_of({"canonical": True, "file": entry}, name="x", where="x.toml")
