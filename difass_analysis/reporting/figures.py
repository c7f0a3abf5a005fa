"""The figures of a programme: overall, by its natural groups, as key figures and as charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.display import charts, numbers
from difass_analysis.display.rows import group_labels
from difass_analysis.errors import UsageError
from difass_analysis.measurement import measure
from difass_analysis.reporting.content import KeyFigure, Link
from difass_analysis.reporting.grids import definition_rows
from difass_analysis.reporting.language import Words, term
from difass_analysis.result import IndicatorTable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from difass_analysis.programme import Programme

#: Columns by which a programme may be shown, the most telling first.
GROUPINGS = (("year",), ("region_name",), ("region",), ("mechanism",))
REGIONAL = (("region_name",), ("region",))
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
_SPOKEN = ("label", "definition", "numerator", "denominator")
# What the two sides of a ratio are called in the second chart.
_PARTS = {
    "private_per_public": {"denominator": term("public money"), "numerator": term("private money")},
    "own_contribution_per_public": {
        "denominator": term("public money"),
        "numerator": term("own contribution of beneficiaries"),
    },
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Figures:
    """The indicators of a programme, overall and (where it has groups) by group."""

    overall: IndicatorTable
    grouped: IndicatorTable | None = None
    regional: IndicatorTable | None = None

    @property
    def tables(self) -> tuple[IndicatorTable, ...]:
        """All tables, each once, in the order in which :meth:`holding` takes them."""
        own = () if self.regional is self.grouped else (self.regional,)
        held = (self.overall, self.grouped, *own)
        return tuple(table for table in held if table is not None)

    def holding(self, tables: Sequence[IndicatorTable]) -> Figures:
        """Return the same figures with these tables in their places, as :attr:`tables` has them."""
        rest = iter(tables)
        overall = next(rest)
        grouped = next(rest) if self.grouped is not None else None
        if self.regional is self.grouped:
            return Figures(overall=overall, grouped=grouped, regional=grouped)
        regional = next(rest) if self.regional is not None else None
        return Figures(overall=overall, grouped=grouped, regional=regional)

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
    counts = {by: _group_count(programme, probe, by) for by in GROUPINGS}
    first = next((by for by in GROUPINGS if 2 <= counts[by] <= MOST_GROUPS), None)
    place = next((by for by in REGIONAL if counts[by] >= 2), None)
    grouped = measure(programme, by=first, level=level) if first else None
    if place is None or place == first:
        return Figures(overall=overall, grouped=grouped, regional=grouped if place else None)
    held = [name for name in KEY_FIGURES if name in set(overall.frame["indicator"])]
    regional = measure(programme, indicators=held, by=place, level=level) if held else None
    return Figures(overall=overall, grouped=grouped, regional=regional)


def _group_count(programme: Programme, probe: list[str], by: tuple[str, ...]) -> int:
    try:
        return len(measure(programme, indicators=probe, by=by).frame)
    except UsageError:  # the programme does not have that column
        return 0


def key_figures(figures: Figures, *, home: str, words: Words) -> tuple[KeyFigure, ...]:
    """Return the figures that open a report, each in a plain sentence.

    Parameters
    ----------
    figures : Figures
        The indicators of the programme.
    home : str
        Start of the names of the definitions on the page.
    words : Words
        The language of the page.
    """
    definitions = definition_rows(figures.overall)
    rows = {
        str(row["indicator"]): row
        for row in figures.overall.frame.to_dict("records")
        if not str(row["note"]).startswith("withheld")
    }
    chosen = [name for name in KEY_FIGURES if name in rows][:_MOST_KEY_FIGURES]
    return tuple(
        _key_figure(rows[name], definitions.get(name, {}), figures, home=home, words=words)
        for name in chosen
    )


def _key_figure(
    row: Mapping[Any, Any],
    about: Mapping[Any, Any],
    figures: Figures,
    *,
    home: str,
    words: Words,
) -> KeyFigure:
    name, unit = str(row["indicator"]), str(row["unit"])
    known = numbers.is_known(row["value"])
    ranged = words.span(row["lower"], row["upper"], unit=unit)
    value = words.value(row["value"], unit=unit) if known else ranged
    return KeyFigure(
        label=str(about.get("label", name)),
        value=value,
        unit="" if unit == numbers.SHARE else words.unit(unit),
        interval=interval_text(row, level=figures.overall.level, words=words),
        sentence=_sentence(row, about, words),
        details=_details(figures.grouped, name, words),
        definition=Link(text=words("Definition"), href=f"#{home}-{name}"),
        note=words.said(str(row["note"])) if numbers.is_known(row["note"]) else "",
    )


def interval_text(row: Mapping[Any, Any], *, level: float, words: Words) -> str:
    """Say the interval or the bounds of a figure in a sentence, or that none is known.

    Empty where the note of the figure says why there is none.

    Parameters
    ----------
    row : mapping
        A row of an indicator table.
    level : float
        Level of the intervals.
    words : Words
        The language of the page.
    """
    unit, method = str(row["unit"]), str(row["method"])
    if not (numbers.is_known(row["lower"]) or numbers.is_known(row["upper"])):
        if numbers.absent_text(row["note"], error=True) == numbers.WITHHELD:
            return words("The interval is withheld.")
        if method == "stated totals":
            return words("No interval: a total as it was stated, not an estimate.")
        if str(row["note"]).startswith("No interval"):
            return ""  # the note below says it, and why
        return words("No interval is known.")
    ranged = words.span(row["lower"], row["upper"], unit=unit)
    if numbers.is_bounds(method):
        return words("Hard bounds: {range}.", range=ranged)
    share = words.numerals(f"{level * 100:.10g} %")
    return words("Confidence interval ({level}): {range}.", level=share, range=ranged)


def _sentence(row: Mapping[Any, Any], about: Mapping[Any, Any], words: Words) -> str:
    """Say in plain words how a figure comes about."""
    unit = str(row["unit"])
    if not numbers.is_known(row["value"]):
        ends = [words.value(row[end], unit=unit) for end in ("lower", "upper")]
        return words(
            "Not known exactly: between {lower} and {upper}.", lower=ends[0], upper=ends[1]
        )
    top = _side(row["numerator"], about.get("numerator"), words)
    if numbers.is_ratio(unit):
        bottom = _side(row["denominator"], about.get("denominator"), words)
        text = words("{numerator} divided by {denominator}.", numerator=top, denominator=bottom)
    else:
        method = words.said(str(row["method"]))
        text = words("{numerator}. Method: {method}.", numerator=top, method=method)
    return f"{text[:1].upper()}{text[1:]}"


def _side(value: object, label: object, words: Words) -> str:
    text = words.value(value)
    return f"{text} ({label})" if numbers.is_known(label) else text


def _details(grouped: IndicatorTable | None, name: str, words: Words) -> tuple[str, ...]:
    """Say the value of each group, as long as they are few."""
    if grouped is None:
        return ()
    rows = grouped.frame[grouped.frame["indicator"] == name]
    labels = group_labels(rows, by=grouped.by)
    if len(rows) > _MOST_DETAILS:
        return ()
    return tuple(
        f"{label}: {_detail(row, words)}"
        for label, row in zip(labels, rows.to_dict("records"), strict=True)
    )


def _detail(row: Mapping[Any, Any], words: Words) -> str:
    unit = str(row["unit"])
    value = words.value(row["value"], unit=unit, note=row["note"])
    if not numbers.is_ratio(unit) or not numbers.is_known(row["value"]):
        return value
    top, bottom = (words.value(row[side]) for side in ("numerator", "denominator"))
    return words(
        "{value} ({numerator} divided by {denominator})",
        value=value,
        numerator=top,
        denominator=bottom,
    )


def in_language(figures: Figures, words: Words) -> Figures:
    """Return the figures with labels and definitions in the language of the page.

    Parameters
    ----------
    figures : Figures
        The indicators of a programme, in English.
    words : Words
        The language of the page.
    """
    return figures.holding([_defined(table, words) for table in figures.tables])


def _defined(table: IndicatorTable, words: Words) -> IndicatorTable:
    spoken = {
        str(name): [words(text) if isinstance(text, str) and text else text for text in column]
        for name, column in table.definitions[list(_SPOKEN)].items()
    }
    return replace(table, definitions=table.definitions.assign(**spoken))


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
    """Return, by group, the two sides of a ratio of money as columns of money, with notes."""
    table = figures.grouped or figures.overall
    rows = table.only(name).frame
    return rows[[*table.by, "denominator", "numerator", "note"]].reset_index(drop=True)


def has_money_parts(name: str) -> bool:
    """Whether both sides of a ratio are money that can be stacked."""
    return name in _PARTS


def money_chart(figures: Figures, *, name: str, words: Words) -> Axes:
    """Draw public and private money by group, with their shares."""
    table = _about(figures.grouped or figures.overall, name=name)
    return charts.money_parts(
        money_frame(figures, name=name),
        by=table.by,
        parts={side: words(text) for side, text in _PARTS[name].items()},
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


def values_in_words(table: IndicatorTable, *, name: str, words: Words) -> str:
    """Say in words what the chart of one indicator shows, for those who do not see it."""
    rows = table.only(name).frame
    labels = group_labels(rows, by=table.by)
    parts = [
        f"{label}: {words.value(row['value'], unit=str(row['unit']))}"
        for label, row in zip(labels, rows.to_dict("records"), strict=True)
    ]
    more = len(parts) - 12
    rest = [words("and {count} more groups", count=words.value(more))] if more > 0 else []
    return "; ".join([*parts[:12], *rest]) + "."
