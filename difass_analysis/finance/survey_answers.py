"""What supported firms say of the difference made: shares of answers, and deadweight from them.

Storey's step III (OECD 2007, Framework for the Evaluation of SME and Entrepreneurship Policies and
Programmes): recipients' views of the difference made. It is monitoring, no comparison.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from difass_analysis.errors import SchemaError, UsageError
from difass_analysis.finance.ranges import Given, Range, as_range
from difass_analysis.programme import Programme
from difass_analysis.result import SIMULATED, Result

STEP: Final = "III"
_FEW = 10
_STEP = (
    "Recipients' own answers (step III of Storey's six steps): they say what firms believe or wish "
    "to say, are not scored on the Maryland scale, and show no effect."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class AnswerShares(Result):
    """How answers to questions are distributed.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``question``, ``answer``, ``value`` (share of the answers), ``lower``, ``upper``, ``n``
        (SMEs that answered the question), ``numerator`` and ``denominator`` (answers), ``note``.
    """


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class SelfReported(Result):
    """Deadweight as recipients report it: the share that would have come about anyway.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row an answer: ``answer``, ``value`` (its share), ``low``, ``central``, ``high`` (what
        part would have come about anyway for who answers so), ``n``.
    deadweight : Range
        Low: the lower end of the interval with every part at its low end; central; high: the
        upper end with every part at its high end. Its step is III.
    """

    deadweight: Range


def answer_shares(
    programme: Programme, *, questions: Sequence[str] | None = None, level: float = 0.95
) -> AnswerShares:
    """Answer: what do recipients say, question by question?

    Partial additionality is asked as ``anyway_timing`` (sooner), ``anyway_scale`` (larger) and
    ``anyway_quality`` (better) than it would have been. Intervals are Wilson's (1927), with the
    number of SMEs that are as good as independent where an SME answered several times.

    Parameters
    ----------
    programme : Programme
        With the table ``surveys``.
    questions : sequence of str, optional
        Which; all when left out.
    level : float
        Level of the intervals.

    Raises
    ------
    SchemaError
        When there is no table ``surveys``, or a question is not in it.
    UsageError
        When the level is not between 0 and 1.

    Examples
    --------
    >>> surveys = pd.DataFrame({"sme_id": ["a", "b", "c", "d"], "operation_id": ["1"] * 4,
    ...                         "question": ["anyway"] * 4, "answer": ["yes", "no", "no", "no"]})
    >>> found = answer_shares(Programme.from_frames(surveys=surveys))
    >>> found.frame[["answer", "value", "lower", "upper"]].round(4).values.tolist()
    [['no', 0.75, 0.3006, 0.9544], ['yes', 0.25, 0.0456, 0.6994]]
    """
    if not 0 < level < 1:
        raise UsageError(f"level = {level} is not between 0 and 1.", todo="Give for example 0.95.")
    rows = _answers(programme, questions)
    found = [
        _share(part, question=str(question), answer=str(answer), level=level)
        for question, part in rows.groupby("question", sort=True)
        for answer in sorted(part["answer"].unique())
    ]
    return AnswerShares(
        frame=pd.DataFrame(found),
        provenance=programme.provenance,
        caveats=_caveats(programme, rows),
    )


def self_reported(
    programme: Programme,
    *,
    would_have: Mapping[str, Given],
    question: str = "would_have_done_anyway",
    level: float = 0.95,
) -> SelfReported:
    """Answer: what share would have come about without support, by the recipients' own account?

    Each answer stands for a part of the output that would have come about anyway: 1 for "yes", 0
    for "no", and for answers between a part that the caller states, best as low, central and high.
    No part is put in for an answer that is not named.

    Parameters
    ----------
    programme : Programme
        With the table ``surveys``.
    would_have : mapping of str to Range, float or three floats
        For each answer the part that would have come about anyway, between 0 and 1.
    question : str
        The question.
    level : float
        Level of the interval; Student's t over SMEs, since one SME may answer several times.

    Raises
    ------
    SchemaError
        When there is no table ``surveys``, or the question is not in it.
    UsageError
        When an answer that occurs is not named, or a part is outside 0 to 1.

    Examples
    --------
    >>> surveys = pd.DataFrame({"sme_id": list("abcd"), "operation_id": ["1"] * 4,
    ...     "question": ["would_have_done_anyway"] * 4, "answer": ["yes", "no", "partly", "no"]})
    >>> parts = {"yes": 1, "no": 0, "partly": (0.25, 0.5, 0.75)}
    >>> found = self_reported(Programme.from_frames(surveys=surveys), would_have=parts)
    >>> found.deadweight.central, found.deadweight.step
    (0.375, 'III')
    """
    rows = _answers(programme, [question])
    parts = _parts(would_have, rows)
    shares = answer_shares(programme, questions=[question], level=level)
    frame = shares.frame[["answer", "value", "n"]].copy()
    for name in ("low", "central", "high"):
        frame[name] = [getattr(parts[one], name) for one in frame["answer"]]
    ends = {name: _mean(rows, frame, name, level=level) for name in ("low", "central", "high")}
    source = f"answers of {rows['sme_id'].nunique():,} SMEs to '{question}'"
    return SelfReported(
        frame=frame,
        deadweight=Range(
            low=ends["low"][1],
            central=ends["central"][0],
            high=ends["high"][2],
            source=source,
            step=STEP,
        ),
        provenance=programme.provenance,
        caveats=_caveats(programme, rows),
    )


def _answers(programme: Programme, questions: Sequence[str] | None) -> pd.DataFrame:
    if "surveys" not in programme.tables:
        raise SchemaError(
            f"{programme.name} has no table surveys: nobody was asked.",
            todo="Add a table with sme_id, question and answer.",
        )
    rows = _stated(programme.table("surveys")).dropna(subset=["sme_id"])
    asked = set(rows["question"].astype("str"))
    absent = [one for one in questions or [] if one not in asked]
    if absent:
        raise SchemaError(
            f"There is no answer to the question '{absent[0]}' in the table surveys.",
            todo=f"Questions answered: {', '.join(sorted(asked)) or 'none'}.",
        )
    kept = rows if questions is None else rows[rows["question"].isin(list(questions))]
    return kept.astype({"question": "str", "answer": "str"})


def _stated(table: pd.DataFrame) -> pd.DataFrame:
    """Rows with an answer: a cell of nothing but blanks is none."""
    rows = table.dropna(subset=["question", "answer"])
    return rows[rows["answer"].astype("str").str.strip() != ""]


def _parts(would_have: Mapping[str, Given], rows: pd.DataFrame) -> dict[str, Range]:
    parts = {answer: as_range(one, name=answer) for answer, one in would_have.items()}
    for answer, one in parts.items():
        if one.low < 0 or one.high > 1:
            raise UsageError(
                f"The part of '{answer}' is {one.low} to {one.high}; it must be between 0 and 1.",
                todo="1: all would have come about anyway; 0: nothing.",
            )
    unnamed = sorted(set(rows["answer"]) - set(parts))
    if unnamed:
        raise UsageError(
            f"The answer '{unnamed[0]}' occurs {int((rows['answer'] == unnamed[0]).sum())} times "
            "and has no part.",
            todo=f'Say what part would have come about anyway: would_have={{"{unnamed[0]}": ...}}.',
        )
    return parts


def _share(part: pd.DataFrame, *, question: str, answer: str, level: float) -> dict[str, object]:
    hit = np.asarray(part["answer"] == answer, dtype=np.float64)
    value, error, clusters = _clustered_mean(hit, part["sme_id"])
    # Answers of one SME are alike: as many independent ones as would give the same error.
    units = value * (1 - value) / error**2 if error > 0 else float(clusters)
    lower, upper = _wilson(value, min(units, float(len(hit))), level=level)
    return {
        "question": question,
        "answer": answer,
        "value": value,
        "lower": lower,
        "upper": upper,
        "n": clusters,
        "numerator": float(hit.sum()),
        "denominator": float(len(hit)),
        "note": f"fewer than {_FEW} SMEs" if clusters < _FEW else "",
    }


def _clustered_mean(values: NDArray[np.float64], cluster: pd.Series) -> tuple[float, float, int]:
    """Mean, its error by cluster, and the number of clusters."""
    value = float(values.mean())
    totals = pd.Series(values - value).groupby(cluster.to_numpy()).sum().to_numpy()
    count = len(totals)
    if count < 2:
        return value, float("nan"), count
    scaled = count / (count - 1) * float((totals**2).sum())
    once = count == len(values)
    # With one answer each this is the binomial error, whose factor is 1 and not G / (G - 1).
    scaled = float((totals**2).sum()) if once else scaled
    return value, float(np.sqrt(scaled)) / len(values), count


def _wilson(value: float, units: float, *, level: float) -> tuple[float, float]:
    z = float(ndtri(0.5 + level / 2))
    centre = (value + z**2 / (2 * units)) / (1 + z**2 / units)
    half = z * np.sqrt(value * (1 - value) / units + z**2 / (4 * units**2)) / (1 + z**2 / units)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def _mean(
    rows: pd.DataFrame, frame: pd.DataFrame, name: str, *, level: float
) -> tuple[float, float, float]:
    """Mean part, and its interval over SMEs within 0 and 1; bounds 0 and 1 for one SME.

    Where all answers stand for the same part their spread is 0 and says nothing: at least Wilson's
    lower end of the share of 100 % stands for that part then, and the others for anything.
    """
    part = dict(zip(frame["answer"], frame[name], strict=True))
    values = rows["answer"].map(part).to_numpy(dtype=float)
    value, error, clusters = _clustered_mean(values, rows["sme_id"])
    if clusters < 2:
        return value, 0.0, 1.0
    if np.ptp(values) == 0:
        least, _ = _wilson(1.0, float(clusters), level=level)
        return value, value * least, value * least + 1 - least
    # Student's t goes with the divisor n - 1, which the binomial error of one answer each lacks.
    error *= np.sqrt(clusters / (clusters - 1)) if clusters == len(values) else 1.0
    half = float(stdtrit(clusters - 1, 0.5 + level / 2)) * error
    return value, max(0.0, value - half), min(1.0, value + half)


def _caveats(programme: Programme, rows: pd.DataFrame) -> tuple[str, ...]:
    said = [SIMULATED] if programme.provenance.simulated else []
    said += [_STEP, _response(programme, rows), _nameless(programme, rows)]
    return tuple(one for one in said if one)


def _nameless(programme: Programme, rows: pd.DataFrame) -> str:
    """Say how many answers to these questions are left out, as nobody knows whose they are."""
    table = _stated(programme.table("surveys"))
    asked = table["question"].astype("str").isin(set(rows["question"]))
    count = int((asked & table["sme_id"].isna()).sum())
    return f"Answers that name no SME, left out: {count:,}." if count else ""


def _response(programme: Programme, rows: pd.DataFrame) -> str:
    """Say who did not answer, as far as that is known."""
    answered = rows["sme_id"].nunique()
    if "participations" not in programme.tables:
        return f"{answered:,} SMEs answered; how many were supported is not known."
    supported = programme.table("participations")["sme_id"].nunique()
    return (
        f"{answered:,} of {supported:,} supported SMEs answered; nothing is known of the others, "
        "and they may differ."
    )
