"""The command line as a newcomer uses it: exit codes, next steps, and never a traceback."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from difass_analysis.cli import main
from difass_analysis.loading import example_path

EXAMPLE = example_path() / "emilia_romagna_clusters"
GOOD = "operation_id,region,year,public_amount,private_amount\na,N,2017,10,20\nb,S,2018,30,15\n"


@pytest.fixture
def run(capsys):
    """Run a command in this process: exit code, standard output, standard error."""

    def call(*arguments):
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return stop.value.code or 0, out, err

    return call


@pytest.fixture
def file(tmp_path):
    """Write a file of operations and return its path."""

    def write(content, name="operations.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


# --- what each command says ----------------------------------------------------------


def test_indicators_of_the_example(run):
    code, out, _ = run("indicators", EXAMPLE, "--by", "year")
    assert code == 0
    for figure in ("1.33", "7,500", "8,824", "200", "170", "117.2 %"):
        assert figure in out
    code, out, _ = run("indicators", EXAMPLE)
    assert code == 0
    assert "8,108" in out
    assert "200 to 370 (bounds)" in out


def test_check_names_both_infeasible_totals_and_ends_with_0(run):
    code, out, _ = run("check", EXAMPLE)
    assert code == 0
    assert "calls.csv, line 3, public_amount: Call er_2018" in out
    assert "short by 220,000" in out
    assert "short by 40,000" in out
    assert "0 errors" in out


def test_check_without_a_path_covers_all_five_programmes(run):
    code, out, _ = run("check", "--json")
    assert code == 0
    ids = [programme["provenance"]["programme"] for programme in json.loads(out)]
    assert sorted(ids) == [
        "atm_for_smes",
        "difass",
        "emilia_romagna_clusters",
        "mini_europe",
        "sie",
    ]


def test_check_writes_findings_and_rejects_that_account_for_every_row(run, file, tmp_path):
    code, _, _ = run("check", file(GOOD + "b,S,2018,1,1\nc,S,2018,-5,1\n"), "--out", tmp_path / "o")
    assert code == 1
    rejects = pd.read_csv(tmp_path / "o" / "rejects.csv")
    files = pd.read_csv(tmp_path / "o" / "files.csv")
    assert rejects["line"].tolist() == [4, 5]
    assert rejects["raw"].tolist() == ["b,S,2018,1,1", "c,S,2018,-5,1"]
    assert files[["read", "kept", "rejected"]].values.tolist() == [[4, 2, 2]]
    assert set(pd.read_csv(tmp_path / "o" / "findings.csv")["rule"]) == {
        "duplicate_key",
        "below_range",
    }


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "html", "tex", "md", "parquet", "json"])
def test_indicators_as_a_file(run, tmp_path, suffix):
    path = tmp_path / f"table.{suffix}"
    code, out, _ = run("indicators", EXAMPLE, "--by", "year", "--out", path)
    assert code == 0
    assert path.stat().st_size > 100
    assert out.strip().endswith(str(path))


def test_where_restricts_and_says_so(run, file, tmp_path):
    """The list is declared public: of one that is not, a figure of a single one is withheld."""
    file(GOOD)
    (tmp_path / "programme.toml").write_text(
        'id = "own"\nname = "Own"\ncurrency = "EUR"\npublished = true\n'
        '[[sources]]\nfile = "operations.csv"\n'
    )
    asked = ("--indicator", "private_per_public", "--where", "region=N")
    code, out, _ = run("indicators", tmp_path, *asked)
    assert code == 0
    assert "2.00" in out
    assert "Only rows with region = N." in out


def test_compare_prints_ranks_with_their_sets(run, tmp_path):
    run_code, _, _ = run("simulate", "--out", tmp_path / "s", "--operations", "300")
    assert run_code == 0
    code, out, _ = run("compare", tmp_path / "s", "--out", tmp_path / "ranks.svg")
    assert code == 0
    assert "SIMULATED DATA" in out
    assert " of 7" in out
    assert (tmp_path / "ranks.svg").read_text(encoding="utf-8").count("SIMULATED") >= 1
    code, out, _ = run("compare", tmp_path / "s", "--over", "mechanism", "--benchmark", "FRI")
    assert code == 0
    assert "composition" in out


def test_data_can_be_loaded_again(run, tmp_path):
    code, out, _ = run("data", EXAMPLE, "--out", tmp_path)
    assert code == 0
    code, out, _ = run("indicators", tmp_path / "emilia_romagna_clusters", "--by", "year")
    assert code == 0
    assert "8,824" in out


def test_a_file_of_simulated_rows_says_so_when_it_travels_alone(run, tmp_path):
    run("simulate", "--out", tmp_path, "--operations", "20")
    code, out, _ = run("check", tmp_path / "operations.parquet")
    assert code == 0
    assert "SIMULATED DATA" in out


def test_catalogue(run):
    code, out, _ = run("catalogue", "public_share")
    assert code == 0
    assert "Definition" in out
    assert "sum of operations.public_amount" in out
    code, out, _ = run("catalogue")
    assert code == 0
    assert "smes_reached" in out


def test_report_prints_the_path_of_the_page_last(run, tmp_path):
    code, out, _ = run("report", EXAMPLE, "--out", tmp_path)
    assert code == 0
    assert Path(out.strip().splitlines()[-1]) == tmp_path / "index.html"


# --- what goes wrong -----------------------------------------------------------------

WRONG = {
    "no such file": (["check", "nowhere.csv"], "There is no file or folder nowhere.csv"),
    "unknown indicator": (["indicators", EXAMPLE, "--indicator", "publik"], "Did you mean"),
    "leverage has several meanings": (
        ["indicators", EXAMPLE, "--indicator", "leverage"],
        "private_per_public",
    ),
    "unknown group": (["indicators", EXAMPLE, "--by", "regiom"], "Did you mean 'region'"),
    "level": (["indicators", EXAMPLE, "--level", "95"], "between 0 and 1"),
    "condition": (["indicators", EXAMPLE, "--where", "year"], "--where priority=4"),
    "ending": (["indicators", EXAMPLE, "--out", "x.doc"], ".xlsx"),
    "blank": (["check", EXAMPLE, "--blank", "nil"], "unknown or zero"),
    "profile for a folder": (["check", EXAMPLE, "--profile", "nope"], "single file"),
    "engine": (["--engine", "sparc", "check"], "Use --engine duckdb"),
    "memory": (["--memory", "much", "check"], "for example 2GB"),
    "option": (["indicators", "--nope"], "No such option: --nope"),
    "several programmes in one file": (
        ["compare", example_path().parent / "nothing"],
        "There is no file or folder",
    ),
    "a total cannot be compared": (
        ["compare", EXAMPLE, "--indicator", "operations"],
        "Compare a ratio",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use_ends_with_2_a_sentence_and_a_next_step(run, case):
    arguments, expected = WRONG[case]
    code, out, err = run(*arguments)
    assert code == 2
    assert expected in err.replace("\n", " ")
    assert "Traceback" not in out + err


BROKEN = {
    "empty file": (b"", "empty"),
    "header only": (b"operation_id,public_amount\n", "no rows"),
    "NUL bytes": (b"operation_id,public_amount\na,\0\n", "NUL"),
    "other encoding": ("operation_id,title\na,Señor\n".encode("cp1252"), "cp1252"),
    "no key": (b"region,public_amount\nN,1\n", "headings"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_that_cannot_be_read_ends_with_2_and_says_why(run, file, case):
    content, expected = BROKEN[case]
    code, out, err = run("check", file(content))
    assert code == 2
    assert expected in err
    assert "Next:" in err
    assert "Traceback" not in out + err


def test_text_in_a_number_is_an_error_with_its_line_and_value(run, file):
    code, out, _ = run("check", file(GOOD + "c,N,2018,n/a,1\n"))
    assert code == 1
    assert "line 4" in out
    assert "'n/a' in 'public_amount' is no number" in out
    code, out, _ = run("indicators", file(GOOD + "c,N,2018,n/a,1\n"), "--indicator", "public")
    assert code == 0
    assert "1 of 3 rows of operations.csv (operations) could not be used" in out


def test_a_bad_indicator_of_a_programme_is_refused_with_the_reason(run, tmp_path):
    (tmp_path / "operations.csv").write_text(GOOD, encoding="utf-8")
    (tmp_path / "programme.toml").write_text(
        'id = "x"\nname = "X"\n[[sources]]\nfile = "operations.csv"\ntable = "operations"\n'
        '[[indicators]]\nid = "odd"\nlabel = "l"\nunit = "u"\ndefinition = "d"\nsource = "s"\n'
        'numerator = {sum = "operations.region"}\n',
        encoding="utf-8",
    )
    code, _, err = run("check", tmp_path)
    assert code == 2
    assert "operations.region is text, which cannot be added up" in err


def test_the_installed_command_has_no_traceback_and_the_right_exit_code():
    done = subprocess.run(
        [sys.executable, "-m", "difass_analysis", "check", "nowhere"],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("Error: There is no file or folder nowhere.")
