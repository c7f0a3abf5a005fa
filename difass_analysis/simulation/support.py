"""Which operations there are, and which firms take part: calls, applications, selection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from difass_analysis.simulation.draws import Flags, Floats, Ints, stream
from difass_analysis.simulation.world import MECHANISMS, World

# About five in three applicants for each place: enough refused ones for comparisons.
_APPLICANTS_PER_PLACE = 5.0 / 3.0
_LARGEST_HEADCOUNT = 200.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Operations:
    """The operations in the order of year and region; n operations in c calls.

    Attributes
    ----------
    call, region, mechanism : numpy.ndarray of int, shape (n,)
        Positions of the call, the region and the mechanism.
    year : numpy.ndarray of int, shape (n,)
        Year of the call.
    smes : numpy.ndarray of int, shape (n,)
        Number of SMEs, at least one.
    call_region, call_year : numpy.ndarray of int, shape (c,)
        Region and year of each call.
    """

    call: Ints
    region: Ints
    mechanism: Ints
    year: Ints
    smes: Ints
    call_region: Ints
    call_year: Ints


@dataclass(frozen=True, eq=False, kw_only=True)
class Firms:
    """The firms in the order of regions; f firms.

    Attributes
    ----------
    region : numpy.ndarray of int, shape (f,)
        Position of the region.
    size : numpy.ndarray of float, shape (f,)
        Size as a standard normal variable: what selection looks at.
    log_employment : numpy.ndarray of float, shape (f,)
        Log of employment before any call.
    first : numpy.ndarray of int, shape (regions + 1,)
        Position at which each region's firms begin.
    """

    region: Ints
    size: Floats
    log_employment: Floats
    first: Ints


@dataclass(frozen=True, eq=False, kw_only=True)
class Selection:
    """Who applied where, and who was taken.

    Attributes
    ----------
    call, firm : numpy.ndarray of int, shape (applications,)
        Call and firm of each application.
    score, cutoff : numpy.ndarray of float, shape (applications,)
        Points given, and points needed in that call.
    awarded : numpy.ndarray of bool, shape (applications,)
        Whether the score reached the cutoff.
    operation, member : numpy.ndarray of int, shape (participations,)
        Operation and firm of each participation, in the order of operations.
    first_operation : numpy.ndarray of int, shape (f,)
        First operation of each firm; -1 where it was never supported.
    first_application, last_application : numpy.ndarray of int, shape (f,)
        Years of the first and the last application; both the year of the programme's first
        calls where it never applied.
    """

    call: Ints
    firm: Ints
    score: Floats
    cutoff: Floats
    awarded: Flags
    operation: Ints
    member: Ints
    first_operation: Ints
    first_application: Ints
    last_application: Ints


def draw_operations(world: World, *, operations: int) -> Operations:
    """Draw year, region, mechanism and number of SMEs of every operation."""
    rng = stream(world.seed, "operations")
    sizes = np.array([place.size for place in world.places])
    cells = np.tile(sizes / sizes.sum() / len(world.years), len(world.years))
    counts = rng.multinomial(operations, cells / cells.sum())
    held = np.flatnonzero(counts)
    call = np.repeat(np.arange(len(held)), counts[held])
    call_region = held % len(sizes)
    call_year = np.array(world.years)[held // len(sizes)]
    region = call_region[call]
    upto = np.cumsum(world.mix, axis=1)[:, :-1]
    mechanism = (rng.random(operations)[:, None] > upto[region]).sum(axis=1)
    others = np.array([one.smes for one in MECHANISMS]) - 1.0
    return Operations(
        call=call,
        region=region,
        mechanism=mechanism,
        year=call_year[call],
        smes=1 + rng.poisson(others[mechanism] * rng.gamma(2.0, 0.5, operations)),
        call_region=call_region,
        call_year=call_year,
    )


def applicants_of(operations: Operations) -> tuple[Ints, Ints]:
    """Return the places and the applicants of each call."""
    places = np.bincount(operations.call, weights=operations.smes).astype(np.int64)
    return places, np.ceil(_APPLICANTS_PER_PLACE * places).astype(np.int64) + 1


def draw_firms(world: World, operations: Operations) -> Firms:
    """Draw the firms of each region: as many as places, and more than any call's applicants."""
    rng = stream(world.seed, "firms")
    places, applicants = applicants_of(operations)
    regions = len(world.places)
    all_places = np.bincount(operations.call_region, weights=places, minlength=regions)
    largest_call = np.zeros(regions, dtype=np.int64)
    np.maximum.at(largest_call, operations.call_region, applicants)
    counts = np.maximum(all_places, np.ceil(1.3 * largest_call)).astype(np.int64)
    size = rng.standard_normal(int(counts.sum()))
    return Firms(
        region=np.repeat(np.arange(regions), counts),
        size=size,
        log_employment=np.clip(2.2 + size, 0.0, np.log(_LARGEST_HEADCOUNT)),
        first=np.concatenate([[0], np.cumsum(counts)]),
    )


def select(world: World, operations: Operations, firms: Firms, *, selection: float) -> Selection:
    """Draw applicants, score them, and award the places of each call to the best.

    Parameters
    ----------
    selection : float
        Weight of a firm's size in its score, against noise of weight one. At 0 the award
        is a lottery.
    """
    rng = stream(world.seed, "applications")
    places, applicants = applicants_of(operations)
    call = np.repeat(np.arange(len(places)), applicants)
    firm = _draw_applicants(rng, operations, firms, applicants)
    noise = rng.standard_normal(len(firm))
    points = (selection * firms.size[firm] + noise) / np.hypot(selection, 1.0)
    score = 50.0 + 10.0 * points
    cutoff = np.repeat(_cutoffs(score, places, applicants), applicants)
    awarded = score >= cutoff
    # Applicants of a call stand in random order, so those taken fall on its operations at random.
    member = firm[awarded]
    operation = np.repeat(np.arange(len(operations.call)), operations.smes)
    first_operation = np.full(len(firms.size), -1)
    supported, position = np.unique(member, return_index=True)
    first_operation[supported] = operation[position]
    first_application, last_application = _application_years(
        world, firm, operations.call_year[call], count=len(firms.size)
    )
    return Selection(
        call=call,
        firm=firm,
        score=score,
        cutoff=cutoff,
        awarded=awarded,
        operation=operation,
        member=member,
        first_operation=first_operation,
        first_application=first_application,
        last_application=last_application,
    )


def _draw_applicants(
    rng: np.random.Generator, operations: Operations, firms: Firms, applicants: Ints
) -> Ints:
    drawn = []
    for region, count in zip(operations.call_region, applicants, strict=True):
        first, end = firms.first[region], firms.first[region + 1]
        drawn.append(first + rng.choice(end - first, count, replace=False))
    return np.concatenate(drawn)


def _application_years(world: World, firm: Ints, year: Ints, *, count: int) -> tuple[Ints, Ints]:
    first = np.full(count, world.years[-1] + 1)
    last = np.full(count, world.years[0])
    np.minimum.at(first, firm, year)
    np.maximum.at(last, firm, year)
    return np.where(first > world.years[-1], world.years[0], first), last


def _cutoffs(score: Floats, places: Ints, applicants: Ints) -> Floats:
    """Return for each call the score half way between the last one taken and the next."""
    cutoffs = []
    for scores, taken in zip(np.split(score, np.cumsum(applicants)[:-1]), places, strict=True):
        ranked = np.partition(scores, (len(scores) - taken - 1, len(scores) - taken))
        cutoffs.append(ranked[len(scores) - taken - 1 : len(scores) - taken + 1].mean())
    return np.array(cutoffs)
