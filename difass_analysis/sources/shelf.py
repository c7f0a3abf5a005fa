"""Find a profile: by name among the shipped ones, beside the data, or by a file's headings."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from pathlib import Path

from difass_analysis.errors import ProfileError
from difass_analysis.programme.settings import read_toml
from difass_analysis.sources.profile import Profile
from difass_analysis.sources.profile_file import profile_of

_FOLDER = Path(__file__).parent / "profiles"


@cache
def _shipped() -> tuple[Profile, ...]:
    return tuple(_read(path) for path in sorted(_FOLDER.glob("*.toml")))


def _read(path: Path) -> Profile:
    return profile_of(read_toml(path), name=path.stem, where=path.name)


def shipped_profiles() -> dict[str, Profile]:
    """Return the profiles that come with the package, by name.

    Examples
    --------
    >>> "canonical" in shipped_profiles()
    True
    """
    return {profile.id: profile for profile in _shipped()}


def load_profile(name: str | Path, *, folder: Path | None = None) -> Profile:
    """Return a profile by the name of a shipped one or by its TOML file.

    Parameters
    ----------
    name : str or pathlib.Path
        Name of a shipped profile, or a file whose name ends in ``.toml``.
    folder : pathlib.Path, optional
        Folder of the data: a relative file is looked for there, and ``name`` stands for
        ``name.toml`` if that file exists. A file beside the data goes before a shipped profile.

    Raises
    ------
    ProfileError
        When there is no such profile, or it says something that cannot be done.

    Examples
    --------
    >>> load_profile("canonical").canonical
    True
    """
    folder = folder or Path()
    path = folder / (name if str(name).endswith(".toml") else f"{name}.toml")
    if path.is_file():
        return _read(path)
    shipped = shipped_profiles()
    if str(name) in shipped:
        return shipped[str(name)]
    if str(name).endswith(".toml"):
        raise ProfileError(
            f"There is no profile file {path}.", todo="Correct the name, or put the file there."
        )
    near = get_close_matches(str(name), list(shipped), n=3, cutoff=0.5) or sorted(shipped)
    raise ProfileError(
        f"There is no profile '{name}'.",
        todo=f"Name one of {', '.join(near)}, or a TOML file beside the data (docs/profiles.md).",
    )
