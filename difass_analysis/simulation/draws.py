"""Random streams, keys of rows, and the exact division of whole cents."""

from __future__ import annotations

import zlib
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Days: TypeAlias = npt.NDArray[np.datetime64]


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the random stream of one part of the simulation.

    The stream is the child of ``seed`` whose spawn key follows from ``name``, so that a part
    added later leaves the numbers of all others as they were.

    Parameters
    ----------
    seed : int
        Seed of the whole simulation, not negative.
    name : str
        Name of the part.

    Examples
    --------
    >>> float(stream(1, "firms").random()) == float(stream(1, "firms").random())
    True
    >>> float(stream(1, "firms").random()) == float(stream(1, "money").random())
    False
    """
    key = zlib.crc32(name.encode())
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(key,)))


def keys(prefix: str, count: int, *, digits: int = 7) -> pd.Series[Any]:
    """Return ``count`` keys of rows, numbered from 1 and padded so that text sorts as numbers.

    Examples
    --------
    >>> keys("B", 2, digits=3).to_list()
    ['B001', 'B002']
    """
    numbers = pd.Series(np.arange(1, count + 1)).astype("str").str.zfill(digits)
    return prefix + numbers


def labels(names: list[str], index: Ints) -> pd.Series[Any]:
    """Return one text for each row, given the position of each row's name in ``names``."""
    return pd.Series(names, dtype="str").take(index).reset_index(drop=True)


def new_year(years: Ints) -> Days:
    """Return the first day of each year."""
    return (years - 1970).astype("datetime64[Y]").astype("datetime64[D]")


def euros(cents: Ints) -> Floats:
    """Return whole cents as amounts of money, each the nearest float to its two decimals."""
    return cents / 100.0


def apportion(total: Ints, parts: Ints) -> Ints:
    """Split each row's total in proportion to its parts, in whole cents that add up to it.

    Parameters
    ----------
    total : numpy.ndarray of int, shape (n,)
        Cents to be split.
    parts : numpy.ndarray of int, shape (n, k)
        Weights, not negative. No share exceeds its part where the total does not exceed
        the sum of parts. A row of zeros gets zeros.

    Returns
    -------
    numpy.ndarray of int, shape (n, k)

    Examples
    --------
    >>> apportion(np.array([100]), np.array([[1, 1, 1]])).tolist()
    [[33, 33, 34]]
    """
    upto = np.cumsum(parts, axis=1)
    whole = np.maximum(upto[:, -1:], 1)
    return np.diff(total[:, None] * upto // whole, axis=1, prepend=0)


def apportion_groups(total: Ints, sizes: Ints, weights: Ints) -> Ints:
    """Split each group's total among its members, in whole cents that add up to it.

    Parameters
    ----------
    total : numpy.ndarray of int, shape (groups,)
        Cents to be split.
    sizes : numpy.ndarray of int, shape (groups,)
        Members of each group, at least one.
    weights : numpy.ndarray of int, shape (members,)
        Weights of the members, group after group, at least one each.

    Returns
    -------
    numpy.ndarray of int, shape (members,)

    Examples
    --------
    >>> apportion_groups(np.array([10, 7]), np.array([3, 1]), np.array([1, 1, 1, 5])).tolist()
    [3, 3, 4, 7]
    """
    last = np.cumsum(sizes)
    first = last - sizes
    running = np.cumsum(weights)
    before = running[first] - weights[first]
    upto = running - np.repeat(before, sizes)
    whole = running[last - 1] - before
    share = np.repeat(total, sizes) * upto // np.repeat(whole, sizes)
    result = np.diff(share, prepend=0)
    result[first] = share[first]
    return result
