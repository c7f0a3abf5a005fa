"""From gross to net: what remains of an output once everything that is not due to it is taken off.

English Partnerships (2008), Additionality Guide, third edition; Homes and Communities Agency
(2014), fourth edition, chapters 2 to 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.display import tornado, waterfalls
from difass_analysis.errors import UsageError
from difass_analysis.finance.assumed import assumptions_provenance
from difass_analysis.finance.ranges import (
    NO_SOURCE,
    Given,
    Range,
    as_range,
    shares_and_multipliers,
)
from difass_analysis.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHARES: Final = ("deadweight", "leakage", "displacement", "substitution")
MULTIPLIER: Final = "multiplier"
FACTORS: Final = (*SHARES, MULTIPLIER)
GROSS: Final = "gross"
PERCENTILES: Final = (5, 50, 95)

_NO_DEFAULTS = (
    "No average of other programmes is put in for a factor that is not given: a net figure needs "
    "a value for each, with its source."
)
_DRAWN = (
    "The range is that of {draws:,} draws from triangular distributions over low, central and "
    "high, independent of each other (5th to 95th percentile). It shows what the assumptions "
    "allow, not a sampling error."
)
_TIED = "Factors of the reference case that are not given are those of the intervention: {names}."
_NATIONAL = (
    "For a policy assessed at national level displacement and multiplier effects largely cancel; "
    "apply them for an area only."
)

Values: TypeAlias = Mapping[str, NDArray[np.float64] | float]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Additionality(Result):
    """A gross output on its way to the net one, and what the result depends on.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a step, ``gross`` first and ``net`` last: ``step``, ``low``, ``central``, ``high``
        (the factor), ``value`` (the output that the step adds or takes off, at central values; the
        level in the first and last row), ``lower``, ``median``, ``upper`` (5th, 50th and 95th
        percentile of the net output, in the last row), ``unit``, ``source``, ``evidence``,
        ``note``.
    sensitivity : pandas.DataFrame
        One row a factor with a range: ``factor``, ``at_low``, ``at_high`` (net output with the
        others at their central values), ``swing``; largest first.
    break_even : pandas.DataFrame
        ``factor``, ``break_even`` (its value at which the net output is the needed one, the others
        at their central values; missing where no value that it can have leads there), ``note``;
        empty when no needed output is given.
    missing : tuple of str
        Factors that were not given.
    draws : numpy.ndarray
        Net outputs drawn, in the order of the seed; empty when a factor is missing.
    """

    sensitivity: pd.DataFrame
    break_even: pd.DataFrame
    missing: tuple[str, ...]
    draws: NDArray[np.float64]
    unit: str = ""

    @property
    def net(self) -> Range | None:
        """The net output at central values, between its 5th and 95th percentile."""
        if self.missing:
            return None
        row = self.frame.iloc[-1]
        low, central, high = (float(row[name]) for name in ("lower", "value", "upper"))
        return Range(low=min(low, central), central=central, high=max(high, central))

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw how far each uncertain factor moves the net output, as a tornado."""
        return tornado.tornado(
            self.sensitivity,
            title="What the net output depends on most",
            unit=self.unit,
            centre=float(self.frame["value"].iloc[-1]),
            caveats=self.caveats,
            source=self.provenance.sentence(),
            ax=ax,
        )

    def plot_steps(self, *, ax: Axes | None = None) -> Axes:
        """Draw the way from the gross to the net output, and return the Axes."""
        kinds = ["start", *["part"] * (len(self.frame) - 2), "end"]
        rows = self.frame.assign(label=self.frame["step"], kind=kinds)
        return waterfalls.waterfall(
            rows[["label", "value", "kind", "note"]],
            title="From gross to net",
            unit=self.unit,
            caveats=self.caveats,
            source=self.provenance.sentence(),
            ax=ax,
        )


@dataclass(frozen=True, kw_only=True)
class _Model:
    """The formula: gross output, factors, and those of the reference case where it has its own."""

    gross: Range
    factors: Mapping[str, Range]
    reference: Mapping[str, Range]

    def names(self) -> tuple[str, ...]:
        """Factors of the intervention that the formula needs."""
        return tuple(n for n in FACTORS if n != "deadweight") if self.reference else FACTORS

    def ranges(self) -> dict[str, Range]:
        """All uncertain values by name; those of the reference case have a name of their own."""
        own = {GROSS: self.gross, **{n: self.factors[n] for n in FACTORS if n in self.factors}}
        return own | {f"reference {name}": one for name, one in self.reference.items()}

    def net(self, values: Values) -> NDArray[np.float64] | float:
        """Net output for values by name: numbers, or arrays of draws."""
        supported = values[GROSS] * _kept(values, prefix="")
        if not self.reference:
            return supported * (1 - values["deadweight"])
        return supported - values["reference gross"] * _kept(values, prefix="reference ")

    def central(self) -> dict[str, float]:
        """Central values by name."""
        return {name: one.central for name, one in self.ranges().items()}


def _kept(values: Values, *, prefix: str) -> NDArray[np.float64] | float:
    """Share of an output that stays in the area, times its multiplier."""
    kept: NDArray[np.float64] | float = 1.0
    for name in SHARES[1:]:
        kept = kept * (1 - values.get(f"{prefix}{name}", values[name]))
    return kept * values.get(f"{prefix}{MULTIPLIER}", values[MULTIPLIER])


def additionality(
    gross: Given,
    *,
    factors: Mapping[str, Given | None],
    reference: Mapping[str, Given | None] | None = None,
    needed: float | None = None,
    unit: str = "",
    draws: int = 10_000,
    seed: int = 1,
) -> Additionality:
    """Answer: how much of a gross output is due to the support, and what does that depend on?

    Short form: ``net = gross (1 - deadweight) (1 - leakage) (1 - displacement) (1 - substitution)
    multiplier``. With a reference case, ``net = GI (1-L)(1-Dp)(1-S) M - GI_ref (1-L_ref)(1-Dp_ref)
    (1-S_ref) M_ref``. The two agree only where the factors of both cases are equal and
    ``deadweight = GI_ref / GI``. The product does not depend on the order of its factors.

    Parameters
    ----------
    gross : Range, float or three floats
        The gross output, for example jobs reported by supported firms.
    factors : mapping of str to Range, float, three floats or None
        ``deadweight`` (would have happened anyway), ``leakage`` (benefits others than those
        meant), ``displacement`` (lowers activity of others in the area), ``substitution`` (one
        activity replaced by another to get the support), all shares between 0 and 1, and
        ``multiplier`` (further supplier and income effects; 1 is none).
    reference : mapping, optional
        The reference case: ``gross`` and, where they differ, its own factors. ``deadweight`` is
        then not given among the factors.
    needed : float, optional
        The least net output for which the support would be worth its cost; asks for the
        break-even value of each factor.
    unit : str
        Unit of the output, for example ``"jobs"``.
    draws, seed : int
        Number of draws and their seed: the same seed gives the same range.

    Returns
    -------
    Additionality
        Steps, percentiles, what the result depends on, break-even values. Where a factor is
        missing the net output is missing too, and the note says which; nothing is put in for it.

    Raises
    ------
    UsageError
        When a factor is unknown or outside its limits, a range does not rise, or deadweight and a
        reference case are both given.

    Examples
    --------
    >>> factors = {"deadweight": 0.4, "leakage": 0.10, "displacement": 0.25, "substitution": 0,
    ...            "multiplier": 1.1}
    >>> found = additionality(200, factors=factors, unit="jobs")
    >>> round(float(found.frame["value"].iloc[-1]), 6)
    89.1
    >>> additionality(200, factors=factors | {"leakage": None}).missing
    ('leakage',)
    """
    if draws < 1:
        raise UsageError(f"draws = {draws}: there is nothing to draw.", todo="Give 10,000.")
    model = _model(gross, factors, reference)
    missing = tuple(name for name in model.names() if name not in model.factors)
    drawn = _drawn(model, draws=draws, seed=seed) if not missing else np.array([])
    frame = _steps(model, missing, drawn, unit=unit)
    return Additionality(
        frame=frame,
        sensitivity=_sensitivity(model, missing),
        break_even=_break_even(model, missing, needed),
        missing=missing,
        draws=drawn,
        unit=unit,
        provenance=assumptions_provenance(),
        caveats=_caveats(model, missing, draws=draws),
    )


def _model(
    gross: Given,
    factors: Mapping[str, Given | None],
    reference: Mapping[str, Given | None] | None,
) -> _Model:
    own = shares_and_multipliers(factors, shares=SHARES, multipliers=[MULTIPLIER])
    if not reference:
        return _Model(gross=as_range(gross, name=GROSS), factors=own, reference={})
    if "deadweight" in own:
        raise UsageError(
            "Deadweight and a reference case are both given: they say the same thing twice.",
            todo="Leave deadweight out, or the reference case.",
        )
    if reference.get(GROSS) is None:
        raise UsageError(
            "The reference case has no gross output.",
            todo='Give it, for example reference={"gross": 80}.',
        )
    other = shares_and_multipliers(reference, shares=SHARES[1:], multipliers=[GROSS, MULTIPLIER])
    return _Model(gross=as_range(gross, name=GROSS), factors=own, reference=other)


def _drawn(model: _Model, *, draws: int, seed: int) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    values = {name: one.draws(rng, draws) for name, one in model.ranges().items()}
    return np.asarray(model.net(values), dtype=float)


def _steps(
    model: _Model, missing: tuple[str, ...], drawn: NDArray[np.float64], *, unit: str
) -> pd.DataFrame:
    """Return the way from gross to net at central values, one row a step."""
    rows = [_row(GROSS, model.gross, value=model.gross.central, unit=unit)]
    level = model.gross.central
    steps = ["reference case", *model.names()] if model.reference else [*model.names()]
    for position, name in enumerate(steps):
        after = _level(model, steps[: position + 1])
        one = model.reference.get(GROSS) if name == "reference case" else model.factors.get(name)
        note = f"no value for {name} given" if name in missing else ""
        rows.append(_row(name, one, value=after - level, unit=unit, note=note))
        level = after
    note = f"not known: no value for {' and '.join(missing)} given" if missing else ""
    last = _row("net", None, value=level, unit=unit, note=note)
    if len(drawn):
        low, median, high = (float(one) for one in np.percentile(drawn, PERCENTILES))
        last |= {"lower": low, "median": median, "upper": high}
    return pd.DataFrame([*rows, last])


def _level(model: _Model, applied: list[str]) -> float:
    """Output after some steps: the factors that are not applied yet change nothing."""
    values = dict.fromkeys(SHARES, 0.0) | {MULTIPLIER: 1.0, "reference gross": 0.0}
    values[GROSS] = model.gross.central
    for name in applied:
        if name == "reference case":
            values["reference gross"] = model.reference[GROSS].central
            continue
        values[name] = model.factors[name].central if name in model.factors else float("nan")
        if name in model.reference:
            values[f"reference {name}"] = model.reference[name].central
    neutral = {f"reference {n}": values[n] for n in FACTORS if n not in applied}
    return float(model.net(neutral | values))


def _row(
    step: str, one: Range | None, *, value: float, unit: str, note: str = ""
) -> dict[str, object]:
    nan = float("nan")
    return {
        "step": step,
        "low": one.low if one else nan,
        "central": one.central if one else nan,
        "high": one.high if one else nan,
        "value": value,
        "lower": nan,
        "median": nan,
        "upper": nan,
        "unit": unit,
        "source": (one.source or NO_SOURCE) if one else "",
        "evidence": one.step if one else "",
        "note": note,
    }


def _sensitivity(model: _Model, missing: tuple[str, ...]) -> pd.DataFrame:
    """Net output with one value at its low and high end, the others at their central values."""
    central = model.central()
    rows = [
        {
            "factor": name,
            "at_low": float(model.net(central | {name: one.low})),
            "at_high": float(model.net(central | {name: one.high})),
        }
        for name, one in model.ranges().items()
        if not one.known and not missing
    ]
    frame = pd.DataFrame(rows, columns=["factor", "at_low", "at_high"])
    frame["swing"] = (frame["at_high"] - frame["at_low"]).abs()
    return frame.sort_values("swing", ascending=False, kind="stable", ignore_index=True)


def _break_even(model: _Model, missing: tuple[str, ...], needed: float | None) -> pd.DataFrame:
    """Value of each factor at which the net output is the needed one."""
    columns = ["factor", "break_even", "note"]
    if needed is None:
        return pd.DataFrame(columns=columns)
    rows = [_one_break_even(model, name, missing, needed) for name in model.names()]
    if len(missing) > 1 and not model.reference:
        kept = needed / model.gross.central if model.gross.central else float("nan")
        text = "share of the gross output that all factors together must leave"
        rows.append({"factor": "all together", "break_even": kept, "note": text})
    return pd.DataFrame(rows, columns=columns)


def _one_break_even(
    model: _Model, name: str, missing: tuple[str, ...], needed: float
) -> dict[str, object]:
    """Solve for one factor: the net output is a straight line in each of them."""
    row: dict[str, object] = {"factor": name, "break_even": float("nan"), "note": ""}
    others = [one for one in missing if one != name]
    if others:
        return row | {"note": f"not known: no value for {' and '.join(others)} given"}
    central = model.central()
    at_0, at_1 = (float(model.net(central | {name: value})) for value in (0.0, 1.0))
    if at_0 == at_1:
        return row | {"note": "the net output does not depend on it"}
    value = (needed - at_0) / (at_1 - at_0)
    note = _beyond(name, value, at_0, needed)
    return row | {"break_even": float("nan") if note else value, "note": note}


def _beyond(name: str, value: float, at_0: float, needed: float) -> str:
    """Say what a break-even value outside the factor's limits means."""
    if name == MULTIPLIER:
        return "" if value >= 0 else "no multiplier reaches the needed output"
    if 0 <= value <= 1:
        return ""
    if at_0 < needed:
        return "even with none of it the net output is below the needed one"
    return "even with all of it the net output is above the needed one"


def _caveats(model: _Model, missing: tuple[str, ...], *, draws: int) -> tuple[str, ...]:
    said = [_NO_DEFAULTS] if missing else [_DRAWN.format(draws=draws)]
    tied = [n for n in model.names() if model.reference and n not in model.reference]
    if tied:
        said.append(_TIED.format(names=", ".join(tied)))
    if model.factors.get("displacement") or model.factors.get(MULTIPLIER):
        said.append(_NATIONAL)
    asked = [n for n, one in model.ranges().items() if one.step in ("II", "III")]
    if asked:
        said.append(f"From recipients' own answers, which is no comparison: {', '.join(asked)}.")
    return tuple(said)
