"""Who paid for each operation: the parts of its money that leverage is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import narwhals as nw
import pandas as pd

from difass_analysis.engine import Lazy
from difass_analysis.errors import UsageError
from difass_analysis.programme import Programme
from difass_analysis.programme.canonical import MILLIONTHS, NATIONAL_PUBLIC, PRIVATE
from difass_analysis.programme.lookup import Lookup, Place, alias, group_places

Basis = Literal["committed", "paid"]
#: Group column that is derived from the sources of an operation.
PRODUCT = "product"
PARTS = (
    "eu",
    "reimbursable",
    "sources",
    "sources_without_own",
    "private",
    "public",
    "public_and_private",
    "promotional",
)
_OWN = "private_final_recipient"
_CLUSTER = "_cluster"
_OPERATION = "_operation"


@dataclass(frozen=True, eq=False, kw_only=True)
class Parts:
    """The parts of the money of each operation, and which of them are known.

    Attributes
    ----------
    rows : lazy frame
        One row an operation: group columns, ``_cluster``, the parts in whole millionths,
        ``_complete`` (no amount is missing), ``_sure`` (of all money it is known whether it is
        to be paid back), ``_eu`` (the Union contributes).
    by : tuple of str
        Names of the group columns.
    cluster_name : str
        Column that names the independent unit.
    has_forms : bool
        Whether the form of the money is stated, so that guarantees can be told.
    """

    rows: Lazy
    by: tuple[str, ...]
    cluster_name: str
    has_forms: bool


def parts_from_funding(programme: Programme, *, by: Sequence[str], basis: Basis) -> Parts | str:
    """Add up the sources of each operation, or say why that cannot be done.

    Raises
    ------
    UsageError
        When a group column belongs to a single source of money and not to an operation.
    """
    lookup = Lookup(programme)
    amount = ("funding", f"{basis}_amount")
    for place in (amount, ("funding", "source_type"), ("funding", "operation_id")):
        if not lookup.known(place):
            return f"{place[0]}.{place[1]} is not given"
    found = group_places(lookup, "funding", [name for name in by if name != PRODUCT])
    if isinstance(found, str):
        return found
    _refuse_source_columns(found)
    clusters = _cluster_places(lookup)
    own = {name: ("funding", name) for name in ("reimbursable", "instrument")}
    held = {name: place for name, place in own.items() if lookup.known(place)}
    wanted = [amount, ("funding", "source_type"), *found.values(), *clusters, *held.values()]
    agreed = ("funding", "committed_amount")
    if lookup.known(agreed):
        wanted.append(agreed)
    rows = lookup.rows("funding", dict.fromkeys(wanted))
    # A source of nothing is no contribution; one that is agreed and not yet paid is, and so is
    # money that was paid, whatever was agreed.
    zero = (nw.col(alias(agreed)) == 0).fill_null(False) if agreed in wanted else nw.lit(False)
    zero = zero & (nw.col(alias(amount)).fill_null(0.0) == 0)
    rows = rows.with_columns(_zero=zero)
    named = [
        nw.concat_str(nw.lit(f"{place[1]}:"), nw.col(alias(place)).cast(nw.String))
        for place in clusters
    ]
    operation = nw.col(alias(clusters[-1]))
    rows = rows.filter(~operation.is_null()).with_columns(
        **{_CLUSTER: nw.coalesce(*named), _OPERATION: operation.cast(nw.String)},
        **{f"_by_{name}": nw.col(alias(place)).cast(nw.String) for name, place in found.items()},
    )
    summed = _by_operation(rows, by=by, amount=alias(amount), held=held)
    return Parts(
        rows=programme.engine.materialise(summed),  # read once, for all definitions
        by=tuple(by),
        cluster_name=clusters[0][1],
        has_forms="instrument" in held,
    )


def _refuse_source_columns(found: dict[str, Place]) -> None:
    for name, place in found.items():
        if place[0] == "funding" and name != "operation_id":
            raise UsageError(
                f"'{name}' belongs to one source of money: leverage is the relation between "
                "sources.",
                todo=f"Group by a column of operations, or by '{PRODUCT}'.",
            )


def _cluster_places(lookup: Lookup) -> list[Place]:
    """Beneficiary where it is known, else the operation."""
    operation = ("funding", "operation_id")
    for name in ("beneficiary_id", "beneficiary_name"):
        place = lookup.find("funding", name)
        if place is not None and lookup.known(place):
            return [place, operation]
    return [operation]


def _by_operation(rows: Lazy, *, by: Sequence[str], amount: str, held: dict[str, Place]) -> Lazy:
    """Sum the parts of each operation in whole millionths."""
    source = nw.col(alias(("funding", "source_type"))).cast(nw.String)
    false = nw.lit(False)
    back = nw.col(alias(held["reimbursable"])) if "reimbursable" in held else None
    form = nw.col(alias(held["instrument"])).cast(nw.String) if "instrument" in held else None
    guarantee = (form == "guarantee").fill_null(False) if form is not None else false
    equity = (form == "equity").fill_null(False) if form is not None else false
    given = ~guarantee  # a guarantee backs loans of others: it is no money in the operation
    repaid = back.fill_null(False) if back is not None else false
    unsure = (back.is_null() if back is not None else nw.lit(True)) & given & (source != _OWN)
    masks = {
        "eu": source == "eu",
        "reimbursable": given & repaid & (source != _OWN),
        "sources": given,
        "sources_without_own": given & (source != _OWN),
        "private": source.is_in(PRIVATE) & given,
        "public": source.is_in(("eu", *NATIONAL_PUBLIC)),
        "promotional": source == "promotional_bank",
    }
    known = nw.col(amount).fill_null(0.0)
    millionths = (known * MILLIONTHS).round(0).cast(nw.Int64)
    flags = {
        "_blank": nw.col(amount).is_null() | source.is_null(),
        "_unsure": unsure,
        "_eu_rows": (source == "eu") & ~nw.col("_zero"),
        "_guarantees": guarantee,
        "_equity": equity,
        "_loans": repaid & given & (source != _OWN),
    }
    values = {
        name: nw.when(mask.fill_null(False)).then(millionths).otherwise(nw.lit(0))
        for name, mask in masks.items()
    }
    counts = {name: flag.fill_null(False).cast(nw.Int64) for name, flag in flags.items()}
    groups = [f"_by_{name}" for name in by if name != PRODUCT]
    summed = (
        rows.with_columns(**values, **counts)
        .group_by(*groups, _CLUSTER, _OPERATION)
        .agg(*(nw.col(name).cast(nw.Int64).sum() for name in (*values, *counts)))
    )
    summed = summed.with_columns(
        public_and_private=nw.col("public") + nw.col("private"),
        _complete=(nw.col("_blank") == 0),
        _sure=(nw.col("_unsure") == 0),
        _eu=(nw.col("_eu_rows") > 0),
    )
    return summed.with_columns(**{f"_by_{PRODUCT}": _product()}) if PRODUCT in by else summed


def _product() -> nw.Expr:
    """Name the product of an operation by the money in it."""
    return (
        nw.when(nw.col("_guarantees") > 0)
        .then(nw.lit("guarantee"))
        .when(nw.col("_equity") > 0)
        .then(nw.lit("equity"))
        .when(nw.col("_loans") > 0)
        .then(nw.lit("loan"))
        .otherwise(nw.lit("grant"))
    )


def parts_from_operations(programme: Programme, *, by: Sequence[str]) -> Parts | str:
    """Take the parts from the amounts of the operations themselves: not who, and not how."""
    lookup = Lookup(programme)
    if "operations" not in programme.tables:
        return "there is no table of sources of money (funding), and none of operations"
    names = ("eu_amount", "public_amount", "private_amount")
    absent = [name for name in names if not lookup.known(("operations", name))]
    if absent:
        return f"operations.{absent[0]} is not given"
    found = group_places(lookup, "operations", by)
    if isinstance(found, str):
        return found
    keys: list[Place] = [
        ("operations", name)
        for name in ("beneficiary_id", "beneficiary_name", "operation_id")
        if lookup.known(("operations", name))
    ]
    if not keys:
        return "operations.operation_id is not given"
    places = [("operations", name) for name in names]
    rows = lookup.rows("operations", dict.fromkeys([*places, *found.values(), *keys]))
    eu, public, private = (
        (nw.col(alias(place)) * MILLIONTHS).round(0).cast(nw.Int64) for place in places
    )
    marked = [
        nw.concat_str(nw.lit(f"{place[1]}:"), nw.col(alias(place)).cast(nw.String))
        for place in keys
    ]
    rows = rows.with_columns(
        eu=eu,
        sources=public + private,
        _eu=(nw.col(alias(places[0])) > 0).fill_null(False),
        **{_CLUSTER: nw.coalesce(*marked)},
        **{f"_by_{name}": nw.col(alias(place)).cast(nw.String) for name, place in found.items()},
    )
    complete = ~(nw.col("eu").is_null() | nw.col("sources").is_null())
    return Parts(
        rows=rows.with_columns(_complete=complete, _sure=nw.lit(False)),
        by=tuple(by),
        cluster_name=keys[0][1],
        has_forms=False,
    )


def clusters_of(
    parts: Parts, *, programme: Programme, numerator: str, denominator: str
) -> pd.DataFrame:
    """Sum one numerator and denominator by cell and cluster, over operations with both known.

    Returns
    -------
    pandas.DataFrame
        Group columns, ``y``, ``x``, ``used`` and ``left`` (operations), sorted, one row for
        each cell and cluster; ``left`` counts operations that lack an amount or a flag and
        ``without_eu`` those to which the Union does not contribute.
    """
    complete = nw.col("_complete")
    if numerator == "reimbursable":
        complete = complete & nw.col("_sure")
    counts = nw.col("_eu") if "eu" in (numerator, denominator) else nw.lit(True)
    used = (complete & counts).fill_null(False)
    keys = [f"_by_{name}" for name in parts.by]
    zero = nw.lit(0)
    rows = parts.rows.with_columns(
        y=nw.when(used).then(nw.col(numerator)).otherwise(zero),
        x=nw.when(used).then(nw.col(denominator)).otherwise(zero),
        used=used.cast(nw.Int64),
        left=(~complete & counts).fill_null(False).cast(nw.Int64),
        without_eu=(~counts).fill_null(False).cast(nw.Int64),
    )
    sums = [nw.col(name).sum() for name in ("y", "x", "used", "left", "without_eu")]
    frame = programme.engine.collect(rows.group_by(*keys, _CLUSTER).agg(*sums))
    frame = frame.sort_values([*keys, _CLUSTER], kind="stable", na_position="last")
    frame = frame.rename(columns={f"_by_{name}": name for name in parts.by})
    for side in ("y", "x"):
        frame[side] = frame[side].astype(float) / MILLIONTHS
    return frame.drop(columns=_CLUSTER).reset_index(drop=True)
