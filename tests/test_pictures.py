"""The pictures of the documents show what the package gives now.

Words are compared and not bytes: another version of the drawing library, another browser or font
moves lines by a hair, and only other words or figures are a reason to make the pictures anew.
"""

import importlib.util
import re
from pathlib import Path

import pytest
from PIL import Image

import difass_analysis as da

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
RENEW = "make pictures"


@pytest.fixture(scope="module")
def maker():
    spec = importlib.util.spec_from_file_location("pictures", ROOT / "docs/site/pictures.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_chart_shows_the_figures_of_today(maker):
    kept = maker.words_of_chart((PICTURES / maker.CHART).read_bytes())
    assert {"7,500", "8,824", "2017", "2018"} <= set(kept)
    assert kept == maker.words_of_chart(maker.chart()), RENEW


def test_a_chart_made_twice_has_the_same_bytes(maker):
    assert maker.chart() == maker.chart()


def test_the_picture_of_the_page_shows_the_key_figures_of_today(maker, tmp_path):
    with Image.open(PICTURES / maker.PAGE) as picture:
        told, size = picture.text["Description"], picture.size
    page = da.report(da.load(), tmp_path).read_text(encoding="utf-8")
    assert "1.33" in told
    assert told == maker.words_of_page(page), RENEW
    assert size == maker.SIZE
    assert maker.BEFORE.search(page), "the picture would begin with another section"


def test_every_picture_is_small_and_shown_with_words_for_those_who_do_not_see_it():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"!\[([^\]]*)\]\(docs/pictures/([\w.]+)\)", text))
    shown = {name: words for words, name in shown.items()}
    files = {path.name: path.stat().st_size for path in PICTURES.iterdir()}
    assert set(shown) == set(files)
    assert all(len(words) > 40 for words in shown.values())
    assert max(files.values()) < 150_000


@pytest.mark.browser
def test_the_pictures_are_made(maker, browser_path, tmp_path, monkeypatch):
    monkeypatch.setattr(maker, "PICTURES", tmp_path / "new")
    maker.main()
    made = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert made == sorted([maker.CHART, maker.PAGE])
    with Image.open(tmp_path / "new" / maker.PAGE) as picture:
        assert len(picture.getcolors()) > 8  # a blank page has one
