"""The command that verifies what left: recompute, and compare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from difass_analysis.cli import session
from difass_analysis.reporting.verifying import lines_of
from difass_analysis.reporting.verifying import verify as verify_path


def verify_file(
    file: Annotated[
        Path, typer.Argument(help="A table or chart, a file of a report, or a report's folder.")
    ],
    data: Annotated[
        Path | None,
        typer.Option("--data", help="Where the data are now, if not where the record says."),
    ] = None,
) -> None:
    """Recompute the figures of a file from its record. Exit code 1 unless they are the same."""
    current = session.current()
    with current.printer.working("Verifying"):
        found = verify_path(file, data=data, engine=current.engine)
    for line in lines_of(found):
        current.printer.result(line)
    if not found.same:
        raise typer.Exit(code=1)
