"""Names: what of a written name can be compared, without repairing it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from difass_analysis.identity.legal_forms import one_form, unglued, without_forms
from difass_analysis.identity.letters import plain

# Where a blank was probably lost: "undEntwicklung", "LEDERWerk".
_LOST_BLANK = re.compile(
    r"(?<=[^\W\d_A-ZÀ-Þ])(?=[A-ZÀ-Þ][^\W\d_A-ZÀ-Þ])|(?<=[A-Z]{2})(?=[A-Z][a-z]{2})"
)
# A hyphen before a small letter was probably the end of a line: "ange-wandten".
_LINE_HYPHEN = re.compile(r"(?<=[^\W\d_])-\s?(?=[^\W\d_A-ZÀ-Þ])(?!und\b|oder\b|u\b|and\b|et\b)")
# A letter that an encoding lost; leaving it out is nearer to the word than cutting it in two.
_LOST_LETTER = re.compile(r"(?<=[^\W\d_])[?\ufffd](?=[^\W\d_])|(?<=[^\W\d_]{3})[?\ufffd](?=\W|$)")
_NUMBER = re.compile(r"\d+")
_ROMAN = frozenset({"ii", "iii", "iv", "vi", "vii", "viii", "ix", "xi", "xii"})


@cache
def body_words() -> frozenset[str]:
    """Words that say that a name is not a person's, in plain letters.

    Examples
    --------
    >>> {"gemeente", "universitaet"} <= body_words()
    True
    """
    text = files("difass_analysis.identity").joinpath("body_words.csv").read_text("utf-8")
    lines = text.splitlines()[1:]
    return frozenset(word for line in lines for word in line.split(",")[1].split("|"))


@dataclass(frozen=True, kw_only=True)
class NormalisedName:
    """One written name, made comparable.

    Attributes
    ----------
    written : str
        The name as it was written, with single blanks.
    core : str
        The name in plain letters without its legal form.
    legal_form : str
        The legal form; empty where none was found; several meanings parted by ``|``.
    head : str
        What stands before the legal form; the core where nothing follows it.
    forms : frozenset of str
        What the legal form may be.
    letters : str
        The core without blanks: lost blanks and hyphens of line ends make no difference.
    words : tuple of str
        The core's words as they probably were: split where a blank seems lost, joined where a
        line seems broken. Evidence for a comparison, and not a correction.
    numbers : tuple of str
        The numbers of the core, Roman ones as words.
    """

    written: str
    core: str
    legal_form: str
    head: str
    forms: frozenset[str]
    letters: str
    words: tuple[str, ...]
    numbers: tuple[str, ...]


def normalised(name: str, *, country: str | None = None) -> NormalisedName:
    """What is this name without case, accents, punctuation and legal form?

    Parameters
    ----------
    name : str
        A name as written.
    country : str, optional
        Two-letter code of its country: decides how letters are made plain, and which short
        legal forms (``AS``, ``SL``, ``Oy``) are looked for. Without it, only those that are
        looked for everywhere.

    Returns
    -------
    NormalisedName
        Normalising its core once more gives the same core. A name that consists of legal forms
        only has all of it as core, and none as legal form.

    Examples
    --------
    >>> found = normalised("A & E - Applikation undEntwicklung Produktions-technik GmbH")
    >>> found.core, found.legal_form
    ('ae applikation undentwicklung produktions technik', 'GmbH')
    >>> found.words
    ('ae', 'applikation', 'und', 'entwicklung', 'produktionstechnik')
    >>> normalised("S.C. Exemplu S.R.L.", country="RO").core
    'exemplu'
    >>> normalised("Παράδειγμα ΑΕ", country="GR").legal_form
    'ΑΕ'
    """
    written = " ".join(str(name).split())
    apart = unglued(_LOST_LETTER.sub("", written))
    found = without_forms(plain(apart, country=country), country=country)
    likely = _LINE_HYPHEN.sub("", _LOST_BLANK.sub(" ", apart))
    words = without_forms(plain(likely, country=country), country=country).words
    forms = one_form(found.forms)
    core = " ".join(found.words)
    return NormalisedName(
        written=written,
        core=core,
        legal_form=" | ".join(sorted(forms)),
        head=" ".join(found.head),
        forms=forms,
        letters=core.replace(" ", ""),
        words=words,
        numbers=_numbers(words),
    )


def _numbers(words: tuple[str, ...]) -> tuple[str, ...]:
    """Numbers of a name; a number inside a word counts, too."""
    digits = [found for word in words for found in _NUMBER.findall(word)]
    return tuple(sorted(digits + [word for word in words if word in _ROMAN]))
