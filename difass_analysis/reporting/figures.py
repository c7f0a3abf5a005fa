"""The figures of a programme: overall, by its natural groups, as key figures and as charts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.display import charts, numbers
from difass_analysis.display.rows import group_labels
from difass_analysis.errors import UsageError
from difass_analysis.measurement import measure
from difass_analysis.reporting.content import KeyFigure, Link
from difass_analysis.reporting.grids import definition_rows
from difass_analysis.result import IndicatorTable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from difass_analysis.programme import Programme

#: Columns by which a programme may be shown, the most telling first.
GROUPINGS = (("year",), ("region_name",), ("region",), ("mechanism",))
MOST_GROUPS = 40

#: Ratios that stand for a programme in its first chart, the most telling first.
MAIN_RATIOS = (
    "private_per_public",
    "own_contribution_per_public",
    "public_cost_per_sme",
    "public_cost_per_beneficiary",
    "public_cost_per_operation",
)
KEY_FIGURES = (
    "private_per_public",
    "public_share",
    "public_cost_per_sme",
    "smes_reached",
    "operations",
    "cap_utilisation",
    "own_contribution_per_public",
    "absorption",
    "public_cost_per_operation",
    "public_cost_per_beneficiary",
)
_MOST_KEY_FIGURES = 6
_MOST_DETAILS = 4
# What the two sides of a ratio are called in the second chart.
_PARTS = {
    "private_per_public": {"denominator": "public money", "numerator": "private money"},
    "own_contribution_per_public": {
        "denominator": "public money",
        "numerator": "own contribution of beneficiaries",
    },
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Figures:
    """The indicators of a programme, overall and (where it has groups) by group."""

    overall: IndicatorTable
    grouped: IndicatorTable | None = None

    @property
    def by(self) -> tuple[str, ...]:
        """Names of the group columns; empty without groups."""
        return self.grouped.by if self.grouped is not None else ()


def measured(programme: Programme, *, level: float) -> Figures:
    """Measure all that can be measured, overall and by the first grouping that has groups."""
    overall = measure(programme, level=level)
    if overall.frame.empty:
        return Figures(overall=overall)
    probe = [str(overall.frame["indicator"].iloc[0])]
    for by in GROUPINGS:
        count = _group_count(programme, probe, by)
        if 2 <= count <= MOST_GROUPS:
            return Figures(overall=overall, grouped=measure(programme, by=by, level=level))
    return Figures(overall=overall)


def _group_count(programme: Programme, probe: list[str], by: tuple[str, ...]) -> int:
    try:
        return len(measure(programme, indicators=probe, by=by).frame)
    except UsageError:  # the programme does not have that column
        return 0


def key_figures(figures: Figures, *, home: str) -> tuple[KeyFigure, ...]:
    """Return the figures that open a report, each in a plain sentence.

    Parameters
    ----------
    figures : Figures
        The indicators of the programme.
    home : str
        Start of the names of the definitions on the page.
    """
    definitions = definition_rows(figures.overall)
    rows = {str(row["indicator"]): row for row in figures.overall.frame.to_dict("records")}
    chosen = [name for name in KEY_FIGURES if name in rows][:_MOST_KEY_FIGURES]
    return tuple(
        _key_figure(rows[name], definitions.get(name, {}), figures, home=home) for name in chosen
    )


def _key_figure(
    row: Mapping[Any, Any], about: Mapping[Any, Any], figures: Figures, *, home: str
) -> KeyFigure:
    name, unit = str(row["indicator"]), str(row["unit"])
    known = numbers.is_known(row["value"])
    ranged = numbers.range_text(row["lower"], row["upper"], unit=unit)
    value = numbers.value_text(row["value"], unit=unit) if known else ranged
    return KeyFigure(
        label=str(about.get("label", name)),
        value=value,
        unit="" if unit == numbers.SHARE else unit,
        sentence=_sentence(row, about),
        details=_details(figures.grouped, name),
        definition=Link(text="Definition", href=f"#{home}-{name}"),
        note=str(row["note"]) if numbers.is_known(row["note"]) else "",
    )


def _sentence(row: Mapping[Any, Any], about: Mapping[Any, Any]) -> str:
    """Say in plain words how a figure comes about."""
    unit, method = str(row["unit"]), str(row["method"])
    if not numbers.is_known(row["value"]):
        ends = [numbers.value_text(row[end], unit=unit) for end in ("lower", "upper")]
        return f"Not known exactly: between {' and '.join(ends)}."
    text = _side(row["numerator"], about.get("numerator"))
    if numbers.is_ratio(unit):
        text = f"{text} divided by {_side(row['denominator'], about.get('denominator'))}"
    else:
        text = f"{text}. Method: {method}"
    if numbers.is_bounds(method):
        text += f"; bounds: {numbers.range_text(row['lower'], row['upper'], unit=unit)}"
    return f"{text[:1].upper()}{text[1:]}."


def _side(value: object, label: object) -> str:
    text = numbers.value_text(value)
    return f"{text} ({label})" if numbers.is_known(label) else text


def _details(grouped: IndicatorTable | None, name: str) -> tuple[str, ...]:
    """Say the value of each group, as long as they are few."""
    if grouped is None:
        return ()
    rows = grouped.frame[grouped.frame["indicator"] == name]
    labels = group_labels(rows, by=grouped.by)
    if len(rows) > _MOST_DETAILS:
        return ()
    return tuple(
        f"{label}: {_detail(row)}"
        for label, row in zip(labels, rows.to_dict("records"), strict=True)
    )


def _detail(row: Mapping[Any, Any]) -> str:
    unit = str(row["unit"])
    value = numbers.value_text(row["value"], unit=unit)
    if not numbers.is_ratio(unit):
        return value
    sides = [numbers.value_text(row[side]) for side in ("numerator", "denominator")]
    return f"{value} ({' divided by '.join(sides)})"


def main_ratio(figures: Figures) -> str:
    """Return the id of the ratio that stands for the programme, or an empty text."""
    held = set(figures.overall.frame["indicator"])
    return next((name for name in MAIN_RATIOS if name in held), "")


def ratio_chart(figures: Figures, *, name: str) -> Axes:
    """Draw the main ratio of a programme by group, or overall without groups."""
    return _about(figures.grouped or figures.overall, name=name).plot(indicator=name)


def _about(table: IndicatorTable, *, name: str) -> IndicatorTable:
    """Restrict a table to one indicator and to the caveats that are not of others alone."""
    mine = table.only(name)
    own = " ".join(str(note) for note in mine.frame["note"])
    others = " ".join(str(note) for note in table.frame["note"])
    kept = tuple(caveat for caveat in table.caveats if caveat in own or caveat not in others)
    return replace(mine, caveats=kept)


def money_frame(figures: Figures, *, name: str) -> pd.DataFrame:
    """Return, by group, the two sides of a ratio of money as columns of money."""
    table = figures.grouped or figures.overall
    rows = table.only(name).frame
    return rows[[*table.by, "denominator", "numerator"]].reset_index(drop=True)


def has_money_parts(name: str) -> bool:
    """Whether both sides of a ratio are money that can be stacked."""
    return name in _PARTS


def money_chart(figures: Figures, *, name: str) -> Axes:
    """Draw public and private money by group, with their shares."""
    table = _about(figures.grouped or figures.overall, name=name)
    return charts.money_parts(
        money_frame(figures, name=name),
        by=table.by,
        parts=_PARTS[name],
        currency=table.provenance.currency or "currency units",
        caveats=(*_both_known(table), *table.caveats),
        source=table.provenance.sentence(),
        simulated=table.provenance.simulated,
    )


def _both_known(table: IndicatorTable) -> tuple[str, ...]:
    """Say that the bars leave out rows in which one side is not known, where there are any."""
    if not table.frame["note"].astype("str").str.contains("left out").any():
        return ()
    return ("Amounts of the rows in which both are known; the table says how many are left out.",)


def words_of(table: IndicatorTable, *, name: str) -> str:
    """Say in words what the chart of one indicator shows, for those who do not see it."""
    rows = table.only(name).frame
    labels = group_labels(rows, by=table.by)
    parts = [
        f"{label}: {numbers.value_text(row['value'], unit=str(row['unit']))}"
        for label, row in zip(labels, rows.to_dict("records"), strict=True)
    ]
    more = len(parts) - 12
    return "; ".join(parts[:12]) + (f"; and {more} more groups" if more > 0 else "") + "."
