"""Working files for whoever owns the data: findings, rejects, canonical tables.

Unlike what is published, rejects carry the raw text of the row, so that it can be mended at its
source. They stay with the data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import narwhals as nw

from difass_analysis.export.files import atomic_path, atomic_write
from difass_analysis.export.privacy import personal_columns
from difass_analysis.export.text import csv_bytes
from difass_analysis.programme import FILE_COLUMN, LINE_COLUMN, SIMULATED_COLUMN, Programme
from difass_analysis.result import Findings, Result


def write_findings(findings: Findings, folder: Path | str) -> list[Path]:
    """Write ``findings.csv``, ``rules.csv``, ``files.csv`` and ``rejects.csv`` into a folder.

    Parameters
    ----------
    findings : Findings
        What was found.
    folder : path or str
        Where to; made where it does not exist.

    Raises
    ------
    InputError
        When a file cannot be written.
    """
    frames = {
        "findings": findings.frame,
        "rules": findings.rules,
        "files": findings.files,
        "rejects": findings.rejects,
    }
    plain = Result(frame=findings.frame, provenance=findings.provenance)
    return [
        atomic_write(Path(folder) / f"{name}.csv", csv_bytes(replace(plain, frame=frame)))
        for name, frame in frames.items()
    ]


def write_programme(programme: Programme, folder: Path | str) -> list[Path]:
    """Write a programme's canonical tables as parquet, with its findings and rejects.

    The folder is a programme of its own: its ``programme.toml`` names the tables. Simulated
    tables carry a column that says so, also when a file is passed on alone.

    Columns with personal data (contacts, addresses, names of enterprises) are left out.

    Parameters
    ----------
    programme : Programme
        The programme.
    folder : path or str
        Where to; made where it does not exist.

    Raises
    ------
    InputError
        When a file cannot be written.
    """
    written = []
    for name, lazy in sorted(programme.tables.items()):
        hidden = {FILE_COLUMN, LINE_COLUMN, *personal_columns(name)}
        kept = [column for column in lazy.collect_schema().names() if column not in hidden]
        rows = lazy.sort(LINE_COLUMN) if LINE_COLUMN in lazy.collect_schema().names() else lazy
        rows = rows.select(*kept)
        if programme.simulated:
            rows = rows.with_columns(nw.lit(True).alias(SIMULATED_COLUMN))
        with atomic_path(Path(folder) / f"{name}.parquet") as part:
            programme.engine.write_parquet(rows, part)
        written.append(Path(folder) / f"{name}.parquet")
    settings = atomic_write(Path(folder) / "programme.toml", _settings_toml(programme))
    return [*written, settings, *write_findings(programme.findings, folder)]


def _settings_toml(programme: Programme) -> bytes:
    """Write the settings that let the folder be loaded as a programme again."""
    own = programme.settings
    texts = {
        "id": own.id,
        "name": own.name,
        "description": own.description,
        "currency": own.currency,
        "price_basis": own.price_basis,
        "nuts_version": own.nuts_version,
        "indicator_system": own.indicator_system,
        "published": own.published,
        "simulated": own.simulated,
        "caveats": list(programme.caveats),
    }
    lines = [f"{key} = {_toml(value)}" for key, value in texts.items()]
    if own.disclosure:
        lines += [f"disclosure = {_toml(own.disclosure)}"]
    for budget in own.budgets:
        lines += ["", "[[budget]]", *(f"{key} = {_toml(v)}" for key, v in vars(budget).items())]
    for indicator in own.indicators:
        lines += ["", "[[indicators]]", *(f"{key} = {_toml(v)}" for key, v in indicator.items())]
    for name in sorted(programme.tables):
        lines += ["", "[[sources]]", f'file = "{name}.parquet"', f'table = "{name}"']
    return ("\n".join(lines) + "\n").encode("utf-8")


def _toml(value: object) -> str:
    """Write a value as TOML on one line.

    Examples
    --------
    >>> _toml({"column": "year", "in": [2017, 2018], "known": True})
    '{column = "year", in = [2017, 2018], known = true}'
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    # A JSON string is a TOML basic string as long as letters are kept as they are.
    return json.dumps(value, ensure_ascii=False)
