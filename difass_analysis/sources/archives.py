"""Unpack the one file of an archive, within bounds, so that no archive fills memory or disk."""

from __future__ import annotations

import gzip
import re
import shutil
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from difass_analysis.errors import InputError
from difass_analysis.sources.containers import (
    FORMATS,
    WORDS,
    Container,
    container_of,
    require_file,
)
from difass_analysis.sources.profile import FileFormat, FormatName

#: Most bytes that are unpacked from one archive.
MOST_UNPACKED = 20 * 1024**3
#: Beyond this many bytes, an archive that unpacks to more than ``MOST_RATIO`` times is refused.
RATIO_FROM = 50 * 1024**2
MOST_RATIO = 200
_CHUNK = 1 << 20
_LISTS = frozenset(
    (
        *(".csv", ".tsv", ".txt", ".dat", ".xlsx", ".xlsm", ".xls", ".ods", ".html", ".htm"),
        *(".json", ".jsonl", ".ndjson", ".geojson", ".xml", ".parquet"),
    )
)
_PACKED = frozenset((".zip", ".gz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".tgz"))
# Texts that lie beside lists; their name is all that tells them from a list of one column.
_OTHER_TEXTS = frozenset((".toml", ".md", ".rst", ".yaml", ".yml", ".ini", ".py", ".r", ".sql"))
_FAULTS = (
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    zlib.error,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
)


class Unpacking(Protocol):
    """What gives the bytes of a file that is unpacked."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes; none at the end."""
        ...


@dataclass(frozen=True, kw_only=True)
class Content:
    """The file that is read: the given one, or the one inside an archive.

    Attributes
    ----------
    path : pathlib.Path
        Where it lies.
    container : Container
        What it is.
    member : str
        Its name in the archive; empty where there is none.
    notes : tuple of str
        What was unpacked.
    """

    path: Path
    container: Container
    member: str = ""
    notes: tuple[str, ...] = ()

    @property
    def format(self) -> FormatName:
        """The format as profiles name it."""
        return FORMATS[self.container]


def content_of(path: Path, layout: FileFormat, *, folder: Path, most: int = 0) -> Content:
    """Return the file to read, unpacked if it lies in an archive.

    Parameters
    ----------
    path : pathlib.Path
        A file of any kind.
    layout : FileFormat
        ``format`` and ``member`` of it count.
    folder : pathlib.Path
        Where an archive is unpacked to; what is there already is not unpacked again.
    most : int
        Bytes after which unpacking of delimited text stops: enough for its headings. 0 for all.

    Raises
    ------
    InputError
        When there is no such file, when it is of another format than the stated one, and when an
        archive is damaged, encrypted, too large when unpacked, holds another archive, several
        lists or none, or a name that leads out of its folder.
    """
    require_file(path)
    container = container_of(path)
    content = Content(path=path, container=container)
    if container == "zip":
        content = _from_zip(path, layout.member, folder=folder, most=most)
    elif container == "gzip":
        content = _from_gzip(path, folder=folder, most=most)
    elif layout.member:
        raise InputError(
            f"{path.name} is {WORDS[container]} and no archive, so it holds no '{layout.member}'.",
            todo="Leave member out of the profile.",
        )
    if layout.format == "auto" and content.path.suffix.lower() in _OTHER_TEXTS:
        raise InputError(
            f"The ending of {content.path.name} says that it is no list.",
            todo='State format = "csv" under [file] in the profile if it is one.',
        )
    if layout.format not in ("auto", content.format):
        raise InputError(
            f"{path.name} is {WORDS[content.container]}, and {layout.format} was expected.",
            todo=f"State format = {content.format!r} in the profile, or leave format out.",
        )
    return content


def _from_zip(path: Path, member: str, *, folder: Path, most: int) -> Content:
    try:
        with zipfile.ZipFile(path) as archive:
            info, notes = _chosen(path, archive.infolist(), member)
            require_bounded(path, [info])
            inner = _name(info.filename)
            with archive.open(info) as source:
                target = _unpacked(path, source, folder, f"{info.header_offset}", inner, most)
    except _FAULTS as error:
        raise _damaged(path, error) from error
    return _inside(path, target, info.filename, notes)


def _from_gzip(path: Path, *, folder: Path, most: int) -> Content:
    inner = _name(re.sub(r"(?i)\.gz(ip)?$", "", path.name) or "unpacked")
    if inner.lower().endswith((".tar", ".tgz")):
        raise _nested(path, inner)
    try:
        with gzip.open(path, "rb") as source:
            target = _unpacked(path, source, folder, "gzip", inner, most)
    except _FAULTS as error:
        raise _damaged(path, error) from error
    return _inside(path, target, inner, ())


def _name(member: str) -> str:
    """Return the name of a member without its folders and without signs that files cannot have."""
    return re.sub(r"[^\w. ()+-]", "_", PurePosixPath(member).name)[-100:] or "unpacked"


def _chosen(
    path: Path, members: Sequence[zipfile.ZipInfo], member: str
) -> tuple[zipfile.ZipInfo, tuple[str, ...]]:
    """Return the one list of an archive, or the one that is named."""
    files = [info for info in members if not info.is_dir()]
    for info in files:
        _require_inside(path, info.filename)
    seen = [info for info in files if not _hidden(info.filename)]
    if member:
        named = [info for info in seen if member in (info.filename, _name(info.filename))]
    else:
        named = [info for info in seen if _ending(info) in _LISTS]
        if len(named) > 1:  # a text beside a list explains it
            named = [info for info in named if _ending(info) != ".txt"] or named
    if len(named) != 1:
        raise _no_choice(path, [info.filename for info in (named or seen)], member)
    info = named[0]
    if info.flag_bits & 0x1:
        raise InputError(
            f"{path.name} is encrypted.", todo="Unpack it with its password, and read the list."
        )
    if _ending(info) in _PACKED:
        raise _nested(path, info.filename)
    others = [other.filename for other in seen if other is not info]
    notes = (f"other files of the archive are not read: {', '.join(others[:10])}",)
    return info, notes if others and not member else ()


def _require_inside(path: Path, name: str) -> None:
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or not parts[0] or re.match(r"[A-Za-z]:", name):
        raise InputError(
            f"{path.name} holds a name that leads out of its folder: '{name[:80]}'.",
            todo="Do not unpack it; ask who made it for another archive.",
        )


def _hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in name.split("/"))


def _ending(info: zipfile.ZipInfo) -> str:
    return PurePosixPath(info.filename).suffix.lower()


def _no_choice(path: Path, names: Sequence[str], member: str) -> InputError:
    shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    if member:
        return InputError(
            f"{path.name} holds no one file '{member}'.",
            todo=f"It holds {shown or 'nothing'}: name one as member in the profile.",
        )
    packed = [name for name in names if PurePosixPath(name).suffix.lower() in _PACKED]
    if len(packed) == len(names) == 1:
        return _nested(path, packed[0])
    if not names or not any(PurePosixPath(name).suffix.lower() in _LISTS for name in names):
        return InputError(
            f"{path.name} holds no list that could be read: {shown or 'it is empty'}.",
            todo="Ask for the list as a workbook or CSV.",
        )
    return InputError(
        f"{path.name} holds {len(names)} files: {shown}.",
        todo=f'Name one in the profile, for example member = "{names[0]}" under [file].',
    )


def _nested(path: Path, name: str) -> InputError:
    return InputError(
        f"{path.name} holds another archive, '{name}'.",
        todo="Unpack it, and name the list inside.",
    )


def _damaged(path: Path, error: Exception) -> InputError:
    return InputError(
        f"{path.name} cannot be unpacked: {error}.",
        todo="It may be damaged or incomplete: ask for the file again.",
    )


def require_bounded(path: Path, members: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse members of an archive that say themselves that they are too large.

    Parameters
    ----------
    path : pathlib.Path
        The archive, for the message.
    members : sequence of zipfile.ZipInfo
        What would be unpacked.

    Raises
    ------
    InputError
        When they have more than ``MOST_UNPACKED`` bytes, or, above ``RATIO_FROM`` bytes, more
        than ``MOST_RATIO`` times those that they take in the archive.
    """
    size = sum(info.file_size for info in members)
    packed = sum(info.compress_size for info in members)
    _require_size(path, size, packed)


def _require_size(path: Path, size: int, packed: int) -> None:
    if size > MOST_UNPACKED:
        raise InputError(
            f"{path.name} unpacks to more than {MOST_UNPACKED / 1024**3:.0f} GB.",
            todo="Unpack it yourself if you trust it, and read what is inside.",
        )
    if size > RATIO_FROM and size > MOST_RATIO * packed:
        raise InputError(
            f"{path.name} unpacks to more than {MOST_RATIO} times its size "
            f"({packed:,} bytes to {size:,} or more): it may be made to fill the disk, as a zip "
            "bomb is.",
            todo="Unpack it yourself if you trust it, and read what is inside.",
        )


def _unpacked(path: Path, source: Unpacking, folder: Path, key: str, name: str, most: int) -> Path:
    """Write a member to a folder of its own, counting what really comes out."""
    target = folder / f"{key}-{most}" / name
    if target.exists():
        return target
    partial = target.with_name(f"{name}.part")
    target.parent.mkdir(parents=True, exist_ok=True)
    packed, size = path.stat().st_size, 0
    try:
        with partial.open("wb") as handle:
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                _require_size(path, size, packed)
                handle.write(chunk)
                if most and size >= most and not _whole(name):
                    break
    except OSError as error:
        if isinstance(error, gzip.BadGzipFile):
            raise
        raise InputError(
            f"{path.name} cannot be unpacked: {error.strerror}.",
            todo=f"Free some space: {shutil.disk_usage(folder).free:,} bytes are left.",
        ) from error
    partial.rename(target)
    return target


def _whole(name: str) -> bool:
    """Whether the beginning of such a file is of no use."""
    return PurePosixPath(name).suffix.lower() not in (".csv", ".tsv", ".txt", ".dat")


def _inside(path: Path, target: Path, member: str, notes: tuple[str, ...]) -> Content:
    container = container_of(target)
    if container in ("zip", "gzip"):
        raise _nested(path, member)
    what = f"the file {member} of the archive is read"
    return Content(path=target, container=container, member=member, notes=(what, *notes))
