"""The section on leverage: the same money by every definition that its data allow."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from difass_analysis.display import numbers
from difass_analysis.errors import DifassError
from difass_analysis.finance import LeverageTable, expected_and_achieved, leverage
from difass_analysis.reporting.content import Block, Cell, Column, Footnotes, Grid
from difass_analysis.reporting.grids import known_rows
from difass_analysis.reporting.language import Words, term
from difass_analysis.reporting.safety import ROWS
from difass_analysis.reporting.sections import Section, section_picture
from difass_analysis.reporting.shared_parts import (
    Place,
    caveats_block,
    closed_section,
    failed_section,
    figure_cells,
    grouped_grid,
    is_closed,
    money_cell,
)
from difass_analysis.result import Result

if TYPE_CHECKING:
    from difass_analysis.programme import Programme

_ID = "leverage"
_SOURCES = ("funding", "operations", "calls")
_SPREAD, _UNREAD = "The same money scores ", "Unverified, not read at the source: "
_STATUS = {
    "read at the source": term("read at the source"),
    "unverified": term("unverified"),
    "not a legal term": term("not a legal term"),
}


def leverage_section(
    programme: Programme, *, home: str, out: Path, level: float, words: Words
) -> Section | None:
    """Return the leverage of a programme by definition; None where none can be computed.

    Parameters
    ----------
    programme : Programme
        The programme, as it may be shown. Of data that are not public only ratios of stated
        totals are shown, and only where no single operations are known besides.
    home : str
        Its name in files and on the page.
    out : Path
        Folder of the report; the tables are ``<home>_leverage`` and ``_leverage_progress``.
    level : float
        Level of the intervals.
    words : Words
        The language of the page.
    """
    if not set(_SOURCES) & set(programme.tables) or not programme.currency:
        return None
    title = words("Leverage by definition")
    if is_closed(programme) and set(ROWS) - {"calls"} & set(programme.tables):
        return closed_section(_ID, title, words)
    place = Place(home=home, out=out, words=words)
    try:
        found = leverage(programme, level=level)
    except DifassError as error:
        return failed_section(_ID, title, error, words)
    if not found.frame["value"].notna().any():
        return None
    blocks: list[Block] = [_grid(found, programme, place)]
    if (found.frame["unit"] != "share").any():
        blocks.append(_picture(found, place))
    blocks += _progress(programme, place, level=level)
    blocks += caveats_block(_other_caveats(found), programme=programme, words=words)
    return Section(id=_ID, title=title, lead=_lead(found, words), blocks=tuple(blocks))


def _other_caveats(found: LeverageTable) -> Iterable[str]:
    """Caveats but for those that lead and table say in the language of the page."""
    return [text for text in found.caveats if not text.startswith((_SPREAD, _UNREAD))]


def _lead(found: LeverageTable, words: Words) -> str:
    known = found.frame[found.frame["value"].notna() & (found.frame["unit"] != "share")]
    if known["value"].round(10).nunique() < 2:
        return words("A figure for leverage means nothing without its definition.")
    rows = known_rows(known.sort_values("value", kind="stable"))
    low, high = rows[0], rows[-1]
    return words(
        "The same money scores {low} ({first}) to {high} ({second}): a figure for leverage means "
        "nothing without its definition.",
        low=words.value(low["value"], unit="x"),
        first=words.said(str(low["label"])),
        high=words.value(high["value"], unit="x"),
        second=words.said(str(high["label"])),
    )


def _grid(found: LeverageTable, programme: Programme, place: Place) -> Grid:
    words, notes, unit = place.words, Footnotes(), programme.currency
    rows = []
    for row in known_rows(found.frame):
        label = Cell(text=words.said(str(row["label"])), small=words.said(str(row["definition"])))
        sides = (
            money_cell(row[side], unit=unit, words=words) for side in ("numerator", "denominator")
        )
        status = Cell(text=words(_STATUS[str(row["status"])]), small=words.said(str(row["source"])))
        rows.append((label, *figure_cells(row, words=words, notes=notes), *sides, status))
    for row in known_rows(found.not_computable):
        label = Cell(text=words.said(str(row["label"])))
        why = {"note": f"{str(row['reason'])[:1].upper()}{str(row['reason'])[1:]}."}
        blank = (Cell(text=""),) * 3
        rows.append((label, *figure_cells(why, words=words, notes=notes), *blank))
    columns = (
        Column(label=words("Definition"), wide=True),
        Column(label=words("Value"), number=True),
        Column(label=words("Interval or bounds")),
        Column(label=words("Numerator"), number=True),
        Column(label=words("Denominator"), number=True),
        Column(label=words("Legal source"), wide=True),
    )
    return grouped_grid(
        [("", rows)],
        columns,
        id=f"{place.home}-leverage-definitions",
        caption=words("Leverage by definition, money committed ({currency})", currency=unit),
        notes=notes,
        files=place.files(_plain(found, programme), "leverage"),
        words=words,
    )


def _plain(found: Result, programme: Programme) -> Result:
    """The table for its file; where only stated totals are held, it tells no more than they do."""
    if not is_closed(programme):
        return found
    return Result(frame=found.frame, provenance=found.provenance, caveats=found.caveats)


def _picture(found: LeverageTable, place: Place) -> Block:
    words = place.words
    said = [
        f"{words.said(str(row['label']))}: {words.value(row['value'], unit='x')}"
        for row in known_rows(found.frame)
        if row["unit"] != "share"
    ]
    return section_picture(
        found.plot,
        home=place.home,
        name="leverage",
        out=place.out,
        title=words("Leverage of the same money, by definition"),
        words="; ".join(said),
    )


def _progress(programme: Programme, place: Place, *, level: float) -> list[Block]:
    """Set what was expected beside what was achieved, where payments by source are known."""
    words = place.words
    if "funding" not in programme.tables:
        return []
    try:
        found = expected_and_achieved(programme, level=level)
    except DifassError:
        return []  # payments are not known; the section stands without them
    row = known_rows(found.frame)[0]
    if not numbers.is_known(row["achieved"]):
        return []
    notes = Footnotes()
    cells = []
    for side, label in (("expected", words("expected")), ("achieved", words("achieved"))):
        figure = {name: row[f"{side}_{name}"] for name in ("lower", "upper", "note")}
        figure |= {"value": row[side], "unit": "x"}
        sides = (
            money_cell(row[f"{side}_{name}"], unit=programme.currency, words=words)
            for name in ("numerator", "denominator")
        )
        cells.append((Cell(text=label), *figure_cells(figure, words=words, notes=notes), *sides))
    columns = (
        Column(label=words("Money"), wide=True),
        Column(label=words("Value"), number=True),
        Column(label=words("Interval or bounds")),
        Column(label=words("Numerator"), number=True),
        Column(label=words("Denominator"), number=True),
    )
    caption = words(
        "{label}: expected (agreed) and achieved (paid)", label=words.said(found.heading)
    )
    grid = grouped_grid(
        [("", cells)],
        columns,
        id=f"{place.home}-leverage-progress",
        caption=caption,
        notes=notes,
        files=place.files(found, "leverage_progress"),
        words=words,
    )
    return [grid]
