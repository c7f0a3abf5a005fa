"""Results as a Word document: a real table with a caption, a repeated header and its notes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from difass_analysis.errors import UsageError
from difass_analysis.export.shortening import Page, page_of
from difass_analysis.export.text import words_under
from difass_analysis.result import SIMULATED, Comparison, IndicatorTable, Result

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table

_MOST_ROWS = 2_000
_WIDE = 6  # columns from which the page lies on its side
_SMALL, _TINY = 9, 7.5  # points
_FIXED = datetime(1980, 1, 1)
_SHADE = "E8EDF2"
_A4 = (21.0, 29.7)
_MARGIN = 2.0


def docx_bytes(result: Result) -> bytes:
    """Write a document with the table as people read it, caveats, source and definitions.

    Raises
    ------
    UsageError
        When the table has more rows than a document is good for.
    """
    import docx

    if len(result.frame) > _MOST_ROWS:
        raise UsageError(
            f"The table has {len(result.frame):,} rows; a document holds {_MOST_ROWS:,}.",
            todo="Write .xlsx, .csv or .parquet.",
        )
    page = page_of(result)
    document = docx.Document()
    wide = page.cells.shape[1] > _WIDE
    _begin(document, result, wide=wide)
    _table(document, page, width=(_A4[1] if wide else _A4[0]) - 2 * _MARGIN)
    for text in (*page.notes, *words_under(result)):
        _paragraph(document, text, size=_SMALL)
    stream = BytesIO()
    document.save(stream)
    return fixed_zip(stream.getvalue())


def fixed_zip(content: bytes) -> bytes:
    """Return a zip archive with the same members and no clock in it."""
    stream = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(stream, "w", ZIP_DEFLATED) as new:
        for member in old.infolist():
            entry = ZipInfo(member.filename, date_time=_FIXED.timetuple()[:6])
            entry.compress_type = ZIP_DEFLATED
            entry.create_system = 0
            new.writestr(entry, old.read(member))
    return stream.getvalue()


def _begin(document: Document, result: Result, *, wide: bool) -> None:
    """Set paper, letters and properties, and write the caption."""
    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm, Pt

    section = document.sections[0]
    width, height = reversed(_A4) if wide else _A4
    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Cm(width), Cm(height)
    section.left_margin = section.right_margin = Cm(_MARGIN)
    section.top_margin = section.bottom_margin = Cm(_MARGIN)
    normal: Any = document.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(10)
    own = document.core_properties
    own.title, own.author, own.comments = _plain(result.provenance.name), "", ""
    own.last_modified_by, own.created, own.modified = "", _FIXED, _FIXED
    if result.provenance.simulated:
        _paragraph(document, SIMULATED, size=10, bold=True)
    _caption(document, _caption_text(result))


def _caption_text(result: Result) -> str:
    what = result.heading if isinstance(result, Comparison) else ""
    if isinstance(result, IndicatorTable):
        by = " and ".join(result.by).replace("_", " ")
        what = f"Indicators by {by}" if by else "Indicators"
    return f"{what}: {result.provenance.name}" if what else result.provenance.name


def _caption(document: Document, text: str) -> None:
    """Write "Table 1. ..." with a number that Word counts itself."""
    from docx.shared import Pt, RGBColor

    paragraph = document.add_paragraph(style="Caption")
    paragraph.paragraph_format.keep_with_next = True
    paragraph.paragraph_format.space_after = Pt(4)
    for run in (
        paragraph.add_run("Table "),
        _number(paragraph),
        paragraph.add_run(f". {_plain(text)}"),
    ):
        run.font.size, run.font.color.rgb = Pt(10), RGBColor(0x1B, 0x26, 0x31)


def _number(paragraph: Any) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    run = paragraph.add_run("1")
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), " SEQ Table \\* ARABIC ")
    run._r.addprevious(field)
    field.append(run._r)
    return run


def _table(document: Document, page: Page, *, width: float) -> None:
    """Write the cells: lines above and below, the header shaded and repeated on every page."""
    from docx.shared import Cm

    table = document.add_table(rows=len(page.cells) + 1, cols=page.cells.shape[1])
    table.autofit = False
    _borders(table)
    size = _TINY if page.cells.shape[1] > 2 * _WIDE else _SMALL
    heads = [str(name).replace("_", " ") for name in page.cells.columns]
    lines = [heads, *page.cells.astype("str").to_numpy().tolist()]
    widths = [Cm(width * share) for share in _shares(lines)]
    for column, wide in zip(table.columns, widths, strict=True):
        column.width = wide
    for number, (row, texts) in enumerate(zip(table._tbl.tr_lst, lines, strict=True)):
        for cell, wide in zip(row.tc_lst, widths, strict=True):
            cell.width = wide
        _row(row, texts, page.right, head=number == 0, size=size)


def _shares(lines: Sequence[Sequence[str]]) -> list[float]:
    """Give each column its share of the page: room for its longest word, more for long texts."""
    wanted = []
    for texts in zip(*lines, strict=True):
        word = max(len(word) for text in texts for word in (text.split() or [""]))
        word = max(word, *(round(1.2 * len(bold)) for bold in texts[0].split() or [""]), 0)
        whole = max(map(len, texts))
        wanted.append(max(3.0, min(word, 24), min(whole, 34)) + 4)
    return [one / sum(wanted) for one in wanted]


def _row(row: Any, texts: Sequence[str], right: Sequence[bool], *, head: bool, size: float) -> None:
    """Fill one row; rows are not broken over two pages."""
    from docx.oxml import OxmlElement

    about = row.get_or_add_trPr()
    about.append(OxmlElement("w:cantSplit"))
    if head:
        about.append(OxmlElement("w:tblHeader"))
    for cell, text, number in zip(row.tc_lst, texts, right, strict=True):
        _fill(cell, text, right=number, head=head, size=size)


def _fill(cell: Any, text: str, *, right: bool, head: bool, size: float) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt
    from docx.text.paragraph import Paragraph

    paragraph = Paragraph(cell.p_lst[0], None)  # type: ignore[arg-type]
    run = paragraph.add_run(_plain(text))
    run.bold, run.font.size = head or None, Pt(size)
    form = paragraph.paragraph_format
    form.space_before, form.space_after = Pt(1), Pt(1)
    if right:
        form.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if head:
        shade = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("color", "auto"), ("fill", _SHADE)):
            shade.set(qn(f"w:{name}"), value)
        cell.get_or_add_tcPr().append(shade)


def _borders(table: Table) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    lines = OxmlElement("w:tblBorders")
    for side, width, color in (
        ("top", 8, "5B6875"),
        ("bottom", 8, "5B6875"),
        ("insideH", 4, "D0D7DE"),
    ):
        line = OxmlElement(f"w:{side}")
        for name, value in (
            ("val", "single"),
            ("sz", str(width)),
            ("space", "0"),
            ("color", color),
        ):
            line.set(qn(f"w:{name}"), value)
        lines.append(line)
    table._tbl.tblPr.append(lines)


def _paragraph(document: Document, text: str, *, size: float, bold: bool = False) -> None:
    from docx.shared import Pt

    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(2)
    paragraph.paragraph_format.space_after = Pt(2)
    run = paragraph.add_run(_plain(text))
    run.font.size, run.bold = Pt(size), bold or None


def _plain(text: str) -> str:
    """Leave out what XML cannot hold."""
    allowed = "\t\n"
    return "".join(
        letter
        for letter in text.encode("utf-8", "replace").decode("utf-8")
        if letter in allowed or (letter >= " " and letter not in "\ufffe\uffff")
    )
