"""Leverage in all its meanings: one scheme, several definitions, each with its legal source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd

from difass_analysis.display.forests import forest
from difass_analysis.errors import InputError, UsageError, one_of
from difass_analysis.finance.money_sources import (
    PRODUCT,
    Basis,
    Parts,
    clusters_of,
    parts_from_funding,
    parts_from_operations,
)
from difass_analysis.finance.ratio_estimates import ratio_estimates
from difass_analysis.measurement import measure
from difass_analysis.measurement.measuring import PROCESS
from difass_analysis.measurement.units import unit_names
from difass_analysis.programme import Programme
from difass_analysis.programme.lookup import Lookup, refuse_unknown_groups
from difass_analysis.result import SIMULATED, Result, group_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NOT_ADDITIONAL = (
    "Leverage says nothing about additionality: money that would have been spent anyway counts "
    "in full."
)
FIRST_ROUND = "Leverage is of the first round of money; what a fund lends again is not in it."
_FROM_TOTALS = ("private_per_public", "total_per_public", "public_share")
_FROM_OPERATIONS = ("multiplier_effect_fr", "leverage_esif")
_VALUES = ("value", "lower", "upper", "se", "n", "numerator", "denominator")
_UNVERIFIED = "unverified"
_NO_SOURCES = "there is no table funding: who gives what, and what is to be paid back, is not known"


@cache
def _definitions() -> pd.DataFrame:
    with (files(__package__) / "leverage_definitions.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file)


def leverage_definitions() -> pd.DataFrame:
    """Return what leverage has been taken to mean, and where that is written.

    Returns
    -------
    pandas.DataFrame
        One row a definition: ``id``, ``label``, ``numerator`` and ``denominator`` (parts of the
        money of an operation), ``unit``, ``definition``, ``source``, ``status`` (``read at the
        source``, ``unverified``, or ``not a legal term``).

    Examples
    --------
    >>> leverage_definitions().set_index("id").loc["leverage_cpr2127", "status"]
    'unverified'
    """
    return _definitions().copy()


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class LeverageTable(Result):
    """Leverage of a programme by every definition that its data allow.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row for each definition and group: ``id``, the group columns, ``value``, ``lower``,
        ``upper``, ``se``, ``n`` (independent clusters), ``numerator``, ``denominator`` (money),
        ``unit``, ``basis``, ``label``, ``definition``, ``source``, ``status``, ``method``,
        ``note``.
    by : tuple of str
        Names of the group columns.
    level : float
        Level of the intervals.
    basis : str
        ``committed`` or ``paid``.
    not_computable : pandas.DataFrame
        ``id``, ``label`` and ``reason`` of the definitions that the data do not allow.
    """

    by: tuple[str, ...] = ()
    level: float = 0.95
    basis: str = "committed"
    not_computable: pd.DataFrame = field(default_factory=pd.DataFrame)

    def plot(self, *, definition: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw one dot for each definition, or one definition for each group; return the Axes.

        Parameters
        ----------
        definition : str, optional
            Id of one definition; needed where the table is by groups.
        ax : matplotlib.axes.Axes, optional
            Axes to draw on; a new figure is made without it.

        Raises
        ------
        UsageError
            When the table is by groups and no definition is named, or not one of the table.
        """
        rows, held = self.frame, list(dict.fromkeys(self.frame["id"]))
        if definition is None and self.by:
            raise UsageError(
                "The table is by groups.", todo=f"Name a definition: {', '.join(held)}."
            )
        if definition is not None and definition not in held:
            raise one_of("definition in the table", definition, held)
        if definition is not None:
            rows = rows[rows["id"] == definition]
            title, unit = str(rows["label"].iloc[0]), str(rows["unit"].iloc[0])
            labels = group_names(rows, self.by) if self.by else [title]
            without = self.not_computable.iloc[:0]
        else:
            rows = rows[rows["unit"] != "share"]
            title, unit = "Leverage of the same money, by definition", "x"
            labels = [str(label) for label in rows["label"]]
            without = self.not_computable
        shown = pd.DataFrame(
            {
                "label": [*labels, *without["label"]],
                **{
                    name: [*rows[name], *[np.nan] * len(without)]
                    for name in ("value", "lower", "upper")
                },
                "note": [*rows["note"], *without["reason"]],
                "level": self.level,
            }
        )
        return forest(
            shown,
            title=f"{title}, {self.basis} money",
            unit=unit,
            caveats=(FIRST_ROUND, NOT_ADDITIONAL),
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )


def leverage(
    programme: Programme,
    *,
    by: str | Sequence[str] = (),
    basis: Basis = "committed",
    level: float = 0.95,
) -> LeverageTable:
    """Compute every leverage figure that the data allow, each under its own definition.

    How much money came with each unit of the Union's, or the public's, money - by whose count?

    Parameters
    ----------
    programme : Programme
        With the table ``funding`` all definitions can be computed; from ``operations`` those
        that need only amounts, from totals of ``calls`` the descriptive ratios.
    by : str or sequence of str
        Columns of operations or calls; ``"product"`` groups operations by the money in them
        (guarantee, equity, loan, grant). A column of a single source cannot be one.
    basis : str
        ``"committed"`` (expected: amounts agreed) or ``"paid"`` (achieved: amounts paid, and
        the Union's share of the same payments under them).
    level : float
        Level of the intervals, between 0 and 1.

    Returns
    -------
    LeverageTable
        Ratios of sums over operations of which all amounts are known; intervals over
        beneficiaries, or operations where no beneficiary is known. Ratios to the Union's
        contribution are over operations to which the Union contributes.

    Raises
    ------
    InputError
        When the currency of the programme is not known.
    UsageError
        When ``by``, ``basis`` or ``level`` is not one that can be had.

    Notes
    -----
    A guarantee counts in the denominator (money set aside) and never in a numerator: the loans
    that it backs do. Undefined without money in the denominator. Sources of the definitions and
    whether these were read there: :func:`leverage_definitions`.

    Examples
    --------
    >>> funding = pd.DataFrame({"operation_id": ["a", "a", "b", "b"],
    ...     "source_type": ["eu", "private_final_recipient"] * 2,
    ...     "reimbursable": [True, False] * 2, "committed_amount": [60.0, 40.0, 30.0, 70.0]})
    >>> table = leverage(Programme.from_frames(funding=funding))
    >>> table.frame.set_index("id")["value"].round(3).head(3).to_dict()
    {'leverage_effect_fr': 1.0, 'multiplier_effect_fr': 2.222, 'leverage_esif': 2.222}
    """
    groups = (by,) if isinstance(by, str) else tuple(dict.fromkeys(by))
    _refuse(programme, groups, basis, level)
    if "funding" in programme.tables:
        parts = parts_from_funding(programme, by=groups, basis=basis)
        rows, reasons, notes = _from_parts(parts, programme, leverage_definitions(), level)
    else:
        rows, reasons, notes = _without_funding(programme, groups, basis, level)
    definitions = leverage_definitions()
    frame = _published(rows, definitions, groups, basis=basis, currency=programme.currency)
    missing = definitions.assign(reason=definitions["id"].map(reasons))
    missing = missing[missing["reason"].notna()][["id", "label", "reason"]].reset_index(drop=True)
    table = LeverageTable(
        frame=frame,
        provenance=replace(programme.provenance),
        by=groups,
        level=level,
        basis=basis,
        not_computable=missing,
    )
    return replace(table, caveats=_caveats(table, programme, notes))


def _refuse(programme: Programme, groups: tuple[str, ...], basis: str, level: float) -> None:
    if basis not in get_args(Basis):
        raise one_of("basis", basis, list(get_args(Basis)))
    if not 0 < level < 1:
        raise UsageError(f"The level is {level:g}.", todo="Give one between 0 and 1, like 0.95.")
    if not programme.currency:
        raise InputError(
            f"Programme '{programme.id}' does not state its currency: amounts cannot be added.",
            todo="State currency in programme.toml.",
        )
    lookup = Lookup(programme)
    derived = {PRODUCT} if "funding" in programme.tables else set()
    refuse_unknown_groups(lookup, [name for name in groups if name not in derived])


Found = tuple[list[pd.DataFrame], dict[str, str], list[str]]


def _from_parts(
    parts: Parts | str, programme: Programme, definitions: pd.DataFrame, level: float
) -> Found:
    if isinstance(parts, str):
        return [], dict.fromkeys(definitions["id"], parts), []
    rows: list[pd.DataFrame] = []
    reasons: dict[str, str] = {}
    units = unit_names(parts.cluster_name)[1]
    for entry in definitions.to_dict("records"):
        sums = clusters_of(
            parts,
            programme=programme,
            numerator=entry["numerator"],
            denominator=entry["denominator"],
        )
        if not sums["used"].sum():
            reasons[entry["id"]] = _why_none(sums, entry)
            continue
        rows.append(_estimated(sums, parts.by, level=level, units=units).assign(id=entry["id"]))
    return rows, reasons, _notes_of(parts, programme)


def _why_none(sums: pd.DataFrame, entry: dict[Any, Any]) -> str:
    if not sums["left"].sum():
        return "in no operation is there a contribution of the Union"
    flag = ", or whether money is to be paid back," if entry["numerator"] == "reimbursable" else ""
    return f"in every operation an amount{flag} is missing"


def _notes_of(parts: Parts, programme: Programme) -> list[str]:
    if parts.has_forms:
        return []
    return ["The form of the money (funding.instrument) is not stated: no guarantee can be told."]


def _estimated(
    sums: pd.DataFrame, by: tuple[str, ...], *, level: float, units: str
) -> pd.DataFrame:
    """Estimate the ratio in each cell, and say how many operations are left out."""
    keys = (
        sums[list(by)].drop_duplicates().reset_index(drop=True) if by else pd.DataFrame(index=[0])
    )
    cell = (
        sums.groupby(list(by), dropna=False, sort=False).ngroup().to_numpy(np.int64)
        if by
        else np.zeros(len(sums), dtype=np.int64)
    )
    used = sums["used"].to_numpy() > 0
    rows = ratio_estimates(
        sums["y"].to_numpy(float)[used],
        sums["x"].to_numpy(float)[used],
        cell[used].astype(np.int64),
        cells=len(keys),
        level=level,
        units=units,
    )
    counts = sums.groupby(cell)[["used", "left", "without_eu"]].sum()
    notes = [
        " ".join(part for part in (note, _left_out(*map(int, count))) if part)
        for note, count in zip(rows["note"], counts.to_numpy(), strict=True)
    ]
    return pd.concat([keys, rows.assign(note=notes)], axis=1)


def _left_out(used: int, left: int, without: int) -> str:
    parts = []
    if left:
        parts.append(f"{left:,} of {used + left:,} operations left out: not all is known of them.")
    if without:
        parts.append(f"{without:,} operations without a contribution of the Union not counted.")
    return " ".join(parts)


def _without_funding(
    programme: Programme, groups: tuple[str, ...], basis: str, level: float
) -> Found:
    """Compute what follows from totals, and say of the rest what is missing."""
    definitions = leverage_definitions()
    if basis == "paid":
        reason = "payments by source are not known: there is no table funding"
        return [], dict.fromkeys(definitions["id"], reason), []
    reasons = dict.fromkeys(definitions["id"], _NO_SOURCES)
    chosen = definitions[definitions["id"].isin(_FROM_OPERATIONS)]
    parts = parts_from_operations(programme, by=groups)
    rows, why, _ = _from_parts(parts, programme, chosen, level)
    reasons.update(why)
    measured = measure(programme, indicators=_FROM_TOTALS, by=groups, level=level)
    found = measured.frame.rename(columns={"indicator": "id"}).drop(columns="unit")
    why_not = measured.not_computable
    reasons.update(dict(zip(why_not["indicator"], why_not["reason"], strict=True)))
    rows += [found[found["id"] == name] for name in _FROM_TOTALS if (found["id"] == name).any()]
    for piece in rows:
        reasons.pop(str(piece["id"].iloc[0]), None)
    notes = ["There is no table of sources of money: figures are from stated amounts and totals."]
    return rows, reasons, notes


def _published(
    rows: list[pd.DataFrame],
    definitions: pd.DataFrame,
    groups: tuple[str, ...],
    *,
    basis: str,
    currency: str,
) -> pd.DataFrame:
    texts = ["unit", "basis", "label", "definition", "source", "status"]
    names = ["id", *groups, *_VALUES, *texts, "method", "note"]
    if not rows:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in names})
    frame = pd.concat(rows, ignore_index=True)
    told = definitions.drop(columns=["numerator", "denominator"]).assign(basis=basis)
    told["unit"] = told["unit"].str.replace("{currency}", currency, regex=False)
    frame = frame.merge(told, on="id", how="left", validate="many_to_one")
    order = {name: place for place, name in enumerate(definitions["id"])}
    frame = frame.sort_values("id", key=lambda ids: ids.map(order), kind="stable")
    return frame[names].reset_index(drop=True)


def _caveats(table: LeverageTable, programme: Programme, notes: list[str]) -> tuple[str, ...]:
    frame = table.frame
    sentences = [_spread(frame)] if not table.by else []
    unverified = list(dict.fromkeys(frame.loc[frame["status"] == _UNVERIFIED, "source"]))
    if unverified:
        listed = "; ".join(unverified)
        sentences.append(f"Unverified, not read at the source: {listed}.")
    sentences += [*notes, FIRST_ROUND, NOT_ADDITIONAL]
    if bool(frame["se"].notna().any()):
        sentences.append(PROCESS)
    sentences += list(programme.caveats)
    if table.provenance.simulated:
        sentences.append(SIMULATED)
    return tuple(sentence for sentence in dict.fromkeys(sentences) if sentence)


def _spread(frame: pd.DataFrame) -> str:
    known = frame[frame["value"].notna() & (frame["unit"] != "share")]
    if known["value"].round(10).nunique() < 2:
        return ""
    rows = known.sort_values("value", kind="stable").to_dict("records")
    low, high = rows[0], rows[-1]
    return (
        f"The same money scores {low['value']:.2f} ({low['label']}) to {high['value']:.2f} "
        f"({high['label']}): a figure for leverage means nothing without its definition."
    )
