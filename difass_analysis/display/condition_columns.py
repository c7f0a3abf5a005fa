"""Names above or under the columns of a grid: in lines where they find room, else upright."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from difass_analysis.display import theme
from difass_analysis.display.canvas import LINE
from difass_analysis.display.typeset import shorten, width_of

#: Points that a column needs for names that lie.
LEAST = 44.0
_UPRIGHT = 90.0  # points that an upright name may be long
_APART = 2.0  # points between two names


@dataclass(frozen=True, kw_only=True)
class ColumnNames:
    """Names as they are written: their texts, whether they stand upright, and their height."""

    texts: tuple[str, ...]
    upright: bool
    height: float


def column_names(names: Sequence[str], *, column: float, lines: int = 3) -> ColumnNames:
    r"""Break or turn names so that they fit columns of a width in points.

    Examples
    --------
    >>> column_names(["quality of government"], column=60).texts
    ('quality of\ngovernment',)
    >>> column_names(["quality of government"], column=20).upright
    True
    """
    size = theme.SMALL_SIZE
    upright = column < LEAST
    width = _UPRIGHT if upright else column - _APART
    most = 1 if upright else lines
    parts = [shorten(name, width=width, size=size, lines=most) for name in names]
    texts = tuple("\n".join(part) for part in parts)
    if upright:
        height = max((width_of(text, size=size) for text in texts), default=0.0)
    else:
        height = max((len(part) for part in parts), default=1) * size * LINE
    return ColumnNames(texts=texts, upright=upright, height=height)


def first_fitting(texts: Sequence[str], *, width: float, bold: bool = False) -> str:
    """Return the first of several ways to say a thing that fits a width in points, or the last.

    Examples
    --------
    >>> first_fitting(["strong constraint", "!"], width=20)
    '!'
    """
    fitting = (text for text in texts if width_of(text, size=theme.SMALL_SIZE, bold=bold) <= width)
    return next(fitting, texts[-1])
