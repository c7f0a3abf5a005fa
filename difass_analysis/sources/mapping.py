"""Turn text cells into canonical typed columns, and report every cell that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import narwhals as nw
import pandas as pd

from difass_analysis.engine import Engine, Lazy
from difass_analysis.errors import InputError
from difass_analysis.programme import FILE_COLUMN, LINE_COLUMN, Blank
from difass_analysis.programme.canonical import conform
from difass_analysis.schema import table_of
from difass_analysis.sources.cells import trimmed
from difass_analysis.sources.columnwise import with_currency, with_scales
from difass_analysis.sources.headings import canonical_mapping, differences, present_rules
from difass_analysis.sources.packed import unpacked
from difass_analysis.sources.places import with_places
from difass_analysis.sources.profile import Profile, TableMapping
from difass_analysis.sources.reading import RawTable
from difass_analysis.sources.stages import (
    FOREIGN,
    PIECE,
    Cell,
    cells_of,
    cleaned,
    edited,
    in_other_currency,
    listed,
    target_of,
    through_map,
    unread,
    valued,
)
from difass_analysis.sources.trouble import Watch, problems_of, suspects_of, watched_counts

_OWN = (FILE_COLUMN, LINE_COLUMN)


@dataclass(frozen=True, eq=False, kw_only=True)
class Mapped:
    """One canonical table made of one file.

    Attributes
    ----------
    table : str
        The canonical table.
    lazy : lazy frame
        Canonical typed columns, ``_file`` and ``_line``; under a canonical profile also the
        file's other columns, as text.
    problems : pandas.DataFrame
        Cells that have text and could not be read: ``line``, ``column``, ``heading``, ``value``,
        ``kind``, ``message``; at most 100,000 of them.
    problem_counts : mapping of str to int
        Exact number of such cells by column.
    suspects : pandas.DataFrame
        Cells that were read and are probably not what was meant, in the same columns: amounts
        at a ceiling of the publisher's system, texts with lost characters.
    suspect_counts : mapping of str to int
        Exact number of such cells by column.
    variants : pandas.DataFrame
        How a map read the spellings: ``column``, ``written``, ``read_as``, ``rows``; ``read_as``
        is missing where the map says so or does not list the spelling.
    parts : tuple of str
        Columns that must add up to ``total``; empty where nothing is to be checked.
    total : str
        The column of the total.
    blank : {"unknown", "zero"}
        How blank cells of the parts were read.
    required : tuple of str
        Columns that must not be missing: the key and what the schema requires.
    one_of : tuple of tuple of str
        Columns of which a row must have at least one.
    warnings : tuple of str
        What the profile expects of the file and did not find, and what it found besides.
    remarks : tuple of str
        What was decided by the values of a whole column.
    """

    table: str
    lazy: Lazy
    problems: pd.DataFrame
    problem_counts: Mapping[str, int]
    suspects: pd.DataFrame
    suspect_counts: Mapping[str, int]
    variants: pd.DataFrame
    parts: tuple[str, ...]
    total: str
    blank: Blank
    required: tuple[str, ...]
    one_of: tuple[tuple[str, ...], ...] = ()
    warnings: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def apply(
    raw: RawTable,
    profile: Profile,
    *,
    engine: Engine,
    table: str = "",
    blank: Blank | None = None,
    currency: str = "",
) -> list[Mapped]:
    """Make canonical tables of a file.

    Parameters
    ----------
    raw : RawTable
        The file as read.
    profile : Profile
        What its columns mean.
    engine : Engine
        What computes.
    table : str
        The one table wanted; all that the profile fills without it.
    blank : {"unknown", "zero"}, optional
        How blank cells of parts are read, instead of what the profile says.
    currency : str
        Currency of the programme, instead of what the profile says. An amount that a row states
        in another one is not read, and reported.

    Returns
    -------
    list of Mapped
        One for each table.

    Raises
    ------
    InputError
        When the file lacks a heading or a key column, or the profile does not fill ``table``.
    UsageError
        When no canonical table has that name.
    """
    blank = blank or profile.values.blank
    if profile.canonical:
        mapping, others = canonical_mapping(profile, raw.headings, file=raw.name, table=table)
        return [_mapped(raw, mapping, others, engine=engine, blank=blank)]
    wanted = [mapping for mapping in profile.tables if table in ("", mapping.table)]
    if not wanted:
        table_of(table)
        raise InputError(
            f"Profile '{profile.id}' does not fill table '{table}'.",
            todo=f"It fills {', '.join(mapping.table for mapping in profile.tables)}.",
        )
    currency = currency or str(profile.programme.get("currency", ""))
    nuts = str(profile.programme.get("nuts_version", ""))
    warnings = differences(profile, raw.headings)
    results = []
    for mapping in wanted:
        rules = present_rules(mapping, raw.headings, file=raw.name, profile=profile.id)
        present = replace(mapping, rules=rules)
        one = _mapped(raw, present, {}, engine=engine, blank=blank, currency=currency, nuts=nuts)
        results.append(replace(one, warnings=(*warnings, *one.warnings)))
        warnings = ()
    return results


def _mapped(
    raw: RawTable,
    mapping: TableMapping,
    others: Mapping[str, str],
    *,
    engine: Engine,
    blank: Blank,
    currency: str = "",
    nuts: str = "",
) -> Mapped:
    rows = _prepared(raw, mapping, currency=currency, nuts=nuts, engine=engine)
    mapping = rows.mapping
    cells = cells_of(rows.lazy, raw.headings, mapping)
    zeros = _part_columns(mapping) if blank == "zero" else frozenset()
    wide = _values(rows.lazy, cells, mapping, others, zeros=zeros)
    if any(cell.text for cell in cells):
        # Counting unreadable cells and using the values are two passes: parse only once.
        wide = engine.materialise(wide)
    watches = _watches(cells, mapping)
    counts = watched_counts(wide, watches, engine=engine)
    targets = [rule.target for rule in mapping.rules]
    lazy = conform(wide.select(*_OWN, *targets, *others), mapping.table)
    if mapping.distinct:
        firsts = [nw.col(name).min() for name in _OWN]
        lazy = lazy.group_by(*targets).agg(*firsts)
    parts, total = _parts(mapping)
    return Mapped(
        table=mapping.table,
        lazy=lazy,
        problems=_together(problems_of(wide, watches, counts, engine=engine), rows.loose),
        problem_counts=_by_column(watches, counts, suspect=False, loose=rows.loose),
        suspects=suspects_of(wide, watches, counts, engine=engine),
        suspect_counts=_by_column(watches, counts, suspect=True),
        variants=_variants(rows.lazy, cells, engine=engine),
        parts=parts,
        total=total,
        blank=blank,
        required=tuple(
            column.name
            for column in table_of(mapping.table).columns
            if column.required or column.name in (*table_of(mapping.table).key, *mapping.required)
        ),
        one_of=mapping.one_of,
        warnings=rows.warnings,
        remarks=rows.remarks,
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class _Rows:
    """Rows of a file as one table sees them, with what had to be settled for whole columns."""

    lazy: Lazy
    mapping: TableMapping
    loose: pd.DataFrame
    warnings: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def _prepared(
    raw: RawTable, mapping: TableMapping, *, currency: str, nuts: str, engine: Engine
) -> _Rows:
    """Split packed cells, mark foreign currencies, settle scales of rates, look up regions."""
    lazy, loose, warnings = raw.lazy, pd.DataFrame(), tuple[str, ...]()
    if mapping.split:
        lazy, loose = unpacked(lazy, mapping, raw.headings, engine=engine)
    if mapping.currency:
        lazy, warnings = with_currency(
            lazy, mapping, raw.headings, currency=currency, engine=engine
        )
    mapping, remarks = with_scales(lazy, mapping, raw.headings, engine=engine)
    mapping, found = with_places(lazy, mapping, raw.headings, version=nuts, engine=engine)
    remarks = (*remarks, *found)
    return _Rows(lazy=lazy, mapping=mapping, loose=loose, warnings=warnings, remarks=remarks)


def _together(problems: pd.DataFrame, loose: pd.DataFrame) -> pd.DataFrame:
    if loose.empty:
        return problems
    both = pd.concat([problems, loose], ignore_index=True)
    return both.sort_values("line", kind="stable", ignore_index=True)


def _values(
    lazy: Lazy,
    cells: Sequence[Cell],
    mapping: TableMapping,
    others: Mapping[str, str],
    *,
    zeros: frozenset[str],
) -> Lazy:
    """Add, stage by stage, cleaned cells (c), texts (t), mapped texts (m), values (v).

    Each stage is a projection of its own, so that the engine computes every cell once.
    """
    schema = lazy.collect_schema()
    kept = [
        trimmed(nw.col(name)).alias(name) if isinstance(schema[name], nw.String) else nw.col(name)
        for name in others
    ]
    clean = [cleaned(cell, schema[cell.heading]).alias(cell.name("c")) for cell in cells]
    carried = [name for name in (PIECE, FOREIGN) if name in schema]
    staged = lazy.select(*_OWN, *carried, *kept, *clean)
    for stage, change in (("t", edited), ("m", through_map), ("v", valued)):
        changed = [change(cell).alias(cell.name(stage)) for cell in cells if cell.has(stage)]
        staged = staged.with_columns(*changed) if changed else staged
    targets = [
        target_of(
            rule,
            [cell for cell in cells if cell.rule is rule],
            zero=rule.target in zeros,
            pieces=PIECE in schema,
        )
        for rule in mapping.rules
    ]
    bad = [unread(cell).alias(cell.name("b")) for cell in cells if cell.can_be_bad]
    foreign = [
        in_other_currency(cell).alias(cell.name("f")) for cell in cells if cell.with_currency
    ]
    return staged.select(*_OWN, *targets, *others, *bad, *foreign)


def _part_columns(mapping: TableMapping) -> frozenset[str]:
    return frozenset(
        (*(name for names in mapping.parts for name in names), *mapping.optional_parts)
    )


def _parts(mapping: TableMapping) -> tuple[tuple[str, ...], str]:
    """Return the parts and the total that the file has; nothing where one of them is absent."""
    have = {rule.target for rule in mapping.rules}
    parts = [next((name for name in names if name in have), "") for names in mapping.parts]
    if not parts or "" in parts or mapping.total not in have:
        return (), ""
    return (*parts, *(name for name in mapping.optional_parts if name in have)), mapping.total


def _watches(cells: Sequence[Cell], mapping: TableMapping) -> list[Watch]:
    """List what is to be counted: unreadable cells, and values that are suspect."""
    unreadable = [
        Watch(cell.name("b"), cell.column.name, cell.heading, cell.kind, cell.column.personal)
        for cell in cells
        if cell.can_be_bad
    ]
    unreadable += [
        Watch(cell.name("f"), cell.column.name, cell.heading, "currency", cell.column.personal)
        for cell in cells
        if cell.with_currency
    ]
    read = {
        cell.rule.target: cell for cell in cells if cell.rule.origin in ("from", "first", "join")
    }
    suspect = [
        Watch(
            target,
            target,
            cell.heading,
            "clipped" if cell.column.kind == "money" else "lost",
            cell.column.personal,
        )
        for target, cell in read.items()
        if cell.column.kind in ("money", "text") and (cell.text or cell.column.kind == "money")
    ]
    return [*unreadable, *suspect]


def _by_column(
    watches: Sequence[Watch],
    counts: Sequence[int],
    *,
    suspect: bool,
    loose: pd.DataFrame | None = None,
) -> dict[str, int]:
    result: dict[str, int] = {}
    if loose is not None and not loose.empty:
        result = {str(name): int(count) for name, count in loose["column"].value_counts().items()}
    for watch, count in zip(watches, counts, strict=True):
        if count and watch.suspect == suspect:
            result[watch.column] = result.get(watch.column, 0) + count
    return result


def _variants(lazy: Lazy, cells: Sequence[Cell], *, engine: Engine) -> pd.DataFrame:
    """List how each map read the spellings of the file, the most frequent first."""
    frames = [_spellings(lazy, cell, engine=engine) for cell in cells if cell.rule.map]
    columns = ["column", "written", "read_as", "rows"]
    if not frames:
        return pd.DataFrame({name: [] for name in columns})
    return pd.concat(frames, ignore_index=True)[columns]


def _spellings(lazy: Lazy, cell: Cell, *, engine: Engine) -> pd.DataFrame:
    written = lazy.select(nw.col(cell.heading).cast(nw.String).alias("written"))
    counted = written.group_by("written").agg(nw.len().alias("rows"))
    one = replace(cell, heading="written")
    staged = counted.with_columns(cleaned(one, nw.String()).alias(one.name("c")))
    staged = staged.with_columns(edited(one).alias(one.name("t")))
    staged = staged.filter(~one.at("t").is_null())
    staged = staged.with_columns(through_map(one).alias("read_as"), listed(one).alias("listed"))
    if cell.rule.other == "keep":
        staged = staged.filter(nw.col("listed"))
    found = engine.collect(staged.select("written", "read_as", "rows"))
    found = found.sort_values(["rows", "written"], ascending=[False, True], ignore_index=True)
    return found.assign(column=cell.column.name)
