"""What a heading means: its parts, in the languages of its file, held against all meanings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from difass_analysis.sources.concepts import coverage, folded, languages, pieces
from difass_analysis.sources.meanings import Meaning, scores
from difass_analysis.sources.spelling import repairs

# How well each language knows the words of a file.
Spoken = tuple[tuple[str, float], ...]

_CLOSE = 0.9  # a reading this near to the best one counts as the same
_PART, _BRACKET = 0.97, 0.85
_AGREED = 0.03
_UNFAMILIAR = 0.8  # below this share of known words, misspelling and encoding are looked into
_SIMILAR_LANGUAGE = 0.93
_BRACKETS = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]?")
_UNIT = re.compile(r"^\s*(?:in |en |v |w |i )?(?:%|percent\w*|prozent\w*|proc\w*|code|kod|id)\s*$")
_BETWEEN = re.compile(r"[/|;\n]|\s[-–—]\s|,\s")


def languages_of(texts: Sequence[str]) -> Spoken:
    """Return how well each language knows the words of the whole file, the best one as 1."""
    distinct = [text for text in dict.fromkeys(texts) if folded(text)]
    known = {language: sum(_own(text, language) for text in distinct) for language in languages()}
    top = max(known.values(), default=0.0)
    return tuple(
        (language, round(value / top, 2) if top else 1.0) for language, value in known.items()
    )


def _own(text: str, language: str) -> float:
    return coverage(pieces(text, language), text)


@lru_cache(maxsize=1 << 14)
def _segments(heading: str) -> tuple[tuple[str, float], ...]:
    """Cut a heading into what may be said twice: the whole, its parts, what is in brackets."""
    if path := _path(heading):
        return path
    inside = [text for text in _BRACKETS.findall(heading) if folded(text)]
    main = _BRACKETS.sub(
        lambda found: f" {found[1]} " if _UNIT.match(found[1].lower()) else " ", heading
    )
    if not folded(main):
        main, inside = heading, []
    found = [(main, 1.0)]
    if inside and folded(main) != folded(heading):
        found.append((heading, _PART - 0.01))
    parts = [part for part in _BETWEEN.split(main) if folded(part)]
    found += [(part, _PART - 0.005 * place) for place, part in enumerate(parts) if part != main]
    found += [
        (part, _BRACKET)
        for text in inside
        for part in _BETWEEN.split(text)
        if folded(part) and not _UNIT.match(text.lower())
    ]
    return tuple(found)


def _path(heading: str) -> tuple[tuple[str, float], ...]:
    """Cut a heading that nested records were given: its last part says what it is."""
    if re.search(r"\s", heading.strip()) or not re.search(r"__|--|\w[.:>]\w|_.*-|-.*_", heading):
        return ()
    steps = [part for part in re.split(r"__|-+|(?<=\w\w)[.:>]+(?=\w\w)", heading) if folded(part)]
    if len(steps) < 2 or not folded(_BRACKETS.sub(" ", steps[-1])):
        return ()
    last = _BRACKETS.sub(" ", steps[-1])
    return ((f"{steps[-2]} {last}", 1.0), (last, _PART), *((heading, _BRACKET),))


def stepped(heading: str) -> bool:
    """Whether a heading is a path into nested records.

    Examples
    --------
    >>> stepped("payer--office--name"), stepped("Name of the office")
    (True, False)
    """
    return bool(_path(heading))


@lru_cache(maxsize=1 << 14)
def ranked(heading: str, weights: Spoken) -> Mapping[Meaning, float]:
    """Return the meanings of a heading and their scores, the best first."""
    found = _in_segments(heading, weights, fuzzy=False)
    if max(found.values(), default=0.0) < _UNFAMILIAR and folded(heading):
        for text in (heading, *repairs(heading)):
            other = _in_segments(text, weights, fuzzy=text == heading)
            if max(other.values(), default=0.0) > max(found.values(), default=0.0) + 0.05:
                found = {meaning: 0.97 * score for meaning, score in other.items()}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _in_segments(heading: str, weights: Spoken, *, fuzzy: bool) -> dict[Meaning, float]:
    best: dict[Meaning, float] = {}
    times: dict[Meaning, int] = {}
    for text, weight in _segments(heading):
        for meaning, score in _in_languages(text, weights, fuzzy=fuzzy).items():
            best[meaning] = max(best.get(meaning, 0.0), weight * score)
            times[meaning] = times.get(meaning, 0) + (score >= _CLOSE)
    return {
        meaning: min(1.1, score + _AGREED * max(0, times[meaning] - 1))
        for meaning, score in best.items()
    }


def _in_languages(text: str, weights: Spoken, *, fuzzy: bool) -> dict[Meaning, float]:
    # A file has one or two languages; English may always be one of them.
    share = {
        language: (0.5 + 0.5 * max(weight, 0.9 if language == "en" else 0.0))
        * coverage(pieces(text, language, fuzzy), text)
        for language, weight in weights
        if not fuzzy or weight > 0.8 or language == "en"
    }
    top = max(share.values(), default=0.0)
    result: dict[Meaning, float] = {}
    for language, value in share.items():
        if not top or value < _SIMILAR_LANGUAGE * top:
            continue
        for meaning, score in scores(pieces(text, language, fuzzy)).items():
            result[meaning] = max(result.get(meaning, 0.0), score * value / top)
    return result
