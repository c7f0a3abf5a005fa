"""Size classes: ceilings, partners and linked enterprises, public bodies, periods, unknowns."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difass_analysis.errors import InputError, UsageError
from difass_analysis.finance import Accounts, size_classes, sme_class, status_over_periods
from difass_analysis.finance.sme_size import classified
from difass_analysis.programme import Programme
from difass_analysis.programme.settings import Settings
from tests.tables import frame_of


def sizes(firms, ownership=None, **options):
    tables = {"enterprises": frame_of(firms)}
    if ownership:
        tables["ownership"] = frame_of(ownership)
    return size_classes(Programme.from_frames(**tables), **options)


def classes(firms, ownership=None, **options):
    frame = sizes(firms, ownership, **options).frame
    return dict(zip(frame["sme_id"], frame["size_class"], strict=True))


# --- ceilings -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headcount", "turnover", "balance", "expected"),
    [
        (9.9, 2e6, 9e9, "micro"),
        (9.9, 9e9, 2e6, "micro"),
        (10, 1, 1, "small"),
        (9, 2_000_001, 2_000_001, "small"),
        (49.9, 10e6, 9e9, "small"),
        (50, 1, 1, "medium"),
        (249, 50e6, 9e9, "medium"),
        (249, 9e9, 43e6, "medium"),
        (249, 50_000_001, 43_000_001, "large"),
        (250, 1, 1, "large"),
    ],
)
def test_ceilings(headcount, turnover, balance, expected):
    own = Accounts(headcount=headcount, turnover=turnover, balance=balance)
    assert sme_class(own).size_class == expected


# --- others, by hand --------------------------------------------------------------------


def test_partners_in_proportion_and_linked_whole():
    own = Accounts(headcount=30, turnover=5e6, balance=5e6)
    other = Accounts(headcount=40, turnover=4e6, balance=4e6)
    assert sme_class(own, partners=[(0.5, other)]).size_class == "medium"  # 30 + 20 = 50
    assert sme_class(own, partners=[(0.49, other)]).size_class == "small"  # 49.6
    assert sme_class(own, linked=[other]).size_class == "medium"
    for share in (0.24, 0.51):
        with pytest.raises(UsageError):
            sme_class(own, partners=[(share, other)])


FIRMS = """
sme_id | headcount | turnover_amount | balance_amount
a      | 30        | 5000000         | 5000000
b      | 40        | 4000000         | 4000000
c      | 100       | 9000000         | 9000000
"""


def test_a_quarter_is_a_partner_a_half_still_one_more_is_linked():
    for share, standing, headcount in [
        (0.2499, "autonomous", 30),
        (0.25, "partner", 40),
        (0.5, "partner", 50),
        (0.5001, "linked", 70),
    ]:
        found = sizes(FIRMS, f"sme_id | owner_id | held_share\n a | b | {share}").frame
        row = found.set_index("sme_id").loc["a"]
        assert (row["standing"], row["headcount"]) == (standing, headcount), share


def test_partners_count_upstream_and_downstream_alike():
    up = sizes(FIRMS, "sme_id | owner_id | held_share\n a | b | 0.3").frame
    down = sizes(FIRMS, "sme_id | owner_id | held_share\n b | a | 0.3").frame
    assert up["headcount"].tolist() == down["headcount"].tolist() == [42, 49, 100]


def test_cross_holdings_take_the_greater_share():
    text = "sme_id | owner_id | held_share\n a | b | 0.3\n b | a | 0.4"
    assert sizes(FIRMS, text).frame["headcount"].tolist() == [46, 52, 100]


def test_the_partner_brings_its_linked_but_not_its_partners():
    linked = "sme_id | owner_id | held_share\n a | b | 0.5\n b | c | 0.9"
    found = sizes(FIRMS, linked)
    assert found.frame["headcount"].tolist() == [30 + 0.5 * 140, 140 + 15, 140 + 15]
    partners = "sme_id | owner_id | held_share\n a | b | 0.5\n b | c | 0.5"
    assert sizes(FIRMS, partners).frame["headcount"].tolist() == [50, 40 + 15 + 50, 120]


def test_chains_and_circles_are_one_group():
    chain = "sme_id | owner_id | held_share\n b | a | 0.6\n c | b | 0.6"
    circle = f"{chain}\n a | c | 0.6"
    for text in (chain, circle):
        found = sizes(FIRMS, text).frame
        assert found["headcount"].tolist() == [170, 170, 170]
        assert set(found["size_class"]) == {"medium"}


def test_holdings_of_a_group_count_together():
    # b and c are linked and hold a jointly: 15 % + 15 % make a partner.
    text = "sme_id | owner_id | held_share\n c | b | 0.6\n a | b | 0.15\n a | c | 0.15"
    row = sizes(FIRMS, text).frame.set_index("sme_id").loc["a"]
    assert (row["standing"], row["headcount"]) == ("partner", 30 + 0.3 * 140)


def test_exempt_investors_make_no_partner_but_can_be_linked():
    head = "sme_id | owner_id | held_share | owner_type\n a | b |"
    row = sizes(FIRMS, f"{head} 0.5 | exempt_investor").frame.set_index("sme_id").loc["a"]
    assert (row["standing"], row["headcount"]) == ("autonomous", 30)
    assert "exempt investor" in row["note"]
    row = sizes(FIRMS, f"{head} 0.6 | exempt_investor").frame.set_index("sme_id").loc["a"]
    assert (row["standing"], row["headcount"]) == ("linked", 70)


def test_steps_show_what_was_added():
    found = sizes(FIRMS, "sme_id | owner_id | held_share\n a | b | 0.3\n c | a | 0.8")
    mine = found.steps[found.steps["sme_id"] == "a"]
    assert mine[["step", "owner_id", "added_share", "headcount"]].fillna("").values.tolist() == [
        ["own", "", 1.0, 30.0],
        ["linked", "c", 1.0, 100.0],
        ["partner", "b", 0.3, 40.0],
    ]


def test_natural_persons_link_nobody_and_the_note_says_so():
    text = """
    sme_id | owner_id | held_share | owner_type
    a      | p        | 1.0        | natural_person
    b      | p        | 1.0        | natural_person
    """
    found = sizes(FIRMS, text).frame
    assert found["standing"].tolist() == ["autonomous"] * 3
    assert found["note"].str.contains("natural person").tolist() == [True, True, False]


# --- public bodies ------------------------------------------------------------------------


def test_public_bodies_from_a_quarter_on():
    head = "sme_id | owner_id | held_share | owner_type"
    for share, expected in [(0.2499, "small"), (0.25, "large")]:
        assert classes(FIRMS, f"{head}\n a | town | {share} | public_body")["a"] == expected
    two = f"{head}\n a | town | 0.15 | public_body\n a | state | 0.10 | public_body"
    assert classes(FIRMS, two)["a"] == "large"


def test_public_bodies_through_an_enterprise_that_they_control():
    through = """
    sme_id | owner_id | held_share | owner_type
    b      | town     | 0.6        | public_body
    a      | b        | 0.25       | enterprise
    """
    assert classes(FIRMS, through)["a"] == "large"
    minority = through.replace("0.6 ", "0.5 ")
    assert classes(FIRMS, minority)["a"] == "small"


def test_an_unknown_public_share_leaves_an_sme_unknown():
    text = "sme_id | owner_id | held_share | owner_type\n a | town | | public_body"
    row = sizes(FIRMS, text).frame.iloc[0]
    assert (row["size_class"], row["lowest"], row["highest"]) == ("unknown", "small", "large")
    assert "public bodies" in row["note"]


# --- what is not known --------------------------------------------------------------------


def test_missing_figures_matter_only_where_they_can_change_the_class():
    found = sizes(
        """
        sme_id | headcount | turnover_amount | balance_amount
        a      | 300       |                 |  |
        b      | 5         | 1000000         |  |
        c      | 5         | 3000000         |  |
        d      |           | 1000000         | 1000000
        """
    ).frame
    assert found["size_class"].tolist() == ["large", "micro", "unknown", "unknown"]
    assert found["lowest"].tolist()[2:] == ["micro", "micro"]
    assert found["highest"].tolist()[2:] == ["small", "large"]
    assert found["note"].str.contains("balance").tolist() == [False, False, True, False]
    assert "headcount" in found["note"].iloc[3]


def test_an_owner_without_figures_leaves_the_class_unknown():
    found = sizes(FIRMS, "sme_id | owner_id | held_share\n a | nobody | 0.9").frame
    row = found.set_index("sme_id").loc["a"]
    assert row["size_class"] == "unknown"
    assert "Linked enterprises without figures: 1" in row["note"]


def test_an_unknown_share_leaves_both_readings():
    text = "sme_id | owner_id | held_share\n a | c |  |"
    row = sizes(FIRMS, text).frame.set_index("sme_id").loc["a"]
    assert (row["standing"], row["size_class"]) == ("unknown", "unknown")
    assert (row["lowest"], row["highest"]) == ("small", "medium")


def test_an_unknown_share_beside_a_known_one_leaves_more_than_the_known():
    text = "sme_id | owner_id | held_share\n c | b | 0.9\n a | b | 0.3\n a | c |  |"
    firms = FIRMS.replace("100 ", "500 ")
    row = sizes(firms, text).frame.set_index("sme_id").loc["a"]
    # 30 and 0.3 of 540 are 192 at least, the whole of 540 at most.
    assert (row["standing"], row["size_class"]) == ("unknown", "unknown")
    assert (row["lowest"], row["highest"]) == ("medium", "large")
    assert "unknown share: 1" in row["note"]


def test_an_unknown_public_share_is_not_healed_by_earlier_periods():
    own = Accounts(headcount=20, turnover=5e6, balance=5e6).bounds()
    found = classified(own, steps=[], previous_classes=["small", "small"], public=(0.0, 1.0))
    assert (found.size_class, found.by_figures) == ("unknown", "small")
    assert (found.lowest, found.highest) == ("small", "large")
    assert "public bodies" in found.reason


@pytest.mark.parametrize(
    ("previous", "expected"),
    [
        (["large", "unknown"], ("unknown", "small", "large")),
        (["unknown"], ("unknown", "micro", "large")),
        (["unknown", "small"], ("small", "small", "small")),
        (["medium", "unknown"], ("unknown", "small", "medium")),
    ],
)
def test_unknown_earlier_periods_widen_the_range_and_have_a_reason(previous, expected):
    own = Accounts(headcount=20, turnover=5e6, balance=5e6).bounds()
    found = classified(own, steps=[], previous_classes=previous)
    assert (found.size_class, found.lowest, found.highest) == expected
    assert bool(found.reason) == (found.size_class == "unknown")


def test_another_currency_is_refused():
    programme = Programme.from_frames(
        settings=Settings(id="p", name="p", currency="PLN"), enterprises=frame_of(FIRMS)
    )
    with pytest.raises(InputError, match="PLN"):
        size_classes(programme)


# --- two periods --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("periods", "expected"),
    [
        (["small"], "small"),
        (["small", "medium"], "small"),
        (["small", "medium", "medium"], "medium"),
        (["small", "medium", "small"], "small"),
        (["small", "medium", "small", "medium"], "small"),
        (["small", "medium", "large"], "medium"),
        (["medium", "small", "micro"], "small"),
        (["medium", "small", "large"], "medium"),
        (["small", "unknown", "medium"], "unknown"),
        (["small", "small", "unknown"], "small"),
        (["unknown", "medium", "medium"], "medium"),
    ],
)
def test_status_changes_after_two_periods_only(periods, expected):
    assert status_over_periods(periods) == expected


def test_earlier_periods_of_a_programme():
    previous = pd.DataFrame(
        {
            "sme_id": ["a", "a", "c"],
            "period": [2022, 2021, 2022],
            "size_class": ["micro", "micro", "medium"],
        }
    )
    found = sizes(FIRMS, previous=previous).frame.set_index("sme_id")
    assert found.loc["a", ["size_class", "by_figures"]].tolist() == ["micro", "small"]
    assert "two consecutive" in found.loc["a", "note"]
    assert found.loc["c", "size_class"] == "medium"
    with pytest.raises(UsageError):
        sizes(FIRMS, previous=previous.drop(columns="period"))


def test_caveats_name_what_is_unverified():
    found = sizes(FIRMS)
    assert any("partner share of 2003/361/EC" in caveat for caveat in found.caveats)
    assert any("every enterprise is taken as autonomous" in caveat for caveat in found.caveats)


# --- identities -----------------------------------------------------------------------------

NAMES = "abcdef"


@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(1, 100)),
        max_size=8,
        unique_by=lambda row: row[:2],
    )
)
def test_who_is_linked_has_the_same_figures_and_order_does_not_matter(rows):
    firms = pd.DataFrame(
        {
            "sme_id": list(NAMES),
            "headcount": [2.0**place for place in range(len(NAMES))],
            "turnover_amount": 1.0,
            "balance_amount": 1.0,
        }
    )
    own = pd.DataFrame(rows, columns=["sme_id", "owner_id", "held_share"])
    own["held_share"] /= 100

    def measured(ownership):
        programme = Programme.from_frames(enterprises=firms, ownership=ownership)
        return size_classes(programme)

    first, second = measured(own), measured(own.iloc[::-1])
    pd.testing.assert_frame_equal(first.frame, second.frame)
    heads = first.frame.set_index("sme_id")["headcount"]
    linked = first.steps[first.steps["step"] == "linked"]
    for row in linked.itertuples():
        assert heads[row.sme_id] == pytest.approx(heads[row.owner_id])
    assert (heads >= firms.set_index("sme_id")["headcount"]).all()
