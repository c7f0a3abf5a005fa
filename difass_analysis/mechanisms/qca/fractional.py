"""A logistic curve through memberships that cases were given by judgement.

Sources: Ragin, *Redesigning Social Inquiry* (2008), chapter 5 (indirect method); Papke and
Wooldridge, "Econometric methods for fractional response variables" (1996), for the estimator.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from difass_analysis.errors import InputError

_STEPS = 100
_CLOSE = 1e-12
#: A curve this steep (in standard deviations of the values) has no finite slope.
_STEEP = 30.0


def fractional_logit(
    values: NDArray[np.float64], codes: NDArray[np.float64]
) -> tuple[float, float]:
    """Return level and slope of the log-odds of membership along the values.

    Answers: which logistic curve comes nearest to the memberships that were given by judgement?
    The curve ``1 / (1 + exp(-(level + slope * value)))`` has the highest quasi-likelihood of a
    binomial share; Newton's method.

    Parameters
    ----------
    values : array of float
        What was measured, one value a case; none missing.
    codes : array of float
        Memberships between 0 and 1 given to the same cases.

    Raises
    ------
    InputError
        When fewer than three cases have a code, all have the same value or code, or a value parts
        the codes so cleanly that no curve with a finite slope fits best.

    Examples
    --------
    >>> level, slope = fractional_logit(np.array([1.0, 2.0, 3.0]), np.array([0.2, 0.5, 0.8]))
    >>> round(level, 6), round(slope, 6)
    (-2.772589, 1.386294)
    """
    if len(values) < 3 or np.ptp(values) == 0 or np.ptp(codes) == 0:
        raise InputError(
            "The codes do not say how membership changes along the values.",
            todo="Give at least three cases a code, with different codes and different values.",
        )
    centre, spread = float(values.mean()), float(values.std())
    design = np.column_stack([np.ones(len(values)), (values - centre) / spread])
    beta = np.zeros(2)
    for _ in range(_STEPS):
        fitted = expit(design @ beta)
        weights = fitted * (1 - fitted)
        information = design.T @ (design * weights[:, None])
        if abs(beta[1]) > _STEEP or np.linalg.cond(information) > 1 / _CLOSE:
            raise _too_clean()
        step = np.linalg.solve(information, design.T @ (codes - fitted))
        beta = beta + step
        if np.abs(step).max() < _CLOSE:
            slope = float(beta[1]) / spread
            return float(beta[0]) - slope * centre, slope
    raise _too_clean()


def _too_clean() -> InputError:
    return InputError(
        "One value parts the codes cleanly: the best curve would be a step.",
        todo="Use codes between 0 and 1 as well (0.2, 0.4), or give a crossover alone.",
    )
