"""The section on mechanism claims: which have evidence, which none, and the theories behind."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.display import numbers
from difass_analysis.export import safe_name
from difass_analysis.mechanisms import Coverage, coverage, theory_of_change
from difass_analysis.mechanisms.covering import full_table
from difass_analysis.programme import Programme
from difass_analysis.reporting.content import Block, Cell, Column, Paragraphs, Picture
from difass_analysis.reporting.grids import known_rows, plain_grid, text_cell
from difass_analysis.reporting.language import Words, term
from difass_analysis.reporting.mechanism_parts import record_files
from difass_analysis.reporting.sections import Section, section_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_ROWS, _MOST_THEORIES = 40, 6
_TABLES = ("mechanism_claims", "theory_links")
_UNSTATED = term("(not stated)")
_KINDS = {"claim": term("claim"), "link": term("link of a theory")}
_STATES = {
    "open": term("open"),
    "supported": term("supported"),
    "partly supported": term("partly supported"),
    "not supported": term("not supported"),
    "none": term("none"),
    "weak": term("weak"),
    "moderate": term("moderate"),
    "strong": term("strong"),
}
Row = Mapping[Any, Any]


def claims_section(
    programme: Programme, *, home: str, out: Path, level: float, words: Words
) -> Section | None:
    """Return what evidence claims and links have; None where a programme has neither.

    Parameters
    ----------
    programme : Programme
        The programme, as it may be shown.
    home : str
        Its name in files and on the page.
    out : Path
        Folder of the report. The table is written to ``tables/<home>_claim_coverage``, the
        theories of change are drawn in ``charts/<home>_theory_<practice>``.
    level : float
        Level of the intervals; not used here.
    words : Words
        The language of the page.
    """
    if not set(_TABLES) & set(programme.tables):
        return None
    found = coverage(programme)
    if found.frame.empty:
        return None
    grid = plain_grid(
        known_rows(found.frame),
        _columns(words),
        id=f"{home}-claim-coverage",
        caption=words("Claims, links and what is written down for them"),
        words=words,
        cell=lambda name, row: _cell(name, row, words),
        files=record_files(found, home=home, name="claim_coverage", out=out),
    )
    blocks: list[Block] = [_lead(found, words), grid]
    if len(found.frame) <= _MOST_ROWS:
        blocks.append(
            section_picture(
                found.plot,
                home=home,
                name="claim_coverage",
                out=out,
                title=words("Which claims and links have evidence"),
                words=_counted(found.frame, words),
            )
        )
    return Section(
        id="mechanisms",
        title=words("Why it works: claims"),
        lead=words(
            "In which context does which resource bring forth which response, and with what "
            "outcome? A claim without evidence is a reason to ask, and no result."
        ),
        blocks=(*blocks, *_theories(programme, home=home, out=out, words=words)),
    )


def _counted(frame: pd.DataFrame, words: Words) -> str:
    bare = ~(frame["evidence_for"] | frame["evidence_against"])
    claims = frame["kind"] == "claim"
    return words(
        "Claims: {claims}, of which {bare_claims} have no evidence at all. Links of theories of "
        "change: {links}, of which {bare_links} have none.",
        claims=words.value(int(claims.sum())),
        bare_claims=words.value(int((claims & bare).sum())),
        links=words.value(int((~claims).sum())),
        bare_links=words.value(int((~claims & bare).sum())),
    )


def _lead(found: Coverage, words: Words) -> Paragraphs:
    said = words(
        "Evidence that is written down is counted, not weighed; opinions of stakeholders on the "
        "contribution are not central to a claim (Mayne 2012)."
    )
    return Paragraphs(texts=(_counted(found.frame, words), said))


def _columns(words: Words) -> dict[str, Column]:
    return {
        "statement": Column(label=words("Claim or link"), wide=True),
        "kind": Column(label=words("Kind")),
        "evidence_for": Column(label=words("Evidence for")),
        "evidence_against": Column(label=words("Evidence against")),
        "rivals": Column(label=words("Rival explanations")),
        "tests": Column(label=words("Tests")),
        "status": Column(label=words("Status")),
        "strength": Column(label=words("Strength")),
        "gap": Column(label=words("What is missing"), wide=True),
    }


def _cell(name: str, row: Row, words: Words) -> Cell:
    value = row[name]
    if name == "statement":
        practice = row["practice_id"]
        text = str(value).replace(_UNSTATED, words(_UNSTATED))
        return Cell(text=text, small=str(practice) if numbers.is_known(practice) else "")
    if name == "kind":
        return Cell(text=words(_KINDS[str(value)]))
    if name == "tests" and row["kind"] == "link":
        return Cell(text="")
    if name == "tests":
        return _tests(row, words)
    if name == "gap":
        return Cell(text=words.said(str(value)) if value else words("nothing"))
    if name in ("status", "strength") and numbers.is_known(value):
        return Cell(text=words(_STATES.get(str(value), str(value))))
    if name == "strength" and row["kind"] == "link":
        return Cell(text="")
    return text_cell(value, words=words)


def _tests(row: Row, words: Words) -> Cell:
    if not numbers.is_known(row["tests"]) or not str(row["tests"]):
        return Cell(text=words("none"), missing=True)
    named = ((words("passed"), row["passed"]), (words("failed"), row["failed"]))
    small = "; ".join(
        f"{label}: {words.said(str(value))}"
        for label, value in named
        if numbers.is_known(value) and str(value)
    )
    return Cell(text=words.said(str(row["tests"])), small=small)


def _theories(programme: Programme, *, home: str, out: Path, words: Words) -> list[Block]:
    """Draw the theory of change of each practice, and of the links that belong to none."""
    links = full_table(programme, "theory_links")
    held = list(dict.fromkeys(links["practice_id"].dropna()))
    apart = links[links["practice_id"].isna()]
    named: list[tuple[str, Programme, str | None]] = [
        (f"theory_{safe_name(str(key))}", programme, str(key)) for key in held
    ]
    if len(apart):
        alone = Programme.from_frames(settings=programme.settings, theory_links=apart)
        named.append(("theory", alone if held else programme, None))
    drawn: list[Block] = [
        _theory(source, practice, name=name, home=home, out=out, words=words)
        for name, source, practice in named[:_MOST_THEORIES]
    ]
    more = len(named) - len(drawn)
    if more > 0:
        text = words("{count} more theories of change are not drawn.", count=words.value(more))
        drawn.append(Paragraphs(texts=(text,)))
    return drawn


def _theory(
    programme: Programme, practice: str | None, *, name: str, home: str, out: Path, words: Words
) -> Picture:
    found = theory_of_change(programme, practice=practice)
    draw: partial[Axes] = partial(found.plot)
    said = "; ".join(
        f"{row['number']} {_end(row['from_result'], words)} → {_end(row['to_result'], words)}"
        for row in known_rows(found.frame)
    )
    return section_picture(draw, home=home, name=name, out=out, title=found.heading, words=said)


def _end(value: object, words: Words) -> str:
    return str(value) if numbers.is_known(value) else words("not stated")
