"""Sections of the page: topics, regions, quality of the data, checklist, claims and origin."""

import re
from dataclasses import replace
from html import unescape

import pandas as pd
import pytest

from difass_analysis.loading import example_path, load_all, set_aside
from difass_analysis.programme import Programme, Settings
from difass_analysis.reporting import report, topics
from difass_analysis.reporting.checklist import POINTS, answers
from difass_analysis.reporting.content import Chapter, Paragraphs
from difass_analysis.reporting.figures import measured
from difass_analysis.reporting.language import ENGLISH
from difass_analysis.reporting.outputs import homes
from difass_analysis.reporting.rendering import page_bytes
from difass_analysis.reporting.safety import safe_figures
from difass_analysis.reporting.sections import Section

OPERATIONS = pd.DataFrame(
    {
        "operation_id": [f"o{n}" for n in range(60)],
        "region": [f"IT{'CHI'[n % 3]}{1 + n % 2}" for n in range(60)],
        "beneficiary_id": [f"b{n}" for n in range(60)],
        "public_amount": [1000.0 + 10 * n for n in range(60)],
        "private_amount": [500.0 + 7 * (n % 5) for n in range(60)],
    }
)


def programme(*, published=True, **tables):
    settings = Settings(id="p", name="Scheme", currency="EUR", published=published)
    return set_aside(Programme.from_frames(settings=settings, **tables))


def text_of(html):
    html = re.sub(r"<(style|svg)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def checked(programme):
    figures = safe_figures(measured(programme, level=0.95), programme, disclosure="on")
    return dict(answers(programme, figures, words=ENGLISH))


@pytest.fixture(scope="module")
def emilia():
    return next(one for one in load_all(example_path()) if one.id.startswith("emilia"))


@pytest.fixture(scope="module")
def regional(tmp_path_factory):
    return report(programme(operations=OPERATIONS), tmp_path_factory.mktemp("regions"))


# --- topics --------------------------------------------------------------------------


def test_a_topic_appears_on_the_page_and_in_the_contents_only_where_it_has_data(
    tmp_path, monkeypatch
):
    def events(programme, *, home, out, level, words):
        if "events" not in programme.tables:
            return None
        return Section(
            id="meetings",
            title="Meetings held",
            lead="What was held.",
            blocks=(Paragraphs(texts=("One & all",), heading="Heading", listed=True),),
        )

    monkeypatch.setattr(topics, "TOPICS", (events,))
    held = pd.DataFrame({"event_id": ["e"], "name": ["Forum"]})
    html = report(programme(events=held), tmp_path / "with").read_text()
    assert '<a href="#p-meetings">Meetings held</a>' in html
    assert 'id="p-meetings"' in html
    assert "<li>One &amp; all</li>" in html
    without = report(programme(operations=OPERATIONS), tmp_path / "without").read_text()
    assert "meetings" not in without.lower()


def test_children_stand_one_heading_deeper_and_are_folded():
    child = Section(id="a", title="Child", folded=True)
    parent = Section(id="all", title="Parent", children=(child,))
    chapter = Chapter(
        id="p",
        name="P",
        description="",
        simulated=False,
        frame=(),
        verdict="",
        source="",
        sections=(parent,),
    )
    html = page_bytes([chapter], version="1", level=0.95).decode()
    assert '<h3 id="p-all-title">Parent</h3>' in html
    assert '<summary><h4 id="p-a-title">Child</h4></summary>' in html


# --- regions -------------------------------------------------------------------------


def test_each_region_has_a_folded_section_with_its_figures(regional):
    html = regional.read_text()
    parts = re.findall(r"<details>.*?</details>", html, flags=re.DOTALL)
    assert len(parts) == OPERATIONS["region"].nunique() == 6
    first = OPERATIONS[OPERATIONS["region"] == "ITC1"]
    ratio = first["private_amount"].sum() / first["public_amount"].sum()
    text = text_of(parts[0])
    assert text.startswith("ITC1")
    assert f"{ratio:.2f}" in text
    assert re.search(r"Interval or bounds n Private money .* 0\.\d+ to 0\.\d+ 10", text)


def test_the_figures_of_the_regions_stand_in_a_file(regional):
    frame = pd.read_csv(regional.parent / "tables/p_regions.csv")
    assert set(frame["region"]) == set(OPERATIONS["region"])
    assert "private_per_public" in set(frame["indicator"])


def test_one_region_alone_makes_no_section(tmp_path):
    alone = OPERATIONS.assign(region="ITC1")
    assert "<details" not in report(programme(operations=alone), tmp_path).read_text()


def test_a_page_of_thirty_regions_stays_under_one_megabyte(tmp_path):
    many = OPERATIONS.loc[OPERATIONS.index.repeat(5)].reset_index(drop=True)
    many = many.assign(
        operation_id=[f"o{n}" for n in range(300)],
        beneficiary_id=[f"b{n}" for n in range(300)],
        region=[f"R{n % 30:02d}" for n in range(300)],
        mechanism="grant",
    )
    page = report(programme(operations=many), tmp_path)
    assert page.read_text().count("<details>") == 30
    assert page.stat().st_size < 1_000_000


def test_figures_of_regions_are_withheld_with_the_others(tmp_path):
    few = OPERATIONS.assign(region=["ITC1", "ITC1", *["ITH5", "ITI1"] * 29])
    html = report(programme(published=False, operations=few), tmp_path).read_text()
    part = next(p for p in re.findall(r"<details>.*?</details>", html, re.DOTALL) if "ITC1" in p)
    cells = re.findall(r'data-label="Value"[^>]*>(.*?)</td>', part, re.DOTALL)
    assert cells
    assert all("withheld" in cell for cell in cells)
    frame = pd.read_csv(tmp_path / "tables/p_regions.csv")
    assert frame.loc[frame["region"] == "ITC1", "value"].isna().all()


# --- quality -------------------------------------------------------------------------


def test_findings_are_counted_by_rule_and_rows_set_aside_by_reason(tmp_path):
    wrong = OPERATIONS.assign(public_amount=[-1.0, *OPERATIONS["public_amount"][1:]])
    text = text_of(report(programme(operations=wrong), tmp_path).read_text())
    assert "Findings: errors 1, warnings 0, notes 0." in text
    assert re.search(r"Below range operations error \d+ 1 0", text)
    assert "Rows set aside" in text
    assert (tmp_path / "tables/p_rules.csv").is_file()


def test_totals_are_held_against_their_parts(emilia, tmp_path):
    text = text_of(report(emilia, tmp_path).read_text())
    part = text[text.index("Rules that hold totals") :]
    assert re.search(r"Call totals infeasible calls warning 2 1 0", part)
    assert re.search(r"Of 181 rows read 181 were kept and 0 set aside", text)


# --- checklist -----------------------------------------------------------------------


def test_every_point_is_answered_from_the_data(emilia):
    found = checked(emilia)
    assert tuple(found) == POINTS
    answer = list(found.values())
    assert "private money ÷ public money granted" in answer[0]
    assert "Years: 2017\u20132018." in answer[0]
    assert "200 to 370" in answer[1]
    assert "All figures are gross" in answer[2]
    assert "Step I (monitoring), not scored" in answer[3]
    assert answer[4] == "Prices: current. Currency: Euro (EUR). Regions: NUTS 2016."
    assert "Call totals infeasible (1)" in answer[5]
    assert "Scheme totals infeasible (1)" in answer[5]
    assert "assumed values" in answer[6]
    assert answer[7] == "The data are public by law: no figure is withheld."
    assert "Exports, employment, turnover and survival" in answer[8]


def test_what_the_data_do_not_say_is_not_stated():
    found = checked(programme(partners=pd.DataFrame({"partner_id": ["p"], "name": ["Q"]})))
    assert found[POINTS[0]] == "not stated"
    assert found[POINTS[6]] == "not stated"
    assert "Prices: not stated" in found[POINTS[4]]


def test_withheld_figures_are_counted_by_kind_of_rule(tmp_path):
    few = OPERATIONS.assign(region=["ITC1", "ITC1", *["ITH5", "ITI1"] * 29])
    report(programme(published=False, operations=few), tmp_path)
    frame = pd.read_csv(tmp_path / "tables/p_checklist.csv").set_index("number")
    assert re.search(r"Figures withheld: .*too few contributors", frame.loc[8, "answer"])


# --- claims and origin ---------------------------------------------------------------


def test_every_kind_of_claim_has_its_step(emilia, tmp_path):
    text = text_of(report(emilia, tmp_path).read_text())
    part = text[text.index("What can be claimed") :]
    for step in ("I ", "II ", "III ", "IV ", "V ", "VI "):
        assert f"Step {step}(" in part
    assert "Counted from 2 rows of calls." in part


def test_reasons_of_claims_tell_no_counts_of_data_that_are_not_public(tmp_path):
    text = text_of(report(programme(published=False, operations=OPERATIONS), tmp_path).read_text())
    assert "60 rows of operations" not in text
    assert "The tables that it needs are there." in text


def test_whole_hashes_settings_versions_and_the_given_date_are_on_the_page(emilia, tmp_path):
    settings = {**emilia.provenance.settings, "date": "2026-01-02"}
    dated = replace(emilia, provenance=replace(emilia.provenance, settings=settings))
    text = text_of(report(dated, tmp_path).read_text())
    for record in emilia.provenance.files:
        assert record.sha256 in text
    assert "Date of the run 2026-01-02" in text
    assert f"difass_analysis {emilia.provenance.version}" in text
    assert re.search(r"duckdb \d", text)


def test_key_figures_stand_in_sentences_with_their_intervals(regional):
    text = text_of(regional.read_text())
    assert re.search(
        r"Private money per unit of public money: 0\.\d+ EUR per EUR\. "
        r"Confidence interval \(95 %\): 0\.\d+ to 0\.\d+\.",
        text,
    )
    assert homes([programme(operations=OPERATIONS)]) == ["p"]


def test_numbers_carry_what_a_script_sorts_by(regional):
    html = regional.read_text()
    assert 'data-sort="number"' in html
    assert 'data-value="60.0"' in html
    assert html.count("<script") == 1
