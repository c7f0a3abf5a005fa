"""The section on transfers: who passes on practices to whom, and how far they have come."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.display import numbers
from difass_analysis.errors import DifassError
from difass_analysis.mechanisms import (
    TransferMatrix,
    Uptake,
    follow_actions,
    transfer_matrix,
    uptake_rates,
)
from difass_analysis.reporting.content import Block, Cell, Column, Paragraphs
from difass_analysis.reporting.grids import known_rows, plain_grid, raw_of, text_cell
from difass_analysis.reporting.language import Words, term
from difass_analysis.reporting.mechanism_parts import passed_cell, record_files, said_cell
from difass_analysis.reporting.sections import Section, section_picture
from difass_analysis.reporting.shared_parts import caveats_block, not_computed
from difass_analysis.result import Result

if TYPE_CHECKING:
    from difass_analysis.programme import Programme

_MOST_PARTNERS = 20
_STAGES = {
    "agreed": term("agreed"),
    "prepared": term("prepared"),
    "visited": term("visited"),
    "piloted": term("piloted"),
    "adopted": term("adopted"),
}
Row = Mapping[Any, Any]
#: Blocks of one part, and what limits its figures.
Part = tuple[list[Block], tuple[str, ...]]


def transfers_section(
    programme: Programme, *, home: str, out: Path, level: float, words: Words
) -> Section | None:
    """Return transfers as a matrix with checks, uptake and actions; None where there are none.

    Parameters
    ----------
    programme : Programme
        The programme, as it may be shown.
    home : str
        Its name in files and on the page.
    out : Path
        Folder of the report. Tables are ``<home>_transfer_list``, ``_transfer_checks``,
        ``_uptake`` and ``_actions``; charts ``_transfer_matrix``, ``_transfer_network`` and
        ``_uptake``.
    level : float
        Level of the intervals of uptake.
    words : Words
        The language of the page.
    """
    parts: list[Part] = []
    if _has(programme, "transfers"):
        parts.append(_matrix(programme, home=home, out=out, words=words))
        parts.append(_uptake(programme, home=home, out=out, level=level, words=words))
    if _has(programme, "action_plans"):
        parts.append(_actions(programme, home=home, out=out, words=words))
    if not parts:
        return None
    blocks = [block for held, _ in parts for block in held]
    caveats = [text for _, said in parts for text in said]
    return Section(
        id="exchange",
        title=words("Transfer and uptake"),
        lead=words(
            "Who passes on practices to whom, do the lists agree with each other, and how far have "
            "the transfers come? That a practice was passed on does not say that it works there."
        ),
        blocks=(*blocks, *caveats_block(caveats, programme=programme, words=words)),
    )


def _has(programme: Programme, table: str) -> bool:
    return table in programme.tables and len(programme.table(table)) > 0


def _matrix(programme: Programme, *, home: str, out: Path, words: Words) -> Part:
    heading = words("Who passes on to whom")
    try:
        found = transfer_matrix(programme)
    except DifassError as error:  # pairs that nobody listed
        return [not_computed(error, words, heading=heading)], ()
    blocks: list[Block] = [Paragraphs(texts=_counted(found, words), heading=heading)]
    if len(found.matrix) <= _MOST_PARTNERS:
        blocks += _pictures(found, home=home, out=out, words=words)
    record_files(found, home=home, name="transfer_list", out=out)
    return [*blocks, _checks(found, home=home, out=out, words=words)], found.caveats


def _counted(found: TransferMatrix, words: Words) -> tuple[str, ...]:
    values = found.indicators.set_index("indicator")
    texts = [
        words(
            "Transfers: {transfers}, from {exporters} exporters to {importers} importers.",
            **{
                name: words.value(values.at[name, "value"])
                for name in ("transfers", "exporters", "importers")
            },
        ),
        words(
            "Of {pairs} pairs with a transfer {mutual} have one in the other direction as well.",
            pairs=words.value(values.at["reciprocity", "denominator"]),
            mutual=words.value(values.at["reciprocity", "numerator"]),
        ),
    ]
    if numbers.is_known(values.at["practices_imported", "value"]):
        texts.append(
            words(
                "Of {all} recorded practices {ever} were ever taken up; practices that nobody "
                "recorded are not in this number.",
                all=words.value(values.at["practices_imported", "denominator"]),
                ever=words.value(values.at["practices_imported", "numerator"]),
            )
        )
    return (" ".join(texts),)


def _pictures(found: TransferMatrix, *, home: str, out: Path, words: Words) -> list[Block]:
    said = "; ".join(
        f"{row['exporter']} → {row['importer']}: {row['count']}"
        for row in known_rows(
            found.frame.groupby(["exporter", "importer"]).size().reset_index(name="count")
        )
    )
    drawn = (
        ("transfer_matrix", found.plot, words("Transfers of practices from exporter to importer")),
        ("transfer_network", found.plot_network, words("Who passes on practices to whom")),
    )
    return [
        section_picture(draw, home=home, name=name, out=out, title=title, words=said)
        for name, draw, title in drawn
    ]


def _checks(found: TransferMatrix, *, home: str, out: Path, words: Words) -> Block:
    rows = Result(frame=found.checks, provenance=found.provenance)
    columns = {
        "check": Column(label=words("Check"), wide=True),
        "passed": Column(label=words("Passed")),
        "found": Column(label=words("What was found"), wide=True),
    }

    def cell(name: str, row: Row) -> Cell:
        if name == "passed":
            return passed_cell(row[name], words=words)
        return said_cell(row[name], words=words)

    return plain_grid(
        known_rows(found.checks),
        columns,
        id=f"{home}-transfer-checks",
        caption=words("Checks of the transfers"),
        words=words,
        cell=cell,
        files=record_files(rows, home=home, name="transfer_checks", out=out),
    )


def _uptake(programme: Programme, *, home: str, out: Path, level: float, words: Words) -> Part:
    heading = words("How far the transfers have come")
    try:
        found = uptake_rates(programme, level=level)
    except DifassError as error:
        return [not_computed(error, words, heading=heading)], ()
    if not found.frame["agreed"].any():
        text = words(
            "The stage of no transfer is known. That is not the same as no uptake: nobody said."
        )
        return [Paragraphs(texts=(text,), heading=heading)], ()
    picture = section_picture(
        found.plot,
        home=home,
        name="uptake",
        out=out,
        title=words("Share of agreed transfers that reached each stage"),
        words=_in_words(found.frame, words),
    )
    return [_uptake_grid(found, home=home, out=out, words=words), picture], found.caveats


def _in_words(frame: pd.DataFrame, words: Words) -> str:
    return "; ".join(
        f"{words(_STAGES[str(row['stage'])])}: {words.value(row['share'], unit='share')}"
        for row in known_rows(frame)
    )


def _uptake_grid(found: Uptake, *, home: str, out: Path, words: Words) -> Block:
    columns = {
        "stage": Column(label=words("Stage")),
        "reached": Column(label=words("Reached"), number=True),
        "agreed": Column(label=words("Agreed"), number=True),
        "share": Column(label=words("Share"), number=True),
        "lower": Column(label=words("Interval"), number=True),
        "unknown": Column(label=words("Stage not known"), number=True),
        "note": Column(label=words("Note"), wide=True),
    }

    def cell(name: str, row: Row) -> Cell:
        if name == "stage":
            return Cell(text=words(_STAGES[str(row[name])]))
        if name == "share":
            return Cell(text=words.value(row[name], unit="share"), raw=raw_of(row[name]))
        if name == "lower":
            known = numbers.is_known(row["lower"])
            span = words.span(row["lower"], row["upper"], unit="share") if known else ""
            return Cell(text=span)
        if name == "note":
            return said_cell(row[name], words=words)
        return text_cell(row[name], words=words)

    return plain_grid(
        known_rows(found.frame),
        columns,
        id=f"{home}-uptake",
        caption=words("How far the transfers have come"),
        words=words,
        cell=cell,
        files=record_files(found, home=home, name="uptake", out=out),
    )


def _actions(programme: Programme, *, home: str, out: Path, words: Words) -> Part:
    heading = words("Actions by partner")
    try:
        found = follow_actions(programme)
    except DifassError as error:
        return [not_computed(error, words, heading=heading)], ()
    columns = {
        "partner_name": Column(label=words("Partner"), wide=True),
        "actions": Column(label=words("Actions"), number=True),
        "planned": Column(label=words("planned"), number=True),
        "started": Column(label=words("started"), number=True),
        "done": Column(label=words("done"), number=True),
        "dropped": Column(label=words("dropped"), number=True),
        "not_known": Column(label=words("state not known"), number=True),
        "changes": Column(label=words("Changes of policy made"), number=True),
    }
    grid = plain_grid(
        known_rows(found.summary),
        columns,
        id=f"{home}-actions",
        caption=heading,
        words=words,
        files=record_files(found, home=home, name="actions", out=out),
    )
    return [grid], found.caveats
