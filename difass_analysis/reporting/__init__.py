"""The report: one page that works offline, and beside it all tables, charts and findings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from difass_analysis.disclosure import Switch
from difass_analysis.errors import UsageError
from difass_analysis.export import atomic_write, whole_folder
from difass_analysis.programme import Programme
from difass_analysis.reporting.chapters import chapter
from difass_analysis.reporting.language import words_of
from difass_analysis.reporting.outputs import Also, also_written, homes, write_findings
from difass_analysis.reporting.rendering import page_bytes
from difass_analysis.reporting.safety import presentable
from difass_analysis.reporting.sections import Topic
from difass_analysis.result import Call

PAGE = "index.html"


def report(
    programmes: Programme | Sequence[Programme],
    out: Path | str,
    *,
    level: float = 0.95,
    disclosure: Switch = "on",
    language: str | Path = "en",
    sections: Sequence[Topic] = (),
    also: Sequence[Also] = (),
) -> Path:
    """Write a report on one or several programmes, and return the path of its page.

    The page is one file that opens without a network and prints on A4. Beside it stand
    ``charts/`` (SVG and PNG), ``tables/`` (CSV and Excel), ``findings.csv`` and ``rejects.csv``.
    The same programmes give the same bytes.

    Parameters
    ----------
    programmes : Programme or sequence of Programme
        What is reported on, in this order; the key figures are those of the first that has any.
    out : path or str
        Folder to write to; made when it does not exist. Files of an earlier report are replaced,
        and those that it alone had are removed; ``provenance.json`` says which they are.
    level : float
        Level of the intervals, between 0 and 1.
    disclosure : {"on", "off"}
        Data that are neither public by law nor simulated leave only under disclosure control;
        ``"off"`` switches it off, and the page says so.
    language : str or Path
        Language of the page: ``"en"``, ``"it"``, or the path of a gettext ``.po`` file. Texts of
        the data and the files beside the page stay as they are.
    sections : sequence of Topic
        Sections of your own, after those of the package; docs/report.md tells how one is written.
    also : sequence of str
        Kinds of file that tables and charts are written as besides: ``docx``, ``md``, ``tex``,
        ``html``, ``json``, ``parquet`` (tables) and ``pdf`` (charts).

    Raises
    ------
    UsageError
        When no programme is given, the language or a kind of file is not known, the level is not
        between 0 and 1, or two sections have one id.
    InputError
        When the folder cannot be written to.

    Examples
    --------
    >>> import pandas as pd
    >>> from tempfile import TemporaryDirectory
    >>> calls = pd.DataFrame({"call_id": ["a"], "year": [2017], "public_amount": [1.5e6],
    ...                       "private_amount": [2e6]})
    >>> with TemporaryDirectory() as folder:
    ...     page = report(Programme.from_frames(calls=calls), folder)
    ...     print(page.name, "1.33" in page.read_text(encoding="utf-8"))
    index.html True
    """
    given = [programmes] if isinstance(programmes, Programme) else list(programmes)
    if not given:
        raise UsageError("There is no programme to report on.", todo="Give at least one.")
    out, words = Path(out), words_of(language)
    # All that changes the page stands in the record, so that ``difass verify`` can repeat it.
    arguments: dict[str, Any] = {
        "level": level,
        "disclosure": disclosure,
        "language": Path(language).name,
    }
    if sections:
        arguments["sections"] = [getattr(one, "__name__", "section") for one in sections]
    if also:
        arguments["also"] = list(also)
    call = Call(function="report", arguments=arguments)
    origins = [one.provenance for one in given]
    with also_written(also), whole_folder(out, call=call, origins=origins):
        chapters = [
            chapter(
                programme,
                home=home,
                out=out,
                level=level,
                disclosure=disclosure,
                words=words,
                sections=sections,
            )
            for programme, home in zip(given, homes(given), strict=True)
        ]
        write_findings([presentable(one, disclosure=disclosure) for one in given], out=out)
        page = page_bytes(chapters, version=given[0].provenance.version, level=level, words=words)
        return atomic_write(out / PAGE, page)


__all__ = ["PAGE", "report"]
