"""The record of a good practice: its fields, which are mandatory, and how long they may be."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import pandas as pd


@cache
def _fields() -> pd.DataFrame:
    with (files(__package__) / "practice_fields.csv").open(encoding="utf-8") as file:
        frame = pd.read_csv(file, keep_default_na=False)
    limits = pd.to_numeric(frame["limit"], errors="coerce").astype("Int64")
    return frame.assign(mandatory=frame["mandatory"] == "yes", limit=limits)


def practice_fields() -> pd.DataFrame:
    """Return the fields of the record of a good practice, in the order of the form.

    Returns
    -------
    pandas.DataFrame
        One row a field: ``field`` (column of table ``practices``), ``label``, ``kind`` (text,
        date, step or version), ``mandatory``, ``limit`` (characters; missing where there is
        none), ``help``, ``source``, ``status``. Most limits are unverified: a template of 2024
        exists and may differ.

    References
    ----------
    Interreg Europe, good practice form, and the slides on how to submit one (2020). Which
    fields are mandatory is this package's reading of the form.

    Examples
    --------
    >>> fields = practice_fields().set_index("field")
    >>> int(fields["mandatory"].sum()), int(fields.loc["short_summary", "limit"])
    (11, 160)
    """
    return _fields().copy()
