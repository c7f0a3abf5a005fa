"""Disclosure control: what leaves tells of no single beneficiary or enterprise."""

from __future__ import annotations

from difass_analysis.disclosure.identifiers import key_from, pseudonymised
from difass_analysis.disclosure.protecting import (
    Protected,
    Switch,
    protect,
    protect_one,
    refuse_unprotected,
)
from difass_analysis.disclosure.rules import Rules

__all__ = [
    "Protected",
    "Rules",
    "Switch",
    "key_from",
    "protect",
    "protect_one",
    "pseudonymised",
    "refuse_unprotected",
]
