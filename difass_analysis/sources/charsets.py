"""Which encoding a text is in, by the letters that it would hold in each."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import charset_normalizer

from difass_analysis.sources.encoding import marked, oddities, without_mark

#: Encodings with one byte a letter that are considered; the earlier one wins where both are alike.
USUAL = (
    "cp1252",
    "cp1250",
    "cp1253",
    "cp1257",
    "latin-1",
    "iso8859-2",
    "iso8859-7",
)
RARE = ("cp1251", "mac_roman")
# A rare encoding has to be better by this much: nearly any text decodes in it.
_MARGIN = 0.05
# Two encodings whose scores differ by less are told apart by the language alone; those that are
# this near, and in which this share of the letters is another one, are worth a doubt.
_TIE, _NEAR, _SHARE = 0.0005, 0.01, 0.01
# What a sign counts beside a letter: it may stand in any text, and so tells less.
_SIGN = 0.9
_WORDS = 20_000

# Letters beyond ASCII of the official languages of the Union, and of Norwegian and Icelandic.
_LETTERS: Mapping[str, str] = {
    "bg": "абвгдежзийклмнопрстуфхцчшщъьюя",
    "cs": "áčďéěíňóřšťúůýž",
    "da": "æøåé",
    "de": "äöüßé",
    "el": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋ",
    "es": "áéíñóúüªº¿¡",
    "et": "äöõüšž",
    "fi": "äöåšž",
    "fr": "àâæçéèêëîïôœùûüÿ",
    "hr": "čćđšž",
    "hu": "áéíóöőúüű",
    "is": "áðéíóúýþæö",
    "it": "àèéìíîòóùú",
    "lt": "ąčęėįšųūž",
    "lv": "āčēģīķļņšūž",
    "mt": "ċġħżàèìòù",
    "nl": "éëïöüèêáóí",
    "pl": "ąćęłńóśźż",
    "pt": "ãáàâçéêíóôõúüªº",
    "ro": "ăâîșțşţ",
    "sk": "áäčďéíĺľňóôŕšťúýž",
    "sv": "åäöé",
}
_SIGNS = frozenset("\xa0\xad€£§°·«»„“”‚‘’‹›–—…•²³½¼¾×±µ©®™´¨")


@dataclass(frozen=True, kw_only=True)
class Guess:
    """An encoding, what speaks for it, and what is not sure.

    Attributes
    ----------
    encoding : str
        Its name.
    why : str
        The evidence, as a sentence.
    doubt : str
        What is not clear; empty where nothing is.
    """

    encoding: str
    why: str
    doubt: str = ""


def likely_encoding(data: bytes, *, whole: bool = True) -> Guess:
    """In which encoding is this text?

    Parameters
    ----------
    data : bytes
        The text, or as much of its beginning as is looked at.
    whole : bool
        Whether it is all of the text: else it may end inside a letter.

    Returns
    -------
    Guess
        A byte order mark decides; then UTF-16 by its NUL bytes; then UTF-8, which hardly ever
        fits by chance; then the encoding with one byte a letter whose letters belong to one
        language, best, and whose words have no odd signs inside.

    Examples
    --------
    >>> likely_encoding("Zażółć gęślą jaźń".encode("cp1250")).encoding
    'cp1250'
    """
    mark = marked(data)
    if mark:
        return Guess(encoding=mark, why=f"The text is {mark}: it begins with a byte order mark.")
    wide = without_mark(data[: 1 << 16])
    if wide:
        return Guess(
            encoding=wide, why=f"The text is {wide}: every second byte is zero, without a mark."
        )
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(data, final=whole)
    except UnicodeDecodeError:
        return _one_byte(data)
    beyond = sum(1 for letter in text if not letter.isascii())
    found = f"{beyond:,} letters beyond ASCII are valid" if beyond else "it is plain ASCII"
    return Guess(encoding="utf-8", why=f"The text is utf-8: {found}.")


def _one_byte(data: bytes) -> Guess:
    counts = Counter(re.sub(rb"[\x00-\x7f]+", b"", data))
    words = set(re.findall(rb"[^\s,;:.\"'()/-]*[\x80-\xff]+[^\s,;:.\"'()/-]*", data))
    sample = b" ".join(sorted(words)[:: max(1, len(words) // _WORDS)])
    scores = {
        name: _score(counts, sample, name) - (_MARGIN if name in RARE else 0.0)
        for name in (*USUAL, *RARE)
        if _fits(counts, name)
    }
    if not scores:
        return Guess(
            encoding="latin-1",
            why="The text is read as latin-1, in which every byte is some letter.",
            doubt="The text is in none of the usual encodings: look at its letters.",
        )
    best = max(scores.values())
    close = [name for name, score in scores.items() if score >= best - _TIE]
    near = [name for name, score in scores.items() if score >= best - _NEAR]
    same = {_letters(counts, name): name for name in reversed(close)}
    distinct = [name for name in close if name in same.values()]
    chosen = distinct[0] if len(distinct) == 1 else _by_language(data, distinct)
    used = sum(counts.values())
    why = (
        f"The text is {chosen}: it is no valid utf-8, and of {used:,} letters beyond ASCII "
        f"{max(scores[chosen], 0):.0%} are those of one language there."
    )
    return Guess(encoding=chosen, why=why, doubt=_doubt(counts, chosen, near))


def _doubt(counts: Mapping[int, int], chosen: str, names: Iterable[str]) -> str:
    """Say which other encodings are as likely, and how many letters would be other ones there."""
    other: dict[str, int] = {}
    for name in names:
        for byte, count in counts.items():
            if bytes([byte]).decode(name) != bytes([byte]).decode(chosen):
                other[name] = other.get(name, 0) + count
    total = sum(counts.values())
    worth = {name: count for name, count in other.items() if count > _SHARE * total}
    if not worth:
        return ""
    shown = ", ".join(f"{name} ({count:,} letters differ)" for name, count in worth.items())
    return f"The text may also be {shown}: little tells them apart."


def _fits(counts: Mapping[int, int], name: str) -> bool:
    """Whether all bytes are letters or signs there, and no control signs."""
    try:
        text = bytes(counts).decode(name)
    except UnicodeDecodeError:
        return False
    return not any("\x80" <= letter <= "\x9f" for letter in text)


def _letters(counts: Mapping[int, int], name: str) -> str:
    return bytes(sorted(counts)).decode(name)


def _score(counts: Mapping[int, int], words: bytes, name: str) -> float:
    """Return the share of letters that one language has, less the share of odd words."""
    letters = {bytes([byte]).decode(name): count for byte, count in counts.items()}
    total = sum(letters.values())
    known = max(
        sum(
            count * (1.0 if letter.lower() in alphabet else _SIGN * (letter in _SIGNS))
            for letter, count in letters.items()
        )
        for alphabet in _LETTERS.values()
    )
    return known / total - oddities(words, name) / max(len(words.split()), 1)


def _by_language(data: bytes, names: Iterable[str]) -> str:
    """Return the encoding in which the text reads most like a language."""
    wanted = list(names)
    lines = b"\n".join(line for line in data.splitlines() if re.search(rb"[\x80-\xff]", line))
    found = charset_normalizer.from_bytes(
        lines[: 1 << 18], cp_isolation=wanted, threshold=1.0, preemptive_behaviour=False
    )
    ranks = {codecs.lookup(match.encoding).name: (match.coherence, -match.chaos) for match in found}
    return max(wanted, key=lambda name: ranks.get(codecs.lookup(name).name, (0.0, -1.0)))
