"""Columns of numbers: amounts of money, shares and others, with their marks, units and scale."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import median

from difass_analysis.sources.cells import reads_number
from difass_analysis.sources.evidence_column import BAD, HALF, MOST, Column, Evidence, Kind
from difass_analysis.sources.evidence_numbers import (
    NumberCell,
    counted,
    number_cell,
    number_marks,
    shown,
)
from difass_analysis.sources.profile import ValueFormat
from difass_analysis.sources.words import CURRENCIES, currencies_in, unit_in

# A typical amount above this is none in thousands (100 million) or millions (10 billion).
_TOO_LARGE = {1e3: 1e5, 1e6: 1e4}


@dataclass(frozen=True, kw_only=True)
class _Meaning:
    """What the numbers of a column are: kind, scale, currency, and what is said of it."""

    kind: Kind
    scale: float = 1.0
    currency: str = ""
    percent: bool = False
    why: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    blocking: bool = False


def as_amounts(column: Column, decimal: str) -> Evidence | None:
    """Recognise a column of numbers.

    Parameters
    ----------
    column : Column
        The column.
    decimal : {"", ".", ","}
        The decimal mark of the other columns of the file.

    Returns
    -------
    Evidence or None
        None where too few cells are numbers.
    """
    numbers = {text: cell for text in column.rows if (cell := number_cell(text)) is not None}
    there = sum(column.rows[text] for text in numbers)
    if there < (HALF if column.named & {"money", "share"} else MOST) * column.total:
        return None
    marks = number_marks(numbers, column.rows, decimal=decimal)
    values = replace(marks.values, missing=column.words)
    read = {
        text: _value(cell, values) for text, cell in numbers.items() if reads_number(text, values)
    }
    meaning = _meaning(column, numbers, read)
    if meaning.percent:
        units = tuple(unit for unit in values.units if unit != "%")
        values = replace(values, units=units, percent=True)
    bad = [text for text in column.rows if text not in read]
    unread = sum(column.rows[text] for text in bad)
    few_mixed = values.marks == "each_or_stated" and bool(marks.minority)
    blocked = marks.open or few_mixed or meaning.blocking
    return Evidence(
        kind=meaning.kind,
        values=values,
        scale=meaning.scale,
        currency=meaning.currency,
        sure=not blocked and unread <= BAD * column.total,
        doubts=(*marks.doubts, *meaning.doubts, *column.unread(bad)),
        why=(*marks.why, *meaning.why),
        counts=column.counts(unread, marks.counts),
        minority=column.labels_of(marks.minority),
        settled=marks.settled,
        open=marks.open,
    )


def _value(cell: NumberCell, values: ValueFormat) -> float:
    """Return the number of a cell that is readable under a format, without its sign."""
    if cell.convention != "either":
        return cell.magnitude
    mark = "." if cell.form == "point" else ","
    return cell.magnitude / 1000 if mark == values.decimal else cell.magnitude


def _meaning(
    column: Column, numbers: Mapping[str, NumberCell], read: Mapping[str, float]
) -> _Meaning:
    """Tell shares from amounts of money and from other numbers."""
    rows = column.rows
    there = sum(rows[text] for text in numbers)
    percents = sum(rows[text] for text, cell in numbers.items() if cell.percent)
    typical = _median(read, rows)
    currencies, from_cells = _currencies(column, numbers)
    cents = sum(rows[text] for text, cell in numbers.items() if cell.decimals == 2)
    money = "money" in column.named or bool(currencies)
    if percents > there / 2 or ("share" in column.named and not currencies):
        if percents or typical <= 100 or (typical < 1000 and not _like_money(numbers)):
            return _share(column, numbers, read, percents)
        doubt = f"heading says rate, values are amounts: the typical one is {typical:,.0f}"
        doubts = () if money else (doubt,)
        amounts = _money(column, currencies, from_cells, typical)
        return replace(amounts, doubts=(*doubts, *amounts.doubts), blocking=not money)
    if money or (cents > there / 2 and typical >= 100):
        return _money(column, currencies, from_cells, typical)
    doubts = ()
    if read and max(read.values()) <= 1 and any(cell.decimals for cell in numbers.values()):
        doubts = ("all values lie from 0 to 1: they may be shares",)
    return _Meaning(kind="number", doubts=doubts)


def _median(read: Mapping[str, float], rows: Mapping[str, int]) -> float:
    values = [value for text, value in read.items() for _ in range(rows[text]) if value]
    return median(values) if values else 0.0


def _like_money(numbers: Mapping[str, NumberCell]) -> bool:
    return any(cell.form not in ("plain", "decimal") for cell in numbers.values())


def _currencies(
    column: Column, numbers: Mapping[str, NumberCell]
) -> tuple[tuple[str, ...], dict[tuple[str, ...], int]]:
    """Return the currencies that heading and cells may mean, and those of the cells with rows."""
    signs: dict[tuple[str, ...], int] = {}
    for text, cell in numbers.items():
        for unit in cell.units:
            codes = CURRENCIES.get(unit.lower(), ())
            if codes:
                signs[codes] = signs.get(codes, 0) + column.rows[text]
    found = dict.fromkeys(currencies_in(column.heading))
    for codes in signs:
        found.update(dict.fromkeys(codes))
    return tuple(found), signs


def _money(
    column: Column,
    currencies: tuple[str, ...],
    signs: Mapping[tuple[str, ...], int],
    typical: float,
) -> _Meaning:
    why, doubts, blocking = [], [], False
    if len(signs) > 1 and not set.intersection(*(set(codes) for codes in signs)):
        each = ", ".join(f"{'/'.join(codes)}: {counted(rows)}" for codes, rows in signs.items())
        doubts.append(f"cells are in several currencies ({each}): unlike amounts do not add up")
        blocking = True
    elif len(currencies) == 1:
        place = "cells" if signs else "heading"
        why.append(f"currency {currencies[0]} by the {place}")
    elif currencies:
        doubts.append(f"the currency may be {' or '.join(currencies)}")
    scale, words = unit_in(column.heading)
    if math.isnan(scale):
        doubts.append(f"'{words}' in the heading may be thousand or million: not scaled")
        scale, blocking = 1.0, True
    elif scale != 1 and typical > _TOO_LARGE[scale]:
        doubts.append(
            f"the heading says '{words}', but the typical value is {typical:,.0f}: "
            "taken as whole units of the currency, not scaled"
        )
        scale, blocking = 1.0, True
    elif scale != 1:
        why.append(f"the heading says '{words}': values are multiplied by {scale:,.0f}")
    return _Meaning(
        kind="money",
        scale=scale,
        currency=currencies[0] if len(currencies) == 1 else "",
        why=tuple(why),
        doubts=tuple(doubts),
        blocking=blocking,
    )


def _share(
    column: Column,
    numbers: Mapping[str, NumberCell],
    read: Mapping[str, float],
    percents: int,
) -> _Meaning:
    """Tell shares from 0 to 1 from percentages."""
    rows = column.rows
    bare = {text: value for text, value in read.items() if not numbers[text].percent}
    small = {text: value for text, value in bare.items() if 0 < value <= 1}
    large = {text: value for text, value in bare.items() if value > 1}
    above = [text for text, value in read.items() if value > 100]
    why, doubts, blocking = [], [], False
    if percents:
        why.append(f"{counted(percents)} with a percent sign")
    if above:
        count = sum(rows[text] for text in above)
        doubts.append(f"{counted(count)} above 100 %: {shown(above)}")
        blocking = count > BAD * column.total
    if percents and small and not large:
        count = sum(rows[text] for text in small)
        why.append(
            f"{counted(count)} without the sign, from 0 to 1: shares, such as {shown(list(small))}"
        )
        return _Meaning(kind="share", percent=True, why=tuple(why), doubts=tuple(doubts))
    if not percents and not large:
        if small and all(value == 1 for value in small.values()):
            doubts.append("all values are 0 or 1: whole, or one percent, cannot be told")
            blocking = True
        why.append("all values lie from 0 to 1: shares")
        return _Meaning(kind="share", why=tuple(why), doubts=tuple(doubts), blocking=blocking)
    fractions = [text for text, value in small.items() if value < 1]
    if fractions:
        count = sum(rows[text] for text in fractions)
        doubts.append(
            f"{counted(count)} below 1, such as {shown(fractions)}, and others percentages: "
            "all are read as percentages"
        )
        blocking = True
    why.append("values go up to 100: percentages")
    return _Meaning(
        kind="share", scale=0.01, why=tuple(why), doubts=tuple(doubts), blocking=blocking
    )
