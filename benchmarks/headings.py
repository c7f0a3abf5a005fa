"""How often are headings mapped rightly? `python -m benchmarks.headings`.

A sample of headings that people mapped by hand is mapped by the package, each country with what
was learnt of the others only, and compared. The tables are written into docs/validity.md between
two markers, unless `--print` is given; `--fit` writes what was learnt of all countries into the
package.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.coverage import markdown
from benchmarks.pages import put_between
from difass_analysis.sources.concepts import FOLDER, folded
from difass_analysis.sources.matching import Reading, readings
from difass_analysis.sources.meanings import Calibration, shipped
from difass_analysis.sources.ranking import stepped

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "validity.md"
START, END = "<!-- written by benchmarks.headings -->", "<!-- end of headings -->"
# Chosen once, by hand, on the left-out countries: with less trust many more of the sure headings
# are wrong, with more trust few are sure at all. They are the same for every country.
SCORE, TRUST = 0.95, 0.87
WRONG = 0.02
TRIED = tuple(round(0.80 + 0.01 * step, 2) for step in range(16))
UNFITTED = Calibration(counts={}, score=SCORE, trust=TRUST)
LANGUAGES = {"ee": "et", "gr": "el", "se": "sv"}
__all__ = ["fitted", "page", "right", "sample", "shipped", "tested", "write"]

Mapped = tuple["Heading", Reading]


@dataclass(frozen=True)
class Heading:
    """One heading that people mapped."""

    country: str
    language: str
    file: str
    text: str
    column: str


def lists() -> Path:
    """Folder of the sample."""
    return Path(os.environ.get("DIFASS_SHARED") or ROOT.parent / "shared") / "data" / "lists"


def sample(folder: Path) -> list[Heading]:
    """Read the mapped headings, their fields translated to canonical columns."""
    with (folder / "fields.csv").open(encoding="utf-8", newline="") as file:
        columns = {row["field"]: row["column"] for row in csv.DictReader(file)}
    with (folder / "column_dictionary.csv").open(encoding="utf-8", newline="") as file:
        return [
            Heading(
                country=row["source"].split("/")[0],
                language=LANGUAGES.get(row["language"].lower(), row["language"].lower()),
                file=f"{row['source']}/{row['file']}",
                text=row["column"],
                column=columns[row["field"]],
            )
            for row in csv.DictReader(file)
        ]


def mapped(headings: Sequence[Heading], calibration: Calibration) -> list[Mapped]:
    """Map each file by itself."""
    files: dict[str, list[Heading]] = {}
    for heading in headings:
        files.setdefault(heading.file, []).append(heading)
    return [
        pair
        for part in files.values()
        for pair in zip(
            part, readings([item.text for item in part], calibration=calibration), strict=True
        )
    ]


def fitted(headings: Sequence[Heading]) -> Calibration:
    """Count where published lists put each meaning, a country as one."""
    counts = _counts(mapped(headings, UNFITTED))
    return Calibration(counts=counts, score=SCORE, trust=TRUST)


def _countries(headings: Sequence[Heading]) -> list[str]:
    return list(dict.fromkeys(item.country for item in headings))


def _counts(pairs: Iterable[Mapped]) -> dict[str, dict[str, float]]:
    by_country: dict[tuple[str, str], Counter[str]] = {}
    for heading, reading in pairs:
        # What is left unmapped says nothing of how its meaning is used.
        if reading.key and reading.trust and not stepped(heading.text):
            by_country.setdefault((reading.key, heading.country), Counter())[heading.column] += 1
    counts: dict[str, dict[str, float]] = {}
    for (key, _), columns in by_country.items():
        own = counts.setdefault(key, {})
        for column, number in columns.items():
            share = number / columns.total()
            own[column] = round(own.get(column, 0.0) + share, 3)
    return counts


# --- report ----------------------------------------------------------------------------


def tested(headings: Sequence[Heading]) -> list[Mapped]:
    """Map the headings of each country with what was learnt of the others."""
    found: list[Mapped] = []
    for country in _countries(headings):
        calibration = fitted([item for item in headings if item.country != country])
        found += mapped([item for item in headings if item.country == country], calibration)
    return found


def right(pair: Mapped) -> bool:
    """Whether a heading went where people put it."""
    return pair[0].column == pair[1].column


def nested(pairs: Sequence[Mapped]) -> tuple[int, int]:
    """How many are sure, and how many of these wrong, where the others choose the least trust.

    For each country it is the least of `TRIED` with which under `WRONG` of the sure headings of
    all other countries are wrong.
    """
    sure = wrong = 0
    for country in _countries([heading for heading, _ in pairs]):
        others = [pair for pair in pairs if pair[0].country != country]
        trust = next((tried for tried in TRIED if _missed(others, tried) < WRONG), TRIED[-1])
        own = [
            pair
            for pair in pairs
            if pair[0].country == country and pair[1].surely(score=SCORE, trust=trust)
        ]
        sure += len(own)
        wrong += sum(1 for pair in own if not right(pair))
    return sure, wrong


def _missed(pairs: Sequence[Mapped], trust: float) -> float:
    sure = [pair for pair in pairs if pair[1].surely(score=SCORE, trust=trust)]
    return sum(1 for pair in sure if not right(pair)) / max(1, len(sure))


def reachable(pairs: Sequence[Mapped]) -> float:
    """Share that is right if each meaning went where most of its headings were put.

    What a heading means is taken as read here, and whether another heading of the file has its
    column. Chosen with all answers in sight, this is more than any rule from meanings to columns
    can reach without them.
    """
    put: dict[tuple[str, bool], Counter[str]] = {}
    for heading, reading in pairs:
        put.setdefault((reading.key, bool(reading.column)), Counter())[heading.column] += 1
    return sum(max(columns.values()) for columns in put.values()) / len(pairs)


def line(name: str, pairs: Sequence[Mapped]) -> list[object]:
    """One row of the tables: how many, how many right, how many sure, how many of these wrong."""
    sure = [pair for pair in pairs if pair[1].sure]
    wrong = sum(1 for pair in sure if not right(pair))
    share = 100 * sum(map(right, pairs)) / len(pairs)
    return [name, len(pairs), f"{share:.1f}", f"{100 * len(sure) / len(pairs):.1f}", wrong]


def contradicted(headings: Sequence[Heading]) -> tuple[int, int]:
    """Headings that the sample itself, spelt the same, puts elsewhere as well; and the least wrong.

    Whoever sees nothing but a heading can be right on one of its columns only.
    """
    by_text: dict[str, Counter[str]] = {}
    for item in headings:
        by_text.setdefault(folded(item.text), Counter())[item.column] += 1
    mixed = [columns for columns in by_text.values() if len(columns) > 1]
    least = sum(columns.total() - max(columns.values()) for columns in mixed)
    return sum(columns.total() for columns in mixed), least


def _by(pairs: Sequence[Mapped], key: Callable[[Heading], str]) -> list[list[object]]:
    names = sorted({key(heading) for heading, _ in pairs})
    return [line(name, [pair for pair in pairs if key(pair[0]) == name]) for name in names]


def _confusions(pairs: Sequence[Mapped]) -> list[list[object]]:
    wrong: dict[tuple[str, str], list[Mapped]] = {}
    for pair in pairs:
        if not right(pair):
            key = (pair[0].column or "none", pair[1].column or "none")
            wrong.setdefault(key, []).append(pair)
    return [
        [by_hand, here, len(found), sum(1 for pair in found if pair[1].sure), _where(found)]
        for (by_hand, here), found in sorted(wrong.items(), key=lambda item: -len(item[1]))
        if len(found) > 1
    ]


def _where(pairs: Sequence[Mapped]) -> str:
    return ", ".join(sorted({heading.country[:2] for heading, _ in pairs}))


def page(headings: Sequence[Heading], pairs: Sequence[Mapped]) -> str:
    """Everything that was found, as Markdown."""
    heads = ["", "headings", "right, %", "sure, %", "sure and wrong"]
    mixed, least = contradicted(headings)
    sure = [pair for pair in pairs if pair[1].sure]
    wrong = sum(1 for pair in sure if not right(pair))
    total = line("all", pairs)
    most = 100 * reachable(pairs)
    chosen, missed = nested(pairs)
    return f"""Of {len(pairs)} headings, **{total[2]} %** went where people put them, or nowhere \
where people put them nowhere. **{total[3]} %** were called sure, and of these \
**{100 * wrong / len(sure):.1f} %** ({wrong} of {len(sure)}) went elsewhere than by hand.

The sample contradicts itself: {mixed} headings are spelt like others that were put elsewhere, so \
that at least {least} of all could not be right by their words alone. If each meaning that is read \
here went where most of its headings were put, with all answers known, {most:.1f} % would be right.

Where the least trust of a sure heading is chosen for each country on the other countries only, \
{100 * chosen / len(pairs):.1f} % are sure, and of these {100 * missed / chosen:.1f} % ({missed} \
of {chosen}) went elsewhere.

{markdown(heads, [*_by(pairs, lambda item: item.country), total])}

By language of the publisher:

{markdown(heads, _by(pairs, lambda item: item.language))}

What was taken for what, twice or more:

{markdown(["by hand", "here", "headings", "of these sure", "countries"], _confusions(pairs))}"""


def write(text: str, path: Path) -> None:
    """Put a text between the markers of a page."""
    put_between(text, path, start=START, end=END)


def main() -> None:
    """Measure, and write the page; or fit what is shipped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--print", action="store_true", help="print only")
    parser.add_argument("--fit", action="store_true", help="write the calibration first")
    given = parser.parse_args()
    headings = sample(lists())
    if given.fit:
        fit = fitted(headings)
        held = {"score": fit.score, "trust": fit.trust, "counts": dict(sorted(fit.counts.items()))}
        text = json.dumps(held, indent=1, sort_keys=True, ensure_ascii=False)
        (FOLDER / "calibration.json").write_text(text + "\n", encoding="utf-8")
    text = page(headings, tested(headings))
    if not given.print:
        write(text, PAGE)
    print(text)


if __name__ == "__main__":
    main()
