"""The packaged example programmes: complete, traceable, in our own words and of one shape."""

from __future__ import annotations

import csv
import datetime
import re
import tomllib
from collections.abc import Collection
from pathlib import Path

import pytest

from difass_analysis.schema import TABLES

RAW = Path(__file__).parents[1] / "data" / "raw"

# folder -> (what the fact tables call it, the source text)
PROGRAMMES = {
    "difass": ("difass", "000_6ddf9a6fa807102f.txt"),
    "mini_europe": ("mini_europe", "001_2dd29a5626f715a1.txt"),
    "atm_for_smes": ("atm_for_smes", "002_c51ca991c1efa4b1.txt"),
    "emilia_romagna_clusters": ("er_cluster_promotion", "003_b5c9eb399631d665.txt"),
    "sie": ("sie", "004_ee2277045864c647.txt"),
}
FOLDER = {entity: folder for folder, (entity, _) in PROGRAMMES.items()}

# fact table of the shared folder -> (its key, the canonical table)
KEYED = {
    "organisations": ("org_id", "partners"),
    "geographies": ("geo_id", "regions"),
    "mechanisms": ("mechanism_id", "mechanisms"),
    "policy_instruments": ("row_id", "policy_instruments"),
    "barriers_claims": ("row_id", "barriers"),
    "events": ("event_id", "events"),
    "outputs": ("output_id", "outputs"),
    "transfers": ("transfer_id", "transfers"),
    "inconsistencies": ("issue_id", "notes"),
    "numbers": ("fact_id", "facts"),
}
RULES = {
    "i01": "partner_counts_differ",
    "i02": "unlabelled_amount",
    "i03": "dates_one_day_early",
    "i04": "finished_but_planned",
    "i05": "transfer_levels_differ",
    "i06": "importer_repeated",
    "i09": "transfer_pairs_unknown",
    "i11": "project_incomplete",
    "i13": "eu_money_outside_union",
    "i15": "approximate_value",
    "i17": "call_totals_infeasible",
    "i18": "scheme_totals_infeasible",
    "i19": "public_share_below_rate",
    "i20": "scheme_years_without_calls",
    "i21": "smes_counted_per_call",
    "i23": "private_unsure",
    "i26": "instrument_area_differs",
}
PRACTICE_COLUMN = {
    "difficulties_encountered": "difficulties",
    "potential_for_learning_or_transfer": "learning_potential",
}
# Tables that name their source in each row need no facts about their cells.
SOURCED = {"facts", "notes", "outside_facts"}
UNTRACED = {"programme_id", "nuts_version", "note"}
# Proper names may be long; everything else of eight words or more has to be said anew.
LONG_NAMES = {("organisations", "name"), ("projects", "name"), ("events", "name")}
NOT_TEXT = {"source_url", "seed_file"}
RUN = 8

Row = dict[str, str]


def rows_of(path: Path) -> list[Row]:
    """Read a CSV file as text."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def table_rows(folder: str, table: str) -> list[Row]:
    """Rows of one table of one programme, none where the programme has no such table."""
    path = RAW / folder / f"{table}.csv"
    return rows_of(path) if path.exists() else []


def tables_of(folder: str) -> dict[str, list[Row]]:
    """All tables of one programme."""
    return {path.stem: rows_of(path) for path in sorted((RAW / folder).glob("*.csv"))}


def key_of(table: str, row: Row) -> str:
    """The key of a row; every table of the examples has a key of one column."""
    (column,) = TABLES[table].key
    return row[column]


def by_key(folder: str, table: str) -> dict[str, Row]:
    """Rows of one table by key."""
    return {key_of(table, row): row for row in table_rows(folder, table)}


def seed(shared: Path, name: str) -> list[Row]:
    """One of the shared fact tables."""
    return rows_of(shared / "data" / "seed_facts" / f"{name}.csv")


def words(text: str) -> list[str]:
    """Words of a text, without punctuation or case."""
    return re.findall(r"[^\W_]+", text.casefold())


def runs(text: str) -> set[tuple[str, ...]]:
    """All runs of `RUN` consecutive words."""
    found = words(text)
    return {tuple(found[i : i + RUN]) for i in range(len(found) - RUN + 1)}


def same(recorded: str, unit: str, cell: str) -> bool:
    """Whether a fact's value is that of its cell; percent stand in cells as fractions."""
    if recorded == cell:
        return True
    try:
        scale = 100 if unit == "percent" else 1
        return float(recorded) / scale == pytest.approx(float(cell), rel=1e-12)
    except ValueError:
        return False


@pytest.fixture(params=sorted(PROGRAMMES))
def folder(request: pytest.FixtureRequest) -> str:
    """Each programme folder in turn."""
    return str(request.param)


# Shape: what the schema says ---------------------------------------------------------------


def test_programme_file_lists_every_table(folder: str) -> None:
    programme = tomllib.loads((RAW / folder / "programme.toml").read_text(encoding="utf-8"))
    assert programme["id"] == folder
    assert programme["currency"] == "EUR"
    assert programme["published"] is True
    assert programme["simulated"] is False
    listed = {source["file"]: source["table"] for source in programme["sources"]}
    assert listed == {path.name: path.stem for path in (RAW / folder).glob("*.csv")}
    assert {source["profile"] for source in programme["sources"]} == {"canonical"}


def test_files_are_plain_utf8_with_unix_lines(folder: str) -> None:
    for path in (RAW / folder).iterdir():
        data = path.read_bytes()
        data.decode("utf-8")
        assert not data.startswith(b"\xef\xbb\xbf"), path.name
        assert b"\r" not in data, path.name
        assert data.endswith(b"\n"), path.name


def test_columns_are_those_of_the_schema_in_its_order(folder: str) -> None:
    for table in tables_of(folder):
        with (RAW / folder / f"{table}.csv").open(encoding="utf-8", newline="") as handle:
            header = next(csv.reader(handle))
        assert header == [name for name in TABLES[table].names if name in header], table


def test_keys_are_filled_and_unique(folder: str) -> None:
    for table, rows in tables_of(folder).items():
        keys = [key_of(table, row) for row in rows]
        assert rows, table
        assert all(keys), table
        assert len(set(keys)) == len(keys), table


def test_facts_and_notes_have_keys_unique_over_all_programmes() -> None:
    for table in SOURCED | {"partners", "regions", "transfers", "practices", "outputs"}:
        keys = [key_of(table, row) for folder in PROGRAMMES for row in table_rows(folder, table)]
        assert len(set(keys)) == len(keys), table


def problem_of(value: str, kind: str, minimum: float | None, maximum: float | None) -> str:
    """What is wrong with a filled cell, empty when nothing is."""
    if value != value.strip():
        return "blanks around it"
    if kind == "date":
        datetime.date.fromisoformat(value)
        return "" if len(value) == len("2012-01-31") else "not a full date"
    if kind == "flag":
        return "" if value in {"true", "false"} else "not a flag"
    if kind in {"money", "share", "count", "number", "year"}:
        if not re.fullmatch(r"-?\d+(\.\d+)?", value):
            return "not a plain number"
        number = float(value)
        low = minimum is None or number >= minimum
        high = maximum is None or number <= maximum
        return "" if low and high else "out of range"
    return ""


def test_cells_are_of_their_kind(folder: str) -> None:
    for table, rows in tables_of(folder).items():
        for column in TABLES[table].columns:
            for row in rows:
                value = row.get(column.name, "")
                where = (table, key_of(table, row), column.name, value)
                assert value or not column.required, where
                if not value:
                    continue
                assert not problem_of(value, column.kind, column.minimum, column.maximum), where
                assert not column.values or value in column.values, where


def test_references_hold(folder: str) -> None:
    keys = {table: set(by_key(folder, table)) for table in tables_of(folder)}
    for table, rows in tables_of(folder).items():
        for column in TABLES[table].columns:
            if not column.references:
                continue
            found = {row.get(column.name, "") for row in rows} - {""}
            assert found <= keys.get(column.references, set()), (table, column.name)


def test_region_is_the_code_in_the_version_it_names(folder: str) -> None:
    programme = tomllib.loads((RAW / folder / "programme.toml").read_text(encoding="utf-8"))
    for table, rows in tables_of(folder).items():
        if "region" not in TABLES[table].names:
            continue
        for row in rows:
            if row.get("region"):
                assert row["nuts_version"] == programme["nuts_version"], (table, row)
            if table == "regions":
                assert row.get("region", "") == row["nuts_" + programme["nuts_version"]], row


# Provenance: every value leads to its source text --------------------------------------------


def test_every_filled_cell_has_exactly_one_fact_with_its_source(folder: str) -> None:
    pointed: dict[tuple[str, str, str], list[Row]] = {}
    for fact in table_rows(folder, "facts"):
        if fact["table"]:
            pointed.setdefault((fact["table"], fact["key"], fact["column"]), []).append(fact)
    for table, rows in tables_of(folder).items():
        if table in SOURCED:
            continue
        references = {column.name for column in TABLES[table].columns if column.references}
        untraced = UNTRACED | references | set(TABLES[table].key)
        for row in rows:
            for column, value in row.items():
                cell = (table, key_of(table, row), column)
                found = pointed.pop(cell, [])
                if column in untraced:
                    assert not found, cell
                elif value or found:
                    assert len(found) == 1, cell
                    assert same(found[0]["value"], found[0]["unit"], value), cell
    assert not pointed, "facts that point to no cell"


def test_sources_are_the_text_of_the_programme(folder: str) -> None:
    _, text = PROGRAMMES[folder]
    for table in ("facts", "notes"):
        assert {row["source"] for row in table_rows(folder, table)} == {text}, table
    assert all(row["source"] for row in table_rows(folder, "outside_facts"))


def test_facts_without_a_cell_have_a_name_and_no_key(folder: str) -> None:
    for fact in table_rows(folder, "facts"):
        assert fact["column"], fact
        assert bool(fact["table"]) == bool(fact["key"]), fact


def test_notes_point_to_rows_that_exist(folder: str) -> None:
    for note in table_rows(folder, "notes"):
        assert note["text"], note["note_id"]
        assert note["treatment"], note["note_id"]
        if note["key"]:
            assert note["key"] in by_key(folder, note["table"]), note["note_id"]
        elif note["table"]:
            assert table_rows(folder, note["table"]), note["note_id"]


# Completeness: nothing of the fact tables is lost ----------------------------------------------


@pytest.mark.parametrize("name", sorted(KEYED))
def test_every_keyed_fact_is_carried(shared: Path, name: str) -> None:
    key, table = KEYED[name]
    for row in seed(shared, name):
        assert row[key] in by_key(FOLDER[row["entity_id"]], table), row[key]


def test_no_row_is_invented(shared: Path) -> None:
    for name, (key, table) in KEYED.items():
        if table == "facts":
            continue
        ours = {(f, k) for f in PROGRAMMES for k in by_key(f, table)}
        assert ours == {(FOLDER[row["entity_id"]], row[key]) for row in seed(shared, name)}, table


def test_numbers_have_their_value_kind_and_source(shared: Path) -> None:
    numbers = seed(shared, "numbers")
    assert len(numbers) == 63
    for row in numbers:
        fact = by_key(FOLDER[row["entity_id"]], "facts")[row["fact_id"]]
        assert fact["value"] == row["value"], row["fact_id"]
        assert fact["source"] == row["seed_file"], row["fact_id"]
        expected = "stated" if row["kind"] == "average" else row["kind"]
        assert fact["kind"] == expected, row["fact_id"]
        assert fact["table"] or fact["column"] == row["variable"], row["fact_id"]


def test_projects_are_carried(shared: Path) -> None:
    for row in seed(shared, "projects"):
        if row["entity_id"] == "er_cluster_promotion":
            assert not table_rows(FOLDER[row["entity_id"]], "projects")
            continue
        ours = by_key(FOLDER[row["entity_id"]], "projects")[row["entity_id"]]
        for mine, theirs in (
            ("acronym", "acronym"),
            ("name", "name"),
            ("kind_of_project", "kind"),
            ("programme_name", "programme"),
            ("status", "status"),
            ("themes", "themes"),
        ):
            assert ours[mine] == row[theirs], (row["entity_id"], mine)
        assert ours["start_date"].startswith(row["start_date"])
        assert ours["end_date"].startswith(row["end_date"])
        assert ours["programme_period"] == row["programme_period"].replace(" ", "")
        assert row["amount_eur"] in {ours["eu_amount"], ours["unlabelled_amount"]}
        assert ours["regions_count"] == row["region_count"]


def test_calls_are_carried(shared: Path) -> None:
    calls = by_key("emilia_romagna_clusters", "calls")
    scheme = by_key("emilia_romagna_clusters", "schemes")["er_cluster_promotion"]
    for row in seed(shared, "scheme_calls"):
        call = calls[f"er_{row['year']}"]
        assert call["year"] == row["year"]
        assert call["operations_count"] == row["projects"]
        assert call["smes_count"] == row["smes"]
        assert call["public_amount"] == row["regional_contribution_eur_avg"]
        assert call["additional_investment_amount"] == row["additional_investment_eur_avg"]
        assert scheme["max_grant_amount"] == row["cap_eur_per_project"]
        assert float(scheme["max_aid_share"]) * 100 == float(row["rate_max_percent"])
        assert scheme["staff_count"] == row["staff"]
    assert len(calls) == 2


def test_organisations_are_carried(shared: Path) -> None:
    for row in seed(shared, "organisations"):
        ours = by_key(FOLDER[row["entity_id"]], "partners")[row["org_id"]]
        assert ours["name"] in row["name"]
        assert ours["country_code"] == row["country_iso2_or_UK"]
        assert ours["place"] == row["place"].removesuffix(" (kick-off)")
        assert ours["role"]


def test_geographies_are_carried(shared: Path) -> None:
    for row in seed(shared, "geographies"):
        ours = by_key(FOLDER[row["entity_id"]], "regions")[row["geo_id"]]
        assert (ours["name"], ours["level"], ours["role"]) == (
            row["name_in_seed"],
            row["level"],
            row["role"],
        )
        for year in ("2013", "2016", "2021", "2024"):
            code = row[f"nuts{year}"]
            assert ours[f"nuts_{year}"] == ("" if code.startswith("(") else code), row["geo_id"]


def test_transfers_are_carried(shared: Path) -> None:
    for row in seed(shared, "transfers"):
        ours = by_key(FOLDER[row["entity_id"]], "transfers")[row["transfer_id"]]
        for column in ("from_name", "from_level", "to_name", "to_level"):
            assert ours[column] == row[column], row["transfer_id"]
        if practice := ours.get("practice_id"):
            title = by_key(FOLDER[row["entity_id"]], "practices")[practice]["title"]
            assert title == row["practice"]


def test_policy_instruments_are_carried(shared: Path) -> None:
    ours = by_key("sie", "policy_instruments")
    for row in seed(shared, "policy_instruments"):
        mine = ours[row["row_id"]]
        assert row["region"] in mine["region_name"], row["row_id"]
        assert mine["partner_name"] == row["partner"]
        assert mine["name"] == row["policy_instrument"]
        assert mine["level"] == row["level"]
        assert mine["element"] == row["element_type"]
        assert mine["statement"], row["row_id"]
        assert mine["label_type"], row["row_id"]
        for number in re.findall(r"\d+(?:\.\d+)?", row["text"]):
            assert number in mine["statement"], (row["row_id"], number)


def test_events_are_carried(shared: Path) -> None:
    for row in seed(shared, "events"):
        ours = by_key(FOLDER[row["entity_id"]], "events")[row["event_id"]]
        for column in ("name", "place", "host", "end_date"):
            assert ours[column] == row[column], row["event_id"]
        assert ours["kind_of_event"] == row["type"]
        start = row["start_date"]
        assert ours["start_date"] == (f"{start}-01" if len(start) == len("2012-01") else start)


def test_outputs_are_carried(shared: Path) -> None:
    for row in seed(shared, "outputs"):
        ours = by_key(FOLDER[row["entity_id"]], "outputs")[row["output_id"]]
        done = row["status"] == "done"
        assert ours["achieved" if done else "planned"] == row["value"], row["output_id"]
        assert not ours["planned" if done else "achieved"], row["output_id"]
        assert not ours["indicator_code"], row["output_id"]
        assert ours["status"] == ("done" if done else "planned"), row["output_id"]


def test_mechanisms_and_barriers_keep_their_class(shared: Path) -> None:
    for row in seed(shared, "mechanisms"):
        ours = by_key(FOLDER[row["entity_id"]], "mechanisms")[row["mechanism_id"]]
        assert ours["name"]
        assert ours["instrument_type"] == row["type"]
    for row in seed(shared, "barriers_claims"):
        ours = by_key(FOLDER[row["entity_id"]], "barriers")[row["row_id"]]
        assert ours["statement"]
        assert ours["kind_of_statement"] == row["type"]


def test_every_field_of_the_practice_record_is_carried(shared: Path) -> None:
    folder = "emilia_romagna_clusters"
    practice = by_key(folder, "practices")["er_cluster_promotion"]
    fields = seed(shared, "good_practice_fields")
    assert len(fields) == 14
    facts = {
        row["column"]: row
        for row in table_rows(folder, "facts")
        if row["table"] in {"", "practices"}
    }
    for row in fields:
        field = row["template_field"]
        column = PRACTICE_COLUMN.get(field, field)
        assert column in facts, field
        known = not row["text"].startswith("(")
        assert bool(facts[column]["value"]) == known, field
        assert column not in practice or bool(practice[column]) == known, field
        for number in re.findall(r"\b\d{2,}\b", row["text"]):
            assert number in practice.get(column, number), (field, number)
    assert practice["title"] == next(r["text"] for r in fields if r["template_field"] == "title")
    assert len(practice["title"]) == 152


def test_outside_facts_are_carried_and_kept_apart(shared: Path) -> None:
    address = ""
    for row in seed(shared, "external_checks"):
        address = address if row["source_url"] == "same page" else row["source_url"]
        ours = [
            mine
            for mine in table_rows(FOLDER[row["entity_id"]], "outside_facts")
            if mine["variable"] == row["variable"]
        ]
        assert [(mine["value"], mine["unit"], mine["source"]) for mine in ours] == [
            (row["value"], row["unit"], address)
        ]
    assert sum(len(table_rows(f, "outside_facts")) for f in PROGRAMMES) == 12


def test_outside_values_appear_nowhere_else(shared: Path) -> None:
    outside = {
        value.replace(",", "")
        for row in seed(shared, "external_checks")
        for value in re.findall(r"\d{4}-\d\d-\d\d|[\d,]+\.\d\d", row["value"] + row["note"])
    }
    stated = {row["value"] for row in seed(shared, "numbers")}
    month = {"2012-01-01"}  # also the first day of the month of a seminar
    for where, text in all_texts(skip={"outside_facts"}):
        plain = re.sub(r"(?<=\d),(?=\d{3})", "", text)
        found = {value for value in outside - stated - month if value in plain}
        assert not found, (where, found)


# Words: our own ------------------------------------------------------------------------------


def all_texts(*, skip: Collection[str] = ()) -> list[tuple[str, str]]:
    """Every cell and document of the examples, with the place where it stands."""
    found = [("SOURCES.md", (RAW / "SOURCES.md").read_text(encoding="utf-8"))]
    for folder in PROGRAMMES:
        programme = (RAW / folder / "programme.toml").read_text(encoding="utf-8")
        found.append((f"{folder}/programme.toml", programme))
        for table, rows in tables_of(folder).items():
            if table in skip:
                continue
            for row in rows:
                for column, value in row.items():
                    if column != "source":
                        found.append((f"{folder}/{table}/{key_of(table, row)}/{column}", value))
    return found


def test_no_sentence_is_copied(shared: Path) -> None:
    sentences, names = set(), set()
    for path in sorted((shared / "data" / "seed_facts").glob("*.csv")):
        for row in rows_of(path):
            title = path.stem == "good_practice_fields" and row["template_field"] == "title"
            for column, text in row.items():
                if title or (path.stem, column) in LONG_NAMES:
                    names |= runs(text)
                elif column not in NOT_TEXT:
                    sentences |= runs(text)
    taken = sentences - names
    assert len(taken) > 500
    copied = [(where, " ".join(run)) for where, text in all_texts() for run in runs(text) & taken]
    assert not copied


def test_no_address_outside_outside_facts() -> None:
    address = re.compile(r"https?:|www\.|\b[\w-]+\.(?:eu|com|org|co\.uk)\b")
    for where, text in all_texts(skip={"outside_facts"}):
        assert not address.search(text), where
    for folder in PROGRAMMES:
        for table, rows in tables_of(folder).items():
            if table != "outside_facts":
                assert not any(address.search(row.get("source", "")) for row in rows), table


# Notes: 31, and the data that let their rules find them ------------------------------------------


def test_notes_name_the_rule_that_finds_them(shared: Path) -> None:
    notes = {k: row for f in PROGRAMMES for k, row in by_key(f, "notes").items()}
    assert len(notes) == 31
    assert {k: row["found_by"] for k, row in notes.items() if row["found_by"]} == RULES
    for row in seed(shared, "inconsistencies"):
        expected = "note" if row["severity"] == "low" else "warning"
        assert notes[row["issue_id"]]["severity"] == expected, row["issue_id"]


def test_cap_and_amounts_conflict_as_noted() -> None:
    calls = by_key("emilia_romagna_clusters", "calls")
    scheme = by_key("emilia_romagna_clusters", "schemes")["er_cluster_promotion"]
    cap = float(scheme["max_grant_amount"])
    room = {k: cap * int(row["operations_count"]) for k, row in calls.items()}
    public = {k: float(row["public_amount"]) for k, row in calls.items()}
    added = sum(float(row["additional_investment_amount"]) for row in calls.values())
    assert room == {"er_2017": 1_680_000, "er_2018": 1_280_000}
    assert room["er_2018"] < public["er_2018"]
    assert sum(room.values()) == 2_960_000 < sum(public.values())
    share = sum(public.values()) / (sum(public.values()) + added)
    assert share == pytest.approx(3 / 7)
    assert share < float(scheme["max_aid_share"])
    assert (scheme["start_date"][:4], scheme["end_date"][:4]) == ("2013", "2020")


def test_difass_readings_follow_from_the_unlabelled_values() -> None:
    project = by_key("difass", "projects")["difass"]
    facts = by_key("difass", "facts")
    amount, share = float(project["unlabelled_amount"]), float(project["unlabelled_share"])
    assert not project["eu_amount"]
    assert not project["budget_amount"]
    assert float(facts["difass_reading_a_eu"]["value"]) == round(amount * share, 2)
    assert float(facts["difass_reading_b_total"]["value"]) == round(amount / share, 2)
    assert project["status"] == "FINISHED"
    planned = [row for row in table_rows("difass", "outputs") if row["planned"]]
    assert planned
    assert not any(row["achieved"] for row in planned)


def test_transfers_have_the_pattern_that_is_noted() -> None:
    rows = table_rows("difass", "transfers")
    assert len(rows) == 8
    assert {row["from_level"] for row in rows} == {"country", "region"}
    importers = [row["to_name"] for row in rows]
    assert {name for name in importers if importers.count(name) > 1} == {"Italy"}
    assert len({row["to_region"] for row in rows}) == 7
    assert all(len(row["to_region"]) == 2 for row in rows)
    (pairs,) = table_rows("mini_europe", "transfers")
    assert pairs["from_name"] == pairs["to_name"]


def test_other_noted_matters_are_in_the_data() -> None:
    assert by_key("atm_for_smes", "regions")["g23"]["region"] == "NO"
    assert by_key("atm_for_smes", "projects")["atm_for_smes"]["eu_amount"] == "1622097"
    approximate = [
        row for f in PROGRAMMES for row in table_rows(f, "facts") if row["kind"] == "approximate"
    ]
    assert [row["fact_id"] for row in approximate] == ["n022"]
    differing = {
        row["policy_instrument_id"]
        for row in table_rows("sie", "policy_instruments")
        if row["region_name"] != row["instrument_region_name"]
    }
    kent, usti = {f"p{i:02d}" for i in range(1, 5)}, {f"p{i:02d}" for i in range(9, 17)}
    assert differing == kent | usti | {"p23", "p24", "p25", "p32"}
