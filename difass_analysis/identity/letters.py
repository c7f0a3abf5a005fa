"""Letters: one plain alphabet for all spellings, so that names can be compared.

Sources: German umlauts as in DIN 5007-2; Greek after ELOT 743 (ISO 843) without its special cases
but ou; Bulgarian after the Transliteration Act of 2009, other Cyrillic letters likewise.
"""

from __future__ import annotations

import re
import unicodedata

_GERMAN = frozenset({"DE", "AT", "CH", "LI", "LU"})
_DANISH = frozenset({"DK", "NO"})

#: The ways in which letters are made plain; a country has one of them.
ALPHABETS = ("", "DE", "DK")

_BY_ALPHABET = {
    "": {},
    "DE": str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"}),
    "DK": str.maketrans({"å": "aa", "ø": "oe", "æ": "ae", "ö": "oe", "ä": "ae"}),
}
_SPECIAL = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)


def _table(letters: str) -> dict[int, str]:
    """Translation table of letters, each followed by what stands for it."""
    return {ord(each[0]): each[1:] for each in letters.split()}


_CYRILLIC = _table(
    "аa бb вv гg дd еe жzh зz иi йy кk лl мm нn оo пp рr сs тt уu фf хh цts чch шsh щsht ъa ьy "
    "ыy эe юyu яya ёe іi јj љlj њnj ћc ђd џdz єe їi ґg"
)
_GREEK = _table("αa βv γg δd εe ζz ηi θth ιi κk λl μm νn ξx οo πp ρr σs τt υy φf χch ψps ωo")
# What stands for "and" is written as the word that the country writes for it.
_AND = {
    "DE": "und", "AT": "und", "CH": "und", "LI": "und", "LU": "et", "FR": "et", "BE": "en",
    "NL": "en", "GB": "and", "UK": "and", "IE": "and", "MT": "and", "SE": "och", "DK": "og",
    "NO": "og", "FI": "ja", "EE": "ja", "HU": "es", "RO": "si", "SI": "in",
}  # fmt: skip
_APOSTROPHES = str.maketrans("", "", "'’‘`´ʼ\u00ad\u200b\ufeff")
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.){2,}(?:[^\W\d_]\b)?")
_SINGLES = re.compile(r"\b[^\W\d_](?: [^\W\d_])+\b")


def alphabet_of(country: str | None) -> str:
    """Name of the way in which a country's letters are made plain."""
    code = (country or "").upper()
    return "DE" if code in _GERMAN else "DK" if code in _DANISH else ""


def plain(text: str, *, country: str | None = None) -> str:
    """Return a text in small plain letters and digits, words parted by one blank.

    Letters of initials are one word: ``S. r. l.`` is ``srl``. Nothing that the text lacks is
    added: a lost blank stays lost.

    Parameters
    ----------
    text : str
        Any text, in Latin, Greek or Cyrillic letters; others are kept as they are.
    country : str, optional
        Two-letter code. In German-speaking countries ``ü`` is ``ue``, in Denmark and Norway
        ``å`` is ``aa``; elsewhere a letter loses its mark. ``&`` becomes the country's word.

    Examples
    --------
    >>> plain("Müller & Söhne"), plain("Müller & Söhne", country="DE")
    ('muller sohne', 'mueller und soehne')
    >>> plain("Ελληνική Α.Ε."), plain("Хляб ЕООД"), plain("Łódź S. r. l.")
    ('elliniki ae', 'hlyab eood', 'lodz srl')
    """
    alphabet = alphabet_of(country)
    word = f" {_AND.get((country or '').upper(), '')} "
    before = None
    # Some rare letters need a second look: what they are made of changes again.
    while text != before:
        before, text = text, _once(text, alphabet, word)
    return text


def _once(text: str, alphabet: str, word: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold()
    text = unicodedata.normalize("NFC", text).translate(_BY_ALPHABET[alphabet])
    text = text.translate(_SPECIAL).translate(_CYRILLIC)
    text = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text)
        if not unicodedata.combining(letter)
    )
    text = text.replace("ου", "ou").translate(_GREEK).translate(_APOSTROPHES)
    text = _DOTTED.sub(lambda found: f" {found.group().replace('.', '')} ", text)
    text = text.replace("&", word).replace("+", word)
    text = " ".join("".join(c if c.isalnum() else " " for c in text).split())
    return _SINGLES.sub(lambda found: found.group().replace(" ", ""), text)
