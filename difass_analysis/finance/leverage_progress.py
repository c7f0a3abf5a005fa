"""Expected against achieved leverage: what was agreed, and what has come of the money paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from difass_analysis.display.dumbbells import dumbbell
from difass_analysis.errors import one_of
from difass_analysis.finance.leveraging import LeverageTable, leverage, leverage_definitions
from difass_analysis.programme import Programme
from difass_analysis.result import Result, group_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_KEPT = ("value", "lower", "upper", "numerator", "denominator", "n", "note")
_FIELDS = (
    "Expected and achieved leverage are fields 39.1 and 39.2 of the yearly report on financial "
    "instruments (Implementing Regulation (EU) No 821/2014, Annex I), by product; unverified, "
    "not read at the source."
)
_RULE = (
    "Achieved: amounts paid in the numerator, and in the denominator the Union's share of these "
    "same payments; operations that lack a payment by source are left out of it."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class LeverageProgress(Result):
    """Expected and achieved leverage by one definition, by group.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a group: ``id``, the group columns, ``expected`` and ``achieved``, each with
        ``_lower``, ``_upper``, ``_numerator``, ``_denominator``, ``_n`` and ``_note``;
        ``difference`` (achieved less expected), ``unit``.
    by : tuple of str
        Names of the group columns.
    level : float
        Level of the intervals.
    heading : str
        Name of the definition.
    """

    by: tuple[str, ...] = ()
    level: float = 0.95
    heading: str = ""

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw expected and achieved leverage of each group, and return the Axes."""
        rows = self.frame
        shown = pd.DataFrame(
            {
                "label": group_names(rows, self.by) if self.by else [self.heading] * len(rows),
                "before": rows["expected"],
                "before_lower": rows["expected_lower"],
                "before_upper": rows["expected_upper"],
                "after": rows["achieved"],
                "after_lower": rows["achieved_lower"],
                "after_upper": rows["achieved_upper"],
                "note": rows["achieved_note"],
                "level": self.level,
            }
        )
        return dumbbell(
            shown,
            title=f"{self.heading}: expected and achieved",
            unit="x",
            periods=("expected", "achieved"),
            caveats=(_RULE,),
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )


def expected_and_achieved(
    programme: Programme,
    *,
    definition: str = "leverage_esif",
    by: str | Sequence[str] = (),
    level: float = 0.95,
) -> LeverageProgress:
    """Set achieved leverage beside the expected one, by one definition.

    Has the money that was paid drawn in what had been agreed?

    Parameters
    ----------
    programme : Programme
        With the table ``funding``.
    definition : str
        Id of a definition: see :func:`leverage_definitions`.
    by : str or sequence of str
        Columns of operations, or ``"product"``.
    level : float
        Level of the intervals.

    Returns
    -------
    LeverageProgress
        Expected from amounts agreed, achieved from amounts paid. A side that cannot be computed
        is missing, with the reason in its note.

    Raises
    ------
    UsageError
        When there is no such definition, or ``by`` is not one that can be had.
    InputError
        When the currency of the programme is not known.

    Examples
    --------
    >>> funding = pd.DataFrame({"operation_id": ["a", "a"],
    ...     "source_type": ["eu", "private_final_recipient"], "reimbursable": [True, False],
    ...     "committed_amount": [50.0, 50.0], "paid_amount": [20.0, 12.0]})
    >>> found = expected_and_achieved(Programme.from_frames(funding=funding)).frame
    >>> found[["expected", "achieved"]].round(2).values.tolist()
    [[2.0, 1.6]]
    """
    known = leverage_definitions().set_index("id")["label"]
    if definition not in known.index:
        raise one_of("definition of leverage", definition, list(known.index))
    expected = leverage(programme, by=by, basis="committed", level=level)
    achieved = leverage(programme, by=by, basis="paid", level=level)
    groups = expected.by
    sides = [
        _side(table, definition, name)
        for table, name in ((expected, "expected"), (achieved, "achieved"))
    ]
    if groups:
        frame = sides[0].merge(sides[1], on=list(groups), how="outer")
        for table, name in ((expected, "expected"), (achieved, "achieved")):
            reasons = table.not_computable.set_index("id")["reason"]
            why = f"Not known: {reasons.get(definition, 'no operation of the group counts')}."
            frame[f"{name}_note"] = frame[f"{name}_note"].astype("object").fillna(why)
    else:
        frame = pd.concat(sides, axis=1)
    frame = frame.assign(difference=frame["achieved"] - frame["expected"], unit="x")
    frame.insert(0, "id", definition)
    caveats = (_RULE, _FIELDS, *expected.caveats)
    return LeverageProgress(
        frame=frame,
        provenance=expected.provenance,
        caveats=tuple(c for c in dict.fromkeys(caveats) if not c.startswith("The same money")),
        by=groups,
        level=level,
        heading=str(known[definition]),
    )


def _side(table: LeverageTable, definition: str, name: str) -> pd.DataFrame:
    """Take one definition of one basis, as columns named after the side."""
    rows = table.frame[table.frame["id"] == definition]
    names = {part: name if part == "value" else f"{name}_{part}" for part in _KEPT}
    if rows.empty:
        reasons = table.not_computable.set_index("id")["reason"]
        columns = [*table.by, *names.values()]
        empty = pd.DataFrame({column: pd.Series(dtype="object") for column in columns})
        if table.by:
            numeric = [column for column in names.values() if not column.endswith("_note")]
            return empty.astype(dict.fromkeys(numeric, "float64"))
        row = {column: [float("nan")] for column in names.values()}
        return pd.DataFrame({**row, f"{name}_note": [f"Not known: {reasons[definition]}."]})
    return rows[[*table.by, *_KEPT]].rename(columns=names).reset_index(drop=True)
