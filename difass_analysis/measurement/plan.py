"""How an indicator is computed from the tables at hand, or why it cannot be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from difass_analysis.indicators import Indicator, Term
from difass_analysis.programme.lookup import Lookup, Place, group_places
from difass_analysis.schema import TABLES

# What a row is independent of: by table, the columns that name the unit, best first.
_CLUSTERS: dict[str, tuple[str, ...]] = {
    "operations": ("beneficiary_id", "beneficiary_name", "operation_id"),
    "participations": ("sme_id",),
}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One indicator (or one side of it) measured in the rows of one base table.

    ``once`` holds the key of the table whose values stand once for several base rows.
    """

    indicator: Indicator
    base: str
    numerator: Term
    denominator: Term | None
    groups: dict[str, Place]
    cluster: tuple[Place, ...]
    once: str = ""

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms that are computed."""
        return (self.numerator,) if self.denominator is None else (self.numerator, self.denominator)


@dataclass(frozen=True, kw_only=True)
class SeparatePlans:
    """A ratio whose two sides are known only in tables that do not refer to each other."""

    indicator: Indicator
    numerator: Plan
    denominator: Plan


@dataclass(frozen=True, kw_only=True)
class NotComputable:
    """An indicator that the tables at hand do not allow, and the reason."""

    indicator: Indicator
    reason: str
    tried: tuple[str, ...] = field(default_factory=tuple)


Choice = Plan | SeparatePlans | NotComputable


def choose_plan(indicator: Indicator, *, lookup: Lookup, by: tuple[str, ...]) -> Choice:
    """Choose the best way to compute an indicator by these groups.

    Pairs of terms are tried best first; both sides must be known in one base table. Failing
    that, the two sides are measured apart and divided, without an error.
    """
    system = lookup.programme.settings.indicator_system
    if indicator.system and system and system != indicator.system:
        reason = f"the programme reports under {system}, not under {indicator.system}"
        return NotComputable(indicator=indicator, reason=reason)
    tried: list[str] = []
    for top, bottom in _pairs(indicator):
        found = _plan(indicator, top, bottom, lookup, by)
        if isinstance(found, Plan):
            return found
        tried.append(found)
    if indicator.is_ratio:
        sides = [
            _one_side(indicator, terms, lookup, by)
            for terms in (indicator.numerator, indicator.denominator)
        ]
        if isinstance(sides[0], Plan) and isinstance(sides[1], Plan):
            return SeparatePlans(indicator=indicator, numerator=sides[0], denominator=sides[1])
        tried = [*tried[:1], *(side for side in sides if isinstance(side, str))]
    return NotComputable(indicator=indicator, reason=_reason(tried), tried=tuple(tried))


def _reason(tried: Iterable[str]) -> str:
    """Say each reason once; what a table that exists lacks says more than a missing table."""
    reasons = dict.fromkeys(part for text in tried for part in text.split("; "))
    lacking = [reason for reason in reasons if not reason.startswith("there is no table")]
    return "; ".join(lacking or reasons)


def _one_side(
    indicator: Indicator, terms: tuple[Term, ...], lookup: Lookup, by: tuple[str, ...]
) -> Plan | str:
    reasons = []
    for term in terms:
        found = _plan(indicator, term, None, lookup, by)
        if isinstance(found, Plan):
            return found
        reasons.append(found)
    return _reason(reasons)


def _pairs(indicator: Indicator) -> Iterator[tuple[Term, Term | None]]:
    """Go through the pairs of terms, those that are nearest to the best on both sides first."""
    if not indicator.is_ratio:
        yield from ((term, None) for term in indicator.numerator)
        return
    ranked = [
        (i + j, i, top, bottom)
        for i, top in enumerate(indicator.numerator)
        for j, bottom in enumerate(indicator.denominator)
    ]
    for _, _, top, bottom in sorted(ranked, key=lambda pair: pair[:2]):
        yield top, bottom


def _plan(
    indicator: Indicator, top: Term, bottom: Term | None, lookup: Lookup, by: tuple[str, ...]
) -> Plan | str:
    for term in (top, bottom):
        if term is not None and (missing := _missing(term, lookup)):
            return missing
    base = _common_base(top, bottom, lookup)
    if base is None and bottom is not None:
        return f"{top.table} and {bottom.table} do not refer to each other"
    base = base or top.table
    groups = group_places(lookup, base, by)
    if isinstance(groups, str):
        return groups
    once = _standing_once(base, top, bottom)
    if once and (stuck := _indivisible(once, groups, lookup)):
        return stuck
    return Plan(
        indicator=indicator,
        base=base,
        numerator=top,
        denominator=bottom,
        groups=groups,
        cluster=_cluster(indicator, base, top, bottom, once, lookup),
        once=once,
    )


def _missing(term: Term, lookup: Lookup) -> str:
    """Say what the tables lack for a term; empty when nothing is missing."""
    if term.table not in lookup.programme.tables:
        return f"there is no table '{term.table}'"
    for place in term.columns:
        if lookup.path(term.table, place[0]) is None:
            return f"there is no table '{place[0]}' to look up {place[1]} in"
        if not lookup.known(place):
            given = place[1] in lookup.columns(place[0])
            return f"{place[0]}.{place[1]} is {'empty' if given else 'not given'}"
    for name in (*term.filter, *term.shared_by):
        if lookup.find(term.table, name) is None:
            return f"the column '{name}' is not known for {term.table}"
    return ""


def _common_base(top: Term, bottom: Term | None, lookup: Lookup) -> str | None:
    if bottom is None or lookup.path(top.table, bottom.table) is not None:
        return top.table
    if lookup.path(bottom.table, top.table) is not None:
        return bottom.table
    return None


def _standing_once(base: str, top: Term, bottom: Term | None) -> str:
    """Table whose values stand once for several rows of the base, if any."""
    upper = [term.table for term in (top, bottom) if term is not None and term.table != base]
    return upper[0] if upper else ""


def _indivisible(once: str, groups: dict[str, Place], lookup: Lookup) -> str:
    for name, place in groups.items():
        if lookup.path(once, place[0]) is None:
            return f"amounts of {once} cannot be divided by '{name}', which varies within one row"
    return ""


def _cluster(
    indicator: Indicator, base: str, top: Term, bottom: Term | None, once: str, lookup: Lookup
) -> tuple[Place, ...]:
    """Columns that name the independent unit: the first that is known, then what fills its gaps."""
    if once:
        return ((once, TABLES[once].key[0]),)
    counted = [term.columns[0] for term in (top, bottom) if term and term.kind == "distinct"]
    if (base, "operation_id") in counted and base == "participations":
        return ((base, "operation_id"),)
    if bottom is None and counted and counted[0] != (base, TABLES[base].key[0]):
        return (counted[0],)
    names = indicator.cluster or _CLUSTERS.get(base) or TABLES[base].key[:1]
    return _chain(base, names or TABLES[base].names[:1], lookup)


def contributor(base: str, lookup: Lookup) -> tuple[Place, ...]:
    """Columns that name whose money or counts stand in the rows: beneficiaries, or SMEs.

    Empty where only totals are known: nobody can be told from a total of a call.
    """
    return _chain(base, _CLUSTERS.get(base, ()), lookup)


def _chain(base: str, names: tuple[str, ...], lookup: Lookup) -> tuple[Place, ...]:
    """The first column that is known, then what fills its gaps."""
    chain = [(base, name) for name in names if lookup.known((base, name))]
    for length, place in enumerate(chain, start=1):
        if lookup.complete(place):
            return tuple(chain[:length])
    return tuple(chain)
