"""Programmes: columns that follow from others, tables as pandas, and the engine below."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

import difass_analysis as da
from difass_analysis.engine import DuckDBEngine, make_engine
from difass_analysis.errors import DifassError, InputError, UsageError
from difass_analysis.programme import Settings
from tests.tables import assert_shows, frame_of


def programme(**tables: str) -> da.Programme:
    return da.Programme.from_frames(**{name: frame_of(text) for name, text in tables.items()})


# Columns that follow from others ------------------------------------------------------------------


def test_public_money_is_union_plus_national_unless_it_is_given() -> None:
    given = programme(
        operations="""
        | operation_id | eu_amount | national_public_amount | public_amount |
        | ------------ | --------- | ---------------------- | ------------- |
        | added        | 10        | 5                      |               |
        | given        | 10        | 5                      | 99            |
        | unknown      | 10        |                        |               |
        """
    )
    assert_shows(
        given.table("operations"),
        """
        | operation_id | public_amount |
        | ------------ | ------------- |
        | added        | 15            |
        | given        | 99            |
        | unknown      |               |
        """,
    )


def test_eligible_cost_is_total_less_ineligible_unless_it_is_given() -> None:
    given = programme(
        operations="""
        | operation_id | total_cost_amount | ineligible_cost_amount | eligible_cost_amount |
        | ------------ | ----------------- | ---------------------- | -------------------- |
        | derived      | 100               | 20                     |                      |
        | given        | 100               | 20                     | 70                   |
        | unknown      | 100               |                        |                      |
        """
    )
    assert_shows(
        given.table("operations"),
        """
        | operation_id | eligible_cost_amount |
        | ------------ | -------------------- |
        | derived      | 80                   |
        | given        | 70                   |
        | unknown      |                      |
        """,
    )


def test_the_year_is_the_rows_own_then_the_calls_then_that_of_the_start() -> None:
    given = programme(
        calls="| call_id | year |\n| c | 2017 |\n| d | |",
        operations="""
        | operation_id | call_id | start_date | year |
        | ------------ | ------- | ---------- | ---- |
        | own          | c       | 2019-05-01 | 2015 |
        | call         | c       | 2019-05-01 |      |
        | start        |         | 2019-05-01 |      |
        | call unknown | d       | 2018-12-31 |      |
        | nothing      |         |            |      |
        """,
    )
    assert_shows(
        given.table("operations"),
        """
        | operation_id | year |
        | ------------ | ---- |
        | own          | 2015 |
        | call         | 2017 |
        | start        | 2019 |
        | call unknown | 2018 |
        | nothing      |      |
        """,
    )


def test_funding_rows_stand_before_the_operations_own_totals() -> None:
    given = programme(
        operations="""
        | operation_id | eu_amount | private_amount | public_amount |
        | ------------ | --------- | -------------- | ------------- |
        | funded       | 1         | 1              | 1             |
        | own totals   | 2         | 3              | 4             |
        | part unknown | 5         | 6              | 7             |
        """,
        funding="""
        | operation_id | source_type             | committed_amount |
        | ------------ | ----------------------- | ---------------- |
        | funded       | eu                      | 100              |
        | funded       | national_public         | 10               |
        | funded       | regional_public         | 20               |
        | funded       | promotional_bank        | 30               |
        | funded       | private_intermediary    | 40               |
        | funded       | private_final_recipient | 50               |
        | part unknown | eu                      | 100              |
        | part unknown | private_intermediary    |                  |
        """,
    )
    assert_shows(
        given.table("operations"),
        """
        | operation_id | eu_amount | national_public_amount | private_amount | public_amount |
        | ------------ | --------- | ---------------------- | -------------- | ------------- |
        | funded       | 100       | 60                     | 90             | 160           |
        | own totals   | 2         |                        | 3              | 4             |
        | part unknown | 5         |                        | 6              | 7             |
        """,
    )


def test_an_enterprise_is_new_if_it_did_not_exist_three_years_before_the_start() -> None:
    given = programme(
        operations="| operation_id | start_date |\n| o | 2018-06-15 |\n| undated | |",
        enterprises="""
        | sme_id  | founded_date |
        | ------- | ------------ |
        | young   | 2015-06-16   |
        | to day  | 2015-06-15   |
        | old     | 1999-01-01   |
        | unknown |              |
        """,
        participations="""
        | operation_id | sme_id  |
        | ------------ | ------- |
        | o            | young   |
        | o            | to day  |
        | o            | old     |
        | o            | unknown |
        | undated      | old     |
        """,
    )
    assert_shows(
        given.table("participations"),
        """
        | sme_id  | new_enterprise |
        | ------- | -------------- |
        | young   | true           |
        | to day  | false          |
        | old     | false          |
        | unknown |                |
        | old     |                |
        """,
    )
    assert da.measure(given, indicators=["CO05"]).frame["value"].tolist() == [1]


# Tables -------------------------------------------------------------------------------------------


def test_tables_have_the_order_of_the_schema_and_keep_other_columns_last() -> None:
    frame = pd.DataFrame({"sector": ["wood"], "public_amount": [5], "operation_id": [7.0]})
    table = da.Programme.from_frames(operations=frame).table("operations")
    assert list(table.columns) == ["operation_id", "public_amount", "sector"]
    assert table["operation_id"].tolist() == ["7"]  # a number as key is the same key as text
    assert table["public_amount"].dtype == "float64"
    assert list(frame.columns) == ["sector", "public_amount", "operation_id"]


def test_rows_keep_their_order() -> None:
    ids = [f"o{i}" for i in np.random.default_rng(1).permutation(5000)]
    frame = pd.DataFrame({"operation_id": ids})
    assert (
        da.Programme.from_frames(operations=frame).table("operations")["operation_id"].tolist()
        == ids
    )


def test_a_table_that_is_not_there() -> None:
    small = programme(operations="| operation_id |\n| o |")
    with pytest.raises(InputError, match="Programme 'frames' has no table 'calls'") as caught:
        small.table("calls")
    assert caught.value.todo == "It has operations."
    with pytest.raises(UsageError, match="There is no table 'call'"):
        small.table("call")
    assert repr(small) == "<Programme frames: data frames; tables: operations>"


def test_settings_are_those_of_the_programme() -> None:
    settings = Settings(id="p", name="P", currency="RON", price_basis="current", simulated=True)
    frame = pd.DataFrame({"operation_id": ["o"], "public_amount": [5.0], "private_amount": [5.0]})
    given = da.Programme.from_frames(settings=settings, operations=frame)
    assert (given.currency, given.price_basis, given.simulated) == ("RON", "current", True)
    table = da.measure(given, indicators=["private_per_public"])
    assert table.frame["unit"].tolist() == ["RON per RON"]
    assert "SIMULATED" in repr(given)
    assert "Simulated data: no figure here describes a real programme." in table.caveats


def test_parquet_files_are_tables_too(tmp_path: Path) -> None:
    frame = pd.DataFrame({"operation_id": ["a", "b"], "public_amount": [1.5, 2.5]})
    frame.to_parquet(tmp_path / "operations.parquet")
    given = da.Programme.from_frames(operations=tmp_path / "operations.parquet")
    assert da.measure(given, indicators=["public"]).frame["value"].tolist() == [4]


def test_categories_are_text() -> None:
    frame = pd.DataFrame(
        {"operation_id": ["a", "b", "c"], "region": pd.Categorical(["x", None, "x"])}
    )
    found = da.measure(
        da.Programme.from_frames(operations=frame), indicators=["operations"], by=["region"]
    ).frame
    assert_shows(found, "| region | value |\n| ------ | ----- |\n| x | 2 |\n|  | 1 |")


# Engine -------------------------------------------------------------------------------------------


def test_a_memory_limit_is_a_size() -> None:
    with pytest.raises(UsageError, match="'much' is not a memory limit") as caught:
        make_engine(memory="much")
    assert caught.value.todo == "Write a size, for example 2GB."
    assert make_engine(memory="512MB").name == "duckdb"


def test_there_are_no_other_engines() -> None:
    with pytest.raises(UsageError, match="There is no engine 'sprak'"):
        make_engine("sprak")  # type: ignore[arg-type]


def test_too_little_memory_is_said_in_plain_words() -> None:
    engine = make_engine(memory="8MB")
    frame = pd.DataFrame({"operation_id": np.arange(300_000).astype(str)})
    with pytest.raises(DifassError, match="The memory limit is too small") as caught:
        da.measure(
            da.Programme.from_frames(engine=engine, operations=frame), indicators=["operations"]
        )
    assert "--memory" in caught.value.todo


def test_exact_sums_come_back_as_ordinary_numbers() -> None:
    engine = DuckDBEngine()
    exact = pd.DataFrame({"a": [Decimal("0.10"), Decimal("0.20")], "n": [2**62, 2**62]})
    lazy = engine.frame(exact)
    found = engine.collect(lazy.select(nw.col("a").sum(), nw.col("n").sum()))
    assert found["a"].dtype == "float64" and found["n"].dtype == "float64"
    assert found["a"].tolist() == [0.3] and found["n"].tolist() == [2.0**63]


def test_years_with_gaps_stay_whole() -> None:
    engine = DuckDBEngine()
    lazy = engine.frame(pd.DataFrame({"year": pd.array([2017, None], dtype="Int64")}))
    found = engine.collect(lazy)["year"]
    assert str(found.dtype) == "Int64" and str(found[0]) == "2017" and found.isna()[1]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_sums_of_money_are_exact_in_any_order_and_with_any_threads(threads: int) -> None:
    """One large amount would swallow the cents of the others in a floating sum."""
    rng = np.random.default_rng(2)
    cents = [*rng.integers(1, 10**6, 20_000).tolist(), 4 * 10**14, 4 * 10**14 + 1]
    exact = sum(cents)
    naive = float(np.cumsum(np.array(cents[::-1]) / 100)[-1])
    assert naive != exact / 100  # the test would show a floating sum
    results = set()
    for order in (np.arange(len(cents)), rng.permutation(len(cents))):
        amounts = np.array(cents)[order] / 100
        frame = pd.DataFrame({"operation_id": order.astype(str), "public_amount": amounts})
        engine = DuckDBEngine()
        engine._connection.execute(f"SET threads = {threads}")
        given = da.Programme.from_frames(engine=engine, operations=frame)
        results.add(da.measure(given, indicators=["public"]).frame["value"].iloc[0])
    assert results == {exact / 100}


def test_figures_do_not_depend_on_threads() -> None:
    rng = np.random.default_rng(3)
    size = 30_000
    frame = pd.DataFrame(
        {
            "operation_id": np.arange(size).astype(str),
            "beneficiary_id": rng.integers(0, 9000, size).astype(str),
            "region": rng.choice(["a", "b"], size),
            "public_amount": rng.integers(1, 10**9, size) / 100,
            "private_amount": rng.integers(1, 10**9, size) / 100,
        }
    )
    found = []
    for threads in (1, 4):
        engine = DuckDBEngine()
        engine._connection.execute(f"SET threads = {threads}")
        given = da.Programme.from_frames(engine=engine, operations=frame)
        found.append(da.measure(given, by=["region"]).frame)
    exact = ["indicator", "region", "value", "n", "numerator", "denominator", "method", "note"]
    pd.testing.assert_frame_equal(found[0][exact], found[1][exact], check_exact=True)
    pd.testing.assert_frame_equal(found[0], found[1], rtol=1e-12)


def test_amounts_that_cannot_be_added_are_refused() -> None:
    for amount in (np.inf, 1e13):
        frame = pd.DataFrame({"operation_id": ["o"], "public_amount": [amount]})
        given = da.Programme.from_frames(operations=frame)
        with pytest.raises(InputError, match="infinite, or an amount beyond nine trillion"):
            da.measure(given, indicators=["public"])
