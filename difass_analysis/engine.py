"""The engine: the only module that knows what computes.

All other modules write Narwhals expressions on lazy frames. DuckDB runs them here; a second
engine (a cluster) offers the same methods and takes its place.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol

import duckdb
import narwhals as nw
import pandas as pd
import pyarrow as pa

from difass_analysis.errors import DifassError, InputError, UsageError

EngineName = Literal["duckdb"]
#: Memory of the engine while large files are read; the process needs about twice as much.
FRUGAL = "700MB"
Lazy = nw.LazyFrame[Any]


class Engine(Protocol):
    """What an engine offers. Frames in and out are pandas; between them all is lazy."""

    @property
    def name(self) -> str:
        """Name of the engine, as on the command line."""
        ...

    def frame(self, frame: pd.DataFrame) -> Lazy:
        """Make a pandas frame known to the engine."""
        ...

    def arrow(self, table: pa.Table) -> Lazy:
        """Make an Arrow table known to the engine without copying it."""
        ...

    def parquet(self, path: Path) -> Lazy:
        """Scan a parquet file without reading it."""
        ...

    def collect(self, lazy: Lazy) -> pd.DataFrame:
        """Run a lazy frame and return it as pandas; exact sums come back as float64."""
        ...

    def materialise(self, lazy: Lazy) -> Lazy:
        """Run a lazy frame once and keep the rows inside the engine."""
        ...

    def write_parquet(self, lazy: Lazy, path: Path) -> None:
        """Run a lazy frame and write it to one parquet file."""
        ...

    def frugal(self) -> AbstractContextManager[None]:
        """Work with little memory for a while, unless a limit was stated."""
        ...


#: Above these a table is large: all processors work on it.
LARGE_ROWS = 50_000
LARGE_BYTES = 2_000_000


class DuckDBEngine:
    """DuckDB in this process: spills to a temporary folder, never loads an extension.

    Parameters
    ----------
    memory : str, optional
        Memory limit such as ``"2GB"``; DuckDB's own default without it.

    Raises
    ------
    UsageError
        When the memory limit is not a size.

    Examples
    --------
    >>> engine = DuckDBEngine()
    >>> lazy = engine.frame(pd.DataFrame({"a": [1.5, 2.5]}))
    >>> float(engine.collect(lazy.select(nw.col("a").sum()))["a"].iloc[0])
    4.0
    """

    name = "duckdb"

    def __init__(self, *, memory: str | None = None) -> None:
        spill = tempfile.mkdtemp(prefix="difass-")
        weakref.finalize(self, shutil.rmtree, spill, ignore_errors=True)
        self._connection = duckdb.connect()
        self._counter = itertools.count()
        self._stated = memory is not None
        for setting, value in (
            ("autoinstall_known_extensions", "false"),
            ("autoload_known_extensions", "false"),
            ("temp_directory", f"'{spill}'"),
        ):
            self._connection.execute(f"SET {setting} = {value}")
        # Threads add floating numbers in an order of their own. Small data go through one, so that
        # the same inputs give the same bytes; it is also faster there.
        self._connection.execute("SET threads = 1")
        self._is_large = False
        if memory is not None:
            self._limit(memory)

    def _grow(self, *, large: bool) -> None:
        """Use all processors from the first large table on."""
        if large and not self._is_large:
            self._connection.execute("RESET threads")
            self._is_large = True

    def _limit(self, memory: str) -> None:
        try:
            self._connection.execute("SET memory_limit = ?", [memory])
        except duckdb.Error as error:
            raise UsageError(
                f"'{memory}' is not a memory limit.", todo="Write a size, for example 2GB."
            ) from error

    def _name(self, kind: str) -> str:
        return f"{kind}_{next(self._counter)}"

    def frame(self, frame: pd.DataFrame) -> Lazy:
        """Make a pandas frame known to DuckDB; categories become text."""
        plain = frame.reset_index(drop=True)
        for column in plain.columns[[isinstance(d, pd.CategoricalDtype) for d in plain.dtypes]]:
            plain = plain.assign(**{str(column): plain[column].astype("str")})
        return self.arrow(pa.Table.from_pandas(plain, preserve_index=False))

    def arrow(self, table: pa.Table) -> Lazy:
        """Make an Arrow table known to DuckDB without copying it."""
        self._grow(large=table.num_rows > LARGE_ROWS)
        name = self._name("given")
        self._connection.register(name, table)
        return nw.from_native(self._connection.table(name))

    def parquet(self, path: Path) -> Lazy:
        """Scan a parquet file without reading it."""
        self._grow(large=Path(path).stat().st_size > LARGE_BYTES)
        return nw.from_native(self._connection.read_parquet(str(path)))

    def collect(self, lazy: Lazy) -> pd.DataFrame:
        """Run a lazy frame and return it as pandas; exact sums come back as float64."""
        table = self._run(lambda: lazy.to_native().to_arrow_table())
        for index, schema_field in enumerate(table.schema):
            if pa.types.is_decimal(schema_field.type):
                column = table.column(index).cast(pa.float64())
                table = table.set_column(index, schema_field.name, column)
        frame: pd.DataFrame = table.to_pandas()
        gaps = [
            field.name
            for field in table.schema
            if pa.types.is_integer(field.type) and table.column(field.name).null_count
        ]
        # A year with gaps stays a whole number instead of becoming 2017.0.
        return frame.astype(dict.fromkeys(gaps, "Int64")) if gaps else frame

    def materialise(self, lazy: Lazy) -> Lazy:
        """Run a lazy frame once and keep the rows as a temporary table."""
        name = self._name("kept")
        relation = lazy.to_native()
        self._run(lambda: relation.create(name))
        return nw.from_native(self._connection.table(name))

    def write_parquet(self, lazy: Lazy, path: Path) -> None:
        """Run a lazy frame and write it to one parquet file."""
        self._run(lambda: lazy.to_native().write_parquet(str(path), compression="zstd"))

    @contextmanager
    def frugal(self) -> Iterator[None]:
        """Spill early while large files are read; a stated limit is kept as it is."""
        if self._stated:
            yield
            return
        self._connection.execute(f"SET memory_limit = '{FRUGAL}'")
        try:
            yield
        finally:
            self._connection.execute("RESET memory_limit")

    @staticmethod
    def _run(action: Any) -> Any:
        try:
            return action()
        except duckdb.OutOfMemoryException as error:
            raise DifassError(
                "The memory limit is too small for this computation.",
                todo="Give more with --memory, or group by fewer columns.",
            ) from error
        except (duckdb.ConversionException, duckdb.OutOfRangeException) as error:
            raise InputError(
                "A value cannot be computed with: it is infinite, or an amount beyond nine "
                f"trillion ({str(error).splitlines()[0]}).",
                todo="Run the check; it names the rows. Mind the unit of amounts.",
            ) from error


def make_engine(name: EngineName = "duckdb", *, memory: str | None = None) -> Engine:
    """Make the engine of that name.

    Raises
    ------
    UsageError
        When there is no engine of that name.
    """
    if name != "duckdb":
        raise UsageError(
            f"There is no engine '{name}' in this version.", todo="Use --engine duckdb."
        )
    return DuckDBEngine(memory=memory)
