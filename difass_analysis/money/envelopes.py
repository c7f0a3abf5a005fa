"""Money in a programme's settings: budget envelopes and the units of its own indicators."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from difass_analysis.errors import UsageError
from difass_analysis.money.factors import Rule
from difass_analysis.programme import Budget, Settings
from difass_analysis.schema import TABLES


def converted_settings(
    settings: Settings, *, to: str, price_basis: str, rule: Rule, year: int | None
) -> tuple[Settings, tuple[str, ...]]:
    """Return the settings in another currency, and what happened to the envelopes.

    An envelope in the new currency keeps its amount and needs no rate any more. Any other one
    is converted where ``year`` says of which year it is, and otherwise left out: no rate would
    be right for an envelope without a year. Envelopes are of current prices, so they cannot be
    compared with amounts in constant prices.
    """
    budgets: list[Budget] = []
    said = []
    for budget in settings.budgets:
        found = _budget(budget, settings, to, price_basis, rule, year)
        label = f"The envelope of {budget.amount:,.0f} {budget.currency}"
        if isinstance(found, Budget):
            budgets.append(found)
            if budget.currency != to:
                said.append(f"{label} is taken at the rate of {year}.")
        else:
            said.append(f"{label} is not checked any more: {found}.")
    indicators = tuple(_indicator(entry, settings.currency) for entry in settings.indicators)
    new = replace(
        settings,
        currency=to,
        price_basis=price_basis,
        budgets=tuple(budgets),
        indicators=indicators,
    )
    return new, tuple(said)


def _budget(
    budget: Budget, settings: Settings, to: str, price_basis: str, rule: Rule, year: int | None
) -> Budget | str:
    if price_basis != settings.price_basis:
        return "it is not in the prices of the amounts"
    if budget.currency == to:
        return replace(budget, rate=1.0)
    if year is None or rule.by_country:
        return "it has no year"
    factor = rule.factor(settings.currency, "", year)
    if np.isnan(factor.down):
        return factor.why
    return replace(budget, rate=budget.rate / factor.down * factor.up)


def _indicator(entry: Mapping[str, Any], currency: str) -> Mapping[str, Any]:
    """Write the currency of an own indicator's unit as the one in use; refuse fixed amounts."""
    _refuse_fixed_amounts(entry, str(entry.get("id", "")))
    unit = entry.get("unit")
    if not currency or not isinstance(unit, str):
        return entry
    return {**entry, "unit": re.sub(rf"\b{re.escape(currency)}\b", "{currency}", unit)}


def _refuse_fixed_amounts(entry: Any, name: str) -> None:
    if isinstance(entry, Mapping):
        for column in entry.get("filter", {}) if isinstance(entry.get("filter"), Mapping) else ():
            if any(_is_money(table.names, str(column), table) for table in TABLES.values()):
                raise UsageError(
                    f"Indicator '{name}' counts rows by the amount in {column}.",
                    todo="Take it out of programme.toml before converting: its amounts would "
                    "stay in the old currency.",
                )
        for value in entry.values():
            _refuse_fixed_amounts(value, name)
    elif isinstance(entry, Sequence) and not isinstance(entry, str):
        for value in entry:
            _refuse_fixed_amounts(value, name)


def _is_money(names: Sequence[str], column: str, table: Any) -> bool:
    return column in names and table.column(column).kind == "money"
