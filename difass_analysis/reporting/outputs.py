"""The files beside the page: tables as CSV and Excel, charts as SVG and PNG, findings, rejects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import pandas as pd

from difass_analysis.display.canvas import sheet_width
from difass_analysis.display.pictures import close, figure_bytes
from difass_analysis.display.speech import speaking
from difass_analysis.errors import one_of
from difass_analysis.export import atomic_write, safe_name, write_table
from difass_analysis.reporting.content import Link, Picture
from difass_analysis.reporting.drawing import inline_svg
from difass_analysis.reporting.entries import REGISTER
from difass_analysis.reporting.figures import (
    Figures,
    has_money_parts,
    main_ratio,
    money_chart,
    ratio_chart,
    values_in_words,
)
from difass_analysis.reporting.grids import by_text, definition_rows
from difass_analysis.reporting.language import Words
from difass_analysis.result import Provenance, Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from difass_analysis.programme import Programme

Also: TypeAlias = Literal["docx", "md", "tex", "html", "json", "parquet", "pdf"]

_KINDS = {"csv": "CSV", "xlsx": "Excel"}
_NAMES = {
    "docx": "Word",
    "md": "Markdown",
    "tex": "LaTeX",
    "html": "HTML",
    "json": "JSON",
    "parquet": "Parquet",
}
# Kinds of file beside the usual ones; a section must not have to pass them on.
_ALSO: ContextVar[tuple[str, ...]] = ContextVar("also", default=())
_PHONE = 4.4  # inches: the width of a chart that is read on a phone
OVERALL, GROUPED = "indicators", "indicators_by"
_TABLES = (*(entry.table for entry in REGISTER), "notes", "facts")


@contextmanager
def also_written(kinds: Sequence[str]) -> Iterator[None]:
    """Write tables and charts as these kinds of file as well, inside this context.

    Parameters
    ----------
    kinds : sequence of str
        ``docx``, ``md``, ``tex``, ``html``, ``json`` and ``parquet`` for tables, ``pdf`` for
        charts.

    Raises
    ------
    UsageError
        When a kind is not one of these.
    """
    for kind in kinds:
        if kind not in get_args(Also):
            raise one_of("kind of file", str(kind), list(get_args(Also)))
    token = _ALSO.set(tuple(dict.fromkeys(kinds)))
    try:
        yield
    finally:
        _ALSO.reset(token)


def homes(programmes: Sequence[Programme]) -> list[str]:
    """Return a name for each programme that is safe in files and unlike the others."""
    names: list[str] = []
    for programme in programmes:
        name = base = safe_name(programme.id)
        number = 2
        while name in names:
            name, number = f"{base}_{number}", number + 1
        names.append(name)
    return names


def write_tables(
    programme: Programme, figures: Figures, *, home: str, out: Path
) -> dict[str, tuple[Link, ...]]:
    """Write the tables of a programme, and return the links to them by name of the table."""
    results: dict[str, Result] = {}
    if not figures.overall.frame.empty:
        results[OVERALL] = figures.overall
    if figures.grouped is not None:
        results[f"{GROUPED}_{'_'.join(figures.by)}"] = figures.grouped
    for name in _TABLES:
        if name in programme.tables:
            frame = programme.table(name)
            results[name] = Result(frame=frame, provenance=programme.provenance)
    return {
        GROUPED if name.startswith(f"{GROUPED}_") else name: written(
            result, out, f"{home}_{name}", table=name if name in _TABLES else ""
        )
        for name, result in results.items()
    }


def written(result: Result, out: Path, name: str, *, table: str) -> tuple[Link, ...]:
    """Write a result as CSV, Excel and what else is wanted into ``tables``, and return the links.

    Parameters
    ----------
    result : Result
        The table.
    out : Path
        Folder of the report.
    name : str
        Name of the files, without ending.
    table : str
        The canonical table whose rows these are, or empty.
    """
    links = []
    more = {kind: _NAMES[kind] for kind in _ALSO.get() if kind in _NAMES}
    for kind, text in (_KINDS | more).items():
        write_table(result, out / "tables" / f"{name}.{kind}", table=table)
        links.append(Link(text=text, href=f"tables/{name}.{kind}"))
    return tuple(links)


def write_pictures(figures: Figures, *, home: str, out: Path, words: Words) -> tuple[Picture, ...]:
    """Write the charts of a programme, and return them for the page."""
    name = main_ratio(figures)
    if not name:
        return ()
    table = figures.grouped or figures.overall
    label = str(definition_rows(table).get(name, {}).get("label", name))
    by = words(" by {groups}", groups=by_text(table.by, words)) if table.by else ""
    said = values_in_words(table, name=name, words=words)
    with speaking(sentence=words.drawn, figure=words.cell):
        pictures = [
            drawn(
                lambda: ratio_chart(figures, name=name),
                out,
                id=f"{home}_{name}",
                title=f"{label}{by}",
                words=said,
            )
        ]
        if has_money_parts(name):
            pictures.append(
                drawn(
                    lambda: money_chart(figures, name=name, words=words),
                    out,
                    id=f"{home}_money",
                    title=words("Public and private money") + by,
                    words=words(
                        "Stacked bars of the two sides of the ratio. {label}: {values}",
                        label=label,
                        values=said,
                    ),
                )
            )
    return tuple(pictures)


def drawn(draw: Callable[[], Axes], out: Path, *, id: str, title: str, words: str) -> Picture:
    """Draw a chart, write it as SVG and PNG, and return it for the page.

    Parameters
    ----------
    draw : callable
        Draws the chart on a new figure and returns its Axes.
    out : Path
        Folder of the report.
    id : str
        Name of the files, without ending, and of the picture on the page.
    title, words : str
        What it shows, for those who do not see it.
    """
    wide = draw()
    svg = figure_bytes(wide, format="svg")
    atomic_write(out / "charts" / f"{id}.svg", svg)
    atomic_write(out / "charts" / f"{id}.png", figure_bytes(wide, format="png"))
    endings = ["svg", "png"]
    if "pdf" in _ALSO.get():
        atomic_write(out / "charts" / f"{id}.pdf", figure_bytes(wide, format="pdf"))
        endings.append("pdf")
    close(wide)
    with sheet_width(_PHONE):
        narrow = draw()
        narrow_svg = figure_bytes(narrow, format="svg")
        close(narrow)
    return Picture(
        id=id,
        title=title,
        words=words,
        svg=inline_svg(svg, id=id, title=title, words=words),
        narrow_svg=inline_svg(narrow_svg, id=f"{id}-narrow", title=title, words=words),
        files=tuple(Link(text=one.upper(), href=f"charts/{id}.{one}") for one in endings),
    )


def write_findings(programmes: Sequence[Programme], *, out: Path) -> None:
    """Write the findings and the rejected rows of all programmes into one file each."""
    for name, frames in (
        ("findings", [programme.findings.frame for programme in programmes]),
        ("rejects", [programme.findings.rejects for programme in programmes]),
    ):
        write_table(_stacked(programmes, frames), out / f"{name}.csv")


def _stacked(programmes: Sequence[Programme], frames: Sequence[pd.DataFrame]) -> Result:
    """Put the rows of all programmes under each other, each with the programme's id."""
    mixed = any(programme.simulated for programme in programmes)
    named = []
    for programme, frame in zip(programmes, frames, strict=True):
        rows = frame.assign(simulated=programme.simulated) if mixed else frame.copy()
        rows.insert(0, "programme", programme.id)
        named.append(rows.astype("object"))
    whole = pd.concat(named, ignore_index=True) if named else pd.DataFrame()
    origin = Provenance(
        programme="all", name="all programmes", version=programmes[0].provenance.version
    )
    return Result(frame=whole, provenance=origin)
