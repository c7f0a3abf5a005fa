"""Make the pictures of the documents anew from the packaged example: ``make pictures``.

A chart is the same everywhere but for the version of the library that draws it. A picture of the
page also depends on the browser and on the fonts of the machine, so it holds, as its description,
the words that it shows. ``tests/test_pictures.py`` compares words: a picture that shows other
figures than the package gives is found on every machine, another shade of blue is not.
"""

import re
import subprocess
import sys
from html import unescape
from io import BytesIO
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from PIL import Image
from PIL.PngImagePlugin import PngInfo

import difass_analysis as da
from difass_analysis.display.pictures import close, figure_bytes

PICTURES = Path(__file__).resolve().parents[1] / "pictures"
CHART = "cost_per_sme.svg"
PAGE = "page.png"
SECTION = "key-figures"
#: What stands before it on the page, and is left out of the picture.
BEFORE = re.compile(r'<section id="about".*?</section>', flags=re.DOTALL)
#: Width and height of the picture of the page, in pixels.
SIZE = (1240, 960)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def chart() -> bytes:
    """Draw the public cost per SME in both years of the example."""
    ax = da.measure(da.load(), indicators=["public_cost_per_sme"], by=["year"]).plot()
    content = figure_bytes(ax, format="svg")
    close(ax)
    return content


def words_of_chart(svg: bytes) -> list[str]:
    """Return the texts of a drawing, as they stand in it."""
    found = re.findall(r"<text\b[^>]*>(.*?)</text>", svg.decode("utf-8"), flags=re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split()) for text in found]


def words_of_page(html: str) -> str:
    """Return the words of the section that is photographed."""
    found = re.search(rf'<section id="{SECTION}".*?</section>', html, flags=re.DOTALL)
    if found is None:
        raise SystemExit(f"The page has no section '{SECTION}': name another in {__file__}.")
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found.group())).split())


def photograph(page: Path, *, browser: str) -> bytes:
    """Return the top of a page, down to the key figures, as PNG with their words."""
    with TemporaryDirectory() as folder:
        target, shorter = Path(folder) / "page.png", page.with_name("shorter.html")
        shorter.write_text(BEFORE.sub("", page.read_text(encoding="utf-8")), encoding="utf-8")
        command = [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={folder}/profile",
            f"--window-size={SIZE[0]},{SIZE[1]}",
            f"--screenshot={target}",
            shorter.as_uri(),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        with Image.open(target) as taken:
            small = taken.convert("RGB").quantize(64)
    told = PngInfo()
    told.add_itxt("Description", words_of_page(page.read_text(encoding="utf-8")))
    stream = BytesIO()
    small.save(stream, format="png", optimize=True, pnginfo=told)
    return stream.getvalue()


def main() -> None:
    """Write all pictures; without a browser the one of the page stays as it is."""
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / CHART).write_bytes(chart())
    browser = next((found for name in BROWSERS if (found := which(name))), None)
    if browser is None:
        sys.exit(f"There is no Chromium here, so {PAGE} stays as it is.")
    with TemporaryDirectory() as folder:
        page = da.report(da.load(), folder).resolve()
        (PICTURES / PAGE).write_bytes(photograph(page, browser=browser))


if __name__ == "__main__":
    main()
