"""Rules for revolving funds: no part larger than what it is a part of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw

from difass_analysis.validation.model import RowRule, number
from difass_analysis.validation.rowrules import TOLERANCE

# Rule, part, whole, and what is wrong where the part is larger.
_PARTS = (
    (
        "relent_above_disbursed",
        "reused_amount",
        "disbursed_amount",
        "was lent again in a year in which {whole} was lent at all",
    ),
    (
        "union_above_paid_in",
        "eu_paid_in_amount",
        "paid_in_amount",
        "of the Union's money is in a capital of {whole}",
    ),
)


def fund_rules(given: Sequence[str]) -> list[RowRule]:
    """Money lent again within what was lent, and the Union's part within the capital."""
    return [
        _part_rule(rule, part, whole, words)
        for rule, part, whole, words in _PARTS
        if {part, whole} <= set(given)
    ]


def _part_rule(rule: str, part: str, whole: str, words: str) -> RowRule:
    def message(row: Mapping[str, Any]) -> str:
        return f"{number(row[part])} {words.format(whole=number(row[whole]))}."

    return RowRule(
        id=rule,
        severity="warning",
        column=part,
        shown=(part, whole),
        broken=nw.col(part) > nw.col(whole) + TOLERANCE,
        needs=(part, whole),
        message=message,
        todo="Correct one of the two amounts; both are used as they stand.",
    )
