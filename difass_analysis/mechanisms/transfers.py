"""Transfers of practices: who passes on what to whom, and whether the figures fit together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import nan
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.display.transfer_grid import transfer_grid
from difass_analysis.display.transfer_network import transfer_network
from difass_analysis.errors import InputError, UsageError, one_of
from difass_analysis.mechanisms.transfers_quota import partner_quota
from difass_analysis.programme import Programme
from difass_analysis.result import Result
from difass_analysis.schema import TABLES
from difass_analysis.schema.cooperation import STAGES
from difass_analysis.validation.transfer_rows import (
    INCOMPLETE,
    ITSELF,
    PAIR,
    UNLISTED,
    clean,
    read_transfers,
)
from difass_analysis.validation.transfers import stands_for, stated_quota

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LEFT_OUT = {
    ITSELF: "from a partner to itself",
    UNLISTED: "standing for pairs that are not listed",
    INCOMPLETE: "with exporter or importer missing",
}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class TransferMatrix(Result):
    """Transfers between partners: one row for each exporter, importer and practice.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``exporter``, ``importer``, ``practice_id``, ``title``, ``transfer_id``, ``stage``
        (latest stage reached). No row is from a partner to itself, and none is repeated.
    matrix : pandas.DataFrame
        Number of transfers, square: exporters in rows, importers in columns, partners in one
        order; the diagonal is 0.
    partners : pandas.DataFrame
        One row a partner: ``partner``, ``exports`` and ``imports`` (transfers), ``out_degree``
        (different importers), ``in_degree`` (different exporters), ``mutual`` (partners with
        transfers both ways); with a quota also ``each_way`` and ``in_all`` (whether the quota
        is met in that reading).
    practices : pandas.DataFrame
        One row a practice: ``practice_id``, ``title``, ``exporters``, ``imports``,
        ``importers``, ``listed`` (whether it stands in the table ``practices``).
    indicators : pandas.DataFrame
        ``indicator``, ``value``, ``numerator``, ``denominator``, ``note``.
    checks : pandas.DataFrame
        ``check``, ``passed`` (missing where it cannot be said), ``found``.
    quota : int, optional
        Practices that each partner is to pass on and to take up.
    """

    matrix: pd.DataFrame = field(default_factory=pd.DataFrame)
    partners: pd.DataFrame = field(default_factory=pd.DataFrame)
    practices: pd.DataFrame = field(default_factory=pd.DataFrame)
    indicators: pd.DataFrame = field(default_factory=pd.DataFrame)
    checks: pd.DataFrame = field(default_factory=pd.DataFrame)
    quota: int | None = None

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the matrix as a grid of counts, and return the Axes."""
        return transfer_grid(
            self.matrix,
            title="Transfers of practices from exporter to importer",
            caveats=self.caveats,
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )

    def plot_network(self, *, ax: Axes | None = None) -> Axes:
        """Draw partners on a circle, with an arrow from exporter to importer."""
        return transfer_network(
            self.frame,
            partners=tuple(self.matrix.index),
            title="Who passes on practices to whom",
            caveats=self.caveats,
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )


def transfer_matrix(
    programme: Programme,
    *,
    partners: Sequence[str] | None = None,
    quota: int | None = None,
    stage: str | None = None,
) -> TransferMatrix:
    """Count the practices that go from each exporter to each importer, with all checks.

    Partners are told apart by their names as written in the transfers, or by the code of their
    region where a transfer names none. A country and a region in it stay two partners, and the
    result says so.

    Parameters
    ----------
    programme : Programme
        With a table ``transfers``; ``practices`` (for practices that nobody took up),
        ``partners`` and the fact ``tools_per_partner`` are used where they are.
    partners : sequence of str, optional
        All partners, in the order wanted; without it those of the transfers, by name.
    quota : int, optional
        Practices that each partner is to pass on and take up; without it the stated fact.
    stage : {"agreed", "prepared", "visited", "piloted", "adopted"}, optional
        Count only transfers that have reached at least this stage.

    Returns
    -------
    TransferMatrix
        Reciprocity is the share of ordered pairs of partners with a transfer whose reverse has
        one too. Shares are missing where there is nothing to divide by.

    Raises
    ------
    InputError
        When the programme lists no transfer between two named partners, or a transfer names a
        partner that ``partners`` does not.
    UsageError
        When the stage is not offered, or the quota is below 1.

    References
    ----------
    Wasserman and Faust (1994), *Social Network Analysis*, chapters 4 and 13; reciprocity as in
    Newman (2010), *Networks*, section 7.10.

    Examples
    --------
    >>> rows = pd.DataFrame({"transfer_id": ["t1", "t2", "t3"], "practice_id": ["p", "q", "p"],
    ...                      "from_name": ["Kent", "Crete", "Kent"],
    ...                      "to_name": ["Crete", "Kent", "Malta"]})
    >>> found = transfer_matrix(Programme.from_frames(transfers=rows))
    >>> found.matrix.loc["Kent"].to_dict()
    {'Crete': 1, 'Kent': 0, 'Malta': 1}
    >>> float(found.indicators.set_index("indicator").at["reciprocity", "value"])
    0.6666666666666666
    """
    if stage is not None and stage not in STAGES:
        raise one_of("stage", stage, list(STAGES))
    if quota is not None and quota < 1:
        raise UsageError(f"The quota is {quota}.", todo="Give a whole number above 0.")
    rows = read_transfers(programme.table("transfers"))
    chosen = rows if stage is None else rows[(rows["reached"] >= stage).fillna(False)]
    pairs = chosen[chosen["pair"] == PAIR]
    _refuse_none(programme, rows, pairs, stage)
    kept = _kept(pairs)
    names = _names(kept, partners)
    matrix = _counted(kept, names)
    quota = quota if quota is not None else stated_quota(programme)
    practices = _practices(programme, kept)
    return TransferMatrix(
        frame=_listed(kept, practices),
        provenance=programme.provenance,
        caveats=(*programme.caveats, *_said(rows, chosen, pairs, kept, stage)),
        matrix=matrix,
        partners=_partners(matrix, quota),
        practices=practices,
        indicators=_indicators(matrix, practices, known="practices" in programme.tables),
        checks=_checks(programme, chosen, kept, quota=quota, matrix=matrix),
        quota=quota,
    )


def _refuse_none(
    programme: Programme, rows: pd.DataFrame, pairs: pd.DataFrame, stage: str | None
) -> None:
    if len(pairs):
        return
    whole = len(rows[rows["pair"] == PAIR])
    if stage is not None and whole:
        raise InputError(
            f"None of {whole} transfers of programme '{programme.id}' is known to have reached "
            f"the stage '{stage}'.",
            todo="Fill in the stages or their dates, or leave the stage out.",
        )
    kinds = "; ".join(
        f"{count} {_LEFT_OUT[str(kind)]}" for kind, count in rows["pair"].value_counts().items()
    )
    raise InputError(
        f"Programme '{programme.id}' lists no transfer between two partners"
        f"{f': {kinds}' if kinds else ''}.",
        todo="List each transfer with its exporter and its importer. What a quota would make "
        "for a number of partners is said by quota_readings.",
    )


def _kept(pairs: pd.DataFrame) -> pd.DataFrame:
    """Leave out repetitions; two transfers of no known practice may be two."""
    rows = pairs.assign(practice_id=clean(pairs["practice_id"]))
    twice = rows.duplicated(["practice_id", "exporter", "importer"]) & rows["practice_id"].notna()
    return rows[~twice].reset_index(drop=True)


def _names(kept: pd.DataFrame, partners: Sequence[str] | None) -> list[str]:
    named = sorted({*kept["exporter"], *kept["importer"]})
    if partners is None:
        return named
    strange = [name for name in named if name not in set(partners)]
    if strange:
        raise InputError(
            f"Transfers name {', '.join(strange[:3])}, which the given partners do not.",
            todo="Add them to partners, or correct the names in the transfers.",
        )
    return list(dict.fromkeys(partners))


def _counted(kept: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    counts = kept.groupby(["exporter", "importer"]).size().unstack(fill_value=0)
    matrix = counts.reindex(index=list(names), columns=list(names), fill_value=0)
    return matrix.astype("int64").rename_axis(index="exporter", columns="importer")


def _practices(programme: Programme, kept: pd.DataFrame) -> pd.DataFrame:
    titles: dict[str, Any] = {}
    if "practices" in programme.tables:
        table = programme.table("practices").reindex(columns=list(TABLES["practices"].names))
        titles = dict(zip(table["practice_id"], clean(table["title"]), strict=True))
    keys = list(dict.fromkeys([*titles, *kept["practice_id"].dropna()]))
    rows = []
    for key in keys:
        mine = kept[kept["practice_id"] == key]
        rows.append(
            {
                "practice_id": key,
                "title": titles.get(key) or "",
                "exporters": "; ".join(sorted(set(mine["exporter"]))),
                "imports": len(mine),
                "importers": "; ".join(sorted(set(mine["importer"]))),
                "listed": key in titles,
            }
        )
    columns = ["practice_id", "title", "exporters", "imports", "importers", "listed"]
    return pd.DataFrame(rows, columns=columns)


def _listed(kept: pd.DataFrame, practices: pd.DataFrame) -> pd.DataFrame:
    titles = dict(zip(practices["practice_id"], practices["title"], strict=True))
    columns = ["exporter", "importer", "practice_id", "title", "transfer_id", "stage"]
    rows = kept.assign(title=kept["practice_id"].map(titles), stage=kept["reached"])
    return rows.sort_values(["exporter", "importer", "practice_id"], kind="stable")[
        columns
    ].reset_index(drop=True)


def _partners(matrix: pd.DataFrame, quota: int | None) -> pd.DataFrame:
    goes = matrix.to_numpy() > 0
    frame = pd.DataFrame(
        {
            "partner": list(matrix.index),
            "exports": matrix.sum(axis=1).to_numpy(),
            "imports": matrix.sum(axis=0).to_numpy(),
            "out_degree": goes.sum(axis=1),
            "in_degree": goes.sum(axis=0),
            "mutual": (goes & goes.T).sum(axis=1),
        }
    )
    return frame if quota is None else partner_quota(frame, quota=quota)


def _indicators(matrix: pd.DataFrame, practices: pd.DataFrame, *, known: bool) -> pd.DataFrame:
    goes = matrix.to_numpy() > 0
    links, mutual = int(goes.sum()), int((goes & goes.T).sum())
    listed = practices[practices["listed"].astype(bool)]  # without any practice it has no kind
    size, ever = len(listed), int((listed["imports"] > 0).sum())
    possible = len(matrix) * (len(matrix) - 1)
    counts = [
        ("transfers", int(matrix.to_numpy().sum())),
        ("exporters", int(goes.any(axis=1).sum())),
        ("importers", int(goes.any(axis=0).sum())),
        ("partners", len(matrix)),
    ]
    unlisted = "" if known else "There is no list of practices to compare with."
    rows = [(name, float(count), nan, nan, "") for name, count in counts]
    rows += [
        _share("reciprocity", mutual, links, "of ordered pairs with a transfer"),
        _share("density", links, possible, "of all ordered pairs of partners"),
        _share("practices_imported", ever, size, "of practices in the table practices")
        if known
        else ("practices_imported", nan, float(ever), nan, unlisted),
    ]
    return pd.DataFrame(rows, columns=["indicator", "value", "numerator", "denominator", "note"])


def _share(name: str, part: int, whole: int, note: str) -> tuple[str, float, float, float, str]:
    return name, part / whole if whole else nan, float(part), float(whole), note


def _checks(
    programme: Programme,
    rows: pd.DataFrame,
    kept: pd.DataFrame,
    *,
    quota: int | None,
    matrix: pd.DataFrame,
) -> pd.DataFrame:
    out, into = int(rows["exporter"].notna().sum()), int(rows["importer"].notna().sum())
    itself = int((rows["pair"] == ITSELF).sum())
    repeated = int((rows["pair"] == PAIR).sum()) - len(kept)
    lines: list[tuple[str, bool | None, str]] = [
        ("no transfer to itself", itself == 0, f"{itself} rows"),
        ("exports = imports", out == into, f"{out} exporters, {into} importers named"),
        ("no repetition", repeated == 0, f"{repeated} rows"),
        _known_practices(programme, kept),
        _known_partners(programme, kept),
    ]
    if quota is not None:
        met = partner_quota(_partners(matrix, None), quota=quota)
        for name, text in (("each_way", f"{quota} each way"), ("in_all", f"{quota} in all")):
            count = int(met[name].sum())
            lines.append(
                (f"quota: {text}", count == len(met), f"{count} of {len(met)} partners meet it")
            )
    frame = pd.DataFrame(lines, columns=["check", "passed", "found"])
    return frame.astype({"passed": "boolean"})


def _known_practices(programme: Programme, kept: pd.DataFrame) -> tuple[str, bool | None, str]:
    name = "practices are known"
    if "practices" not in programme.tables:
        return name, None, "there is no table practices"
    listed = set(programme.table("practices")["practice_id"])
    strange = sorted({str(key) for key in kept["practice_id"].dropna() if key not in listed})
    blank = int(kept["practice_id"].isna().sum())
    found = [f"unknown: {', '.join(strange)}"] if strange else []
    found += [f"{blank} transfers name none"] if blank else []
    return name, not found, "; ".join(found) or "all"


def _known_partners(programme: Programme, kept: pd.DataFrame) -> tuple[str, bool | None, str]:
    name = "partners are known"
    if "partners" not in programme.tables:
        return name, None, "there is no table partners"
    table = programme.table("partners").reindex(columns=list(TABLES["partners"].names))
    sides = [("exporter", "from_region"), ("importer", "to_region")]
    strange = sorted(
        {
            str(row[side])
            for row in kept.to_dict("records")
            for side, region in sides
            if not stands_for(row[side], row[region], table)
        }
    )
    return name, not strange, f"not in the table: {', '.join(strange)}" if strange else "all"


def _said(
    rows: pd.DataFrame,
    chosen: pd.DataFrame,
    pairs: pd.DataFrame,
    kept: pd.DataFrame,
    stage: str | None,
) -> list[str]:
    said = []
    if stage is not None:
        said.append(
            f"Only transfers that have reached '{stage}' count: {len(chosen)} of {len(rows)} rows."
        )
    left = chosen[chosen["pair"] != PAIR]["pair"].value_counts()
    said += [f"Not counted: {count} rows {_LEFT_OUT[str(kind)]}." for kind, count in left.items()]
    if len(pairs) > len(kept):
        said.append(f"Not counted again: {len(pairs) - len(kept)} repeated rows.")
    said += [
        f"{inner} ({code}) lies in {outer} ({around}); they are counted as two partners."
        for inner, code, outer, around in _nested(kept)
    ]
    return said


def _nested(kept: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    """Names with a code that begins with another name's code."""
    codes: dict[str, str] = {}
    for side, region in (("exporter", "from_region"), ("importer", "to_region")):
        for name, code in zip(kept[side], clean(kept[region]), strict=True):
            if code:
                codes.setdefault(str(name), str(code))
    return [
        (inner, code, outer, around)
        for inner, code in sorted(codes.items())
        for outer, around in sorted(codes.items())
        if inner != outer and len(code) > len(around) and code.startswith(around)
    ]
