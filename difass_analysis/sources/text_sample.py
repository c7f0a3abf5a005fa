"""Parts of a text file: all of a small one; of a large one beginning, end and some between."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from difass_analysis.errors import InputError
from difass_analysis.sources.delimited import Record
from difass_analysis.sources.dialect import parsed_text
from difass_analysis.sources.encoding import marked
from difass_analysis.sources.profile import FileFormat
from difass_analysis.sources.streaming import nul_error

#: Bytes up to which a file is looked at as a whole, and of each part of a larger one.
WHOLE, PART = 1 << 25, 1 << 18
#: Bytes of the beginning that tell encoding and delimiter, and number of the parts behind it.
BEGINNING, PARTS = 1 << 22, 24


@dataclass(frozen=True, eq=False, kw_only=True)
class TextSample:
    """What of a text file was looked at.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    size : int
        Its bytes.
    beginning : bytes
        The first of them.
    complete : bool
        Whether the file is small enough to be looked at as a whole.
    ended : bool
        Whether the file is there to its end.
    encoding : str
        Its encoding, once it is known.
    """

    path: Path
    size: int
    beginning: bytes
    complete: bool
    ended: bool
    encoding: str = "utf-8"

    @property
    def looked_at(self) -> int:
        """Bytes whose rows are in the parts."""
        return min(self.size, PART * (PARTS + 1)) if _plain(self.encoding) else PART

    def decoded(self, encoding: str) -> str:
        """Return the beginning as text; a letter cut at the end is left out.

        Raises
        ------
        InputError
            When it holds a NUL byte and is no UTF-16.
        """
        nul = self.beginning.find(b"\0")
        if nul >= 0 and _plain(encoding):
            raise nul_error(self.path.name, nul, self.beginning)
        decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        return decoder.decode(self.beginning).removeprefix("\ufeff")

    def parts(self, layout: FileFormat) -> list[list[Record]]:
        """Return the records of the first part, and of those spread over the file to its end.

        Parameters
        ----------
        layout : FileFormat
            Delimiter and quote.
        """
        plain = FileFormat(delimiter=layout.delimiter, quote=layout.quote)
        start = self.beginning[: PART if _plain(self.encoding) else None]
        decoder = codecs.getincrementaldecoder(self.encoding)(errors="replace")
        first = parsed_text(decoder.decode(start).removeprefix("\ufeff"), plain)[:-1]
        if not _plain(self.encoding):
            return [first]
        found = [first]
        with self.path.open("rb") as handle:
            for number in range(1, PARTS + 1):
                handle.seek(PART + (self.size - 2 * PART) * number // PARTS)
                data = handle.read(PART)
                _, _, data = data.partition(b"\n")
                found.append(parsed_text(data.decode(self.encoding, errors="replace"), plain))
        return found


def _plain(encoding: str) -> bool:
    """Whether line ends can be found in the bytes."""
    return not encoding.startswith(("utf-16", "utf-32"))


def text_sample(path: Path, *, whole: bool = True) -> TextSample:
    """Look at a text file.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    whole : bool
        Whether the file goes to its end, and was not cut when it was unpacked.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    size = path.stat().st_size
    try:
        with path.open("rb") as handle:
            # A small file is looked at as a whole: its encoding may show in one late name alone.
            beginning = handle.read(WHOLE if size <= WHOLE else BEGINNING)
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}.") from error
    return TextSample(
        path=path,
        size=size,
        beginning=beginning,
        complete=size <= WHOLE and whole,
        ended=whole,
        encoding=marked(beginning) or "utf-8",
    )
