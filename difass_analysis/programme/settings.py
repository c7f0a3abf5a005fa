"""What a programme says of itself: the content of ``programme.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from difass_analysis.errors import ProfileError, one_of
from difass_analysis.schema import TABLES
from difass_analysis.schema.cooperation import INDICATOR_SYSTEMS

Blank = Literal["unknown", "zero"]


@dataclass(frozen=True, kw_only=True)
class SourceEntry:
    """One file (or glob) of a programme, with the table it fills and the profile that reads it.

    ``table`` is empty where the profile alone says which tables the file fills.
    """

    file: str
    table: str = ""
    profile: str = "canonical"


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The envelope within which a programme's totals must lie.

    ``rate`` is the number of units of the programme's currency for one unit of ``currency``;
    it is 1 where the two are the same, and must be stated otherwise.
    """

    amount: float
    currency: str
    fund: str = ""
    column: str = "eu_amount"
    rate: float = 1.0
    tolerance_share: float = 0.0
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What holds for a whole programme: identity, currency, prices, regions, openness."""

    id: str
    name: str
    description: str = ""
    currency: str = ""
    price_basis: str = ""
    nuts_version: str = ""
    indicator_system: str = ""
    published: bool = False
    simulated: bool = False
    sources: tuple[SourceEntry, ...] = ()
    budgets: tuple[Budget, ...] = ()
    indicators: tuple[Mapping[str, Any], ...] = ()
    disclosure: Mapping[str, float] = field(default_factory=dict)
    caveats: tuple[str, ...] = ()


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file, or say where it is not TOML.

    Raises
    ------
    ProfileError
        When the file cannot be read or is not valid TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(
            f"{path.name} is not valid TOML in UTF-8: {error}.",
            todo="Correct that place: texts stand in quotes, and true and false without.",
        ) from error
    except OSError as error:
        raise ProfileError(f"{path} cannot be read: {error.strerror}.") from error


def settings_of(content: Mapping[str, Any], *, where: str) -> Settings:
    """Check the content of a ``programme.toml`` and return it as :class:`Settings`.

    Parameters
    ----------
    content : mapping
        The TOML content.
    where : str
        Name of the file, for messages.

    Raises
    ------
    ProfileError
        When a required entry is missing, an entry is unknown, or a value is of the wrong kind.
    """
    known = set(Settings.__dataclass_fields__) - {"budgets"} | {"budget"}
    if isinstance(content.get("programme"), Mapping):
        raise ProfileError(
            f"{where}: the entries stand under [programme], as in a profile.",
            todo="Take out the line [programme]: here id, name and the others stand at the top.",
        )
    _refuse_unknown(content, known, where)
    for needed in ("id", "name"):
        if not isinstance(content.get(needed), str) or not content[needed]:
            raise ProfileError(
                f"{where} states no {needed}.", todo=f'Add a line such as {needed} = "...".'
            )
    parts = ("sources", "budget", "indicators", "disclosure", "caveats")
    plain = {key: content[key] for key in content if key not in parts}
    for key, value in plain.items():
        wanted = bool if key in ("published", "simulated") else str
        if not isinstance(value, wanted):
            kind = "true or false" if wanted is bool else "a text in quotes"
            example = "true" if wanted is bool else '"..."'
            raise ProfileError(
                f"{where}: {key} = {value!r} must be {kind}.", todo=f"Write {key} = {example}."
            )
    system = plain.get("indicator_system", "")
    if system and system not in INDICATOR_SYSTEMS:
        raise one_of("indicator system", system, list(INDICATOR_SYSTEMS))
    currency = str(plain.get("currency", ""))
    return Settings(
        **plain,
        sources=tuple(_source(entry, where) for entry in _list(content, "sources", where)),
        budgets=tuple(_budget(entry, currency, where) for entry in _list(content, "budget", where)),
        indicators=tuple(_list(content, "indicators", where)),
        disclosure=_disclosure(content.get("disclosure", {}), where),
        caveats=_caveats(content.get("caveats", []), where),
    )


def _caveats(entry: object, where: str) -> tuple[str, ...]:
    """Sentences that belong under every figure of the programme."""
    if not isinstance(entry, list) or not all(isinstance(text, str) for text in entry):
        raise ProfileError(
            f"{where}: caveats must be a list of sentences.",
            todo='Write caveats = ["Amounts of 2012 only."].',
        )
    return tuple(entry)


def _disclosure(entry: object, where: str) -> Mapping[str, float]:
    """Parameters of disclosure control, which the layer that applies them checks."""
    if not isinstance(entry, Mapping) or not all(
        isinstance(value, (int, float)) and not isinstance(value, bool) for value in entry.values()
    ):
        raise ProfileError(
            f"{where}: disclosure must be a table of numbers.",
            todo="Write [disclosure] with for example minimum = 3.",
        )
    return dict(entry)


def _list(content: Mapping[str, Any], key: str, where: str) -> list[Mapping[str, Any]]:
    value = content.get(key, [])
    value = [value] if isinstance(value, dict) else value
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise ProfileError(f"{where}: {key} must be a table.", todo=f"Write [[{key}]].")
    return value


def _refuse_unknown(content: Mapping[str, Any], known: set[str], where: str) -> None:
    for key in content:
        if key not in known:
            error = one_of("entry", key, sorted(known))
            raise ProfileError(f"{where}: {error.message}", todo=error.todo)


def _source(entry: Mapping[str, Any], where: str) -> SourceEntry:
    _refuse_unknown(entry, {"file", "table", "profile"}, f"{where}, [[sources]]")
    if not isinstance(entry.get("file"), str):
        raise ProfileError(f"{where}: a source names no file.", todo='Add file = "...".')
    if entry.get("table", "") and entry["table"] not in TABLES:
        error = one_of("table", str(entry["table"]), list(TABLES))
        raise ProfileError(f"{where}, source {entry['file']}: {error.message}", todo=error.todo)
    return SourceEntry(**{key: str(value) for key, value in entry.items()})


def _budget(entry: Mapping[str, Any], currency: str, where: str) -> Budget:
    _refuse_unknown(entry, set(Budget.__dataclass_fields__), f"{where}, [[budget]]")
    numbers = ("amount", "rate", "tolerance_share")
    for key in numbers:
        if key in entry and not isinstance(entry[key], (int, float)):
            raise ProfileError(f"{where}: the budget's {key} must be a number.")
    if "amount" not in entry:
        raise ProfileError(f"{where}: a budget states no amount.", todo="Add amount = ... .")
    own = str(entry.get("currency", currency))
    if own != currency and "rate" not in entry:
        raise ProfileError(
            f"{where}: the budget is in {own}, the programme in {currency or '(not stated)'}.",
            todo=f"State rate = units of {currency or 'the programme currency'} for 1 {own}.",
        )
    return Budget(**{**entry, "currency": own})


def blank_of(value: str, *, where: str) -> Blank:
    """Check how a blank is read: ``unknown`` or ``zero``."""
    if value not in get_args(Blank):
        raise ProfileError(
            f"{where}: blank = '{value}' is not offered.", todo="Write unknown or zero."
        )
    return value  # type: ignore[return-value]
