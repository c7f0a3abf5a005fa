"""Rules for transfers of practices, their stages and quotas, and for actions of action plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from difass_analysis.programme import Programme
from difass_analysis.schema import TABLES
from difass_analysis.schema.cooperation import STAGES
from difass_analysis.validation.model import Checked
from difass_analysis.validation.totals import result
from difass_analysis.validation.transfer_rows import (
    ITSELF,
    PAIR,
    STAGE_DATES,
    clean,
    dated_rank,
    read_transfers,
    stated_rank,
    text_of,
)

#: Name of the fact that says how many practices each partner is to pass on and take up.
QUOTA_FACT = "tools_per_partner"

# Dates of an action that cannot be before another one: the earlier, the later.
_ACTION_ORDER = (("started_date", "done_date"), ("started_date", "dropped_date"))


def transfer_rules(programme: Programme) -> list[Checked]:
    """Apply all rules on transfers and actions that the tables and their columns allow.

    That a practice is unknown, and that a stage is none of the list, is found by the rules that
    follow from the schema.
    """
    checks: list[Checked] = []
    if "transfers" in programme.tables:
        given = programme.table("transfers")
        rows = read_transfers(given)
        checks += [_to_itself(rows), _repeated(rows)]
        if "partners" in programme.tables:
            checks.append(_strangers(rows, programme.table("partners")))
        if set(STAGE_DATES) & set(given):
            checks += [_stage_order(rows), _stage_behind(rows)]
        if (quota := stated_quota(programme)) is not None:
            checks.append(_quota(rows, quota))
    if "action_plans" in programme.tables:
        given = programme.table("action_plans")
        actions = given.reindex(columns=list(TABLES["action_plans"].names))
        checks += [_without_instrument(actions)]
        if {"started_date", "done_date", "dropped_date"} & set(given):
            checks += [_action_order(actions), _state_behind(actions)]
        if "policy_change_made" in given:
            checks.append(_change_alone(actions))
    return checks


def stated_quota(programme: Programme) -> int | None:
    """Return how many practices a partner is to pass on and take up, as the facts state it."""
    if "facts" not in programme.tables:
        return None
    facts = programme.table("facts").reindex(columns=["column", "value"])
    values = pd.to_numeric(facts.loc[facts["column"] == QUOTA_FACT, "value"], errors="coerce")
    known = values.dropna()
    return int(known.iloc[0]) if len(known) else None


def _found(key: object, column: str, value: object, message: str, todo: str) -> dict[str, str]:
    return {
        "key": "" if _blank(key) else str(key),
        "column": column,
        "value": "" if _blank(value) else str(value),
        "message": message,
        "todo": todo,
    }


def _blank(value: object) -> bool:
    return not text_of(value)


def _rows(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    return frame.to_dict("records")


def _to_itself(rows: pd.DataFrame) -> Checked:
    found = [
        _found(
            row["transfer_id"],
            "to_name",
            row["importer"],
            f"The transfer goes from '{row['exporter']}' to itself.",
            "Correct exporter or importer; it is not counted as a transfer.",
        )
        for row in _rows(rows[rows["pair"] == ITSELF])
    ]
    return result("transfer_to_itself", "transfers", "warning", found, checked=len(rows))


def _repeated(rows: pd.DataFrame) -> Checked:
    pairs = rows[(rows["pair"] == PAIR) & clean(rows["practice_id"]).notna()]
    named = ["practice_id", "exporter", "importer"]
    twice = pairs[pairs.duplicated(named)]
    found = [
        _found(
            row["transfer_id"],
            "to_name",
            row["importer"],
            f"Practice {row['practice_id']} goes from '{row['exporter']}' to '{row['importer']}' "
            "in an earlier row already.",
            "Delete the row, or correct practice, exporter or importer; it is counted once.",
        )
        for row in _rows(twice)
    ]
    unknown = int((rows["pair"] == PAIR).sum()) - len(pairs)
    return result(
        "transfer_repeated", "transfers", "warning", found, checked=len(pairs), unknown=unknown
    )


def _strangers(rows: pd.DataFrame, partners: pd.DataFrame) -> Checked:
    """Find exporters and importers that no partner of the table stands for."""
    table = partners.reindex(columns=list(TABLES["partners"].names))
    listed = table[[text_of(flag) != "False" for flag in table["is_partner"]]]
    pairs = rows[rows["pair"] == PAIR]
    sides = pd.concat(
        [
            pairs[["exporter", "from_region"]].set_axis(["name", "region"], axis=1),
            pairs[["importer", "to_region"]].set_axis(["name", "region"], axis=1),
        ]
    ).drop_duplicates()
    strange = [
        str(row["name"])
        for row in _rows(sides)
        if not stands_for(row["name"], row["region"], listed)
    ]
    strange = list(dict.fromkeys(strange))
    found = [
        _found(
            "",
            "to_name",
            ", ".join(strange),
            f"No partner of the table 'partners' stands for {', '.join(strange)}; it lists "
            f"{len(listed)}.",
            "Add the partners that are missing, or correct the names.",
        )
    ]
    return result(
        "transfer_not_among_partners",
        "transfers",
        "note",
        found if strange else [],
        checked=len(sides),
    )


def stands_for(name: object, region: object, partners: pd.DataFrame) -> bool:
    """Tell whether a partner has this name, place or key, or lies in the region or around it."""
    words = str(name).strip().casefold()
    for column in ("partner_id", "name", "place"):
        if words in {text_of(cell).casefold() for cell in partners[column]}:
            return True
    if _blank(region):
        return False
    code = str(region)
    codes = {str(cell) for cell in partners["region"].dropna() if str(cell)}
    if any(mine.startswith(code) or code.startswith(mine) for mine in codes):
        return True
    return len(code) == 2 and code in set(partners["country_code"].dropna())


def _stage_order(rows: pd.DataFrame) -> Checked:
    found = []
    for row in _rows(rows):
        dated = [(s, row[d]) for s, d in zip(STAGES, STAGE_DATES, strict=True) if pd.notna(row[d])]
        for (before, first), (after, second) in pairwise(dated):
            if second < first:
                found.append(
                    _found(
                        row["transfer_id"],
                        f"{after}_date",
                        f"{second:%Y-%m-%d}",
                        f"It was {after} on {second:%Y-%m-%d}, before it was {before} on "
                        f"{first:%Y-%m-%d}.",
                        "Check both dates; times between these stages leave the row out.",
                    )
                )
    return result("transfer_stage_order", "transfers", "warning", found, checked=len(rows))


def _stage_behind(rows: pd.DataFrame) -> Checked:
    stated, dated = stated_rank(rows), dated_rank(rows)
    behind = rows[(stated >= 0) & (dated > stated)]
    found = [
        _found(
            row["transfer_id"],
            "stage",
            row["stage"],
            f"Its stage is '{row['stage']}', but there is a date on which it was {row['reached']}.",
            "Correct the stage or the date; the later stage is used.",
        )
        for row in _rows(behind)
    ]
    return result("transfer_stage_behind", "transfers", "warning", found, checked=len(rows))


def quota_met(exports: int, imports: int, quota: int) -> tuple[bool, bool]:
    """Tell whether a partner meets the quota in each direction, and whether in all.

    Examples
    --------
    >>> quota_met(2, 2, 2), quota_met(1, 1, 2), quota_met(2, 1, 2)
    ((True, False), (False, True), (False, False))
    """
    return exports == quota and imports == quota, exports + imports == quota


def _quota(rows: pd.DataFrame, quota: int) -> Checked:
    pairs = rows[rows["pair"] == PAIR].drop_duplicates(["practice_id", "exporter", "importer"])
    out, into = pairs["exporter"].value_counts(), pairs["importer"].value_counts()
    found = []
    for name in sorted({*out.index, *into.index}):
        exports, imports = int(out.get(name, 0)), int(into.get(name, 0))
        if not any(quota_met(exports, imports, quota)):
            found.append(
                _found(
                    "",
                    "from_name",
                    name,
                    f"'{name}' passes on {exports} and takes up {imports}; the quota of {quota} "
                    f"is met neither as {quota} each way nor as {quota} in all.",
                    "Add the transfers that are missing, or find out how the quota is meant.",
                )
            )
    return result(
        "transfer_quota_not_met",
        "transfers",
        "warning",
        found,
        checked=len({*out.index, *into.index}),
    )


def _without_instrument(actions: pd.DataFrame) -> Checked:
    found = [
        _found(
            row["action_id"],
            "policy_instrument",
            "",
            "The action names no policy instrument that it is to change.",
            "Name the instrument; without it no policy change can be followed.",
        )
        for row in _rows(actions)
        if _blank(row["policy_instrument"])
    ]
    return result(
        "action_without_instrument", "action_plans", "warning", found, checked=len(actions)
    )


def _action_order(actions: pd.DataFrame) -> Checked:
    found = [
        _found(
            row["action_id"],
            later,
            row[later],
            f"{later} is {row[later]}, before {earlier} with {row[earlier]}.",
            "Check both dates at the source.",
        )
        for row in _rows(actions)
        for earlier, later in _ACTION_ORDER
        if not _blank(row[earlier]) and not _blank(row[later]) and row[later] < row[earlier]
    ]
    return result("action_dates_order", "action_plans", "warning", found, checked=len(actions))


# States of an action that contradict a date that is given.
_AGAINST: Mapping[str, Sequence[str]] = {
    "planned": ("started_date", "done_date", "dropped_date"),
    "started": ("done_date", "dropped_date"),
    "done": ("dropped_date",),
    "dropped": ("done_date",),
}


def _state_behind(actions: pd.DataFrame) -> Checked:
    found = [
        _found(
            row["action_id"],
            "status",
            row["status"],
            f"The action is '{row['status']}', but {name} is {row[name]}.",
            "Correct the status or the date.",
        )
        for row in _rows(actions)
        for name in _AGAINST.get(str(row["status"]), ())
        if not _blank(row[name])
    ]
    return result("action_state_behind", "action_plans", "warning", found, checked=len(actions))


def _change_alone(actions: pd.DataFrame) -> Checked:
    found = []
    for row in _rows(actions):
        if _blank(row["policy_change_made"]):
            continue
        lacks = []
        if not _blank(row["status"]) and row["status"] in ("planned", "dropped"):
            lacks.append(f"the action is '{row['status']}'")
        if _blank(row["change_evidence"]):
            lacks.append("nothing is said to show it")
        if lacks:
            found.append(
                _found(
                    row["action_id"],
                    "policy_change_made",
                    row["policy_change_made"],
                    f"A change of policy is said to be made, but {' and '.join(lacks)}.",
                    "Say in change_evidence what shows the change, or leave it empty.",
                )
            )
    return result("change_unfounded", "action_plans", "warning", found, checked=len(actions))
