"""The figures with plain pandas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.finish import FEW, counts, ratios, tidy


def figures(folder: Path, levels: list[list[str]], memory: str) -> pd.DataFrame:
    """All figures; `memory` is not for pandas, which has no limit to set."""
    del memory
    operations = pd.read_parquet(folder / "operations.parquet")
    participations = pd.read_parquet(folder / "participations.parquet")
    groups = list(dict.fromkeys(name for by in levels for name in by))
    joined = participations.merge(
        operations[["operation_id", *groups]], on="operation_id", how="left"
    )
    operations = operations.assign(
        y=_cents(operations["private_amount"]), x=_cents(operations["public_amount"])
    )
    joined = joined.assign(y=_cents(joined["public_amount"]))
    parts = []
    for by in levels:
        leverage = operations.groupby([*by, "beneficiary_id"], sort=False)[["y", "x"]].sum()
        cost = joined.groupby([*by, "sme_id"], sort=False)[["y"]].sum().assign(x=100)
        leverage, cost = _moments(leverage.reset_index(), by), _moments(cost.reset_index(), by)
        done = {
            "private_per_public": ratios(leverage),
            "public_cost_per_sme": ratios(cost),
            "smes_reached": counts(cost),
            "beneficiaries": counts(leverage),
        }
        parts.append(tidy(done, by))
    return pd.concat(parts, ignore_index=True)


def _cents(amount: pd.Series) -> pd.Series:
    return (amount * 100).round().astype("int64")


def _moments(clusters: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    y, x = clusters["y"] / 100, clusters["x"] / 100
    clusters = clusters.assign(n=1, yy=y * y, xx=x * x, xy=x * y)
    cells = clusters.groupby(by, sort=False).sum(numeric_only=True)
    cells["jackknife"] = _jackknife(clusters, cells, by)
    cells[["y", "x"]] = cells[["y", "x"]] / 100
    return cells.reset_index()


def _jackknife(clusters: pd.DataFrame, cells: pd.DataFrame, by: list[str]) -> pd.Series:
    small = cells.loc[cells["n"] < FEW, ["n", "y", "x"]]
    rows = clusters[[*by, "y", "x"]].join(small, on=by, rsuffix="_all", how="inner")
    left = (rows["x_all"] - rows["x"]).astype(float)
    replicate = (rows["y_all"] - rows["y"]) / left.where(left != 0)
    rows["square"] = (replicate - rows["y_all"] / rows["x_all"]) ** 2
    squares = rows.groupby(by, sort=False)["square"].sum()
    error = np.sqrt((small["n"] - 1) / small["n"] * squares)
    return error.where(small["n"] > 1)
