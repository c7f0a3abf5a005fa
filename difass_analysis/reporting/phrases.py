"""Fixed phrases of the other parts of the package, as a catalogue of words can hold them.

Results carry notes and caveats as English sentences. A page in another language recognises them
by the phrases here; what is in braces is any text and comes back in the translation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from difass_analysis.reporting.finance_phrases import FINANCE_PHRASES, FINANCE_UNITS
from difass_analysis.reporting.mechanism_phrases import MECHANISM_PHRASES

SPANS = (
    "not known",
    "withheld",
    "{lower} to {upper} (bounds)",
    "{lower} to {upper}",
    "at least {value} (bounds)",
    "at least {value}",
    "at most {value} (bounds)",
    "at most {value}",
)

PHRASES = (
    # missing values
    "not known",
    "withheld",
    "none",
    # methods
    "bounds",
    "bounds; value counts per call",
    "ratio of sums",
    "stated totals",
    "ratio of totals measured apart",
    "total; {units} arrive at random, gamma interval",
    # notes of measurement
    "Not known: in no row are both sides known.",
    "Not known: in every row that may count here a value is missing.",
    "Not known exactly: between the largest count and the sum of counts.",
    "Not defined: no row counts here.",
    "Not defined: the denominator is zero.",
    "No interval: one {unit} only.",
    "No interval: it hangs on one {unit} alone.",
    "No interval: totals of one call.",
    "No interval: the total is not above zero.",
    "No interval: numerator and denominator are counted in different tables.",
    "No interval: the figures of single calls for {first} and {last} are {kind}, not observed, so "
    "nothing shows how far chance could move them.",
    "No interval: the figures of single calls for {columns} are {kind}, not observed, so nothing "
    "shows how far chance could move them.",
    "No interval: with these clusters the denominator is too uncertain to bound the ratio "
    "(Fieller's set is unbounded).",
    "{left} of {all} rows left out: {missing} not known; with blanks as zero {reading}.",
    "{left} of {all} rows not counted: {missing} not known.",
    "{left} of {all} rows not in the sum: {missing} not known.",
    "Some rows left out: {missing} not known.",
    "Some rows not counted: {missing} not known.",
    "Some rows not in the sum: {missing} not known.",
    # caveats
    "Monitoring data are usually the whole population: the intervals speak of the process that "
    "produced them, not of sampling.",
    "Private money is the additional investment of companies and promoters; promoters can be "
    "public bodies, so not all of it is surely private.",
    "SMEs are counted once in each call; without identifiers an SME in several calls counts "
    "several times.",
    "Total cost is public money plus the additional investment of companies and promoters.",
    "Beneficiaries are told apart by name only: two spellings of one body count as two.",
    "Operations are those that have participations.",
    "Operations are those whose participating SMEs are known.",
    "{rejected} of {read} rows of {file} ({table}) could not be used and are not in the figures: "
    "see difass check.",
    "Simulated data: no figure here describes a real programme.",
    "Only rows with {conditions}.",
    "Fewer than {enough} clusters in {few} of {all} rows, {least} in the smallest: in simulations "
    "with skewed money nominal 95 % intervals of that size covered {coverage} % in the worst case.",
    "Fewer than {enough} clusters ({least}): in simulations with skewed money nominal 95 % "
    "intervals of that size covered {coverage} % in the worst case.",
    # why something cannot be computed
    "there is no table '{table}' to look up {column} in",
    "there is no table '{table}'",
    "the column '{column}' is not known for {table}",
    "{table} and {other} do not refer to each other",
    "amounts of {once} cannot be divided by '{column}', which varies within one row",
    "{column} is not given",
    "{column} is empty",
    "the programme reports under {own}, not under {other}",
    # what a kind of claim rests on
    "There is no table {table}.",
    "There are no tables {tables}.",
    "Counted from {rows}.",
    "None of {count} outputs says what was achieved: only plans are known.",
    "{done} of {count} outputs have a count.",
    "Practices tell of results in words: such a statement of the owner is Step III at best, and "
    "no survey stands behind it.",
    "The survey asks none of {questions}.",
    "{count} answers to {questions}, as people give them.",
    "No supported firm has outcomes.",
    "No other firm has outcomes.",
    "No refused applicant has outcomes.",
    "Outcomes and population have no measure in common.",
    "{count} supported firms against the population by {measures}: a crude difference.",
    # disclosure control
    "The data are public by law: no figure is withheld.",
    "Simulated data need no disclosure control.",
    "Disclosure control was switched off.",
    "Disclosure control: no figure had to be withheld.",
    "Disclosure control: {count} of {all} figures are withheld as confidential ({reasons}).",
    "Only totals are known, so dominance is not checkable and nothing of them is withheld: "
    "{names}.",
    "The error is withheld: it would tell too much of single contributors.",
    "withheld: confidential",
    "withheld: confidential ({reason})",
    "too few contributors",
    "dominated",
    "to protect another cell",
    # where figures come from
    "Source: {name}; {files}. difass_analysis {version}.",
    "SIMULATED DATA. Source: {name}; {files}. difass_analysis {version}.",
    # practices, claims, barriers, transfers, framework conditions
    *MECHANISM_PHRASES,
    # loan portfolios, funds, leverage, State aid, answers of recipients
    *FINANCE_PHRASES,
)

# What the charts say of themselves, beside the sentences above.
CHARTS = (
    "dot: value",
    "line: {level} confidence interval",
    "hatched bar: lowest to highest possible value (bounds)",
    "and",
    "value",
    "{level} interval",
    "{level} interval or bounds",
    "bounds",
    "total",
    "at least {value}",
    "shares in %",
    "Overall",
    "{count} more notes stand with the figures in the table.",
    "No figures: there is nothing to draw.",
    "No amounts: there is nothing to draw.",
    "Amounts of the rows in which both are known; the table says how many are left out.",
    "SIMULATED DATA",
    "not known",
    "withheld",
)

UNITS = (
    "SMEs per operation",
    "SMEs per staff",
    "SMEs",
    "beneficiaries",
    "enterprises",
    "operations",
    "currency units",
    *FINANCE_UNITS,
    "{currency} per SME",
    "{currency} per beneficiary",
    "{currency} per operation",
    "{currency} per {other}",
)

#: What stands in the gaps of phrases, alone or in a list.
GAPS = (
    "stated",
    "derived",
    "approximate",
    "assumed",
    "private money",
    "public money granted",
    "public plus private money",
    "operations times the scheme's highest grant",
    "too few contributors",
    "dominated",
    "to protect another cell",
    "too few contributors: {count}",
    "dominated: {count}",
    "to protect another cell: {count}",
    "{count} rows of {table}",
    "{names} and {count} more",
)

_PLACE = re.compile(r"\\\{(\w+)\\\}")


def spoken(
    text: str,
    texts: Mapping[str, str],
    *,
    phrases: Sequence[str],
    write: Callable[[str], str] = str,
) -> str:
    """Return a text with each phrase in it translated, and the rest as it is.

    Parameters
    ----------
    text : str
        One or several sentences, or reasons joined by semicolons.
    texts : mapping of str to str
        English phrase and its translation.
    phrases : sequence of str
        The phrases that are looked for, with names in braces for what varies.
    write : callable
        Writes what stood in the braces, such as numbers, as the language does.

    Examples
    --------
    >>> texts = {"No interval: one {unit} only.": "Nessun errore: un solo {unit}."}
    >>> spoken("No interval: one call only. Seen by us.", texts, phrases=PHRASES)
    'Nessun errore: un solo call. Seen by us.'
    """
    whole = _one(text, texts, phrases, write)
    if whole is not None:
        return whole
    done, rest = [], text
    while rest:
        piece, joint, rest = _first(rest, texts, phrases)
        found = _one(piece, texts, phrases, write)
        done.append((piece if found is None else found) + joint)
    return "".join(done)


def _first(text: str, texts: Mapping[str, str], phrases: Sequence[str]) -> tuple[str, str, str]:
    """Split off the first phrase of a text, or else its first sentence."""
    ends = [found.end() for found in re.finditer(r"[.](?=\s|$)|(?=; )", text)]
    for end in ends:
        if any(_pattern(phrase).fullmatch(text[:end]) for phrase in phrases):
            break
    else:
        end = ends[0] if ends else len(text)
    joint = re.match(r"(?:; |\s)*", text[end:])
    size = joint.end() if joint else 0
    return text[:end], text[end : end + size], text[end + size :]


def _one(
    text: str, texts: Mapping[str, str], phrases: Sequence[str], write: Callable[[str], str]
) -> str | None:
    if text in phrases:  # a fixed sentence goes before one with gaps that would take it in
        return texts.get(text) or text
    for phrase in phrases:
        found = _pattern(phrase).fullmatch(text)
        if found is not None:
            # Names of tables stay as they are; units are words.
            parts = {
                name: texts.get(part, part) if name == "units" and part in UNITS else part
                for name, part in found.groupdict().items()
            }
            values = {name: _gap(part, texts, write) for name, part in parts.items()}
            target = texts.get(phrase) or phrase
            return target.format(**values) if values else target
    return None


def _gap(text: str, texts: Mapping[str, str], write: Callable[[str], str]) -> str:
    """Translate what varies in a phrase, where it is itself put together from known words."""
    done = []
    for part in text.split(", "):
        for phrase in GAPS:
            found = _pattern(phrase).fullmatch(part)
            if found is not None:
                target = texts.get(phrase) or phrase
                part = target.format(**found.groupdict())
                break
        done.append(part)
    return write(", ".join(done))


@cache
def _pattern(phrase: str) -> re.Pattern[str]:
    return re.compile(_PLACE.sub(r"(?P<\1>(?:(?![.] )[^;])+?)", re.escape(phrase)))
