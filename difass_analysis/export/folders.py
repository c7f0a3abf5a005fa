"""Folders that one call writes: stable names, a record of all files, and nothing stale.

A file of an earlier run that the new run did not write again is removed only if the record of
that run names it and its bytes are still those that were written. All else in the folder is
somebody's own and stays.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from difass_analysis.errors import InputError
from difass_analysis.export.files import collecting
from difass_analysis.export.records import (
    FOLDER_RECORD,
    checksum,
    read_record,
    write_folder_record,
)
from difass_analysis.result import Call, Provenance


@contextmanager
def whole_folder(
    folder: Path | str, *, call: Call, origins: Sequence[Provenance]
) -> Iterator[list[Path]]:
    """Write a folder of files in one call: what is written inside the block belongs together.

    When the block is left, the record ``provenance.json`` names every file with its checksum, and
    files of an earlier run that nobody touched and that were not written again are gone. After an
    error the old record stays, and so do all files that were not replaced yet.

    Parameters
    ----------
    folder : path or str
        The folder; made where it does not exist.
    call : Call
        The function that writes, with the arguments that let it be repeated.
    origins : sequence of Provenance
        The programmes, in the order in which they were given.

    Raises
    ------
    InputError
        When the folder cannot be written to.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from difass_analysis.export import atomic_write
    >>> with TemporaryDirectory() as folder:
    ...     for name in ("old.txt", "new.txt"):
    ...         with whole_folder(folder, call=Call(function="report"), origins=()):
    ...             _ = atomic_write(f"{folder}/{name}", b"text")
    ...     sorted(path.name for path in Path(folder).iterdir())
    ['new.txt', 'provenance.json']
    """
    folder = Path(folder)
    before = _files_before(folder)
    with collecting() as written:
        yield written
        files = {
            name: checksum((folder / name).read_bytes())
            for name in sorted(_names(written, folder))
            if name != FOLDER_RECORD
        }
        write_folder_record(folder, files, call=call, origins=origins)
    remove_stale(folder, {name: mark for name, mark in before.items() if name not in files})


def _names(written: Sequence[Path], folder: Path) -> set[str]:
    top = folder.resolve()
    names = {Path(os.path.relpath(path.resolve(), top)).as_posix() for path in written}
    return {name for name in names if is_inside(name)}


def _files_before(folder: Path) -> Mapping[str, str]:
    """Checksums that the record of the earlier run tells; none where there is no such record."""
    path = folder / FOLDER_RECORD
    if not path.is_file():
        return {}
    with suppress(InputError):
        files = read_record(path).get("files")
        if isinstance(files, dict):
            return {str(name): str(mark) for name, mark in files.items()}
    return {}


def is_inside(name: str) -> bool:
    """Whether a name from a record stays inside the folder of the record.

    Examples
    --------
    >>> is_inside("tables/a.csv"), is_inside("../a.csv"), is_inside("/etc/passwd")
    (True, False, False)
    """
    path = PurePosixPath(name)
    odd = "\\" in name or ":" in name or "\0" in name
    return bool(name) and not odd and not path.is_absolute() and ".." not in path.parts


def remove_stale(folder: Path, files: Mapping[str, str]) -> list[str]:
    """Remove files whose bytes are still those of the record, and return their names.

    Parameters
    ----------
    folder : path
        The folder of the record.
    files : mapping of str to str
        sha256 by path inside the folder.
    """
    gone = []
    for name, mark in sorted(files.items()):
        path = folder / name
        # A link in the way may lead out of the folder, where nothing is ours.
        if not is_inside(name) or path.resolve() != folder.resolve() / name:
            continue
        with suppress(OSError):
            if path.is_file() and checksum(path.read_bytes()) == mark:
                path.unlink()
                gone.append(name)
                path.parent.rmdir()  # an emptied folder goes as well, another one stays
    return gone
