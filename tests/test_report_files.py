"""Kinds of file beside the page: what is asked for is written, linked, and verified."""

import pytest
from docx import Document

from difass_analysis.errors import UsageError
from difass_analysis.loading import load
from difass_analysis.reporting import report
from difass_analysis.reporting.verifying import verify


def test_word_and_pdf_stand_beside_the_usual_kinds(tmp_path):
    page = report(load(), tmp_path / "out", also=["docx", "pdf"])
    tables = {path.name for path in (page.parent / "tables").iterdir()}
    for name in {path.rsplit(".", 1)[0] for path in tables}:
        assert {f"{name}.csv", f"{name}.xlsx", f"{name}.docx"} <= tables
    charts = {path.name for path in (page.parent / "charts").iterdir()}
    for name in {path.rsplit(".", 1)[0] for path in charts}:
        assert {f"{name}.svg", f"{name}.png", f"{name}.pdf"} <= charts
    html = page.read_text(encoding="utf-8")
    assert 'href="tables/emilia_romagna_clusters_indicators.docx"' in html
    assert 'href="charts/emilia_romagna_clusters_private_per_public.pdf"' in html
    word = Document(page.parent / "tables" / "emilia_romagna_clusters_indicators.docx")
    cells = {cell.text for row in word.tables[0].rows for cell in row.cells}
    assert any("1.33" in text for text in cells)
    assert verify(page.parent).status == "same"


def test_files_that_are_no_longer_wanted_go(tmp_path):
    report(load(), tmp_path, also=["docx"])
    assert list(tmp_path.rglob("*.docx"))
    report(load(), tmp_path)
    assert not list(tmp_path.rglob("tables/*.docx"))


def test_an_unknown_kind_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(UsageError, match="no kind of file 'doc'"):
        report(load(), tmp_path / "out", also=["doc"])
    assert not (tmp_path / "out").exists()
