"""Does a solution hold in every cluster: in each programme, country or year?

Source: Garcia-Castro and Arino, "A general approach to panel data set-theoretic research" (2016),
for pooled, between and within consistency and for the distance; the distance is written as in the
R package SetMethods (``cluster``), read in its source. The article itself: unverified.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.errors import UsageError
from difass_analysis.mechanisms.qca.fit import sufficiency
from difass_analysis.mechanisms.qca.minimising import WHOLE, cube_membership
from difass_analysis.mechanisms.qca.model import Solution
from difass_analysis.result import Result

#: Consistency that many solutions must have; a cluster below it is named.
LOW = 0.75
_COLUMNS = ["term", "level", "group", "n", "consistency", "coverage", "note"]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ClusterFit(Result):
    """Consistency and coverage of a model, pooled and by cluster.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``term`` (or "(model)"), ``level`` (``pooled``, ``between``: one row a cluster, ``within``:
        one row a unit), ``group``, ``n`` (cases), ``consistency``, ``coverage``, ``note`` (why a
        figure is missing).
    distances : pandas.DataFrame
        ``term``, ``level``, ``groups`` (how many have a consistency), ``distance``: 0 where all
        are equally consistent; missing for fewer than two.
    """

    distances: pd.DataFrame = field(default_factory=pd.DataFrame)


def cluster_diagnostics(
    solution: Solution,
    *,
    clusters: Sequence[Hashable] | pd.Series,
    units: Sequence[Hashable] | pd.Series | None = None,
    model: int = 1,
) -> ClusterFit:
    """Answer whether a solution holds in every cluster, or is carried by some of them.

    Consistency and coverage are computed among all cases (pooled), among the cases of each cluster
    (between), and, where the same units are seen several times, among those of each unit (within).
    The distance is sqrt(sum over the J groups of (c_j / sum c - 1 / J)^2), c_j their consistencies.

    Parameters
    ----------
    solution : Solution
        From :func:`minimize`.
    clusters : sequence or pandas.Series
        The cluster of each case (programme, country, year): in the order of the cases, or with
        their names as index.
    units : sequence or pandas.Series, optional
        The unit of each case, where units are seen in several clusters.
    model : int
        Number of the model, from 1.

    Returns
    -------
    ClusterFit
        A consistency is missing where no case of the group belongs to the term at all.

    Raises
    ------
    UsageError
        When there is no such model, or a case has no cluster.

    Examples
    --------
    >>> from difass_analysis.mechanisms.qca import minimize, truth_table
    >>> cases = pd.DataFrame({"A": [1, 1, 1, 1, 0], "Y": [1, 1, 1, 0, 0]})
    >>> table = truth_table(cases, outcome="Y", conditions=["A"], consistency=0.7)
    >>> found = cluster_diagnostics(minimize(table), clusters=["P", "P", "Q", "Q", "Q"])
    >>> found.frame.loc[found.frame["term"] == "A", ["group", "consistency"]].values.tolist()
    [['all', 0.75], ['P', 1.0], ['Q', 0.5]]
    >>> found.distances["distance"].round(6).tolist()
    [0.235702, 0.235702]
    """
    solution.check_model(model)
    names = solution.table.sets.names
    levels = {"between": _labels(clusters, names, "clusters")}
    if units is not None:
        levels["within"] = _labels(units, names, "units")
    parts = [cube_membership(solution.table, cube) for cube in solution.cubes[model - 1]]
    sets = dict(zip(solution.models[model - 1], parts, strict=True))
    sets[WHOLE] = np.max(parts, axis=0)
    outcome = solution.table.sets.outcome
    rows = [row for term, x in sets.items() for row in _rows(term, x, outcome, levels)]
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    return ClusterFit(
        frame=frame,
        provenance=solution.provenance,
        caveats=(*solution.caveats, *_caveats(frame)),
        distances=_distances(frame),
    )


def _labels(
    given: Sequence[Hashable] | pd.Series, names: Sequence[str], what: str
) -> NDArray[np.object_]:
    if isinstance(given, pd.Series) and set(map(str, given.index)) == set(names):
        found = given.set_axis([str(name) for name in given.index])
        given = [found[name] for name in names] if found.index.is_unique else list(given)
    held = pd.Series(list(given), dtype="object")
    if len(held) != len(names) or held.isna().any():
        raise UsageError(
            f"{what} holds {int(held.notna().sum())} labels for {len(names)} cases.",
            todo="Give one label a case, in the order of the cases or with their names as index.",
        )
    return np.array([str(label) for label in held], dtype=object)


def _rows(
    term: str,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    levels: dict[str, NDArray[np.object_]],
) -> list[list[object]]:
    rows = [_row(term, "pooled", "all", x, y)]
    for level, labels in levels.items():
        for group in dict.fromkeys(labels):
            here = labels == group
            rows.append(_row(term, level, str(group), x[here], y[here]))
    return rows


def _row(
    term: str, level: str, group: str, x: NDArray[np.float64], y: NDArray[np.float64]
) -> list[object]:
    fit = sufficiency(x, y)
    missing = [
        ("No case belongs to the term.", np.isnan(fit.consistency)),
        ("No case belongs to the outcome.", np.isnan(fit.coverage)),
    ]
    note = " ".join(text for text, there in missing if there)
    return [term, level, group, len(x), fit.consistency, fit.coverage, note]


def _distances(frame: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (term, level), held in frame[frame["level"] != "pooled"].groupby(
        ["term", "level"], sort=False
    ):
        known = held["consistency"].dropna().to_numpy(dtype=np.float64)
        rows.append([term, level, len(known), _distance(known)])
    return pd.DataFrame(rows, columns=["term", "level", "groups", "distance"])


def _distance(consistencies: NDArray[np.float64]) -> float:
    if len(consistencies) < 2 or consistencies.sum() == 0:
        return float("nan")
    shares = consistencies / consistencies.sum()
    return float(np.sqrt(np.sum((shares - 1 / len(shares)) ** 2)))


def _caveats(frame: pd.DataFrame) -> tuple[str, ...]:
    whole = frame[(frame["term"] == WHOLE) & (frame["level"] == "between")]
    low = [str(name) for name in whole.loc[whole["consistency"] < LOW, "group"]]
    few = [str(name) for name in whole.loc[whole["n"] < 3, "group"]]
    sentences = (
        (low, f"The model does not hold (consistency below {LOW}) in: {', '.join(low)}."),
        (few, f"Fewer than three cases, so that a figure says little: {', '.join(few)}."),
    )
    return tuple(text for there, text in sentences if there)
