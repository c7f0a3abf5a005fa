"""A programme as a chapter of the page: what is known, the figures, and what limits them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from difass_analysis.display import numbers
from difass_analysis.reporting import matters
from difass_analysis.reporting.content import Chapter, Grid, Link
from difass_analysis.reporting.figures import Figures, key_figures, measured
from difass_analysis.reporting.grids import indicator_grid
from difass_analysis.reporting.outputs import GROUPED, OVERALL, write_pictures, write_tables
from difass_analysis.reporting.register import register

if TYPE_CHECKING:
    from difass_analysis.programme import Programme

Files = Mapping[str, tuple[Link, ...]]


def chapter(programme: Programme, *, home: str, out: Path, level: float) -> Chapter:
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
    """
    figures = measured(programme, level=level)
    files = write_tables(programme, figures, home=home, out=out)
    table = figures.overall
    return Chapter(
        id=home,
        name=programme.name,
        description=programme.description,
        simulated=programme.simulated,
        frame=_frame(programme),
        verdict=_verdict(programme, figures),
        source=programme.provenance.sentence(),
        known=register(programme, home=home, files=files),
        key_figures=key_figures(figures, home=home),
        indicators=_indicators(figures, home=home, files=files),
        pictures=write_pictures(figures, home=home, out=out),
        alarms=matters.alarms(programme.findings),
        findings=matters.findings_grid(
            programme.findings,
            id=f"{home}-findings",
            files=(Link(text="CSV of all programmes", href="findings.csv"),),
        ),
        notes=matters.notes_grid(programme, id=f"{home}-notes", files=files.get("notes", ())),
        not_computable=matters.not_computable_grid(table, id=f"{home}-not-computable"),
        cannot_show=matters.cannot_show(programme),
        caveats=_caveats(programme, figures),
        definitions=matters.definitions_of(table, home=home),
        assumptions=matters.assumptions_grid(programme, id=f"{home}-assumptions"),
        files=matters.files_grid(programme.provenance, id=f"{home}-files"),
        origins=matters.origins(programme),
    )


def _frame(programme: Programme) -> tuple[tuple[str, str], ...]:
    """Return what holds for all figures of a programme: currency, prices, regions, openness."""
    settings = programme.settings
    prices = programme.price_basis.replace(":", " prices of ")
    pairs = (
        ("Currency", programme.currency or numbers.NOT_KNOWN),
        ("Prices", prices or numbers.NOT_KNOWN),
        ("Regions", f"NUTS {programme.nuts_version}" if programme.nuts_version else "no codes"),
        ("Indicator system", settings.indicator_system or "none stated"),
        ("Data", "public by law" if programme.published else "not public by law"),
    )
    date = programme.provenance.settings.get("date", "")
    return (*pairs, ("Date of the run", date)) if date else pairs


def _verdict(programme: Programme, figures: Figures) -> str:
    """Say first whether there are figures at all."""
    count = figures.overall.frame["indicator"].nunique()
    asked = len(figures.overall.definitions)
    if count:
        return f"{count} of {asked} indicators of the catalogue can be computed."
    return (
        f"This programme has no figures: none of the {asked} indicators of the catalogue can be "
        "computed from its sources; the reasons stand under Limits. What is known stands here as "
        "it was stated."
    )


def _indicators(figures: Figures, *, home: str, files: Files) -> tuple[Grid, ...]:
    if figures.overall.frame.empty:
        return ()
    grids = [
        indicator_grid(
            figures.overall,
            id=f"{home}-overall",
            caption="Indicators, overall",
            home=home,
            files=files.get(OVERALL, ()),
        )
    ]
    if figures.grouped is not None:
        by = " and ".join(figures.by).replace("_", " ")
        grids.append(
            indicator_grid(
                figures.grouped,
                id=f"{home}-grouped",
                caption=f"Indicators by {by}",
                home=home,
                files=files.get(GROUPED, ()),
            )
        )
    return tuple(grids)


def _caveats(programme: Programme, figures: Figures) -> tuple[str, ...]:
    table = figures.grouped or figures.overall
    mark = (matters.MONITORING,) if not figures.overall.frame.empty else ()
    return tuple(dict.fromkeys((*mark, *table.caveats, *programme.findings.caveats)))
