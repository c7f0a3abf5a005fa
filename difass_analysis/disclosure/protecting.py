"""Tables as they may leave: what is unsafe, and what would betray it, is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar, cast

import numpy as np
import pandas as pd

from difass_analysis.comparison import Decomposition, Ranking
from difass_analysis.disclosure.blanking import blanked, rounded_errors, without_small_print
from difass_analysis.disclosure.identifiers import IDENTIFYING, NAMING
from difass_analysis.disclosure.rules import Rules, rules_of, told_by_error
from difass_analysis.disclosure.suppressing import Choice, suppress
from difass_analysis.disclosure.system import System, build_system, keys_of, shared_margins
from difass_analysis.errors import UsageError, one_of
from difass_analysis.identity import Matches
from difass_analysis.measurement.contributions import NOTHING, Contributions, contributions
from difass_analysis.programme import Programme
from difass_analysis.result import Comparison, Findings, IndicatorTable, Result

Switch = Literal["on", "off"]
Table = TypeVar("Table", bound=Result)
Cell = tuple[str, tuple[str, ...], str]

PUBLIC = "The data are public by law: no figure is withheld."
SIMULATED_DATA = "Simulated data need no disclosure control."
OFF = "Disclosure control was switched off."
SAFE = "Disclosure control: no figure had to be withheld."
ANOTHER = "to protect another cell"
#: Results that hold no figures: findings, and rows of tables, which have rules of their own.
_NO_FIGURES = (Findings, Matches, Result)
_SIDES = ("numerator", "denominator")
REASONS = ("too few contributors", "dominated", ANOTHER)


@dataclass(frozen=True, eq=False, kw_only=True)
class Protected:
    """The tables of one report as they may leave.

    Attributes
    ----------
    tables : tuple of Result
        As given, with withheld figures missing and the reason in ``note``.
    counts : pandas.DataFrame
        ``reason`` and ``cells``: how many figures are withheld, by class of reason.
    status : str
        ``protected``, ``public``, ``simulated`` or ``off``.
    sentences : tuple of str
        What a reader must know of it; they are among the caveats of every table.
    """

    tables: tuple[Result, ...]
    counts: pd.DataFrame
    status: str
    sentences: tuple[str, ...]


def protect(
    tables: Sequence[Result],
    *,
    programme: Programme,
    rules: Rules | None = None,
    where: Mapping[str, Sequence[str]] | None = None,
    disclosure: Switch = "on",
) -> Protected:
    """Withhold what would tell of single contributors, in all tables of one report together.

    Parameters
    ----------
    tables : sequence of Result
        All indicator tables, comparisons and decompositions that leave together. What leaves
        in another call is not known here, so tables of one report belong into one call.
    programme : Programme
        The data that they were measured from.
    rules : Rules, optional
        What makes a cell unsafe; those of the programme (``[disclosure]``) without it. Given
        here, they act on simulated data too, to show what they withhold.
    where : mapping of str to sequence of str, optional
        The conditions under which all the tables were measured.
    disclosure : {"on", "off"}
        ``"off"`` withholds nothing, and says so under every table.

    Returns
    -------
    Protected
        Data that are public by law or simulated pass through, and it is said. Otherwise value,
        bounds, error, n, numerator and denominator of a withheld row are missing. Of the rows
        that stay, errors are rounded up to two digits, and left out where they would tell too
        much of the largest contributor.

    Raises
    ------
    UsageError
        When a rule protects nothing, the switch is neither on nor off, an amount is below zero,
        groups are single contributors, or a result is of a kind that cannot be protected: what
        concentrates is told by shares of the largest.
    DifassError
        When no safe set of cells is found: then nothing may leave.

    Notes
    -----
    A row tells its numerator and its denominator, so a ratio goes when one of them goes.
    Method: docs/disclosure.md. Source: A. Hundepool et al., Handbook on Statistical Disclosure
    Control (2010), chapter 4; M. Fischetti and J. J. Salazar, Management Science 47 (2001).

    Examples
    --------
    >>> from difass_analysis.measurement import measure
    >>> frame = pd.DataFrame({"operation_id": list("abcdefg"), "region": list("NNNNSSS"),
    ...                       "beneficiary_id": list("stuvwxy"),
    ...                       "public_amount": [30.0, 20.0, 20.0, 30.0, 900.0, 2.0, 1.0]})
    >>> programme = Programme.from_frames(operations=frame)
    >>> table = measure(programme, indicators=["public"], by=["region"])
    >>> found = protect([table], programme=programme)
    >>> found.tables[0].frame[["region", "value", "n"]].values.tolist()
    [['N', 100.0, 4], ['S', nan, <NA>]]
    >>> found.tables[0].frame["note"].iloc[1]
    'withheld: confidential (dominated)'
    """
    if disclosure not in ("on", "off"):
        raise one_of("disclosure", disclosure, ["on", "off"])
    if disclosure == "off":
        return _passed(tables, "off", OFF)
    if programme.published:
        return _passed(tables, "public", PUBLIC)
    if programme.simulated and rules is None:
        return _passed(tables, "simulated", SIMULATED_DATA)
    for table in tables:
        _refuse_unprotectable(table)
    rules = rules if rules is not None else rules_of(programme.settings.disclosure)
    rows = [_rows_of(table) for table in tables]
    named = list(
        dict.fromkeys(cell[0].partition(":")[0] for r in rows for row in r for cell in row)
    )
    groups = shared_margins([cell[1] for r in rows for row in r for cell in row])
    nodes = [contributions(programme, named, by=by, where=where) for by in groups] if named else []
    _refuse_negative(nodes)
    system = build_system(nodes, [row for r in rows for row in r], rules=rules)
    choice = suppress(system, rules=rules)
    return _applied(tables, rows, system, choice, _unchecked(tables, nodes))


def protect_one(
    table: Table,
    *,
    programme: Programme,
    where: Mapping[str, Sequence[str]] | None = None,
    disclosure: Switch = "on",
) -> Table:
    """Return one table that leaves alone, protected: see :func:`protect`.

    Raises
    ------
    UsageError
        As :func:`protect` does.
    """
    found = protect([table], programme=programme, where=where, disclosure=disclosure)
    return cast(Table, found.tables[0])


def _passed(tables: Sequence[Result], status: str, sentence: str) -> Protected:
    return Protected(
        tables=tuple(_said(table, status, (sentence,)) for table in tables),
        counts=_counts([]),
        status=status,
        sentences=(sentence,),
    )


def _refuse_unprotectable(table: Result) -> None:
    if not _is_protectable(table):
        raise UsageError(
            f"{_kind(table)} of data that are not public cannot be protected.",
            todo="Keep it on the screen, or publish tables that can be protected: indicators, "
            "comparisons and decompositions. Switching disclosure control off "
            '(disclosure="off", --disclosure off) lets it out as it is, and the file says so.',
        )
    named = [name for name in _groups(table) if name in (*IDENTIFYING, *NAMING)]
    if named:
        raise UsageError(
            f"Figures by {named[0]} are figures of single contributors, and the data are not "
            "public.",
            todo="Group by another column.",
        )
    against = str(getattr(table, "against", ""))
    if against not in ("", "rest", "overall") and len(_by(table)) > 1:
        raise UsageError(
            f"A comparison with '{against}' by several columns cannot be protected.",
            todo="Compare by one column, or with the rest.",
        )


def _refuse_negative(nodes: Sequence[Contributions]) -> None:
    """All rules compare parts of a sum with the sum, which says nothing where signs differ."""
    for node in nodes:
        below = node.cells.loc[node.cells["smallest"].astype(float) < -NOTHING, "quantity"]
        if len(below):
            raise UsageError(
                f"There are amounts below zero ({below.iloc[0]}), for which no rule of disclosure "
                "control holds.",
                todo="Set such rows aside, or enter recoveries apart from the amounts.",
            )


def _kind(table: Result) -> str:
    name = type(table).__name__
    return f"{'An' if name[0] in 'AEIOU' else 'A'} {name}"


def _is_protectable(table: Result) -> bool:
    """Whether each row is made of cells that are known here, and of nothing else.

    What is fitted over all groups (pooled and adjusted values, limits of a funnel) would tell of
    those that are withheld, and concentration is told by shares of the largest.
    """
    if isinstance(table, (IndicatorTable, Decomposition)):
        return True
    plain = type(table) in (Comparison, Ranking) and set(_SIDES) <= set(table.frame.columns)
    return plain and getattr(table, "overall", None) is None


def _by(table: Result) -> tuple[str, ...]:
    return tuple(getattr(table, "by", ()))


def _groups(table: Result) -> tuple[str, ...]:
    return (*_by(table), *getattr(table, "over", ()))


def refuse_unprotected(result: Result, *, disclosure: Switch = "on") -> Result:
    """Return a result that may leave, or say that it must be protected first.

    Raises
    ------
    UsageError
        When figures of data that are neither public nor simulated were not protected.
    """
    if disclosure not in ("on", "off"):
        raise one_of("disclosure", disclosure, ["on", "off"])
    if result.provenance.disclosure != "required" or type(result) in _NO_FIGURES:
        return result
    if disclosure == "off":
        return _said(result, "off", (OFF,))
    if not _is_protectable(result):
        _refuse_unprotectable(result)
    raise UsageError(
        "These figures are of data that are not public, and were not protected.",
        todo="Pass all tables that leave together through disclosure.protect, or switch "
        'disclosure control off: disclosure="off" is written under the table.',
    )


def _said(table: Table, status: str, sentences: Sequence[str]) -> Table:
    caveats = tuple(dict.fromkeys([*table.caveats, *sentences]))
    return replace(table, caveats=caveats, provenance=replace(table.provenance, disclosure=status))


def _counts(reasons: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {"reason": list(REASONS), "cells": [reasons.count(reason) for reason in REASONS]}
    )


def _rows_of(table: Result) -> list[list[Cell]]:
    """For each row of a table, the cells that it tells."""
    frame = table.frame
    if "indicator" not in frame or not len(frame):
        return [[] for _ in range(len(frame))]
    names = [str(name) for name in frame["indicator"]]
    told: list[list[tuple[tuple[str, ...], str]]] = [[] for _ in names]
    for by, keys in _places(table):
        for own, key in zip(told, keys, strict=True):
            own.append((by, key))
    return [
        [(f"{name}:{side}", by, key) for by, key in own for side in _SIDES]
        for name, own in zip(names, told, strict=True)
    ]


def _places(table: Result) -> list[tuple[tuple[str, ...], list[str]]]:
    """Groupings, and for each the group that every row tells.

    What a comparison puts on the other side is the whole without the own group, or a named
    group; in a decomposition so category by category.
    """
    frame, by = table.frame, tuple(sorted(_by(table)))
    found = [(by, keys_of(frame, by))]
    over = tuple(sorted(getattr(table, "over", ())))
    fine = tuple(sorted({*by, *over}))
    if over:
        found.append((fine, keys_of(frame, fine)))
    against = str(getattr(table, "against", ""))
    if not against:
        return found
    found.append(((), [""] * len(frame)))
    if over:
        found.append((over, keys_of(frame, over)))
    if against not in ("rest", "overall"):
        other = frame.assign(**{by[0]: against})
        found.append((by, keys_of(other, by)))
        if over:
            found.append((fine, keys_of(other, fine)))
    return found


def _unchecked(tables: Sequence[Result], nodes: Sequence[object]) -> list[str]:
    shown = {name for table in tables for name in table.frame.get("indicator", ())}
    found = {name for node in nodes for name in getattr(node, "unchecked", ())}
    return sorted(shown & found)


def _applied(
    tables: Sequence[Result],
    rows: Sequence[Sequence[object]],
    system: System,
    choice: Choice,
    unchecked: Sequence[str],
) -> Protected:
    lost = choice.lost_rows()
    reasons = [
        _reason(system, choice, number) if lost[number] else "" for number in range(len(lost))
    ]
    telling = [_error_tells(system, row, choice.rules) for row in system.rows]
    safe: list[Result] = []
    gone: list[str] = []
    start = 0
    for table, own in zip(tables, rows, strict=True):
        span = slice(start, start + len(own))
        why = _whole_blocks(table, reasons[span])
        safe.append(_protected(table, why, telling[span]))
        gone += [reason for reason in why if reason]
        start += len(own)
    sentences = _sentences(gone, sum(map(len, rows)), unchecked)
    return Protected(
        tables=tuple(_said(table, "protected", sentences) for table in safe),
        counts=_counts(gone),
        status="protected",
        sentences=sentences,
    )


def _reason(system: System, choice: Choice, row: int) -> str:
    own = {system.reason[cell] for cell in system.rows[row] if choice.chosen[cell]}
    return next((reason for reason in REASONS if reason in own), ANOTHER)


def _error_tells(system: System, row: np.ndarray, rules: Rules) -> bool:
    """Whether the error of a row would tell too much of the largest contributor.

    The error of a total, or of money by a count, gives the sum of squares; that of one amount
    by another is made of differences, from which no single amount follows.
    """
    money = row[system.is_money[row]]
    if len(money) != 1:
        return False
    n, tops = system.tops[money[0]]
    parts = [*(amount for _, amount in tops), 0.0, 0.0]
    squares = float(system.squares[money[0]])
    total = float(system.value[money[0]])
    return told_by_error(total, n, parts[0], parts[1], squares) < rules.p


def _whole_blocks(table: Result, reasons: Sequence[str]) -> list[str]:
    """In a decomposition parts add up, so a group of which a part goes loses all its parts."""
    if not getattr(table, "over", ()):
        return list(reasons)
    keys = keys_of(table.frame, table.by)  # type: ignore[attr-defined]
    gone = {key for key, reason in zip(keys, reasons, strict=True) if reason}
    return [
        reason or (ANOTHER if key in gone else "")
        for key, reason in zip(keys, reasons, strict=True)
    ]


def _protected(table: Table, reasons: Sequence[str], telling: Sequence[bool]) -> Table:
    frame = rounded_errors(table.frame, np.array(telling, dtype=bool))
    kept = ("indicator", "unit", *_groups(table))
    ranked = isinstance(table, Comparison)
    frame = blanked(frame, reasons, kept=kept, ranked=ranked)
    if ranked and any(reasons):  # the order of a ranking tells places
        frame = frame.sort_values(list(_by(table)), kind="stable").reset_index(drop=True)
    caveats = without_small_print(table.caveats, frame, whole=not (ranked and any(reasons)))
    return replace(table, frame=frame, caveats=caveats)


def _sentences(gone: Sequence[str], count: int, unchecked: Sequence[str]) -> tuple[str, ...]:
    sentences = [SAFE]
    if gone:
        parts = [f"{reason}: {gone.count(reason):,}" for reason in REASONS if reason in gone]
        sentences = [
            f"Disclosure control: {len(gone):,} of {count:,} figures are withheld as confidential "
            f"({', '.join(parts)})."
        ]
    if unchecked:
        sentences.append(
            "Only totals are known, so dominance is not checkable and nothing of them is "
            f"withheld: {', '.join(unchecked)}."
        )
    return tuple(sentences)
