"""How wide a text is when set, and where to break it: measured, not guessed."""

from __future__ import annotations

import warnings
from functools import lru_cache

_ELLIPSIS = "\u2026"
_LARGE = 16  # measured so many times larger: small letters are moved to whole dots


@lru_cache(maxsize=4096)
def width_of(text: str, *, size: float, bold: bool = False) -> float:
    """Return the width of one line of text in points, set in DejaVu Sans.

    Parameters
    ----------
    text : str
        The line.
    size : float
        Size of the type in points.
    bold : bool
        Whether it is set in bold.

    Examples
    --------
    >>> width_of("1.33", size=10) < width_of("7,500", size=10) < width_of("7,500", size=12)
    True
    """
    from matplotlib.font_manager import FontProperties, findfont, get_font

    weight = "bold" if bold else "normal"
    font = get_font(findfont(FontProperties(family="DejaVu Sans", weight=weight)))
    font.set_size(size * _LARGE, 72)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a letter that the font lacks is as wide as its box
        font.set_text(text)
    return float(font.get_width_height()[0]) / 64 / _LARGE


def break_lines(text: str, *, width: float, size: float, bold: bool = False) -> list[str]:
    """Break a text into lines no wider than so many points; a longer word is broken too.

    Examples
    --------
    >>> break_lines("collective promotion of clusters", width=115, size=10)
    ['collective promotion', 'of clusters']
    """
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if width_of(longer, size=size, bold=bold) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        *whole, line = _pieces(word, width=width, size=size, bold=bold)
        lines += whole
    return [*lines, line] if line or not lines else lines


def _pieces(word: str, *, width: float, size: float, bold: bool) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and width_of(pieces[-1] + letter, size=size, bold=bold) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def shorten(text: str, *, width: float, size: float, lines: int) -> list[str]:
    """Break a text into at most so many lines, leaving out its middle where it is too long.

    Examples
    --------
    >>> shorten("a name that goes on and on and on, area 7", width=90, size=10, lines=2)
    ['a name that\u2026', 'on and on, area 7']
    """
    broken = break_lines(text, width=width, size=size)
    if len(broken) <= lines:
        return broken
    words = " ".join(broken).split(" ")
    last: list[str] = []
    while words and width_of(" ".join([words[-1], *last]), size=size) <= width:
        last.insert(0, words.pop())
    kept = broken[: lines - 1]
    while kept[-1] and width_of(kept[-1] + _ELLIPSIS, size=size) > width:
        kept[-1] = kept[-1].rpartition(" ")[0] or kept[-1][:-1]
    return [*kept[:-1], kept[-1].rstrip(" ,;") + _ELLIPSIS, " ".join(last) or broken[-1]]
