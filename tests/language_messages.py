"""All texts of the page that a catalogue must hold, gathered from code, templates and tables."""

import ast
from pathlib import Path

import jinja2

from difass_analysis.evidence import steps
from difass_analysis.evidence.claiming import _TEXTS as CLAIMS
from difass_analysis.indicators.catalogue import definitions, shipped
from difass_analysis.reporting import entries, phrases

REPORTING = Path(entries.__file__).parent
MARKS = {"words", "term"}


def messages() -> dict[str, str]:
    """Return every English text with the place where it is from."""
    found: dict[str, str] = {}
    for text, place in (*_code(), *_templates(), *_tables()):
        found.setdefault(text, place)
    return found


def _code():
    for module in sorted(REPORTING.glob("*.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in MARKS and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    yield first.value, module.name
                elif isinstance(first, ast.JoinedStr):
                    raise AssertionError(
                        f"{module.name}:{node.lineno}: an f-string has no fixed text"
                    )


def _name(node):
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _templates():
    environment = jinja2.Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    for template in sorted((REPORTING / "templates").glob("*.j2")):
        source = template.read_text(encoding="utf-8")
        for _, _, text in environment.extract_translations(source, gettext_functions=("words",)):
            yield (text[0] if isinstance(text, tuple) else text), template.name


def _tables():
    for entry in entries.REGISTER:
        for text in (entry.caption, entry.single, *entry.headings.values()):
            if text:
                yield text, "entries.py"
    for text in (*phrases.CHARTS, *phrases.SPANS, *phrases.PHRASES, *phrases.UNITS, *phrases.GAPS):
        yield text, "phrases.py"
    table = definitions(shipped().values())
    for column in ("label", "definition", "numerator", "denominator"):
        for text in table[column]:
            if text and isinstance(text, str):
                yield text, "catalogue.toml"
    for _, text in CLAIMS.values():
        yield text, "evidence"
    for column in ("name", "kind"):
        for text in steps()[column]:
            yield text, "evidence"
    for text in ("stated", "derived", "approximate", "assumed", "error", "warning", "note"):
        yield text, "schema"
