"""Large text read in pieces gives the same as read record by record, or is refused."""

import csv
import hashlib
import io

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from difass_analysis.engine import DuckDBEngine
from difass_analysis.errors import InputError
from difass_analysis.sources import parts, pieces, read, streaming
from difass_analysis.sources.profile import FileFormat, Profile

NO_LIMIT = 1 << 60


@pytest.fixture(scope="module")
def engine():
    return DuckDBEngine()


@pytest.fixture
def file(tmp_path):
    def write(content, name="list.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


@pytest.fixture
def small_pieces(monkeypatch):
    """Every file is large, and a piece has only a few records."""
    monkeypatch.setattr(streaming, "LARGE", 0)
    monkeypatch.setattr(streaming, "_STEP", 20)
    monkeypatch.setattr(streaming, "_GROUP", 5)
    monkeypatch.setattr(pieces, "PIECE", 64)


def slowly(path, layout, engine):
    """Headings, rows with their lines, lost records, count and notes, record by record."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streaming, "LARGE", NO_LIMIT)
        raw = read(path, Profile(id="mine", file=layout), engine=engine)
    rows = engine.collect(raw.lazy)[["_line", *raw.headings]].to_numpy().tolist()
    lost = list(raw.lost.itertuples(index=False, name=None))
    return len(raw.headings), rows, lost, raw.rows_read, raw.sha256, raw.size_bytes, raw.notes


def streamed(path, layout, engine):
    found = streaming.stream(path, layout, engine=engine)
    rows = engine.collect(found.lazy)[["_line", *found.columns]].to_numpy().tolist()
    return (
        *(len(found.columns), rows, found.lost, found.rows_read, found.sha256, found.size_bytes),
        found.notes,
    )


def same(path, layout, engine):
    """Compare all but the notes, which differ in what is said of the speed."""
    slow, fast = slowly(path, layout, engine), streamed(path, layout, engine)
    assert fast[:-1] == slow[:-1]
    return fast


# --- the same outcome ----------------------------------------------------------------

CELLS = st.one_of(
    st.sampled_from(
        [
            *("", "a", "é€", "1,5", "x;y", '"', '""', '"q"', 'in"ch', "line\nbreak", "cr\r\nlf"),
            *(" ", "lone\rreturn", "NULL", "NA", "a\n\nb", "\n", "\ufeff", "\u2028", "\x0b"),
            *("'", "\\", '\\"'),
        ]
    ),
    st.text(st.sampled_from('ab,;"\n\r '), max_size=6),
)
ENDS = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r\n", "\r", "\n\n", "\r\n\r\n"])


@st.composite
def record_text(draw):
    """A record as one finds them: well written, ragged, blank, or broken."""
    cells = draw(st.lists(CELLS, min_size=0, max_size=5) | st.lists(CELLS, min_size=3, max_size=3))
    how = draw(st.sampled_from(["plain", "written", "written", "all quoted", "trailing"]))
    if how == "plain":
        return ",".join(cells)
    buffer = io.StringIO()
    quoting = csv.QUOTE_ALL if how == "all quoted" else csv.QUOTE_MINIMAL
    csv.writer(buffer, quoting=quoting, lineterminator="").writerow(cells)
    return buffer.getvalue() + (",,," if how == "trailing" else "")


@st.composite
def file_text(draw):
    header = draw(st.sampled_from(["a,b,c", '"a",b,"c\nd"', "a,b,c,,", "a", "a,b", '"a","b","c"']))
    records = draw(st.lists(record_text(), min_size=1, max_size=25))
    ends = [draw(ENDS) for _ in records]
    if draw(st.booleans()):
        ends = [draw(st.sampled_from(["\n", "\r\n"]))] * len(records)
    last = draw(st.sampled_from(["", "\n"]))
    body = "".join(record + end for record, end in zip(records, ends, strict=True))
    return header + ends[0] + body.rstrip("\r\n") + last


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("streaming") / "list.csv"


QUICK = settings(
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@QUICK
@given(text=file_text(), quote=st.sampled_from(['"', '"', '"', "", "'"]), foot=st.integers(0, 3))
@example(text='a,b,c\n1,"open\n2,x,y\n3,"again\n4,y,z\n' * 5, quote='"', foot=0)
@example(text='a,b\n"x"y,1\n2,3\n' + "1,2\n" * 40 + '"', quote='"', foot=1)
@example(text="a,b,,\n" + "1,2,,\n3,4,x,\n" * 20, quote='"', foot=0)
def test_pieces_give_what_records_give(engine, place, small_pieces, text, quote, foot):
    place.write_bytes(text.encode("utf-8"))
    layout = FileFormat(quote=quote, skip_foot=foot)
    try:
        slowly(place, layout, engine)
    except InputError:
        found = streaming.stream(place, layout, engine=engine)  # the reader refuses, not this one
        assert found is None or not found.rows_read
        return
    same(place, layout, engine)


RECORDS = ["1,x", '"2,5","a ""b"" c"', '"two', 'lines",y', "", ",", "7", "8,z,", "9,z,w", "10,é"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("cp1252", b""),
        ("utf-16", b""),
        ("utf-16-le", b""),
    ],
)
def test_encodings_marks_and_line_ends(engine, file, small_pieces, encoding, mark, end):
    text = end.join(["a,b", *RECORDS * 6]) + end
    fast = same(file(mark + text.encode(encoding)), FileFormat(encoding=encoding), engine)
    # Of ten lines: five rows (one of them of two lines), a blank one, one of commas, two lost.
    assert (len(fast[1]), len(fast[2]), fast[3]) == (30, 12, 42)
    assert fast[1][:3] == [[2, "1", "x"], [3, "2,5", 'a "b" c'], [4, f"two{end}lines", "y"]]
    assert fast[-1] == ()


@pytest.mark.parametrize(
    "layout",
    [
        FileFormat(delimiter=";"),
        FileFormat(delimiter="auto"),
        FileFormat(delimiter="auto", header_row=3, skip_foot=2),
        FileFormat(delimiter="\t", quote=""),
    ],
)
def test_layouts(engine, file, small_pieces, layout):
    mark = "\t" if layout.delimiter == "\t" else ";"
    rows = "".join(f"{n}{mark}{'x' * (n % 9)}\n" for n in range(40))
    text = "A list\n\n" * (layout.header_row == 3) + f"a{mark}b\n" + rows + "total;1;2\nend\n"
    same(file(text), layout, engine)


def test_a_footer_may_be_longer_than_the_last_group_of_rows(engine, file, small_pieces):
    text = "a,b\n" + "1,2\n" * 30 + "lost\n" + "3,4\n" * 12
    fast = same(file(text), FileFormat(skip_foot=14), engine)
    assert (len(fast[1]), len(fast[2])) == (29, 0)
    assert fast[-1] == slowly(file(text), FileFormat(skip_foot=14), engine)[-1]


def test_cells_beyond_the_limit_are_lost_as_they_are_record_by_record(engine, file, small_pieces):
    limit = csv.field_size_limit(20)
    try:
        long, lines = "x" * 30, "\n".join(["y" * 9] * 4)
        text = "a,b\n" + f'1,2\n{long},3\n4,"{lines}"\n5,"{long}"\n6,7\n' * 4
        fast = same(file(text), FileFormat(), engine)
    finally:
        csv.field_size_limit(limit)
    assert "a cell is longer than 20 characters" in {one[2] for one in fast[2]}


def test_a_cell_beyond_the_limit_may_change_how_the_next_records_read(engine, file, small_pieces):
    # The csv module begins again inside the long cell, and takes its end for a beginning.
    text = '4,"yyyyyyyyyyyy\nyyyyyyyyyyyyy\n",""\n",b","c"\n5,6\n'
    limit = csv.field_size_limit(20)
    try:
        for shift in range(70):
            first = "1," + "2" * (shift % 20) + "\n" + "3,4\n" * (shift // 4)
            fast = same(file("a,b\n" + first + text), FileFormat(), engine)
    finally:
        csv.field_size_limit(limit)
    assert "3 fields instead of 2" in {one[2] for one in fast[2]}


def test_a_byte_order_mark_inside_a_file_is_part_of_its_cell(engine, file, small_pieces):
    fast = same(file("a,b\n" + "\ufeff1,2\n" * 40), FileFormat(), engine)
    assert {row[1] for row in fast[1]} == {"\ufeff1"}


def test_irregular_parts_are_read_slowly_and_that_is_said(engine, file, small_pieces):
    regular = "".join(f"{n},x\n" for n in range(60))
    broken = '1,"open\n2,in"ch\n"3"3,y\n'
    *found, notes = same(file("a,b\n" + regular + broken + regular), FileFormat(), engine)
    assert [one[1] for one in found[2]] == [62, 64]
    (note,) = notes
    slow = int(note.split(" of ")[0])
    assert len(broken) <= slow < 150 and "read record by record" in note


def test_regular_text_goes_through_arrow(engine, file, small_pieces, monkeypatch):
    def refused(*_arguments):
        raise AssertionError("read record by record")

    monkeypatch.setattr(parts, "fitted", refused)
    monkeypatch.setattr(streaming, "fitted", refused)
    text = "a,b,\n" + '"1\n2","x ""y"""\n\n,\n3,4,\n' * 30
    found = streamed(file(text.replace("3,4,", "3,4")), FileFormat(), engine)
    assert len(found[1]) == 60


def test_a_piece_is_cut_before_the_first_irregular_record(tmp_path):
    data = b'1,"a\n2"\n3,x\n4,in"ch\n5,y\n'
    window = pieces.Window(
        tmp_path / "x", io.BytesIO(data), encoding="utf-8-sig", digest=hashlib.sha256()
    )
    assert window.more() and not window.more()
    piece = pieces.regular_piece(window, delimiter=",", quote='"')
    assert (piece.data, piece.line, piece.lines, window.line) == (b'1,"a\n2"\n3,x\n', 1, 3, 4)
    first, begin, behind = piece.starts()
    assert [list(one) for one in (first, begin, behind)] == [[1, 3], [0, 8], [7, 11]]
    assert pieces.regular_piece(window, delimiter=",", quote='"') is None


@pytest.mark.parametrize(
    "layout",
    [
        FileFormat(delimiter="\u00a6"),
        FileFormat(delimiter="'", quote="'"),
        FileFormat(encoding="utf-7"),
        FileFormat(anchors={"a": ".*"}),
        FileFormat(header_row=99),
    ],
)
def test_what_cannot_be_proven_is_left_to_the_slow_reader(engine, file, small_pieces, layout):
    assert streaming.stream(file("a,b\n1,2\n"), layout, engine=engine) is None


def test_small_files_are_left_to_the_slow_reader(engine, file):
    assert streaming.stream(file("a,b\n1,2\n"), FileFormat(), engine=engine) is None


def test_a_large_file_is_read_through_the_same_door(engine, file, small_pieces):
    text = " a ,A,\n" + "1,2,\n" * 20
    raw = read(file(text), Profile(id="mine"), engine=engine)
    assert raw.headings == ("a", "A (2)")
    assert list(engine.collect(raw.lazy)) == ["a", "A (2)", "_line", "_file"]
    assert (raw.rows_read, len(raw.notes)) == (20, 1)
