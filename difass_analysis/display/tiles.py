"""Where the tiles of a map stand: countries as in Europe, regions in a block for each country.

The places of the countries are in ``tiles.csv``: an own arrangement, after the look of other tile
maps of Europe. Regions have no agreed places; they stand in the order of their codes.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from math import ceil, sqrt

_GAP = 3.0  # points between two tiles
_COUNTRY_HEIGHT = 34.0
_REGION_WIDTH, _REGION_HEIGHT = 74.0, 47.0
_HEADING = 15.0  # points above a block
_BLOCK_GAP = 12.0  # points between two blocks
_OTHER = "Other"


@dataclass(frozen=True, kw_only=True)
class Country:
    """A country of the tile grid; ``always`` says whether it is drawn without a value too."""

    name: str
    column: int
    row: int
    always: bool


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Places of tiles in points from the upper left: of regions, of empty tiles, of headings."""

    tiles: dict[str, tuple[float, float]]
    empty: dict[str, tuple[float, float]]
    headings: tuple[tuple[float, float, str], ...]
    width: float
    height: float
    bottom: float
    placeless: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def countries() -> dict[str, Country]:
    """Return the countries of the tile grid by their code.

    Examples
    --------
    >>> countries()["EL"].name, len([one for one in countries().values() if one.always])
    ('Greece', 30)
    """
    text = files("difass_analysis.display").joinpath("tiles.csv").read_text(encoding="utf-8")
    return {
        row["code"]: Country(
            name=row["name"],
            column=int(row["column"]),
            row=int(row["row"]),
            always=row["always"] == "1",
        )
        for row in csv.DictReader(text.splitlines())
    }


def layout(codes: Sequence[str], *, width: float) -> Layout:
    """Place a tile for each code: countries on the grid of Europe, regions in blocks.

    Parameters
    ----------
    codes : sequence of str
        NUTS codes, each once; all of two letters for a map of countries.
    width : float
        Width of the sheet in points.

    Examples
    --------
    >>> grid = layout(["IT", "MT"], width=488.0)
    >>> grid.tiles["IT"][0] == grid.tiles["MT"][0], "FR" in grid.empty
    (True, True)
    >>> grid = layout(["ITH5", "ITC4", "BG31"], width=488.0)
    >>> [text for _, _, text in grid.headings]
    ['Bulgaria', 'Italy']
    """
    if all(len(code) == 2 for code in codes):
        return _country_layout(codes, width=width)
    return _region_layout(codes, width=width)


def _country_layout(codes: Sequence[str], *, width: float) -> Layout:
    known = countries()
    placeless = tuple(sorted(code for code in codes if code not in known))
    shown = [code for code in known if code in codes or known[code].always]
    across = 1 + max(one.column for one in known.values())
    down = 1 + max(known[code].row for code in shown)
    step = (width + _GAP) / across
    spots = {
        code: (known[code].column * step, known[code].row * (_COUNTRY_HEIGHT + _GAP))
        for code in shown
    }
    for place, code in enumerate(placeless):
        row = down + place // across
        spots[code] = (place % across * step, row * (_COUNTRY_HEIGHT + _GAP) + _BLOCK_GAP)
    return Layout(
        tiles={code: spots[code] for code in codes},
        empty={code: spot for code, spot in spots.items() if code not in codes},
        headings=(),
        width=step - _GAP,
        height=_COUNTRY_HEIGHT,
        bottom=max(y for _, y in spots.values()) + _COUNTRY_HEIGHT,
        placeless=placeless,
    )


def _region_layout(codes: Sequence[str], *, width: float) -> Layout:
    fitting = max(1, int((width + _GAP) / (_REGION_WIDTH + _GAP)))
    step = (width + _GAP) / fitting
    tiles: dict[str, tuple[float, float]] = {}
    headings = []
    column, top, bottom = 0, 0.0, 0.0
    blocks = _blocks(codes)
    for name, members in blocks.items():
        across = _columns(len(members), fitting, alone=len(blocks) == 1)
        if column and column + across > fitting:
            column, top = 0, bottom + _BLOCK_GAP
        headings.append((column * step, top, name))
        for place, code in enumerate(members):
            y = top + _HEADING + place // across * (_REGION_HEIGHT + _GAP)
            tiles[code] = ((column + place % across) * step, y)
            bottom = max(bottom, y + _REGION_HEIGHT)
        column += across
    return Layout(
        tiles=tiles,
        empty={},
        headings=tuple(headings),
        width=step - _GAP,
        height=_REGION_HEIGHT,
        bottom=bottom,
    )


def _blocks(codes: Sequence[str]) -> dict[str, list[str]]:
    """Return the codes of each country, both in the order of the codes."""
    known = countries()
    blocks: dict[str, list[str]] = {}
    for code in sorted(codes, key=lambda code: (code[:2] not in known, code)):
        name = known[code[:2]].name if code[:2] in known else _OTHER
        blocks.setdefault(name, []).append(code)
    return blocks


def _columns(count: int, fitting: int, *, alone: bool) -> int:
    wide = ceil(sqrt(count * 1.6)) if alone else ceil(sqrt(count))
    return max(1, min(fitting, wide))
