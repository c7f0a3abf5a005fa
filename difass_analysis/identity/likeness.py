"""Likeness: how much two names have in common, and what speaks against their being one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import JaroWinkler, Levenshtein
from rapidfuzz.fuzz import token_sort_ratio

from difass_analysis.identity.names import NormalisedName, body_words

# Credit for a word that is not quite the other: a misprint in a long word says little, in a
# short one it may be another name. So many letters have to be there for so many misprints.
_CREDITS = ((12, 2, 0.8), (8, 1, 0.9), (5, 1, 0.6))
_ABBREVIATED, _SHORTEST = 0.6, 4
# From this share of the weight on, words spelled otherwise are a doubt.
_TELLING = 1 / 3
# A name with, and one without a legal form are less surely one.
_ONE_FORM = 0.97
# What follows the legal form describes the firm; it is seldom what tells it from another.
_TAIL = 0.95
# Up to so many words without any legal form may be the name of a person.
_PERSON = 3

Weights = Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """What speaks for and against two names being one body.

    Attributes
    ----------
    score : float
        From 0 to 1: weight of the words that both have, over the weight of all their words;
        rare words weigh more. 1 where the letters are the same.
    token_sort, jaro_winkler : float
        Two known measures from 0 to 1, of the cores: with words in alphabetic order, and with
        weight on the beginning.
    against : str
        Why the two are apart whatever the score; empty where nothing excludes it.
    doubt : str
        What has to be made up for by a shared place; empty without.
    why : str
        What the score is from.
    """

    score: float
    token_sort: float
    jaro_winkler: float
    against: str
    doubt: str
    why: str


def likeness(
    one: NormalisedName, other: NormalisedName, *, weights: Weights, person: bool = False
) -> Likeness:
    """Compare two names; the order of the two makes no difference.

    Parameters
    ----------
    one, other : NormalisedName
        The names.
    weights : mapping of str to float
        Weight of each word; 1 for a word that is not in it.
    person : bool
        Whether one of them is known to be a natural person.

    Examples
    --------
    >>> from difass_analysis.identity.names import normalised
    >>> one = normalised("Muster Maschinen-bauGmbH", country="DE")
    >>> likeness(one, normalised("MUSTER MASCHINENBAU GMBH", country="DE"), weights={}).score
    1.0
    >>> likeness(one, normalised("Muster Maschinenbau AG", country="DE"), weights={}).against
    'legal forms differ'
    """
    first, second = sorted((one, other), key=lambda name: (name.core, name.written))
    score, doubt, why = _scored(first, second, weights)
    against = _against(first, second, person=person)
    if not against and bool(first.forms) != bool(second.forms):
        score, doubt = score * _ONE_FORM, doubt or _one_form_doubt(first, second)
    return Likeness(
        score=round(score, 6),
        token_sort=token_sort_ratio(first.core, second.core) / 100,
        jaro_winkler=JaroWinkler.similarity(first.letters, second.letters),
        against=against,
        doubt=doubt,
        why=why,
    )


def _against(one: NormalisedName, other: NormalisedName, *, person: bool) -> str:
    """Say what excludes that two names are one."""
    if one.forms and other.forms and not one.forms & other.forms:
        return "legal forms differ"
    if one.numbers != other.numbers:
        return "numbers differ"
    unlike = bool(one.forms) != bool(other.forms)
    persons = [_may_be_person(one), _may_be_person(other)]
    if unlike and any(persons):
        return "a person, or a firm of the same name"
    if one.letters != other.letters and (person or all(persons)):
        return "may be persons: only the same letters count"
    return ""


def _may_be_person(name: NormalisedName) -> bool:
    short = not name.forms and len(name.words) <= _PERSON
    return short and body_words().isdisjoint(name.words)


def _one_form_doubt(one: NormalisedName, other: NormalisedName) -> str:
    return "" if one.letters == other.letters else "only one has a legal form"


def _scored(one: NormalisedName, other: NormalisedName, weights: Weights) -> tuple[float, str, str]:
    """Score of two names, what has to be made up for, and what the score is from."""
    if one.letters == other.letters:
        return 1.0, "", "the same letters"
    left, right = list(one.words), list(other.words)
    if one.numbers != other.numbers:
        # The numbers set them apart; the score tells how alike they are otherwise.
        left = [word for word in left if word not in one.numbers]
        right = [word for word in right if word not in other.numbers]
    shared, respelled, extra = _shared(left, right, weights)
    rest = sum(loss for _, loss in respelled) + _total(extra, weights)
    score = shared / (shared + rest) if shared + rest else 0.0
    if extra:
        short, long = sorted((one, other), key=lambda name: len(name.letters))
        head = long.head.replace(" ", "")
        if short.forms and short.forms == long.forms and head == short.letters:
            return max(score, _TAIL), "words after the legal form", "the same up to the legal form"
        return score, "words that only one has", "words in common"
    if not respelled:
        return score, "", "the same words"
    telling = sum(weight for weight, _ in respelled) > _TELLING * (shared + rest)
    doubt = "a telling word is spelled otherwise" if telling else ""
    return score, doubt, "the same words, some spelled otherwise"


def _shared(
    one: Sequence[str], other: Sequence[str], weights: Weights
) -> tuple[float, list[tuple[float, float]], list[str]]:
    """What two lists of words share: its weight, and what they do not.

    Weight and lost credit of each word that is spelled otherwise, and the words that only one has.
    """
    left, right = list(one), list(other)
    shared, respelled = 0.0, []
    for word in one:
        if word in right:
            left.remove(word)
            right.remove(word)
            shared += weights.get(word, 1.0)
    if left and "".join(left) == "".join(right):
        return shared + (_total(left, weights) + _total(right, weights)) / 2, [], []
    for word, near, credit in _nearest(left, right):
        if word in left and near in right:
            left.remove(word)
            right.remove(near)
            # A misprint is rare, but what it stands for need not be.
            weight = min(weights.get(word, 1.0), weights.get(near, 1.0))
            shared += credit * weight
            respelled.append((weight, (1 - credit) * weight))
    return shared, respelled, left + right


def _total(words: Sequence[str], weights: Weights) -> float:
    return sum(weights.get(word, 1.0) for word in words)


def _nearest(left: Sequence[str], right: Sequence[str]) -> list[tuple[str, str, float]]:
    """Pairs of words that may be one, the surest first."""
    pairs = [
        (word, near, credit) for word in left for near in right if (credit := _credit(word, near))
    ]
    return sorted(pairs, key=lambda pair: (-pair[2], pair[0], pair[1]))


def _credit(word: str, near: str) -> float:
    """How far one word may stand for another: 1 fully, 0 not at all."""
    shorter = min(len(word), len(near))
    if shorter < _SHORTEST or word[0] != near[0]:
        return 0.0
    edits = Levenshtein.distance(word, near, score_cutoff=2)
    if edits == 0:
        return 1.0
    fitting = [credit for length, most, credit in _CREDITS if shorter >= length and edits <= most]
    abbreviated = _ABBREVIATED if word.startswith(near) or near.startswith(word) else 0.0
    return max([*fitting, abbreviated])


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether two names are joined, and why."""

    joined: bool
    why: str


def verdict(found: Likeness, *, threshold: float, same_place: bool | None) -> Verdict:
    """Decide on two names.

    Parameters
    ----------
    found : Likeness
        What speaks for and against.
    threshold : float
        Score from which names are joined.
    same_place : bool or None
        Whether they have a place in common; None where that is not known.

    Examples
    --------
    >>> found = Likeness(
    ...     score=0.95, token_sort=0.9, jaro_winkler=0.9, against="", doubt="", why="few"
    ... )
    >>> verdict(found, threshold=0.9, same_place=None).joined
    True
    >>> verdict(found, threshold=0.98, same_place=None).why
    'few, but the score is below 0.98'
    """
    if found.against:
        return Verdict(joined=False, why=found.against)
    if found.doubt and same_place is not True:
        return Verdict(joined=False, why=f"{found.doubt}, and no place in common is known")
    # In another place, half of what is left to certainty is asked for on top.
    needed = threshold if same_place is not False else (1 + threshold) / 2
    if found.score < needed:
        return Verdict(joined=False, why=f"{found.why}, but the score is below {needed:.4g}")
    return Verdict(joined=True, why=found.why)
