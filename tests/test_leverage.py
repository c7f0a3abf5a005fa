"""Leverage in all its meanings: spec tests on small tables and on a shipped programme."""

from math import isnan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import difass_analysis as da
from difass_analysis.errors import InputError, UsageError
from difass_analysis.finance import (
    expected_and_achieved,
    leverage,
    leverage_definitions,
)
from difass_analysis.inference import jackknife_error
from difass_analysis.loading import set_aside
from difass_analysis.programme import Programme
from difass_analysis.programme.settings import Settings
from tests.tables import frame_of

RAW = Path(__file__).resolve().parents[1] / "data" / "raw"

# A loan of the Union and a bank, a guarantee with the loan that it backs, and a grant.
FUNDING = """
| operation_id | source_type | reimbursable | instrument | committed_amount | paid_amount |
|---|---|---|---|---|---|
| loan  | eu                      | true  | loan      | 50  | 40  |
| loan  | national_public         | true  | loan      | 50  | 40  |
| loan  | private_intermediary    | true  | loan      | 100 | 60  |
| loan  | private_final_recipient | false | own       | 20  | 10  |
| cover | eu                      | true  | guarantee | 30  | 30  |
| cover | private_intermediary    | true  | loan      | 240 | 150 |
| grant | eu                      | false | grant     | 60  | 30  |
| grant | private_final_recipient | false | own       | 60  | 30  |
"""
OPERATIONS = """
| operation_id | year | beneficiary_id |
|---|---|---|
| loan  | 2017 | x |
| cover | 2018 | y |
| grant | 2018 | x |
"""


def made(text=FUNDING, **changed):
    return Programme.from_frames(
        funding=frame_of(text).assign(**changed), operations=frame_of(OPERATIONS)
    )


def values(table):
    return table.frame.set_index("id")["value"].to_dict()


def test_every_definition_by_hand():
    found = values(leverage(made()))
    union, public = 140, 190
    assert found == pytest.approx(
        {
            "leverage_effect_fr": (200 + 240) / union,  # not the guarantee, not the grant
            "multiplier_effect_fr": (220 + 240 + 120) / union,
            "leverage_esif": (220 + 240 + 120) / union,
            "leverage_esif_without_own": (200 + 240 + 60) / union,
            "leverage_cpr2127": (200 + 240) / union,
            "private_per_public": (120 + 240 + 60) / public,
            "total_per_public": (public + 420) / public,
            "public_share": public / (public + 420),
        }
    )


# One body lends and guarantees in one operation; a row of each is there twice; of two rows whose
# form is not stated, the second repeats the first.
BOTH = """
| operation_id | source_type | reimbursable | instrument | committed_amount |
|---|---|---|---|---|
| a | eu                      | true  | loan      | 50  |
| a | eu                      | true  | guarantee | 30  |
| a | private_intermediary    | true  | loan      | 120 |
| a | eu                      | true  | loan      | 50  |
| a | eu                      | true  | guarantee | 30  |
| b | eu                      | true  |           | 40  |
| b | eu                      | true  | loan      | 10  |
| b | eu                      | true  |           | 40  |
"""


BANK = """
| operation_id | source_type | reimbursable | instrument | committed_amount |
|---|---|---|---|---|
| a | eu                      | true  | loan      | 100 |
| a | eu                      | true  | guarantee | 20  |
| a | private_intermediary    | true  | loan      | 90  |
| a | private_intermediary    | true  | guarantee | 50  |
"""


def test_a_guarantee_of_a_bank_is_no_private_money_in_indicators_either():
    operations = pd.DataFrame({"operation_id": ["a"]})
    programme = Programme.from_frames(operations=operations, funding=frame_of(BANK))
    found = da.measure(programme, indicators=["private_per_public"]).frame.iloc[0]
    assert (found["numerator"], found["denominator"]) == (90, 120)
    assert found["value"] == values(leverage(programme))["private_per_public"] == 0.75


def test_a_loan_and_a_guarantee_of_one_source_both_count_and_repeated_rows_do_not():
    programme = Programme.from_frames(funding=frame_of(BOTH))
    found = da.check(programme).frame
    found = found[found["rule"] == "duplicate_key"]
    assert found["line"].tolist() == [4, 5, 8]
    assert found["key"].str.strip().tolist() == [
        "a / eu / True / loan",
        "a / eu / True / guarantee",
        "b / eu / True /",
    ]
    kept = set_aside(programme)
    assert kept.table("funding")["committed_amount"].tolist() == [50, 30, 120, 40, 10]
    figures = values(leverage(kept))
    union = 50 + 30 + 40 + 10
    assert figures["leverage_effect_fr"] == pytest.approx((50 + 120 + 40 + 10) / union)
    assert figures["private_per_public"] == pytest.approx(120 / union)


def test_repeated_rows_are_found_without_a_column_of_forms():
    rows = frame_of(BOTH).drop(columns="instrument")
    found = da.check(Programme.from_frames(funding=rows)).frame
    # Without it a loan and a guarantee cannot be told from a repetition.
    assert found.loc[found["rule"] == "duplicate_key", "line"].tolist() == [2, 4, 5, 7, 8]


def test_numerator_denominator_and_legal_source_travel_with_the_value():
    frame = leverage(made()).frame
    assert (frame["numerator"] / frame["denominator"]).to_numpy() == pytest.approx(
        frame["value"].to_numpy()
    )
    for name in ("definition", "source", "status", "unit", "basis"):
        assert (frame[name].str.len() > 0).all()
    status = frame.set_index("id")["status"]
    assert status["leverage_effect_fr"] == status["leverage_cpr2127"] == "unverified"
    assert status["private_per_public"] == "not a legal term"


def test_the_article_that_deals_with_something_else_is_never_named():
    texts = [*leverage_definitions().astype(str).to_numpy().ravel(), *leverage(made()).caveats]
    assert not any("223" in text for text in texts)


def test_unverified_sources_are_named_in_the_caveats():
    caveats = leverage(made()).caveats
    assert any("Unverified" in text and "2021/1060" in text for text in caveats)


def test_guarantee_counts_in_no_numerator():
    found = leverage(made(), by="product").frame
    rows = found[found["id"] == "leverage_effect_fr"].set_index("product")
    assert rows.loc["guarantee", ["numerator", "denominator"]].tolist() == [240, 30]
    assert rows.loc["loan", "value"] == pytest.approx(200 / 50)
    assert rows.loc["grant", "value"] == 0


def test_paid_uses_the_same_payments_on_both_sides():
    found = values(leverage(made(), basis="paid"))
    assert found["leverage_effect_fr"] == pytest.approx((140 + 150) / 100)
    both = expected_and_achieved(made(), definition="leverage_effect_fr").frame.iloc[0]
    assert both["expected"] == pytest.approx(440 / 140)
    assert both["achieved"] == pytest.approx(2.9)
    assert both["difference"] == pytest.approx(2.9 - 440 / 140)


def test_an_operation_that_lacks_one_payment_is_left_out_of_both_sides():
    paid = [40, 40, None, 10, 30, 150, 30, 30]
    table = leverage(made(paid_amount=paid), basis="paid")
    row = table.frame.set_index("id").loc["leverage_effect_fr"]
    assert row[["numerator", "denominator"]].tolist() == [150, 60]
    assert "1 of 3 operations left out" in row["note"]


def test_without_any_payment_achieved_is_missing_with_the_reason():
    row = expected_and_achieved(made(paid_amount=[None] * 8)).frame.iloc[0]
    assert isnan(row["achieved"]) and row["expected"] > 1
    assert "paid_amount is not given" in row["achieved_note"]


def test_what_is_to_be_paid_back_is_not_guessed():
    table = leverage(made(reimbursable=pd.array([None] * 8, dtype="boolean")))
    missing = table.not_computable.set_index("id")["reason"]
    assert set(missing.index) == {"leverage_effect_fr", "leverage_cpr2127"}
    assert "paid back" in missing["leverage_effect_fr"]
    assert "leverage_esif" in values(table)


def test_operations_without_the_union_do_not_count_for_its_leverage():
    text = FUNDING + "| state | national_public | false | grant | 500 | 500 |\n"
    more = frame_of(OPERATIONS + "| state | 2018 | z |\n")
    table = leverage(Programme.from_frames(funding=frame_of(text), operations=more))
    rows = table.frame.set_index("id")
    assert rows.loc["leverage_esif", "value"] == pytest.approx(580 / 140)
    assert "1 operations without a contribution of the Union" in rows.loc["leverage_esif", "note"]
    assert rows.loc["private_per_public", "denominator"] == 690


def test_errors_are_over_beneficiaries():
    row = leverage(made()).frame.set_index("id").loc["private_per_public"]
    assert row["n"] == 2  # x has two operations
    y, x = np.array([180.0, 240.0]), np.array([160.0, 30.0])
    expected = jackknife_error(y, x, np.zeros(2, dtype=np.int64), 1)[0]
    assert row["se"] == pytest.approx(expected)


def test_groups_by_a_column_of_operations():
    frame = leverage(made(), by="year").frame
    rows = frame[frame["id"] == "leverage_esif"]
    assert dict(zip(rows["year"].astype(int), rows["value"], strict=True)) == pytest.approx(
        {2017: 220 / 50, 2018: 360 / 90}
    )


@pytest.mark.parametrize("by", ["source_type", "instrument", "reimbursable"])
def test_a_column_of_one_source_cannot_group(by):
    with pytest.raises(UsageError, match="one source"):
        leverage(made(), by=by)


def test_wrong_arguments_say_what_is_offered():
    with pytest.raises(UsageError, match="committed"):
        leverage(made(), basis="comitted")
    with pytest.raises(UsageError, match="level"):
        leverage(made(), level=95)
    with pytest.raises(UsageError, match="leverage_esif"):
        expected_and_achieved(made(), definition="leverage_esiff")
    with pytest.raises(UsageError, match="Name a definition"):
        leverage(made(), by="year").plot()
    nameless = Settings(id="x", name="x", currency="")
    with pytest.raises(InputError, match="currency"):
        leverage(Programme.from_frames(settings=nameless, funding=frame_of(FUNDING)))


# --- the shipped scheme: totals only ---------------------------------------------------


@pytest.fixture(scope="module")
def emilia_romagna():
    return da.load(RAW / "emilia_romagna_clusters")


def test_the_same_scheme_scores_from_1_33_to_2_33(emilia_romagna):
    table = leverage(emilia_romagna)
    found = values(table)
    assert round(found["private_per_public"], 4) == 1.3333
    assert round(found["total_per_public"], 4) == 2.3333
    assert round(found["public_share"], 5) == 0.42857
    assert "1.33" in table.caveats[0] and "2.33" in table.caveats[0]


def test_what_totals_do_not_allow_is_named_with_its_reason(emilia_romagna):
    missing = leverage(emilia_romagna).not_computable
    assert set(missing["id"]) == set(leverage_definitions()["id"]) - {
        "private_per_public",
        "total_per_public",
        "public_share",
    }
    assert (missing["reason"].str.len() > 10).all()
    assert leverage(emilia_romagna, basis="paid").frame.empty


def test_private_per_public_of_2018_at_the_cap(emilia_romagna):
    calls = emilia_romagna.table("calls")
    capped = calls[calls["year"] == 2018].assign(public_amount=1_280_000.0)
    found = values(leverage(Programme.from_frames(calls=capped)))
    assert found["private_per_public"] == pytest.approx(1.5625)
    assert round(found["public_share"], 5) == 0.39024


def test_operations_with_amounts_allow_two_more():
    operations = pd.DataFrame(
        {
            "operation_id": ["a", "b", "c"],
            "eu_amount": [40.0, 60.0, None],
            "public_amount": [50.0, 80.0, 10.0],
            "private_amount": [30.0, 90.0, 5.0],
        }
    )
    found = values(leverage(Programme.from_frames(operations=operations)))
    assert found["leverage_esif"] == pytest.approx(250 / 100)
    assert found["private_per_public"] == pytest.approx(125 / 140)
    assert "leverage_effect_fr" not in found


# --- identities ------------------------------------------------------------------------

MONEY = st.integers(1, 10**9).map(lambda cents: cents / 100)


@settings(max_examples=8)
@given(st.lists(st.tuples(MONEY, MONEY, MONEY, MONEY), min_size=1, max_size=6))
def test_identities(rows):
    sources = ("eu", "national_public", "private_intermediary", "private_final_recipient")
    funding = pd.DataFrame(
        [
            {"operation_id": str(number), "source_type": source, "reimbursable": place == 2,
             "committed_amount": amount}
            for number, amounts in enumerate(rows)
            for place, (source, amount) in enumerate(zip(sources, amounts, strict=True))
        ]
    )  # fmt: skip
    found = values(leverage(Programme.from_frames(funding=funding)))
    assert found["total_per_public"] == pytest.approx(1 + found["private_per_public"])
    assert found["public_share"] == pytest.approx(1 / found["total_per_public"])
    assert found["leverage_esif_without_own"] <= found["leverage_esif"]
    assert found["leverage_effect_fr"] <= found["multiplier_effect_fr"]


def test_order_of_rows_does_not_matter():
    frame = frame_of(FUNDING)
    mixed = frame.sample(frac=1, random_state=3)
    tables = [leverage(Programme.from_frames(funding=rows)).frame for rows in (frame, mixed)]
    pd.testing.assert_frame_equal(*tables)


def test_charts_name_definitions_and_what_is_not_computable(emilia_romagna):
    axes = leverage(emilia_romagna).plot()
    labels = " ".join(label.get_text() for label in axes.get_yticklabels())
    assert "Private per public money" in labels and "2021-2027" in labels
    assert expected_and_achieved(made(), by="year").plot().get_yticklabels()


def test_a_side_that_cannot_be_had_says_why_in_every_group():
    frame = expected_and_achieved(made(paid_amount=[None] * 8), by="product").frame
    assert frame["achieved"].isna().all()
    assert frame["achieved_note"].str.startswith("Not known").all()
    assert frame["expected"].notna().any()


NOTHING = """
| operation_id | source_type | reimbursable | committed_amount | paid_amount |
|---|---|---|---|---|
| a | eu                      | true  | 100 | 0  |
| a | private_final_recipient | false | 100 | 50 |
| b | eu                      | true  | 0   | 0  |
| b | private_final_recipient | false | 500 | 50 |
| c | eu                      | true  | 100 | 50 |
| c | private_final_recipient | false | 0   | 0  |
"""


def test_a_source_of_nothing_is_no_contribution_of_the_union():
    programme = Programme.from_frames(funding=frame_of(NOTHING))
    rows = leverage(programme).frame.set_index("id")
    # (100 + 100 + 100) / 200: the money in b came without the Union.
    assert rows.loc["leverage_esif", "value"] == 1.5
    assert "1 operations without a contribution" in rows.loc["leverage_esif", "note"]
    assert rows.loc["private_per_public", "value"] == 600 / 200
    paid = leverage(programme, basis="paid").frame.set_index("id")
    # To a the Union contributes, though it has not paid yet: (50 + 50) / 50.
    assert paid.loc["leverage_esif", "value"] == 2.0


def test_what_the_union_has_paid_is_its_contribution_whatever_was_agreed():
    text = NOTHING.replace(
        "b | eu                      | true  | 0   | 0 ", "b | eu | true | 0 | 50"
    )
    programme = Programme.from_frames(funding=frame_of(text))
    paid = leverage(programme, basis="paid").frame.set_index("id")
    assert paid.loc["leverage_esif", "denominator"] == 100  # b and c
    assert "without a contribution" not in paid.loc["leverage_esif", "note"]
