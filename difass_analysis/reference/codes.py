"""Codes, names and levels of regions and countries, read from the tables beside this file.

Sources: SOURCES.md beside this file.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

from difass_analysis.errors import UsageError, one_of

VERSIONS = ("2006", "2010", "2013", "2016", "2021", "2024")
"""Versions of the NUTS that are held, oldest first."""

LEVELS = ("country", "NUTS 1", "NUTS 2", "NUTS 3")
"""Names of the levels of territorial units, the largest first."""

_HERE = Path(__file__).resolve().parent
_RESIDUAL = "Extra-Regio"
# Other spellings of country codes: ISO 3166 has GR and GB, the NUTS has EL (GR until 2006) and UK.
_SPELLINGS = {"GR": "EL", "GB": "UK"}


def read_table(name: str) -> pd.DataFrame:
    """Read a table of this package as text; blank cells are empty strings."""
    return pd.read_csv(_HERE / name, dtype="str", keep_default_na=False, encoding="utf-8")


@cache
def named(version: str) -> dict[str, tuple[str, str]]:
    """Name and Latin spelling (empty where it is the same) of each code of a version."""
    _known(version)
    return _all_named()[version]


@cache
def _all_named() -> dict[str, dict[str, tuple[str, str]]]:
    found: dict[str, dict[str, tuple[str, str]]] = {version: {} for version in VERSIONS}
    for row in read_table("regions.csv").itertuples(index=False):
        for version in str(row.versions).split():
            found[version][str(row.code)] = (str(row.name), str(row.latin))
    return found


def _known(version: str) -> None:
    if version not in VERSIONS:
        raise one_of("NUTS version", str(version), list(VERSIONS))


def regions(version: str, *, level: int | None = None, country: str | None = None) -> pd.DataFrame:
    """List the regions of a NUTS version.

    Which regions are there, what are they called, and where do they belong? Residual units
    (``DEZZZ``) are left out. The United Kingdom is in the versions up to 2016; Croatia is in
    from 2010; countries outside the Union have statistical regions from 2016 on.

    Parameters
    ----------
    version : str
        One of `VERSIONS`, for example ``"2016"``.
    level : int, optional
        0 (countries), 1, 2 or 3.
    country : str, optional
        Code of a country, spelled as in the NUTS or as in ISO 3166 (``EL`` or ``GR``).

    Returns
    -------
    pandas.DataFrame
        One row a region, ordered by code: ``code``, ``level``, ``name``, ``parent`` (missing
        for countries), ``country`` (NUTS spelling of that version).

    Raises
    ------
    UsageError
        When version, level or country is not known.

    References
    ----------
    Regulation (EC) No 1059/2003, Annex I, as amended for each version; Eurostat, NUTS.

    Examples
    --------
    >>> regions("2016", level=2, country="HU").head(3)[["code", "name", "parent"]]
       code               name parent
    0  HU11           Budapest    HU1
    1  HU12               Pest    HU1
    2  HU21  Közép-Dunántúl    HU2
    """
    names = named(version)
    if level not in (None, 0, 1, 2, 3):
        raise UsageError(f"There is no NUTS level {level!r}.", todo="Levels are 0, 1, 2 and 3.")
    own = None if country is None else spelled(country_code(country), version)
    rows = [
        (code, len(code) - 2, name, parent(code), code[:2])
        for code, (name, _) in sorted(names.items())
        if level in (None, len(code) - 2) and own in (None, code[:2])
    ]
    frame = pd.DataFrame(rows, columns=["code", "level", "name", "parent", "country"])
    return frame.astype({"code": "str", "name": "str", "parent": "str", "country": "str"})


def is_code(text: str, version: str | None = None) -> bool:
    """Say whether a text is a NUTS code, of one version or of any.

    Codes of countries and of residual units (``DEZZZ``) count; case and blanks matter.

    Parameters
    ----------
    text : str
        What may be a code.
    version : str, optional
        One of `VERSIONS`; without it, all are looked at.

    Raises
    ------
    UsageError
        When the version is not known.

    Examples
    --------
    >>> is_code("HU10", "2013"), is_code("HU10", "2016"), is_code("HU10")
    (True, False, True)
    """
    versions = VERSIONS if version is None else (version,)
    plain = text[:2] if is_residual(text) else text
    return any(plain in named(one) for one in versions)


def is_residual(code: str) -> bool:
    """Say whether a code is that of a residual unit, what lies in no region: DEZ, DEZZ, DEZZZ."""
    return 3 <= len(code) <= 5 and set(code[2:]) == {"Z"}


def level_of(code: str) -> int:
    """Level of a code: 0 for a country, 1 to 3 for a region.

    Raises
    ------
    UsageError
        When the text is not as long as a code.

    Examples
    --------
    >>> level_of("ITH5")
    2
    """
    if not 2 <= len(code) <= 5:
        raise UsageError(
            f"'{code}' is no NUTS code.", todo="A code has two letters and up to three signs."
        )
    return len(code) - 2


def level_name(code: str) -> str:
    """Name of the level that follows from the length of a code; empty where no code is as long.

    Only the length is looked at: whether there is such a code, `is_code` says.

    Examples
    --------
    >>> level_name("IT"), level_name("ITH5"), level_name("Lombardy")
    ('country', 'NUTS 2', '')
    """
    return LEVELS[len(code) - 2] if 2 <= len(code) <= 5 else ""


def parent(code: str) -> str | None:
    """Code of the region one level above; None for a country.

    Raises
    ------
    UsageError
        When the text is not as long as a code.

    Examples
    --------
    >>> parent("ITH5"), parent("IT")
    ('ITH', None)
    """
    if level_of(code) == 0:
        return None
    # In NUTS 2016 the codes UKN10 to UKN16 lie in UKN0, though they do not begin with it.
    return "UKN0" if len(code) == 5 and code.startswith("UKN1") else code[:-1]


def name_of(code: str, version: str) -> str | None:
    """Name of a code in a version, as published; None where the version has no such code.

    Raises
    ------
    UsageError
        When the version is not known.

    Examples
    --------
    >>> name_of("FRI1", "2016"), name_of("FR61", "2016")
    ('Aquitaine', None)
    """
    if is_residual(code) and code[:2] in named(version):
        return _RESIDUAL
    found = named(version).get(code)
    return None if found is None else found[0]


# --- countries -----------------------------------------------------------------------


@cache
def _countries() -> pd.DataFrame:
    return read_table("countries.csv")


def countries() -> pd.DataFrame:
    """List the countries that have NUTS or statistical regions.

    Returns
    -------
    pandas.DataFrame
        One row a country: ``code`` (spelling of the Union: EL, UK), ``iso`` (ISO 3166-1
        alpha-2: GR, GB), ``name`` (English), ``status`` at the end of 2024 (``member``,
        ``former member``, ``EFTA``, ``candidate``, ``other``), ``also`` (names in its own and
        in other languages, separated by ``|``).

    Examples
    --------
    >>> countries().set_index("code").loc["EL", ["iso", "name"]].tolist()
    ['GR', 'Greece']
    """
    return _countries().copy()


def country_code(text: str) -> str:
    """Return the Union's code of a country that is given as EL or GR, UK or GB.

    Raises
    ------
    UsageError
        When it is the code of no country that is held.
    """
    code = text.strip().upper()
    code = _SPELLINGS.get(code, code)
    if code not in set(_countries()["code"]):
        raise one_of("country", text, _countries()["code"].tolist())
    return code


def spelled(code: str, version: str) -> str:
    """Code as a version spells its country: GR until 2006 and EL after; always UK."""
    head = _SPELLINGS.get(code[:2], code[:2])
    if head == "EL" and version == "2006":
        head = "GR"
    return head + code[2:]
