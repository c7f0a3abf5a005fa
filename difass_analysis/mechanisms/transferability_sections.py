"""What a fact sheet says of a practice in one receiving context, and the words it uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import isnan
from typing import Final

import pandas as pd

from difass_analysis.result import Provenance, Result

#: What a rating means, in words.
RATING_WORDS: Final = {
    -2: "strong constraint",
    -1: "constraint",
    0: "neither",
    1: "support",
    2: "strong support",
}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class TransferSection(Result):
    """A section of a fact sheet: sentences first, then one row a component.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``component``, ``importance``, ``rating``, ``words`` (what the rating means; a range where
        raters differ), ``stopper``, ``comments``; stoppers first, then from the strongest
        constraint to the strongest support, what was not rated last.
    heading : str
        Title of the section.
    sentences : tuple of str
        What is to be said above the table, stoppers first.
    """

    heading: str = ""
    sentences: tuple[str, ...] = ()


def section_of(
    cells: pd.DataFrame, *, summary: pd.Series, provenance: Provenance, caveats: Sequence[str]
) -> TransferSection:
    """Put the section together from the cells and the summary of one practice and importer."""
    words = [
        rating_words(low, high) for low, high in zip(cells["lowest"], cells["highest"], strict=True)
    ]
    order = cells["stopper"].map({"stopper": 0, "possible stopper": 1}).fillna(2)
    rows = cells.assign(words=words, _order=order).sort_values(
        ["_order", "rating"], kind="stable", na_position="last"
    )
    names = ["component", "importance", "rating", "words", "stopper", "comments"]
    return TransferSection(
        frame=rows[names].reset_index(drop=True),
        provenance=provenance,
        caveats=tuple(caveats),
        heading=f"Transferability to {summary['importer']}",
        sentences=_sentences(summary),
    )


def rating_words(lowest: float, highest: float) -> str:
    """Say what the ratings of a cell mean; between whole ratings the range is said.

    Examples
    --------
    >>> rating_words(-2, -2), rating_words(-1, 2), rating_words(float("nan"), float("nan"))
    ('strong constraint', 'constraint to strong support', 'not rated')
    """
    if isnan(lowest) or isnan(highest):
        return "not rated"
    ends = [RATING_WORDS[int(one)] for one in (lowest, highest)]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def _sentences(summary: pd.Series) -> tuple[str, ...]:
    said = []
    if summary["stoppers"]:
        said.append(f"Stopped by: {summary['stopped_by']}.")
    elif summary["possible_stoppers"]:
        said.append(f"Possibly stopped by: {summary['stopped_by']} (importance not known).")
    else:
        said.append("No component of high importance is rated a strong constraint.")
    said.append(
        f"{summary['rated']} of {summary['components']} components are rated: "
        f"{summary['constraints']} constraints, {summary['supports']} supports."
    )
    if pd.notna(summary["score"]):
        beside = f" ({summary['note']})" if summary["note"] else ""
        said.append(f"Weighted mean of the ratings: {summary['score']:.2f} of 2{beside}.")
    else:
        said.append(f"No weighted mean: {str(summary['note']).removeprefix('no score: ')}.")
    return tuple(said)


@cache
def _words() -> pd.DataFrame:
    with (files(__package__) / "transferability_words.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, keep_default_na=False)


def transfer_words() -> pd.DataFrame:
    """Return the words for how far a practice was transferred, and for how a transfer fails.

    Returns
    -------
    pandas.DataFrame
        ``kind`` (degree or failure), ``word``, ``meaning``, ``source``, ``status``. The degrees
        stand from the closest to the loosest. All are unverified: the article was not read.

    References
    ----------
    Dolowitz and Marsh (2000), Governance 13(1), 5-23.

    Examples
    --------
    >>> words = transfer_words()
    >>> words.loc[words["kind"] == "degree", "word"].tolist()
    ['copying', 'emulation', 'combination', 'inspiration']
    """
    return _words().copy()
