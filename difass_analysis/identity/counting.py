"""Counting: how many different bodies there are, as a range and never as a list."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import narwhals as nw
import pandas as pd

from difass_analysis.errors import InputError, one_of
from difass_analysis.identity.matching import THRESHOLD, match, written
from difass_analysis.programme import Programme
from difass_analysis.programme.lookup import Lookup, Place, alias, refuse_unknown_groups
from difass_analysis.result import Result

Counted = Literal["beneficiaries", "smes"]
Identifiers = Literal["local", "national"]

# Which table is counted, and where identifier and name of the body stand.
_WHAT: dict[str, tuple[tuple[str, ...], str, tuple[str, str]]] = {
    "beneficiaries": (("operations",), "beneficiary_id", ("operations", "beneficiary_name")),
    "smes": (("participations", "enterprises"), "sme_id", ("enterprises", "name")),
}
_KNOWN_OF = ("municipality", "postal_code", "country_code", "natural_person")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class DistinctCounts(Result):
    """How many different bodies there are: one row a group.

    Attributes
    ----------
    frame : pandas.DataFrame
        The group columns, then ``lower`` (after matching) and ``upper`` (by identifiers and
        spellings only), ``rows``, ``rows_identified`` (with an identifier), ``rows_unnamed``
        (with neither identifier nor name), ``unit``, ``method`` and ``note`` (why the two
        ends differ).
    by : tuple of str
        Names of the group columns.
    total : pandas.DataFrame
        The same for all groups together, which is not their sum.
    what : str
        What is counted.
    """

    by: tuple[str, ...] = ()
    total: pd.DataFrame
    what: str = "beneficiaries"


def distinct(
    programme: Programme,
    *,
    by: Sequence[str] | None = None,
    what: Counted = "beneficiaries",
    identifiers: Identifiers = "local",
    threshold: float = THRESHOLD,
) -> DistinctCounts:
    """How many different beneficiaries or SMEs are there, between which bounds?

    The upper figure trusts identifiers and spellings: each identifier is one body, and so is
    each spelling in rows without an identifier, and each row that has neither. The lower figure
    counts bodies after matching: the same identifier, or names joined by :func:`match`. It
    follows the binding rule on common indicators that an enterprise counts once however many
    grants it has.

    Parameters
    ----------
    programme : Programme
        Needs ``operations`` with ``beneficiary_id`` or ``beneficiary_name``, or for SMEs
        ``participations`` with ``sme_id``, or ``enterprises``.
    by : sequence of str, optional
        Group columns, of that table or one that it refers to.
    what : {"beneficiaries", "smes"}
        What to count.
    identifiers : {"local", "national"}
        ``national`` where identifiers are those of a register: different ones are then
        different bodies, whatever the names. ``local`` where a programme numbered its
        applicants: one body may then have several, and matched names join them in the lower
        figure.
    threshold : float
        Score from which :func:`match` joins names.

    Returns
    -------
    DistinctCounts
        Counts only: no name of anybody is in it. Bodies that stand in several groups count in
        each, so groups do not add up to the total.

    Raises
    ------
    InputError
        When the table is missing, or has neither identifiers nor names.
    UsageError
        When a group column is unknown, or ``what`` or ``identifiers`` is not one of the above.

    Notes
    -----
    The upper figure is no bound where one spelling is two bodies: two persons of one name count
    once. How often a spelling stands in several places is said under the table.

    Source: definitions of the common indicators CO01 to CO05, Regulation (EU) No 1301/2013,
    Annex I: multiple counting of an enterprise has to be removed.

    Examples
    --------
    >>> operations = pd.DataFrame(
    ...     {
    ...         "operation_id": ["1", "2", "3"],
    ...         "beneficiary_name": ["Muster Bau GmbH", "MUSTER-BAU G.m.b.H.", "Muster Bau AG"],
    ...     }
    ... )
    >>> found = distinct(Programme.from_frames(operations=operations))
    >>> found.frame[["lower", "upper", "rows"]].values.tolist()
    [[2, 3, 3]]
    """
    if what not in _WHAT:
        raise one_of("kind of body", what, list(_WHAT))
    if identifiers not in ("local", "national"):
        raise one_of("kind of identifier", identifiers, ["local", "national"])
    groups = tuple(by or ())
    rows = _bodies(_rows(programme, groups, what), threshold)
    unit = "SMEs" if what == "smes" else "beneficiaries"
    method = f"names matched from {threshold:g}, {identifiers} identifiers"
    national = identifiers == "national"
    total = _counted(rows, (), unit=unit, method=method, national=national)
    frame = _counted(rows, groups, unit=unit, method=method, national=national)
    return DistinctCounts(
        frame=frame if groups else total,
        provenance=programme.provenance,
        caveats=_caveats(rows, total, groups, unit),
        by=groups,
        total=total,
        what=what,
    )


def _rows(programme: Programme, by: tuple[str, ...], what: str) -> pd.DataFrame:
    """Distinct combinations of group, identifier, name and what helps to match, with rows."""
    tables, key, named = _WHAT[what]
    base = next((table for table in tables if table in programme.tables), None)
    if base is None:
        raise InputError(
            f"Programme '{programme.id}' has no table {' or '.join(tables)} to count {what} in.",
            todo="Name a programme that lists them. This one has "
            f"{', '.join(sorted(programme.tables)) or 'no table'}.",
        )
    lookup = Lookup(programme)
    refuse_unknown_groups(lookup, by)
    places: dict[str, Place] = {
        f"by_{index}": _found(lookup, base, name) for index, name in enumerate(by)
    }
    if key in lookup.columns(base):
        places["identifier"] = (base, key)
    if named[1] in lookup.columns(named[0]) and lookup.path(base, named[0]) is not None:
        places["name"] = named
    if not {"identifier", "name"} & set(places):
        raise InputError(
            f"Table {base} has neither {key} nor names to tell {what} apart.",
            todo="Map one of them in the profile.",
        )
    about = named[0] if "name" in places else base
    places |= {name: (about, name) for name in _KNOWN_OF if name in lookup.columns(about)}
    lazy = lookup.rows(base, places.values())
    lazy = lazy.select(*(nw.col(alias(place)).alias(name) for name, place in places.items()))
    lazy = lazy.group_by(*places).agg(rows=nw.len())
    frame = programme.engine.collect(lazy)
    missing = [name for name in ("identifier", "name") if name not in frame]
    return frame.assign(**dict.fromkeys(missing, None)).rename(
        columns={f"by_{index}": f"by_{name}" for index, name in enumerate(by)}
    )


def _found(lookup: Lookup, base: str, name: str) -> Place:
    place = lookup.find(base, name)
    if place is None:
        raise InputError(
            f"The column '{name}' cannot be reached from {base}.",
            todo="Group by a column of that table, or of one that it refers to.",
        )
    return place


def _bodies(rows: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Add what each row's body is strictly, and after matching."""
    name = written(rows["name"])
    identifier = rows["identifier"].astype("object").where(rows["identifier"].notna(), None)
    spelled = [
        ("id", key) if key is not None else ("name", text) if text is not None else ("row", index)
        for index, (key, text) in enumerate(zip(identifier, name, strict=True))
    ]
    known = [column for column in _KNOWN_OF if column in rows]
    found = match(rows[known].assign(name=name), threshold=threshold)
    cluster = name.map(dict(zip(found.frame["name"], found.frame["cluster"], strict=True)))
    merged = _joined(spelled, cluster.tolist())
    return rows.assign(
        name=name, identifier=identifier, strict=_codes(spelled), body=_codes(merged)
    )


def _codes(keys: Sequence[Hashable]) -> list[int]:
    """Number of each key, the same for the same key."""
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(key, len(numbers)) for key in keys]


def _joined(strict: Sequence[Hashable], clusters: Sequence[object]) -> list[Hashable]:
    """Body of each row: rows with the same identifier, or the same cluster of names, are one."""
    parents: dict[Hashable, Hashable] = {}

    def top(key: Hashable) -> Hashable:
        parents.setdefault(key, key)
        while parents[key] != key:
            parents[key] = parents[parents[key]]
            key = parents[key]
        return key

    for key, cluster in zip(strict, clusters, strict=True):
        if isinstance(cluster, str):
            parents[top(key)] = top(("cluster", cluster))
    return [top(key) for key in strict]


def _counted(
    rows: pd.DataFrame, by: tuple[str, ...], *, unit: str, method: str, national: bool
) -> pd.DataFrame:
    """Lower and upper count of each group."""
    columns = [f"by_{name}" for name in by]
    parts = rows.groupby(columns, dropna=False, sort=True) if columns else [((), rows)]
    found = [
        {
            **dict(zip(by, key, strict=True)),
            "lower": _lower(part, national=national),
            "upper": _upper(part),
            "rows": int(part["rows"].sum()),
            "rows_identified": int(part.loc[part["identifier"].notna(), "rows"].sum()),
            "rows_unnamed": int(part.loc[_unnamed(part), "rows"].sum()),
            "unit": unit,
            "method": method,
        }
        for key, part in parts
    ]
    names = [*by, "lower", "upper", "rows", "rows_identified", "rows_unnamed", "unit", "method"]
    frame = pd.DataFrame(found, columns=names)
    return frame.assign(note=[_note(row) for row in frame.to_dict("records")])


def _unnamed(part: pd.DataFrame) -> pd.Series:
    return part["identifier"].isna() & part["name"].isna()


def _upper(part: pd.DataFrame) -> int:
    nobody = _unnamed(part)
    # Rows without identifier and name may each be another body.
    return int(part.loc[~nobody, "strict"].nunique() + part.loc[nobody, "rows"].sum())


def _lower(part: pd.DataFrame, *, national: bool) -> int:
    told = part[~_unnamed(part)]
    if told.empty:
        # Rows without identifier and name may all be one body, but not none.
        return int(len(part) > 0)
    if not national:
        return int(told["body"].nunique())
    # Each number of a register is a body; names without one may be any of those they match.
    numbers = told.groupby("body")["identifier"].nunique()
    return int(numbers.clip(lower=1).sum())


def _note(row: dict[Hashable, object]) -> str:
    reasons = []
    gap = int(str(row["upper"])) - int(str(row["lower"])) - int(str(row["rows_unnamed"]))
    if gap > 0:
        reasons.append(f"{gap:,} fewer once alike names are joined")
    if row["rows_unnamed"]:
        reasons.append(f"{row['rows_unnamed']:,} rows have neither identifier nor name")
    return "; ".join(reasons) or "no names were joined"


def _caveats(
    rows: pd.DataFrame, total: pd.DataFrame, by: tuple[str, ...], unit: str
) -> tuple[str, ...]:
    all_ = total.iloc[0]
    texts = [
        f"Lower: {unit} after matching of names; upper: by identifiers and spellings only. "
        f"{all_['rows_identified']:,} of {all_['rows']:,} rows have an identifier."
    ]
    if by:
        texts.append(
            f"All groups together: {all_['lower']:,} to {all_['upper']:,} {unit}; groups do not "
            "add up to this, because one body can stand in several."
        )
    place = next((name for name in ("municipality", "postal_code") if name in rows), None)
    spelled = rows[rows["identifier"].isna() & rows["name"].notna()]
    if place is not None and len(spelled):
        several = int((spelled.groupby("name")[place].nunique() > 1).sum())
        if several:
            texts.append(
                f"{several:,} spellings without an identifier stand in more than one place, and "
                "count once: they may be one body with operations in several places, or several."
            )
    return tuple(texts)
