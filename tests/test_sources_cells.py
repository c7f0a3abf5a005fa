"""Cells: how a text becomes a value under a format, and what becomes missing instead."""

import datetime as dt
from decimal import Decimal

import narwhals as nw
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from difass_analysis.engine import DuckDBEngine
from difass_analysis.errors import ProfileError
from difass_analysis.sources import ValueFormat
from difass_analysis.sources.cells import date_format_problem, parsed, reads_number, trimmed
from difass_analysis.sources.months import disputed_months, month_numbers, months_by_language
from difass_analysis.sources.profile_file import profile_of
from difass_analysis.sources.workbook import as_text

ENGINE = DuckDBEngine()
NARROW, THIN, WIDE = "\u202f", "\u2009", "\u00a0"
MINUS = "\u2212"


def read(cells, kind="money", **entries):
    """Read cells as a column of a kind; None where a cell cannot be read."""
    text = trimmed(nw.col("text"))
    lazy = ENGINE.frame(pd.DataFrame({"row": range(len(cells)), "text": cells}, dtype="object"))
    lazy = lazy.select("row", parsed(text, kind, ValueFormat(**entries)).alias("value"))
    found = ENGINE.collect(lazy).sort_values("row")["value"].tolist()
    if kind == "date":
        return [None if pd.isna(day) else pd.Timestamp(day).date() for day in found]
    return [None if pd.isna(value) else value for value in found]


def day(text):
    return None if text == "-" else dt.date.fromisoformat(text)


# --- numbers -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "cells", "wanted"),
    [
        # blanks and apostrophes of all kinds part thousands
        (
            {"thousands": " ", "decimal": ","},
            [f"2{NARROW}474{WIDE}026,20", f"1{THIN}000", "12 34"],
            [2474026.2, 1000, None],
        ),
        ({"thousands": "'"}, ["1'000.5", "1\u2019000", "1'00"], [1000.5, 1000, None]),
        # a group never begins with a zero: this is a decimal in the wrong marks
        ({"thousands": ","}, ["0,125", "000,125", "1,125"], [None, None, 1125]),
        ({"decimals": 2}, ["1.23", "1.2", "1.234", "5"], [1.23, 1.2, None, 5]),
        # each form of a minus only where it is stated
        ({}, ["5-", "(5)", f"{MINUS}5", "- 5", "-5"], [None] * 4 + [-5]),
        ({"negative": ("1-",)}, ["5-", "5 -", "(5)", "-5", "-5-"], [-5, -5, None, -5, None]),
        ({"negative": ("(1)",)}, ["(5)", "(1.50)", "(5", "-(5)", "5"], [-5, -1.5, None, None, 5]),
        ({"negative": (f"{MINUS}1", "- 1")}, [f"{MINUS}5", "- 5", "+ 5"], [-5, -5, 5]),
        (
            {"negative": ("1-", "(1)"), "units": ("€",), "thousands": ".", "decimal": ","},
            ["€ 1.234,50-", "(€ 2)", "3 €"],
            [-1234.5, -2, 3],
        ),
        # the sign decides cell by cell, and dividing leaves no rounding error
        (
            {"percent": True, "decimal": ","},
            ["57%", "57,5 %", "0,4", "1", "5 % %"],
            [0.57, 0.575, 0.4, 1, None],
        ),
    ],
)
def test_numbers(entries, cells, wanted):
    assert read(cells, **entries) == wanted


MIXED = {
    "27.312.500,00": 27312500,
    "27,312,500.00": 27312500,
    "1234.5": 1234.5,
    "1,5": 1.5,
    "0,125": 0.125,
    "1234,567": 1234.567,
    "1.2345": 1.2345,
    "1.234.567": 1234567,
    "2 474 026,20": 2474026.2,
    "1'000.25": 1000.25,
    "12": 12,
    "-12,5": -12.5,
    "€ 1.234,5": 1234.5,
}
BROKEN = ["1.234.5", "1,2,3", "1.234,567.8", "12.34,5", "25.570, 13", "1.23.456", ",5", "5,"]
EITHER = {"1.234": (1.234, 1234.0), "999,999": (999999.0, 999.999), "-1.234": (-1.234, -1234.0)}


def test_each_cell_is_read_by_its_own_marks():
    entries = {"marks": "each", "units": ("€",)}
    assert read(list(MIXED), **entries) == list(MIXED.values())
    assert read(BROKEN, **entries) == [None] * len(BROKEN)


def test_a_cell_that_can_be_either_is_unreadable_unless_the_profile_says_what_it_is():
    assert read(list(EITHER), marks="each") == [None] * 3
    point = read(list(EITHER), marks="each_or_stated", thousands=",")
    comma = read(list(EITHER), marks="each_or_stated", decimal=",", thousands=".")
    assert (point, comma) == tuple([pair[at] for pair in EITHER.values()] for at in (0, 1))
    both = {"marks": "each_or_stated", "units": ("€",)}
    assert read(list(MIXED), **both) == list(MIXED.values())
    assert read(BROKEN, **both) == [None] * len(BROKEN)


amounts = st.decimals(min_value=0, max_value=10**12, places=2, allow_nan=False)


def written(amount: Decimal, decimal: str, thousands: str) -> str:
    whole, _, cents = f"{amount:,.2f}".partition(".")
    return whole.replace(",", thousands) + decimal + cents


@given(
    st.lists(
        st.tuples(amounts, st.sampled_from([".,", ",.", ". ", ", ", ".'", ",'", ".", ","])),
        min_size=1,
        max_size=20,
    )
)
def test_with_cents_no_mark_is_ever_mistaken_for_the_other(amounts):
    cells = [written(amount, marks[0], marks[1:]) for amount, marks in amounts]
    assert read(cells, marks="each") == [float(amount) for amount, _ in amounts]


FORMATS = [
    {},
    {"decimal": ",", "thousands": "."},
    {"thousands": ",", "decimals": 2},
    {"marks": "each"},
    {"marks": "each_or_stated", "decimal": ",", "thousands": "."},
    {"negative": ("1-", "(1)"), "percent": True},
]


@given(st.lists(st.text("0123456789.,'- %()", max_size=12), min_size=1, max_size=20))
def test_the_grammar_without_an_engine_is_the_same(cells):
    for entries in FORMATS:
        values = ValueFormat(**entries)
        found = read(cells, **entries)
        said = [reads_number(cell.strip(), values) for cell in cells]
        assert said == [value is not None for value in found], entries


# --- dates ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "cells", "wanted"),
    [
        # without marks between them, all parts have their full number of digits
        (
            {"dates": ("%Y%m%d",)},
            ["20200901", "2020091", "20201301", "20200230", "2020111"],
            ["2020-09-01", "-", "-", "-", "-"],
        ),
        ({"dates": ("%d%m%Y",)}, ["01092020", "1092020"], ["2020-09-01", "-"]),
        ({"dates": ("%y%m%d",)}, ["200901", "690901"], ["2020-09-01", "1969-09-01"]),
        # serial days; four digits could be a year and are none
        (
            {"dates": ("excel",)},
            ["43831", "43831.75", "43831,5", "10000", "2015", "143831", "43831.", "60"],
            [*["2020-01-01"] * 3, "1927-05-18", "-", "-", "-", "-"],
        ),
        (
            {"dates": ("%d.%m.%Y", "excel")},
            ["01.02.2020", "43862", "43862.02.2020"],
            ["2020-02-01", "2020-02-01", "-"],
        ),
        # names of months in any language, long or short, with a dot or without
        (
            {"dates": ("%d. %b %y",)},
            ["31. Dez 18", "31. Dez. 18", "1. März 15", "01.Mai 15", "31-Nov-18", "30. Foo 18"],
            ["2018-12-31", "2018-12-31", "2015-03-01", "2015-05-01", "-", "-"],
        ),
        (
            {"dates": ("%d %B %Y",)},
            [
                "5 września 2015",
                "1 ΙΑΝΟΥΑΡΙΟΥ 2016",
                "7 Μάιος 2016",
                "3  août 2015",
                "30 února 2015",
            ],
            ["2015-09-05", "2016-01-01", "2016-05-07", "2015-08-03", "-"],
        ),
        ({"dates": ("%Y. %B %d.",)}, ["2015. március 1.", "2015. marcius 1."], ["2015-03-01"] * 2),
        ({"dates": ("%d de %B de %Y",)}, ["1 de septiembre de 2015"], ["2015-09-01"]),
        ({"dates": ("%d. %B %Y",)}, ["1. tammikuuta 2015"], ["2015-01-01"]),
        (
            {"dates": ("%B %d, %Y",)},
            ["March 3, 2015", "Meán Fómhair 3, 2015"],
            ["2015-03-03", "2015-09-03"],
        ),
        # a name that languages dispute is read only if the profile says what it is
        ({"dates": ("%d. %B %Y",)}, ["5. listopada 2015"], ["-"]),
        (
            {"dates": ("%d. %B %Y",), "months": {"Listopada": 10}},
            ["5. listopada 2015"],
            ["2015-10-05"],
        ),
        # a month or a year alone is a day only if the profile says which
        ({"dates": ("%d.%m.%Y", "%Y")}, ["2015", "01.02.2015"], ["-", "2015-02-01"]),
        ({"dates": ("%Y",)}, ["2015"], ["-"]),
        (
            {"dates": ("%b %y", "%m/%Y", "%Y"), "day": "first"},
            ["Aug 15", "2/2016", "2015", "13/2016"],
            ["2015-08-01", "2016-02-01", "2015-01-01", "-"],
        ),
        (
            {"dates": ("%b %y", "%m/%Y", "%Y", "%d.%m.%Y"), "day": "last"},
            ["Dez 17", "2/2016", "2015", "01.02.2015"],
            ["2017-12-31", "2016-02-29", "2015-12-31", "2015-02-01"],
        ),
    ],
)
def test_dates(entries, cells, wanted):
    assert read(cells, "date", **entries) == [day(text) for text in wanted]


def test_a_year_column_may_hold_dates_if_the_profile_says_so():
    cells = ["2009", "1/2/2010", "31/12/2011", "31/02/2011", "09"]
    assert read(cells, "year") == [2009, None, None, None, None]
    assert read(cells, "year", dates=("%d/%m/%Y",)) == [2009, None, None, None, None]
    assert read(cells, "year", dates=("%Y", "%d/%m/%Y")) == [2009, 2010, 2011, None, None]


ALL_MONTHS = sorted(
    (language, name, number)
    for language, months in months_by_language().items()
    for name, number in months.items()
    if name not in disputed_months()
)


def test_every_month_of_every_language_is_read():
    assert len({language for language, _, _ in ALL_MONTHS}) == 24
    cells = [f"3. {name.title()}. 2015" for _, name, _ in ALL_MONTHS]
    wanted = [dt.date(2015, number, 3) for _, _, number in ALL_MONTHS]
    assert read(cells, "date", dates=("%d. %b %Y",)) == wanted


def test_each_language_has_twelve_months_and_disputes_are_few():
    for language, months in months_by_language().items():
        assert set(months.values()) == set(range(1, 13)), language
    assert set(disputed_months()) == {"lip", "lis", "listopad", "listopada", "srp"}
    assert not set(disputed_months()) & set(month_numbers())


@given(
    st.lists(st.dates(dt.date(1970, 1, 1), dt.date(2068, 12, 31)), min_size=1, max_size=15),
    st.sampled_from(
        ["%d.%m.%Y", "%d. %m. %y", "%m/%d/%Y", "%Y%m%d", "%d-%b-%y", "%B %d, %Y", "excel"]
    ),
)
def test_a_date_written_in_a_format_is_read_back(days, pattern):
    # as_text is what a workbook's true dates go through
    values = ValueFormat(dates=(pattern,))
    assert read([as_text(day, values) for day in days], "date", dates=(pattern,)) == days


@given(st.lists(st.floats(-1e9, 1e9, allow_nan=False).map(lambda x: round(x, 4)), min_size=1))
def test_a_true_number_of_a_workbook_is_read_back_under_any_marks(numbers):
    for entries in FORMATS:
        if "decimals" not in entries:
            values = ValueFormat(**entries)
            found = read([as_text(number, values) for number in numbers], **entries)
            assert found == pytest.approx(numbers), entries


def test_a_true_moment_of_a_workbook_is_a_day_under_serial_numbers():
    assert as_text(dt.datetime(2020, 1, 1, 18), ValueFormat(dates=("excel",))) == "43831"


# --- what a profile may say ----------------------------------------------------------


def profile(**values):
    columns = {"operation_id": "id", "eu_amount": {"from": "x", **values}}
    return profile_of({"tables": {"operations": {"columns": columns}}}, name="p", where="p.toml")


def test_a_profile_states_all_of_it_for_a_column():
    stated = {
        "marks": "each_or_stated",
        "decimals": 2,
        "negative": ["(1)"],
        "percent": True,
        "day": "last",
        "dates": ["%B %Y"],
        "months": {"listopad": 10},
    }
    values = profile(**stated).tables[0].rules[1].values
    assert (values.marks, values.decimals, values.negative) == ("each_or_stated", 2, ("(1)",))
    assert (values.percent, values.day, values.dates) == (True, "last", ("%B %Y",))


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"marks": "both"}, "marks = 'both' must be stated or each or each_or_stated"),
        ({"day": "15"}, "day = '15' must be first or last"),
        ({"decimals": 0}, "decimals = 0 must be from 1 to 30"),
        ({"decimals": True}, "decimals = True must be a whole number"),
        ({"percent": "yes"}, "percent = 'yes' must be true or false"),
        ({"negative": ["<1>"]}, "no form of a negative number '<1>'"),
        ({"dates": ["%B %Y"]}, "date format '%B %Y' needs one day, one month and one year"),
        ({"dates": ["%m"], "day": "first"}, "needs one day, one month and one year"),
    ],
)
def test_a_format_that_cannot_be_is_refused(entries, words):
    with pytest.raises(ProfileError) as caught:
        profile(**entries)
    assert words in str(caught.value)


def test_excel_and_years_are_formats():
    assert [date_format_problem(name) for name in ("excel", "%Y", "%d. %B %y")] == ["", "", ""]
