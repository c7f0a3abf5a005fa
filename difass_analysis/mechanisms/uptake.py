"""Uptake: what share of the agreed transfers has come to each stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from difass_analysis.display.transfer_funnel import transfer_funnel
from difass_analysis.errors import UsageError, one_of
from difass_analysis.mechanisms.groups import wilson_interval
from difass_analysis.programme import Programme
from difass_analysis.result import Result
from difass_analysis.schema.cooperation import STAGES
from difass_analysis.validation.transfer_rows import ITSELF, clean, read_transfers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Method = Literal["exact", "wilson"]

#: Below this number of agreed transfers, a share is said to stand on few.
FEW = 10
_METHODS = {"exact": "Clopper-Pearson (exact)", "wilson": "Wilson"}
_WHOLE = (
    "Intervals speak of the process that led to these transfers, taken as independent, and not "
    "of a sample of them. Uptake rate: transfers that reached a stage / transfers agreed."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Uptake(Result):
    """Transfers by stage: one row for each stage, in each group.

    Attributes
    ----------
    frame : pandas.DataFrame
        The group columns; ``stage`` (an ordered category); ``reached`` (transfers that came to
        this stage or further), ``agreed`` (transfers whose stage is known), ``share`` with
        ``lower`` and ``upper``, ``unknown`` (transfers whose stage is not known, in neither
        number), ``method`` of the interval, ``note``.
    by : tuple of str
        The group columns.
    implemented : str
        The stage from which a practice counts as implemented.
    level : float
        Level of the intervals.
    """

    by: tuple[str, ...] = ()
    implemented: str = "adopted"
    level: float = 0.95

    @property
    def rates(self) -> pd.DataFrame:
        """The uptake rate (implemented / agreed) of each group: rows of the frame."""
        rows = self.frame[self.frame["stage"].astype("str") == self.implemented]
        return rows.reset_index(drop=True)

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the share of agreed transfers that reached each stage, and return the Axes."""
        parts = [self.frame[name].astype("str") for name in self.by]
        stages = self.frame["stage"].astype("str")
        labels = [
            ": ".join([", ".join(cells[:-1]), cells[-1]]) if len(cells) > 1 else cells[0]
            for cells in zip(*parts, stages, strict=True)
        ]
        method = str(self.frame["method"].iloc[0]) if len(self.frame) else ""
        return transfer_funnel(
            self.frame.assign(label=labels),
            title="How far agreed transfers have come",
            interval=f"{100 * self.level:g} % interval, {method}",
            caveats=self.caveats,
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )


def uptake_rates(
    programme: Programme,
    *,
    by: Sequence[str] = (),
    implemented: str = "adopted",
    method: Method = "exact",
    level: float = 0.95,
) -> Uptake:
    """Tell what share of the agreed transfers was prepared, visited, piloted and adopted.

    A transfer has reached the later of its stated stage and its latest dated stage, and with
    it all earlier stages. Transfers from a partner to itself are left out.

    Parameters
    ----------
    programme : Programme
        With a table ``transfers`` that has ``stage`` or dates of stages.
    by : sequence of str
        Columns of ``transfers`` to group by; ``exporter`` and ``importer`` are offered too.
    implemented : {"piloted", "adopted"} or another stage
        The stage from which a practice counts as implemented.
    method : {"exact", "wilson"}
        Interval: Clopper and Pearson's, which never covers less than its level, or Wilson's,
        which is shorter and covers it on average.
    level : float
        Level of the intervals, between 0 and 1.

    Returns
    -------
    Uptake
        Where no stage is known, shares are missing and the note says so.

    Raises
    ------
    InputError
        When the programme has no table ``transfers``.
    UsageError
        When a column, a stage, a method or a level is not offered.

    References
    ----------
    Clopper and Pearson (1934), *Biometrika* 26, 404-413; Wilson (1927), *JASA* 22, 209-212;
    on the choice between them Brown, Cai and DasGupta (2001), *Statistical Science* 16, 101-133.

    Examples
    --------
    >>> rows = pd.DataFrame({"transfer_id": list("abcd"), "from_name": list("wxyz"),
    ...                      "to_name": ["v"] * 4,
    ...                      "stage": ["agreed", "piloted", "adopted", None]})
    >>> found = uptake_rates(Programme.from_frames(transfers=rows))
    >>> found.rates[["reached", "agreed", "unknown"]].values.tolist()
    [[1, 3, 1]]
    """
    if implemented not in STAGES:
        raise one_of("stage", implemented, list(STAGES))
    if method not in _METHODS:
        raise one_of("method", method, list(_METHODS))
    if not 0 < level < 1:
        raise UsageError(f"The level is {level}.", todo="Give a level between 0 and 1, as 0.95.")
    read = read_transfers(programme.table("transfers"))
    rows = read[read["pair"] != ITSELF]
    names = group_columns(rows, by)
    counted: list[dict[str, Any]] = []
    for labels, mine in groups_of(rows, names):
        counted += [
            {**labels, **line} for line in _stages(mine["reached"], method=method, level=level)
        ]
    frame = pd.DataFrame(
        counted,
        columns=[*names, "stage", "reached", "agreed", "share", "lower", "upper", "unknown",
                 "method", "note"],
    )  # fmt: skip
    frame["stage"] = pd.Categorical(frame["stage"], categories=list(STAGES), ordered=True)
    return Uptake(
        frame=frame,
        provenance=programme.provenance,
        caveats=(*programme.caveats, _WHOLE, *_said(read, implemented)),
        by=names,
        implemented=implemented,
        level=level,
    )


def group_columns(rows: pd.DataFrame, by: Sequence[str]) -> tuple[str, ...]:
    """Return the group columns, or raise ``UsageError`` where one of them is none."""
    for name in by:
        if name not in rows:
            raise one_of("column", name, list(rows.columns))
    return tuple(dict.fromkeys(by))


def groups_of(rows: pd.DataFrame, by: Sequence[str]) -> list[tuple[dict[str, str], pd.DataFrame]]:
    """Return each group's labels and rows, ordered by labels; what is not known is a group."""
    if not by:
        return [({}, rows)]
    labels = {name: clean(rows[name]).map(lambda cell: cell or "(not known)") for name in by}

    def cells(key: object) -> tuple[object, ...]:
        return key if isinstance(key, tuple) else (key,)

    keys = pd.DataFrame(labels, index=rows.index).astype("str")
    return [
        ({name: str(cell) for name, cell in zip(by, cells(key), strict=True)}, rows.loc[mine.index])
        for key, mine in keys.groupby(list(by), sort=True)
    ]


def _stages(reached: pd.Series, *, method: Method, level: float) -> list[dict[str, Any]]:
    codes = reached.cat.codes
    agreed, unknown = int((codes >= 0).sum()), int((codes < 0).sum())
    lines = []
    for place, stage in enumerate(STAGES):
        count = int((codes >= place).sum())
        lower, upper = share_interval(count, agreed, method=method, level=level)
        # All transfers that count have been agreed: this share is not estimated.
        first = place == 0
        lines.append(
            {
                "stage": stage,
                "reached": count,
                "agreed": agreed,
                "share": count / agreed if agreed else nan,
                "lower": nan if first else lower,
                "upper": nan if first else upper,
                "unknown": unknown,
                "method": _METHODS[method],
                "note": _note(agreed, unknown),
            }
        )
    return lines


def _note(agreed: int, unknown: int) -> str:
    if not agreed:
        return f"The stage of none of {unknown} transfers is known."
    return f"Few transfers ({agreed}): the interval is wide." if agreed < FEW else ""


def _said(read: pd.DataFrame, implemented: str) -> list[str]:
    said = [f"A practice counts as implemented from the stage '{implemented}' on."]
    itself = int((read["pair"] == ITSELF).sum())
    unknown = int(read.loc[read["pair"] != ITSELF, "reached"].isna().sum())
    if itself:
        said.append(f"Left out: {itself} transfers from a partner to itself.")
    if unknown:
        said.append(
            f"The stage of {unknown} of {len(read) - itself} transfers is not known; they count "
            "neither as agreed nor as anything further."
        )
    return said


def share_interval(
    count: int, of: int, *, method: Method = "exact", level: float = 0.95
) -> tuple[float, float]:
    """Return the interval of a share by Clopper and Pearson or by Wilson.

    Missing where there is nothing to divide by.

    Examples
    --------
    >>> [round(bound, 4) for bound in share_interval(8, 10)]
    [0.4439, 0.9748]
    >>> [round(bound, 4) for bound in share_interval(8, 10, method="wilson")]
    [0.4902, 0.9433]
    """
    if not of:
        return nan, nan
    if method == "wilson":
        return wilson_interval(count, of, level=level)
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    lower = 0.0 if count == 0 else float(betaincinv(count, of - count + 1, tail))
    upper = 1.0 if count == of else float(betaincinv(count + 1, of - count, 1 - tail))
    return lower, upper
