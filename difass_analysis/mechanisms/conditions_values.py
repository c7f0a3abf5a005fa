"""Rows of the table of conditions: their levels, one value a region and indicator, and whose it is.

A value of a country, or of a larger region, is never given to a region unless the caller says from
which levels values may be taken; and then it says so in its row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from difass_analysis.errors import InputError, UsageError, one_of
from difass_analysis.programme import Programme
from difass_analysis.reference import LEVELS, level_name
from difass_analysis.schema import TABLES

COUNTRY: Final = LEVELS[0]
# Two capitals, then up to three places: names of four or five letters are no codes.
_CODE: Final = re.compile(r"[A-Z]{2}[0-9A-Z]{0,3}")

VALUE_COLUMNS: Final = (
    "region",
    "level",
    "nuts_version",
    "indicator",
    "year",
    "edition",
    "value",
    "unit",
    "assigned",
    "value_region",
    "value_level",
    "source",
    "note",
)


def condition_rows(programme: Programme) -> pd.DataFrame:
    """Return the table of conditions with every column, and the level of each row filled in.

    A level that is not stated follows from the length of the code, where it has one.

    Raises
    ------
    InputError
        When the programme has no such table, or it has no rows with region, indicator and year.
    """
    if "conditions" not in programme.tables:
        raise InputError(
            f"Programme '{programme.id}' has no framework conditions.",
            todo="Add a table conditions: region, nuts_version, level, indicator, year, value.",
        )
    rows = programme.table("conditions").reindex(columns=list(TABLES["conditions"].names))
    rows = rows.dropna(subset=["region", "indicator", "year"])
    if rows.empty:
        raise InputError(
            f"The conditions of '{programme.id}' have no row with region, indicator and year.",
            todo="Fill these three columns in.",
        )
    levels = [
        stated if isinstance(stated, str) and stated.strip() else level_of_code(str(code))
        for stated, code in zip(rows["level"], rows["region"], strict=True)
    ]
    editions = rows["edition"].astype("object").where(rows["edition"].notna(), "").astype(str)
    return rows.assign(
        level=levels,
        edition=editions,
        year=rows["year"].astype(int),
        value=pd.to_numeric(rows["value"], errors="coerce"),
    ).reset_index(drop=True)


def level_of_code(code: str) -> str:
    """Level that follows from the length of a code; empty where it is not that of a code.

    Examples
    --------
    >>> level_of_code("IT"), level_of_code("ITH5"), level_of_code("Emilia-Romagna")
    ('country', 'NUTS 2', '')
    >>> level_of_code("Kent"), level_of_code("Malta")
    ('', '')
    """
    return level_name(code) if _CODE.fullmatch(code) else ""


def unit_levels(rows: pd.DataFrame) -> dict[str, str]:
    """Level of each unit: the finest that its code or one of its rows has.

    A row of a region may hold the value of its country, and then states the country's level.

    Examples
    --------
    >>> unit_levels(pd.DataFrame({"region": ["ITH5", "Kent"], "level": ["country", "NUTS 2"]}))
    {'ITH5': 'NUTS 2', 'Kent': 'NUTS 2'}
    """
    pairs = rows[["region", "level"]].drop_duplicates()
    stated = {str(code): list(held["level"]) for code, held in pairs.groupby("region", sort=False)}
    found = {}
    for code, levels in stated.items():
        known = [one for one in (*levels, level_of_code(code)) if one in LEVELS]
        found[code] = max(known, key=LEVELS.index) if known else str(levels[0])
    return found


def _is_wider(level: str, unit: str, unit_level: str) -> bool:
    """Whether a value of this level is that of a larger area than the unit itself."""
    own = level_of_code(unit) or unit_level
    return level in LEVELS and own in LEVELS and LEVELS.index(level) < LEVELS.index(own)


def one_year(
    rows: pd.DataFrame, *, years: int | Mapping[str, int] | None, editions: Mapping[str, str]
) -> pd.DataFrame:
    """Rows of one year and one edition for each indicator, the same for all regions.

    Raises
    ------
    UsageError
        When an indicator has no value in the year asked for, or several editions and none named.
    InputError
        When a region has two values, or an indicator two units.
    """
    held = set(rows["indicator"])
    for name in [*editions, *(years if isinstance(years, Mapping) else ())]:
        if name not in held:
            raise one_of("indicator", name, sorted(held))
    parts = [
        _of_indicator(str(name), part, years=years, edition=editions.get(str(name)))
        for name, part in rows.groupby("indicator", sort=False)
    ]
    return pd.concat(parts, ignore_index=True)


def of_edition(name: str, rows: pd.DataFrame, edition: str | None) -> pd.DataFrame:
    """Rows of one edition of an indicator; several editions are refused unless one is named.

    Raises
    ------
    UsageError
        When there are several editions and none is named, or there is none of that name.
    """
    found = sorted(set(rows["edition"]))
    if edition is not None:
        if edition not in found:
            raise one_of(f"edition of '{name}'", edition, found)
        return rows[rows["edition"] == edition]
    if len(found) > 1:
        shown = ", ".join(f"'{one}'" if one else "(not stated)" for one in found)
        raise UsageError(
            f"'{name}' comes from several editions ({shown}), which are no time series.",
            todo="Name the edition whose values are to be used.",
        )
    return rows


def _of_indicator(
    name: str, rows: pd.DataFrame, *, years: int | Mapping[str, int] | None, edition: str | None
) -> pd.DataFrame:
    wanted = years.get(name) if isinstance(years, Mapping) else years
    if edition is not None:
        rows = of_edition(name, rows, edition)
    known = rows.dropna(subset=["value"])
    if wanted is None:
        wanted = int((known if len(known) else rows)["year"].max())
    chosen = rows[rows["year"] == wanted]
    if chosen.empty:
        raise UsageError(
            f"'{name}' has no value in {wanted}.",
            todo=f"Years with values: {', '.join(map(str, sorted(set(rows['year']))))}.",
        )
    chosen = of_edition(name, chosen, edition)
    _refuse_unlike(name, chosen)
    return chosen


def _refuse_unlike(name: str, chosen: pd.DataFrame) -> None:
    units = sorted(set(chosen["unit"].dropna()))
    if len(units) > 1:
        raise InputError(
            f"'{name}' is given in several units: {', '.join(units)}.",
            todo="Bring all values to one unit, or call them two indicators.",
        )
    twice = chosen.loc[chosen["region"].duplicated(), "region"]
    if len(twice):
        raise InputError(
            f"'{name}' has two values for {twice.iloc[0]} in {chosen['year'].iloc[0]}.",
            todo="Keep one of them.",
        )


def refuse_mixed_versions(chosen: pd.DataFrame) -> None:
    """Refuse one code in two NUTS versions: it may be two different areas.

    Raises
    ------
    InputError
        Naming the code and its versions.
    """
    versions = chosen.dropna(subset=["nuts_version"]).groupby("region")["nuts_version"]
    mixed = versions.agg(lambda held: sorted(set(map(str, held))))
    mixed = mixed[mixed.map(len) > 1]
    if len(mixed):
        raise InputError(
            f"Values of {mixed.index[0]} are coded by NUTS {' and '.join(mixed.iloc[0])}: the "
            "code may stand for two areas.",
            todo="Bring the table to one version, for example with da.reference.convert.",
        )


def spread_values(
    chosen: pd.DataFrame,
    units: Sequence[str],
    *,
    from_above: Sequence[str],
    all_rows: pd.DataFrame,
) -> pd.DataFrame:
    """One row for each unit and indicator: its own value, or one from above that is marked.

    Parameters
    ----------
    chosen : pandas.DataFrame
        Rows of one year an indicator.
    units : sequence of str
        Codes of the regions.
    from_above : sequence of str
        Levels whose values may be given to a region that lies in them.
    all_rows : pandas.DataFrame
        Rows of all years: what they know of a region that has no value in the chosen year.
    """
    levels = unit_levels(all_rows)
    versions = pd.concat([all_rows, chosen]).dropna(subset=["nuts_version"])
    elsewhere = _years_by_unit(all_rows)
    coded = dict(zip(versions["region"], versions["nuts_version"].astype(str), strict=True))
    rows: list[dict[str, Any]] = []
    for name, part in chosen.groupby("indicator", sort=False):
        held = {row["region"]: row for row in part.to_dict("records")}
        shared = {"indicator": name, "year": int(part["year"].iloc[0])}
        shared |= {"edition": part["edition"].iloc[0], "unit": _first(part["unit"])}
        for unit in units:
            mine = {
                "region": unit,
                "level": levels.get(unit, level_of_code(unit)),
                "nuts_version": coded.get(unit),
            }
            found = _value_of(unit, held, from_above, level=str(mine["level"]))
            if pd.isna(found["value"]) and (other := elsewhere.get((unit, name))):
                found["note"] += f"; known for {other}"
            rows.append({**mine, **shared, **found})
    return pd.DataFrame(rows, columns=list(VALUE_COLUMNS))


def _years_by_unit(rows: pd.DataFrame) -> dict[tuple[Any, Any], str]:
    """Years with a value, for each region and indicator."""
    known = rows.dropna(subset=["value"]).sort_values("year")
    return {
        (unit, name): ", ".join(map(str, dict.fromkeys(part["year"])))
        for (unit, name), part in known.groupby(["region", "indicator"])
    }


def _first(values: pd.Series) -> str:
    known = values.dropna()
    return str(known.iloc[0]) if len(known) else ""


def _value_of(
    unit: str, held: Mapping[str, Mapping[Any, Any]], from_above: Sequence[str], *, level: str
) -> dict[str, Any]:
    own = held.get(unit)
    above = [held[code] for code in _codes_above(unit) if code in held]
    if own is not None and pd.notna(own["value"]):
        if not _is_wider(own["level"], unit, level):
            return _taken(own, assigned=False, note="")
        # The row of the region holds the value of the area around it.
        around = unit[: 2 + LEVELS.index(own["level"])] if level_of_code(unit) else unit
        above = [{**own, "region": around}, *above]
    above = [row for row in above if pd.notna(row["value"])]
    for row in above:
        if row["level"] in from_above:
            note = f"value of {row['region']} ({row['level']}), not of the region"
            return _taken(row, assigned=True, note=note)
    note = "not known in that year"
    if above:
        note = f"known for {above[0]['region']} ({above[0]['level']}) only"
    nothing = {"value": float("nan"), "assigned": False, "value_region": ""}
    return nothing | {"value_level": "", "source": "", "note": note}


def _taken(row: Mapping[Any, Any], *, assigned: bool, note: str) -> dict[str, Any]:
    return {
        "value": float(row["value"]),
        "assigned": assigned,
        "value_region": row["region"],
        "value_level": row["level"],
        "source": row["source"] if pd.notna(row["source"]) else "",
        "note": note,
    }


def _codes_above(code: str) -> list[str]:
    """Codes of the units around one, the nearest first."""
    if not level_of_code(code):
        return []
    return [code[:length] for length in range(len(code) - 1, 1, -1)]
