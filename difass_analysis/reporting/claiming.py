"""What the data can carry: each kind of claim with its step of evidence, and whether it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from difass_analysis.evidence import Claim, claims
from difass_analysis.reporting.content import Cell, Column, Grid, one_group
from difass_analysis.reporting.language import Words

if TYPE_CHECKING:
    from difass_analysis.programme import Programme

# A page asks four times, and the answer reads all outcomes of a programme.
_FOUND: WeakKeyDictionary[Programme, tuple[Claim, ...]] = WeakKeyDictionary()


def claims_of(programme: Programme) -> tuple[Claim, ...]:
    """Return the kinds of claim about a programme; the data are looked at once.

    Parameters
    ----------
    programme : Programme
        The programme.
    """
    if programme not in _FOUND:
        _FOUND[programme] = tuple(claims(programme))
    return _FOUND[programme]


def step_text(claim: Claim, words: Words) -> str:
    """Say the step and the level of a claim in short.

    Parameters
    ----------
    claim : Claim
        One kind of claim.
    words : Words
        The language of the page.
    """
    kind = words(claim.step.kind)
    if not claim.supported:
        return words("Step {step} ({kind})", step=claim.step.roman, kind=kind)
    if not claim.level.level:
        return words("Step {step} ({kind}), not scored", step=claim.step.roman, kind=kind)
    return words(
        "Step {step} ({kind}), Maryland level {level}",
        step=claim.step.roman,
        kind=kind,
        level=claim.level.level,
    )


def claims_grid(programme: Programme, *, id: str, words: Words, told: bool = True) -> Grid:
    """Return the kinds of claim about a programme, and which of them its data support.

    Parameters
    ----------
    programme : Programme
        The programme.
    id : str
        Name of the grid on the page.
    words : Words
        The language of the page.
    told : bool
        Whether the reasons may tell numbers of rows and firms; not of data that are not public.
    """
    return Grid(
        id=id,
        caption=words("What can be claimed, by step of evidence"),
        columns=(
            Column(label=words("Claim"), wide=True),
            Column(label=words("Evidence step")),
            Column(label=words("Can these data carry it?")),
            Column(label=words("What it rests on, or what is missing"), wide=True),
        ),
        groups=one_group([_row(claim, words, told=told) for claim in claims_of(programme)]),
        remarks=(
            words(
                "Steps: Storey's six steps in OECD (2007), wording unverified. Levels: Maryland "
                "scale of scientific methods, What Works Growth. A claim that the data can carry "
                "can be examined with them; it is not thereby true."
            ),
        ),
    )


def _row(claim: Claim, words: Words, *, told: bool) -> tuple[Cell, ...]:
    why = words.said(claim.why)
    if claim.supported and not told:
        why = words("The tables that it needs are there.")
    return (
        Cell(text=words(claim.text)),
        Cell(text=step_text(claim, words), small=words(claim.step.name)),
        Cell(text=words("yes") if claim.supported else words("no")),
        Cell(text=why),
    )
