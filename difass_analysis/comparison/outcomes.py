"""The operations behind a ratio of amounts: log ratio, cluster and categories of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import narwhals as nw

from difass_analysis.comparison.regression import CLUSTER_COLUMN, OUTCOME
from difass_analysis.engine import Lazy
from difass_analysis.errors import IndicatorError
from difass_analysis.indicators import (
    Indicator,
    Term,
    catalogue,
    choose,
    conditions_of,
    restrict,
    unit_of,
)
from difass_analysis.measurement.plan import Plan, choose_plan
from difass_analysis.programme import Programme
from difass_analysis.programme.lookup import Lookup, Place, alias, refuse_unknown_groups

_BASE = "operations"
_UNKNOWN = "(not known)"


@dataclass(frozen=True, eq=False, kw_only=True)
class Explained:
    """Operations whose log ratio is to be explained, and what to say of them.

    Attributes
    ----------
    rows : lazy frame
        One row an operation: ``_cluster``, ``_outcome``, and the categories as text.
    names : tuple of str
        The categorical columns, the one that is compared first.
    outcome, label, unit : str
        Id, name and unit of the ratio.
    cluster_name : str
        Column of the independent unit.
    left_out : str
        How many operations are left out, and why; empty when none is.
    """

    rows: Lazy
    names: tuple[str, ...]
    outcome: str
    label: str
    unit: str
    cluster_name: str
    left_out: str


def explained_operations(
    programme: Programme,
    outcome: str,
    *,
    by: str,
    controls: Sequence[str],
    cluster: str | None,
    where: Mapping[str, Sequence[str]] | None,
) -> Explained:
    """Operations with both amounts above zero and a known group, and how many are left out.

    Raises
    ------
    UsageError
        When a column is unknown.
    IndicatorError
        When the outcome is not a ratio of two amounts of an operation, or no operation has both
        above zero.
    """
    conditions = conditions_of(where)
    names = tuple(dict.fromkeys((by, *controls)))
    wanted = choose(catalogue(programme.settings.indicators, where=programme.id), [outcome])[0]
    lookup = Lookup(programme)
    named = (*names, cluster) if cluster else names
    refuse_unknown_groups(lookup, (*named, *conditions))
    plan = _plan_of(restrict(_of_operations(wanted), conditions), lookup, named)
    places = (plan.groups[cluster],) if cluster else plan.cluster
    rows = _with_outcome(plan, lookup, names, places)
    counts = programme.engine.collect(
        rows.with_columns(one=nw.lit(1)).select(nw.col("one", "_known", "_used").sum())
    ).fillna(0)
    total, known, used = (int(counts[name].iloc[0]) for name in ("one", "_known", "_used"))
    if not used:
        raise IndicatorError(
            f"'{outcome}' has no logarithm: in none of {total} operations are {by} known and both "
            "amounts above zero.",
            todo="Compare it as a ratio of sums, with contrasts.",
        )
    kept = rows.filter(nw.col("_used") == 1).select(CLUSTER_COLUMN, OUTCOME, *names)
    return Explained(
        rows=programme.engine.materialise(kept),
        names=names,
        outcome=outcome,
        label=wanted.label,
        unit=unit_of(wanted, programme.currency),
        cluster_name=places[0][1],
        left_out=_left_out(total, known, used, by),
    )


def _left_out(total: int, known: int, used: int, by: str) -> str:
    if used == total:
        return ""
    return (
        f"{total - used:,} of {total:,} operations are left out: in {total - known:,} an amount "
        f"is not known or not above zero, in {known - used:,} more {by} is not known."
    )


def _of_operations(indicator: Indicator) -> Indicator:
    """Keep the ways to compute an indicator that add amounts of one operation."""

    def kept(terms: tuple[Term, ...]) -> tuple[Term, ...]:
        return tuple(
            term
            for term in terms
            if term.table == _BASE and term.kind == "sum" and not term.shared_by
        )

    found = replace(
        indicator, numerator=kept(indicator.numerator), denominator=kept(indicator.denominator)
    )
    if not found.numerator or not found.denominator:
        raise IndicatorError(
            f"'{indicator.id}' is not a ratio of two amounts of an operation.",
            todo="Take for example private_per_public.",
        )
    return found


def _plan_of(indicator: Indicator, lookup: Lookup, by: tuple[str, ...]) -> Plan:
    plan = choose_plan(indicator, lookup=lookup, by=by)
    if not isinstance(plan, Plan):
        reason = getattr(plan, "reason", "its two sides are known in different tables only")
        raise IndicatorError(
            f"'{indicator.id}' is not known by operation: {reason}.",
            todo="Compare another indicator, or add the table or column.",
        )
    return plan


def _with_outcome(
    plan: Plan, lookup: Lookup, names: tuple[str, ...], cluster: tuple[Place, ...]
) -> Lazy:
    """Operations that count, with log ratio, cluster and categories as text."""
    filters = _filters(plan, lookup)
    amounts = [place for term in plan.terms for place in term.columns]
    places = [*plan.groups.values(), *cluster, *amounts, *(place for place, _ in filters)]
    rows = lookup.rows(_BASE, dict.fromkeys(places))
    for place, allowed in filters:
        rows = rows.filter(nw.col(alias(place)).cast(nw.String).is_in(list(allowed)))
    y, x = (_amount(term) for term in plan.terms)
    marked = [
        nw.concat_str(nw.lit(f"{place[1]}:"), nw.col(alias(place)).cast(nw.String))
        for place in cluster
    ]
    texts = {name: nw.col(alias(plan.groups[name])).cast(nw.String) for name in names}
    rows = rows.with_columns(
        nw.coalesce(*marked).alias(CLUSTER_COLUMN),
        _y=y,
        _x=x,
        _given=(~texts[names[0]].is_null()).cast(nw.Int64),
        **{name: text.fill_null(_UNKNOWN) for name, text in texts.items()},
    )
    positive = ((nw.col("_y") > 0) & (nw.col("_x") > 0)).fill_null(False)
    rows = rows.with_columns(_known=positive.cast(nw.Int64)).with_columns(
        _used=nw.col("_known") * nw.col("_given"),
        _safe_y=nw.when(nw.col("_known") == 1).then(nw.col("_y")).otherwise(1.0),
        _safe_x=nw.when(nw.col("_known") == 1).then(nw.col("_x")).otherwise(1.0),
    )
    return rows.with_columns((nw.col("_safe_y").log() - nw.col("_safe_x").log()).alias(OUTCOME))


def _filters(plan: Plan, lookup: Lookup) -> list[tuple[Place, tuple[str, ...]]]:
    """Conditions of both amounts, each with the place of its column."""
    found = []
    for term in plan.terms:
        for name, allowed in term.filter.items():
            place = lookup.find(_BASE, name)
            if place is not None:  # a plan has been made: the column is there
                found.append((place, allowed))
    return found


def _amount(term: Term) -> nw.Expr:
    first, *others = (nw.col(alias(place)).cast(nw.Float64) for place in term.columns)
    for other in others:
        first = first * other if term.product else first + other
    return first
