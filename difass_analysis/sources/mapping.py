"""Turn text cells into canonical typed columns, and report every cell that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add

import narwhals as nw
import pandas as pd

from difass_analysis.engine import Engine, Lazy
from difass_analysis.errors import InputError
from difass_analysis.programme import FILE_COLUMN, LINE_COLUMN, Blank
from difass_analysis.programme.canonical import conform
from difass_analysis.schema import Column, table_of
from difass_analysis.sources.cells import extracted, folded, parsed, trimmed, with_single_blanks
from difass_analysis.sources.headings import by_fold, canonical_mapping, present_rules
from difass_analysis.sources.profile import ColumnRule, Profile, TableMapping, ValueFormat, fold
from difass_analysis.sources.reading import RawTable
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


@dataclass(frozen=True, kw_only=True)
class _Cell:
    """One cell of a row that a rule reads: its heading in the file and its place in the plan."""

    number: int
    heading: str
    rule: ColumnRule
    column: Column
    text: bool

    def name(self, stage: str) -> str:
        return f"__{stage}{self.number}"

    def at(self, stage: str) -> nw.Expr:
        """Return the cell as it is after a stage; a stage with nothing to do is passed over."""
        while not self.has(stage):
            stage = {"v": "m", "m": "t", "t": "c"}[stage]
        return nw.col(self.name(stage))

    def has(self, stage: str) -> bool:
        """Whether a stage changes this cell: text (t), map (m), value (v); all are cleaned (c)."""
        if stage == "t":
            return self.text and bool(
                self.rule.replace or self.rule.fold_blanks or self.rule.extract
            )
        if stage == "m":
            return self.text and bool(self.rule.map)
        if stage == "v":
            return self.text and self.column.kind not in ("text", "id")
        return True

    @property
    def can_be_bad(self) -> bool:
        """Whether a text in this cell can be unreadable."""
        closed = bool(self.rule.map) and self.rule.other == "missing"
        return self.text and (self.has("v") or bool(self.rule.extract) or closed)

    @property
    def kind(self) -> str:
        return "map" if self.rule.map else "extract" if self.rule.extract else self.column.kind


def apply(
    raw: RawTable,
    profile: Profile,
    *,
    engine: Engine,
    table: str = "",
    blank: Blank | None = None,
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
    results = []
    for mapping in wanted:
        rules = present_rules(mapping, raw.headings, file=raw.name, profile=profile.id)
        present = replace(mapping, rules=rules)
        results.append(_mapped(raw, present, {}, engine=engine, blank=blank))
    return results


def _mapped(
    raw: RawTable,
    mapping: TableMapping,
    others: Mapping[str, str],
    *,
    engine: Engine,
    blank: Blank,
) -> Mapped:
    cells = _cells(raw, mapping)
    zeros = _part_columns(mapping) if blank == "zero" else frozenset()
    wide = _values(raw.lazy, cells, mapping, others, zeros=zeros)
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
        problems=problems_of(wide, watches, counts, engine=engine),
        problem_counts=_by_column(watches, counts, suspect=False),
        suspects=suspects_of(wide, watches, counts, engine=engine),
        suspect_counts=_by_column(watches, counts, suspect=True),
        variants=_variants(raw.lazy, cells, engine=engine),
        parts=parts,
        total=total,
        blank=blank,
        required=tuple(
            column.name
            for column in table_of(mapping.table).columns
            if column.required or column.name in table_of(mapping.table).key
        ),
    )


def _cells(raw: RawTable, mapping: TableMapping) -> list[_Cell]:
    schema, known = raw.lazy.collect_schema(), by_fold(raw.headings)
    pairs = [(rule, known[fold(name)]) for rule in mapping.rules for name in rule.headings]
    return [
        _Cell(
            number=number,
            heading=heading,
            rule=rule,
            column=table_of(mapping.table).column(rule.target),
            text=isinstance(schema[heading], (nw.String, nw.Categorical, nw.Enum))
            or bool(rule.map or rule.extract),
        )
        for number, (rule, heading) in enumerate(pairs)
    ]


def _values(
    lazy: Lazy,
    cells: Sequence[_Cell],
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
    clean = [_cleaned(cell, schema[cell.heading]).alias(cell.name("c")) for cell in cells]
    staged = lazy.select(*_OWN, *kept, *clean)
    for stage, change in (("t", _text), ("m", _through_map), ("v", _parsed)):
        changed = [change(cell).alias(cell.name(stage)) for cell in cells if cell.has(stage)]
        staged = staged.with_columns(*changed) if changed else staged
    targets = [
        _target(rule, [cell for cell in cells if cell.rule is rule], zero=rule.target in zeros)
        for rule in mapping.rules
    ]
    bad = [_bad(cell).alias(cell.name("b")) for cell in cells if cell.can_be_bad]
    return staged.select(*_OWN, *targets, *others, *bad)


def _cleaned(cell: _Cell, dtype: nw.dtypes.DType) -> nw.Expr:
    value = nw.col(cell.heading)
    if cell.text:
        return trimmed(value.cast(nw.String), missing=cell.rule.values.missing)
    return value.fill_nan(None) if dtype.is_float() else value


def _text(cell: _Cell) -> nw.Expr:
    text = cell.at("c")
    for old, new in cell.rule.replace.items():
        text = text.str.replace_all(old, new, literal=True)
    if cell.rule.fold_blanks:
        text = with_single_blanks(text)
    if cell.rule.extract:
        text = extracted(text, cell.rule.extract)
    # What is cut out or replaced may leave blanks at the edges, or nothing.
    return trimmed(text) if cell.rule.extract or cell.rule.replace else text


def _through_map(cell: _Cell) -> nw.Expr:
    text, rule = cell.at("t"), cell.rule
    # Spellings that differ in case or blanks alone are one key.
    values = {fold(key): value or None for key, value in rule.map.items()}
    mapped = folded(text).replace_strict(
        list(values),
        list(values.values()),
        default=None,
        return_dtype=nw.String,
    )
    if rule.other == "missing":
        return mapped
    return nw.when(_listed(cell)).then(mapped).otherwise(text)


def _listed(cell: _Cell) -> nw.Expr:
    return folded(cell.at("t")).is_in([fold(key) for key in cell.rule.map])


def _parsed(cell: _Cell) -> nw.Expr:
    # What a map says is written in our own marks, not in those of the file.
    values = ValueFormat() if cell.rule.map else cell.rule.values
    return parsed(cell.at("m"), cell.column.kind, values)


def _bad(cell: _Cell) -> nw.Expr:
    """Return the text of a cell that could not be read, missing for all others."""
    unread = ~cell.at("m").is_null() & cell.at("v").is_null()
    if cell.rule.extract:
        unread = unread | (~cell.at("c").is_null() & cell.at("t").is_null())
    if cell.rule.map and cell.rule.other == "missing":
        unread = unread | (~cell.at("t").is_null() & ~_listed(cell))
    return nw.when(unread).then(cell.at("c"))


def _target(rule: ColumnRule, cells: Sequence[_Cell], *, zero: bool) -> nw.Expr:
    values = [_filled(cell) if zero else cell.at("v") for cell in cells]
    if rule.origin == "constant":
        result = nw.lit(rule.value)
    elif rule.origin == "line":
        result = nw.concat_str(nw.lit(rule.value), nw.col(LINE_COLUMN).cast(nw.String))
    elif rule.origin == "join":
        joined = nw.concat_str(*values, separator=rule.separator, ignore_nulls=True)
        result = nw.when(joined != "").then(joined)
    elif rule.origin == "difference":
        result = values[0] - values[1]
    else:
        result = reduce(add, values)
    return _scaled(result, rule.scale).alias(rule.target)


def _filled(cell: _Cell) -> nw.Expr:
    """Read a blank as 0; a cell that has text and cannot be read stays unknown."""
    return nw.when(cell.at("c").is_null()).then(nw.lit(0.0)).otherwise(cell.at("v"))


def _scaled(value: nw.Expr, scale: float) -> nw.Expr:
    if scale == 1.0:
        return value
    # 57 / 100 is 0.57, but 57 * 0.01 is 0.5700000000000001.
    inverse = round(1 / scale)
    return value / inverse if abs(inverse * scale - 1) < 1e-12 else value * scale


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


def _watches(cells: Sequence[_Cell], mapping: TableMapping) -> list[Watch]:
    """List what is to be counted: unreadable cells, and values that are suspect."""
    unread = [
        Watch(cell.name("b"), cell.column.name, cell.heading, cell.kind, cell.column.personal)
        for cell in cells
        if cell.can_be_bad
    ]
    read = {cell.rule.target: cell for cell in cells if cell.rule.origin in ("from", "join")}
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
    return [*unread, *suspect]


def _by_column(watches: Sequence[Watch], counts: Sequence[int], *, suspect: bool) -> dict[str, int]:
    result: dict[str, int] = {}
    for watch, count in zip(watches, counts, strict=True):
        if count and watch.suspect == suspect:
            result[watch.column] = result.get(watch.column, 0) + count
    return result


def _variants(lazy: Lazy, cells: Sequence[_Cell], *, engine: Engine) -> pd.DataFrame:
    """List how each map read the spellings of the file, the most frequent first."""
    frames = [_spellings(lazy, cell, engine=engine) for cell in cells if cell.rule.map]
    columns = ["column", "written", "read_as", "rows"]
    if not frames:
        return pd.DataFrame({name: [] for name in columns})
    return pd.concat(frames, ignore_index=True)[columns]


def _spellings(lazy: Lazy, cell: _Cell, *, engine: Engine) -> pd.DataFrame:
    written = lazy.select(nw.col(cell.heading).cast(nw.String).alias("written"))
    counted = written.group_by("written").agg(nw.len().alias("rows"))
    one = replace(cell, heading="written")
    staged = counted.with_columns(_cleaned(one, nw.String()).alias(one.name("c")))
    staged = staged.with_columns(_text(one).alias(one.name("t")))
    staged = staged.filter(~one.at("t").is_null())
    staged = staged.with_columns(_through_map(one).alias("read_as"), _listed(one).alias("listed"))
    if cell.rule.other == "keep":
        staged = staged.filter(nw.col("listed"))
    found = engine.collect(staged.select("written", "read_as", "rows"))
    found = found.sort_values(["rows", "written"], ascending=[False, True], ignore_index=True)
    return found.assign(column=cell.column.name)
