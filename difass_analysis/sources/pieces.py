"""Cut delimited text into pieces that end where a record ends, and prove that they do.

A piece is regular when every quote in it opens a cell at its beginning, closes one at its end, or
is one of a doubled pair, and when carriage returns stand before line feeds only. Such text has one
reading: any parser finds the same records. Whatever else there is stays uncut, for the reader that
goes record by record.
"""

from __future__ import annotations

import codecs
import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

#: Bytes of one piece: small enough for the processor's cache, in which parsing is fastest.
PIECE = 1 << 21
_LF, _CR = 10, 13
_BOM = codecs.BOM_UTF8

Whole = NDArray[np.int64]


class Digest(Protocol):
    """What adds up a checksum."""

    def update(self, data: bytes, /) -> None:
        """Take more bytes."""
        ...


@dataclass(frozen=True, eq=False, kw_only=True)
class Piece:
    """Regular text of whole records.

    Attributes
    ----------
    data : bytes
        In UTF-8.
    line : int
        The physical line on which it starts.
    lines : int
        Number of its physical lines.
    ends : array of int, optional
        Index of the last line of each record, from 0; absent where no record has several lines.
    """

    data: bytes
    line: int
    lines: int
    ends: Whole | None = None

    def starts(self) -> tuple[Whole, Whole, Whole]:
        """Return the first line, the first byte and the byte behind each record, blank ones not.

        The line is counted in the file; the bytes are counted in the piece.
        """
        text = np.frombuffer(self.data, np.uint8)
        feeds = np.flatnonzero(text == _LF)
        if not len(feeds) or feeds[-1] != len(text) - 1:
            feeds = np.append(feeds, len(text))
        last = np.arange(len(feeds)) if self.ends is None else self.ends
        first = np.append(0, last[:-1] + 1)
        begin = np.append(0, feeds[last[:-1]] + 1)
        behind = feeds[last]
        blank = (behind == begin) | (
            (behind - begin == 1) & (text[begin.clip(0, len(text) - 1)] == _CR)
        )
        return self.line + first[~blank], begin[~blank], behind[~blank]


class Window:
    """Text of a file in UTF-8, from the start of a record on: grows by reading, shrinks by use.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    handle : binary file
        The file, opened.
    encoding : str
        Its encoding.
    digest : Digest
        Takes every byte of the file once.
    """

    def __init__(self, path: Path, handle: BinaryIO, *, encoding: str, digest: Digest) -> None:
        self.name = str(path)
        self._handle = handle
        self._digest = digest
        plain = encoding == "utf-8-sig"
        self._decoder: Any = None if plain else codecs.getincrementaldecoder(encoding)()
        self.data = b""
        self.line = 1
        self.ended = False
        # How the file begins, bytes of it read so far, and the first NUL byte among them.
        self.start = b""
        self.size = 0
        self.nul = -1

    def more(self, size: int = 0) -> bool:
        """Read another piece, or so many bytes if these are more; false when there are none."""
        if self.ended:
            return False
        chunk = self._handle.read(max(PIECE, size))
        if self.nul < 0 and b"\0" in chunk:
            self.nul = self.size + chunk.index(b"\0")
        self._digest.update(chunk)
        first, self.size = not self.size, self.size + len(chunk)
        self.start = self.start or chunk[:8]
        self.ended = not chunk
        if self._decoder is not None:
            chunk = self._decoder.decode(chunk, final=not chunk).encode()
        elif first:
            chunk = chunk.removeprefix(_BOM)
        self.data += chunk
        return not self.ended

    def drop(self, size: int, lines: int) -> bytes:
        """Take bytes, which hold that many lines, from the beginning."""
        taken, self.data = self.data[:size], self.data[size:]
        self.line += lines
        return taken


def regular_piece(window: Window, *, delimiter: str, quote: str) -> Piece | None:
    """Take the longest regular piece from the beginning of a window.

    Parameters
    ----------
    window : Window
        Text from the start of a record on.
    delimiter, quote : str
        One ASCII character each; an empty quote where quotes are ordinary characters.

    Returns
    -------
    Piece or None
        None when the first record is not regular, or does not end in the window.
    """
    text = np.frombuffer(window.data, np.uint8)
    whole, bound = len(text), _lone_return(text, ended=window.ended)
    quotes = np.flatnonzero(text == ord(quote)) if quote else np.empty(0, np.int64)
    if not len(quotes):
        size = whole if window.ended and bound == whole else window.data.rfind(b"\n", 0, bound) + 1
        return _taken(window, size, None)
    bound = min(bound, _misplaced(text, quotes, ord(delimiter)))
    feeds = np.flatnonzero(text[:bound] == _LF)
    if window.ended and bound == whole and (not len(feeds) or feeds[-1] != whole - 1):
        feeds = np.append(feeds, whole)
    # A line feed with an odd number of quotes before it is part of a cell.
    ends = np.flatnonzero(np.searchsorted(quotes, feeds) % 2 == 0)
    ends = ends[: _within_reach(feeds, ends)]
    if not len(ends):
        return None
    single = ends[-1] == len(ends) - 1
    return _taken(window, min(int(feeds[ends[-1]]) + 1, whole), None if single else ends)


def _taken(window: Window, size: int, ends: Whole | None) -> Piece | None:
    if not size:
        return None
    line = window.line
    text = np.frombuffer(window.data, np.uint8, count=size)
    lines = int(np.count_nonzero(text == _LF)) + int(text[-1] != _LF)
    return Piece(data=window.drop(size, lines), line=line, lines=lines, ends=ends)


def _lone_return(text: NDArray[np.uint8], *, ended: bool) -> int:
    """Return the position of the first carriage return that ends a line by itself, or the size."""
    size = len(text)
    if not np.count_nonzero(text == _CR):
        return size
    lone = np.flatnonzero((text[:-1] == _CR) & (text[1:] != _LF))
    return int(lone[0]) if len(lone) else size - int(ended and text[-1] == _CR)


def _misplaced(text: NDArray[np.uint8], quotes: Whole, delimiter: int) -> int:
    """Return the position of the first quote that does not do what quotes do, or the size."""
    size = len(text)
    # Quotes open and close in turn; a doubled one closes and opens again at once.
    opening, closing = quotes[0::2], quotes[1::2]
    before, after = text[opening - 1], text[np.minimum(closing + 1, size - 1)]
    opens = (before == delimiter) | (before == _LF) | (opening == 0)
    opens[1:] |= opening[1:] - 1 == closing[: len(opening) - 1]
    closes = (after == delimiter) | (after == _LF) | (after == _CR) | (closing == size - 1)
    closes[: len(opening) - 1] |= closing[: len(opening) - 1] + 1 == opening[1:]
    wrong = [found[0] for found in (opening[~opens], closing[~closes]) if len(found)]
    return int(min(wrong, default=size))


def _within_reach(feeds: Whole, ends: Whole) -> int:
    """Return how many records come before one of several lines whose cell may be too long.

    Such a cell makes the csv module begin again on the second line, and all else may follow.
    """
    lines = np.diff(ends, prepend=-1)
    sizes = np.diff(feeds[ends], prepend=-1)
    beyond = np.flatnonzero((lines > 1) & (sizes > csv.field_size_limit()))
    return int(beyond[0]) if len(beyond) else len(ends)


class Lines:
    """Lines of a window as a text file gives them; the window grows and gives nothing away."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self.name = window.name
        self._at = 0
        #: Where each line begins, and where the last one ends.
        self.offsets = [0]

    def readline(self, limit: int = -1, /) -> str:
        """Return the next line with its end, at most so many characters; empty at the end."""
        window, end = self._window, self._line_end()
        while end < 0 and not 0 <= 4 * limit < len(window.data) - self._at:
            if not window.more(len(window.data)):  # twice as much, lest each piece copies all
                end = self._line_end()
                break
            end = self._line_end()
        if end < 0:
            # Longer than any record may be: enough of it to be refused.
            return window.data[self._at : self._at + 4 * limit].decode(errors="replace")[:limit]
        line = window.data[self._at : end].decode()
        self._at = end
        self.offsets.append(end)
        return line if limit < 0 else line[:limit]

    def _line_end(self) -> int:
        """Return the position behind the line, or -1 where the window does not hold its end."""
        data, whole = self._window.data, len(self._window.data)
        feed = data.find(b"\n", self._at)
        back = data.find(b"\r", self._at, feed if feed >= 0 else whole)
        if back < 0:
            return feed + 1 if feed >= 0 else (whole if self._window.ended else -1)
        if back + 1 < whole or self._window.ended:
            return back + 1 + (data[back + 1 : back + 2] == b"\n")
        return -1
