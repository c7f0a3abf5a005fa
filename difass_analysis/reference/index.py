"""Where each spelling leads: the forms of all names of a NUTS version, with their codes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from difass_analysis.reference.codes import (
    VERSIONS,
    countries,
    country_code,
    is_code,
    named,
    read_table,
)
from difass_analysis.reference.links import successors
from difass_analysis.reference.spelling import (
    bare,
    parts,
    simplified,
    squeezed,
    untagged,
    without_brackets,
)

Forms = dict[str, frozenset[str]]
"""From a form of a name to the codes of the regions that have it."""


@dataclass(frozen=True)
class Way:
    """A way to find a name: how it is called, its score, and whether it can be sure."""

    method: str
    score: float
    sure: bool


# From the strictest to the loosest; the first that finds anything is used.
WAYS = (
    Way("name", 1.0, True),
    Way("name, other spelling", 0.98, True),
    Way("name without words like region", 0.95, True),
    Way("one of its languages", 0.93, True),
    Way("other name", 0.93, True),
    Way("name without its addition", 0.8, False),
)


@cache
def forms(version: str) -> tuple[Forms, ...]:
    """Forms of the names of all regions of a version (no countries), one mapping for each way."""
    found: tuple[dict[str, set[str]], ...] = tuple(defaultdict(set) for _ in WAYS)
    for code, names in named(version).items():
        if len(code) == 2:
            continue
        for name in filter(None, names):
            _enter(found, code, name)
    for name, code in _exonyms(version):
        found[4][bare(name)].add(code)
    return tuple(
        {form: frozenset(codes) for form, codes in mapping.items() if form} for mapping in found
    )


def _enter(found: tuple[dict[str, set[str]], ...], code: str, name: str) -> None:
    found[0][squeezed(name)].add(code)
    found[1][simplified(untagged(name))].add(code)
    found[2][bare(name)].add(code)
    languages, _, addition = name.partition("(")
    for part in parts(languages) or parts(name.replace("(" + addition, "")):
        found[3][bare(part)].add(code)
    if "(" in untagged(name):
        found[5][bare(without_brackets(untagged(name)))].add(code)


@cache
def _exonyms(version: str) -> list[tuple[str, str]]:
    """Other names, each with the code that its region has in a version, if it has one there."""
    found = []
    for row in read_table("exonyms.csv").itertuples(index=False):
        code = str(row.code)
        newest = next(one for one in reversed(VERSIONS) if is_code(code, one))
        for target, extent in successors(newest, version)[code].items():
            if extent in ("whole", "most") and len(target) == len(code):
                found.append((str(row.name), target))
    return found


@cache
def country_names() -> dict[str, str]:
    """Code of a country by each of its names, in the form of a simplified text."""
    found = {}
    for row in countries().itertuples(index=False):
        for name in [str(row.name), *filter(None, str(row.also).split("|"))]:
            found[simplified(name)] = str(row.code)
    for version in VERSIONS:  # as published: BELGIQUE-BELGIË
        for code, (name, _) in named(version).items():
            if len(code) == 2:
                found.setdefault(simplified(name), country_code(code))
    return found


@cache
def loose_names(version: str) -> dict[str, frozenset[str]]:
    """All forms that a misspelt name is compared with."""
    found: dict[str, set[str]] = defaultdict(set)
    for place in (2, 3, 4, 5):
        for form, codes in forms(version)[place].items():
            found[form] |= codes
    return {form: frozenset(codes) for form, codes in found.items()}
