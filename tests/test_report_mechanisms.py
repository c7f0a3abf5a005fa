"""Practices, claims, barriers, transfers and framework conditions on the page and in commands."""

import re
from html import unescape

import docx
import pandas as pd
import pytest

from difass_analysis.cli.app import main
from difass_analysis.loading import example_path, load, set_aside
from difass_analysis.programme import Programme, Settings
from difass_analysis.reporting import report
from difass_analysis.reporting.language import ENGLISH, words_of
from difass_analysis.reporting.section_barriers import barriers_section
from difass_analysis.reporting.section_claims import claims_section
from difass_analysis.reporting.section_conditions import (
    conditions_section,
    transferability_section,
)
from difass_analysis.reporting.section_practices import LABELS, practices_section
from difass_analysis.reporting.section_transfers import transfers_section
from difass_analysis.schema.good_practice import practice_fields

PERSON = "Name Of A Person"
PRACTICES = pd.DataFrame(
    {
        "practice_id": ["a", "b"],
        "title": ["Clusters abroad", "A voucher"],
        "short_summary": ["s" * 161, None],
        "region": ["ITH5", "HU"],
        "evidence_of_success": ["12 of 20 firms exported", None],
        "evidence_step": ["II", None],
        "evidence_step_reason": ["a survey of 2018", None],
        "contact": [PERSON, PERSON],
    }
)
CLAIMS = pd.DataFrame(
    {
        "claim_id": ["c1", "c2"],
        "practice_id": ["a", "b"],
        "context": ["Firms that never exported", None],
        "resource": ["a paid fair", "a voucher"],
        "reasoning": ["they dare to go", "they try"],
        "outcome": ["first orders", "a plan"],
        "evidence_for": ["12 of 20 firms, 2018", None],
        "status": ["partly supported", None],
        "strength": ["moderate", None],
    }
)
TESTS = pd.DataFrame(
    {"test_id": ["t"], "claim_id": ["c1"], "test_type": ["hoop"], "result": ["passed"]}
)
LINKS = pd.DataFrame(
    {
        "link_id": ["l1", "l2", "l3"],
        "practice_id": ["a", "a", None],
        "from_result": ["A fair is paid for", "Firms go", "Advice"],
        "to_result": ["Firms go", "First orders", None],
        "evidence_for": ["lists of the fair", None, None],
    }
)
BARRIERS = pd.DataFrame(
    {
        "barrier_id": ["b1", "b2", "b3"],
        "kind_of_statement": ["barrier", "difficulty", "goal"],
        "statement": ["No collateral", "Few promoters", "Growth"],
    }
)
MECHANISMS = pd.DataFrame(
    {
        "mechanism_id": ["m1", "m2"],
        "name": ["Guarantee", "Fair"],
        "instrument_type": ["financial instrument", "event"],
    }
)
ANSWERS = pd.DataFrame(
    {"barrier_link_id": ["k"], "barrier_id": ["b1"], "mechanism_id": ["m1"], "kind": ["derived"]}
)


def programme(**tables):
    settings = Settings(id="p", name="Scheme", simulated=True)
    return set_aside(Programme.from_frames(settings=settings, **tables))


def made(section, held, out, words=ENGLISH):
    return section(held, home="p", out=out, level=0.95, words=words)


def rows_of(grid):
    return [[cell.text for cell in row] for group in grid.groups for row in group.rows]


def grid_of(section, name):
    return next(block for block in section.blocks if getattr(block, "id", "") == name)


def texts_of(section):
    return " ".join(text for block in section.blocks for text in getattr(block, "texts", ()))


def text_of(html):
    html = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


# --- practices -----------------------------------------------------------------------


def test_completeness_step_and_missing_fields_stand_side_by_side(tmp_path):
    section = made(practices_section, programme(practices=PRACTICES), tmp_path)
    grid = grid_of(section, "p-practice-records")
    first, second = rows_of(grid)
    assert first[:3] == ["Clusters abroad", "4 of 11", "II Recipients' opinions"]
    assert first[3].startswith("Detailed information; Resources needed; Start")
    assert second[:3] == ["A voucher", "2 of 11", "not declared"]
    long = grid.groups[0].rows[0][3].small
    assert long == "longer than the form allows: Short summary"
    # Nothing on the page joins the two: no figure but fields out of fields.
    assert [column.label for column in grid.columns if column.number] == ["Filled in"]
    assert "Practices: 2; with a declared step of evidence: 1" in texts_of(section)


def test_each_practice_has_its_fact_sheet_beside_the_page(tmp_path):
    page = report(programme(practices=PRACTICES), tmp_path)
    links = re.findall(r'href="(practices/[^"]+)"', page.read_text())
    assert links == ["practices/p/a.html", "practices/p/b.html"]
    assert all((tmp_path / link).is_file() for link in links)
    assert (tmp_path / "practices/p/a.docx").is_file()
    # The record of the folder knows them, so that a later run can remove them.
    assert "practices/p/a.html" in (tmp_path / "provenance.json").read_text()
    report(programme(practices=PRACTICES.head(1)), tmp_path)
    assert not (tmp_path / "practices/p/b.html").exists()


def test_contacts_are_nowhere_in_the_report(tmp_path):
    report(programme(practices=PRACTICES), tmp_path)
    for path in tmp_path.rglob("*"):
        if path.suffix == ".docx":
            document = docx.Document(str(path))
            cells = [c.text for table in document.tables for row in table.rows for c in row.cells]
            assert PERSON not in " ".join([*cells, *(p.text for p in document.paragraphs)])
        elif path.is_file() and path.suffix != ".xlsx":
            assert PERSON.encode() not in path.read_bytes(), path.name


def test_practices_whose_sheets_would_overwrite_each_other_get_none(tmp_path):
    same = PRACTICES.assign(practice_id=["a b", "a_b"])
    section = made(practices_section, programme(practices=same), tmp_path)
    assert "No fact sheets are written" in texts_of(section)
    assert not list(tmp_path.rglob("*.docx"))
    assert [row[-1] for row in rows_of(grid_of(section, "p-practice-records"))] == ["not known"] * 2


def test_every_field_that_can_be_missing_or_too_long_has_a_translation():
    fields = practice_fields()
    named = fields.loc[fields["mandatory"] | fields["limit"].notna(), "label"]
    assert set(named) == set(LABELS)
    italian = words_of("it")
    assert [label for label in LABELS if italian(label) == label] == []


# --- claims --------------------------------------------------------------------------


def test_claims_and_links_without_evidence_are_counted_and_shown(tmp_path):
    held = programme(
        practices=PRACTICES, mechanism_claims=CLAIMS, claim_tests=TESTS, theory_links=LINKS
    )
    section = made(claims_section, held, tmp_path)
    assert (
        "Claims: 2, of which 1 have no evidence at all. Links of theories of change: 3, of which "
        "2 have none." in texts_of(section)
    )
    rows = {row[0]: row[1:] for row in rows_of(grid_of(section, "p-claim-coverage"))}
    statement = "Firms that never exported: a paid fair → they dare to go → first orders"
    assert rows[statement] == [
        "claim",
        "yes",
        "no",
        "no",
        "hoop",
        "partly supported",
        "moderate",
        "nothing written down against it; no rival explanation",
    ]
    assert rows["A fair is paid for → Firms go"][-1].startswith("nothing written down against")
    assert rows["Firms go → First orders"][-1] == "no evidence; no rival explanation"


def test_the_theory_of_each_practice_is_drawn_and_links_of_none_apart(tmp_path):
    made(claims_section, programme(practices=PRACTICES, theory_links=LINKS), tmp_path)
    drawn = sorted(path.name for path in (tmp_path / "charts").glob("p_theory*.svg"))
    assert drawn == ["p_theory.svg", "p_theory_a.svg"]
    assert "Firms go" in (tmp_path / "charts/p_theory_a.svg").read_text()


def test_of_many_theories_the_first_are_drawn_and_the_others_counted(tmp_path):
    keys = [f"k{n}" for n in range(8)]
    links = pd.DataFrame(
        {"link_id": keys, "practice_id": keys, "from_result": "An offer", "to_result": "A use"}
    )
    practices = pd.DataFrame({"practice_id": keys, "title": keys})
    section = made(claims_section, programme(practices=practices, theory_links=links), tmp_path)
    assert len(list((tmp_path / "charts").glob("p_theory_*.png"))) == 6
    assert "2 more theories of change are not drawn." in texts_of(section)


# --- barriers ------------------------------------------------------------------------


def test_barriers_stand_with_what_addresses_them_and_with_their_gaps(tmp_path):
    held = programme(barriers=BARRIERS, mechanisms=MECHANISMS, barrier_links=ANSWERS)
    section = made(barriers_section, held, tmp_path)
    assert rows_of(grid_of(section, "p-barrier-gaps")) == [
        ["No collateral", "barrier", "Guarantee", "", "derived", "no claim says how it works"],
        ["Few promoters", "difficulty", "", "", "", "no mechanism is recorded"],
    ]
    assert "Barriers: 2; with a mechanism recorded for them: 1; with a gap: 2." in texts_of(section)
    assert section.blocks[-1].texts == ("Fair",)


def test_without_any_link_the_page_says_that_the_sources_give_none(tmp_path):
    section = made(barriers_section, programme(barriers=BARRIERS, mechanisms=MECHANISMS), tmp_path)
    grid = grid_of(section, "p-barrier-gaps")
    assert [column.label for column in grid.columns] == ["Barrier", "Kind", "What is missing"]
    assert "do not say which answers which" in texts_of(section)


def test_a_link_to_nothing_is_said_and_does_not_stop_the_page(tmp_path):
    wrong = ANSWERS.assign(mechanism_id="m9")
    held = programme(barriers=BARRIERS, mechanisms=MECHANISMS, barrier_links=wrong)
    assert "m9" in text_of(report(held, tmp_path).read_text())


# --- the page ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "topic",
    [
        practices_section,
        claims_section,
        barriers_section,
        transfers_section,
        conditions_section,
        transferability_section,
    ],
)
def test_a_topic_without_its_tables_gives_no_section(topic, tmp_path):
    calls = pd.DataFrame({"call_id": ["a"], "year": [2017], "public_amount": [1.0]})
    assert made(topic, programme(calls=calls), tmp_path) is None
    assert not list(tmp_path.iterdir())


def test_the_example_shows_the_practices_of_two_programmes(tmp_path):
    held = [load(example_path() / name) for name in ("difass", "emilia_romagna_clusters")]
    text = text_of(report(held, tmp_path).read_text())
    assert text.count("Which fields are mandatory, and most limits of length, are unverified.") == 2
    assert "10 of 11 not declared Short summary" in text
    assert text.count("2 of 11 not declared") == 2


def test_the_sections_speak_italian(tmp_path):
    italian = words_of("it")
    held = programme(
        practices=PRACTICES,
        mechanism_claims=CLAIMS,
        claim_tests=TESTS,
        theory_links=LINKS,
        barriers=BARRIERS,
        mechanisms=MECHANISMS,
        barrier_links=ANSWERS,
    )
    sections = [
        made(topic, held, tmp_path, italian)
        for topic in (practices_section, claims_section, barriers_section)
    ]
    cells = [cell for section in sections for row in _cells(section) for cell in row]
    assert "4 su 11" in cells
    assert "nulla di scritto contro; nessuna spiegazione alternativa" in cells
    assert "nessun meccanismo è registrato" in cells
    english = ("no evidence", "not stated", "not declared", "no mechanism", "Short summary")
    assert [cell for cell in cells for word in english if word in cell] == []


def _cells(section):
    return [row for block in section.blocks if hasattr(block, "groups") for row in rows_of(block)]


# --- the command ---------------------------------------------------------------------


def run(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    printed = capsys.readouterr()
    return stop.value.code, printed.out, printed.err


def test_the_command_writes_sheets_and_one_catalogue_for_all_programmes(tmp_path, capsys):
    paths = [str(example_path() / name) for name in ("difass", "emilia_romagna_clusters")]
    code, printed, _ = run(["practices", *paths, "--out", str(tmp_path)], capsys)
    assert code == 0
    assert re.search(r"pr01 +2 of 11 +not declared", printed)
    names = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.html"))
    assert names == [
        "catalogue.html",
        "difass/pr01.html",
        "difass/pr02.html",
        "emilia_romagna_clusters/er_cluster_promotion.html",
    ]
    assert "3 of 3 practices" in (tmp_path / "catalogue.html").read_text()


@pytest.mark.parametrize("ending", ["toml", "xlsx"])
def test_an_empty_form_goes_out_and_comes_back_filled_in(ending, tmp_path, capsys):
    form = tmp_path / f"form.{ending}"
    assert run(["practices", "--form", str(form)], capsys)[0] == 0
    if ending == "toml":
        filled = form.read_text().replace('title = ""', 'title = "Clusters abroad"')
        form.write_text(filled.replace('contact = ""', f'contact = "{PERSON}"'))
    out = tmp_path / "out"
    arguments = ["practices", str(form), "--out", str(out), "--format", "docx"]
    code, printed, _ = run(arguments, capsys)
    assert code == 0
    assert "Mandatory fields that are empty" in printed
    assert PERSON not in printed + (out / "catalogue.html").read_text()
    assert [path.name for path in out.rglob("*.docx")] == ["form.docx"]


def test_two_forms_of_one_key_are_said_and_end_with_code_1(tmp_path, capsys):
    for name in ("one", "two"):
        text = f'[practice]\npractice_id = "same"\ntitle = "{name}"\n'
        (tmp_path / f"{name}.toml").write_text(text)
    forms = [str(tmp_path / f"{name}.toml") for name in ("one", "two")]
    code, printed, _ = run(["practices", *forms, "--out", str(tmp_path / "out")], capsys)
    assert code == 1
    assert "duplicate_key" in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "pdf"], "format of a fact sheet 'pdf'"),
        (["--form", "form.pdf"], "kind of form '.pdf'"),
        (["nowhere"], "no file or folder nowhere"),
        (["nowhere", "--form", "form.toml"], "holds nothing of a programme"),
        ([str(example_path() / "sie")], "No good practice is recorded in sie"),
    ],
)
def test_a_mistake_ends_with_a_sentence_and_what_to_do(
    arguments, message, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    code, _, errors = run(["practices", *arguments], capsys)
    assert code == 2
    assert message in " ".join(errors.split())
    assert "Next:" in errors
    assert "Traceback" not in errors


def test_a_filled_in_form_is_never_overwritten(tmp_path, capsys):
    form = tmp_path / "form.toml"
    form.write_text("mine")
    code, _, errors = run(["practices", "--form", str(form)], capsys)
    assert code == 2
    assert "exists" in errors
    assert form.read_text() == "mine"


# --- transfers, framework conditions, ratings ----------------------------------------

TRANSFERS = pd.DataFrame(
    {
        "transfer_id": list("uvwxy"),
        "practice_id": ["a", "a", "b", "b", "a"],
        "from_name": ["Kent", "Kent", "Molise", "Molise", "Crete"],
        "to_name": ["Molise", "Crete", "Kent", "Crete", "Crete"],
        "stage": ["agreed", "piloted", "adopted", None, "agreed"],
    }
)
ACTIONS = pd.DataFrame(
    {
        "action_id": ["a1", "a2"],
        "partner_name": ["Kent", "Molise"],
        "status": ["done", None],
        "policy_change_made": ["new projects", None],
    }
)
CONDITIONS = pd.DataFrame(
    [
        {"region": region, "level": "NUTS 2", "indicator": name, "year": 2021, "value": value}
        for name, values in (("quality", (1.0, 2.0, 4.0)), ("access", (90.0, None, 120.0)))
        for region, value in zip(("UKJ4", "ITF2", "ES13"), values, strict=True)
    ]
)
RATINGS = pd.DataFrame(
    {
        "practice_id": "a",
        "component": ["a bank", "advisers", "a bank", "advisers"],
        "importer": ["Molise", "Molise", "Kent", "Kent"],
        "rater": "r",
        "rating": [-2, 1, 1, 2],
        "importance": ["high", "low", "high", "low"],
    }
)


def test_transfers_are_counted_checked_and_drawn(tmp_path):
    held = programme(practices=PRACTICES, transfers=TRANSFERS)
    section = made(transfers_section, held, tmp_path)
    said = texts_of(section)
    assert "Transfers: 4, from 2 exporters to 3 importers." in said
    assert "Of 4 pairs with a transfer 2 have one in the other direction as well." in said
    assert "Not counted: 1 rows from a partner to itself." in said
    checks = {row[0]: row[1:] for row in rows_of(grid_of(section, "p-transfer-checks"))}
    assert checks["no transfer to itself"] == ["no", "1 rows"]
    assert checks["no repetition"] == ["yes", "0 rows"]
    assert checks["partners are known"][0] == "cannot be said"
    drawn = {path.name for path in (tmp_path / "charts").glob("*.svg")}
    assert drawn == {"p_transfer_matrix.svg", "p_transfer_network.svg", "p_uptake.svg"}


def test_uptake_stands_with_its_interval_and_with_what_is_not_known(tmp_path):
    section = made(transfers_section, programme(transfers=TRANSFERS), tmp_path)
    rows = {row[0]: row for row in rows_of(grid_of(section, "p-uptake"))}
    # 1 of 3: Clopper and Pearson's interval.
    assert rows["adopted"][1:6] == ["1", "3", "33.3 %", "0.8 to 90.6 %", "1"]
    assert rows["agreed"][4] == ""
    assert (tmp_path / "tables/p_uptake.csv").is_file()


def test_pairs_that_nobody_listed_and_stages_that_nobody_knows_are_said(tmp_path):
    section = made(transfers_section, load(example_path() / "mini_europe"), tmp_path)
    said = texts_of(section)
    assert "lists no transfer between two partners" in said
    assert "That is not the same as no uptake" in said
    assert not list(tmp_path.rglob("*.svg"))


def test_difass_has_its_matrix_of_eight_transfers(tmp_path):
    section = made(transfers_section, load(example_path() / "difass"), tmp_path)
    said = texts_of(section)
    assert "Transfers: 8, from 2 exporters to 7 importers." in said
    assert "Of 8 pairs with a transfer 0 have one in the other direction" in said


def test_actions_are_summed_by_partner(tmp_path):
    section = made(transfers_section, programme(action_plans=ACTIONS), tmp_path)
    assert rows_of(grid_of(section, "p-actions")) == [
        ["Kent", "1", "0", "0", "1", "0", "0", "1"],
        ["Molise", "1", "0", "0", "0", "0", "1", "0"],
    ]


def test_framework_conditions_say_what_is_not_known(tmp_path):
    section = made(conditions_section, programme(conditions=CONDITIONS), tmp_path)
    rows = {row[0]: row[1:] for row in rows_of(grid_of(section, "p-framework-known"))}
    assert rows["access"] == ["2", "3", "66.7 %", "ITF2"]
    assert rows["ITF2"] == ["1", "2", "50.0 %", "access"]
    assert "1 of 6 values are not known, and nothing is put in." in texts_of(section)
    assert (tmp_path / "charts/p_framework.png").is_file()


def test_a_profile_of_many_regions_is_not_drawn(tmp_path):
    many = pd.DataFrame(
        {
            "region": [f"ZZ{n:03d}" for n in range(8)],
            "level": "invented",
            "indicator": "quality",
            "year": 2021,
            "value": [float(n) for n in range(8)],
        }
    )
    section = made(conditions_section, programme(conditions=many), tmp_path)
    assert "A profile of 8 regions cannot be read" in texts_of(section)
    assert not (tmp_path / "charts").exists()


def test_conditions_that_cannot_be_set_side_by_side_do_not_stop_the_page(tmp_path):
    editions = pd.concat([CONDITIONS.assign(edition=name) for name in ("one", "two")])
    editions["year"] = [2021] * 6 + [2022] * 6
    same = editions.assign(year=2021)
    section = made(conditions_section, Programme.from_frames(conditions=same), tmp_path)
    assert "Not computed:" in texts_of(section)


def test_a_stopper_has_no_score(tmp_path):
    section = made(transferability_section, programme(ratings=RATINGS), tmp_path)
    first, second = rows_of(grid_of(section, "p-rating-summary"))
    assert first[:3] == ["a", "Molise", "a bank"]
    assert first[6:] == ["none", "no score: a mean would hide what stops it"]
    assert second[2] == "nothing"
    assert second[6] == "1.25"  # (3 x 1 + 1 x 2) / 4
    assert (tmp_path / "charts/p_ratings_a.svg").is_file()


def test_records_leave_also_where_data_on_beneficiaries_are_not_public(tmp_path):
    operations = pd.DataFrame(
        {"operation_id": ["o"], "public_amount": [1.0], "beneficiary_name": [PERSON]}
    )
    settings = Settings(id="p", name="Scheme", currency="EUR")
    held = Programme.from_frames(
        settings=settings,
        operations=operations,
        practices=PRACTICES,
        mechanism_claims=CLAIMS,
        barriers=BARRIERS,
        transfers=TRANSFERS,
        conditions=CONDITIONS,
        ratings=RATINGS,
    )
    page = report(set_aside(held), tmp_path)
    written = {path.stem for path in (tmp_path / "tables").glob("*.csv")}
    assert {"p_practice_records", "p_claim_coverage", "p_barrier_gaps", "p_uptake"} <= written
    assert PERSON not in page.read_text()


def test_transfers_conditions_and_ratings_speak_italian(tmp_path):
    held = programme(
        practices=PRACTICES, transfers=TRANSFERS, conditions=CONDITIONS, ratings=RATINGS
    )
    italian = words_of("it")
    sections = [
        made(topic, held, tmp_path, italian)
        for topic in (transfers_section, conditions_section, transferability_section)
    ]
    cells = [cell for section in sections for row in _cells(section) for cell in row]
    assert "nessun trasferimento a sé stessi" in cells
    assert "da 0,8 a 90,6%" in cells
    said = " ".join(texts_of(section) for section in sections)
    assert "1 valori su 6 non sono noti" in said
    english = (" not ", " the ", " and ", " transfers")
    assert [word for word in english if word in said] == []
