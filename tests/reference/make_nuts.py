"""Make the tables of regions in difass_analysis/reference from facts about the NUTS.

    python tests/reference/make_nuts.py [FOLDER]

FOLDER holds NUTS_2024_codes.csv and regions_nuts_changes.csv; without it, the reference data
beside the checkout are used. Taken from them are codes, names and which code followed on which.
What they leave open is in nuts_links.csv beside this script, written by hand, and stands above
what they say. difass_analysis/reference/SOURCES.md names the sources.
"""

from __future__ import annotations

import csv
import io
import os
import sys
import unicodedata
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TARGET = ROOT / "difass_analysis" / "reference"
VERSIONS = (2006, 2010, 2013, 2016, 2021, 2024)

Row = dict[str, str]
Link = tuple[str, str]


def rows_of(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            {key: " ".join(value.split()) for key, value in row.items()}
            for row in csv.DictReader(file)
        ]


def plain(code: str) -> str:
    return code.removesuffix(" (part)")


def is_region(code: str, version: int) -> bool:
    """No residual unit (DEZZZ), and nothing of the United Kingdom from NUTS 2021 on."""
    residual = len(code) > 2 and not set(code[2:]) - {"Z"}
    return not residual and not (version >= 2021 and code.startswith("UK"))


# --- codes and names -----------------------------------------------------------------


def names_by_version(history: list[Row], newest: list[Row]) -> dict[int, dict[str, str]]:
    """Name of each code in each version; where a version has none, that of the nearest one."""
    found: dict[int, dict[str, str]] = {version: {} for version in VERSIONS}
    for row in history:
        for version in VERSIONS[:-1]:
            code = row[f"code_{version}"]
            if code and "(part)" not in code and is_region(code, version):
                others = sorted(VERSIONS[:-1], key=lambda other: (abs(other - version), other))
                names = [row[f"geo_name_{other}"] for other in others]
                name = next(filter(None, names), "")
                own = row[f"geo_name_{version}"]
                if own or not found[version].get(code):
                    found[version][code] = own or name
        for version in VERSIONS[:-1]:  # codes that are only met as a part still exist
            code = plain(row[f"code_{version}"])
            if code and is_region(code, version):
                found[version].setdefault(code, "")
    found[2024] = {row["NUTS_ID"]: row["NUTS_NAME"] for row in newest}
    for version in VERSIONS:
        for code, name in found[version].items():
            if not name:
                near = sorted(VERSIONS, key=lambda other: abs(other - version))
                found[version][code] = next(
                    filter(None, (found[other].get(code, "") for other in near)), ""
                )
    return found


def folded(name: str) -> str:
    """Name without case, accents and punctuation."""
    flat = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in flat if char.isalnum())


def latin_names(newest: list[Row]) -> dict[tuple[str, int, str], str]:
    """Latin spelling by country, level and native name, where it is another one."""
    return {
        (row["CNTR_CODE"], len(row["NUTS_ID"]), folded(row["NUTS_NAME"])): row["NAME_LATN"]
        for row in newest
        if folded(row["NUTS_NAME"]) != folded(row["NAME_LATN"])
    }


def region_table(history: list[Row], newest: list[Row]) -> list[list[str]]:
    """One row for each code and name: code, name, Latin spelling, versions with that name."""
    names = names_by_version(history, newest)
    latin = latin_names(newest)
    rows = []
    for code in sorted(set().union(*names.values())):
        runs: list[tuple[str, list[int]]] = []
        for version in reversed(VERSIONS):
            name = names[version].get(code)
            if name is None:
                continue
            same = [run for run in runs if folded(run[0]) == folded(name)]
            if same:  # spelled alike but for case and accents: the newest spelling stays
                same[0][1].insert(0, version)
            else:
                runs.append((name, [version]))
        country = "EL" if code.startswith("GR") else code[:2]
        for name, versions in runs:
            other = latin.get((country, len(code), folded(name)), "")
            rows.append([code, name, other, " ".join(map(str, versions))])
    return rows


# --- what followed on what -----------------------------------------------------------


def stated_links(history: list[Row], earlier: int, later: int) -> dict[Link, str]:
    """Links that the source states; a moved border is `most`, whatever else it is."""
    links: dict[Link, str] = {}
    for row in history:
        source, target = row[f"code_{earlier}"], row[f"code_{later}"]
        pair = (plain(source), plain(target))
        if not source or not target or not is_region(pair[0], earlier):
            continue
        if not is_region(pair[1], later):
            continue
        moved = "boundary" in row[f"change_{later}"]
        links[pair] = "part" if "(part)" in source else "most" if moved else "whole"
    return links


def same_codes(names: dict[int, dict[str, str]], earlier: int, later: int) -> dict[Link, str]:
    return {(code, code): "whole" for code in set(names[earlier]) & set(names[later])}


def with_own(links: dict[Link, str], own: dict[Link, str]) -> dict[Link, str]:
    """The links written by hand take the place of all others from the same region."""
    decided = {source for source, _ in own}
    return {pair: extent for pair, extent in links.items() if pair[0] not in decided} | own


def above(code: str, level: int) -> str:
    """Code of the region of a level that holds a NUTS 3 region.

    In NUTS 2016 the codes UKN10 to UKN16 lie in UKN0, though they do not begin with it.
    """
    return ("UKN0" if code.startswith("UKN1") else code)[: level + 2]


def lifted(links: dict[Link, str], level: int) -> dict[Link, str]:
    """Links of a higher level, from those of NUTS 3: a region goes where its parts go."""
    goes: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for (source, target), extent in links.items():
        if len(source) == 5 and len(target) == 5:
            goes[above(source, level)][above(target, level)].append(extent)
    found = {}
    for source, targets in goes.items():
        large = {t: e for t, e in targets.items() if set(e) != {"sliver"}}
        for target in targets:
            if target not in large:
                extent = "sliver"
            elif len(large) > 1:
                extent = "part"
            else:
                extent = "whole" if len(targets) == 1 else "most"
            found[source, target] = extent
    return found


def links_between(
    history: list[Row],
    names: dict[int, dict[str, str]],
    own: dict[Link, str],
    versions: tuple[int, int],
) -> dict[Link, str]:
    """All links between two versions that follow on each other, on all levels."""
    earlier, later = versions
    if later == 2024:
        links = same_codes(names, earlier, later)
    else:
        links = stated_links(history, earlier, later)
    links = with_own(links, own)
    for level in (1, 2):
        raised = lifted(links, level)
        stated = {pair: extent for pair, extent in links.items() if len(pair[0]) == level + 2}
        lifted_from = {source for source, _ in raised}
        kept = {pair: e for pair, e in stated.items() if pair[0] not in lifted_from}
        moved = {  # a border moved at this level, though the parts are said to be whole
            pair: "most"
            for pair, extent in stated.items()
            if extent == "most" and raised.get(pair) == "whole"
        }
        links = {p: e for p, e in links.items() if p not in stated} | raised | kept | moved
    return with_own(links, {pair: e for pair, e in own.items() if len(pair[0]) < 5})


def change_table(history: list[Row], newest: list[Row], own: list[Row]) -> list[list[str]]:
    """One row a link that is more than the same code with the same borders."""
    names = names_by_version(history, newest)
    rows = []
    for earlier, later in pairwise(VERSIONS):
        mine = {
            (row["from_code"], row["to_code"]): row["extent"]
            for row in own
            if row["from_version"] == str(earlier)
        }
        links = links_between(history, names, mine, (earlier, later))
        unknown = {s for s, _ in links} - set(names[earlier]) | {t for _, t in links} - set(
            names[later]
        )
        if unknown:
            raise SystemExit(f"{earlier} to {later}: no such codes: {sorted(unknown)}")
        ended = [(code, "") for code in set(names[earlier]) - {s for s, _ in links}]
        begun = [("", code) for code in set(names[later]) - {t for _, t in links}]
        whole = {pair for pair, extent in links.items() if extent == "whole"}
        rows += [
            [str(earlier), str(later), source, target, links.get((source, target), "")]
            for source, target in sorted([*links, *ended, *begun])
            if not (source == target and (source, target) in whole)
        ]
    return rows


# --- files ---------------------------------------------------------------------------


def text_of(head: str, rows: list[list[str]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(head.split(","))
    writer.writerows(rows)
    return file.getvalue()


def tables(folder: Path) -> dict[str, str]:
    """Text of each file, by name."""
    history = rows_of(folder / "regions_nuts_changes.csv")
    newest = rows_of(folder / "NUTS_2024_codes.csv")
    own = rows_of(HERE / "nuts_links.csv")
    return {
        "regions.csv": text_of("code,name,latin,versions", region_table(history, newest)),
        "changes.csv": text_of(
            "from_version,to_version,from_code,to_code,extent",
            change_table(history, newest, own),
        ),
    }


def main() -> None:
    shared = Path(os.environ.get("DIFASS_SHARED") or ROOT.parent / "shared")
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else shared / "data" / "nuts"
    for name, text in tables(folder).items():
        (TARGET / name).write_text(text, encoding="utf-8")
        print(f"{name}: {text.count(chr(10)) - 1} rows")


if __name__ == "__main__":
    main()
