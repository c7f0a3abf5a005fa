"""Programmes: settings, canonical tables, and the object that holds both."""

from __future__ import annotations

from difass_analysis.programme.model import (
    FILE_COLUMN,
    LINE_COLUMN,
    SIMULATED_COLUMN,
    Programme,
    assemble,
    with_findings,
)
from difass_analysis.programme.settings import Blank, Budget, Settings, SourceEntry

__all__ = [
    "FILE_COLUMN",
    "LINE_COLUMN",
    "SIMULATED_COLUMN",
    "Blank",
    "Budget",
    "Programme",
    "Settings",
    "SourceEntry",
    "assemble",
    "with_findings",
]
