"""Result objects: a tidy frame with its provenance, its caveats, a table and a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from difass_analysis.display import charts, forests, numbers, tables
from difass_analysis.errors import UsageError

if TYPE_CHECKING:
    from great_tables import GT
    from matplotlib.axes import Axes

SIMULATED = "Simulated data: no figure here describes a real programme."


@dataclass(frozen=True, kw_only=True)
class FileRecord:
    """One input file: its name, the hash of its bytes, and the profile that read it."""

    name: str
    sha256: str
    size_bytes: int
    profile: str
    table: str
    rows_read: int
    rows_kept: int
    rows_rejected: int


@dataclass(frozen=True, kw_only=True)
class Loading:
    """How a programme was loaded, so that it can be loaded again.

    Attributes
    ----------
    path : str
        Folder or file. For this process only: files that leave name it from where they stand.
    profile, blank : str
        What was chosen at loading; empty where nothing was.
    settings_files : mapping of str to str
        sha256 of ``programme.toml`` and of profiles that are files, by name.
    """

    path: str = field(repr=False)
    profile: str = field(default="", repr=False)
    blank: str = ""
    settings_files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Call:
    """The call that made a result: a function of this package and its arguments as plain data."""

    function: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where a result comes from: programme, files, settings and version of the package."""

    programme: str
    name: str
    version: str
    files: tuple[FileRecord, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    simulated: bool = False
    currency: str = ""
    price_basis: str = ""
    #: Of figures that leave: required, protected, public, simulated or off; empty if not known.
    disclosure: str = ""
    #: How the programme was loaded; None for frames, and where its data were changed afterwards.
    loading: Loading | None = None
    #: What made the figures; None where nobody recorded it.
    call: Call | None = None

    def made_by(self, function: str, arguments: Mapping[str, Any]) -> Provenance:
        """Return the provenance with the call that made the figures."""
        return replace(self, call=Call(function=function, arguments=arguments))

    def sentence(self) -> str:
        """Say in one line where the figures are from."""
        files = ", ".join(record.name for record in self.files[:3])
        more = f" and {len(self.files) - 3} more" if len(self.files) > 3 else ""
        source = f"{files}{more}" if files else "data frames given by the caller"
        mark = "SIMULATED DATA. " if self.simulated else ""
        return f"{mark}Source: {self.name}; {source}. difass_analysis {self.version}."


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Result:
    """A tidy frame, where it comes from, and the sentences that belong under it."""

    frame: pd.DataFrame
    provenance: Provenance
    caveats: tuple[str, ...] = ()

    def __repr__(self) -> str:
        head = f"<{type(self).__name__}: {len(self.frame)} rows, {self.provenance.name}>"
        body = numbers.plain_text(self.frame)
        notes = "\n".join(f"- {caveat}" for caveat in self.caveats)
        return "\n".join(part for part in (head, body, notes) if part)

    def _repr_html_(self) -> str:
        return str(self.to_table().as_raw_html())

    def to_table(self) -> GT:
        """Return the frame as a formatted great_tables table with caveats and source."""
        return tables.plain_table(
            self.frame, caveats=self.caveats, source=self.provenance.sentence()
        )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class IndicatorTable(Result):
    """Indicators by group: value, bounds, error, numerator and denominator in every row.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row for each indicator and group: ``indicator``, the group columns, ``value``,
        ``lower``, ``upper``, ``se``, ``n`` (independent clusters), ``numerator``,
        ``denominator``, ``unit``, ``method``, ``note``.
    by : tuple of str
        Names of the group columns.
    level : float
        Level of the intervals.
    definitions : pandas.DataFrame
        One row an indicator: ``indicator``, ``label``, ``definition``, ``unit``,
        ``direction``, ``numerator``, ``denominator``, ``source``.
    not_computable : pandas.DataFrame
        ``indicator`` and ``reason`` of what was asked for but cannot be computed.
    """

    by: tuple[str, ...] = ()
    level: float = 0.95
    definitions: pd.DataFrame = field(default_factory=pd.DataFrame)
    not_computable: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame({"indicator": [], "reason": []}, dtype="str")
    )

    def to_table(self) -> GT:
        """Return the indicators as a formatted great_tables table."""
        return tables.indicator_table(
            self.frame,
            by=self.by,
            labels=self._labels(),
            caveats=self.caveats,
            source=self.provenance.sentence(),
        )

    def plot(self, *, indicator: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw one indicator by group with its intervals, and return the Axes.

        Parameters
        ----------
        indicator : str, optional
            Which indicator; may be left out when the table holds only one.
        ax : matplotlib.axes.Axes, optional
            Axes to draw on; a new figure is made without it.

        Raises
        ------
        UsageError
            When the table holds several indicators and none is named, or not the named one.
        """
        one = self.only(self._which(indicator))
        name = str(one.frame["indicator"].iloc[0])
        return charts.intervals(
            one.frame,
            by=self.by,
            title=self._labels().get(name, name),
            caveats=self.caveats,
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            level=self.level,
            ax=ax,
        )

    def only(self, indicator: str) -> IndicatorTable:
        """Return the table restricted to one indicator."""
        rows = self.frame[self.frame["indicator"] == indicator].reset_index(drop=True)
        return replace(self, frame=rows)

    def _which(self, indicator: str | None) -> str:
        held = list(dict.fromkeys(self.frame["indicator"]))
        if indicator is None and len(held) == 1:
            return str(held[0])
        if indicator in held:
            return str(indicator)
        raise UsageError(
            f"The table holds the indicators {', '.join(map(str, held)) or '(none)'}.",
            todo="Name one of them: plot(indicator=...).",
        )

    def _labels(self) -> dict[str, str]:
        if self.definitions.empty:
            return {}
        return dict(zip(self.definitions["indicator"], self.definitions["label"], strict=True))


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Comparison(Result):
    """Groups compared with each other: one row a group.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a group: ``indicator``, the group columns, and what the function that made it
        documents; always ``unit``, ``method`` and ``note``.
    by : tuple of str
        Names of the group columns.
    level : float
        Level of the intervals.
    indicator : str
        Id of the indicator that is compared.
    against : str
        What each group is compared with: ``rest``, ``overall``, or the name of a group; empty
        where groups are set side by side.
    unit : str
        Unit of the quantity that is drawn.
    heading : str
        Title of the picture: what is compared with what.
    quantity : str
        Column that is drawn, with its bounds ``<quantity>_lower`` and ``<quantity>_upper``
        (for ``value``: ``lower`` and ``upper``).
    overall : Pooled, optional
        The value of all groups together, on the scale of the quantity, with its interval and
        where the value of a further group would lie.
    """

    by: tuple[str, ...] = ()
    level: float = 0.95
    indicator: str = ""
    against: str = ""
    unit: str = ""
    heading: str = ""
    quantity: str = "difference"
    overall: forests.Pooled | None = None

    def labels(self) -> list[str]:
        """Name of each row's group, its columns joined; "(not known)" where a code is missing."""
        return group_names(self.frame, self.by)

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the compared quantity with its interval, one line a group; return the Axes."""
        bounds = ("lower", "upper")
        if self.quantity != "value":
            bounds = (f"{self.quantity}_lower", f"{self.quantity}_upper")
        shown = pd.DataFrame(
            {
                "label": self.labels(),
                "value": self.frame[self.quantity],
                "lower": self.frame[bounds[0]],
                "upper": self.frame[bounds[1]],
                "note": self.frame["note"],
                "level": self.level,
            }
        )
        return forests.forest(
            shown,
            title=self.heading,
            unit=self.unit,
            overall=self.overall,
            caveats=self.caveats,
            source=self.provenance.sentence(),
            simulated=self.provenance.simulated,
            ax=ax,
        )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Findings(Result):
    """What is wrong with the data, row by row, and what was done about it.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a finding: ``severity``, ``rule``, ``table``, ``file``, ``line``, ``column``,
        ``key``, ``value``, ``message``, ``todo``.
    rules : pandas.DataFrame
        One row for each rule and table: ``rule``, ``table``, ``severity``, ``checked``,
        ``broken``, ``unknown`` (rows in which a value the rule needs is missing).
    files : pandas.DataFrame
        One row for each file and table: ``file``, ``table``, ``profile``, ``read``, ``kept``,
        ``rejected``; read = kept + rejected.
    rejects : pandas.DataFrame
        Rows set aside: ``file``, ``line``, ``table``, ``reason``, ``raw``.
    """

    rules: pd.DataFrame = field(default_factory=pd.DataFrame)
    files: pd.DataFrame = field(default_factory=pd.DataFrame)
    rejects: pd.DataFrame = field(default_factory=pd.DataFrame)

    def count(self, severity: str) -> int:
        """Count findings of one severity: ``error``, ``warning`` or ``note``."""
        return int((self.frame["severity"] == severity).sum())

    def to_table(self) -> GT:
        """Return the findings as a formatted great_tables table."""
        return tables.findings_table(
            self.frame, caveats=self.caveats, source=self.provenance.sentence()
        )

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the number of findings by rule and severity, and return the Axes."""
        return charts.finding_counts(
            self.rules, source=self.provenance.sentence(), caveats=self.caveats, ax=ax
        )


def group_names(frame: pd.DataFrame, by: Sequence[str]) -> list[str]:
    """Name of each row's group, its columns joined; "(not known)" where a code is missing.

    Examples
    --------
    >>> group_names(pd.DataFrame({"region": ["N", None], "year": [2017, 2018]}), ["region", "year"])
    ['N, 2017', '(not known), 2018']
    """
    if not by:
        return [""] * len(frame)
    columns = [frame[name].tolist() for name in by]
    return [
        ", ".join("(not known)" if pd.isna(part) else str(part) for part in row)
        for row in zip(*columns, strict=True)
    ]


def as_dict(result: Result) -> dict[str, Any]:
    """Return a result as plain data for JSON: rows, caveats and provenance."""
    provenance = result.provenance
    return {
        "rows": numbers.records(result.frame),
        "caveats": list(result.caveats),
        "provenance": {
            "programme": provenance.programme,
            "name": provenance.name,
            "version": provenance.version,
            "simulated": provenance.simulated,
            "settings": dict(provenance.settings),
            "files": [vars(record) for record in provenance.files],
        },
    }
