"""Look at a parquet file: its columns, its number of rows, some of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from difass_analysis.errors import InputError
from difass_analysis.sources.header import unique_headings
from difass_analysis.sources.profile import ValueFormat
from difass_analysis.sources.workbook import as_text

_PLAIN = ValueFormat()


def parquet_header(path: Path) -> Any:
    """Return the metadata of a parquet file.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    try:
        metadata = pq.read_metadata(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(
            f"{path.name} cannot be read as parquet: {error}.", todo="Write it again."
        ) from error
    return metadata


def parquet_sample(path: Path, most: int) -> tuple[tuple[str, ...], pd.DataFrame, int]:
    """Return headings, text of rows spread over the row groups, and the number of rows.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    most : int
        Rows of the sample, at most.

    Raises
    ------
    InputError
        When it cannot be read, or has no rows.
    """
    metadata = parquet_header(path)
    if not metadata.num_rows:
        raise InputError(f"{path.name} has columns and no rows.", todo="Leave it out.")
    groups = metadata.num_row_groups
    with pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        headings, _ = unique_headings(names)
        each, taken = max(1, most // min(groups, 8)), list[pa.Table]()
        for group in range(0, groups, max(1, groups // 8)):
            taken.append(next(file.iter_batches(each, row_groups=[group])))
    table = pa.Table.from_batches(taken)
    columns = {heading: _texts(table.column(index)) for index, heading in enumerate(headings)}
    return headings, pd.DataFrame(columns, dtype=object).astype("str").head(most), metadata.num_rows


def _texts(column: pa.ChunkedArray) -> list[str]:
    """Render the cells of a column as text."""
    return [as_text(value, _PLAIN) for value in column.to_pylist()]
