"""Good practices: the form, its reader, completeness, findings, fact sheets and the catalogue."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
from base64 import b64encode
from functools import cache
from hashlib import sha256
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import docx
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difass_analysis import check
from difass_analysis import load as load_programme
from difass_analysis.errors import InputError, UsageError
from difass_analysis.mechanisms import (
    assess_practices,
    practice_form,
    read_practice,
    read_practices,
)
from difass_analysis.programme import Programme, Settings
from difass_analysis.reporting.catalogue_page import practice_catalogue, write_catalogue
from difass_analysis.reporting.fact_sheets import (
    fact_sheet,
    write_fact_sheets,
    write_practice_form,
)
from difass_analysis.schema.good_practice import practice_fields

RAW = Path(__file__).resolve().parents[1] / "data" / "raw"
MANDATORY = list(practice_fields().query("mandatory")["field"])
HOSTILE = "<script>alert(1)</script>\"'&=1+1"

FULL = {
    "practice_id": "full",
    "title": "A tool",
    "short_summary": "It helps.",
    "description": "What it does.",
    "resources_needed": "Money.",
    "start_date": dt.date(2017, 1, 1),
    "evidence_of_success": "12 of 20 firms export since 2018.",
    "difficulties": "Few.",
    "learning_potential": "Much.",
    "main_institution": "The Region",
    "region": "ITH5",
    "nuts_version": "2016",
    "theme": "SME internationalisation",
    "evidence_step": "I",
    "evidence_step_reason": "It counts firms.",
}


@cache
def load(folder: Path) -> Programme:
    return load_programme(folder)


def programme(*practices: dict[str, object], simulated: bool = False) -> Programme:
    settings = Settings(id="p", name="Test", currency="EUR", simulated=simulated)
    frame = pd.DataFrame(list(practices or [FULL]))
    return Programme.from_frames(settings=settings, practices=frame)


def found(given: Programme, rule: str) -> pd.DataFrame:
    frame = check(given).frame
    return frame[frame["rule"] == rule]


# --- form and reader ---------------------------------------------------------------------


def filled_toml(path: Path, **answers: str) -> Path:
    text = practice_form("toml").decode()
    for name, answer in answers.items():
        text, count = re.subn(
            rf'^{name} = ("+)\1?\1?$',
            lambda match, name=name, answer=answer: f'{name} = """{answer}"""',
            text,
            flags=re.M,
        )
        assert count == 1, name
    path.write_text(text, "utf-8")
    return path


def filled_workbook(path: Path, **answers: object) -> Path:
    book = openpyxl.load_workbook(BytesIO(practice_form("xlsx")))
    sheet = book["Practice"]
    rows = {sheet.cell(row, 1).value: row for row in range(2, sheet.max_row + 1)}
    for name, answer in answers.items():
        sheet.cell(rows[name], 3).value = answer
    book.save(path)
    return path


def test_the_form_has_every_field_with_its_limit():
    text = practice_form("toml").decode()
    for field in practice_fields().to_dict("records"):
        assert re.search(rf'^{field["field"]} = "', text, re.M), field["field"]
    assert "at most 100 characters." in text
    assert "at most 160 characters, not checked at\n# the source." in text


def test_the_workbook_offers_steps_and_warns_of_long_texts():
    sheet = openpyxl.load_workbook(BytesIO(practice_form("xlsx")))["Practice"]
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    rows = {sheet.cell(row, 1).value: row for row in range(2, sheet.max_row + 1)}
    assert list(rows) == list(practice_fields()["field"])
    assert rules[f"C{rows['evidence_step']}"].formula1 == '"I,II,III,IV,V,VI"'
    title = rules[f"C{rows['title']}"]
    assert (title.type, title.formula1, title.errorStyle) == ("textLength", "100", "warning")
    assert sheet.cell(rows["title"], 6).value == f"=LEN(C{rows['title']})"


@pytest.mark.parametrize("kind", ["toml", "xlsx"])
def test_the_same_form_is_the_same_bytes(kind):
    assert practice_form(kind) == practice_form(kind)


def test_another_format_is_refused():
    with pytest.raises(UsageError, match="There is no format of the form 'docx'"):
        practice_form("docx")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["toml", "xlsx"])
def test_an_empty_form_knows_nothing_but_its_name(tmp_path, kind):
    path = write_practice_form(tmp_path / f"empty.{kind}")
    row = read_practice(path).iloc[0]
    assert row["practice_id"] == "empty"
    assert row.drop("practice_id").isna().all()


@pytest.mark.parametrize("kind", ["toml", "xlsx"])
def test_what_is_written_is_read(tmp_path, kind):
    answers = {
        "practice_id": "clusters",
        "title": 'SMEs\' "clusters" & Čeština',
        "description": "First line.\nSecond line.",
        "start_date": "2017-03-01",
        "evidence_step": "3",
    }
    path = tmp_path / f"form.{kind}"
    make = filled_toml if kind == "toml" else filled_workbook
    row = read_practice(make(path, **answers)).iloc[0]
    assert row["title"] == answers["title"]
    assert row["description"] == answers["description"]
    assert row["start_date"] == dt.date(2017, 3, 1)
    assert row["evidence_step"] == "III"
    assert pd.isna(row["theme"])
    assert pd.isna(row["end_date"])


def test_a_day_and_a_year_in_cells_are_read_as_such(tmp_path):
    answers = {"start_date": dt.date(2013, 1, 1), "nuts_version": 2016}
    row = read_practice(filled_workbook(tmp_path / "f.xlsx", **answers)).iloc[0]
    assert (row["start_date"], row["nuts_version"]) == (dt.date(2013, 1, 1), "2016")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[practice]\ntitel = 'x'", "There is no field of the form 'titel'. Did you mean 'title'"),
        ("[practice]\nstart_date = 'May 2017'", "'start_date' is 'May 2017', which is no date"),
        ("[practice]\ntitle = ['a', 'b']", "'title' is no text"),
        ("[practice\n", "cannot be read as TOML"),
        ("title = 'x'", "has no part"),
    ],
)
def test_a_wrong_form_is_refused_with_the_next_step(tmp_path, text, message):
    path = tmp_path / "form.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=re.escape(message)) as error:
        read_practice(path)
    assert error.value.todo


def test_files_that_are_no_form_are_refused(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"no workbook")
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "latin.toml").write_bytes(b"[practice]\ntitle = '\xe9'")
    book = openpyxl.Workbook()
    book.save(tmp_path / "other.xlsx")
    for name in ("a.xlsx", "a.txt", "latin.toml", "other.xlsx", "absent.toml"):
        with pytest.raises(InputError) as error:
            read_practice(tmp_path / name)
        assert error.value.todo, name


def test_a_field_twice_in_a_workbook_is_refused(tmp_path):
    path = filled_workbook(tmp_path / "f.xlsx", title="x")
    book = openpyxl.load_workbook(path)
    book["Practice"].cell(4, 1).value = "title"
    book.save(path)
    with pytest.raises(InputError, match="has the field title more than once"):
        read_practice(path)


def test_no_form_at_all_is_refused():
    with pytest.raises(InputError, match="There is no form to read"):
        read_practices([])


def test_an_unknown_step_is_kept_and_found(tmp_path):
    path = filled_toml(tmp_path / "a.toml", evidence_step="certain")
    frame = read_practices([path])
    assert frame["evidence_step"].item() == "certain"
    made = Programme.from_frames(practices=frame)
    assert found(made, "closed_list")["column"].tolist() == ["evidence_step"]
    assert pd.isna(assess_practices(made).frame["evidence_step"].item())


def test_two_forms_of_one_key_are_kept_and_found(tmp_path):
    paths = [filled_toml(tmp_path / f"{n}.toml", practice_id="same") for n in "ab"]
    made = Programme.from_frames(practices=read_practices(paths))
    assert len(found(made, "duplicate_key")) > 0


# --- completeness and findings -------------------------------------------------------------


def test_a_full_record_is_complete():
    row = assess_practices(programme()).frame.iloc[0]
    assert (row["filled"], row["mandatory"], row["completeness"]) == (11, 11, 1.0)
    assert (row["evidence_step"], row["evidence_type"]) == ("I", "monitoring")
    assert (row["missing"], row["note"]) == ("", "")


@settings(max_examples=12)
@given(st.sets(st.sampled_from(MANDATORY)))
def test_completeness_counts_the_mandatory_fields(absent):
    record = FULL | dict.fromkeys(absent)
    row = assess_practices(programme(record)).frame.iloc[0]
    assert row["filled"] == 11 - len(absent)
    assert set(row["missing"].split("; ")) - {""} == absent
    assert len(found(programme(record), "practice_incomplete")) == (1 if absent else 0)


def test_blanks_fill_no_field():
    row = assess_practices(programme(FULL | {"theme": "   "})).frame.iloc[0]
    assert row["missing"] == "theme"


def test_the_step_is_declared_and_never_guessed():
    record = FULL | {"evidence_step": None, "evidence_of_success": "a randomised trial"}
    row = assess_practices(programme(record)).frame.iloc[0]
    assert pd.isna(row["evidence_step"])
    assert row["note"] == "No step is declared."


@pytest.mark.parametrize(("length", "count"), [(100, 0), (101, 1)])
def test_a_text_over_its_limit_is_found_and_not_cut(length, count):
    made = programme(FULL | {"title": "x" * length})
    rows = found(made, "practice_text_too_long")
    assert len(rows) == count
    assert assess_practices(made).frame["too_long"].item() == ("title" if count else "")
    assert made.table("practices")["title"].str.len().item() == length


def test_a_step_without_evidence_is_found():
    bare = FULL | {"evidence_of_success": None}
    assert (
        "no evidence of success"
        in found(programme(bare), "evidence_step_unfounded")["message"].item()
    )
    unreasoned = FULL | {"evidence_step_reason": None}
    assert len(found(programme(unreasoned), "evidence_step_unfounded")) == 1
    assert found(programme(), "evidence_step_unfounded").empty


def test_the_practice_of_emilia_romagna():
    frame = assess_practices(load(RAW / "emilia_romagna_clusters")).frame
    row = frame.iloc[0]
    assert (row["filled"], row["missing"]) == (10, "short_summary")
    assert row["too_long"] == "title"  # 152 characters, the form allows 100
    assert pd.isna(row["evidence_step"])


def test_the_practices_of_difass_have_no_fact_sheet():
    frame = assess_practices(load(RAW / "difass")).frame
    assert frame["filled"].tolist() == [2, 2]
    assert frame["note"].unique().tolist() == ["No evidence is stated and no step is declared."]


def test_without_practices_there_is_nothing_to_assess():
    with pytest.raises(InputError, match="has no table 'practices'"):
        assess_practices(load(RAW / "sie"))


# --- fact sheets ----------------------------------------------------------------------------


class Tags(HTMLParser):
    """Tags and attributes of a page, and the text outside of styles and scripts."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside = {"style": "", "script": ""}
        self.text = ""
        self._in = ""
        self.feed(page.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._in = tag if tag in self.inside else ""

    def handle_endtag(self, tag):
        self._in = ""

    def handle_data(self, data):
        if self._in:
            self.inside[self._in] += data
        else:
            self.text += data

    def policy(self) -> str:
        return next(
            str(attrs["content"])
            for tag, attrs in self.tags
            if attrs.get("http-equiv") == "Content-Security-Policy"
        )


def hash_of(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()


def hostile() -> Programme:
    record = {
        field["field"]: HOSTILE
        for field in practice_fields().to_dict("records")
        if field["kind"] == "text"
    }
    record |= {"practice_id": "h", "web_link": "javascript:alert(1)", "contact": "A. Secret"}
    return programme(FULL | record)


def test_a_fact_sheet_says_what_is_known_and_what_is_missing():
    record = FULL | {"short_summary": None}
    text = Tags(fact_sheet(programme(record), "full")).text
    assert "Emilia-Romagna (ITH5)" in text
    assert "10 of 11" in text
    assert "Short summary" in text
    assert "Step I (Take-up of schemes). It counts firms." in text
    assert "never multiplied" in text


def test_nothing_of_a_record_becomes_a_tag_or_a_link():
    for page in (fact_sheet(hostile(), "h"), practice_catalogue(hostile())):
        held = Tags(page)
        assert HOSTILE in held.text
        assert "alert" not in held.inside["script"]
        assert "A. Secret" not in page.decode()
        assert not [attrs for tag, attrs in held.tags if tag == "a"]
        assert not [name for _, attrs in held.tags for name in attrs if name.startswith("on")]
        assert "style" not in {name for _, attrs in held.tags for name in attrs}


def test_pages_allow_only_their_own_style_and_script():
    sheet, catalogue = Tags(fact_sheet(programme(), "full")), Tags(practice_catalogue(programme()))
    for held in (sheet, catalogue):
        assert "default-src 'none'" in held.policy()
        assert "unsafe" not in held.policy()
        assert f"'sha256-{hash_of(held.inside['style'])}'" in held.policy()
        assert not [a for _, a in held.tags if str(a.get("src", "data:"))[:5] != "data:"]
    assert f"'sha256-{hash_of(catalogue.inside['script'])}'" in catalogue.policy()
    assert "script-src" not in sheet.policy()


@pytest.mark.parametrize("kind", ["html", "docx"])
def test_the_same_practice_is_the_same_bytes(kind):
    assert fact_sheet(programme(), "full", format=kind) == fact_sheet(
        programme(), "full", format=kind
    )


def test_a_document_holds_the_same_words():
    document = docx.Document(BytesIO(fact_sheet(hostile(), "h", format="docx")))
    texts = [paragraph.text for paragraph in document.paragraphs]
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert texts.count(HOSTILE) >= 5
    assert "11 of 11" in cells
    assert not any("A. Secret" in text for text in [*texts, *cells])


def test_control_characters_do_not_break_a_document():
    made = programme(FULL | {"description": "a\x00b\x0bc\ufffe"})
    document = docx.Document(BytesIO(fact_sheet(made, "full", format="docx")))
    assert "abc" in [paragraph.text for paragraph in document.paragraphs]


def test_simulated_practices_say_so():
    made = programme(simulated=True)
    document = docx.Document(BytesIO(fact_sheet(made, "full", format="docx")))
    assert document.paragraphs[0].text.startswith("Simulated data")
    for page in (fact_sheet(made, "full"), practice_catalogue(made)):
        assert "Simulated data" in Tags(page).text


def test_sheets_are_written_by_key(tmp_path):
    made = programme(FULL, FULL | {"practice_id": "../Ä b"})
    paths = write_fact_sheets(made, tmp_path / "sheets")
    assert len(paths) == 4
    assert {path.parent for path in paths} == {tmp_path / "sheets"}
    assert all(path.read_bytes() for path in paths)


def test_two_practices_of_one_key_are_not_written_over_each_other(tmp_path):
    with pytest.raises(UsageError, match="Several practices have the key full"):
        write_fact_sheets(programme(FULL, FULL), tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_unknown_practice_or_format_is_refused():
    with pytest.raises(UsageError, match="Did you mean 'full'"):
        fact_sheet(programme(), "ful")
    with pytest.raises(UsageError, match="format of a fact sheet"):
        fact_sheet(programme(), "full", format="pdf")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="kind of form"):
        write_practice_form("form.docx")


# --- the catalogue ----------------------------------------------------------------------------


def test_the_catalogue_offers_what_its_practices_have(tmp_path):
    programmes = [load(RAW / name) for name in ("emilia_romagna_clusters", "difass", "sie")]
    held = Tags(write_catalogue(programmes, tmp_path / "catalogue.html").read_bytes())
    cards = [attrs for tag, attrs in held.tags if tag == "li" and "data-region" in attrs]
    assert [card["data-region"] for card in cards] == [
        "Emilia-Romagna (ITH5)",
        "Magyarország (HU)",
        "Andalucía (ES61)",
    ]
    selects = [attrs["data-by"] for tag, attrs in held.tags if tag == "select"]
    assert selects == ["mechanism", "theme", "region", "evidence"]
    labels = {attrs["for"] for tag, attrs in held.tags if tag == "label"}
    fields = {attrs["id"] for tag, attrs in held.tags if tag in ("select", "input")}
    assert labels == fields
    assert "3 of 3 practices" in held.text


def test_every_card_can_be_chosen_by_each_filter():
    held = Tags(practice_catalogue(hostile()))
    (card,) = [attrs for tag, attrs in held.tags if tag == "li" and "data-region" in attrs]
    page = practice_catalogue(hostile()).decode()
    options = re.findall(r"<option>(.*?)</option>", page)
    assert len(options) == 4
    assert card["data-theme"] == HOSTILE


def test_a_catalogue_of_nothing_is_refused():
    with pytest.raises(UsageError, match="There is no practice"):
        practice_catalogue(load(RAW / "sie"))


HARNESS = """<!DOCTYPE html><title>t</title><pre id="out"></pre>
<iframe id="page" src="catalogue.html"></iframe>
<script>
const frame = document.getElementById("page");
frame.onload = () => {
  const inner = frame.contentDocument, seen = [];
  const count = () => seen.push(inner.getElementById("count").textContent);
  const enter = (id, value) => {
    const field = inner.getElementById(id);
    field.value = value;
    field.dispatchEvent(new Event("input", {bubbles: true}));
    count();
  };
  count();
  enter("words", "MAGYARORSZAG tool");
  enter("words", "");
  enter("by-theme", "SME internationalisation");
  inner.getElementById("filters").reset();
  setTimeout(() => { count(); document.getElementById("out").textContent = seen.join("|"); }, 50);
};
</script>"""


@pytest.mark.browser
def test_filters_and_words_narrow_the_catalogue(tmp_path, browser_path):
    programmes = [load(RAW / name) for name in ("emilia_romagna_clusters", "difass")]
    write_catalogue(programmes, tmp_path / "catalogue.html")
    (tmp_path / "harness.html").write_text(HARNESS, "utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"]
    flags += ["--virtual-time-budget=5000", "--dump-dom", f"--user-data-dir={tmp_path / 'p'}"]
    command = [browser_path, *flags, (tmp_path / "harness.html").as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=120, check=True)
    out = re.search(r'<pre id="out">([^<]*)', done.stdout.decode())
    assert out is not None
    counts = [text.split(" of ")[0] for text in out.group(1).split("|")]
    assert counts == ["3", "1", "3", "1", "3"]
