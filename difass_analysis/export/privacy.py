"""What must not leave: personal columns, names of natural persons, and cells that could act.

Sources: Court of Justice, C-92/09 and C-93/09 Schecke and Eifert (2010), on publishing the names
of natural persons who receive aid; the schema says which columns are personal.
"""

from __future__ import annotations

import pandas as pd

from difass_analysis.disclosure import key_from, pseudonymised
from difass_analysis.display.numbers import is_known
from difass_analysis.schema import TABLES, Column

WITHHELD = "withheld: personal"

# Columns that name the beneficiary, or a page about it, in rows of natural persons.
_NAMING = ("beneficiary_name", "beneficiary_url", "beneficiary_id", "title", "summary", "url")
_ACTING = ("=", "+", "-", "@", "\t", "\r", "\n")


def personal_columns(table: str = "") -> frozenset[str]:
    """Return the names of the personal columns of one table.

    Without a table: the names that are personal wherever they stand.

    Examples
    --------
    >>> sorted(personal_columns("enterprises")), "address" in personal_columns()
    (['name'], True)
    >>> "name" in personal_columns()
    False
    """
    if table:
        return frozenset(column.name for column in _columns(table) if column.personal)
    everywhere = {column.name for name in TABLES for column in _columns(name) if column.personal}
    open_somewhere = {c.name for name in TABLES for c in _columns(name) if not c.personal}
    return frozenset(everywhere - open_somewhere)


def _columns(table: str) -> tuple[Column, ...]:
    return TABLES[table].columns if table in TABLES else ()


def shareable(frame: pd.DataFrame, *, table: str = "", confidential: bool = False) -> pd.DataFrame:
    """Return the frame without personal columns, and without the names of natural persons.

    Parameters
    ----------
    frame : pandas.DataFrame
        Any rows; those of findings and rejected rows are recognised by their columns.
    table : str, optional
        Canonical table that the rows belong to.
    confidential : bool
        Whether the data are not public: identifiers of beneficiaries and enterprises are then
        keyed hashes, or left out where there is no key (``DIFASS_KEY``).

    Examples
    --------
    >>> rows = pd.DataFrame({"sme_id": ["a"], "name": ["A. Person"], "nace": ["C10"]})
    >>> shareable(rows, table="enterprises").columns.to_list()
    ['sme_id', 'nace']
    """
    if not table and {"sme_id", "name"} <= set(frame.columns):
        table = "enterprises"
    own = [name for name in frame.columns if str(name).startswith("_")]
    own += _matched_names(frame)
    personal = personal_columns(table) | personal_columns()
    kept = frame.drop(columns=[*own, *(name for name in frame.columns if name in personal)])
    safe = _without_values(_without_raw(_without_persons(kept)))
    return pseudonymised(safe, key=key_from()) if confidential else safe


def _matched_names(frame: pd.DataFrame) -> list[str]:
    """Columns that hold names in rows of matched names and of pairs of them, some of persons."""
    if {"name", "core", "cluster"} <= set(frame.columns):
        return ["name", "core"]
    return ["name", "other_name"] if {"name", "other_name"} <= set(frame.columns) else []


def _without_persons(frame: pd.DataFrame) -> pd.DataFrame:
    """Withhold what names the beneficiary in rows where it is a natural person."""
    if "natural_person" not in frame:
        return frame
    person = frame["natural_person"].map(lambda flag: bool(is_known(flag) and flag)).astype(bool)
    naming = {name: frame[name] for name in _NAMING if name in frame}
    hidden = {
        name: column.astype("object").mask(person, WITHHELD) for name, column in naming.items()
    }
    return frame.assign(**hidden) if person.any() else frame


def _without_values(frame: pd.DataFrame) -> pd.DataFrame:
    """Withhold, in findings, values (and messages that quote them) of personal columns."""
    if not {"table", "column", "value", "message"} <= set(frame.columns):
        return frame
    pairs = zip(frame["table"], frame["column"], strict=True)
    hide = [str(column) in personal_columns(str(table)) for table, column in pairs]
    if not any(hide):
        return frame
    mask = pd.Series(hide, index=frame.index)
    return frame.assign(
        value=frame["value"].astype("object").mask(mask, WITHHELD),
        message=frame["message"].astype("object").mask(mask, WITHHELD),
    )


def _without_raw(frame: pd.DataFrame) -> pd.DataFrame:
    """Withhold, in rejected rows, the raw row of tables that have personal columns."""
    if not {"raw", "table", "reason"} <= set(frame.columns):
        return frame
    mask = frame["table"].map(lambda table: bool(personal_columns(str(table)))).astype(bool)
    note = f"{WITHHELD}; see the line of the file"
    return frame.assign(raw=frame["raw"].astype("object").mask(mask, note))


def harmless(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would take for a formula.

    Examples
    --------
    >>> harmless("=HYPERLINK(1)"), harmless("Emilia-Romagna")
    ("'=HYPERLINK(1)", 'Emilia-Romagna')
    """
    return f"'{text}" if text.startswith(_ACTING) else text
