"""The section on loans: portfolio with risk and write-offs, ageing, vintages and transitions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from difass_analysis.display import numbers
from difass_analysis.errors import DifassError
from difass_analysis.finance import (
    Ageing,
    Portfolio,
    RollRates,
    Vintages,
    ageing,
    portfolio,
    roll_rates,
    vintages,
)
from difass_analysis.reporting.content import Block, Cell, Column, Footnotes, Grid, Picture
from difass_analysis.reporting.grids import known_rows
from difass_analysis.reporting.language import Words, term
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
    not_computed,
)
from difass_analysis.result import Result

if TYPE_CHECKING:
    from difass_analysis.programme import Programme

_ID = "loans"
# PAR and write-offs stand in one group, since one moves at the cost of the other.
_GROUPS = (
    (
        term("Balance"),
        ("gross_portfolio", "average_portfolio", "active_loans", "active_borrowers"),
    ),
    (
        term("Risk and write-offs"),
        (
            *(
                f"par_{days}{which}"
                for days in (1, 30, 90, 180)
                for which in ("", "_unrestructured")
            ),
            *("written_off_amount", "write_off_ratio", "recovery_share", "risk_coverage"),
        ),
    ),
    (
        term("Cost and yield"),
        (
            *("portfolio_yield", "operating_expense_ratio", "cost_per_borrower", "cost_per_loan"),
            *("borrowers_per_staff", "oss"),
        ),
    ),
)


def loans_section(
    programme: Programme, *, home: str, out: Path, level: float, words: Words
) -> Section | None:
    """Return how the loan portfolio stands at the last date; None without a loan tape.

    Parameters
    ----------
    programme : Programme
        The programme, as it may be shown. Of data that are not public nothing is shown.
    home : str
        Its name in files and on the page.
    out : Path
        Folder of the report; the tables are ``<home>_portfolio``, ``_ageing``, ``_vintages``,
        ``_roll_rates`` and ``_expected_loss``.
    level : float
        Level of the intervals of PAR.
    words : Words
        The language of the page.
    """
    if "loans" not in programme.tables:
        return None
    title = words("Loans")
    if is_closed(programme):
        return closed_section(_ID, title, words)
    place = Place(home=home, out=out, words=words)
    try:
        found = portfolio(programme, level=level)
    except DifassError as error:
        return failed_section(_ID, title, error, words)
    bands = ageing(programme)
    blocks: list[Block] = [_portfolio_grid(found, place), _risk_picture(found, place)]
    blocks += [_ageing_grid(bands, place), _ageing_picture(bands, place)]
    caveats = [*found.caveats, *bands.caveats]
    for part in (_vintages, _transitions):
        more, said = part(programme, place)
        blocks += more
        caveats += said
    blocks += caveats_block(caveats, programme=programme, words=words)
    return Section(id=_ID, title=title, lead=_lead(found, words), blocks=tuple(blocks))


def _lead(found: Portfolio, words: Words) -> str:
    """Say balance, risk and write-offs in one sentence."""
    rows = found.frame.set_index("measure")

    def text(measure: str) -> str:
        row = rows.loc[measure]
        if numbers.is_known(row["value"]) or not numbers.is_known(row["lower"]):
            return words.value(row["value"], unit=str(row["unit"]))
        return words.span(
            row["lower"], row["upper"], unit=str(row["unit"]), method=str(row["method"])
        )

    balance = f"{text('gross_portfolio')} {found.currency}"
    parts = {"balance": balance, "late": text("par_30"), "lost": text("write_off_ratio")}
    label = words.said(str(rows.loc["par_30", "label"]))
    if found.date is None:
        return words("Outstanding: {balance}. {label}: {late}.", label=label, **parts)
    return words(
        "Outstanding on {date}: {balance}. {label}: {late}; write-offs a year: {lost}.",
        date=words.day(found.date),
        label=label,
        **parts,
    )


def _portfolio_grid(found: Portfolio, place: Place) -> Grid:
    words, notes = place.words, Footnotes()
    rows = {str(row["measure"]): row for row in known_rows(found.frame)}
    groups = []
    for title, measures in _GROUPS:
        cells = []
        for measure in measures:
            row = rows[measure]
            unit = "" if row["unit"] == "share" else words.unit(row["unit"])
            label = Cell(text=words.said(str(row["label"])), small=unit)
            cells.append((label, *figure_cells(row, words=words, notes=notes)))
        groups.append((words(title), cells))
    columns = (
        Column(label=words("Figure"), wide=True),
        Column(label=words("Value"), number=True),
        Column(label=words("Interval or bounds")),
    )
    return grouped_grid(
        groups,
        columns,
        id=f"{place.home}-loan-portfolio",
        caption=words("Loan portfolio"),
        notes=notes,
        files=place.files(found, "portfolio"),
        words=words,
    )


def _band(name: object, words: Words) -> str:
    """Write a band of days; its days are the same in every language."""
    return words("not late") if name == "current" else words.said(str(name))


def _ageing_grid(found: Ageing, place: Place) -> Grid:
    words, unit = place.words, found.currency
    rows = []
    for row in known_rows(found.frame):
        money = (
            money_cell(row[name], unit=unit, words=words)
            for name in ("outstanding_amount", "restructured_amount")
        )
        band = Cell(text=_band(row["band"], words))
        loans = money_cell(row["loans"], unit="loans", words=words)
        balance, changed = money
        share = money_cell(row["share"], unit="share", words=words)
        rows.append((band, loans, balance, share, changed))
    columns = (
        Column(label=words("Days past due")),
        Column(label=words("Loans"), number=True),
        Column(label=words("Balance ({currency})", currency=unit), number=True),
        Column(label=words("Share of the balance"), number=True),
        Column(label=words("of which restructured"), number=True),
    )
    return grouped_grid(
        [("", rows)],
        columns,
        id=f"{place.home}-loan-ageing",
        caption=words("Balance by days past due"),
        files=place.files(found, "ageing"),
        words=words,
    )


def _risk_picture(found: Portfolio, place: Place) -> Picture:
    words = place.words
    rows = found.frame[found.frame["measure"].isin(["par_30", "par_90", "write_off_ratio"])]
    said = [
        f"{words.said(str(row['label']))}: {words.value(row['value'], unit='share')}"
        for row in known_rows(rows)
    ]
    return section_picture(
        found.plot,
        home=place.home,
        name="portfolio_risk",
        out=place.out,
        title=words("Portfolio at risk and write-offs"),
        words="; ".join(said),
    )


def _ageing_picture(found: Ageing, place: Place) -> Picture:
    words = place.words
    said = [
        f"{_band(row['band'], words)}: {words.value(row['share'], unit='share')}"
        for row in known_rows(found.frame)
    ]
    return section_picture(
        found.plot,
        home=place.home,
        name="ageing",
        out=place.out,
        title=words("Balance by days past due"),
        words="; ".join(said),
    )


Part = tuple[list[Block], tuple[str, ...]]


def _vintages(programme: Programme, place: Place) -> Part:
    words = place.words
    try:
        found = vintages(programme)
    except DifassError as error:
        return [not_computed(error, words, heading=words("Vintages"))], ()
    frame = found.frame
    last = frame[frame["month"] == frame.groupby("quarter")["month"].transform("max")]
    if last.empty:
        return [], found.caveats
    blocks: list[Block] = [_vintage_grid(found, last, place)]
    known = frame[["written_off_share", "default_share"]].notna().any(axis=None)
    if known:
        blocks.append(
            section_picture(
                found.plot,
                home=place.home,
                name="vintages",
                out=place.out,
                title=words("Vintages by months on book"),
                words=words("One curve for each quarter; their last points stand in the table."),
            )
        )
    return blocks, found.caveats


def _vintage_grid(found: Vintages, last: pd.DataFrame, place: Place) -> Grid:
    words, notes = place.words, Footnotes()
    rows = []
    for row in known_rows(last):
        note = words.said(str(row["note"])) if row["note"] else ""
        rows.append(
            (
                Cell(text=str(row["quarter"]), marks=notes.mark(note)),
                money_cell(row["loans"], unit="loans", words=words),
                money_cell(row["disbursed_amount"], unit=found.currency, words=words),
                money_cell(row["month"], unit="months", words=words),
                money_cell(row["written_off_share"], unit="share", words=words),
                money_cell(row["default_share"], unit="share", words=words),
            )
        )
    columns = (
        Column(label=words("Disbursed in")),
        Column(label=words("Loans"), number=True),
        Column(label=words("Disbursed ({currency})", currency=found.currency), number=True),
        Column(label=words("Months on book"), number=True),
        Column(label=words("Written off"), number=True),
        Column(label=words("Over {days} days late", days=found.default_days), number=True),
    )
    return grouped_grid(
        [("", rows)],
        columns,
        id=f"{place.home}-loan-vintages",
        caption=words("Vintages: share of the money disbursed, up to the last month"),
        notes=notes,
        files=place.files(found, "vintages"),
        words=words,
    )


def _transitions(programme: Programme, place: Place) -> Part:
    words = place.words
    try:
        found = roll_rates(programme)
    except DifassError as error:
        return [not_computed(error, words, heading=words("Roll rates"))], ()
    if found.frame.empty:
        return [], found.caveats
    picture = section_picture(
        found.plot,
        home=place.home,
        name="roll_rates",
        out=place.out,
        title=words("Where balances go from one date to the next"),
        words=words("A matrix of shares by band; the numbers stand in the file of roll rates."),
    )
    picture = replace(picture, files=(*place.files(found, "roll_rates"), *picture.files))
    return [picture, _loss_grid(found, place)], found.caveats


def _loss_grid(found: RollRates, place: Place) -> Grid:
    words, notes = place.words, Footnotes()
    rows = []
    for row in known_rows(found.loss):
        note = words.said(str(row["note"])) if row["note"] else ""
        rows.append(
            (
                Cell(text=_band(row["band"], words), marks=notes.mark(note)),
                money_cell(row["balance_amount"], unit=found.currency, words=words),
                money_cell(row["loss_share"], unit="share", words=words),
                money_cell(row["expected_loss_amount"], unit=found.currency, words=words),
            )
        )
    columns = (
        Column(label=words("Days past due")),
        Column(label=words("Balance ({currency})", currency=found.currency), number=True),
        Column(label=words("Share lost in the end"), number=True),
        Column(label=words("Expected loss ({currency})", currency=found.currency), number=True),
    )
    loss = Result(frame=found.loss, provenance=found.provenance, caveats=found.caveats)
    return grouped_grid(
        [("", rows)],
        columns,
        id=f"{place.home}-loan-loss",
        caption=words("Expected loss by roll rates"),
        notes=notes,
        files=place.files(loss, "expected_loss"),
        words=words,
    )
