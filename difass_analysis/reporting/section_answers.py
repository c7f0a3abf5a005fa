"""The section on additionality as recipients report it: shares of their answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from difass_analysis.errors import DifassError
from difass_analysis.finance import AnswerShares, answer_shares
from difass_analysis.reporting.content import Block, Cell, Column, Footnotes, Grid, Paragraphs
from difass_analysis.reporting.grids import known_rows
from difass_analysis.reporting.language import Words, term
from difass_analysis.reporting.sections import Section
from difass_analysis.reporting.shared_parts import (
    Place,
    caveats_block,
    closed_section,
    failed_section,
    figure_cells,
    grouped_grid,
    is_closed,
    money_cell,
)

if TYPE_CHECKING:
    from difass_analysis.programme import Programme

_ID = "answers"
#: Questions on the difference that support made, and what they ask.
_QUESTIONS = {
    "would_have_done_anyway": term("Would it have been done without support?"),
    "anyway_timing": term("Without support: when?"),
    "anyway_scale": term("Without support: on what scale?"),
    "anyway_quality": term("Without support: of what quality?"),
}


def answers_section(
    programme: Programme, *, home: str, out: Path, level: float, words: Words
) -> Section | None:
    """Return what recipients say of the difference made; None where they were not asked.

    Parameters
    ----------
    programme : Programme
        The programme, as it may be shown. Of data that are not public nothing is shown.
    home : str
        Its name in files and on the page.
    out : Path
        Folder of the report; the table is ``<home>_answers``.
    level : float
        Level of the intervals.
    words : Words
        The language of the page.
    """
    asked = _asked(programme)
    if not asked:
        return None
    title = words("Self-reported additionality")
    if is_closed(programme):
        return closed_section(_ID, title, words)
    place = Place(home=home, out=out, words=words)
    try:
        found = answer_shares(programme, questions=asked, level=level)
    except DifassError as error:
        return failed_section(_ID, title, error, words)
    blocks: tuple[Block, ...] = (
        _grid(found, place),
        Paragraphs(
            texts=(
                words(
                    "No deadweight is computed here: what part of an answer such as 'partly' "
                    "would have come about anyway is an assumption that the evaluator must state."
                ),
            )
        ),
        *caveats_block(found.caveats, programme=programme, words=words),
    )
    lead = words("What recipients say would have happened without support: step III, their views.")
    return Section(id=_ID, title=title, lead=lead, blocks=blocks)


def _asked(programme: Programme) -> list[str]:
    """Questions on additionality that anybody answered."""
    if "surveys" not in programme.tables:
        return []
    table = programme.table("surveys")
    if not {"sme_id", "question", "answer"} <= set(table.columns):
        return []
    held = set(table.dropna(subset=["sme_id", "question", "answer"])["question"])
    return [question for question in _QUESTIONS if question in held]


def _grid(found: AnswerShares, place: Place) -> Grid:
    words, notes = place.words, Footnotes()
    groups = []
    for question, label in _QUESTIONS.items():
        rows = found.frame[found.frame["question"] == question]
        cells = []
        for row in known_rows(rows.sort_values("value", ascending=False, kind="stable")):
            figure = {**row, "unit": "share"}
            counts = (
                money_cell(row[name], unit="answers", words=words)
                for name in ("numerator", "denominator", "n")
            )
            answer = Cell(text=str(row["answer"]))
            cells.append((answer, *figure_cells(figure, words=words, notes=notes), *counts))
        groups.append((words(label), cells))
    columns = (
        Column(label=words("Answer"), wide=True),
        Column(label=words("Share"), number=True),
        Column(label=words("Interval")),
        Column(label=words("Answers"), number=True),
        Column(label=words("of"), number=True),
        Column(label=words("SMEs that answered"), number=True),
    )
    return grouped_grid(
        groups,
        columns,
        id=f"{place.home}-survey-answers",
        caption=words("Answers of recipients"),
        notes=notes,
        files=place.files(found, "answers"),
        words=words,
    )
