"""The report: small tables in, a page out that is complete, escaped, accessible and offline."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise

import pandas as pd
import pytest

from difass_analysis.errors import InputError, UsageError
from difass_analysis.loading import example_path, load_all, set_aside
from difass_analysis.programme import Programme, Settings
from difass_analysis.reporting import report
from difass_analysis.reporting.drawing import inline_svg

EVIL = "<script>alert('x')</script><img src=x onerror=alert(1)>"
VOID = {"meta", "br", "hr", "img", "link", "input"}

CALLS = pd.DataFrame(
    {
        "call_id": ["a", "b"],
        "year": [2017, 2018],
        "operations_count": [21, 16],
        "smes_count": [200, 170],
        "public_amount": [1.5e6, 1.5e6],
        "private_amount": [2.0e6, 2.0e6],
    }
)
PARTNERS = pd.DataFrame(
    {"partner_id": ["p"], "name": [f"Chamber & {EVIL}"], "place": [None], "country_code": ["IT"]}
)


class Page(HTMLParser):
    """What a test asks of a page: its elements, its text, and whether it is well formed."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.problems, self.texts = [], [], [], []
        self.feed(text)
        self.problems += [f"not closed: {tag}" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"closed out of order: {tag}, line {self.getpos()[0]}")

    def handle_data(self, data):
        if not {"style", "script", "title", "desc"} & set(self.open):
            self.texts.append(data)

    def all(self, tag, **attributes):
        wanted = attributes.items()
        return [a for t, a in self.elements if t == tag and all(a.get(k) == v for k, v in wanted)]

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


def programme(*, simulated=False, **tables):
    settings = Settings(id="er", name=f"Scheme {EVIL}", currency="EUR", simulated=simulated)
    return Programme.from_frames(settings=settings, **tables)


def page_of(path):
    return Page(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The report on the five programmes of the example."""
    return report(load_all(example_path()), tmp_path_factory.mktemp("report"))


# --- what is on the page -------------------------------------------------------------


def test_figures_stand_with_numerator_denominator_and_definition(tmp_path):
    text = page_of(report(programme(calls=CALLS), tmp_path)).text
    for words in (
        "Private money per unit of public money 1.33 EUR per EUR",
        "4,000,000 (private money) divided by 3,000,000 (public money granted)",
        "2017: 7,500 (1,500,000 divided by 200)",
        "2018: 8,824 (1,500,000 divided by 170)",
        "private money ÷ public money granted",
        "200 to 370 SMEs",
    ):
        assert words in text


def test_emilia_romagna_shows_its_figures_findings_and_bounds(example):
    text = page_of(example).text
    for words in (
        "1.33",
        "42.9 %",
        "7,500",
        "8,824",
        "8,108",
        "200 to 370",
        "220,000",
        "40,000",
        "117.2 %",
        "Private money divided by public money, as a ratio of sums.",
        "They show no effect.",
        "Exports, employment, turnover and survival of firms",
    ):
        assert words in text
    assert text.index("Key figures") < text.index("Emilia-Romagna: promotion", 1500)


def test_programmes_without_figures_say_so_first(example):
    text = page_of(example).text
    assert text.count("This programme has no figures") == 4
    chapter = text.index("DIFASS This programme has no figures")
    assert chapter < text.index("Interreg IVC")


def test_every_chapter_has_its_parts_in_order(example):
    html = example.read_text()
    start = html.index('<section class="chapter" id="emilia_romagna_clusters"')
    part = html[start : html.index('<section class="chapter"', start + 1)]
    headings = re.findall(r"<h3[^>]*>(.*?)</h3>", part)
    assert headings == [
        "Summary",
        "What is known",
        "Indicators",
        "Charts",
        "Leverage by definition",
        "Records of good practices",
        "Barriers and what addresses them",
        "Quality of the data",
        "Checklist",
        "Findings",
        "Notes",
        "Limits",
        "Definitions",
        "Sources",
    ]


def test_what_is_missing_is_named_and_never_blank_or_zero(tmp_path):
    calls = CALLS.assign(private_amount=[2.0e6, None])
    path = report(programme(calls=calls, partners=PARTNERS), tmp_path)
    page = page_of(path)
    assert "not known" in page.text
    assert not re.search(r"\b(nan|None|NaT|inf)\b", page.text)


def test_derived_values_are_marked_and_assumptions_stand_apart(example):
    text = page_of(example).text
    assert "Derived: the stated yearly amount" in text
    assert "Assumptions, apart from facts" in text
    assert "2,474,026.20" in text


def test_simulated_data_say_so_at_the_top_and_in_every_chart(tmp_path):
    path = report(programme(calls=CALLS, simulated=True), tmp_path)
    page = page_of(path)
    assert (tmp_path / "tables/er_calls.csv").read_text().splitlines()[0].endswith(",simulated")
    assert page.text.index("Simulated data.") < page.text.index("Contents")
    assert page.text.count("SIMULATED DATA") >= 4
    assert "Simulated data" not in page_of(report(programme(calls=CALLS), tmp_path)).text


def test_findings_are_on_the_page_and_the_gravest_stand_out(tmp_path):
    calls = CALLS.assign(public_amount=[1.5e6, -1.0])
    path = report(set_aside(programme(calls=calls)), tmp_path)
    alarms = [a for a in page_of(path).all("div") if a.get("class") == "alarm"]
    assert alarms


def test_long_tables_name_the_files_that_hold_the_rest(tmp_path):
    many = pd.DataFrame(
        {"partner_id": [str(n) for n in range(100)], "name": [f"Partner {n}" for n in range(100)]}
    )
    text = page_of(report(programme(partners=many), tmp_path)).text
    assert "40 more rows stand in the files named here." in text
    assert "Partner 59" in text
    assert "Partner 60" not in text


# --- how the page is made ------------------------------------------------------------


def test_everything_is_escaped(tmp_path):
    html = report(programme(calls=CALLS, partners=PARTNERS), tmp_path).read_text()
    assert html.count("<script") == 1  # the page's own
    assert "<img" not in html
    assert "&lt;script&gt;" in html


def test_the_page_asks_for_nothing_from_elsewhere(example):
    page = page_of(example)
    policy = page.all("meta", **{"http-equiv": "Content-Security-Policy"})[0]["content"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not [tag for tag, _ in page.elements if tag in {"link", "iframe", "img"}]
    assert not [attrs for _, attrs in page.elements if "src" in attrs or "style" in attrs]
    for kind in ("style", "script"):
        (text,) = re.findall(rf"<{kind}\b[^>]*>(.*?)</{kind}>", example.read_text(), re.DOTALL)
        digest = b64encode(sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    for tag, attributes in page.elements:
        for name in ("src", "href", "xlink:href", "srcset", "action"):
            assert "//" not in (attributes.get(name) or ""), (tag, attributes)
    css = re.search(r"<style>(.*?)</style>", example.read_text(), re.DOTALL)[1]
    assert set(re.findall(r"url\((.)", css)) <= {"#"}  # parts of the drawings on this page
    assert "@import" not in css


def test_the_page_is_well_formed_and_its_links_lead_somewhere(example):
    page = page_of(example)
    assert not page.problems
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for attributes in page.all("a"):
        target = attributes["href"]
        if target.startswith("#"):
            assert target[1:] in ids
        else:
            assert (example.parent / target).is_file()
    for tag, attributes in page.elements:
        for name in ("aria-labelledby", "xlink:href"):
            for reference in (attributes.get(name) or "").split():
                assert reference.lstrip("#") in ids, (tag, reference)


def test_the_page_can_be_read_by_ear(example):
    page = page_of(example)
    assert page.all("html") == [{"lang": "en"}]
    tags = [tag for tag, _ in page.elements]
    assert [tags.count(tag) for tag in ("h1", "main", "nav")] == [1, 1, 1]
    assert page.all("a", **{"class": "skip"})[0]["href"] == "#content"
    assert tags.count("table") == tags.count("caption") > 20
    assert all("scope" in attributes for attributes in page.all("th"))
    pictures = page.all("svg")
    assert pictures
    assert all(p["role"] == "img" and p["aria-labelledby"] for p in pictures)
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_same_programmes_give_the_same_bytes(tmp_path):
    names = ("one", "two")
    for name in names:
        report(programme(calls=CALLS, partners=PARTNERS), tmp_path / name)
    first, second = (
        {p.relative_to(tmp_path / n): p.read_bytes() for p in (tmp_path / n).rglob("*.*")}
        for n in names
    )
    assert first == second


# --- the files beside it -------------------------------------------------------------


def test_tables_charts_findings_and_rejects_stand_beside_the_page(tmp_path):
    report(programme(calls=CALLS, partners=PARTNERS), tmp_path)
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert names == {
        "index.html",
        "findings.csv",
        "rejects.csv",
        "provenance.json",
        *(
            f"charts/er_{n}.{e}"
            for n in ("money", "private_per_public", "leverage")
            for e in ("svg", "png")
        ),
        *(
            f"tables/er_{n}.{e}"
            for n in (
                "calls",
                "partners",
                "indicators",
                "indicators_by_year",
                "leverage",
                "checklist",
            )
            for e in ("csv", "xlsx")
        ),
    }


def test_programmes_of_one_name_do_not_overwrite_each_other(tmp_path):
    path = report([programme(calls=CALLS), programme(calls=CALLS.head(1))], tmp_path)
    assert (tmp_path / "tables/er_calls.csv").is_file()
    assert (tmp_path / "tables/er_2_calls.csv").is_file()
    assert not page_of(path).problems


def test_personal_columns_are_in_no_file(tmp_path):
    operations = pd.DataFrame(
        {
            "operation_id": ["o1", "o2"],
            "public_amount": [1.0, 2.0],
            "contact_person": ["Somebody Secret", "Somebody Secret"],
        }
    )
    enterprises = pd.DataFrame({"sme_id": ["s"], "name": ["Somebody Secret"]})
    report(programme(operations=operations, enterprises=enterprises), tmp_path)
    for path in tmp_path.rglob("*.*"):
        assert b"Somebody Secret" not in path.read_bytes()


# --- wrong use -----------------------------------------------------------------------


def test_no_programme_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no programme"):
        report([], tmp_path)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        report(programme(calls=CALLS), tmp_path / "out")


def test_names_inside_a_drawing_do_not_meet_those_of_another():
    svg = (
        b'<svg width="9pt" height="9pt" viewBox="0 0 9 9"><defs><path id="m1"/></defs>'
        b'<g clip-path="url(#p1)"><use xlink:href="#m1" style="fill: #1b2733"/></g></svg>'
    )
    text = inline_svg(svg, id="a", title="<T>", words="W")
    assert 'id="a-m1"' in text
    assert 'xlink:href="#a-m1"' in text
    assert "url(#a-p1)" in text
    assert "fill: var(--chart-ink, #1b2733)" in text
    assert "&lt;T&gt;" in text
    assert "width=" not in text
