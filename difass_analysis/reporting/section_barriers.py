"""The section on barriers: what is recorded to address each, and where nothing is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from difass_analysis.display import numbers
from difass_analysis.errors import InputError
from difass_analysis.mechanisms import BarrierGaps, barrier_gaps
from difass_analysis.reporting.content import Block, Cell, Column, Paragraphs
from difass_analysis.reporting.grids import known_rows, plain_grid, text_cell
from difass_analysis.reporting.language import Words, term
from difass_analysis.reporting.mechanism_parts import record_files
from difass_analysis.reporting.sections import Section

if TYPE_CHECKING:
    from difass_analysis.programme import Programme

_MOST_IDLE = 20
_KINDS = {"barrier": term("barrier"), "difficulty": term("difficulty")}
Row = Mapping[Any, Any]


def barriers_section(
    programme: Programme, *, home: str, out: Path, level: float, words: Words
) -> Section | None:
    """Return barriers with what addresses them; None where a programme states none.

    Parameters
    ----------
    programme : Programme
        The programme, as it may be shown.
    home : str
        Its name in files and on the page.
    out : Path
        Folder of the report; the table is written to ``tables/<home>_barrier_gaps``.
    level : float
        Level of the intervals; not used here.
    words : Words
        The language of the page.
    """
    if "barriers" not in programme.tables:
        return None
    try:
        found = barrier_gaps(programme)
    except InputError as error:  # a link names what the programme does not have
        texts = (" ".join(part for part in (error.message, error.todo) if part),)
        return _section((Paragraphs(texts=texts),), words)
    if found.frame.empty:
        return None
    linked = bool(found.frame["link_kind"].map(numbers.is_known).any())
    grid = plain_grid(
        known_rows(found.frame),
        _columns(words, linked=linked),
        id=f"{home}-barrier-gaps",
        caption=words("Barriers and what is recorded to address them"),
        words=words,
        cell=lambda name, row: _cell(name, row, words),
        files=record_files(found, home=home, name="barrier_gaps", out=out),
    )
    return _section((_lead(found, words), grid, *_idle(found, words)), words)


def _section(blocks: tuple[Block, ...], words: Words) -> Section:
    return Section(
        id="obstacles",
        title=words("Barriers and what addresses them"),
        lead=words(
            "Which obstacles does the programme name, and which of its mechanisms are recorded as "
            "an answer? Nothing is linked by its words."
        ),
        blocks=blocks,
    )


def _lead(found: BarrierGaps, words: Words) -> Paragraphs:
    frame = found.frame
    bare = frame["mechanism_id"].isna() | (frame["mechanism_id"] == "")
    answered = set(frame.loc[~bare, "barrier_id"])
    barriers = list(dict.fromkeys(frame["barrier_id"]))
    texts = [
        words(
            "Barriers: {count}; with a mechanism recorded for them: {answered}; with a gap: "
            "{gaps}.",
            count=words.value(len(barriers)),
            answered=words.value(len(answered)),
            gaps=words.value(found.gaps["barrier_id"].nunique()),
        )
    ]
    if not answered:
        texts.append(
            words(
                "The sources name barriers and instruments, and do not say which answers which. "
                "Whoever knows gives the links in the table barrier_links."
            )
        )
    return Paragraphs(texts=tuple(texts))


def _columns(words: Words, *, linked: bool) -> dict[str, Column]:
    """Columns of the grid; those on mechanisms only where any is linked."""
    answers = {
        "mechanism": Column(label=words("Mechanism"), wide=True),
        "claim": Column(label=words("Claim on how"), wide=True),
        "link_kind": Column(label=words("Link")),
    }
    return {
        "statement": Column(label=words("Barrier"), wide=True),
        "kind_of_statement": Column(label=words("Kind")),
        **(answers if linked else {}),
        "gap": Column(label=words("What is missing"), wide=True),
    }


def _cell(name: str, row: Row, words: Words) -> Cell:
    value = row[name]
    if name == "gap":
        return Cell(text=words.said(str(value)) if value else words("nothing"))
    if not numbers.is_known(value) or not str(value):
        return text_cell(None, words=words) if name == "statement" else Cell(text="")
    if name == "kind_of_statement":
        return Cell(text=words(_KINDS.get(str(value), str(value))))
    if name == "mechanism":
        kind = row["instrument_type"]
        return Cell(text=str(value), small=str(kind) if numbers.is_known(kind) else "")
    if name == "claim":
        status = row["claim_status"]
        return Cell(text=str(value), small=words(str(status)) if numbers.is_known(status) else "")
    return Cell(text=words(str(value)))


def _idle(found: BarrierGaps, words: Words) -> list[Block]:
    """List the mechanisms that no barrier leads to, where any link is recorded at all."""
    names = [str(name) for name in found.idle["name"].dropna()]
    linked = bool(found.frame["link_kind"].map(numbers.is_known).any())
    if not names or not linked:
        return []
    more = len(names) - _MOST_IDLE
    rest = [words("{count} more", count=words.value(more))] if more > 0 else []
    heading = words("Mechanisms that no barrier is linked to")
    return [Paragraphs(texts=(*names[:_MOST_IDLE], *rest), heading=heading, listed=True)]
