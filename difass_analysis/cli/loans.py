"""The command for loan tapes: portfolio, ageing and vintages on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from difass_analysis.cli import session
from difass_analysis.cli.choosing import names_of
from difass_analysis.cli.console import Printer
from difass_analysis.display import numbers
from difass_analysis.errors import InputError
from difass_analysis.export import write_table
from difass_analysis.finance import Ageing, Portfolio, Vintages, ageing, portfolio, vintages
from difass_analysis.loading import load
from difass_analysis.result import group_names

UNPROTECTED = "Not through disclosure control: small groups may tell of a single borrower."
#: Ages at which the vintages are printed, in months; the last one reached comes with them.
_AGES = (12, 24, 36)


def loans(
    path: Annotated[Path, typer.Argument(help="Folder of a programme, or one loan tape.")],
    by: Annotated[str, typer.Option(help="Columns to group by, separated by commas.")] = "",
    date: Annotated[
        str | None, typer.Option(help="Date of the tape, as 2017-12-31; its last one without.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="File for the portfolio: .csv .xlsx .docx .html .tex .md .parquet .json."
        ),
    ] = None,
    disclosure: Annotated[
        str | None,
        typer.Option("--disclosure", help="on, or off: a file of data that are not public."),
    ] = None,
) -> None:
    """Show a loan portfolio: balance, PAR and write-offs, ageing and vintages."""
    session.check_out(out)
    printer, engine = session.current().printer, session.current().engine
    switch = session.switch(disclosure)
    groups = names_of(by)
    with printer.working("Adding up the loans"):
        programme = load(path, engine=engine)
        found = portfolio(programme, date=date, by=groups)
        bands = ageing(programme, date=date, by=groups)
        try:
            curves: Vintages | str = vintages(programme, date=date, by=groups)
        except InputError as error:
            curves = error.message
    printer.heading(programme)
    _print_portfolio(printer, found)
    _print_ageing(printer, bands)
    if isinstance(curves, Vintages):
        _print_vintages(printer, curves)
        more = [caveat for caveat in curves.caveats if caveat not in found.caveats]
    else:
        more = [f"No vintages. {curves}"]
    for caveat in (*found.caveats, *more):
        printer.say(f"* {caveat}")
    if found.provenance.disclosure == "required":
        printer.say(f"* {UNPROTECTED}")
    if out is not None:
        printer.result(str(write_table(found, out, disclosure=switch)))


def _groups(frame: pd.DataFrame, by: tuple[str, ...]) -> dict[str, list[str]]:
    return {", ".join(by): group_names(frame, by)} if by else {}


def _print_portfolio(printer: Printer, found: Portfolio) -> None:
    rows = found.frame.to_dict("records")
    shown = pd.DataFrame(
        {
            **_groups(found.frame, found.by),
            "figure": [str(row["label"]) for row in rows],
            "value": [numbers.value_text(row["value"], unit=row["unit"]) for row in rows],
            "interval or bounds": [_range(row) for row in rows],
            "unit": [numbers.unit_text(row["unit"]) for row in rows],
            "note": [str(row["note"]) for row in rows],
        }
    )
    when = f" at {found.date}" if found.date else ""
    printer.table(shown, right=["value", "interval or bounds"], title=f"Loan portfolio{when}")


def _range(row: dict[Any, Any]) -> str:
    if not numbers.is_known(row["lower"]):
        return ""
    return numbers.range_text(row["lower"], row["upper"], unit=str(row["unit"]))


def _print_ageing(printer: Printer, found: Ageing) -> None:
    frame = found.frame
    shown = pd.DataFrame(
        {
            **_groups(frame, found.by),
            "days past due": frame["band"],
            "loans": [f"{count:,}" for count in frame["loans"]],
            "balance": [
                numbers.value_text(amount, unit=found.currency)
                for amount in frame["outstanding_amount"]
            ],
            "share": [numbers.value_text(share, unit="share") for share in frame["share"]],
        }
    )
    title = f"Balance by days past due ({found.currency})"
    printer.table(shown, right=["loans", "balance", "share"], title=title)


def _print_vintages(printer: Printer, found: Vintages) -> None:
    frame = found.frame
    keys = [*found.by, "quarter"]
    last = frame.groupby(keys, dropna=False)["month"].transform("max")
    frame = frame[frame["month"].isin(_AGES) | (frame["month"] == last)]
    if frame.empty:
        return
    shown = pd.DataFrame(
        {
            **_groups(frame, found.by),
            "disbursed in": frame["quarter"],
            "months on book": frame["month"].astype("str"),
            "loans": [f"{count:,}" for count in frame["loans"]],
            "disbursed": [
                numbers.value_text(amount, unit=found.currency)
                for amount in frame["disbursed_amount"]
            ],
            "written off": [
                numbers.value_text(share, unit="share") for share in frame["written_off_share"]
            ],
            f"over {found.default_days} days late": [
                numbers.value_text(share, unit="share") for share in frame["default_share"]
            ],
        }
    )
    right = [name for name in shown.columns if name not in {", ".join(found.by), "disbursed in"}]
    printer.table(shown, right=right, title="Vintages: share of the money disbursed")
