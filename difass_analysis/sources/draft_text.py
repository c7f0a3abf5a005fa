"""A drafted profile as TOML that a person can read, correct and keep."""

from __future__ import annotations

import json
import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from difass_analysis.schema import table_of
from difass_analysis.sources.evidence import Evidence
from difass_analysis.sources.layout import Layout
from difass_analysis.sources.profile import FileFormat, ValueFormat

_TABLE = "operations"
_NUMBERS = ("money", "share", "count", "number")
# What may differ from column to column, by the kind of the column.
_NUMBER_OPTIONS = ("decimal", "thousands", "marks", "negative", "percent", "units", "missing")
_OPTIONS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_NUMBERS, _NUMBER_OPTIONS),
    "date": ("dates", "day", "missing"),
    "year": ("missing",),
    "flag": ("true_words", "false_words", "missing"),
}


@dataclass(frozen=True, kw_only=True)
class DraftColumn:
    """One heading of the file: what it may fill, and what speaks for and against."""

    heading: str
    target: str | None
    score: float
    sure: bool
    why: str
    evidence: Evidence
    doubts: tuple[str, ...] = ()

    @property
    def used(self) -> bool:
        """Whether the draft reads this heading."""
        return self.target is not None and self.sure and not self.doubts

    def doubted(self, reason: str) -> DraftColumn:
        """Return the column with one more doubt."""
        return replace(self, doubts=(*self.doubts, reason))


def profile_text(
    path: Path, layout: Layout, columns: Sequence[DraftColumn], *, currency: str, key: bool
) -> str:
    """Write a profile: what was understood as entries, everything else as comments.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    layout : Layout
        How it is laid out.
    columns : sequence of DraftColumn
        Its headings.
    currency : str
        Currency of the amounts; empty where it is not known.
    key : bool
        Whether one of the columns is the key; without it the line is.
    """
    base = _base(columns)
    lines = [
        *_comment(f"Drafted from {path.name}. Entries were understood; look at the comments."),
        f"title = {_text(path.stem)}",
        "",
        "[programme]",
        f"name = {_text(path.stem)}",
        f"currency = {_text(currency)}"
        if currency
        else '# currency = "EUR"  # the file does not say: state it',
        "",
        "[file]",
        *_comment(*layout.notes),
        *_entries(layout.file, FileFormat()),
        "",
        "[values]",
        *_entries(base, ValueFormat()),
        "",
        f"[tables.{_TABLE}.columns]",
    ]
    if not key:
        lines += ["# The file has no key: the line leads back to the row.", _line_key(path)]
    for column in columns:
        lines += ["", *_column(column, base)]
    return "\n".join(lines) + "\n"


def _line_key(path: Path) -> str:
    stem = re.sub(r"[^A-Za-z0-9]+", "-", path.stem).strip("-")[:20] or "row"
    return f"operation_id = {{ line = {_text(f'{stem}-')} }}"


def _comment(*sentences: str) -> Iterator[str]:
    for sentence in sentences:
        plain = " ".join(sentence.split())
        yield from textwrap.wrap(
            plain,
            width=96,
            initial_indent="# ",
            subsequent_indent="#   ",
            break_long_words=False,
            break_on_hyphens=False,
        )


def _base(columns: Sequence[DraftColumn]) -> ValueFormat:
    """Return what most columns have in common; columns that differ say so themselves."""
    base = ValueFormat()
    used = [column for column in columns if column.used]
    numbers = [column.evidence.values for column in used if _kind(column) in _NUMBERS]
    marks = Counter((values.decimal, values.thousands) for values in numbers)
    if marks:
        decimal, thousands = marks.most_common(1)[0][0]
        base = replace(base, decimal=decimal, thousands=thousands)
    dates = Counter(column.evidence.values.dates for column in used if _kind(column) == "date")
    if dates:
        base = replace(base, dates=dates.most_common(1)[0][0])
    words = [word for column in used for word in column.evidence.values.missing]
    return replace(base, missing=tuple(dict.fromkeys(words)))


def _kind(column: DraftColumn) -> str:
    return table_of(_TABLE).column(str(column.target)).kind


def _column(column: DraftColumn, base: ValueFormat) -> Iterator[str]:
    """Write one heading: its reasons as comments, its entry live or commented out."""
    if column.target is None:
        yield from _comment(f"{_text(column.heading)} is not read: {column.why}")
        return
    # What persons and bodies are called does not belong into a file that is passed on.
    named = column.target.startswith(("beneficiary", "contact", "address"))
    yield from _comment(
        f"{column.score:.2f}: {column.why}", *(() if named else column.evidence.why)
    )
    entry = f"{column.target} = {_origin(column, base)}"
    if column.used:
        yield from _comment(*column.evidence.doubts)
        yield entry
        return
    yield from _comment(*(f"Not sure: {doubt}" for doubt in column.doubts))
    yield f"# {entry}"


def _origin(column: DraftColumn, base: ValueFormat) -> str:
    """Return where a column comes from, with the options in which it differs from the rest."""
    kind, values = _kind(column), column.evidence.values
    options = {
        name: getattr(values, name)
        for name in _OPTIONS.get(kind, ())
        if getattr(values, name) != getattr(base, name)
    }
    if set(options.get("missing", ())) <= set(base.missing):
        options.pop("missing", None)
    if kind in _NUMBERS and column.evidence.scale != 1:
        options["scale"] = column.evidence.scale
    if not options:
        return _text(column.heading)
    written = "".join(f", {name} = {_value(value)}" for name, value in options.items())
    return f"{{ from = {_text(column.heading)}{written} }}"


def _entries(given: FileFormat | ValueFormat, plain: FileFormat | ValueFormat) -> list[str]:
    """Write the entries that differ from what holds without them."""
    return [
        f"{entry.name} = {_value(getattr(given, entry.name))}"
        for entry in fields(given)
        if getattr(given, entry.name) != getattr(plain, entry.name)
    ]


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(_value(item) for item in value)}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_text(str(k))} = {_value(v)}' for k, v in value.items())} }}"
    return _text(value) if isinstance(value, str) else str(value)


def _text(text: str) -> str:
    """Write a basic string of TOML: as in JSON, and without the one sign that JSON leaves."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
