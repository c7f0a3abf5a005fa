"""Records of provenance: what made a file, from which inputs, told beside the file.

A record is JSON without a date and without an absolute path, so that the same call on the same
inputs writes the same record. A single file has its record beside it, as
``<file>.provenance.json``; a folder that was written in one call has one, ``provenance.json``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

from difass_analysis.display import numbers
from difass_analysis.errors import InputError
from difass_analysis.export.files import atomic_write
from difass_analysis.loading import example_path
from difass_analysis.result import Call, Provenance, Result

FORMAT = "difass_analysis provenance 1"
ENDING = ".provenance.json"
FOLDER_RECORD = "provenance.json"

#: Libraries on which figures, tables and charts depend.
LIBRARIES = (
    "difass_analysis",
    "duckdb",
    "great-tables",
    "matplotlib",
    "narwhals",
    "numpy",
    "pandas",
    "pyarrow",
    "python-docx",
    "scipy",
    "statsmodels",
    "xlsxwriter",
)
_MOST_ROWS = 5_000


def record_path(path: Path) -> Path:
    """Return where the record of a single file stands.

    Examples
    --------
    >>> record_path(Path("tables/ratio.csv")).name
    'ratio.csv.provenance.json'
    """
    return path.with_name(path.name + ENDING)


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries behind the figures."""
    return {"python": python_version(), **_library_versions()}


@cache
def _library_versions() -> dict[str, str]:
    """Return the versions of the libraries, looked up once: a report asks for each table."""
    return {name: version(name) for name in LIBRARIES}


def version_sentence(record: Mapping[str, Any]) -> str:
    """Say whether the versions behind a record are those of today, and which are not.

    Examples
    --------
    >>> now = versions()
    >>> version_sentence({"versions": now}).startswith("Versions: as recorded (difass_analysis ")
    True
    >>> version_sentence({"versions": {**now, "duckdb": "0.1"}})[:35]
    'Versions that differ: duckdb 0.1 th'
    """
    now, held = versions(), record.get("versions")
    then = {str(name): str(one) for name, one in held.items()} if isinstance(held, Mapping) else {}
    if not then:
        return "Versions: not recorded."
    other = [
        f"{name} {then.get(name, 'not recorded')} then, {number} now"
        for name, number in now.items()
        if then.get(name) != number
    ]
    if other:
        return f"Versions that differ: {'; '.join(other)}."
    more = f"difass_analysis {now['difass_analysis']}, Python {now['python']}"
    return f"Versions: as recorded ({more}, and {len(now) - 2} libraries)."


def checksum(content: bytes) -> str:
    """Return the sha256 of bytes as hexadecimal digits."""
    return sha256(content).hexdigest()


def write_file_record(
    result: Result, path: Path, content: bytes, *, table: str = "", figures: bool = False
) -> Path:
    """Write the record of a single file beside it, and return its path.

    Parameters
    ----------
    result : Result
        What was written, as it left: protected, without personal columns.
    path : path
        The file.
    content : bytes
        Its bytes.
    table : str
        Name of the canonical table where the rows are those of one.
    figures : bool
        Whether the record holds the figures too, because they cannot be read back from the file.
    """
    rows = grid(result)
    record: dict[str, Any] = {
        "format": FORMAT,
        "file": path.name,
        "sha256": checksum(content),
        "figures_sha256": checksum(_json(rows)),
        "table": table,
        "disclosure": result.provenance.disclosure,
        "call": call_data(result.provenance.call),
        "programmes": [origin_data(result.provenance, near=path.parent)],
        "versions": versions(),
    }
    if figures and len(rows) <= _MOST_ROWS:
        record["figures"] = rows
    return atomic_write(record_path(path), _json(record))


def write_folder_record(
    folder: Path,
    files: Mapping[str, str],
    *,
    call: Call,
    origins: Sequence[Provenance],
) -> Path:
    """Write the record of a folder that one call has written, and return its path.

    Parameters
    ----------
    folder : path
        The folder.
    files : mapping of str to str
        sha256 of each file by its path inside the folder.
    call : Call
        The function that wrote it, with its arguments.
    origins : sequence of Provenance
        The programmes, in the order in which they were given.
    """
    record = {
        "format": FORMAT,
        "files": dict(sorted(files.items())),
        "call": call_data(call),
        "programmes": [origin_data(one, near=folder) for one in origins],
        "versions": versions(),
    }
    return atomic_write(folder / FOLDER_RECORD, _json(record))


def read_record(path: Path) -> dict[str, Any]:
    """Return the content of a record.

    Raises
    ------
    InputError
        When the file cannot be read, or is no record of this package.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not JSON in UTF-8"
        raise InputError(
            f"The record {path.name} cannot be read: {why}.", todo="Write the file again."
        ) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InputError(
            f"{path.name} is not a record of provenance of the kind '{FORMAT}'.",
            todo="Write the file again with this version.",
        )
    return content


def call_data(call: Call | None) -> dict[str, Any] | None:
    """Return a call as plain data; None where the figures were not made by a recorded call."""
    if call is None:
        return None
    arguments = {name: _plain(value) for name, value in sorted(call.arguments.items())}
    return {"function": call.function, "arguments": arguments}


def call_text(call: Call | None) -> str:
    """Return a call as a line of text; empty where none was recorded.

    Examples
    --------
    >>> call_text(Call(function="measure", arguments={"by": ("year",), "level": 0.95}))
    "measure(by=['year'], level=0.95)"
    """
    held = call_data(call)
    if held is None:
        return ""
    given = ", ".join(f"{name}={value!r}" for name, value in held["arguments"].items())
    return f"{held['function']}({given})"


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(one) for one in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def origin_data(origin: Provenance, *, near: Path) -> dict[str, Any]:
    """Return where figures come from, with the place of the data as seen from a folder."""
    loading = origin.loading
    return {
        "id": origin.programme,
        "name": origin.name,
        "simulated": origin.simulated,
        "currency": origin.currency,
        "price_basis": origin.price_basis,
        "settings": dict(origin.settings),
        "data": _place(Path(loading.path), near) if loading else None,
        "profile": Path(loading.profile).name if loading else "",
        "blank": loading.blank if loading else "",
        "settings_files": dict(loading.settings_files) if loading else {},
        "files": [vars(record) for record in origin.files],
    }


def _place(data: Path, near: Path) -> dict[str, str]:
    """Say where the data are: in the packaged example, or as a path from the record.

    A path that would have to name what lies above a home folder tells of persons or of a
    machine, and is left out: then only the last name is told.
    """
    example = example_path().resolve()
    if data.resolve().is_relative_to(example):
        return {"example": data.resolve().relative_to(example).as_posix()}
    place = {"name": data.name}
    start, end = near.resolve(), data.resolve()
    try:
        above = Path(os.path.commonpath([start, end]))
    except ValueError:  # two drives
        return place
    if above == Path(above.anchor) or above in Path.home().parents:
        return place
    return {**place, "path": Path(os.path.relpath(end, start)).as_posix()}


def grid(result: Result) -> list[list[str]]:
    """Return heading and rows of a result as text, numbers with ten significant digits."""
    frame = result.frame
    columns = [
        [numbers.exact_text(value) for value in frame.iloc[:, place]]
        for place in range(frame.shape[1])
    ]
    return [list(map(str, frame.columns)), *map(list, zip(*columns, strict=True))]


def _json(content: object) -> bytes:
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    return (text + "\n").encode("utf-8", "replace")
