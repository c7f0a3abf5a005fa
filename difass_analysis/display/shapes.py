"""Shapes of regions from a GeoJSON file, as its publisher gives them; nothing else is needed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import cos, radians
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from difass_analysis.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.path import Path as Outline

Ring = np.ndarray[Any, Any]

_HEIGHTS = (0.5, 0.45, 0.55, 0.4, 0.6, 0.35, 0.65, 0.3, 0.7, 0.25, 0.75, 0.2, 0.8)  # where to look

_CODE_NAMES = ("NUTS_ID", "nuts_id", "NUTS_CODE", "id", "code")
_WHERE = "GISCO (Eurostat) publishes the NUTS regions as GeoJSON; save such a file and name it."
# West, east, south, north of the continent, in degrees and in metres of EPSG:3035; regions
# overseas would make all others too small to be seen.
_DEGREES = (-25.0, 45.5, 33.0, 72.0)
_METRES = (2.4e6, 7.5e6, 1.3e6, 5.6e6)


@dataclass(frozen=True, eq=False, kw_only=True)
class Shape:
    """A region: polygons, each with its outer ring first and its holes after it."""

    code: str
    polygons: tuple[tuple[Ring, ...], ...]


def read_shapes(path: str | PathLike[str]) -> dict[str, Shape]:
    """Read the shapes of a GeoJSON file by their code.

    Parameters
    ----------
    path : path
        A FeatureCollection whose features have a code in ``NUTS_ID`` or ``id``.

    Raises
    ------
    InputError
        When the file cannot be read, is no GeoJSON, or has no polygons with codes.
    """
    name = Path(path).name
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise InputError(f"{name}: {reason}.", todo=_WHERE) from None
    except ValueError:
        raise InputError(f"{name} is no JSON file.", todo=_WHERE) from None
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list):
        kind = content.get("type", "no type") if isinstance(content, dict) else "a list"
        raise InputError(
            f"{name} is no GeoJSON FeatureCollection (it is {kind}).",
            todo="Export it as GeoJSON." if kind == "Topology" else _WHERE,
        )
    try:
        shapes = dict(filter(None, map(_shape, features)))
    except (TypeError, ValueError, IndexError, AttributeError):
        raise InputError(f"{name} holds coordinates that are no polygons.", todo=_WHERE) from None
    if not shapes:
        raise InputError(
            f"{name} holds no polygon with a code in {' or '.join(_CODE_NAMES[:1])} or id.",
            todo=_WHERE,
        )
    return shapes


def _shape(feature: dict[str, Any]) -> tuple[str, Shape] | None:
    properties = {**feature, **(feature.get("properties") or {})}
    codes = [properties[name] for name in _CODE_NAMES if properties.get(name)]
    geometry = feature.get("geometry") or {}
    held = geometry.get("coordinates") or []
    polygons = {"Polygon": [held], "MultiPolygon": held}.get(str(geometry.get("type")), [])
    found = tuple(tuple(_rings(polygon)) for polygon in polygons if polygon)
    if not codes or not found:
        return None
    code = str(codes[0]).strip().upper()
    return code, Shape(code=code, polygons=found)


def _rings(polygon: Sequence[Any]) -> Iterable[Ring]:
    """Turn outer rings one way round and holes the other, so that holes stay empty."""
    for place, points in enumerate(polygon):
        ring = np.array([point[:2] for point in points], dtype="float64")
        if len(ring) < 3:
            raise ValueError("a ring needs three points")
        yield ring if (area(ring) > 0) == (place == 0) else ring[::-1]


def area(ring: Ring) -> float:
    """Return the area inside a ring; negative if it runs clockwise.

    Examples
    --------
    >>> area(np.array([[0, 0], [2, 0], [2, 1], [0, 1]]))
    2.0
    """
    x, y = ring.T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


def outline(shape: Shape) -> Outline:
    """Return all rings of a region as one path."""
    from matplotlib.path import Path as Outline

    rings = [ring for polygon in shape.polygons for ring in polygon]
    return Outline.make_compound_path(*(Outline(ring, closed=True) for ring in rings))


def label_spot(shape: Shape, *, width: float, height: float) -> tuple[float, float] | None:
    """Return the middle of a place on the largest part of a region where a text fits, if any.

    Parameters
    ----------
    shape : Shape
        The region.
    width, height : float
        Size of the text, in the units of the shape.
    """
    rings = max(shape.polygons, key=lambda polygon: abs(area(polygon[0])))
    low, high = rings[0][:, 1].min(), rings[0][:, 1].max()
    for share in _HEIGHTS:
        y = float(low + share * (high - low))
        for left, right in sorted(_chords(rings, y), key=lambda chord: chord[0] - chord[1]):
            x = (left + right) / 2
            if all(_spans(rings, x, y + shift * height, width) for shift in (-0.5, 0, 0.5)):
                return x, y
    return None


def _spans(rings: Sequence[Ring], x: float, y: float, width: float) -> bool:
    """Whether a line of this width around ``x`` lies inside."""
    return any(
        left <= x - width / 2 and x + width / 2 <= right for left, right in _chords(rings, y)
    )


def _chords(rings: Sequence[Ring], y: float) -> list[tuple[float, float]]:
    """Return the stretches of a horizontal line that lie inside the outer ring and no hole."""
    found = []
    for ring in rings:
        x1, y1 = ring.T
        x2, y2 = np.roll(x1, -1), np.roll(y1, -1)
        cut = (y1 > y) != (y2 > y)
        found.append(x1[cut] + (y - y1[cut]) / (y2[cut] - y1[cut]) * (x2[cut] - x1[cut]))
    crossings = np.sort(np.concatenate(found))
    return [(float(a), float(b)) for a, b in zip(crossings[::2], crossings[1::2], strict=False)]


def box(shapes: Iterable[Shape]) -> tuple[float, float, float, float]:
    """Return west, east, south and north of these regions, without what lies overseas."""
    rings = [polygon[0] for shape in shapes for polygon in shape.polygons]
    window = _DEGREES if in_degrees(rings) else _METRES
    inside = [ring for ring in rings if _within(ring, window)]
    points = np.concatenate(inside or rings)
    (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
    return float(west), float(east), float(south), float(north)


def in_degrees(rings: Sequence[Ring]) -> bool:
    """Whether the coordinates are longitude and latitude."""
    return all(bool(np.abs(ring).max() <= 360) for ring in rings)


def _within(ring: Ring, window: tuple[float, float, float, float]) -> bool:
    west, east, south, north = window
    x, y = ring.mean(axis=0)
    return bool(west <= x <= east and south <= y <= north)


def seen(shape: Shape, view: tuple[float, float, float, float]) -> bool:
    """Whether any part of a region lies in the picture."""
    west, east, south, north = view
    return any(
        polygon[0][:, 0].max() >= west
        and polygon[0][:, 0].min() <= east
        and polygon[0][:, 1].max() >= south
        and polygon[0][:, 1].min() <= north
        for polygon in shape.polygons
    )


def stretch(view: tuple[float, float, float, float], shapes: Iterable[Shape]) -> float:
    """Return how much longer a step to the north is than one to the east."""
    rings = [polygon[0] for shape in shapes for polygon in shape.polygons]
    if not in_degrees(rings):
        return 1.0
    return 1 / max(0.2, cos(radians((view[2] + view[3]) / 2)))
