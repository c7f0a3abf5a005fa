"""Cells that hold several values: one row for each of them."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import pandas as pd

from difass_analysis.engine import Engine, Lazy
from difass_analysis.programme import LINE_COLUMN
from difass_analysis.schema import table_of
from difass_analysis.sources.cells import trimmed
from difass_analysis.sources.headings import by_fold
from difass_analysis.sources.profile import TableMapping, fold
from difass_analysis.sources.stages import PIECE

_PROBLEMS = ["line", "column", "heading", "value", "kind", "message"]


def unpacked(
    lazy: Lazy, mapping: TableMapping, headings: Sequence[str], *, engine: Engine
) -> tuple[Lazy, pd.DataFrame]:
    """Return one row for each value of the packed cells, and the cells that do not go along.

    Parameters
    ----------
    lazy : lazy frame
        Rows of the file, as text.
    mapping : TableMapping
        Its ``split`` names the packed columns; the first of them says how many rows there are.
    headings : sequence of str
        Headings of the file.
    engine : Engine
        What computes.

    Returns
    -------
    tuple
        The rows, with the number of the piece in ``_piece``; and the cells of other packed
        columns that hold another number of values than the first one. Which value belongs to
        which piece is not known there: they are missing in all pieces of their line.
    """
    assert mapping.split is not None
    known = by_fold(headings)
    names = [known[fold(name)] for name in mapping.split.headings if fold(name) in known]
    counted = engine.materialise(_counted(lazy, names, mapping.split.by))
    loose = _loose(counted, names, mapping, engine=engine)
    most = engine.collect(counted.select(nw.col("__n0").max().alias("n")))["n"].iloc[0]
    others = [name for name in lazy.collect_schema().names() if name not in names]
    pieces = [
        counted.filter(nw.col("__n0") > index).select(
            *others,
            *(_piece(number, name, index) for number, name in enumerate(names)),
            nw.lit(index + 1).alias(PIECE),
        )
        for index in range(0 if pd.isna(most) else int(most))
    ]
    if not pieces:
        nothing = lazy.filter(nw.col(LINE_COLUMN).is_null())
        return nothing.with_columns(nw.lit(1).alias(PIECE)), loose
    rows = nw.concat(pieces, how="vertical") if len(pieces) > 1 else pieces[0]
    # A mark at the end of a list leaves a piece without any text.
    empty = nw.all_horizontal(*(nw.col(name).is_null() for name in names), ignore_nulls=False)
    return engine.materialise(rows.filter(~empty)), loose


def _counted(lazy: Lazy, names: Sequence[str], by: str) -> Lazy:
    lists = {f"__p{i}": trimmed(nw.col(name).cast(nw.String)) for i, name in enumerate(names)}
    split = lazy.with_columns(**{key: text.str.split(by) for key, text in lists.items()})
    return split.with_columns(
        **{f"__n{i}": nw.col(f"__p{i}").list.len().fill_null(0) for i in range(len(names))}
    )


def _piece(number: int, name: str, index: int) -> nw.Expr:
    fits = nw.col(f"__n{number}") == nw.col("__n0")
    return nw.when(fits).then(trimmed(nw.col(f"__p{number}").list.get(index))).alias(name)


def _loose(
    counted: Lazy, names: Sequence[str], mapping: TableMapping, *, engine: Engine
) -> pd.DataFrame:
    """List cells with another number of values than the first packed column."""
    targets = {fold(heading): rule.target for rule in mapping.rules for heading in rule.headings}
    found = []
    for number, name in enumerate(names[1:], start=1):
        count, first = nw.col(f"__n{number}"), nw.col("__n0")
        rows = engine.collect(
            counted.filter((count != first) & (count > 0)).select(
                nw.col(LINE_COLUMN).alias("line"),
                nw.col(name).cast(nw.String).alias("value"),
                count.alias("n"),
                first.alias("first"),
            )
        )
        message = [
            f"holds {row.n} values, and '{names[0]}' {row.first}: "
            "which belong together is not known"
            for row in rows.itertuples(index=False)
        ]
        personal = table_of(mapping.table).column(targets[fold(name)]).personal
        shown = "(personal)" if personal else rows["value"].str.slice(0, 200)
        found.append(
            rows.assign(
                column=targets[fold(name)],
                heading=name,
                kind="packed",
                message=message,
                value=shown,
            )[_PROBLEMS]
        )
    if not found:
        return pd.DataFrame({name: [] for name in _PROBLEMS})
    return pd.concat(found, ignore_index=True).sort_values("line", kind="stable")
