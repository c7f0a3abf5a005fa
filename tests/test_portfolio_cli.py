"""The command `difass loans`: what it prints, what it writes, what it refuses."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from difass_analysis.cli import main as difass


@pytest.fixture
def tape(tmp_path):
    """A folder with a tape of two loans at three dates, in two funds."""
    rows = [
        (loan, fund, day, "2017-01-10", 100.0, balance, late, lost)
        for loan, fund, states in (
            ("a", "F", ((90, 0, 0), (80, 45, 0), (0, 0, 80))),
            ("b", "G", ((95, 0, 0), (90, 0, 0), (85, 0, 0))),
        )
        for day, (balance, late, lost) in zip(
            ("2017-01-31", "2017-02-28", "2017-03-31"), states, strict=True
        )
    ]
    names = ["loan_id", "fund_id", "snapshot_date", "disbursement_date", "principal_amount"]
    names += ["outstanding_amount", "overdue_days", "written_off_amount"]
    pd.DataFrame(rows, columns=names).to_csv(tmp_path / "loans.csv", index=False)
    settings = 'id = "fund"\nname = "A fund"\ncurrency = "EUR"\nsimulated = true\n'
    settings += '[[sources]]\nfile = "loans.csv"\nprofile = "canonical"\n'
    (tmp_path / "programme.toml").write_text(settings, encoding="utf-8")
    return tmp_path


def printed(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        difass(["loans", *map(str, arguments)])
    code = ended.value.code or 0
    out = capsys.readouterr()
    return code, " ".join(out.out.split()), " ".join(out.err.split())


def test_the_page_shows_risk_and_write_offs_together(tape, capsys):
    code, out, _ = printed(capsys, tape)
    assert code == 0
    assert "A fund (SIMULATED DATA)" in out
    assert "Loan portfolio at 2017-03-31" in out
    assert "Gross portfolio 85 EUR" in out
    assert "Written off in the period 80 EUR" in out
    assert "2017-Q1 2 2 200 40.0 %" in out
    assert "PAR and write-offs belong together" in out


def test_an_earlier_date_and_groups(tape, capsys):
    code, out, _ = printed(capsys, tape, "--by", "fund_id", "--date", "2017-02-28")
    assert code == 0
    assert "F PAR30 (over 30 days) 100.0 %" in out
    assert "G PAR30 (over 30 days) 0.0 %" in out


def test_the_table_is_written(tape, tmp_path, capsys):
    target = tmp_path / "out.csv"
    code, out, _ = printed(capsys, tape, "--out", target)
    assert code == 0
    assert str(target) in out
    assert "par_30" in target.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("--date", str(dt.date(2016, 1, 31))), "no row at"), (("--by", "fnd"), "no column")],
)
def test_a_mistake_ends_with_a_sentence(tape, capsys, arguments, said):
    code, _, err = printed(capsys, tape, *arguments)
    assert code == 2
    assert said in err


def test_data_that_are_not_public_leave_only_on_purpose(tape, tmp_path, capsys):
    settings = tape / "programme.toml"
    settings.write_text(settings.read_text().replace("simulated = true\n", ""), encoding="utf-8")
    code, out, err = printed(capsys, tape, "--out", tmp_path / "not_public.csv")
    assert code == 2
    assert "Not through disclosure control" in out
    assert "disclosure" in err
    code, _, _ = printed(capsys, tape, "--out", tmp_path / "off.csv", "--disclosure", "off")
    assert code == 0
    assert (tmp_path / "off.csv").is_file()
