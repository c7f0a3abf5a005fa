"""Evidence: how much the data of a programme can carry, by Storey's steps and Maryland levels."""

from __future__ import annotations

from difass_analysis.evidence.claiming import Claim, claims, claims_frame
from difass_analysis.evidence.requirements import Support, missing_tables, supported
from difass_analysis.evidence.scale import Level, Step, crosswalk, level, levels, step, steps

__all__ = [
    "Claim",
    "Level",
    "Step",
    "Support",
    "claims",
    "claims_frame",
    "crosswalk",
    "level",
    "levels",
    "missing_tables",
    "step",
    "steps",
    "supported",
]
