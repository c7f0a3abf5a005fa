"""What the command line prints: tables that fit, plain in a pipe, errors in plain words."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pandas as pd
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from difass_analysis.display import numbers
from difass_analysis.display.tables import indicator_cells
from difass_analysis.errors import DifassError
from difass_analysis.indicators import Indicator, Term, unit_of
from difass_analysis.programme import Programme
from difass_analysis.result import Findings, IndicatorTable

#: Width of output that does not go to a terminal: nothing is cut there.
PIPE_WIDTH = 200
#: At most this many findings of one rule are shown; the file has all of them.
SHOWN = 5


class Printer:
    """Writes results to standard output and errors to standard error."""

    def __init__(self, *, quiet: bool = False) -> None:
        width = None if sys.stdout.isatty() else PIPE_WIDTH
        self.out = Console(width=width, highlight=False, emoji=False, soft_wrap=False)
        self.err = Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)
        self.quiet = quiet

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """Show that work goes on, on a terminal only."""
        if self.quiet or not self.err.is_terminal:
            yield
            return
        with self.err.status(what):
            yield

    def say(self, text: str = "") -> None:
        """Print one line, unless quiet."""
        if not self.quiet:
            self.out.print(escape(text))

    def result(self, text: str) -> None:
        """Print one line that other programs read, also when quiet, never wrapped."""
        self.out.print(escape(text), soft_wrap=True)

    def error(self, error: DifassError) -> None:
        """Print what went wrong and what to do next."""
        self.err.print(f"[bold red]Error:[/] {escape(error.message)}")
        if error.todo:
            self.err.print(f"[bold]Next:[/]  {escape(error.todo)}")

    def heading(self, programme: Programme) -> None:
        """Print the name of a programme, marked where it is simulated."""
        mark = "  (SIMULATED DATA)" if programme.simulated else ""
        self.say()
        if not self.quiet:
            self.out.print(f"[bold]{escape(programme.name)}[/]{mark}")

    def table(self, frame: pd.DataFrame, *, right: Sequence[str] = (), title: str = "") -> None:
        """Print a frame of texts as a table."""
        if title:
            self.out.print(f"\n[bold]{escape(title)}[/]", soft_wrap=True)
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for name in frame.columns:
            is_right = name in right
            table.add_column(
                escape(str(name)), justify="right" if is_right else "left", no_wrap=is_right
            )
        for row in frame.itertuples(index=False):
            table.add_row(*(escape(str(cell)) for cell in row))
        self.out.print(table)


def print_indicators(printer: Printer, table: IndicatorTable) -> None:
    """Print one block for each indicator: groups, values, bounds, and notes below."""
    labels = dict(zip(table.definitions["indicator"], table.definitions["label"], strict=True))
    for name, rows in table.frame.groupby("indicator", sort=False):
        cells = indicator_cells(rows, by=table.by, labels=labels)
        notes = list(dict.fromkeys(note for note in cells["note"] if note))
        marks = {note: f"[{number}]" for number, note in enumerate(notes, start=1)}
        title = f"{cells['indicator'].iloc[0]}   {name}"
        shown = cells.drop(columns=["indicator", "note"])
        if notes:
            shown["see"] = [marks.get(note, "") for note in cells["note"]]
        right = ["value", "interval", "numerator", "denominator", "n"]
        printer.table(shown, right=right, title=title)
        for note, mark in marks.items():
            printer.out.print(escape(f"  {mark} {note}"))
    for caveat in table.caveats:
        printer.say(f"* {caveat}")


def print_not_computable(printer: Printer, table: IndicatorTable) -> None:
    """Print which indicators cannot be computed, those of one reason together."""
    if table.not_computable.empty:
        return
    printer.say("Not computable:")
    for reason, rows in table.not_computable.groupby("reason", sort=False):
        printer.say(f"  {', '.join(rows['indicator'])}: {reason}.")


def print_findings(printer: Printer, findings: Findings) -> None:
    """Print findings by rule, a few of each, with counts and what to do."""
    _print_accounts(printer, findings.files)
    for (severity, rule), rows in findings.frame.groupby(["severity", "rule"], sort=False):
        colour = {"error": "red", "warning": "yellow"}.get(str(severity), "cyan")
        if not printer.quiet:
            count = counted(len(rows), "finding") + _coverage(findings.rules, str(rule))
            printer.out.print(f"\n[bold {colour}]{severity}[/] [bold]{rule}[/]  ({count})")
        same = rows["todo"].nunique() == 1
        for row in rows.head(SHOWN).itertuples():
            printer.say(f"  {_place(row)}{row.message}")
            if not same:
                printer.say(f"    Next: {row.todo}")
        if len(rows) > SHOWN:
            printer.say(f"  ... and {len(rows) - SHOWN:,} more")
        if same:
            printer.say(f"  Next: {rows['todo'].iloc[0]}")
    kinds = ("error", "warning", "note")
    total = ", ".join(counted(findings.count(kind), kind) for kind in kinds)
    printer.say(f"\n{total}. {counted(len(findings.rejects), 'row')} set aside.")


def _coverage(rules: pd.DataFrame, rule: str) -> str:
    """Say how many rows a rule looked at, and in how many a value that it needs is missing."""
    mine = rules[rules["rule"] == rule]
    if mine.empty or not mine["unknown"].sum():
        return ""
    checked, unknown = int(mine["checked"].sum()), int(mine["unknown"].sum())
    return f"; {checked:,} checked, {unknown:,} unknown for lack of a value"


def _print_accounts(printer: Printer, files: pd.DataFrame) -> None:
    """Print rows read, kept and rejected: of each file that lost some, and of all together."""
    for account in files[files["rejected"] > 0].itertuples() if len(files) > 1 else ():
        printer.say(f"  {account.file} -> {account.table}: {_account(account)}")
    if len(files) == 1:
        only = files.iloc[0]
        printer.say(f"  {only.file} (profile {only.profile}): {_account(only)}")
    elif len(files):
        together = files[["read", "kept", "rejected"]].sum()
        printer.say(f"  {len(files)} tables from files: {_account(together)}")


def _account(account: Any) -> str:
    return f"{account.read:,} rows read = {account.kept:,} kept + {account.rejected:,} rejected"


def counted(count: int, noun: str) -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _place(row: object) -> str:
    file, line = getattr(row, "file", ""), getattr(row, "line", None)
    parts = [str(file)] if file else []
    if line is not None and not pd.isna(line):
        parts.append(f"line {line}")
    column = getattr(row, "column", "")
    if column:
        parts.append(str(column))
    return f"{', '.join(parts)}: " if parts else ""


def print_catalogue(printer: Printer, held: Sequence[Indicator], *, currency: str) -> None:
    """Print the catalogue as a list."""
    rows = [(one.id, one.label, unit_of(one, currency)) for one in held]
    printer.table(pd.DataFrame(rows, columns=["id", "indicator", "unit"]))
    printer.say("difass catalogue ID prints definition, formula and source of one.")


def print_definition(printer: Printer, one: Indicator, *, currency: str) -> None:
    """Print everything the catalogue says of one indicator."""
    printer.result(one.label if one.label.startswith(one.id) else f"{one.id}: {one.label}")
    lines = [("Definition", one.definition), ("Unit", unit_of(one, currency))]
    lines += [("Numerator", _side(one.numerator_label, one.numerator))]
    if one.is_ratio:
        lines += [("Denominator", _side(one.denominator_label, one.denominator))]
    lines += [("Better is", one.direction), ("Source", one.source)]
    if one.system:
        lines.append(("System", one.system))
    for label, text in lines:
        printer.result(f"  {label:<12} {text}")


def _side(label: str, terms: Sequence[Term]) -> str:
    ways = "; else ".join(term.describe() for term in terms)
    return ways if label == ways else f"{label}: {ways}"


def as_json(content: object) -> str:
    """Write plain data as JSON, with letters as they are."""
    return json.dumps(content, ensure_ascii=False, indent=2, default=numbers.exact_text)
