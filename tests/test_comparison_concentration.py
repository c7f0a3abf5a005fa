"""Concentration and reach: worked values, a plain computation, framework conditions, edges."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import difass_analysis as da
from difass_analysis.comparison.concentrating import concentration
from difass_analysis.comparison.inequality import Sums, gini, gini_parts, theil, theil_parts
from difass_analysis.comparison.reach import active_smes
from difass_analysis.display.pictures import close
from difass_analysis.errors import IndicatorError, UsageError
from tests.tables import assert_shows, frame_of

FOUR = """
operation_id | beneficiary_id | region | public_amount
op1          | a              | N      | 1
op2          | b              | N      | 2
op3          | c              | S      | 3
op4          | d              | S      | 1
op5          | d              | S      | 3
"""
SMES = """
operation_id | sme_id
op1          | s1
op2          | s1
op2          | s2
op3          | s1
op3          | s3
op4          | s4
op5          | s4
"""
ACTIVE = """
region | level  | indicator   | year | value
N      | NUTS 2 | active_smes | 2017 | 400
N      | NUTS 2 | active_smes | 2018 | 500
S      | NUTS 2 | active_smes | 2018 | 100
"""


def programme_of(operations=FOUR, **tables):
    frames = {name: frame_of(text) for name, text in tables.items()}
    return da.Programme.from_frames(operations=frame_of(operations), **frames)


def values_of(found, **where):
    rows = found.frame
    for name, value in where.items():
        rows = rows[rows[name] == value]
    return dict(zip(rows["measure"], rows["value"], strict=True))


@pytest.fixture(scope="module")
def simulated():
    return da.simulate(seed=1, panel_firms=200)


# --- worked values -------------------------------------------------------------------


def test_one_two_three_four():
    # Money 1, 2, 3, 4 of 10 (d has two operations). Gini: 2 x 30 / (4 x 10) - 5/4 = 0.25.
    # Theil: 0.1 ln 0.4 + 0.2 ln 0.8 + 0.3 ln 1.2 + 0.4 ln 1.6
    #      = -0.09163 - 0.04463 + 0.05470 + 0.18800 = 0.10644.
    # Top tenth: 0.4 of the largest of four, 0.4 x 4 / 10 = 0.16.
    # Between N (3 of 10) and S (7): Theil 0.3 ln 0.6 + 0.7 ln 1.4 = 0.08228; Gini 0.5 - 0.3 = 0.2.
    # Within: Theil 0.10644 - 0.08228 = 0.02416; Gini 0.5 x 0.3 x 1/6 + 0.5 x 0.7 x 1/14 = 0.05.
    # No one of N has more than one of S: no overlap.
    found = concentration(programme_of(), by="region")
    rows = found.frame[(found.frame["row"] == "all") & found.frame["value"].notna()]
    assert_shows(
        rows,
        """
        measure         | value   | n
        top_tenth_money | 0.16    | 4
        gini            | 0.25    | 4
        theil           | 0.10644 | 4
        theil_between   | 0.08228 | 4
        theil_within    | 0.02416 | 4
        gini_between    | 0.20    | 4
        gini_within     | 0.05    | 4
        gini_overlap    | 0.00    | 4
        """,
    )
    assert values_of(found, row="group", region="N")["gini"] == pytest.approx(1 / 6)


def test_who_comes_back_and_who_is_reached():
    # N: s1 twice, s2 once; S: s1 and s3 once, s4 twice. Per 1,000 active: 2 of 500, 3 of 100.
    # All together: s1 three times, s4 twice, s2 and s3 once; 4 SMEs of 600.
    found = concentration(programme_of(participations=SMES, conditions=ACTIVE), by="region")
    rows = found.frame[found.frame["measure"].str.startswith("smes_")]
    assert_shows(
        rows,
        """
        row   | region | measure              | value  | numerator | denominator
        group | N      | smes_once            | 0.50   | 1 | 2
        group | N      | smes_twice           | 0.50   | 1 | 2
        group | N      | smes_three_or_more   | 0.00   | 0 | 2
        group | N      | smes_per_1000_active | 4.00   | 2 | 500
        group | S      | smes_once            | 0.6667 | 2 | 3
        group | S      | smes_twice           | 0.3333 | 1 | 3
        group | S      | smes_three_or_more   | 0.00   | 0 | 3
        group | S      | smes_per_1000_active | 30.00  | 3 | 100
        all   |        | smes_once            | 0.50   | 2 | 4
        all   |        | smes_twice           | 0.25   | 1 | 4
        all   |        | smes_three_or_more   | 0.25   | 1 | 4
        all   |        | smes_per_1000_active | 6.6667 | 4 | 600
        """,
    )
    # The top tenth is 0.4 of beneficiary d, who reaches s4: 0.4 of four SMEs.
    assert values_of(found, row="all")["top_tenth_smes"] == pytest.approx(0.1)


def test_an_sme_of_several_beneficiaries_is_split_among_them():
    # s1 is reached by a, b and c: a third each. c, the second largest, is not in the top tenth.
    text = SMES + "op5 | s1\n"
    found = concentration(programme_of(participations=text))
    assert values_of(found)["top_tenth_smes"] == pytest.approx(0.4 * (1 + 1 / 4) / 4)


def test_lorenz_points():
    found = concentration(programme_of())
    assert_shows(
        found.lorenz,
        """
        label        | population_share | money_share
        all together | 0.00             | 0.00
        all together | 0.25             | 0.10
        all together | 0.50             | 0.30
        all together | 0.75             | 0.60
        all together | 1.00             | 1.00
        """,
    )


# --- against a plain computation -----------------------------------------------------


def plain(money):
    """Gini from all pairs, Theil from its definition, share of the top tenth by interpolation."""
    y = np.sort(np.asarray(money, float))
    share, n = y / y.sum(), len(y)
    positive = share[share > 0]
    curve = np.concatenate([[0.0], np.cumsum(share)])
    return {
        "gini": np.abs(y[:, None] - y[None, :]).mean() / 2 / y.mean(),
        "theil": (positive * np.log(positive * n)).sum(),
        "top_tenth_money": 1 - np.interp(0.9, np.arange(n + 1) / n, curve),
    }


def test_equal_to_numpy_on_simulated_data(simulated):
    frame = simulated.table("operations")
    found = concentration(simulated, by="region")
    for region, rows in frame.groupby("region"):
        money = rows.groupby("beneficiary_id")["public_amount"].sum()
        values = values_of(found, row="group", region=region)
        for measure, value in plain(money).items():
            assert values[measure] == pytest.approx(value, rel=1e-9)
    whole = values_of(concentration(simulated))
    for measure, value in plain(frame.groupby("beneficiary_id")["public_amount"].sum()).items():
        assert whole[measure] == pytest.approx(value, rel=1e-9)


def test_smes_are_those_of_pandas_on_simulated_data(simulated):
    pairs = simulated.table("participations")[["operation_id", "sme_id"]].drop_duplicates()
    operations = simulated.table("operations").set_index("operation_id")
    pairs = pairs.join(operations[["region", "beneficiary_id"]], on="operation_id")
    found = concentration(simulated, by="region")
    for region, rows in pairs.groupby("region"):
        times = rows.groupby("sme_id").size()
        values = values_of(found, row="group", region=region)
        assert values["smes_once"] == pytest.approx((times == 1).mean())
        assert values["smes_three_or_more"] == pytest.approx((times > 2).mean())
    money = operations.groupby("beneficiary_id")["public_amount"].sum().sort_values()
    reached = pairs[["beneficiary_id", "sme_id"]].drop_duplicates()
    part = 1 / reached.groupby("sme_id")["sme_id"].transform("size")
    smes = part.groupby(reached["beneficiary_id"]).sum().reindex(money.index, fill_value=0.0)
    n = len(money)
    weight = np.clip(np.arange(1, n + 1) - 0.9 * n, 0, 1)
    wanted = (weight * smes.to_numpy()).sum() / smes.sum()
    assert values_of(concentration(simulated))["top_tenth_smes"] == pytest.approx(wanted)


@given(
    st.lists(st.lists(st.integers(0, 1000), min_size=1, max_size=8), min_size=1, max_size=5).filter(
        lambda groups: sum(map(sum, groups)) > 0
    )
)
def test_parts_of_inequality_add_up(groups):
    parts = [Sums.of(np.array(money)) for money in groups]
    names = ("n", "y", "ranked", "logs")
    sums = Sums(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in names})
    whole = Sums.of(np.concatenate(groups))
    between, within = theil_parts(sums)
    assert between + within == pytest.approx(theil(whole)[0], abs=1e-9)
    assert between >= -1e-12 and within >= -1e-12
    between, within = gini_parts(sums)
    assert -1e-12 <= between <= gini(whole)[0] + 1e-12
    assert gini(whole)[0] - between - within >= -1e-9
    wanted = plain(np.concatenate(groups))
    assert gini(whole)[0] == pytest.approx(wanted["gini"], abs=1e-9)


@settings(max_examples=6, deadline=None)
@given(st.permutations(["N", "S", "E"]), st.floats(0.5, 100))
def test_names_and_units_of_money_do_not_matter(names, factor):
    frame = pd.DataFrame(
        {
            "operation_id": [f"op{i}" for i in range(9)],
            "beneficiary_id": [f"b{i}" for i in range(9)],
            "region": list("NSE" * 3),
            "public_amount": np.round(np.exp(np.arange(9) / 3), 2),
        }
    )
    other = frame.assign(
        region=frame["region"].map(dict(zip("NSE", names, strict=True))),
        public_amount=(frame["public_amount"] * factor).round(6),
    )
    one, two = (
        concentration(da.Programme.from_frames(operations=table), by="region")
        for table in (frame, other)
    )
    wanted, found = values_of(one, row="all"), values_of(two, row="all")
    assert found == pytest.approx(wanted, abs=1e-6, nan_ok=True)
    for old, new in zip("NSE", names, strict=True):
        assert values_of(two, region=new) == pytest.approx(
            values_of(one, region=old), abs=1e-6, nan_ok=True
        )


# --- framework conditions ------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "note"),
    [
        ("IT   | country | active_smes | 2018 | 9", "known for IT, which is a larger area"),
        ("ITF2 | country | active_smes | 2018 | 9", "stated at level country, not NUTS 2"),
        ("ITF2 | NUTS 2  | active_smes | 2018 | 0", "not above zero"),
        ("FRI1 | NUTS 2  | active_smes | 2018 | 9", "No 'active_smes' for ITF2."),
        ("ITF2 | NUTS 2  | other       | 2018 | 9", "No 'active_smes' for ITF2."),
    ],
)
def test_a_value_of_another_level_is_never_given_to_a_region(row, note):
    conditions = frame_of("region | level | indicator | year | value\n" + row)
    found = active_smes(conditions, indicator="active_smes", region="ITF2", nuts="")
    assert np.isnan(found.value) and note in found.note


def test_another_nuts_version_is_another_region():
    conditions = frame_of(ACTIVE).assign(nuts_version="2013")
    found = active_smes(conditions, indicator="active_smes", region="N", nuts="2016")
    assert np.isnan(found.value) and "NUTS 2013" in found.note
    same = active_smes(conditions, indicator="active_smes", region="N", nuts="2013")
    assert same.value == 500 and "2018" in same.note


# --- edges ---------------------------------------------------------------------------


def test_no_money():
    text = FOUR.replace("| 1\n", "| 0\n").replace("| 2\n", "| 0\n").replace("| 3\n", "| 0\n")
    found = concentration(programme_of(text), by="region")
    assert found.frame["value"].isna().all()
    gini_rows = found.frame[found.frame["measure"] == "gini"]
    assert set(gini_rows["note"]) == {"Not defined: there is no money."}
    assert found.lorenz.empty


def test_one_beneficiary():
    text = "operation_id | beneficiary_id | public_amount\nop1 | a | 5\n"
    found = concentration(programme_of(text))
    values = values_of(found)
    assert values["gini"] == 0 and values["theil"] == 0
    assert values["top_tenth_money"] == pytest.approx(0.1)
    notes = dict(zip(found.frame["measure"], found.frame["note"], strict=True))
    assert notes["gini"] == "One beneficiary only."
    assert notes["top_tenth_money"].endswith("A tenth is less than one beneficiary.")
    assert notes["smes_once"] == "SMEs are not known: there is no table 'participations'."


def test_a_beneficiary_of_two_regions_counts_in_each():
    text = FOUR + "op6 | a | S | 1\n"
    found = concentration(programme_of(text), by="region")
    assert any("1 beneficiary in several groups" in caveat for caveat in found.caveats)
    values = values_of(found, row="all")
    assert values["theil_between"] + values["theil_within"] == pytest.approx(values["theil"])
    plain_row = concentration(programme_of(text)).frame
    assert plain_row["n"].iloc[0] == 4 and found.frame["n"].iloc[-1] == 5


def test_a_missing_region_is_a_group():
    found = concentration(
        programme_of(FOUR + "op6 | e |  | 1\n", participations=SMES, conditions=ACTIVE),
        by="region",
    )
    assert "(not known)" in set(found.lorenz["label"])
    unknown = found.frame[(found.frame["row"] == "group") & found.frame["region"].isna()]
    assert unknown["note"].iloc[-1] == "The region is not known."


def test_without_beneficiaries_operations_stand_for_them():
    text = "operation_id | public_amount\nop1 | 5\nop2 | 6\n"
    found = concentration(programme_of(text))
    assert "Beneficiaries are not known: operations stand for them." in found.caveats


def test_conditions_on_rows(simulated):
    found = concentration(simulated, of="private", where={"mechanism": ["workshops"]})
    frame = simulated.table("operations")
    frame = frame[frame["mechanism"] == "workshops"]
    money = frame.groupby("beneficiary_id")["private_amount"].sum()
    assert values_of(found)["gini"] == pytest.approx(plain(money)["gini"], rel=1e-9)
    smes = simulated.table("participations")
    smes = smes[smes["operation_id"].isin(frame["operation_id"])]
    row = found.frame[found.frame["measure"] == "smes_once"].iloc[0]
    assert row["denominator"] == smes["sme_id"].nunique()


def test_wrong_use_is_refused():
    with pytest.raises(IndicatorError, match="is a ratio"):
        concentration(programme_of(), of="public_cost_per_beneficiary")
    calls = pd.DataFrame({"call_id": ["a"], "public_amount": [1.0]})
    with pytest.raises(IndicatorError, match="call by call"):
        concentration(da.Programme.from_frames(calls=calls))
    with pytest.raises(UsageError, match="regoin"):
        concentration(programme_of(), by="regoin")


def test_the_picture_names_the_curves(simulated):
    found = concentration(simulated, by="region")
    assert found.lorenz.groupby("label").size().max() <= 101
    ax = found.plot(groups=["DE9", "all together"])
    assert "DE9" in [text.get_text() for text in ax.texts]
    close(ax)
    with pytest.raises(UsageError, match="no curve 'X'"):
        found.plot(groups=["X"])
