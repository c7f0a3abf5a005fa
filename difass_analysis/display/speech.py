"""The language of what a chart says of itself: English, unless a page speaks another one.

Charts are drawn in English. A page in another language draws its charts inside ``speaking``; the
words around the drawing and its figures then pass through the functions that it gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Say = Callable[[str], str]

_SENTENCE: ContextVar[Say] = ContextVar("sentence", default=str)
_FIGURE: ContextVar[Say] = ContextVar("figure", default=str)


@contextmanager
def speaking(*, sentence: Say, figure: Say) -> Iterator[None]:
    """Draw charts in another language inside this context.

    Parameters
    ----------
    sentence : callable
        Translates a sentence or a word that the package wrote; others it returns as they are.
    figure : callable
        Writes a cell or the label of an axis, with its words and numbers, as the language does.

    Examples
    --------
    >>> with speaking(sentence={"value": "valore"}.get, figure=str):
    ...     said("value")
    'valore'
    >>> said("value")
    'value'
    """
    tokens = _SENTENCE.set(sentence), _FIGURE.set(figure)
    try:
        yield
    finally:
        _SENTENCE.reset(tokens[0])
        _FIGURE.reset(tokens[1])


def said(text: str) -> str:
    """Return a sentence or a word of the package in the language of the page."""
    return _SENTENCE.get()(text)


def figured(text: str) -> str:
    """Return a cell or the label of an axis with its words and numbers in that language."""
    return _FIGURE.get()(text)


def figure_writer() -> Say:
    """Return what writes figures now, for labels that are written when the chart is drawn."""
    return _FIGURE.get()
