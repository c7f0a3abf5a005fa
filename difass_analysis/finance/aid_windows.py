"""Windows of de minimis aid: where they begin, and what was granted within them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd

from difass_analysis.finance.aid_parameters import (
    DE_MINIMIS,
    Parameter,
    optional_parameter,
    parameter,
)

_KEYS = ["undertaking_id", "country_code"]
_SPAN = 10_000_000  # more than all days that there are, so that groups do not touch

ABOVE_COLUMNS = [
    "award_id",
    *_KEYS,
    "granting_date",
    "regulation",
    "window_start",
    "aid_amount",
    "total_amount",
    "ceiling_amount",
    "above_amount",
    "note",
]


def window_start(date: dt.date, *, regulation: str, month: int) -> dt.date:
    """First day of the window that ends at a date.

    Rolling: the same day three years before, which still counts. Fiscal years: the first day of
    the fiscal year two years before the current one.

    Examples
    --------
    >>> window_start(dt.date(2024, 2, 29), regulation="2023/2831", month=1)
    datetime.date(2021, 2, 28)
    >>> window_start(dt.date(2023, 6, 30), regulation="1407/2013", month=7)
    datetime.date(2020, 7, 1)
    """
    return _starts(pd.DatetimeIndex([date]), regulation=regulation, month=month)[0].date()


def _starts(days: pd.DatetimeIndex, *, regulation: str, month: int) -> pd.DatetimeIndex:
    window = parameter(regulation, name="window")
    length = int(window.number)
    if window.unit == "years":
        return pd.DatetimeIndex(days - pd.DateOffset(years=length))
    years = days.year - (days.month < month) - (length - 1)
    return pd.DatetimeIndex(
        pd.to_datetime(pd.DataFrame({"year": years, "month": month, "day": 1})).array
    )


def window_sums(awards: pd.DataFrame, *, keys: Sequence[str], start: dt.date) -> pd.DataFrame:
    """Add up what each undertaking received from a day on, exactly, in millionths.

    Parameters
    ----------
    awards : pandas.DataFrame
        As ``aid_awards.read_awards`` gives them, up to the end of the window.
    keys : sequence of str
        Columns of the undertaking.
    start : datetime.date
        First day of the window.

    Returns
    -------
    pandas.DataFrame
        One row an undertaking: the keys, ``used``, ``not_stated`` and ``special`` (special de
        minimis aid; all int64), ``awards_count``, ``enterprises_count``, ``gaps_count`` (de
        minimis awards without amount, date or Member State) and ``open_count`` (those without a
        basis), ``road_freight``, ``joined``, ``doubtful``.
    """
    inside = awards["day"] >= pd.Timestamp(start)
    counted = awards["counts"] & inside
    known = awards["micro"].fillna(0).astype("int64")
    bare = awards["basis"] == "not stated"
    lacks = awards["day"].isna() | (inside & awards["micro"].isna())
    marked = awards.assign(
        used=known.where(counted, 0),
        not_stated=known.where(bare & inside, 0),
        special=known.where((awards["basis"] == "special de minimis") & inside, 0),
        awards_count=counted.astype("int64"),
        gaps_count=(awards["counts"] & lacks).astype("int64"),
        open_count=(bare & lacks).astype("int64"),
    )
    held = marked.dropna(subset=[keys[0]])
    grouped = held[~held["unplaced"]].groupby(list(keys), sort=True)
    sums = grouped.agg(
        used=("used", "sum"),
        not_stated=("not_stated", "sum"),
        special=("special", "sum"),
        awards_count=("awards_count", "sum"),
        enterprises_count=("sme_id", "nunique"),
        gaps_count=("gaps_count", "sum"),
        open_count=("open_count", "sum"),
        road_freight=("road_freight", "max"),
        joined=("joined", "max"),
        doubtful=("doubtful", "max"),
    ).reset_index()
    # An award that may belong to any of several Member States leaves all of them open.
    lost = held[held["unplaced"] & (inside.reindex(held.index) | held["day"].isna())]
    for name, whose in (("gaps_count", lost["counts"]), ("open_count", bare)):
        extra = lost[whose.reindex(lost.index)].groupby(keys[0]).size()
        sums[name] += sums[keys[0]].map(extra).fillna(0).astype("int64")
    return sums


def judged_awards(awards: pd.DataFrame, *, month: int) -> tuple[pd.DataFrame, list[Parameter]]:
    """List awards with which a ceiling was passed, each judged at its own day.

    The Regulation is the one that the award states, else the one in force on its day. Awards of
    one undertaking on one day are judged together, for their order is not known.

    Returns
    -------
    pandas.DataFrame
        Columns ``ABOVE_COLUMNS``.
    list of Parameter
        The parameters used.
    """
    known = awards[awards["counts"] & awards["day"].notna() & awards["micro"].notna()]
    known = known[~known["unplaced"]].dropna(subset=[_KEYS[0]])
    found, used = [], []
    for regulation in DE_MINIMIS:
        mine = known[known["regulation"] == regulation]
        if mine.empty:
            continue
        general = parameter(regulation, name="ceiling")
        freight = optional_parameter(regulation, name="road_freight_ceiling") or general
        used += [general] + ([freight] if mine["road_freight"].any() else [])
        starts = _starts(pd.DatetimeIndex(mine["day"]), regulation=regulation, month=month)
        total = _totals(known, mine, starts)
        ceiling = np.where(mine["road_freight"], int(freight.number), int(general.number))
        over = total - ceiling.astype("int64") * 1_000_000
        found.append(
            mine.assign(
                granting_date=mine["day"].dt.date,
                window_start=starts.date,
                aid_amount=mine["micro"].astype("int64") / 1e6,
                total_amount=total / 1e6,
                ceiling_amount=ceiling.astype("float64"),
                above_amount=over / 1e6,
                note=_notes(mine, regulation),
            )[over > 0]
        )
    if not found:
        return pd.DataFrame(columns=ABOVE_COLUMNS), used
    together = pd.concat(found)[ABOVE_COLUMNS]
    order = [*_KEYS, "granting_date", "award_id"]
    return together.sort_values(order, kind="stable").reset_index(drop=True), used


def _totals(known: pd.DataFrame, mine: pd.DataFrame, starts: pd.DatetimeIndex) -> np.ndarray:
    """What the undertaking of each award received from the window's start to the award's day."""
    groups = known.groupby(_KEYS, sort=True).ngroup()
    day = _number(pd.DatetimeIndex(known["day"]))
    place = groups.to_numpy() * _SPAN + day
    order = np.argsort(place, kind="stable")
    amounts = known["micro"].astype("int64").to_numpy()[order]
    # Whole numbers: differences of running sums are exact.
    running = np.concatenate([[0], np.cumsum(amounts)])
    base = groups.reindex(mine.index).to_numpy() * _SPAN
    first = np.searchsorted(place[order], base + _number(starts), side="left")
    last = np.searchsorted(
        place[order], base + _number(pd.DatetimeIndex(mine["day"])), side="right"
    )
    return np.asarray(running[last] - running[first])


def _number(days: pd.DatetimeIndex) -> np.ndarray:
    return days.to_numpy().astype("datetime64[D]").astype("int64") + 1_000_000


def _notes(mine: pd.DataFrame, regulation: str) -> list[str]:
    ceiling = parameter(regulation, name="ceiling")
    transition = optional_parameter(regulation, name="transition_until")
    notes = []
    for day in mine["day"].dt.date:
        note = ""
        if day < ceiling.valid_from:
            note = f"States {regulation}, which did not apply yet."
        elif transition is not None and day > transition.day:
            note = f"States {regulation}, whose transition ended on {transition.day}."
        elif ceiling.valid_to is not None and day > ceiling.valid_to:
            note = f"Within the transition of {regulation}." if transition else ""
        notes.append(note)
    return notes
