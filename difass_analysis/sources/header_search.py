"""Where in a file the headings stand, and what stands above and below the rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from difass_analysis.sources.collecting import is_total
from difass_analysis.sources.delimited import Record
from difass_analysis.sources.header import joined_header
from difass_analysis.sources.profile import fold

#: Words with which a row of totals begins, in the languages of the Union.
TOTAL_WORDS = (
    "total", "totals", "grand total", "sum", "summe", "gesamt", "gesamtsumme", "insgesamt",
    "zusammen", "totale", "totali", "totaal", "suma", "suma ogółem", "razem", "ogółem", "łącznie",
    "celkem", "celkom", "spolu", "součet", "súčet", "ukupno", "sveukupno", "skupaj", "vsota",
    "összesen", "mindösszesen", "yhteensä", "summa", "totalt", "i alt", "ialt", "kokku", "kopā",
    "pavisam", "iš viso", "viso", "suma totală", "total general", "total général", "totaux",
    "σύνολο", "συνολο", "γενικό σύνολο", "общо", "всичко", "сума", "iomlán", "somma", "soma",
    "subtotal", "somme", "totais", "totales",
)  # fmt: skip
# Rows from the top among which the header is looked for, and most rows of one header.
_SEARCHED, _MOST_ROWS = 60, 3
# What a header is: most columns have a heading, headings differ, and they are short.
_COVERED, _DISTINCT, _PLAIN, _SHORT = 0.6, 0.75, 0.85, 120
# Most remarks below a list: more are rows of another list.
_MOST_REMARKS = 20
_MISSING = re.compile(r"\W*(?:n\W?[ad]\W?|k\W?a\W?|null|nan|none|tb[cd]|void)\W*", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d(?:[-/]\d{2,4})?")


@dataclass(frozen=True, kw_only=True)
class Header:
    """Where the headings stand.

    Attributes
    ----------
    index, rows : int
        Index of the first row of the header among the rows looked at, and how many it has.
    cells : tuple of str
        The headings, joined.
    notes, doubts : tuple of str
        The evidence, and what is not clear.
    """

    index: int
    rows: int
    cells: tuple[str, ...]
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Foot:
    """What stands below the rows.

    Attributes
    ----------
    skip : int
        Records at the end that are remarks.
    words : tuple of str
        The word with which a row of totals before them begins, as the file writes it.
    notes, doubts : tuple of str
        The evidence, and what is not clear.
    """

    skip: int = 0
    words: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def is_value(text: str) -> bool:
    """Whether a cell is a number, an amount or a date rather than words.

    Examples
    --------
    >>> [is_value(text) for text in ("1.200,50 EUR", "31. Dez 18", "1. Name", "CO05", "Total")]
    [True, True, False, False, False]
    """
    plain = text.strip()
    digits = sum(letter.isdigit() for letter in plain)
    letters = sum(letter.isalpha() for letter in plain)
    # A code begins with its letters; a number may have a sign or a currency before it.
    coded = plain[:1].isalpha() and not re.match(r"(?:EUR|GBP|USD|CHF|PLN|CZK|HUF|RON)\b", plain)
    return digits > 0 and letters <= 3 and letters <= digits and not coded


def find_header(rows: Sequence[Record], *, width: int = 0) -> Header:
    """Which rows are the headings?

    Parameters
    ----------
    rows : sequence of Record
        The first rows with text, as many as there are evidence for the columns below.
    width : int
        Usual number of fields where a file has records of different widths; else 0.

    Returns
    -------
    Header
        The first row whose cells are mostly short, different from each other and no values, and
        that has a heading for most columns that are used below it. A row above it that groups
        columns belongs to it, and so does one below it with words where the rows have values.
    """
    for index in range(min(len(rows), _SEARCHED)):
        for count in range(1, _MOST_ROWS + 1):
            if index + count > len(rows):
                break
            parts = [record.cells for record in rows[index : index + count]]
            below = _Body.of(rows[index + count :])
            if _is_header(parts, below, width):
                return _found(rows, index, _longer(rows, index, count, below), below)
            if not _may_be_part(parts[-1], below):
                break
    first = rows[0].cells if rows else []
    return Header(
        index=0,
        rows=1,
        cells=tuple(first),
        doubts=(
            "No row looks like a header (short different words above the values): the first row "
            "with text is taken for it.",
        ),
    )


@dataclass(frozen=True, eq=False)
class _Body:
    """What the rows below a place have in their columns."""

    used: frozenset[int]
    values: frozenset[int]
    width: int

    @staticmethod
    def of(rows: Sequence[Record]) -> _Body:
        good = [record.cells for record in rows[:300] if record.cells]
        filled: Counter[int] = Counter()
        values: Counter[int] = Counter()
        for cells in good:
            for column, cell in enumerate(cells):
                if cell.strip():
                    filled[column] += 1
                    values[column] += is_value(cell)
        some = max(1, len(good) // 50)
        used = frozenset(column for column, count in filled.items() if count >= some)
        valued = frozenset(column for column in used if values[column] > 0.7 * filled[column])
        return _Body(used, valued, max((len(cells) for cells in good), default=0))


def _texts(cells: Sequence[str]) -> list[str]:
    return [fold(cell) for cell in cells if cell.strip()]


def _is_header(parts: Sequence[Sequence[str]], body: _Body, width: int) -> bool:
    cells = joined_header(parts)
    texts = _texts(cells)
    if not texts or not body.used:
        return bool(texts) and not body.used and len(texts) > 1 and not any(map(is_value, texts))
    usual = min(width, len(body.used)) if width else len(body.used)
    if len(texts) < _COVERED * usual or (len(texts) < 2 <= usual):
        return False
    if len(parts) > 1 and not all(_may_be_part(part, body) for part in parts):
        return False
    plain = sum(1 for text in texts if not is_value(text) or _YEAR.fullmatch(text))
    years = sum(1 for text in texts if _YEAR.fullmatch(text))
    covered = [column for column in body.values if column < len(cells) and cells[column].strip()]
    return (
        plain >= _PLAIN * len(texts)
        and years <= 0.7 * len(texts)
        and len(set(texts)) >= _DISTINCT * len(texts)
        and median(len(text) for text in texts) <= _SHORT
        and all(not is_value(cells[column]) or _YEAR.fullmatch(cells[column]) for column in covered)
    )


def _may_be_part(cells: Sequence[str], body: _Body) -> bool:
    """Whether a row may group columns: several different words, and no values or lines of text."""
    texts = _texts(cells)
    groups = len(set(texts))
    return (
        groups > 1
        and not any(is_value(text) and not _YEAR.fullmatch(text) for text in texts)
        and not any(text.endswith(":") for text in texts)
        and max(map(len, texts)) <= 2 * _SHORT
    )


def _longer(rows: Sequence[Record], index: int, count: int, body: _Body) -> int:
    """Return how many rows a header has, with rows of words below it where others have values."""
    while count < _MOST_ROWS and index + count < len(rows):
        cells = rows[index + count].cells
        below = _Body.of(rows[index + count + 1 :])
        there = [column for column in below.values if column < len(cells) and cells[column].strip()]
        words = [column for column in there if re.search(r"[^\W\d_]{2}", cells[column])]
        missing = [column for column in words if _MISSING.fullmatch(cells[column])]
        enough = len(words) == len(there) >= max(1, 0.5 * len(below.values))
        if not enough or missing or not _may_be_part(cells, below):
            return count
        body_cells = {
            fold(record.cells[column])
            for record in rows[index + count + 1 : index + count + 200]
            for column in words
            if column < len(record.cells)
        }
        if any(fold(cells[column]) in body_cells for column in words):
            return count
        count += 1
    return count


def _found(rows: Sequence[Record], index: int, count: int, body: _Body) -> Header:
    head = rows[index : index + count]
    cells = joined_header([record.cells for record in head]) if count > 1 else list(head[0].cells)
    notes = [_where(head, cells, body)]
    if index:
        above = " / ".join(
            " ".join(cell.strip() for cell in record.cells if cell.strip())[:60]
            for record in rows[:index][:3]
        )
        notes.append(f"{index} rows with text above the headings are left out: {above}.")
    doubts = []
    if not body.values and rows[index + count :]:
        doubts.append(
            "No column holds values only, so that the header differs from the rows in little: "
            "look whether the first row is one."
        )
    beyond = [column for column in body.used if column >= _last(cells)]
    if beyond:
        doubts.append(
            f"{len(beyond)} columns to the right of the last heading hold text: rows that use them "
            "are set aside."
        )
    return Header(
        index=index, rows=count, cells=tuple(cells), notes=tuple(notes), doubts=tuple(doubts)
    )


def _last(cells: Sequence[str]) -> int:
    return max((index + 1 for index, cell in enumerate(cells) if cell.strip()), default=0)


def _where(head: Sequence[Record], cells: Sequence[str], body: _Body) -> str:
    texts = _texts(cells)
    lines = [record.line for record in head]
    at = f"in row {lines[0]}" if len(lines) == 1 else f"in rows {lines[0]} to {lines[-1]}, joined"
    broken = any("\n" in cell or "\r" in cell for record in head for cell in record.cells)
    return (
        f"The headings stand {at}: {len(texts)} cells, {len(set(texts))} of them different, above "
        f"{len(body.used)} columns with text, of which {len(body.values)} hold values."
        + (" Line breaks inside headings are read as blanks." if broken else "")
    )


def find_foot(rows: Sequence[Record], *, width: int) -> Foot:
    """What at the end of a list is no row of it?

    Parameters
    ----------
    rows : sequence of Record
        Rows from below the header to the end, or the last of them; at least some of the others
        are needed to tell which columns are usually filled.
    width : int
        Number of headings.

    Returns
    -------
    Foot
        Remarks are last rows with text in one cell alone. A row of totals begins with a word for
        it, and is blank in at least half of the columns with words that rows usually fill.
    """
    rest = list(rows)
    skip = 0
    while len(rest) > 1 and skip < _MOST_REMARKS and _is_remark(rest[-1], width):
        rest.pop()
        skip += 1
    notes: list[str] = []
    doubts: list[str] = []
    if skip:
        lines = [str(record.line) for record in rows[-skip:]]
        text = next((cell for cell in rows[-skip].cells if cell.strip()), rows[-skip].raw)
        notes.append(
            f"The last {skip} records have text in one cell and are left out as remarks "
            f"(from line {lines[0]}: {text.strip()[:60]})."
        )
    word = _total_word(rest[-1].cells) if len(rest) > 1 else ""
    words: tuple[str, ...] = ()
    if word and _is_summary(rest[-1].cells, rest[:-1]):
        words = (word,)
        notes.append(
            f"The last record, on line {rest[-1].line}, begins with '{word}' and is blank where "
            "others have words: it is left out as a total."
        )
    elif word:
        doubts.append(
            f"The last record, on line {rest[-1].line}, begins with '{word}', but it is filled "
            "like the others: it is read as a row. If it is a total, state total_words."
        )
    return Foot(skip=skip, words=words, notes=tuple(notes), doubts=tuple(doubts))


def _is_remark(record: Record, width: int) -> bool:
    filled = [cell for cell in record.cells if cell.strip()]
    # In a narrow list a row may have gaps, but it has all its fields.
    return (
        not record.reason
        and len(filled) == 1
        and (width > 3 or len(record.cells) == 1 < width)
        and not is_value(filled[0])
        and not is_total(record.cells, TOTAL_WORDS)
    )


def _total_word(cells: Sequence[str]) -> str:
    """Return the word for a total with which a row begins, as the file writes it."""
    if not is_total(cells, TOTAL_WORDS):
        return ""
    first = next(cell for cell in cells if cell.strip()).strip()
    known = [word for word in TOTAL_WORDS if is_total([first], [word])]
    return first[: len(max(known, key=len))]


def _is_summary(cells: Sequence[str], others: Sequence[Record]) -> bool:
    """Whether a row is blank in half of the columns with words that most others fill."""
    body = _Body.of(others)
    good = [record.cells for record in others if not record.reason]
    usual = [
        column
        for column in sorted(body.used - body.values)
        if sum(1 for row in good if column < len(row) and row[column].strip()) > 0.5 * len(good)
    ]
    blank = [column for column in usual if column >= len(cells) or not cells[column].strip()]
    valued = any(is_value(cell) for cell in cells)
    # With one column of words, that of the names, the word itself has to be all of the cell.
    alone = len(usual) <= 1 and fold(next(cell for cell in cells if cell.strip())).rstrip(
        " :."
    ) in map(fold, TOTAL_WORDS)
    return valued and (alone or len(blank) >= max(1, 0.5 * len(usual)))
