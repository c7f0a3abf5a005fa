"""How much groups differ beyond chance, and what each is worth when it borrows from all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from difass_analysis.comparison.model import check_level
from difass_analysis.errors import UsageError, one_of
from difass_analysis.inference import Array

Method = Literal["PM", "REML", "DL"]

METHODS = {"PM": "Paule-Mandel", "REML": "REML", "DL": "DerSimonian-Laird"}
_STEPS = 10_000
_TOLERANCE = 1e-13
_NAN = float("nan")

FEW_UNITS = 3


@dataclass(frozen=True, eq=False, kw_only=True)
class Heterogeneity:
    """Random-effects summary of estimates that do not all have the same true value.

    Attributes
    ----------
    k : int
        Units with an estimate and an error.
    q, df, p : float
        Cochran's Q, its degrees of freedom, and the p value of "all true values are equal".
    i2_share : float
        Share of the variation of the estimates that is not chance, 0 to 1.
    tau2, tau2_lower, tau2_upper : float
        Variance of the true values, in squared units of the estimates, and its Q-profile
        interval.
    mean, se, lower, upper : float
        Mean of the true values, its error and interval.
    prediction_lower, prediction_upper : float
        Where the true value of a further unit would lie.
    level : float
        Level of the intervals.
    method : str
        How ``tau2`` was estimated, and the error of the mean.
    units : pandas.DataFrame
        One row for each estimate given: ``value``, ``se``, ``weight_share`` (in the mean),
        ``shrunken`` (empirical-Bayes estimate), ``shrunken_se``, ``shrunken_lower``,
        ``shrunken_upper``; missing where the estimate or its error is.
    note : str
        What is undefined or unsure, and why.
    """

    k: int
    q: float
    df: int
    p: float
    i2_share: float
    tau2: float
    tau2_lower: float
    tau2_upper: float
    mean: float
    se: float
    lower: float
    upper: float
    prediction_lower: float
    prediction_upper: float
    level: float
    method: str
    units: pd.DataFrame
    note: str


def heterogeneity(
    estimates: ArrayLike,
    se: ArrayLike,
    *,
    method: Method = "PM",
    level: float = 0.95,
    knapp_hartung: bool = False,
) -> Heterogeneity:
    """Separate true differences between independent estimates from chance.

    Do the regions differ at all, by how much, and what is a region's own value worth?

    Parameters
    ----------
    estimates : array of shape (units,)
        One estimate a unit; a missing one is left out.
    se : array of shape (units,)
        Standard errors, above zero; missing ones leave the unit out.
    method : {"PM", "REML", "DL"}
        Estimator of the variance of the true values: Paule-Mandel (no assumption of normality),
        restricted maximum likelihood, or DerSimonian-Laird.
    level : float
        Level of the intervals.
    knapp_hartung : bool
        Whether the mean's error is taken from the spread of the estimates, with Student's t;
        better with few units. It is never made smaller than the normal error. Without it the
        interval is normal.

    Returns
    -------
    Heterogeneity
        With one unit only the unit's own value; everything about differences is NaN and
        ``note`` says so.

    Raises
    ------
    UsageError
        When sizes do not agree, an error is not above zero, or an option is not offered.

    Notes
    -----
    Estimate i is normal around its true value with variance ``se_i^2``, and true values have
    mean and variance tau2. ``Q = sum w (y - mean)^2`` with ``w = 1 / se^2``; Paule-Mandel solves
    ``Q(tau2) = k - 1`` with ``w = 1 / (se^2 + tau2)``, and the Q-profile interval solves it for
    quantiles of chi-squared. ``I2 = tau2 / (tau2 + s2)`` with the typical variance
    ``s2 = (k - 1) sum w / ((sum w)^2 - sum w^2)``. Shrunken: ``mean + B (y - mean)`` with
    ``B = tau2 / (tau2 + se^2)`` and variance ``B se^2 + (1 - B)^2 var(mean)``. Prediction:
    ``mean +- z sqrt(tau2 + var(mean))``; with Knapp and Hartung t of k - 1 instead of z.

    Sources: Cochran (1954), Biometrics 10(1), 101-129; DerSimonian and Laird (1986), Controlled
    Clinical Trials 7(3), 177-188; Paule and Mandel (1982), Journal of Research of the National
    Bureau of Standards 87(5), 377-385; Viechtbauer (2005), Journal of Educational and Behavioral
    Statistics 30(3), 261-293 (REML), and (2007), Statistics in Medicine 26(1), 37-52
    (Q-profile); Higgins and Thompson (2002), Statistics in Medicine 21(11), 1539-1558 (I2);
    Knapp and Hartung (2003), Statistics in Medicine 22(17), 2693-2710; Röver, Knapp and Friede
    (2015), BMC Medical Research Methodology 15, 99 (never smaller); Raudenbush and Bryk
    (1985), Journal of Educational Statistics 10(2), 75-98 (shrinkage).

    Examples
    --------
    >>> found = heterogeneity([1.0, 2.0, 6.0], [1.0, 1.0, 1.0])
    >>> found.q, round(found.tau2, 6), found.mean
    (14.0, 6.0, 3.0)
    >>> found.units["shrunken"].round(3).tolist()
    [1.286, 2.143, 5.571]
    """
    check_level(level)
    if method not in METHODS:
        raise one_of("method", str(method), list(METHODS))
    y, v = _checked(estimates, se)
    known = ~np.isnan(y) & ~np.isnan(v)
    k = int(known.sum())
    if k < 2:
        return _too_few(y, v, known, level=level)
    values, variances = y[known], v[known]
    q, _ = _q(values, variances, 0.0)
    tau2 = ESTIMATORS[method](values, variances)
    tau2_lower, tau2_upper = _q_profile(values, variances, level)
    mean, error = _mean(values, variances, tau2, knapp_hartung=knapp_hartung)
    tail = 0.5 + level / 2
    quantile = float(special.stdtrit(k - 1, tail) if knapp_hartung else special.ndtri(tail))
    reach = quantile * float(np.sqrt(tau2 + error**2))
    few = f"Only {k} units: the variance between them is hardly known." if k < FEW_UNITS else ""
    return Heterogeneity(
        k=k,
        q=q,
        df=k - 1,
        p=float(special.chdtrc(k - 1, q)),
        i2_share=_not_chance(variances, tau2),
        tau2=tau2,
        tau2_lower=tau2_lower,
        tau2_upper=tau2_upper,
        mean=mean,
        se=error,
        lower=mean - quantile * error,
        upper=mean + quantile * error,
        prediction_lower=mean - reach,
        prediction_upper=mean + reach,
        level=level,
        method=f"{METHODS[method]}{', Knapp-Hartung' if knapp_hartung else ''}",
        units=_units(y, v, tau2=tau2, mean=mean, error=error, quantile=quantile),
        note=few,
    )


def _checked(estimates: ArrayLike, se: ArrayLike) -> tuple[Array, Array]:
    y, errors = np.asarray(estimates, dtype=float), np.asarray(se, dtype=float)
    if y.ndim != 1 or y.shape != errors.shape:
        raise UsageError(f"{y.shape} estimates do not go with {errors.shape} errors.")
    if (errors <= 0).any() or np.isinf(errors).any() or np.isinf(y).any():
        raise UsageError(
            "An estimate is infinite, or an error is not a number above zero.",
            todo="Leave out units whose error is not known: set it to missing.",
        )
    return y, errors**2


def _too_few(y: Array, v: Array, known: NDArray[np.bool_], *, level: float) -> Heterogeneity:
    """Return the only estimate there is, if any."""
    k = int(known.sum())
    value = float(y[known][0]) if k else _NAN
    error = float(np.sqrt(v[known][0])) if k else _NAN
    half = float(special.ndtri(0.5 + level / 2)) * error
    units = _units(y, v, tau2=_NAN, mean=value, error=error, quantile=_NAN)
    return Heterogeneity(
        k=k,
        q=_NAN,
        df=max(k - 1, 0),
        p=_NAN,
        i2_share=_NAN,
        tau2=_NAN,
        tau2_lower=_NAN,
        tau2_upper=_NAN,
        mean=value,
        se=error,
        lower=value - half,
        upper=value + half,
        prediction_lower=_NAN,
        prediction_upper=_NAN,
        level=level,
        method="none",
        units=units,
        note=f"Not defined: differences need two units with an error, and there is {k or 'none'}.",
    )


def _q(y: Array, v: Array, tau2: float) -> tuple[float, float]:
    """Generalised Q at a variance of the true values, and minus its slope there."""
    w = 1 / (v + tau2)
    squares = (y - (w @ y) / w.sum()) ** 2
    return float(w @ squares), float(w**2 @ squares)


def _solve_q(y: Array, v: Array, target: float) -> float:
    """Variance at which the generalised Q meets a target; 0 when it is below it from the start.

    Q falls and is convex in the variance, so that Newton's steps from 0 never pass the root.
    """
    tau2 = 0.0
    for _ in range(_STEPS):
        q, slope = _q(y, v, tau2)
        if slope <= 0:
            break
        step = (q - target) / slope
        tau2 = max(tau2 + step, 0.0)
        if step <= _TOLERANCE * (tau2 + float(v.min())):
            break
    return tau2


def _paule_mandel(y: Array, v: Array) -> float:
    return _solve_q(y, v, len(y) - 1)


def _dersimonian_laird(y: Array, v: Array) -> float:
    w = 1 / v
    q, _ = _q(y, v, 0.0)
    return max(0.0, (q - (len(y) - 1)) / float(w.sum() - (w @ w) / w.sum()))


def _reml(y: Array, v: Array) -> float:
    """Fisher scoring on the restricted likelihood, with steps halved where they leave it."""
    tau2 = _dersimonian_laird(y, v)
    for _ in range(_STEPS):
        w = 1 / (v + tau2)
        total = w.sum()
        _, squares = _q(y, v, tau2)
        score = squares - (total - (w @ w) / total)
        information = w @ w - 2 * np.sum(w**3) / total + (w @ w) ** 2 / total**2
        step = float(score / information)
        new = max(tau2 + step, 0.0)
        while new > 0 and _restricted(y, v, new) < _restricted(y, v, tau2) - 1e-12:
            step /= 2
            new = max(tau2 + step, 0.0)
        if abs(new - tau2) <= _TOLERANCE * (new + float(v.min())):
            return new
        tau2 = new
    return tau2


def _restricted(y: Array, v: Array, tau2: float) -> float:
    """Twice the restricted log likelihood of the variance, up to a constant."""
    w = 1 / (v + tau2)
    q, _ = _q(y, v, tau2)
    return float(np.sum(np.log(w)) - np.log(w.sum()) - q)


ESTIMATORS: dict[str, Callable[[Array, Array], float]] = {
    "PM": _paule_mandel,
    "REML": _reml,
    "DL": _dersimonian_laird,
}


def _q_profile(y: Array, v: Array, level: float) -> tuple[float, float]:
    """Interval of the variance of the true values; both ends 0 when Q is smaller than chance."""
    tail = (1 - level) / 2
    high, low = (float(special.chdtri(len(y) - 1, part)) for part in (tail, 1 - tail))
    return _solve_q(y, v, high), _solve_q(y, v, low)


def _mean(y: Array, v: Array, tau2: float, *, knapp_hartung: bool) -> tuple[float, float]:
    w = 1 / (v + tau2)
    mean = float(w @ y / w.sum())
    variance = 1 / w.sum()
    if knapp_hartung:
        variance = variance * max(float(w @ (y - mean) ** 2) / (len(y) - 1), 1.0)
    return mean, float(np.sqrt(variance))


def _not_chance(v: Array, tau2: float) -> float:
    w = 1 / v
    typical = (len(v) - 1) * w.sum() / (w.sum() ** 2 - w @ w)
    return float(tau2 / (tau2 + typical))


def _units(
    y: Array, v: Array, *, tau2: float, mean: float, error: float, quantile: float
) -> pd.DataFrame:
    """Each unit's own and shrunken estimate."""
    known = ~np.isnan(y) & ~np.isnan(v)
    w = np.where(known, 1 / (v + tau2), np.nan)
    pull = tau2 / (tau2 + v)
    shrunken = mean + pull * (y - mean)
    shrunken_se = np.sqrt(pull * v + (1 - pull) ** 2 * error**2)
    shrunken_se = np.where(known, shrunken_se, np.nan)
    return pd.DataFrame(
        {
            "value": y,
            "se": np.sqrt(v),
            "weight_share": w / np.nansum(w) if known.any() else w,
            "shrunken": shrunken,
            "shrunken_se": shrunken_se,
            "shrunken_lower": shrunken - quantile * shrunken_se,
            "shrunken_upper": shrunken + quantile * shrunken_se,
        }
    )
