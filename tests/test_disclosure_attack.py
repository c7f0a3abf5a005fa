"""What is withheld stays secret: random programmes against an attacker written apart.

`DIFASS_PROGRAMMES` sets the number; `python -m benchmarks.disclosure_study` attacks many more.
"""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks.disclosure_study import (
    Case,
    Secret,
    amounts,
    cells_of,
    draw,
    insider_loopholes,
    loopholes,
    published,
    secrets,
    sum_is_safe,
)
from difass_analysis.disclosure import Rules, attack, cover, protecting, suppressing
from difass_analysis.disclosure.system import System
from tests.hypercube import hypercube

PROGRAMMES = int(os.environ.get("DIFASS_PROGRAMMES", "50"))
TWO_WAYS = ((), ("region",), ("mechanism",), ("region", "mechanism"))
ONE_WAY = ((), ("region",))


@pytest.mark.parametrize("start", range(0, PROGRAMMES, 10))
def test_no_unsafe_cell_is_bounded_too_narrowly(start: int) -> None:
    for seed in range(start, min(start + 10, PROGRAMMES)):
        case = draw(seed)
        found = published(case)
        assert loopholes(case, found) == [], f"programme {seed}"
        assert insider_loopholes(case, found) == [], f"programme {seed}"


def test_the_ways_of_large_tables_protect_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks, no second look at single cells, and covers from the neighbourhood only."""
    monkeypatch.setattr(attack, "_BLOCK", 15)
    monkeypatch.setattr(attack, "_LARGE", 30)
    monkeypatch.setattr(attack, "_SINGLE", 0)
    monkeypatch.setattr(cover, "WHOLE", 40)
    monkeypatch.setattr(suppressing, "_FEWEST", 2)
    withheld = 0
    for seed in range(PROGRAMMES, PROGRAMMES + 4):
        case = draw(seed)
        found = published(case)
        withheld += int(found.counts["cells"].sum())
        assert loopholes(case, found) == [], f"programme {seed}"
        assert insider_loopholes(case, found) == [], f"programme {seed}"
    assert withheld > 20


def test_a_witness_inside_a_block_is_a_witness(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is proven by blocks is proven by the bounds of the whole, too."""
    seen: list[suppressing.Choice] = []
    whole = suppressing.suppress

    def kept(system: System, *, rules: Rules) -> suppressing.Choice:
        monkeypatch.setattr(attack, "_BLOCK", 10_000)
        seen.append(whole(system, rules=rules))
        return seen[-1]

    monkeypatch.setattr(protecting, "suppress", kept)
    looked = 0
    for seed in (3, 5, 8):
        published(draw(seed))
        system, hidden = seen[-1].system, seen[-1].hidden()
        monkeypatch.setattr(attack, "_BLOCK", 10)
        cells = np.flatnonzero(hidden & (system.need > 0) & system.is_money)
        proven = np.zeros((2, system.size), dtype=bool)
        attack.open_cells(system, hidden, cells, proven=proven)
        for cell in np.flatnonzero(proven.any(axis=0)):
            low, high = attack.bounds_of(system, hidden, int(cell))
            value, slack = float(system.value[cell]), 1e-4 * system.need[cell]
            assert not proven[0, cell] or high >= value + system.need[cell] - slack
            assert not proven[1, cell] or low <= value - system.below[cell] + slack
            looked += 1
    assert looked > 4


def test_the_attacker_finds_what_primary_suppression_leaves_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without the second step the attacker must succeed, or the test above says nothing."""
    monkeypatch.setattr(
        protecting, "suppress", lambda system, *, rules: suppressing.Choice(system, rules)
    )
    broken = 0
    for seed in range(10):
        case = draw(seed)
        broken += bool(loopholes(case, published(case)))
    assert broken >= 4


def test_the_insider_check_finds_two_lonely_ones() -> None:
    """Two regions of one beneficiary each: each could subtract the own part from the sum."""
    frame = pd.DataFrame(
        {
            "operation_id": list("abcdefgh"),
            "region": ["N", "S", *"WWWEEE"],
            "mechanism": "M0",
            "year": 2014,
            "beneficiary_id": list("abcdefgh"),
            "public_amount": [50.0, 60.0, 10.0, 11.0, 12.0, 10.0, 11.0, 12.0],
            "private_amount": 1.0,
        }
    )
    case = Case(frame=frame, groups=ONE_WAY, indicators=("public",), rules=Rules())
    found = published(case)
    assert found.counts["cells"].tolist() == [2, 0, 1]
    assert insider_loopholes(case, found) == []


# --- the baseline --------------------------------------------------------------------


def test_the_baseline_on_a_table_by_hand() -> None:
    """One unsafe cell of a 3 x 3 table: the cheapest rectangle inside goes, margins stay."""
    inner = np.array([[20.0, 50.0, 10.0], [8.0, 19.0, 22.0], [17.0, 32.0, 12.0]])
    value = np.zeros((4, 4))
    value[:3, :3] = inner
    value[3, :3], value[:3, 3], value[3, 3] = inner.sum(0), inner.sum(1), inner.sum()
    need = np.zeros_like(value)
    need[0, 0] = 5.0
    gone = hypercube(value, need)
    assert gone.sum() == 4 and gone[0, 0] and not gone[3].any() and not gone[:, 3].any()
    assert value[gone].sum() == 20 + 10 + 17 + 12


def _arrays(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Public money of the tables with their margins, and what each unsafe cell needs."""
    rows = amounts(case.frame)
    by = max(case.groups, key=len)
    levels = [sorted(rows[name].unique()) for name in by]
    value = np.zeros([len(level) + 1 for level in levels])
    need = np.zeros_like(value)
    unsafe: dict[frozenset, Secret] = {
        frozenset(one.cell): one for one in secrets(case) if one.quantity == "public"
    }
    for groups in case.groups:
        for cell, own in cells_of(rows, groups):
            held = dict(cell)
            at = tuple(
                level.index(held[name]) if name in held else len(level)
                for name, level in zip(by, levels, strict=True)
            )
            value[at] = own["public"].sum()
            if frozenset(cell) in unsafe:
                need[at] = max(unsafe[frozenset(cell)].high - value[at], 1e-6)
    return value, need


def _holds_inside(case: Case, gone: np.ndarray) -> bool:
    """Whether what the baseline hides along each margin is safe as one sum."""
    rows = amounts(case.frame)
    by = max(case.groups, key=len)
    at = [pd.factorize(rows[name], sort=True)[0] for name in by]
    inner = gone[tuple(at)]
    lines = [np.zeros(len(rows), dtype=int)] if len(by) == 1 else at
    totals = [gone[-1:]] if len(by) == 1 else [gone[:-1, -1], gone[-1, :-1]]
    for line, total in zip(lines, totals, strict=True):
        for number in np.unique(line):
            hidden = rows[(line == number) & inner]
            if len(hidden) and not total[number] and not sum_is_safe(hidden, "public", case.rules):
                return False
        # Hidden totals add up to what the overall value leaves.
        away = rows[total[line]] if len(by) > 1 else rows[:0]
        if len(away) and not gone[-1, -1] and not sum_is_safe(away, "public", case.rules):
            return False
    return True


def test_no_fewer_cells_are_published_than_by_hypercubes() -> None:
    """In each programme where the baseline withstands an insider, as what is published must."""
    ours_all = theirs_all = compared = 0
    for seed in range(0, PROGRAMMES, 2):
        drawn = draw(seed)
        groups = TWO_WAYS if seed % 3 else ONE_WAY
        case = replace(drawn, groups=groups, indicators=("public",))
        tables = published(case).tables
        ours = sum(int(table.frame["value"].notna().sum()) for table in tables)
        value, need = _arrays(case)
        gone = hypercube(value, need)
        theirs = int((~gone & (value > 0)).sum())
        if not _holds_inside(case, gone):
            continue  # it publishes more because a contributor could subtract the own part
        ours_all, theirs_all = ours_all + ours, theirs_all + theirs
        compared += 1
        assert ours >= theirs, f"programme {seed}"
    assert ours_all >= theirs_all
    assert compared > PROGRAMMES / 8
