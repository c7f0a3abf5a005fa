"""Find unreadable and suspect cells: exact counts in one pass, then the cells themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import narwhals as nw
import pandas as pd

from difass_analysis.engine import Engine, Lazy
from difass_analysis.programme import LINE_COLUMN

#: Cells of one file that are listed; the counts are exact beyond it.
LIMIT = 100_000
# Characters of a cell that are shown: enough to find it, and a bound for cells of whole pages.
_SHOWN = 200
_COLUMNS = ["line", "column", "heading", "value", "kind", "message"]

#: Amounts at which the counters and fields of other systems end: a value that stands exactly
#: there was probably cut off. 32-bit integers of units or of cents, signed or not, with and
#: without the cents; and fields filled with nines.
CEILINGS = (
    2147483647.0,
    21474836.47,
    21474836.0,
    4294967295.0,
    42949672.95,
    42949672.0,
    9999999.99,
    99999999.0,
    99999999.99,
    999999999.0,
    999999999.99,
    9999999999.0,
)

_MESSAGES = {
    "money": "is no number as the profile writes numbers",
    "share": "is no number as the profile writes numbers",
    "count": "is no number as the profile writes numbers",
    "number": "is no number as the profile writes numbers",
    "date": "is no date as the profile writes dates",
    "flag": "is none of the profile's words for true and false",
    "year": "is no year of four digits",
    "map": "is not in the profile's map",
    "extract": "does not hold what the profile takes out of it",
    "rate": "is no number, or may be a share as well as a percentage: others are above 1",
    "currency": "is not in the programme's currency, and nothing says at which rate to convert",
    "clipped": "stands exactly at the ceiling of a counter or field: probably cut off",
    "lost": "holds replacement characters: letters were lost before the file reached us",
}


@dataclass(frozen=True)
class Watch:
    """What is counted: a column of the frame, and what it says of which canonical column."""

    name: str
    column: str
    heading: str
    kind: str
    personal: bool = False

    @property
    def suspect(self) -> bool:
        """Whether it is about values that were read, not about cells that could not be."""
        return self.kind in ("clipped", "lost")

    @property
    def hit(self) -> nw.Expr:
        """Return true where the cell is to be reported; missing or false elsewhere."""
        if self.kind == "clipped":
            return nw.col(self.name).is_in(list(CEILINGS))
        if self.kind == "lost":
            return nw.col(self.name).str.contains("\ufffd", literal=True)
        return ~nw.col(self.name).is_null()

    @property
    def hits(self) -> nw.Expr:
        """Return the number of cells that are to be reported."""
        if self.suspect:
            return self.hit.cast(nw.Int64).sum()
        return nw.col(self.name).count()


def watched_counts(lazy: Lazy, watches: Sequence[Watch], *, engine: Engine) -> list[int]:
    """Count the cells of each watch, exactly, in one pass."""
    if not watches:
        return []
    counts = [watch.hits.alias(f"__n{number}") for number, watch in enumerate(watches)]
    return [int(count) for count in engine.collect(lazy.select(*counts)).iloc[0]]


def problems_of(
    lazy: Lazy, watches: Sequence[Watch], counts: Sequence[int], *, engine: Engine
) -> pd.DataFrame:
    """Return the cells that have text and could not be read."""
    return _listed(lazy, watches, counts, engine=engine, suspect=False)


def suspects_of(
    lazy: Lazy, watches: Sequence[Watch], counts: Sequence[int], *, engine: Engine
) -> pd.DataFrame:
    """Return the cells that were read and are probably not what was meant."""
    return _listed(lazy, watches, counts, engine=engine, suspect=True)


def _listed(
    lazy: Lazy, watches: Sequence[Watch], counts: Sequence[int], *, engine: Engine, suspect: bool
) -> pd.DataFrame:
    found = [
        _cells(lazy, watch, engine=engine)
        for watch, count in zip(watches, counts, strict=True)
        if count and watch.suspect == suspect
    ]
    if not found:
        return pd.DataFrame({name: [] for name in _COLUMNS})
    rows = pd.concat(found, ignore_index=True).sort_values("line", kind="stable")
    return rows.head(LIMIT).reset_index(drop=True)[_COLUMNS]


def _cells(lazy: Lazy, watch: Watch, *, engine: Engine) -> pd.DataFrame:
    hits = lazy.filter(watch.hit).select(
        nw.col(LINE_COLUMN).alias("line"), nw.col(watch.name).cast(nw.String).alias("value")
    )
    frame = engine.collect(hits.sort("line").head(LIMIT))
    # A finding may be published; what stands in a personal column never is.
    shown = "(personal)" if watch.personal else frame["value"].str.slice(0, _SHOWN)
    return frame.assign(
        value=shown,
        column=watch.column,
        heading=watch.heading,
        kind=watch.kind,
        message=_MESSAGES.get(watch.kind, "cannot be read"),
    )
