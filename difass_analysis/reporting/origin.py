"""Where the figures come from: files with their hashes, settings, profiles and versions."""

from __future__ import annotations

import platform
from importlib.metadata import version

from difass_analysis.display import numbers
from difass_analysis.reporting.content import Cell, Column, Grid, Record
from difass_analysis.reporting.grids import plain_grid
from difass_analysis.reporting.language import Words
from difass_analysis.result import Provenance

_LIBRARIES = ("duckdb", "pandas", "numpy", "scipy", "statsmodels", "matplotlib")


def files_grid(provenance: Provenance, *, id: str, words: Words) -> Grid | None:
    """Return the files that were read: whole hash, profile, and rows read, kept and rejected.

    Parameters
    ----------
    provenance : Provenance
        Of the programme.
    id : str
        Name of the grid on the page.
    words : Words
        The language of the page.
    """
    if not provenance.files:
        return None
    columns = {
        "name": Column(label=words("File")),
        "table": Column(label=words("Table")),
        "profile": Column(label=words("Profile")),
        "rows_read": Column(label=words("Rows read"), number=True),
        "rows_kept": Column(label=words("Kept"), number=True),
        "rows_rejected": Column(label=words("Set aside"), number=True),
        "sha256": Column(label="SHA-256", wide=True),
    }
    rows = [vars(record) for record in provenance.files]
    return plain_grid(rows, columns, id=id, caption=words("Files read"), words=words)


def settings_record(provenance: Provenance, *, id: str, words: Words, level: float) -> Record:
    """Return the settings and versions behind the figures.

    The date is the one that was given to the run; no clock is read, so that the same input gives
    the same bytes.

    Parameters
    ----------
    provenance : Provenance
        Of the programme.
    id : str
        Name of the record on the page.
    words : Words
        The language of the page.
    level : float
        Level of the intervals.
    """
    settings = dict(provenance.settings)
    date = settings.pop("date", "")
    pairs = [
        (words("Programme"), provenance.programme),
        (words("Date of the run"), date or words("not stated")),
        (words("Level of the intervals"), words.numerals(f"{level * 100:.10g} %")),
        *((name.replace("_", " "), str(value)) for name, value in sorted(settings.items())),
        ("difass_analysis", provenance.version),
        ("Python", platform.python_version()),
        *((name, version(name)) for name in _LIBRARIES),
    ]
    return Record(
        id=id,
        caption=words("Settings and versions"),
        pairs=tuple(
            (label, Cell(text=text or words(numbers.NOT_KNOWN), missing=not text))
            for label, text in pairs
        ),
    )
