"""A programme written out and loaded again says the same of itself."""

import pandas as pd
import pytest

import difass_analysis as da
from difass_analysis.cli import main as difass
from difass_analysis.export.working import write_programme

SETTINGS = """
id = "grants"
name = "Grants of the \\"north\\""
currency = "EUR"
published = true
caveats = ["Converted from HUF at yearly averages."]

[disclosure]
minimum = 4

[[budget]]
amount = 1000
currency = "EUR"
column = "public_amount"

[[indicators]]
id = "early"
label = "Early public money"
unit = "{currency}"
direction = "none"
definition = "Public money of 2017 and before."
source = "Own."
numerator = [{ sum = "operations.public_amount", filter = { year = ["2016", "2017"] } }]

[[sources]]
file = "operations.csv"
table = "operations"
"""


def test_settings_survive_being_written_and_read(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    (first / "programme.toml").write_text(SETTINGS, encoding="utf-8")
    rows = pd.DataFrame({"operation_id": ["a", "b"], "year": [2016, 2018]})
    rows.assign(public_amount=[3, 4]).to_csv(first / "operations.csv", index=False)
    given = da.load(first)
    write_programme(given, second)
    again = da.load(second)
    for name in ("id", "name", "currency", "published", "disclosure", "budgets", "caveats"):
        assert getattr(again.settings, name) == getattr(given.settings, name), name
    table = da.measure(again, indicators=["early"])
    assert table.frame["value"].tolist() == [3.0]
    assert "Converted from HUF at yearly averages." in table.caveats


def test_a_currency_before_the_command_converts_all_that_follows(tmp_path, capsys):
    (tmp_path / "programme.toml").write_text(
        'id = "hu"\nname = "Grants"\ncurrency = "HUF"\npublished = true\n\n'
        '[[sources]]\nfile = "operations.csv"\n',
        encoding="utf-8",
    )
    rows = pd.DataFrame({"operation_id": ["a"], "year": [2015], "public_amount": [3_000_000]})
    rows.to_csv(tmp_path / "operations.csv", index=False)
    with pytest.raises(SystemExit) as end:
        difass(["--currency", "eur", "indicators", str(tmp_path), "--indicator", "public"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    # The average of 2015 was 310.00 forint to the euro.
    assert "9,677" in text or "9,678" in text
    assert "Amounts converted from HUF to EUR" in text
    with pytest.raises(SystemExit) as end:
        difass(["--currency", "XX", "indicators", str(tmp_path)])
    assert end.value.code == 2
    assert "There is no currency 'XX'." in capsys.readouterr().err
