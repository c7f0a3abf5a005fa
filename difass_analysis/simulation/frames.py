"""The canonical tables of a simulated programme, made from what was drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from difass_analysis.simulation.amounts import Amounts
from difass_analysis.simulation.draws import (
    Days,
    Flags,
    Floats,
    Ints,
    euros,
    keys,
    labels,
    new_year,
    stream,
)
from difass_analysis.simulation.panel import OUTCOMES, Accounts, population_year_means
from difass_analysis.simulation.support import Firms, Operations, Selection
from difass_analysis.simulation.world import (
    CONDITION_UNITS,
    MECHANISMS,
    World,
)

PROGRAMME_ID = "simulated"
SIZE_CLASSES = ["micro", "small", "medium"]
NACE = ["C10", "C25", "C28", "G46", "J62", "M71"]
_NACE_MIX = [0.15, 0.20, 0.15, 0.25, 0.15, 0.10]
_GROUPS = [None, "women-led", "minority", "disability"]
_GROUP_MIX = [0.77, 0.16, 0.05, 0.02]
# One in ten firms of a region belongs to those among which applicants are found.
_POPULATION_FACTOR = 10


@dataclass(frozen=True, eq=False, kw_only=True)
class Dates:
    """Dates of n operations, each an array of days of shape (n,)."""

    approval: Days
    start: Days
    end: Days
    completed: Flags


def draw_dates(world: World, operations: Operations) -> Dates:
    """Draw approval and start within the year of the call, and the end some months later."""
    rng = stream(world.seed, "dates")
    count = len(operations.year)
    approval = new_year(operations.year) + rng.integers(30, 180, count)
    start = approval + rng.integers(14, 180, count)
    end = start + np.clip(np.rint(300 * rng.lognormal(0.0, 0.5, count)), 60, 1400).astype(np.int64)
    return Dates(approval=approval, start=start, end=end, completed=end < _state_day(world))


def _state_day(world: World) -> np.datetime64:
    return np.datetime64(f"{world.years[-1]}-12-31", "D")


def _by_region(world: World, region: Ints) -> dict[str, Any]:
    versions = pd.Series([place.nuts_version for place in world.places], dtype="str")
    return {
        "region": labels(world.codes, region),
        "nuts_version": versions.take(region).reset_index(drop=True),
    }


def _call_ids(world: World, operations: Operations) -> list[str]:
    calls = zip(operations.call_region, operations.call_year, strict=True)
    return [f"call-{world.codes[region]}-{year}" for region, year in calls]


def _scheme_ids(world: World) -> list[str]:
    return [f"scheme-{code}" for code in world.codes]


def calls_frame(
    world: World, operations: Operations, amounts: Amounts, *, applicants: Ints, places: Ints
) -> pd.DataFrame:
    """Return the table ``calls``; its totals are the sums of the operations."""
    region, count = operations.call_region, len(operations.call_region)
    public = _sums(operations.call, amounts.public)
    private = euros(_sums(operations.call, amounts.private))
    slack = stream(world.seed, "calls").uniform(1.0, 1.25, count)
    return pd.DataFrame(
        {
            "call_id": _call_ids(world, operations),
            "scheme_id": labels(_scheme_ids(world), region),
            **_by_region(world, region),
            "year": operations.call_year,
            "budget_amount": np.ceil(public * slack / 1000_00) * 1000.0,
            "applications_count": applicants,
            "operations_count": np.bincount(operations.call),
            "smes_count": places,
            "public_amount": euros(public),
            "private_amount": private,
            "additional_investment_amount": private,
            "eligible_cost_amount": euros(_sums(operations.call, amounts.eligible)),
            "paid_amount": euros(_sums(operations.call, amounts.paid)),
        }
    )


def _sums(group: Ints, cents: Ints) -> Ints:
    # Sums in float64 are exact as long as they stay under 90 thousand billion euros.
    return np.bincount(group, weights=cents).astype(np.int64)


def schemes_frame(world: World, calls: pd.DataFrame) -> pd.DataFrame:
    """Return the table ``schemes``: one scheme for each region, with or without calls."""
    held = calls.groupby("region")[["operations_count", "budget_amount"]].sum()
    held = held.reindex(world.codes, fill_value=0)
    a_year = held["operations_count"].to_numpy() / len(world.years)
    return pd.DataFrame(
        {
            "scheme_id": _scheme_ids(world),
            "name": [
                f"Simulated scheme for internationalisation, {place.name}" for place in world.places
            ],
            "programme_id": PROGRAMME_ID,
            **_by_region(world, np.arange(len(world.places))),
            "start_date": np.datetime64(f"{world.years[0]}-01-01", "D"),
            "end_date": _state_day(world),
            "max_aid_share": world.rate_percent / 100.0,
            "max_grant_amount": euros(world.cap_cents),
            "staff_count": 1.0 + np.ceil(a_year / 8.0),
            "budget_amount": held["budget_amount"].to_numpy(),
        }
    )


def operations_frame(
    world: World, operations: Operations, amounts: Amounts, *, dates: Dates
) -> pd.DataFrame:
    """Return the table ``operations``."""
    region, count = operations.region, len(operations.region)
    ids = keys("op-", count)
    mechanism = labels([one.name for one in MECHANISMS], operations.mechanism)
    forms = [one.support_form for one in MECHANISMS]
    return pd.DataFrame(
        {
            "operation_id": ids,
            "call_id": labels(_call_ids(world, operations), operations.call),
            "scheme_id": labels(_scheme_ids(world), region),
            "programme_id": PROGRAMME_ID,
            "programme_name": "Simulated programme",
            "fund": "ERDF",
            "mechanism": mechanism,
            "support_form": labels(forms, operations.mechanism),
            **_by_region(world, region),
            "region_name": labels([place.name for place in world.places], region),
            "country_code": labels([place.country_code for place in world.places], region),
            "year": operations.year,
            **_beneficiaries(world, operations),
            "title": "Simulated operation (" + mechanism + ") " + ids,
            "status": labels(["ongoing", "completed"], dates.completed.astype(np.int64)),
            "approval_date": dates.approval,
            "start_date": dates.start,
            "end_date": dates.end,
            "updated_date": _state_day(world),
            **_money_columns(amounts),
        }
    )


def _money_columns(amounts: Amounts) -> dict[str, Floats]:
    return {
        "total_cost_amount": euros(amounts.total),
        "eligible_cost_amount": euros(amounts.eligible),
        "ineligible_cost_amount": euros(amounts.total - amounts.eligible),
        "eu_amount": euros(amounts.eu),
        "national_public_amount": euros(amounts.public - amounts.eu),
        "public_amount": euros(amounts.public),
        "private_amount": euros(amounts.private),
        "eu_rate_share": amounts.eu / amounts.eligible,
        "paid_amount": euros(amounts.paid),
    }


def _beneficiaries(world: World, operations: Operations) -> dict[str, pd.Series]:
    """Draw promoters: most lead several operations of one region, a few lead everywhere."""
    rng = stream(world.seed, "beneficiaries")
    count = len(operations.region)
    own = -(-np.bincount(operations.region, minlength=len(world.places)) // 3)
    everywhere = 1 + count // 200
    first = everywhere + np.cumsum(own) - own
    # Squaring makes the first promoters of a region lead many operations.
    place = np.floor(rng.random(count) ** 2 * own[operations.region]).astype(np.int64)
    wide = rng.integers(0, everywhere, count)
    promoter = np.where(rng.random(count) < 0.05, wide, first[operations.region] + place)
    total = everywhere + int(own.sum())
    kind = (rng.random(total) < 0.4).astype(np.int64)
    ids = keys("promoter-", total, digits=6).take(promoter).reset_index(drop=True)
    return {
        "beneficiary_id": ids,
        "beneficiary_name": "Simulated " + ids,
        "beneficiary_type": labels(["private", "public"], kind[promoter]),
    }


def enterprises_frame(
    world: World, firms: Firms, accounts: Accounts, *, firm_ids: pd.Series
) -> pd.DataFrame:
    """Return the table ``enterprises``: firms that took part and firms that did not."""
    rng = stream(world.seed, "enterprises")
    count = len(firms.size)
    headcount = np.exp(firms.log_employment).round(1)
    turnover = np.exp(accounts.log_turnover).round(2)
    balance = (turnover * rng.lognormal(-0.4, 0.4, count)).round(2)
    groups = pd.Series(_GROUPS, dtype="str")
    group = rng.choice(len(_GROUPS), count, p=_GROUP_MIX)
    return pd.DataFrame(
        {
            "sme_id": firm_ids,
            "name": "Simulated enterprise " + firm_ids,
            **_by_region(world, firms.region),
            "nace": labels(NACE, rng.choice(len(NACE), count, p=_NACE_MIX)),
            "size_class": labels(SIZE_CLASSES, _size_class(headcount, turnover, balance)),
            "headcount": headcount,
            "turnover_amount": turnover,
            "balance_amount": balance,
            "founded_date": accounts.founded,
            "natural_person": (headcount < 3.0) & (rng.random(count) < 0.5),
            "group": groups.take(group).reset_index(drop=True),
        }
    )


def _size_class(headcount: Floats, turnover: Floats, balance: Floats) -> Ints:
    """Position in ``SIZE_CLASSES`` by Recommendation 2003/361/EC, Annex, Article 2."""
    micro = (headcount < 10) & ((turnover <= 2e6) | (balance <= 2e6))
    small = (headcount < 50) & ((turnover <= 10e6) | (balance <= 10e6))
    return np.where(micro, 0, np.where(small, 1, 2))


def participations_frame(
    operations: Operations,
    selection: Selection,
    *,
    cents: Ints,
    firm_ids: pd.Series,
    operation_ids: pd.Series,
) -> pd.DataFrame:
    """Return the table ``participations``; its amounts add up to the operation's public money."""
    forms = [one.support_form for one in MECHANISMS]
    return pd.DataFrame(
        {
            "operation_id": operation_ids.take(selection.operation).reset_index(drop=True),
            "sme_id": firm_ids.take(selection.member).reset_index(drop=True),
            "public_amount": euros(cents),
            "support_form": labels(forms, operations.mechanism[selection.operation]),
        }
    )


def applications_frame(
    world: World, operations: Operations, selection: Selection, *, firm_ids: pd.Series
) -> pd.DataFrame:
    """Return the table ``applications``: the applicants are SMEs, under their ``sme_id``."""
    return pd.DataFrame(
        {
            "call_id": labels(_call_ids(world, operations), selection.call),
            "applicant_id": firm_ids.take(selection.firm).reset_index(drop=True),
            "score": selection.score,
            "cutoff": selection.cutoff,
            "awarded": selection.awarded,
        }
    )


def population_frame(world: World, accounts: Accounts, enterprises: pd.DataFrame) -> pd.DataFrame:
    """Return the table ``population``: means of all firms, as they are without support."""
    cell = ["region", "nuts_version", "nace", "size_class"]
    base = enterprises[cell].assign(
        firms_count=1,
        employment_fte=enterprises["headcount"],
        turnover_amount=enterprises["turnover_amount"],
        exports_amount=np.exp(accounts.log_exports) * accounts.exporter,
    )
    rules = {"firms_count": "sum"} | dict.fromkeys(OUTCOMES, "mean")
    cells = base.groupby(cell, sort=False, dropna=False, as_index=False).agg(rules)
    cells["firms_count"] *= _POPULATION_FACTOR
    factors = population_year_means(world)
    years = [
        cells.assign(
            year=year,
            **{name: np.round(cells[name] * factors[k, y], 2) for k, name in enumerate(OUTCOMES)},
        )
        for y, year in enumerate(world.panel_years)
    ]
    table = pd.concat(years, ignore_index=True)
    return table[[*cell, "year", "firms_count", *OUTCOMES]]


def conditions_frame(world: World) -> pd.DataFrame:
    """Return the table ``conditions``: invented framework indicators, the same in all years."""
    years, regions = list(world.panel_years), np.arange(len(world.places))
    levels = [place.level for place in world.places]
    row = np.repeat(regions, len(years))
    frames = [
        pd.DataFrame(
            {
                **_by_region(world, row),
                "level": labels(levels, row),
                "indicator": indicator,
                "year": np.tile(years, len(regions)),
                "value": values[row],
                "unit": CONDITION_UNITS[indicator],
                "source": "simulated, not measured",
            }
        )
        for indicator, values in world.conditions.items()
    ]
    return pd.concat(frames, ignore_index=True)
