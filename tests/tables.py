"""Small tables as text, so that a test shows what goes in and what comes out."""

from __future__ import annotations

import datetime as dt
import re
from difflib import ndiff

import pandas as pd

Cell = str | float | int | bool | dt.date | None


def rows_of(text: str) -> list[dict[str, str]]:
    """Cells of a text table by heading; lines of dashes separate and are no rows."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    split = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    head, *body = [cells for cells in split if not all(re.fullmatch("-+", c) for c in cells)]
    assert all(len(cells) == len(head) for cells in body), "a row is not as wide as its header"
    return [dict(zip(head, cells, strict=True)) for cells in body]


def value_of(cell: str) -> Cell:
    """Read a cell: blank is missing, then date, flag, number, else text."""
    if not cell:
        return None
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell):
        return dt.date.fromisoformat(cell)
    if cell in {"true", "false"}:
        return cell == "true"
    if re.fullmatch(r"-?\d{1,3}(,?\d{3})*(\.\d+)?|-?\d+(\.\d+)?", cell):
        plain = cell.replace(",", "")
        return float(plain) if "." in plain else int(plain)
    return cell


def frame_of(text: str) -> pd.DataFrame:
    """Read a text table as a frame."""
    rows = [{name: value_of(cell) for name, cell in row.items()} for row in rows_of(text)]
    frame = pd.DataFrame(rows)
    flags = [name for name in frame if frame[name].map(type).isin([bool, type(None)]).all()]
    return frame.astype({name: "boolean" for name in flags if frame[name].notna().any()})


def shown(value: object, like: str) -> str:
    """Write a value as the expected cell is written: with as many decimals and marks."""
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return ""
    if isinstance(value, (bool, str, dt.date)):
        return str(value).lower() if isinstance(value, bool) else str(value)
    number = float(value)  # type: ignore[arg-type]
    decimals = len(like.partition(".")[2]) if re.fullmatch(r"-?[\d,]+\.\d+", like) else 0
    mark = "," if "," in like or (decimals == 0 and number >= 10_000) else ""
    if decimals == 0 and number != round(number):
        return repr(number)
    return f"{number:{mark}.{decimals}f}"


def assert_shows(frame: pd.DataFrame, text: str) -> None:
    """Assert that a frame, in the columns and at the precision of a text table, is that table."""
    wanted = rows_of(text)
    names = list(wanted[0])
    found = [
        {name: shown(row[name], wanted[i][name] if i < len(wanted) else "") for name in names}
        for i, row in enumerate(frame[names].astype("object").to_dict("records"))
    ]
    if found != wanted:
        lines = [[" | ".join(row.values()) for row in rows] for rows in (wanted, found)]
        raise AssertionError("\n".join(["not as shown:", " | ".join(names), *ndiff(*lines)]))
