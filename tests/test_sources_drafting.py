"""Drafted profiles: what is used at once, what waits for a person, and what is never guessed."""

import tomllib

import pytest

from difass_analysis import load, measure
from difass_analysis.cli import main
from difass_analysis.errors import ProfileError
from difass_analysis.sources import detect, draft
from difass_analysis.sources.profile_file import profile_of

LIST = """\
Name des Begünstigten;Bezeichnung des Vorhabens;Datum des Beginns;\
Gesamtbetrag der förderfähigen Ausgaben in EUR;Unions-Kofinanzierungssatz;Bemerkung xyz
Muster GmbH;Eins;1.2.2016;1.200,50;80 %;a
Beispiel AG;Zwei;15.12.2017;99.000,00;50 %;b
Muster GmbH;Drei;3.4.2018;2.000,00;80 %;c
"""


@pytest.fixture
def listing(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(LIST, encoding="cp1252")
    return path


def used(found):
    rows = found.frame[found.frame["used"]]
    return dict(zip(rows["heading"], rows["column"], strict=True))


def test_a_list_in_legal_wording_is_used_at_once(listing):
    found = draft(listing)
    assert used(found) == {
        "Name des Begünstigten": "beneficiary_name",
        "Bezeichnung des Vorhabens": "title",
        "Datum des Beginns": "start_date",
        "Gesamtbetrag der förderfähigen Ausgaben in EUR": "eligible_cost_amount",
        "Unions-Kofinanzierungssatz": "eu_rate_share",
    }
    assert found.currency == "EUR"
    assert found.profile.file.encoding == "cp1252"
    assert found.profile.values.decimal == ","


def test_the_programme_has_the_values_and_says_that_the_profile_is_drafted(listing):
    programme = load(listing)
    table = programme.table("operations")
    assert table["eligible_cost_amount"].tolist() == [1200.5, 99000.0, 2000.0]
    assert table["eu_rate_share"].round(6).tolist() == [0.8, 0.5, 0.8]
    assert table["start_date"].astype(str).tolist() == ["2016-02-01", "2017-12-15", "2018-04-03"]
    assert table["operation_id"].tolist() == ["list-2", "list-3", "list-4"]
    caveats = measure(programme, indicators=["eligible_cost_per_beneficiary"]).caveats
    assert any("Read with a drafted profile: 5 of 6 headings" in text for text in caveats)


def test_the_text_is_the_profile(listing):
    found = draft(listing)
    again = profile_of(tomllib.loads(found.text), name=found.profile.id, where="the text")
    assert again == found.profile
    assert '# "Bemerkung xyz" is not read' in found.text


@pytest.mark.parametrize(
    ("heading", "cells", "words"),
    [
        # The heading is clear, and the cells contradict it.
        ("Datum des Beginns", ["abc", "def", "ghi"], "is not read"),
        # Third-party money is private only where its giver is.
        ("own contribution", ["10.50", "20.25", "30.75"], "private only where its giver is"),
        # One mark and three digits: thousands or decimals, and nothing else in the file decides.
        ("Union contribution in EUR", ["1.234", "5.678", "9.123"], "thousands or decimals"),
    ],
)
def test_a_column_in_doubt_is_not_read(tmp_path, heading, cells, words):
    path = tmp_path / "doubt.csv"
    rows = [f"Body {i} Ltd;{cell}" for i, cell in enumerate(cells)]
    path.write_text("\n".join([f"Name of the beneficiary;{heading}", *rows]), encoding="utf-8")
    found = draft(path)
    assert used(found) == {"Name of the beneficiary": "beneficiary_name"}
    said = " ".join(found.confirm) + found.text
    assert words in said


def test_a_currency_that_nobody_states_is_not_assumed(tmp_path):
    path = tmp_path / "bare.csv"
    path.write_text("Total eligible expenditure;Beneficiary name\n12.50;A\n99.25;B\n")
    found = draft(path)
    assert found.currency == ""
    assert any("does not say in which currency" in sentence for sentence in found.confirm)
    assert load(path).currency == ""


def test_a_file_of_which_nothing_can_be_told_is_refused(tmp_path):
    path = tmp_path / "nothing.csv"
    path.write_text("qwx;zzk\n1;2\n3;4\n")
    with pytest.raises(ProfileError, match="none of its 2 headings can be told for sure"):
        draft(path)


def test_a_table_of_something_else_is_refused(tmp_path):
    """A country alone does not make a list of operations."""
    path = tmp_path / "loans.csv"
    path.write_text("Country,score_x\nFrance,1\nItaly,2\n")
    with pytest.raises(ProfileError, match="too little of its 2 headings"):
        load(path)


def test_names_of_bodies_do_not_stand_in_the_draft(listing):
    assert "Muster GmbH" not in draft(listing).text


def run(*arguments):
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    return stopped.value.code or 0


def test_the_command_writes_the_draft_and_does_not_overwrite(listing, tmp_path, capsys):
    out = tmp_path / "mine.toml"
    assert run("profile", listing, "--out", out) == 0
    printed = capsys.readouterr().out
    assert "5 of 6 headings are understood for sure" in printed
    assert tomllib.loads(out.read_text(encoding="utf-8"))["file"]["encoding"] == "cp1252"
    assert run("profile", listing, "--out", out) == 2
    assert "exists" in capsys.readouterr().err


def test_the_draft_reads_the_file_when_it_is_named(listing, tmp_path, capsys):
    out = tmp_path / "mine.toml"
    run("--quiet", "profile", listing, "--out", out)
    capsys.readouterr()
    programme = load(listing, profile=out)
    assert programme.table("operations")["eligible_cost_amount"].sum() == 102200.5
    assert not programme.caveats


def test_distinct_bodies_are_counted_on_the_command_line(listing, capsys):
    assert run("identity", listing) == 0
    out = capsys.readouterr().out
    assert "lower" in out and "beneficiaries" in out
    assert "Muster" not in out


@pytest.mark.parametrize(
    "name",
    [
        "de_saxony_erdf_2014_2020.csv",
        "nl_structural_funds_2007_2013.csv",
        "si_beneficiaries_2007_2013.xlsx",
        "difficult/el_2014_2020_cp1253_multiline_header.csv",
        "difficult/pl_2014_2020_cp1250.csv",
        "difficult/uk_england_2014_2020_odd_dates.csv",
        "difficult/uk_ni_2014_2020_amounts_as_rates.csv",
    ],
)
def test_what_a_draft_calls_sure_agrees_with_the_profile_made_by_hand(shared, name):
    """A drafted column may be missing, and must not be another one than the profile says."""
    path = shared / "data" / "lists" / name
    by_hand = detect(path)
    assert by_hand is not None
    filled = {
        " ".join(heading.split()).casefold(): rule.target
        for mapping in by_hand.tables
        for rule in mapping.rules
        for heading in rule.headings
    }
    # One column serves as both in some lists; names of regions are mapped to codes by hand.
    alike = [{"title", "summary"}, {"url", "beneficiary_url"}, {"region", "region_name"}]
    for heading, column in used(draft(path)).items():
        right = filled.get(" ".join(heading.split()).casefold(), column)
        assert right == column or {right, column} in alike, heading
