"""Matching: which written names are one body, with the evidence for every pair."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING

import pandas as pd

from difass_analysis.display import numbers, tables
from difass_analysis.errors import InputError, UsageError
from difass_analysis.identity.blocking import candidates, word_counts
from difass_analysis.identity.clustering import Clusters, clusters
from difass_analysis.identity.likeness import Likeness, Verdict, likeness, verdict
from difass_analysis.identity.names import NormalisedName, normalised
from difass_analysis.result import Provenance, Result

if TYPE_CHECKING:
    from great_tables import GT

THRESHOLD = 0.9
# How far below the threshold a pair is still worth showing, and two names of one cluster may be.
_NEARLY = 0.15
_PLACES = ("municipality", "postal_code")
_EVIDENCE = (
    "name", "other_name", "score", "token_sort", "jaro_winkler", "legal_form", "other_legal_form",
    "same_numbers", "same_place", "joined", "why",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Matches(Result):
    """Written names, the body that each stands for, and the evidence.

    Names can be those of natural persons. They are in the frames, to be looked at in memory; they
    are not printed, and ``export`` leaves them out.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a written name: ``name``, ``cluster``, ``core``, ``legal_form``, ``rows`` (rows
        of the input), ``spellings`` (names of its cluster).
    evidence : pandas.DataFrame
        One row a pair that was joined, or nearly: ``name``, ``other_name``, ``score``,
        ``token_sort``, ``jaro_winkler``, ``legal_form``, ``other_legal_form``,
        ``same_numbers``, ``same_place`` (missing where not known), ``joined``, ``why``.
    keys : pandas.DataFrame
        ``key`` and ``cluster`` of each row of the input that has both; empty without keys.
    threshold : float
        Score from which names were joined.
    """

    evidence: pd.DataFrame = field(default_factory=pd.DataFrame)
    keys: pd.DataFrame = field(default_factory=pd.DataFrame)
    threshold: float = THRESHOLD

    @property
    def merged(self) -> int:
        """How many written names went into another one: names less clusters."""
        return len(self.frame) - self.frame["cluster"].nunique()

    def shareable(self) -> Result:
        """Return the matches without any name: cluster, legal form, rows and spellings."""
        kept = self.frame[["cluster", "legal_form", "rows", "spellings"]]
        return Result(frame=kept, provenance=self.provenance, caveats=self.caveats)

    def __repr__(self) -> str:
        body = numbers.plain_text(self.shareable().frame)
        notes = [f"- {caveat}" for caveat in self.caveats]
        return "\n".join([f"<Matches: {len(self.frame)} names>", body, *notes])

    def to_table(self) -> GT:
        """Return the matches as a formatted great_tables table, without any name."""
        return tables.plain_table(
            self.shareable().frame, caveats=self.caveats, source=self.provenance.sentence()
        )


@dataclass(frozen=True, eq=False)
class _Known:
    """All that is known of the written names, in their alphabetic order."""

    names: Sequence[NormalisedName]
    places: Sequence[Mapping[str, frozenset[str]]]
    identifiers: Sequence[frozenset[str]]
    persons: Sequence[bool]
    threshold: float

    @cached_property
    def counts(self) -> Mapping[str, int]:
        return word_counts(self.names)

    @cached_property
    def weights(self) -> Mapping[str, float]:
        # The rarer a word, the more it tells. Only names with that word matter, not how many
        # names there are: whether two are one does not depend on unrelated ones.
        return {word: 1 / (1 + math.log(count)) for word, count in self.counts.items()}

    def likeness(self, one: int, other: int) -> Likeness:
        person = self.persons[one] or self.persons[other]
        return likeness(self.names[one], self.names[other], weights=self.weights, person=person)

    def same_identifier(self, one: int, other: int) -> bool:
        return not self.identifiers[one].isdisjoint(self.identifiers[other])

    def same_place(self, one: int, other: int) -> bool | None:
        """Whether they share a place; of two kinds of place, one in common is enough."""
        answers = [
            not self.places[one][kind].isdisjoint(self.places[other][kind])
            for kind in _PLACES
            if self.places[one].get(kind) and self.places[other].get(kind)
        ]
        return any(answers) if answers else None

    def verdict(self, one: int, other: int, found: Likeness) -> Verdict:
        if self.same_identifier(one, other):
            return Verdict(joined=True, why="the same identifier")
        place = self.same_place(one, other)
        return verdict(found, threshold=self.threshold, same_place=place)

    def excluded(self, one: int, other: int) -> bool:
        return not self.same_identifier(one, other) and bool(self.likeness(one, other).against)

    def fits(self, one: int, other: int) -> bool:
        if self.same_identifier(one, other):
            return True
        found = self.likeness(one, other)
        return not found.against and found.score >= self.threshold - _NEARLY


def match(
    names: pd.DataFrame,
    *,
    threshold: float = THRESHOLD,
    provenance: Provenance | None = None,
) -> Matches:
    """Which of these written names stand for the same body?

    Names are the same where their letters are, apart from legal form, case, accents, blanks and
    punctuation; and where rare words agree up to the threshold. Different legal forms, or
    different numbers, keep names apart. What may be the name of a person is joined by its
    letters only. No two names of a cluster contradict each other.

    Parameters
    ----------
    names : pandas.DataFrame
        One row for each time that a name was written: ``name``, and where known ``key``,
        ``municipality``, ``postal_code``, ``country_code``, ``natural_person``, and
        ``beneficiary_id``, of which the same means the same body whatever the name. Rows
        without a name are left out.
    threshold : float
        Score above 0.5 and up to 1 from which names are joined; with 1 only the same words are.
    provenance : Provenance, optional
        Where the names are from.

    Returns
    -------
    Matches
        One row a written name, with its cluster; order and number of the rows make no
        difference to who is joined with whom.

    Raises
    ------
    InputError
        When there is no column ``name``.
    UsageError
        When the threshold is not above 0.5 and at most 1.

    Notes
    -----
    Method: blocking, comparison and clustering as in P. Christen, Data Matching (2012), chapters
    4 to 7, with fixed rules in place of estimated weights.

    Examples
    --------
    >>> names = pd.DataFrame(
    ...     {
    ...         "name": ["Muster Maschinen-bauGmbH", "MUSTER MASCHINENBAU GmbH", "Muster AG"],
    ...         "country_code": "DE",
    ...     }
    ... )
    >>> found = match(names)
    >>> found.merged
    1
    >>> found.frame[["name", "cluster"]].values.tolist()
    [['MUSTER MASCHINENBAU GmbH', 'c1'], ['Muster AG', 'c2'], ['Muster Maschinen-bauGmbH', 'c1']]
    """
    _refuse(names, threshold)
    known, rows = _known(names, threshold)
    pairs = candidates(known.names, counts=known.counts, identifiers=known.identifiers)
    judged = []
    for one, other in pairs.tolist():
        found = known.likeness(one, other)
        said = known.verdict(one, other, found)
        if said.joined or found.score >= threshold - _NEARLY:
            judged.append((one, other, found, said))
    # An identifier is surer than any likeness, and so comes first.
    edges = [
        (2.0 if known.same_identifier(one, other) else found.score, (one, other))
        for one, other, found, said in judged
        if said.joined
    ]
    grouped = clusters(len(known.names), edges, excluded=known.excluded, fits=known.fits)
    frame = _frame(known, grouped, rows)
    evidence = _evidence(known, grouped, judged)
    made = provenance or Provenance(
        programme="names", name="names given by the caller", version=version("difass_analysis")
    )
    return Matches(
        frame=frame,
        provenance=made,
        caveats=_caveats(frame, threshold),
        evidence=evidence,
        keys=_keys(names, frame),
        threshold=threshold,
    )


def _refuse(names: pd.DataFrame, threshold: float) -> None:
    if "name" not in names:
        raise InputError(
            "The frame of names has no column 'name'.",
            todo=f"It has {', '.join(map(str, names.columns)) or 'no column'}; rename one of them.",
        )
    if not 0.5 < threshold <= 1:
        raise UsageError(
            f"The threshold is {threshold}.", todo="Give a number above 0.5 and up to 1."
        )


def written(names: pd.Series) -> pd.Series:
    """Names with single blanks and none at the edges; missing where nothing is left."""
    texts = names.astype("object").map(lambda name: " ".join(str(name).split()), na_action="ignore")
    return texts.where(texts.astype(bool) & texts.notna(), None)


def _known(names: pd.DataFrame, threshold: float) -> tuple[_Known, pd.Series]:
    columns = ["municipality", "postal_code", "country_code", "natural_person", "beneficiary_id"]
    own = names[[column for column in columns if column in names]]
    table = own.assign(name=written(names["name"])).dropna(subset="name")
    rows = table.groupby("name", sort=True).size()
    position = {name: index for index, name in enumerate(rows.index)}
    sets = {
        column: _values(table, column, position) for column in columns if column in table.columns
    }
    size = len(position)
    nothing: list[frozenset[str]] = [frozenset()] * size
    countries = sets.get("country_code", nothing)
    places = [
        {kind: sets[kind][index] for kind in _PLACES if kind in sets} for index in range(size)
    ]
    return _Known(
        names=[
            # A name met in several countries is read without any of them.
            normalised(name, country=min(countries[index]) if len(countries[index]) == 1 else None)
            for name, index in position.items()
        ],
        places=places,
        identifiers=sets.get("beneficiary_id", nothing),
        persons=["True" in flags for flags in sets.get("natural_person", nothing)],
        threshold=threshold,
    ), rows


def _values(table: pd.DataFrame, column: str, position: Mapping[str, int]) -> list[frozenset[str]]:
    """Values of a column by name, as text."""
    found: list[set[str]] = [set() for _ in position]
    pairs = table[["name", column]].dropna().drop_duplicates()
    for name, value in zip(pairs["name"], pairs[column], strict=True):
        found[position[name]].add(str(value))
    return [frozenset(values) for values in found]


def _frame(known: _Known, grouped: Clusters, rows: pd.Series) -> pd.DataFrame:
    number = {owner: f"c{rank}" for rank, owner in enumerate(sorted(set(grouped.of)), start=1)}
    frame = pd.DataFrame(
        {
            "name": [name.written for name in known.names],
            "cluster": [number[owner] for owner in grouped.of],
            "core": [name.core for name in known.names],
            "legal_form": [name.legal_form for name in known.names],
            "rows": rows.to_numpy(dtype="int64"),
        }
    )
    return frame.assign(spellings=frame.groupby("cluster")["name"].transform("size"))


def _evidence(
    known: _Known,
    grouped: Clusters,
    judged: Sequence[tuple[int, int, Likeness, Verdict]],
) -> pd.DataFrame:
    rows = []
    for one, other, found, said in judged:
        joined, why = grouped.of[one] == grouped.of[other], said.why
        if said.joined and not joined:
            why = "would join names that are apart"
        elif joined and not said.joined:
            why = f"joined by another name between them; alone: {why}"
        first, second = known.names[one], known.names[other]
        values = (
            first.written, second.written, found.score, found.token_sort, found.jaro_winkler,
            first.legal_form, second.legal_form, first.numbers == second.numbers,
            known.same_place(one, other), joined, why,
        )  # fmt: skip
        rows.append(dict(zip(_EVIDENCE, values, strict=True)))
    frame = pd.DataFrame(rows, columns=list(_EVIDENCE))
    return frame.astype({"same_place": "boolean", "joined": "bool", "same_numbers": "bool"})


def _keys(names: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    if "key" not in names:
        return pd.DataFrame({"key": [], "cluster": []}, dtype="object")
    by_name = dict(zip(frame["name"], frame["cluster"], strict=True))
    found = pd.DataFrame({"key": names["key"], "cluster": written(names["name"]).map(by_name)})
    return found.dropna().reset_index(drop=True)


def _caveats(frame: pd.DataFrame, threshold: float) -> tuple[str, ...]:
    merged = len(frame) - frame["cluster"].nunique()
    return (
        f"{len(frame):,} written names are {frame['cluster'].nunique():,} bodies after matching "
        f"(threshold {threshold:g}); {merged:,} names were merged.",
        "Matching compares spellings only: one spelling can be two bodies, and one body can have "
        "names that are not alike.",
    )
