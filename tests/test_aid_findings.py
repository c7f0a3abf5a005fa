"""State aid in files: findings, the command, and what leaves."""

import datetime as dt

import pandas as pd
import pytest

from difass_analysis.cli import main as difass
from difass_analysis.loading import load
from difass_analysis.programme import Programme
from difass_analysis.programme.settings import Settings
from difass_analysis.validation import find_problems
from difass_analysis.validation.aid import find_circles
from tests.tables import frame_of

AWARDS = """
award_id | sme_id | granting_date | aid_amount | currency | legal_basis
a        | x      | 2022-03-01    |  150000    | EUR      | 1407/2013
b        | x      | 2024-05-01    |  100000    | EUR      | 2023/2831
c        | y      |               |   50000    | EUR      | 2023/2831
d        | y      | 2024-06-01    |   -5000    | EUR      | 2023/2831
e        | z      | 2024-06-01    |   80000    | EUR      |  |
f        | z      | 2024-06-01    |  310000    | EUR      | de minimis
"""
OWNERS = """
sme_id | owner_id | held_share
x      | y        | 0.6
y      | x        | 0.6
z      | z        | 0.1
y      | w        | 0.5
"""


def rules_of(currency="EUR", **tables):
    frames = {name: frame_of(text) for name, text in tables.items()}
    programme = Programme.from_frames(
        settings=Settings(id="p", name="p", currency=currency), **frames
    )
    found = find_problems(programme).frame
    return {
        str(rule): list(zip(rows["key"], rows["message"], strict=True))
        for rule, rows in found.groupby("rule")
    }


def test_findings_on_awards():
    found = rules_of(aid_awards=AWARDS)
    assert [key for key, _ in found["award_without_date"]] == ["c"]
    assert [key for key, _ in found["below_range"]] == ["d"]
    assert "1 of 6 awards" in found["award_without_basis"][0][1]
    assert [key for key, _ in found["aid_window_crosses_change"]] == ["b"]
    assert "1407/2013 to 2023/2831" in found["aid_window_crosses_change"][0][1]
    assert "aid_in_two_currencies" not in found
    assert "aid_currency_unknown" not in found


def test_findings_on_currencies():
    other = AWARDS.replace("100000    | EUR", "100000    | HUF")
    assert "EUR (5), HUF (1)" in rules_of(aid_awards=other)["aid_in_two_currencies"][0][1]
    wrong = AWARDS.replace("100000    | EUR", "100000    | €  ")
    assert [key for key, _ in rules_of(aid_awards=wrong)["aid_currency_unknown"]] == ["b"]
    blank = AWARDS.replace("| EUR ", "|     ")
    assert len(rules_of(aid_awards=blank, currency="")["aid_currency_unknown"]) == 6
    assert "aid_currency_unknown" not in rules_of(aid_awards=blank)


def test_a_window_of_more_than_three_years_does_not_cross():
    far = AWARDS.replace("2022-03-01", "2021-04-30")
    assert "aid_window_crosses_change" not in rules_of(aid_awards=far)
    assert "aid_window_crosses_change" in rules_of(
        aid_awards=AWARDS.replace("2022-03-01", "2021-05-01")
    )


def test_findings_on_ownership():
    found = rules_of(ownership=OWNERS)
    circles = dict(found["ownership_circular"])
    assert set(circles) == {"x", "z"}
    assert circles["x"] == "2 enterprises hold each other in a circle: x > y > x."
    assert circles["z"] == "It holds a part of itself."
    assert [key for key, _ in found["ownership_above_whole"]] == ["y"]
    assert "110.0000%" in found["ownership_above_whole"][0][1]


def test_one_circle_of_a_knot_and_every_own_share_are_found():
    # a to b to c to a, and b back to a: the shortest of both; d hangs on and holds itself.
    owns = {"a": {"b"}, "b": {"c", "a"}, "c": {"a", "d"}, "d": {"d"}, "e": {"f"}, "f": {"e"}}
    assert find_circles(owns) == [["a", "b"], ["d"], ["e", "f"]]
    assert find_circles({"a": {"b"}, "b": {"c"}}) == []
    ring = {str(one): {str((one + 1) % 500)} for one in range(500)}
    assert [len(circle) for circle in find_circles(ring)] == [500]


@pytest.fixture
def folder(tmp_path):
    frame_of(AWARDS).to_csv(tmp_path / "aid_awards.csv", index=False)
    owners = "sme_id | owner_id | held_share\n y | x | 0.6"
    frame_of(owners).to_csv(tmp_path / "ownership.csv", index=False)
    firms = """
    sme_id | name           | headcount | turnover_amount | balance_amount
    x      | A Name Limited | 12        | 1000000         | 900000
    y      | B Name Limited | 6         | 400000          | 200000
    z      | C Name Limited |           |                 |  |
    """
    frame_of(firms).to_csv(tmp_path / "enterprises.csv", index=False)
    sources = "".join(
        f'[[sources]]\nfile = "{name}.csv"\ntable = "{name}"\n'
        for name in ("aid_awards", "ownership", "enterprises")
    )
    (tmp_path / "programme.toml").write_text(
        f'id = "t"\nname = "Test"\ncurrency = "EUR"\n{sources}', encoding="utf-8"
    )
    return tmp_path


def test_a_negative_award_is_set_aside_when_loaded(folder):
    assert load(folder).table("aid_awards")["award_id"].tolist() == ["a", "b", "c", "e", "f"]


def test_command_prints_headroom_above_and_unknown(folder, capsys, monkeypatch):
    monkeypatch.delenv("DIFASS_KEY", raising=False)
    with pytest.raises(SystemExit) as end:
        difass(["aid", str(folder), "--date", "2024-12-31"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    for part in ("2023/2831", "for comparison", "10,000", "Not judged, no granting date: 1 award"):
        assert part in text, part
    assert "Name Limited" not in text
    assert "undertaking 1" in text
    assert "unverified" in text
    assert "Size classes" in text


def test_command_hashes_identifiers_where_there_is_a_key(folder, capsys, monkeypatch):
    monkeypatch.setenv("DIFASS_KEY", "a long and secret key of words")
    with pytest.raises(SystemExit):
        difass(["aid", str(folder)])
    text = capsys.readouterr().out
    assert "undertaking 1" not in text
    assert "2024-06-01" in text


def test_files_of_data_that_are_not_public_need_a_word(folder, capsys, monkeypatch):
    monkeypatch.setenv("DIFASS_KEY", "a long and secret key of words")
    target = folder / "out" / "headroom.csv"
    with pytest.raises(SystemExit) as end:
        difass(["aid", str(folder), "--out", str(target)])
    assert end.value.code == 2
    assert not target.exists()
    with pytest.raises(SystemExit) as end:
        difass(["aid", str(folder), "--out", str(target), "--disclosure", "off"])
    assert end.value.code == 0
    written = pd.read_csv(target)
    assert set(written["undertaking_id"]).isdisjoint({"x", "y", "z"})
    # By the Regulation in force; by the older one the ceiling is used up anyway.
    assert written["headroom_amount"].isna().sum() == 1
    capsys.readouterr()


@pytest.mark.parametrize(
    "options", [["--date", "soon"], ["--disclosure", "maybe"], ["--fiscal-year-starts", "13"]]
)
def test_wrong_options_are_sentences(folder, capsys, options):
    with pytest.raises(SystemExit) as end:
        difass(["aid", str(folder), *options])
    assert end.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_dates_as_the_engine_gives_them(folder):
    assert isinstance(load(folder).table("aid_awards")["granting_date"].iloc[0], dt.date)
