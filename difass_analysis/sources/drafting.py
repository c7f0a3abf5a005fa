"""Draft a profile of an unknown file, and say how sure it is of each column.

A column is used only where heading and cells agree and nothing else comes near; all others stand in
the draft as comments, with the reason, for somebody who knows the file to confirm.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from difass_analysis.errors import ProfileError
from difass_analysis.schema import table_of
from difass_analysis.schema.model import Kind as ColumnKind
from difass_analysis.sources.draft_text import DraftColumn, profile_text
from difass_analysis.sources.evidence import Evidence, Kind, evidence_of_table
from difass_analysis.sources.layout import Layout, sniff
from difass_analysis.sources.matching import map_headings
from difass_analysis.sources.profile import Profile
from difass_analysis.sources.profile_file import profile_of

#: The table that an unknown list fills: such lists are lists of operations.
TABLE = "operations"
_KEY = "operation_id"
_TELLING = frozenset({_KEY, "title", "beneficiary_name"})

# Which kinds of cells a column can be filled from; all others contradict the heading.
_FITTING: Mapping[ColumnKind, frozenset[Kind]] = {
    "money": frozenset({"money", "number", "empty"}),
    "share": frozenset({"share", "number", "empty"}),
    "count": frozenset({"number", "empty"}),
    "number": frozenset({"number", "empty"}),
    "date": frozenset({"date", "empty"}),
    "year": frozenset({"year", "empty"}),
    "flag": frozenset({"flag", "empty"}),
}
# Stems of "private" in the official languages. Third-party or own money without one of them in its
# heading is private only where its giver is.
_PRIVATE = re.compile(
    r"priv|privát|privāt|частн|ιδιωτ|soukrom|súkrom|magán|yksity|\bera|zaseb|príobh|pryw|prywat",
    re.IGNORECASE,
)
_WORDS: Mapping[Kind, str] = {
    "empty": "the cells looked at are blank",
    "number": "the cells are numbers",
    "money": "the cells are amounts",
    "share": "the cells are rates",
    "date": "the cells are dates",
    "year": "the cells are years",
    "flag": "the cells are yes or no",
    "code": "the cells are codes",
    "text": "the cells are text",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Draft:
    """A drafted profile, and the evidence for every part of it.

    Attributes
    ----------
    profile : Profile
        What the sure columns make; a programme loaded with it uses nothing else.
    text : str
        The profile as TOML, with the reasons as comments and the unsure columns commented out.
    frame : pandas.DataFrame
        One row a heading: ``heading``, ``column`` (missing where none fits), ``score`` (0 to 1),
        ``used`` (whether the draft reads it), ``cells`` (what they are), ``why``, ``doubts``.
    layout : Layout
        How the file is laid out, and why.
    currency : str
        Currency of the amounts; empty where the file does not say.
    confirm : tuple of str
        What has to be confirmed by somebody who knows the file.
    """

    profile: Profile
    text: str
    frame: pd.DataFrame
    layout: Layout
    currency: str
    confirm: tuple[str, ...]

    @property
    def caveat(self) -> str:
        """What has to be said with every figure that is made with the draft."""
        used = int(self.frame["used"].sum())
        likely = self.frame[self.frame["column"].notna() & ~self.frame["used"]]
        names = [f"'{h}' ({c})" for h, c in zip(likely["heading"], likely["column"], strict=True)]
        more = f" and {len(names) - 6} more" if len(names) > 6 else ""
        left = f" Left out until confirmed: {', '.join(names[:6])}{more}." if names else ""
        return (
            f"Read with a drafted profile: {used} of {len(self.frame)} headings are understood "
            f"for sure and used.{left} To confirm them: difass profile {self.layout_name}."
        )

    @property
    def layout_name(self) -> str:
        """Name of the file."""
        return self.profile.id.removeprefix("draft of ")


def draft(path: str | Path) -> Draft:
    r"""What is in this file, as far as it says so itself?

    Parameters
    ----------
    path : str or pathlib.Path
        A list of operations in any of the formats that can be read.

    Returns
    -------
    Draft
        The profile reads the columns that are sure. An operation without an identifier gets one
        from its line.

    Raises
    ------
    InputError
        When there is no such file, or it cannot be read.
    ProfileError
        When no column of it can be told for sure.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> text = "Name des Begünstigten;Datum des Beginns;Gesamtbetrag der förderfähigen Ausgaben\n"
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "list.csv"
    ...     _ = file.write_text(text + "Muster GmbH;1.2.2016;1.200,50\n", encoding="utf-8")
    ...     print(draft(file).frame[["column", "used"]].values.tolist())
    [['beneficiary_name', True], ['start_date', True], ['eligible_cost_amount', True]]
    """
    path = Path(path)
    layout = sniff(path)
    sample = layout.sample
    evidence = evidence_of_table(sample)
    mapped = map_headings(layout.headings, sample)
    columns = _without_rivals(
        [
            _column(row, evidence[row["heading"]], sample[row["heading"]])
            for row in mapped.to_dict("records")
        ]
    )
    if not any(column.used and _tells_an_operation(str(column.target)) for column in columns):
        some = "none" if not any(column.used for column in columns) else "too little"
        raise ProfileError(
            f"No shipped profile fits {path.name}, and {some} of its {len(columns)} headings can "
            "be told for sure.",
            todo="Write a profile (docs/profiles.md) and name it with --profile. "
            f"{_likely(columns)}",
        )
    currency, doubts = _currency(columns)
    text = profile_text(path, layout, columns, currency=currency, key=_has_key(columns))
    profile = profile_of(tomllib.loads(text), name=f"draft of {path.name}", where="the draft")
    return Draft(
        profile=profile,
        text=text,
        frame=_frame(columns),
        layout=layout,
        currency=currency,
        confirm=(*layout.doubts, *doubts, *_to_confirm(columns)),
    )


def _tells_an_operation(target: str) -> bool:
    """Whether a column says that rows are operations: a name, a key, an amount; no mere place."""
    return target in _TELLING or table_of(TABLE).column(target).kind == "money"


def _column(row: Mapping[Any, Any], evidence: Evidence, cells: pd.Series) -> DraftColumn:
    """Judge one heading by its mapping and by its cells."""
    target = None if pd.isna(row["column"]) else str(row["column"])
    doubts = []
    if target is not None:
        kind = table_of(TABLE).column(target).kind
        if kind in _FITTING and evidence.kind not in _FITTING[kind]:
            doubts.append(f"the heading says {target}, but {_WORDS[evidence.kind]}")
        elif kind in _FITTING and not evidence.sure:
            doubts.extend(evidence.doubts)
        if not row["sure"]:
            doubts.append("the heading alone does not settle it")
        if target == "private_amount" and not _PRIVATE.search(str(row["heading"])):
            doubts.append(
                "such money is private only where its giver is, and the heading is silent"
            )
        if target == _KEY and not _is_key(cells):
            doubts.append("it is not given, or not different, in every row: no key")
    return DraftColumn(
        heading=str(row["heading"]),
        target=target,
        score=float(str(row["score"])),
        sure=bool(row["sure"]),
        why=str(row["why"]),
        evidence=evidence,
        doubts=tuple(doubts),
    )


def _is_key(cells: pd.Series) -> bool:
    given = cells.fillna("").astype("str").str.strip()
    return bool(len(given)) and bool((given != "").all()) and given.is_unique


def _without_rivals(columns: Sequence[DraftColumn]) -> list[DraftColumn]:
    """Let one heading fill a column: the best one, if it is clearly the best."""
    result: list[DraftColumn] = []
    for column in columns:
        rivals = [
            other
            for other in columns
            if other is not column
            and column.target is not None
            and other.target == column.target
            and other.used
        ]
        best = max((other.score for other in rivals), default=0.0)
        if column.used and rivals and column.score - best < 0.05:
            names = ", ".join(f"'{other.heading}'" for other in rivals)
            column = column.doubted(f"{names} says the same")
        result.append(column)
    return result


def _has_key(columns: Sequence[DraftColumn]) -> bool:
    return any(column.used and column.target == _KEY for column in columns)


def _currency(columns: Sequence[DraftColumn]) -> tuple[str, tuple[str, ...]]:
    """Return the one currency of the amounts, or what has to be confirmed."""
    money = [
        column
        for column in columns
        if column.used and table_of(TABLE).column(str(column.target)).kind == "money"
    ]
    said = {column.evidence.currency for column in money} - {""}
    if len(said) == 1:
        return said.pop(), ()
    if not money:
        return "", ()
    if said:
        return "", (
            f"The amounts are in several currencies ({', '.join(sorted(said))}): unlike amounts "
            "must not be added. State the currency, and leave out the columns in another one.",
        )
    return "", (
        "The file does not say in which currency the amounts are: state currency under "
        "[programme]. Figures are printed without one until then.",
    )


def _to_confirm(columns: Sequence[DraftColumn]) -> tuple[str, ...]:
    return tuple(
        f"'{column.heading}' may be {column.target} ({column.score:.2f}): "
        f"{'; '.join(column.doubts)}."
        for column in columns
        if column.target is not None and not column.used
    )


def _likely(columns: Sequence[DraftColumn]) -> str:
    likely = [column for column in columns if column.target is not None]
    if not likely:
        return "None of them looks like a column of a list of operations."
    named = ", ".join(f"'{column.heading}' ({column.target})" for column in likely[:4])
    return f"Likely ones: {named}."


def _frame(columns: Sequence[DraftColumn]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "heading": [column.heading for column in columns],
            "column": pd.Series([column.target for column in columns], dtype="str"),
            "score": [column.score for column in columns],
            "used": [column.used for column in columns],
            "cells": [column.evidence.kind for column in columns],
            "why": [column.why for column in columns],
            "doubts": ["; ".join((*column.doubts, *column.evidence.doubts)) for column in columns],
        }
    )
