"""Faults that were found by use, each kept from coming back."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import difass_analysis as da


@pytest.fixture(scope="module")
def table():
    programme = da.simulate(seed=2, operations=60)
    return da.measure(programme, by=["region"], indicators=["private_per_public"])


def test_a_notebook_crops_no_word_off_a_chart(table):
    # A notebook saves the tight box of a figure: all of the sheet must be inside it.
    figure = table.plot().figure
    figure.canvas.draw()
    box = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    plt.close(figure)
    assert box.x0 <= 0.01
    assert box.y0 <= 0.01
    assert box.x1 >= width - 0.01
    assert box.y1 >= height - 0.01


def test_a_result_prints_as_a_table_and_not_as_its_fields(table):
    text = repr(table)
    assert text.startswith("<IndicatorTable: 7 rows, ")
    assert "provenance=" not in text
    assert "Simulated data" in text


def test_no_share_is_compared_with_a_rate_that_is_not_known():
    calls = pd.DataFrame(
        {
            "call_id": ["a", "b"],
            "scheme_id": ["s", "s"],
            "year": [2017, 2018],
            "public_amount": [10.0, 10.0],
        }
    )
    schemes = pd.DataFrame({"scheme_id": ["s"], "max_grant_amount": [100.0]})
    findings = da.check(da.Programme.from_frames(calls=calls, schemes=schemes))
    assert "public_share_below_rate" not in set(findings.frame["rule"])
    assert not findings.frame["message"].str.contains("nan").any()
