"""Labels of regions become codes: each spelling of a column is looked up once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import narwhals as nw
import pandas as pd

from difass_analysis.engine import Engine, Lazy
from difass_analysis.errors import DifassError, ProfileError
from difass_analysis.reference import resolve
from difass_analysis.reference.codes import country_code, named
from difass_analysis.schema import Column
from difass_analysis.sources.profile import ColumnRule, Places, TableMapping
from difass_analysis.sources.stages import Cell, cells_of, cleaned, edited

_SHOWN = 5


def places_of(given: Mapping[str, Any], column: Column, where: str) -> Places | None:
    """Check the options `nuts` and `country` of a column; None where they are not given.

    Raises
    ------
    ProfileError
        When they cannot be used as they stand.
    """
    if "nuts" not in given:
        if "country" in given:
            raise ProfileError(f"{where}: 'country' has no effect without 'nuts'.")
        return None
    level, country = given["nuts"], given.get("country", "")
    if isinstance(level, bool) or level not in (0, 1, 2, 3):
        raise ProfileError(f"{where}: nuts = {level!r} must be a level: 0, 1, 2 or 3.")
    if "map" in given:
        raise ProfileError(
            f"{where}: 'nuts' and 'map' both say what a spelling means.",
            todo="Keep the map where the list needs decisions of its own, else nuts.",
        )
    if column.kind not in ("text", "id"):
        raise ProfileError(f"{where} is {column.kind} and cannot hold codes of regions.")
    try:
        return Places(level=level, country=country_code(str(country)) if country else "")
    except DifassError as error:
        raise ProfileError(f"{where}: {error.message}", todo=error.todo) from error


def with_places(
    lazy: Lazy, mapping: TableMapping, headings: Sequence[str], *, version: str, engine: Engine
) -> tuple[TableMapping, tuple[str, ...]]:
    """Look up the labels of columns of regions, and give those columns a map of the sure ones.

    Parameters
    ----------
    lazy : lazy frame
        Rows of the file, as text.
    mapping : TableMapping
        Its rules with ``places`` are the columns that are looked up.
    headings : sequence of str
        Headings of the file.
    version : str
        NUTS version of the codes.
    engine : Engine
        What computes.

    Returns
    -------
    tuple
        The mapping with the maps, and what was found. Labels that are not sure are in no map, so
        they are read as missing and reported with their spelling.

    Raises
    ------
    ProfileError
        When columns are looked up and no NUTS version is stated, or none that is held.
    """
    if not any(rule.places for rule in mapping.rules):
        return mapping, ()
    _check_version(version, mapping.table)
    cells = cells_of(lazy, headings, mapping)
    rules, remarks = [], []
    for rule in mapping.rules:
        if rule.places:
            own = [cell for cell in cells if cell.rule is rule]
            labels = sorted({text for cell in own for text in _labels(lazy, cell, engine=engine)})
            found = resolve(
                labels,
                country=rule.places.country or None,
                version=version,
                level=rule.places.level,
            )
            remarks.append(_remark(rule, found, version))
            sure = found[found["sure"]]
            # A map without entries would be none, and all labels would pass as codes.
            codes = dict(zip(sure["label"], sure["code"], strict=True)) or {"": ""}
            rule = replace(rule, map=codes, other="missing")
        rules.append(rule)
    return replace(mapping, rules=tuple(rules)), tuple(remarks)


def _check_version(version: str, table: str) -> None:
    try:
        named(version)
    except DifassError as error:
        raise ProfileError(
            f"Regions of table '{table}' are to be looked up in the NUTS version "
            f"{repr(version) if version else 'that is not stated'}.",
            todo='Add nuts_version = "2016", or another one, under [programme] of the profile.',
        ) from error


def _labels(lazy: Lazy, cell: Cell, *, engine: Engine) -> list[str]:
    """Distinct texts of a cell, as the map will meet them."""
    dtype = lazy.collect_schema()[cell.heading]
    staged = lazy.select(nw.col(cell.heading), cleaned(cell, dtype).alias(cell.name("c")))
    staged = staged.with_columns(edited(cell).alias(cell.name("t")))
    texts = staged.select(cell.at("t").cast(nw.String).alias("label")).unique()
    return [str(text) for text in engine.collect(texts)["label"].dropna()]


def _remark(rule: ColumnRule, found: pd.DataFrame, version: str) -> str:
    sure = found[found["sure"]]
    heading = " or ".join(f"'{name}'" for name in rule.headings)
    text = (
        f"Regions in {heading}: {len(sure)} of {len(found)} spellings are codes of NUTS {version}"
    )
    loose = sure[~sure["method"].isin(["code", "name"])]
    pairs = loose["label"] + " = " + loose["code"] + " (" + loose["method"] + ")"
    if len(loose):
        text += f"; not by code or published name: {_some(pairs)}"
    rest = found.loc[~found["sure"], "label"]
    if len(rest):
        text += f"; left unknown: {_some(rest)}"
    return text + "."


def _some(texts: pd.Series) -> str:
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return ", ".join(texts.head(_SHOWN)) + more
