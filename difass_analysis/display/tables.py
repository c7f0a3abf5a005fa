"""Formatted tables for people, made with great_tables: units, intervals, notes and source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

import pandas as pd

from difass_analysis.display import numbers
from difass_analysis.display.theme import INK, MUTED

if TYPE_CHECKING:
    from great_tables import GT

_FINDING_COLUMNS = ("severity", "rule", "table", "file", "line", "column", "key", "value")


def plain_table(frame: pd.DataFrame, *, caveats: Sequence[str] = (), source: str = "") -> GT:
    """Return any frame as a formatted table, with its caveats and source underneath.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows; missing cells are shown as ``not known`` or ``withheld``.
    caveats : sequence of str
        Sentences for the notes under the table.
    source : str
        The line that says where the figures are from.

    Examples
    --------
    >>> table = plain_table(pd.DataFrame({"region": ["ITH5"], "value": [None]}))
    >>> "not known" in table.as_raw_html()
    True
    """
    shown = pd.DataFrame(
        {
            str(name): list(map(_cell, column, numbers.absent_texts(frame, place)))
            for place, (name, column) in enumerate(frame.items())
        },
        dtype="object",
    )
    right = [str(name) for name, column in frame.items() if pd.api.types.is_numeric_dtype(column)]
    return _dressed(shown, right=right, notes=(*caveats, source))


def _cell(value: object, absent: str = numbers.NOT_KNOWN) -> str:
    return numbers.exact_text(value) or absent


def indicator_table(
    frame: pd.DataFrame,
    *,
    by: Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
    caveats: Sequence[str] = (),
    source: str = "",
) -> GT:
    """Return indicators by group: value, interval or bounds, numerator and denominator.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows of an indicator table; see ``result.IndicatorTable``.
    by : sequence of str
        Names of the group columns.
    labels : mapping of str to str, optional
        Label of each indicator; its key stands in where there is none.
    caveats : sequence of str
        Sentences for the notes under the table.
    source : str
        The line that says where the figures are from.

    Examples
    --------
    >>> row = {"indicator": "smes_reached", "value": None, "lower": 200.0, "upper": 370.0,
    ...        "se": None, "n": 2, "numerator": None, "denominator": None, "unit": "SMEs",
    ...        "method": "bounds", "note": "no identifiers"}
    >>> "200 to 370 (bounds)" in indicator_table(pd.DataFrame([row])).as_raw_html()
    True
    """
    shown = indicator_cells(frame, by=by, labels=labels)
    right = ["value", "interval", "numerator", "denominator", "n"]
    return _dressed(
        shown,
        right=right,
        notes=(*caveats, source),
        names={"n": "n (independent units)", "interval": "interval or bounds"},
        group="indicator",
    )


def indicator_cells(
    frame: pd.DataFrame, *, by: Sequence[str] = (), labels: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Return the cells of an indicator table as text, in the order in which they are shown.

    Returns
    -------
    pandas.DataFrame
        ``indicator`` (label and unit), the group columns, ``value``, ``interval``,
        ``numerator``, ``denominator``, ``n``, ``note``.
    """
    labels = labels or {}
    rows = frame.to_dict("records")
    absent = [numbers.absent_text(row["note"]) for row in rows]
    return pd.DataFrame(
        {
            "indicator": [_heading(row, labels) for row in rows],
            **{name: [group_text(row[name]) for row in rows] for name in by},
            "value": [
                numbers.value_text(row["value"], unit=_unit(row), absent=gap)
                for row, gap in zip(rows, absent, strict=True)
            ],
            "interval": [_interval(row) for row in rows],
            "numerator": [
                numbers.value_text(row["numerator"], absent=gap)
                for row, gap in zip(rows, absent, strict=True)
            ],
            "denominator": [
                denominator_text(row["denominator"], unit=_unit(row), absent=gap)
                for row, gap in zip(rows, absent, strict=True)
            ],
            "n": [
                numbers.value_text(row["n"], absent=gap)
                for row, gap in zip(rows, absent, strict=True)
            ],
            "note": [str(row["note"]) if numbers.is_known(row["note"]) else "" for row in rows],
        },
        dtype="object",
    )


def denominator_text(value: object, *, unit: str, absent: str = numbers.NOT_KNOWN) -> str:
    """Write the denominator of a ratio; a total has none.

    Examples
    --------
    >>> denominator_text(370, unit="EUR per SME"), denominator_text(None, unit="EUR per SME")
    ('370', 'not known')
    >>> denominator_text(None, unit="SMEs")
    'none'
    """
    if not numbers.is_ratio(unit) and not numbers.is_known(value):
        return numbers.NONE
    return numbers.value_text(value, absent=absent)


def group_text(value: object) -> str:
    """Write the name of a group; a missing one is a group of its own, named ``not known``.

    Examples
    --------
    >>> group_text(2017.0), group_text("ITH5"), group_text(None)
    ('2017', 'ITH5', 'not known')
    """
    return _cell(value)


def _unit(row: Mapping[object, object]) -> str:
    return str(row["unit"]) if numbers.is_known(row["unit"]) else ""


def _heading(row: Mapping[object, object], labels: Mapping[str, str]) -> str:
    name = str(row["indicator"])
    unit = numbers.unit_text(row["unit"])
    return f"{labels.get(name, name)} ({unit})" if unit else labels.get(name, name)


def _interval(row: Mapping[object, object]) -> str:
    return numbers.range_text(
        row["lower"],
        row["upper"],
        unit=_unit(row),
        method=str(row["method"]),
        absent=numbers.absent_text(row["note"], error=True),
    )


def findings_table(frame: pd.DataFrame, *, caveats: Sequence[str] = (), source: str = "") -> GT:
    """Return findings as a formatted table, the gravest first.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows of findings; see ``result.Findings``.
    caveats : sequence of str
        Sentences for the notes under the table.
    source : str
        The line that says where the data are from.

    Examples
    --------
    >>> columns = "severity rule table file line column key value message todo".split()
    >>> "No finding." in findings_table(pd.DataFrame(columns=columns)).as_raw_html()
    True
    """
    if frame.empty:
        return _dressed(pd.DataFrame({"findings": ["No finding."]}), notes=(*caveats, source))
    ordered = by_severity(frame)
    kept = [name for name in (*_FINDING_COLUMNS, "message", "todo") if name in ordered]
    shown = pd.DataFrame(
        {name: [numbers.exact_text(value) for value in ordered[name]] for name in kept},
        dtype="object",
    )
    return _dressed(shown, right=["line"], notes=(*caveats, source))


def by_severity(frame: pd.DataFrame) -> pd.DataFrame:
    """Return findings sorted by severity (error, warning, note), else in the order given."""
    rank = {"error": 0, "warning": 1, "note": 2}
    order = frame["severity"].map(rank).fillna(len(rank)).sort_values(kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def _dressed(
    shown: pd.DataFrame,
    *,
    notes: Iterable[str],
    right: Sequence[str] = (),
    names: Mapping[str, str] | None = None,
    group: str | None = None,
) -> GT:
    """Put the house style on a frame of texts."""
    from great_tables import GT

    kept = [name for name in right if name in shown.columns]
    left = [name for name in shown.columns if name not in kept and name != group]
    table = GT(shown, groupname_col=group, id=_id(shown)).tab_options(
        table_font_size="14px",
        table_font_color=INK,
        heading_align="left",
        source_notes_font_size="12px",
        column_labels_font_weight="bold",
        row_group_font_weight="bold",
        table_border_top_color=MUTED,
        table_border_bottom_color=MUTED,
    )
    table = table.cols_label({k: v for k, v in (names or {}).items() if k in shown.columns})
    table = table.cols_align("left", columns=left) if left else table
    table = table.cols_align("right", columns=kept) if kept else table
    for note in notes:
        table = table.tab_source_note(note) if note else table
    return table


def _id(shown: pd.DataFrame) -> str:
    """Name the table by its content: the same table is the same bytes every time."""
    return "t" + sha256(shown.to_csv(index=False).encode()).hexdigest()[:10]
