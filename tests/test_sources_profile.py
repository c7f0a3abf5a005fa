"""Profiles: what may be written in one, and what is refused with which words."""

import re
import tomllib
from pathlib import Path

import pytest

from difass_analysis.errors import ProfileError
from difass_analysis.sources import load_profile, shipped_profiles
from difass_analysis.sources.profile_file import profile_of


def made(**content):
    return profile_of(content, name="mine", where="mine.toml")


def with_column(spec, *, column="eu_amount", **content):
    return made(tables={"operations": {"columns": {column: spec}}}, **content)


def refusal(build):
    with pytest.raises(ProfileError) as caught:
        build()
    return str(caught.value)


def test_a_plain_heading_is_a_rule_with_the_formats_of_the_file():
    profile = with_column("Grant", values={"decimal": ","})
    (rule,) = profile.tables[0].rules
    assert (rule.origin, rule.headings, rule.values.decimal) == ("from", ("Grant",), ",")


def test_a_column_may_have_its_own_marks():
    profile = with_column({"from": "Grant", "decimal": ".", "thousands": ","})
    assert profile.values.thousands == ""
    assert profile.tables[0].rules[0].values.thousands == ","


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (
            lambda: made(tabels={}),
            "mine.toml: There is no entry 'tabels'. Did you mean 'tables'?",
        ),
        (lambda: made(), "mine.toml fills no table."),
        (
            lambda: made(tables={"operation": {"columns": {}}}),
            "There is no table 'operation'. Did you mean 'operations'",
        ),
        (
            lambda: with_column("x", column="eu_amout"),
            "There is no column of table 'operations' 'eu_amout'. Did you mean 'eu_amount'",
        ),
        (
            lambda: with_column({"form": "x"}),
            "[tables.operations], column eu_amount: There is no option 'form'. Did you mean 'from'",
        ),
        (lambda: with_column({"scale": 2}), "names 0 origins. Give one of from, first,"),
        (lambda: with_column({"from": "a", "sum": ["a", "b"]}), "names 2 origins"),
        (lambda: with_column({"sum": ["a"]}), "'sum' needs at least two headings"),
        (lambda: with_column({"difference": ["a", "b", "c"]}), "'difference' needs two headings"),
        (lambda: with_column({"sum": ["a", "b"]}, column="title"), "neither added nor scaled"),
        (lambda: with_column({"from": "a", "scale": 0}), "scale = 0 must be a number above 0"),
        (lambda: with_column({"from": "a", "scale": 2}, column="title"), "nor scaled"),
        (lambda: with_column({"join": ["a", "b"]}), "is money: 'join' makes text"),
        (lambda: with_column({"constant": "1"}), "constant = '1' must be a number"),
        (
            lambda: with_column({"constant": 1}, column="start_date"),
            "constant = 1 must be date",
        ),
        (
            lambda: with_column({"constant": 1, "map": {"a": "b"}}),
            "'map' has no effect beside 'constant'",
        ),
        (lambda: with_column({"from": "a", "other": "keep"}), "no effect without 'map'"),
        (
            lambda: with_column({"from": "a", "map": {"a": "b"}, "other": "drop"}),
            "other = 'drop' must be missing or keep",
        ),
        (lambda: with_column({"from": "a", "map": {"a": 1}}), "map.a = 1 must be text in quotes"),
        (
            lambda: with_column({"from": "a", "map": {"a": "1", "A ": "2"}}),
            "the map reads 'A ' as '1' and as '2'",
        ),
        (lambda: with_column({"from": "a", "extract": r"\d"}), "extract has 0 groups"),
        (lambda: with_column({"from": "a", "extract": "("}), "extract is no regular expression"),
        (lambda: with_column({"from": "a", "extract": r"(\d)(?=x)"}), "looks around"),
        (lambda: with_column({"from": "a", "optional": "yes"}), "must be true or false"),
        (lambda: with_column(7), "column eu_amount must be a table, not 7"),
        (lambda: with_column("x", file={"format": "cvs"}), "no format 'cvs'. Did you mean 'csv'"),
        (lambda: with_column("x", file={"encoding": "utf-9"}), "there is no encoding 'utf-9'"),
        (lambda: with_column("x", file={"delimiter": "||"}), "delimiter must be one character"),
        (lambda: with_column("x", file={"quote": "''"}), "one character, or empty"),
        (lambda: with_column("x", file={"header_row": 0}), "header_row counts from 1"),
        (lambda: with_column("x", file={"header_row": "1"}), "must be a whole number"),
        (lambda: with_column("x", values={"decimal": ""}), "decimal must be one character"),
        (lambda: with_column("x", values={"decimal": ",", "thousands": ","}), "are both ','"),
        (lambda: with_column("x", values={"decimal": "x"}), "cannot be a mark in numbers"),
        (lambda: with_column("x", values={"dates": "%d.%m.%Y"}), 'must be a list such as ["a"'),
        (lambda: with_column("x", values={"dates": ["%d.%M.%Y"]}), "holds %M; %d %m %Y %y %b"),
        (lambda: with_column("x", values={"dates": ["%d.%m"]}), "needs one day, one month and"),
        (lambda: with_column("x", values={"blank": "nil"}), "blank = 'nil' is not offered"),
        (lambda: with_column("x", programme={"curency": "EUR"}), "Did you mean 'currency'"),
    ],
)
def test_a_profile_that_cannot_be_done_is_refused(build, words):
    message = refusal(build)
    assert words in message
    assert message.startswith("mine.toml")


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"parts": ["eu_amount"]}, "parts and total belong together"),
        ({"parts": ["title"], "total": "total_cost_amount"}, "'title' is no money column"),
        (
            {"parts": ["eu_amount", "own_amount"], "total": "eu_amount"},
            "'own_amount' is a part or the total, and no column of the profile",
        ),
        ({"parts": "eu_amount", "total": "eu_amount"}, "parts must be a list"),
        ({"distinct": 1}, "distinct = 1 must be true or false"),
        ({"part": []}, "There is no entry 'part'. Did you mean 'parts'"),
    ],
)
def test_parts_must_be_money_that_the_profile_maps(entries, words):
    table = {"columns": {"eu_amount": "EU"}, **entries}
    assert words in refusal(lambda: made(tables={"operations": table}))


def test_one_heading_cannot_be_read_with_two_marks():
    columns = {"eu_amount": "EU", "paid_amount": {"from": "eu ", "decimal": ","}}
    message = refusal(lambda: made(tables={"operations": {"columns": columns}}))
    assert "heading 'eu ' is read with two different marks or dates" in message


def test_shipped_profiles_have_titles_and_settings():
    profiles = shipped_profiles()
    assert set(profiles) == {
        "canonical",
        "cy_operations_2007_2013",
        "de_saxony_erdf_2014_2020",
        "el_operations_2014_2020",
        "fi_operations_2007_2013",
        "interreg_sweden_2021_2027",
        "kohesio_2014_2020",
        "kohesio_2021_2027",
        "lending_club_2018",
        "nl_structural_funds_2007_2013",
        "opencoesione_extended",
        "pl_operations_2014_2020",
        "ro_regional_op_2007_2013",
        "si_beneficiaries_2007_2013",
        "uk_england_2014_2020",
        "uk_northern_ireland_2014_2020",
    }
    assert all(profile.title for profile in profiles.values())
    lists = [profile for profile in profiles.values() if not profile.canonical]
    assert all(profile.published for profile in lists)
    # One list does not say whether it is in euro or in pounds.
    unsaid = [profile.id for profile in lists if not profile.programme.get("currency")]
    assert unsaid == ["uk_northern_ireland_2014_2020"]


def test_a_profile_beside_the_data_is_found_by_its_name_and_by_its_file(tmp_path):
    text = '[tables.calls.columns]\ncall_id = "Call"\n'
    (tmp_path / "ours.toml").write_text(text, encoding="utf-8")
    assert load_profile("ours", folder=tmp_path) == load_profile("ours.toml", folder=tmp_path)
    assert load_profile(tmp_path / "ours.toml").required_headings == ("Call",)


def test_an_unknown_profile_is_answered_with_the_nearest_names(tmp_path):
    message = refusal(lambda: load_profile("canonica", folder=tmp_path))
    assert "There is no profile 'canonica'. Name one of canonical, or a TOML file" in message
    assert "There is no profile file" in refusal(lambda: load_profile(tmp_path / "no.toml"))


def test_a_file_that_is_not_toml_is_refused_with_its_place(tmp_path):
    (tmp_path / "ours.toml").write_text("a = = 1", encoding="utf-8")
    assert "line 1" in refusal(lambda: load_profile("ours", folder=tmp_path))


def test_the_example_of_the_documentation_is_a_profile():
    text = (Path(__file__).parents[1] / "docs/profiles.md").read_text(encoding="utf-8")
    (example,) = [
        block for block in re.findall(r"```toml\n(.*?)```", text, re.S) if "[file]" in block
    ]
    profile = made(**tomllib.loads(example))
    assert profile.file.header_row == 3
    assert len(profile.tables[0].rules) == 10
