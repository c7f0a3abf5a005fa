"""Would a practice travel? Its components against the context that receives it, with stoppers.

A stopper is a component of high importance that the context strongly hinders. No mean hides it: a
summary figure stands beside the stoppers, and there is none where there is one, unless it is asked
for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from difass_analysis.display import transferability_grids
from difass_analysis.errors import InputError, UsageError, one_of
from difass_analysis.mechanisms.agreement_alpha import Agreement, agreement
from difass_analysis.mechanisms.transferability_sections import TransferSection, section_of
from difass_analysis.programme import Programme
from difass_analysis.result import Result
from difass_analysis.schema import TABLES
from difass_analysis.schema.cooperation import IMPORTANCES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOWEST: Final = -2
HIGHEST: Final = 2
#: This package's own: the source says low, medium and high, and gives no figures.
IMPORTANCE_WEIGHTS: Final = {"low": 1.0, "medium": 2.0, "high": 3.0}

#: What stops a practice, and what may.
STOPPERS: Final = ("stopper", "possible stopper")
_CELL: Final = ["practice_id", "component", "importer"]
_JUDGED: Final = (
    "Ratings are judgements from -2 (strong constraint) to 2 (strong support); several raters of a "
    "cell are shown by their median, lowest and highest."
)
_OWN_WEIGHTS: Final = (
    "The weights of low, medium and high importance ({weights}) are a choice, and so is the mean."
)
_STOPPED: Final = (
    "Stoppers: {count} cells where a component of high importance is rated -2 by somebody. They "
    "are not averaged away; {what}."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Transferability(Result):
    """Ratings of components by receiving context.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a cell: ``practice_id``, ``component``, ``importer``, ``importance`` (the highest
        that a rater gives; missing where none does), ``rating`` (median), ``lowest``,
        ``highest``, ``raters``, ``stopper`` ("stopper", "possible stopper" where the importance is
        not known, "no", or "not rated"), ``comments``, ``note``. Components that were rated for
        another importer and not for this one are there with a missing rating.
    summary : pandas.DataFrame
        One row a practice and importer: ``stoppers`` and ``possible_stoppers`` (counts),
        ``stopped_by`` (components), ``constraints`` and ``supports`` (cells below and above 0),
        ``rated``, ``components``, ``weight_rated_share``, ``score`` (weighted mean of the cells,
        -2 to 2), ``note`` (why there is none).
    agreement : Agreement or None
        Krippendorff's alpha (ordinal) over all cells; None where one rater rated.
    """

    summary: pd.DataFrame = field(default_factory=pd.DataFrame)
    agreement: Agreement | None = None

    @property
    def stoppers(self) -> pd.DataFrame:
        """The cells that are stoppers, or may be."""
        return self.frame[self.frame["stopper"].isin(STOPPERS)].reset_index(drop=True)

    def plot(self, *, practice: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw components by importers with a sign for each rating, and return the Axes.

        Parameters
        ----------
        practice : str, optional
            Which practice; may be left out where there is one.
        ax : matplotlib.axes.Axes, optional
            Axes to draw on; a new figure is made without it.

        Raises
        ------
        UsageError
            When there are several practices and none is named, or not the named one.
        """
        name = self._practice(practice)
        return transferability_grids.component_grid(
            self.frame[self.frame["practice_id"] == name],
            title=f"Transferability of {name}",
            caveats=self.caveats,
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )

    def section(self, importer: str, *, practice: str | None = None) -> TransferSection:
        """Return what a fact sheet says of a practice in one receiving context.

        Parameters
        ----------
        importer : str
            The receiving context.
        practice : str, optional
            Which practice; may be left out where there is one.

        Raises
        ------
        UsageError
            When the practice was not rated for that importer.
        """
        name = self._practice(practice)
        rows = self.frame[self.frame["practice_id"] == name]
        held = list(dict.fromkeys(rows["importer"]))
        if importer not in held:
            raise one_of(f"importer that '{name}' was rated for", importer, held)
        here = self.summary["practice_id"].eq(name) & self.summary["importer"].eq(importer)
        return section_of(
            rows[rows["importer"] == importer],
            summary=self.summary[here].iloc[0],
            provenance=self.provenance,
            caveats=self.caveats,
        )

    def _practice(self, practice: str | None) -> str:
        held = list(dict.fromkeys(self.frame["practice_id"]))
        if practice is None:
            if len(held) > 1:
                raise UsageError(
                    f"There are ratings of {len(held)} practices: {', '.join(held[:6])}.",
                    todo="Name one: practice=...",
                )
            return str(held[0])
        if practice not in held:
            raise one_of("practice with ratings", practice, held)
        return practice


def transferability(
    programme: Programme,
    *,
    practice: str | None = None,
    weights: Mapping[str, float] | None = None,
    score_stopped: bool = False,
) -> Transferability:
    """Answer which components of a practice a receiving context supports, hinders or stops.

    Parameters
    ----------
    programme : Programme
        With a table ``ratings``.
    practice : str, optional
        Key of one practice; all that were rated without it.
    weights : mapping of str to float, optional
        Weight of ``low``, ``medium`` and ``high`` importance; 1, 2 and 3 without it.
    score_stopped : bool
        Whether a score is given where there is a stopper as well. It then stands beside the
        stoppers, and says so.

    Returns
    -------
    Transferability
        ``score = sum(w * rating) / sum(w)`` over the rated components whose importance is known.
        It is missing, with a note, where there is a stopper or a possible one (unless asked for),
        or no such component.

    Raises
    ------
    InputError
        When there are no ratings, a rating is no whole number from -2 to 2, an importance is
        unknown, or one rater rated a cell twice.
    UsageError
        When there is no such practice, or a weight is missing or below 0.

    References
    ----------
    The scale and the importance are those of the NICHES+/TIDE handbook (2013), unverified. The
    median, the figures of the weights and the treatment of several raters are this package's own.

    Examples
    --------
    >>> rows = pd.DataFrame({"practice_id": "p", "component": ["bank", "advisers"],
    ...                      "importer": "Molise", "rater": "a", "rating": [-2, 2],
    ...                      "importance": ["high", "low"]})
    >>> found = transferability(Programme.from_frames(ratings=rows))
    >>> found.summary[["stoppers", "stopped_by", "score"]].values.tolist()
    [[1, 'bank', nan]]
    """
    weighed = _weights(weights)
    ratings = _ratings(programme, practice)
    frame = _cells(ratings)
    summary = pd.DataFrame(
        _summed(str(key[0]), str(key[1]), part, weighed, score_stopped=score_stopped)
        for key, part in frame.groupby(["practice_id", "importer"], sort=False)
    )
    agreed = _agreed(ratings)
    return Transferability(
        frame=frame,
        provenance=programme.provenance,
        caveats=(*programme.caveats, *_caveats(frame, weighed, agreed, score_stopped)),
        summary=summary,
        agreement=agreed,
    )


def _weights(weights: Mapping[str, float] | None) -> dict[str, float]:
    given = dict(IMPORTANCE_WEIGHTS if weights is None else weights)
    for name in given:
        if name not in IMPORTANCES:
            raise one_of("importance", name, list(IMPORTANCES))
    if set(given) != set(IMPORTANCES) or any(not one >= 0 for one in given.values()):
        raise UsageError(
            "Each of low, medium and high needs a weight of 0 or more.",
            todo='For example weights={"low": 1, "medium": 2, "high": 3}.',
        )
    return {name: float(given[name]) for name in IMPORTANCES}


def _ratings(programme: Programme, practice: str | None) -> pd.DataFrame:
    if "ratings" not in programme.tables:
        raise InputError(
            f"Programme '{programme.id}' has no ratings.",
            todo="Add a table ratings with practice_id, component, importer, rater and rating.",
        )
    rows = programme.table("ratings").reindex(columns=list(TABLES["ratings"].names))
    rows = rows.dropna(subset=_CELL)
    held = list(dict.fromkeys(rows["practice_id"]))
    if practice is not None:
        if practice not in held:
            raise one_of("practice with ratings", practice, held)
        rows = rows[rows["practice_id"] == practice]
    if rows.empty:
        raise InputError(
            f"The ratings of '{programme.id}' have no row with practice, component and importer.",
            todo="Fill these three columns in.",
        )
    rows = rows.assign(rater=rows["rater"].astype("object").where(rows["rater"].notna(), ""))
    _refuse_bad(rows)
    return rows


def _refuse_bad(rows: pd.DataFrame) -> None:
    known = rows["rating"].dropna().astype(float)
    bad = known[~known.isin(range(LOWEST, HIGHEST + 1))]
    if len(bad):
        row = rows.loc[bad.index[0]]
        raise InputError(
            f"'{row['component']}' in {row['importer']} is rated {bad.iloc[0]:g}; ratings are "
            "whole numbers from -2 to 2.",
            todo="Correct it, or leave it empty.",
        )
    unknown = rows.loc[rows["importance"].notna() & ~rows["importance"].isin(IMPORTANCES)]
    if len(unknown):
        row = unknown.iloc[0]
        raise InputError(
            f"The importance of '{row['component']}' is '{row['importance']}', which is none of "
            f"{', '.join(IMPORTANCES)}.",
            todo="Write one of these, or leave it empty.",
        )
    twice = rows[rows.duplicated([*_CELL, "rater"])]
    if len(twice):
        row = twice.iloc[0]
        who = f"'{row['rater']}'" if row["rater"] else "A rater without a name"
        raise InputError(
            f"{who} rated '{row['component']}' in {row['importer']} twice.",
            todo="Keep one of the ratings, and name each rater.",
        )


def _cells(ratings: pd.DataFrame) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for practice, part in ratings.groupby("practice_id", sort=False):
        for component in dict.fromkeys(part["component"]):
            mine = part[part["component"] == component]
            # Importance belongs to the component; a rater of one importer speaks for that one.
            for importer in dict.fromkeys(part["importer"]):
                given = mine[mine["importer"] == importer]
                rows.append(_cell(str(practice), component, importer, given, mine))
    return pd.DataFrame(rows)


def _cell(
    practice: str, component: str, importer: str, given: pd.DataFrame, all_: pd.DataFrame
) -> dict[str, Any]:
    known = given["rating"].dropna().astype(float)
    stated = (given if given["importance"].notna().any() else all_)["importance"].dropna()
    levels = sorted(set(stated), key=IMPORTANCES.index)
    importance = levels[-1] if levels else None
    numbers = known.to_numpy(dtype=float)
    comments = [str(one) for one in given["comment"].dropna() if str(one).strip()]
    return {
        "practice_id": practice,
        "component": component,
        "importer": importer,
        "importance": importance,
        "rating": float(np.median(numbers)) if len(numbers) else float("nan"),
        "lowest": float(numbers.min()) if len(numbers) else float("nan"),
        "highest": float(numbers.max()) if len(numbers) else float("nan"),
        "raters": len(numbers),
        "stopper": _stopper(numbers, importance),
        "comments": "; ".join(comments),
        "note": _cell_note(numbers, levels),
    }


def _stopper(numbers: np.ndarray, importance: str | None) -> str:
    if not len(numbers):
        return "not rated"
    if not (numbers == LOWEST).any():
        return "no"
    if importance is None:
        return STOPPERS[1]
    return STOPPERS[0] if importance == IMPORTANCES[-1] else "no"


def _cell_note(numbers: np.ndarray, levels: Sequence[str]) -> str:
    parts = []
    if not len(numbers):
        parts.append("not rated")
    elif len(numbers) > 1 and (lows := int((numbers == LOWEST).sum())) and lows < len(numbers):
        parts.append(f"{lows} of {len(numbers)} raters give -2")
    if not levels:
        parts.append("importance not known")
    elif len(levels) > 1:
        parts.append(f"raters differ on the importance ({', '.join(levels)}); the highest counts")
    return "; ".join(parts)


def _summed(
    practice: str,
    importer: str,
    cells: pd.DataFrame,
    weights: Mapping[str, float],
    *,
    score_stopped: bool,
) -> dict[str, Any]:
    weight = cells["importance"].map(weights).astype(float)
    rated = cells["rating"].notna()
    used = weight.where(rated, 0.0).fillna(0.0)
    stopped = cells[cells["stopper"].isin(STOPPERS)]
    score, note = float("nan"), ""
    if len(stopped) and not score_stopped:
        note = "no score: a mean would hide what stops it"
    elif not used.sum() > 0:
        note = "no rated component with a weight"
    else:
        score = float((used * cells["rating"].fillna(0.0)).sum() / used.sum())
        note = "a score in spite of stoppers, as asked for" if len(stopped) else ""
    total = float(weight.sum())
    return {
        "practice_id": practice,
        "importer": importer,
        "stoppers": int((cells["stopper"] == "stopper").sum()),
        "possible_stoppers": int((cells["stopper"] == "possible stopper").sum()),
        "stopped_by": "; ".join(stopped["component"]),
        "constraints": int((cells["rating"] < 0).sum()),
        "supports": int((cells["rating"] > 0).sum()),
        "rated": int(rated.sum()),
        "components": len(cells),
        "weight_rated_share": float(used.sum()) / total if total > 0 else float("nan"),
        "score": score,
        "note": note,
    }


def _agreed(ratings: pd.DataFrame) -> Agreement | None:
    known = ratings.dropna(subset=["rating"])
    if known["rater"].nunique() < 2:
        return None
    units = known[_CELL].astype(str).agg(" / ".join, axis=1)
    table = pd.DataFrame(
        {"unit": units, "rater": known["rater"], "rating": known["rating"].astype(float)}
    )
    return agreement(table, scale="ordinal")


def _caveats(
    frame: pd.DataFrame,
    weights: Mapping[str, float],
    agreed: Agreement | None,
    score_stopped: bool,
) -> list[str]:
    shown = ", ".join(f"{weights[name]:g}" for name in IMPORTANCES)
    said = [_JUDGED, _OWN_WEIGHTS.format(weights=shown)]
    stoppers = int((frame["stopper"] == "stopper").sum())
    if stoppers:
        what = "scores beside them were asked for" if score_stopped else "no score is given there"
        said.append(_STOPPED.format(count=stoppers, what=what))
    possible = int((frame["stopper"] == "possible stopper").sum())
    if possible:
        said.append(f"{possible} cells are rated -2 without an importance: they may be stoppers.")
    if agreed is None:
        said.append("One rater: how far another would agree is not known.")
    else:
        row = agreed.frame.iloc[0]
        alpha = "undefined" if np.isnan(row["value"]) else f"{row['value']:.2f}"
        why = f" ({row['note']})" if row["note"] else f" on {row['n']} cells"
        said.append(f"Agreement of raters, Krippendorff's alpha (ordinal): {alpha}{why}.")
    return said
