"""The checklist: nine points that every report states, answered from the data or not stated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.display import numbers
from difass_analysis.reporting.claiming import claims_of, step_text
from difass_analysis.reporting.content import Cell, Column, Grid, one_group
from difass_analysis.reporting.figures import Figures, in_language
from difass_analysis.reporting.grids import definition_rows, formula_text
from difass_analysis.reporting.language import ENGLISH, Words, term
from difass_analysis.reporting.matters import cannot_show, facts_of, rule_text
from difass_analysis.reporting.sections import Section, section_files
from difass_analysis.result import Result

if TYPE_CHECKING:
    from difass_analysis.programme import Programme

NOT_STATED = term("not stated")
_LEVERAGE = (
    "private_per_public",
    "total_per_public",
    "own_contribution_per_public",
    "own_contribution_with_ineligible_per_public",
    "influence_ratio",
)
_FEASIBLE = ("infeasible", "below_rate", "above_rate", "above_developed", "budget")
POINTS = (
    term("Leverage: which definition, which sources of money, which year, stated or achieved"),
    term("Enterprises: each counted once, or bounds; indicator system and codes"),
    term("Gross and net, with the factors and their evidence"),
    term("Step of evidence and Maryland level of each claim"),
    term("Prices, currency and version of the regions"),
    term("Checks of feasibility that failed"),
    term("Assumptions, apart from facts, each with a source"),
    term("Figures withheld, and the kind of rule"),
    term("What the data cannot show"),
)


@dataclass(frozen=True, kw_only=True)
class Matter:
    """What the answers are taken from: a programme, its protected figures and the language."""

    programme: Programme
    figures: Figures
    words: Words


def checklist_section(
    programme: Programme, figures: Figures, *, home: str, out: Path, words: Words
) -> Section:
    """Return the nine points that a report must state, answered from the data.

    Parameters
    ----------
    programme : Programme
        The programme, as it may be shown.
    figures : Figures
        Its protected figures, in English.
    home : str
        Its name in files and on the page.
    out : Path
        Folder of the report; the answers are written in English to ``tables/<home>_checklist``.
    words : Words
        The language of the page.
    """
    plain = answers(programme, figures, words=ENGLISH)
    frame = pd.DataFrame(plain, columns=["point", "answer"])
    frame.insert(0, "number", range(1, len(frame) + 1))
    result = Result(frame=frame, provenance=programme.provenance)
    files = section_files(result, home=home, name="checklist", out=out)
    said = answers(programme, figures, words=words)
    rows = [
        (
            Cell(text=f"{number}. {point}"),
            Cell(text=answer, missing=answer == words(NOT_STATED)),
        )
        for number, (point, answer) in enumerate(said, start=1)
    ]
    grid = Grid(
        id=f"{home}-checklist-points",
        caption=words("Nine points that a reader needs"),
        columns=(Column(label=words("Point")), Column(label=words("Answer"), wide=True)),
        groups=one_group(rows),
        files=files,
    )
    return Section(id="checklist", title=words("Checklist"), blocks=(grid,))


def answers(programme: Programme, figures: Figures, *, words: Words) -> tuple[tuple[str, str], ...]:
    """Return the nine points with their answers; "not stated" where the data say nothing.

    Parameters
    ----------
    programme : Programme
        The programme, as it may be shown.
    figures : Figures
        Its protected figures, in English.
    words : Words
        The language of the answers.
    """
    matter = Matter(programme=programme, figures=in_language(figures, words), words=words)
    makers = (
        _leverage,
        _enterprises,
        _gross,
        _evidence,
        _basis,
        _feasibility,
        _assumptions,
        _withheld,
        _not_shown,
    )
    return tuple(
        (words(point), make(matter) or words(NOT_STATED))
        for point, make in zip(POINTS, makers, strict=True)
    )


def _rows(matter: Matter) -> dict[str, Mapping[Any, Any]]:
    frame = matter.figures.overall.frame
    return {str(row["indicator"]): row for row in frame.to_dict("records")}


def _leverage(matter: Matter) -> str:
    words, rows = matter.words, _rows(matter)
    about = definition_rows(matter.figures.overall)
    ratios = [
        f"{about[name]['label']} = {formula_text(about[name])}"
        for name in _LEVERAGE
        if name in rows
    ]
    if not ratios:
        return ""
    paid = (
        words("Amounts are as granted; what was paid is known too.")
        if "absorption" in rows
        else words("Amounts are as granted or stated; what was paid is not known.")
    )
    return " ".join([f"{'; '.join(ratios)}.", _years(matter), paid])


def _years(matter: Matter) -> str:
    words = matter.words
    for name, column in (("calls", "year"), ("operations", "start_date")):
        if name not in matter.programme.tables:
            continue
        frame = matter.programme.table(name)
        held = pd.Series(dtype="float64")
        if column in frame:
            held = frame[column].dropna()
        if len(held):
            years = held if column == "year" else pd.to_datetime(held).dt.year
            first, last = int(years.min()), int(years.max())
            return words(
                "Years: {years}.", years=first if first == last else f"{first}\u2013{last}"
            )
    return words("Years: {years}.", years=words(NOT_STATED))


def _enterprises(matter: Matter) -> str:
    words, rows = matter.words, _rows(matter)
    system = matter.programme.settings.indicator_system or words(NOT_STATED)
    codes = sorted(name for name in rows if name.startswith(("CO", "RCO", "RCR")))
    named = words(
        "Indicator system: {system}; codes: {codes}.",
        system=system,
        codes=", ".join(codes) or words("none"),
    )
    row = rows.get("smes_reached")
    if row is None:
        return words("The number of enterprises cannot be computed.") + f" {named}"
    if not numbers.is_known(row["value"]):
        span = words.span(row["lower"], row["upper"], unit="SMEs")
        return words("Bounds, without identifiers: {range} SMEs.", range=span) + f" {named}"
    count = words.value(row["value"], unit="SMEs")
    if str(row["method"]).startswith("stated"):
        return words("{count} SMEs as stated; no identifiers.", count=count) + f" {named}"
    return words("{count} SMEs, each counted once.", count=count) + f" {named}"


def _gross(matter: Matter) -> str:
    return matter.words(
        "All figures are gross. Net: not stated; no factor (deadweight, displacement, "
        "substitution) is applied here."
    )


def _evidence(matter: Matter) -> str:
    words = matter.words
    held = [claim for claim in claims_of(matter.programme) if claim.supported]
    parts = [f"{step_text(claim, words)}: {words(claim.text)}" for claim in held]
    return " ".join(parts) or words("No claim can be made from these data.")


def _basis(matter: Matter) -> str:
    words, programme = matter.words, matter.programme
    missing = words(NOT_STATED)
    return words(
        "Prices: {prices}. Currency: {currency}. Regions: {regions}.",
        prices=prices_text(programme.price_basis, words) or missing,
        currency=words.currency(programme.currency) or missing,
        regions=f"NUTS {programme.nuts_version}" if programme.nuts_version else missing,
    )


def prices_text(basis: str, words: Words) -> str:
    """Say the price basis of a programme in words.

    Examples
    --------
    >>> prices_text("constant:2020", ENGLISH)
    'constant, of 2020'
    """
    kind, _, year = basis.partition(":")
    if kind == "constant":
        return words("constant, of {year}", year=year)
    return words("current") if kind == "current" else kind


def _feasibility(matter: Matter) -> str:
    words, rules = matter.words, matter.programme.findings.rules
    if rules.empty:
        return ""
    about = rules[rules["rule"].map(lambda rule: any(part in str(rule) for part in _FEASIBLE))]
    about = about[(about["checked"] > 0) | (about["broken"] > 0)]
    if about.empty:
        return words("None could be applied: what they need is missing.")
    failed = about[about["broken"] > 0]
    if failed.empty:
        return words("None of {count} failed.", count=words.value(len(about)))
    parts = [
        f"{rule_text(str(row.rule))} ({words.value(row.broken)})" for row in failed.itertuples()
    ]
    return words(
        "{failed} of {count} failed: {names}.",
        failed=words.value(len(failed)),
        count=words.value(len(about)),
        names="; ".join(parts),
    )


def _assumptions(matter: Matter) -> str:
    words, facts = matter.words, facts_of(matter.programme)
    if facts.empty:
        return ""
    assumed = facts[facts["kind"] == "assumed"]
    if assumed.empty:
        return words("None is recorded among {count} values.", count=words.value(len(facts)))
    sourced = int(assumed["source"].map(numbers.is_known).sum()) if "source" in assumed else 0
    return words(
        "{count} assumed values, {sourced} of them with a source; they are listed under Sources.",
        count=words.value(len(assumed)),
        sourced=words.value(sourced),
    )


def _withheld(matter: Matter) -> str:
    words = matter.words
    status = matter.figures.overall.provenance.disclosure
    told = {
        "public": words("The data are public by law: no figure is withheld."),
        "simulated": words("Simulated data need no disclosure control."),
        "off": words("Disclosure control was switched off."),
    }
    if status in told:
        return told[status]
    reasons = Counter(
        str(note).removeprefix("withheld: confidential").strip(" ()") or words("confidential")
        for table in matter.figures.tables
        for note in table.frame["note"]
        if str(note).startswith("withheld")
    )
    if not reasons:
        return words("No figure had to be withheld.")
    parts = [f"{words.value(count)} {words.said(why)}" for why, count in sorted(reasons.items())]
    return words("Figures withheld: {counts}.", counts="; ".join(parts))


def _not_shown(matter: Matter) -> str:
    return " ".join(cannot_show(matter.programme, matter.words))
