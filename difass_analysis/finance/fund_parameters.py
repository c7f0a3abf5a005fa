"""Parameters of a fund from its loans and its years: default, loss and re-lending."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, nan, sqrt
from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np
import pandas as pd
from scipy import special

from difass_analysis.display.forests import forest
from difass_analysis.errors import InputError, UsageError
from difass_analysis.finance.ratio_estimates import ratio_estimates
from difass_analysis.finance.revolving_measures import fund_years
from difass_analysis.inference import Array, t_quantile
from difass_analysis.measurement.measuring import PROCESS
from difass_analysis.programme import Programme
from difass_analysis.result import SIMULATED, Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Below so many borrowers the error is the jackknife's: losses are rare and large.
_FEW = 50
_DEFAULT_DAYS = 90.0
_NEEDED = ("loan_id", "snapshot_date", "maturity_date", "principal_amount")
_OPTIONAL = ("borrower_id", "overdue_days", "outstanding_amount")
_EARLY = "Only loans whose last instalment is past are counted: the others may still fail."
_BY_LAST_ROW = (
    "Default is a balance over {:g} days late on the last row of a loan, or anything written off: "
    "a loan that was late and recovered counts in vintages and survival, and does not here."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class FundParameters(Result):
    """Default, loss and re-lending parameters with their intervals.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a parameter: ``parameter``, ``value``, ``lower``, ``upper``, ``se``, ``n``,
        ``numerator``, ``denominator``, ``unit``, ``method``, ``note``.
    level : float
        Level of the intervals.
    """

    level: float = 0.95

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw each parameter with its interval, and return the Axes."""
        shown = self.frame.assign(
            label=self.frame["parameter"].str.replace("_", " ").str.capitalize(), level=self.level
        )
        return forest(
            shown[["label", "value", "lower", "upper", "note", "level"]],
            title="Parameters of the fund",
            unit="share",
            caveats=self.caveats,
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )


def fund_parameters(
    programme: Programme,
    *,
    default_days: float = _DEFAULT_DAYS,
    level: float = 0.95,
) -> FundParameters:
    """Estimate default, loss and re-lending from a loan tape and the years of the funds.

    Which assumptions of a projection do the fund's own records bear out?

    Parameters
    ----------
    programme : Programme
        With ``loans`` (the last row of each loan is used), ``funds``, or both.
    default_days : float
        A loan is in default if on its last row it has a balance and is more days late than this,
        or if anything was ever written off. Vintages and survival draw the same line, but count
        a loan that was *ever* so late; one that recovered is in default there and not here.
    level : float
        Level of the intervals, between 0 and 1.

    Returns
    -------
    FundParameters
        ``default_rate``: loans in default by loans whose last instalment is past (Wilson's
        interval); where it is not known how late some of them are, the range from none to all of
        these and no value. A blank written_off_amount counts as nothing, and the note says of
        how many. ``loss_share``: principal written off by principal of the same loans, a ratio
        of sums over borrowers, its interval formed on the logarithm, as losses are few and
        skewed. ``relending_share``: money lent again by money paid back, a ratio of sums over
        funds, or over years where there is one fund; its interval is cut at 1, and ``method``
        says so. What cannot be estimated is missing, with the reason.

    Raises
    ------
    InputError
        When there is neither table, or the currency is not known.
    UsageError
        When ``default_days`` is below 0 or the level not between 0 and 1.

    Notes
    -----
    Wilson (1927), Journal of the American Statistical Association 22, 209-212. Defaults of loans
    to different borrowers are taken to be independent; a common downturn makes all intervals too
    short. Checked by simulation: benchmarks/fund_study.py.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["a", "b"], "borrower_id": ["x", "y"],
    ...     "snapshot_date": pd.Timestamp("2020-12-31"),
    ...     "maturity_date": pd.Timestamp("2020-06-30"),
    ...     "principal_amount": [100.0, 300.0], "written_off_amount": [0.0, 30.0]})
    >>> frame = fund_parameters(Programme.from_frames(loans=loans)).frame
    >>> frame.set_index("parameter")["value"].head(2).to_dict()
    {'default_rate': 0.5, 'loss_share': 0.075}
    """
    if not 0 < level < 1 or default_days < 0:
        raise UsageError(
            f"level is {level:g} and default_days {default_days:g}.",
            todo="Give a level between 0 and 1, and days of 0 or more.",
        )
    if not programme.currency:
        raise InputError(
            f"Programme '{programme.id}' does not state its currency.",
            todo="State currency in programme.toml.",
        )
    if not {"loans", "funds"} & set(programme.tables):
        raise InputError(
            f"Programme '{programme.id}' has neither loans nor funds.",
            todo="Give one of these tables.",
        )
    rows = [
        *_from_loans(programme, default_days=default_days, level=level),
        _relending(programme, level=level),
    ]
    ours = [_EARLY, _BY_LAST_ROW.format(default_days)] if "loans" in programme.tables else []
    caveats = [*ours, PROCESS, *programme.caveats]
    if programme.simulated:
        caveats.append(SIMULATED)
    names = ["parameter", "value", "lower", "upper", "se", "n", "numerator", "denominator"]
    frame = pd.DataFrame(rows)[[*names, "unit", "method", "note"]]
    return FundParameters(
        frame=frame, provenance=programme.provenance, caveats=tuple(caveats), level=level
    )


def wilson_interval(count: float, total: float, *, level: float) -> tuple[float, float]:
    """Return Wilson's interval of a proportion.

    Examples
    --------
    >>> [round(end, 4) for end in wilson_interval(8, 100, level=0.95)]
    [0.0411, 0.15]
    """
    if not total > 0:
        return nan, nan
    z = float(special.ndtri(0.5 + level / 2))
    share = count / total
    centre = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * sqrt(share * (1 - share) / total + (z / (2 * total)) ** 2)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def _missing(parameter: str, reason: str) -> dict[str, object]:
    gaps = dict.fromkeys(("value", "lower", "upper", "se", "numerator", "denominator"), nan)
    return {"parameter": parameter, **gaps, "n": 0, "unit": "share", "method": "", "note": reason}


def _from_loans(
    programme: Programme, *, default_days: float, level: float
) -> list[dict[str, object]]:
    if "loans" not in programme.tables:
        reason = "Not known: there is no table of loans."
        return [_missing("default_rate", reason), _missing("loss_share", reason)]
    loans = _ended(programme)
    if isinstance(loans, str):
        return [_missing("default_rate", loans), _missing("loss_share", loans)]
    unknown = pd.Series(np.nan, index=loans.index)
    lost = loans.get("written_off_amount", unknown)
    late = loans.get("overdue_days", unknown)
    owing = ~(loans.get("outstanding_amount", unknown) == 0)
    failed = (lost > 0) | ((late > default_days) & owing)
    gone = _left_unfinished(loans, failed)
    # A failure is known by one sign of it, a success by the absence of all: to leave out what is
    # not known would leave out successes only.
    given = lost.notna().any(), late.notna().any()
    blank = late.isna() & owing & ~failed if given[1] else ~owing & False
    notes = [
        _left_out(int(gone.sum()), "not known whether they failed"),
        "" if given[0] else "Write-offs are not given: judged by days past due alone.",
        "" if given[1] else "Days past due are not given: judged by write-offs alone.",
    ]
    said = _blank_losses(lost[~gone])
    if not any(given):
        rate = _missing("default_rate", "Not known: neither write-offs nor days past due.")
    else:
        rate = _default_rate(failed[~gone], blank[~gone], notes=[*notes, said], level=level)
    return [rate, _loss_share(loans[~gone], lost[~gone], notes=[notes[0], said], level=level)]


def _left_out(count: int, why: str) -> str:
    return f"{count:,} loans left out: {why}." if count else ""


def _blank_losses(lost: pd.Series) -> str:
    """Say on how many loans a blank counts as nothing written off, as in the portfolio."""
    blank = int(lost.isna().sum())
    if not blank or blank == len(lost):
        return ""
    return f"On {blank:,} loans written_off_amount is blank: it counts as nothing."


def _ended(programme: Programme) -> pd.DataFrame | str:
    """Return the last row of each loan whose last instalment is past, or why there is none.

    Loans are chosen by their last instalment and the end of the tape, not by their own last row:
    a tape may drop loans when they are repaid or written off, and to choose by outcome misleads.
    """
    tape = programme.tables["loans"]
    held = tape.collect_schema().names()
    absent = [name for name in _NEEDED if name not in held]
    if absent:
        return f"Not known: loans.{absent[0]} is not given."
    if "currency" in held:
        _refuse_mixed_currencies(programme)
    columns = [*_NEEDED, *(name for name in _OPTIONAL if name in held)]
    # A total written off cannot fall: the largest one counts, as in the portfolio.
    totals = ["written_off_amount"] if "written_off_amount" in held else []
    last = tape.group_by("loan_id").agg(nw.col("snapshot_date", *totals).max())
    ending = programme.engine.collect(tape.select(nw.col("snapshot_date").max()))
    end = ending["snapshot_date"].iloc[0]
    if pd.isna(end):
        return "Not known: no date of the tape is given."
    rows = tape.select(*columns).join(last, on=["loan_id", "snapshot_date"], how="inner")
    ended = programme.engine.collect(rows.filter(nw.col("maturity_date") <= nw.lit(end)))
    if ended.empty:
        return "Not known: no loan has come to its last instalment."
    _refuse_repeated(ended)
    return ended.sort_values("loan_id", kind="stable").reset_index(drop=True)


def _refuse_mixed_currencies(programme: Programme) -> None:
    named = programme.engine.collect(programme.tables["loans"].select("currency").unique())
    held = sorted({str(name) for name in named["currency"].fillna(programme.currency)})
    if len(held) > 1:
        raise InputError(
            f"The loans are in {', '.join(held)}: losses in unlike money cannot be added.",
            todo="Convert the amounts, or estimate each currency apart.",
        )


def _refuse_repeated(ended: pd.DataFrame) -> None:
    twice = ended["loan_id"].duplicated()
    if twice.any():
        shown = ", ".join(map(str, ended.loc[twice, "loan_id"].head(3)))
        raise InputError(
            f"Table 'loans' has two rows of a loan on its last date: {shown}.",
            todo="Keep one row for each loan and date.",
        )


def _left_unfinished(loans: pd.DataFrame, failed: pd.Series) -> pd.Series:
    """Loans that leave the tape before their last instalment with money outstanding."""
    early = loans["snapshot_date"] < loans["maturity_date"]
    if "outstanding_amount" not in loans:
        return early & ~failed
    return early & ~failed & ~(loans["outstanding_amount"] == 0)


def _default_rate(
    failed: pd.Series, blank: pd.Series, *, notes: list[str], level: float
) -> dict[str, object]:
    total, count, unknown = len(failed), int(failed.sum()), int(blank.sum())
    if not total:
        return _missing("default_rate", "Not known: all loans left the tape before their end.")
    row = {"parameter": "default_rate", "n": total, "numerator": count, "denominator": total}
    if unknown:
        return row | {
            **{"value": nan, "lower": count / total, "upper": (count + unknown) / total},
            **{"se": nan, "unit": "share", "method": "bounds"},
            "note": _joined(
                f"Of {unknown:,} of {total:,} loans it is not known how late they are: the range "
                "runs from none of them in default to all of them.",
                *notes,
            ),
        }
    lower, upper = wilson_interval(count, total, level=level)
    share = count / total
    return row | {
        "value": share,
        "lower": lower,
        "upper": upper,
        "se": sqrt(share * (1 - share) / total),
        "unit": "share",
        "method": "proportion of loans, Wilson interval",
        "note": _joined(*notes),
    }


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _loss_share(
    loans: pd.DataFrame, lost: pd.Series, *, notes: list[str], level: float
) -> dict[str, object]:
    known = loans["principal_amount"].notna()
    if not (known & lost.notna()).any():
        return _missing("loss_share", "Not known: no amount written off is given.")
    held = loans[known].assign(_lost=lost[known].fillna(0.0))
    name = "borrowers" if "borrower_id" in held and held["borrower_id"].notna().all() else "loans"
    key = "borrower_id" if name == "borrowers" else "loan_id"
    sums = held.groupby(key, sort=True)[["_lost", "principal_amount"]].sum()
    left = int((~known).sum())
    y, x = sums["_lost"].to_numpy(float), sums["principal_amount"].to_numpy(float)
    row = _on_log_scale(_ratio(y, x, level, name), level=level, units=name)
    unpriced = _left_out(left, "amount not known")
    return row | {"parameter": "loss_share", "note": _joined(str(row["note"]), unpriced, *notes)}


def _on_log_scale(row: dict[str, object], *, level: float, units: str) -> dict[str, object]:
    """Take the interval of the logarithm: few and large losses are skewed to the right."""
    value, error, size = (float(row[name]) for name in ("value", "se", "n"))  # type: ignore[arg-type]
    if not value > 0:
        note = "No interval: nothing was lost on these loans." if value == 0 else row["note"]
        return row | {"lower": nan, "upper": nan, "se": nan, "note": note}
    if np.isnan(error):
        return row
    quantile = float(t_quantile(level, np.array([size]))[0])
    spread = exp(quantile * error / value)
    kind = "jackknife" if size < _FEW else "linearised"
    method = f"ratio of sums; {kind} by {units}, t interval of the logarithm"
    upper = min(value * spread, 1.0)
    return row | {"lower": value / spread, "upper": upper, "method": method, "note": ""}


def _ratio(y: Array, x: Array, level: float, units: str) -> dict[str, object]:
    cell = np.zeros(len(y), dtype=np.int64)
    rows = ratio_estimates(y, x, cell, cells=1, level=level, units=units, few=_FEW)
    return {**{str(key): value for key, value in rows.iloc[0].items()}, "unit": "share"}


def _relending(programme: Programme, *, level: float) -> dict[str, object]:
    """Money lent again by money paid back; funds are the units, or the years of a single one."""
    name = "relending_share"
    if "funds" not in programme.tables:
        return _missing(name, "Not known: there is no table of funds.")
    years = fund_years(programme)
    absent = [c for c in ("reused_amount", "repaid_amount") if c not in years]
    if absent:
        return _missing(name, f"Not known: funds.{absent[0]} is not given.")
    known = years.dropna(subset=["reused_amount", "repaid_amount"])
    left = len(years) - len(known)
    several = known["fund_id"].nunique() > 1
    sums = known.groupby("fund_id" if several else "year", sort=True)[
        ["reused_amount", "repaid_amount"]
    ].sum()
    sums = sums[(sums != 0).any(axis=1)]  # a year in which nothing came back says nothing
    if sums.empty:
        return _missing(name, "Not known: nothing has been paid back yet.")
    row = _ratio(
        sums["reused_amount"].to_numpy(float),
        sums["repaid_amount"].to_numpy(float),
        level,
        "funds" if several else "years",
    )
    notes = [str(row["note"])]
    if not several:
        notes.append("One fund: its years are taken to be independent of each other.")
    if left:
        notes.append(f"{left:,} years left out: an amount is not known.")
    value, upper = (float(row[end]) for end in ("value", "upper"))  # type: ignore[arg-type]
    if value > 1:
        notes.append("More was lent again than was paid back: it is no share.")
        row |= dict.fromkeys(("value", "lower", "upper", "se"), nan)
    elif upper > 1:
        row |= {"upper": 1.0, "method": f"{row['method']}, cut at 1"}
    return row | {"parameter": name, "note": " ".join(filter(None, notes))}
