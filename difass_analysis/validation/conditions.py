"""Rules for framework conditions and for ratings of components by receiving context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from difass_analysis.programme import Programme
from difass_analysis.reference import LEVELS, VERSIONS, is_code, level_name
from difass_analysis.schema import TABLES
from difass_analysis.schema.cooperation import IMPORTANCES
from difass_analysis.validation.model import Checked, RowRule, number, rows_of
from difass_analysis.validation.totals import result

_LOWEST, _HIGHEST = -2.0, 2.0
# Simulated regions beyond those of the project have invented codes of this beginning.
_INVENTED = "ZZ"


def rating_rules(names: Sequence[str]) -> list[RowRule]:
    """Row rules for the table ``ratings``: a rating is a whole number from -2 to 2."""
    if "rating" not in names:
        return []
    rating = nw.col("rating")
    fractional = (rating >= _LOWEST) & (rating <= _HIGHEST) & (rating != rating.round(0))
    todo = "Correct it, or leave it empty; ratings are -2, -1, 0, 1 and 2."
    return [
        _rule("rating_out_of_range", (rating < _LOWEST) | (rating > _HIGHEST), todo),
        _rule("rating_not_whole", fractional, todo),
    ]


def _rule(name: str, broken: nw.Expr, todo: str) -> RowRule:
    def message(row: Mapping[str, Any]) -> str:
        return f"rating is {number(row['rating'])}, which is none of -2, -1, 0, 1 and 2."

    return RowRule(
        id=name,
        severity="error",
        column="rating",
        shown=("rating",),
        broken=broken,
        needs=("rating",),
        message=message,
        todo=todo,
    )


def condition_rules(programme: Programme) -> list[Checked]:
    """Apply all rules on framework conditions and ratings that look at more than one row.

    That a rater rated a cell twice, and that a region has two values of a year, is found by the
    rule on repeated keys.
    """
    checks: list[Checked] = []
    if "conditions" in programme.tables:
        rows = _frame(programme, "conditions")
        checks += [_codes(rows), _levels(rows), _mixed_levels(rows), _mixed_versions(rows)]
        checks += [_units(rows), _editions(rows)]
    if "ratings" in programme.tables:
        ratings = _frame(programme, "ratings")
        checks += [_without_importance(ratings), _importance_differs(ratings)]
    return checks


def _frame(programme: Programme, name: str) -> pd.DataFrame:
    rows = programme.table(name).reindex(columns=list(TABLES[name].names))
    # Versions and editions are words, and may have been read as numbers.
    for column in ("nuts_version", "edition"):
        if column in rows:
            rows[column] = rows[column].astype("object").where(rows[column].notna(), None)
            rows[column] = [None if one is None else str(one) for one in rows[column]]
    return rows


def _found(key: object, column: str, value: object, message: str, todo: str) -> dict[str, str]:
    return {
        "key": str(key),
        "column": column,
        "value": str(value),
        "message": message,
        "todo": todo,
    }


def _codes(rows: pd.DataFrame) -> Checked:
    """Find codes that are not of the version that is stated for them."""
    stated = rows.dropna(subset=["region", "nuts_version"])
    pairs = stated[["region", "nuts_version"]].drop_duplicates()
    found = [
        _found(
            row.region,
            "region",
            row.region,
            _code_message(str(row.region), str(row.nuts_version)),
            "Correct the version or the code; codes of one name change between versions.",
        )
        for row in rows_of(pairs)
        if not _is_code(str(row.region), str(row.nuts_version))
    ]
    return result("code_not_of_version", "conditions", "warning", found, checked=len(pairs))


def _is_code(code: str, version: str) -> bool:
    if code.startswith(_INVENTED):
        return True
    return version in VERSIONS and is_code(code, version)


def _code_message(code: str, version: str) -> str:
    if version not in VERSIONS:
        return f"NUTS version '{version}' is none of {', '.join(VERSIONS)}."
    others = [one for one in VERSIONS if is_code(code, one)]
    elsewhere = f"; it is one of {', '.join(others)}" if others else "; it is in no version"
    return f"{code} is no code of NUTS {version}{elsewhere}."


def _levels(rows: pd.DataFrame) -> Checked:
    """Find levels that the code contradicts, or that are no level."""
    pairs = rows.dropna(subset=["region", "level"])[["region", "level"]].drop_duplicates()
    found = []
    for row in rows_of(pairs):
        code, level = str(row.region), str(row.level)
        if code.startswith(_INVENTED):
            continue
        if level not in LEVELS:
            message = f"The level '{level}' of {code} is none of {', '.join(LEVELS)}."
        elif is_code(code) and level_name(code) != level:
            message = f"{code} is given as {level}, but its code is one of {_of(code)}."
        else:
            continue
        todo = "Give each value the level that it was measured at."
        found.append(_found(code, "level", level, message, todo))
    return result("level_against_code", "conditions", "warning", found, checked=len(pairs))


def _of(code: str) -> str:
    level = level_name(code)
    return f"a {level}" if level == "country" else level


def _several(rows: pd.DataFrame, column: str) -> list[tuple[str, list[str], int]]:
    """Indicators whose rows have several values of a column: name, values, rows."""
    known = rows.dropna(subset=["indicator", column])
    held = [
        (str(name), sorted(set(part[column].astype(str))), len(part))
        for name, part in known.groupby("indicator", sort=True)
    ]
    return [one for one in held if len(one[1]) > 1]


def _each(rows: pd.DataFrame) -> int:
    return int(rows["indicator"].nunique())


def _mixed_levels(rows: pd.DataFrame) -> Checked:
    found = [
        _found(
            name,
            "level",
            ", ".join(levels),
            f"'{name}' is given at several levels: {', '.join(levels)}.",
            "Compare like with like; a value of a country is given to no region unless asked for.",
        )
        for name, levels, _ in _several(rows, "level")
    ]
    return result("condition_levels_mixed", "conditions", "note", found, checked=_each(rows))


def _mixed_versions(rows: pd.DataFrame) -> Checked:
    versions = sorted(set(rows["nuts_version"].dropna()))
    found = []
    if len(versions) > 1:
        found = [
            _found(
                "",
                "nuts_version",
                ", ".join(versions),
                f"Regions are coded by several NUTS versions: {', '.join(versions)}.",
                "Bring them to one version; one code may stand for two areas.",
            )
        ]
    return result("condition_versions_mixed", "conditions", "warning", found, checked=len(rows))


def _units(rows: pd.DataFrame) -> Checked:
    found = [
        _found(
            name,
            "unit",
            ", ".join(units),
            f"'{name}' is given in several units: {', '.join(units)}.",
            "Bring all values to one unit, or call them two indicators.",
        )
        for name, units, _ in _several(rows, "unit")
    ]
    return result("condition_units_mixed", "conditions", "warning", found, checked=_each(rows))


def _editions(rows: pd.DataFrame) -> Checked:
    found = [
        _found(
            name,
            "edition",
            ", ".join(editions),
            f"'{name}' comes from {len(editions)} editions: {', '.join(editions)}.",
            "Name one edition when it is used; values of different editions are no time series.",
        )
        for name, editions, _ in _several(rows, "edition")
    ]
    return result("condition_editions", "conditions", "note", found, checked=_each(rows))


def _without_importance(ratings: pd.DataFrame) -> Checked:
    known = ratings.dropna(subset=["rating"])
    cells = known.groupby(["practice_id", "component"], sort=True)["importance"]
    found = [
        _found(
            key[0],
            "importance",
            "",
            f"The component '{key[1]}' of {key[0]} is rated, and its importance is not known.",
            "Say whether it is of low, medium or high importance; it may be a stopper.",
        )
        for key, held in cells
        if not held.isin(IMPORTANCES).any()
    ]
    size = int(cells.ngroups)
    return result("importance_unknown", "ratings", "warning", found, checked=size)


def _importance_differs(ratings: pd.DataFrame) -> Checked:
    known = ratings[ratings["importance"].isin(IMPORTANCES)]
    cells = known.groupby(["practice_id", "component", "importer"], sort=True)["importance"]
    found = []
    for key, held in cells:
        levels = sorted(set(held), key=IMPORTANCES.index)
        if len(levels) > 1:
            message = (
                f"Raters give '{key[1]}' in {key[2]} different importance: {', '.join(levels)}."
            )
            todo = "Agree on it; until then the highest counts."
            found.append(_found(key[0], "importance", ", ".join(levels), message, todo))
    size = int(cells.ngroups)
    return result("importance_differs", "ratings", "note", found, checked=size)
