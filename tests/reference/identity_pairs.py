"""Pairs of names from published lists, read by hand: draw them, and write their hashes.

    python tests/reference/identity_pairs.py draw FOLDER OUT.csv
    python tests/reference/identity_pairs.py hash LABELLED.csv

The first command draws pairs from the three lists in FOLDER, by how alike they are to two plain
measures that the package does not decide by. They were then read one by one and given a column
`same`: 1 for one body, 0 for two. Left out by hand were pairs of natural persons, and four pairs
that nobody can decide by reading (a fund that was perhaps renamed, a county or its town, a ministry
or its agency, a school or all schools of its kind). Departments and branches of one body that
are written as such are two; a department beside the same department with its section is one.

The second command writes `identity_pairs.csv`: SHA-256, without any key, of each name in UTF-8
with single blanks. Names are in the lists only, and whoever has these can find the pairs again.
"""

import csv
import hashlib
import re
import sys
from collections import defaultdict
from itertools import takewhile
from pathlib import Path

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

import difass_analysis as da

LISTS = {
    "de": "de_saxony_erdf_2014_2020.csv",
    "nl": "nl_structural_funds_2007_2013.csv",
    "ro": "ro_regional_op_2007_2013.csv",
}
# From, below, and how many pairs of each list: 100 is the same letters.
STRATA = {
    "de": [(92, 101, 40), (85, 92, 80), (78, 85, 80)],
    "nl": [(92, 101, 30), (85, 92, 30), (78, 85, 40)],
    "ro": [(96, 101, 40), (92, 96, 30), (85, 92, 30)],
}
# Saxony has seven pairs above 92 only. Filled up with those of the longest common beginning.
FILLED, BEGINNING = 200, "same beginning"
MANY = ("gemeindeverwaltung", "stadtverwaltung", "landestalsperren", "freistaat", "gesellschaft")


def single_blanks(name):
    return " ".join(str(name).split())


def digest(name):
    return hashlib.sha256(single_blanks(name).encode("utf-8")).hexdigest()


def names_of(folder, name):
    operations = da.load(Path(folder) / LISTS[name]).table("operations")
    return sorted(set(operations["beneficiary_name"].dropna().map(single_blanks)))


def alike(names):
    low = [re.sub(r"[\W_]+", " ", name.lower()) for name in names]
    letters = [name.replace(" ", "") for name in low]
    words = process.cdist(low, low, scorer=fuzz.token_sort_ratio, dtype=np.float32)
    whole = process.cdist(letters, letters, scorer=fuzz.ratio, dtype=np.float32)
    return np.maximum(words, whole)


def common_beginning(one, other):
    letters = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], letters))


def beginnings(names, seen):
    low = {name: re.sub(r"[\W_]+", "", name.lower()) for name in names}
    blocks = defaultdict(list)
    for name in names:
        if not low[name].startswith(MANY):
            blocks[low[name][:6]].append(name)
    pairs = [
        (one, other)
        for block in blocks.values()
        for index, one in enumerate(block)
        for other in block[index + 1 :]
        if (one, other) not in seen
    ]
    return sorted(pairs, key=lambda pair: -common_beginning(low[pair[0]], low[pair[1]]))


def draw(folder):
    generator = np.random.default_rng(20240601)
    for name, strata in STRATA.items():
        names = names_of(folder, name)
        likeness = alike(names)
        first, second = np.triu_indices(len(names), 1)
        values = likeness[first, second]
        seen = set()
        for low, high, size in strata:
            known = np.flatnonzero((values >= low) & (values < high))
            picked = np.sort(generator.choice(known, min(size, len(known)), replace=False))
            for index in picked:
                pair = names[first[index]], names[second[index]]
                seen.add(pair)
                yield name, f"{low}-{min(high, 100)}", *pair
        if name == "de":
            for pair in beginnings(names, seen)[: FILLED - len(seen) + 3]:
                yield name, BEGINNING, *pair


def main():
    match sys.argv[1:]:
        case ["draw", folder, out]:
            pairs = pd.DataFrame(draw(folder), columns=["list", "stratum", "one", "other"])
            pairs.to_csv(out, index=False)
        case ["hash", labelled]:
            pairs = pd.read_csv(labelled, keep_default_na=False)
            rows = sorted(
                (row.list, row.stratum, *sorted((digest(row.one), digest(row.other))), row.same)
                for row in pairs.itertuples()
            )
            path = Path(__file__).with_suffix(".csv")
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(["list", "stratum", "hash_a", "hash_b", "same"])
                writer.writerows(rows)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
