"""Qualitative comparative analysis: calibration, necessity, truth tables, minimisation."""

from __future__ import annotations

from difass_analysis.mechanisms.qca.calibration import Calibration, calibrate
from difass_analysis.mechanisms.qca.fit import Necessity, Sufficiency, necessity_fit, sufficiency
from difass_analysis.mechanisms.qca.minimising import minimize
from difass_analysis.mechanisms.qca.model import Solution, TruthTable
from difass_analysis.mechanisms.qca.necessities import necessity
from difass_analysis.mechanisms.qca.terms import membership
from difass_analysis.mechanisms.qca.truth import truth_table

__all__ = [
    "Calibration",
    "Necessity",
    "Solution",
    "Sufficiency",
    "TruthTable",
    "calibrate",
    "membership",
    "minimize",
    "necessity",
    "necessity_fit",
    "sufficiency",
    "truth_table",
]
