"""Comparison: groups against each other, with honest uncertainty, and why they differ."""

from __future__ import annotations

from difass_analysis.comparison.adjusted import adjusted
from difass_analysis.comparison.contrasts import contrasts
from difass_analysis.comparison.heterogeneity import Heterogeneity, heterogeneity
from difass_analysis.comparison.model import group_covariance
from difass_analysis.comparison.pooling import Pooling, partial_pooling
from difass_analysis.comparison.ranks import Ranking, rank_sets, ranks

__all__ = [
    "Heterogeneity",
    "Pooling",
    "Ranking",
    "adjusted",
    "contrasts",
    "group_covariance",
    "heterogeneity",
    "partial_pooling",
    "rank_sets",
    "ranks",
]
