"""Who stands behind a figure: contributors of each cell, and the two largest of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import permutations
from operator import or_

import narwhals as nw
import pandas as pd

from difass_analysis.engine import Lazy
from difass_analysis.indicators import Indicator, Term, catalogue, choose, conditions_of, restrict
from difass_analysis.measurement.moments import SCALE, Pass, run_passes
from difass_analysis.measurement.plan import Plan, SeparatePlans, choose_plan, contributor
from difass_analysis.programme import Programme
from difass_analysis.programme.lookup import Lookup, alias, refuse_unknown_groups

MONEY, COUNT, HEADS = "money", "count", "heads"
#: Units that are contributors themselves: their number is not additive over groups.
_HEADS = ("sme_id", "beneficiary_id", "beneficiary_name")
_WHO = "_cluster"
_ALL = "_all"
NOTHING = 1e-6
_COLUMNS = ("total", "n", "largest", "second", "smallest", "squares", "largest_by", "second_by")


@dataclass(frozen=True, eq=False, kw_only=True)
class Contributions:
    """What single contributors put into the cells behind the sides of indicators.

    Attributes
    ----------
    by : tuple of str
        Names of the group columns.
    cells : pandas.DataFrame
        One row for each quantity and cell: ``quantity``, the group columns, ``total``, ``n``
        (contributors with something in the cell), ``largest`` and ``second`` (what the two
        largest put in), ``smallest`` (below zero where somebody put in less than nothing),
        ``squares`` (sum of squares over contributors), ``largest_by`` and ``second_by`` (who
        they are; never to be printed).
    kinds : dict of str to str
        Kind of each quantity: ``money`` or ``count``, which add up over groups, or ``heads``:
        numbers of different contributors, which do not.
    sides : dict of (indicator, side) to str
        The quantity on each side, ``numerator`` or ``denominator``, of an indicator.
    parts : tuple of (whole, part, rest)
        Quantities that are contained in each other, and what is left between them.
    unchecked : tuple of str
        Indicators of which only totals are known: nobody can be told from them.
    """

    by: tuple[str, ...]
    cells: pd.DataFrame
    kinds: dict[str, str]
    sides: dict[tuple[str, str], str]
    parts: tuple[tuple[str, str, str], ...]
    unchecked: tuple[str, ...]


@dataclass(eq=False)
class _Found:
    frames: list[pd.DataFrame] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)
    sides: dict[tuple[str, str], str] = field(default_factory=dict)
    parts: list[tuple[str, str, str]] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)


def contributions(
    programme: Programme,
    indicators: Sequence[str],
    *,
    by: Sequence[str] = (),
    where: Mapping[str, Sequence[str]] | None = None,
) -> Contributions:
    """Measure who stands behind the numerators and denominators of indicators, by cell.

    Contributors are the beneficiaries of operations, and the SMEs of participations. Rows are
    those that :func:`~difass_analysis.measurement.measure` counts.

    Parameters
    ----------
    programme : Programme
        The data.
    indicators : sequence of str
        Ids of the indicators.
    by : sequence of str
        Columns to group by.
    where : mapping of str to sequence of str, optional
        Columns and the values that count.

    Raises
    ------
    UsageError
        When an indicator or a column is unknown.

    Examples
    --------
    >>> frame = pd.DataFrame({"operation_id": list("abcd"), "beneficiary_id": list("uuvw"),
    ...                       "public_amount": [10.0, 20.0, 5.0, 1.0]})
    >>> found = contributions(Programme.from_frames(operations=frame), ["public"])
    >>> found.cells[["total", "n", "largest", "second"]].values.tolist()
    [[36.0, 3.0, 30.0, 5.0]]
    """
    groups = tuple(dict.fromkeys(by))
    conditions = conditions_of(where)
    held = catalogue(programme.settings.indicators, where=programme.id)
    lookup = Lookup(programme)
    refuse_unknown_groups(lookup, (*groups, *conditions))
    wanted = [restrict(indicator, conditions) for indicator in choose(held, list(indicators))]
    found = _Found()
    plans = _plans(wanted, lookup, groups, found)
    for done in run_passes([plan for plan, _ in plans], lookup=lookup):
        mine = [(plan, sides) for plan, sides in plans if plan in done.plans]
        _add_pass(done, mine, lookup, found)
    columns = ["quantity", *groups, *_COLUMNS]
    frames = [frame for frame in found.frames if len(frame)]
    cells = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
    return Contributions(
        by=groups,
        cells=cells[columns],
        kinds=found.kinds,
        sides=found.sides,
        parts=tuple(found.parts),
        unchecked=tuple(dict.fromkeys(found.unchecked)),
    )


def _plans(
    wanted: Sequence[Indicator], lookup: Lookup, groups: tuple[str, ...], found: _Found
) -> list[tuple[Plan, tuple[str, ...]]]:
    """Plans over contributors with the sides they stand for; notes those without contributors."""
    plans: list[tuple[Plan, tuple[str, ...]]] = []
    for indicator in wanted:
        choice = choose_plan(indicator, lookup=lookup, by=groups)
        if isinstance(choice, Plan):
            both = ("numerator", "denominator")[: len(choice.terms)]
            chosen = [(choice, both)]
        elif isinstance(choice, SeparatePlans):
            chosen = [(choice.numerator, ("numerator",)), (choice.denominator, ("denominator",))]
        else:
            continue
        for plan, sides in chosen:
            who = contributor(plan.base, lookup)
            if not who:
                found.unchecked.append(indicator.id)
            else:
                plans.append((plan if plan.once else replace(plan, cluster=who), sides))
    return plans


def _add_pass(
    done: Pass,
    mine: Sequence[tuple[Plan, tuple[str, ...]]],
    lookup: Lookup,
    found: _Found,
) -> None:
    """Add the cells of all sides that one pass measured, and of what lies between them."""
    keys = list(done.groups) or [_ALL]
    terms: dict[str, Term] = {}
    sides: dict[str, nw.Expr] = {}
    for plan, names in mine:
        number = done.plans.index(plan)
        for axis, side, term in zip("yx", names, plan.terms, strict=False):
            name = _quantity(plan, term, complete=_is_complete(done, number))
            found.sides[plan.indicator.id, side] = name
            if name in found.kinds and name not in terms:
                continue  # measured in another pass already
            if name not in terms and _kind(term) == HEADS:
                found.frames.append(_heads(done, number, axis, keys, name))
            terms[name], found.kinds[name] = term, _kind(term)
            sides[name] = _amount(f"{axis}_{number}")
    added = {name: sides[name] for name in terms if found.kinds[name] != HEADS}
    if not added:
        return
    rows = _by_contributor(done, keys, lookup)
    pairs = [
        (whole, part)
        for whole, part in permutations(added, 2)
        if _is_within(terms[part], terms[whole])
    ]
    for whole, part in _contained(rows, pairs, added, lookup):
        name = f"{whole} without {part}"
        found.parts.append((whole, part, name))
        found.kinds[name] = found.kinds[whole]
        added[name] = added[whole] - added[part]
    found.frames += _cells(rows, added, keys, lookup)


def _is_complete(done: Pass, number: int) -> bool:
    return not done.cells[f"left_{number}"].sum()


def _quantity(plan: Plan, term: Term, *, complete: bool) -> str:
    """Name of what is added up; the other side matters only where it costs rows."""
    name = term.describe() + (" multiplied" if term.product else "")
    name += f" shared by {', '.join(term.shared_by)}" if term.shared_by else ""
    others = [other for other in plan.terms if other is not term]
    if (complete and not plan.once) or not others:
        return name
    return f"{name}, in {plan.base}, beside {others[0].describe()}"


def _kind(term: Term) -> str:
    if term.kind != "distinct":
        return MONEY
    return HEADS if term.columns[0][1] in _HEADS else COUNT


def _is_within(part: Term, whole: Term) -> bool:
    """Whether all that one term adds is added by another too."""
    return (
        _kind(part) == _kind(whole) != HEADS
        and not (part.product or whole.product or part.shared_by or whole.shared_by)
        and set(part.columns) <= set(whole.columns)
        and all(
            name in part.filter and set(part.filter[name]) <= set(allowed)
            for name, allowed in whole.filter.items()
        )
    )


def _amount(name: str) -> nw.Expr:
    return (nw.col(name).cast(nw.Float64) / float(SCALE)).fill_null(0.0)


def _by_contributor(done: Pass, keys: list[str], lookup: Lookup) -> Lazy:
    """Stage-one rows by contributor: amounts that stand once an operation go to its beneficiary."""
    rows = done.stage_one
    if not done.groups:
        rows = rows.with_columns(nw.lit(1).alias(_ALL))
    plan = done.plans[0]
    who = contributor(plan.once, lookup) if plan.once else ()
    if not who:
        return rows
    names = [alias(place) for place in who]
    owners = lookup.rows(plan.once, [*who, plan.cluster[0]])
    texts = [
        nw.concat_str(nw.lit(f"{place[1]}:"), nw.col(name).cast(nw.String))
        for place, name in zip(who, names, strict=True)
    ]
    owners = owners.select(
        nw.col(alias(plan.cluster[0])).alias("_key"), nw.coalesce(*texts).alias("_owner")
    )
    joined = rows.with_columns(nw.col(_WHO).alias("_key")).join(owners, on="_key", how="left")
    sides = [name for name in rows.collect_schema().names() if name[:2] in ("y_", "x_")]
    summed = joined.group_by(*keys, "_owner").agg(*(nw.col(name).sum() for name in sides))
    return summed.with_columns(nw.col("_owner").alias(_WHO))


def _contained(
    rows: Lazy, pairs: Sequence[tuple[str, str]], added: Mapping[str, nw.Expr], lookup: Lookup
) -> list[tuple[str, str]]:
    """Pairs in which no contributor has more in the part than in the whole, and some has less."""
    if not pairs:
        return []
    left = {f"d_{i}": added[whole] - added[part] for i, (whole, part) in enumerate(pairs)}
    ends = lookup.programme.engine.collect(
        rows.select(**left).select(
            *(nw.col(name).min().alias(f"low_{name}") for name in left),
            *(nw.col(name).max().alias(f"high_{name}") for name in left),
        )
    ).iloc[0]
    return [
        pair
        for name, pair in zip(left, pairs, strict=True)
        if ends[f"low_{name}"] >= -NOTHING and ends[f"high_{name}"] > NOTHING
    ]


def _cells(
    rows: Lazy, added: Mapping[str, nw.Expr], keys: list[str], lookup: Lookup
) -> list[pd.DataFrame]:
    """Total, number and the two largest of the contributors to each cell, in two queries."""
    numbers = range(len(added))
    own = rows.select(*keys, _WHO, **{f"a_{i}": one for i, one in enumerate(added.values())})
    places = {
        f"p_{i}": nw.col(f"a_{i}").rank("ordinal", descending=True).over(*keys) for i in numbers
    }
    first = reduce(or_, (nw.col(name) <= 2 for name in places))
    top = lookup.programme.engine.collect(own.with_columns(**places).filter(first))
    own = own.with_columns(
        **{f"s_{i}": nw.col(f"a_{i}") * nw.col(f"a_{i}") for i in numbers},
        **{f"n_{i}": (nw.col(f"a_{i}") != 0).cast(nw.Int64) for i in numbers},
    )
    names = [f"{kind}_{i}" for kind in "asn" for i in numbers]
    least = [nw.col(f"a_{i}").min().alias(f"m_{i}") for i in numbers]
    sums = lookup.programme.engine.collect(own.group_by(*keys).agg(nw.col(*names).sum(), *least))
    frames = []
    for i, quantity in enumerate(added):
        titles = {f"a_{i}": "total", f"s_{i}": "squares", f"n_{i}": "n", f"m_{i}": "smallest"}
        frame = sums[[*keys, *titles]].rename(columns=titles).assign(quantity=quantity)
        for place, title in ((1, "largest"), (2, "second")):
            held = top.loc[top[f"p_{i}"] == place, [*keys, _WHO, f"a_{i}"]]
            held = held.rename(columns={f"a_{i}": title, _WHO: f"{title}_by"})
            frame = frame.merge(held, on=keys, how="left")
        frame = frame.fillna({"largest": 0.0, "second": 0.0})
        frames.append(frame.drop(columns=_ALL, errors="ignore"))
    return frames


def _heads(done: Pass, number: int, axis: str, keys: list[str], name: str) -> pd.DataFrame:
    """Numbers of different contributors: each of them puts in one."""
    total = done.cells[f"{axis}_{number}"].round(0)
    groups = [key for key in keys if key != _ALL]
    return done.cells[groups].assign(
        quantity=name,
        total=total,
        n=total,
        largest=total.clip(upper=1),
        second=(total - 1).clip(lower=0, upper=1),
        smallest=total.clip(upper=1),
        squares=total,
        largest_by=None,
        second_by=None,
    )
