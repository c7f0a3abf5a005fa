"""How files and cells are written: the entries of ``[file]`` and ``[values]``."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, cast, get_args

from difass_analysis.errors import ProfileError, one_of
from difass_analysis.programme.settings import blank_of
from difass_analysis.sources.cells import date_format_problem
from difass_analysis.sources.profile import (
    NEGATIVES,
    Day,
    FileFormat,
    FormatName,
    Marks,
    ValueFormat,
)
from difass_analysis.sources.profile_entries import (
    as_table,
    character,
    of_type,
    refuse_unknown,
    strings_under,
    texts,
)

_CHOICES: dict[str, tuple[str, ...]] = {"marks": get_args(Marks), "day": get_args(Day)}
# Entries of [file] that are numbers.
_NUMBERS = ("header_row", "header_rows", "skip_foot", "table_number")


def file_format(content: Mapping[str, Any], where: str) -> FileFormat:
    """Return how a file is laid out, from the entries of ``[file]``."""
    names = [entry.name for entry in fields(FileFormat)]
    refuse_unknown(content, names, "entry", where)
    for key, value in content.items():
        if key not in ("anchors", "total_words"):
            of_type(value, int if key in _NUMBERS else str, key, where)
    words = texts(content.get("total_words", []), "total_words", where)
    anchors = _anchors(content, where)
    result = FileFormat(**{**content, "anchors": anchors, "total_words": words})
    if result.format not in get_args(FormatName):
        error = one_of("format", result.format, list(get_args(FormatName)))
        raise ProfileError(f"{where}: {error.message}", todo=error.todo)
    try:
        codecs.lookup(result.encoding)
    except LookupError as error:
        raise ProfileError(
            f"{where}: there is no encoding '{result.encoding}'.",
            todo="Write for example utf-8, cp1250 or cp1252.",
        ) from error
    if result.delimiter != "auto" and len(result.delimiter) != 1:
        raise ProfileError(f"{where}: delimiter must be one character, or auto.")
    character(result.quote, "quote", where, allowed="one character, or empty")
    if min(result.header_row, result.header_rows) < 1 or result.skip_foot < 0:
        raise ProfileError(f"{where}: header_row counts from 1, skip_foot from 0.")
    if result.table_number < 0 or any(not word.strip() for word in words):
        raise ProfileError(f"{where}: table_number counts from 1, and total_words have letters.")
    return result


def _anchors(content: Mapping[str, Any], where: str) -> dict[str, str]:
    anchors = strings_under(content, "anchors", where)
    for heading, form in anchors.items():
        try:
            re.compile(form)
        except re.error as error:
            raise ProfileError(
                f"{where}: anchor of '{heading}' is no regular expression: {error}."
            ) from error
    return anchors


def value_format(content: Mapping[str, Any], base: ValueFormat, where: str) -> ValueFormat:
    """Return how cells are written: what is stated, and the rest from ``base``."""
    refuse_unknown(content, [entry.name for entry in fields(ValueFormat)], "entry", where)
    checked: dict[str, Any] = {}
    for key, value in content.items():
        if key == "blank":
            checked[key] = blank_of(of_type(value, str, key, where), where=where)
        elif key == "months":
            months = as_table(value, f"{where}, months")
            checked[key] = {
                name: of_type(number, int, f"months.{name}", where)
                for name, number in months.items()
            }
        elif key in ("decimal", "thousands"):
            checked[key] = character(value, key, where, allowed="one character")
        elif key in _CHOICES:
            checked[key] = _choice(value, key, where)
        elif key in ("percent", "decimals"):
            checked[key] = of_type(value, bool if key == "percent" else int, key, where)
        else:
            checked[key] = texts(value, key, where)
    result = replace(base, **checked)
    _marks(result, where)
    for pattern in result.dates:
        problem = date_format_problem(pattern, day=result.day)
        if problem:
            raise ProfileError(f"{where}: date format '{pattern}' {problem}.")
    return result


def _marks(values: ValueFormat, where: str) -> None:
    if not values.decimal:
        raise ProfileError(f"{where}: decimal must be one character.")
    if values.decimal == values.thousands:
        raise ProfileError(f"{where}: decimal and thousands are both '{values.decimal}'.")
    if any(mark.isalnum() or mark in "+-" for mark in values.decimal + values.thousands):
        raise ProfileError(f"{where}: a letter, digit or sign cannot be a mark in numbers.")
    if not 0 < values.decimals <= 30:
        raise ProfileError(f"{where}: decimals = {values.decimals} must be from 1 to 30.")
    for form in values.negative:
        if form not in NEGATIVES:
            error = one_of("form of a negative number", form, list(NEGATIVES))
            raise ProfileError(f"{where}: {error.message}", todo=error.todo)


def _choice(value: Any, key: str, where: str) -> str:
    if value not in _CHOICES[key]:
        known = " or ".join(choice for choice in _CHOICES[key] if choice)
        raise ProfileError(f"{where}: {key} = {value!r} must be {known}.")
    return cast(str, value)
