"""Load programmes: read files by profile, apply the rules, set unusable rows aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import narwhals as nw
import pandas as pd

from difass_analysis.engine import Engine, Lazy, make_engine
from difass_analysis.errors import DifassError, InputError, ProfileError, UsageError
from difass_analysis.programme import (
    SIMULATED_COLUMN,
    Blank,
    Programme,
    Settings,
    assemble,
    with_findings,
)
from difass_analysis.programme.canonical import conform
from difass_analysis.programme.settings import SourceEntry, read_toml, settings_of
from difass_analysis.result import FileRecord, Findings, Loading
from difass_analysis.sources import (
    Draft,
    Mapped,
    Profile,
    RawTable,
    detect,
    draft,
    load_profile,
    raw_text,
    read,
)
from difass_analysis.sources import apply as apply_profile
from difass_analysis.validation import Reading, find_problems, usable

SETTINGS_FILE = "programme.toml"

#: Above this many bytes files are read with little memory: large lists must fit small machines.
LARGE = 200_000_000

#: With more unreadable cells than this the profile does not fit the file, and it is refused.
UNREADABLE_LIMIT = 100_000


@dataclass(frozen=True, eq=False, kw_only=True)
class _Source:
    """One file as it was read, with the profile that read it and the tables it fills."""

    raw: RawTable
    profile: Profile
    mapped: tuple[Mapped, ...]
    remarks: tuple[str, ...] = ()


def example_path() -> Path:
    """Return the folder of the packaged example: five programmes.

    In an installed package it is inside the package; in a checkout it is ``data/raw``.
    """
    package = Path(str(files("difass_analysis")))
    installed = package / "example"
    return installed if installed.is_dir() else package.parent / "data" / "raw"


def load(
    path: str | Path | None = None,
    *,
    profile: str | Path | None = None,
    blank: Blank | None = None,
    engine: Engine | None = None,
) -> Programme:
    """Load one programme from its folder, or from a single file.

    Parameters
    ----------
    path : str or pathlib.Path, optional
        A folder with ``programme.toml``, or one file; the Emilia-Romagna example without it.
    profile : str or pathlib.Path, optional
        For a single file: the profile that reads it, by name or TOML file; detected without it.
        Where no shipped profile fits, one is drafted, and only what it is sure of is read.
    blank : {"unknown", "zero"}, optional
        How blank amounts are read; as the profile says without it.
    engine : Engine, optional
        What computes; DuckDB in this process without it.

    Returns
    -------
    Programme
        With its findings filled in, and without the rows that cannot be used.

    Raises
    ------
    InputError
        When the path holds no programme, several of them, or a file that cannot be read.
    ProfileError
        When ``programme.toml`` or a profile is wrong.

    Examples
    --------
    >>> load(example_path() / "emilia_romagna_clusters").name
    'Emilia-Romagna: promotion of SME clusters abroad'
    """
    where = example_path() / "emilia_romagna_clusters" if path is None else Path(path)
    engine = engine or make_engine()
    with engine.frugal() if _bytes(where) > LARGE else nullcontext():
        if where.is_dir():
            _refuse_profile(where, profile)
            programme = _load_folder(where, blank=blank, engine=engine)
        else:
            programme = _load_file(where, profile=profile, blank=blank, engine=engine)
    return _loaded_from(programme, where, profile=profile, blank=blank)


def _loaded_from(
    programme: Programme, where: Path, *, profile: str | Path | None, blank: Blank | None
) -> Programme:
    """Keep how a programme was loaded, with the checksums of what its files were read by."""
    held = sorted(where.glob("*.toml")) if where.is_dir() else []
    if profile is not None and Path(profile).suffix == ".toml":
        held = [where.parent / profile]
    loading = Loading(
        path=str(where.resolve()),
        profile=str(profile or ""),
        blank=blank or "",
        settings_files={path.name: sha256(path.read_bytes()).hexdigest() for path in held},
    )
    provenance = replace(programme.provenance, loading=loading)
    findings = replace(programme.findings, provenance=provenance)
    return replace(programme, provenance=provenance, findings=findings)


def _bytes(where: Path) -> int:
    """Size of a file, or of the files in a folder."""
    held = where.iterdir() if where.is_dir() else [where]
    return sum(path.stat().st_size for path in held if path.is_file())


def load_all(
    path: str | Path | None = None,
    *,
    profile: str | Path | None = None,
    blank: Blank | None = None,
    engine: Engine | None = None,
) -> tuple[Programme, ...]:
    """Load every programme of a path: a programme, a file, or a folder of programmes.

    Parameters and errors are those of :func:`load`; without a path the whole packaged example
    is loaded. Programmes with figures come first, then by name of the folder.

    Examples
    --------
    >>> [programme.id for programme in load_all()][0]
    'emilia_romagna_clusters'
    """
    where = example_path() if path is None else Path(path)
    engine = engine or make_engine()
    if not where.is_dir() or (where / SETTINGS_FILE).is_file():
        return (load(where, profile=profile, blank=blank, engine=engine),)
    _refuse_profile(where, profile)
    folders = sorted(found.parent for found in where.glob(f"*/{SETTINGS_FILE}"))
    if not folders:
        raise InputError(
            f"{where} holds no programme: neither {SETTINGS_FILE} nor folders with one.",
            todo=f"Write a {SETTINGS_FILE}, or name a single file.",
        )
    loaded = [load(folder, blank=blank, engine=engine) for folder in folders]
    return tuple(sorted(loaded, key=lambda programme: not _has_figures(programme)))


def check(programme: Programme) -> Findings:
    """Apply all rules to a programme made of frames, and return what they find.

    Examples
    --------
    >>> frame = pd.DataFrame({"operation_id": ["a", "a"], "public_amount": [10.0, -1.0]})
    >>> sorted(set(check(Programme.from_frames(operations=frame)).frame["rule"]))
    ['below_range', 'duplicate_key']
    """
    return find_problems(programme)


def set_aside(programme: Programme) -> Programme:
    """Return a programme of frames with its findings, without the rows that cannot be used."""
    return _checked(programme, find_problems(programme), programme.provenance.files)


def _refuse_profile(folder: Path, profile: str | Path | None) -> None:
    if profile is not None:
        raise UsageError(
            f"A profile is for a single file; {folder} is a folder.",
            todo=f"State the profile of each file in its {SETTINGS_FILE}, or name one file.",
        )


def _has_figures(programme: Programme) -> bool:
    return bool({"calls", "operations", "participations", "loans"} & set(programme.tables))


def _load_folder(folder: Path, *, blank: Blank | None, engine: Engine) -> Programme:
    path = folder / SETTINGS_FILE
    if not path.is_file():
        inside = sorted(found.parent.name for found in folder.glob(f"*/{SETTINGS_FILE}"))
        hint = (
            f"Name one of its programmes: {', '.join(inside)}."
            if inside
            else (f"Write a {SETTINGS_FILE} that lists its files, or name a single file.")
        )
        raise InputError(f"{folder} has no {SETTINGS_FILE}.", todo=hint)
    settings = settings_of(read_toml(path), where=f"{folder.name}/{SETTINGS_FILE}")
    if not settings.sources:
        raise _no_sources(folder)
    sources = [
        _read_source(
            found,
            load_profile(entry.profile, folder=folder),
            entry.table,
            blank,
            engine,
            currency=settings.currency,
        )
        for entry in settings.sources
        for found in _found(folder, entry)
    ]
    return _build(settings, sources, engine)


def _no_sources(folder: Path) -> ProfileError:
    """A folder whose files are not listed would read as data without a fault."""
    held = sorted(path.name for path in folder.iterdir() if path.name != SETTINGS_FILE)
    some = ", ".join(held[:5]) + (f" and {len(held) - 5} more" if len(held) > 5 else "")
    return ProfileError(
        f"{folder.name}/{SETTINGS_FILE} lists no file to read"
        + (f"; in the folder: {some}." if held else ", and there is none in the folder."),
        todo='Add for each file [[sources]] with file = "..." and table = "..." (docs/data.md).',
    )


def _found(folder: Path, entry: SourceEntry) -> list[Path]:
    """Files of one source entry; a path that leaves the programme's folder is refused."""
    if Path(entry.file).is_absolute() or ".." in Path(entry.file).parts:
        raise ProfileError(
            f"{folder.name}/{SETTINGS_FILE}: '{entry.file}' leaves the programme's folder.",
            todo="Put the file into the folder.",
        )
    found = sorted(folder.glob(entry.file))
    if not found:
        raise InputError(
            f"{folder.name}/{SETTINGS_FILE} names '{entry.file}', but there is no such file.",
            todo="Add the file, or take the source out of the list.",
        )
    for path in found:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise InputError(
                f"{path.name} is a link that leads out of {folder.name}.",
                todo="Put the file itself into the folder.",
            )
    return found


def _load_file(
    path: Path, *, profile: str | Path | None, blank: Blank | None, engine: Engine
) -> Programme:
    known = detect(path) if profile is None else load_profile(profile, folder=path.parent)
    drafted = None
    if known is None:
        drafted = _drafted(path, engine)
        known = drafted.profile
    content = {"id": path.stem, "name": path.name, "published": known.published}
    where = f"profile '{known.id}', [programme]"
    settings = settings_of(content | dict(known.programme), where=where)
    remarks = drafted.confirm if drafted else ()
    source = _read_source(
        path, known, "", blank, engine, currency=settings.currency, remarks=remarks
    )
    programme = _build(settings, [source], engine)
    return (
        replace(programme, caveats=(*programme.caveats, drafted.caveat)) if drafted else programme
    )


def _drafted(path: Path, engine: Engine) -> Draft:
    """Draft a profile of a file that no shipped one fits."""
    try:
        return draft(path)
    except DifassError:
        # A damaged file has no headings to recognise: its own trouble is said first.
        read(path, load_profile("canonical"), engine=engine)
        raise


def _read_source(
    path: Path,
    profile: Profile,
    table: str,
    blank: Blank | None,
    engine: Engine,
    *,
    currency: str = "",
    remarks: tuple[str, ...] = (),
) -> _Source:
    raw = read(path, profile, engine=engine)
    mapped = apply_profile(raw, profile, engine=engine, table=table, blank=blank, currency=currency)
    for one in mapped:
        unreadable = sum(one.problem_counts.values())
        if unreadable > UNREADABLE_LIMIT:
            raise InputError(
                f"{raw.name}: {unreadable:,} cells cannot be read with the profile "
                f"'{profile.id}'; the first is {one.problems['message'].iloc[0]}",
                todo="The profile does not fit this file: correct its marks and formats.",
            )
    return _Source(raw=raw, profile=profile, mapped=tuple(mapped), remarks=remarks)


def _build(settings: Settings, sources: Sequence[_Source], engine: Engine) -> Programme:
    parts: dict[str, list[Lazy]] = {}
    for source in sources:
        for one in source.mapped:
            parts.setdefault(one.table, []).append(one.lazy)
    tables = {
        name: engine.materialise(conform(_stacked(lazies), name)) for name, lazies in parts.items()
    }
    if any(_says_simulated(lazy, engine) for lazy in tables.values()):
        settings = replace(settings, simulated=True)
    readings = [_reading(source, one, engine) for source in sources for one in source.mapped]
    choices = {"blank": ", ".join(sorted({one.blank for s in sources for one in s.mapped}))}
    programme = assemble(settings, tables, engine=engine, choices=choices)
    findings = find_problems(programme, readings=readings)
    records = tuple(
        _record(source, row)
        for source, row in zip(
            (source for source in sources for _ in source.mapped),
            findings.files.to_dict("records"),
            strict=True,
        )
    )
    raw_programme = assemble(settings, tables, engine=engine, choices=choices, files=records)
    return _checked(raw_programme, findings, records, base=tables)


def _says_simulated(lazy: Lazy, engine: Engine) -> bool:
    """Whether rows say of themselves that they are simulated."""
    if SIMULATED_COLUMN not in lazy.collect_schema().names():
        return False
    said = nw.col(SIMULATED_COLUMN).cast(nw.String).str.to_lowercase()
    return (
        len(
            engine.collect(lazy.select(said.alias("said")).filter(nw.col("said") == "true").head(1))
        )
        > 0
    )


def _stacked(lazies: Sequence[Lazy]) -> Lazy:
    """Put files of one table under each other; a column that one lacks is missing there."""
    if len(lazies) == 1:
        return lazies[0]
    return nw.concat(list(lazies), how="diagonal")


def _checked(
    programme: Programme,
    findings: Findings,
    records: tuple[FileRecord, ...],
    *,
    base: Mapping[str, Lazy] | None = None,
) -> Programme:
    """Leave out the rows set aside, and derive again what follows from other columns."""
    if base is not None and findings.rejects.empty:
        kept: Mapping[str, Lazy] = base
    else:
        source = programme if base is None else assemble_plain(programme, base)
        kept = usable(source, findings)
    again = assemble(
        programme.settings,
        kept,
        engine=programme.engine,
        files=records,
        choices=programme.provenance.settings,
    )
    again = replace(again, caveats=programme.caveats)
    return with_findings(again, Findings(**{**vars(findings), "provenance": again.provenance}))


def assemble_plain(programme: Programme, tables: Mapping[str, Lazy]) -> Programme:
    """Return the programme with the tables as they were read, before anything was derived."""
    return Programme(**{**vars(programme), "tables": tables})


def _reading(source: _Source, one: Mapped, engine: Engine) -> Reading:
    # Amounts at a ceiling have a rule of their own that serves frames as well.
    texts = one.suspects[~one.suspects["column"].astype("str").str.endswith("_amount")]
    remarks = [
        f"{column}: {count:,} cells look damaged, for example on line {_first(texts, column)}."
        for column, count in one.suspect_counts.items()
        if count and not column.endswith("_amount")
    ]
    return Reading(
        file=source.raw.name,
        table=one.table,
        profile=source.profile.id,
        rows_read=source.raw.rows_read,
        lost=source.raw.lost,
        problems=one.problems,
        variants=one.variants,
        remarks=(*source.raw.notes, *source.remarks, *one.remarks, *remarks),
        parts=one.parts,
        total=one.total,
        raw_text=partial(_raw, source.raw, engine),
        one_of=one.one_of,
        required=one.required,
        warnings=one.warnings,
        repaired=source.raw.repaired if one is source.mapped[0] else None,
    )


def _first(texts: pd.DataFrame, column: str) -> str:
    mine = texts[texts["column"] == column]
    return str(mine["line"].min()) if len(mine) else "?"


def _raw(raw: RawTable, engine: Engine, lines: list[int]) -> pd.DataFrame:
    return raw_text(raw, lines, engine=engine)


def _record(source: _Source, account: Mapping[Any, Any]) -> FileRecord:
    return FileRecord(
        name=source.raw.name,
        sha256=source.raw.sha256,
        size_bytes=source.raw.size_bytes,
        profile=source.profile.id,
        table=str(account["table"]),
        rows_read=int(str(account["read"])),
        rows_kept=int(str(account["kept"])),
        rows_rejected=int(str(account["rejected"])),
    )
