"""What a caller adds: sections of one's own on the page, and rules that act on simulated data."""

import pandas as pd
import pytest

from difass_analysis.disclosure import Rules, protect
from difass_analysis.errors import UsageError
from difass_analysis.loading import load
from difass_analysis.measurement import measure
from difass_analysis.programme import Programme, Settings
from difass_analysis.reporting import report
from difass_analysis.reporting.content import Paragraphs
from difass_analysis.reporting.sections import Section
from difass_analysis.reporting.verifying import verify
from tests.confidential import programme


def opinion(programme, *, home, out, level, words):
    if "calls" not in programme.tables:
        return None
    return Section(id="opinion", title="Our view", blocks=(Paragraphs(texts=("Good & <b>",)),))


def test_an_own_section_stands_on_the_page_and_in_the_contents(tmp_path):
    html = report(load(), tmp_path / "with", sections=[opinion]).read_text(encoding="utf-8")
    assert '<a href="#emilia_romagna_clusters-opinion">Our view</a>' in html
    assert "Good &amp; &lt;b&gt;" in html
    without = report(load(), tmp_path / "without").read_text(encoding="utf-8")
    assert "Our view" not in without


def test_an_own_section_without_data_does_not_appear(tmp_path):
    events = pd.DataFrame({"event_id": ["e"], "name": ["Forum"]})
    settings = Settings(id="p", name="P", currency="EUR", published=True)
    held = Programme.from_frames(settings=settings, events=events)
    assert "Our view" not in report(held, tmp_path, sections=[opinion]).read_text(encoding="utf-8")


def test_two_sections_with_one_id_are_refused(tmp_path):
    with pytest.raises(UsageError, match="the id 'opinion'"):
        report(load(), tmp_path, sections=[opinion, opinion])


def test_a_report_with_own_sections_cannot_be_repeated_and_says_so(tmp_path):
    report(load(), tmp_path, sections=[opinion])
    with pytest.raises(UsageError, match="sections of its own"):
        verify(tmp_path)


def test_rules_that_are_given_act_on_simulated_data_and_it_stays_marked():
    simulated = programme(simulated=True)
    table = measure(simulated, indicators=["public"], by=["region"])
    free = protect([table], programme=simulated)
    assert free.status == "simulated"
    assert free.tables[0].frame["value"].notna().all()
    safe = protect([table], programme=simulated, rules=Rules())
    held = safe.tables[0].frame.set_index("region")
    assert held["value"].isna().to_dict() == {"N": False, "S": True, "E": True, "W": False}
    assert held.loc["S", "note"].startswith("withheld: confidential")
    assert safe.tables[0].provenance.simulated
