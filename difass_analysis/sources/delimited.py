"""Read delimited text record by record: every record keeps its line, none is lost silently."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from difass_analysis.errors import InputError
from difass_analysis.sources.encoding import decoding_error
from difass_analysis.sources.profile import FileFormat

_DELIMITERS = (",", ";", "\t", "|")
#: Most characters of one record: beyond it a file is no list of records, and memory would go.
LONGEST_RECORD = 1 << 25


class Record(NamedTuple):
    """One record: the line on which it starts, its cells, or why it has none.

    ``raw`` is the text as in the file, kept only where it differs from the cells' text.
    """

    line: int
    cells: list[str]
    reason: str = ""
    raw: str = ""


class Readable(Protocol):
    """Text that is read line by line: an open file, or a part of one."""

    @property
    def name(self) -> str:
        """Path or name of the file."""
        ...

    def readline(self, limit: int = -1, /) -> str:
        """Return the next line with its end, at most ``limit`` characters; empty at the end."""
        ...


class _Lines:
    """Lines of a text file, numbered; the lines of the present record can be given back."""

    def __init__(self, handle: Readable, *, before: int) -> None:
        self._handle = handle
        self._waiting: deque[str] = deque()
        self.held: list[str] = []
        self.number = before
        self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = (
            self._waiting.popleft() if self._waiting else self._handle.readline(LONGEST_RECORD + 1)
        )
        if not line:
            raise StopIteration
        self.number += 1
        self._size = self._size + len(line) if self.held else len(line)
        self.held.append(line)
        if self._size > LONGEST_RECORD:
            raise _endless(self._handle.name, self.number - len(self.held) + 1)
        return line

    def give_back_all_but_first(self) -> None:
        """Let the lines after the first one of the present record be read again."""
        self._waiting.extendleft(reversed(self.held[1:]))
        self.number -= len(self.held) - 1
        del self.held[1:]


def _endless(name: str, line: int) -> InputError:
    return InputError(
        f"{Path(name).name} has a record of more than {LONGEST_RECORD:,} characters; it begins "
        f"on line {line}.",
        todo="Look whether its lines end as they should, and at the quote in the profile.",
    )


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
        When the text is not in the stated encoding, with the byte and line of the first error;
        when a record has more than ``LONGEST_RECORD`` characters.
    """
    encoding = tolerant(layout.encoding)
    try:
        with path.open(encoding=encoding, newline="", errors="strict") as handle:
            yield from parsed(handle, layout)
    except UnicodeError as error:
        raise decoding_error(path, encoding) from error


def tolerant(encoding: str) -> str:
    """Return the name of an encoding, which lets UTF-8 begin with a byte order mark."""
    return "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding


def parsed(handle: Readable, layout: FileFormat, *, line: int = 1) -> Iterator[Record]:
    """Yield the records of a text whose first line has that number; see :func:`records`."""
    lines = _Lines(handle, before=line - 1)
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
        try:
            return len(next(csv.reader([header], delimiter=delimiter, quotechar=quote or None), []))
        except csv.Error:
            return 0  # a cell beyond the limit: the record will say so

    return max(_DELIMITERS, key=count)


def written(cells: list[str], delimiter: str = ",") -> str:
    """Return cells as one line of comma-separated text."""

    class _Text(list[str]):
        write = list.append

    buffer = _Text()
    csv.writer(buffer, delimiter=delimiter, lineterminator="").writerow(cells)
    return "".join(buffer)
