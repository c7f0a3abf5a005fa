"""Frames without what is withheld: no figure, no count of units, no side remark that tells it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.measurement.measuring import few_clusters

_OTHER_READING = re.compile(r"; with blanks as zero \S+\.(?=\s|$)")
_LEFT_OUT = re.compile(r"\b[\d,]+ of [\d,]+ rows (left out|not counted|not in the sum):")
_SOME = r"Some rows \1:"
_FEW = re.compile(r"^Fewer than [\d,]+ clusters (\(|in .* in the smallest)")
_MIXED = re.compile(r"^Differences between [\d,]+ groups: ")
_DEGREES = re.compile(r", t with [\d.,]+( and [\d.,]+)* degrees of freedom")
_PLACES = (
    "rank",
    "rank_lower",
    "rank_upper",
    "set",
    "marginal_lower",
    "marginal_upper",
    "difference_p_holm",
    "difference_p_bh",
    "ratio_p_holm",
    "ratio_p_bh",
)
_ERRORS = ("lower", "upper", "se")
_TESTS = ("_p", "_p_holm", "_p_bh")
_TOLD = "The error is withheld: it would tell too much of single contributors."


def blanked(
    frame: pd.DataFrame, reasons: Sequence[str], *, kept: Sequence[str], ranked: bool
) -> pd.DataFrame:
    """Return the frame with all figures of withheld rows missing, and the reason in ``note``.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows of a result.
    reasons : sequence of str
        Why each row is withheld; empty where it stays.
    kept : sequence of str
        Columns that name the row.
    ranked : bool
        Whether rows are judged by all of them: the places of those that stay, and p values
        adjusted for their number, would bound the others.

    Examples
    --------
    >>> rows = pd.DataFrame({"year": [2017], "value": [4.0], "n": [2], "note": [""]})
    >>> blanked(rows, ["dominated"], kept=["year"], ranked=False)["note"].tolist()
    ['withheld: confidential (dominated)']
    """
    gone = np.array([bool(reason) for reason in reasons], dtype=bool)
    columns = {}
    for name in frame.columns:
        column = frame[name]
        if name in kept or not gone.any():
            continue
        if name == "note":
            said = [f"withheld: confidential ({reason})" for reason in reasons]
            columns[name] = column.astype("object").mask(gone, pd.Series(said, index=frame.index))
        elif name == "method":
            columns[name] = column.astype("object").mask(gone, "withheld")
        elif ranked and name in _PLACES:
            columns[name] = _without(column, np.ones(len(frame), dtype=bool))
        else:
            columns[name] = _without(column, gone)
    result = frame.assign(**columns)
    if "note" in result:
        notes = result["note"].astype("str").str.replace(_OTHER_READING, ".", regex=True)
        # A number of rows is a figure too: it would tell what is withheld as such.
        notes = notes.str.replace(_LEFT_OUT, _SOME, regex=True)
        result = result.assign(note=notes)
    return result


def _without(column: pd.Series, gone: NDArray[np.bool_]) -> pd.Series:
    if pd.api.types.is_integer_dtype(column):
        return column.astype("Int64").mask(gone)
    return column.mask(gone)


def rounded_errors(frame: pd.DataFrame, telling: NDArray[np.bool_]) -> pd.DataFrame:
    """Return the frame without errors that tell too much, and the others rounded up.

    An error holds a sum of squares; with all its digits, differences between tables would give
    that of a withheld cell. Errors and the distances of bounds are rounded up to two digits, p
    values to two digits, and degrees of freedom are left out.

    Examples
    --------
    >>> rows = pd.DataFrame({"value": [10.0], "lower": [8.766], "upper": [11.234],
    ...                      "se": [0.617], "note": [""]})
    >>> found = rounded_errors(rows, np.array([False]))
    >>> found[["se", "lower", "upper"]].round(4).values.tolist()
    [[0.62, 8.7, 11.3]]
    """
    result = frame
    for start in ("value", "difference", "ratio"):
        names = _ERRORS if start == "value" else tuple(f"{start}_{end}" for end in _ERRORS)
        if start in frame and set(names[:2]) <= set(frame.columns):
            result = _rounded(result, start, names, telling)
    for name in frame.columns:
        if str(name).endswith(_TESTS):
            result = result.assign(**{str(name): _two_digits(frame[name], np.round)})
    if "method" in frame:
        methods = frame["method"].astype("str").str.replace(_DEGREES, ", t", regex=True)
        result = result.assign(method=methods)
    if "se" in frame and "value" in frame:
        result = result.assign(se=np.where(telling, np.nan, _two_digits(frame["se"], np.ceil)))
    if telling.any() and "note" in result and "se" in frame:
        known = telling & frame["se"].notna().to_numpy()
        notes = [
            f"{note} {_TOLD}".strip() if tells else note
            for note, tells in zip(result["note"], known, strict=True)
        ]
        result = result.assign(note=notes)
    return result


def _two_digits(
    size: Iterable[float], rounding: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Round sizes above zero to two digits; what is zero, missing or endless stays."""
    sizes = np.asarray(size, dtype=float)
    usable = (sizes > 0) & np.isfinite(sizes)
    unit = 10.0 ** (np.floor(np.log10(np.where(usable, sizes, 1.0))) - 1)
    # Ceilings must not climb by the rounding of the division alone.
    return np.where(usable, rounding(np.round(sizes / unit, 6)) * unit, sizes)


def _rounded(
    frame: pd.DataFrame, start: str, names: Sequence[str], telling: NDArray[np.bool_]
) -> pd.DataFrame:
    """Move the bounds of one quantity outwards; those of a ratio of two on the log scale."""
    value, lower, upper = (frame[name].to_numpy(float) for name in (start, *names[:2]))
    logarithms = start == "ratio"
    with np.errstate(divide="ignore", invalid="ignore"):
        centre, ends = value, [lower, upper]
        if logarithms:
            centre, ends = np.log(value), [np.log(end) for end in ends]
        low = centre - _two_digits(centre - ends[0], np.ceil)
        high = centre + _two_digits(ends[1] - centre, np.ceil)
        if logarithms:
            low, high = np.exp(low), np.exp(high)
    found = {
        names[0]: np.where(lower >= 0, np.where(lower == 0, 0.0, np.maximum(low, 0.0)), low),
        names[1]: high,
    }
    if names[2] in frame:
        se = frame[names[2]].to_numpy(float)
        found[names[2]] = _two_digits(se, np.ceil)
        if start == "value":  # bounds of counts are no errors: they stay
            bare = np.isnan(se)
            found[names[0]] = np.where(bare, lower, found[names[0]])
            found[names[1]] = np.where(bare, upper, found[names[1]])
    return frame.assign(**{n: np.where(telling, np.nan, column) for n, column in found.items()})


def without_small_print(
    caveats: Sequence[str], frame: pd.DataFrame, *, whole: bool = True
) -> tuple[str, ...]:
    """Return the caveats; the one that names the smallest number of units speaks of what is left.

    Parameters
    ----------
    caveats : sequence of str
        Sentences under a table.
    frame : pandas.DataFrame
        Its rows as they leave.
    whole : bool
        Whether all groups stay: what was computed over all of them may be said then only.

    Examples
    --------
    >>> without_small_print(["A.", "Fewer than 1,600 clusters (2): ..."], pd.DataFrame())
    ('A.',)
    """
    plain = [_LEFT_OUT.sub(_SOME, caveat) for caveat in caveats]
    said = [caveat for caveat in plain if whole or not _MIXED.match(caveat)]
    others = [caveat for caveat in said if not _FEW.match(caveat)]
    if len(others) == len(said) or not {"se", "n"} <= set(frame.columns):
        return tuple(others)
    shown = frame.loc[frame["se"].notna() & frame["n"].notna(), "n"]
    return (*others, *few_clusters(shown.to_numpy(np.int64)))
