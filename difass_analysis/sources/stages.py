"""From the cells of a row to a canonical value: the stages through which each cell goes.

Cleaned (c), edited as text (t), through the map (m), valued (v); then cells become the target.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import narwhals as nw

from difass_analysis.engine import Lazy
from difass_analysis.programme import LINE_COLUMN
from difass_analysis.schema import Column, table_of
from difass_analysis.sources.cells import extracted, folded, parsed, trimmed, with_single_blanks
from difass_analysis.sources.headings import by_fold
from difass_analysis.sources.profile import ColumnRule, TableMapping, ValueFormat, fold

#: The currency of a row, where it is not that of the programme.
FOREIGN = "_foreign"
#: Number of the piece of a row whose packed cells were split.
PIECE = "_piece"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell of a row that a rule reads: its heading in the file and its place in the plan."""

    number: int
    heading: str
    rule: ColumnRule
    column: Column
    text: bool
    with_currency: bool = False

    def name(self, stage: str) -> str:
        """Return the name of the cell in the frame, after a stage."""
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
            return (self.text and self.column.kind not in ("text", "id")) or self.with_currency
        return True

    @property
    def can_be_bad(self) -> bool:
        """Whether a text in this cell can be unreadable."""
        closed = bool(self.rule.map) and self.rule.other == "missing"
        return self.text and (self.has("v") or bool(self.rule.extract) or closed)

    @property
    def kind(self) -> str:
        """What is wrong where this cell cannot be read."""
        if self.rule.detect_scale:
            return "rate"
        return "map" if self.rule.map else "extract" if self.rule.extract else self.column.kind


def cells_of(lazy: Lazy, headings: Sequence[str], mapping: TableMapping) -> list[Cell]:
    """Return the cells that the rules of a table read."""
    schema, known = lazy.collect_schema(), by_fold(headings)
    declared = table_of(mapping.table)
    pairs = [(rule, known[fold(name)]) for rule in mapping.rules for name in rule.headings]
    return [
        Cell(
            number=number,
            heading=heading,
            rule=rule,
            column=declared.column(rule.target),
            with_currency=bool(mapping.currency) and declared.column(rule.target).kind == "money",
            text=isinstance(schema[heading], (nw.String, nw.Categorical, nw.Enum))
            or bool(rule.map or rule.extract),
        )
        for number, (rule, heading) in enumerate(pairs)
    ]


def cleaned(cell: Cell, dtype: nw.dtypes.DType) -> nw.Expr:
    """Return the text of a cell without blanks at its edges and words for missing."""
    value = nw.col(cell.heading)
    if cell.text:
        return trimmed(value.cast(nw.String), missing=cell.rule.values.missing)
    return value.fill_nan(None) if dtype.is_float() else value


def edited(cell: Cell) -> nw.Expr:
    """Return the text after replacements, folding and extraction."""
    text = cell.at("c")
    for old, new in cell.rule.replace.items():
        text = text.str.replace_all(old, new, literal=True)
    if cell.rule.fold_blanks:
        text = with_single_blanks(text)
    if cell.rule.extract:
        text = extracted(text, cell.rule.extract)
    # What is cut out or replaced may leave blanks at the edges, or nothing.
    return trimmed(text) if cell.rule.extract or cell.rule.replace else text


def through_map(cell: Cell) -> nw.Expr:
    """Return what the map says of the text."""
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
    return nw.when(listed(cell)).then(mapped).otherwise(text)


def listed(cell: Cell) -> nw.Expr:
    """Whether the map lists the text."""
    return folded(cell.at("t")).is_in([fold(key) for key in cell.rule.map])


def valued(cell: Cell) -> nw.Expr:
    """Return the value of the text; missing for an amount in a foreign currency."""
    value = cell.at("m")
    if cell.text:
        # What a map says is written in our own marks, not in those of the file.
        values = ValueFormat() if cell.rule.map else cell.rule.values
        value = parsed(value, cell.column.kind, values)
    if cell.with_currency:
        value = nw.when(nw.col(FOREIGN).is_null()).then(value)
    if cell.rule.detect_scale:
        return in_one_scale(cell, value)
    return value


def in_one_scale(cell: Cell, rate: nw.Expr) -> nw.Expr:
    """Return a rate as a share: percent signs count, and so does the scale of the column."""
    percent = rate / 100
    signed = cell.at("c").str.contains("%", literal=True) if cell.text else nw.lit(False)
    if cell.rule.scale == 1.0:
        return nw.when(signed).then(percent).otherwise(rate)
    # Among percentages, 0.4 may be a share that somebody forgot to multiply: unknown.
    return nw.when(signed | (rate > 1) | (rate == 0)).then(percent)


def unread(cell: Cell) -> nw.Expr:
    """Return the text of a cell that could not be read, missing for all others."""
    unread = ~cell.at("m").is_null() & cell.at("v").is_null()
    if cell.rule.extract:
        unread = unread | (~cell.at("c").is_null() & cell.at("t").is_null())
    if cell.rule.map and cell.rule.other == "missing":
        unread = unread | (~cell.at("t").is_null() & ~listed(cell))
    if cell.with_currency:
        unread = unread & nw.col(FOREIGN).is_null()
    return nw.when(unread).then(cell.at("c"))


def in_other_currency(cell: Cell) -> nw.Expr:
    """Return amount and currency of a cell that is not in the programme's, missing for others."""
    amount = nw.concat_str(cell.at("c").cast(nw.String), nw.col(FOREIGN), separator=" ")
    return nw.when(~cell.at("c").is_null() & ~nw.col(FOREIGN).is_null()).then(amount)


def target_of(
    rule: ColumnRule, cells: Sequence[Cell], *, zero: bool, pieces: bool = False
) -> nw.Expr:
    """Return the canonical value that a rule makes of its cells.

    Parameters
    ----------
    rule : ColumnRule
        What is wanted.
    cells : sequence of Cell
        Its cells, after all stages.
    zero : bool
        Whether a blank is read as 0.
    pieces : bool
        Whether one line of the file makes several rows.
    """
    values = [_filled(cell) if zero else cell.at("v") for cell in cells]
    if rule.origin == "constant":
        result = nw.lit(rule.value)
    elif rule.origin == "line":
        number = [nw.lit(rule.value), nw.col(LINE_COLUMN).cast(nw.String)]
        piece = [nw.lit("."), nw.col(PIECE).cast(nw.String)] if pieces else []
        result = nw.concat_str(*number, *piece)
    elif rule.origin == "join":
        joined = nw.concat_str(*values, separator=rule.separator, ignore_nulls=True)
        result = nw.when(joined != "").then(joined)
    elif rule.origin == "difference":
        result = values[0] - values[1]
    elif rule.origin == "first":
        result = _first_given(cells, values)
    else:
        result = reduce(add, values)
    scaled = result if rule.detect_scale else _scaled(result, rule.scale)
    return scaled.alias(rule.target)


def _first_given(cells: Sequence[Cell], values: Sequence[nw.Expr]) -> nw.Expr:
    """Return the value of the first cell that has text; unknown if that one cannot be read."""
    result = values[-1]
    for cell, value in zip(reversed(cells[:-1]), reversed(values[:-1]), strict=True):
        result = nw.when(~cell.at("c").is_null()).then(value).otherwise(result)
    return result


def _filled(cell: Cell) -> nw.Expr:
    """Read a blank as 0; a cell that has text and cannot be read stays unknown."""
    return nw.when(cell.at("c").is_null()).then(nw.lit(0.0)).otherwise(cell.at("v"))


def _scaled(value: nw.Expr, scale: float) -> nw.Expr:
    if scale == 1.0:
        return value
    # 57 / 100 is 0.57, but 57 * 0.01 is 0.5700000000000001.
    inverse = round(1 / scale)
    return value / inverse if abs(inverse * scale - 1) < 1e-12 else value * scale
