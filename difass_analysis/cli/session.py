"""What the options before a command say, for the command that runs."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from difass_analysis.cli.console import Printer
from difass_analysis.disclosure import Switch
from difass_analysis.engine import Engine
from difass_analysis.errors import UsageError
from difass_analysis.export import refuse_unknown_ending, refuse_unwritable
from difass_analysis.programme import Blank


@dataclass(frozen=True)
class Session:
    """What the options before the command say."""

    printer: Printer
    engine: Engine
    disclosure: Switch = "on"
    currency: str = ""


_SESSION: ContextVar[Session] = ContextVar("session")


def begin(session: Session) -> None:
    """Keep what the options say until the command has run."""
    _SESSION.set(session)


def current() -> Session:
    """Return what the options before the command say."""
    return _SESSION.get()


def check_out(out: Path | None, *, pictures: bool = False) -> None:
    """Refuse an ``--out`` of an unknown kind, or where nothing can be written, at once."""
    if out is not None:
        refuse_unknown_ending(out, pictures=pictures)
        refuse_unwritable(out)


def check_folder(out: Path | None) -> None:
    """Refuse a folder for results that cannot be written to, before anything is read."""
    if out is not None:
        refuse_unwritable(out, folder=True)


def blank_of(text: str) -> Blank:
    """Check how blank amounts are to be read: ``unknown`` or ``zero``."""
    if text not in get_args(Blank):
        raise UsageError(
            f"--blank {text} is not offered.",
            todo="Write unknown or zero: a blank amount is not known, or it is 0.",
        )
    return text  # type: ignore[return-value]


def switch(own: str | None) -> Switch:
    """Return the command's own switch of disclosure control, or the one before the command."""
    return current().disclosure if own is None else switch_of(own)


def switch_of(text: str) -> Switch:
    """Check a switch of disclosure control: ``on`` or ``off``."""
    if text not in get_args(Switch):
        raise UsageError(f"--disclosure {text} is not offered.", todo="Write on or off.")
    return text  # type: ignore[return-value]
