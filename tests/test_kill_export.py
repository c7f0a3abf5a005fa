"""Processes killed with signal 9 while they export: every file is whole afterwards."""

import os

import pytest

from benchmarks.kill_study import broken, cleaned, figures, kills, left_in
from difass_analysis.export import write_table

ROUNDS = 10

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and signal 9")


def test_after_every_kill_all_files_are_whole_and_the_next_run_cleans_up(tmp_path):
    found = list(kills(tmp_path, rounds=ROUNDS, seed=5))
    assert [one.broken for one in found] == [()] * ROUNDS
    assert found[-1].whole > 10
    assert cleaned(tmp_path) == 0


@pytest.mark.parametrize("ending", [".csv", ".json", ".parquet", ".md", ".tex"])
def test_half_a_file_would_be_seen(ending, tmp_path):
    from benchmarks.kill_study import ROWS

    path = write_table(figures(1, ROWS[ending]), tmp_path / f"t{ending}")
    assert left_in(tmp_path).broken == ()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert broken(path)
    path.write_bytes(b"")
    assert broken(path)
