"""Shares that public bodies hold of enterprises, directly and through enterprises they control."""

from __future__ import annotations

from collections import defaultdict

import pandas as pd

from difass_analysis.finance.aid_graph import whole, whole_parameter
from difass_analysis.validation.model import rows_of

_SCALE = 1_000_000_000


def public_shares(rows: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Lowest and highest share of public bodies in each enterprise that they have a part of.

    What a body holds counts, and what an enterprise holds of which public bodies hold the
    majority. An enterprise that is held by majority has at least the public share of its holder.
    Recommendation 2003/361/EC, Annex, Art. 3(4); ``control`` by a public body counts as the whole.

    Parameters
    ----------
    rows : pandas.DataFrame
        Holdings, as ``aid_graph.holdings`` gives them.

    Examples
    --------
    >>> rows = pd.DataFrame({"sme_id": ["b", "c"], "owner_id": ["city", "b"],
    ...     "held_share": [0.6, 0.3], "owner_type": ["public_body", "enterprise"],
    ...     "control": False})
    >>> public_shares(rows)
    {'b': (0.6, 0.6), 'c': (0.3, 0.3)}
    """
    low = _settled(rows, unknown=0)
    high = _settled(rows, unknown=_SCALE)
    return {
        name: (low.get(name, 0) / _SCALE, high[name] / _SCALE)
        for name in sorted(high)
        if high[name]
    }


def _settled(rows: pd.DataFrame, *, unknown: int) -> dict[str, int]:
    """Public shares with an unknown holding taken as given; repeated until nothing changes."""
    held = [
        (
            str(row.owner_id),
            str(row.sme_id),
            row.owner_type == "public_body",
            _SCALE
            if row.control
            else unknown
            if pd.isna(row.held_share)
            else whole(float(row.held_share)),
        )
        for row in rows_of(rows[rows["owner_type"] != "natural_person"])
    ]
    majority = whole_parameter("linked_share")
    shares: dict[str, int] = {}
    while True:
        found: dict[str, int] = defaultdict(int)
        passed: dict[str, int] = defaultdict(int)
        for owner, firm, body, share in held:
            if body or shares.get(owner, 0) > majority:
                found[firm] += share
            elif share > majority:
                passed[firm] = max(passed[firm], shares.get(owner, 0))
        new = {firm: max(min(found[firm], _SCALE), passed[firm]) for firm in {*found, *passed}}
        # Shares only grow from round to round, so that circles come to an end.
        new = {firm: max(share, shares.get(firm, 0)) for firm, share in new.items()}
        if new == shares:
            return shares
        shares = new
