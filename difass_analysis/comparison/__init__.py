"""Comparison: groups against each other, with honest uncertainty, and why they differ."""

from __future__ import annotations

from difass_analysis.comparison.adjustment import adjusted
from difass_analysis.comparison.changing import Change, change
from difass_analysis.comparison.comparing import compare
from difass_analysis.comparison.concentrating import Concentration, concentration
from difass_analysis.comparison.contrasting import contrasts
from difass_analysis.comparison.decomposition import Decomposition, decompose
from difass_analysis.comparison.funnelling import Funnel, funnel
from difass_analysis.comparison.model import group_covariance
from difass_analysis.comparison.pictures import draw_map, draw_panels, draw_periods
from difass_analysis.comparison.places import rank_sets
from difass_analysis.comparison.pooling import Pooling, partial_pooling
from difass_analysis.comparison.random_effects import Heterogeneity, heterogeneity
from difass_analysis.comparison.ranking import Ranking, ranks

__all__ = [
    "Change",
    "Concentration",
    "Decomposition",
    "Funnel",
    "Heterogeneity",
    "Pooling",
    "Ranking",
    "adjusted",
    "change",
    "compare",
    "concentration",
    "contrasts",
    "decompose",
    "draw_map",
    "draw_panels",
    "draw_periods",
    "funnel",
    "group_covariance",
    "heterogeneity",
    "partial_pooling",
    "rank_sets",
    "ranks",
]
