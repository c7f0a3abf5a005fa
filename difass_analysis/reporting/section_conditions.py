"""The sections on framework conditions, and on where a practice would meet what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from difass_analysis.display import numbers
from difass_analysis.errors import DifassError
from difass_analysis.export import safe_name
from difass_analysis.mechanisms import (
    FrameworkConditions,
    Transferability,
    framework_conditions,
    transferability,
)
from difass_analysis.reference import name_of
from difass_analysis.reporting.content import Block, Cell, Column, Paragraphs
from difass_analysis.reporting.grids import known_rows, plain_grid, raw_of, text_cell
from difass_analysis.reporting.language import Words
from difass_analysis.reporting.mechanism_parts import record_files, said_cell
from difass_analysis.reporting.sections import Section, section_picture
from difass_analysis.reporting.shared_parts import caveats_block, failed_section
from difass_analysis.result import Result

if TYPE_CHECKING:
    from difass_analysis.programme import Programme

_MOST_REGIONS, _MOST_PRACTICES = 7, 4
Row = Mapping[Any, Any]


def conditions_section(
    programme: Programme, *, home: str, out: Path, level: float, words: Words
) -> Section | None:
    """Return what is known of the framework conditions; None where a programme has none.

    Parameters
    ----------
    programme : Programme
        The programme, as it may be shown.
    home : str
        Its name in files and on the page.
    out : Path
        Folder of the report. Tables are ``<home>_framework`` and ``_framework_known``, the chart
        ``_framework``.
    level : float
        Level of the intervals; not used here.
    words : Words
        The language of the page.
    """
    if "conditions" not in programme.tables or programme.table("conditions").empty:
        return None
    title = words("Framework conditions")
    try:
        found = framework_conditions(programme)
    except DifassError as error:  # several editions, two values of one year and the like
        return failed_section("framework", title, error, words)
    return Section(
        id="framework",
        title=title,
        lead=words(
            "In which conditions do the measures work, and how much of them is known? Values of a "
            "country are never given to a region here."
        ),
        blocks=(
            _known(found, home=home, out=out, words=words),
            *_profile(found, programme, home=home, out=out, words=words),
            *caveats_block(found.caveats, programme=programme, words=words),
        ),
    )


def _known(found: FrameworkConditions, *, home: str, out: Path, words: Words) -> Block:
    kinds = {"indicator": words("indicator"), "region": words("region")}
    columns = {
        "name": Column(label=words("Indicator or region"), wide=True),
        "known": Column(label=words("Known"), number=True),
        "of": Column(label=words("Of"), number=True),
        "known_share": Column(label=words("Share known"), number=True),
        "missing": Column(label=words("Not known"), wide=True),
    }

    def cell(name: str, row: Row) -> Cell:
        if name == "name":
            return Cell(text=str(row[name]), small=kinds.get(str(row["kind"]), ""))
        if name == "known_share":
            return Cell(text=words.value(row[name], unit="share"), raw=raw_of(row[name]))
        if name == "missing":
            return Cell(text=str(row[name]) if numbers.is_known(row[name]) else "")
        return text_cell(row[name], words=words)

    counts = Result(frame=found.completeness, provenance=found.provenance, caveats=found.caveats)
    record_files(found, home=home, name="framework", out=out)
    return plain_grid(
        known_rows(found.completeness),
        columns,
        id=f"{home}-framework-known",
        caption=words("Framework conditions: what is known"),
        words=words,
        cell=cell,
        files=record_files(counts, home=home, name="framework_known", out=out),
    )


def _profile(
    found: FrameworkConditions, programme: Programme, *, home: str, out: Path, words: Words
) -> list[Block]:
    if len(found.regions) > _MOST_REGIONS:
        text = words(
            "A profile of {count} regions cannot be read and is not drawn; all values stand in "
            "tables/{file}.",
            count=words.value(len(found.regions)),
            file=f"{home}_framework.csv",
        )
        return [Paragraphs(texts=(text,))]
    named = (_region(row) for row in known_rows(found.frame.drop_duplicates("region")))
    picture = section_picture(
        found.plot,
        home=home,
        name="framework",
        out=out,
        title=words("Profile of the regions in standard deviations"),
        words="; ".join(named),
    )
    return [picture]


def _region(row: Row) -> str:
    code, version = str(row["region"]), row["nuts_version"]
    name = name_of(code, version) if version in _VERSIONS else None
    return f"{code} {name}" if name else code


_VERSIONS = ("2006", "2010", "2013", "2016", "2021", "2024")


def transferability_section(
    programme: Programme, *, home: str, out: Path, level: float, words: Words
) -> Section | None:
    """Return how components of practices were rated for receiving contexts; None without ratings.

    Parameters
    ----------
    programme : Programme
        The programme, as it may be shown.
    home : str
        Its name in files and on the page.
    out : Path
        Folder of the report. Tables are ``<home>_ratings`` and ``_rating_summary``, charts
        ``_ratings_<practice>``.
    level : float
        Level of the intervals; not used here.
    words : Words
        The language of the page.
    """
    if "ratings" not in programme.tables or programme.table("ratings").empty:
        return None
    title = words("Transferability")
    try:
        found = transferability(programme)
    except DifassError as error:
        return failed_section("transferability", title, error, words)
    return Section(
        id="transferability",
        title=title,
        lead=words(
            "Which components of a practice does a receiving context support, hinder or stop? A "
            "stopper is never averaged away: where there is one, there is no score."
        ),
        blocks=(
            _summary(found, home=home, out=out, words=words),
            *_grids(found, home=home, out=out, words=words),
            *caveats_block(found.caveats, programme=programme, words=words),
        ),
    )


def _summary(found: Transferability, *, home: str, out: Path, words: Words) -> Block:
    columns = {
        "practice_id": Column(label=words("Practice")),
        "importer": Column(label=words("Receiving context"), wide=True),
        "stopped_by": Column(label=words("Stopped by"), wide=True),
        "constraints": Column(label=words("Constraints"), number=True),
        "supports": Column(label=words("Supports"), number=True),
        "rated": Column(label=words("Rated"), number=True),
        "score": Column(label=words("Score, -2 to 2"), number=True),
        "note": Column(label=words("Note"), wide=True),
    }

    def cell(name: str, row: Row) -> Cell:
        if name == "stopped_by":
            return Cell(text=str(row[name]) if row[name] else words("nothing"))
        if name == "note":
            return said_cell(row[name], words=words)
        if name == "rated":
            return Cell(
                text=words(
                    "{filled} of {mandatory}",
                    filled=words.value(row["rated"]),
                    mandatory=words.value(row["components"]),
                ),
                raw=raw_of(row["rated"]),
            )
        if name == "score" and not numbers.is_known(row[name]):
            return Cell(text=words("none"), missing=True)
        return text_cell(row[name], words=words)

    table = Result(frame=found.summary, provenance=found.provenance, caveats=found.caveats)
    record_files(found, home=home, name="ratings", out=out)
    return plain_grid(
        known_rows(found.summary),
        columns,
        id=f"{home}-rating-summary",
        caption=words("Ratings of components by receiving context"),
        words=words,
        cell=cell,
        files=record_files(table, home=home, name="rating_summary", out=out),
    )


def _grids(found: Transferability, *, home: str, out: Path, words: Words) -> list[Block]:
    keys = list(dict.fromkeys(found.frame["practice_id"]))
    drawn: list[Block] = []
    for key in keys[:_MOST_PRACTICES]:
        rows = known_rows(found.frame[found.frame["practice_id"] == key])
        said = "; ".join(
            f"{row['component']}, {row['importer']}: {words.value(row['rating'])}" for row in rows
        )
        drawn.append(
            section_picture(
                partial(found.plot, practice=key),
                home=home,
                name=f"ratings_{safe_name(str(key))}",
                out=out,
                title=words("Transferability of {practice}", practice=key),
                words=said,
            )
        )
    more = len(keys) - len(drawn)
    if more > 0:
        text = words("{count} more practices are not drawn.", count=words.value(more))
        drawn.append(Paragraphs(texts=(text,)))
    return drawn
