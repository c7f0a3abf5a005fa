"""Layout: how an unknown file is written, found by evidence and said with it."""

import gzip
import json
import zipfile

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from difass_analysis.engine import DuckDBEngine
from difass_analysis.errors import InputError
from difass_analysis.sources import layout as module
from difass_analysis.sources import read, sniff, text_sample
from difass_analysis.sources.charsets import likely_encoding
from difass_analysis.sources.delimited import Record
from difass_analysis.sources.dialect import dialect_of
from difass_analysis.sources.header_search import find_foot, find_header
from difass_analysis.sources.profile import FileFormat, Profile


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


def records(*rows):
    return [Record(number, list(row)) for number, row in enumerate(rows, start=1)]


# --- encoding ------------------------------------------------------------------------

TEXTS = {
    "cs": "Příliš žluťoučký kůň úpěl ďábelské ódy na výzkum",
    "da": "Sjælland Ærø fødevarer på Åbenrå",
    "de": "Förderung der größten Maßnahmen für Städte",
    "el": "Ανάπτυξη επιχειρήσεων στην Ήπειρο και την Άρτα",
    "es": "Año niñez educación ¿qué? José",
    "fr": "La région a soutenu l'économie là où la fête coûte, façade et hôtel",
    "hu": "Árvíztűrő tükörfúrógép fejlesztés",
    "lt": "Įmonių plėtra ąžuolas čia šųūž",
    "lv": "Uzņēmumu attīstība Rīgā ķīmijas ģenerators šķirne",
    "pl": "Zażółć gęślą jaźń łódzkie świętokrzyskie",
    "pt": "Região autónoma educação não são",
    "ro": "Investiţii în oraşul Târgu Mureş",
    "sl": "Višina dodeljenih sredstev občina Žalec",
    "sv": "Övre Norrland Västerbottens län Åre",
    "bg": "Оперативна програма Развитие на конкурентоспособността",
}
WRITTEN = {
    **dict.fromkeys(("cs", "hu", "pl", "ro", "sl"), ("cp1250", "iso8859-2")),
    **dict.fromkeys(("da", "de", "es", "fr", "pt", "sv"), ("cp1252", "latin-1")),
    **dict.fromkeys(("lt", "lv"), ("cp1257",)),
    "el": ("cp1253", "iso8859-7"),
    "bg": ("cp1251",),
}


@pytest.mark.parametrize(
    ("language", "encoding"),
    [(language, name) for language, names in WRITTEN.items() for name in names],
)
def test_a_line_of_text_is_decoded_as_it_was_written(language, encoding):
    data = (TEXTS[language] + "\n").encode(encoding)
    found = likely_encoding(data)
    assert data.decode(found.encoding) == TEXTS[language] + "\n"
    assert found.encoding in found.why


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("language", sorted(set(TEXTS) - {"el", "bg"}))
def test_unicode_is_recognised_with_and_without_a_mark(language, encoding):
    data = f"id;name\n1;{TEXTS[language]}\n".encode(encoding)
    found = likely_encoding(data)
    assert data.decode(found.encoding).removeprefix("\ufeff").startswith("id;name\n1;")


def test_a_letter_cut_at_the_end_of_a_part_is_no_error():
    data = "łódź".encode()[:-1]
    assert likely_encoding(data, whole=False).encoding == "utf-8"
    assert likely_encoding(data).encoding != "utf-8"


def test_a_text_that_may_be_two_encodings_is_doubted():
    found = likely_encoding(b"\xf1\xf3 \xf3\xf1\n" * 3)
    assert "The text may also be" in found.doubt


# --- delimiter and quote ---------------------------------------------------------------


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quote", ['"', "'"])
def test_delimiter_and_quote_are_found_by_the_records(mark, quote):
    cell = f"{quote}one{mark} two\nthree{quote}"
    text = f"name{mark}cost{mark}day\n" + f"{cell}{mark}1{mark}2\n" * 20
    found = dialect_of(text)
    assert (found.delimiter, found.quote, found.width) == (mark, quote, 3)
    assert len(found.records) == 21


def test_the_header_alone_does_not_decide():
    text = "a, b, c, d;cost\n" + "x;1\ny;2\n" * 20
    assert dialect_of(text).delimiter == ";"


def test_decimal_commas_do_not_make_fields():
    text = "name;cost;share\n" + "".join(f"n{n};{n},5;0,{n}\n" for n in range(1, 30))
    found = dialect_of(text)
    assert (found.delimiter, found.width, found.doubts) == (";", 3, ())


def test_quotes_can_be_ordinary_characters():
    text = "name;size\n" + 'pipe 5";1\n"old" mill;2\n' * 20
    found = dialect_of(text)
    assert (found.quote, found.width) == ("", 2)
    assert "quotes are ordinary characters" in found.why


def test_two_delimiters_that_are_as_good_are_doubted():
    found = dialect_of("a,b;c,d\n" + "1,2;3,4\n" * 10)
    assert any("may also be split at" in doubt for doubt in found.doubts)


def test_a_text_without_fields_is_doubted():
    assert "No sign was found" in dialect_of("one\ntwo\nthree\n").doubts[0]


# --- header --------------------------------------------------------------------------

BODY = [["Alfa", "1.200,50", "01.02.2015", "Bern"], ["Beta", "99,00", "03.04.2016", "Chur"]] * 5


def test_the_first_row_of_different_words_is_the_header():
    found = find_header(records(["Firm", "Cost", "Start", "Town"], *BODY))
    assert (found.index, found.rows, found.doubts) == (0, 1, ())


def test_titles_above_the_header_are_no_headings():
    above = [["List of operations", "", "", ""], ["As of:", "01.01.2020", "", ""]]
    found = find_header(records(*above, ["Firm", "Cost", "Start", "Town"], *BODY))
    assert (found.index, found.cells) == (2, ("Firm", "Cost", "Start", "Town"))
    assert "List of operations / As of: 01.01.2020" in found.notes[1]


def test_a_row_that_groups_columns_belongs_to_the_header():
    head = [["Firm", "Project", "Project", "Place"], ["Firm", "cost", "start", "Place"]]
    found = find_header(records(*head, *BODY))
    assert (found.index, found.rows) == (0, 2)
    assert found.cells == ("Firm", "Project cost", "Project start", "Place")


def test_a_row_of_units_or_of_a_translation_belongs_to_the_header():
    head = [["Name", "Kosten", "Beginn", "Ort"], ["name", "cost", "start", "place"]]
    assert find_header(records(*head, *BODY)).rows == 2
    units = [["Name", "Kosten", "Beginn", "Ort"], ["", "in EUR", "date", ""]]
    assert find_header(records(*units, *BODY)).cells[1] == "Kosten in EUR"


def test_a_first_row_with_gaps_is_no_second_header():
    gaps = ["Alfa", "n.a.", "k.A.", "Bern"]
    assert find_header(records(["Firm", "Cost", "Start", "Town"], gaps, *BODY)).rows == 1


def test_years_may_be_headings():
    rows = records(["Region", "2014", "2015", "total"], *[["A", "1", "2", "3"]] * 5)
    assert find_header(rows).doubts == ()


def test_a_file_without_a_header_is_doubted():
    found = find_header(records(*BODY))
    assert "No row looks like a header" in found.doubts[0]


def test_a_table_of_words_alone_is_doubted():
    found = find_header(records(["Firm", "Town"], ["Alfa", "Bern"], ["Beta", "Chur"]))
    assert "No column holds values only" in found.doubts[0]


# --- foot ----------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["TOTAL", "Summe:", "Razem", "Σύνολο", "Yhteensä", "Összesen"])
def test_a_row_of_totals_is_found_by_its_word_and_its_gaps(word):
    found = find_foot(records(*BODY, [word, "6.497,50", "", ""]), width=4)
    assert found.words == (word.rstrip(":"),)
    assert "is blank where others have words" in found.notes[0]


def test_a_firm_that_is_named_like_a_total_is_kept_with_a_doubt():
    found = find_foot(records(*BODY, ["Total Energy", "1,00", "01.01.2015", "Basel"]), width=4)
    assert (found.words, found.skip) == ((), 0)
    assert "it is read as a row" in found.doubts[0]


def test_remarks_at_the_end_are_left_out():
    rows = records(*BODY, ["Total", "1,00", "", ""], ["* as decided", "", "", ""])
    found = find_foot(rows, width=4)
    assert (found.skip, found.words) == (1, ("Total",))


# --- whole files -----------------------------------------------------------------------


def test_a_file_is_read_by_the_layout_that_was_found(file, engine):
    text = (
        "Liste der Vorhaben\n\nName;Kosten\n(Firma);in EUR\n"
        + '"A;\nB";1.200,50\n' * 3
        + "Summe;3.601,50\nStand: heute\n"
    )
    path = file(text.encode("cp1252"), name="liste.txt")
    found = sniff(path)
    raw = read(path, Profile(id="x", file=found.file), engine=engine)
    assert found.headings == raw.headings == ("Name (Firma)", "Kosten in EUR")
    assert (found.rows_estimate, raw.rows_read, len(raw.lost)) == (3, 3, 0)
    assert (found.file.header_row, found.file.header_rows) == (3, 2)
    assert (found.file.skip_foot, found.file.total_words, found.doubts) == (1, ("Summe",), ())


def test_the_sample_has_the_first_rows_and_others_spread_over_the_file(file):
    text = "id,name\n" + "".join(f"{number},n{number}\n" for number in range(10_000))
    sample = sniff(file(text)).sample
    assert list(sample.columns) == ["id", "name"]
    assert sample["id"].head(1000).tolist() == [str(number) for number in range(1000)]
    numbers = sample["id"].astype(int)
    assert numbers.is_monotonic_increasing
    assert 1500 <= len(sample) <= 2100
    assert numbers.max() > 9900
    assert numbers.diff().max() < 50


def test_a_large_text_is_looked_at_in_parts(file, monkeypatch, engine):
    monkeypatch.setattr(text_sample, "WHOLE", 50_000)
    monkeypatch.setattr(text_sample, "BEGINNING", 40_000)
    monkeypatch.setattr(text_sample, "PART", 4_000)
    lines = [f'{number};"name; {number}";{number},50\n' for number in range(20_000)]
    path = file("id;name;cost\n" + "".join(lines) + "Total;;1,5\n")
    found = sniff(path)
    assert found.rows_estimate == pytest.approx(20_000, rel=0.02)
    assert found.file.total_words == ("Total",)
    assert "the number of rows is an estimate" in found.notes[-1]
    assert found.sample["id"].astype(int).max() > 19_000
    assert (found.sample["name"] == "name; " + found.sample["id"]).all()
    raw = read(path, Profile(id="x", file=found.file), engine=engine)
    assert (raw.rows_read, len(raw.lost)) == (20_000, 0)


def test_the_sheet_with_most_cells_is_read_and_the_others_are_named(tmp_path, engine):
    path = tmp_path / "book.xlsx"
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("Read me").write_column(0, 0, ["one", "two", "three"] * 50)
    sheet = book.add_worksheet("List")
    sheet.write(0, 0, "A list")
    sheet.write_row(2, 1, ["Firm", "Cost"])
    for row in range(3, 30):
        sheet.write_row(row, 1, [f"firm {row}", row])
    book.add_worksheet("Codes").write_row(0, 0, ["a", "b"])
    book.close()
    found = sniff(path)
    assert (found.file.sheet, found.file.header_row) == ("List", 3)
    assert any("Other sheets with text: 'Read me'" in note for note in found.notes)
    raw = read(path, Profile(id="x", file=found.file), engine=engine)
    assert found.headings == raw.headings == ("column 1", "Firm", "Cost")
    assert found.rows_estimate == raw.rows_read == 27


def test_json_xml_and_pages_say_what_was_chosen(file, engine):
    items = [{"id": number, "name": f"n{number}"} for number in range(5)]
    text = json.dumps({"meta": [{"x": 1}], "data": {"items": items}})
    cases = {
        "x.json": (text, "rows", "data.items"),
        "x.xml": ("<l>" + "<r><a>1</a><b>x</b></r>" * 5 + "</l>", "rows", "l/r"),
        "x.xls": (
            "<table><tr><td>menu</table><table><tr><td>name<td>cost"
            + "<tr><td>A<td>1" * 5
            + "</table>",
            "table_number",
            2,
        ),
    }
    for name, (content, entry, value) in cases.items():
        path = file(content, name=name)
        found = sniff(path)
        assert getattr(found.file, entry) == value
        raw = read(path, Profile(id="x", file=found.file), engine=engine)
        assert found.headings == raw.headings
        assert found.rows_estimate == raw.rows_read == 5
        assert len(found.sample) == 5


def test_a_parquet_file_says_its_own_layout(tmp_path):
    path = tmp_path / "x.parquet"
    pd.DataFrame({"a": range(5000), "d": pd.Timestamp("2015-01-02"), "n": None}).to_parquet(path)
    found = sniff(path)
    assert (found.headings, found.rows_estimate) == (("a", "d", "n"), 5000)
    assert found.sample.iloc[0].tolist() == ["0", "2015-01-02", ""]


def test_a_list_in_an_archive_is_looked_at(tmp_path, file):
    packed = file(gzip.compress(b"a;b\nx;1\n"), name="x.csv.gz")
    assert sniff(packed).file.delimiter == ";"
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("x.csv", b"a;b\n1,\0\n")
    with pytest.raises(InputError, match=r"^x\.zip: x\.csv holds a NUL byte"):
        sniff(tmp_path / "x.zip")


def test_a_text_that_is_no_list_by_its_ending_is_refused(file):
    with pytest.raises(InputError, match=r"The ending of x\.toml says that it is no list"):
        sniff(file("a;b\n1;2\n", name="x.toml"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n \n", "has no rows with text"),
        (b"a,b\n1,\0\n", "holds a NUL byte"),
        (b"x" * 3_000_000, "begins with a line that is no record"),
        (b"<html><p>none", "is a page of HTML without a table"),
        (b'{"a": {"b": 1}}', "holds no list of records"),
    ],
)
def test_what_holds_no_list_is_refused(file, content, words):
    with pytest.raises(InputError, match=words):
        sniff(file(content))


def test_headings_without_rows_are_doubted(file):
    assert sniff(file("name,cost\n")).doubts == ("The file has headings and no rows.",)


cells = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=8)


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail_otherwise(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("any") / "list.csv"
    path.write_bytes(data)
    try:
        found = sniff(path)
    except InputError:
        return
    assert list(found.sample.columns) == list(found.headings)


@given(st.lists(st.tuples(cells, cells, st.integers(0, 10**6)), min_size=5, max_size=20))
def test_rows_and_headings_are_those_of_reading(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("any") / "list.csv"
    frame = pd.DataFrame(data, columns=["First name", "Last name", "Cost in EUR"])
    frame.to_csv(path, index=False, sep=";")
    found = sniff(path)
    raw = read(path, Profile(id="x", file=found.file), engine=DuckDBEngine())
    assert found.headings == raw.headings
    assert found.rows_estimate == raw.rows_read


# --- real lists ------------------------------------------------------------------------

LISTS = {
    "lists/ro_regional_op_2007_2013.csv": (4636, 13, {}),
    "lists/nl_structural_funds_2007_2013.csv": (1808, 16, {}),
    "lists/de_saxony_erdf_2014_2020.csv": (2256, 17, {}),
    "lists/si_beneficiaries_2007_2013.xlsx": (5041, 17, {"format": "xlsx"}),
    "lists/difficult/bg_html_named_xls.xls": (
        *(7, 13),
        {"format": "html", "header_rows": 2, "total_words": ("TOTAL",)},
    ),
    "lists/difficult/cy_2007_2013_mixed_decimals.csv": (1474, 7, {}),
    "lists/difficult/el_2014_2020_cp1253_multiline_header.csv": (
        *(2029, 14),
        {"encoding": "cp1253", "delimiter": ";"},
    ),
    "lists/difficult/fi_2007_2013_unquoted_commas.csv": (19_940, 14, {"encoding": "cp1252"}),
    "lists/difficult/pl_2014_2020_cp1250.csv": (
        *(749, 7),
        {"encoding": "cp1250", "delimiter": ";"},
    ),
    "lists/difficult/uk_england_2014_2020_odd_dates.csv": (394, 13, {}),
    "lists/difficult/uk_ni_2014_2020_amounts_as_rates.csv": (196, 10, {}),
    "interreg/interregbarometern_rawdata.json": (1196, 20, {"format": "json"}),
    "kohesio/kohesio_IE_pp14-20_8rows_rebuilt.csv": (8, 40, {}),
    "opencoesione/progetti_esteso_CULTURA_TURISMO_2021-2027_20250430.csv": (
        *(872, 200),
        {"delimiter": ";"},
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_real_lists_are_laid_out_as_they_are(shared, engine, name):
    rows, width, entries = LISTS[name]
    path = shared / "data" / name
    found = sniff(path)
    assert found.file == FileFormat(**{"format": "csv", **entries})
    raw = read(path, Profile(id="x", file=found.file), engine=engine)
    assert found.headings == raw.headings
    assert (found.rows_estimate, raw.rows_read, len(found.headings)) == (rows, rows, width)
    doubted = {"fi_2007": 3}
    assert len(found.doubts) == next((n for key, n in doubted.items() if key in name), 0)


def test_the_sample_is_bounded_for_every_list(shared):
    for name in LISTS:
        assert len(sniff(shared / "data" / name).sample) <= module.FIRST + module.SPREAD + 1
