"""A programme: its settings, its canonical tables, and what was found wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from difass_analysis.engine import Engine, Lazy, make_engine
from difass_analysis.errors import InputError
from difass_analysis.programme.canonical import conform, derive
from difass_analysis.programme.settings import Settings
from difass_analysis.result import FileRecord, Findings, Provenance
from difass_analysis.schema import table_of

# Columns of the package's own that follow a row to its file and line; never published.
FILE_COLUMN, LINE_COLUMN = "_file", "_line"
# Column that marks rows as simulated, wherever a file of them goes.
SIMULATED_COLUMN = "simulated"


@dataclass(frozen=True, eq=False, kw_only=True)
class Programme:
    """One support programme, ready to be measured.

    Attributes
    ----------
    settings : Settings
        What ``programme.toml`` says.
    tables : mapping of str to lazy frame
        The canonical tables that the programme has. Use :meth:`table` for pandas.
    engine : Engine
        What computes.
    findings : Findings
        What is wrong with the data; filled by ``load``, empty from frames until checked.
    provenance : Provenance
        Files, settings and version.
    checked : bool
        Whether the rules have been applied, so that keys are known to be unique.
    caveats : tuple of str
        What was done to the data on purpose, such as a conversion of money: sentences that go
        with every result made from the programme.
    """

    settings: Settings
    tables: Mapping[str, Lazy]
    engine: Engine
    provenance: Provenance
    findings: Findings
    checked: bool = False
    caveats: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Key of the programme."""
        return self.settings.id

    @property
    def name(self) -> str:
        """Name of the programme."""
        return self.settings.name

    @property
    def description(self) -> str:
        """What the programme is, in a sentence or two."""
        return self.settings.description

    @property
    def currency(self) -> str:
        """Currency of all its amounts."""
        return self.settings.currency

    @property
    def price_basis(self) -> str:
        """``current`` or ``constant:<year>``."""
        return self.settings.price_basis

    @property
    def nuts_version(self) -> str:
        """NUTS version of its region codes."""
        return self.settings.nuts_version

    @property
    def published(self) -> bool:
        """Whether the data are public by law."""
        return self.settings.published

    @property
    def simulated(self) -> bool:
        """Whether the data are simulated."""
        return self.settings.simulated

    def table(self, name: str) -> pd.DataFrame:
        """Return one canonical table as pandas, in the schema's column order.

        Raises
        ------
        UsageError
            When no canonical table has that name.
        InputError
            When the programme does not have that table.
        """
        order = table_of(name).names
        if name not in self.tables:
            have = ", ".join(sorted(self.tables)) or "no table"
            raise InputError(
                f"Programme '{self.id}' has no table '{name}'.", todo=f"It has {have}."
            )
        frame = self.engine.collect(self.tables[name])
        known = [column for column in order if column in frame.columns]
        extra = [
            column
            for column in frame.columns
            if column not in order and column not in (FILE_COLUMN, LINE_COLUMN)
        ]
        placed = [column for column in (FILE_COLUMN, LINE_COLUMN) if column in frame.columns]
        rows = frame.sort_values(placed, kind="stable") if placed else frame
        return rows[known + extra].reset_index(drop=True)

    def __repr__(self) -> str:
        parts = ", ".join(sorted(self.tables))
        mark = ", SIMULATED" if self.simulated else ""
        return f"<Programme {self.id}: {self.name}{mark}; tables: {parts or 'none'}>"

    @classmethod
    def from_frames(
        cls, *, settings: Settings | None = None, engine: Engine | None = None, **tables: Given
    ) -> Programme:
        """Make a programme from frames in memory, or from parquet files, by table name.

        Parameters
        ----------
        settings : Settings, optional
            Identity, currency and the rest; a nameless programme in EUR without it.
        engine : Engine, optional
            What computes; DuckDB in this process without it.
        **tables : pandas.DataFrame or pathlib.Path
            Canonical tables by name, for example ``operations=frame``. Columns that the schema
            does not know are kept and may be grouped by.

        Raises
        ------
        UsageError
            When no canonical table has one of the names.
        SchemaError
            When a column that must hold numbers holds text.

        Examples
        --------
        >>> frame = pd.DataFrame({"operation_id": ["a"], "public_amount": [10.0]})
        >>> Programme.from_frames(operations=frame).table("operations")["public_amount"].sum()
        np.float64(10.0)
        """
        engine = engine or make_engine()
        settings = settings or Settings(id="frames", name="data frames", currency="EUR")
        lazies = {name: _given(engine, name, given) for name, given in tables.items()}
        return assemble(settings, lazies, engine=engine)


Given = pd.DataFrame | Path


def _given(engine: Engine, name: str, given: Given) -> Lazy:
    table_of(name)
    if isinstance(given, Path):
        return conform(engine.parquet(given), name)
    marked = given.copy(deep=False)
    marked[FILE_COLUMN] = ""
    marked[LINE_COLUMN] = np.arange(1, len(given) + 1)
    return conform(engine.frame(marked), name)


def assemble(
    settings: Settings,
    tables: Mapping[str, Lazy],
    *,
    engine: Engine,
    files: tuple[FileRecord, ...] = (),
    choices: Mapping[str, str] | None = None,
) -> Programme:
    """Put canonical tables together into a programme, adding the columns that follow."""
    provenance = Provenance(
        programme=settings.id,
        name=settings.name,
        version=version("difass_analysis"),
        files=files,
        settings=dict(choices or {}),
        simulated=settings.simulated,
        currency=settings.currency,
        price_basis=settings.price_basis,
        disclosure="" if settings.published or settings.simulated else "required",
    )
    return Programme(
        settings=settings,
        tables=derive(tables),
        engine=engine,
        provenance=provenance,
        findings=no_findings(provenance),
        caveats=settings.caveats,
    )


def no_findings(provenance: Provenance) -> Findings:
    """Return an empty set of findings for a programme that has not been checked."""
    columns = ["severity", "rule", "table", "file", "line"]
    columns += ["column", "key", "value", "message", "todo"]
    return Findings(
        frame=pd.DataFrame({column: pd.Series(dtype="object") for column in columns}),
        provenance=provenance,
    )


def with_findings(programme: Programme, findings: Findings) -> Programme:
    """Return the programme with its findings filled in."""
    return replace(programme, findings=findings, checked=True)
