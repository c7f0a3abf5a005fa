"""What is known of one column: its cells counted, and the evidence that follows from them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import pandas as pd

from difass_analysis.sources.evidence_dates import date_formats
from difass_analysis.sources.evidence_looks import cells_of
from difass_analysis.sources.evidence_numbers import counted, number_cell, shown
from difass_analysis.sources.profile import ValueFormat, fold
from difass_analysis.sources.words import MISSING_AMONG_VALUES, MISSING_ANYWHERE, named_in

Kind = Literal["empty", "number", "money", "share", "date", "year", "flag", "code", "text"]

#: From this share of the cells with text on, a column is of a kind; the rest is unreadable.
MOST = 0.8
#: From this share on, where the heading says what the column is.
HALF = 0.5
#: Above this share of unreadable cells nobody should rely on the reading without a look.
BAD = 0.01


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """What one column is, and how its cells are written.

    Attributes
    ----------
    kind : {"empty", "number", "money", "share", "date", "year", "flag", "code", "text"}
        What the cells are. ``money`` needs a sign, a word in the heading, or cents; ``share``
        a percent sign, or a heading that speaks of a rate and values that are one; ``code`` are
        identifiers of digits.
    values : ValueFormat
        How the cells are written: what a profile states of them.
    scale : float
        Factor to units of money, or to a share from 0 to 1.
    currency : str
        Code of the currency; empty where neither heading nor cells say one.
    sure : bool
        Whether the profile may be used without a person's confirmation of this column.
    doubts, why : tuple of str
        What is not sure, and what the decision rests on, as sentences with counts and examples.
    counts : mapping of str to int
        Rows: ``cells``, ``blank``, ``missing`` (words for gaps), ``unreadable`` under the choice,
        and of each convention or format.
    minority : tuple
        Labels of the rows that follow the other convention: of the index of a series, else
        positions from 0.
    settled : str
        What the cells prove by themselves: a decimal mark, or an order of day, month and year.
    open : bool
        Whether all cells could be read in two ways.
    """

    kind: Kind
    values: ValueFormat = field(default_factory=ValueFormat)
    scale: float = 1.0
    currency: str = ""
    sure: bool = True
    doubts: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    minority: tuple[object, ...] = ()
    settled: str = ""
    open: bool = False


@dataclass(frozen=True)
class Column:
    """One column in the making: its cells, counted, and what the heading says."""

    labels: Sequence[object]
    cells: Sequence[str]
    rows: Mapping[str, int]
    missing: Mapping[str, int]
    named: frozenset[str]
    heading: str

    @property
    def total(self) -> int:
        """Rows whose cell has text that is no word for a gap."""
        return sum(self.rows.values())

    @property
    def blank(self) -> int:
        """Rows whose cell is blank."""
        return sum(not text for text in self.cells)

    def labels_of(self, texts: Sequence[str]) -> tuple[object, ...]:
        """Return the labels of the rows that have one of some cells."""
        wanted = set(texts)
        return tuple(
            label for label, text in zip(self.labels, self.cells, strict=True) if text in wanted
        )

    @property
    def words(self) -> tuple[str, ...]:
        """Words for gaps, once each whatever their case."""
        return tuple({fold(word): word for word in self.missing}.values())

    def unread(self, texts: Sequence[str]) -> tuple[str, ...]:
        """Return the sentence on cells that cannot be read."""
        count = sum(self.rows[text] for text in texts)
        if not count:
            return ()
        most = sorted(texts, key=lambda text: -self.rows[text])
        share = f"{count / self.total:.1%} of those with text"
        doubt = f"{counted(count)} ({share}) cannot be read and will be reported: {shown(most)}"
        often = [text for text in most if self.rows[text] > 2 and not re.search(r"\d", text)]
        gaps = (f"{shown(often)} again and again: a word for a gap?",) if often else ()
        return (doubt, *gaps)

    def counts(self, unreadable: int, more: Mapping[str, int]) -> dict[str, int]:
        """Return the counts that every evidence has, and more."""
        return {
            "cells": len(self.cells),
            "blank": self.blank,
            "missing": sum(self.missing.values()),
            "unreadable": unreadable,
            **more,
        }


def column_of(values: Sequence[object] | pd.Series[str], heading: str) -> Column:
    """Count the cells of a column, and set the words for gaps apart."""
    cells = cells_of(values)
    rows: dict[str, int] = {}
    missing: dict[str, int] = {}
    for text in cells:
        if text:
            kept = missing if fold(text) in MISSING_ANYWHERE else rows
            kept[text] = kept.get(text, 0) + 1
    labels = list(values.index) if isinstance(values, pd.Series) else range(len(cells))
    return Column(labels, cells, rows, missing, named_in(heading), heading)


def without_weak_words(column: Column) -> Column:
    """Take words such as 'x' for gaps, where all the rest are numbers or dates."""
    weak = {text: rows for text, rows in column.rows.items() if fold(text) in MISSING_AMONG_VALUES}
    rest = {text: rows for text, rows in column.rows.items() if text not in weak}
    if not weak or not rest:
        return column
    numbers = sum(rows for text, rows in rest.items() if number_cell(text) is not None)
    if max(numbers, date_formats(rest).read) < MOST * sum(rest.values()):
        return column
    return replace(column, rows=rest, missing={**column.missing, **weak})
