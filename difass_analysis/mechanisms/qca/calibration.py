"""Calibration: from measured values to memberships in a set, by anchors with reasons.

Sources: Ragin, *Redesigning Social Inquiry* (2008), chapters 4-5 (direct and indirect method);
the logistic form is that of R QCA (Dusa, *QCA with R*, 2019, chapter 4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from difass_analysis.errors import InputError, UsageError, one_of

Method = Literal["direct", "crisp", "values"]

#: Membership at the anchor of inclusion; at that of exclusion it is one less this.
INCLUDED = 0.95


@dataclass(frozen=True, eq=False, kw_only=True)
class Calibration:
    """Memberships, and how they came about.

    Attributes
    ----------
    membership : pandas.Series
        One value a case, with the index given: memberships between 0 and 1, or whole numbers
        from 0 for ``values``. Missing where the value is.
    anchors : mapping of str to float
        The anchors by name.
    reasons : mapping of str to str
        Why each anchor lies where it does.
    method : str
        How the values were calibrated.
    caveats : tuple of str
        Anchors without a reason, cases at exactly 0.5, cases without a value.
    """

    membership: pd.Series
    anchors: Mapping[str, float]
    method: Method
    reasons: Mapping[str, str] = field(default_factory=dict)
    caveats: tuple[str, ...] = ()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self.membership.to_numpy(dtype=dtype)


def calibrate(
    values: Sequence[float] | pd.Series,
    *,
    exclusion: float | None = None,
    crossover: float | None = None,
    inclusion: float | None = None,
    thresholds: Sequence[float] = (),
    reasons: Mapping[str, str] | None = None,
    included: float = INCLUDED,
) -> Calibration:
    """Answer how far each case belongs to a set, by anchors that the analyst states.

    Parameters
    ----------
    values : sequence or pandas.Series of float
        What was measured, one value a case.
    exclusion, crossover, inclusion : float, optional
        Values of a case that is out, of one that is neither in nor out, and of one that is in
        (direct method, fuzzy). Inclusion below exclusion makes a falling set. Crossover alone
        makes a crisp set: 1 above it, 0 below.
    thresholds : sequence of float, optional
        Instead of anchors: borders between the values 0, 1, 2 ... of a condition with several.
    reasons : mapping of str to str, optional
        Why each anchor lies where it does, by its name; an anchor from theory or knowledge of
        cases is worth more than one from the distribution.
    included : float
        Membership at the anchor of inclusion.

    Returns
    -------
    Calibration
        A value at a border of a crisp set or of ``thresholds`` belongs to the side above.

    Raises
    ------
    UsageError
        When the anchors are not in order, or not given, or ``included`` is not above 0.5.
    InputError
        When a value is no number.

    Examples
    --------
    >>> calibrate([60, 90], exclusion=20, crossover=60, inclusion=100).membership.round(6).tolist()
    [0.5, 0.900995]
    >>> calibrate([1, 5, 9], thresholds=[3, 6]).membership.tolist()
    [0.0, 1.0, 2.0]
    """
    series = _numbers(values)
    given = {"exclusion": exclusion, "crossover": crossover, "inclusion": inclusion}
    anchors = {name: float(value) for name, value in given.items() if value is not None}
    method = _method(anchors, thresholds)
    known = series.to_numpy(dtype=np.float64)
    if method == "values":
        anchors = {f"threshold {i}": float(t) for i, t in enumerate(thresholds, start=1)}
        result = np.searchsorted(list(anchors.values()), known, side="right").astype(np.float64)
    elif method == "crisp":
        result = (known >= anchors["crossover"]).astype(np.float64)
    else:
        result = _direct(known, anchors, included)
    result[np.isnan(known)] = np.nan
    membership = pd.Series(result, index=series.index, name=series.name)
    reasons = dict(reasons or {})
    for name in reasons:
        if name not in anchors:
            raise one_of("anchor", name, list(anchors))
    return Calibration(
        membership=membership,
        anchors=anchors,
        method=method,
        reasons=reasons,
        caveats=_caveats(membership, anchors, reasons),
    )


def _numbers(values: Sequence[float] | pd.Series) -> pd.Series:
    series = values if isinstance(values, pd.Series) else pd.Series(list(values))
    numbers = pd.to_numeric(series, errors="coerce").astype("float64")
    wrong = numbers.isna() & series.notna()
    if wrong.any():
        named = ", ".join(f"{index} ({series[index]})" for index in series.index[wrong][:3])
        raise InputError(
            f"{int(wrong.sum())} values are no numbers: {named}.",
            todo="Correct them, or make them missing.",
        )
    return numbers


def _method(anchors: Mapping[str, float], thresholds: Sequence[float]) -> Method:
    if thresholds and not anchors:
        if any(b <= a for a, b in zip(thresholds, list(thresholds)[1:], strict=False)):
            raise UsageError("The thresholds do not rise.", todo="Give them from low to high.")
        return "values"
    if set(anchors) == {"crossover"} and not thresholds:
        return "crisp"
    if len(anchors) == 3 and not thresholds:
        low, middle, high = (anchors[name] for name in ("exclusion", "crossover", "inclusion"))
        if not (low < middle < high or low > middle > high):
            raise UsageError(
                f"The anchors {low:g}, {middle:g}, {high:g} are not in order.",
                todo="Exclusion, crossover and inclusion must rise, or fall, one after the other.",
            )
        return "direct"
    raise UsageError(
        "The anchors do not say how to calibrate.",
        todo="Give exclusion, crossover and inclusion; crossover alone; or thresholds alone.",
    )


def _direct(
    values: NDArray[np.float64], anchors: Mapping[str, float], included: float
) -> NDArray[np.float64]:
    """Return logistic memberships: ``included`` at inclusion, 1 - ``included`` at exclusion."""
    if not 0.5 < included < 1:
        raise UsageError(
            f"included = {included} is no membership of a case that is in.",
            todo="Give a number between 0.5 and 1, for example 0.95.",
        )
    low, middle, high = (anchors[name] for name in ("exclusion", "crossover", "inclusion"))
    above = (values >= middle) if high > low else (values <= middle)
    width = np.where(above, high - middle, middle - low)
    memberships: NDArray[np.float64] = expit(
        np.log(included / (1 - included)) * (values - middle) / width
    )
    return memberships


def _caveats(
    membership: pd.Series, anchors: Mapping[str, float], reasons: Mapping[str, str]
) -> tuple[str, ...]:
    bare = [name for name in anchors if not reasons.get(name)]
    half = int((membership == 0.5).sum())
    gone = int(membership.isna().sum())
    sentences = (
        (bare, f"No reason is given for {', '.join(bare)}."),
        (half, f"{half} cases are exactly at the crossover: neither in nor out of the set."),
        (gone, f"{gone} cases have no value and no membership."),
    )
    return tuple(text for there, text in sentences if there)
