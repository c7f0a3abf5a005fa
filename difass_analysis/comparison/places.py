"""Confidence sets for ranks, by step-down tests of all pairs of units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from difass_analysis.comparison.model import check_level
from difass_analysis.display.rank_plots import ordinal
from difass_analysis.errors import UsageError
from difass_analysis.inference import Array

Bools = NDArray[np.bool_]
Counts = NDArray[np.int64]

_CHUNK = 1_000  # draws worked on at a time, so that they stay in the cache


def rank_sets(
    estimates: ArrayLike,
    covariance_or_se: ArrayLike,
    *,
    level: float = 0.95,
    higher_is_better: bool = True,
    simultaneous: bool = True,
    degrees: ArrayLike | None = None,
    draws: int = 20_000,
    seed: int = 1,
) -> pd.DataFrame:
    """Ranks with their confidence sets: which places are compatible with the data?

    Parameters
    ----------
    estimates : array of shape (units,)
        Estimates that are ranked; a missing one is not ranked and does not count.
    covariance_or_se : array of shape (units, units) or (units,)
        Their covariance matrix, or their standard errors if they are independent.
    level : float
        Level of the sets.
    higher_is_better : bool
        Whether rank 1 is the largest estimate.
    simultaneous : bool
        Whether the sets hold for all units at once, or each for its unit alone.
    degrees : array of shape (units,), optional
        Degrees of freedom of each standard error; a difference is then judged by Student's t
        instead of the normal, so that a unit with few observations is not taken for sure.
    draws : int
        Draws from the approximate distribution of the estimates.
    seed : int
        Seed of the draws.

    Returns
    -------
    pandas.DataFrame
        One row a unit: ``rank`` (1 + the number of better estimates, so that ties share the
        better place), ``lower`` and ``upper`` (best and worst place in the set), ``set`` (in
        words). Missing where the estimate or its error is.

    Raises
    ------
    UsageError
        When sizes do not agree, an error is negative, or level or draws are out of range.

    Notes
    -----
    For every ordered pair of units the hypothesis that the first is not better is tested with
    the studentised difference. The critical value is the quantile of the largest statistic
    among the pairs not yet rejected, found by simulation, and pairs are rejected step by step
    until no more are. ``lower`` is 1 + the number of units shown to be better, ``upper`` the
    number of units minus those shown to be worse.

    Source: Mogstad, Romano, Shaikh and Wilhelm (2024), Review of Economic Studies 91(1),
    476-518 (step-down, normal approximation).

    Examples
    --------
    >>> rank_sets([3.0, 1.0, 1.1], [0.1, 0.1, 0.1])["set"].tolist()
    ['1st of 3', '2nd to 3rd of 3', '2nd to 3rd of 3']
    """
    check_level(level)
    values, covariance, freedom = _checked(estimates, covariance_or_se, degrees, draws)
    usable = np.flatnonzero(~np.isnan(values) & ~np.isnan(np.diag(covariance)))
    sign = 1.0 if higher_is_better else -1.0
    pairs = _Pairs.of(
        sign * values[usable],
        covariance[np.ix_(usable, usable)],
        degrees=freedom[usable],
        draws=draws,
        seed=seed,
    )
    better, worse = _all_at_once(pairs, level) if simultaneous else _each_alone(pairs, level)
    count = len(usable)
    ranks = 1 + (pairs.estimates[:, None] < pairs.estimates).sum(axis=1)
    lower, upper = 1 + better, count - worse
    placed = pd.DataFrame({"rank": ranks, "lower": lower, "upper": upper}, index=usable)
    frame = placed.astype("Int64").reindex(range(len(values)))
    words = [""] * len(values)
    for row, first, last in zip(usable, lower, upper, strict=True):
        words[row] = _in_words(first, last, count)
    return frame.assign(set=pd.Series(words, dtype="str"))


def _in_words(first: int, last: int, count: int) -> str:
    places = ordinal(first) if first == last else f"{ordinal(first)} to {ordinal(last)}"
    return f"{places} of {count}"


def _checked(
    estimates: ArrayLike, covariance_or_se: ArrayLike, degrees: ArrayLike | None, draws: int
) -> tuple[Array, Array, Array]:
    values = np.asarray(estimates, dtype=float)
    given = np.asarray(covariance_or_se, dtype=float)
    freedom = np.full(values.shape, np.inf)
    if degrees is not None:
        freedom = np.asarray(degrees, dtype=float)
    if values.ndim != 1 or given.shape not in (values.shape, values.shape * 2):
        raise UsageError(
            f"{values.shape} estimates do not go with errors of shape {given.shape}.",
            todo="Give one standard error a unit, or a square covariance matrix.",
        )
    if freedom.shape != values.shape or draws < 1:
        raise UsageError("degrees need one entry a unit, and draws must be 1 or more.")
    covariance = np.diag(given**2) if given.ndim == 1 else given
    if (np.diag(covariance) < 0).any() or (given.ndim == 1 and (given < 0).any()):
        raise UsageError("A standard error or a variance is negative.")
    return values, covariance, freedom


@dataclass(frozen=True, eq=False, kw_only=True)
class _Pairs:
    """Studentised differences of all ordered pairs of units, and draws of the estimates.

    ``statistic[j, k]`` is (estimate j - estimate k) times ``weight[j, k]``, one over its error;
    ``noise`` holds the draws in chunks of shape (units, draws).
    """

    estimates: Array
    statistic: Array
    weight: NDArray[np.float32]
    noise: tuple[NDArray[np.float32], ...]

    @classmethod
    def of(
        cls, estimates: Array, covariance: Array, *, degrees: Array, draws: int, seed: int
    ) -> _Pairs:
        variances = np.diag(covariance)
        squares = variances[:, None] + variances - 2 * covariance
        # Two units without any noise between them: their order is what it is.
        rounding = 1e-14 * (variances[:, None] + variances)
        error = np.where(squares > rounding, np.sqrt(np.maximum(squares, 0.0)), np.inf)
        gap = estimates[:, None] - estimates
        known = np.where(gap != 0, np.copysign(np.inf, gap), 0.0)
        statistic = _as_normal(gap / error, variances, degrees)
        statistic = np.where(np.isinf(error), known, statistic)
        return cls(
            estimates=estimates,
            statistic=statistic,
            weight=(1 / error).astype(np.float32),
            noise=tuple(_draws(covariance, draws, np.random.default_rng(seed))),
        )


def _as_normal(statistic: Array, variances: Array, degrees: Array) -> Array:
    """Normal statistics that are as unlikely as these are by Student's t.

    The degrees of freedom of a difference are Satterthwaite's. Pairs with few observations so
    need a larger difference, and the critical value of the other pairs stays what it is.
    """
    weight = variances[:, None] + variances
    share = variances**2 / degrees
    with np.errstate(divide="ignore", invalid="ignore"):
        pair = weight**2 / (share[:, None] + share)
    small = np.isfinite(pair)
    tail = special.stdtr(np.where(small, pair, 1.0), -np.abs(statistic))
    return np.where(small, np.copysign(-special.ndtri(tail), statistic), statistic)


def _draws(
    covariance: Array, draws: int, generator: np.random.Generator
) -> Iterator[NDArray[np.float32]]:
    """Draw the errors of all estimates, some draws at a time."""
    roots, vectors = np.linalg.eigh(covariance)
    half = vectors * np.sqrt(np.maximum(roots, 0.0))
    for start in range(0, draws, _CHUNK):
        count = min(_CHUNK, draws - start)
        yield (half @ generator.standard_normal((len(half), count))).astype(np.float32)


def _all_at_once(pairs: _Pairs, level: float) -> tuple[Counts, Counts]:
    """How many units are shown to be better and worse than each; one family of all pairs."""
    count = len(pairs.estimates)
    apart = ~np.eye(count, dtype=bool)
    open_ = apart.copy()
    while open_.any():
        largest = np.concatenate([_largest(pairs, noise, open_) for noise in pairs.noise])
        rejected = open_ & (pairs.statistic > _critical(largest, level))
        if not rejected.any():
            break
        open_ &= ~rejected
    wins = apart & ~open_
    return wins.sum(axis=0), wins.sum(axis=1)


def _largest(pairs: _Pairs, noise: NDArray[np.float32], open_: Bools) -> NDArray[np.float32]:
    """Largest statistic of each draw among the ordered pairs that are still open."""
    largest = np.full(noise.shape[1], -np.inf, dtype=np.float32)
    for unit in range(len(noise) - 1):
        after = slice(unit + 1, None)
        drawn = (noise[unit] - noise[after]) * pairs.weight[unit, after, None]
        _raise_to(largest, drawn, open_[unit, after], open_[after, unit])
    return largest


def _raise_to(
    largest: NDArray[np.float32], drawn: NDArray[np.float32], first: Bools, second: Bools
) -> None:
    """Raise the largest statistics to those drawn, and to their negatives, where open."""
    if first.any():
        rows = drawn if first.all() else drawn[first]
        np.maximum(largest, rows.max(axis=0), out=largest)
    if second.any():
        rows = drawn if second.all() else drawn[second]
        np.maximum(largest, -rows.min(axis=0), out=largest)


def _critical(largest: NDArray[np.float32], level: float) -> float:
    """Quantile of the largest statistic; never below 0, or an order could be turned round."""
    return max(float(np.quantile(largest, level)), 0.0)


def _each_alone(pairs: _Pairs, level: float) -> tuple[Counts, Counts]:
    """How many units are shown to be better and worse than each; one family for each unit."""
    places = [_one_alone(pairs, level, unit) for unit in range(len(pairs.estimates))]
    better, worse = np.array(places, dtype=np.int64).reshape(-1, 2).T
    return better, worse


def _one_alone(pairs: _Pairs, level: float, unit: int) -> tuple[int, int]:
    others = np.arange(len(pairs.estimates)) != unit
    statistic = pairs.statistic[unit, others]
    weight = pairs.weight[unit, others, None]
    wins, losses = np.zeros((2, len(statistic)), dtype=bool)
    while not (wins.all() and losses.all()):
        parts = []
        for noise in pairs.noise:
            parts.append(np.full(noise.shape[1], -np.inf, dtype=np.float32))
            drawn = (noise[unit] - noise[others]) * weight
            _raise_to(parts[-1], drawn, ~wins, ~losses)
        critical = _critical(np.concatenate(parts), level)
        won, lost = ~wins & (statistic > critical), ~losses & (-statistic > critical)
        if not (won | lost).any():
            break
        wins, losses = wins | won, losses | lost
    return int(losses.sum()), int(wins.sum())
