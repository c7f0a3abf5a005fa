"""Indices by country or currency and year that a user gives: deflators and purchasing power."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from difass_analysis.errors import InputError

#: Codes of the Union's statistics that differ from ISO 3166.
ISO_CODES = {"EL": "GR", "UK": "GB"}

_NEEDED = ("year", "index", "base", "source")


@dataclass(frozen=True, eq=False, kw_only=True)
class YearlySeries:
    """A checked table of yearly values by country or by currency.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``key`` (country or currency), ``year``, ``index``, ``base``, ``source``.
    by : {"country", "currency"}
        What the keys are.
    remarks : tuple of str
        What is odd but can be used: gaps, and an index that is not 100 in its base year.
    """

    frame: pd.DataFrame
    by: Literal["country", "currency"]
    remarks: tuple[str, ...] = ()
    _values: dict[tuple[str, int], float] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[str, ...]:
        """Countries or currencies, in the order of the table."""
        return tuple(dict.fromkeys(self.frame["key"]))

    def value(self, key: str, year: int) -> float:
        """Value of a country or currency in a year; NaN where the table has none."""
        return self._values.get((ISO_CODES.get(key, key), year), float("nan"))

    def sources(self) -> str:
        """Where the values are from."""
        return ", ".join(dict.fromkeys(self.frame["source"]))


def read_series(given: pd.DataFrame | str | Path, *, what: str = "deflators") -> YearlySeries:
    """Read and check a table of deflators or of purchasing power parities.

    Parameters
    ----------
    given : pandas.DataFrame or path
        A frame, or a CSV file in UTF-8, with the columns ``country`` or ``currency``, ``year``,
        ``index`` (above zero), ``base`` (for deflators the year that is 100 or 1, for parities
        what they are relative to) and ``source``; other columns are ignored.
    what : str
        What the table is, for messages.

    Raises
    ------
    InputError
        When the file cannot be read, a column is missing, a year is given twice, a value is not
        a number above zero, a source is missing, or a series has two bases.

    Examples
    --------
    >>> table = pd.DataFrame({"currency": "RON", "year": [2010, 2012], "index": [100.0, 109.0],
    ...                       "base": 2010, "source": "national accounts"})
    >>> read_series(table).remarks
    ('The deflators of RON have no row for 2011.',)
    """
    frame = given if isinstance(given, pd.DataFrame) else _from_file(Path(given), what)
    by = _key_column(frame, what)
    keys = frame[by].astype("str").str.strip().str.upper()
    tidy = pd.DataFrame(
        {
            "key": keys.replace(ISO_CODES),
            "year": pd.to_numeric(frame["year"], errors="coerce"),
            "index": pd.to_numeric(frame["index"], errors="coerce"),
            "base": frame["base"].map(_text),
            "source": frame["source"].map(_text),
        }
    ).reset_index(drop=True)
    _refuse_unusable(tidy, frame[by].map(_text), what)
    tidy["year"] = tidy["year"].astype("int64")
    pairs = zip(tidy["key"], tidy["year"], strict=True)
    return YearlySeries(
        frame=tidy,
        by=by,
        remarks=_remarks(tidy, what),
        _values=dict(zip(pairs, tidy["index"].astype(float), strict=True)),
    )


def _text(value: object) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else str(value).strip()  # type: ignore[call-overload]


def _from_file(path: Path, what: str) -> pd.DataFrame:
    try:
        # The country NA must not be read as missing.
        return pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(
            f"The {what} in {path.name} cannot be read: {error}.",
            todo="Give a CSV file in UTF-8 with commas.",
        ) from error


def _key_column(frame: pd.DataFrame, what: str) -> Literal["country", "currency"]:
    absent = [name for name in _NEEDED if name not in frame.columns]
    held: list[Literal["country", "currency"]] = [
        name for name in ("country", "currency") if name in frame.columns
    ]
    if absent or len(held) != 1 or frame.empty:
        lacking = f"no column {', '.join(absent)}" if absent else ""
        both = "no row" if frame.empty else "not exactly one of the columns country and currency"
        raise InputError(
            f"The {what} have {lacking or both}.",
            todo="Give one row a year: country or currency, year, index, base, source.",
        )
    return held[0]


def _refuse_unusable(tidy: pd.DataFrame, keys: pd.Series, what: str) -> None:
    index = tidy["index"].to_numpy(float)
    year = tidy["year"].to_numpy(float)
    two = tidy.groupby("key")["base"].transform("nunique") > 1
    for broken, message in (
        (keys.to_numpy() == "", "name no country or currency in"),
        (~np.isfinite(year) | (year % 1 != 0), "have no whole year in"),
        (~(np.isfinite(index) & (index > 0)), "are not a number above zero in"),
        ((tidy["source"] == "").to_numpy(), "have no source in"),
        ((tidy["base"] == "").to_numpy(), "have no base in"),
        (tidy.duplicated(["key", "year"]).to_numpy(), "have two values in"),
        (two.to_numpy(), "have several bases in"),
    ):
        if broken.any():
            places = [f"row {i + 1} ({tidy['key'][i]} {tidy['year'][i]:g})" for i in _first(broken)]
            more = " ..." if broken.sum() > len(places) else ""
            raise InputError(
                f"The {what} {message} {', '.join(places)}{more}.",
                todo="Correct these rows; one series has one base and one value a year.",
            )


def _first(broken: np.ndarray) -> list[int]:
    return [int(i) for i in np.flatnonzero(broken)[:3]]


def _remarks(tidy: pd.DataFrame, what: str) -> tuple[str, ...]:
    remarks = []
    for key, rows in tidy.groupby("key", sort=False):
        years = set(rows["year"])
        gaps = [str(y) for y in range(min(years), max(years) + 1) if y not in years]
        if gaps:
            remarks.append(f"The {what} of {key} have no row for {', '.join(gaps)}.")
        base = rows["base"].iloc[0][:4]
        at_base = rows.loc[rows["year"] == (int(base) if base.isdigit() else -1), "index"]
        if len(at_base) and not np.isclose(at_base.iloc[0], [1.0, 100.0], rtol=5e-3).any():
            remarks.append(
                f"The {what} of {key} are {at_base.iloc[0]:g} in their base year {base}."
            )
    return tuple(remarks)
