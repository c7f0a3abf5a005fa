"""A table as it fits on a page: intervals in one cell, long texts as numbered notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from difass_analysis.display import numbers
from difass_analysis.display.tables import indicator_cells
from difass_analysis.result import Comparison, IndicatorTable, Result

_LONG = 28  # letters; longer texts that are no names go under the table
_PROSE = ("note", "todo", "method", "message", "definition", "source")
# Of a comparison these stay in files for programs: a page has no room for each kind of p.
_DETAILS = ("_se", "_p", "_p_bh", "rank_lower", "rank_upper", "numerator", "denominator", "method")
FURTHER = (
    "Further columns (errors, unadjusted p values, sums, methods) are in the CSV and Excel files."
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Page:
    """The cells of a table as text, which columns hold figures, and the notes they refer to."""

    cells: pd.DataFrame
    right: tuple[bool, ...]
    notes: tuple[str, ...]


def page_of(result: Result) -> Page:
    """Return a result as people read it on paper.

    Examples
    --------
    >>> from difass_analysis.result import Provenance
    >>> frame = pd.DataFrame({"region": ["N", "S"], "value": [1.5, 2.5], "lower": [1.0, 2.0],
    ...                       "upper": [2.0, 3.0], "unit": ["EUR", "EUR"]})
    >>> origin = Provenance(programme="a", name="A", version="0")
    >>> page = page_of(Result(frame=frame, provenance=origin))
    >>> page.cells.values.tolist(), page.notes
    ([['N', '1.50', '1 to 2'], ['S', '2.50', '2 to 3']], ('Unit: EUR.',))
    """
    if isinstance(result, IndicatorTable):
        cells = indicator_cells(result.frame, by=result.by, labels=_labels(result))
        figures = {"value", "interval", "numerator", "denominator", "n"}
        right, notes = [name in figures for name in cells.columns], []
    else:
        frame = result.frame
        notes = _constants(frame)
        frame = frame.drop(columns=[name for name, _ in notes])
        if isinstance(result, Comparison):
            details = [name for name in frame.columns if str(name).endswith(_DETAILS)]
            frame = frame.drop(columns=details)
        cells, right = _texts(frame, unit=result.unit if isinstance(result, Comparison) else "")
    cells, prose = _numbered(cells)
    kept = [place for place, name in enumerate(cells.columns) if not _is_empty(cells, name)]
    said = [f"{_heading(name)}: {text.rstrip('.')}." for name, text in notes]
    more = [FURTHER] if isinstance(result, Comparison) else []
    return Page(
        cells=cells.iloc[:, kept],
        right=tuple(right[place] for place in kept),
        notes=(*prose, *said, *more),
    )


def _heading(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _labels(result: IndicatorTable) -> dict[str, str]:
    held = result.definitions
    return {} if held.empty else dict(zip(held["indicator"], held["label"], strict=True))


def _is_empty(cells: pd.DataFrame, name: str) -> bool:
    return name in _PROSE and not cells[name].astype(bool).any()


def _constants(frame: pd.DataFrame) -> list[tuple[str, str]]:
    """Columns that say the same in every row, which is said once under the table."""
    found = []
    for place, name in enumerate(map(str, frame.columns)):
        column = frame.iloc[:, place]
        texts = {numbers.exact_text(value) for value in column}
        if name in ("indicator", "against", "unit", "method") and len(frame) and len(texts) == 1:
            found.append((name, texts.pop()))
    return [(name, text) for name, text in found if text not in ("", numbers.WITHHELD)]


def _texts(frame: pd.DataFrame, *, unit: str) -> tuple[pd.DataFrame, list[bool]]:
    """Write the cells as people read them, the two ends of an interval in one."""
    names = [str(name) for name in frame.columns]
    columns: dict[str, list[str]] = {}
    right = []
    for place, name in enumerate(names):
        column = list(frame.iloc[:, place])
        absent = numbers.absent_texts(frame, place)
        other = name.removesuffix("lower") + "upper"
        if name.endswith("lower") and other in names:
            ends = zip(column, frame.iloc[:, names.index(other)], absent, strict=True)
            head = f"{name.removesuffix('lower').removesuffix('_')} interval".strip()
            columns[head] = [_range(low, high, _unit(name, unit), gap) for low, high, gap in ends]
        elif name.endswith("upper") and name.removesuffix("upper") + "lower" in names:
            continue
        else:
            pairs = zip(column, absent, strict=True)
            columns[name] = [_cell(value, name, _unit(name, unit), gap) for value, gap in pairs]
        right.append(_is_numeric(column))
    return pd.DataFrame(columns, dtype="object"), right


def _range(low: Any, high: Any, unit: str, absent: str) -> str:
    if low == high and numbers.is_known(low):
        return numbers.value_text(low, unit=unit)
    return numbers.range_text(low, high, unit=unit, absent=absent)


def _unit(name: str, unit: str) -> str:
    """Unit of a column: shares by their name, the compared quantity by that of the result."""
    if name.endswith("_share"):
        return numbers.SHARE
    return unit if name.startswith(("value", "reference", "difference", "lower", "upper")) else ""


def _is_numeric(column: Sequence[Any]) -> bool:
    known = [value for value in column if numbers.is_known(value)]
    return bool(known) and all(map(numbers.is_number, known))


def _cell(value: Any, name: str, unit: str, absent: str) -> str:
    if not numbers.is_known(value):
        return "" if name in _PROSE else absent
    if not numbers.is_number(value) or name.endswith("year"):
        return numbers.exact_text(value)
    if "_p_" in name or name == "p":
        return "under 0.001" if value < 0.001 else f"{value:.3f}"
    return numbers.value_text(value, unit=unit)


def _numbered(cells: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Put long texts of a column of prose under the table, each once, with a number."""
    notes: dict[str, int] = {}
    for name in [one for one in _PROSE if one in cells]:
        texts = [str(text) for text in cells[name]]
        if max(map(len, texts), default=0) <= _LONG:
            continue
        shown = [f"[{notes.setdefault(text, len(notes) + 1)}]" if text else "" for text in texts]
        cells = cells.assign(**{name: shown})
    return cells, [f"[{number}] {text}" for text, number in notes.items()]
