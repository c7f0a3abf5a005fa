"""Terms as they are written (``~A*B``, ``A{2}*B{0}``), and memberships in them.

A term is a conjunction of conditions, an expression a sum of terms (``A*~B + C``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.errors import UsageError, one_of
from difass_analysis.mechanisms.qca.cubes import EVERYTHING, Cube, Fields

_LITERAL = re.compile(r"^(?P<not>~?)\s*(?P<name>[^{}~*+]+?)\s*(?:\{(?P<value>\d+)\})?$")

#: A literal: the condition, and the value that it has to have.
Literal = tuple[str, int]


def written(cube: Cube, conditions: Sequence[str], fields: Fields) -> str:
    """Write a cube as a term, its conditions in the given order; ``1`` where nothing is fixed.

    Examples
    --------
    >>> fields = Fields.of([2, 3])
    >>> written((fields.full, fields.pack([0, 2])), ["A", "B"], fields)
    '~A*B{2}'
    """
    mask, value = cube
    parts = [
        _literal(name, (value & field) >> shift, count)
        for name, field, shift, count in zip(
            conditions, fields.masks, fields.shifts, fields.levels, strict=True
        )
        if mask & field
    ]
    return "*".join(parts) or "1"


def _literal(name: str, value: int, count: int) -> str:
    if count > 2:
        return f"{name}{{{value}}}"
    return name if value else f"~{name}"


def parse(expression: str, conditions: Sequence[str]) -> tuple[tuple[Literal, ...], ...]:
    """Read an expression as terms of literals.

    Raises
    ------
    UsageError
        When a part is no literal, or names no condition.

    Examples
    --------
    >>> parse("A*~B + C{2}", ["A", "B", "C"])
    ((('A', 1), ('B', 0)), (('C', 2),))
    """
    return tuple(
        tuple(_read(part.strip(), conditions) for part in term.split("*"))
        for term in expression.split("+")
    )


def _read(text: str, conditions: Sequence[str]) -> Literal:
    found = _LITERAL.match(text)
    if found is None or (found["not"] and found["value"]):
        raise UsageError(
            f"'{text}' is no condition of an expression.",
            todo="Write for example A*~B + C, or A{2} for a condition with several values.",
        )
    if found["name"] not in conditions:
        raise one_of("condition", found["name"], list(conditions))
    if found["value"]:
        return found["name"], int(found["value"])
    return found["name"], 0 if found["not"] else 1


def cubes_of(expression: str, conditions: Sequence[str], fields: Fields) -> list[Cube]:
    """Return the terms of an expression as cubes.

    Raises
    ------
    UsageError
        When the expression names no condition, or a value that the condition does not have.
    """
    return [_cube(term, conditions, fields) for term in parse(expression, conditions)]


def _cube(term: Sequence[Literal], conditions: Sequence[str], fields: Fields) -> Cube:
    mask, value = EVERYTHING
    for name, level in term:
        at = list(conditions).index(name)
        if level >= fields.levels[at]:
            raise UsageError(
                f"Condition '{name}' has no value {level}.",
                todo=f"Its values are 0 to {fields.levels[at] - 1}.",
            )
        if mask & fields.masks[at] and (value & fields.masks[at]) >> fields.shifts[at] != level:
            raise UsageError(
                f"A term holds '{name}' twice with different values: no case is in it.",
                todo="Take one of the two out.",
            )
        mask |= fields.masks[at]
        value |= level << fields.shifts[at]
    return mask, value


def literal_membership(
    sets: Mapping[str, NDArray[np.float64]], literal: Literal, *, several: bool
) -> NDArray[np.float64]:
    """Return the memberships in one literal: of a fuzzy set, its negation, or a value."""
    name, level = literal
    values = sets[name]
    if several:
        return (values == level).astype(np.float64)
    return values if level else 1.0 - values


def membership(frame: pd.DataFrame, expression: str) -> pd.Series:
    """Answer how far each case belongs to an expression: least of a term, most of a sum.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a case, one column a condition: memberships between 0 and 1, or whole numbers
        for a condition with several values.
    expression : str
        For example ``A*~B + C``.

    Returns
    -------
    pandas.Series of float
        One value a case, with the frame's index.

    Raises
    ------
    UsageError
        When the expression cannot be read, or names no column.

    Examples
    --------
    >>> sets = pd.DataFrame({"A": [0.9, 0.2], "B": [0.4, 0.3]}, index=["x", "y"])
    >>> membership(sets, "A*~B + B").to_dict()
    {'x': 0.6, 'y': 0.3}
    """
    columns = [str(name) for name in frame.columns]
    sets = {
        name: frame[name].to_numpy(dtype=np.float64)
        for name in columns
        if pd.api.types.is_numeric_dtype(frame[name])
    }
    terms = parse(expression, list(sets))
    value = np.max(
        [
            np.min(
                [
                    literal_membership(sets, literal, several=has_values(sets[literal[0]]))
                    for literal in term
                ],
                axis=0,
            )
            for term in terms
        ],
        axis=0,
    )
    return pd.Series(value, index=frame.index, name=expression)


def has_values(values: NDArray[np.float64]) -> bool:
    """Whether a condition has several values (0, 1, 2 ...) and is no set with memberships."""
    known = values[~np.isnan(values)]
    return bool(len(known) and known.max() > 1 and np.all(known == np.round(known)))
