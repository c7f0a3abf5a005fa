"""What followed on what: regions of one NUTS version and their successors in another."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from itertools import pairwise

import pandas as pd

from difass_analysis.reference.codes import VERSIONS, named, read_table

Steps = dict[str, dict[str, str]]
"""From each code to its successors, each with how much of the region went there."""


@cache
def successors(from_version: str, to_version: str) -> Steps:
    """Successors of every code, with the extent that went there.

    The extent is ``whole``; ``most`` where the border moved by less than a tenth; ``sliver``
    for what moved in that case, where it is known to whom; ``part`` of a region that was split.
    A code without successors has an empty mapping.
    """
    start, end = _place(from_version), _place(to_version)
    found: Steps = {code: {code: "whole"} for code in named(from_version)}
    if start <= end:
        for earlier, later in pairwise(VERSIONS[start : end + 1]):
            found = _then(found, _forward(earlier, later))
    else:
        for later, earlier in pairwise(VERSIONS[end : start + 1][::-1]):
            found = _then(found, _inverse(_forward(earlier, later), named(later)))
    return found


def _place(version: str) -> int:
    named(version)  # refuses a version that is not held
    return VERSIONS.index(version)


@cache
def _table() -> pd.DataFrame:
    return read_table("changes.csv")


@cache
def _forward(earlier: str, later: str) -> Steps:
    """Successors in the next version: those in the table, else the same code."""
    table = _table()
    rows = table[(table["from_version"] == earlier) & (table["to_version"] == later)]
    found: Steps = defaultdict(dict)
    for row in rows.itertuples(index=False):
        if row.from_code:
            found[str(row.from_code)].update({str(row.to_code): str(row.extent)})
    same = named(later)
    for code in named(earlier):
        if code not in found:
            found[code] = {code: "whole"} if code in same else {}
    return {code: {t: e for t, e in targets.items() if t} for code, targets in found.items()}


def _inverse(steps: Steps, codes: dict[str, tuple[str, str]]) -> Steps:
    """Turn the arrows round: how much of each later region came from each earlier one."""
    sources: Steps = {code: {} for code in codes}
    for source, targets in steps.items():
        for target, extent in targets.items():
            sources[target][source] = extent
    return {target: _turned(found) for target, found in sources.items()}


def _turned(sources: dict[str, str]) -> dict[str, str]:
    large = [code for code, extent in sources.items() if extent != "sliver"]
    if len(large) > 1:
        return {code: "part" if code in large else "sliver" for code in sources}
    grew = len(sources) > 1 or "most" in sources.values()
    main = "most" if grew else "whole"
    return {code: main if code in large else "sliver" for code in sources}


def _then(first: Steps, second: Steps) -> Steps:
    """Two steps in one."""
    found: Steps = {}
    for code, between in first.items():
        paths: dict[str, set[str]] = defaultdict(set)
        for middle, extent in between.items():
            for target, further in second[middle].items():
                weaker = _weaker(extent, further)
                paths[target].add(weaker)
                if weaker == "part" and "most" in (extent, further):
                    paths[target].add("most")  # a border moved, should the parts meet again
        found[code] = _joined(paths)
    return found


def _weaker(one: str, other: str) -> str:
    order = ("sliver", "part", "most", "whole")
    return min(one, other, key=order.index)


def _joined(paths: dict[str, set[str]]) -> dict[str, str]:
    """One extent a target: ways that meet again in one region carry the whole of it."""
    if len(paths) == 1:
        [(target, extents)] = paths.items()
        return {target: "most" if "most" in extents else "whole"}
    strongest = ("part", "most", "whole", "sliver")
    return {target: min(extents, key=strongest.index) for target, extents in paths.items()}


def changes(from_version: str, to_version: str) -> pd.DataFrame:
    """List what became of each region of one NUTS version in another, earlier or later.

    Parameters
    ----------
    from_version, to_version : str
        Two of `VERSIONS`.

    Returns
    -------
    pandas.DataFrame
        One row for each pair of a region and a successor, all levels, ordered by code:
        ``from_code`` (missing for new regions), ``to_code`` (missing for ended ones),
        ``kind`` and ``extent``.

        ``kind`` is ``unchanged``; ``recoded`` (another code, the same area); ``merged`` (lies
        whole in a region that others joined); ``split`` (parts went to several regions);
        ``boundary shift`` (the border moved by less than a tenth of the region);
        ``discontinued``; ``new``. ``extent`` says how much of the region went to the
        successor: ``whole``, ``most``, ``part``, ``sliver``; missing where there is none.

        Changes of names alone are no changes here. Where the border moved without a change of
        code and the sources do not tell, the region is listed as unchanged.

    Raises
    ------
    UsageError
        When a version is not known.

    References
    ----------
    Regulations named in reference/SOURCES.md; Eurostat, history of the NUTS.

    Examples
    --------
    >>> table = changes("2013", "2016")
    >>> table[table["from_code"].isin(["FR61", "HU10"])].reset_index(drop=True)
      from_code to_code     kind extent
    0      FR61    FRI1  recoded  whole
    1      HU10    HU11    split   part
    2      HU10    HU12    split   part
    """
    steps = successors(from_version, to_version)
    joined: dict[str, list[str]] = defaultdict(list)
    for targets in steps.values():
        for target, extent in targets.items():
            joined[target].append(extent)
    rows: list[tuple[str | None, str | None, str, str | None]] = []
    for code, targets in steps.items():
        if not targets:
            rows.append((code, None, "discontinued", None))
        for target, extent in targets.items():
            rows.append((code, target, _kind(code, target, extent, joined[target]), extent))
    rows += [(None, code, "new", None) for code in named(to_version) if code not in joined]
    rows.sort(key=lambda row: (row[0] or row[1] or "", row[1] or ""))
    names = ["from_code", "to_code", "kind", "extent"]
    return pd.DataFrame(rows, columns=names).astype("str")


def _kind(code: str, target: str, extent: str, arriving: list[str]) -> str:
    if extent == "part":
        return "split"
    if extent in ("most", "sliver"):
        return "boundary shift"
    if sum(one != "sliver" for one in arriving) > 1:
        return "merged"
    if len(arriving) > 1:
        return "boundary shift"
    return "unchanged" if code == target else "recoded"
