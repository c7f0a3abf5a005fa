"""Which kinds of claim the tables of a programme support, and why the others are not supported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import narwhals as nw
import pandas as pd

from difass_analysis.engine import Lazy
from difass_analysis.evidence.panel import Panel, look_at_panel
from difass_analysis.evidence.requirements import missing_tables
from difass_analysis.evidence.scale import Level, Step, level, read_data, step
from difass_analysis.programme import Programme

ClaimKind = Literal["reach", "opinion", "self_reported", "typical_firms", "matched", "selection"]

_TEXTS: dict[ClaimKind, tuple[int, str]] = {
    "reach": (1, "How many were supported, and with how much money."),
    "opinion": (2, "What the supported think of the support."),
    "self_reported": (3, "What the supported say that they would have done without it."),
    "typical_firms": (4, "How supported firms differ from typical firms."),
    "matched": (5, "How supported firms differ from firms like them."),
    "selection": (6, "What support changed, selection taken into account."),
}
_MEASURES = ("employment_fte", "turnover_amount", "exports_amount")
_STATED = (
    "Practices tell of results in words: such a statement of the owner is Step III at best, and "
    "no survey stands behind it."
)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One kind of claim about a programme, and whether its data support it.

    Attributes
    ----------
    kind : str
        reach, opinion, self_reported, typical_firms, matched or selection.
    text : str
        What is claimed.
    step : Step
        Storey's step of such a claim.
    level : Level
        Maryland level that the data allow; 0 for what the scale does not score, or where the
        claim is not supported.
    supported : bool
        Whether the tables hold what the claim needs.
    why : str
        What it rests on, or what is missing.
    """

    kind: ClaimKind
    text: str
    step: Step
    level: Level
    supported: bool
    why: str


def claims(programme: Programme) -> tuple[Claim, ...]:
    """Tell which kinds of claim the tables of a programme support.

    The tables are looked into: a survey without a question on what would have happened anyway
    supports no claim of a difference, however many answers it has. That a claim is supported
    says that it can be examined with these data, not that it is true. Level 5 is never given,
    since no table says that support was given by lot.

    Parameters
    ----------
    programme : Programme
        Any programme.

    Returns
    -------
    tuple of Claim
        Six claims, in the order of Storey's steps.

    References
    ----------
    OECD (2007), *Framework for the Evaluation of SME and Entrepreneurship Policies and
    Programmes*; What Works Growth, *The Scientific Maryland Scale*. Which design has which
    level: :func:`crosswalk`, this package's own.

    Examples
    --------
    >>> frame = pd.DataFrame({"call_id": ["a"], "smes_count": [200.0]})
    >>> [claim.step.roman for claim in claims(Programme.from_frames(calls=frame)) if claim.supported]
    ['I']
    """  # noqa: E501
    panel = look_at_panel(programme)
    found = (
        _reach(programme),
        _asked(programme, "opinion", number=2),
        _asked(programme, "self_reported", number=3),
        _typical(programme, panel),
        _matched(programme, panel),
        _selection(programme, panel),
    )
    return found


def claims_frame(found: Sequence[Claim]) -> pd.DataFrame:
    """Return claims as a table: one row a claim.

    Returns
    -------
    pandas.DataFrame
        ``kind``, ``claim``, ``step`` (Roman), ``step_name``, ``type`` (monitoring or
        evaluation), ``maryland_level``, ``supported``, ``why``.
    """
    columns = ["kind", "claim", "step", "step_name", "type", "maryland_level", "supported", "why"]
    rows = [
        (
            claim.kind,
            claim.text,
            claim.step.roman,
            claim.step.name,
            claim.step.kind,
            claim.level.level,
            claim.supported,
            claim.why,
        )
        for claim in found
    ]
    return pd.DataFrame(rows, columns=columns)


def _claim(kind: ClaimKind, why: str, *, supported: bool, maryland: int = 0) -> Claim:
    number, text = _TEXTS[kind]
    return Claim(
        kind=kind,
        text=text,
        step=step(number),
        level=level(maryland if supported else 0),
        supported=supported,
        why=why,
    )


def _lacking(tables: Sequence[str]) -> str:
    named = ", ".join(tables)
    return f"There is no table {named}." if len(tables) == 1 else f"There are no tables {named}."


def _count(programme: Programme, lazy: Lazy) -> int:
    return int(programme.engine.collect(lazy.select(n=nw.len()))["n"].iloc[0])


def _reach(programme: Programme) -> Claim:
    rows = {
        name: _count(programme, programme.tables[name])
        for name in ("calls", "operations", "participations")
        if name in programme.tables
    }
    held = [f"{count:,} rows of {name}" for name, count in rows.items() if count]
    if held:
        return _claim("reach", f"Counted from {', '.join(held)}.", supported=True)
    if "outputs" not in programme.tables:
        return _claim("reach", _lacking(missing_tables(set(), 1)), supported=False)
    outputs = programme.table("outputs")
    done = int(outputs["achieved"].notna().sum()) if "achieved" in outputs else 0
    if done:
        return _claim("reach", f"{done} of {len(outputs)} outputs have a count.", supported=True)
    return _claim(
        "reach",
        f"None of {len(outputs)} outputs says what was achieved: only plans are known.",
        supported=False,
    )


def _asked(programme: Programme, kind: ClaimKind, *, number: int) -> Claim:
    stated = f" {_STATED}" if number == 3 and _owner_states(programme) else ""
    if "surveys" not in programme.tables:
        return _claim(kind, f"There is no table surveys.{stated}", supported=False)
    lazy = programme.tables["surveys"]
    if {"question", "answer"} - set(lazy.collect_schema().names()):
        return _claim(kind, f"Table surveys has no answers.{stated}", supported=False)
    answered = lazy.filter(~nw.col("answer").is_null())
    counts = answered.group_by("question").agg(n=nw.len())
    by_question = programme.engine.collect(counts).set_index("question")["n"]
    known = read_data("questions.csv")
    wanted = set(known.loc[known["step"] == number, "question"])
    mine = sorted(wanted & set(by_question.index))
    if mine:
        answers = int(by_question[mine].sum())
        return _claim(
            kind, f"{answers:,} answers to {', '.join(mine)}, as people give them.", supported=True
        )
    return _claim(
        kind,
        f"The survey asks none of {', '.join(sorted(wanted))}.{stated}",
        supported=False,
    )


def _owner_states(programme: Programme) -> bool:
    if "practices" not in programme.tables:
        return False
    practices = programme.table("practices")
    column = "evidence_of_success"
    return column in practices and bool(practices[column].notna().any())


def _typical(programme: Programme, panel: Panel) -> Claim:
    lack = missing_tables(set(programme.tables), 4)
    if lack:
        return _claim("typical_firms", _lacking(lack), supported=False)
    if not panel.supported_firms:
        return _claim("typical_firms", "No supported firm has outcomes.", supported=False)
    both = set(programme.tables["outcomes"].collect_schema().names())
    both &= set(programme.tables["population"].collect_schema().names())
    shared = [name for name in _MEASURES if name in both]
    if not shared:
        return _claim(
            "typical_firms",
            "Outcomes and population have no measure in common.",
            supported=False,
        )
    return _claim(
        "typical_firms",
        f"{panel.supported_firms:,} supported firms against the population by "
        f"{', '.join(shared)}: a crude difference.",
        supported=True,
        maryland=1,
    )


def _matched(programme: Programme, panel: Panel) -> Claim:
    lack = missing_tables(set(programme.tables), 5)
    if lack:
        return _claim("matched", _lacking(lack), supported=False)
    if not panel.supported_firms or not panel.other_firms:
        who = "other" if panel.supported_firms else "supported"
        return _claim("matched", f"No {who} firm has outcomes.", supported=False)
    firms = f"{panel.supported_firms:,} supported and {panel.other_firms:,} other firms"
    if panel.long_enough:
        return _claim(
            "matched",
            f"{firms}; {panel.long_enough:,} supported firms have two years before and two after.",
            supported=True,
            maryland=3,
        )
    return _claim(
        "matched",
        f"{firms}; none is known for two years before and two after support: levels only.",
        supported=True,
        maryland=2,
    )


def _selection(programme: Programme, panel: Panel) -> Claim:
    lack = missing_tables(set(programme.tables), 6)
    if lack:
        return _claim("selection", _lacking(lack), supported=False)
    if not panel.supported_firms:
        return _claim("selection", "No supported firm has outcomes.", supported=False)
    if not panel.refused_firms:
        return _claim("selection", "No refused applicant has outcomes.", supported=False)
    refused = f"{panel.refused_firms:,} refused applicants have outcomes"
    if panel.scored:
        return _claim(
            "selection",
            f"{refused}, and scores and cut-offs are known: a discontinuity can be examined.",
            supported=True,
            maryland=4,
        )
    return _claim(
        "selection",
        f"{refused}, but scores or cut-offs are not known: no discontinuity can be examined.",
        supported=True,
        maryland=3 if panel.long_enough else 2,
    )
