"""Verify what left: are the figures those that the recorded inputs and settings give?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import pandas as pd

from difass_analysis.engine import Engine, make_engine
from difass_analysis.errors import DifassError, InputError, ProfileError, UsageError
from difass_analysis.export.folders import is_inside
from difass_analysis.export.kinds import PICTURES, safe_result, table_writer
from difass_analysis.export.reading_back import Difference, cells_of, differences
from difass_analysis.export.recomputing import changes, reload, repeat
from difass_analysis.export.records import (
    FOLDER_RECORD,
    checksum,
    grid,
    read_record,
    record_path,
    version_sentence,
)
from difass_analysis.programme import Programme
from difass_analysis.reporting import report

Status = Literal["same", "inputs changed", "figures differ"]

_MOST = 1_000
_NAMED = 4
_NUMBER = re.compile(r"\s*[-\u2212]?\d")
_REPORT_ARGUMENTS = {"level", "disclosure", "language", "also"}
_COLUMNS = ("file", "place", "recorded", "recomputed")
REWRITTEN = "{name} was changed after it was written, but its figures are the recorded ones."
LOOKS = "{name} would look different today, with the same figures: other versions of libraries."


@dataclass(frozen=True, eq=False, kw_only=True)
class Verdict:
    """Whether figures are those that their recorded inputs give.

    Attributes
    ----------
    status : str
        ``same``, ``inputs changed`` or ``figures differ``.
    sentences : tuple of str
        Which inputs changed, which files differ, what could not be compared.
    compared : tuple of str
        What was compared: the file and how many figures, the inputs, the versions. Empty where
        nothing was, because the inputs changed.
    differences : pandas.DataFrame
        One row for each cell that differs, the first thousand: ``file``, ``place``, ``recorded``
        (as the file has it) and ``recomputed``.
    """

    status: Status
    sentences: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()
    differences: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=_COLUMNS))

    @property
    def same(self) -> bool:
        """Whether the inputs are unchanged and give the same figures."""
        return self.status == "same"


def verify(
    path: Path | str, *, data: Path | str | None = None, engine: Engine | None = None
) -> Verdict:
    """Make the figures of a file, or of the folder of a report, anew, and compare.

    Parameters
    ----------
    path : path or str
        A table or chart with its record ``<name>.provenance.json``, a file of a report, or the
        folder of a report (with its ``provenance.json``).
    data : path or str, optional
        Where the inputs are now; where the record says, as seen from its own place, without it.
    engine : Engine, optional
        What computes; DuckDB in this process without it.

    Returns
    -------
    Verdict
        ``inputs changed`` when a file that was read then has another checksum now, or is gone:
        figures are not compared then, since they would have to differ. Otherwise ``figures
        differ`` or ``same``. Numbers are compared to the tenth digit.

    Raises
    ------
    UsageError
        When the data are not where the record says, or the record names no call that can be
        repeated.
    InputError
        When there is no record, or the file or its record cannot be read.

    Examples
    --------
    >>> from difass_analysis.export import write_table
    >>> from difass_analysis.loading import load
    >>> from difass_analysis.measurement import measure
    >>> with TemporaryDirectory() as folder:
    ...     table = write_table(measure(load(), by=["year"]), f"{folder}/ratios.csv")
    ...     before = verify(table)
    ...     _ = table.write_text(table.read_text().replace("1.333333333", "1.5"))
    ...     found = verify(table)
    >>> before.status, found.status
    ('same', 'figures differ')
    >>> found.differences[["place", "recorded", "recomputed"]].values[0].tolist()
    ["row 2, 'value'", '1.5', '1.333333333']
    """
    path = Path(path)
    where = None if data is None else Path(data)
    engine = engine or make_engine()
    if not path.exists():
        raise InputError(f"There is no file {path}.", todo="Correct the path.")
    if path.is_dir():
        return _folder(path, read_record(_folder_record(path)), where, engine, only=None)
    if path.name == FOLDER_RECORD:
        return _folder(path.parent, read_record(path), where, engine, only=None)
    own = record_path(path)
    if own.is_file():
        return _file(path, read_record(own), where, engine)
    top = _report_of(path)
    only = path.resolve().relative_to(top.resolve()).as_posix()
    return _folder(top, read_record(top / FOLDER_RECORD), where, engine, only=only)


def _folder_record(folder: Path) -> Path:
    path = folder / FOLDER_RECORD
    if not path.is_file():
        raise InputError(
            f"{folder} has no record {FOLDER_RECORD}.",
            todo="Name the folder of a report, or a single file.",
        )
    return path


def _report_of(path: Path) -> Path:
    """Folder of the report that a file belongs to."""
    for folder in list(path.resolve().parents)[:3]:
        record = folder / FOLDER_RECORD
        if record.is_file():
            name = path.resolve().relative_to(folder).as_posix()
            if name in _files(read_record(record)):
                return folder
    raise InputError(
        f"{path.name} has no record: neither {record_path(path).name} beside it nor the "
        f"{FOLDER_RECORD} of a report that names it.",
        todo="Put the record beside the file again, or write the file anew.",
    )


def _files(record: Mapping[str, Any]) -> dict[str, str]:
    files = record.get("files")
    if not isinstance(files, Mapping) or not all(is_inside(str(name)) for name in files):
        raise InputError(f"The record {FOLDER_RECORD} is damaged.", todo="Write the report again.")
    return {str(name): str(mark) for name, mark in files.items()}


def _programmes(
    record: Mapping[str, Any], near: Path, data: Path | None, engine: Engine
) -> list[Programme] | Verdict:
    """Load the programmes of a record again, or say which inputs changed."""
    origins = record.get("programmes")
    if not isinstance(origins, list) or not origins:
        raise InputError("The record names no programme.", todo="Write the file again.")
    loaded, changed = [], []
    for origin in origins:
        try:
            programme = reload(origin, near=near, data=data, engine=engine)
        except (InputError, ProfileError) as error:
            changed.append(str(error))
            continue
        loaded.append(programme)
        changed += changes(origin, programme)
    return Verdict(status="inputs changed", sentences=tuple(changed)) if changed else loaded


def _file(path: Path, record: Mapping[str, Any], data: Path | None, engine: Engine) -> Verdict:
    """Verify a table or chart that has a record of its own."""
    content = path.read_bytes()
    ending = path.suffix.lower()
    old = _drawn_figures(path, record) if ending in PICTURES else cells_of(content, ending)
    found = _programmes(record, path.parent, data, engine)
    if isinstance(found, Verdict):
        return found
    again = safe_result(repeat(record, found[0]), table=str(record.get("table") or ""))
    compared = _told(_figures_text(path.name, old), found, record)
    if ending in PICTURES:
        touched = checksum(content) != record.get("sha256")
        cells = [(path.name, one) for one in differences(old, {"": grid(again)})]
        said = [f"{path.name} was changed after it was written."] if touched else []
        return replace(_verdict(cells, said, failed=touched), compared=compared)
    fresh = table_writer(path)(again)
    cells = [(path.name, one) for one in differences(old, cells_of(fresh, ending))]
    remarks = _remarks(path.name, content, fresh, str(record.get("sha256")), cells)
    return replace(_verdict(cells, remarks), compared=compared)


def _told(what: str, programmes: Sequence[Programme], record: Mapping[str, Any]) -> tuple[str, ...]:
    """Say what was compared with what: figures, inputs with their checksums, versions."""
    names = [
        name
        for one in programmes
        for name in dict.fromkeys(
            [
                *(held.name for held in one.provenance.files),
                *(dict(one.provenance.loading.settings_files) if one.provenance.loading else {}),
            ]
        )
    ]
    shown = ", ".join(names[:_NAMED]) + (
        f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    )
    noun = "file, its checksum" if len(names) == 1 else "files, all checksums"
    inputs = f"Inputs: {len(names):,} {noun} as recorded: {shown}."
    return (f"Compared: {what}.", inputs, version_sentence(record))


def _figures_text(name: str, cells: Mapping[str, list[list[str]]]) -> str:
    """Say how many cells of a file hold a figure; nothing of a file that holds no cells."""
    if not cells:
        return f"{name}, byte for byte"
    count = _figures(cells)
    return f"{name}, {count:,} cell{'' if count == 1 else 's'} with a figure"


def _figures(cells: Mapping[str, list[list[str]]]) -> int:
    """Count the cells that begin with a number, below the headings."""
    rows = [row for grid in cells.values() for row in grid[1:]]
    return sum(bool(_NUMBER.match(cell)) for row in rows for cell in row)


def _drawn_figures(path: Path, record: Mapping[str, Any]) -> dict[str, list[list[str]]]:
    rows = record.get("figures")
    if not isinstance(rows, list):
        raise UsageError(
            f"The record of {path.name} does not hold the figures that are drawn.",
            todo="Verify the table that was written from the same result.",
        )
    return {"": [list(map(str, row)) for row in rows]}


def _remarks(
    name: str, content: bytes, fresh: bytes, recorded: str, cells: Sequence[object]
) -> list[str]:
    """Say what is odd about a file although its figures are right."""
    if cells or content == fresh:
        return []
    touched = checksum(content) != recorded
    return [(REWRITTEN if touched else LOOKS).format(name=name)]


def _verdict(
    cells: Sequence[tuple[str, Difference]], sentences: Sequence[str], *, failed: bool = False
) -> Verdict:
    rows = [(name, one.place, one.old, one.new) for name, one in cells[:_MOST]]
    more = [f"{len(cells):,} cells differ; the first {_MOST:,} are listed."]
    said = [*(more if len(cells) > _MOST else []), *dict.fromkeys(sentences)]
    return Verdict(
        status="figures differ" if cells or failed else "same",
        sentences=tuple(said),
        differences=pd.DataFrame(rows, columns=list(_COLUMNS)),
    )


def _folder(
    top: Path, record: Mapping[str, Any], data: Path | None, engine: Engine, *, only: str | None
) -> Verdict:
    """Verify a report, or one file of it, by writing it again elsewhere."""
    files = _files(record)
    found = _programmes(record, top, data, engine)
    if isinstance(found, Verdict):
        return found
    with TemporaryDirectory() as folder:
        fresh = Path(folder)
        _report_again(record, found, fresh)
        names = (
            [only] if only else sorted(set(files) | set(_files(read_record(fresh / FOLDER_RECORD))))
        )
        cells: list[tuple[str, Difference]] = []
        said: list[str] = []
        failed = False
        for name in names:
            more, remarks, wrong = _compared(name, top, fresh, files.get(name, ""))
            cells += more
            said += remarks
            failed |= wrong
    what = _folder_text(top, [name for name in names if (top / name).is_file()], whole=not only)
    return replace(_verdict(cells, said, failed=failed), compared=_told(what, found, record))


def _folder_text(top: Path, names: Sequence[str], *, whole: bool) -> str:
    if not whole:
        one = top / names[0] if names else top
        return _figures_text(one.name, _readable(one))
    tables = [name for name in names if name.endswith(".csv")]
    count = sum(_figures(_readable(top / name)) for name in tables)
    return (
        f"{len(names):,} files of the report in {top.name}, among them {len(tables):,} tables as "
        f"CSV with {count:,} cells with a figure"
    )


def _readable(path: Path) -> dict[str, list[list[str]]]:
    """Cells of a file; none of a damaged one, which is told apart."""
    try:
        return cells_of(path.read_bytes(), path.suffix.lower())
    except InputError:
        return {}


def _report_again(record: Mapping[str, Any], programmes: list[Programme], out: Path) -> None:
    call = record.get("call")
    given = call.get("arguments") if isinstance(call, Mapping) else None
    if not isinstance(call, Mapping) or call.get("function") != "report":
        raise UsageError(
            "The record names no call that can be repeated.", todo="Verify the folder of a report."
        )
    if isinstance(given, Mapping) and given.get("sections"):
        raise UsageError(
            "The report has sections of its own, which only the code that made it can repeat.",
            todo="Write it again with that code, and compare.",
        )
    if not isinstance(given, Mapping) or not set(given) <= _REPORT_ARGUMENTS:
        raise InputError(f"The record {FOLDER_RECORD} is damaged.", todo="Write the report again.")
    language = str(given.get("language") or "en")
    if language.endswith(".po"):
        raise UsageError(
            f"The report is in a language of its own: {language}.",
            todo="Write it again with that file, and compare.",
        )
    report(programmes, out, **{**given, "language": language})


def _compared(
    name: str, top: Path, fresh: Path, recorded: str
) -> tuple[list[tuple[str, Difference]], list[str], bool]:
    """Compare one file of a report: cells that differ, remarks, and whether it must not count."""
    old, new = top / name, fresh / name
    if not old.is_file():
        return [], [f"{name} is missing."], True
    if not new.is_file():
        return [], [f"{name} is not written any more."], True
    content, again = old.read_bytes(), new.read_bytes()
    if content == again:
        return [], [], False
    ending = old.suffix.lower()
    touched = checksum(content) != recorded
    try:
        before, after = cells_of(content, ending), cells_of(again, ending)
    except DifassError as error:
        return [], [f"{name}: {error.message}"], True
    cells = [(name, one) for one in differences(before, after)]
    if cells:
        return cells, [f"{name} was changed after it was written."] if touched else [], False
    if touched and not before:  # a picture, of which no cell can be read
        return [], [f"{name} was changed after it was written."], True
    return [], _remarks(name, content, again, recorded, ()), False


def lines_of(verdict: Verdict) -> Iterator[str]:
    """Yield a verdict as lines for people: the status, what was compared, the first cells."""
    yield verdict.status
    yield from (f"  {sentence}" for sentence in verdict.compared)
    for sentence in verdict.sentences:
        yield f"- {sentence}"
    rows = verdict.differences.to_dict("records")
    for row in rows[:20]:
        both = f"{row['recorded']!r} in the file, {row['recomputed']!r} recomputed"
        yield f"- {row['file']}, {row['place']}: {both}"
    if len(rows) > 20:
        yield f"- and {len(rows) - 20:,} more cells."
