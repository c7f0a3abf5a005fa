"""Indicators: the catalogue of what can be measured, and how an indicator is defined."""

from __future__ import annotations

from difass_analysis.indicators.catalogue import catalogue, choose, definitions, shipped, unit_of
from difass_analysis.indicators.grammar import conditions_of, restrict
from difass_analysis.indicators.model import Indicator, Term

__all__ = [
    "Indicator",
    "Term",
    "catalogue",
    "choose",
    "conditions_of",
    "definitions",
    "restrict",
    "shipped",
    "unit_of",
]
