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
from difass_analysis.export import refuse_unknown_ending


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
    """Refuse an ``--out`` of an unknown kind at once, before anything is read or computed."""
    if out is not None:
        refuse_unknown_ending(out, pictures=pictures)


def switch(own: str | None) -> Switch:
    """Return the command's own switch of disclosure control, or the one before the command."""
    return current().disclosure if own is None else switch_of(own)


def switch_of(text: str) -> Switch:
    """Check a switch of disclosure control: ``on`` or ``off``."""
    if text not in get_args(Switch):
        raise UsageError(f"--disclosure {text} is not offered.", todo="Write on or off.")
    return text  # type: ignore[return-value]
