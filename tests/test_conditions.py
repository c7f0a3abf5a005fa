"""Framework conditions, distances between contexts, and what hangs on the weights."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difass_analysis import check
from difass_analysis.display.canvas import SIMULATED
from difass_analysis.display.pictures import close, figure_bytes
from difass_analysis.errors import InputError, UsageError
from difass_analysis.mechanisms import (
    condition_series,
    context_distance,
    framework_conditions,
    weight_sensitivity,
)
from difass_analysis.programme import Programme, Settings
from difass_analysis.simulation import simulate
from tests.tables import assert_shows, frame_of

# Means 20 and 5, standard deviations (divided by n) 10 and 2.
TABLE = """
    | region | nuts_version | level  | indicator | year | value | unit |
    | ITH5   | 2016         | NUTS 2 | gdp       | 2021 | 10    | PPS  |
    | ITF2   | 2016         | NUTS 2 | gdp       | 2021 | 30    | PPS  |
    | ES13   | 2016         | NUTS 2 | gdp       | 2021 | 10    | PPS  |
    | FRI1   | 2016         | NUTS 2 | gdp       | 2021 | 30    | PPS  |
    | ITH5   | 2016         | NUTS 2 | quality   | 2021 | 3     | z    |
    | ITF2   | 2016         | NUTS 2 | quality   | 2021 | 7     | z    |
    | ES13   | 2016         | NUTS 2 | quality   | 2021 | 7     | z    |
    | FRI1   | 2016         | NUTS 2 | quality   | 2021 | 3     | z    |
    """
SAFE = """
    | region | nuts_version | level   | indicator | year | value | unit |
    | IT     | 2016         | country | safe      | 2021 | 4     | net  |
    | ES     | 2016         | country | safe      | 2021 | 8     | net  |
    """


def programme(*texts: str, simulated: bool = False) -> Programme:
    rows = pd.concat([frame_of(text) for text in texts], ignore_index=True)
    rows["nuts_version"] = rows["nuts_version"].astype("Int64").astype(str)
    return Programme.from_frames(
        settings=Settings(id="c", name="Conditions", currency="EUR", simulated=simulated),
        conditions=rows,
    )


def test_values_are_standardised_over_the_reference_set():
    found = framework_conditions(programme(TABLE))
    assert_shows(
        found.frame,
        """
        | region | indicator | value | z    | assigned |
        | ITH5   | gdp       | 10    | -1.0 | false    |
        | ITF2   | gdp       | 30    | 1.0  | false    |
        | ES13   | gdp       | 10    | -1.0 | false    |
        | FRI1   | gdp       | 30    | 1.0  | false    |
        | ITH5   | quality   | 3     | -1.0 | false    |
        | ITF2   | quality   | 7     | 1.0  | false    |
        | ES13   | quality   | 7     | 1.0  | false    |
        | FRI1   | quality   | 3     | -1.0 | false    |
        """,
    )
    assert found.scales[["mean", "deviation", "n"]].values.tolist() == [[20, 10, 4], [5, 2, 4]]


def test_another_reference_set_gives_other_figures():
    found = framework_conditions(programme(TABLE), reference=["ITH5", "ES13"])
    gdp = found.scales.set_index("indicator").loc["gdp"]
    assert gdp["note"] == "the reference set does not vary"
    assert found.frame.loc[found.frame["indicator"] == "gdp", "z"].isna().all()
    assert found.reference == "2 units named by the caller of the table"


def test_a_value_of_a_country_is_never_silently_given_to_a_region():
    plain = framework_conditions(programme(TABLE, SAFE))
    safe = plain.frame[plain.frame["indicator"] == "safe"]
    assert safe["value"].isna().all()
    assert safe["note"].tolist()[0].startswith("known for IT (country) only")
    assert set(plain.regions) == {"ITH5", "ITF2", "ES13", "FRI1"}
    marked = framework_conditions(programme(TABLE, SAFE), from_above=["country"])
    safe = marked.frame[marked.frame["indicator"] == "safe"]
    assert_shows(
        safe,
        """
        | region | value | assigned | value_region | value_level |
        | ITH5   | 4     | true     | IT           | country     |
        | ITF2   | 4     | true     | IT           | country     |
        | ES13   | 8     | true     | ES           | country     |
        | FRI1   |       | false    |              |             |
        """,
    )
    assert any("3 values are assigned" in one for one in marked.caveats)
    near = context_distance(marked, exporter="ITH5")
    term = near.terms[(near.terms["region"] == "ITF2") & (near.terms["indicator"] == "safe")]
    assert term["assigned"].item()
    assert "0 by construction" in term["note"].item()
    assert near.frame.set_index("region").loc["ITF2", "assigned"] == 1


def test_a_country_counts_once_in_the_scale_however_many_regions_it_has():
    found = framework_conditions(programme(TABLE, SAFE), from_above=["country"])
    safe = found.scales.set_index("indicator").loc["safe"]
    # IT and ES once each: mean 6 and deviation 2, not 16/3 from three regions.
    assert (safe["mean"], safe["deviation"], safe["n"]) == (6.0, 2.0, 2)


def test_values_come_from_the_nearest_level_that_is_allowed():
    rows = """
        | region | nuts_version | level   | indicator | year | value | unit |
        | DE     | 2016         | country | q         | 2021 | 1     | z    |
        | DE9    | 2016         | NUTS 1  | q         | 2021 | 2     | z    |
        | ES13   | 2016         | NUTS 2  | q         | 2021 | 3     | z    |
        """
    made = programme(rows)
    for levels, value in ((["country"], 1.0), (["country", "NUTS 1"], 2.0)):
        found = framework_conditions(made, regions=["DE91", "ES13"], from_above=levels)
        assert found.frame["value"].tolist() == [value, 3.0]
    with pytest.raises(UsageError, match="no list"):
        framework_conditions(made, from_above="country")
    with pytest.raises(UsageError, match="no level to take"):
        framework_conditions(made, from_above=["NUTS 3"])


def test_completeness_names_what_is_missing():
    text = TABLE.replace("| FRI1   | 2016         | NUTS 2 | quality   | 2021 | 3     | z    |", "")
    found = framework_conditions(programme(text, SAFE), from_above=["country"])
    assert_shows(
        found.completeness,
        """
        | kind      | name    | known | assigned | of | known_share | missing       |
        | indicator | gdp     | 4     | 0        | 4  | 1.00        |               |
        | indicator | quality | 3     | 0        | 4  | 0.75        | FRI1          |
        | indicator | safe    | 0     | 3        | 4  | 0.00        | FRI1          |
        | region    | ITH5    | 2     | 1        | 3  | 0.67        |               |
        | region    | ITF2    | 2     | 1        | 3  | 0.67        |               |
        | region    | ES13    | 2     | 1        | 3  | 0.67        |               |
        | region    | FRI1    | 1     | 0        | 3  | 0.33        | quality, safe |
        """,
    )


def test_one_year_and_one_edition_for_all_regions():
    rows = """
        | region | nuts_version | level  | indicator | year | edition | value | unit |
        | ITH5   | 2016         | NUTS 2 | rci       | 2019 | old     | 1     | x    |
        | ITF2   | 2016         | NUTS 2 | rci       | 2019 | old     | 2     | x    |
        | ITH5   | 2016         | NUTS 2 | rci       | 2022 | new     | 80    | x    |
        """
    made = programme(rows)
    latest = framework_conditions(made)
    # The other region is there without a value; nothing is taken from another year.
    assert latest.frame["region"].tolist() == ["ITH5", "ITF2"]
    assert latest.frame["value"].isna().tolist() == [False, True]
    assert latest.frame["note"].tolist()[1].startswith("not known in that year; known for 2019")
    before = framework_conditions(made, years=2019)
    assert before.frame["value"].tolist() == [1, 2]
    with pytest.raises(UsageError, match="no value in 2020"):
        framework_conditions(made, years={"rci": 2020})
    with pytest.raises(UsageError, match="no time series"):
        condition_series(made, "rci")
    assert condition_series(made, "rci", edition="old")["value"].tolist() == [2, 1]
    with pytest.raises(UsageError, match="edition of 'rci'"):
        condition_series(made, "rci", edition="newest")
    both = programme(rows.replace("2019", "2022"))
    with pytest.raises(UsageError, match="several editions"):
        framework_conditions(both)
    chosen = framework_conditions(both, editions={"rci": "old"})
    assert chosen.frame["value"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("| 7     | z    |", "| 7     | cm   |", "several units: cm, z"),
        (
            "| FRI1   | 2016         | NUTS 2 | quality",
            "| ITH5   | 2016         | NUTS 2 | quality",
            "two values for ITH5",
        ),
        (
            "| FRI1   | 2016         | NUTS 2 | quality",
            "| FRI1   | 2021         | NUTS 2 | quality",
            "coded by NUTS 2016 and 2021",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(old, new, message):
    with pytest.raises(InputError, match=message):
        framework_conditions(programme(TABLE.replace(old, new)))


def test_levels_and_years_that_differ_are_said():
    text = TABLE.replace("| FRI1   | 2016         | NUTS 2 |", "| DE9    | 2016         | NUTS 1 |")
    rows = frame_of(text)
    rows.loc[rows["indicator"] == "gdp", "year"] = 2019
    found = framework_conditions(
        Programme.from_frames(conditions=rows.astype({"nuts_version": str}))
    )
    said = " ".join(found.caveats)
    assert "NUTS 1, NUTS 2" in said
    assert "gdp 2019, quality 2021" in said


def test_no_conditions_is_an_error_with_a_way_out():
    with pytest.raises(InputError, match="Add a table conditions"):
        framework_conditions(
            Programme.from_frames(operations=pd.DataFrame({"operation_id": ["a"]}))
        )
    with pytest.raises(UsageError, match="framework indicator"):
        framework_conditions(programme(TABLE), indicators=["gpd"])
    with pytest.raises(UsageError, match="region with conditions"):
        framework_conditions(programme(TABLE), regions=["XX11"])


# --- distance ------------------------------------------------------------------------


def test_the_distance_by_hand():
    # To ITF2: (30-10)/10 = 2 and (7-3)/2 = 2, so sqrt(.25*4 + .75*4) = 2. To ES13: 0 and 2, so
    # sqrt(.75*4) = 1.7321. To FRI1: 2 and 0, so sqrt(.25*4) = 1.
    found = context_distance(
        framework_conditions(programme(TABLE)),
        exporter="ITH5",
        weights={"gdp": 0.25, "quality": 0.75},
    )
    assert_shows(
        found.frame,
        """
        | exporter | region | distance | rank | weight_known_share | known |
        | ITH5     | FRI1   | 1.0000   | 1    | 1.0                | 2     |
        | ITH5     | ES13   | 1.7321   | 2    | 1.0                | 2     |
        | ITH5     | ITF2   | 2.0000   | 3    | 1.0                | 2     |
        """,
    )
    assert found.nearest(2)["region"].tolist() == ["FRI1", "ES13"]
    sums = found.terms.groupby("region")["term"].sum()
    squares = found.frame.set_index("region")["distance"] ** 2
    assert sums.to_dict() == pytest.approx(squares.to_dict())


def test_missing_values_and_the_share_of_weight_that_is_known():
    text = TABLE.replace("| ES13   | 2016         | NUTS 2 | quality   | 2021 | 7     | z    |", "")
    conditions = framework_conditions(programme(text))
    weights = {"gdp": 0.25, "quality": 0.75}
    strict = context_distance(conditions, exporter="ITH5", weights=weights)
    row = strict.frame.set_index("region").loc["ES13"]
    assert np.isnan(row["distance"])
    assert pd.isna(row["rank"])
    assert row["note"] == "only 25 % of the weight is known"
    assert row["missing"] == "quality"
    assert "ES13" not in set(strict.nearest(10)["region"])
    loose = context_distance(conditions, exporter="ITH5", weights=weights, least_known=0.25)
    row = loose.frame.set_index("region").loc["ES13"]
    assert row["distance"] == 0  # alike on the one indicator that both have
    assert row["weight_known_share"] == 0.25
    assert any("over fewer indicators" in one for one in loose.caveats)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"exporter": "ITH6"}, "ITH6"),
        ({"weights": {"gdp": 1.0}}, "'quality' has no weight"),
        ({"weights": {"gdp": 0.5, "quality": 0.6}}, "sum to 1.1"),
        ({"weights": {"gdp": -0.5, "quality": 1.5}}, "below 0"),
        ({"weights": {"gdp": 0.5, "qualty": 0.5}}, "'qualty'"),
        ({"importers": ["ITH5"]}, "compared with itself"),
        ({"least_known": 2}, "no share"),
    ],
)
def test_bad_arguments_of_a_distance(arguments, message):
    with pytest.raises(UsageError, match=message):
        context_distance(
            framework_conditions(programme(TABLE)), **{"exporter": "ITH5", **arguments}
        )


matrices = st.lists(
    st.lists(st.integers(-5, 5), min_size=3, max_size=3), min_size=3, max_size=6
).filter(lambda rows: all(len({row[k] for row in rows}) > 1 for k in range(3)))


def of_matrix(rows, *, shift=0.0, factor=1.0):
    table = [
        (f"r{i}", name, 2021, float(value) * factor + shift)
        for i, row in enumerate(rows)
        for name, value in zip("abc", row, strict=True)
    ]
    frame = pd.DataFrame(table, columns=["region", "indicator", "year", "value"])
    return framework_conditions(Programme.from_frames(conditions=frame.assign(level="NUTS 2")))


@given(rows=matrices, factor=st.sampled_from([0.01, 3.0, 1000.0]))
@settings(deadline=None, max_examples=8)
def test_units_do_not_matter_and_distances_are_the_same_both_ways(rows, factor):
    one, other = of_matrix(rows), of_matrix(rows, shift=7.0, factor=factor)
    there = context_distance(one, exporter="r0").frame.set_index("region")["distance"]
    scaled = context_distance(other, exporter="r0").frame.set_index("region")["distance"]
    assert there.to_dict() == pytest.approx(scaled.to_dict(), abs=1e-9)
    back = context_distance(one, exporter="r1").frame.set_index("region")["distance"]
    assert back["r0"] == pytest.approx(there["r1"])
    # The definition, with the deviation over the whole set.
    values = np.array(rows, dtype=float)
    expected = np.sqrt((((values[1] - values[0]) / values.std(axis=0)) ** 2).mean())
    assert there["r1"] == pytest.approx(expected)


# --- weights -------------------------------------------------------------------------


def test_draws_of_weights_are_what_geometry_says():
    # On two indicators A is (0, 0), B (1, 2), C (2, 1): B is nearer where its weight on the first
    # is above 1/2, which is half of all weights; D (3, 3) is never nearest.
    rows = [[0, 0], [1, 2], [2, 1], [3, 3]]
    table = [
        (f"r{i}", name, 2021, float(value))
        for i, row in enumerate(rows)
        for name, value in zip("ab", row, strict=True)
    ]
    frame = pd.DataFrame(table, columns=["region", "indicator", "year", "value"])
    conditions = framework_conditions(
        Programme.from_frames(conditions=frame.assign(level="NUTS 2"))
    )
    near = context_distance(conditions, exporter="r0")
    found = weight_sensitivity(near, draws=20_000, top=1).frame.set_index("region")
    assert found["top_share"].to_dict() == pytest.approx({"r1": 0.5, "r2": 0.5, "r3": 0}, abs=0.015)
    assert found.loc["r3", ["rank_best", "rank_worst"]].tolist() == [3, 3]
    assert near.frame["rank"].tolist() == [1, 1, 3]


def test_the_same_seed_gives_the_same_and_concentration_keeps_to_the_weights():
    conditions = framework_conditions(programme(TABLE))
    near = context_distance(conditions, exporter="ITH5", weights={"gdp": 0.3, "quality": 0.7})
    one, two, other = (weight_sensitivity(near, seed=seed).frame for seed in (4, 4, 5))
    pd.testing.assert_frame_equal(one, two)
    assert not one["top_share"].equals(other["top_share"]) or len(one) <= 3
    close_by = weight_sensitivity(near, concentration=1e6).frame
    assert close_by["rank_best"].tolist() == close_by["rank_worst"].tolist() == [1, 2, 3]
    first = weight_sensitivity(near, top=1).frame.set_index("region")["top_share"]
    assert 0.5 < first["FRI1"] < 1
    with pytest.raises(UsageError, match="one is too small"):
        weight_sensitivity(near, draws=0)


def test_one_weight_leaves_nothing_to_draw():
    conditions = framework_conditions(programme(TABLE))
    near = context_distance(conditions, exporter="ITH5", weights={"gdp": 0.0, "quality": 1.0})
    found = weight_sensitivity(near, draws=50)
    assert found.frame["rank_best"].tolist() == found.frame["rank_worst"].tolist()
    assert any("nothing to draw" in one for one in found.caveats)


# --- findings ------------------------------------------------------------------------


def rules_of(rows: pd.DataFrame) -> dict[str, str]:
    found = check(Programme.from_frames(conditions=rows)).frame
    return dict(zip(found["rule"], found["message"], strict=True))


def test_a_clean_table_has_no_finding():
    assert rules_of(frame_of(TABLE).astype({"nuts_version": str})) == {}


@pytest.mark.parametrize(
    ("column", "value", "rule", "message"),
    [
        (
            "region",
            "FR61",
            "code_not_of_version",
            "FR61 is no code of NUTS 2016; it is one of 2006",
        ),
        ("nuts_version", "2015", "code_not_of_version", "NUTS version '2015' is none of"),
        ("nuts_version", "2013", "condition_versions_mixed", "several NUTS versions: 2013, 2016"),
        ("level", "NUTS 1", "level_against_code", "ITH5 is given as NUTS 1"),
        ("level", "county", "level_against_code", "'county' of ITH5 is none of"),
        ("level", "NUTS 1", "condition_levels_mixed", "several levels: NUTS 1, NUTS 2"),
        ("unit", "EUR", "condition_units_mixed", "several units: EUR, PPS"),
    ],
)
def test_findings(column, value, rule, message):
    rows = frame_of(TABLE).astype({"nuts_version": str})
    rows.loc[0, column] = value
    assert message in rules_of(rows)[rule]


def test_several_editions_are_found():
    rows = frame_of(TABLE).astype({"nuts_version": str}).assign(edition="2019")
    assert "condition_editions" not in rules_of(rows)
    rows.loc[0, "edition"] = "2022"
    assert "2 editions: 2019, 2022" in rules_of(rows)["condition_editions"]


# --- simulated programme, pictures -------------------------------------------------------


def test_conditions_of_the_simulated_programme():
    made = simulate(seed=3, operations=20, panel_firms=50, regions=9)
    found = framework_conditions(made)
    assert found.indicators == ("institutional_quality", "market_access")
    assert len(found.regions) == 9
    assert found.completeness["known_share"].eq(1).all()
    z = found.frame.groupby("indicator")["z"]
    assert z.mean().tolist() == pytest.approx([0, 0], abs=1e-9)
    assert z.std(ddof=0).tolist() == pytest.approx([1, 1])


def test_pictures_say_what_they_show():
    made = programme(TABLE, SAFE, simulated=True)
    found = framework_conditions(made, from_above=["country"])
    near = context_distance(found, exporter="ITH5")
    drawn = {
        "profile": found.plot(),
        "terms": near.plot(),
        "ranks": weight_sensitivity(near, draws=200).plot(),
    }
    for name, ax in drawn.items():
        figure = ax.get_figure(root=True)
        texts = [text.get_text() for text in (*figure.texts, *ax.texts)]
        assert SIMULATED in texts, name
        assert any(text.startswith("SIMULATED DATA. Source:") for text in texts), name
        assert len(figure_bytes(ax, format="png")) > 10_000
        close(ax)
    terms = [text.get_text() for text in drawn["terms"].texts]
    assert "0.0*" in terms  # a value of the country is marked, and the two have the same
    assert "?" in terms
    with pytest.raises(UsageError, match="profile of 9 regions"):
        framework_conditions(simulate(seed=3, operations=5, panel_firms=9, regions=9)).plot()
    with pytest.raises(UsageError, match="ITH9"):
        found.plot(regions=["ITH9"])


def test_a_countrys_value_in_the_row_of_a_region_is_not_the_regions():
    rows = pd.DataFrame(
        {
            "region": ["ITH5", "ITC4", "ES13"],
            "level": ["country", "country", "NUTS 2"],
            "indicator": "access to finance",
            "year": 2021,
            "value": [1.0, 1.0, 3.0],
        }
    )
    programme = Programme.from_frames(conditions=rows)
    frame = framework_conditions(programme).frame.set_index("region")
    assert frame["value"].isna().to_dict() == {"ITH5": True, "ITC4": True, "ES13": False}
    assert frame.loc["ITH5", "note"].startswith("known for IT (country) only")
    given = framework_conditions(programme, from_above=["country"])
    row = given.frame.set_index("region").loc["ITH5"]
    assert row[["value", "assigned", "value_region"]].tolist() == [1.0, True, "IT"]
    assert given.scales["n"].item() == 2  # Italy was measured once


@pytest.mark.parametrize("name", ["Kent", "Malta", "Crete"])
def test_a_name_is_no_code(name):
    rows = pd.DataFrame({"region": [name, "ITH5"], "indicator": "q", "year": 2021, "value": 1.0})
    frame = framework_conditions(Programme.from_frames(conditions=rows)).frame
    assert frame["level"].tolist() == ["", "NUTS 2"]
