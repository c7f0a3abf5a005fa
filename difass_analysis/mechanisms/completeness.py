"""How complete the records of good practices are, and which step their evidence is said to have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis import evidence
from difass_analysis.display import practice_charts
from difass_analysis.programme import Programme
from difass_analysis.result import Result
from difass_analysis.schema import table_of
from difass_analysis.schema.cooperation import EVIDENCE_STEPS
from difass_analysis.schema.good_practice import practice_fields

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_UNVERIFIED = (
    "Most limits of length and the list of mandatory fields are unverified: they are to be "
    "checked against the present template of the form."
)
_APART = (
    "Completeness says how much of the form is filled in, and the step how far the evidence "
    "reaches. They are two things and are never multiplied."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class PracticeRecords(Result):
    """Completeness and evidence of good practices, side by side: one row a practice.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``practice_id``, ``title``, ``filled`` and ``mandatory`` (fields), ``completeness``
        (filled / mandatory), ``evidence_step`` (Roman, as an expert declared it; missing where
        nobody did), ``evidence_type`` (monitoring or evaluation), ``evidence_stated`` (whether
        the record says anything on results), ``missing`` and ``too_long`` (fields, separated by
        semicolons), ``note``.
    """

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the share of mandatory fields that is filled, with the step beside it."""
        return practice_charts.completeness(
            self.frame,
            title="How much of the record is filled in, and how far its evidence reaches",
            caveats=self.caveats,
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )


def assess_practices(programme: Programme) -> PracticeRecords:
    """Tell how complete each good practice is recorded, and what step its evidence has.

    Completeness is the number of mandatory fields that are filled in, divided by the number of
    mandatory fields. The step is what an expert declared in ``evidence_step``; it is never
    guessed from the text. A step that is none of the six counts as not declared, and the note
    says so.

    Parameters
    ----------
    programme : Programme
        With a table ``practices``, such as ``Programme.from_frames(practices=frame)`` makes.

    Returns
    -------
    PracticeRecords
        One row a practice, in the order of the table.

    Raises
    ------
    InputError
        When the programme has no table ``practices``.

    References
    ----------
    Interreg Europe, good practice form: the fields of :func:`practice_fields`. OECD (2007), the
    Six Steps.

    Examples
    --------
    >>> frame = pd.DataFrame({"practice_id": ["a"], "title": ["A tool"], "region": ["HU"]})
    >>> found = assess_practices(Programme.from_frames(practices=frame))
    >>> found.frame[["filled", "mandatory", "evidence_step"]].values.tolist()
    [[2, 11, nan]]
    """
    practices = programme.table("practices").reindex(columns=list(table_of("practices").names))
    fields = practice_fields()
    rows = [_assess(row, fields) for row in practices.to_dict("records")]
    columns = ["practice_id", "title", "filled", "mandatory", "completeness", "evidence_step"]
    columns += ["evidence_type", "evidence_stated", "missing", "too_long", "note"]
    frame = pd.DataFrame(rows, columns=columns)
    texts = ["practice_id", "title", "evidence_step", "evidence_type", "missing", "too_long"]
    return PracticeRecords(
        frame=frame.astype(dict.fromkeys([*texts, "note"], "str")),
        provenance=programme.provenance,
        caveats=(*programme.caveats, _APART, _UNVERIFIED),
    )


def is_filled(value: object) -> bool:
    """Whether a cell of a record says anything: blanks alone do not.

    Examples
    --------
    >>> is_filled("a tool"), is_filled("  "), is_filled(None)
    (True, False, False)
    """
    return bool(pd.notna(value)) and bool(str(value).strip())  # type: ignore[call-overload]


def _assess(row: Mapping[Any, Any], fields: pd.DataFrame) -> dict[str, Any]:
    mandatory = fields[fields["mandatory"]]
    lack = [str(name) for name in mandatory["field"] if not is_filled(row[name])]
    limits = fields.dropna(subset=["limit"])
    pairs = zip(limits["field"], limits["limit"], strict=True)
    long = [str(name) for name, limit in pairs if _length(row[name]) > limit]
    declared = row["evidence_step"]
    known = declared if declared in EVIDENCE_STEPS else None
    stated = is_filled(row["evidence_of_success"])
    return {
        "practice_id": row["practice_id"],
        "title": row["title"],
        "filled": len(mandatory) - len(lack),
        "mandatory": len(mandatory),
        "completeness": (len(mandatory) - len(lack)) / len(mandatory),
        "evidence_step": known,
        "evidence_type": evidence.step(known).kind if known else None,
        "evidence_stated": stated,
        "missing": "; ".join(lack),
        "too_long": "; ".join(long),
        "note": _note(declared, known=known, stated=stated),
    }


def _length(value: object) -> int:
    return len(str(value)) if is_filled(value) else 0


def _note(declared: object, *, known: str | None, stated: bool) -> str:
    if known and not stated:
        return f"Step {known} is declared, but no evidence is stated."
    if known:
        return ""
    if is_filled(declared):
        return f"'{declared}' is no step of evidence."
    return "No step is declared." if stated else "No evidence is stated and no step is declared."
