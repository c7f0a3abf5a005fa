"""One euro three ways: grant, loan and guarantee side by side, with all that is assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from difass_analysis.display.fund_euros import three_ways
from difass_analysis.display.tornado import tornado
from difass_analysis.errors import InputError, UsageError, one_of
from difass_analysis.finance.one_euro import (
    INSTRUMENTS,
    MEASURES,
    checked_assumptions,
    one_euro_assumptions,
    outcomes,
)
from difass_analysis.finance.projection import projection_provenance
from difass_analysis.finance.ranges import NO_SOURCE, Given, Range
from difass_analysis.inference import Array
from difass_analysis.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SAYS = (
    "A projection from assumptions, not an observation.",
    "SMEs are counted as if none were supported twice, and SMEs and private money that would have "
    "come anyway count in full: this is no measure of additionality.",
    "Of a guarantee the banks' loans count as private money, as if none were given without it.",
)
_PERCENTS = (5, 50, 95)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class OneEuro(Result):
    """The same public money as grant, loan and guarantee.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row for each instrument and measure: ``instrument``, ``measure``, ``value`` (all
        assumptions at their central value), ``p5``, ``p50``, ``p95``, ``unit``, ``meaning``,
        ``note``.
    assumptions : pandas.DataFrame
        All of them: ``assumption``, ``instrument``, ``low``, ``central``, ``high``, ``unit``,
        ``meaning``, ``source``.
    sensitivity : pandas.DataFrame
        One assumption at a time at its low and high end: ``instrument``, ``measure``,
        ``assumption``, ``value``, ``at_low``, ``at_high``, ``swing``, largest swing first.
    best : pandas.DataFrame
        ``measure``, ``instrument``, ``share``: in which part of the runs each instrument is the
        best one by the two figures for each unit of public cost.
    budget : float
        Public money set aside, the same for each instrument.
    years : int
        Over how many years.
    """

    assumptions: pd.DataFrame = field(default_factory=pd.DataFrame)
    sensitivity: pd.DataFrame = field(default_factory=pd.DataFrame)
    best: pd.DataFrame = field(default_factory=pd.DataFrame)
    budget: float = 0.0
    years: int = 10

    def plot(self, *, figure: Figure | None = None) -> Axes:
        """Draw public cost, SMEs reached and private money of each; return the first Axes."""
        return three_ways(
            self.frame[self.frame["measure"].isin(list(MEASURES)[:3])],
            title=f"The same public money three ways, over {self.years} years: a projection",
            caveats=self.caveats,
            source=self.provenance.sentence(),
            figure=figure,
        )

    def plot_sensitivity(
        self, *, instrument: str, measure: str = "private_per_public_cost", ax: Axes | None = None
    ) -> Axes:
        """Draw how far each assumption alone moves one measure of one instrument.

        Raises
        ------
        UsageError
            When there is no such instrument or measure.
        """
        if instrument not in INSTRUMENTS:
            raise one_of("instrument", instrument, list(INSTRUMENTS))
        if measure not in MEASURES:
            raise one_of("measure", measure, list(MEASURES))
        rows = self.sensitivity
        rows = rows[(rows["instrument"] == instrument) & (rows["measure"] == measure)]
        known = self.frame[
            (self.frame["instrument"] == instrument) & (self.frame["measure"] == measure)
        ]
        return tornado(
            rows[["assumption", "at_low", "at_high"]]
            .replace({"assumption": r"_"}, {"assumption": " "}, regex=True)
            .rename(columns={"assumption": "factor"}),
            centre=float(known["value"].iloc[0]),
            title=f"{instrument.capitalize()}: what moves {measure.replace('_', ' ')}",
            unit=str(known["unit"].iloc[0]),
            caveats=self.caveats[:1],
            source=self.provenance.sentence(),
            ax=ax,
        )


def one_euro_three_ways(
    assumptions: Mapping[str, Given],
    *,
    budget: float,
    currency: str,
    years: int = 10,
    runs: int = 10_000,
    seed: int = 0,
) -> OneEuro:
    """Set the same public money as grant, loan and guarantee side by side.

    What does each reach over the years, and what does it cost the public in the end?

    Parameters
    ----------
    assumptions : mapping of str to Range, float or (low, central, high)
        All of :func:`one_euro_assumptions`; none has a default.
    budget : float
        Public money set aside at the start, in money.
    currency : str
        Its currency, and that of all amounts among the assumptions.
    years : int
        Over how many years, 1 to 50.
    runs : int
        How many runs are drawn, 100 to 1,000,000.
    seed : int
        Seed of the draws.

    Returns
    -------
    OneEuro
        A figure by unit of public cost is missing where the fund costs the public nothing.

    Raises
    ------
    InputError
        When an assumption or the currency is missing.
    UsageError
        When an assumption or an argument is out of range.

    Notes
    -----
    Equations: :func:`difass_analysis.finance.one_euro.outcomes`; a simple model of this package.

    Examples
    --------
    >>> given = {"discount": 0.0, "grant_mean": 20_000, "grant_rate": 0.5,
    ...     "grant_administration": 0.1, "loan_mean": 50_000, "loan_cycle": 2.5,
    ...     "loan_loss": 0.06, "loan_cost": 0.03, "loan_yield": 0.04, "loan_private": 0.25,
    ...     "guarantee_mean": 100_000, "guarantee_cycle": 5, "guarantee_cover": 0.5,
    ...     "guarantee_reserve": 0.2, "guarantee_loss": 0.04, "guarantee_fee": 0.02,
    ...     "guarantee_cost": 0.01, "guarantee_private": 0.1}
    >>> found = one_euro_three_ways(given, budget=1e6, currency="EUR").frame
    >>> smes = found[found["measure"] == "smes_reached"].set_index("instrument")["value"]
    >>> smes.round(1).to_dict()
    {'grant': 45.0, 'loan': 74.2, 'guarantee': 185.0}
    """
    ranges = checked_assumptions(assumptions)
    _refuse(budget, currency, years, runs)
    rng = np.random.default_rng(seed)
    drawn = {name: one.draws(rng, runs) for name, one in ranges.items()}
    spread = outcomes(drawn, budget=budget, years=years)
    central = {name: np.array([one.central]) for name, one in ranges.items()}
    value = outcomes(central, budget=budget, years=years)
    unsourced = sum(not one.source for one in ranges.values())
    note = f"{unsourced} of {len(ranges)} assumptions have no source." if unsourced else ""
    cycles = f"{runs:,} runs, seed {seed}; only cycles that end within the {years} years count."
    return OneEuro(
        frame=_rows(value, spread, currency),
        provenance=projection_provenance(currency, runs=runs, seed=seed),
        caveats=tuple(sentence for sentence in (*_SAYS, cycles, note) if sentence),
        assumptions=_table(ranges, currency),
        sensitivity=_sensitivity(ranges, value, budget=budget, years=years),
        best=_best(spread),
        budget=budget,
        years=years,
    )


def _refuse(budget: float, currency: str, years: int, runs: int) -> None:
    if not currency:
        raise InputError("The currency of the budget is not known.", todo="Give currency='EUR'.")
    if not (budget > 0 and np.isfinite(budget) and 1 <= years <= 50 and 100 <= runs <= 1_000_000):
        raise UsageError(
            f"budget is {budget:g}, years {years} and runs {runs}.",
            todo="Give a budget above 0, 1 to 50 years, and 100 to 1,000,000 runs.",
        )


def _rows(
    value: dict[tuple[str, str], Array], spread: dict[tuple[str, str], Array], currency: str
) -> pd.DataFrame:
    rows = []
    for (instrument, measure), drawn in spread.items():
        unit, meaning = MEASURES[measure]
        gaps = int(np.isnan(drawn).sum())
        # Percentiles of some of the runs would be percentiles of the dear ones only.
        low, middle, high = [np.nan] * 3 if gaps else np.percentile(drawn, _PERCENTS)
        note = f"Not defined in {gaps:,} runs: the public pays nothing there." if gaps else ""
        rows.append(
            {
                "instrument": instrument,
                "measure": measure,
                "value": float(value[instrument, measure][0]),
                "p5": low,
                "p50": middle,
                "p95": high,
                "unit": unit.replace("{currency}", currency),
                "meaning": meaning,
                "note": note,
            }
        )
    return pd.DataFrame(rows)


def _table(ranges: dict[str, Range], currency: str) -> pd.DataFrame:
    table = one_euro_assumptions().drop(columns=["least", "most"])
    table["unit"] = table["unit"].replace("money", currency)
    for name in ("low", "central", "high"):
        table[name] = [getattr(ranges[key], name) for key in table["assumption"]]
    table["source"] = [ranges[key].source or NO_SOURCE for key in table["assumption"]]
    first = ["assumption", "instrument", "low", "central", "high", "unit", "meaning", "source"]
    return table[first]


def _sensitivity(
    ranges: dict[str, Range],
    value: dict[tuple[str, str], Array],
    *,
    budget: float,
    years: int,
) -> pd.DataFrame:
    """Move one assumption at a time to its ends, the others at their central values."""
    central = {name: np.array([one.central]) for name, one in ranges.items()}
    rows = []
    for name, one in ranges.items():
        if one.known:
            continue
        ends = {**central, name: np.array([one.low, one.high])}
        wide = {key: np.broadcast_to(held, (2,)) for key, held in ends.items()}
        for (instrument, measure), (low, high) in outcomes(
            wide, budget=budget, years=years
        ).items():
            if low == high:
                continue
            rows.append(
                {
                    "instrument": instrument,
                    "measure": measure,
                    "assumption": name,
                    "value": float(value[instrument, measure][0]),
                    "at_low": float(low),
                    "at_high": float(high),
                    "swing": abs(float(high) - float(low)),
                }
            )
    names = ["instrument", "measure", "assumption", "value", "at_low", "at_high", "swing"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.sort_values(
        ["instrument", "measure", "swing"], ascending=[True, True, False], kind="stable"
    ).reset_index(drop=True)


def _best(spread: dict[tuple[str, str], Array]) -> pd.DataFrame:
    """Count in which part of the runs each instrument is the best; cost nothing is best."""
    rows = []
    for measure in ("smes_per_million", "private_per_public_cost"):
        values = np.stack([spread[name, measure] for name in INSTRUMENTS])
        values = np.where(np.isnan(values), np.inf, values)
        top = values == values.max(axis=0)
        shares = (top / top.sum(axis=0)).mean(axis=1)
        rows += [
            {"measure": measure, "instrument": name, "share": float(share)}
            for name, share in zip(INSTRUMENTS, shares, strict=True)
        ]
    return pd.DataFrame(rows)
