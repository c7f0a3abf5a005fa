"""Names that are nearly alike: misspelt, shortened, or with a word too many."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from difass_analysis.reference.index import loose_names

CUT = 82.0
"""Likeness, in percent, below which two names are not taken for one."""

SURE = 93.0
"""Likeness from which a name of at least eight letters can be sure."""

LEAD = 10.0
"""How far behind, in percentage points, the next region must be for the first to be sure."""

_LENGTH = 8


@dataclass(frozen=True)
class Near:
    """Regions whose name is like a label."""

    codes: tuple[str, ...]
    method: str
    score: float
    sure: bool


def similar(form: str, version: str, *, within: Callable[[str], bool]) -> Near | None:
    """Find the region whose name is most like a bare form (see `spelling.bare`).

    Likeness is the normalised indel similarity of the two texts, words sorted. A match is sure
    only from `SURE` on, for names of eight letters or more with the same digits, and only where
    the next region is `LEAD` points behind; else it is a proposal. Below `CUT`, a region whose
    name holds all words of the label is proposed.

    Parameters
    ----------
    form : str
        Bare form of a label.
    version : str
        NUTS version.
    within : callable
        Says whether a code is looked for at all.

    Returns
    -------
    Near or None
        None where no name is near.

    References
    ----------
    M. Bachmann, RapidFuzz, `fuzz.token_sort_ratio`.

    Examples
    --------
    >>> similar("emilia romana", "2016", within=lambda code: True)
    Near(codes=('ITH5',), method='similar name', score=0.867, sure=True)
    """
    names = {
        name: inside
        for name, all_codes in loose_names(version).items()
        if (inside := frozenset(filter(within, all_codes)))
    }
    if len(form) < 3:
        return None
    ranked = process.extract(
        form, list(names), scorer=fuzz.token_sort_ratio, score_cutoff=CUT - LEAD, limit=20
    )
    if not ranked or ranked[0][1] < CUT:
        return _holding(form, names)
    name, best, _ = ranked[0]
    codes = tuple(sorted(set().union(*(names[n] for n, ratio, _ in ranked if ratio == best))))
    rival = max((ratio for n, ratio, _ in ranked if not names[n] <= set(codes)), default=0.0)
    close = best >= SURE and len(form) >= _LENGTH and _digits(form) == _digits(name)
    sure = close and len(codes) == 1 and best - rival >= LEAD
    return Near(codes, "similar name", round(0.9 * best / 100, 3), sure)


def _digits(text: str) -> list[str]:
    return re.findall(r"\d+", text)


def _holding(form: str, names: dict[str, frozenset[str]]) -> Near | None:
    """Regions whose name holds all words of the label."""
    words = set(form.split())
    if max(map(len, words)) < 4:
        return None
    found = [codes for name, codes in names.items() if words <= set(name.split())]
    if not found:
        return None
    return Near(tuple(sorted(set().union(*found))), "part of a name", 0.6, sure=False)
