"""Meanings of headings: which sets of concepts make which canonical column."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from difass_analysis.sources.concepts import FOLDER, STOP, Piece

_EXTRA = 0.02  # a meaning that accounts for more words by need is the more specific one
_UNKNOWN = 0.8
_CUSTOM, _NEVER_SURE = 0.5, 0.8
_ALLOWED = 0.98  # a word that is only allowed explains less than one that is needed


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """One thing that a heading can mean.

    Attributes
    ----------
    id : str
        What it is, in words.
    columns : tuple of str
        Canonical columns that it goes to, the first one first; empty text is no column.
    needs : tuple of frozenset of str
        Concepts that must be there, one of each set.
    extra : frozenset of str
        Concepts that may be there.
    never : frozenset of str
        Concepts that exclude it.
    trust : float
        How often it is taken to be right, 0 to 1, before published mappings are counted.
    weight : float
        Factor on its score, for meanings that say little.
    unless : str
        Meaning beside which, in one file, lists put it elsewhere than without.
    fixed : bool
        Whether the order of its columns is not up to published lists.
    """

    id: str
    columns: tuple[str, ...]
    needs: tuple[frozenset[str], ...]
    extra: frozenset[str]
    never: frozenset[str]
    trust: float
    weight: float
    unless: str
    fixed: bool = False

    def key(self, *, beside: bool) -> str:
        """Return the name under which mappings are counted."""
        return f"{self.id}, beside {self.unless}" if self.unless and beside else self.id


@cache
def meanings() -> tuple[Meaning, ...]:
    """Return all meanings, as they stand in ``lexicon/meanings.toml``."""
    text = (FOLDER / "meanings.toml").read_text(encoding="utf-8")
    return tuple(_meaning(entry) for entry in tomllib.loads(text)["meaning"])


def _meaning(entry: Mapping[str, object]) -> Meaning:
    def listed(key: str) -> list[str]:
        value = entry.get(key, [])
        return [str(item) for item in value] if isinstance(value, list) else []

    needs = tuple(frozenset(item.split("|")) for item in listed("needs"))
    return Meaning(
        id=str(entry["id"]),
        columns=tuple(listed("columns")),
        needs=needs,
        extra=frozenset(listed("extra")).union(*needs),
        never=frozenset(listed("never")),
        trust=float(str(entry["trust"])),
        weight=float(str(entry.get("weight", 1.0))),
        unless=str(entry.get("unless", "")),
        fixed=bool(entry.get("fixed", False)),
    )


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What published mappings say of the meanings, and from which score on one is sure.

    Attributes
    ----------
    counts : mapping of str to mapping of str to int
        By meaning and column: countries whose lists put such a heading there; the empty column
        is none.
    score : float
        Least score of a sure heading.
    trust : float
        Least trust of a sure heading.
    """

    counts: Mapping[str, Mapping[str, float]]
    score: float
    trust: float

    def columns(self, meaning: Meaning, *, beside: bool = False) -> tuple[str, ...]:
        """Return the columns of a meaning, those first that lists prefer."""
        if beside or meaning.fixed:
            return meaning.columns
        counts = self.counts.get(meaning.id, {})
        place = {column: rank for rank, column in enumerate(meaning.columns)}
        # The lists of one country alone do not turn the order of the rule around.
        votes = {column: counts.get(column, 0.0) for column in meaning.columns}
        votes[meaning.columns[0]] += 1.5
        return tuple(sorted(meaning.columns, key=lambda name: (-votes[name], place[name])))

    def trusted(self, meaning: Meaning, column: str, *, beside: bool = False) -> float:
        """Return how often a meaning is right: the rule's own trust, corrected by lists."""
        counts = self.counts.get(meaning.key(beside=beside), {})
        first = column == meaning.columns[0]
        prior, strength = (meaning.trust, 4.0) if first else (min(meaning.trust, 0.5), 4.0)
        total = sum(counts.values())
        found = (prior * strength + counts.get(column, 0.0)) / (strength + total)
        # Where the rule itself is a custom of publishers, no number of lists makes it sure.
        return found if meaning.trust > _CUSTOM else min(found, _NEVER_SURE)


@cache
def shipped() -> Calibration:
    """Return the calibration that comes with the package."""
    path = FOLDER / "calibration.json"
    if not path.exists():
        return Calibration(counts={}, score=0.95, trust=0.87)
    held = json.loads(path.read_text(encoding="utf-8"))
    return Calibration(counts=held["counts"], score=held["score"], trust=held["trust"])


def scores(found: Sequence[Piece]) -> dict[Meaning, float]:
    """Return how well each meaning accounts for the words of a heading, 0 to 1.

    A score is the share of the words that the meaning needs or allows; what it does not allow,
    and what is not known, counts against it. Meanings that lack a word they need are left out.
    """
    real = [piece for piece in found if piece.weight and piece.concepts != STOP]
    known = [piece for piece in real if piece.concepts]
    # A unit says nothing of what is measured, unless there is nothing else.
    said = [piece for piece in known if piece.concepts != {"currency"}] or known
    unknown = _UNKNOWN * (len(real) - len(known))
    lost = sum(1 - piece.known for piece in known)
    result = {}
    for meaning in meanings():
        score = _score(meaning, said, unknown + lost)
        if score > 0:
            result[meaning] = score
    return result


def _score(meaning: Meaning, said: Sequence[Piece], against: float) -> float:
    # A preposition can also say from when or to when; it may then be left out.
    said = [
        piece for piece in said if "stop" not in piece.concepts or piece.concepts & meaning.extra
    ]
    hit = [any(need & piece.concepts for piece in said) for need in meaning.needs]
    if not said or not all(hit):
        return 0.0
    allowed = meaning.extra - meaning.never
    if any(piece.concepts & meaning.never and not piece.concepts & allowed for piece in said):
        return 0.0
    needs = frozenset[str]().union(*meaning.needs)
    explained = sum(
        1.0 if piece.concepts & (needs | {"name"}) else _ALLOWED
        for piece in said
        if piece.concepts & meaning.extra
    )
    share = explained / (len(said) + against)
    needed = _matched(meaning.needs, said)
    return min(1.0, share * meaning.weight) + _EXTRA * needed if share else 0.0


def _matched(needs: Iterable[frozenset[str]], said: Sequence[Piece]) -> int:
    return sum(1 for piece in said if any(need & piece.concepts for need in needs))
