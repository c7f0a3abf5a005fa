"""Columns of flags, years, dates and identifiers, recognised by their cells."""

from __future__ import annotations

from difass_analysis.sources.evidence_column import BAD, HALF, MOST, Column, Evidence
from difass_analysis.sources.evidence_dates import DateFormats, date_formats
from difass_analysis.sources.evidence_looks import is_year
from difass_analysis.sources.evidence_numbers import counted, shown
from difass_analysis.sources.profile import ValueFormat, fold
from difass_analysis.sources.words import flag_words


def as_flags(column: Column) -> Evidence | None:
    """Recognise yes and no; None where a cell is neither."""
    words = flag_words({fold(text) for text in column.rows})
    if words is None:
        return None
    yes, no = words
    return Evidence(
        kind="flag",
        values=ValueFormat(true_words=yes, false_words=no, missing=column.words),
        why=(f"all {counted(column.total)}: words for yes or no: {shown(list(column.rows))}",),
        counts=column.counts(0, dict(column.rows)),
    )


def as_years(column: Column, dates: DateFormats) -> Evidence | None:
    """Recognise years, alone or, where the heading speaks of a year, as part of a date."""
    years = sum(rows for text, rows in column.rows.items() if is_year(text))
    named = "year" in column.named
    by_date = dates.read if named and not dates.day else 0
    other_kind = column.named & {"money", "share"} and not named
    if other_kind or years + by_date < (MOST if named else 0.95) * column.total:
        return None
    formats = ("%Y", *dates.formats) if by_date else ValueFormat().dates
    unreadable = column.total - years - by_date
    return Evidence(
        kind="year",
        values=ValueFormat(dates=formats, months=dates.months, missing=column.words),
        sure=unreadable <= BAD * column.total,
        why=(
            f"{counted(years)} with a year of four digits",
            *((f"{counted(by_date)} with a date, whose year counts",) if by_date else ()),
        ),
        counts=column.counts(unreadable, {"years": years, **(dates.counts if by_date else {})}),
        doubts=column.unread(_no_year(column, dates if by_date else None)),
    )


def _no_year(column: Column, dates: DateFormats | None) -> list[str]:
    texts = column.rows if dates is None else dates.unread
    return [text for text in texts if not is_year(text)]


def as_dates(column: Column, dates: DateFormats) -> Evidence | None:
    """Recognise days, and months where nothing else is given."""
    named = "date" in column.named or "year" in column.named
    there = dates.read + (0 if dates.day else dates.bare_months)
    if not dates.formats or there < (HALF if named else MOST) * column.total:
        return None
    unreadable = column.total - dates.read
    doubts = list(dates.doubts)
    if not named and (column.named or not _dated(dates)):
        doubts.append("the heading does not speak of a date")
    bare = 0 if dates.day else dates.bare_months
    bad = [text for text in dates.unread if not bare or not date_formats({text: 1}).day]
    return Evidence(
        kind="date",
        values=ValueFormat(
            dates=dates.formats, months=dates.months, day=dates.day, missing=column.words
        ),
        sure=not doubts and unreadable <= BAD * column.total,
        doubts=(*doubts, *column.unread(bad)),
        why=dates.why,
        counts=column.counts(unreadable, dates.counts),
        minority=column.labels_of(dates.minority),
        settled=dates.order,
        open=dates.open,
    )


def _dated(dates: DateFormats) -> bool:
    """Whether the cells could hardly be anything but dates, whatever the heading says."""
    return all("%Y" in name and not name.replace("%", "").isalpha() for name in dates.formats)


def as_code(column: Column) -> Evidence | None:
    """Recognise identifiers: digits that no one would add up."""
    texts = list(column.rows)
    if not all(text.isdecimal() for text in texts):
        return None
    padded = [text for text in texts if len(text) > 1 and text.startswith("0")]
    unique = len(texts) == column.total >= 20
    numbers = sorted(int(text) for text in texts)
    dense = unique and len(texts) > 0.02 * (numbers[-1] - numbers[0] + 1)
    long = min(map(len, texts)) == max(map(len, texts)) >= 9
    if column.named & {"money", "share"} or not (padded or dense or (unique and long)):
        return None
    if padded:
        why = f"{counted(len(padded))} with a zero in front, such as {shown(padded)}"
    else:
        why = f"{len(texts)} whole numbers, each of them once, such as {shown(texts)}"
    return Evidence(
        kind="code",
        values=ValueFormat(missing=column.words),
        why=(why,),
        counts=column.counts(0, {}),
    )
