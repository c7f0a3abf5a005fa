"""The theory of change behind a practice: links with assumptions, risks and evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from difass_analysis.display.theory import draw_theory
from difass_analysis.errors import InputError, UsageError, one_of
from difass_analysis.mechanisms.completeness import is_filled
from difass_analysis.mechanisms.covering import full_table
from difass_analysis.programme import Programme
from difass_analysis.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_KEPT = [
    "link_id",
    "from_result",
    "to_result",
    "assumption",
    "risk",
    "evidence_for",
    "evidence_against",
    "rival_explanations",
    "status",
    "source",
]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class TheoryOfChange(Result):
    """The links of one theory of change, in the order in which they are numbered.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``number``, ``link_id``, ``from_result``, ``to_result``, ``assumption``, ``risk``,
        ``evidence_for``, ``evidence_against``, ``rival_explanations``, ``status`` (open where
        none is recorded), ``source``.
    heading : str
        Title of the picture.
    """

    heading: str = "Theory of change"

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw results in boxes with an arrow for each link, and return the Axes."""
        frame = self.frame
        evidence = frame["evidence_for"].map(is_filled) | frame["evidence_against"].map(is_filled)
        return draw_theory(
            frame.assign(evidence=evidence),
            title=self.heading,
            notes=(*self._link_notes(), *self.caveats),
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )

    def _link_notes(self) -> list[str]:
        notes = []
        for row in self.frame.to_dict("records"):
            named = (("assumption", "assumes"), ("risk", "risk"), ("rival_explanations", "rival"))
            parts = [f"{word}: {row[name]}" for name, word in named if is_filled(row[name])]
            if parts:
                notes.append(f"{row['number']} {'; '.join(parts)}")
        return notes


def theory_of_change(programme: Programme, *, practice: str | None = None) -> TheoryOfChange:
    """Return the theory of change of a practice: its chain of results, and what must hold.

    The six steps of contribution analysis begin with the question of attribution and the theory
    with its risks; evidence is then gathered link by link, the story assembled, more evidence
    sought where it is weak, and the story revised.

    Parameters
    ----------
    programme : Programme
        With a table ``theory_links``.
    practice : str, optional
        Whose theory; may be left out where there is only one.

    Returns
    -------
    TheoryOfChange
        One row a link, in the order of the table. Links with an end that is not stated are kept
        in the table, and not drawn.

    Raises
    ------
    InputError
        When the programme has no table ``theory_links``, or it has no rows.
    UsageError
        When no practice of that key has links, or several have and none is named.

    References
    ----------
    Mayne (2001, 2012, 2019), contribution analysis; the wording of the steps is unverified.

    Examples
    --------
    >>> links = pd.DataFrame({"link_id": ["l1"], "from_result": ["A fair is paid for"],
    ...                       "to_result": ["Firms go"]})
    >>> found = theory_of_change(Programme.from_frames(theory_links=links))
    >>> found.frame[["number", "status"]].values.tolist()
    [[1, 'open']]
    """
    links = full_table(programme, "theory_links")
    if links.empty:
        raise InputError(
            f"Programme '{programme.id}' has no theory of change.",
            todo="Add a table theory_links with one row a link.",
        )
    chosen = _chosen(links, practice)
    rows = chosen[_KEPT].reset_index(drop=True)
    rows.insert(0, "number", range(1, len(rows) + 1))
    status = [state if is_filled(state) else "open" for state in rows["status"]]
    apart = int(rows[["from_result", "to_result"]].isna().any(axis=1).sum())
    notes = [f"{apart} links have an end that is not stated, and are not drawn."] if apart else []
    return TheoryOfChange(
        frame=rows.assign(status=status),
        provenance=programme.provenance,
        caveats=(*programme.caveats, *notes),
        heading=_heading(programme, chosen),
    )


def _chosen(links: pd.DataFrame, practice: str | None) -> pd.DataFrame:
    held = list(dict.fromkeys(links["practice_id"].dropna()))
    if practice is None:
        kinds = len(held) + bool(links["practice_id"].isna().any())
        if kinds > 1:
            raise UsageError(
                f"There are links of {kinds} practices: {', '.join(held[:6])}.",
                todo="Name one: theory_of_change(programme, practice=...).",
            )
        return links
    if practice not in held:
        raise one_of("practice with links", practice, held)
    return links[links["practice_id"] == practice]


def _heading(programme: Programme, links: pd.DataFrame) -> str:
    key = links["practice_id"].iloc[0]
    if not is_filled(key):
        return "Theory of change"
    practices = full_table(programme, "practices").set_index("practice_id")["title"]
    title = practices.get(key)
    named = title if is_filled(title) else key
    return f"Theory of change: {named}"
