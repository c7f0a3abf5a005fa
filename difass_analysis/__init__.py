"""Evaluate support schemes for small and medium-sized enterprises.

Raw files go in at one end; at the other end come figures that each carry their definition,
numerator and denominator, uncertainty, source and caveats.

>>> import difass_analysis as da
>>> "measure" in da.__all__
True
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from difass_analysis.comparison import change, compare, concentration, decompose, ranks
    from difass_analysis.indicators import catalogue
    from difass_analysis.loading import check, example_path, load, load_all
    from difass_analysis.measurement import measure
    from difass_analysis.programme import Programme, Settings
    from difass_analysis.reporting import report
    from difass_analysis.simulation import simulate

_HOMES = {
    "Programme": "programme",
    "Settings": "programme",
    "catalogue": "indicators",
    "change": "comparison",
    "check": "loading",
    "compare": "comparison",
    "concentration": "comparison",
    "decompose": "comparison",
    "example_path": "loading",
    "load": "loading",
    "load_all": "loading",
    "measure": "measurement",
    "ranks": "comparison",
    "report": "reporting",
    "simulate": "simulation",
}

__version__ = version("difass_analysis")
__all__ = [
    "Programme",
    "Settings",
    "catalogue",
    "change",
    "check",
    "compare",
    "concentration",
    "decompose",
    "example_path",
    "load",
    "load_all",
    "measure",
    "ranks",
    "report",
    "simulate",
]


def __getattr__(name: str) -> object:
    # Imports are part of the interface: a name costs its module only when it is used.
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
