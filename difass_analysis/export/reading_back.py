"""Files read back as cells of text, so that two versions of one can be compared."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from io import BytesIO, StringIO
from itertools import zip_longest
from math import isclose

from difass_analysis.display import numbers
from difass_analysis.errors import InputError

#: Sheets of a workbook whose content says where figures come from, and are no figures.
_NO_FIGURES = ("provenance",)
#: Figures that differ by less than the tenth digit are the same: libraries add in other orders.
TOLERANCE = 1e-9

Grid = list[list[str]]


@dataclass(frozen=True)
class Difference:
    """One cell that differs: where, what the file says, and what it should say."""

    place: str
    old: str
    new: str


def cells_of(content: bytes, ending: str) -> dict[str, Grid]:
    r"""Return the cells of a file by sheet, as text.

    Parameters
    ----------
    content : bytes
        The bytes of the file.
    ending : str
        ``.csv``, ``.xlsx``, ``.docx``, ``.html``, ``.tex``, ``.md``, ``.parquet``, ``.json`` or
        ``.svg``; other kinds of file hold no cells that can be read.

    Raises
    ------
    InputError
        When the file is damaged.

    Examples
    --------
    >>> cells_of(b"year,value\n2017,1.5\n", ".csv")
    {'': [['year', 'value'], ['2017', '1.5']]}
    """
    read = _READERS.get(ending)
    if read is None:
        return {}
    try:
        return read(content)
    except Exception as error:  # damaged files fail in as many ways as there are libraries
        raise InputError(
            f"The file is damaged: it cannot be read as {ending}.", todo="Write the file again."
        ) from error


def differences(old: dict[str, Grid], new: dict[str, Grid]) -> Iterator[Difference]:
    """Yield the cells in which two files differ; numbers up to the tenth digit.

    Examples
    --------
    >>> old, new = {"": [["n", "value"], ["1", "2.5"]]}, {"": [["n", "value"], ["1", "2.75"]]}
    >>> list(differences(old, new))
    [Difference(place="row 2, 'value'", old='2.5', new='2.75')]
    """
    for sheet in dict.fromkeys([*old, *new]):
        before, after = old.get(sheet, []), new.get(sheet, [])
        heads = after[0] if after else []
        start = f"sheet {sheet}, " if sheet else ""
        empty: list[str] = []
        pairs = zip_longest(before, after, fillvalue=empty)
        for number, (one, other) in enumerate(pairs, start=1):
            yield from _in_row(one, other, heads, f"{start}row {number}")


def _in_row(
    old: Sequence[str], new: Sequence[str], heads: Sequence[str], place: str
) -> Iterator[Difference]:
    for column, (one, other) in enumerate(zip_longest(old, new, fillvalue="")):
        if not same_cell(one, other):
            head = heads[column] if column < len(heads) and len(heads) > 1 else ""
            yield Difference(f"{place}, '{head}'" if head else place, one, other)


def same_cell(one: str, other: str) -> bool:
    """Whether two cells say the same.

    Examples
    --------
    >>> same_cell("1.333333333", "1.3333333331"), same_cell("1", "1.1"), same_cell("nan", "nan")
    (True, False, True)
    """
    if one == other:
        return True
    try:
        return isclose(float(one), float(other), rel_tol=TOLERANCE, abs_tol=0.0)
    except ValueError:
        return False


def _csv(content: bytes) -> dict[str, Grid]:
    text = content.decode("utf-8-sig")
    return {"": list(csv.reader(StringIO(text, newline="")))}


def _xlsx(content: bytes) -> dict[str, Grid]:
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(content), data_only=True)
    return {
        sheet.title: [
            [numbers.exact_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True)
        ]
        for sheet in book.worksheets
        if sheet.title not in _NO_FIGURES
    }


def _docx(content: bytes) -> dict[str, Grid]:
    import docx

    document = docx.Document(BytesIO(content))
    held = {
        f"table {number}": [
            ["".join(node.text or "" for node in cell.iter(_WORD_TEXT)) for cell in row.tc_lst]
            for row in table._tbl.tr_lst
        ]
        for number, table in enumerate(document.tables, start=1)
    }
    return {**held, "text": _lines([one.text for one in document.paragraphs])}


_WORD_TEXT = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"


def _parquet(content: bytes) -> dict[str, Grid]:
    import pyarrow.parquet as pq

    table = pq.read_table(BytesIO(content))
    columns = [[numbers.exact_text(value) for value in one.to_pylist()] for one in table.columns]
    return {"": [list(table.column_names), *map(list, zip(*columns, strict=True))]}


def _json(content: bytes) -> dict[str, Grid]:
    found = json.loads(content.decode("utf-8"))
    rows = found["rows"]
    heads = list(rows[0]) if rows else []
    grid = [[numbers.exact_text(row.get(name)) for name in heads] for row in rows]
    return {"": [heads, *grid]}


def _text(content: bytes) -> dict[str, Grid]:
    return {"": _lines(content.decode("utf-8").splitlines())}


def _html(content: bytes) -> dict[str, Grid]:
    reader = _Visible()
    reader.feed(content.decode("utf-8"))
    reader.close()
    return {"": _lines(reader.texts)}


def _lines(texts: Sequence[str]) -> Grid:
    """Put each text into a row of its own; which version of the package wrote it is no figure."""
    plain = (re.sub(r"(difass_analysis) \d[\w.+]*", r"\1", " ".join(one.split())) for one in texts)
    return [[text] for text in plain if text]


class _Visible(HTMLParser):
    """Gather the texts of a page that are not style or script."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._hidden += tag in ("style", "script")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "script") and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.texts.append(data)


_READERS: dict[str, Callable[[bytes], dict[str, Grid]]] = {
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".docx": _docx,
    ".parquet": _parquet,
    ".json": _json,
    ".md": _text,
    ".tex": _text,
    ".html": _html,
    ".svg": _html,
}
