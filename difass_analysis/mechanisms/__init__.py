"""Mechanisms: why a practice works, and where it would travel."""

from __future__ import annotations

from difass_analysis.mechanisms import qca
from difass_analysis.mechanisms.addressing import BarrierGaps, barrier_gaps
from difass_analysis.mechanisms.completeness import PracticeRecords, assess_practices
from difass_analysis.mechanisms.covering import Coverage, coverage
from difass_analysis.mechanisms.groups import GroupReach, reach_of_groups
from difass_analysis.mechanisms.practice_files import read_practice, read_practices
from difass_analysis.mechanisms.practice_forms import practice_form
from difass_analysis.mechanisms.theory import TheoryOfChange, theory_of_change

__all__ = [
    "BarrierGaps",
    "Coverage",
    "GroupReach",
    "PracticeRecords",
    "TheoryOfChange",
    "assess_practices",
    "barrier_gaps",
    "coverage",
    "practice_form",
    "qca",
    "reach_of_groups",
    "read_practice",
    "read_practices",
    "theory_of_change",
]
