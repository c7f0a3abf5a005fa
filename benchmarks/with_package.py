"""The figures with the package: two calls of `measure`."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from difass_analysis import Programme, measure
from difass_analysis.engine import make_engine

INDICATORS = ["private_per_public", "public_cost_per_sme", "smes_reached", "beneficiaries"]


def figures(folder: Path, levels: list[list[str]], memory: str) -> pd.DataFrame:
    programme = Programme.from_frames(
        operations=folder / "operations.parquet",
        participations=folder / "participations.parquet",
        engine=make_engine(memory=memory),
    )
    tables = [measure(programme, indicators=INDICATORS, by=by) for by in levels]
    return pd.concat([table.frame for table in tables], ignore_index=True)
