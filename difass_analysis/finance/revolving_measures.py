"""What a revolving fund has done: how often its capital was lent, and what is left of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from difass_analysis.errors import InputError, UsageError
from difass_analysis.programme import Programme
from difass_analysis.result import SIMULATED, Result

APART = (
    "First-round leverage and the revolving factor are two numbers: the one counts money beside "
    "the fund's in the first loans, the other counts the same money again. They are not multiplied."
)
REUSE = (
    "What is paid back has to be used again: Regulation (EU) No 1303/2013, Articles 44 and 45, and "
    "Regulation (EU) 2021/1060, Article 62 (unverified, not read at the source)."
)
_FLOWS = (
    "disbursed_amount",
    "reused_amount",
    "repaid_amount",
    "cofinance_amount",
    "financial_revenue_amount",
    "financial_expense_amount",
    "operating_expense_amount",
    "provision_amount",
)
_NAMES = {
    name: name.removesuffix("_amount").replace("_", " ")
    for name in (*_FLOWS, "paid_in_amount", "eu_paid_in_amount", "legacy_amount")
}
_NAN = float("nan")
_TOO_MUCH = "More lent again than lent at all: one of the amounts is wrong."


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class RevolvingMeasures(Result):
    """Revolving measures of each fund, and first-round leverage apart from them.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row for each fund and measure: ``fund_id``, ``measure``, ``kind`` (``revolving`` or
        ``first round``), ``value``, ``lower``, ``upper`` (bounds where the value is not known
        exactly), ``numerator``, ``denominator``, ``unit``, ``first_year``, ``last_year``,
        ``method``, ``note``.
    definitions : pandas.DataFrame
        ``measure``, ``definition``, ``source``.
    """

    definitions: pd.DataFrame = field(default_factory=pd.DataFrame)


def revolving(programme: Programme, *, fund: str | Sequence[str] = ()) -> RevolvingMeasures:
    """Measure how often each fund has lent its capital, what it lent again, and what is left.

    Parameters
    ----------
    programme : Programme
        With the table ``funds``, one row for each fund and year from its first year on.
    fund : str or sequence of str
        Funds to measure; all of them without it.

    Returns
    -------
    RevolvingMeasures
        For each fund: ``revolving_factor`` (lent so far by paid-in capital), ``recycled_share``
        (lent from money paid back, by paid-in capital; without ``reused_amount`` the bounds that
        follow from what was lent, paid in and paid back), ``retention`` (part of what is lent
        that can be lent again), ``capital_kept`` (paid in, less provisions and costs, plus
        revenue), ``legacy`` (capital left at closure, where stated), ``first_round_leverage``
        (lent in the first round, with the money of others beside it, by the Union's part of the
        capital). A measure that lacks an amount in any year is missing, with the reason.

    Raises
    ------
    InputError
        When there is no table of funds, the currency is not known, a fund has a year twice or
        not at all, or its paid-in capital falls.
    UsageError
        When there is no such fund.

    Notes
    -----
    ``revolving_factor`` and ``retention`` follow ``q = 1 - loss - net cost + yield kept``, all by
    money lent; loss is the provision made so far, which comes later than the lending that it
    belongs to, so a young fund keeps less than this says. Definitions of this package; ``legacy``
    follows the fi-compass glossary.

    Examples
    --------
    >>> funds = pd.DataFrame({"fund_id": "F", "year": [2015, 2016, 2017],
    ...     "paid_in_amount": [100.0, 100.0, 100.0], "disbursed_amount": [100.0, 30.0, 40.0],
    ...     "repaid_amount": [0.0, 35.0, 40.0], "reused_amount": [0.0, 30.0, 40.0]})
    >>> found = revolving(Programme.from_frames(funds=funds)).frame.set_index("measure")["value"]
    >>> found[["revolving_factor", "recycled_share"]].to_dict()
    {'revolving_factor': 1.7, 'recycled_share': 0.7}
    """
    years = fund_years(programme, fund=fund)
    rows: list[dict[str, object]] = []
    for name, held in years.groupby("fund_id", sort=True):
        rows += _measures(str(name), _Fund(held), programme.currency)
    caveats = [APART, REUSE, *programme.caveats]
    if programme.simulated:
        caveats.append(SIMULATED)
    return RevolvingMeasures(
        frame=pd.DataFrame(rows),
        provenance=programme.provenance,
        caveats=tuple(caveats),
        definitions=pd.DataFrame(_DEFINITIONS, columns=["measure", "definition", "source"]),
    )


_OWN = "definition of this package"
_DEFINITIONS = (
    ("revolving_factor", "disbursements to final recipients so far / paid-in capital", _OWN),
    ("recycled_share", "money paid back and lent again / paid-in capital", _OWN),
    ("retention", "1 - loss - net cost + yield kept, by money lent", _OWN),
    ("capital_kept", "paid in + revenue - financial and operating expense - provisions", _OWN),
    ("legacy", "capital left at closure, as stated", "fi-compass glossary, legacy"),
    (
        "first_round_leverage",
        "(lent in the first round + lent beside it) / the Union's part of the paid-in capital",
        "Regulation (EU, Euratom) 2018/1046, Article 2, point (38); unverified",
    ),
)


def fund_years(programme: Programme, *, fund: str | Sequence[str] = ()) -> pd.DataFrame:
    """Return the rows of the funds by year, checked.

    Raises
    ------
    InputError
        When the table, a key column or the currency is missing, a fund has a year twice or a gap
        between years, or its paid-in capital falls.
    UsageError
        When there is no such fund.
    """
    if not programme.currency:
        raise InputError(
            f"Programme '{programme.id}' does not state its currency.",
            todo="State currency in programme.toml.",
        )
    table = programme.table("funds")
    for key in ("fund_id", "year"):
        if key not in table or table[key].isna().any():
            raise InputError(f"funds.{key} is not given in every row.", todo="Fill it in.")
    wanted = [fund] if isinstance(fund, str) else list(fund)
    held_funds = set(table["fund_id"])
    missing = [one for one in wanted if one not in held_funds]
    if missing:
        known = ", ".join(map(str, sorted(table["fund_id"].unique())[:12]))
        raise UsageError(f"There is no fund '{missing[0]}'.", todo=f"There is {known}.")
    if wanted:
        table = table[table["fund_id"].isin(wanted)]
    table = table.sort_values(["fund_id", "year"], kind="stable").reset_index(drop=True)
    for name, held in table.groupby("fund_id", sort=True):
        _check_years(str(name), held)
    return table


def _check_years(name: str, held: pd.DataFrame) -> None:
    years = held["year"].astype(int).to_numpy()
    steps = np.diff(years)
    if (steps == 0).any():
        twice = years[1:][steps == 0][0]
        raise InputError(f"Fund '{name}' has the year {twice} twice.", todo="Keep one row a year.")
    if (steps > 1).any():
        before = years[:-1][steps > 1][0]
        raise InputError(
            f"Fund '{name}' has no row for {before + 1}: sums over its life would be too small.",
            todo="Add the year, with 0 where nothing was lent.",
        )
    if "paid_in_amount" in held:
        capital = held["paid_in_amount"].dropna()
        falls = capital[capital.diff() < 0]
        if len(falls):
            year = int(held.loc[falls.index[0], "year"])
            raise InputError(
                f"Fund '{name}': the capital paid in so far falls in {year}.",
                todo="paid_in_amount is cumulative; book a return of capital apart.",
            )


class _Fund:
    """The sums of one fund over its years, and why one of them is not known."""

    def __init__(self, held: pd.DataFrame) -> None:
        self.held = held
        self.years = (int(held["year"].min()), int(held["year"].max()))

    def total(self, name: str) -> float:
        """Sum of a yearly amount; NaN where a year lacks it."""
        if name not in self.held or self.held[name].isna().any():
            return _NAN
        return float(self.held[name].sum())

    def last(self, name: str) -> float:
        """Cumulative amount of the last year."""
        return float(self.held[name].iloc[-1]) if name in self.held else _NAN

    def lacking(self, *names: str) -> str:
        """Say which amounts are not known in all years."""
        gaps = [_NAMES[name] for name in names if np.isnan(self.total(name))]
        return f"Not known in every year: {', '.join(gaps)}." if gaps else ""


def _measures(name: str, fund: _Fund, currency: str) -> list[dict[str, object]]:
    paid_in, lent = fund.last("paid_in_amount"), fund.total("disbursed_amount")
    factor = _divided("revolving_factor", lent, paid_in, "x")
    factor["note"] = fund.lacking("disbursed_amount") or factor["note"]
    rows = [
        factor,
        _recycled(fund, paid_in=paid_in, lent=lent),
        _retention(fund, lent=lent),
        _capital_kept(fund, paid_in=paid_in, currency=currency),
        _legacy(fund, currency=currency),
        _first_round(fund, paid_in=paid_in, lent=lent),
    ]
    first, last = fund.years
    base = {"fund_id": name}
    return [base | row | {"first_year": first, "last_year": last} for row in rows]


def _row(measure: str, value: float, unit: str, *, note: str = "") -> dict[str, object]:
    kind = "first round" if measure == "first_round_leverage" else "revolving"
    blank = dict.fromkeys(("lower", "upper", "numerator", "denominator"), _NAN)
    shown = {"measure": measure, "kind": kind, "value": value, **blank, "unit": unit}
    return shown | {"method": "" if np.isnan(value) else "stated amounts", "note": note}


def _divided(measure: str, above: float, below: float, unit: str) -> dict[str, object]:
    value = above / below if below > 0 else _NAN
    note = "Not defined: no capital has been paid in." if below == 0 else ""
    if np.isnan(below):
        note = "Not known: the capital paid in by the last year."
    return _row(measure, value, unit, note=note) | {"numerator": above, "denominator": below}


def _recycled(fund: _Fund, *, paid_in: float, lent: float) -> dict[str, object]:
    """Money lent again: stated, else between what must and what can have been lent again."""
    stated = fund.total("reused_amount")
    if not np.isnan(stated):
        row = _divided("recycled_share", stated, paid_in, "x")
        if _exceeds(stated, lent):
            row["note"] = _TOO_MUCH
        return row
    unknown = fund.lacking("disbursed_amount", "repaid_amount")
    why = unknown or str(_divided("recycled_share", lent, paid_in, "x")["note"])
    row = _row("recycled_share", _NAN, "x", note=why)
    repaid = fund.total("repaid_amount")
    if np.isnan(lent) or np.isnan(repaid) or not paid_in > 0:
        return row
    lower, upper = max(lent - paid_in, 0.0) / paid_in, min(lent, repaid) / paid_in
    if _exceeds(lower, upper):
        row["note"] = (
            "More was lent beyond the paid-in capital than was paid back: an amount is wrong, or "
            "interest or other money was lent too."
        )
        return row
    row |= {"lower": min(lower, upper), "upper": upper, "denominator": paid_in, "method": "bounds"}
    row["note"] = (
        "What was lent again is not stated: at least what was lent beyond the paid-in capital, at "
        "most what was paid back."
    )
    return row


def _exceeds(one: float, other: float) -> bool:
    """Whether an amount is larger than another by more than the rounding of their sums."""
    return one > other + 1e-9 * abs(other)


def _retention(fund: _Fund, *, lent: float) -> dict[str, object]:
    parts = _result_parts(fund)
    value = 1 + parts / lent if lent > 0 else _NAN
    needed = ("disbursed_amount", *_RESULT)
    note = fund.lacking(*needed) or ("Not defined: nothing was lent." if lent == 0 else "")
    return _row("retention", value, "share", note=note) | {
        "numerator": lent + parts,
        "denominator": lent,
    }


_RESULT = (
    "financial_revenue_amount",
    "financial_expense_amount",
    "operating_expense_amount",
    "provision_amount",
)


def _result_parts(fund: _Fund) -> float:
    revenue, *costs = (fund.total(name) for name in _RESULT)
    return revenue - sum(costs)


def _capital_kept(fund: _Fund, *, paid_in: float, currency: str) -> dict[str, object]:
    value = paid_in + _result_parts(fund)
    row = _row("capital_kept", value, currency, note=fund.lacking("paid_in_amount", *_RESULT))
    return row | {"numerator": value, "denominator": paid_in}


def _legacy(fund: _Fund, *, currency: str) -> dict[str, object]:
    stated = fund.last("legacy_amount")
    note = "Not known: no capital left at closure is stated." if np.isnan(stated) else ""
    return _row("legacy", stated, currency, note=note)


def _first_round(fund: _Fund, *, paid_in: float, lent: float) -> dict[str, object]:
    """Lent once from the capital, with what others lent beside it, by the Union's part."""
    union, beside = fund.last("eu_paid_in_amount"), fund.total("cofinance_amount")
    again = fund.total("reused_amount")
    unit, name = "x", "first_round_leverage"
    needed = ("disbursed_amount", "reused_amount", "cofinance_amount", "eu_paid_in_amount")
    note = fund.lacking(*needed)
    if note:
        return _row(name, _NAN, unit, note=note)
    if _exceeds(again, lent):
        return _row(name, _NAN, unit, note=_TOO_MUCH)
    if again > 0 and beside > 0:
        # What others lend beside money that is lent again belongs to later rounds.
        first = first_round_share(lent, again)
        beside *= first
        note = "Money of others is split by rounds as the fund's own lending is."
    row = _divided(name, lent - again + beside, union, unit)
    if not union > 0:
        note = "Not defined: the Union has paid in nothing."
    return row | {"note": note}


def first_round_share(lent: float, again: float) -> float:
    """Return the part of all lending that is of the first round.

    Examples
    --------
    >>> first_round_share(200.0, 50.0)
    0.75
    """
    return (lent - again) / lent if lent > 0 else _NAN
