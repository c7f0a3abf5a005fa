"""The section on revolving funds: how often money was lent, and first-round leverage beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from difass_analysis.display import numbers
from difass_analysis.errors import DifassError
from difass_analysis.finance import RevolvingMeasures, revolving
from difass_analysis.reporting.content import Cell, Column, Footnotes, Grid
from difass_analysis.reporting.grids import known_rows
from difass_analysis.reporting.language import Words, term
from difass_analysis.reporting.sections import Section
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

if TYPE_CHECKING:
    from difass_analysis.programme import Programme

_ID = "funds"
_LABELS = {
    "revolving_factor": term("Revolving factor"),
    "recycled_share": term("Recycled money per paid-in capital"),
    "retention": term("Retention"),
    "capital_kept": term("Capital kept"),
    "legacy": term("Legacy"),
    "first_round_leverage": term("First-round leverage"),
}


def funds_section(
    programme: Programme, *, home: str, out: Path, level: float, words: Words
) -> Section | None:
    """Return what each revolving fund has done so far; None without the table of funds.

    Parameters
    ----------
    programme : Programme
        The programme, as it may be shown. Of data that are not public nothing is shown.
    home : str
        Its name in files and on the page.
    out : Path
        Folder of the report; the table is ``<home>_revolving``.
    level : float
        Level of the intervals; not used here: the measures are stated amounts.
    words : Words
        The language of the page.
    """
    if "funds" not in programme.tables:
        return None
    title = words("Revolving funds")
    if is_closed(programme):
        return closed_section(_ID, title, words)
    place = Place(home=home, out=out, words=words)
    try:
        found = revolving(programme)
    except DifassError as error:
        return failed_section(_ID, title, error, words)
    caveats = caveats_block(found.caveats, programme=programme, words=words)
    return Section(
        id=_ID,
        title=title,
        lead=words(
            "How often the capital was lent, what is left of it, and beside these, never "
            "multiplied with them, the money that came with the first loans."
        ),
        blocks=(_grid(programme, found, place), *caveats),
    )


def _grid(programme: Programme, found: RevolvingMeasures, place: Place) -> Grid:
    words, notes = place.words, Footnotes()
    formulas = dict(zip(found.definitions["measure"], found.definitions["definition"], strict=True))
    names = _names(programme)
    groups = []
    for fund, rows in found.frame.groupby("fund_id", sort=False):
        cells = []
        for row in known_rows(rows):
            formula = words.said(str(formulas[row["measure"]]))
            label = Cell(text=words(_LABELS[str(row["measure"])]), small=formula)
            currency = programme.currency
            sides = (
                money_cell(row[side], unit=currency, words=words)
                if numbers.is_known(row[side])
                else Cell(text="")
                for side in ("numerator", "denominator")
            )
            cells.append((label, *figure_cells(row, words=words, notes=notes), *sides))
        first, last = (int(rows[name].iloc[0]) for name in ("first_year", "last_year"))
        groups.append((f"{names.get(str(fund), str(fund))}, {first}\u2013{last}", cells))
    columns = (
        Column(label=words("Measure"), wide=True),
        Column(label=words("Value"), number=True),
        Column(label=words("Bounds")),
        Column(label=words("Numerator"), number=True),
        Column(label=words("Denominator"), number=True),
    )
    return grouped_grid(
        groups,
        columns,
        id=f"{place.home}-fund-measures",
        caption=words("Measures of the funds ({currency})", currency=programme.currency),
        notes=notes,
        files=place.files(found, "revolving"),
        words=words,
    )


def _names(programme: Programme) -> dict[str, str]:
    """Names of the funds, where they are stated."""
    table = programme.table("funds")
    if "name" not in table:
        return {}
    held = table.dropna(subset=["fund_id", "name"])
    return {str(key): str(name) for key, name in zip(held["fund_id"], held["name"], strict=True)}
