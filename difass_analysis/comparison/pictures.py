"""Pictures of results that have another picture already: maps, panels, two periods."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.comparison.changing import Change
from difass_analysis.display import dumbbells, maps, multiples
from difass_analysis.errors import UsageError, one_of
from difass_analysis.result import IndicatorTable, group_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_map(
    table: IndicatorTable,
    *,
    indicator: str,
    region: str = "region",
    shapes: str | PathLike[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw one indicator on a map: a tile for each region, or shapes from a GeoJSON file.

    Parameters
    ----------
    table : IndicatorTable
        Measured by a column of NUTS codes, and by nothing else but the regions' names.
    indicator : str
        Id of the indicator.
    region : str
        The column of codes.
    shapes : path, optional
        GeoJSON whose features carry their NUTS code; tiles are drawn without it.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; a new figure is made without it.

    Raises
    ------
    UsageError
        When the table holds no such indicator, or is not grouped by that column.
    InputError
        When the shapes cannot be read, or none of them has a code of the table.
    """
    rows = _rows(table, indicator, region)
    named = [name for name in table.by if name != region]
    labels = rows[named[0]] if named else rows[region]
    frame = rows[["value", "note"]].assign(region=rows[region], label=labels)
    words = _words(table, indicator)
    if shapes is None:
        return maps.tile_map(frame, **words, ax=ax)
    return maps.region_map(frame, shapes=shapes, **words, ax=ax)


def draw_panels(table: IndicatorTable, *, indicator: str, panel: str) -> Axes:
    """Draw one indicator in small panels, one for each value of a column; return the first Axes.

    Parameters
    ----------
    table : IndicatorTable
        Measured by ``panel`` and one column more.
    indicator : str
        Id of the indicator.
    panel : str
        The column that gives each panel, for example ``mechanism``.

    Raises
    ------
    UsageError
        When the table holds no such indicator, or is not grouped by that column and another.
    """
    rows = _rows(table, indicator, panel)
    others = [name for name in table.by if name != panel]
    if len(others) != 1:
        raise UsageError(
            f"Panels need the table by {panel} and one column more, not by {', '.join(table.by)}.",
            todo=f"Measure by {panel} and, for example, region.",
        )
    frame = rows[["value", "lower", "upper", "note"]].assign(
        panel=rows[panel].astype("str"), label=rows[others[0]].astype("str"), level=table.level
    )
    return multiples.small_multiples(frame, **_words(table, indicator))


def draw_periods(change: Change, *, ax: Axes | None = None) -> Axes:
    """Draw the earlier and the later value of each group side by side, and return the Axes."""
    wide = {
        measure: change.frame[change.frame["measure"] == measure].reset_index(drop=True)
        for measure in ("before", "after")
    }
    labels = [name or "all" for name in group_names(wide["before"], change.by)]
    frame = pd.DataFrame({"label": labels, "note": wide["before"]["note"], "level": change.level})
    for measure, rows in wide.items():
        frame[measure] = rows["value"]
        frame[f"{measure}_lower"], frame[f"{measure}_upper"] = rows["lower"], rows["upper"]
    return dumbbells.dumbbell(
        frame,
        title=f"{change.heading}: {change.periods[0]} and {change.periods[1]}",
        unit=change.unit,
        periods=change.periods,
        caveats=change.caveats,
        source=change.provenance.sentence(),
        simulated=change.provenance.simulated,
        ax=ax,
    )


def _rows(table: IndicatorTable, indicator: str, column: str) -> pd.DataFrame:
    held = list(dict.fromkeys(table.frame["indicator"]))
    if indicator not in held:
        raise one_of("indicator in this table", indicator, held)
    if column not in table.by:
        raise UsageError(
            f"The table is not grouped by {column} but by {', '.join(table.by) or 'nothing'}.",
            todo=f"Measure it by {column}.",
        )
    return table.only(indicator).frame


def _words(table: IndicatorTable, indicator: str) -> dict[str, Any]:
    one = table.definitions.set_index("indicator").loc[indicator]
    return {
        "title": str(one["label"]),
        "unit": str(one["unit"]),
        "caveats": table.caveats,
        "source": table.provenance.sentence(),
        "simulated": table.provenance.simulated,
    }
