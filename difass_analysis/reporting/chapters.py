"""A programme as a chapter of the page: what is known, the figures, and what limits them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from difass_analysis.display import numbers
from difass_analysis.reporting import matters
from difass_analysis.reporting.checklist import checklist_section, prices_text
from difass_analysis.reporting.claiming import claims_grid, claims_of, step_text
from difass_analysis.reporting.content import Chapter, Grid, KeyFigure, Link, Section
from difass_analysis.reporting.figures import Figures, in_language, key_figures, measured
from difass_analysis.reporting.grids import by_text, indicator_grid
from difass_analysis.reporting.language import ENGLISH, Words
from difass_analysis.reporting.origin import files_grid, settings_record
from difass_analysis.reporting.outputs import GROUPED, OVERALL, write_pictures, write_tables
from difass_analysis.reporting.regions import regions_section
from difass_analysis.reporting.register import register
from difass_analysis.reporting.safety import presentable, safe_figures
from difass_analysis.reporting.topics import topic_sections

if TYPE_CHECKING:
    from difass_analysis.disclosure import Switch
    from difass_analysis.programme import Programme
    from difass_analysis.reporting.sections import Topic

Files = Mapping[str, tuple[Link, ...]]
#: Tables whose figures are no indicators of the catalogue, but sections.
_MONEY_TABLES = {"loans", "funds", "aid_awards", "surveys"}


def chapter(
    programme: Programme,
    *,
    home: str,
    out: Path,
    level: float,
    disclosure: Switch = "on",
    words: Words = ENGLISH,
    sections: Sequence[Topic] = (),
) -> Chapter:
    """Measure a programme, write its tables and charts, and return its chapter.

    Parameters
    ----------
    programme : Programme
        The programme.
    home : str
        Its name in files and on the page.
    out : path
        Folder of the report.
    level : float
        Level of the intervals.
    disclosure : {"on", "off"}
        Whether figures that would tell of single contributors are withheld.
    words : Words
        The language of the page.
    sections : sequence of Topic
        Topics of the caller, after those of the package.
    """
    told = disclosure == "off" or programme.published or programme.simulated
    plain = safe_figures(measured(programme, level=level), programme, disclosure=disclosure)
    programme = presentable(programme, disclosure=disclosure)
    files = write_tables(programme, plain, home=home, out=out)
    figures = in_language(plain, words)
    keys = key_figures(figures, home=home, words=words)
    about = _about(programme, figures, words=words, home=home)
    return Chapter(
        id=home,
        name=programme.name,
        description=programme.description,
        simulated=programme.simulated,
        verdict=_verdict(programme, figures, words),
        source=words.said(programme.provenance.sentence()),
        known=register(programme, home=home, files=files, words=words),
        key_figures=keys,
        summary=summary(programme, figures, keys, words=words),
        indicators=_indicators(figures, home=home, files=files, words=words),
        pictures=write_pictures(figures, home=home, out=out, words=words),
        sections=_sections(
            programme, plain, home=home, out=out, level=level, words=words, own=sections
        ),
        notes=matters.notes_grid(
            programme, id=f"{home}-notes", files=files.get("notes", ()), words=words
        ),
        claims=claims_grid(programme, id=f"{home}-claims", words=words, told=told),
        settings=settings_record(
            programme.provenance, id=f"{home}-settings", words=words, level=level
        ),
        **about,
    )


def _about(programme: Programme, figures: Figures, *, words: Words, home: str) -> dict[str, Any]:
    """Return what limits the figures, how they are defined and where they are from."""
    table, findings = figures.overall, programme.findings
    files = (Link(text=words("CSV of all programmes"), href="findings.csv"),)
    return {
        "frame": _frame(programme, words),
        "alarms": matters.alarms(findings, words),
        "findings": matters.findings_grid(
            findings, id=f"{home}-findings", files=files, words=words
        ),
        "not_computable": matters.not_computable_grid(
            table, id=f"{home}-not-computable", words=words
        ),
        "cannot_show": matters.cannot_show(programme, words),
        "caveats": _caveats(programme, figures, words),
        "definitions": matters.definitions_of(table, home=home, words=words),
        "assumptions": matters.assumptions_grid(programme, id=f"{home}-assumptions", words=words),
        "files": files_grid(programme.provenance, id=f"{home}-files", words=words),
        "origins": matters.origins(programme, words),
    }


def _sections(
    programme: Programme,
    figures: Figures,
    *,
    home: str,
    out: Path,
    level: float,
    words: Words,
    own: Sequence[Topic],
) -> tuple[Section, ...]:
    """Return the regions, what the topics add, and the checklist, as far as there are data."""
    regions = regions_section(in_language(figures, words), home=home, out=out, words=words)
    switched = _switched_off(programme, figures)
    topics = topic_sections(switched, home=home, out=out, level=level, words=words, own=own)
    checklist = checklist_section(programme, figures, home=home, out=out, words=words)
    found = (regions, *topics, checklist)
    return tuple(section for section in found if section is not None)


def _switched_off(programme: Programme, figures: Figures) -> Programme:
    """Mark the programme where disclosure control is off, so that topics know it as tables do."""
    if figures.overall.provenance.disclosure != "off":
        return programme
    return replace(programme, provenance=replace(programme.provenance, disclosure="off"))


def _frame(programme: Programme, words: Words) -> tuple[tuple[str, str], ...]:
    """Return what holds for all figures of a programme: currency, prices, regions, openness."""
    settings = programme.settings
    nuts, missing = programme.nuts_version, words(numbers.NOT_KNOWN)
    data = words("public by law") if programme.published else words("not public by law")
    pairs = (
        (words("Currency"), words.currency(programme.currency) or missing),
        (words("Prices"), prices_text(programme.price_basis, words) or missing),
        (words("Regions"), f"NUTS {nuts}" if nuts else words("no codes")),
        (words("Indicator system"), settings.indicator_system or words("none stated")),
        (words("Data"), data),
    )
    date = programme.provenance.settings.get("date", "")
    return (*pairs, (words("Date of the run"), date)) if date else pairs


def _verdict(programme: Programme, figures: Figures, words: Words) -> str:
    """Say first whether there are figures at all."""
    count = figures.overall.frame["indicator"].nunique()
    asked = len(figures.overall.definitions)
    if count:
        return words(
            "{count} of {asked} indicators of the catalogue can be computed.",
            count=words.value(count),
            asked=words.value(asked),
        )
    if _MONEY_TABLES & set(programme.tables):
        return words(
            "None of the {asked} indicators of the catalogue can be computed from its sources; the "
            "reasons stand under Limits. What loans, funds, aid and surveys tell stands in "
            "sections of its own.",
            asked=words.value(asked),
        )
    return words(
        "This programme has no figures: none of the {asked} indicators of the catalogue can be "
        "computed from its sources; the reasons stand under Limits. What is known stands here as "
        "it was stated.",
        asked=words.value(asked),
    )


def summary(
    programme: Programme, figures: Figures, keys: Sequence[KeyFigure], *, words: Words
) -> tuple[str, ...]:
    """Say the key figures of a programme, with their intervals, in plain sentences.

    Parameters
    ----------
    programme : Programme
        The programme.
    figures : Figures
        Its figures in the language of the page.
    keys : sequence of KeyFigure
        Its key figures.
    words : Words
        The language of the page.
    """
    lines = [
        words(
            "{label}: {value}. {interval}",
            label=key.label,
            value=f"{key.value} {key.unit}".strip(),
            interval=key.interval,
        )
        for key in keys
    ]
    held = [claim for claim in claims_of(programme) if claim.supported]
    if not figures.overall.frame.empty and held:
        highest = step_text(held[-1], words)
        lines.append(
            words("Highest step of evidence that the data can carry: {step}.", step=highest)
        )
    grave = programme.findings.count("error"), programme.findings.count("warning")
    lines.append(
        words(
            "Found by the rules in the data: errors {errors}, warnings {warnings}.",
            errors=words.value(grave[0]),
            warnings=words.value(grave[1]),
        )
    )
    return tuple(lines)


def _indicators(figures: Figures, *, home: str, files: Files, words: Words) -> tuple[Grid, ...]:
    if figures.overall.frame.empty:
        return ()
    grids = [
        indicator_grid(
            figures.overall,
            id=f"{home}-overall",
            caption=words("Indicators, overall"),
            home=home,
            words=words,
            files=files.get(OVERALL, ()),
        )
    ]
    if figures.grouped is not None:
        grids.append(
            indicator_grid(
                figures.grouped,
                id=f"{home}-grouped",
                caption=words("Indicators by {groups}", groups=by_text(figures.by, words)),
                home=home,
                words=words,
                files=files.get(GROUPED, ()),
            )
        )
    return tuple(grids)


def _caveats(programme: Programme, figures: Figures, words: Words) -> tuple[str, ...]:
    table = figures.grouped or figures.overall
    mark = (words(matters.MONITORING),) if not figures.overall.frame.empty else ()
    said = (words.said(text) for text in (*table.caveats, *programme.findings.caveats))
    return tuple(dict.fromkeys((*mark, *said)))
