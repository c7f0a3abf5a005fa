"""A gap between two ratios of sums, taken apart exactly, with the derivative of every part.

Cells are the categories of one or several columns. A ratio is ``R = sum_c s_c r_c`` with
``s_c = x_c / x`` and ``r_c = y_c / x_c``. Over m columns the share of a cell is a product of m
factors, one a column, each the weighted geometric mean of the column's share within the other
columns, over all orders in which the columns can be nested::

    f_j(c) = prod over S of (X[c, S + j] / X[c, S]) ** w(|S|),
    w(s) = s! (m - 1 - s)! / m!,

where S runs over the sets of other columns and ``X[c, S]`` is the denominator of all cells that
agree with c on S. Their product is ``s_c``. The gap of a cell is then a difference of two products
of m + 1 factors (the last one is the rate), and the effect of factor j is the average of its change
over all orders in which factors pass from one side to the other (its Shapley value)::

    effect_j(c) = (f1_j - f0_j) * sum over T of v(|T|) prod_{i in T} f1_i prod_{i not in T} f0_i,
    v(t) = t! (m - t)! / (m + 1)!,

T running over the sets of other factors. With one column this is Kitagawa's form.

Sources: Kitagawa (1955), Journal of the American Statistical Association 50(272), 1168-1194;
Das Gupta (1993), Standardization and Decomposition of Rates, US Bureau of the Census, P23-186.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, product
from math import factorial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.inference import Array

Margins = Mapping[tuple[int, ...], Array]


@dataclass(frozen=True, eq=False, kw_only=True)
class Sums:
    """Numerator and denominator of one side by category, arrays of shape (categories,)."""

    y: Array
    x: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class Parts:
    """The gap by part and category.

    ``effects`` has the shape (m + 4, categories): composition by each of m columns, rate, found
    here only, found there only, numerator without denominator; cells to which a part does not
    apply hold 0. ``here`` and ``there`` are its derivatives by the side's ``y`` and ``x``, of
    shape (m + 4, categories, 2 categories). ``both`` says which categories are compared.
    """

    effects: Array
    both: NDArray[np.bool_]
    here: Array
    there: Array


def margins_of(categories: pd.DataFrame) -> Margins:
    """For each set of columns, which categories agree on it: matrices of 0 and 1."""
    size, columns = len(categories), len(categories.columns)
    codes = np.zeros((size, columns), dtype=int)
    for place, name in enumerate(categories.columns):
        codes[:, place] = pd.factorize(categories[name], use_na_sentinel=False)[0]
    return {
        chosen: (codes[:, None, list(chosen)] == codes[None, :, list(chosen)])
        .all(axis=2)
        .astype(float)
        for count in range(columns + 1)
        for chosen in combinations(range(columns), count)
    }


def gap_parts(here: Sums, there: Sums, margins: Margins, *, derive: bool = True) -> Parts:
    """Take the gap of two ratios of sums apart.

    Parameters
    ----------
    here, there : Sums
        The two sides; the denominators of both add up to more than zero.
    margins : mapping
        What :func:`margins_of` says of the categories.
    derive : bool
        Whether derivatives are wanted; they are empty otherwise.

    Examples
    --------
    >>> sides = [Sums(y=np.array(y), x=np.array(x)) for y, x in
    ...          [([30.0, 40.0], [60.0, 40.0]), ([8.0, 48.0], [20.0, 80.0])]]
    >>> parts = gap_parts(*sides, margins_of(pd.DataFrame({"mechanism": ["a", "b"]})))
    >>> parts.effects[:2].round(3).tolist()
    [[0.18, -0.32], [0.04, 0.24]]
    """
    columns = max(map(len, margins))
    sides = (there, here)
    both = np.logical_and(*(_is_compared(side, margins) for side in sides))
    factors = [_factors(side, margins, both) for side in sides]
    effects = np.zeros((columns + 4, len(both)))
    slopes = np.zeros((columns + 1, columns + 1, 2, len(both)))
    for passed in product((0, 1), repeat=columns + 1):
        for j, weight in enumerate(_weights(passed)):
            effects[j] += weight * both * _product(factors, passed)
            for i in range(columns + 1):
                slopes[j, i, passed[i]] += weight * both * _product(factors, passed, without=i)
    lone = [np.where(both, 0.0, side.y / side.x.sum()) for side in sides]
    for place, sign, row in ((1, 1.0, -3), (0, -1.0, -2)):
        has = sides[place].x > 0
        effects[row] += np.where(has, sign * lone[place], 0.0)
        effects[-1] += np.where(has, 0.0, sign * lone[place])
    if not derive:
        none = np.zeros((0, 0, 0))
        return Parts(effects=effects, both=both, here=none, there=none)
    derivatives = [
        _derivatives(
            sides[place], factors[place], slopes[:, :, place], margins, both, 2 * place - 1
        )
        for place in (0, 1)
    ]
    return Parts(effects=effects, both=both, there=derivatives[0], here=derivatives[1])


def _is_compared(side: Sums, margins: Margins) -> NDArray[np.bool_]:
    """Categories whose share and rate are defined: all denominators involved are above zero."""
    return np.logical_and.reduce([side.x > 0, *(agree @ side.x > 0 for agree in margins.values())])


def _nestings(column: int, margins: Margins) -> list[tuple[float, tuple[int, ...]]]:
    """Weight of every set of other columns within which a column's share is taken."""
    columns = max(map(len, margins))
    return [
        (factorial(len(s)) * factorial(columns - 1 - len(s)) / factorial(columns), s)
        for s in margins
        if column not in s
    ]


def _factors(side: Sums, margins: Margins, both: NDArray[np.bool_]) -> Array:
    """Share factors and the rate, (m + 1, categories); 1 where a category is not compared."""
    columns = max(map(len, margins))
    logs = {s: np.log(np.where(both, agree @ side.x, 1.0)) for s, agree in margins.items()}
    shares = [
        np.exp(
            sum(
                weight * (logs[tuple(sorted((*s, j)))] - logs[s])
                for weight, s in _nestings(j, margins)
            )
        )
        for j in range(columns)
    ]
    return np.array([*shares, np.where(both, side.y, 1.0) / np.where(both, side.x, 1.0)])


def _weights(passed: tuple[int, ...]) -> list[float]:
    """Weight of one product of factors in the effect of each factor."""
    count, result = len(passed), []
    for is_passed in passed:
        others = sum(passed) - is_passed
        weight = factorial(others) * factorial(count - 1 - others) / factorial(count)
        result.append(weight if is_passed else -weight)
    return result


def _product(factors: list[Array], passed: tuple[int, ...], *, without: int = -1) -> Array:
    chosen = [factors[side][i] for i, side in enumerate(passed) if i != without]
    return np.multiply.reduce(chosen) if chosen else np.ones_like(factors[0][0])


def _derivatives(
    side: Sums,
    factors: Array,
    slopes: Array,
    margins: Margins,
    both: NDArray[np.bool_],
    sign: int,
) -> Array:
    """Derivatives of all parts by one side's sums: (m + 4, categories, 2 categories)."""
    size, columns = len(both), slopes.shape[0] - 1
    result = np.zeros((columns + 4, size, 2 * size))
    by_y, by_x = result[:, :, :size], result[:, :, size:]
    own = np.arange(size)
    x = np.where(both, side.x, 1.0)
    by_y[: columns + 1, own, own] = slopes[:, columns] / x
    by_x[: columns + 1, own, own] = -slopes[:, columns] * factors[columns] / x
    for i in range(columns):
        by_x[: columns + 1] += slopes[:, i, :, None] * (
            factors[i][:, None] * _logs(i, side, margins, both)
        )
    total, has = side.x.sum(), side.x > 0
    for row, applies in ((-3 if sign > 0 else -2, has & ~both), (-1, ~has & ~both)):
        scale = np.where(applies, sign / total, 0.0)
        by_y[row, own, own] += scale
        by_x[row] -= (scale * side.y / total)[:, None]
    return result


def _logs(column: int, side: Sums, margins: Margins, both: NDArray[np.bool_]) -> Array:
    """Derivative of the logarithm of a share factor by the denominators of all categories."""
    slope = {
        s: agree / np.where(both, agree @ side.x, 1.0)[:, None] for s, agree in margins.items()
    }
    return sum(
        (
            weight * (slope[tuple(sorted((*s, column)))] - slope[s])
            for weight, s in _nestings(column, margins)
        ),
        start=np.zeros((len(both), len(both))),
    )
