"""Which sign stands between the fields of a text, and which one quotes them."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from difass_analysis.errors import InputError
from difass_analysis.sources.delimited import Record, parsed
from difass_analysis.sources.header_search import is_value
from difass_analysis.sources.profile import FileFormat

#: Signs that are tried, the more usual ones first.
DELIMITERS = (",", ";", "\t", "|")
QUOTES = ('"', "'", "")
NAMES = {
    ",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar",
    '"': "double quotes", "'": "single quotes", "": "no quotes",
}  # fmt: skip
# Share of records of the usual width from which nothing else is tried.
_GOOD = 0.98
# Most records above and below those of the list.
_ABOVE, _BELOW = 60, 20
# How much better an unusual quote has to be, and how near the second delimiter makes a doubt.
_MARGIN, _CLOSE = 0.02, 0.8


@dataclass(frozen=True, eq=False, kw_only=True)
class Dialect:
    """How a delimited text is written, and what speaks for it.

    Attributes
    ----------
    delimiter, quote : str
        One character each; no quote where quotes are ordinary characters.
    width : int
        The usual number of fields.
    records : tuple of Record
        The text in this dialect, as far as it was looked at.
    why : str
        The evidence, as a sentence.
    doubts : tuple of str
        What is not clear.
    """

    delimiter: str
    quote: str
    width: int
    records: tuple[Record, ...]
    why: str
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class _Try:
    delimiter: str
    quote: str
    records: tuple[Record, ...]
    width: int
    share: float
    # Whether the first record of the usual width holds words, as a header does.
    headed: bool

    @property
    def score(self) -> float:
        if self.width < 2:
            return 0.0
        return self.share * (1 - 0.5 / self.width) * (1.0 if self.headed else 0.5)


def dialect_of(text: str, *, whole: bool = True) -> Dialect:
    r"""How is this delimited text written?

    Parameters
    ----------
    text : str
        The text, or its beginning.
    whole : bool
        Whether it is all of the text; else its last record is left out.

    Returns
    -------
    Dialect
        The delimiter under which most records have one and the same number of fields. Quotes are
        taken as such unless more records fit without them.

    Examples
    --------
    >>> found = dialect_of("name;cost\nA, the first;1,5\nB;2,5\n")
    >>> found.delimiter, found.width
    (';', 2)
    """
    tries = [_best_quote(text, delimiter, whole=whole) for delimiter in DELIMITERS]
    ranked = sorted(tries, key=lambda one: one.score, reverse=True)
    best, second = ranked[0], ranked[1]
    if not best.score:
        return _one_column(tries[0])
    doubts = []
    if second.score > _CLOSE * best.score:
        doubts.append(
            f"The fields may also be split at {NAMES[second.delimiter]}: {second.share:.0%} of the "
            f"records then have {second.width} fields."
        )
    if best.share < 0.9:
        doubts.append(
            f"Only {best.share:.0%} of the records looked at have one number of fields "
            f"({best.width}), as where a text with the delimiter in it is not quoted."
        )
    quoted = NAMES[best.quote] if best.quote else "quotes are ordinary characters"
    why = (
        f"Fields are split at {NAMES[best.delimiter]} ({quoted}): "
        f"{round(best.share * len(best.records)):,} of {len(best.records):,} records looked at "
        f"have {best.width} fields."
    )
    return Dialect(
        delimiter=best.delimiter,
        quote=best.quote,
        width=best.width,
        records=best.records,
        why=why,
        doubts=tuple(doubts),
    )


def _one_column(first: _Try) -> Dialect:
    return Dialect(
        delimiter=first.delimiter,
        quote=first.quote,
        width=1,
        records=first.records,
        why="The text has one field a line.",
        doubts=(
            "No sign was found that splits the lines into fields: none of comma, semicolon, tab "
            "and bar stands in most of them.",
        ),
    )


def _best_quote(text: str, delimiter: str, *, whole: bool) -> _Try:
    best = _tried(text, delimiter, QUOTES[0], whole=whole)
    if best.share >= _GOOD:
        return best
    for quote in QUOTES[1:]:
        if not _may_be(quote, text, best):
            continue
        other = _tried(text, delimiter, quote, whole=whole)
        if other.width > 1 and other.share > best.share + _MARGIN:
            best = other
    return best


def _may_be(quote: str, text: str, best: _Try) -> bool:
    """Whether another quote is worth a try; none only where taking quotes as such goes wrong."""
    if not quote:
        return any(record.reason for record in best.records)
    begins = rf"(?:^|{re.escape(best.delimiter)}){quote}"
    return re.search(begins, text, re.MULTILINE) is not None


def _tried(text: str, delimiter: str, quote: str, *, whole: bool) -> _Try:
    layout = FileFormat(delimiter=delimiter, quote=quote)
    records = parsed_text(text, layout)
    if not whole and len(records) > 1:
        records = records[:-1]
    width, share = usual_width(records)
    # A header may lack the last headings, and a preamble may stand above it.
    wide = (record.cells for record in records if len(_trimmed(record.cells)) > 0.6 * width)
    first = next(wide, [])
    headed = sum(map(is_value, first)) < 0.5 * len(first)
    return _Try(
        delimiter=delimiter,
        quote=quote,
        records=tuple(records),
        width=width,
        share=share,
        headed=headed,
    )


def parsed_text(text: str, layout: FileFormat) -> list[Record]:
    """Return the records of a text; what comes behind a record without end is left out."""

    class _Named(io.StringIO):
        name = "the text"

    records: list[Record] = []
    with suppress(InputError):  # a record longer than any may be: reading will say so
        records += parsed(_Named(text, newline=""), layout)
    return records


def usual_width(records: Sequence[Record]) -> tuple[int, float]:
    """Return the most frequent number of fields, and the share of records that have it.

    Records above the first and below the last of that number are titles and remarks, if few.
    """
    sizes = [0 if record.reason else len(record.cells) for record in records]
    if not sizes:
        return 0, 0.0
    counts = Counter(sizes)
    width = max(counts, key=lambda size: (counts[size] if size > 1 else 0, size))
    if 2 * counts[width] < len(sizes):
        return width, counts[width] / len(sizes)
    # What stands above the header and below the rows is another matter.
    start, end = sizes.index(width), sizes[::-1].index(width)
    inside = len(sizes) - min(start, _ABOVE) - min(end, _BELOW)
    return width, counts[width] / inside


def _trimmed(cells: Sequence[str]) -> list[str]:
    kept = list(cells)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept
