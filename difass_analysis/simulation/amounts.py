"""The money of operations: who pays how much, within rate and cap, in whole cents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from difass_analysis.simulation.draws import (
    Flags,
    Floats,
    Ints,
    apportion,
    apportion_groups,
    euros,
    stream,
)
from difass_analysis.simulation.support import Operations
from difass_analysis.simulation.world import MECHANISMS, World

# Spread of the log of the grant asked for, the same for all mechanisms.
GRANT_SIGMA = 0.7
_SMALLEST_CENTS = 500_00
SOURCES = [
    "eu",
    "national_public",
    "regional_public",
    "promotional_bank",
    "private_intermediary",
    "private_final_recipient",
]
_PUBLIC_SOURCES = 4
_REPAYABLE = np.array([one.support_form == "financial_instrument" for one in MECHANISMS])


@dataclass(frozen=True, eq=False, kw_only=True)
class Amounts:
    """Money of n operations in whole cents, each array of shape (n,) unless it says otherwise.

    Attributes
    ----------
    public, eu, private, total, eligible, paid : numpy.ndarray of int
        As the columns of these names; ``paid`` is public money.
    committed_by_source, paid_by_source : numpy.ndarray of int, shape (n, 6)
        The same money by source, in the order of ``SOURCES``.
    repayable : numpy.ndarray of bool
        Whether money from all but the final recipient is to be paid back.
    completed : numpy.ndarray of bool
        Whether the operation ended before the end of the last year of calls.
    """

    public: Ints
    eu: Ints
    private: Ints
    total: Ints
    eligible: Ints
    paid: Ints
    committed_by_source: Ints
    paid_by_source: Ints
    repayable: Flags
    completed: Flags


def draw_amounts(world: World, operations: Operations, *, completed: Flags) -> Amounts:
    """Draw the money of every operation.

    The grant is what was asked for, up to the cap. Private money is the least that the aid
    rate needs, an excess with the mean of the region and the mechanism, and all that was
    asked for beyond the cap; so larger operations show more of it per euro of public money.
    """
    rng = stream(world.seed, "amounts")
    region, count = operations.region, len(operations.region)
    wanted = _wanted(rng, operations)
    public = np.minimum(wanted, world.cap_cents[region])
    # Rounded up: at the least eligible cost the rate still covers the grant.
    least = -(-public * 100 // world.rate_percent[region])
    excess = world.excess[region, operations.mechanism] * rng.gamma(4.0, 0.25, count)
    private = least - public + np.rint(public * excess).astype(np.int64) + wanted - public
    beyond = public + private - least
    eu = public * world.eu_percent[region] // 100
    paid = np.floor(public * _paid_share(rng, completed)).astype(np.int64)
    repayable = _REPAYABLE[operations.mechanism]
    committed = _by_source(world, region, repayable=repayable, public=public, private=private)
    return Amounts(
        public=public,
        eu=eu,
        private=private,
        total=public + private,
        eligible=least + np.floor(beyond * rng.beta(3.0, 1.0, count)).astype(np.int64),
        paid=paid,
        committed_by_source=committed,
        paid_by_source=_paid_by_source(committed, paid),
        repayable=repayable,
        completed=completed,
    )


def _wanted(rng: np.random.Generator, operations: Operations) -> Ints:
    median = np.array([one.median_grant for one in MECHANISMS])[operations.mechanism]
    asked = median * np.exp(GRANT_SIGMA * rng.standard_normal(len(median)))
    return np.maximum(np.rint(asked * 100.0).astype(np.int64), _SMALLEST_CENTS)


def _paid_share(rng: np.random.Generator, completed: Flags) -> Floats:
    count = len(completed)
    cut = np.where(rng.random(count) < 0.7, 0.0, rng.uniform(0.0, 0.15, count))
    return np.where(completed, 1.0 - cut, rng.uniform(0.1, 0.8, count))


def _by_source(
    world: World, region: Ints, *, repayable: Flags, public: Ints, private: Ints
) -> Ints:
    """Split money over ``SOURCES``: only funds have a promotional bank and an intermediary."""
    eu = public * world.eu_percent[region] // 100
    rest = public - eu
    bank = np.where(repayable, rest * 40 // 100, 0)
    regional = np.where(repayable, 0, rest * world.regional_percent[region] // 100)
    intermediary = np.where(repayable, private // 2, 0)
    parts = [eu, rest - bank - regional, regional, bank, intermediary, private - intermediary]
    return np.stack(parts, axis=1)


def _paid_by_source(committed: Ints, paid: Ints) -> Ints:
    """Pay all sources in step with the public money paid."""
    public, private = committed[:, :_PUBLIC_SOURCES], committed[:, _PUBLIC_SOURCES:]
    private_paid = private.sum(axis=1) * paid // public.sum(axis=1)
    return np.hstack([apportion(paid, public), apportion(private_paid, private)])


def funding_frame(amounts: Amounts, operation_ids: pd.Series) -> pd.DataFrame:
    """Return the table ``funding``: one row for each source that gives anything."""
    row, source = np.nonzero(amounts.committed_by_source)
    from_recipient = source == SOURCES.index("private_final_recipient")
    return pd.DataFrame(
        {
            "operation_id": operation_ids.take(row).reset_index(drop=True),
            "source_type": pd.Series(SOURCES, dtype="str").take(source).reset_index(drop=True),
            "reimbursable": amounts.repayable[row] & ~from_recipient,
            "committed_amount": euros(amounts.committed_by_source[row, source]),
            "paid_amount": euros(amounts.paid_by_source[row, source]),
        }
    )


def share_out(world: World, operations: Operations, amounts: Amounts) -> Ints:
    """Return the public cents that reach each participation, adding up to the operation's."""
    rng = stream(world.seed, "participations")
    weights = rng.integers(100, 1000, int(operations.smes.sum()))
    return apportion_groups(amounts.public, operations.smes, weights)
