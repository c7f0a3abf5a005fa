"""The three real lists, against a plain pandas reading of the same files."""

import numpy as np
import pandas as pd
import pytest

from difass_analysis.engine import DuckDBEngine
from difass_analysis.sources import apply, detect, raw_text, read
from difass_analysis.sources.shelf import load_profile

RO, NL, SN = (
    "ro_regional_op_2007_2013",
    "nl_structural_funds_2007_2013",
    "de_saxony_erdf_2014_2020",
)


@pytest.fixture(scope="module")
def engine():
    return DuckDBEngine()


@pytest.fixture(scope="module")
def loaded(shared, engine):
    """Return, for each list: the plain text frame, the mapped frame, and what was reported."""

    def load(name, blank=None):
        path = shared / "data/lists" / f"{name}.csv"
        profile = detect(path)
        assert profile.id == name
        raw = read(path, profile, engine=engine)
        results = {item.table: item for item in apply(raw, profile, engine=engine, blank=blank)}
        frame = engine.collect(results["operations"].lazy).sort_values("_line", ignore_index=True)
        plain = pd.read_csv(path, dtype="str", keep_default_na=False)
        assert (raw.rows_read, len(raw.lost), len(frame)) == (len(plain), 0, len(plain))
        return plain, frame, results

    return load


def number(text, *, thousands, decimal):
    plain = text.str.replace(thousands, "") if thousands else text
    return pd.to_numeric(plain.str.replace(decimal, ".")).to_numpy()


def same(found, expected):
    np.testing.assert_array_equal(found.to_numpy(dtype=float), expected)


# --- Romania -------------------------------------------------------------------------

RO_MONEY = {
    "eu_amount": "FEDR",
    "national_public_amount": "member state amount",
    "own_amount": "own contribution",
    "ineligible_cost_amount": "Ineligible Expenses ",
    "total_cost_amount": "total amount",
}


def test_romania_every_amount_is_read_and_in_lei(loaded):
    plain, frame, results = loaded(RO)
    for column, heading in RO_MONEY.items():
        same(frame[column], number(plain[heading], thousands="", decimal=","))
    assert frame["eu_amount"].sum() == pytest.approx(19_970_864_938.12, abs=0.005)
    assert results["operations"].problem_counts == {}
    assert plain["FEDR"].str.contains(",").sum() == 155
    assert load_profile(RO).programme["currency"] == "RON"


def test_romania_own_money_is_blank_in_technical_assistance_and_never_private(loaded):
    _, frame, _ = loaded(RO)
    assert frame["own_amount"].isna().sum() == 76
    assert frame.loc[frame["own_amount"].isna(), "priority"].unique().tolist() == ["6"]
    assert "private_amount" not in frame
    assert loaded(RO, blank="zero")[1]["own_amount"].isna().sum() == 0


def test_romania_parts_differ_from_the_total_by_two_in_seven_rows(loaded):
    _, frame, results = loaded(RO)
    parts = list(results["operations"].parts)
    assert parts == list(RO_MONEY)[:4]
    gap = (frame[parts].fillna(0).sum(axis=1) - frame[results["operations"].total]).abs()
    assert (gap.max(), (gap > 1.005).sum()) == (2.0, 7)


def test_romania_regions_are_eight_and_two_bodies_are_none(loaded):
    plain, frame, results = loaded(RO)
    assert frame.groupby("region").size().to_dict() == {
        "RO11": 716,
        "RO12": 517,
        "RO21": 687,
        "RO22": 565,
        "RO31": 770,
        "RO32": 389,
        "RO41": 551,
        "RO42": 432,
    }
    unknown = frame.loc[frame["region"].isna(), "region_name"].value_counts().to_dict()
    assert unknown == {"AM POR": 6, "OI Turism": 3}
    assert frame["region_name"].nunique() == 10
    variants = results["operations"].variants
    region = variants[variants["column"] == "region"]
    assert sorted(region["written"]) == sorted(plain[" Region "].unique())
    assert region["rows"].sum() == 4636


def test_romania_counties_lose_their_case_variants_and_keep_the_rest(loaded):
    plain, frame, _ = loaded(RO)
    assert (plain[" County "].nunique(), frame["county"].nunique()) == (83, 48)
    kept = set(frame["county"]) & {"Craiova", "Iasi - Vaslui", "Iasi, Bacau", "Sibiu-Alba"}
    assert len(kept) == 4


def test_romania_priority_and_intervention_are_taken_apart(loaded):
    _, frame, _ = loaded(RO)
    counts = frame["priority"].value_counts().sort_index().to_dict()
    assert counts == {"1": 649, "2": 161, "3": 874, "4": 2216, "5": 660, "6": 76}
    assert frame["intervention"].nunique() == 15
    assert (frame["intervention"].str[0] == frame["priority"]).all()
    assert frame["priority_name"].nunique() == 6


# --- Netherlands ---------------------------------------------------------------------

NL_MONEY = {
    "eu_amount": "EU-subsidie in Euro's",
    "national_public_amount": "Overige publieke financiering",
    "private_amount": "Overige private financiering",
    "total_cost_amount": "Totale kosten in Euro's",
}


def test_netherlands_every_amount_is_read(loaded):
    plain, frame, results = loaded(NL)
    for column, heading in NL_MONEY.items():
        same(frame[column], number(plain[heading], thousands=".", decimal=","))
    assert frame["total_cost_amount"].sum() == 3_765_498_269
    assert results["operations"].problem_counts == {}


def test_netherlands_blanks_are_unknown_unless_asked_otherwise(loaded):
    blank = {"eu_amount": 19, "national_public_amount": 991, "private_amount": 1258}
    frame = loaded(NL)[1]
    assert frame[list(blank)].isna().sum().to_dict() == blank
    zeros = loaded(NL, blank="zero")[1]
    assert zeros[list(blank)].isna().sum().sum() == 0
    assert zeros["total_cost_amount"].isna().sum() == 20  # a blank total is never zero
    gap = (zeros[list(blank)].sum(axis=1) - zeros["total_cost_amount"]).abs()
    assert (gap > 1).sum() == 404


def test_netherlands_amounts_at_the_ceiling_are_suspect(loaded):
    plain, _, results = loaded(NL)
    clipped = {
        column: int((plain[heading] == "21.474.836").sum()) for column, heading in NL_MONEY.items()
    }
    assert clipped == {
        "eu_amount": 0,
        "national_public_amount": 2,
        "private_amount": 1,
        "total_cost_amount": 21,
    }
    found = results["operations"].suspects.query("kind == 'clipped'")["column"].value_counts()
    assert found.to_dict() == {key: count for key, count in clipped.items() if count}


def test_netherlands_lost_letters_are_reported_and_not_repaired(loaded):
    plain, frame, results = loaded(NL)
    assert sum(plain[column].str.count("\ufffd").sum() for column in plain) == 5374
    counts = results["operations"].suspect_counts
    assert (counts["summary"], counts["title"], counts["beneficiary_name"]) == (697, 42, 4)
    assert frame["summary"].str.count("\ufffd").sum() == 5270
    assert not frame["beneficiary_name"].str.contains("&amp;").any()


def test_netherlands_rows_keep_their_line_behind_quoted_newlines(loaded, shared, engine):
    _, frame, _ = loaded(NL)
    lines = (shared / "data/lists" / f"{NL}.csv").read_text(encoding="utf-8").split("\n")
    last = frame.iloc[-1]
    assert last["_line"] > 4000
    assert last["operation_id"] == f"NL-{last['_line']}"
    assert last["title"].split()[0] in lines[last["_line"] - 1]
    profile = load_profile(NL)
    raw = read(shared / "data/lists" / f"{NL}.csv", profile, engine=engine)
    assert last["title"][:20] in raw_text(raw, [last["_line"]], engine=engine)["raw"].iloc[0]


def test_netherlands_the_rate_is_the_unions_share_in_the_total(loaded):
    _, frame, _ = loaded(NL)
    known = frame.dropna(subset=["eu_rate_share", "eu_amount", "total_cost_amount"])
    gap = (known["eu_amount"] / known["total_cost_amount"] - known["eu_rate_share"]).abs()
    assert (len(known), (gap <= 0.010001).sum()) == (1760, 1759)
    # Four totals of 1 euro, and one row whose Union money exceeds its total.
    assert sorted(frame.loc[frame["eu_rate_share"] > 1, "total_cost_amount"]) == [
        1,
        1,
        1,
        1,
        992515,
    ]


def test_netherlands_dates_and_funds(loaded):
    plain, frame, _ = loaded(NL)
    for column, heading in (("start_date", "Begindatum"), ("end_date", "Einddatum")):
        expected = pd.to_datetime(plain[heading], format="%d.%m.%Y", errors="coerce")
        found = pd.to_datetime(frame[column])
        assert found.dt.strftime("%d.%m.%Y").fillna("").tolist() == plain[heading].tolist()
        assert (found.isna() == expected.isna()).all()
    assert pd.to_datetime(frame["end_date"]).min() == pd.Timestamp("1931-10-15")
    assert frame["fund"].value_counts().to_dict() == {"ESF": 967, "ERDF": 841}


# --- Saxony --------------------------------------------------------------------------


def test_saxony_amounts_rates_and_dates_are_read(loaded):
    plain, frame, results = loaded(SN)
    heading = next(name for name in plain if name.startswith("6. "))
    same(frame["eligible_cost_amount"], number(plain[heading], thousands=",", decimal="."))
    assert frame["eligible_cost_amount"].sum() == pytest.approx(354_748_259.29, abs=0.005)
    assert frame["eu_rate_share"].unique().tolist() == [0.8]
    assert results["operations"].problem_counts == {}
    assert frame[["start_date", "end_date"]].notna().all(axis=None)
    assert not {"eu_amount", "public_amount", "private_amount"} & set(frame)


def test_saxony_districts_are_thirteen_codes(loaded):
    plain, frame, _ = loaded(SN)
    heading = next(name for name in plain if name.startswith("9. "))
    assert frame["region"].notna().all()
    pairs = frame[["region", "region_name"]].drop_duplicates()
    assert len(pairs) == frame["region"].nunique() == plain[heading].nunique() == 13
    assert (frame["region_name"] == plain[heading]).all()


def test_saxony_keys_fairs_and_directives(loaded, engine):
    plain, frame, results = loaded(SN)
    assert frame["operation_id"].is_unique
    assert (frame["mechanism"] == "trade fairs").sum() == 1293
    assert frame["mechanism"].nunique() == 28
    assert frame["beneficiary_name"].nunique() == plain.iloc[:, 0].nunique() == 1326
    schemes = engine.collect(results["schemes"].lazy)
    assert len(schemes) == schemes["scheme_id"].nunique() == 15
    assert set(frame["scheme_id"]) == set(schemes["scheme_id"])
