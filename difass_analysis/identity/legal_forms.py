"""Legal forms: which words of a name say what kind of body it is.

The forms, their countries and spellings are in ``legal_forms.csv``, each with the law that it is
from. A form with ``place`` *any* may stand inside a name, *end*, *start* and *both* only there;
``abroad`` says whether it is looked for outside its country, too; ``glued`` whether its spelling
is so peculiar that it is known even where the blank before or after it was lost.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from difass_analysis.identity.letters import ALPHABETS, plain

#: What stands for a form that says no more than that the body is a company.
COMPANY = "(company)"

# A partner with full liability that is itself a company gives the partnership its form.
_PARTNERS = ("GmbH", "UG", "AG", "SE", "Ltd", "LLC", "BV", "eG")
_PARTNERSHIPS = ("KGaA", "KG", "OHG")
# From this length on, words of a form are known even without the blanks between them.
_LONG = 12


@dataclass(frozen=True, kw_only=True)
class LegalForm:
    """One legal form of one country, as the table states it."""

    form: str
    country: str
    place: str
    abroad: bool
    glued: bool
    variants: tuple[str, ...]
    source: str

    def holds(self, country: str | None) -> bool:
        """Whether the form is looked for in names of that country."""
        return self.abroad or self.country in ("EU", _code(country))


@dataclass(frozen=True, kw_only=True)
class Found:
    """What is left of a name without its legal forms.

    Attributes
    ----------
    words : tuple of str
        The other words.
    forms : tuple of frozenset of str
        The forms in their order; several in one set where a spelling has several meanings.
    head : tuple of str
        The words before the first form that did not open the name; all words without one.
    """

    words: tuple[str, ...]
    forms: tuple[frozenset[str], ...]
    head: tuple[str, ...]


def _code(country: str | None) -> str:
    code = (country or "").upper()
    return {"UK": "GB", "EL": "GR", "LI": "CH"}.get(code, code)


@cache
def legal_forms() -> tuple[LegalForm, ...]:
    """Return all legal forms of the table.

    Examples
    --------
    >>> sorted({form.country for form in legal_forms() if form.form == "d.o.o."})
    ['HR', 'SI']
    """
    text = files("difass_analysis.identity").joinpath("legal_forms.csv").read_text("utf-8")
    return tuple(
        LegalForm(
            form=row["form"],
            country=row["country"],
            place=row["place"],
            abroad=row["abroad"] == "yes",
            glued=row["glued"] == "case",
            variants=tuple(row["variants"].split("|")),
            source=row["source"],
        )
        for row in csv.DictReader(text.splitlines())
    )


@cache
def _spellings(country: str) -> Mapping[tuple[str, ...], tuple[LegalForm, ...]]:
    """Words of each spelling that is looked for in a country, with its forms."""
    known: dict[tuple[str, ...], list[LegalForm]] = defaultdict(list)
    for form in legal_forms():
        if not form.holds(country):
            continue
        for variant in form.variants:
            for alphabet in ALPHABETS:
                words = tuple(plain(variant, country=alphabet).split())
                if words and form not in known[words]:
                    known[words].append(form)
    # The country's own meaning of a spelling stands first.
    return {
        words: tuple(sorted(forms, key=lambda form: form.country != _code(country)))
        for words, forms in known.items()
    }


@cache
def _long_spellings() -> tuple[re.Pattern[str], Mapping[str, str]]:
    """Pattern of long spellings with or without blanks, and each with its blanks."""
    spaced: dict[str, str] = {}
    patterns: dict[str, str] = {}
    for form in legal_forms():
        for variant in form.variants:
            for alphabet in ALPHABETS:
                words = plain(variant, country=alphabet).split()
                joined = "".join(words)
                if len(joined) >= _LONG and joined not in spaced:
                    spaced[joined] = " ".join(words)
                    # A short first word may be the end of another one, and so has to stand free.
                    start = "" if len(words[0]) > 7 else r"\b"
                    patterns[joined] = start + " ?".join(map(re.escape, words))
    ordered = sorted(patterns, key=lambda joined: (-len(joined), joined))
    return re.compile("|".join(patterns[joined] for joined in ordered)), spaced


@cache
def _glued() -> re.Pattern[str]:
    """Pattern of peculiar spellings after a small letter, or before a new word."""
    variants = {
        variant
        for form in legal_forms()
        if form.glued
        for variant in form.variants
        if " " not in variant and len(variant) > 1 and not variant.islower()
    }
    ordered = sorted(variants, key=lambda variant: (-len(variant), variant))
    spelled = "|".join(map(re.escape, ordered))
    after = rf"(?<=[^\W\d_A-ZÀ-Þ])(?:{spelled})(?![^\W\d_A-ZÀ-Þ])"
    # ... or before a small word that often follows a form: "KGfür", "GbRund".
    following = r"[A-ZÀ-Þ][^\W\d_A-ZÀ-Þ]|(?:und|für|mit|u)\b"
    before = rf"(?<![^\W\d_])(?:{spelled})(?={following})"
    alone = rf"(?<![\w.])(?:{spelled})(?!\w)"
    # No word of any language has these letters in this order.
    unmistakable = r"(?i:g?gmbh)"
    return re.compile(f"{unmistakable}|{alone}|{after}|{before}")


def unglued(name: str) -> str:
    """Return a name with blanks around legal forms that had lost theirs.

    Examples
    --------
    >>> unglued("KunststofftechnikGmbHLeipzig"), unglued("Meier OHGBau")
    ('Kunststofftechnik GmbH Leipzig', 'Meier OHG Bau')
    """
    return _glued().sub(lambda found: f" {found.group()} ", name)


def without_forms(text: str, *, country: str | None = None) -> Found:
    """Take the legal forms out of a plain text, again and again until none is left.

    A text that is nothing but legal forms is left as it is, without a form.

    Examples
    --------
    >>> without_forms("muster gmbh und co kg", country="DE").words
    ('muster',)
    >>> without_forms("ag").words
    ('ag',)
    """
    pattern, spaced = _long_spellings()
    whole = pattern.sub(lambda found: f" {spaced[found.group().replace(' ', '')]} ", text)
    words, head = tuple(whole.split()), None
    forms: list[frozenset[str]] = []
    while True:
        words, found, cut = _pass(words, _spellings(_code(country)))
        if cut is not None and head is None and not forms:
            head = cut
        if not found:
            break
        forms += found
        words = tuple(plain(" ".join(words), country=country).split())
    if not words:
        return Found(words=tuple(text.split()), forms=(), head=tuple(text.split()))
    return Found(words=words, forms=tuple(forms), head=head or words)


def _pass(
    words: tuple[str, ...], known: Mapping[tuple[str, ...], tuple[LegalForm, ...]]
) -> tuple[tuple[str, ...], list[frozenset[str]], tuple[str, ...] | None]:
    kept: list[str] = []
    forms: list[frozenset[str]] = []
    cut: tuple[str, ...] | None = None
    position = 0
    while position < len(words):
        length, found = _at(words, position, known)
        if not length:
            kept.append(words[position])
            position += 1
            continue
        forms.append(found)
        if cut is None and kept:
            cut = tuple(kept)
        position += length
        # "& Co." right after a form belongs to it.
        rest = [word for word in words[position : position + 2] if word not in {"und", "and", "u"}]
        if rest[:1] == ["co"]:
            position += 1 + (words[position] != "co")
    return tuple(kept), forms, cut


def _at(
    words: tuple[str, ...], position: int, known: Mapping[tuple[str, ...], tuple[LegalForm, ...]]
) -> tuple[int, frozenset[str]]:
    for length in range(min(7, len(words) - position), 0, -1):
        at_start = position == 0
        # What is left of "& Co. KG" ends the name of the partner as well.
        at_end = words[position + length :] in ((), ("co",), ("und", "co"), ("and", "co"))
        fitting = [
            form.form
            for form in known.get(tuple(words[position : position + length]), ())
            if form.place == "any"
            or (form.place in ("end", "both") and at_end)
            or (form.place in ("start", "both") and at_start)
        ]
        if fitting:
            return length, frozenset(fitting)
    return 0, frozenset()


def one_form(forms: Sequence[frozenset[str]]) -> frozenset[str]:
    """Put the forms of one name together: what its legal form may be; empty without any.

    Examples
    --------
    >>> one_form([frozenset({"GmbH"}), frozenset({"KG"})])
    frozenset({'GmbH & Co. KG'})
    """
    telling = [form for form in dict.fromkeys(forms) if form != frozenset({COMPANY})]
    if len(telling) < 2:
        return (telling[0] - {COMPANY}) if telling else frozenset()
    every = {name for form in telling for name in form}
    partner = next((name for name in _PARTNERS if name in every), None)
    partnership = next((name for name in _PARTNERSHIPS if name in every), None)
    if partner and partnership:
        return frozenset({f"{partner} & Co. {partnership}"})
    return frozenset({" / ".join(sorted(min(form) for form in telling))})
