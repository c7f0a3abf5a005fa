"""Sources: read a partner's file as text, and map it to canonical tables by a profile."""

from __future__ import annotations

from difass_analysis.sources.detection import detect
from difass_analysis.sources.drafting import Draft, draft
from difass_analysis.sources.layout import Layout, sniff
from difass_analysis.sources.mapping import Mapped, apply
from difass_analysis.sources.matching import map_headings
from difass_analysis.sources.profile import (
    ColumnRule,
    FileFormat,
    Profile,
    TableMapping,
    ValueFormat,
)
from difass_analysis.sources.reading import RawTable, raw_text, read
from difass_analysis.sources.shelf import load_profile, shipped_profiles

__all__ = [
    "ColumnRule",
    "Draft",
    "FileFormat",
    "Layout",
    "Mapped",
    "Profile",
    "RawTable",
    "TableMapping",
    "ValueFormat",
    "apply",
    "detect",
    "draft",
    "load_profile",
    "map_headings",
    "raw_text",
    "read",
    "shipped_profiles",
    "sniff",
]
