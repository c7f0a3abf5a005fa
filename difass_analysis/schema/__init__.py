"""The canonical tables: the one place that declares columns, kinds, units, keys and meanings."""

from __future__ import annotations

from difass_analysis.errors import one_of
from difass_analysis.schema.cooperation import COOPERATION
from difass_analysis.schema.funds import MONEY_SIDE
from difass_analysis.schema.model import MONEY_LIMIT, Column, Kind, Table
from difass_analysis.schema.support import SUPPORT

#: All canonical tables by name.
TABLES: dict[str, Table] = {table.name: table for table in (*SUPPORT, *MONEY_SIDE, *COOPERATION)}


def table_of(name: str) -> Table:
    """Return the canonical table of that name.

    Raises
    ------
    UsageError
        When there is no such table; the message offers the nearest names.

    Examples
    --------
    >>> table_of("calls").key
    ('call_id',)
    """
    if name not in TABLES:
        raise one_of("table", name, list(TABLES))
    return TABLES[name]


__all__ = ["MONEY_LIMIT", "TABLES", "Column", "Kind", "Table", "table_of"]
