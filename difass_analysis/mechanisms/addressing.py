"""Barriers, the mechanisms that address them, the claims on how, and where nothing does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from difass_analysis.errors import InputError
from difass_analysis.mechanisms.completeness import is_filled
from difass_analysis.mechanisms.covering import full_table, statement_of
from difass_analysis.programme import Programme
from difass_analysis.result import Result
from difass_analysis.schema import TABLES

#: Statements that name an obstacle; goals, rationales and claims are none.
OBSTACLES = ("barrier", "difficulty")

_COLUMNS = (
    "barrier_id",
    "kind_of_statement",
    "statement",
    "mechanism_id",
    "mechanism",
    "instrument_type",
    "claim_id",
    "claim",
    "claim_status",
    "link_kind",
    "gap",
)
_RECORDED = (
    "Only recorded links are shown: that a mechanism stands beside a barrier in the same "
    "programme does not make it an answer to it."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class BarrierGaps(Result):
    """Barriers with what addresses them: one row a link, and one for each barrier without any.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``barrier_id``, ``kind_of_statement``, ``statement``; ``mechanism_id``, ``mechanism``,
        ``instrument_type``; ``claim_id``, ``claim``, ``claim_status``; ``link_kind`` (stated,
        derived, approximate or assumed); ``gap``: what is missing, empty where nothing is.
    idle : pandas.DataFrame
        Mechanisms that no barrier is linked to: ``mechanism_id``, ``name``,
        ``instrument_type``.
    """

    idle: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def gaps(self) -> pd.DataFrame:
        """Rows of the frame where something is missing."""
        return self.frame[self.frame["gap"] != ""].reset_index(drop=True)


def barrier_gaps(
    programme: Programme,
    *,
    links: pd.DataFrame | None = None,
    kinds: Sequence[str] = OBSTACLES,
) -> BarrierGaps:
    """Set barriers beside the mechanisms and claims that are recorded for them; show the gaps.

    Nothing is linked by its words. A link whose kind is ``derived`` or ``assumed`` was read into
    the sources by whoever recorded it, and the kind stands in the table.

    Parameters
    ----------
    programme : Programme
        With a table ``barriers``; ``mechanisms``, ``mechanism_claims`` and ``barrier_links``
        are used where they are.
    links : pandas.DataFrame, optional
        Links to use instead of the table ``barrier_links``, in its columns.
    kinds : sequence of str
        Kinds of statement that count as obstacles.

    Returns
    -------
    BarrierGaps
        In the order of the barriers.

    Raises
    ------
    InputError
        When the programme has no table ``barriers``, or given links name a barrier, mechanism
        or claim that it does not have.

    Examples
    --------
    >>> barriers = pd.DataFrame({"barrier_id": ["b"], "kind_of_statement": ["barrier"],
    ...                          "statement": ["No collateral"]})
    >>> barrier_gaps(Programme.from_frames(barriers=barriers)).frame["gap"].item()
    'no mechanism is recorded'
    """
    barriers = programme.table("barriers").reindex(columns=list(TABLES["barriers"].names))
    obstacles = barriers[barriers["kind_of_statement"].isin(list(kinds))]
    mechanisms = full_table(programme, "mechanisms").set_index("mechanism_id", drop=False)
    claims = full_table(programme, "mechanism_claims").set_index("claim_id", drop=False)
    used = full_table(programme, "barrier_links") if links is None else _given(links)
    _require_known(used, "barrier_id", barriers["barrier_id"])
    _require_known(used, "mechanism_id", mechanisms["mechanism_id"])
    _require_known(used, "claim_id", claims["claim_id"])
    rows: list[dict[str, Any]] = []
    for barrier in obstacles.to_dict("records"):
        mine = used[used["barrier_id"] == barrier["barrier_id"]].to_dict("records")
        rows += [_row(barrier, link, mechanisms, claims) for link in mine or [{}]]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    left = len(barriers) - len(obstacles)
    notes = (
        (f"{left} of {len(barriers)} statements name no obstacle and are left out.",)
        if left
        else ()
    )
    linked = set(used.loc[used["barrier_id"].isin(obstacles["barrier_id"]), "mechanism_id"])
    idle = mechanisms[~mechanisms["mechanism_id"].isin(linked)]
    return BarrierGaps(
        frame=frame.astype(dict.fromkeys(_COLUMNS, "str")),
        provenance=programme.provenance,
        caveats=(*programme.caveats, _RECORDED, *notes),
        idle=idle[["mechanism_id", "name", "instrument_type"]].reset_index(drop=True),
    )


def _given(links: pd.DataFrame) -> pd.DataFrame:
    if "barrier_id" not in links:
        raise InputError(
            "The links have no column barrier_id.",
            todo="Give barrier_id, and mechanism_id or claim_id or both.",
        )
    return links.reindex(columns=list(TABLES["barrier_links"].names))


def _require_known(links: pd.DataFrame, column: str, known: pd.Series) -> None:
    named = links[column].dropna()
    strange = sorted(set(named) - set(known))
    if strange:
        raise InputError(
            f"Links name {column} {', '.join(map(str, strange[:3]))}, which the programme does "
            "not have.",
            todo="Correct the key, or add the row that it names.",
        )


def _row(
    barrier: dict[Any, Any], link: dict[Any, Any], mechanisms: pd.DataFrame, claims: pd.DataFrame
) -> dict[str, Any]:
    mechanism = _at(mechanisms, link.get("mechanism_id"))
    claim = _at(claims, link.get("claim_id"))
    return {
        "barrier_id": barrier["barrier_id"],
        "kind_of_statement": barrier["kind_of_statement"],
        "statement": barrier["statement"],
        "mechanism_id": mechanism.get("mechanism_id"),
        "mechanism": mechanism.get("name"),
        "instrument_type": mechanism.get("instrument_type"),
        "claim_id": claim.get("claim_id"),
        "claim": statement_of(claim) if claim else None,
        "claim_status": (claim["status"] if is_filled(claim["status"]) else "open")
        if claim
        else None,
        "link_kind": link.get("kind"),
        "gap": _gap(mechanism, claim),
    }


def _at(frame: pd.DataFrame, key: object) -> dict[Any, Any]:
    return frame.loc[[key]].to_dict("records")[0] if is_filled(key) else {}


def _gap(mechanism: dict[Any, Any], claim: dict[Any, Any]) -> str:
    parts = []
    if not mechanism:
        parts.append("no mechanism is recorded")
    if mechanism and not claim:
        parts.append("no claim says how it works")
    if claim and not (is_filled(claim["evidence_for"]) or is_filled(claim["evidence_against"])):
        parts.append("the claim has no evidence")
    return "; ".join(parts)
