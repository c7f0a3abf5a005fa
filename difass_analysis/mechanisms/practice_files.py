"""Read the forms that partners filled in for their good practices."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from difass_analysis import evidence
from difass_analysis.errors import InputError, UsageError, one_of
from difass_analysis.mechanisms.practice_forms import HEADINGS, SHEET
from difass_analysis.schema import table_of
from difass_analysis.schema.good_practice import practice_fields
from difass_analysis.sources.workbook import loaded_sheet, opened_workbook

_LARGEST = 5_000_000
_ANSWER = HEADINGS.index("Your text")


def read_practice(path: Path | str) -> pd.DataFrame:
    r"""Read one filled-in form of a good practice, TOML or XLSX.

    Parameters
    ----------
    path : path or str
        A form made by :func:`practice_form`, filled in.

    Returns
    -------
    pandas.DataFrame
        One row with the columns of table ``practices`` that the form has. An empty answer is
        missing. Without a key of its own the name of the file is the key. Texts are kept as
        they are, however long; what is missing or too long is found by ``check`` and by
        :func:`assess_practices`. A step written as a number becomes Roman; another word is kept
        as it is and reported by ``check``.

    Raises
    ------
    InputError
        When the file cannot be read, is no such form, has a field that the form does not have,
        or a date that is none.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "clusters.toml"
    ...     _ = path.write_text('[practice]\ntitle = "Clusters abroad"\nevidence_step = "1"\n')
    ...     read_practice(path)[["practice_id", "title", "evidence_step"]].values.tolist()
    [['clusters', 'Clusters abroad', 'I']]
    """
    path = Path(path)
    answers = _answers(path)
    known = list(practice_fields()["field"])
    for name in answers:
        if name not in known:
            error = one_of("field of the form", name, known)
            raise InputError(f"{path.name}: {error.message}", todo=error.todo)
    kinds = dict(zip(known, practice_fields()["kind"], strict=True))
    row = {name: _value(answers.get(name), kinds[name], name, path) for name in known}
    row["practice_id"] = row["practice_id"] or path.stem
    names = [name for name in table_of("practices").names if name in row]
    frame = pd.DataFrame([row])[names]
    texts = [name for name in names if kinds[name] != "date"]
    return frame.astype(dict.fromkeys(texts, "str"))


def read_practices(paths: Sequence[Path | str]) -> pd.DataFrame:
    """Read several filled-in forms into one table ``practices``.

    Two forms with the same key are both kept: ``check`` of a programme made from the table
    reports them.

    Parameters
    ----------
    paths : sequence of path or str
        Forms, TOML or XLSX.

    Returns
    -------
    pandas.DataFrame
        One row a form, in the order given.

    Raises
    ------
    InputError
        As :func:`read_practice`, and when there is no form at all.
    """
    if not paths:
        raise InputError("There is no form to read.", todo="Name at least one file.")
    return pd.concat([read_practice(path) for path in paths], ignore_index=True)


def _answers(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        raise InputError(f"There is no file {path.name}.", todo="Check the path.")
    if path.stat().st_size > _LARGEST:
        raise InputError(
            f"{path.name} is larger than {_LARGEST / 1e6:.0f} MB and is no form.",
            todo="Fill in an empty form; pictures do not belong into it.",
        )
    if path.suffix.lower() == ".toml":
        return _toml_answers(path)
    if path.suffix.lower() == ".xlsx":
        return _workbook_answers(path)
    raise InputError(
        f"{path.name} is neither .toml nor .xlsx.", todo="Use a form made by practice_form."
    )


def _toml_answers(path: Path) -> Mapping[str, Any]:
    try:
        held = tomllib.loads(path.read_text("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not UTF-8.", todo="Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f"{path.name} cannot be read as TOML: {error}.",
            todo="Check that each text stands between quotes, on the line that is named.",
        ) from error
    answers = held.get("practice")
    if not isinstance(answers, dict):
        raise InputError(
            f"{path.name} has no part [practice].", todo="Use a form made by practice_form."
        )
    return answers


def _workbook_answers(path: Path) -> Mapping[str, Any]:
    book = opened_workbook(path)
    if SHEET not in book.sheet_names:
        raise InputError(
            f"{path.name} has no sheet '{SHEET}'.", todo="Use a form made by practice_form."
        )
    rows = list(loaded_sheet(book, path, SHEET).iter_rows())
    if not rows or tuple(map(str, rows[0][: _ANSWER + 1])) != HEADINGS[: _ANSWER + 1]:
        raise InputError(
            f"{path.name}: the headings of sheet '{SHEET}' are not those of the form.",
            todo="Fill in an empty form; leave its first row and its hidden first column.",
        )
    filled = [row for row in rows[1:] if len(row) > _ANSWER and str(row[0]).strip()]
    names = [str(row[0]).strip() for row in filled]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            f"{path.name} has the field {', '.join(twice[:3])} more than once.",
            todo="Keep one row for each field.",
        )
    return {name: row[_ANSWER] for name, row in zip(names, filled, strict=True)}


def _value(given: Any, kind: str, name: str, path: Path) -> Any:
    if isinstance(given, (list, dict)):
        raise InputError(
            f"{path.name}: '{name}' is no text.", todo="Write one text between quotes."
        )
    if kind == "date":
        return _day(given, name, path)
    text = "" if given is None else _plain(given)
    if not text:
        return None
    return _step(text) if kind == "step" else text


def _plain(given: Any) -> str:
    """Write an answer as text; a spreadsheet keeps the year 2016 as the number 2016.0."""
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    return str(given).strip()


def _step(text: str) -> str:
    try:
        return evidence.step(text.upper().removeprefix("STEP").strip()).roman
    except UsageError:
        return text


def _day(given: Any, name: str, path: Path) -> date | None:
    if given is None or given == "":
        return None
    if isinstance(given, datetime):
        return given.date()
    if isinstance(given, date):
        return given
    if isinstance(given, float) and 18_000 < given < 73_000:
        return date(1899, 12, 30) + timedelta(days=int(given))
    try:
        return date.fromisoformat(str(given).strip())
    except ValueError as error:
        raise InputError(
            f"{path.name}: '{name}' is '{given}', which is no date.",
            todo="Write year-month-day, such as 2017-03-01, or leave it empty.",
        ) from error
