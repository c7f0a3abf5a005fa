"""Headings of unknown files are matched with canonical columns, in every language of the Union."""

import random
import subprocess
import sys
import tomllib
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import headings as measured
from difass_analysis.schema import table_of
from difass_analysis.sources import map_headings
from difass_analysis.sources.concepts import FOLDER, languages, tables, vocabulary
from difass_analysis.sources.matching import Reading, readings
from difass_analysis.sources.meanings import Calibration, meanings
from tests.heading_lists import LISTS
from tests.heading_words import COLUMNS, HEADINGS


def columns(headings, values=None):
    return [column or "" for column in map_headings(headings, values)["column"].fillna("")]


def column(heading):
    return columns([heading])[0]


# --- clear headings, in every language -------------------------------------------------


@pytest.mark.parametrize("language", sorted(HEADINGS))
def test_clear_headings_of_a_whole_list(language):
    assert columns(HEADINGS[language]) == COLUMNS


@pytest.mark.parametrize("language", sorted(HEADINGS))
def test_capitals_and_accents_do_not_matter(language):
    bare = [
        "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
        for text in HEADINGS[language]
    ]
    assert columns([text.upper() for text in HEADINGS[language]]) == COLUMNS
    assert columns(bare) == COLUMNS


def test_most_of_a_clear_list_is_sure():
    sure = [map_headings(texts)["sure"].mean() for texts in HEADINGS.values()]
    assert min(sure) >= 0.5
    assert sum(sure) / len(sure) > 0.6


@pytest.mark.parametrize("language", sorted(set(HEADINGS) - {"en"}))
def test_bilingual_headings(language):
    pairs = list(zip(HEADINGS[language], HEADINGS["en"], strict=True))
    for form in ("{} / {}", "{}\n{}", "{} ({})"):
        found = columns([form.format(*pair) for pair in pairs])
        right = sum(a == b for a, b in zip(found, COLUMNS, strict=True))
        assert right >= len(COLUMNS) - 1, form


@pytest.mark.parametrize("country", sorted(LISTS))
def test_lists_of_countries_that_the_sample_lacks(country):
    found = readings([heading for heading, _ in LISTS[country]])
    right = [
        reading.column in wanted.split("|")
        for reading, (_, wanted) in zip(found, LISTS[country], strict=True)
    ]
    assert sum(right) >= 0.9 * len(right)
    assert all(ok for reading, ok in zip(found, right, strict=True) if reading.sure)


# --- traps -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Total cost of the project", "total_cost_amount"),
        ("Total eligible cost of the project", "eligible_cost_amount"),
        ("Ineligible costs", "ineligible_cost_amount"),
        ("Costi non ammissibili", "ineligible_cost_amount"),
        ("EU contribution (EUR)", "eu_amount"),
        ("EU contribution (%)", "eu_rate_share"),
        ("Union co-financing rate", "eu_rate_share"),
        ("ERDF grant awarded", "eu_amount"),
        ("Fund", "fund"),
        ("Beneficiary", "beneficiary_name"),
        ("Beneficiary ID", "beneficiary_id"),
        ("Contact person", "contact_person"),
        ("Project manager", "contact_person"),
        ("Operation name", "title"),
        ("Programme name", "programme_name"),
        ("Programme CCI code", "programme_id"),
        ("Project code", "operation_id"),
        ("Start date", "start_date"),
        ("End date", "end_date"),
        ("Approval date", "approval_date"),
        ("Date of final payment", "final_payment_date"),
        ("Region", "region_name"),
        ("NUTS 3 code", "region"),
        ("Country code", "country_code"),
        ("Website of the beneficiary", "beneficiary_url"),
        ("Own contribution", "private_amount"),
        ("Priority axis number", "priority"),
    ],
)
def test_headings_that_differ_by_a_word(heading, expected):
    assert column(heading) == expected


@pytest.mark.parametrize(
    "heading",
    ["Telephone", "E-mail", "Latitude", "Date of last update", "Remarks", "Number of jobs"],
)
def test_headings_without_a_column_are_missing_on_purpose(heading):
    found = map_headings([heading]).iloc[0]
    assert pd.isna(found["column"])
    assert "no column" in found["why"]


@pytest.mark.parametrize("heading", ["", "   ", "???", "123", "Unnamed: 4", "xqzt", "lorem ipsum"])
def test_nonsense_is_missing_and_not_sure(heading):
    found = map_headings([heading]).iloc[0]
    assert pd.isna(found["column"])
    assert not found["sure"]
    assert found["why"].endswith(".")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Förder-\nfähige Kosten", "Förderfähige Kosten"),
        ("Projekt-beginn", "Projektbeginn"),
        ("projectStartDate", "project start date"),
        ("BENEFICIARY_NAME", "beneficiary name"),
        ("3. Name of the operation", "name of the operation"),
        ("Benificiary name", "beneficiary name"),
        ("Gesamtkostn", "Gesamtkosten"),
        ("Benef. name", "beneficiary name"),
        ("Total eligible expen", "total eligible expenditure"),
        ("Foerderfaehige Ausgaben", "Förderfähige Ausgaben"),
        ("dikaiouchos", "Δικαιούχος"),
        ("data--project--project_title", "project title"),
        ("beneficiary.address", "address of the beneficiary"),
    ],
)
def test_spelling(written, meant):
    assert column(written) == column(meant) != ""


@pytest.mark.parametrize(
    ("text", "written", "read"),
    [
        ("Begünstigter", "utf-8", "cp1252"),
        ("Příjemce", "cp1250", "cp1252"),
        ("Бенефициент", "cp1251", "cp1252"),
        ("Δικαιούχος", "cp1253", "cp1252"),
        ("Název projektu", "utf-8", "latin-1"),
    ],
)
def test_headings_read_in_the_wrong_encoding(text, written, read):
    broken = text.encode(written).decode(read)
    assert broken != text
    assert column(broken) == column(text) != ""


def test_lost_letters_are_found_and_not_sure():
    found = map_headings(["Beg\ufffdnstigter", "Beg?nstigter"])
    assert found["column"].iloc[0] == "beneficiary_name"
    assert not found["sure"].any()


# --- several headings of one file ------------------------------------------------------


def test_the_better_of_two_headings_gets_the_column():
    found = map_headings(["Name of beneficiary", "Beneficiary"])
    assert found["column"].iloc[0] == "beneficiary_name"
    assert pd.isna(found["column"].iloc[1])
    assert "Name of beneficiary" in found["why"].iloc[1]
    assert not found["sure"].iloc[1]


def test_headings_of_several_files_do_not_compete():
    texts = ["Beneficiary", "Project title", "Total cost", "End date"]
    assert columns([*texts, *texts]) == [*columns(texts), *columns(texts)]


def test_published_use_that_parts_from_the_words_is_never_sure():
    found = map_headings(["Granted amounts", "Total amounts paid at the end of the operation"])
    assert found["column"].tolist() == ["eligible_cost_amount", "total_cost_amount"]
    assert not found["sure"].any()
    assert found["why"].str.contains("several ways").all()


def test_custom_is_never_sure_however_many_lists_share_it():
    usual = {"eligible_cost_amount": 1000.0}
    for meaning in meanings():
        if meaning.id in ("amount granted or supported", "amount approved"):
            held = Calibration(counts={meaning.id: usual}, score=0.95, trust=0.87)
            assert 0.75 <= held.trusted(meaning, "eligible_cost_amount") < held.trust
    held = Calibration(counts={"amount paid": {"total_cost_amount": 1000.0}}, score=0.0, trust=0.87)
    found = readings(["Total amount paid"], calibration=held)[0]
    assert found.column == "total_cost_amount"
    assert found.clear
    assert not found.sure


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Location indicator or geolocation for the operation", "municipality"),
        ("Standortindikator oder Geolokalisierung", "municipality"),
        ("Indicador de localización o geolocalización", "municipality"),
        ("Wskaźnik lokalizacji lub geolokalizacji", "municipality"),
        ("Berørt fond", "fund"),
        ("Paese interessato", "country"),
        ("Kyseessä oleva rahasto", "fund"),
        ("Ime upravičenca v primeru pravnih subjektov", "beneficiary_name"),
        ("Toetusesaaja nimi juriidiliste isikute puhul", "beneficiary_name"),
        ("Data preconizată sau efectivă de finalizare", "end_date"),
        ("Cel operacji i jej oczekiwane lub rzeczywiste osiągnięcia", "summary"),
    ],
)
def test_wording_of_the_regulation_of_2021(heading, expected):
    assert column(heading) == expected


def test_coordinates_are_no_place():
    assert column("Geolocation") == ""


@pytest.mark.parametrize("heading", ["Poskytovatel dotace", "Zuwendungsgeber", "Grantor"])
def test_who_gives_the_money_does_not_get_it(heading):
    assert column(heading) == "authority_name"


def test_path_into_nested_records_is_not_sure():
    found = map_headings(["project--beneficiary--name"]).iloc[0]
    assert found["column"] == "beneficiary_name"
    assert not found["sure"]
    assert map_headings(["beneficiary name"])["sure"].all()


# --- cells -----------------------------------------------------------------------------


def test_cells_tell_names_from_codes():
    texts = ["Region", "Country", "Priority axis", "Programme"]
    names = [["Sud-Est"] * 3, ["Romania"] * 3, ["Innovation"] * 3, ["Regional"] * 3]
    codes = [["RO22"] * 3, ["RO"] * 3, ["1", "2", "3"], ["2014RO16RFOP002"] * 3]
    named = ["region_name", "country", "priority_name", "programme_name"]
    coded = ["region", "country_code", "priority", "programme_id"]
    assert columns(texts, dict(zip(texts, names, strict=True))) == named
    assert columns(texts, pd.DataFrame(dict(zip(texts, codes, strict=True)))) == coded


def test_names_or_codes_are_not_sure_before_a_cell_was_seen():
    texts = ["Region", "Programme"]
    cells = {"Region": ["Sud-Est"] * 3, "Programme": ["Regional"] * 3}
    held = Calibration(counts={}, score=0.95, trust=0.87)
    assert [found.sure for found in readings(texts, calibration=held)] == [False, False]
    assert [found.sure for found in readings(texts, cells, calibration=held)] == [True, True]


def test_cells_that_cannot_be_what_the_heading_says():
    values = {"End date": ["a text", "another"], "Total cost": ["yes", "no"]}
    found = map_headings(list(values), values)
    assert found["column"].isna().all()
    assert not found["sure"].any()


def test_cells_without_a_readable_heading():
    found = map_headings(["xqzt"], {"xqzt": ["ITH5", "ITC1", "ITF3"]}).iloc[0]
    assert found["column"] == "region"
    assert not found["sure"]
    assert "NUTS" in found["why"]


# --- shape -----------------------------------------------------------------------------


@given(st.lists(st.sampled_from([text for texts in HEADINGS.values() for text in texts])))
def test_one_row_a_heading_in_order(headings):
    found = map_headings(headings)
    assert list(found.columns) == ["heading", "column", "score", "sure", "why"]
    assert found["heading"].tolist() == headings
    assert found["score"].between(0, 1).all()
    assert set(found["column"].dropna()) <= set(table_of("operations").names)
    assert not (found["sure"] & (found["score"] < 0.7)).any()


@given(st.lists(st.text(max_size=40), max_size=5))
def test_any_text_is_read_without_an_error(headings):
    assert len(map_headings(headings)) == len(headings)


@pytest.mark.parametrize("language", ["bg", "da", "hr", "lt", "pt"])
def test_order_does_not_matter_without_competition(language):
    order = list(range(len(COLUMNS)))
    random.Random(1).shuffle(order)
    found = columns([HEADINGS[language][place] for place in order])
    assert found == [COLUMNS[place] for place in order]


# --- headings beside each other --------------------------------------------------------


def test_numbered_dates_are_start_and_end():
    found = map_headings(["Beneficiary", "Year 1", "Year 2"])
    assert found["column"].tolist()[1:] == ["start_date", "end_date"]
    assert not found["sure"].iloc[1:].any()
    assert columns(["Jahr 1", "Jahr 2"]) == ["start_date", "end_date"]
    assert columns(["Year 1", "Date 2"])[0] != "start_date"


def test_numbered_amounts_are_granted_and_paid():
    found = map_headings(["Amount 1", "Amount 2"])
    assert found["column"].tolist() == ["eligible_cost_amount", "total_cost_amount"]
    assert not found["sure"].any()


def test_heading_beside_its_name_is_the_code():
    texts = ["Priority axis", "Category of intervention", "Name of the category of intervention"]
    assert columns(texts) == ["priority_name", "intervention", "intervention_name"]
    assert not map_headings(texts)["sure"].iloc[1]
    assert columns(texts[:2]) == ["priority_name", "intervention_name"]
    czech = ["Prioritní osa", "Kategorie zásahu", "Název kategorie zásahu"]
    assert columns(czech) == columns(texts)


def test_financing_beside_its_amount_is_the_fund():
    assert columns(["Financement", "Montant du financement"])[0] == "fund"
    assert column("Financement") == "eligible_cost_amount"


def test_grant_beside_national_money_is_of_the_union():
    texts = ["Grant", "National contribution", "Total cost"]
    found = map_headings(texts)
    assert found["column"].iloc[0] == "eu_amount"
    assert not found["sure"].iloc[0]
    assert columns([*texts, "EU contribution"])[0] != "eu_amount"
    assert columns(["Grant", "Total cost"])[0] == "eligible_cost_amount"


@pytest.mark.parametrize(
    ("heading", "sure"),
    [
        ("Date of approval", True),
        ("Datum schválení", True),
        ("Data zatwierdzenia", True),
        ("Year of allocation", False),
        ("Year of approval / year of final payment", False),
        ("Date", False),
    ],
)
def test_approval_is_surer_than_allocation(heading, sure):
    found = map_headings([heading]).iloc[0]
    assert found["column"] == "approval_date"
    assert found["sure"] == sure


@pytest.mark.parametrize(
    ("named", "bare"),
    [
        ("Name of the programme", "Programme"),
        ("Název programu", "Program"),
        ("Nazwa regionu", "Region"),
    ],
)
def test_heading_that_says_name_is_sure_without_cells(named, bare):
    assert column(named) == column(bare)
    assert map_headings([named])["sure"].all()
    assert not map_headings([bare])["sure"].any()


def test_name_of_a_priority_is_not_sure():
    # Lists put categories of intervention and objectives under it.
    found = map_headings(["Name of the priority axis", "priority label"])
    assert found["column"].iloc[0] == "priority_name"
    assert not found["sure"].any()


def test_eligible_cost_that_was_paid_is_not_the_total():
    assert column("Eligible costs paid") != "total_cost_amount"


# --- the lexicon -----------------------------------------------------------------------


def test_every_official_language_has_words_for_every_need():
    assert len(languages()) == 24
    needed = set().union(*(need for meaning in meanings() for need in meaning.needs))
    shared = set(tables()["common"])
    only_some = {"guideline", "coordinate", "currency", "post"}
    for language in languages():
        assert needed - shared - only_some <= set(tables()[language]), language
        assert vocabulary(language).longest > 5


def test_meanings_name_columns_of_operations():
    names = {*table_of("operations").names, ""}
    assert all(set(meaning.columns) <= names for meaning in meanings())
    ids = [meaning.id for meaning in meanings()]
    assert len(ids) == len(set(ids))


def test_lexicon_is_read_when_first_needed():
    code = (
        "import difass_analysis.sources, difass_analysis.sources.concepts as c, sys;"
        "print(c.tables.cache_info().misses)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "0"


def test_lexicon_is_in_the_wheel():
    wheel = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))
    included = wheel["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    assert "difass_analysis" in included
    assert "difass_analysis" in FOLDER.parts
    assert (FOLDER / "calibration.json").is_file()


# --- the sample ------------------------------------------------------------------------


def test_accuracy_on_the_sample_each_country_left_out(shared):
    sample = measured.sample(shared / "data" / "lists")
    pairs = measured.tested(sample)
    sure = [pair for pair in pairs if pair[1].sure]
    # What is reached, not what was wanted: docs/validity.md says how far it falls short.
    assert sum(map(measured.right, pairs)) / len(pairs) >= 0.855
    assert len(sure) / len(pairs) >= 0.49
    assert sum(not measured.right(pair) for pair in sure) / len(sure) < 0.02
    # No way from meanings to columns gets further than a little below the nine tenths wanted.
    assert 0.86 < measured.reachable(pairs) < 0.9


def test_least_trust_chosen_on_other_countries(shared):
    pairs = measured.tested(measured.sample(shared / "data" / "lists"))
    sure, wrong = measured.nested(pairs)
    assert sure / len(pairs) >= 0.45
    assert wrong / sure < 0.03


def test_least_trust_is_not_chosen_on_the_country_itself():
    def pair(country, *, put, trust):
        heading = measured.Heading(country, "en", country, "text", put)
        return heading, Reading(heading="text", column="title", score=1.0, trust=trust, clear=True)

    honest = [pair("A", put="title", trust=0.9)] * 100
    odd = [pair("B", put="fund", trust=0.85)] * 10
    doubted = [pair("C", put="title", trust=0.85)] * 10
    assert measured.nested([*honest, *doubted]) == (110, 0)
    # Those of B raise the least trust of C, and not their own.
    assert measured.nested([*honest, *odd, *doubted]) == (110, 10)
    assert measured.reachable([*honest, *odd]) == 100 / 110


def test_shipped_calibration_is_the_one_fitted_on_the_whole_sample(shared):
    fitted = measured.fitted(measured.sample(shared / "data" / "lists"))
    assert fitted == measured.shipped()


def test_no_heading_of_the_sample_is_in_the_lexicon(shared):
    phrases = {
        entry.rstrip("$").replace("_", " ").casefold()
        for table in tables().values()
        for words in table.values()
        for entry in words.split()
        if "_" in entry
    }
    texts = {item.text.casefold() for item in measured.sample(shared / "data" / "lists")}
    assert len({text for text in texts if len(text.split()) > 3} & phrases) == 0
