"""Qualitative comparative analysis: calibration, necessity, truth tables, minimisation."""

from __future__ import annotations

from difass_analysis.mechanisms.qca.calibration import Calibration, calibrate
from difass_analysis.mechanisms.qca.case_kinds import CaseTypes, case_types
from difass_analysis.mechanisms.qca.cluster_fit import ClusterFit, cluster_diagnostics
from difass_analysis.mechanisms.qca.fit import Necessity, Sufficiency, necessity_fit, sufficiency
from difass_analysis.mechanisms.qca.membership_checks import check_memberships
from difass_analysis.mechanisms.qca.minimising import minimize
from difass_analysis.mechanisms.qca.model import Solution, TruthTable
from difass_analysis.mechanisms.qca.necessities import necessity
from difass_analysis.mechanisms.qca.sensitivity import Robustness, robustness
from difass_analysis.mechanisms.qca.terms import membership
from difass_analysis.mechanisms.qca.truth import truth_table

__all__ = [
    "Calibration",
    "CaseTypes",
    "ClusterFit",
    "Necessity",
    "Robustness",
    "Solution",
    "Sufficiency",
    "TruthTable",
    "calibrate",
    "case_types",
    "check_memberships",
    "cluster_diagnostics",
    "membership",
    "minimize",
    "necessity",
    "necessity_fit",
    "robustness",
    "sufficiency",
    "truth_table",
]
