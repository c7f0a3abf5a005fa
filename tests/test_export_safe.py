"""Names that would act, disks that are full, folders that are closed: no file is ever half."""

import errno
import os
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import docx
import openpyxl
import pandas as pd
import pytest
from lxml import etree

from difass_analysis.display.pictures import close
from difass_analysis.errors import InputError
from difass_analysis.export import atomic_write, safe_name, write_chart, write_table
from difass_analysis.export.reading_back import cells_of
from difass_analysis.programme import Programme, Settings
from difass_analysis.reporting import report
from difass_analysis.result import Comparison, IndicatorTable, Provenance, Result

TABLES = [".csv", ".xlsx", ".docx", ".html", ".tex", ".md", ".parquet", ".json"]
HOSTILE = [
    "<script>alert(1)</script>",
    'A&B"',
    "</td></table><img src=x onerror=alert(1)>",
    "=HYPERLINK(1)",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "a|b\\c\nd",
    "100 % of $x_1$ #{\\end{longtable}}",
    "]]><!-- --></text>",
    "łódź Αθήνα \U0001f9ea \ufffe\x07",
]
ROOT = Path(__file__).resolve().parents[1]


def origin(name="A & <b>B</b>"):
    return Provenance(programme="x", name=name, version="0.1.0")


def compared():
    """A comparison whose groups, notes and headings are all hostile."""
    count = len(HOSTILE)
    frame = pd.DataFrame(
        {
            "region": HOSTILE,
            HOSTILE[0]: HOSTILE,
            "difference": [-1.5] * count,
            "difference_lower": [-2.0] * count,
            "difference_upper": [-1.0] * count,
            "note": HOSTILE,
        }
    )
    return Comparison(
        frame=frame, provenance=origin(), by=("region",), heading=HOSTILE[0], unit="EUR"
    )


def plain():
    held = compared()
    return Result(frame=held.frame, provenance=held.provenance, caveats=tuple(HOSTILE))


@pytest.mark.parametrize("ending", TABLES)
@pytest.mark.parametrize("make", [plain, compared])
def test_hostile_names_are_text_in_every_table(ending, make, tmp_path):
    path = write_table(make(), tmp_path / f"t{ending}")
    cells = cells_of(path.read_bytes(), ending)
    flat = " ".join(cell for grid in cells.values() for row in grid for cell in row)
    if ending not in (".tex", ".md"):
        assert "<script>alert(1)</script>" in flat
        assert 'A&B"' in flat
    if ending == ".csv":
        acting = ("=", "+", "@", "\t", "\r")
        texts = [cell for grid in cells.values() for row in grid for cell in row]
        assert not [cell for cell in texts if cell.startswith(acting)]
        assert "-1.5" in texts  # a number stays a number


def test_no_element_comes_from_a_name_in_html(tmp_path):
    page = etree.HTML(write_table(plain(), tmp_path / "t.html").read_text())
    assert page.xpath("//script | //img | //@onerror") == []
    assert len(page.xpath("//table")) == 1


def test_no_cell_of_a_workbook_is_a_formula_and_numbers_stay_numbers(tmp_path):
    book = openpyxl.load_workbook(write_table(plain(), tmp_path / "t.xlsx"))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    texts = [cell.value for cell in cells if isinstance(cell.value, str)]
    assert not [text for text in texts if text.startswith(("=", "+", "-", "@", "\t"))]
    assert book["table"]["C2"].value == -1.5


def test_no_command_of_latex_comes_from_a_name(tmp_path):
    text = write_table(plain(), tmp_path / "t.tex").read_text()
    assert text.count("\\end{longtable}") == 1


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
def test_hostile_names_in_charts(ending, tmp_path):
    ax = compared().plot()
    path = write_chart(ax, tmp_path / f"c.{ending}", result=compared())
    close(ax)
    if ending == "svg":
        tree = etree.fromstring(path.read_bytes())
        names = {etree.QName(node).localname for node in tree.iter(etree.Element)}
        assert not names & {"script", "img", "image", "foreignObject"}
        assert "<script>" in "".join(tree.itertext())


def test_a_report_of_a_hostile_programme(tmp_path):
    evil = HOSTILE[0]
    frame = pd.DataFrame(
        {
            "operation_id": list("abcd"),
            "region": [evil, evil, 'A&B"', 'A&B"'],
            "beneficiary_name": [evil] * 4,
            "public_amount": [1.0, 2.0, 3.0, 4.0],
            "private_amount": [1.0, 2.0, 3.0, 4.0],
        }
    )
    settings = Settings(id="../../<x>", name=evil, currency="EUR", published=True)
    page = report(Programme.from_frames(settings=settings, operations=frame), tmp_path / "out")
    text = page.read_text()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    names = [path.name for path in tmp_path.rglob("*")]
    assert not [name for name in names if not re.fullmatch(r"[A-Za-z0-9_.-]+", name)]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(
    "text", ["CON", "nul", "com1", "LPT9", "aux", "..", ".", "", " ", "a/../b"]
)
def test_names_that_a_system_keeps_or_reads_as_a_path(text):
    name = safe_name(text)
    assert re.fullmatch(r"[a-z0-9_][a-z0-9_-]*", name)
    assert name not in {"con", "nul", "com1", "lpt9", "aux"}


# --- Word ----------------------------------------------------------------------------


def indicators():
    rows = {
        "indicator": ["public"] * 2,
        "region": ["N", "S"],
        "value": [1_500_000.0, None],
        "lower": [1_400_000.0, None],
        "upper": [1_600_000.0, None],
        "se": [5e4, None],
        "n": [4, 1],
        "numerator": [1_500_000.0, None],
        "denominator": [None, None],
        "unit": ["EUR"] * 2,
        "method": ["sum"] * 2,
        "note": ["", "withheld, with a reason that is too long for a narrow cell"],
    }
    return IndicatorTable(
        frame=pd.DataFrame(rows), provenance=origin("Programme"), by=("region",), caveats=("Mind.",)
    )


def test_a_document_holds_a_real_table_with_caption_and_notes(tmp_path):
    document = docx.Document(write_table(indicators(), tmp_path / "t.docx"))
    (table,) = document.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["indicator", "region", "value", "interval", "numerator", "denominator", "n", "note"],
        ["public (EUR)", "N", "1,500,000", "1,400,000 to 1,600,000", "1,500,000", "none", "4", ""],
        ["public (EUR)", "S", "withheld", "withheld", "withheld", "none", "1", "[1]"],
    ]
    assert table.rows[0]._tr.trPr.xpath("./w:tblHeader")
    assert [cell.paragraphs[0].alignment for cell in table.rows[1].cells][1:3] == [None, 2]
    word = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"
    texts = ["".join(t.text for t in one._p.iter(word)) for one in document.paragraphs]
    assert texts[0] == "Table 1. Indicators by region: Programme"
    assert document.paragraphs[0].style.name == "Caption"
    wanted = "[1] withheld, with a reason that is too long for a narrow cell"
    assert texts[1:3] == [wanted, "Mind."]
    assert texts[-1].startswith("Source: Programme;")
    assert document.sections[0].page_width > document.sections[0].page_height


# --- disks ---------------------------------------------------------------------------

WRITE = """
import sys
from difass_analysis.errors import InputError
from difass_analysis.export import atomic_write
try:
    atomic_write(sys.argv[1], b"n" * 1_000_000)
except InputError as error:
    sys.exit(str(error))
"""


def written_elsewhere(path, **options):
    command = [sys.executable, "-c", WRITE, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def no_more_than_200_kb():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))


def test_a_disk_that_takes_no_more_leaves_the_old_file_whole(tmp_path):
    path = atomic_write(tmp_path / "a.csv", b"old")
    done = written_elsewhere(path, preexec_fn=no_more_than_200_kb)
    assert done.returncode == 1
    assert "a.csv cannot be written: the file is larger than is allowed there." in done.stderr
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.csv"]


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 200 kB; only an administrator can make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)]
    try:
        made = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        made = False
    if not made:
        pytest.skip("no right to mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_leaves_the_old_file_whole(small_disk):
    path = atomic_write(small_disk / "a.csv", b"old")
    with pytest.raises(InputError, match=r"the disk is full\. Make room"):
        atomic_write(path, b"n" * 1_000_000)
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in small_disk.iterdir()] == ["a.csv"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_every_step_may_fail(step, tmp_path, monkeypatch):
    path = atomic_write(tmp_path / "a.csv", b"old")

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os if step == "fsync" else Path, step, full)
    with pytest.raises(InputError, match="the disk is full"):
        atomic_write(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.csv"]


def test_a_closed_folder_is_named_and_stays_as_it_is(tmp_path):
    folder = tmp_path / "closed"
    path = atomic_write(folder / "a.csv", b"old")
    folder.chmod(0o555)
    tmp_path.chmod(0o755)
    try:
        if os.access(folder, os.W_OK):
            pytest.skip("an administrator may write everywhere")
        with pytest.raises(InputError, match="writing there is not allowed"):
            atomic_write(path, b"new")
        assert path.read_bytes() == b"old"
    finally:
        folder.chmod(0o755)


def test_a_read_only_disk_leaves_the_old_file_whole(small_disk):
    path = atomic_write(small_disk / "a.csv", b"old")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(InputError, match=r"the disk is read-only\. Choose a folder"):
        atomic_write(path, b"new")
    assert path.read_bytes() == b"old"
    with pytest.raises(InputError, match="the disk is read-only"):
        atomic_write(small_disk / "new/b.csv", b"new")


def test_a_report_into_a_full_disk_is_a_sentence(small_disk):
    frame = pd.DataFrame({"operation_id": ["a"], "public_amount": [1.0], "private_amount": [2.0]})
    programme = Programme.from_frames(operations=frame)
    with pytest.raises(InputError, match="the disk is full"):
        report(programme, small_disk / "out", disclosure="off")
    left = [path for path in small_disk.rglob("*") if path.is_file()]
    assert not [path for path in left if path.suffix == ".part"]


# --- temporary files -----------------------------------------------------------------


def test_only_temporary_files_of_processes_that_are_gone_are_removed(tmp_path):
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    from difass_analysis.export.files import _owner

    dead = tmp_path / f"{_owner()}-{gone}-{'0' * 16}.part"
    kept = [
        tmp_path / f"{_owner()}-{os.getpid()}-{'0' * 16}.part",
        tmp_path / f"{_owner()}-1-{'0' * 16}.part",
        tmp_path / f".difass-ffffffff-{gone}-{'0' * 16}.part",
        tmp_path / "mine.part",
    ]
    for path in (dead, *kept):
        path.write_bytes(b"half")
    atomic_write(tmp_path / "a.csv", b"")
    assert not dead.exists()
    assert [path.exists() for path in kept] == [True] * 4
