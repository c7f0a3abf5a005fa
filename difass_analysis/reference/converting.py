"""Counts and amounts of one NUTS version in the regions of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
import pandas as pd

from difass_analysis.errors import UsageError, one_of
from difass_analysis.reference.codes import is_code, is_residual, named
from difass_analysis.reference.links import Steps, changes, successors

ADDITIVE = ("_amount", "_count", "_fte")
"""Endings of columns that add up over regions; shares, means and rates do not."""

_MILLIONTHS = 10**6
_LARGEST = 9e12  # whole millionths beyond it do not fit into 64 bits
_WEIGHT_COLUMNS = ["from_code", "to_code", "weight", "source"]

Shares = dict[str, dict[str, Fraction]]


@dataclass(frozen=True, eq=False)
class Converted:
    """A table in the regions of another NUTS version, and how it came about.

    Attributes
    ----------
    frame : pandas.DataFrame
        The table with codes of ``to_version``, one row for each combination of code and other
        columns. Rows whose region is unknown or has no successor have no code.
    codes : pandas.DataFrame
        One row for each code that was found and its successor: ``from_code``, ``to_code``,
        ``kind`` (as in `changes`; ``unknown`` for what is no code of ``from_version``),
        ``weight`` (1 where a region was carried over whole) and ``source`` of the weight.
    from_version, to_version : str
        The two versions.
    notes : tuple of str
        Sentences that belong under every figure made from the table.
    """

    frame: pd.DataFrame
    codes: pd.DataFrame
    from_version: str
    to_version: str
    notes: tuple[str, ...]


def convert(
    frame: pd.DataFrame,
    *,
    column: str,
    values: Sequence[str],
    from_version: str,
    to_version: str,
    weights: pd.DataFrame | None = None,
    borders: Literal["weigh", "carry"] = "weigh",
) -> Converted:
    """Convert counts and amounts by region from one NUTS version to another.

    What would the table look like in the regions of the other version? Regions that kept their
    area, got another code, or were merged are carried over exactly. A region that was split
    needs weights, and is refused without them: no share is made up, since the share by people
    and that by area can differ by a factor of seven (HU10 to HU11: 0.59 and 0.08).

    Sums are kept exactly, in whole millionths of a unit (above nine billion, as far as a float
    tells them apart), also where the region is unknown: such rows stay, without a code. Counts
    that are split by weights are estimates and no whole numbers.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each region and combination of other columns; several are added up.
    column : str
        Column of NUTS codes of ``from_version``.
    values : sequence of str
        Columns to convert; each ends in ``_amount``, ``_count`` or ``_fte``.
    from_version, to_version : str
        Two NUTS versions, in either order.
    weights : pandas.DataFrame, optional
        ``from_code``, ``to_code``, ``weight`` (the weights of each ``from_code`` add up to 1)
        and ``source`` (what they were taken from, for example the population of 2011).
    borders : {"weigh", "carry"}
        What happens to a region of which less than a tenth went to a known neighbour:
        ``weigh`` asks for weights as for a split, ``carry`` leaves it whole and says so. Where
        the neighbour is not known, the region is carried over whole in any case, and noted.

    Returns
    -------
    Converted
        A missing value makes the sums that it enters missing.

    Raises
    ------
    UsageError
        When a column is missing, does not add up over regions or is no number; when weights are
        needed and not given, do not add up to 1, lack a source, or name other regions.

    References
    ----------
    Joint Research Centre, NUTS conversion matrices, for the formula
    ``y_target = sum over sources of y_source * w(source, target)`` with weights that add up to
    1 for each source.

    Examples
    --------
    >>> table = pd.DataFrame({"region": ["HU10", "HU21"], "grant_amount": [100.0, 40.0]})
    >>> people = pd.DataFrame(
    ...     {
    ...         "from_code": ["HU10", "HU10"],
    ...         "to_code": ["HU11", "HU12"],
    ...         "weight": [0.5863, 0.4137],
    ...         "source": "population 2011",
    ...     }
    ... )
    >>> converted = convert(
    ...     table,
    ...     column="region",
    ...     values=["grant_amount"],
    ...     from_version="2013",
    ...     to_version="2016",
    ...     weights=people,
    ... )
    >>> converted.frame
      region  grant_amount
    0   HU11         58.63
    1   HU12         41.37
    2   HU21         40.00
    """
    _check_columns(frame, column, values)
    if borders not in ("weigh", "carry"):
        raise one_of("way with borders", borders, ["weigh", "carry"])
    steps = successors(from_version, to_version)
    present = list(dict.fromkeys(frame[column].dropna().astype("str")))
    given = _checked_weights(weights, steps, to_version)
    shares = _shares(present, steps, given, versions=(from_version, to_version), borders=borders)
    codes = _code_table(present, shares, weights, (from_version, to_version))
    notes = _notes(codes, frame[column], frame[list(values)], (from_version, to_version))
    return Converted(
        _spread(frame, column, list(values), shares), codes, from_version, to_version, notes
    )


# --- checks --------------------------------------------------------------------------


def _check_columns(frame: pd.DataFrame, column: str, values: Sequence[str]) -> None:
    if isinstance(values, str) or not values:
        raise UsageError("No columns to convert.", todo='Name them in a list: values=["..."].')
    lost = [name for name in [column, *values] if name not in frame.columns]
    if lost:
        raise UsageError(
            f"The table has no column {', '.join(map(repr, lost))}.",
            todo=f"It has: {', '.join(map(str, frame.columns))}.",
        )
    rates = [name for name in values if not name.endswith(ADDITIVE)]
    if rates:
        raise UsageError(
            f"{', '.join(map(repr, rates))} cannot be converted: only what adds up over regions "
            f"can, in columns that end in {', '.join(ADDITIVE)}.",
            todo="Convert numerator and denominator each by itself, and divide afterwards.",
        )
    others = [str(name) for name in frame.columns if name not in {column, *values}]
    stray = [
        name
        for name in others
        if name.endswith((*ADDITIVE, "_share")) or pd.api.types.is_float_dtype(frame[name])
    ]
    if stray:
        raise UsageError(
            f"{', '.join(map(repr, stray))} would be neither converted nor a name of a group.",
            todo="Put columns that add up into values, and drop the others.",
        )
    for name in values:
        _check_numbers(frame[name])


def _check_numbers(numbers: pd.Series) -> None:
    if not pd.api.types.is_numeric_dtype(numbers) or pd.api.types.is_bool_dtype(numbers):
        raise UsageError(f"'{numbers.name}' is not a column of numbers.", todo="Read it as such.")
    if float(numbers.dropna().abs().sum()) >= _LARGEST:
        raise UsageError(
            f"The sum of '{numbers.name}' passes {_LARGEST:,.0f} and cannot be kept exactly.",
            todo="Convert in thousands or millions.",
        )


def _checked_weights(weights: pd.DataFrame | None, steps: Steps, to_version: str) -> Shares:
    """Weights by region and successor, as exact fractions."""
    if weights is None:
        return {}
    lost = [name for name in _WEIGHT_COLUMNS if name not in weights.columns]
    if lost:
        raise UsageError(
            f"The weights have no column {', '.join(map(repr, lost))}.",
            todo=f"They need {', '.join(_WEIGHT_COLUMNS)}.",
        )
    if weights["source"].isna().any() or (weights["source"].astype("str").str.strip() == "").any():
        raise UsageError(
            "Some weights have no source.", todo="Say in `source` what they were taken from."
        )
    numbers = pd.to_numeric(weights["weight"], errors="coerce")
    if numbers.isna().any() or (numbers < 0).any():
        raise UsageError("Some weights are no numbers from 0 to 1.", todo="Correct them.")
    found: Shares = {}
    for source, target, weight in zip(
        weights["from_code"], weights["to_code"], numbers, strict=True
    ):
        found.setdefault(str(source), {})
        if str(target) in found[str(source)]:
            raise UsageError(f"The weight of {source} to {target} is given twice.")
        found[str(source)][str(target)] = Fraction(str(weight))
    off = [code for code, parts in found.items() if abs(float(sum(parts.values())) - 1) > 1e-6]
    if off:
        raise UsageError(
            f"The weights of {_list(off)} do not add up to 1.", todo="Divide them by their sum."
        )
    _check_places(found, steps, to_version)
    return {
        code: {t: w / sum(parts.values()) for t, w in parts.items()}
        for code, parts in found.items()
    }


def _check_places(found: Shares, steps: Steps, to_version: str) -> None:
    foreign = [code for code in found if code not in steps]
    foreign += [t for parts in found.values() for t in parts if t not in named(to_version)]
    if foreign:
        raise UsageError(
            f"The weights name {_list(foreign)}: no code of its version.",
            todo="`from_code` is of the earlier table's version, `to_code` of the wanted one.",
        )
    whole = [code for code in found if list(steps[code].values()) == ["whole"]]
    if whole:
        raise UsageError(
            f"The weights share out {_list(whole)}, which went whole into one region.",
            todo="Leave them out; see changes().",
        )


def _list(codes: Sequence[str]) -> str:
    shown = ", ".join(codes[:8])
    return shown + (f" and {len(codes) - 8} more" if len(codes) > 8 else "")


# --- shares --------------------------------------------------------------------------


def _shares(
    present: list[str], steps: Steps, given: Shares, *, versions: tuple[str, str], borders: str
) -> Shares:
    """Where each code that is found goes, in parts of 1; nowhere for unknown and ended ones."""
    found: Shares = {}
    lacking = []
    for code in present:
        targets = steps.get(code, {})
        large = [target for target, extent in targets.items() if extent != "sliver"]
        carried = len(large) == 1 and (len(targets) == 1 or borders == "carry")
        if code in given:
            found[code] = given[code]
        elif is_residual(code) and is_code(code, versions[0]) and is_code(code, versions[1]):
            found[code] = {code: Fraction(1)}
        elif not targets:
            found[code] = {}
        elif carried:
            found[code] = {large[0]: Fraction(1)}
        else:
            lacking.append(f"{code} (to {', '.join(targets)})")
    if lacking:
        raise UsageError(
            f"Weights are needed for {_list(lacking)}: parts of them went to several regions.",
            todo="Give weights with from_code, to_code, weight and source. Where less than a "
            'tenth moved, borders="carry" leaves the region whole instead.',
        )
    return found


def _spread(frame: pd.DataFrame, column: str, values: list[str], shares: Shares) -> pd.DataFrame:
    """Share out the rows and add up what meets; in whole millionths, so that sums stay."""
    order = [str(name) for name in frame.columns]
    keys = [column, *(name for name in order if name not in {column, *values})]
    pieces: list[tuple[int, str | None, list[int | None]]] = []
    rows = frame[[column, *values]].itertuples(index=False, name=None)
    for place, (code, *numbers) in enumerate(rows):
        parts = {} if pd.isna(code) else shares[str(code)]
        whole = [None if pd.isna(number) else _millionths(number) for number in numbers]
        pieces += [(place, target, share) for target, share in _shared(whole, parts)]
    places = [place for place, _, _ in pieces]
    long = frame[keys[1:]].iloc[places].reset_index(drop=True)
    long[column] = pd.Series([target for _, target, _ in pieces], dtype="str")
    for at, name in enumerate(values):
        long[name] = pd.Series([numbers[at] for _, _, numbers in pieces], dtype="Int64")
    grouped = long.groupby(keys, dropna=False, sort=True, observed=True)[values]
    sums = grouped.sum(skipna=False).reset_index()
    for name in values:
        sums[name] = sums[name].astype("Float64").to_numpy("float64", na_value=np.nan) / _MILLIONTHS
    return sums[order]


def _millionths(number: float) -> int:
    return round(Fraction(number) * _MILLIONTHS)


def _shared(
    whole: list[int | None], parts: dict[str, Fraction]
) -> list[tuple[str | None, list[int | None]]]:
    """Share out whole numbers; the largest part takes what rounding leaves."""
    if not parts:
        return [(None, whole)]
    largest = max(parts, key=lambda target: parts[target])
    rest = list(whole)
    found: list[tuple[str | None, list[int | None]]] = []
    for target, weight in parts.items():
        if target == largest:
            continue
        share = [None if number is None else round(number * weight) for number in whole]
        rest = [
            None if left is None or taken is None else left - taken
            for left, taken in zip(rest, share, strict=True)
        ]
        found.append((target, share))
    return [*found, (largest, rest)]


# --- what is said of it --------------------------------------------------------------


def _code_table(
    present: list[str],
    shares: Shares,
    weights: pd.DataFrame | None,
    versions: tuple[str, str],
) -> pd.DataFrame:
    table = changes(*versions)
    kinds = {
        (source, None if pd.isna(target) else target): kind
        for source, target, kind in zip(
            table["from_code"], table["to_code"], table["kind"], strict=True
        )
    }
    sources = {}
    if weights is not None:
        pairs = zip(weights["from_code"], weights["to_code"], strict=True)
        sources = dict(zip(pairs, weights["source"], strict=True))
    rows = []
    for code in sorted(present):
        places: list[tuple[str | None, Fraction]] = [*shares[code].items()] or [(None, Fraction(1))]
        for target, weight in places:
            other = "unknown" if target is None else "unchanged" if target == code else "split"
            kind = kinds.get((code, target), other)
            rows.append((code, target, kind, float(weight), sources.get((code, target))))
    names = ["from_code", "to_code", "kind", "weight", "source"]
    kinds_of = {"weight": "float64"} | {name: "str" for name in names if name != "weight"}
    return pd.DataFrame(rows, columns=names).astype(kinds_of)


def _notes(
    codes: pd.DataFrame, column: pd.Series, numbers: pd.DataFrame, versions: tuple[str, str]
) -> tuple[str, ...]:
    """Say what was carried over exactly, what by weights, and what could not be."""

    def of(kind: str, weighed: bool) -> list[str]:
        rows = codes[(codes["kind"] == kind) & (codes["source"].notna() == weighed)]
        return list(dict.fromkeys(rows["from_code"]))

    shared = list(dict.fromkeys(codes.loc[codes["source"].notna(), "from_code"]))
    sources = ", ".join(dict.fromkeys(codes["source"].dropna()))
    sentences = {
        f"Converted from NUTS {versions[0]} to NUTS {versions[1]}.": ["-"],
        "Recoded, the same area: {}.": of("recoded", weighed=False),
        "Merged whole into larger regions: {}.": of("merged", weighed=False),
        f"Shared out by weights ({sources}), so estimates: {{}}.": shared,
        "Carried over whole although the border moved: {}.": of("boundary shift", weighed=False),
        "Without a successor, kept without a code: {}.": of("discontinued", weighed=False),
        f"No codes of NUTS {versions[0]}, kept without a code: {{}}.": of("unknown", weighed=False),
    }
    found = [text.format(_list(which)) for text, which in sentences.items() if which]
    unknown = int(column.isna().sum())
    if unknown:
        found.append(f"{unknown} rows had no code and have none.")
    missing = int(numbers.isna().any(axis=1).sum())
    if missing:
        found.append(f"{missing} rows lack a value; the sums they enter are missing.")
    return tuple(found)
