"""Entries of a profile: each is of the kind that is wanted, or refused with words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from difass_analysis.errors import ProfileError, one_of


def refuse_unknown(content: Mapping[str, Any], known: Sequence[str], what: str, where: str) -> None:
    """Refuse entries that are not offered, with the nearest ones."""
    for key in content:
        if key not in known:
            error = one_of(what, key, sorted(known))
            raise ProfileError(f"{where}: {error.message}", todo=error.todo)


def of_type(value: Any, wanted: type, key: str, where: str) -> Any:
    """Return a value of the wanted type, or refuse it."""
    good = isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))
    if not good:
        kinds = {str: "text in quotes", bool: "true or false", int: "a whole number"}
        raise ProfileError(f"{where}: {key} = {value!r} must be {kinds.get(wanted, 'a number')}.")
    return value


def as_table(value: Any, where: str) -> dict[str, Any]:
    """Return a table, or refuse anything else."""
    if not isinstance(value, dict):
        raise ProfileError(f"{where} must be a table, not {value!r}.", todo="See docs/profiles.md.")
    return value


def table_under(content: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    """Return the table under a key; an empty one without it."""
    return as_table(content.get(key, {}), f"{where}, [{key}]")


def list_under(content: Mapping[str, Any], key: str, where: str) -> list[Any]:
    """Return the list under a key; an empty one without it."""
    value = content.get(key, [])
    if not isinstance(value, list):
        raise ProfileError(f"{where}: {key} must be a list.")
    return value


def texts(value: Any, key: str, where: str) -> tuple[str, ...]:
    """Return a list of texts, or refuse anything else."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ProfileError(f'{where}: {key} = {value!r} must be a list such as ["a", "b"].')
    return tuple(value)


def strings_under(given: Mapping[str, Any], key: str, where: str) -> dict[str, str]:
    """Return the table of texts under a key; an empty one without it."""
    content = as_table(given.get(key, {}), f"{where}, {key}")
    for name, value in content.items():
        of_type(value, str, f"{key}.{name}", where)
    return content


def character(value: Any, key: str, where: str, *, allowed: str) -> str:
    """Return at most one character, or refuse more."""
    text: str = of_type(value, str, key, where)
    if len(text) > 1:
        raise ProfileError(f"{where}: {key} = {text!r} must be {allowed}.")
    return text
