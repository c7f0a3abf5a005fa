"""Sets beside a known mechanism: what counts as right, and one seed of each kind."""

from __future__ import annotations

import pandas as pd
import pytest

from benchmarks.mechanism_study import END, PAGE, START, Found, found_by_sets, section, true_model

TRUTH = frozenset({"FAIRS", "FUNDS", "MATCHING*MARKET", "WORKSHOPS*INSTITUTIONS"})


def test_the_truth_is_read_from_the_programme():
    contexts = pd.DataFrame(
        {
            "mechanism": ["workshops", "investment funds", "online tools"],
            "works": ["where above", "everywhere", "nowhere"],
            "indicator": ["market_access", None, None],
        }
    )
    assert true_model(contexts) == {"WORKSHOPS*MARKET", "FUNDS"}


@pytest.mark.parametrize(
    ("models", "right", "missing", "false"),
    [
        ([{"A", "B"}], True, [], []),
        ([{"A"}], False, ["B"], []),
        ([{"A", "B", "C"}], False, [], ["C"]),
        # The truth among several models is not found: the data do not say which one it is.
        ([{"A", "B"}, {"A", "C"}], False, ["B"], ["C"]),
        ([], False, [], []),
    ],
)
def test_only_the_truth_alone_is_right(models, right, missing, false):
    held = tuple(frozenset(model) for model in models)
    found = Found(seed=1, cells=9, models=held, truth=frozenset({"A", "B"}))
    assert found.right is right
    if models:
        assert (found.missing, found.false) == (missing, false)


def test_a_seed_that_is_right_and_one_that_is_not():
    assert found_by_sets(1).models == (TRUTH,)
    other = found_by_sets(13)
    assert other.truth == TRUTH
    assert (other.missing, other.false) == (["FUNDS"], ["FUNDS*INSTITUTIONS"])
    text = section([found_by_sets(1), other])
    assert "in **1 of 2** programmes" in text
    assert "| 13 | 61 | `FAIRS + FUNDS*INSTITUTIONS + " in text


def test_the_page_has_the_place_for_it():
    text = PAGE.read_text(encoding="utf-8")
    written = text.split(START)[1].split(END)[0]
    assert "**17 of 20** programmes" in written
    rows = [line.split(" | ")[0] for line in written.splitlines() if line.startswith("| ")]
    assert rows == ["| seed", "| ---", "| 13", "| 15", "| 18"]
