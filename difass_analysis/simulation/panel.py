"""What became of the firms: outcomes year by year, under the effects of support."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from difass_analysis.simulation.draws import Days, Flags, Floats, Ints, new_year, stream
from difass_analysis.simulation.support import Firms, Operations, Selection
from difass_analysis.simulation.world import MECHANISMS, World

#: Outcomes with an effect in log points; each has its own noise from year to year.
OUTCOMES = {"employment_fte": 0.10, "turnover_amount": 0.20, "exports_amount": 0.35}
EFFECTS = np.array([(one.employment, one.turnover, one.exports) for one in MECHANISMS])
EXPORTING = np.array([one.exporting for one in MECHANISMS])
#: Part of the effect that support causes, by what the firm would have done without it.
GAINS = {"yes": 0.0, "partly": 0.5, "no": 1.0}
_EXIT_SHARE = 0.02
_MEAN_AGE_DAYS = 12 * 365.25


@dataclass(frozen=True, eq=False, kw_only=True)
class Accounts:
    """Age and accounts of all firms before any call; each array of shape (f,).

    Attributes
    ----------
    founded : numpy.ndarray of days
        Day of foundation; at least two full years lie between it and the first application.
    log_turnover, log_exports : numpy.ndarray of float
        Logs of turnover, and of what exports are (or would be, if the firm exported).
    exporter : numpy.ndarray of bool
        Whether the firm exports without support.
    """

    founded: Days
    log_turnover: Floats
    log_exports: Floats
    exporter: Flags


@dataclass(frozen=True, eq=False, kw_only=True)
class Panel:
    """The firms that are followed; p firms.

    Attributes
    ----------
    firm : numpy.ndarray of int, shape (p,)
        Positions of the firms, ascending.
    operation, region, mechanism, start : numpy.ndarray of int, shape (p,)
        First operation (-1 for none), its region and mechanism (0 where none), its year
        (9999 where none).
    supported : numpy.ndarray of bool, shape (p,)
        Whether the firm was ever supported.
    anyway : numpy.ndarray of int, shape (p,)
        What it would have done without support: position in ``GAINS``.
    """

    firm: Ints
    operation: Ints
    region: Ints
    mechanism: Ints
    start: Ints
    supported: Flags
    anyway: Ints


def draw_accounts(world: World, firms: Firms, *, first_application: Ints) -> Accounts:
    """Draw age, turnover and exports of every firm; larger firms export more often."""
    rng = stream(world.seed, "accounts")
    count = len(firms.size)
    # Turnover stays under 50 million: all firms are SMEs.
    log_turnover = np.minimum(
        firms.log_employment + rng.normal(np.log(110_000.0), 0.5, count), np.log(45.0e6)
    )
    chance = np.clip(0.4 + 0.1 * firms.size, 0.05, 0.95)
    age = np.minimum(rng.exponential(_MEAN_AGE_DAYS, count), 5.0 * _MEAN_AGE_DAYS)
    age_days = np.rint(age).astype(np.int64)
    return Accounts(
        # The last day of the third year before the first application, or earlier.
        founded=new_year(first_application - 2) - 1 - age_days,
        log_turnover=log_turnover,
        log_exports=log_turnover + np.log(rng.beta(2.0, 5.0, count)),
        exporter=rng.random(count) < chance,
    )


def draw_panel(
    world: World, operations: Operations, selection: Selection, *, panel_firms: int
) -> Panel:
    """Draw the firms to be followed: up to half of them supported, the others never."""
    rng = stream(world.seed, "panel")
    ever = selection.first_operation >= 0
    chosen = [_sample(rng, np.flatnonzero(group), panel_firms // 2) for group in (ever, ~ever)]
    firm = np.sort(np.concatenate(chosen))
    operation = selection.first_operation[firm]
    supported = operation >= 0
    mechanism = np.where(supported, operations.mechanism[operation], 0)
    shares = np.array([(one.anyway, one.partly) for one in MECHANISMS])
    upto = np.cumsum(shares, axis=1)[mechanism]
    return Panel(
        firm=firm,
        operation=operation,
        region=np.where(supported, operations.region[operation], 0),
        mechanism=mechanism,
        start=np.where(supported, operations.year[operation], 9999),
        supported=supported,
        anyway=(rng.random(len(firm))[:, None] > upto).sum(axis=1),
    )


def _sample(rng: np.random.Generator, group: Ints, largest: int) -> Ints:
    if len(group) <= largest:
        return group
    return rng.choice(group, largest, replace=False)


def year_effects(world: World) -> Floats:
    """Return the business cycle, shape (outcomes, years): log points since the first year."""
    rng = stream(world.seed, "years")
    steps = rng.normal(0.015, 0.02, (len(OUTCOMES), len(world.panel_years)))
    steps[:, 0] = 0.0
    return np.cumsum(steps, axis=1)


def outcomes_frame(
    world: World,
    panel: Panel,
    *,
    firms: Firms,
    accounts: Accounts,
    last_application: Ints,
    trend_gap: float,
    firm_ids: pd.Series,
) -> pd.DataFrame:
    """Return the table ``outcomes``: one row for each firm that is followed and year.

    Parameters
    ----------
    last_application : numpy.ndarray of int, shape (f,)
        Year until which a firm is known to exist.
    trend_gap : float
        Growth of supported firms beyond that of others, in log points a year, with or
        without support.
    firm_ids : pandas.Series of str, length f
        Keys of all firms.

    Notes
    -----
    Support acts in full from its year on. A firm has rows from the year after its foundation;
    once it has closed it has zeros, not gaps.
    """
    rng = stream(world.seed, "outcomes")
    years = np.array(world.panel_years)
    treated = years >= panel.start[:, None]
    gain = np.array(list(GAINS.values()))[panel.anyway] * _works(world, panel)
    # The clock of closure starts after the last application: who applies still exists.
    closing = last_application[panel.firm] + rng.geometric(_EXIT_SHARE, len(panel.firm))
    alive = years < closing[:, None]
    trend = trend_gap * panel.supported[:, None] * (years - years[0])
    starts = (firms.log_employment, accounts.log_turnover, accounts.log_exports)
    levels = []
    for k, (start, noise) in enumerate(zip(starts, OUTCOMES.values(), strict=True)):
        effect = (gain * EFFECTS[panel.mechanism, k])[:, None] * treated
        errors = rng.normal(0.0, noise, treated.shape)
        logs = start[panel.firm][:, None] + year_effects(world)[k] + trend + effect + errors
        levels.append(np.round(np.exp(logs), 2) * alive)
    begins = rng.random(len(gain)) < gain * EXPORTING[panel.mechanism]
    exports = accounts.exporter[panel.firm][:, None] | (begins[:, None] & treated)
    table = pd.DataFrame(
        {
            "sme_id": firm_ids.take(np.repeat(panel.firm, len(years))).reset_index(drop=True),
            "year": np.tile(years, len(panel.firm)),
            "employment_fte": levels[0].ravel(),
            "turnover_amount": levels[1].ravel(),
            "exports_amount": (levels[2] * exports).ravel(),
            "alive": alive.ravel(),
        }
    )
    exists = years > _year_of(accounts.founded[panel.firm])[:, None]
    return table[exists.ravel()].reset_index(drop=True)


def _year_of(days: Days) -> Ints:
    return days.astype("datetime64[Y]").astype(np.int64) + 1970


def _works(world: World, panel: Panel) -> Floats:
    return np.where(panel.supported, world.works[panel.region, panel.mechanism], False).astype(
        float
    )


def population_year_means(world: World) -> Floats:
    """Return what turns means before any call into those of a year, shape (outcomes, years)."""
    noise = np.array(list(OUTCOMES.values()))
    return np.exp(year_effects(world) + noise[:, None] ** 2 / 2.0)
