"""The topics of a report, in the order of the page: the one place where a topic is registered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from difass_analysis.errors import UsageError
from difass_analysis.reporting.language import Words
from difass_analysis.reporting.quality import quality_section
from difass_analysis.reporting.section_aid import aid_section
from difass_analysis.reporting.section_answers import answers_section
from difass_analysis.reporting.section_barriers import barriers_section
from difass_analysis.reporting.section_claims import claims_section
from difass_analysis.reporting.section_conditions import (
    conditions_section,
    transferability_section,
)
from difass_analysis.reporting.section_funds import funds_section
from difass_analysis.reporting.section_leverage import leverage_section
from difass_analysis.reporting.section_portfolio import loans_section
from difass_analysis.reporting.section_practices import practices_section
from difass_analysis.reporting.section_transfers import transfers_section
from difass_analysis.reporting.sections import Section, Topic

if TYPE_CHECKING:
    from difass_analysis.programme import Programme

#: To add a topic, write its function in a module of its own here and put it into this tuple.
TOPICS: tuple[Topic, ...] = (
    leverage_section,
    loans_section,
    funds_section,
    aid_section,
    answers_section,
    practices_section,
    claims_section,
    barriers_section,
    transfers_section,
    conditions_section,
    transferability_section,
    quality_section,
)


def topic_sections(
    programme: Programme,
    *,
    home: str,
    out: Path,
    level: float,
    words: Words,
    own: Sequence[Topic] = (),
) -> tuple[Section, ...]:
    """Return the sections of all topics that have something to say about a programme.

    Parameters
    ----------
    programme : Programme
        The programme, as it may be shown.
    home : str
        Its name in files and on the page.
    out : Path
        Folder of the report.
    level : float
        Level of the intervals.
    words : Words
        The language of the page.
    own : sequence of Topic
        Topics of the caller, after those of the package.

    Raises
    ------
    UsageError
        When two sections have one id: links to them could not be told apart.
    """
    topics = (*TOPICS, *own)
    found = [topic(programme, home=home, out=out, level=level, words=words) for topic in topics]
    sections = tuple(section for section in found if section is not None)
    ids = [section.id for section in sections]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise UsageError(
            f"Two sections of the page have the id '{twice[0]}'.",
            todo="Give yours another id, one word that no other section has.",
        )
    return sections
