"""Rules for the records of interregional projects, good practice and its transfer."""

from __future__ import annotations

import calendar
import datetime as dt

import pandas as pd

from difass_analysis.programme import Programme
from difass_analysis.schema import TABLES
from difass_analysis.validation.model import Checked, Severity, rows_of
from difass_analysis.validation.totals import result
from difass_analysis.validation.transfer_rows import PAIR, UNLISTED, read_transfers

#: Countries that take part in Interreg without being members of the Union.
OUTSIDE_UNION = ("NO", "CH", "IS", "LI")

# Indicator pairs of which the first cannot exceed the second: taken up, and developed.
_UPTAKE = (("RCR79", "RCO83"), ("RCR104", "RCO116"))


def cooperation_rules(programme: Programme) -> list[Checked]:
    """Apply all rules on projects, places, outputs and transfers that the tables allow."""
    checks: list[Checked] = []
    frames = {
        name: _frame(programme, name)
        for name in ("projects", "regions", "outputs", "transfers", "policy_instruments", "facts")
        if name in programme.tables
    }
    if "projects" in frames:
        projects = frames["projects"]
        checks += [_partner_counts(projects), _unlabelled(projects), _shifted(projects)]
        checks += [_incomplete(projects)]
        if "outputs" in frames:
            checks.append(_finished(projects, frames["outputs"]))
        if "regions" in frames:
            checks.append(_outside_union(projects, frames["regions"]))
    if "outputs" in frames:
        checks.append(_uptake(frames["outputs"]))
    if "transfers" in frames:
        checks += _transfers(frames["transfers"])
    if "policy_instruments" in frames:
        checks.append(_areas(frames["policy_instruments"]))
    if "facts" in frames:
        checks.append(_approximate(frames["facts"]))
    return checks


def _frame(programme: Programme, name: str) -> pd.DataFrame:
    """Return a table with every column of the schema, empty where it is not given."""
    return programme.table(name).reindex(columns=list(TABLES[name].names))


def _found(key: object, column: str, value: object, message: str, todo: str) -> dict[str, str]:
    return {
        "key": str(key),
        "column": column,
        "value": str(value),
        "message": message,
        "todo": todo,
    }


def _check(
    rule: str, table: str, severity: Severity, found: list[dict[str, str]], size: int
) -> Checked:
    return result(rule, table, severity, found, checked=size)


def _partner_counts(projects: pd.DataFrame) -> Checked:
    known = projects.dropna(subset=["partners_count", "partners_listed_count"])
    found = [
        _found(
            row.project_id,
            "partners_count",
            f"{row.partners_count:.0f} / {row.partners_listed_count:.0f}",
            f"The text counts {row.partners_count:.0f} partners, the listing "
            f"{row.partners_listed_count:.0f}.",
            "Keep both, and divide by neither until it is known which one holds.",
        )
        for row in rows_of(known)
        if row.partners_count != row.partners_listed_count
    ]
    return _check("partner_counts_differ", "projects", "warning", found, len(known))


def _unlabelled(projects: pd.DataFrame) -> Checked:
    found = [
        _found(
            row.project_id,
            "unlabelled_amount",
            f"{row.unlabelled_amount:,.2f}",
            f"The amount {row.unlabelled_amount:,.2f} stands without saying what it is: as a "
            f"total the share of {row.unlabelled_share:.1%} makes "
            f"{row.unlabelled_amount * row.unlabelled_share:,.2f}, as that share it makes a total "
            f"of {row.unlabelled_amount / row.unlabelled_share:,.2f}.",
            "Ask which reading holds; no figure is computed from it.",
        )
        for row in rows_of(projects.dropna(subset=["unlabelled_amount", "unlabelled_share"]))
    ]
    return _check("unlabelled_amount", "projects", "warning", found, len(projects))


def _is_day_before_start(day: dt.date) -> bool:
    return day.month == 12 and day.day == 31


def _is_day_before_end(day: dt.date) -> bool:
    return day.day == calendar.monthrange(day.year, day.month)[1] - 1


def _shifted(projects: pd.DataFrame) -> Checked:
    known = projects.dropna(subset=["start_date", "end_date"])
    found = [
        _found(
            row.project_id,
            "start_date",
            f"{row.start_date} to {row.end_date}",
            f"It runs from {row.start_date} to {row.end_date}: each is one day before the turn of "
            "a year or month, as a shift of time zone causes.",
            "Check the dates; count the length in months.",
        )
        for row in rows_of(known)
        if _is_day_before_start(row.start_date) and _is_day_before_end(row.end_date)
    ]
    return _check("dates_one_day_early", "projects", "warning", found, len(known))


def _incomplete(projects: pd.DataFrame) -> Checked:
    needed = ["programme_name", "start_date", "end_date"]
    found = []
    for _, row in projects.iterrows():
        missing = [name for name in needed if pd.isna(row[name])]
        money = row[["budget_amount", "eu_amount", "unlabelled_amount"]].isna().all()
        if len(missing) == len(needed) and money:
            found.append(
                _found(
                    row["project_id"],
                    "programme_name",
                    "",
                    "Programme, dates and money of the project are not stated.",
                    "Leave them empty; fill them only with a source of their own.",
                )
            )
    return _check("project_incomplete", "projects", "warning", found, len(projects))


def _finished(projects: pd.DataFrame, outputs: pd.DataFrame) -> Checked:
    found = []
    over = projects[projects["status"].fillna("").str.casefold() == "finished"]
    for project in over["project_id"]:
        mine = outputs[outputs["project_id"] == project]
        open_ = mine["planned"].notna() & mine["achieved"].isna()
        if open_.any():
            found.append(
                _found(
                    project,
                    "status",
                    "finished",
                    f"The project is finished, but {int(open_.sum())} outputs are known as planned "
                    "only.",
                    "Do not report achievement rates; ask for the final figures.",
                )
            )
    return _check("finished_but_planned", "projects", "warning", found, len(projects))


def _outside_union(projects: pd.DataFrame, regions: pd.DataFrame) -> Checked:
    funded = set(projects.loc[projects["eu_amount"].notna(), "project_id"])
    countries = regions[regions["region"].isin(OUTSIDE_UNION) & regions["project_id"].isin(funded)]
    found = [
        _found(
            row.region_id,
            "region",
            row.region,
            f"{row.name} is outside the Union and takes no money from its funds, but the project "
            "has a Union contribution.",
            "Do not divide the Union contribution by all partners.",
        )
        for row in rows_of(countries)
    ]
    return _check("eu_money_outside_union", "regions", "warning", found, len(regions))


def _uptake(outputs: pd.DataFrame) -> Checked:
    achieved = outputs.dropna(subset=["achieved"]).set_index("indicator_code")["achieved"]
    found = [
        _found(
            taken,
            "achieved",
            f"{achieved[taken]:g} / {achieved[made]:g}",
            f"{taken} (taken up) is {achieved[taken]:g}, above {made} (developed) with "
            f"{achieved[made]:g}.",
            "Check both counts: nothing can be taken up that was not developed.",
        )
        for taken, made in _UPTAKE
        if achieved.index.isin([taken]).sum() == 1
        and achieved.index.isin([made]).sum() == 1
        and achieved[taken] > achieved[made]
    ]
    return _check("uptake_above_developed", "outputs", "warning", found, len(outputs))


def _transfers(transfers: pd.DataFrame) -> list[Checked]:
    named = transfers.dropna(subset=["from_name", "to_name"])
    kinds = read_transfers(named)["pair"].to_numpy()
    itself = named[kinds == UNLISTED]
    unknown = [
        _found(
            row.transfer_id,
            "to_name",
            row.to_name,
            f"Exporter and importer are both '{row.to_name}': the pairs are not known.",
            "List each transfer with its two regions.",
        )
        for row in rows_of(itself)
    ]
    pairs = named[kinds == PAIR]
    size = len(transfers)
    return [
        _check("transfer_pairs_unknown", "transfers", "warning", unknown, size),
        _check("transfer_levels_differ", "transfers", "warning", _levels(pairs), size),
        _check("importer_repeated", "transfers", "note", _repeated(pairs), size),
    ]


def _levels(pairs: pd.DataFrame) -> list[dict[str, str]]:
    levels = sorted(set(pairs["from_level"].dropna()))
    if len(levels) < 2:
        return []
    return [
        _found(
            "",
            "from_level",
            ", ".join(levels),
            f"Exporters are named at different levels: {', '.join(levels)}.",
            "Keep the level with the name; give no regional code to a country.",
        )
    ]


def _repeated(pairs: pd.DataFrame) -> list[dict[str, str]]:
    times = pairs["to_name"].value_counts()
    twice = sorted(times.index[times > 1])
    if not twice:
        return []
    return [
        _found(
            "",
            "to_name",
            ", ".join(twice),
            f"{len(pairs)} transfers go to {len(times)} different importers: {', '.join(twice)} "
            "is named more than once.",
            "Count transfers and importers apart.",
        )
    ]


def _areas(instruments: pd.DataFrame) -> Checked:
    known = instruments.dropna(subset=["region_name", "instrument_region_name"])
    apart = known[known["region_name"] != known["instrument_region_name"]]
    pairs = apart.drop_duplicates(["region_name", "instrument_region_name"])
    found = [
        _found(
            row.policy_instrument_id,
            "instrument_region_name",
            row.instrument_region_name,
            f"The partner is of {row.region_name}, its instrument of {row.instrument_region_name}.",
            "Use the area that fits the question; the two are not the same.",
        )
        for row in rows_of(pairs)
    ]
    return _check("instrument_area_differs", "policy_instruments", "warning", found, len(known))


def _approximate(facts: pd.DataFrame) -> Checked:
    rows = facts[facts["kind"] == "approximate"]
    found = [
        _found(
            row.key if isinstance(row.key, str) else row.fact_id,
            str(row.column),
            str(row.value),
            f"{row.column} = {row.value} is approximate.",
            "Print it with 'about'.",
        )
        for row in rows_of(rows)
    ]
    return _check("approximate_value", "facts", "note", found, len(facts))
