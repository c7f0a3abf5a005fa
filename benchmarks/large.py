"""A large seeded CSV file of simulated operations, with quotes, commas and line breaks in cells."""

from __future__ import annotations

import argparse
import hashlib
import shutil
from pathlib import Path

import numpy as np

ROWS = 50_000
BLOCKS = 8
SEED = 4
HEADER = (
    "operation_id,beneficiary_id,title,region,year,public_amount,private_amount,start_date,"
    "end_date,mechanism,rate,note\n"
)
WORDS = np.array(
    [
        *("Förderung", "der", "Innovation", "und", "Digitalisierung", "Betriebe", "Machbarkeit"),
        *("Studie", "Entwicklung", "Produkt", "Export", "Beratung", "numérique", "Πράξη"),
    ]
)
MECHANISMS = np.array(["advice", "innovation voucher", "investment grant", "soft loan"])


def file(gigabytes: float, folder: Path) -> Path:
    """The file of that size, in units of 1e9 bytes; made when it is not there yet."""
    recipe = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    path = folder / f"simulated-{gigabytes:g}-{recipe}.csv"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    room = shutil.disk_usage(folder).free
    if room < 3e9 * gigabytes:
        raise SystemExit(f"{folder} has {room / 1e9:.1f} GB free; {3 * gigabytes:g} GB are needed.")
    draw = np.random.default_rng(SEED)
    blocks = [_block(draw) for _ in range(BLOCKS)]
    half = path.with_suffix(".half")
    with half.open("wb") as handle:
        handle.write(HEADER.encode())
        for number in range(10**9):
            if handle.tell() >= gigabytes * 1e9:
                break
            # Keys differ from block to block; the rest repeats.
            handle.write(blocks[number % BLOCKS].replace(b"#", b"%06d" % number))
    half.rename(path)
    return path


def _block(draw: np.random.Generator) -> bytes:
    """Rows of one block; a number sign stands where the number of the block goes."""
    words = draw.choice(WORDS, (ROWS, 6))
    public = draw.lognormal(10, 1, ROWS)
    rate = draw.random(ROWS)
    region, year = draw.integers(0, 300, ROWS), draw.integers(2014, 2028, ROWS)
    mechanism = draw.choice(MECHANISMS, ROWS)
    kind = draw.random(ROWS)
    rows = []
    for row in range(ROWS):
        title = " ".join(words[row])
        if kind[row] < 0.02:
            title = f'"{title}\n{words[row][0]}"'
        elif kind[row] < 0.1:
            title = f'"{title} ""{words[row][1]}"""'
        elif kind[row] < 0.35:
            title = f'"{title}, {words[row][2]}"'
        start, end = f"{year[row]}-0{1 + row % 9}-1{row % 10}", f"{year[row] + 2}-0{1 + row % 9}-27"
        rows.append(
            f"OP#{row:06d},B{row % 7001:06d},{title},R{region[row]:03d},{year[row]},"
            f"{public[row]:.2f},{public[row] * rate[row]:.2f},{start},{end},{mechanism[row]},"
            f"{rate[row]:.4f},\n"
        )
    return "".join(rows).encode()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gigabytes", type=float)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    print(file(given.gigabytes, given.folder))
