"""Mechanisms: why a practice works, and where it would travel."""

from __future__ import annotations

from difass_analysis.mechanisms import qca
from difass_analysis.mechanisms.action_plans import ActionProgress, changes_made, follow_actions
from difass_analysis.mechanisms.addressing import BarrierGaps, barrier_gaps
from difass_analysis.mechanisms.agreement_alpha import Agreement, agreement
from difass_analysis.mechanisms.completeness import PracticeRecords, assess_practices
from difass_analysis.mechanisms.conditions import (
    FrameworkConditions,
    condition_series,
    framework_conditions,
)
from difass_analysis.mechanisms.covering import Coverage, coverage
from difass_analysis.mechanisms.distance import ContextDistance, context_distance
from difass_analysis.mechanisms.distance_weights import WeightSensitivity, weight_sensitivity
from difass_analysis.mechanisms.groups import GroupReach, reach_of_groups
from difass_analysis.mechanisms.matching_needs import Matching, match_needs, offers_of
from difass_analysis.mechanisms.practice_files import read_practice, read_practices
from difass_analysis.mechanisms.practice_forms import practice_form
from difass_analysis.mechanisms.rank_correlations import RankCorrelation, rank_correlation
from difass_analysis.mechanisms.theory import TheoryOfChange, theory_of_change
from difass_analysis.mechanisms.three_ways_answers import ThreeWays, three_ways
from difass_analysis.mechanisms.transferability_ratings import Transferability, transferability
from difass_analysis.mechanisms.transferability_sections import TransferSection, transfer_words
from difass_analysis.mechanisms.transfers import TransferMatrix, transfer_matrix
from difass_analysis.mechanisms.transfers_quota import quota_readings
from difass_analysis.mechanisms.uptake import Uptake, uptake_rates
from difass_analysis.mechanisms.uptake_times import StageTimes, stage_times

__all__ = [
    "ActionProgress",
    "Agreement",
    "BarrierGaps",
    "ContextDistance",
    "Coverage",
    "FrameworkConditions",
    "GroupReach",
    "Matching",
    "PracticeRecords",
    "RankCorrelation",
    "StageTimes",
    "TheoryOfChange",
    "ThreeWays",
    "TransferMatrix",
    "TransferSection",
    "Transferability",
    "Uptake",
    "WeightSensitivity",
    "agreement",
    "assess_practices",
    "barrier_gaps",
    "changes_made",
    "condition_series",
    "context_distance",
    "coverage",
    "follow_actions",
    "framework_conditions",
    "match_needs",
    "offers_of",
    "practice_form",
    "qca",
    "quota_readings",
    "rank_correlation",
    "reach_of_groups",
    "read_practice",
    "read_practices",
    "stage_times",
    "theory_of_change",
    "three_ways",
    "transfer_matrix",
    "transfer_words",
    "transferability",
    "uptake_rates",
    "weight_sensitivity",
]
