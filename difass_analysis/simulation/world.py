"""The invented world: regions, mechanisms, rules of the schemes, and what works where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from difass_analysis.errors import UsageError, one_of
from difass_analysis.reference import level_name
from difass_analysis.simulation.draws import Flags, Floats, Ints, stream

Condition = Literal["institutional_quality", "market_access"]


@dataclass(frozen=True, kw_only=True)
class Place:
    """A region. Its code, name and rough size are real; nothing else about it is."""

    code: str
    name: str
    country_code: str
    level: str
    nuts_version: str | None
    size: float


def _place(code: str, name: str, size: float) -> Place:
    return Place(
        code=code,
        name=name,
        country_code=code[:2],
        level=level_name(code),
        nuts_version="2016",
        size=size,
    )


#: The seven regions of the SIE project; ``size`` is about their population in millions and
#: serves only to make some regions many times larger than others.
PLACES = (
    _place("UKJ4", "Kent", 1.8),
    _place("ITF2", "Molise", 0.3),
    _place("CZ042", "Ústí Region", 0.8),
    _place("DE9", "Lower Saxony", 8.0),
    _place("PL61", "Kujawsko-Pomorskie", 2.1),
    _place("FRI", "Nouvelle-Aquitaine", 5.9),
    _place("ES13", "Cantabria", 0.6),
)


@dataclass(frozen=True, kw_only=True)
class Mechanism:
    """A kind of support, with the assumptions that hold in every region.

    Attributes
    ----------
    name, support_form : str
        As in the columns of these names.
    mix : float
        Share of operations on average over regions.
    median_grant : float
        Median of the grant asked for, in euros, before the cap.
    smes : float
        Mean number of SMEs of an operation.
    private_factor : float
        Private money beyond the least that the aid rate needs, relative to the region's own.
    employment, turnover, exports : float
        Effect on a firm that would have done nothing without support, in log points.
    exporting : float
        Share of such firms without exports that begin to export.
    anyway, partly : float
        Shares of supported firms that would have done all, or part, of it anyway.
    condition : str
        Framework condition without which there is no effect; empty where it needs none.
    """

    name: str
    support_form: str
    mix: float
    median_grant: float
    smes: float
    private_factor: float
    employment: float
    turnover: float
    exports: float
    exporting: float
    anyway: float
    partly: float
    condition: Condition | Literal[""] = ""


MECHANISMS = (
    Mechanism(
        name="workshops",
        support_form="non_financial",
        mix=0.30,
        median_grant=25_000,
        smes=8.0,
        private_factor=0.6,
        employment=0.06,
        turnover=0.10,
        exports=0.20,
        exporting=0.10,
        anyway=0.30,
        partly=0.30,
        condition="institutional_quality",
    ),
    Mechanism(
        name="trade missions/fairs",
        support_form="grant",
        mix=0.25,
        median_grant=45_000,
        smes=6.0,
        private_factor=1.0,
        employment=0.05,
        turnover=0.10,
        exports=0.25,
        exporting=0.25,
        anyway=0.25,
        partly=0.35,
    ),
    Mechanism(
        name="investment funds",
        support_form="financial_instrument",
        mix=0.10,
        median_grant=70_000,
        smes=2.0,
        private_factor=2.0,
        employment=0.15,
        turnover=0.18,
        exports=0.10,
        exporting=0.05,
        anyway=0.45,
        partly=0.25,
    ),
    Mechanism(
        name="B2B matchmaking",
        support_form="non_financial",
        mix=0.20,
        median_grant=20_000,
        smes=7.0,
        private_factor=0.8,
        employment=0.04,
        turnover=0.09,
        exports=0.22,
        exporting=0.20,
        anyway=0.20,
        partly=0.40,
        condition="market_access",
    ),
    Mechanism(
        name="online tools",
        support_form="grant",
        mix=0.15,
        median_grant=15_000,
        smes=5.0,
        private_factor=0.5,
        employment=0.0,
        turnover=0.0,
        exports=0.0,
        exporting=0.0,
        anyway=0.60,
        partly=0.20,
    ),
)

MECHANISM_NAMES = [mechanism.name for mechanism in MECHANISMS]

#: A condition is met where its value lies above this.
THRESHOLDS: dict[Condition, float] = {"institutional_quality": 0.0, "market_access": 100.0}
CONDITION_UNITS: dict[Condition, str] = {
    "institutional_quality": "simulated z-score",
    "market_access": "simulated index, mean of regions = 100",
}
# Half the distance between the lowest and the highest region.
_SPREADS: dict[Condition, float] = {"institutional_quality": 1.5, "market_access": 40.0}


@dataclass(frozen=True, eq=False, kw_only=True)
class World:
    """What the seed decides about regions; R regions, M mechanisms.

    Attributes
    ----------
    seed : int
        Seed of the whole simulation.
    places : tuple of Place
        The regions, R of them.
    years : tuple of int
        Years of the calls.
    rate_percent : numpy.ndarray of int, shape (R,)
        Highest share of eligible cost that the scheme pays, in whole percent.
    cap_cents : numpy.ndarray of int, shape (R,)
        Highest grant to one operation.
    eu_percent, regional_percent : numpy.ndarray of int, shape (R,)
        Share of the Union in public money; share of the region in the rest.
    mix : numpy.ndarray of float, shape (R, M)
        Probability that an operation is of the mechanism; rows sum to 1.
    excess : numpy.ndarray of float, shape (R, M)
        Expected private money beyond the least that the rate needs, per euro of public money.
    conditions : dict of str to numpy.ndarray of float, shape (R,)
        Values of the framework indicators.
    works : numpy.ndarray of bool, shape (R, M)
        Whether the mechanism's condition is met.
    """

    seed: int
    places: tuple[Place, ...]
    years: tuple[int, ...]
    rate_percent: Ints
    cap_cents: Ints
    eu_percent: Ints
    regional_percent: Ints
    mix: Floats
    excess: Floats
    conditions: dict[Condition, Floats]
    works: Flags

    @property
    def codes(self) -> list[str]:
        """Codes of the regions."""
        return [place.code for place in self.places]

    @property
    def panel_years(self) -> tuple[int, ...]:
        """Years of the outcomes: from two before the first call to two after the last."""
        return tuple(range(self.years[0] - 2, self.years[-1] + 3))


def places_of(regions: tuple[str, ...] | int) -> tuple[Place, ...]:
    """Return the regions asked for: by code, or so many, invented ones after the seven.

    Raises
    ------
    UsageError
        When a code is not one of the seven, is given twice, or none is asked for.
    """
    if isinstance(regions, int):
        if regions < 1:
            raise UsageError(
                f"regions = {regions} is no number of regions.", todo="Give 1 or more."
            )
        return PLACES[:regions] + tuple(_invented(n) for n in range(len(PLACES) + 1, regions + 1))
    known = {place.code: place for place in PLACES}
    for code in regions:
        if code not in known:
            raise one_of("simulated region", code, list(known))
    if not regions or len(set(regions)) < len(regions):
        raise UsageError("regions must name each region once, and at least one.")
    return tuple(known[code] for code in regions)


def _invented(number: int) -> Place:
    # ZZ is a code reserved for private use: it never becomes that of a country.
    return Place(
        code=f"ZZ{number:03d}",
        name=f"Simulated region {number}",
        country_code="ZZ",
        level="invented",
        nuts_version=None,
        size=1.0 + number % 4,
    )


def make_world(*, seed: int, places: tuple[Place, ...], years: tuple[int, ...]) -> World:
    """Draw what holds for each region: rules of its scheme, mix, leverage, conditions."""
    rng = stream(seed, "world")
    count = len(places)
    mean_mix = np.array([mechanism.mix for mechanism in MECHANISMS])
    factor = np.array([mechanism.private_factor for mechanism in MECHANISMS])
    conditions = {name: _spread(rng, count, name) for name in THRESHOLDS}
    return World(
        seed=seed,
        places=places,
        years=years,
        rate_percent=rng.choice([50, 60, 70, 75], count),
        cap_cents=rng.choice([60_000_00, 80_000_00, 100_000_00], count),
        eu_percent=rng.choice([50, 60, 80, 85], count),
        regional_percent=rng.choice([0, 30, 100], count),
        mix=rng.dirichlet(20.0 * mean_mix, count),
        excess=rng.uniform(0.2, 0.9, count)[:, None] * factor,
        conditions=conditions,
        works=np.stack([_met(mechanism, conditions, count) for mechanism in MECHANISMS], axis=1),
    )


def _spread(rng: np.random.Generator, count: int, name: Condition) -> Floats:
    # An even grid in random order, so that every programme of two regions or more holds
    # both kinds: otherwise what works where could not be learnt from it.
    position = (rng.permutation(count) + 0.5) / count
    return np.round(THRESHOLDS[name] + _SPREADS[name] * (2.0 * position - 1.0), 2)


def _met(mechanism: Mechanism, conditions: dict[Condition, Floats], count: int) -> Flags:
    if mechanism.condition == "":
        return np.ones(count, dtype=bool)
    return conditions[mechanism.condition] > THRESHOLDS[mechanism.condition]
