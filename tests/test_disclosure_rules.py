"""Rules of disclosure control: worked numbers, and what they have in common."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from difass_analysis.disclosure.rules import (
    Rules,
    dominates,
    estimable,
    k_of_p,
    p_of_k,
    protection,
    rules_of,
    told_by_error,
    too_few,
    unsafe,
)
from difass_analysis.errors import UsageError


def test_two_large_and_a_small_one() -> None:
    """50,000 / 49,000 / 1,000: safe under (1,90), unsafe under p = 10, as 1,000 < 5,000."""
    assert not dominates(50_000, 100_000, k=90)
    assert estimable(100_000, 50_000, 49_000, p=10)
    assert unsafe(100_000, 3, 50_000, 49_000, rules=Rules(p=10)) == "dominated"
    only_p_is_silent = Rules(p=0.1, n=1, k=90)
    assert unsafe(100_000, 3, 50_000, 49_000, rules=only_p_is_silent) == ""


def test_one_large_one() -> None:
    """300 / 20 / 10: 0.909 of the total, and 10 < 30."""
    assert dominates(300, 330, k=85)
    assert estimable(330, 300, 20, p=10)
    assert unsafe(330, 3, 300, 20, rules=Rules(p=1, n=1, k=85)) == "dominated"


@pytest.mark.parametrize(("n", "few"), [(0, False), (1, True), (2, True), (3, False)])
def test_minimum_frequency(n: int, few: bool) -> None:
    assert too_few(n, minimum=3) == few


def test_three_equal_contributors_are_safe() -> None:
    assert unsafe(300, 3, 100, 100, rules=Rules()) == ""


@pytest.mark.parametrize(("k", "p"), [(80, 25.0), (95, 5.263)])
def test_dominance_and_p_are_linked(k: float, p: float) -> None:
    assert p_of_k(k) == pytest.approx(p, abs=1e-3)
    assert k_of_p(p_of_k(k)) == pytest.approx(k)
    assert k_of_p(10) == pytest.approx(90.91, abs=0.005)


@given(st.lists(st.floats(0.01, 1e6), min_size=3, max_size=8).map(sorted), st.floats(1.0, 60.0))
def test_an_unsafe_cell_is_estimated_within_p_and_protection_ends_that(
    parts: list[float], p: float
) -> None:
    """The second largest subtracts the own part: what is left bounds the largest from above."""
    second, first = parts[-2:]
    total = sum(parts)
    bound = total - second
    if estimable(total, first, second, p=p):
        assert bound < first * (1 + p / 100)
    else:
        assert bound >= first * (1 + p / 100) - 1e-6
    need = protection(total, len(parts), first, second, rules=Rules(p=p))
    assert total + need - second >= first * (1 + p / 100) * (1 - 1e-9)


def test_width_under_minimum_frequency() -> None:
    """Four equal ones are no case for p %, but too few where five are asked for."""
    rules = Rules(minimum=5, p=10)
    assert unsafe(40, 4, 10, 10, rules=rules) == "too few contributors"
    assert protection(40, 4, 10, 10, rules=rules) == pytest.approx(1.0)


def test_what_an_error_tells() -> None:
    """Three contributors: total, sum of squares and the own part leave nothing open."""
    parts = [70.0, 20.0, 10.0]
    squares = sum(part * part for part in parts)
    assert told_by_error(100, 3, 70, 20, squares) == pytest.approx(0.0, abs=1e-6)
    # A hundred equal ones: any one could be almost four times as large, for all the error says.
    assert told_by_error(100, 100, 1, 1, 130) > 100


@pytest.mark.parametrize(
    "entry", [{"minimum": 0}, {"p": 0}, {"p": 120}, {"n": 1}, {"n": 3, "k": 80}, {"q": 1}]
)
def test_rules_that_protect_nothing_are_refused(entry: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        rules_of(entry)
