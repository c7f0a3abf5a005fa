"""Commands for what the package offers: its indicators, and programmes whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from difass_analysis.cli import console, session
from difass_analysis.export import write_programme
from difass_analysis.indicators import catalogue as whole_catalogue
from difass_analysis.indicators import choose
from difass_analysis.loading import load_all
from difass_analysis.simulation import simulate as simulate_programme


def catalogue(
    indicator: Annotated[str | None, typer.Argument(help="Id of one indicator.")] = None,
    path: Annotated[
        Path | None, typer.Option("--path", help="A programme whose own indicators are listed too.")
    ] = None,
) -> None:
    """List the indicators, or print one with its definition, formula and source."""
    printer = session.current().printer
    currency, held = "EUR", whole_catalogue()
    if path is not None:
        programme = load_all(path, engine=session.current().engine)[0]
        currency = programme.currency
        held = whole_catalogue(programme.settings.indicators, where=programme.id)
    if indicator is None:
        console.print_catalogue(printer, list(held.values()), currency=currency)
    else:
        console.print_definition(printer, choose(held, [indicator])[0], currency=currency)


def simulate(
    out: Annotated[Path, typer.Option(help="Folder for the simulated tables.")],
    seed: Annotated[int, typer.Option(help="Seed; the same seed gives the same data.")] = 1,
    operations: Annotated[int, typer.Option(help="Number of operations.")] = 700,
) -> None:
    """Write a simulated programme whose true effects are known."""
    session.check_folder(out)
    engine = session.current().engine
    programme = simulate_programme(seed=seed, operations=operations, engine=engine)
    written = write_programme(programme, out)
    session.current().printer.result(f"{out}: {len(written)} files, simulated")
