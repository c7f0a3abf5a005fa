"""Qualitative comparative analysis: calibration, necessity, truth tables, minimisation."""

from __future__ import annotations

from difass_analysis.mechanisms.qca.fit import Necessity, Sufficiency, necessity_fit, sufficiency
from difass_analysis.mechanisms.qca.minimising import minimize
from difass_analysis.mechanisms.qca.model import Solution, TruthTable
from difass_analysis.mechanisms.qca.terms import membership
from difass_analysis.mechanisms.qca.truth import truth_table

__all__ = [
    "Necessity",
    "Solution",
    "Sufficiency",
    "TruthTable",
    "membership",
    "minimize",
    "necessity_fit",
    "sufficiency",
    "truth_table",
]
