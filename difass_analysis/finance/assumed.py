"""Where a figure comes from that rests on values given by the caller and on no programme."""

from __future__ import annotations

from importlib.metadata import version

from difass_analysis.result import Provenance


def assumptions_provenance(name: str = "assumptions given by the caller") -> Provenance:
    """Return the provenance of figures without a programme."""
    return Provenance(programme="assumptions", name=name, version=version("difass_analysis"))
