"""Set-theoretic analysis: the same models as R QCA, on every table of the reference."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from difass_analysis.errors import InputError, UsageError
from difass_analysis.mechanisms import qca

LIPSET = ["DEV", "URB", "LIT", "IND", "STB"]


@pytest.fixture(scope="module")
def reference(shared):
    path = shared / "data" / "methods" / "qca_reference_cases.json"
    return json.loads(path.read_text(encoding="utf-8"))


def lipset(shared, name):
    return pd.read_csv(shared / "data" / "methods" / name, index_col=0)


def sets(models):
    return {frozenset(model) for model in models}


def table_of(case):
    conditions = list(case["data"])[: case["conditions"]]
    frame = pd.DataFrame(case["data"])
    return qca.truth_table(
        frame, outcome="Y", conditions=conditions, consistency=case["inclusion_cut"]
    )


def test_truth_tables_are_those_of_r(reference):
    for case in reference:
        mine = table_of(case).frame.set_index("row")
        theirs = pd.DataFrame(case["truth_table"]).set_index("id").sort_index()
        assert mine.index.to_list() == theirs.index.to_list(), case["case"]
        assert mine["output"].to_list() == theirs["out"].astype(int).to_list(), case["case"]
        assert np.allclose(mine["consistency"], theirs["incl"].astype(float), atol=1e-6)


@pytest.mark.parametrize("solution", ["conservative", "parsimonious"])
def test_models_are_those_of_r(reference, solution):
    compared = 0
    for case in reference:
        if case[solution] is not None:
            found = qca.minimize(table_of(case), solution=solution)
            assert sets(found.models) == sets(case[solution]), case["case"]
            assert not found.capped
            compared += 1
    assert compared > 100


def test_intermediate_models_are_those_of_r_for_every_pair(reference):
    compared = 0
    for case in reference:
        if not case["intermediate"]:
            continue
        table = table_of(case)
        found = qca.minimize(table, solution="intermediate", expectations=list(table.conditions))
        outer = qca.minimize(table, solution="parsimonious").models
        inner = qca.minimize(table, solution="conservative").models
        assert len(found.pairs) == len(outer) * len(inner)
        theirs = [sets(models) for models in case["intermediate"].values()]
        mine = [sets(models) for models in found.pairs.values()]
        for models in theirs:
            assert models in mine, case["case"]
        assert sets(found.models) == set().union(*theirs), case["case"]
        compared += len(theirs)
    assert compared > 100


def test_lipset_crisp(shared):
    cases = lipset(shared, "QCA_LC.csv")
    table = qca.truth_table(cases, outcome="SURV", conditions=LIPSET, consistency=1)
    found = {
        kind: qca.minimize(table, solution=kind, expectations=LIPSET).models
        for kind in ("conservative", "parsimonious", "intermediate")
    }
    assert found == {
        "conservative": (("DEV*~URB*LIT*STB", "DEV*LIT*IND*STB"),),
        "parsimonious": (("DEV*STB",),),
        "intermediate": (("DEV*LIT*STB",),),
    }
    negated = qca.truth_table(cases, outcome="~SURV", conditions=LIPSET, consistency=1)
    assert qca.minimize(negated, solution="parsimonious").models == (("~DEV", "~STB"),)
    assert qca.minimize(negated).models == (("~DEV*~URB*~IND", "DEV*LIT*IND*~STB"),)


@pytest.mark.parametrize(
    ("kind", "model", "consistency", "pri", "coverage"),
    [
        ("conservative", ("DEV*URB*LIT*IND*STB", "DEV*~URB*LIT*~IND*STB"), 0.870, 0.843, 0.658),
        ("parsimonious", ("DEV*~IND", "URB*STB"), 0.850, 0.819, 0.714),
        ("intermediate", ("DEV*URB*LIT*STB", "DEV*LIT*~IND*STB"), 0.866, 0.839, 0.660),
    ],
)
def test_lipset_fuzzy(shared, kind, model, consistency, pri, coverage):
    table = qca.truth_table(lipset(shared, "QCA_LF.csv"), outcome="SURV", conditions=LIPSET)
    found = qca.minimize(table, solution=kind, expectations=LIPSET)
    assert found.models == (model,)
    whole = found.frame[found.frame["term"] == "(model)"].iloc[0]
    assert whole[["consistency", "pri", "raw_coverage"]].round(3).tolist() == [
        consistency,
        pri,
        coverage,
    ]


def test_necessity_of_single_conditions(shared):
    cases = lipset(shared, "QCA_LF.csv")
    rows = {
        "DEV": (0.831, 0.811, 0.775),
        "URB": (0.539, 0.899, 0.771),
        "LIT": (0.991, 0.509, 0.643),
        "IND": (0.669, 0.786, 0.684),
        "STB": (0.920, 0.680, 0.707),
        "LIT*STB": (0.915, 0.800, 0.793),
    }
    for expression, expected in rows.items():
        fit = qca.necessity_fit(qca.membership(cases, expression), cases["SURV"])
        found = (fit.consistency, fit.relevance, fit.coverage)
        assert np.round(found, 3).tolist() == list(expected), expression


def test_the_table_of_necessity_marks_what_is_trivial(shared):
    cases = lipset(shared, "QCA_LF.csv")
    found = qca.necessity(
        cases, outcome="SURV", conditions=LIPSET, expressions=["LIT*STB"]
    ).frame.set_index("condition")
    assert found[found["necessary"]].index.to_list() == ["LIT", "STB", "LIT*STB"]
    assert found.loc["LIT*STB", ["consistency", "relevance", "coverage"]].astype(float).round(
        3
    ).tolist() == [0.915, 0.800, 0.793]
    # Nearly all cases have it, with the outcome and without it.
    always = pd.DataFrame({"A": [1, 1, 1, 1, 1], "Y": [1, 0, 0, 0, 0]})
    row = qca.necessity(always, outcome="Y", conditions=["A"]).frame.iloc[0]
    assert row["necessary"] and row["trivial"]


def test_calibration_is_that_of_r():
    found = qca.calibrate(range(1, 11), exclusion=2, crossover=5, inclusion=9)
    expected = [0.0193424977, 0.05, 0.1231471380, 0.2725982855, 0.5]
    expected += [0.6761445795, 0.8133945031, 0.9009949893, 0.95, 0.9754107360]
    assert np.allclose(found, expected, atol=1e-9)
    falling = qca.calibrate(range(1, 11), exclusion=9, crossover=5, inclusion=2)
    assert np.allclose(np.asarray(falling), 1 - np.asarray(found))


def test_calibration_keeps_reasons_and_says_what_has_none():
    found = qca.calibrate(
        pd.Series([1.0, None, 5.0], index=["x", "y", "z"]),
        crossover=5,
        reasons={"crossover": "the law asks for five"},
    )
    assert found.membership.fillna(-1).to_dict() == {"x": 0.0, "y": -1.0, "z": 1.0}
    assert found.method == "crisp"
    assert found.caveats == ("1 cases have no value and no membership.",)
    bare = qca.calibrate([1, 2, 3], exclusion=1, crossover=2, inclusion=3)
    assert any("No reason is given for exclusion" in text for text in bare.caveats)
    assert any("exactly at the crossover" in text for text in bare.caveats)


@pytest.mark.parametrize(
    ("anchors", "words"),
    [
        ({"exclusion": 1, "crossover": 5, "inclusion": 3}, "not in order"),
        ({"exclusion": 1, "inclusion": 3}, "do not say how"),
        ({"thresholds": [3, 2]}, "do not rise"),
        ({"crossover": 2, "reasons": {"inclusion": "x"}}, "no anchor 'inclusion'"),
    ],
)
def test_wrong_anchors_are_refused(anchors, words):
    with pytest.raises(UsageError, match=words):
        qca.calibrate([1, 2, 3], **anchors)


# --- what must hold for every table ---------------------------------------------------


@st.composite
def tables(draw, conditions=4):
    rows = draw(st.lists(st.integers(0, 2**conditions - 1), min_size=4, max_size=14, unique=True))
    outcomes = draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    names = [chr(ord("A") + i) for i in range(conditions)]
    frame = pd.DataFrame([[row >> i & 1 for i in range(conditions)] for row in rows], columns=names)
    return frame.assign(Y=np.array(outcomes, dtype=int))


def minimised(frame, solution):
    names = [name for name in frame.columns if name != "Y"]
    table = qca.truth_table(frame, outcome="Y", conditions=names)
    return qca.minimize(table, solution=solution, expectations=names)


@given(tables(), st.sampled_from(["conservative", "parsimonious", "intermediate"]))
def test_every_model_holds_all_positives_and_no_negative(frame, solution):
    found = minimised(frame, solution)
    assert bool(found.models) == bool(frame["Y"].any())
    for model in found.models:
        assert (qca.membership(frame, " + ".join(model)) == frame["Y"]).all() or model == ("1",)


@given(tables())
def test_parsimonious_covers_intermediate_covers_conservative(frame):
    names = [name for name in frame.columns if name != "Y"]
    everywhere = pd.DataFrame(
        [[row >> i & 1 for i in range(len(names))] for row in range(2 ** len(names))],
        columns=names,
    )

    def held(model):
        if model == ("1",):
            return np.ones(len(everywhere), dtype=bool)
        return qca.membership(everywhere, " + ".join(model)).to_numpy() > 0.5

    found = minimised(frame, "intermediate")
    inner = minimised(frame, "conservative").models
    outer = minimised(frame, "parsimonious").models
    for (i, j), models in found.pairs.items():
        for model in models:
            assert (held(model) >= held(inner[i - 1])).all()
            assert (held(model) <= held(outer[j - 1])).all()


@given(tables(), st.permutations(["A", "B", "C", "D"]))
def test_renaming_conditions_renames_the_models(frame, order):
    names = dict(zip("ABCD", order, strict=True))
    renamed = frame.rename(columns=names)[[*"ABCD", "Y"]]
    plain = minimised(frame, "parsimonious").models
    mine = {
        frozenset(
            frozenset(names.get(x.strip("~"), x).join(["~" if x[0] == "~" else "", ""]) for x in t)
            for t in (term.split("*") for term in model)
        )
        for model in plain
    }
    theirs = {
        frozenset(frozenset(term.split("*")) for term in model)
        for model in minimised(renamed, "parsimonious").models
    }
    assert mine == theirs


def test_conditions_with_several_values():
    frame = pd.DataFrame({"A": [0, 1, 2, 2], "B": [0, 0, 0, 1], "Y": [0, 0, 1, 1]})
    table = qca.truth_table(frame, outcome="Y", conditions=["A", "B"])
    assert qca.minimize(table).models == (("A{2}",),)
    assert qca.minimize(table, solution="parsimonious").models == (("A{2}",),)


def test_an_enhanced_solution_assumes_nothing_that_a_necessary_condition_forbids():
    frame = pd.DataFrame({"A": [1, 0, 1], "B": [1, 0, 0], "Y": [1, 0, 0]})
    table = qca.truth_table(frame, outcome="Y", conditions=["A", "B"])
    assert qca.minimize(table, solution="parsimonious").models == (("B",),)
    # ~A*B was not observed; if A is necessary, it must not be taken for positive.
    enhanced = qca.minimize(table, solution="enhanced", necessary=["A"])
    assert enhanced.models == (("A*B",),)
    assert qca.minimize(table, solution="enhanced", impossible=["~A*B"]).models == (("A*B",),)


def test_contradictory_assumptions_are_left_out_of_the_enhanced_solution():
    frame = pd.DataFrame({"A": [1, 0], "B": [1, 0], "Y": [1, 0]})
    table = qca.truth_table(frame, outcome="Y", conditions=["A", "B"])
    negated = qca.truth_table(frame, outcome="~Y", conditions=["A", "B"])
    assert sets(qca.minimize(table, solution="parsimonious").models) == {
        frozenset({"A"}),
        frozenset({"B"}),
    }
    found = qca.minimize(table, solution="enhanced", negated=negated)
    assert found.models == (("A*B",),)


def test_models_beyond_the_cap_are_announced():
    frame = pd.DataFrame({"A": [1, 0], "B": [1, 0], "C": [1, 0], "Y": [1, 0]})
    table = qca.truth_table(frame, outcome="Y", conditions=["A", "B", "C"])
    assert not qca.minimize(table, solution="parsimonious").capped
    found = qca.minimize(table, solution="parsimonious", cap=2)
    assert found.capped and len(found.models) == 2
    assert any("more than 2" in caveat for caveat in found.caveats)


def test_nothing_to_explain_is_said():
    frame = pd.DataFrame({"A": [1, 0], "Y": [0, 0]})
    found = qca.minimize(qca.truth_table(frame, outcome="Y", conditions=["A"]))
    assert found.models == ()
    assert any("nothing to explain" in caveat for caveat in found.caveats)


def test_a_case_at_the_crossover_belongs_to_no_row():
    frame = pd.DataFrame({"A": [0.5, 0.9], "Y": [0.2, 0.8]}, index=["x", "y"])
    table = qca.truth_table(frame, outcome="Y", conditions=["A"])
    assert table.frame["cases"].tolist() == ["y"]
    assert any("exactly 0.5" in caveat for caveat in table.caveats)


def test_contradictory_rows_are_marked():
    frame = pd.DataFrame({"A": [1, 1, 1, 0], "Y": [1, 1, 0, 0]})
    table = qca.truth_table(frame, outcome="Y", conditions=["A"], consistency=0.6)
    assert table.frame["contradictory"].tolist() == [False, True]
    assert any("contradictory" in caveat for caveat in table.caveats)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1.2, 0.3], "'A' holds no membership between 0 and 1 in 1 cases: x"),
        ([None, 0.3], "'A' holds no membership"),
    ],
)
def test_no_memberships_are_refused_with_the_cases(values, words):
    frame = pd.DataFrame({"A": values, "Y": [1.0, 0.0]}, index=["x", "y"])
    with pytest.raises(InputError, match=words):
        qca.truth_table(frame, outcome="Y", conditions=["A"])


def test_wrong_use_is_refused():
    frame = pd.DataFrame({"A": [1, 0], "Y": [1, 0]})
    table = qca.truth_table(frame, outcome="Y", conditions=["A"])
    with pytest.raises(UsageError, match="needs expectations"):
        qca.minimize(table, solution="intermediate")
    with pytest.raises(UsageError, match="no value 2"):
        qca.minimize(table, solution="enhanced", impossible=["A{2}"])
    with pytest.raises(UsageError, match="'B'"):
        qca.truth_table(frame, outcome="Y", conditions=["B"])
