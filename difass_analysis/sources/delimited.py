"""Read delimited text record by record: every record keeps its line, none is lost silently."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from difass_analysis.errors import InputError
from difass_analysis.sources.encoding import decoding_error
from difass_analysis.sources.profile import FileFormat

_DELIMITERS = (",", ";", "\t", "|")


class Record(NamedTuple):
    """One record: the line on which it starts, its cells, or why it has none.

    ``raw`` is the text as in the file, kept only where it differs from the cells' text.
    """

    line: int
    cells: list[str]
    reason: str = ""
    raw: str = ""


class _Lines:
    """Lines of a text file, numbered; the lines of the present record can be given back."""

    def __init__(self, handle: TextIO) -> None:
        self._handle = handle
        self._waiting: deque[str] = deque()
        self.held: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else next(self._handle)
        self.number += 1
        self.held.append(line)
        return line

    def give_back_all_but_first(self) -> None:
        """Let the lines after the first one of the present record be read again."""
        self._waiting.extendleft(reversed(self.held[1:]))
        self.number -= len(self.held) - 1
        del self.held[1:]


def records(path: Path, layout: FileFormat) -> Iterator[Record]:
    """Yield the records of a delimited text file, from its header on; blank lines are none.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    layout : FileFormat
        Encoding, delimiter, quote and header row.

    Yields
    ------
    Record
        The first one is the header. A record with a quote that is never closed, or with text
        after a closing quote, has a ``reason`` and no cells.

    Raises
    ------
    InputError
        When the text is not in the stated encoding, with the byte and line of the first error.
    """
    encoding = _tolerant(layout.encoding)
    try:
        with path.open(encoding=encoding, newline="", errors="strict") as handle:
            yield from _parsed(handle, layout)
    except UnicodeError as error:
        raise decoding_error(path, encoding) from error


def _tolerant(encoding: str) -> str:
    """Let UTF-8 begin with a byte order mark."""
    return "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding


def _parsed(handle: TextIO, layout: FileFormat) -> Iterator[Record]:
    lines = _Lines(handle)
    for _ in range(layout.header_row - 1):
        next(lines, None)
    lines.held.clear()
    if layout.delimiter == "auto":
        delimiter = sniffed(next(lines, ""), quote=layout.quote)
        lines.held.insert(0, "")
        lines.give_back_all_but_first()
        lines.held.clear()
    else:
        delimiter = layout.delimiter
    # Strict: text after a closing quote, or a quote never closed, is an error, not a guess.
    reader = csv.reader(
        lines,
        delimiter=delimiter,
        quotechar=layout.quote or None,
        quoting=csv.QUOTE_MINIMAL if layout.quote else csv.QUOTE_NONE,
        strict=True,
    )
    start = lines.number + 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _broken(lines, start, str(error))
        else:
            if any(cells):
                yield Record(start, cells, raw="".join(lines.held) if len(lines.held) > 1 else "")
        lines.held.clear()
        start = lines.number + 1


def _broken(lines: _Lines, start: int, message: str) -> Record:
    """Make the record of lines that cannot be parsed; reading goes on after the first of them."""
    if len(lines.held) > 1 or "unexpected end" in message:
        lines.give_back_all_but_first()
        reason = "a quote on this line is not closed where it should be"
    elif "field larger" in message:
        reason = f"a cell is longer than {csv.field_size_limit()} characters"
    elif "expected after" in message:
        reason = "text follows a closing quote"
    else:
        reason = message
    return Record(start, [], reason=reason, raw="".join(lines.held).rstrip("\r\n"))


def sniffed(header: str, *, quote: str = '"') -> str:
    """Return the delimiter that splits a header line into the most fields; comma in doubt.

    Examples
    --------
    >>> sniffed("call_id;year;public_amount")
    ';'
    """

    def count(delimiter: str) -> int:
        return len(next(csv.reader([header], delimiter=delimiter, quotechar=quote or None), []))

    return max(_DELIMITERS, key=count)


def written(cells: list[str], delimiter: str = ",") -> str:
    """Return cells as one line of comma-separated text."""

    class _Text(list[str]):
        write = list.append

    buffer = _Text()
    csv.writer(buffer, delimiter=delimiter, lineterminator="").writerow(cells)
    return "".join(buffer)


def read_header(path: Path, layout: FileFormat) -> Record:
    """Return the header record of a file.

    Raises
    ------
    InputError
        When there is no line on which the header should stand.
    """
    for record in records(path, layout):
        return record
    raise InputError(
        f"{path.name} has no header on line {layout.header_row}.",
        todo="Look whether the file is complete, and at header_row in the profile.",
    )
