"""The truth behind a simulated programme: what an analysis of it should find."""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, exp, log, sqrt

import numpy as np
import pandas as pd

from difass_analysis.simulation.amounts import GRANT_SIGMA
from difass_analysis.simulation.draws import Flags, Floats
from difass_analysis.simulation.panel import EFFECTS, EXPORTING, GAINS, OUTCOMES, Panel
from difass_analysis.simulation.world import MECHANISMS, THRESHOLDS, World


@dataclass(frozen=True, eq=False, kw_only=True)
class Truth:
    """What was put into a simulated programme, in tidy frames.

    Attributes
    ----------
    leverage : pandas.DataFrame
        One row for each region and mechanism: ``region``, ``mechanism``, ``operations_share``
        (probability of the mechanism in the region), ``expected_public_amount`` and
        ``expected_private_amount`` (euros an operation), ``private_per_public`` (the ratio of
        the two, which a ratio of sums estimates).
    leverage_by_region : pandas.DataFrame
        The same by ``region``, over its mechanisms: ``expected_public_amount``,
        ``expected_private_amount``, ``private_per_public``.
    effects : pandas.DataFrame
        One row for each outcome, region and mechanism: ``outcome``, ``region``, ``mechanism``,
        ``effect`` (average on supported firms, from the year of support on),
        ``effect_if_additional`` (on a firm that would have done nothing without support),
        ``unit``, ``firms_count`` (supported firms in the panel). The unit is log points; for
        ``exporting`` it is the share of firms without exports that begin to export. The effect
        on ``exports_amount`` is that on firms that exported before.
    effects_by_mechanism : pandas.DataFrame
        Effects averaged over the supported firms of the panel: ``outcome``, ``mechanism``,
        ``effect``, ``unit``, ``firms_count``. Missing where the panel has no such firm.
    deadweight : pandas.DataFrame
        One row a mechanism: ``mechanism``, ``deadweight_share`` (would have done all of it
        anyway), ``partly_share``, ``nothing_share``, ``additional_share`` (nothing, plus half
        of partly: the part of ``effect_if_additional`` that is left on average).
    contexts : pandas.DataFrame
        One row a mechanism: ``mechanism``, ``works`` (``everywhere``, ``where above``,
        ``nowhere``), ``indicator`` and ``threshold`` of the table ``conditions``; the last two
        are missing where no condition decides.
    selection : float
        Weight of a firm's size in its score, against noise of weight one.
    trend_gap : float
        Growth of supported firms beyond that of others without any effect of support, log
        points a year. Unless it is 0, trends are not parallel.
    size_gap : float
        Mean log employment of the supported firms in the panel less that of the others,
        before any call: what a comparison of levels mistakes for an effect. Missing where one
        of the groups is empty.
    """

    leverage: pd.DataFrame
    leverage_by_region: pd.DataFrame
    effects: pd.DataFrame
    effects_by_mechanism: pd.DataFrame
    deadweight: pd.DataFrame
    contexts: pd.DataFrame
    selection: float
    trend_gap: float
    size_gap: float


def make_truth(
    world: World,
    panel: Panel,
    *,
    log_employment: Floats,
    selection: float,
    trend_gap: float,
) -> Truth:
    """Put the truth together; ``log_employment`` is that of the panel's firms, shape (p,)."""
    leverage = true_leverage(world)
    effects = true_effects(world, panel)
    return Truth(
        leverage=leverage,
        leverage_by_region=true_leverage_by_region(leverage),
        effects=effects,
        effects_by_mechanism=true_effects_by_mechanism(effects),
        deadweight=true_deadweight(),
        contexts=true_contexts(),
        selection=selection,
        trend_gap=trend_gap,
        size_gap=_size_gap(log_employment, panel.supported),
    )


def _size_gap(log_employment: Floats, supported: Flags) -> float:
    if supported.all() or not supported.any():
        return float("nan")
    return float(log_employment[supported].mean() - log_employment[~supported].mean())


def true_leverage(world: World) -> pd.DataFrame:
    """Return the expected private money per public euro, by region and mechanism.

    Both expectations have a closed form: the grant asked for is lognormal with median ``m``
    and spread ``s``, and ``E[min(X, cap)] = m exp(s^2/2) F(z - s) + cap (1 - F(z))`` with
    ``z = log(cap/m)/s`` and ``F`` the normal distribution function.
    """
    rows = []
    for r, place in enumerate(world.places):
        cap = world.cap_cents[r] / 100.0
        least = 100.0 / world.rate_percent[r] - 1.0
        for m, mechanism in enumerate(MECHANISMS):
            granted, wanted = _expected_grant(mechanism.median_grant, cap)
            private = granted * (least + world.excess[r, m]) + wanted - granted
            share = world.mix[r, m]
            rows.append((place.code, mechanism.name, share, granted, private, private / granted))
    columns = ["region", "mechanism", "operations_share", "expected_public_amount"]
    return pd.DataFrame(rows, columns=[*columns, "expected_private_amount", "private_per_public"])


def _expected_grant(median: float, cap: float) -> tuple[float, float]:
    """Return the expected grant under the cap, and without one."""
    z = log(cap / median) / GRANT_SIGMA
    wanted = median * exp(GRANT_SIGMA**2 / 2.0)
    granted = wanted * _normal(z - GRANT_SIGMA) + cap * (1.0 - _normal(z))
    return granted, wanted


def _normal(z: float) -> float:
    return 0.5 * (1.0 + erf(z / sqrt(2.0)))


def true_leverage_by_region(leverage: pd.DataFrame) -> pd.DataFrame:
    """Return the expected private money per public euro by region, over its mechanisms."""
    share = leverage["operations_share"]
    sums = pd.DataFrame(
        {
            "region": leverage["region"],
            "expected_public_amount": leverage["expected_public_amount"] * share,
            "expected_private_amount": leverage["expected_private_amount"] * share,
        }
    )
    sums = sums.groupby("region", sort=False, as_index=False).sum()
    ratio = sums["expected_private_amount"] / sums["expected_public_amount"]
    return sums.assign(private_per_public=ratio)


def true_effects(world: World, panel: Panel) -> pd.DataFrame:
    """Return the average effect on supported firms by region, mechanism and outcome."""
    additional = np.array([_additional_share(m) for m in range(len(MECHANISMS))])
    unit = ["log points"] * len(OUTCOMES) + ["share of firms without exports"]
    size = np.column_stack([EFFECTS, EXPORTING])
    shape = (len(world.places), len(MECHANISMS))
    followed = np.zeros(shape, dtype=np.int64)
    seen = panel.supported
    np.add.at(followed, (panel.region[seen], panel.mechanism[seen]), 1)
    frames = [
        pd.DataFrame(
            {
                "outcome": name,
                "region": np.repeat(world.codes, shape[1]),
                "mechanism": [one.name for one in MECHANISMS] * shape[0],
                "effect": (world.works * size[:, k] * additional).ravel(),
                "effect_if_additional": (world.works * size[:, k]).ravel(),
                "unit": unit[k],
                "firms_count": followed.ravel(),
            }
        )
        for k, name in enumerate([*OUTCOMES, "exporting"])
    ]
    return pd.concat(frames, ignore_index=True)


def _additional_share(mechanism: int) -> float:
    one = MECHANISMS[mechanism]
    shares = {"yes": one.anyway, "partly": one.partly, "no": 1.0 - one.anyway - one.partly}
    return sum(share * GAINS[answer] for answer, share in shares.items())


def true_effects_by_mechanism(effects: pd.DataFrame) -> pd.DataFrame:
    """Return effects by mechanism and outcome, averaged over the supported firms followed."""
    weighted = effects.assign(effect=effects["effect"] * effects["firms_count"])
    keys = ["outcome", "mechanism", "unit"]
    sums = weighted.groupby(keys, sort=False, as_index=False)[["effect", "firms_count"]].sum()
    known = sums["firms_count"].where(sums["firms_count"] > 0)
    return sums.assign(effect=sums["effect"] / known)[
        ["outcome", "mechanism", "effect", "unit", "firms_count"]
    ]


def true_deadweight() -> pd.DataFrame:
    """Return by mechanism what supported firms would have done without support, as shares."""
    return pd.DataFrame(
        {
            "mechanism": [one.name for one in MECHANISMS],
            "deadweight_share": [one.anyway for one in MECHANISMS],
            "partly_share": [one.partly for one in MECHANISMS],
            "nothing_share": [1.0 - one.anyway - one.partly for one in MECHANISMS],
            "additional_share": [_additional_share(m) for m in range(len(MECHANISMS))],
        }
    )


def true_contexts() -> pd.DataFrame:
    """Return by mechanism the framework condition that decides whether it works."""
    rows: list[tuple[str, str, str | None, float]] = []
    for one, effects in zip(MECHANISMS, EFFECTS, strict=True):
        if not effects.any():
            rows.append((one.name, "nowhere", None, float("nan")))
        elif one.condition == "":
            rows.append((one.name, "everywhere", None, float("nan")))
        else:
            rows.append((one.name, "where above", one.condition, THRESHOLDS[one.condition]))
    return pd.DataFrame(rows, columns=["mechanism", "works", "indicator", "threshold"])
