"""Maps of regions: tiles of one size, which need no shapes, and a map of shapes given."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from os import PathLike
from typing import TYPE_CHECKING

import pandas as pd

from difass_analysis.display import canvas, numbers
from difass_analysis.display.canvas import Words
from difass_analysis.display.classes import Classes, classes_for
from difass_analysis.display.digits import Digits, digits_for
from difass_analysis.display.frames import joined, listed, missing_word, prepared, titled, worded
from difass_analysis.display.shape_drawing import draw_shapes
from difass_analysis.display.shapes import Shape, read_shapes
from difass_analysis.display.tile_drawing import draw_tiles
from difass_analysis.display.tiles import Layout, layout
from difass_analysis.errors import InputError, SchemaError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ALIASES = {"GR": "EL", "GB": "UK"}  # ISO codes of countries that Eurostat names otherwise
_UNNAMED = "regions without room for their code are not named"
_NOTHING = "No region with a code: there is nothing to draw."


def tile_map(
    frame: pd.DataFrame,
    *,
    title: str,
    unit: str,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw a tile for each region, all of one size, filled by class and with the value on it.

    Answers: where are the values high and low, without large regions looking important? Countries
    (codes of two letters) stand about where they lie in Europe. Regions stand in a block for each
    country, in the order of their codes; the picture says so.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``region`` (a NUTS code, each once), ``label`` and ``value``; optionally ``note``.
    title, unit : str
        What is shown, and its unit.
    caveats, source : sequence of str, str
        Sentences and the source line under the picture.
    simulated : bool
        Whether the data are simulated; the picture then says so.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; a new figure is made without it.

    Raises
    ------
    SchemaError
        When a column is missing, or a code stands in two rows.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> frame = pd.DataFrame({"region": ["ITH5", "ITC4"], "label": ["Emilia-Romagna", "Lombardia"],
    ...                       "value": [1.2, None]})
    >>> ax = tile_map(frame, title="Leverage", unit="EUR per EUR")
    >>> [text.get_text() for text in ax.texts if text.get_text() in {"ITH5", "1.20", "not known"}]
    ['not known', 'ITH5', '1.20', 'not known']
    >>> close(ax)
    """
    rows = _map_rows(frame)
    placed = rows[rows["region"] != numbers.NOT_KNOWN]
    grid = layout(list(placed["region"]), width=canvas.room(ax)) if len(placed) else None
    digits, classes = _looks(placed, unit=unit)
    words = Words(
        title=titled(title, unit),
        reading=_tile_reading(placed, grid),
        notes=(*_codeless_notes(rows), *digits.notes(), *caveats),
        source=source,
        simulated=simulated,
    )
    words = worded(words, rows)
    if grid is None:
        return canvas.empty(words, message=_NOTHING, ax=ax)
    return draw_tiles(placed, grid, classes, digits, words=words, ax=ax)


def region_map(
    frame: pd.DataFrame,
    *,
    shapes: str | PathLike[str],
    title: str,
    unit: str,
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw a map of regions, filled by class, from a GeoJSON file of their shapes.

    Answers: where are the values high and low? Regions of the same level that have no row are
    left white; islands and regions overseas lie outside of the picture.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``region`` (a NUTS code, each once), ``label`` and ``value``; optionally ``note``.
    shapes : path
        A GeoJSON file whose features have the code in ``NUTS_ID`` or ``id``; longitude and
        latitude, or metres.
    title, unit : str
        What is shown, and its unit.
    caveats, source : sequence of str, str
        Sentences and the source line under the picture; the file of shapes is added.
    simulated : bool
        Whether the data are simulated; the picture then says so.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; a new figure is made without it.

    Raises
    ------
    InputError
        When the file cannot be read, is no GeoJSON, or has none of the regions.
    SchemaError
        When a column is missing, or a code stands in two rows.
    """
    rows = _map_rows(frame)
    known = read_shapes(shapes)
    placed = rows[rows["region"] != numbers.NOT_KNOWN]
    drawn = placed[placed["region"].isin(list(known))]
    if drawn.empty and len(placed):
        raise _no_shape(list(placed["region"]), known)
    digits, classes = _looks(drawn, unit=unit)
    shapeless = [str(code) for code in placed.loc[~placed["region"].isin(list(known)), "region"]]
    words = Words(
        title=titled(title, unit),
        reading=joined([_classes_reading(drawn), _UNNAMED]),
        notes=(
            *([f"No shape in the file for: {listed(shapeless)}."] if shapeless else []),
            *_codeless_notes(rows),
            *digits.notes(),
            *caveats,
        ),
        source=source,
        simulated=simulated,
    )
    words = worded(words, rows)
    if drawn.empty:
        return canvas.empty(words, message=_NOTHING, ax=ax)
    return draw_shapes(drawn, known, classes, digits, words=words, ax=ax)


def _map_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with their codes as Eurostat writes them, each at most once."""
    rows = prepared(frame, text=("region", "label"), optional=())
    codes = [code if code == numbers.NOT_KNOWN else _code(code) for code in rows["region"]]
    rows = rows.assign(region=codes)
    held = rows.loc[rows["region"] != numbers.NOT_KNOWN, "region"]
    twice = list(dict.fromkeys(held[held.duplicated()]))
    if twice:
        raise SchemaError(
            f"Column region of this map holds {listed(twice, most=3)} in more than one row.",
            todo="A map needs one row a region: choose one year or one mechanism.",
        )
    return rows


def _code(text: str) -> str:
    code = text.strip().upper()
    return _ALIASES.get(code[:2], code[:2]) + code[2:]


def _looks(rows: pd.DataFrame, *, unit: str) -> tuple[Digits, Classes]:
    values = [float(value) for value in rows["value"]]
    digits = digits_for(values, unit=unit)
    return digits, classes_for(values, digits=digits)


def _classes_reading(rows: pd.DataFrame) -> str:
    known = [value for value in rows["value"] if not isnan(value)]
    words = {missing_word(row["note"]) for row in rows.to_dict("records") if isnan(row["value"])}
    return joined(
        [
            "the darker the higher" if len(set(known)) > 1 else "",
            "classes hold about equally many regions" if len(set(known)) > 5 else "",
            f"hatched: {' or '.join(sorted(words))}" if words else "",
        ]
    ).rstrip(".")


def _tile_reading(rows: pd.DataFrame, grid: Layout | None) -> str:
    if grid is None:
        return ""
    if grid.headings:
        where = "tiles stand in the order of their codes, not where the regions lie"
    else:
        where = "tiles stand about where the countries lie"
        if grid.placeless:
            where += f" ({', '.join(grid.placeless)} at the bottom left)"
    return joined([where, _classes_reading(rows)[:1].lower() + _classes_reading(rows)[1:]])


def _codeless_notes(rows: pd.DataFrame) -> list[str]:
    names = [str(name) for name in rows.loc[rows["region"] == numbers.NOT_KNOWN, "label"]]
    return [f"Not on the map, no region code: {listed(names)}."] if names else []


def _no_shape(codes: Sequence[str], known: dict[str, Shape]) -> InputError:
    return InputError(
        f"The file of shapes has none of the regions {listed(codes, most=3)}; "
        f"it has {listed(sorted(known), most=3)}.",
        todo="Use shapes of the same NUTS level and version as the data.",
    )
