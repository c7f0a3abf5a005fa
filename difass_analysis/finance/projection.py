"""The projection of a revolving fund: what is lent and what is left, with uncertain losses."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from difass_analysis.display.fund_fans import fund_fan
from difass_analysis.errors import InputError, UsageError, one_of
from difass_analysis.finance.cycles import inflation_of_cycle, lending_limit, total_lent
from difass_analysis.finance.ranges import NO_SOURCE, Given, Range, as_range
from difass_analysis.inference import Array
from difass_analysis.result import Provenance, Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PERCENTILES = (5, 25, 50, 75, 95)
_PROJECTION = "A projection from assumptions, not an observation: change them and it changes."
_APART = (
    "First-round leverage and the revolving factor are two numbers: the one counts money beside "
    "the fund's in the first loans, the other counts the same euro again. They are not multiplied."
)
_QUANTITIES = {
    "capital": "Capital of the fund",
    "real_capital": "Capital of the fund, in prices of the start",
    "lent": "Lent since the start",
}
_MOST_RUNS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class FundAssumptions:
    """What is assumed of a revolving fund; each share a number, or low, central and high.

    Attributes
    ----------
    capital : float
        Capital paid in and lent in the first cycle, in money.
    currency : str
        Its currency.
    loss, net_cost, yield_kept : Range, float or (low, central, high)
        Principal lost, cost not paid by others, and interest and fees kept, each as a share of
        what is lent in one cycle.
    inflation : Range, float or (low, central, high)
        Rise of prices a year.
    cycle_years : float
        Years from lending to having the money back.
    loss_variation : float
        Coefficient of variation of the loss from cycle to cycle around its level; 0 for none.
    union_share : float
        Share of the capital that the Union paid, for the first-round leverage; 1 for all.
    cofinance : float
        Money that others lend in the first round for each unit of the fund's.

    Examples
    --------
    >>> FundAssumptions(capital=1e6, currency="EUR", loss=(0.02, 0.05, 0.1), net_cost=0.03,
    ...                 yield_kept=0.05, inflation=0.02, cycle_years=3).ranges()["loss"].high
    0.1
    """

    capital: float
    currency: str
    loss: Given
    net_cost: Given
    yield_kept: Given
    inflation: Given
    cycle_years: float
    loss_variation: float = 0.0
    union_share: float = 1.0
    cofinance: float = 0.0

    def ranges(self) -> dict[str, Range]:
        """Return the uncertain assumptions as ranges, checked."""
        names = ("loss", "net_cost", "yield_kept", "inflation")
        found = {name: as_range(getattr(self, name), name=name) for name in names}
        for name, one in found.items():
            if name != "inflation" and (one.low < 0 or (name == "loss" and one.high > 1)):
                raise UsageError(
                    f"{name} is {one.low:g} to {one.high:g}: it is a share of what is lent.",
                    todo="Write 6 % as 0.06.",
                )
        return found

    def check(self) -> None:
        """Raise ``UsageError`` or ``InputError`` where an assumption cannot be."""
        if not self.currency:
            raise InputError("The currency of the fund is not known.", todo="Give currency='EUR'.")
        if not (self.capital > 0 and np.isfinite(self.capital)):
            raise UsageError(f"capital is {self.capital:g}.", todo="Give an amount above 0.")
        if not 0 < self.union_share <= 1:
            raise UsageError(f"union_share is {self.union_share:g}.", todo="Give 0 to 1, above 0.")
        if self.loss_variation < 0 or self.cofinance < 0:
            raise UsageError(
                "loss_variation and cofinance must be 0 or more.", todo="0 leaves them out."
            )
        for end in ("low", "high"):
            inflation_of_cycle(
                getattr(self.ranges()["inflation"], end), cycle_years=self.cycle_years
            )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class FundProjection(Result):
    """A revolving fund under assumptions, cycle by cycle, with the spread of the runs.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row for each quantity and time: ``quantity`` (``capital``, ``real_capital``,
        ``lent``), ``cycle``, ``year``, ``central`` (all assumptions at their central value),
        ``p5``, ``p25``, ``p50``, ``p75``, ``p95``, ``unit``.
    assumptions : pandas.DataFrame
        ``assumption``, ``low``, ``central``, ``high``, ``unit``, ``source``: all of them.
    figures : pandas.DataFrame
        ``figure``, ``value``, ``p5``, ``p50``, ``p95``, ``unit``, ``definition``: first-round
        leverage and revolving factor apart, retention, limit, chance to keep the real value.
    runs, seed : int
        How many runs were drawn, and from which seed.
    """

    assumptions: pd.DataFrame = field(default_factory=pd.DataFrame)
    figures: pd.DataFrame = field(default_factory=pd.DataFrame)
    runs: int = 0
    seed: int = 0

    def plot(self, *, quantity: str = "capital", ax: Axes | None = None) -> Axes:
        """Draw the fan of one quantity over the years, and return the Axes.

        Parameters
        ----------
        quantity : str
            ``capital``, ``real_capital`` or ``lent``.
        ax : matplotlib.axes.Axes, optional
            Axes to draw on; a new figure is made without it.

        Raises
        ------
        UsageError
            When there is no such quantity.
        """
        if quantity not in _QUANTITIES:
            raise one_of("quantity", quantity, list(_QUANTITIES))
        rows = self.frame[self.frame["quantity"] == quantity]
        return fund_fan(
            rows,
            title=f"Projection: {_QUANTITIES[quantity][:1].lower()}{_QUANTITIES[quantity][1:]}",
            unit=str(rows["unit"].iloc[0]),
            caveats=self.caveats,
            source=self.provenance.sentence(),
            ax=ax,
        )


def project_fund(
    assumptions: FundAssumptions, *, cycles: int, runs: int = 10_000, seed: int = 0
) -> FundProjection:
    """Project a revolving fund over some cycles, with losses and costs that are not known.

    How much will the fund have lent, and what will be left of it?

    Parameters
    ----------
    assumptions : FundAssumptions
        Capital, shares lost, spent and kept, inflation, length of a cycle.
    cycles : int
        How many cycles, 1 to 200.
    runs : int
        How many runs are drawn, 100 to 1,000,000.
    seed : int
        Seed of the draws; the same one gives the same projection.

    Returns
    -------
    FundProjection
        Percentiles 5, 25, 50, 75 and 95 at the end of each cycle. Each run draws the level of
        every share once from a triangular distribution (it is not known), and where
        ``loss_variation`` is above 0 the loss varies from cycle to cycle around that level
        (gamma distribution, no loss above 1). A fund does not fall below 0.

    Raises
    ------
    UsageError
        When an assumption, ``cycles`` or ``runs`` is out of range.
    InputError
        When the currency is not known.

    Notes
    -----
    In cycle k the fund lends what is left, C q_1 ... q_(k-1), with q = 1 - loss - net cost +
    yield kept. Definitions of this package; law on re-use: Regulation (EU) No 1303/2013,
    Articles 44 and 45 (unverified).

    Examples
    --------
    >>> given = FundAssumptions(capital=100, currency="EUR", loss=0.06, net_cost=0.03,
    ...                         yield_kept=0.04, inflation=0.0, cycle_years=2)
    >>> found = project_fund(given, cycles=4).frame
    >>> lent = found[(found["quantity"] == "lent") & (found["cycle"] == 4)]
    >>> [round(float(lent[name].iloc[0]), 2) for name in ("central", "p5", "p95")]
    [370.99, 370.99, 370.99]
    """
    assumptions.check()
    if not (1 <= cycles <= 200 and 100 <= runs <= _MOST_RUNS):
        raise UsageError(
            f"cycles is {cycles} and runs {runs}.",
            todo=f"Give 1 to 200 cycles and 100 to {_MOST_RUNS:,} runs.",
        )
    drawn = _paths(assumptions, _draws(assumptions, runs, cycles, seed))
    known = _paths(assumptions, _central(assumptions, cycles))
    return FundProjection(
        frame=_fan(drawn, known, assumptions),
        provenance=projection_provenance(assumptions.currency, runs=runs, seed=seed),
        caveats=_caveats(assumptions, runs, seed),
        assumptions=_assumption_table(assumptions),
        figures=_figures(assumptions, drawn, known, cycles),
        runs=runs,
        seed=seed,
    )


def projection_provenance(currency: str, *, runs: int, seed: int) -> Provenance:
    """Say of a projection that it comes from assumptions and not from data."""
    return Provenance(
        programme="projection",
        name="projection from assumptions",
        version=version("difass_analysis"),
        settings={"runs": str(runs), "seed": str(seed)},
        currency=currency,
    )


def _draws(given: FundAssumptions, runs: int, cycles: int, seed: int) -> dict[str, Array]:
    """Draw the levels of the shares by run, and the loss of each cycle around its level."""
    rng = np.random.default_rng(seed)
    levels = {name: one.draws(rng, runs)[:, None] for name, one in given.ranges().items()}
    loss = np.broadcast_to(levels["loss"], (runs, cycles))
    if given.loss_variation > 0:
        shape = given.loss_variation**-2
        loss = np.minimum(loss * rng.gamma(shape, 1 / shape, (runs, cycles)), 1.0)
    return {**levels, "loss": loss}


def _central(given: FundAssumptions, cycles: int) -> dict[str, Array]:
    levels = {name: np.array([[one.central]]) for name, one in given.ranges().items()}
    return {**levels, "loss": np.broadcast_to(levels["loss"], (1, cycles))}


def _paths(given: FundAssumptions, draws: dict[str, Array]) -> dict[str, Array]:
    """Return capital, real capital and money lent, of shape (runs, cycles + 1)."""
    kept = np.maximum(1 - draws["loss"] - draws["net_cost"] + draws["yield_kept"], 0.0)
    runs, cycles = kept.shape
    capital = np.ones((runs, cycles + 1))
    capital[:, 1:] = np.cumprod(kept, axis=1)
    capital *= given.capital
    lent = np.zeros_like(capital)
    lent[:, 1:] = np.cumsum(capital[:, :-1], axis=1)
    years = given.cycle_years * np.arange(cycles + 1)
    real = capital / (1 + draws["inflation"]) ** years
    return {"capital": capital, "real_capital": real, "lent": lent}


def _fan(drawn: dict[str, Array], known: dict[str, Array], given: FundAssumptions) -> pd.DataFrame:
    pieces = []
    for name, paths in drawn.items():
        cycles = np.arange(paths.shape[1])
        spread = np.percentile(paths, PERCENTILES, axis=0)
        columns = {f"p{percent}": row for percent, row in zip(PERCENTILES, spread, strict=True)}
        pieces.append(
            pd.DataFrame(
                {
                    "quantity": name,
                    "cycle": cycles,
                    "year": cycles * given.cycle_years,
                    "central": known[name][0],
                    **columns,
                    "unit": given.currency,
                }
            )
        )
    return pd.concat(pieces, ignore_index=True)


def _assumption_table(given: FundAssumptions) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    for name, one in given.ranges().items():
        unit = "share a year" if name == "inflation" else "share of what is lent in a cycle"
        rows.append(
            {
                "assumption": name,
                "low": one.low,
                "central": one.central,
                "high": one.high,
                "unit": unit,
                "source": one.source or NO_SOURCE,
            }
        )
    fixed = (
        ("capital", given.capital, given.currency),
        ("cycle_years", given.cycle_years, "years"),
        ("loss_variation", given.loss_variation, "coefficient of variation"),
        ("union_share", given.union_share, "share of the capital"),
        ("cofinance", given.cofinance, f"{given.currency} per {given.currency} of the fund"),
    )
    rows += [
        {"assumption": n, "low": v, "central": v, "high": v, "unit": u, "source": NO_SOURCE}
        for n, v, u in fixed
    ]
    return pd.DataFrame(rows)


def _figures(
    given: FundAssumptions, drawn: dict[str, Array], known: dict[str, Array], cycles: int
) -> pd.DataFrame:
    """Gather the single figures; leverage of the first round and revolving stay apart."""
    q = known["capital"][0, 1] / given.capital
    first = (1 + given.cofinance) / given.union_share
    factor, left = drawn["lent"][:, -1] / given.capital, drawn["real_capital"][:, -1]
    kept = float((left >= given.capital * (1 - 1e-12)).mean())
    end = f"after {cycles} cycles"
    return pd.DataFrame(
        [
            _figure("first_round_leverage", first, "x", "lent in the first round, by the fund and "
                    "others beside it, divided by the Union's part of the capital"),
            _figure("revolving_factor", total_lent(1.0, retention=q, cycles=cycles), "x",
                    f"lent by the fund {end} divided by its capital", spread=factor),
            _figure("retention", q, "share", "part of what is lent that can be lent again"),
            _figure("lending_limit", lending_limit(1.0, retention=q), "x",
                    "lent in the end divided by the capital; none where nothing is lost"),
            _figure("legacy", known["capital"][0, -1], given.currency, f"capital left {end}",
                    spread=drawn["capital"][:, -1]),
            _figure("real_value_kept", kept, "share",
                    f"runs in which the fund has kept its real value {end}"),
        ]
    )  # fmt: skip


def _figure(
    name: str, value: float, unit: str, definition: str, *, spread: Array | None = None
) -> dict[str, object]:
    low, middle, high = [np.nan] * 3 if spread is None else np.percentile(spread, (5, 50, 95))
    return {
        "figure": name,
        "value": value,
        "p5": low,
        "p50": middle,
        "p95": high,
        "unit": unit,
        "definition": definition,
    }


def _caveats(given: FundAssumptions, runs: int, seed: int) -> tuple[str, ...]:
    unsourced = [name for name, one in given.ranges().items() if not one.source]
    return tuple(
        sentence
        for sentence in (
            _PROJECTION,
            f"Spread of {runs:,} runs, seed {seed}: it shows what the assumptions leave open.",
            f"No source is given for: {', '.join(unsourced)}." if unsourced else "",
            _APART,
        )
        if sentence
    )
