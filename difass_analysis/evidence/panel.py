"""What a panel of firms holds: supported, other and refused firms, and years around support."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw

from difass_analysis.engine import Lazy
from difass_analysis.programme import Programme

# Fewest years before and after support that a difference-in-differences needs here.
_YEARS = 2


@dataclass(frozen=True, kw_only=True)
class Panel:
    """How many firms of each kind have outcomes.

    Attributes
    ----------
    supported_firms, other_firms, refused_firms : int
        Firms with outcomes that took part in an operation, that did not, and that applied and
        were refused without ever taking part.
    long_enough : int
        Supported firms with outcomes in two years before and two after their first operation.
    scored : bool
        Whether applications have both score and cut-off.
    """

    supported_firms: int = 0
    other_firms: int = 0
    refused_firms: int = 0
    long_enough: int = 0
    scored: bool = False


def look_at_panel(programme: Programme) -> Panel:
    """Count the firms with outcomes by what they are to the programme."""
    tables = programme.tables
    if not all(_has_firms(programme, name) for name in ("outcomes", "participations")):
        return Panel()
    firms = tables["outcomes"].filter(~nw.col("sme_id").is_null()).select("sme_id").unique()
    supported = tables["participations"].filter(~nw.col("sme_id").is_null())
    supported = supported.select("sme_id").unique()
    others = firms.join(supported, on="sme_id", how="anti")
    refused, scored = _refusals(programme, others)
    return Panel(
        supported_firms=_size(programme, firms.join(supported, on="sme_id", how="semi")),
        other_firms=_size(programme, others),
        refused_firms=refused,
        long_enough=_long_enough(programme),
        scored=scored,
    )


def _has_firms(programme: Programme, name: str) -> bool:
    tables = programme.tables
    return name in tables and "sme_id" in tables[name].collect_schema().names()


def _has_years(programme: Programme) -> bool:
    return "year" in programme.tables["outcomes"].collect_schema().names()


def _size(programme: Programme, lazy: Lazy) -> int:
    return int(programme.engine.collect(lazy.select(n=nw.len()))["n"].iloc[0])


def _refusals(programme: Programme, others: Lazy) -> tuple[int, bool]:
    if "applications" not in programme.tables:
        return 0, False
    applications = programme.tables["applications"]
    names = set(applications.collect_schema().names())
    if not {"applicant_id", "awarded"} <= names:
        return 0, False
    refused = applications.filter(~nw.col("awarded")).select(sme_id=nw.col("applicant_id"))
    count = _size(programme, others.join(refused.unique(), on="sme_id", how="semi"))
    if not {"score", "cutoff"} <= names:
        return count, False
    scored = applications.filter(~nw.col("score").is_null() & ~nw.col("cutoff").is_null())
    return count, _size(programme, scored) > 0


def _long_enough(programme: Programme) -> int:
    """Supported firms known in enough years before and after the year of their first operation."""
    if "operations" not in programme.tables:
        return 0
    operations = programme.tables["operations"]
    names = set(operations.collect_schema().names())
    names &= set(programme.tables["participations"].collect_schema().names()) | {"year"}
    if not {"operation_id", "year"} <= names or not _has_years(programme):
        return 0
    began = (
        programme.tables["participations"]
        .join(operations.select("operation_id", "year"), on="operation_id", how="inner")
        .filter(~nw.col("year").is_null())
        .group_by("sme_id")
        .agg(began=nw.col("year").min())
    )
    years = (
        programme.tables["outcomes"]
        .select("sme_id", "year")
        .join(began, on="sme_id", how="inner")
        .with_columns(
            before=(nw.col("year") < nw.col("began")).cast(nw.Int64),
            after=(nw.col("year") > nw.col("began")).cast(nw.Int64),
        )
        .group_by("sme_id")
        .agg(before=nw.col("before").sum(), after=nw.col("after").sum())
    )
    return _size(
        programme, years.filter((nw.col("before") >= _YEARS) & (nw.col("after") >= _YEARS))
    )
