"""Results of the loan portfolio: what each table holds, and its picture."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.display import portfolio_bars, portfolio_curves, portfolio_matrix
from difass_analysis.result import Result, group_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class _Loans(Result):
    """What all results of the loan tape share: groups, closing date and currency."""

    by: tuple[str, ...] = ()
    date: dt.date | None = None
    currency: str = ""

    def _words(self, title: str) -> dict[str, Any]:
        when = f", {self.date:%Y-%m-%d}" if self.date else ""
        return {
            "title": title + when,
            "caveats": self.caveats,
            "source": self.provenance.sentence(),
            "simulated": self.provenance.simulated,
        }


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Portfolio(_Loans):
    """The state of a loan portfolio: balances, risk and write-offs together, cost and yield.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row for each group and ``measure``: the group columns, ``label``, ``value``,
        ``lower``, ``upper``, ``n`` (loans with a balance), ``numerator``, ``denominator``,
        ``unit``, ``method``, ``note``.
    history : pandas.DataFrame
        One row for each date and group: ``snapshot_date``, the group columns,
        ``outstanding_amount``, ``loans``, ``par_30`` (restructured loans included; missing where
        a band straddles 30 days).
    level : float
        Level of the intervals.
    """

    history: pd.DataFrame = field(default_factory=pd.DataFrame)
    level: float = 0.95

    def value(self, measure: str) -> float:
        """Value of one measure where there are no groups; NaN where it is undefined."""
        return float(self.frame.loc[self.frame["measure"] == measure, "value"].iloc[0])

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw PAR and write-offs of each group side by side, and return the Axes."""
        wanted = ("par_30", "par_90", "write_off_ratio")
        rows = self.frame[self.frame["measure"].isin(wanted)]
        shown = rows.assign(label=_labelled(rows, self.by))
        return portfolio_bars.risk_bars(
            shown, level=self.level, **self._words("Portfolio at risk and write-offs"), ax=ax
        )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Ageing(_Loans):
    """The balance by days past due.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row for each group and ``band``: ``from_days``, ``to_days``, ``loans``,
        ``outstanding_amount``, ``share`` of the group's balance, ``restructured_amount``,
        ``note``.
    """

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the balance of each band, and return the Axes."""
        names = group_names(self.frame, self.by)
        label = [
            " - ".join(filter(None, (name, band)))
            for name, band in zip(names, self.frame["band"], strict=True)
        ]
        return portfolio_bars.ageing_bars(
            self.frame.assign(label=label),
            currency=self.currency,
            **self._words("Outstanding balance by days past due"),
            ax=ax,
        )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Vintages(_Loans):
    """How loans of one quarter fared, by months since disbursement.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row for each group, ``quarter`` of disbursement and ``month`` on book that all loans
        of the quarter have reached: ``loans``, ``disbursed_amount``, ``written_off_amount`` and
        ``default_amount`` up to that month, ``written_off_share``, ``default_share`` of the money
        disbursed, ``note``.
    default_days : int
        A loan is in default once it is more days late than this, or written off.
    """

    default_days: int = 90

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the share written off (in default, if nothing is) by months on book."""
        written = self.frame["written_off_share"].notna().any()
        column = "written_off_share" if written else "default_share"
        what = "written off" if written else f"in default (over {self.default_days} days)"
        names = group_names(self.frame, self.by)
        label = [
            " ".join(filter(None, (name, quarter)))
            for name, quarter in zip(names, self.frame["quarter"], strict=True)
        ]
        return portfolio_curves.vintage_curves(
            self.frame.assign(label=label, value=self.frame[column]),
            **self._words(f"Share of money disbursed that was {what}, by quarter of disbursement"),
            ax=ax,
        )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class RollRates(_Loans):
    """How balances move between bands from one date of the tape to the next.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row for each group, ``from_band`` and ``to_band``: ``loans``, ``balance_amount`` (at
        the earlier date), ``share`` of the balance and ``loan_share`` of the loans of
        ``from_band``, ``carried_amount`` (balance at the later date), ``written_off_amount``
        (between the two), ``note``.
    loss : pandas.DataFrame
        One row for each group and band: ``band``, ``balance_amount`` at the closing date,
        ``loss_share`` (share of a balance in the band that ends as written off),
        ``expected_loss_amount``, ``note``.
    """

    loss: pd.DataFrame = field(default_factory=pd.DataFrame)

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the transition matrix of all groups together, and return the Axes."""
        rows = self.frame.groupby(["from_band", "to_band"], sort=False, as_index=False)[
            ["balance_amount"]
        ].sum()
        total = rows.groupby("from_band")["balance_amount"].transform("sum")
        return portfolio_matrix.transition_matrix(
            rows.assign(share=rows["balance_amount"] / total.where(total > 0)),
            **self._words("Where balances go from one date to the next"),
            ax=ax,
        )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Survival(_Loans):
    """The share of loans that are not yet in default, by months on book.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row for each group and ``month`` in which a loan fell into default: ``at_risk``
        (loans), ``events``, ``value`` (share without default), ``lower``, ``upper``, ``se``,
        ``note``.
    default_days : int
        A loan is in default once it is more days late than this, or written off.
    level : float
        Level of the intervals.
    """

    default_days: int = 90
    level: float = 0.95

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the survival curve of each group with its interval, and return the Axes."""
        label = [name or "all loans" for name in group_names(self.frame, self.by)]
        return portfolio_curves.survival_curves(
            self.frame.assign(label=label),
            level=self.level,
            **self._words(f"Share of loans never over {self.default_days} days late"),
            ax=ax,
        )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Sustainability(_Loans):
    """Whether revenue covers cost, with every adjustment as a line of its own.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a line: ``line``, ``side`` (``revenue``, ``cost`` or ``ratio``), ``stated``,
        ``adjustment``, ``adjusted``, ``unit``, ``note``. The last two lines are ``oss`` (under
        ``stated``) and ``fss`` (under ``adjusted``).
    adjustments : pandas.DataFrame
        The adjustments as given: ``name``, ``amount``, ``line``.
    """

    adjustments: pd.DataFrame = field(default_factory=pd.DataFrame)

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw revenue and cost, stated and adjusted, and return the Axes."""
        return portfolio_bars.coverage_bars(
            self.frame[self.frame["side"] != "ratio"],
            currency=self.currency,
            **self._words("Revenue and cost, stated and adjusted"),
            ax=ax,
        )


def _labelled(rows: pd.DataFrame, by: tuple[str, ...]) -> list[str]:
    return [
        ": ".join(filter(None, (name, str(label))))
        for name, label in zip(group_names(rows, by), rows["label"], strict=True)
    ]
