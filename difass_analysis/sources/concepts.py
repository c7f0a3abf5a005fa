"""Words of headings and what they stand for, in all official languages of the Union.

The words are in the folder ``lexicon``, by language and concept; they are read when first needed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from rapidfuzz.distance import DamerauLevenshtein

from difass_analysis.sources.spelling import Word, plain, spelt_out, words

FOLDER = Path(__file__).parent / "lexicon"
_NO_LANGUAGE = frozenset({"common", "written"})
# Languages that write several nouns as one word.
_COMPOUNDING = frozenset({"de", "nl", "sv", "da", "et", "fi", "hu", "lv"})
_LINK = 4  # letters of inflection between the parts of a compound
_SUFFIX = 9  # the same where nouns are made of verbs before they are joined: -ierungs-
_ENDING, _LONG_ENDING = 5, 7  # longest inflection of a word, and where endings pile up
_WHOLE = 3  # words as short as this are not beginnings of others
_FUZZY_FROM = 6
_PARTLY, _LESS = 0.6, 0.03
_SHORT = 2


class Piece(NamedTuple):
    """What one word, or a part of one, stands for; nothing at all where it is not known."""

    concepts: frozenset[str]
    known: float
    own: bool = True

    @property
    def weight(self) -> float:
        """Whether the piece counts: 0 for articles and prepositions, else 1."""
        return 0.0 if self.concepts == STOP else 1.0


STOP = frozenset({"stop"})
_UNKNOWN = Piece(frozenset(), 0.0)


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Words of one language.

    Attributes
    ----------
    stems : mapping of str to frozenset of str
        Beginnings of words and the concepts that they may stand for.
    whole : mapping of str to frozenset of str
        Words that are no beginnings.
    phrases : mapping of str to list
        By the first word: the words that follow it, and the concepts of all of them together.
    longest : int
        Letters of the longest entry.
    """

    language: str
    stems: Mapping[str, frozenset[str]]
    whole: Mapping[str, frozenset[str]]
    phrases: Mapping[str, list[tuple[tuple[str, ...], frozenset[str]]]]
    longest: int
    _seen: dict[str, tuple[Piece, ...]] = field(default_factory=dict, repr=False)

    def at_start(self, text: str) -> tuple[str, frozenset[str]] | None:
        """Return the longest entry that a word begins with."""
        if text in self.whole:
            both = self.whole[text] | self.stems.get(text, frozenset())
            return text, both
        for length in range(min(len(text), self.longest), _WHOLE, -1):
            if (known := self.stems.get(text[:length])) is not None:
                return text[:length], known
        return None

    def parts(self, text: str) -> tuple[Piece, ...]:
        """Return what a word stands for, part by part; a piece without concepts if unknown."""
        if text not in self._seen:
            self._seen[text] = tuple(self._parts(text))
        return self._seen[text]

    def _parts(self, text: str) -> Iterator[Piece]:
        start = self.at_start(text)
        if start is None:
            yield from self._short_first(text) or self._inner(text)
            return
        stem, concepts = start
        rest = text[len(stem) :]
        if len(rest) <= _LINK - 1 or concepts == STOP:
            yield Piece(concepts, 1.0 if len(rest) <= _LINK else 0.0)
            return
        tail = self._tail(rest)
        if tail:
            yield Piece(concepts, 1.0)
            yield from tail
        else:
            fits = len(rest) <= self._ending() and len(rest) <= len(stem) + 1
            # Of two languages the one that explains more of the word is nearer to it.
            yield Piece(concepts, 1.0 - _LESS * (len(rest) - _LINK + 1) if fits else _PARTLY)

    def _ending(self) -> int:
        return _LONG_ENDING if self.language in _COMPOUNDING else _ENDING

    def _tail(self, rest: str) -> tuple[Piece, ...]:
        """Return the second part of a compound, after at most a few linking letters."""
        least = _WHOLE + (1 if self.language in _COMPOUNDING else 2)
        for skip in range(_SUFFIX if self.language in _COMPOUNDING else _LINK):
            text = rest[skip:]
            found = self.at_start(text) if len(text) >= _WHOLE else None
            if found is None or found[1] == STOP:
                continue
            complete = found[0] == text and self.language in _COMPOUNDING
            if len(found[0]) >= least or (complete and skip < _LINK):
                return self.parts(text)
        return ()

    def _short_first(self, text: str) -> tuple[Piece, ...]:
        """Return the parts of a compound that begins with a word that is no beginning."""
        if self.language in _COMPOUNDING:
            for length in range(min(len(text) - _WHOLE, self.longest), _WHOLE - 1, -1):
                concepts = self.whole.get(text[:length], STOP)
                tail = self._tail(text[length:]) if concepts != STOP else ()
                if tail and all(piece.known == 1 for piece in tail):
                    return (Piece(concepts, 1.0), *tail)
        return ()

    def _inner(self, text: str) -> Iterator[Piece]:
        """Yield the known end of a compound whose beginning is not known."""
        if self.language in _COMPOUNDING:
            for skip in range(3, len(text) - _WHOLE):
                found = self.at_start(text[skip:])
                if found and len(found[0]) > _WHOLE and found[1] != STOP:
                    rest = text[skip + len(found[0]) :]
                    if len(rest) < _LINK:
                        yield Piece(found[1], _PARTLY)
                        return
        # An article or a preposition of a language that is not the heading's.
        yield _UNKNOWN if len(text) > _SHORT else Piece(STOP, 0.5)

    def phrase_at(self, given: Sequence[Word], place: int) -> tuple[int, frozenset[str]] | None:
        """Return the longest phrase that begins at a word: its number of words, its concepts."""
        found: dict[int, frozenset[str]] = {}
        first = given[place].text
        for length in range(1, min(len(first), self.longest) + 1):
            for rest, concepts in self.phrases.get(first[:length], ()):
                following = given[place + 1 : place + 1 + len(rest)]
                whole = length > _WHOLE or length == len(first)
                if whole and len(following) == len(rest) and all(map(_begins, following, rest)):
                    count = 1 + len(rest)
                    found[count] = found.get(count, frozenset()) | concepts
        return max(found.items()) if found else None

    def nearest(self, text: str) -> frozenset[str]:
        """Return the concepts of the entry that differs by one letter from a word's beginning."""
        lost = text.count("?")
        if len(text) - lost < _FUZZY_FROM - 1:
            return frozenset()
        allowed = max(1, lost)
        best, least = frozenset[str](), allowed + 1
        for stem, concepts in self.stems.items():
            if len(stem) < _FUZZY_FROM - 1 or len(stem) > len(text) + 1:
                continue
            for cut in (len(stem), len(stem) + 1, len(stem) - 1):
                far = DamerauLevenshtein.distance(text[:cut], stem, score_cutoff=allowed)
                if far < least or (far == least <= allowed and len(stem) > _FUZZY_FROM):
                    best, least = (concepts, far) if far < least else (best, least)
        return best

    def shortened(self, text: str) -> frozenset[str]:
        """Return the concept of the entries that begin with a cut-off word, if it is one."""
        found = {
            concepts
            for stem, concepts in self.stems.items()
            if len(stem) >= len(text) and stem.startswith(text) and concepts != STOP
        }
        return next(iter(found)) if len(found) == 1 else frozenset()


def _begins(word: Word, stem: str) -> bool:
    return word.text == stem if len(stem) <= _SHORT else word.text.startswith(stem)


@cache
def tables() -> Mapping[str, Mapping[str, str]]:
    """Return the words by language and concept, as they stand in the files."""
    merged: dict[str, Mapping[str, str]] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        if path.stem not in {"meanings", "calibration"}:
            merged |= tomllib.loads(path.read_text(encoding="utf-8"))
    return merged


@cache
def languages() -> tuple[str, ...]:
    """Return the languages of the lexicon, by their codes.

    Examples
    --------
    >>> len(languages())
    24
    """
    return tuple(sorted(set(tables()) - _NO_LANGUAGE))


@cache
def written() -> tuple[tuple[str, str], ...]:
    """Return spellings that are put right before a heading is cut into words."""
    return tuple((old, f" {new} ") for old, new in tables()["written"].items())


@cache
def vocabulary(language: str) -> Vocabulary:
    """Return the words of a language, and those that all languages share."""
    stems: dict[str, set[str]] = {}
    whole: dict[str, set[str]] = {}
    phrases: dict[str, list[tuple[tuple[str, ...], frozenset[str]]]] = {}
    for table in (tables()[language], tables()["common"]):
        for concept, entries in table.items():
            for entry in entries.split():
                for spelling in {entry, spelt_out(entry)}:
                    _add(spelling, concept, stems=stems, whole=whole, phrases=phrases)
    longest = max(map(len, [*stems, *whole, *phrases]))
    return Vocabulary(
        language,
        {stem: frozenset(known) for stem, known in stems.items()},
        {word: frozenset(known) for word, known in whole.items()},
        phrases,
        longest,
    )


def _add(
    entry: str,
    concept: str,
    *,
    stems: dict[str, set[str]],
    whole: dict[str, set[str]],
    phrases: dict[str, list[tuple[tuple[str, ...], frozenset[str]]]],
) -> None:
    cut = [word.text for word in words(entry.rstrip("$").replace("_", " "))]
    if not cut:
        return
    if len(cut) > 1:
        phrases.setdefault(cut[0], []).append((tuple(cut[1:]), frozenset({concept})))
        return
    kind = whole if entry.endswith("$") or len(cut[0]) <= _WHOLE else stems
    kind.setdefault(cut[0], set()).add(concept)


@lru_cache(maxsize=1 << 16)
def cut(text: str) -> tuple[Word, ...]:
    """Cut a heading, or a part of one, into words."""
    lower = text
    for old, new in written():
        if old in lower.lower():
            lower = re.sub(re.escape(old), new, lower, flags=re.IGNORECASE)
    return words(lower)


@lru_cache(maxsize=1 << 16)
def pieces(text: str, language: str, fuzzy: bool = False) -> tuple[Piece, ...]:
    """Return what the words of a heading stand for in a language.

    Parameters
    ----------
    text : str
        A heading or a part of one.
    language : str
        Code of the language; English is used for words that it does not have.
    fuzzy : bool
        Whether words that are not known may stand for others that differ by a letter.

    Returns
    -------
    tuple of Piece
        In the order of the words.

    Examples
    --------
    >>> [sorted(piece.concepts) for piece in pieces("Projektbeginn", "de")]
    [['project'], ['start']]
    """
    given, own = cut(text), vocabulary(language)
    found: list[Piece] = []
    place = 0
    while place < len(given):
        length, parts = _at(given, place, own)
        if fuzzy and not parts[0].known:
            parts = _guessed(given[place], own, last=place + 1 == len(given)) or parts
        found += parts
        place += length
    return tuple(found)


def _at(given: Sequence[Word], place: int, own: Vocabulary) -> tuple[int, tuple[Piece, ...]]:
    english = vocabulary("en")
    for known in (own, english):
        if phrase := known.phrase_at(given, place):
            return phrase[0], (Piece(phrase[1], 1.0, known is own),)
    word = given[place]
    parts = own.parts(word.text)
    if word.glued and place + 1 < len(given):
        both = word.text + given[place + 1].text
        joined, entry = own.parts(both), own.at_start(both)
        apart = min(_known(parts), _known(own.parts(given[place + 1].text)))
        if _known(joined) > apart or (entry and len(entry[0]) > len(word.text) + _WHOLE):
            return 2, joined
    if not _known(parts) and (bare := word.text.rstrip("0123456789")) != word.text:
        parts = own.parts(bare)
    if _known(parts) < 1 and own is not english:
        foreign = english.parts(word.text)
        if _known(foreign) > _known(parts):
            return 1, tuple(piece._replace(own=False) for piece in foreign)
    return 1, parts


def _known(parts: Sequence[Piece]) -> float:
    return min(piece.known for piece in parts)


@lru_cache(maxsize=1 << 16)
def _guessed(word: Word, own: Vocabulary, *, last: bool) -> tuple[Piece, ...]:
    for known in (own, vocabulary("en")):
        if (word.dotted or (last and len(word.text) > _WHOLE)) and (
            concepts := known.shortened(word.text)
        ):
            return (Piece(concepts, 0.9, known is own),)
        if concepts := known.nearest(word.text):
            return (Piece(concepts, 0.9, known is own),)
    return ()


def coverage(found: Sequence[Piece], text: str) -> float:
    """Return the share of the words that are known in the language itself, 0 to 1."""
    total = sum(_size(word) for word in cut(text))
    if not total:
        return 0.0
    known = [piece.known * (1.0 if piece.own else 0.8) for piece in found]
    return sum(known) / max(1, len(known))


def _size(word: Word) -> float:
    return 0.3 if len(word.text) <= _SHORT else 1.0


def folded(text: str) -> str:
    """Return a heading as its words alone: what two headings share that are one."""
    return " ".join(word.text for word in cut(text)) or plain(text).strip()
