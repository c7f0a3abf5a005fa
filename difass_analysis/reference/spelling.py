"""How names of regions are spelled: forms in which two spellings of one name are alike."""

from __future__ import annotations

import re
import unicodedata

_LETTERS = str.maketrans(
    {
        "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i",
        "ħ": "h", "ə": "e",
        # Greek, after its digraphs
        "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th",
        "ι": "i", "κ": "k", "λ": "l", "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p",
        "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f", "χ": "ch", "ψ": "ps",
        "ω": "o",
        # Bulgarian, as its law on transliteration of 2009 has it
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z",
        "и": "i", "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p",
        "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "ts", "ч": "ch",
        "ш": "sh", "щ": "sht", "ъ": "a", "ь": "y", "ю": "yu", "я": "ya",
    }
)  # fmt: skip
_DIGRAPHS = {"ου": "ou", "αυ": "av", "ευ": "ev", "γγ": "ng", "γκ": "gk", "μπ": "b"}

# Words for "region" and the like, which lists add and leave out at will.
_GENERIC = frozenset(
    """
    region regions regio regione regioni regiao regija regije regiunea regiune regionen
    periferia perifereia nomos province provincia provincie provincies provinz prov distrito
    lan lans laan landskap maakunta maakunnan wojewodztwo voivodeship voivodship woj
    kraj okres oblast megye county comte co zupanija apskritis maakond judet judetul
    departement department dept arr arrondissement land landkreis kreis kreisfreie stadt
    stadtkreis lkr kfs bezirk regierungsbezirk gewest comunidad comunitat autonoma autonomous
    autonomo community foral principado statisticna statistical development planning
    dezvoltare
    """.split()  # noqa: SIM905
)
_JOINING = frozenset(
    """
    and und et og och med y i e a en ja z si of the de del della di da do das dos du des
    la le les el los las il lo der die den het
    """.split()  # noqa: SIM905
)
_CITY = frozenset({"stadt", "stadtkreis", "kfs"})
_DISTRICT = frozenset({"landkreis", "kreis", "lkr"})
_TAG = re.compile(r"\(\s*([A-Z]{1,2})\s*\)")
_BRACKETED = re.compile(r"\(([^()]*)\)")
# Signs of countries as the names of NUTS 2006 have them: Friesland (D), Limburg (B).
_SIGNS = {"A": "AT", "B": "BE", "D": "DE", "E": "ES", "F": "FR", "I": "IT", "L": "LU", "P": "PT"}


def squeezed(text: str) -> str:
    """Text in lower case with single blanks: the strictest form."""
    return " ".join(text.casefold().split())


def simplified(text: str) -> str:
    """Text without case, accents and punctuation, in Latin letters.

    Examples
    --------
    >>> simplified("Κεντρική Μακεδονία"), simplified("SUD-EST"), simplified("Łódzkie")
    ('kentriki makedonia', 'sud est', 'lodzkie')
    """
    flat = unicodedata.normalize("NFKD", text.casefold())
    flat = "".join(char for char in flat if not unicodedata.combining(char))
    for pair, latin in _DIGRAPHS.items():
        flat = flat.replace(pair, latin)
    flat = re.sub(r"(?<=\w)['’`´](?=\w)", "", flat.translate(_LETTERS))
    return " ".join(re.findall(r"[^\W_]+", flat))


def bare(text: str) -> str:
    """Text simplified, and without words such as region, province, län, Landkreis.

    Examples
    --------
    >>> bare("Région de Bruxelles-Capitale"), bare("Kreisfreie Stadt Leipzig")
    ('bruxelles capitale', 'leipzig')
    """
    words = simplified(untagged(text)).split()
    return " ".join(word for word in words if word not in _GENERIC | _JOINING)


def untagged(text: str) -> str:
    """Text without the sign of a country in brackets: Limburg (NL)."""
    return _TAG.sub(" ", text)


def tag_of(text: str) -> str | None:
    """Country of a sign in brackets, in the spelling of the Union."""
    found = _TAG.search(text)
    return None if found is None else _SIGNS.get(found.group(1), found.group(1))


def without_brackets(text: str) -> str:
    """Text without what stands in brackets."""
    return _BRACKETED.sub(" ", text)


def parts(text: str) -> list[str]:
    """Parts of a name in several languages: at slashes and brackets.

    Examples
    --------
    >>> parts("Vlaams Gewest / Région flamande"), parts("Pohjanmaa (Österbotten)")
    (['Vlaams Gewest', 'Région flamande'], ['Pohjanmaa', 'Österbotten'])
    """
    plain = untagged(text)
    found = re.split(r"/|\s[-–—|]\s", without_brackets(plain)) + _BRACKETED.findall(plain)
    kept = [part.strip(" ,;") for part in found]
    kept = [part for part in kept if part]
    return kept if len(kept) > 1 else []


def sort_of(text: str) -> str:
    """Say whether a name is called a town (Kreisfreie Stadt) or a district around it."""
    words = set(simplified(text).split())
    if words & _CITY:
        return "town"
    return "district" if words & _DISTRICT else ""
