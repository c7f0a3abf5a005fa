"""The words of a page in its language: texts from a gettext catalogue, numbers and days by locale.

English is the source. Another language is one ``.po`` file: in the folder ``languages`` of this
package, or anywhere if its path is given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.messages.pofile import PoFileError, read_po
from babel.numbers import format_decimal, get_currency_name

from difass_analysis.display import numbers
from difass_analysis.errors import InputError, one_of
from difass_analysis.reporting.phrases import CHARTS, PHRASES, SPANS, UNITS, spoken

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from babel.messages.catalog import Catalog

SOURCE = "en"
_ENDING = ".po"
# A number as English writes it, with thousands or decimals; a bare year is none of these.
_NUMERAL = re.compile(
    r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,]*\w)|(?<![\w.,])\d+\.\d+(?![\w.])"
)

# Sentences around a drawing, and what stands in its cells: a span would take in a sentence.
_AROUND = (*PHRASES, *CHARTS)
_CELLS = (*CHARTS, *SPANS, *UNITS)


def term(text: str) -> str:
    """Mark a constant as a text that the catalogues hold, and return it unchanged."""
    return text


@dataclass(frozen=True, eq=False, kw_only=True)
class Words:
    """What a page needs to speak one language.

    Attributes
    ----------
    code : str
        Code of the language, as Babel knows it: ``en``, ``it``, ``pt_BR``.
    texts : mapping of str to str
        English text and its translation; empty for English.

    Examples
    --------
    >>> words = Words(code="it", texts={"{count} files": "{count} file"})
    >>> words("{count} files", count=words.value(1234.0)), words.value(0.429, unit="share")
    ('1.234 file', '42,9%')
    >>> words.day(date(2016, 4, 1)), words("Never translated")
    ('1 aprile 2016', 'Never translated')
    """

    code: str = SOURCE
    texts: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, text: str, /, **values: object) -> str:
        """Return a text in this language, with the values in their places."""
        found = self.texts.get(text) or text
        return found.format(**values) if values else found

    @property
    def tag(self) -> str:
        """The language as HTML names it."""
        return self.code.replace("_", "-")

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``."""
        return str(self._locale.text_direction)

    @property
    def _locale(self) -> Locale:
        return Locale.parse(self.code)

    def value(self, value: object, *, unit: str = "", note: object = "") -> str:
        """Write one value; see :func:`difass_analysis.display.numbers.value_text`.

        The note of its row says whether a value that is not there is withheld.
        """
        if not numbers.is_known(value):
            return self(numbers.absent_text(note))
        return self.numerals(numbers.value_text(value, unit=unit))

    def span(
        self,
        lower: object,
        upper: object,
        *,
        unit: str = "",
        method: str = "",
        note: object = "",
    ) -> str:
        """Write an interval or bounds; see :func:`difass_analysis.display.numbers.range_text`."""
        absent = numbers.absent_text(note, error=True)
        text = numbers.range_text(lower, upper, unit=unit, method=method, absent=absent)
        if self.code == SOURCE:
            return text
        return spoken(text, self.texts, phrases=SPANS, write=self.numerals)

    def unit(self, unit: object) -> str:
        """Write a unit as it stands in a heading."""
        text = numbers.unit_text(unit)
        return text if self.code == SOURCE else spoken(text, self.texts, phrases=UNITS)

    def day(self, day: date) -> str:
        """Write a day as people read it."""
        style = "d MMMM y" if self.code == SOURCE else "long"
        return format_date(day, style, locale=self._locale)

    def currency(self, code: str) -> str:
        """Name a currency, with its code."""
        name = get_currency_name(code, locale=self._locale) if code else ""
        return f"{name} ({code})" if name and name != code else code

    def numerals(self, text: str) -> str:
        """Write the numbers in a text of the package as this language does."""
        if self.code == SOURCE:
            return text
        text = _NUMERAL.sub(self._numeral, text)
        return re.sub(r"(?<=\d) %", self._percent(), text)

    def _numeral(self, found: re.Match[str]) -> str:
        plain = found[0].replace(",", "")
        decimals = len(plain.partition(".")[2])
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return format_decimal(Decimal(plain), format=pattern, locale=self._locale)

    def _percent(self) -> str:
        pattern = str(self._locale.percent_formats[None].pattern).split(";")[0]
        return pattern[pattern.rindex("0") + 1 :] if pattern.endswith("%") else " %"

    def said(self, text: str) -> str:
        """Translate sentences that other parts of the package made from fixed phrases.

        What is not one of the phrases (a text that a user wrote, a message of one case) stays
        as it is.
        """
        if self.code == SOURCE or not text:
            return text
        return spoken(text, self.texts, phrases=PHRASES, write=self.numerals)

    def drawn(self, text: str) -> str:
        """Translate what a chart says of itself; what is not known stays as it is."""
        if self.code == SOURCE or not text:
            return text
        return spoken(text, self.texts, phrases=_AROUND, write=self.numerals)

    def cell(self, text: str) -> str:
        """Write a cell or the label of an axis of a chart, with all its numbers."""
        if self.code == SOURCE or not text:
            return text
        return self.numerals(spoken(text, self.texts, phrases=_CELLS))


ENGLISH = Words()


def words_of(language: str | Path) -> Words:
    """Return the words of a language.

    Parameters
    ----------
    language : str or Path
        A code (``"en"``, ``"it"``) of a catalogue of this package, or the path of a ``.po`` file.

    Raises
    ------
    UsageError
        When the package has no catalogue of that code.
    InputError
        When the file cannot be read, names no language, or changes the places for values.

    Examples
    --------
    >>> words_of("it")("Contents")
    'Indice'
    """
    if str(language) == SOURCE:
        return ENGLISH
    if str(language).endswith(_ENDING):
        return _read(Path(language))
    held = {Path(one.name).stem: one for one in _folder().iterdir() if one.name.endswith(_ENDING)}
    if str(language) not in held:
        raise one_of("language", str(language), [SOURCE, *sorted(held)])
    return _read(held[str(language)])


def _folder() -> Traversable:
    return files("difass_analysis.reporting") / "languages"


def _read(file: Traversable) -> Words:
    try:
        catalog = read_po(BytesIO(file.read_bytes()), abort_invalid=True)
    except (OSError, PoFileError, UnicodeDecodeError) as error:
        raise InputError(
            f"The catalogue {file.name} cannot be read: {error}.", todo="Give a gettext .po file."
        ) from error
    code = str(catalog.locale_identifier or "")
    try:
        Locale.parse(code)
    except (UnknownLocaleError, ValueError) as error:
        raise InputError(
            f"The catalogue {file.name} names no known language: '{code}'.",
            todo='State it in the header, such as "Language: pt\\n".',
        ) from error
    return Words(code=code, texts=_texts(catalog, file.name))


def _texts(catalog: Catalog, name: str) -> dict[str, str]:
    texts = {
        str(message.id): str(message.string)
        for message in catalog
        if message.id and message.string and not message.fuzzy
    }
    for source, target in texts.items():
        if _places(source) != _places(target):
            raise InputError(
                f"{name}: the translation of '{source[:60]}' has other places for values.",
                todo=f"Use exactly these: {', '.join(sorted(_places(source))) or 'none'}.",
            )
    return texts


def _places(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        return {text}
