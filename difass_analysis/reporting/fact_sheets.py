"""Fact sheets of good practices: one HTML page or one Word document a practice, and the form."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from difass_analysis.errors import UsageError, one_of
from difass_analysis.export import atomic_write, safe_name
from difass_analysis.export.word import fixed_zip
from difass_analysis.mechanisms import practice_form
from difass_analysis.programme import Programme
from difass_analysis.reporting.practice_content import (
    PracticeContent,
    content_hash,
    practice_content,
    practice_contents,
    template_text,
)
from difass_analysis.result import SIMULATED

SheetFormat = Literal["html", "docx"]
_FIXED = datetime(1980, 1, 1)


def fact_sheet(programme: Programme, practice: str, *, format: SheetFormat = "html") -> bytes:
    """Return the fact sheet of one good practice as a file.

    The page is one file that opens without a network and prints on A4; nothing in it can run.
    Completeness, step of evidence and missing fields stand side by side. Contacts are not
    printed.

    Parameters
    ----------
    programme : Programme
        With a table ``practices``; claims and theory are printed where they are.
    practice : str
        Key of the practice.
    format : {"html", "docx"}
        Kind of file.

    Returns
    -------
    bytes
        The file. The same programme gives the same bytes.

    Raises
    ------
    InputError
        When the programme has no table ``practices``.
    UsageError
        When there is no practice of that key, or no such format.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"practice_id": ["a"], "title": ["<b>A tool</b>"]})
    >>> page = fact_sheet(Programme.from_frames(practices=frame), "a").decode()
    >>> "<h1>&lt;b&gt;A tool&lt;/b&gt;</h1>" in page
    True
    """
    return _rendered(practice_content(programme, practice), format)


def write_fact_sheets(
    programme: Programme,
    out: Path | str,
    *,
    formats: Sequence[SheetFormat] = ("html", "docx"),
) -> list[Path]:
    """Write the fact sheets of all practices of a programme into a folder.

    Parameters
    ----------
    programme : Programme
        With a table ``practices``.
    out : path or str
        Folder; made where it does not exist. Files are named after the keys of the practices.
    formats : sequence of {"html", "docx"}
        Kinds of file.

    Returns
    -------
    list of pathlib.Path
        The files, by practice and format.

    Raises
    ------
    InputError
        When the programme has no practices, or the folder cannot be written to.
    UsageError
        When a format is not offered, or two practices have the same key.

    Examples
    --------
    >>> import pandas as pd
    >>> from tempfile import TemporaryDirectory
    >>> frame = pd.DataFrame({"practice_id": ["a"], "title": ["A tool"]})
    >>> with TemporaryDirectory() as folder:
    ...     written = write_fact_sheets(Programme.from_frames(practices=frame), folder)
    >>> [path.name for path in written]
    ['a.html', 'a.docx']
    """
    contents = practice_contents(programme)
    keys = [content.id for content in contents]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise UsageError(
            f"Several practices have the key {', '.join(twice[:3])}.",
            todo="Give each a key of its own; check() names the rows.",
        )
    return [
        atomic_write(Path(out) / f"{safe_name(content.id)}.{kind}", _rendered(content, kind))
        for content in contents
        for kind in formats
    ]


def write_practice_form(path: Path | str) -> Path:
    """Write an empty form for a good practice, ``.toml`` or ``.xlsx`` by the ending of its name.

    Parameters
    ----------
    path : path or str
        Where to.

    Raises
    ------
    UsageError
        When the ending is another one.
    InputError
        When the file cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_practice_form(f"{folder}/form.xlsx").name
    'form.xlsx'
    """
    ending = Path(path).suffix.lower()
    if ending == ".toml":
        return atomic_write(path, practice_form("toml"))
    if ending == ".xlsx":
        return atomic_write(path, practice_form("xlsx"))
    raise one_of("kind of form", ending or "(none)", [".toml", ".xlsx"])


def _rendered(content: PracticeContent, kind: str) -> bytes:
    if kind == "html":
        return _page(content)
    if kind == "docx":
        return _document(content)
    raise one_of("format of a fact sheet", kind, ["html", "docx"])


def _page(content: PracticeContent) -> bytes:
    css = template_text("practice.css")
    text = (
        practice_environment()
        .get_template("fact_sheet.html.j2")
        .render(one=content, css=css, style_hash=content_hash(css), simulated=SIMULATED)
    )
    return text.encode("utf-8", "replace")


def practice_environment() -> Any:
    """Return the environment in which pages on practices are rendered: everything is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("difass_analysis.reporting", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _document(content: PracticeContent) -> bytes:
    import docx
    from docx.shared import Cm, Pt

    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.2)
    section.top_margin = section.bottom_margin = Cm(2.0)
    normal: Any = document.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(10.5)
    own = document.core_properties
    own.title, own.author, own.comments = _plain(content.title)[:250], "", ""
    own.last_modified_by, own.created, own.modified = "", _FIXED, _FIXED
    _opening(document, content)
    for heading, text in content.texts:
        document.add_heading(heading, level=2)
        document.add_paragraph(_plain(text))
    _claim_part(document, content)
    if content.theory_png:
        document.add_heading("Theory of change", level=2)
        document.add_picture(BytesIO(content.theory_png), width=Cm(15.5))
    document.add_heading("Record", level=2)
    _pairs(document, _record(content))
    for text in (*content.caveats, content.source):
        _small(document, text)
    stream = BytesIO()
    document.save(stream)
    return fixed_zip(stream.getvalue())


def _opening(document: Any, content: PracticeContent) -> None:
    if content.simulated:
        document.add_paragraph().add_run(SIMULATED).bold = True
    _small(document, f"Good practice. {content.programme}")
    document.add_heading(_plain(content.title), level=1)
    if content.summary:
        document.add_paragraph().add_run(_plain(content.summary)).italic = True
    _pairs(document, (*content.facts, *content.links))


def _claim_part(document: Any, content: PracticeContent) -> None:
    if content.claims:
        document.add_heading("Why it works: claims", level=2)
    for claim in content.claims:
        document.add_paragraph(_plain(claim["statement"]), style="List Bullet")
        step = f"step {claim['evidence_step']}"
        about = f"Status: {claim['status']}; strength: {claim['strength']}; {step}."
        _small(document, f"{about} Gaps: {claim['gap']}." if claim["gap"] else about)


def _record(content: PracticeContent) -> tuple[tuple[str, str], ...]:
    reason = f" {content.step_reason}" if content.step_reason else ""
    note = f" {content.step_note}" if content.step_note else ""
    return (
        ("Mandatory fields filled in", f"{content.filled} of {content.mandatory}"),
        ("Missing", "; ".join(content.missing) or "none"),
        ("Evidence, as declared", f"{content.step}.{reason}{note}"),
    )


def _pairs(document: Any, pairs: Sequence[tuple[str, str]]) -> None:
    from docx.shared import Cm

    table = document.add_table(rows=0, cols=2)
    table.style = document.styles["Table Grid"]
    table.autofit = False
    table.columns[0].width, table.columns[1].width = Cm(4.6), Cm(12.0)
    for name, value in pairs:
        cells = table.add_row().cells
        cells[0].width, cells[1].width = Cm(4.6), Cm(12.0)
        cells[0].paragraphs[0].add_run(_plain(name)).bold = True
        cells[1].paragraphs[0].add_run(_plain(value))


def _small(document: Any, text: str) -> None:
    from docx.shared import Pt

    document.add_paragraph().add_run(_plain(text)).font.size = Pt(8.5)


def _plain(text: str) -> str:
    """Leave out what XML cannot hold."""
    kept = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(
        letter
        for letter in kept
        if letter in "\t\n" or (letter >= " " and letter not in "\ufffe\uffff")
    )
