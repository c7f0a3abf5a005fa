"""Group columns as a reader wants them: a code together with its name."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from difass_analysis.programme import Programme

# A code and the column that names it.
_NAMES = {"region": "region_name", "priority": "priority_name", "intervention": "intervention_name"}


def grouping_with_names(programme: Programme, by: Sequence[str]) -> list[str]:
    """Add to each code that is grouped by the column with its name, where each code has one name.

    Groups stay as they are, since a code never splits; only rows without a code are told apart
    by what stands in their place.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"operation_id": ["a", "b"], "region": ["RO11", "RO12"],
    ...                       "region_name": ["Nord-Vest", "Centru"]})
    >>> grouping_with_names(Programme.from_frames(operations=frame), ["region"])
    ['region', 'region_name']
    """
    groups: list[str] = []
    for name in dict.fromkeys(by):
        groups.append(name)
        title = _NAMES.get(name)
        if title and title not in by and _one_name_each(programme, name, title):
            groups.append(title)
    return groups


def _one_name_each(programme: Programme, code: str, title: str) -> bool:
    lazy = programme.tables.get("operations")
    if lazy is None or not {code, title} <= set(lazy.collect_schema().names()):
        return False
    pairs = lazy.select(code, title).unique().filter(~nw.col(code).is_null())
    found = programme.engine.collect(pairs)
    return len(found) > 0 and not found[code].duplicated().any()
