"""What the other headings of a file say of one: names beside codes, first and second, shares."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from difass_analysis.sources.concepts import pieces
from difass_analysis.sources.meanings import Meaning, meanings
from difass_analysis.sources.ranking import Spoken
from difass_analysis.sources.spelling import plain

Meant = Mapping[Meaning, float]

_SPOKEN = 0.9  # a language that knows the words of the file about as well as the best one
_DOUBT = 0.4
_MONEY = "amount granted or supported"
_NAMED = {
    "category of intervention": "category of intervention by number",
    "theme or objective": "theme by number",
}
_NUMBERED = {
    "year or date without a noun": ("start_date", "end_date"),
    "amount": ("eligible_cost_amount", "total_cost_amount"),
}


def together(texts: Sequence[str], meant: Sequence[Meant], *, spoken: Spoken) -> list[Meant]:
    """Read the headings of one file beside each other, and return what they mean then.

    Four habits of publishers are known. Where a file has both *intervention category* and *name
    of the intervention category*, the first is its code. Where it has *year 1* and *year 2*, or
    two amounts without another word, they are start and end, granted and paid. Where it has
    *financing* and *amount of financing*, the first says from what. A grant beside national money,
    in a file without money of the Union, is the Union's. None of these is ever sure.

    Parameters
    ----------
    texts : sequence of str
        Headings of one file, in their order.
    meant : sequence of mapping of Meaning to float
        What each means by itself, the best first.
    spoken : sequence of tuple
        How well each language knows the words of the file.

    Returns
    -------
    list of mapping
        The same, in the same order, with what the habits change.

    Examples
    --------
    >>> from difass_analysis.sources.ranking import languages_of, ranked
    >>> texts = ["Year 1", "Year 2"]
    >>> spoken = languages_of(texts)
    >>> found = together(texts, [ranked(text, spoken) for text in texts], spoken=spoken)
    >>> [next(iter(each)).columns[0] for each in found]
    ['start_date', 'end_date']
    """
    known = [language for language, weight in spoken if weight >= _SPOKEN]
    said = [_concepts(text, known) for text in texts]
    found = list(meant)
    for habit in (_codes_beside_names, _money_beside_amounts, _grants_beside_national):
        for place, meaning in habit(found, said):
            found[place] = _instead(found[place], meaning)
    for place, meaning in _in_order(texts, found):
        found[place] = _instead(found[place], meaning)
    return found


def _instead(found: Meant, meaning: Meaning) -> Meant:
    """Put a meaning in the place of the best one."""
    (_, score), *others = found.items()
    return {meaning: score, **dict(others)}


def _concepts(text: str, known: Sequence[str]) -> frozenset[str]:
    return frozenset().union(
        *(piece.concepts for language in known for piece in pieces(text, language))
    )


def _first(found: Meant) -> Meaning:
    return next(iter(found))


def _places(found: Sequence[Meant], fits: Callable[[Meaning], bool]) -> list[int]:
    return [place for place, each in enumerate(found) if each and fits(_first(each))]


def _with(name: str) -> Callable[[Meaning], bool]:
    return lambda meaning: meaning.id == name


def _doubted(name: str) -> Meaning:
    meaning = next(item for item in meanings() if item.id == name)
    return replace(meaning, trust=min(meaning.trust, _DOUBT))


def _codes_beside_names(
    found: Sequence[Meant], said: Sequence[frozenset[str]]
) -> Iterator[tuple[int, Meaning]]:
    for name, code in _NAMED.items():
        places = _places(found, _with(name))
        bare = [place for place in places if "name" not in said[place]]
        if len(places) == 2 and len(bare) == 1:
            yield bare[0], _doubted(code)


def _money_beside_amounts(
    found: Sequence[Meant], said: Sequence[frozenset[str]]
) -> Iterator[tuple[int, Meaning]]:
    places = _places(found, _with(_MONEY))
    bare = [place for place in places if said[place] <= {"financing", "stop"}]
    if len(bare) == 1 and any("amount" in said[place] for place in places if place != bare[0]):
        yield bare[0], _doubted("source of financing")


def _grants_beside_national(
    found: Sequence[Meant], said: Sequence[frozenset[str]]
) -> Iterator[tuple[int, Meaning]]:
    given = [
        place for place in _places(found, _with(_MONEY)) if not said[place] & {"total", "public"}
    ]
    national = _places(found, lambda meaning: meaning.columns[0] == "national_public_amount")
    union = _places(found, lambda meaning: meaning.columns[0] == "eu_amount")
    if len(given) == 1 and national and not union:
        meaning = _doubted(_MONEY)
        yield (
            given[0],
            replace(
                meaning,
                id="grant beside national money",
                columns=("eu_amount", *meaning.columns),
                fixed=True,
            ),
        )


def _in_order(texts: Sequence[str], found: Sequence[Meant]) -> Iterator[tuple[int, Meaning]]:
    for name, columns in _NUMBERED.items():
        places = _places(found, _with(name))
        stems = {re.sub(r"\W*\d+$", "", plain(texts[place]).strip()) for place in places}
        ends = [re.search(r"\d+$", texts[place].strip()) for place in places]
        if len(places) != len(columns) or len(stems) != 1 or not all(ends):
            continue
        for place, column, order in zip(places, columns, ("first", "second"), strict=True):
            meaning = _doubted(name)
            yield place, replace(meaning, id=f"{order} of two: {name}", columns=(column,))
