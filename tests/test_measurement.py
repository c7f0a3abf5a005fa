"""What is undefined, what is refused, and what a programme's own indicators may say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import difass_analysis as da
from difass_analysis.errors import DifassError, IndicatorError, InputError, UsageError
from difass_analysis.programme import Settings
from tests.tables import assert_shows, frame_of

ORDER = ["value", "lower", "upper", "se", "n", "numerator", "denominator", "unit", "method", "note"]


def operations(text: str) -> da.Programme:
    frame = frame_of(text)
    ids = [f"o{number}" for number in range(len(frame))]
    return da.Programme.from_frames(operations=frame.assign(operation_id=ids))


def row_of(programme: da.Programme, indicator: str = "private_per_public") -> pd.Series:
    frame = da.measure(programme, indicators=[indicator]).frame
    assert len(frame) == 1
    return frame.iloc[0]


def own(*entries: dict[str, Any], **tables: pd.DataFrame) -> da.Programme:
    settings = Settings(id="own", name="Own", currency="EUR", indicators=entries)
    return da.Programme.from_frames(settings=settings, **tables)


def entry(**given: Any) -> dict[str, Any]:
    """A well-formed entry with some of its parts changed; None takes a part out."""
    whole: dict[str, Any] = {
        "id": "own_one",
        "label": "One",
        "unit": "x",
        "definition": "What it is.",
        "source": "Nobody.",
        "numerator": {"sum": "operations.public_amount"},
    } | given
    return {key: value for key, value in whole.items() if value is not None}


# Shape -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [[], ["region"], ["region", "year"]])
def test_columns_and_their_order(by: list[str]) -> None:
    programme = operations(
        """
        | region | year | public_amount | private_amount |
        | ------ | ---- | ------------- | -------------- |
        | ITH5   | 2017 | 10            | 5              |
        | ITC4   | 2018 | 10            | 5              |
        """
    )
    frame = da.measure(programme, by=by).frame
    assert list(frame.columns) == ["indicator", *by, *ORDER]
    figures = [name for name in ORDER if name not in {"unit", "method", "note"}]
    assert all(pd.api.types.is_numeric_dtype(frame[name]) for name in figures)
    assert pd.api.types.is_integer_dtype(frame["n"])
    nothing = da.measure(programme, by=by, indicators=["absorption"])
    assert list(nothing.frame.columns) == ["indicator", *by, *ORDER]
    assert nothing.not_computable["reason"].tolist() == ["operations.paid_amount is not given"]


def test_indicators_stand_in_the_order_asked_for_and_once() -> None:
    programme = operations("| public_amount | private_amount |\n| 10 | 5 |")
    asked = ["public", "private_per_public", "public"]
    found = da.measure(programme, indicators=asked).frame["indicator"].tolist()
    assert found == ["public", "private_per_public"]


def test_groups_are_sorted_and_the_missing_one_is_kept_last() -> None:
    programme = operations(
        """
        | region | year | public_amount |
        | ------ | ---- | ------------- |
        | ITH5   |      | 1             |
        |        | 2018 | 2             |
        | ITC4   | 2018 | 4             |
        | ITC4   | 2017 | 8             |
        |        |      | 16            |
        """
    )
    assert_shows(
        da.measure(programme, indicators=["public"], by=["region", "year"]).frame,
        """
        | region | year | value |
        | ------ | ---- | ----- |
        | ITC4   | 2017 | 8     |
        | ITC4   | 2018 | 4     |
        | ITH5   |      | 1     |
        |        | 2018 | 2     |
        |        |      | 16    |
        """,
    )


# Undefined ----------------------------------------------------------------------------------------

UNDEFINED = {
    "zero denominator": (
        """
        | public_amount | private_amount |
        | ------------- | -------------- |
        | 0             | 5              |
        | 0             | 7              |
        """,
        "Not defined: the denominator is zero.",
    ),
    "zero by zero": (
        """
        | public_amount | private_amount |
        | ------------- | -------------- |
        | 0             | 0              |
        """,
        "Not defined: the denominator is zero.",
    ),
    "never both sides": (
        """
        | public_amount | private_amount |
        | ------------- | -------------- |
        |               | 5              |
        | 7             |                |
        """,
        "Not known: in no row are both sides known.",
    ),
}


@pytest.mark.parametrize("case", UNDEFINED)
def test_undefined_is_missing_with_a_reason(case: str) -> None:
    text, reason = UNDEFINED[case]
    row = row_of(operations(text))
    figures = row[["value", "lower", "upper", "se"]].astype(float)
    assert figures.isna().all()
    assert reason in row["note"]


def test_zero_is_a_value_where_it_is_known() -> None:
    row = row_of(operations("| public_amount | private_amount |\n| 5 | 0 |\n| 5 | 0 |"))
    assert (row["value"], row["numerator"], row["denominator"]) == (0, 0, 10)


def test_one_cluster_has_a_value_and_no_error() -> None:
    row = row_of(
        operations(
            """
            | beneficiary_id | public_amount | private_amount |
            | -------------- | ------------- | -------------- |
            | chamber        | 10            | 5              |
            | chamber        | 30            | 5              |
            """
        )
    )
    assert (row["value"], row["n"]) == (0.25, 1)
    assert row[["lower", "upper", "se"]].astype(float).isna().all()
    assert "No interval: one beneficiary only." in row["note"]


def test_two_clusters_have_the_jackknife() -> None:
    row = row_of(
        operations(
            """
            | beneficiary_id | public_amount | private_amount |
            | -------------- | ------------- | -------------- |
            | chamber        | 10            | 5              |
            | club           | 30            | 5              |
            """
        )
    )
    # Without the one 5/30, without the other 5/10; the estimate is 10/40.
    expected = np.sqrt(((5 / 30 - 0.25) ** 2 + (5 / 10 - 0.25) ** 2) / 2)
    assert row["se"] == pytest.approx(expected, rel=1e-12)
    assert "jackknife over 2 beneficiaries" in row["method"]


def test_error_that_hangs_on_one_cluster_is_missing() -> None:
    row = row_of(operations("| public_amount | private_amount |\n| 10 | 5 |\n| 0 | 3 |"))
    assert row["value"] == 0.8
    assert np.isnan(row["se"]) and np.isnan(row["lower"]) and np.isnan(row["upper"])
    assert "it hangs on one operation alone" in row["note"]


def test_no_rows_at_all() -> None:
    empty = pd.DataFrame({"operation_id": ["o"], "public_amount": [1.0], "private_amount": [1.0]})
    table = da.measure(da.Programme.from_frames(operations=empty.iloc[:0]))
    assert table.frame.empty
    reasons = table.not_computable.set_index("indicator")["reason"]
    assert "operations.private_amount is empty" in reasons["private_per_public"]
    assert set(reasons.index) == set(da.catalogue())


def test_no_rows_meet_the_conditions() -> None:
    programme = operations("| fund | public_amount | private_amount |\n| ERDF | 10 | 5 |")
    table = da.measure(
        programme, indicators=["private_per_public", "operations"], where={"fund": ["ESF"]}
    )
    assert_shows(
        table.frame,
        """
        | indicator          | value | lower | n | numerator | denominator |
        | ------------------ | ----- | ----- | - | --------- | ----------- |
        | private_per_public |       |       | 0 |           |             |
        | operations         | 0     | 0     | 0 | 0         |             |
        """,
    )
    assert table.frame["note"][0] == "Not defined: no row counts here."
    assert "Only rows with fund = ESF." in table.caveats


def test_nothing_published_is_infinite() -> None:
    amounts = [0.0, 0.01, 5.0, 1e9, np.nan]
    grid = [(x, y, f"r{i}") for i, x in enumerate(amounts) for y in amounts]
    frame = pd.DataFrame(grid, columns=["public_amount", "private_amount", "region"])
    frame = frame.assign(operation_id=[f"o{i}" for i in range(len(frame))])
    programme = da.Programme.from_frames(operations=frame)
    for by in ([], ["region"], ["operation_id"]):
        table = da.measure(programme, by=by).frame
        assert not np.isinf(table[ORDER[:7]].to_numpy(float)).any()
        unknown = table["value"].isna()
        assert (table.loc[unknown, "note"] != "").all()


def test_sides_known_in_different_tables_are_divided_without_an_error() -> None:
    calls = frame_of("| call_id | public_amount |\n| c1 | 900 |\n| c2 | 100 |")
    smes = frame_of("| operation_id | sme_id |\n| o1 | A |\n| o2 | A |\n| o2 | B |")
    row = row_of(da.Programme.from_frames(calls=calls, participations=smes), "public_cost_per_sme")
    assert (row["value"], row["numerator"], row["denominator"]) == (500, 1000, 2)
    assert np.isnan(row["se"])
    assert row["method"] == "ratio of totals measured apart"
    assert "No interval: numerator and denominator are counted in different tables." in row["note"]


def test_distinct_units_with_blanks_as_zero() -> None:
    """The other reading uses all rows: (10 + 20 + 0) over the beneficiaries a, b and c."""
    programme = operations(
        """
        | region | beneficiary_id | public_amount |
        | ------ | -------------- | ------------- |
        | ITH5   | a              | 10            |
        | ITH5   | a              |               |
        | ITH5   | b              | 20            |
        | ITH5   | c              |               |
        | ITH5   |                | 5             |
        """
    )
    row = row_of(programme, "public_cost_per_beneficiary")
    assert (row["value"], row["numerator"], row["denominator"]) == (15, 30, 2)
    assert f"with blanks as zero {35 / 3:.6g}." in row["note"]


def test_keys_that_stand_twice_are_refused_where_rows_would_multiply() -> None:
    programme = da.Programme.from_frames(
        schemes=frame_of("| scheme_id | max_grant_amount |\n| s | 10 |\n| s | 20 |"),
        calls=frame_of(
            "| call_id | scheme_id | operations_count | public_amount |\n| c | s | 1 | 5 |"
        ),
    )
    with pytest.raises(InputError, match="Table 'schemes' has the key scheme_id more than once: s"):
        da.measure(programme, indicators=["cap_utilisation"])


# Arguments ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small() -> da.Programme:
    return operations("| region | public_amount | private_amount |\n| ITH5 | 10 | 5 |")


def test_an_unknown_indicator_offers_the_nearest(small: da.Programme) -> None:
    with pytest.raises(UsageError) as caught:
        da.measure(small, indicators=["private_per_publik"])
    assert str(caught.value).startswith("There is no indicator 'private_per_publik'. Did you mean")
    assert "'private_per_public'" in caught.value.todo


def test_leverage_has_several_meanings(small: da.Programme) -> None:
    with pytest.raises(UsageError, match="'leverage' has several meanings") as caught:
        da.measure(small, indicators=["leverage"])
    for name in ("private_per_public", "total_per_public", "public_share"):
        assert name in caught.value.todo


def test_an_unknown_group_offers_the_nearest(small: da.Programme) -> None:
    with pytest.raises(UsageError, match=r"There is no column 'regio'. Did you mean 'region'\?"):
        da.measure(small, by=["regio"])
    with pytest.raises(UsageError, match="'regio'"):
        da.measure(small, where={"regio": ["ITH5"]})


@pytest.mark.parametrize("level", [0, 1, 95, -0.5])
def test_a_level_is_between_0_and_1(small: da.Programme, level: float) -> None:
    with pytest.raises(UsageError, match=f"level = {level} is not between 0 and 1"):
        da.measure(small, level=level)


# Own indicators -----------------------------------------------------------------------------------


def test_own_indicators_equal_pandas() -> None:
    rng = np.random.default_rng(11)
    schemes = pd.DataFrame({"scheme_id": ["s", "t"], "staff_count": [4.0, 9.0]})
    calls = pd.DataFrame(
        {
            "call_id": list("abcd"),
            "scheme_id": list("sstt"),
            "year": [2017, 2017, 2017, 2018],
            "operations_count": [20.0, 5.0, 30.0, 40.0],
            "applications_count": [40.0, 10.0, np.nan, 50.0],
        }
    )
    ops = pd.DataFrame(
        {
            "operation_id": [f"o{i}" for i in range(60)],
            "call_id": rng.choice(list("abcd"), 60),
            "beneficiary_id": [f"b{i}" for i in rng.integers(0, 25, 60)],
            "fund": rng.choice(["ERDF", "ESF"], 60),
            "public_amount": rng.integers(100, 10**6, 60) / 100,
            "eligible_cost_amount": rng.integers(100, 10**6, 60) / 100,
        }
    )
    par = pd.DataFrame(
        {
            "operation_id": rng.choice(ops["operation_id"], 90),
            "sme_id": [f"e{i}" for i in rng.integers(0, 40, 90)],
        }
    ).drop_duplicates(ignore_index=True)
    per_staff = {"sum": "schemes.staff_count", "each": "calls", "shared_by": ["scheme_id", "year"]}
    programme = own(
        entry(id="both", numerator={"sum": [PUBLIC, "operations.eligible_cost_amount"]}),
        entry(id="esf", numerator={"sum": PUBLIC, "filter": {"fund": "ESF"}}),
        entry(
            id="esf_share",
            numerator={"sum": PUBLIC, "filter": {"fund": "ESF"}},
            denominator={"sum": PUBLIC},
        ),
        entry(
            id="esf_calls",
            numerator={"distinct": "operations.call_id"},
            filter={"fund": ["ESF"], "year": [2017]},
        ),
        entry(
            id="smes_per_beneficiary",
            numerator={"distinct": "participations.sme_id"},
            denominator={"distinct": "operations.beneficiary_id"},
        ),
        entry(
            id="weighted",
            numerator={"product": ["calls.operations_count", "calls.applications_count"]},
        ),
        entry(id="staff", numerator=per_staff),
        entry(
            id="applications_per_staff",
            numerator={"sum": "calls.applications_count"},
            denominator=per_staff,
        ),
        entry(
            id="by_call",
            numerator="public",
            denominator={"distinct": "operations.call_id"},
            cluster=["call_id"],
            caveat="By call.",
        ),
        schemes=schemes,
        calls=calls,
        operations=ops,
        participations=par,
    )
    table = da.measure(programme, indicators=[one["id"] for one in programme.settings.indicators])
    assert table.not_computable.empty
    found = table.frame.set_index("indicator")
    both = par.merge(ops)
    in_2017 = ops.merge(calls)
    weights = calls["operations_count"] * calls["applications_count"]
    # Staff of a scheme and year: s in 2017 over two calls, t in 2017 and 2018.
    known = calls["applications_count"].notna()
    staff_of_known_calls = pd.Series([2.0, 2.0, 9.0, 9.0])[known].sum()
    expected = {
        "both": ops["public_amount"].sum() + ops["eligible_cost_amount"].sum(),
        "esf": ops.loc[ops["fund"] == "ESF", "public_amount"].sum(),
        # A condition of one side holds for that side alone.
        "esf_share": ops.loc[ops["fund"] == "ESF", "public_amount"].sum()
        / ops["public_amount"].sum(),
        "esf_calls": in_2017.query("fund == 'ESF' and year == 2017")["call_id"].nunique(),
        "smes_per_beneficiary": both["sme_id"].nunique() / both["beneficiary_id"].nunique(),
        "weighted": weights.sum(),
        "staff": 4 + 9 + 9,
        "applications_per_staff": calls["applications_count"].sum() / staff_of_known_calls,
        "by_call": ops["public_amount"].sum() / 4,
    }
    for name, value in expected.items():
        assert found.loc[name, "value"] == pytest.approx(value, rel=1e-12), name
    by_call = ops.groupby("call_id")["public_amount"].sum()
    without = (by_call.sum() - by_call) / 3
    jackknife = np.sqrt(3 / 4 * ((without - by_call.mean()) ** 2).sum())
    assert found.loc["by_call", "se"] == pytest.approx(jackknife, rel=1e-9)
    assert found.loc["by_call", "note"].endswith("By call.")


def test_conditions_on_one_column_must_all_be_met() -> None:
    ops = frame_of("| operation_id | fund | public_amount |\n| a | ERDF | 1 |\n| b | ESF | 10 |")
    term = {"sum": "operations.public_amount", "filter": {"fund": ["ERDF", "ESF"]}}
    programme = own(entry(numerator=term, filter={"fund": "ESF"}), operations=ops)
    assert row_of(programme, "own_one")["value"] == 10
    none = da.measure(programme, indicators=["own_one"], where={"fund": ["ERDF"]}).frame
    assert none["value"].tolist() == [0]


# Refusals of the grammar --------------------------------------------------------------------------

AT = "own, indicator 'own_one'"
TOP = f"{AT}, numerator"
PUBLIC = "operations.public_amount"
ONE_OF = (
    "a term needs exactly one of sum, distinct or product. "
    'Write for example {distinct = "participations.sme_id"}.'
)
NO_SUM = "which cannot be added up. Count its different values with distinct instead."
VALUES = "filter fund needs a value or a list of values."
REFUSALS: list[tuple[dict[str, Any], str]] = [
    # terms
    (
        {"numerator": 5},
        f'{TOP}: 5 is not a term. Write for example {{sum = "operations.public_amount"}}.',
    ),
    ({"numerator": {}}, f"{TOP}: {ONE_OF}"),
    ({"numerator": {"sum": "calls.paid_amount", "distinct": "calls.call_id"}}, f"{TOP}: {ONE_OF}"),
    (
        {"numerator": {"sum": PUBLIC, "sums": "x"}},
        f"{TOP}: There is no entry 'sums'. Did you mean 'sum'?",
    ),
    (
        {"numerator": {"distinct": ["calls.call_id", "calls.year"]}},
        f"{TOP}: distinct counts the values of one column.",
    ),
    (
        {"numerator": {"sum": "public_amount"}},
        f"{TOP}: 'public_amount' does not say which table. "
        "Write table.column, for example operations.public_amount.",
    ),
    (
        {"numerator": {"sum": "ownershp.held_share"}},
        f"{TOP}: There is no table 'ownershp'. Did you mean 'ownership'?",
    ),
    (
        {"numerator": {"sum": "ownership.held_shar"}},
        f"{TOP}: There is no column of table 'ownership' 'held_shar'. Did you mean 'held_share'?",
    ),
    ({"numerator": {"sum": "operations.title"}}, f"{TOP}: operations.title is text, {NO_SUM}"),
    (
        {"numerator": {"product": "operations.start_date"}},
        f"{TOP}: operations.start_date is date, {NO_SUM}",
    ),
    (
        {"numerator": "publik"},
        f"{TOP}: There is no quantity 'publik'. Did you mean 'public'?",
    ),
    (
        {"denominator": "sme"},
        f"{AT}, denominator: There is no quantity 'sme'. Did you mean 'smes'?",
    ),
    # filters
    (
        {"filter": "ERDF"},
        f"{AT}: a filter is a table of columns and values. "
        'Write for example filter = {fund = "ERDF"}.',
    ),
    (
        {"filter": {"summry": "x"}},
        f"{AT}, filter: There is no column 'summry'. Did you mean 'summary' or 'short_summary'?",
    ),
    ({"filter": {"fund": []}}, f"{AT}: {VALUES}"),
    ({"filter": {"fund": [["ERDF"]]}}, f"{AT}: {VALUES}"),
    ({"filter": {"fund": {"is": "ERDF"}}}, f"{AT}: {VALUES}"),
    ({"numerator": {"sum": PUBLIC, "filter": {"fund": []}}}, f"{TOP}: {VALUES}"),
    # indicators
    ({"label": None}, f'{AT} has no label. Add label = "...".'),
    ({"unit": " "}, f'{AT} has no unit. Add unit = "...".'),
    ({"definition": 7}, f'{AT} has no definition. Add definition = "...".'),
    ({"source": None}, f'{AT} has no source. Add source = "...".'),
    ({"id": None}, "own, indicator '(without id)' has no id. Add id = \"...\"."),
    (
        {"id": "own one"},
        "own, indicator 'own one': an id is made of letters, digits and underscores.",
    ),
    (
        {"direction": "up"},
        f"{AT}: direction 'up' is not offered. Write one of higher, lower, none.",
    ),
    ({"numerator": None}, f"{AT} has no numerator. Add numerator = ... ."),
    (
        {"labels": "One"},
        f"{AT}: There is no entry 'labels'. Did you mean 'label'?",
    ),
    ({"id": "public"}, "own: indicator 'public' exists already. Choose another id."),
]


@pytest.mark.parametrize(("change", "sentence"), REFUSALS, ids=range(len(REFUSALS)))
def test_refused_with_the_place_and_the_next_step(change: dict[str, Any], sentence: str) -> None:
    ops = pd.DataFrame({"operation_id": ["a"], "public_amount": [1.0]})
    with pytest.raises(IndicatorError) as caught:
        da.measure(own(entry(**change), operations=ops))
    assert str(caught.value) == sentence


def test_one_term_of_a_list_may_be_refused_as_well() -> None:
    listed = [{"sum": "operations.public_amount"}, {"sum": "calls.title"}]
    with pytest.raises(DifassError, match="There is no column of table 'calls' 'title'"):
        da.catalogue([entry(numerator=listed)], where="own")
    kept = da.catalogue([entry(numerator=listed[:1])], where="own")["own_one"]
    assert [term.table for term in kept.numerator] == ["operations"]
