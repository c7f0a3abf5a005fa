"""Real lists and their shipped profiles: every row accounted for, every sum counted a second time.

The files are read here again, as text, by a few lines of plain Python, and amounts are added as
decimals. What is set aside is named by its line or counted by its form in the file itself.
"""

from __future__ import annotations

import collections
import csv
import datetime as dt
import json
import re
import warnings
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import difass_analysis as da
from difass_analysis.errors import DifassError
from difass_analysis.sources import detect

LISTS, DIFFICULT = Path("data/lists"), Path("data/lists/difficult")
FILES = {
    "si_beneficiaries_2007_2013": LISTS / "si_beneficiaries_2007_2013.xlsx",
    "pl_operations_2014_2020": DIFFICULT / "pl_2014_2020_cp1250.csv",
    "uk_northern_ireland_2014_2020": DIFFICULT / "uk_ni_2014_2020_amounts_as_rates.csv",
    "uk_england_2014_2020": DIFFICULT / "uk_england_2014_2020_odd_dates.csv",
    "cy_operations_2007_2013": DIFFICULT / "cy_2007_2013_mixed_decimals.csv",
    "el_operations_2014_2020": DIFFICULT / "el_2014_2020_cp1253_multiline_header.csv",
    "fi_operations_2007_2013": DIFFICULT / "fi_2007_2013_unquoted_commas.csv",
    "opencoesione_extended": Path("data/opencoesione")
    / "progetti_esteso_CULTURA_TURISMO_2021-2027_20250430.csv",
    "kohesio_2014_2020": Path("data/kohesio/kohesio_IE_pp14-20_8rows_rebuilt.csv"),
    "interreg_sweden_2021_2027": Path("data/interreg/interregbarometern_rawdata.json"),
}
# Rows read and set aside, by table, as counted below.
ROWS = {
    "si_beneficiaries_2007_2013": {"operations": (5041, 2)},
    "pl_operations_2014_2020": {"operations": (749, 0)},
    "uk_northern_ireland_2014_2020": {"operations": (196, 0)},
    "uk_england_2014_2020": {"operations": (394, 0)},
    "cy_operations_2007_2013": {"operations": (1474, 129)},
    "el_operations_2014_2020": {"operations": (2029, 0)},
    "fi_operations_2007_2013": {"operations": (19940, 2)},
    "opencoesione_extended": {"operations": (872, 0), "partners": (872, 0)},
    "kohesio_2014_2020": {"operations": (8, 0)},
    "interreg_sweden_2021_2027": {"partners": (1196, 0), "projects": (1196, 3)},
}


@pytest.fixture(scope="module")
def loaded(shared):
    """Load a list by the profile that is found for it, once for all tests."""
    held: dict[str, da.Programme] = {}

    def load(name: str) -> da.Programme:
        if name not in held:
            held[name] = da.load(shared / FILES[name])
        return held[name]

    return load


@pytest.fixture(scope="module")
def rows_of(shared):
    """Read a CSV file as a list of dictionaries; breaks and blanks in headings become one blank."""

    def rows(name: str, *, encoding: str = "utf-8", delimiter: str = ",") -> list[dict[str, str]]:
        with (shared / FILES[name]).open(encoding=encoding, newline="") as handle:
            headings, *records = csv.reader(handle, delimiter=delimiter)
        names = [" ".join(heading.split()) for heading in headings]
        return [dict(zip(names, record, strict=True)) for record in records]

    return rows


def total(values) -> float:
    return float(sum((Decimal(value) for value in values), Decimal(0)))


def sum_of(programme: da.Programme, column: str, table: str = "operations") -> object:
    """What the package adds up, to be compared with a sum of decimals, to the cent."""
    return pytest.approx(programme.table(table)[column].sum(), abs=0.005, rel=1e-13)


def findings(programme: da.Programme, rule: str, column: str = "") -> pd.DataFrame:
    found = programme.findings.frame
    return found[(found["rule"] == rule) & ((found["column"] == column) | (column == ""))]


@pytest.mark.parametrize("name", FILES)
def test_the_profile_is_found_and_every_row_is_accounted_for(shared, loaded, name):
    assert detect(shared / FILES[name]).id == name
    files = loaded(name).findings.files
    assert (files["read"] == files["kept"] + files["rejected"]).all()
    counts = {row.table: (row.read, row.rejected) for row in files.itertuples()}
    assert counts == ROWS[name]
    # Each row set aside has its line, its reason and its text.
    rejects = loaded(name).findings.rejects
    assert len(rejects) == files["rejected"].sum()
    assert (rejects[["reason", "raw"]] != "").all(axis=None)


# Slovenia -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def slovenian(shared):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an extension of the workbook that nobody needs
        book = openpyxl.load_workbook(
            shared / FILES["si_beneficiaries_2007_2013"], read_only=True, data_only=True
        )
        rows = list(book.worksheets[0].iter_rows(values_only=True, max_col=17))
    return [row for row in rows[1:] if any(value is not None for value in row)]


def test_slovenia_amounts_and_what_is_odd_in_them(loaded, slovenian):
    programme, texts = loaded("si_beneficiaries_2007_2013"), (1697, 1699)
    # Two rows write amounts as text with a blank inside: nothing says what was meant.
    assert [row[0] for row in slovenian if isinstance(row[4], str)] == list(texts)
    assert programme.findings.rejects["line"].tolist() == [1698, 1700]
    kept = [row for row in slovenian if row[0] not in texts]
    for place, column in ((3, "public_amount"), (4, "eu_amount"), (5, "national_public_amount")):
        assert total(repr(row[place]) for row in kept if row[place] is not None) == sum_of(
            programme, column
        )
    # A blank national amount means none: there the Union pays all. It stays unknown all the same.
    blank = [row for row in kept if row[5] is None]
    assert len(blank) == 868 and all(row[3] == row[4] for row in blank)
    assert programme.table("operations")["national_public_amount"].isna().sum() == 868
    apart = [row[0] for row in kept if row[5] is not None and abs(row[4] + row[5] - row[3]) > 1]
    assert findings(programme, "parts_against_total")["key"].tolist() == [str(key) for key in apart]
    assert apart == [1733, 1737, 4606, 4607]


def test_slovenia_union_money_paid_is_not_what_its_heading_says(loaded, slovenian):
    paid = [row[6] for row in slovenian]
    assert collections.Counter(type(value).__name__ for value in paid)["NoneType"] == 4697
    assert sum(value == "V izvajanju" for value in paid) == 50
    above = [row for row in slovenian if isinstance(row[6], (int, float)) and _number(row[4])]
    assert sum(row[6] > row[4] + 1 for row in above) == 124
    assert "paid_amount" not in loaded("si_beneficiaries_2007_2013").table("operations")


def _number(value: object) -> bool:
    return isinstance(value, (int, float))


def test_slovenia_regions_funds_and_years(loaded, slovenian):
    table = loaded("si_beneficiaries_2007_2013").table("operations")
    assert table["region"].nunique() == 12
    nowhere = [row[10] for row in slovenian if row[10].startswith(("PROJEKT", "SLOVENIJA"))]
    assert table["region"].isna().sum() == len(nowhere) == 158
    later = table[table["region_name"] == "PRIMORSKO - NOTRANJSKA"]
    assert later["region"].tolist() == ["SI018", "SI018"]
    kept = [row for row in slovenian if row[0] not in (1697, 1699)]
    assert table["fund"].value_counts().to_dict() == {
        fund: sum(row[9] == text for row in kept)
        for text, fund in (("ESRR", "ERDF"), ("ESS", "ESF"), ("KS", "CF"))
    }
    assert table["year"].tolist() == [row[12] for row in kept]
    assert table["url"].notna().sum() == sum(str(row[16]).startswith("http") for row in kept) == 36


# Poland -------------------------------------------------------------------------------------------


def test_poland_amounts_letters_and_fields(loaded, rows_of):
    programme = loaded("pl_operations_2014_2020")
    rows = rows_of("pl_operations_2014_2020", encoding="cp1250", delimiter=";")
    assert total(row["Wartość projektu"] for row in rows) == sum_of(programme, "total_cost_amount")
    assert total(row["Dofinansowanie z EU"] for row in rows) == sum_of(programme, "eu_amount")
    assert programme.table("operations")["eu_amount"].sum() == pytest.approx(9_185_610_460.92)
    table = programme.table("operations")
    assert table["beneficiary_name"].tolist() == [row["Nazwa beneficjenta"] for row in rows]
    fields = table["intervention_name"]
    assert (fields.nunique(), fields.isna().sum()) == (5, 437)
    assert findings(programme, "unreadable").empty


# Northern Ireland ---------------------------------------------------------------------------------


def german(text: str) -> str:
    return text.strip().replace(".", "").replace(",", ".")


def test_northern_ireland_the_rate_is_an_amount(loaded, rows_of):
    programme, rows = (
        loaded("uk_northern_ireland_2014_2020"),
        rows_of("uk_northern_ireland_2014_2020"),
    )
    eligible = [
        german(row["Total eligible expenditure allocated to the operation"]) for row in rows
    ]
    rates = [german(row["Union co-financing rate, as per priority axis"]) for row in rows]
    assert total(eligible) == sum_of(programme, "eligible_cost_amount")
    assert total(rates) == sum_of(programme, "eu_amount")
    shares = {round(float(a) / float(b), 3) for a, b in zip(rates, eligible, strict=True)}
    assert shares == {0.6}
    table = programme.table("operations")
    assert "eu_rate_share" not in table
    # Two ways to write a date; both are read.
    lengths = collections.Counter(len(row["Operation start date"]) for row in rows)
    assert lengths == {8: 107, 10: 89}
    assert table[["start_date", "end_date"]].notna().all(axis=None)
    assert (table["start_date"].min(), table["end_date"].max()) == (
        *(dt.date(2013, 2, 4), dt.date(2023, 12, 31)),
    )
    assert set(table["intervention"]) == {"1", "56", "57", "64", "67"}
    assert programme.settings.currency == ""


# England ------------------------------------------------------------------------------------------


def test_england_values_are_pounds_where_the_heading_says_millions(loaded, rows_of):
    programme, rows = loaded("uk_england_2014_2020"), rows_of("uk_england_2014_2020")
    for heading, column in (
        ("ERDF/ESF investment £m", "eu_amount"),
        ("Total project costs £m", "total_cost_amount"),
    ):
        amounts = [row[heading].replace(",", ".") for row in rows]
        assert total(amounts) == sum_of(programme, column)
        assert min(float(amount) for amount in amounts) > 5000  # no millions
    table = programme.table("operations")
    assert (table["eu_amount"] > table["total_cost_amount"] + 1).sum() == 2


def test_england_dates_that_are_none_and_rates_that_are_two(loaded, rows_of):
    programme, rows = loaded("uk_england_2014_2020"), rows_of("uk_england_2014_2020")
    days = r"\d{2}(\. \w{3} \d{2}|-\w{3}-(\d{2}|\d{4})|/\d{2}/\d{4})"
    impossible = {"31/04/2014", "31-Nov-18"}
    for heading, column, count in (("Start date", "start_date", 8), ("End date", "end_date", 2)):
        bad = [
            row[heading]
            for row in rows
            if not re.fullmatch(days, row[heading]) or row[heading] in impossible
        ]
        assert sorted(findings(programme, "unreadable", column)["value"]) == sorted(bad)
        assert len(bad) == programme.table("operations")[column].isna().sum() == count
    shares = findings(programme, "unreadable", "eu_rate_share")
    assert shares["severity"].tolist() == ["warning", "warning"]  # the rows stay in use
    assert findings(programme, "above_range")["message"].str.contains("1.50").tolist() == [True]
    summaries = programme.table("operations")["summary"]
    assert not summaries.str.contains("[\x80-\x9f]").any()
    assert (
        sum(
            bool(re.search("[\x80-\x9f]", row["Summary of project (max 100 words)"]))
            for row in rows
        )
        == 155
    )


# Cyprus -------------------------------------------------------------------------------------------

CYPRIOT = (
    "Επιλέξιμη Δημόσια Δαπάνη Ενταγμένων Έργων (€)",
    "Συνολική Δαπάνη που Χορηγήθηκε με την Ολοκλήρωση του Έργου (€)",
)


def cypriot(cell: str) -> str | None:
    """Return euro as digits; None where a cell may be in thousands; a blank stays one."""
    digits = cell.replace("€", "").strip()
    if digits in ("", "0.00") or re.fullmatch(r"\d{4,}", digits):
        return digits
    whole, _, cents = re.fullmatch(r"(.*?)(?:([.,])(\d{1,2}))?", digits).groups()
    if len(whole) < 4 or (cents is not None and len(cents) < 2):
        return None
    return re.sub("[.,]", "", whole) + (f".{cents}" if cents else "")


def test_cyprus_both_marks_are_read_and_what_may_be_thousands_is_not(loaded, rows_of):
    programme, rows = loaded("cy_operations_2007_2013"), rows_of("cy_operations_2007_2013")
    granted, paid = ([cypriot(row[heading]) for row in rows] for heading in CYPRIOT)
    refused = [i for i, pair in enumerate(zip(granted, paid, strict=True)) if None in pair]
    headings = [i for i, amount in enumerate(granted) if amount == ""]
    assert (granted.count(None), paid.count(None), len(headings)) == (88, 72, 8)
    assert programme.findings.files["rejected"].sum() == len({*refused, *headings}) == 129
    kept = [i for i in range(len(rows)) if i not in {*refused, *headings}]
    assert total(granted[i] for i in kept) == sum_of(programme, "public_amount")
    assert total(paid[i] for i in kept if paid[i]) == sum_of(programme, "paid_amount")
    # Each convention stands for itself: 104.079.519,00 and 1,999,560.00 and € 43.375.
    table = programme.table("operations")
    assert {104_079_519.0, 1_999_560.0, 43_375.0} <= set(table["public_amount"])
    assert table["public_amount"].min() >= 1000


def test_cyprus_lines_without_an_amount_are_headings_in_the_list(loaded, rows_of):
    programme, rows = loaded("cy_operations_2007_2013"), rows_of("cy_operations_2007_2013")
    empty = [row for row in rows if not row[CYPRIOT[0]]]
    assert all(not row["Δικαιούχος"] and not row["Έτος Έγκρισης Δαπάνης"] for row in empty)
    required = findings(programme, "required")
    assert len(required) == 96  # these eight, and the refused amounts
    years = programme.table("operations")["year"]
    assert years.between(2008, 2013).all()
    assert set(programme.table("operations")["priority"]) == set("1234567")


# Greece -------------------------------------------------------------------------------------------


def test_greece_amounts_codes_and_dates(loaded, rows_of):
    programme = loaded("el_operations_2014_2020")
    rows = rows_of("el_operations_2014_2020", encoding="cp1253", delimiter=";")
    names = list(rows[0])
    amounts = [german(row[names[8]]) for row in rows]
    assert total(filter(None, amounts)) == sum_of(programme, "eligible_cost_amount")
    table = programme.table("operations")
    assert table["eligible_cost_amount"].isna().sum() == amounts.count("") == 50
    assert table["eu_rate_share"].round(4).value_counts().to_dict() == {
        0.8: 1379,
        0.85: 334,
        0.5: 264,
        0.8735: 52,
    }
    # A sigma at the end of a capital abbreviation is one letter however it is made small.
    assert table["fund"].value_counts().to_dict() == {
        fund: sum(row[names[2]] == text for row in rows)
        for text, fund in (("1-ΕΤΠΑ", "ERDF"), ("2-ΕΚΤ", "ESF"), ("6-ΤΣ", "CF"), ("7-ΠΑΝ", "YEI"))
    }
    assert table["region"].nunique() == 13
    assert findings(programme, "unreadable", "region")["line"].tolist() == [4439, 4443, 4447]
    starts = [dt.datetime.strptime(row[names[6]], "%d/%m/%Y") for row in rows]
    assert pd.to_datetime(table["start_date"]).tolist() == starts


def test_greece_one_operation_stands_in_many_rows(loaded, rows_of):
    table = loaded("el_operations_2014_2020").table("operations")
    rows = rows_of("el_operations_2014_2020", encoding="cp1253", delimiter=";")
    names = list(rows[0])
    numbers = collections.Counter(row[names[4]].split("-")[0] for row in rows)
    assert (len(numbers), max(numbers.values())) == (342, 39)
    assert table["source_note"].value_counts().to_dict() == dict(numbers)
    # No two rows are the same part: number, priority, region and category tell them apart.
    parts = {(row[names[4]], row[names[1]], row[names[10]], row[names[12]]) for row in rows}
    assert len(parts) == len(rows) == table["operation_id"].nunique()


# Finland ------------------------------------------------------------------------------------------

FINNISH = re.compile(
    r"([AS]\d+),(EAKR|ESR),(.*),((?:Itä|Länsi|Pohjois|Etelä)-Suom[^,]*|Valtakunnallinen osio),"
    r"(\d),(.*),(Toiminta päättynyt|Keskeytynyt),([\d.]+),([\d.]+),(.*),"
    r"(-?\d+),(-?\d+),(-?\d+),(-?\d+)"
)


@pytest.fixture(scope="module")
def finnish(shared):
    text = (shared / FILES["fi_operations_2007_2013"]).read_text(encoding="cp1252")
    lines = [line for line in text.split("\n")[1:] if line]
    return [(line, FINNISH.fullmatch(line).groups()) for line in lines]


def test_finland_texts_with_commas_are_put_together(loaded, finnish):
    programme = loaded("fi_operations_2007_2013")
    split = [number for number, (line, _) in enumerate(finnish, start=2) if line.count(",") > 13]
    notes = findings(programme, "record_put_together")
    assert notes["line"].tolist() == split
    assert (len(split), set(notes["severity"])) == (11_101, {"note"})
    negative = [cells[0] for _, cells in finnish if cells[13].startswith("-")]
    assert findings(programme, "below_range")["key"].tolist() == negative
    kept = [cells for _, cells in finnish if cells[0] not in negative]
    table = programme.table("operations").set_index("operation_id")
    assert table.index.tolist() == [cells[0] for cells in kept]
    for place, column in ((5, "authority_name"), (6, "status"), (4, "priority")):
        assert table[column].tolist() == [cells[place] for cells in kept]
    assert table["title"].tolist() == [" ".join(cells[2].split()) for cells in kept]
    assert table["beneficiary_name"].tolist() == [" ".join(cells[9].split()) for cells in kept]


def test_finland_amounts_are_whole_euro_of_public_money(loaded, finnish):
    programme = loaded("fi_operations_2007_2013")
    kept = [cells for _, cells in finnish if not cells[13].startswith("-")]
    assert total(cells[12] for cells in kept) == sum_of(programme, "public_amount")
    assert total(cells[13] for cells in kept) == sum_of(programme, "paid_amount")
    # The money of Union and state is not the Union's alone; in 37 rows it exceeds what is said
    # to be all public money.
    assert sum(int(cells[10]) > int(cells[12]) for cells in kept) == 37
    assert "eu_amount" not in programme.table("operations")


# OpenCoesione -------------------------------------------------------------------------------------

NATIONAL = (
    *("STATO_FONDO_DI_ROTAZIONE", "STATO_FSC", "STATO_PAC", "STATO_COMPLETAMENTI"),
    *("STATO_ALTRI_PROVVEDIMENTI", "REGIONE", "PROVINCIA", "COMUNE", "RISORSE_LIBERATE"),
    "ALTRO_PUBBLICO",
)


def test_opencoesione_parts_add_up_to_the_lists_own_total(loaded, rows_of):
    programme = loaded("opencoesione_extended")
    rows = rows_of("opencoesione_extended", delimiter=";")
    assert len(rows[0]) == 200

    def amounts(name: str) -> list[Decimal]:
        return [Decimal(row[name].replace(",", ".") or 0) for row in rows]

    union, public = amounts("FINANZ_UE"), amounts("FINANZ_TOTALE_PUBBLICO")
    national = [
        sum(parts) for parts in zip(*(amounts(f"FINANZ_{n}") for n in NATIONAL), strict=True)
    ]
    gaps = [abs(a + b - c) for a, b, c in zip(union, national, public, strict=True)]
    assert max(gaps) == Decimal("0.01")
    for column, values in (
        ("eu_amount", union),
        ("national_public_amount", national),
        ("public_amount", public),
        ("private_amount", amounts("FINANZ_PRIVATO")),
        ("eligible_cost_amount", amounts("COSTO_RENDICONTABILE_UE")),
        ("paid_amount", amounts("TOT_PAGAMENTI")),
    ):
        assert total(values) == sum_of(programme, column), column
    counted = programme.findings.rules.set_index("rule").loc["parts_against_total"]
    assert (counted["checked"], counted["broken"]) == (872, 0)
    assert all(paid <= most for paid, most in zip(amounts("TOT_PAGAMENTI"), public, strict=True))


def test_opencoesione_dates_regions_and_bodies(loaded, rows_of):
    programme = loaded("opencoesione_extended")
    rows, table = rows_of("opencoesione_extended", delimiter=";"), programme.table("operations")
    ends = [
        row["OC_DATA_FINE_PROGETTO_EFFETTIVA"] or row["OC_DATA_FINE_PROGETTO_PREVISTA"]
        for row in rows
    ]
    found = pd.to_datetime(table["end_date"]).dt.strftime("%Y%m%d").fillna("")
    assert found.tolist() == ends
    assert table.loc[table["region_name"] == "EMILIA-ROMAGNA", "region"].unique().tolist() == [
        "ITH5"
    ]
    known = [row for row in rows if re.fullmatch("0(0[1235-9]|1\\d|20)", row["COD_REGIONE"])]
    assert table["region"].notna().sum() == len(known)
    assert len(findings(programme, "unreadable", "region")) == 5  # two regions in one cell
    bodies = [
        (row["COD_LOCALE_PROGETTO"], " ".join(body.split()))
        for row in rows
        for body in row["OC_DENOM_BENEFICIARIO"].split(":::")
        if body
    ]
    partners = programme.table("partners")
    assert sorted(zip(partners["project_id"], partners["name"], strict=True)) == sorted(bodies)
    assert len(bodies) == sum(int(row["OC_TOTALE_BENEFICIARI"] or 0) for row in rows) == 676


# Kohesio ------------------------------------------------------------------------------------------


def test_kohesio_rows_are_read_as_they_stand(loaded, rows_of):
    programme, rows = loaded("kohesio_2014_2020"), rows_of("kohesio_2014_2020")
    table = programme.table("operations")
    assert total(row["Total_Eligible_Expenditure_amount"] for row in rows) == sum_of(
        programme, "eligible_cost_amount"
    )
    assert total(row["Project_EU_Budget"] for row in rows) == sum_of(programme, "eu_amount")
    assert table["region"].tolist() == [row["NUTS3_Code"] for row in rows]
    starts = [dt.datetime.strptime(row["Operation_Start_Date"], "%d/%m/%Y") for row in rows]
    assert pd.to_datetime(table["start_date"]).tolist() == starts
    assert set(table["country_code"]) == {"IE"}
    assert findings(programme, "none_given").empty
    assert (
        "'Thematic_Objective_ID'" in findings(programme, "file_not_as_expected")["message"].iloc[0]
    )


KOHESIO_ROWS = [
    {"Cofinancing_Rate": "40%", "Postal_Code": "00-001"},
    {"Cofinancing_Rate": "40", "Total_Eligible_Expenditure_Currency": "PLN"},
    {"Cofinancing_Rate": "40.0", "Operation_End_Date": "31/12/2019", "NUTS2_Code": "PL91"},
    {"Cofinancing_Rate": "0.4", "Location_Indicator_latitude_longitude": "52.2,21.0"},
    {},
]


@pytest.mark.parametrize("period", ["14-20", "21-27"])
def test_kohesio_rules_of_the_commissions_validator(shared, tmp_path, period):
    header = shared / f"data/kohesio/kohesio_header_pp{period}.csv"
    headings = header.read_text(encoding="utf-8").splitlines()[0].split(",")
    path = tmp_path / "export.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, headings)
        writer.writeheader()
        for number, row in enumerate(KOHESIO_ROWS):
            given = {
                "Operation_Unique_Identifier": f"Q{number}",
                "Operation_Start_Date": "01/02/2020",
                "Operation_End_Date": "31/12/2021",
                "Total_Eligible_Expenditure_amount": "337478.40",
                "Total_Eligible_Expenditure_Currency": "EUR",
                "Project_EU_Budget": "134991.36",
                "Country": "Poland",
                **({"CountryCode": "PL"} if period == "21-27" else {}),
            }
            writer.writerow(given | row)
    programme = da.load(path)
    assert programme.findings.files["profile"].tolist() == [
        f"kohesio_20{period[:2]}_20{period[3:]}"
    ]
    table = programme.table("operations")
    assert table["operation_id"].tolist() == ["Q0", "Q2", "Q3", "Q4"]
    assert table["eu_amount"].tolist() == [134991.36] * 4
    assert set(table["country_code"]) == {"PL"}
    assert table["eu_rate_share"].fillna(-1).tolist() == [0.4, 0.4, -1, -1]
    errors = findings(programme, "unreadable", "eligible_cost_amount")
    assert errors["value"].tolist() == ["337478.40 PLN"]
    assert findings(programme, "start_after_end")["line"].tolist() == [4]
    assert findings(programme, "none_given")["line"].tolist() == [3, 6]
    (remark,) = findings(programme, "about_the_file")["message"]
    assert remark.startswith("Rates in 'Cofinancing_Rate': 1 with a percent sign; of the others 2")


# Swedish partners ---------------------------------------------------------------------------------


def test_sweden_partners_budgets_and_projects(shared, loaded):
    programme = loaded("interreg_sweden_2021_2027")
    rows = json.loads((shared / FILES["interreg_sweden_2021_2027"]).read_text(encoding="utf-8"))
    partners, projects = programme.table("partners"), programme.table("projects")
    assert len(partners) == len(rows) == 1196
    budgets = [repr(row["partnerbudget"]) for row in rows]
    assert total(budgets) == sum_of(programme, "budget_amount", "partners")
    assert partners["role"].value_counts().to_dict() == {
        "project partner": 838,
        "lead partner": 188,
        "associated partner": 170,
    }
    assert partners["region"].nunique() == 21
    assert partners["region"].isna().sum() == sum(not row["nuts3"] for row in rows) == 7
    assert partners["name"].isna().sum() == sum(not row["organisationsnamn"] for row in rows) == 17
    # A key is programme, name and kind; three projects are stated in two ways.
    keys = {": ".join((row["program"], row["projektnamn"], row["projekttyp"])) for row in rows}
    assert set(projects["project_id"]) == set(partners["project_id"]) == keys
    assert projects["project_id"].is_unique and len(keys) == 589
    ends = findings(programme, "unreadable", "end_date")["value"].tolist()
    assert sorted(ends) == sorted(
        row["slutdatum"]
        for row in rows
        if pd.isna(pd.to_datetime(row["slutdatum"], errors="coerce"))
    )
    key, told = ("program", "projektnamn", "projekttyp"), ("startdatum", "slutdatum", "aktiv")
    ways = {tuple(row[name] for name in (*key, *told, "specifiktmal")) for row in rows}
    assert len(ways) - len(keys) == len(findings(programme, "duplicate_key")) == 3


# What is no list of operations --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (DIFFICULT / "bg_html_named_xls.xls", "bg_html_named_xls.xls"),
        (LISTS / "column_dictionary.csv", "No shipped profile fits column_dictionary.csv"),
        (LISTS / "fields.csv", "No shipped profile fits fields.csv"),
    ],
)
def test_what_holds_no_operations_is_refused_with_the_way_out(shared, path, words):
    with pytest.raises(DifassError) as caught:
        da.load(shared / path)
    assert words in caught.value.message
    assert caught.value.todo


def test_every_list_has_a_test(shared):
    """A list that somebody adds has to be read, or refused, by a test."""
    known = {path.name for path in FILES.values()}
    known |= {"bg_html_named_xls.xls", "column_dictionary.csv", "fields.csv"}
    known |= {"ro_regional_op_2007_2013.csv", "nl_structural_funds_2007_2013.csv"}
    known |= {"de_saxony_erdf_2014_2020.csv"}  # these three in test_sources_lists.py
    there = {path.name for path in (shared / LISTS).rglob("*") if path.is_file()}
    assert there <= known
