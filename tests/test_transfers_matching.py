"""Needs and offers: the matching against every other possible one, quotas, ties and reasons."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from difass_analysis import load
from difass_analysis.errors import InputError, UsageError
from difass_analysis.mechanisms import match_needs, offers_of
from difass_analysis.mechanisms.matching_needs import unlikeness
from difass_analysis.mechanisms.matching_slots import Slots, solve_slots
from tests.tables import assert_shows, frame_of

RAW = Path(__file__).resolve().parents[1] / "data" / "raw"

NEEDS = frame_of("""
    | need_id | importer | mechanism    | theme     |
    | n1      | Crete    | loan         | start-ups |
    | n2      | Malta    | loan; advice | export    |
    | n3      | Kent     | fair         | export    |
    | n4      | Gozo     |              | export    |
    """)
OFFERS = frame_of("""
    | practice_id | exporter | mechanism | theme     |
    | p           | Kent     | loan      | start-ups |
    | q           | Kent     | fair      | export    |
    | r           | Crete    | advice    | export    |
    """)
DISTANCE = pd.DataFrame(
    {"Crete": [2.0, 0.0], "Malta": [4.0, 1.0], "Kent": [0.0, 2.0], "Gozo": [3.0, 1.0]},
    index=["Kent", "Crete"],
)


def test_every_term_by_hand():
    found = match_needs(NEEDS, offers=OFFERS, distance=DISTANCE)
    assert_shows(
        found.pairs.iloc[:6],
        """
        | need_id | practice_id | mechanism | theme | context | cost  | possible | reason |
        | n1      | p           | 0.0       | 0.0   | 0.5     | 0.125 | true     |        |
        | n1      | q           | 1.0       | 1.0   | 0.5     | 0.875 | false    | no mechanism in common |
        | n1      | r           | 1.0       | 1.0   | 0.0     | 0.750 | false    | it is its own practice; no mechanism in common |
        | n2      | p           | 0.5       | 1.0   | 1.0     | 0.750 | true     |        |
        | n2      | q           | 1.0       | 0.0   | 1.0     | 0.750 | false    | no mechanism in common |
        | n2      | r           | 0.5       | 0.0   | 0.25    | 0.3125 | true    |        |
        """,  # noqa: E501
    )
    assert found.weights == {"mechanism": 0.5, "theme": 0.25, "context": 0.25}


def test_what_is_required_need_only_be_had_in_part():
    """One of three mechanisms in common is enough; a partner's name in capitals is its own."""
    needs = frame_of("""
    | need_id | importer | wanted | mechanism    | theme  |
    | n1      | Malta    | 2      | loan; advice | export |
    """)
    offers = frame_of("""
    | practice_id | exporter | mechanism  | theme  |
    | p           | Kent     | loan; fair | export |
    | q           | MALTA    | loan       | export |
    | r           | Crete    | fair       | export |
    """)
    found = match_needs(needs, offers=offers, require=["mechanism"])
    assert found.pairs["mechanism"].tolist() == pytest.approx([2 / 3, 1 / 2, 1])
    assert found.pairs["reason"].tolist() == [
        "",
        "it is its own practice",
        "no mechanism in common",
    ]
    assert found.frame["practice_id"].fillna("").tolist() == ["p", ""]
    assert found.frame["note"].tolist() == [
        "",
        "1 of 2 wanted: no further practice is possible",
    ]


def test_matches_and_the_reasons_of_those_without():
    found = match_needs(NEEDS, offers=OFFERS, distance=DISTANCE)
    assert_shows(
        found.frame,
        """
        | need_id | practice_id | cost   | note |
        | n1      | p           | 0.125  |      |
        | n2      | r           | 0.3125 |      |
        | n3      |             |        | no practice is possible: it is its own practice; no mechanism in common (1); it is its own practice (1); no mechanism in common (1) |
        | n4      |             |        | no practice is possible: mechanism is not known (3) |
        """,  # noqa: E501
    )
    assert found.total == pytest.approx(0.4375)
    assert_shows(
        found.unused,
        """
        | practice_id | exporter | reason           |
        | q           | Kent     | it suits no need |
        """,
    )
    assert any("Weights: mechanism 0.50" in caveat for caveat in found.caveats)


def test_a_quota_leaves_the_worse_match_out_and_says_so():
    needs = NEEDS.iloc[:2].assign(mechanism="loan", theme="start-ups")
    found = match_needs(needs, offers=OFFERS, distance=DISTANCE, exports=1)
    assert found.frame["practice_id"].fillna("").tolist() == ["p", ""]
    assert "used up by quotas" in found.frame["note"].iloc[1]


def test_meeting_more_needs_comes_before_lower_cost():
    # a suits p best, but then b would have nothing.
    needs = frame_of("""
        | importer | mechanism | theme |
        | a        | x; y      | t     |
        | b        | x         | u     |
        """)
    offers = frame_of("""
        | practice_id | exporter | mechanism | theme |
        | p           | E        | x         | t     |
        | q           | F        | y         | u     |
        """)
    found = match_needs(needs, offers=offers, exports=1)
    assert found.frame["practice_id"].tolist() == ["q", "p"]


def test_no_importer_gets_one_practice_twice():
    needs = frame_of("""
        | importer | mechanism | theme | wanted |
        | a        | x         | t     | 2      |
        | a        | x         | t     | 1      |
        """)
    offers = frame_of("""
        | practice_id | exporter | mechanism | theme |
        | p           | E        | x         | t     |
        | q           | E        | x         | u     |
        """)
    found = match_needs(needs, offers=offers)
    matched = found.frame.dropna(subset=["practice_id"])
    assert sorted(matched["practice_id"]) == ["p", "q"]
    notes = [note for note in found.frame["note"] if note]
    assert notes
    capped = match_needs(needs, offers=offers, imports=1)
    assert capped.frame["practice_id"].dropna().tolist() == ["p"]


def test_ties_are_said():
    needs = frame_of("""
        | importer | mechanism | theme |
        | a        | x         | t     |
        | b        | z         | t     |
        """)
    offers = frame_of("""
        | practice_id | exporter | mechanism | theme |
        | p           | E        | x         | t     |
        | q           | F        | x         | t     |
        | r           | F        | z         | t     |
        """)
    found = match_needs(needs, offers=offers)
    assert found.frame["tied"].tolist() == [True, False]
    assert any(caveat.startswith("1 of 2 matches could be exchanged") for caveat in found.caveats)


def test_a_distance_that_is_not_known_excludes_the_pair():
    found = match_needs(NEEDS, offers=OFFERS, distance=DISTANCE.drop(columns="Malta"))
    malta = found.pairs[found.pairs["importer"] == "Malta"]
    assert malta["reason"].str.contains("context is not known").all()
    without = match_needs(NEEDS, offers=OFFERS)
    assert without.weights["context"] == 0
    assert without.weights["mechanism"] == pytest.approx(2 / 3)
    assert any("Context does not count" in caveat for caveat in without.caveats)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"weights": {"mechanism": -1}}, "The weights are"),
        ({"weights": {"price": 1}}, "The weights are"),
        ({"weights": {"mechanism": 0}}, "All weights are zero"),
        ({"weights": {"context": 1}}, "Context has a weight, but no distance"),
        ({"require": ["context"]}, "'context' cannot be required"),
        ({"exports": 0}, "exports = 0"),
    ],
)
def test_usage_that_makes_no_sense_is_refused(changes, says):
    with pytest.raises(UsageError, match=says):
        match_needs(NEEDS, offers=OFFERS, **changes)


def test_input_that_makes_no_sense_is_refused():
    with pytest.raises(InputError, match="needs have no column theme"):
        match_needs(NEEDS.drop(columns="theme"), offers=OFFERS)
    with pytest.raises(InputError, match="two rows 'p'"):
        match_needs(NEEDS, offers=pd.concat([OFFERS, OFFERS.iloc[:1]]))
    with pytest.raises(InputError, match="no whole number"):
        match_needs(NEEDS.assign(wanted=0), offers=OFFERS)
    with pytest.raises(InputError, match="negative or no number"):
        match_needs(NEEDS, offers=OFFERS, distance=-DISTANCE)
    with pytest.raises(InputError, match="Row 2 of the needs has no importer"):
        match_needs(NEEDS.assign(importer=["a", " ", "b", "c"]), offers=OFFERS)


def test_difass_offers_two_practices():
    assert_shows(
        offers_of(load(RAW / "difass")),
        """
        | practice_id | exporter  | mechanism                        |
        | pr01        | Hungary   | management tool                  |
        | pr02        | Andalusia | internationalisation programme   |
        """,
    )


# --- against other solutions --------------------------------------------------------------


@st.composite
def problems(draw):
    """Few needs and practices with costs of two decimals, and quotas."""
    needs, offers = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    importers = [draw(st.sampled_from(["A", "B"])) for _ in range(needs)]
    exporters = [draw(st.sampled_from(["E", "F"])) for _ in range(offers)]
    rows = [
        {
            "need_id": f"n{i}",
            "importer": importers[i],
            "practice_id": f"p{j}",
            "exporter": exporters[j],
            "cost": draw(st.integers(0, 20)) / 20,
            "possible": draw(st.booleans()),
        }
        for i in range(needs)
        for j in range(offers)
    ]
    limit = st.one_of(st.none(), st.integers(1, 2))
    slots = Slots(
        wanted={f"n{i}": draw(st.integers(1, 2)) for i in range(needs)},
        imports=dict.fromkeys("AB", draw(limit)),
        exports=dict.fromkeys("EF", draw(limit)),
    )
    return pd.DataFrame(rows), slots


def allowed(rows: pd.DataFrame, slots: Slots) -> bool:
    if rows.duplicated(["importer", "practice_id"]).any():
        return False
    for column, limits in (
        ("need_id", slots.wanted),
        ("importer", slots.imports),
        ("exporter", slots.exports),
    ):
        for name, count in rows[column].value_counts().items():
            limit = limits[name]
            if limit is not None and count > limit:
                return False
    return True


@settings(max_examples=40)
@given(problems())
def test_no_other_choice_is_better_and_ties_are_those_that_can_be_exchanged(problem):
    pairs, slots = problem
    possible = list(pairs.index[pairs["possible"]])
    options = [
        (-size, round(pairs.loc[list(choice), "cost"].sum(), 9), choice)
        for size in range(min(len(possible), 6) + 1)
        for choice in combinations(possible, size)
        if allowed(pairs.loc[list(choice)], slots)
    ]
    best = min(option[:2] for option in options)
    chosen, tied = solve_slots(pairs, slots)
    assert allowed(pairs.loc[chosen], slots)
    assert pairs.loc[chosen, "possible"].all()
    assert (-len(chosen), round(pairs.loc[chosen, "cost"].sum(), 9)) == best
    equal = [set(choice) for *value, choice in options if tuple(value) == best]
    assert set(tied) == {pair for pair in chosen if any(pair not in other for other in equal)}


@pytest.mark.parametrize("seed", range(5))
def test_without_quotas_above_one_it_is_the_assignment_of_scipy(seed):
    draw = np.random.default_rng(seed)
    needs, offers = 12, 15
    costs = draw.uniform(size=(needs, offers))
    pairs = pd.DataFrame(
        [
            (f"n{i}", f"a{i}", f"p{j}", f"e{j}", costs[i, j], True)
            for i in range(needs)
            for j in range(offers)
        ],
        columns=["need_id", "importer", "practice_id", "exporter", "cost", "possible"],
    )
    slots = Slots(
        wanted={f"n{i}": 1 for i in range(needs)},
        imports={f"a{i}": 1 for i in range(needs)},
        exports={f"e{j}": 1 for j in range(offers)},
    )
    chosen, tied = solve_slots(pairs, slots)
    rows, columns = linear_sum_assignment(costs)
    assert sorted(chosen) == sorted(rows * offers + columns)
    assert tied == []


@given(st.lists(st.sampled_from("abcd")), st.lists(st.sampled_from("abcd")))
def test_unlikeness_lies_between_0_and_1_and_has_no_direction(one, other):
    left, right = "; ".join(one), "; ".join(other)
    value = unlikeness(left, right)
    if not one or not other:
        assert np.isnan(value)
        return
    assert 0 <= value <= 1
    assert value == unlikeness(right, left)
    assert (value == 0) == (set(one) == set(other))
