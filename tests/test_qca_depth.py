"""Set-theoretic analysis in depth: codes, case types, clusters, robustness, identities."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text

from difass_analysis.display.pictures import close
from difass_analysis.errors import InputError, UsageError
from difass_analysis.mechanisms import qca

LIPSET = ["DEV", "URB", "LIT", "IND", "STB"]
CODED = ([520, 600, 720, 850, 1100, 300, 740], [0.2, 0.4, 0.8, 0.8, 1, 0, 0.6])


@pytest.fixture(scope="module")
def lipset(shared):
    frame = pd.read_csv(shared / "data" / "methods" / "QCA_LF.csv", index_col=0)
    table = qca.truth_table(frame, outcome="SURV", conditions=LIPSET)
    return qca.minimize(table, solution="intermediate", expectations=LIPSET)


def table_from(rows, outcome="Y", **cuts):
    frame = pd.DataFrame(rows).set_index("case")
    names = [name for name in frame if name != "Y"]
    return qca.truth_table(frame, outcome=outcome, conditions=names, **cuts)


# --- calibration by codes -------------------------------------------------------------


def test_codes_give_the_curve_of_a_fractional_logit():
    import statsmodels.api as sm

    values, codes = CODED
    found = qca.calibrate(values, codes=codes)
    # Another program's estimate of the same model; shares make statsmodels warn, but not here.
    fitted = sm.GLM(codes, sm.add_constant(np.array(values, float)), family=sm.families.Binomial())
    assert np.allclose(found.membership, fitted.fit().fittedvalues, atol=1e-9)
    assert found.method == "indirect"
    again = qca.calibrate(values, **found.anchors)
    assert np.allclose(found.membership, again.membership)
    assert found.frame["code"].tolist() == codes


def test_codes_are_taken_by_name_and_may_be_missing():
    values = pd.Series(CODED[0], index=list("abcdefg"), name="income")
    codes = pd.Series(CODED[1], index=list("abcdefg"))
    whole = qca.calibrate(values, codes=codes, reasons={"codes": "visits in 2012"})
    assert np.allclose(qca.calibrate(values, codes=codes[::-1]).membership, whole.membership)
    codes["g"] = np.nan
    part = qca.calibrate(values, codes=codes)
    assert part.membership.notna().all() and not np.allclose(part.membership, whole.membership)
    assert "No reason is given for codes." in part.caveats
    assert whole.anchor_table()["reason"].tolist() == ["", "", "", "visits in 2012"]


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"codes": [0, 1]}, UsageError, "2 codes for 4 values"),
        ({"codes": [0, 0.2, 1.2, 1]}, InputError, "outside 0 to 1: 1.2"),
        ({"codes": [0, 0, 1, 1]}, InputError, "parts the codes cleanly"),
        ({"codes": [0.2, 0.2, 0.2, 0.2]}, InputError, "do not say how"),
        ({"codes": [0, 0.2, 0.6, 1], "crossover": 2}, UsageError, "do not say how"),
        ({"crossover": 2, "included": 0.4}, UsageError, "no membership of a case that is in"),
    ],
)
def test_codes_that_cannot_be_used_are_refused(given, error, words):
    with pytest.raises(error, match=words):
        qca.calibrate([1, 2, 3, 4], **given)


def test_memberships_that_cannot_be_analysed_are_findings():
    frame = pd.DataFrame(
        {"A": [0.5, 1.4, None], "M": [0, 2, 1], "Y": [0.5, 1, 0]}, index=["x", "y", "z"]
    )
    found = qca.check_memberships(frame, outcome="~Y", conditions=["A", "M"])
    assert found.frame[["rule", "column", "key"]].to_numpy().tolist() == [
        ["membership_half", "A", "x"],
        ["membership_outside", "A", "y"],
        ["membership_missing", "A", "z"],
        ["membership_half", "Y", "x"],
    ]
    assert found.rules.set_index("rule")["broken"].to_dict() == {
        "membership_missing": 1,
        "membership_outside": 1,
        "membership_half": 2,
    }
    with pytest.raises(UsageError, match="'B'"):
        qca.check_memberships(frame, outcome="Y", conditions=["B"])


# --- case types -----------------------------------------------------------------------

FUZZY = [
    {"case": "typ", "A": 0.7, "B": 0.9, "Y": 0.8},
    {"case": "deg", "A": 0.9, "B": 0.6, "Y": 0.55},
    {"case": "kin", "A": 0.8, "B": 0.9, "Y": 0.3},
    {"case": "cov", "A": 0.2, "B": 0.9, "Y": 0.9},
    {"case": "irr", "A": 0.1, "B": 0.9, "Y": 0.2},
    {"case": "not", "A": 0.1, "B": 0.9, "Y": 0.1},
    {"case": "hal", "A": 0.6, "B": 0.8, "Y": 0.5},
]


def test_every_case_has_its_type_and_score():
    found = qca.case_types(qca.minimize(table_from(FUZZY, consistency=0.7)))
    whole = found.frame[found.frame["term"] == "(model)"].set_index("case")
    assert whole["type"].to_dict() == {
        "kin": "deviant in consistency (kind)",
        "cov": "deviant in coverage",
        "deg": "deviant in consistency (degree)",
        "typ": "typical",
        "irr": "individually irrelevant",
        "not": "individually irrelevant",
        "hal": "at the crossover",
    }
    # By hand: 2 (0.8 - 0.7) + (1 - 0.7); 1 - (0.8 - 0.3) + (1 - 0.8); 1 - min(1 - 0.2, 0.9).
    assert whole.loc[["typ", "kin", "deg", "cov"], "score"].round(10).tolist() == [
        0.5,
        0.7,
        0.95,
        0.2,
    ]
    assert whole["score"].isna().to_dict()["irr"]


def test_a_case_in_another_term_is_no_deviant_case():
    rows = [
        {"case": "a", "A": 1, "B": 0, "Y": 1},
        {"case": "b", "A": 0, "B": 1, "Y": 1},
        {"case": "c", "A": 1, "B": 1, "Y": 1},
        {"case": "d", "A": 0, "B": 0, "Y": 0},
    ]
    frame = qca.case_types(qca.minimize(table_from(rows))).frame
    of_a = frame[frame["term"] == "A"].set_index("case")
    assert of_a["type"].to_dict() == {
        "a": "typical",
        "c": "typical",
        "b": "other term",
        "d": "individually irrelevant",
    }
    assert of_a["only_here"].to_dict() == {"a": True, "c": False, "b": False, "d": False}


def test_rounding_of_a_negated_outcome_makes_no_case_deviant():
    # 1 - 0.33 is a little less than 0.67.
    rows = [{"case": "x", "A": 0.67, "Y": 0.33}, {"case": "y", "A": 0.1, "Y": 0.8}]
    found = qca.case_types(qca.minimize(table_from(rows, outcome="~Y")))
    assert found.frame.set_index(["term", "case"]).loc[("A", "x"), "type"] == "typical"


# --- clusters -------------------------------------------------------------------------


def test_clusters_by_hand():
    rows = [
        {"case": name, "A": a, "Y": y}
        for name, a, y in [("p1", 1, 1), ("p2", 1, 1), ("q1", 1, 0), ("q2", 1, 1), ("r1", 0, 0)]
    ]
    found = qca.cluster_diagnostics(
        qca.minimize(table_from(rows, consistency=0.7)),
        clusters=pd.Series({"r1": "R", "q1": "Q", "q2": "Q", "p1": "P", "p2": "P"}),
        units=["u", "v", "u", "v", "w"],
    )
    of_a = found.frame[found.frame["term"] == "A"].set_index(["level", "group"])
    assert of_a["consistency"].fillna(-1).to_dict() == {
        ("pooled", "all"): 0.75,
        ("between", "P"): 1.0,
        ("between", "Q"): 0.5,
        ("between", "R"): -1.0,
        ("within", "u"): 0.5,
        ("within", "v"): 1.0,
        ("within", "w"): -1.0,
    }
    assert "No case belongs to the term." in of_a.loc[("between", "R"), "note"]
    # Shares 2/3 and 1/3 against 1/2 each: sqrt(2) / 6. R has no consistency and does not count.
    distances = found.distances.set_index(["term", "level"])
    assert distances.loc[("A", "between"), "groups"] == 2
    assert distances.loc[("A", "between"), "distance"] == pytest.approx(2**0.5 / 6)
    assert any("does not hold" in text and "Q" in text for text in found.caveats)


def test_a_case_without_a_cluster_is_refused():
    rows = [{"case": "a", "A": 1, "Y": 1}, {"case": "b", "A": 0, "Y": 0}]
    with pytest.raises(UsageError, match="1 labels for 2 cases"):
        qca.cluster_diagnostics(qca.minimize(table_from(rows)), clusters=["P", None])


# --- robustness -----------------------------------------------------------------------


def test_the_parameters_by_hand():
    """A model that a stricter cut-off makes smaller: X = A + B, T = A."""
    rows = [
        {"case": "a1", "A": 1, "B": 0, "Y": 1},
        {"case": "a2", "A": 1, "B": 0, "Y": 1},
        {"case": "b1", "A": 0, "B": 1, "Y": 1},
        {"case": "b2", "A": 0, "B": 1, "Y": 1},
        {"case": "b3", "A": 0, "B": 1, "Y": 1},
        {"case": "b4", "A": 0, "B": 1, "Y": 0},
        {"case": "c1", "A": 0, "B": 0, "Y": 0},
        {"case": "d1", "A": 1, "B": 1, "Y": 1},
    ]
    solution = qca.minimize(table_from(rows, consistency=0.7))
    assert solution.models == (("A", "B"),)
    found = qca.robustness(solution, consistency=[0.8], frequency=[])
    row = found.parameters.set_index("test_set").loc["consistency"]
    assert row["core"] == "A"
    # X has 7 cases, 6 of them with the outcome; the core 3, all with it; the outcome has 6.
    assert row["rf_cons"] == pytest.approx((6 / 7) / 1)
    assert row["rf_cov"] == pytest.approx((3 / 6) / (6 / 6))
    assert row["rf_sc_min"] == row["rf_sc_max"] == pytest.approx(3 / 7)
    assert row["rcr_typ"] == pytest.approx(3 / 6)
    assert row["rcr_dev"] == 0.0
    assert row["rank"] == 3
    kinds = found.cases.set_index("case")["type"].to_dict()
    assert kinds["a1"] == "robust typical" and kinds["b4"] == "shaky deviant"
    assert kinds["c1"] == "outside irrelevant"
    ranges = found.ranges.set_index("cut_off")
    assert ranges.loc["consistency", ["above", "up_to"]].tolist() == [0.0, 0.75]


# Outcome by configuration of A, B, C: 3 of 4, 2 of 3, 1 of 2, and 1 of 4 with none of them.
STEPS = [
    {"case": f"{name}{number}", "A": a, "B": b, "C": c, "Y": int(number < good)}
    for name, a, b, c, good, size in [
        ("a", 1, 0, 0, 3, 4),
        ("b", 0, 1, 0, 2, 3),
        ("c", 0, 0, 1, 1, 2),
        ("o", 0, 0, 0, 1, 4),
    ]
    for number in range(size)
]


@pytest.mark.parametrize(
    ("cuts", "expected"),
    [
        # The figures of the test set in the order of the frame: T is the model itself, then less
        # (A alone), more (C as well), and both.
        ([0.6], [1, 1, 1, 1, 5 / 5, 2 / 2, 1]),
        ([0.7], [(5 / 7) / (3 / 4), 3 / 5, 4 / 7, 4 / 7, 3 / 5, 1 / 2, 3]),
        ([0.4], [1, 1, 7 / 9, 7 / 9, 5 / 6, 2 / 3, 2]),
        ([0.7, 0.4], [(5 / 7) / (3 / 4), 3 / 5, 4 / 7, 7 / 9, 3 / 6, 1 / 3, 4]),
    ],
)
def test_shaky_and_possible_cases_by_hand(cuts, expected):
    """X = A + B has seven cases, five of them with the outcome, which seven cases have."""
    solution = qca.minimize(table_from(STEPS, consistency=0.6))
    found = qca.robustness(solution, consistency=cuts, frequency=[])
    row = found.parameters.set_index("test_set").loc["consistency"]
    names = ["rf_cons", "rf_cov", "rf_sc_min", "rf_sc_max", "rcr_typ", "rcr_dev", "rank"]
    assert row[names].tolist() == pytest.approx(expected)
    kinds = found.cases.set_index("case")["type"]
    inside = "shaky" if 0.7 in cuts else "robust"
    beyond = ["possible typical", "possible deviant"]
    assert kinds[["a0", "a3"]].tolist() == ["robust typical", "robust deviant"]
    assert kinds[["b0", "b2"]].tolist() == [f"{inside} typical", f"{inside} deviant"]
    outside = ["outside deviant in coverage", "outside irrelevant"]
    assert kinds[["c0", "c1"]].tolist() == (beyond if 0.4 in cuts else outside)
    assert kinds[["o0", "o1"]].tolist() == outside


# A*B has consistency 3.3 / 3.6, A*~B 2.4 / 2.9, the others less than 0.73.
DEGREES = [
    {"case": "p1", "A": 0.9, "B": 0.8, "Y": 0.9},
    {"case": "p2", "A": 0.8, "B": 0.9, "Y": 0.8},
    {"case": "q1", "A": 0.8, "B": 0.3, "Y": 0.7},
    {"case": "q2", "A": 0.7, "B": 0.2, "Y": 0.4},
    {"case": "n1", "A": 0.2, "B": 0.6, "Y": 0.1},
    {"case": "n2", "A": 0.3, "B": 0.1, "Y": 0.2},
    {"case": "half", "A": 0.9, "B": 0.5, "Y": 0.6},
    {"case": "open", "A": 0.7, "B": 0.8, "Y": 0.5},
]


@pytest.mark.parametrize(
    ("cut", "other", "place", "expected"),
    [
        (0.8, 0.9, "shaky", [(4.2 / 5.3) / (3.3 / 3.6), 3.3 / 4.2, 3.6 / 5.3, 2 / 3, 0, 3]),
        (0.9, 0.8, "possible", [1, 1, 3.6 / 5.3, 2 / 3, 0, 2]),
    ],
)
def test_shaky_and_possible_cases_of_fuzzy_sets_by_hand(cut, other, place, expected):
    """A becomes A*B with the stricter cut-off, and the reverse; what is at 0.5 is unclear."""
    solution = qca.minimize(table_from(DEGREES, consistency=cut))
    assert solution.models == ((("A",) if cut == 0.8 else ("A*B",)),)
    found = qca.robustness(solution, consistency=[other], frequency=[])
    row = found.parameters.set_index("test_set").loc["consistency"]
    names = ["rf_cons", "rf_cov", "rf_sc_min", "rcr_typ", "rcr_dev", "rank"]
    assert row[names].tolist() == pytest.approx(expected)
    assert row["rf_sc_max"] == row["rf_sc_min"]
    assert found.cases.set_index("case")["type"].to_dict() == {
        "p1": "robust typical",
        "p2": "robust typical",
        "q1": f"{place} typical",
        "q2": f"{place} deviant",
        "n1": "outside irrelevant",
        "n2": "outside irrelevant",
        "half": "unclear (0.5)",
        "open": "unclear (0.5)",
    }


@pytest.mark.parametrize(
    ("cut", "model", "above", "up_to"),
    [
        # One case a row, so that its consistency is the outcome: 1, 0.95, 0.9 and 0.85. PRI,
        # (2 Y - 1) / Y, is at least 0.9 in the first two alone, whatever the other cut-off is.
        (0.8, ("A",), 0.0, 0.95),
        (0.88, ("A",), 0.0, 0.95),
        (0.92, ("A",), 0.0, 0.95),
        (0.97, ("A*B",), 0.95, 1.0),
    ],
)
def test_a_cut_off_may_move_over_several_rows_that_another_one_keeps_out(cut, model, above, up_to):
    rows = [
        {"case": f"{a}{b}", "A": a, "B": b, "Y": y}
        for a, b, y in [(1, 1, 1.0), (1, 0, 0.95), (0, 1, 0.9), (0, 0, 0.85)]
    ]
    solution = qca.minimize(table_from(rows, consistency=cut, pri=0.9))
    assert solution.models == (model,)
    ranges = qca.robustness(solution, consistency=[], frequency=[]).ranges.set_index("cut_off")
    assert ranges.loc["consistency", ["above", "up_to"]].tolist() == [above, up_to]


def test_the_range_of_a_cut_off_is_exact(lipset):
    found = qca.robustness(lipset, consistency=[], frequency=[])
    low, high = found.ranges.loc[found.ranges["cut_off"] == "consistency", ["above", "up_to"]].iloc[
        0
    ]
    table, frame = lipset.table, pd.DataFrame(lipset.table.sets.conditions)
    frame["SURV"] = table.sets.outcome

    def models(cut):
        other = qca.truth_table(frame, outcome="SURV", conditions=LIPSET, consistency=cut)
        return qca.minimize(other, solution="intermediate", expectations=LIPSET).models

    assert models(low + 1e-6) == models(high) == lipset.models
    assert models(low) != lipset.models and models(high + 1e-6) != lipset.models


def test_the_core_is_the_least_of_all_test_solutions(lipset):
    found = qca.robustness(lipset)
    frame = pd.DataFrame(lipset.table.sets.conditions, index=list(lipset.table.sets.names))
    row = found.parameters.set_index("test_set").loc["all"]
    core = qca.membership(frame, row["core"]).to_numpy()
    cases = found.cases
    assert np.allclose(core, np.minimum(cases["initial"], cases["least"]))
    assert row["rank"] == 3 and np.isnan(row["rcr_dev"]) and "rcr_dev" in row["note"]
    assert (found.frame["kind"] == "cases").sum() == len(frame)
    lost = found.frame.set_index("variant").loc["without FI"]
    assert not lost["same"] and lost["kept"] == 0
    terms = found.terms.set_index(["term", "kind"])
    # A term counts only where its conditions are in the analysis: only without IND.
    assert terms.loc[("DEV*URB*LIT*STB", "conditions"), "variants"] == 1


def test_anchors_are_moved_and_conditions_added(shared):
    values = pd.Series([10, 20, 30, 40, 50, 60, 70, 80], index=list("abcdefgh"), name="A")
    outcome = pd.Series([0, 0, 0, 1, 1, 1, 1, 1], index=list("abcdefgh"))
    anchors = qca.calibrate(values, exclusion=10, crossover=35, inclusion=60)
    frame = pd.DataFrame({"A": anchors.membership, "Y": outcome})
    solution = qca.minimize(qca.truth_table(frame, outcome="Y", conditions=["A"]))
    extra = pd.DataFrame({"B": [1, 0] * 4}, index=list("hgfedcba"))
    found = qca.robustness(solution, calibrations={"A": anchors}, shift=0.4, extra=extra)
    moved = found.frame[found.frame["kind"] == "anchors"].set_index("variant")
    assert len(moved) == 6
    assert moved.loc["A: crossover 55", "same"] and moved.loc["A: crossover 55", "coverage"] < 0.75
    assert found.frame["variant"].iloc[-1] == "with B"
    too_far = qca.robustness(solution, calibrations={"A": anchors}, shift=0.8).frame
    assert too_far["note"].str.contains("not in order").any()
    with pytest.raises(UsageError, match="other cases"):
        qca.robustness(solution, extra=extra.iloc[:3])
    with pytest.raises(UsageError, match="no condition 'Q'"):
        qca.robustness(solution, calibrations={"Q": anchors})


def test_a_changed_outcome_anchor_is_turned_round_for_a_negated_outcome():
    values = pd.Series([1, 2, 3, 4], index=list("wxyz"))
    outcome = qca.calibrate(values, crossover=2.5)
    frame = pd.DataFrame({"A": [1, 1, 0, 0], "Y": outcome.membership}, index=list("wxyz"))
    solution = qca.minimize(qca.truth_table(frame, outcome="~Y", conditions=["A"]))
    found = qca.robustness(solution, calibrations={"Y": outcome}, shift=0.1).frame
    assert solution.models == (("A",),)
    assert found.loc[found["kind"] == "anchors", "same"].all()


def test_nothing_can_be_robust_without_a_solution():
    table = table_from([{"case": "x", "A": 1, "Y": 0}])
    with pytest.raises(UsageError, match="no model"):
        qca.robustness(qca.minimize(table))


def test_an_enhanced_solution_is_asked_for_again_with_what_it_excludes():
    rows = [
        {"case": name, "A": a, "B": b, "Y": y}
        for name, a, b, y in [("x", 1, 1, 1), ("y", 0, 0, 0), ("z", 1, 0, 0)]
    ]
    solution = qca.minimize(table_from(rows), solution="enhanced", necessary="A")
    assert solution.models == (("A*B",),)
    found = qca.robustness(solution, frequency=[]).frame.set_index("variant")
    assert found.loc["consistency 0.75", "same"]
    assert found.loc["without A", "solution"] == "B"
    with pytest.raises(UsageError, match="does not use necessary"):
        qca.minimize(table_from(rows), necessary="A")


# --- pictures -------------------------------------------------------------------------


def boxes(texts, renderer):
    # Of the words alone: the extent of an annotation has the line to its point in it.
    return [Text.get_window_extent(text, renderer) for text in texts if text.get_text()]


def drawn(ax):
    figure = ax.get_figure(root=True)
    figure.canvas.draw()
    return figure.canvas.get_renderer()


def test_labels_of_the_scatter_do_not_overlap(lipset):
    ax = qca.case_types(lipset).plot()
    held = boxes(ax.texts, drawn(ax))
    assert len(held) > 15
    for at, one in enumerate(held):
        for other in held[at + 1 :]:
            assert not one.overlaps(other)
    close(ax)
    with pytest.raises(UsageError, match="no term"):
        qca.case_types(lipset).plot(term="A")


def test_the_pictures_say_what_they_show(lipset):
    table = lipset.table.plot()
    assert [t.get_text() for t in table.texts][:5] == LIPSET
    assert len(table.patches) >= 9 * 5
    close(table)
    parsimonious = qca.minimize(lipset.table, solution="parsimonious")
    chart = lipset.plot(parsimonious=parsimonious)
    sizes = sorted({line.get_markersize() for line in chart.lines if line.get_marker() == "o"})
    assert sizes == [6.5, 11.0]
    close(chart)
    with pytest.raises(UsageError, match="no model 2"):
        lipset.plot(model=2)
    curve = qca.calibrate(pd.Series(CODED[0], name="income"), codes=CODED[1]).plot()
    assert curve.get_xlabel() == "income"
    close(curve)


# --- what must hold for every table ---------------------------------------------------


@st.composite
def fuzzy(draw, conditions=3):
    degrees = st.sampled_from([0.05, 0.2, 0.4, 0.6, 0.8, 0.95])
    cases = st.lists(degrees, min_size=conditions + 1, max_size=conditions + 1)
    rows = draw(st.lists(cases, min_size=4, max_size=12))
    return pd.DataFrame(rows, columns=[*"ABCDEFG"[:conditions], "Y"])


def solve(frame, kind, order=None, outcome="Y"):
    names = order or [name for name in frame if name != "Y"]
    table = qca.truth_table(frame, outcome=outcome, conditions=names)
    expectations = names if kind == "intermediate" else None
    return qca.minimize(table, solution=kind, expectations=expectations)


def literals(models):
    return {frozenset(frozenset(term.split("*")) for term in model) for model in models}


def held(frame, model):
    if model == ("1",):
        return np.ones(len(frame), dtype=bool)
    return qca.membership(frame, " + ".join(model)).to_numpy() > 0.5


KINDS = st.sampled_from(["conservative", "parsimonious", "intermediate"])


@settings(max_examples=50)
@given(fuzzy(), KINDS, st.permutations(["A", "B", "C"]))
def test_the_order_of_conditions_changes_no_model(frame, kind, order):
    plain, other = solve(frame, kind), solve(frame, kind, order=list(order))
    assert literals(plain.models) == literals(other.models)


@settings(max_examples=50)
@given(fuzzy(), KINDS)
def test_every_model_holds_positive_rows_and_no_negative_one(frame, kind):
    found = solve(frame, kind)
    rows = found.table.frame
    for model in found.models:
        inside = held(rows[["A", "B", "C"]].astype(float), model)
        assert (inside == (rows["output"] == 1)).all()


@settings(max_examples=50)
@given(fuzzy(), KINDS)
def test_negating_the_outcome_twice_returns(frame, kind):
    turned = frame.assign(Y=1 - frame["Y"])
    plain, twice = solve(frame, kind), solve(turned, kind, outcome="~Y")
    assert plain.models == twice.models
    columns = ["consistency", "pri", "raw_coverage"]  # empty frames have no kind of number
    one, two = plain.frame[columns].astype(float), twice.frame[columns].astype(float)
    assert np.allclose(one, two, equal_nan=True)


@settings(max_examples=15)
@given(fuzzy())
def test_every_case_has_one_type_and_the_core_is_never_larger(frame):
    solution = solve(frame, "parsimonious")
    if not solution.models:
        return
    types = qca.case_types(solution).frame
    assert (types.groupby("term").size() == len(frame)).all()
    found = qca.robustness(solution, frequency=[])
    for row in found.parameters.to_dict("records"):
        assert np.isnan(row["rf_cov"]) or row["rf_cov"] <= 1 + 1e-9
        assert 0 <= row["rf_sc_min"] <= 1 + 1e-9 or np.isnan(row["rf_sc_min"])
