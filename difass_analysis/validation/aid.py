"""Rules for State aid: dates, currencies, changes of Regulation, and who owns whom."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd

from difass_analysis.programme import Programme
from difass_analysis.schema import TABLES
from difass_analysis.validation.model import Checked, number, rows_of
from difass_analysis.validation.totals import result

_CODE = re.compile(r"[A-Z]{3}")
_WHOLE = 1.0 + 1e-9
_SHOWN = 5


def aid_rules(programme: Programme) -> list[Checked]:
    """Apply the rules on aid awards and ownership that look at more than one cell."""
    checks: list[Checked] = []
    if "aid_awards" in programme.tables:
        awards = programme.table("aid_awards").reindex(columns=list(TABLES["aid_awards"].names))
        checks += [_dates(awards), _bases(awards), *_currencies(awards, programme.currency)]
        checks.append(_crossing(awards))
    if "ownership" in programme.tables:
        rows = programme.table("ownership").reindex(columns=list(TABLES["ownership"].names))
        checks += [_circles(rows), _above_whole(rows)]
    return checks


def _dates(awards: pd.DataFrame) -> Checked:
    found = [
        {
            "key": str(row.award_id),
            "column": "granting_date",
            "message": "The award has no granting date, so no window of three years can hold it.",
            "todo": "Enter the day on which the legal right to the aid arose, not the payment.",
        }
        for row in rows_of(awards[awards["granting_date"].isna()])
    ]
    return result("award_without_date", "aid_awards", "warning", found, checked=len(awards))


def _bases(awards: pd.DataFrame) -> Checked:
    blank = awards["legal_basis"].isna()
    found = []
    if blank.any():
        found = [
            {
                "key": str(awards.loc[blank, "award_id"].iloc[0]),
                "column": "legal_basis",
                "message": f"{int(blank.sum()):,} of {len(awards):,} awards state no legal basis; "
                "none is assumed, and they are shown apart.",
                "todo": "State regulation and article as the award does.",
            }
        ]
    return result("award_without_basis", "aid_awards", "note", found, checked=len(awards))


def _currencies(awards: pd.DataFrame, currency: str) -> list[Checked]:
    given = awards["currency"].astype("object")
    codes = given.where(given.notna(), currency).astype("str").str.strip().str.upper()
    wrong = ~codes.map(lambda code: bool(_CODE.fullmatch(code)))
    unknown = [
        {
            "key": str(row.award_id),
            "column": "currency",
            "value": "" if pd.isna(row.currency) else str(row.currency),
            "message": "The currency of the award is not known."
            if pd.isna(row.currency)
            else f"'{row.currency}' is no code of a currency.",
            "todo": "State a code of three letters here, or the currency in programme.toml.",
        }
        for row in rows_of(awards[wrong])
    ]
    held = codes[~wrong].value_counts()
    several = []
    if len(held) > 1:
        shares = ", ".join(f"{code} ({count:,})" for code, count in held.sort_index().items())
        rare = codes[codes == held.index[-1]].index[0]
        several = [
            {
                "key": str(awards.loc[rare, "award_id"]),
                "column": "currency",
                "value": str(held.index[-1]),
                "message": f"The awards are in several currencies: {shares}.",
                "todo": "Convert them to EUR at the rate of the granting date; they are not added.",
            }
        ]
    size = len(awards)
    return [
        result("aid_currency_unknown", "aid_awards", "warning", unknown, checked=size),
        result("aid_in_two_currencies", "aid_awards", "warning", several, checked=size),
    ]


@cache
def changes() -> pd.DataFrame:
    """Return the days on which one general de minimis Regulation followed another."""
    with files("difass_analysis.validation").joinpath("aid_changes.csv").open("rb") as file:
        return pd.read_csv(file, parse_dates=["applies_from"])


def _crossing(awards: pd.DataFrame) -> Checked:
    """Enterprises or undertakings with de minimis aid shortly before and after a change."""
    table = changes()
    numbers = "|".join(re.escape(text) for text in {*table["before"], *table["after"]})
    basis = awards["legal_basis"].astype("object").fillna("").astype("str")
    minimis = basis.str.contains(f"minimis|{numbers}", case=False, regex=True)
    known = awards[minimis].dropna(subset=["granting_date"])
    days = pd.to_datetime(known["granting_date"])
    who = (
        known["undertaking_id"]
        .astype("object")
        .where(known["undertaking_id"].notna(), known["sme_id"])
    )
    found = []
    for change in rows_of(table):
        early = days < change.applies_from
        last = days[early].groupby(who[early]).max().rename("last")
        both = pd.DataFrame({"who": who, "first": days, "award_id": known["award_id"]})[~early]
        both = both.dropna(subset=["who"]).sort_values("first", kind="stable")
        both = both.drop_duplicates("who").join(last, on="who").dropna(subset=["last"])
        near = both[both["last"] + pd.DateOffset(years=int(change.window_years)) >= both["first"]]
        for _, row in near.sort_values("who", kind="stable").iterrows():
            found.append(_crossed(row, change))
    return result(
        "aid_window_crosses_change", "aid_awards", "note", found, checked=int(who.nunique())
    )


def _crossed(row: pd.Series, change: object) -> Mapping[str, str]:
    before, after = getattr(change, "before", ""), getattr(change, "after", "")
    return {
        "key": str(row["award_id"]),
        "column": "granting_date",
        "value": f"{row['last']:%Y-%m-%d} and {row['first']:%Y-%m-%d}",
        "message": f"De minimis aid of {row['last']:%Y-%m-%d} and of {row['first']:%Y-%m-%d} lies "
        f"in one window, on both sides of the change from {before} to {after}.",
        "todo": "Look at both readings of difass aid; the Regulation at the later day decides.",
    }


def _circles(rows: pd.DataFrame) -> Checked:
    """Holdings that lead back to where they begin, own shares among them."""
    owns: dict[str, set[str]] = defaultdict(set)
    for row in rows_of(rows.dropna(subset=["sme_id", "owner_id"])):
        owns[str(row.owner_id)].add(str(row.sme_id))
    found = []
    for circle in find_circles(owns):
        shown = " > ".join([*circle[:_SHOWN], *(["..."] if len(circle) > _SHOWN else [])])
        found.append(
            {
                "key": circle[0],
                "column": "owner_id",
                "value": shown,
                "message": "It holds a part of itself."
                if len(circle) == 1
                else f"{len(circle)} enterprises hold each other in a circle: {shown} > "
                f"{circle[0]}.",
                "todo": "Check the direction: owner_id holds held_share of sme_id. The circle is "
                "taken as one group where each holding is a majority. Of several circles that "
                "hang together one is shown.",
            }
        )
    return result("ownership_circular", "ownership", "warning", found, checked=len(rows))


def find_circles(owns: Mapping[str, set[str]]) -> list[list[str]]:
    """Find circles in who owns whom: own shares, and one circle of each knot of circles.

    A knot is all that own each other, directly or through others; its circle is a shortest one
    through its first enterprise, which a mended table shows the next one of.

    Parameters
    ----------
    owns : mapping of str to set of str
        Enterprises by their owner.

    Examples
    --------
    >>> find_circles({"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "e": {"e"}})
    [['a', 'b', 'c'], ['e']]
    """
    circles = [[one] for one, held in owns.items() if one in held]
    for knot in _knots(owns):
        circles.append(_shortest_circle(min(knot), knot, owns))
    return sorted(circles)


def _knots(owns: Mapping[str, set[str]]) -> list[set[str]]:
    """Sets of two or more that own each other, directly or through others."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    names = sorted({*owns, *(one for held in owns.values() for one in held)})
    place = {name: number for number, name in enumerate(names)}
    ends = [(place[owner], place[one]) for owner, held in owns.items() for one in held]
    if not ends:
        return []
    rows, columns = np.array(ends).T
    size = (len(names), len(names))
    graph = coo_array((np.ones(len(ends), dtype="int8"), (rows, columns)), shape=size)
    _, labels = connected_components(graph, directed=True, connection="strong")
    knots: dict[int, set[str]] = defaultdict(set)
    for where in np.flatnonzero(np.bincount(labels)[labels] > 1):
        knots[int(labels[where])].add(names[where])
    return list(knots.values())


def _shortest_circle(first: str, knot: set[str], owns: Mapping[str, set[str]]) -> list[str]:
    """Return a shortest way from one enterprise back to it, through others of its knot."""
    before: dict[str, str] = {}
    level = [first]
    while True:  # it comes back, since all in a knot lead to each other
        following = []
        for owner in level:
            held = owns.get(owner, set()) & knot - {owner}
            if first in held:
                circle = [owner]
                while circle[-1] != first:
                    circle.append(before[circle[-1]])
                return circle[::-1]
            for one in sorted(held - before.keys()):
                before[one] = owner
                following.append(one)
        level = following


def _above_whole(rows: pd.DataFrame) -> Checked:
    known = rows.dropna(subset=["sme_id", "held_share"])
    sums = known.groupby("sme_id")["held_share"].agg(["sum", "count"])
    over = sums[sums["sum"] > _WHOLE].sort_index()
    found = [
        {
            "key": str(name),
            "column": "held_share",
            "value": number(row["sum"]),
            "message": f"The {int(row['count'])} owners of it hold {row['sum']:.4%} together.",
            "todo": "Write shares as fractions, and each owner once; capital and votes are not "
            "added.",
        }
        for name, row in over.iterrows()
    ]
    return result("ownership_above_whole", "ownership", "warning", found, checked=len(sums))
