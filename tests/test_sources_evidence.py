"""Evidence: what is decided of a column, on what, and what is said to be unsure."""

import csv
import datetime as dt
import io

import narwhals as nw
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from difass_analysis.engine import DuckDBEngine
from difass_analysis.errors import UsageError
from difass_analysis.sources.cells import parsed, trimmed
from difass_analysis.sources.evidence import evidence_of, evidence_of_table, looks_like

ENGINE = DuckDBEngine()


def read(cells, found, kind="money"):
    """Read cells in the engine as the evidence says they are written."""
    frame = pd.DataFrame({"row": range(len(cells)), "text": cells}, dtype="object")
    text = trimmed(nw.col("text"), missing=found.values.missing)
    lazy = ENGINE.frame(frame).select("row", parsed(text, kind, found.values).alias("value"))
    values = ENGINE.collect(lazy).sort_values("row")["value"].tolist()
    if kind == "date":
        return [None if pd.isna(day) else pd.Timestamp(day).date() for day in values]
    return [None if pd.isna(value) else value for value in values]


def said(found):
    return " | ".join((*found.why, *found.doubts))


# --- marks of numbers ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "decimal", "thousands", "values"),
    [
        (["1.238.920", "107.097", "12"], ",", ".", [1238920, 107097, 12]),
        (["2 474 026,20", "1 000"], ",", " ", [2474026.2, 1000]),
        (["3,000.00", "125"], ".", ",", [3000, 125]),
        (["1'000.5", "1\u2019234\u2019567"], ".", "'", [1000.5, 1234567]),
        (["1234,5", "1752091"], ",", "", [1234.5, 1752091]),
        (["158512.233", "512.233", "1.5"], ".", "", [158512.233, 512.233, 1.5]),
        (["1.234,5", "1.234", "(5)", "7-"], ",", ".", [1234.5, 1234, -5, -7]),
        (["12,50", "1.234"], ",", ".", [12.5, 1234]),
    ],
)
def test_marks_follow_from_the_cells_that_prove_them(cells, decimal, thousands, values):
    found = evidence_of(cells, heading="Amount")
    assert (found.values.decimal, found.values.thousands) == (decimal, thousands)
    assert (found.sure, found.values.marks, found.minority) == (True, "stated", ())
    assert read(cells, found) == values


def test_a_column_that_can_be_read_in_two_ways_stays_open():
    found = evidence_of(["1.234", "56.789", "12"], heading="Grant")
    assert (found.sure, found.open, found.counts["unreadable"]) == (False, True, 2)
    assert "nothing else in the column decides" in said(found)
    assert read(["1.234", "56.789", "12"], found) == [None, None, 12]


@pytest.mark.parametrize(
    ("other", "sure", "wanted"),
    [
        (["1.234,50", "99,10"], True, [1234, 5678]),
        (["1,234.50", "99.10"], False, [1.234, 5.678]),  # chosen, and said to be odd
        (["12", "99"], False, [None, None]),
    ],
)
def test_the_other_columns_decide_for_an_open_one(other, sure, wanted):
    cells = ["1.234", "5.678"]
    found = evidence_of_table(pd.DataFrame({"Total": other, "Grant": cells}))["Grant"]
    assert (found.sure, read(cells, found)) == (sure, wanted)
    assert ("the other columns have a decimal" in said(found)) == (wanted[0] is not None)


def test_columns_that_differ_decide_nothing():
    frame = pd.DataFrame(
        {"A": ["1.234,50", "1,1"], "B": ["1,234.50", "1.1"], "Grant": ["1.234", "5.678"]}
    )
    assert evidence_of_table(frame)["Grant"].open


def test_three_digits_after_the_mark_are_suspect_where_no_other_cell_has_them():
    cells = ["1234.50", "99.10", "1.234"]
    found = evidence_of(cells, heading="Amount")
    assert read(cells, found) == [1234.5, 99.1, None]
    assert "no other cell has more than two" in said(found)
    # where another cell proves that there are three, they are decimals
    assert read([*cells, "0.125"], evidence_of([*cells, "0.125"]))[2] == 1.234


def test_groups_are_suspect_where_other_large_numbers_have_none():
    cells = ["1752091", "12,50", "1.234"]
    found = evidence_of(cells, heading="Amount")
    assert read(cells, found) == [1752091, 12.5, None]
    assert "have no mark: left unread" in said(found)


def test_both_conventions_in_one_column_are_reported_by_row():
    cells = ["27.312.500,00", "27,312,500.00", "1,500.25", "12.5", "77,5"]
    found = evidence_of(pd.Series(cells, index=list("abcde")), heading="Amount")
    assert (found.values.marks, found.minority) == ("each", ("a", "e"))
    assert (found.counts["point"], found.counts["comma"]) == (3, 2)
    assert read(cells, found) == [27312500, 27312500, 1500.25, 12.5, 77.5]
    assert found.sure
    more = [*cells, "1.234", "1,234"]
    found = evidence_of(more, heading="Amount")
    assert read(more, found)[-2:] == [None, None]
    assert not found.sure
    assert "2 cells such as '1.234', '1,234' can be read in both conventions" in said(found)


def test_a_single_stray_cell_does_not_make_all_others_unreadable():
    cells = ["1.234,50"] * 200 + ["12.5", "1.234"]
    found = evidence_of(cells, heading="Amount")
    assert read(cells, found)[-2:] == [12.5, 1234]
    assert (found.minority, found.sure) == ((200,), False)


CONVENTIONS = [
    (".", ","),
    (",", "."),
    (",", " "),
    (".", " "),
    (".", "'"),
    (",", "\u00a0"),
    (".", ""),
]
amounts = st.lists(st.integers(100, 10**12), min_size=3, max_size=30)


def written(cents, decimal, thousands):
    return f"{cents // 100:,}".replace(",", thousands) + f"{decimal}{cents % 100:02d}"


@given(amounts, st.sampled_from(CONVENTIONS))
def test_amounts_with_cents_come_back_whatever_the_convention(amounts, marks):
    cells = [written(cents, *marks) for cents in amounts]
    found = evidence_of(cells, heading="Amount")
    assert found.sure
    assert found.values.decimal == marks[0]
    assert read(cells, found) == [cents / 100 for cents in amounts]


@given(
    st.lists(st.integers(0, 10**9), min_size=1, max_size=20),
    st.lists(st.integers(0, 3), min_size=20, max_size=20),
    st.sampled_from([(".", ","), (",", ".")]),
    st.booleans(),
)
def test_a_number_is_read_right_or_not_at_all(thousandths, digits, marks, grouped):
    numbers = [round(n / 1000, d) for n, d in zip(thousandths, digits, strict=False)]
    cells = []
    for number, d in zip(numbers, digits, strict=False):
        text = f"{number:{',' if grouped else ''}.{d}f}"
        cells.append(text.translate(str.maketrans({".": marks[0], ",": marks[1]})))
    found = evidence_of(cells, heading="Amount")
    for number, value in zip(numbers, read(cells, found), strict=True):
        assert value is None or value == pytest.approx(number), said(found)


# --- shares, money, units ------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "heading", "kind", "scale", "values"),
    [
        (["40", "85"], "Co-financing rate", "share", 0.01, [40, 85]),
        (["0,4", "0,85"], "Fördersatz", "share", 1, [0.4, 0.85]),
        (["40%", "57,5 %"], "x", "share", 0.01, [40, 57.5]),
        (["40%", "0,4", "1"], "Taux", "share", 1, [0.4, 0.4, 1]),
        (["40%", "40"], "Taux", "share", 0.01, [40, 40]),
        (["12", "7"], "Number of jobs", "number", 1, [12, 7]),
        (["€ 5", "7"], "x", "money", 1, [5, 7]),
    ],
)
def test_shares_and_money(cells, heading, kind, scale, values):
    found = evidence_of(cells, heading=heading)
    assert (found.kind, found.scale, found.sure) == (kind, scale, True)
    assert read(cells, found) == values


@pytest.mark.parametrize(
    ("heading", "cells", "scale", "currency", "sure"),
    [
        ("Total cost (in thousands of EUR)", ["120", "85.5"], 1e3, "EUR", True),
        ("Kosten Tsd. EUR", ["120", "85,5"], 1e3, "EUR", True),
        ("Výše podpory v tis. Kč", ["120", "85"], 1e3, "CZK", True),
        ("Dofinansowanie (mln zł)", ["1,5", "2"], 1e6, "PLN", True),
        ("Budget m€", ["1.5", "2"], 1e6, "EUR", True),
        ("Стойност млн. лв", ["1,5", "2"], 1e6, "BGN", True),
        ("Προϋπολογισμός (εκατ. ευρώ)", ["1,5", "2"], 1e6, "EUR", True),
        ("Investment £m", ["1434364", "5000000"], 1, "GBP", False),
        ("Importe (mil €)", ["120", "85"], 1, "EUR", False),
        ("Bidrag i kr", ["120", "85"], 1, "", True),
        ("Iznos (HRK)", ["120", "85"], 1, "HRK", True),
    ],
)
def test_units_and_currency_of_a_heading(heading, cells, scale, currency, sure):
    found = evidence_of(cells, heading=heading)
    assert (found.kind, found.scale, found.currency) == ("money", scale, currency)
    assert found.sure == sure, said(found)


def test_a_scale_that_the_values_contradict_is_told_and_not_applied():
    found = evidence_of(["1434364", "5000000"], heading="Investment £m")
    assert "the heading says '£m', but the typical value is 3,217,182" in said(found)


def test_several_currencies_in_one_column_are_not_added_up():
    found = evidence_of(["€ 5", "£ 7"], heading="Amount")
    assert not found.sure
    assert "unlike amounts do not add up" in said(found)


# --- dates and years -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "formats", "days"),
    [
        (["18.03.13", "01.10.2013"], ("%d.%m.%y", "%d.%m.%Y"), ["2013-03-18", "2013-10-01"]),
        (["1/2/2009", "3/24/2010"], ("%m/%d/%Y",), ["2009-01-02", "2010-03-24"]),
        (["20200901", "20201231"], ("%Y%m%d",), ["2020-09-01", "2020-12-31"]),
        (["43831", "43862.5"], ("excel",), ["2020-01-01", "2020-02-01"]),
        (["31. Dez 18", "1. Mai. 15"], ("%d. %b %y",), ["2018-12-31", "2015-05-01"]),
        (
            ["1er janvier 2015", "2 août 2014"],
            ("%der %b %Y", "%d %b %Y"),
            ["2015-01-01", "2014-08-02"],
        ),
        (["5. listopada 2015", "3. siječnja 2016"], ("%d. %b %Y",), ["2015-10-05", "2016-01-03"]),
        (["5 listopada 2015", "3 stycznia 2016"], ("%d %b %Y",), ["2015-11-05", "2016-01-03"]),
        (["2015-01-02T00:00:00Z", "n.a."], ("%Y-%m-%d",), ["2015-01-02", None]),
    ],
)
def test_formats_of_dates(cells, formats, days):
    found = evidence_of(cells, heading="Start date")
    assert (found.kind, found.values.dates, found.sure) == ("date", formats, True), said(found)
    assert read(cells, found, "date") == [day and dt.date.fromisoformat(day) for day in days]


def test_day_and_month_that_can_be_exchanged_are_told():
    found = evidence_of(["1/2/2009", "3/4/2010"], heading="Date")
    assert (found.open, found.sure) == (True, False)
    assert "nothing decides: the day is taken for first" in said(found)
    assert evidence_of(["1/1/2009", "2/2/2010"], heading="Date").sure  # the same day in any order


def test_the_other_columns_decide_which_of_day_and_month_is_first():
    for other, wanted in (["2/24/2009", "%m/%d/%Y"], ["24/2/2009", "%d/%m/%Y"]):
        frame = pd.DataFrame({"Start date": ["1/2/2009"], "End date": [other]})
        found = evidence_of_table(frame)["Start date"]
        assert (found.values.dates, found.sure) == ((wanted,), True)
        assert "read as the other columns" in said(found)


def test_two_orders_in_one_column_are_reported_by_row():
    found = evidence_of(["13/02/2015", "14/02/2015", "02/13/2015", "1/2/2015"], heading="Date")
    assert (found.minority, found.sure, found.counts["unreadable"]) == ((2,), False, 1)
    assert "of the rest 1 cell can be either" in said(found)


def test_months_without_a_day_are_left_unread_or_taken_for_the_first():
    some = evidence_of(["31. Dez 18"] * 9 + ["Aug 15"], heading="Date")
    assert (some.sure, some.counts["unreadable"], some.values.day) == (False, 1, "")
    every = evidence_of(["Aug 15", "Sep 15"], heading="Date")
    assert (every.sure, every.values.day, every.values.dates) == (False, "first", ("%b %y",))


def test_five_digits_are_days_only_under_a_heading_of_dates():
    assert evidence_of(["43831", "43862"], heading="Amount").kind == "money"
    assert evidence_of(["43831", "99999"], heading="Date").kind == "number"


def test_a_month_that_languages_dispute_is_left_unread():
    found = evidence_of(["5. listopada 2015"] + ["5. 3. 2015"] * 9, heading="Datum")
    assert not found.sure
    assert "month 'listopada' is not the same in all languages" in said(found)


def test_years_alone_and_in_dates():
    found = evidence_of(["2009", "1/2/2010", "31/12/2011"], heading="Έτος")
    assert (found.kind, found.values.dates) == ("year", ("%Y", "%d/%m/%Y"))
    assert read(["2009", "1/2/2010"], found, "year") == [2009, 2010]
    assert evidence_of(["2009", "2010"], heading="x").kind == "year"
    assert evidence_of(["2009", "2010"], heading="Budget").kind == "money"


@given(
    st.lists(st.dates(dt.date(1970, 1, 1), dt.date(2060, 12, 31)), min_size=1, max_size=20),
    st.sampled_from(["%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%Y%m%d", "%d. %b %Y"]),
)
def test_dates_come_back_or_the_evidence_is_unsure(days, pattern):
    cells = [day.strftime(pattern) for day in days]
    found = evidence_of(cells, heading="Date")
    right = read(cells, found, "date") == days if found.kind == "date" else False
    assert right or not found.sure
    if pattern in ("%d.%m.%Y", "%Y-%m-%d", "%d. %b %Y"):
        assert right


# --- other kinds ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "heading", "kind"),
    [
        ([], "x", "empty"),
        (["", " ", "n/a"], "x", "empty"),
        (["Tak", "Nie"], "x", "flag"),
        (["SI", "SI"], "Country", "text"),  # Slovenia, and not the Italian yes
        (["00123", "00456"], "x", "code"),
        (["ITH5", "ITC1"], "x", "code"),
        ([str(n) for n in range(5, 40)], "Project", "code"),
        (["Bologna", "Iaşi"], "x", "text"),
    ],
)
def test_kinds(cells, heading, kind):
    assert evidence_of(cells, heading=heading).kind == kind


def test_words_for_gaps_are_found_and_others_proposed():
    found = evidence_of(["1.5", "n.a.", "X", "k.A.", "2.5"] * 3, heading="Amount")
    assert (set(found.values.missing), found.counts["missing"]) == ({"n.a.", "X", "k.A."}, 9)
    found = evidence_of(["1.5"] * 9 + ["pending"] * 3, heading="Amount")
    assert (found.values.missing, found.sure) == ((), False)
    assert "'pending' again and again: a word for a gap?" in said(found)


def test_two_columns_with_one_heading_are_refused():
    frame = pd.DataFrame([["1", "2"]], columns=["a", "a"])
    with pytest.raises(UsageError, match="Two columns have the heading 'a'"):
        evidence_of_table(frame)


LOOKS = """
    date: 01.02.2015; 31. Dez 18; 2015-01-02
    year: 2015; 1999
    number: 1.234,50; 12; € 5; 40%
    integer: 12; 0012
    share_0_1: 0.4; 1; 0,25
    percent: 40%; 57,5 %
    money: 12.50; 1 000; € 5; 1.238.920
    nuts_code: ITH5; DED21; UKI; EL24-Sterea; FR10; PL911
    postcode: 10115; PR1 2HE; 00-950; 1234 AB; 110 00; 4050-123
    country_code: IT; EL; GR
    cci_code: 2014DE16RFOP013; 2021IT16FFPR001; 2007CB163PO001; 2014TC16RFTN001
    fund_acronym: ERDF; EFRE; FEDER; 6-ΤΣ; ESF (inc YEI); ЕФРР; ESRR; ESF+
    url: https://example.org/a; www.example.org
    email: someone@example.org
    flag: Tak; no; ΝΑΙ
    identifier: 672 / 10100; A-12; S10324
"""


@pytest.mark.parametrize("line", LOOKS.strip().splitlines())
def test_looks(line):
    kind, _, cells = line.strip().partition(": ")
    assert looks_like(cells.split("; "))[kind] == 1


def test_looks_of_words_and_of_nothing():
    looks = looks_like(["Comune di Bologna", "Technical assistance for the programme"])
    assert {kind for kind, share in looks.items() if share} == {"filled"}
    assert set(looks_like(["", "-"]).values()) == {0.0}
    assert looks_like(["Main Street 5, " * 10])["long_text"] == 1
    assert looks_like(["a1", "a1", "a2", "a3"])["identifier"] == 0.75


# --- real lists ----------------------------------------------------------------------


def listed(path, *, encoding="utf-8-sig", delimiter=","):
    text = path.read_bytes().decode(encoding)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    good = [row for row in rows[1:] if len(row) == len(rows[0])]
    return evidence_of_table(pd.DataFrame(good, columns=[name.strip() for name in rows[0]]))


@pytest.fixture(scope="module")
def lists(shared):
    return shared / "data" / "lists"


def states(found):
    """Kind, whether sure, decimal and thousands marks, how cells choose, scale."""
    values = found.values
    return found.kind, found.sure, values.decimal + values.thousands, values.marks, found.scale


def test_romania(lists):
    found = listed(lists / "ro_regional_op_2007_2013.csv")
    assert found["Cod SMIS"].kind == "code"
    for name in ("FEDR", "member state amount", "own contribution", "total amount"):
        assert states(found[name])[1:] == (True, ",", "stated", 1)


def test_netherlands(lists):
    found = listed(lists / "nl_structural_funds_2007_2013.csv")
    for name in ("EU-subsidie in Euro's", "Overige private financiering"):
        assert states(found[name]) == ("money", True, ",.", "stated", 1)
    rate = found["Medefinancieringspercentage van de Unie (per prioritaire as)"]
    assert states(rate)[::4] == ("share", 0.01)
    assert "5 cells above 100 %" in said(rate)
    assert found["Einddatum"].values.dates == ("%d.%m.%Y",)


def test_saxony(lists):
    found = listed(lists / "de_saxony_erdf_2014_2020.csv")
    amounts = found["6. Gesamtbetrag der förderfähigen Ausgaben des Vorhabens"]
    assert states(amounts) == ("money", True, ".,", "stated", 1)
    rate = found["7. Unions-Kofinanzierungssatz pro Prioritätsachse"]
    assert states(rate)[::4] == ("share", 0.01)
    assert found["16. Vorhabensident"].kind == "code"


def test_cyprus_has_both_conventions(lists):
    found = listed(lists / "difficult" / "cy_2007_2013_mixed_decimals.csv")
    amounts = found["Επιλέξιμη Δημόσια Δαπάνη Ενταγμένων Έργων (€)"]
    assert states(amounts) == ("money", False, ".", "each", 1)
    assert (amounts.counts["unreadable"], amounts.counts["point"]) == (741, 620)
    assert (len(amounts.minority), amounts.minority[0], amounts.currency) == (88, 0, "EUR")
    assert found["Έτος Έγκρισης Δαπάνης"].kind == "year"


def test_greece(lists):
    path = lists / "difficult" / "el_2014_2020_cp1253_multiline_header.csv"
    found = list(listed(path, encoding="cp1253", delimiter=";").values())
    assert [item.kind for item in found[6:11]] == ["date", "date", "money", "share", "code"]
    assert states(found[8]) == ("money", True, ",.", "stated", 1)
    assert found[6].values.dates == found[7].values.dates == ("%d/%m/%Y",)
    assert found[7].settled == "dmy"


def test_england_counts_pounds_and_says_millions(lists):
    found = listed(lists / "difficult" / "uk_england_2014_2020_odd_dates.csv")
    for name in ("ERDF/ESF investment £m", "Total project costs £m"):
        assert states(found[name]) == ("money", False, ",", "stated", 1)
        assert (found[name].currency, "the heading says '£m'" in said(found[name])) == ("GBP", True)
    assert found["Start date"].values.dates == ("%d. %b %y", "%d-%b-%Y")
    assert "7 cells with a month and no day" in said(found["Start date"])
    assert states(found["Percent of project funded by EU"])[::4] == ("share", 0.01)


def test_northern_ireland_has_amounts_in_a_column_of_rates(lists):
    found = listed(lists / "difficult" / "uk_ni_2014_2020_amounts_as_rates.csv")
    rate = found["Union co-financing rate, as per priority axis"]
    assert states(rate) == ("money", False, ",.", "stated", 1)
    assert "heading says rate, values are amounts" in said(rate)
    assert found["Operation start date"].values.dates == ("%d.%m.%y", "%d.%m.%Y")
    assert found["Operation postcode"].values.missing == ("TBC",)


def test_poland(lists):
    path = lists / "difficult" / "pl_2014_2020_cp1250.csv"
    found = listed(path, encoding="cp1250", delimiter=";")
    assert states(found["Wartość projektu"]) == ("money", True, ".", "stated", 1)
    assert found["Multimedia"].kind == "flag"
