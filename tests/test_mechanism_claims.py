"""Mechanism claims, theories of change, barriers and groups: coverage, checks and pictures."""

from __future__ import annotations

from functools import cache
from itertools import combinations, pairwise
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from matplotlib.patches import FancyBboxPatch

from difass_analysis import check
from difass_analysis import load as load_programme
from difass_analysis.display.canvas import SIMULATED
from difass_analysis.display.pictures import close, figure_bytes
from difass_analysis.display.theory import draw_theory
from difass_analysis.display.theory_layout import lay_out
from difass_analysis.errors import InputError, SchemaError, UsageError
from difass_analysis.mechanisms import (
    barrier_gaps,
    coverage,
    reach_of_groups,
    theory_of_change,
)
from difass_analysis.mechanisms.groups import wilson_interval
from difass_analysis.programme import Programme, Settings
from tests.tables import frame_of

RAW = Path(__file__).resolve().parents[1] / "data" / "raw"


@cache
def load(folder: Path) -> Programme:
    return load_programme(folder)


CLAIMS = """
    | claim_id | practice_id | context    | resource | reasoning  | outcome  | evidence_for | evidence_against | strength | rival_explanations | status    |
    | c1       | p           | no bank    | a loan   | it dares   | it grows | survey 2018  | two failed       | moderate | demand grew        | supported |
    | c2       | p           |            | advice   |            | it plans | interviews   |                  | weak     |                    | supported |
    | c3       | p           | far market | a fair   | it is seen | it sells |              |                  | strong   |                    | supported |
    | c4       | p           | far market | a visit  | it learns  | it sells |              |                  |          |                    |           |
    """  # noqa: E501
TESTS = """
    | test_id | claim_id | test_type   | result | evidence          |
    | t1      | c1       | hoop        | passed | loans were repaid |
    | t2      | c1       | smoking gun | open   |                   |
    | t3      | c2       | hoop        | failed | no plan was found |
    """
LINKS = """
    | link_id | practice_id | from_result | to_result | assumption | risk | evidence_for | status |
    | l1 | p | money | fairs    | it is used | cost | 37 projects | supported |
    | l2 | p | fairs | contacts |            |      |             |           |
    | l3 | p | money | contacts |            |      |             | supported |
    """


def programme(simulated: bool = False, **tables: str) -> Programme:
    settings = Settings(id="p", name="Test", currency="EUR", simulated=simulated)
    return Programme.from_frames(
        settings=settings, **{name: frame_of(text) for name, text in tables.items()}
    )


def claimed(**changes: str) -> Programme:
    return programme(
        **({"mechanism_claims": CLAIMS, "claim_tests": TESTS, "theory_links": LINKS} | changes)
    )


def keys(made: Programme, rule: str) -> list[str]:
    frame = check(made).frame
    return frame.loc[frame["rule"] == rule, "key"].tolist()


# --- coverage ----------------------------------------------------------------------------


def test_coverage_names_every_gap():
    frame = coverage(claimed()).frame.set_index("id")
    assert frame["gap"].to_dict() == {
        "c1": "",
        "c2": "nothing written down against it; no rival explanation",
        "c3": "no evidence; no rival explanation; no test",
        "c4": "no evidence; no rival explanation; no test",
        "l1": "nothing written down against it; no rival explanation",
        "l2": "no evidence; no rival explanation",
        "l3": "no evidence; no rival explanation",
    }
    assert frame.loc["c1", ["tests", "passed", "failed"]].tolist() == [
        "hoop; smoking gun",
        "hoop",
        "",
    ]
    assert frame.loc["c2", "statement"] == "(not stated): advice → (not stated) → it plans"
    assert frame.loc["c4", "status"] == "open"


def test_claims_without_evidence_are_listed():
    assert coverage(claimed()).without_evidence["id"].tolist() == ["c3", "c4", "l2", "l3"]


def test_without_claims_and_links_there_is_no_coverage():
    with pytest.raises(InputError, match="neither mechanism claims nor a theory"):
        coverage(load(RAW / "difass"))


def test_coverage_is_drawn_with_a_mark_for_each_question():
    axes = coverage(claimed()).plot()
    filled = [line.get_markerfacecolor() for line in axes.lines]
    assert len(filled) == 4 * 4 + 3 * 3
    assert filled.count("#ffffff") == len(filled) - (4 + 2 + 1)
    close(axes)


# --- findings ------------------------------------------------------------------------------


def test_a_strength_without_evidence_is_found():
    assert keys(claimed(), "claim_without_evidence") == ["c3"]


def test_a_state_without_evidence_is_found():
    assert keys(claimed(), "supported_without_evidence") == ["c3", "l3"]


def test_a_failed_hoop_test_leaves_no_claim_supported():
    assert keys(claimed(), "claim_against_test") == ["c2"]
    row = next(line for line in CLAIMS.splitlines() if "c2" in line)
    refuted = CLAIMS.replace(row, row.replace("supported", "not supported"))
    assert refuted != CLAIMS
    assert keys(claimed(mechanism_claims=refuted), "claim_against_test") == []


@pytest.mark.parametrize(
    ("kind", "result", "status", "contradicts"),
    [
        ("hoop", "failed", "supported", True),
        ("hoop", "failed", "partly supported", True),
        ("hoop", "failed", "not supported", False),
        ("hoop", "passed", "not supported", False),
        ("smoking gun", "failed", "supported", False),
        ("smoking gun", "passed", "not supported", True),
        ("doubly decisive", "failed", "supported", True),
        ("doubly decisive", "passed", "not supported", True),
        ("straw-in-the-wind", "failed", "supported", False),
        ("straw-in-the-wind", "passed", "not supported", False),
    ],
)
def test_what_each_kind_of_test_rules_out(kind, result, status, contradicts):
    claims = f"| claim_id | evidence_for | status |\n| c | seen | {status} |"
    tests = f"| test_id | claim_id | test_type | result | evidence |\n| t | c | {kind} | {result} | seen |"  # noqa: E501
    made = programme(mechanism_claims=claims, claim_tests=tests)
    assert keys(made, "claim_against_test") == (["c"] if contradicts else [])


def test_tests_that_contradict_each_other_are_found():
    tests = """
        | test_id | claim_id | test_type   | result | evidence |
        | t1      | c1       | smoking gun | passed | seen     |
        | t2      | c1       | hoop        | failed | seen     |
        """
    assert len(keys(claimed(claim_tests=tests), "tests_contradict")) == 1
    assert keys(claimed(), "tests_contradict") == []


def test_a_result_without_what_was_found_is_found():
    tests = "| test_id | claim_id | test_type | result |\n| t | c1 | hoop | passed |"
    assert keys(claimed(claim_tests=tests), "test_without_evidence") == ["t"]
    assert keys(claimed(), "test_without_evidence") == []


@pytest.mark.parametrize("word", ["proof", "Hoop"])
def test_an_unknown_kind_of_test_is_found(word):
    tests = f"| test_id | claim_id | test_type |\n| t | c1 | {word} |"
    assert keys(claimed(claim_tests=tests), "closed_list") == ["t"]


def test_a_theory_that_leads_back_is_found_and_not_drawn():
    circular = LINKS + "    | l4 | p | contacts | money | | | | |\n"
    made = claimed(theory_links=circular)
    assert len(keys(made, "theory_circular")) == 1
    with pytest.raises(SchemaError, match="lead back to where they began"):
        theory_of_change(made).plot()
    assert keys(claimed(), "theory_circular") == []


# --- theory of change ------------------------------------------------------------------------


def test_links_are_numbered_in_their_order():
    frame = theory_of_change(claimed()).frame
    assert frame["number"].tolist() == [1, 2, 3]
    assert frame["status"].tolist() == ["supported", "open", "supported"]


def test_assumptions_and_risks_stand_under_the_picture():
    axes = theory_of_change(claimed()).plot()
    words = " ".join(text.get_text() for text in axes.figure.texts)
    assert "1 assumes: it is used; risk: cost" in words
    close(axes)


def test_one_of_several_theories_has_to_be_named():
    made = claimed(theory_links=LINKS + "    | l4 | q | a | b | | | | |\n")
    with pytest.raises(UsageError, match="links of 2 practices"):
        theory_of_change(made)
    assert len(theory_of_change(made, practice="q").frame) == 1
    with pytest.raises(UsageError, match="no practice with links 'z'"):
        theory_of_change(made, practice="z")


def test_a_programme_without_links_has_no_theory():
    with pytest.raises(InputError, match="has no theory of change"):
        theory_of_change(load(RAW / "sie"))


def boxes_of(axes):
    return [patch for patch in axes.patches if isinstance(patch, FancyBboxPatch)]


LONG = [f"A result number {n} that is told in rather many words, as results are" for n in range(9)]
SHAPES = {
    "chain": [(LONG[n], LONG[n + 1]) for n in range(4)],
    "fan": [(LONG[0], LONG[n]) for n in range(1, 6)] + [(LONG[n], LONG[6]) for n in range(1, 6)],
    "skips": [(LONG[0], LONG[1]), (LONG[1], LONG[2]), (LONG[2], LONG[3]), (LONG[0], LONG[3]),
              (LONG[0], LONG[2]), (LONG[1], LONG[3])],
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_boxes_do_not_overlap_and_hold_their_words(shape):
    frame = pd.DataFrame(SHAPES[shape], columns=["from_result", "to_result"])
    axes = draw_theory(frame.assign(status="open", evidence=False), title="T", simulated=True)
    axes.figure.draw_without_rendering()
    boxes = [patch.get_window_extent() for patch in boxes_of(axes)]
    assert len(boxes) == len({name for link in SHAPES[shape] for name in link})
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    texts = [text.get_window_extent() for text in axes.texts if not text.get_text().isdigit()]
    numbers = [text.get_window_extent() for text in axes.texts if text.get_text().isdigit()]
    for text, box in zip(texts, boxes, strict=True):
        assert box.x0 <= text.x0 and text.x1 <= box.x1
        assert box.y0 <= text.y0 and text.y1 <= box.y1
    assert not any(a.overlaps(b) for a, b in combinations(numbers, 2))
    assert not any(number.overlaps(box) for number in numbers for box in boxes)
    assert SIMULATED in [text.get_text() for text in axes.figure.texts]
    close(axes)


def test_on_small_axes_the_words_still_fit_their_boxes():
    figure, axes = plt.subplots(figsize=(5, 3.2))
    frame = pd.DataFrame(SHAPES["chain"], columns=["from_result", "to_result"])
    draw_theory(frame.assign(status="open", evidence=False), title="T", ax=axes)
    figure.draw_without_rendering()
    boxes = [patch.get_window_extent() for patch in boxes_of(axes)]
    words = [text for text in axes.texts if text.get_text().startswith("A result")]
    texts = [text.get_window_extent() for text in words]
    assert all(t.x0 >= b.x0 and t.x1 <= b.x1 for t, b in zip(texts, boxes, strict=True))
    assert all(t.height <= b.height for t, b in zip(texts, boxes, strict=True))
    plt.close(figure)


def test_the_same_theory_is_the_same_bytes():
    pictures = []
    for _ in range(2):
        axes = theory_of_change(claimed()).plot()
        pictures.append(figure_bytes(axes, format="svg"))
        close(axes)
    assert pictures[0] == pictures[1]


NODES = st.integers(0, 7)


@given(st.lists(st.tuples(NODES, NODES).filter(lambda p: p[0] < p[1]), min_size=1, max_size=12))
def test_a_layout_places_each_box_below_what_leads_to_it(pairs):
    links = [(f"n{a}", f"n{b}") for a, b in pairs]
    plan = lay_out(links, width=500, wrap=lambda text, width: [text], line=11, pad=7)
    for (start, end), path in zip(links, plan.paths, strict=True):
        above, below = plan.nodes[start], plan.nodes[end]
        assert above.top + above.height < below.top
        assert path[0][1] == above.top + above.height
        assert path[-1][1] == below.top
        assert all(a[1] <= b[1] for a, b in pairwise(path))
    for a, b in combinations(plan.nodes.values(), 2):
        beside = abs(a.x - b.x) >= (a.width + b.width) / 2
        assert beside or a.top >= b.top + b.height or b.top >= a.top + a.height
    assert all(node.x - node.width / 2 >= -1e-9 for node in plan.nodes.values())
    assert all(node.x + node.width / 2 <= 500 + 1e-9 for node in plan.nodes.values())


# --- barriers --------------------------------------------------------------------------------

BARRIERS = """
    | barrier_id | kind_of_statement | statement       |
    | b1         | barrier           | No collateral   |
    | b2         | difficulty        | Few promoters   |
    | b3         | goal              | Growth          |
    | b4         | barrier           | Unknown markets |
    """
MECHANISMS = "| mechanism_id | name |\n| m1 | guarantee |\n| m2 | fair |\n| m3 | visit |"
BARRIER_LINKS = """
    | barrier_link_id | barrier_id | mechanism_id | claim_id | kind    |
    | x1              | b1         | m1           | c1       | stated  |
    | x2              | b1         | m2           |          | assumed |
    | x3              | b4         | m2           | c3       | derived |
    """


def barred(**changes: str) -> Programme:
    tables = {"barriers": BARRIERS, "mechanisms": MECHANISMS, "barrier_links": BARRIER_LINKS}
    return claimed(**(tables | changes))


def test_barriers_stand_beside_what_addresses_them():
    result = barrier_gaps(barred())
    rows = result.frame[["barrier_id", "mechanism", "claim_status", "gap"]].fillna("")
    assert rows.values.tolist() == [
        ["b1", "guarantee", "supported", ""],
        ["b1", "fair", "", "no claim says how it works"],
        ["b2", "", "", "no mechanism is recorded"],
        ["b4", "fair", "supported", "the claim has no evidence"],
    ]
    assert result.idle["name"].tolist() == ["visit"]
    assert len(result.gaps) == 3
    assert "1 of 4 statements name no obstacle and are left out." in result.caveats


def test_given_links_stand_in_place_of_recorded_ones():
    links = pd.DataFrame({"barrier_id": ["b2"], "mechanism_id": ["m3"]})
    frame = barrier_gaps(barred(), links=links).frame
    assert frame["mechanism"].dropna().tolist() == ["visit"]


@pytest.mark.parametrize(
    ("column", "key"), [("barrier_id", "b9"), ("mechanism_id", "m9"), ("claim_id", "c9")]
)
def test_a_link_to_nothing_is_refused(column, key):
    links = pd.DataFrame({"barrier_id": ["b1"], column: [key]})
    with pytest.raises(InputError, match=f"Links name {column} {key}"):
        barrier_gaps(barred(), links=links)


@pytest.mark.parametrize(("name", "count"), [("difass", 3), ("sie", 1), ("atm_for_smes", 1)])
def test_the_barriers_of_the_example_programmes_have_no_recorded_answer(name, count):
    result = barrier_gaps(load(RAW / name))
    assert len(result.frame) == count
    assert set(result.frame["gap"]) == {"no mechanism is recorded"}
    assert len(result.idle) > 0


# --- groups ------------------------------------------------------------------------------------

ENTERPRISES = """
    | sme_id | group               |
    | a      | women-led           |
    | b      | women-led; minority |
    | c      | none                |
    | d      |                     |
    | e      | minority            |
    """
PARTICIPATIONS = """
    | operation_id | sme_id |
    | o1           | a      |
    | o2           | a      |
    | o1           | b      |
    | o1           | c      |
    | o1           | d      |
    """


def reached(**options: object) -> pd.DataFrame:
    made = programme(enterprises=ENTERPRISES, participations=PARTICIPATIONS)
    return reach_of_groups(made, **options).frame.set_index("group")  # type: ignore[arg-type]


def test_each_enterprise_reached_counts_once_in_each_of_its_groups():
    frame = reached()
    assert frame[["reached", "of"]].values.tolist() == [[1, 3], [2, 3]]
    assert frame["other_reading"].tolist() == [1 / 4, 2 / 4]


def test_a_blank_can_be_read_as_no_group():
    frame = reached(blank="none")
    assert frame["share"].tolist() == [1 / 4, 2 / 4]
    assert frame["other_reading"].tolist() == [1 / 3, 2 / 3]


def test_the_difference_is_taken_from_the_share_in_the_population():
    shares = pd.DataFrame(
        {"group": ["women-led", "disability"], "share": [0.3, 0.1], "source": "census"}
    )
    frame = reached(population=shares)
    assert frame.loc["women-led", "difference"] == pytest.approx(2 / 3 - 0.3)
    low, high = wilson_interval(2, 3)
    assert frame.loc["women-led", "difference_lower"] == pytest.approx(low - 0.3)
    assert frame.loc["women-led", "difference_upper"] == pytest.approx(high - 0.3)
    assert frame.loc["disability", ["reached", "share"]].tolist() == [0, 0.0]
    assert pd.isna(frame.loc["minority", "difference"])
    assert frame.loc["minority", "note"] == "The population has no share of this group."


@pytest.mark.parametrize(
    ("population", "message"),
    [
        (pd.DataFrame({"group": ["a"], "share": [0.1]}), "no column source"),
        (pd.DataFrame({"group": ["a"], "share": [30], "source": "x"}), "no share between 0 and 1"),
        (pd.DataFrame({"group": ["a", "a"], "share": 0.1, "source": "x"}), "two rows"),
    ],
)
def test_a_population_that_cannot_be_used_is_refused(population, message):
    with pytest.raises(InputError, match=message):
        reached(population=population)


def test_where_nobody_says_who_was_reached_there_is_no_figure():
    with pytest.raises(InputError, match="do not say which groups were reached"):
        reach_of_groups(load(RAW / "mini_europe"))
    blank = programme(enterprises="| sme_id | group |\n| a | |\n| b | |".replace("| |", "|  |"))
    with pytest.raises(InputError, match="has a group"):
        reach_of_groups(blank)


@pytest.mark.parametrize(
    ("options", "word"), [({"blank": "zero"}, "blanks"), ({"level": 95}, "level")]
)
def test_options_that_are_not_offered_are_refused(options, word):
    with pytest.raises(UsageError, match=word):
        reached(**options)


def test_wilson_against_statsmodels():
    from statsmodels.stats.proportion import proportion_confint

    for count, of in [(0, 5), (3, 10), (10, 10), (69, 2730)]:
        expected = proportion_confint(count, of, alpha=0.1, method="wilson")
        assert wilson_interval(count, of, level=0.9) == pytest.approx(expected, abs=1e-12)
