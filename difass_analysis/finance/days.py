"""Days as users write them."""

from __future__ import annotations

import datetime as dt

from difass_analysis.errors import UsageError


def day_of(date: dt.date | str) -> dt.date:
    """Return a day that is given as one or as text.

    Raises
    ------
    UsageError
        When the text is no date.

    Examples
    --------
    >>> day_of("2017-12-31")
    datetime.date(2017, 12, 31)
    """
    if isinstance(date, dt.datetime):
        return date.date()
    if isinstance(date, dt.date):
        return date
    try:
        return dt.date.fromisoformat(date)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"'{date}' is not a date.", todo="Write year, month and day: 2017-12-31."
        ) from error
