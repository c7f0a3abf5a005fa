"""Mechanisms: why a practice works, and where it would travel."""

from __future__ import annotations

from difass_analysis.mechanisms import qca

__all__ = ["qca"]
