"""What a quota of practices for each partner means: so many each way, or so many in all."""

from __future__ import annotations

from math import nan

import pandas as pd

from difass_analysis.errors import UsageError
from difass_analysis.validation.transfers import quota_met


def quota_readings(partners: int, *, quota: int = 2) -> pd.DataFrame:
    """Tell how many transfers a quota makes, in both ways to read "export and import two tools".

    Reading A: each partner passes on ``quota`` practices and takes up ``quota``. Reading B: it
    passes on and takes up ``quota`` in all. Each transfer is an export of one partner and an
    import of another, so exports and imports add up to the same number.

    Parameters
    ----------
    partners : int
        Number of partners.
    quota : int
        Practices of each partner.

    Returns
    -------
    pandas.DataFrame
        Two rows: ``reading`` (each way, in all), ``transfers``, ``exports_per_partner`` and
        ``note``. Missing where that number of transfers cannot be: when it is no whole number,
        or when there are fewer than two partners.

    Raises
    ------
    UsageError
        When partners are fewer than 0 or the quota is below 1.

    Examples
    --------
    >>> quota_readings(8)[["reading", "transfers"]].values.tolist()
    [['each way', 16.0], ['in all', 8.0]]
    """
    if partners < 0 or quota < 1:
        raise UsageError(
            f"Partners are {partners}, the quota is {quota}.",
            todo="Give the number of partners and a quota of at least 1.",
        )
    totals = {"each way": float(partners * quota), "in all": partners * quota / 2}
    rows = []
    for reading, total in totals.items():
        note = ""
        if partners < 2:
            note = "Fewer than two partners have nobody to pass on to."
        elif total != int(total):
            note = f"{partners} x {quota} / 2 is no whole number: not all partners can meet it."
        rows.append(
            {
                "reading": reading,
                "transfers": nan if note else total,
                "exports_per_partner": nan if note else total / partners,
                "note": note,
            }
        )
    return pd.DataFrame(rows)


def partner_quota(partners: pd.DataFrame, *, quota: int) -> pd.DataFrame:
    """Return partners with ``each_way`` and ``in_all``: whether each meets the quota.

    Parameters
    ----------
    partners : pandas.DataFrame
        With ``exports`` and ``imports`` of each partner.
    quota : int
        Practices of each partner. More than the quota does not meet it.

    Examples
    --------
    >>> frame = pd.DataFrame({"partner": ["a"], "exports": [1], "imports": [1]})
    >>> partner_quota(frame, quota=2)[["each_way", "in_all"]].values.tolist()
    [[False, True]]
    """
    met = [
        quota_met(int(out), int(into), quota)
        for out, into in zip(partners["exports"], partners["imports"], strict=True)
    ]
    return partners.assign(each_way=[each for each, _ in met], in_all=[whole for _, whole in met])
