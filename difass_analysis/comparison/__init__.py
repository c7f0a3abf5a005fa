"""Comparison: groups against each other, with honest uncertainty, and why they differ."""

from __future__ import annotations

from difass_analysis.comparison.contrasts import contrasts

__all__ = ["contrasts"]
