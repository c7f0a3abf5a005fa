"""Regions and countries: codes and names of every NUTS version, and what followed on what."""

from difass_analysis.reference.codes import (
    LEVELS,
    VERSIONS,
    countries,
    is_code,
    level_name,
    level_of,
    name_of,
    parent,
    regions,
)
from difass_analysis.reference.converting import Converted, convert
from difass_analysis.reference.links import changes
from difass_analysis.reference.resolving import resolve

__all__ = [
    "LEVELS",
    "VERSIONS",
    "Converted",
    "changes",
    "convert",
    "countries",
    "is_code",
    "level_name",
    "level_of",
    "name_of",
    "parent",
    "regions",
    "resolve",
]
