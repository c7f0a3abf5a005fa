"""Which under-represented groups were reached, against their share in the population."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt
from typing import TYPE_CHECKING, Literal

import narwhals as nw
import numpy as np
import pandas as pd

from difass_analysis.display.forests import forest
from difass_analysis.errors import InputError, UsageError, one_of
from difass_analysis.programme import Programme
from difass_analysis.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Blank = Literal["unknown", "none"]

_COLUMNS = (
    "group",
    "reached",
    "of",
    "share",
    "lower",
    "upper",
    "population_share",
    "difference",
    "difference_lower",
    "difference_upper",
    "other_reading",
    "source",
    "note",
)
_WHOLE = (
    "Each enterprise counts once. Intervals are Wilson's: they speak of the process that led to "
    "these enterprises, not of a sample of them."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class GroupReach(Result):
    """Groups among the enterprises reached: one row a group.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``group``; ``reached`` (enterprises of the group that were reached) and ``of`` (all that
        count); ``share`` with ``lower`` and ``upper``; ``population_share``, ``difference``
        (share less population share) with its bounds, missing where no population is given;
        ``other_reading``: the share where blanks are read the other way; ``source`` of the
        population; ``note``.
    level : float
        Level of the intervals.
    """

    level: float = 0.95

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw each group's share, or its difference from the population's where that is known."""
        known = self.frame["difference"].notna().any()
        value, low, high = (
            ("difference", "difference_lower", "difference_upper")
            if known
            else ("share", "lower", "upper")
        )
        shown = pd.DataFrame(
            {
                "label": self.frame["group"],
                "value": self.frame[value],
                "lower": self.frame[low],
                "upper": self.frame[high],
                "note": self.frame["note"],
                "level": self.level,
            }
        )
        title = "Share of groups among the enterprises reached"
        return forest(
            shown,
            title=f"{title}, less their share in the population" if known else title,
            unit="fraction",
            caveats=self.caveats,
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )


def reach_of_groups(
    programme: Programme,
    *,
    population: pd.DataFrame | None = None,
    blank: Blank = "unknown",
    level: float = 0.95,
) -> GroupReach:
    """Tell how many of the enterprises reached belong to each group that the data name.

    An enterprise is reached when it takes part in an operation; without a table of
    participations all enterprises of the programme are. An enterprise of several groups
    (separated by semicolons) counts in each. Whether a blank means that nothing is known or
    that the enterprise is in no group is for the caller to say, and the other reading stands
    beside.

    Parameters
    ----------
    programme : Programme
        With a table ``enterprises`` that has the column ``group``.
    population : pandas.DataFrame, optional
        ``group`` and ``share`` (fraction of the population), and ``source``. The shares are
        taken as known exactly.
    blank : {"unknown", "none"}
        What an empty ``group`` means.
    level : float
        Level of the intervals, between 0 and 1.

    Returns
    -------
    GroupReach
        The groups by name; those of the population that were not reached have zero, where it
        is known of any enterprise which group it is of.

    Raises
    ------
    InputError
        When the data do not say who was reached, or the population is not usable.
    UsageError
        When ``blank`` or ``level`` is not offered.

    References
    ----------
    Wilson (1927), "Probable inference", *JASA* 22, 209-212.

    Examples
    --------
    >>> frame = pd.DataFrame({"sme_id": ["a", "b", "c"], "group": ["women-led", "none", None]})
    >>> found = reach_of_groups(Programme.from_frames(enterprises=frame))
    >>> found.frame.set_index("group").loc["women-led", ["reached", "of", "share"]].tolist()
    [1.0, 2.0, 0.5]
    """
    if blank not in ("unknown", "none"):
        raise one_of("reading of blanks", blank, ["unknown", "none"])
    if not 0 < level < 1:
        raise UsageError(f"The level is {level}.", todo="Give a level between 0 and 1, as 0.95.")
    counts, total = _counts(programme)
    known = total - counts.pop("", 0)
    stated = _by_group(counts)
    outside = _population(population)
    of, other = (known, total) if blank == "unknown" else (total, known)
    names = sorted(set(stated) | set(outside.index))
    rows = [
        _row(name, stated.get(name, 0), of=of, other=other, outside=outside, level=level)
        for name in names
    ]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    return GroupReach(
        frame=frame.astype({"group": "str", "source": "str", "note": "str"}),
        provenance=programme.provenance,
        caveats=(*programme.caveats, _WHOLE, _blanks(total - known, total, blank)),
        level=level,
    )


def _counts(programme: Programme) -> tuple[dict[str, int], int]:
    """Number of enterprises reached by what stands in their column ``group``, and in all."""
    tables = programme.tables
    names = (
        set(tables["enterprises"].collect_schema().names()) if "enterprises" in tables else set()
    )
    if not {"sme_id", "group"} <= names:
        raise InputError(
            f"The data of programme '{programme.id}' do not say which groups were reached.",
            todo="Give a table enterprises with sme_id and group.",
        )
    rows = tables["enterprises"].select("sme_id", "group").unique(subset=["sme_id"], keep="any")
    if "participations" in tables:
        reached = tables["participations"].filter(~nw.col("sme_id").is_null())
        rows = reached.select("sme_id").unique().join(rows, on="sme_id", how="left")
    counted = programme.engine.collect(rows.group_by("group").agg(n=nw.len()))
    counts: dict[str, int] = {}
    for group, count in zip(counted["group"], counted["n"], strict=True):
        key = "" if pd.isna(group) else str(group).strip()
        counts[key] = counts.get(key, 0) + int(count)
    total = sum(counts.values())
    if total == counts.get("", 0):
        raise InputError(
            f"No enterprise that programme '{programme.id}' reached has a group.",
            todo="Fill in the column group; 'none' says that an enterprise is in no group.",
        )
    return counts, total


def _by_group(counts: dict[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for text, count in counts.items():
        for name in dict.fromkeys(part.strip() for part in text.split(";")):
            if name and name.casefold() != "none":
                found[name] = found.get(name, 0) + count
    return found


def _population(given: pd.DataFrame | None) -> pd.DataFrame:
    if given is None:
        return pd.DataFrame(columns=["share", "source"])
    lack = [name for name in ("group", "share", "source") if name not in given]
    if lack:
        raise InputError(
            f"The population has no column {', '.join(lack)}.",
            todo="Give group, share (a fraction) and source.",
        )
    shares = pd.to_numeric(given["share"], errors="coerce")
    wrong = given.loc[~shares.between(0, 1), "group"]
    twice = given.loc[given["group"].duplicated(), "group"]
    if len(wrong) or len(twice):
        found = f"no share between 0 and 1: {wrong.iloc[0]}" if len(wrong) else (
            f"two rows of one group: {twice.iloc[0]}"
        )  # fmt: skip
        raise InputError(
            f"The population has {found}.", todo="Write one row a group, 0.3 for 30 %."
        )
    return given.assign(share=shares).set_index("group")[["share", "source"]]


def _row(
    name: str, reached: int, *, of: int, other: int, outside: pd.DataFrame, level: float
) -> dict[str, object]:
    lower, upper = wilson_interval(reached, of, level=level)
    share = reached / of
    there = name in outside.index
    base = float(outside["share"][name]) if there else nan
    return {
        "group": name,
        "reached": reached,
        "of": of,
        "share": share,
        "lower": lower,
        "upper": upper,
        "population_share": base,
        "difference": share - base,
        "difference_lower": lower - base,
        "difference_upper": upper - base,
        "other_reading": reached / other,
        "source": str(outside.at[name, "source"]) if there else "",
        "note": "" if there or outside.empty else "The population has no share of this group.",
    }


def _blanks(missing: int, total: int, blank: Blank) -> str:
    read = "left out" if blank == "unknown" else "read as being in no group"
    return (
        f"The group of {missing:,} of {total:,} enterprises is blank; they are {read}, and the "
        "other reading stands beside."
    )


def wilson_interval(count: int, of: int, *, level: float = 0.95) -> tuple[float, float]:
    """Return Wilson's interval of a share; missing where there is nothing to divide by.

    Examples
    --------
    >>> [round(bound, 4) for bound in wilson_interval(8, 10)]
    [0.4902, 0.9433]
    """
    if not of:
        return nan, nan
    from scipy.special import ndtri

    z = float(ndtri(0.5 + level / 2))
    share = count / of
    centre = (share + z**2 / (2 * of)) / (1 + z**2 / of)
    half = z / (1 + z**2 / of) * sqrt(share * (1 - share) / of + z**2 / (4 * of**2))
    low, high = np.clip([centre - half, centre + half], 0.0, 1.0)
    return float(low), float(high)
