"""Which practices on offer suit which needs: every term shown, quotas kept, ties said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from math import inf, isnan, nan
from typing import Any, Literal

import numpy as np
import pandas as pd

from difass_analysis.errors import InputError, UsageError
from difass_analysis.mechanisms.matching_slots import Slots, solve_slots
from difass_analysis.programme import Programme
from difass_analysis.result import Provenance, Result
from difass_analysis.validation.transfer_rows import clean, text_of

TERMS = ("mechanism", "theme", "context")
#: Unless the caller says otherwise: mechanism counts half, theme and context a quarter each.
WEIGHTS: Mapping[str, float] = {"mechanism": 0.5, "theme": 0.25, "context": 0.25}

Required = Literal["mechanism", "theme"]
_Near = Mapping[tuple[str, str], float]

_WEIGHTED = (
    "The weights are a choice and not a finding: another choice can match otherwise. A match says "
    "that a practice is worth a visit, not that it will work."
)
_COLUMNS = (
    "need_id",
    "importer",
    "practice_id",
    "exporter",
    *TERMS,
    "cost",
    "tied",
    "note",
)
_KINDS = {
    **dict.fromkeys(("need_id", "importer", "practice_id", "exporter", "note"), "str"),
    **dict.fromkeys((*TERMS, "cost"), "float64"),
    "tied": "bool",
}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Matching(Result):
    """Needs with the practices matched to them: one row a match, and one an unmatched need.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``need_id``, ``importer``, ``practice_id``, ``exporter``; the terms ``mechanism``,
        ``theme`` and ``context`` (0: the same, 1: nothing in common or farthest apart);
        ``cost``: their weighted sum; ``tied``: whether an equally good matching does without
        this match; ``note``: why a need has fewer practices than wanted.
    pairs : pandas.DataFrame
        Every need with every practice: the same columns, ``possible``, ``reason`` why not, and
        ``matched``.
    unused : pandas.DataFrame
        ``practice_id``, ``exporter`` and ``reason`` of practices that are matched to no need.
    weights : mapping of str to float
        Weight of each term; they sum to 1.
    total : float
        Sum of the costs of all matches.
    """

    pairs: pd.DataFrame = field(default_factory=pd.DataFrame)
    unused: pd.DataFrame = field(default_factory=pd.DataFrame)
    weights: Mapping[str, float] = field(default_factory=dict)
    total: float = nan


def offers_of(programme: Programme) -> pd.DataFrame:
    """Return the practices of a programme as offers: who could pass on what.

    Parameters
    ----------
    programme : Programme
        With a table ``practices``.

    Returns
    -------
    pandas.DataFrame
        ``practice_id``, ``exporter``, ``mechanism``, ``theme``. The exporter is who exports the
        practice in the table ``transfers``, else the region, else the main institution.

    Raises
    ------
    InputError
        When the programme has no table ``practices``.
    """
    wanted = ["practice_id", "region", "main_institution", "mechanism", "theme"]
    practices = programme.table("practices").reindex(columns=wanted)
    exporters: dict[str, str] = {}
    if "transfers" in programme.tables:
        rows = programme.table("transfers").reindex(columns=["practice_id", "from_name"])
        for key, name in zip(rows["practice_id"], clean(rows["from_name"]), strict=True):
            if name:
                exporters.setdefault(key, name)
    named = practices["practice_id"].map(exporters).astype("object")
    for column in ("region", "main_institution"):
        named = named.where(named.notna(), clean(practices[column]))
    return practices.assign(exporter=named)[["practice_id", "exporter", "mechanism", "theme"]]


def match_needs(
    needs: pd.DataFrame,
    *,
    offers: pd.DataFrame,
    distance: pd.DataFrame | None = None,
    weights: Mapping[str, float] | None = None,
    require: Sequence[Required] = ("mechanism",),
    imports: int | None = None,
    exports: int | None = None,
    provenance: Provenance | None = None,
) -> Matching:
    """Match what importers need with what exporters offer, at the least total cost.

    As many needs as possible are met; among the ways to do so, the one of least total cost is
    taken. Nobody imports from itself, and no importer gets one practice twice.

    Parameters
    ----------
    needs : pandas.DataFrame
        ``importer``, ``mechanism``, ``theme``; optionally ``need_id`` and ``wanted`` (practices
        wanted for this need, 1 without it). Several mechanisms or themes are separated by
        semicolons.
    offers : pandas.DataFrame
        ``practice_id``, ``exporter``, ``mechanism``, ``theme``, as ``offers_of`` returns them.
    distance : pandas.DataFrame, optional
        Context distance, not negative: exporters as index, importers as columns. It is divided
        by its largest value, so that it lies between 0 and 1. Without it context does not count
        and the other weights are scaled up.
    weights : mapping of str to float, optional
        Weight of ``mechanism``, ``theme`` and ``context``; scaled to sum to 1.
    require : sequence of {"mechanism", "theme"}
        Terms on which need and offer must have something in common.
    imports, exports : int, optional
        Practices that an importer takes at most, and that an exporter passes on at most.
    provenance : Provenance, optional
        Where needs and offers are from, such as that of a programme.

    Returns
    -------
    Matching
        A pair with a term of some weight that is not known cannot be matched, and says so.

    Raises
    ------
    InputError
        When a column is missing, a key is repeated, or a distance is negative or no number.
    UsageError
        When weights are negative or all zero, or a quota is below 1.

    Notes
    -----
    Mechanism and theme: 1 less the share of words in common among all words of both (Jaccard).
    The matching is the assignment problem with quotas (Kuhn 1955; Burkard, Dell'Amico and
    Martello 2009, *Assignment Problems*, chapter 4).

    Examples
    --------
    >>> needs = pd.DataFrame({"importer": ["Crete", "Kent"], "mechanism": ["loan", "loan"],
    ...                       "theme": ["start-ups", "export"]})
    >>> offers = pd.DataFrame({"practice_id": ["p", "q"], "exporter": ["Kent", "Malta"],
    ...                        "mechanism": ["loan", "loan"], "theme": ["export", "export"]})
    >>> match_needs(needs, offers=offers).frame[["importer", "practice_id"]].values.tolist()
    [['Crete', 'p'], ['Kent', 'q']]
    """
    wanting = _needs(needs)
    offered = _offers(offers)
    near = _distances(distance)
    share = _weights(weights, with_context=near is not None)
    _refuse_terms(require)
    pairs = pd.DataFrame(
        [
            _pair(need, offer, near=near, weights=share, require=require)
            for need in wanting.to_dict("records")
            for offer in offered.to_dict("records")
        ],
        columns=[*_COLUMNS[:-2], "possible", "reason"],
    )
    slots = _slots(wanting, offered, imports=imports, exports=exports)
    chosen, tied = solve_slots(pairs, slots)
    return _result(wanting, offered, pairs, chosen, tied, weights=share, provenance=provenance)


def _slots(
    needs: pd.DataFrame, offers: pd.DataFrame, *, imports: int | None, exports: int | None
) -> Slots:
    for name, quota in (("imports", imports), ("exports", exports)):
        if quota is not None and quota < 1:
            raise UsageError(f"{name} = {quota}.", todo="Give a whole number above 0, or none.")
    return Slots(
        wanted=dict(zip(needs["need_id"], needs["wanted"], strict=True)),
        imports={str(name): imports for name in needs["importer"]},
        exports={str(name): exports for name in offers["exporter"]},
    )


def _columns(frame: pd.DataFrame, names: Sequence[str], what: str) -> None:
    absent = [name for name in names if name not in frame]
    if absent:
        raise InputError(
            f"The {what} have no column {', '.join(absent)}.",
            todo=f"Give {', '.join(names)}; leave cells empty where nothing is known.",
        )


def _unique(keys: pd.Series, what: str) -> None:
    twice = keys[keys.duplicated()]
    if len(twice):
        raise InputError(
            f"The {what} have two rows '{twice.iloc[0]}'.", todo="Give every row a key of its own."
        )


def _named(frame: pd.DataFrame, column: str, what: str) -> pd.Series:
    names = clean(frame[column])
    if names.isna().any():
        row = int(names.isna().to_numpy().argmax()) + 1
        raise InputError(f"Row {row} of the {what} has no {column}.", todo="Fill it in.")
    return names


def _needs(given: pd.DataFrame) -> pd.DataFrame:
    _columns(given, ["importer", *TERMS[:2]], "needs")
    frame = given.reset_index(drop=True)
    keys = (
        _named(frame, "need_id", "needs")
        if "need_id" in frame
        else pd.Series([f"need {row + 1}" for row in range(len(frame))], dtype="object")
    )
    _unique(keys, "needs")
    counts = frame["wanted"] if "wanted" in frame else pd.Series(1, index=frame.index)
    wanted = pd.to_numeric(counts, errors="coerce")
    if (~(wanted >= 1) | (wanted % 1 != 0)).any():
        raise InputError(
            "Needs have a number of wanted practices that is no whole number above 0.",
            todo="Write 1 or more, or delete the need.",
        )
    importer = _named(frame, "importer", "needs")
    return frame.assign(need_id=keys, importer=importer, wanted=wanted.astype("int64"))


def _offers(given: pd.DataFrame) -> pd.DataFrame:
    _columns(given, ["practice_id", "exporter", *TERMS[:2]], "offers")
    frame = given.reset_index(drop=True)
    keys = _named(frame, "practice_id", "offers")
    _unique(keys, "offers")
    return frame.assign(practice_id=keys, exporter=_named(frame, "exporter", "offers"))


def _distances(given: pd.DataFrame | None) -> _Near | None:
    """Return the known distances by exporter and importer, scaled so that the largest is 1."""
    if given is None:
        return None
    matrix = given.apply(pd.to_numeric, errors="coerce").astype("float64")
    for names in (matrix.index, matrix.columns):
        _unique(pd.Series(names.map(str)), "names of the distances")
    cells = matrix.to_numpy()
    strange = given.notna().to_numpy() & ~np.isfinite(cells)
    if strange.any() or (cells < 0).any():
        raise InputError(
            "The distances hold something that is negative or no number.",
            todo="Give a table of numbers with exporters as index and importers as columns.",
        )
    most = np.nanmax(cells, initial=0.0) or 1.0
    return {
        (str(row), str(column)): float(cells[i, j]) / most
        for i, row in enumerate(matrix.index)
        for j, column in enumerate(matrix.columns)
    }


def _weights(given: Mapping[str, float] | None, *, with_context: bool) -> dict[str, float]:
    stated = dict(WEIGHTS if given is None else given)
    strange = [name for name in stated if name not in TERMS]
    if strange or any(not 0 <= weight < inf for weight in stated.values()):
        raise UsageError(
            f"The weights are {stated}.",
            todo=f"Give weights of 0 or more for {', '.join(TERMS)}.",
        )
    if not with_context:
        if given is not None and stated.get("context", 0) > 0:
            raise UsageError("Context has a weight, but no distance.", todo="Give distance=.")
        stated["context"] = 0.0
    whole = sum(stated.values())
    if whole <= 0:
        raise UsageError("All weights are zero.", todo="Give at least one of them a weight.")
    return {name: stated.get(name, 0.0) / whole for name in TERMS}


def _refuse_terms(require: Sequence[str]) -> None:
    strange = [name for name in require if name not in TERMS[:2]]
    if strange:
        raise UsageError(f"'{strange[0]}' cannot be required.", todo="Give mechanism or theme.")


def _words(cell: object) -> set[str]:
    return {part.strip().casefold() for part in text_of(cell).split(";") if part.strip()}


def unlikeness(one: object, other: object) -> float:
    """Return 1 less the share of entries in common; missing where either has none.

    Examples
    --------
    >>> unlikeness("loan; advice", "Loan"), unlikeness("loan", "fair")
    (0.5, 1.0)
    """
    left, right = _words(one), _words(other)
    if not left or not right:
        return nan
    return 1 - len(left & right) / len(left | right)


def _pair(
    need: Mapping[Any, Any],
    offer: Mapping[Any, Any],
    *,
    near: _Near | None,
    weights: Mapping[str, float],
    require: Sequence[str],
) -> dict[str, Any]:
    importer, exporter = str(need["importer"]), str(offer["exporter"])
    terms = {name: unlikeness(need[name], offer[name]) for name in TERMS[:2]}
    terms["context"] = (near or {}).get((exporter, importer), nan)
    reasons = ["it is its own practice"] if importer.casefold() == exporter.casefold() else []
    for name in TERMS:
        if isnan(terms[name]):
            if weights[name] > 0 or name in require:
                reasons.append(f"{name} is not known")
        elif name in require and terms[name] == 1:
            reasons.append(f"no {name} in common")
    used = [name for name in TERMS if weights[name] > 0]
    return {
        "need_id": need["need_id"],
        "importer": importer,
        "practice_id": offer["practice_id"],
        "exporter": exporter,
        **terms,
        "cost": sum(weights[name] * terms[name] for name in used),
        "possible": not reasons,
        "reason": "; ".join(reasons),
    }


def _result(
    needs: pd.DataFrame,
    offers: pd.DataFrame,
    pairs: pd.DataFrame,
    chosen: Sequence[int],
    tied: Sequence[int],
    *,
    weights: Mapping[str, float],
    provenance: Provenance | None,
) -> Matching:
    marked = pairs.assign(matched=pairs.index.isin(list(chosen)), tied=pairs.index.isin(list(tied)))
    rows: list[dict[Any, Any]] = []
    for need in needs.to_dict("records"):
        mine = marked[(marked["need_id"] == need["need_id"])]
        got = mine[mine["matched"]].to_dict("records")
        rows += [{**row, "note": ""} for row in got]
        if len(got) < need["wanted"]:
            lacking = {name: need[name] for name in ("need_id", "importer")}
            rows.append({**lacking, "tied": False, "note": _why_unmet(need, mine, len(got))})
    frame = pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_KINDS)
    return Matching(
        frame=frame,
        provenance=provenance
        or Provenance(
            programme="needs",
            name="needs and offers given by the caller",
            version=version("difass_analysis"),
        ),
        caveats=_said(weights, tied=len(tied), matched=len(chosen)),
        pairs=marked.drop(columns="tied"),
        unused=_unused(offers, marked),
        weights=dict(weights),
        total=float(pairs.loc[list(chosen), "cost"].sum()),
    )


def _said(weights: Mapping[str, float], *, tied: int, matched: int) -> tuple[str, ...]:
    stated = ", ".join(f"{name} {weight:.2f}" for name, weight in weights.items())
    said = [f"Weights: {stated}.", _WEIGHTED]
    if not weights["context"]:
        said.append("Context does not count: no distance, or no weight.")
    if tied:
        said.append(
            f"{tied} of {matched} matches could be exchanged for others without loss; which of "
            "these matchings is shown is arbitrary."
        )
    return tuple(said)


def _why_unmet(need: Mapping[Any, Any], mine: pd.DataFrame, got: int) -> str:
    whole = int(need["wanted"])
    start = f"{got} of {whole} wanted: " if whole > 1 else ""
    possible = mine[mine["possible"]]
    if possible.empty:
        reasons = mine["reason"].value_counts()
        parts = [f"{reason} ({count})" for reason, count in reasons.items()]
        return f"{start}no practice is possible: {'; '.join(parts) or 'nothing is offered'}"
    if len(possible) <= got:
        return f"{start}no further practice is possible"
    return f"{start}the possible practices are used up by quotas or by other needs"


def _unused(offers: pd.DataFrame, marked: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for offer in offers.to_dict("records"):
        mine = marked[marked["practice_id"] == offer["practice_id"]]
        if mine["matched"].any():
            continue
        able = bool(mine["possible"].any())
        rows.append(
            {
                "practice_id": offer["practice_id"],
                "exporter": offer["exporter"],
                "reason": "others suit better, or quotas are used up"
                if able
                else "it suits no need",
            }
        )
    return pd.DataFrame(rows, columns=["practice_id", "exporter", "reason"])
