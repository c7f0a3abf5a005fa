"""The commands and their options."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from difass_analysis import money
from difass_analysis.cli import aid, console, lists, loans, offers, practices, session
from difass_analysis.cli.choosing import (
    groups_of,
    names_of,
    refuse_nothing,
    refuse_unmet,
    where_of,
)
from difass_analysis.cli.comparisons import print_comparison, print_decomposition
from difass_analysis.cli.console import Printer
from difass_analysis.cli.session import Session
from difass_analysis.cli.verify import verify_file
from difass_analysis.comparison import Decomposition, decompose
from difass_analysis.comparison import compare as compare_groups
from difass_analysis.disclosure import protect_one
from difass_analysis.engine import EngineName, make_engine
from difass_analysis.errors import DifassError, UsageError
from difass_analysis.export import (
    safe_name,
    write_chart,
    write_findings,
    write_programme,
    write_table,
)
from difass_analysis.indicators import catalogue as whole_catalogue
from difass_analysis.loading import load_all
from difass_analysis.measurement import measure
from difass_analysis.programme import Programme
from difass_analysis.reporting import report as write_report
from difass_analysis.reporting.outputs import Also
from difass_analysis.result import Comparison, IndicatorTable, as_dict

app = typer.Typer(
    name="difass",
    help="Evaluate support schemes for small and medium-sized enterprises.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

PathArgument = Annotated[
    Path | None,
    typer.Argument(
        help="Folder of a programme or of several, or one file. Without it: the example."
    ),
]
ProfileOption = Annotated[
    str | None,
    typer.Option(
        "--profile",
        help="Profile that reads a single file: a name or a TOML file. Detected without it.",
    ),
]
BlankOption = Annotated[
    str | None,
    typer.Option(
        "--blank",
        help="How blank amounts are read: unknown or zero. As the profile says without it.",
    ),
]
WhereOption = Annotated[
    list[str] | None,
    typer.Option(help="Condition COLUMN=VALUE[,VALUE]; may be given several times."),
]
DisclosureOption = Annotated[
    str | None,
    typer.Option("--disclosure", help="on, or off: nothing is withheld, and the output says so."),
]
LevelOption = Annotated[
    float, typer.Option("--level", help="Level of the intervals, between 0 and 1.")
]


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        Printer().result(f"difass_analysis {version('difass_analysis')}")
        raise typer.Exit


@app.callback()
def start(
    engine: Annotated[str, typer.Option(help="What computes: duckdb.")] = "duckdb",
    memory: Annotated[str | None, typer.Option(help="Memory limit, for example 2GB.")] = None,
    disclosure: DisclosureOption = None,
    currency: Annotated[
        str, typer.Option(help="Convert amounts to it at yearly average rates, for example EUR.")
    ] = "",
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only results and errors.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Evaluate support schemes for small and medium-sized enterprises."""
    chosen = make_engine(cast(EngineName, engine), memory=memory)
    switch = session.switch_of(disclosure or "on")
    session.begin(
        Session(
            printer=Printer(quiet=quiet),
            engine=chosen,
            disclosure=switch,
            currency=currency.strip().upper(),
        )
    )


@app.command()
def check(
    path: PathArgument = None,
    profile: ProfileOption = None,
    blank: BlankOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for findings.csv and rejects.csv.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check the data: what is wrong, where, and what to do. Exit code 1 when there are errors."""
    session.check_folder(out)
    printer: Printer = _session().printer
    programmes = _load(_session(), path, profile, blank)
    for programme in programmes:
        # A badly defined indicator of the programme's own is refused here, not only when measured.
        whole_catalogue(programme.settings.indicators, where=programme.id)
        if not as_json:
            printer.heading(programme)
            console.print_findings(printer, programme.findings)
        if out is not None:
            write_findings(programme.findings, _own_folder(out, programme, programmes))
    if as_json:
        printer.result(console.as_json([_findings_data(one) for one in programmes]))
    elif out is not None:
        printer.say(f"Written to {out}.")
    if any(programme.findings.count("error") for programme in programmes):
        raise typer.Exit(code=1)


@app.command()
def indicators(
    path: PathArgument = None,
    by: Annotated[str, typer.Option(help="Columns to group by, separated by commas.")] = "",
    indicator: Annotated[str, typer.Option(help="Ids, separated by commas. All without it.")] = "",
    where: WhereOption = None,
    level: LevelOption = 0.95,
    profile: ProfileOption = None,
    blank: BlankOption = None,
    out: Annotated[
        Path | None,
        typer.Option(help="File for the table: .csv .xlsx .docx .html .tex .md .parquet .json."),
    ] = None,
) -> None:
    """Measure indicators, overall or by groups."""
    session.check_out(out)
    printer: Printer = _session().printer
    programmes = _load(_session(), path, profile, blank)
    wanted = names_of(indicator) or None
    conditions = where_of(where or [])
    refuse_unmet(programmes, conditions, wanted)
    tables = []
    with printer.working("Measuring"):
        for programme in programmes:
            groups = groups_of(programme, names_of(by), programmes, conditions)
            if groups is not None:
                table = measure(
                    programme,
                    indicators=wanted,
                    by=groups,
                    where=conditions,
                    level=level,
                )
                table = protect_one(
                    table,
                    programme=programme,
                    where=conditions,
                    disclosure=_session().disclosure,
                )
                tables.append((programme, table))
    refuse_nothing(tables, programmes, [*names_of(by), *conditions])
    for programme, table in tables:
        printer.heading(programme)
        if not printer.quiet or out is None:
            console.print_indicators(printer, table)
        console.print_not_computable(printer, table)
    if out is not None:
        write_table(_the_one(tables), out)
        printer.result(str(out))


@app.command()
def compare(
    path: PathArgument = None,
    indicator: Annotated[str, typer.Option(help="Id of a ratio.")] = "private_per_public",
    by: Annotated[str, typer.Option(help="Columns whose values are compared.")] = "region",
    benchmark: Annotated[
        str, typer.Option(help="Compare with: rest, overall, or the name of a group.")
    ] = "rest",
    over: Annotated[
        str, typer.Option(help="Columns over which each gap is taken apart: mix or performance.")
    ] = "",
    where: WhereOption = None,
    profile: ProfileOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="File: .csv .xlsx .docx .html .tex .md .parquet .json, or .svg .png .pdf."
        ),
    ] = None,
) -> None:
    """Compare groups: who differs, is it more than chance, in which place, and why."""
    session.check_out(out, pictures=True)
    printer: Printer = _session().printer
    programme = _only(_load(_session(), path, profile, None))
    conditions = where_of(where or [])
    refuse_unmet([programme], conditions, [indicator])
    with printer.working("Comparing"):
        found = (
            _take_apart(programme, indicator, by, over, benchmark, conditions)
            if over
            else compare_groups(
                programme, indicator, by=names_of(by), benchmark=benchmark, where=conditions
            )
        )
        found = protect_one(
            found, programme=programme, where=conditions, disclosure=_session().disclosure
        )
    printer.heading(programme)
    if isinstance(found, Decomposition):
        print_decomposition(printer, found)
    else:
        print_comparison(printer, found)
    if out is not None:
        printer.result(str(_write_result(found, out)))


@app.command()
def report(
    path: PathArgument = None,
    out: Annotated[Path, typer.Option(help="Folder for the page, charts and tables.")] = Path(
        "out/report"
    ),
    level: LevelOption = 0.95,
    profile: ProfileOption = None,
    blank: BlankOption = None,
    disclosure: DisclosureOption = None,
    language: Annotated[
        str, typer.Option(help="Language of the page: en, it, or the path of a .po file.")
    ] = "en",
    also: Annotated[
        str, typer.Option(help="Further kinds of file: docx, pdf, md, tex, html, json, parquet.")
    ] = "",
) -> None:
    """Write the report: one HTML page that works offline, charts and tables."""
    session.check_folder(out)
    printer: Printer = _session().printer
    programmes = _load(_session(), path, profile, blank)
    with printer.working("Writing the report"):
        page = write_report(
            programmes,
            out,
            level=level,
            disclosure=session.switch(disclosure),
            language=language,
            also=cast(Sequence[Also], names_of(also)),
        )
    printer.say(f"Report on {len(programmes)} programme{'s' if len(programmes) != 1 else ''}:")
    printer.result(str(page))


@app.command()
def data(
    path: PathArgument = None,
    out: Annotated[Path, typer.Option(help="Folder for the tables.")] = Path("data/processed"),
    blank: BlankOption = None,
) -> None:
    """Write the canonical tables as parquet, with findings and rejects, for each programme."""
    session.check_folder(out)
    printer: Printer = _session().printer
    for programme in _load(_session(), path, None, blank):
        folder = out / safe_name(programme.id)
        written = write_programme(programme, folder)
        printer.result(f"{folder}: {len(written)} files")


app.command(name="catalogue")(offers.catalogue)
app.command(name="simulate")(offers.simulate)
app.command(name="profile")(lists.profile)
app.command(name="identity")(lists.identity)
app.command(name="loans")(loans.loans)
app.command(name="aid")(aid.state_aid)
app.command(name="practices")(practices.practices)
app.command(name="verify")(verify_file)


def _session() -> Session:
    return session.current()


def _load(
    given: Session, path: Path | None, profile: str | None, blank: str | None
) -> tuple[Programme, ...]:
    reading = None if blank is None else session.blank_of(blank)
    with given.printer.working("Reading and checking"):
        found = load_all(path, profile=profile, blank=reading, engine=given.engine)
        if not given.currency:
            return found
        return tuple(money.convert(one, to=given.currency) for one in found)


def _only(programmes: Sequence[Programme]) -> Programme:
    """The one programme that can be compared: the only one, or the only one with rows."""
    with_rows = [one for one in programmes if {"operations", "calls"} & set(one.tables)]
    chosen = with_rows if len(programmes) > 1 else programmes
    if len(chosen) != 1:
        raise UsageError(
            f"{len(programmes)} programmes are given, and one is compared at a time.",
            todo="Name the folder of one programme.",
        )
    return chosen[0]


def _take_apart(
    programme: Programme,
    indicator: str,
    by: str,
    over: str,
    benchmark: str,
    conditions: dict[str, list[str]],
) -> Decomposition:
    groups = names_of(by)
    if benchmark == "overall" or len(groups) != 1:
        raise UsageError(
            "A gap is taken apart by one column, against the rest or a named group.",
            todo="Give one column with --by, and --benchmark rest or the name of a group.",
        )
    return decompose(
        programme,
        indicator,
        by=groups[0],
        over=names_of(over),
        against=benchmark,
        where=conditions,
    )


def _write_result(found: Comparison | Decomposition, out: Path) -> Path:
    if out.suffix.lower() in (".svg", ".png", ".pdf"):
        return write_chart(found.plot(), out, result=found)
    return write_table(found, out)


def _the_one(tables: Sequence[tuple[Programme, IndicatorTable]]) -> IndicatorTable:
    filled = [table for _, table in tables if len(table.frame)]
    if not filled:
        raise UsageError(
            "No figure could be computed, so there is nothing to write.",
            todo="See above which columns or tables each indicator lacks.",
        )
    if len(filled) != 1:
        names = ", ".join(programme.id for programme, table in tables if len(table.frame))
        raise UsageError(
            f"A file holds the table of one programme; figures were computed for {names}.",
            todo="Name the folder of one programme.",
        )
    return filled[0]


def _own_folder(out: Path, programme: Programme, programmes: Sequence[Programme]) -> Path:
    return out / safe_name(programme.id) if len(programmes) > 1 else out


def _findings_data(programme: Programme) -> dict[str, Any]:
    content = as_dict(programme.findings)
    content["files"] = programme.findings.files.to_dict("records")
    content["rules"] = programme.findings.rules.to_dict("records")
    return content


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; a user's mistake ends with a sentence and exit code 2."""
    try:
        app(args=list(arguments) if arguments is not None else None)
    except DifassError as error:
        Printer().error(error)
        sys.exit(2)
    except BrokenPipeError:
        # The reader of a pipe went away (for example head): there is nobody to tell.
        sys.stderr.close()
        sys.exit(0)
    except KeyboardInterrupt:
        Printer().err.print("Stopped.")
        sys.exit(130)
