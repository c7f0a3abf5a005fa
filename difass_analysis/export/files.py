"""Files that are written whole or not at all, under names that every system accepts."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from unicodedata import combining, normalize

from difass_analysis.errors import InputError

_LONGEST = 80
_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ð": "d", "þ": "th"}
# Names that Windows keeps for devices.
_DEVICES = {"con", "prn", "aux", "nul"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)
}
_REASONS = {
    errno.ENOSPC: ("the disk is full", "Make room, or choose another folder."),
    errno.EDQUOT: ("the quota of the disk is used up", "Make room, or choose another folder."),
    errno.EACCES: ("writing there is not allowed", "Choose a folder that you may write to."),
    errno.EPERM: ("writing there is not allowed", "Choose a folder that you may write to."),
    errno.EROFS: ("the disk is read-only", "Choose a folder that you may write to."),
    errno.EISDIR: ("a folder has that name", "Choose another name."),
    errno.ENOTDIR: ("a part of the path is a file, not a folder", "Choose another folder."),
    errno.EEXIST: ("a part of the path is a file, not a folder", "Choose another folder."),
    errno.ENAMETOOLONG: ("the name is too long", "Choose a shorter name."),
}


def atomic_write(path: Path | str, content: bytes) -> Path:
    """Write a file whole or not at all, and return its path.

    The bytes go to a temporary file in the same folder, to the disk, and only then take the
    name; after an error an older file of that name is as it was, and nothing else is left.

    Parameters
    ----------
    path : path or str
        Where to; folders on the way are made.
    content : bytes
        The whole content.

    Raises
    ------
    InputError
        When the folder cannot be written to, or the disk is full.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     atomic_write(f"{folder}/new/note.txt", b"done").read_text()
    'done'
    """
    with atomic_path(path) as part:
        _write_through(part, content)
    return Path(path)


@contextmanager
def atomic_path(path: Path | str) -> Iterator[Path]:
    """Give a temporary path to write to; it takes the name only when all went well.

    Parameters
    ----------
    path : path or str
        Where the file is to stand; folders on the way are made.

    Raises
    ------
    InputError
        When the folder cannot be written to, or the disk is full.
    """
    path = Path(path)
    part = path.with_name(f".{token_hex(8)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(path)
    except OSError as error:
        why, todo = _REASONS.get(error.errno or 0, (error.strerror or str(error), ""))
        raise InputError(f"{path} cannot be written: {why}.", todo=todo) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _write_through(part: Path, content: bytes) -> None:
    with part.open("xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def safe_name(text: str) -> str:
    """Turn any text into a file name of small letters, digits, ``_`` and ``-``.

    Where letters had to be left out, or the name cut, a short mark made from the whole text keeps
    unlike texts apart.

    Parameters
    ----------
    text : str
        Any text, such as the name of a programme.

    Examples
    --------
    >>> safe_name("Emilia-Romagna: clusters"), safe_name("Kujawsko-Pomorskie, łódź")
    ('emilia-romagna_clusters', 'kujawsko-pomorskie_lodz')
    >>> safe_name("../../etc/passwd"), safe_name("CON")
    ('etc_passwd', 'con_')
    """
    lower = "".join(_LETTERS.get(letter, letter) for letter in text.lower())
    plain = "".join(letter for letter in normalize("NFKD", lower) if not combining(letter))
    lost = any(letter.isalnum() and not letter.isascii() for letter in plain)
    name = re.sub(r"[^a-z0-9_-]+", "_", plain).strip("_-")
    if lost or not name or len(name) > _LONGEST:
        mark = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        name = f"{name[: _LONGEST - 9].rstrip('_-')}-{mark}".lstrip("-")
    return f"{name}_" if name in _DEVICES else name
