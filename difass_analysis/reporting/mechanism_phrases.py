"""Fixed phrases of practices, claims, barriers, transfers and framework conditions.

They join those of :mod:`difass_analysis.reporting.phrases`, by which a page in another language
recognises what results say in English.
"""

from __future__ import annotations

#: Gaps and notes of claims, barriers and practices, and kinds of test.
MECHANISM_PHRASES = (
    # what is missing
    "no evidence",
    "nothing written down for it",
    "nothing written down against it",
    "no rival explanation",
    "no test",
    "no mechanism is recorded",
    "no claim says how it works",
    "the claim has no evidence",
    # notes on practices
    "Step {step} is declared, but no evidence is stated.",
    "'{word}' is no step of evidence.",
    "No step is declared.",
    "No evidence is stated and no step is declared.",
    # process-tracing tests
    "straw-in-the-wind",
    "hoop",
    "smoking gun",
    "doubly decisive",
)
