"""Calibration: from measured values to memberships in a set, by anchors with reasons.

Sources: Ragin, *Redesigning Social Inquiry* (2008), chapters 4-5 (direct and indirect method);
the logistic form is that of R QCA (Dusa, *QCA with R*, 2019, chapter 4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from difass_analysis.display import qca_scatter
from difass_analysis.errors import InputError, UsageError, one_of
from difass_analysis.mechanisms.qca.fractional import fractional_logit
from difass_analysis.mechanisms.qca.model import frames_given
from difass_analysis.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Method = Literal["direct", "indirect", "crisp", "values"]

#: Membership at the anchor of inclusion; at that of exclusion it is one less this.
INCLUDED = 0.95
_POINTS = 400
#: Names under which a reason may be given besides those of the anchors.
_CODES = "codes"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Calibration(Result):
    """Memberships, and how they came about.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a case: ``case``, ``value``, ``membership``, and ``code`` where cases were coded.
    membership : pandas.Series
        One value a case, with the index given: memberships between 0 and 1, or whole numbers
        from 0 for ``values``. Missing where the value is.
    anchors : mapping of str to float
        The anchors by name. For ``indirect`` they follow from the codes: where the curve passes
        1 - ``included``, 0.5 and ``included``.
    reasons : mapping of str to str
        Why each anchor lies where it does, or how the codes were given.
    method : str
        How the values were calibrated.
    included : float
        Membership at the anchor of inclusion.
    curve : pandas.DataFrame
        ``value`` and ``membership`` along the range of the values.
    caveats : tuple of str
        Anchors without a reason, cases at exactly 0.5, cases without a value.
    """

    membership: pd.Series
    anchors: Mapping[str, float]
    method: Method
    included: float = INCLUDED
    reasons: Mapping[str, str] = field(default_factory=dict)
    curve: pd.DataFrame = field(default_factory=pd.DataFrame)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self.membership.to_numpy(dtype=dtype)

    def anchor_table(self) -> pd.DataFrame:
        """Return the anchors with their reasons: ``anchor``, ``value``, ``reason``."""
        rows = [(name, value, self.reasons.get(name, "")) for name, value in self.anchors.items()]
        if _CODES in self.reasons:
            rows.append((_CODES, float("nan"), self.reasons[_CODES]))
        return pd.DataFrame(rows, columns=["anchor", "value", "reason"])

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the memberships along the values with the anchors, and return the Axes."""
        shown = self.frame.rename(columns={"case": "label"})
        told = [f"{name}: {why}." for name, why in self.reasons.items() if why]
        return qca_scatter.calibration_curve(
            shown,
            curve=self.curve,
            anchors=self.anchors,
            name="the values" if self.membership.name is None else str(self.membership.name),
            caveats=(*told, *self.caveats),
            source=self.provenance.sentence(),
            ax=ax,
        )


def calibrate(
    values: Sequence[float] | pd.Series,
    *,
    exclusion: float | None = None,
    crossover: float | None = None,
    inclusion: float | None = None,
    thresholds: Sequence[float] = (),
    codes: Sequence[float | None] | pd.Series | None = None,
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
    codes : sequence or pandas.Series of float, optional
        Instead of anchors (indirect method): the membership that somebody who knows the case gave
        it, such as 0, 0.2, 0.4, 0.6, 0.8 or 1, one a case in the order of the values; missing
        where nobody could say. A logistic curve is drawn through them.
    reasons : mapping of str to str, optional
        Why each anchor lies where it does, by its name; an anchor from theory or knowledge of
        cases is worth more than one from the distribution. For codes: ``{"codes": "..."}``.
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
    known = series.to_numpy(dtype=np.float64)
    judged = None if codes is None else _codes(codes, series)
    given = {"exclusion": exclusion, "crossover": crossover, "inclusion": inclusion}
    anchors = {name: float(value) for name, value in given.items() if value is not None}
    if not 0.5 < included < 1:
        raise UsageError(
            f"included = {included} is no membership of a case that is in.",
            todo="Give a number between 0.5 and 1, for example 0.95.",
        )
    method = _method(anchors, thresholds, coded=judged is not None)
    if method == "values":
        anchors = {f"threshold {i}": float(t) for i, t in enumerate(thresholds, start=1)}
    elif judged is not None:
        anchors = _implied(known, judged, included)
    return _calibration(
        series, anchors, method, included=included, reasons=dict(reasons or {}), codes=judged
    )


def recalibrated(calibration: Calibration, anchors: Mapping[str, float]) -> Calibration:
    """Return the same values calibrated with other anchors.

    Raises
    ------
    UsageError
        When the anchors are not in order.
    """
    values = pd.Series(
        calibration.frame["value"].to_numpy(),
        index=calibration.membership.index,
        name=calibration.membership.name,
    )
    method: Method = "direct" if calibration.method == "indirect" else calibration.method
    _check_order(anchors, method)
    return _calibration(
        values,
        dict(anchors),
        method,
        included=calibration.included,
        reasons=dict(calibration.reasons),
    )


def _calibration(
    values: pd.Series,
    anchors: Mapping[str, float],
    method: Method,
    *,
    included: float,
    reasons: Mapping[str, str],
    codes: NDArray[np.float64] | None = None,
) -> Calibration:
    allowed = [*anchors, *([_CODES] if method == "indirect" else [])]
    for name in reasons:
        if name not in allowed:
            raise one_of("anchor", name, allowed)
    known = values.to_numpy(dtype=np.float64)
    membership = pd.Series(
        _memberships(known, anchors, method, included), index=values.index, name=values.name
    )
    frame = pd.DataFrame(
        {
            "case": [str(name) for name in values.index],
            "value": known,
            "membership": membership.to_numpy(),
        }
    )
    asked = [_CODES] if method == "indirect" else list(anchors)
    return Calibration(
        frame=frame if codes is None else frame.assign(code=codes),
        provenance=frames_given("values given by the caller"),
        membership=membership,
        anchors=anchors,
        method=method,
        included=included,
        reasons=reasons,
        curve=_curve(known, anchors, method, included),
        caveats=_caveats(membership, [name for name in asked if not reasons.get(name)]),
    )


def _memberships(
    values: NDArray[np.float64], anchors: Mapping[str, float], method: Method, included: float
) -> NDArray[np.float64]:
    if method == "values":
        result = np.searchsorted(list(anchors.values()), values, side="right").astype(np.float64)
    elif method == "crisp":
        result = (values >= anchors["crossover"]).astype(np.float64)
    else:
        result = _direct(values, anchors, included)
    result[np.isnan(values)] = np.nan
    return result


def _curve(
    values: NDArray[np.float64], anchors: Mapping[str, float], method: Method, included: float
) -> pd.DataFrame:
    ends = [*values[~np.isnan(values)], *anchors.values()]
    along = np.unique(np.append(np.linspace(min(ends), max(ends), _POINTS), list(anchors.values())))
    return pd.DataFrame(
        {"value": along, "membership": _memberships(along, anchors, method, included)}
    )


def _codes(codes: Sequence[float | None] | pd.Series, values: pd.Series) -> NDArray[np.float64]:
    """Return the codes in the order of the values."""
    held = codes if isinstance(codes, pd.Series) else pd.Series(list(codes))
    if len(held) != len(values):
        raise UsageError(
            f"There are {len(held)} codes for {len(values)} values.",
            todo="Give one code a case, missing where nobody could say.",
        )
    if isinstance(codes, pd.Series):
        same = set(codes.index) == set(values.index) and codes.index.is_unique
        held = codes.reindex(values.index) if same else codes
    judged = _numbers(held).to_numpy(dtype=np.float64)
    if np.any((judged < 0) | (judged > 1)):
        wrong = ", ".join(f"{code:g}" for code in judged[(judged < 0) | (judged > 1)][:3])
        raise InputError(
            f"Codes lie outside 0 to 1: {wrong}.",
            todo="Code each case by its membership, for example 0, 0.2, 0.4, 0.6, 0.8 or 1.",
        )
    return judged


def _implied(
    values: NDArray[np.float64], codes: NDArray[np.float64], included: float
) -> dict[str, float]:
    """Return where the curve through the codes passes the memberships of the three anchors."""
    both = ~np.isnan(values) & ~np.isnan(codes)
    level, slope = fractional_logit(values[both], codes[both])
    odds = float(np.log(included / (1 - included)))
    wanted = {"exclusion": -odds, "crossover": 0.0, "inclusion": odds}
    return {name: (at - level) / slope for name, at in wanted.items()}


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


def _method(anchors: Mapping[str, float], thresholds: Sequence[float], *, coded: bool) -> Method:
    ways: dict[Method, bool] = {
        "values": bool(thresholds),
        "indirect": coded,
        "crisp": set(anchors) == {"crossover"},
        "direct": len(anchors) == 3,
    }
    chosen = [way for way, asked in ways.items() if asked]
    stray = bool(anchors) and not (ways["crisp"] or ways["direct"])
    if len(chosen) != 1 or stray:
        raise UsageError(
            "The anchors do not say how to calibrate.",
            todo="Give exclusion, crossover and inclusion; crossover alone; thresholds alone; or "
            "codes alone.",
        )
    numbered = {str(place): float(value) for place, value in enumerate(thresholds)}
    _check_order(numbered or anchors, chosen[0])
    return chosen[0]


def _check_order(anchors: Mapping[str, float], method: Method) -> None:
    held = list(anchors.values())
    if method == "values" and any(b <= a for a, b in pairwise(held)):
        raise UsageError("The thresholds do not rise.", todo="Give them from low to high.")
    if method == "direct":
        low, middle, high = (anchors[name] for name in ("exclusion", "crossover", "inclusion"))
        if not (low < middle < high or low > middle > high):
            raise UsageError(
                f"The anchors {low:g}, {middle:g}, {high:g} are not in order.",
                todo="Exclusion, crossover and inclusion must rise, or fall, one after the other.",
            )


def _direct(
    values: NDArray[np.float64], anchors: Mapping[str, float], included: float
) -> NDArray[np.float64]:
    """Return logistic memberships: ``included`` at inclusion, 1 - ``included`` at exclusion."""
    low, middle, high = (anchors[name] for name in ("exclusion", "crossover", "inclusion"))
    above = (values >= middle) if high > low else (values <= middle)
    width = np.where(above, high - middle, middle - low)
    memberships: NDArray[np.float64] = expit(
        np.log(included / (1 - included)) * (values - middle) / width
    )
    return memberships


def _caveats(membership: pd.Series, bare: Sequence[str]) -> tuple[str, ...]:
    half = int((membership == 0.5).sum())
    gone = int(membership.isna().sum())
    sentences = (
        (bare, f"No reason is given for {', '.join(bare)}."),
        (half, f"{half} cases are exactly at the crossover: neither in nor out of the set."),
        (gone, f"{gone} cases have no value and no membership."),
    )
    return tuple(text for there, text in sentences if there)
