"""Simulate a whole programme from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import pandas as pd

from difass_analysis.engine import Engine, make_engine
from difass_analysis.errors import UsageError
from difass_analysis.programme import Programme, Settings
from difass_analysis.simulation import amounts as money
from difass_analysis.simulation import frames, panel, support
from difass_analysis.simulation.draws import keys
from difass_analysis.simulation.surveys import surveys_frame
from difass_analysis.simulation.truth import Truth, make_truth
from difass_analysis.simulation.world import World, make_world, places_of


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class SimulatedProgramme(Programme):
    """A programme that was simulated, and the truth behind it.

    Attributes
    ----------
    truth : Truth
        What was put in: leverage, effects, deadweight, and what works where.
    """

    truth: Truth


def simulate(
    *,
    seed: int = 1,
    operations: int = 700,
    regions: tuple[str, ...] | int = 7,
    years: Sequence[int] = range(2014, 2021),
    selection: float = 1.0,
    trend_gap: float = 0.0,
    panel_firms: int = 40_000,
    engine: Engine | None = None,
) -> SimulatedProgramme:
    """Simulate a programme of support to internationalisation whose true effects are known.

    Regions, mechanisms and rules are those of the seven regions of the project SIE; all
    amounts, firms, effects and framework conditions are invented. One operation has a promoter
    and several SMEs. SMEs apply in calls, are scored, and the best are taken. Firms and
    promoters come back in later calls.

    Parameters
    ----------
    seed : int
        Seed, 0 or more. The same arguments give the same tables, bit for bit on one machine;
        another version of numpy may draw other numbers.
    operations : int
        Number of operations, 1 or more. An operation has about six SMEs.
    regions : tuple of str or int
        Codes of regions among the seven, or how many: the first seven are those of the
        project, those beyond are invented. Their sizes differ, so a small programme may leave
        a region without operations.
    years : sequence of int
        Years of the calls, ascending. Outcomes cover two years more on either side.
    selection : float
        Weight of a firm's size in its score, 0 or more, against noise of weight one. At 0 the
        award is a lottery; the larger it is, the more a comparison of levels misleads.
    trend_gap : float
        Growth of supported firms beyond that of others, in log points a year, that support
        does not cause. At 0 trends are parallel, and differences in differences are unbiased.
    panel_firms : int
        Firms followed in ``outcomes``, at most and 2 or more: half of them supported at one
        time, half of them never. Firms are drawn at random within each half.
    engine : Engine, optional
        What computes; DuckDB in this process without it.

    Returns
    -------
    SimulatedProgramme
        A programme with the tables ``schemes``, ``calls``, ``operations``, ``funding``,
        ``enterprises``, ``participations``, ``applications``, ``outcomes``, ``surveys``,
        ``population`` and ``conditions``, and the ``truth`` behind them. Every total equals
        the sum of its rows to the cent.

    Raises
    ------
    UsageError
        When an argument is outside its range, or a region is not offered.

    Notes
    -----
    Only the first support of a firm has an effect (the first operation by year, then
    ``operation_id``), in full from the year of the call on. It acts on the log of outcomes,
    and only on the part of firms that would not have done the same anyway. Support has no
    effect on survival, but firms close only after their last application: supported firms
    live longer for that reason alone, as in real data.

    Examples
    --------
    >>> programme = simulate(seed=1, operations=50)
    >>> programme.name
    'Simulated internationalisation support in seven regions'
    >>> len(programme.table("operations"))
    50
    >>> deadweight = programme.truth.deadweight.set_index("mechanism")["deadweight_share"]
    >>> float(deadweight["workshops"])
    0.3
    """
    _check(seed, operations, years, selection=selection, panel_firms=panel_firms)
    world = make_world(seed=seed, places=places_of(regions), years=tuple(years))
    tables, truth = simulate_tables(
        world,
        operations=operations,
        selection=selection,
        trend_gap=trend_gap,
        panel_firms=panel_firms,
    )
    return _programme(world, tables, truth, engine=engine or make_engine())


def _check(
    seed: int, operations: int, years: Sequence[int], *, selection: float, panel_firms: int
) -> None:
    rules = {
        f"seed = {seed} must be 0 or more.": seed >= 0,
        f"operations = {operations} must be 1 or more.": operations >= 1,
        f"selection = {selection} must be 0 or more.": selection >= 0,
        f"panel_firms = {panel_firms} must be 2 or more.": panel_firms >= 2,
        f"years = {list(years)} must be ascending years from 1902 to 2095.": len(years) > 0
        and list(years) == sorted(set(years))
        and years[0] >= 1902
        and years[-1] <= 2095,
    }
    for message, holds in rules.items():
        if not holds:
            raise UsageError(message)


def simulate_tables(
    world: World, *, operations: int, selection: float, trend_gap: float, panel_firms: int
) -> tuple[dict[str, pd.DataFrame], Truth]:
    """Return the tables of a simulated programme by name, and the truth behind them."""
    ops = support.draw_operations(world, operations=operations)
    firms = support.draw_firms(world, ops)
    chosen = support.select(world, ops, firms, selection=selection)
    accounts = panel.draw_accounts(world, firms, first_application=chosen.first_application)
    followed = panel.draw_panel(world, ops, chosen, panel_firms=panel_firms)
    firm_ids = keys("sme-", len(firms.size))
    outcomes = panel.outcomes_frame(
        world,
        followed,
        firms=firms,
        accounts=accounts,
        last_application=chosen.last_application,
        trend_gap=trend_gap,
        firm_ids=firm_ids,
    )
    enterprises = frames.enterprises_frame(world, firms, accounts, firm_ids=firm_ids)
    truth = make_truth(
        world,
        followed,
        log_employment=firms.log_employment[followed.firm],
        selection=selection,
        trend_gap=trend_gap,
    )
    return {
        **_support_tables(world, ops, chosen, firm_ids=firm_ids),
        "enterprises": enterprises,
        "outcomes": outcomes,
        "surveys": surveys_frame(
            world, followed, firm_ids=firm_ids, operation_ids=keys("op-", operations)
        ),
        "population": frames.population_frame(world, accounts, enterprises),
        "conditions": frames.conditions_frame(world),
    }, truth


def _support_tables(
    world: World, ops: support.Operations, chosen: support.Selection, *, firm_ids: pd.Series
) -> dict[str, pd.DataFrame]:
    dates = frames.draw_dates(world, ops)
    amounts = money.draw_amounts(world, ops, completed=dates.completed)
    places, applicants = support.applicants_of(ops)
    calls = frames.calls_frame(world, ops, amounts, applicants=applicants, places=places)
    operations = frames.operations_frame(world, ops, amounts, dates=dates)
    operation_ids = operations["operation_id"]
    return {
        "schemes": frames.schemes_frame(world, calls),
        "calls": calls,
        "operations": operations,
        "funding": money.funding_frame(amounts, operation_ids),
        "participations": frames.participations_frame(
            ops,
            chosen,
            cents=money.share_out(world, ops, amounts),
            firm_ids=firm_ids,
            operation_ids=operation_ids,
        ),
        "applications": frames.applications_frame(world, ops, chosen, firm_ids=firm_ids),
    }


_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven")


def _settings(world: World) -> Settings:
    count = len(world.places)
    shown = _NUMBERS[count - 1] if count <= len(_NUMBERS) else str(count)
    name = f"Simulated internationalisation support in {shown} region{'s' * (count > 1)}"
    return Settings(
        id=frames.PROGRAMME_ID,
        name=name,
        description=(
            "Simulated data with known true effects. Names of regions are real; amounts, "
            "firms, effects and framework conditions are invented and describe no real "
            f"programme. Seed {world.seed}."
        ),
        currency="EUR",
        price_basis="current",
        nuts_version="2016",
        indicator_system="CPR_2014",
        simulated=True,
    )


def _programme(
    world: World, tables: dict[str, pd.DataFrame], truth: Truth, *, engine: Engine
) -> SimulatedProgramme:
    plain = Programme.from_frames(settings=_settings(world), engine=engine, **tables)
    shared = {field.name: getattr(plain, field.name) for field in fields(plain)}
    return SimulatedProgramme(**shared, truth=truth)
