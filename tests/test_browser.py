"""The report in a real browser: it opens from disk, shows its figures, and prints."""

import re
import subprocess

import pytest

from difass_analysis.loading import example_path, load_all
from difass_analysis.reporting import report

pytestmark = pytest.mark.browser

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return report(load_all(example_path()), tmp_path_factory.mktemp("report"))


@pytest.fixture
def browse(browser_path, tmp_path):
    """Run the browser on a page with a profile of its own, and return what it prints."""

    def run(url, *flags):
        command = [browser_path, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", *flags, url]
        done = subprocess.run(command, capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
        return done

    return run


def test_the_page_opens_from_disk_with_its_figures(page, browse):
    done = browse(page.as_uri(), "--enable-logging=stderr", "--dump-dom")
    dom = done.stdout.decode()
    text = " ".join(re.sub(r"<[^>]+>", " ", dom).split())
    for figure in ("1.33", "7,500", "8,824", "8,108", "200 to 370", "220,000", "40,000"):
        assert figure in text
    log = done.stderr.decode(errors="replace")
    assert "Refused to" not in log  # nothing on the page offends its own security policy
    assert "Content Security Policy" not in log


def test_a_written_table_opens_from_disk(page, browse):
    svg = next((page.parent / "charts").glob("*.svg"))
    assert "<svg" in browse(svg.as_uri(), "--dump-dom").stdout.decode()


def test_the_page_prints(page, browse, tmp_path):
    target = tmp_path / "report.pdf"
    browse(page.as_uri(), "--no-pdf-header-footer", f"--print-to-pdf={target}")
    content = target.read_bytes()
    assert content.startswith(b"%PDF")
    assert 10 <= len(re.findall(rb"/Type\s*/Page\b", content)) <= 60


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_screen(page, browse, width, tmp_path):
    """The page in a frame of that width: a script of the test, not of the page, measures it."""
    html = page.read_text(encoding="utf-8")
    html = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    script = (
        "<script>document.title = 'WIDTH ' + document.documentElement.scrollWidth;"
        "parent.postMessage(document.title, '*')</script>"
    )
    (tmp_path / "inner.html").write_text(html.replace("</body>", f"{script}</body>"))
    (tmp_path / "outer.html").write_text(
        f'<body><iframe src="inner.html" width="{width}" height="800" style="border:0"></iframe>'
        "<script>onmessage = event => document.body.append(event.data)</script></body>"
    )
    dom = browse((tmp_path / "outer.html").as_uri(), "--dump-dom").stdout.decode()
    measured = re.search(r"WIDTH (\d+)", dom)
    assert measured, dom[-500:]
    assert int(measured[1]) <= width
