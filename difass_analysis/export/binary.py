"""Results as parquet, with where they come from in the metadata of the file."""

from __future__ import annotations

import json
from io import BytesIO

import pandas as pd

from difass_analysis.display import numbers
from difass_analysis.export.text import marked, plain_data, steady
from difass_analysis.result import Result


def parquet_bytes(result: Result) -> bytes:
    """Write the rows as parquet; caveats and provenance are in the metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    frame = _typed(marked(result))
    table = pa.Table.from_pandas(frame, preserve_index=False)
    words = {
        key: json.dumps(content, ensure_ascii=False)
        for key, content in plain_data(result).items()
        if key != "rows"
    }
    metadata = {key.encode(): text.encode("utf-8", "replace") for key, text in words.items()}
    stream = BytesIO()
    own = table.schema.metadata or {}
    pq.write_table(table.replace_schema_metadata({**own, **metadata}), stream)
    return stream.getvalue()


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Give columns of mixed cells one type: numbers where all are, else text."""
    mixed = [name for name in frame.columns if frame[name].dtype == object]
    frame = frame.assign(**{name: _one_type(frame[name]) for name in mixed})
    floats = [name for name in frame.columns if pd.api.types.is_float_dtype(frame[name].dtype)]
    return frame.assign(**{name: _steady_column(frame[name]) for name in floats})


def _steady_column(column: pd.Series) -> pd.Series:
    return column.map(steady, na_action="ignore").astype(column.dtype)


def _one_type(column: pd.Series) -> pd.Series:
    known = [value for value in column if numbers.is_known(value)]
    if known and all(map(numbers.is_number, known)):
        return pd.to_numeric(column, errors="coerce")
    cells = [numbers.exact_text(value) if numbers.is_known(value) else None for value in column]
    return pd.Series(cells, index=column.index, dtype="str")
