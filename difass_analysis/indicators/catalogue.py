"""The catalogue: shipped quantities and indicators, and those that a programme adds."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

from difass_analysis.errors import IndicatorError, UsageError, one_of
from difass_analysis.indicators.grammar import Quantities, parse_indicator, parse_term
from difass_analysis.indicators.model import Indicator


def _shipped_toml(name: str) -> dict[str, Any]:
    return tomllib.loads((files(__package__) / name).read_text(encoding="utf-8"))


@cache
def quantities() -> Quantities:
    """Return the named quantities: label and the ways to compute each, best first."""
    return {
        name: (
            entry["label"],
            tuple(parse_term(term, where=f"quantity '{name}'") for term in entry["terms"]),
        )
        for name, entry in _shipped_toml("quantities.toml").items()
    }


@cache
def shipped() -> dict[str, Indicator]:
    """Return the shipped indicators by id, in the catalogue's order."""
    entries = _shipped_toml("catalogue.toml")["indicators"]
    parsed = [
        parse_indicator(entry, quantities=quantities(), where="catalogue") for entry in entries
    ]
    return {indicator.id: indicator for indicator in parsed}


def catalogue(own: Iterable[Mapping[str, Any]] = (), *, where: str = "") -> dict[str, Indicator]:
    """Return the shipped indicators together with a programme's own.

    Parameters
    ----------
    own : iterable of mappings
        Entries of ``[[indicators]]`` in ``programme.toml``.
    where : str
        Name of the programme, for messages.

    Raises
    ------
    IndicatorError
        When one of its own is badly defined, or takes an id that is already used.

    Examples
    --------
    >>> catalogue()["private_per_public"].unit
    '{currency} per {currency}'
    """
    result = dict(shipped())
    for entry in own:
        indicator = parse_indicator(entry, quantities=quantities(), where=where or "programme")
        if indicator.id in result:
            raise IndicatorError(
                f"{where}: indicator '{indicator.id}' exists already.", todo="Choose another id."
            )
        result[indicator.id] = indicator
    return result


def choose(held: Mapping[str, Indicator], wanted: Iterable[str] | None) -> list[Indicator]:
    """Return the wanted indicators in the order asked for, or all of them.

    Raises
    ------
    UsageError
        When one of the ids does not exist; the message offers the nearest.
    """
    if wanted is None:
        return list(held.values())
    for name in wanted:
        if name not in held:
            raise _unknown(name, held)
    return [held[name] for name in dict.fromkeys(wanted)]


def _unknown(name: str, held: Mapping[str, Indicator]) -> UsageError:
    if "leverag" in name.lower() or "multiplier" in name.lower():
        return UsageError(
            f"'{name}' has several meanings, so there is no indicator of that name.",
            todo="Choose private_per_public, total_per_public or public_share; each says what it "
            "divides by what.",
        )
    return one_of("indicator", name, list(held))


def definitions(indicators: Iterable[Indicator], *, currency: str = "") -> pd.DataFrame:
    """Return one row an indicator: what it is, how it is computed, and who defines it."""
    columns = ["indicator", "label", "definition", "unit", "direction"]
    columns += ["numerator", "denominator", "source"]
    rows = [
        (
            one.id,
            one.label,
            one.definition,
            unit_of(one, currency),
            one.direction,
            one.numerator_label,
            one.denominator_label,
            one.source,
        )
        for one in indicators
    ]
    return pd.DataFrame(rows, columns=columns)


def unit_of(indicator: Indicator, currency: str) -> str:
    """Return the unit with the programme's currency in it."""
    return indicator.unit.replace("{currency}", currency or "currency units")
