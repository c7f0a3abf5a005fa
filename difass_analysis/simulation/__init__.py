"""Simulated programmes whose true leverage, effects and deadweight are known."""

from __future__ import annotations

from difass_analysis.simulation.lending import simulate_fund
from difass_analysis.simulation.model import SimulatedProgramme, simulate
from difass_analysis.simulation.truth import Truth

__all__ = ["SimulatedProgramme", "Truth", "simulate", "simulate_fund"]
