"""Krippendorff's alpha of seeded random ratings, by the Python package krippendorff.

Writes ``krippendorff_alpha.csv`` beside this file: the ratings of each table as one word a rater
(a digit a unit, a dot where there is none) and alpha for three scales. Run it where that package is
installed: ``python krippendorff_alpha.py``; made with krippendorff 0.9.0 and numpy 2.4.6.
"""

import csv
from pathlib import Path

import numpy as np

SCALES = ("nominal", "ordinal", "interval")


def tables():
    rng = np.random.default_rng(20)
    for number in range(12):
        raters, units = int(rng.integers(2, 6)), int(rng.integers(4, 16))
        truth = rng.integers(1, 6, units)
        seen = np.clip(truth + rng.integers(-1, 2, (raters, units)), 1, 5).astype(float)
        seen[rng.random(seen.shape) < 0.2] = np.nan
        yield number, seen


def word(line):
    return "".join("." if np.isnan(one) else str(int(one)) for one in line)


def main():
    # Only whoever renews the table needs the package.
    import krippendorff

    with (Path(__file__).with_suffix(".csv")).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["table", "ratings", *SCALES])
        for number, seen in tables():
            alphas = [krippendorff.alpha(seen, level_of_measurement=scale) for scale in SCALES]
            writer.writerow([number, " ".join(map(word, seen)), *(f"{one:.12f}" for one in alphas)])


if __name__ == "__main__":
    main()
