"""Classes of values for a map: few, about equally full, and told apart in grey as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
import pandas as pd

from difass_analysis.display import numbers, theme
from difass_analysis.display.digits import Digits
from difass_analysis.display.frames import SUPPRESSED, missing_word

_MOST = 5
_RAMP = ("#e6f0f8", "#b5d3ea", "#78afdb", "#2f7dba", "#0b3f6f")  # lightness falls evenly
_CHOICES: dict[int, tuple[int, ...]] = {
    1: (2,),
    2: (1, 3),
    3: (0, 2, 4),
    4: (0, 1, 3, 4),
    5: (0, 1, 2, 3, 4),
}
_DARK = 3  # from this step on, text is white
_MISSING_HATCHES = {numbers.NOT_KNOWN: "////", SUPPRESSED: "xxxx", numbers.WITHHELD: "xxxx"}


@dataclass(frozen=True, kw_only=True)
class Fill:
    """How one area is filled, and what is said about it in the legend."""

    label: str
    color: str
    hatch: str = ""
    ink: str = theme.INK
    edge: str = theme.MUTED


EMPTY = Fill(label="not part of this picture", color=theme.PAPER, edge="#b4bdc6")


@dataclass(frozen=True, kw_only=True)
class Classes:
    """The classes of one map, from the lowest to the highest: upper ends and looks."""

    ends: tuple[float, ...]
    fills: tuple[Fill, ...]

    def fill(self, value: float, *, missing: str) -> Fill:
        """Return the look of a value; of a missing one by the word for it."""
        if isnan(value):
            return missing_fill(missing)
        return self.fills[int(np.searchsorted(self.ends, value, side="left"))]


def missing_fill(word: str) -> Fill:
    """Return the look of an area without a value."""
    return Fill(label=word, color=theme.PAPER, hatch=_MISSING_HATCHES[word])


def legend_fills(rows: pd.DataFrame, classes: Classes, *, empty: bool) -> list[Fill]:
    """Return what the legend names: the classes, what is missing, and what has no row."""
    missing = rows[rows["value"].isna()]
    words = sorted({missing_word(str(note)) for note in missing["note"]})
    return [*classes.fills, *map(missing_fill, words), *([EMPTY] if empty else [])]


def classes_for(values: Sequence[float], *, digits: Digits) -> Classes:
    """Sort values into at most five classes with about equally many in each.

    Examples
    --------
    >>> found = classes_for([1.0, 2.0, 2.0, 9.0], digits=Digits())
    >>> [fill.label for fill in found.fills], found.fill(2.0, missing="not known").label
    (['1 (1)', '2 (2)', '9 (1)'], '2 (2)')
    """
    known = np.sort(np.array([value for value in values if not isnan(value)]))
    distinct = np.unique(known)
    if len(distinct) > _MOST:
        shares = np.arange(1, _MOST + 1) / _MOST
        distinct = np.unique(np.quantile(known, shares, method="inverted_cdf"))
    groups = np.searchsorted(distinct, known, side="left")
    fills = []
    for place, step in enumerate(_CHOICES.get(len(distinct), ())):
        held = known[groups == place]
        first, last = float(held[0]), float(held[-1])
        text = digits.value(first) if first == last else digits.span(first, last)
        ink = theme.PAPER if step >= _DARK else theme.INK
        fills.append(Fill(label=f"{text} ({len(held)})", color=_RAMP[step], ink=ink))
    return Classes(ends=tuple(map(float, distinct)), fills=tuple(fills))
