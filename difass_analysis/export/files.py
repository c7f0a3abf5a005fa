"""Files that are written whole or not at all, under names that every system accepts."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from hashlib import sha256
from pathlib import Path
from platform import node
from secrets import token_hex
from unicodedata import combining, normalize

from difass_analysis.errors import InputError

_LONGEST = 80
# Paths of the files that took their names since ``collecting`` began.
_WRITTEN: ContextVar[list[Path] | None] = ContextVar("written", default=None)
_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ð": "d", "þ": "th"}
# Names that Windows keeps for devices.
_DEVICES = {"con", "prn", "aux", "nul"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)
}
_REASONS = {
    errno.ENOSPC: ("the disk is full", "Make room, or choose another folder."),
    errno.EDQUOT: ("the quota of the disk is used up", "Make room, or choose another folder."),
    errno.EFBIG: ("the file is larger than is allowed there", "Make room, or write elsewhere."),
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
    name; after an error an older file of that name is as it was, and nothing else is left. What
    a process leaves that was killed is removed when the next file is written to the folder.

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
    with atomic_path(path) as part, part.open("xb") as stream:
        stream.write(content)
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
    part = path.with_name(f"{_owner()}-{os.getpid()}-{token_hex(8)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_orphans(path.parent)
        yield part
        _to_disk(part)
        part.replace(path)
        _folder_to_disk(path.parent)
        if (written := _WRITTEN.get()) is not None:
            written.append(path)
    except OSError as error:
        raise _cannot(path, error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def refuse_unwritable(path: Path | str, *, folder: bool = False) -> None:
    """Refuse a place where nothing can be written, before anything is computed.

    Nothing is made: the nearest folder on the way that exists is looked at.

    Parameters
    ----------
    path : path or str
        The file that is to be written.
    folder : bool
        Whether it is a folder for several files instead.

    Raises
    ------
    InputError
        When the folder cannot be written to, a part of the path is a file, or a folder has the
        name of the file.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as place:
    ...     refuse_unwritable(f"{place}/new/note.txt")
    ...     refuse_unwritable(place)
    Traceback (most recent call last):
        ...
    difass_analysis.errors.InputError: ... cannot be written: a folder has that name...
    """
    path = Path(path)
    try:
        if not folder and path.is_dir():
            raise OSError(errno.EISDIR, "")
        place = path.absolute() if folder else path.absolute().parent
        while not place.exists() and place != place.parent:
            place = place.parent
        if not place.is_dir():
            raise OSError(errno.ENOTDIR, "")
        if not os.access(place, os.W_OK | os.X_OK):
            raise OSError(errno.EACCES, "")
    except OSError as error:
        raise _cannot(path, error) from error


def _cannot(path: Path, error: OSError) -> InputError:
    other = (error.strerror or str(error), "Choose another folder.")
    why, todo = _REASONS.get(error.errno or 0, other)
    return InputError(f"{path} cannot be written: {why}.", todo=todo)


@contextmanager
def collecting() -> Iterator[list[Path]]:
    """Give a list that fills with the path of every file written inside the block.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, collecting() as written:
    ...     _ = atomic_write(f"{folder}/note.txt", b"done")
    >>> [path.name for path in written]
    ['note.txt']
    """
    written: list[Path] = []
    token = _WRITTEN.set(written)
    try:
        yield written
    finally:
        _WRITTEN.reset(token)


def is_collecting() -> bool:
    """Whether files are written as parts of one folder, which has a record of its own."""
    return _WRITTEN.get() is not None


def _to_disk(part: Path) -> None:
    number = os.open(part, os.O_RDWR)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _folder_to_disk(folder: Path) -> None:
    """Make the new name last; some systems and some kinds of disk do not offer that."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _owner() -> str:
    """Start of the names of temporary files: a mark of this machine that does not name it."""
    return f".difass-{sha256(node().encode('utf-8', 'replace')).hexdigest()[:8]}"


def _remove_orphans(folder: Path) -> None:
    """Remove temporary files of processes of this machine that are gone."""
    with suppress(OSError):
        for path in folder.iterdir():
            found = re.fullmatch(rf"{re.escape(_owner())}-(\d+)-[0-9a-f]{{16}}\.part", path.name)
            if found and not _runs(int(found[1])):
                path.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    if process == os.getpid():
        return True
    if os.name == "nt":  # there a file in use cannot be removed anyway
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


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
