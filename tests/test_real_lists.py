"""Three published lists of operations: every figure equals a plain reading of the raw file.

The raw files are read here a second time, as text, with a parser of a few lines. What is odd in
their columns is counted, so that a change of the files or of the reading shows.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import difass_analysis as da

NAMES = {
    "ro": "ro_regional_op_2007_2013.csv",
    "nl": "nl_structural_funds_2007_2013.csv",
    "de": "de_saxony_erdf_2014_2020.csv",
}
NEAR = 1e-12


def raw_of(shared: Path, name: str) -> pd.DataFrame:
    path = shared / "data" / "lists" / NAMES[name]
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")


def loaded(shared: Path, name: str, **options: str) -> da.Programme:
    return da.load(shared / "data" / "lists" / NAMES[name], **options)  # type: ignore[arg-type]


def one_blank(texts: pd.Series) -> pd.Series:
    """Texts with single blanks and none at the edges, as names are compared."""
    return texts.map(lambda text: re.sub(r"\s+", " ", text).strip()).replace("", None)


def figure(programme: da.Programme, indicator: str, **options: object) -> pd.DataFrame:
    return da.measure(programme, indicators=[indicator], **options).frame  # type: ignore[arg-type]


def plain_ratio(rows: pd.DataFrame, y: str, x: str) -> tuple[float, float, float]:
    """Ratio of sums over the rows that know both sides, with its two sums."""
    both = rows.dropna(subset=[y, x])
    if both.empty:
        return np.nan, np.nan, np.nan
    return both[y].sum() / both[x].sum(), both[y].sum(), both[x].sum()


def assert_ratios(found: pd.DataFrame, rows: pd.DataFrame, y: str, x: str, by: str) -> None:
    groups = dict(list(rows.groupby(by, dropna=False)))
    keys = {None if pd.isna(key) else key: group for key, group in groups.items()}
    assert len(found) == len(keys)
    for row in found.to_dict("records"):
        key = None if pd.isna(row[by]) else row[by]
        expected = plain_ratio(keys[key], y, x)
        got = (row["value"], row["numerator"], row["denominator"])
        assert got == pytest.approx(expected, rel=NEAR, nan_ok=True), key


@pytest.mark.parametrize("name", NAMES)
def test_rows_read_are_rows_kept_plus_rows_rejected(shared: Path, name: str) -> None:
    files = loaded(shared, name).findings.files
    size = len(raw_of(shared, name))
    assert (files["read"] == files["kept"] + files["rejected"]).all()
    assert set(files["read"]) == {size}
    assert (files["rejected"] == 0).all()


# Romania ------------------------------------------------------------------------------------------

RO_MONEY = {
    "FEDR": "eu",
    "member state amount": "state",
    "own contribution": "own",
    "Ineligible Expenses ": "ineligible",
    "total amount": "total",
}
RO_REGIONS = {
    "sud": "RO31",
    "nord vest": "RO11",
    "nord est": "RO21",
    "sud est": "RO22",
    "sud vest": "RO41",
    "centru": "RO12",
    "vest": "RO42",
    "bucuresti ilfov": "RO32",
    "am por": None,
    "oi turism": None,
}


def romanian(raw: pd.DataFrame) -> pd.DataFrame:
    amounts = {
        new: pd.to_numeric(raw[old].str.replace(",", "."), errors="coerce")
        for old, new in RO_MONEY.items()
    }
    regions = raw[" Region "].str.strip().str.lower().map(RO_REGIONS)
    rows = pd.DataFrame(amounts).assign(
        region=regions.astype("object").where(regions.notna(), None),
        priority=raw["Priority Axis"].str.extract(r"Axa Prioritar[aă] (\d)")[0],
        beneficiary=one_blank(raw["Beneficiar"]),
    )
    return rows.assign(
        public=rows["eu"] + rows["state"],
        eligible=rows["total"] - rows["ineligible"],
        own_and_ineligible=rows["own"] + rows["ineligible"],
    )


@pytest.fixture(scope="module")
def ro(shared: Path) -> da.Programme:
    return loaded(shared, "ro")


@pytest.fixture(scope="module")
def ro_raw(shared: Path) -> pd.DataFrame:
    return raw_of(shared, "ro")


@pytest.fixture(scope="module")
def ro_plain(ro_raw: pd.DataFrame) -> pd.DataFrame:
    return romanian(ro_raw)


def test_romania_what_is_odd_in_its_columns(ro_raw: pd.DataFrame) -> None:
    assert ro_raw.shape == (4636, 13)
    assert [name for name in ro_raw if name != name.strip()] == [
        " Region ",
        " County ",
        "Ineligible Expenses ",
    ]
    assert ro_raw["Cod SMIS"].is_unique
    commas = {old: int(ro_raw[old].str.contains(",").sum()) for old in RO_MONEY}
    assert list(commas.values()) == [155, 157, 145, 156, 157]
    blanks = {old: int((ro_raw[old] == "").sum()) for old in RO_MONEY}
    assert list(blanks.values()) == [0, 0, 76, 0, 0]
    for old in RO_MONEY:
        assert ro_raw[old].str.fullmatch(r"(\d+(,\d{1,2})?)?").all(), old
    # Ten regions in fifteen spellings; two of them are offices and no regions.
    spellings = ro_raw[" Region "]
    assert (spellings.nunique(), spellings.str.strip().nunique()) == (15, 12)
    assert set(spellings.str.strip().str.lower()) == set(RO_REGIONS)
    assert spellings.isin(["AM POR", "OI Turism"]).sum() == 9
    # The sixth axis, technical assistance, is written with another letter and is the one
    # without own contributions.
    axis = ro_raw["Priority Axis"]
    assert (axis.str.contains("Prioritară").sum(), axis.nunique()) == (76, 6)
    assert (ro_raw.loc[axis.str.contains("Prioritară"), "own contribution"] == "").all()
    # No amount stands at the ceiling of a counter, and none is negative.
    amounts = romanian(ro_raw)[["eu", "state", "own", "ineligible", "total"]]
    assert not amounts.isin([21_474_836, 21_474_836.47, 2_147_483_647]).any(axis=None)
    assert amounts.min().min() == 0 and amounts.max().max() == 138_114_003.14
    assert (ro_raw["Beneficiar"].nunique(), one_blank(ro_raw["Beneficiar"]).nunique()) == (
        3583,
        3551,
    )


def test_romania_columns_arrive_unchanged(ro: da.Programme, ro_plain: pd.DataFrame) -> None:
    table = ro.table("operations")
    assert len(table) == 4636
    pairs = {
        "eu_amount": "eu",
        "national_public_amount": "state",
        "own_amount": "own",
        "ineligible_cost_amount": "ineligible",
        "total_cost_amount": "total",
        "public_amount": "public",
        "eligible_cost_amount": "eligible",
    }
    for ours, plain in pairs.items():
        assert table[ours].isna().sum() == ro_plain[plain].isna().sum(), ours
        np.testing.assert_allclose(table[ours], ro_plain[plain], rtol=1e-14)
    for ours in ("region", "priority"):
        mine = table[ours].astype("object").where(table[ours].notna(), None)
        assert mine.tolist() == ro_plain[ours].tolist(), ours
    assert table["beneficiary_name"].tolist() == ro_plain["beneficiary"].tolist()


def test_romania_totals_and_counts(ro: da.Programme, ro_plain: pd.DataFrame) -> None:
    found = figure(ro, "public", by=["region"])
    expected = ro_plain.groupby("region", dropna=False)["public"].sum()
    assert found["value"].tolist() == pytest.approx(expected.tolist(), rel=NEAR)
    assert len(found) == 9 and found["region"].isna().sum() == 1
    assert figure(ro, "public")["value"][0] == pytest.approx(ro_plain["public"].sum(), rel=NEAR)
    counts = figure(ro, "beneficiaries", by=["region"])["value"]
    by_region = ro_plain.groupby("region", dropna=False)["beneficiary"].nunique()
    assert counts.tolist() == by_region.tolist()
    whole = figure(ro, "beneficiaries")
    assert whole["value"][0] == ro_plain["beneficiary"].nunique() == 3551
    assert counts.max() <= 3551 <= counts.sum()
    assert "told apart by name only" in whole["note"][0]
    assert figure(ro, "operations")["value"][0] == 4636


def test_romania_ratios_by_region(ro: da.Programme, ro_plain: pd.DataFrame) -> None:
    for name, y in (
        ("own_contribution_per_public", "own"),
        ("own_contribution_with_ineligible_per_public", "own_and_ineligible"),
    ):
        assert_ratios(figure(ro, name, by=["region"]), ro_plain, y, "public", "region")
    found = figure(ro, "aid_intensity", by=["region"])
    assert_ratios(found, ro_plain, "public", "eligible", "region")
    found = figure(ro, "total_cost_per_beneficiary", by=["region"])
    groups = ro_plain.groupby("region", dropna=False)
    expected = groups["total"].sum() / groups["beneficiary"].nunique()
    assert found["value"].tolist() == pytest.approx(expected.tolist(), rel=NEAR)


def test_romania_axis_4_apart(ro: da.Programme, ro_plain: pd.DataFrame) -> None:
    """Axis 4 is aid to business; elsewhere nearly all beneficiaries are public bodies."""
    name = "own_contribution_per_public"
    by_axis = figure(ro, name, by=["priority"])
    assert_ratios(by_axis, ro_plain, "own", "public", "priority")
    alone = figure(ro, name, where={"priority": ["4"]}).iloc[0]
    expected = plain_ratio(ro_plain[ro_plain["priority"] == "4"], "own", "public")
    assert alone["value"] == pytest.approx(expected[0], rel=NEAR)
    in_groups = by_axis[by_axis["priority"] == "4"].iloc[0]
    assert alone["value"] == in_groups["value"] and alone["se"] == pytest.approx(in_groups["se"])
    assert (by_axis.set_index("priority")["value"].drop(["4", "6"]) < alone["value"]).all()
    assistance = by_axis[by_axis["priority"] == "6"].iloc[0]
    assert np.isnan(assistance["value"])
    assert "in no row are both sides known" in assistance["note"]


def test_romania_own_contribution_is_never_called_private(ro: da.Programme) -> None:
    table = da.measure(ro)
    reasons = table.not_computable.set_index("indicator")["reason"]
    for name in ("private_per_public", "private", "RCR02", "CO06"):
        assert name not in set(table.frame["indicator"])
        assert "operations.private_amount is not given" in reasons[name]


def test_romania_own_contributions_that_are_not_known(
    ro: da.Programme, ro_plain: pd.DataFrame
) -> None:
    row = figure(ro, "own_contribution_per_public").iloc[0]
    other = ro_plain["own"].sum() / ro_plain["public"].sum()
    assert "76 of 4,636 rows left out" in row["note"]
    assert f"with blanks as zero {other:.6g}" in row["note"]
    assert other < row["value"]


def test_romania_findings(ro: da.Programme, ro_plain: pd.DataFrame, ro_raw: pd.DataFrame) -> None:
    found = ro.findings.frame
    parts = ro_plain[["eu", "state", "own", "ineligible"]].sum(axis=1, skipna=False)
    apart = (parts - ro_plain["total"]).abs() > 1
    mine = found[found["rule"] == "parts_against_total"]
    assert sorted(mine["key"]) == sorted(ro_raw.loc[apart, "Cod SMIS"])
    assert len(mine) == 7 and set(mine["severity"]) == {"warning"}
    assert found.loc[found["rule"] == "value_not_mapped", "column"].tolist() == ["region"]
    united = found[(found["rule"] == "spellings_united") & (found["column"] == "region")]
    assert len(united) == 4 and "'SUD' (1)" in " ".join(united["message"])
    # Within its budget: about 4 billion EUR at about 4.4, with room for over-commitment.
    assert (found["rule"] != "beyond_budget").all()
    budget = ro.findings.rules.set_index("rule").loc["beyond_budget"]
    assert (budget["checked"], budget["broken"]) == (1, 0)


# Netherlands --------------------------------------------------------------------------------------

NL_MONEY = {
    "EU-subsidie in Euro's": "eu",
    "Overige publieke financiering": "state",
    "Overige private financiering": "private",
    "Totale kosten in Euro's": "total",
}
RATE = "Medefinancieringspercentage van de Unie (per prioritaire as)"
FUNDS = {"EFRO": "ERDF", "ESF": "ESF"}


def dutch(raw: pd.DataFrame) -> pd.DataFrame:
    amounts = {
        new: pd.to_numeric(raw[old].str.replace(".", ""), errors="coerce")
        for old, new in NL_MONEY.items()
    }
    names = one_blank(raw["Begunstigde"])
    names = names.str.replace("&quot;", '"').str.replace("&amp;", "&")
    rows = pd.DataFrame(amounts).assign(fund=raw["Fonds"].map(FUNDS), beneficiary=names)
    return rows.assign(public=rows["eu"] + rows["state"])


@pytest.fixture(scope="module")
def nl(shared: Path) -> da.Programme:
    return loaded(shared, "nl")


@pytest.fixture(scope="module")
def nl_zero(shared: Path) -> da.Programme:
    return loaded(shared, "nl", blank="zero")


@pytest.fixture(scope="module")
def nl_raw(shared: Path) -> pd.DataFrame:
    return raw_of(shared, "nl")


@pytest.fixture(scope="module")
def nl_plain(nl_raw: pd.DataFrame) -> pd.DataFrame:
    return dutch(nl_raw)


def test_netherlands_what_is_odd_in_its_columns(nl_raw: pd.DataFrame) -> None:
    assert nl_raw.shape == (1808, 16)
    blanks = {old: int((nl_raw[old] == "").sum()) for old in NL_MONEY}
    assert list(blanks.values()) == [19, 991, 1258, 20]
    for old in NL_MONEY:
        assert nl_raw[old].str.fullmatch(r"(\d{1,3}(\.\d{3})*)?").all(), old
    ceiling = {old: int((nl_raw[old] == "21.474.836").sum()) for old in NL_MONEY}
    assert list(ceiling.values()) == [0, 2, 1, 21]
    # The heading says rate: one value is 131, and four are amounts without marks.
    rates = pd.to_numeric(nl_raw[RATE].str.replace(".", ""), errors="coerce")
    assert (rates > 100).sum() == 5 and rates.isna().sum() == 48
    assert (~nl_raw[RATE].str.fullmatch(r"(\d{1,3})?")).sum() == 4
    assert (nl_raw["Einddatum"].str[-4:] == "1931").sum() == 1
    assert (nl_raw["Begunstigde"] == "").sum() == 2
    assert nl_raw["Fonds"].value_counts().to_dict() == {"ESF": 967, "EFRO": 841}
    assert (nl_raw["Autoriteit"] == "").sum() == 1774
    newlines = nl_raw.apply(lambda column: column.str.contains("\n").sum()).sum()
    assert newlines > 100  # quoted, within summaries


def test_netherlands_columns_arrive_unchanged(nl: da.Programme, nl_plain: pd.DataFrame) -> None:
    table = nl.table("operations")
    names = ("eu_amount", "national_public_amount", "private_amount", "total_cost_amount")
    for ours, plain in zip(names, NL_MONEY.values(), strict=True):
        np.testing.assert_array_equal(table[ours], nl_plain[plain])
    np.testing.assert_array_equal(table["public_amount"], nl_plain["public"])
    assert table["fund"].tolist() == nl_plain["fund"].tolist()
    mine = table["beneficiary_name"].astype("object").where(table["beneficiary_name"].notna(), None)
    plain = nl_plain["beneficiary"].astype("object")
    assert mine.tolist() == plain.where(plain.notna(), None).tolist()


def test_netherlands_parts_and_totals(
    nl: da.Programme, nl_zero: da.Programme, nl_plain: pd.DataFrame
) -> None:
    parts, total = nl_plain[["eu", "state", "private"]], nl_plain["total"]
    for programme, added, broken, unknown in (
        (nl, parts.sum(axis=1, skipna=False), 42, 1311),
        (nl_zero, parts.fillna(0).sum(axis=1), 404, 20),
    ):
        gap = added - total
        assert ((gap.abs() > 1).sum(), gap.isna().sum()) == (broken, unknown)
        counted = programme.findings.rules.set_index("rule").loc["parts_against_total"]
        assert (counted["broken"], counted["unknown"]) == (broken, unknown)
        assert counted["checked"] == 1808 - unknown
        found = programme.findings.frame
        assert (found["rule"] == "parts_against_total").sum() == broken


def test_netherlands_private_per_public_by_fund(
    nl: da.Programme, nl_zero: da.Programme, nl_plain: pd.DataFrame
) -> None:
    found = figure(nl, "private_per_public", by=["fund"])
    assert_ratios(found, nl_plain, "private", "public", "fund")
    erdf, esf = found.to_dict("records")
    assert erdf["value"] == pytest.approx(0.60942, abs=5e-6)
    mine = nl_plain[nl_plain["fund"] == "ERDF"].fillna({"private": 0, "eu": 0, "state": 0})
    other = mine["private"].sum() / (mine["eu"] + mine["state"]).sum()
    assert "341 of 841 rows left out" in erdf["note"]
    assert f"with blanks as zero {other:.6g}." in erdf["note"]
    assert np.isnan(esf["value"]) and "in no row are both sides known" in esf["note"]
    # With blanks read as zero from the start, that other reading is the figure.
    read_as_zero = figure(nl_zero, "private_per_public", by=["fund"])
    assert read_as_zero["value"][0] == pytest.approx(other, rel=NEAR)
    assert nl_zero.provenance.settings["blank"] == "zero"
    assert nl.provenance.settings["blank"] == "unknown"


def test_netherlands_distinct_beneficiaries(nl: da.Programme, nl_plain: pd.DataFrame) -> None:
    found = figure(nl, "beneficiaries", by=["fund"])
    expected = nl_plain.groupby("fund")["beneficiary"].nunique()
    assert found["value"].tolist() == expected.tolist()
    assert "2 of 841 rows not counted: beneficiaries not known" in found["note"][0]
    cost = figure(nl, "total_cost_per_beneficiary", by=["fund"])
    known = nl_plain.dropna(subset=["total", "beneficiary"]).groupby("fund")
    ratio = known["total"].sum() / known["beneficiary"].nunique()
    assert cost["value"].tolist() == pytest.approx(ratio.tolist(), rel=NEAR)
    everyone = nl_plain.groupby("fund")
    other = everyone["total"].sum() / everyone["beneficiary"].nunique()
    for note, value in zip(cost["note"], other, strict=True):
        assert f"with blanks as zero {value:.6g}." in note


def test_netherlands_findings(nl: da.Programme, nl_raw: pd.DataFrame) -> None:
    found = nl.findings.frame
    counts = found.groupby(["rule", "column"]).size()
    assert counts["amount_at_ceiling"].to_dict() == {
        "national_public_amount": 2,
        "private_amount": 1,
        "total_cost_amount": 21,
    }
    assert counts["above_range"].to_dict() == {"eu_rate_share": 5}
    far = found[found["rule"] == "date_far_off"]
    assert len(far) == 1 and far["value"].iloc[0].startswith("1931-")
    row = nl.table("operations").query("end_date < @day", local_dict={"day": dt.date(1950, 1, 1)})
    assert len(row) == 1  # a date far off is kept, and said
    assert set(found.loc[found["severity"] == "error", "rule"]) == set()
    # The line is the physical line on which the record starts, quoted newlines counted.
    first = found[found["rule"] == "amount_at_ceiling"].iloc[0]
    assert first["line"] > nl_raw.index[0] + 2
    assert first["key"] == f"NL-{first['line']}"


# Saxony -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def de(shared: Path) -> da.Programme:
    return loaded(shared, "de")


@pytest.fixture(scope="module")
def de_raw(shared: Path) -> pd.DataFrame:
    return raw_of(shared, "de")


def test_saxony_what_is_odd_in_its_columns(shared: Path, de_raw: pd.DataFrame) -> None:
    assert de_raw.shape == (2256, 17)
    data = (shared / "data" / "lists" / NAMES["de"]).read_bytes()
    assert data.count(b"\r\n") >= 2256
    assert all(re.match(rf"{i}\. ", name) for i, name in enumerate(de_raw, start=1))
    cost, rate = de_raw.columns[5], de_raw.columns[6]
    assert de_raw[cost].str.fullmatch(r"\d{1,3}(,\d{3})*\.\d{2}").all()
    assert set(de_raw[rate]) == {"80"}
    assert de_raw[de_raw.columns[15]].is_unique
    for name in de_raw.columns[3:5]:
        assert de_raw[name].str.fullmatch(r"\d{2}\.\d{2}\.\d{4}").all()
    assert (de_raw[de_raw.columns[13]] == "Messen").sum() == 1293
    # The number of firms of a project is 1 in all rows: it tells nothing.
    assert set(de_raw[de_raw.columns[16]]) == {"1"}
    assert (de_raw == "").sum().sum() == 1  # one title is empty


def test_saxony_figures_by_region(de: da.Programme, de_raw: pd.DataFrame) -> None:
    cost = de_raw[de_raw.columns[5]].str.replace(",", "").astype(float)
    plain = pd.DataFrame(
        {
            "region": de_raw[de_raw.columns[8]],
            "beneficiary": one_blank(de_raw[de_raw.columns[0]]),
            "cost": cost,
            "fair": de_raw[de_raw.columns[13]] == "Messen",
        }
    )
    name = "eligible_cost_per_beneficiary"
    found = figure(de, name, by=["region_name"]).set_index("region_name")
    groups = plain.groupby("region")
    assert len(found) == 13
    expected = groups["cost"].sum() / groups["beneficiary"].nunique()
    assert found["value"].to_dict() == pytest.approx(expected.to_dict(), rel=NEAR)
    assert found["n"].to_dict() == groups["beneficiary"].nunique().to_dict()
    counts = figure(de, "operations", by=["region_name"]).set_index("region_name")["value"]
    assert counts.to_dict() == groups.size().to_dict()
    assert figure(de, "beneficiaries")["value"][0] == plain["beneficiary"].nunique() == 1326
    fairs = figure(de, "beneficiaries", where={"mechanism": ["trade fairs"]})
    assert fairs["value"][0] == plain.loc[plain["fair"], "beneficiary"].nunique()
    assert (de.table("operations")["eu_rate_share"] == 0.8).all()


def test_saxony_leverage_is_not_computable(de: da.Programme) -> None:
    """Only eligible cost and the rate of the axis are given: the rate times cost is no amount."""
    table = da.measure(de)
    reasons = table.not_computable.set_index("indicator")["reason"]
    for name in ("private_per_public", "total_per_public", "public_share", "public"):
        assert "operations.public_amount is not given" in reasons[name]
    assert set(table.frame["indicator"]) == {
        "eligible_cost_per_beneficiary",
        "operations",
        "beneficiaries",
    }


def test_saxony_schemes_are_the_directives_that_operations_name(
    de: da.Programme, de_raw: pd.DataFrame
) -> None:
    schemes = de.table("schemes")
    assert set(schemes["scheme_id"]) == set(de_raw[de_raw.columns[12]])
    assert schemes["scheme_id"].is_unique and len(schemes) == 15
