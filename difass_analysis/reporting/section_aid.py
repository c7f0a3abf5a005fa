"""The section on State aid: de minimis aid and headroom in sums, without names."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from difass_analysis.errors import DifassError
from difass_analysis.finance import AidHeadroom, aid_headroom
from difass_analysis.reporting.content import Block, Cell, Column, Grid, Paragraphs
from difass_analysis.reporting.grids import known_rows, text_cell
from difass_analysis.reporting.language import Words, term
from difass_analysis.reporting.sections import Section
from difass_analysis.reporting.shared_parts import (
    Place,
    caveats_block,
    closed_section,
    failed_section,
    grouped_grid,
    is_closed,
    money_cell,
)
from difass_analysis.result import Result

if TYPE_CHECKING:
    from difass_analysis.programme import Programme

_ID, _UNIT, _UNREAD = "aid", "EUR", "Unverified legal parameters: "
#: Undertakings with less than this part of their ceiling left stand apart.
_LITTLE = 0.1
_KEYS = ["regulation", "role", "status", "ceiling_amount"]
_ROLES = {
    "in force": term("in force"),
    "transitional": term("transitional"),
    "for comparison": term("for comparison"),
}
_COUNTS = {
    "undertakings_count": term("Undertakings"),
    "none_left_count": term("without headroom"),
    "little_left_count": term("with under 10 % of the ceiling left"),
    "not_known_count": term("whose headroom is not known"),
}
_ABOVE = ("granting_date", "regulation", "aid_amount", "total_amount", "ceiling_amount")


def aid_section(
    programme: Programme, *, home: str, out: Path, level: float, words: Words
) -> Section | None:
    """Return de minimis aid and headroom on the day of the last award; None without awards.

    Parameters
    ----------
    programme : Programme
        The programme, as it may be shown. Of data that are not public nothing is shown.
    home : str
        Its name in files and on the page.
    out : Path
        Folder of the report; the tables are ``<home>_aid`` and ``<home>_aid_above``. Neither
        has names or keys of enterprises or awards.
    level : float
        Level of the intervals; not used here: aid is added up, not estimated.
    words : Words
        The language of the page.
    """
    if "aid_awards" not in programme.tables:
        return None
    title = words("State aid")
    if is_closed(programme):
        return closed_section(_ID, title, words)
    place = Place(home=home, out=out, words=words)
    date = _last_day(programme.table("aid_awards"))
    if date is None:
        text = words("No award has a granting date, so no window of years can be formed.")
        return Section(id=_ID, title=title, blocks=(Paragraphs(texts=(text,)),))
    try:
        found = aid_headroom(programme, date=date)
    except DifassError as error:
        return failed_section(_ID, title, error, words)
    blocks: list[Block] = [_summary(found, place), *_above(found, place), *_unknown(found, words)]
    blocks += caveats_block(_said(found, words), programme=programme, words=words)
    lead = words(
        "De minimis aid of the window of years that ends on {date}, the day of the last award, "
        "and what single undertakings may still receive. No names are shown. This is no legal "
        "advice.",
        date=words.day(date),
    )
    return Section(id=_ID, title=title, lead=lead, blocks=tuple(blocks))


def _said(found: AidHeadroom, words: Words) -> list[str]:
    """Caveats, with the list of unverified parameters as names of law stay in every language."""
    return [
        words("Unverified legal parameters: {names}", names=text.removeprefix(_UNREAD))
        if text.startswith(_UNREAD)
        else text
        for text in found.caveats
    ]


def _last_day(awards: pd.DataFrame) -> dt.date | None:
    days = awards["granting_date"].dropna() if "granting_date" in awards else awards.iloc[:0, 0]
    return None if days.empty else pd.Timestamp(max(days)).date()


def headroom_sums(found: AidHeadroom) -> pd.DataFrame:
    """Add up headroom over undertakings, by Regulation, role and ceiling.

    Returns
    -------
    pandas.DataFrame
        ``regulation``, ``role``, ``status``, ``ceiling_amount``, ``undertakings_count``,
        ``aid_amount``, ``not_stated_amount``, ``none_left_count``, ``little_left_count``,
        ``not_known_count`` and ``headroom_amount`` (of those where it is known).
    """
    frame = found.frame
    left = frame["headroom_amount"]
    marked = frame.assign(
        undertakings_count=1,
        none_left_count=(left == 0).astype("int64"),
        little_left_count=((left > 0) & (left < _LITTLE * frame["ceiling_amount"])).astype("int64"),
        not_known_count=left.isna().astype("int64"),
    )
    names = [*_COUNTS, "aid_amount", "not_stated_amount", "headroom_amount"]
    sums = marked.groupby(_KEYS, sort=False, dropna=False)[names].sum()
    return sums.reset_index()


def _summary(found: AidHeadroom, place: Place) -> Grid:
    words = place.words
    sums = headroom_sums(found)
    rows = []
    for row in known_rows(sums):
        known = row["status"] == "read at the source"
        status = words("ceiling read at the source") if known else words("ceiling unverified")
        head = Cell(
            text=str(row["regulation"]), small=f"{words(_ROLES[str(row['role'])])}; {status}"
        )
        amounts = (
            money_cell(row[name], unit=_UNIT, words=words)
            for name in ("ceiling_amount", "aid_amount", "not_stated_amount")
        )
        counts = (money_cell(row[name], unit="undertakings", words=words) for name in _COUNTS)
        rows.append((head, *amounts, *counts))
    columns = (
        Column(label=words("Regulation"), wide=True),
        Column(label=words("Ceiling ({currency})", currency=_UNIT), number=True),
        Column(label=words("Aid in the window ({currency})", currency=_UNIT), number=True),
        Column(label=words("Aid without a stated legal basis"), number=True),
        *(Column(label=words(label), number=True) for label in _COUNTS.values()),
    )
    result = Result(frame=sums, provenance=found.provenance, caveats=found.caveats)
    return grouped_grid(
        [("", rows)],
        columns,
        id=f"{place.home}-aid-headroom",
        caption=words("Headroom of single undertakings"),
        files=place.files(result, "aid"),
        words=words,
    )


def _above(found: AidHeadroom, place: Place) -> list[Block]:
    words = place.words
    if found.above.empty:
        return [Paragraphs(texts=(words("No award passed a ceiling on its day."),))]
    frame = found.above[[*_ABOVE, "above_amount"]]
    frame = frame.sort_values(["granting_date", "above_amount"], kind="stable")
    rows = []
    for row in known_rows(frame):
        day = text_cell(pd.Timestamp(row["granting_date"]).date(), words=words)
        amounts = (
            money_cell(row[name], unit=_UNIT, words=words)
            for name in ("aid_amount", "total_amount", "ceiling_amount", "above_amount")
        )
        rows.append((day, Cell(text=str(row["regulation"])), *amounts))
    columns = (
        Column(label=words("Granted")),
        Column(label=words("Regulation")),
        Column(label=words("Aid ({currency})", currency=_UNIT), number=True),
        Column(label=words("In the window"), number=True),
        Column(label=words("Ceiling"), number=True),
        Column(label=words("Above"), number=True),
    )
    result = Result(frame=frame.reset_index(drop=True), provenance=found.provenance)
    grid = grouped_grid(
        [("", rows)],
        columns,
        id=f"{place.home}-aid-above",
        caption=words("Awards with which a ceiling was passed"),
        files=place.files(result, "aid_above"),
        words=words,
    )
    return [grid]


def _unknown(found: AidHeadroom, words: Words) -> tuple[Block, ...]:
    """Count the awards that cannot be judged, by reason."""
    if found.unknown.empty:
        return ()
    counts = found.unknown["reason"].value_counts().sort_index()
    said = tuple(
        words("{reason}: {count}", reason=words.said(str(reason)), count=words.value(int(count)))
        for reason, count in counts.items()
    )
    return (Paragraphs(texts=said, heading=words("Awards that cannot be judged"), listed=True),)
