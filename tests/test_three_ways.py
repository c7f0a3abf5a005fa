"""One question asked three ways: does each find a mechanism that is known to be there?"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from difass_analysis.display.pictures import close
from difass_analysis.errors import InputError, UsageError
from difass_analysis.mechanisms import framework_conditions, three_ways
from difass_analysis.mechanisms.three_ways_ranks import holm, rank_answer, smallest_p
from difass_analysis.mechanisms.three_ways_sets import most_conditions
from difass_analysis.programme import Programme, Settings
from difass_analysis.simulation import SimulatedProgramme, simulate

GAIN = {
    "id": "gain",
    "label": "Gain in log turnover of a supported firm",
    "numerator": {"sum": "operations.private_amount"},
    "denominator": "operations",
    "unit": "log points",
    "definition": "Growth of turnover after support beyond that of firms never supported.",
    "source": "Made for this test.",
}
QUALITY, ACCESS = "institutional_quality", "market_access"
# Just above the true thresholds 0 and 100, as the truth says "above"; the gain of a mechanism that
# works is about 0.055 log points, to which selection adds about 0.03.
ANCHORS = {
    QUALITY: {"crossover": 0.1},
    ACCESS: {"crossover": 100.1},
    "gain": {"crossover": 0.06},
}


@cache
def world() -> SimulatedProgramme:
    return simulate(seed=5, operations=3000, regions=9, panel_firms=40_000)


@cache
def gains() -> Programme:
    """Firms of the simulated panel, each with its growth beyond that of firms never supported."""
    made = world()
    first = made.table("participations").merge(
        made.table("operations")[["operation_id", "year", "mechanism", "region"]],
        on="operation_id",
        suffixes=("_taken", ""),
    )
    first = first.sort_values(["year", "operation_id"]).drop_duplicates("sme_id")
    panel = made.table("outcomes")
    panel = panel[panel["turnover_amount"] > 0]
    panel = panel.assign(level=np.log(panel["turnover_amount"].astype(float)))
    never = panel[~panel["sme_id"].isin(first["sme_id"])]
    trend = never.groupby("year")["level"].mean()
    rows = panel.merge(first[["sme_id", "year"]].rename(columns={"year": "start"}), on="sme_id")
    rows["beyond"] = rows["level"] - rows["year"].map(trend)
    before = rows[rows["year"] < rows["start"]].groupby("sme_id")["beyond"].mean()
    after = rows[rows["year"] >= rows["start"]].groupby("sme_id")["beyond"].mean()
    firms = first.set_index("sme_id").assign(gain=after - before).dropna(subset=["gain"])
    operations = pd.DataFrame(
        {
            "operation_id": firms.index.astype(str),
            "beneficiary_id": firms.index.astype(str),
            "region": firms["region"].to_numpy(),
            "mechanism": firms["mechanism"].to_numpy(),
            "private_amount": firms["gain"].to_numpy(),
        }
    )
    return Programme.from_frames(
        settings=Settings(
            id="gains", name="Simulated gains", currency="EUR", simulated=True, indicators=(GAIN,)
        ),
        operations=operations,
        conditions=made.table("conditions"),
    )


def asked(mechanism: str | None, **more):
    where = {"mechanism": [mechanism]} if mechanism else None
    arguments = {"anchors": ANCHORS, **more}
    return three_ways(
        gains(),
        "gain",
        conditions=framework_conditions(gains(), years=2016),
        where=where,
        **arguments,
    )


def test_the_truth_is_what_the_tests_below_look_for():
    truth = world().truth.contexts.set_index("mechanism")["indicator"].to_dict()
    assert truth["workshops"] == QUALITY
    assert truth["B2B matchmaking"] == ACCESS
    assert pd.isna(truth["online tools"])


def test_all_three_ways_find_the_condition_of_workshops():
    found = asked("workshops")
    rows = found.frame.set_index("condition")
    assert rows["borne_out"].to_dict() == {QUALITY: True, ACCESS: False}
    assert rows.loc[QUALITY, "correlation"] > 0.8
    assert rows.loc[QUALITY, "p_holm"] < 0.05
    assert rows.loc[QUALITY, "hangs_on"] == "no region"
    assert rows["sets"].to_dict() == {QUALITY: "present", ACCESS: "in no model"}
    assert found.solutions["parsimonious"].models == ((QUALITY,),)
    # Numbers: whoever is above the rest by more than chance has the condition, and the reverse.
    apart = found.numbers[found.numbers["difference_p_holm"] <= 0.05].set_index("region")
    met = found.values[QUALITY] > 0
    assert len(apart) >= 4
    assert ((apart["difference"] > 0) == met.loc[apart.index]).all()
    assert f"Ranks and sets agree, and no single region makes it: {QUALITY}." in found.verdict


def test_sets_find_what_ranks_alone_cannot_tell_from_chance():
    # Nine regions are few: the order is right, and after Holm's correction not beyond chance.
    found = asked("B2B matchmaking")
    rows = found.frame.set_index("condition")
    assert found.solutions["parsimonious"].models == ((ACCESS,),)
    assert rows.loc[ACCESS, "sets"] == "present"
    assert rows["correlation"].idxmax() == ACCESS
    assert not rows["borne_out"].any()
    assert any("No condition is borne out by both" in one for one in found.verdict)


def test_nothing_is_found_of_a_mechanism_that_works_nowhere():
    found = asked("online tools")
    assert not found.frame["borne_out"].any()
    assert found.numbers["difference_p_holm"].gt(0.05).all()


def test_all_mechanisms_together_depend_on_where_the_set_begins():
    # Each condition switches on another mechanism. Sets can hold both ways to the outcome, which
    # a rank correlation of one of them cannot; whether they do hangs on the anchor, which is
    # therefore always named.
    both = asked(None, anchors={**ANCHORS, "gain": {"crossover": 0.045}})
    assert both.solutions["parsimonious"].models == ((QUALITY, ACCESS),)
    assert any("gain (crossover 0.045)" in one for one in both.caveats)
    higher = asked(None, anchors={**ANCHORS, "gain": {"crossover": 0.0495}})
    assert higher.solutions["parsimonious"].models == ((ACCESS,),)
    assert not both.frame["borne_out"].any()
    parts = both.numbers.dropna(subset=["rate"])
    sums = parts["composition"] + parts["rate"] + parts["other"]
    assert sums.to_numpy() == pytest.approx(parts["difference"].to_numpy(), abs=1e-9)
    assert any("rates within categories make more" in one for one in both.verdict)


def test_left_out_regions_are_all_there():
    found = asked("workshops")
    assert len(found.ranks) == 2 * 9
    lows = found.ranks.groupby("condition")["value"].min()
    rows = found.frame.set_index("condition")["lowest"]
    assert lows.to_dict() == pytest.approx(rows.to_dict())


# --- small tables --------------------------------------------------------------------


def small(values, condition, *, second=None):
    names = [f"XX{i}0" for i in range(len(values))]
    operations = pd.DataFrame(
        {
            "operation_id": [f"{name}-{k}" for name in names for k in range(3)],
            "region": [name for name in names for _ in range(3)],
            "mechanism": "grants",
            "public_amount": 1.0,
            "private_amount": [v + d for v in values for d in (-0.1, 0.0, 0.1)],
        }
    )
    rows = {"quality": condition} | ({"access": second} if second else {})
    table = pd.concat(
        pd.DataFrame({"region": names, "indicator": name, "year": 2021, "value": given})
        for name, given in rows.items()
    )
    return Programme.from_frames(operations=operations, conditions=table.assign(level="NUTS 2"))


def ask(programme, **more):
    return three_ways(
        programme, "private_per_public", conditions=framework_conditions(programme), **more
    )


def test_a_story_that_hangs_on_one_region_is_not_borne_out():
    # Six regions fall a little, one is far out on both.
    values = [2.0, 1.9, 1.8, 2.05, 1.85, 1.95, 9.0]
    found = ask(small(values, [1, 2, 3, 4, 5, 6, 50]), seed=1)
    row = found.frame.iloc[0]
    assert "XX60" in row["hangs_on"]
    assert not row["borne_out"]


def test_too_few_regions_for_sets_and_for_any_p_value():
    found = ask(small([1.0, 2.0, 3.0], [1, 2, 3]), anchors={"quality": {"crossover": 2}})
    assert "3 regions are too few: at least 4 are needed" in found.sets["note"].item()
    assert "ranks tell nothing (fewer than 4 units)" in found.frame["sentence"].item()
    four = ask(small([1.0, 2.0, 3.0, 4.0], [1, 2, 3, 4]))
    assert "with 4 regions no order can be told from chance" in four.frame["sentence"].item()
    assert four.frame["p_value"].item() == pytest.approx(2 / 24)
    assert "no anchors are given for private_per_public, quality" in four.sets["note"].item()


def test_more_conditions_than_regions_carry():
    table = small([1.0, 2.0, 3.0, 4.0, 5.0], [1, 2, 3, 4, 5], second=[5, 1, 2, 4, 3])
    rows = table.table("conditions")
    third = rows[rows["indicator"] == "access"].assign(indicator="third")
    more = Programme.from_frames(
        operations=table.table("operations"), conditions=pd.concat([rows, third])
    )
    found = ask(more)
    note = found.sets["note"].item()
    assert "3 conditions make 8 configurations, too many for 5 regions, which carry 2" in note
    assert [most_conditions(n) for n in (3, 4, 6, 7, 8, 15)] == [2, 2, 2, 3, 3, 4]


def test_regions_without_a_condition_are_named():
    made = small([1.0, 2.0, 3.0, 4.0, 5.0], [1, 2, 3, 4, 5])
    rows = made.table("conditions")
    less = Programme.from_frames(
        operations=made.table("operations"), conditions=rows[rows["region"] != "XX30"]
    )
    found = ask(less)
    assert found.caveats[0] == "Left out of ranks and sets, as a value is missing: XX30."
    assert found.frame["n"].item() == 4
    assert len(found.numbers) == 5
    other = Programme.from_frames(
        operations=made.table("operations").assign(region="YY10"), conditions=rows
    )
    with pytest.raises(InputError, match="No region has both"):
        ask(other)


def test_categories_that_are_not_there_are_said():
    found = ask(small([1.0, 2.0, 3.0, 4.0], [1, 2, 3, 4]), over=["fund"])
    assert found.numbers["rate"].isna().all()
    assert any(one.startswith("Differences are not taken apart:") for one in found.caveats)


def test_bad_anchors():
    made = small([1.0, 2.0, 3.0, 4.0], [1, 2, 3, 4])
    with pytest.raises(UsageError, match="'qualty'"):
        ask(made, anchors={"qualty": {"crossover": 2}})
    with pytest.raises(UsageError, match="no crossover"):
        ask(made, anchors={"quality": {"inclusion": 2}})
    with pytest.raises(UsageError, match="anchor 'middle'"):
        ask(made, anchors={"quality": {"middle": 2}})


def test_holm_and_the_smallest_p_value():
    assert holm(pd.Series([0.03, 0.01, 0.02])).tolist() == pytest.approx([0.04, 0.03, 0.04])
    # Two regions tied in both, of five: 3! * 2 orders of 5! with ties give the clearest order.
    tied = pd.DataFrame({"a": [1, 1, 1, 1, 2], "y": [1, 1, 1, 1, 2]})
    assert smallest_p(tied, condition="a", outcome="y") == pytest.approx(1 / 5)
    row = three_ways(
        small([1, 1, 1, 1, 2], [1, 1, 1, 1, 2]),
        "private_per_public",
        conditions=framework_conditions(small([1, 1, 1, 1, 2], [1, 1, 1, 1, 2])),
    ).frame.iloc[0]
    assert row["p_value"] == pytest.approx(1 / 5)


def test_the_picture_names_each_region():
    found = asked("workshops")
    ax = found.plot(condition=QUALITY)
    names = {text.get_text() for text in ax.texts}
    assert set(found.values.index) <= names
    assert ax.get_xlabel() == QUALITY
    close(ax)
    with pytest.raises(UsageError, match="There are 2 conditions"):
        found.plot()


def test_a_correlation_that_is_gone_without_a_region_hangs_on_it():
    values = pd.DataFrame({"q": [0, 0, 0, 0, 0, 1], "y": range(6)}, index=list("abcdef"))
    found, _ = rank_answer(values, outcome="y", conditions=["q"], measure="spearman", seed=1)
    assert found["hangs_on"].item() == "f"


def test_with_too_few_regions_to_leave_one_out_it_is_not_known_what_a_story_hangs_on():
    values = pd.DataFrame({"q": range(4), "y": range(4)}, index=list("abcd"))
    found, _ = rank_answer(values, outcome="y", conditions=["q"], measure="spearman", seed=1)
    assert found["hangs_on"].item() == "not known"
