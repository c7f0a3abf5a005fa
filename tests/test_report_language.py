"""The page in other languages: Italian complete, any other by one catalogue, data as written."""

import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from babel.messages.pofile import read_po

from difass_analysis.errors import InputError, UsageError
from difass_analysis.loading import set_aside
from difass_analysis.programme import Programme, Settings
from difass_analysis.reporting import report
from difass_analysis.reporting.language import Words, words_of
from difass_analysis.reporting.matters import rule_text
from difass_analysis.reporting.phrases import PHRASES, spoken
from difass_analysis.schema import TABLES
from tests.language_messages import REPORTING, messages

CALLS = pd.DataFrame(
    {
        "call_id": ["a", "b"],
        "year": [2017, 2018],
        "operations_count": [21, 16],
        "smes_count": [200, 170],
        "public_amount": [1.5e6, 1.5e6],
        "private_amount": [2.0e6, 2.0e6],
    }
)
PARTNERS = pd.DataFrame({"partner_id": ["p"], "name": ["Chamber not known to us"]})
# What stays as it was written: see docs/report.md. Names of files and columns have an underscore
# or a dot.
CODES = re.compile(r"[^A-Za-z]*|CSV|Excel|SVG|PNG|EUR|SHA-256|Python|[a-z]+[_.][a-z_.]*|n|x")
LIBRARIES = {"duckdb", "pandas", "numpy", "scipy", "statsmodels", "matplotlib"}
SETTINGS = {"er", "blank", "unknown"}
BY_BABEL = {"euro (EUR)"}


class Texts(HTMLParser):
    """The texts of a page outside of drawings, styles, names of rules and legal sources."""

    def __init__(self, page):
        super().__init__()
        self.open, self.texts, self.source = [], [], 0
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag not in {"meta", "br", "use", "path"}:
            self.open.append((tag, dict(attrs).get("class", "")))

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        self.open.pop()

    def handle_data(self, data):
        skipped = {"style", "script", "svg", "code"} & {tag for tag, _ in self.open}
        source = ("p", "source") in self.open
        if data.strip() and not skipped and not source:
            self.texts.append(" ".join(data.split()))


def programme():
    settings = Settings(
        id="er", name="The scheme", description="What the scheme is", currency="EUR"
    )
    return set_aside(Programme.from_frames(settings=settings, calls=CALLS, partners=PARTNERS))


def catalogue(name):
    with (REPORTING / "languages" / name).open("rb") as file:
        return read_po(file, abort_invalid=True)


def write_po(path, texts, *, language):
    def quoted(text):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    head = f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n'
    head += '"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    body = "\n".join(
        f"msgid {quoted(source)}\nmsgstr {quoted(target)}\n" for source, target in texts.items()
    )
    path.write_text(head + body, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def italian(tmp_path_factory):
    return report(programme(), tmp_path_factory.mktemp("it"), language="it").read_text()


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    """The page in a language that puts every text of the package into brackets."""
    folder = tmp_path_factory.mktemp("marked")
    texts = {text: f"⟦{text}⟧" for text in messages()}
    path = write_po(folder / "marked.po", texts, language="fr")
    return report(programme(), folder / "out", language=path).read_text()


# --- the catalogues ------------------------------------------------------------------


def test_italian_is_complete_and_holds_nothing_stale():
    held = {str(message.id): message for message in catalogue("it.po") if message.id}
    wanted = set(messages())
    assert sorted(wanted - set(held)) == []
    assert sorted(set(held) - wanted) == []
    assert [text for text, message in held.items() if not message.string or message.fuzzy] == []


def test_italian_keeps_the_places_for_values():
    for message in catalogue("it.po"):
        if message.id:
            places = sorted(set(re.findall(r"\{(\w+)\}", message.id)))
            assert places == sorted(set(re.findall(r"\{(\w+)\}", message.string))), message.id


# --- the page ------------------------------------------------------------------------


def test_the_italian_page_says_so_and_writes_numbers_as_italians_do(italian):
    assert '<html lang="it">' in italian
    for text in (
        "Rapporto di monitoraggio",
        "Fondi privati per unità di fondi pubblici",
        "1,33",
        "4.000.000",
        "42,9%",
        "da 200 a 370",
        "euro (EUR)",
        "Effetto leva",
        "Ciò che questi dati non possono mostrare",
    ):
        assert text in italian
    assert "4,000,000" not in re.sub(r"<svg.*?</svg>", "", italian, flags=re.DOTALL)


def test_what_users_wrote_stays_as_it_is(italian):
    assert "Chamber not known to us" in italian
    assert "What the scheme is" in italian


def unmarked(text):
    """What of a text stands outside of all brackets."""
    while "⟦" in text:
        shorter = re.sub(r"⟦[^⟦⟧]*⟧", " ", text)
        assert shorter != text, text
        text = shorter
    return text.strip()


def test_one_catalogue_is_a_language_and_no_english_is_left(marked):
    assert '<html lang="fr"' in marked
    findings = programme().findings.frame
    own = {*findings["todo"], *findings["rule"].map(rule_text)}  # messages of single rules
    own |= {"The scheme", "What the scheme is", "Chamber not known to us", *BY_BABEL}
    own |= LIBRARIES | SETTINGS | set(TABLES)
    left = [
        text
        for text in Texts(marked).texts
        if text not in own
        and not all(
            word in own or CODES.fullmatch(word)
            for word in re.findall(r"[^\s();,:]+", unmarked(text))
        )
    ]
    assert left == []


def test_the_files_stay_in_english(tmp_path):
    report(programme(), tmp_path, language="it")
    text = (tmp_path / "tables/er_checklist.csv").read_text(encoding="utf-8")
    assert "Leverage: which definition" in text


# --- the words -----------------------------------------------------------------------


def test_numbers_follow_the_locale():
    words = Words(code="it", texts={})
    assert words.value(1_500_000) == "1.500.000"
    assert words.value(0.428571, unit="share") == "42,9%"
    assert words.value(4 / 3, unit="EUR per EUR") == "1,33"
    assert words.numerals("2017: 2,474,026.20 of 0.5") == "2017: 2.474.026,20 of 0,5"
    assert Words().value(0.428571, unit="share") == "42.9 %"


def test_sentences_of_other_parts_are_recognised_one_by_one():
    texts = {
        "Not defined: the denominator is zero.": "A.",
        "{left} of {all} rows not counted: {missing} not known.": "B {all} {left} {missing}.",
    }
    text = "Not defined: the denominator is zero. 3 of 1,234 rows not counted: x or y not known."
    assert spoken(text, texts, phrases=PHRASES) == "A. B 1,234 3 x or y."
    assert spoken("Written by a user; twice. So.", texts, phrases=PHRASES) == (
        "Written by a user; twice. So."
    )


def test_words_in_the_gaps_of_a_sentence_are_translated_too():
    it = words_of("it")
    english = (
        "No interval: the figures of single calls for private money and public money granted are "
        "derived, not observed, so nothing shows how far chance could move them."
    )
    assert it.said(english) == (
        "Nessun intervallo: le cifre dei singoli bandi per fondi privati e fondi pubblici "
        "concessi non sono osservate (derivato); perciò nulla mostra quanto il caso possa "
        "spostarle."
    )
    assert it.said("Counted from 2 rows of calls, 1,234 rows of operations.") == (
        "Conteggio da 2 righe della tabella calls, 1.234 righe della tabella operations."
    )
    source = "Source: Research and growth; a.csv, b.csv, c.csv and 8 more. difass_analysis 0.1.0."
    assert it.said(source) == (
        "Fonte: Research and growth; a.csv, b.csv, c.csv e altri 8. difass_analysis 0.1.0."
    )


def test_a_fixed_sentence_goes_before_one_with_gaps_that_would_take_it_in():
    assert (
        words_of("it")
        .said("There is no table of sources of money (funding), and none of operations.")
        .startswith("Manca una tabella delle fonti di denaro")
    )


# --- wrong use -----------------------------------------------------------------------


def test_a_language_without_a_catalogue_is_refused(tmp_path):
    with pytest.raises(UsageError, match="'xx'"):
        report(programme(), tmp_path, language="xx")


def test_a_catalogue_that_loses_a_value_is_refused(tmp_path):
    path = write_po(tmp_path / "fr.po", {"Years: {years}.": "Années."}, language="fr")
    with pytest.raises(InputError, match="places for values"):
        words_of(path)


@pytest.mark.parametrize("content", ["not a catalogue", 'msgid ""\nmsgstr ""\n'])
def test_a_file_that_is_no_catalogue_is_refused(tmp_path, content):
    path = tmp_path / "bad.po"
    path.write_text(content)
    with pytest.raises(InputError, match=r"bad\.po"):
        words_of(path)
