"""Say where a text file breaks its encoding, and which encoding it may have instead."""

from __future__ import annotations

import codecs
import itertools
import re
from pathlib import Path

from difass_analysis.errors import InputError

_CHUNK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CANDIDATES = ("cp1252", "cp1250", "cp1253", "cp1251")


def decoding_error(path: Path, encoding: str) -> InputError:
    """Build the error for a file that is not text in the stated encoding.

    The message names the byte position and the line of the first error, and the likely encoding.
    """
    position, line = first_error(path, encoding)
    stated = "utf-8" if encoding == "utf-8-sig" else encoding
    guess = guessed(path)
    return InputError(
        f"{path.name} is not {stated}: byte {position} on line {line} does not decode.",
        todo=f'It looks like {guess}: state encoding = "{guess.split(" or ")[0]}" in the profile.'
        if guess
        else "Find out its encoding and state it in the profile.",
    )


def first_error(path: Path, encoding: str) -> tuple[int, int]:
    """Return the position (from 0) and the line (from 1) of the first undecodable byte."""
    decoder = codecs.getincrementaldecoder(encoding)()
    before, line = 0, 1
    with path.open("rb") as handle:
        while True:
            chunk = handle.read(_CHUNK)
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                inside = max(error.start - pending, 0)
                return before - pending + error.start, line + chunk[:inside].count(b"\n")
            except UnicodeError:
                return before, line
            if not chunk:
                return before, line
            before += len(chunk)
            line += chunk.count(b"\n")


def guessed(path: Path) -> str:
    """Return the likely encodings of a file, joined by "or"; empty if none fits.

    A byte order mark decides; then UTF-8, which hardly ever fits by chance; then the one-byte
    encoding whose words hold letters of one script and no odd signs.
    """
    with path.open("rb") as handle:
        data = handle.read(4 * _CHUNK)
    mark = marked(data)
    if mark:
        return mark
    if _decodes(data, "utf-8"):
        return "utf-8"
    costs = {name: oddities(data, name) for name in _CANDIDATES if _decodes(data, name)}
    best = [name for name, cost in costs.items() if cost == min(costs.values())]
    return " or ".join(best[:2])


def marked(start: bytes) -> str:
    """Return the encoding that a byte order mark names; empty without one."""
    return next((name for mark, name in _MARKS if start.startswith(mark)), "")


def without_mark(start: bytes) -> str:
    """Return the kind of UTF-16 that a text without a byte order mark is in; empty if it is none.

    Text of European languages has a NUL byte in nearly every second place, and only there.

    Examples
    --------
    >>> without_mark("call_id;year".encode("utf-16-le")), without_mark(b"call_id;year")
    ('utf-16-le', '')
    """
    even, odd = start[0::2], start[1::2]
    nul, size = (even.count(0), odd.count(0)), max(len(odd), 1)
    if nul[1] > 0.5 * size and nul[0] < 0.05 * size:
        return "utf-16-le"
    return "utf-16-be" if nul[0] > 0.5 * size and nul[1] < 0.05 * size else ""


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(data)
    except UnicodeDecodeError:
        return False
    return True


def oddities(data: bytes, encoding: str) -> int:
    """Count words with a sign among their letters, letters of two scripts, or capitals inside."""
    words = {
        word
        for word in re.findall(r"[^\s,;:.\"'()/-]{2,}", data.decode(encoding))
        if not word.isascii()
    }
    return sum(_is_odd(word) for word in words)


def _is_odd(word: str) -> bool:
    inner = [letter for letter in word if not letter.isascii()]
    signs = any(not letter.isalpha() and letter not in "€«»„“”‘’–…°§" for letter in inner)
    latin = any(letter.isalpha() and letter < "\u0370" for letter in word)
    other = any(letter.isalpha() and letter >= "\u0370" for letter in word)
    capitals = any(
        before.islower() and after.isupper() and not after.isascii()
        for before, after in itertools.pairwise(word)
    )
    return signs or (latin and other) or capitals
