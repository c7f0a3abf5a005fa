"""The comparison in one call, the funnel's limits, and the pictures made of results."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import difass_analysis as da
from difass_analysis import comparison
from difass_analysis.errors import IndicatorError, UsageError


@pytest.fixture(scope="module")
def programme():
    return da.simulate(seed=3, operations=400)


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def test_compare_puts_ranks_beside_contrasts(programme):
    found = da.compare(programme, "private_per_public", by="region")
    contrasts = comparison.contrasts(programme, "private_per_public", by="region").frame
    ranks = da.ranks(programme, "private_per_public", by="region").frame.set_index("region")
    pd.testing.assert_frame_equal(found.frame[contrasts.columns.tolist()], contrasts)
    assert found.frame["rank"].tolist() == ranks.loc[found.frame["region"], "rank"].tolist()
    known = found.frame.dropna(subset=["rank"])
    assert (known["rank_lower"] <= known["rank"]).all()
    assert (known["rank"] <= known["rank_upper"]).all()
    assert known["set"].str.endswith("of 7").all(), "never a rank without its set"
    assert any("Q = " in caveat for caveat in found.caveats)
    assert any("Simulated" in caveat for caveat in found.caveats)


def test_funnel_limits_follow_the_scatter_of_the_clusters(programme):
    found = comparison.funnel(programme, "private_per_public", by="region")
    rows = programme.table("operations")
    sums = rows.groupby("beneficiary_id")[["private_amount", "public_amount"]].sum()
    y, x = sums["private_amount"].to_numpy(), sums["public_amount"].to_numpy()
    overall = y.sum() / x.sum()
    scatter = len(y) / (len(y) - 1) * ((y - overall * x) ** 2).sum() / x.sum()
    sizes = rows.groupby("region")["public_amount"].sum()
    assert found.limits.overall == pytest.approx(overall, rel=1e-9)
    for row in found.frame.itertuples():
        half = 1.959963984540054 * np.sqrt(scatter / sizes[row.region])
        assert row.upper95 == pytest.approx(overall + half, rel=1e-9)
        assert row.lower95 == pytest.approx(max(overall - half, 0), rel=1e-9)
        assert row.lower998 <= row.lower95 < row.upper95 < row.upper998
    assert (found.limits.curves["upper95"].diff().dropna() < 0).all(), "narrower with size"


def test_funnel_needs_two_units():
    frame = pd.DataFrame(
        {"operation_id": ["a"], "region": ["N"], "public_amount": [1.0], "private_amount": [2.0]}
    )
    with pytest.raises(IndicatorError, match="two independent units; there are 1"):
        comparison.funnel(
            da.Programme.from_frames(operations=frame), "private_per_public", by="region"
        )


def test_pictures_of_results_say_what_they_show(programme):
    by_region = da.measure(programme, by=["region"], indicators=["private_per_public"])
    both = da.measure(programme, by=["mechanism", "region"], indicators=["private_per_public"])
    change = da.change(
        programme, "private_per_public", by="region", periods=((2014, 2016), (2017, 2020))
    )
    pictures = {
        "map": comparison.draw_map(by_region, indicator="private_per_public"),
        "panels": comparison.draw_panels(both, indicator="private_per_public", panel="mechanism"),
        "periods": comparison.draw_periods(change),
        "funnel": comparison.funnel(programme, "private_per_public", by="region").plot(),
    }
    for name, ax in pictures.items():
        words = " ".join(text.get_text() for text in ax.figure.findobj(plt.Text))
        assert "SIMULATED" in words, name
        assert "Private money per unit of public money" in words.replace("\n", " "), name
        assert "EUR per EUR" in words.replace("\n", " "), name


def test_pictures_refuse_what_they_cannot_draw(programme):
    table = da.measure(programme, by=["year"], indicators=["private_per_public"])
    with pytest.raises(UsageError, match="not grouped by region but by year"):
        comparison.draw_map(table, indicator="private_per_public")
    with pytest.raises(UsageError, match="one column more"):
        comparison.draw_panels(table, indicator="private_per_public", panel="year")
    with pytest.raises(UsageError, match="no indicator in this table 'public_share'"):
        comparison.draw_map(table, indicator="public_share", region="year")
