"""What profiles can say of whole rows and columns: each option on a table that fits the eye."""

import textwrap

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import difass_analysis as da
from difass_analysis.engine import DuckDBEngine
from difass_analysis.errors import ProfileError
from difass_analysis.sources import apply, read
from difass_analysis.sources.profile_file import profile_of
from difass_analysis.sources.surplus import Anchors


@pytest.fixture
def loaded(tmp_path):
    """Load a list by a profile, both written as text."""

    def load(profile, text):
        (tmp_path / "ours.toml").write_text(textwrap.dedent(profile), encoding="utf-8")
        path = tmp_path / "list.csv"
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return da.load(path, profile="ours")

    return load


def cells(frame, *names):
    """Rows of a table as lists, with None for what is missing."""
    rows = frame[list(names)].astype("object")
    return rows.where(rows.notna(), None).to_numpy().tolist()


def found(programme, rule):
    return programme.findings.frame.query("rule == @rule")


# --- fields too many -----------------------------------------------------------------

ANCHORED = """
    [file]
    quote = ""
    [file.anchors]
    "id" = '[A-Z]'
    "day" = '[0-9]{4}'
    "cost" = '[0-9]+'
    [tables.operations.columns]
    operation_id = "id"
    title = "title"
    beneficiary_name = "body"
    year = "day"
    total_cost_amount = "cost"
"""


def test_surplus_fields_go_to_the_text_where_one_way_alone_fits(loaded):
    programme = loaded(
        ANCHORED,
        """
        id,title,day,body,cost
        A,plain,2010,One,5
        B,sun, wind,2011,Two, and Co,6
        C,2010,2011,2012,Three,7
        D,much, more,2013,Four,lots
        E,too few,2014,8
        """,
    )
    assert cells(
        programme.table("operations"),
        *("operation_id", "title", "beneficiary_name", "total_cost_amount"),
    ) == [["A", "plain", "One", 5.0], ["B", "sun, wind", "Two, and Co", 6.0]]
    # C can be split at two years, D ends in no number, E has too few fields: none is guessed.
    assert programme.findings.rejects["line"].tolist() == [4, 5, 6]
    assert programme.findings.rejects["raw"].tolist()[0] == "C,2010,2011,2012,Three,7"
    assert programme.findings.files[["read", "kept", "rejected"]].iloc[0].tolist() == [5, 2, 3]
    notes = found(programme, "record_put_together")
    assert (notes["severity"].tolist(), notes["line"].tolist()) == (["note"], [3])
    assert notes["message"].iloc[0] == "7 fields instead of 5: one way alone fits them"


WORD = st.text("abc ", min_size=1, max_size=5)


@given(st.lists(WORD, min_size=1, max_size=5), st.lists(WORD, min_size=1, max_size=5))
def test_a_text_between_anchors_comes_back_as_it_was(first, second):
    anchors = Anchors(list("abcde"), {"a": "[0-9]", "c": "[0-9]", "e": "[0-9]"}, ",")
    fields = ["1", *first, "2", *second, "3"]
    assert anchors.put_together(fields) == ["1", ",".join(first), "2", ",".join(second), "3"]


@given(st.lists(st.sampled_from(["1", "x"]), min_size=4, max_size=9))
def test_what_is_put_together_is_the_only_way(fields):
    """Against all ways to cut the fields into three cells, the middle one a digit."""
    ways = [
        [",".join(fields[:i]), fields[i], ",".join(fields[i + 1 :])]
        for i in range(1, len(fields) - 1)
        if fields[i] == "1"
    ]
    wanted = ways[0] if len(ways) == 1 else None
    assert Anchors(list("abc"), {"b": "1"}, ",").put_together(fields) == wanted


# --- one of several columns ----------------------------------------------------------


def test_the_first_cell_that_is_given_counts(loaded):
    programme = loaded(
        """
        [values]
        missing = ["-"]
        [tables.operations.columns]
        operation_id = "id"
        end_date = { first = ["real", "planned"] }
        title = { first = ["local", "english", "latin"], optional = true }
        """,
        """
        id,real,planned,english
        a,2020-05-01,2020-01-01,A
        b,,2020-01-01,
        c,-,2020-01-01,C
        d,soon,2020-01-01,D
        """,
    )
    assert cells(programme.table("operations"), "operation_id", "end_date", "title") == [
        ["a", pd.Timestamp("2020-05-01").date(), "A"],
        ["b", pd.Timestamp("2020-01-01").date(), None],
        ["c", pd.Timestamp("2020-01-01").date(), "C"],
        # What cannot be read is not replaced by something else.
        ["d", None, "D"],
    ]
    assert found(programme, "unreadable")["line"].tolist() == [5]
    (warning,) = found(programme, "file_not_as_expected")["message"]
    assert warning == "Columns that such files may have, and this one lacks: 'local', 'latin'."


def test_columns_that_the_profile_does_not_read_are_named_where_sets_vary(loaded):
    profile = """
        [tables.operations.columns]
        operation_id = "id"
        title = { from = "name"%s }
        """
    text = "id,name,colour,size\na,A,red,1\n"
    varying = loaded(profile % ", optional = true", text)
    (warning,) = found(varying, "file_not_as_expected")["message"]
    assert warning == "Columns that the profile does not read: 'colour', 'size'."
    assert found(loaded(profile % "", text), "file_not_as_expected").empty


PLACES = """
    [tables.operations]
    one_of = [["postal_code", "region"]]
    required = ["public_amount"]
    [tables.operations.columns]
    operation_id = "id"
    postal_code = "post"
    region = "nuts"
    public_amount = "grant"
"""


def test_a_row_without_any_of_several_places_is_reported_and_kept(loaded):
    programme = loaded(
        PLACES,
        """
        id,post,nuts,grant
        a,10115,,1
        b,,DE30,1
        c,,,1
        """,
    )
    finding = found(programme, "none_given").iloc[0]
    assert (finding["severity"], finding["line"], finding["key"]) == ("warning", 4, "c")
    assert finding["message"].startswith("None of postal_code, region is given")
    assert len(programme.table("operations")) == 3


def test_a_line_without_a_required_cell_is_no_row(loaded):
    programme = loaded(PLACES, "id,post,nuts,grant\nHEADING,1,,\na,10115,,1\n")
    assert programme.table("operations")["operation_id"].tolist() == ["a"]
    rejects = programme.findings.rejects
    assert rejects["reason"].tolist() == ["required: public_amount"]
    assert rejects["raw"].tolist() == ["HEADING,1,,"]


# --- currencies ----------------------------------------------------------------------

MONEY = """
    [programme]
    currency = "EUR"
    [tables.operations]
    currency = "money"
    [tables.operations.columns]
    operation_id = "id"
    eu_amount = "eu"
    total_cost_amount = "total"
"""


def test_amounts_in_another_currency_never_add_up(loaded):
    programme = loaded(
        MONEY,
        """
        id,eu,total,money
        a,10,20,EUR
        b,40,80,PLN
        c,1,2, eur
        d,5,6,
        e,,,PLN
        """,
    )
    table = programme.table("operations")
    assert cells(table, "operation_id", "eu_amount", "total_cost_amount") == [
        *(["a", 10.0, 20.0], ["c", 1.0, 2.0], ["d", 5.0, 6.0], ["e", None, None])
    ]
    errors = found(programme, "unreadable")
    assert errors["message"].tolist() == [
        f"'{value}' in '{heading}' is not in the programme's currency, and nothing says at "
        "which rate to convert."
        for value, heading in (("40 PLN", "eu"), ("80 PLN", "total"))
    ]
    assert programme.findings.rejects["line"].tolist() == [3]
    (warning,) = found(programme, "file_not_as_expected")["message"]
    assert warning == "1 rows state no currency: their amounts are read as EUR."


def test_the_currency_is_that_of_the_programme_in_a_folder(tmp_path):
    (tmp_path / "ours.toml").write_text(textwrap.dedent(MONEY), encoding="utf-8")
    (tmp_path / "list.csv").write_text("id,eu,total,money\na,10,20,EUR\nb,4,8,PLN\n")
    (tmp_path / "programme.toml").write_text(
        'id = "p"\nname = "P"\ncurrency = "PLN"\n[[sources]]\nfile = "list.csv"\nprofile = "ours"\n'
    )
    programme = da.load(tmp_path)
    assert programme.table("operations")["operation_id"].tolist() == ["b"]


def test_a_file_without_its_column_of_currencies_says_so(loaded):
    programme = loaded(MONEY, "id,eu,total\na,10,20\n")
    (warning,) = found(programme, "file_not_as_expected")["message"]
    assert warning == "No column 'money': all amounts are read as EUR."


# --- rates ---------------------------------------------------------------------------

RATE = """
    [tables.operations.columns]
    operation_id = "id"
    eu_rate_share = { from = "rate", scale = "detect", units = ["%"] }
"""


@pytest.mark.parametrize(
    ("rates", "read_as", "words"),
    [
        (["40", "85.5", "0"], [0.4, 0.855, 0.0], "read as percentages."),
        (["0.4", "1", "0"], [0.4, 1.0, 0.0], "read as shares."),
        (["40%", "0.5 %", "0.4"], [0.4, 0.005, 0.4], "2 with a percent sign"),
        (["40%", "60", ""], [0.4, 0.6, None], "1 with a percent sign"),
        (["40", "0.4", "1"], [0.4, None, None], "those between 0 and 1 as unknown."),
    ],
)
def test_the_scale_of_rates_is_told_by_the_column_and_recorded(loaded, rates, read_as, words):
    rows = "".join(f"{number},{rate}\n" for number, rate in enumerate(rates))
    programme = loaded(RATE, "id,rate\n" + rows)
    assert [row[0] for row in cells(programme.table("operations"), "eu_rate_share")] == read_as
    (remark,) = found(programme, "about_the_file")["message"]
    assert words in remark
    unknown = [rate for rate, value in zip(rates, read_as, strict=True) if rate and value is None]
    assert found(programme, "unreadable")["value"].tolist() == unknown
    assert (found(programme, "unreadable")["severity"] == "warning").all()


# --- several rows in one -------------------------------------------------------------

PACKED = """
    [tables.projects.columns]
    project_id = "id"
    [tables.partners]
    split = { by = ";", columns = ["who", "where", "budget"] }
    [tables.partners.columns]
    partner_id = { line = "P-" }
    project_id = "id"
    name = "who"
    country_code = { from = "where", map = { Italy = "IT", Malta = "MT" } }
    budget_amount = "budget"
"""


def test_packed_cells_become_rows_piece_by_piece(loaded):
    programme = loaded(
        PACKED,
        """
        id,who,where,budget
        a,North; South ;East;,Italy;Malta;Italy;,1;2;3;
        b,Alone,Malta,4
        c,,,
        d,One; Two,,5;
        """,
    )
    columns = ("partner_id", "project_id", "name", "country_code", "budget_amount")
    assert cells(programme.table("partners"), *columns) == [
        ["P-2.1", "a", "North", "IT", 1.0],
        ["P-2.2", "a", "South", "MT", 2.0],
        ["P-2.3", "a", "East", "IT", 3.0],
        ["P-3.1", "b", "Alone", "MT", 4.0],
        ["P-5.1", "d", "One", None, 5.0],
        ["P-5.2", "d", "Two", None, None],
    ]
    assert programme.table("projects")["project_id"].tolist() == ["a", "b", "c", "d"]
    files = programme.findings.files.set_index("table")
    assert files.loc["partners", ["read", "kept", "rejected"]].tolist() == [4, 4, 0]


def test_packed_cells_of_different_length_are_not_put_together(loaded):
    programme = loaded(
        PACKED,
        """
        id,who,where,budget
        a,North; South,Italy;Malta;Malta,1;2
        b,East;West,Italy;Malta,7
        """,
    )
    # The country of a is unknown. An amount that may be anybody's sets the line aside.
    assert cells(programme.table("partners"), "name", "country_code", "budget_amount") == [
        *(["North", None, 1.0], ["South", None, 2.0])
    ]
    errors = found(programme, "unreadable")
    assert errors[["severity", "line", "column", "value"]].to_numpy().tolist() == [
        *(["error", 3, "budget_amount", "7"], ["warning", 2, "country_code", "Italy;Malta;Malta"])
    ]
    assert "holds 3 values, and 'who' 2: which belong together" in errors["message"].iloc[1]
    assert programme.findings.files["rejected"].sum() == 1


def test_a_list_without_any_piece_has_no_partners(loaded):
    programme = loaded(PACKED, "id,who,where,budget\na,,,\n")
    assert len(programme.table("partners")) == 0
    assert len(programme.table("projects")) == 1


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=0, max_size=4), min_size=1, max_size=6))
def test_no_piece_is_lost_or_made_up(tmp_path_factory, lists):
    path = tmp_path_factory.mktemp("packed") / "list.csv"
    rows = [f"{number},{'/'.join(items)}" for number, items in enumerate(lists)]
    path.write_text("\n".join(["id,who", *rows]) + "\n", encoding="utf-8")
    content = {
        "tables": {
            "partners": {
                "split": {"by": "/", "columns": ["who"]},
                "columns": {"partner_id": {"line": "P-"}, "project_id": "id", "name": "who"},
            }
        }
    }
    engine = DuckDBEngine()
    profile = profile_of(content, name="mine", where="mine.toml")
    (result,) = apply(read(path, profile, engine=engine), profile, engine=engine)
    frame = engine.collect(result.lazy).sort_values(["_line", "partner_id"])
    assert frame["partner_id"].is_unique
    pairs = list(zip(frame["project_id"], frame["name"], strict=True))
    assert pairs == [(str(n), item) for n, items in enumerate(lists) for item in items]


# --- what cannot be done -------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"file": {"anchors": {"a": "("}}}, "anchor of 'a' is no regular expression"),
        ({"table": {"split": {"by": ";"}}}, "needs what stands between the values"),
        ({"table": {"split": {"by": ";", "columns": ["x"]}}}, "'x' is split, and no column"),
        ({"table": {"split": {"at": ";"}}}, "There is no entry 'at'"),
        ({"table": {"one_of": [["region"]]}}, "'region' is under one_of, and no column"),
        ({"table": {"one_of": ["region"]}}, "must be a list such as"),
        ({"table": {"required": ["region"]}}, "'region' is under required, and no column"),
        ({"table": {"currency": "c"}}, "the programme's currency, which is missing"),
        ({"column": {"from": "e", "scale": "detect"}}, "only a share from one heading"),
        ({"column": {"from": "e", "scale": "guess"}}, "above 0, or 'detect'"),
        ({"column": {"first": ["e"]}}, "'first' needs at least two headings"),
    ],
)
def test_an_option_that_cannot_work_is_refused(content, words):
    columns = {"operation_id": "id", "eu_amount": content.get("column", "e")}
    tables = {"operations": {"columns": columns, **content.get("table", {})}}
    with pytest.raises(ProfileError) as caught:
        profile_of(
            {"file": content.get("file", {}), "tables": tables}, name="mine", where="mine.toml"
        )
    assert words in str(caught.value)
