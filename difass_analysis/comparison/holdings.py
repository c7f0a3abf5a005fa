"""What each beneficiary holds: ranks, cumulated money and Lorenz points, formed in the engine."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import pandas as pd

from difass_analysis.comparison.cross_moments import text_key
from difass_analysis.engine import Engine, Lazy
from difass_analysis.measurement import CLUSTER

#: Points of a Lorenz curve, beside the origin.
POINTS = 100
GROUP = "_group"


def holdings(rows: Lazy, *, by: Sequence[str], engine: Engine) -> Lazy:
    """Money ``y`` by group and beneficiary, groups written as ``_key_0``, ``_key_1`` ...

    A beneficiary without any money counts; one whose total is below zero does not.
    """
    keys = {f"_key_{place}": text_key(name) for place, name in enumerate(by)}
    named = rows.with_columns(**keys, _beneficiary=text_key(CLUSTER))
    return engine.materialise(
        named.filter(nw.col("y") >= 0).select(*by, *keys, "_beneficiary", "y")
    )


def ranked(held: Lazy, keys: Sequence[str]) -> Lazy:
    """Add rank (1 is the smallest), number, cumulated money and weight in the top tenth.

    The top tenth of ``n`` beneficiaries are the ``n / 10`` largest; the one at the border counts
    in part, so that its share is that of the Lorenz curve.
    """
    names = held.collect_schema().names()
    order = ["y", "_beneficiary", *(name for name in names if name.startswith("_key_"))]
    rows = held.with_columns(**{GROUP: nw.lit(1), "_one": nw.lit(1)})
    over = list(keys) or [GROUP]
    rows = rows.with_columns(
        rank=nw.col("_one").cum_sum().over(*over, order_by=order),
        cumulated=nw.col("y").cum_sum().over(*over, order_by=order),
        n=nw.len().over(*over),
        total=nw.col("y").sum().over(*over),
    )
    number = nw.col("n").cast(nw.Float64)
    above = nw.col("rank").cast(nw.Float64) - (number - number / 10.0)
    whole = nw.when(above >= 1.0).then(1.0)
    return rows.with_columns(top=whole.otherwise(nw.when(above > 0.0).then(above).otherwise(0.0)))


def group_sums(rows: Lazy, labels: Sequence[str], *, engine: Engine) -> pd.DataFrame:
    """Sums by group of ranked holdings: what inequality and shares are computed from.

    Returns
    -------
    pandas.DataFrame
        The label columns and their ``_key`` columns, ``n``, ``y``, ``ranked``, ``logs`` (see
        :class:`~difass_analysis.comparison.inequality.Sums`) and ``top`` (money of the top
        tenth).
    """
    positive = nw.when(nw.col("y") > 0).then(nw.col("y")).otherwise(1.0)
    parts = rows.with_columns(
        ranked=nw.col("rank").cast(nw.Float64) * nw.col("y"),
        logs=nw.col("y") * positive.log(),
        top=nw.col("top") * nw.col("y"),
        n=nw.lit(1),
    )
    keys = [*labels, *(f"_key_{place}" for place in range(len(labels)))] or [GROUP]
    sums = [nw.col(name).sum() for name in ("n", "y", "ranked", "logs", "top")]
    found = engine.collect(parts.group_by(*keys).agg(*sums))
    return found.sort_values(keys, kind="stable", na_position="last", ignore_index=True)


def lorenz_points(rows: Lazy, labels: Sequence[str], *, engine: Engine) -> pd.DataFrame:
    """Points of the Lorenz curve of each group: at most 100 beside the origin.

    Returns
    -------
    pandas.DataFrame
        The label columns, ``population_share``, ``money_share``; none where there is no money.
    """
    rank, number = nw.col("rank").cast(nw.Float64), nw.col("n").cast(nw.Float64)
    here = (rank * POINTS / number).floor()
    before = ((rank - 1.0) * POINTS / number).floor()
    chosen = rows.filter((nw.col("total") > 0) & ((here > before) | (nw.col("n") <= POINTS)))
    points = chosen.with_columns(
        population_share=rank / number, money_share=nw.col("cumulated") / nw.col("total")
    )
    found = engine.collect(points.select(*labels, "population_share", "money_share"))
    origin = found[list(labels)].drop_duplicates() if labels else found.head(1)[[]]
    origin = origin.assign(population_share=0.0, money_share=0.0)
    both = pd.concat([origin, found], ignore_index=True)
    return both.sort_values(
        [*labels, "population_share"], kind="stable", na_position="last", ignore_index=True
    )
