"""One euro three ways: worked by hand, its assumptions, its sensitivity."""

import numpy as np
import pandas as pd
import pytest

from difass_analysis.errors import InputError, UsageError
from difass_analysis.finance import one_euro_assumptions, one_euro_three_ways

GIVEN = {
    "discount": 0.03,
    "grant_mean": 20_000,
    "grant_rate": 0.5,
    "grant_administration": 0.1,
    "loan_mean": 50_000,
    "loan_cycle": 2.5,
    "loan_loss": 0.06,
    "loan_cost": 0.03,
    "loan_yield": 0.04,
    "loan_private": 0.25,
    "guarantee_mean": 100_000,
    "guarantee_cycle": 5,
    "guarantee_cover": 0.5,
    "guarantee_reserve": 0.2,
    "guarantee_loss": 0.04,
    "guarantee_fee": 0.02,
    "guarantee_cost": 0.01,
    "guarantee_private": 0.1,
}
WIDE = GIVEN | {
    "loan_loss": (0.03, 0.06, 0.12),
    "guarantee_loss": (0.02, 0.04, 0.08),
    "grant_rate": (0.4, 0.5, 0.6),
}


def compare(given=GIVEN, **changed):
    options = {"budget": 1_000_000, "currency": "EUR", "runs": 500} | changed
    return one_euro_three_ways(given, **options)


def value(found, instrument, measure):
    rows = found.frame.set_index(["instrument", "measure"])["value"]
    return rows[instrument, measure]


def test_worked_by_hand():
    found = compare()
    # Grant: 900,000 after administration, 45 grants of 20,000, as much private money.
    assert value(found, "grant", "smes_reached") == pytest.approx(45)
    assert value(found, "grant", "private_money") == pytest.approx(900_000)
    assert value(found, "grant", "public_cost") == pytest.approx(1_000_000)
    # Loan: four cycles of 2.5 years at q = 0.95 lend 3.7099 times the budget.
    assert value(found, "loan", "smes_reached") == pytest.approx(74.1975, abs=5e-5)
    left = 0.95**4 / 1.03**10
    assert value(found, "loan", "public_cost") == pytest.approx(1_000_000 * (1 - left))
    # Guarantee: 10 of loans for each unit set aside; q = 1 - (0.04 + 0.01 - 0.02) / 0.2 = 0.85.
    assert value(found, "guarantee", "smes_reached") == pytest.approx(100 * 1.85)
    assert value(found, "guarantee", "private_money") == pytest.approx(18_500_000 * 1.1)
    expected = 1_000_000 * (1 - 0.85**2 / 1.03**10)
    assert value(found, "guarantee", "public_cost") == pytest.approx(expected)


def test_only_cycles_that_end_in_time_count():
    found = compare(GIVEN | {"loan_cycle": 4})
    assert value(found, "loan", "smes_reached") == pytest.approx(20 * 1.95)


def test_a_fund_that_costs_nothing_has_no_figure_by_unit_of_cost():
    given = GIVEN | {"discount": 0.0, "loan_loss": 0.0, "loan_cost": 0.0}
    found = compare(given)
    assert value(found, "loan", "public_cost") < 0
    assert np.isnan(value(found, "loan", "smes_per_million"))
    rows = found.frame.set_index(["instrument", "measure"])
    assert "pays nothing" in rows.loc[("loan", "smes_per_million"), "note"]


def test_all_assumptions_stand_in_one_table():
    table = compare(WIDE).assumptions
    assert table["assumption"].tolist() == one_euro_assumptions()["assumption"].tolist()
    assert table["meaning"].str.len().gt(0).all()
    row = table.set_index("assumption").loc["loan_loss"]
    assert row[["low", "central", "high"]].tolist() == [0.03, 0.06, 0.12]


def test_sensitivity_moves_only_what_depends_on_it():
    rows = compare(WIDE).sensitivity
    moved = rows.groupby("assumption")["instrument"].unique().map(list).to_dict()
    assert moved == {
        "grant_rate": ["grant"],
        "guarantee_loss": ["guarantee"],
        "loan_loss": ["loan"],
    }
    loan = rows[(rows["instrument"] == "loan") & (rows["measure"] == "smes_reached")].iloc[0]
    assert loan["at_low"] > loan["value"] > loan["at_high"]


def test_same_seed_same_figures():
    first, again, other = (compare(WIDE, seed=seed).frame for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


def test_shares_of_the_best_add_up():
    best = compare(WIDE).best
    assert best.groupby("measure")["share"].sum().to_numpy() == pytest.approx(1)


def test_nothing_has_a_default():
    short = {name: one for name, one in GIVEN.items() if name != "loan_loss"}
    with pytest.raises(InputError, match="loan_loss"):
        compare(short)
    with pytest.raises(UsageError, match="loan_loss"):
        compare(GIVEN | {"loan_los": 0.1})


@pytest.mark.parametrize(
    "changed",
    [
        {"loan_loss": 6},
        {"grant_rate": 0},
        {"guarantee_reserve": 0.0},
        {"loan_cycle": 0},
        {"grant_mean": -1},
        {"loan_loss": (0.2, 0.1, 0.3)},
    ],
)
def test_assumptions_out_of_range_are_refused(changed):
    with pytest.raises(UsageError):
        compare(GIVEN | changed)


@pytest.mark.parametrize("changed", [{"budget": 0}, {"years": 0}, {"runs": 5}])
def test_arguments_out_of_range_are_refused(changed):
    with pytest.raises(UsageError):
        compare(**changed)
    with pytest.raises(InputError, match="currency"):
        compare(currency="")


def test_picture_has_a_panel_for_each_measure_and_says_projection():
    axes = compare(WIDE).plot()
    titles = [panel.get_title(loc="left") for panel in axes.figure.axes]
    assert titles == ["Public cost (EUR)", "SMEs reached", "Private money (EUR)"]
    assert "projection" in axes.figure.texts[0].get_text()
    assert compare(WIDE).plot_sensitivity(instrument="loan").get_yticklabels()
    with pytest.raises(UsageError, match="grant"):
        compare(WIDE).plot_sensitivity(instrument="grants")
