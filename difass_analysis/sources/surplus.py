"""Records with too many fields: put together again where only one way fits, else left alone.

A file that does not quote its text splits a text at every delimiter inside it. Which fields
belong together can be told where the columns around the text have a form of their own: a code,
a date, an amount. Nothing is guessed: two ways that fit are as bad as none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from difass_analysis.sources.profile import fold


class Anchors:
    """Forms of the columns that are never split, and the one way in which a record fits them.

    Parameters
    ----------
    headings : sequence of str
        Headings of the file.
    forms : mapping of str to str
        Regular expression by heading; it must match a whole field. A heading that is not named
        is free text and may take several fields.
    delimiter : str
        What stands between the fields, and again between the parts of a text.

    Examples
    --------
    >>> anchors = Anchors(["code", "title", "cost"], {"code": "[A-Z]", "cost": "[0-9]+"}, ",")
    >>> anchors.put_together(["A", "sun", " wind", "12"])
    ['A', 'sun, wind', '12']
    >>> anchors.put_together(["A", "sun", " wind", "much"]) is None
    True
    """

    def __init__(self, headings: Sequence[str], forms: Mapping[str, str], delimiter: str) -> None:
        known = {fold(heading): re.compile(form) for heading, form in forms.items()}
        self._forms = [known.get(fold(heading)) for heading in headings]
        self._delimiter = delimiter

    def put_together(self, fields: Sequence[str]) -> list[str] | None:
        """Return one cell for each heading; None where no way or more than one way fits."""
        widths = self._only_way(fields)
        if widths is None:
            return None
        cells, start = [], 0
        for width in widths:
            cells.append(self._delimiter.join(fields[start : start + width]))
            start += width
        return cells

    def _only_way(self, fields: Sequence[str]) -> tuple[int, ...] | None:
        """Return how many fields each column takes, if there is exactly one such way."""
        forms, most = self._forms, len(fields) - len(self._forms) + 1

        @cache
        def ways(column: int, start: int) -> tuple[tuple[int, ...], ...]:
            """Return the ways to fill the columns from here on, and no more than two of them."""
            if column == len(forms):
                return ((),) if start == len(fields) else ()
            if start >= len(fields):
                return ()
            form, found = forms[column], []
            if form is not None and not form.fullmatch(fields[start]):
                return ()
            for width in range(1, (most if form is None else 1) + 1):
                found += [(width, *rest) for rest in ways(column + 1, start + width)]
                if len(found) > 1:
                    break
            return tuple(found[:2])

        found = ways(0, 0)
        return found[0] if len(found) == 1 else None
