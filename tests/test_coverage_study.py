"""The machinery of the coverage study, on twenty replicates; what it found is in the package."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import difass_analysis as da
from benchmarks import coverage
from benchmarks import coverage_study as machinery
from difass_analysis.comparison import contrasts, decompose, model, ranks
from difass_analysis.measurement import measuring

WORLD = machinery.WORLDS[0]
TINY = machinery.Sizes(intervals=20, ranks=3, gaps=2, operations=(20,), more=(), programmes=(5, 7))


@pytest.fixture(scope="module")
def drawn() -> machinery.Draw:
    return next(machinery.chunks(WORLD, 20, 20, regions=25, stream=1))


@pytest.fixture(scope="module")
def study() -> machinery.Study:
    return machinery.run(TINY)


@pytest.mark.parametrize("world", [*machinery.WORLDS, *machinery.SIDE_WORLDS])
def test_the_truth_is_what_many_operations_give(world):
    mild = replace(world, sigma=world.sigma / 3, noise=world.noise / 3)
    one = machinery.draw(mild, np.random.default_rng(5), (1, 2, 100_000), np.array([0.5, 2.0]))
    y, x = one.by_beneficiary(one.y), one.by_beneficiary(one.x)
    assert y.sum(axis=2)[0] / x.sum(axis=2)[0] == pytest.approx([0.5, 2.0], rel=0.01)
    assert x.mean() == pytest.approx(machinery.true_cost_per_sme(), rel=0.01)
    assert np.log(one.x).std() == pytest.approx(mild.sigma, rel=0.01)


def test_operations_of_a_beneficiary_have_money_in_common(drawn):
    logs = pd.Series(np.log(drawn.x)).groupby(drawn.beneficiary)
    several = logs.transform("size") > 1
    within = logs.var(ddof=1).dropna().mean()
    assert several.mean() == pytest.approx(0.32, abs=0.03)
    assert within == pytest.approx(WORLD.sigma**2 * (1 - machinery.SHARED), rel=0.1)


def test_shipped_bounds_stand_beside_the_right_replicate_and_region(drawn):
    found = machinery.intervals_of(drawn)
    public = drawn.by_beneficiary(drawn.x)
    # A cost per SME is a mean of clusters: the package's interval is the textbook's, cut at 0.
    lower, upper = found[machinery.COST]["linearised"]
    shipped = found[machinery.COST]["shipped"]
    np.testing.assert_allclose(shipped, (np.maximum(lower, 0), upper), rtol=1e-8)
    centre = np.sqrt(np.prod(found[machinery.LEVERAGE]["log"], axis=0))
    leverage = drawn.by_beneficiary(drawn.y).sum(axis=2) / public.sum(axis=2)
    np.testing.assert_allclose(centre, leverage, rtol=1e-8)


def test_the_errors_are_the_textbook_ones():
    y, x = np.array([[2.0, 4.0, 9.0]]), np.array([[1.0, 2.0, 3.0]])
    assert machinery.linearised_error(y, x) == pytest.approx([0.381881], abs=1e-6)
    assert machinery.jackknife_error(y, x) == pytest.approx([0.463681], abs=1e-6)


def test_the_naive_interval_is_a_mean_of_ratios(drawn):
    ratios = drawn.y / drawn.x
    own = ratios[drawn.cell == 7]
    half = 1.959964 * own.std(ddof=1) / np.sqrt(len(own))
    lower, upper = (bound.ravel()[7] for bound in machinery.naive(ratios, drawn))
    assert (lower, upper) == pytest.approx((own.mean() - half, own.mean() + half), rel=1e-6)


def test_coverage_counts_what_holds_among_what_is_given():
    rows = pd.DataFrame(
        {
            "method": "a",
            "below": [True, False, False, False, False],
            "above": [False, False, False, False, False],
            "none": [False, False, False, False, True],
            "width": [1.0, 1.0, 2.0, 4.0, np.nan],
        }
    )
    found = machinery.coverage(rows, ["method"]).iloc[0]
    assert found[["coverage", "below", "none", "mean_width"]].tolist() == [0.75, 0.25, 0.2, 2.0]
    assert found["error"] == pytest.approx(np.sqrt(0.75 * 0.25 / 4))


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("operations", [10, 100])
def test_sets_are_those_of_ranks(operations, together):
    one = next(machinery.chunks(WORLD, operations, 1, regions=25, stream=2))
    y, x = (one.by_beneficiary(values)[0] for values in (one.y, one.x))
    sets = machinery.sets_of(y, x, equal=False, together=together, seed=3)
    programme = da.Programme.from_frames(**machinery.frames_of(one))
    frame = ranks(
        programme, machinery.LEVERAGE, by="region", draws=machinery.RANK_DRAWS, seed=3
    ).frame.sort_values("region")
    names = ["rank_lower", "rank_upper"] if together else ["marginal_lower", "marginal_upper"]
    assert frame["rank"].tolist() == sets["rank"].tolist()
    assert frame[names].to_numpy(int).tolist() == sets[["lower", "upper"]].to_numpy(int).tolist()


def test_regions_without_noise_are_ranked_rightly():
    value = machinery.true_leverage(machinery.REGIONS)[machinery._chosen(5)]
    x = np.ones((1, 5, 40)) + np.linspace(0, 1e-6, 40)
    y = value[:, None] * x * (1 + 1e-6 * np.linspace(-1, 1, 40))
    rows = pd.DataFrame(machinery.rank_rows(y, x, first=1))
    assert rows["all"].all()
    assert rows["width"].tolist() == [1, 1, 5]


def test_parts_are_those_of_decompose():
    frame = machinery.gap_frame(WORLD, 20, 2)
    parts = machinery.gap_parts_of(frame)
    own = frame[frame["replicate"] == 1]
    programme = da.Programme.from_frames(operations=own)
    whole = decompose(
        programme, machinery.LEVERAGE, by="region", over="mechanism", group="here"
    ).frame
    whole = whole[(whole["row"] == "all") & whole["effect"].isin(["composition", "rate", "gap"])]
    columns = ["value", "lower", "upper", "se"]
    found = parts.loc[parts["replicate"] == 1, columns].to_numpy(float)
    np.testing.assert_allclose(found, whole[columns].to_numpy(float), rtol=1e-9)


def test_true_parts_are_those_of_many_operations():
    mild = replace(WORLD, sigma=0.2, noise=0.2)
    parts = machinery.gap_parts_of(machinery.gap_frame(mild, 20_000, 1)).set_index("effect")
    truth = pd.Series(machinery.true_parts())
    assert parts["value"].to_dict() == pytest.approx(truth.to_dict(), abs=0.02)


def test_a_tiny_study_fills_every_table(study):
    worlds = len(machinery.WORLDS) + len(machinery.SIDE_WORLDS)
    assert len(study.intervals) == worlds * 2 * len(coverage.LABELS)
    assert (study.intervals.groupby("world")["count"].max().isin([100, 500])).all()
    assert len(study.ranks) == 2 * 2 * 3
    assert len(study.gaps) == 2 * 3
    for table in (study.intervals, study.ranks, study.gaps):
        assert table["error"].between(0, 0.5).all()


def test_the_page_is_written_between_its_markers(study, tmp_path):
    page = tmp_path / "validity.md"
    page.write_text(f"# Before\n\n{coverage.START}\nstale words\n{coverage.END}\n\nAfter.\n")
    coverage.write(coverage.page(study), page)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Before") and text.endswith("After.\n") and "stale words" not in text
    assert f"Seed {machinery.SEED:,}" in text
    assert not re.search(r"\bnan\b", text)


def test_the_same_seed_gives_the_same_draws(drawn):
    again = next(machinery.chunks(WORLD, 20, 20, regions=25, stream=1))
    assert np.array_equal(again.y, drawn.y)


# What the package says must be what the full study found.


def written() -> str:
    return coverage.PAGE.read_text(encoding="utf-8")


def test_the_caveat_says_what_the_page_says():
    (enough,) = re.findall(r"from \*\*([\d,]+) clusters\*\* on", written())
    rows = re.findall(r"^\| ([\d,]+) \| (\d+) \|$", written(), flags=re.MULTILINE)
    found = {int(size.replace(",", "")): int(worst) for size, worst in rows}
    assert int(enough.replace(",", "")) == measuring.ENOUGH_CLUSTERS
    below = {size: worst for size, worst in found.items() if size < measuring.ENOUGH_CLUSTERS}
    assert below == measuring.SIMULATED_COVERAGE
    lowest = re.findall(r"as little as \*\*(\d+) %\*\*", written())
    assert list(map(int, lowest)) == [model.SIMULATED_SETS, model.SIMULATED_GAPS]


def test_few_clusters_are_a_caveat():
    frame = pd.DataFrame(
        {
            "operation_id": list("abcd"),
            "region": ["N", "N", "S", "S"],
            "public_amount": [1.0, 2.0, 3.0, 4.0],
            "private_amount": [1.0, 2.5, 3.0, 3.0],
        }
    )
    programme = da.Programme.from_frames(operations=frame)
    table = da.measure(programme, indicators=["public_cost_per_operation"], by=["region"])
    worst = measuring.SIMULATED_COVERAGE[4]
    (caveat,) = [text for text in table.caveats if "simulations" in text]
    assert "clusters in 2 of 2 rows, 2 in the smallest" in caveat
    assert f"covered {worst} % in the worst case" in caveat
    compared = contrasts(programme, "private_per_public", by="region")
    worst = f"{model.SIMULATED_GAPS} %, and sets of ranks of equal groups {model.SIMULATED_SETS} %"
    (caveat,) = [text for text in compared.caveats if "simulations" in text]
    assert "in 2 of 2 groups" in caveat and worst in caveat
    counts = da.measure(programme, indicators=["operations"], by=["region"])
    assert not any("simulations" in text for text in counts.caveats)
