"""Two periods: worked tables, prices, clusters in both periods, edges."""

import numpy as np
import pandas as pd
import pytest

import difass_analysis as da
from difass_analysis.comparison.changing import change
from difass_analysis.comparison.decomposition import decompose
from difass_analysis.display.pictures import close
from difass_analysis.errors import UsageError
from tests.tables import assert_shows, frame_of

LEVERAGE = "private_per_public"
PERIODS = ((2014, 2016), (2017, 2020))

TWO_YEARS = """
region | year | mechanism | public_amount | private_amount | beneficiary_id
N      | 2017 | fair      | 20            | 8              | a
N      | 2017 | loan      | 80            | 48             | b
N      | 2018 | fair      | 60            | 30             | a
N      | 2018 | loan      | 40            | 40             | c
"""


def programme_of(text, **settings):
    frame = frame_of(text)
    frame["operation_id"] = [f"op{number}" for number in range(len(frame))]
    basis = da.Settings(id="t", name="t", currency="EUR", **settings)
    return da.Programme.from_frames(operations=frame, settings=basis)


@pytest.fixture(scope="module")
def simulated():
    return da.simulate(seed=1, panel_firms=200)


def deflators(**index):
    years = [int(name.removeprefix("y")) for name in index]
    return pd.DataFrame({"year": years, "index": list(index.values()), "source": "NSI"})


def values_of(found):
    return dict(zip(found.frame["measure"], found.frame["value"], strict=True))


# --- worked tables -------------------------------------------------------------------


def test_two_years_of_one_region():
    # 2017: 56/100 = 0.56, 2018: 70/100 = 0.70; difference 0.14, ratio 1.25. The parts are those
    # of the two-by-two table of the decomposition.
    found = change(programme_of(TWO_YEARS), LEVERAGE, periods=(2017, 2018), over="mechanism")
    assert_shows(
        found.frame,
        """
        measure    | period       | value | n
        before     | 2017         | 0.56  | 2
        after      | 2018         | 0.70  | 2
        difference | 2017 to 2018 | 0.14  | 3
        ratio      | 2017 to 2018 | 1.25  | 3
        """,
    )
    assert_shows(
        found.parts[found.parts["row"] == "all"],
        """
        period | against | effect      | value
        2018   | 2017    | composition | -0.14
        2018   | 2017    | rate        | 0.28
        2018   | 2017    | gap         | 0.14
        """,
    )


def test_money_of_one_year_over_money_of_that_year_needs_no_deflator():
    index = deflators(y2017=100.0, y2018=105.0)
    programme = programme_of(TWO_YEARS)
    plain, real = (
        change(programme, LEVERAGE, periods=(2017, 2018), over="mechanism", deflators=table)
        for table in (None, index)
    )
    for column in ("value", "se"):
        assert real.frame[column].to_numpy() == pytest.approx(
            plain.frame[column].to_numpy(), rel=1e-9, nan_ok=True
        )
    assert any(caveat.startswith("Money in prices of 2018") for caveat in real.caveats)
    assert any("is not deflated" in caveat for caveat in plain.caveats)


def test_prices_weigh_the_years_of_a_period():
    # Before, in prices of 2018 (index 110): 2016 x 1.10, 2017 x 1.10/1.05.
    # private 10 x 1.10 + 40 x 1.047619 = 52.904762, public 100 x (1.10 + 1.047619) = 214.761905
    text = """
    year | public_amount | private_amount
    2016 | 100           | 10
    2017 | 100           | 40
    2018 | 100           | 50
    """
    found = change(
        programme_of(text),
        LEVERAGE,
        periods=((2016, 2017), 2018),
        deflators=deflators(y2016=100.0, y2017=105.0, y2018=110.0),
    )
    assert values_of(found)["before"] == pytest.approx(52.9047619 / 214.7619048)
    assert values_of(found)["after"] == 0.5


def test_real_growth_of_a_total():
    # 100 in 2017 are 102 in prices of 2018; 153 is 1.5 times as much.
    text = """
    year | mechanism | public_amount
    2017 | fair      | 60
    2017 | loan      | 40
    2018 | fair      | 102
    2018 | loan      | 51
    """
    found = change(
        programme_of(text),
        "public",
        periods=(2017, 2018),
        over="mechanism",
        deflators=deflators(y2017=100.0, y2018=102.0),
    )
    assert {name: round(value, 9) for name, value in values_of(found).items()} == {
        "before": 102.0,
        "after": 153.0,
        "difference": 51.0,
        "ratio": 1.5,
    }
    assert_shows(
        found.parts,
        """
        row      | mechanism | effect | value | share  | share_against | n
        category | fair      | amount | 40.80 | 0.6667 | 0.6           | 2
        category | loan      | amount | 10.20 | 0.3333 | 0.4           | 2
        all      |           | gap    | 51.00 |        |               | 4
        """,
    )


def test_counts_are_not_deflated(simulated):
    index = deflators(**{f"y{year}": 100.0 + year - 2014 for year in range(2014, 2021)})
    plain, real = (
        change(simulated, "operations", periods=PERIODS, deflators=table) for table in (None, index)
    )
    assert real.frame["value"].tolist() == plain.frame["value"].tolist()
    assert not any("prices" in caveat.lower() for caveat in real.caveats)


# --- clusters in both periods --------------------------------------------------------


def test_a_beneficiary_in_both_periods_counts_once(simulated):
    frame = simulated.table("operations")
    frame = frame.assign(after=frame["year"] >= 2017)
    table = frame.pivot_table(
        index="beneficiary_id",
        columns="after",
        values=["private_amount", "public_amount"],
        aggfunc="sum",
        fill_value=0.0,
    )
    y, x = table["private_amount"].to_numpy(), table["public_amount"].to_numpy()
    total_y, total_x = y.sum(axis=0), x.sum(axis=0)
    ratio = total_y / total_x
    influence = (y - ratio * x) / total_x
    scale = len(table) / (len(table) - 1)
    wanted = {
        "difference": np.sqrt(scale * ((influence[:, 1] - influence[:, 0]) ** 2).sum()),
        "ratio": ratio[1]
        / ratio[0]
        * np.sqrt(scale * ((influence[:, 1] / ratio[1] - influence[:, 0] / ratio[0]) ** 2).sum()),
    }
    found = change(simulated, LEVERAGE, periods=PERIODS).frame.set_index("measure")
    assert found.loc["difference", "value"] == pytest.approx(ratio[1] - ratio[0], rel=1e-9)
    for measure, error in wanted.items():
        assert found.loc[measure, "se"] == pytest.approx(error, rel=1e-9)
    assert found.loc["difference", "n"] == len(table)


def test_the_error_of_a_total_is_that_of_the_clusters_changes(simulated):
    frame = simulated.table("operations")
    frame = frame[frame["year"].isin([2014, 2020])]
    table = frame.pivot_table(
        index="beneficiary_id",
        columns="year",
        values="public_amount",
        aggfunc="sum",
        fill_value=0.0,
    )
    found = change(simulated, "public", periods=(2014, 2020)).frame.set_index("measure")
    error = np.sqrt(((table[2020] - table[2014]) ** 2).sum())
    assert found.loc["difference", "se"] == pytest.approx(error, rel=1e-9)


@pytest.mark.parametrize("indicator", [LEVERAGE, "public", "public_cost_per_sme", "smes_reached"])
def test_each_period_is_what_measure_says(simulated, indicator):
    found = change(simulated, indicator, periods=PERIODS, by="region", over="mechanism").frame
    for measure, (first, last) in zip(("before", "after"), PERIODS, strict=True):
        years = [str(year) for year in range(first, last + 1)]
        measured = da.measure(
            simulated, indicators=[indicator], by=["region"], where={"year": years}
        ).frame
        rows = found[found["measure"] == measure]
        assert rows["value"].to_numpy() == pytest.approx(measured["value"].to_numpy(), rel=1e-9)
        assert rows["n"].tolist() == measured["n"].tolist()
        few, many = (measured["n"] < 10).to_numpy(), (measured["n"] >= 50).to_numpy()
        errors, wanted = rows["se"].to_numpy(), measured["se"].to_numpy()
        assert errors[few] == pytest.approx(wanted[few], rel=1e-6, nan_ok=True)
        assert errors[many] == pytest.approx(wanted[many], rel=0.02)


def test_parts_are_those_of_a_decomposition_by_year(simulated):
    where = {"year": ["2016", "2018"]}
    other = decompose(
        simulated, LEVERAGE, by="year", over="mechanism", group="2018", against="2016", where=where
    ).frame
    found = change(simulated, LEVERAGE, periods=(2016, 2018), over="mechanism").parts
    for column in ("value", "se", "share", "rate_against"):
        assert found[column].to_numpy() == pytest.approx(
            other[column].to_numpy(), rel=1e-9, abs=1e-12, nan_ok=True
        )


# --- edges ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"periods": (2018, 2017)}, "does not end before"),
        ({"periods": ((2016, 2017), (2017, 2018))}, "does not end before"),
        ({"periods": (2016, 2017, 2018)}, "between two periods"),
        ({"periods": ("2017", "2018")}, "not a period of years"),
        ({"periods": (2016, 2018)}, "known in no row of 2016. The data have 2017-2018"),
        ({"by": "year"}, "'year' cannot be a group"),
        ({"where": {"year": ["2017"]}}, "'year' cannot be a group"),
        ({"by": "region", "over": "region"}, "cannot be a group and make the categories"),
        ({"deflators": deflators(y2018=100.0)}, "no row for 2017"),
        ({"deflators": deflators(y2017=0.0, y2018=1.0)}, "not a number above zero in 2017"),
        ({"deflators": pd.DataFrame({"year": [2017]})}, "no column index, source"),
    ],
)
def test_wrong_use_is_refused(options, message):
    with pytest.raises(UsageError, match=message):
        change(programme_of(TWO_YEARS), LEVERAGE, **({"periods": (2017, 2018)} | options))


def test_constant_prices_are_not_deflated_again():
    programme = programme_of(TWO_YEARS, price_basis="constant:2015")
    table = deflators(y2017=100.0, y2018=101.0)
    with pytest.raises(UsageError, match="constant prices already"):
        change(programme, LEVERAGE, periods=(2017, 2018), deflators=table)


def test_a_region_of_one_period_has_a_note():
    text = TWO_YEARS + "S | 2018 | fair | 10 | 5 | d\n"
    found = change(programme_of(text), LEVERAGE, periods=(2017, 2018), by="region").frame
    rows = found[found["region"] == "S"]
    assert rows["value"].isna().all()
    assert set(rows["note"]) == {"Not defined: no row counts in 2017."}


def test_zero_private_money_has_no_ratio():
    text = TWO_YEARS.replace("| 8 ", "| 0 ").replace("| 48 ", "| 0 ")
    found = change(programme_of(text), LEVERAGE, periods=(2017, 2018)).frame.set_index("measure")
    assert found.loc["before", "value"] == 0
    assert np.isnan(found.loc["ratio", "value"])
    assert "a numerator is not above zero" in found.loc["ratio", "note"]


@pytest.mark.parametrize(
    ("indicator", "over"), [(LEVERAGE, "mechanism"), (LEVERAGE, ()), ("public", "mechanism")]
)
def test_the_waterfall_leads_from_before_to_after(simulated, indicator, over):
    found = change(simulated, indicator, periods=PERIODS, by="region", over=over)
    ax = found.plot(group="FRI")
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels[0] == "2014-2016" and labels[-1] == "2017-2020" and len(labels) > 2
    assert not any("lead to" in text.get_text() for text in ax.figure.texts)
    close(ax)
