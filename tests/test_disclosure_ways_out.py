"""Every way out: report, command line and files hold no withheld figure, no name, no parameter."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import difass_analysis as da
from difass_analysis.cli.app import app
from difass_analysis.loading import set_aside
from difass_analysis.reporting import report
from tests.confidential import OPERATIONS, programme

#: Public money of S, as a number and not as a part of one, nor of the path of a drawn line.
FIGURE_OF_SOUTH = re.compile(r"(?<![\d.])903(\.0+)?(?![\d.])")

DRAWN = r' (d|points|transform|viewBox|x|y|id)="[^"]*"'


def texts_of(folder: Path) -> dict[str, str]:
    """All text that a report wrote, lines of pictures left out."""
    kinds = {".csv", ".svg", ".html", ".json"}
    return {
        path.name: re.sub(
            r' (d|points|transform|viewBox|x|y|id)="[^"]*"', "", path.read_text("utf-8")
        )
        for path in folder.rglob("*")
        if path.suffix in kinds
    }


def test_nothing_of_a_report_tells_a_withheld_figure(tmp_path: Path) -> None:
    page = report(programme(), tmp_path).read_text(encoding="utf-8")
    assert "figures are withheld as confidential" in page
    table = pd.read_csv(tmp_path / "tables" / "own_indicators_by_year.csv")
    assert len(table) > 4
    off = report(programme(), tmp_path / "off", disclosure="off").read_text(encoding="utf-8")
    assert "Disclosure control was switched off." in off


def test_a_report_withholds_by_region(tmp_path: Path) -> None:
    own = programme(OPERATIONS.drop(columns="year"))
    report(own, tmp_path)
    table = pd.read_csv(tmp_path / "tables" / "own_indicators_by_region.csv")
    public = table[table["indicator"] == "public"].set_index("region")["value"]
    assert public.isna()[["E", "S"]].all()
    texts = texts_of(tmp_path)
    assert len(texts) > 5
    for name, text in texts.items():
        assert not FIGURE_OF_SOUTH.search(text), name
    report(own, tmp_path / "off", disclosure="off")
    assert any(FIGURE_OF_SOUTH.search(text) for text in texts_of(tmp_path / "off").values())


def test_findings_beside_a_page_name_no_values(tmp_path: Path) -> None:
    rows = OPERATIONS.assign(public_amount=OPERATIONS["public_amount"].replace({900.0: -900.0}))
    own = programme(rows.drop(columns=["year", "region"]))
    own = set_aside(replace(own, findings=da.check(own)))
    assert own.findings.count("error") == 1
    report(own, tmp_path)
    written = pd.read_csv(tmp_path / "findings.csv")
    assert set(written["value"]) == {"withheld: confidential"}
    assert not written["message"].astype("str").str.contains("900").any()


# --- the command line ----------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A programme on disk whose rules are its own, and which is not declared public."""
    home = tmp_path / "own"
    home.mkdir()
    rows = OPERATIONS.drop(columns="year").assign(
        beneficiary_name=[f"Name of {one}" for one in OPERATIONS["beneficiary_id"]]
    )
    rows.to_csv(home / "operations.csv", index=False)
    (home / "programme.toml").write_text(
        'id = "own"\nname = "An own programme"\ncurrency = "EUR"\n'
        "[disclosure]\nminimum = 3\np = 11.7531\n"
        '[[sources]]\nfile = "operations.csv"\ntable = "operations"\nprofile = "canonical"\n'
    )
    return home


def run(*arguments: str) -> str:
    found = CliRunner().invoke(app, list(arguments))
    assert found.exit_code == 0, found.output
    return found.output


def test_indicators_on_the_command_line(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    printed = run("indicators", str(folder), "--by", "region", "--indicator", "public,private",
                  "--out", str(out))  # fmt: skip
    table = pd.read_csv(out).set_index(["indicator", "region"])["value"]
    assert table["public"].isna()[["E", "S"]].all() and table["public"].notna()[["N", "W"]].all()
    assert "withheld as confidential" in " ".join(printed.split())
    assert not FIGURE_OF_SOUTH.search(printed)
    off = run("--disclosure", "off", "indicators", str(folder), "--by", "region",
              "--indicator", "public")  # fmt: skip
    assert FIGURE_OF_SOUTH.search(off) and "switched off" in " ".join(off.split())


@pytest.mark.parametrize("over", [(), ("--over", "support_form")])
def test_compare_on_the_command_line(folder: Path, tmp_path: Path, over: tuple[str, ...]) -> None:
    rows = pd.read_csv(folder / "operations.csv").assign(support_form="grant")
    rows.to_csv(folder / "operations.csv", index=False)
    out = tmp_path / "a.csv"
    run("compare", str(folder), "--by", "region", "--out", str(out), *over)
    table = pd.read_csv(out)
    assert table.loc[table["region"].isin(["S", "E"]), "value"].isna().all()
    if not over:
        svg = run("compare", str(folder), "--by", "region", "--out", str(tmp_path / "a.svg"))
        assert svg


def test_report_on_the_command_line(folder: Path, tmp_path: Path) -> None:
    """No withheld figure, no name, no identifier and no parameter in any file."""
    run("report", str(folder), "--out", str(tmp_path / "page"))
    texts = texts_of(tmp_path / "page")
    assert "index.html" in texts and len(texts) > 5
    for name, text in texts.items():
        assert not FIGURE_OF_SOUTH.search(text), name
        assert "Name of" not in text, name
        assert "11.75" not in text and "minimum" not in text, name
    assert "figures are withheld as confidential" in texts["index.html"]
    assert "too few contributors" in texts["index.html"]
    run("report", str(folder), "--out", str(tmp_path / "off"), "--disclosure", "off")
    off = texts_of(tmp_path / "off")
    assert "Disclosure control was switched off." in off["index.html"]
    assert any(FIGURE_OF_SOUTH.search(text) for text in off.values())


def test_distinct_counts_are_written_with_the_option_only(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    refused = CliRunner().invoke(app, ["identity", str(folder), "--out", str(out)])
    assert refused.exit_code != 0 and "cannot be protected" in str(refused.exception)
    run("identity", str(folder), "--out", str(out), "--disclosure", "off")
    assert out.exists()


def test_a_public_programme_is_printed_as_such(folder: Path) -> None:
    settings = folder / "programme.toml"
    settings.write_text(
        settings.read_text().replace("[disclosure]", "published = true\n[disclosure]")
    )
    printed = run("indicators", str(folder), "--by", "region", "--indicator", "public")
    assert "public by law" in " ".join(printed.split()) and FIGURE_OF_SOUTH.search(printed)
