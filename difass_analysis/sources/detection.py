"""Recognise a file by its headings."""

from __future__ import annotations

import codecs
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from difass_analysis.errors import InputError
from difass_analysis.sources.headings import best_tables
from difass_analysis.sources.profile import Profile, fold
from difass_analysis.sources.reading import headings_of
from difass_analysis.sources.shelf import shipped_profiles

_BEGINNING = 1 << 16
# First bytes of archives, workbooks, old workbooks and parquet files, which are no text.
_PACKED = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1", b"\x1f\x8b")


def detect(path: Path) -> Profile | None:
    """Return the shipped profile whose required headings a file has all of.

    Where several fit, the one that needs the most headings is returned. The canonical profile
    fits a file that has the key of a canonical table.

    Parameters
    ----------
    path : pathlib.Path
        The file; only its header is read.

    Returns
    -------
    Profile or None
        None when no shipped profile fits.

    Raises
    ------
    InputError
        When there is no such file.
    """
    known: dict[str, tuple[str, ...]] = {}
    with TemporaryDirectory(prefix="difass-") as folder:
        fitting = [
            profile
            for profile in shipped_profiles().values()
            if _fits(path, profile, known, Path(folder))
        ]
    return max(fitting, key=lambda profile: len(profile.required_headings), default=None)


def _fits(path: Path, profile: Profile, known: dict[str, tuple[str, ...]], folder: Path) -> bool:
    if not path.is_file():
        raise InputError(
            f"There is no file or folder {path}.", todo="Correct the name or the folder."
        )
    # Many profiles share a layout, and a file is looked at once in each of them.
    layout = repr(replace(profile.file, anchors={}))
    if layout not in known:
        known[layout] = _headings(path, profile, folder)
    headings = known[layout]
    if profile.canonical:
        return bool(best_tables(headings))
    names = {fold(heading) for heading in headings}
    return bool(names) and all(fold(heading) in names for heading in profile.required_headings)


def _headings(path: Path, profile: Profile, folder: Path) -> tuple[str, ...]:
    """Return the headings in the layout of a profile, and none if the file has another layout."""
    if not _may_be(path, profile.file.encoding):
        return ()
    try:
        return headings_of(path, profile, folder=folder)
    except InputError:
        return ()  # not of this layout; another profile may fit


def _may_be(path: Path, encoding: str) -> bool:
    """Whether the beginning of a file decodes; workbooks and the like hold odd bytes early on."""
    with path.open("rb") as handle:
        start = handle.read(_BEGINNING)
    if b"\0" in start or start.startswith(_PACKED):
        return True
    try:
        codecs.getincrementaldecoder(encoding)().decode(start)
    except UnicodeError:
        return False
    return True
