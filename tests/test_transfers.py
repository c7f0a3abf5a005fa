"""Transfers: matrix, checks, quota, uptake, times between stages, findings and pictures."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difass_analysis import check
from difass_analysis import load as load_programme
from difass_analysis.display import transfer_grid, transfer_network
from difass_analysis.display.canvas import SIMULATED
from difass_analysis.display.pictures import close
from difass_analysis.errors import InputError, SchemaError, UsageError
from difass_analysis.mechanisms import (
    quota_readings,
    stage_times,
    transfer_matrix,
    uptake_rates,
)
from difass_analysis.mechanisms.uptake import share_interval
from difass_analysis.programme import Programme, Settings
from difass_analysis.schema.cooperation import STAGES
from tests.tables import assert_shows, frame_of

RAW = Path(__file__).resolve().parents[1] / "data" / "raw"


@cache
def load(name: str) -> Programme:
    return load_programme(RAW / name)


def programme(simulated: bool = False, **tables: str | pd.DataFrame) -> Programme:
    about = Settings(id="p", name="Test", currency="EUR", simulated=simulated)
    frames = {
        name: frame_of(given) if isinstance(given, str) else given for name, given in tables.items()
    }
    return Programme.from_frames(settings=about, **frames)


def keys(made: Programme, rule: str) -> list[str]:
    frame = check(made).frame
    return frame.loc[frame["rule"] == rule, "key"].tolist()


# Kent and Crete exchange; Malta takes two from Kent; "q" goes twice in one row too many.
PAIRS = """
    | transfer_id | practice_id | from_name | to_name | stage   |
    | t1          | p           | Kent      | Crete   | adopted |
    | t2          | q           | Crete     | Kent    | piloted |
    | t3          | p           | Kent      | Malta   | agreed  |
    | t4          | r           | Kent      | Malta   |         |
    | t5          | q           | Crete     | Kent    | visited |
    | t6          | q           | Malta     | malta   | adopted |
    | t7          | p           | Kent      |         | agreed  |
    """
PRACTICES = """
    | practice_id | title     |
    | p           | A fund    |
    | q           | A fair    |
    | s           | A network |
    """


def indicator(made: object, name: str) -> float:
    return float(made.indicators.set_index("indicator").at[name, "value"])  # type: ignore[attr-defined]


# --- the matrix --------------------------------------------------------------------------


def test_the_matrix_counts_each_transfer_once_and_none_to_itself():
    found = transfer_matrix(programme(transfers=PAIRS, practices=PRACTICES))
    assert found.matrix.loc["Kent"].to_dict() == {"Crete": 1, "Kent": 0, "Malta": 2}
    assert found.matrix.loc["Crete"].to_dict() == {"Crete": 0, "Kent": 1, "Malta": 0}
    assert found.frame["transfer_id"].tolist() == ["t2", "t1", "t3", "t4"]
    assert_shows(
        found.partners,
        """
        | partner | exports | imports | out_degree | in_degree | mutual |
        | Crete   | 1       | 1       | 1          | 1         | 1      |
        | Kent    | 3       | 1       | 2          | 1         | 1      |
        | Malta   | 0       | 2       | 0          | 1         | 0      |
        """,
    )
    assert_shows(
        found.practices,
        """
        | practice_id | title     | exporters | imports | importers    | listed |
        | p           | A fund    | Kent      | 2       | Crete; Malta | true   |
        | q           | A fair    | Crete     | 1       | Kent         | true   |
        | s           | A network |           | 0       |              | true   |
        | r           |           | Kent      | 1       | Malta        | false  |
        """,
    )


def test_indicators_by_hand():
    found = transfer_matrix(programme(transfers=PAIRS, practices=PRACTICES))
    # Pairs with a transfer: K-C, C-K, K-M; two of the three have their reverse.
    assert indicator(found, "reciprocity") == pytest.approx(2 / 3)
    assert indicator(found, "density") == pytest.approx(3 / 6)
    # Of p, q and s two were imported; r is not in the list and is not counted.
    assert indicator(found, "practices_imported") == pytest.approx(2 / 3)


def test_checks_name_what_does_not_fit():
    found = transfer_matrix(programme(transfers=PAIRS, practices=PRACTICES), quota=2)
    assert_shows(
        found.checks,
        """
        | check                 | passed | found                        |
        | no transfer to itself | false  | 1 rows                       |
        | exports = imports     | false  | 7 exporters, 6 importers named |
        | no repetition         | false  | 1 rows                       |
        | practices are known   | false  | unknown: r                   |
        | partners are known    |        | there is no table partners   |
        | quota: 2 each way     | false  | 0 of 3 partners meet it      |
        | quota: 2 in all       | false  | 2 of 3 partners meet it      |
        """,
    )
    left_out = " ".join(found.caveats)
    assert "1 rows from a partner to itself" in left_out
    assert "1 rows with exporter or importer missing" in left_out
    assert "1 repeated rows" in left_out


def test_without_a_list_of_practices_no_share_of_them_is_known():
    found = transfer_matrix(programme(transfers=PAIRS))
    row = found.indicators.set_index("indicator").loc["practices_imported"]
    assert np.isnan(row["value"])
    assert row["note"] == "There is no list of practices to compare with."


def test_only_transfers_that_reached_a_stage_count():
    found = transfer_matrix(programme(transfers=PAIRS), stage="piloted")
    assert found.frame["transfer_id"].tolist() == ["t2", "t1"]
    with pytest.raises(UsageError, match="no stage 'pilot'"):
        transfer_matrix(programme(transfers=PAIRS), stage="pilot")
    with pytest.raises(InputError, match="None of 8 transfers"):
        transfer_matrix(load("difass"), stage="agreed")


def test_given_partners_set_the_order_and_must_hold_all():
    found = transfer_matrix(programme(transfers=PAIRS), partners=["Malta", "Kent", "Crete", "Gozo"])
    assert list(found.matrix.index) == ["Malta", "Kent", "Crete", "Gozo"]
    assert found.partners["exports"].tolist() == [0, 3, 1, 0]
    with pytest.raises(InputError, match="Transfers name Malta"):
        transfer_matrix(programme(transfers=PAIRS), partners=["Kent", "Crete"])


# --- the programmes ----------------------------------------------------------------------


def test_difass_has_two_practices_eight_transfers_and_seven_importers():
    found = transfer_matrix(load("difass"))
    values = found.indicators.set_index("indicator")["value"]
    assert values[["transfers", "exporters", "importers"]].tolist() == [8.0, 2.0, 7.0]
    assert values["practices_imported"] == 1.0
    assert values["reciprocity"] == 0.0
    degrees = found.partners.set_index("partner")
    assert degrees.loc[["Hungary", "Andalusia"], "out_degree"].tolist() == [4, 4]
    assert degrees.loc["Italy", ["imports", "in_degree"]].tolist() == [2, 2]
    assert found.practices["imports"].tolist() == [4, 4]
    passed = found.checks.set_index("check")["passed"]
    assert passed[["no transfer to itself", "exports = imports", "no repetition"]].all()
    assert "Andalusia (ES61) lies in Spain (ES); they are counted as two partners." in found.caveats


def test_two_names_of_one_code_do_not_lie_in_each_other():
    rows = """
    | transfer_id | from_name | from_region | to_name     | to_region |
    | t1          | Kent      | UKJ4        | Kent County | UKJ4      |
    | t2          | Kent      | UKJ4        | Maidstone   | UKJ45     |
    """
    nested = [text for text in transfer_matrix(programme(transfers=rows)).caveats if "lies" in text]
    assert [text.partition(";")[0] for text in nested] == [
        "Maidstone (UKJ45) lies in Kent (UKJ4)",
        "Maidstone (UKJ45) lies in Kent County (UKJ4)",
    ]


def test_difass_names_no_stage_so_uptake_is_not_known():
    rate = uptake_rates(load("difass")).rates.iloc[0]
    assert np.isnan(rate["share"])
    assert np.isnan(rate["lower"])
    assert (rate["agreed"], rate["unknown"]) == (0, 8)
    assert rate["note"] == "The stage of none of 8 transfers is known."
    with pytest.raises(InputError, match="No transfer of programme 'difass' has a date"):
        stage_times(load("difass"))


def test_mini_europe_lists_no_pairs_and_has_two_readings():
    with pytest.raises(InputError, match="1 standing for pairs that are not listed"):
        transfer_matrix(load("mini_europe"))
    assert keys(load("mini_europe"), "transfer_pairs_unknown") == ["t09"]
    assert keys(load("mini_europe"), "transfer_to_itself") == []
    assert_shows(
        quota_readings(8),
        """
        | reading  | transfers | exports_per_partner |
        | each way | 16        | 2                   |
        | in all   | 8         | 1                   |
        """,
    )


@pytest.mark.parametrize(
    ("partners", "quota", "missing"), [(3, 1, [False, True]), (1, 2, [True, True])]
)
def test_a_quota_that_cannot_be_met_by_all_has_no_number(partners, quota, missing):
    found = quota_readings(partners, quota=quota)
    assert found["transfers"].isna().tolist() == missing
    assert (found["note"] != "").tolist() == missing


@settings(max_examples=20)
@given(st.integers(2, 40), st.integers(1, 6))
def test_both_readings_of_the_quota_hold_on_a_ring_of_partners(partners, quota):
    readings = quota_readings(partners, quota=quota).set_index("reading")["transfers"]
    assert readings["each way"] == partners * quota
    steps = [1 + place % (partners - 1) for place in range(quota)]
    rows = [
        (f"t{i}.{k}", f"p{i}.{k}", f"r{i}", f"r{(i + step) % partners}")
        for i in range(partners)
        for k, step in enumerate(steps)
    ]
    frame = pd.DataFrame(rows, columns=["transfer_id", "practice_id", "from_name", "to_name"])
    found = transfer_matrix(Programme.from_frames(transfers=frame), quota=quota)
    assert len(found.frame) == readings["each way"]
    assert found.partners["each_way"].all()
    assert not found.partners["in_all"].any()


@st.composite
def many_transfers(draw):
    size = draw(st.integers(2, 8))
    pairs = draw(
        st.lists(
            st.tuples(st.integers(0, size - 1), st.integers(0, size - 1), st.integers(0, 4)),
            min_size=1,
            max_size=30,
        )
    )
    rows = [(f"t{n}", f"p{p}", f"r{i}", f"r{j}") for n, (i, j, p) in enumerate(pairs)]
    return pd.DataFrame(rows, columns=["transfer_id", "practice_id", "from_name", "to_name"])


@settings(max_examples=25)
@given(many_transfers())
def test_exports_equal_imports_and_the_diagonal_is_empty(frame):
    wanted = {
        (row.practice_id, row.from_name, row.to_name)
        for row in frame.itertuples()
        if row.from_name != row.to_name
    }
    made = Programme.from_frames(transfers=frame)
    if not wanted:
        with pytest.raises(InputError, match="from a partner to itself"):
            transfer_matrix(made)
        return
    found = transfer_matrix(made)
    matrix = found.matrix.to_numpy()
    assert np.trace(matrix) == 0
    assert matrix.sum() == len(wanted) == len(found.frame)
    assert found.partners["exports"].sum() == found.partners["imports"].sum() == len(wanted)
    links = {(exporter, importer) for _, exporter, importer in wanted}
    mutual = sum((importer, exporter) in links for exporter, importer in links)
    assert indicator(found, "reciprocity") == pytest.approx(mutual / len(links))
    turned = frame.rename(columns={"from_name": "to_name", "to_name": "from_name"})
    back = transfer_matrix(Programme.from_frames(transfers=turned))
    assert (back.matrix.to_numpy() == matrix.T).all()


# --- uptake ------------------------------------------------------------------------------

STAGED = pd.DataFrame(
    {
        "transfer_id": [f"t{place}" for place in range(20)],
        "practice_id": [f"p{place}" for place in range(20)],
        "from_name": ["Kent"] * 12 + ["Crete"] * 8,
        "to_name": ["Malta"] * 20,
        "stage": ["adopted"] * 8 + ["piloted"] * 2 + ["agreed"] * 2 + ["visited"] * 4 + [None] * 4,
    }
)


def test_uptake_by_hand():
    found = uptake_rates(programme(transfers=STAGED), by=["exporter"])
    assert_shows(
        found.frame,
        """
        | exporter | stage    | reached | agreed | share | unknown |
        | Crete    | agreed   | 4       | 4      | 1.0   | 4       |
        | Crete    | prepared | 4       | 4      | 1.0   | 4       |
        | Crete    | visited  | 4       | 4      | 1.0   | 4       |
        | Crete    | piloted  | 0       | 4      | 0.0   | 4       |
        | Crete    | adopted  | 0       | 4      | 0.0   | 4       |
        | Kent     | agreed   | 12      | 12     | 1.0   | 0       |
        | Kent     | prepared | 10      | 12     | 0.833 | 0       |
        | Kent     | visited  | 10      | 12     | 0.833 | 0       |
        | Kent     | piloted  | 10      | 12     | 0.833 | 0       |
        | Kent     | adopted  | 8       | 12     | 0.667 | 0       |
        """,
    )
    rates = found.rates.set_index("exporter")
    assert rates.at["Crete", "note"] == "Few transfers (4): the interval is wide."
    assert rates.at["Kent", "note"] == ""
    piloted = uptake_rates(programme(transfers=STAGED), implemented="piloted").rates
    assert piloted[["reached", "agreed"]].to_numpy().tolist() == [[10, 16]]


def test_intervals_are_those_of_statsmodels():
    from statsmodels.stats.proportion import proportion_confint

    for count, of in ((0, 5), (3, 8), (8, 10), (10, 10), (1, 1)):
        for method, theirs in (("exact", "beta"), ("wilson", "wilson")):
            expected = proportion_confint(count, of, alpha=0.1, method=theirs)
            found = share_interval(count, of, method=method, level=0.9)
            assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("count", "few"), [(9, True), (10, False)])
def test_fewer_than_ten_transfers_are_few(count, few):
    rows = pd.DataFrame(
        {
            "transfer_id": [f"t{place}" for place in range(count)],
            "from_name": "a",
            "to_name": [f"b{place}" for place in range(count)],
            "stage": "agreed",
        }
    )
    notes = uptake_rates(programme(transfers=rows)).frame["note"]
    assert notes.str.startswith(f"Few transfers ({count})").all() == few


def test_the_interval_says_which_it_is():
    exact = uptake_rates(programme(transfers=STAGED)).rates.iloc[0]
    wilson = uptake_rates(programme(transfers=STAGED), method="wilson").rates.iloc[0]
    assert (exact["method"], wilson["method"]) == ("Clopper-Pearson (exact)", "Wilson")
    assert exact["lower"] < wilson["lower"] < wilson["upper"] < exact["upper"]
    with pytest.raises(UsageError, match="no method 'normal'"):
        uptake_rates(programme(transfers=STAGED), method="normal")


@settings(max_examples=20)
@given(st.lists(st.sampled_from([*STAGES, None]), min_size=1, max_size=25))
def test_no_stage_is_reached_more_often_than_the_one_before(stages):
    frame = pd.DataFrame(
        {"transfer_id": range(len(stages)), "from_name": "a", "to_name": "b", "stage": stages}
    ).astype({"stage": "object", "transfer_id": "str"})
    found = uptake_rates(Programme.from_frames(transfers=frame)).frame
    reached = found["reached"].tolist()
    assert reached == sorted(reached, reverse=True)
    assert reached[0] == found["agreed"].iloc[0] == len(stages) - found["unknown"].iloc[0]
    inside = found.dropna(subset=["lower"])
    assert (inside["lower"] <= inside["share"]).all()
    assert (inside["share"] <= inside["upper"]).all()


# --- times -------------------------------------------------------------------------------

DATED = """
    | transfer_id | from_name | to_name | stage    | agreed_date | prepared_date | visited_date | adopted_date |
    | t1          | a         | b       |          | 2017-01-01  | 2017-01-11    | 2017-02-01   | 2018-01-01   |
    | t2          | a         | c       |          | 2017-01-01  | 2017-01-31    |              |              |
    | t3          | a         | d       |          | 2017-01-01  | 2017-03-02    |              |              |
    | t4          | a         | e       |          | 2017-01-01  |               |              |              |
    | t5          | a         | f       |          | 2017-01-01  |               | 2017-02-01   |              |
    | t6          | a         | g       |          | 2017-02-01  | 2017-01-01    |              |              |
    | t7          | a         | h       | prepared | 2017-01-01  |               |              |              |
    """  # noqa: E501


def test_times_count_those_still_under_way():
    found = stage_times(programme(transfers=DATED), as_of=dt.date(2018, 1, 1))
    first = found.frame.iloc[0]
    # 10, 30 and 60 days, and one watched for 365: the curve is 3/4, 1/2, 1/4.
    assert first[["transfers", "done", "under_way", "left_out"]].tolist() == [4, 3, 1, 3]
    assert first["median_days"] == 60.0
    assert "3 left out" in first["note"]
    whole = found.frame.iloc[-1]
    assert (whole["from_stage"], whole["to_stage"]) == ("agreed", "adopted")
    assert whole[["transfers", "done"]].tolist() == [7, 1]
    assert np.isnan(whole["median_days"])
    assert "does not fall below half" in whole["note"]


def test_a_step_taken_on_the_day_of_the_one_before_takes_no_days():
    rows = """
    | transfer_id | from_name | to_name | agreed_date | prepared_date |
    | t1          | a         | b       | 2017-01-10  | 2017-01-10    |
    | t2          | a         | c       | 2017-01-10  | 2017-01-10    |
    | t3          | a         | d       | 2017-01-10  | 2017-01-09    |
    """
    first = stage_times(programme(transfers=rows), as_of=dt.date(2017, 2, 1)).frame.iloc[0]
    assert first[["transfers", "done", "left_out"]].tolist() == [2, 2, 1]


def test_what_comes_after_the_day_of_the_data_has_not_come():
    found = stage_times(programme(transfers=DATED), as_of=dt.date(2017, 1, 20))
    assert found.frame.iloc[0][["transfers", "done", "under_way"]].tolist() == [5, 1, 4]


def test_the_median_is_that_of_the_curve_of_lifetimes():
    draw = np.random.default_rng(7)
    size = 60
    start = pd.Timestamp("2016-01-01") + pd.to_timedelta(draw.integers(0, 300, size), unit="D")
    days = draw.integers(5, 700, size)
    end = start + pd.to_timedelta(days, unit="D")
    cut = pd.Timestamp("2017-09-01")
    frame = pd.DataFrame(
        {
            "transfer_id": [f"t{place}" for place in range(size)],
            "from_name": "a",
            "to_name": "b",
            "agreed_date": start.date,
            "prepared_date": [day.date() if day <= cut else None for day in end],
        }
    )
    row = stage_times(programme(transfers=frame, simulated=True), as_of=cut.date()).frame.iloc[0]
    # By hand: the product of 1 - events / at risk, until it is below one half.
    seen = np.minimum(days, (cut - start).days)
    event = np.asarray(end <= cut)
    left, median = 1.0, np.nan
    for day in sorted(set(seen[event])):
        left *= 1 - (event & (seen == day)).sum() / (seen >= day).sum()
        if left < 0.5:
            median = day
            break
    assert row["median_days"] == median
    assert row["lower"] < median < row["upper"]


def test_an_interval_that_only_the_last_transfer_closes_is_open():
    days = ["2017-01-11", "2017-01-21", "2017-01-31"]
    frame = pd.DataFrame(
        {
            "transfer_id": list("abc"),
            "from_name": "x",
            "to_name": "y",
            "agreed_date": ["2017-01-01"] * 3,
            "prepared_date": days,
        }
    )
    row = stage_times(programme(transfers=frame)).frame.iloc[0]
    assert row["median_days"] == 20.0
    assert np.isnan(row["upper"])


# --- findings ----------------------------------------------------------------------------


def test_a_stage_before_an_earlier_one_is_found():
    assert keys(programme(transfers=DATED), "transfer_stage_order") == ["t6"]


def test_a_stage_behind_its_dates_is_found():
    rows = """
        | transfer_id | from_name | to_name | stage    | adopted_date |
        | t1          | a         | b       | piloted  | 2017-05-01   |
        | t2          | a         | c       | adopted  | 2017-05-01   |
        | t3          | a         | d       |          | 2017-05-01   |
        """
    made = programme(transfers=rows)
    assert keys(made, "transfer_stage_behind") == ["t1"]
    assert uptake_rates(made).rates["reached"].tolist() == [3]


def test_a_stage_that_is_none_of_the_list_is_found_and_not_known():
    rows = PAIRS.replace("visited", "admired")
    made = programme(transfers=rows)
    assert keys(made, "closed_list") == ["t5"]
    assert uptake_rates(made).rates["unknown"].tolist() == [2]


def test_an_unknown_practice_is_found():
    assert keys(programme(transfers=PAIRS, practices=PRACTICES), "unknown_reference") == ["t4"]


def test_transfers_to_itself_and_repeated_ones_are_found():
    assert keys(programme(transfers=PAIRS), "transfer_to_itself") == ["t6"]
    assert keys(programme(transfers=PAIRS), "transfer_repeated") == ["t5"]
    assert keys(programme(transfers=PAIRS), "transfer_pairs_unknown") == []


def test_difass_partners_that_are_missing_are_named():
    frame = check(load("difass")).frame
    row = frame[frame["rule"] == "transfer_not_among_partners"].iloc[0]
    assert row["severity"] == "note"
    assert row["value"] == "Andalusia, Spain, Slovak Republic, Denmark, Romania, Sweden"


# --- pictures ----------------------------------------------------------------------------


def overlaps(axes) -> list[tuple[str, str]]:
    """List pairs of texts whose boxes overlap, and texts that leave the sheet."""
    figure = axes.get_figure(root=True)
    figure.draw_without_rendering()
    held = [*figure.texts, *axes.texts]
    held += [*axes.get_yticklabels(), *axes.get_xticklabels()] if axes.axison else []
    held = [text for text in held if text.get_text() and text.get_visible()]
    boxes = [(text.get_text(), text.get_window_extent().padded(-1)) for text in held]
    inside = figure.bbox.padded(1)
    outside = [
        (text, "outside")
        for text, box in boxes
        if not (inside.contains(*box.min) and inside.contains(*box.max))
    ]
    return outside + [
        (first[0], second[0])
        for place, first in enumerate(boxes)
        for second in boxes[place + 1 :]
        if first[1].overlaps(second[1])
    ]


def simulated(size: int, transfers: int) -> Programme:
    draw = np.random.default_rng(size)
    names = [f"Region with a rather long name {n}" if n % 2 else f"Area {n}" for n in range(size)]
    pairs = [draw.choice(size, 2, replace=False) for _ in range(transfers)]
    frame = pd.DataFrame(
        {
            "transfer_id": [f"t{n}" for n in range(transfers)],
            "practice_id": [f"p{n % 9}" for n in range(transfers)],
            "from_name": [names[i] for i, _ in pairs],
            "to_name": [names[j] for _, j in pairs],
            "stage": draw.choice(STAGES, transfers),
        }
    )
    return programme(transfers=frame, simulated=True)


@pytest.mark.parametrize(("size", "transfers"), [(2, 3), (9, 20), (40, 120)])
def test_no_text_of_network_or_grid_overlaps(size, transfers):
    found = transfer_matrix(simulated(size, transfers))
    for axes in (found.plot(), found.plot_network()):
        assert overlaps(axes) == []
        assert any(text.get_text() == SIMULATED for text in axes.get_figure(root=True).texts)
        close(axes)


def test_the_network_has_an_arrow_for_each_pair():
    found = transfer_matrix(load("difass"))
    axes = found.plot_network()
    assert len(axes.patches) == 8
    names = [text.get_text() for text in axes.texts]
    assert sorted(names) == sorted(found.matrix.index)
    filled = [line for line in axes.lines if line.get_markerfacecolor() != "#ffffff"]
    assert len(filled) == 2
    assert overlaps(axes) == []
    close(axes)


def test_the_grid_shows_sums_of_rows_and_columns():
    axes = transfer_matrix(load("difass")).plot()
    texts = [text.get_text() for text in axes.texts]
    assert texts.count("4") == 2
    assert texts.count("8") == 1
    assert texts.count("2") == 1
    assert overlaps(axes) == []
    close(axes)


def test_the_funnel_shows_shares_and_counts():
    axes = uptake_rates(programme(transfers=STAGED), by=["exporter"]).plot()
    texts = [text.get_text() for text in axes.texts]
    assert "8 of 12" in texts
    assert "67 %" in texts
    assert overlaps(axes) == []
    close(axes)
    unknown = uptake_rates(load("difass")).plot()
    assert [text.get_text() for text in unknown.texts].count("not known") == 5
    close(unknown)


def test_pictures_refuse_what_does_not_fit_together():
    with pytest.raises(SchemaError, match="not the same partners"):
        transfer_grid.transfer_grid(pd.DataFrame([[1]], index=["a"], columns=["b"]), title="M")
    rows = pd.DataFrame({"exporter": ["a"], "importer": ["b"]})
    with pytest.raises(SchemaError, match="b is none of the partners"):
        transfer_network.transfer_network(rows, partners=["a"], title="N")
