"""De minimis aid: windows, ceilings to the cent, single undertakings, both readings, limits."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difass_analysis.display.pictures import close
from difass_analysis.errors import InputError, UsageError
from difass_analysis.finance import aid_headroom, aid_intensities, example_limits
from difass_analysis.finance.aid_awards import basis_of
from difass_analysis.finance.aid_graph import linked_groups
from difass_analysis.finance.aid_parameters import legal_parameters
from difass_analysis.programme import Programme
from difass_analysis.programme.settings import Settings
from difass_analysis.validation.aid import changes
from tests.tables import assert_shows, frame_of


def day(text):
    return dt.date.fromisoformat(text)


def headroom(text, *, date, month=1, **tables):
    awards = frame_of(text)
    programme = Programme.from_frames(aid_awards=awards, **tables)
    return aid_headroom(programme, date=day(date), fiscal_year_starts=month)


SHOWN = ["undertaking_id", "regulation", "role", "aid_amount", "headroom_amount", "above_amount"]


def test_the_date_may_be_written_as_text():
    awards = pd.DataFrame(
        {"award_id": ["a"], "sme_id": ["x"], "aid_amount": [60_000.0], "country_code": ["IT"],
         "granting_date": [dt.date(2024, 2, 1)], "legal_basis": ["2023/2831"]}
    )  # fmt: skip
    programme = Programme.from_frames(aid_awards=awards)
    found = aid_headroom(programme, date="2025-06-01")
    assert found.date == dt.date(2025, 6, 1)
    assert found.frame["headroom_amount"].tolist() == [240_000.0]
    with pytest.raises(UsageError, match="'June' is not a date"):
        aid_headroom(programme, date="June")


# --- windows --------------------------------------------------------------------------


def test_exactly_the_ceiling_is_allowed_and_a_cent_more_is_not():
    awards = """
    award_id | sme_id | granting_date | aid_amount | legal_basis
    a        | x      | 2024-02-01    | 200000.10  | 2023/2831
    b        | x      | 2025-02-01    |  99999.90  | 2023/2831
    c        | y      | 2024-02-01    | 200000.10  | 2023/2831
    d        | y      | 2025-02-01    |  99999.91  | 2023/2831
    """
    found = headroom(awards, date="2025-06-01")
    assert_shows(
        found.frame[SHOWN],
        """
        undertaking_id | regulation | role     | aid_amount | headroom_amount | above_amount
        x              | 2023/2831  | in force | 300,000.00 | 0.00            | 0.00
        y              | 2023/2831  | in force | 300,000.01 | 0.00            | 0.01
        """,
    )
    assert found.above["award_id"].tolist() == ["d"]
    assert found.above["above_amount"].tolist() == [0.01]


def test_rolling_window_counts_the_same_day_three_years_before():
    awards = """
    award_id | sme_id | granting_date | aid_amount | legal_basis
    a        | x      | 2024-03-01    | 100000     | 2023/2831
    """
    assert headroom(awards, date="2027-03-01").frame["aid_amount"].tolist() == [100_000]
    assert headroom(awards, date="2027-03-02").frame["aid_amount"].tolist() == [0]


def test_three_fiscal_years_against_three_years():
    awards = """
    award_id | sme_id | granting_date | aid_amount | legal_basis
    a        | x      | 2020-12-31    | 150000     | 1407/2013
    b        | x      | 2021-01-01    |  90000     | 1407/2013
    """
    found = headroom(awards, date="2023-06-30")
    # The fiscal years 2021 to 2023 hold the second award only.
    assert found.frame[["aid_amount", "headroom_amount"]].values.tolist() == [[90_000, 110_000]]
    assert found.frame["window_start"].tolist() == [day("2021-01-01")]
    # A fiscal year from July: 2020-07 to 2023-06 holds both.
    other = headroom(awards, date="2023-06-30", month=7)
    assert other.frame["above_amount"].tolist() == [40_000]
    assert other.frame["headroom_amount"].tolist() == [0]


def test_a_window_across_the_change_is_shown_in_both_readings():
    awards = """
    award_id | sme_id | granting_date | aid_amount | legal_basis
    a        | x      | 2022-03-01    | 200000     | 1407/2013
    b        | x      | 2024-05-01    | 100000     | 2023/2831
    c        | y      | 2024-05-01    | 100000     | 2023/2831
    """
    found = headroom(awards, date="2024-12-01")
    assert_shows(
        found.frame[["undertaking_id", *SHOWN[2:], "crosses_change"]],
        """
undertaking_id | role           | aid_amount | headroom_amount | above_amount | crosses_change
x              | in force       | 300,000    | 0.0             | 0.0          | true
x              | for comparison | 300,000    | 0.0             | 100,000      | true
y              | in force       | 100,000    | 200,000         | 0.0          | false
        """,
    )
    assert found.frame["regulation"].tolist() == ["2023/2831", "1407/2013", "2023/2831"]
    status = ["read at the source", "unverified", "read at the source"]
    assert found.frame["status"].tolist() == status
    assert any("crosses a change" in caveat for caveat in found.caveats)
    assert any("Unverified" in caveat for caveat in found.caveats)


def test_until_june_2024_the_old_rules_may_still_be_used():
    awards = """
    award_id | sme_id | granting_date | aid_amount | legal_basis
    a        | x      | 2024-05-01    | 250000     | 1407/2013
    """
    roles = headroom(awards, date="2024-06-30").frame["role"].tolist()
    assert roles == ["in force", "transitional"]
    assert headroom(awards, date="2024-07-01").frame["role"].tolist() == ["in force"]
    # Granted under the old Regulation it is judged by the old ceiling.
    above = headroom(awards, date="2024-06-30").above
    assert above[["ceiling_amount", "above_amount"]].values.tolist() == [[200_000, 50_000]]
    assert above["note"].tolist() == ["Within the transition of 1407/2013."]


def test_awards_after_the_date_do_not_count():
    awards = """
    award_id | sme_id | granting_date | aid_amount | legal_basis
    a        | x      | 2024-05-01    | 250000     | 2023/2831
    b        | x      | 2025-05-01    | 250000     | 2023/2831
    """
    found = headroom(awards, date="2025-04-30")
    assert found.frame["headroom_amount"].tolist() == [50_000]
    assert found.above.empty
    assert len(headroom(awards, date="2025-05-01").above) == 1


@pytest.mark.parametrize("date", ["2006-12-31", "2031-01-01"])
def test_a_date_without_a_regulation_is_refused(date):
    awards = """
    award_id | sme_id | granting_date | aid_amount | legal_basis
    a        | x      | 2024-05-01    | 250000     | 2023/2831
    """
    with pytest.raises(UsageError, match="in force"):
        headroom(awards, date=date)


# --- legal bases ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Commission Regulation (EU) 2023/2831", ("de minimis", "2023/2831")),
        ("Reg. 1407/2013 art. 3", ("de minimis", "1407/2013")),
        ("aiuti de minimis", ("de minimis", "")),
        ("1408/2013 de minimis agriculture", ("special de minimis", "")),
        ("651/2014 Art. 18", ("other", "")),
        ("11407/2013", ("other", "")),
        (" ", ("not stated", "")),
        ("Reg. (UE) 2831/2023", ("de minimis", "2023/2831")),
        ("de minimis, Reg. UE n. 1407/2013, D.M. 115/2017", ("de minimis", "1407/2013")),
        ("aiuti de minimis, D.M. 115/2017", ("de minimis", "")),
        ("de minimis 2832/2023", ("special de minimis", "")),
        ("651/2014, no de minimis aid", ("other", "")),
        (float("nan"), ("not stated", "")),
    ],
)
def test_stated_bases(text, kind):
    assert basis_of(text) == kind


def test_no_basis_is_asserted_and_both_figures_are_shown():
    awards = """
    award_id | sme_id | granting_date | aid_amount | legal_basis
    a        | x      | 2024-05-01    | 250000     | 2023/2831
    b        | x      | 2024-06-01    |  80000     |  |
    c        | x      | 2024-07-01    | 900000     | 651/2014 Art. 18
    """
    frame = headroom(awards, date="2025-01-01").frame
    columns = ["aid_amount", "headroom_amount", "not_stated_amount", "headroom_if_counted_amount"]
    assert frame[columns].values.tolist() == [[250_000, 50_000, 80_000, 0]]


def test_missing_amount_or_date_leaves_the_headroom_unknown():
    awards = """
    award_id | sme_id | granting_date | aid_amount | legal_basis
    a        | x      | 2024-05-01    | 250000     | 2023/2831
    b        | x      |               |   1000     | 2023/2831
    c        | y      | 2024-05-01    |            | 2023/2831
    d        |        | 2024-05-01    |   1000     | 2023/2831
    e        | z      | 2024-05-01    |  -1000     | 2023/2831
    """
    found = headroom(awards, date="2025-01-01")
    assert found.frame["headroom_amount"].isna().tolist() == [True, True, True]
    assert found.unknown["reason"].tolist() == [
        "no granting date",
        "no amount that can be used",
        "no enterprise and no undertaking",
        "no amount that can be used",
    ]
    assert found.frame["note"].str.contains("not known").all()
    # Where the ceiling is used up, more aid changes nothing.
    full = headroom(awards.replace("250000", "300000"), date="2025-01-01").frame
    assert full["headroom_amount"].iloc[0] == 0
    assert "Still more" in full["note"].iloc[0]


def test_an_award_without_basis_and_amount_leaves_the_second_headroom_open():
    awards = """
    award_id | sme_id | granting_date | aid_amount | legal_basis
    a        | x      | 2024-05-01    | 100000     | 2023/2831
    b        | x      | 2024-06-01    |            |  |
    c        | y      | 2024-05-01    | 100000     | 2023/2831
    d        | y      |               |   5000     |  |
    e        | z      | 2024-05-01    | 300000     | 2023/2831
    f        | z      | 2024-06-01    |            |  |
    """
    frame = headroom(awards, date="2025-01-01").frame
    assert frame["headroom_amount"].tolist() == [200_000, 200_000, 0]
    # With it the headroom is anything up to that, except where nothing is left anyway.
    assert frame["headroom_if_counted_amount"].isna().tolist() == [True, True, False]


def test_aid_of_agriculture_may_use_up_the_general_ceiling_and_the_note_says_so():
    awards = """
    award_id | sme_id | granting_date | aid_amount | legal_basis
    a        | x      | 2024-05-01    | 280000     | 2023/2831
    b        | x      | 2024-06-01    |  15000     | 1408/2013
    """
    found = headroom(awards, date="2025-01-01")
    assert found.frame["headroom_amount"].tolist() == [20_000]
    assert "of 15,000.00" in found.frame["note"].iloc[0]
    assert "leaves 5,000.00 at most" in found.frame["note"].iloc[0]
    assert any("Art. 5(2)" in caveat for caveat in found.caveats)


def test_an_award_counts_on_its_day_whatever_the_hour():
    awards = frame_of(
        """
        award_id | sme_id | granting_date | aid_amount | legal_basis
        a        | x      | 2025-05-01    | 100000     | 2023/2831
        """
    )
    awards["granting_date"] = pd.to_datetime(["2025-05-01 15:30"])
    found = aid_headroom(Programme.from_frames(aid_awards=awards), date=day("2025-05-01"))
    assert found.frame["aid_amount"].tolist() == [100_000]


@pytest.mark.parametrize(
    ("granted", "date", "counts"),
    [
        ("2024-02-29", "2027-02-28", True),
        ("2024-02-29", "2027-03-01", False),
        ("2025-02-28", "2028-02-28", True),
        ("2025-02-28", "2028-02-29", True),
        ("2025-02-28", "2028-03-01", False),
    ],
)
def test_windows_that_begin_or_end_on_a_leap_day(granted, date, counts):
    awards = f"""
    award_id | sme_id | granting_date | aid_amount | legal_basis
    a        | x      | {granted}     | 100000     | 2023/2831
    """
    assert headroom(awards, date=date).frame["aid_amount"].tolist() == [100_000 * counts]


# --- undertakings -----------------------------------------------------------------------

AWARDS = """
award_id | sme_id | granting_date | aid_amount | legal_basis
a        | x      | 2024-05-01    | 200000     | 2023/2831
b        | y      | 2024-06-01    | 150000     | 2023/2831
"""


def owned(text):
    return headroom(AWARDS, date="2025-01-01", ownership=frame_of(text)).frame


def test_majority_joins_half_does_not():
    half = owned("sme_id | owner_id | held_share\n y | x | 0.5")
    assert half["aid_amount"].tolist() == [200_000, 150_000]
    more = owned("sme_id | owner_id | held_share\n y | x | 0.5001")
    assert more[["undertaking_id", "aid_amount", "enterprises_count"]].values.tolist() == [
        ["x", 350_000, 2]
    ]
    assert more["above_amount"].tolist() == [50_000]


def test_chains_joint_majorities_and_circles_join():
    chain = "sme_id | owner_id | held_share\n m | x | 0.6\n y | m | 0.6"
    joint = "sme_id | owner_id | held_share\n m | x | 0.6\n y | m | 0.3\n y | x | 0.3"
    circle = "sme_id | owner_id | held_share\n m | x | 0.6\n y | m | 0.6\n x | y | 0.6"
    for text in (chain, joint, circle):
        assert owned(text)["aid_amount"].tolist() == [350_000], text
    exact = "sme_id | owner_id | held_share\n m | x | 0.6\n y | m | 0.3\n y | x | 0.2"
    assert len(owned(exact)) == 2


def test_control_joins_public_bodies_and_persons_do_not():
    control = "sme_id | owner_id | held_share | control\n y | x | 0.1 | true"
    assert len(owned(control)) == 1
    for kind in ("public_body", "natural_person"):
        head = "sme_id | owner_id | held_share | owner_type"
        text = f"{head}\n x | o | 1.0 | {kind}\n y | o | 1.0 | {kind}"
        assert len(owned(text)) == 2, kind


def test_stated_undertakings_join_and_disagreement_is_said():
    awards = """
    award_id | sme_id | undertaking_id | granting_date | aid_amount | legal_basis
    a        | x      | U1             | 2024-05-01    | 100000     | 2023/2831
    b        | y      | U1             | 2024-06-01    | 100000     | 2023/2831
    c        | z      | U2             | 2024-06-01    |  50000     | 2023/2831
    d        |        | U2             | 2024-06-01    |   5000     | 2023/2831
    """
    found = headroom(awards, date="2025-01-01").frame
    assert found[["undertaking_id", "aid_amount"]].values.tolist() == [
        ["U1", 200_000],
        ["U2", 55_000],
    ]
    own = frame_of("sme_id | owner_id | held_share\n z | x | 0.9")
    joined = headroom(awards, date="2025-01-01", ownership=own).frame
    assert joined["aid_amount"].tolist() == [255_000]
    assert "stated as several" in joined["note"].iloc[0]


def test_holdings_of_a_stated_undertaking_count_together():
    awards = """
    award_id | sme_id | undertaking_id | granting_date | aid_amount | legal_basis
    a        | x      | U1             | 2024-05-01    | 100000     | 2023/2831
    b        | y      | U1             | 2024-06-01    | 100000     | 2023/2831
    c        | z      |                | 2024-06-01    | 150000     | 2023/2831
    """
    own = frame_of("sme_id | owner_id | held_share\n z | x | 0.3\n z | y | 0.3")
    found = headroom(awards, date="2025-01-01", ownership=own)
    assert found.frame[["undertaking_id", "aid_amount", "above_amount"]].values.tolist() == [
        ["U1", 350_000, 50_000]
    ]
    assert any("no dates" in caveat for caveat in found.caveats)


def test_an_undertaking_named_as_another_enterprise_is_not_that_enterprise():
    awards = """
    award_id | sme_id | undertaking_id | granting_date | aid_amount | legal_basis
    a        | 1      |                | 2024-05-01    | 200000     | 2023/2831
    b        | 7      | 1              | 2024-06-01    | 150000     | 2023/2831
    """
    found = headroom(awards, date="2025-01-01")
    assert found.frame[["undertaking_id", "aid_amount"]].values.tolist() == [
        ["1", 150_000],
        ["enterprise 1", 200_000],
    ]
    assert any("kept apart" in caveat for caveat in found.caveats)


def test_a_holding_of_unknown_share_is_said_at_both_ends():
    head = "sme_id | owner_id | held_share | control"
    frame = owned(f"{head}\n y | x |  | false\n w | v |  | false")
    assert frame["aid_amount"].tolist() == [200_000, 150_000]
    assert frame["note"].str.contains("unknown share").tolist() == [True, True]
    assert not owned(f"{head}\n y | x | 0.5 | false")["note"].str.contains("unknown share").any()


def test_one_member_state_in_several_spellings_has_one_ceiling():
    awards = """
    award_id | sme_id | country_code | granting_date | aid_amount | legal_basis
    a        | x      | IT           | 2024-05-01    | 200000     | 2023/2831
    b        | x      | it           | 2024-06-01    | 150000     | 2023/2831
    c        | y      | EL           | 2024-05-01    | 200000     | 2023/2831
    d        | y      | GR           | 2024-06-01    | 150000     | 2023/2831
    """
    frame = headroom(awards, date="2025-01-01").frame
    assert frame[["country_code", "above_amount"]].values.tolist() == [
        ["IT", 50_000],
        ["EL", 50_000],
    ]


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.sampled_from("abcdefg"), st.sampled_from("abcdefg"), st.integers(1, 10)),
        max_size=14,
        unique_by=lambda row: row[:2],
    )
)
def test_groups_are_those_of_joining_one_pair_at_a_time(rows):
    rows = [row for row in rows if row[0] != row[1]]
    groups = [{name} for name in "abcdefg"]
    grown = True
    while grown:
        grown = False
        for group in groups:
            for firm in "abcdefg":
                held = sum(tenths for owner, one, tenths in rows if owner in group and one == firm)
                if firm not in group and held > 5:
                    other = next(one for one in groups if firm in one)
                    groups = [one for one in groups if one not in (group, other)] + [group | other]
                    grown = True
                    break
            if grown:
                break
    table = pd.DataFrame(rows, columns=["owner_id", "sme_id", "held_share"]).assign(
        held_share=lambda frame: frame["held_share"] / 10, owner_type="enterprise", control=False
    )
    heads = linked_groups(table, members="abcdefg").heads()
    assert {frozenset(one) for one in groups} == {
        frozenset(name for name in heads if heads[name] == head) for head in heads.values()
    }


def test_each_member_state_has_a_ceiling_of_its_own():
    awards = """
    award_id | sme_id | country_code | granting_date | aid_amount | legal_basis
    a        | x      | IT           | 2024-05-01    | 300000     | 2023/2831
    b        | x      | PL           | 2024-06-01    | 100000     | 2023/2831
    c        | y      | IT           | 2024-05-01    | 200000     | 2023/2831
    d        | y      |              | 2024-05-02    | 100001     | 2023/2831
    """
    frame = headroom(awards, date="2025-01-01").frame
    rows = frame[["undertaking_id", "country_code", "headroom_amount", "above_amount"]]
    assert rows.values.tolist() == [["x", "IT", 0, 0], ["x", "PL", 200_000, 0], ["y", "IT", 0, 1]]
    # Where it could belong to either of two, only a ceiling that is used up anyway is known.
    open_ = headroom(f"{awards}\n    e | x | | 2024-05-03 | 10 | 2023/2831", date="2025-01-01")
    mine = open_.frame.set_index("undertaking_id").loc["x", "headroom_amount"]
    assert mine.isna().tolist() == [False, True]
    assert open_.unknown["reason"].tolist() == ["no Member State, and other awards have several"]


def test_road_freight_has_the_lower_ceiling_before_2024_only():
    awards = """
    award_id | sme_id | granting_date | aid_amount | legal_basis
    a        | x      | 2023-05-01    | 100000     | 1407/2013
    """
    firms = pd.DataFrame({"sme_id": ["x"], "nace": ["H49.41"]})
    old = headroom(awards, date="2023-06-01", enterprises=firms).frame
    assert old[["ceiling_amount", "headroom_amount"]].values.tolist() == [[100_000, 0]]
    assert "road freight" in old["note"].iloc[0]
    new = headroom(awards, date="2025-06-01", enterprises=firms).frame
    assert new["ceiling_amount"].tolist() == [300_000, 100_000]


# --- money ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("currency", "own", "match"),
    [("HUF", None, "HUF"), ("EUR", ["EUR", "PLN"], "EUR, PLN"), ("", None, "not known")],
)
def test_other_or_unknown_currencies_are_refused(currency, own, match):
    awards = frame_of(AWARDS)
    if own:
        awards["currency"] = own
    own_settings = Settings(id="p", name="p", currency=currency)
    programme = Programme.from_frames(settings=own_settings, aid_awards=awards)
    with pytest.raises(InputError, match=match):
        aid_headroom(programme, date=day("2025-01-01"))


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["x", "y", "z"]),
            st.dates(day("2013-01-01"), day("2028-12-31")),
            st.integers(0, 30_000_000),
        ),
        min_size=1,
        max_size=25,
    ),
    st.dates(day("2024-01-01"), day("2028-12-31")),
)
def test_sums_and_passed_ceilings_against_counting_by_hand(rows, date):
    awards = pd.DataFrame(
        {
            "award_id": [f"a{number:02}" for number in range(len(rows))],
            "sme_id": [name for name, _, _ in rows],
            "granting_date": [when for _, when, _ in rows],
            "aid_amount": [cents / 100 for _, _, cents in rows],
            "legal_basis": "2023/2831",
        }
    )
    found = aid_headroom(Programme.from_frames(aid_awards=awards), date=date)

    def total(name, until):
        start = (pd.Timestamp(until) - pd.DateOffset(years=3)).date()
        return sum(cents for who, when, cents in rows if who == name and start <= when <= until)

    current = found.frame[found.frame["role"] == "in force"].set_index("undertaking_id")
    for name in current.index:
        assert round(current.loc[name, "aid_amount"] * 100) == total(name, date)
    passed = {
        f"a{number:02}"
        for number, (name, when, _) in enumerate(rows)
        if when <= date and total(name, when) > 30_000_000
    }
    assert set(found.above["award_id"]) == passed


def test_days_of_change_are_the_same_in_both_tables():
    ceilings = legal_parameters().query("name == 'ceiling'").set_index("regulation")
    for row in changes().itertuples():
        assert str(row.applies_from.date()) == ceilings.loc[row.after, "valid_from"]


def test_picture_marks_who_is_above():
    found = headroom(AWARDS.replace("150000", "350000"), date="2025-01-01")
    ax = found.plot()
    texts = [text.get_text() for text in ax.texts]
    close(ax)
    assert "above" in texts
    assert "100,000" in texts


# --- aid intensity ------------------------------------------------------------------------


def intensities(text, **tables):
    awards = frame_of(text)
    programme = Programme.from_frames(aid_awards=awards, **tables)
    return aid_intensities(programme, limits=example_limits())


def test_cumulation_over_the_same_cost():
    found = intensities(
        """
        award_id | operation_id | granting_date | aid_amount | eligible_cost_amount | legal_basis
        a | o1 | 2020-05-01 | 30000.10 | 100000.20 | 651/2014 Art. 18
        b | o1 | 2020-06-01 | 20000.00 |           | 651/2014 art. 19
        c | o2 | 2020-05-01 | 50000.01 | 100000    | 651/2014 Art. 18
        d | o3 | 2020-05-01 | 10       | 100       |  |
        e | o4 | 2020-05-01 | 10       |           | 651/2014 Art. 18
        f | o5 | 2020-05-01 | 10       | 100       | 651/2014 Art. 31
        """
    )
    assert_shows(
        found.frame[["operation_id", "aid_amount", "within", "above_amount"]],
        """
        operation_id | aid_amount | within     | above_amount
        o1           | 50,000.10  | yes        | 0.00
        o2           | 50,000.01  | no         | 0.01
        o3           | 10.00      | not judged |  |
        o4           | 10.00      | not judged |  |
        o5           | 10.00      | not judged |  |
        """,
    )
    notes = found.frame["note"].tolist()
    assert "states no legal basis" in notes[2]
    assert "eligible cost" in notes[3]
    assert "no limit is given" in notes[4]
    assert any("no legal basis is asserted" in caveat for caveat in found.caveats)


LIMITS = """
legal_basis | max_aid_share | max_aid_amount | valid_from | valid_to
A           | 0.5           | 100000         |            | 2019-12-31
A           | 0.5           | 100000         | 2020-01-01 |  |
B           | 0.3           | 2000000        | 2014-07-01 |  |
"""


def test_the_share_of_one_basis_and_the_amount_of_another_are_not_combined():
    awards = frame_of(
        """
        award_id | operation_id | granting_date | aid_amount | eligible_cost_amount | legal_basis
        a        | o            | 2020-05-01    | 100000     | 1000000              | A
        b        | o            | 2020-05-01    | 300000     |                      | B
        c        | p            | 2019-05-01    |            | 1000                 | A
        d        | p            | 2019-05-01    | 10         | 1000                 | A
        """
    )
    # A allows 100,000 and B 300,000 of a million; neither allows half a million.
    found = aid_intensities(Programme.from_frames(aid_awards=awards), limits=frame_of(LIMITS))
    assert_shows(
        found.frame[["operation_id", "aid_amount", "max_aid_share", "within", "above_amount"]],
        """
        operation_id | aid_amount | max_aid_share | within     | above_amount
        o            | 400,000    | 0.3           | no         | 100,000
        p            |            |               | not judged |  |
        """,
    )


def test_two_limits_on_one_day_are_refused():
    limits = pd.concat([example_limits(), example_limits()])
    awards = frame_of(AWARDS)
    with pytest.raises(UsageError, match="Two limits"):
        aid_intensities(Programme.from_frames(aid_awards=awards), limits=limits)
