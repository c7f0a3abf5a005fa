"""Read a profile from its TOML file, and refuse what cannot be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from difass_analysis.errors import DifassError, ProfileError
from difass_analysis.programme.settings import settings_of
from difass_analysis.schema import Column, Table, table_of
from difass_analysis.sources.profile import (
    ColumnRule,
    Packing,
    Profile,
    TableMapping,
    ValueFormat,
    fold,
)
from difass_analysis.sources.profile_columns import column_rule
from difass_analysis.sources.profile_entries import (
    as_table,
    list_under,
    of_type,
    refuse_unknown,
    table_under,
    texts,
)
from difass_analysis.sources.profile_formats import file_format, value_format

_TOP = ("title", "origin", "canonical", "programme", "file", "values", "tables")
_TABLE = (
    *("parts", "optional_parts", "total", "distinct"),
    *("split", "currency", "one_of", "required", "columns"),
)


def profile_of(content: Mapping[str, Any], *, name: str, where: str) -> Profile:
    """Check the content of a profile and return it as :class:`Profile`.

    Parameters
    ----------
    content : mapping
        The TOML content.
    name : str
        Key of the profile.
    where : str
        Name of the file, for messages.

    Raises
    ------
    ProfileError
        When an entry, table, column or option is unknown, or a value is of the wrong kind.
    """
    refuse_unknown(content, _TOP, "entry", where)
    values = value_format(
        table_under(content, "values", where), ValueFormat(), f"{where}, [values]"
    )
    tables = tuple(
        _table(key, as_table(entry, f"{where}, [tables.{key}]"), values, where)
        for key, entry in table_under(content, "tables", where).items()
    )
    canonical = of_type(content.get("canonical", False), bool, "canonical", where)
    if not tables and not canonical:
        raise ProfileError(
            f"{where} fills no table.", todo="Add [tables.operations.columns] with the columns."
        )
    profile = Profile(
        id=name,
        title=of_type(content.get("title", ""), str, "title", where),
        origin=of_type(content.get("origin", ""), str, "origin", where),
        canonical=canonical,
        programme=table_under(content, "programme", where),
        file=file_format(table_under(content, "file", where), f"{where}, [file]"),
        values=values,
        tables=tables,
    )
    if any(mapping.currency for mapping in tables) and not profile.programme.get("currency"):
        raise ProfileError(
            f"{where}: amounts are to be compared with the programme's currency, which is missing.",
            todo='Add currency = "EUR" or another one under [programme].',
        )
    _one_format([rule for mapping in tables for rule in mapping.rules], where)
    settings_of({"id": name, "name": name, **profile.programme}, where=f"{where}, [programme]")
    return profile


def _table(name: str, content: Mapping[str, Any], values: ValueFormat, where: str) -> TableMapping:
    try:
        table = table_of(name)
    except DifassError as error:
        raise ProfileError(f"{where}: {error.message}", todo=error.todo) from error
    at = f"{where}, [tables.{name}]"
    refuse_unknown(content, _TABLE, "entry", at)
    parts = tuple(
        (item,) if isinstance(item, str) else texts(item, "parts", at)
        for item in list_under(content, "parts", at)
    )
    optional_parts = texts(content.get("optional_parts", []), "optional_parts", at)
    total = of_type(content.get("total", ""), str, "total", at)
    for column in (*(column for item in parts for column in item), *optional_parts, total):
        if column and _column(table, column, at).kind != "money":
            raise ProfileError(f"{at}: '{column}' is no money column and cannot be a part.")
    if bool(parts) != bool(total):
        raise ProfileError(f"{at}: parts and total belong together.", todo="State both or none.")
    columns = table_under(content, "columns", at)
    rules = tuple(
        column_rule(_column(table, target, at), spec, values, f"{at}, column {target}")
        for target, spec in columns.items()
    )
    _mapped_parts(parts, optional_parts, total, rules, at)
    return TableMapping(
        table=name,
        rules=rules,
        parts=parts,
        optional_parts=optional_parts,
        total=total,
        distinct=of_type(content.get("distinct", False), bool, "distinct", at),
        split=_packing(content, rules, at),
        currency=of_type(content.get("currency", ""), str, "currency", at),
        one_of=tuple(
            _mapped_columns(item, "one_of", rules, at) for item in list_under(content, "one_of", at)
        ),
        required=_mapped_columns(content.get("required", []), "required", rules, at),
    )


def _packing(content: Mapping[str, Any], rules: Sequence[ColumnRule], where: str) -> Packing | None:
    if "split" not in content:
        return None
    given, at = table_under(content, "split", where), f"{where}, split"
    refuse_unknown(given, ("by", "columns"), "entry", at)
    by = of_type(given.get("by", ""), str, "by", at)
    headings = texts(given.get("columns", []), "columns", at)
    if not by or not headings:
        raise ProfileError(
            f"{at} needs what stands between the values and the columns that hold them.",
            todo='Write for example split = { by = ";", columns = ["Partners"] }.',
        )
    used = {fold(name) for rule in rules for name in rule.headings}
    idle = [name for name in headings if fold(name) not in used]
    if idle:
        raise ProfileError(
            f"{at}: '{idle[0]}' is split, and no column of the table reads it.",
            todo="Map it under columns, or leave it out.",
        )
    return Packing(by=by, headings=headings)


def _mapped_columns(
    value: Any, key: str, rules: Sequence[ColumnRule], where: str
) -> tuple[str, ...]:
    names = texts(value, key, where)
    for name in names:
        if name not in {rule.target for rule in rules}:
            raise ProfileError(
                f"{where}: '{name}' is under {key}, and no column of the profile.",
                todo="Map it under columns, or leave it out.",
            )
    return names


def _mapped_parts(
    parts: Sequence[Sequence[str]],
    optional_parts: Sequence[str],
    total: str,
    rules: Sequence[ColumnRule],
    where: str,
) -> None:
    """Refuse parts that no rule fills; a canonical profile has no rules to check."""
    targets = {rule.target for rule in rules}
    named = [*(name for names in parts for name in names), *optional_parts, total]
    unmapped = [name for name in named if rules and name and name not in targets]
    if unmapped:
        raise ProfileError(
            f"{where}: '{unmapped[0]}' is a part or the total, and no column of the profile.",
            todo="Map it under columns, or leave it out.",
        )


def _one_format(rules: Sequence[ColumnRule], where: str) -> None:
    """Refuse two ways of writing one heading: one cell has one, and one of them would be wrong."""
    formats: dict[str, ValueFormat] = {}
    for rule in rules:
        for heading in rule.headings:
            first = formats.setdefault(fold(heading), rule.values)
            same = ("decimal", "thousands", "dates")
            if any(getattr(first, name) != getattr(rule.values, name) for name in same):
                raise ProfileError(
                    f"{where}: heading '{heading}' is read with two different marks or dates.",
                    todo="Give all columns that use it the same options.",
                )


def _column(table: Table, name: str, where: str) -> Column:
    try:
        return table.column(name)
    except DifassError as error:
        raise ProfileError(f"{where}: {error.message}", todo=error.todo) from error
