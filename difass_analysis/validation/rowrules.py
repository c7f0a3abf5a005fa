"""Rules that look at one row: kinds, ranges, order of dates, parts and totals, scheme rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import narwhals as nw

from difass_analysis.schema import Column, Table
from difass_analysis.sources.trouble import CEILINGS
from difass_analysis.validation.model import RowRule, Severity, number

#: Parts and total may differ by this much of the currency, for rounding to whole units.
TOLERANCE = 1.0

_EARLIEST, _LATEST = dt.date(1950, 1, 1), dt.date(2100, 1, 1)
# Firms can be older than programmes.
_EARLIEST_FOUNDED = dt.date(1500, 1, 1)


def _rule(
    rule: str,
    severity: Severity,
    columns: Sequence[str],
    broken: nw.Expr,
    message: Callable[[Mapping[str, Any]], str],
    todo: str,
) -> RowRule:
    return RowRule(
        id=rule,
        severity=severity,
        column=columns[0],
        shown=tuple(columns),
        broken=broken,
        needs=tuple(columns),
        message=message,
        todo=todo,
    )


def schema_rules(table: Table, given: Sequence[str]) -> list[RowRule]:
    """Rules that follow from the schema: required cells, ranges and closed lists."""
    rules = []
    for column in table.columns:
        if column.name not in given:
            continue
        if column.required or column.name in table.key[:1]:
            rules.append(required_rule(column))
        if column.numeric and column.minimum is not None:
            rules += _ranges(column)
        if column.values:
            rules.append(_closed_list(column))
        if column.kind == "date":
            rules.append(_far_date(column))
        if column.kind == "money":
            rules.append(_ceiling(column))
    return rules


def required_rule(column: Column) -> RowRule:
    """A cell that must not be empty."""
    return RowRule(
        id="required",
        severity="error",
        column=column.name,
        shown=(column.name,),
        broken=nw.col(column.name).is_null(),
        needs=(),
        message=lambda row: f"{column.name} ({column.meaning}) is missing.",
        todo="Fill it in; the row cannot be told apart without it.",
    )


def _ranges(column: Column) -> list[RowRule]:
    name, low, high = column.name, column.minimum, column.maximum
    what = {"money": "amount", "share": "share", "count": "count"}.get(column.kind, "value")
    # No figure adds up shares, so an impossible one does not make the row's money unusable.
    severity: Severity = "warning" if column.kind == "share" else "error"
    rules = [
        _rule(
            "below_range",
            severity,
            [name],
            nw.col(name) < low,
            lambda row: f"{name} is {number(row[name])}; the {what} cannot be below {number(low)}.",
            "Correct it, or enter a repayment in a table of its own.",
        )
    ]
    if high is not None:
        hint = "Write shares as fractions (0.5 for 50 %)." if what == "share" else "Check the unit."
        rules.append(
            _rule(
                "above_range",
                severity,
                [name],
                nw.col(name) > high,
                lambda row: (
                    f"{name} is {number(row[name])}; the {what} cannot be above {number(high)}."
                ),
                hint,
            )
        )
    return rules


def _closed_list(column: Column) -> RowRule:
    name = column.name
    return _rule(
        "closed_list",
        "warning",
        [name],
        ~nw.col(name).is_in(list(column.values)),
        lambda row: f"{name} is '{row[name]}', which is none of {', '.join(column.values)}.",
        "Map it to one of these in the profile.",
    )


def _far_date(column: Column) -> RowRule:
    name = column.name
    earliest = _EARLIEST_FOUNDED if name == "founded_date" else _EARLIEST
    return _rule(
        "date_far_off",
        "warning",
        [name],
        (nw.col(name) < earliest) | (nw.col(name) > _LATEST),
        lambda row: f"{name} is {row[name]}, far outside the period of any programme.",
        "Check the date at the source.",
    )


def _ceiling(column: Column) -> RowRule:
    name = column.name
    return _rule(
        "amount_at_ceiling",
        "warning",
        [name],
        nw.col(name).is_in(list(CEILINGS)),
        lambda row: (
            f"{name} is {number(row[name])}, exactly the ceiling of a counter or field: the true "
            "amount was probably larger and has been cut off."
        ),
        "Ask the source for the true amount; every total with this row is too low.",
    )


def order_rules(given: Sequence[str]) -> list[RowRule]:
    """Start not after end."""
    if not {"start_date", "end_date"} <= set(given):
        return []
    return [
        _rule(
            "start_after_end",
            "warning",
            ["start_date", "end_date"],
            nw.col("start_date") > nw.col("end_date"),
            lambda row: f"It starts on {row['start_date']}, after its end on {row['end_date']}.",
            "Check both dates at the source.",
        )
    ]


def parts_rule(parts: Sequence[str], total: str, given: Sequence[str]) -> list[RowRule]:
    """Parts against total, within one unit of currency."""
    present = [part for part in parts if part in given]
    if total not in given or len(present) < 2:
        return []
    added = nw.col(present[0])
    for part in present[1:]:
        added = added + nw.col(part)
    gap = added - nw.col(total)

    def message(row: Mapping[str, Any]) -> str:
        amounts = " + ".join(number(row[part]) for part in present)
        together = sum(float(row[part]) for part in present)
        return (
            f"{' + '.join(present)} = {amounts} = {number(together)}, but {total} is "
            f"{number(row[total])}: they differ by {number(together - float(row[total]))}."
        )

    return [
        _rule(
            "parts_against_total",
            "warning",
            [total, *present],
            gap.abs() > TOLERANCE,
            message,
            "Find out which amount is wrong, or which source of money is missing.",
        )
    ]


def one_of_rule(columns: Sequence[str], given: Sequence[str]) -> list[RowRule]:
    """At least one of several columns, such as those that say where an operation is."""
    present = [name for name in columns if name in given]
    if not present:
        return []
    none = nw.col(present[0]).is_null()
    for name in present[1:]:
        none = none & nw.col(name).is_null()
    return [
        RowRule(
            id="none_given",
            severity="warning",
            column=present[0],
            shown=tuple(present),
            broken=none,
            needs=(),
            message=lambda row: f"None of {', '.join(columns)} is given; one of them is required.",
            todo="Ask the source for one of them.",
        )
    ]


def default_parts(given: Sequence[str]) -> tuple[str, ...]:
    """Columns that must add up to total cost where the profile says nothing else."""
    split = {"eu_amount", "national_public_amount"} <= set(given)
    public = ["eu_amount", "national_public_amount"] if split else ["public_amount"]
    other = ["private_amount"] if "private_amount" in given else ["own_amount"]
    wanted = [*public, *other, "other_amount"]
    return tuple(name for name in wanted if name in given)


def money_rules(given: Sequence[str]) -> list[RowRule]:
    """Paid within granted, and the scheme's own rules for one operation."""
    held, rules = set(given), []
    if {"paid_amount", "public_amount"} <= held:
        rules.append(
            _rule(
                "paid_above_granted",
                "warning",
                ["paid_amount", "public_amount"],
                nw.col("paid_amount") > nw.col("public_amount") + TOLERANCE,
                lambda row: (
                    f"{number(row['paid_amount'])} was paid, more than the "
                    f"{number(row['public_amount'])} granted."
                ),
                "Check whether both are of the same source of money.",
            )
        )
    if {"public_amount", "max_grant_amount"} <= held:
        rules.append(
            _rule(
                "grant_above_cap",
                "warning",
                ["public_amount", "max_grant_amount"],
                nw.col("public_amount") > nw.col("max_grant_amount") + TOLERANCE,
                lambda row: (
                    f"{number(row['public_amount'])} was granted, above the scheme's cap of "
                    f"{number(row['max_grant_amount'])}."
                ),
                "Check the amount, or whether the cap applies to this operation.",
            )
        )
    if {"public_amount", "eligible_cost_amount", "max_aid_share"} <= held:
        most = nw.col("max_aid_share") * nw.col("eligible_cost_amount")
        rules.append(
            _rule(
                "aid_above_share",
                "warning",
                ["public_amount", "eligible_cost_amount", "max_aid_share"],
                nw.col("public_amount") > most + TOLERANCE,
                lambda row: (
                    f"{number(row['public_amount'])} was granted for an eligible cost of "
                    f"{number(row['eligible_cost_amount'])}; the scheme pays at most "
                    f"{float(row['max_aid_share']):.0%}."
                ),
                "Check both amounts, or whether another rate applies.",
            )
        )
    return rules
