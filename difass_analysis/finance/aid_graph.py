"""Who belongs together: groups of linked enterprises, and single undertakings, from holdings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.finance.aid_parameters import parameter
from difass_analysis.programme import Programme

#: Kinds of owner that are no enterprises: they join nobody to a group.
NO_ENTERPRISE = ("natural_person", "public_body")
# Shares are compared as whole thousand-millionths, so that 0.1 + 0.2 + 0.2 is half and not more.
_SCALE = 1_000_000_000
# Before stated undertakings, whose keys are not those of enterprises.
_MARK = "\0"

COLUMNS = ["sme_id", "owner_id", "held_share", "owner_type", "control"]


def whole(share: float) -> int:
    """Return a share as a whole number of thousand-millionths."""
    return round(share * _SCALE)


def whole_parameter(name: str) -> int:
    """Return a share of Recommendation 2003/361/EC in the same units."""
    return int(parameter("2003/361/EC", name=name).number * _SCALE)


@dataclass
class Groups:
    """Disjoint groups that grow by joining (union and find)."""

    _above: dict[str, str] = field(default_factory=dict)

    def find(self, one: str) -> str:
        """Return the head of the group of one member; a new member is its own group."""
        self._above.setdefault(one, one)
        head = one
        while self._above[head] != head:
            head = self._above[head]
        while self._above[one] != head:
            self._above[one], one = head, self._above[one]
        return head

    def join(self, one: str, other: str) -> bool:
        """Join two groups, and say whether they were two; the smaller name becomes the head."""
        a, b = sorted((self.find(one), self.find(other)))
        self._above[b] = a
        return a != b

    def heads(self) -> dict[str, str]:
        """Return the head of each member."""
        return {one: self.find(one) for one in sorted(self._above)}


def holdings(programme: Programme) -> pd.DataFrame:
    """Holdings of a programme: who holds which share of whom; own shares are left out.

    Returns
    -------
    pandas.DataFrame
        ``sme_id`` (the enterprise held), ``owner_id``, ``held_share`` (NaN: not known),
        ``owner_type`` (``enterprise`` where not stated), ``control`` (other than by a majority).
    """
    if "ownership" not in programme.tables:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in COLUMNS})
    rows = programme.table("ownership").reindex(columns=COLUMNS)
    rows = rows.dropna(subset=["sme_id", "owner_id"])
    rows = rows[rows["sme_id"] != rows["owner_id"]]
    return rows.assign(
        owner_type=rows["owner_type"].astype("object").fillna("enterprise"),
        control=[bool(one) if not pd.isna(one) else False for one in rows["control"]],
        held_share=pd.to_numeric(rows["held_share"]).astype("float64"),
    ).reset_index(drop=True)


def linked_groups(
    rows: pd.DataFrame,
    *,
    members: Iterable[str] = (),
    stated: Iterable[tuple[str, str]] = (),
) -> Groups:
    """Join enterprises of which one holds the majority of another, or controls it otherwise.

    A holding counts together with the holdings of all that are already linked to the holder, so
    that chains, joint majorities and circles end in one group (Recommendation 2003/361/EC,
    Annex, Art. 3(3); Regulation 2023/2831, Art. 2(2)). Public bodies and natural persons join
    nobody: the former by the rules, the latter because the market would have to be known.

    Parameters
    ----------
    rows : pandas.DataFrame
        Holdings, as :func:`holdings` gives them.
    members : iterable of str
        Enterprises that are a group at least by themselves.
    stated : iterable of (str, str)
        Pairs that are known to belong together; their holdings count together as well.

    Examples
    --------
    >>> rows = pd.DataFrame({"sme_id": ["b", "c", "c"], "owner_id": ["a", "a", "b"],
    ...                      "held_share": [0.6, 0.3, 0.3], "owner_type": "enterprise",
    ...                      "control": False})
    >>> linked_groups(rows).heads()
    {'a': 'a', 'b': 'a', 'c': 'a'}
    """
    groups = Groups()
    for one in members:
        groups.find(str(one))
    firms = rows[~rows["owner_type"].isin(NO_ENTERPRISE)]
    controlled = firms[firms["control"].astype("bool")]
    for one, other in (
        *stated,
        *zip(controlled["owner_id"].astype(str), controlled["sme_id"].astype(str), strict=True),
    ):
        groups.join(one, other)
    _join_majorities(groups, _held(firms))
    return groups


def _held(rows: pd.DataFrame) -> list[tuple[str, str, int]]:
    """Owner, enterprise and share in thousand-millionths of the holdings whose share is known."""
    known = rows.dropna(subset=["held_share"])
    shares = (known["held_share"].astype("float64") * _SCALE).round().astype("int64")
    owners, firms = known["owner_id"].astype(str), known["sme_id"].astype(str)
    return list(zip(owners.tolist(), firms.tolist(), shares.tolist(), strict=True))


def _join_majorities(groups: Groups, held: Iterable[tuple[str, str, int]]) -> None:
    """Join until no group holds a majority outside itself.

    Only what a join changes is looked at again, the smaller list of holdings into the larger, so
    that long chains cost no more than short ones.
    """
    by: dict[str, dict[str, int]] = defaultdict(dict)
    for owner, firm, share in held:
        mine = by[groups.find(owner)]
        mine[firm] = mine.get(firm, 0) + share
    majority = whole_parameter("linked_share")
    waiting = [(a, b) for a, firms in by.items() for b, share in firms.items() if share > majority]
    while waiting:
        holder, firm = waiting.pop()
        a, b = groups.find(holder), groups.find(firm)
        if a == b:
            continue
        groups.join(a, b)
        head = groups.find(a)
        fewer, more = sorted((by.pop(a, {}), by.pop(b, {})), key=len)
        for one, share in fewer.items():
            more[one] = more.get(one, 0) + share
            if more[one] > majority:
                waiting.append((head, one))
        by[head] = more


def joint_holdings(groups: Groups, rows: pd.DataFrame) -> Mapping[tuple[str, str], int]:
    """Shares that groups hold of enterprises outside them, in thousand-millionths."""
    joint: dict[tuple[str, str], int] = defaultdict(int)
    for owner, firm, share in _held(rows):
        holder = groups.find(owner)
        if holder != groups.find(firm):
            joint[(holder, firm)] += share
    return joint


def single_undertakings(programme: Programme, awards: pd.DataFrame) -> pd.DataFrame:
    """Tell which single undertaking each award belongs to, by ownership and as stated.

    Parameters
    ----------
    programme : Programme
        Its table ``ownership`` is used where it is there.
    awards : pandas.DataFrame
        ``sme_id`` and ``undertaking_id``, each of which may be missing.

    Returns
    -------
    pandas.DataFrame
        Index of ``awards``; ``undertaking_id`` (the stated one where the group has exactly one,
        else its first enterprise; missing where neither is known), ``joined`` (whether
        ownership joins several stated undertakings) and ``namesake`` (whether its name had to be
        told from that of another undertaking, stated under the key of an enterprise of it) and
        ``doubtful`` (whether a holding of unknown share could join it to another).
    """
    smes, firms = _codes(awards["sme_id"])
    others, marks = _codes(awards["undertaking_id"], mark=_MARK)
    both = pd.DataFrame({"sme": smes, "mark": others})
    both = both[(smes >= 0) & (others >= 0)].drop_duplicates()
    pairs = [(marks[b], firms[a]) for a, b in zip(both["sme"], both["mark"], strict=True)]
    rows = holdings(programme)
    groups = linked_groups(rows, members=[*firms, *marks], stated=pairs)
    names = _names_of_groups(groups, marks)
    open_ = _open_groups(groups, rows)
    # The enterprise tells the group; the stated undertaking only where there is none.
    heads = [groups.find(one) for one in (*firms, *marks)]
    place = np.where(smes >= 0, smes, np.where(others >= 0, others + len(firms), len(heads)))
    found = pd.DataFrame(
        [*((*names[head], head in open_) for head in heads), (None, False, False, False)],
        columns=["undertaking_id", "joined", "namesake", "doubtful"],
    ).astype({"undertaking_id": "object"})
    return found.take(place).set_axis(awards.index)


def _open_groups(groups: Groups, rows: pd.DataFrame) -> set[str]:
    """Heads of groups that a holding of unknown share could join to another."""
    unknown = rows["held_share"].isna() & ~rows["control"].astype("bool")
    between = rows[unknown & ~rows["owner_type"].isin(NO_ENTERPRISE)]
    found: set[str] = set()
    for owner, firm in zip(
        between["owner_id"].astype(str), between["sme_id"].astype(str), strict=True
    ):
        ends = {groups.find(owner), groups.find(firm)}
        found |= ends if len(ends) > 1 else set()
    return found


def _codes(column: pd.Series, *, mark: str = "") -> tuple[NDArray[np.int64], list[str]]:
    """Number the keys of a column, -1 where there is none, and the keys as text."""
    codes, keys = pd.factorize(column.astype("object"))
    return codes, [f"{mark}{one}" for one in keys]


def _names_of_groups(groups: Groups, marks: Iterable[str]) -> dict[str, tuple[str, bool, bool]]:
    """Name of each group by its head, whether several are stated, and whether it had to differ."""
    stated: dict[str, set[str]] = defaultdict(set)
    for one in marks:
        stated[groups.find(one)].add(one.removeprefix(_MARK))
    taken = set().union(*stated.values())
    names: dict[str, tuple[str, bool, bool]] = {}
    # In the order of names, so that the first enterprise of a group comes first.
    for one, head in groups.heads().items():
        if head in stated:
            names[head] = (min(stated[head]), len(stated[head]) > 1, False)
        elif head not in names:
            alike = one in taken
            names[head] = (f"enterprise {one}" if alike else one, False, alike)
    return names
