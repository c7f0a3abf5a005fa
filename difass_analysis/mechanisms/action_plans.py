"""Action plans: each action from planned to done, and the change of policy that it made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import nan
from typing import Any

import pandas as pd

from difass_analysis.errors import InputError, UsageError, one_of
from difass_analysis.mechanisms.uptake import group_columns, groups_of, share_interval
from difass_analysis.programme import Programme
from difass_analysis.result import Result
from difass_analysis.schema import TABLES
from difass_analysis.schema.cooperation import ACTION_STATES, POLICY_CHANGES
from difass_analysis.validation.transfer_rows import clean

_SHOWN = (
    "action_id",
    "plan_id",
    "partner_name",
    "policy_instrument",
    "action",
    "practice_id",
    "practice_title",
    "learnt_from",
    "players",
    "start_date",
    "end_date",
    "cost_amount",
    "funding",
    "status",
    "started_date",
    "done_date",
    "dropped_date",
    "days_late",
    "policy_change",
    "policy_change_made",
    "change_evidence",
    "gap",
)
_DATES = ("start_date", "end_date", "started_date", "done_date", "dropped_date")
_AIM = (
    "A change that is aimed at is no change that was made; only the latter counts, and the "
    "result says where nothing shows it."
)
_UNVERIFIED = (
    "The three kinds of change of policy follow the forms of Interreg Europe 2014-2020; their "
    "wording is unverified."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ActionProgress(Result):
    """Actions of action plans, followed from planned to done: one row an action.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``action_id``, ``plan_id``, ``partner_name``, ``policy_instrument``, ``action``;
        ``practice_id``, ``practice_title``, ``learnt_from``: what was learnt from whom;
        ``players``; ``start_date`` and ``end_date`` as planned; ``cost_amount``, ``funding``;
        ``status`` (an ordered category, with the dates ``started_date``, ``done_date``,
        ``dropped_date``); ``days_late``: done after the planned end, or not done by the day of
        the data, negative where early, missing where a date is; ``policy_change`` aimed at,
        ``policy_change_made``, ``change_evidence``; ``gap``: what is missing to follow it.
    summary : pandas.DataFrame
        One row a group: ``actions``, one column for each state, ``not_known``; ``done_share`` of
        the actions with a known state, with ``lower`` and ``upper``; ``cost_amount`` of the
        actions whose cost is known, and ``cost_known`` how many these are; one column for each
        kind of change made, ``changes``, and ``instruments_changed``; ``note``.
    by : tuple of str
        The group columns of the summary.
    as_of : datetime.date, optional
        Day of the data.
    currency : str
        Currency of the costs.
    """

    summary: pd.DataFrame = field(default_factory=pd.DataFrame)
    by: tuple[str, ...] = ()
    as_of: dt.date | None = None
    currency: str = ""


def follow_actions(
    programme: Programme,
    *,
    by: Sequence[str] = ("partner_name",),
    as_of: dt.date | None = None,
    level: float = 0.95,
) -> ActionProgress:
    """Tell how far the actions of action plans are, and which changes of policy they made.

    The state is the stated one; where none is stated it follows from the dates (dropped before
    done before started), and otherwise it is not known.

    Parameters
    ----------
    programme : Programme
        With a table ``action_plans``; titles are taken from ``practices`` where that is.
    by : sequence of str
        Columns to sum up by, such as ``partner_name`` or ``policy_instrument``; empty for one
        row over all.
    as_of : datetime.date, optional
        Day of the data, to tell which actions are late. Without it only those done are.
    level : float
        Level of the intervals, between 0 and 1.

    Returns
    -------
    ActionProgress
        Costs are summed where known; the sum is missing where no cost is, or the currency of
        the programme is not stated.

    Raises
    ------
    InputError
        When the programme lists no action; the message says what its outputs promise.
    UsageError
        When a column or the level is not offered.

    Notes
    -----
    Intervals of shares are Clopper and Pearson's (1934). The columns follow the action plans of
    Interreg Europe (phase 1): instrument, background, action, players, timeframe, costs, funding,
    monitoring (unverified).

    Examples
    --------
    >>> rows = pd.DataFrame({"action_id": ["a", "b"], "partner_name": ["Kent"] * 2,
    ...                      "policy_instrument": ["loan fund", None],
    ...                      "status": ["done", "planned"],
    ...                      "policy_change_made": ["new projects", None]})
    >>> found = follow_actions(Programme.from_frames(action_plans=rows))
    >>> found.summary[["actions", "done", "changes"]].values.tolist()
    [[2, 1, 1]]
    >>> found.frame["gap"].tolist()[1]
    'no instrument; no practice or partner learnt from; no timeframe'
    """
    if not 0 < level < 1:
        raise UsageError(f"The level is {level}.", todo="Give a level between 0 and 1, as 0.95.")
    _refuse_none(programme)
    given = programme.table("action_plans")
    rows = given.reindex(columns=list(TABLES["action_plans"].names))
    for name in set(given) - set(rows):
        rows[name] = given[name]
    for name in _DATES:
        rows[name] = pd.to_datetime(rows[name])
    rows["status"] = _states(rows)
    rows["practice_title"] = _titles(programme, rows)
    rows["days_late"] = _late(rows, as_of)
    rows["gap"] = [_gap(row) for row in rows.to_dict("records")]
    names = group_columns(rows, by)
    known = bool(programme.currency)
    summary = [
        {**labels, **_sum(mine, level=level, currency=known)}
        for labels, mine in groups_of(rows, names)
    ]
    return ActionProgress(
        frame=rows[list(_SHOWN)],
        provenance=programme.provenance,
        caveats=(*programme.caveats, _AIM, _UNVERIFIED, *_said(rows, known)),
        summary=pd.DataFrame(summary),
        by=names,
        as_of=as_of,
        currency=programme.currency,
    )


def _refuse_none(programme: Programme) -> None:
    if "action_plans" in programme.tables and len(programme.table("action_plans")):
        return
    promised = ""
    if "outputs" in programme.tables:
        outputs = programme.table("outputs").reindex(columns=["name", "planned"])
        plans = outputs[
            outputs["name"].fillna("").astype("str").str.contains("action plan", case=False)
        ]
        said = [f"{row.planned:g} {row.name}" for row in plans.dropna().itertuples(index=False)]
        promised = f"; its outputs promise {' and '.join(said)}" if said else ""
    raise InputError(
        f"Programme '{programme.id}' lists no action of an action plan{promised}.",
        todo="Add a table action_plans with one row an action; without it nothing can be said "
        "on what was done.",
    )


def _states(rows: pd.DataFrame) -> pd.Series:
    stated = rows["status"].where(rows["status"].isin(ACTION_STATES)).astype("object")
    for name, state in (
        ("dropped_date", "dropped"),
        ("done_date", "done"),
        ("started_date", "started"),
    ):
        stated = stated.where(stated.notna() | rows[name].isna(), state)
    return pd.Series(
        pd.Categorical(stated, categories=list(ACTION_STATES), ordered=True), index=rows.index
    )


def _titles(programme: Programme, rows: pd.DataFrame) -> pd.Series:
    if "practices" not in programme.tables:
        return pd.Series(None, index=rows.index, dtype="object")
    table = programme.table("practices").reindex(columns=["practice_id", "title"])
    return rows["practice_id"].map(dict(zip(table["practice_id"], table["title"], strict=True)))


def _late(rows: pd.DataFrame, as_of: dt.date | None) -> pd.Series:
    """Days from the planned end to the end, or to the day of the data where it is still open."""
    ended = rows["done_date"]
    if as_of is not None:
        day = pd.Timestamp(as_of)
        still = rows["status"].isin(["planned", "started"]) & (rows["end_date"] < day)
        ended = ended.where(ended.notna() | ~still, day)
    return (ended - rows["end_date"]).dt.days


def _gap(row: dict[Any, Any]) -> str:
    def has(name: str) -> bool:
        return bool(pd.notna(row[name])) and bool(str(row[name]).strip())

    parts = [] if has("policy_instrument") else ["no instrument"]
    if not (has("practice_id") or has("learnt_from")):
        parts.append("no practice or partner learnt from")
    if not (has("start_date") or has("end_date")):
        parts.append("no timeframe")
    if not has("status"):
        parts.append("state not known")
    if row["status"] == "done" and not has("policy_change_made"):
        parts.append("done, but no change of policy is recorded")
    if has("policy_change_made") and not has("change_evidence"):
        parts.append("nothing shows the change")
    return "; ".join(parts)


def _sum(rows: pd.DataFrame, *, level: float, currency: bool) -> dict[str, Any]:
    states = rows["status"].value_counts()
    known, done = int(states.sum()), int(states["done"])
    lower, upper = share_interval(done, known, level=level)
    costs = rows["cost_amount"].dropna()
    made = rows[rows["policy_change_made"].isin(POLICY_CHANGES)]
    notes = [] if known else ["The state of no action is known."]
    if costs.empty:
        notes.append("No cost is known.")
    elif not currency:
        notes.append("The currency is not stated: costs are not added.")
    return {
        "actions": len(rows),
        **{state: int(states[state]) for state in ACTION_STATES},
        "not_known": len(rows) - known,
        "done_share": done / known if known else nan,
        "lower": lower,
        "upper": upper,
        "cost_amount": float(costs.sum()) if len(costs) and currency else nan,
        "cost_known": len(costs),
        **{kind: int((made["policy_change_made"] == kind).sum()) for kind in POLICY_CHANGES},
        "changes": len(made),
        "instruments_changed": int(clean(made["policy_instrument"]).dropna().nunique()),
        "note": " ".join(notes),
    }


def _said(rows: pd.DataFrame, currency: bool) -> list[str]:
    said = []
    without = int(rows["cost_amount"].isna().sum())
    if currency and 0 < without < len(rows):
        said.append(f"The cost of {without} of {len(rows)} actions is not known; it is in no sum.")
    bare = int((rows["policy_change_made"].notna() & clean(rows["change_evidence"]).isna()).sum())
    if bare:
        said.append(f"Nothing shows {bare} of the changes of policy that are said to be made.")
    return said


def changes_made(progress: ActionProgress, *, kind: str | None = None) -> pd.DataFrame:
    """Return the changes of policy that were made, each with what led to it.

    Parameters
    ----------
    progress : ActionProgress
        What ``follow_actions`` returned.
    kind : {"new projects", "better governance", "structural change"}, optional
        Only changes of this kind.

    Returns
    -------
    pandas.DataFrame
        One row an action that made a change: ``policy_instrument``, ``policy_change_made``,
        ``change_evidence``, ``action_id``, ``action``, ``partner_name``, ``practice_id``,
        ``practice_title``, ``learnt_from``, ``done_date``.

    Raises
    ------
    UsageError
        When there is no such kind.

    Examples
    --------
    >>> rows = pd.DataFrame({"action_id": ["a"], "policy_change_made": ["new projects"]})
    >>> progress = follow_actions(Programme.from_frames(action_plans=rows))
    >>> len(changes_made(progress)), len(changes_made(progress, kind="structural change"))
    (1, 0)
    """
    if kind is not None and kind not in POLICY_CHANGES:
        raise one_of("kind of change", kind, list(POLICY_CHANGES))
    wanted = list(POLICY_CHANGES) if kind is None else [kind]
    columns = ["policy_instrument", "policy_change_made", "change_evidence", "action_id", "action"]
    columns += ["partner_name", "practice_id", "practice_title", "learnt_from", "done_date"]
    rows = progress.frame[progress.frame["policy_change_made"].isin(wanted)]
    return rows[columns].reset_index(drop=True)
