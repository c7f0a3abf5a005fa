"""The report in a real browser: from disk, offline, at all sizes, by mouse, keyboard, on paper."""

import re
from io import BytesIO
from itertools import pairwise

import pandas as pd
import pytest

from difass_analysis.loading import example_path, load_all, set_aside
from difass_analysis.programme import Programme, Settings
from difass_analysis.reporting import report
from difass_analysis.simulation import simulate

pytestmark = pytest.mark.browser

PHONE, LAPTOP, PAPER = 390, 1280, 665  # pixels; the last is A4 without its margins of 17 mm
REPORTS = ("example", "regions", "hostile", "italian")
HOSTILE = (
    "<script>document.title = 'broken'</script>",
    'A&B" style="position: fixed" onclick="alert(1)',
    "'; alert(1); //",
    "منطقة الاختبار <b>1</b>",
    "Region" + "verylong" * 30,
    "A region with a name of many words " * 8,
)
# The right edges of all that is wider than the page; drawings are measured as wholes.
TOO_WIDE = """width => Array.from(document.querySelectorAll("body *:not(svg *, .unseen)"))
    .filter(one => one.getBoundingClientRect().right > width + 0.5 && one.offsetParent !== null)
    .map(one => one.tagName + " " + one.textContent.trim().slice(0, 40))"""


def hostile_programme():
    count = len(HOSTILE)
    operations = pd.DataFrame(
        {
            "operation_id": [f"o{n}" for n in range(5 * count)],
            "region_name": [HOSTILE[n % count] for n in range(5 * count)],
            "beneficiary_id": [f"b{n}" for n in range(5 * count)],
            "public_amount": [1e6 + n for n in range(5 * count)],
            "private_amount": [7e5 + n * n for n in range(5 * count)],
        }
    )
    partners = pd.DataFrame(
        {
            "partner_id": [str(n) for n in range(count)],
            "name": HOSTILE,
            "place": HOSTILE[::-1],
            "remark": ["=1+1 " + name for name in HOSTILE],
        }
    )
    settings = Settings(
        id="hostile", name=HOSTILE[0], description=HOSTILE[1], currency="EUR", published=True
    )
    return set_aside(
        Programme.from_frames(settings=settings, operations=operations, partners=partners)
    )


def programmes(name):
    if name == "regions":
        return simulate(regions=30, operations=2000, panel_firms=400)
    if name == "hostile":
        return hostile_programme()
    held = load_all(example_path())
    return held if name == "example" else held[0]


@pytest.fixture(scope="module")
def page_of(tmp_path_factory):
    """The page of a report by name; each is made once."""
    made = {}

    def page(name):
        if name not in made:
            language = "it" if name == "italian" else "en"
            folder = tmp_path_factory.mktemp(name)
            made[name] = report(programmes(name), folder, language=language)
        return made[name]

    return page


@pytest.fixture
def browse(browser, page_of):
    """Open a report from disk without a network; in the end nothing was asked for or complained."""
    contexts, asked, said = [], [], []

    def open_page(name, *, width=LAPTOP, **options):
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        context.set_offline(True)
        context.route(lambda url: not url.startswith("file:"), lambda route: route.abort())
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(f"dialog: {dialog.message}"))
        page.goto(page_of(name).as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert len(asked) == len(contexts), asked
    assert not said


def column(table, place):
    return table.evaluate(
        "(table, place) => Array.from(table.tBodies[0].rows)"
        ".filter(row => !row.hidden).map(row => row.cells[place].dataset.value)",
        place,
    )


def shown_rows(table):
    return table.locator("tbody tr:visible").count()


# --- opening -------------------------------------------------------------------------


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("width", [PHONE, 800, LAPTOP])
def test_the_page_asks_for_nothing_and_fits_the_screen(browse, name, width):
    page = browse(name, width=width)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(TOO_WIDE, width) == []


def test_the_page_shows_its_figures(browse):
    text = browse("example").locator("body").inner_text()
    for figure in ("1.33", "7,500", "8,824", "8,108", "200 to 370", "220,000", "40,000"):
        assert figure in text


def test_a_page_of_thirty_regions_is_small(page_of):
    assert page_of("regions").stat().st_size < 1_000_000


@pytest.mark.parametrize("name", REPORTS)
def test_names_are_unique_and_drawings_are_told_in_words(browse, name):
    page = browse(name)
    ids = page.evaluate("Array.from(document.querySelectorAll('[id]'), one => one.id)")
    assert len(ids) == len(set(ids))
    dead = "Array.from(document.querySelectorAll(\"[href^='#']\"), one => one.getAttribute('href'))"
    assert {link[1:] for link in page.evaluate(dead)} <= set(ids)
    told = page.evaluate(
        "Array.from(document.querySelectorAll('figure svg'), one => [one.getAttribute('role'), "
        "...one.getAttribute('aria-labelledby').split(' ').map("
        "id => document.getElementById(id).textContent)])"
    )
    assert told and all(role == "img" and title and words for role, title, words in told)


def test_hostile_names_stay_text(browse):
    page = browse("hostile")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    text = " ".join(page.locator("main").inner_text().split())
    for name in HOSTILE:
        assert " ".join(name.split()) in text
    assert page.title() == HOSTILE[0]
    assert page.locator("[onclick], [style], main script, main b").count() == 0


def test_the_policy_stops_a_script_that_is_not_the_pages_own(browser, page_of, tmp_path):
    """Were a text ever to get through unescaped, it still could not run."""
    html = page_of("italian").read_text(encoding="utf-8")
    evil = (
        "<script>document.title = 'broken'</script><img src=x onerror=\"document.title='broken'\">"
    )
    (tmp_path / "evil.html").write_text(html.replace("</main>", f"{evil}</main>"), encoding="utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "evil.html").as_uri())
    assert page.title() != "broken"
    assert page.locator(".grid thead button").count() > 0  # while the page's own script runs
    page.close()


def test_a_written_chart_opens_from_disk(browser, page_of):
    page = browser.new_page()
    for chart in sorted((page_of("example").parent / "charts").glob("*.svg")):
        page.goto(chart.as_uri())
        assert page.locator("svg text").count() > 0
    page.close()


# --- accessibility -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [
        ("example", LAPTOP, "light"),
        ("regions", LAPTOP, "dark"),
        ("hostile", LAPTOP, "light"),
        ("hostile", PHONE, "dark"),
        ("italian", LAPTOP, "dark"),
        ("italian", PHONE, "light"),
    ],
)
def test_axe_finds_no_serious_fault(browse, name, width, scheme):
    """axe-core as bundled with axe-playwright-python; 0.1.8 has axe-core 4.12."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = browse(name, width=width, color_scheme=scheme)
    page.evaluate(
        "Array.from(document.querySelectorAll('details')).slice(0, 3)"
        ".forEach(one => { one.open = true; })"
    )
    found = axe.run(page).response["violations"]
    grave = [
        (fault["id"], len(fault["nodes"]), fault["nodes"][0]["html"][:200])
        for fault in found
        if fault["impact"] in {"serious", "critical"}
    ]
    assert grave == []


def test_the_page_is_dark_where_the_reader_wants_it_dark_and_never_on_paper(browse):
    page = browse("italian", color_scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(paper) == "rgb(18, 24, 31)"
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(paper) == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


# --- sorting, filtering, moving ------------------------------------------------------


def test_tables_sort_by_number_with_the_mouse_and_back(browse):
    page = browse("regions")
    table = page.locator("#simulated-region-list table")
    head, button = table.locator("thead th").nth(1), table.locator("thead button").nth(1)
    before = column(table, 1)
    for state, way in (("ascending", 1), ("descending", -1)):
        button.click()
        assert head.get_attribute("aria-sort") == state
        values = [float(value) for value in column(table, 1) if value]
        assert all(way * a <= way * b for a, b in pairwise(values))
        assert sorted(column(table, 1), key=str) == sorted(before, key=str)
        assert head.inner_text().split()[0] in page.locator("#announced").inner_text()
    button.click()
    assert head.get_attribute("aria-sort") is None
    assert column(table, 1) == before


def test_tables_sort_by_keyboard_and_text_sorts_as_text(browse):
    page = browse("regions")
    table = page.locator("#simulated-region-list table")
    table.locator("thead button").first.focus()
    names = "table => Array.from(table.tBodies[0].rows, row => row.cells[0].textContent.trim())"
    page.keyboard.press("Enter")
    found = table.evaluate(names)
    ours = [name for name in found if name.startswith("Simulated region")]
    assert ours == [f"Simulated region {n}" for n in range(8, 31)]  # 9 comes before 10
    page.keyboard.press("Space")
    assert table.evaluate(names) == found[::-1]
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    heads = table.locator("thead th")
    assert heads.nth(0).get_attribute("aria-sort") is None
    assert heads.nth(1).get_attribute("aria-sort") == "ascending"


def test_cells_without_a_value_come_last_both_ways(browse):
    page = browse("example")
    table = (
        page.locator("table.grid", has=page.locator(".missing"))
        .filter(has=page.locator("thead button"))
        .first
    )
    place = table.evaluate(
        "table => Array.from(table.tHead.rows[0].cells).findIndex((_, place) => "
        "{ const gone = Array.from(table.tBodies[0].rows).filter(row => "
        "row.cells[place]?.querySelector('.missing')).length;"
        " return gone > 0 && gone < table.tBodies[0].rows.length; })"
    )
    assert place > 0
    gone = (
        "(table, place) => Array.from(table.tBodies[0].rows, "
        "row => !!row.cells[place].querySelector('.missing'))"
    )
    for _ in range(2):
        table.locator("thead button").nth(place).click()
        flags = table.evaluate(gone, place)
        assert any(flags) and flags == sorted(flags)


def test_rows_are_filtered_and_counted(browse):
    page = browse("regions")
    block = page.locator("#simulated-region-list")
    field, count, table = (
        block.get_by_role("searchbox"),
        block.locator(".count"),
        block.locator("table"),
    )
    assert (shown_rows(table), count.inner_text()) == (30, "30 of 30 rows")
    field.fill("USTI")  # capitals and accents do not matter
    assert (shown_rows(table), count.inner_text()) == (1, "1 of 30 rows")
    assert count.get_attribute("role") == "status"
    table.locator("thead button").first.click()
    assert shown_rows(table) == 1
    field.fill("no such region")
    assert (shown_rows(table), count.inner_text()) == (0, "0 of 30 rows")
    field.focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    assert shown_rows(table) == 30


def test_a_filter_keeps_the_heading_of_a_group(browse):
    page = browse("regions")
    block = page.locator("#simulated-grouped")
    block.get_by_role("searchbox").fill("public cost per sme 2016")
    table = block.locator("table")
    assert table.locator("tr.group:visible").count() == 1
    assert shown_rows(table) == 2


def test_links_lead_to_their_parts_and_open_what_is_folded(browse):
    page = browse("regions")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.locator(".contents").get_by_role("link", name="Regions", exact=True).click()
    assert page.evaluate("location.hash") == "#simulated-regions"
    folded = page.locator("#simulated-regions > section > details")
    assert folded.count() == 30
    assert folded.evaluate_all("all => all.some(one => one.open)") is False
    link = page.locator("#simulated-region-list tbody a").nth(20)
    target = page.locator(link.get_attribute("href"))
    link.focus()
    page.keyboard.press("Enter")
    target.locator("table").wait_for()
    assert target.locator(":scope > details").get_attribute("open") is not None
    assert 0 <= target.bounding_box()["y"] < 800
    page.locator(".contents [aria-current]", has_text=re.compile("^Regions$")).wait_for()


def test_all_regions_open_and_close_at_once(browse):
    page = browse("regions")
    folded = page.locator("#simulated-regions > section > details")
    button = page.get_by_role("button", name="Open all")
    button.click()
    assert folded.evaluate_all("all => all.every(one => one.open)")
    page.get_by_role("button", name="Close all").click()
    assert not folded.evaluate_all("all => all.some(one => one.open)")


def test_the_script_speaks_the_language_of_the_page(browse):
    page = browse("italian")
    assert "righe su" in page.locator(".count").first.inner_text()
    assert page.locator(".finder label").first.inner_text().startswith("Filtra le righe")
    page.locator("thead button").first.click()
    assert page.locator("#announced").inner_text().startswith("Ordinato per")


def test_without_a_script_all_is_there(browse):
    page = browse("regions", java_script_enabled=False)
    assert page.locator("thead button, .finder").count() == 0
    assert page.locator("#simulated-region-list tbody tr").count() == 30
    page.locator("#simulated-regions > section summary").first.click()
    assert page.locator("#simulated-regions > section table").first.is_visible()


# --- on paper ------------------------------------------------------------------------


@pytest.mark.parametrize("name", REPORTS)
def test_no_table_is_clipped_on_paper(browse, name):
    page = browse(name, width=PAPER)
    page.emulate_media(media="print")
    assert page.locator("table.grid").count() > 0
    assert page.evaluate(TOO_WIDE, PAPER) == []
    assert page.locator("details table:not(:visible)").count() == 0  # folded parts are printed open


def test_the_print_is_a4_with_headings_on_every_page_of_a_table(browse):
    pypdf = pytest.importorskip("pypdf")
    page = browse("regions")
    pages = pypdf.PdfReader(BytesIO(page.pdf(prefer_css_page_size=True))).pages
    assert 15 <= len(pages) <= 60
    assert {(round(one.mediabox.width), round(one.mediabox.height)) for one in pages} == {
        (595, 842)
    }
    texts = [one.extract_text() for one in pages]
    calls = [text for text in texts if len(re.findall(r"^20\d\d \w+ \d+ \d+ ", text, re.M)) > 5]
    assert len(calls) >= 2
    for text in calls:
        assert "Additional" in text and "Paid" in text
    for text in texts:
        assert not re.search(
            r"(Calls|Indicators, overall|Regions of the programme)\s*\d+ / \d+\s*$", text
        )
