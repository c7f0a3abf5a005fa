"""What the options before a command say, for the command that runs."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

from difass_analysis.cli.console import Printer
from difass_analysis.engine import Engine


@dataclass(frozen=True)
class Session:
    """What the options before the command say."""

    printer: Printer
    engine: Engine


_SESSION: ContextVar[Session] = ContextVar("session")


def begin(session: Session) -> None:
    """Keep what the options say until the command has run."""
    _SESSION.set(session)


def current() -> Session:
    """Return what the options before the command say."""
    return _SESSION.get()
