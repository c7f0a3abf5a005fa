"""Words of lists in the languages of the Union: for gaps, yes and no, currencies, units, funds.

Everything is in lower case, as :func:`~difass_analysis.sources.profile.fold` leaves it, except
signs of funds. What a word means is a proposal for people to confirm, never a fact about a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping


def _split(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Words that mean "not known" wherever they stand alone in a cell.
MISSING_ANYWHERE: frozenset[str] = _split(
    "n/a n.a. n.a #n/a n/d n.d. n.d n/v n.v.t. nvt k.a. k.a void null nan none (blank) "
    "(leer) (null) #n/b #nv #value! #ref! #wert! #bezug! tbc tbd tba "
    "unknown unbekannt inconnu sconosciuto desconocido nieznany neznámý "
    "onbekend okänd ukendt tuntematon άγνωστο неизвестно"
) | {
    *("n. a.", "k. a.", "n. d.", "-", "--", "---", "–", "—", "…", "...", "?", "not available"),
    *("not known", "not applicable", "to be confirmed", "to be determined", "keine angabe"),
    *("keine angaben", "nicht bekannt", "non disponible", "non communiqué", "non disponibile"),
    *("no disponible", "não disponível", "nie dotyczy", "brak danych", "není k dispozici"),
    *("ni podatka", "nema podatka", "nincs adat", "ei tietoa", "uppgift saknas", "niet bekend"),
    *("ikke oplyst", "nedisponibil", "няма данни", "δεν υπάρχει", "nav datu", "nėra duomenų"),
    *("andmed puuduvad", "nie je k dispozícii", "niet beschikbaar"),
}
#: Words that mean it among numbers and dates, where they could be nothing else.
MISSING_AMONG_VALUES: frozenset[str] = _split(
    "na nd nv ka x xx xxx . .. : / * brak nincs open offen laufend ongoing fehlt missing leer"
)

#: Pairs of words for yes and no.
YES_NO: tuple[tuple[str, str], ...] = (
    *(("yes", "no"), ("true", "false"), ("ja", "nein"), ("ja", "nee"), ("ja", "nej")),
    *(("oui", "non"), ("sí", "no"), ("si", "no"), ("sì", "no"), ("sim", "não"), ("sim", "nao")),
    *(("tak", "nie"), ("ano", "ne"), ("áno", "nie"), ("da", "ne"), ("da", "nu"), ("да", "не")),
    *(("ναι", "όχι"), ("ναι", "οχι"), ("igen", "nem"), ("kyllä", "ei"), ("jah", "ei")),
    *(("jā", "nē"), ("taip", "ne"), ("iva", "le"), ("tá", "níl"), ("wahr", "falsch")),
    *(("vrai", "faux"), ("vero", "falso"), ("verdadero", "falso"), ("prawda", "fałsz")),
    *(("y", "n"), ("j", "n"), ("t", "n"), ("s", "n"), ("o", "n"), ("a", "n"), ("i", "n")),
    *(("t", "f"), ("d", "n"), ("k", "e")),
)

#: Currency by sign or word. A sign that several countries share has several codes.
CURRENCIES: Mapping[str, tuple[str, ...]] = {
    "€": ("EUR",),
    "eur": ("EUR",),
    "euro": ("EUR",),
    "euros": ("EUR",),
    "euroa": ("EUR",),
    "ευρώ": ("EUR",),
    "ευρω": ("EUR",),
    "евро": ("EUR",),
    "£": ("GBP",),
    "gbp": ("GBP",),
    "pln": ("PLN",),
    "zł": ("PLN",),
    "zl": ("PLN",),
    "kč": ("CZK",),
    "czk": ("CZK",),
    "ft": ("HUF",),
    "huf": ("HUF",),
    "ron": ("RON",),
    "lei": ("RON",),
    "лв": ("BGN",),
    "лв.": ("BGN",),
    "lv.": ("BGN",),
    "bgn": ("BGN",),
    "sek": ("SEK",),
    "skr": ("SEK",),
    "dkk": ("DKK",),
    "dkr": ("DKK",),
    "nok": ("NOK",),
    "kr": ("SEK", "DKK", "NOK"),
    "kr.": ("SEK", "DKK", "NOK"),
    "hrk": ("HRK",),
    "kn": ("HRK",),
    "chf": ("CHF",),
    "sfr": ("CHF",),
    "usd": ("USD",),
    "us$": ("USD",),
    "$": ("USD", "AUD", "CAD"),
    "eek": ("EEK",),
    "lvl": ("LVL",),
    "ltl": ("LTL",),
    "skk": ("SKK",),
    "sit": ("SIT",),
    "isk": ("ISK",),
}
# Too short or too common to be looked for in a heading, where they may be ordinary words.
_NOT_IN_HEADINGS = frozenset({"sit", "lv.", "kn", "$"})

# Units in headings. "mil" is a million in some languages and a thousand in others.
_THOUSAND = (
    r"thousands?|'000s?|’000s?|000s|000 (?:€|eur|£)|tsd|tausend|teur|t€|t\.€|k€|keur|milliers?|"
    r"miles|milhares|migliaia|mila|duizend(?:en)?|tusind|tusental|tkr|t\.kr|tuhatta|tuhansina|"
    r"tuhat|tuhandetes|tūkst(?:oš\w*|anč\w*)?|tys|tis|tisíc\w*|tisoč\w*|tisuć\w*|ezer|mii|"
    r"eluf|хил|хиляди|χιλ|χιλιάδες|χιλιάδων|1[ .,]?000 ?(?:€|eur|euroa?|kr|£|zł|kč|ft)|"
    r"(?:€|eur|£) ?1[ .,]?000|(?:€|£)k"
)
_MILLION = (
    r"millions?|mio|mln|mlj|millionen|millones|milhões|milioni|miljoen(?:en)?|millioner|miljoner|"
    r"mkr|milj(?:oonaa)?|miljon\w*|milijon\w*|milijun\w*|milion\w*|milioane|millió|m€|meur|"
    r"(?:€|£|\$) ?m|млн|милиона?|εκατ|εκατομμύρια|εκ\.? ?€|miljun\w*"
)
_UNSURE_UNIT = r"mil"
_UNITS = {1e3: _THOUSAND, 1e6: _MILLION}

_SHARE = (
    r"%|rate|percent\w*|per cent|prozent\w*|\w*satz|\w*anteil|taux|pourcentage|tasso|percentuale|"
    r"tasa|porcentaje|taxa|percentagem|ποσοστό|ποσοστο|stopa|sazba|stopnja|stupanj|miera|procent\w*|"
    r"odstotek|postotak|percentage|\w*percentage|\w*sats|osuus|määr|osakaal|likme|norma|arány\w*|"
    r"rata|процент|share|intensity|poziom dofinansowania|intenzita|\w*mérték\w*|rata ta'"
)
_MONEY = (
    r"amount\w*|betrag\w*|\w*betrag|\w*kosten|costs?|expens\w*|expenditure|budget\w*|montant|coûts?|cout|"
    r"dépenses?|importo|costo|spes[ae]|importe|coste|gasto|montante|custo|despesa|wartość|kwota|"
    r"dofinansowanie|wydatk\w*|koszt\w*|částka|výše|náklad\w*|výdaj\w*|suma|výška|znesek|višina|"
    r"sredstva|iznos|összeg\w*|költség\w*|támogatás\w*|valoare\w*|cheltuieli|contribu\w*|"
    r"δαπάν\w*|προϋπολογισμ\w*|ποσό|сума|стойност|разходи|belopp|beløb|kustannu\w*|rahoitus|"
    r"summa|izmaksas|finansējum\w*|suma|išlaidos|lėšos|maksumus|toetus|subsidie|funding|grant|"
    r"investment|aid|support|zuwendung\w*|förderung|ausgaben|\w*mittel|finanzierung|financiering|"
    r"subvention|ayuda|aiuto|apoio|udgift\w*|tilskud|stöd|tuki|ammont|infiq\w*"
)
_DATE = (
    r"dates?|datum|\w*datum|datum\w*|data|fecha|ημερομηνία|ημ/νια|ημ\.|дата|dato|\w*dato|päivä\w*|"
    r"\w*pvm|kuupäev|datums|dátum\w*|\w*dátum\w*|dáta"
)
_YEAR = (
    r"years?|jahr\w*|\w*jahr|année|anno|año|ano|έτος|ετος|rok|rokiem|leto|godina|év|éve|an|"
    r"година|år|årtal|vuosi|aasta|gads|metai|jaar|sena|bliain"
)

#: Short names of the funds, in all languages, as letters in upper case.
FUNDS: frozenset[str] = _split(
    # regional development
    "ERDF EFRE FEDER FESR FEDR EFRO ERUF EFRR ESRR EFRR EAKR ERF ERAF ERPF ERFA ЕФРР ΕΤΠΑ FEŻR "
    "FEZR CFRE CERF "
    # social
    "ESF FSE EFS ESS ESR ESZA ESFS ЕСФ ΕΚΤ ΕΚΤ+ CSE YEI JBI IEJ IOG YEI/ESF ΠΑΝ ΠΑΝ/ΕΚΤ "
    # cohesion
    "CF KF FC FS SF KS ÜF КФ ΤΣ FK KA "
    # agriculture, fisheries, transition, pre-accession, home affairs
    "EAFRD ELER FEADER FEASR EFRROW EZFRV EMFF EMFAF FEAMP FEAMPA EMFAF JTF FST JTM RRF AMIF ISF "
    "BMVI IPA ENI ENPI FTJ FEAD"
)


def _finder(pattern: str) -> re.Pattern[str]:
    # Signs are no letters, so that a word boundary would not do.
    return re.compile(rf"(?<![^\W_])(?:{pattern})(?![^\W_])")


_FINDERS = {
    "share": _finder(_SHARE),
    "money": _finder(_MONEY),
    "date": _finder(_DATE),
    "year": _finder(_YEAR),
}
_UNIT_FINDERS = {scale: _finder(pattern) for scale, pattern in _UNITS.items()}
_UNSURE_UNIT_FINDER = _finder(_UNSURE_UNIT)


def named_in(heading: str) -> frozenset[str]:
    """Return of which kinds a heading speaks: ``share``, ``money``, ``date``, ``year``.

    Examples
    --------
    >>> sorted(named_in("Unions-Kofinanzierungssatz")), sorted(named_in("Datum des Beginns"))
    (['share'], ['date'])
    """
    text = heading.lower()
    return frozenset(kind for kind, finder in _FINDERS.items() if finder.search(text))


def unit_in(heading: str) -> tuple[float, str]:
    """Return the factor that a heading states, and the words that state it.

    ``(1.0, "")`` where none does; not a number where the words mean a thousand in one language
    and a million in another.

    Examples
    --------
    >>> unit_in("Kosten (Tsd. EUR)"), unit_in("Grant £m"), unit_in("Grant")
    ((1000.0, 'tsd'), (1000000.0, '£m'), (1.0, ''))
    """
    text = heading.lower()
    for scale, finder in _UNIT_FINDERS.items():
        found = finder.search(text)
        if found:
            return scale, found.group()
    found = _UNSURE_UNIT_FINDER.search(text)
    return (float("nan"), found.group()) if found else (1.0, "")


def currencies_in(text: str) -> tuple[str, ...]:
    """Return the codes of the currencies that a heading or a sign may mean.

    Examples
    --------
    >>> currencies_in("Kwota (zł)"), currencies_in("Bidrag i kr"), currencies_in("Title")
    (('PLN',), ('SEK', 'DKK', 'NOK'), ())
    """
    words = text.lower()
    found: dict[str, None] = {}
    for sign, codes in CURRENCIES.items():
        if sign not in _NOT_IN_HEADINGS and _CURRENCY_FINDERS[sign].search(words):
            found.update(dict.fromkeys(codes))
    for compound, codes in _COMPOUNDS:
        if compound.search(words):
            found.update(dict.fromkeys(codes))
    return tuple(found)


def _currency_finder(sign: str) -> re.Pattern[str]:
    # A sign may touch a letter, as in m€ and £m; a word may not.
    return re.compile(re.escape(sign)) if sign in "€£$" else _finder(re.escape(sign))


_COMPOUNDS = (
    (_finder("teur|keur|meur"), ("EUR",)),
    (_finder("tkr|mkr"), CURRENCIES["kr"]),
)
_CURRENCY_FINDERS = {sign: _currency_finder(sign) for sign in CURRENCIES}


def flag_words(words: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return the words for yes and for no of the languages that a column may be in, or None.

    Examples
    --------
    >>> flag_words(["Tak", "Nie"]), flag_words(["Nie"]), flag_words(["ja", "vielleicht"])
    ((('tak',), ('nie',)), (('tak', 'áno'), ('nie',)), None)
    """
    seen = {word.lower() for word in words}
    # One short word alone may be a country or a code: SI, NO, D.
    pairs = [pair for pair in YES_NO if seen <= set(pair)]
    if not seen or not pairs or (len(seen) == 1 and max(map(len, seen)) < 3):
        return None
    yes = tuple(dict.fromkeys(pair[0] for pair in pairs))
    no = tuple(dict.fromkeys(pair[1] for pair in pairs))
    return None if set(yes) & set(no) else (yes, no)
