"""The command for good practices: fact sheets, a catalogue to search, and the empty form."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from difass_analysis.cli import session
from difass_analysis.cli.console import Printer, print_findings
from difass_analysis.display import numbers
from difass_analysis.engine import Engine
from difass_analysis.errors import UsageError, one_of
from difass_analysis.export import safe_name
from difass_analysis.loading import load_all, set_aside
from difass_analysis.mechanisms import assess_practices, read_practices
from difass_analysis.programme import Programme, Settings
from difass_analysis.reporting.catalogue_page import write_catalogue
from difass_analysis.reporting.fact_sheets import (
    SheetFormat,
    write_fact_sheets,
    write_practice_form,
)

#: Name of the page that lists all practices.
CATALOGUE = "catalogue.html"
_FORMS, _FROM_FORMS = (".toml", ".xlsx"), "forms"
_FORMATS: dict[str, SheetFormat] = {"html": "html", "docx": "docx"}


def practices(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATH]",
            help="Folder of a programme or of several, or filled-in forms. Without it: the "
            "example.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the fact sheets and the catalogue.")] = Path(
        "out/practices"
    ),
    sheet: Annotated[
        str, typer.Option("--format", help="Kind of fact sheet: html or docx.")
    ] = "html",
    form: Annotated[
        Path | None,
        typer.Option(help="Write an empty form to fill in, .toml or .xlsx, and nothing else."),
    ] = None,
) -> None:
    """Write fact sheets of good practices and a catalogue to search, or an empty form."""
    printer = session.current().printer
    if form is not None:
        _write_form(form, paths, printer)
        return
    if sheet not in _FORMATS:
        raise one_of("format of a fact sheet", sheet, list(_FORMATS))
    session.check_folder(out)
    with printer.working("Reading and checking"):
        held = _with_practices(paths or [], engine=session.current().engine)
    for programme in held:
        # A folder for each: a practice of another programme may have the same key.
        write_fact_sheets(programme, out / safe_name(programme.id), formats=[_FORMATS[sheet]])
        _print_records(programme, printer)
        _print_findings(programme, printer)
    page = write_catalogue(held, out / CATALOGUE)
    printer.say(f"Fact sheets are in {out}; the page that lists them:")
    printer.result(str(page))
    if any(one.id == _FROM_FORMS and one.findings.count("error") for one in held):
        raise typer.Exit(code=1)


def _write_form(form: Path, paths: Sequence[Path] | None, printer: Printer) -> None:
    if paths:
        raise UsageError(
            "An empty form holds nothing of a programme.",
            todo="Give --form alone; fill the form in, and give it as PATH then.",
        )
    if form.exists():
        raise UsageError(
            f"{form} exists: a form that somebody filled in must not be lost.",
            todo="Choose another name, or remove the file first.",
        )
    printer.result(str(write_practice_form(form)))


def _with_practices(paths: Sequence[Path], *, engine: Engine) -> list[Programme]:
    forms = [path for path in paths if path.is_file() and path.suffix.lower() in _FORMS]
    others: list[Path | None] = [path for path in paths if path not in forms]
    programmes = [
        programme
        for path in (others if paths else [None])
        for programme in load_all(path, engine=engine)
    ]
    if forms:
        settings = Settings(id=_FROM_FORMS, name="Good practices from forms")
        table = read_practices(forms)
        programmes.append(set_aside(Programme.from_frames(settings=settings, practices=table)))
    held = [one for one in programmes if "practices" in one.tables and len(one.table("practices"))]
    if not held:
        names = ", ".join(one.id for one in programmes)
        raise UsageError(
            f"No good practice is recorded in {names}.",
            todo="Write an empty form with --form practice.xlsx, fill it in, and give it as PATH.",
        )
    return held


def _print_records(programme: Programme, printer: Printer) -> None:
    printer.heading(programme)
    if printer.quiet:
        return
    frame = assess_practices(programme).frame
    rows = frame.to_dict("records")
    shown = pd.DataFrame(
        {
            "practice": frame["practice_id"],
            "filled in": [f"{row['filled']} of {row['mandatory']}" for row in rows],
            "step": [
                row["evidence_step"] if numbers.is_known(row["evidence_step"]) else "not declared"
                for row in rows
            ],
            "missing": [row["missing"] or "nothing" for row in rows],
        }
    )
    printer.table(shown, right=["filled in"])


def _print_findings(programme: Programme, printer: Printer) -> None:
    """Print what the rules found in forms; of folders, ``difass check`` tells it."""
    if programme.id == _FROM_FORMS and not printer.quiet:
        print_findings(printer, programme.findings)
