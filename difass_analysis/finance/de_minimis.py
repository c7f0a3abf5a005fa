"""De minimis aid: how much each single undertaking may still receive, and where it was passed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from difass_analysis.display import aid_charts
from difass_analysis.errors import UsageError
from difass_analysis.finance.aid_awards import Awards, read_awards
from difass_analysis.finance.aid_parameters import (
    DE_MINIMIS,
    Parameter,
    de_minimis_at,
    optional_parameter,
    parameter,
    status_note,
)
from difass_analysis.finance.aid_windows import judged_awards, window_start, window_sums
from difass_analysis.finance.days import day_of
from difass_analysis.programme import Programme
from difass_analysis.result import Result
from difass_analysis.validation.model import rows_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_KEYS = ["undertaking_id", "country_code"]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class AidHeadroom(Result):
    """De minimis aid and headroom of single undertakings at a date.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row for each undertaking, Member State and Regulation read: ``undertaking_id``,
        ``country_code`` (empty: not stated), ``regulation``, ``role`` (``in force``,
        ``transitional``, ``for comparison``), ``window_start``, ``window_end``,
        ``enterprises_count``, ``awards_count``, ``aid_amount``, ``ceiling_amount``,
        ``headroom_amount`` (missing where an award's amount, date or Member State is, unless
        the ceiling is used up anyway), ``above_amount``,
        ``not_stated_amount`` (aid of the window without a legal basis),
        ``headroom_if_counted_amount`` (if that were de minimis aid; missing also where one of
        those awards has no amount, date or Member State), ``crosses_change``,
        ``status`` of the ceiling, ``note``.
    date : datetime.date or str
        Awards up to and including this day count.
    above : pandas.DataFrame
        Awards with which a ceiling was passed, up to the date, each judged at its own day:
        ``award_id``, ``undertaking_id``, ``country_code``, ``granting_date``, ``regulation``,
        ``window_start``, ``aid_amount``, ``total_amount``, ``ceiling_amount``,
        ``above_amount``, ``note``.
    unknown : pandas.DataFrame
        Awards that cannot be judged: ``award_id``, ``undertaking_id``, ``reason``.
    members : pandas.DataFrame
        ``undertaking_id`` and ``sme_id`` of its enterprises with awards.
    """

    date: dt.date
    above: pd.DataFrame = field(default_factory=pd.DataFrame)
    unknown: pd.DataFrame = field(default_factory=pd.DataFrame)
    members: pd.DataFrame = field(default_factory=pd.DataFrame)

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw aid used against the ceiling, one line an undertaking, the fullest first."""
        shown = self.frame[self.frame["role"] == "in force"]
        frame = pd.DataFrame(
            {
                "label": [
                    f"{row.undertaking_id} ({row.country_code})"
                    if row.country_code
                    else str(row.undertaking_id)
                    for row in rows_of(shown)
                ],
                "used": shown["aid_amount"].tolist(),
                "ceiling": shown["ceiling_amount"].tolist(),
                "headroom": shown["headroom_amount"].tolist(),
            }
        )
        return aid_charts.headroom(
            frame,
            title=f"De minimis aid and ceiling on {self.date}",
            unit="EUR",
            caveats=self.caveats,
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )


def aid_headroom(
    programme: Programme,
    *,
    date: dt.date | str,
    fiscal_year_starts: int = 1,
) -> AidHeadroom:
    """How much de minimis aid may each single undertaking still receive at a date?

    Parameters
    ----------
    programme : Programme
        With the table ``aid_awards``; ``ownership`` joins enterprises to single undertakings,
        ``enterprises`` tells road freight by NACE 49.41. All amounts in EUR.
    date : datetime.date or str
        Awards up to and including this day count.
    fiscal_year_starts : int
        Month in which the fiscal year begins; used by the Regulations before 2024.

    Returns
    -------
    AidHeadroom
        An award counts where its legal basis names a general de minimis Regulation, or de
        minimis aid without a number. Awards of a stated other basis do not count; awards without
        one are never given one, and stand in columns of their own.

    Raises
    ------
    InputError
        When there are no awards, or amounts are not all in EUR.
    UsageError
        When no Regulation held was in force at the date, or date or month are none.

    Notes
    -----
    Regulations 1998/2006, 1407/2013 (three fiscal years) and 2023/2831 (any three years, rolling),
    Art. 2(2) and 3(2). Aid on the same day three years before still counts, which is the stricter
    reading. Where a window of an undertaking crosses a change of Regulation, both readings are in
    the frame. A total of exactly the ceiling is allowed; sums are exact.

    Examples
    --------
    >>> awards = pd.DataFrame({
    ...     "award_id": ["a", "b"], "sme_id": ["x", "x"], "aid_amount": [200_000.0, 100_000.0],
    ...     "granting_date": pd.to_datetime(["2024-02-01", "2025-02-01"]).date,
    ...     "legal_basis": "2023/2831"})
    >>> found = aid_headroom(Programme.from_frames(aid_awards=awards), date=dt.date(2025, 6, 1))
    >>> found.frame[["aid_amount", "headroom_amount", "above_amount"]].values.tolist()
    [[300000.0, 0.0, 0.0]]
    """
    if fiscal_year_starts not in range(1, 13):
        raise UsageError(f"There is no month {fiscal_year_starts}.", todo="Write 1 to 12.")
    day = day_of(date)
    current = de_minimis_at(day)
    awards = read_awards(programme)
    until = awards.frame[~(awards.frame["day"] > pd.Timestamp(day))]
    readings = _readings(day, current)
    rows = [
        _reading(until, regulation, role, date=day, month=fiscal_year_starts)
        for regulation, role in readings
    ]
    frame = _crossing(pd.concat(rows, ignore_index=True), until)
    above, judged_by = judged_awards(until, month=fiscal_year_starts)
    used = [*_used(frame, readings), *judged_by]
    return AidHeadroom(
        frame=frame,
        provenance=programme.provenance,
        caveats=(*_caveats(awards, until, frame, above, day), *filter(None, [status_note(used)])),
        date=day,
        above=above,
        unknown=awards.unknown,
        members=awards.members,
    )


def _readings(date: dt.date, current: str) -> list[tuple[str, str]]:
    """Regulations to read the window by: the one in force, and the one before it."""
    found = [(current, "in force")]
    place = DE_MINIMIS.index(current)
    if place:
        before = DE_MINIMIS[place - 1]
        until = parameter(before, name="transition_until").day
        found.append((before, "transitional" if date <= until else "for comparison"))
    return found


def _ceilings(frame: pd.DataFrame, regulation: str) -> tuple[pd.Series, list[Parameter]]:
    general = parameter(regulation, name="ceiling")
    freight = optional_parameter(regulation, name="road_freight_ceiling") or general
    amounts = np.where(frame["road_freight"], int(freight.number), int(general.number))
    return pd.Series(amounts, index=frame.index), [general, freight]


def _reading(
    awards: pd.DataFrame, regulation: str, role: str, *, date: dt.date, month: int
) -> pd.DataFrame:
    """Read every undertaking's window at the date by one Regulation."""
    start = window_start(date, regulation=regulation, month=month)
    sums = window_sums(awards, keys=_KEYS, start=start)
    ceiling, parameters = _ceilings(sums, regulation)
    micro = ceiling.astype("int64") * 1_000_000
    open_ = sums["gaps_count"] > 0
    left = (micro - sums["used"]).clip(lower=0)
    with_rest = (micro - sums["used"] - sums["not_stated"]).clip(lower=0)
    status = {one.name: one.status for one in parameters}
    names = np.where(
        sums["road_freight"] & ("road_freight_ceiling" in status),
        "road_freight_ceiling",
        "ceiling",
    )
    return pd.DataFrame(
        {
            **{name: sums[name] for name in _KEYS},
            "regulation": regulation,
            "role": role,
            "window_start": start,
            "window_end": date,
            "enterprises_count": sums["enterprises_count"],
            "awards_count": sums["awards_count"],
            "aid_amount": sums["used"] / 1e6,
            "ceiling_amount": ceiling.astype("float64"),
            # Where the ceiling is used up, what is missing could change nothing.
            "headroom_amount": (left / 1e6).mask(open_ & (left > 0)),
            "above_amount": (sums["used"] - micro).clip(lower=0) / 1e6,
            "not_stated_amount": sums["not_stated"] / 1e6,
            "headroom_if_counted_amount": (with_rest / 1e6).mask(
                (open_ | (sums["open_count"] > 0)) & (with_rest > 0)
            ),
            "crosses_change": False,
            "status": [status[name] for name in names],
            "note": [
                _note(row, freight=name == "road_freight_ceiling", left=int(rest))
                for row, name, rest in zip(sums.to_dict("records"), names, left, strict=True)
            ],
        }
    )


def _note(row: dict[Hashable, object], *, freight: bool, left: int) -> str:
    parts = []
    full = left == 0
    gaps = int(str(row["gaps_count"]))
    if gaps:
        parts.append(
            f"{'Still more' if full else 'Headroom not known'}: {gaps} de minimis "
            f"award{'s' if gaps > 1 else ''} without amount, date or Member State."
        )
    if freight:
        parts.append(
            "Ceiling of road freight for hire or reward (NACE 49.41); with other activities and "
            "separate accounts the general one may hold."
        )
    if row["joined"]:
        parts.append("Ownership joins undertakings that are stated as several.")
    if row["doubtful"]:
        parts.append("A holding of unknown share could join it to others.")
    special = int(str(row["special"]))
    if special:
        rest = max(left - special, 0) / 1e6
        parts.append(
            f"Special de minimis aid of {special / 1e6:,.2f}: if of agriculture or fishery it uses "
            f"up this ceiling as well, which leaves {rest:,.2f} at most."
        )
    return " ".join(parts)


def _crossing(frame: pd.DataFrame, awards: pd.DataFrame) -> pd.DataFrame:
    """Mark windows with aid on both sides of a change; drop comparisons that none needs."""
    crosses = pd.Series(False, index=frame.index)
    counted = awards[awards["counts"] & awards["day"].notna()]
    changes = [parameter(name, name="ceiling").valid_from for name in DE_MINIMIS[1:]]
    # All undertakings are read by the same windows at the same date.
    earliest, date = frame["window_start"].min(), frame["window_end"].max()
    keys = pd.MultiIndex.from_frame(frame[_KEYS])
    for change in changes:
        if frame.empty or not earliest < change <= date:
            continue
        # Without aid before the change there is nothing that two rules would read differently.
        older = counted[counted["day"] < pd.Timestamp(change)]
        last = older.groupby(_KEYS)["day"].max()
        days = pd.Series(last.reindex(keys).to_numpy(), index=frame.index)
        crosses |= days >= pd.Timestamp(earliest)
    frame = frame.assign(crosses_change=crosses)
    return (
        frame[(frame["role"] != "for comparison") | crosses]
        .sort_values([*_KEYS, "role"], kind="stable", key=_role_order)
        .reset_index(drop=True)
    )


def _role_order(column: pd.Series) -> pd.Series:
    order = {"in force": 0, "transitional": 1, "for comparison": 2}
    return column.map(order) if column.name == "role" else column


def _used(frame: pd.DataFrame, readings: Sequence[tuple[str, str]]) -> list[Parameter]:
    """Parameters behind the rows that are shown."""
    used = []
    for regulation, role in readings:
        mine = frame[(frame["regulation"] == regulation) & (frame["role"] == role)]
        if len(mine):
            amounts, parameters = _ceilings(mine.assign(road_freight=False), regulation)
            freight = mine["ceiling_amount"].to_numpy() < amounts.to_numpy()
            used += [parameters[0]] + ([parameters[1]] if freight.any() else [])
            used.append(parameter(regulation, name="window"))
        if role == "transitional":
            used.append(parameter(regulation, name="transition_until"))
    return used


def _caveats(
    awards: Awards,
    until: pd.DataFrame,
    frame: pd.DataFrame,
    above: pd.DataFrame,
    date: dt.date,
) -> tuple[str, ...]:
    crossing = frame.loc[frame["crosses_change"], _KEYS].drop_duplicates()
    later = len(awards.frame) - len(until)
    not_stated = int((until["basis"] == "not stated").sum())
    sentences = [
        (
            len(crossing),
            "Undertakings whose window crosses a change of Regulation, shown in both readings: "
            f"{len(crossing):,}.",
        ),
        (later, f"Awards after {date}, which do not count: {later:,}."),
        (
            not_stated,
            f"Awards that state no legal basis: {not_stated:,}. None is assumed; the headroom if "
            "they were de minimis aid stands beside the other.",
        ),
        (
            len(awards.unknown),
            "Awards that cannot be judged for lack of amount, date, enterprise or Member State: "
            f"{len(awards.unknown):,}.",
        ),
        (
            len(above),
            f"Awards of days on which a ceiling was passed: {len(above):,}. None of such an award "
            "is de minimis aid, not even the part below.",
        ),
    ]
    found = [text for count, text in sentences if count]
    return (*awards.caveats, *found)
