"""Size classes of all enterprises of a programme, over the graph of ownership."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from math import inf

import pandas as pd

from difass_analysis.errors import InputError, UsageError
from difass_analysis.finance.aid_graph import (
    NO_ENTERPRISE,
    Groups,
    holdings,
    joint_holdings,
    linked_groups,
    whole_parameter,
)
from difass_analysis.finance.aid_parameters import parameter, status_note
from difass_analysis.finance.aid_public import public_shares
from difass_analysis.finance.sme_size import (
    RECOMMENDATION,
    Accounts,
    Bounds,
    added,
    classified,
    missing_measures,
)
from difass_analysis.programme import Programme
from difass_analysis.result import Result
from difass_analysis.validation.model import rows_of

_RULES = ("partner_share", "linked_share", "public_share", "periods_for_change")
_SCALE = 1_000_000_000
STEP_COLUMNS = ["sme_id", "step", "owner_id", "added_share", "headcount", "turnover", "balance"]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class SizeClasses(Result):
    """Size classes of enterprises under Recommendation 2003/361/EC.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row an enterprise: ``sme_id``, ``standing`` (``autonomous``, ``partner``, ``linked``,
        ``unknown``), ``linked_count``, ``partners_count``, ``headcount``, ``turnover_amount``
        and ``balance_amount`` with those of others (missing where not known), ``size_class``,
        ``by_figures``, ``lowest``, ``highest``, ``stated_class``, ``note``.
    steps : pandas.DataFrame
        What was added for each enterprise: ``sme_id``, ``step`` (``own``, ``linked``,
        ``partner``, ``share not known``), ``owner_id`` (the other enterprise), ``added_share``,
        ``headcount``, ``turnover``, ``balance`` of it, before the share is applied.
    """

    steps: pd.DataFrame = field(default_factory=pd.DataFrame)


@dataclass(frozen=True, eq=False, kw_only=True)
class _Graph:
    groups: Groups
    members: dict[str, list[str]]
    totals: dict[str, Bounds]
    figures: dict[str, Bounds]
    partners: dict[str, dict[str, int]]
    doubtful: dict[str, set[str]]
    exempt: set[str]
    persons: set[str]


def size_classes(programme: Programme, *, previous: pd.DataFrame | None = None) -> SizeClasses:
    """Size class of each enterprise, with its partner and linked enterprises.

    Parameters
    ----------
    programme : Programme
        With the table ``enterprises`` (figures of the last closed period, EUR) and, where there
        are any holdings, ``ownership``.
    previous : pandas.DataFrame, optional
        ``sme_id``, ``period``, ``size_class``: classes by figures of earlier periods.

    Returns
    -------
    SizeClasses
        ``unknown`` with its reason where missing figures could change the class.

    Raises
    ------
    InputError
        When there are no enterprises, or amounts are not in EUR.
    UsageError
        When `previous` lacks a column.

    Notes
    -----
    Recommendation 2003/361/EC, Annex. Linked: more than half, or control, through any number of
    enterprises and together with others that are linked; figures added whole. Partner: from a
    quarter to a half, held by a group jointly; the partner's figures with its own linked
    enterprises added in proportion, the greater share where each holds of the other; partners of
    partners are not added. Exempt investors make no partner. Holdings of natural persons link
    enterprises of one market only, which is not known here: they are not added, and the note
    says so.

    Examples
    --------
    >>> firms = pd.DataFrame({"sme_id": ["a", "b"], "headcount": [40.0, 20.0],
    ...     "turnover_amount": [8e6, 3e6], "balance_amount": [7e6, 2e6]})
    >>> own = pd.DataFrame({"sme_id": ["b"], "owner_id": ["a"], "held_share": [0.6]})
    >>> found = size_classes(Programme.from_frames(enterprises=firms, ownership=own))
    >>> found.frame[["sme_id", "standing", "headcount", "size_class"]].values.tolist()
    [['a', 'linked', 60.0, 'medium'], ['b', 'linked', 60.0, 'medium']]
    """
    if programme.currency != "EUR":
        raise InputError(
            f"The figures of '{programme.id}' are in {programme.currency or 'no known currency'}; "
            "the ceilings are in EUR.",
            todo="Convert them first: difass_analysis.money.",
        )
    columns = ["sme_id", "size_class", "headcount", "turnover_amount", "balance_amount"]
    firms = programme.table("enterprises").reindex(columns=columns)
    rows = holdings(programme)
    graph = _graph(firms, rows)
    public = public_shares(rows)
    earlier = _earlier(previous)
    records, steps = [], []
    for row in rows_of(firms.dropna(subset=["sme_id"])):
        record, mine = _one(str(row.sme_id), graph, public, earlier)
        stated = None if pd.isna(row.size_class) else str(row.size_class)
        records.append({**record, "stated_class": stated})
        steps += mine
    frame = pd.DataFrame(records, columns=_COLUMNS)
    return SizeClasses(
        frame=frame,
        provenance=programme.provenance,
        caveats=_caveats(programme, frame, previous is not None),
        steps=pd.DataFrame(steps, columns=STEP_COLUMNS),
    )


_COLUMNS = [
    "sme_id",
    "standing",
    "linked_count",
    "partners_count",
    "headcount",
    "turnover_amount",
    "balance_amount",
    "size_class",
    "by_figures",
    "lowest",
    "highest",
    "stated_class",
    "note",
]


def _graph(firms: pd.DataFrame, rows: pd.DataFrame) -> _Graph:
    figures = {
        str(row.sme_id): Accounts(
            headcount=row.headcount, turnover=row.turnover_amount, balance=row.balance_amount
        ).bounds()
        for row in rows_of(firms.astype(dict.fromkeys(firms.columns[2:], "float64")))
    }
    between = rows[~rows["owner_type"].isin(NO_ENTERPRISE)]
    names = {*figures, *between["owner_id"].astype(str), *rows["sme_id"].astype(str)}
    groups = linked_groups(rows, members=sorted(names))
    members: dict[str, list[str]] = defaultdict(list)
    totals: dict[str, Bounds] = {}
    for one in sorted(names):
        head, own = groups.find(one), figures.get(one, Accounts().bounds())
        members[head].append(one)
        totals[head] = added(totals[head], own) if head in totals else own
    persons = rows[rows["owner_type"] == "natural_person"]
    exempt = between[between["owner_type"] == "exempt_investor"]
    return _Graph(
        groups=groups,
        members=members,
        totals=totals,
        figures=figures,
        partners=_partners(groups, between[between["owner_type"] != "exempt_investor"]),
        doubtful=_doubtful(groups, between),
        exempt=set(exempt["sme_id"].astype(str)),
        persons=set(persons["sme_id"].astype(str)),
    )


def _partners(groups: Groups, rows: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Partner groups of each group, with the greater share of either in the other."""
    least = whole_parameter("partner_share")
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for (holder, firm), share in joint_holdings(groups, rows).items():
        if share >= least:
            held = groups.find(firm)
            for one, other in ((holder, held), (held, holder)):
                found[one][other] = max(share, found[one].get(other, 0))
    return found


def _doubtful(groups: Groups, rows: pd.DataFrame) -> dict[str, set[str]]:
    """Groups between which there is a holding of unknown size."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows_of(rows[rows["held_share"].isna() & ~rows["control"]]):
        one, other = groups.find(str(row.owner_id)), groups.find(str(row.sme_id))
        if one != other:
            found[one].add(other)
            found[other].add(one)
    return found


def _earlier(previous: pd.DataFrame | None) -> dict[str, list[str]]:
    if previous is None:
        return {}
    absent = {"sme_id", "period", "size_class"} - set(previous.columns)
    if absent:
        raise UsageError(
            f"The earlier classes have no column {', '.join(sorted(absent))}.",
            todo="Give sme_id, period and size_class.",
        )
    rows = previous.sort_values(["sme_id", "period"], kind="stable")
    classes = rows["size_class"].astype("object").fillna("unknown")
    return {str(name): list(map(str, group)) for name, group in classes.groupby(rows["sme_id"])}


def _one(
    name: str,
    graph: _Graph,
    public: dict[str, tuple[float, float]],
    earlier: dict[str, list[str]],
) -> tuple[dict[str, object], list[tuple[object, ...]]]:
    head = graph.groups.find(name)
    total = graph.totals[head]
    partners = graph.partners.get(head, {})
    doubtful = sorted(graph.doubtful.get(head, set()))
    own = graph.figures[name]
    steps: list[tuple[object, ...]] = [_step(name, "own", None, 1.0, own)]
    others = [one for one in graph.members[head] if one != name]
    unknown = Accounts().bounds()
    for one in others:
        steps.append(_step(name, "linked", one, 1.0, graph.figures.get(one, unknown)))
    for other, share in sorted(partners.items()):
        part = share / _SCALE
        # Beside a known holding one of unknown share may make the whole of it count.
        most = 1.0 if other in doubtful else part
        total = added(total, graph.totals[other], share=(part, most))
        steps.append(_step(name, "partner", other, part, graph.totals[other]))
    for other in doubtful:
        if other not in partners:
            total = added(total, graph.totals[other], share=(0.0, 1.0))
        steps.append(_step(name, "share not known", other, None, graph.totals[other]))
    result = classified(
        total,
        steps=[],
        previous_classes=earlier.get(name, ()),
        public=public.get(name, (0.0, 0.0)),
    )
    sums = [low if low == high else float("nan") for low, high in total]
    record: dict[str, object] = {
        "sme_id": name,
        "standing": _standing(others, partners, doubtful),
        "linked_count": len(others),
        "partners_count": len(partners),
        "headcount": sums[0],
        "turnover_amount": sums[1],
        "balance_amount": sums[2],
        "size_class": result.size_class,
        "by_figures": result.by_figures,
        "lowest": result.lowest,
        "highest": result.highest,
        "note": _note(name, result.reason, graph, own=own, others=others, doubtful=doubtful),
    }
    return record, steps


def _step(
    name: str, step: str, other: str | None, share: float | None, figures: Bounds
) -> tuple[object, ...]:
    known = [low if high != inf else None for low, high in figures]
    return (name, step, other, share, *known)


def _standing(others: list[str], partners: dict[str, int], doubtful: list[str]) -> str:
    if others:
        return "linked"
    if doubtful:
        return "unknown"
    return "partner" if partners else "autonomous"


def _note(
    name: str,
    reason: str,
    graph: _Graph,
    *,
    own: Bounds,
    others: list[str],
    doubtful: list[str],
) -> str:
    parts = [reason] if reason else []
    if reason.startswith("Not known"):
        missing = missing_measures(own)
        parts = [f"Not known: its own {missing}." if missing else "Its own figures are known."]
        lacking = sum(one not in graph.figures for one in others)
        if lacking:
            parts.append(f"Linked enterprises without figures: {lacking}.")
        parts.append("Figures that are not known could change the class.")
    if doubtful:
        parts.append(f"Holdings of unknown share: {len(doubtful)}.")
    if name in graph.exempt:
        parts.append("An exempt investor holds a part and makes no partner.")
    if name in graph.persons:
        parts.append("A natural person holds a part; enterprises linked through one are not added.")
    return " ".join(parts)


def _caveats(programme: Programme, frame: pd.DataFrame, several: bool) -> tuple[str, ...]:
    rules = [parameter(RECOMMENDATION, name=name) for name in _RULES]
    unknown = int((frame["size_class"] == "unknown").sum())
    both = frame["stated_class"].notna() & (frame["size_class"] != "unknown")
    unlike = int((frame.loc[both, "stated_class"] != frame.loc[both, "size_class"]).sum())
    sentences = [
        *programme.caveats,
        status_note(rules),
        "" if several else "One accounting period only: the two-period rule is not applied.",
        ""
        if "ownership" in programme.tables
        else "No table of ownership: every enterprise is taken as autonomous.",
        f"Enterprises of unknown class: {unknown:,}." if unknown else "",
        f"Enterprises whose stated class is another: {unlike:,}." if unlike else "",
    ]
    return tuple(text for text in sentences if text)
