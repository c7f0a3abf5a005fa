"""Aid intensity: aid added up over the same eligible cost, against limits that the user gives."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from difass_analysis.errors import UsageError
from difass_analysis.finance.aid_awards import award_rows
from difass_analysis.finance.aid_parameters import READ
from difass_analysis.programme import Programme
from difass_analysis.result import Result

LIMIT_COLUMNS = ("legal_basis", "max_aid_share", "max_aid_amount", "valid_from", "valid_to")
_COLUMNS = [
    "operation_id",
    "awards_count",
    "aid_amount",
    "eligible_cost_amount",
    "intensity_share",
    "max_aid_share",
    "max_aid_amount",
    "within",
    "above_amount",
    "note",
]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class AidIntensities(Result):
    """Aid intensity of operations against given limits.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row an operation: ``operation_id``, ``awards_count``, ``aid_amount`` of all its
        awards (missing where one is missing or negative), ``eligible_cost_amount``,
        ``intensity_share``, ``max_aid_share`` and ``max_aid_amount`` (of that basis of its awards
        which allows most), ``within`` (``yes``, ``no``, ``not judged``), ``above_amount``,
        ``note``.
    """


def aid_intensities(programme: Programme, *, limits: pd.DataFrame) -> AidIntensities:
    """Is the aid to an operation, from all awards together, within the limits given?

    Parameters
    ----------
    programme : Programme
        With ``aid_awards`` that state ``operation_id``, all amounts in EUR. The eligible cost is
        the operation's, else the largest that its awards state.
    limits : pandas.DataFrame
        ``legal_basis`` as the awards state it, ``max_aid_share``, ``max_aid_amount``,
        ``valid_from``, ``valid_to`` (missing: open); optionally ``status``. For example
        :func:`example_limits`.

    Returns
    -------
    AidIntensities
        Where an award states no basis, or one without a limit, the operation is not judged: no
        basis is asserted. A share of exactly the limit is within.

    Raises
    ------
    InputError
        When there are no awards, or their currency is not EUR throughout.
    UsageError
        When the limits lack a column, or two of one basis hold on one day.

    Notes
    -----
    Regulation 651/2014, Art. 4, 5 and 8 (not checked at the source): awards for the same costs
    add up, and may reach the highest limit that applies to one of them. Limits by undertaking and
    year are not added over operations.

    Examples
    --------
    >>> awards = pd.DataFrame({"award_id": ["a"], "operation_id": ["o"], "aid_amount": [60.0],
    ...     "eligible_cost_amount": [100.0], "legal_basis": ["Art. 18"]})
    >>> limits = pd.DataFrame({"legal_basis": ["Art. 18"], "max_aid_share": [0.5],
    ...     "max_aid_amount": [2e6], "valid_from": ["2014-07-01"], "valid_to": [None]})
    >>> awards["granting_date"] = pd.to_datetime("2020-05-01").date()
    >>> found = aid_intensities(Programme.from_frames(aid_awards=awards), limits=limits)
    >>> found.frame[["intensity_share", "within", "above_amount"]].values.tolist()
    [[0.6, 'no', 10.0]]
    """
    held = _checked(limits)
    awards = award_rows(programme)
    costs = _costs(programme, awards)
    known = awards.dropna(subset=["operation_id"])
    rows = [
        _operation(str(name), group, costs.get(str(name)), held)
        for name, group in known.groupby("operation_id", sort=True)
    ]
    without = len(awards) - len(known)
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    not_judged = int((frame["within"] == "not judged").sum())
    unread = "status" in held and bool((held["status"] != READ).any())
    sentences = [
        *programme.caveats,
        "The limits are those given by the caller; no legal basis is asserted for any award.",
        "Unverified limits are among those given." if unread else "",
        f"Awards that state no operation, left out: {without:,}." if without else "",
        f"Operations not judged: {not_judged:,}." if not_judged else "",
    ]
    return AidIntensities(
        frame=frame,
        provenance=programme.provenance,
        caveats=tuple(text for text in sentences if text),
    )


def _spelling(text: object) -> str:
    return " ".join(str(text).casefold().split())


def _checked(limits: pd.DataFrame) -> pd.DataFrame:
    absent = set(LIMIT_COLUMNS) - set(limits.columns)
    if absent:
        raise UsageError(
            f"The limits have no column {', '.join(sorted(absent))}.",
            todo=f"Give {', '.join(LIMIT_COLUMNS)}.",
        )
    held = limits.assign(
        _key=[_spelling(text) for text in limits["legal_basis"]],
        _from=pd.to_datetime(limits["valid_from"].replace("", None)),
        _to=pd.to_datetime(limits["valid_to"].replace("", None)),
    ).sort_values(["_key", "_from"], na_position="first")
    # A row that begins before the last one of its basis has ended would give two limits.
    ends = held.groupby("_key")["_to"].shift().where(held["_key"] == held["_key"].shift())
    first = held["_key"] != held["_key"].shift()
    twice = held[~first & ~(ends < held["_from"])]
    if len(twice):
        raise UsageError(
            f"Two limits of '{twice['legal_basis'].iloc[0]}' hold on one day.",
            todo="Give each basis one row for each time.",
        )
    return held


def _costs(programme: Programme, awards: pd.DataFrame) -> dict[str, float]:
    stated = awards.dropna(subset=["operation_id", "eligible_cost_amount"])
    costs = stated.groupby(stated["operation_id"].astype(str))["eligible_cost_amount"].max()
    found = {str(name): float(cost) for name, cost in costs.items()}
    if "operations" in programme.tables and programme.currency == "EUR":
        rows = programme.table("operations").reindex(
            columns=["operation_id", "eligible_cost_amount"]
        )
        rows = rows[rows["operation_id"].isin(set(awards["operation_id"].dropna()))].dropna()
        names, amounts = rows["operation_id"].astype(str), rows["eligible_cost_amount"]
        found |= dict(zip(names, amounts.astype(float), strict=True))
    return found


def _operation(
    name: str, awards: pd.DataFrame, cost: float | None, limits: pd.DataFrame
) -> dict[str, object]:
    reasons = []
    usable = not (awards["aid_amount"].isna().any() or (awards["aid_amount"] < 0).any())
    if not usable:
        reasons.append("an award has no amount that can be used")
    aid = sum((_exact(one) for one in awards["aid_amount"].dropna()), Decimal(0))
    if cost is None or not cost > 0:
        reasons.append("the eligible cost is not known or 0")
    found = [
        _limit(basis, day, limits)
        for basis, day in zip(awards["legal_basis"], awards["granting_date"], strict=True)
    ]
    reasons += sorted({one for one in found if isinstance(one, str)})
    record: dict[str, object] = dict.fromkeys(_COLUMNS, float("nan")) | {
        "operation_id": name,
        "awards_count": len(awards),
        "aid_amount": float(aid) if usable else float("nan"),
        "eligible_cost_amount": float("nan") if cost is None else cost,
        "within": "not judged",
        "note": f"Not judged: {'; '.join(reasons)}." if reasons else "",
    }
    if cost is not None and cost > 0 and usable:
        record["intensity_share"] = float(aid / _exact(cost))
    if reasons or cost is None:
        return record
    pairs = [one for one in found if not isinstance(one, str)]
    # The share of one basis and the amount of another would allow more than either does.
    share, most = max(pairs, key=lambda pair: min(pair[0] * _exact(cost), pair[1]))
    above = max(aid - min(share * _exact(cost), most), Decimal(0))
    return record | {
        "max_aid_share": float(share),
        "max_aid_amount": float(most) if most.is_finite() else float("nan"),
        "within": "no" if above else "yes",
        "above_amount": float(above),
    }


def _exact(value: object) -> Decimal:
    """Return a number by its shortest text, so that 0.1 is a tenth."""
    return Decimal(repr(float(str(value))))


def _limit(basis: object, day: object, limits: pd.DataFrame) -> tuple[Decimal, Decimal] | str:
    """Highest share and amount of a stated basis on a day, or why there is none."""
    if pd.isna(basis) or not str(basis).strip():  # type: ignore[call-overload]
        return "an award states no legal basis"
    if pd.isna(day):  # type: ignore[call-overload]
        return "an award has no granting date"
    when = pd.Timestamp(str(day))
    held = limits[
        (limits["_key"] == _spelling(basis))
        & (limits["_from"].isna() | (limits["_from"] <= when))
        & ~(limits["_to"] < when)
    ]
    if held.empty or pd.isna(held["max_aid_share"].iloc[0]):
        return "no limit is given for a stated basis"
    most = held["max_aid_amount"].iloc[0]
    return (
        _exact(held["max_aid_share"].iloc[0]),
        Decimal("Infinity") if pd.isna(most) else _exact(most),
    )
