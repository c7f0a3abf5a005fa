"""Match the headings of a file with those a profile names, and with canonical columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import PurePath

from difass_analysis.errors import InputError
from difass_analysis.schema import TABLES, table_of
from difass_analysis.sources.profile import ColumnRule, Profile, TableMapping, fold

# Headings named in a warning: beyond these a reader looks into the file.
_NAMED = 12


def by_fold(headings: Sequence[str]) -> dict[str, str]:
    """Return the headings of a file by their comparable spelling."""
    return {fold(heading): heading for heading in headings}


def present_rules(
    mapping: TableMapping, headings: Sequence[str], *, file: str, profile: str
) -> tuple[ColumnRule, ...]:
    """Return the rules whose headings the file has; optional ones may lack theirs.

    Raises
    ------
    InputError
        When the file lacks a heading that the profile needs; the message names the nearest ones.
    """
    known = by_fold(headings)
    rules = [_of_those_there(rule, known) for rule in mapping.rules]
    absent = {
        rule.target: [name for name in rule.headings if fold(name) not in known] for rule in rules
    }
    needed = list(
        dict.fromkeys(
            name for rule in mapping.rules if not rule.optional for name in absent[rule.target]
        )
    )
    if needed:
        raise _no_heading(needed, headings, file=file, profile=profile)
    return tuple(rule for rule in rules if not absent[rule.target])


def _of_those_there(rule: ColumnRule, known: Mapping[str, str]) -> ColumnRule:
    """Leave out headings that the file lacks, where the first given one of several counts."""
    there = tuple(name for name in rule.headings if fold(name) in known)
    if rule.origin == "first" and rule.optional and there:
        return replace(rule, headings=there)
    return rule


def differences(profile: Profile, headings: Sequence[str]) -> tuple[str, ...]:
    """Say which optional headings a file lacks, and which of its own the profile does not know.

    A profile without optional headings says that its files have all of them, and that it leaves
    the others out on purpose: there nothing is said.
    """
    rules = [rule for mapping in profile.tables for rule in mapping.rules]
    optional = {name: None for rule in rules if rule.optional for name in rule.headings}
    if not optional:
        return ()
    known, used = by_fold(headings), {fold(name) for rule in rules for name in rule.headings}
    used |= {fold(mapping.currency) for mapping in profile.tables}
    lacking = [name for name in optional if fold(name) not in known]
    extra = [heading for key, heading in known.items() if key not in used]
    return tuple(
        f"{what}: {', '.join(repr(name) for name in names[:_NAMED])}"
        + (f" and {len(names) - _NAMED} more." if len(names) > _NAMED else ".")
        for what, names in (
            ("Columns that such files may have, and this one lacks", lacking),
            ("Columns that the profile does not read", extra),
        )
        if names
    )


def _no_heading(
    needed: Sequence[str], headings: Sequence[str], *, file: str, profile: str
) -> InputError:
    known = by_fold(headings)
    near = get_close_matches(fold(needed[0]), list(known), n=3, cutoff=0.5) or list(known)[:6]
    names = ", ".join(f"'{name}'" for name in needed[:3])
    more = f" and {len(needed) - 3} more" if len(needed) > 3 else ""
    return InputError(
        f"{file} has no heading {names}{more}, which profile '{profile}' needs.",
        todo=f"Nearest in the file: {', '.join(repr(known[name]) for name in near)}. "
        "Choose another profile, or name the file's own headings in one of your own.",
    )


def canonical_mapping(
    profile: Profile, headings: Sequence[str], *, file: str, table: str
) -> tuple[TableMapping, dict[str, str]]:
    """Return the mapping of a file whose headings are canonical, and its other headings.

    Parameters
    ----------
    profile : Profile
        A profile with ``canonical = true``.
    headings : sequence of str
        Headings of the file.
    file : str
        Name of the file.
    table : str
        The table; empty to find it by the name of the file or by its headings.

    Returns
    -------
    tuple
        The mapping, and the headings that are no canonical columns, which are kept as text.

    Raises
    ------
    InputError
        When the table cannot be told, or the file lacks a column of its key.
    """
    name = table or canonical_table(headings, file=file)
    columns = set(table_of(name).names)
    known = by_fold(headings)
    lacking = [key for key in table_of(name).key if key not in known]
    if lacking:
        raise InputError(
            f"{file} has no column '{lacking[0]}', which is the key of table '{name}'.",
            todo=f"Its columns are {', '.join(headings[:8])}. "
            "Add it, or map the file by a profile.",
        )
    rules = tuple(
        ColumnRule(target=key, origin="from", headings=(heading,), values=profile.values)
        for key, heading in known.items()
        if key in columns
    )
    declared = next((item for item in profile.tables if item.table == name), None)
    mapping = TableMapping(
        table=name,
        rules=rules,
        parts=declared.parts if declared else (),
        optional_parts=declared.optional_parts if declared else (),
        total=declared.total if declared else "",
    )
    return mapping, {heading: heading for key, heading in known.items() if key not in columns}


def canonical_table(headings: Sequence[str], *, file: str) -> str:
    """Return the canonical table that a file fills, by its name, else by its headings.

    Raises
    ------
    InputError
        When no table fits, or several fit equally well.

    Examples
    --------
    >>> canonical_table(["call_id", "year", "budget_amount"], file="2017.csv")
    'calls'
    """
    stem = PurePath(file).stem.casefold()
    if stem in TABLES:
        return stem
    best = best_tables(headings)
    if len(best) == 1:
        return best[0]
    fitting = f"Several fit it: {', '.join(best)}. " if best else ""
    raise InputError(
        f"The columns of {file} do not say which canonical table it fills.",
        todo=f"{fitting}State the table, name the file after it, or map it by a profile.",
    )


def best_tables(headings: Sequence[str]) -> list[str]:
    """Return the tables whose key the file has and of which it has the most columns."""
    known = set(by_fold(headings))
    scores: Mapping[str, int] = {
        name: len(known & set(table.names))
        for name, table in TABLES.items()
        if table.key and set(table.key) <= known
    }
    top = max(scores.values(), default=0)
    return [name for name, score in scores.items() if score == top]
