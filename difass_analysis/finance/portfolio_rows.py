"""The loan tape ready to be added up: days past due, balances as exact integers, its dates."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal
from weakref import WeakKeyDictionary

import narwhals as nw
import numpy as np
import pandas as pd

from difass_analysis.engine import Lazy
from difass_analysis.errors import InputError, UsageError, one_of
from difass_analysis.finance.days import day_of
from difass_analysis.finance.portfolio_overdue import RULE, can_derive, derived_days
from difass_analysis.programme import Programme
from difass_analysis.programme.canonical import MILLIONTHS
from difass_analysis.programme.lookup import Lookup
from difass_analysis.result import SIMULATED

#: Days that stand for "no end": a band that is open upwards, or days that are not known.
ENDLESS = 10**6
#: More days late than this, or written off: the usual line of default (PAR90).
DEFAULT_DAYS = 90
Given = Literal["days", "schedule", "bands", "nothing"]

_MONEY = ("principal", "outstanding", "written_off", "recovered")
_SAYS: dict[Given, str] = {
    "days": "",
    "schedule": RULE,
    "bands": (
        "Days past due are known as bands only: a threshold inside a band gives a range, and the "
        "labels say where the band begins (31+ days)."
    ),
    "nothing": "Days past due are not known, and neither schedule and payments nor bands are.",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Tape:
    """Rows of the loan tape with what is computed from them.

    Attributes
    ----------
    programme : Programme
        Where they come from.
    rows : lazy frame
        ``loan_id``, ``snapshot_date``, the group columns, ``_outstanding``, ``_principal``,
        ``_written_off`` and ``_recovered`` in millionths of the currency, ``_from`` and ``_to``
        (days past due lie between them, equal where days are known), ``_restructured``,
        ``_unmarked`` (the mark of restructuring is blank; it counts as not restructured), and
        ``borrower_id`` and ``disbursement_date`` where the tape has them.
    given : str
        Where days past due come from: ``days``, ``schedule``, ``bands`` or ``nothing``.
    bands : tuple of (int, int)
        First and last day of each band as given, in order; empty where days are known.
    dates : tuple of datetime.date
        Dates of the tape up to the one asked for, in order; empty where it has none.
    whole : bool
        Whether no row lies after the closing date.
    held : pandas.DataFrame
        Sums by date over all rows: ``snapshot_date`` and those of :func:`date_sums`.
    by : tuple of str
        Group columns.
    columns : frozenset of str
        Columns that the tape really has.
    caveats : tuple of str
        Sentences that go with every figure.
    """

    programme: Programme
    rows: Lazy
    given: Given
    bands: tuple[tuple[int, int], ...]
    dates: tuple[dt.date, ...]
    whole: bool
    held: pd.DataFrame
    by: tuple[str, ...]
    columns: frozenset[str]
    caveats: tuple[str, ...]

    @property
    def date(self) -> dt.date | None:
        """The closing date; missing where the tape has no dates."""
        return self.dates[-1] if self.dates else None

    def closing(self) -> Lazy:
        """Rows at the closing date."""
        day = nw.col("snapshot_date")
        return self.rows if self.date is None else self._kept().filter(day == self.date)

    def lost(self) -> Lazy:
        """Rows up to the closing date with something written off, or collected afterwards."""
        return self._kept().filter(_IS_LOST)

    def in_default(self, days: int) -> Lazy:
        """Rows up to the closing date of loans more days late than this, or written off."""
        late = (nw.col("_from") > days) & (nw.col("_outstanding").fill_null(1) > 0)
        rows = self._kept() if days >= DEFAULT_DAYS else self.until()
        return rows.filter(late | (nw.col("_written_off") > 0))

    def _kept(self) -> Lazy:
        """Rows that a page asks for often, found by one scan and kept in the engine.

        Those of the closing date, and those on which a loan is lost or in default.
        """
        if self.whole and len(self.dates) < 2:
            return self.rows
        kept = _KEPT.setdefault(self.programme, {})
        key = (self.date, self.by)
        if key not in kept:
            closing = nw.col("snapshot_date") == self.date
            wanted = closing | _IS_LOST | (nw.col("_from") > DEFAULT_DAYS)
            kept[key] = self.programme.engine.materialise(self.until().filter(wanted))
        return kept[key]

    def until(self) -> Lazy:
        """Rows up to the closing date."""
        if self.whole:
            return self.rows
        return self.rows.filter(nw.col("snapshot_date") <= self.date)

    def collect(self, lazy: Lazy) -> pd.DataFrame:
        """Run a lazy frame and put its groups in order."""
        frame = self.programme.engine.collect(lazy)
        order = [name for name in ("snapshot_date", *self.by) if name in frame]
        if order:
            frame = frame.sort_values(order, kind="stable", na_position="last")
        return frame.reset_index(drop=True)


def tape_of(
    programme: Programme, *, date: dt.date | str | None = None, by: Sequence[str] = ()
) -> Tape:
    """Return the programme's loan tape, ready to be added up.

    Raises
    ------
    InputError
        When there is no tape, a balance is negative, or a fund or group has several currencies.
    UsageError
        When a group column or the date is not in the tape.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["a"], "snapshot_date": [dt.date(2017, 12, 31)],
    ...                       "outstanding_amount": [100.0], "overdue_days": [40.0]})
    >>> tape = tape_of(Programme.from_frames(loans=loans))
    >>> tape.given, tape.date
    ('days', datetime.date(2017, 12, 31))
    """
    if "loans" not in programme.tables:
        raise InputError(
            f"Programme '{programme.id}' has no loan tape.",
            todo="Give a table 'loans': one row a loan a date (docs/portfolio.md).",
        )
    columns = Lookup(programme).columns("loans")
    groups = tuple(dict.fromkeys(by))
    for name in groups:
        if name not in columns:
            raise one_of("column of the loan tape", name, list(columns))
    if "outstanding_amount" not in columns:
        raise InputError(
            "The loan tape has no outstanding_amount: there is no balance to add up.",
            todo="Fill it with the principal outstanding at the date.",
        )
    _refuse_currencies(programme, columns, groups)
    given, bands, rows = _prepared_once(programme, columns, groups)
    held = _by_date(programme, rows)
    dates, said = _dates(held, date)
    whole = len(dates) == len(held) or not dates
    _refuse_negative(held if whole else held.head(len(dates)))
    marks = () if "restructured" in columns else (NOT_MARKED,)
    return Tape(
        programme=programme,
        rows=rows,
        given=given,
        bands=bands,
        dates=dates,
        whole=whole,
        held=held,
        by=groups,
        columns=frozenset(columns),
        caveats=(
            *([SIMULATED] if programme.simulated else []),
            *programme.caveats,
            *filter(None, (said, _SAYS[given])),
            *marks,
        ),
    )


NOT_MARKED = "Restructured loans are not marked in the tape: PAR may be too low by them."


def band_of(text: str) -> tuple[int, int] | None:
    """Return first and last day of a band as it is written; nothing where it is none.

    Examples
    --------
    >>> band_of("current"), band_of("31-120"), band_of("181+"), band_of("late")
    ((0, 0), (31, 120), (181, 1000000), None)
    """
    plain = re.sub(r"\s|days?", "", text.casefold())
    if plain in {"current", "0"}:
        return 0, 0
    found = re.fullmatch(r"(\d+)(?:(\+)|[-\u2013](\d+))", plain)
    if found is None:
        return None
    first, last = int(found[1]), ENDLESS if found[2] else int(found[3])
    return (first, last) if first <= last else None


def band_name(first: int, last: int) -> str:
    """Name a band of days.

    Examples
    --------
    >>> band_name(0, 0), band_name(1, 30), band_name(181, ENDLESS), band_name(0, ENDLESS)
    ('current', '1-30', '181+', 'not known')
    """
    if (first, last) == (0, ENDLESS):
        return "not known"
    if last == 0:
        return "current"
    return f"{first}+" if last >= ENDLESS else f"{first}-{last}"


def _refuse_currencies(
    programme: Programme, columns: Sequence[str], groups: tuple[str, ...]
) -> None:
    if "currency" not in columns:
        if not programme.currency:
            raise InputError(
                "The currency of the loans is not known.",
                todo="State it in the settings, or give the tape a column 'currency'.",
            )
        return
    wanted = ["currency", *(["fund_id"] if "fund_id" in columns else [])]
    found = programme.engine.collect(programme.tables["loans"].select(wanted).unique())
    stated = found["currency"].fillna(programme.currency)
    names = sorted(set(map(str, stated)))
    if len(names) == 1 and programme.currency in {"", names[0]}:
        return
    if "fund_id" in found:
        mixed = found.assign(currency=stated).groupby("fund_id")["currency"].nunique()
        if (mixed > 1).any():
            raise InputError(
                f"Fund {mixed.index[mixed > 1][0]} has loans in several currencies "
                f"({', '.join(names)}): they cannot be added.",
                todo="Convert the amounts to one currency first, or correct the tape.",
            )
    raise InputError(
        f"The tape has loans in {', '.join(names)}, the programme is in "
        f"{programme.currency or 'no stated currency'}: unlike money is not added.",
        todo="Load the loans of each currency as a programme of their own, or convert them first.",
    )


def date_sums() -> dict[str, nw.Expr]:
    """What is summed for each date, and for each date and group."""
    out = nw.col("_outstanding")
    sure = (nw.col("_from") > 30) | nw.col("_restructured")
    possible = (nw.col("_to") > 30) | nw.col("_restructured")
    return {
        "outstanding_amount": out.sum(),
        "loans": (out > 0).cast(nw.Int64).sum(),
        "_late": nw.when(sure).then(out).otherwise(0).sum(),
        "_possible": nw.when(possible).then(out).otherwise(0).sum(),
        "_lowest": out.min(),
        "_dayless": DAYLESS.cast(nw.Int64).sum(),
    }


def _by_date(programme: Programme, rows: Lazy) -> pd.DataFrame:
    """Sums by date, computed once for a programme; they also say which dates there are."""
    if programme not in _BY_DATE:
        frame = programme.engine.collect(rows.group_by("snapshot_date").agg(**date_sums()))
        _BY_DATE[programme] = frame.sort_values("snapshot_date").reset_index(drop=True)
    return _BY_DATE[programme]


#: A loan that may have a balance, and of which it is not known how late it is.
DAYLESS = (
    (nw.col("_to") >= ENDLESS) & (nw.col("_from") <= 0) & (nw.col("_outstanding").fill_null(1) > 0)
)
_IS_LOST = (nw.col("_written_off").fill_null(0) > 0) | (nw.col("_recovered").fill_null(0) > 0)

# A page asks for portfolio, ageing, vintages and roll rates, one after the other.
_Groups = tuple[str, ...]
_PREPARED: WeakKeyDictionary[
    Programme, dict[_Groups, tuple[Given, tuple[tuple[int, int], ...], Lazy]]
] = WeakKeyDictionary()
_BY_DATE: WeakKeyDictionary[Programme, pd.DataFrame] = WeakKeyDictionary()
_KEPT: WeakKeyDictionary[Programme, dict[tuple[dt.date | None, _Groups], Lazy]] = (
    WeakKeyDictionary()
)


def _refuse_negative(held: pd.DataFrame) -> None:
    if (held["_lowest"] < 0).any():
        raise InputError(
            "A balance in the loan tape is below zero.",
            todo="Run the check; it names the rows. A payment belongs into 'repayments'.",
        )


def _dates(by_date: pd.DataFrame, date: dt.date | str | None) -> tuple[tuple[dt.date, ...], str]:
    """Dates of the tape up to the one asked for, and what to say where there are none."""
    cells = by_date["snapshot_date"]
    held = [pd.Timestamp(cell).date() for cell in cells.dropna()]
    missing = bool(cells.isna().any())
    if held and missing:
        raise InputError(
            "Some rows of the loan tape have no snapshot_date, others have one.",
            todo="Date all of them: a balance holds at a date.",
        )
    wanted = day_of(date) if date is not None else None
    if wanted is not None and wanted not in held:
        raise UsageError(
            f"The loan tape has no row at {wanted}.",
            todo=f"It has {_some(held)}." if held else "It has no dates at all.",
        )
    if not held:
        return (), "The tape states no date: every row is taken as of one day that is not known."
    return tuple(day for day in held if wanted is None or day <= wanted), ""


def _some(dates: Sequence[dt.date]) -> str:
    shown = [str(day) for day in dates]
    return ", ".join(shown if len(shown) <= 4 else [*shown[:2], "...", *shown[-2:]])


def _source_of_days(
    programme: Programme, columns: Sequence[str]
) -> tuple[Given, tuple[tuple[int, int], ...]]:
    if "overdue_days" in columns:
        return "days", ()
    if can_derive(programme) and "snapshot_date" in columns:
        return "schedule", ()
    if "overdue_band" not in columns:
        return "nothing", ()
    found = programme.engine.collect(programme.tables["loans"].select("overdue_band").unique())
    texts = [str(text) for text in found["overdue_band"].dropna()]
    wrong = sorted(text for text in texts if band_of(text) is None)
    if wrong:
        raise InputError(
            f"overdue_band is '{wrong[0]}', which is no band of days.",
            todo="Write current, 1-30, 31-120 or 181+; map other words in the profile.",
        )
    bands = sorted({band for text in texts if (band := band_of(text)) is not None})
    overlap = [pair for pair in pairwise(bands) if pair[0][1] >= pair[1][0]]
    if overlap:
        first, second = (band_name(*band) for band in overlap[0])
        raise InputError(
            f"The bands {first} and {second} overlap.", todo="Use one set of bands in a tape."
        )
    return "bands", tuple(bands)


def _prepared_once(
    programme: Programme, columns: Sequence[str], groups: tuple[str, ...]
) -> tuple[Given, tuple[tuple[int, int], ...], Lazy]:
    """Where days past due come from, the bands, and the rows; found once for a programme."""
    kept = _PREPARED.setdefault(programme, {})
    if groups not in kept:
        given, bands = _source_of_days(programme, columns)
        kept[groups] = given, bands, _prepared(programme, columns, groups, given)
    return kept[groups]


def _prepared(
    programme: Programme, columns: Sequence[str], groups: tuple[str, ...], given: Given
) -> Lazy:
    lazy = programme.tables["loans"]
    lazy = _with_days(programme, lazy, given)
    optional = [name for name in ("borrower_id", "disbursement_date") if name in columns]
    kept = dict.fromkeys(["loan_id", "snapshot_date", *optional, *groups])
    if "snapshot_date" not in columns:
        lazy = lazy.with_columns(snapshot_date=nw.lit(None).cast(nw.Date))
    money = {
        f"_{name}": _millionths(f"{name}_amount") for name in _MONEY if f"{name}_amount" in columns
    }
    absent = {
        f"_{name}": nw.lit(None).cast(nw.Int64)
        for name in _MONEY
        if f"{name}_amount" not in columns
    }
    marks = {"_restructured": nw.lit(False), "_unmarked": nw.lit(True)}
    if "restructured" in columns:
        mark = nw.col("restructured")
        marks = {"_restructured": mark.fill_null(False), "_unmarked": mark.is_null()}
    return lazy.select(*kept, "_from", "_to", **money, **absent, **marks)


def _with_days(programme: Programme, lazy: Lazy, given: Given) -> Lazy:
    """Add the first and the last day that the days past due can be."""
    unknown = {"_from": nw.lit(0).cast(nw.Int32), "_to": nw.lit(ENDLESS).cast(nw.Int32)}
    if given == "nothing":
        return lazy.with_columns(**unknown)
    if given == "bands":
        texts = programme.engine.collect(lazy.select("overdue_band").unique())["overdue_band"]
        known = {text: band for text in texts.dropna() if (band := band_of(str(text))) is not None}
        codes: Any = pd.DataFrame(
            [(text, *band) for text, band in known.items()],
            columns=["overdue_band", "_from", "_to"],
        ).astype({"_from": np.int32, "_to": np.int32, "overdue_band": "str"})
        joined = lazy.join(programme.engine.frame(codes), on="overdue_band", how="left")
        return joined.with_columns(nw.col("_from").fill_null(0), nw.col("_to").fill_null(ENDLESS))
    days = nw.col("overdue_days")
    if given == "schedule":
        found = programme.engine.materialise(derived_days(programme, lazy))
        lazy = lazy.join(found, on=["loan_id", "snapshot_date"], how="left")
        days = nw.col("_derived")
    # Part of a day late is late.
    whole = days.ceil().cast(nw.Int32) if given == "days" else days.cast(nw.Int32)
    return lazy.with_columns(_from=whole.fill_null(0), _to=whole.fill_null(ENDLESS))


def _millionths(name: str) -> nw.Expr:
    return (nw.col(name) * MILLIONTHS).round(0).cast(nw.Int64)
