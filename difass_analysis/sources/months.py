"""Names of months, and their usual abbreviations, in the official languages of the Union."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache

# One entry a month, January first. Bars separate spellings: the name, other cases in which it
# stands beside a day, and abbreviations. Forms without accents are added by the code.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "bg": (
        *("януари|ян", "февруари|февр|фев", "март|мар", "април|апр", "май", "юни"),
        *("юли", "август|авг", "септември|септ|сеп", "октомври|окт", "ноември|ноем|ное"),
        "декември|дек",
    ),
    "cs": (
        *("leden|ledna|led", "únor|února|úno", "březen|března|bře", "duben|dubna|dub"),
        *("květen|května|kvě", "červen|června|čvn|čer", "červenec|července|čvc"),
        *("srpen|srpna|srp", "září|zář", "říjen|října|říj", "listopad|listopadu|lis"),
        "prosinec|prosince|pro",
    ),
    "da": (
        *("januar|jan", "februar|febr|feb", "marts|mar", "april|apr", "maj", "juni|jun"),
        *("juli|jul", "august|aug", "september|sept|sep", "oktober|okt", "november|nov"),
        "december|dec",
    ),
    "de": (
        *("januar|jänner|jan|jän", "februar|feber|febr|feb", "märz|mrz|mär", "april|apr", "mai"),
        *("juni|jun", "juli|jul", "august|aug", "september|sept|sep", "oktober|okt"),
        *("november|nov", "dezember|dez"),
    ),
    "el": (
        *("ιανουάριος|ιανουαρίου|ιαν", "φεβρουάριος|φεβρουαρίου|φεβ", "μάρτιος|μαρτίου|μαρ|μάρ"),
        *("απρίλιος|απριλίου|απρ", "μάιος|μαΐου|μαΐ|μάι", "ιούνιος|ιουνίου|ιουν|ιούν"),
        *("ιούλιος|ιουλίου|ιουλ|ιούλ", "αύγουστος|αυγούστου|αυγ|αύγ"),
        *("σεπτέμβριος|σεπτεμβρίου|σεπτ|σεπ", "οκτώβριος|οκτωβρίου|οκτ"),
        *("νοέμβριος|νοεμβρίου|νοε", "δεκέμβριος|δεκεμβρίου|δεκ"),
    ),
    "en": (
        *("january|jan", "february|feb", "march|mar", "april|apr", "may", "june|jun"),
        *("july|jul", "august|aug", "september|sept|sep", "october|oct", "november|nov"),
        "december|dec",
    ),
    "es": (
        *("enero|ene", "febrero|feb", "marzo|mar", "abril|abr", "mayo|may", "junio|jun"),
        *("julio|jul", "agosto|ago", "septiembre|setiembre|sept|sep|set", "octubre|oct"),
        *("noviembre|nov", "diciembre|dic"),
    ),
    "et": (
        *("jaanuar|jaan", "veebruar|veebr", "märts", "aprill|apr", "mai", "juuni", "juuli"),
        *("august|aug", "september|sept", "oktoober|okt", "november|nov", "detsember|dets"),
    ),
    "fi": (
        *("tammikuu|tammikuuta|tammik|tammi", "helmikuu|helmikuuta|helmik|helmi"),
        *("maaliskuu|maaliskuuta|maalisk|maalis", "huhtikuu|huhtikuuta|huhtik|huhti"),
        *("toukokuu|toukokuuta|toukok|touko", "kesäkuu|kesäkuuta|kesäk|kesä"),
        *("heinäkuu|heinäkuuta|heinäk|heinä", "elokuu|elokuuta|elok|elo"),
        *("syyskuu|syyskuuta|syysk|syys", "lokakuu|lokakuuta|lokak|loka"),
        *("marraskuu|marraskuuta|marrask|marras", "joulukuu|joulukuuta|jouluk|joulu"),
    ),
    "fr": (
        *("janvier|janv|jan", "février|févr|fév", "mars|mar", "avril|avr", "mai", "juin"),
        *("juillet|juil", "août", "septembre|sept|sep", "octobre|oct", "novembre|nov"),
        "décembre|déc",
    ),
    "ga": (
        *("eanáir|ean", "feabhra|feabh", "márta|márt", "aibreán|aib", "bealtaine|beal"),
        *("meitheamh|meith", "iúil", "lúnasa|lún", "meán fómhair|mfómh"),
        *("deireadh fómhair|dfómh", "samhain|samh", "nollaig|noll"),
    ),
    "hr": (
        *("siječanj|siječnja|sij", "veljača|veljače|velj|vel", "ožujak|ožujka|ožu"),
        *("travanj|travnja|tra", "svibanj|svibnja|svi", "lipanj|lipnja|lip"),
        *("srpanj|srpnja|srp", "kolovoz|kolovoza|kol", "rujan|rujna|ruj"),
        *("listopad|listopada|lis", "studeni|studenoga|studenog|stu", "prosinac|prosinca|pro"),
    ),
    "hu": (
        *("január|jan", "február|febr", "március|márc|már", "április|ápr", "május|máj"),
        *("június|jún", "július|júl", "augusztus|aug", "szeptember|szept|szep"),
        *("október|okt", "november|nov", "december|dec"),
    ),
    "it": (
        *("gennaio|gen|genn", "febbraio|feb|febbr", "marzo|mar", "aprile|apr", "maggio|mag|magg"),
        *("giugno|giu", "luglio|lug", "agosto|ago", "settembre|set|sett", "ottobre|ott"),
        *("novembre|nov", "dicembre|dic"),
    ),
    "lt": (
        *("sausis|sausio|saus|sau", "vasaris|vasario|vas", "kovas|kovo|kov", "balandis|balandžio"),
        *("gegužė|gegužės|geg", "birželis|birželio|birž", "liepa|liepos|liep"),
        *("rugpjūtis|rugpjūčio|rugp", "rugsėjis|rugsėjo|rugs", "spalis|spalio|spal"),
        *("lapkritis|lapkričio|lapkr", "gruodis|gruodžio|gruod"),
    ),
    "lv": (
        *("janvāris|janvārī|janv", "februāris|februārī|febr", "marts|martā", "aprīlis|aprīlī|apr"),
        *("maijs|maijā", "jūnijs|jūnijā|jūn", "jūlijs|jūlijā|jūl", "augusts|augustā|aug"),
        *("septembris|septembrī|sept", "oktobris|oktobrī|okt", "novembris|novembrī|nov"),
        "decembris|decembrī|dec",
    ),
    "mt": (
        *("jannar|jan", "frar|fra", "marzu|mar", "april|apr", "mejju|mej", "ġunju|ġun"),
        *("lulju|lul", "awwissu|aww", "settembru|set", "ottubru|ott", "novembru|nov"),
        "diċembru|diċ",
    ),
    "nl": (
        *("januari|jan", "februari|feb", "maart|mrt", "april|apr", "mei", "juni|jun"),
        *("juli|jul", "augustus|aug", "september|sept|sep", "oktober|okt", "november|nov"),
        "december|dec",
    ),
    "pl": (
        *("styczeń|stycznia|sty", "luty|lutego|lut", "marzec|marca|mar", "kwiecień|kwietnia|kwi"),
        *("maj|maja", "czerwiec|czerwca|cze", "lipiec|lipca|lip", "sierpień|sierpnia|sie"),
        *("wrzesień|września|wrz", "październik|października|paź", "listopad|listopada|lis"),
        "grudzień|grudnia|gru",
    ),
    "pt": (
        *("janeiro|jan", "fevereiro|fev", "março|mar", "abril|abr", "maio|mai", "junho|jun"),
        *("julho|jul", "agosto|ago", "setembro|set", "outubro|out", "novembro|nov"),
        "dezembro|dez",
    ),
    "ro": (
        *("ianuarie|ian", "februarie|feb", "martie|mar", "aprilie|apr", "mai", "iunie|iun"),
        *("iulie|iul", "august|aug", "septembrie|sept|sep", "octombrie|oct"),
        *("noiembrie|noi|nov", "decembrie|dec"),
    ),
    "sk": (
        *("január|januára|jan", "február|februára|feb", "marec|marca|mar", "apríl|apríla|apr"),
        *("máj|mája", "jún|júna", "júl|júla", "august|augusta|aug", "september|septembra|sep"),
        *("október|októbra|okt", "november|novembra|nov", "december|decembra|dec"),
    ),
    "sl": (
        *("januar|januarja|jan", "februar|februarja|feb", "marec|marca|mar", "april|aprila|apr"),
        *("maj|maja", "junij|junija|jun", "julij|julija|jul", "avgust|avgusta|avg"),
        *("september|septembra|sep", "oktober|oktobra|okt", "november|novembra|nov"),
        "december|decembra|dec",
    ),
    "sv": (
        *("januari|jan", "februari|feb", "mars|mar", "april|apr", "maj", "juni|jun"),
        *("juli|jul", "augusti|aug", "september|sept|sep", "oktober|okt", "november|nov"),
        "december|dec",
    ),
}


def plain_month(name: str) -> str:
    """Return a name of a month as it is compared: lower case, no dot at its end, one sigma.

    Examples
    --------
    >>> plain_month(" Dez. "), plain_month("ΙΑΝΟΥΑΡΙΟΣ")
    ('dez', 'ιανουαριοσ')
    """
    # Engines do not know that a sigma at the end of a word has a form of its own.
    return " ".join(name.lower().replace("ς", "σ").split()).rstrip(". ")


def _without_accents(text: str) -> str:
    letters = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _spellings() -> Iterator[tuple[str, int, str]]:
    for language, months in _NAMES.items():
        for number, written in enumerate(months, start=1):
            for name in map(plain_month, written.split("|")):
                yield name, number, language
                yield unicodedata.normalize("NFD", name), number, language
                yield _without_accents(name), number, language


@cache
def months_by_language() -> Mapping[str, Mapping[str, int]]:
    """Return the number of a month by its spelling, for each language (two letters)."""
    result: dict[str, dict[str, int]] = {language: {} for language in _NAMES}
    for name, number, language in _spellings():
        # An accent may be all that tells two months apart; then the form without it says nothing.
        result[language].setdefault(name, number)
    return result


@cache
def month_numbers() -> Mapping[str, int]:
    """Return the number of a month by its spelling, where all languages agree.

    Examples
    --------
    >>> numbers = month_numbers()
    >>> numbers["dez"], numbers["tammikuuta"], numbers["września"], numbers.get("listopad")
    (12, 1, 9, None)
    """
    found: dict[str, set[int]] = {}
    for months in months_by_language().values():
        for name, number in months.items():
            found.setdefault(name, set()).add(number)
    return {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1}


@cache
def disputed_months() -> Mapping[str, Mapping[int, tuple[str, ...]]]:
    """Return the spellings that mean different months in different languages.

    Examples
    --------
    >>> disputed_months()["listopad"]
    {11: ('cs', 'pl'), 10: ('hr',)}
    """
    found: dict[str, dict[int, tuple[str, ...]]] = {}
    for language, months in months_by_language().items():
        for name, number in months.items():
            by_number = found.setdefault(name, {})
            by_number[number] = (*by_number.get(number, ()), language)
    return {name: numbers for name, numbers in found.items() if len(numbers) > 1}
