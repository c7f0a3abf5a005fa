"""What a row of transfers says: who passes on to whom, and how far it has come."""

from __future__ import annotations

import numpy as np
import pandas as pd

from difass_analysis.schema import TABLES
from difass_analysis.schema.cooperation import STAGES

#: Columns of the dates of the stages, in the order of the stages.
STAGE_DATES = tuple(f"{stage}_date" for stage in STAGES)

_ENDS = ("exporter", "importer")

PAIR, ITSELF, UNLISTED, INCOMPLETE = "pair", "itself", "not listed", "incomplete"


def read_transfers(transfers: pd.DataFrame) -> pd.DataFrame:
    """Return transfers with all columns of the schema, and what follows from their cells.

    Parameters
    ----------
    transfers : pandas.DataFrame
        Rows of the table ``transfers``.

    Returns
    -------
    pandas.DataFrame
        As many rows, with dates as ``datetime64`` and, besides, ``exporter`` and ``importer``
        (the name, or the code of the region where there is no name); ``pair``: ``pair``, or
        why there is none (``itself``: from and to are the same; ``not listed``: one row stands
        for pairs that are not listed, naming the same on both sides and neither practice nor
        region; ``incomplete``: a side is missing); ``reached``: the latest of the stated stage
        and the dated stages, an ordered category, missing where nothing is known.

    Examples
    --------
    >>> rows = pd.DataFrame({"transfer_id": ["t"], "from_name": ["Kent"], "to_name": ["Crete"],
    ...                      "stage": ["agreed"], "visited_date": ["2017-05-01"]})
    >>> read_transfers(rows)[["exporter", "importer", "pair", "reached"]].values.tolist()
    [['Kent', 'Crete', 'pair', 'visited']]
    """
    rows = transfers.reindex(columns=list(TABLES["transfers"].names)).reset_index(drop=True)
    for name in STAGE_DATES:
        rows[name] = pd.to_datetime(rows[name])
    rows["exporter"] = _side(rows, "from")
    rows["importer"] = _side(rows, "to")
    rows["pair"] = _pair(rows)
    rows["reached"] = _reached(rows)
    return rows


def clean(texts: pd.Series) -> pd.Series:
    """Return texts without outer blanks; blank ones are missing."""
    return pd.Series(
        [text_of(cell) or None for cell in texts.astype("object")],
        index=texts.index,
        dtype="object",
    )


def text_of(cell: object) -> str:
    """Return a cell as text without outer blanks; the empty text where it is missing."""
    return "" if pd.isna(cell) else str(cell).strip()  # type: ignore[call-overload]


def _side(rows: pd.DataFrame, side: str) -> pd.Series:
    name, region = clean(rows[f"{side}_name"]), clean(rows[f"{side}_region"])
    return name.where(name.notna(), region)


def _pair(rows: pd.DataFrame) -> pd.Series:
    known = rows["exporter"].notna() & rows["importer"].notna()
    ends = [rows[name].map(text_of).astype("str").str.casefold() for name in _ENDS]
    same = known & (ends[0] == ends[1])
    named = clean(rows["practice_id"]).notna()
    placed = clean(rows["from_region"]).notna() | clean(rows["to_region"]).notna()
    pair = pd.Series(PAIR, index=rows.index, dtype="str")
    pair[same] = ITSELF
    pair[same & ~named & ~placed] = UNLISTED
    pair[~known] = INCOMPLETE
    return pair


def stated_rank(rows: pd.DataFrame) -> pd.Series:
    """Return the place of the stated stage in the list; -1 where it is none of them."""
    ranks = {stage: place for place, stage in enumerate(STAGES)}
    return rows["stage"].map(ranks).fillna(-1).astype("int64")


def dated_rank(rows: pd.DataFrame) -> pd.Series:
    """Return the place of the latest stage that has a date; -1 where none has."""
    places = pd.DataFrame(
        {place: rows[name].notna() * (place + 1) for place, name in enumerate(STAGE_DATES)}
    )
    return places.max(axis=1).fillna(0).astype("int64") - 1


def _reached(rows: pd.DataFrame) -> pd.Series:
    codes = np.maximum(stated_rank(rows).to_numpy(), dated_rank(rows).to_numpy())
    return pd.Series(
        pd.Categorical.from_codes(codes, categories=pd.Index(STAGES), ordered=True),
        index=rows.index,
    )
