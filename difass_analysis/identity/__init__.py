"""Identity: one enterprise written three ways, and how many there really are."""

from __future__ import annotations

from difass_analysis.identity.counting import DistinctCounts, distinct
from difass_analysis.identity.matching import Matches, match
from difass_analysis.identity.names import NormalisedName, normalised

__all__ = ["DistinctCounts", "Matches", "NormalisedName", "distinct", "match", "normalised"]
