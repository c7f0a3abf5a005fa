"""Which step of evidence the tables of a programme could support, and what the next one lacks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from difass_analysis.errors import one_of
from difass_analysis.evidence.scale import Step, step
from difass_analysis.schema import TABLES

# Each step needs one table of each group: who was supported, with what, against whom.
_COUNTS = ("calls", "operations", "participations", "outputs")
_NEEDS: dict[int, tuple[tuple[str, ...], ...]] = {
    1: (_COUNTS,),
    2: (("surveys",),),
    3: (("surveys",),),
    4: (("outcomes",), ("participations",), ("population",)),
    5: (("outcomes",), ("participations",), ("enterprises",)),
    6: (("outcomes",), ("participations",), ("enterprises",), ("applications",)),
}


@dataclass(frozen=True, kw_only=True)
class Support:
    """The highest step that tables could support.

    Attributes
    ----------
    step : Step or None
        The highest step whose tables are all there; None where not even Step I has its own.
    further : Step or None
        The step after it; None after Step VI.
    missing : tuple of str
        Tables that the further step needs and that are not there; where one of several would
        do they are joined by "or".
    """

    step: Step | None
    further: Step | None
    missing: tuple[str, ...]

    def sentence(self) -> str:
        """Say in a sentence what could be supported and what is missing."""
        first = (
            f"The tables could support at most {self.step}: {self.step.kind}."
            if self.step
            else "The tables support no step of evidence."
        )
        if not self.further:
            return first
        lack = f" {self.further} needs as well: {', '.join(self.missing)}."
        return first + (lack if self.missing else "")


def missing_tables(tables: Collection[str], number: int) -> tuple[str, ...]:
    """Tables that a step needs and that are not among the given ones.

    Examples
    --------
    >>> missing_tables({"outcomes", "participations"}, 4)
    ('population',)
    """
    return tuple(
        " or ".join(group)
        for group in _NEEDS[step(number).number]
        if not any(name in tables for name in group)
    )


def supported(tables: Collection[str]) -> Support:
    """Tell the highest of Storey's steps that tables of these names could support.

    It looks at names only: whether the tables hold what the step needs is told by
    :func:`claims`. A table of surveys could support Step III, if its questions ask for it.

    Parameters
    ----------
    tables : collection of str
        Names of canonical tables, such as ``programme.tables``.

    Returns
    -------
    Support
        The step, the next one, and the tables that the next one lacks.

    Raises
    ------
    UsageError
        When a name is no canonical table.

    Examples
    --------
    >>> found = supported({"calls", "outputs"})
    >>> found.step.roman, found.further.roman, found.missing
    ('I', 'II', ('surveys',))
    """
    for name in sorted(tables):
        if name not in TABLES:
            raise one_of("table", name, list(TABLES))
    reached = [number for number in _NEEDS if not missing_tables(tables, number)]
    highest = max(reached, default=0)
    further = step(highest + 1) if highest < max(_NEEDS) else None
    return Support(
        step=step(highest) if highest else None,
        further=further,
        missing=missing_tables(tables, further.number) if further else (),
    )
