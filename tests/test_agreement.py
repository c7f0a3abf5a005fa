"""Krippendorff's alpha: published example, properties, what is undefined."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difass_analysis.errors import SchemaError, UsageError
from difass_analysis.mechanisms import agreement

REFERENCE = Path(__file__).parent / "reference" / "krippendorff_alpha.csv"

# Krippendorff (2011): four observers, twelve units, a dot where none rated.
PUBLISHED = {
    "A": "1 2 3 3 2 1 4 1 2 . . .",
    "B": "1 2 3 3 2 2 4 1 2 5 . 3",
    "C": ". 3 3 3 2 3 4 2 2 5 1 .",
    "D": "1 2 3 3 2 4 4 1 2 5 1 .",
}


def long(table):
    rows = [
        (unit, rater, float(value))
        for rater, line in table.items()
        for unit, value in enumerate(line.split())
        if value != "."
    ]
    return pd.DataFrame(rows, columns=["unit", "rater", "rating"])


def test_draws_without_variation_say_nothing_and_leave_the_interval():
    # Two units on which both raters agree: a draw of one of them twice has no alpha at all.
    found = agreement(long({"A": "1 2", "B": "1 2"}), scale="nominal").frame.iloc[0]
    assert found[["value", "lower", "upper"]].tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("scale", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_the_published_example(scale, alpha):
    row = agreement(long(PUBLISHED), scale=scale).frame.iloc[0]
    assert round(row["value"], 3) == alpha
    assert (row["n"], row["raters"], row["ratings"]) == (11, 4, 40)
    assert row["lower"] < row["value"] <= row["upper"] <= 1


def by_pairs(frame, scale):
    """Alpha from its definition, pair by pair."""
    groups = [part["rating"].tolist() for _, part in frame.groupby("unit") if len(part) > 1]
    pooled = sorted(one for group in groups for one in group)

    def distance(a, b):
        if scale == "nominal":
            return float(a != b)
        if scale == "interval":
            return (a - b) ** 2
        low, high = min(a, b), max(a, b)
        between = sum(low <= one <= high for one in pooled)
        return (between - (pooled.count(a) + pooled.count(b)) / 2) ** 2 if a != b else 0.0

    observed = sum(
        sum(distance(a, b) for a in group for b in group) / (len(group) - 1) for group in groups
    ) / len(pooled)
    expected = sum(distance(a, b) for a in pooled for b in pooled)
    return 1 - observed / (expected / (len(pooled) * (len(pooled) - 1)))


ratings = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(-2, 2)),
    min_size=6,
    max_size=24,
    unique_by=lambda row: row[:2],
)


@given(rows=ratings, scale=st.sampled_from(["nominal", "ordinal", "interval"]))
@settings(deadline=None, max_examples=80)
def test_it_is_the_definition(rows, scale):
    frame = pd.DataFrame(rows, columns=["unit", "rater", "rating"])
    row = agreement(frame, scale=scale, draws=20).frame.iloc[0]
    if not row["note"] or row["note"].startswith("one unit"):
        assert row["value"] == pytest.approx(by_pairs(frame, scale), abs=1e-9)
    else:
        assert np.isnan(row["value"])


def test_full_agreement_is_one_and_chance_is_zero():
    rng = np.random.default_rng(5)
    units, raters = 3000, 3
    truth = rng.integers(-2, 3, units)
    rows = [(u, r, truth[u]) for u in range(units) for r in range(raters)]
    frame = pd.DataFrame(rows, columns=["unit", "rater", "rating"])
    assert agreement(frame, draws=10).frame["value"].iloc[0] == 1
    noise = frame.assign(rating=rng.integers(-2, 3, len(frame)))
    assert agreement(noise, draws=10).frame["value"].iloc[0] == pytest.approx(0, abs=0.03)


def test_names_of_values_do_not_matter_on_a_nominal_scale():
    frame = long(PUBLISHED)
    words = frame.assign(rating=frame["rating"].map(lambda x: "ebcad"[int(x) - 1]))
    one, other = (agreement(f, scale="nominal").frame["value"].iloc[0] for f in (frame, words))
    assert one == pytest.approx(other)


@pytest.mark.parametrize(
    ("rows", "note"),
    [
        ([("a", "x", 1), ("b", "y", 2)], "no unit has ratings of two raters"),
        ([("a", "x", 1), ("a", "y", 1)], "all ratings are the same"),
        ([("a", "x", 1), ("a", "y", 2)], "one unit: no interval"),
    ],
)
def test_what_is_undefined_is_said(rows, note):
    frame = pd.DataFrame(rows, columns=["unit", "rater", "rating"])
    row = agreement(frame).frame.iloc[0]
    assert note in row["note"]
    assert np.isnan(row["lower"])


def test_bad_ratings_are_refused():
    frame = long(PUBLISHED)
    with pytest.raises(SchemaError, match="twice"):
        agreement(pd.concat([frame, frame.head(1)]))
    with pytest.raises(SchemaError, match="no column 'rater'"):
        agreement(frame.drop(columns="rater"))
    with pytest.raises(SchemaError, match="'good' is no number"):
        agreement(frame.astype({"rating": object}).assign(rating="good"))
    with pytest.raises(UsageError, match="no scale 'ratio'"):
        agreement(frame, scale="ratio")


def test_it_equals_another_program():
    # Made by krippendorff_alpha.py beside the table, with the package krippendorff 0.9.0.
    reference = pd.read_csv(REFERENCE, dtype={"ratings": str})
    assert len(reference) == 12
    for row in reference.to_dict("records"):
        words = row["ratings"].split(" ")
        table = {f"r{i}": " ".join(word) for i, word in enumerate(words)}
        for scale in ("nominal", "ordinal", "interval"):
            found = agreement(long(table), scale=scale, draws=5).frame["value"].iloc[0]
            assert found == pytest.approx(row[scale], abs=1e-9)


def test_the_same_seed_gives_the_same_interval():
    one, two, other = (agreement(long(PUBLISHED), seed=seed).frame for seed in (3, 3, 4))
    assert one[["lower", "upper"]].equals(two[["lower", "upper"]])
    assert not one[["lower", "upper"]].equals(other[["lower", "upper"]])
