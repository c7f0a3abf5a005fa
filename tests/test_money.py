"""Money: averages of reference rates, fixed rates, prices, and programmes in another currency."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import subprocess
import sys
import zipfile
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import difass_analysis as da
from difass_analysis.errors import InputError, UsageError
from difass_analysis.loading import set_aside
from difass_analysis.money import (
    Amount,
    amount,
    convert,
    fixed_rates,
    purchasing_power,
    rates,
    read_series,
    redenominations,
)
from difass_analysis.money.reference_rates import period_rate
from difass_analysis.programme import Budget, Settings
from tests.tables import assert_shows, frame_of

converter = pytest.importorskip("currency_converter", reason="the extra money is not installed")


@cache
def daily(currency: str) -> dict[dt.date, Decimal]:
    """Daily rates read with the csv module: nothing of the package or of pandas is used."""
    with zipfile.ZipFile(converter.CURRENCY_FILE) as archive:
        text = archive.read(archive.namelist()[0]).decode("utf-8")
    return {
        dt.date.fromisoformat(row["Date"]): Decimal(row[currency])
        for row in csv.DictReader(io.StringIO(text))
        if row[currency] not in ("", "N/A")
    }


def plain_average(currency: str, year: int, month: int | None = None) -> tuple[float, int]:
    found = [
        rate
        for day, rate in daily(currency).items()
        if day.year == year and (month is None or day.month == month)
    ]
    return float(sum(found) / len(found)), len(found)


def programme(
    *, currency: str = "RON", price_basis: str = "current", **tables: str
) -> da.Programme:
    settings = Settings(id="test", name="test", currency=currency, price_basis=price_basis)
    frames = {name: frame_of(text) for name, text in tables.items()}
    return da.Programme.from_frames(settings=settings, **frames)


def deflators(key: str = "RON", *, by: str = "currency", **index: float) -> pd.DataFrame:
    years = [int(name.removeprefix("y")) for name in index]
    values = {"year": years, "index": list(index.values()), "base": years[0]}
    return pd.DataFrame({by: key, **values, "source": "national accounts"})


def said(result: da.Programme) -> str:
    return "\n".join(result.caveats)


# Averages -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("currency", "year"),
    [("RON", 2010), ("PLN", 2016), ("GBP", 2019), ("SKK", 2008), ("HUF", 1999)],
)
def test_average_of_a_year_is_that_of_its_daily_rates(currency: str, year: int) -> None:
    row = rates(currency, start=year, end=year).iloc[0]
    wanted, days = plain_average(currency, year)
    assert row["rate"] == pytest.approx(wanted, rel=1e-13)
    assert (row["days"], row["complete"], row["note"]) == (days, True, "")


@pytest.mark.parametrize(("currency", "year", "month"), [("RON", 2010, 3), ("CZK", 2013, 11)])
def test_average_of_a_month_is_that_of_its_daily_rates(
    currency: str, year: int, month: int
) -> None:
    found = rates(currency, basis="month", start=year, end=year).set_index("period")
    wanted, days = plain_average(currency, year, month)
    row = found.loc[f"{year}-{month:02d}"]
    assert len(found) == 12
    assert row["rate"] == pytest.approx(wanted, rel=1e-13)
    assert row["days"] == days


def test_average_is_the_one_that_is_published() -> None:
    """Yearly averages of RON as the statistical office of the Union gives them, to 4 digits."""
    found = rates("RON", start=2004, end=2011).set_index("period")["rate"].round(4)
    published = {"2005": 3.6209, "2006": 3.5258, "2007": 3.3353, "2009": 4.2399, "2010": 4.2122}
    assert found[list(published)].to_dict() == published


def test_year_that_is_not_complete_says_so() -> None:
    row = rates("ISK", start=2008, end=2008).iloc[0]
    assert (row["days"], row["complete"]) == (plain_average("ISK", 2008)[1], False)
    assert row["note"].endswith("242 days only, 2008-01-02 to 2008-12-09")


def test_last_year_of_the_rates_is_complete_only_when_it_is_over() -> None:
    found = rates("USD")
    last = max(daily("USD"))
    row = found.iloc[-1]
    assert row["period"] == str(last.year)
    assert row["complete"] == (last >= dt.date(last.year, 12, 29))
    assert found.iloc[:-1]["complete"].all()


def test_period_without_rates_is_missing_with_the_reason() -> None:
    gap = rates("ISK", start=2012, end=2012).iloc[0]
    before = rates("BGN", start=1999, end=1999).iloc[0]
    assert math.isnan(gap["rate"]) and gap["note"] == (
        "no rate of ISK in 2012: the ECB published none"
    )
    assert math.isnan(before["rate"]) and "begin on 2000-07-19" in before["note"]
    assert "end on 2022-03-01" in rates("RUB", start=2023, end=2023)["note"].iloc[0]


def test_currency_cut_by_zeros_is_one_series() -> None:
    old = [rate for day, rate in daily("ROL").items() if day.year == 2005]
    new = [rate for day, rate in daily("RON").items() if day.year == 2005]
    joined = [*new, *(rate / 10_000 for rate in old)]
    row = rates("RON", start=2005, end=2005).iloc[0]
    assert row["rate"] == pytest.approx(float(sum(joined) / len(joined)), rel=1e-13)
    assert (row["days"], row["complete"]) == (257, True)
    assert "1 RON = 10,000 ROL" in row["source"]
    assert redenominations()["source"].str.len().gt(0).all()


def test_rate_between_two_currencies_goes_by_way_of_the_euro() -> None:
    row = rates("RON", to="PLN", start=2012, end=2012).iloc[0]
    wanted = plain_average("RON", 2012)[0] / plain_average("PLN", 2012)[0]
    assert row["rate"] == pytest.approx(wanted, rel=1e-13)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rates("LEI"), "There is no currency 'LEI'"),
        (lambda: rates("RON", basis="day"), "basis = 'day'"),  # type: ignore[arg-type]
        (lambda: rates("SKK", before_joining="ecb"), "before_joining"),  # type: ignore[arg-type]
    ],
)
def test_what_is_not_offered_is_refused(call: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        call()  # type: ignore[operator]


def test_without_the_extra_the_error_says_how_to_install_it() -> None:
    """In a fresh interpreter whose import of the optional package fails."""
    code = (
        "import sys; sys.modules['currency_converter'] = None\n"
        "from difass_analysis.money import amount, rates\n"
        "from difass_analysis.errors import InputError\n"
        "assert amount(195.583, currency='DEM', year=2005).value == 100.0\n"
        "try: rates('RON')\n"
        "except InputError as error: print(error)\n"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert "pip install 'difass_analysis[money]'" in run.stdout


# Fixed rates --------------------------------------------------------------------------------------

FIXED = """
BEF 40.3399  DEM 1.95583  ESP 166.386  FRF 6.55957  IEP 0.787564  ITL 1936.27  LUF 40.3399
NLG 2.20371  ATS 13.7603  PTE 200.482  FIM 5.94573  GRD 340.750   SIT 239.640  CYP 0.585274
MTL 0.429300 SKK 30.1260  EEK 15.6466  LVL 0.702804 LTL 3.45280   HRK 7.53450  BGN 1.95583
"""


def test_fixed_rates_are_those_of_the_law() -> None:
    words = FIXED.split()
    wanted = dict(zip(words[::2], map(float, words[1::2]), strict=True))
    held = fixed_rates()
    assert held.set_index("currency")["rate"].to_dict() == wanted
    assert held["source"].str.contains("Council Regulation").all()
    assert held["date"].dt.strftime("%m-%d").eq("01-01").all()


@pytest.mark.parametrize("row", fixed_rates().to_dict("records"), ids=lambda row: row["currency"])
def test_currency_that_joined_has_its_fixed_rate_from_that_day_on(row: dict) -> None:
    currency, year = row["currency"], row["date"].year
    found = rates(currency, start=year - 1, end=year).set_index("period")
    joined = found.loc[str(year)]
    assert (joined["rate"], joined["days"], joined["source"]) == (row["rate"], 0, row["source"])
    before = found.loc[str(year - 1)]
    if row["date"].year > 2001:
        assert before["rate"] == pytest.approx(plain_average(currency, year - 1)[0], rel=1e-13)
        assert before["days"] > 250
    else:
        assert math.isnan(before["rate"]) and before["note"]


def test_last_rates_before_joining_lead_to_the_fixed_rate() -> None:
    """A check of dates and rates against each other: they cannot be far apart."""
    for row in fixed_rates().itertuples():
        if row.date.year > 2001:
            last = max(daily(str(row.currency)).items())
            assert last[0] < row.date.date()
            assert float(last[1]) == pytest.approx(row.rate, rel=1e-3)


def test_fixed_rate_can_be_asked_for_the_time_before() -> None:
    assert period_rate("DEM", 1995, basis="year").why
    early = rates("SKK", start=2005, end=2005, before_joining="fixed").iloc[0]
    assert (early["rate"], early["note"]) == (30.126, "before SKK joined the euro")
    assert amount(195.583, currency="DEM", year=1995, before_joining="fixed").value == 100.0


def test_worked_example_of_two_national_units() -> None:
    """DEM 100 in FRF: 100 / 1.95583 x 6.55957, never by an inverse or a bilateral rate."""
    found = amount(100, currency="DEM", to="FRF", year=2000)
    exact = Decimal(100) / Decimal("1.95583") * Decimal("6.55957")
    assert found.value == pytest.approx(float(exact), rel=1e-15)
    rounded_inverse = 100 * 0.511292 * 6.55957
    assert abs(found.value - rounded_inverse) > 5e-6
    assert "100.00 DEM of 2000 / 1.95583 x 6.55957 = 335.39 FRF" in found.rule


# One amount ---------------------------------------------------------------------------------------


def test_unlike_amounts_do_not_add_up() -> None:
    one = Amount(value=1.0, currency="EUR", year=2017)
    for other in (
        Amount(value=1.0, currency="RON", year=2017),
        Amount(value=1.0, currency="EUR", year=2018),
        Amount(value=1.0, currency="EUR", year=2017, price_basis="constant:2017"),
    ):
        with pytest.raises(UsageError, match="do not add up"):
            one + other
    real = [
        Amount(value=v, currency="EUR", year=y, price_basis="constant:2015")
        for v, y in ((1.0, 2016), (2.0, 2017))
    ]
    assert real[0] + real[1] == Amount(value=3.0, currency="EUR", price_basis="constant:2015")


def test_amount_without_a_rate_is_missing_with_the_reason() -> None:
    found = amount(5.0, currency="ISK", year=2012)
    assert math.isnan(found.value)
    assert found.rule.endswith("not defined, no rate of ISK in 2012: the ECB published none")


def test_amount_of_a_month() -> None:
    found = amount(1000, currency="RON", year=2010, month=3)
    assert found.value == pytest.approx(1000 / plain_average("RON", 2010, 3)[0], rel=1e-13)
    assert "monthly averages" in found.rule
    with pytest.raises(UsageError, match="1 to 12"):
        amount(1, currency="RON", year=2010, month=13)


def test_deflating_first_differs_from_converting_first() -> None:
    """1,000 RON of 2009 in euro of 2015: prices +20 %, while the leu lost 4.6 % of its value.

    Deflated in lei and converted at 2015: 1,000 x 120 / 100 / 4.4454 = 269.94 euro.
    Converted at 2009 and then deflated:   1,000 / 4.2399 x 120 / 100 = 283.02 euro.
    """
    index = deflators(y2009=100.0, y2015=120.0)
    right = amount(1000, currency="RON", year=2009, deflators=index, price_year=2015)
    wrong = amount(1000, currency="RON", year=2009).value * 1.2
    assert round(right.value, 2) == 269.94
    assert round(wrong, 2) == 283.02
    assert right.price_basis == "constant:2015"
    assert right.rule.startswith("1,000.00 RON of 2009 x 120 / 100 / 4.4454")
    whole = convert(
        programme(calls="| call_id | year | public_amount |\n| a | 2009 | 1000 |"),
        deflators=index,
        price_year=2015,
    )
    assert whole.table("calls")["public_amount"].iloc[0] == pytest.approx(right.value, rel=1e-14)
    assert whole.price_basis == "constant:2015"
    assert "nominal x index 2015 / index of the year (national accounts)" in said(whole)


money = st.floats(min_value=0.01, max_value=1e10, allow_nan=False)
codes = st.sampled_from(["RON", "PLN", "GBP", "SKK", "HRK", "DEM", "EUR", "SEK"])
# Of all these currencies there are rates in every year from 2006 on.
years = st.integers(min_value=2006, max_value=2025)


@given(value=money, one=codes, other=codes, year=years)
def test_there_and_back_is_the_same_amount(value: float, one: str, other: str, year: int) -> None:
    there = amount(value, currency=one, to=other, year=year)
    back = amount(there.value, currency=other, to=one, year=year)
    assert back.value == pytest.approx(value, rel=1e-12)


@given(values=st.lists(money, min_size=1, max_size=8), one=codes, year=years)
def test_the_sum_converted_is_the_sum_of_the_converted(
    values: list[float], one: str, year: int
) -> None:
    parts = sum(amount(value, currency=one, year=year).value for value in values)
    assert amount(sum(values), currency=one, year=year).value == pytest.approx(parts, rel=1e-12)


@given(value=money, base=st.sampled_from([2014, 2015, 2016]), year=st.sampled_from([2014, 2016]))
def test_prices_of_the_own_year_change_nothing_but_the_currency(
    value: float, base: int, year: int
) -> None:
    index = deflators(y2014=97.0, y2015=100.0, y2016=103.5)
    real = amount(value, currency="RON", year=year, deflators=index, price_year=base).value
    plain = amount(value, currency="RON", year=base).value
    ratio = {2014: 97.0, 2015: 100.0, 2016: 103.5}
    assert real == pytest.approx(plain * ratio[base] / ratio[year], rel=1e-12)


# Deflators ----------------------------------------------------------------------------------------


def test_deflators_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "deflators.csv"
    path.write_text(
        "country,year,index,base,source\nEL,2015,100,2015,office\nEL,2016,99.7,2015,office\n"
        "NA,2015,100,2015,office\n",
        encoding="utf-8",
    )
    found = read_series(path)
    assert (found.by, found.keys, found.remarks) == ("country", ("GR", "NA"), ())
    assert found.value("EL", 2016) == found.value("GR", 2016) == 99.7
    assert math.isnan(found.value("GR", 2017))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"year": [2010, 2010]}, r"have two values in row 2 \(RON 2010\)"),
        ({"index": [100.0, 0.0]}, "not a number above zero in row 2"),
        ({"index": ["100", "n.a."]}, "not a number above zero in row 2"),
        ({"index": [100.0, np.inf]}, "not a number above zero in row 2"),
        ({"source": ["office", None]}, "have no source in row 2"),
        ({"base": [2010, 2015]}, "have several bases"),
        ({"base": [2010, None]}, "have no base in row 2"),
        ({"year": [2010, 2010.5]}, "have no whole year in row 2"),
        ({"currency": ["RON", None]}, "name no country or currency in row 2"),
    ],
)
def test_deflators_that_cannot_be_used_are_refused(change: dict, message: str) -> None:
    table = deflators(y2010=100.0, y2011=104.0).assign(**change)
    with pytest.raises(InputError, match=message):
        read_series(table)


def test_deflators_without_a_column_or_a_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column base, source"):
        read_series(pd.DataFrame({"currency": ["RON"], "year": [2010], "index": [1.0]}))
    with pytest.raises(InputError, match="not exactly one of the columns country and currency"):
        read_series(deflators(y2010=100.0).assign(country="RO"))
    with pytest.raises(InputError, match=r"none\.csv cannot be read"):
        read_series(tmp_path / "none.csv")


def test_gaps_and_odd_bases_of_deflators_are_said() -> None:
    found = read_series(deflators(y2010=90.0, y2012=104.0, y2014=110.0))
    assert found.remarks == (
        "The deflators of RON have no row for 2011, 2013.",
        "The deflators of RON are 90 in their base year 2010.",
    )


# Programmes ---------------------------------------------------------------------------------------

OPERATIONS = """
| operation_id | year | approval_date | start_date | total_cost_amount | eu_amount |
| ------------ | ---- | ------------- | ---------- | ----------------- | --------- |
| a            | 2010 | 2010-03-15    | 2010-06-01 | 1,000             | 600       |
| b            | 2011 | 2011-03-15    |            | 2,000             |           |
| c            | 2012 |               | 2012-06-01 | 4,000             | 2,400     |
| d            | 1995 | 1995-01-01    |            | 8,000             | 4,800     |
| e            | 2010 |               |            |                   |           |
"""


def test_rows_are_converted_at_the_year_of_the_fullest_date() -> None:
    """Years are known of all five, days of approval only of three."""
    made = convert(programme(operations=OPERATIONS))
    by_year = {year: plain_average("RON", year)[0] for year in (2010, 2011, 2012)}
    table = made.table("operations").set_index("operation_id")
    assert table.loc["a", "total_cost_amount"] == pytest.approx(1000 / by_year[2010], rel=1e-13)
    assert table.loc["a", "eu_amount"] == pytest.approx(600 / by_year[2010], rel=1e-13)
    assert table.loc["c", "eu_amount"] == pytest.approx(2400 / by_year[2012], rel=1e-13)
    assert math.isnan(table.loc["b", "eu_amount"])
    assert math.isnan(table.loc["d", "eu_amount"])
    assert (made.currency, made.price_basis) == ("EUR", "current")
    assert (made.provenance.currency, made.settings.currency) == ("EUR", "EUR")
    assert "operations by year" in made.caveats[0]
    assert made.caveats[1] == (
        "1 of 4 rows of operations with amounts are left out, not converted: no rate of RON in "
        "1995: the ECB's rates begin on 1999-01-04 (1)."
    )


def test_rows_without_the_date_are_left_out_and_counted() -> None:
    made = convert(programme(operations=OPERATIONS), date_column="start_date")
    table = made.table("operations").set_index("operation_id")
    assert table["total_cost_amount"].notna().to_dict() == {
        "a": True, "b": False, "c": True, "d": False, "e": False,
    }  # fmt: skip
    found = made.findings.frame
    assert found[["severity", "rule", "table", "column", "value"]].values.tolist() == [
        ["warning", "not_converted", "operations", "start_date", "2"]
    ]
    assert found["message"].iloc[0] == (
        "2 of 4 rows of operations with amounts are not converted: no start_date. First rows "
        "left out: b, d."
    )
    counts = made.findings.rules.set_index("rule").loc["not_converted"]
    assert (counts["checked"], counts["broken"]) == (4, 2)


def test_month_of_the_date() -> None:
    made = convert(programme(operations=OPERATIONS), basis="month", date_column="approval_date")
    table = made.table("operations").set_index("operation_id")
    march = plain_average("RON", 2011, 3)[0]
    assert table.loc["b", "total_cost_amount"] == pytest.approx(2000 / march, rel=1e-13)
    assert math.isnan(table.loc["c", "total_cost_amount"])
    assert "monthly averages" in made.caveats[0]


def test_a_year_has_no_months() -> None:
    calls = "| call_id | year | public_amount |\n| a | 2010 | 5 |"
    with pytest.raises(UsageError, match="of which date the amounts in calls are"):
        convert(programme(calls=calls), basis="month")
    with pytest.raises(UsageError, match=r"calls\.year is no date with months"):
        convert(programme(calls=calls), basis="month", date_column="year")
    with pytest.raises(UsageError, match="A year has no months"):
        convert(programme(calls=calls), basis="month", year=2010)


FUNDING = """
| operation_id | source_type     | committed_amount |
| a            | eu              | 600              |
| a            | national_public | 300              |
| c            | eu              | 2,400            |
"""


def test_parts_of_operations_bear_the_date_of_the_operation() -> None:
    before = programme(operations=OPERATIONS, funding=FUNDING)
    made = convert(before)
    parts = made.table("funding").groupby("operation_id")["committed_amount"].sum()
    rate = plain_average("RON", 2010)[0]
    assert parts["a"] == pytest.approx(900 / rate, rel=1e-13)
    whole = made.table("operations").set_index("operation_id")
    assert whole.loc["a", "public_amount"] == pytest.approx(900 / rate, rel=1e-13)
    assert "funding by operations.year" in made.caveats[0]
    assert before.table("funding")["committed_amount"].sum() == 3300, "the data given are changed"


def test_a_repeated_key_of_what_is_looked_up_is_refused() -> None:
    twice = OPERATIONS.replace("| b  ", "| a  ")
    with pytest.raises(InputError, match="key operation_id more than once: a"):
        convert(programme(operations=twice, funding=FUNDING))


def test_money_of_enterprises_has_no_date_unless_it_is_stated() -> None:
    enterprises = "| sme_id | founded_date | turnover_amount |\n| x | 2001-01-01 | 421.216 |"
    given_ = programme(operations=OPERATIONS, enterprises=enterprises)
    with pytest.raises(UsageError, match=r"Nothing says of which date or year .* enterprises"):
        convert(given_)
    stated = convert(given_, year={"enterprises": 2010})
    assert round(stated.table("enterprises")["turnover_amount"].iloc[0], 2) == 100.0
    assert "enterprises all as of 2010, as stated by the caller" in stated.caveats[0]
    left = convert(given_, year={"enterprises": None})
    assert left.table("enterprises")["turnover_amount"].isna().all()
    assert "1 of 1 rows of enterprises with amounts are left out" in said(left)


def test_an_own_date_column_is_used() -> None:
    frame = frame_of(OPERATIONS).assign(paid_on=pd.Timestamp("2012-05-01"))
    settings = Settings(id="x", name="x", currency="RON")
    given_ = da.Programme.from_frames(settings=settings, operations=frame)
    made = convert(given_, date_column={"operations": "paid_on"})
    rate = plain_average("RON", 2012)[0]
    found = made.table("operations")["total_cost_amount"].dropna() * rate
    assert found.round(6).tolist() == [1000, 2000, 4000, 8000]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"date_column": "paid_on"}, "There is no column 'paid_on'"),
        ({"date_column": {"operations": "paid_on"}}, "There is no column of operations 'paid_on'"),
        ({"date_column": {"payments": "year"}}, "There is no table with amounts 'payments'"),
        ({"date_column": "operation_id"}, "operations.operation_id is no date or year"),
        ({"date_column": "year", "year": 2010}, "Both a date column and a year"),
        ({"to": "LEI"}, "There is no currency 'LEI'"),
        ({"price_year": 2015}, "belong together"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        convert(programme(operations=OPERATIONS), **options)


def test_when_not_one_amount_can_be_converted_nothing_is() -> None:
    with pytest.raises(InputError, match="Not one of 4 rows with amounts can be converted"):
        convert(programme(operations=OPERATIONS), year=1990)
    with pytest.raises(InputError, match="does not say in which currency"):
        convert(programme(currency="", operations=OPERATIONS))
    with pytest.raises(InputError, match="no amounts to convert"):
        convert(programme(events="| event_id | name |\n| a | fair |"))


def test_what_is_in_the_currency_already_is_returned_with_a_note() -> None:
    before = programme(currency="EUR", operations=OPERATIONS)
    made = convert(before)
    assert made.caveats == ("Amounts were in EUR already: nothing was converted.",)
    assert made.tables is before.tables


def test_prices_alone_can_be_changed() -> None:
    calls = "| call_id | year | public_amount |\n| a | 2010 | 100 |\n| b | 2012 | 109 |"
    index = deflators("EUR", y2010=100.0, y2012=109.0)
    made = convert(programme(currency="EUR", calls=calls), deflators=index, price_year=2010)
    assert made.table("calls")["public_amount"].round(9).tolist() == [100.0, 100.0]
    assert (made.currency, made.price_basis) == ("EUR", "constant:2010")
    assert "The deflators of EUR have no row for 2011." in made.caveats
    with pytest.raises(UsageError, match="constant prices already"):
        convert(made, deflators=index, price_year=2012)
    with pytest.raises(UsageError, match="average rate of the year of their prices"):
        convert(programme(calls=calls), deflators=index, price_year=2012, basis="month")


def test_a_year_without_deflator_is_left_out() -> None:
    calls = "| call_id | year | public_amount |\n| a | 2010 | 100 |\n| b | 2011 | 109 |"
    index = deflators(y2010=100.0, y2012=109.0)
    made = convert(programme(calls=calls), deflators=index, price_year=2012)
    assert made.table("calls")["public_amount"].notna().tolist() == [True, False]
    assert "no deflator of RON for 2011 (1)" in said(made)


def test_amounts_in_constant_prices_take_the_rate_of_that_year() -> None:
    calls = "| call_id | year | public_amount |\n| a | 2010 | 100 |\n| b | 2018 | 100 |"
    made = convert(programme(price_basis="constant:2015", calls=calls))
    found = made.table("calls")["public_amount"]
    rate = plain_average("RON", 2015)[0]
    assert found.tolist() == pytest.approx([100 / rate] * 2, rel=1e-13)
    assert made.price_basis == "constant:2015"
    with pytest.raises(UsageError, match="at the rate of 2015, whatever their date"):
        convert(programme(price_basis="constant:2015", calls=calls), year=2010)


def test_deflators_by_country() -> None:
    operations = """
    | operation_id | year | country_code | public_amount |
    | a            | 2012 | EL           | 110           |
    | b            | 2012 | PT           | 110           |
    | c            | 2012 | FR           | 110           |
    """
    index = pd.concat(
        [
            deflators("GR", by="country", y2010=100.0, y2012=110.0),
            deflators("PT", by="country", y2010=100.0, y2012=105.0),
        ]
    )
    made = convert(
        programme(currency="EUR", operations=operations), deflators=index, price_year=2010
    )
    assert_shows(
        made.table("operations"),
        """
        | operation_id | public_amount |
        | a            | 100.00        |
        | b            | 104.76        |
        | c            |               |
        """,
    )
    assert "no deflator of FR for 2012 and 2010 (1)" in said(made)
    nowhere = programme(
        currency="EUR", calls="| call_id | year | public_amount |\n| a | 2012 | 1 |"
    )
    with pytest.raises(UsageError, match="of which country its rows are"):
        convert(nowhere, deflators=index, price_year=2010)
    one = convert(nowhere, deflators=index[index["country"] == "PT"], price_year=2010)
    assert one.table("calls")["public_amount"].round(4).tolist() == [0.9524]


def test_the_currency_of_a_row_stands_before_that_of_the_programme() -> None:
    operations = """
    | operation_id | year | currency | total_cost_amount |
    | a            | 2012 | EUR      | 100               |
    | b            | 2012 | pln      | 100               |
    | c            | 2012 |          | 100               |
    | d            | 2012 | LEI      | 100               |
    """
    made = convert(programme(currency="EUR", operations=operations))
    table = made.table("operations")
    rate = plain_average("PLN", 2012)[0]
    assert table["total_cost_amount"].tolist()[:2] == pytest.approx([100, 100 / rate], rel=1e-13)
    assert table["total_cost_amount"].isna().tolist() == [False, False, True, True]
    assert set(table["currency"]) == {"EUR"}
    assert "from the currency of each row to EUR" in made.caveats[0]
    assert "no currency (1)" in said(made) and "the ECB gave no rate of LEI" in said(made)


def test_a_currency_column_of_unclear_meaning_is_refused() -> None:
    operations = "| operation_id | year | grant_currency | eu_amount |\n| a | 2012 | PLN | 1 |"
    with pytest.raises(UsageError, match="not clear which amounts it is of"):
        convert(programme(currency="EUR", operations=operations))


def test_amounts_of_unknown_meaning_stay_as_they_are() -> None:
    projects = """
    | project_id | start_date | budget_amount | unlabelled_amount |
    | a          | 2012-05-01 | 100           | 77                |
    """
    made = convert(programme(projects=projects))
    assert made.table("projects")["unlabelled_amount"].tolist() == [77]
    assert made.caveats[-1] == "Not converted: unlabelled_amount (its currency is not known)."


def test_own_columns_of_money_are_converted_too() -> None:
    operations = "| operation_id | year | eu_amount | extra_amount |\n| a | 2012 | 1 | 445.93 |"
    made = convert(programme(operations=operations))
    rate = plain_average("RON", 2012)[0]
    found = made.table("operations")["extra_amount"].iloc[0]
    assert found == pytest.approx(445.93 / rate, rel=1e-13)


def test_currencies_that_joined_in_one_table() -> None:
    calls = """
    | call_id | year | public_amount |
    | before  | 2008 | 301.26        |
    | after   | 2009 | 301.26        |
    """
    made = convert(programme(currency="SKK", calls=calls)).table("calls").set_index("call_id")
    rate = plain_average("SKK", 2008)[0]
    assert made.loc["after", "public_amount"] == pytest.approx(10.0, rel=1e-15)
    assert made.loc["before", "public_amount"] == pytest.approx(301.26 / rate, rel=1e-13)
    fixed = convert(programme(currency="SKK", calls=calls), before_joining="fixed")
    assert fixed.table("calls")["public_amount"].tolist() == pytest.approx([10.0, 10.0])
    assert "Council Regulation (EC) No 694/2008" in fixed.caveats[0]


def test_an_average_of_a_part_of_a_year_is_said() -> None:
    calls = "| call_id | year | public_amount |\n| a | 2008 | 1000 |\n| b | 2007 | 1000 |"
    made = convert(programme(currency="ISK", calls=calls))
    assert made.caveats[1] == (
        "The average of ISK in 2008 is of 242 days only, 2008-01-02 to 2008-12-09: used for 1 rows."
    )


def test_impossible_years_are_left_out() -> None:
    calls = "| call_id | year | public_amount |\n| a | 2010 | 1 |\n| b | 20100 | 1 |"
    assert "20100 is no year from 1900 to 2100 (1)" in said(convert(programme(calls=calls)))


# Settings -----------------------------------------------------------------------------------------


def with_settings(**entries: object) -> da.Programme:
    settings = Settings(id="x", name="x", currency="RON", price_basis="current", **entries)  # type: ignore[arg-type]
    return da.Programme.from_frames(settings=settings, operations=frame_of(OPERATIONS))


def test_envelopes_are_converted_or_left_out_and_said() -> None:
    euro = Budget(amount=4e9, currency="EUR", rate=4.4)
    lei = Budget(amount=1e6, currency="RON")
    made = convert(with_settings(budgets=(euro, lei)))
    assert [(one.currency, one.rate) for one in made.settings.budgets] == [("EUR", 1.0)]
    assert made.caveats[-1] == (
        "The envelope of 1,000,000 RON is not checked any more: it has no year."
    )
    stated = convert(with_settings(budgets=(euro, lei)), year=2010)
    rate = plain_average("RON", 2010)[0]
    assert [one.rate for one in stated.settings.budgets] == pytest.approx([1.0, 1 / rate])
    real = convert(
        with_settings(budgets=(euro,)),
        deflators=deflators(y2010=100.0, y2011=102.0),
        price_year=2010,
    )
    assert real.settings.budgets == ()
    assert "not in the prices of the amounts" in said(real)


def test_units_of_own_indicators_follow_and_fixed_amounts_are_refused() -> None:
    own = {
        "id": "mine",
        "label": "Mine",
        "unit": "RON",
        "definition": "EU money.",
        "source": "own",
        "numerator": {"sum": "operations.eu_amount"},
    }
    made = convert(with_settings(indicators=(own,)))
    assert da.measure(made, indicators=["mine"]).frame["unit"].tolist() == ["EUR"]
    fixed = {**own, "numerator": {"sum": "operations.eu_amount", "filter": {"eu_amount": 600}}}
    with pytest.raises(UsageError, match="counts rows by the amount in eu_amount"):
        convert(with_settings(indicators=(fixed,)))


# Every converted table says so --------------------------------------------------------------------


def test_every_result_says_that_it_was_converted() -> None:
    frame = pd.DataFrame(
        {
            "operation_id": [f"o{i}" for i in range(40)],
            "beneficiary_id": [f"b{i % 20}" for i in range(40)],
            "region": ["N", "S"] * 20,
            "year": [2010, 2011, 2012, 2013] * 10,
            "public_amount": np.arange(40) * 10.0 + 100,
            "private_amount": np.arange(40) * 7.0 + 50,
        }
    )
    settings = Settings(id="x", name="x", currency="RON")
    made = convert(da.Programme.from_frames(settings=settings, operations=frame))
    sentence = made.caveats[0]
    results = [
        da.measure(made, indicators=["private_per_public"]),
        da.compare(made, "private_per_public", by="region"),
        da.ranks(made, "private_per_public", by="region"),
        da.decompose(made, "private_per_public", by="region", over="year"),
        da.concentration(made, by="region"),
    ]
    for result in results:
        assert sentence in result.caveats, type(result)
        assert result.provenance.currency == "EUR"
        assert sentence in result.provenance.settings["money"]
    again = set_aside(made)
    assert again.caveats == made.caveats, "the caveats are lost when rows are set aside"
    unit = da.measure(made, indicators=["public"]).frame["unit"].tolist()
    assert unit == ["EUR"]


def test_simulated_programmes_stay_marked() -> None:
    made = convert(da.simulate(operations=30, regions=2, panel_firms=200), to="PLN",
                   year={"enterprises": 2016})  # fmt: skip
    assert made.simulated and made.currency == "PLN"
    assert type(made) is da.Programme, "the truth of the simulation is in the old currency"


# Purchasing power ---------------------------------------------------------------------------------


def test_purchasing_power() -> None:
    operations = """
    | operation_id | year | country_code | public_amount |
    | a            | 2015 | RO           | 220           |
    | b            | 2015 | BG           | 220           |
    """
    parities = deflators("RO", by="country", y2015=2.2).assign(base="EU27_2020")
    made = purchasing_power(programme(operations=operations), parities)
    assert made.table("operations")["public_amount"].round(9).fillna(-1).tolist() == [100.0, -1.0]
    assert made.currency == "PPS"
    assert "parity of the year (national accounts; EU27_2020 = 1)" in made.caveats[0]
    assert "no parity of BG for 2015 (1)" in said(made)


# A real list --------------------------------------------------------------------------------------


def test_romanian_list(shared: Path) -> None:
    """It has no dates: it is refused, or converted at the year that the caller states."""
    path = shared / "data" / "lists" / "ro_regional_op_2007_2013.csv"
    lei = da.load(path)
    with pytest.raises(UsageError, match=r"amounts in operations are.*year=\{'operations': 2010\}"):
        convert(lei)
    euro = convert(lei, year=2010)
    rate = plain_average("RON", 2010)[0]
    for name in ("eu_amount", "total_cost_amount", "own_amount"):
        before, after = lei.table("operations")[name], euro.table("operations")[name]
        assert after.sum() == pytest.approx(before.sum() / rate, rel=1e-12)
        assert (after.isna() == before.isna()).all()
    assert [one.rate for one in euro.settings.budgets] == [1.0]
    measured = da.measure(euro)
    assert "operations all as of 2010, as stated by the caller" in measured.caveats[0]
    assert not measured.frame["unit"].str.contains("RON").any()
    names = ["aid_intensity", "own_contribution_per_public"]
    before, after = (da.measure(one, indicators=names).frame for one in (lei, euro))
    assert len(before) == len(names)
    assert after["value"].tolist() == pytest.approx(before["value"].tolist(), rel=1e-9)
