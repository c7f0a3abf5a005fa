"""Validation: one table of rules, applied to rows, totals and records."""

from __future__ import annotations

from difass_analysis.validation.checking import find_problems, usable
from difass_analysis.validation.model import Reading

__all__ = ["Reading", "find_problems", "usable"]
