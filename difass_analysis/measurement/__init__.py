"""Measurement: indicators by group, with numerator, denominator and honest uncertainty."""

from __future__ import annotations

from difass_analysis.measurement.measuring import measure

__all__ = ["measure"]
