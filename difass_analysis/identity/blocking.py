"""Blocking: which names are compared at all, so that a hundred thousand can be matched.

A pair is compared when it shares the letters of the core or of the part before the legal form,
its beginning or its end, an identifier, or one of the rarest words of each. Whether a pair is
found depends only on names that share a block with it, so an unrelated name changes nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from difass_analysis.identity.names import NormalisedName

Pairs = npt.NDArray[np.int64]

# Lengths of beginnings and ends: the next is taken where the last one has too many names.
_EDGES = (7, 11, 16, 24, 36)
# Names of one block that are compared each with each.
_LARGEST = 120
# Words taken of each name, its rarest; a word with more names than this tells nothing.
_RAREST, _COMMON = 3, 60
# Letters that have to be alike before names are looked at word by word, in percent.
_ALIKE = 72
_CHUNK = 500_000


def word_counts(names: Sequence[NormalisedName]) -> Mapping[str, int]:
    """In how many names each word stands.

    Examples
    --------
    >>> from difass_analysis.identity.names import normalised
    >>> dict(word_counts([normalised("A Test GmbH"), normalised("Other Test AG")]))
    {'a': 1, 'test': 2, 'other': 1}
    """
    return Counter(word for name in names for word in dict.fromkeys(name.words))


def candidates(
    names: Sequence[NormalisedName],
    *,
    counts: Mapping[str, int],
    identifiers: Sequence[frozenset[str]],
) -> Pairs:
    """Pairs of names worth a comparison: an array of two columns, positions, first below second.

    Parameters
    ----------
    names : sequence of NormalisedName
        The names.
    counts : mapping of str to int
        In how many names each word stands.
    identifiers : sequence of frozenset of str
        Identifiers of each name.
    """
    certain = _pairs(
        [
            *_blocks((name.letters,) for name in names),
            *(b for b in _blocks(_heads(name) for name in names) if len(b) <= _LARGEST),
            *_blocks(sorted(own) for own in identifiers),
        ],
        len(names),
    )
    open_ = _pairs(
        [
            *_edge_blocks([name.letters for name in names]),
            *_edge_blocks([name.letters[::-1] for name in names]),
            *_blocks(_rarest(name, counts) for name in names),
        ],
        len(names),
    )
    near = _alike(names, np.setdiff1d(open_, certain, assume_unique=True))
    every = np.union1d(certain, near)
    return (
        np.stack([every // len(names), every % len(names)], axis=1)
        if len(every)
        else (np.empty((0, 2), dtype=np.int64))
    )


def _heads(name: NormalisedName) -> list[str]:
    return [name.head.replace(" ", "")] if name.forms else []


def _rarest(name: NormalisedName, counts: Mapping[str, int]) -> list[str]:
    known = [word for word in dict.fromkeys(name.words) if len(word) > 2 and counts[word] > 1]
    telling = [word for word in known if counts[word] <= _COMMON]
    return sorted(telling, key=lambda word: (counts[word], word))[:_RAREST]


def _blocks(keys: Iterable[Iterable[str]]) -> list[list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for position, own in enumerate(keys):
        for key in own:
            if key:
                found[key].append(position)
    return [block for block in found.values() if len(block) > 1]


def _edge_blocks(texts: Sequence[str]) -> Iterator[list[int]]:
    """Blocks of texts with the same beginning, a longer one where a block is too large."""
    waiting: list[tuple[list[int], int]] = [(list(range(len(texts))), 0)]
    while waiting:
        block, level = waiting.pop()
        by_edge: dict[str, list[int]] = defaultdict(list)
        for position in block:
            if len(texts[position]) >= _EDGES[level]:
                by_edge[texts[position][: _EDGES[level]]].append(position)
        for part in by_edge.values():
            if 1 < len(part) <= _LARGEST:
                yield part
            elif len(part) > 1 and level + 1 < len(_EDGES):
                waiting.append((part, level + 1))


def _pairs(blocks: Iterable[list[int]], size: int) -> npt.NDArray[np.int64]:
    """All pairs within the blocks, each once, as first x size + second."""
    found: list[npt.NDArray[np.int64]] = []
    small: list[int] = []
    for block in blocks:
        if len(block) < 5:
            small += [first * size + second for first, second in combinations(block, 2)]
            continue
        members = np.asarray(block, dtype=np.int64)
        rows, columns = np.triu_indices(len(block), k=1)
        found.append(members[rows] * size + members[columns])
    found.append(np.asarray(small, dtype=np.int64))
    return np.unique(np.concatenate(found))


def _alike(names: Sequence[NormalisedName], coded: npt.NDArray[np.int64]) -> Pairs:
    """Those of the pairs whose letters are alike, in the order written or of the alphabet."""
    size = len(names)
    letters = [name.letters for name in names]
    ordered = [" ".join(sorted(name.words)) for name in names]
    kept = [np.empty(0, dtype=np.int64)]
    for start in range(0, len(coded), _CHUNK):
        part = coded[start : start + _CHUNK]
        near = np.zeros(len(part), dtype=bool)
        for texts in (letters, ordered):
            first = [texts[position] for position in part // size]
            second = [texts[position] for position in part % size]
            likes = process.cpdist(
                first, second, scorer=fuzz.ratio, score_cutoff=_ALIKE, dtype=np.uint8
            )
            near |= likes > 0
        kept.append(part[near])
    return np.concatenate(kept)
