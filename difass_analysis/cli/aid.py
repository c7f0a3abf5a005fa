"""The command for State aid: de minimis aid, headroom and size classes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from difass_analysis.cli import session
from difass_analysis.cli.console import Printer
from difass_analysis.display import numbers
from difass_analysis.errors import InputError, UsageError
from difass_analysis.export import write_chart, write_table
from difass_analysis.export.privacy import shareable
from difass_analysis.finance import AidHeadroom, SizeClasses, aid_headroom, size_classes
from difass_analysis.loading import load
from difass_analysis.programme import Programme

_SHOWN = 50
_PICTURES = (".svg", ".png", ".pdf")


def state_aid(
    path: Annotated[Path, typer.Argument(help="Folder of a programme with aid awards.")],
    date: Annotated[
        str | None,
        typer.Option(help="Day up to which awards count, as 2025-06-30; the last award without."),
    ] = None,
    fiscal_year_starts: Annotated[
        int, typer.Option(help="Month in which the fiscal year begins (rules before 2024).")
    ] = 1,
    out: Annotated[
        Path | None,
        typer.Option(
            help="File: .csv .xlsx .docx .html .tex .md .parquet .json, or .svg .png .pdf."
        ),
    ] = None,
    disclosure: Annotated[
        str | None,
        typer.Option("--disclosure", help="on, or off: a file of data that are not public."),
    ] = None,
) -> None:
    """Show de minimis aid and headroom of single undertakings, those above, and unknowns."""
    session.check_out(out, pictures=True)
    printer, engine = session.current().printer, session.current().engine
    switch = session.switch(disclosure)
    with printer.working("Adding up the aid"):
        programme = load(path, engine=engine)
        _refuse_none(programme)
        day = date or _last_day(programme.table("aid_awards"))
        found = aid_headroom(programme, date=day, fiscal_year_starts=fiscal_year_starts)
        sizes = size_classes(programme) if "enterprises" in programme.tables else None
    printer.heading(programme)
    _print_headroom(printer, found)
    _print_above(printer, found)
    _print_unknown(printer, found)
    if sizes is not None:
        _print_sizes(printer, sizes)
    for caveat in found.caveats:
        printer.say(f"* {caveat}")
    if out is not None:
        if out.suffix.lower() in _PICTURES:
            printer.result(str(write_chart(found.plot(), out, result=found)))
        else:
            printer.result(str(write_table(found, out, disclosure=switch)))


def _refuse_none(programme: Programme) -> None:
    if "aid_awards" not in programme.tables:
        raise InputError(
            f"Programme '{programme.id}' has no aid awards.",
            todo="Give a table 'aid_awards': one row an award (docs/aid.md).",
        )


def _last_day(awards: pd.DataFrame) -> dt.date:
    days = awards["granting_date"].dropna() if "granting_date" in awards else awards.iloc[:0, 0]
    if days.empty:
        raise UsageError("No award has a granting date.", todo="Give a day with --date.")
    return pd.Timestamp(max(days)).date()


def _names(frame: pd.DataFrame, found: AidHeadroom) -> list[str]:
    """Undertakings as they may be shown: as they are, as keyed hashes, or numbered."""
    confidential = found.provenance.disclosure == "required"
    safe = shareable(frame[["undertaking_id"]], confidential=confidential)
    if "undertaking_id" in safe:
        return [str(one) for one in safe["undertaking_id"]]
    order: dict[Hashable, int] = {}
    for one in [*found.frame["undertaking_id"], *frame["undertaking_id"]]:
        order.setdefault(one, len(order) + 1)
    return [f"undertaking {order[one]}" for one in frame["undertaking_id"]]


def _money(values: pd.Series) -> list[str]:
    return [
        f"{value:,.2f}".removesuffix(".00") if numbers.is_known(value) else numbers.NOT_KNOWN
        for value in values
    ]


def _fullest_first(frame: pd.DataFrame) -> pd.DataFrame:
    """Put those with the least headroom first, and before them those where it is not known."""
    keys = [frame[name] for name in ("undertaking_id", "country_code")]
    known = frame["headroom_amount"].fillna(-1.0)
    return frame.loc[known.groupby(keys).transform("min").sort_values(kind="stable").index]


def _print_headroom(printer: Printer, found: AidHeadroom) -> None:
    frame = _fullest_first(found.frame)
    shown = pd.DataFrame(
        {
            "undertaking": _names(frame, found),
            "state": frame["country_code"].tolist(),
            "regulation": frame["regulation"].tolist(),
            "role": frame["role"].tolist(),
            "window from": [str(day) for day in frame["window_start"]],
            "awards": [f"{count:,}" for count in frame["awards_count"]],
            "aid": _money(frame["aid_amount"]),
            "headroom": _money(frame["headroom_amount"]),
            "if not stated counts": _money(frame["headroom_if_counted_amount"]),
            "above": [text if text != "0" else "" for text in _money(frame["above_amount"])],
            "status of ceiling": [
                "" if status == "read at the source" else status for status in frame["status"]
            ],
            "note": frame["note"].tolist(),
        }
    )
    right = ["awards", "aid", "headroom", "if not stated counts", "above"]
    title = f"De minimis aid on {found.date} (EUR)"
    printer.table(shown.head(_SHOWN), right=right, title=title)
    if len(shown) > _SHOWN:
        more = len(shown) - _SHOWN
        printer.say(f"... and {more:,} more rows with more headroom; --out has all of them.")


def _print_above(printer: Printer, found: AidHeadroom) -> None:
    above = found.above
    if above.empty:
        printer.say("No award passed a ceiling on its day.")
        return
    shown = pd.DataFrame(
        {
            "undertaking": _names(above, found),
            "granted": [str(day) for day in above["granting_date"]],
            "regulation": above["regulation"].tolist(),
            "aid": _money(above["aid_amount"]),
            "in the window": _money(above["total_amount"]),
            "ceiling": _money(above["ceiling_amount"]),
            "above": _money(above["above_amount"]),
            "note": above["note"].tolist(),
        }
    )
    right = ["aid", "in the window", "ceiling", "above"]
    printer.table(shown.head(_SHOWN), right=right, title="Awards with which a ceiling was passed")
    if len(shown) > _SHOWN:
        printer.say(f"... and {len(shown) - _SHOWN:,} more.")


def _print_unknown(printer: Printer, found: AidHeadroom) -> None:
    for reason, count in found.unknown["reason"].value_counts().sort_index().items():
        printer.say(f"Not judged, {reason}: {count:,} award{'s' if count != 1 else ''}.")


def _print_sizes(printer: Printer, sizes: SizeClasses) -> None:
    counts = sizes.frame.groupby(["size_class", "standing"]).size().reset_index(name="count")
    shown = pd.DataFrame(
        {
            "size class": counts["size_class"],
            "standing": counts["standing"],
            "enterprises": [f"{count:,}" for count in counts["count"]],
        }
    )
    printer.table(shown, right=["enterprises"], title="Size classes (2003/361/EC)")
    for caveat in sizes.caveats:
        printer.say(f"* {caveat}")
