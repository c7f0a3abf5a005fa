"""Recorded figures made anew: the programme loaded again, the recorded call repeated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from difass_analysis.comparison import compare, decompose
from difass_analysis.disclosure import Switch, protect_one
from difass_analysis.engine import Engine
from difass_analysis.errors import InputError, UsageError
from difass_analysis.loading import example_path, load
from difass_analysis.measurement import measure
from difass_analysis.programme import Programme
from difass_analysis.programme.settings import blank_of
from difass_analysis.result import Result

#: Functions that a record may name, with their arguments.
_ARGUMENTS = {
    "measure": ("indicators", "by", "where", "level"),
    "compare": ("indicator", "by", "benchmark", "where", "level", "seed"),
    "decompose": ("indicator", "by", "over", "against", "group", "where", "level"),
}
_REPEATED: Mapping[str, Callable[..., Result]] = {
    "measure": measure,
    "compare": compare,
    "decompose": decompose,
}


def reload(
    origin: Mapping[str, Any], *, near: Path, data: Path | None, engine: Engine
) -> Programme:
    """Load the programme of a record again.

    Parameters
    ----------
    origin : mapping
        One of the ``programmes`` of a record.
    near : path
        Folder of the record.
    data : path, optional
        Where the data are now; as the record says without it.
    engine : Engine
        What computes.

    Raises
    ------
    UsageError
        When the data are not where the record says.
    InputError
        When a file is missing or cannot be read.
    """
    place = origin.get("data")
    if not isinstance(place, Mapping):
        raise UsageError(
            f"The figures of '{origin.get('name', '')}' were made from frames in memory, or from "
            "data changed after loading: nothing records where they are.",
            todo="Load the data from files, and write the figures again.",
        )
    where = _where(place, near, data)
    blank = str(origin.get("blank") or "")
    return load(
        where,
        profile=_profile(str(origin.get("profile") or ""), where, near),
        blank=blank_of(blank, where="record") if blank else None,
        engine=engine,
    )


def _where(place: Mapping[str, Any], near: Path, data: Path | None) -> Path:
    name = str(place.get("name") or "")
    if data is not None:
        inside = data / name if name else data
        if not data.exists():
            raise UsageError(f"There is nothing at {data}.", todo="Correct --data.")
        return inside if name and inside.exists() else data
    if "example" in place:
        return example_path() / str(place["example"])
    if "path" in place and (near / str(place["path"])).exists():
        return near / str(place["path"])
    raise UsageError(
        f"The data '{name}' are not where the record says.",
        todo="Say where they are: --data PATH.",
    )


def _profile(name: str, data: Path, near: Path) -> str | None:
    """Profile of a single file: shipped, beside the data, or beside the record."""
    if not name:
        return None
    if (near / name).is_file() and not (data.parent / name).is_file():
        return str((near / name).resolve())
    return name


def changes(origin: Mapping[str, Any], programme: Programme) -> list[str]:
    """Say which input files are not those of the record; an empty list where all are.

    Parameters
    ----------
    origin : mapping
        One of the ``programmes`` of a record.
    programme : Programme
        The same programme, loaded again.
    """
    loading = programme.provenance.loading
    now = {record.name: record.sha256 for record in programme.provenance.files}
    now |= dict(loading.settings_files) if loading else {}
    files = _list(origin, "files")
    then = {str(one.get("name")): str(one.get("sha256")) for one in files if isinstance(one, dict)}
    settings = origin.get("settings_files")
    then |= {str(k): str(v) for k, v in settings.items()} if isinstance(settings, Mapping) else {}
    said = [f"{name} is not there any more." for name in sorted(set(then) - set(now))]
    said += [f"{name} is new." for name in sorted(set(now) - set(then))]
    both = sorted(set(now) & set(then))
    return said + [f"{name} has changed." for name in both if now[name] != then[name]]


def repeat(record: Mapping[str, Any], programme: Programme) -> Result:
    """Repeat the call of a record of a single file, with disclosure control as it was.

    Raises
    ------
    UsageError
        When the record names no call, or one that cannot be repeated.
    InputError
        When the record is damaged.
    """
    call = record.get("call")
    name = str(call.get("function")) if isinstance(call, Mapping) else ""
    if name not in _REPEATED:
        raise UsageError(
            f"The record of {record.get('file', 'this file')} names no call that can be repeated.",
            todo=f"Offered are files written from the results of {', '.join(sorted(_REPEATED))}.",
        )
    given = cast(Mapping[str, Any], call).get("arguments")
    if not isinstance(given, Mapping) or not set(given) <= set(_ARGUMENTS[name]):
        raise InputError(
            f"The record of {record.get('file', 'this file')} is damaged.",
            todo="Write the file again.",
        )
    result = _called(name, given, programme)
    status = str(record.get("disclosure") or "")
    if status in ("", "required"):
        return result
    switch: Switch = "off" if status == "off" else "on"
    return protect_one(
        result, programme=programme, where=given.get("where") or None, disclosure=switch
    )


def _called(name: str, given: Mapping[str, Any], programme: Programme) -> Result:
    arguments = dict(given)
    if name == "measure":
        return _REPEATED[name](programme, **arguments)
    indicator = arguments.pop("indicator", "")
    return _REPEATED[name](programme, indicator, **arguments)


def _list(content: Mapping[str, Any], key: str) -> Sequence[Any]:
    value = content.get(key)
    return value if isinstance(value, list) else []
