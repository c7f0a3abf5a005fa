"""Recognise a file by its headings."""

from __future__ import annotations

from pathlib import Path

from difass_analysis.errors import InputError
from difass_analysis.sources.headings import best_tables
from difass_analysis.sources.profile import Profile, fold
from difass_analysis.sources.reading import headings_of
from difass_analysis.sources.shelf import shipped_profiles


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
    fitting = [profile for profile in shipped_profiles().values() if _fits(path, profile)]
    return max(fitting, key=lambda profile: len(profile.required_headings), default=None)


def _fits(path: Path, profile: Profile) -> bool:
    if not path.is_file():
        raise InputError(
            f"There is no file or folder {path}.", todo="Correct the name or the folder."
        )
    try:
        headings = headings_of(path, profile)
    except InputError:
        return False  # not of this layout; another profile may fit
    if profile.canonical:
        return bool(best_tables(headings))
    known = {fold(heading) for heading in headings}
    return all(fold(heading) in known for heading in profile.required_headings)
