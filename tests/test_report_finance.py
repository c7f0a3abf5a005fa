"""Sections on money: what they show, what they leave out, and a simulated fund to show it with."""

import datetime as dt
import re
from dataclasses import replace

import pandas as pd
import pytest

from difass_analysis import finance
from difass_analysis.errors import UsageError
from difass_analysis.loading import example_path, load_all, set_aside
from difass_analysis.programme import Programme, Settings
from difass_analysis.reporting import report
from difass_analysis.reporting.content import Grid, Paragraphs, Picture
from difass_analysis.reporting.language import ENGLISH, Words, words_of
from difass_analysis.reporting.section_aid import aid_section, headroom_sums
from difass_analysis.reporting.section_answers import answers_section
from difass_analysis.reporting.section_funds import funds_section
from difass_analysis.reporting.section_leverage import leverage_section
from difass_analysis.reporting.section_portfolio import loans_section
from difass_analysis.simulation import simulate, simulate_fund
from tests.language_messages import messages
from tests.test_report_language import CODES, unmarked

SECTIONS = (leverage_section, loans_section, funds_section, aid_section, answers_section)


@pytest.fixture(scope="module")
def fund():
    """A simulated fund, small enough to be quick and large enough for every table."""
    return simulate_fund(seed=1, loans=200, years=4)


def tables_of(programme, *names):
    return {name: programme.table(name).drop(columns="simulated") for name in names}


def real(fund, *, published, **tables):
    """The same rows as if they were real, for what depends on who may see them."""
    settings = Settings(id="p", name="Fund", currency="EUR", published=published)
    held = tables or tables_of(fund, "loans", "funds", "aid_awards", "surveys")
    return Programme.from_frames(settings=settings, **held)


def made(section, programme, out, *, words=ENGLISH):
    return section(programme, home="p", out=out, level=0.95, words=words)


def grids(section):
    return {block.id: block for block in section.blocks if isinstance(block, Grid)}


def rows_of(grid):
    return [row for group in grid.groups for row in group.rows]


def texts_of(section):
    """All texts of a section, but for legal sources and what stands inside charts."""
    found = [section.title, section.lead]
    for block in section.blocks:
        if isinstance(block, Grid):
            found += [block.caption, *block.footnotes, *block.remarks]
            found += [column.label for column in block.columns]
            found += [group.title.text for group in block.groups if group.title]
            for row in rows_of(block):
                found += [part for cell in row for part in (cell.text, cell.small)]
        elif isinstance(block, Picture):
            found += [block.title, block.words]
        elif isinstance(block, Paragraphs):
            found += [block.heading, *block.texts]
    return [text for text in found if text]


# --- what is shown -------------------------------------------------------------------


def test_par_and_write_offs_stand_together_with_the_figures_of_the_result(fund, tmp_path):
    section = made(loans_section, fund, tmp_path)
    found = finance.portfolio(fund)
    grid = grids(section)["p-loan-portfolio"]
    risk = next(group for group in grid.groups if group.title.text == "Risk and write-offs")
    shown = {row[0].text: row[1] for row in risk.rows}
    assert shown["PAR30 (over 30 days)"].raw == pytest.approx(found.value("par_30"))
    assert shown["Write-offs a year"].raw == pytest.approx(found.value("write_off_ratio"))
    assert {row[0].text for row in rows_of(grid)} == set(found.frame["label"])
    assert "31 December 2017" in section.lead
    assert "write-offs a year" in section.lead


def test_loans_come_with_their_charts_and_tables_under_stable_names(fund, tmp_path):
    section = made(loans_section, fund, tmp_path)
    pictures = [block.id for block in section.blocks if isinstance(block, Picture)]
    assert pictures == ["p_portfolio_risk", "p_ageing", "p_vintages", "p_roll_rates"]
    names = ("portfolio", "ageing", "vintages", "roll_rates", "expected_loss")
    for name in names:
        assert (tmp_path / f"tables/p_{name}.csv").is_file()
        assert (tmp_path / f"tables/p_{name}.xlsx").is_file()
    ageing = pd.read_csv(tmp_path / "tables/p_ageing.csv")
    loans = fund.table("loans")
    last = loans[loans["snapshot_date"] == loans["snapshot_date"].max()]
    assert ageing["outstanding_amount"].sum() == pytest.approx(last["outstanding_amount"].sum())
    assert ageing["simulated"].all()


def test_a_tape_of_one_date_says_why_it_has_no_transitions(tmp_path):
    loans = pd.DataFrame(
        {
            "loan_id": ["a", "b"],
            "snapshot_date": [dt.date(2017, 12, 31)] * 2,
            "outstanding_amount": [900.0, 100.0],
            "overdue_days": [0, 45],
        }
    )
    programme = real(None, published=True, loans=loans)
    said = " ".join(texts_of(made(loans_section, programme, tmp_path)))
    assert "PAR30 (over 30 days): 10.0 %; write-offs a year: not known" in said
    assert "Not computed: The loan tape has fewer than two dates" in said
    assert "Not computed: The loan tape has no disbursement_date" in said


def test_a_tape_that_cannot_be_added_up_gives_its_reason_and_no_figure(tmp_path):
    loans = pd.DataFrame({"loan_id": ["a"], "snapshot_date": [dt.date(2017, 12, 31)]})
    section = made(loans_section, real(None, published=True, loans=loans), tmp_path)
    assert not grids(section)
    assert "no outstanding_amount" in section.blocks[0].texts[0]


def test_revolving_measures_and_first_round_leverage_are_rows_of_their_own(fund, tmp_path):
    grid = grids(made(funds_section, fund, tmp_path))["p-fund-measures"]
    measures = finance.revolving(fund).frame.set_index("measure")["value"]
    shown = {row[0].text: row[1].raw for row in rows_of(grid)}
    assert shown["Revolving factor"] == pytest.approx(measures["revolving_factor"])
    assert shown["First-round leverage"] == pytest.approx(measures["first_round_leverage"])
    assert grid.groups[0].title.text == "Simulated loan fund, 2014\u20132017"


def test_the_same_scheme_scores_by_definition(tmp_path):
    scheme = next(one for one in load_all(example_path()) if one.id.startswith("emilia"))
    section = made(leverage_section, scheme, tmp_path)
    assert section.lead.startswith("The same money scores 1.33 (Private per public money) to 2.33")
    grid = grids(section)["p-leverage-definitions"]
    values = {row[0].text: row[1] for row in rows_of(grid)}
    assert values["Private per public money"].text == "1.33"
    assert values["Leverage, 2021-2027"].missing
    assert values["Leverage, 2021-2027"].marks
    assert "1,33" in made(leverage_section, scheme, tmp_path, words=words_of("it")).lead


def test_expected_and_achieved_leverage_stand_side_by_side(tmp_path):
    programme = simulate(seed=1, operations=60, regions=1, panel_firms=40)
    found = finance.expected_and_achieved(programme).frame.iloc[0]
    grid = grids(made(leverage_section, programme, tmp_path))["p-leverage-progress"]
    assert [row[1].raw for row in rows_of(grid)] == [
        pytest.approx(found["expected"]),
        pytest.approx(found["achieved"]),
    ]


def test_aid_is_shown_in_sums_and_above_without_names(tmp_path):
    awards = pd.DataFrame(
        {
            "award_id": ["award1", "award2", "award3", "award4"],
            "sme_id": ["firm1", "firm1", "firm2", "firm3"],
            "granting_date": [dt.date(2016, 3, 1), dt.date(2017, 5, 1)] + [dt.date(2017, 6, 1)] * 2,
            "aid_amount": [150_000.0, 60_000.0, 190_000.0, 1000.0],
            "legal_basis": ["1407/2013", "1407/2013", "1407/2013", None],
            "country_code": "IT",
        }
    )
    section = made(aid_section, real(None, published=True, aid_awards=awards), tmp_path)
    (row,) = rows_of(grids(section)["p-aid-headroom"])
    # ceiling, aid, aid without a basis, undertakings, without headroom, little left, not known
    assert [cell.text for cell in row[1:]] == ["200,000", "400,000", "1,000", "3", "1", "1", "0"]
    assert "ceiling unverified" in row[0].small
    (above,) = rows_of(grids(section)["p-aid-above"])
    assert [cell.text for cell in above] == [
        *("1 May 2017", "1407/2013", "60,000", "210,000", "200,000", "10,000")
    ]
    written = [path.read_text() for path in (tmp_path / "tables").glob("*.csv")]
    assert len(written) == 2
    for text in (*texts_of(section), *written):
        assert not re.search(r"(firm|award)\d", text)


def test_sums_of_headroom_agree_with_the_undertakings(fund):
    found = finance.aid_headroom(fund, date=dt.date(2017, 12, 31))
    sums = headroom_sums(found)
    assert sums["undertakings_count"].sum() == len(found.frame)
    assert sums["aid_amount"].sum() == pytest.approx(found.frame["aid_amount"].sum())


def test_answers_are_those_on_additionality_only(fund, tmp_path):
    surveys = tables_of(fund, "surveys")["surveys"]
    happy = surveys[surveys["question"] == "anyway_scale"].assign(
        question="satisfaction", answer="5"
    )
    asked = real(None, published=True, surveys=pd.concat([surveys, happy]))
    grid = grids(made(answers_section, asked, tmp_path))["p-survey-answers"]
    assert len(grid.groups) == 4
    for group in grid.groups:
        assert sum(row[1].raw for row in group.rows) == pytest.approx(1)
    assert made(answers_section, real(None, published=True, surveys=happy), tmp_path) is None


@pytest.mark.parametrize("section", SECTIONS)
def test_without_its_data_a_section_does_not_appear(section, tmp_path):
    partners = pd.DataFrame({"partner_id": ["p"], "name": ["Q"]})
    assert made(section, real(None, published=True, partners=partners), tmp_path) is None
    assert not list(tmp_path.iterdir())


# --- what must not leave -------------------------------------------------------------


@pytest.mark.parametrize("section", SECTIONS[1:])
def test_of_data_that_are_not_public_nothing_is_shown_and_it_is_said(section, fund, tmp_path):
    found = made(section, real(fund, published=False), tmp_path)
    (block,) = found.blocks
    assert "they are not public" in block.texts[0]
    assert not re.search(r"\d", " ".join(texts_of(found)).replace("III", ""))
    assert not list(tmp_path.iterdir())


def test_leverage_of_operations_that_are_not_public_is_closed_that_of_totals_is_not(tmp_path):
    calls = pd.DataFrame(
        {"call_id": ["a"], "year": [2017], "public_amount": [3e6], "private_amount": [4e6]}
    )
    operations = pd.DataFrame(
        {"operation_id": ["o"], "beneficiary_id": ["b"], "public_amount": [3e6]}
    )
    totals = made(leverage_section, real(None, published=False, calls=calls), tmp_path)
    assert "p-leverage-definitions" in grids(totals)
    single = real(None, published=False, calls=calls, operations=operations)
    assert not grids(made(leverage_section, single, tmp_path))


def test_the_switch_opens_the_sections_of_the_page(fund, tmp_path):
    closed = real(fund, published=False, **tables_of(fund, "surveys"))
    html = report(closed, tmp_path / "on").read_text()
    assert "they are not public: disclosure control does not cover" in html
    assert "p-survey-answers" not in html
    html = report(closed, tmp_path / "off", disclosure="off").read_text()
    assert "p-survey-answers" in html
    assert (tmp_path / "off/tables/p_answers.csv").is_file()


# --- languages -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def marked():
    """A language that puts every text of the package into brackets."""
    return Words(code="fr", texts={text: f"\u27e6{text}\u27e7" for text in messages()})


@pytest.mark.parametrize("section", SECTIONS)
def test_no_english_is_left(section, fund, marked, tmp_path):
    shown = fund
    if section is leverage_section:
        shown = simulate(seed=1, operations=60, regions=1, panel_firms=40)
    found = made(section, shown, tmp_path, words=marked)
    own = {"PAR30"}
    own |= set(shown.table("surveys")["answer"]) if "surveys" in shown.tables else set()
    left = [
        text
        for text in texts_of(found)
        if text not in own
        and not re.match(r"Regulation|.*Art\. |\d{4}-Q\d|\d+ \w+ \d{4}$", text)
        and not all(
            word in own or CODES.fullmatch(word)
            for word in re.findall(
                r"[^\s();,:]+", unmarked(text.replace("Simulated loan fund", ""))
            )
        )
    ]
    assert left == []


def test_italian_numbers_and_words(fund, tmp_path):
    section = made(loans_section, fund, tmp_path, words=words_of("it"))
    assert section.title == "Prestiti"
    par = finance.portfolio(fund).value("par_30")
    assert f"{par * 100:.1f}".replace(".", ",") + "%" in section.lead
    assert "PAR30 (oltre 30 giorni)" in section.lead


# --- the simulated fund --------------------------------------------------------------


def test_the_same_seed_gives_the_same_fund_and_every_row_is_marked():
    one, same, other = (simulate_fund(seed=seed, loans=50, years=3) for seed in (1, 1, 2))
    for name in one.tables:
        pd.testing.assert_frame_equal(one.table(name), same.table(name))
        assert one.table(name)["simulated"].all()
    assert not one.table("loans").equals(other.table("loans"))


def test_the_years_of_the_fund_are_the_sums_of_its_tape(fund):
    loans, years = fund.table("loans"), fund.table("funds").set_index("year")
    first = loans.drop_duplicates("loan_id")
    lent = first.groupby(pd.to_datetime(first["disbursement_date"]).dt.year)["principal_amount"]
    assert lent.sum().to_dict() == pytest.approx(years["disbursed_amount"].to_dict())
    last = loans.sort_values("snapshot_date").drop_duplicates("loan_id", keep="last")
    gone = last["principal_amount"] - last["outstanding_amount"] - last["written_off_amount"]
    assert gone.sum() == pytest.approx(years["repaid_amount"].sum())
    assert (years["reused_amount"] <= years["disbursed_amount"] + 0.01).all()


def test_no_rule_objects_to_the_simulated_fund(fund):
    assert set_aside(fund).findings.count("error") == 0
    assert set_aside(fund).findings.count("warning") == 0


def test_a_fund_in_which_nobody_is_late_loses_nothing():
    sound = simulate_fund(seed=3, loans=60, years=3, missed=0.0)
    found = finance.portfolio(sound)
    assert found.value("par_1_unrestructured") == 0
    assert found.value("write_off_ratio") == 0


@pytest.mark.parametrize(
    "wrong", [{"seed": -1}, {"loans": 5}, {"years": 2}, {"missed": 1.5}], ids=str
)
def test_what_cannot_be_simulated_is_refused(wrong):
    with pytest.raises(UsageError, match=next(iter(wrong))):
        simulate_fund(**wrong)


def test_the_mark_of_the_switch_reaches_the_topics_only(fund, tmp_path):
    """Sections know that control is off; the programme itself keeps its status."""
    closed = real(fund, published=False, **tables_of(fund, "surveys"))
    assert closed.provenance.disclosure == "required"
    opened = replace(closed, provenance=replace(closed.provenance, disclosure="off"))
    assert grids(made(answers_section, opened, tmp_path))
