"""The charts of this package: an indicator by group, money by source, findings by rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.display import canvas, numbers, theme
from difass_analysis.display.canvas import Heading, Sheet, Words
from difass_analysis.display.frames import missing_word
from difass_analysis.display.rows import group_labels, row_notes, say_missing, value_axis
from difass_analysis.display.speech import figured, said

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INSIDE = 0.14  # share of the axis that a bar must fill to carry its own label


def intervals(
    frame: pd.DataFrame,
    *,
    by: Sequence[str] = (),
    title: str = "",
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    level: float = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """Draw one indicator: a dot and its interval for each group, in the order given.

    A confidence interval is a line; hard bounds, where they are all that is known, are a hatched
    bar; a value that is not known is named as such. The figures stand beside the rows.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows of one indicator, with ``value``, ``lower``, ``upper``, ``unit``, ``method``, ``note``.
    by : sequence of str
        Names of the group columns; none for one overall row.
    title : str
        What is shown; the unit is added.
    caveats, source : sequence of str, str
        Sentences and the source line under the picture.
    simulated : bool
        Whether the data are simulated; the picture then says so.
    level : float
        Level of the confidence intervals.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; a new figure is made without it.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> row = {"year": 2017, "value": 7500.0, "lower": None, "upper": None,
    ...        "unit": "EUR per SME", "method": "ratio", "note": "one unit: no interval"}
    >>> ax = intervals(pd.DataFrame([row]), by=["year"], title="Public cost per SME")
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['2017']
    >>> close(ax)
    """
    units = [numbers.unit_text(unit) for unit in frame["unit"] if numbers.is_known(unit)]
    unit = str(frame["unit"].iloc[0]) if units else ""
    labels = group_labels(frame, by=by)
    words = Words(
        title=f"{title} ({figured(units[0])})" if units else title,
        reading=_reading(frame, level=level),
        notes=(*row_notes(frame, labels, told=caveats), *caveats),
        source=source,
        simulated=simulated,
    )
    if frame.empty:
        return canvas.empty(words, message="No figures: there is nothing to draw.", ax=ax)
    page = canvas.sheet(labels, words=words, ax=ax)
    taken = canvas.columns(page, _interval_columns(frame, unit=unit, level=level))
    for centre, row in zip(page.centres, frame.to_dict("records"), strict=True):
        _draw_row(page.ax, centre, row)
    value_axis(page, _span(frame), unit=unit, taken=taken)
    return page.ax


def _has_range(frame: pd.DataFrame, *, bounds: bool) -> bool:
    known = frame["lower"].map(numbers.is_known) | frame["upper"].map(numbers.is_known)
    return bool((known & (frame["method"].map(numbers.is_bounds) == bounds)).any())


def _reading(frame: pd.DataFrame, *, level: float) -> str:
    parts = []
    if frame["value"].map(numbers.is_known).any():
        parts.append(said("dot: value"))
    if _has_range(frame, bounds=False):
        parts.append(figured(f"line: {_percent(level)} confidence interval"))
    if _has_range(frame, bounds=True):
        parts.append(said("hatched bar: lowest to highest possible value (bounds)"))
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _percent(level: float) -> str:
    return f"{level * 100:.10g} %"


def _interval_columns(frame: pd.DataFrame, *, unit: str, level: float) -> list[Heading]:
    rows = frame.to_dict("records")
    values = tuple(
        numbers.value_text(row["value"], unit=unit, absent=missing_word(str(row["note"])))
        for row in rows
    )
    columns = [Heading(title="value", cells=values, strong=True)]
    interval, bounds = _has_range(frame, bounds=False), _has_range(frame, bounds=True)
    if interval or bounds:
        title = f"{_percent(level)} interval" if interval else "bounds"
        mark = " (bounds)" if interval and bounds else ""
        cells = tuple(
            numbers.range_text(row["lower"], row["upper"], unit=unit, absent=_absent(row))
            + (mark if numbers.is_bounds(row["method"]) else "")
            for row in rows
        )
        columns.append(Heading(title=f"{title} or bounds" if mark else title, cells=cells))
    return columns


def _absent(row: Mapping[Any, Any]) -> str:
    """Say of an interval that is not there whether it is withheld, or not known."""
    return numbers.absent_text(row["note"], error=True)


def _draw_row(ax: Axes, y: float, row: Mapping[Any, Any]) -> None:
    lower, upper, value = (
        float(row[name]) if numbers.is_known(row[name]) else None
        for name in ("lower", "upper", "value")
    )
    if lower is not None and upper is not None:
        if numbers.is_bounds(row["method"]):
            _draw_bounds(ax, y, lower, upper)
        else:
            ax.plot([lower, upper], [y, y], color=theme.VALUE, linewidth=1.6)
            ax.plot([lower, upper], [y, y], "|", color=theme.VALUE, markersize=6)
    if value is not None:
        ax.plot([value], [y], "o", color=theme.VALUE, markersize=6.5, clip_on=False)
    elif lower is None or upper is None:
        say_missing(ax, y, text=missing_word(str(row["note"])))


def _draw_bounds(ax: Axes, y: float, lower: float, upper: float) -> None:
    ax.barh(
        y,
        upper - lower,
        left=lower,
        height=8,
        facecolor=theme.PAPER,
        edgecolor=theme.BOUNDS,
        hatch="////",
        linewidth=1.0,
    )


def _span(frame: pd.DataFrame) -> tuple[float, float] | None:
    cells = [value for name in ("value", "lower", "upper") for value in frame[name]]
    known = [float(value) for value in cells if numbers.is_known(value)]
    return (min(known), max(known)) if known else None


def money_parts(
    frame: pd.DataFrame,
    *,
    by: Sequence[str] = (),
    parts: Mapping[str, str],
    currency: str = "EUR",
    caveats: Sequence[str] = (),
    source: str = "",
    simulated: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw money by group as stacked bars, with the share of each part.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a group, with a column of money for each part; a ``note`` may say why some are
        missing.
    by : sequence of str
        Names of the group columns.
    parts : mapping of str to str
        Column of each part and its label, from left to right; at most seven.
    currency : str
        Currency of the amounts.
    caveats, source : sequence of str, str
        Sentences and the source line under the picture.
    simulated : bool
        Whether the data are simulated; the picture then says so.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; a new figure is made without it.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> frame = pd.DataFrame({"year": [2017], "public": [1.5e6], "private": [2e6]})
    >>> ax = money_parts(frame, by=["year"], parts={"public": "public", "private": "private"})
    >>> [text.get_text() for text in ax.texts if "%" in text.get_text()]
    ['42.9 %', '57.1 %']
    >>> close(ax)
    """
    labels = group_labels(frame, by=by)
    words = Words(
        title=f"{_joined(list(parts.values()))} ({currency})",
        notes=tuple(caveats),
        source=source,
        simulated=simulated,
    )
    if frame.empty:
        return canvas.empty(words, message="No amounts: there is nothing to draw.", ax=ax)
    page = canvas.sheet(labels, words=words, ax=ax)
    money = frame[list(parts)].astype("float64")
    shares = money.div(money.sum(axis=1, skipna=False), axis=0)
    widest = float(money.sum(axis=1).max())
    inside = bool((money.div(widest or 1.0) >= _INSIDE).all(axis=None))
    _stack(page, money, shares=shares if inside else None)
    held = frame["note"] if "note" in frame else [""] * len(frame)
    absent = [missing_word(str(note)) for note in held]
    _mark_incomplete(page, money, absent)
    headings = [
        _total_column(money, absent, currency=currency),
        *([] if inside else _share_columns(shares, absent, parts=parts)),
    ]
    taken = canvas.columns(page, headings)
    span = (0.0, widest) if money.notna().any(axis=None) else None
    value_axis(page, span, unit=currency, taken=taken)
    canvas.legend(page, list(parts.values()), taken=taken)
    return page.ax


def _joined(labels: Sequence[str]) -> str:
    """Join labels to a heading.

    >>> _joined(["EU money", "public money", "private money"])
    'EU money, public money and private money'
    """
    *first, last = labels
    text = f"{', '.join(first)} {said('and')} {last}" if first else last
    return text[:1].upper() + text[1:]


def _stack(page: Sheet, money: pd.DataFrame, *, shares: pd.DataFrame | None) -> None:
    for place, name in enumerate(money.columns):
        left = money.iloc[:, :place].sum(axis=1)
        page.ax.barh(
            page.centres,
            money[name],
            left=left,
            height=12,
            facecolor=theme.PALETTE[place],
            edgecolor=theme.PAPER,
            hatch=theme.HATCHES[place],
            linewidth=0,
        )
        if shares is None:
            continue
        middles = zip(left + money[name] / 2, page.centres, shares[name], strict=True)
        for x, y, share in middles:
            _share_label(page.ax, x, y, share)


def _mark_incomplete(page: Sheet, money: pd.DataFrame, absent: Sequence[str]) -> None:
    """Put a question mark behind the bar of what is known where some of the money is not."""
    rows = money.to_dict("records")
    for centre, row, word in zip(page.centres, rows, absent, strict=True):
        values = [float(value) for value in row.values() if numbers.is_known(value)]
        if len(values) < len(row):
            text = "?" if values else word
            say_missing(page.ax, centre, x=sum(values), text=text)


def _share_label(ax: Axes, x: float, y: float, share: float) -> None:
    ax.text(
        x,
        y,
        figured(numbers.value_text(share, unit=numbers.SHARE)),
        ha="center",
        va="center",
        size=theme.SMALL_SIZE,
        color=theme.INK,
        bbox={"facecolor": theme.PAPER, "edgecolor": "none", "pad": 1.2},
    )


def _total_column(money: pd.DataFrame, absent: Sequence[str], *, currency: str) -> Heading:
    rows = zip(money.to_dict("records"), absent, strict=True)
    cells = tuple(_total(row, currency, word) for row, word in rows)
    return Heading(title="total", cells=cells, strong=True)


def _share_columns(
    shares: pd.DataFrame, absent: Sequence[str], *, parts: Mapping[str, str]
) -> list[Heading]:
    if len(parts) <= 2:
        return [
            Heading(
                title=title,
                cells=tuple(
                    numbers.value_text(share, unit=numbers.SHARE, absent=word)
                    for share, word in zip(shares[name], absent, strict=True)
                ),
            )
            for name, title in zip(parts, _short(list(parts.values())), strict=True)
        ]
    rows = zip(shares.to_dict("records"), absent, strict=True)
    return [Heading(title="shares in %", cells=tuple(_share_list(*row) for row in rows))]


def _short(labels: Sequence[str]) -> list[str]:
    """Shorten labels to the word that tells them apart: the first, or else the last.

    >>> _short(["public money", "private money"]), _short(["fondi pubblici", "fondi privati"])
    (['public', 'private'], ['pubblici', 'privati'])
    """
    for place in (0, -1):
        words = [label.split()[place] for label in labels]
        if len(set(words)) == len(words):
            return words
    return list(labels)


def _total(row: Mapping[Any, Any], currency: str, absent: str) -> str:
    known = [float(value) for value in row.values() if numbers.is_known(value)]
    if not known:
        return absent
    text = numbers.value_text(sum(known), unit=currency)
    return text if len(known) == len(row) else f"at least {text}"


def _share_list(row: Mapping[Any, Any], absent: str) -> str:
    if not all(map(numbers.is_known, row.values())):
        return absent
    return " / ".join(f"{share * 100:.0f}" for share in row.values())


def finding_counts(
    rules: pd.DataFrame,
    *,
    source: str = "",
    caveats: Sequence[str] = (),
    ax: Axes | None = None,
) -> Axes:
    """Draw how many rows broke each rule, out of how many that were checked.

    Parameters
    ----------
    rules : pandas.DataFrame
        One row for each rule and table: ``rule``, ``table``, ``severity``, ``checked``,
        ``broken``, ``unknown``.
    source, caveats : str, sequence of str
        The source line and sentences under the picture.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on; a new figure is made without it.

    Examples
    --------
    >>> from difass_analysis.display.pictures import close
    >>> rules = pd.DataFrame({"rule": ["cap"], "table": ["calls"], "severity": ["warning"],
    ...                       "checked": [2], "broken": [1], "unknown": [0]})
    >>> ax = finding_counts(rules)
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['cap (calls)']
    >>> close(ax)
    """
    broken = rules[rules["broken"] > 0] if "broken" in rules else rules
    held = len(rules) - len(broken)
    words = Words(
        title="Findings by rule (rows)",
        reading=f"Rules that found something; {held} more were checked and held.",
        notes=tuple(caveats),
        source=source,
    )
    if broken.empty:
        return canvas.empty(words, message="No rule found anything.", ax=ax)
    broken = broken.sort_values(["broken", "rule"], ascending=[False, True], kind="stable")
    labels = [f"{row.rule} ({row.table})" for row in broken.itertuples()]
    page = canvas.sheet(labels, words=words, ax=ax)
    for centre, row in zip(page.centres, broken.to_dict("records"), strict=True):
        _finding_bar(page.ax, centre, count=int(row["broken"]), severity=str(row["severity"]))
    taken = canvas.columns(page, _finding_columns(broken))
    value_axis(page, (0.0, float(broken["broken"].max())), unit="rows", taken=taken)
    return page.ax


def _finding_bar(ax: Axes, y: float, *, count: int, severity: str) -> None:
    ax.barh(
        y,
        count,
        height=11,
        facecolor=theme.SEVERITIES.get(severity, theme.PALETTE[6]),
        edgecolor=theme.PAPER,
        hatch=theme.SEVERITY_HATCHES.get(severity, ""),
        linewidth=0,
    )


def _finding_columns(broken: pd.DataFrame) -> list[Heading]:
    def cells(name: str) -> tuple[str, ...]:
        return tuple(numbers.value_text(value) for value in broken[name])

    return [
        Heading(title="severity", cells=tuple(map(str, broken["severity"]))),
        Heading(title="broken", cells=cells("broken"), strong=True),
        Heading(title="checked", cells=cells("checked")),
        Heading(title="not known", cells=cells("unknown")),
    ]
