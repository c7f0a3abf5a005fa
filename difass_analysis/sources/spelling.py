"""Spelling of headings: one form for case, accents and alphabets; words; wrong encodings undone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

# Greek and Cyrillic by sound, so that a heading in Latin letters meets the same words.
_LETTERS = {
    **dict(zip("αβγδεζηικλμνξοπρστυφωσς", "avgdeziiklmnxoprstyfoss", strict=False)),
    **{"θ": "th", "χ": "ch", "ψ": "ps", "ς": "s"},
    **dict(zip("абвгдезийклмнопрстуфхъьыэ", "abvgdeziyklmnoprstufhayye", strict=False)),
    **{"ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sht", "ю": "yu", "я": "ya"},
    **{"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l"},
    **{"ħ": "h", "ı": "i", "ŋ": "n", "’": "'", "`": "'", "´": "'"},
}
_TABLE = str.maketrans(_LETTERS)
_SPELT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_CAMEL = re.compile(r"(?<=[a-zß-öø-ÿα-ω])(?=[A-ZΑ-Ω][a-zß-öø-ÿα-ω])")
_ABBREVIATED = re.compile(r"\b(?:[^\W\d_]\.){2,}(?:[^\W\d_]\b)?")
# A lost letter is left as a question mark or as Unicode's replacement sign between letters.
_WORD = re.compile(r"[^\W_]+(?:[?\ufffd]+[^\W_]+)*|[%€£#]")
_NUMBER = re.compile(r"\d+(?:st|nd|rd|th|er|e|a|o|[a-z])?$")
_GLUE = re.compile(r"^\s*[-\u00ad\u2010\u2011]\s*$")
_READ_AS = ("cp1252", "latin-1", "cp1250")
_WRITTEN_AS = ("utf-8", "cp1253", "cp1251", "cp1250", "cp1257", "iso8859-7")


class Word(NamedTuple):
    """One word of a heading: its folded text, and how it is tied to what follows."""

    text: str
    dotted: bool = False
    glued: bool = False


@lru_cache(maxsize=1 << 16)
def plain(text: str) -> str:
    """Return a text in small Latin letters without accents.

    Examples
    --------
    >>> plain("Dofinansowanie z UE"), plain("Δικαιούχος"), plain("Бенефициент")
    ('dofinansowanie z ue', 'dikaiouchos', 'benefitsient')
    """
    base = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).lower())
    bare = "".join(mark for mark in base if not unicodedata.combining(mark))
    return bare.replace("ου", "ou").translate(_TABLE)


def spelt_out(text: str) -> str:
    """Return a text with ä, ö, ü, ø and å written in two letters each.

    Examples
    --------
    >>> spelt_out("Förderfähig")
    'foerderfaehig'
    """
    return text.lower().translate(_SPELT)


@lru_cache(maxsize=1 << 16)
def words(text: str) -> tuple[Word, ...]:
    r"""Cut a heading into words; numbers are left out.

    Words that were written together with capitals are parted, abbreviations with dots joined.

    Examples
    --------
    >>> [word.text for word in words("2. startDate_of  Förder-\nbetrag (Ε.Π.)")]
    ['start', 'date', 'of', 'forder', 'betrag', 'ep']
    """
    parted = _CAMEL.sub(" ", unicodedata.normalize("NFKC", text).replace("\u00ad", ""))
    whole = _ABBREVIATED.sub(lambda found: found[0].replace(".", "") + " ", parted)
    return tuple(_words(plain(whole)))


def _words(text: str) -> Iterator[Word]:
    found = list(_WORD.finditer(text))
    for one, other in pairwise([*found, None]):
        if one is None or _NUMBER.match(one[0]):
            continue
        between = text[one.end() : other.start()] if other else text[one.end() :]
        glued = other is not None and bool(_GLUE.match(between))
        yield Word(one[0].replace("\ufffd", "?"), between.startswith("."), glued)


def repairs(text: str) -> list[str]:
    """Return what a text may have been before it was read in the wrong encoding.

    Examples
    --------
    >>> "Begünstigter" in repairs("BegÃ¼nstigter")
    True
    """
    found = []
    for read_as in _READ_AS if not text.isascii() else ():
        for written_as in _WRITTEN_AS:
            try:
                found.append(text.encode(read_as).decode(written_as))
            except UnicodeError:
                continue
    return [other for other in dict.fromkeys(found) if other != text]
