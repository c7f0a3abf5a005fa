"""Measurement: indicators by group, with numerator, denominator and honest uncertainty."""

from __future__ import annotations

from difass_analysis.measurement.clusters import CLUSTER, ClusterCells, cluster_cells
from difass_analysis.measurement.contributions import Contributions, contributions
from difass_analysis.measurement.fitting import Unmet, refuse_no_rows, unmet
from difass_analysis.measurement.groups import grouping_with_names
from difass_analysis.measurement.measuring import measure

__all__ = [
    "CLUSTER",
    "ClusterCells",
    "Contributions",
    "Unmet",
    "cluster_cells",
    "contributions",
    "grouping_with_names",
    "measure",
    "refuse_no_rows",
    "unmet",
]
