"""Transferability: ratings, stoppers that no mean hides, sections, agreement, findings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot as plt

from difass_analysis import check
from difass_analysis.display.canvas import SIMULATED
from difass_analysis.display.pictures import close, figure_bytes
from difass_analysis.errors import InputError, UsageError
from difass_analysis.mechanisms import transfer_words, transferability
from difass_analysis.programme import Programme, Settings
from tests.tables import assert_shows, frame_of

RATINGS = """
    | practice_id | component | importer  | rater | rating | importance | comment       |
    | loans       | bank      | Molise    | a     | -2     | high       | none will     |
    | loans       | bank      | Molise    | b     | 1      | high       |               |
    | loans       | advisers  | Molise    | a     | 2      | medium     |               |
    | loans       | advisers  | Molise    | b     | 2      | medium     |               |
    | loans       | rooms     | Molise    | a     | -2     | low        |               |
    | loans       | bank      | Cantabria | a     | 1      | high       |               |
    | loans       | bank      | Cantabria | b     | 2      | high       |               |
    | loans       | advisers  | Cantabria | a     | -1     | medium     |               |
    | loans       | advisers  | Cantabria | b     | 0      | medium     |               |
    """


def programme(text: str = RATINGS, *, simulated: bool = False) -> Programme:
    return Programme.from_frames(
        settings=Settings(id="t", name="Ratings", currency="EUR", simulated=simulated),
        ratings=frame_of(text),
    )


def test_cells_and_stoppers():
    found = transferability(programme())
    assert_shows(
        found.frame,
        """
        | component | importer  | importance | rating | lowest | highest | raters | stopper   |
        | bank      | Molise    | high       | -0.5   | -2.0   | 1.0     | 2      | stopper   |
        | bank      | Cantabria | high       | 1.5    | 1.0    | 2.0     | 2      | no        |
        | advisers  | Molise    | medium     | 2.0    | 2.0    | 2.0     | 2      | no        |
        | advisers  | Cantabria | medium     | -0.5   | -1.0   | 0.0     | 2      | no        |
        | rooms     | Molise    | low        | -2.0   | -2.0   | -2.0    | 1      | no        |
        | rooms     | Cantabria | low        |        |        |         | 0      | not rated |
        """,
    )
    assert found.stoppers[["component", "importer"]].values.tolist() == [["bank", "Molise"]]
    assert found.stoppers["note"].item() == "1 of 2 raters give -2"


def test_the_highest_importance_counts_and_each_importer_speaks_for_itself():
    found = transferability(
        programme("""
        | practice_id | component | importer  | rater | rating | importance |
        | loans       | bank      | Molise    | a     | -2     | low        |
        | loans       | bank      | Molise    | b     | 0      | high       |
        | loans       | bank      | Cantabria | a     | -2     | low        |
        | loans       | bank      | Kent      | a     | -2     |            |
        """)
    )
    # In Kent nobody says how much it matters: what the others say of the component counts.
    assert_shows(
        found.frame,
        """
        | importer  | importance | rating | stopper |
        | Molise    | high       | -1.0   | stopper |
        | Cantabria | low        | -2.0   | no      |
        | Kent      | high       | -2.0   | stopper |
        """,
    )
    assert "raters differ on the importance (low, high)" in found.frame["note"].iloc[0]


def test_no_mean_hides_a_stopper():
    # Cantabria: (3 * 1.5 + 2 * -0.5) / 5 = 0.7, on 5 of 6 units of weight.
    plain = transferability(programme()).summary.set_index("importer")
    assert np.isnan(plain.loc["Molise", "score"])
    assert plain.loc["Molise", "stopped_by"] == "bank"
    assert plain.loc["Cantabria", "score"] == pytest.approx(0.7)
    assert plain.loc["Cantabria", "weight_rated_share"] == pytest.approx(5 / 6)
    # Asked for, it stands beside the stopper: (3 * -0.5 + 2 * 2 + 1 * -2) / 6 = 0.5 / 6.
    asked = transferability(programme(), score_stopped=True).summary.set_index("importer")
    assert asked.loc["Molise", "score"] == pytest.approx(0.5 / 6)
    assert asked.loc["Molise", "note"] == "a score in spite of stoppers, as asked for"
    assert asked.loc["Molise", "stoppers"] == 1


@given(
    ratings=st.lists(st.integers(-2, 2), min_size=1, max_size=6),
    importance=st.lists(st.sampled_from(["low", "medium", "high", None]), min_size=6, max_size=6),
)
@settings(deadline=None, max_examples=25)
def test_a_score_is_given_exactly_where_nothing_stops(ratings, importance):
    size = len(ratings)
    rows = pd.DataFrame(
        {
            "practice_id": "p",
            "component": [f"c{i}" for i in range(size)],
            "importer": "X",
            "rater": "a",
            "rating": ratings,
            "importance": pd.Series(importance[:size], dtype="object"),
        }
    )
    row = transferability(Programme.from_frames(ratings=rows)).summary.iloc[0]
    pairs = list(zip(ratings, importance, strict=False))
    stopped = any(rating == -2 and level in ("high", None) for rating, level in pairs)
    weights = {"low": 1, "medium": 2, "high": 3}
    known = [(weights[level], rating) for rating, level in pairs if level]
    if stopped or not known:
        assert np.isnan(row["score"])
        assert row["note"]
    else:
        assert row["score"] == pytest.approx(
            sum(w * r for w, r in known) / sum(w for w, _ in known)
        )
        assert -2 <= row["score"] <= 2


def test_an_unknown_importance_may_be_a_stopper():
    text = RATINGS.replace("| -2     | low        |", "| -2     |            |")
    found = transferability(programme(text))
    assert "possible stopper" in set(found.frame["stopper"])
    assert any("without an importance" in one for one in found.caveats)


def test_other_weights():
    found = transferability(programme(), weights={"low": 0, "medium": 0, "high": 1})
    summary = found.summary.set_index("importer")
    assert summary.loc["Cantabria", "score"] == 1.5
    with pytest.raises(UsageError, match="needs a weight"):
        transferability(programme(), weights={"low": 1, "high": 2})
    with pytest.raises(UsageError, match="importance 'huge'"):
        transferability(programme(), weights={"low": 1, "medium": 1, "high": 2, "huge": 3})


def test_the_section_of_a_fact_sheet_begins_with_what_stops():
    found = transferability(programme())
    section = found.section("Molise")
    assert section.heading == "Transferability to Molise"
    assert section.sentences == (
        "Stopped by: bank.",
        "3 of 3 components are rated: 2 constraints, 1 supports.",
        "No weighted mean: a mean would hide what stops it.",
    )
    assert section.frame["component"].tolist() == ["bank", "rooms", "advisers"]
    assert section.frame["words"].tolist() == [
        "strong constraint to support",
        "strong constraint",
        "strong support",
    ]
    other = found.section("Cantabria")
    assert other.sentences[0] == "No component of high importance is rated a strong constraint."
    assert other.sentences[-1] == "Weighted mean of the ratings: 0.70 of 2."
    assert other.frame["words"].tolist()[-1] == "not rated"
    with pytest.raises(UsageError, match="importer that 'loans' was rated for"):
        found.section("Kent")


def test_agreement_of_raters_is_told():
    found = transferability(programme())
    assert found.agreement is not None
    row = found.agreement.frame.iloc[0]
    assert (row["n"], row["raters"], row["ratings"]) == (4, 2, 8)
    one = frame_of(RATINGS).query("rater == 'a'")
    assert transferability(Programme.from_frames(ratings=one)).agreement is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("| -2     | high", "| -3     | high", "rated -3; ratings are whole numbers"),
        ("| -2     | high", "| 0.5    | high", "rated 0.5"),
        ("| low        |", "| huge       |", "importance of 'rooms' is 'huge'"),
        ("| b     | 1 ", "| a     | 1 ", "'a' rated 'bank' in Molise twice"),
    ],
)
def test_bad_ratings_are_refused(old, new, message):
    with pytest.raises(InputError, match=message):
        transferability(programme(RATINGS.replace(old, new)))


def test_without_ratings():
    with pytest.raises(InputError, match="Add a table ratings"):
        transferability(Programme.from_frames(operations=pd.DataFrame({"operation_id": ["a"]})))
    with pytest.raises(UsageError, match="practice with ratings 'lones'"):
        transferability(programme(), practice="lones")


def findings(text: str) -> dict[str, tuple[str, str]]:
    found = check(programme(text)).frame
    rows = zip(found["rule"], found["severity"], found["message"], strict=True)
    return {rule: (severity, message) for rule, severity, message in rows}


def test_clean_ratings_have_no_finding():
    assert findings(RATINGS) == {}


@pytest.mark.parametrize(
    ("old", "new", "rule", "severity", "message"),
    [
        ("| -2     | high", "| -3     | high", "rating_out_of_range", "error", "rating is -3"),
        ("| -2     | high", "| 2.5    | high", "rating_out_of_range", "error", "2.50"),
        ("| -2     | high", "| 0.5    | high", "rating_not_whole", "error", "0.50"),
        ("| low        |", "| huge       |", "closed_list", "warning", "importance is 'huge'"),
        ("| low        |", "|            |", "importance_unknown", "warning", "'rooms' of loans"),
        ("| b     | 1 ", "| a     | 1 ", "duplicate_key", "error", "loans / bank / Molise / a"),
        (
            "| 1      | high       |               |\n    | loans       | advisers",
            "| 1      | low        |               |\n    | loans       | advisers",
            "importance_differs",
            "note",
            "'bank' in Molise different importance: low, high",
        ),
    ],
)
def test_findings_on_ratings(old, new, rule, severity, message):
    assert old in RATINGS
    found = findings(RATINGS.replace(old, new))
    assert found[rule][0] == severity
    assert message in found[rule][1]


def test_the_picture_marks_stoppers_by_a_word_and_a_frame():
    found = transferability(programme(simulated=True))
    ax = found.plot()
    figure = ax.get_figure(root=True)
    texts = [text.get_text() for text in ax.texts]
    assert "−−…+ STOP" in texts
    assert "?" in texts  # not rated
    assert SIMULATED in [text.get_text() for text in figure.texts]
    framed = [patch for patch in ax.patches if patch.get_linewidth() > 1]
    assert len(framed) == 1
    assert len(figure_bytes(ax, format="png")) > 10_000
    close(ax)
    # On small Axes and with many importers the mark is shorter, and still there.
    rows = frame_of(RATINGS)
    many = pd.concat([rows.assign(importer=rows["importer"] + f" {n}") for n in range(6)])
    figure, small = plt.subplots(figsize=(4, 3))
    drawn = transferability(Programme.from_frames(ratings=many)).plot(ax=small)
    assert [text.get_text() for text in drawn.texts].count("!") == 6
    plt.close(figure)


def test_words_of_transfer_are_marked_as_not_checked():
    words = transfer_words()
    assert words["word"].tolist()[:4] == ["copying", "emulation", "combination", "inspiration"]
    assert set(words["kind"]) == {"degree", "failure"}
    assert words["status"].eq("unverified").all()
    assert words["source"].str.len().gt(0).all()
