"""Tables as they leave: withheld figures, the sentences about them, and every way out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import difass_analysis as da
from difass_analysis.comparison import (
    compare,
    concentration,
    decompose,
    funnel,
    partial_pooling,
    ranks,
)
from difass_analysis.disclosure import Rules, key_from, protect, pseudonymised
from difass_analysis.disclosure.system import shared_margins
from difass_analysis.errors import UsageError
from difass_analysis.export import write_table
from difass_analysis.measurement import contributions, measure
from difass_analysis.programme import Programme
from tests.confidential import OPERATIONS, programme
from tests.tables import assert_shows, frame_of

FIGURES = ["value", "lower", "upper", "se", "n", "numerator", "denominator"]


def by_region(own: Programme, *indicators: str) -> da.IndicatorTable:
    return measure(own, indicators=list(indicators), by=["region"])


# --- contributions -------------------------------------------------------------------


def test_contributors_and_the_two_largest_of_each_cell() -> None:
    twice = OPERATIONS.assign(
        beneficiary_id=OPERATIONS["beneficiary_id"].replace({"b": "a"}),
        public_amount=OPERATIONS["public_amount"]
        .replace({25.0: 26.0})
        .mask(OPERATIONS["operation_id"] == "o04", 24.0),
    )
    found = contributions(programme(twice), ["public"], by=["region"])
    names = [
        "region",
        *["total", "n", "largest", "second", "smallest", "squares", "largest_by", "second_by"],
    ]
    assert_shows(
        found.cells.sort_values("region")[names],
        """
        region | total | n | largest | second | smallest | squares | largest_by | second_by
        E      |    30 | 2 |      20 |     10 |       10 |     500 | i          | h
        N      |   100 | 3 |      50 |     26 |       24 |    3752 | a          | c
        S      |   903 | 3 |     900 |      2 |        1 | 810,005 | e          | f
        W      |   135 | 3 |      50 |     45 |       40 |    6125 | k          | j
        """,
    )


def test_what_lies_between_a_whole_and_its_part() -> None:
    """Private money is public plus private money without the public: three tell each other."""
    found = contributions(programme(), ["total_per_public", "private"], by=["region"])
    rests = {rest for _, _, rest in found.parts}
    assert len(found.parts) == 2
    rest = found.cells[found.cells["quantity"].isin(rests)]
    assert sorted(rest["total"]) == [30.0, 40.0, 100.0, 125.0, 135.0, 150.0, 750.0, 903.0]


def test_only_totals_are_not_checkable() -> None:
    calls = pd.DataFrame({"call_id": ["a"], "year": [2017], "public_amount": [1.5e6],
                          "private_amount": [2e6]})  # fmt: skip
    own = Programme.from_frames(calls=calls)
    found = protect([measure(own, indicators=["private_per_public"])], programme=own)
    assert found.tables[0].frame["value"].round(2).tolist() == [1.33]
    assert any("not checkable" in sentence for sentence in found.sentences)


# --- what is withheld ----------------------------------------------------------------


def test_withheld_rows_hold_nothing_and_say_why() -> None:
    own = programme()
    found = protect([by_region(own, "public", "private_per_public")], programme=own)
    frame = found.tables[0].frame
    # The margins are not published, so nothing else has to go.
    assert frame.groupby("indicator")["value"].count().to_dict() == {
        "public": 2,
        "private_per_public": 2,
    }
    gone = frame[frame["note"].str.startswith("withheld")]
    assert gone["region"].tolist() == ["E", "S", "E", "S"]
    assert gone[FIGURES].isna().all(axis=None)
    assert gone["note"].tolist()[:2] == [
        "withheld: confidential (too few contributors)",
        "withheld: confidential (dominated)",
    ]
    assert found.counts.set_index("reason")["cells"].to_dict() == {
        "too few contributors": 2,
        "dominated": 2,
        "to protect another cell": 0,
    }
    assert (
        "Disclosure control: 4 of 8 figures are withheld as confidential "
        "(too few contributors: 2, dominated: 2)." in found.tables[0].caveats
    )


def test_a_total_makes_another_cell_go() -> None:
    """With the total and all regions but one published, that one is a subtraction."""
    rows = OPERATIONS[OPERATIONS["region"] != "S"]
    own = programme(rows)
    tables = [measure(own, indicators=["public"]), by_region(own, "public")]
    found = protect(tables, programme=own)
    assert found.tables[0].frame["value"].notna().all()
    notes = dict(zip(found.tables[1].frame["region"], found.tables[1].frame["note"], strict=True))
    assert notes["E"] == "withheld: confidential (too few contributors)"
    others = [notes["N"], notes["W"]]
    assert others.count("withheld: confidential (to protect another cell)") == 1


def test_count_times_mean_cannot_give_a_total() -> None:
    own = programme()
    wanted = ("public", "operations", "public_cost_per_operation")
    found = protect([by_region(own, *wanted)], programme=own).tables[0].frame
    south = found[found["region"] == "S"].set_index("indicator")["value"]
    assert south.isna()["public"] and south.isna()["public_cost_per_operation"]
    assert south["operations"] == 3  # three beneficiaries: the number itself is safe


def test_the_order_and_the_number_of_tables_that_leave_together_count() -> None:
    own = programme()
    alone = protect([by_region(own, "public")], programme=own)
    total = measure(own, indicators=["public"])
    linked = protect([total, by_region(own, "public")], programme=own)
    turned = protect([by_region(own, "public"), total], programme=own)
    assert linked.counts["cells"].sum() >= alone.counts["cells"].sum()
    assert linked.counts["cells"].tolist() == turned.counts["cells"].tolist()


def test_parameters_are_never_told() -> None:
    own = programme(minimum=4)
    found = protect([by_region(own, "public", "private")], programme=own)
    said = " ".join([*found.sentences, *found.tables[0].frame["note"]])
    assert not {"minimum", "p %", "10", " 4 "} & set(said.replace("(", " ").split())
    assert found.counts["cells"].sum() > 4
    assert "minimum" not in json.dumps(da.result.as_dict(found.tables[0]), default=str)


def test_errors_are_rounded_up_or_left_out() -> None:
    random = np.random.default_rng(3)
    size = 60
    frame = pd.DataFrame(
        {
            "operation_id": np.arange(size).astype(str),
            "beneficiary_id": np.arange(size).astype(str),
            "public_amount": random.uniform(900, 1100, size).round(2),
            "private_amount": random.uniform(900, 1100, size).round(2),
        }
    )
    own = programme(frame)
    before = measure(own, indicators=["public", "private_per_public"])
    after = protect([before], programme=own).tables[0]
    assert (after.frame["se"] >= before.frame["se"]).all()
    shown = [f"{value:.12g}".replace(".", "").strip("0") for value in after.frame["se"]]
    assert all(len(digits) <= 2 for digits in shown)
    assert (after.frame["lower"] <= before.frame["lower"]).all()
    few = protect([by_region(programme(), "public")], programme=programme()).tables[0].frame
    north = few[few["region"] == "N"].iloc[0]
    assert north["value"] == 100 and np.isnan(north["se"])
    assert north["note"].endswith("it would tell too much of single contributors.")


def test_no_side_remark_tells_a_withheld_figure() -> None:
    gaps = OPERATIONS.assign(
        private_amount=OPERATIONS["private_amount"].mask([True] + [False] * 11)
    )
    own = programme(gaps)
    before = by_region(own, "private_per_public")
    assert before.frame["note"].str.contains("with blanks as zero").any()
    assert any("in the smallest" in caveat for caveat in before.caveats)
    after = protect([before], programme=own).tables[0]
    assert not after.frame["note"].str.contains("with blanks as zero").any()
    # How many rows a group has is told by the indicator that counts them, or not at all.
    assert before.frame["note"].str.contains("1 of 4 rows left out").any()
    assert not after.frame["note"].str.contains("of 4 rows").any()
    assert not any("2 in the smallest" in caveat for caveat in after.caveats)


# --- who needs it --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "switch", "sentence"),
    [
        (programme(published=True), "on", "The data are public by law: no figure is withheld."),
        (programme(simulated=True), "on", "Simulated data need no disclosure control."),
        (programme(), "off", "Disclosure control was switched off."),
    ],
)
def test_what_passes_and_what_is_said(own: Programme, switch: str, sentence: str) -> None:
    table = by_region(own, "public")
    found = protect([table], programme=own, disclosure=switch)  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(found.tables[0].frame, table.frame)
    assert found.tables[0].caveats[-1] == sentence


def test_comparisons_lose_the_group_the_places_and_what_is_said_of_all() -> None:
    rows = frame_of("""
        operation_id | region | year | beneficiary_id | public_amount | private_amount
        o13          | V      | 2017 | m              |         100.0 |          100.0
        o14          | V      | 2017 | n              |         100.0 |          110.0
        o15          | V      | 2018 | o              |         100.0 |          120.0
    """)
    own = programme(pd.concat([OPERATIONS, rows], ignore_index=True))
    found = compare(own, "private_per_public", by="region")
    assert any(caveat.startswith("Differences between") for caveat in found.caveats)
    assert found.frame["difference_p_holm"].notna().any()
    safe = protect([found], programme=own).tables[0]
    frame = safe.frame.set_index("region")
    # S and E together are still dominated, and the whole is told: V goes with them. N would not
    # be enough if the largest of S were among those of N who are not known by name.
    assert frame.loc[["S", "E", "V"], ["value", "difference", "numerator"]].isna().all(axis=None)
    assert frame.loc[["N", "W"], ["value", "difference", "numerator"]].notna().all(axis=None)
    places = ["rank", "set", "difference_p_holm", "difference_p_bh", "ratio_p_holm", "ratio_p_bh"]
    assert frame[places].isna().all(axis=None)
    assert not any("Q =" in caveat for caveat in safe.caveats)
    assert not frame["method"].str.contains("degrees").any()
    for name in ("difference_se", "difference_p", "ratio_p"):
        shown = [f"{value:.12g}".replace(".", "").strip("0") for value in frame[name].dropna()]
        assert all(len(digits.split("e")[0]) <= 2 for digits in shown), name


def test_a_comparison_in_which_all_stay_keeps_its_places() -> None:
    own = programme(OPERATIONS.assign(region=OPERATIONS["region"].replace({"S": "N", "E": "W"}),
                                      public_amount=10.0))  # fmt: skip
    found = compare(own, "private_per_public", by="region")
    safe = protect([found], programme=own).tables[0].frame
    assert safe["rank"].tolist() == found.frame["rank"].tolist()
    assert safe["rank"].notna().all()


def test_the_order_of_a_ranking_tells_no_place() -> None:
    own = programme()
    found = ranks(own, "private_per_public", by="region")
    assert found.frame["region"].tolist() != ["E", "N", "S", "W"]
    safe = protect([found], programme=own).tables[0]
    assert safe.frame["region"].tolist() == ["E", "N", "S", "W"]
    assert safe.frame[["rank", "marginal_lower", "marginal_upper"]].isna().all(axis=None)
    assert safe.frame.set_index("region")["value"].notna().tolist() == [False, True, False, True]


def test_comparing_with_a_withheld_group_tells_nothing() -> None:
    own = programme()
    found = compare(own, "private_per_public", by="region", benchmark="S")
    safe = protect([found], programme=own).tables[0].frame
    assert safe[["value", "reference", "difference", "ratio", "n"]].isna().all(axis=None)


def test_a_decomposition_loses_all_parts_of_a_group() -> None:
    own = programme()
    found = decompose(own, "private_per_public", by="region", over=["year"])
    safe = protect([found], programme=own).tables[0].frame
    gone = safe["note"].str.startswith("withheld")
    assert gone.any()
    assert (gone.groupby(safe["region"]).nunique() == 1).all()
    assert safe.loc[gone, ["value", "share", "share_against"]].isna().all(axis=None)


def test_a_decomposition_tells_no_lonely_category_on_the_other_side() -> None:
    """Outside N a single one has a loan: its rate would be the rate of the rest in loans."""
    rows = [("N", "fair"), ("N", "loan"), ("W", "fair"), ("E", "fair")]
    frame = pd.DataFrame(
        [(region, mechanism) for region, mechanism in rows for _ in range(4)] + [("W", "loan")],
        columns=["region", "mechanism"],
    )
    frame = frame.assign(
        operation_id=frame.index.astype(str),
        beneficiary_id=frame.index.astype(str),
        public_amount=10.0 + frame.index % 3,
        private_amount=12.0 + frame.index % 4,
    )
    own = programme(frame)
    found = decompose(own, "private_per_public", by="region", over="mechanism", group="N")
    assert found.frame["rate_against"].notna().any()
    safe = protect([found], programme=own).tables[0].frame
    assert safe[["value", "rate_against", "share_against"]].isna().all(axis=None)
    others = [frame.tail(1).assign(operation_id=name, beneficiary_id=name) for name in "xy"]
    more = programme(pd.concat([frame, *others]))
    found = decompose(more, "private_per_public", by="region", over="mechanism", group="N")
    safe = protect([found], programme=more).tables[0].frame
    assert safe["value"].notna().any()


@pytest.mark.parametrize("fitted", [concentration, funnel, partial_pooling])
def test_what_is_fitted_over_all_groups_cannot_be_protected(
    fitted: Callable[..., da.result.Result], tmp_path: Path
) -> None:
    own = programme()
    about = {} if fitted is concentration else {"indicator": "private_per_public"}
    found = fitted(own, by="region", **about)
    with pytest.raises(UsageError, match=r"cannot be protected\. Keep it on the screen"):
        protect([found], programme=own)
    with pytest.raises(UsageError, match="cannot be protected"):
        write_table(found, tmp_path / "a.csv")
    off = protect([found], programme=own, disclosure="off").tables[0]
    assert off.caveats[-1] == "Disclosure control was switched off."


def test_figures_of_single_beneficiaries_are_refused() -> None:
    own = programme()
    table = measure(own, indicators=["public"], by=["beneficiary_id"])
    with pytest.raises(UsageError, match="figures of single contributors"):
        protect([table], programme=own)


def test_amounts_below_zero_are_refused() -> None:
    """-900, 2 and 1 add up to less than any of them: no rule says who could tell whom."""
    own = programme(OPERATIONS.assign(public_amount=OPERATIONS["public_amount"].replace(900, -900)))
    with pytest.raises(UsageError, match="below zero"):
        protect([by_region(own, "public")], programme=own)


# --- every way out -------------------------------------------------------------------


def test_a_file_refuses_what_was_not_protected(tmp_path: Path) -> None:
    own = programme()
    table = by_region(own, "public")
    with pytest.raises(UsageError, match="not protected"):
        write_table(table, tmp_path / "a.csv")
    assert not list(tmp_path.iterdir())
    write_table(protect([table], programme=own).tables[0], tmp_path / "a.csv")
    written = pd.read_csv(tmp_path / "a.csv").set_index("region")
    assert written["value"].notna().tolist() == [False, True, False, True]
    write_table(table, tmp_path / "b.json", disclosure="off")
    assert "Disclosure control was switched off." in (tmp_path / "b.json").read_text()


# --- identifiers ---------------------------------------------------------------------

KEY = b"a key that is long and secret"


def test_identifiers_are_left_out_without_a_key(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("DIFASS_KEY", raising=False)
    own = programme()
    rows = da.result.Result(frame=OPERATIONS, provenance=own.provenance)
    written = pd.read_csv(write_table(rows, tmp_path / "a.csv", table="operations"))
    assert "beneficiary_id" not in written
    monkeypatch.setenv("DIFASS_KEY", KEY.decode())
    hashed = pd.read_csv(write_table(rows, tmp_path / "b.csv", table="operations"))
    assert hashed["beneficiary_id"].nunique() == 12
    assert not set(hashed["beneficiary_id"]) & set(OPERATIONS["beneficiary_id"])


def test_the_same_key_gives_the_same_hash_and_another_another(tmp_path) -> None:
    rows = pd.DataFrame({"sme_id": ["IT1", "IT2", None]})
    (tmp_path / "key").write_bytes(KEY + b"\n")
    one = pseudonymised(rows, key=KEY)["sme_id"].tolist()
    assert one == pseudonymised(rows, key=key_from(tmp_path / "key"))["sme_id"].tolist()
    assert one[:2] != pseudonymised(rows, key=KEY + b"2")["sme_id"].tolist()[:2]
    assert one[2] is None


def test_a_short_key_is_refused(monkeypatch) -> None:
    monkeypatch.setenv("DIFASS_KEY", "short")
    with pytest.raises(UsageError, match="fewer than"):
        key_from()


# --- the system ----------------------------------------------------------------------


def test_tables_are_linked_by_the_margins_they_share() -> None:
    assert shared_margins([("year", "region"), ("region", "mechanism")]) == [
        ("region",),
        ("mechanism", "region"),
        ("region", "year"),
    ]
    three = [("a", "b"), ("b", "c"), ("a", "c")]
    assert ("a", "b", "c") in shared_margins(three)


def test_rules_of_the_programme_count() -> None:
    strict, mild = programme(minimum=4), programme(minimum=1)
    lost = [
        int(protect([by_region(own, "operations")], programme=own).counts["cells"].sum())
        for own in (strict, mild)
    ]
    assert lost == [3, 0]
    table = by_region(mild, "operations")
    assert protect([table], programme=mild, rules=Rules(minimum=4)).counts["cells"].sum() == 3
