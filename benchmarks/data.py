"""Seeded parquet files: supported operations, and the SMEs that took part in them.

Regions differ in size, amounts are skewed and in cents, and the same beneficiaries and SMEs come
back: mostly in their own region, sometimes elsewhere.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

REGIONS, YEARS = 300, range(2014, 2028)
MECHANISMS = ("advice", "innovation voucher", "investment grant", "soft loan", "training")
#: Part of the mechanisms in all operations, in their order.
MECHANISM_SHARES = (0.25, 0.2, 0.3, 0.15, 0.1)
#: How many of each there are for one participation.
OPERATIONS, SMES, BENEFICIARIES = 0.4, 0.25, 0.15
AWAY = 0.05
SEED = 20

Whole = NDArray[np.int64]


def files(size: int, folder: Path) -> Path:
    """Folder with the two files of that many participations; made when not there yet."""
    recipe = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    here = folder / f"{size}-{recipe}"
    if not (here / "participations.parquet").exists():
        here.mkdir(parents=True, exist_ok=True)
        _write(size, here)
    return here


def _write(size: int, here: Path) -> None:
    draw = np.random.default_rng(SEED)
    count = int(size * OPERATIONS)
    sizes = draw.lognormal(0, 0.7, REGIONS)
    region = draw.choice(REGIONS, size=count, p=sizes / sizes.sum())
    operation, sme = _pairs(draw, size, region, sizes)
    public = np.maximum(draw.lognormal(9.5, 1.2, len(operation)) * 100, 100).astype(np.int64)
    granted = np.bincount(operation, weights=public, minlength=count).astype(np.int64)
    matched = draw.lognormal(-0.3, 0.6, count) * (draw.random(count) > 0.2)
    beneficiary = _units(draw, region, sizes, int(size * BENEFICIARIES))
    operations = {
        "operation_id": _keys("O", np.arange(count)),
        "beneficiary_id": _keys("B", beneficiary),
        "region": _keys("R", region),
        "mechanism": pa.array(MECHANISMS).take(
            pa.array(draw.choice(len(MECHANISMS), size=count, p=MECHANISM_SHARES))
        ),
        "year": pa.array(draw.integers(YEARS.start, YEARS.stop, count)),
        "public_amount": pa.array(granted / 100),
        "private_amount": pa.array((granted * matched).astype(np.int64) / 100),
    }
    participations = {
        "operation_id": _keys("O", operation),
        "sme_id": _keys("S", sme),
        "public_amount": pa.array(public / 100),
    }
    pq.write_table(pa.table(operations), here / "operations.parquet")
    pq.write_table(pa.table(participations), here / "participations.parquet")


def _pairs(
    draw: np.random.Generator, size: int, region: Whole, sizes: NDArray[np.float64]
) -> tuple[Whole, Whole]:
    """Exactly `size` different pairs of operation and SME, each operation with one at least."""
    count, units = len(region), int(size * SMES)
    seen = np.empty(0, dtype=np.int64)
    while len(seen) < size:
        more = size - len(seen)
        operation = draw.integers(0, count, more) if len(seen) else _each_once(draw, size, count)
        sme = _units(draw, region[operation], sizes, units)
        seen = np.unique(np.concatenate([seen, operation * units + sme]))
    return seen // units, seen % units


def _each_once(draw: np.random.Generator, size: int, count: int) -> Whole:
    return np.concatenate([np.arange(count), draw.integers(0, count, size - count)])


def _units(
    draw: np.random.Generator, region: Whole, sizes: NDArray[np.float64], count: int
) -> Whole:
    """Numbers of enterprises: mostly one of the region's own, the first ones more often."""
    starts = np.floor(np.concatenate([[0], np.cumsum(sizes) / sizes.sum()]) * count)
    home = np.where(draw.random(len(region)) < AWAY, draw.integers(0, REGIONS, len(region)), region)
    first, last = starts[home], starts[home + 1]
    place = first + (last - first) * draw.random(len(region)) ** 1.5
    return np.minimum(place.astype(np.int64), count - 1)


def _keys(letter: str, numbers: Whole) -> pa.Array:
    width = 3 if letter == "R" else 8
    text = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), width, padding="0")
    return pc.binary_join_element_wise(letter, text, "")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write the files of one size.")
    parser.add_argument("size", type=int)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    print(files(given.size, given.folder))
