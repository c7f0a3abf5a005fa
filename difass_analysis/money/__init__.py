"""Money: exchange rates, prices and purchasing power, and amounts that say what they are.

What is used when, with worked numbers: docs/money.md.
"""

from __future__ import annotations

from difass_analysis.money.amounts import Amount, amount
from difass_analysis.money.converting import convert, purchasing_power
from difass_analysis.money.fixed import fixed_rates, redenominations
from difass_analysis.money.reference_rates import rates, rates_source
from difass_analysis.money.series import YearlySeries, read_series

__all__ = [
    "Amount",
    "YearlySeries",
    "amount",
    "convert",
    "fixed_rates",
    "purchasing_power",
    "rates",
    "rates_source",
    "read_series",
    "redenominations",
]
