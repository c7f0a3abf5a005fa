"""Match the headings of an unknown file with columns of operations, in any language of the EU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from difass_analysis.sources.companions import together
from difass_analysis.sources.concepts import folded
from difass_analysis.sources.evidence_looks import looks_like
from difass_analysis.sources.fitting import fit, from_values, settled_by_cells
from difass_analysis.sources.meanings import Calibration, Meaning, shipped
from difass_analysis.sources.ranking import languages_of, ranked, stepped
from difass_analysis.sources.spelling import plain

_ACCEPTED = 0.74
_MARGIN = 0.03
_EVEN = 0.01
_CLOSE = 0.9  # a reading this near to the best one is worth naming
_UNSETTLED = 0.8  # the most that a heading is trusted that only cells can settle
_NAME = frozenset({"name"})  # a heading that says so holds no codes
_REPEATED = 2  # with more repeated headings these are several files


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What one heading is taken for.

    Attributes
    ----------
    heading : str
        The heading.
    column : str
        Canonical column; empty where none fits.
    score : float
        How well the words and values fit, 0 to 1.
    sure : bool
        Whether it can be used without a look.
    key : str
        The meaning as mappings of published lists are counted.
    trust : float
        How often such a heading is where the column says.
    clear : bool
        Whether no other column fits as well, no other heading of the file, and the heading is no
        path into nested records.
    others : tuple of str
        Columns that it could be instead.
    why : str
        One sentence.
    """

    heading: str
    column: str
    score: float
    sure: bool = False
    key: str = ""
    trust: float = 0.0
    clear: bool = False
    others: tuple[str, ...] = ()
    why: str = ""

    def surely(self, *, score: float, trust: float) -> bool:
        """Whether it is sure, given the least score and trust."""
        return self.clear and self.score >= score and self.trust >= trust


@dataclass(frozen=True, kw_only=True)
class _Choice:
    column: str
    meaning: Meaning
    key: str
    score: float
    trust: float
    by_values: str = ""


def map_headings(
    headings: Sequence[object],
    values: pd.DataFrame | Mapping[str, Sequence[object]] | None = None,
) -> pd.DataFrame:
    """Which column of ``operations`` does each heading of an unknown file mean?

    Words are looked up in all official languages of the Union, whatever their case, accents,
    inflection and alphabet; what the words of a heading stand for together decides. Headings in
    two languages are read in both. Where several headings of a file mean one column, the best one
    gets it. Where published lists of operations are known to put such a heading elsewhere than
    its words say, their use is followed, and the heading is not sure.

    Parameters
    ----------
    headings : sequence of str
        Headings of one file, in their order.
    values : pandas.DataFrame or mapping of str to sequence of str, optional
        Cells as text by heading, a few hundred are enough. Columns whose cells cannot be what the
        heading says are not mapped, and names are told from codes.

    Returns
    -------
    pandas.DataFrame
        One row a heading, in the order given: ``heading``; ``column``, missing where none fits;
        ``score``, how well words and cells fit, 0 to 1; ``sure``, whether it can be used without a
        look; ``why``, a sentence. A missing column can be sure as well: a telephone number is none.

    Notes
    -----
    How often this is right, by country and language, is in ``docs/validity.md``. The words follow
    the lists of fields of Annex XII of Regulation (EU) No 1303/2013, Article 49(3) of Regulation
    (EU) 2021/1060, and Article 7(2)(d) of Regulation (EC) No 1828/2006.

    Examples
    --------
    >>> found = map_headings(["Naziv korisnika", "Datum početka operacije", "Telefon"])
    >>> found["column"].fillna("none").tolist()
    ['beneficiary_name', 'start_date', 'none']
    """
    found = readings(headings, values)
    return pd.DataFrame(
        {
            "heading": pd.Series([item.heading for item in found], dtype="str"),
            "column": pd.Series([item.column or None for item in found], dtype="str"),
            "score": pd.Series([round(item.score, 3) for item in found], dtype="float64"),
            "sure": pd.Series([item.sure for item in found], dtype="bool"),
            "why": pd.Series([item.why for item in found], dtype="str"),
        }
    )


def readings(
    headings: Sequence[object],
    values: pd.DataFrame | Mapping[str, Sequence[object]] | None = None,
    *,
    calibration: Calibration | None = None,
) -> list[Reading]:
    """Read the headings of one file: what `map_headings` shows, with meanings and alternatives.

    Parameters
    ----------
    headings : sequence of str
        Headings of one file.
    values : pandas.DataFrame or mapping, optional
        Cells as text by heading.
    calibration : Calibration, optional
        What published mappings say; the shipped one without it.

    Returns
    -------
    list of Reading
        One for each heading.
    """
    calibration = calibration or shipped()
    texts = [heading if isinstance(heading, str) else "" for heading in headings]
    weights = languages_of(texts)
    meant = together(texts, [ranked(text, weights) for text in texts], spoken=weights)
    present = {next(iter(found)).id for found in meant if found}
    choices = []
    for text, found in zip(texts, meant, strict=True):
        looks = _looks(text, values)
        options = [
            option
            for meaning, score in found.items()
            for option in _options(meaning, score, looks, present, calibration)
        ]
        options += from_looks(looks) if not options else []
        choices.append(sorted(options, key=lambda option: -option.score))
    return _settled(texts, choices, calibration)


def from_looks(looks: Mapping[str, float]) -> list[_Choice]:
    """Return what the cells alone say of a column without a readable heading."""
    return [
        _Choice(column=column, meaning=_NO_WORDS, key="", score=score, trust=0.5, by_values=what)
        for column, score, what in from_values(looks)
    ]


_NO_WORDS = Meaning(
    id="",
    columns=("",),
    needs=(),
    extra=frozenset(),
    never=frozenset(),
    trust=0.0,
    weight=1.0,
    unless="",
)


def _looks(heading: str, values: object) -> Mapping[str, float]:
    if isinstance(values, pd.DataFrame):
        if list(values.columns).count(heading) != 1:
            return {}
        return looks_like(values[heading].dropna().astype("str").head(1000).tolist())
    if isinstance(values, Mapping) and heading in values:
        return looks_like(list(values[heading])[:1000])
    return {}


# --- choice ----------------------------------------------------------------------------


def _options(
    meaning: Meaning,
    score: float,
    looks: Mapping[str, float],
    present: set[str],
    calibration: Calibration,
) -> list[_Choice]:
    beside = meaning.unless in present
    found = []
    for place, column in enumerate(calibration.columns(meaning, beside=beside)):
        trust = calibration.trusted(meaning, column, beside=beside)
        if not settled_by_cells(column, looks) and _NAME not in meaning.needs:
            trust = min(trust, _UNSETTLED)
        for fitting, factor, what in fit(column, looks):
            value = score * factor * (0.999**place)
            found.append(
                _Choice(
                    column=fitting,
                    meaning=meaning,
                    key=meaning.key(beside=beside),
                    score=value,
                    trust=trust,
                    by_values=what,
                )
            )
    return found


def _settled(
    texts: Sequence[str], choices: Sequence[list[_Choice]], calibration: Calibration
) -> list[Reading]:
    """Give each column to one heading of the file, and say what was decided."""
    first = [_best(options) for options in choices]
    taken, beaten = _shared_out(texts, first)
    final = dict(enumerate(first))
    for place, winner in beaten.items():
        final[place] = _second(choices[place], taken, place, rival=first[winner])
    # Which of two equals is meant is for people to say.
    even = {
        winner
        for place, winner in beaten.items()
        if _points(first[place]) >= _points(first[winner]) - _EVEN
    }
    return [
        _reading(
            text,
            final[place],
            choices[place],
            calibration,
            rival=texts[beaten[place]] if place in beaten else "",
            even=place in even,
        )
        for place, text in enumerate(texts)
    ]


def _shared_out(
    texts: Sequence[str], first: Sequence[_Choice | None]
) -> tuple[dict[str, int], dict[int, int]]:
    """Return which heading has each column, and which heading each of the others lost it to."""
    keys = [plain(text).strip() for text in texts]
    if len(keys) - len(set(keys)) > _REPEATED:
        return {}, {}
    taken: dict[str, int] = {}
    beaten: dict[int, int] = {}
    order = sorted(range(len(first)), key=lambda place: (-_strength(first[place]), place))
    for place in order:
        choice = first[place]
        if choice is None or not choice.column:
            continue
        if choice.column in taken:
            beaten[place] = taken[choice.column]
        else:
            taken[choice.column] = place
    return taken, beaten


def _points(choice: _Choice | None) -> float:
    return min(1.0, choice.score) if choice else 0.0


def _best(options: Sequence[_Choice]) -> _Choice | None:
    return options[0] if options and options[0].score >= _ACCEPTED else None


def _strength(choice: _Choice | None) -> float:
    return choice.score + 0.1 * choice.trust if choice else 0.0


def _second(
    options: Sequence[_Choice], taken: dict[str, int], place: int, *, rival: _Choice | None
) -> _Choice | None:
    for option in options[1:]:
        if option.score < _CLOSE * options[0].score:
            break
        # The same amount in another currency, the same name in short: once is enough.
        if rival and option.meaning is rival.meaning:
            continue
        if option.column not in taken:
            if option.column:
                taken[option.column] = place
            return option
    return None


def _reading(
    heading: str,
    choice: _Choice | None,
    options: Sequence[_Choice],
    calibration: Calibration,
    *,
    rival: str,
    even: bool,
) -> Reading:
    if choice is None:
        top = options[0] if options else None
        return Reading(
            heading=heading,
            column="",
            score=0.0 if top is None else max(0.0, min(1.0, top.score)),
            key=top.key if top else "",
            others=tuple(dict.fromkeys(item.column for item in options[:3] if item.column)),
            why=_why_none(heading, top, rival),
        )
    near = [
        option
        for option in options
        if option.column != choice.column and option.score >= _CLOSE * choice.score
    ]
    margin = choice.score - max(
        (item.score for item in near if item.meaning is not choice.meaning), default=0.0
    )
    reading = Reading(
        heading=heading,
        column=choice.column,
        score=max(0.0, min(1.0, choice.score)),
        key=choice.key,
        trust=choice.trust,
        # Which step of a path says what the cells are, is a guess.
        clear=margin >= _MARGIN and not rival and not even and not stepped(heading),
        others=tuple(dict.fromkeys(item.column for item in near if item.column))[:3],
    )
    sure = reading.surely(score=calibration.score, trust=calibration.trust)
    reading = replace(reading, sure=sure)
    why = _why(reading, choice, rival, even=even, trust=calibration.trust)
    return replace(reading, why=why)


def _why_none(heading: str, top: _Choice | None, rival: str) -> str:
    if not folded(heading):
        return "The heading is empty."
    if top is None:
        return "None of its words is known."
    if rival:
        return f"It means {_named(top)}, which '{rival}' says better."
    return f"Only a part of its words is known; nearest is {_named(top)}."


def _named(choice: _Choice) -> str:
    return f"'{choice.meaning.id}'" if choice.meaning.id else f"column {choice.column}"


def _why(reading: Reading, choice: _Choice, rival: str, *, even: bool, trust: float) -> str:
    if choice.meaning.id:
        said = f"Its words mean '{choice.meaning.id}'"
    else:
        said = "Its words are not known"
    if choice.by_values:
        said += f"; its cells {choice.by_values}"
    if not choice.column:
        said += ", for which there is no column"
    if rival:
        said += f"; '{rival}' has the column that fits better"
    if even:
        said += "; another heading of the file says the same"
    if not reading.sure and choice.meaning.id and choice.trust < trust:
        said += "; published lists use such headings in several ways"
    if reading.others:
        said += f". It could also be {' or '.join(reading.others)}"
    return f"{said}."
