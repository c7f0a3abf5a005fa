"""The comparison of groups in one call: contrasts, ranks with their sets, and what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from difass_analysis.comparison.contrasting import contrasts
from difass_analysis.comparison.pooling import partial_pooling
from difass_analysis.comparison.ranking import ranks
from difass_analysis.display.tables import group_text
from difass_analysis.measurement.fitting import offered
from difass_analysis.programme import Programme
from difass_analysis.result import Comparison

_PLACES = ("rank", "rank_lower", "rank_upper", "set")


def compare(
    programme: Programme,
    indicator: str,
    *,
    by: str | Sequence[str],
    benchmark: str = "rest",
    where: Mapping[str, Sequence[str]] | None = None,
    level: float = 0.95,
    seed: int = 1,
) -> Comparison:
    """Compare groups in one table: who differs from the benchmark, by how much, and in which place.

    Parameters
    ----------
    programme : Programme
        The data.
    indicator : str
        Id of a ratio of sums.
    by : str or sequence of str
        Column, or columns, whose values are compared.
    benchmark : str
        ``"rest"`` (all other groups together), ``"overall"``, or the name of a group.
    where : mapping of str to sequence of str, optional
        Columns and the values that count.
    level : float
        Level of intervals and of the sets of ranks.
    seed : int
        Seed of the draws behind the sets of ranks.

    Returns
    -------
    Comparison
        The columns of :func:`~difass_analysis.comparison.contrasting.contrasts`, and after
        ``reference`` the group's ``rank`` with the places that the data allow for all groups at
        once (``rank_lower``, ``rank_upper``, ``set``). The caveats say how unlike the groups are
        (Cochran's Q, I2, prediction interval). The picture shows the difference of each group.

    Raises
    ------
    UsageError
        When a column, the level or the benchmark is not one that can be had.
    IndicatorError
        When the indicator is not a ratio of sums or cannot be computed cluster by cluster.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"operation_id": list("abcdef"), "region": list("NNNSSS"),
    ...     "public_amount": [1.0, 1.0, 2.0, 2.0, 1.0, 1.0],
    ...     "private_amount": [1.0, 2.0, 3.0, 9.0, 4.0, 5.0]})
    >>> found = compare(Programme.from_frames(operations=frame), "private_per_public", by="region")
    >>> found.frame[["region", "value", "reference", "rank", "set"]].values.tolist()
    [['N', 1.5, 4.5, 2, '2nd of 2'], ['S', 4.5, 1.5, 1, '1st of 2']]
    """
    found = contrasts(programme, indicator, by=by, against=benchmark, where=where, level=level)
    arguments: dict[str, object] = {"indicator": indicator, "by": by, "benchmark": benchmark}
    arguments |= {"where": where, "level": level, "seed": seed}
    found = replace(found, provenance=found.provenance.made_by("compare", arguments))
    if found.frame["value"].notna().sum() < 2:
        # With one group there is nothing to rank or to pool.
        alone = (_alone(programme, found, where), *found.caveats)
        return replace(found, frame=_with_places(found.frame, None, found.by), caveats=alone)
    placed = ranks(programme, indicator, by=by, where=where, level=level, seed=seed)
    pooled = partial_pooling(programme, indicator, by=by, where=where, level=level)
    caveats = dict.fromkeys([*found.caveats, *placed.caveats, *pooled.caveats])
    frame = _with_places(found.frame, placed.frame, found.by)
    return replace(found, frame=frame, caveats=tuple(caveats))


def _alone(
    programme: Programme, found: Comparison, where: Mapping[str, Sequence[str]] | None
) -> str:
    """Say that there are no two groups to compare, and by which columns there would be."""
    groups = ", ".join(found.by)
    rows = found.frame[found.frame["value"].notna()]
    valued = ", ".join(group_text(rows[name].iloc[0]) for name in found.by) if len(rows) else ""
    text = f"one group of {groups} has a value ({valued})" if valued else "no group has a value"
    columns = [
        name
        for name in offered(programme, found.indicator)
        if name not in (*found.by, *(where or ()))
    ]
    wider = " Leave a condition out." if where else ""
    instead = f" Compare by {' or '.join(columns)}." if columns else wider
    return f"Nothing is compared: {'only ' if valued else ''}{text}.{instead}"


def _with_places(
    frame: pd.DataFrame, placed: pd.DataFrame | None, by: Sequence[str]
) -> pd.DataFrame:
    """Put ranks and their sets after the reference; missing where nothing was ranked."""
    start = list(frame.columns).index("reference") + 1
    columns = [*frame.columns[:start], *_PLACES, *frame.columns[start:]]
    if placed is None:
        return frame.reindex(columns=columns)
    places = placed[[*by, *_PLACES]]
    return frame.merge(places, on=list(by), how="left", validate="1:1")[columns]
