"""Rules on totals: feasibility of calls, parts known twice, and the programme's budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw
import pandas as pd

from difass_analysis.programme import Budget, Programme
from difass_analysis.programme.lookup import Lookup, alias
from difass_analysis.validation.model import (
    Checked,
    Finding,
    Severity,
    number,
    rows_of,
)
from difass_analysis.validation.rowrules import TOLERANCE


def result(
    rule: str,
    table: str,
    severity: Severity,
    found: Sequence[Mapping[str, str]],
    *,
    checked: int,
    unknown: int = 0,
) -> Checked:
    """Put what one rule found in one table together with its count."""
    rows = [
        Finding(
            severity=severity,
            rule=rule,
            table=table,
            message=row["message"],
            todo=row["todo"],
            column=row.get("column", ""),
            key=row.get("key", ""),
            value=row.get("value", ""),
        )
        for row in found
    ]
    return Checked(findings=rows, rules=[(rule, table, severity, checked, len(rows), unknown)])


def total_rules(programme: Programme) -> list[Checked]:
    """Apply all rules on totals that the tables at hand allow."""
    checks = [_budget(programme, budget) for budget in programme.settings.budgets]
    if "calls" in programme.tables:
        calls = _calls(programme)
        checks += [_call_cap(calls), _scheme_cap(calls), *_call_shares(calls)]
        checks += [_call_years(programme, calls)]
        if "participations" not in programme.tables:
            checks.append(_counted_per_call(calls))
        if "operations" in programme.tables:
            checks += _calls_against_operations(programme)
    if {"participations", "operations"} <= set(programme.tables):
        checks.append(_shares_against_operation(programme))
    return checks


def _calls(programme: Programme) -> pd.DataFrame:
    """Calls with their scheme's rules; columns that are not given are empty."""
    lookup = Lookup(programme)
    wanted = ["call_id", "scheme_id", "year", "operations_count", "smes_count", "public_amount"]
    wanted += ["private_amount", "additional_investment_amount"]
    places = [("calls", name) for name in wanted]
    rules = ["max_grant_amount", "max_aid_share", "start_date", "end_date"]
    if lookup.path("calls", "schemes") is not None:
        places += [("schemes", name) for name in rules]
    given = [place for place in places if place[1] in lookup.columns(place[0])]
    frame = programme.engine.collect(lookup.rows("calls", given))
    frame = frame.rename(columns={alias(place): place[1] for place in given})
    return frame.reindex(columns=[*wanted, *rules]).sort_values(["year", "call_id"])


def _cap_sentence(public: float, count: float, cap: float, currency: str) -> str:
    return (
        f"{number(count)} operations at the cap of {number(cap)} make at most "
        f"{number(count * cap)}, less than the stated {number(public)}: short by "
        f"{number(public - count * cap)}{f' {currency}' if currency else ''}."
    )


_INFEASIBLE = (
    "Ask whether the cap holds for each operation, whether the amount is an endowment or an "
    "average, and show stated and feasible values side by side. Nothing is corrected."
)


def _call_cap(calls: pd.DataFrame) -> Checked:
    """For each call: operations times cap must reach the public money."""
    known = calls.dropna(subset=["operations_count", "max_grant_amount", "public_amount"])
    most = known["operations_count"] * known["max_grant_amount"]
    found = [
        {
            "column": "public_amount",
            "key": str(row.call_id),
            "value": number(row.public_amount),
            "message": f"Call {row.call_id}: "
            + _cap_sentence(row.public_amount, row.operations_count, row.max_grant_amount, ""),
            "todo": _INFEASIBLE,
        }
        for row in rows_of(known[known["public_amount"] > most + TOLERANCE])
    ]
    unknown = len(calls) - len(known)
    rule = "call_totals_infeasible"
    return result(rule, "calls", "warning", found, checked=len(known), unknown=unknown)


def _scheme_cap(calls: pd.DataFrame) -> Checked:
    """For each scheme with several calls: the same over all its calls together."""
    found, checked = [], 0
    known = calls.dropna(
        subset=["scheme_id", "operations_count", "max_grant_amount", "public_amount"]
    )
    for scheme, group in known.groupby("scheme_id"):
        if len(group) < 2 or len(group) < (calls["scheme_id"] == scheme).sum():
            continue
        checked += 1
        public, cap = group["public_amount"].sum(), group["max_grant_amount"].iloc[0]
        count = group["operations_count"].sum()
        if public > count * cap + TOLERANCE:
            together = f"All {len(group)} calls of {scheme} together: "
            found.append(
                {
                    "column": "public_amount",
                    "key": str(scheme),
                    "value": number(public),
                    "message": together + _cap_sentence(public, count, cap, ""),
                    "todo": _INFEASIBLE,
                }
            )
    return result("scheme_totals_infeasible", "schemes", "warning", found, checked=checked)


def _call_shares(calls: pd.DataFrame) -> list[Checked]:
    """Public share of all money against the aid rate; additional investment as private money."""
    added = calls["private_amount"].fillna(calls["additional_investment_amount"])
    share = calls["public_amount"] / (calls["public_amount"] + added)
    known = share.notna() & calls["max_aid_share"].notna()
    low = calls.assign(share=share)[known & (share < calls["max_aid_share"] - 1e-9)]
    rates = [
        {
            "column": "max_aid_share",
            "key": ", ".join(map(str, group["call_id"])),
            "value": f"{group['share'].iloc[0]:.1%}",
            "message": (
                f"Public money is {group['share'].iloc[0]:.1%} of all money, below the aid rate of "
                f"{group['max_aid_share'].iloc[0]:.0%}. Both can hold: the rate is on eligible "
                "cost, the share on all cost."
            ),
            "todo": "Do not read the public share as aid intensity.",
        }
        for _, group in low.groupby(["scheme_id", low["share"].round(6)], dropna=False)
    ]
    unsure = calls[calls["private_amount"].isna() & calls["additional_investment_amount"].notna()]
    private = [
        {
            "column": "additional_investment_amount",
            "key": ", ".join(map(str, unsure["call_id"])),
            "value": number(unsure["additional_investment_amount"].sum()),
            "message": (
                "Additional investment comes from companies and promoters; promoters can be "
                "public bodies, so not all of it is surely private."
            ),
            "todo": "Ask how much of it public promoters paid.",
        }
    ][: len(unsure)]
    checked, unknown = int(known.sum()), int((~known).sum())
    return [
        result("public_share_below_rate", "calls", "note", rates, checked=checked, unknown=unknown),
        result("private_unsure", "calls", "note", private, checked=len(calls)),
    ]


def _call_years(programme: Programme, calls: pd.DataFrame) -> Checked:
    """Years in which a scheme ran but for which no call is known."""
    found = []
    if not calls[["start_date", "end_date"]].notna().all(axis=None):
        return result("scheme_years_without_calls", "schemes", "warning", [], checked=0)
    for scheme, group in calls.groupby("scheme_id"):
        first, last = group["start_date"].iloc[0].year, group["end_date"].iloc[0].year
        years = {int(year) for year in group["year"].dropna()}
        missing = [year for year in range(first, last + 1) if year not in years]
        if missing and years:
            found.append(
                {
                    "column": "year",
                    "key": str(scheme),
                    "value": ", ".join(map(str, sorted(years))),
                    "message": (
                        f"The scheme runs from {first} to {last}, but calls are known for "
                        f"{', '.join(map(str, sorted(years)))} only."
                    ),
                    "todo": "Do not carry the figures over to the other "
                    f"{len(missing)} years; ask for their calls.",
                }
            )
    checked = calls["scheme_id"].nunique()
    return result("scheme_years_without_calls", "schemes", "warning", found, checked=checked)


def _counted_per_call(calls: pd.DataFrame) -> Checked:
    """SMEs that are known as counts of several calls, without identifiers."""
    found = []
    for scheme, group in calls.dropna(subset=["smes_count"]).groupby("scheme_id", dropna=False):
        if len(group) < 2:
            continue
        low, high = group["smes_count"].max(), group["smes_count"].sum()
        found.append(
            {
                "column": "smes_count",
                "key": str(scheme),
                "value": f"{number(low)} to {number(high)}",
                "message": (
                    "SMEs are counted in each call and cannot be told apart: the number of "
                    f"different SMEs lies between {number(low)} and {number(high)}."
                ),
                "todo": "Ask for identifiers of the SMEs (hashed ones serve).",
            }
        )
    rule = "smes_counted_per_call"
    return result(rule, "schemes", "warning", found, checked=calls["scheme_id"].nunique())


def _calls_against_operations(programme: Programme) -> list[Checked]:
    """Totals of a call against the sum of its operations: rows are measured, totals checked."""
    lookup = Lookup(programme)
    if "call_id" not in lookup.columns("operations"):
        return []
    pairs = {"operations_count": None, "public_amount": "public_amount"}
    pairs |= {"private_amount": "private_amount", "paid_amount": "paid_amount"}
    held = {
        total: part
        for total, part in pairs.items()
        if total in lookup.columns("calls")
        and (part is None or part in lookup.columns("operations"))
    }
    sums = [nw.len().alias("operations_count")]
    sums += [nw.col(part).sum() for part in held.values() if part]
    sums += [nw.col(part).count().alias(f"_n_{part}") for part in held.values() if part]
    rows = programme.tables["operations"].group_by("call_id").agg(*sums)
    calls = programme.tables["calls"].select("call_id", *held)
    joined = programme.engine.collect(calls.join(rows, on="call_id", how="inner", suffix="_rows"))
    checks = []
    for total, part in held.items():
        whole = joined[total].notna()
        if part:
            whole &= (
                joined[f"_n_{part}"] == joined["operations_count_rows"]
                if ("operations_count" in held)
                else joined[f"_n_{part}"] > 0
            )
        gap = (joined[total] - joined[f"{total}_rows"]).where(whole)
        found = [
            {
                "column": total,
                "key": str(row["call_id"]),
                "value": number(row[total]),
                "message": (
                    f"Call {row['call_id']} states {total} = {number(row[total])}; its operations "
                    f"make {number(row[f'{total}_rows'])}."
                ),
                "todo": "The operations are measured; find out which of them are missing.",
            }
            for _, row in joined[gap.abs() > TOLERANCE].iterrows()
        ]
        unknown = int((~whole).sum())
        rule = "call_totals_against_operations"
        checked = len(joined) - unknown
        checks.append(result(rule, "calls", "warning", found, checked=checked, unknown=unknown))
    return checks


def _shares_against_operation(programme: Programme) -> Checked:
    """Public money of an operation's SMEs against the operation's own public money."""
    rule = "smes_money_against_operation"
    lookup = Lookup(programme)
    if not (
        "public_amount" in lookup.columns("participations")
        and "public_amount" in lookup.columns("operations")
    ):
        return Checked()
    parts = (
        programme.tables["participations"]
        .filter(~nw.col("public_amount").is_null())
        .group_by("operation_id")
        .agg(_parts=nw.col("public_amount").sum())
    )
    joined = programme.tables["operations"].select("operation_id", "public_amount")
    joined = joined.join(parts, on="operation_id", how="inner")
    apart = joined.filter((nw.col("_parts") - nw.col("public_amount")).abs() > TOLERANCE)
    frame = programme.engine.collect(apart).sort_values("operation_id")
    found = [
        {
            "column": "public_amount",
            "key": str(row.operation_id),
            "value": number(row.parts_),
            "message": (
                f"The SMEs of operation {row.operation_id} received {number(row.parts_)}, "
                f"the operation {number(row.public_amount)}."
            ),
            "todo": "Cost per SME uses the SMEs' amounts; check what the rest was paid for.",
        }
        for row in rows_of(frame.rename(columns={"_parts": "parts_"}))
    ]
    checked = int(programme.engine.collect(parts.select(_n=nw.len()))["_n"].iloc[0])
    return result(rule, "participations", "warning", found, checked=checked)


def _budget(programme: Programme, budget: Budget) -> Checked:
    """Totals against the programme's envelope, in like currency or at the stated rate."""
    lookup = Lookup(programme)
    place = ("operations", budget.column)
    if "operations" not in programme.tables or not lookup.known(place):
        return Checked()
    lazy = programme.tables["operations"]
    if budget.fund and "fund" in lookup.columns("operations"):
        lazy = lazy.filter(nw.col("fund") == budget.fund)
    total = programme.engine.collect(lazy.select(nw.col(budget.column).sum()))
    spent = float(total[budget.column].sum())
    limit = budget.amount * budget.rate
    found = []
    if spent > limit * (1 + budget.tolerance_share):
        own = programme.currency
        found = [
            {
                "column": budget.column,
                "value": number(spent),
                "message": (
                    f"{budget.column}{f' of {budget.fund}' if budget.fund else ''} adds up to "
                    f"{number(spent)} {own}, beyond the envelope of {number(budget.amount)} "
                    f"{budget.currency} ({number(limit)} {own}) by more than the tolerance of "
                    f"{budget.tolerance_share:.0%}."
                ),
                "todo": "Check decimal and thousands marks in the profile, the unit and the "
                "currency. Envelope: "
                f"{(budget.source or 'no source stated').rstrip('.')}.",
            }
        ]
    return result("beyond_budget", "operations", "warning", found, checked=1)
