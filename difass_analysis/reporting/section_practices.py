"""The section on good practices: how full each record is, beside how far its evidence reaches."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from difass_analysis import evidence
from difass_analysis.display import numbers
from difass_analysis.export import safe_name
from difass_analysis.mechanisms import PracticeRecords, assess_practices
from difass_analysis.reporting.content import Block, Cell, Column, Paragraphs
from difass_analysis.reporting.fact_sheets import write_fact_sheets
from difass_analysis.reporting.grids import known_rows, plain_grid, text_cell
from difass_analysis.reporting.language import Words, term
from difass_analysis.reporting.mechanism_parts import record_files
from difass_analysis.reporting.sections import Section, section_picture
from difass_analysis.schema.good_practice import practice_fields

if TYPE_CHECKING:
    from difass_analysis.programme import Programme

#: Folder of the fact sheets beside the page.
SHEETS = "practices"
_MOST_BARS = 40
#: Names of the fields that can be missing or too long, as the form has them.
LABELS = (
    term("Title"),
    term("Short summary"),
    term("Detailed information"),
    term("Resources needed"),
    term("Start"),
    term("Evidence of success"),
    term("Difficulties encountered"),
    term("Potential for learning or transfer"),
    term("Main institution"),
    term("Region"),
    term("Theme"),
)
Row = Mapping[Any, Any]


def practices_section(
    programme: Programme, *, home: str, out: Path, level: float, words: Words
) -> Section | None:
    """Return what is recorded of each good practice; None where a programme has none.

    Parameters
    ----------
    programme : Programme
        The programme, as it may be shown.
    home : str
        Its name in files and on the page.
    out : Path
        Folder of the report. The table is written to ``tables/<home>_practice_records``, one
        fact sheet a practice (HTML and Word) into ``practices/<home>``.
    level : float
        Level of the intervals; not used here.
    words : Words
        The language of the page; fact sheets are in English.
    """
    if "practices" not in programme.tables:
        return None
    records = assess_practices(programme)
    if records.frame.empty:
        return None
    sheets = _sheets(programme, home=home, out=out)
    rows = [
        {**row, "_sheets": found}
        for row, found in zip(known_rows(records.frame), sheets, strict=True)
    ]
    files = record_files(records, home=home, name="practice_records", out=out)
    grid = plain_grid(
        rows,
        _columns(words),
        id=f"{home}-practice-records",
        caption=words("Records of good practices"),
        words=words,
        cell=lambda name, row: _cell(name, row, words),
        files=files,
    )
    blocks: list[Block] = [_lead(records, words), grid]
    if 1 < len(rows) <= _MOST_BARS:
        blocks.append(
            section_picture(
                records.plot,
                home=home,
                name="practice_records",
                out=out,
                title=words("Mandatory fields filled in, and declared step of evidence"),
                words="; ".join(f"{_title(row)}: {_filled(row, words)}" for row in rows),
            )
        )
    if not any(sheets):
        blocks.append(
            Paragraphs(
                texts=(words("No fact sheets are written: several practices have the same key."),)
            )
        )
    return Section(
        id="records",
        title=words("Records of good practices"),
        lead=words(
            "How much of the form is filled in, and how far does the evidence reach? The two stand "
            "side by side and are never multiplied: a full record can prove nothing."
        ),
        blocks=tuple(blocks),
    )


def _sheets(programme: Programme, *, home: str, out: Path) -> list[tuple[str, ...]]:
    """Write the fact sheets, and return for each practice the addresses from the page.

    Practices whose keys give the same name of a file would overwrite each other; then none is
    written.
    """
    keys = [safe_name(str(key)) for key in programme.table("practices")["practice_id"]]
    if len(set(keys)) < len(keys):
        return [()] * len(keys)
    paths = write_fact_sheets(programme, out / SHEETS / home)
    names = [f"{SHEETS}/{home}/{path.name}" for path in paths]
    size = len(names) // len(keys)
    return [tuple(names[size * place : size * (place + 1)]) for place in range(len(keys))]


def _lead(records: PracticeRecords, words: Words) -> Block:
    frame = records.frame
    return Paragraphs(
        texts=(
            words(
                "Practices: {count}; with a declared step of evidence: {declared}; that say "
                "anything on results: {stated}.",
                count=words.value(len(frame)),
                declared=words.value(int(frame["evidence_step"].notna().sum())),
                stated=words.value(int(frame["evidence_stated"].sum())),
            ),
            words(
                "The step is an expert's declaration; none is guessed from the text. Which fields "
                "are mandatory, and most limits of length, are unverified."
            ),
        )
    )


def _columns(words: Words) -> dict[str, Column]:
    return {
        "title": Column(label=words("Practice"), wide=True),
        "filled": Column(label=words("Filled in"), number=True),
        "evidence_step": Column(label=words("Step of evidence, as declared")),
        "missing": Column(label=words("Missing"), wide=True),
        "_sheets": Column(label=words("Fact sheet")),
    }


def _cell(name: str, row: Row, words: Words) -> Cell:
    if name == "title":
        return Cell(text=_title(row), small=words.said(str(row["note"])))
    if name == "filled":
        return Cell(text=_filled(row, words), raw=float(row["completeness"]))
    if name == "evidence_step":
        return _step(row, words)
    if name == "missing":
        return _fields(row, words)
    if not row["_sheets"]:
        return text_cell(None, words=words)
    return Cell(text="HTML", href=row["_sheets"][0])


def _title(row: Row) -> str:
    return str(row["title"] if numbers.is_known(row["title"]) else row["practice_id"])


def _filled(row: Row, words: Words) -> str:
    return words(
        "{filled} of {mandatory}",
        filled=words.value(row["filled"]),
        mandatory=words.value(row["mandatory"]),
    )


def _step(row: Row, words: Words) -> Cell:
    if not numbers.is_known(row["evidence_step"]):
        return Cell(text=words("not declared"), missing=True)
    found = evidence.step(row["evidence_step"])
    return Cell(text=f"{found.roman} {words(found.name)}", small=words(found.kind))


def _fields(row: Row, words: Words) -> Cell:
    labels = dict(zip(practice_fields()["field"], practice_fields()["label"], strict=True))
    lacking, long = (_named(row[name], labels, words) for name in ("missing", "too_long"))
    small = words("longer than the form allows: {fields}", fields=long) if long else ""
    return Cell(text=lacking or words("nothing"), small=small)


def _named(value: object, labels: Mapping[str, str], words: Words) -> str:
    names = str(value).split("; ") if numbers.is_known(value) and str(value) else []
    return "; ".join(words(labels.get(name, name)) for name in names)
