"""Who belongs together: groups of linked enterprises, and single undertakings, from holdings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from difass_analysis.finance.aid_parameters import parameter
from difass_analysis.programme import Programme
from difass_analysis.validation.model import rows_of

#: Kinds of owner that are no enterprises: they join nobody to a group.
NO_ENTERPRISE = ("natural_person", "public_body")
# Shares are compared as whole thousand-millionths, so that 0.1 + 0.2 + 0.2 is half and not more.
_SCALE = 1_000_000_000

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


def linked_groups(rows: pd.DataFrame, *, members: Iterable[str] = ()) -> Groups:
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
    for row in rows_of(firms[firms["control"]]):
        groups.join(str(row.owner_id), str(row.sme_id))
    held = [
        (str(row.owner_id), str(row.sme_id), whole(float(row.held_share)))
        for row in rows_of(firms.dropna(subset=["held_share"]))
    ]
    majority = whole_parameter("linked_share")
    grown = True
    while grown:
        grown = False
        for (head, firm), share in _joint(groups, held).items():
            if share > majority:
                grown |= groups.join(head, firm)
    return groups


def _joint(groups: Groups, held: Iterable[tuple[str, str, int]]) -> Mapping[tuple[str, str], int]:
    """Shares of each enterprise by the group that holds them, but for those of its own group."""
    joint: dict[tuple[str, str], int] = defaultdict(int)
    for owner, firm, share in held:
        if groups.find(owner) != groups.find(firm):
            joint[(groups.find(owner), firm)] += share
    return joint


def joint_holdings(groups: Groups, rows: pd.DataFrame) -> Mapping[tuple[str, str], int]:
    """Shares that groups hold of enterprises outside them, in thousand-millionths."""
    known = rows.dropna(subset=["held_share"])
    return _joint(
        groups,
        [(str(r.owner_id), str(r.sme_id), whole(float(r.held_share))) for r in rows_of(known)],
    )


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
        else its first enterprise; missing where neither is known) and ``joined`` (whether
        ownership joins several stated undertakings).
    """
    rows = holdings(programme)
    pairs = list(zip(awards["sme_id"], awards["undertaking_id"], strict=True))
    groups = linked_groups(rows, members=[str(sme) for sme, _ in pairs if not pd.isna(sme)])
    stated: dict[str, set[str]] = defaultdict(set)
    nodes: list[str | None] = []
    for sme, undertaking in pairs:
        node = None if pd.isna(sme) else str(sme)
        if not pd.isna(undertaking):
            mark = f"\0{undertaking}"  # cannot be the key of an enterprise
            if node is not None:
                groups.join(mark, node)
            node = node or mark
        nodes.append(node)
    for _, undertaking in pairs:
        if not pd.isna(undertaking):
            stated[groups.find(f"\0{undertaking}")].add(str(undertaking))
    first = _first_members(groups)
    names: list[str | None] = []
    for node in nodes:
        held = sorted(stated.get(groups.find(node), ())) if node is not None else []
        names.append(None if node is None else held[0] if held else first[groups.find(node)])
    several = [node is not None and len(stated.get(groups.find(node), ())) > 1 for node in nodes]
    frame = {"undertaking_id": pd.Series(names, dtype="object", index=awards.index)}
    return pd.DataFrame(frame).assign(joined=several)


def _first_members(groups: Groups) -> dict[str, str]:
    first: dict[str, str] = {}
    for one, head in groups.heads().items():
        if not one.startswith("\0"):
            first.setdefault(head, one)
    return first
