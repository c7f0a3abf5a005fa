"""Documentation that stays true: examples run, generated parts are current, links lead somewhere.

``python tests/test_docs.py`` writes the generated parts anew.

In a document, ``<!-- file: NAME -->`` before a block makes a file of it for the examples that
follow. A block ``console`` runs the commands after ``$``, and what stands below a command must
occur in its output, whatever the blanks; ``...`` stands for lines left out. A block ``python`` is
executed, and a block ``text`` after it must occur in what it prints. All blocks of one document
share one folder, with a copy of ``data/raw`` in it, and one set of names.
"""

import ast
import contextlib
import io
import re
import shlex
import shutil
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path

import pandas as pd
import pytest

import difass_analysis as da
from difass_analysis.cli import main as difass
from difass_analysis.indicators import Indicator
from difass_analysis.indicators.catalogue import quantities, shipped
from difass_analysis.indicators.grammar import _INDICATOR_KEYS, _TERM_KEYS
from difass_analysis.programme.settings import Budget, Settings, SourceEntry
from difass_analysis.schema import TABLES, Column, Table

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "difass_analysis"
DOCS = ROOT / "docs"
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md"]
DOCUMENTS += sorted(DOCS.glob("*.md"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=relative)


# --- examples ------------------------------------------------------------------------


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, its first line, and the file it is to be."""

    language: str
    text: str
    line: int
    file: str


def blocks(document: Path) -> Iterator[Block]:
    language, file, start, lines = None, "", 0, []
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), start=1):
        if language is None and line.startswith("```"):
            language, start, lines = line[3:].strip(), number + 1, []
        elif language is not None and line == "```":
            yield Block(language, "\n".join(lines) + "\n", start, file)
            language, file = None, ""
        elif language is not None:
            lines.append(line)
        elif line.strip():
            found = re.fullmatch(r"<!-- file: (\S+) -->", line.strip())
            file = found.group(1) if found else ""


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each command of a console block with the lines of output shown below it."""
    command, shown = "", []
    for line in text.replace("\\\n", " ").splitlines():
        if line.startswith("$ "):
            if command:
                yield command, shown
            command, shown = line[2:], []
        else:
            shown.append(line)
    yield command, shown


def squeezed(text: str) -> str:
    return " ".join(text.split())


def missing(shown: list[str], printed: str) -> str:
    """Return the first shown line that the output does not have after those before it."""
    rest = squeezed(printed)
    for line in shown:
        wanted = squeezed(line)
        if not wanted or wanted == "...":
            continue
        found = rest.find(wanted)
        if found < 0:
            return line
        rest = rest[found + len(wanted) :]
    return ""


def recipe(target: str) -> str:
    """Return the arguments of `difass` in a one-line recipe of the Makefile; empty if none."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.search(rf"^{target}:.*\n\t@\$\(DIFASS\) (.*)$", makefile, flags=re.MULTILINE)
    return found.group(1).replace("$(SEED)", "1") if found else ""


@dataclass
class Session:
    """One document's examples: the names that python blocks define, and the last exit code."""

    names: dict[str, object] = field(default_factory=dict)
    code: int = 0

    def console(self, command: str) -> str | None:
        """Run a command and return what it prints; None for one that is not run here."""
        words = shlex.split(command)
        if command == "echo $?":
            return str(self.code)
        if words[0] == "make" and recipe(words[1]):
            words = ["difass", *shlex.split(recipe(words[1]))]
        if words[0] == "cat":
            return "".join(Path(name).read_text(encoding="utf-8") for name in words[1:])
        if words[0] != "difass":
            return None
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            try:
                difass(words[1:])
            except SystemExit as end:
                self.code = int(end.code or 0)
        return printed.getvalue()

    def python(self, block: Block, document: Path) -> str:
        printed = io.StringIO()
        code = compile("\n" * (block.line - 1) + block.text, str(document), "exec")
        with contextlib.redirect_stdout(printed):
            exec(code, self.names)
        return printed.getvalue()


@each_document
def test_examples_run_and_print_what_is_shown(document, tmp_path, monkeypatch):
    shutil.copytree(ROOT / "data" / "raw", tmp_path / "data" / "raw")
    monkeypatch.chdir(tmp_path)
    session, printed = Session(), None
    for block in blocks(document):
        place = f"{relative(document)}:{block.line}"
        if block.file:
            path = Path(block.file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language == "console":
            for command, shown in commands(block.text):
                output = session.console(command)
                if output is None:
                    assert not any(shown), f"{place}: '{command}' is not run, so show no output"
                else:
                    lost = missing(shown, output)
                    assert not lost, f"{place}: $ {command}\n{output}\ndoes not print: {lost}"
        elif block.language == "python":
            printed = session.python(block, document)
        elif block.language == "text" and printed is not None:
            lost = missing(block.text.splitlines(), printed)
            assert not lost, f"{place}: the block before prints\n{printed}\nand not: {lost}"
        if block.language != "python":
            printed = None
    if "matplotlib.pyplot" in __import__("sys").modules:
        from matplotlib import pyplot

        pyplot.close("all")


def test_key_figures_of_the_readme():
    programme = da.load()
    ids = ["private_per_public", "public_cost_per_sme", "smes_reached"]
    rows = pd.concat(
        da.measure(programme, indicators=ids, by=by).frame for by in ([], ["year"])
    ).set_index("indicator")
    cost = rows.loc["public_cost_per_sme", "value"].to_list()
    bounds = rows.loc["smes_reached"].iloc[0]
    short = [
        re.search(r"short by ([\d,]+)", message).group(1)
        for message in programme.findings.frame["message"]
        if "short by" in message
    ]
    figures = [
        f"{rows.loc['private_per_public', 'value'].iloc[0]:.2f}",
        *(f"{value:,.0f}" for value in cost),
        f"{bounds['lower']:.0f} to {bounds['upper']:.0f}",
        *short,
    ]
    assert figures == ["1.33", "8,108", "7,500", "8,824", "200 to 370", "220,000", "40,000"]
    table = re.findall(r"^\|.*\|$", (ROOT / "README.md").read_text("utf-8"), flags=re.MULTILINE)
    assert [figure for figure in figures if figure not in "\n".join(table)] == []


# --- links ---------------------------------------------------------------------------


def anchors(document: Path) -> set[str]:
    """Return the anchors of a document's headings, as code hosts make them."""
    text = re.sub(r"^```.*?^```$", "", document.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@each_document
def test_links_lead_somewhere(document):
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
        if re.match(r"https?://", target):
            continue
        name, _, anchor = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(target)
    assert not broken


# --- generated parts -----------------------------------------------------------------


def markdown(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def indicator_row(one: Indicator) -> list[str]:
    formula = one.numerator_label + (f" / {one.denominator_label}" if one.is_ratio else "")
    better = {"higher": "more", "lower": "less", "none": ""}[one.direction]
    unit = one.unit.replace("{currency}", "currency")
    return [f"`{one.id}`", one.definition, formula, unit, better, one.source]


def indicator_tables() -> str:
    """Return the shipped indicators, one table for each indicator system."""
    titles = {"": "For every programme", "CPR_2014": "Common indicators 2014-2020 (`CPR_2014`)"}
    titles["CPR_2021"] = "Common indicators 2021-2027 (`CPR_2021`)"
    heads = ["id", "definition", "computed as", "unit", "better", "source"]
    parts = []
    for system in dict.fromkeys(one.system for one in shipped().values()):
        rows = [indicator_row(one) for one in shipped().values() if one.system == system]
        parts.append(f"### {titles.get(system, system)}\n\n{markdown(heads, rows)}")
    return "\n\n".join(parts)


def quantity_table() -> str:
    """Return the named quantities with the ways to compute each, best first."""
    rows = [
        [f"`{name}`", label, "; else ".join(term.describe() for term in terms)]
        for name, (label, terms) in quantities().items()
    ]
    return markdown(["name", "label", "computed as, best way first"], rows)


def column_meaning(column: Column, table: Table) -> str:
    remarks = []
    if column.required or column.name in table.key[:1]:
        remarks.append("required")
    if column.references:
        remarks.append(f"refers to `{column.references}`")
    if column.values:
        remarks.append("one of " + ", ".join(f"`{value}`" for value in column.values))
    if column.personal:
        remarks.append("personal")
    return column.meaning + (f" ({'; '.join(remarks)})" if remarks else "")


def table_sections() -> str:
    """Return the canonical tables: what a row is, the key, and the columns."""
    parts = []
    for table in TABLES.values():
        key = " + ".join(f"`{name}`" for name in table.key) or "none"
        key += "".join(f", and `{name}` where it is stated" for name in table.apart)
        rows = [
            [f"`{column.name}`", column.kind, column_meaning(column, table)]
            for column in table.columns
        ]
        body = markdown(["column", "kind", "meaning"], rows)
        parts.append(f"### `{table.name}`\n\nOne row is {table.row}. Key: {key}.\n\n{body}")
    return "\n\n".join(parts)


def summary(module: Path) -> str:
    """Return the first sentence of a module's docstring."""
    text = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    return squeezed(text.split("\n\n")[0])


def layer_list() -> str:
    """Return the layers from top to bottom, each module with its first sentence."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "layers")
    rows = [
        [str(number), f"`{name.strip('()')}`", module_summary(name.strip("()"))]
        for number, layer in enumerate(layers, start=1)
        for name in re.split(r"\s*\|\s*", layer)
    ]
    return markdown(["layer", "module", "what it is"], rows)


def module_summary(name: str) -> str:
    places = [PACKAGE / f"{name}.py", PACKAGE / name / "__init__.py"]
    return next((summary(path) for path in places if path.is_file()), "Not there yet.")


GENERATORS: dict[str, Callable[[], str]] = {
    "indicators": indicator_tables,
    "quantities": quantity_table,
    "tables": table_sections,
    "layers": layer_list,
}
MARKED = re.compile(
    r"(?<=<!-- generated: )(\w+)( -->\n).*?(?=<!-- end of generated part -->)", flags=re.DOTALL
)


def renewed(text: str) -> str:
    """Return a document with its generated parts made anew."""
    return MARKED.sub(lambda part: f"{part[1]}{part[2]}\n{GENERATORS[part[1]]()}\n\n", text)


@each_document
def test_generated_parts_are_current(document):
    text = document.read_text(encoding="utf-8")
    assert text == renewed(text), "run python tests/test_docs.py"


def test_every_generated_part_has_a_place():
    texts = "".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
    assert sorted(part[1] for part in MARKED.finditer(texts)) == sorted(GENERATORS)


# --- lists that must be complete -----------------------------------------------------


def rules_in_code() -> set[str]:
    """Return the ids of all rules, read off the code of `validation`."""
    found: set[str] = set()
    for module in (PACKAGE / "validation").glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", "")
                given = [word.value for word in node.keywords if word.arg in {"rule", "id"}]
                if name in {"_rule", "result", "_check", "_summary"}:
                    given += node.args[:1]
            elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "rule":
                given = [node.value]
            else:
                continue
            found |= {
                part.value
                for value in given
                for part in (
                    [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
                )
                if isinstance(part, ast.Constant)
            }
    return found


def rules_in_docs() -> dict[str, str]:
    """Return the documented rules with their severities."""
    text = (DOCS / "data.md").read_text(encoding="utf-8")
    text = text.partition("\n## Rules\n")[2].partition("\n## ")[0]
    severities = r"(?:error|warning|note)(?:, (?:warning|note))?"
    rows = re.findall(rf"^\| `(\w+)` \| ({severities}) \|", text, flags=re.MULTILINE)
    return dict(rows)


def test_every_rule_is_documented():
    assert rules_in_code() == set(rules_in_docs())


def test_severities_are_those_documented():
    documented = rules_in_docs()
    programmes = [*da.load_all(), da.simulate(operations=30, panel_firms=50)]
    found = pd.concat(
        [da.check(one).rules for one in programmes] + [one.findings.rules for one in programmes[:5]]
    )
    seen = found.drop_duplicates(["rule", "severity"])[["rule", "severity"]]
    assert [
        pair for pair in seen.itertuples(index=False) if pair[1] not in documented[pair[0]]
    ] == []


@pytest.mark.parametrize(
    ("document", "names"),
    [
        ("data.md", [name.name for name in fields(Settings) if name.name != "budgets"]),
        ("data.md", [name.name for part in (Budget, SourceEntry) for name in fields(part)]),
        ("indicators.md", sorted(_TERM_KEYS | _INDICATOR_KEYS)),
    ],
    ids=["programme.toml", "budget and sources", "indicators"],
)
def test_every_entry_is_documented(document, names):
    text = (DOCS / document).read_text(encoding="utf-8")
    assert [name for name in names if f"| `{name}` |" not in text] == []


if __name__ == "__main__":
    for path in DOCUMENTS:
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
