"""What a file is, by its bytes and not by its name."""

from __future__ import annotations

import codecs
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from difass_analysis.errors import InputError
from difass_analysis.sources.encoding import marked, without_mark
from difass_analysis.sources.profile import FormatName

Container = Literal["csv", "xlsx", "xls", "ods", "html", "json", "xml", "parquet", "zip", "gzip"]

#: Bytes from the beginning of a file that tell what it is.
HEAD = 1 << 16

#: The format of a profile by container; archives have that of the file inside.
FORMATS: Mapping[Container, FormatName] = {
    "csv": "csv",
    "xlsx": "xlsx",
    "xls": "xlsx",
    "ods": "xlsx",
    "html": "html",
    "json": "json",
    "xml": "xml",
    "parquet": "parquet",
}
WORDS: Mapping[Container, str] = {
    "csv": "text",
    "xlsx": "a workbook",
    "xls": "a workbook of an old format",
    "ods": "a workbook",
    "html": "a page of HTML",
    "json": "JSON",
    "xml": "XML",
    "parquet": "a parquet file",
    "zip": "an archive",
    "gzip": "compressed",
}
_BY_START: tuple[tuple[bytes, Container], ...] = (
    (b"PAR1", "parquet"),
    (b"\x1f\x8b", "gzip"),
    (b"\xd0\xcf\x11\xe0", "xls"),
)
# What these are is known as well as that they hold no list that could be read.
_REFUSED = (
    (b"%PDF", "a PDF document", "Ask for the list as a workbook or CSV: a PDF holds no table."),
    (b"{\\rtf", "a text document", "Ask for the list as a workbook or CSV."),
    (b"BZh", "compressed by bzip2", "Unpack it, or compress it as .gz or .zip."),
    (b"\xfd7zXZ\0", "compressed by xz", "Unpack it, or compress it as .gz or .zip."),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd", "Unpack it, or compress it as .gz or .zip."),
    (b"7z\xbc\xaf", "a 7z archive", "Unpack it, or pack it as .zip."),
    (b"Rar!", "a RAR archive", "Unpack it, or pack it as .zip."),
    (b"SQLite format 3\0", "a database", "Export its table as CSV."),
    (b"\x89PNG", "a picture", "Ask for the list as a workbook or CSV."),
    (b"\xff\xd8\xff", "a picture", "Ask for the list as a workbook or CSV."),
)
_PAGE = re.compile(
    r"<(?:!doctype\s+html|html|head|body|meta|style|title|table|thead|tbody|tr|td|div|form|span|p)\b",
    re.IGNORECASE,
)


def container_of(path: Path) -> Container:
    """Return what a file is.

    Parameters
    ----------
    path : pathlib.Path
        The file; its first bytes are read, and of an archive the list of its members.

    Returns
    -------
    Container
        ``csv`` is any delimited text, ``xls`` a workbook in a compound file.

    Raises
    ------
    InputError
        When there is no such file, or it is empty, or of a kind that holds no list, such as PDF.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "list.xls"
    ...     _ = path.write_text("<html><table><tr><td>a</td></tr></table></html>")
    ...     print(container_of(path))
    html
    """
    require_file(path)
    try:
        with path.open("rb") as handle:
            head = handle.read(HEAD)
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}.") from error
    if not head:
        raise InputError(f"{path.name} is empty.", todo="Ask for the file again.")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _zipped(path)
    return container_of_bytes(head, name=path.name)


def require_file(path: Path) -> None:
    """Refuse what is not there, or is no file.

    Raises
    ------
    InputError
        When there is no such file, or it is a folder or a device.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder, not a file.", todo="Name a file in it.")
    if not path.exists():
        raise InputError(
            f"There is no file or folder {path}.", todo="Correct the name or the folder."
        )
    if not path.is_file():
        raise InputError(f"{path} is no regular file.", todo="Save it as a file first.")


def container_of_bytes(head: bytes, *, name: str) -> Container:
    """Return what a file is that begins so, and is no archive of the kind zip.

    Parameters
    ----------
    head : bytes
        How it begins.
    name : str
        Its name, for messages.

    Raises
    ------
    InputError
        When it is of a kind that holds no list.

    Examples
    --------
    >>> container_of_bytes(b'[{"id": 1}]', name="list"), container_of_bytes(b"a;b", name="list")
    ('json', 'csv')
    """
    for start, container in _BY_START:
        if head.startswith(start):
            return container
    for start, what, todo in _REFUSED:
        if head.startswith(start):
            raise InputError(f"{name} is {what}.", todo=todo)
    return _text_kind(_as_text(head).lstrip("\ufeff \t\r\n"))


def _as_text(head: bytes) -> str:
    """Decode the beginning of a file well enough to see its signs, which are ASCII."""
    encoding = marked(head) or without_mark(head) or "latin-1"
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    return decoder.decode(head)


def _text_kind(text: str) -> Container:
    if re.match(r"\[\s*[\[{\"\]\d-]|\{\s*[\"}]", text):
        return "json"
    if re.match(r"<[!?a-zA-Z]", text):
        tree = text.startswith("<?xml") and not re.search(r"<(?:html|table)\b", text, re.IGNORECASE)
        return "html" if not tree and _PAGE.search(text) else "xml"
    return "csv"


def _zipped(path: Path) -> Container:
    """Tell workbooks, which are zip archives too, from other archives."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            kind = archive.read("mimetype")[:200] if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError) as error:
        raise InputError(
            f"{path.name} is a workbook or an archive that cannot be read: {error}.",
            todo="It may be damaged or incomplete: ask for the file again.",
        ) from error
    if b"opendocument.spreadsheet" in kind:
        return "ods"
    if any(name.startswith("xl/workbook") for name in names):
        if "xl/workbook.bin" in names:
            raise InputError(f"{path.name} is a binary workbook.", todo="Save it as .xlsx.")
        return "xlsx"
    if kind.startswith(b"application/vnd.oasis") or any(
        name.startswith(("word/", "ppt/")) for name in names
    ):
        raise InputError(
            f"{path.name} is a document and no list.", todo="Ask for a workbook or CSV."
        )
    return "zip"
