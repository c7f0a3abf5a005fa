"""Commands for lists: what an unknown file holds, and how many bodies stand in a list."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, cast

import pandas as pd
import typer

from difass_analysis.cli import session
from difass_analysis.cli.console import Printer
from difass_analysis.errors import ProfileError, UsageError
from difass_analysis.export import atomic_write, refuse_unwritable, write_table
from difass_analysis.identity import distinct
from difass_analysis.loading import load
from difass_analysis.sources import Draft, Profile, detect, draft

UNPROTECTED = "Not through disclosure control: a small count may tell of a single body."


def profile(
    file: Annotated[Path, typer.Argument(help="A list in any format that can be read.")],
    out: Annotated[
        Path | None, typer.Option(help="TOML file for the draft; printed without it.")
    ] = None,
) -> None:
    """Draft a profile of an unknown file, and say how sure it is of each column."""
    printer = session.current().printer
    if out is not None and out.exists():
        raise UsageError(
            f"{out} exists: a profile that somebody corrected must not be lost.",
            todo="Choose another name, or remove the file first.",
        )
    if out is not None:
        refuse_unwritable(out)
    with printer.working("Looking at the file"):
        shipped = detect(file)
        try:
            found = draft(file)
        except ProfileError as error:
            if shipped is None:
                raise
            raise UsageError(_no_draft(file, shipped), todo=f"difass check {file}") from error
    if shipped is not None:
        printer.say(_no_draft(file, shipped))
    _print_draft(printer, found)
    if out is None:
        printer.result(found.text)
        return
    atomic_write(out, found.text.encode("utf-8"))
    printer.result(str(out))


def _no_draft(file: Path, shipped: Profile) -> str:
    return f"No draft is needed: the profile '{shipped.id}' of this package reads {file.name}."


def _print_draft(printer: Printer, found: Draft) -> None:
    frame = found.frame
    shown = pd.DataFrame(
        {
            "heading": [" ".join(text.split())[:60] for text in frame["heading"]],
            "column": frame["column"].fillna("(none)"),
            "score": [f"{score:.2f}" for score in frame["score"]],
            "read": ["yes" if used else "" for used in frame["used"]],
            "cells": frame["cells"],
        }
    )
    printer.say(
        f"{found.layout_name}: {int(frame['used'].sum())} of {len(frame)} headings are "
        "understood for sure."
    )
    if not printer.quiet:
        printer.table(shown, right=["score"])
    for note in found.layout.notes:
        printer.say(f"* {note}")
    if found.confirm:
        printer.say()
        printer.say("To confirm:")
    for sentence in found.confirm:
        printer.say(f"- {sentence}")
    printer.say()


def identity(
    path: Annotated[Path, typer.Argument(help="Folder of a programme, or one file.")],
    by: Annotated[str, typer.Option(help="Columns to group by, separated by commas.")] = "",
    what: Annotated[str, typer.Option(help="beneficiaries or smes.")] = "beneficiaries",
    identifiers: Annotated[
        str,
        typer.Option(help="local (a body may have several) or national (each body has one)."),
    ] = "local",
    out: Annotated[
        Path | None,
        typer.Option(help="File for the table: .csv .xlsx .docx .html .tex .md .parquet .json."),
    ] = None,
    disclosure: Annotated[
        str | None,
        typer.Option(
            "--disclosure",
            help="on: no file of data that are not public; off: one that says so.",
        ),
    ] = None,
) -> None:
    """Count distinct bodies as a range: after matching names .. as they are written."""
    session.check_out(out)
    printer, engine = session.current().printer, session.current().engine
    _one_of("--what", what, ("beneficiaries", "smes"))
    _one_of("--identifiers", identifiers, ("local", "national"))
    with printer.working("Matching names"):
        programme = load(path, engine=engine)
        counts = distinct(
            programme,
            by=[name.strip() for name in by.split(",") if name.strip()] or None,
            what=cast(Literal["beneficiaries", "smes"], what),
            identifiers=cast(Literal["local", "national"], identifiers),
        )
    printer.heading(programme)
    shown = counts.frame.copy()
    for name in counts.by:
        shown[name] = shown[name].astype("object").where(shown[name].notna(), "(not known)")
    printer.table(shown, right=["lower", "upper", "rows"])
    for caveat in counts.caveats:
        printer.say(f"* {caveat}")
    if counts.provenance.disclosure == "required":
        printer.say(f"* {UNPROTECTED}")
    if out is not None:
        printer.result(str(write_table(counts, out, disclosure=session.switch(disclosure))))


def _one_of(option: str, value: str, offered: tuple[str, ...]) -> None:
    if value not in offered:
        raise UsageError(f"{option} {value} is not offered.", todo=f"Write {' or '.join(offered)}.")
