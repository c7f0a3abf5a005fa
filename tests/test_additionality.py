"""From gross to net: worked numbers, missing factors, break-even values and answers of firms."""

import math
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import difass_analysis as da
from difass_analysis.errors import SchemaError, UsageError
from difass_analysis.finance.net_effects import additionality
from difass_analysis.finance.ranges import Range
from difass_analysis.finance.survey_answers import answer_shares, self_reported
from difass_analysis.finance.unit_costs import administration, cost_per_net, cost_per_new_exporter

OTHERS = {"leakage": 0.10, "displacement": 0.25, "substitution": 0.0, "multiplier": 1.1}
SHORT = {"deadweight": 0.4, **OTHERS}
RANGES = {
    "deadweight": (0.3, 0.4, 0.6),
    "leakage": (0.05, 0.10, 0.20),
    "displacement": (0.10, 0.25, 0.50),
    "substitution": 0.0,
    "multiplier": (1.0, 1.1, 1.3),
}


def net_of(found):
    return float(found.frame["value"].iloc[-1])


def test_the_worked_number_in_both_forms():
    short = additionality(200, factors=SHORT)
    full = additionality(200, factors=OTHERS, reference={"gross": 80})
    assert net_of(short) == pytest.approx(89.1, rel=1e-12)
    assert net_of(full) == pytest.approx(89.1, rel=1e-12)


@pytest.mark.parametrize(
    ("reference", "net"),
    [
        ({"gross": 80}, 89.1),
        # The reference case leaks nothing: 148.5 - 80 x 0.75 x 1.1.
        ({"gross": 80, "leakage": 0.0}, 82.5),
        ({"gross": 80, "displacement": 0.5}, 148.5 - 80 * 0.9 * 0.5 * 1.1),
        ({"gross": 80, "multiplier": 1.0}, 148.5 - 80 * 0.9 * 0.75),
        ({"gross": 0}, 148.5),
    ],
)
def test_the_two_forms_part_where_the_factors_do(reference, net):
    found = additionality(200, factors=OTHERS, reference=reference)
    assert net_of(found) == pytest.approx(net, rel=1e-12)


def test_steps_lead_from_gross_to_net():
    frame = additionality(200, factors=SHORT, unit="jobs").frame
    assert list(zip(frame["step"], frame["value"].round(6), strict=True)) == [
        ("gross", 200.0),
        ("deadweight", -80.0),
        ("leakage", -12.0),
        ("displacement", -27.0),
        ("substitution", 0.0),
        ("multiplier", 8.1),
        ("net", 89.1),
    ]


@given(
    gross=st.floats(0, 1e9),
    shares=st.lists(st.floats(0, 1), min_size=4, max_size=4),
    multiplier=st.floats(0.5, 3),
)
@settings(deadline=None, max_examples=60)
def test_steps_add_up_whatever_the_factors(gross, shares, multiplier):
    names = ("deadweight", "leakage", "displacement", "substitution")
    factors = dict(zip(names, shares, strict=True)) | {"multiplier": multiplier}
    frame = additionality(gross, factors=factors, draws=10).frame
    product = gross * np.prod([1 - one for one in shares]) * multiplier
    assert frame["value"].iloc[:-1].sum() == pytest.approx(product, rel=1e-9, abs=1e-6)
    assert frame["value"].iloc[-1] == pytest.approx(product, rel=1e-9, abs=1e-6)


@given(
    gross=st.floats(1, 1e6),
    deadweight=st.floats(0, 1),
    shares=st.lists(st.floats(0, 0.99), min_size=3, max_size=3),
    multiplier=st.floats(0.5, 3),
)
@settings(deadline=None, max_examples=60)
def test_the_short_form_is_the_full_one_with_equal_factors(gross, deadweight, shares, multiplier):
    names = ("leakage", "displacement", "substitution")
    others = dict(zip(names, shares, strict=True)) | {"multiplier": multiplier}
    short = additionality(gross, factors=others | {"deadweight": deadweight}, draws=5)
    full = additionality(gross, factors=others, reference={"gross": gross * deadweight}, draws=5)
    assert net_of(short) == pytest.approx(net_of(full), rel=1e-9, abs=1e-6)


def test_the_order_in_which_factors_are_given_does_not_matter():
    nets = {
        additionality(200, factors=dict(order)).frame["upper"].iloc[-1]
        for order in list(permutations(RANGES.items()))[::17]
    }
    assert len(nets) == 1


def test_the_same_seed_draws_the_same_range():
    one, same, other = (additionality(200, factors=RANGES, seed=seed) for seed in (1, 1, 2))
    assert one.frame.equals(same.frame)
    assert one.frame["lower"].iloc[-1] != other.frame["lower"].iloc[-1]


def test_percentiles_are_those_of_a_product_of_triangles():
    found = additionality(200, factors=RANGES, draws=200_000, seed=4)
    # Mean of independent factors: the product of the means, (low + central + high) / 3 each.
    mean = 200.0
    for name, one in RANGES.items():
        centre = np.mean(one)
        mean *= centre if name == "multiplier" else 1 - centre
    assert found.draws.mean() == pytest.approx(mean, rel=0.003)
    last = found.frame.iloc[-1]
    assert (found.draws < last["lower"]).mean() == pytest.approx(0.05, abs=0.002)
    assert (found.draws > last["upper"]).mean() == pytest.approx(0.05, abs=0.002)


def test_a_missing_factor_is_named_and_nothing_is_put_in():
    found = additionality(200, factors={"deadweight": 0.4, "multiplier": 1.1})
    assert found.missing == ("leakage", "displacement", "substitution")
    assert np.isnan(net_of(found))
    assert found.net is None
    assert found.frame["note"].iloc[-1] == (
        "not known: no value for leakage and displacement and substitution given"
    )
    assert any("No average of other programmes" in text for text in found.caveats)
    assert found.sensitivity.empty


def test_break_even_values_lead_to_the_needed_output():
    found = additionality(200, factors=SHORT, needed=50)
    for row in found.break_even.itertuples():
        again = additionality(200, factors=SHORT | {row.factor: row.break_even})
        assert net_of(again) == pytest.approx(50, rel=1e-9), row.factor


def test_break_even_of_the_one_missing_factor():
    factors = {name: value for name, value in SHORT.items() if name != "deadweight"}
    found = additionality(200, factors=factors, needed=89.1)
    row = found.break_even.set_index("factor").loc["deadweight"]
    assert row["break_even"] == pytest.approx(0.4)
    others = found.break_even.set_index("factor").drop(index="deadweight")
    assert set(others["note"]) == {"not known: no value for deadweight given"}


@pytest.mark.parametrize(
    ("needed", "note"),
    [
        (500, "even with none of it the net output is below the needed one"),
        (-1, "even with all of it the net output is above the needed one"),
    ],
)
def test_break_even_beyond_what_a_share_can_be_is_said(needed, note):
    found = additionality(200, factors=SHORT, needed=needed).break_even.set_index("factor")
    assert found.loc["deadweight", "note"] == note
    assert np.isnan(found.loc["deadweight", "break_even"])


def test_several_missing_factors_have_a_joint_break_even():
    found = additionality(200, factors={}, needed=50).break_even.set_index("factor")
    assert found.loc["all together", "break_even"] == 0.25


def test_what_moves_the_result_most_comes_first():
    table = additionality(200, factors=RANGES).sensitivity
    assert list(table["factor"]) == ["displacement", "deadweight", "multiplier", "leakage"]
    worst = table.iloc[0]
    assert worst["at_high"] == pytest.approx(200 * 0.6 * 0.9 * 0.5 * 1.1)


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ({"dead_weight": 0.4}, "no factor 'dead_weight'"),
        ({"deadweight": 40}, "it must be between 0 and 1"),
        ({"multiplier": -1}, "it must be 0 or more"),
        ({"deadweight": (0.6, 0.4, 0.3)}, "must rise"),
        ({"deadweight": (0.3, 0.6)}, "neither a number nor low, central and high"),
        ({"deadweight": float("nan")}, "no number"),
    ],
)
def test_impossible_factors_are_refused(factors, message):
    with pytest.raises(UsageError, match=message):
        additionality(200, factors=factors)


def test_deadweight_and_a_reference_case_exclude_each_other():
    with pytest.raises(UsageError, match="the same thing twice"):
        additionality(200, factors=SHORT, reference={"gross": 80})
    with pytest.raises(UsageError, match="no gross output"):
        additionality(200, factors=OTHERS, reference={"leakage": 0.1})


def test_answers_of_firms_are_step_three(simulated):
    parts = {"yes": 1, "no": 0, "partly": (0.25, 0.5, 0.75)}
    found = self_reported(simulated, would_have=parts)
    factor = found.deadweight
    assert factor.step == "III"
    net = additionality(200, factors=SHORT | {"deadweight": factor})
    assert any("recipients' own answers" in text.lower() for text in net.caveats)
    assert any("imulated" in text for text in found.caveats)
    # The simulated firms answer truthfully: 0.3 yes, 0.3 partly, 0.4 no on average.
    assert factor.low < 0.45 < factor.high


@pytest.fixture(scope="module")
def simulated():
    return da.simulate(seed=1)


BLANKS = ["yes", "", None, "  ", "no"]


def surveys(rows):
    frame = pd.DataFrame(rows, columns=["sme_id", "operation_id", "question", "answer"])
    return da.Programme.from_frames(surveys=frame)


def test_a_firm_that_answers_often_counts_as_one():
    once = surveys([(str(i), "o", "q", "yes" if i < 5 else "no") for i in range(20)])
    often = surveys(
        [(str(i), f"o{k}", "q", "yes" if i < 5 else "no") for i in range(20) for k in range(10)]
    )
    one, many = (answer_shares(p).frame.set_index("answer").loc["yes"] for p in (once, often))
    assert one["value"] == many["value"] == 0.25
    assert many["n"] == 20
    assert many["upper"] - many["lower"] == pytest.approx(one["upper"] - one["lower"], rel=0.06)


def test_wilson_intervals_of_independent_answers():
    # Wilson (1927), 10 of 40 at 95 %: 0.1419 to 0.4019.
    found = answer_shares(surveys([(str(i), "o", "q", "y" if i < 10 else "n") for i in range(40)]))
    row = found.frame.set_index("answer").loc["y"]
    assert (round(row["lower"], 4), round(row["upper"], 4)) == (0.1419, 0.4019)


def test_an_answer_without_a_part_is_not_guessed():
    with pytest.raises(UsageError, match="'perhaps' occurs 1 times"):
        self_reported(surveys([("a", "o", "q", "perhaps")]), would_have={"yes": 1}, question="q")


def test_blank_answers_are_none():
    rows = [
        (name, "o", "anyway_timing", answer) for name, answer in zip("abcde", BLANKS, strict=True)
    ]
    found = answer_shares(surveys(rows)).frame
    assert found[["answer", "value", "n"]].values.tolist() == [["no", 0.5, 2], ["yes", 0.5, 2]]


def test_the_interval_of_deadweight_is_students():
    answers = ["yes"] * 3 + ["partly"] * 4 + ["no"] * 5
    rows = [(str(number), "o", "q", answer) for number, answer in enumerate(answers)]
    parts = {"yes": 1, "partly": 0.5, "no": 0}
    found = self_reported(surveys(rows), would_have=parts, question="q").deadweight
    # Mean 5/12; squares around it 4 - 12 (5/12)^2 = 23/12 over 11, t(0.975; 11) = 2.200985.
    half = 2.200985 * math.sqrt(23 / 12 / 11 / 12)
    assert found.low == pytest.approx(5 / 12 - half, abs=1e-6)
    assert found.high == pytest.approx(5 / 12 + half, abs=1e-6)


@pytest.mark.parametrize(
    ("part", "low", "high"), [(1, 0.4385, 1.0), (0, 0.0, 0.5615), (0.5, 0.2193, 0.7807)]
)
def test_three_like_answers_are_no_certainty(part, low, high):
    # Wilson's lower end for 3 of 3: 3 / (3 + 1.96^2) = 0.4385.
    rows = [(name, "o", "q", "same") for name in "abc"]
    found = self_reported(surveys(rows), would_have={"same": part}, question="q").deadweight
    assert (round(found.low, 4), found.central, round(found.high, 4)) == (low, part, high)


def test_nobody_was_asked():
    with pytest.raises(SchemaError, match="nobody was asked"):
        answer_shares(da.Programme.from_frames(calls=pd.DataFrame({"call_id": ["a"]})))
    with pytest.raises(SchemaError, match="no answer to the question 'x'"):
        answer_shares(surveys([("a", "o", "q", "yes")]), questions=["x"])


def test_cost_per_net_output():
    net = additionality(200, factors=RANGES, unit="job")
    row = cost_per_net((1.4e6, 1.5e6, 1.7e6), net, currency="EUR").frame.iloc[0]
    assert row["value"] == pytest.approx(1.5e6 / 89.1)
    assert row["lower"] < row["value"] < row["upper"]
    assert row["unit"] == "EUR per job"


def test_cost_per_net_output_is_not_known_without_a_factor():
    row = cost_per_net(1.5e6, additionality(200, factors=OTHERS)).frame.iloc[0]
    assert np.isnan(row["value"])
    assert row["note"] == "not known: no value for deadweight given"


def test_draws_without_net_output_have_no_price():
    full = additionality(
        100, factors={**OTHERS, "leakage": 0}, reference={"gross": (0, 50, 300)}, seed=3
    )
    row = cost_per_net(1000, full).frame.iloc[0]
    assert "have no net output at all" in row["note"]
    assert np.isnan(row["upper"])
    assert row["value"] > 0


# Domain numbers: 3 staff at 60,000 are 180,000, 0.12 of 1.5 million, 900 a firm in 2017.
def test_administration_of_the_example():
    frame = administration(da.load(), cost_per_fte=Range(low=60e3, central=60e3, high=60e3)).frame
    found = frame.set_index(["measure", "year"])["value"].round(4)
    assert found.to_dict() == {
        ("share of public money", 2017): 0.12,
        ("cost of running per SME", 2017): 900.0,
        ("SMEs per member of staff", 2017): 66.6667,
        ("cost of running per operation", 2017): 8571.4286,
        ("operations per member of staff", 2017): 7.0,
        ("share of public money", 2018): 0.12,
        ("cost of running per SME", 2018): 1058.8235,
        ("SMEs per member of staff", 2018): 56.6667,
        ("cost of running per operation", 2018): 11250.0,
        ("operations per member of staff", 2018): 5.3333,
    }


def test_administration_needs_staff():
    programme = da.Programme.from_frames(calls=pd.DataFrame({"call_id": ["a"], "year": [2017]}))
    with pytest.raises(UsageError, match="states no staff"):
        administration(programme, cost_per_fte=1)


def two_schemes(second):
    operations = pd.DataFrame(
        {
            "operation_id": list("abcd"),
            "scheme_id": ["s1", "s1", "s2", "s2"],
            "region": ["N", "S", "N", "S"],
            "year": 2020,
            "public_amount": 100.0,
        }
    )
    schemes = pd.DataFrame({"scheme_id": ["s1", "s2"], "staff_count": [1.0, second]})
    return da.Programme.from_frames(operations=operations, schemes=schemes)


def test_each_scheme_is_charged_with_its_own_staff_and_no_other():
    frame = administration(two_schemes(3.0), cost_per_fte=10, by=["scheme_id"]).frame
    shares = frame[frame["measure"] == "share of public money"].set_index("scheme_id")["value"]
    assert shares.to_dict() == {"s1": 0.05, "s2": 0.15}
    with pytest.raises(UsageError, match="not known by region"):
        administration(two_schemes(3.0), cost_per_fte=10, by=["region"])


def test_staff_that_one_scheme_does_not_state_leave_the_whole_unknown():
    frame = administration(two_schemes(None), cost_per_fte=10).frame
    row = frame.set_index("measure").loc["share of public money"]
    assert np.isnan(row["value"])
    assert "does not state its staff" in row["note"]
    by = administration(two_schemes(None), cost_per_fte=10, by=["scheme_id"]).frame
    shares = by[by["measure"] == "share of public money"].set_index("scheme_id")["value"]
    assert shares["s1"] == 0.05
    assert np.isnan(shares["s2"])


def exporters(later, **tables):
    """Four supported firms, of which d exports before; and one that nobody supported."""
    outcomes = pd.DataFrame(
        {
            "sme_id": list("abcde") * 2,
            "year": [2017] * 5 + [2019] * 5,
            "exports_amount": [0.0, 0.0, 0.0, 5.0, 0.0, *later, 9.0],
        }
    )
    operations = pd.DataFrame(
        {
            "operation_id": ["o", "p"],
            "public_amount": [900.0, 300.0],
            "eu_amount": [600.0, 0.0],
            "total_cost_amount": [2000.0, 400.0],
        }
    )
    members = pd.DataFrame({"operation_id": list("oopp"), "sme_id": list("abcd")})
    held = {"outcomes": outcomes, "operations": operations, "participations": members} | tables
    return da.Programme.from_frames(**{k: v for k, v in held.items() if v is not None})


@pytest.mark.parametrize(("whose", "gross"), [("public", 600), ("total", 1200), ("eu", 300)])
def test_cost_per_new_exporter_by_hand(whose, gross):
    # a, b and c begin to export and d stops: two more than before.
    found = cost_per_new_exporter(
        exporters([1.0, 1.0, 1.0, 0.0]),
        before=2017,
        after=2019,
        perspective=whose,
        deadweight=(0.2, 0.5, 0.6),
    ).frame
    assert found["value"].tolist() == [gross, gross * 2]
    assert found.loc[1, ["lower", "upper"]].tolist() == pytest.approx([gross / 0.8, gross / 0.4])


def test_a_blank_cost_gives_a_lower_bound_only():
    operations = pd.DataFrame({"operation_id": ["o", "p"], "public_amount": [900.0, None]})
    found = cost_per_new_exporter(
        exporters([1.0, 1.0, 1.0, 0.0], operations=operations),
        before=2017,
        after=2019,
        deadweight=0.5,
    ).frame
    # p's firms count among the two new exporters, its cost is not known: 450 at least.
    assert found["lower"].tolist() == [450.0, 900.0]
    assert found[["value", "upper"]].isna().all(axis=None)
    assert found["note"].str.contains("1 of 2 rows left out").all()


def test_without_a_net_exporter_the_reason_is_deadweight():
    found = cost_per_new_exporter(
        exporters([1.0, 1.0, 1.0, 0.0]), before=2017, after=2019, deadweight=1.0
    ).frame
    assert np.isnan(found.loc[1, "value"])
    assert "anyway" in found.loc[1, "note"]


def test_unknown_exports_give_bounds_and_no_value():
    found = cost_per_new_exporter(exporters([1.0, 1.0, None, 5.0]), before=2017, after=2019).frame
    assert np.isnan(found.loc[0, "value"])
    assert found.loc[0, ["lower", "upper"]].tolist() == [400.0, 1200.0]
    assert np.isnan(found.loc[1, "value"])
    assert "deadweight" in found.loc[1, "note"]


@pytest.mark.parametrize(
    ("programme", "why"),
    [
        (exporters([0.0, 0.0, 0.0, 5.0]), "no new exporter"),
        (exporters([1.0] * 4, outcomes=None), "there is no outcomes.exports_amount"),
        (exporters([1.0] * 4, participations=None), "there is no participations.sme_id"),
        (exporters([None] * 4), "no firm's exports in 2017 and 2019"),
    ],
)
def test_without_new_exporters_the_cost_is_missing_with_the_reason(programme, why):
    found = cost_per_new_exporter(programme, before=2017, after=2019, deadweight=0.1).frame
    assert found[["value", "lower", "upper"]].isna().all(axis=None)
    assert found["note"].str.contains(why, regex=False).all()


def test_the_example_has_no_exports():
    found = cost_per_new_exporter(da.load(), before=2017, after=2018).frame
    assert found["value"].isna().all()
    assert found["note"].str.startswith("not known").all()


def test_answers_of_nobody_and_operations_without_a_year_are_said():
    surveys = pd.DataFrame(
        {"sme_id": ["a", None], "operation_id": "1", "question": "q", "answer": ["yes", "no"]}
    )
    found = answer_shares(da.Programme.from_frames(surveys=surveys))
    assert "Answers that name no SME, left out: 1." in found.caveats
    undated = da.Programme.from_frames(
        operations=pd.DataFrame(
            {"operation_id": ["a", "b"], "year": [2020, None], "public_amount": 100.0}
        ),
        schemes=pd.DataFrame({"scheme_id": ["s"], "staff_count": [1.0]}),
    )
    assert any("names no year" in text for text in administration(undated, cost_per_fte=1).caveats)
    assert not any("names no year" in t for t in administration(da.load(), cost_per_fte=1).caveats)
